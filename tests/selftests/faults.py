#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""What is asked of the router while the n-th allocation fails.

  faults.py GROUP CONFIGURATION

runs in the namespace that faults.sh has configured, with ecmp_fault.ko loaded
before ecmp.ko; prints what is wrong and then exits with 1. In each group
something is done again and again, with the first allocation on its way
failing, then the second, until nothing fails any more.

  commands   every command that changes the configuration is either refused
             with a sentence, and nothing is changed, not even a counter or
             what is saved, or done, and as a whole
  first      the same of what calls the hooks, where nothing was configured
  load       the same of a transaction, from its begin to its commit
  reads      what only reads answers with a sentence, or completely
  lasting    nothing can be allocated at all: what takes away is done
  objects    says how many objects the module has, and who made them in the
             file that is named instead of a configuration

FAULTS_STEP in the environment: beyond the 6th try only each so manieth.
"""

import os
import sys
import time

from faulting import (DEBUG, DEFAULT, NET, NET6, PATH2, T, V4, VIA2, Failing,
                      Objects, all_of, configure, done, exact,
                      exact_at_rest, is_refusal, is_state, numbers, path,
                      problem, run, saved, state, traced)
from genl import (ACTION, ADD, COUNTERS, F_DUMP, NLA_F_NESTED, REPLACE, SET,
                  Genl, attr)

VERBOSE = os.environ.get("FAULTS_VERBOSE")

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
    "table set failback": (
        [("TABLE_NEW", {"NAME": "ecmp", "FAILBACK": 1}, SET)],
        [("TABLE_NEW", {"NAME": "ecmp"}, REPLACE)]),
    "table replace, new": (
        [("TABLE_NEW", {"NAME": "N", "HASH_POLICY": 3}, REPLACE)],
        [("TABLE_DEL", {"NAME": "N"}, 0)]),
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
    "route add unreachable": (
        [("ROUTE_NEW", NET6 + [("TYPE", 2)], ADD)],
        [("ROUTE_DEL", NET6, 0)]),
    "route add, checked": (
        [("ROUTE_NEW", NET + [("GATEWAY", "10.1.3.1"), ("DEVICE", "wan3"),
                              ("CHECK", 1), ("PREF_SRC", "10.1.3.2")], ADD)],
        [("ROUTE_DEL", NET, 0)]),
    "route set check": (
        [("ROUTE_NEW", PATH2 + [("CHECK", 2)], SET)],
        [("ROUTE_NEW", PATH2, REPLACE)]),
    "route add, another device": (
        [("ROUTE_NEW", NET + [("GATEWAY", "10.9.9.9"), ("DEVICE", "none"),
                              ("ONLINK", 1)], ADD)],
        [("ROUTE_DEL", NET, 0)]),
    "route replace, new": (
        [("ROUTE_NEW", NET + VIA2 + [("WEIGHT", 3)], REPLACE)],
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
    "rule add, all fields": (
        [("RULE_NEW", lookup(COMMENT="new", FROM="192.168.0.0", FROM_LEN=16,
                             TO="198.18.0.0", TO_LEN=15, MARK=7,
                             MARK_MASK=0xff, PROTO=6, SPORT_MIN=1,
                             SPORT_MAX=9, DPORT_MIN=80, DPORT_MAX=80, DSCP=8,
                             AT=0), ADD)],
        [("RULE_DEL", NEW, 0)]),
    "rule add drop": (
        [("RULE_NEW", {"ACTION": ACTION["drop"], "COMMENT": "new"}, ADD)],
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
    "rule del, two": (
        [("RULE_DEL", [("SELECT", [("COMMENT", "last"),
                                   ("COMMENT", "iif")])], 0)],
        [("RULE_NEW", lookup(COMMENT="last"), ADD),
         ("RULE_NEW", {"ACTION": ACTION["drop"], "IIF": "other",
                       "COMMENT": "iif", "AT": 0}, ADD)]),
    "nexthop set pin": (
        [("NEXTHOP_NEW", V4 + VIA2 + [("PIN_ID", 77)], SET)],
        [("NEXTHOP_NEW", V4 + VIA2 + [("PIN_ID", 0)], SET)]),
    "nexthop set, not there yet": (
        [("NEXTHOP_NEW", V4 + [("GATEWAY", "10.9.9.9"), ("DEVICE", "none"),
                               ("PIN_ID", 78)], SET)],
        [("NEXTHOP_NEW", V4 + [("GATEWAY", "10.9.9.9"), ("DEVICE", "none"),
                               ("PIN_ID", 0)], SET)]),
    "nexthop set, for a while": (
        [("NEXTHOP_NEW", V4 + VIA2 + [("FORCED", 3), ("TIMEOUT", 60000)],
          SET)],
        [("NEXTHOP_NEW", V4 + VIA2 + [("FORCED", 0)], SET)]),
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
    "set hash-seed": (
        [("SETTINGS_SET", {"HASH_SEED": 12345}, 0)],
        [("SETTINGS_SET", {"HASH_SEED": 0}, 0)]),
    "set pin": (
        [("SETTINGS_SET", {"PIN": 0}, 0)],
        [("SETTINGS_SET", {"PIN": 1}, 0)]),
    "set pin-mask": (
        [("SETTINGS_SET", {"PIN_MASK": 0xff0000}, 0)],
        [("SETTINGS_SET", {"PIN_MASK": 0xff00}, 0)]),
    "set kernel-routes": (
        [("SETTINGS_SET", {"KERNEL_ROUTES": 0}, 0)],
        [("SETTINGS_SET", {"KERNEL_ROUTES": 1}, 0)]),
    "set check-interval": (
        [("SETTINGS_SET", {"CHECK_INTERVAL": 5000, "CHECK_COUNT": 9}, 0)],
        [("SETTINGS_SET", {"CHECK_INTERVAL": 10000, "CHECK_COUNT": 2}, 0)]),
    "set enabled": (
        [("SETTINGS_SET", {"ENABLED": 0}, 0)],
        [("SETTINGS_SET", {"ENABLED": 1}, 0)]),
    "transaction begin": (
        [("TRANSACTION_BEGIN", (), 0)],
        [("TRANSACTION_ABORT", (), 0)]),
}

# Where nothing is configured, or nothing decided.
FIRST = {
    "first rule": (
        [("RULE_NEW", {"ACTION": ACTION["lookup"], "TABLE": "main"}, ADD)],
        [("RULE_DEL", {"SELECT": {"INDEX": 0}}, 0)]),
    "first route": (
        [("ROUTE_NEW", NET + VIA2, ADD)],
        [("ROUTE_DEL", NET, 0)]),
    "first load": (
        [("TRANSACTION_BEGIN", (), 0),
         ("ROUTE_NEW", NET + VIA2, ADD),
         ("TRANSACTION_COMMIT", (), 0)],
        [("TRANSACTION_BEGIN", (), 0),
         ("TRANSACTION_COMMIT", (), 0)]),
}

# They allocate nothing at all.
WITHOUT = {"table del", "route flush", "set enabled", "nexthop set pin",
           "nexthop set, for a while"}


def sweep(nl, name, do, undo):
    before = state(nl)
    done(nl, do)
    after = state(nl)
    done(nl, undo)
    is_state(nl, f"{name}: is not taken back", before)
    file = saved()
    refused = fine = 0
    for n in numbers():
        exactly = exact_at_rest(nl)
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
            if is_state(nl, f"{what}: refused, but", exactly, exact):
                continue
        all_of(nl, undo)
    if answer.errno != 0:
        problem(f"{name}: refused in the end: {answer}")
    done(nl, undo)
    is_state(nl, f"{name}: in the end", before)
    if saved() != file:
        problem(f"{name}: what is saved is another")
    return refused, fine


def sweeps(nl, name, do, undo):
    """Of slab objects, and where the kernel tells the two apart, of pages."""
    total = sweep(nl, name, do, undo)
    if DEBUG:
        Failing.pages = True
        total = tuple(map(sum, zip(total, sweep(nl, name, do, undo))))
        Failing.pages = False
    return total


def sent(nl):
    """Until a probe has left: a work begins with it."""
    end = time.monotonic() + 30
    while not any(nexthop.get("CHECK_SENT")
                  for nexthop in nl.dump("NEXTHOP_GET")):
        if time.monotonic() > end:
            problem("no probe is sent for half a minute")
            return
        time.sleep(0.02)


def add(total, more):
    for i, number in enumerate(more):
        total[i] += number


def group_commands():
    nl = Genl()
    total = [0, 0]
    for name, (do, undo) in COMMANDS.items():
        done(nl, do)
        if name == "route set check":
            # The first ping's hooks stay with the others.
            sent(nl)
        done(nl, undo)
    objects = Objects()
    for name, (do, undo) in COMMANDS.items():
        refused, fine = sweeps(nl, name, do, undo)
        if VERBOSE:
            print(f"{name}: {refused} refused, {fine} done")
        if (refused + fine == 0) != (name in WITHOUT):
            problem(f"{name}: {refused + fine} allocations were counted")
        add(total, (refused, fine))
    objects.check("commands")
    print(f"{len(COMMANDS)} commands: {total[0]} refused, {total[1]} done")


def group_first():
    nl = Genl()
    empty = [("TRANSACTION_BEGIN", (), 0), ("TRANSACTION_COMMIT", (), 0)]
    # The commands that were tried took some settings back to their defaults.
    configure()
    before = state(nl)
    total = [0, 0]
    done(nl, empty)
    for do, undo in FIRST.values():
        done(nl, do)
        done(nl, undo)
    objects = Objects()
    for name, (do, undo) in FIRST.items():
        refused, fine = sweeps(nl, name, do, undo)
        if VERBOSE:
            print(f"{name}: {refused} refused, {fine} done")
        if not refused:
            problem(f"{name}: nothing was refused")
        add(total, (refused, fine))
    objects.check("first")
    configure()
    is_state(nl, "first: configured", before)
    nl.must("SETTINGS_SET", {"ENABLED": 0})
    refused, fine = sweeps(nl, "set enabled yes",
                           [("SETTINGS_SET", {"ENABLED": 1}, 0)],
                           [("SETTINGS_SET", {"ENABLED": 0}, 0)])
    if not refused:
        problem("set enabled yes: nothing was refused")
    add(total, (refused, fine))
    nl.must("SETTINGS_SET", {"ENABLED": 1})
    is_state(nl, "first: in the end", before)
    print(f"{len(FIRST) + 1} commands: {total[0]} refused, {total[1]} done")


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


def group_objects():
    objects = traced()
    with open(sys.argv[2], "w", encoding="ascii") as file:
        for caller in sorted(objects):
            print(objects[caller], caller, file=file)
    print(sum(objects.values()))


if __name__ == "__main__":
    sys.exit(run(globals()))
