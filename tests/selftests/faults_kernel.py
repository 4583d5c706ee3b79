#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The kernel changes, and works run, while the n-th allocation fails.

  faults_kernel.py GROUP CONFIGURATION

runs as faults.py does.

  kernel     the administrator changes the kernel's routes, addresses and
             devices: his command succeeds, and the module follows in the end
  checks     gateways are checked, and connections pinned: what follows is
             there in the end
"""

import subprocess
import sys
import time
from pathlib import Path

from faulting import (DEBUG, PROCESSES, THREADS, Failing, Objects, all_of,
                      becomes, differences, done, is_refusal, numbers, path,
                      problem, run, settled)
from genl import ADD, F_DUMP, REPLACE, Genl

# --- the kernel changes --------------------------------------------------

ROUTES = ("""\
route add 172.16.1.0/24 via 10.1.1.1
route replace 172.16.1.0/24 via 10.1.2.1
route add 172.16.2.0/24 nexthop via 10.1.1.1 nexthop via 10.1.2.1
route add default via 10.1.1.1 metric 7
route add default via 10.1.2.1 metric 8
route add unreachable 172.16.3.0/24
nexthop add id 1 via 10.1.1.1 dev wan1
nexthop add id 2 via 10.1.2.1 dev wan2
nexthop add id 3 group 1/2
route add 172.16.4.0/24 nhid 3
nexthop replace id 1 via 10.1.1.9 dev wan1
route add 172.16.5.0/24 via 10.1.1.1
route del 172.16.5.0/24
-6 route add 2001:db8:1::/48 via fd01::1 dev wan1
-6 route append 2001:db8:1::/48 via fd02::1 dev wan2
-6 route add default via fd01::1 dev wan1
-6 route add 2001:db8:2::/48 nexthop via fd01::1 nexthop via fd02::1
-6 route del 2001:db8:2::/48 via fd02::1
address add 192.0.2.1/24 dev lan0
-6 address add 2001:db8:3::1/64 dev lan0 nodad
""", """\
-6 address del 2001:db8:3::1/64 dev lan0
address del 192.0.2.1/24 dev lan0
-6 route del 2001:db8:2::/48
-6 route del default via fd01::1
-6 route del 2001:db8:1::/48
route del 172.16.4.0/24
nexthop del id 3
nexthop del id 2
nexthop del id 1
route del unreachable 172.16.3.0/24
route del default via 10.1.2.1 metric 8
route del default via 10.1.1.1 metric 7
route del 172.16.2.0/24
route del 172.16.1.0/24
""")

DEVICES = ("""\
link add new type dummy
address add 192.0.2.1/24 dev new
link set new up
route add 172.16.6.0/24 via 192.0.2.9
link set new down
link set new name other
link set other up
route add 172.16.6.0/24 via 192.0.2.9
link add bridge type bridge
link set wan3 down
link set wan2 down
link set wan2 up
-6 address add fd02::2/64 dev wan2 nodad
""", """\
link del bridge
link set wan3 up
link del other
""")

RENAMED = ("""\
link set wan1 down
link set wan1 name first
link set first up
-6 address add fd01::2/64 dev first nodad
""", """\
link set first down
link set first name wan1
link set wan1 up
-6 address add fd01::2/64 dev wan1 nodad
""")


def ip(what, lines):
    """The administrator's own commands; none may fail."""
    for family, mine in (([], [l for l in lines if l[:2] != "-6"]),
                         (["-6"], [l[3:] for l in lines if l[:2] == "-6"])):
        if not mine:
            continue
        run = subprocess.run(["ip", *family, "-batch", "-"],
                             input="\n".join(mine) + "\n", text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                             check=False)
        if run.returncode:
            problem(f"{what}: ip: {run.stdout.strip()}")


def mirrored(what):
    run = subprocess.run([sys.executable, "-B", "-E", "-S",
                          Path(__file__).with_name("mirror.py")],
                         stdout=subprocess.PIPE, text=True, check=False)
    if run.returncode:
        problem(f"{what}: main is not the kernel's:", run.stdout.strip())


def follow(nl, name, do, undo, where):
    before = settled(nl)
    ip(f"{name}", do)
    after = settled(nl)
    mirrored(name)
    ip(f"{name}", undo)
    if (left := becomes(nl, before)):
        problem(f"{name}: is not taken back",
                *list(differences(left, before))[:6])
        return 0
    objects = Objects()
    count = 0
    for n in numbers():
        with Failing(n, where) as failing:
            ip(f"{name}, {n}", do)
            if where == THREADS:
                becomes(nl, after, 5)
        what = f"{name}, {failing}"
        wrong = becomes(nl, after)
        if wrong:
            problem(f"{what}: not followed",
                    *list(differences(wrong, after))[:6])
        ip(f"{name}, {n}, back", undo)
        wrong = becomes(nl, before)
        if wrong:
            problem(f"{what}: not taken back",
                    *list(differences(wrong, before))[:6])
            break
        if not failing.hit:
            break
        count += 1
    mirrored(name)
    objects.check(name)
    return count


