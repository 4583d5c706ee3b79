#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Servers that tell whoever connects which address they see.

  own_address.py PORT...

Once when he connects, and again for each line that he sends. Prints "ready"
when all of them listen.
"""
import selectors
import socket
import sys


def accept(selector, listener):
    connection, (address, _) = listener.accept()
    connection.sendall(f"{address}\n".encode())
    selector.register(connection, selectors.EVENT_READ, address)


def answer(selector, connection, address):
    try:
        lines = connection.recv(4096).count(b"\n")
        if lines:
            connection.sendall(f"{address}\n".encode() * lines)
            return
    except OSError:
        pass
    selector.unregister(connection)
    connection.close()


def main():
    selector = selectors.DefaultSelector()
    for port in sys.argv[1:]:
        listener = socket.create_server(("0.0.0.0", int(port)), backlog=1024)
        selector.register(listener, selectors.EVENT_READ)
    print("ready", flush=True)
    while True:
        for key, _ in selector.select():
            if key.data:
                answer(selector, key.fileobj, key.data)
            else:
                accept(selector, key.fileobj)


if __name__ == "__main__":
    main()
