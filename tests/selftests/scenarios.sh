#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_tests calls the functions
#
# The tutorial's two scenarios. A: a client looks at a camera in another LAN;
# rule 0 finds main's connected /24. B: the same client goes to the internet;
# rule 0 suppresses main's default, rule 1 is the VIP's, rule 2 asks table
# ecmp. Both on the wire and as "get" explains them.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

setup() {
	CLIENT=${LAN10}5
	CAMERA=${LAN20}100
	NETFLIX=$WORLD
	topology 3
	tutorial 3 | load_config
	# A reference for the counters.
	check_eq "rules count nothing before traffic" "$(rule_packets)" "0 0 0"
}

rule_packets() {
	ctl -j rule show | jq -r 'map(.packets) | join(" ")'
}

scenario_a() {
	local proto first rest

	for proto in udp tcp icmp; do
		traffic flows a n=100 proto="$proto" at=lan20,inet \
			src="$CLIENT" dst="$CAMERA"
		check_flows a
		check_eq "A, $proto: all in the other LAN" "${R[lan20]:-0}" 100
	done
	# Answers come by, and meet rule 0 as well.
	read -r first rest <<<"$(rule_packets)"
	check_num "A is rule 0's" "$first" -ge 300
	check_eq "and no other's" "$rest" "0 0"
	check_true "A is answered" in_ns lan10 ping -c 1 -W 5 -q "$CAMERA"
}

scenario_b() {
	traffic flows b n=900 src="$CLIENT" dst="$NETFLIX" at=inet,lan20
	check_flows b
	check_share b wan1=1 wan2=1 wan3=1 buckets=256
	check_eq "B is rule 2's, not the VIP's" \
		"$(rule_packets | cut -d ' ' -f 2-)" "0 900"
	traffic tcp b n=30 dst="$NETFLIX"
	check_eq "B: connections are answered" "${R[answered]}" 30
	traffic close b
}

explain() {
	ctl -j get "$@" iif lan10 from "$CLIENT"
}

# INDEX ACTION TABLE OUTCOME PREFIX, a line for each rule that was tried.
steps() {
	jq -r '.steps[] | [.index, .action, .table, .outcome, .prefix] |
		map(. // "-") | join(" ")' <<<"$1"
}

explain_a() {
	local got

	got=$(explain "$CAMERA")
	check_eq "A: the rules tried" "$(steps "$got")" \
		"0 lookup main route $NET20"
	check_json "A: where it goes" "$got" \
		'[.verdict, .table, .prefix, .device] | join(" ")' \
		"forward main $NET20 lan20"
}

explain_b() {
	local got

	got=$(explain "$NETFLIX" ipproto tcp sport 40000 dport 443)
	check_eq "B: the rules tried" "$(steps "$got")" "$(
		echo "0 lookup main suppressed $ANY"
		echo "1 lookup main no-match -"
		echo "2 lookup ecmp route $ANY"
	)"
	check_json "B: where it was found" "$got" \
		'[.verdict, .table, .prefix] | join(" ")' \
		"forward ecmp $ANY"
	check_json "B: what each rule was limited to" "$got" \
		'.steps[0].min_prefix' 0
	check_json "B: three paths, one of them chosen" "$got" \
		'[(.paths | length), ([.paths[] | select(.chosen)] | length),
		  ([.paths[] | select(.chosen)][0].device == .device),
		  (.bucket < .buckets),
		  ([.paths[].buckets] | add) == .buckets] | join(" ")' \
		"3 1 true true true"
	check_json "B: with ports the bucket is no example" "$got" \
		'.example // false' false
	got=$(explain "$NETFLIX")
	check_json "B: without ports it is" "$got" '.example' true
}

explain_vip() {
	local got

	got=$(ctl -j get "$NETFLIX" from "${LAN0}244" iif lan0)
	check_eq "VIP: the rules tried" "$(steps "$got")" "$(
		echo "0 lookup main suppressed $ANY"
		echo "1 lookup main route $ANY"
	)"
	check_json "VIP: main's default of the lowest distance" "$got" \
		'[.verdict, .table, .device, .gateway] | join(" ")' \
		"forward main wan1 ${GW[1]}"
}

implicit_rule() {
	local got

	STRANGER=172.16.0.5
	[ "$F" = 4 ] || STRANGER=2001:db8:dead::5
	# A source that no rule names: main's default, for it is the last word.
	traffic flows o n=50 src="$STRANGER" dst="$NETFLIX"
	check_flows o
	check_eq "all by main's default" "${R[wan1]:-0}" 50
	got=$(ctl -j get "$NETFLIX" from "$STRANGER" iif lan10)
	check_eq "the implicit last rule has no number" "$(steps "$got" |
		tail -n 1)" "- lookup main route $ANY"
}

# "get" runs the packet's own code: it names the WAN that packets took.
get_agrees() {
	local want got before

	traffic flows g n=40 mode=random seed="$SEED" dport=1-65535 \
		src="${LAN10}2+249" dst="$SERVERNET"
	check_flows g
	traffic dump g "$WORK/flows"
	before=$(rule_packets)
	want=$(jq -r .label "$WORK/flows")
	# shellcheck disable=SC2016 # expands in there
	got=$(jq -r '[.dst, .src, .sport, .dport] | join(" ")' \
		"$WORK/flows" | router bash -c '
		while read -r dst src sport dport; do
			ecmpctl -j get "$dst" from "$src" iif lan10 \
				ipproto udp sport "$sport" dport "$dport"
		done' | jq -r .device)
	check_eq "get names the path of 40 flows" "$got" "$want"
	check_eq "get counts nothing" "$(rule_packets)" "$before"
}

to_the_router() {
	check_true "the router's LAN address answers" \
		in_ns lan10 ping -c 1 -W 5 -q "${LAN10}1"
	check_true "its WAN address answers a LAN client" \
		in_ns lan10 ping -c 1 -W 5 -q "${NEAR[2]}"
	check_json "get says why" "$(explain "${NEAR[2]}")" \
		'[.verdict, .left] | join(" ")' "native own-address"
}

# The router's own packets have a source already: its WAN is taken, if alive.
received() {
	on inet -j -s link show "wan$1" | jq '.[0].stats64.rx.packets'
}

own_traffic() {
	local i before

	# Without any route the kernel does not even ask.
	on router "-$F" route add "$ANY" via "${GW[1]}" dev wan1
	for i in 1 2 3; do
		before=$(received "$i")
		check_true "a ping from ${NEAR[i]} is answered" router \
			ping -c 20 -i 0.01 -W 5 -q -I "${NEAR[i]}" "$WORLD"
		check_num "it left by wan$i" $(($(received "$i") - before)) -ge 20
		check_json "get says so" "$(ctl -j get "$WORLD" \
			from "${NEAR[i]}")" \
			'[.device, .owner] | join(" ")' "wan$i true"
	done
	on router "-$F" route del "$ANY" via "${GW[1]}" dev wan1
}

run_families \
	setup "the tutorial's configuration is loaded" \
	scenario_a "A: LAN to LAN goes by main's connected prefix" \
	scenario_b "B: internet traffic is spread by table ecmp" \
	explain_a "get explains A" \
	explain_b "get explains B" \
	explain_vip "get explains the VIP" \
	implicit_rule "what no rule matches is looked up in main" \
	get_agrees "get and the packets agree" \
	to_the_router "the router's own addresses come before every rule" \
	own_traffic "the router's own packets leave by their source's WAN"
