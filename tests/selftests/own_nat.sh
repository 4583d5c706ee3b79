#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_families calls the functions
#
# What the router itself says through NAT: errors about connections of others,
# and connections of its own from an address that no WAN has. No wire carries
# another WAN's address.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

N=30

setup() {
	topology 3
	no_icmp_limit router
	config | load_config
	snat 3
}

config() {
	tutorial 3
	echo "set pin connection"
}

# near I: the address that leaves on wanI.
near() {
	echo "${NEAR[$1]%2}50"
}

# Counts what the internet is told of time exceeded: from the WAN's address, and
# from others.
count_errors() {
	local i word=icmp

	[ "$F" = 4 ] || word=icmpv6
	in_ns inet nft -f - <<-END
		table $IP errors {
			$(for i in 1 2 3; do
				echo "counter right$i {}"
				echo "counter wrong$i {}"
			done)
			chain in {
				type filter hook prerouting priority 0
				meta l4proto != $word accept
				$word type != time-exceeded accept
				$(for i in 1 2 3; do
					echo "iifname wan$i $IP saddr $(near $i)" \
						"counter name right$i"
					echo "iifname wan$i $IP saddr !=" \
						"$(near $i) counter name wrong$i"
				done)
			}
		}
	END
}

# counted NAME: packets
counted() {
	in_ns inet nft -j list counter "$IP" errors "$1" |
		jq '.nftables[] | .counter? // empty | .packets'
}

all_told() {
	[ $(($(counted right1) + $(counted right2) + $(counted right3) +
		$(counted wrong1) + $(counted wrong2) + $(counted wrong3))) = $N ]
}

errors() {
	local i said

	count_errors
	said=$(python3 -B "$LIB/own_nat.py" "$ID" lan10 inet "$N" "$WORLD")
	check_true "all errors are told" wait_until 10 all_told
	for i in 1 2 3; do
		check_eq "wan$i carries no other's" "$(counted "wrong$i")" 0
		check_eq "wan$i: as many as its connections" \
			"$(near $i)=$(counted "right$i")" \
			"$(tr ' ' '\n' <<<"$said" | grep "^$(near $i)=")"
	done
	in_ns inet nft delete table "$IP" errors
}

# own LABEL...: the router's own connections are answered, and each of these
# wires carries its own address only.
own() {
	local i

	for i in 1 2 3; do
		[ -z "${R[sources_wan$i]:-}" ] ||
			check_eq "$1: wan$i carries its own" \
				"${R[sources_wan$i]}" "$(near $i)"
	done
}

# get knows the pin of one that left by wan2.
asked() {
	local port

	traffic find back wan2
	traffic flow back "${R[i]}"
	port=${R[sport]}
	check_json "it is followed" "$(ctl -j get flow "$WORLD" \
		from "${LAN10}1" ipproto tcp sport "$port" dport 80)" \
		'"\(.pin.result) \(.device)"' "followed wan2"
}

own_connections() {
	ctl nexthop set "${GW[3]}" dev wan3 state dead
	traffic tcp c client=router src="${LAN10}1" n=$N
	check_eq "opened, answered" "${R[open]} ${R[answered]}" "$N $N"
	traffic round c as=before
	own "while wan3 is dead"
	check_eq "by wan3" "${R[wan3]:-0}" 0
	ctl nexthop set "${GW[3]}" dev wan3 state auto
	traffic round c rounds=2 as=back
	check_eq "it lives: answered" "${R[answered]}" "$N"
	own "it lives"
	traffic diff before back
	check_eq "none has moved" "${R[same]} ${R[moved]}" "$N 0"
	asked
	traffic tcp d client=router src="${LAN10}1" n=$N dport=81
	check_num "new ones go there" "${R[wan3]:-0}" -gt 0
	traffic close d
	# Its connections end; no packet leaves by another WAN as theirs.
	ctl nexthop set "${GW[2]}" dev wan2 state dead
	traffic round c as=after
	own "wan2 is dead"
	traffic diff back after
	check_eq "the others stay" "${R[moved]} ${R[lost_wan1]:-0}" "0 0"
	ctl nexthop set "${GW[2]}" dev wan2 state auto
	traffic close c
}

run_families \
	setup "the network is there" \
	errors "errors about translated connections" \
	own_connections "the router's own, translated"
