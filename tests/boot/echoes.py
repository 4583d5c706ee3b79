#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""New connections again and again, over UDP, and whoever answers them.

  echoes.py serve ADDRESS   echoes what comes to ADDRESS, port 7
  echoes.py ask ADDRESS     each 20 ms a message from a new port; on SIGTERM it
                            waits for what is under way, for five seconds at
                            most, and prints "SENT ANSWERED"
"""
import select
import signal
import socket
import sys
import time

PACE = 0.02
PATIENCE = 5
MOST = 500      # that wait for their answer, or what has waited longest ends


def serve(address):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind((address, 7))
        while True:
            data, peer = server.recvfrom(64)
            server.sendto(data, peer)


class Asker:
    def __init__(self, address):
        self.address = address
        self.poll = select.poll()
        self.waiting = {}
        self.sent = self.answered = 0
        self.ended = 0

    def end(self, *_):
        self.ended = time.monotonic()

    def close(self, fd):
        self.poll.unregister(fd)
        self.waiting.pop(fd).close()

    def ask(self):
        if len(self.waiting) == MOST:
            self.close(next(iter(self.waiting)))
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.connect((self.address, 7))
        self.waiting[s.fileno()] = s
        self.poll.register(s, select.POLLIN)
        self.sent += 1
        try:
            s.send(b"%d" % self.sent)
        except OSError:
            pass                # it is not answered

    def hear(self, seconds):
        for fd, _ in self.poll.poll(max(0, seconds) * 1000):
            try:
                self.waiting[fd].recv(64)
                self.answered += 1
            except OSError:
                pass            # an ICMP error
            self.close(fd)

    def run(self):
        signal.signal(signal.SIGTERM, self.end)
        due = time.monotonic()
        while not self.ended:
            self.ask()
            due = max(due + PACE, time.monotonic())
            while (left := due - time.monotonic()) > 0 and not self.ended:
                self.hear(left)
            self.hear(0)
        while self.waiting and time.monotonic() < self.ended + PATIENCE:
            self.hear(1)
        print(self.sent, self.answered, flush=True)


if sys.argv[1] == "serve":
    serve(sys.argv[2])
else:
    Asker(sys.argv[2]).run()
