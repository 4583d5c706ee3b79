#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Random cases, on the module and on the model: see ../selftests/model.sh.

  run.py PREFIX SEED CASES SECONDS

runs the cases SEED, SEED + 1, ... and ends after so many seconds. What fails is
made smaller as long as it fails, and printed as commands.
"""
import os
import random
import sys
import time

sys.path[:0] = [os.path.dirname(os.path.abspath(__file__)) + "/../selftests"]

# pylint: disable=wrong-import-position
import events
import generate
import shrink
from bench import Bench, Mismatch
from network import Network


class Flows:
    """Which hop each packet takes, and how that may change."""

    def __init__(self):
        self.now = {}       # packet: (table, prefix, paths, hop)
        self.home = {}      # the same, when everything lived

    def take(self, bench, packets, hops):
        """Packets of one flow take one path. Returns what changed."""
        new, paths = {}, {}
        for packet, hop in zip(packets, hops):
            want = bench.router.decide(packet)
            if hop is None or not bench.is_hashed(want):
                continue
            group = want.table, want.prefix
            new[packet] = group, want.paths, hop
            flow = group, bench.router.flow(packet, want.table)
            first = paths.setdefault(flow, (hop, packet))
            if first[0] != hop:
                raise Mismatch(
                    f"one flow, two paths: {bench.show(first[0])} and "
                    f"{bench.show(hop)}: {bench.describe(first[1])}; "
                    f"{bench.describe(packet)}")
        return new

    def start(self, bench, packets, hops):
        self.now = self.home = self.take(bench, packets, hops)

    def again(self, bench, packets, hops):
        """The same configuration made in another way. Who has a seed has the
        same flows on a path as all others who have it."""
        old = self.now
        self.start(bench, packets, hops)
        if bench.conf.seed is None:
            return
        for packet, (group, paths, hop) in self.now.items():
            if packet in old and old[packet] != (group, paths, hop):
                self.moved(bench, packet, old[packet][2], hop,
                           "the seed and all paths are the same")

    def follow(self, bench, packets, hops, event):
        """After an event; if that was a death or a return only those moved
        that had to."""
        new = self.take(bench, packets, hops)
        strict = event[0] in events.LIFE_AND_DEATH
        if not strict:
            self.home = {}
        for packet, (group, paths, hop) in new.items():
            old = self.now.get(packet)
            if not strict or old is None or old[0] != group:
                continue
            home = self.home.get(packet)
            if home and home[:2] == (group, paths) and hop != home[2]:
                self.moved(bench, packet, home[2], hop, "all have returned")
            if not self.shared(old[1], paths):
                continue
            if set(paths) <= set(old[1]) and old[2] in paths:
                if hop != old[2]:
                    self.moved(bench, packet, old[2], hop, "its path lives")
            elif set(paths) > set(old[1]):
                if hop != old[2] and hop in old[1]:
                    self.moved(bench, packet, old[2], hop,
                               "it did not go to one that returned")
        self.now = new

    @staticmethod
    def shared(old, new):
        return all(old[hop] == new[hop] for hop in set(old) & set(new))

    @staticmethod
    def moved(bench, packet, old, new, why):
        raise Mismatch(f"moved from {bench.show(old)} to {bench.show(new)}, "
                       f"but {why}: {bench.describe(packet)}")


def settle(what, seconds=3):
    """Until it agrees: the module may be behind for a moment."""
    end = time.monotonic() + seconds
    while True:
        try:
            return what()
        except Mismatch:
            if time.monotonic() > end:
                raise
            time.sleep(0.02)


def check(bench, packets, patience):
    """Returns the next hop that each packet took, none if it took none."""
    settle(bench.routes_agree, patience)
    settle(bench.forced_agree, patience)
    there = [packet for packet in packets if bench.can_come(packet)]
    got = dict(zip(there, check_these(bench, there, patience)))
    return [got.get(packet) for packet in packets]


def check_these(bench, packets, patience):
    answers = []
    for packet in packets:
        if packet.fragment or packet.inner or packet.about:
            answers.append(None)    # "get" has no words for it
        else:
            answers.append(settle(lambda p=packet: bench.compare(p),
                                  patience))
    seen = settle(lambda: bench.exchange(packets, answers), patience)
    return [bench.chosen(packet, answer, hop)
            for packet, answer, hop in zip(packets, answers, seen)]


def run(bench, case, draw, patience=3):
    """One case, from the beginning. Raises Mismatch. Where the events are not
    known yet they are drawn, and added to the case."""
    given = list(case.events)
    bench.start(case)
    bench.strict = True
    flows = Flows()
    flows.start(bench, case.packets, check(bench, case.packets, patience))
    if case.commands:
        events.by_commands(bench, case.conf, draw)
        flows.again(bench, case.packets,
                    check(bench, case.packets, patience))
    bench.strict = False
    for number in range(len(given) if case.fixed else case.rounds):
        event = (given[number] if case.fixed else
                 generate.event(draw, bench.conf, bench.around))
        if event is None:
            continue
        if not case.fixed:
            case.events.append(event)
        if events.apply(bench, event):
            hops = check(bench, case.packets, patience)
            flows.follow(bench, case.packets, hops, event)


def main():
    prefix, seed, cases, seconds = sys.argv[1], *map(int, sys.argv[2:5])
    os.sched_setaffinity(0, {0})
    network = Network(prefix)
    network.set_up()
    bench = Bench(network)
    bad = packets = steps = ran = 0
    start = time.monotonic()
    for number in range(seed, seed + cases):
        if time.monotonic() - start > seconds:
            break
        draw = random.Random(number)
        case = generate.case(draw)
        ran += 1
        try:
            run(bench, case, draw)
        except Mismatch as mismatch:
            bad += 1
            print(f"# case {number}, after {len(case.events)} events: "
                  f"{mismatch}", flush=True)
            if bad <= 3:
                shrink.report(bench, case, number, run)
            if bad == 10:
                break
        packets += len(case.packets) * (1 + len(case.events))
        steps += len(case.events)
        if ran % 500 == 0:
            print(f"# {ran} cases, the last is {number}", flush=True)
    took = time.monotonic() - start
    print(f"# {ran} cases from seed {seed}: {steps} events, {packets} packets "
          f"asked and sent, {bad} disagreements, {took:.0f} s")
    return bad > 0 or ran == 0


if __name__ == "__main__":
    sys.exit(main())
