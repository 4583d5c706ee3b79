#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Traffic for the selftests: many flows, and the wire that each of them took.

One process serves a whole script, because starting python costs more than a
thousand packets in an emulated machine. It enters the test's namespaces by
setns(), so that sender, receiver and sniffer share one memory and need no
synchronisation: when a command is answered its packets have arrived.

  traffic.py PREFIX

reads one command a line and answers each with one line, "ok KEY=VALUE ..." or
"error SENTENCE". A namespace called "inet" here is PREFIX-inet in "ip netns".
lib.sh wraps this as `traffic COMMAND ...`, answer in the array R.

A *label* is the name of the device on whose far end a packet was seen: devices
of one link bear the same name on both ends, so "wan2" is the WAN it left by.
A *map* is a named list of flows with the label of each.

  flows MAP [SPEC]      sends crafted packets, one a flow, and notes the labels
  again MAP OLD         sends the packets of the map OLD once more
      -> sent= got= lost= mixed= LABEL=flows ...
      SPEC: client=lan10    namespace that sends, by its device of that name
            n=1000          flows
            proto=udp       udp, tcp (SYN), icmp (echo request), unreach and
                            toobig (the ICMP errors that src sends about the
                            UDP flow, to dst), ipip (the UDP flow in a tunnel
                            between the first src and the first dst)
            src= dst=       address, first-last, first+count, or prefix (its
                            hosts)
            sport= dport=   number or first-last; icmp: identifier, sequence
            srclen=         the sources are in as many prefixes of this length
            label=0         IPv6: flow label, number or first-last; an ICMP
                            error bears none, the packet that it tells of does
            ext=            IPv6: extension headers before the protocol's:
                            hop, dest, routing, in this order, comma between
            mode=seq        seq counts up, sport first, then dport, dst, src,
                            label; random draws each field, seeded by seed=
            rounds=1        packets per flow
            at=inet         namespaces that watch, comma between them
            router=router   namespace whose device of the client's name (or
                            mac=DEV) is the link-layer destination
            ttl=64 dscp=0 df=0 size=0
      mixed= counts the flows that were seen under more than one label;
      sources_LABEL=ADDR,... are the source addresses there, if few.
  background MAP [SPEC] [pps=N]     the same round and round until
  stop MAP              -> the same, with packets_LABEL=

  numbered NAME dport=N [cpu=N] [client=] [n=] [at=] [router=]
                        a process, on that CPU, sends packets of n flows of
                        each family, each packet with a number of its own, as
                        fast as they arrive, until
  counted NAME          -> sent= got= lost= twice= LABEL=packets, and when lost
                        ones were sent: lost_at=SECONDS:PACKETS,... by
                        CLOCK_MONOTONIC

  tcp NAME [n=500] [client=lan10] [src=] [dst=45.57.94.1] [dport=80] [at=inet]
           [server=inet]
                        opens real connections, says a message on each, which
                        the server must echo
  round NAME [as=MAP] [rounds=1]    one more message on each; as= notes the
                        labels of these packets only
      -> open= answered= failed= mixed= LABEL=connections ...
         sources_LABEL=ADDR,... of all TCP packets to the server on that wire
  close NAME

  diff OLD NEW          -> same= moved= lost= found= stayed_LABEL=
                        moved_LABEL= lost_LABEL= (that were there in OLD)
                        arrived_LABEL= (that are there in NEW)
  share MAP LABEL=W ... [buckets=B] [alpha=]    do the flows fall as the
                        weights say? -> p= of the chi-square test, fits=yes|no
                        (p >= alpha), LABEL=flows; with buckets= each share
                        may be off by one bucket of B
  independent A B [alpha=]  chi-square test of two maps for independence
                        -> p= fits= and LABEL_LABEL=flows
  classes MAP key=src,dst   flows grouped by fields -> classes= split= (groups
                        with more than one label) LABEL=groups
  flow MAP I            -> src= dst= sport= dport= flowlabel= label=
  find MAP LABEL        -> i= of the first flow there
  family 4|6            of commands without an address, from now on
  dump MAP FILE         JSON, a flow a line
