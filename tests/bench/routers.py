# SPDX-License-Identifier: GPL-2.0
"""What the measurements beside the kernel's own have in common: a router that
the module and one that the kernel alone is configured as, alike, each in a
namespace of its own; and the packets that they get.

ECMP_PREFIXES, a file of prefixes, one a line, is what fills main where a full
table is measured.
"""

import ctypes
import ipaddress
import itertools
import os
import random
import struct
import subprocess
import sys

PREFIXES = os.environ.get("ECMP_PREFIXES", "/prefixes")
CLONE_NEWNET = 0x40000000
SEED = 20221029
libc = ctypes.CDLL(None, use_errno=True)
ME = os.path.basename(sys.argv[0])

LAN = {4: "192.168.0.0/16", 6: "2001:db8:0:a::/64"}
VIP = {4: "192.168.0.244/32", 6: "2001:db8:0:a::f4/128"}
WAN1 = {4: "10.1.1.1", 6: "2001:db8:1::1"}
WAN2 = {4: "10.1.2.1", 6: "2001:db8:2::1"}
# Where no destination is looked for: not in the world, or at home.
NOT_OUT_THERE = (0, 10, 100, 127, 169, 172, 192, 198, 203)

# What a router's devices are, unless they lead somewhere.
DUMMIES = """
link add lan0 address 02:00:00:00:00:10 up type dummy
link add wan1 address 02:00:00:00:00:01 up type dummy
link add wan2 address 02:00:00:00:00:02 up type dummy
"""
ROUTER = """
link set lo up
address add 192.168.0.1/24 dev lan0
address add 10.1.1.2/24 dev wan1
address add 10.1.2.2/24 dev wan2
address add 2001:db8:0:a::1/64 dev lan0 nodad
address add 2001:db8:1::2/64 dev wan1 nodad
address add 2001:db8:2::2/64 dev wan2 nodad
"""
SYSCTL = {
    "ipv4/ip_forward": 1, "ipv6/conf/all/forwarding": 1,
    "ipv4/fib_multipath_hash_policy": 1, "ipv6/fib_multipath_hash_policy": 1,
    "ipv4/conf/all/rp_filter": 0, "ipv4/conf/default/rp_filter": 0,
    "ipv6/route/max_size": 2147483647,
}


