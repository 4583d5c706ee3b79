#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_tests calls the functions
#
# Packets of every shape, of both families, through a router whose rules look
# at every field: options, extension headers, fragments, tunnels, what is cut
# off or lies about its length, and what is to be cut into segments; see
# fuzz_packets.py. Once with as few rules as an array holds, once with many, by
# every hash policy; then with connections tracked and translated.
#
# The same packets each time; ECMP_SEED=N are others. ECMP_SECONDS is how long
# (15), ECMP_CASES how many batches in each part instead.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

BOTH=yes

setup() {
	local i mac

	topology 3
	# Neighbours are known, so that no batch waits for them.
	for i in 1 2 3; do
		mac=$(on inet -j link show "wan$i" | jq -r '.[0].address')
		on router neigh replace "10.1.$i.1" lladdr "$mac" dev "wan$i" \
			nud permanent
		on router neigh replace "2001:db8:a$i::1" lladdr "$mac" \
			dev "wan$i" nud permanent
	done
	# Who answers is not to be told of each packet that is wrong.
	set_sysctl inet net/ipv4/icmp_ratelimit=1000 net/ipv6/icmp/ratelimit=1000
}

# config POLICY RULES: rules that look at each field, RULES more before them.
config() {
	local i

	echo "set hash-policy $1"
	echo "set hash-seed 1"
	echo "table add T"
	echo "table add inner hash-policy l3-inner"
	echo "table add turns balance round-robin"
	for i in 1 2 3; do
		for table in T inner turns; do
			echo "route add default via 10.1.$i.1 dev wan$i table $table"
			echo "route add ::/0 via 2001:db8:a$i::1 dev wan$i table $table"
		done
	done
	echo "route add prohibit 198.51.100.0/25 table T"
	for ((i = 0; i < $2; i++)); do
		echo "rule add from 10.$((i % 250)).0.0/16 ipproto udp" \
			"dport $((5000 + i)) dscp $((i % 64)) mark $i drop"
		echo "rule add to 2001:db8:$i:9::/64 iif lan10 ipproto tcp" \
			"sport $((i + 1))-$((i + 900)) unreachable"
	done
	cat <<-END
		rule add ipproto tcp dport 1 drop
		rule add ipproto udp sport 1-52 dport 1-79 unreachable
		rule add ipproto sctp dport 65535 prohibit
		rule add ipproto dccp sport 65535 drop
		rule add mark 7/0xf drop
		rule add dscp 63 lookup T
		rule add lookup main min-prefix 0
		rule add iif lan20 from 192.168.0.0/16 lookup turns
		rule add from 2001:db8:9::/48 lookup turns
		rule add ipproto gre lookup inner
		rule add ipproto udp dport 4789 lookup inner
		rule add to 203.0.113.64/26 lookup inner
		rule add lookup T
	END
}

# packets PART SECONDS: of a seed of its own.
packets() {
	local output status=0

	output=$(python3 -B -E -S "$LIB/fuzz_packets.py" "$ID" \
		$((${ECMP_SEED:-1} * 8 + $1)) "$2" "${ECMP_CASES:-}" 2>&1) ||
		status=$?
	diag "$output"
	check_eq "status of fuzz_packets.py" "$status" 0
}

# share N: of N parts one.
share() {
	echo $((${ECMP_SECONDS:-15} / $1))
}

few() {
	local policy part=0

	for policy in l3 l3-inner; do
		config "$policy" 0 | load_config
		packets $((part++)) "$(share 5)"
	done
}

many() {
	local policy part=2

	for policy in l4 src; do
		config "$policy" 40 | load_config
		packets $((part++)) "$(share 5)"
	done
}

tracked() {
	conntrack on
	masquerade
	config l4 40 | load_config
	packets 4 "$(share 5)"
}

run_tests \
	setup "a router with three uplinks" \
	few "few rules" \
	many "many rules" \
	tracked "connections are tracked and translated"
