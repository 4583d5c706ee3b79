#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Who waits while connections forget the number of an uplink?

  pin_lock.py fill N MARK         N connections that are known with this mark
  pin_lock.py fix GATEWAY DEVICE PIN

The second fixes a pin-id and meanwhile asks for the settings, again and again.
It prints for how long the first command went on, how long the longest answer
to the others took, both in microseconds, and how many there were.
"""
import socket
import struct
import sys
import threading
import time

from genl import SET, Genl, attr

NETLINK_NETFILTER = 12
REQUEST, ACK, CREATE, EXCL = 1, 4, 0x400, 0x200
NESTED = 0x8000
NEW = 1 << 8
BATCH = 200


def addresses(src, dst, sport, dport):
    return (attr(1 | NESTED, attr(1, src) + attr(2, dst)) +
            attr(2 | NESTED, attr(1, struct.pack("B", socket.IPPROTO_UDP)) +
                 attr(2, struct.pack("!H", sport)) +
                 attr(3, struct.pack("!H", dport))))


def connection(i, mark):
    src = socket.inet_aton(f"198.18.{i >> 14 & 255}.1")
    dst = socket.inet_aton("198.19.0.1")
    port = 1024 + (i & 0x3fff)
    return (struct.pack("!BBH", socket.AF_INET, 0, 0) +
            attr(1 | NESTED, addresses(src, dst, port, 9)) +
            attr(2 | NESTED, addresses(dst, src, 9, port)) +
            attr(7, struct.pack("!I", 600)) + attr(8, struct.pack("!I", mark)))


def fill(n, mark):
    s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER)
    s.bind((0, 0))
    for first in range(0, n, BATCH):
        batch, last = b"", min(first + BATCH, n) - 1
        for i in range(first, last + 1):
            body = connection(i, mark)
            batch += struct.pack(
                "=IHHII", 16 + len(body), NEW,
                REQUEST | CREATE | EXCL | (ACK if i == last else 0), i,
                0) + body
        s.send(batch)
        error = struct.unpack_from("=i", s.recv(1 << 16), 16)[0]
        if error:
            sys.exit(f"connection: error {-error}")


def fix(gateway, device, pin):
    asker, fixer, took = Genl(), Genl(timeout=60), []
    family = socket.AF_INET6 if ":" in gateway else socket.AF_INET
    ready = threading.Event()

    def run():
        ready.wait()
        began = time.monotonic()
        try:
            fixer.must("NEXTHOP_NEW",
                       [("FAMILY", family), ("GATEWAY", gateway),
                        ("DEVICE", device), ("PIN_ID", pin)], SET)
        finally:
            took.append(time.monotonic() - began)

    thread = threading.Thread(target=run)
    thread.start()
    ready.set()
    longest, asked = 0, 0
    while not took:
        began = time.monotonic()
        asker.must("SETTINGS_GET")
        longest = max(longest, time.monotonic() - began)
        asked += 1
    thread.join()
    print(round(took[0] * 1e6), round(longest * 1e6), asked)


def main():
    words = sys.argv[2:]
    if sys.argv[1] == "fill":
        fill(int(words[0]), int(words[1]))
    else:
        fix(words[0], words[1], int(words[2]))


if __name__ == "__main__":
    main()
