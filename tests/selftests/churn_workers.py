# SPDX-License-Identifier: GPL-2.0
"""The workers of churn.py: each does one kind of thing, at random, for ever.

A method do_NAME is something to do; it returns whether that was done, and not
refused: what it is about may have gone, or be there already. Nothing is done
to what protects the packets that are counted: wan1 to wan3 stay, the kernel's
default is by one of them, and what the rules find for these packets in tables
p0 to p3 and in main are these paths, or nothing.
"""
import errno
import os
import random
import signal
import socket
import subprocess
import time
from pathlib import Path

import traffic_flows
from genl import ACTION, ADD, F_DUMP, REPLACE, SET, Genl
from traffic_flows import namespace

FAMILIES = 4, 6
AF = {4: ("FAMILY", 2), 6: ("FAMILY", 10)}
LAN10 = {4: "192.168.10.0/24", 6: "2001:db8:c0a8:10::/64"}
LAN20 = {4: "192.168.20.0/24", 6: "2001:db8:c0a8:20::/64"}
OTHERS = {4: "172.16.0.0/12", 6: "2001:db8:dead::/48"}
NETS = {4: ["0.0.0.0/0", "198.18.0.0/17", "198.18.0.0/15", "198.18.7.0/24"],
        6: ["::/0", "2001:2::/48", "2001:2::/112", "2001:2::8000/113"]}
DEBUG = Path("/sys/kernel/debug/kmemleak").exists()
PATIENCE = 5 if DEBUG else 1


def gateway(kind, family, i):
    """Of wanI, which is always there, or of extI."""
    net = {"p": ("10.1", "2001:db8:a"), "q": ("10.7", "2001:db8:7")}[kind]
    if family == 4:
        return f"{net[0]}.{i}.1"
    return f"{net[1]}{i}::1"


def device(kind, i):
    return f"{'wan' if kind == 'p' else 'ext'}{i}"


# --- a whole configuration -----------------------------------------------

def configuration(dice):
    """For ecmpctl load."""
    out = [f"set hash-policy {dice.choice(['l3', 'l4', 'src'])}",
           f"set hash-seed {dice.randrange(1 << 30)}",
           f"set pin {dice.choice(['none', 'connection'])}"]
    tables = []
    for kind in "pq":
        for i in range(dice.randrange(2, 5)):
            tables.append(f"{kind}{i}")
            out.append(f"table add {kind}{i} balance " + dice.choice(
                ["hash", "hash", "per-packet", "round-robin"]))
    if dice.random() < 0.3:
        out.append("table add k77 kernel 77")
    for name in tables + ["main"]:
        out += routes(dice, name)
    for n in range(dice.randrange(24)):
        out.append(rule_line(dice, tables, n))
    return "\n".join(out) + "\n"


def routes(dice, name):
    """Each of another path, lest one be told twice."""
    out = {}
    for _ in range(dice.randrange(12)):
        line, attributes = route_line(dice, name)
        out.setdefault(line, attributes)
    return [f"route add {line} table {name}{attributes}"
            for line, attributes in out.items()]


def route_line(dice, name):
    family = dice.choice(FAMILIES)
    kind = "q" if name[0] == "q" else "p"
    i = dice.randrange(1, 4)
    line = (f"{dice.choice(NETS[family])} via {gateway(kind, family, i)} "
            f"dev {device(kind, i)}")
    attributes = (f" weight {dice.randrange(1, 257)}"
                  f" distance {dice.randrange(1, 4)}")
    if kind == "q" and dice.random() < 0.2:
        attributes += " onlink"
    return line, attributes


def rule_line(dice, tables, n):
    family = dice.choice(FAMILIES)
    chance = dice.random()
    name = dice.choice(tables)
    if name[0] == "p" and chance < 0.6:
        what = f"from {LAN10[family]} lookup {name}"
    elif chance < 0.8:
        what = f"from {LAN20[family]} lookup {name}"
    else:
        what = (f"from {OTHERS[family]} ipproto udp dport {n + 1} " +
                dice.choice(["drop", "unreachable", "prohibit", "native"]))
    return f"rule add {what} comment r{n}"


# --- the workers ---------------------------------------------------------