def group_kernel():
    nl = Genl()
    for name, (do, undo) in (("routes", ROUTES), ("devices", DEVICES),
                             ("rename", RENAMED)):
        do, undo = do.splitlines(), undo.splitlines()
        for where in (PROCESSES, THREADS):
            count = follow(nl, name, do, undo, where)
            print(f"{name}, {'processes' if where == PROCESSES else 'works'}:"
                  f" {count} failures", flush=True)
        # Nothing at all, for a while.
        before = settled(nl)
        ip(name, do)
        after = settled(nl)
        ip(name, undo)
        becomes(nl, before)
        with Failing(1, PROCESSES | THREADS, 0) as failing:
            ip(f"{name}, no memory", do)
            time.sleep(0.5)
        print(f"{name}: {failing.hit} in a row")
        wrong = becomes(nl, after, 60)
        if wrong:
            problem(f"{name}, no memory: not followed",
                    *list(differences(wrong, after))[:6])
        ip(f"{name}, no memory, back", undo)
        wrong = becomes(nl, before)
        if wrong:
            problem(f"{name}, no memory: not taken back",
                    *list(differences(wrong, before))[:6])


# --- what works do by themselves -----------------------------------------

CHECKED = [("ROUTE_NEW", path(i) + [("CHECK", 1)], REPLACE) for i in (1, 2, 3)]
# What is done, what takes it back, and what is there afterwards.
WORKS = {
    "checks": (
        CHECKED + [("SETTINGS_SET", {"CHECK_INTERVAL": 300}, 0)],
        [("ROUTE_NEW", path(i), REPLACE) for i in (1, 2, 3)] +
        [("SETTINGS_SET", {"CHECK_INTERVAL": 10000}, 0)],
        lambda nl: [(h["DEVICE"], h["CHECK_STATE"])
                    for h in nl.dump("NEXTHOP_GET") if "CHECK_STATE" in h]),
    "a table that follows": (
        [("TABLE_NEW", {"NAME": "K", "KERNEL_ID": 100}, ADD)],
        [("TABLE_DEL", {"NAME": "K"}, 0)],
        lambda nl: [(r["DST"], r.get("GATEWAY")) for r in
                    nl.ask("ROUTE_GET", {"TABLE": "K"}, F_DUMP).objects]),
    "kernel routes": (
        [("SETTINGS_SET", {"KERNEL_ROUTES": 0}, 0),
         ("SETTINGS_SET", {"KERNEL_ROUTES": 1}, 0)],
        [],
        lambda nl: subprocess.run(
            ["ip", "route", "show", "default", "proto", "201"], check=True,
            stdout=subprocess.PIPE, text=True).stdout),
}


def steady_now(nl, read):
    now = None
    while now is None or now != read(nl):
        now = read(nl)
        time.sleep(1.5)
    return now


def group_checks():
    """All that a work of the module's needs fails once."""
    nl = Genl()
    ip("a table of the kernel's", [
        "route add 172.16.9.0/24 table 100 via 10.1.1.1",
        "route add 172.16.8.0/24 table 100 nexthop via 10.1.1.1 "
        "nexthop via 10.1.2.1"])
    before = settled(nl)
    objects = None
    for name, (do, undo, read) in WORKS.items():
        done(nl, do)
        after = steady_now(nl, read)
        done(nl, undo)
        becomes(nl, before)
        objects = objects or Objects()
        count = 0
        for n in numbers():
            with Failing(n, THREADS | PROCESSES | 4 * DEBUG) as failing:
                answer = all_of(nl, do)
                end = time.monotonic() + (0 if answer.errno else 3)
                while read(nl) != after and time.monotonic() < end:
                    time.sleep(0.1)
            count += failing.hit > 0
            if answer.errno:
                is_refusal(f"{name}, {failing}", answer)
                done(nl, do)
            end = time.monotonic() + 30
            while read(nl) != after:
                if time.monotonic() > end:
                    problem(f"{name}, {failing}: {read(nl)} instead of "
                            f"{after}")
                    break
                time.sleep(0.1)
            done(nl, undo)
            wrong = becomes(nl, before)
            if wrong:
                problem(f"{name}, {failing}: not taken back",
                        *list(differences(wrong, before))[:6])
                break
            if not failing.hit:
                break
        print(f"{name}: {count} failures", flush=True)
        if not count:
            problem(f"{name}: nothing failed")
    ip("a table of the kernel's", ["route flush table 100"])
    objects.check("checks")


if __name__ == "__main__":
    sys.exit(run(globals()))
