#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_families calls the functions
#
# What happens to gateways that are checked: another link address, answers by a
# wrong way and forged ones, several that die together, and clocks that jump.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

setup() {
	topology 3
	# Whose link address changes tells his neighbours.
	[ "$F" = 4 ] && set_sysctl inet net/ipv4/conf/all/arp_notify=1
	config ping | load_config
	wait_hop 1 .check_state answered
	wait_hop 2 .check_state answered
	wait_hop 3 .check_state answered
}

# config CHECK [WORD...]: of three defaults of one distance.
config() {
	local i

	echo "set check-gateway-interval 100ms check-gateway-count 4"
	for i in 1 2 3; do
		echo "route add $ANY via ${FAR[i]} dev wan$i check-gateway $*"
	done
}

# hop I FILTER
hop() {
	ctl -j nexthop show | jq -r --arg gw "${FAR[$1]}" \
		".[] | select(.gateway == \$gw) | $2"
}

hop_is() {
	[ "$(hop "$1" "$2")" = "$3" ]
}

wait_hop() {
	check_true "wan$1: $2 is $3" wait_until 30 hop_is "$@" && return
	diag "$(hop "$1" .)"
	return 1
}

# paths: which get new flows of a client.
paths() {
	ctl -j get "$WORLD" from "${LAN10}5" iif lan10 | jq -r '
		.paths // [] | map(select(.buckets > 0).device) | sort |
		join(" ")'
}

# deaf I...: these providers do not hear probes, from one instant on.
deaf() {
	local i

	{
		echo "table netdev deaf"
		echo "delete table netdev deaf"
		echo "table netdev deaf {"
		for i; do
			echo "chain w$i { type filter hook ingress device wan$i priority 0;"
			echo "icmp type echo-request drop"
			echo "icmpv6 type echo-request drop; }"
		done
		echo "}"
	} | in_ns inet nft -f -
}

monitor_start() {
	: >"$WORK/monitor"
	ip netns exec "$ID-router" ecmpctl monitor >>"$WORK/monitor" 2>&1 &
	MONITOR=$!
	check_true "the monitor speaks" wait_until 20 monitor_speaks
	: >"$WORK/monitor"
}

monitor_speaks() {
	ctl table add speak
	ctl table del speak
	grep -q speak "$WORK/monitor"
}

# monitor_end: how often some next hop was told to be dead.
monitor_end() {
	kill "$MONITOR" || true
	wait "$MONITOR" 2>/dev/null || true
	DEATHS=$(grep -c "dev wan.* dead" "$WORK/monitor" || true)
}

# asked N: so many more probes came to the provider on wan1.
asked() {
	in_ns inet nft -f - <<-END
		table netdev asked
		delete table netdev asked
		table netdev asked {
			counter probes { }
			chain in {
				type filter hook ingress device wan1 priority -10
				arp operation request counter name probes
				icmp type echo-request counter name probes
				icmpv6 type { echo-request, nd-neighbor-solicit } counter name probes
			}
		}
	END
	check_true "$1 more probes" wait_until 60 probes_came "$1"
	in_ns inet nft delete table netdev asked
}

probes_came() {
	[ "$(in_ns inet nft -j list counters table netdev asked |
		jq '.nftables[].counter | select(.).packets')" -ge "$1" ]
}

# The gateway is another machine now, with the same address.
another_mac() {
	local old

	old=$(in_ns inet cat /sys/class/net/wan1/address)
	config arp | load_config
	wait_hop 1 .check_state answered
	monitor_start
	on inet link set wan1 address 02:00:00:00:77:01
	asked 8
	check_eq "asked for its link address: answered" \
		"$(hop 1 '"\(.state) \(.check_state)"')" "alive answered"
	check_true "the wire carries traffic" in_ns router \
		ping "-$F" -c 1 -W 10 -I wan1 "${FAR[1]}"
	config ping | load_config
	wait_hop 1 .check_state answered
	if [ "$F" = 4 ]; then
		on inet link set wan1 address "$old"
		asked 8
		check_eq "pinged: answered" \
			"$(hop 1 '"\(.state) \(.check_state)"')" \
			"alive answered"
	fi
	monitor_end
	check_eq "times that one was dead" "$DEATHS" 0
}

