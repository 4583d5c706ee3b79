# SPDX-License-Identifier: GPL-2.0
"""Two routers of one configuration, one of the module's and one of the
kernel's alone, and what is said to each of them: by its command, or as netlink
messages in as few system calls as there can be.

What a message costs is the time that sendmsg() takes. The kernel has done all
of a batch when that returns, and no program's own work is in it.
"""

import ctypes
import ipaddress
import os
import random
import socket
import struct
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "../../selftests"))
import genl     # noqa: E402  it is in that folder

CLONE_NEWNET = 0x40000000
SEED = 20221029
BATCH = 64 << 10        # bytes in one sendmsg; more gains nothing
RECEIVE = 1 << 20
libc = ctypes.CDLL(None, use_errno=True)

RTM_NEWLINK = 16
RTM_NEWROUTE, RTM_DELROUTE, RTM_GETROUTE = 24, 25, 26
RTM_NEWRULE, RTM_GETRULE = 32, 34
RTA_DST, RTA_OIF, RTA_GATEWAY, RTA_MULTIPATH, RTA_TABLE = 1, 4, 5, 9, 15
FRA_SRC, FRA_PRIORITY, FRA_TABLE = 2, 6, 15

WAN = {4: ("10.1.1.1", "10.1.2.1"), 6: ("2001:db8:1::1", "2001:db8:2::1")}
MANY = {4: "10.9.0.0", 6: "2001:db8:1::"}      # gateways, all of wan1
RULES_FROM = {4: "192.168.64.0", 6: "2001:db8:0:a::1:0"}
AF = {4: socket.AF_INET, 6: socket.AF_INET6}
# Where no prefix is made up: not in the world, or at home.
NOT_OUT_THERE = (0, 10, 100, 127, 169, 172, 192, 198, 203)
# As they are in BGP, of forty.
LENGTHS = {4: [24] * 24 + [23] * 4 + [22] * 4 + [21] * 2 + [20] * 2
           + [19, 18, 17, 16],
           6: [48] * 19 + [44] * 4 + [40] * 4 + [36] * 3 + [32] * 8 + [29] * 2}

ROUTER = """
link set lo up
link add lan0 address 02:00:00:00:00:10 up type dummy
link add wan1 address 02:00:00:00:00:01 up type dummy
link add wan2 address 02:00:00:00:00:02 up type dummy
address add 192.168.0.1/24 dev lan0
address add 10.1.1.2/24 dev wan1
address add 10.9.0.2/16 dev wan1
address add 10.1.2.2/24 dev wan2
address add 2001:db8:0:a::1/64 dev lan0 nodad
address add 2001:db8:1::2/64 dev wan1 nodad
address add 2001:db8:2::2/64 dev wan2 nodad
"""


