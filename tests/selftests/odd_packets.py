# SPDX-License-Identifier: GPL-2.0
"""IPv4 and IPv6 packets of every shape, drawn by chance.

Most are nearly good: a whole header, so that they get far, and then something
that nobody sends. fuzz_packets.py sends them through a router; tests/fuzz/seeds
begins with them.
"""
import socket
import struct

PROTOCOLS4 = [1, 1, 2, 4, 6, 6, 17, 17, 17, 33, 41, 47, 50, 51, 132, 136, 255]
PROTOCOLS6 = [6, 6, 17, 17, 17, 33, 4, 41, 47, 50, 58, 58, 59, 132, 136, 255]
EXTENSIONS = [0, 0, 43, 44, 51, 60, 60, 60, 135, 139, 140]
PORTS = [0, 1, 53, 80, 443, 4433, 4789, 4789, 65535]
LENGTHS = [0, 1, 2, 3, 7, 8, 20, 39, 64, 255]

# Where from and where to; in the last ones nobody lives.
SRC4 = ["192.168.10.5", "192.168.10.5", "192.168.20.100", "10.9.0.1"]
DST4 = ["45.57.94.1", "45.57.94.1", "203.0.113.7", "203.0.113.99",
        "198.51.100.1", "192.168.20.100"]
ODD4 = ["0.0.0.0", "127.0.0.1", "224.0.0.1", "255.255.255.255",
        "169.254.1.1", "192.168.10.1", "192.168.10.255", "10.1.1.2"]
SRC6 = ["2001:db8:c0a8:10::5", "2001:db8:c0a8:10::5", "2001:db8:c0a8:20::100",
        "2001:db8:9::1"]
DST6 = ["2001:db8:45::1", "2001:db8:45::1", "2001:db8:113::7",
        "2001:db8:113::99", "2001:db8:c0a8:20::100"]
ODD6 = ["::", "::1", "ff02::1", "fe80::1", "::ffff:10.1.1.1", "ff0e::1",
        "2001:db8:c0a8:10::1", "2001:db8:a1::2"]


