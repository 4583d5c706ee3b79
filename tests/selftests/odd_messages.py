# SPDX-License-Identifier: GPL-2.0
"""Messages of the family ecmp, drawn by chance: from the specification, and
then broken.

What there is to be sent is read in include/uapi/linux/ecmp.yaml, so that what
is new there is sent, too. Names, devices and addresses are few, so that
messages meet what others have made.
"""
import re
import socket
import struct
from pathlib import Path

from genl import ADD, F_ACK, F_APPEND, F_CREATE, F_DUMP, F_ECHO, F_EXCL
from genl import F_REPLACE, NLA_F_NESTED, REPLACE, SET, attr

SPEC = Path(__file__).resolve().parents[2] / "include/uapi/linux/ecmp.yaml"
SIZES = {"u8": 1, "u16": 2, "u32": 4, "u64": 8}


class Attribute:
    """One attribute of a set."""

    def __init__(self, number, keys, entries):
        self.number, self.name = number, keys["name"]
        self.type = keys["type"]
        self.nested = keys.get("nested-attributes")
        self.entries = entries.get(keys.get("enum"))


def items(text, indent):
    """The mappings of a list whose dashes stand at this place."""
    for part in re.split(rf"^ {{{indent}}}-\n", text, flags=re.M)[1:]:
        yield dict(re.findall(rf"^ {{{indent + 2}}}([\w-]+): *(.*)$", part,
                              re.M)), part


def words(text):
    return [word for word in re.split(r"[\s,\[\]]+", text) if word]


class Spec:
    """sets: name -> attributes; commands: name -> (number, set, names)."""

    def __init__(self):
        text = SPEC.read_text(encoding="ascii")

        def section(name):
            return re.search(rf"^{name}:\n(.*?)(?=^\S|\Z)", text,
                             re.M | re.S)[1]
        entries = {keys["name"]: len(words(keys["entries"]))
                   for keys, _ in items(section("definitions"), 2)
                   if "entries" in keys}
        self.sets, self.commands = {}, {}
        for keys, part in items(section("attribute-sets"), 2):
            self.sets[keys["name"]] = {
                attribute["name"]: Attribute(i, attribute, entries)
                for i, (attribute, _) in enumerate(items(part, 6), 1)}
        for keys, part in items(section("operations"), 4):
            if keys["name"].endswith("-ntf"):   # not for the module
                continue
            asked = re.findall(r"request:\n +value: \d+\n"
                               r" +attributes: (\[.*?\])", part, re.S)
            self.commands[keys["name"]] = (
                int(keys["value"]), keys["attribute-set"],
                words(" ".join(asked)), "dump:" in part)


TABLES = ["main", "T", "U", "t1", "t2", "t3", "t4"]
ODD_NAMES = ["", "1st", "a b", "lookup", "x" * 32, "x" * 33, "absent", "\x1b"]
DEVICES = ["wan1", "wan1", "wan2", "wan3", "lan10", "lan20", "later0"]
ODD_DEVICES = ["", "lo", "a/b", "x" * 15, "x" * 16, ".", "\x1b[31m"]
COMMENTS = ["", "a", "b", "c", "two words", "\u00e9", "x" * 255]
ODD_COMMENTS = ["x" * 256, "a\nb", "\udcff", "\x07"]
ADDRESSES = {
    2: ["0.0.0.0", "10.0.0.0", "10.1.1.1", "10.1.2.1", "10.1.3.1",
        "192.168.10.0", "192.168.10.5", "198.51.100.0", "203.0.113.0",
        "45.57.94.1", "10.1.1.2", "224.0.0.1", "127.0.0.1"],
    10: ["::", "2001:db8::", "2001:db8:a1::1", "2001:db8:a2::1", "fe80::1",
         "2001:db8:c0a8:10::5", "2001:db8:45::1", "2001:db8:113::",
         "2001:db8:a1::2", "ff02::1", "::1", "::ffff:10.1.1.1"],
}
# What half of the routes are about, so that there is one to change or delete.
PREFIXES = {2: [("0.0.0.0", 0), ("203.0.113.0", 24), ("10.0.0.0", 8)],
            10: [("::", 0), ("2001:db8:113::", 48), ("2001:db8::", 32)]}
