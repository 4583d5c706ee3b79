#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Single crafted packets: where each is seen, byte by byte, what the router
counts, and why the kernel drops what it drops.

  packets.py PREFIX AT[,AT...] <CASES

reads one case a line and prints what became of each, so that two runs can be
compared as text. AT are the namespaces that watch; NAME is PREFIX-NAME in "ip
netns" (see lib.sh).

A case is NAME WORD=VALUE...:
  from=lan10[:DEV]      namespace that sends, by its device (of that name) to
                        the router's device of the same name
  src= dst=             192.168.10.5 or 2001:db8:10::5 to the fence's address
  ttl=64 tos=0 df=0     of the IP header; ttl is IPv6's hop limit too
  size=0                bytes of the whole packet, at least
  opts=HEX              IPv4 options, padded; /A.B.C.D/ in it is an address
  hbh=HEX dest=HEX      IPv6 hop-by-hop and destination options, padded
  rthdr=HEX             IPv6 routing header behind its first two bytes
  late=NS:DEV           where it comes out of a work queue, behind the fence:
                        the case has not been dealt with before it is seen there
  flags=0               IPv4 flags and fragment offset, as they are in the header

Output, for each case in turn, sorted:
  NAME NS:DEV HEX       the packet there, from its IP header, also inside
                        another; what differs from one time to the next as 0:
                        checksums, the identification of what others sent, the
                        times of the timestamp option, VXLAN's source port
  NAME + COUNTER N      of /proc/net/snmp and netstat of the router, or snmp6
  NAME ! REASON N       kfree_skb's reasons, of all namespaces

