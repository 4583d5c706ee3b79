# SPDX-License-Identifier: GPL-2.0
"""Who may read, who may write, and what the kernel tells: for access.sh.

usage: access.py user           every command, as a user without privilege
       access.py handed         sockets that one opened and another uses
       access.py own            every command, as root of namespaces of one's own
       access.py events PID     who hears of what changes here, and what changes
                                in the namespaces of process PID
       access.py leaks          every byte of every answer, dump and event
       access.py grow KIND      adds until it is refused; see grow()

All but "grow" run in the router's namespace with the configuration of
access.sh, print what is wrong, and nothing where all is right.
"""
import ctypes
import gc
import mmap
import os
import signal
import socket
import struct
import sys
import time

import genl
from genl import ADD, CMD, SET, Genl, object_of

NEWUSER, NEWNET = 0x10000000, 0x40000000
PR_SET_DUMPABLE = 4
LISTEN_ALL_NSID = 8
EPERM, ENOMEM, EOPNOTSUPP = 1, 12, 95
libc = ctypes.CDLL(None, use_errno=True)
failed = False


def problem(text):
    global failed
    failed = True
    print(text, flush=True)


def call(function, *args):
    if function(*args):
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


def own_namespaces():
    """What "unshare -Urn" does: root there, and nobody elsewhere."""
    uid, gid = os.geteuid(), os.getegid()
    # Else its files in /proc are root's.
    call(libc.prctl, PR_SET_DUMPABLE, 1, 0, 0, 0)
    call(libc.unshare, NEWUSER | NEWNET)
    for name, text in (("setgroups", "deny"), ("uid_map", f"0 {uid} 1"),
                       ("gid_map", f"0 {gid} 1")):
        with open(f"/proc/self/{name}", "w", encoding="ascii") as f:
            f.write(text)


def enter(pid):
    """Into another process's namespaces, as its owner may."""
    for name, kind in (("user", NEWUSER), ("net", NEWNET)):
        fd = os.open(f"/proc/{pid}/ns/{name}", os.O_RDONLY)
        call(libc.setns, fd, kind)
        os.close(fd)


def apart(function, *args):
    """Call a function in a process of its own, which may change itself."""
    pid = os.fork()
    if not pid:
        try:
            function(*args)
        except BaseException as e:      # pylint: disable=broad-except
            problem(f"{function.__name__}: {e!r}")
        os._exit(failed)
    if os.waitpid(pid, 0)[1]:
        globals()["failed"] = True


# --- every command -------------------------------------------------------

GATEWAY, DEVICE = "10.1.1.1", "wan1"
ROUTE = [("FAMILY", 2), ("TABLE", "T"), ("DST", "198.51.100.0"),
         ("DST_LEN", 24)]
VIA = [("GATEWAY", GATEWAY), ("DEVICE", DEVICE)]

READS = [
    ("TABLE_GET", [("NAME", "T")], 0), ("TABLE_GET", [], genl.F_DUMP),
    ("ROUTE_GET", [], genl.F_DUMP), ("RULE_GET", [], genl.F_DUMP),
    ("NEXTHOP_GET", [], genl.F_DUMP), ("SETTINGS_GET", [], 0),
    ("LOOKUP", [("FAMILY", 2), ("DST", "203.0.113.1")], 0),
]
# In this order all of them are good, by who may.
WRITES = [
    ("TABLE_NEW", [("NAME", "more")], ADD),
    ("TABLE_NEW", [("NAME", "T"), ("BALANCE", 2)], SET),
    ("ROUTE_NEW", ROUTE + VIA, ADD),
    ("ROUTE_NEW", ROUTE + VIA + [("WEIGHT", 7)], SET),
    ("RULE_NEW", [("ACTION", 3), ("COMMENT", "last")], ADD),
    ("RULE_NEW", [("SELECT", {"INDEX": 0}), ("DISABLED", 1)], SET),
    ("RULE_MOVE", [("SELECT", {"INDEX": 0}), ("AT", 1)], 0),
    ("RULE_DEL", [("SELECT", {"COMMENT": "last"})], 0),
    ("NEXTHOP_NEW", [("FAMILY", 2)] + VIA + [("FORCED", 1)], SET),
    ("SETTINGS_SET", [("ENABLED", 0)], 0),
    ("TRANSACTION_BEGIN", [], 0), ("TRANSACTION_ABORT", [], 0),
    ("TRANSACTION_BEGIN", [], 0), ("TRANSACTION_COMMIT", [], 0),
    # What that has left: main alone.
    ("TABLE_NEW", [("NAME", "T")], ADD),
    ("ROUTE_NEW", ROUTE + VIA, ADD), ("ROUTE_DEL", ROUTE, 0),
    ("ROUTE_FLUSH", [("TABLE", "T")], 0), ("TABLE_DEL", [("NAME", "T")], 0),
]
# Only told.
TOLD = {"NEXTHOP_DEL"}