# What comes back by another device is no answer.
wrong_way() {
	on inet "-$F" route add "${NEAR[1]}/$HOST" via "${NEAR[2]}" dev wan2
	wait_hop 1 .state dead
	check_eq "the others live" "$(paths)" "wan2 wan3"
	check_true "it came back by the other" in_ns inet \
		ping "-$F" -c 1 -W 10 "${NEAR[1]}"
	on inet "-$F" route del "${NEAR[1]}/$HOST" via "${NEAR[2]}" dev wan2
	wait_hop 1 .state alive
	check_eq "all" "$(paths)" "wan1 wan2 wan3"
}

# forged BITS: in the answers that come in by wan1 this is another number.
forged() {
	local type="icmp type echo-reply"

	[ "$F" = 4 ] || type="icmpv6 type echo-reply"
	router nft -f - <<-END
		table netdev forge {
			chain in {
				type filter hook ingress device wan1 priority 0
				$type @th,$1 set 7 counter
			}
		}
	END
	wait_hop 1 .state dead
	check_num "$1: answers came" "$(router nft -j list table netdev forge |
		jq '[.. | .counter? // empty | .packets? // empty] | add')" \
		-ge 4
	router nft delete table netdev forge
	wait_hop 1 .state alive
}

forgers() {
	forged 64,32	# the cookie
	forged 160,32	# when it was sent
	forged 192,32	# the number of the probe
	forged 224,32	# the number in the row
}

# All are dead, and one is back; then two die in one instant.
together() {
	deaf 1 2 3
	wait_hop 1 .state dead
	wait_hop 2 .state dead
	wait_hop 3 .state dead
	check_eq "no path" "$(paths)" ""
	check_json "no route" "$(ctl -j get "$WORLD" from "${LAN10}5" \
		iif lan10)" .verdict no-route
	deaf 1 3
	wait_hop 2 .state alive
	check_eq "one is back" "$(paths)" wan2
	traffic flows m n=50
	check_eq "all by it" "${R[sent]} ${R[wan2]:-0}" "50 50"
	deaf
	wait_hop 1 .state alive
	wait_hop 3 .state alive
	check_eq "all" "$(paths)" "wan1 wan2 wan3"
	deaf 1 3
	wait_hop 1 .state dead
	wait_hop 3 .state dead
	check_eq "two died" "$(paths)" wan2
	traffic flows m n=50
	check_eq "all by the third" "${R[sent]} ${R[wan2]:-0}" "50 50"
	deaf
	wait_hop 1 .state alive
	wait_hop 3 .state alive
}

# Somebody sets the clock.
clocks() {
	local was left

	ctl nexthop set "${FAR[3]}" dev wan3 state drain timeout 1h
	monitor_start
	was=$(date +%s)
	asked 3
	date -s "@$((was + 86400 * 400))" >/dev/null
	asked 8
	date -s "@$((was - 86400 * 400))" >/dev/null
	asked 8
	date -s "@$was" >/dev/null
	asked 8
	monitor_end
	check_eq "times that one was dead" "$DEATHS" 0
	check_eq "answered" "$(hop 1 '"\(.state) \(.check_state)"')" \
		"alive answered"
	left=$(hop 3 .timeout_ms)
	check_num "what is decided for an hour goes on" "$left" -gt 3500000
	check_num "and not for longer" "$left" -le 3600000
	ctl nexthop set "${FAR[3]}" dev wan3 state auto
}

run_families \
	setup "three gateways answer" \
	another_mac "a gateway with another link address is the same" \
	wrong_way "what comes back by another device is no answer" \
	forgers "what is forged is no answer" \
	together "all die and one returns; two die in one instant" \
	4:clocks "clocks jump"
