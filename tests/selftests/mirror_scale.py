#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Very many routes for the kernel, and packets that tell where they lead.

  mirror_scale.py PREFIX COUNT SEED

enters the namespaces PREFIX-router, -lan and -inet, reads a command a line
and answers with a line, "ok KEY=VALUE ..." or "error SENTENCE".

There are COUNT random prefixes of each family, of lengths like a BGP table's,
some in others: in 16.0.0.0/4 and 2c00::/8. Their routes lead to wan2, and the
default to wan1, so a packet to one of them leaves by wan1 or wan2. Another 16
prefixes, elsewhere, are those that the measurement changes.

  add                   adds them all  -> seconds= rate= (a second) errors=
  del [DEV]             deletes them all
  via DEV               replaces them all
  start COMMAND...      one of these, while other commands go on
  join                  waits for it; its answer
  churn RATE            until "stop": deletes and adds runs of 64 of them, so
                        many changes a second if the machine can
  stop                  and has all of them there again
                        -> changes= seconds= rate= errors=
  probe N [SECONDS|all] changes one of the 16 prefixes N times, and more until
                        so many seconds are over, or what was started is done,
                        from wan1 (no route of its own) to wan2, to wan3 and
                        so on. After each change packets are sent until one
                        leaves by the new way: lag is when that one was sent,
                        from the kernel's acknowledgement on.
      -> probes= p50= p95= max= (ms) packets= lost= third= (neither by the way before
         nor by that after the change) back= (by the old way after the new)
         other= (to the many prefixes, and not by wan1 or wan2) stuck=
                        In the end they have no routes of their own.
"""
import ast
import itertools
import os
import random
import select
import signal
import socket
import struct
import sys
import time

import traffic_flows
from traffic_flows import checksum, hardware_address, namespace

NEW, DEL = 24, 25
REQUEST, ACK, REPLACE, EXCL, CREATE = 1, 4, 0x100, 0x200, 0x400
V4, V6 = socket.AF_INET, socket.AF_INET6
SIZE = {V4: 52, V6: 76}
WAY = {V4: "10.1.{}.1", V6: "2001:db8:a{}::1"}
LENGTHS = [24] * 9 + [23, 22, 22, 21, 20, 19, 16, 32]
LENGTHS6 = [48] * 8 + [44, 40, 36, 32, 32, 29, 64, 56, 128]
CHUNK = 64      # in one sendmsg, when they change a little
BULK = 1024     # and when they all do: a system call is dear
MAGIC = b"mirrored"
PATIENCE = 60


def random_prefixes(family, count, rnd):
    """Prefixes that differ, in no order. None of them is remembered: a million
    objects are more than a small machine's processes may have."""
    bits, first, space = (32, 16 << 24, 4) if family == V4 else \
        (128, 0x2c << 120, 8)
    lengths = LENGTHS if family == V4 else LENGTHS6
    # Of each length the i-th is i * odd + start, which meets none twice.
    state = {}
    for length in set(lengths):
        size = 1 << (length - space)
        state[length] = [rnd.randrange(size), rnd.randrange(size) | 1, size,
                         size]
    longest = max(lengths)
    for _ in range(count):
        length = lengths[int(rnd.random() * len(lengths))]
        if not state[length][3]:
            length = longest
        s = state[length]
        s[3] -= 1
        s[0] = (s[0] + s[1]) & (s[2] - 1)
        yield first | s[0] << (bits - length), length


