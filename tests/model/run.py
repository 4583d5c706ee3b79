#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Random cases, on the module and on the model: see ../selftests/model.sh.

  run.py PREFIX SEED CASES
"""
import os
import random
import sys
import time

sys.path[:0] = [os.path.dirname(os.path.abspath(__file__)) + "/../selftests"]

# pylint: disable=wrong-import-position
import generate
from bench import Bench, Mismatch
from network import Network


def settle(bench, what, seconds=1):
    """Until it agrees: the module may be behind for a moment."""
    end = time.monotonic() + seconds
    while True:
        try:
            return what()
        except Mismatch:
            if time.monotonic() > end:
                raise
            time.sleep(0.02)


def check(bench, packets):
    settle(bench, bench.routes_agree)
    answers = []
    for packet in packets:
        if packet.fragment or packet.inner or packet.about:
            answers.append(None)
        else:
            answers.append(settle(bench, lambda p=packet: bench.compare(p)))
    return bench.exchange(packets, answers)


def main():
    import faulthandler; faulthandler.dump_traceback_later(40, repeat=True)
    prefix, seed, cases = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    os.sched_setaffinity(0, {0})
    network = Network(prefix)
    network.set_up()
    bench = Bench(network)
    bad = 0
    start = time.monotonic()
    for number in range(seed, seed + cases):
        case = generate.case(random.Random(number))
        open("/dev/kmsg","w").write(f"case {number}")
        if os.path.exists("/ecmp/tests/model/filter.py"):
            exec(open("/ecmp/tests/model/filter.py").read())
        try:
            t0=time.monotonic(); bench.start(case); t1=time.monotonic()
            check(bench, case.packets); print("# start", round(t1-t0,3), "check", round(time.monotonic()-t1,3), len(case.packets))
        except Mismatch as mismatch:
            bad += 1
            print(f"# case {number}: {mismatch}", flush=True)
            if bad > 20:
                break
    print(f"# {cases} cases, {bad} bad, {time.monotonic() - start:.1f} s")


if __name__ == "__main__":
    main()