LENGTHS = {2: [0, 0, 8, 16, 24, 31, 32], 10: [0, 0, 32, 48, 64, 127, 128]}

# What a command can hardly do without, and what it often has.
NEEDED = {"family", "dst", "dst-len", "name", "device", "action", "select"}
LIKELY = {"gateway", "table", "from", "iif"}
TOGETHER = (("from", "from-len"), ("to", "to-len"), ("iif", "from"),
            ("from", "from-len"), ("gateway", "device"), ("dst", "dst-len"),
            ("sport-max", "sport-min"), ("dport-max", "dport-min"),
            ("sport-min", "proto"), ("dport-min", "proto"),
            ("sport", "proto"), ("dport", "proto"))
ONLY_WITH = (("from-len", "from"), ("to-len", "to"), ("mark-mask", "mark"),
             ("gateway-family", "gateway"), ("check-targets", "check"),
             ("check-all", "check-targets"), ("min-prefix", "table"),
             ("ct-src", "ct-mark"), ("ct-answer", "ct-mark"),
             ("ct-opened", "ct-mark"), ("ct-nat", "ct-mark"),
             ("timeout", "forced"))
VERBS = {"table-new": (ADD, ADD, SET, REPLACE), "rule-new": (ADD, ADD, SET),
         "route-new": (ADD, ADD, ADD, REPLACE, SET), "nexthop-new": (SET,)}
WEIGHTS = {"route-new": 12, "rule-new": 10, "lookup": 5, "nexthop-new": 4,
           "route-del": 3, "settings-set": 3, "table-new": 4,
           "transaction-abort": 2}


