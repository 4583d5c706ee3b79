#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""What becomes of single datagrams, as the socket that sends them learns it.

  probe.py [OPTION...] DST...

sends one UDP datagram to each DST, from each source port, and prints a line
for each, in that order:

  TYPE/CODE ADDRESS [mtu=N]   the ICMP error that came back, and from whom
  ERRNO                       the send was refused: EACCES, ENETUNREACH, ...
  silence                     neither, within the time

A datagram that arrives at a host without a listener is answered by "3/3" of
that host, in IPv6 by "1/4".

  --source ADDRESS    --sport N[-M]   --dport N (33434)   --size N (16)
  --ttl N    --df     no router may fragment, and what the path is known to
                      bear is ignored
  --device DEV        SO_BINDTODEVICE
  --mark N            SO_MARK
  --wait SECONDS      how long silence must last (0.3), counted from when the
                      fence was answered
  --fence ADDRESS     a host without a listener behind the router or in it: a
                      datagram to it, sent last, is answered when the others
                      have been dealt with
"""
import errno
import select
import socket
import struct
import sys
import time

PMTUDISC_DONT, PMTUDISC_PROBE = 0, 3
SO_MARK = 36
MSG_ERRQUEUE = 0x2000


class Family:
    """What the two families call the same things."""

    def __init__(self, level, ttl, discover, recverr, origin, offender, mtu):
        self.level, self.ttl, self.discover = level, ttl, discover
        self.recverr, self.origin, self.mtu = recverr, origin, mtu
        self.offender = offender    # where its address is in the error


FAMILY = {
    socket.AF_INET: Family(socket.IPPROTO_IP, 2, 10, 11, 2,
                           slice(20, 24), (3, 4)),
    socket.AF_INET6: Family(socket.IPPROTO_IPV6, 16, 23, 25, 3,
                            slice(24, 40), (2, 0)),
}


class Options:
    """The command line; argparse would take longer than the probes."""

    def __init__(self, words):
        self.source = self.device = self.fence = None
        self.sport, self.df, self.wait, self.dst = "0", False, 0.3, []
        self.dport, self.size, self.ttl, self.mark = 33434, 16, 64, 0
        words = iter(words)
        for word in words:
            name = word.removeprefix("--")
            if name == word:
                self.dst.append(word)
            elif name == "df":
                self.df = True
            elif name in ("dport", "size", "ttl", "mark"):
                setattr(self, name, int(next(words), 0))
            elif name == "wait":
                self.wait = float(next(words))
            elif name in ("source", "device", "fence", "sport"):
                setattr(self, name, next(words))
            else:
                sys.exit(__doc__)
        if not self.dst:
            sys.exit(__doc__)


def outcome(s):
    """The ICMP error that waits on the socket."""
    its = FAMILY[s.family]
    _, control, _, _ = s.recvmsg(0, 512, MSG_ERRQUEUE)
    for level, kind, data in control:
        if (level, kind) != (its.level, its.recverr):
            continue
        _, origin, icmp, code, info = struct.unpack_from("=IBBBxI", data)
        if origin != its.origin:
            return "local"
        host = socket.inet_ntop(s.family, data[its.offender])
        return f"{icmp}/{code} {host}" + (
            f" mtu={info}" if (icmp, code) == its.mtu else "")
    return "nothing"


class Probe:
    """One datagram, on a socket of its own."""

    def __init__(self, opt, dst, sport):
        self.result = "silence"
        family = socket.AF_INET6 if ":" in dst else socket.AF_INET
        its = FAMILY[family]
        s = self.socket = socket.socket(family, socket.SOCK_DGRAM)
        s.setblocking(False)
        s.setsockopt(its.level, its.recverr, 1)
        s.setsockopt(its.level, its.ttl, opt.ttl)
        s.setsockopt(its.level, its.discover,
                     PMTUDISC_PROBE if opt.df else PMTUDISC_DONT)
        if opt.device:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE,
                         opt.device.encode())
        if opt.mark:
            s.setsockopt(socket.SOL_SOCKET, SO_MARK, opt.mark)
        if opt.source or sport:
            s.bind((opt.source or "", sport))
        try:
            s.connect((dst, opt.dport))
            s.send(bytes(opt.size))
        except OSError as e:
            self.result = errno.errorcode.get(e.errno, str(e.errno))

    def waits(self):
        return self.result == "silence"


def main():
    opt = Options(sys.argv[1:])
    first, _, last = opt.sport.partition("-")
    ports = range(int(first), int(last or first) + 1)
    probes = [Probe(opt, dst, port) for dst in opt.dst for port in ports]
    fence = None
    if opt.fence:
        fence = Probe(Options([opt.fence]), opt.fence, 0)
    poll = select.poll()
    of = {}
    for probe in probes + ([fence] if fence else []):
        of[probe.socket.fileno()] = probe
        if probe.waits():
            poll.register(probe.socket, 0)      # errors are always told
    end = time.monotonic() + (10 if fence else opt.wait)
    while any(p.waits() for p in probes):
        left = end - time.monotonic()
        if left <= 0:
            break
        for fd, _ in poll.poll(left * 1000):
            probe = of[fd]
            probe.result = outcome(probe.socket)
            poll.unregister(fd)
            if probe is fence:
                end = time.monotonic() + opt.wait
    if fence and fence.waits() and time.monotonic() >= end:
        print("the fence was not answered")
    for probe in probes:
        print(probe.result)


if __name__ == "__main__":
    main()
