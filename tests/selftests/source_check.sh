#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_tests calls the functions
#
# Whose packets are forwarded: martian sources never, and what rp_filter says
# of the others. Each WAN ends in a namespace of its own, so that any of them
# can send:
#
#  lan10 --.          .-- wan1
#  lan20 --+- router -+-- wan2
#  lan0  --'          +-- wan3
#                     '-- wan4, of no route

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

setup() {
	local i

	topology 0
	for i in 1 2 3 4; do
		if ! [ -e "/run/netns/$ID-wan$i" ]; then
			add_ns "wan$i"
			add_link router "wan$i" "wan$i"
		fi
		on router address add "${NEAR[i]}/$LEN" dev "wan$i"
		on "wan$i" address add "${FAR[i]}/$LEN" dev "wan$i"
		[ "$F" = 4 ] ||
			on "wan$i" address add "fe80::$i/64" dev "wan$i"
	done
	tutorial 3 | load_config
}

filter() {
	local dev mode=$1
	shift

	for dev; do
		set_sysctl router "net/ipv4/conf/$dev/rp_filter=$mode"
	done
}

# What the kernel has counted as dropped by rp_filter.
counted() {
	# shellcheck disable=SC2016 # awk's
	router awk '$1 == "TcpExt:" && !column {
		for (column = NF; $column != "IPReversePathFilter"; column--)
			;
		next
	}
	$1 == "TcpExt:" { print $column }' /proc/net/netstat
}

BEFORE=0