class Maker:
    """A source of messages; the same random.Random gives the same ones."""

    def __init__(self, draw, spec):
        self.draw, self.spec = draw, spec
        self.names = [name for name in spec.commands
                      for _ in range(WEIGHTS.get(name, 1))]
        self.family = 2

    def rarely(self, n):
        return self.draw.randrange(n) == 0

    def pick(self, usual, odd):
        return self.draw.choice(odd if self.rarely(16) else usual)

    # ---- values ----

    def text(self, name):
        if name in ("table", "name"):
            return self.pick(TABLES, ODD_NAMES)
        if name == "comment":
            return self.pick(COMMENTS, ODD_COMMENTS)
        return self.pick(DEVICES, ODD_DEVICES)

    def address(self, family=None):
        family = family or (12 - self.family if self.rarely(16)
                            else self.family)
        return socket.inet_pton(family, self.draw.choice(ADDRESSES[family]))

    def number(self, attribute):
        draw, name = self.draw, attribute.name
        if attribute.entries:
            return draw.randrange(attribute.entries + self.rarely(8))
        if name.endswith("family"):
            return self.pick([self.family], [0, 2, 10, 7, 255])
        if name.endswith("-len"):
            return self.pick(LENGTHS[self.family], [33, 129, 255, 1])
        if name == "proto":
            return draw.choice((6, 17, 17, 132, 1, 58, 0, 255))
        if name in ("index", "at", "id"):
            return draw.choice((0, 0, 1, 2, 3, 7, 0xffffffff))
        if name in ("disabled", "onlink", "check-all", "enabled",
                    "kernel-routes"):
            return draw.randrange(2 + self.rarely(16))
        if name.startswith("check-") or name == "timeout":
            return draw.choice((1, 3, 100, 1000, 5000, 600000, 99, 0))
        bits = 8 * SIZES[attribute.type]
        return draw.choice((0, 1, 1, 2, 5, 24, 255, draw.getrandbits(bits),
                            (1 << bits) - 1))

    def value(self, attribute, depth=0):
        if attribute.type == "string":
            return self.text(attribute.name).encode(
                errors="surrogateescape") + b"\0"
        if attribute.type == "binary":
            if attribute.name == "check-targets":
                return b"".join(self.address(self.family) for _ in range(
                    self.draw.randint(1, 3 + 15 * self.rarely(8))))
            return self.address()
        if attribute.type == "nest" and depth < 3:
            return self.nest(attribute.nested, depth + 1)
        if attribute.type in SIZES:
            size = SIZES[attribute.type]
            number = self.number(attribute) & ((1 << 8 * size) - 1)
            return number.to_bytes(size, "little")
        return b""

    def nest(self, name, depth):
        """One or two of what is in that set: of a rule what selects it."""
        known = self.spec.sets[name]
        names = [word for word in ("index", "id", "comment", "protocol",
                                   "device", "value") if word in known]
        if name == "distance":
            names = [self.draw.choice(("protocol", "device")), "value"]
        elif self.rarely(2):
            names = ["index"]
        else:
            names = self.draw.choices(names, k=1 + self.rarely(6))
        if self.rarely(12):
            names = self.draw.choices(list(known), k=3)
        return b"".join(self.encode(known[word], depth) for word in names)

    def encode(self, attribute, depth=0):
        number = attribute.number
        if attribute.type == "nest":
            number |= NLA_F_NESTED
        return attr(number, self.value(attribute, depth))

    # ---- a message ----

    def chosen(self, known):
        """Some of the attributes, those that are needed nearly always."""
        few = self.draw.choice((2, 4, 8))
        return {name for name in known
                if (not self.rarely(40) if name in NEEDED else
                    self.rarely(2 if name in LIKELY else few))}

    def meant(self, name, flags, have, known):
        """Only what goes together, so that some of it is accepted."""
        for one, other in TOGETHER:
            if one in have and other in known:
                have.add(other)
        for one, other in ONLY_WITH:
            if other not in have:
                have.discard(one)
        places = sorted(have & {"before", "after", "at"})
        have -= set(places[1:])
        if name == "rule-new" and flags & F_CREATE:
            have -= {"select", "unset"}
            if self.draw.randrange(4):
                have -= set(places)
        elif name == "rule-new":
            have |= {"select"}
            have -= set(places)
            if self.draw.randrange(4):
                have -= {"action", "table", "min-prefix"}
        elif name == "route-del" and self.draw.randrange(2):
            have -= {"type", "gateway", "gateway-family", "gateway-kernel",
                     "device"}
        elif name.startswith("route") and self.draw.randrange(4):
            have -= {"type"}
        elif name == "route-new":
            have -= {"gateway", "gateway-family", "gateway-kernel", "device",
                     "onlink", "check", "check-targets", "check-all"}
        elif name == "nexthop-new" and not have & {"forced", "pin-id"}:
            have.add("forced")
        elif name == "lookup" and self.draw.randrange(8):
            have.discard("transaction")

    def settled(self, out):
        """Values that only go together: host bits, tables, ports, targets."""
        for name in ("dst", "from", "to"):
            length = f"{name}-len"
            if name not in out or length not in out:
                continue
            if name == "dst" and self.rarely(2):
                text, bits = self.draw.choice(PREFIXES[self.family])
                value = socket.inet_pton(self.family, text)
                number = struct.unpack_from("=HH", out[name])[1]
                out[name] = attr(number, value)
                out[length] = out[length][:4] + bytes([bits, 0, 0, 0])
            bits, size = out[length][4], len(out[name]) - 4
            if bits <= 8 * size:
                value = int.from_bytes(out[name][4:], "big")
                value &= -1 << (8 * size - bits)
                out[name] = out[name][:4] + value.to_bytes(size, "big")
        for name, other, values in (
                ("action", "table", (1, 1, 2)),
                ("proto", "sport-min", (6, 17)), ("proto", "dport-min", (6, 17)),
                ("proto", "sport", (6, 17)), ("check", "check-targets", (2,))):
            if name in out and other in out:
                out[name] = out[name][:4] + bytes(
                    [self.draw.choice(values), 0, 0, 0])
        if "action" in out and "table" not in out:
            out["action"] = out["action"][:4] + bytes(
                [self.draw.choice((3, 4, 5, 6)), 0, 0, 0])

    def message(self):
        """(what it is, command, flags, attributes)"""
        draw = self.draw
        self.family = draw.choice((2, 10))
        name = draw.choice(self.names)
        number, where, known, dumps = self.spec.commands[name]
        flags = draw.choice(VERBS.get(name, (0,)))
        if dumps and not self.rarely(4):
            flags |= F_DUMP
        have = self.chosen(known)
        sensible = not self.rarely(12)
        if sensible:
            self.meant(name, flags, have, known)
        attributes = self.spec.sets[where]
        out = {word: self.encode(attributes[word])
               for word in known if word in have}
        if sensible:
            self.settled(out)
        if self.rarely(16):
            flags = draw.choice((0, ADD, REPLACE, SET, F_DUMP, F_EXCL, F_ECHO,
                                 F_CREATE, F_APPEND, F_ACK | F_ECHO | 0x8000))
        if self.rarely(8):
            flags |= F_ECHO
        pieces = list(out.values())
        if not self.rarely(2) or name.startswith("transaction"):
            return name, number, flags, b"".join(pieces)
        return self.broken(name, number, flags, pieces)

    # ---- and then broken ----

    def broken(self, name, number, flags, pieces):
        draw, how = self.draw, []
        for _ in range(draw.choice((1, 1, 1, 2, 3))):
            at = draw.randrange(len(pieces)) if pieces else 0
            breaking = draw.choice((self.resize, self.retype, self.twice,
                                    self.without, self.shuffle, self.strange,
                                    self.relabel, self.inside))
            how.append(breaking.__name__)
            if pieces:
                breaking(pieces, at)
        body = b"".join(pieces)
        if self.rarely(6):
            how.append("cut")
            body = body[:draw.randrange(len(body) + 1)]
        if self.rarely(12):
            how.append("tail")
            body += draw.randbytes(draw.randint(1, 9))
        if self.rarely(12):
            how.append("command")
            number = draw.choice((draw.randrange(24), draw.randrange(256)))
        return f"{name} ({', '.join(how)})", number, flags, body

    def resize(self, pieces, at):
        """Another size than such a value has."""
        size, number = struct.unpack_from("=HH", pieces[at])
        value = pieces[at][4:size]
        size = self.draw.choice((0, 1, 2, 3, 4, 5, 8, 15, 16, 17, 255, 256,
                                 4000, max(len(value) - 1, 0),
                                 len(value) + 1))
        pieces[at] = attr(number, (value + bytes(size))[:size])

    def retype(self, pieces, at):
        """Another attribute's value."""
        size, _ = struct.unpack_from("=HH", pieces[at])
        number = self.draw.choice((self.draw.randrange(48), 0, 0x3fff))
        number |= self.draw.choice((0, 0, NLA_F_NESTED, 0x4000))
        pieces[at] = attr(number, pieces[at][4:size])

    def twice(self, pieces, at):
        pieces.insert(self.draw.randrange(len(pieces) + 1), pieces[at])

    def without(self, pieces, at):
        del pieces[at]

    def shuffle(self, pieces, at):
        self.draw.shuffle(pieces)

    def strange(self, pieces, at):
        """A few bits of it are others."""
        piece = bytearray(pieces[at])
        for _ in range(self.draw.randint(1, 4)):
            piece[self.draw.randrange(len(piece))] ^= \
                1 << self.draw.randrange(8)
        pieces[at] = bytes(piece)

    def relabel(self, pieces, at):
        """A length that is wrong."""
        size = self.draw.choice((0, 1, 3, 4, 5, 0x7fff, 0xffff,
                                 len(pieces[at]) + 4, len(pieces[at]) - 1))
        pieces[at] = struct.pack("=H", size) + pieces[at][2:]

    def inside(self, pieces, at):
        """In a nest, or many of these."""
        piece, number = pieces[at], struct.unpack_from("=HH", pieces[at])[1]
        for _ in range(self.draw.randint(1, 12)):
            if len(piece) < 4000:
                piece = attr(number | NLA_F_NESTED, piece)
        pieces[at] = piece