class Worker:
    """Does one thing after the other, in PLACE."""

    place = None
    pause = 0
    rare = ()       # what is done a tenth as often as the rest

    def __init__(self, seed, log):
        self.name = type(self).__name__.lower()
        self.dice = random.Random(f"{seed} {self.name}")
        self.log, self.problems = log, []
        self.things = self.all_things()
        self.done = {word: [0, 0] for word in self.things}

    @classmethod
    def all_things(cls):
        return sorted(word[3:] for word in dir(cls) if word.startswith("do_"))

    def begin(self):
        pass

    def choose(self):
        while True:
            thing = self.dice.choice(self.things)
            if thing not in self.rare or self.dice.random() < 0.1:
                return thing

    def work(self, stopped):
        if self.place:
            with namespace(self.place):
                self.in_place(stopped)
        else:
            self.in_place(stopped)

    def in_place(self, stopped):
        self.begin()
        while not stopped and len(self.problems) < 5:
            thing = self.choose()
            start = time.monotonic()
            try:
                good = getattr(self, "do_" + thing)()
            except Exception as e:      # a test must say why it failed
                self.problem(f"{thing}: {type(e).__name__}: {e}")
                continue
            self.done[thing][not good] += 1
            self.log.write(f"{start:.2f} {time.monotonic():.2f} {self.name} "
                           f"{thing}{'' if good else ', refused'}\n")
            if self.pause:
                time.sleep(self.pause * self.dice.random())

    def problem(self, text):
        self.problems.append(f"{self.name}: {text}")

    def batch(self, place, lines):
        """Lines for ip, as many as can be done."""
        return subprocess.run(
            ["ip", "-n", f"{traffic_flows.prefix}-{place}", "-force",
             "-batch", "-"], input="\n".join(lines), text=True, check=False,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL).returncode == 0


class Messages(Worker):
    """Single changes, by netlink messages."""

    place = "router"
    rare = ("rules_del", "route_flush", "table_del", "transaction")
    nl = None

    def ask(self, command, attributes=(), flags=0):
        try:
            self.nl = self.nl or Genl(timeout=60 * PATIENCE)
            answer = self.nl.ask(command, attributes, flags)
            if answer.errno is None:
                raise RuntimeError(f"{command}: no answer")
            if answer.errno == errno.ENOENT:
                # Another module has another number, or there is none.
                self.nl.resolve()
        except FileNotFoundError:
            self.nl = None
            time.sleep(0.02)
            return False
        return answer.errno == 0

    def table(self):
        return self.dice.choice("ppq") + str(self.dice.choice((0, 0, 1, 2)))

    def route(self):
        name = self.dice.choice([self.table(), self.table(), "main"])
        kind = "q" if name[0] == "q" else "p"
        family, i = self.dice.choice(FAMILIES), self.dice.randrange(1, 4)
        address, length = self.dice.choice(NETS[family]).split("/")
        return [AF[family], ("DST", address), ("DST_LEN", int(length)),
                ("TABLE", name), ("GATEWAY", gateway(kind, family, i)),
                ("DEVICE", device(kind, i))]

    def attributes(self):
        return [("WEIGHT", self.dice.randrange(1, 257)),
                ("DISTANCE", self.dice.randrange(1, 4))]

    def do_route_add(self):
        return self.ask("ROUTE_NEW", self.route() + self.attributes(), ADD)

    def do_route_replace(self):
        return self.ask("ROUTE_NEW", self.route() + self.attributes(),
                        REPLACE)

    def do_route_weight(self):
        return self.ask("ROUTE_NEW", self.route() + [
            ("WEIGHT", self.dice.randrange(1, 257))], SET)

    def do_route_del(self):
        return self.ask("ROUTE_DEL", self.route())

    def do_route_flush(self):
        return self.ask("ROUTE_FLUSH", [("TABLE", self.table())])

    def do_table_add(self):
        return self.ask("TABLE_NEW", [("NAME", self.table())], ADD)

    def do_table_set(self):
        return self.ask("TABLE_NEW", [
            ("NAME", self.table()), ("BALANCE", self.dice.randrange(3)),
            ("HASH_POLICY", self.dice.randrange(5))], SET)

    def do_table_del(self):
        return self.ask("TABLE_DEL", [("NAME", self.table())])

    def rule(self):
        name, family = self.table(), self.dice.choice(FAMILIES)
        if name[0] == "p":
            net = self.dice.choice([LAN10, LAN20])[family]
        else:
            net = LAN20[family]
        address, length = net.split("/")
        return [AF[family], ("FROM", address), ("FROM_LEN", int(length)),
                ("ACTION", ACTION["lookup"]), ("TABLE", name),
                ("COMMENT", f"r{self.dice.randrange(32)}")]

    def select(self):
        return ("SELECT", [("INDEX", self.dice.randrange(8))])

    def do_rule_add(self):
        at = [("AT", self.dice.randrange(16))] if self.dice.random() < .5 \
            else []
        return self.ask("RULE_NEW", self.rule() + at, ADD)

    def do_rule_del(self):
        return self.ask("RULE_DEL", [self.select()])

    def do_rule_move(self):
        return self.ask("RULE_MOVE", [self.select(), (
            "AT", self.dice.randrange(16))])

    def do_rules_del(self):
        """All of them: they do not become more and more."""
        return self.ask("RULE_DEL", [("SELECT", [
            ("INDEX", i) for i in range(self.dice.randrange(1, 8))])])

    def do_transaction(self):
        if not self.ask("TRANSACTION_BEGIN"):
            return False
        self.ask("TABLE_NEW", [("NAME", self.table())], ADD)
        for _ in range(self.dice.randrange(20)):
            self.ask("ROUTE_NEW", self.route() + self.attributes(), ADD)
            self.ask("RULE_NEW", self.rule(), ADD)
        end = self.dice.random()
        if end < 0.4:
            return self.ask("TRANSACTION_COMMIT")
        if end < 0.7:
            return self.ask("TRANSACTION_ABORT")
        if self.nl:
            self.nl.close()
            self.nl = None
        return True

    def do_dump(self):
        return self.ask(self.dice.choice(
            ["TABLE_GET", "ROUTE_GET", "RULE_GET", "NEXTHOP_GET"]),
            (), F_DUMP)


