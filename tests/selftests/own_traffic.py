#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Sockets for own_traffic.sh.

serve PORT ADDR...      TCP and UDP on each ADDR: sends back what comes, until
                        killed; prints "ready"
ask PROTO,SRC,DST[,DEV]...
                        tcp or udp to port 7 of DST, from SRC (- for any) bound
                        to DEV: sends a word and waits for it; prints for each
                        "answered", or what went wrong
big SIZE DST...         the same by udp with SIZE bytes, which may be told too big
                        a few times
burst N SRC DST PORT... N datagrams from SRC to each PORT of DST, from a port of
                        its own each; nothing is waited for
stray SRC,DST...        one TCP acknowledgment of no connection for each
hold SRC DST PORT       a TCP connection that sends a word for each line of
                        its input and prints "answered" or what went wrong
"""
import select
import socket
import struct
import sys

WAIT = 3.0
WORD = b"own traffic"


def family(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def serve(port, addresses):
    sockets = {}
    for address in addresses:
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
            sock = socket.socket(family(address), kind)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind((address, port))
            if kind == socket.SOCK_STREAM:
                sock.listen(64)
            sockets[sock] = "listen" if kind == socket.SOCK_STREAM else "udp"
    print("ready", flush=True)
    while True:
        for sock in select.select(list(sockets), [], [])[0]:
            if sockets[sock] == "listen":
                sockets[sock.accept()[0]] = "tcp"
                continue
            try:
                if sockets[sock] == "udp":
                    data, peer = sock.recvfrom(2048)
                    sock.sendto(data, peer)
                    continue
                data = sock.recv(2048)
                sock.sendall(data)
            except OSError as error:
                print(error, file=sys.stderr, flush=True)
                if sockets[sock] == "udp":
                    continue
                data = b""
            if not data:
                sock.close()
                del sockets[sock]


def connect(kind, source, target, port, device=None):
    sock = socket.socket(family(target), kind)
    sock.settimeout(WAIT)
    if device:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE,
                        device.encode())
    if source != "-":
        sock.bind((source, 0))
    sock.connect((target, port))
    return sock


def exchange(sock):
    sock.send(WORD)
    return sock.recv(2048) == WORD


def ask(proto, source, target, device=None):
    kind = socket.SOCK_DGRAM if proto == "udp" else socket.SOCK_STREAM
    try:
        with connect(kind, source, target, 7, device) as sock:
            return "answered" if exchange(sock) else "another word"
    except OSError as error:
        return error.strerror or "timed out"


def big(size, target):
    with connect(socket.SOCK_DGRAM, "-", target, 7) as sock:
        sock.settimeout(0.3)
        for _ in range(10):
            try:
                sock.send(bytes(size))
                return "answered" if len(sock.recv(size)) == size else "cut"
            except OSError:
                pass
        return "not answered"


def burst(n, source, target, ports):
    for port in ports:
        for _ in range(n):
            with socket.socket(family(target), socket.SOCK_DGRAM) as sock:
                sock.bind((source, 0))
                sock.sendto(WORD, (target, port))


def hold(source, target, port):
    sock = connect(socket.SOCK_STREAM, source, target, port)
    # Nothing is sent again once this ends.
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                    struct.pack("ii", 1, 0))
    print("open", flush=True)
    for _ in sys.stdin:
        try:
            print("answered" if exchange(sock) else "another word", flush=True)
        except OSError as error:
            print(error.strerror or "timed out", flush=True)


def stray(source, target):
    with socket.socket(family(source), socket.SOCK_RAW,
                       socket.IPPROTO_TCP) as sock:
        sock.bind((source, 0))
        # Port 9, ACK; the checksum is nobody's on the way.
        sock.sendto(struct.pack("!HHIIBBHHH", 4999, 9, 1, 1, 0x50, 0x10, 512,
                                0, 0), (target, 0))


def main():
    command, *words = sys.argv[1:]
    if command == "serve":
        serve(int(words[0]), words[1:])
    elif command == "ask":
        print(*(ask(*word.split(",")) for word in words), sep=", ")
    elif command == "big":
        print(*(big(int(words[0]), word) for word in words[1:]), sep=", ")
    elif command == "burst":
        burst(int(words[0]), words[1], words[2], map(int, words[3:]))
    elif command == "stray":
        for word in words:
            stray(*word.split(","))
    else:
        hold(words[0], words[1], int(words[2]))


main()
