#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2016 # run_families calls the functions; eval
#
# What a person sees of paths: since when one is dead, how often it died, how
# many probes were lost; and what perf and bpftrace see: the tracepoints.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

TRACING=/sys/kernel/tracing

setup() {
	topology 3
	[ -e "$TRACING/trace" ] || mount -t tracefs tracefs "$TRACING"
}

config() {
	tutorial 3
	echo "set kernel-routes off"
}

# notices [FAMILY]: those that are of this family.
notices() {
	ctl -j settings show |
		jq -r --arg of "IPv${1:-$F}" '.notices[]? | select(contains($of))'
}

# What keeps packets from taking the paths, for as long as it does.
not_yet() {
	unload_module
	load_module
	forwarding_is 0
	check_output "nothing is configured" "" notices
	# There is no gateway that the kernel could be asked for.
	echo "route add $ANY dev wan1" | load_config
	check_true "it does not forward" eval \
		'notices | grep "^IPv$F forwarding is off: sysctl -w .*=1$"'
	forwarding_is 1
	check_output "the other family has no uplinks" "" notices $((10 - F))
	check_output "it has not forwarded" "no IPv$F packet has been forwarded \
yet: until the kernel could forward one, they take its routes" notices
	ctl route add "$ANY" via "${GW[1]}" dev wan1 table main distance 2
	traffic flows y n=3 dst="$WORLD"
	check_output "it has" "" notices
}

# hop I: the next hop of wanI, of the family that is tested.
hop() {
	ctl -j nexthop show | jq -c --arg gw "${GW[$1]}" --arg dev "wan$1" \
		'.[] | select(.gateway == $gw and .device == $dev)'
}

since() {
	local age flaps

	config | load_config
	flaps=$(hop 1 | jq .flaps)
	wan_down 1
	check_json "it died once" "$(hop 1)" \
		"[.state, .reason, .flaps - $flaps] | join(\" \")" "dead down 1"
	age=$(hop 1 | jq .age_ms)
	check_num "a moment ago" "$age" -lt 60000
	check_true "it grows" wait_until 10 eval \
		'[ "$(hop 1 | jq .age_ms)" -gt $((age + 100)) ]'
	check_json "the others do not" "$(hop 2)" .state alive
	check_json "they are older" "$(ctl -j nexthop show)" \
		'[.[] | select(.gateway == "'"${GW[1]}"'" or
			.gateway == "'"${GW[2]}"'") | {(.device): .age_ms}] |
		add | .wan2 >= .wan1' true
	age=$(hop 1 | jq .age_ms)
	# Dead for another reason is still dead.
	ctl nexthop set "${GW[1]}" dev wan1 state dead
	check_num "dead all the while" "$(hop 1 | jq .age_ms)" -ge "$age"
	ctl nexthop set "${GW[1]}" dev wan1 state auto
	age=$(hop 1 | jq .age_ms)
	wan_up 1
	check_json "it lives, and had died once" "$(hop 1)" \
		"[.state, .flaps - $flaps] | join(\" \")" "alive 1"
	check_num "since a moment ago" "$(hop 1 | jq .age_ms)" -lt "$age"
	check_true "as text" eval \
		'ctl nexthop show | grep -Eq "wan1 +alive +[0-9]+s +1 "'
}

# Return: whether .check_$1 of wan1's next hop is at least $2.
probes() {
	[ "$(hop 1 | jq ".check_$1")" -ge "$2" ]
}

lost() {
	{
		echo "set check-gateway-interval 100ms check-gateway-timeout 100ms"
		echo "route add $ANY via ${GW[1]} dev wan1 check-gateway ping"
	} | load_config
	check_true "probes are counted" wait_until 20 probes sent 3
	in_ns inet nft -f - <<-END
		table netdev deaf {
			chain ears {
				type filter hook ingress device wan1 priority 0
				icmp type echo-request drop
				icmpv6 type echo-request drop
			}
		}
	END
	check_true "lost ones, too" wait_until 20 probes lost 2
	check_true "and the reason is told" wait_until 20 eval \
		'[ "$(hop 1 | jq -r .reason)" = check ]'
	check_true "not more than were sent" eval \
		'hop 1 | jq -e ".check_lost < .check_sent"'
	check_true "as text" eval \
		'ctl nexthop show | grep -Eq "[0-9]+ of [0-9]+ lost"'
	in_ns inet nft delete table netdev deaf
	check_true "it comes back" wait_until 20 eval \
		'[ "$(hop 1 | jq -r .state)" = alive ]'
}

