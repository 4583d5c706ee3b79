#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The code blocks of documents, for those who run them.

  blocks.py list DOCUMENT...        a line each: DOCUMENT:LINE KIND
  blocks.py unpack DIR DOCUMENT...  DIR/N/document, line, kind, text of each

A block of Markdown stands between fences, and its kind behind the first of
them. One of a manual is a literal display (.Bd -literal) or a line (.Dl), and
its kind stands in a comment before it: .\\" sh. A block without a kind is of
the kind "none", and so is what Markdown takes for one because it is indented.
The prompts of commands in manuals are no part of them.
"""
import re
import sys
from pathlib import Path

FENCE = re.compile(r"^ {0,3}```+ *(.*?) *$")


def of_markdown(lines):
    """Yields (line, kind, text)."""
    begin, kind, text, before = 0, "", [], ""
    for number, line in enumerate(lines, 1):
        fence = FENCE.match(line)
        if fence and begin:
            yield begin, kind, text
            begin = 0
        elif fence:
            begin, kind, text = number, fence[1] or "none", []
        elif begin:
            text.append(line)
        elif re.match(r"^( {4}|\t)\s*\S", line) and not before.strip():
            yield number, "none", [line]
        before = line
    if begin:
        yield begin, "none", text


def shown(line):
    """A line of roff as it is shown."""
    for written, meant in (("\\(dq", '"'), ("\\&", ""), ("\\-", "-"),
                           ("\\e", "\\")):
        line = line.replace(written, meant)
    return line


def of_manual(lines):
    """Yields (line, kind, text)."""
    begin, kind, text, before = 0, "", [], ""
    for number, line in enumerate(lines, 1):
        comment = re.match(r'^\.\\" (.*)$', before)
        if line.startswith(".Bd "):
            begin, kind, text = number, comment[1] if comment else "none", []
        elif line == ".Ed":
            yield begin, kind, text
            begin = 0
        elif begin:
            text.append(shown(line))
        elif line.startswith(".Dl "):
            yield number, comment[1] if comment else "none", [shown(line[4:])]
        before = line


def blocks(document):
    lines = Path(document).read_text(encoding="utf-8").splitlines()
    manual = re.search(r"\.[1-8]$", document)
    if not manual:
        yield from of_markdown(lines)
        return
    for line, kind, text in of_manual(lines):
        if kind.startswith("sh"):
            text = [re.sub("^# ", "", command) for command in text]
        yield line, kind, text


def main():
    verb, *words = sys.argv[1:]
    folder = Path(words.pop(0)) if verb == "unpack" else None
    number = 0
    for document in words:
        for line, kind, text in blocks(document):
            number += 1
            if not folder:
                print(f"{document}:{line} {kind}")
                continue
            place = folder / f"{number:03}"
            place.mkdir(parents=True)
            for name, value in (("document", document), ("line", line),
                                ("kind", kind)):
                (place / name).write_text(f"{value}\n", encoding="utf-8")
            (place / "text").write_text(
                "".join(line + "\n" for line in text), encoding="utf-8")


if __name__ == "__main__":
    main()
