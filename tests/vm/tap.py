#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""Reads test results in the TAP and KTAP formats.

As a program: tap.py [--totals FILE] NAME COMMAND... runs COMMAND, passes its
output on, and judges it. It ends with "N passed, N failed", or adds these
numbers to FILE for a later sum, and fails unless all is well.
"""

import os
import re
import subprocess
import sys

RESULT = re.compile(r"^(\s*)(not )?ok\b(?:\s+(\d+))?\s*(?:-\s*)?(.*)$")
PLAN = re.compile(r"^(\s*)1\.\.(\d+)\s*(#.*)?$")
VERSION = re.compile(r"^K?TAP version \d+$")
BAIL = re.compile(r"^\s*Bail out!(.*)$")
SKIP = re.compile(r"#\s*skip", re.IGNORECASE)


class Totals:
    """What a run has come to."""

    def __init__(self, passed=0, failed=0, skipped=0):
        self.passed = passed
        self.failed = failed
        self.skipped = skipped

    def add(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped

    def good(self):
        """A run in which nothing ran is no good."""
        return self.passed > 0 and self.failed == 0

    def __str__(self):
        text = f"{self.passed} passed, {self.failed} failed"
        return text + (f", {self.skipped} skipped" if self.skipped else "")

    @classmethod
    def parse(cls, text):
        found = re.search(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$",
                          text, re.MULTILINE)
        return cls(*(int(n or 0) for n in found.groups())) if found else None


class Level:
    """The results of one indentation."""

    def __init__(self):
        self.plan = None
        self.results = 0
        self.failed = 0


class Judge:
    """Judges the output of one test program, line by line.

    Results are counted where they are innermost: a line that sums up the
    indented results above it is not counted again. Whatever is wrong with
    the output as a whole is a failure as well, since a program that stops
    half-way must not pass.
    """

    def __init__(self, name, strict):
        self.name = name
        self.strict = strict        # a skipped test is a failed one
        self.totals = Totals()
        self.failures = []          # names, for a summary
        self.levels = {}            # by indentation

    def feed(self, line):
        """Takes one line; returns what is to be said about it, or None."""
        line = line.rstrip("\r\n")
        if VERSION.match(line):
            return self.close()     # a second document begins
        if found := PLAN.match(line):
            indent = len(found[1].expandtabs())
            level = self.level(indent)
            level.plan = int(found[2])
            if level.results and not indent:
                return self.close()     # a plan at the end ends it
            if level.plan == 0 and found[3] and SKIP.search(found[3]):
                return self.skip(self.name)
        elif found := BAIL.match(line):
            return self.fail("gave up:" + found[1])
        elif found := RESULT.match(line):
            return self.result(len(found[1].expandtabs()), bool(found[2]),
                               found[4])
        return None

    def level(self, indent):
        return self.levels.setdefault(indent, Level())

    def result(self, indent, failed, text):
        inner = [self.levels.pop(i) for i in sorted(self.levels) if i > indent]
        level = self.level(indent)
        level.results += 1
        level.failed += failed
        problem = None
        for child in inner:
            problem = problem or self.complete(child, text)
        if not any(child.results for child in inner):
            if SKIP.search(text):
                return self.skip(text)
            self.totals.passed += not failed
            self.totals.failed += failed
            if failed:
                self.failures.append(text)
        elif failed and not any(child.failed for child in inner):
            return self.fail(f"{text}: failed as a whole")
        return problem

    def skip(self, text):
        if self.strict:
            return self.fail(f"skipped: {text}")
        self.totals.skipped += 1
        return None

    def fail(self, text):
        self.totals.failed += 1
        self.failures.append(text)
        return f"not ok - {self.name}: {text}"

    def complete(self, level, text):
        if level.plan is None:
            return self.fail(f"{text}: no plan (1..N)")
        if level.plan != level.results:
            return self.fail(f"{text}: {level.plan} results were planned, "
                             f"{level.results} came")
        return None

    def close(self):
        """A document ends. Returns what is to be said about it, or None."""
        levels, self.levels = self.levels, {}
        for indent in sorted(levels, reverse=True):
            if problem := self.complete(levels[indent], "the output"):
                return problem
        return None

    def finish(self, status):
        """The program ended. Returns what is to be said about it."""
        said = [self.close()]
        if not said[0] and not (self.totals.passed or self.totals.failed or
                                self.totals.skipped):
            said.append(self.fail("no results"))
        # A failed test is reason enough to exit with an error.
        if status and not self.totals.failed:
            said.append(self.fail(f"exit status {status}"))
        return [line for line in said if line]


def main():
    args = sys.argv[1:]
    totals_file = None
    if args[:1] == ["--totals"]:
        totals_file = args[1]
        args = args[2:]
    if len(args) < 2:
        sys.exit("usage: tap.py [--totals FILE] NAME COMMAND...")
    name, command = args[0], args[1:]
    judge = Judge(name, os.environ.get("CI") == "true")
    try:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, text=True,
                                 stdout=subprocess.PIPE, errors="replace")
        for line in child.stdout:
            print(line, end="", flush=True)
            if said := judge.feed(line):
                print(said, flush=True)
        status = child.wait()
    except OSError as error:
        print(f"# {error}")
        status = 127
    for line in judge.finish(status):
        print(line, flush=True)
    if totals_file:
        with open(totals_file, "a", encoding="utf-8") as file:
            print(judge.totals, file=file)
    else:
        print(judge.totals)
    sys.exit(0 if judge.totals.good() else 1)


if __name__ == "__main__":
    main()
