# SPDX-License-Identifier: GPL-2.0
"""Crafted packets, one a flow, and the wires on which they are seen."""
import ctypes
import errno
import fcntl
import ipaddress
import os
import random
import select
import socket
import struct
import time
from contextlib import contextmanager

ETH_P = {4: 0x0800, 6: 0x86dd}
ETH_P_ALL = 3
SO_ATTACH_FILTER = 26
SO_RCVBUFFORCE = 33
SIOCGIFHWADDR = 0x8927
CLONE_NEWNET = 0x40000000
ICMP = {4: 1, 6: 58}
HEADER = {4: 20, 6: 40}
TCP, UDP, IPIP = 6, 17, {4: 4, 6: 41}
L4_LEN = {1: 8, 58: 8, TCP: 20, UDP: 8}
# Type and code of: echo request, port unreachable, packet too big.
ECHO = {4: (8, 0), 6: (128, 0)}
ERRORS = {"unreach": {4: (3, 3), 6: (1, 4)}, "toobig": {4: (3, 4), 6: (2, 0)}}
ERROR_TYPES = {4: (3, 5, 11, 12), 6: (1, 2, 3, 4, 137)}
# IPv6's extension headers, each of 8 bytes but the routing header with its
# one address; the routing header is of the mobile kind and spent.
EXTENSIONS = {"hop": 0, "routing": 43, "dest": 60}
MAGIC = b"ECMP"
WINDOW = 128        # packets in flight; below every queue on the way

libc = ctypes.CDLL(None, use_errno=True)
prefix = ""         # of the names in "ip netns"; set by main()
family = 4          # of what is sent, if no address tells
HERE = {4: ("192.168.10.5", "198.18.0.0/16"),
        6: ("2001:db8:c0a8:10::5", "2001:2::/112")}


class Refused(Exception):
    """A command that cannot be carried out; its text is the answer."""


@contextmanager
def namespace(name):
    """Run the body in a named network namespace."""
    try:
        there = os.open(f"/run/netns/{prefix}-{name}", os.O_RDONLY)
    except FileNotFoundError:
        raise Refused(f"no namespace {name}") from None
    here = os.open("/proc/self/ns/net", os.O_RDONLY)
    try:
        if libc.setns(there, CLONE_NEWNET):
            raise Refused(f"setns {name}: {os.strerror(ctypes.get_errno())}")
        yield
    finally:
        libc.setns(here, CLONE_NEWNET)
        os.close(here)
        os.close(there)


def hardware_address(device):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        request = struct.pack("16s16x", device.encode())
        try:
            answer = fcntl.ioctl(s, SIOCGIFHWADDR, request)
        except OSError as e:
            raise Refused(f"device {device}: {e.strerror}") from None
    return answer[18:24]


def address_range(text):
    """First address and number of addresses, as integers.

    ADDRESS, FIRST-LAST, FIRST+COUNT or a prefix, whose hosts are meant.
    """
    if "/" in text:
        net = ipaddress.ip_network(text)
        if net.num_addresses <= 2:
            return int(net[0]), net.num_addresses
        return int(net[1]), net.num_addresses - 2
    if "+" in text:
        first, _, count = text.partition("+")
        return int(ipaddress.ip_address(first)), int(count)
    first, _, last = text.partition("-")
    first = int(ipaddress.ip_address(first))
    last = int(ipaddress.ip_address(last)) if last else first
    return first, last - first + 1


def number_range(text):
    first, _, last = text.partition("-")
    return int(first), int(last or first) - int(first) + 1


