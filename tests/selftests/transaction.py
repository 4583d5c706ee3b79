#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Transactions, dumps and notifications, as several programs see them.

  transaction.py GROUP

runs in a namespace that transaction.sh has configured: table T with a default
by wan1, rule "old"; prints what is wrong and then exits with 1.

  life        who may begin, commit and abort, and what an open one shows
  death       its socket is closed, its process is killed, its port reused
  shared      two threads speak with one socket while it commits
  dumps       a dump that is overtaken by a change says so
  notify      every kind of change is told, with the whole object
  hold        begins one, says "open", and commits it at the end of its input
"""
import os
import select
import signal
import sys
import threading
import time
import traceback

import genl
from genl import ACTION, ADD, COMMANDS, REPLACE, SET, Genl, decode, object_of

AF_INET = 2
V4 = ("FAMILY", AF_INET)
DEFAULT = [V4, ("DST", "0.0.0.0"), ("DST_LEN", 0)]
VIA2 = [("GATEWAY", "10.1.2.1"), ("DEVICE", "wan2")]
N = ("TABLE", "N")
T = ("TABLE", "T")
LOOK = [V4, ("DST", "198.18.0.1"), ("FROM", "192.168.10.5"),
        ("IIF", "lan10")]

problems = []


def problem(text):
    problems.append(text)
    print(text)


def same(what, got, expected):
    if got == expected:
        return
    if isinstance(got, dict):
        for kind in expected:
            for record in expected[kind]:
                if record not in got[kind]:
                    problem(f"{what}: {kind} was {record}")
            for record in got[kind]:
                if record not in expected[kind]:
                    problem(f"{what}: {kind} is {record}")
    else:
        problem(f"{what}: expected {expected}, got {got}")


def refused(what, answer):
    if answer.errno is None or answer.errno == 0:
        problem(f"{what}: {answer}")
    elif len(answer.text.split()) < 2:
        problem(f"{what}: refused without a sentence: {answer}")


def device(nl, *more):
    return nl.must("LOOKUP", LOOK + list(more)).objects[0].get("DEVICE")


def build(nl):
    """Another configuration, in the open transaction: all by wan2."""
    nl.must("TABLE_NEW", [("NAME", "N")], ADD)
    nl.must("ROUTE_NEW", DEFAULT + [N, *VIA2], ADD)
    nl.must("RULE_NEW", [("ACTION", ACTION["lookup"]), N,
                         ("COMMENT", "new")], ADD)


def group_life():
    one, two = Genl(), Genl()
    old = two.state()
    one.must("TRANSACTION_BEGIN")
    refused("a second BEGIN", two.ask("TRANSACTION_BEGIN"))
    refused("a second BEGIN of the same socket",
            one.ask("TRANSACTION_BEGIN"))
    refused("a COMMIT by another", two.ask("TRANSACTION_COMMIT"))
    refused("an ABORT by another", two.ask("TRANSACTION_ABORT"))
    # It starts empty: nothing of the live configuration is there.
    refused("table T in a new configuration",
            one.ask("RULE_NEW", [("ACTION", 1), T], ADD))
    build(one)
    refused("a table that the new configuration has",
            one.ask("TABLE_NEW", [("NAME", "N")], ADD))
    same("the live configuration", two.state(), old)
    same("LOOKUP", device(two), "wan1")
    same("LOOKUP of the owner", device(one), "wan1")
    same("LOOKUP in the transaction", device(one, ("TRANSACTION", True)),
         "wan2")
    refused("LOOKUP in another's transaction",
            two.ask("LOOKUP", LOOK + [("TRANSACTION", True)]))
    one.must("TRANSACTION_ABORT")
    same("after ABORT", two.state(), old)
    refused("a second ABORT", one.ask("TRANSACTION_ABORT"))
    refused("COMMIT after ABORT", one.ask("TRANSACTION_COMMIT"))

    two.must("TRANSACTION_BEGIN")
    build(two)
    # A refusal within changes nothing of it.
    refused("a bad message within",
            two.ask("RULE_NEW", [("ACTION", 1), ("TABLE", "no")], ADD))
    two.must("TRANSACTION_COMMIT")
    same("after COMMIT", device(one), "wan2")
    now = one.state()
    same("tables", sorted(t["NAME"] for t in now["TABLE_GET"]),
         ["N", "main"])
    same("rules", [r["COMMENT"] for r in now["RULE_GET"]], ["new"])
    generation = now["SETTINGS_GET"][0]["GENERATION"]
    if generation <= old["SETTINGS_GET"][0]["GENERATION"]:
        problem(f"the generation has not grown: {generation}")
    # The old objects are gone for single changes, too.
    refused("a table of the old configuration",
            one.ask("TABLE_DEL", [("NAME", "T")]))
    one.must("RULE_NEW", [("ACTION", ACTION["drop"]), ("AT", 0)], ADD)
    # An empty one empties everything.
    one.must("TRANSACTION_BEGIN")
    one.must("TRANSACTION_COMMIT")
    now = two.state()
    same("tables at the end", [t["NAME"] for t in now["TABLE_GET"]],
         ["main"])
    same("rules at the end", now["RULE_GET"], [])


def group_death():
    watcher = Genl()
    old = watcher.state()
    for how in ("closed", "killed", "its port reused"):
        if how == "killed":
            ready = os.pipe()
            pid = os.fork()
            if not pid:
                nl = Genl()
                nl.must("TRANSACTION_BEGIN")
                build(nl)
                os.write(ready[1], b"x")
                signal.pause()
            os.read(ready[0], 1)
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        else:
            nl = Genl()
            nl.must("TRANSACTION_BEGIN")
            build(nl)
            port = nl.socket.getsockname()[0]
            nl.close()
        same(f"{how}: the live configuration", watcher.state(), old)
        other = Genl()
        if how == "its port reused":
            other.socket.close()
            other.socket = genl.socket.socket(
                genl.socket.AF_NETLINK, genl.socket.SOCK_RAW,
                genl.NETLINK_GENERIC)
            other.socket.bind((port, 0))
            other.socket.settimeout(10)
            for option in (genl.NETLINK_CAP_ACK, genl.NETLINK_EXT_ACK):
                other.socket.setsockopt(genl.SOL_NETLINK, option, 1)
            other.resolve()
        refused(f"{how}: COMMIT by somebody else",
                other.ask("TRANSACTION_COMMIT"))
        answer = other.ask("TRANSACTION_BEGIN")
        if answer.errno != 0:
            problem(f"{how}: it holds on: {answer}")
        else:
            refused(f"{how}: table N was begun anew",
                    other.ask("TABLE_DEL", [("NAME", "N")]))
            other.must("TRANSACTION_ABORT")
        other.close()
        same(f"{how}: at the end", watcher.state(), old)


def said_later(nl, command, body, flags, seconds):
    """A thread that sends a message after a while."""
    message = nl.message(nl.family, genl.F_REQUEST | genl.F_ACK | flags,
                         genl.struct.pack("=BBH", genl.CMD[command], 1, 0)
                         + body)

    def send():
        time.sleep(seconds)
        nl.socket.send(message)

    return threading.Thread(target=send)


def group_shared():
    """What comes with the socket of a COMMIT that is under way is refused: it
    was meant for what is being committed, not for what ends with that."""
    nl = Genl(timeout=60)
    head = genl.struct.pack("=BBH", genl.CMD["ROUTE_NEW"], 1, 0)
    route = nl.message(nl.family, genl.F_REQUEST | ADD,
                       head + genl.encode("ROUTE", [
                           V4, ("DST", "100.1.2.0"), ("DST_LEN", 24), N,
                           *VIA2])).split(bytes([100, 1, 2, 0]))
    routes = [bytes([100, i // 256, i % 256, 0]).join(route)
              for i in range(40000)]
    seconds = 0     # that a COMMIT takes
    for attempt in range(10):
        nl.must("TRANSACTION_BEGIN")
        nl.must("TABLE_NEW", [("NAME", "N")], ADD)
        for i in range(0, len(routes), 500):
            nl.socket.send(b"".join(routes[i:i + 500]))
        names = {}
        threads = [said_later(nl, "TRANSACTION_COMMIT", b"", 0, 0)]
        for i in range(16):
            body = genl.encode("TABLE", [("NAME", f"X{i}")])
            threads.append(said_later(nl, "TABLE_NEW", body, ADD,
                                      seconds * i / 16))
            names[nl.sequence] = f"X{i}"
        start = time.monotonic()
        for thread in threads:
            thread.start()
        threads[0].join()
        seconds = seconds or time.monotonic() - start
        for thread in threads[1:]:
            thread.join()
        expected, busy = {"main", "N"}, 0
        for _ in threads:
            _, flags, sequence, body = next(nl.messages())
            answer = genl.Answer()
            nl.error(answer, flags, body)
            if answer.errno == genl.errno.EBUSY and sequence in names:
                busy += 1
                refused("TABLE_NEW meanwhile", answer)
            elif answer.errno:
                problem(f"{names.get(sequence, 'COMMIT')}: {answer}")
            elif sequence in names:
                expected.add(names[sequence])
        same(f"attempt {attempt}",
             sorted(t["NAME"] for t in nl.dump("TABLE_GET")),
             sorted(expected))
        if problems or busy:
            break
    print(f"{busy} of 16 refused in attempt {attempt}")


def interrupted(reader, command, change):
    """Was a dump told that it was overtaken by the change?"""
    reader.send(reader.family, genl.F_REQUEST | genl.F_DUMP,
                bytes([genl.CMD[command], 1, 0, 0]))
    first = reader.socket.recv(1 << 18)
    if change:
        change()
    flags = objects = 0
    data = first
    while True:
        while len(data) >= 16:
            length, kind, flag = genl.struct.unpack_from("=IHH", data)
            flags |= flag
            objects += 1
            if kind == genl.NLMSG_DONE:
                return bool(flags & genl.F_DUMP_INTR), objects - 1
            data = data[(length + 3) & ~3:]
        data = reader.socket.recv(1 << 18)


def group_dumps():
    reader, writer = Genl(), Genl()
    many = 1000         # several datagrams of a dump
    writer.must("TRANSACTION_BEGIN")
    writer.must("TABLE_NEW", [("NAME", "T")], ADD)
    for i in range(many):
        writer.must("ROUTE_NEW", [
            V4, ("DST", f"172.{16 + i // 256}.{i % 256}.0"),
            ("DST_LEN", 24), T, *VIA2], ADD)
        writer.must("RULE_NEW", [
            ("ACTION", 1), T, V4, ("FROM", f"10.7.{i // 256}.{i % 256}"),
            ("FROM_LEN", 32)], ADD)
    writer.must("TRANSACTION_COMMIT")

    def route():
        writer.must("ROUTE_NEW", DEFAULT + [T, *VIA2], ADD)

    def rule():
        writer.must("RULE_DEL", [("SELECT", {"INDEX": 0})])

    def replaced():
        writer.must("TRANSACTION_BEGIN")
        build(writer)
        writer.must("TRANSACTION_COMMIT")

    for command in ("ROUTE_GET", "RULE_GET"):
        told, objects = interrupted(reader, command, None)
        if told:
            problem(f"{command}: overtaken by nothing")
        if objects < many:
            problem(f"{command}: {objects} of {many} objects")
    for command, change in (("ROUTE_GET", route), ("RULE_GET", rule),
                            ("RULE_GET", replaced)):
        told, _ = interrupted(reader, command, change)
        if not told:
            problem(f"{command}: a change ({change.__name__}) was not told")


class Listener:
    """What the multicast group tells."""

    def __init__(self):
        self.nl = Genl()
        self.nl.join("config")

    def hear(self, seconds=0):
        """The notifications that have come, or come in this time."""
        out = []
        end = time.monotonic() + seconds
        while True:
            left = max(0, end - time.monotonic())
            if not select.select([self.nl.socket], [], [], left)[0]:
                return out
            data = self.nl.socket.recv(1 << 18)
            while len(data) >= 16:
                length = genl.struct.unpack_from("=I", data)[0]
                command = COMMANDS[data[16] - 1]
                out.append((command, decode(object_of(command),
                                            data[20:length])))
                data = data[(length + 3) & ~3:]


GET = {"TABLE": "TABLE_GET", "ROUTE": "ROUTE_GET", "RULE": "RULE_GET",
       "NEXTHOP": "NEXTHOP_GET"}
ROUTE_KEY = ("TABLE", "DST", "DST_LEN", "GATEWAY", "DEVICE")
KEY = {"TABLE": ("NAME",), "RULE": ("ID",), "ROUTE": ROUTE_KEY,
       "NEXTHOP": ("ID",)}


def plain(record):
    return {k: v for k, v in record.items() if k not in genl.COUNTERS}


def told(what, nl, heard, *expected):
    """Each expected (command, part of the object) was heard; and the last
    notification of each object that is new agrees with a dump."""
    for command, part in expected:
        if not any(c == command and part.items() <= o.items()
                   for c, o in heard):
            problem(f"{what}: no {command} {part} in {heard}")
    last = {}
    for command, record in heard:
        object = object_of(command)
        if object in KEY:
            key = (object, *(record.get(k) for k in KEY[object]))
            last[key] = (command, record)
    for (object, *key), (command, record) in last.items():
        if not command.endswith("_NEW"):
            continue
        there = [o for o in nl.dump(GET[object])
                 if [o.get(k) for k in KEY[object]] == key]
        # The kernel took its route back, and the next hop went with it.
        if object == "NEXTHOP" and not there and not any(
                r.get("DEVICE") == record["DEVICE"] and
                r.get("GATEWAY") == record.get("GATEWAY")
                for r in nl.dump("ROUTE_GET")):
            continue
        if [plain(o) for o in there] != [plain(record)]:
            problem(f"{what}: {command} says {plain(record)}, the dump "
                    f"{there}")


def group_notify():
    nl, listener = Genl(), Listener()

    def step(what, request, *expected):
        nl.must(*request)
        told(what, nl, listener.hear(), *expected)

    rule = {"COMMENT": "new"}
    select_new = ("SELECT", rule)
    net = [V4, ("DST", "203.0.113.0"), ("DST_LEN", 24), N]
    route = {"TABLE": "N", "DST": "cb007100", "DST_LEN": 24}
    step("table add", ("TABLE_NEW", [("NAME", "N")], ADD),
         ("TABLE_NEW", {"NAME": "N"}))
    step("table set", ("TABLE_NEW", [("NAME", "N"), ("HASH_POLICY", 1)],
                       SET), ("TABLE_NEW", {"NAME": "N", "HASH_POLICY": 1}))
    step("table set balance", ("TABLE_NEW", [("NAME", "N"), ("BALANCE", 1)],
                               SET), ("TABLE_NEW", {"NAME": "N", "BALANCE": 1,
                                                    "HASH_POLICY": 1}))
    step("route add", ("ROUTE_NEW", net + VIA2, ADD),
         ("ROUTE_NEW", {**route, "DISTANCE": 1}),
         ("NEXTHOP_NEW", {"DEVICE": "wan2", "GATEWAY": "0a010201"}))
    step("route set", ("ROUTE_NEW", net + VIA2 + [("DISTANCE", 5)], SET),
         ("ROUTE_NEW", {**route, "DISTANCE": 5}))
    step("route replace",
         ("ROUTE_NEW", net + VIA2 + [("WEIGHT", 5)], REPLACE),
         ("ROUTE_NEW", {**route, "WEIGHT": 5, "DISTANCE": 1}))
    step("route disable",
         ("ROUTE_NEW", net + VIA2 + [("DISABLED", 1)], SET),
         ("ROUTE_NEW", {**route, "DISABLED": 1}))
    step("route enable", ("ROUTE_NEW", net + VIA2 + [("DISABLED", 0)], SET),
         ("ROUTE_NEW", route))
    step("nexthop dead",
         ("NEXTHOP_NEW", [V4, *VIA2, ("FORCED", 2)], SET),
         ("NEXTHOP_NEW", {"DEVICE": "wan2", "STATE": 0, "FORCED": 2}))
    step("nexthop auto",
         ("NEXTHOP_NEW", [V4, *VIA2, ("FORCED", 0)], SET),
         ("NEXTHOP_NEW", {"DEVICE": "wan2", "STATE": 1, "FORCED": 0}))
    step("route del", ("ROUTE_DEL", net), ("ROUTE_DEL", route),
         ("NEXTHOP_DEL", {"DEVICE": "wan2"}))
    nl.must("ROUTE_NEW", net + VIA2, ADD)
    listener.hear()
    # One by one, or "everything may have changed".
    nl.must("ROUTE_FLUSH", [N])
    heard = listener.hear()
    if not any(c == "TRANSACTION_COMMIT" for c, _ in heard):
        told("route flush", nl, heard, ("ROUTE_DEL", route))
    step("rule add", ("RULE_NEW", [("ACTION", 1), N, ("AT", 0),
                                   ("COMMENT", "new")], ADD),
         ("RULE_NEW", {**rule, "INDEX": 0, "TABLE": "N"}))
    step("rule set", ("RULE_NEW", [select_new, ("DSCP", 5)], SET),
         ("RULE_NEW", {**rule, "DSCP": 5}))
    step("rule move", ("RULE_MOVE", [select_new, ("AT", 1)]),
         ("RULE_NEW", {**rule, "INDEX": 1}))
    step("rule disable", ("RULE_NEW", [select_new, ("DISABLED", 1)], SET),
         ("RULE_NEW", {**rule, "DISABLED": 1}))
    step("rule del", ("RULE_DEL", [select_new]), ("RULE_DEL", rule))
    step("table del", ("TABLE_DEL", [("NAME", "N")]),
         ("TABLE_DEL", {"NAME": "N"}))
    step("set", ("SETTINGS_SET", [("HASH_POLICY4", 1)]),
         ("SETTINGS_SET", {"HASH_POLICY4": 1}))
    nl.must("SETTINGS_SET", [("HASH_SEED", 12345)])
    for command, record in listener.hear():
        if "HASH_SEED" in record:
            problem(f"{command} tells everybody the hash seed")
    nl.must("TRANSACTION_BEGIN")
    build(nl)
    heard = listener.hear()
    if heard:
        problem(f"an open transaction tells {heard}")
    nl.must("TRANSACTION_COMMIT")
    generation = nl.must("SETTINGS_GET").objects[0]["GENERATION"]
    told("commit", nl, listener.hear(),
         ("TRANSACTION_COMMIT", {"GENERATION": generation}))
    # What is refused is not told.
    refused("an old table", nl.ask("TABLE_DEL", [("NAME", "T")]))
    heard = listener.hear()
    if heard:
        problem(f"a refusal tells {heard}")
    # Nor is what is only read.
    nl.state()
    nl.must("LOOKUP", LOOK)
    heard = listener.hear()
    if heard:
        problem(f"reading tells {heard}")
    # A link that goes down, by somebody else's hand.
    for state, word in ((0, "down"), (1, "up")):
        if os.system(f"ip link set wan2 {word}"):
            problem(f"ip link set wan2 {word}")
        heard = []
        end = time.monotonic() + 5
        while time.monotonic() < end:
            heard += listener.hear(0.2)
            if any(c == "NEXTHOP_NEW" and o["STATE"] == state
                   for c, o in heard):
                break
        told(f"link {word}", nl, heard,
             ("NEXTHOP_NEW", {"DEVICE": "wan2", "STATE": state}))


def group_hold():
    nl = Genl()
    nl.must("TRANSACTION_BEGIN")
    build(nl)
    print("open", flush=True)
    sys.stdin.read()
    answer = nl.ask("TRANSACTION_COMMIT")
    if answer.errno == 0:
        problem("it was committed")


def main():
    try:
        globals()["group_" + sys.argv[1]]()
    except Exception:
        traceback.print_exc(file=sys.stdout)
        return 1
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
