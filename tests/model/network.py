# SPDX-License-Identifier: GPL-2.0
"""The network of the model test, and packets on its wires.

  lan --lan1, lan2-- router --wan1 .. wan5-- wan

Three namespaces, PREFIX-NAME in "ip netns", joined by veth pairs whose two ends
bear the same name. Nobody in lan and wan has an address or answers: the
router's neighbours are permanent entries, each with a link-layer address of
its own, which tells on the wire the next hop that was meant. wan5 needs no
neighbours, as PPP.

A frame's source address is the packet's mark: nft sets it in prerouting.
"""
import ipaddress
import os
import select
import socket
import struct
import subprocess

import traffic_flows
from objects import ICMP, ICMP6, PORTS, SCTP, TCP, UDP, Device
from traffic_flows import ETH_P, SO_RCVBUFFORCE, checksum, namespace

LANS = ("lan1", "lan2")
WANS = ("wan1", "wan2", "wan3", "wan4", "wan5")
NOARP = "wan5"
MARKS = (0, 1, 2, 3, 0x10, 0x12, 0x80000)
ETH_P_ARP = 0x0806
IP_HDRINCL, IPV6_HDRINCL = 3, 36
SO_MARK = 36
MAGIC = b"MODL"
ip = ipaddress.ip_address

ADDRESSES = {
    "lan1": ["192.168.1.1/24", "2001:db8:1::1/64"],
    "lan2": ["192.168.2.1/24", "2001:db8:2::1/64"],
    "wan1": ["10.1.1.2/24", "2001:db8:a1::2/64", "198.51.100.77/32",
             "2001:db8:77::77/128"],
    "wan2": ["10.1.2.2/24", "2001:db8:a2::2/64"],
    "wan3": ["10.1.3.2/24", "2001:db8:a3::2/64"],
    "wan4": ["10.1.4.2/24", "2001:db8:a4::2/64"],
    "wan5": ["10.1.5.2/32", "2001:db8:a5::2/128"],
}
# Gateways: two in the network of each WAN and one beyond it, of each family.
GATEWAYS = {4: {}, 6: {}}
for _i in range(1, 5):
    GATEWAYS[4][f"wan{_i}"] = [ip(f"10.1.{_i}.1"), ip(f"10.1.{_i}.9"),
                               ip(f"172.31.{_i}.1")]
    GATEWAYS[6][f"wan{_i}"] = [ip(f"2001:db8:a{_i}::1"), ip(f"fe80::{_i}"),
                               ip(f"2001:db8:f{_i}::1")]
# Where packets go to. What is on no link is here for routes without gateway.
DESTINATIONS = {
    4: [ip(a) for a in """203.0.113.1 203.0.113.65 203.0.113.81 203.0.113.82
        203.0.7.7 198.18.7.7 198.18.7.8 198.18.9.9 198.19.0.1 8.8.8.8
        45.57.94.1 100.64.1.1 192.168.7.7 10.1.9.9 10.200.1.1
        192.168.1.5 192.168.1.6 192.168.2.6 10.1.1.1 10.1.2.9 10.1.3.77
        """.split()],
    6: [ip(a) for a in """2001:db8:113::1 2001:db8:113:0:8000::1
        2001:db8:113:0:8000::2 2001:db8:113:7::7 2001:db8:200::7
        2001:db8:200::8 2001:2::9 2001:2::a 2a00:1450::1 2620:fe::9
        2001:db8:1:7::7 2001:db8:a9::9 2001:db8:1::5 2001:db8:1::6
        2001:db8:2::6 2001:db8:a1::1 2001:db8:a2::1 2001:db8:a3::77
        """.split()],
}
HOSTS = {
    "lan1": {4: [ip(f"192.168.1.{i}") for i in (5, 6, 7, 130, 200)],
             6: [ip(f"2001:db8:1::{i}") for i in ("5", "6", "7", "8000:1")]},
    "lan2": {4: [ip(f"192.168.2.{i}") for i in (6, 7, 9)],
             6: [ip(f"2001:db8:2::{i}") for i in ("6", "7")]},
}


def devices():
    return {name: Device(addresses=[ipaddress.ip_interface(a) for a in mine])
            for name, mine in ADDRESSES.items()}


def owned(dev):
    """The router's IPv6 addresses there, which go when it goes down."""
    return [ipaddress.ip_interface(a).ip for a in ADDRESSES[dev] if ":" in a]


def mac(kind, number):
    return bytes((2, kind)) + struct.pack("!I", number)


def mac_text(address):
    return ":".join(f"{byte:02x}" for byte in address)


