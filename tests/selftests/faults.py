#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""What is asked of the router while the n-th allocation fails.

  faults.py GROUP

runs in the namespace that faults.sh has configured, with ecmp_fault.ko loaded
before ecmp.ko; prints what is wrong and then exits with 1. In each group
something is done again and again, with the first allocation on its way
failing, then the second, until nothing fails any more.

  commands   every command that changes the configuration is either refused
             with a sentence, and nothing is changed, or done, and as a whole
  load       the same of a transaction, from its begin to its commit
  reads      what only reads answers with a sentence, or completely
  lasting    nothing can be allocated at all: what takes away is done
  kernel     the administrator changes the kernel's routes, addresses and
             devices: his command succeeds, and the module follows in the end

FAULTS_STEP in the environment: beyond the 6th try only each so manieth.
"""

import os
import subprocess
import sys
import time
import traceback
from pathlib import Path

from genl import (ACTION, ADD, COUNTERS, F_DUMP, NLA_F_NESTED, REPLACE, SET,
                  Genl, attr)

PARAMETERS = Path("/sys/module/ecmp_fault/parameters")
STEP = int(os.environ.get("FAULTS_STEP", "1"))
MOST = 1000
PROCESSES, THREADS = 1, 2       # ecmp_fault's "where"

AF_INET, AF_INET6 = 2, 10
V4 = [("FAMILY", AF_INET)]
V6 = [("FAMILY", AF_INET6)]
DEFAULT = V4 + [("DST", "0.0.0.0"), ("DST_LEN", 0)]
NET = V4 + [("DST", "203.0.113.0"), ("DST_LEN", 24)]
NET6 = V6 + [("DST", "2001:db8::"), ("DST_LEN", 32)]
T = [("TABLE", "ecmp")]
VIA2 = [("GATEWAY", "10.1.2.1"), ("DEVICE", "wan2")]
PATH2 = DEFAULT + T + VIA2

problems = 0


def problem(*lines):
    global problems
    problems += 1
    for line in lines:
        print(line, flush=True)


# --- ecmp_fault ----------------------------------------------------------

def put(name, value):
    (PARAMETERS / name).write_text(str(value), encoding="ascii")


def get(name):
    return (PARAMETERS / name).read_text(encoding="ascii").strip()


class Failing:
    """While it is entered the n-th allocation fails; then whether one did."""

    def __init__(self, n, where=PROCESSES, times=1):
        self.n, self.where, self.times, self.hit = n, where, times, 0

    def __enter__(self):
        put("where", self.where)
        put("times", self.times)
        put("nth", self.n)
        return self

    def __exit__(self, *_):
        self.hit = int(get("failed"))
        put("nth", 0)

    def __str__(self):
        last = get("last").split()
        # From the allocator on; what is before is the probe.
        while last and not last[0].startswith(("__k", "k", "__alloc", "pcpu",
                                               "vm", "__vm")):
            del last[0]
        return f"allocation {self.n}: {' '.join(last[1:10])}"


class Objects:
    """What ecmp.ko has, now that all was done once; no more is to stay.

    But for what a look-up structure has replaced: it waits for company before
    it is freed. That is looked at when the module has gone.
    """

    def __init__(self):
        now = None
        while now != self.now():
            now = self.now()
            time.sleep(0.5)
        self.before = now
        self.missed = int(get("missed"))

    @staticmethod
    def now():
        objects = {}
        for line in get("left").splitlines():
            count, caller = line.split(" ", 1)
            if not caller.startswith(("ecmp_lpm_object_alloc",
                                      "ecmp_lpm_retire")):
                objects[caller] = int(count)
        return objects

    def check(self, what):
        end = time.monotonic() + 5
        while True:
            more = [f"    {caller}: {self.before.get(caller, 0)} before, "
                    f"{count} after" for caller, count in self.now().items()
                    if count > self.before.get(caller, 0)]
            if not more:
                return
            unseen = int(get("missed")) - self.missed
            total = sum(count - self.before.get(caller, 0)
                        for caller, count in self.now().items()
                        if count > self.before.get(caller, 0))
            if total <= unseen:
                print(f"{what}: {total} objects left, {unseen} frees unseen")
                return
            if time.monotonic() > end:
                # Told, not judged: see "missed" in ecmp_fault.c.
                print(f"{what}: {total} objects more, {unseen} frees unseen",
                      *more, sep="\n")
                return
            time.sleep(0.1)


def numbers():
    n = 1
    while n < MOST:
        yield n
        n += 1 if n < 6 else STEP
    problem(f"still failing after {MOST} allocations")


def configure():
    """As faults.sh does; that some devices are missing is meant."""
    subprocess.run(["ecmpctl", "load", sys.argv[2]], check=True,
                   stderr=subprocess.DEVNULL)


# --- the router's state --------------------------------------------------

IGNORED = {"TABLE": set(), "ROUTE": {"NEXTHOP_ID"},
           "RULE": {"ID"}, "NEXTHOP": {"ID", "IFINDEX", "PIN_ID",
                                  "AGE", "FLAPS"},
           "SETTINGS": {"GENERATION", "RESYNCS"}}    # pin id, resyncs


def state(nl):
    """All that is configured and how it stands, without numbers that grow."""
    out = {}
    for command, records in nl.state().items():
        ignored = IGNORED[command.split("_")[0]]
        out[command] = sorted(
            (sorted((k, str(v)) for k, v in record.items()
                    if k not in ignored)
             for record in records), key=str)
    # What packets meet, not what is remembered of the rule.
    answer = nl.ask("LOOKUP", V4 + [("DST", "198.18.0.1"), ("IIF", "other"),
                                    ("FROM", "192.168.10.5")])
    out["LOOKUP"] = [[("VERDICT", str(answer.objects[0]["VERDICT"]
                                      if answer.objects else answer.text))]]
    # A next hop that nothing uses may still wait for its end.
    out["NEXTHOP_GET"] = [record for record in out["NEXTHOP_GET"]
                          if ("ROUTES", "0") not in record]
    return out


def differences(got, expected):
    for kind, records in expected.items():
        for record in records:
            if record not in got[kind]:
                yield f"    {kind} should be {dict(record)}"
        for record in got[kind]:
            if record not in records:
                yield f"    {kind} is {dict(record)}"


def is_state(nl, what, expected):
    got = state(nl)
    if got == expected:
        return True
    problem(what, *list(differences(got, expected))[:6])
    return False


def settled(nl):
    """The state once it stays what it is."""
    now = None
    while now != state(nl):
        now = state(nl)
        time.sleep(1)
    return now


def becomes(nl, expected, seconds=30):
    end = time.monotonic() + seconds
    while True:
        try:
            got = state(nl)
        except RuntimeError as error:   # it is being read again
            got = {"ANSWER": [str(error)]}
        if got == expected:
            return None
        if time.monotonic() > end:
            return got
        time.sleep(0.05)


# --- commands ------------------------------------------------------------

def lookup(**more):
    return [("ACTION", ACTION["lookup"])] + T + list(more.items())


def distance(of, value=None):
    """The attribute of SETTINGS_SET; without a value its default again."""
    return attr(NLA_F_NESTED | 13,
                of + (attr(3, bytes([value])) if value is not None else b""))


VIP = {"SELECT": {"COMMENT": "VIP"}}
NEW = {"SELECT": {"COMMENT": "new"}}

# What is done, and what takes it back: (command, attributes, flags).
COMMANDS = {
    "table add": (
        [("TABLE_NEW", {"NAME": "N"}, ADD)],
        [("TABLE_DEL", {"NAME": "N"}, 0)]),
    "table add kernel": (
        [("TABLE_NEW", {"NAME": "K", "KERNEL_ID": 100}, ADD)],
        [("TABLE_DEL", {"NAME": "K"}, 0)]),
    "table add, in turn": (
        [("TABLE_NEW", {"NAME": "N", "BALANCE": 2}, ADD)],
        [("TABLE_DEL", {"NAME": "N"}, 0)]),
    "table set balance": (
        [("TABLE_NEW", {"NAME": "ecmp", "BALANCE": 3}, SET)],
        [("TABLE_NEW", {"NAME": "ecmp"}, REPLACE)]),
    "table set": (
        [("TABLE_NEW", {"NAME": "ecmp", "HASH_POLICY": 2}, SET)],
        [("TABLE_NEW", {"NAME": "ecmp"}, REPLACE)]),
    "table del": (
        [("TABLE_DEL", {"NAME": "spare"}, 0)],
        [("TABLE_NEW", {"NAME": "spare"}, ADD),
         ("ROUTE_NEW", NET + VIA2 + [("TABLE", "spare")], ADD)]),
    "route add": (
        [("ROUTE_NEW", NET + VIA2 + [("COMMENT", "two words")], ADD)],
        [("ROUTE_DEL", NET, 0)]),
    "route add, a second path": (
        [("ROUTE_NEW", DEFAULT + T + [("GATEWAY", "10.1.3.9"),
                                      ("DEVICE", "wan3")], ADD)],
        [("ROUTE_DEL", DEFAULT + T + [("GATEWAY", "10.1.3.9")], 0)]),
    "route add, no device named": (
        [("ROUTE_NEW", NET + T + [("GATEWAY", "10.1.2.1")], ADD)],
        [("ROUTE_DEL", NET + T, 0)]),
    "route add, IPv6": (
        [("ROUTE_NEW", NET6 + [("DEVICE", "wan2")], ADD)],
        [("ROUTE_DEL", NET6, 0)]),
    "route add blackhole": (
        [("ROUTE_NEW", NET + [("TYPE", 1)], ADD)],
        [("ROUTE_DEL", NET, 0)]),
    "route add via kernel": (
        [("ROUTE_NEW", DEFAULT + T + [("GATEWAY_KERNEL", True),
                                      ("DEVICE", "wan1"),
                                      ("DISTANCE", 9)], ADD)],
        [("ROUTE_DEL", DEFAULT + T + [("GATEWAY_KERNEL", True),
                                      ("DEVICE", "wan1")], 0)]),
    "route replace": (
        [("ROUTE_NEW", PATH2 + [("WEIGHT", 7), ("COMMENT", "x")], REPLACE)],
        [("ROUTE_NEW", PATH2, REPLACE)]),
    "route set distance": (
        [("ROUTE_NEW", PATH2 + [("DISTANCE", 7)], SET)],
        [("ROUTE_NEW", PATH2 + [("DISTANCE", 1)], SET)]),
    "route disable": (
        [("ROUTE_NEW", PATH2 + [("DISABLED", 1)], SET)],
        [("ROUTE_NEW", PATH2 + [("DISABLED", 0)], SET)]),
    "route del": (
        [("ROUTE_DEL", PATH2, 0)],
        [("ROUTE_NEW", PATH2, ADD)]),
    "route flush": (
        [("ROUTE_FLUSH", {"TABLE": "spare"}, 0)],
        [("ROUTE_NEW", NET + VIA2 + [("TABLE", "spare")], ADD)]),
    "rule add": (
        [("RULE_NEW", lookup(COMMENT="new", IIF="lan0", BEFORE={"INDEX": 0}),
          ADD)],
        [("RULE_DEL", NEW, 0)]),
    "rule set": (
        [("RULE_NEW", {**VIP, "MIN_PREFIX": 8}, SET)],
        [("RULE_NEW", {**VIP, "UNSET": 0x200}, SET)]),
    "rule move": (
        [("RULE_MOVE", {**VIP, "BEFORE": {"INDEX": 0}}, 0)],
        [("RULE_MOVE", {**VIP, "AFTER": {"INDEX": 2}}, 0)]),
    "rule disable": (
        [("RULE_NEW", {**VIP, "DISABLED": 1}, SET)],
        [("RULE_NEW", {**VIP, "DISABLED": 0}, SET)]),
    "rule del": (
        [("RULE_DEL", {"SELECT": {"COMMENT": "last"}}, 0)],
        [("RULE_NEW", lookup(COMMENT="last"), ADD)]),
    "nexthop set": (
        [("NEXTHOP_NEW", V4 + VIA2 + [("FORCED", 2)], SET)],
        [("NEXTHOP_NEW", V4 + VIA2 + [("FORCED", 0)], SET)]),
    "distance proto": (
        [("SETTINGS_SET", distance(attr(1, b"\x02"), 5), 0)],
        [("SETTINGS_SET", distance(attr(1, b"\x02")), 0)]),
    "distance dev": (
        [("SETTINGS_SET", distance(attr(2, b"wan1\0"), 30), 0)],
        [("SETTINGS_SET", distance(attr(2, b"wan1\0")), 0)]),
    "distance dev, again": (
        [("SETTINGS_SET", distance(attr(2, b"wan2\0"), 40), 0)],
        [("SETTINGS_SET", distance(attr(2, b"wan2\0"), 30), 0)]),
    "set hash-policy": (
        [("SETTINGS_SET", {"HASH_POLICY4": 2}, 0)],
        [("SETTINGS_SET", {"HASH_POLICY4": 1}, 0)]),
    "set enabled": (
        [("SETTINGS_SET", {"ENABLED": 0}, 0)],
        [("SETTINGS_SET", {"ENABLED": 1}, 0)]),
}


# They allocate nothing at all.
WITHOUT = {"table del", "route flush", "set enabled"}


def all_of(nl, messages):
    """The answer to the first that is refused, or to the last."""
    answer = None
    for command, attributes, flags in messages:
        ask = nl.raw if isinstance(attributes, bytes) else nl.ask
        answer = ask(command, attributes, flags)
        if answer.errno != 0:
            break
    return answer


def done(nl, messages):
    answer = all_of(nl, messages)
    if answer.errno != 0:
        problem(f"  {messages[-1]}: {answer}")


def is_refusal(what, answer):
    if answer.errno is None:
        problem(f"{what}", "  no answer")
    elif len(answer.text.split()) < 3:
        problem(f"{what}", f"  refused without a sentence: {answer}")


def sweep(nl, name, do, undo):
    before = state(nl)
    done(nl, do)
    after = state(nl)
    done(nl, undo)
    is_state(nl, f"{name}: is not taken back", before)
    refused = fine = 0
    for n in numbers():
        with Failing(n) as failing:
            answer = all_of(nl, do)
        if not failing.hit:
            break
        what = f"{name}, {failing}"
        if answer.errno == 0:
            fine += 1
            is_state(nl, f"{what}: done, but", after)
        else:
            refused += 1
            is_refusal(what, answer)
            if is_state(nl, f"{what}: refused, but", before):
                continue
        all_of(nl, undo)
    if answer.errno != 0:
        problem(f"{name}: refused in the end: {answer}")
    done(nl, undo)
    is_state(nl, f"{name}: in the end", before)
    return refused, fine


def add(total, more):
    for i, number in enumerate(more):
        total[i] += number


def group_commands():
    nl = Genl()
    total = [0, 0]
    for do, undo in COMMANDS.values():
        done(nl, do)
        done(nl, undo)
    objects = Objects()
    for name, (do, undo) in COMMANDS.items():
        refused, fine = sweep(nl, name, do, undo)
        if VERBOSE:
            print(f"{name}: {refused} refused, {fine} done")
        if (refused + fine == 0) != (name in WITHOUT):
            problem(f"{name}: {refused + fine} allocations were counted")
        add(total, (refused, fine))
    objects.check("commands")
    print(f"{len(COMMANDS)} commands: {total[0]} refused, {total[1]} done")


# --- a transaction -------------------------------------------------------

NEW_CONFIGURATION = [
    ("TRANSACTION_BEGIN", (), 0),
    ("SETTINGS_SET", {"HASH_POLICY4": 3, "HASH_SEED": 7}, 0),
    ("TABLE_NEW", {"NAME": "N"}, ADD),
    ("ROUTE_NEW", DEFAULT + VIA2 + [("TABLE", "N")], ADD),
    ("ROUTE_NEW", DEFAULT + [("GATEWAY", "10.1.3.1"), ("TABLE", "N")], ADD),
    ("ROUTE_NEW", NET + [("TYPE", 2), ("TABLE", "N")], ADD),
    ("RULE_NEW", [("ACTION", ACTION["lookup"]), ("TABLE", "N"),
                  ("FROM", "192.168.0.0"), ("FROM_LEN", 16),
                  ("COMMENT", "new")], ADD),
    ("TRANSACTION_COMMIT", (), 0),
]


def group_load():
    watcher = Genl()
    before = state(watcher)
    refused = committed = 0
    done(watcher, NEW_CONFIGURATION)
    configure()
    is_state(watcher, "load: back", before)
    objects = Objects()
    for n in numbers():
        nl = Genl()
        with Failing(n) as failing:
            answer = all_of(nl, NEW_CONFIGURATION)
        nl.close()
        if not failing.hit:
            break
        if answer.errno == 0:
            # Something that it could do without.
            committed += 1
            configure()
            continue
        refused += 1
        is_refusal(f"load, {failing}", answer)
        is_state(watcher, f"load, {failing}: refused, but", before)
    if answer.errno != 0:
        problem(f"load: refused in the end: {answer}")
    rules = [rule.get("COMMENT") for rule in watcher.dump("RULE_GET")]
    if rules != ["new"]:
        problem(f"load: the rules are {rules}")
    configure()
    is_state(watcher, "load: in the end", before)
    objects.check("load")
    print(f"load: {refused} refused, {committed} done")


# --- reading -------------------------------------------------------------

READS = [("TABLE_GET", (), F_DUMP), ("TABLE_GET", {"NAME": "ecmp"}, 0),
         ("ROUTE_GET", (), F_DUMP), ("RULE_GET", (), F_DUMP),
         ("NEXTHOP_GET", (), F_DUMP), ("SETTINGS_GET", (), 0),
         ("LOOKUP", V4 + [("DST", "198.18.0.1"), ("FROM", "192.168.10.5"),
                          ("IIF", "lan10")], 0)]


def steady(objects):
    """Without what changes by itself."""
    return [{k: v for k, v in o.items() if k not in COUNTERS}
            for o in objects]


def group_reads():
    nl = Genl()
    before = state(nl)
    refused = fine = 0
    objects = Objects()
    for command, attributes, flags in READS:
        right = steady(nl.must(command, attributes, flags).objects)
        for n in numbers():
            with Failing(n) as failing:
                answer = nl.ask(command, attributes, flags)
            if not failing.hit:
                break
            if answer.errno == 0:
                fine += 1
                if steady(answer.objects) != right:
                    problem(f"{command}, {failing}: not all")
            else:
                refused += 1
                is_refusal(f"{command}, {failing}", answer)
        if steady(answer.objects) != right:
            problem(f"{command}: not all in the end")
    is_state(nl, "reads", before)
    objects.check("reads")
    print(f"{len(READS)} reads: {refused} refused, {fine} done")


# --- no memory at all ----------------------------------------------------

def path(i):
    return DEFAULT + T + [("GATEWAY", f"10.1.{i}.1"), ("DEVICE", f"wan{i}")]


def devices(nl):
    """Where the flows of table ecmp may go now."""
    answer = nl.must("LOOKUP", V4 + [("DST", "198.18.0.1"),
                                     ("FROM", "192.168.10.5"),
                                     ("IIF", "lan10")])
    return sum(1 for route in nl.dump("ROUTE_GET", {"TABLE": "ecmp"})
               if route["FLAGS"] & 4), answer.objects[0].get("DEVICE")


def group_lasting():
    nl = Genl()
    before = state(nl)
    for what, take in (
            ("del", lambda i: ("ROUTE_DEL", path(i), 0)),
            ("disable", lambda i: ("ROUTE_NEW", path(i) + [("DISABLED", 1)],
                                   SET)),
            ("distance 255", lambda i: ("ROUTE_NEW",
                                        path(i) + [("DISTANCE", 255)], SET))):
        for i in (2, 3, 1):
            with Failing(1, times=0) as failing:
                answer = nl.ask(*take(i))
            if answer.errno != 0:
                problem(f"{what} of path {i}, {failing}: {answer}")
            if i == 3 and devices(nl)[1] != "wan1":
                problem(f"{what}: {devices(nl)} instead of wan1")
        for i in (1, 2, 3):
            nl.must("ROUTE_NEW", path(i), REPLACE)
        is_state(nl, f"{what}: put back", before)
    with Failing(1, times=0):
        for command, attributes in (("TABLE_DEL", {"NAME": "spare"}),
                                    ("SETTINGS_SET", {"ENABLED": 0})):
            answer = nl.ask(command, attributes)
            if answer.errno != 0:
                problem(f"{command}: {answer}")
    configure()
    is_state(nl, "lasting: in the end", before)


# --- the kernel changes --------------------------------------------------

ROUTES = ("""\
route add 172.16.1.0/24 via 10.1.1.1
route replace 172.16.1.0/24 via 10.1.2.1
route add 172.16.2.0/24 nexthop via 10.1.1.1 nexthop via 10.1.2.1
route add default via 10.1.1.1 metric 7
route add default via 10.1.2.1 metric 8
route add unreachable 172.16.3.0/24
nexthop add id 1 via 10.1.1.1 dev wan1
nexthop add id 2 via 10.1.2.1 dev wan2
nexthop add id 3 group 1/2
route add 172.16.4.0/24 nhid 3
nexthop replace id 1 via 10.1.1.9 dev wan1
route add 172.16.5.0/24 via 10.1.1.1
route del 172.16.5.0/24
-6 route add 2001:db8:1::/48 via fd01::1 dev wan1
-6 route append 2001:db8:1::/48 via fd02::1 dev wan2
-6 route add default via fd01::1 dev wan1
-6 route add 2001:db8:2::/48 nexthop via fd01::1 nexthop via fd02::1
-6 route del 2001:db8:2::/48 via fd02::1
address add 192.0.2.1/24 dev lan0
-6 address add 2001:db8:3::1/64 dev lan0 nodad
""", """\
-6 address del 2001:db8:3::1/64 dev lan0
address del 192.0.2.1/24 dev lan0
-6 route del 2001:db8:2::/48
-6 route del default via fd01::1
-6 route del 2001:db8:1::/48
route del 172.16.4.0/24
nexthop del id 3
nexthop del id 2
nexthop del id 1
route del unreachable 172.16.3.0/24
route del default via 10.1.2.1 metric 8
route del default via 10.1.1.1 metric 7
route del 172.16.2.0/24
route del 172.16.1.0/24
""")

DEVICES = ("""\
link add new type dummy
address add 192.0.2.1/24 dev new
link set new up
route add 172.16.6.0/24 via 192.0.2.9
link set new down
link set new name other
link set other up
route add 172.16.6.0/24 via 192.0.2.9
link add bridge type bridge
link set wan3 down
link set wan2 down
link set wan2 up
-6 address add fd02::2/64 dev wan2 nodad
""", """\
link del bridge
link set wan3 up
link del other
""")

RENAMED = ("""\
link set wan1 down
link set wan1 name first
link set first up
-6 address add fd01::2/64 dev first nodad
""", """\
link set first down
link set first name wan1
link set wan1 up
-6 address add fd01::2/64 dev wan1 nodad
""")


def ip(what, lines):
    """The administrator's own commands; none may fail."""
    for family, mine in (([], [l for l in lines if l[:2] != "-6"]),
                         (["-6"], [l[3:] for l in lines if l[:2] == "-6"])):
        if not mine:
            continue
        run = subprocess.run(["ip", *family, "-batch", "-"],
                             input="\n".join(mine) + "\n", text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                             check=False)
        if run.returncode:
            problem(f"{what}: ip: {run.stdout.strip()}")


