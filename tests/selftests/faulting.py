# SPDX-License-Identifier: GPL-2.0
"""What faults.py, faults_kernel.py and stalled.py share: allocations that fail,
what the module has allocated, and what the router's state is.
"""

import os
import re
import subprocess
import sys
import time
import traceback
from pathlib import Path

PARAMETERS = Path("/sys/module/ecmp_fault/parameters")
# A debug kernel says itself who allocated what it has.
TRACES = Path("/sys/kernel/debug/slab")
DEBUG = (TRACES / "kmalloc-64" / "alloc_traces").exists()
STEP = int(os.environ.get("FAULTS_STEP", "1"))
MOST = 1000
PROCESSES, THREADS = 1, 2       # ecmp_fault's "where"

AF_INET, AF_INET6 = 2, 10
V4 = [("FAMILY", AF_INET)]
V6 = [("FAMILY", AF_INET6)]
DEFAULT = V4 + [("DST", "0.0.0.0"), ("DST_LEN", 0)]
NET = V4 + [("DST", "203.0.113.0"), ("DST_LEN", 24)]
NET6 = V6 + [("DST", "2001:db8::"), ("DST_LEN", 32)]
T = [("TABLE", "ecmp")]
VIA2 = [("GATEWAY", "10.1.2.1"), ("DEVICE", "wan2")]
PATH2 = DEFAULT + T + VIA2

problems = 0


def problem(*lines):
    global problems
    problems += 1
    for line in lines:
        print(line, flush=True)


# --- ecmp_fault ----------------------------------------------------------

def put(name, value):
    (PARAMETERS / name).write_text(str(value), encoding="ascii")


def get(name):
    return (PARAMETERS / name).read_text(encoding="ascii").strip()


class Failing:
    """While it is entered the n-th allocation fails; then whether one did."""

    pages = False       # those of pages, on a debug kernel

    def __init__(self, n, where=PROCESSES, times=1):
        self.n, self.where, self.times, self.hit = n, where, times, 0

    def __enter__(self):
        if DEBUG:
            put("pages", int(self.pages))
        put("where", self.where)
        put("times", self.times)
        put("nth", self.n)
        return self

    def __exit__(self, *_):
        self.hit = int(get("failed"))
        put("nth", 0)

    def __str__(self):
        if DEBUG:
            return f"allocation {self.n}"
        last = get("last").split()
        # From the allocator on; what is before is the probe.
        while last and not last[0].startswith(("__k", "k", "__alloc", "pcpu",
                                               "vm", "__vm")):
            del last[0]
        return f"allocation {self.n}: {' '.join(last[1:10])}"


WHERE = Path("/run/ecmp.modules")      # of lib.sh
# Beyond it is who was interrupted.
INTERRUPT = re.compile(r"^ +(__do_softirq|handle_softirqs|do_softirq)\+")
NAMELESS = re.compile(r"^ +(0x[0-9a-f]+)$")
RECORD = re.compile(r"^(?= *\d+ .* age=)", re.MULTILINE)
# What the kernel allocates once for all when there is need of it, whoever comes
# first; what it describes free addresses with that once were in use; and how an
# IDA keeps its numbers, which depends on how high they were.
KEPT = ("ref_tracker_alloc+", "net_alloc_generic+", "neigh_hash_alloc+",
        "alloc_vmap_area+", "ida_alloc_range+")
# A file in /sys: ecmp makes none, and who did may be cut off.
SYSFS = " __kernfs_new_node+"
# These wait for company before they are freed.
LPM = ("ecmp_lpm_object_alloc", "ecmp_lpm_retire")


def was_ours(line, where):
    """In the module when it was there; it is gone, and has no names."""
    found = NAMELESS.match(line)
    return found and any(int(found[1], 16) in there for there in where)


def caller_of(lines, where):
    """The first of ecmp's functions in a record, or "". What another module
    begins with where ecmp was is not ours, nor what packets that came in
    meanwhile have led to. Of a module that has gone the whole way is told."""
    if any(SYSFS in line for line in lines):
        return ""
    for i, line in enumerate(lines):
        if "[ecmp]" in line:
            return line.strip()
        if INTERRUPT.match(line):
            return ""
        if not was_ours(line, where):
            continue
        # What the stack had before may stand between.
        began = next((n for n, other in enumerate(lines[i:], i)
                      if not was_ours(other, where)), i)
        behind = lines[began:began + 3]
        if any(was_ours(other, where) for other in behind) or not any(
                "do_one_initcall" in other for other in behind):
            return " < ".join(other.strip() for other in lines[1:])
    return ""


