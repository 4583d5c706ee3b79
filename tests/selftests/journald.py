#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Stands in for systemd's journal: reads entries as its native protocol has
them, and prints a JSON object a line.

  journald.py SOCKET

An entry is a datagram of fields, "NAME=VALUE\\n", or where the value may hold
line feeds "NAME\\n", its length in 8 bytes, little endian, the value, "\\n". One
that is too large for a datagram comes as a sealed file, by descriptor. _UID is
who sent it.
"""
import array
import json
import mmap
import os
import socket
import struct
import sys

ROOM = 1 << 18


def fields(data):
    """Name and value of each field; a field that is cut off is an error."""
    at = 0
    while at < len(data):
        end = data.index(b"\n", at)
        name, equals, value = data[at:end].partition(b"=")
        at = end + 1
        if not equals:
            length, = struct.unpack_from("<Q", data, at)
            value = data[at + 8:at + 8 + length]
            at += 8 + length
            if len(value) != length or data[at:at + 1] != b"\n":
                raise ValueError(f"{name}: {length} bytes are not there")
            at += 1
        yield name.decode("ascii"), value.decode(errors="surrogateescape")


def read_file(descriptor):
    with os.fdopen(descriptor, "rb") as file, \
            mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as content:
        return content[:]


def entry(data, ancillary):
    """The fields of a datagram and of what came with it."""
    about = {}
    for level, kind, value in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_CREDENTIALS):
            about["_UID"] = struct.unpack("=iII", value)[1]
        elif (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            descriptors = array.array("i", value)
            data = b"".join(map(read_file, descriptors))
    for name, value in fields(data):
        if name in about:
            raise ValueError(f"{name} twice")
        about[name] = value
    return about


def main():
    path, = sys.argv[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        listener.bind(path)
        os.chmod(path, 0o666)
        while True:
            data, ancillary, _, _ = listener.recvmsg(ROOM, 1024)
            print(json.dumps(entry(data, ancillary)), flush=True)


main()