class Spec:
    """What to send: SPEC in the usage text."""

    def __init__(self, words):
        get = words.pop
        src, dst = words.get("src", ""), words.get("dst", "")
        self.family = (6 if ":" in src + dst else
                       4 if src or dst else family)
        self.client = get("client", "lan10")
        self.n = int(get("n", 1000))
        self.kind = get("proto", "udp")
        self.src = address_range(get("src", HERE[self.family][0]))
        self.dst = address_range(get("dst", HERE[self.family][1]))
        self.sport = number_range(get("sport", "1024-65535"))
        self.dport = number_range(get("dport", "4433"))
        self.label = number_range(get("label", "0"))
        self.shift = (32 if self.family == 4 else 128) - int(
            get("srclen", 32 if self.family == 4 else 128))
        self.mode = get("mode", "seq")
        self.seed = int(get("seed", 1))
        self.rounds = int(get("rounds", 1))
        self.at = get("at", "inet").split(",")
        self.router = get("router", "router")
        self.device = get("mac", self.client)
        self.ttl = int(get("ttl", 64))
        self.tos = int(get("dscp", 0)) << 2
        self.df = int(get("df", 0))
        self.size = int(get("size", 0))
        self.ext = [EXTENSIONS[w] for w in get("ext", "").split(",") if w]
        if self.family == 4 and (self.ext or self.label != (0, 1)):
            raise Refused("label= and ext= are IPv6's")
        if words:
            raise Refused("unknown word " + " ".join(words))

    def tuples(self):
        fields = (self.sport, self.dport, self.dst, self.src, self.label)
        if self.mode == "random":
            draw = random.Random(self.seed).randrange
            for _ in range(self.n):
                yield self.spaced([lo + draw(n) for lo, n in fields])
        elif self.mode == "seq":
            for i in range(self.n):
                row = []
                for lo, n in fields:
                    i, digit = divmod(i, n)
                    row.append(lo + digit)
                yield self.spaced(row)
        else:
            raise Refused(f"mode {self.mode}: seq or random")

    def spaced(self, row):
        """With each source in a network of its own, if srclen= says so."""
        row[3] = self.src[0] + ((row[3] - self.src[0]) << self.shift)
        return row

    def link_header(self):
        with namespace(self.router):
            head = hardware_address(self.device)
        with namespace(self.client):
            head += hardware_address(self.client)
        return head + struct.pack("!H", ETH_P[self.family])

    def frames(self):
        """The flows as tuples, and one Ethernet frame of each."""
        head = self.link_header()
        kind = self.kind
        if kind in ERRORS:
            craft = self.error
        elif kind in ("udp", "tcp", "icmp", "ipip"):
            craft = getattr(self, kind)
        else:
            raise Refused(f"proto {kind}")
        fill = max(0, self.size - HEADER[self.family] - L4_LEN.get(
            {"tcp": TCP}.get(kind, UDP)) - 8)
        flows, frames = [], []
        for i, (sport, dport, dst, src, label) in enumerate(self.tuples()):
            data = MAGIC + struct.pack("!I", i) + bytes(fill)
            flows.append((src, dst, sport, dport, label))
            frames.append(head + craft(
                i, (address(src, self.family), address(dst, self.family),
                    label), sport, dport, data))
        return flows, frames

    def ip(self, i, ends, proto, data):
        """Data behind an IP header."""
        if self.family == 6:
            return self.ip6(ends, proto, data)
        src, dst, _ = ends
        head = struct.pack("!BBHHHBBH4s4s", 0x45, self.tos, 20 + len(data),
                           i & 0xffff, 0x4000 if self.df else 0, self.ttl,
                           proto, 0, src, dst)
        return head[:10] + checksum(head) + head[12:] + data

    def ip6(self, ends, proto, data):
        src, dst, label = ends
        for kind in reversed(self.ext):
            if kind == 43:
                # Segments left 0: nobody looks at the address.
                head = struct.pack("!BBBB4x16s", proto, 2, 2, 0, dst)
            else:
                head = struct.pack("!BBBB4x", proto, 0, 1, 4)
            proto, data = kind, head + data
        return struct.pack("!IHBB16s16s", 6 << 28 | self.tos << 20 | label,
                           len(data), proto, self.ttl, src, dst) + data

    def l4(self, ends, proto, head, at, data):
        """A transport header, its checksum at so many bytes, and data."""
        src, dst, _ = ends
        pseudo = b""
        if proto != ICMP[4]:
            pseudo = src + dst + struct.pack("!II", len(head) + len(data),
                                             proto)
        return (head[:at] + checksum(pseudo + head + data) + head[at + 2:]
                + data)

    def datagram(self, ends, sport, dport, data):
        head = struct.pack("!HHHH", sport, dport, 8 + len(data), 0)
        if self.family == 4:
            return head + data      # no checksum: allowed, and cheap
        return self.l4(ends, UDP, head, 6, data)

    def udp(self, i, ends, sport, dport, data):
        return self.ip(i, ends, UDP, self.datagram(ends, sport, dport, data))

    def tcp(self, i, ends, sport, dport, data):
        head = struct.pack("!HHIIBBHHH", sport, dport, i, 0, 0x50, 2, 65535,
                           0, 0)
        return self.ip(i, ends, TCP, self.l4(ends, TCP, head, 16, data))

    def icmp(self, i, ends, sport, dport, data):
        proto = ICMP[self.family]
        head = struct.pack("!BBHHH", *ECHO[self.family], 0, sport, dport)
        return self.ip(i, ends, proto, self.l4(ends, proto, head, 2, data))

    def error(self, i, ends, sport, dport, data):
        # What src says of a datagram that came from dst.
        src, dst, label = ends
        back, ends = (dst, src, label), (src, dst, 0)
        data = self.ip(i, back, UDP, self.datagram(back, dport, sport, data))
        proto = ICMP[self.family]
        head = struct.pack("!BBHI", *ERRORS[self.kind][self.family], 0, 1280)
        return self.ip(i, ends, proto, self.l4(ends, proto, head, 2, data))

    def ipip(self, i, ends, sport, dport, data):
        # One tunnel, from the first address to the first.
        data = self.udp(i, ends, sport, dport, data)
        outer = (address(self.src[0], self.family),
                 address(self.dst[0], self.family), self.label[0])
        return self.ip(i, outer, IPIP[self.family], data)


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    # A sum of 16-bit words in one's complement is a remainder.
    return struct.pack("!H", 0xffff - int.from_bytes(data, "big") % 0xffff)


