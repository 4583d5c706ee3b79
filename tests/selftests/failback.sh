#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_tests calls the functions
#
# failback hard: connections go back to the uplink that their table would choose
# for them, once it lives again; without NAT they only move, with NAT they end
# and begin anew there. With soft they stay, see pin.sh.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

N=90

setup() {
	topology 3
	config | load_config
	conntrack on
}

config() {
	tutorial 3 | sed 's/^table add ecmp$/& failback hard/'
	echo "set pin connection"
}

told() {
	check_eq "saved" "$(ctl save | grep failback)" \
		"table add ecmp failback hard"
	check_json "JSON" "$(ctl -j table show)" \
		'map("\(.name) \(.failback)") | join(",")' "main soft,ecmp hard"
	ctl table set main failback hard hash-policy l3
	check_eq "main's" "$(ctl save | grep '^table')" \
		"table set main hash-policy l3 failback hard
table add ecmp failback hard"
	ctl table set main failback soft
	check_eq "only what is named" "$(ctl save | grep '^table')" \
		"table set main hash-policy l3
table add ecmp failback hard"
	ctl save | load_config
	check_json "loaded again" "$(ctl -j table show)" \
		'map("\(.name) \(.failback)") | join(",")' "main soft,ecmp hard"
	check_fail "another word" "soft" ctl table set ecmp failback gently
	config | load_config
}

forced() {
	ctl nexthop set "${GW[$1]}" dev "wan$1" state "$2"
}

# Conntrack alone, no NAT.
moved_home() {
	traffic tcp c n="$N"
	traffic round c as=before
	check_eq "opened, answered" "${R[open]} ${R[answered]}" "$N $N"
	forced 3 dead
	# What was acknowledged late still went the old way.
	traffic round c
	traffic round c as=away
	check_eq "answered by two" "${R[answered]} ${R[wan3]:-0}" "$N 0"
	forced 3 auto
	traffic round c
	traffic round c as=after
	check_eq "answered" "${R[answered]}" "$N"
	traffic diff before after
	check_eq "all are home" "${R[same]}" "$N"
	ctl table set ecmp failback soft
	forced 3 dead
	traffic round c
	traffic round c as=away
	forced 3 auto
	traffic round c
	traffic round c as=after
	traffic diff away after
	check_eq "soft: none goes" "${R[same]}" "$N"
	ctl table set ecmp failback hard
	traffic round c
	traffic round c as=after
	traffic diff before after
	check_eq "hard again: all go" "${R[same]}" "$N"
	traffic close c
}

# clean HOST MAP...: each WAN carries its own address only.
clean() {
	local i

	for i in 1 2 3; do
		check_eq "addresses on wan$i" "${R[sources_wan$i]:-${NEAR[i]%2}$1}" \
			"${NEAR[i]%2}$1"
	done
}

# Those that are translated begin anew: one packet of each is lost.
begun_anew() {
	local host=$1 gone

	# What the test before sent is still known.
	router conntrack -F 2>/dev/null
	traffic tcp c n="$N"
	traffic round c as=tcp
	traffic flows before n="$N"
	check_flows before
	clean "$host"
	gone=${R[wan3]}
	check_num "some by wan3" "$gone" -gt 0
	forced 3 dead
	traffic again away before
	check_eq "one packet of each is lost" "${R[lost]}" "$gone"
	clean "$host"
	traffic again away before
	check_eq "then none, and none by wan3" "${R[lost]} ${R[wan3]:-0}" "0 0"
	clean "$host"
	forced 3 auto
	traffic again after before
	check_eq "it is back: one packet of each is lost" "${R[lost]}" "$gone"
	clean "$host"
	traffic again after before
	check_eq "then none" "${R[lost]}" 0
	clean "$host"
	traffic diff before after
	check_eq "all are home" "${R[same]}" "$N"
	traffic round c as=after
	traffic diff tcp after
	check_eq "what was silent meanwhile goes on" "${R[same]}" "$N"
	traffic close c
}

masqueraded() {
	masquerade
	begun_anew 2
	router nft delete table "$IP" selftest_nat
}

static() {
	local i

	snat 3
	begun_anew 50
	router nft delete table "$IP" selftest_nat
	for i in 1 2 3; do
		on router address del "${NEAR[i]%2}50/$LEN" dev "wan$i"
	done
}

# By distance: what is in reserve is left for the first that is back.
reserve() {
	local vip=(client=lan0 src="${LAN0}244" n=30)

	masquerade
	traffic flows before "${vip[@]}"
	check_eq "the first" "${R[wan1]:-0}" 30
	forced 1 dead
	traffic again away before
	traffic again away before
	check_eq "the second" "${R[wan2]:-0}" 30
	forced 1 auto
	traffic again away before
	check_eq "soft: they stay" "${R[wan2]:-0}" 30
	ctl table set main failback hard
	traffic again away before
	check_eq "hard: they end" "${R[lost]}" 30
	traffic again away before
	check_eq "and begin anew by the first" "${R[wan1]:-0}" 30
	clean 2
	config | load_config
	router nft delete table "$IP" selftest_nat
}

