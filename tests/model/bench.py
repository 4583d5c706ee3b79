# SPDX-License-Identifier: GPL-2.0
"""One case at a time on the module: put it there, ask, send, compare.

A Mismatch is raised where module, wire and model do not agree.
"""
import errno
import ipaddress
import subprocess
from dataclasses import dataclass

import generate
import genl
from generate import kernel_words, route_words
from model import Router
from network import Seen
from objects import ICMP, ICMP6, PORTS, Hop, Packet

ip = ipaddress.ip_address
AF = {4: 2, 6: 10}
# include/uapi/linux/ecmp.yaml
VERDICT = ("native", "forward", "drop", "unreachable", "host-unreachable",
           "prohibit", "no-route")
LEFT = ("none", "own-address", "multicast", "broadcast", "link-local",
        "loopback", "unspecified", "rule", "disabled", "inactive",
        "forwarding-off", "martian", "vrf")
FORCED = ("auto", "alive", "dead", "drain")
OUTCOME = ("no-match", "disabled", "invalid", "no-route", "suppressed",
           "route", "action")
STEP = ("INDEX", "ID", "ACTION", "OUTCOME", "MISMATCH", "TABLE", "MIN_PREFIX",
        "COMMENT", "PREFIX", "PREFIX_LEN")
PATH = ("GATEWAY", "GATEWAY_FAMILY", "DEVICE", "TYPE", "DISTANCE", "WEIGHT",
        "STATE", "REASON", "BUCKETS", "CHOSEN", "TURNS")
ROUTE_INACTIVE, ROUTE_ACTIVE, ROUTE_DYNAMIC, ROUTE_ECMP = 2, 4, 8, 16
# ICMP errors by verdict: a rule's and a route's, of IPv4 and IPv6.
ERRORS = {"unreachable": {4: (3, 0), 6: (1, 0)},
          "no-route": {4: (3, 0), 6: (1, 0)},
          "host-unreachable": {4: (3, 1), 6: (1, 0)},
          "prohibit": {4: (3, 13), 6: (1, 1)},
          "ttl": {4: (11, 0), 6: (3, 0)},
          "port": {4: (3, 3), 6: (1, 4)},
          "protocol": {4: (3, 2), 6: (4, 1)}}
OWN_ERRNO = {"unreachable": errno.ENETUNREACH, "no-route": errno.ENETUNREACH,
             "host-unreachable": errno.EHOSTUNREACH,
             "prohibit": errno.EACCES, "drop": errno.EINVAL}


class Mismatch(Exception):
    """Module and model do not agree."""


def nested(names, data):
    """An attribute set within an answer; numbers and bytes as they are."""
    return {names[number - 1]: value
            for number, value in genl.attributes_of(data)}


def number(data):
    return int.from_bytes(data, "little")


@dataclass
class Answer:
    """What "get" says of a packet, in the model's words."""
    verdict: str
    left: str
    table: str
    prefix: object
    hop: object
    owner: bool
    example: bool
    steps: list
    paths: dict         # Hop: (weight, buckets), of those that own some
    dead: int           # as near as these, but without buckets
    buckets: int
    hash: int
    bucket: int


