#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Holds packets in an nfqueue of this namespace until it is told.

  nfqueue.py QUEUE

says "ready" when it is bound, then obeys lines on its standard input:

  hold N    answers "held N" when N packets are held, or "held M" after 10 s
  accept    lets them all go; drop: drops them
End of input ends it, and the kernel then drops what is still held.
"""
import select
import socket
import struct
import sys
import time

NETLINK_NETFILTER = 12
QUEUE = 3 << 8
PACKET, VERDICT, CONFIG, VERDICT_BATCH = 0, 1, 2, 3
REQUEST, ACK = 1, 4
DROP, ACCEPT = 0, 1


class Holder:
    def __init__(self, number):
        self.number, self.sequence = number, 0
        self.held = []
        self.s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW,
                               NETLINK_NETFILTER)
        self.s.setsockopt(socket.SOL_SOCKET, 33, 1 << 22)
        self.s.bind((0, 0))
        self.send(CONFIG, 1, struct.pack("!BxH", 1, socket.AF_INET), ACK)
        self.receive(5)
        # Metadata only, and room for many.
        self.send(CONFIG, 2, struct.pack("!IB", 0, 1), ACK)
        self.receive(5)
        self.send(CONFIG, 3, struct.pack("!I", 4096), ACK)
        self.receive(5)

    def send(self, kind, number, payload, flags=0):
        self.sequence += 1
        body = struct.pack("!BBH", 0, 0, self.number)
        body += struct.pack("=HH", 4 + len(payload), number) + payload
        body += bytes(-len(body) % 4)
        self.s.send(struct.pack("=IHHII", 16 + len(body), QUEUE | kind,
                                REQUEST | flags, self.sequence, 0) + body)

    def receive(self, seconds):
        """One datagram of the kernel's, if it comes."""
        if not select.select([self.s], [], [], seconds)[0]:
            return
        data = self.s.recv(1 << 16)
        while len(data) >= 16:
            length, kind = struct.unpack_from("=IH", data)
            if kind == 2:
                error = struct.unpack_from("=i", data, 16)[0]
                if error:
                    sys.exit(f"nfqueue {self.number}: error {-error}")
            elif kind == QUEUE | PACKET:
                self.packet(data[20:length])
            data = data[(length + 3) & ~3:]

    def packet(self, data):
        while len(data) >= 4:
            length, number = struct.unpack_from("=HH", data)
            if number & 0x3fff == 1:
                self.held.append(struct.unpack_from("!I", data, 4)[0])
            data = data[(length + 3) & ~3:]

    def hold(self, n):
        end = time.monotonic() + 10
        while len(self.held) < n and time.monotonic() < end:
            self.receive(0.2)
        print("held", len(self.held), flush=True)

    def release(self, verdict):
        self.receive(0)
        if self.held:
            self.send(VERDICT_BATCH, 2,
                      struct.pack("!II", verdict, max(self.held)))
        self.held = []
        print("released", flush=True)


def main():
    holder = Holder(int(sys.argv[1]))
    print("ready", flush=True)
    for line in sys.stdin:
        words = line.split()
        if words[0] == "hold":
            holder.hold(int(words[1]))
        else:
            holder.release(ACCEPT if words[0] == "accept" else DROP)


if __name__ == "__main__":
    main()