trace_on() {
	echo >"$TRACING/trace"
	echo 1 >"$TRACING/events/ecmp/enable"
}

# traced PATTERN: some event of this namespace is so.
traced() {
	grep " netns=$NETNS " "$TRACING/trace" | grep -Eq "$1"
}

# addr ADDRESS: as the events write it.
addr() {
	[ "$F" = 6 ] && echo "$1" || echo "::ffff:$1"
}

events() {
	local src dst

	NETNS=$(router readlink /proc/self/ns/net | tr -dc 0-9)
	src=$(addr "${LAN10}5")
	dst=$(addr "$WORLD")
	config | load_config
	trace_on
	traffic flows t n=30 dst="$WORLD"
	check_eq "they arrived" "${R[lost]}" 0
	check_true "decisions" traced \
		"ecmp_decision: .* saddr=$src daddr=$dst proto=17 .* table=ecmp len=0 verdict=forward nexthop=[1-9]"
	check_eq "each packet once" "$(grep -c "daddr=$dst proto=17 " \
		"$TRACING/trace")" "${R[sent]}"
	check_eq "by three devices" "$(grep "daddr=$dst proto=17 " \
		"$TRACING/trace" | grep -o "oif=[0-9]*" | sort -u | wc -l)" 3
	ctl rule add to "$WORLD" drop at 0
	check_true "a publication" traced "ecmp_publish: .* rules=4 decides=1"
	traffic flows d n=1 dst="$WORLD"
	check_true "a drop by a rule" traced \
		"ecmp_decision: .* daddr=$dst .* rule=[1-9][0-9]* table= len=0 verdict=drop nexthop=0 oif=0"
	wan_down 2
	check_true "a death" traced \
		"ecmp_nexthop_state: .* device=wan2 gateway=$(addr "${GW[2]}") state=dead reason=down"
	wan_up 2
	check_true "and its return" traced \
		"ecmp_nexthop_state: .* device=wan2 .* state=alive reason=none"
	ctl nexthop set "${GW[3]}" dev wan3 state drain
	check_true "it drains" traced \
		"ecmp_nexthop_state: .* device=wan3 .* state=alive reason=drain"
	ctl nexthop set "${GW[3]}" dev wan3 state auto
	check_true "and no more" traced \
		"ecmp_nexthop_state: .* device=wan3 .* state=alive reason=none"
	ctl set enabled no
	check_true "nothing is decided" traced "ecmp_publish: .* decides=0"
	ctl set enabled yes
	# A question is no packet.
	ctl rule del 0
	echo >"$TRACING/trace"
	ctl get "$WORLD" from "${LAN10}5" iif lan10 >/dev/null
	check_fail "get leaves no trace" "" traced ecmp_decision
}

# Another seed would send two of three elsewhere.
pinned() {
	config | load_config
	conntrack on
	traffic flows p n=30 dst="$WORLD"
	ctl set hash-seed $((SEED + 1))
	echo >"$TRACING/trace"
	traffic again q p
	check_true "pinned ones are told" wait_until 10 traced \
		"ecmp_decision: .* verdict=forward .* moved=1"
	check_true "and others" wait_until 10 traced \
		"ecmp_decision: .* verdict=forward .* moved=0" ||
		diag "$(tail -n 40 "$TRACING/trace")"
	conntrack off
	echo 0 >"$TRACING/events/ecmp/enable"
}

run_families \
	setup "three paths, and a place to trace" \
	not_yet "what keeps packets from taking them" \
	since "since when, and how often" \
	lost "probes that were lost" \
	events "tracepoints: decisions, deaths, publications" \
	pinned "tracepoints: connections that keep their path"
