#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_tests calls the functions
#
# Shares: flows fall on the paths as the weights say, for tuples that count up
# as clients' do, and for random ones. The buckets, which "get" tells, must
# match the weights to one bucket; the flows must match the buckets by a
# chi-square test that fails once in a million runs.
#
# What buckets alone decide is tried with IPv4 only: the two families differ in
# the hash.
#
# Two routers in a row:
#
#   lan10 -- first --wan1 .. wan1-- router --wan1, wan2-- inet
#                  --wan2 .. wan2--

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

N=3000

setup() {
	topology 16
	equal 2 | load_config
	# Ports that count up; addresses that count up; everything random.
	traffic flows ports n="$N" dst="$WORLD"
	traffic flows hosts n="$N" sport=40000
	traffic flows random n="$N" mode=random seed="$SEED" dport=1-65535 \
		dst="$SINKNET" src="${LAN10}2+253"
}

# weighted W1 W2 ...: a table ecmp with a path of each weight.
weighted() {
	local i=0 w

	echo "set hash-policy l4"
	echo "set hash-seed $SEED"
	echo "table add ecmp"
	for w; do
		i=$((i + 1))
		echo "route add $ANY via ${GW[i]} dev wan$i table ecmp" \
			"weight $w"
	done
	echo "rule add from $LANS lookup ecmp"
}

equal() {
	local ones=()

	while [ ${#ones[@]} -lt "$1" ]; do
		ones+=(1)
	done
	weighted "${ones[@]}"
}

shares() {
	local map

	weighted "$@" | load_config || return
	check_buckets
	for map in ports hosts random; do
		traffic again "$map" "$map"
		check_flows "$map"
		# shellcheck disable=SC2086 # words
		check_share "$map" $BUCKETS
	done
}

two() { shares 1 1; }
three() { shares 1 1 1; }
five() { shares 1 1 1 1 1; }
two_to_one() { shares 2 1; }
uneven() { shares 11 45; }
# One bucket at least, whatever the weight.
extreme() { shares 256 1 1; }
sixteen() { shares 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1; }

# The seed decides, and nothing else does.
seeds() {
	equal 3 | load_config
	traffic again one random
	equal 3 | load_config
	traffic again again random
	traffic diff one again
	check_eq "the same seed, the same choice" "${R[same]}" "$N"
	equal 3 | sed "s/hash-seed .*/hash-seed $((SEED + 1))/" | load_config
	traffic again other random
	traffic independent one other
	check_eq "another seed chooses apart: $(answer)" "${R[fits]}" yes
}

# The first of two routers in a row takes the place of the client's gateway;
# its WANs end in the second, which has the addresses of no gateway: the
# gateways' link-layer addresses are told, and both routers know the same two.
two_routers() {
	local i

	add_ns first
	on router link del lan10
	ip link add lan10 netns "$ID-lan10" type veth \
		peer name lan10 netns "$ID-first"
	on lan10 link set lan10 up
	on first link set lan10 up
	on first address add "${LAN10}1"/24 dev lan10
	set_sysctl first net/ipv4/ip_forward=1 net/ipv6/conf/all/forwarding=1
	for i in 1 2; do
		ip link add "wan$i" netns "$ID-first" type veth \
			peer name "up$i" netns "$ID-router"
		on first link set "wan$i" up
		on router link set "up$i" up
		on first address add "${NEAR[i]}/$LEN" dev "wan$i"
		on first neigh replace "${GW[i]}" dev "wan$i" lladdr \
			"$(on router -j link show "up$i" |
			jq -r '.[0].address')"
	done
	on router "-$F" route add "$NET10" dev up1
}

# in_a_row SEED1 SEED2: the maps first and second, of the same flows.
in_a_row() {
	equal 2 | sed "/hash-seed/$1" >"$WORK/first"
	equal 2 | sed "/hash-seed/$2" >"$WORK/second"
	in_ns first ecmpctl load "$WORK/first"
	ctl load "$WORK/second"
	traffic flows first n="$N" mode=random seed="$SEED" \
		router=first at=router
	check_flows first
	traffic flows second n="$N" mode=random seed="$SEED" \
		router=first at=inet
	check_flows second
	traffic independent first second
}

polarisation() {
	two_routers
	in_a_row "s/ [0-9]*$/ $SEED/" "s/ [0-9]*$/ $((SEED + 1))/"
	check_eq "two seeds choose apart: $(answer)" "${R[fits]}" yes
	in_a_row d d
	check_eq "the routers' own seeds choose apart: $(answer)" \
		"${R[fits]}" yes
}

agreement() {
	local same

	in_a_row "s/ [0-9]*$/ $SEED/" "s/ [0-9]*$/ $SEED/"
	same=$((${R[up1_wan1]:-0} + ${R[up2_wan2]:-0}))
	check_eq "one seed, one choice: $(answer)" "$same" "$N"
}

# The network as it was, for the other family.
one_router() {
	on router link del up1
	on router link del up2
	on first link del lan10
	ip netns del "$ID-first"
	lan_create lan10
	equal 2 | load_config
	check_true "packets reach the router again" wait_until 10 arrive
}

arrive() {
	traffic flows m n=20 && [ "${R[got]}" = 20 ]
}

run_families \
	setup "flows are prepared" \
	4:two "2 equal paths" \
	three "3 equal paths" \
	4:five "5 equal paths" \
	4:two_to_one "weights 2:1" \
	uneven "weights 11:45" \
	extreme "weights 256:1:1" \
	sixteen "16 equal paths" \
	seeds "the seed decides" \
	polarisation "two routers in a row, two seeds: no polarisation" \
	agreement "two routers with one seed agree" \
	one_router "the second router is gone"
