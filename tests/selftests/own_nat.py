#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Answers that are about to die in the router.

  own_nat.py PREFIX CLIENT SERVER N ADDRESS

N sockets in the namespace PREFIX-CLIENT say something to ADDRESS, port 7, and
the server there, in PREFIX-SERVER, answers each with a TTL of 1: the router
says "time exceeded" about the connection. Prints how many came to the server
from each address, "ADDRESS=N ...".
"""
import collections
import socket
import sys

import traffic_flows
from traffic_flows import namespace


def main():
    traffic_flows.prefix = sys.argv[1]
    client, server, n, address = sys.argv[2:]
    six = ":" in address
    family = socket.AF_INET6 if six else socket.AF_INET
    with namespace(server):
        there = socket.socket(family, socket.SOCK_DGRAM)
    there.bind((address, 7))
    there.settimeout(10)
    there.setsockopt(*((socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS) if six
                       else (socket.IPPROTO_IP, socket.IP_TTL)), 1)
    seen = collections.Counter()
    clients = []
    for _ in range(int(n)):
        with namespace(client):
            here = socket.socket(family, socket.SOCK_DGRAM)
        clients.append(here)
        here.sendto(b"hello", (address, 7))
        _, peer = there.recvfrom(100)
        seen[peer[0]] += 1
        there.sendto(b"too far", peer[:2])
    print(*(f"{who}={times}" for who, times in sorted(seen.items())))


main()