class Network:
    """Everything that is sent and seen."""

    def __init__(self, prefix):
        self.prefix = traffic_flows.prefix = prefix
        self.neighbours, self.hop_of = [], {}
        for family in (4, 6):
            for dev in LANS + WANS[:-1]:
                there = DESTINATIONS[family] + GATEWAYS[family].get(dev, [])
                if dev in LANS:
                    there = there + HOSTS[dev][family]
                if family == 6:
                    # Somebody else's, once the device that has it is down.
                    there = there + [own for other in LANS + WANS
                                     if other != dev for own in owned(other)]
                for address in dict.fromkeys(there):
                    key = mac(1, len(self.hop_of))
                    self.hop_of[key] = (dev, address)
                    self.neighbours.append(
                        f"neigh replace {address} dev {dev} lladdr "
                        f"{mac_text(key)} nud permanent")
        self.sockets, self.send_sockets = [], {}
        self.here = None

    def enter(self, name):
        """Live in a namespace from now on: going there takes time."""
        there = os.open(f"/run/netns/{self.prefix}-{name}", os.O_RDONLY)
        traffic_flows.libc.setns(there, traffic_flows.CLONE_NEWNET)
        os.close(there)
        self.here = name

    def batch(self, name, lines):
        """Lines for ip -batch; all of them must be accepted."""
        if not lines:
            return
        there = [] if name == self.here else ["-n", f"{self.prefix}-{name}"]
        subprocess.run(["ip", *there, "-batch", "-"],
                       input="\n".join(lines) + "\n", text=True, check=True)

    def set_up(self):
        lines = []
        for i, dev in enumerate(LANS + WANS):
            lines.append(f"link set {dev} address {mac_text(mac(2, i))}")
            for address in ADDRESSES[dev]:
                lines.append(f"address add {address} dev {dev}")
        lines.append(f"link set {NOARP} arp off")
        self.batch("router", lines + self.neighbours)
        for name in ("lan", "wan"):
            with namespace(name):
                for protocol in (*ETH_P.values(), ETH_P_ARP):
                    if protocol == ETH_P_ARP and name == "wan":
                        continue
                    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW,
                                      socket.htons(protocol))
                    s.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 1 << 24)
                    s.setblocking(False)
                    self.sockets.append(s)
                for dev in LANS if name == "lan" else WANS:
                    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
                    s.bind((dev, 0))
                    self.send_sockets[dev] = s
        self.enter("router")
        self.mark_by_sender()
        for family, level, option in (
                (4, socket.IPPROTO_IP, IP_HDRINCL),
                (6, socket.IPPROTO_IPV6, IPV6_HDRINCL)):
            s = socket.socket(
                socket.AF_INET if family == 4 else socket.AF_INET6,
                socket.SOCK_RAW, socket.IPPROTO_RAW)
            s.setsockopt(level, option, 1)
            self.send_sockets[family] = s

    def mark_by_sender(self):
        marks = ", ".join(f"{mac_text(mac(3, mark))} : {mark}"
                          for mark in MARKS[1:])
        rule = ("table inet model_marks { chain marks { "
                "type filter hook prerouting priority mangle; "
                f"meta mark set ether saddr map {{ {marks} }}\n}}\n}}\n")
        subprocess.run(["nft", "-f", "-"], input=rule, text=True, check=True)

    def tracking(self, wanted):
        """Conntrack is in use once a rule asks for it."""
        text = ("table inet model_ct { chain state {\n"
                "type filter hook forward priority 0\n"
                "ct state established accept\n}\n}\n" if wanted else
                "delete table inet model_ct\n")
        subprocess.run(["nft", "-f", "-"], input=text, text=True, check=True)

    @staticmethod
    def rp_filter(modes):
        """Who is asked for the way back: modes by device, the others are
        not."""
        for dev in LANS + WANS:
            with open(f"/proc/sys/net/ipv4/conf/{dev}/rp_filter", "w",
                      encoding="ascii") as file:
                file.write(str(modes.get(dev, 0)))

    @staticmethod
    def forget_connections():
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12) as s:
            for family in (socket.AF_INET, socket.AF_INET6):
                s.send(struct.pack("=IHHIIBBH", 20, 1 << 8 | 2, 5, 1, 0,
                                   family, 0, 0))
                said, = struct.unpack_from("=i", s.recv(4096), 16)
                if said:
                    raise OSError(-said, "connections cannot be forgotten")

    def close(self):
        for s in self.sockets + list(self.send_sockets.values()):
            s.close()

    # --- sending ---------------------------------------------------------

    def send(self, packet, number):
        """Returns the error of a packet that could not be sent, or none."""
        data = craft(packet, number)
        if packet.iif is None:
            s = self.send_sockets[packet.family]
            s.setsockopt(socket.SOL_SOCKET, SO_MARK, packet.mark)
            try:
                s.sendto(data, (str(packet.dst), 0))
            except OSError as error:
                return error.errno
            return None
        index = (LANS + WANS).index(packet.iif)
        frame = mac(2, index) + mac(3, packet.mark)
        frame += struct.pack("!H", ETH_P[packet.family]) + data
        self.send_sockets[packet.iif].send(frame)
        return None

    def fence(self):
        """Ask the router for its address on lan1: its answer comes behind
        all that it forwarded before."""
        request = b"\xff" * 6 + mac(3, 0) + struct.pack(
            "!HHHBBH6s4s6s4s", ETH_P_ARP, 1, 0x0800, 6, 4, 1, mac(3, 0),
            HOSTS["lan1"][4][0].packed, bytes(6), ip("192.168.1.1").packed)
        self.send_sockets["lan1"].send(request)

    def receive(self, seconds=10):
        """What was seen until the fence: (device, next hop, packet)."""
        self.fence()
        fence = self.sockets[2]
        if not select.select([fence], [], [], seconds)[0]:
            raise RuntimeError("the router does not answer for its address")
        out = []
        for s in self.sockets:
            while True:
                try:
                    data, where = s.recvfrom(2048)
                except BlockingIOError:
                    break
                if s is not fence and where[2] != socket.PACKET_OUTGOING:
                    out.append((where[0], self.meant(where[0], data[:6]),
                                data[14:]))
        return out

    def meant(self, device, address):
        there, hop = self.hop_of.get(address, (device, None))
        return hop if there == device else "nobody"