def complete():
    known = {c for c, _, _ in READS + WRITES} | TOLD
    if known != set(CMD):
        problem(f"commands that are not tried: {set(CMD) ^ known}")


def refused_all(nl, who, flags=0):
    for command, attributes, verb in WRITES:
        answer = nl.ask(command, attributes, verb | flags)
        # There is nothing to dump, for nobody; later kernels look there first.
        if answer.errno not in ((EPERM, EOPNOTSUPP) if flags else (EPERM,)):
            problem(f"{who}: {command}: {answer}")


def as_user():
    genl.ordinary_user()
    nl = Genl()
    refused_all(nl, "a user")
    refused_all(nl, "a user who wants a dump", genl.F_DUMP)
    for command, attributes, flags in READS:
        answer = nl.ask(command, attributes, flags)
        if answer.errno != 0 or not answer.objects:
            problem(f"a user: {command}: {answer}")
        if any("HASH_SEED" in o for o in answer.objects):
            problem(f"a user: {command} tells the seed")


def user():
    complete()
    admin = Genl()
    before = admin.state()
    if "HASH_SEED" not in before["SETTINGS_GET"][0]:
        problem("an administrator is not told the seed")
    apart(as_user)
    if admin.state() != before:
        problem("a user changed something")


def as_receiver(nl):
    genl.ordinary_user()
    refused_all(nl, "a user with an administrator's socket")
    if "HASH_SEED" in nl.must("SETTINGS_GET").objects[0]:
        problem("a user is told the seed by an administrator's socket")


def give_socket(channel):
    genl.ordinary_user()
    nl = Genl()
    socket.send_fds(channel, [b"."], [nl.socket.fileno()])


def as_stranger():
    """Root somewhere, with a socket from where he was a user."""
    genl.ordinary_user()
    old = Genl()
    own_namespaces()
    refused_all(old, "root of another namespace")
    if "HASH_SEED" in old.must("SETTINGS_GET").objects[0]:
        problem("root of another namespace is told the seed")
    new = Genl()
    if any(t["NAME"] != "main" for t in new.dump("TABLE_GET")):
        problem("a new namespace has tables of another")


def handed():
    admin = Genl()
    before = admin.state()
    apart(as_receiver, Genl())
    ours, theirs = socket.socketpair()
    apart(give_socket, theirs)
    theirs.close()
    _, fds, _, _ = socket.recv_fds(ours, 1, 1)
    nl = Genl()
    nl.socket = socket.socket(fileno=fds[0])
    nl.socket.settimeout(10)
    refused_all(nl, "an administrator with a user's socket")
    apart(as_stranger)
    if admin.state() != before:
        problem("somebody changed something")


def as_owner():
    genl.ordinary_user()
    own_namespaces()
    nl = Genl()
    for command, attributes, flags in (
            ("TABLE_NEW", [("NAME", "T")], ADD),
            ("ROUTE_NEW", [("FAMILY", 2), ("DST", "0.0.0.0"), ("DST_LEN", 0)] +
             VIA, ADD),
            ("RULE_NEW", [("ACTION", 1), ("TABLE", "main")], ADD),
            ("RULE_NEW", [("ACTION", 1), ("TABLE", "main")], ADD)):
        nl.must(command, attributes, flags)
    # It has the name of a device of another namespace, and not the device.
    if any("IFINDEX" in o for o in nl.dump("NEXTHOP_GET")):
        problem("a device of another namespace is seen")
    answer = nl.ask("LOOKUP", [("FAMILY", 2), ("DST", "203.0.113.1"),
                               ("FROM", "192.0.2.1"), ("IIF", DEVICE)])
    if answer.errno != 19:
        problem(f"a device of another namespace: {answer}")
    for command, attributes, verb in WRITES:
        answer = nl.ask(command, attributes, verb)
        if answer.errno != 0:
            problem(f"root of his own namespaces: {command}: {answer}")
    if "HASH_SEED" not in nl.must("SETTINGS_GET").objects[0]:
        problem("root of his own namespaces is not told his seed")


def own():
    admin = Genl()
    before = admin.state()
    apart(as_owner)
    if admin.state() != before:
        problem("root of other namespaces changed something")


# --- who hears -----------------------------------------------------------

