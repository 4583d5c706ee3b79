#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_tests calls the functions
#
# The VIP: one client whose connections keep the primary WAN, and its public
# address, while everybody else is spread. If the WAN dies the next distance
# takes over; when it returns the VIP goes back.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

setup() {
	VIP=${LAN0}244
	topology 3
	tutorial 3 | load_config
	traffic flows vip n=200 client=lan0 src="$VIP" dst="$WORLD"
	traffic flows others n=600 client=lan0 src="${LAN0}10" dst="$WORLD"
}

# on_wan I LABEL=1...: the VIP on wanI alone, the others on all that live.
on_wan() {
	local wan=wan$1
	shift

	traffic again vip vip
	check_flows vip
	check_eq "all connections of the VIP by $wan" "${R[$wan]:-0}" 200
	traffic again others others
	check_flows others
	check_share others "$@" buckets=256
	check_json "get agrees" \
		"$(ctl -j get "$WORLD" from "$VIP" iif lan0)" \
		'[.table, .device] | join(" ")' "main $wan"
}

primary() {
	on_wan 1 wan1=1 wan2=1 wan3=1
}

# Both ways in which a WAN dies, and each way back.
next_distance() {
	wan_down 1
	on_wan 2 wan2=1 wan3=1
	carrier_lost 2
	on_wan 3 wan3=1
	carrier_back 2
	on_wan 2 wan2=1 wan3=1
	wan_up 1
	on_wan 1 wan1=1 wan2=1 wan3=1
}

carrier() {
	carrier_lost 1
	on_wan 2 wan2=1 wan3=1
	carrier_back 1
	on_wan 1 wan1=1 wan2=1 wan3=1
}

# What the company's VPN sees: one public address.
one_address() {
	masquerade
	traffic tcp vpn n=40 client=lan0 src="$VIP"
	check_eq "all answered" "${R[answered]}" 40
	check_eq "one public address" "${R[sources_wan1]:-}" "${NEAR[1]}"
	check_eq "on one wire" "${R[sources_wan2]:-}${R[sources_wan3]:-}" ""
	traffic round vpn rounds=3
	check_eq "all answered again" "${R[answered]}" 40
	check_eq "the same wire" "${R[wan1]:-0} ${R[mixed]}" "40 0"
	traffic close vpn
	wan_down 1
	traffic tcp vpn n=40 client=lan0 src="$VIP"
	check_eq "all answered by the next WAN" "${R[answered]}" 40
	check_eq "by the next address" "${R[sources_wan2]:-}" "${NEAR[2]}"
	check_eq "only there" "${R[wan2]:-0}" 40
	traffic close vpn
	wan_up 1
	traffic tcp vpn n=40 client=lan0 src="$VIP"
	check_eq "answered by the primary again" \
		"${R[answered]} ${R[wan1]:-0} ${R[sources_wan1]:-}" \
		"40 40 ${NEAR[1]}"
	traffic close vpn
}

run_families \
	setup "the tutorial's configuration is loaded" \
	primary "the VIP uses the primary WAN, the others all" \
	next_distance "link down: the next distance, and back" \
	carrier "carrier lost: the next distance, and back" \
	one_address "the VIP has one public address"
