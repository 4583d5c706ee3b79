# SPDX-License-Identifier: GPL-2.0
"""What the router does with a packet, in plain words and no hurry.

Written from the description of what ecmp does (ecmpctl(8), ecmp(7)), not from
the module's source, so that the two can disagree. Every question is answered
by going through all rules, all routes and all addresses, one after the other.

What is configured is a Configuration, what is around the module, devices and
the kernel's own routes, a Surroundings.
"""
import ipaddress

from objects import (DISTANCE, ICMP, ICMP6, KERNEL_MAIN, MAIN, OTHERS, PORTS,
                     UNUSED, Candidate, Decision, Found, Hop, KernelRoute,
                     Packet)

# What becomes of a packet whose best route is of this type.
VERDICT = {"blackhole": "drop", "unreachable": "host-unreachable",
           "prohibit": "prohibit"}


class Router:
    """The module with its configuration, in its surroundings, neither of
    which changes as long as there is this Router."""

    def __init__(self, configuration, surroundings):
        self.conf = configuration
        self.around = surroundings
        self.known = {}         # what look_up has found before

    # --- addresses -------------------------------------------------------

    def addresses(self, device=None):
        """Those that the kernel's local table has: of a device that is down
        it keeps IPv4's."""
        for name, dev in self.around.devices.items():
            if device in (None, name):
                yield from (mine for mine in dev.addresses
                            if dev.up or mine.version == 4)

    def is_own(self, address):
        return any(address == mine.ip for mine in self.addresses())

    def is_broadcast(self, address):
        return address.version == 4 and any(
            address in mine.network and mine.network.prefixlen < 31 and
            address in (mine.network.broadcast_address,
                        mine.network.network_address)
            for mine in self.addresses() if mine.version == 4)

    def on_link(self, gateway, device):
        """Is it in a connected prefix of the device?"""
        if gateway.is_link_local and gateway.version == 6:
            return True
        return any(gateway in mine.network
                   for mine in self.addresses(device)
                   if mine.version == gateway.version and
                   mine.network.prefixlen < mine.max_prefixlen)

    def left_alone(self, packet):
        """Why a packet is none of the module's, by its destination."""
        dst = packet.dst
        if dst == ipaddress.ip_address("255.255.255.255"):
            return "broadcast"
        if dst.is_multicast:
            return "multicast"
        if dst.is_loopback:
            return "loopback"
        if dst.is_unspecified:
            return "unspecified"
        if dst.is_link_local:
            return "link-local"
        if self.is_broadcast(dst):
            return "broadcast"
        if self.is_own(dst):
            return "own-address"
        return None

    # --- routes ----------------------------------------------------------

    def works(self, device):
        dev = self.around.devices.get(device)
        return dev is not None and dev.up and dev.carrier

    def connected(self):
        """The kernel's routes to the networks that it is in."""
        for name, dev in self.around.devices.items():
            if not dev.up:
                continue
            for mine in dev.addresses:
                if mine.network.prefixlen < mine.max_prefixlen:
                    yield KernelRoute(mine.network, ((None, name, 1),),
                                      protocol="kernel",
                                      metric=256 if mine.version == 6 else 0)

    def connected_hops(self):
        """The next hops of those; of IPv6 each address has a route."""
        for name, dev in self.around.devices.items():
            for mine in dev.addresses if dev.up else ():
                if (mine.version == 6 or
                        mine.network.prefixlen < mine.max_prefixlen):
                    yield mine.version, Hop(None, name)

    def kernel_routes(self, table):
        """What the kernel has in a table and can use."""
        routes = [route for route in self.around.routes
                  if route.table == table]
        if table == KERNEL_MAIN:
            routes += self.connected()
        for route in routes:
            if route.type != "unicast":
                yield route, ()
                continue
            hops = tuple(hop for hop in route.hops
                         if hop[1] in self.around.devices and
                         self.around.devices[hop[1]].up)
            if hops:
                yield route, hops

    def kernel_distance(self, route, device):
        if route.protocol != "kernel" and device in self.conf.dev_distance:
            return self.conf.dev_distance[device]
        if route.protocol in self.conf.proto_distance:
            return self.conf.proto_distance[route.protocol]
        return DISTANCE.get(route.protocol, OTHERS)

    def mirrored(self, table, prefix, dead=False):
        """The candidates of each of the kernel's routes of a prefix, the best
        route first; all the same only of the default routes."""
        if table == MAIN:
            number = KERNEL_MAIN
        else:
            number = self.conf.tables[table].kernel
        if number is None or prefix.is_link_local or prefix.is_multicast:
            return []
        routes = [(route, hops) for route, hops in self.kernel_routes(number)
                  if route.prefix == prefix]
        routes.sort(key=lambda pair: pair[0].metric)
        if prefix.prefixlen > 0:
            routes = routes[:1]
        out = []
        for route, hops in routes:
            if not hops:
                legs = [Candidate(route.type, None,
                                  self.kernel_distance(route, None), 1)]
            else:
                legs = [Candidate("unicast", Hop(gateway, device),
                                  self.kernel_distance(route, device), weight)
                        for gateway, device, weight in hops
                        if dead or not self.is_forced(prefix, gateway,
                                                      device, "dead")]
            legs = [leg for leg in legs if leg.distance != UNUSED]
            if legs:
                out.append(legs)
        return out

    def is_forced(self, prefix, gateway, device, state):
        hop = prefix.version, Hop(gateway, device)
        return self.around.forced.get(hop) == state

    def hop_of(self, route):
        """The next hop of a route as it is now, or none."""
        gateway, device = route.gateway, route.device
        if gateway == "kernel":
            defaults = [
                (kernel.metric, hop[0])
                for kernel, hops in self.kernel_routes(KERNEL_MAIN)
                for hop in hops
                if kernel.prefix == route.prefix.supernet(new_prefix=0)
                and hop[1] == device]
            if not defaults:
                return None
            gateway = min(defaults, key=lambda pair: pair[0])[1]
        elif gateway is not None and device is None:
            # IPv6's addresses go when a device goes down, IPv4's stay.
            there = [name for name, dev in self.around.devices.items()
                     if (dev.up or gateway.version == 4) and
                     self.on_link(gateway, name)]
            if len(there) != 1:
                return None
            device = there[0]
        return Hop(gateway, device)

    def usable(self, route):
        """The next hop of a route that is a candidate, or none."""
        if route.disabled or route.distance == UNUSED:
            return None
        hop = self.hop_of(route)
        if hop is None or hop.device not in self.around.devices:
            return None
        if not self.around.devices[hop.device].up:
            return None
        state = self.around.forced.get((route.prefix.version, hop))
        if state == "dead":
            return None
        if state == "alive":
            return hop      # an outside detector knows better
        if not self.works(hop.device):
            return None
        if (hop.gateway is not None and not route.onlink and
                not self.on_link(hop.gateway, hop.device)):
            return None
        return hop

    def configured(self, table, prefix):
        """Of ecmpctl's routes of a prefix those that are candidates."""
        out = []
        for route in self.conf.routes:
            if route.table != table or route.prefix != prefix:
                continue
            if route.type != "unicast":
                if not route.disabled and route.distance != UNUSED:
                    out.append(Candidate(route.type, None, route.distance, 1))
                continue
            hop = self.usable(route)
            if hop is not None:
                out.append(Candidate("unicast", hop, route.distance,
                                     route.weight))
        return out

    def candidates(self, table, prefix):
        """ecmpctl's that live, and the kernel's by metric, those of ecmpctl's
        next hops among them."""
        ours = self.configured(table, prefix)
        # ecmpctl's attributes hold, and what is dead to it is dead to both.
        hops = {self.hop_of(route) for route in self.conf.routes
                if (route.table, route.prefix) == (table, prefix) and
                route.type == "unicast" and not route.disabled and
                route.distance != UNUSED}
        hops -= {None, *(one.hop for one in ours)}
        kernel = [[one for one in legs if one.hop not in hops]
                  for legs in self.mirrored(table, prefix)]
        return ours, kernel

    @staticmethod
    def compete(ours, legs):
        """Of one of the kernel's routes that which is not ecmpctl's, too: the
        same next hop counts once, and so does a blackhole."""
        same = {(one.type, one.hop) for one in ours}
        return [one for one in legs if (one.type, one.hop) not in same]

    def best(self, ours, kernel):
        """Those of the lowest distance. Of the kernel's routes the first of
        which anything lives competes, even if all of it gives way."""
        kernel = self.compete(ours, next(filter(None, kernel), []))
        distances = [one.distance for one in ours + kernel]
        if not distances:
            return []
        ours = [one for one in ours if one.distance == min(distances)]
        kernel = [one for one in kernel if one.distance == min(distances)]
        if not ours:
            return kernel
        # A blackhole has no company: ecmpctl's route holds.
        if ours[0].type != "unicast":
            return ours
        return ours + [one for one in kernel if one.type == "unicast"]

    def active(self, table, prefix):
        """The best of those that do not drain, if there are any; and all."""
        ours, kernel = self.candidates(table, prefix)

        def staying(some):
            return [one for one in some if one.hop is None or
                    not self.is_forced(prefix, *one.hop, "drain")]

        best = self.best(staying(ours), [staying(legs) for legs in kernel])
        if not best or best[0].type != "unicast":
            best = self.best(ours, kernel)
        return best, ours + [one for legs in kernel
                             for one in self.compete(ours, legs)]

    def prefixes(self, table):
        """Every prefix that may be in a table."""
        out = {route.prefix for route in self.conf.routes
               if route.table == table}
        number = (KERNEL_MAIN if table == MAIN
                  else self.conf.tables[table].kernel)
        if number is not None:
            out |= {route.prefix for route, _ in self.kernel_routes(number)}
        return out

    def look_up(self, table, destination):
        key = table, destination
        if key not in self.known:
            self.known[key] = self.longest(table, destination)
        return self.known[key]

    def longest(self, table, destination):
        """The longest prefix of which there is a candidate."""
        found = None
        for prefix in self.prefixes(table):
            if (prefix.version != destination.version or
                    destination not in prefix or
                    found and prefix.prefixlen < found.prefix.prefixlen):
                continue
            best, candidates = self.active(table, prefix)
            if not best:
                continue
            paths = {}
            for one in best:
                if one.hop is not None:
                    paths[one.hop] = one.weight
            found = Found(prefix, best[0].type, paths, candidates)
        return found

    # --- rules -----------------------------------------------------------

    @staticmethod
    def rule_family(rule):
        if rule.source is not None:
            return rule.source.version
        if rule.to is not None:
            return rule.to.version
        if rule.proto in (ICMP, ICMP6):
            return 4 if rule.proto == ICMP else 6
        return rule.family

    def matches(self, rule, packet):
        if self.rule_family(rule) not in (None, packet.family):
            return False
        if rule.source is not None and packet.src not in rule.source:
            return False
        if rule.to is not None and packet.dst not in rule.to:
            return False
        if rule.iif is not None and rule.iif != (packet.iif or "lo"):
            return False
        if (rule.mark is not None and
                packet.mark & rule.mask != rule.mark & rule.mask):
            return False
        if rule.proto is not None and rule.proto != packet.proto:
            return False
        if rule.dscp is not None and rule.dscp != packet.dscp:
            return False
        for ports, port in ((rule.sport, packet.sport),
                            (rule.dport, packet.dport)):
            if ports is None:
                continue
            if packet.fragment or packet.proto not in PORTS:
                return False
            if not ports[0] <= port <= ports[1]:
                return False
        return True

    def is_valid(self, rule):
        return rule.iif in (None, "lo") or rule.iif in self.around.devices

    def is_martian(self, packet):
        """Can nobody send from there? IPv6 does not ask for own addresses."""
        src = packet.src
        if packet.iif is None:
            return False
        return (src.is_multicast or src.is_unspecified or src.is_loopback or
                src == ipaddress.ip_address("255.255.255.255") or
                src.version == 4 and (self.is_own(src) or
                                      self.is_broadcast(src)))

    def may_come(self, packet, hop):
        """May it have come in there, by rp_filter, if it leaves by this hop?
        Its answer has to have a path; if strict one through that device, be
        it dead."""
        mode = self.around.rp_filter.get(packet.iif)
        if packet.family == 6 or not mode:
            return True
        answer = Packet(packet.dst, packet.src, hop.device, packet.proto,
                        packet.dport, packet.sport, dscp=packet.dscp,
                        fragment=packet.fragment)
        decision = self.walk(answer)
        if decision.verdict == "native":
            found = self.kernel_decides(answer)
            return (found is not None and found[0] == "unicast" and
                    (mode == 2 or packet.iif in {h.device for h in found[1]}))
        if decision.verdict != "forward":
            return False
        return mode == 2 or packet.iif in self.devices(decision)

    def devices(self, decision):
        """Of all routes of the prefix that was found, dead ones too."""
        out = set()
        for route in self.conf.routes:
            if ((route.table, route.prefix) == (decision.table,
                                                decision.prefix) and
                    not route.disabled and route.distance != UNUSED and
                    route.type == "unicast"):
                out.add((self.hop_of(route) or Hop(None, None)).device)
        for legs in self.mirrored(decision.table, decision.prefix, True):
            out |= {one.hop.device for one in legs if one.hop}
        return out

    def inactive(self):
        """Why no packet at all is decided."""
        if not self.conf.enabled:
            return "disabled"
        if not self.conf.rules and not self.conf.routes:
            return "inactive"
        return None

    def decide(self, packet):
        left = self.inactive() or self.left_alone(packet)
        if not left and self.is_martian(packet):
            left = "martian"
        if left:
            return Decision("native", left)
        return self.walk(packet)

    def walk(self, packet):
        """The rules, then main."""
        steps = []
        for number, rule in enumerate(self.conf.rules):
            if rule.disabled:
                steps.append((number, "disabled"))
            elif not self.is_valid(rule):
                steps.append((number, "invalid"))
            elif not self.matches(rule, packet):
                steps.append((number, "no-match"))
            elif rule.action in ("lookup", "lookup-only-in-table"):
                found = self.look_up(rule.table, packet.dst)
                if not found:
                    outcome = "no-route"
                elif (rule.min_prefix is not None and
                      found.prefix.prefixlen <= rule.min_prefix):
                    outcome = "suppressed"
                else:
                    outcome = "route"
                steps.append((number, outcome))
                if outcome == "route":
                    return self.routed(packet, number, rule.table, found,
                                       steps)
                if rule.action == "lookup-only-in-table":
                    return Decision("unreachable", rule=number, steps=steps)
            else:
                steps.append((number, "action"))
                if rule.action == "native":
                    return Decision("native", "rule", number, steps=steps)
                return Decision(rule.action, rule=number, steps=steps)
        found = self.look_up(MAIN, packet.dst)
        steps.append((None, "route" if found else "no-route"))
        if found:
            return self.routed(packet, None, MAIN, found, steps)
        return Decision("no-route", steps=steps)

    def routed(self, packet, number, table, found, steps):
        paths = found.paths
        mine = {}
        if packet.iif is None:
            mine = self.owners(packet.src, found.reserve)
            paths = mine or paths
        if found.type != "unicast" and not mine:
            return Decision(VERDICT[found.type], rule=number, table=table,
                            prefix=found.prefix, found=found, steps=steps)
        return Decision("forward", rule=number, table=table,
                        prefix=found.prefix, paths=paths, owner=bool(mine),
                        found=found, steps=steps)

    def owners(self, source, candidates):
        """The candidates, at all distances, by which an address belongs."""
        return {one.hop: 1 for one in candidates
                if one.type == "unicast" and
                any(source == mine.ip
                    for mine in self.addresses(one.hop.device))}

    # --- pins ------------------------------------------------------------

    def uplinks(self, family):
        """The next hops of default routes that are used, or could be."""
        default = ipaddress.ip_network("0.0.0.0/0" if family == 4 else "::/0")
        return {one.hop for table in (MAIN, *self.conf.tables)
                for one in self.active(table, default)[1]
                if one.hop is not None}

    def all_uplinks(self, family):
        """The next hops of default routes, whether they live or not."""
        default = ipaddress.ip_network("0.0.0.0/0" if family == 4 else "::/0")
        ours = {self.hop_of(route) for route in self.conf.routes
                if route.prefix == default and route.type == "unicast" and
                not route.disabled and route.distance != UNUSED}
        kernel = {one.hop for table in (MAIN, *self.conf.tables)
                  for legs in self.mirrored(table, default, dead=True)
                  for one in legs}
        return (ours | kernel) - {None}

    def keeps(self, hop, family):
        """Do connections stay on an uplink? While it lives, by whichever of
        its routes. One without carrier is dead, even where the kernel keeps
        its route."""
        state = self.around.forced.get((family, hop))
        if (hop not in self.all_uplinks(family) or state == "dead" or
                hop.device not in self.around.devices or
                not self.around.devices[hop.device].up):
            return False
        if state == "alive":
            return True
        return self.works(hop.device) and (
            hop.gateway is None or hop in self.uplinks(family) or
            self.on_link(hop.gateway, hop.device) or
            any(route.onlink and self.hop_of(route) == hop
                for route in self.conf.routes))

    def pinned(self, decision, family, pin):
        """The paths that a packet of a connection may take."""
        if decision.verdict != "forward" or not self.keeps(pin, family):
            return set(decision.paths)
        # Only the choice among uplinks is replaced: dead ones are some, too.
        uplinks = self.all_uplinks(family)
        if not set(decision.paths) & uplinks:
            return set(decision.paths)
        return {pin} | set(decision.paths) - uplinks

    # --- the choice among paths ------------------------------------------

    def policy(self, table, family):
        policy = "inherit"
        if table in self.conf.tables:
            policy = self.conf.tables[table].policy
        return self.conf.policy[family] if policy == "inherit" else policy

    def flow(self, packet, table):
        """Packets of which this is equal take the same path of a group."""
        policy = self.policy(table, packet.family)
        reversed_label = packet.label
        if packet.about:
            about = packet.about
            packet = Packet(about.dst, about.src, "", about.proto,
                            about.dport, about.sport)
            # Which label the answers have nobody knows.
            reversed_label = "about"
        if policy == "src":
            if packet.family == 6:
                return int(packet.src) >> 64
            return packet.src
        if policy == "l4" and not packet.fragment:
            ports = (packet.sport, packet.dport)
            if packet.proto not in PORTS:
                ports = ()
            return (packet.src, packet.dst, packet.proto, ports)
        if policy == "l3-inner" and packet.inner:
            packet = packet.inner
            reversed_label = packet.label
        if packet.family == 4:
            return (packet.src, packet.dst)
        return (packet.src, packet.dst, reversed_label, packet.proto,
                bool(packet.fragment))

    # --- the kernel ------------------------------------------------------

    def kernel_decides(self, packet):
        """Where the kernel's own main table sends a packet: its type and the
        hops, or None. The defaults that the module keeps there come last;
        which of them is best is not said."""
        best, best_hops = None, ()
        for route, hops in self.kernel_routes(KERNEL_MAIN):
            if (route.prefix.version != packet.family or
                    packet.dst not in route.prefix):
                continue
            key = (-route.prefix.prefixlen, route.metric)
            if best is None or key < (-best.prefix.prefixlen, best.metric):
                best, best_hops = route, hops
        if best:
            return best.type, {Hop(*hop[:2]) for hop in best_hops}
        kept = self.kept_defaults(packet.family)
        return ("unicast", kept) if kept else None

    def kept_defaults(self, family):
        """A default for each device that has one here and none there. What no
        neighbour can be asked for carries nothing."""
        if not self.conf.kernel_routes:
            return set()
        there = {hop[1] for route, hops in self.kernel_routes(KERNEL_MAIN)
                 for hop in hops if route.prefix.version == family and
                 route.prefix.prefixlen == 0}
        hops = set()
        for route in self.conf.routes:
            if (route.prefix.version == family and not route.disabled and
                    route.distance != UNUSED and
                    route.prefix.prefixlen == 0 and route.type == "unicast"):
                hop = self.hop_of(route)
                if (hop and hop.device in self.around.devices and
                        self.around.devices[hop.device].up and
                        hop.device not in there and
                        (hop.gateway is None or route.onlink or
                         route.gateway == "kernel" or
                         self.on_link(hop.gateway, hop.device))):
                    hops.add(hop)
        return hops
