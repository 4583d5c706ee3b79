#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_tests calls the functions
#
# The module against its description: ../model has the rules of the manual once
# more, in plain Python, written without a look at the source. Random
# configurations, kernel routes and events; of random packets of both families,
# forwarded ones and the router's own, "get", the wire and the model must agree:
# which rules were tried and what came of them, the verdict, the next hops that
# are allowed and their weights, ICMP errors, what rp_filter refuses; that a flow
# has one path; that with a path only its own flows go and come home; that
# connections keep their uplink; what "save" prints after single commands and
# after "load". A case that fails is made as small as it can be, and printed as
# commands.
#
# ECMP_CASES: how many (default: as many as there is time for, half a minute, and
# always the same ones). Each has a seed of its own, the first SEED, the next
# SEED + 1: ECMP_SEED=N ECMP_CASES=1 is case N alone. A whole run, which takes
# hours:
#   ECMP_CASES=10000 tests/vm/run -k uml -t 20000 tests/selftests/model.sh
#
# The network is described in ../model/network.py.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

BOTH=yes
COST=/proc/sys/net/ipv4/route/error_cost

network() {
	local i

	load_module
	add_ns router lan wan
	for i in 1 2; do
		add_link router lan "lan$i"
	done
	for i in 1 2 3 4 5; do
		add_link router wan "wan$i"
	done
	# What is not the router's decision keeps silent.
	for i in lan wan; do
		set_sysctl "$i" net/ipv6/conf/all/disable_ipv6=1
	done
	forwarding_is 1
	set_sysctl router net/ipv6/conf/all/forwarding=1 \
		net/ipv4/conf/{all,default,{l,w}an{1,2},wan{3,4,5}}/send_redirects=0
	F=4 no_icmp_limit router
	F=6 no_icmp_limit router
}

agree() {
	local cases=10000 seconds=32 seed=${ECMP_SEED:-1000} cost status=0

	if [ -n "${ECMP_CASES:-}" ]; then
		cases=$ECMP_CASES
		seconds=1000000
		seed=$SEED
	fi
	# IPv4's errors have a limit of their own, one for all namespaces.
	cost=$(<"$COST")
	echo 0 >"$COST"
	python3 -B -E "$LIB/../model/run.py" "$ID" "$seed" "$cases" \
		"$seconds" || status=1
	echo "$cost" >"$COST"
	check_eq "status of model/run.py" "$status" 0
}

run_tests \
	network "the network is there" \
	agree "module, wire and model agree"
