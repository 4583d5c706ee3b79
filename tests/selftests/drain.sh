#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_families calls the functions
#
# nexthop set ... state drain: a way that gets no new connections and keeps those
# that are pinned to it, in both directions; it is used after all where nothing
# else is left. And states that are decided for a while.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

N=60

setup() {
	topology 3
	config | load_config
	masquerade
}

config() {
	tutorial 3
	echo "set pin connection"
}

# state I WORD...
state() {
	local i=$1
	shift

	ctl nexthop set "${GW[i]}" dev "wan$i" state "$@"
}

# hop I FILTER: of the next hop.
hop() {
	ctl -j nexthop show | jq -r --arg gw "${GW[$1]}" --arg dev "wan$1" \
		".[] | select(.gateway == \$gw and .device == \$dev) | $2"
}

# paths FROM [JQ]: of the default of the table that a client has.
paths() {
	ctl -j get "$WORLD" from "$1" iif lan10 | jq -r "
		.paths | sort_by(.distance, .device) | map(\"\\(.device)=\" + ($2)) |
		join(\" \")"
}

# Who gets new flows of a client.
taken() {
	paths "$1" 'if .buckets > 0 then "new" else "-" end'
}

why() {
	paths "$1" '.reason // "-"'
}

opened() {
	# Closed ones stay for a while.
	router conntrack -F 2>/dev/null
	traffic tcp c n="$N"
	check_eq "opened, answered" "${R[open]} ${R[answered]}" "$N $N"
	check_num "some by wan3" "${R[wan3]:-0}" -gt 0
	traffic round c as=before
}

# stays WHAT: the connections c go the way that they went before.
stays() {
	traffic round c rounds=2 as=after
	check_eq "$1: answered" "${R[answered]} ${R[mixed]}" "$N 0"
	traffic diff before after
	check_eq "$1: none moved" "${R[same]}" "$N"
}

drained() {
	opened
	state 3 drain
	stays "it drains"
	traffic tcp d n="$N" dport=8080
	check_eq "new ones by the others" \
		"${R[answered]} ${R[mixed]} ${R[wan3]:-0}" "$N 0 0"
	traffic close d
	config | load_config
	ctl set hash-seed $((SEED + 1))
	stays "loads and another seed"
	check_eq "it drains still" "$(hop 3 .forced)" drain
	ctl set hash-seed "$SEED"
	state 3 auto
	stays "it is back"
	traffic tcp d n="$N" dport=8080
	check_num "new ones take it again" "${R[wan3]:-0}" -gt 0
	traffic close d
	traffic close c
}

told() {
	state 3 drain
	check_eq "get: who gets new ones" "$(taken "${LAN10}5")" \
		"wan1=new wan2=new wan3=-"
	check_eq "get: why" "$(why "${LAN10}5")" "wan1=- wan2=- wan3=drain"
	check_eq "nexthop show" "$(hop 3 '"\(.state) \(.forced) \(.reason)"')" \
		"alive drain drain"
	check_json "route show: in reserve" \
		"$(ctl -j "-$F" route show table ecmp)" 'map(select(
			.device == "wan3")) | .[0] | "\(.flags) \(.reason)"' \
		"s drain"
	check_true "in words" grep -q "wan3 .* draining" \
		<<<"$(ctl nexthop show)"
	check_fail "it is not saved" "" eval 'ctl save | grep nexthop'
	state 3 auto
	check_eq "auto" "$(hop 3 '"\(.state) \(.forced) \(.reason)"')" \
		"alive auto null"
	check_fail "another word" "must be auto, alive, dead or drain" state 3 drained
}

