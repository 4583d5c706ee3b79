# SPDX-License-Identifier: GPL-2.0
"""Random configurations, packets and events, as objects of the model, and the
words by which ecmpctl and ip are told of them.

Everything is drawn from few values, so that things meet: prefixes lie in each
other, rules match, next hops are shared.
"""
import ipaddress
from dataclasses import dataclass, field, replace

from model import Router
from network import (DESTINATIONS, GATEWAYS, HOSTS, LANS, MARKS, NOARP, WANS,
                     devices)
from objects import (ICMP, ICMP6, KERNEL_MAIN, MAIN, PORTS, SCTP, TCP, UDP,
                     Configuration, Hop, KernelRoute, Packet, Route, Rule,
                     Surroundings, Table)

ip, net = ipaddress.ip_address, ipaddress.ip_network
PREFIXES = {
    4: [net(p) for p in """0.0.0.0/0 0.0.0.0/1 128.0.0.0/1 192.0.0.0/4
        203.0.0.0/16 203.0.113.0/24 203.0.113.64/26 203.0.113.80/28
        203.0.113.81/32 198.18.0.0/15 198.18.7.0/24 198.18.7.7/32
        8.0.0.0/8 10.0.0.0/8 10.1.0.0/16 10.1.2.0/25 10.1.2.9/32
        192.168.0.0/16 192.168.1.0/25 192.168.2.6/32 100.64.0.0/10
        """.split()],
    6: [net(p) for p in """::/0 ::/1 2000::/3 2001::/16 2001:db8::/32
        2001:db8:113::/48 2001:db8:113::/64 2001:db8:113:0:8000::/65
        2001:db8:113:0:8000::1/128 2001:db8:200::/48 2001:db8:200::7/128
        2001:2::/48 2001:2::8/125 2a00::/12 2001:db8:a2::/63 2001:db8:1::/48
        2001:db8:1::/80 2001:db8:2::6/128 2620:fe::/48 2001:db8:a0::/44
        """.split()],
}
SOURCES = {
    4: [net(p) for p in """192.168.0.0/16 192.168.1.0/24 192.168.1.0/25
        192.168.1.5/32 192.168.2.0/24 10.1.0.0/16 0.0.0.0/0 203.0.113.0/24
        """.split()],
    6: [net(p) for p in """2001:db8::/32 2001:db8:1::/64 2001:db8:1::/81
        2001:db8:1::5/128 2001:db8:2::/64 2001:db8:a0::/44 ::/0 2001:2::/48
        """.split()],
}
# By no device of the router's.
GHOST = "ghost0"
TABLES = ("one", "two", "three")
KERNEL_IDS = (1001, 1002)
POLICIES = ("l3", "l4", "l3-inner", "src")
PROTOCOLS = {"boot": 3, "static": 4, "ra": 9, "zebra": 11, "dhcp": 16,
             "bgp": 186, "isis": 187, "ospf": 188, "rip": 189}
PROTO = {TCP: "tcp", UDP: "udp", SCTP: "sctp", 33: "dccp", ICMP: "icmp",
         ICMP6: "ipv6-icmp", 47: "gre", 50: "esp", 89: "ospf", 2: "igmp",
         200: "200"}
FOREIGN = {4: [ip("203.0.113.9"), ip("8.8.4.4"), ip("100.64.9.9")],
           6: [ip("2001:db8:113::9"), ip("2001:2::77"), ip("2a00::9")]}
# Nobody's, or the router's own.
MARTIANS = {
    4: [ip(a) for a in """192.168.1.1 10.1.1.2 10.1.5.2 198.51.100.77
        192.168.1.255 127.0.0.9 0.0.0.0 224.0.0.99 255.255.255.255
        """.split()],
    6: [ip(a) for a in "2001:db8:1::1 2001:db8:a1::2 ::1 :: ff0e::9".split()],
}
# These are none of the module's.
SPECIAL = {
    4: [ip(a) for a in """192.168.1.1 192.168.2.1 10.1.1.2 10.1.5.2
        198.51.100.77 224.0.0.99 239.1.2.3 255.255.255.255 192.168.1.255
        192.168.2.255 127.0.0.9 0.0.0.0""".split()],
    6: [ip(a) for a in """2001:db8:1::1 2001:db8:2::1 2001:db8:a1::2
        2001:db8:a5::2 2001:db8:77::77 ff0e::99 ff02::1234 fe80::77 ::1
        """.split()],
}


