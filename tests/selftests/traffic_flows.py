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

ETH_P_IP = 0x0800
SO_RCVBUFFORCE = 33
SIOCGIFHWADDR = 0x8927
CLONE_NEWNET = 0x40000000
PROTO = {"icmp": 1, "tcp": 6, "udp": 17, "unreach": 1, "ipip": 4}
L4_LEN = {1: 8, 4: 28, 6: 20, 17: 8}
MAGIC = b"ECMP"
WINDOW = 128        # packets in flight; below every queue on the way

libc = ctypes.CDLL(None, use_errno=True)
prefix = ""         # of the names in "ip netns"; set by main()


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
    """First address and number of addresses, as integers."""
    if "/" in text:
        net = ipaddress.IPv4Network(text)
        if net.prefixlen > 30:
            return int(net[0]), net.num_addresses
        return int(net[1]), net.num_addresses - 2
    first, _, last = text.partition("-")
    first = int(ipaddress.IPv4Address(first))
    last = int(ipaddress.IPv4Address(last)) if last else first
    return first, last - first + 1


def number_range(text):
    first, _, last = text.partition("-")
    return int(first), int(last or first) - int(first) + 1


class Spec:
    """What to send: SPEC in the usage text."""

    def __init__(self, words):
        get = words.pop
        self.client = get("client", "lan10")
        self.n = int(get("n", 1000))
        self.kind = get("proto", "udp")
        self.proto = PROTO[self.kind]
        self.src = address_range(get("src", "192.168.10.5"))
        self.dst = address_range(get("dst", "198.18.0.0/16"))
        self.sport = number_range(get("sport", "1024-65535"))
        self.dport = number_range(get("dport", "4433"))
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
        if words:
            raise Refused("unknown word " + " ".join(words))

    def tuples(self):
        fields = (self.sport, self.dport, self.dst, self.src)
        if self.mode == "random":
            draw = random.Random(self.seed).randrange
            for _ in range(self.n):
                yield [lo + draw(n) for lo, n in fields]
        elif self.mode == "seq":
            for i in range(self.n):
                row = []
                for lo, n in fields:
                    i, digit = divmod(i, n)
                    row.append(lo + digit)
                yield row
        else:
            raise Refused(f"mode {self.mode}: seq or random")

    def link_header(self):
        with namespace(self.router):
            head = hardware_address(self.device)
        with namespace(self.client):
            head += hardware_address(self.client)
        return head + struct.pack("!H", ETH_P_IP)

    def frames(self):
        """The flows as tuples, and one Ethernet frame of each."""
        head = self.link_header()
        craft = getattr(self, self.kind)
        flows, frames = [], []
        for i, (sport, dport, dst, src) in enumerate(self.tuples()):
            data = MAGIC + struct.pack("!I", i)
            data += bytes(max(0, self.size - 20 - L4_LEN[self.proto] - 8))
            flows.append((src, dst, sport, dport))
            frames.append(head + craft(i, src, dst, sport, dport, data))
        return flows, frames

    def ip(self, i, src, dst, data, proto=None):
        """Data behind an IPv4 header."""
        proto = proto or self.proto
        length = 20 + len(data)
        i &= 0xffff
        frag = 0x4000 if self.df else 0
        # The checksum of the header: its fields' sum, folded.
        s = (0x4500 + self.tos + length + i + frag + (self.ttl << 8) + proto
             + (src >> 16) + (src & 0xffff) + (dst >> 16) + (dst & 0xffff))
        s = (s & 0xffff) + (s >> 16)
        s = (s & 0xffff) + (s >> 16)
        return struct.pack("!BBHHHBBHII", 0x45, self.tos, length, i, frag,
                           self.ttl, proto, s ^ 0xffff, src, dst) + data

    def udp(self, i, src, dst, sport, dport, data):
        # No UDP checksum: allowed, and cheap.
        return self.ip(i, src, dst, struct.pack(
            "!HHHH", sport, dport, 8 + len(data), 0) + data)

    def tcp(self, i, src, dst, sport, dport, data):
        pseudo = struct.pack("!IIHH", src, dst, 6, 20 + len(data))
        tcp = struct.pack("!HHIIBBHHH", sport, dport, i, 0, 0x50, 2, 65535,
                          0, 0)
        tcp = tcp[:16] + checksum(pseudo + tcp + data) + tcp[18:]
        return self.ip(i, src, dst, tcp + data)

    def icmp(self, i, src, dst, sport, dport, data):
        icmp = struct.pack("!BBHHH", 8, 0, 0, sport, dport)
        icmp = icmp[:2] + checksum(icmp + data) + icmp[4:]
        return self.ip(i, src, dst, icmp + data)

    def unreach(self, i, src, dst, sport, dport, data):
        # What src says of a datagram that came from dst.
        data = self.ip(i, dst, src, struct.pack(
            "!HHHH", dport, sport, 8 + len(data), 0) + data, 17)
        icmp = struct.pack("!BBHI", 3, 3, 0, 0)
        icmp = icmp[:2] + checksum(icmp + data) + icmp[4:]
        return self.ip(i, src, dst, icmp + data)

    def ipip(self, i, src, dst, sport, dport, data):
        # One tunnel, from the first address to the first.
        data = self.ip(i, src, dst, struct.pack(
            "!HHHH", sport, dport, 8 + len(data), 0) + data, 17)
        return self.ip(i, self.src[0], self.dst[0], data)


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    s = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while s >> 16:
        s = (s & 0xffff) + (s >> 16)
    return struct.pack("!H", s ^ 0xffff)


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


class Wires:
    """A packet socket for each device of some namespaces."""

    def __init__(self, names):
        self.names, self.sockets = names, {}
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
                    s.bind((device, ETH_P_IP))
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
        buffer = bytearray(128)
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

    def take(label, b):
        offset = ((b[0] & 15) << 2) + L4_LEN.get(b[9], 0)
        if b[9] == 1 and b[offset - 8] == 3:
            if spec.kind != "unreach":
                return          # some host's answer to one of ours
            offset += 28        # of the packet that it reports on
        if b[offset:offset + 4] != MAGIC:
            return
        i = int.from_bytes(b[offset + 4:offset + 8], "big")
        if i >= n:
            return
        if label not in labels:
            labels[label] = 1 << len(labels)
            sources[label] = set()
        seen[i] |= labels[label]
        sources[label].add(bytes(b[12:16]))
        got[0] += 1
        if counts is not None:
            counts[label] = counts.get(label, 0) + 1

    wires = Wires(spec.at)
    with namespace(spec.client):
        tx = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        tx.bind((spec.client, 0))
    sent = 0
    start = time.monotonic()
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


def send(tx, frame):
    while True:
        try:
            tx.send(frame)
            return
        except OSError as e:
            if e.errno != errno.ENOBUFS:
                raise
            time.sleep(0.005)


def text(address):
    return str(ipaddress.IPv4Address(address))


def address_list(addresses):
    return ",".join(sorted(map(socket.inet_ntoa, addresses)))


def packed(address, port):
    return socket.inet_aton(address) + struct.pack("!H", port)
