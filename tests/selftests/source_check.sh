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
		add_ns "wan$i"
		add_link router "wan$i" "wan$i"
		on router address add "10.1.$i.2/24" dev "wan$i"
		on "wan$i" address add "10.1.$i.1/24" dev "wan$i"
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

# pass FROM SRC [DST], block FROM SRC [DST]: three packets that come in by
# FROM. Without DST they are for a client in lan10, from there for the world.
send() {
	local dst=192.168.10.5 now

	[ "$1" = lan10 ] && dst=198.18.0.1
	traffic flows m n=3 client="$1" src="$2" dst="${3:-$dst}" \
		at=lan10,lan0,wan1,wan2,wan3,wan4 || return
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
	local source

	filter 0 all lan10 lan20 lan0 wan1 wan2 wan3 wan4
	pass lan10 192.168.10.5
	for source in 127.0.0.1 127.1.2.3 0.0.0.0 224.0.0.5 239.255.255.255 \
		255.255.255.255; do
		martian lan10 "$source"
	done
	check_json "get says why" \
		"$(ctl -j get 198.18.0.1 from 224.0.0.5 iif lan10)" \
		'[.verdict, .left] | join(" ")' "native martian"
	# The router's own address is nobody else's.
	martian lan10 192.168.10.1
	martian lan10 10.1.1.2
	martian wan2 10.1.1.2
	pass lan10 192.168.10.6
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

run_tests \
	setup "the network is there" \
	martians "martian sources" \
	off "rp_filter 0" \
	strict "rp_filter 1: only a device of the route" \
	ranked "rp_filter 1: any distance" \
	dead_leg "rp_filter 1: a dead path" \
	loose "rp_filter 2: any route"