def transport(b, at=0):
    """Protocol, offset of its header and version of the packet at b[at]."""
    if b[at] >> 4 == 4:
        return b[at + 9], at + ((b[at] & 15) << 2), 4
    proto, offset = b[at + 6], at + 40
    while proto in (0, 43, 60) and offset < len(b) - 8:
        proto, offset = b[offset], offset + 8 + 8 * b[offset + 1]
    return proto, offset, 6


def payload(b):
    """Where the data of a packet begins; is it an ICMP error, about that?"""
    proto, offset, version = transport(b)
    if proto in IPIP.values():
        proto, offset, version = transport(b, offset)
    if proto != ICMP[version]:
        return offset + L4_LEN.get(proto, 0), False
    if b[offset] not in ERROR_TYPES[version]:
        return offset + 8, False
    proto, offset, _ = transport(b, offset + 8)
    return offset + L4_LEN.get(proto, 0), True


class Map:
    """Flows and the labels under which each was seen."""

    def __init__(self, spec, flows, frames, labels=None):
        self.spec, self.flows, self.frames = spec, flows, frames
        self.labels = labels or [None] * len(flows)
        self.mixed = 0
        self.sources = {}       # label -> addresses, as they came

    def counts(self):
        counts = {}
        for label in self.labels:
            if label:
                counts[label] = counts.get(label, 0) + 1
        return counts


def only_port(s, port):
    """Let a packet socket see UDP packets to this port alone, of both
    families; what they bear is not looked at."""
    code = b"".join(struct.pack("=HBBI", *line) for line in (
        (0x30, 0, 0, 0),            # the first byte
        (0x54, 0, 0, 0xf0),         # its version
        (0x15, 0, 2, 0x40),         # is it 4?
        (0x28, 0, 0, 22),           # its port
        (0x05, 0, 0, 1),
        (0x28, 0, 0, 42),           # else that of IPv6
        (0x15, 0, 1, port),         # is it this one?
        (0x06, 0, 0, 0xffff),
        (0x06, 0, 0, 0)))
    code = ctypes.create_string_buffer(code, len(code))
    s.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack(
        "HP", len(code) // 8, ctypes.addressof(code)))


class Wires:
    """A packet socket for each device of some namespaces; sees one family, or
    what goes to one UDP port."""

    def __init__(self, names, version, port=None):
        self.names, self.port, self.sockets = names, port, {}
        self.protocol = ETH_P_ALL if port else ETH_P[version]
        self.poll = select.poll()
        self.refresh()

    def refresh(self):
        """Watch devices that came since; forget those that went."""
        now = {}
        for name in self.names:
            with namespace(name):
                for index, device in socket.if_nameindex():
                    if device == "lo":
                        continue
                    key = (name, index)
                    now[key] = self.sockets.pop(key, None)
                    if now[key]:
                        continue
                    s = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)
                    s.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 1 << 25)
                    s.setblocking(False)
                    if self.port:
                        only_port(s, self.port)
                    try:
                        s.bind((device, self.protocol))
                    except OSError as e:
                        s.close()
                        if e.errno not in (errno.ENODEV, errno.ENXIO):
                            raise
                        del now[key]        # it has gone meanwhile
                        continue
                    now[key] = (device, s)
                    self.poll.register(s, select.POLLIN)
        self.forget()
        self.sockets = now

    def forget(self):
        for _, s in self.sockets.values():
            self.poll.unregister(s)
            s.close()
        self.sockets = {}

    close = forget

    def drain(self, take):
        """Call take(label, buffer) for every packet that has arrived."""
        buffer = bytearray(256)
        for label, s in self.sockets.values():
            receive = s.recv_into
            while True:
                try:
                    receive(buffer)
                except BlockingIOError:
                    break
                except OSError as e:
                    if e.errno in (errno.ENETDOWN, errno.ENXIO):
                        continue        # told once; later packets follow
                    raise
                take(label, buffer)

    def wait(self, seconds):
        return self.poll.poll(seconds * 1000)


