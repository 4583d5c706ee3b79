# SPDX-License-Identifier: GPL-2.0
"""What happens to a router that is at work: on the machine and in the model."""
from dataclasses import replace

import generate
from generate import identity, kernel_words, route_words, rule_words


# Of these only what the path was, or where it returns to, may move.
LIFE_AND_DEATH = ("force", "carrier", "admin")


def apply(bench, event):
    """Returns whether there was anything to do. Afterwards the bench knows."""
    kind, *what = event
    conf = replace(bench.conf, routes=list(bench.conf.routes),
                   rules=list(bench.conf.rules))
    around = replace(bench.around, routes=list(bench.around.routes),
                     devices=dict(bench.around.devices),
                     forced=dict(bench.around.forced))
    done = DO[kind](bench, conf, around, *what)
    if done:
        bench.become(conf, around)
    return done


def force(bench, _, around, family, hop, state):
    if (family, hop) not in generate.used_hops(bench.conf, bench.around):
        return False
    bench.force(family, hop, state)
    around.forced.pop((family, hop), None)
    if state != "auto":
        around.forced[family, hop] = state
    return True


def carrier(bench, _, around, name, there):
    if around.devices[name].carrier == there:
        return False
    bench.network.batch("wan", [f"link set {name} {'up' if there else 'down'}"])
    around.devices[name] = replace(around.devices[name], carrier=there)
    return True


def admin(bench, _, around, name, up):
    """The kernel's own routes go with the device and do not return. What it
    does with a multipath route of which a part goes is its own affair."""
    if around.devices[name].up == up:
        return False
    if any(len(one.hops) > 1 and name in {hop[1] for hop in one.hops}
           for one in around.routes):
        return False
    if up:
        bench.network.batch("router", bench.up_lines(name))
    else:
        bench.network.batch("router", [f"link set {name} down"])
        around.routes = [one for one in around.routes
                         if all(hop[1] != name for hop in one.hops)]
        bench.kernel = list(around.routes)
    around.devices[name] = replace(around.devices[name], up=up)
    return True


def kernel_add(bench, _, around, new):
    for old in around.routes:
        if (old.table, old.prefix) != (new.table, new.prefix):
            continue
        if old.metric == new.metric:
            return False
    if any(not around.devices[hop[1]].up for hop in new.hops):
        return False
    bench.network.batch("router", ["route add " + kernel_words(new)])
    around.routes.append(new)
    bench.kernel = list(around.routes)
    return True


def kernel_del(bench, _, around, old):
    if old not in around.routes:
        return False
    bench.network.batch("router", ["route del " + kernel_words(old)])
    around.routes.remove(old)
    bench.kernel = list(around.routes)
    return True


def route_add(bench, conf, _, new):
    if not generate.fits(new, conf.routes):
        return False
    bench.ctl(["route", "add", *route_words(new)])
    conf.routes.append(new)
    return True


def route_del(bench, conf, _, old):
    if old not in conf.routes:
        return False
    bench.ctl(["route", "del", *identity(old)])
    conf.routes.remove(old)
    return True


def route_set(bench, conf, _, old, new):
    if old not in conf.routes:
        return False
    others = [one for one in conf.routes if one != old]
    if not generate.fits(new, others):
        return False
    if old.disabled != new.disabled:
        bench.ctl(["route", "disable" if new.disabled else "enable",
                   *identity(old)])
    if old.distance != new.distance:
        bench.ctl(["route", "set", *identity(old), "distance",
                   str(new.distance)])
    conf.routes[conf.routes.index(old)] = new
    return True


def rule_add(bench, conf, _, at, new):
    if at > len(conf.rules):
        return False
    if new.table not in (None, "main", *conf.tables):
        return False
    where = ["before", str(at)] if at < len(conf.rules) else []
    bench.ctl([*generate.rule_option(new), "rule", "add", *rule_words(new),
               *where])
    conf.rules.insert(at, new)
    return True


def rule_del(bench, conf, _, number):
    if number >= len(conf.rules):
        return False
    bench.ctl(["rule", "del", str(number)])
    del conf.rules[number]
    return True


def rule_move(bench, conf, _, number, before):
    if max(number, before) >= len(conf.rules) or number == before:
        return False
    bench.ctl(["rule", "move", str(number), "before", str(before)])
    moved = conf.rules.pop(number)
    conf.rules.insert(before - (number < before), moved)
    return True


def rule_set(bench, conf, _, number, new):
    if number >= len(conf.rules):
        return False
    bench.ctl(["rule", "disable" if new.disabled else "enable", str(number)])
    conf.rules[number] = replace(conf.rules[number], disabled=new.disabled)
    return True


DO = {"force": force, "carrier": carrier, "admin": admin,
      "kernel-add": kernel_add, "kernel-del": kernel_del,
      "route-add": route_add, "route-del": route_del, "route-set": route_set,
      "rule-add": rule_add, "rule-del": rule_del, "rule-move": rule_move,
      "rule-set": rule_set}


def by_commands(bench, conf, draw):
    """Make a configuration step by step, in another order and by detours;
    what "save" prints then must be what it prints after "load"."""
    want = bench.ctl(["save"])
    bench.ctl(["load", "-"], "")
    lines = generate.commands(replace(conf, routes=[], rules=[]))
    for words in lines:
        bench.ctl(words)
    routes = list(conf.routes)
    draw.shuffle(routes)
    for one in routes:
        if generate.some(draw, 4) and one.type == "unicast":
            bench.ctl(["route", "replace", *route_words(
                replace(one, weight=7, disabled=not one.disabled))])
            bench.ctl(["route", "replace", *route_words(one)])
        else:
            bench.ctl(["route", "add", *route_words(one)])
        if generate.some(draw, 6):
            bench.ctl(["route", "del", *identity(one)])
            bench.ctl(["route", "add", *route_words(one)])
    # Each rule goes before those that stand already and come behind it.
    order = list(range(len(conf.rules)))
    draw.shuffle(order)
    there = []
    for number in order:
        at = sum(other < number for other in there)
        where = ["before", str(at)] if at < len(there) else []
        one = conf.rules[number]
        bench.ctl([*generate.rule_option(one), "rule", "add",
                   *rule_words(one), *where])
        there.append(number)
    if len(there) > 1:
        bench.ctl(["rule", "move", "0", "after", str(len(there) - 1)])
        bench.ctl(["rule", "move", str(len(there) - 1), "before", "0"])
    got = bench.ctl(["save"])
    if got != want:
        # pylint: disable=import-outside-toplevel
        import difflib
        from bench import Mismatch
        raise Mismatch("save: by single commands it is not as by load: " +
                       " | ".join(difflib.unified_diff(
                           want.splitlines(), got.splitlines(), lineterm="",
                           n=0)))
