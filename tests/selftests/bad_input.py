#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Messages that must be refused, each beside the good one that it came from.

  bad_input.py GROUP

runs in a namespace that bad_input.sh has configured: tables T and U, routes
in T and main, the rules a, b, c. A refusal must come with a sentence and
change nothing; what is wrong is printed, and the exit status is 1.

  good        every command as it should be, undone again
  malformed   the same with each attribute missing, too short, too long, ...
  meaning     well formed, and wrong all the same
  frames      messages whose lengths and headers lie
  user        somebody who may not administer
  fuzz        random damage, from the environment's ECMP_SEED
  flood       the same few refusals many times, for who counts memory
"""
import errno
import os
import random
import re
import struct
import sys
import traceback

import genl
from genl import ACTION, ADD, CMD, NLA_F_NESTED, REPLACE, SET, TYPE, Genl
from genl import attr, encode, object_of

AF_INET, AF_INET6 = 2, 10
UNICAST, BLACKHOLE = 0, 1

V4 = ("FAMILY", AF_INET)
DEFAULT = [V4, ("DST", "0.0.0.0"), ("DST_LEN", 0)]
NET = [V4, ("DST", "203.0.113.0"), ("DST_LEN", 24)]
T = ("TABLE", "T")
HOLE = [V4, ("DST", "198.51.100.0"), ("DST_LEN", 24), T]
VIA1 = [("GATEWAY", "10.1.1.1"), ("DEVICE", "wan1")]
VIA3 = [("GATEWAY", "10.1.3.1"), ("DEVICE", "wan3")]
LOOKUP_T = [("ACTION", ACTION["lookup"]), T]
RULE_C = ("SELECT", {"COMMENT": "c"})

# What must be accepted: command, attributes, flags, how to undo it, and the
# attributes that may not be missing.
GOOD = [
    ("TABLE_NEW", [("NAME", "new"), ("HASH_POLICY", 1), ("BALANCE", 0),
                   ("FAILBACK", 0)], ADD,
     [("TABLE_DEL", [("NAME", "new")], 0)], "NAME"),
    ("TABLE_NEW", [("NAME", "U"), ("HASH_POLICY", 3)], SET,
     [("TABLE_NEW", [("NAME", "U"), ("HASH_POLICY", 1)], SET)], "NAME"),
    ("TABLE_NEW", [("NAME", "U"), ("BALANCE", 2)], SET,
     [("TABLE_NEW", [("NAME", "U"), ("BALANCE", 0)], SET)], "NAME"),
    ("TABLE_DEL", [("NAME", "empty")], 0,
     [("TABLE_NEW", [("NAME", "empty")], ADD)], "NAME"),
    ("TABLE_GET", [("NAME", "T")], 0, [], "NAME"),
    ("TABLE_GET", [], genl.F_DUMP, [], ""),
    ("ROUTE_NEW", NET + [T, ("TYPE", UNICAST), *VIA3, ("DISTANCE", 7),
                         ("WEIGHT", 11), ("COMMENT", "new"),
                         ("DISABLED", 0), ("ONLINK", 0)], ADD,
     [("ROUTE_DEL", NET + [T], 0)], "FAMILY DST DST_LEN"),
    ("ROUTE_NEW", DEFAULT + [T, *VIA1, ("DISTANCE", 1), ("WEIGHT", 1)],
     REPLACE, [], "FAMILY DST DST_LEN"),
    ("ROUTE_NEW", DEFAULT + [T, *VIA1, ("WEIGHT", 2)], SET,
     [("ROUTE_NEW", DEFAULT + [T, *VIA1, ("WEIGHT", 1)], SET)],
     "FAMILY DST DST_LEN"),
    ("ROUTE_DEL", DEFAULT + [T, *VIA1], 0,
     [("ROUTE_NEW", DEFAULT + [T, *VIA1], ADD)], "FAMILY DST DST_LEN"),
    ("ROUTE_FLUSH", [("TABLE", "U"), V4], 0,
     [("ROUTE_NEW", DEFAULT + [("TABLE", "U"), *VIA3], ADD)], "TABLE"),
    ("ROUTE_GET", [V4, T], genl.F_DUMP, [], ""),
    ("RULE_NEW", LOOKUP_T + [
        V4, ("FROM", "192.168.7.0"), ("FROM_LEN", 24), ("TO", "10.0.0.0"),
        ("TO_LEN", 8), ("IIF", "lan10"), ("MARK", 5), ("MARK_MASK", 7),
        ("PROTO", 17), ("SPORT_MIN", 1), ("SPORT_MAX", 9), ("DPORT_MIN", 5),
        ("DPORT_MAX", 6), ("DSCP", 46), ("MIN_PREFIX", 8), ("DISABLED", 1),
        ("COMMENT", "new"), ("BEFORE", {"COMMENT": "b"})], ADD,
     [("RULE_DEL", [("SELECT", {"COMMENT": "new"})], 0)], "ACTION TABLE"),
    ("RULE_NEW", [RULE_C, ("DSCP", 9), ("MIN_PREFIX", 3)], SET,
     [("RULE_NEW", [RULE_C, ("UNSET", 0x280)], SET)], "SELECT"),
    ("RULE_NEW", [("ACTION", ACTION["drop"]), ("DSCP", 1),
                  ("COMMENT", "new"), ("AT", 0)], ADD,
     [("RULE_DEL", [("SELECT", {"INDEX": 0})], 0)], "ACTION"),
    ("RULE_MOVE", [RULE_C, ("BEFORE", {"INDEX": 0})], 0,
     [("RULE_MOVE", [RULE_C, ("AFTER", {"COMMENT": "b"})], 0)],
     "SELECT BEFORE"),
    ("RULE_MOVE", [RULE_C, ("AT", 0)], 0,
     [("RULE_MOVE", [RULE_C, ("AT", 2)], 0)], "SELECT AT"),
    ("RULE_DEL", [("SELECT", [("COMMENT", "spare")])], 0,
     [("RULE_NEW", [("ACTION", ACTION["drop"]), ("DISABLED", 1),
                    ("COMMENT", "spare")], ADD)], "SELECT"),
    ("RULE_GET", [], genl.F_DUMP, [], ""),
    ("NEXTHOP_NEW", [V4, *VIA1, ("FORCED", 2)], SET,
     [("NEXTHOP_NEW", [V4, *VIA1, ("FORCED", 0)], SET)],
     "FAMILY DEVICE FORCED"),
    ("NEXTHOP_NEW", [V4, *VIA1, ("FORCED", 3), ("TIMEOUT", 3600000)], SET,
     [("NEXTHOP_NEW", [V4, *VIA1, ("FORCED", 0)], SET)],
     "FAMILY DEVICE FORCED"),
    ("NEXTHOP_GET", [], genl.F_DUMP, [], ""),
    ("SETTINGS_SET", [("ENABLED", 1), ("HASH_POLICY4", 1),
                      ("HASH_POLICY6", 1), ("PIN", 0)], 0,
     [("SETTINGS_SET", [("HASH_POLICY4", 0), ("HASH_POLICY6", 0)], 0)], ""),
    ("SETTINGS_GET", [], 0, [], ""),
    ("LOOKUP", [V4, ("DST", "203.0.113.1"), ("FROM", "192.168.10.5"),
                ("IIF", "lan10"), ("PROTO", 17), ("SPORT", 1), ("DPORT", 2),
                ("MARK", 3), ("DSCP", 4)], 0, [], "FAMILY DST FROM"),
    ("TRANSACTION_BEGIN", [], 0, [("TRANSACTION_ABORT", [], 0)], ""),
]

# Well formed and wrong: command, attributes, flags, a part of the sentence.
RULE = [("ACTION", ACTION["lookup"]), T]
MEANING = [
    ("TABLE_NEW", [("NAME", "T")], ADD, ""),
    ("TABLE_NEW", [("NAME", "main")], ADD, ""),
    ("TABLE_NEW", [("NAME", "absent")], SET, ""),
    ("TABLE_NEW", [("NAME", "1st")], ADD, ""),
    ("TABLE_NEW", [("NAME", "")], ADD, ""),
    ("TABLE_NEW", [("NAME", "a b")], ADD, ""),
    ("TABLE_NEW", [("NAME", "a\nb")], ADD, ""),
    ("TABLE_NEW", [("NAME", "a" * 33)], ADD, ""),
    ("TABLE_NEW", [("NAME", "n"), ("HASH_POLICY", 5)], ADD, ""),
    ("TABLE_NEW", [("NAME", "n"), ("BALANCE", 4)], ADD, ""),
    ("TABLE_NEW", [("NAME", "n"), ("FAILBACK", 2)], ADD, ""),
    ("TABLE_NEW", [("NAME", "n"), ("KERNEL_ID", 0)], ADD, ""),
    ("TABLE_NEW", [("NAME", "n"), ("KERNEL_ID", 254)], ADD, ""),
    ("TABLE_DEL", [("NAME", "absent")], 0, ""),
    ("TABLE_DEL", [("NAME", "main")], 0, ""),
    ("TABLE_DEL", [("NAME", "T")], 0, ""),      # a rule names it
    ("TABLE_GET", [("NAME", "absent")], 0, ""),
    ("ROUTE_NEW", NET + [("TABLE", "absent"), *VIA1], ADD, ""),
    ("ROUTE_NEW", [("FAMILY", 7), *NET[1:], T, *VIA1], ADD, ""),
    ("ROUTE_NEW", [("FAMILY", 0), *NET[1:], T, *VIA1], ADD, ""),
    ("ROUTE_NEW", [V4, ("DST", "2001:db8::"), ("DST_LEN", 32), T, *VIA1],
     ADD, ""),
    ("ROUTE_NEW", [V4, ("DST", "203.0.113.0"), ("DST_LEN", 33), T, *VIA1],
     ADD, ""),
    ("ROUTE_NEW", [V4, ("DST", "203.0.113.1"), ("DST_LEN", 24), T, *VIA1],
     ADD, ""),
    ("ROUTE_NEW", NET + [T, *VIA1, ("TYPE", 4)], ADD, ""),
    ("ROUTE_NEW", NET + [T, *VIA1, ("TYPE", BLACKHOLE)], ADD, ""),
    ("ROUTE_NEW", NET + [T], ADD, ""),          # unicast to nowhere
    ("ROUTE_NEW", NET + [T, ("GATEWAY", "0.0.0.0"), ("DEVICE", "wan1")],
     ADD, ""),
    ("ROUTE_NEW", NET + [T, ("GATEWAY", "224.0.0.1"), ("DEVICE", "wan1")],
     ADD, ""),
    ("ROUTE_NEW", NET + [T, ("GATEWAY", "127.0.0.1"), ("DEVICE", "wan1")],
     ADD, ""),
    ("ROUTE_NEW", NET + [T, ("GATEWAY", "255.255.255.255"),
                         ("DEVICE", "wan1")], ADD, ""),
    ("ROUTE_NEW", NET + [T, ("GATEWAY", "10.1.1.2"), ("DEVICE", "wan1")],
     ADD, "own"),
    ("ROUTE_NEW", NET + [T, ("GATEWAY", "fe80::1"),
                         ("GATEWAY_FAMILY", AF_INET6)], ADD, ""),
    ("ROUTE_NEW", NET + [T, *VIA1, ("GATEWAY_FAMILY", 7)], ADD, ""),
    ("ROUTE_NEW", NET + [T, *VIA1, ("DISTANCE", 0)], ADD, ""),
    ("ROUTE_NEW", NET + [T, *VIA1, ("WEIGHT", 0)], ADD, ""),
    ("ROUTE_NEW", NET + [T, *VIA1, ("WEIGHT", 257)], ADD, ""),
    ("ROUTE_NEW", NET + [T, *VIA1, ("ONLINK", 2)], ADD, ""),
    ("ROUTE_NEW", NET + [T, *VIA1, ("DISABLED", 2)], ADD, ""),
    ("ROUTE_NEW", NET + [T, *VIA1, ("CHECK", 3)], ADD, ""),
    ("ROUTE_NEW", NET + [T, *VIA1, ("CHECK_ALL", 1)], ADD, "check-gateway"),
    ("ROUTE_NEW", NET + [T, *VIA1, ("CHECK", 2), ("CHECK_ALL", 2)], ADD, ""),
    ("ROUTE_NEW", NET + [T, *VIA1, ("CHECK_TARGETS", "10.1.1.1")], ADD,
     "check-gateway"),
    ("ROUTE_NEW", NET + [T, *VIA1, ("CHECK", 0),
                         ("CHECK_TARGETS", "10.1.1.1")], ADD, "ping"),
    ("ROUTE_NEW", NET + [T, *VIA1, ("CHECK", 2), ("CHECK_TARGETS", b"")],
     ADD, "addresses"),
    ("ROUTE_NEW", NET + [T, *VIA1, ("CHECK", 2),
                         ("CHECK_TARGETS", b"\x0a\1\1\1\x0a")],
     ADD, "addresses"),
    ("ROUTE_NEW", NET + [T, *VIA1, ("CHECK", 2),
                         ("CHECK_TARGETS", b"\x0a\1\1\1" * 17)], ADD, "16"),
    ("ROUTE_NEW", NET + [T, *VIA1, ("CHECK", 2),
                         ("CHECK_TARGETS", b"\xff" * 4)], ADD, "unicast"),
    ("ROUTE_NEW", DEFAULT + [T, *VIA1, ("CHECK", 2),
                             ("CHECK_TARGETS", b"\x0a\1\1\1" * 2)], SET,
     "twice"),
    ("ROUTE_NEW", NET + [T, *VIA1, ("COMMENT", "a\nrule add drop")],
     ADD, ""),
    ("ROUTE_NEW", NET + [T, *VIA1, ("COMMENT", b"\xff\xfe\0")], ADD, ""),
    ("ROUTE_NEW", NET + [T, *VIA1, ("COMMENT", "x" * 256)], ADD, ""),
    ("ROUTE_NEW", NET + [T, VIA1[0], ("DEVICE", "a/b")], ADD, ""),
    ("ROUTE_NEW", NET + [T, VIA1[0], ("DEVICE", "")], ADD, ""),
    ("ROUTE_NEW", NET + [T, VIA1[0], ("DEVICE", "x" * 16)], ADD, ""),
    ("ROUTE_NEW", DEFAULT + [T, *VIA1], ADD, ""),       # exists
    ("ROUTE_NEW", NET + [T, *VIA1, ("WEIGHT", 3)], SET, ""),    # does not
    ("ROUTE_NEW", DEFAULT + [T, ("TYPE", BLACKHOLE)], ADD, ""),
    ("ROUTE_DEL", NET + [T], 0, ""),
    ("ROUTE_DEL", NET + [("TABLE", "absent")], 0, ""),
    ("ROUTE_DEL", DEFAULT + [T], 0, ""),        # which of the two?
    ("ROUTE_DEL", DEFAULT + [T, ("GATEWAY", "10.1.1.77"),
                             ("DEVICE", "wan1")], 0, ""),
    ("ROUTE_DEL", [V4, ("DST", "192.168.10.0"), ("DST_LEN", 24)], 0,
     "ip route"),
    ("ROUTE_NEW", [V4, ("DST", "192.168.10.0"), ("DST_LEN", 24),
                   ("DEVICE", "lan10"), ("WEIGHT", 2)], SET, ""),
    ("ROUTE_FLUSH", [("TABLE", "absent")], 0, ""),
    ("NEXTHOP_NEW", [V4, *VIA1], SET, "state or a pin-id"),
    ("NEXTHOP_NEW", [V4, *VIA1, ("FORCED", 4), ("PIN_ID", 3)], SET, ""),
    ("NEXTHOP_NEW", [V4, VIA1[0], ("DEVICE", "absent"), ("FORCED", 2),
                     ("PIN_ID", 3)], SET, "no route"),
    ("SETTINGS_SET", [("CHECK_INTERVAL", 99)], 0, "100 ms"),
    ("SETTINGS_SET", [("CHECK_TIMEOUT", 600001)], 0, "100 ms"),
    ("SETTINGS_SET", [("CHECK_COUNT", 0)], 0, "1 to 255"),
    ("SETTINGS_SET", [("CHECK_UP_COUNT", 0)], 0, "1 to 255"),
    ("RULE_NEW", [("ACTION", 0)], ADD, ""),
    ("RULE_NEW", [("ACTION", 7)], ADD, ""),
    ("RULE_NEW", [("ACTION", ACTION["lookup"])], ADD, ""),
    ("RULE_NEW", [("ACTION", ACTION["lookup"]), ("TABLE", "absent")],
     ADD, ""),
    ("RULE_NEW", [("ACTION", ACTION["drop"]), T], ADD, ""),
    ("RULE_NEW", [("ACTION", ACTION["drop"]), ("MIN_PREFIX", 0)], ADD, ""),
    ("RULE_NEW", RULE + [("MIN_PREFIX", 129)], ADD, ""),
    ("RULE_NEW", RULE + [("FAMILY", 7)], ADD, ""),
    ("RULE_NEW", RULE + [("FROM", "10.0.0.0")], ADD, ""),
    ("RULE_NEW", RULE + [("FROM_LEN", 8)], ADD, ""),
    ("RULE_NEW", RULE + [V4, ("FROM", "10.0.0.0"), ("FROM_LEN", 33)],
     ADD, ""),
    ("RULE_NEW", RULE + [V4, ("FROM", "10.0.0.1"), ("FROM_LEN", 8)],
     ADD, ""),
    ("RULE_NEW", RULE + [V4, ("TO", "10.0.0.1"), ("TO_LEN", 31)], ADD, ""),
    ("RULE_NEW", RULE + [V4, ("FROM", "10.0.0.0"), ("FROM_LEN", 8),
                         ("TO", "2001:db8::"), ("TO_LEN", 32)], ADD, ""),
    ("RULE_NEW", RULE + [("FAMILY", AF_INET6), ("FROM", "10.0.0.0"),
                         ("FROM_LEN", 8)], ADD, ""),
    ("RULE_NEW", RULE + [V4, ("PROTO", 58)], ADD, ""),
    ("RULE_NEW", RULE + [("FAMILY", AF_INET6), ("PROTO", 1)], ADD, ""),
    ("RULE_NEW", RULE + [("DPORT_MIN", 5)], ADD, ""),
    ("RULE_NEW", RULE + [("PROTO", 1), ("SPORT_MIN", 5)], ADD, ""),
    ("RULE_NEW", RULE + [("PROTO", 17), ("SPORT_MAX", 5)], ADD, ""),
    ("RULE_NEW", RULE + [("PROTO", 17), ("SPORT_MIN", 0)], ADD, "1 to 65535"),
    ("RULE_NEW", RULE + [("PROTO", 6), ("DPORT_MIN", 0),
                         ("DPORT_MAX", 5)], ADD, "1 to 65535"),
    ("RULE_NEW", RULE + [("PROTO", 17), ("SPORT_MIN", 6),
                         ("SPORT_MAX", 5)], ADD, ""),
    ("RULE_NEW", RULE + [("PROTO", 6), ("DPORT_MIN", 6),
                         ("DPORT_MAX", 5)], ADD, ""),
    ("RULE_NEW", RULE + [("DSCP", 64)], ADD, ""),
    ("RULE_NEW", RULE + [("MARK", 16), ("MARK_MASK", 15)], ADD, ""),
    ("RULE_NEW", RULE + [("MARK_MASK", 15)], ADD, ""),
    ("RULE_NEW", RULE + [("IIF", "")], ADD, ""),
    ("RULE_NEW", RULE + [("IIF", "a b")], ADD, ""),
    ("RULE_NEW", RULE + [("IIF", "x" * 16)], ADD, ""),
    ("RULE_NEW", RULE + [("DISABLED", 2)], ADD, ""),
    ("RULE_NEW", RULE + [("COMMENT", "x" * 256)], ADD, ""),
    ("RULE_NEW", RULE + [("COMMENT", "a\x1b[2J")], ADD, ""),
    ("RULE_NEW", RULE + [("COMMENT", b"\xc3\x28\0")], ADD, ""),
    ("RULE_NEW", RULE + [("BEFORE", {"INDEX": 0}), ("AFTER", {"INDEX": 0})],
     ADD, ""),
    # What a route was not added with it is not given later.
    ("ROUTE_NEW", HOLE + [("PREF_SRC", "10.1.1.2")], SET,
     "no preferred source"),
    ("ROUTE_NEW", HOLE + [("WEIGHT", 2)], SET, "no weight"),
    ("ROUTE_NEW", HOLE + [("ONLINK", 1)], SET, "onlink needs a gateway"),
    ("RULE_NEW", RULE + [("BEFORE", {"INDEX": 0}), ("AT", 0)], ADD, ""),
    ("RULE_NEW", RULE + [("BEFORE", {"INDEX": 99})], ADD, ""),
    ("RULE_NEW", RULE + [("AFTER", {"COMMENT": "nobody"})], ADD, ""),
    ("RULE_NEW", RULE + [("AFTER", {"INDEX": 0, "COMMENT": "b"})], ADD, ""),
    ("RULE_NEW", RULE + [("AFTER", {})], ADD, ""),
    ("RULE_NEW", RULE + [("AT", 99)], ADD, ""),
    ("RULE_NEW", [("DSCP", 3)], SET, ""),       # which rule?
    ("RULE_NEW", [("SELECT", {"INDEX": 99}), ("DSCP", 3)], SET, ""),
    ("RULE_NEW", [RULE_C, ("UNSET", 0x80000000)], SET, ""),
    ("RULE_NEW", [RULE_C, ("DSCP", 3), ("UNSET", 0x80)], SET, ""),
    ("RULE_NEW", [RULE_C, ("TABLE", "absent")], SET, ""),
    ("RULE_NEW", [RULE_C, ("SPORT_MIN", 7)], SET, ""),  # of which protocol?
    ("RULE_MOVE", [RULE_C], 0, ""),
    ("RULE_MOVE", [("BEFORE", {"INDEX": 0})], 0, ""),
    ("RULE_MOVE", [RULE_C, ("BEFORE", {"INDEX": 99})], 0, ""),
    ("RULE_MOVE", [RULE_C, ("AT", 99)], 0, ""),
    ("RULE_MOVE", [("SELECT", {"ID": 0xffffffff}), ("AT", 0)], 0, ""),
    ("RULE_DEL", [("SELECT", {"INDEX": 99})], 0, ""),
    ("RULE_DEL", [("SELECT", {"ID": 0xffffffff})], 0, ""),
    ("RULE_DEL", [("SELECT", {"COMMENT": "nobody"})], 0, ""),
    ("RULE_DEL", [("SELECT", {})], 0, ""),
    ("RULE_DEL", [("SELECT", [("INDEX", 0)] * 65)], 0, "up to 64 rules"),
    ("RULE_DEL", [("SELECT", [("INDEX", 0), ("INDEX", 99)])], 0, ""),
    ("NEXTHOP_NEW", [V4, ("GATEWAY", "10.1.1.77"), ("DEVICE", "wan1"),
                     ("FORCED", 2)], SET, ""),
    ("NEXTHOP_NEW", [V4, *VIA1, ("FORCED", 4)], SET, ""),
    ("NEXTHOP_NEW", [V4, *VIA1, ("FORCED", 0), ("TIMEOUT", 5000)], SET,
     "leave timeout out"),
    ("NEXTHOP_NEW", [V4, *VIA1, ("FORCED", 2), ("TIMEOUT", 0)], SET,
     "1 second to 24 hours"),
    ("NEXTHOP_NEW", [V4, *VIA1, ("FORCED", 2), ("TIMEOUT", 86400001)], SET,
     "1 second to 24 hours"),
    ("SETTINGS_SET", [("ENABLED", 2)], 0, ""),
    ("SETTINGS_SET", [("HASH_POLICY4", 5)], 0, ""),
    ("SETTINGS_SET", [("HASH_POLICY4", 4)], 0, ""),     # inherit from whom?
    ("SETTINGS_SET", [("PIN", 2)], 0, ""),
    ("LOOKUP", [V4, ("DST", "203.0.113.1"), ("IIF", "lan10")], 0, "from"),
    ("LOOKUP", [V4, ("DST", "203.0.113.1"), ("FROM", "192.168.10.5"),
                ("IIF", "absent")], 0, ""),
    ("LOOKUP", [V4, ("DST", "2001:db8::1")], 0, ""),
    ("LOOKUP", [V4, ("DST", "203.0.113.1"), ("FROM", "2001:db8::1")], 0,
     ""),
    ("LOOKUP", [("FAMILY", 7), ("DST", "203.0.113.1")], 0, ""),
    ("LOOKUP", [V4, ("DST", "203.0.113.1"), ("DSCP", 64)], 0, ""),
    ("LOOKUP", [V4, ("DST", "203.0.113.1"), ("TRANSACTION", True)], 0, ""),
    ("LOOKUP", [V4, ("DST", "203.0.113.1"), ("CT_ANSWER", True)], 0, "mark"),
    ("LOOKUP", [V4, ("DST", "203.0.113.1"), ("CT_OPENED", True)], 0, "mark"),
    ("LOOKUP", [V4, ("DST", "203.0.113.1"), ("CT_NAT", True)], 0, "mark"),
    ("NEXTHOP_NEW", [V4, ("GATEWAY", "10.1.1.77"), ("DEVICE", "wan1"),
                     ("PIN_ID", 0)], SET, "no such next hop"),
    ("NEXTHOP_NEW", [V4, *VIA1, ("PIN_ID", 1), ("TIMEOUT", 5000)], SET,
     "of a state"),
    ("LOOKUP", [V4, ("DST", "203.0.113.1"), ("CT_SRC", "10.1.1.2")], 0,
     "mark"),
    ("LOOKUP", [V4, ("DST", "203.0.113.1"), ("CT_MARK", 256),
                ("CT_SRC", "2001:db8::1")], 0, ""),
    ("TRANSACTION_COMMIT", [], 0, ""),
    ("TRANSACTION_ABORT", [], 0, ""),
]
# Wrong flags: neither add, replace nor set.
for _flags in (0, genl.F_EXCL, genl.F_APPEND, ADD | SET, ADD | genl.F_APPEND):
    MEANING += [
        ("TABLE_NEW", [("NAME", "flags")], _flags, None),
        ("ROUTE_NEW", NET + [T, *VIA1], _flags, None),
        ("RULE_NEW", RULE + [("COMMENT", "flags")], _flags, None)]

problems = []


def problem(text):
    problems.append(text)
    print(text)


def describe(command, attributes, flags):
    words = [f"{k}={v!r}" for k, v in attributes]
    return f"{command} flags {flags:#x} " + " ".join(words)


def is_sentence(text):
    words = text.split()
    return (len(words) >= 2 and text.isprintable() and len(text) < 256
            and not set(words) & set(errno.errorcode.values())
            and not re.search(r"errno|0x[0-9a-f]{6}", text))


class Bench:
    """The namespace, as it was and as it must be after every refusal."""

    OFTEN = 16          # messages from one full comparison to the next

    def __init__(self):
        self.nl = Genl()
        self.before = self.nl.state()
        self.since = 0

    def settings(self):
        settings = self.nl.must("SETTINGS_GET").objects[0]
        settings.pop("NOTICE", None)
        return [settings]

    def unchanged(self, what, full=False):
        """The generation at once, everything from time to time."""
        self.since += 1
        if self.settings() == self.before["SETTINGS_GET"] and not full \
                and self.since < self.OFTEN:
            return
        now = self.nl.state()
        self.compare(f"{what}, or one of {self.since} before, changed",
                     self.before, now)
        self.before, self.since = now, 0

    @staticmethod
    def compare(what, before, now):
        for kind, old in before.items():
            for record in old:
                if record not in now[kind]:
                    problem(f"{what} {kind}: was {record}")
            for record in now[kind]:
                if record not in old:
                    problem(f"{what} {kind}: is {record}")
            if len(old) != len(now[kind]):
                problem(f"{what} {kind}: from {len(old)} to "
                        f"{len(now[kind])}")

    def same(self, what):
        """As it was, but for numbers that only grow."""
        def strip(state):
            keep = {k: [dict(o) for o in v] for k, v in state.items()}
            for records in keep.values():
                for record in records:
                    for name in ("GENERATION", "ID", "NEXTHOP_ID", "PIN_ID"):
                        record.pop(name, None)
            return keep
        now = self.nl.state()
        self.compare(f"{what}, undone:", strip(self.before), strip(now))
        self.before, self.since = now, 0

    def refused(self, what, answer, part="", sentence=True):
        if answer.errno is None:
            problem(f"{what}: no answer")
        elif answer.errno == 0:
            problem(f"{what}: accepted")
        elif sentence and not is_sentence(answer.text):
            problem(f"{what}: no sentence: {answer}")
        elif part and part not in answer.text:
            problem(f"{what}: no {part!r} in: {answer}")
        self.unchanged(what)

    def bad(self, what, command, body, flags=0, part="", sentence=True):
        self.refused(what, self.nl.raw(command, body, flags), part, sentence)


def group_good(bench):
    for command, attributes, flags, undo, _ in GOOD:
        what = describe(command, attributes, flags)
        answer = bench.nl.ask(command, attributes, flags)
        if answer.errno != 0:
            problem(f"{what}: {answer}")
        for step in undo:
            answer = bench.nl.ask(*step)
            if answer.errno != 0:
                problem(f"undo {what}: {answer}")
        bench.same(what)
    # NLM_F_ECHO: the object as it now is.
    answer = bench.nl.ask("TABLE_NEW", [("NAME", "echo")],
                          ADD | genl.F_ECHO)
    if not answer.objects or answer.objects[0]["NAME"] != "echo":
        problem(f"no echo of TABLE_NEW: {answer} {answer.objects}")
    elif not answer.flags[0] & genl.F_CREATE:
        problem("the echo of TABLE_NEW does not say that it was added")
    bench.nl.must("TABLE_DEL", [("NAME", "echo")])
    bench.same("echo")


def damaged(object, name, value):
    """Ways to spoil one attribute, each with its bytes."""
    number, kind = TYPE[object][name]
    good = encode(object, [(name, value)])
    payload = good[4:struct.unpack_from("=H", good)[0]]
    if kind == "n":
        number |= NLA_F_NESTED
        yield "not marked as a nest", attr(number & genl.NLA_TYPE, payload)
        yield "an empty nest", attr(number, b"")
        yield "a nest of rubbish", attr(number, b"\x99" * 12)
        yield "a nest of nests", attr(number, attr(number, attr(
            number, payload)))
        yield "an unknown member", attr(number, payload + attr(200, b"abcd"))
        yield "half a member", attr(number, payload[:3])
        yield "a member of the wrong size", attr(number, attr(
            TYPE["RULE"]["INDEX"][0], b"ab"))
        yield "a member too long for the nest", attr(
            number, struct.pack("=HH", 200, 2) + b"abcd")
        return
    if kind == "f":
        yield "a flag with a value", attr(number, b"\1")
        return
    if payload:
        yield "empty", attr(number, b"")
    if kind == "s":
        yield "not terminated", attr(number, payload[:-1])
        yield "far too long", attr(number, b"a" * 5000 + b"\0")
        return
    if len(payload) > 1:
        yield "a byte short", attr(number, payload[:-1])
    yield "a byte long", attr(number, payload + b"\0")
    yield "far too long", attr(number, payload + b"\0" * 5000)


# Only the kernel adds these; nobody may send them.
READ_ONLY = {
    "TABLE": [("ROUTES4", 1), ("RULES", 1), ("PACKETS", 1)],
    "ROUTE": [("FLAGS", 4), ("NEXTHOP_ID", 1), ("PATHS", 1)],
    "RULE": [("FLAGS", 0), ("PACKETS", 1), ("BYTES", 1)],
    "NEXTHOP": [("STATE", 0), ("PACKETS", 1), ("IFINDEX", 1)],
    "SETTINGS": [("GENERATION", 1), ("HOOKS", 1), ("RULES", 0)],
    "LOOKUP": [("VERDICT", 1), ("BUCKET", 1), ("DEVICE", "wan1")],
    "TRANSACTION": [("GENERATION", 1)],
}


def group_malformed(bench):
    for command, attributes, flags, _, required in GOOD:
        object = object_of(command)
        body = encode(object, attributes)
        here = f"{command} {flags:#x}"
        for i, (name, value) in enumerate(attributes):
            rest = attributes[:i] + attributes[i + 1:]
            others = encode(object, rest)
            for how, piece in damaged(object, name, value):
                bench.bad(f"{here}: {name} {how}", command, others + piece,
                          flags)
            if name in required.split():
                bench.bad(f"{here}: no {name}", command, others, flags)
        most = max(number for number, _ in TYPE[object].values())
        for number in (0, most + 1, 0x3fff):
            bench.bad(f"{here}: unknown attribute {number}", command,
                      body + attr(number, b"abcd"), flags)
        for pair in READ_ONLY[object]:
            if pair[0] not in dict(attributes):
                bench.bad(f"{here}: {pair[0]} is not for requests", command,
                          body + encode(object, [pair]), flags)
        bench.bad(f"{here}: half an attribute", command, body + b"\6\0",
                  flags)
        bench.bad(f"{here}: an attribute of 3 bytes", command,
                  body + struct.pack("=HH", 3, 1), flags)
        bench.bad(f"{here}: an attribute beyond the end", command,
                  body + struct.pack("=HH", 64, 1), flags)
        if not flags & genl.F_DUMP and "GET" not in command:
            # The same number means "dump" and two verbs at once; of a
            # command that has no dump, generic netlink itself says so.
            bench.bad(f"{here}: as a dump", command, body,
                      genl.F_DUMP, sentence=False)


def group_meaning(bench):
    for command, attributes, flags, part in MEANING:
        what = describe(command, attributes, flags)
        answer = bench.nl.ask(command, attributes, flags)
        # part None: EXCL and REPLACE together are the flag of a dump.
        sentence = part is not None or \
            flags & genl.F_DUMP != genl.F_DUMP
        bench.refused(what, answer, part or "", sentence)
    # Where one attribute is to blame, its place is told.
    for command, attributes, flags, guilty in (
            ("TABLE_DEL", [("NAME", "absent")], 0, "NAME"),
            ("ROUTE_NEW", NET + VIA1 + [("TABLE", "absent")], ADD, "TABLE"),
            ("RULE_NEW", [("DSCP", 1), ("ACTION", 1), ("TABLE", "absent")],
             ADD, "TABLE")):
        answer = bench.nl.ask(command, attributes, flags)
        names = [name for name, _ in attributes]
        body = encode(object_of(command),
                      attributes[:names.index(guilty)])
        if answer.offset != 20 + len(body):
            problem(f"{describe(command, attributes, flags)}: offset "
                    f"{answer.offset} does not point at {guilty}")


def group_frames(bench):
    nl = bench.nl
    good = encode("TABLE", [("NAME", "frame")])
    head = struct.pack("=BBH", CMD["TABLE_NEW"], 1, 0)
    request = genl.F_REQUEST | genl.F_ACK | ADD
    for number in (0, len(CMD) + 1, 255):
        answer = nl.raw(number, good, ADD)
        bench.refused(f"command {number}", answer, sentence=False)
    for size in range(4):
        nl.send(nl.family, request, head[:size])
        bench.refused(f"a header of {size} bytes", nl.answer(),
                      sentence=False)
    # The length says less than there is: the rest is another message, and
    # that one is no message.
    nl.send(nl.family, request, head + good, length=18)
    bench.refused("a length of 18", nl.answer(), sentence=False)
    # More than there is, or nothing: nobody can answer these.
    for length in (0, 1, 15, 4096, 0x7fffffff, 0xffffffff):
        nl.send(nl.family, request, head + good, length=length)
        bench.unchanged(f"a length of {length}")
    for data in (b"", b"\1", b"\xff" * 15):
        try:
            nl.socket.send(data)
        except OSError:         # newer kernels say so
            pass
    bench.unchanged("less than a header")
    # Not a request, or nothing but noise to the acknowledgement.
    nl.send(nl.family, ADD, head + good)
    bench.unchanged("not a request")
    # Many attributes of one kind: as many as fit, the last one counts.
    many = good * 2000
    answer = nl.raw("TABLE_DEL", many)
    bench.refused("2000 names", answer)
    # Several messages in one datagram: each is on its own.
    bad = nl.message(nl.family, request, head + encode(
        "TABLE", [("NAME", "T")]))
    first = nl.message(nl.family, request, head + good)
    last = nl.message(nl.family, genl.F_REQUEST | genl.F_ACK, struct.pack(
        "=BBH", CMD["TABLE_DEL"], 1, 0) + good)
    nl.socket.send(first + bad + last)
    answer = nl.answer()
    if answer.errno != 0:
        problem(f"the good ones around a bad one: {answer}")
    bench.same("three messages at once")


def group_user(bench):
    answered = os.pipe()
    pid = os.fork()
    if not pid:
        genl.ordinary_user()
        bench.nl.close()
        bench.nl = Genl()
        lines = []
        for command, attributes, flags, _, _ in GOOD:
            answer = bench.nl.ask(command, attributes, flags)
            reads = "GET" in command or command == "LOOKUP"
            if reads and answer.errno != 0:
                lines.append(f"{command} must need no privilege: {answer}")
            if not reads and answer.errno not in (1, 13):
                lines.append(f"{command} by a user: {answer}")
            if command == "SETTINGS_GET" and \
                    "HASH_SEED" in answer.objects[0]:
                lines.append("the hash seed is told to everybody")
        os.write(answered[1], "\n".join(lines).encode())
        os._exit(0)
    os.close(answered[1])
    with os.fdopen(answered[0]) as f:
        for line in f:
            problem(line.rstrip())
    if os.waitpid(pid, 0)[1]:
        problem("the user's half failed")
    # A socket that an administrator opened, used by a user.
    bench.unchanged("a user")
    if "HASH_SEED" not in bench.nl.must("SETTINGS_GET").objects[0]:
        problem("the hash seed is not told to an administrator")


def damage(draw, body):
    """A good body, spoilt at random."""
    body = bytearray(body)
    for _ in range(draw.randint(1, 4)):
        how = draw.randrange(5)
        at = draw.randrange(len(body) + 1)
        if how == 0 and body:
            body[at % len(body)] ^= 1 << draw.randrange(8)
        elif how == 1 and body:
            body[at % len(body)] = draw.choice((0, 1, 0x7f, 0x80, 0xff))
        elif how == 2:
            del body[at:at + draw.randint(1, 8)]
        elif how == 3:
            body[at:at] = draw.randbytes(draw.randint(1, 8))
        else:
            at &= ~3
            body[at:at] = attr(draw.randrange(40) |
                               draw.choice((0, 0, NLA_F_NESTED)),
                               draw.randbytes(draw.randint(0, 20)))
    return bytes(body)


def group_fuzz(bench):
    """A refusal changes nothing; what is accepted is undone by a reload."""
    seed = int(os.environ.get("ECMP_SEED", "1"))
    draw = random.Random(seed)
    rebuild = bench.nl.state()
    accepted = refused = 0
    end = int(os.environ.get("ECMP_FUZZ", "800"))
    for i in range(end):
        command, attributes, flags, _, _ = draw.choice(GOOD)
        if draw.randrange(8) == 0:
            flags = draw.choice((0, ADD, REPLACE, SET, genl.F_DUMP))
        object = object_of(command)
        body = damage(draw, encode(object, attributes))
        answer = bench.nl.raw(command, body, flags)
        what = f"fuzz {i} of seed {seed}: {command} {flags:#x} {body.hex()}"
        if answer.errno is None:
            problem(f"{what}: no answer")
            return
        if answer.errno:
            refused += 1
            bench.unchanged(what)
            continue
        accepted += 1
        if command == "TRANSACTION_BEGIN":
            bench.nl.must("TRANSACTION_ABORT")
        bench.before = bench.nl.state()
        if accepted % 20 == 0:
            restore(bench.nl, rebuild)
            bench.before = bench.nl.state()
    restore(bench.nl, rebuild)
    bench.before = bench.nl.state()
    print(f"{refused} refused, {accepted} accepted")
    if refused < end / 4:
        problem("hardly anything was refused")


def values(object, record, names):
    out = []
    for name in names.split():
        if name in record:
            value = record[name]
            if TYPE[object][name][1] == "b":
                value = bytes.fromhex(value)
            out.append((name, value))
    return out


def restore(nl, state):
    """The configuration of a state, as one transaction."""
    nl.must("TRANSACTION_BEGIN")
    settings = state["SETTINGS_GET"][0]
    nl.must("SETTINGS_SET", values("SETTINGS", settings,
                                   "ENABLED HASH_POLICY4 HASH_POLICY6 "
                                   "HASH_SEED PIN"))
    for record in state["TABLE_GET"]:
        if record["NAME"] != "main":
            nl.must("TABLE_NEW", values("TABLE", record, "NAME HASH_POLICY "
                                        "BALANCE FAILBACK"), ADD)
    for record in state["ROUTE_GET"]:
        if not record["FLAGS"] & 8:
            nl.must("ROUTE_NEW", values(
                "ROUTE", record, "TABLE FAMILY DST DST_LEN TYPE GATEWAY "
                "GATEWAY_FAMILY DEVICE DISTANCE COMMENT DISABLED" +
                (" WEIGHT ONLINK" if record["TYPE"] == UNICAST else "")),
                ADD)
    for record in state["RULE_GET"]:
        nl.must("RULE_NEW", values(
            "RULE", record, "COMMENT FAMILY FROM FROM_LEN TO TO_LEN IIF MARK "
            "MARK_MASK PROTO SPORT_MIN SPORT_MAX DPORT_MIN DPORT_MAX DSCP "
            "ACTION TABLE MIN_PREFIX DISABLED"), ADD)
    nl.must("TRANSACTION_COMMIT")
    for record in state["NEXTHOP_GET"]:
        nl.must("NEXTHOP_NEW", values("NEXTHOP", record,
                                      "FAMILY GATEWAY DEVICE FORCED"), SET)


def group_flood(bench):
    """Refusals that come late, when much has been allocated."""
    nl = bench.nl
    comment = ("COMMENT", "x" * 255)
    messages = [
        ("ROUTE_NEW", DEFAULT + [T, *VIA1, comment], ADD),
        ("ROUTE_NEW", DEFAULT + [T, ("TYPE", BLACKHOLE), comment], ADD),
        ("ROUTE_NEW", NET + [("TABLE", "absent"), *VIA3, comment], ADD),
        ("RULE_NEW", RULE + [comment, ("IIF", "absent"),
                             ("BEFORE", {"INDEX": 99})], ADD),
        ("RULE_NEW", [RULE_C, comment, ("TABLE", "absent")], SET),
        ("RULE_DEL", [("SELECT", [("INDEX", 0), ("INDEX", 99)])], 0),
        ("TABLE_NEW", [("NAME", "T")], ADD),
        ("TABLE_NEW", [("NAME", "n"), ("HASH_POLICY", 9)], ADD),
    ]
    batch = b"".join(
        nl.message(nl.family, genl.F_REQUEST | flags,
                   struct.pack("=BBH", CMD[command], 1, 0) +
                   encode(object_of(command), attributes))
        for command, attributes, flags in messages * 10)
    rounds = int(os.environ.get("ECMP_FLOOD", "250"))
    nl.socket.setblocking(False)
    for _ in range(rounds):
        nl.socket.send(batch)
        try:
            while True:
                nl.socket.recv(1 << 18)
        except BlockingIOError:
            pass
        except OSError as e:        # more answers than there is room for
            if e.errno != 105:
                raise
    nl.socket.setblocking(True)
    nl.close()
    bench.nl = Genl()
    bench.unchanged("a flood")
    print(f"{rounds * len(messages) * 10} messages")


def main():
    try:
        bench = Bench()
        globals()["group_" + sys.argv[1]](bench)
        bench.unchanged("the last message", full=True)
    except Exception:
        traceback.print_exc(file=sys.stdout)
        return 1
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
