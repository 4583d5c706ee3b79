#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Dumps and transactions that do not get to their end.

  interrupted.py GROUP SEED

runs in a router's namespace that interrupted.sh has made; prints what is wrong
and then exits with 1.

  overtaken   between two parts of a dump objects that were told, or are to be
              told next, or all, go, by single commands, by a load, and with
              their device: the reader is told to begin again, and then reads
              what there is; or has read what there is
  abandoned   the reader closes its socket, or is killed, between two parts
  killed      a program that loads one configuration and then the other, again
              and again, is killed: one of the two is there, as a whole, and
              the next program's turn has come
"""
import os
import random
import signal
import subprocess
import sys
import time
import traceback

import genl
from genl import ACTION, ADD, COUNTERS, F_DUMP, F_REQUEST, Genl

V4 = ("FAMILY", 2)
MANY = 700          # several parts of a dump of each kind
PART = 1 << 16
DUMPS = ("TABLE_GET", "ROUTE_GET", "RULE_GET", "NEXTHOP_GET")
COUNTED = COUNTERS | {"ID", "NEXTHOP_ID", "IFINDEX", "PIN_ID", "PIN_FIXED"}

problems = 0


def problem(text):
    global problems
    problems += 1
    print(text, flush=True)


def host(i):
    return f"10.1.2.{i % 250 + 3}"


def route(i, table="T"):
    return [V4, ("DST", f"172.{16 + i // 256}.{i % 256}.0"), ("DST_LEN", 24),
            ("TABLE", table), ("GATEWAY", host(i)),
            ("DEVICE", f"wan{i // 250 % 3 + 1}"), ("ONLINK", 1)]


def rule(i):
    return [("ACTION", ACTION["lookup"]), ("TABLE", "T"), V4,
            ("FROM", f"10.7.{i // 256}.{i % 256}"), ("FROM_LEN", 32),
            ("COMMENT", f"r{i}")]


def send(nl, requests):
    """All of them by one call; what is refused is said."""
    out = b""
    for command, attributes, flags in requests:
        out += nl.message(
            nl.family, flags | F_REQUEST,
            bytes([genl.CMD[command], 1, 0, 0]) +
            genl.encode(genl.object_of(command), attributes))
    nl.socket.send(out)


def fill(nl):
    nl.must("TRANSACTION_BEGIN")
    nl.must("TABLE_NEW", [("NAME", "T")], ADD)
    for i in range(0, MANY, 100):
        send(nl, [request for k in range(i, min(i + 100, MANY)) for request in
                  (("TABLE_NEW", [("NAME", f"t{k}")], ADD),
                   ("ROUTE_NEW", route(k), ADD), ("RULE_NEW", rule(k), ADD))])
    nl.must("TRANSACTION_COMMIT")


def without(records):
    """What two configurations that were made alike have in common."""
    return [sorted((k, str(v)) for k, v in record.items()
                   if k not in COUNTED) for record in records]


# --- dumps ---------------------------------------------------------------

class Dump:
    """One that is read part by part."""

    def __init__(self, nl, command):
        self.nl, self.object = nl, genl.object_of(command)
        self.records, self.parts = [], 0
        self.told = self.ended = False
        nl.send(nl.family, F_REQUEST | F_DUMP,
                bytes([genl.CMD[command], 1, 0, 0]))

    def part(self):
        data = self.nl.socket.recv(PART)
        self.parts += 1
        while len(data) >= 16:
            length, kind, flags = genl.struct.unpack_from("=IHH", data)
            self.told |= bool(flags & genl.F_DUMP_INTR)
            if kind == genl.NLMSG_DONE:
                self.ended = True
                error = genl.struct.unpack_from("=i", data, 16)[0]
                if error:
                    problem(f"{self.object}: the dump ended with {error}")
                return
            self.records.append(genl.decode(self.object, data[20:length]))
            data = data[(length + 3) & ~3:]

    def rest(self):
        while not self.ended:
            self.part()


def tables_go(nl, names):
    send(nl, [("TABLE_DEL", [("NAME", name)], 0) for name in names])


def rules_go(nl, selectors):
    """As many at once as a request may name, from the last on."""
    while selectors:
        nl.must("RULE_DEL", [("SELECT", selectors[-64:])])
        del selectors[-64:]


def those_told(nl, command, dump):
    """What was told last, and what comes next."""
    at = len(dump.records)
    near = range(max(1, at - 3), min(MANY, at + 100))
    if command == "TABLE_GET":
        near = near[::5]
    if command == "TABLE_GET":
        tables_go(nl, [f"t{i}" for i in near])
    elif command == "RULE_GET":
        rules_go(nl, [("COMMENT", f"r{i}") for i in near])
    else:
        for i in near:
            nl.must("ROUTE_DEL", route(i)[:4])


def each_kind(nl, command, _):
    """All of the kind, of the tables many."""
    if command == "TABLE_GET":
        # Each waits for all packets, twice.
        tables_go(nl, [f"t{i}" for i in range(0, MANY, 14)])
    elif command == "RULE_GET":
        rules_go(nl, [("INDEX", i) for i in range(MANY)])
    else:
        nl.must("ROUTE_FLUSH", [("TABLE", "T")])


def a_load(nl, *_):
    nl.must("TRANSACTION_BEGIN")
    nl.must("TABLE_NEW", [("NAME", "t9")], ADD)
    nl.must("ROUTE_NEW", route(9, "t9"), ADD)
    nl.must("TRANSACTION_COMMIT")


def a_device(*_):
    for word in ("down", "up"):
        subprocess.run(["ip", "link", "set", "wan2", word], check=True)


def more_come(nl, *_):
    nl.must("TABLE_NEW", [("NAME", "T0")], ADD)
    nl.must("ROUTE_NEW", route(MANY + 1), ADD)
    nl.must("RULE_NEW", rule(MANY + 1) + [("AT", 0)], ADD)


def group_overtaken():
    writer = Genl(timeout=60)
    told = quiet = 0
    for change in (those_told, each_kind, a_load, a_device, more_come):
        fill(writer)
        for command in DUMPS:
            reader = Genl(timeout=60)
            dump = Dump(reader, command)
            dump.part()
            change(writer, command, dump)
            dump.rest()
            there = without(writer.dump(command))
            what = f"{command}, {change.__name__}"
            if dump.told:
                told += 1
            else:
                quiet += 1
                if without(dump.records) != there:
                    problem(f"{what}: is not what there is, and was not told")
            if dump.parts < 3:
                problem(f"{what}: {dump.parts} parts")
            if without(Genl.dump(reader, command)) != there:
                problem(f"{what}: the next dump is another")
            reader.close()
            if change is not a_device:
                fill(writer)
    print(f"{told} dumps were told, {quiet} need not be")
    if told < 12:
        problem("hardly a dump was overtaken")
    writer.close()


def group_abandoned():
    writer = Genl(timeout=60)
    fill(writer)
    for command in DUMPS:
        for parts in (0, 1, 2):
            reader = Genl()
            dump = Dump(reader, command)
            for _ in range(parts):
                dump.part()
            reader.close()
        ready = os.pipe()
        pid = os.fork()
        if not pid:
            dump = Dump(Genl(), command)
            dump.part()
            os.write(ready[1], b"x")
            signal.pause()
        os.read(ready[0], 1)
        each_kind(writer, command, None)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(ready[0])
        os.close(ready[1])
        fill(writer)
        if len(writer.dump("RULE_GET")) != MANY:
            problem(f"{command}: the next dump is not whole")
    a_load(writer)
    writer.close()


# --- transactions --------------------------------------------------------

def configuration(which):
    name = "AB"[which]
    out = [("TABLE_NEW", [("NAME", name)], ADD)]
    for i in range(30):
        out.append(("ROUTE_NEW", route(i + 100 * which, name), ADD))
    for i in range(10):
        out.append(("RULE_NEW", [("ACTION", ACTION["lookup"]),
                                 ("TABLE", name), V4,
                                 ("FROM", f"10.{which}.0.{i}"),
                                 ("FROM_LEN", 32)], ADD))
    return out


def load(nl, which):
    nl.must("TRANSACTION_BEGIN")
    for request in configuration(which):
        nl.must(*request)
    nl.must("TRANSACTION_COMMIT")


def there_is(nl):
    """In any order what comes and goes with others."""
    return {command: without(nl.dump(command)) if command == "RULE_GET" else
            sorted(without(nl.dump(command))) for command in DUMPS}


def difference(now, right):
    return [record for command in DUMPS for record in now[command]
            if record not in right[command]]


def group_killed():
    nl = Genl(timeout=60)
    rightly = []
    seconds = 0
    for which in (0, 1):
        start = time.monotonic()
        load(nl, which)
        seconds = time.monotonic() - start
        rightly.append(there_is(nl))
    if rightly[0] == rightly[1]:
        problem("the two configurations are one")
    found = [0, 0]
    opened = rounds = 0
    dice = random.Random(int(sys.argv[2]))
    # On a busy host it may be somewhere else for most of them.
    while rounds < 40 or (rounds < 400 and (opened < 10 or not all(found))):
        rounds += 1
        pid = os.fork()
        if not pid:
            own = Genl(timeout=60)
            while True:
                load(own, 0)
                load(own, 1)
        time.sleep(seconds * (1 + 3 * dice.random()))
        # That it is open now is not for sure later: it need not be.
        opened += nl.ask("TRANSACTION_BEGIN").errno != 0 or (
            nl.must("TRANSACTION_ABORT") is None)
        os.kill(pid, signal.SIGKILL)
        if os.waitpid(pid, 0)[1] != signal.SIGKILL:
            problem("the program ended by itself")
        now = there_is(nl)
        if now in rightly:
            found[rightly.index(now)] += 1
        else:
            problem("neither the one nor the other: "
                    f"{min((difference(now, r) for r in rightly), key=len)}")
        answer = nl.ask("TRANSACTION_BEGIN")
        if answer.errno:
            problem(f"the killed one holds on: {answer}")
        else:
            nl.must("TRANSACTION_ABORT")
    print(f"killed {rounds} times, with one open {opened} times, "
          f"found A {found[0]}, B {found[1]} times")
    if opened < 10 or not all(found):
        problem("it was hardly ever killed in the middle")
    a_load(nl)


def main():
    try:
        globals()["group_" + sys.argv[1]]()
    except Exception:   # a test must say why it failed
        problem(traceback.format_exc())
    return problems > 0


if __name__ == "__main__":
    sys.exit(main())