@dataclass
class Case:
    """What one seed makes."""
    conf: Configuration
    around: Surroundings
    packets: list = field(default_factory=list)
    events: list = field(default_factory=list)
    commands: bool = False      # by single commands, too
    rounds: int = 0             # events to be drawn, one after the other
    fixed: bool = False         # those above are all


def some(draw, one_in):
    return draw.randrange(one_in) == 0


# --- configurations ----------------------------------------------------------

def hop(draw, family, onlink=True):
    """Gateway and device of a route, and whether it has to say onlink."""
    dev = draw.choice(WANS)
    if dev == NOARP:
        return None, dev, False
    if some(draw, 8):
        return None, dev, False
    gateways = GATEWAYS[family][dev]
    gateway = draw.choice(gateways if onlink else gateways[:2])
    return gateway, dev, gateway == gateways[2]


def kernel_routes(draw):
    out = {}
    for table in (KERNEL_MAIN, *KERNEL_IDS):
        for _ in range(draw.randrange(7)):
            family = draw.choice((4, 6))
            prefix = draw.choice(PREFIXES[family])
            if some(draw, 2):
                prefix = PREFIXES[family][0]
            metric = draw.choice((10, 20, 100, 300))
            protocol = draw.choice(list(PROTOCOLS))
            kind, hops = "unicast", []
            if some(draw, 6):
                kind = draw.choice(("blackhole", "unreachable", "prohibit"))
            else:
                for _ in range(draw.choice((1, 1, 2, 3))):
                    gateway, dev, _ = hop(draw, family, False)
                    hops.append((gateway, dev, draw.choice((1, 1, 2, 5))))
                if len(hops) > 1:
                    hops = [h for h in hops if h[0] is not None]
                hops = list({h[:2]: h for h in hops}.values())
                if not hops:
                    continue
                if len(hops) == 1:
                    hops = [hops[0][:2] + (1,)]
            if table == KERNEL_MAIN and covers_lan(prefix):
                continue
            # The kernel refuses an IPv4 route that is equal but for this.
            out[table, prefix, metric] = KernelRoute(
                prefix, tuple(hops), kind, metric, protocol, table)
    return list(out.values())


def covers_lan(prefix):
    """Would the kernel's own errors to the LANs go elsewhere?"""
    return any(prefix.subnet_of(net(lan)) for lan in
               ("192.168.1.0/24", "192.168.2.0/24", "2001:db8:1::/64",
                "2001:db8:2::/64") if net(lan).version == prefix.version)


def route(draw, table, family, prefixes):
    prefix = draw.choice(prefixes)
    distance = draw.choice((1,) * 8 + (2, 2, 2, 5, 5, 20, 255))
    weight = draw.choice((1, 1, 1, 2, 3, 10, 256))
    disabled = some(draw, 10)
    if some(draw, 8):
        kind = draw.choice(("blackhole", "unreachable", "prohibit"))
        return Route(prefix, kind, table=table, distance=distance,
                     disabled=disabled)
    gateway, device, onlink = hop(draw, family)
    if some(draw, 8):
        gateway, onlink = "kernel", False
    elif gateway is not None and some(draw, 4):
        if not onlink and not gateway.is_link_local:
            device = None
    elif some(draw, 20):
        device = GHOST
    if gateway not in (None, "kernel") and device and some(draw, 16):
        onlink = not onlink
    return Route(prefix, gateway=gateway, device=device, table=table,
                 onlink=onlink, distance=distance, weight=weight,
                 disabled=disabled)


