#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""All that is around a router's packets changes, at random, at once.

  churn.py PREFIX SEED SECONDS LOG [WORKER...]

runs the workers of churn_workers.py, or those named, side by side in the
namespaces PREFIX-..., until the seconds are over and each worker has done
something, in a run of minutes everything, or a minute more was not enough for
that. LOG-WORKER tells what was done when. Packets that nobody counts run
meanwhile, those of the router itself, too. Prints what was done how often, and
what is wrong, and then exits with 1.
"""
import json
import os
import random
import signal
import socket
import sys
import time
import traceback

import churn_workers
import traffic_flows
from churn_workers import PATIENCE, WORKERS
from traffic_flows import namespace


def flood(place, stopped):
    """Datagrams of both families by all paths, two thousand a second."""
    with namespace(place):
        sockets = [(socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
                    socket.socket(socket.AF_INET6, socket.SOCK_DGRAM))
                   for _ in range(4)]
    dice = random.Random(place)
    os.nice(10)
    while not stopped:
        for _ in range(16):
            n = dice.randrange(1, 250)
            s4, s6 = dice.choice(sockets)
            for s, to in (s4, f"198.18.7.{n}"), (s6, f"2001:2::{n:x}"):
                try:
                    s.sendto(bytes(n * 8), (to, 9))
                except OSError:
                    pass
        time.sleep(0.016)


class Child:
    """A process that works until it is told to stop, and then says how."""

    def __init__(self, name, function):
        self.name = name
        r, w = os.pipe()
        self.pid = os.fork()
        if not self.pid:
            stopped = []
            signal.signal(signal.SIGTERM, lambda *_: stopped.append(1))
            try:
                out = function(stopped)
            except Exception:   # a test must say why it failed
                out = {"problems": [f"{name}: {traceback.format_exc()}"]}
            with os.fdopen(w, "w") as f:
                json.dump(out, f)
            os._exit(0)
        os.close(w)
        self.pipe = r

    def stop(self):
        os.kill(self.pid, signal.SIGTERM)

    def end(self):
        with os.fdopen(self.pipe) as f:
            said = f.read()
        status = os.waitpid(self.pid, 0)[1]
        if not said:
            return {"problems": [f"{self.name}: ended with {status}"]}
        return json.loads(said) or {}


def worker(kind, seed, log):
    """What a Child runs."""
    def run(stopped):
        with open(f"{log}-{kind.__name__.lower()}", "a", buffering=1,
                  encoding="utf-8") as file:
            one = kind(seed, file)
            one.work(stopped)
        return {"done": one.done, "problems": one.problems,
                "slowest": getattr(one, "slowest", None)}
    return run


def undone(workers, log, everything):
    """Who has not done what is to be done at least, as the logs tell."""
    for kind in workers:
        name = kind.__name__.lower()
        things = set(kind.all_things())
        # To be appended to: it may not be there yet.
        with open(f"{log}-{name}", "a+", encoding="utf-8") as file:
            file.seek(0)
            done = {line.split()[-1] for line in file
                    if not line.endswith("refused\n")}
        if not done or everything and things - done:
            return (f"{name} has not once done: "
                    f"{' '.join(sorted(things - done))}")
    return None


def tell(child, result):
    """How often each thing was done, and refused."""
    if "done" in result:
        print(f"{child.name}: " + ", ".join(
            f"{word} {good}" + (f" (refused {bad})" if bad else "")
            for word, (good, bad) in result["done"].items()))
    if result.get("slowest"):
        print(f"the slowest rmmod took {result['slowest']:.2f} s")
    for text in result.get("problems", ()):
        print(f"PROBLEM: {text}")
    return bool(result.get("problems"))


def main():
    prefix, seed, seconds, log, *names = sys.argv[1:]
    traffic_flows.prefix = prefix
    workers = [getattr(churn_workers, name) for name in names] or WORKERS
    children = [Child(f"flood in {place}", lambda stopped, place=place:
                      flood(place, stopped)) for place in ("lan20", "router")]
    children += [Child(kind.__name__.lower(), worker(kind, seed, log))
                 for kind in workers]
    start = time.monotonic()
    seconds = float(seconds)
    everything = seconds >= 300
    time.sleep(seconds)
    end = start + seconds + 60 * PATIENCE
    while undone(workers, log, everything) and time.monotonic() < end:
        time.sleep(1)
    print(f"it took {time.monotonic() - start:.0f} s")
    for child in children:
        child.stop()
    bad = sum([tell(child, child.end()) for child in children])
    if undone(workers, log, everything):
        print(f"PROBLEM: {undone(workers, log, everything)}")
        bad = 1
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