def run(*command, text=None):
    """Returns what it printed; a command that fails ends all."""
    done = subprocess.run(command, input=text, text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        sys.exit(f"config: {' '.join(command)}: {done.stdout[-400:]}")
    return done.stdout


def took(*command):
    """How many nanoseconds a command took that prints to nobody. It is started
    by another process: to copy this one, as large as it is, is dear."""
    start = time.monotonic_ns()
    pid = os.posix_spawnp(command[0], command, os.environ, file_actions=[
        (os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)])
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    end = time.monotonic_ns()
    if status:
        sys.exit(f"config: {' '.join(command)}: exit status {status}")
    return end - start


def write(path, value):
    with open(path, "w", encoding="ascii") as file:
        file.write(str(value))


def enter(name):
    with open(f"/run/netns/{name}", "rb") as file:
        if libc.setns(file.fileno(), CLONE_NEWNET):
            sys.exit(f"config: {name}: {os.strerror(ctypes.get_errno())}")


def made_up(version, count):
    """Prefixes as (address, length), all different, in no order; the same for
    every call."""
    rng = random.Random(SEED)
    bits = 32 if version == 4 else 128
    space, first = (0, 0) if version == 4 else (8, 0x2a << 120)
    # Of each length the i-th is start + i * odd, which meets none twice.
    state = {}
    for length in set(LENGTHS[version]):
        size = 1 << (length - space)
        state[length] = [rng.randrange(size), rng.randrange(size) | 1, size,
                         size // 2]
    lengths = LENGTHS[version]
    longest = max(lengths)
    while count:
        length = lengths[int(rng.random() * len(lengths))]
        if not state[length][3]:
            length = longest
        s = state[length]
        s[3] -= 1
        s[0] = (s[0] + s[1]) & (s[2] - 1)
        address = first | s[0] << (bits - length)
        if version == 4 and (address >> 24 >= 224 or
                             address >> 24 in NOT_OUT_THERE):
            continue
        count -= 1
        yield address, length


def text_of(version, address, length):
    """The prefix as people write it; ipaddress takes ten times as long."""
    packed = address.to_bytes(4 if version == 4 else 16, "big")
    return f"{socket.inet_ntop(AF[version], packed)}/{length}"


class Batches:
    """Messages, in pieces of BATCH bytes."""

    def __init__(self):
        self.pieces = [bytearray()]
        self.count = 0

    def add(self, message):
        if len(self.pieces[-1]) + len(message) > BATCH:
            self.pieces.append(bytearray())
        self.pieces[-1] += message
        self.count += 1


def send(sock, batches):
    """Nanoseconds that the kernel took for them; what it refuses ends all."""
    total = 0
    for piece in batches.pieces:
        start = time.monotonic_ns()
        sock.send(piece)
        total += time.monotonic_ns() - start
        try:
            answer = sock.recv(RECEIVE, socket.MSG_DONTWAIT)
        except BlockingIOError:
            continue
        sys.exit("config: the kernel refused a message: errno "
                 f"{-struct.unpack_from('=i', answer, 16)[0]}")
    return total


def receive(sock, message):
    """Nanoseconds and bytes of a dump, read and thrown away."""
    total = size = 0
    buffer = bytearray(RECEIVE)
    start = time.monotonic_ns()
    sock.send(message)
    total += time.monotonic_ns() - start
    while True:
        start = time.monotonic_ns()
        got = sock.recv_into(buffer)
        total += time.monotonic_ns() - start
        size += got
        # DONE has a part of its own, or ends the last one.
        at = 0
        while at < got:
            length, kind = struct.unpack_from("=IH", buffer, at)
            if kind == genl.NLMSG_DONE:
                return total, size
            if kind == genl.NLMSG_ERROR:
                sys.exit("config: a dump was refused")
            # All but the last are alike: look at the ends of parts alone.
            at += (length + 3) & ~3


class Side:
    """A router in a namespace of its own, while a "with" lasts."""

    def __init__(self, name, version):
        self.name = name
        self.version = version

    def __enter__(self):
        run("ip", "netns", "add", self.name)
        enter(self.name)
        for key, value in {"ipv4/ip_forward": 1, "ipv6/conf/all/forwarding": 1,
                           "ipv6/route/max_size": 2147483647}.items():
            try:
                write(f"/proc/sys/net/{key}", value)
            except FileNotFoundError:
                if "max_size" not in key:
                    raise
        run("ip", "-batch", "-", text=ROUTER)
        self.index = {dev: socket.if_nametoindex(dev)
                      for dev in ("wan1", "wan2")}
        self.open()
        return self

    def __exit__(self, *_):
        enter(self.name)
        self.close()
        enter("plain")
        run("ip", "netns", "del", self.name)
        # What goes with a namespace is not to be in another's figures.
        time.sleep(0.2)

    def gateway(self, i):
        return WAN[self.version][i % 2], f"wan{i % 2 + 1}"

    def link_down(self, dev):
        """Nanoseconds until the kernel answers that it is down."""
        sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
        sock.bind((0, 0))
        message = struct.pack("=IHHII", 32, RTM_NEWLINK, 5, 1, 0) + \
            struct.pack("=BxHiII", 0, 0, self.index[dev], 0, 1)
        start = time.monotonic_ns()
        sock.send(message)
        answer = sock.recv(4096)
        end = time.monotonic_ns()
        if struct.unpack_from("=i", answer, 16)[0]:
            sys.exit("config: the link does not go down")
        return end - start


class Native(Side):
    """The kernel's own, with the routes in its main table."""

    def open(self):
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
        self.socket.bind((0, 0))

    def close(self):
        self.socket.close()

    def routes(self, prefixes, kind=RTM_NEWROUTE):
        family = AF[self.version]
        size = 4 if self.version == 4 else 16
        ends = []
        for i in range(2):
            gateway, dev = self.gateway(i)
            ends.append(struct.pack("=HHIHH", 8, RTA_OIF, self.index[dev],
                                    4 + size, RTA_GATEWAY)
                        + socket.inet_pton(family, gateway))
        length = 16 + 12 + 4 + size + len(ends[0])
        flags = genl.F_REQUEST | (genl.ADD if kind == RTM_NEWROUTE else 0)
        head = struct.pack("=IHHII", length, kind, flags, 0, 0)
        body = struct.Struct("=BBBBBBBBIHH").pack
        out = Batches()
        for i, (address, bits) in enumerate(prefixes):
            out.add(head + body(family, bits, 0, 0, 254, 4, 0, 1, 0, 4 + size,
                                RTA_DST)
                    + address.to_bytes(size, "big") + ends[i & 1])
        return out

    def route(self, dst, bits, legs, table=254):
        """The message of one route by gateways of wan1, with their weights."""
        gateways = [struct.pack("=HH", 4 + len(gateway), RTA_GATEWAY) + gateway
                    for gateway, _ in legs]
        rest = struct.pack("=HH", 4 + len(dst), RTA_DST) + dst + \
            struct.pack("=HHI", 8, RTA_TABLE, table)
        if len(legs) == 1:
            rest += struct.pack("=HHI", 8, RTA_OIF, self.index["wan1"]) + \
                gateways[0]
        else:
            hops = b"".join(
                struct.pack("=HBBi", 8 + len(gateway), 0, weight - 1,
                            self.index["wan1"]) + gateway
                for gateway, (_, weight) in zip(gateways, legs))
            rest += struct.pack("=HH", 4 + len(hops), RTA_MULTIPATH) + hops
        return struct.pack(
            "=IHHIIBBBBBBBBI", 28 + len(rest), RTM_NEWROUTE,
            genl.F_REQUEST | genl.ADD, 0, 0, AF[self.version], bits, 0, 0, 0,
            4, 0, 1, 0) + rest

    def route_lines(self, prefixes):
        for i, prefix in enumerate(prefixes):
            gateway, dev = self.gateway(i)
            yield (f"route add {text_of(self.version, *prefix)} "
                   f"via {gateway} dev {dev}\n")

    def load(self, batches):
        return send(self.socket, batches)

    def dump(self):
        family = AF[self.version]
        return receive(self.socket, struct.pack(
            "=IHHIIBBBBBBBBI", 28, RTM_GETROUTE, genl.F_REQUEST | genl.F_DUMP,
            1, 0, family, 0, 0, 0, 0, 0, 0, 0, 0))

    def rules(self, count):
        family = AF[self.version]
        base = int(ipaddress.ip_address(RULES_FROM[self.version]))
        size = 4 if self.version == 4 else 16
        out = Batches()
        for i in range(count):
            rest = struct.pack("=HH", 4 + size, FRA_SRC) + \
                (base + i).to_bytes(size, "big") + \
                struct.pack("=HHI", 8, FRA_PRIORITY, 1000 + i)
            out.add(struct.pack("=IHHIIBBBBBBBBI", 28 + len(rest), RTM_NEWRULE,
                                genl.F_REQUEST | genl.ADD, 0, 0, family, 0,
                                8 * size, 0, 100, 0, 0, 1, 0) + rest)
        return out

    def rule_lines(self, count):
        base = ipaddress.ip_address(RULES_FROM[self.version])
        for i in range(count):
            yield (f"rule add pref {1000 + i} from {base + i}"
                   f"/{base.max_prefixlen} table 100\n")

    def rule_dump(self):
        return receive(self.socket, struct.pack(
            "=IHHIIBBBBBBBBI", 28, RTM_GETRULE, genl.F_REQUEST | genl.F_DUMP,
            1, 0, AF[self.version], 0, 0, 0, 0, 0, 0, 0, 0))

    def command(self, *words):
        return ("ip", f"-{self.version}", *words)

    def load_file(self, name):
        return took(*self.command("-batch", name))


class Ecmp(Side):
    """The module's, with the routes as its own."""

    def open(self):
        # Without a timeout: one makes recv() wait, whatever its flags.
        self.genl = genl.Genl(timeout=None)
        self.socket = self.genl.socket
        # The first to ask waits until the kernel's routes are followed.
        self.genl.must("TABLE_GET", {"NAME": "main"})

    def close(self):
        self.genl.close()

    def message(self, command, flags, body):
        return self.genl.message(
            self.genl.family, genl.F_REQUEST | flags,
            struct.pack("=BBH", genl.CMD[command], 1, 0) + body)

    def routes(self, prefixes, command="ROUTE_NEW"):
        family = AF[self.version]
        size = 4 if self.version == 4 else 16
        verb = genl.ADD if command == "ROUTE_NEW" else 0
        ends = []
        for i in range(2):
            gateway, dev = self.gateway(i)
            ends.append(genl.encode("ROUTE", [("GATEWAY", gateway),
                                              ("DEVICE", dev)]))
        first = genl.encode("ROUTE", [("FAMILY", family)])
        dst, _ = genl.TYPE["ROUTE"]["DST"]
        dst_len, _ = genl.TYPE["ROUTE"]["DST_LEN"]
        body = struct.pack("=HH", 4 + size, dst)
        rest = struct.Struct("=HHB3x").pack
        length = 20 + len(first) + 4 + size + 8 + len(ends[0])
        head = struct.pack("=IHHIIBBH", length, self.genl.family,
                           genl.F_REQUEST | verb, 0, 0, genl.CMD[command], 1,
                           0) + first + body
        out = Batches()
        for i, (address, bits) in enumerate(prefixes):
            out.add(head + address.to_bytes(size, "big")
                    + rest(5, dst_len, bits) + ends[i & 1])
        return out

    def route_lines(self, prefixes):
        return Native.route_lines(self, prefixes)

    def ask(self, command):
        """Nanoseconds until it is done."""
        start = time.monotonic_ns()
        self.genl.must(command)
        return time.monotonic_ns() - start

    def load(self, batches):
        """As a whole configuration."""
        return (self.ask("TRANSACTION_BEGIN") + send(self.socket, batches)
                + self.ask("TRANSACTION_COMMIT"))

    def load_live(self, batches):
        return send(self.socket, batches)

    def dump(self):
        return receive(self.socket, self.message("ROUTE_GET", genl.F_DUMP, b""))

    def rules(self, count):
        base = ipaddress.ip_address(RULES_FROM[self.version])
        out = Batches()
        out.add(self.message("TABLE_NEW", genl.ADD,
                             genl.encode("TABLE", [("NAME", "ecmp")])))
        for i in range(count):
            out.add(self.message("RULE_NEW", genl.ADD, genl.encode("RULE", [
                ("ACTION", genl.ACTION["lookup"]), ("TABLE", "ecmp"),
                ("FROM", str(base + i)), ("FROM_LEN", base.max_prefixlen)])))
        return out

    def rule_lines(self, count):
        base = ipaddress.ip_address(RULES_FROM[self.version])
        yield "table add ecmp\n"
        for i in range(count):
            yield f"rule add from {base + i}/{base.max_prefixlen} lookup ecmp\n"

    def rule_dump(self):
        return receive(self.socket, self.message("RULE_GET", genl.F_DUMP, b""))

    def command(self, *words):
        return ("ecmpctl", *words)

    def load_file(self, name):
        return took(*self.command("load", name))
