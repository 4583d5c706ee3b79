#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Conversations over UDP: a message and its echo, round by round.

  udp_echo.py PREFIX CLIENT SERVER N ADDRESS

opens N sockets in the namespace PREFIX-CLIENT, and one in PREFIX-SERVER that
echoes what comes to ADDRESS, port 7. Each line read from standard input is a
round: a message on each socket, then answered with "N answered" and, for each
address that the server saw, " ADDRESS=messages". A round ends when all have
their echo, or nothing has come for a second, or for as many seconds as the line
says.
"""
import select
import socket
import sys

import traffic_flows
from traffic_flows import namespace


class Conversations:
    """One server and its clients, in one process."""

    def __init__(self, client, server, n, address):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with namespace(server):
            self.server = socket.socket(family, socket.SOCK_DGRAM)
            self.server.bind((address, 7))
        self.clients = []
        with namespace(client):
            for _ in range(n):
                s = socket.socket(family, socket.SOCK_DGRAM)
                s.connect((address, 7))
                self.clients.append(s)
        self.poll = select.poll()
        for s in [self.server] + self.clients:
            s.setblocking(False)
            self.poll.register(s, select.POLLIN)
        self.number = 0

    def round(self, patience):
        self.number += 1
        message = b"%d" % self.number
        waiting = {s.fileno(): s for s in self.clients}
        seen = {}
        for s in self.clients:
            try:
                s.send(message)
            except OSError:
                pass            # told of an earlier one's fate
        while waiting:
            events = self.poll.poll(patience * 1000)
            if not events:
                break
            for fd, _ in events:
                try:
                    if fd == self.server.fileno():
                        data, peer = self.server.recvfrom(64)
                        self.server.sendto(data, peer)
                        if data == message:
                            seen[peer[0]] = seen.get(peer[0], 0) + 1
                    elif fd not in waiting:
                        self.poll.unregister(fd)
                    elif waiting[fd].recv(64) == message:
                        del waiting[fd]
                except OSError:
                    pass
        for s in self.clients:
            self.poll.register(s, select.POLLIN)
        return " ".join([f"{len(self.clients) - len(waiting)} answered"] + [
            f"{peer}={n}" for peer, n in sorted(seen.items())])


def main():
    traffic_flows.prefix, client, server, n, address = sys.argv[1:]
    conversations = Conversations(client, server, int(n), address)
    for line in sys.stdin:
        print(conversations.round(float(line.strip() or 1)), flush=True)


if __name__ == "__main__":
    main()