# --- packets -----------------------------------------------------------------

def transport(packet, data):
    """What comes behind the IP header."""
    src, dst, proto = packet.src, packet.dst, packet.proto
    if packet.fragment == "later":
        return data + bytes(8)
    if packet.inner:
        return tunnelled(packet, data)
    at = None
    if packet.about:
        kind = (3, 1) if packet.family == 4 else (1, 0)
        data = struct.pack("!BBHI", *kind, 0, 0) + ip_packet(packet.about,
                                                            data)
        at = 2
    elif proto == TCP:
        data = struct.pack("!HHIIBBHHH", packet.sport, packet.dport, 1, 0,
                           0x50, 2, 65535, 0, 0) + data
        at = 16
    elif proto == UDP:
        data = struct.pack("!HHHH", packet.sport, packet.dport,
                           8 + len(data), 0) + data
        at = 6
    elif proto == SCTP:
        data = struct.pack("!HHII", packet.sport, packet.dport, 0, 0) + data
    elif proto in PORTS:        # DCCP: a request of 20 bytes
        data = struct.pack("!HHBBHBBHII", packet.sport, packet.dport, 5, 0, 0,
                           0, 0, 1, 1, 0) + data
    elif proto in (ICMP, ICMP6):
        data = struct.pack("!BBHHH", 8 if proto == ICMP else 128, 0, 0,
                           packet.sport, packet.dport) + data
        at = 2
    if at is None or packet.fragment:
        return data
    pseudo = b""
    if proto != ICMP:
        pseudo = src.packed + dst.packed + struct.pack("!II", len(data), proto)
    return data[:at] + checksum(pseudo + data) + data[at + 2:]


def tunnelled(packet, data):
    inner = ip_packet(packet.inner, data)
    if packet.proto == 47:
        return struct.pack("!HH", 0, ETH_P[packet.inner.family]) + inner
    return inner


def ip_packet(packet, data):
    data = transport(packet, data)
    if packet.family == 6:
        proto = packet.proto
        if packet.fragment:
            offset = 1 if packet.fragment == "first" else 64
            data = struct.pack("!BBHI", proto, 0, offset, 77) + data
            proto = 44
        return struct.pack("!IHBB16s16s",
                           6 << 28 | packet.dscp << 22 | packet.label,
                           len(data), proto, packet.ttl, packet.src.packed,
                           packet.dst.packed) + data
    field = {None: 0, "first": 0x2000, "later": 8}[packet.fragment]
    head = struct.pack("!BBHHHBBH4s4s", 0x45, packet.dscp << 2,
                       20 + len(data), 77, field, packet.ttl,
                       packet.proto, 0, packet.src.packed, packet.dst.packed)
    return head[:10] + checksum(head) + head[12:] + data


def craft(packet, number):
    data = MAGIC + struct.pack("!I", number)
    if packet.fragment == "first":
        data += bytes(56)       # together a multiple of eight
    return ip_packet(packet, data)


class Seen:
    """A packet on a wire: whose it is, and what."""

    def __init__(self, device, hop, data):
        self.device, self.hop = device, hop
        at = data.find(MAGIC)
        self.number = None
        if at >= 0 and len(data) >= at + 8:
            self.number = int.from_bytes(data[at + 4:at + 8], "big")
        if data[0] >> 4 == 4:
            self.src, self.dst = ip(data[12:16]), ip(data[16:20])
            self.proto, at = data[9], (data[0] & 15) * 4
        else:
            self.src, self.dst = ip(data[8:24]), ip(data[24:40])
            self.proto, at = data[6], 40
        self.icmp = tuple(data[at:at + 2])

    def is_of(self, packet):
        return (self.src, self.dst) == (packet.src, packet.dst)

    def __str__(self):
        return f"{self.src}>{self.dst} on {self.device} to {self.hop}"

    def is_redirect(self):
        return self.proto == ICMP6 and self.icmp[0] == 137
