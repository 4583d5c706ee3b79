#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Compare a table of the module with the kernel's: mirror.py [TABLE ID [native]]

Run it in the router's namespace. Of each prefix the kernel's best route must
be there with all its next hops, and of the default routes all of them, with
metric, protocol and order. It prints what differs and ends with 1. With
"native" a route that the module hands to the kernel may be any unicast route.
"""

import json
import subprocess
import sys

KEPT = "201"			# protocol of the defaults that ecmp keeps


def run(*command):
    out = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
    return json.loads(out or b"[]")


def prefix(text, family):
    if text == "default":
        return "0.0.0.0/0" if family == 4 else "::/0"
    if "/" not in text:
        return text + ("/32" if family == 4 else "/128")
    return text


def skipped(dst, family):
    return family == 6 and dst.startswith(("fe80:", "ff"))


def hops(route):
    """The next hops of one of ip's routes: (gateway, device)."""
    if route.get("type") in TYPES:
        return [(None, None)]
    legs = route.get("nexthops") or [route]
    return [(leg.get("gateway"), leg.get("dev")) for leg in legs
            if "dead" not in leg.get("flags", [])]


def add(routes, route):
    """Those of one metric are one: of default routes there may be several."""
    if routes and routes[-1][:2] == route[:2]:
        routes[-1] = route[:2] + (routes[-1][2] | route[2],)
    else:
        routes.append(route)


def of_kernel(family, table):
    """Prefix -> [(metric, type, {hops})] in the kernel's order."""
    found = {}
    for route in run("ip", f"-{family}", "-j", "-N", "route", "show", "table",
                     table):
        dst = prefix(route["dst"], family)
        if skipped(dst, family) or route.get("protocol") == KEPT:
            continue
        kind = TYPES.get(route.get("type"), "unicast")
        if "nhid" in route and "dev" not in route and "nexthops" not in route:
            kind = "blackhole"
        item = (route.get("metric", 0), kind, frozenset(hops(route)))
        if not item[2]:
            continue
        if dst.endswith("/0"):
            add(found.setdefault(dst, []), item)
        else:
            found.setdefault(dst, []).append(item)
    for dst, routes in found.items():
        routes.sort(key=lambda route: route[0])
        if not dst.endswith("/0"):
            del routes[1:]
    return found


HANDED = ("unicast", frozenset({(None, None)}))
TYPES = {"6": "blackhole", "7": "unreachable", "8": "prohibit"}	# RTN_*


def of_module(table):
    """The same of the module's kernel routes."""
    found = {4: {}, 6: {}}
    for route in run("ecmpctl", "-j", "route", "show", "table", table):
        if "D" not in route["flags"]:
            continue
        family = 6 if ":" in route["prefix"] else 4
        routes = found[family].setdefault(route["prefix"], [])
        kind = route["type"]
        hop = (route.get("gateway"), route.get("device")) \
            if kind == "unicast" else (None, None)
        add(routes, (route["metric"], kind, frozenset({hop})))
    return found


def main():
    table, number = (sys.argv[1:3] + ["main", "254"])[:2]
    native = "native" in sys.argv[3:]
    module = of_module(table)
    wrong = compared = 0
    for family in (4, 6):
        kernel = of_kernel(family, number)
        ours = module[family]
        compared += len(kernel)
        for dst in sorted(kernel.keys() | ours.keys()):
            if kernel.get(dst) == ours.get(dst):
                continue
            if native and HANDED in [route[1:] for route in
                                     ours.get(dst, [])]:
                continue
            wrong += 1
            if wrong <= 5:
                print(f"{dst}: kernel {kernel.get(dst)}\n"
                      f"  module {ours.get(dst)}")
    print(f"{compared} prefixes compared, {wrong} differ")
    return wrong > 0


if __name__ == "__main__":
    sys.exit(main())