# By distance in main, all equal in ecmp.
last_resort() {
	local vip=${LAN0}244 client=${LAN10}5

	state 1 drain
	check_eq "the next distance" "$(taken "$vip")" "wan1=- wan2=new wan3=-"
	state 2 drain
	check_eq "the last distance" "$(taken "$vip")" "wan1=- wan2=- wan3=new"
	check_eq "of equals one" "$(taken "$client")" "wan1=- wan2=- wan3=new"
	state 3 drain
	check_eq "all drain: as ever" "$(taken "$vip")" "wan1=new wan2=- wan3=-"
	check_eq "all drain: why" "$(why "$vip")" \
		"wan1=last-resort wan2=drain wan3=drain"
	check_eq "all drain: all equals" "$(taken "$client")" \
		"wan1=new wan2=new wan3=new"
	check_eq "nexthop show" "$(hop 2 '"\(.state) \(.reason)"')" \
		"alive last-resort"
	check_json "route show" "$(ctl -j "-$F" route show table ecmp)" \
		'map("\(.flags) \(.reason)") | unique | join(",")' \
		"As+ last-resort"
	traffic flows m n="$N"
	check_flows "all are used"
	check_num "wan1, wan2 and wan3" $((${R[wan1]:-0} * ${R[wan2]:-0} *
		${R[wan3]:-0})) -gt 0
	# One of them is no longer alive, another one is back.
	state 1 dead
	check_eq "a dead one is not used" "$(taken "$client")" \
		"wan1=- wan2=new wan3=new"
	state 2 auto
	check_eq "there is another again" "$(taken "$client")" \
		"wan1=- wan2=new wan3=-"
	carrier_lost 2
	check_eq "it dies" "$(taken "$client")" "wan1=- wan2=- wan3=new"
	carrier_back 2
	check_eq "it returns" "$(taken "$client")" "wan1=- wan2=new wan3=-"
	state 1 auto
	state 3 auto
	check_eq "as before" "$(taken "$client")" "wan1=new wan2=new wan3=new"
}

# What ends in a blackhole is no way; a shorter prefix, another table is none,
# either.
no_other() {
	ctl table add t
	ctl route add "$ANY" via "${GW[1]}" dev wan1 table t
	ctl route add blackhole "$ANY" distance 200 table t
	ctl rule add from "${LAN10}9" lookup t at 1
	state 1 drain
	check_eq "before a blackhole" "$(why "${LAN10}9" | sed 's/ .*//')" \
		"wan1=last-resort"
	ctl route del blackhole "$ANY" table t
	check_true "the only one, in words" grep -q \
		"wan1 .* draining, but there is no other, chosen" \
		<<<"$(ctl get "$WORLD" from "${LAN10}9" iif lan10)"
	state 1 dead
	ctl route add blackhole "$ANY" distance 200 table t
	check_json "dead: the blackhole" \
		"$(ctl -j get "$WORLD" from "${LAN10}9" iif lan10)" .verdict drop
	state 1 auto
	ctl rule del 1
	ctl table del t
	ctl route add "$SERVERNET" via "${GW[2]}" dev wan2
	state 2 drain
	check_json "the default is no other way" \
		"$(ctl -j get "${SERVER}5" from "${LAN10}5" iif lan10)" \
		'"\(.device) \(.prefix)"' "wan2 $SERVERNET"
	state 2 auto
	ctl route del "$SERVERNET" via "${GW[2]}" dev wan2
}

# Its device, its gateway and its check decide whether it lives, as ever.
dies() {
	local stayed

	opened
	stayed=$((R[wan1] + R[wan2]))
	state 3 drain
	carrier_lost 3
	check_eq "dead" "$(hop 3 '"\(.state) \(.reason) \(.forced)"')" \
		"dead no-carrier drain"
	traffic round c
	check_eq "the others go on" "${R[answered]}" "$stayed"
	carrier_back 3
	check_eq "it drains still" "$(hop 3 '"\(.state) \(.reason)"')" \
		"alive drain"
	state 3 auto
	traffic close c
}

# Who comes in by it is answered by it: what began before, and what others
# begin by it.
arrivals() {
	[ "$F" = 4 ] || set_sysctl inet net/ipv6/ip_nonlocal_bind=1
	router nft -f - <<-END
		table $IP forwards {
			chain in {
				type nat hook prerouting priority dstnat
				iifname "wan*" tcp dport { 8088, 8090 } dnat to ${LAN10}5
			}
		}
	END
	in_ns inet nft -f - <<-END
		table netdev answers {
			counter right { }
			counter wrong { }
			chain w1 { type filter hook ingress device wan1 priority 0; tcp sport 8088-8091 counter name wrong; }
			chain w2 { type filter hook ingress device wan2 priority 0; tcp sport 8088-8091 counter name wrong; }
			chain w3 { type filter hook ingress device wan3 priority 0; tcp sport 8088-8091 counter name right; }
		}
	END
	arrive b 8088 lan10 1
	arrive r 8089 router 2
	state 3 drain
	traffic round b
	check_eq "to a server: answered" "${R[answered]}" 15
	traffic round r
	check_eq "to the router: answered" "${R[answered]}" 15
	arrive n 8090 lan10 3
	arrive o 8091 router 4
	check_num "answers by it" "$(answers right)" -gt 120
	check_eq "answers by another" "$(answers wrong)" 0
	state 3 auto
	traffic close b
	traffic close r
	traffic close n
	traffic close o
	in_ns inet nft delete table netdev answers
	router nft delete table "$IP" forwards
}