def fits(new, routes):
    """Is it another route than those, and would it not be refused?"""
    for old in routes:
        if (old.table, old.prefix) != (new.table, new.prefix):
            continue
        if old.type != new.type:
            # Types of one distance exclude each other.
            if old.distance == new.distance:
                return False
            continue
        if old.type != "unicast":
            return False
        # Two ways to write one next hop: which of them holds is not said.
        if old.gateway == new.gateway and (
                old.device == new.device or
                None in (old.device, new.device)):
            return False
        if "kernel" in (old.gateway, new.gateway):
            if old.device == new.device or None in (old.device, new.device):
                return False
    return True


def routes(draw, tables):
    out = []
    for table in tables:
        for family in (4, 6):
            prefixes = draw.sample(PREFIXES[family], 3)
            prefixes += [PREFIXES[family][0]] * 3
            for _ in range(draw.choice((0, 1, 3, 6, 9))):
                new = route(draw, table, family, prefixes)
                if fits(new, out):
                    out.append(new)
    return out


def ports(draw):
    low = draw.choice((1, 53, 443, 5000, 40000))
    return low, draw.choice((low, low, low + 100, 65535))


def rule(draw, tables):
    action = draw.choice(("lookup",) * 12 +
                         ("lookup-only-in-table",) * 3 +
                         ("drop", "unreachable", "prohibit", "native"))
    words = {"action": action, "disabled": some(draw, 12)}
    family = draw.choice((4, 6))
    if some(draw, 2):
        words["source"] = draw.choice(SOURCES[family])
    if some(draw, 3):
        words["to"] = draw.choice(PREFIXES[family])
    if some(draw, 4):
        words["iif"] = draw.choice((*LANS, *LANS, *WANS, "lo", GHOST))
    if some(draw, 5):
        words["mark"] = draw.choice(MARKS)
        if some(draw, 2):
            words["mask"] = draw.choice((0x1, 0x3, 0x10, 0xff, 0xf0000))
            words["mark"] &= words["mask"]
    if some(draw, 3):
        known = [p for p in PROTO if p != (ICMP if family == 6 else ICMP6)]
        words["proto"] = draw.choice(known + [TCP, UDP, UDP])
        if words["proto"] in PORTS:
            for word in ("sport", "dport"):
                if some(draw, 3):
                    words[word] = ports(draw)
    if some(draw, 8):
        words["dscp"] = draw.choice((0, 10, 46))
    if action.startswith("lookup"):
        words["table"] = draw.choice(tables)
        if some(draw, 3):
            words["min_prefix"] = draw.choice((0, 0, 1, 8, 15, 24, 32))
            if Router.rule_family(Rule(**words)) == 6 and some(draw, 2):
                words["min_prefix"] = draw.choice((48, 64, 127, 128))
    new = Rule(**words)
    if Router.rule_family(new) is None and some(draw, 3):
        new = replace(new, family=family)
    return new


def configuration(draw):
    conf = Configuration(
        enabled=not some(draw, 25),
        policy={f: draw.choice(POLICIES) for f in (4, 6)},
        seed=draw.randrange(1, 1 << 32) if some(draw, 2) else None,
        pin="none", kernel_routes=some(draw, 2))
    for name in TABLES[:draw.choice((0, 1, 2, 2, 3))]:
        conf.tables[name] = Table(
            draw.choice(("inherit", "inherit", *POLICIES)),
            draw.choice(("hash",) * 8 + ("per-packet", "round-robin",
                                         "round-robin-flow")),
            kernel=draw.choice((None, None, *KERNEL_IDS)))
    ids = set()
    for table in conf.tables.values():
        if table.kernel in ids:
            table.kernel = None
        ids.add(table.kernel)
    names = [MAIN, *conf.tables]
    conf.routes = routes(draw, names)
    conf.rules = [rule(draw, names)
                  for _ in range(draw.choice((0, 1, 2, 4, 8, 12)))]
    for _ in range(draw.choice((0, 0, 1, 2))):
        if some(draw, 2):
            conf.dev_distance[draw.choice(WANS)] = draw.choice((0, 1, 2, 255))
        else:
            conf.proto_distance[draw.choice(list(PROTOCOLS) + ["kernel"])] = \
                draw.choice((1, 2, 30, 255))
    return conf


