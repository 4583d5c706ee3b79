#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Fragmented datagrams, and the wires that their pieces take.

  fragments.py PREFIX [n=100] [pieces=4] [dst=45.57.94.1] [dport=4433]
               [sport=20000] [reverse=0]

sends n UDP datagrams from lan10, each in so many fragments of 200 bytes, to
dst (FIRST-LAST: the next for each datagram), from source port sport and up,
the last piece first with reverse=1; prints on one line

  datagrams=  whole ones seen, all pieces of which came by one wire
  split=      those of which pieces came by several
  missing=    those that did not arrive whole
  pieces=     fragments seen
  ports=      packets seen that are no fragments
  wanI=       datagrams by that wire
"""
import random
import socket
import struct
import sys
import time

import traffic_flows
from traffic_flows import Wires, address_range, namespace, text

PIECE = 200


def options():
    words = dict(w.split("=", 1) for w in sys.argv[2:])
    get = words.pop
    out = {"n": int(get("n", 100)), "pieces": int(get("pieces", 4)),
           "dst": address_range(get("dst", "45.57.94.1")),
           "dport": int(get("dport", 4433)),
           "sport": int(get("sport", 20000)),
           "reverse": int(get("reverse", 0))}
    if words:
        sys.exit("unknown word " + " ".join(words))
    return out


def datagram(opt, i, ident):
    """The pieces of datagram i, IP header and all."""
    first, count = opt["dst"]
    src = socket.inet_aton("192.168.10.5")
    dst = socket.inet_aton(text(first + i % count))
    size = opt["pieces"] * PIECE
    data = struct.pack("!HHHH", opt["sport"] + i, opt["dport"], size, 0)
    data += bytes(size - len(data))
    out = []
    for offset in range(0, size, PIECE):
        more = 0x2000 if offset + PIECE < size else 0
        # The kernel fills in length and checksum of a raw packet.
        head = struct.pack("!BBHHHBBH", 0x45, 0, 0, ident,
                           more | offset >> 3, 64, 17, 0)
        out.append(head + src + dst + data[offset:offset + PIECE])
    return dst, (out[::-1] if opt["reverse"] else out)


def main():
    traffic_flows.prefix = sys.argv[1]
    opt = options()
    base = random.randrange(1, 30000)
    wires = Wires(["inet"])
    with namespace("lan10"):
        tx = socket.socket(socket.AF_INET, socket.SOCK_RAW,
                           socket.IPPROTO_RAW)
    seen = [{} for _ in range(opt["n"])]    # offset -> labels
    counts = {"pieces": 0, "ports": 0}

    def take(label, b):
        ident, fragment = struct.unpack_from("!HH", b, 4)
        i = ident - base
        if b[9] != 17 or not 0 <= i < opt["n"]:
            return
        counts["pieces" if fragment & 0x3fff else "ports"] += 1
        offset = (fragment & 0x1fff) << 3
        seen[i].setdefault(offset, set()).add(label)

    for i in range(opt["n"]):
        dst, pieces = datagram(opt, i, base + i)
        for piece in pieces:
            tx.sendto(piece, (socket.inet_ntoa(dst), 0))
        wires.drain(take)
        if not i % 16:
            time.sleep(0.005)   # below every queue on the way
    while wires.wait(1):
        wires.drain(take)
    out = {"datagrams": 0, "split": 0, "missing": 0, **counts}
    whole = {k * PIECE for k in range(opt["pieces"])}
    for pieces in seen:
        labels = set().union(*pieces.values())
        if set(pieces) != whole:
            out["missing"] += 1
        elif len(labels) > 1:
            out["split"] += 1
        else:
            out["datagrams"] += 1
            label = labels.pop()
            out[label] = out.get(label, 0) + 1
    print(*(f"{k}={v}" for k, v in out.items()))


if __name__ == "__main__":
    main()
