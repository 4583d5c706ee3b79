# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Packets whose path is allowed all the time, whatever else is done, are counted
# one by one: sent equals received. Sourced after lib.sh.
#
#  known DEVICE ADDRESS   a neighbour of the router that nobody looks for: that
#                  of the same device in inet
#  steady N        topology N; without the module the kernel's own default is
#                  the way, by wan1
#  senders_start, senders_end WHAT LEAST   one on each of two CPUs, of 64 flows
#                  of each family; they sent so many at least, and lost none.
#                  If some were lost it is told what was done then, of
#                  $WORK/log-*, lines that begin with the second of its begin
#                  and its end; and where the kernel has dropped packets of all
#                  kinds meanwhile, if it can tell
#  check_goes WHAT packets of both families arrive

known() {
	on router neigh replace "$2" dev "$1" nud permanent lladdr \
		"$(in_ns inet cat "/sys/class/net/$1/address")"
}

steady() {
	local i

	topology "$1"
	# None of the senders' packets are dropped for want of room.
	echo 10000 >/proc/sys/net/core/netdev_max_backlog
	for ((i = 1; i <= $1; i++)); do
		known "wan$i" "10.1.$i.1"
		known "wan$i" "2001:db8:a$i::1"
	done
	on router route add default via 10.1.1.1
	on router route add default via 2001:db8:a1::1
	check_goes "by the kernel"
}

check_goes() {
	traffic flows m n=64 src=192.168.10.5 dst=198.18.0.1
	check_flows "$1, IPv4"
	traffic flows m n=64 src=2001:db8:c0a8:10::5 dst=2001:2::1
	check_flows "$1, IPv6"
}

DROPS=/sys/kernel/tracing/events/skb/kfree_skb

# drops begin|end
drops() {
	local word='hist:keys=location.sym,reason'

	if [ "$1" = end ]; then
		word=!$word
	else
		mountpoint -q /sys/kernel/tracing ||
			mount -t tracefs tracefs /sys/kernel/tracing
	fi
	[ ! -e $DROPS/hist ] || echo "$word" >$DROPS/trigger
}

senders_start() {
	drops begin
	traffic numbered a cpu=0 dport=4433 n=64 seed="$SEED"
	traffic numbered b cpu=1 dport=4434 n=64 seed="$((SEED + 1))"
}

senders_end() {
	local name

	for name in a b; do
		traffic counted $name || continue
		diag "sender $name, $1: $(answer)"
		check_num "packets, $1" "${R[sent]}" -ge "$2"
		check_eq "packets lost, $1" "${R[lost]}" 0
		check_eq "packets that came twice, $1" "${R[twice]}" 0
		[ -z "${R[lost_at]:-}" ] || around "${R[lost_at]%%:*}"
	done
	drops end
}

around() {
	diag "around $1:" "$(sort -n "$WORK"/log-* 2>/dev/null |
		awk -v at="$1" '$1 < at + 0.1 && $2 > at - 0.3 &&
				($2 > $1 + 0.05 || ++n <= 40)')"
	[ ! -e $DROPS/hist ] ||
		diag "dropped where, why:" "$(grep hitcount $DROPS/hist)"
}
