# SPDX-License-Identifier: GPL-2.0
"""What the model speaks of: routes, rules, packets, what is around them.

Addresses and prefixes are those of Python's ipaddress.
"""
from dataclasses import dataclass, field
from typing import NamedTuple

MAIN, KERNEL_MAIN = "main", 254
UNUSED = 255            # the distance of what is never used
TCP, UDP, SCTP, DCCP = 6, 17, 132, 33
ICMP, ICMP6 = 1, 58
PORTS = (TCP, UDP, SCTP, DCCP)
DISTANCE = {"kernel": 0, "boot": 1, "static": 1, "dhcp": 1, "ra": 1,
            "bgp": 20, "ospf": 110, "isis": 115, "rip": 120}
OTHERS = 200


class Hop(NamedTuple):
    """Where a packet goes next; without a gateway to its own destination."""
    gateway: object
    device: str


@dataclass
class Device:
    up: bool = True
    carrier: bool = True
    addresses: list = field(default_factory=list)       # with their lengths


@dataclass(frozen=True)
class KernelRoute:
    prefix: object
    hops: tuple = ()            # of (gateway, device, weight)
    type: str = "unicast"
    metric: int = 0
    protocol: str = "static"
    table: int = KERNEL_MAIN


@dataclass(frozen=True)
class Route:
    prefix: object
    type: str = "unicast"
    gateway: object = None      # an address, or "kernel"
    device: str = None
    table: str = MAIN
    onlink: bool = False
    distance: int = 1
    weight: int = 1
    disabled: bool = False


@dataclass(frozen=True)
class Rule:
    action: str                 # lookup, drop, ...
    table: str = None
    min_prefix: int = None
    source: object = None
    to: object = None
    iif: str = None
    mark: int = None
    mask: int = 0xffffffff
    proto: int = None
    sport: tuple = None
    dport: tuple = None
    dscp: int = None
    family: int = None          # said by -4 or -6
    disabled: bool = False


@dataclass
class Table:
    policy: str = "inherit"
    balance: str = "hash"
    failback: str = "soft"
    kernel: int = None


@dataclass
class Configuration:
    enabled: bool = True
    policy: dict = field(default_factory=lambda: {4: "l3", 6: "l3"})
    seed: int = None
    pin: str = "connection"
    kernel_routes: bool = True
    proto_distance: dict = field(default_factory=dict)
    dev_distance: dict = field(default_factory=dict)
    tables: dict = field(default_factory=dict)          # name: Table
    routes: list = field(default_factory=list)
    rules: list = field(default_factory=list)


@dataclass
class Surroundings:
    devices: dict = field(default_factory=dict)
    routes: list = field(default_factory=list)          # the kernel's
    forced: dict = field(default_factory=dict)          # Hop: state
    rp_filter: dict = field(default_factory=dict)       # device: 1 or 2

    def returns(self):
        """Events that would bring back something that is dead."""
        out = [("force", *key, "auto") for key, state in self.forced.items()
               if state != "alive"]
        for name, dev in self.devices.items():
            if not dev.carrier:
                out.append(("carrier", name, True))
            if not dev.up:
                out.append(("admin", name, True))
        return out


@dataclass(frozen=True)
class Packet:
    src: object
    dst: object
    iif: str = None             # none: the router's own
    proto: int = UDP
    sport: int = 0
    dport: int = 0
    mark: int = 0
    dscp: int = 0
    label: int = 0
    ttl: int = 64
    fragment: str = None        # "first" or "later"
    inner: object = None        # the packet in a tunnel
    about: object = None        # the packet that an ICMP error reports on

    @property
    def family(self):
        return self.dst.version


class Candidate(NamedTuple):
    """A route of a prefix that could be used; a multipath route is several."""
    type: str
    hop: object
    distance: int
    weight: int


class Found(NamedTuple):
    """The best match in a table."""
    prefix: object
    type: str
    paths: dict                 # Hop: weight
    reserve: list               # all candidates of the prefix


@dataclass
class Decision:
    verdict: str
    left: str = "none"          # why it is left to the kernel
    rule: int = None            # that decided; none: the implicit last one
    table: str = None
    prefix: object = None
    paths: dict = field(default_factory=dict)
    owner: bool = False         # its source has chosen
    found: object = None
    steps: list = field(default_factory=list)   # (rule, outcome)
