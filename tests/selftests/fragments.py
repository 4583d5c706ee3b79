#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Fragmented datagrams, and the wires that their pieces take.

  fragments.py PREFIX src=ADDRESS dst=ADDRESS [n=100] [pieces=4] [dport=4433]
               [sport=20000] [reverse=0] [only=first|rest] [ident=]

sends n UDP datagrams from src in lan10, each in so many fragments of 200
bytes, to dst (FIRST+COUNT: the next for each datagram), from source port sport
and up, the last piece first with reverse=1; of each only the first piece, or
the rest, with the same ident=1-30000 for both; prints on one line

  datagrams=  whole ones seen, all pieces of which came by one wire
  split=      those of which pieces came by several
  missing=    those that did not arrive whole
  pieces=     fragments seen
  ports=      IPv4 packets seen that are no fragments
  wanI=       datagrams by that wire
"""
import random
import socket
import struct
import sys
import time

import traffic_flows
from traffic_flows import (UDP, Wires, address, address_range, checksum,
                           namespace, text)

PIECE = 200
FRAGMENT = 44       # IPv6's extension header


def options():
    words = dict(w.split("=", 1) for w in sys.argv[2:])
    get = words.pop
    version = 6 if ":" in words["src"] else 4
    out = {"n": int(get("n", 100)), "pieces": int(get("pieces", 4)),
           "family": version,
           "src": address(address_range(get("src"))[0], version),
           "dst": address_range(get("dst")),
           "dport": int(get("dport", 4433)),
           "sport": int(get("sport", 20000)),
           "reverse": int(get("reverse", 0)),
           "only": {"first": slice(0, 1), "rest": slice(1, None),
                    "": slice(None)}[get("only", "")],
           "ident": int(get("ident", 0)) or random.randrange(1, 30000)}
    if words:
        sys.exit("unknown word " + " ".join(words))
    return out


def datagram(opt, i, ident):
    """Where datagram i goes, and its pieces, IP header and all."""
    first, count = opt["dst"]
    to = first + i % count
    src, dst = opt["src"], address(to, opt["family"])
    size = opt["pieces"] * PIECE
    data = struct.pack("!HHHH", opt["sport"] + i, opt["dport"], size, 0)
    data += bytes(size - len(data))
    pseudo = src + dst + struct.pack("!II", size, UDP)
    data = data[:6] + checksum(pseudo + data) + data[8:]
    out = []
    for offset in range(0, size, PIECE):
        more = offset + PIECE < size
        if opt["family"] == 4:
            # The kernel fills in length and checksum of a raw packet.
            head = struct.pack("!BBHHHBBH", 0x45, 0, 0, ident,
                               more << 13 | offset >> 3, 64, UDP, 0)
            head += src + dst
        else:
            head = struct.pack("!IHBB", 6 << 28, 8 + PIECE, FRAGMENT, 64)
            head += src + dst
            head += struct.pack("!BBHI", UDP, 0, offset | more, ident)
        out.append(head + data[offset:offset + PIECE])
    out = out[opt["only"]]
    return text(to, opt["family"]), (out[::-1] if opt["reverse"] else out)


def fragment(b):
    """Name of the datagram, offset, length and whether it is a fragment.

    A router that has put an IPv6 datagram together and cuts it up again gives
    it another identification.
    """
    if b[0] >> 4 == 4:
        length, ident, field = struct.unpack_from("!HHH", b, 2)
        return (ident, (field & 0x1fff) << 3, length - 20,
                field & 0x3fff) if b[9] == UDP else (None, 0, 0, 0)
    if b[6] == FRAGMENT:
        length, = struct.unpack_from("!H", b, 4)
        field, ident = struct.unpack_from("!HI", b, 42)
        return (bytes(b[24:40]), ident), field & 0xfff8, length - 8, True
    return None, 0, 0, False


def main():
    traffic_flows.prefix = sys.argv[1]
    opt = options()
    base = opt["ident"]
    wires = Wires(["inet"], opt["family"])
    with namespace("lan10"):
        tx = socket.socket(
            socket.AF_INET if opt["family"] == 4 else socket.AF_INET6,
            socket.SOCK_RAW, socket.IPPROTO_RAW)
    seen = {}       # name -> offset -> labels
    length = {}     # name -> offset -> bytes
    sport = {}      # name -> source port, of IPv6's first pieces
    counts = {"pieces": 0, "ports": 0}

    def take(label, b):
        name, offset, size, piece = fragment(b)
        if name is None:
            return
        if opt["family"] == 4 and not 0 <= name - base < opt["n"]:
            return
        counts["pieces" if piece else "ports"] += 1
        seen.setdefault(name, {}).setdefault(offset, set()).add(label)
        length.setdefault(name, {})[offset] = size
        if opt["family"] == 6 and not offset:
            sport[name], = struct.unpack_from("!H", b, 48)

    for i in range(opt["n"]):
        dst, pieces = datagram(opt, i, base + i)
        for piece in pieces:
            tx.sendto(piece, (dst, 0))
        wires.drain(take)
        if not i % 16:
            time.sleep(0.005)   # below every queue on the way
    while wires.wait(1):
        wires.drain(take)
    out = {"datagrams": 0, "split": 0, "missing": 0, **counts}
    arrived = set()
    for name, pieces in seen.items():
        labels = set().union(*pieces.values())
        if sum(length[name].values()) != opt["pieces"] * PIECE:
            continue
        arrived.add(name - base if opt["family"] == 4 else
                    sport.get(name, 0) - opt["sport"])
        if len(labels) > 1:
            out["split"] += 1
        else:
            out["datagrams"] += 1
            label = labels.pop()
            out[label] = out.get(label, 0) + 1
    out["missing"] = len(set(range(opt["n"])) - arrived)
    print(*(f"{k}={v}" for k, v in out.items()))


if __name__ == "__main__":
    main()