# arrive NAME PORT SERVER K: connections to the address of wan3.
arrive() {
	traffic tcp "$1" n=15 client=inet server="$3" dport="$2" \
		src="${SERVER}${4}0+15" dst="${NEAR[3]}"
	check_eq "port $2, $1: opened, answered" "${R[open]} ${R[answered]}" \
		"15 15"
}

answers() {
	in_ns inet nft -j list counter netdev answers "$1" |
		jq '.nftables[] | select(.counter) | .counter.packets'
}

# The router's own traffic has its source already.
own() {
	local second

	state 3 drain
	check_json "its address is that of one way" \
		"$(ctl -j get "$WORLD" from "${NEAR[3]}")" \
		'"\(.device) \(.owner)"' "wan3 true"
	check_true "and is answered" router ping "-$F" -c 1 -W 10 \
		-I "${NEAR[3]}" "$WORLD"
	state 3 auto
	# Of two gateways on one wire, the other.
	second=${FAR[1]%1}9
	on inet address add "$second/$LEN" dev wan1
	ctl route add "$ANY" via "$second" dev wan1 distance 50
	check_json "two on a wire: the first" \
		"$(ctl -j get "$WORLD" from "${NEAR[1]}")" .gateway "${GW[1]}"
	state 1 drain
	check_json "the first drains: the second" \
		"$(ctl -j get "$WORLD" from "${NEAR[1]}")" .gateway "$second"
	ctl nexthop set "$second" dev wan1 state drain
	check_json "both drain: the first" \
		"$(ctl -j get "$WORLD" from "${NEAR[1]}")" .gateway "${GW[1]}"
	state 1 auto
	ctl route del "$ANY" via "$second" dev wan1
	on inet address del "$second/$LEN" dev wan1
}

# Of the kernel's routes of a prefix the next metric.
kernels() {
	local i

	ctl rule add from "${LAN10}9" lookup main at 1
	for i in 1 2 3; do
		ctl route disable "$ANY" via "${GW[i]}" dev "wan$i" table main
	done
	on router "-$F" route add default via "${GW[1]}" dev wan1 metric 30
	on router "-$F" route add default via "${GW[2]}" dev wan2 metric 40
	check_true "the lowest metric" wait_until 10 goes_by wan1
	state 1 drain
	check_eq "it drains: the next" "$(by)" wan2
	check_eq "why" "$(ctl -j "-$F" route show table main "$ANY" | jq -r '
		map(select(.metric == 30)) | .[0].reason')" drain
	state 2 drain
	check_eq "both drain: the lowest" "$(by)" wan1
	state 1 auto
	state 2 auto
	on router "-$F" route del default via "${GW[1]}" dev wan1 metric 30
	on router "-$F" route del default via "${GW[2]}" dev wan2 metric 40
	config | load_config
}

by() {
	ctl -j get "$WORLD" from "${LAN10}9" iif lan10 | jq -r .device
}

goes_by() {
	[ "$(by)" = "$1" ]
}

# Without pins, or where nothing tracks, flows move at once, and only its own.
unpinned() {
	ctl set pin none
	router nft delete table "$IP" selftest_nat
	traffic flows m n=300
	check_flows "before"
	state 3 drain
	traffic again after m
	check_moved m after wan3
	state 3 auto
	traffic again home m
	traffic diff m home
	check_eq "they come home" "${R[same]}" 300
	ctl set pin connection
	masquerade
}

left() {
	hop 3 .timeout_ms
}

told_times() {
	[ "$(grep -c "dev wan3 $1" "$WORK/monitor")" -ge "$2" ]
}