class Bench:
    """The machine with its network, and what is on it now."""

    def __init__(self, network):
        self.network = network
        self.genl = genl.Genl()
        self.conf = self.around = self.router = None
        self.kernel = []        # the kernel's routes that are there
        self.sent = 0
        self.strict = True      # nothing has happened since the load
        self.tracking = False   # conntrack is in use
        self.pins = {}          # connection: the uplinks that it may have

    # --- putting things there --------------------------------------------

    def ctl(self, words, text=None):
        """What ecmpctl prints; it must accept it."""
        ran = subprocess.run(["ecmpctl", *words], input=text, text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             check=False)
        if ran.returncode:
            raise Mismatch(f"ecmpctl {' '.join(words)}: refused: "
                           f"{ran.stderr.strip()}")
        return ran.stdout

    def load(self, conf):
        lines = [" ".join(words) for words in generate.commands(conf)]
        self.ctl(["load", "-"], "\n".join(lines) + "\n")

    def start(self, case):
        """The case's beginning, whatever was before."""
        want = case.around.routes
        self.network.batch("router", self.reset() + [
            "route add " + kernel_words(one) for one in want])
        self.kernel = list(want)
        self.network.rp_filter(case.around.rp_filter)
        self.become(case.conf, case.around)
        self.load(case.conf)
        self.track(case.conf.pin == "connection")

    def become(self, conf, around):
        # What no route uses any more is forgotten.
        self.router = Router(conf, around)
        used = {*generate.used_hops(conf, around),
                *self.router.connected_hops()}
        around.forced = {key: state for key, state in around.forced.items()
                         if key in used}
        self.conf, self.around = conf, around

    def reset(self):
        """Devices up, no kernel routes of ours, nothing forced: what is left
        to do as lines for ip."""
        if self.around is None:
            return []
        # As the module has it, whatever a case that failed has left.
        for family, hop in self.forced():
            self.force(family, hop, "auto")
        up = []
        for name, dev in self.around.devices.items():
            if not dev.up:
                up += self.up_lines(name)
            if not dev.carrier:
                self.network.batch("wan", [f"link set {name} up"])
        return up + ["route del " + kernel_words(one) for one in self.kernel]

    def up_lines(self, name):
        return [f"link set {name} up"] + [
            line for line in self.network.neighbours
            if f" dev {name} " in line]

    def track(self, wanted):
        """Whether conntrack is in use; it knows nobody at first."""
        self.pins = {}
        if wanted != self.tracking:
            self.network.tracking(wanted)
            self.tracking = wanted
        if wanted:
            self.network.forget_connections()

    def force(self, family, hop, state):
        self.ctl([f"-{family}", "nexthop", "set",
                  *generate.hop_words(hop), "state", state])

    def forced(self):
        """What the module has been told of next hops, in the model's words."""
        out = {}
        for one in self.genl.dump("NEXTHOP_GET"):
            if one["FORCED"]:
                gateway = one.get("GATEWAY")
                hop = Hop(ip(bytes.fromhex(gateway)) if gateway else None,
                          one["DEVICE"])
                out[6 if one["FAMILY"] == AF[6] else 4, hop] = FORCED[
                    one["FORCED"]]
        return out

    # --- asking ----------------------------------------------------------

    def get(self, packet):
        words = {"FAMILY": AF[packet.family], "DST": packet.dst.packed,
                 "FROM": packet.src.packed, "PROTO": packet.proto,
                 "DSCP": packet.dscp, "MARK": packet.mark}
        if packet.iif is not None:
            words["IIF"] = packet.iif
        if packet.proto in PORTS:
            words |= {"SPORT": packet.sport, "DPORT": packet.dport}
        if packet.family == 6:
            words["FLOWLABEL"] = packet.label
        said = self.lookup(words)
        get = said.get
        prefix = None
        if "PREFIX" in said:
            prefix = ipaddress.ip_network((get("PREFIX"),
                                           number(get("PREFIX_LEN"))))
        hop = None
        if "DEVICE" in said:
            hop = Hop(ip(get("GATEWAY")) if "GATEWAY" in said else None,
                      text(get("DEVICE")))
        steps = [(number(s["INDEX"]) if "INDEX" in s else None,
                  OUTCOME[number(s["OUTCOME"])]) for s in said["STEP"]]
        paths, near, dead = {}, None, {}
        for path in said["PATH"]:
            if "DEVICE" in path and number(path.get("BUCKETS", b"")):
                paths[Hop(ip(path["GATEWAY"]) if "GATEWAY" in path else None,
                          text(path["DEVICE"]))] = (
                    number(path["WEIGHT"]), number(path["BUCKETS"]))
                near = number(path["DISTANCE"])
            else:
                away = number(path["DISTANCE"])
                dead[away] = dead.get(away, 0) + 1
        return Answer(VERDICT[number(get("VERDICT"))],
                      LEFT[number(get("LEFT", b"\0"))],
                      text(get("TABLE")), prefix, hop, "OWNER" in said,
                      "EXAMPLE" in said, steps, paths, dead.get(near, 0),
                      number(get("BUCKETS", b"\0")),
                      number(get("HASH", b"\0")),
                      number(get("BUCKET", b"\0")))

    def lookup(self, words):
        """The answer's attributes, those that come several times as lists."""
        body = genl.encode("LOOKUP", words.items())
        g = self.genl
        g.send(g.family, genl.F_REQUEST | genl.F_ACK,
               b"\x11\x01\0\0" + body)
        out = {"STEP": [], "PATH": []}
        for kind, flags, sequence, data in g.messages():
            if sequence != g.sequence:
                continue
            if kind == genl.NLMSG_ERROR:
                answer = genl.Answer()
                g.error(answer, flags, data)
                if answer.errno:
                    raise Mismatch(f"get {words}: {answer}")
                return out
            for i, value in genl.attributes_of(data[4:]):
                name = genl.NAME["LOOKUP"][i][0]
                if name == "STEP":
                    out[name].append(nested(STEP, value))
                elif name == "PATH":
                    out[name].append(nested(PATH, value))
                else:
                    out[name] = value
        return out

    # --- comparing -------------------------------------------------------

    def compare(self, packet):
        """Ask about a packet; returns the answer."""
        want, got = self.router.decide(packet), self.get(packet)
        self.same(packet, "verdict", got.verdict, want.verdict)
        if want.verdict == "native":
            lefts = {want.left}
            if want.left == "broadcast":
                lefts.add("own-address")
            if got.left not in lefts:
                self.same(packet, "left", got.left, want.left)
        if want.left not in ("none", "rule"):
            return got
        self.same(packet, "steps", got.steps, want.steps)
        self.same(packet, "prefix", got.prefix, want.prefix)
        if want.prefix is not None:
            self.same(packet, "table", got.table, want.table)
        if want.verdict != "forward":
            return got
        if got.hop not in want.paths:
            self.same(packet, "path", got.hop, want.paths)
        self.same(packet, "owner", got.owner, want.owner)
        if not want.owner and len(want.paths) > 1 and got.buckets:
            self.shares(packet, got, want)
        return got

    @staticmethod
    def same(packet, what, got, want):
        if got != want:
            raise Mismatch(f"get: {what}: the module says {show(got)}, "
                           f"the model {show(want)}: {describe(packet)}")

    def shares(self, packet, got, want):
        """Of the buckets each path has its share, within one, and one at
        least; with two dead paths nearly. Those that meet a third dead path
        choose by themselves."""
        self.same(packet, "weights", {h: w for h, (w, _) in got.paths.items()},
                  want.paths)
        total = sum(want.paths.values())
        floor = 0
        for hop, (weight, buckets) in got.paths.items():
            share = got.buckets * weight / total
            if share < 1:
                floor += 1 - share
        for hop, (weight, buckets) in got.paths.items():
            share = got.buckets * weight / total
            off = 1 + floor + (got.dead > 1)
            if got.dead > 2:
                off += 4 * (share * (1 - weight / total)) ** 0.5
            if buckets < 1 or (self.strict and abs(buckets - share) > off):
                raise Mismatch(
                    f"get: {show(hop)} with weight {weight} of {total} has "
                    f"{buckets} of {got.buckets} buckets: {describe(packet)}")

    def is_hashed(self, decision):
        """Does the flow alone say the path?"""
        if decision.owner or decision.verdict != "forward" or self.tracking:
            return False
        table = self.conf.tables.get(decision.table)
        return table is None or table.balance == "hash"

    def can_come(self, packet):
        return packet.iif is None or self.router.works(packet.iif)

    def chosen(self, packet, answer, seen):
        """The next hop of a packet, by the wire or else by "get"."""
        if seen is not None:
            hops = [hop for hop in self.router.decide(packet).paths
                    if on_wire(hop, packet) == seen]
            # To a gateway itself: by way of that, or straight?
            if len(hops) > 1:
                return answer.hop if answer and answer.hop in hops else None
            if hops:
                return hops[0]
        return answer.hop if answer else None

    @staticmethod
    def show(what):
        return show(what)

    @staticmethod
    def describe(packet):
        return describe(packet)

    def routes_agree(self):
        """Active, inactive, ECMP: what "route show" says of each route."""
        marks = {}
        for route in self.genl.dump("ROUTE_GET", {"STATIC": True}):
            if route.get("FLAGS", 0) & ROUTE_DYNAMIC:
                continue
            marks[key_of_dump(route)] = route["FLAGS"]
        for route in self.conf.routes:
            flags = marks.get(key_of_route(route))
            if flags is None:
                raise Mismatch(f"route show: {' '.join(route_words(route))} "
                               f"is not there: {marks}")
            want = self.route_flags(route)
            got = "".join(letter for bit, letter in (
                (ROUTE_INACTIVE, "I"), (ROUTE_ACTIVE, "A"), (ROUTE_ECMP, "+"))
                if flags & bit)
            if not route.disabled and got != want:
                raise Mismatch(
                    f"route show: {' '.join(route_words(route))}: the module "
                    f"says {got!r}, the model {want!r}")
        if len(marks) != len(self.conf.routes):
            raise Mismatch("route show: there are more than were added")

    def forced_agree(self):
        """What was said of a next hop holds as long as a route has it."""
        got, want = self.forced(), self.around.forced
        if got != want:
            raise Mismatch(f"nexthop show: forced: the module has {got}, the "
                           f"model {want}")

    def route_flags(self, route):
        router = self.router
        best, _ = router.active(route.table, route.prefix)
        if route.type != "unicast":
            if route.distance == 255:
                return "I"
            return "A" if any(one.type == route.type and
                              one.distance == route.distance
                              for one in best) else ""
        hop = router.usable(route)
        if hop is None:
            return "I"
        if any(one.hop == hop for one in best):
            return "A+" if len(best) > 1 else "A"
        return ""

    # --- the wire --------------------------------------------------------

    def exchange(self, packets, answers):
        """Send all packets and judge what became of each. Returns the hops
        that those which were forwarded took."""
        self.sent += len(packets)
        first = self.sent       # what is late belongs to nobody
        failed = {i: self.network.send(packet, first + i)
                  for i, packet in enumerate(packets)}
        seen = {first + i: [] for i in range(len(packets))}
        for device, hop, data in self.network.receive():
            one = Seen(device, hop, data)
            if one.number in seen and not one.is_redirect():
                seen[one.number].append(one)
        took, wrong = [], None
        for i, packet in enumerate(packets):
            try:
                took.append(self.judge(packet, answers[i], seen[first + i],
                                       failed[i]))
            except Mismatch as mismatch:
                wrong = wrong or mismatch
        if wrong:
            raise wrong
        return took

    def judge(self, packet, answer, seen, error):
        want = self.router.decide(packet)
        if len(seen) > 1:
            raise Mismatch(f"wire: seen {len(seen)} times, as "
                           f"{', '.join(map(str, seen))}: {describe(packet)}")
        one = seen[0] if seen else None
        if self.router.left_alone(packet) == "link-local":
            return None     # whatever the kernel does with it
        if one is not None and not one.is_of(packet):
            self.judge_error(packet, want, one)
            return None
        if packet.iif is None:
            if self.router.left_alone(packet):
                return None
            if not self.kernel_sends(packet):
                allowed = None
            elif error in (errno.ENETUNREACH, errno.EHOSTUNREACH,
                           errno.EACCES, errno.EINVAL):
                if error != OWN_ERRNO.get(want.verdict):
                    self.wire(packet, want, errno.errorcode[error])
                return None
            else:
                allowed = self.hops(packet, want)
        else:
            allowed = self.hops(packet, want)
        if one is None:
            if allowed and not self.silent(packet, want, allowed):
                self.wire(packet, want, "nothing")
            if self.tracking:
                self.pin(packet, want, None)
            return None
        hop = Hop(one.hop, one.device)
        if allowed is None or hop not in allowed:
            self.wire(packet, want, show(hop))
        if self.tracking:
            self.pin(packet, want, hop)
            return hop
        if answer is not None and want.verdict == "forward" and \
                self.is_hashed(want) and not answer.example:
            if hop != on_wire(answer.hop, packet):
                raise Mismatch(f"wire: {show(hop)}, but get says "
                               f"{show(answer.hop)}: {describe(packet)}")
        return hop

    def pins_of(self, packet):
        """The uplinks to which its connection may be pinned; None: to none."""
        return self.pins.get(connection(packet), {None})

    def pin(self, packet, want, seen):
        """A connection keeps the uplink that a packet of it has taken: nobody
        sees one that went where there is no carrier."""
        uplinks = self.router.all_uplinks(packet.family)
        pins = set()
        for pin in self.pins_of(packet):
            for hop in self.router.pinned(want, packet.family, pin):
                if (on_wire(hop, packet) == seen if seen else
                        not self.router.works(hop.device)):
                    pins.add(hop if hop in uplinks else pin)
                elif not seen and not self.router.may_come(packet, hop):
                    pins |= {pin, hop if hop in uplinks else pin}
        if pins:
            self.pins[connection(packet)] = pins

    def wire(self, packet, want, what):
        pins = self.pins_of(packet) - {None}
        raise Mismatch(f"wire: {what}, the model says {want.verdict} "
                       f"{show(want.paths)}: {describe(packet)}" +
                       (f" (pinned to {show(pins)})" if pins else ""))

    def kernel_sends(self, packet):
        """Does the kernel give an own packet to the module at all?"""
        found = self.router.kernel_decides(packet)
        return found is not None and found[0] == "unicast"

    def hops(self, packet, want):
        """The next hops by which a packet may be seen, as they look; None: it
        may have been dropped, for where it came in."""
        if packet.iif is not None and packet.ttl <= 1:
            return set()
        if want.left == "martian":
            return self.martian(packet)
        if want.verdict == "forward":
            paths = set(want.paths)
            if self.tracking and packet.iif is not None:
                paths = set().union(*(
                    self.router.pinned(want, packet.family, pin)
                    for pin in self.pins_of(packet)))
            return {on_wire(hop, packet)
                    if self.router.may_come(packet, hop) else None
                    for hop in paths}
        if (want.verdict == "native" and
                want.left in ("rule", "inactive", "disabled") and
                not self.router.left_alone(packet)):
            return self.kernel_hops(packet)
        return set()

    def kernel_hops(self, packet):
        found = self.router.kernel_decides(packet)
        if not found or found[0] != "unicast":
            return set()
        return {on_wire(hop, packet) for hop in found[1]}

    def martian(self, packet):
        """The kernel refuses a martian; but IPv6 not where it goes out where
        it came in, and one from a broadcast address only with rp_filter: that
        counts where a rule leaves it to the kernel."""
        hops = self.kernel_hops(packet)
        if packet.family == 6:
            return {hop for hop in hops if hop.device == packet.iif}
        if self.router.walk(packet).verdict == "native":
            return hops
        return set()

    def silent(self, packet, want, allowed):
        """May a packet that is sent there be seen nowhere?"""
        if any(hop is None or not self.router.works(hop.device)
               for hop in allowed):
            return True
        # The kernel's own defaults may be unreachable for it.
        return want.verdict == "native"

    # --- ICMP errors -----------------------------------------------------

    def errors(self, packet, want):
        """The ICMP errors that may answer: type and code, as in ERRORS."""
        if self.router.left_alone(packet):
            return {"port", "protocol"}
        if want.left == "martian":
            return set()
        if want.verdict == "forward":
            return {"ttl"} if packet.ttl <= 1 else set()
        if want.verdict == "native":
            return {"ttl", "no-route", "prohibit", "host-unreachable"}
        return {want.verdict}

    def judge_error(self, packet, want, one):
        version = packet.family
        kinds = self.errors(packet, want)
        if one.icmp not in {ERRORS[kind][version] for kind in kinds
                            if kind in ERRORS}:
            self.wire(packet, want, f"ICMP {one.icmp}, {one}")
        if self.tracking:
            return      # it is a part of the connection that it is about
        # The error is the router's own traffic. Its DSCP is not said: any
        # that a rule names, or none of those.
        allowed = set()
        for dscp in {rule.dscp or 0 for rule in self.conf.rules} | {0, 63}:
            own = Packet(one.src, one.dst, None,
                         ICMP if version == 4 else ICMP6, dscp=dscp)
            decision = self.router.decide(own)
            allowed |= self.hops(own, decision)
        if Hop(one.hop, one.device) not in allowed:
            self.wire(packet, want, f"ICMP {one.icmp}, {one}, not by "
                      f"{show(allowed)}")


