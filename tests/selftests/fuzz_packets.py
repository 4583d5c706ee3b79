#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Packets by chance, of every shape, through a router, until the time is over.

  fuzz_packets.py PREFIX SEED SECONDS [BATCHES]

sends from PREFIX-lan10 and PREFIX-lan20 what odd_packets.py makes up, and from
PREFIX-inet by its devices; some of it as one packet of many segments that the
driver has yet to cut, with the offsets for that as they should be or not. After
each batch a good packet of each family must come through the router, and the
kernel may not have complained; and what the module has counted may not be less
than before, nor more than was sent. The same SEED sends the same packets;
BATCHES of them, if that is given, however long that takes.
"""
import json
import random
import socket
import struct
import subprocess
import sys
import time
import traceback

import traffic_flows
from fuzz_netlink import KernelLog, Wrong
from odd_packets import Odd, checksum
from traffic_flows import hardware_address, namespace

BATCH = 500
SOL_PACKET, PACKET_VNET_HDR, PACKET_QDISC_BYPASS = 263, 15, 20
SO_RCVBUFFORCE = 33
ETHERTYPES = {4: 0x0800, 6: 0x86dd}
PATIENCE = 30
PARTS = 8           # as fuzz_packets.sh has it, or more
STRAYS = 20         # packets on their way while counters are read
# Of virtio_net_hdr.
NEEDS_CSUM, DATA_VALID = 1, 2
GSO = (0, 1, 3, 4, 5, 0x81)     # none, TCPv4, UDP, TCPv6, UDP_L4, with ECN


def udp(port, data):
    return struct.pack("!HHHH", 40000, port, 8 + len(data), 0) + data


def fence(family, number):
    """A good packet that must arrive at inet."""
    data = udp(4434, b"fence%08d" % number)
    if family == 4:
        src, dst = (socket.inet_aton(a) for a in ("192.168.10.5",
                                                  "45.57.94.1"))
        head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(data), 1, 0, 64,
                           17, 0, src, dst)
        return head[:10] + checksum(head) + head[12:] + data
    src, dst = (socket.inet_pton(socket.AF_INET6, a) for a in
                ("2001:db8:c0a8:10::5", "2001:db8:45::1"))
    pseudo = src + dst + struct.pack("!II", len(data), 17)
    data = data[:6] + checksum(pseudo + data) + data[8:]
    return struct.pack("!IHBB16s16s", 0x60000000, len(data), 17, 64, src,
                       dst) + data


class Port:
    """A device of a namespace, through which packets go in."""

    def __init__(self, name, device):
        with namespace("router"):
            self.ethernet = hardware_address(device)
        with namespace(name):
            self.ethernet += hardware_address(device)
            self.plain, self.offload = (socket.socket(
                socket.AF_PACKET, socket.SOCK_RAW, 0) for _ in range(2))
            self.offload.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
            for s in self.plain, self.offload:
                s.bind((device, 0))
                s.setblocking(True)

    def send(self, s, data):
        """Queues that are full are left alone; what nobody takes, too."""
        try:
            s.send(data)
            return 1
        except OSError:
            return 0

    def frame(self, family, packet):
        return self.ethernet + struct.pack("!H", ETHERTYPES[family]) + packet

    def send_plain(self, family, packet):
        return self.send(self.plain, self.frame(family, packet))

    def send_segments(self, family, packet, draw):
        """As one of many segments, which may not be what it says."""
        network = 14
        head = (packet[0] & 15) * 4 if family == 4 and packet else 40
        kind = packet[9 if family == 4 else 6] if len(packet) > 40 else 0
        gso = 0 if draw.randrange(3) == 0 else {
            6: 1 if family == 4 else 4, 17: draw.choice((3, 5))}.get(kind, 0)
        size = draw.choice((8, 100, 536, 1000, 1400)) if gso else 0
        if not draw.randrange(3):
            gso, size = draw.choice(GSO), draw.choice((0, 1, 7, 100, 65535))
        transport = 20 if kind == 6 else 8
        values = [network + head + transport, size, network + head,
                  16 if kind == 6 else 6]
        if not draw.randrange(4):
            values[draw.randrange(4)] = draw.choice((0, 1, 13, 14, 40, 65535))
        flags = draw.choice((NEEDS_CSUM, NEEDS_CSUM, NEEDS_CSUM, 0,
                             DATA_VALID))
        return self.send(self.offload, struct.pack(
            "=BBHHHH", flags, gso, *values) + self.frame(family, packet))


class Run:
    def __init__(self, seed):
        self.draw = random.Random(seed)
        self.odd = Odd(self.draw)
        self.log = KernelLog()
        self.ports = [Port(name, device) for name, device in (
            ("lan10", "lan10"), ("lan10", "lan10"), ("lan10", "lan10"),
            ("lan20", "lan20"), ("inet", "wan1"), ("inet", "wan3"))]
        self.fences, self.sent, self.segments = 0, 0, 0
        self.last = []
        with namespace("inet"):
            self.arrived = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
            self.arrived.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 1 << 22)
            self.arrived.bind(("::", 4434))
            self.arrived.settimeout(0.3)
        self.first, self.counted, self.ruled = {}, {}, 0

    def large(self):
        """Much that is to be cut into segments."""
        draw = self.draw
        family = draw.choice((4, 6))
        proto = draw.choice((6, 17))
        data = self.odd.transport(proto, 4, family)[:60] + draw.randbytes(
            draw.choice((100, 3000, 9000, 40000)))
        if draw.randrange(4):
            data = self.plain_transport(proto) + data
        if family == 4:
            packet = self.odd.whole4(4)[:12]
            src, dst = self.odd.address(["192.168.10.5"], ["10.9.0.1"]), \
                socket.inet_aton("45.57.94.1")
            head = struct.pack("!BBHHHBBH4s4s", 0x45, packet[1],
                               20 + len(data), 1, 0x4000, 64, proto, 0, src,
                               dst)
            return 4, head[:10] + checksum(head) + head[12:] + data
        src, dst = (socket.inet_pton(socket.AF_INET6, a) for a in (
            "2001:db8:c0a8:10::5", "2001:db8:45::1"))
        return 6, struct.pack("!IHBB16s16s", 0x60000000, len(data) & 0xffff,
                              proto, 64, src, dst) + data

    def plain_transport(self, proto):
        if proto == 6:
            return struct.pack("!HHIIBBHHH", 40000, 443, 1, 1, 0x50, 0x10,
                               65535, 0, 0)
        return struct.pack("!HHHH", 40000, 4433, 8, 0)

    def batch(self):
        for i in range(BATCH):
            port = self.draw.choice(self.ports)
            if not self.draw.randrange(8):
                packets = [self.large()]
            else:
                packets = self.odd.packets()
            for family, packet in packets:
                if not self.draw.randrange(4) or len(packet) > 1500:
                    self.segments += port.send_segments(family, packet,
                                                        self.draw)
                else:
                    port.send_plain(family, packet)
                self.sent += 1
                self.last.append(f"IPv{family} {packet[:200].hex()}")
            if i % 64 == 63:
                self.wait(4)
        del self.last[:-100]

    def wait(self, family):
        """A good packet still comes through, and with it all before it."""
        self.fences += 1
        packet, end = fence(family, self.fences), time.monotonic() + PATIENCE
        wanted = b"fence%08d" % self.fences
        while time.monotonic() < end:
            self.ports[0].send_plain(family, packet)
            try:
                while True:
                    if self.arrived.recv(2048) == wanted:
                        return
            except socket.timeout:
                pass
        raise Wrong(f"a good packet of IPv{family} does not come through")

    def counters(self):
        """What was counted grows, and not without packets."""
        done = subprocess.run(["ip", "netns", "exec",
                               f"{traffic_flows.prefix}-router", "ecmpctl",
                               "-j", "-s", "show"], stdout=subprocess.PIPE,
                              timeout=60, check=True)
        answer, now = json.loads(done.stdout), {}
        for rule in answer["rules"]:
            now["rule", rule["id"]] = rule["packets"]
        for table in answer["tables"]:
            now["table", table["name"]] = table["packets"]
        for nexthop in answer["nexthops"]:
            now["next hop", nexthop["id"]] = nexthop["packets"]
        for key, packets in now.items():
            if packets < self.counted.get(key, 0):
                raise Wrong(f"{key} has counted {packets} packets, and "
                            f"{self.counted[key]} before")
        grown = {"rule": 0, "table": 0, "next hop": 0}
        for (kind, name), packets in now.items():
            grown[kind] += packets - self.first.setdefault((kind, name),
                                                           packets)
        # Whoever has a path has found it in a table; while this was read, too.
        if grown["next hop"] > grown["table"] + STRAYS:
            raise Wrong(f"counted more by paths than by tables: {grown}")
        if self.counted and not grown["rule"]:
            raise Wrong(f"no packet has met a rule: {grown}")
        self.counted, self.ruled = now, grown["rule"]


def run(seed, seconds, batches):
    fuzz, start, done = Run(seed), time.monotonic(), 0
    try:
        for family in (4, 6):
            fuzz.wait(family)
        fuzz.counters()
        while done < batches if batches else \
                time.monotonic() - start < seconds:
            fuzz.batch()
            done += 1
            for family in (4, 6):
                fuzz.wait(family)
            fuzz.counters()
            lines = fuzz.log.complaints()
            if lines:
                raise Wrong("the kernel complains: " + " / ".join(lines[:20]))
    except Exception as e:
        if not isinstance(e, Wrong):
            traceback.print_exc(file=sys.stdout)
        # Each part of fuzz_packets.sh has a seed of its own.
        print(f"seed {seed}, batch {done + 1} (ECMP_SEED={seed // PARTS} "
              f"ECMP_CASES={done + 1} again): {e}")
        print("the last packets, the newest at the end:")
        for line in fuzz.last[-20:]:
            print(f"  {line}")
        return 1
    print(f"seed {seed}: {fuzz.sent} packets in {done} batches, "
          f"{fuzz.segments} of them to be cut, {fuzz.ruled} met a rule")
    if not fuzz.ruled * 10 > fuzz.sent > 0:
        print("hardly any packet was decided")
        return 1
    return 0


if __name__ == "__main__":
    traffic_flows.prefix = sys.argv[1]
    sys.exit(run(int(sys.argv[2]), float(sys.argv[3]),
                 int(sys.argv[4]) if len(sys.argv) > 4 and sys.argv[4] else 0))
