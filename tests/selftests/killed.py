#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""ecmpctl is killed at one of its steps.

  killed.py GROUP SEED KILLS FOLDER

runs in the router's namespace that killed.sh has made, with configurations a
and b in FOLDER; prints what is wrong and then exits with 1. Each command runs
to its end once; then it is killed with SIGKILL at the beginning or the end of
one of its system calls, KILLS times at random, or at each of them ("all").

  commands    afterwards the configuration is the one before or the one after,
              no transaction is open, and what was to be written is there as a
              whole or not at all
  confirm     load --confirm, and the process that waits for it, confirm, and
              confirm --abort: besides, what is loaded and not confirmed waits,
              and can be taken back
"""
import ctypes
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
import traceback
from pathlib import Path

from genl import Genl

TRACEME, CONT, DETACH, SYSCALL = 0, 7, 17, 24
SETOPTIONS, GETEVENTMSG = 0x4200, 0x4201
TRACESYSGOOD, TRACEFORK, EXITKILL = 1, 2, 1 << 20
EVENT_FORK = 1
WALL = 0x40000000
STEP = signal.SIGTRAP | 0x80
PATIENCE = 5 if Path("/sys/kernel/debug/kmemleak").exists() else 1

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p,
                        ctypes.c_void_p]
problems = 0


def problem(text):
    global problems
    problems += 1
    print(text, flush=True)


def ptrace(request, pid, data=0):
    if libc.ptrace(request, pid, None, data) < 0:
        raise OSError(ctypes.get_errno(), f"ptrace {request}")


# --- one run -------------------------------------------------------------

class Run:
    """ecmpctl, or the process that it leaves behind, until its last step."""

    def __init__(self, words, last=None, child=False, seconds=60):
        self.steps, self.last, self.status = 0, last, None
        self.parent = None
        self.pid = os.fork()
        if not self.pid:
            self.begin(words)
        os.waitpid(self.pid, WALL)
        ptrace(SETOPTIONS, self.pid, TRACESYSGOOD | EXITKILL |
               (TRACEFORK if child else 0))
        if child:
            self.to_child()
        timer = threading.Timer(seconds * PATIENCE, os.kill,
                                (self.pid, signal.SIGKILL))
        timer.start()
        self.follow()
        timer.cancel()

    @staticmethod
    def begin(words):
        null = os.open(os.devnull, os.O_RDWR)
        for fd in 0, 1, 2:
            os.dup2(null, fd)
        ptrace(TRACEME, 0)
        os.execvp("ecmpctl", ["ecmpctl", *words])

    def to_child(self):
        """Let the command itself run on, and look at its child alone."""
        while True:
            ptrace(CONT, self.pid)
            status = os.waitpid(self.pid, WALL)[1]
            if not os.WIFSTOPPED(status):
                raise RuntimeError("it has started no process")
            if status >> 16 == EVENT_FORK:
                break
        number = ctypes.c_ulong()
        ptrace(GETEVENTMSG, self.pid, ctypes.addressof(number))
        self.parent, self.pid = self.pid, number.value
        os.waitpid(self.pid, WALL)
        ptrace(DETACH, self.parent)

    def follow(self):
        """Step by step, until it ends or its last step has come."""
        deliver = 0
        while self.go_on(deliver):
            deliver = 0
            status = self.status = os.waitpid(self.pid, WALL)[1]
            if not os.WIFSTOPPED(status):
                break
            if os.WSTOPSIG(status) == STEP:
                self.steps += 1
            elif os.WSTOPSIG(status) != signal.SIGTRAP:
                deliver = os.WSTOPSIG(status)
        else:
            self.status = os.waitpid(self.pid, WALL)[1]
        if self.parent:
            os.waitpid(self.parent, 0)

    def go_on(self, deliver):
        """False: it is being killed, now or by the timer."""
        if self.last and self.steps == self.last:
            os.kill(self.pid, signal.SIGKILL)
            return False
        try:
            ptrace(SYSCALL, self.pid, deliver)
        except ProcessLookupError:
            return False
        return True


def ecmpctl(*words):
    done = subprocess.run(["ecmpctl", *words], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, check=False,
                          stdin=subprocess.DEVNULL, timeout=60 * PATIENCE)
    if done.returncode:
        raise RuntimeError(f"ecmpctl {' '.join(words)}: {done.stderr}")
    return done.stdout


class Kernel:
    """What it has, asked without a program where one is not needed."""

    nl = None

    @classmethod
    def ask(cls):
        cls.nl = cls.nl or Genl(timeout=60 * PATIENCE)
        return cls.nl

    @classmethod
    def transaction_is_free(cls, what):
        answer = cls.ask().ask("TRANSACTION_BEGIN")
        if answer.errno:
            problem(f"{what}: {answer}")
        else:
            cls.ask().must("TRANSACTION_ABORT")


def state():
    """What is configured, and which next hops somebody has decided of."""
    return ecmpctl("save") + "".join(
        f"{n.get('GATEWAY')} {n['DEVICE']} is {n['STATE']}\n"
        for n in Kernel.ask().dump("NEXTHOP_GET") if n.get("FORCED"))


def chosen(steps, kills, dice):
    """At which of them it is killed. The loader's own calls come first: of
    few, most are to be of the command itself."""
    if kills == "all":
        return range(1, steps + 1)
    return sorted(dice.randrange(steps // 3, steps) + 1
                  for _ in range(int(kills)))


# --- commands ------------------------------------------------------------

ALIVE = ("nexthop", "set", "10.1.1.1", "dev", "wan1", "state", "auto")
CHANGES = """table add new hash-policy l4
table set t balance round-robin
table del spare
route add 203.0.113.0/24 via 10.1.1.1 dev wan1 table t comment new
route replace default via 10.1.2.1 dev wan2 table t weight 9
route set default via 10.1.1.1 dev wan1 table t distance 7
route del default via 10.1.2.1 dev wan2 table t
route disable default via 10.1.1.1 dev wan1 table t
route flush table t
rule add from 10.9.0.0/16 lookup t at 0
rule del 0 1 2
rule move 2 before 0
rule set 1 comment changed
rule disable 1
nexthop set 10.1.1.1 dev wan1 state dead
nexthop set 10.1.2.1 dev wan2 pin-id 9
distance proto bgp 30
set hash-policy src
set enabled no
load FOLDER/b
load /dev/null"""
READERS = """show
-j show
-s show
save
check FOLDER/b
diff FOLDER/b
stats
settings show
nexthop show
get 198.18.0.1
get 198.18.0.1 from 192.168.10.5 iif lan10
flow list
confirm --show
help"""
# They end when they are killed.
WATCHERS = "monitor", "-j monitor", "top"
IMPORT = "import routeros FOLDER/router.rsc -o FOLDER/imported"


class Commands:
    def __init__(self, dice, kills, folder):
        self.dice, self.kills, self.folder = dice, kills, folder
        self.before = self.now = None
        self.tried = self.changed = 0

    def restore(self):
        if self.now == self.before and self.now:
            return
        ecmpctl("load", f"{self.folder}/a")
        self.now = state()
        self.before = self.before or self.now
        if self.now != self.before:
            # A load leaves that to whoever has decided it.
            ecmpctl(*ALIVE)
            self.now = state()
        if self.now != self.before:
            problem(f"a is not what it was: {self.now}")

    def whole(self, words, seconds=60):
        """It runs to its end: how many steps has it, and what is then?"""
        self.restore()
        run = Run(words, seconds=seconds)
        self.now = state()
        return run, self.now

    def killed(self, line, seconds=60):
        words = line.replace("FOLDER", self.folder).split()
        run, after = self.whole(words, seconds)
        # 3: there are differences.
        if line not in WATCHERS and run.status not in (0, 3 << 8):
            problem(f"{line}: status {run.status}")
        for last in chosen(run.steps, self.kills, self.dice):
            self.restore()
            Run(words, last, seconds=seconds)
            self.now = state()
            what = f"{line}, killed at step {last} of {run.steps}"
            if self.now not in (self.before, after):
                problem(f"{what}: {self.now}")
            self.tried += 1
            self.changed += self.now != self.before
            Kernel.transaction_is_free(what)
        return after

    def imported(self):
        """The file is the old one or the new one."""
        file = Path(self.folder, "imported")
        self.killed(IMPORT)
        new = file.read_text(encoding="utf-8")
        words = IMPORT.replace("FOLDER", self.folder).split()
        steps = Run(words).steps
        for last in chosen(steps, self.kills, self.dice):
            file.write_text("old", encoding="utf-8")
            Run(words, last)
            if file.read_text(encoding="utf-8") not in ("old", new):
                problem(f"{IMPORT}, killed at step {last}: half a file")


def group_commands(dice, kills, folder):
    commands = Commands(dice, kills, folder)
    for line in CHANGES.splitlines():
        if commands.killed(line) == commands.before:
            problem(f"{line}: changes nothing")
    for line in READERS.splitlines():
        if commands.killed(line) != commands.before:
            problem(f"{line}: changes something")
    for line in WATCHERS:
        if commands.killed(line, 0.5) != commands.before:
            problem(f"{line}: changes something")
    commands.imported()
    commands.restore()
    print(f"{commands.tried} were killed, {commands.changed} of them after "
          "they had changed something")


# --- confirm -------------------------------------------------------------

LOAD = "load --confirm 1h FOLDER/b"


class Confirm:
    """What is before, a; what is loaded, b; and what waits."""

    def __init__(self, dice, kills, folder):
        self.dice, self.kills, self.folder = dice, kills, folder
        self.tried = self.taken_back = 0
        self.a = self.load("a")
        self.b = self.load("b")
        self.load("a")

    def load(self, name):
        ecmpctl("load", f"{self.folder}/{name}")
        return state()

    @staticmethod
    def waits():
        """Does something wait, and does a process wait with it?"""
        told = json.loads(ecmpctl("-j", "confirm", "--show"))
        return told["waits"], told.get("watched", False)

    def settled(self):
        """The process that it has started may still be about to load."""
        was, end = None, time.monotonic() + 20 * PATIENCE
        while time.monotonic() < end:
            now = state(), *self.waits()
            if now == was:
                return now
            was = now
            time.sleep(0.1)
        raise RuntimeError("it never ends")

    def check(self, what, allowed):
        now, waits, watched = self.settled()
        name = "a" if now == self.a else "b" if now == self.b else "neither"
        found = name, waits, watched
        if found not in allowed:
            problem(f"{what}: found {found}{now if name == 'neither' else ''}")
        Kernel.transaction_is_free(what)
        self.tried += 1
        if waits:
            self.taken_back += name == "b"
            ecmpctl("confirm", "--abort")
        elif name != "a":
            self.load("a")
        if (state(), self.waits()) != (self.a, (False, False)):
            problem(f"{what}: a does not come back")

    def killed(self, line, before, allowed, child=False):
        words = line.replace("FOLDER", self.folder).split()
        wait = LOAD.replace("FOLDER", self.folder).split()
        seconds = 1 if child else 60
        if before:
            ecmpctl(*wait)
        steps = Run(words, child=child, seconds=seconds).steps
        self.check(f"{line}, to its end", allowed)
        for last in chosen(steps, self.kills, self.dice):
            if before:
                ecmpctl(*wait)
            Run(words, last, child, seconds)
            self.check(f"{line}{', its child' if child else ''}, killed at "
                       f"step {last} of {steps}", allowed)


def group_confirm(dice, kills, folder):
    kept, waiting = ("a", False, False), ("b", True, True)
    confirm = Confirm(dice, kills, folder)
    confirm.killed(LOAD, False, (kept, waiting))
    # Who is to wait is gone: that is told, and nothing is lost.
    confirm.killed(LOAD, False, (kept, ("a", True, False),
                                 ("b", True, False)), child=True)
    confirm.killed("confirm", True, (waiting, ("b", False, False)))
    confirm.killed("confirm --abort", True, (waiting, ("a", True, True),
                                             kept))
    left = {p.name.split("-")[0] for p in Path("/run/ecmp").iterdir()}
    if left - {"lock", "undone", "new"}:
        problem(f"in /run/ecmp are left: {left}")
    print(f"{confirm.tried} were killed, {confirm.taken_back} of them taken "
          "back")


def main():
    group, seed, kills, folder = sys.argv[1:]
    try:
        globals()["group_" + group](random.Random(seed), kills, folder)
    except Exception:   # a test must say why it failed
        problem(traceback.format_exc())
    return problems > 0


if __name__ == "__main__":
    sys.exit(main())