def checksum(data):
    data += bytes(len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return struct.pack("!H", ~total & 0xffff)


class Odd:
    """A source of packets; the same random.Random gives the same ones."""

    def __init__(self, draw):
        self.draw = draw

    def often(self, n):
        return self.draw.randrange(n) != 0

    def some(self, most):
        """So many bytes: often few, now and then many."""
        n = self.draw.choice(LENGTHS + [self.draw.randrange(most + 1)])
        return self.draw.randbytes(min(n, most))

    def address(self, usual, odd):
        pick = self.draw.choice(usual if self.often(12) else odd)
        return socket.inet_pton(
            socket.AF_INET6 if ":" in pick else socket.AF_INET, pick)

    # What is behind the IP header, and what its protocol is called.

    def transport(self, proto, depth, family):
        draw = self.draw
        ports = struct.pack("!HH", draw.choice(PORTS + [draw.randrange(65536)]),
                            draw.choice(PORTS))
        if proto == 6:
            words = 5 if self.often(4) else draw.randrange(16)
            return ports + struct.pack(
                "!IIBBHHH", draw.getrandbits(32), 0, words << 4,
                draw.randrange(256), 65535, 0, 0) + self.some(400)
        if proto in (17, 136):
            return ports + self.datagram(ports, depth)
        if proto == 132:
            return ports + self.some(100)
        if proto == 33:
            return ports + bytes([draw.choice((4, 6, 0, 255)), 0]) + \
                self.some(60)
        if proto in (1, 58):
            return self.icmp(proto, depth, family)
        if proto in (4, 41):
            return self.inner(4 if proto == 4 else 6, depth)
        if proto == 47:
            return self.gre(depth)
        return self.some(200)

    def datagram(self, ports, depth):
        data = self.some(600)
        if ports[2:] == struct.pack("!H", 4789):
            flags = 0x08000000 if self.often(4) else self.draw.getrandbits(32)
            kind = self.draw.choice((4, 4, 6))
            data = struct.pack("!II", flags, 7 << 8) + bytes(12) + \
                struct.pack("!H", 0x0800 if kind == 4 else 0x86dd) + \
                self.inner(kind, depth)
        length = 8 + len(data) if self.often(8) else self.draw.randrange(65536)
        return struct.pack("!HH", length & 0xffff, 0) + data

    def icmp(self, proto, depth, family):
        draw = self.draw
        kind = draw.choice((3, 4, 5, 8, 11, 12, 0, 13) if proto == 1 else
                           (1, 2, 3, 4, 128, 128, 130, 133, 135, 136, 137))
        if not self.often(8):
            kind = draw.randrange(256)
        body = struct.pack("!I", draw.choice((0, 0x00070001, 1280, 68)))
        return bytes([kind, draw.randrange(16), 0, 0]) + body + (
            self.inner(family, depth) if self.often(3) else self.some(100))

    def gre(self, depth):
        kind = self.draw.choice((4, 4, 6))
        flags = 0 if self.often(3) else self.draw.getrandbits(16)
        ethertype = 0x0800 if kind == 4 else 0x86dd
        if not self.often(8):
            ethertype = self.draw.randrange(65536)
        return struct.pack("!HH", flags, ethertype) + self.inner(kind, depth)

    def inner(self, family, depth):
        if depth > 3:
            return self.some(40)
        packet = self.whole(family, depth + 1)
        if not self.often(3):
            packet = packet[:self.draw.randrange(len(packet) + 1)]
        return packet

    # IP headers

    def options4(self):
        draw, out = self.draw, b""
        if self.often(4):
            return out
        for _ in range(draw.randint(1, 4)):
            kind = draw.choice((0, 1, 7, 68, 130, 131, 134, 136, 137, 148,
                                draw.randrange(256)))
            if kind < 2:
                out += bytes([kind])
                continue
            body = self.some(20)
            length = 2 + len(body) if self.often(4) else draw.randrange(256)
            out += bytes([kind, length]) + body
        out = out[:40]
        return out + bytes(-len(out) % 4)

    def whole4(self, depth):
        draw = self.draw
        proto = draw.choice(PROTOCOLS4)
        options = self.options4()
        data = self.transport(proto, depth, 4)
        frag = 0x4000
        if not self.often(6):
            frag = draw.choice((0x2000, 0x0001, 0x2001, 0x1fff, 0x8000,
                                draw.randrange(65536)))
        words = 5 + len(options) // 4
        head = struct.pack(
            "!BBHHHBBH4s4s", 0x40 | words, draw.choice((0, 0xb8, 3, 255)),
            (words * 4 + len(data)) & 0xffff, draw.randrange(65536), frag,
            draw.choice((64, 64, 64, 2, 1, 0)), proto, 0,
            self.address(SRC4, ODD4), self.address(DST4, ODD4)) + options
        return head[:10] + checksum(head) + head[12:] + data

    def extension(self, kind, following):
        """One header of this kind; its length may be wrong."""
        draw = self.draw
        if kind == 44:
            offset = draw.choice((0, 1, 8, 9, 0xfff8, draw.randrange(65536)))
            return struct.pack("!BBHI", following, 0, offset,
                               draw.randrange(4))
        if kind == 51:
            return bytes([following, 4, 0, 0]) + bytes(20)
        body = b"\1\4\0\0\0\0"
        if kind == 43:
            body = bytes([draw.choice((0, 2, 3, 4, 255)), draw.choice(
                (0, 0, 1, 255))]) + bytes(4)
        elif not self.often(3):
            body = draw.choice((b"\5\2\0\0\1\0", b"\xc2\4\0\1\0\0",
                                b"\xc9\4\0\0\0\0", draw.randbytes(6)))
        length = 0 if self.often(8) else draw.choice((1, 2, 8, 255))
        return bytes([following, length]) + body + bytes(8 * min(length, 3))

    def whole6(self, depth):
        draw = self.draw
        proto = draw.choice(PROTOCOLS6)
        data = self.transport(proto, depth, 6)
        if not self.often(3):
            most = 4 if self.often(4) else 20
            for _ in range(draw.randint(1, most)):
                kind = draw.choice(EXTENSIONS)
                data = self.extension(kind, proto) + data
                proto = kind
        label = draw.choice((0, 1, 0xfffff)) | draw.choice((0, 46)) << 22
        return struct.pack("!IHBB16s16s", 0x60000000 | label,
                           len(data) & 0xffff, proto,
                           draw.choice((64, 64, 64, 2, 1, 0)),
                           self.address(SRC6, ODD6),
                           self.address(DST6, ODD6)) + data

    def whole(self, family, depth=0):
        return self.whole4(depth) if family == 4 else self.whole6(depth)

    # What goes wrong on the way

    def damaged(self, packet):
        draw = self.draw
        packet = bytearray(packet)
        for _ in range(draw.choice((0, 0, 0, 1, 1, 2, 4))):
            how = draw.randrange(5)
            at = draw.randrange(min(len(packet), 80) + 1)
            if how == 0:
                del packet[at:]
            elif how == 1 and packet:
                packet[at % len(packet)] ^= 1 << draw.randrange(8)
            elif how == 2 and len(packet) > 5:      # of IPv6, or IPv4
                place = draw.choice((2, 4))
                packet[place:place + 2] = struct.pack(
                    "!H", draw.randrange(len(packet) + 40))
            elif how == 3:
                packet += draw.randbytes(draw.randrange(64))
            else:
                packet[at:at] = draw.randbytes(draw.randrange(9))
        if len(packet) >= 20 and packet[0] >> 4 == 4 and self.often(8):
            # The header is right again, but for what is wrong with it.
            size = min((packet[0] & 15) * 4, len(packet))
            packet[10:12] = bytes(2)
            packet[10:12] = checksum(bytes(packet[:size]))
        return bytes(packet[:1480])

    def fragments4(self, packet):
        """The pieces of one datagram, of which some overlap, or are missing."""
        head, data = packet[:20], packet[20:]
        ident = self.draw.randrange(65536)
        at, out = 0, []
        while at < len(data):
            size = 8 * self.draw.randint(1, 12)
            more = 0x2000 if at + size < len(data) else 0
            back = 8 * self.draw.choice((0, 0, 0, 1, 2))
            start = max(at - back, 0)
            piece = data[start:at + size]
            new = struct.pack("!BBHHH", 0x45, head[1], 20 + len(piece), ident,
                              more | start // 8) + head[8:10] + b"\0\0" + \
                head[12:20]
            out.append(new[:10] + checksum(new) + new[12:] + piece)
            at += size
        self.draw.shuffle(out)
        return out[:self.draw.randint(1, len(out))] if out else [packet]

    def packets(self):
        """(family, packet) to be sent one after another: mostly one."""
        family = self.draw.choice((4, 6))
        packet = self.whole(family)
        if family == 4 and packet[0] == 0x45 and not self.often(10):
            return [(4, piece) for piece in self.fragments4(packet)]
        packet = self.damaged(packet)
        if not self.often(40):
            family = 10 - family        # under the wrong name
        return [(family, packet)]
