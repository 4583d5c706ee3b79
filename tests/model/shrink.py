# SPDX-License-Identifier: GPL-2.0
"""A case that fails, made smaller as long as it fails in the same way."""
import copy
import random
import time
from dataclasses import fields, replace

import generate
from bench import Mismatch, describe
from objects import Configuration, Packet, Rule


def fails(bench, case, run):
    """What is wrong with it; nothing if it is well."""
    try:
        run(bench, copy.deepcopy(case), random.Random(1), 0.3)
    except Mismatch as mismatch:
        return str(mismatch)
    return None


def kind(text):
    """Of which kind a mismatch is: its words up to the second colon."""
    return text.split(":")[0].split(",")[0]


def smaller(case):
    """Cases that are a little smaller, those first that are much."""
    for where, name in ((case, "events"), (case, "packets"),
                        (case.conf, "rules"), (case.conf, "routes"),
                        (case.around, "routes")):
        items = getattr(where, name)
        step = max(1, len(items) // 2)
        while items and step:
            for at in range(0, len(items), step):
                yield edited(case, where, name, items[:at] + items[at + step:])
            step //= 2
    if case.around.rp_filter:
        yield edited(case, case.around, "rp_filter", {})
    conf, plain = case.conf, Configuration(pin="none")
    for name in ("policy", "seed", "kernel_routes", "proto_distance",
                 "dev_distance", "enabled"):
        if getattr(conf, name) != getattr(plain, name):
            yield edited(case, conf, name, getattr(plain, name))
    named = {one.table for one in conf.routes + conf.rules}
    for name in conf.tables:
        if name not in named:
            yield edited(case, conf, "tables", {
                key: table for key, table in conf.tables.items()
                if key != name})
    for number, one in enumerate(conf.rules):
        for field in fields(Rule):
            if (field.name in ("action", "table", "mask") or
                    getattr(one, field.name) == field.default):
                continue
            plainer = replace(one, **{field.name: field.default})
            if plainer.proto is None and (plainer.sport or plainer.dport):
                continue
            yield edited(case, conf, "rules", conf.rules[:number] +
                         [plainer] + conf.rules[number + 1:])
    for number, one in enumerate(case.packets):
        for name in ("dscp", "mark", "label", "ttl"):
            default = Packet.__dataclass_fields__[name].default
            if getattr(one, name) != default:
                yield edited(case, case, "packets", case.packets[:number] +
                             [replace(one, **{name: default})] +
                             case.packets[number + 1:])
    if case.commands:
        yield edited(case, case, "commands", False)


def edited(case, where, name, value):
    """A copy of a case in which one member of one of its parts is another."""
    out = replace(case, conf=replace(case.conf), around=replace(case.around))
    target = out
    if where is case.conf:
        target = out.conf
    elif where is case.around:
        target = out.around
    setattr(target, name, value)
    return out


def shrink(bench, case, run, seconds=60):
    case = replace(case, fixed=True)
    text = fails(bench, case, run)
    if text is None:
        return case, None
    wanted, end = kind(text), time.monotonic() + seconds
    again = True
    while again and time.monotonic() < end:
        again = False
        for other in smaller(case):
            if time.monotonic() > end:
                break
            said = fails(bench, other, run)
            if said is not None and kind(said) == wanted:
                case, text, again = other, said, True
                break
    return case, text


def report(bench, case, number, run):
    case, text = shrink(bench, case, run)
    if text is None:
        print(f"# case {number} does not fail again: a matter of time")
        return
    print(f"# case {number}, made smaller: {text}")
    for dev, mode in case.around.rp_filter.items():
        print(f"#   sysctl net.ipv4.conf.{dev}.rp_filter={mode}")
    for one in case.around.routes:
        print("#   ip route add", generate.kernel_words(one))
    for words in generate.commands(case.conf):
        print("#   ecmpctl", *words)
    for event in case.events:
        print("#   then", *map(str, event))
    for packet in case.packets:
        print("#   packet", describe(packet))