class Paths(Messages):
    """One path of two comes and goes, as fast as can be: nothing else holds
    its next hop, which comes and goes with it."""

    def begin(self):
        self.ask("TABLE_NEW", [("NAME", "p0")], ADD)
        for family in FAMILIES:
            self.ask("ROUTE_NEW", self.path(family, 1), ADD)
        self.ask("RULE_NEW", [("ACTION", ACTION["lookup"]),
                              ("TABLE", "p0")], ADD)

    @staticmethod
    def path(family, i):
        # Of no default route, which is kept in the kernel as well.
        address, length = NETS[family][-2 if family == 4 else 1].split("/")
        return [AF[family], ("DST", address), ("DST_LEN", int(length)),
                ("TABLE", "p0"), ("GATEWAY", gateway("p", family, i)),
                ("DEVICE", device("p", i))]

    @classmethod
    def all_things(cls):
        return ["come_and_go"]

    def do_come_and_go(self):
        good = True
        for family in FAMILIES:
            path = self.path(family, 2)
            good &= self.ask("ROUTE_NEW", path, ADD)
            good &= self.ask("ROUTE_DEL", path)
        return good


class Commands(Worker):
    """ecmpctl, which is killed as often as not."""

    place = "router"

    def ecmpctl(self, *words, stdin=None, kill=0.4):
        child = subprocess.Popen(["ecmpctl", *words],
                                 stdin=subprocess.PIPE if stdin else None,
                                 stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT, text=True)
        killed = self.dice.random() < kill
        if killed:
            time.sleep(self.dice.random() ** 2 * 0.03)
            child.kill()
        try:
            said, _ = child.communicate(stdin, timeout=60 * PATIENCE)
        except subprocess.TimeoutExpired:
            child.kill()
            raise
        if child.returncode == 0:
            return True
        if child.returncode not in (2, 3) and not (
                killed and child.returncode == -signal.SIGKILL):
            self.problem(f"ecmpctl {' '.join(words)}: status "
                         f"{child.returncode}: {said} {stdin or ''}")
        return killed

    def do_load(self):
        return self.ecmpctl("load", "-", stdin=configuration(self.dice))

    do_load_again = do_load

    def do_check(self):
        return self.ecmpctl("check", "-", stdin=configuration(self.dice))

    def do_diff(self):
        return self.ecmpctl("diff", "-", stdin=configuration(self.dice)) or \
            os.path.exists("/sys/module/ecmp")

    def do_flush(self):
        return self.ecmpctl("route", "flush", "table",
                            self.dice.choice(["p0", "q0", "main"]))

    def do_set(self):
        return self.ecmpctl("set", *self.dice.choice([
            "hash-policy l4", "hash-policy l3", "pin none", "pin connection",
            "enabled no", "enabled yes", "kernel-routes off",
            "kernel-routes on"]).split())

    def do_read(self):
        return self.ecmpctl(*self.dice.choice([
            "show", "save", "stats", "-j show", "nexthop show", "rule show",
            "route show", "get 198.18.0.7 from 192.168.10.5 iif lan10",
            "get 2001:2::7"]).split())

    def do_watch(self):
        return self.ecmpctl(self.dice.choice(["monitor", "top"]), kill=1)


