#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Prometheus's text exposition format 0.0.4, held strictly.

  exposition.py FILE               tells what is wrong, and exits with 1
  exposition.py FILE NAME [L=V...] prints the value of the one sample of this
                                   name with these labels, among others

Each metric has one HELP and one TYPE, in this order and before its samples,
which stand together; no sample is there twice; names, labels, escapes and
values are as the format has them, and names as "promtool check metrics" wants
them: counters end in _total and nothing else does, units are base units and at
the end of a name, and no name has that of its type.
"""
import re
import sys

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"')
SAMPLE = re.compile(rf"({NAME})(?:\{{(.*)\}})? (\S+)$")
VALUE = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$|[+-]Inf$|NaN$")
ESCAPES = {"\\\\": "\\", '\\"': '"', "\\n": "\n"}
TYPES = ("counter", "gauge", "histogram", "summary", "untyped")
UNITS = ("milliseconds", "microseconds", "minutes", "hours", "bits",
         "kilobytes", "megabytes", "percent")

problems = []


def labels_of(text):
    """The labels of a sample, or None: they are none."""
    labels, at = {}, 0
    while at < len(text):
        found = LABEL.match(text, at)
        if not found or found[1] in labels or found[1].startswith("__"):
            return None
        labels[found[1]] = re.sub(r'\\[\\"n]', lambda m: ESCAPES[m[0]],
                                  found[2])
        at = found.end()
        if at < len(text):
            if text[at] != ",":
                return None
            at += 1
    return labels


def lint(name, kind, has_help):
    if (kind == "counter") != name.endswith("_total"):
        problems.append(f"{name}: a {kind}")
    if not has_help:
        problems.append(f"{name}: no help")
    if kind in name.split("_"):
        problems.append(f"{name}: its name has its type")
    if re.search("[A-Z]", name) or name.endswith(("_count", "_sum", "_bucket")):
        problems.append(f"{name}: a name of another kind")
    if set(UNITS) & set(name.split("_")):
        problems.append(f"{name}: no base unit")
    words = [w for w in name.split("_") if w != "total"]
    if "seconds" in words[:-1] or "bytes" in words[:-1]:
        problems.append(f"{name}: the unit is not at its end")


class Reader:
    def __init__(self):
        self.help, self.type, self.done = {}, {}, set()
        self.samples, self.now = {}, None

    def comment(self, line):
        found = re.match(rf"# (HELP|TYPE) ({NAME}) (.+)$", line)
        if not found:
            problems.append(f"no comment of the format: {line}")
            return
        word, name, text = found.groups()
        where = self.help if word == "HELP" else self.type
        if name in where or name in self.done or name == self.now and \
                word == "HELP":
            problems.append(f"{word} of {name} again, or too late")
        if word == "TYPE" and (name not in self.help or text not in TYPES):
            problems.append(f"TYPE of {name}: {text}")
        if word == "HELP" and re.search(r"\\(?![\\n])", text):
            problems.append(f"HELP of {name}: an escape that is none")
        where[name] = text
        if self.now and self.now != name:
            self.done.add(self.now)
        self.now = name

    def sample(self, line):
        found = SAMPLE.match(line)
        labels = labels_of(found[2] or "") if found else None
        if labels is None or not VALUE.match(found[3]) or \
                found[2] == "" and "{" in line:
            problems.append(f"no sample: {line}")
            return
        name = found[1]
        if name != self.now or name not in self.type:
            problems.append(f"{name}: not behind its TYPE: {line}")
        key = (name, tuple(sorted(labels.items())))
        if key in self.samples:
            problems.append(f"twice: {line}")
        self.samples[key] = found[3]
        if self.type.get(name) == "counter" and float(found[3]) < 0:
            problems.append(f"a counter below 0: {line}")

    def read(self, data):
        if data and not data.endswith(b"\n"):
            problems.append("the last line does not end")
        for line in data.decode("utf-8").split("\n")[:-1]:
            if line.startswith("#"):
                self.comment(line)
            else:
                self.sample(line)
        for name, kind in self.type.items():
            lint(name, kind, name in self.help)
        if not self.samples:
            problems.append("no sample at all")


def main():
    reader = Reader()
    with open(sys.argv[1], "rb") as file:
        reader.read(file.read())
    if len(sys.argv) > 2:
        wanted = dict(word.split("=", 1) for word in sys.argv[3:])
        found = [value for (name, labels), value in reader.samples.items()
                 if name == sys.argv[2] and
                 wanted.items() <= dict(labels).items()]
        if len(found) != 1:
            sys.exit(f"{len(found)} samples of {sys.argv[2:]}")
        print(found[0])
        return
    for text in problems:
        print(text)
    sys.exit(bool(problems))


main()
