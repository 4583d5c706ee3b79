# SPDX-License-Identifier: GPL-2.0
"""Packets that bear numbers: which of them arrived, and how often.

A sender is a process, on one CPU if asked, that takes what others leave of it.
It sends as fast as its packets arrive: never more than FLIGHT of them are on
their way, so that no queue overflows and whatever is missing was lost on the
way.
"""
import json
import os
import signal
import struct
import time

from traffic_flows import HERE, Refused, Spec, Wires, namespace, packet_socket
from traffic_flows import send

BURST = 64
FLIGHT = 4 * BURST
# What has not arrived after that many seconds does not hold up the others.
WAIT = 2.0
LOSSES_MAX = 6      # that are told one by one
UDP_CHECKSUM, PAYLOAD = {4: 26, 6: 46}, {4: 28, 6: 48}
LINK = 14           # before an IP header


class Frames:
    """Those of many flows of both families, and where their number is."""

    def __init__(self, words):
        self.port = int(words["dport"])
        self.at = words.get("at", "inet").split(",")
        self.client = words.get("client", "lan10")
        parts = []
        for version in (4, 6):
            src, dst = HERE[version]
            spec = Spec(dict(words, src=src, dst=dst, mode="random"))
            parts.append([self.cut(frame, version)
                          for frame in spec.frames()[1]])
        self.parts = [part for both in zip(*parts) for part in both]

    @staticmethod
    def cut(frame, version):
        """What is before the number and behind it. The checksum would change
        with it: it is none."""
        checksum = LINK + UDP_CHECKSUM[version]
        number = LINK + PAYLOAD[version] + 4
        frame = frame[:checksum] + b"\0\0" + frame[checksum + 2:]
        return frame[:number], frame[number + 4:]

    def numbered(self, n):
        before, behind = self.parts[n % len(self.parts)]
        return before + struct.pack("!I", n) + behind


class Sender:
    def __init__(self, frames):
        self.frames = frames
        self.sent = self.got = self.twice = self.missing = 0
        self.seen = bytearray()     # how often each number arrived
        self.times = []             # of each burst
        self.labels = {}
        self.wires = Wires(frames.at, 0, frames.port)
        with namespace(frames.client):
            self.socket = packet_socket(frames.client)

    def burst(self):
        # The first ones find neighbours unresolved: few of them.
        n = BURST if self.sent >= BURST else 16
        if self.sent % BURST == 0:
            self.times.append(time.monotonic())
        if self.sent + n > len(self.seen):
            self.seen.extend(bytes(1 << 16))
        for i in range(self.sent, self.sent + n):
            send(self.socket, self.frames.numbered(i))
        self.sent += n

    def take(self, label, b):
        at = PAYLOAD[b[0] >> 4] + 4
        n = int.from_bytes(b[at:at + 4], "big")
        if n >= self.sent:
            return
        if self.seen[n]:
            self.twice += 1
        else:
            self.got += 1
        self.seen[n] = 1
        self.labels[label] = self.labels.get(label, 0) + 1

    def in_flight(self):
        return self.sent - self.got - self.missing

    def run(self, stopped):
        while not stopped:
            self.burst()
            self.wires.drain(self.take)
            # One whose packets come late catches up on what it gave up.
            while self.in_flight() > FLIGHT - BURST and self.await_more():
                pass
        while self.got < self.sent and self.await_more():
            pass

    def await_more(self):
        if self.wires.wait(WAIT):
            self.wires.drain(self.take)
            return True
        self.missing = self.sent - self.got
        return False

    def losses(self):
        """When the lost ones were sent: second, number of them."""
        out = {}
        n = self.seen.find(0, 0, self.sent)
        while n >= 0:
            when = f"{self.times[n // BURST]:.2f}"
            out[when] = out.get(when, 0) + 1
            n = self.seen.find(0, n + 1, self.sent)
        return out

    def result(self):
        losses = self.losses()
        out = {"sent": self.sent, "got": self.got,
               "lost": self.sent - self.got, "twice": self.twice}
        out.update(sorted(self.labels.items()))
        if losses:
            out["lost_at"] = ",".join(
                f"{when}:{n}" for when, n in
                list(losses.items())[:LOSSES_MAX])
        return out


class Numbered:
    """A sender in a process of its own, until its counts are asked for."""

    def __init__(self, words):
        cpu = words.pop("cpu", None)
        frames = Frames(words)
        r, w = os.pipe()
        self.pid = os.fork()
        if not self.pid:
            self.child(frames, w, cpu)
        os.close(w)
        self.pipe = r

    @staticmethod
    def child(frames, w, cpu):
        stopped = []
        signal.signal(signal.SIGTERM, lambda *_: stopped.append(1))
        try:
            os.nice(10)
            if cpu is not None:
                cpus = sorted(os.sched_getaffinity(0))
                os.sched_setaffinity(0, {cpus[int(cpu) % len(cpus)]})
            sender = Sender(frames)
            sender.run(stopped)
            out = sender.result()
        except (OSError, Refused) as e:
            out = {"error": str(e)}
        with os.fdopen(w, "w") as f:
            json.dump(out, f)
        os._exit(0)

    def end(self):
        os.kill(self.pid, signal.SIGTERM)
        with os.fdopen(self.pipe) as f:
            out = json.load(f)
        os.waitpid(self.pid, 0)
        if "error" in out:
            raise Refused(out["error"])
        return out