# What is decided for a while ends by itself.
timeouts() {
	local i from took

	: >"$WORK/monitor"
	ip netns exec "$ID-router" ecmpctl monitor >>"$WORK/monitor" 2>&1 &
	MONITOR=$!
	check_true "the monitor speaks" wait_until 20 monitor_speaks
	from=${EPOCHREALTIME/./}
	state 3 dead timeout 2s
	check_eq "dead" "$(hop 3 '"\(.state) \(.forced)"')" "dead dead"
	check_num "what remains" "$(left)" -le 2000
	check_true "it ends" wait_until 20 told_times alive 1
	took=$(((${EPOCHREALTIME/./} - from) / 1000))
	check_num "in no less than its time, ms" "$took" -ge 1990
	check_eq "auto" "$(hop 3 '"\(.state) \(.forced) \(.timeout_ms)"')" \
		"alive auto null"
	diag "2 s: it ended after $took ms"
	# Repeated it goes on, and nobody is told.
	state 3 drain timeout 1h
	check_num "what remains of 1h" "$(left)" -gt 3590000
	for i in 1 2 3; do
		state 3 drain timeout 24h
	done
	check_num "what remains of 24h" "$(left)" -gt 86390000
	check_num "no more than that" "$(left)" -le 86400000
	check_true "in words" grep -q "wan3 .* draining, auto in [2-9]" \
		<<<"$(ctl nexthop show)"
	from=${EPOCHREALTIME/./}
	state 3 drain timeout 1s
	check_true "shortened it ends" wait_until 20 told_times alive 3
	took=$(((${EPOCHREALTIME/./} - from) / 1000))
	diag "1 s after 24 h: it ended after $took ms"
	check_eq "told: dead, auto, drain, auto" \
		"$(sed -n 's/^.*dev wan3 //p' "$WORK/monitor")" \
		"dead (forced dead)
alive
alive (draining)
alive"
	# Another state, or none, takes the timeout along.
	state 3 dead timeout 10m
	state 3 dead
	check_eq "for good" "$(left)" null
	state 3 alive timeout 10m
	check_true "forced alive, in words" grep -q \
		"forced alive, auto in [0-9]" <<<"$(ctl nexthop show)"
	state 3 auto
	check_eq "auto has none" "$(left)" null
	check_fail "auto for a while" "leave timeout out" state 3 auto timeout 5s
	check_fail "too short" "from 1s to 24h" state 3 dead timeout 999ms
	kill "$MONITOR"
	wait "$MONITOR" 2>/dev/null || true
}

monitor_speaks() {
	ctl table add speak
	ctl table del speak
	grep -q speak "$WORK/monitor"
}

# Next hops, a namespace and the module go while it has not ended.
gone() {
	ctl route add "$SERVERNET" via "${FAR[3]%1}77" dev wan3
	ctl nexthop set "${FAR[3]%1}77" dev wan3 state dead timeout 1s
	ctl route del "$SERVERNET" via "${FAR[3]%1}77" dev wan3
	state 3 dead timeout 2s
	check_true "another one ends as ever" wait_until 20 alive_again
	ctl route add "$SERVERNET" via "${FAR[3]%1}77" dev wan3
	check_json "it is not dead when it is back" "$(ctl -j nexthop show)" \
		"map(select(.gateway == \"${FAR[3]%1}77\")) | .[0].forced" auto
	ctl route del "$SERVERNET" via "${FAR[3]%1}77" dev wan3
	add_ns gone
	on gone link add idle type dummy
	on gone link set idle up
	in_ns gone ecmpctl route add default dev idle
	in_ns gone ecmpctl nexthop set dev idle state dead timeout 1s
	ip netns del "$ID-gone"
	state 3 drain timeout 1s
	rmmod ecmp
	load_module
	# shellcheck disable=SC2034 # of lib.sh
	MODULE_USERS=1
	config | load_config
	check_eq "as new" "$(hop 3 .forced)" auto
}

alive_again() {
	[ "$(hop 3 .state)" = alive ]
}

run_families \
	setup "the network is there" \
	drained "no new connections, and the old ones stay" \
	told "get, nexthop, route show and save tell of it" \
	last_resort "the last resort, over all distances" \
	no_other "what is no other way" \
	dies "one that drains may die" \
	arrivals "who comes in by it is answered by it" \
	own "the router's own traffic keeps its address" \
	4:kernels "routes of the kernel drain, too" \
	unpinned "without pins flows move at once" \
	4:timeouts "a state that is decided for a while ends by itself" \
	gone "next hops, a namespace and the module go before it ends"
