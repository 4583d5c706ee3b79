# SPDX-License-Identifier: GPL-2.0
"""The netlink contract of ecmp by hand: for what no proper client sends.

The numbers are written out here a second time, on purpose: a test that read
them from include/uapi/linux/ecmp.h would not notice that they have changed.
"""
import errno
import os
import socket
import struct

NETLINK_GENERIC = 16
SOL_NETLINK = 270
NETLINK_ADD_MEMBERSHIP = 1
NETLINK_CAP_ACK = 10
NETLINK_EXT_ACK = 11

NLMSG_ERROR, NLMSG_DONE = 2, 3
F_REQUEST, F_MULTI, F_ACK, F_ECHO, F_DUMP_INTR = 1, 2, 4, 8, 16
F_REPLACE, F_EXCL, F_CREATE, F_APPEND = 0x100, 0x200, 0x400, 0x800
F_DUMP = 0x300
F_CAPPED, F_ACK_TLVS = 0x100, 0x200
ADD, REPLACE, SET = F_CREATE | F_EXCL, F_CREATE | F_REPLACE, F_REPLACE

NLA_F_NESTED = 0x8000
NLA_TYPE = 0x3fff
NLMSGERR_ATTR_MSG, NLMSGERR_ATTR_OFFS = 1, 2

COMMANDS = """TABLE_NEW TABLE_DEL TABLE_GET ROUTE_NEW ROUTE_DEL ROUTE_FLUSH
ROUTE_GET RULE_NEW RULE_MOVE RULE_DEL RULE_GET NEXTHOP_NEW NEXTHOP_DEL
NEXTHOP_GET SETTINGS_SET SETTINGS_GET LOOKUP TRANSACTION_BEGIN
TRANSACTION_COMMIT TRANSACTION_ABORT""".split()
CMD = {name: i for i, name in enumerate(COMMANDS, 1)}

# Of each object its attributes from 1: NAME:kind. Kinds: a number of bytes,
# s(tring), b(inary), f(lag), n(est of the same object).
ATTRIBUTES = {
    "TABLE": """NAME:s HASH_POLICY:1 BALANCE:1 FAILBACK:1 KERNEL_ID:4
        ROUTES4:4 ROUTES6:4 RULES:4 PACKETS:8 BYTES:8 PAD:f""",
    "ROUTE": """TABLE:s FAMILY:1 DST:b DST_LEN:1 TYPE:1 GATEWAY:b
        GATEWAY_FAMILY:1 GATEWAY_KERNEL:f DEVICE:s ONLINK:1 DISTANCE:1
        WEIGHT:2 CHECK:1 CHECK_TARGETS:b CHECK_ALL:1 PREF_SRC:b COMMENT:s
        DISABLED:1 FLAGS:4 PROTOCOL:1 METRIC:4 RESOLVED_DEVICE:s PATHS:4
        REASON:1 NEXTHOP_ID:4 STATIC:f INACTIVE:f""",
    "RULE": """ID:4 INDEX:4 COMMENT:s FAMILY:1 FROM:b FROM_LEN:1 TO:b
        TO_LEN:1 IIF:s MARK:4 MARK_MASK:4 PROTO:1 SPORT_MIN:2 SPORT_MAX:2
        DPORT_MIN:2 DPORT_MAX:2 DSCP:1 ACTION:1 TABLE:s MIN_PREFIX:1
        DISABLED:1 SELECT:n BEFORE:n AFTER:n AT:4 UNSET:4 FLAGS:4 PACKETS:8
        BYTES:8 PAD:f""",
    "NEXTHOP": """ID:4 FAMILY:1 GATEWAY:b DEVICE:s IFINDEX:4 STATE:1 FORCED:1
        REASON:1 NEIGH:2 ROUTES:4 PACKETS:8 BYTES:8 PAD:f PIN_ID:1
        CHECK:1 CHECK_STATE:1 CHECK_MISSED:4 CHECK_RTT:4 AGE:8 FLAPS:4
        CHECK_SENT:4 CHECK_LOST:4 PIN_FIXED:f UPLINK:f TIMEOUT:4""",
    "SETTINGS": """ENABLED:1 HASH_POLICY4:1 HASH_POLICY6:1 HASH_SEED:8 PIN:1
        GENERATION:4 HOOKS:1 TABLES:4 RULES:4 NOTICE:s PAD:f KERNEL_ROUTES:1
        DISTANCE:b RESYNCS:4 PIN_MASK:4 CHECK_INTERVAL:4 CHECK_TIMEOUT:4
        CHECK_COUNT:1 CHECK_UP_COUNT:1 REBUILDS:8 PUBLICATIONS:8""",
    "LOOKUP": """FAMILY:1 DST:b FROM:b IIF:s PROTO:1 SPORT:2 DPORT:2 MARK:4
        DSCP:1 TRANSACTION:f VERDICT:1 LEFT:1 STEP:b STEPS_LEFT_OUT:4 TABLE:s
        PREFIX:b PREFIX_LEN:1 GROUP:4 HASH_POLICY:1 BALANCE:1 HASH:4 BUCKET:4
        BUCKETS:4 EXAMPLE:f OWNER:f GATEWAY:b GATEWAY_FAMILY:1 DEVICE:s
        PATH:b FLOWLABEL:4 TURNS:4 CT_MARK:4 CT_SRC:b CT_ANSWER:f CT_OPENED:f
        CT_NAT:f PINNED:1 PIN_ID:1 PIN_GATEWAY:b PIN_GATEWAY_FAMILY:1 PIN_DEVICE:s
        PIN_REASON:1""",
    "TRANSACTION": "GENERATION:4",
}
TYPE = {}           # object -> attribute name -> (number, kind)
NAME = {}           # object -> number -> (name, kind)
for _object, _list in ATTRIBUTES.items():
    TYPE[_object], NAME[_object] = {}, {}
    for _i, _word in enumerate(_list.split(), 1):
        _name, _kind = _word.split(":")
        TYPE[_object][_name] = (_i, _kind)
        NAME[_object][_i] = (_name, _kind)

