#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_tests calls the functions
#
# An export of RouterOS becomes a configuration that the module takes: that of
# the tutorial is the tutorial's router, as scenarios.sh has it; and what
# routers have besides, hosts beyond the gateway that are asked by way of other
# routes, is loaded and asks them.
#
# The export's ether1-wan is wan1 here.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

setup() {
	local i

	SECTION=$([ "$F" = 4 ] && echo "/ip route" || echo "/ipv6 route")
	MAPS=()
	for i in 1 2 3; do
		MAPS+=(--map "ether$i-wan=wan$i")
	done
	topology 3
}

import() {
	ctl import routeros - "$@" >"$WORK/imported" 2>"$WORK/told"
}

# As RouterOS 7 would print the tutorial's router.
export_of_tutorial() {
	local i

	cat <<-END
		# 2025-11-02 09:14:27 by RouterOS 7.16.1
		/routing table
		add disabled=no fib name=ecmp
		/ip settings
		set ipv4-multipath-hash-policy=l4
		/ipv6 settings
		set multipath-hash-policy=l4
		/ip firewall nat
		add action=masquerade chain=srcnat out-interface-list=WAN
		$SECTION
	END
	for i in 1 2 3; do
		echo "add disabled=no distance=$i dst-address=$ANY gateway=\\"
		echo "    ${GW[i]}%ether$i-wan routing-table=main"
		echo "add disabled=no distance=1 dst-address=$ANY gateway=\\"
		echo "    ${GW[i]}%ether$i-wan routing-table=ecmp"
	done
	cat <<-END
		/routing rule
		add action=lookup comment="local bypass" disabled=no min-prefix=0 table=main
		add action=lookup comment=VIP disabled=no dst-address=$ANY \\
		    src-address=${LAN0}244/$HOST table=main
		add action=lookup comment=catch-all disabled=no src-address=\\
		    $LANS table=ecmp
	END
}

# What is configured, but for the seed, which RouterOS has not.
saved() {
	ctl save | sed '/^set hash-seed/d'
}

same_router() {
	local want

	tutorial 3 | load_config
	want=$(saved)
	check_num "the tutorial's router is not nothing" \
		"$(wc -l <<<"$want")" -ge 11
	ctl load - </dev/null
	check_eq "it is gone" "$(saved)" ""
	export_of_tutorial | import "${MAPS[@]}" ||
		fail "not imported: $(cat "$WORK/told")"
	check_eq "what is told" "$(cat "$WORK/told")" \
		"ecmpctl: note: standard input:9: /ip firewall nat is for nftables to do, as it was: the WAN is chosen before, so that \"masquerade\" follows it
ecmpctl: note: standard input: 1 command of 1 section that is not routing skipped"
	check_true "it is loaded" ctl load "$WORK/imported"
	check_eq "the export's router" "$(saved)" "$want"
}

same_packets() {
	traffic flows b n=900 src="${LAN10}5" dst="$WORLD" at=inet,lan20
	check_flows b
	check_share b wan1=1 wan2=1 wan3=1 buckets=256
	traffic flows a n=100 at=lan20,inet src="${LAN10}5" dst="${LAN20}100"
	check_flows a
	check_eq "the other LAN by main" "${R[lan20]:-0}" 100
	traffic flows v n=50 client=lan0 src="${LAN0}244" dst="$WORLD"
	check_flows v
	check_eq "the VIP by main's first" "${R[wan1]:-0}" 50
}

# wan1 works while either of two hosts answers by it, wan2 while its one does.
export_of_canaries() {
	cat <<-END
		$SECTION
		add dst-address=${SERVER}5/$HOST gateway=${GW[1]}%ether1-wan scope=10
		add check-gateway=ping dst-address=${SERVER}6/$HOST \\
		    gateway=${GW[1]}%ether1-wan scope=10
		add dst-address=$WORLD gateway=${GW[2]}%ether2-wan scope=10
		add check-gateway=ping gateway=${SERVER}5 target-scope=11
		add check-gateway=ping gateway=${SERVER}6 target-scope=11
		add check-gateway=ping distance=2 gateway=$WORLD target-scope=11
	END
}

answered() {
	ctl -j nexthop show | jq -e --arg dev "$1" 'any(.[];
		.device == $dev and .check_state == "answered")' >/dev/null
}

canaries() {
	local check="check-gateway ping target ${SERVER}5 ${SERVER}6" i

	export_of_canaries | import "${MAPS[@]:0:4}" ||
		fail "not imported: $(cat "$WORK/told")"
	check_true "it is loaded" ctl load "$WORK/imported"
	check_eq "the targets" "$(saved)" "$(
		echo "route add $ANY via ${GW[1]} dev wan1 $check"
		echo "route add $ANY via ${GW[2]} dev wan2 distance 2" \
			"check-gateway ping target $WORLD"
		echo "route add $WORLD/$HOST via ${GW[2]} dev wan2"
		echo "route add ${SERVER}5/$HOST via ${GW[1]} dev wan1"
		echo "route add ${SERVER}6/$HOST via ${GW[1]} dev wan1 $check"
	)"
	for i in 1 2; do
		check_true "a host beyond wan$i answers" \
			wait_until 30 answered "wan$i"
	done
}

# RouterOS has a blackhole twice, and more bits than an IPv4 rule has here; a
# gateway on a link is reached there, whatever other routes lead to it.
export_of_odds() {
	cat <<-END
		/ip route
		add dst-address=10.0.0.0/8 gateway=${GW[2]}%ether2-wan scope=10
		add check-gateway=ping gateway=${GW[1]}
		add blackhole dst-address=198.51.100.0/24
		add blackhole dst-address=198.51.100.0/24
		add dst-address=203.0.113.0/24 type=unreachable
		add dst-address=203.0.113.0/24 type=unreachable
		/routing rule
		add action=lookup min-prefix=64 src-address=192.168.0.0/24 table=main
		/ip address
		add address=${GW[1]%.*}.2/24 interface=ether1-wan
	END
}

odds() {
	export_of_odds | import "${MAPS[@]:2:2}" ||
		fail "not imported: $(cat "$WORK/told")"
	check_true "it is loaded" ctl load "$WORK/imported"
	check_eq "the odds" "$(saved)" "$(
		echo "route add 0.0.0.0/0 via ${GW[1]} check-gateway ping"
		echo "route add 10.0.0.0/8 via ${GW[2]} dev wan2"
		echo "route add blackhole 198.51.100.0/24"
		echo "route add unreachable 203.0.113.0/24"
		echo "rule add from 192.168.0.0/24 lookup main min-prefix 32"
	)"
	check_true "the gateway answers" wait_until 30 answered wan1
}

run_families \
	setup "the network is there" \
	same_router "the tutorial's export is the tutorial's router" \
	same_packets "and carries the tutorial's packets" \
	canaries "hosts far away become targets of checks" \
	4:odds "what the module would refuse is not written"
