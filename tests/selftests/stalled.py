#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""A packet stands still in the module while all around it changes.

  stalled.py stalled CONFIGURATION

runs in the namespace that faults.sh has configured, on a debug kernel with
ecmp_fault.ko loaded. A process sends a packet, and in the midst of the module,
under RCU, with the policy, the rule, the table, the group and the next hop
that it has found in its hands, it waits (tests/fault/stall.c). Meanwhile these
are taken away. When it goes on it reads them: the kernel complains if one of
them is gone. What must wait for the packet waits, and is done afterwards.
"""
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import faulting
from faulting import PATH2, Objects, all_of, configure, get, problem, put
from faults import NEW_CONFIGURATION
from genl import REPLACE, Genl

EVENT = Path("/sys/kernel/debug/tracing/events/ecmp/ecmp_decision/enable")
TO = ("198.18.0.1", 9)


class Packet:
    """A packet on its way; the process that sends it has no hurry."""

    def __init__(self):
        ready, self.go = os.pipe()
        self.said, say = os.pipe()
        self.pid = os.fork()
        if not self.pid:
            os.close(self.go)
            os.close(self.said)
            os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
            sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            os.read(ready, 1)
            try:
                sender.sendto(b"stalled", TO)
                os.write(say, b"sent")
            except OSError as error:
                os.write(say, str(error).encode())
            os._exit(0)
        os.close(ready)
        os.close(say)

    def __enter__(self):
        put("stall", self.pid)
        os.write(self.go, b"x")
        end = time.monotonic() + 20
        while get("stalled") != "Y":
            if time.monotonic() > end:
                raise RuntimeError("the packet does not stand still")
            time.sleep(0.01)
        return self

    def release(self):
        put("stall", 0)

    def __exit__(self, *_):
        self.release()
        os.waitpid(self.pid, 0)
        said = os.read(self.said, 100).decode()
        os.close(self.go)
        os.close(self.said)
        if said != "sent":
            print(f"the packet: {said}")


def process(*words):
    return subprocess.Popen(words, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True)


def messages(*requests):
    """What does so, in a process of its own."""
    pid = os.fork()
    if not pid:
        status = 1
        try:
            answer = all_of(Genl(timeout=60), requests)
            status = answer.errno != 0
            if status:
                print(f"{requests}: {answer}", flush=True)
        finally:
            os._exit(status)
    return pid


def ended(name, children, seconds):
    """Which of them have not ended in that time; those that have must have
    done what they were to do."""
    end = time.monotonic() + seconds
    while children and time.monotonic() < end:
        for child in list(children):
            if isinstance(child, int):
                pid, status = os.waitpid(child, os.WNOHANG)
                status = None if not pid else status
            else:
                status = child.poll()
            if status is not None:
                children.remove(child)
                if status:
                    problem(f"{name}: was refused")
        time.sleep(0.02)
    return children


MANY_GROUPS = "many groups come and go"
EMPTY = (("TRANSACTION_BEGIN", (), 0), ("TRANSACTION_COMMIT", (), 0))
LAST = {"SELECT": {"COMMENT": "last"}}
# What is done while the packet stands still, and how often.
CHANGES = {
    "its route goes": [lambda: messages(("ROUTE_DEL", PATH2, 0))],
    "all routes of its table go": [
        lambda: messages(("ROUTE_FLUSH", {"TABLE": "ecmp"}, 0))],
    "its rule goes": [lambda: messages(("RULE_DEL", LAST, 0))],
    "its rule and its table go": [
        lambda: messages(("RULE_DEL", LAST, 0),
                         ("RULE_DEL", {"SELECT": {"COMMENT": "catch-all"}},
                          0),
                         ("TABLE_DEL", {"NAME": "ecmp"}, 0))],
    "everything goes": [lambda: messages(*EMPTY)],
    "it is switched off": [
        lambda: messages(("SETTINGS_SET", {"ENABLED": 0}, 0))],
    "another configuration comes": [
        lambda: messages(*NEW_CONFIGURATION)],
    "many policies come and go": [
        lambda: messages(*[("SETTINGS_SET", {"HASH_POLICY4": i % 4}, 0)
                           for i in range(60)])],
    MANY_GROUPS: [
        lambda: messages(*[("ROUTE_NEW", PATH2 + [("WEIGHT", 1 + i % 9)],
                            REPLACE) for i in range(60)])],
    "many loads": [
        lambda: messages(*(NEW_CONFIGURATION * 5))],
    "its device goes down": [
        lambda: process("ip", "link", "set", "wan2", "down"),
        lambda: process("ip", "link", "set", "wan1", "down"),
        lambda: process("ip", "link", "set", "wan3", "down")],
    "its device goes": [
        lambda: process("ip", "link", "del", "wan1"),
        lambda: process("ip", "link", "del", "wan2"),
        lambda: process("ip", "link", "del", "wan3")],
}


def restore():
    """The devices, and what belongs to them, as lib.sh makes them."""
    script = Path(sys.argv[2]).with_name("restore")
    subprocess.run(["bash", script], check=True)
    configure()


def change(nl, name, steps):
    with Packet() as packet:
        children = [step() for step in steps]
        waits = list(ended(name, children, 2))
        packet.release()
        if ended(name, children, 120):
            raise RuntimeError(f"{name}: is not done two minutes later")
        print(f"{name}: {'waits for it' if waits else 'does not wait'}",
              flush=True)


def group_stalled():
    EVENT.write_text("1", encoding="ascii")
    nl = Genl()
    before = faulting.settled(nl)
    # The array of groups grows to what it has to hold at a time.
    change(nl, MANY_GROUPS, CHANGES[MANY_GROUPS])
    restore()
    objects = Objects()
    for name, steps in CHANGES.items():
        change(nl, name, steps)
        restore()
        wrong = faulting.becomes(nl, before)
        if wrong:
            problem(f"{name}: not put back",
                    *list(faulting.differences(wrong, before))[:6])
    EVENT.write_text("0", encoding="ascii")
    objects.check("stalled")


def main():
    status = faulting.run(globals())
    put("stall", 0)
    return status


if __name__ == "__main__":
    sys.exit(main())
