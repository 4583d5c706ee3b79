#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Messages by chance, most of them wrong, until the time is over.

  fuzz_netlink.py SEED SECONDS [BATCHES]

runs in a namespace that fuzz_netlink.sh has made. Three sockets send what
odd_messages.py makes up, in transactions and without, one message at a time or
many in a datagram, as does a fourth that is closed in the middle; a fifth
reads all notifications. After each batch the module must answer, its objects
agree with one another, and the configuration be the same when it was saved and
loaded again; and the kernel may not have complained. The same SEED sends the
same messages; BATCHES of them, if that is given, however long that takes.
"""
import errno
import os
import random
import re
import struct
import subprocess
import sys
import time
import traceback

import genl
from genl import ADD, F_ACK, F_DUMP, F_REQUEST, Genl
from odd_messages import Maker, Spec

BATCH = 150
SOCKETS = 3
COMPLAINT = re.compile(r"BUG|WARNING|UBSAN|ODEBUG|Oops|Call Trace|"
                       r"suspicious RCU|refcount|leaked")
DISABLED, INACTIVE, ACTIVE, DYNAMIC, ECMP = 1, 2, 4, 8, 16


class Wrong(Exception):
    """What must not be."""


class KernelLog:
    """What the kernel says from now on."""

    def __init__(self):
        self.file = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK)
        os.lseek(self.file, 0, os.SEEK_END)

    def complaints(self):
        out = []
        while True:
            try:
                line = os.read(self.file, 8192).decode(errors="replace")
            except BlockingIOError:
                return out
            except BrokenPipeError:     # some were overwritten
                continue
            if COMPLAINT.search(line):
                out.append(line.split(";", 1)[-1].strip())


class Run:
    def __init__(self, seed):
        self.seed, self.draw = seed, random.Random(seed)
        self.maker = Maker(self.draw, Spec())
        self.log = KernelLog()
        self.sockets = [Genl() for _ in range(SOCKETS)]
        self.listener = Genl()
        self.listener.join("config")
        self.listener.socket.setblocking(False)
        self.sent, self.accepted, self.told = 0, 0, 0
        self.by_command = {}
        self.last = []

    # ---- sending ----

    def note(self, what, number, flags, body):
        self.sent += 1
        self.last.append(f"{what}: command {number} flags {flags:#x} "
                         f"{body.hex()}")
        del self.last[:-400]

    def answered(self, what, answer):
        if answer.errno is None:
            raise Wrong(f"no answer to {what}")
        if answer.errno == errno.ENOMEM:
            raise Wrong(f"out of memory: {what}")
        name = what.split(" ")[0]
        good, bad = self.by_command.get(name, (0, 0))
        self.by_command[name] = (good + (not answer.errno),
                                 bad + bool(answer.errno))
        self.accepted += not answer.errno

    def one(self, nl):
        what, number, flags, body = self.maker.message()
        self.note(what, number, flags, body)
        nl.send(nl.family, (flags | F_REQUEST | F_ACK) & 0xffff,
                struct.pack("=BBH", number, 1, 0) + body)
        object = genl.object_of(genl.COMMANDS[number - 1]) \
            if 0 < number <= len(genl.COMMANDS) else "TABLE"
        self.answered(what, nl.answer(object))

    def many(self, nl):
        """Some in one datagram, of which only the last asks for an answer."""
        data = b""
        for _ in range(self.draw.randint(2, 12)):
            what, number, flags, body = self.maker.message()
            self.note(what, number, flags, body)
            # A second dump of one socket is refused while there is one.
            data += nl.message(nl.family,
                               (flags & ~(F_ACK | F_DUMP) | F_REQUEST) & 0xffff,
                               struct.pack("=BBH", number, 1, 0) + body)
        data += nl.message(nl.family, F_REQUEST | F_ACK, struct.pack(
            "=BBH", genl.CMD["SETTINGS_GET"], 1, 0))
        nl.socket.send(data)
        answer = nl.answer("SETTINGS")
        if answer.errno != 0:
            raise Wrong(f"no settings after a datagram of many: {answer}")

    def closed_in_the_middle(self):
        nl = Genl()
        nl.ask("TRANSACTION_BEGIN")
        for _ in range(self.draw.randrange(8)):
            self.one(nl)
        if self.draw.randrange(2):
            nl.send(nl.family, F_REQUEST | F_DUMP, struct.pack(
                "=BBH", genl.CMD["ROUTE_GET"], 1, 0))
        nl.close()

    def batch(self):
        # Something to meet: most refuse what is not there.
        for name in ("T", "U", "t1"):
            self.sockets[0].ask("TABLE_NEW", [("NAME", name)], ADD)
        for _ in range(BATCH):
            nl = self.draw.choice(self.sockets)
            how = self.draw.randrange(24)
            if how == 0:
                self.closed_in_the_middle()
            elif how < 3:
                self.many(nl)
            else:
                self.one(nl)
        for nl in self.sockets:
            answer = nl.ask("TRANSACTION_ABORT")
            if answer.errno is None:
                raise Wrong("no answer to the ABORT at a batch's end")
        self.notifications()

    def notifications(self):
        """Each can be read; more than there is room for are lost."""
        while True:
            try:
                for kind, _, _, body in self.listener.messages():
                    if kind != self.listener.family:
                        continue
                    command = genl.COMMANDS[body[0] - 1]
                    genl.decode(genl.object_of(command), body[4:])
                    self.told += 1
            except BlockingIOError:
                return
            except OSError as e:
                if e.errno != errno.ENOBUFS:
                    raise

    # ---- what must hold ----

    def check(self):
        nl = Genl()
        tables = nl.dump("TABLE_GET")
        routes = nl.dump("ROUTE_GET")
        rules = nl.dump("RULE_GET")
        nexthops = nl.dump("NEXTHOP_GET")
        settings = nl.must("SETTINGS_GET").objects[0]
        self.equal("tables", settings["TABLES"], len(tables))
        self.equal("rules", settings["RULES"], len(rules))
        self.check_tables(tables, routes, rules)
        self.check_routes(routes, nexthops)
        self.equal("numbers of rules", [r["INDEX"] for r in rules],
                   list(range(len(rules))))
        self.equal("ids of rules", len({r["ID"] for r in rules}), len(rules))
        for family, address in ((2, "203.0.113.7"), (10, "2001:db8:113::7")):
            nl.must("LOOKUP", [("FAMILY", family), ("DST", address)])
        nl.close()

    @staticmethod
    def equal(what, one, other):
        if one != other:
            raise Wrong(f"{what}: {one} and {other}")

    def check_tables(self, tables, routes, rules):
        for table in tables:
            name = table["NAME"]
            for key, family in (("ROUTES4", 2), ("ROUTES6", 10)):
                self.equal(f"{key} of {name}", table[key], sum(
                    r["TABLE"] == name and r["FAMILY"] == family
                    for r in routes))
            self.equal(f"rules of {name}", table["RULES"],
                       sum(r.get("TABLE") == name for r in rules))

    def check_routes(self, routes, nexthops):
        prefixes, users = {}, {}
        for route in routes:
            key = (route["TABLE"], route["FAMILY"], route["DST"],
                   route["DST_LEN"])
            prefixes.setdefault(key, []).append(route)
            if "NEXTHOP_ID" in route:
                number = route["NEXTHOP_ID"]
                users[number] = users.get(number, 0) + 1
        for members in prefixes.values():
            self.check_prefix(members)
        for nexthop in nexthops:
            self.equal(f"routes of next hop {nexthop['ID']}",
                       nexthop["ROUTES"], users.pop(nexthop["ID"], 0))
        if users:
            raise Wrong(f"routes of next hops that are not told: {users}")

    @staticmethod
    def check_prefix(members):
        """The active ones have one distance; more than one path is ECMP."""
        active = [r for r in members if r["FLAGS"] & ACTIVE]
        own = {r.get("NEXTHOP_ID") for r in active
               if not r["FLAGS"] & DYNAMIC}
        # A path of both counts once, with what ecmpctl says of it.
        lowest = {r["DISTANCE"] for r in active if not r["FLAGS"] & DYNAMIC or
                  r.get("NEXTHOP_ID") not in own}
        paths = {r.get("NEXTHOP_ID") for r in active}
        if len(lowest) > 1:
            raise Wrong(f"active routes of several distances: {members}")
        for r in members:
            if r in active and r["FLAGS"] & (DISABLED | INACTIVE):
                raise Wrong(f"active and not: {r}")
            if bool(r["FLAGS"] & ECMP) != (r in active and len(paths) > 1):
                raise Wrong(f"ECMP and not: {r} of {members}")

    def save_and_load(self):
        before = self.ecmpctl("save")
        self.ecmpctl("load", "--force", "-", text=before)
        after = self.ecmpctl("save")
        if before != after:
            raise Wrong(f"saved:\n{before}\nand loaded:\n{after}")
        self.ecmpctl("diff", "-", text=before)

    @staticmethod
    def ecmpctl(*args, text=None):
        done = subprocess.run(["ecmpctl", *args], input=text, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=120, check=False)
        if done.returncode:
            raise Wrong(f"ecmpctl {args}: status {done.returncode}: "
                        f"{done.stderr}{done.stdout}\n{text}")
        return done.stdout

    def nothing_left(self):
        """What takes all away leaves what was there in the beginning."""
        nl = Genl()
        nl.must("TRANSACTION_BEGIN")
        nl.must("TRANSACTION_COMMIT")
        self.check()
        if len(nl.dump("TABLE_GET")) != 1 or nl.dump("RULE_GET"):
            raise Wrong("something is left of what was taken away")
        own = [r for r in nl.dump("ROUTE_GET") if not r["FLAGS"] & DYNAMIC]
        if own:
            raise Wrong(f"routes are left: {own}")
        # A table that is new has nothing of one that had its name.
        nl.must("TABLE_NEW", [("NAME", "T")], ADD)
        table = nl.must("TABLE_GET", [("NAME", "T")]).objects[0]
        self.equal("routes of a new table", table["ROUTES4"], 0)
        nl.must("TABLE_DEL", [("NAME", "T")])
        nl.close()

    def complaints(self):
        lines = self.log.complaints()
        if lines:
            raise Wrong("the kernel complains: " + " / ".join(lines[:20]))


def run(seed, seconds, batches):
    fuzz, start, done = Run(seed), time.monotonic(), 0
    try:
        while done < batches if batches else \
                time.monotonic() - start < seconds:
            fuzz.batch()
            done += 1
            fuzz.check()
            if done % 4 == 1:
                fuzz.save_and_load()
                fuzz.check()
            fuzz.complaints()
        fuzz.save_and_load()
        fuzz.nothing_left()
        fuzz.complaints()
    except Exception as e:
        if not isinstance(e, Wrong):
            traceback.print_exc(file=sys.stdout)
        print(f"seed {seed}, batch {done + 1} (ECMP_SEED={seed} "
              f"ECMP_CASES={done + 1} again): {e}")
        print("the last messages, the newest at the end:")
        for line in fuzz.last[-40:]:
            print(f"  {line[:600]}")
        return 1
    print(f"seed {seed}: {fuzz.sent} messages in {done} batches, "
          f"{fuzz.accepted} accepted, {fuzz.told} notifications")
    print(", ".join(f"{name} {good}/{good + bad}" for name, (good, bad)
                    in sorted(fuzz.by_command.items())))
    # Refused everywhere would test nothing behind the policies.
    if not fuzz.accepted * 20 > fuzz.sent > 0:
        print("hardly anything was accepted")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(run(int(sys.argv[1]), float(sys.argv[2]),
                 int(sys.argv[3]) if len(sys.argv) > 3 and sys.argv[3] else 0))
