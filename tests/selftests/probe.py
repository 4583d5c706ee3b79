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
that host.

  --source ADDRESS    --sport N[-M]   --dport N (33434)   --size N (16)
  --ttl N    --df     DF is set and what the path is known to bear is ignored
  --device DEV        SO_BINDTODEVICE
  --mark N            SO_MARK
  --wait SECONDS      how long silence must last (1), counted from when the
                      fence was answered
  --fence ADDRESS     a host without a listener behind the router or in it: a
                      datagram to it, sent last, is answered when the others
                      have been dealt with
"""
import argparse
import errno
import select
import socket
import struct
import time

IP_TTL, IP_MTU_DISCOVER, IP_RECVERR = 2, 10, 11
IP_PMTUDISC_DONT, IP_PMTUDISC_PROBE = 0, 3
SO_MARK = 36
MSG_ERRQUEUE = 0x2000
FRAG_NEEDED = (3, 4)


def options():
    parser = argparse.ArgumentParser(usage=__doc__)
    for name in ("source", "device", "fence"):
        parser.add_argument("--" + name)
    parser.add_argument("--sport", default="0")
    for name, default in (("dport", 33434), ("size", 16), ("ttl", 64),
                          ("mark", 0)):
        parser.add_argument("--" + name, default=default,
                            type=lambda text: int(text, 0))
    parser.add_argument("--df", action="store_true")
    parser.add_argument("--wait", type=float, default=1)
    parser.add_argument("dst", nargs="+")
    return parser.parse_args()


def outcome(s):
    """The ICMP error that waits on the socket."""
    _, control, _, _ = s.recvmsg(0, 512, MSG_ERRQUEUE)
    for _, kind, data in control:
        if kind != IP_RECVERR:
            continue
        _, origin, icmp, code, info = struct.unpack_from("=IBBBxI", data)
        if origin != 2:
            return "local"
        text = f"{icmp}/{code} {socket.inet_ntoa(data[20:24])}"
        return text + (f" mtu={info}" if (icmp, code) == FRAG_NEEDED else "")
    return "nothing"


class Probe:
    def __init__(self, opt, dst, sport, ttl, size):
        self.result = "silence"
        s = self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.setblocking(False)
        s.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)
        s.setsockopt(socket.IPPROTO_IP, IP_TTL, ttl)
        s.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER,
                     IP_PMTUDISC_PROBE if opt.df else IP_PMTUDISC_DONT)
        if opt.device:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE,
                         opt.device.encode())
        if opt.mark:
            s.setsockopt(socket.SOL_SOCKET, SO_MARK, opt.mark)
        if opt.source or sport:
            s.bind((opt.source or "0.0.0.0", sport))
        try:
            s.connect((dst, opt.dport))
            s.send(bytes(size))
        except OSError as e:
            self.result = errno.errorcode.get(e.errno, str(e.errno))

    def waits(self):
        return self.result == "silence"


def main():
    opt = options()
    first, _, last = opt.sport.partition("-")
    ports = range(int(first), int(last or first) + 1)
    probes = [Probe(opt, dst, port, opt.ttl, opt.size)
              for dst in opt.dst for port in ports]
    fence = None
    if opt.fence:
        opt.df = False
        opt.device = opt.source = None
        fence = Probe(opt, opt.fence, 0, 64, 16)
    everyone = probes + ([fence] if fence else [])
    poll = select.poll()
    of = {}
    for probe in everyone:
        of[probe.socket.fileno()] = probe
        if probe.waits():
            poll.register(probe.socket, 0)      # errors are always told
    end = time.monotonic() + 10
    if not fence:
        end = time.monotonic() + opt.wait
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
    if fence and fence.waits():
        print("the fence was not answered")
    for probe in probes:
        print(probe.result)


if __name__ == "__main__":
    main()
