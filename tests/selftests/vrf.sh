#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_families calls the functions
#
# VRF traffic has tables of its own: the kernel's, unless a rule's iif names
# the VRF or its port; and then not what is for the router itself.
#
# Table tN has a default route by wanN; lan20 is the port of the VRF red.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=by_table.bash
. "$LIB/by_table.bash"

setup() {
	topology 3
	no_icmp_limit router
}

named() {
	local dev

	config <<<"rule add lookup t1"
	on router link add red up type vrf table 50
	on router "-$F" route add "$ANY" via "${GW[3]}" dev wan3 table 50
	on router link set lan20 master red
	own_address
	ready lan20
	goes 3 client=lan20 src="${LAN20}100"
	goes 1 client=lan10
	ctl rule add iif red lookup t2 before 0
	goes 2 client=lan20 src="${LAN20}100"
	ctl rule set 0 iif lan20
	goes 2 client=lan20 src="${LAN20}100"
	ctl rule del 0
	goes 3 client=lan20 src="${LAN20}100"
	# Among others, in no order.
	for dev in wan3 lan10 wan2 lan0 wan3 wan1 lan10; do
		ctl rule add iif $dev to 198.18.0.1 drop
	done
	goes 3 client=lan20 src="${LAN20}100"
	ctl rule add iif lan20 lookup t2 before 0
	goes 2 client=lan20 src="${LAN20}100"
	ctl rule del 0
	goes 3 client=lan20 src="${LAN20}100"
	on router link del red
	own_address
	ready lan20
	goes 1 client=lan20 src="${LAN20}100"
}

# A device that joins or leaves a VRF loses its IPv6 addresses.
own_address() {
	[ "$F" = 4 ] ||
		on router address replace "${LAN20}1/64" dev lan20 nodad
}

# The router's own addresses there are in the VRF's table.
own() {
	local dev

	config </dev/null
	on router link add red up type vrf table 50
	on router link set lan20 master red
	own_address
	ready lan20
	set_sysctl router net/ipv4/tcp_l3mdev_accept=1
	for dev in red lan20; do
		config <<-END
			rule add iif $dev lookup t2
			rule add lookup t1
		END
		goes 2 client=lan20 src="${LAN20}100"
		answers "$dev"
		left "$dev"
	done
	set_sysctl router net/ipv4/tcp_l3mdev_accept=0
	on router link del red
	own_address
	ready lan20
}

# answers DEV: a rule names that one.
answers() {
	check_true "iif $1: ping is answered" in_ns lan20 \
		ping -q -c 1 -W 5 "${LAN20}1"
	traffic tcp c n=3 client=lan20 server=router at=router \
		src="${LAN20}100" "dst=${LAN20}1"
	check_eq "iif $1: TCP is answered" "${R[answered]}" 3
	traffic close c
	# It asks the address itself, no group.
	on lan20 neigh replace "${LAN20}1" dev lan20 nud probe \
		lladdr "$(in_ns router cat /sys/class/net/lan20/address)"
	check_true "iif $1: it is found to be there" \
		wait_until 5 reachable "${LAN20}1"
}

reachable() {
	on lan20 neigh show "$1" nud reachable | grep "$1"
}

# left DEV: nothing of the VRF's own goes out by a WAN.
left() {
	local address net=198.18.9. prefix=198.18.9.0/24
	local all=224.0.0.1 link=169.254.1.1 group="${LAN20}255" why=broadcast

	if [ "$F" = 6 ]; then
		net=2001:2:0:9:: prefix=2001:2:0:9::/64
		all=ff02::1 link=fe80::77 group=$LAN20 why=own-address
	fi
	for address in "$group" "$all"; do
		goes 0 client=lan20 src="${LAN20}100" dst="$address"
	done
	left_in "$1" own-address "${LAN20}1"
	left_in "$1" $why "$group"
	left_in "$1" link-local $link
	goes 2 client=lan20 src="${LAN20}100" dst="${net}1"
	on router "-$F" route add local "$prefix" dev red table 50
	goes 0 client=lan20 src="${LAN20}100" dst="${net}1"
	left_in "$1" own-address "${net}1"
	on router "-$F" route del local "$prefix" dev red table 50
	goes 2 client=lan20 src="${LAN20}100" dst="${net}1"
	# Elsewhere they are anybody's.
	goes 1 dst="${LAN20}1"
}

# left_in DEV WHY DST
left_in() {
	check_json "get says why: iif $1 $3" \
		"$(ctl -j get "$3" from "${LAN20}100" iif "$1")" \
		'[.verdict, .left] | join(" ")' "native $2"
}

run_families \
	setup "the network is there" \
	named "VRF traffic is the kernel's unless it is named" \
	own "of what is named, not the router's own addresses"
