# SPDX-License-Identifier: GPL-2.0
"""Real TCP connections over the wires that traffic_flows watches."""
import errno
import selectors
import socket
import struct
import time
from functools import partial

import traffic_flows
from traffic_flows import (HEADER, TCP, Map, Refused, Wires, address_list,
                           address_range, namespace, packed, text, transport)

WORLD = {4: "45.57.94.1", 6: "2001:db8:45::1"}


RESET = 0x04            # of TCP's flags
OWN_HOPS = 64           # of a packet that was not forwarded


class Connections:
    """Real TCP connections, both ends here, and their packets on the wire."""

    PATIENCE = 8        # seconds without any progress before giving up

    def __init__(self, words):
        get = words.pop
        self.n = int(get("n", 500))
        self.client = get("client", "lan10")
        self.server = get("server", "inet")
        src, dst = get("src", ""), get("dst", "")
        self.family = (6 if ":" in src + dst else
                       4 if src or dst else traffic_flows.family)
        self.af = socket.AF_INET6 if self.family == 6 else socket.AF_INET
        self.src = address_range(src) if src else None
        self.dst = address_range(dst or WORLD[self.family])
        self.dport = int(get("dport", 80))
        at = get("at", "inet").split(",")
        if words:
            raise Refused("unknown word " + " ".join(words))
        self.wires = Wires(at, self.family)
        self.seen = {}          # tuple on the wire -> labels, all its life
        self.now = {}           # the same, of this round
        self.sources = {}       # label -> source addresses
        self.peer = {}          # connection -> tuple on the wire
        self.answered = set()
        self.failed = set()
        self.sequence = 0
        self.selector = selectors.DefaultSelector()
        with namespace(self.server):
            self.listener = socket.socket(self.af)
            self.listener.setsockopt(socket.SOL_SOCKET,
                                     socket.SO_REUSEADDR, 1)
            self.listener.bind(("", self.dport))
            self.listener.listen(4096)
            self.listener.setblocking(False)
        self.selector.register(self.listener, selectors.EVENT_READ,
                               self.accept)
        self.accepted = []
        self.clients = []
        # Windows keep the SYNs below the listener's backlog.
        for start in range(0, self.n, 64):
            upto = min(start + 64, self.n)
            with namespace(self.client):
                for i in range(start, upto):
                    self.connect(i)
            self.run(upto)

    def connect(self, i):
        s = socket.socket(self.af)
        s.setblocking(False)
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.src:
            s.bind((self.host(self.src, i), 0))
        error = s.connect_ex((self.host(self.dst, i), self.dport))
        self.clients.append(s)
        if error not in (0, errno.EINPROGRESS):
            self.failed.add(i)
            return
        self.selector.register(s, selectors.EVENT_WRITE,
                               partial(self.connected, i, s))

    def host(self, hosts, i):
        return text(hosts[0] + i % hosts[1], self.family)

    def connected(self, i, s):
        if s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            self.fail(i, s)
            return
        self.selector.modify(s, selectors.EVENT_READ,
                             partial(self.echo, i, s))
        self.say(i)

    def fail(self, i, s):
        self.failed.add(i)
        self.selector.unregister(s)

    def say(self, i):
        try:
            self.clients[i].send(struct.pack("!II", i, self.sequence))
        except OSError:
            self.failed.add(i)

    def accept(self):
        while True:
            try:
                s, peer = self.listener.accept()
            except BlockingIOError:
                return
            s.setblocking(False)
            self.accepted.append(s)
            key = packed(*peer[:2]) + packed(*s.getsockname()[:2])
            self.selector.register(s, selectors.EVENT_READ,
                                   partial(self.serve, s, key))

    def serve(self, s, key):
        try:
            data = s.recv(4096)
        except OSError:
            data = b""
        if not data:
            self.selector.unregister(s)
            return
        self.peer[struct.unpack_from("!I", data)[0]] = key
        try:
            s.send(data)
        except OSError:
            pass

    def echo(self, i, s):
        try:
            data = s.recv(4096)
        except OSError:
            data = b""
        if len(data) < 8:
            self.fail(i, s)
        elif struct.unpack_from("!II", data, len(data) - 8) == (
                i, self.sequence):
            self.answered.add(i)

    def take(self, label, b):
        proto, offset, version = transport(b)
        if proto != TCP:
            return
        if int.from_bytes(b[offset + 2:offset + 4], "big") != self.dport:
            return
        # The router resets what the server goes on with after its connection
        # was ended: by itself, from whatever address that is sent to.
        hops = b[8] if version == 4 else b[7]
        if b[offset + 13] & RESET and hops == OWN_HOPS:
            return
        end = HEADER[version]
        half = 4 if version == 4 else 16
        source = bytes(b[end - 2 * half:end - half])
        key = (source + bytes(b[offset:offset + 2])
               + bytes(b[end - half:end]) + bytes(b[offset + 2:offset + 4]))
        self.seen.setdefault(key, set()).add(label)
        self.now.setdefault(key, set()).add(label)
        self.sources.setdefault(label, set()).add(source)

    def run(self, expected):
        """Until so many have been answered or failed, or nothing moves."""
        last = time.monotonic()
        while len(self.answered | self.failed) < expected:
            ready = self.selector.select(0.2)
            for key, _ in ready:
                key.data()
            if ready:
                last = time.monotonic()
                self.wires.drain(self.take)
            elif time.monotonic() - last > self.PATIENCE:
                break
        self.wires.drain(self.take)

    def round(self, rounds=1):
        # What was acknowledged late is of the round before.
        self.wires.drain(self.take)
        self.wires.refresh()
        self.now = {}
        for _ in range(rounds):
            self.sequence += 1
            self.answered = set()
            for i in range(self.n):
                if i not in self.failed:
                    self.say(i)
            self.run(self.n)

    def labels(self, seen):
        out = []
        for i in range(self.n):
            there = seen.get(self.peer.get(i), set())
            out.append("mixed" if len(there) > 1 else
                       next(iter(there), None))
        return out

    def result(self):
        labels = self.labels(self.seen)
        out = {"open": len(self.peer), "answered": len(self.answered),
               "failed": self.n - len(self.answered),
               "mixed": labels.count("mixed")}
        for label in sorted({x for x in labels if x}):
            if label != "mixed":
                out[label] = labels.count(label)
        for label, sources in sorted(self.sources.items()):
            out["sources_" + label] = address_list(sources)
        return out

    def map(self):
        flows = []
        half = 4 if self.family == 4 else 16
        for i in range(self.n):
            key = self.peer.get(i, bytes(2 * half + 4))
            src, sport, dst, dport = struct.unpack(f"!{half}sH{half}sH", key)
            flows.append((int.from_bytes(src, "big"),
                          int.from_bytes(dst, "big"), sport, dport, 0))
        return Map(None, flows, [], self.labels(self.now))

    def close(self):
        # A reset leaves no TIME_WAIT behind to hold the port.
        linger = struct.pack("ii", 1, 0)
        for s in self.clients + self.accepted:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            s.close()
        self.listener.close()
        self.wires.close()
        self.selector.close()