ACTION = {"lookup": 1, "lookup-only-in-table": 2, "drop": 3,
          "unreachable": 4, "prohibit": 5, "native": 6}
# May change by themselves, or with what is refused in the end.
COUNTERS = {"PACKETS", "BYTES", "NEIGH", "REBUILDS", "PUBLICATIONS", "AGE",
            "FLAPS", "CHECK_SENT", "CHECK_LOST", "TIMEOUT"}


def object_of(command):
    return command.split("_")[0]


def align(data):
    return data + bytes(-len(data) % 4)


def attr(number, payload):
    """One attribute, as it should be."""
    return align(struct.pack("=HH", 4 + len(payload), number) + payload)


def encode(object, attributes):
    """NAME=value pairs of an object; bytes are taken as they are."""
    out = b""
    for name, value in attributes:
        number, kind = TYPE[object][name]
        if isinstance(value, (dict, list)):
            number |= NLA_F_NESTED
            items = value.items() if isinstance(value, dict) else value
            value = encode(object, items)
        elif isinstance(value, str) and kind == "b":
            value = socket.inet_pton(
                socket.AF_INET6 if ":" in value else socket.AF_INET, value)
        elif isinstance(value, str):
            value = value.encode(errors="surrogateescape") + b"\0"
        elif isinstance(value, int) and kind in "1248":
            value = value.to_bytes(int(kind), "little")
        elif value is True:
            value = b""
        out += attr(number, value)
    return out


def attributes_of(data):
    while len(data) >= 4:
        length, number = struct.unpack_from("=HH", data)
        if length < 4 or length > len(data):
            raise ValueError("malformed attribute from the kernel")
        yield number & NLA_TYPE, data[4:length]
        data = data[(length + 3) & ~3:]


def decode(object, data):
    out = {}
    for number, value in attributes_of(data):
        name, kind = NAME[object].get(number, (f"unknown-{number}", "b"))
        if kind in "1248":
            if len(value) != int(kind):
                raise ValueError(f"{object}_{name} has {len(value)} bytes")
            value = int.from_bytes(value, "little")
        elif kind == "s":
            value = value.rstrip(b"\0").decode(errors="surrogateescape")
        elif kind == "f":
            value = True
        else:
            value = value.hex()
        out[name] = value
    return out


class Answer:
    """What the kernel said: errno 0 or more, its sentence, its objects."""

    def __init__(self):
        self.errno, self.text, self.offset = None, "", None
        self.objects, self.flags = [], []
        self.interrupted = False

    def __str__(self):
        if self.errno is None:
            return "no answer"
        name = errno.errorcode.get(self.errno, str(self.errno))
        return f"{name} {self.text!r}" if self.errno else "accepted"