# Where connections take turns one path is as good as another: all stay.
in_turn() {
	# These are new connections.
	router conntrack -F 2>/dev/null
	ctl table set ecmp balance round-robin-flow
	masquerade
	traffic flows before n="$N"
	check_eq "all arrive" "${R[lost]}" 0
	traffic again after before
	check_eq "none is lost" "${R[lost]}" 0
	traffic diff before after
	check_eq "each stays" "${R[same]}" "$N"
	config | load_config
	router nft delete table "$IP" selftest_nat
}

# A path that drains keeps those that it has, though none would come to it now.
draining() {
	router conntrack -F 2>/dev/null
	masquerade
	traffic flows before n="$N"
	forced 3 drain
	traffic again after before
	check_eq "none is lost" "${R[lost]}" 0
	traffic diff before after
	check_eq "each stays" "${R[same]}" "$N"
	forced 3 auto
	router nft delete table "$IP" selftest_nat
}

# By metric: two default routes of the kernel, of one distance.
by_metric() {
	local vip=(client=lan0 src="${LAN0}244" n=30) i

	router conntrack -F 2>/dev/null
	for i in 1 2; do
		on router "-$F" route add "$ANY" via "${GW[i]}" dev "wan$i" \
			metric $((100 + i))
	done
	config | sed "/^route add .* dev wan[0-9] distance/d" | load_config
	ctl table set main failback hard hash-policy l3
	check_true "both are known" wait_until 20 two_defaults
	masquerade
	traffic flows before "${vip[@]}"
	check_eq "the first" "${R[wan1]:-0}" 30
	forced 1 dead
	traffic again away before
	traffic again away before
	check_eq "the second" "${R[wan2]:-0}" 30
	forced 1 auto
	traffic again away before
	check_eq "they end" "${R[lost]}" 30
	traffic again away before
	check_eq "and begin anew by the first" "${R[wan1]:-0}" 30
	router nft delete table "$IP" selftest_nat
	for i in 1 2; do
		on router "-$F" route del "$ANY" via "${GW[i]}" dev "wan$i" \
			metric $((100 + i))
	done
	config | load_config
}

two_defaults() {
	[ "$(ctl -j "-$F" route show table main "$ANY" |
		jq '[.[] | .device] | sort | join(" ")')" = '"wan1 wan2"' ]
}

# Who came in by an uplink was not sent there by a table.
arrivals() {
	[ "$F" = 4 ] || set_sysctl inet net/ipv6/ip_nonlocal_bind=1
	router nft -f - <<-END
		table $IP forwards {
			chain in {
				type nat hook prerouting priority dstnat
				iifname "wan*" tcp dport 8088 dnat to ${LAN10}5
			}
		}
	END
	in_ns inet nft -f - <<-END
		table netdev answers {
			counter wrong { }
			chain w1 {
				type filter hook ingress device wan1 priority 0
				tcp sport 8088 counter name wrong
			}
			chain w3 {
				type filter hook ingress device wan3 priority 0
				tcp sport 8088 counter name wrong
			}
		}
	END
	traffic tcp p n=30 client=inet server=lan10 dport=8088 \
		src="${SERVER}1+30" dst="${NEAR[2]}"
	check_eq "opened, answered" "${R[open]} ${R[answered]}" "30 30"
	forced 3 dead
	traffic round p
	forced 3 auto
	traffic round p rounds=2
	check_eq "answered" "${R[answered]}" 30
	check_eq "answers by another" \
		"$(in_ns inet nft list counter netdev answers wrong |
			awk '$1 == "packets" { print $2 }')" 0
	in_ns inet nft delete table netdev answers
	traffic close p
	router nft delete table "$IP" forwards
}

# A host changes its flow label on the way; that ends nothing.
labels() {
	local to=(n=40 sport=5000 dst="${SERVER}1+40")

	# These are new connections.
	router conntrack -F 2>/dev/null
	config | sed 's/hash-policy l4/hash-policy l3/' | load_config
	masquerade
	traffic flows before "${to[@]}" label=1
	check_num "several WANs" $((${R[wan1]:-0} * ${R[wan2]:-0})) -gt 0
	traffic flows after "${to[@]}" label=2
	check_eq "all arrive" "${R[lost]}" 0
	router nft delete table "$IP" selftest_nat
	config | load_config
}

run_families \
	setup "the network is there" \
	told "it is shown, saved and loaded" \
	moved_home "without NAT they go home" \
	masqueraded "masqueraded ones begin anew at home" \
	static "those of a static SNAT, too" \
	reserve "by distance" \
	by_metric "by metric" \
	in_turn "where they take turns they stay" \
	draining "on a path that drains they stay" \
	arrivals "who came in by an uplink stays there" \
	6:labels "another flow label"