def traced():
    """What ecmp.ko has on a debug kernel, by the first of its functions.

    KASAN keeps freed objects until their caches shrink, and the kernel some
    references to devices that were given back.
    """
    for cache in Path("/sys/kernel/slab").glob("*/shrink"):
        cache.write_text("1", encoding="ascii")
    objects = {}
    where = []
    for line in WHERE.read_text(encoding="ascii").splitlines():
        words = line.split()
        start = int(words[5], 16)
        where.append(range(start, start + int(words[1])))
    for file in TRACES.glob("*/alloc_traces"):
        for record in RECORD.split(file.read_text(encoding="ascii")):
            lines = record.split("\n")
            caller = caller_of(lines, where)
            if not caller:
                continue
            site = lines[0].split()[1]
            if caller == lines[0].strip():
                caller = site
            if caller.startswith(LPM) or site.startswith(KEPT):
                continue
            if caller != site:
                caller += f": {site}"
            objects[caller] = (objects.get(caller, 0) +
                               int(lines[0].split()[0]))
    return objects


class Objects:
    """What ecmp.ko has, now that all was done once; no more is to stay.

    But for what a look-up structure has replaced: that is looked at when the
    module has gone.
    """

    def __init__(self):
        now = None
        while now != self.now():
            now = self.now()
            time.sleep(0.5)
        self.before = now
        self.missed = 0 if DEBUG else int(get("missed"))

    @staticmethod
    def now():
        if DEBUG:
            return traced()
        objects = {}
        for line in get("left").splitlines():
            count, caller = line.split(" ", 1)
            if not caller.startswith(LPM):
                objects[caller] = int(count)
        return objects

    def check(self, what):
        """Not before RCU and works have come to what was given back."""
        end = time.monotonic() + (60 if DEBUG else 5)
        while True:
            more = [f"    {caller}: {self.before.get(caller, 0)} before, "
                    f"{count} after" for caller, count in self.now().items()
                    if count > self.before.get(caller, 0)]
            if not more:
                return
            unseen = 0 if DEBUG else int(get("missed")) - self.missed
            total = sum(count - self.before.get(caller, 0)
                        for caller, count in self.now().items()
                        if count > self.before.get(caller, 0))
            if DEBUG and time.monotonic() > end:
                problem(f"{what}: {total} objects more", *more)
                return
            if total <= unseen:
                print(f"{what}: {total} objects left, {unseen} frees unseen")
                return
            if time.monotonic() > end:
                # Told, not judged: see "missed" in ecmp_fault.c.
                print(f"{what}: {total} objects more, {unseen} frees unseen",
                      *more, sep="\n")
                return
            time.sleep(0.1)


def numbers():
    n = 1
    while n < MOST:
        yield n
        n += 1 if n < 6 else STEP
    problem(f"still failing after {MOST} allocations")


def configure():
    """As faults.sh does; that some devices are missing is meant."""
    subprocess.run(["ecmpctl", "load", sys.argv[2]], check=True,
                   stderr=subprocess.DEVNULL)


# --- the router's state --------------------------------------------------

IGNORED = {"TABLE": set(), "ROUTE": {"NEXTHOP_ID"},
           "RULE": {"ID"}, "NEXTHOP": {"ID", "IFINDEX", "PIN_ID",
                                  "AGE", "FLAPS"},
           "SETTINGS": {"GENERATION", "RESYNCS"}}    # pin id, resyncs


def state(nl):
    """All that is configured and how it stands, without numbers that grow."""
    out = {}
    for command, records in nl.state().items():
        ignored = IGNORED[command.split("_")[0]]
        out[command] = sorted(
            (sorted((k, str(v)) for k, v in record.items()
                    if k not in ignored)
             for record in records), key=str)
    # What packets meet, not what is remembered of the rule.
    answer = nl.ask("LOOKUP", V4 + [("DST", "198.18.0.1"), ("IIF", "other"),
                                    ("FROM", "192.168.10.5")])
    out["LOOKUP"] = [[("VERDICT", str(answer.objects[0]["VERDICT"]
                                      if answer.objects else answer.text))]]
    # A next hop that nothing uses may still wait for its end.
    out["NEXTHOP_GET"] = [record for record in out["NEXTHOP_GET"]
                          if ("ROUTES", "0") not in record]
    return out