Each case is followed by a fence, a plain datagram that must arrive; when it
has, the case has been dealt with. What the fence causes itself is subtracted.
"""
import errno
import os
import re
import select
import socket
import struct
import sys
import time

import traffic_flows
from traffic_flows import SO_RCVBUFFORCE, checksum, hardware_address, namespace

ETH_P_ALL = 3
FENCE = {4: ("192.168.10.5", "198.18.0.1"),
         6: ("2001:db8:10::5", "2001:db8:cafe::1")}
IDENTIFICATION = struct.pack("!H", 4242)
TRACING = "/sys/kernel/tracing/"


def pad(data, unit, filler=b"\0"):
    return data + filler * (-len(data) % unit)


def unhex(text):
    """Hexadecimal digits, and addresses between slashes."""
    text = re.sub(r"/(\d+\.\d+\.\d+\.\d+)/",
                  lambda m: socket.inet_aton(m[1]).hex(), text)
    return bytes.fromhex(text)


class Case:
    """One packet."""

    def __init__(self, name, words):
        get = words.pop
        self.name, self.tag = name, f"<{name}>".encode()
        where, _, device = get("from", "lan10").partition(":")
        self.where, self.device = where, device or where
        dst = get("dst", "")
        src = get("src", "")
        self.family = 6 if ":" in dst + src else 4
        self.src = src or FENCE[self.family][0]
        self.dst = dst or FENCE[self.family][1]
        self.ttl, self.tos = int(get("ttl", 64)), int(get("tos", 0))
        self.size = int(get("size", 0))
        self.flags = int(get("flags", "0"), 16) | int(get("df", 0)) << 14
        self.late = get("late", "")
        self.opts = pad(unhex(get("opts", "")), 4)
        self.extensions = [(kind, unhex(get(word)))
                           for kind, word in ((0, "hbh"), (60, "dest"),
                                              (43, "rthdr")) if word in words]
        if words:
            sys.exit(f"{name}: unknown word {' '.join(words)}")

    def frame(self):
        with namespace("router"):
            head = hardware_address(self.device)
        with namespace(self.where):
            head += hardware_address(self.device)
        if self.family == 4:
            return head + b"\x08\x00" + self.ip()
        return head + b"\x86\xdd" + self.ip6()

    def udp(self, src, dst, room):
        data = self.tag + bytes(max(0, self.size - room - 8 - len(self.tag)))
        udp = struct.pack("!HHHH", 40000, 4433, 8 + len(data), 0) + data
        pseudo = src + dst + struct.pack("!II", len(udp), 17)
        return udp[:6] + checksum(pseudo + udp) + udp[8:]

    def ip(self):
        src, dst = socket.inet_aton(self.src), socket.inet_aton(self.dst)
        room = 20 + len(self.opts)
        data = self.udp(src, dst, room)
        head = struct.pack("!BBHHHBBH", 0x40 | room // 4, self.tos,
                           room + len(data), 4242, self.flags, self.ttl, 17, 0)
        head += src + dst + self.opts
        return head[:10] + checksum(head) + head[12:] + data

    def ip6(self):
        src = socket.inet_pton(socket.AF_INET6, self.src)
        dst = socket.inet_pton(socket.AF_INET6, self.dst)
        chain, following = b"", 17
        for kind, body in reversed(self.extensions):
            # PadN, of what is missing to a multiple of eight.
            left = -(len(body) + 2) % 8
            if kind != 43 and left:
                body += b"\0" if left == 1 else bytes([1, left - 2]) + bytes(
                    left - 2)
            head = bytes([following, (len(body) + 2) // 8 - 1])
            chain = head + body + chain
            following = kind
        data = chain + self.udp(src, dst, 40 + len(chain))
        return struct.pack("!IHBB", 6 << 28 | self.tos << 20, len(data),
                           following, self.ttl) + src + dst + data


def normal(packet):
    """The packet without what differs from one time to the next."""
    p = bytearray(packet)
    if p[0] >> 4 == 6:
        if p[6] == 58:
            p[42:44] = bytes(2)
        return p
    p[10:12] = bytes(2)
    head = (p[0] & 15) * 4
    if p[9] in (1, 4, 17, 41, 47) and p[4:6] != IDENTIFICATION:
        p[4:6] = bytes(2)
    if p[9] == 1:
        p[head + 2:head + 4] = bytes(2)
    if p[9] == 17 and p[22:24] == b"\x12\xb5":
        p[head:head + 2] = bytes(2)         # VXLAN's port: a hash
        p[head + 6:head + 8] = bytes(2)
    at = 20
    while at < head and p[at]:
        if p[at] == 1:
            at += 1
            continue
        length = max(2, p[at + 1])
        if p[at] == 68:
            first, step = (at + 4, 4) if p[at + 3] & 15 == 0 else (at + 8, 8)
            for word in range(first, at + length, step):
                p[word:word + 4] = b"\0\0\0\1" if any(
                    p[word:word + 4]) else bytes(4)
        at += length
    return p


class Watch:
    """Packet sockets on every device of some namespaces."""

    def __init__(self, names):
        self.sockets, self.poll = [], select.poll()
        for name in names:
            with namespace(name):
                for _, device in socket.if_nameindex():
                    if device == "lo":
                        continue
                    s = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM,
                                      socket.htons(ETH_P_ALL))
                    s.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 1 << 24)
                    s.setblocking(False)
                    s.bind((device, ETH_P_ALL))
                    self.sockets.append((f"{name}:{device}", s))
                    self.poll.register(s, select.POLLIN)

    def drain(self):
        """(place, packet) of those that came in, not out."""
        for place, s in self.sockets:
            while True:
                try:
                    packet, address = s.recvfrom(65536)
                except BlockingIOError:
                    break
                except OSError as e:
                    if e.errno != errno.ENETDOWN:
                        raise
                    continue            # told once
                if address[2] != socket.PACKET_OUTGOING:
                    yield place, packet


def counters():
    out = {}
    with namespace("router"):
        for name in ("snmp", "netstat"):
            with open(f"/proc/self/net/{name}", encoding="ascii") as file:
                lines = file.read().splitlines()
            for names, values in zip(lines[::2], lines[1::2]):
                kind = names.split(":")[0]
                for key, value in zip(names.split()[1:], values.split()[1:]):
                    out[f"{kind}.{key}"] = int(value)
        if os.path.exists("/proc/self/net/snmp6"):
            with open("/proc/self/net/snmp6", encoding="ascii") as file:
                for line in file:
                    key, value = line.split()
                    out[key] = int(value, 0)
    return out


class Drops:
    """Why packets are dropped, as the kernel's tracing has it."""

    def __init__(self):
        if not os.path.exists(TRACING + "events"):
            os.system("mount -t tracefs tracefs " + TRACING)
        # Else the scheduler's tracepoints are patched in, too, where an
        # emulated machine may lose a breakpoint.
        self.write("options/record-cmd", "0")
        self.write("trace", "")
        self.write("events/skb/kfree_skb/enable", "1")

    @staticmethod
    def write(name, text):
        with open(TRACING + name, "w", encoding="ascii") as file:
            file.write(text)

    def take(self):
        counts = {}
        with open(TRACING + "trace", encoding="ascii") as file:
            for line in file:
                found = re.search(r"kfree_skb: .*protocol=(\d+) .*"
                                  r"reason: (\w+)", line)
                # Not ARP, nor whatever else lives.
                if found and int(found[1]) in (0x0800, 0x86dd):
                    counts[found[2]] = counts.get(found[2], 0) + 1
        self.write("trace", "")
        return counts

    def close(self):
        self.write("events/skb/kfree_skb/enable", "0")