def mirrored(what):
    run = subprocess.run([sys.executable, "-B", "-E", "-S",
                          Path(__file__).with_name("mirror.py")],
                         stdout=subprocess.PIPE, text=True, check=False)
    if run.returncode:
        problem(f"{what}: main is not the kernel's:", run.stdout.strip())


def follow(nl, name, do, undo, where):
    before = settled(nl)
    ip(f"{name}", do)
    after = settled(nl)
    mirrored(name)
    ip(f"{name}", undo)
    if (left := becomes(nl, before)):
        problem(f"{name}: is not taken back",
                *list(differences(left, before))[:6])
        return 0
    objects = Objects()
    count = 0
    for n in numbers():
        with Failing(n, where) as failing:
            ip(f"{name}, {n}", do)
            if where == THREADS:
                becomes(nl, after, 5)
        what = f"{name}, {failing}"
        wrong = becomes(nl, after)
        if wrong:
            problem(f"{what}: not followed",
                    *list(differences(wrong, after))[:6])
        ip(f"{name}, {n}, back", undo)
        wrong = becomes(nl, before)
        if wrong:
            problem(f"{what}: not taken back",
                    *list(differences(wrong, before))[:6])
            break
        if not failing.hit:
            break
        count += 1
    mirrored(name)
    objects.check(name)
    return count