"""
import json
import os
import resource
import signal
import sys

import traffic_flows
from traffic_flows import (Map, Refused, Spec, address_list, text,
                           transmit)
from traffic_numbered import Numbered
from traffic_stats import ALPHA, independence, share
from traffic_tcp import Connections

SOURCES_MAX = 8     # more of them are no translated addresses

maps = {}
connections = {}
running = {}
numbered = {}


def the(kind, name):
    if name not in kind:
        raise Refused(f"no such name: {name}")
    return kind[name]


def same_flows(a, b):
    a, b = the(maps, a), the(maps, b)
    if a.flows != b.flows:
        raise Refused("the maps are not of the same flows")
    return a, b


# --- crafted packets -----------------------------------------------------

def sent_answer(flowmap, sent, got):
    out = {"sent": sent, "got": got, "lost": sent - got,
           "mixed": flowmap.mixed}
    counts = flowmap.counts()
    counts.pop("mixed", None)
    out.update(sorted(counts.items()))
    for label, sources in sorted(flowmap.sources.items()):
        if len(sources) <= SOURCES_MAX:
            out["sources_" + label] = address_list(sources)
    return out


def cmd_flows(name, words):
    spec = Spec(words)
    maps[name] = Map(spec, *spec.frames())
    return sent_answer(maps[name], *transmit(maps[name]))


def cmd_again(name, old, _words):
    old = the(maps, old)
    maps[name] = Map(old.spec, old.flows, old.frames)
    return sent_answer(maps[name], *transmit(maps[name]))


def cmd_background(name, words):
    pps = int(words.pop("pps", 0))
    words.setdefault("rounds", str(1 << 30))
    spec = Spec(words)
    flowmap = Map(spec, *spec.frames())
    r, w = os.pipe()
    pid = os.fork()
    if not pid:
        stopped = []
        signal.signal(signal.SIGTERM, lambda *_: stopped.append(1))
        counts = {}
        try:
            sent, got = transmit(flowmap, counts, lambda: stopped, pps)
            out = [sent, got, counts, flowmap.labels, flowmap.mixed, ""]
        except (OSError, Refused) as e:
            out = [0, 0, counts, [], 0, str(e)]
        with os.fdopen(w, "w") as f:
            json.dump(out, f)
        os._exit(0)
    os.close(w)
    running[name] = (pid, r, flowmap)
    return {"pid": pid}


def cmd_stop(name, _words):
    pid, r, flowmap = the(running, name)
    del running[name]
    os.kill(pid, signal.SIGTERM)
    with os.fdopen(r) as f:
        sent, got, counts, labels, mixed, error = json.load(f)
    os.waitpid(pid, 0)
    if error:
        raise Refused(error)
    flowmap.labels, flowmap.mixed = labels, mixed
    maps[name] = flowmap
    out = sent_answer(flowmap, sent, got)
    for label, n in sorted(counts.items()):
        out["packets_" + label] = n
    return out


def cmd_numbered(name, words):
    numbered[name] = Numbered(words)
    return {"pid": numbered[name].pid}


def cmd_counted(name, _words):
    sender = the(numbered, name)
    del numbered[name]
    return sender.end()


# --- connections ---------------------------------------------------------

def cmd_tcp(name, words):
    connections[name] = Connections(words)
    return connections[name].result()


def cmd_round(name, words):
    c = the(connections, name)
    c.round(int(words.get("rounds", 1)))
    if "as" in words:
        maps[words["as"]] = c.map()
    return c.result()


def cmd_close(name, _words):
    the(connections, name).close()
    del connections[name]
    return {}


# --- what the maps say ---------------------------------------------------

def cmd_diff(old, new, _words):
    a, b = same_flows(old, new)
    out = {"same": 0, "moved": 0, "lost": 0, "found": 0}
    for x, y in zip(a.labels, b.labels):
        if x == y:
            kind, keys = "same", ["stayed_" + x] if x else []
        elif not y:
            kind, keys = "lost", ["lost_" + x]
        elif not x:
            kind, keys = "found", ["arrived_" + y]
        else:
            kind, keys = "moved", ["moved_" + x, "arrived_" + y]
        for key in [kind] + keys:
            out[key] = out.get(key, 0) + 1
    return out


def verdict(p, alpha):
    return {"p": f"{p:.3g}", "fits": "yes" if p >= float(alpha) else "no"}


def cmd_share(name, words):
    buckets = int(words.pop("buckets", 0))
    alpha = words.pop("alpha", ALPHA)
    weights = {label: float(w) for label, w in words.items()}
    counts = the(maps, name).counts()
    if not counts:
        raise Refused(f"no flow of {name} was seen")
    out = verdict(share(counts, weights, buckets), alpha)
    out.update(sorted(counts.items()))
    return out


def cmd_independent(a, b, words):
    a, b = same_flows(a, b)
    p, cells = independence(a.labels, b.labels)
    out = verdict(p, words.get("alpha", ALPHA))
    for (x, y), n in sorted(cells.items()):
        out[f"{x}_{y}"] = n
    return out


def cmd_classes(name, words):
    fields = ("src", "dst", "sport", "dport", "label")
    key = [fields.index(k) for k in words["key"].split(",")]
    m = the(maps, name)
    groups = {}
    for flow, label in zip(m.flows, m.labels):
        groups.setdefault(tuple(flow[k] for k in key), set()).add(label)
    out = {"classes": len(groups), "split": 0}
    for labels in groups.values():
        if len(labels) > 1:
            out["split"] += 1
        else:
            label = next(iter(labels)) or "none"
            out[label] = out.get(label, 0) + 1
    return out


def row(m, i):
    src, dst, sport, dport, flowlabel = m.flows[i]
    version = m.spec.family if m.spec else traffic_flows.family
    return {"src": text(src, version), "dst": text(dst, version),
            "sport": sport, "dport": dport, "flowlabel": flowlabel,
            "label": m.labels[i] or "none"}


def cmd_flow(name, i, _words):
    return row(the(maps, name), int(i))


def cmd_find(name, label, _words):
    m = the(maps, name)
    if label not in m.labels:
        raise Refused(f"no flow of {name} took {label}")
    return {"i": m.labels.index(label)}


def cmd_dump(name, path, _words):
    m = the(maps, name)
    with open(path, "w", encoding="utf-8") as f:
        for i in range(len(m.flows)):
            f.write(json.dumps(row(m, i)) + "\n")
    return {"flows": len(m.flows)}


def cmd_family(version, _words):
    traffic_flows.family = int(version)
    return {}


# --- the dialogue --------------------------------------------------------

def answer(line):
    command, *rest = line.split()
    function = globals().get("cmd_" + command)
    if not function:
        raise Refused(f"unknown command {command}")
    words = dict(w.split("=", 1) for w in rest if "=" in w)
    names = [w for w in rest if "=" not in w]
    result = function(*names, words)
    return " ".join(["ok"] + [f"{k}={v}" for k, v in result.items()])


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    traffic_flows.prefix = sys.argv[1]
    # Two descriptors for each connection.
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    for line in sys.stdin:
        try:
            reply = answer(line)
        except Refused as e:
            reply = f"error {e}"
        except Exception as e:  # a wrong command must not end the test
            reply = f"error {type(e).__name__}: {e}"
        print(reply.replace("\n", " "), flush=True)
    for pid in ([pid for pid, _, _ in running.values()] +
                [sender.pid for sender in numbered.values()]):
        os.kill(pid, signal.SIGTERM)


if __name__ == "__main__":
    main()