def transmit(flowmap, counts=None, stop=lambda: False, pps=0):
    """Send every frame, rounds times, and label the flows."""
    spec, frames = flowmap.spec, flowmap.frames
    n = len(frames)
    seen = [0] * n
    labels = {}                 # label -> its bit
    sources = flowmap.sources = {}
    got = [0]

    error = spec.kind in ERRORS
    source = slice(12, 16) if spec.family == 4 else slice(8, 24)

    def take(label, b):
        offset, about = payload(b)
        # Some host's answer to one of ours is not ours.
        if b[offset:offset + 4] != MAGIC or about != error:
            return
        i = int.from_bytes(b[offset + 4:offset + 8], "big")
        if i >= n:
            return
        if label not in labels:
            labels[label] = 1 << len(labels)
            sources[label] = set()
        seen[i] |= labels[label]
        sources[label].add(bytes(b[source]))
        got[0] += 1
        if counts is not None:
            counts[label] = counts.get(label, 0) + 1

    wires = Wires(spec.at, spec.family)
    with namespace(spec.client):
        tx = packet_socket(spec.client)
    sent = 0
    start = looked = time.monotonic()
    try:
        rounds = 0
        while rounds < spec.rounds and not stop():
            rounds += 1
            at = 0
            while at < n and not stop():
                # The first ones find neighbours unresolved: few of them.
                step = WINDOW if sent else 16
                if pps:
                    step = max(1, min(step, pps // 50))
                for frame in frames[at:at + step]:
                    send(tx, frame)
                sent += min(step, n - at)
                at += step
                wires.drain(take)
                if got[0] < sent and not pps and wires.wait(0.02):
                    wires.drain(take)
                if counts is not None and time.monotonic() > looked + 0.5:
                    # In the background, while devices come and go.
                    wires.drain(take)
                    wires.refresh()
                    looked = time.monotonic()
                if pps:
                    ahead = sent / pps - (time.monotonic() - start)
                    if ahead > 0:
                        time.sleep(ahead)
        # Stragglers: until all are there, or a second is silent.
        while got[0] < sent and wires.wait(1):
            wires.drain(take)
    finally:
        tx.close()
        wires.close()
    name = {bit: label for label, bit in labels.items()}
    flowmap.mixed = 0
    for i, bits in enumerate(seen):
        if bits and bits & (bits - 1):
            flowmap.mixed += 1
            flowmap.labels[i] = "mixed"
        else:
            flowmap.labels[i] = name.get(bits)
    return sent, got[0]


def packet_socket(device):
    """Sends whole frames by a device of this namespace."""
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    s.bind((device, 0))
    return s


def send(tx, frame):
    while True:
        try:
            tx.send(frame)
            return
        except OSError as e:
            if e.errno != errno.ENOBUFS:
                raise
            time.sleep(0.005)


def address(number, version):
    """The bytes of an address that address_range has made a number."""
    return number.to_bytes(4 if version == 4 else 16, "big")


def text(number, version):
    return str(ipaddress.ip_address(address(number, version)))


def address_list(addresses):
    return ",".join(str(ipaddress.ip_address(a)) for a in sorted(addresses))


def packed(host, port):
    return ipaddress.ip_address(host).packed + struct.pack("!H", port)
