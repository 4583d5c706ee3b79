#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""A command in a terminal that goes away, as a session of ssh does.

  hangup.py COMMAND...

runs it as the leader of a session on a terminal of its own, and prints what it
prints there. When it has ended, its terminal and all processes of its session
and of its group are gone as the kernel and sshd take them away: SIGHUP, then
SIGKILL.
"""
import os
import pty
import signal
import sys

child, terminal = pty.fork()
if not child:
    # A shell, so that the command has a session that outlives it.
    os.execvp("sh", ["sh", "-c", '"$@"; read -r forever', "sh", *sys.argv[1:]])

told = b""
while b"\n" not in told:
    told += os.read(terminal, 4096)
sys.stdout.buffer.write(told.replace(b"\r", b""))
os.close(terminal)
for number in signal.SIGHUP, signal.SIGKILL:
    try:
        os.killpg(child, number)
    except ProcessLookupError:
        pass
os.waitpid(child, 0)
