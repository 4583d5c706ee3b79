#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_tests calls the functions
#
# NAT: connections over several WANs with masquerade and with static SNAT for
# each WAN. Every one is answered, and a wire carries its own address only.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

N=240

setup() {
	topology 3
	tutorial 3 | load_config
}

# answered HOST: the source address on wanI must be HOST there, no other.
answered() {
	local i

	check_eq "opened, answered, on two wires" \
		"${R[open]} ${R[answered]} ${R[mixed]}" "$N $N 0"
	for i in 1 2 3; do
		check_eq "addresses on wan$i" "${R[sources_wan$i]:-}" \
			"${NEAR[i]%2}$1"
	done
}

connections() {
	traffic tcp c n="$N"
	answered "$1"
	traffic round c rounds=2 as=before
	answered "$1"
	check_share before wan1=1 wan2=1 wan3=1 buckets=256
	# Several servers, so that addresses count too.
	traffic tcp d n="$N" dst="${SERVER}1+40" dport=8080
	answered "$1"
	traffic close d

	check_true "the same configuration again" ctl load "$WORK/config"
	traffic round c as=after
	answered "$1"
	traffic diff before after
	check_eq "none moved by the reload" "${R[same]}" "$N"
	traffic close c
}

masqueraded() {
	masquerade
	connections 2
}

# The connections of living WANs do not notice, new ones are answered.
wan_dies() {
	local stayed

	traffic tcp c n="$N"
	traffic round c as=before
	stayed=$((R[wan1] + R[wan2]))
	wan_down 3
	traffic round c as=after
	check_num "those of wan1 and wan2 are answered" \
		"${R[answered]}" -ge "$stayed"
	traffic diff before after
	check_eq "on their wires: $(answer)" "$((${R[stayed_wan1]:-0} +
		${R[stayed_wan2]:-0}))" "$stayed"
	traffic close c
	traffic tcp d n="$N" dport=8080
	check_eq "new ones: opened, answered, on two wires, on wan3" \
		"${R[open]} ${R[answered]} ${R[mixed]} ${R[wan3]:-0}" \
		"$N $N 0 0"
	check_eq "from the living WANs' addresses" \
		"${R[sources_wan1]:-} ${R[sources_wan2]:-}" \
		"${NEAR[1]} ${NEAR[2]}"
	traffic close d
	wan_up 3
	traffic tcp d n="$N" dport=8080
	answered 2
	traffic close d
}

static() {
	router nft delete table "$IP" selftest_nat
	router conntrack -F 2>/dev/null
	snat 3
	connections 50
}

# UDP and ping are translated and answered as well.
others() {
	local i

	traffic flows u n=300
	check_flows u
	for i in 1 2 3; do
		check_eq "UDP on wan$i" "${R[sources_wan$i]:-}" "${NEAR[i]%2}50"
	done
	check_share u wan1=1 wan2=1 wan3=1 buckets=256
	check_true "a ping is answered" in_ns lan10 \
		ping -c 3 -i 0.2 -W 5 -q "$WORLD"
	check_true "a ping of another host too" in_ns lan20 \
		ping -c 3 -i 0.2 -W 5 -q "${SERVER}77"
}

# WANs as the tutorial's PPPoE ones are: the device alone, and no neighbours.
# Without ARP or ND a frame goes to the device's own address, so that both ends of a
# pair need the same.
point_to_point() {
	local i mac far=()

	router nft delete table "$IP" selftest_nat
	# Or the same flows go on with the addresses of before, which go away.
	router conntrack -F 2>/dev/null
	for i in 1 2 3; do
		mac=$(on router -j link show "wan$i" | jq -r '.[0].address')
		on router address del "${NEAR[i]%2}50/$LEN" dev "wan$i"
		far[i]=$(on inet -j link show "wan$i" | jq -r '.[0].address')
		on router link set "wan$i" arp off
		on inet link set "wan$i" address "$mac" arp off
	done
	tutorial 3 | sed 's/ via [^ ]* dev/ dev/' | load_config
	check_json "no gateway is left" "$(ctl -j nexthop show)" \
		'map(select(.gateway)) | length' 0
	masquerade
	connections 2
	traffic flows u n=300
	check_flows u
	check_share u wan1=1 wan2=1 wan3=1 buckets=256
	wan_down 2
	traffic tcp d n=60 dport=8080
	check_eq "all answered by two: $(answer)" \
		"${R[answered]} ${R[wan2]:-0}" "60 0"
	traffic close d
	wan_up 2
	for i in 1 2 3; do
		on router link set "wan$i" arp on
		on inet link set "wan$i" address "${far[i]}" arp on
	done
	router nft delete table "$IP" selftest_nat
}

run_families \
	setup "the tutorial's configuration is loaded" \
	masqueraded "masquerade: all answered, each from its WAN's address" \
	wan_dies "masquerade: a WAN dies and returns" \
	static "static SNAT: all answered, each from its WAN's address" \
	others "UDP and ICMP behind NAT" \
	point_to_point "masquerade over point-to-point WANs"
