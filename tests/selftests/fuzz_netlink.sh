#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_tests calls the functions
#
# Every command of the family ecmp, made up from its specification and then
# broken, in transactions and without, until the time is over: see
# fuzz_netlink.py. The packets go their way meanwhile, and afterwards.
#
# The same messages each time; ECMP_SEED=N are others. ECMP_SECONDS is how long
# (15), ECMP_CASES how many batches instead: what a failure tells to repeat it.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

BOTH=yes

setup() {
	topology 3
	config
	traffic flows before n=60
	check_flows before
}

config() {
	load_config <<-END
		set pin none
		set hash-seed 1
		table add T
		table add U hash-policy l4
		route add default via 10.1.1.1 dev wan1 table T
		route add default via 10.1.2.1 dev wan2 table T
		route add ::/0 via 2001:db8:a1::1 dev wan1 table T
		route add ::/0 via 2001:db8:a3::1 dev wan3 table T
		rule add lookup main min-prefix 0 comment a
		rule add lookup T comment b
	END
}

fuzz() {
	local output status=0

	output=$(router python3 -B -E -S "$LIB/fuzz_netlink.py" \
		"${ECMP_SEED:-1}" "${ECMP_SECONDS:-15}" "${ECMP_CASES:-}" 2>&1) ||
		status=$?
	diag "$output"
	check_eq "status of fuzz_netlink.py" "$status" 0
}

traffic_after() {
	config
	traffic again after before
	check_flows after
	traffic diff before after
	check_eq "flows that go where they went" "${R[same]}" 60 ||
		diag "now: $(ctl show)"
}

run_tests \
	setup "a configuration" \
	fuzz "messages by chance" \
	traffic_after "the packets go where they went"
