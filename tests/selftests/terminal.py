#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""A program on a terminal (a vt100) of a size, and what its screen shows.

  terminal.py COLUMNSxLINES STEP... -- COMMAND...

Steps, one after another:
  key:KEYS      are pressed
  wait:PATTERN  until a line of the screen matches; fails after half a minute
  none:PATTERN  no line of the screen matches
  size:CxL      the terminal has this size from now on
  show          the screen, without blanks at the ends of its lines
  end           until the program has ended, with status 0; fails likewise

What goes beyond the screen's edge, or is no sequence of a vt100's that is known
here, fails, too.
"""
import fcntl
import os
import pty
import re
import select
import struct
import sys
import termios
import time

PATIENCE = float(os.environ.get("TERMINAL_PATIENCE", 30))
SEQUENCE = re.compile(r"\x1b\[(\??[\d;]*)([A-Za-z])|\x1b[()][0AB]|\x1b[=>78MHDE]"
                      r"|\x1b\[?[\d;?]*$|\x1b[()]?$")


class Screen:
    def __init__(self, columns, lines):
        self.column = self.line = 0
        self.rest = ""
        self.resize(columns, lines)

    def resize(self, columns, lines):
        self.columns, self.lines = columns, lines
        self.text = [[" "] * columns for _ in range(lines)]
        self.line = min(self.line, lines - 1)
        self.column = min(self.column, columns - 1)

    def shown(self):
        return ["".join(line).rstrip() for line in self.text]

    def feed(self, data):
        data = self.rest + data
        self.rest, at = "", 0
        while at < len(data):
            if data[at] == "\x1b":
                found = SEQUENCE.match(data, at)
                if not found:
                    sys.exit(f"no sequence of a vt100: {data[at:at + 12]!r}")
                if found.end() == len(data) and not found[2] and \
                        len(found[0]) < 3:
                    self.rest = data[at:]
                    return
                if found[2]:
                    self.control(found[1], found[2])
                elif found[0] == "\x1bM":
                    self.line = max(self.line - 1, 0)
                elif found[0][1] == "[":
                    self.rest = data[at:]
                    return
                at = found.end()
                continue
            self.character(data[at])
            at += 1

    def character(self, c):
        if c == "\r":
            self.column = 0
        elif c == "\n":
            self.line += 1
            if self.line == self.lines:
                sys.exit("the screen scrolls")
        elif c == "\b":
            self.column = max(self.column - 1, 0)
        elif c >= " ":
            if self.column >= self.columns:
                sys.exit(f"beyond the edge: {''.join(self.text[self.line])}")
            self.text[self.line][self.column] = c
            self.column += 1

    def control(self, numbers, letter):
        if numbers.startswith("?") or letter in "mrhl":
            return
        n = [int(x) if x else 0 for x in numbers.split(";")]
        if letter == "H":
            self.line = min(max(n[0], 1), self.lines) - 1
            self.column = min(max(n[1] if len(n) > 1 else 1, 1),
                              self.columns) - 1
        elif letter in "ABCD":
            step = max(n[0], 1)
            self.line += {"A": -step, "B": step}.get(letter, 0)
            self.column += {"C": step, "D": -step}.get(letter, 0)
        elif letter in "JK":
            self.erase(letter, n[0])
        else:
            sys.exit(f"no sequence that is known: {numbers}{letter}")

    def erase(self, letter, how):
        here = self.line * self.columns + self.column
        start = 0 if letter == "J" else self.line * self.columns
        end = self.lines * self.columns if letter == "J" else \
            start + self.columns
        if how == 0:
            start = here
        elif how == 1:
            end = here + 1
        for i in range(start, end):
            self.text[i // self.columns][i % self.columns] = " "


class Program:
    def __init__(self, columns, lines, command):
        self.screen = Screen(columns, lines)
        self.child, self.terminal = pty.fork()
        if not self.child:
            os.environ["TERM"] = os.environ.get("TERMINAL", "vt100")
            fcntl.ioctl(0, termios.TIOCSWINSZ,
                        struct.pack("HHHH", lines, columns, 0, 0))
            os.execvp(command[0], command)
        self.open = True

    def read(self, seconds):
        """What the program writes, until it pauses."""
        while self.open and select.select([self.terminal], [], [], seconds)[0]:
            try:
                data = os.read(self.terminal, 65536)
            except OSError:
                data = b""
            if not data:
                self.open = False
                return
            self.screen.feed(data.decode("utf-8", "replace"))
            seconds = 0.05

    def fail(self, text):
        print("\n".join(self.screen.shown()))
        sys.exit(text)

    def wait(self, pattern):
        end = time.monotonic() + PATIENCE
        while not any(re.search(pattern, x) for x in self.screen.shown()):
            if time.monotonic() > end or not self.open:
                self.fail(f"never shown: {pattern}")
            self.read(0.2)

    def step(self, word, value):
        if word == "key":
            os.write(self.terminal, value.encode())
            self.read(0.3)
        elif word == "wait":
            self.wait(value)
        elif word == "none":
            if any(re.search(value, x) for x in self.screen.shown()):
                self.fail(f"shown: {value}")
        elif word == "size":
            columns, lines = map(int, value.split("x"))
            self.read(0.1)
            self.screen.resize(columns, lines)
            fcntl.ioctl(self.terminal, termios.TIOCSWINSZ,
                        struct.pack("HHHH", lines, columns, 0, 0))
            self.read(0.5)
        elif word == "show":
            print("\n".join(self.screen.shown()))
        elif word == "end":
            self.end()
        else:
            sys.exit(f"no step: {word}")

    def end(self):
        end = time.monotonic() + PATIENCE
        while self.open and time.monotonic() < end:
            self.read(0.2)
        if self.open:
            self.fail("it does not end")
        status = os.waitstatus_to_exitcode(os.waitpid(self.child, 0)[1])
        if status:
            self.fail(f"it ends with status {status}")


def main():
    at = sys.argv.index("--")
    columns, lines = map(int, sys.argv[1].split("x"))
    program = Program(columns, lines, sys.argv[at + 1:])
    for step in sys.argv[2:at]:
        word, _, value = step.partition(":")
        program.step(word, value)


main()