class Devices(Worker):
    """ext1 to ext3, which are paths of tables q0 to q3, come and go."""

    def begin(self):
        for i in 1, 2, 3:
            self.create(i)

    def create(self, i):
        prefix = traffic_flows.prefix
        good = subprocess.run(
            ["ip", "link", "add", f"ext{i}", "up", "netns",
             f"{prefix}-router", "type", "veth", "peer", "name", f"ext{i}",
             "netns", f"{prefix}-far"], check=False,
            stderr=subprocess.DEVNULL).returncode == 0
        self.batch("far", [f"link set ext{i} up",
                           f"address add 10.7.{i}.1/24 dev ext{i}",
                           f"address add 2001:db8:7{i}::1/64 dev ext{i}"])
        self.batch("router", self.addresses("add", i))
        return good

    @staticmethod
    def addresses(verb, i):
        return [f"address {verb} 10.7.{i}.2/24 dev ext{i}",
                f"address {verb} 2001:db8:7{i}::2/64 dev ext{i}"]

    def router(self, *lines, place="router"):
        i = self.dice.randrange(1, 4)
        return self.batch(place, [line.replace("%", str(i)) for line in
                                  lines])

    def do_create(self):
        return self.create(self.dice.randrange(1, 4))

    do_create_again = do_create

    def do_delete(self):
        return self.router("link del ext%")

    def do_down(self):
        return self.router("link set ext% down")

    def do_up(self):
        i = self.dice.randrange(1, 4)
        return self.batch("router", [f"link set ext{i} up"] +
                          self.addresses("replace", i))

    def do_carrier(self):
        return self.router("link set ext% " + self.dice.choice(
            ["up", "down", "up"]), place="far")

    def do_away(self):
        return self.router("link set ext% netns " + traffic_flows.prefix +
                           "-store")

    def do_back(self):
        return self.router("link set ext% netns " + traffic_flows.prefix +
                           "-router", place="store")

    def do_rename(self):
        return self.router("link set ext% down", "link set ext% name old%",
                           "link set old% up", "link set old% down",
                           "link set old% name ext%", "link set ext% up")

    def do_mtu(self):
        return self.router(f"link set ext% mtu "
                           f"{self.dice.choice([1500, 1400, 1200])}")

    def do_address(self):
        return self.batch("router", self.addresses(
            self.dice.choice(["add", "del", "replace"]),
            self.dice.randrange(1, 4)))

    def do_neighbours(self):
        return self.router("neigh flush dev ext%")

    def do_stacked(self):
        return self.router("link add link ext% name vlan7 up type vlan id 7",
                           "address add 10.9.0.2/24 dev vlan7",
                           "link add dum up type dummy",
                           "address add 10.8.0.2/24 dev dum",
                           "link del dum")