def key_of_dump(route):
    family = 4 if route["FAMILY"] == AF[4] else 6
    gateway = None
    if route.get("GATEWAY_KERNEL"):
        gateway = "kernel"
    elif "GATEWAY" in route:
        gateway = str(ip(bytes.fromhex(route["GATEWAY"])))
    prefix = ipaddress.ip_network((bytes.fromhex(route["DST"]),
                                   route["DST_LEN"]))
    kind = ("unicast", "blackhole", "unreachable",
            "prohibit")[route.get("TYPE", 0)]
    return (route.get("TABLE", "main"), family, prefix, kind, gateway,
            route.get("DEVICE"))


def key_of_route(route):
    gateway = route.gateway
    return (route.table, route.prefix.version, route.prefix, route.type,
            None if gateway is None else str(gateway), route.device)


def connection(packet):
    return (packet.src, packet.dst, packet.proto, packet.sport, packet.dport)


def on_wire(hop, packet):
    """A next hop as its link-layer address tells it."""
    if hop.device == "wan5":
        return Hop(None, hop.device)
    return Hop(packet.dst if hop.gateway is None else hop.gateway, hop.device)


def text(data):
    return None if data is None else data.rstrip(b"\0").decode()


def show(what):
    if isinstance(what, Hop):
        return (f"{what.gateway} dev {what.device}" if what.gateway
                else f"dev {what.device}")
    if isinstance(what, dict):
        return "{" + ", ".join(f"{show(k)}: {v}"
                               for k, v in what.items()) + "}"
    if isinstance(what, (set, frozenset)):
        return "{" + ", ".join(sorted(map(show, what))) + "}"
    return str(what)


def describe(packet):
    """A packet in the words of "ecmpctl get", and what those cannot say."""
    words = [str(packet.dst), "from", str(packet.src)]
    for word, value in (("iif", packet.iif), ("ipproto", packet.proto),
                        ("sport", packet.sport), ("dport", packet.dport),
                        ("mark", packet.mark), ("dscp", packet.dscp),
                        ("flowlabel", packet.label)):
        if value:
            words += [word, str(value)]
    for word in ("fragment", "inner", "about"):
        if getattr(packet, word):
            words.append(f"({word}: {getattr(packet, word)})")
    if packet.ttl != 64:
        words.append(f"(ttl {packet.ttl})")
    return " ".join(words)
