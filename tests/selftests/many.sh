#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_tests calls the functions
#
# Much of something: distances of more devices than one page tells, routes that go
# by the thousand while others are served.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

N=3000

setup() {
	topology 2
	config=$WORK/config
}

saved() {
	ctl save | grep -c "^$1" || true
}

distances() {
	local i

	for i in $(seq 1024); do
		echo "distance dev ppp$i $((i % 200 + 1))"
	done >"$config"
	ctl load "$config"
	check_eq "all are told" "$(ctl settings show | grep -c 'dev ppp')" 1024
	check_eq "and saved" "$(saved "distance dev")" 1024
	check_fail "one more than there may be" "1024 devices" \
		ctl distance dev ppp2000 7
	ctl distance dev ppp1 default
	ctl distance dev ppp2000 7
	check_eq "one goes, one comes" "$(saved "distance dev")" 1024
	echo "set hash-policy l4" >"$config"
	ctl load "$config"
	check_eq "all are gone" "$(saved distance)" 0
}

# table_of NAME: a table with N prefixes by each of two uplinks
table_of() {
	local i

	echo "table add $1"
	for ((i = 0; i < N; i++)); do
		printf 'route add 100.%d.%d.0/24 via %s dev wan%d table %s\n' \
			$((i / 256)) $((i % 256)) "${GW[i % 2 + 1]}" \
			$((i % 2 + 1)) "$1"
	done
}

routes() {
	ctl -j route show table "$1" | jq length
}

flush() {
	table_of full >"$config"
	echo "rule add from 10.9.0.0/16 lookup full" >>"$config"
	ctl load "$config"
	check_eq "routes that were loaded" "$(routes full)" "$N"
	check_fail "a table that a rule names" rule ctl table del full
	check_eq "routes of what was refused" "$(routes full)" "$N"
	ctl route flush table full
	check_eq "routes after a flush" "$(routes full)" 0
	ctl route add 100.0.0.0/24 via "${GW[1]}" dev wan1 table full
	check_eq "one is added afterwards" "$(routes full)" 1
}

# Beside its own routes it has the kernel's, of which some are added meanwhile.
table_del() {
	local i

	{ table_of full; echo "table add isp kernel 100"; } >"$config"
	ctl load "$config"
	for i in $(seq 1500); do
		echo "route add 101.$((i / 256)).$((i % 256)).0/24 dev wan1 \
table 100"
	done >"$config.ip"
	on router -4 -batch "$config.ip"
	check_true "the kernel's are there" wait_until 10 has isp 1500
	ctl table del isp
	ctl table del full
	check_eq "tables that are left" "$(ctl -j table show |
		jq -r '[.[].name] | join(" ")')" main
	on router -4 route flush table 100
	rm "$config.ip"
}

has() {
	[ "$(routes "$1")" = "$2" ]
}

run_tests \
	setup "two uplinks" \
	distances "a thousand devices have distances" \
	flush "thousands of routes are flushed" \
	table_del "a table goes with thousands of routes"
