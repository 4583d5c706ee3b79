#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_tests calls the functions
#
# Much of something: distances of more devices than one page tells.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

setup() {
	topology 2
	config=$WORK/config
}

saved() {
	ctl save | grep -c "^$1"
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

run_tests \
	setup "two uplinks" \
	distances "a thousand devices have distances"