# What grows with time, whoever asks.
GROWS = {"AGE", "NEIGH", "TIMEOUT", "CHECK_SENT", "CHECK_LOST", "CHECK_RTT",
         "RESYNCS", "REBUILDS", "PUBLICATIONS"}


def exact(nl):
    """The same with all numbers: what is refused changes none of them."""
    out = {}
    for command in ("TABLE_GET", "ROUTE_GET", "RULE_GET", "NEXTHOP_GET"):
        out[command] = [sorted((k, str(v)) for k, v in record.items()
                               if k not in GROWS)
                        for record in nl.dump(command)]
    settings = nl.must("SETTINGS_GET").objects[0]
    out["SETTINGS_GET"] = [sorted((k, str(v)) for k, v in settings.items()
                                  if k not in GROWS)]
    return out


def exact_at_rest(nl):
    """The same when nothing that found no memory is still tried again."""
    end = time.monotonic() + 30
    while True:
        got = exact(nl)
        if not any("tried again" in value for record in got["SETTINGS_GET"]
                   for _, value in record):
            return got
        if time.monotonic() > end:
            problem("what found no memory is tried again for half a minute")
            return got
        time.sleep(0.05)


def saved():
    return subprocess.run(["ecmpctl", "save"], check=True,
                          stdout=subprocess.PIPE).stdout


def differences(got, expected):
    for kind, records in expected.items():
        for record in records:
            if record not in got[kind]:
                yield f"    {kind} should be {dict(record)}"
        for record in got[kind]:
            if record not in records:
                yield f"    {kind} is {dict(record)}"


def is_state(nl, what, expected, read=state):
    got = read(nl)
    if got == expected:
        return True
    problem(what, *list(differences(got, expected))[:6])
    return False


def settled(nl):
    """The state once it stays what it is."""
    now = None
    while now != state(nl):
        now = state(nl)
        time.sleep(1)
    return now


def becomes(nl, expected, seconds=30):
    end = time.monotonic() + seconds
    while True:
        try:
            got = state(nl)
        except RuntimeError as error:   # it is being read again
            got = {"ANSWER": [str(error)]}
        if got == expected:
            return None
        if time.monotonic() > end:
            return got
        time.sleep(0.05)


# --- requests ------------------------------------------------------------

def path(i):
    return DEFAULT + T + [("GATEWAY", f"10.1.{i}.1"), ("DEVICE", f"wan{i}")]


def all_of(nl, messages):
    """The answer to the first that is refused, or to the last, if there is any."""
    answer = None
    for command, attributes, flags in messages:
        ask = nl.raw if isinstance(attributes, bytes) else nl.ask
        answer = ask(command, attributes, flags)
        if answer.errno != 0:
            break
    if answer and answer.errno and messages[0][0] == "TRANSACTION_BEGIN" and (
            command not in ("TRANSACTION_BEGIN", "TRANSACTION_COMMIT")):
        nl.ask("TRANSACTION_ABORT")
    return answer


def done(nl, messages):
    answer = all_of(nl, messages)
    if answer and answer.errno != 0:
        problem(f"  {messages[-1]}: {answer}")


def is_refusal(what, answer):
    if answer.errno is None:
        problem(f"{what}", "  no answer")
    elif len(answer.text.split()) < 3:
        problem(f"{what}", f"  refused without a sentence: {answer}")


def run(groups):
    """The group that the command line names; the exit status."""
    start = time.monotonic()
    try:
        groups[f"group_{sys.argv[1]}"]()
    except Exception:   # a test must say why it failed
        if PARAMETERS.exists():
            put("nth", 0)
        problem(traceback.format_exc())
    if DEBUG and PARAMETERS.exists():
        put("pages", 0)
    if sys.argv[1] != "objects":
        print(f"{sys.argv[1]}: {time.monotonic() - start:.0f} s")
    return problems > 0