def run(*command, text=None):
    """Returns what it printed; a command that fails ends all."""
    done = subprocess.run(command, input=text, text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        sys.exit(f"{ME}: {' '.join(command)}: {done.stdout[-400:]}")
    return done.stdout


def enter(name):
    with open(f"/run/netns/{name}", "rb") as file:
        if libc.setns(file.fileno(), CLONE_NEWNET):
            sys.exit(f"{ME}: {name}: {os.strerror(ctypes.get_errno())}")


def leave():
    """To the namespace of the machine's first process, which stays."""
    with open("/proc/1/ns/net", "rb") as file:
        if libc.setns(file.fileno(), CLONE_NEWNET):
            sys.exit(f"{ME}: {os.strerror(ctypes.get_errno())}")


def namespace(name, sysctl):
    """A new one, which is entered."""
    run("ip", "netns", "add", name)
    enter(name)
    for key, value in sysctl.items():
        try:
            with open(f"/proc/sys/net/{key}", "w", encoding="ascii") as file:
                file.write(str(value))
        except FileNotFoundError:
            if "max_size" not in key:
                raise


def router(name, links=DUMMIES):
    """links: makes the three devices."""
    namespace(name, SYSCTL)
    run("ip", "-n", name, "-batch", "-", text=links + ROUTER)


# --- configurations: one list of words for both sides --------------------

class Rule:
    """What both commands call alike, but for three words."""

    def __init__(self, table, match="", longer=False):
        self.table = table
        self.match = match
        self.longer = longer    # than a default route

    def ecmp(self):
        return (f"rule add {self.match} lookup {self.table}"
                + (" min-prefix 0" if self.longer else ""))

    def native(self, pref):
        table = {"ecmp": 100}.get(self.table, self.table)
        return (f"rule add pref {pref} {self.match} lookup {table}"
                + (" suppress_prefixlength 0" if self.longer else ""))


def hop(version, i):
    """The i-th way out: by either WAN in turn, each by another gateway."""
    wan = i % 2
    gateway = ipaddress.ip_address((WAN1, WAN2)[wan][version])
    # The second address is the router's own.
    return f"via {gateway + (i // 2 + 1 if i > 1 else 0)} dev wan{wan + 1}"


class Case:
    """A configuration: main has a default of one path or of several, or there
    is a table of its own for two of them, and rules."""

    def __init__(self, name, text, paths=1, rules=None):
        self.name = name
        self.text = text
        self.paths = paths
        self.rules = rules or (lambda version: [])

    def ecmp(self, version, prefixes=()):
        first, second = hop(version, 0), hop(version, 1)
        rules = self.rules(version)
        yield "set hash-policy l4"
        if rules:
            yield "table add ecmp"
            yield f"route add default {first} table ecmp"
            yield f"route add default {second} table ecmp"
        for i in range(self.paths):
            yield f"route add default {hop(version, i)}"
        if rules:
            yield f"route add default {second} distance 2"
        for i, prefix in enumerate(prefixes):
            yield f"route add {prefix} {second if i % 2 else first}"
        for rule in rules:
            yield rule.ecmp()

    def native(self, version, prefixes=()):
        first, second = hop(version, 0), hop(version, 1)
        rules = self.rules(version)
        if rules:
            yield ("route add default table 100 "
                   f"nexthop {first} nexthop {second}")
        if self.paths > 1:
            yield "route add default " + " ".join(
                f"nexthop {hop(version, i)}" for i in range(self.paths))
        else:
            yield f"route add default {first}"
        for i, prefix in enumerate(prefixes):
            yield f"route add {prefix} {second if i % 2 else first}"
        for i, rule in enumerate(rules):
            yield rule.native(100 + i)


def tutorial(version):
    return [Rule("main", longer=True),
            Rule("main", f"from {VIP[version]}"),
            Rule("ecmp", f"from {LAN[version]}")]


def random_address(rng, version):
    if version == 6:
        return ipaddress.IPv6Address(
            (0x2400 + rng.randrange(0x600) << 112) | rng.getrandbits(112))
    while True:
        address = rng.randrange(1 << 24, 224 << 24)
        if address >> 24 not in NOT_OUT_THERE:
            return ipaddress.IPv4Address(address)


def random_prefix(rng, version):
    length = rng.randint(16, 32) if version == 4 else rng.randint(32, 64)
    return ipaddress.ip_network((random_address(rng, version), length), False)


def one_field(count):
    """Hosts of the LAN's that send nothing here, before the tutorial's."""
    def rules(version):
        base = ipaddress.ip_address(
            "192.168.64.0" if version == 4 else "2001:db8:0:a::1:0")
        length = base.max_prefixlen
        return [Rule("ecmp", f"from {base + i}/{length}")
                for i in range(count)] + tutorial(version)
    return rules


def port_range(rng):
    low = rng.randint(1, 65000)
    return f"{low}-{low + rng.randint(1, 500)}"


def mixed(count):
    """Three fields or more of six in each rule, before the tutorial's."""
    def rules(version):
        rng = random.Random(SEED + count)
        fields = {
            "from": lambda: random_prefix(rng, version),
            "to": lambda: random_prefix(rng, version),
            "iif": lambda: rng.choice(("lan0", "wan1", "wan2")),
            "ipproto": lambda: rng.choice(("tcp", "udp")),
            "sport": lambda: port_range(rng),
            "dport": lambda: port_range(rng),
        }
        found = []
        for _ in range(count):
            chosen = set(rng.sample(sorted(fields), rng.randint(3, 5)))
            # There are no ports without a protocol.
            if chosen & {"sport", "dport"}:
                chosen.add("ipproto")
            found.append(Rule("ecmp", " ".join(
                f"{name} {fields[name]()}" for name in fields
                if name in chosen)))
        return found + tutorial(version)
    return rules


TUTORIAL = Case("tutorial", "the tutorial's 3 rules", rules=tutorial)
CASES = [
    Case("default", "one default"),
    Case("ecmp", "two defaults, ECMP", paths=2),
] + [
    Case(f"paths-{count}", f"{count} defaults, ECMP", paths=count)
    for count in (16, 64, 100)     # more words ip takes in no line
] + [
    TUTORIAL,
] + [
    Case(f"rules-{count}", f"+ {count:,} one-field rules",
         rules=one_field(count)) for count in (10, 100, 1000, 10000)
] + [
    Case("mixed-10000", "+ 10,000 mixed rules", rules=mixed(10000)),
]


# --- packets -------------------------------------------------------------

def packets_to(count, version, destination):
    """Packets of the LAN's, in the form that the module reads; destination:
    a function that makes up an address."""
    rng = random.Random(SEED + version)
    base = ipaddress.ip_network(LAN[version]).network_address
    out = []
    for _ in range(count):
        source = (base + rng.randint(2, 240)).packed
        target = destination(rng).packed
        out.append(struct.pack("!16s16sHH", source, target,
                               rng.randint(1024, 65535),
                               rng.choice((53, 443, 4500, 51820))))
    return out


def anywhere(version):
    return lambda rng: random_address(rng, version)


def within(prefixes):
    """Hosts of the prefixes, all of which are as likely."""
    def destination(rng):
        net = ipaddress.ip_network(rng.choice(prefixes))
        return net[rng.randrange(net.num_addresses)]
    return destination


def zipf(prefixes):
    """The same, but few prefixes have most of the packets: the n-th of them
    a share of 1/n."""
    ranks = random.Random(SEED).sample(prefixes, len(prefixes))
    shares, total = [], 0
    for n in range(1, len(ranks) + 1):
        total += 1 / n
        shares.append(total)

    def destination(rng):
        net = ipaddress.ip_network(
            rng.choices(ranks, cum_weights=shares)[0])
        return net[rng.randrange(net.num_addresses)]
    return destination


def full_table(version):
    """The prefixes of one family, none outside of where packets go; and where
    they come from, which the first line tells."""
    sign = ":" if version == 6 else "."
    with open(PREFIXES, encoding="ascii") as file:
        source = file.readline().strip("# \n")
        found = [line.rstrip() for line in file if sign in line]
    if version == 6:
        return found, source
    return [prefix for prefix in found if
            int(prefix.partition(".")[0]) not in NOT_OUT_THERE], source


# --- both routers --------------------------------------------------------

class Sides:
    """Two routers with one configuration, while a "with" lasts."""

    def __init__(self, case, version, prefixes=(), more=()):
        self.case = case
        self.version = version
        self.prefixes = prefixes
        self.more = more        # for the module alone
        self.native = f"n-{case.name}-{version}"
        self.ecmp = f"e-{case.name}-{version}"

    def make(self, name):
        router(name)

    def remove(self, name):
        run("ip", "netns", "del", name)

    def configure_native(self, name):
        # In one go ip would take 20 KiB a line, and return nothing.
        lines = self.case.native(self.version, self.prefixes)
        while some := list(itertools.islice(lines, 20000)):
            run("ip", f"-{self.version}", "-n", name, "-batch", "-",
                text="\n".join(some) + "\n")

    def configure_ecmp(self, name):
        run("ip", "netns", "exec", name, "ecmpctl", "load", "-",
            text="\n".join([*self.case.ecmp(self.version, self.prefixes),
                            *self.more]) + "\n")

    def __enter__(self):
        self.make(self.native)
        self.configure_native(self.native)
        self.make(self.ecmp)
        self.configure_ecmp(self.ecmp)
        return self

    def __exit__(self, *_):
        leave()
        for name in (self.native, self.ecmp):
            self.remove(name)