class Routes(Worker):
    """The kernel's own: routes of main and of another table, and rules."""

    def lines(self, *lines):
        out = []
        for _ in range(8):
            n = self.dice.randrange(32)
            i = self.dice.randrange(1, 4)
            verb = self.dice.choice(["add", "del", "replace", "append"])
            for line in lines:
                out.append(line.format(verb=verb, n=n, i=i))
        return self.batch("router", out) or True

    def do_specific(self):
        return self.lines("route {verb} 10.50.{n}.0/24 via 10.1.{i}.1",
                          "-6 route {verb} 2001:db8:50:{n}::/64 via "
                          "2001:db8:a{i}::1")

    def do_in_the_way(self):
        # More specific ones, by a path that is allowed.
        return self.lines("route {verb} 198.18.{n}.0/24 via 10.1.{i}.1",
                          "-6 route {verb} 2001:2::{n}00/120 via "
                          "2001:db8:a{i}::1")

    def do_defaults(self):
        return self.lines("route {verb} default via 10.1.{i}.1 metric 5{n}",
                          "-6 route {verb} default via 2001:db8:a{i}::1 "
                          "metric 5{n}")

    def do_table(self):
        return self.lines("route {verb} 198.18.{n}.0/24 via 10.7.{i}.1 "
                          "table 77", "route {verb} default via 10.7.{i}.1 "
                          "table 77")

    def do_rules(self):
        return self.lines("rule {verb} pref 50{n} from 172.30.{n}.0/24 "
                          "lookup 77")

    def do_flush(self):
        return self.batch("router", ["route flush table 77",
                                     "route flush 198.18.0.0/15"]) or True


class Namespaces(Worker):
    """One is made, with a configuration and packets, and destroyed."""

    pause = 0.2

    def do_life(self):
        prefix, name = traffic_flows.prefix, "life"
        ip = f"ip netns add {prefix}-{name}"
        if subprocess.run(ip.split(), check=False).returncode:
            return False
        self.batch(name, [
            "link set lo up", "link add wan1 up type dummy",
            "address add 10.1.1.2/24 dev wan1", "link add wan2 up type "
            "dummy", "address add 10.1.2.2/24 dev wan2",
            "route add default via 10.1.1.1",
            f"link add out up type veth peer name in{self.dice.randrange(9)}"
            f" netns {prefix}-far"])
        with namespace(name):
            child = subprocess.Popen(
                ["ecmpctl", "load", "-"], stdin=subprocess.PIPE, text=True,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        if self.dice.random() < 0.8:
            child.communicate(configuration(self.dice) +
                              "rule add lookup p0\n")
        for i in range(self.dice.randrange(200)):
            try:
                sender.sendto(b"life", (f"198.18.0.{i}", 9))
            except OSError:
                pass
        if self.dice.random() < 0.5:
            sender.close()
        ip = ip.replace("add", "del")
        good = subprocess.run(ip.split(), check=False).returncode == 0
        child.kill()
        child.communicate()
        sender.close()
        return good


class Tracking(Worker):
    """Connections are tracked, and are not."""

    place = "router"
    pause = 2

    def nft(self, text):
        return subprocess.run(["nft", "-f", "-"], input=text, text=True,
                              check=False, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL).returncode == 0

    def do_on(self):
        return self.nft("table inet churn_ct { chain state { type filter "
                        "hook forward priority 0; ct state established "
                        "accept; }; }")

    def do_off(self):
        return self.nft("add table inet churn_ct; "
                        "delete table inet churn_ct")


class Module(Worker):
    """The module itself goes and comes."""

    pause = 3

    def begin(self):
        self.slowest = 0    # to remove, with all that waits for it

    def load(self):
        ko = os.environ.get("ECMP_KO")
        subprocess.run(["insmod", ko] if ko else ["modprobe", "ecmp"],
                       check=True)
        if DEBUG:
            # Whoever looks for what is left of it must know where it was.
            with open("/proc/modules", encoding="ascii") as f, \
                    open("/run/ecmp.modules", "a", encoding="ascii") as to:
                to.writelines(x for x in f if x.startswith("ecmp "))

    def unload(self):
        """Whoever talks to it holds it for a moment."""
        end = time.monotonic() + 30 * PATIENCE
        start = time.monotonic()
        while subprocess.run(["rmmod", "ecmp"], check=False,
                             stderr=subprocess.DEVNULL).returncode:
            if time.monotonic() > end:
                raise RuntimeError("the module cannot be removed")
            time.sleep(0.01)
            start = time.monotonic()
        self.slowest = max(self.slowest, time.monotonic() - start)

    def do_cycle(self):
        self.unload()
        time.sleep(self.dice.random() * 0.3)
        self.load()
        with namespace("router"):
            subprocess.run(["ecmpctl", "load", "-"], text=True, check=False,
                           input=configuration(self.dice),
                           stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL)
        return True


WORKERS = (Messages, Commands, Devices, Routes, Namespaces, Tracking, Module)
