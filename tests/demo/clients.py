#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The people on the demonstration's LANs, and the servers that they ask.

clients.py serve
    The servers: the internet's, and the camera in lan20. Each tells whoever
    connects the address that it sees, once at the start and once more for
    every line it gets. Prints "ready" when all of them listen.

clients.py
    The clients. Reads one command a line, answers each with one line:

    open FILE   opens every connection of the list, always from the same
                source ports, and keeps them open
    ask FILE    asks on every open connection again
    close       ends them at once
    one NAMESPACE SOURCE PORT SERVER PORT
                a single connection; answers "SEEN WAN", the address that the
                server saw and the WAN that this address belongs to

    FILE gets a line "WHO SOURCE PORT SERVER PORT WAN" for each connection.
    WHO is vip or others; WAN is - for a connection without an answer. The
    answer to the command is "ANSWERED OF SECONDS".

Run as root, on the network of tests/demo/network.
"""

import ctypes
import os
import resource
import selectors
import socket
import struct
import sys
import time

VIP = "192.168.0.244"
CLIENTS = [
    ("lan0", "192.168.0.11"), ("lan0", "192.168.0.12"),
    ("lan0", "192.168.0.13"), ("lan0", "192.168.0.14"),
    ("lan10", "192.168.10.5"), ("lan10", "192.168.10.6"),
    ("lan10", "192.168.10.7"), ("lan10", "192.168.10.8"),
    ("lan20", "192.168.20.21"), ("lan20", "192.168.20.22"),
    ("lan20", "192.168.20.23"),
]
SERVERS = ["45.57.94.1", "192.0.2.33", "198.51.100.7", "198.51.100.80",
           "203.0.113.10", "203.0.113.20"]
LISTEN = [("internet", 80), ("internet", 443), ("lan20", 554)]
CONNECTIONS = 300       # of all CLIENTS together
VIP_CONNECTIONS = 20
FIRST_PORT = 20000      # below the ports that the kernel gives away

TIMEOUT = 40            # seconds for all answers of one command
CLONE_NEWNET = 0x40000000

libc = ctypes.CDLL(None, use_errno=True)


def wan_of(address):
    """The router has 10.1.N.2 on wanN; "-" is none of them."""
    part = address.split(".")
    if part[:2] == ["10", "1"] and part[3:] == ["2"]:
        return "wan" + part[2]
    return "-"


def enter(namespace):
    """Sockets made from now on are in this namespace, and stay there."""
    with open("/run/netns/" + namespace) as file:
        if libc.setns(file.fileno(), CLONE_NEWNET):
            error = ctypes.get_errno()
            raise OSError(error, os.strerror(error), namespace)


def serve():
    selector = selectors.DefaultSelector()

    for namespace, port in LISTEN:
        enter(namespace)
        listener = socket.create_server(("0.0.0.0", port), backlog=1024)
        # Whoever is gone is forgotten in three seconds, as a port that comes
        # again must not meet the connection that had it before.
        for option, value in ((socket.TCP_KEEPIDLE, 1),
                              (socket.TCP_KEEPINTVL, 1),
                              (socket.TCP_KEEPCNT, 2)):
            listener.setsockopt(socket.IPPROTO_TCP, option, value)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        listener.setblocking(False)
        selector.register(listener, selectors.EVENT_READ)

    print("ready", flush=True)
    while True:
        for key, _ in selector.select():
            peer = key.data
            if peer is None:
                accept(selector, key.fileobj)
                continue
            try:
                told = key.fileobj.recv(4096) and key.fileobj.send(peer)
            except OSError:
                told = 0
            if not told:
                selector.unregister(key.fileobj)
                key.fileobj.close()


def accept(selector, listener):
    while True:
        try:
            connection, address = listener.accept()
        except OSError:
            return
        peer = (address[0] + "\n").encode()
        connection.setblocking(False)
        try:
            connection.send(peer)
        except OSError:
            connection.close()
            continue
        selector.register(connection, selectors.EVENT_READ, peer)


class Connection:
    """One TCP connection with a source port of its own choice."""

    def __init__(self, namespace, source, sport, server, dport):
        self.namespace = namespace
        self.flow = (source, sport, server, dport)
        self.socket = None
        self.seen = "-"

    def start(self):
        source, sport, server, dport = self.flow
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Closing forgets the connection, so that its port is free at once.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                               struct.pack("ii", 1, 0))
        self.socket.setblocking(False)
        self.socket.bind((source, sport))
        self.socket.connect_ex((server, dport))

    def ask(self):
        try:
            self.socket.send(b"?\n")
        except OSError:
            pass    # recv tells

    def hear(self):
        try:
            self.seen = self.socket.recv(64).decode().strip() or "-"
        except OSError:
            self.seen = "-"

    def close(self):
        if self.socket:
            self.socket.close()
        self.socket = None


def the_list():
    """Every source port is used once: all share the router's addresses, and
    a server could take a broken connection for another one's rest."""
    for i in range(CONNECTIONS):
        namespace, source = CLIENTS[i % len(CLIENTS)]
        yield Connection(namespace, source, FIRST_PORT + i,
                         SERVERS[i // len(CLIENTS) % len(SERVERS)],
                         443 if i % 3 else 80)
    for i in range(VIP_CONNECTIONS):
        yield Connection("lan0", VIP, FIRST_PORT + CONNECTIONS + i,
                         SERVERS[i % len(SERVERS)], 443)


def start(connections):
    """Start all; those of one namespace together, changing it is slow."""
    for namespace in sorted({c.namespace for c in connections}):
        enter(namespace)
        for connection in connections:
            if connection.namespace == namespace:
                connection.start()


def hear(connections):
    """Wait until every connection has its answer, or is broken."""
    selector = selectors.DefaultSelector()
    end = time.monotonic() + TIMEOUT

    for connection in connections:
        connection.seen = "-"
        selector.register(connection.socket, selectors.EVENT_READ, connection)
    while selector.get_map() and (left := end - time.monotonic()) > 0:
        for key, _ in selector.select(left):
            key.data.hear()
            selector.unregister(key.fileobj)
    selector.close()


def report(connections, path, since):
    with open(path, "w") as file:
        for connection in connections:
            who = "vip" if connection.flow[0] == VIP else "others"
            print(who, *connection.flow, wan_of(connection.seen), file=file)
    answered = sum(c.seen != "-" for c in connections)
    return f"{answered} {len(connections)} {time.monotonic() - since:.1f}"


def command(connections, words):
    now = time.monotonic()
    match words:
        case ["open", path]:
            start(connections)
            hear(connections)
            return report(connections, path, now)
        case ["ask", path]:
            for connection in connections:
                connection.ask()
            hear(connections)
            return report(connections, path, now)
        case ["close"]:
            for connection in connections:
                connection.close()
            return "closed"
        case ["one", namespace, source, sport, server, dport]:
            single = Connection(namespace, source, int(sport),
                                server, int(dport))
            start([single])
            hear([single])
            single.close()
            return f"{single.seen} {wan_of(single.seen)}"
    sys.exit(f"clients.py: not a command: {' '.join(words)}")


def main():
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
    if sys.argv[1:] == ["serve"]:
        serve()
    if sys.argv[1:]:
        sys.exit(__doc__)
    connections = list(the_list())
    for line in sys.stdin:
        print(command(connections, line.split()), flush=True)


if __name__ == "__main__":
    main()