# pass FROM SRC [DST] [WORD...], block FROM SRC [DST] [WORD...]: three packets
# that come in by FROM. Without DST, or with -, they are for a client in lan10,
# from there for the world. The words are those of traffic.py.
send() {
	local from=$1 src=$2 dst=${3:--} now

	shift $(($# < 3 ? $# : 3))
	[ "$dst" != - ] || dst=${LAN10}5
	[ "$from $dst" != "lan10 ${LAN10}5" ] || dst=${SINK}1
	traffic flows m n=3 client="$from" src="$src" dst="$dst" \
		at=lan10,lan0,wan1,wan2,wan3,wan4 "$@" || return
	now=$(counted)
	COUNTED=$((now - BEFORE))
	BEFORE=$now
}

pass() {
	send "$@" || return
	check_eq "forwarded: $*" "${R[got]} $COUNTED" "3 0"
}

block() {
	send "$@" || return
	check_eq "dropped: $*" "${R[got]} $COUNTED" "0 3"
}

# Dropped, but for what it is, not by rp_filter.
martian() {
	send "$@" || return
	check_eq "dropped: $*" "${R[got]}" 0
}

martians() {
	local source list

	filter 0 all lan10 lan20 lan0 wan1 wan2 wan3 wan4
	pass lan10 "${LAN10}5"
	list="127.0.0.1 127.1.2.3 0.0.0.0 224.0.0.5 239.255.255.255 \
255.255.255.255"
	[ "$F" = 4 ] || list=":: ::1 ff02::5 ff0e::1 fe80::99"
	for source in $list; do
		martian lan10 "$source"
	done
	check_json "get says why" "$(ctl -j get "${SINK}1" \
		from "$(cut -d ' ' -f 4 <<<"$list")" iif lan10)" \
		'[.verdict, .left] | join(" ")' "native martian"
	pass lan10 "${LAN10}6"
	# Nor back where it came from: of that IPv6's forwarder checks nothing.
	ctl route add "${SINK}9/$HOST" via "${FAR[4]}" dev wan4
	pass wan4 "${FAR[4]}" "${SINK}9"
	for source in ${list% fe80*}; do
		martian wan4 "$source" "${SINK}9"
	done
	ctl route del "${SINK}9/$HOST"
}

# The router's own address is nobody else's; IPv6 does not ask.
own_source() {
	martian lan10 192.168.10.1
	martian lan10 192.168.10.255
	martian lan10 10.1.1.2
	martian wan2 10.1.1.2
	pass lan10 192.168.10.6
}

# Who says that such sources may come in, as one who tests his router or a
# container's host does, has them forwarded.
allowed() {
	set_sysctl router net/ipv4/conf/lan10/route_localnet=1
	pass lan10 127.1.2.3
	set_sysctl router net/ipv4/conf/lan10/route_localnet=0
	martian lan10 127.1.2.3
	set_sysctl router net/ipv4/conf/lan10/accept_local=1
	pass lan10 192.168.10.1
	# An own address is on its device, by the kernel's own tables, too.
	ctl rule add to 192.168.10.1 native at 0
	filter 1 lan10 lan20
	set_sysctl router net/ipv4/conf/lan20/accept_local=1
	pass lan10 192.168.10.1
	block lan20 192.168.10.1
	filter 0 lan10 lan20
	ctl rule del 0
	set_sysctl router net/ipv4/conf/lan{1,2}0/accept_local=0
	martian lan10 192.168.10.1
}

# IPv6 has no rp_filter, and IPv4's is not for it.
no_filter() {
	filter 1 all lan10 lan20 lan0 wan1 wan2 wan3 wan4
	pass wan2 "${SERVER}9"
	pass wan4 "${SERVER}9"
	pass lan20 "${SERVER}9"
	pass lan10 "${LAN20}100"
	pass wan2 "${LAN20}100"
	pass lan10 "${LAN10}1"
	pass wan2 "${NEAR[1]}"
}

off() {
	filter 0 all lan10 lan20 lan0 wan1 wan2 wan3 wan4
	pass wan2 203.0.113.9
	pass wan4 203.0.113.9
	pass lan20 203.0.113.9
	pass lan10 192.168.20.100
	pass wan2 192.168.20.100
}

strict() {
	filter 1 lan10 lan20 lan0 wan1 wan2 wan3 wan4
	each_strict
	filter 0 lan10 lan20 lan0 wan1 wan2 wan3 wan4
	# The stricter of all and the device's own holds, in the kernel's way:
	# the greater number.
	filter 1 all
	each_strict
}

each_strict() {
	local wan

	# An answer may come back by any WAN of the group.
	for wan in wan1 wan2 wan3; do
		pass "$wan" 203.0.113.9
	done
	block wan4 203.0.113.9
	block lan20 203.0.113.9
	pass lan10 192.168.10.5
	block lan10 192.168.20.100
	block wan2 192.168.20.100
	block wan2 10.1.1.1
	pass wan1 10.1.1.1
}

# The VIP's table ranks its WANs: all that are configured are members.
ranked() {
	local wan

	filter 0 all
	filter 1 lan10 lan20 lan0 wan1 wan2 wan3 wan4
	for wan in wan1 wan2 wan3; do
		pass "$wan" 203.0.113.9 192.168.0.244
	done
	block wan4 203.0.113.9 192.168.0.244
	block lan20 203.0.113.9 192.168.0.244
}

# A dead path's last packets still come from where they are expected.
dead_leg() {
	ctl nexthop set 10.1.2.1 dev wan2 state dead
	pass wan2 203.0.113.9
	pass wan2 203.0.113.9 192.168.0.244
	ctl nexthop set 10.1.2.1 dev wan2 state auto
	pass wan2 203.0.113.9
}

# It asks as an answer would that comes in where the packet goes out: with the
# ports exchanged and the same DSCP; with the mark where the device says so.
asked() {
	local port="sport=5001 dport=4433"

	filter 1 wan1 wan2
	load_config <<-END
		table add two
		route add default via 10.1.1.1 dev wan1
		route add default via 10.1.2.1 dev wan2 table two
		rule add lookup main min-prefix 0
		rule add iif lan10 ipproto udp sport 4433 dport 5001 dscp 10 \
lookup two
		rule add mark 7 lookup two
		rule add ipproto udp dport 5005 native
	END
	pass wan1 203.0.113.9
	block wan2 203.0.113.9
	# shellcheck disable=SC2086 # words
	pass wan2 203.0.113.9 - $port dscp=10
	# shellcheck disable=SC2086 # words
	block wan1 203.0.113.9 - $port dscp=10
	# shellcheck disable=SC2086 # words
	block wan2 203.0.113.9 - $port
	block wan2 203.0.113.9 - sport=4433 dport=5001 dscp=10
	# One for another LAN does not come back by lan10.
	# shellcheck disable=SC2086 # words
	block wan2 203.0.113.9 192.168.0.5 $port dscp=10

	router nft -f - <<-END
		table ip marks {
			chain in {
				type filter hook prerouting priority -150
				udp dport 4434 meta mark set 7
			}
		}
	END
	block wan2 203.0.113.9 - dport=4434
	set_sysctl router net/ipv4/conf/wan2/src_valid_mark=1
	pass wan2 203.0.113.9 - dport=4434
	set_sysctl router net/ipv4/conf/wan2/src_valid_mark=0
	router nft delete table ip marks
	kernel_asked
}

# Where the answer is left to the kernel its own tables say.
kernel_asked() {
	on router route add default via 10.1.3.1 dev wan3
	filter 1 wan3
	pass wan3 203.0.113.9 - sport=5005
	block wan1 203.0.113.9 - sport=5005
	filter 2 wan1
	pass wan1 203.0.113.9 - sport=5005
	filter 1 wan1
	on router route del default via 10.1.3.1 dev wan3
}

loose() {
	filter 2 lan10 lan20 lan0 wan1 wan2 wan3 wan4
	pass wan2 203.0.113.9
	pass wan4 203.0.113.9
	pass lan20 203.0.113.9
	pass lan10 192.168.20.100
	# Loose is not off: there must be some route.
	load_config <<-END
		table add some
		route add 203.0.113.0/24 via 10.1.1.1 dev wan1 table some
		rule add lookup main
		rule add lookup some
	END
	pass wan2 203.0.113.9
	block wan2 100.64.0.9
	block lan20 100.64.0.9
	# The greater number again: loose wins over strict.
	filter 1 all
	pass wan2 203.0.113.9
	block wan2 100.64.0.9
	filter 0 all lan10 lan20 lan0 wan1 wan2 wan3 wan4
	pass wan2 100.64.0.9
}

run_families \
	setup "the network is there" \
	martians "martian sources" \
	4:own_source "the router's own address as a source" \
	4:allowed "sources that a device is told to accept" \
	6:no_filter "there is no rp_filter" \
	4:off "rp_filter 0" \
	4:strict "rp_filter 1: only a device of the route" \
	4:ranked "rp_filter 1: any distance" \
	4:dead_leg "rp_filter 1: a dead path" \
	4:asked "rp_filter 1: what is asked" \
	4:loose "rp_filter 2: any route"