# --- packets -----------------------------------------------------------------

def packet(draw, family, own=False):
    dst = draw.choice(DESTINATIONS[family])
    if some(draw, 10):
        dst = draw.choice(SPECIAL[family])
    if own:
        iif, src = None, draw.choice(own_addresses(family))
    else:
        iif = draw.choice((*LANS, *LANS, *LANS, *WANS))
        if iif in LANS:
            src = draw.choice(HOSTS[iif][family])
        else:
            src = draw.choice(FOREIGN[family])
        if some(draw, 16):
            src = draw.choice(FOREIGN[family])
        if some(draw, 40):
            src = draw.choice(MARTIANS[family])
    proto = draw.choice((TCP, TCP, UDP, UDP, UDP, *PROTO))
    if proto in (ICMP, ICMP6):
        proto = ICMP if family == 4 else ICMP6
    if dst in SPECIAL[family]:
        proto = UDP
    words = {"src": src, "dst": dst, "iif": iif, "proto": proto,
             "mark": draw.choice(MARKS) if some(draw, 3) else 0,
             "dscp": draw.choice((0, 0, 0, 10, 46)),
             "ttl": 1 if some(draw, 20) and not own else 64}
    if proto in PORTS:
        words["sport"] = draw.choice((1, 53, 4999, 5000, 5050, 5100, 5101,
                                      40000, 40100, 61000))
        words["dport"] = draw.choice((1, 53, 153, 443, 444, 543, 8080, 65535))
    elif proto in (ICMP, ICMP6):
        words["sport"] = draw.randrange(1, 65536)
    if family == 6:
        words["label"] = draw.choice((0, 0, 1, 0xfffff))
    if not own:
        words |= special(draw, family, words)
    return Packet(**words)


def special(draw, family, words):
    """Fragments, tunnels and ICMP errors, now and then."""
    kind = draw.randrange(30)
    plain = words["proto"] in PORTS and words["dst"] in DESTINATIONS[family]
    if kind == 0 and plain:
        return {"fragment": draw.choice(("first", "later"))}
    if kind == 1 and plain:
        inner_family = draw.choice((4, 6))
        inner = Packet(draw.choice(FOREIGN[inner_family]),
                       draw.choice(DESTINATIONS[inner_family]), "", UDP,
                       draw.randrange(1, 65536), 53)
        proto = draw.choice((4 if inner_family == 4 else 41, 47))
        return {"proto": proto, "sport": 0, "dport": 0, "inner": inner}
    if kind == 2 and plain:
        # About a packet that came from there.
        about = Packet(words["dst"], words["src"], "", words["proto"],
                       words["dport"], words["sport"])
        return {"proto": ICMP if family == 4 else ICMP6, "sport": 0,
                "dport": 0, "about": about}
    return {}


def own_addresses(family):
    return [mine.ip for dev in devices().values() for mine in dev.addresses
            if mine.version == family]


def packets(draw, count):
    out = []
    for _ in range(count):
        family = draw.choice((4, 6))
        # Some that are nearly another one: what differs must not matter.
        if out and some(draw, 3):
            old = draw.choice(out)
            if (old.proto in PORTS and old.fragment is None and
                    not old.about and not old.inner):
                out.append(replace(old, **draw.choice((
                    {"sport": draw.choice((1, 5000, 40001))},
                    {"dport": 443}, {"mark": draw.choice(MARKS)},
                    {"dscp": 46}, {"proto": draw.choice(PORTS)},
                    {"src": replace_host(draw, old)}))))
                continue
        out.append(packet(draw, family, some(draw, 6)))
    return list(dict.fromkeys(out))


def replace_host(draw, old):
    if old.iif is None:
        return draw.choice(own_addresses(old.family))
    if old.iif in LANS:
        return draw.choice(HOSTS[old.iif][old.family])
    return draw.choice(FOREIGN[old.family])


# --- events ------------------------------------------------------------------