def difference(after, before, less=None):
    out = {key: value - before.get(key, 0) - (less or {}).get(key, 0)
           for key, value in after.items()}
    return {key: value for key, value in out.items() if value}


class Run:
    """All cases, one after the other."""

    def __init__(self, names):
        # The packets of one processor stay in order.
        os.sched_setaffinity(0, {0})
        self.watch, self.drops = Watch(names), Drops()
        self.tx, self.fences = {}, {}

    def send(self, case):
        key = (case.where, case.device)
        if key not in self.tx:
            with namespace(case.where):
                s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
                s.bind((case.device, 0))
            self.tx[key] = s
        self.tx[key].send(case.frame())

    def fence(self, family, case=None):
        """Send one, and return what has been seen until it came, and until
        the packet of the case came where that is late."""
        if family not in self.fences:
            src, dst = FENCE[family]
            self.fences[family] = Case("fence", {"src": src, "dst": dst})
        fence, seen = self.fences[family], []
        late = case.late if case else ""
        come = False
        self.send(fence)
        end = time.monotonic() + 20
        while time.monotonic() < end:
            self.watch.poll.poll(100)
            for place, packet in self.watch.drain():
                if fence.tag not in packet:
                    seen.append((place, packet))
                    if place == late and case.tag in packet:
                        late = ""
                elif place.startswith("inet"):
                    come = True
            if come and not late:
                return seen
        sys.exit(f"{late or 'the fence'} has not seen it")

    def measured(self, case, family):
        before = counters()
        self.drops.take()
        if case:
            self.send(case)
        seen = self.fence(family, case)
        return seen, difference(counters(), before), self.drops.take()

    def all(self, cases):
        usual = {}
        for family in {case.family for case in cases}:
            # The first one finds neighbours unresolved.
            self.fence(family)
            self.fence(family)
            usual[family] = self.measured(None, family)[1:]
        for case in cases:
            seen, counted, dropped = self.measured(case, case.family)
            lines = [f"{place} {normal(packet).hex()}"
                     for place, packet in seen if case.tag in packet]
            usually, usual_drops = usual[case.family]
            lines += [f"+ {key} {n}" for key, n in
                      difference(counted, usually).items()
                      if "Octets" not in key
                      and bool(re.match("[A-Z][a-z]+6", key)) ==
                      (case.family == 6)]
            lines += [f"! {key} {n}" for key, n in
                      difference(dropped, usual_drops).items()]
            for line in sorted(lines) or ["nothing"]:
                print(case.name, line)
        self.drops.close()


def main():
    traffic_flows.prefix = sys.argv[1]
    cases = []
    for line in sys.stdin:
        name, *words = line.split("#")[0].split() or [""]
        if name:
            cases.append(Case(name, dict(w.split("=", 1) for w in words)))
    Run(sys.argv[2].split(",")).all(cases)


if __name__ == "__main__":
    main()
