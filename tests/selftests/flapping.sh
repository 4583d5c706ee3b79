#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_families calls the functions
#
# A path that flaps ten times a second, under load, for ECMP_SECONDS (3; the
# long run by hand is 60): the flows of the others do not notice, nothing is
# stuck afterwards, and every death is counted.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

N=300
SECS=${ECMP_SECONDS:-3}
FLOWS="n=$N mode=seq dport=1-65535"

setup() {
	topology 3
	tutorial 3 | load_config
}

link_dead() { on router link set wan2 down; }
link_back() {
	on router link set wan2 up
	# The kernel takes the addresses' routes along.
	[ "$F" = 4 ] || wait_until 10 eval \
		"on router -6 route show dev wan2 | grep -q fe80"
}
forced_dead() { ctl nexthop set "${GW[2]}" dev wan2 state dead; }
forced_back() { ctl nexthop set "${GW[2]}" dev wan2 state auto; }
far_dead() { on inet link set wan2 down; }
far_back() {
	on inet link set wan2 up
	way_back 2 | on inet -batch -
}
route_dead() { ctl route disable "$ANY" via "${GW[2]}" dev wan2 table ecmp; }
route_back() { ctl route enable "$ANY" via "${GW[2]}" dev wan2 table ecmp; }

flaps() {
	ctl -j nexthop show | jq --arg gw "${GW[2]}" \
		'.[] | select(.gateway == $gw and .device == "wan2").flaps'
}

# flap KILL REVIVE [MAY]: as fast as ten times a second. Without MAY these are
# deaths; with it members come and go, and MAY percent more flows may move.
flap() {
	local end n=0 before may=${3:-0} wan1 wan3

	# shellcheck disable=SC2086 # words
	traffic flows home $FLOWS
	check_flows home
	wan1=${R[wan1]} wan3=${R[wan3]}
	before=$(flaps)
	# shellcheck disable=SC2086 # words
	traffic background run $FLOWS pps=2000
	end=$((${EPOCHREALTIME/./} + SECS * 1000000))
	while [ "${EPOCHREALTIME/./}" -lt $end ]; do
		"$1"
		sleep 0.05
		"$2"
		sleep 0.05
		n=$((n + 1))
	done
	traffic stop run
	diag "$n flaps: $(answer)"
	check_num "packets ran" "${R[sent]}" -ge $((SECS * 100))
	check_num "some flows went to and fro" "${R[mixed]}" -gt 0
	# Others move only where the number of members changes: a few.
	check_num "none of the others" "${R[mixed]}" -le \
		$(((N - wan1 - wan3) * (100 + may) / 100))
	check_true "it is back" wait_until 30 eval \
		"ctl -j nexthop show | jq -e --arg gw '${GW[2]}' '[.[] |
			select(.gateway == \$gw and .device == \"wan2\")][0] |
			.state == \"alive\"'"
	[ "$may" -gt 0 ] || check_eq "deaths" $(($(flaps) - before)) $n
	traffic again now home
	check_flows now
	traffic diff home now
	check_eq "exactly its own flows came home: $(answer)" "${R[same]}" "$N"
	check_buckets
}

links() { flap link_dead link_back; }
carriers() { flap far_dead far_back; }
forced() { flap forced_dead forced_back; }
routes() { flap route_dead route_back 20; }

run_families \
	setup "three equal paths" \
	links "its link goes down and up" \
	carriers "its carrier" \
	forced "a detector says so" \
	routes "its route is disabled and enabled"