def used_hops(conf, around):
    """The next hops of all routes, as far as they are known now."""
    router = Router(conf, around)
    out = []
    for one in conf.routes:
        found = router.hop_of(one) if one.type == "unicast" else None
        if found and found.device in around.devices:
            out.append((one.prefix.version, found))
    numbers = {KERNEL_MAIN} | {table.kernel for table in conf.tables.values()}
    # Of the kernel's only the best, but all the defaults.
    best = {}
    for one in around.routes:
        key = one.table, one.prefix
        best[key] = min(one.metric, best.get(key, one.metric))
    out += [(one.prefix.version, Hop(*leg[:2])) for one in around.routes
            if one.table in numbers and (
                not one.prefix.prefixlen or
                one.metric == best[one.table, one.prefix])
            for leg in one.hops]
    return list(dict.fromkeys(out))


def event(draw, conf, around):
    back = around.returns()
    if back and some(draw, 2):
        return draw.choice(back)
    kind = draw.choice(("force", "force", "force", "carrier", "carrier",
                        "admin", "kernel", "kernel", "route", "rule"))
    if kind == "force":
        hops = used_hops(conf, around)
        if not hops:
            return None
        family, chosen = draw.choice(hops)
        state = draw.choice(("dead", "dead", "auto", "drain", "alive"))
        return "force", family, chosen, state
    if kind == "carrier":
        return "carrier", draw.choice(WANS), some(draw, 2)
    if kind == "admin":
        return "admin", draw.choice(WANS), some(draw, 2)
    if kind == "kernel":
        if around.routes and some(draw, 2):
            return "kernel-del", draw.choice(around.routes)
        new = kernel_routes(draw)
        return ("kernel-add", new[0]) if new else None
    if kind == "route":
        if conf.routes and not some(draw, 3):
            old = draw.choice(conf.routes)
            return draw.choice((
                ("route-del", old),
                ("route-set", old, replace(old, disabled=not old.disabled)),
                ("route-set", old, replace(
                    old, distance=draw.choice((1, 2, 3, 255))))))
        family = draw.choice((4, 6))
        new = route(draw, draw.choice([MAIN, *conf.tables]), family,
                    PREFIXES[family])
        return ("route-add", new) if fits(new, conf.routes) else None
    if conf.rules and some(draw, 2):
        number = draw.randrange(len(conf.rules))
        return draw.choice((
            ("rule-del", number),
            ("rule-move", number, draw.randrange(len(conf.rules))),
            ("rule-set", number, replace(
                conf.rules[number],
                disabled=not conf.rules[number].disabled))))
    return ("rule-add", draw.randrange(len(conf.rules) + 1),
            rule(draw, [MAIN, *conf.tables]))


def case(draw):
    """A case from a random.Random; its events are drawn as it goes on."""
    conf = configuration(draw)
    around = Surroundings(devices(), kernel_routes(draw),
                          rp_filter=rp_filter(draw))
    if some(draw, 5):
        return tracked(draw, conf, around)
    return Case(conf, around, packets(draw, draw.choice((20, 40, 60))),
                commands=some(draw, 20),
                rounds=draw.choice((0, 0, 2, 4, 6)))


def rp_filter(draw):
    """On some devices of one case in three."""
    devs = LANS + WANS if some(draw, 3) else ()
    return {dev: draw.choice((1, 2)) for dev in devs if some(draw, 2)}


def tracked(draw, conf, around):
    """With conntrack: connections from the LANs, pinned to uplinks."""
    conf.pin = "connection"
    conf.tables = {name: replace(table, balance="hash")
                   for name, table in conf.tables.items()}
    for family in (4, 4, 4, 6, 6, 6):
        new = replace(route(draw, MAIN, family, PREFIXES[family][:1]),
                      distance=1, disabled=False)
        if new.type == "unicast" and fits(new, conf.routes):
            conf.routes.append(new)
    some_packets = [one for one in packets(draw, 150)
                    if one.iif in LANS and one.proto in (TCP, UDP) and
                    one.ttl > 1 and not one.fragment and
                    one.dst in DESTINATIONS[one.family]]
    return Case(conf, around, some_packets, rounds=draw.choice((2, 4, 8)))


