#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Very many prefixes behind few peers, one of which dies under traffic.

  convergence.py PREFIX SEED

reads a command a line and answers with a line, "ok KEY=VALUE ..." or "error
SENTENCE". Peers are numbered from 1; the first is behind wan1.

  family 4|6
  config FILE N         writes what "ecmpctl load" reads: N random prefixes,
                        each by the peers 1 and 2
  config FILE N GROUPS  each by one of so many different groups of 2 to 8 of
                        the gateways x.I, x.3, x.4, x.5 on wan1, wan2, wan3, of
                        random weights; 02::HOST is the link address of all but
                        the first -> hold= (groups with x.1 on wan1) hold_wan1=
                        (with any gateway on wan1)
  batch FILE N KIND     writes what "ip -batch" reads. KIND: single, by peer 1
                        alone; multipath, by 1 and 2; nhid, by the nexthop
                        object 10
                        All send to these prefixes from now on.
  die EVENT             packets to random prefixes, RATE a second; after a
                        while, EVENT:
                        dead    the next hop x.1 on wan1 is forced dead
                        down    the router's wan1 is set down
                        lost    its other end is: no carrier
                        regroup the nexthop object 10 becomes a group of 2 alone
      -> sent= before= (packets by what dies until then) after= (by others
         afterwards) last= (ms from the event to the sending of the last packet
         that took the dead path or was lost) lost= late= (took it after the
         event) ack= (ms until the event's request was answered) rebuilds=
         publications= (how many it took) busy= (ms until the last of them was
         seen) wait= (ms that the slowest question to the module took meanwhile)
"""
import mmap
import os
import random
import signal
import socket
import struct
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import genl
import traffic_flows
from mirror_scale import V4, V6, random_prefixes
from traffic_flows import SO_RCVBUFFORCE, checksum, hardware_address, namespace

RATE = 4000
TARGETS = 5000
LONGEST = 120       # seconds that it may take
MOST = RATE * LONGEST
QUIET = 0.5         # seconds without anything new: it is over
MAGIC = b"converge"
HOSTS = (1, 3, 4, 5)
OTHERS = b"\x02\0\0\0\0"    # and the host: link addresses of gateways
NET = {4: "10.1.{}.{}", 6: "2001:db8:a{}::{}"}
FAMILY = {4: V4, 6: V6}


class Wires:
    """A sender on lan10; on the far ends of the WANs one who listens."""

    def __init__(self):
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
                    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
                    s.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 1 << 28)
                    s.bind((dev, kind))
                    s.setblocking(False)
                    self.rx[s] = dev

    def frame(self, family, address, sequence):
        data = struct.pack("!HHHH", 4321, 9, 24, 0) + MAGIC + \
            struct.pack("!Q", sequence)
        if family == 4:
            head = struct.pack("!BBHIBBHII", 0x45, 0, 44, 0, 64, 17, 0,
                               0xc0a80a05, address)
            head = head[:10] + checksum(head) + head[12:]
            return self.ethernet + b"\x08\x00" + head + data
        return self.ethernet + b"\x86\xdd" + struct.pack(
            "!IHBB", 6 << 28, 24, 17, 64) + socket.inet_pton(
                V6, "2001:db8:c0a8:10::5") + address.to_bytes(16, "big") + data

    def seen(self, ways):
        """Notes the device of each packet that has come since, and by its
        link address the gateway."""
        for s, dev in self.rx.items():
            while True:
                try:
                    packet = s.recv(2048)
                except BlockingIOError:
                    break
                except OSError:     # the device went down meanwhile
                    continue
                if packet[-16:-8] == MAGIC:
                    ways[struct.unpack("!Q", packet[-8:])[0]] = dev, packet[5] \
                        if packet[:5] == OTHERS else 1


class Sender:
    """A process that sends to the targets until it is stopped. When it sent
    which packet is in memory that both share."""

    def __init__(self, wires, family, targets, rnd):
        self.times = mmap.mmap(-1, 8 * (MOST + 1))
        self.pid = os.fork()
        if self.pid:
            return
        try:
            self.run(wires, family, targets, rnd)
        finally:
            os._exit(0)

    def run(self, wires, family, targets, rnd):
        stopped = []
        signal.signal(signal.SIGTERM, lambda *_: stopped.append(1))
        start = time.monotonic()
        for i in range(1, MOST):
            frame = wires.frame(family, rnd.choice(targets), i)
            now = time.monotonic_ns()
            try:
                wires.tx.send(frame)
            except OSError:
                pass
            struct.pack_into("=Q", self.times, 8 * i, now)
            struct.pack_into("=Q", self.times, 0, i)
            early = start + i / RATE - time.monotonic()
            if early > 0:
                time.sleep(early)
            if stopped:
                break

    def sent(self):
        return struct.unpack_from("=Q", self.times, 0)[0]

    def when(self, i):
        return struct.unpack_from("=Q", self.times, 8 * i)[0]

    def stop(self):
        os.kill(self.pid, signal.SIGTERM)
        os.waitpid(self.pid, 0)


class Request:
    """To the kernel, by a socket that is there already."""

    def __init__(self, where, message):
        with namespace(where):
            self.s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
            self.message = message()
        self.s.bind((0, 0))

    @staticmethod
    def down():
        return struct.pack("=IHHIIBBHiII", 32, 16, 5, 0, 0, 0, 0, 0,
                           socket.if_nametoindex("wan1"), 0, 1)

    @staticmethod
    def regroup():
        return struct.pack("=IHHIIBBBBIHHIHHIBBH", 44, 104, 0x505, 0, 0,
                           0, 0, 0, 0, 0, 8, 1, 10, 12, 2, 2, 0, 0, 0)

    def __call__(self):
        self.s.send(self.message)
        error = struct.unpack_from("=i", self.s.recv(65536), 16)[0]
        if error:
            raise OSError(-error, os.strerror(-error))


class Engine:
    def __init__(self, seed):
        self.rnd = random.Random(seed)
        self.wires = Wires()
        self.family = 4
        self.targets = []
        with namespace("router"):
            # One asks while the other waits for what it did.
            self.genl = genl.Genl(timeout=LONGEST)
            self.doer = genl.Genl(timeout=LONGEST)
        self.actor = ThreadPoolExecutor(1)

    def cmd_family(self, family):
        self.family = int(family)
        return {}

    # --- routes ----------------------------------------------------------

    def prefixes(self, n):
        """Text of each; of some of them an address to send to."""
        family, bits = FAMILY[self.family], 32 if self.family == 4 else 128
        chosen = set(self.rnd.sample(range(n), min(n, TARGETS)))
        self.targets = []
        for i, (address, length) in enumerate(
                random_prefixes(family, n, self.rnd)):
            if i in chosen:
                host = self.rnd.getrandbits(bits) & ((1 << bits - length) - 1)
                self.targets.append(address | host)
            yield "{}/{}".format(socket.inet_ntop(
                family, address.to_bytes(bits // 8, "big")), length)

    def gateway(self, i, host=1):
        return NET[self.family].format(i, host)

    def cmd_config(self, file, n, groups=0):
        if int(groups):
            return self.config_many(file, int(n), int(groups))
        with open(file, "w", encoding="ascii") as f:
            for prefix in self.prefixes(int(n)):
                for i in (1, 2):
                    f.write(f"route add {prefix} via {self.gateway(i)} "
                            f"dev wan{i}\n")
        return {}

    def config_many(self, file, n, groups):
        ways = [(i, host) for i in (1, 2, 3) for host in HOSTS]
        different = set()
        while len(different) < groups:
            some = self.rnd.sample(ways, self.rnd.randint(2, 8))
            # What dies must leave something to each of them.
            if any(i != 1 for i, _ in some):
                different.add(frozenset(
                    (way, self.rnd.randint(1, 3)) for way in some))
        different = sorted(map(sorted, different))
        with open(file, "w", encoding="ascii") as f:
            for k, prefix in enumerate(self.prefixes(n)):
                for (i, host), weight in different[k % groups]:
                    f.write(f"route add {prefix} via {self.gateway(i, host)} "
                            f"dev wan{i} weight {weight}\n")
        holds = [[way for way, _ in group] for group in different]
        return {"hold": sum((1, 1) in group for group in holds),
                "hold_wan1": sum(any(i == 1 for i, _ in group)
                                 for group in holds)}

    def cmd_batch(self, file, n, kind):
        via = [f"via {self.gateway(i)} dev wan{i}" for i in (1, 2)]
        way = {"single": via[0], "nhid": "nhid 10",
               "multipath": "nexthop " + " nexthop ".join(via)}[kind]
        with open(file, "w", encoding="ascii") as f:
            for prefix in self.prefixes(int(n)):
                f.write(f"route add {prefix} {way}\n")
        return {}

    # --- deaths ----------------------------------------------------------

    def work(self):
        settings = self.genl.must("SETTINGS_GET").objects[0]
        return settings["REBUILDS"], settings["PUBLICATIONS"]

    def event(self, kind):
        """Something to call, all of it prepared."""
        if kind == "dead":
            return lambda: self.doer.must("NEXTHOP_NEW", {
                "FAMILY": FAMILY[self.family], "GATEWAY": self.gateway(1),
                "DEVICE": "wan1", "FORCED": 2}, genl.SET)
        if kind == "regroup":
            return Request("router", Request.regroup)
        return Request("inet" if kind == "lost" else "router", Request.down)

    def settle(self, ways, seconds, happening=None):
        """Until what happens is over, nothing is rebuilt any more, and packets
        have come since: when that was seen first, and the slowest answer."""
        end = time.monotonic() + LONGEST / 2
        since, before, slowest = time.monotonic(), None, 0
        while time.monotonic() < min(end, since + seconds) or \
                happening and not happening.done():
            self.wires.seen(ways)
            asked = time.monotonic()
            now = self.work()
            answered = time.monotonic()
            slowest = max(slowest, answered - asked)
            if now != before:
                since, before = answered, now
            time.sleep(0.005)
        return since, slowest

    def cmd_die(self, kind):
        event, ways = self.event(kind), {}

        def happen():
            event()
            return time.monotonic_ns()

        self.wires.seen({})
        sender = Sender(self.wires, self.family, self.targets, self.rnd)
        try:
            # What the neighbours' resolution loses is not of the event.
            self.settle(ways, QUIET)
            before = self.work()
            first = sender.sent() + 1
            start = time.monotonic_ns()
            happening = self.actor.submit(happen)
            until, slowest = self.settle(ways, QUIET, happening)
            ack = happening.result()
            after = self.work()
        finally:
            sender.stop()
        self.wires.seen(ways)
        n = sender.sent()
        later = [i for i in range(first, n + 1) if sender.when(i) >= start]
        lost = [i for i in later if i not in ways]
        dead = {("wan1", host) for host in HOSTS[:1 if kind == "dead" else 4]}
        late = [i for i in later if ways.get(i) in dead]
        last = max((sender.when(i) for i in lost + late), default=start)
        return {"sent": n, "rate": int(len(later) * 1e9 /
                                       (sender.when(n) - start)),
                "before": sum(ways.get(i) in dead for i in range(1, first)),
                "after": len(later) - len(lost) - len(late),
                "last": f"{(last - start) / 1e6:.1f}",
                "lost": len(lost), "late": len(late),
                "ack": f"{(ack - start) / 1e6:.1f}",
                "rebuilds": after[0] - before[0],
                "publications": after[1] - before[1],
                "busy": f"{until * 1e3 - start / 1e6:.1f}",
                "wait": f"{slowest * 1e3:.1f}"}


def main():
    traffic_flows.prefix, seed = sys.argv[1:]
    engine = Engine(int(seed))
    print("ok", flush=True)
    for line in sys.stdin:
        command, *rest = line.split()
        try:
            out = getattr(engine, "cmd_" + command)(*rest)
            reply = " ".join(["ok"] + [f"{k}={v}" for k, v in out.items()])
        except Exception as e:      # the script says what it makes of it
            reply = f"error {type(e).__name__}: {e}"
        print(reply.replace("\n", " "), flush=True)


if __name__ == "__main__":
    main()