def group_kernel():
    nl = Genl()
    for name, (do, undo) in (("routes", ROUTES), ("devices", DEVICES),
                             ("rename", RENAMED)):
        do, undo = do.splitlines(), undo.splitlines()
        for where in (PROCESSES, THREADS):
            count = follow(nl, name, do, undo, where)
            print(f"{name}, {'processes' if where == PROCESSES else 'works'}:"
                  f" {count} failures", flush=True)
        # Nothing at all, for a while.
        before = settled(nl)
        ip(name, do)
        after = settled(nl)
        ip(name, undo)
        becomes(nl, before)
        with Failing(1, PROCESSES | THREADS, 0) as failing:
            ip(f"{name}, no memory", do)
            time.sleep(0.5)
        print(f"{name}: {failing.hit} in a row")
        wrong = becomes(nl, after, 60)
        if wrong:
            problem(f"{name}, no memory: not followed",
                    *list(differences(wrong, after))[:6])
        ip(f"{name}, no memory, back", undo)
        wrong = becomes(nl, before)
        if wrong:
            problem(f"{name}, no memory: not taken back",
                    *list(differences(wrong, before))[:6])


VERBOSE = os.environ.get("FAULTS_VERBOSE")


def main():
    start = time.monotonic()
    try:
        globals()[f"group_{sys.argv[1]}"]()
    except Exception:   # a test must say why it failed
        problem(traceback.format_exc())
    print(f"{sys.argv[1]}: {time.monotonic() - start:.0f} s")
    return problems > 0


if __name__ == "__main__":
    sys.exit(main())