class Listener:
    """A process that hears of changes, as somebody, somewhere."""

    def __init__(self, name, become, all_namespaces=False):
        self.name = name
        self.pipe, theirs = socket.socketpair()
        self.pid = os.fork()
        if self.pid:
            theirs.close()
            if not self.pipe.recv(1):
                raise RuntimeError(f"{name} does not begin")
            return
        self.pipe.close()
        try:
            self.run(theirs, become, all_namespaces)
        finally:
            os._exit(1)

    def run(self, theirs, become, all_namespaces):
        become()
        nl = Genl()
        nl.join("config")
        if all_namespaces:
            nl.socket.setsockopt(genl.SOL_NETLINK, LISTEN_ALL_NSID, 1)
        nl.socket.settimeout(0)
        talk = Genl()
        theirs.send(b".")
        while request := theirs.recv(64):
            if request != b"?":
                talk.must("TABLE_NEW", [("NAME", request.decode())], ADD)
            theirs.send(repr(self.heard(nl)).encode())

    @staticmethod
    def heard(nl):
        out = []
        try:
            for kind, _, _, body in nl.messages():
                if kind == nl.family:
                    out += genl.decode("TABLE", body[4:]).get("NAME", "?"),
        except BlockingIOError:
            return out

    def add(self, name):
        self.pipe.send(name.encode())
        return self.pipe.recv(4096).decode()

    def ask(self):
        return self.add("?")

    def end(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


def as_guest(pid):
    genl.ordinary_user()
    enter(pid)


def events(pid):
    """Whoever is told is told before the sender's answer: nobody waits."""
    admin = Listener("an administrator", lambda: None)
    someone = Listener("a user", genl.ordinary_user)
    guest = Listener("root of another namespace", lambda: as_guest(pid))
    spy = Listener("root of another namespace who listens to all",
                   lambda: as_guest(pid), True)
    for at, name, hearers in (
            (admin, "here", (admin, someone)), (guest, "there", (guest, spy))):
        said = {at: at.add(name)}
        for who in (admin, someone, guest, spy):
            said.setdefault(who, None)
            if said[who] is None:
                said[who] = who.ask()
            expected = repr([name] if who in hearers else [])
            if said[who] != expected:
                problem(f"{who.name} heard {said[who]}, not {expected}")
    for who in (admin, someone, guest, spy):
        who.end()
    Genl().must("TABLE_DEL", [("NAME", "here")])


# --- every byte ----------------------------------------------------------

NESTS = {
    ("SETTINGS", "DISTANCE"): "PROTOCOL:1 DEVICE:s VALUE:1",
    ("LOOKUP", "STEP"): """INDEX:4 ID:4 ACTION:1 OUTCOME:1 MISMATCH:4 TABLE:s
        MIN_PREFIX:1 COMMENT:s PREFIX:b PREFIX_LEN:1""",
    ("LOOKUP", "PATH"): """GATEWAY:b GATEWAY_FAMILY:1 DEVICE:s TYPE:1
        DISTANCE:1 WEIGHT:2 STATE:1 REASON:1 BUCKETS:4 CHOSEN:f TURNS:4""",
}
# What our own messages were filled with, and what the kernel marks memory with
# that nobody has written: 0xaa; 0x5a and 0x6b, where it does so.
PATTERNS = (b"\xaa" * 4, b"\x5a" * 4, b"\x6b" * 4)
FILL = b"\xaa"


def kinds_of(text):
    return dict(enumerate((w.split(":") for w in text.split()), 1))


def check_value(where, kind, value):
    if kind in "1248" and len(value) != int(kind):
        problem(f"{where}: {len(value)} bytes")
    elif kind == "s" and (not value or value.index(b"\0") + 1 != len(value)):
        problem(f"{where}: bytes behind the string: {value!r}")
    elif kind == "f" and value:
        problem(f"{where}: a flag with {value!r}")
    elif kind == "b" and (not value or len(value) % 4):
        problem(f"{where}: an address of {len(value)} bytes")
    if any(p in value for p in PATTERNS):
        problem(f"{where}: never written: {value.hex()}")


def check_attributes(object, kinds, data):
    """Return: how many bytes of padding there were."""
    padding = 0
    while data:
        if len(data) < 4:
            problem(f"{object}: {data.hex()} at the end")
            return padding
        length, number = struct.unpack_from("=HH", data)
        end = (length + 3) & ~3
        name, kind = kinds.get(number & genl.NLA_TYPE, (f"{number}?", "?"))
        where = f"{object}_{name}"
        if length < 4 or end > len(data):
            problem(f"{where}: {length} bytes of {len(data)}")
            return padding
        if data[length:end].strip(b"\0"):
            problem(f"{where}: padded with {data[length:end].hex()}")
        padding += end - length
        nest = NESTS.get((object, name))
        if nest:
            padding += check_attributes(where, kinds_of(nest), data[4:length])
        else:
            check_value(where, kind, data[4:length])
        data = data[end:]
    return padding


class Strict(Genl):
    """Looks at every byte that it is sent."""

    seen, padding = set(), 0

    def message(self, kind, flags, body, length=None):
        """Before each question leave memory behind that is full of FILL."""
        if self.family and kind == self.family:
            for size in (100, 400, 900, 1900, 3900, 7900, 15000, 31000):
                self.socket.send(super().message(
                    kind, genl.F_REQUEST, b"\xff\1\0\0" + FILL * size))
        return super().message(kind, flags, body, length)

    def messages(self):
        while True:
            data = self.socket.recv(1 << 18)
            while data:
                length, kind = struct.unpack_from("=IH", data)
                end = (length + 3) & ~3
                if data[length:end].strip(b"\0"):
                    problem(f"after a message: {data[length:end].hex()}")
                if kind == self.family:
                    self.look(data[16:length])
                _, _, flags, sequence, _ = struct.unpack_from("=IHHII", data)
                yield kind, flags, sequence, data[16:length]
                data = data[end:]

    def look(self, body):
        command, _, reserved = struct.unpack_from("=BBH", body)
        name = genl.COMMANDS[command - 1]
        if reserved:
            problem(f"{name}: reserved {reserved:#x}")
        object = object_of(name)
        Strict.seen.add(name)
        Strict.padding += check_attributes(object, genl.NAME[object],
                                           body[4:])


def distance(nl, device, value=None):
    """The distance of a device's routes, or none: a nest of another kind."""
    body = genl.attr(2, device.encode() + b"\0")
    if value is not None:
        body += genl.attr(3, bytes([value]))
    number = genl.TYPE["SETTINGS"]["DISTANCE"][0] | genl.NLA_F_NESTED
    answer = nl.raw("SETTINGS_SET", genl.attr(number, body))
    if answer.errno:
        problem(f"a distance: {answer}")


def provoke(nl):
    """Objects whose names and comments end anywhere in a word."""
    echo = genl.F_ECHO
    for i in range(1, 6):
        nl.must("TABLE_NEW", [("NAME", "ttttt"[:i]), ("BALANCE", i % 4)],
                ADD | echo)
        nl.must("RULE_NEW", [
            ("ACTION", 1), ("TABLE", "ttttt"[:i]), ("COMMENT", "ccccc"[:i]),
            ("IIF", "ddddd"[:i]), ("PROTO", 6), ("SPORT_MIN", 1),
            ("SPORT_MAX", 2), ("DPORT_MIN", 3), ("DPORT_MAX", 4), ("DSCP", 5),
            ("MARK", 6), ("MARK_MASK", 7), ("MIN_PREFIX", 3), ("AT", 0),
            ("FROM", "2001:db8::" if i % 2 else "192.0.2.0"),
            ("FROM_LEN", 32 if i % 2 else 24)], ADD | echo)
        for dst, gw, family, bits in (("2001:db8:1::", "2001:db8:a1::9", 10, 48),
                                      ("198.51.100.0", "10.1.1.9", 2, 24)):
            nl.must("ROUTE_NEW", [
                ("FAMILY", family), ("TABLE", "ttttt"[:i]), ("DST", dst),
                ("DST_LEN", bits), ("GATEWAY", gw), ("DEVICE", DEVICE),
                ("PREF_SRC", gw), ("COMMENT", "ccccc"[:i]), ("CHECK", 2),
                ("CHECK_TARGETS", socket.inet_pton(family, gw))], ADD | echo)
        distance(nl, "ddddd"[:i], i)
    nl.must("NEXTHOP_NEW", [("FAMILY", 2)] + VIA +
            [("FORCED", 3), ("TIMEOUT", 60000), ("PIN_ID", 9)], SET | echo)


def take_away(nl):
    for i in range(1, 6):
        nl.must("RULE_DEL", [("SELECT", {"COMMENT": "ccccc"[:i]})])
        nl.must("ROUTE_DEL", [("FAMILY", 2), ("TABLE", "ttttt"[:i]),
                              ("DST", "198.51.100.0"), ("DST_LEN", 24)])
        nl.must("ROUTE_FLUSH", [("TABLE", "ttttt"[:i])])
        nl.must("TABLE_DEL", [("NAME", "ttttt"[:i])])
        distance(nl, "ddddd"[:i])
    nl.must("NEXTHOP_NEW", [("FAMILY", 2)] + VIA +
            [("FORCED", 0), ("PIN_ID", 0)], SET)


def leaks():
    nl, listener = Strict(), Strict()
    listener.join("config")
    listener.socket.settimeout(0)
    provoke(nl)
    for command, attributes, flags in READS:
        answer = nl.ask(command, attributes, flags)
        if answer.errno or not answer.objects:
            problem(f"{command}: {answer}")
    for family, dst, src, iif in ((2, "203.0.113.1", "192.168.10.5", "lan10"),
                                  (10, "2001:db8:1::1", "2001:db8::5", "lan10")):
        for more in ([], [("PROTO", 6), ("SPORT", 1), ("DPORT", 2)],
                     [("CT_MARK", 0x900), ("CT_SRC", src)]):
            question = [("FAMILY", family), ("DST", dst), ("FROM", src),
                        ("IIF", iif)]
            nl.must("LOOKUP", question + more)
    take_away(nl)
    nl.must("TRANSACTION_BEGIN")
    nl.must("TRANSACTION_COMMIT")
    try:
        for _ in listener.messages():
            pass
    except BlockingIOError:
        pass
    # What answers and events are: asked for by GET, told as NEW.
    expected = {c for c in CMD if not c.endswith("_GET")} - {
        "ROUTE_FLUSH", "RULE_MOVE", "TRANSACTION_BEGIN", "TRANSACTION_ABORT"}
    expected.add("SETTINGS_GET")
    if Strict.seen != expected:
        problem(f"seen, or not seen: {sorted(Strict.seen ^ expected)}")
    if Strict.padding < 100:
        problem(f"{Strict.padding} bytes of padding prove nothing")


# --- without end ---------------------------------------------------------

COMMENT = "c" * 255


def next_route(i):
    gateway = f"172.16.{i >> 8 & 255}.{i & 255}"
    dst = struct.pack("!I", 0x0a000000 + i)
    return "ROUTE_NEW", [
        ("FAMILY", 2), ("DST", dst), ("DST_LEN", 32), ("GATEWAY", gateway),
        ("DEVICE", "d"), ("COMMENT", COMMENT)], ADD


def next_rule(i):
    return "RULE_NEW", [("ACTION", 3), ("MARK", i), ("COMMENT", COMMENT)], ADD


def next_table(i):
    return "TABLE_NEW", [("NAME", f"t{i}"), ("KERNEL_ID", 100)], ADD


KINDS = {"routes": next_route, "rules": next_rule, "tables": next_table}


def grow(kind, most):
    """As root of namespaces of one's own, in the memory cgroup that whoever
    started this has chosen. Says "ready"; with the next line that it is sent
    adds @most at most, or until it is refused, and says how many there are and
    the refusal; with the next takes all away but, of routes, the half, which
    it takes away one by one, and says "less"; with the next it ends."""
    genl.ordinary_user()
    own_namespaces()
    nl = Genl(600)
    # For what this process itself needs when there is nothing left.
    reserve = mmap.mmap(-1, 2 << 20)
    reserve.write(FILL * len(reserve))
    if kind == "rules":     # else each is compiled
        nl.must("TRANSACTION_BEGIN")
    gc.disable()
    print("ready", flush=True)
    sys.stdin.readline()
    answer, added = genl.Answer(), 0
    while added < most:
        answer = nl.ask(*KINDS[kind](added + 1))
        if answer.errno:
            break
        added += 1
    reserve.close()
    print(added, answer.errno, answer.text, flush=True)
    sys.stdin.readline()
    if kind == "rules":
        nl.must("TRANSACTION_ABORT")
    elif kind == "routes":
        for i in range(1, added // 2):
            nl.must("ROUTE_DEL", next_route(i)[1][:3])
        # What was taken away is free after a while.
        end = time.monotonic() + 120
        while nl.ask(*next_route(1)).errno == ENOMEM:
            if time.monotonic() > end:
                raise TimeoutError("what was taken away is not given back")
            time.sleep(0.05)
        nl.must("ROUTE_FLUSH", [("TABLE", "main")])
    print("less", flush=True)
    sys.stdin.readline()


def main():
    command, *words = sys.argv[1:]
    if command == "grow":
        grow(words[0], int(words[1]))
    elif command == "events":
        events(int(words[0]))
    else:
        {"user": user, "handed": handed, "own": own, "leaks": leaks}[command]()
    return failed


sys.exit(main())
