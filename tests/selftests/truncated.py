#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Packets that end too early, through a router.

  truncated.py PREFIX OUT

Of many kinds of IPv4 and IPv6 packets sends every length from nothing to the
whole, from PREFIX-lan by its device "lan", with a length in the IP header that
agrees ("agrees"); of every third with that of the whole packet ("claims"), or
the whole frame with a length that is cut ("padded"). OUT has a line for each
that arrived at PREFIX-inet, by whatever device: kind, variant, length, and
what arrived, less what every router changes. The lines are sorted. Prints how many were sent and
how many arrived, of each family.
"""
import os
import socket
import struct
import sys
import time
import traceback

import traffic_flows
from traffic_flows import checksum, hardware_address, namespace, send

ETH_P_IP, ETH_P_IPV6 = 0x0800, 0x86DD
SO_RCVBUFFORCE = 33
SRC4, DST4 = (socket.inet_aton(a) for a in ("192.168.10.5", "198.18.0.1"))
SRC6, DST6 = (socket.inet_pton(socket.AF_INET6, a)
              for a in ("2001:db8:10::5", "2001:db8:cafe::1"))
FENCE = b"fence"
BATCH = 48          # between two fences; below every queue on the way
PATIENCE = 60       # seconds for a fence to arrive


def ip4(proto, data, i, src=SRC4, dst=DST4, options=b"", frag=0):
    words = 5 + len(options) // 4
    head = struct.pack("!BBHHHBBH4s4s", 0x40 | words, 0,
                       words * 4 + len(data), i, frag, 64, proto, 0, src,
                       dst) + options
    return head[:10] + checksum(head) + head[12:] + data


def ip6(nexthdr, data, i, src=SRC6, dst=DST6):
    return struct.pack("!IHBB16s16s", 0x60000000 | i, len(data), nexthdr, 64,
                       src, dst) + data


def udp(dport=4433, data=b"\1" * 8):
    return struct.pack("!HHHH", 30000, dport, 8 + len(data), 0) + data


TCP = struct.pack("!HHIIBBHHH", 30000, 80, 1, 0, 0x50, 2, 65535, 0, 0)
ETHER = bytes(12) + struct.pack("!H", ETH_P_IP)
ECHO = struct.pack("!BBHHH", 8, 0, 0, 7, 1)
ERROR = struct.pack("!BBHI", 3, 3, 0, 0)
ECHO6 = struct.pack("!BBHHH", 128, 0, 0, 7, 1)
ERROR6 = struct.pack("!BBHI", 1, 4, 0, 0)
INNER4 = ip4(17, udp(), 1, socket.inet_aton("10.9.0.1"),
             socket.inet_aton("10.9.0.2"))
INNER6 = ip6(17, udp(), 1, bytes(15) + b"\1", bytes(15) + b"\2")
BACK4 = ip4(17, udp(), 1, DST4, SRC4)
BACK6 = ip6(17, udp(), 1, DST6, SRC6)
VXLAN = struct.pack("!II", 0x08000000, 7 << 8) + ETHER + INNER4


def gre(ethertype, flags=0):
    return struct.pack("!HH", flags, ethertype)


def options(nexthdr):
    # Padding, eight octets.
    return bytes([nexthdr, 0, 1, 4, 0, 0, 0, 0])


def routing(nexthdr):
    # No segments left.
    return bytes([nexthdr, 0, 4, 0, 0, 0, 0, 0])


def auth(nexthdr):
    return bytes([nexthdr, 4, 0, 0]) + bytes(20)


def fragment(nexthdr, i, offset):
    return struct.pack("!BBHI", nexthdr, 0, offset, i)


def kinds4(i):
    return {
        "udp": ip4(17, udp(), i),
        "udp-options": ip4(17, udp(), i, options=b"\1\1\1\0"),
        "tcp": ip4(6, TCP, i),
        "icmp": ip4(1, ECHO, i),
        "icmp-error": ip4(1, ERROR + BACK4, i),
        "gre": ip4(47, gre(ETH_P_IP) + INNER4, i),
        "gre-ipv6": ip4(47, gre(ETH_P_IPV6) + INNER6, i),
        "gre-key": ip4(47, gre(ETH_P_IP, 0x2000) + bytes(4) + INNER4, i),
        "vxlan": ip4(17, udp(4789, VXLAN), i),
        "ipip": ip4(4, INNER4, i),
        "sit": ip4(41, INNER6, i),
        "first-fragment": ip4(17, udp(), i, frag=0x2000),
        "later-fragment": ip4(17, udp(), i, frag=0x0010),
    }


def kinds6(i):
    chain = (options(60) + options(43) + routing(44) + fragment(17, i, 1)
             + udp())
    return {
        "udp": ip6(17, udp(), i),
        "tcp": ip6(6, TCP, i),
        "icmp": ip6(58, ECHO6, i),
        "icmp-error": ip6(58, ERROR6 + BACK6, i),
        "icmp-error-chain": ip6(58, ERROR6 + ip6(
            60, options(17) + udp(), 1, DST6, SRC6), i),
        "hop-by-hop": ip6(0, options(17) + udp(), i),
        "destination": ip6(60, options(17) + udp(), i),
        "routing": ip6(43, routing(6) + TCP, i),
        "auth": ip6(51, auth(17) + udp(), i),
        "whole-fragment": ip6(44, fragment(17, i, 0) + udp(), i),
        "first-fragment": ip6(44, fragment(17, i, 1) + udp(), i),
        "later-fragment": ip6(44, fragment(17, i, 0x80) + udp(), i),
        "chain": ip6(0, chain, i),
        "many": ip6(60, options(60) * 17 + options(17) + udp(), i),
        "none": ip6(59, b"", i),
        "gre": ip6(47, gre(ETH_P_IP) + INNER4, i),
        "gre-ipv6": ip6(47, gre(ETH_P_IPV6) + INNER6, i),
        "vxlan": ip6(17, udp(4789, VXLAN), i),
        "ip6ip6": ip6(41, INNER6, i),
        "ip4ip6": ip6(4, INNER4, i),
    }


def claim4(packet, n):
    """The packet with another length in its header."""
    head = bytearray(packet[:(packet[0] & 15) * 4])
    head[2:4] = struct.pack("!H", n)
    head[10:12] = bytes(2)
    head[10:12] = checksum(bytes(head))
    return bytes(head) + packet[len(head):]


def claim6(packet, n):
    return packet[:4] + struct.pack("!H", max(n - 40, 0)) + packet[6:]


def corpus(kinds, claim, head):
    """(name, variant, length, packet); each has a number of its own."""
    i = 0
    for name in kinds(0):
        for n in range(len(kinds(0)[name]) + 1):
            for variant in ("agrees", ["", "claims", "padded"][n % 3]):
                i += 1
                whole = kinds(i)[name]
                if variant == "agrees":
                    whole = claim(whole, n) if n >= head else whole
                    yield i, name, variant, n, whole[:n]
                elif variant == "claims":
                    yield i, name, variant, n, whole[:n]
                elif variant and n >= head:
                    yield i, name, variant, n, claim(whole, n)


class Run:
    def __init__(self, mac):
        # One CPU, one queue: a packet does not overtake another.
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        self.mac = mac
        self.wires = []
        self.names = {4: {}, 6: {}}
        self.lines = []
        self.sent, self.got = {4: 0, 6: 0}, {4: 0, 6: 0}
        self.fences = 0
        with namespace("inet"):
            for _, device in socket.if_nameindex():
                if not device.startswith("wan"):
                    continue
                for protocol in ETH_P_IP, ETH_P_IPV6:
                    s = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)
                    s.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 1 << 24)
                    s.setblocking(False)
                    s.bind((device, protocol))
                    self.wires.append(s)
        with namespace("lan"):
            self.tx = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
            self.tx.bind(("lan", 0))

    def frame(self, family, packet):
        ethertype = ETH_P_IP if family == 4 else ETH_P_IPV6
        return self.mac + struct.pack("!H", ethertype) + packet

    def drain(self):
        """Note all that has arrived; the number of the last fence."""
        fence = 0
        for s in self.wires:
            while True:
                try:
                    b = bytearray(s.recv(2048))
                except BlockingIOError:
                    break
                at = b.find(FENCE)
                if at >= 0:
                    fence = max(fence, int(b[at + 5:at + 13]))
                    continue
                self.note(b)
        return fence

    def note(self, b):
        family = b[0] >> 4
        if family == 4:
            i = int.from_bytes(b[4:6], "big")
            b[8] = 0
            b[10:12] = bytes(2)
        else:
            i = int.from_bytes(b[1:4], "big") & 0xfffff
            b[7] = 0
        if i not in self.names.get(family, {}):
            return              # some neighbour's or router's own
        self.got[family] += 1
        self.lines.append(f"IPv{family} {self.names[family][i]} {b.hex()}")

    def fence(self):
        """All that was sent has arrived, or never will."""
        self.fences += 1
        packet = ip4(17, udp(4434, FENCE + b"%08d" % self.fences), 0)
        end = time.monotonic() + PATIENCE
        send(self.tx, self.frame(4, packet))
        while self.drain() < self.fences:
            if time.monotonic() > end:
                sys.exit(f"fence {self.fences} did not arrive")
            time.sleep(0.001)

    def run(self):
        self.fence()
        for family, kinds, claim, head in ((4, kinds4, claim4, 20),
                                           (6, kinds6, claim6, 40)):
            for i, name, variant, n, packet in corpus(kinds, claim, head):
                self.names[family][i] = f"{name} {variant} {n}"
                send(self.tx, self.frame(family, packet))
                self.sent[family] += 1
                if self.sent[family] % BATCH == 0:
                    self.fence()
            self.fence()


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    traffic_flows.prefix = sys.argv[1]
    with namespace("router"):
        mac = hardware_address("lan")
    with namespace("lan"):
        mac += hardware_address("lan")
    run = Run(mac)
    run.run()
    with open(sys.argv[2], "w", encoding="ascii") as f:
        f.writelines(line + "\n" for line in sorted(run.lines))
    print(" ".join(f"sent{v}={run.sent[v]} got{v}={run.got[v]}"
                   for v in (4, 6)))


try:
    main()
except Exception:  # the script that asks reads one line
    sys.exit(traceback.format_exc().replace("\n", "; "))