class Routes:
    """Prepared messages, all of one size, of the routes of a family."""

    def __init__(self, family, prefixes, ifindex):
        self.family, self.ifindex = family, ifindex
        self.size = SIZE[family]
        bytes_ = 4 if family == V4 else 16
        head = struct.pack("=IHHII", self.size, NEW, REQUEST, 0, 0)
        tail = struct.pack("=HHIHH", 8, 4, 0, 4 + bytes_, 5) + bytes(bytes_)
        middle = struct.Struct("=BBBBBBBBIHH").pack
        self.data = bytearray()
        for address, length in prefixes:
            self.data += head + middle(
                family, length, 0, 0, 254, 77, 0, 1, 0, 4 + bytes_, 1) + \
                address.to_bytes(bytes_, "big") + tail
        self.n = len(self.data) // self.size

    def address(self, i):
        at = i * self.size + 32
        return int.from_bytes(
            self.data[at:at + (4 if self.family == V4 else 16)], "big")

    def field(self, at, value, data):
        for i, byte in enumerate(value):
            data[at + i::self.size] = bytes([byte]) * (len(data) // self.size)

    def messages(self, first, n, kind, flags, dev):
        data = self.data[first * self.size:(first + n) * self.size]
        rest = self.size - (16 if self.family == V4 else 28)
        self.field(4, struct.pack("=HH", kind, REQUEST | flags), data)
        self.field(rest + 4, struct.pack("=I", self.ifindex[dev]), data)
        self.field(rest + 12, socket.inet_pton(
            self.family, WAY[self.family].format(dev[3:])), data)
        return data


class Kernel:
    """What is said to the kernel about routes."""

    def __init__(self):
        with namespace("router"):
            self.s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
            self.ifindex = {f"wan{i}": socket.if_nametoindex(f"wan{i}")
                            for i in (1, 2, 3)}
        self.s.bind((0, 0))
        self.errors = 0

    def send(self, data):
        """Without acknowledgement: what comes is an error."""
        self.s.send(data)
        while True:
            try:
                answer = self.s.recv(65536, socket.MSG_DONTWAIT)
            except BlockingIOError:
                return
            self.errors += 1
            self.last = -struct.unpack_from("=i", answer, 16)[0]

    def must(self, data):
        self.s.send(data)
        error = struct.unpack_from("=i", self.s.recv(65536), 16)[0]
        if error:
            raise OSError(-error, os.strerror(-error))


class Engine:
    def __init__(self, count, seed):
        self.rnd = random.Random(seed)
        self.kernel = Kernel()
        self.routes = {f: Routes(f, random_prefixes(f, count, self.rnd),
                                 self.kernel.ifindex) for f in (V4, V6)}
        self.wires()
        self.ways = {}
        self.sequence = 0
        self.child = None

    # --- routes ----------------------------------------------------------

    def all(self, kind, flags, dev):
        kernel = Kernel()
        start = time.monotonic()
        n = 0
        for routes in self.routes.values():
            for first in range(0, routes.n, BULK):
                kernel.send(routes.messages(first, BULK, kind, flags, dev))
            n += routes.n
        took = time.monotonic() - start
        return {"seconds": f"{took:.1f}", "rate": int(n / took),
                "errors": kernel.errors}

    def cmd_add(self):
        return self.all(NEW, CREATE | EXCL, "wan2")

    def cmd_del(self, dev="wan2"):
        return self.all(DEL, 0, dev)

    def cmd_via(self, dev):
        return self.all(NEW, CREATE | REPLACE, dev)

    def background(self, function):
        """Runs it in another process; its answer is for cmd_join."""
        r, w = os.pipe()
        pid = os.fork()
        if not pid:
            try:
                stopped = []
                signal.signal(signal.SIGTERM, lambda *_: stopped.append(1))
                os.write(w, b"\n")
                out = function(stopped)
                os.write(w, repr(out).encode())
            finally:
                os._exit(0)
        os.close(w)
        os.read(r, 1)
        self.child = (pid, r)
        return {}

    def cmd_start(self, command, *rest):
        return self.background(
            lambda _: getattr(self, "cmd_" + command)(*rest))

    def cmd_join(self):
        pid, r = self.child
        self.child = None
        with os.fdopen(r) as f:
            out = f.read()
        os.waitpid(pid, 0)
        return ast.literal_eval(out)

    def flip(self, rate, stopped):
        """Runs go and come; up to a hundred of them are away."""
        kernel = Kernel()
        away, changes, start = [], 0, time.monotonic()
        most = min(100, sum(r.n // CHUNK for r in self.routes.values()) // 2)
        flags = {NEW: CREATE | EXCL, DEL: 0}
        while not stopped or away:
            kind = DEL if len(away) < most and not stopped else NEW
            if kind == DEL:
                routes = self.routes[self.rnd.choice((V4, V6))]
                first = self.rnd.randrange(routes.n // CHUNK) * CHUNK
                if (routes, first) in away:
                    continue
                away.append((routes, first))
            else:
                routes, first = away.pop(0)
            kernel.send(routes.messages(first, CHUNK, kind, flags[kind],
                                        "wan2"))
            changes += CHUNK
            early = start + changes / rate - time.monotonic()
            if early > 0 and not stopped:
                time.sleep(early)
        took = time.monotonic() - start
        return {"changes": changes, "seconds": f"{took:.1f}",
                "rate": int(changes / took), "errors": kernel.errors}

    def cmd_churn(self, rate):
        return self.background(lambda stopped: self.flip(int(rate), stopped))

    def cmd_stop(self):
        os.kill(self.child[0], signal.SIGTERM)
        return self.cmd_join()

    # --- packets ---------------------------------------------------------

    def wires(self):
        with namespace("router"):
            there = hardware_address("lan10")
        with namespace("lan10"):
            here = hardware_address("lan10")
            self.tx = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
            self.tx.bind(("lan10", 0))
        self.ethernet = there + here
        self.rx = {}
        with namespace("inet"):
            for dev in ("wan1", "wan2", "wan3"):
                for kind in (0x0800, 0x86dd):
                    s = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)
                    s.bind((dev, kind))
                    s.setblocking(False)
                    self.rx[s] = dev
        self.poll = select.poll()
        for s in self.rx:
            self.poll.register(s, select.POLLIN)
        self.rx_of = {s.fileno(): s for s in self.rx}

    def frame(self, family, address):
        self.sequence += 1
        data = struct.pack("!HHHH", 4321, 9, 24, 0) + MAGIC + \
            struct.pack("!Q", self.sequence)
        if family == V4:
            head = struct.pack("!BBHIBBHII", 0x45, 0, 44, 0, 64, 17, 0,
                               0xc0a80a05, address)
            head = head[:10] + checksum(head) + head[12:]
            return self.ethernet + b"\x08\x00" + head + data
        return self.ethernet + b"\x86\xdd" + struct.pack(
            "!IHBB", 6 << 28, 24, 17, 64) + socket.inet_pton(
                V6, "2001:db8:10::5") + address.to_bytes(16, "big") + data

    def way(self, family, address, lost):
        """The WAN by which a packet leaves; None: it was lost."""
        self.tx.send(self.frame(family, address))
        mark = MAGIC + struct.pack("!Q", self.sequence)
        end = time.monotonic() + 2
        while (left := end - time.monotonic()) > 0:
            for fd, _ in self.poll.poll(left * 1000):
                s = self.rx_of[fd]
                if mark in s.recv(2048):
                    return self.rx[s]
        lost.append((family, address))
        return None

    def change(self, family, n, dev):
        """The n-th prefix that is measured by, and its way from now on."""
        address = (100 << 24 | 64 << 16 | n << 8) if family == V4 else \
            0x20010db8f000 << 80 | n << 64
        length = 24 if family == V4 else 64
        before = self.ways.get((family, n), "wan1")
        routes = Routes(family, [(address, length)], self.kernel.ifindex)
        gone = dev == "wan1"
        self.kernel.must(bytes(routes.messages(
            0, 1, DEL if gone else NEW,
            ACK | (0 if gone else CREATE | REPLACE),
            before if gone else dev)))
        self.ways[family, n] = dev
        return address | 77, before

    def cmd_probe(self, n, seconds=0):
        lags, lost = [], []
        out = {"third": 0, "back": 0, "other": 0, "stuck": 0}
        first = self.sequence
        if seconds == "all":
            done = lambda: select.select([self.child[1]], [], [], 0)[0]
        else:
            end = time.monotonic() + float(seconds)
            done = lambda: time.monotonic() >= end
        for i in itertools.count():
            if i >= int(n) and done():
                break
            family = (V4, V6)[i % 2]
            key = i // 2 % 16
            dev = {"wan1": "wan2", "wan2": "wan3", "wan3": "wan1"}[
                self.ways.get((family, key), "wan1")]
            address, before = self.change(family, key, dev)
            start = sent = time.monotonic()
            while (way := self.way(family, address, lost)) != dev:
                out["third"] += way not in (before, None)
                sent = time.monotonic()
                if sent > start + PATIENCE:
                    out["stuck"] += 1
                    break
            lags.append((sent - start) * 1000)
            out["back"] += self.way(family, address, lost) not in (dev, None)
            for family, routes in self.routes.items():
                where = routes.address(self.rnd.randrange(routes.n))
                out["other"] += self.way(family, where, lost) not in \
                    ("wan1", "wan2", None)
        for family, key in self.ways:
            if self.ways[family, key] != "wan1":
                self.change(family, key, "wan1")
        lags.sort()
        return {"probes": len(lags), "p50": f"{lags[len(lags) // 2]:.1f}",
                "p95": f"{lags[len(lags) * 95 // 100]:.1f}",
                "max": int(lags[-1]), "packets": self.sequence - first,
                "lost": len(lost), **out}


def main():
    traffic_flows.prefix, count, seed = sys.argv[1:]
    engine = Engine(int(count), int(seed))
    print("ok", flush=True)
    for line in sys.stdin:
        command, *rest = line.split()
        try:
            out = getattr(engine, "cmd_" + command)(*rest)
            reply = " ".join(["ok"] + [f"{k}={v}" for k, v in out.items()])
        except Exception as e:      # the script says what it makes of it
            reply = f"error {type(e).__name__}: {e}"
        print(reply.replace("\n", " "), flush=True)
    if engine.child:
        os.kill(engine.child[0], signal.SIGTERM)


if __name__ == "__main__":
    main()