# --- words -------------------------------------------------------------------

def prefix_words(prefix):
    return str(prefix)


def identity(one):
    """The words by which ecmpctl knows a route."""
    words = [] if one.type == "unicast" else [one.type]
    words.append(str(one.prefix))
    if one.gateway is not None:
        words += ["via", str(one.gateway)]
    if one.device is not None:
        words += ["dev", one.device]
    if one.table != MAIN:
        words += ["table", one.table]
    return words


def route_words(one):
    words = identity(one)
    if one.onlink:
        words.append("onlink")
    if one.distance != 1:
        words += ["distance", str(one.distance)]
    if one.weight != 1:
        words += ["weight", str(one.weight)]
    if one.disabled:
        words.append("disabled")
    return words


def rule_words(one):
    words = []
    for word, value in (("from", one.source), ("to", one.to),
                        ("iif", one.iif)):
        if value is not None:
            words += [word, str(value)]
    if one.mark is not None:
        words += ["mark", hex(one.mark) if one.mask == 0xffffffff else
                  f"{one.mark:#x}/{one.mask:#x}"]
    if one.proto is not None:
        words += ["ipproto", PROTO[one.proto]]
    for word, value in (("sport", one.sport), ("dport", one.dport)):
        if value is not None:
            words += [word, str(value[0]) if value[0] == value[1] else
                      f"{value[0]}-{value[1]}"]
    if one.dscp is not None:
        words += ["dscp", str(one.dscp)]
    words.append(one.action)
    if one.table is not None:
        words.append(one.table)
    if one.min_prefix is not None:
        words += ["min-prefix", str(one.min_prefix)]
    if one.disabled:
        words.append("disabled")
    return words


def rule_option(one):
    return [f"-{one.family}"] if one.family else []


def distance_words(name):
    return str(PROTOCOLS.get(name, 2)) if name in ("zebra", "boot",
                                                   "kernel") else name


def table_words(table):
    words = []
    if table.kernel is not None:
        words += ["kernel", str(table.kernel)]
    if table.policy != "inherit":
        words += ["hash-policy", table.policy]
    if table.balance != "hash":
        words += ["balance", table.balance]
    if table.failback != "soft":
        words += ["failback", table.failback]
    return words


def commands(conf):
    """A configuration as lists of words for ecmpctl, in a file's order."""
    out = []
    if not conf.enabled:
        out.append(["set", "enabled", "no"])
    for family in (4, 6):
        if conf.policy[family] != "l3":
            out.append([f"-{family}", "set", "hash-policy",
                        conf.policy[family]])
    if conf.seed is not None:
        out.append(["set", "hash-seed", str(conf.seed)])
    if conf.pin != "connection":
        out.append(["set", "pin", conf.pin])
    if not conf.kernel_routes:
        out.append(["set", "kernel-routes", "off"])
    for name, value in conf.proto_distance.items():
        out.append(["distance", "proto", distance_words(name), str(value)])
    for name, value in conf.dev_distance.items():
        out.append(["distance", "dev", name, str(value)])
    for name, table in conf.tables.items():
        out.append(["table", "add", name, *table_words(table)])
    for one in conf.routes:
        out.append(["route", "add", *route_words(one)])
    for one in conf.rules:
        out.append([*rule_option(one), "rule", "add", *rule_words(one)])
    return out


def kernel_words(one):
    """One of the kernel's routes for ip."""
    words = [] if one.type == "unicast" else [one.type]
    words += [str(one.prefix), "proto", str(PROTOCOLS[one.protocol]),
              "metric", str(one.metric), "table", str(one.table)]
    for gateway, device, weight in one.hops:
        if len(one.hops) > 1:
            words.append("nexthop")
        if gateway is not None:
            words += ["via", str(gateway)]
        words += ["dev", device]
        if len(one.hops) > 1:
            words += ["weight", str(weight)]
    return " ".join(words)


def hop_words(chosen):
    gateway, device = chosen
    return ([str(gateway)] if gateway is not None else []) + ["dev", device]