class Genl:
    """A socket that speaks with the family ecmp."""

    def __init__(self, timeout=10):
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW,
                                    NETLINK_GENERIC)
        self.socket.bind((0, 0))
        self.socket.settimeout(timeout)
        for option in (NETLINK_CAP_ACK, NETLINK_EXT_ACK):
            self.socket.setsockopt(SOL_NETLINK, option, 1)
        self.sequence = 0
        self.family, self.groups = 0, {}
        self.resolve()

    def resolve(self):
        """Number and multicast groups of the family, from nlctrl."""
        self.send(16, F_REQUEST | F_ACK,
                  struct.pack("=BBH", 3, 1, 0) + attr(2, b"ecmp\0"))
        for kind, _, _, body in self.messages():
            if kind == NLMSG_ERROR:
                if struct.unpack_from("=i", body)[0]:
                    raise FileNotFoundError("no family ecmp")
                return
            for number, value in attributes_of(body[4:]):
                if number == 1:
                    self.family = struct.unpack("=H", value)[0]
                elif number == 7:
                    for _, group in attributes_of(value):
                        group = dict(attributes_of(group))
                        name = group[1].rstrip(b"\0").decode()
                        self.groups[name] = struct.unpack("=I", group[2])[0]

    def join(self, group):
        self.socket.setsockopt(SOL_NETLINK, NETLINK_ADD_MEMBERSHIP,
                               self.groups[group])

    def close(self):
        self.socket.close()

    def message(self, kind, flags, body, length=None):
        self.sequence += 1
        if length is None:
            length = 16 + len(body)
        return align(struct.pack("=IHHII", length, kind, flags,
                                 self.sequence, 0) + body)

    def send(self, kind, flags, body, length=None):
        self.socket.send(self.message(kind, flags, body, length))

    def messages(self):
        """Messages as they come: type, flags, sequence, body."""
        while True:
            data = self.socket.recv(1 << 18)
            while len(data) >= 16:
                length, kind, flags, sequence, _ = struct.unpack_from(
                    "=IHHII", data)
                if length < 16 or length > len(data):
                    raise ValueError("malformed message from the kernel")
                yield kind, flags, sequence, data[16:length]
                data = data[(length + 3) & ~3:]

    def answer(self, object="TABLE"):
        """Everything up to the acknowledgement of the last message sent."""
        out = Answer()
        try:
            for kind, flags, sequence, body in self.messages():
                if sequence != self.sequence:
                    continue
                if flags & F_DUMP_INTR:
                    out.interrupted = True
                if kind == NLMSG_ERROR:
                    self.error(out, flags, body)
                    return out
                if kind == NLMSG_DONE:
                    out.errno = -struct.unpack_from("=i", body)[0]
                    if flags & F_ACK_TLVS:
                        self.sentence(out, body[4:])
                    return out
                out.objects.append(decode(object, body[4:]))
                out.flags.append(flags)
        except socket.timeout:
            return out

    @staticmethod
    def error(out, flags, body):
        out.errno = -struct.unpack_from("=i", body)[0]
        if not flags & F_ACK_TLVS:
            return
        head = struct.unpack_from("=I", body, 4)[0]
        start = 20 if flags & F_CAPPED else 4 + ((head + 3) & ~3)
        Genl.sentence(out, body[start:])

    @staticmethod
    def sentence(out, attributes):
        for number, value in attributes_of(attributes):
            if number == NLMSGERR_ATTR_MSG:
                out.text = value.rstrip(b"\0").decode()
            elif number == NLMSGERR_ATTR_OFFS:
                out.offset = struct.unpack("=I", value)[0]

    def raw(self, command, body, flags=0, version=1, length=None):
        """Any bytes as the attributes of a command."""
        if isinstance(command, str):
            object, command = object_of(command), CMD[command]
        else:
            object = "TABLE"
        self.send(self.family, flags | F_REQUEST | F_ACK,
                  struct.pack("=BBH", command, version, 0) + body, length)
        return self.answer(object)

    def ask(self, command, attributes=(), flags=0):
        """A command with attributes, a dict or a list of pairs."""
        if isinstance(attributes, dict):
            attributes = attributes.items()
        return self.raw(command, encode(object_of(command), attributes),
                        flags)

    def must(self, command, attributes=(), flags=0):
        answer = self.ask(command, attributes, flags)
        if answer.errno != 0:
            raise RuntimeError(f"{command} {attributes}: {answer}")
        return answer

    def dump(self, command, attributes=()):
        for _ in range(20):
            answer = self.must(command, attributes, F_DUMP)
            if not answer.interrupted:
                return answer.objects
        raise RuntimeError(f"{command}: 20 dumps were interrupted")

    def state(self):
        """The whole configuration, without what changes by itself."""
        out = {}
        for command in ("TABLE_GET", "ROUTE_GET", "RULE_GET", "NEXTHOP_GET"):
            out[command] = [{k: v for k, v in o.items() if k not in COUNTERS}
                            for o in self.dump(command)]
        settings = self.must("SETTINGS_GET").objects[0]
        out["SETTINGS_GET"] = [{k: v for k, v in settings.items()
                                if k not in COUNTERS | {"NOTICE"}}]
        return out


def ordinary_user():
    """Become one who may not administer anything, for good."""
    os.setgroups([])
    os.setresgid(65534, 65534, 65534)
    os.setresuid(65534, 65534, 65534)
