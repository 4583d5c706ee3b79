#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""A configuration by chance, with every kind of object and of setting.

  roundtrip.py SEED...  prints it, those of all seeds
  roundtrip.py words SOURCES...   the words that a file may have, of ecmpctl's
                        tables of keywords in its sources

Devices are wan1 to wan3, which are there, and some that are not; no two routes
or rules contradict each other, so that the module takes all of it.
"""
import random
import re
import sys

DEVICES = ["wan1", "wan2", "wan3", "ppp0", "none", '"w\\xff\\x22"', "ä"]
GATEWAYS = {4: ["10.1.{}.1", "10.1.{}.7", "198.51.100.{}"],
            6: ["fe80::{}", "2001:db8:a{}::9", "2001:db8:ffff::{}"]}
PROTOCOLS = ["static", "dhcp", "ra", "bgp", "ospf", "isis", "rip", "kernel",
             "boot", "zebra", "77", "255"]
COMMENTS = ['x', '"a b"', '"#"', '"\\"q\\" \\\\"', '"via dev table"',
            '"Thuy\'s IP"', '"äöü → 日本"', '"' + "c" * 200 + '"', '"  two  "']


class Chance:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.lines = []
        self.routes = set()
        self.types = {}
        self.checks = {}

    def one(self, *choices):
        return self.random.choice(choices)

    def maybe(self, *words):
        return list(words) if self.random.random() < 0.4 else []

    def number(self, low, high):
        """Ends are met more often than by chance."""
        return str(self.one(low, high, self.random.randint(low, high)))

    def say(self, *words):
        self.lines.append(" ".join(words))

    # ---- settings ----

    def duration(self):
        return self.one("100ms", "250ms", "1s", "2500ms", "90s", "10m", "7")

    def settings(self):
        for words in ([["enabled", self.one("yes", "no")],
                       ["hash-seed", self.one("random", self.number(
                           1, 2 ** 64 - 1))],
                       ["pin", self.one("connection", "none")],
                       ["kernel-routes", self.one("on", "off")],
                       ["check-gateway-interval", self.duration()],
                       ["check-gateway-timeout", self.duration()],
                       ["check-gateway-count", self.number(1, 255)],
                       ["check-gateway-up-count", self.number(1, 255)]]):
            if self.maybe("x"):
                self.say("set", *words)
        # Numbers that fit any of these.
        self.say("set", "pin-mask", self.one(
            "0xff", "0x0000ff00", "0xff000000", "0x0ff0", "0xffff"))
        policy = ("l3", "l4", "l3-inner", "src")
        for words in ([], ["-4"], ["-6"]):
            if self.maybe("x"):
                self.say(*words, "set", "hash-policy", self.one(*policy))
        for name in self.random.sample(PROTOCOLS, 3):
            self.say("distance", "proto", name, self.number(0, 255))
        for name in self.random.sample(DEVICES, 2):
            self.say("distance", "dev", name, self.number(0, 255))

    # ---- tables ----

    def sharing(self):
        return (self.maybe("hash-policy", self.one(
                    "l3", "l4", "l3-inner", "src", "inherit")) +
                self.maybe("balance", self.one(
                    "hash", "per-packet", "round-robin", "round-robin-flow")) +
                self.maybe("failback", self.one("soft", "hard")))

    def add_tables(self):
        kernel = self.random.sample(range(1000, 4000000000), 3)
        self.tables = ["main", "a", "Z_9.x-y", "t" * 32, "follows"]
        self.random.shuffle(self.tables)
        for name in self.tables:
            words = self.sharing()
            if name == "main":
                if words:
                    self.say("table", "set", "main", *words)
                continue
            if name == "follows" or self.random.random() < 0.2:
                words = ["kernel", str(kernel.pop())] + words \
                    if kernel else words
            self.say("table", "add", name, *words)

    def nexthops(self):
        numbers = self.random.sample(range(1, 255), 4)
        self.say("nexthop", "set", "10.1.1.1", "dev", "wan1", "pin-id",
                 str(numbers[0]))
        self.say("nexthop", "set", "fe80::2", "dev", "wan2", "pin-id",
                 str(numbers[1]))
        self.say(*self.maybe("-6"), "nexthop", "set", "dev",
                 self.one("ppp0", '"w\\xff\\x22"'), "pin-id",
                 str(numbers[2]))
        self.say("nexthop", "set", "10.1.9.9", "dev", "none", "pin-id",
                 self.one(str(numbers[3]), "auto"))

    # ---- routes ----

    def prefix(self, family):
        if family == 4:
            length = self.random.randint(0, 32)
            bits = self.random.getrandbits(32) >> (32 - length) << \
                (32 - length) if length else 0
            return ".".join(str(bits >> s & 255) for s in (24, 16, 8, 0)) + \
                f"/{length}"
        length = self.one(0, 16, 32, 48, 64)
        groups = [f"{self.random.randint(0x2000, 0x3fff):x}"] + \
            [f"{self.random.randint(1, 0xffff):x}" for _ in range(3)]
        if not length:
            return "::/0"
        return ":".join(groups[:length // 16]) + \
            ("::" if length < 128 else "") + f"/{length}"

    def check(self, family, gateway, device):
        """The same of each next hop; none of what cannot be asked."""
        key = (family, gateway, device)
        if key not in self.checks:
            targets = self.random.sample(
                ["9.9.9.9", "1.1.1.1", "8.8.4.4"] if family == 4 else
                ["2001:db8::1", "2001:db8::2", "2620:fe::fe"],
                self.random.randint(1, 3))
            ping = ["check-gateway", "ping", "target", *targets,
                    self.one("any", "all")]
            plain = ["check-gateway", self.one("arp", "ping")]
            self.checks[key] = self.one(
                [], ["check-gateway", "none"], ping,
                plain if gateway not in ("", "kernel") else ping)
        return self.checks[key]

    def route(self):
        family = self.one(4, 6)
        table = self.one(*self.tables)
        prefix = self.one("0.0.0.0/0" if family == 4 else "::/0",
                          self.prefix(family))
        kind = self.one("unicast", "unicast", "unicast", "unicast",
                        "blackhole", "unreachable", "prohibit")
        # One kind for a prefix: a blackhole is no path among others.
        kind = self.types.setdefault((table, prefix), kind)
        words = self.maybe("distance", self.number(1, 255)) + \
            self.maybe("comment", self.one(*COMMENTS)) + \
            self.maybe("disabled")
        if table != "main" or self.maybe("x"):
            words += ["table", table]
        if kind != "unicast":
            if (table, prefix) not in self.routes:
                self.routes.add((table, prefix))
                self.say("route", "add", kind, prefix, *words)
            return
        device = self.one(*DEVICES)
        gateway = self.one("", "kernel", *(
            g.format(self.random.randint(1, 3)) for g in GATEWAYS[family]))
        if (table, prefix, gateway, device) in self.routes:
            return
        self.routes.add((table, prefix, gateway, device))
        words += self.check(family, gateway, device)
        words += self.maybe("weight", self.number(1, 256))
        words += self.maybe("pref-src", "10.1.1.2" if family == 4 else
                            "2001:db8:a1::2")
        if gateway not in ("", "kernel"):
            words += self.maybe("onlink")
        where = ["via", gateway] if gateway else []
        self.say("route", self.one("add", "replace"), prefix, *where, "dev",
                 device, *words)

    # ---- rules ----

    def ports(self):
        low = self.random.randint(1, 65535)
        return self.one(str(low), f"{low}-{self.random.randint(low, 65535)}")

    def rule(self):
        family = self.one(4, 6)
        words = []
        if self.maybe("x"):
            words += ["from", self.prefix(family)]
        if self.maybe("x"):
            words += ["to", self.prefix(family)]
        addressed = bool(words)
        words += self.maybe("iif", self.one("lo", *DEVICES))
        words += self.maybe("mark", self.one("7", "0x10/0xff", "0/0x1",
                                             "0xffffffff"))
        protocol = self.one(None, "tcp", "udp", "sctp", "dccp", "gre", "esp",
                            "47", "200", "icmp" if family == 4 else
                            "ipv6-icmp")
        if protocol:
            words += ["ipproto", protocol]
        if protocol in ("tcp", "udp", "sctp", "dccp"):
            words += self.maybe("sport", self.ports()) + \
                self.maybe("dport", self.ports())
        words += self.maybe("dscp", self.number(0, 63))
        action = self.one("lookup", "lookup-only-in-table", "drop",
                          "unreachable", "prohibit", "native")
        words.append(action)
        if action.startswith("lookup"):
            words += [self.one(*self.tables)] + \
                self.maybe("min-prefix", self.number(
                    0, 32 if protocol == "icmp" or family == 4 and addressed
                    else 128))
        words += self.maybe("disabled")
        words += self.maybe("comment", self.one(*COMMENTS))
        words += self.maybe(self.one("at", "before", "after"), "0") \
            if self.rules else []
        option = [] if addressed or protocol in ("icmp", "ipv6-icmp") else \
            self.one([], ["-4"], ["-6"])
        if option == ["-4"] and "min-prefix" in words:
            at = words.index("min-prefix") + 1
            words[at] = str(min(int(words[at]), 32))
        self.say(*option, "rule", "add", *words)
        self.rules += 1

    def all(self):
        self.rules = 0
        self.settings()
        self.add_tables()
        self.nexthops()
        for _ in range(self.random.randint(10, 60)):
            self.route()
        for _ in range(self.random.randint(5, 40)):
            self.rule()
        return self.lines


def words_of(sources):
    """Of the tables of keywords."""
    words = set()
    for source in sources:
        with open(source, encoding="utf-8") as file:
            words |= set(re.findall(
                r'^\t\{ "([a-z-]+)", [a-z_]+ \}', file.read(), re.M))
    return words


def main():
    if sys.argv[1] == "words":
        print("\n".join(sorted(words_of(sys.argv[2:]))))
        return
    for seed in sys.argv[1:]:
        print("\n".join(Chance(int(seed)).all()))


main()
