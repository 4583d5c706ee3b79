#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_tests calls the functions
#
# Connections that are forwarded keep their uplink (set pin connection): through
# loads, other seeds and weights, in both directions; until it dies, and when it
# is back. A wire carries its own WAN's addresses only.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

N=90
MANY=60000	# connections

setup() {
	topology 3
	config | load_config
	traffic flows m n=30
	check_true "it says that nothing tracks" eval \
		'ctl settings show | grep -q "nothing tracks connections"'
	masquerade
	# Others keep something in the same word, and look into it.
	router nft -f - <<-END
		table $IP others {
			chain in {
				type filter hook prerouting priority mangle
				ct state new ct mark set ct mark or 0xab0000cd
			}
		}
	END
}

config() {
	tutorial 3
	echo "set pin connection"
}

# stays WHAT: the connections c go the way that they went before.
stays() {
	traffic round c rounds=2 as=after
	check_eq "$1: answered" "${R[answered]} ${R[mixed]}" "$N 0"
	traffic diff before after
	check_eq "$1: none moved" "${R[same]}" "$N"
}

opened() {
	# Closed ones stay for a while.
	router conntrack -F 2>/dev/null
	traffic tcp c n="$N"
	check_eq "opened, answered" "${R[open]} ${R[answered]}" "$N $N"
	traffic round c as=before
}

# Without pins another seed moves two of three.
kept() {
	opened
	check_share before wan1=1 wan2=1 wan3=1 buckets=256
	check_fail "something tracks" "" eval \
		'ctl settings show | grep "nothing tracks connections"'
	ctl set hash-seed $((SEED + 1))
	stays "another seed"
	config | sed "s/dev wan1 table ecmp/& weight 9/" | load_config
	stays "other weights"
	config | sed "/dev wan2 table ecmp/d" | load_config
	stays "only main has its uplink"
	traffic tcp d n="$N" dport=8080
	check_eq "new ones do not take it" "${R[answered]} ${R[wan2]:-0}" "$N 0"
	traffic close d
	config | load_config
	ctl set pin none
	ctl set hash-seed $((SEED + 1))
	traffic round c
	check_num "without pins they are moved and lost" \
		$((R[answered] - R[mixed])) -lt $((N * 3 / 4))
	traffic close c
	ctl set pin connection
	ctl set hash-seed "$SEED"
}

marks() {
	opened
	check_eq "the marks of others" "$(router conntrack -L -f "ipv$F" -p tcp \
		--dport 80 2>/dev/null | awk '{
			for (i = 1; i <= NF; i++)
				if (sub("^mark=", "", $i))
					n[($i - $i % 65536) / 65536 ":" $i % 256]++
		} END { for (mark in n) print mark, n[mark] }')" \
		"$((0xab00)):$((0xcd)) $N"
	traffic close c
}

# Its gateway is dead, the link is there: masquerade does not notice.
dies() {
	local stayed gone

	opened
	stayed=$((R[wan1] + R[wan2]))
	gone=${R[wan3]}
	check_num "some by wan3" "$gone" -gt 0
	ctl nexthop set "${GW[3]}" dev wan3 state dead
	traffic round c as=after
	check_eq "those of living WANs are answered" "${R[answered]}" "$stayed"
	check_eq "no wire carries another's address" \
		"${R[sources_wan1]} ${R[sources_wan2]}" "${NEAR[1]} ${NEAR[2]}"
	check_eq "connections of the dead one have ended" \
		"$(router conntrack -L -f "ipv$F" -p tcp --dport 80 \
			--reply-dst "${NEAR[3]}" 2>/dev/null | wc -l)" 0
	traffic tcp d n="$N" dport=8080
	check_eq "new ones by the others" \
		"${R[answered]} ${R[mixed]} ${R[wan3]:-0}" "$N 0 0"
	traffic round d as=before
	ctl nexthop set "${GW[3]}" dev wan3 state auto
	traffic round d rounds=2 as=after
	check_eq "it is back: answered" "${R[answered]} ${R[mixed]}" "$N 0"
	traffic diff before after
	check_eq "it is back: none moved" "${R[same]}" "$N"
	traffic close d
	traffic close c
	traffic tcp d n="$N" dport=8080
	check_num "it is back: new ones take it" "${R[wan3]:-0}" -gt 0
	traffic close d
}

# bound WHAT: what was translated to addresses of wan3 has ended, the rest goes
# on, and no wire carries them.
bound() {
	traffic round c as=after
	check_eq "$1: those of other WANs are answered" "${R[answered]}" "$stayed"
	check_eq "$1: no wire carries another's address" \
		"${R[sources_wan1]} ${R[sources_wan2]}" \
		"${NEAR[1]%2}50 ${NEAR[2]%2}50"
	check_eq "$1: connections of wan3 have ended" \
		"$(router conntrack -L -f "ipv$F" -p tcp --dport 80 \
			--reply-dst "${NEAR[3]%2}50" 2>/dev/null | wc -l)" 0
}

# Static translation lets packets with a foreign source pass, masquerade does
# not.
translated() {
	local i stayed

	router nft delete table "$IP" selftest_nat
	snat 3
	opened
	stayed=$((R[wan1] + R[wan2]))
	check_num "some by wan3" "${R[wan3]}" -gt 0
	config | sed '/dev wan3/s/$/ disabled/' | load_config
	bound "its routes are disabled"
	traffic close c
	config | load_config
	opened
	stayed=$((R[wan1] + R[wan2]))
	ctl nexthop set "${GW[3]}" dev wan3 state dead
	on router address del "${NEAR[3]%2}50/$LEN" dev wan3
	bound "its address is gone"
	traffic close c
	ctl nexthop set "${GW[3]}" dev wan3 state auto
	router nft delete table "$IP" selftest_nat
	for i in 1 2; do
		on router address del "${NEAR[i]%2}50/$LEN" dev "wan$i"
	done
	masquerade
}

# Not translated they only move, and stay where they are then.
untranslated() {
	router nft delete table "$IP" selftest_nat
	opened
	ctl nexthop set "${GW[3]}" dev wan3 state dead
	# What was acknowledged late still went the old way.
	traffic round c
	traffic round c as=moved
	check_eq "all are answered" "${R[answered]}" "$N"
	traffic diff before moved
	check_eq "those of wan3 moved" "${R[moved]:-0}" "${R[moved_wan3]:-0}"
	check_num "and were some" "${R[moved]:-0}" -gt 0
	ctl nexthop set "${GW[3]}" dev wan3 state auto
	traffic round c as=after
	traffic diff moved after
	check_eq "they do not go back" "${R[same]}" "$N"
	traffic close c
	masquerade
}

# Who comes in by a WAN is answered by it, whatever the rules say of answers.
arrivals() {
	local i

	LANS=192.168.0.0/16
	[ "$F" = 4 ] || {
		LANS=2001:db8:c0a8::/48
		set_sysctl inet net/ipv6/ip_nonlocal_bind=1
	}
	router nft -f - <<-END
		table $IP forwards {
			chain in {
				type nat hook prerouting priority dstnat
				iifname "wan*" tcp dport 8088 dnat to ${LAN10}5
			}
		}
	END
	for i in 1 2 3; do
		come_by "$i" "${NEAR[i]}"
	done
	router nft delete table "$IP" forwards
	# Not translated, only the arrival tells.
	for i in 2 3; do
		on inet "-$F" route add "$LANS" via "${NEAR[i]}" dev "wan$i" \
			metric 50
		come_by "$i" "${LAN10}5"
		on inet "-$F" route del "$LANS" metric 50
	done
	ctl set hash-seed "$SEED"
}

# come_by WAN DESTINATION: thirty connections, and all answers, by this wire.
come_by() {
	local i=$1 j

	in_ns inet nft -f - <<-END
		table netdev answers {
			counter right { }
			counter wrong { }
			$(for j in 1 2 3; do
				echo "chain w$j { type filter hook ingress device wan$j priority 0;"
				echo "tcp sport 8088 counter name $([ "$i" = $j ] && echo right || echo wrong)"
				echo "}"
			done)
		}
	END
	traffic tcp p n=30 client=inet server=lan10 dport=8088 \
		src="${SERVER}1+30" dst="$2"
	check_eq "to $2 by wan$i: opened, answered" \
		"${R[open]} ${R[answered]}" "30 30"
	ctl set hash-seed $((SEED + i))
	traffic round p rounds=2
	check_eq "to $2 by wan$i: answered" "${R[answered]}" 30
	check_num "to $2 by wan$i: answers" "$(answers right)" -gt 90
	check_eq "to $2 by wan$i: answers by another" "$(answers wrong)" 0
	traffic close p
	in_ns inet nft delete table netdev answers
}

answers() {
	in_ns inet nft -j list counter netdev answers "$1" |
		jq '.nftables[] | select(.counter) | .counter.packets'
}

# A connection that another one announced takes that one's uplink. It is
# RELATED until it is answered; its second packet is no ICMP error.
announced() {
	router nft delete table "$IP" selftest_nat
	router conntrack -F 2>/dev/null
	router nft -f - <<-END
		table $IP announces {
			ct expectation it {
				protocol udp
				dport 9876
				timeout 60s
				size 12
				l3proto $IP
			}
			chain forward {
				type filter hook forward priority 0
				udp dport 7777 ct expectation set "it"
			}
		}
	END
	on inet "-$F" route add "$LANS" via "${NEAR[3]}" dev wan3 \
		src "$WORLD" metric 50
	in_ns inet bash -c "echo >/dev/udp/${LAN10}5/7777"
	traffic flows x n=1 src="${LAN10}5" dst="$WORLD" sport=5000 dport=9876
	check_eq "by its uplink" "${R[wan3]:-0}" 1
	ctl nexthop set "${GW[3]}" dev wan3 state dead
	traffic again y x
	check_eq "that is dead" "${R[got]} ${R[wan3]:-0}" "1 0"
	ctl nexthop set "${GW[3]}" dev wan3 state auto
	traffic again z x
	check_eq "it is back" "${R[got]} ${R[wan3]:-0}" "1 0"
	traffic diff y z
	check_eq "it stays where it went" "${R[same]}" 1
	on inet "-$F" route del "$LANS" metric 50
	router nft delete table "$IP" announces
	masquerade
}

# Rules that name no path come first, and a LAN is no uplink.
first() {
	opened
	ctl rule add to "$WORLD" drop comment nothing before 1
	traffic round c
	check_eq "dropped" "${R[answered]}" 0
	ctl rule del nothing
	stays "let through again"
	traffic close c
	traffic tcp l n=20 server=lan20 dst="${LAN20}100" at=lan20
	check_eq "from LAN to LAN" "${R[answered]}" 20
	traffic close l
}

# While connections forget a number nobody waits for them but who asked for
# that: device events would, with RTNL held.
numbered() {
	local limit=/proc/sys/net/netfilter/nf_conntrack_max
	local expedited=/sys/kernel/rcu_expedited
	local max slow old pin took=0 longest=0 asked=0

	max=$(cat $limit)
	echo $((MANY * 2)) >$limit
	# So that of the time that it takes they are most.
	slow=$(cat $expedited)
	echo 1 >$expedited
	router conntrack -F 2>/dev/null
	old=$(ctl -j nexthop show |
		jq '.[] | select(.uplink and .device == "wan3") | .pin_id')
	pin_lock fill "$MANY" $((old << 8))
	check_eq "known" "$(remember "$old")" "$MANY"
	# The host may be busy: once is enough.
	for pin in 101 102 103 104 105; do
		read -r took longest asked < <(pin_lock fix "${GW[3]}" wan3 $pin)
		check_eq "$pin: none remembers the one before" \
			"$(remember "$old") $(remember $pin)" "0 0"
		diag "forgotten in $took us, others waited $longest us, $asked times"
		[ $((longest * 2)) -ge "$took" ] || break
	done
	check_num "the others did not wait" $((longest * 2)) -lt "$took"
	router conntrack -F 2>/dev/null
	echo "$max" >$limit
	echo "$slow" >$expedited
	config | load_config
}

pin_lock() {
	router python3 -B -E -S "$LIB/pin_lock.py" "$@"
}

# remember N: connections that remember this number.
remember() {
	router conntrack -L -p udp --mark "$(($1 << 8))/$((0xff00))" \
		2>/dev/null | wc -l
}

# Connections that were there before the module keep the WAN whose address
# they have.
late() {
	local i hops=

	unload_module
	for i in 1 2 3; do
		hops+=" nexthop via ${GW[i]} dev wan$i"
	done
	set_sysctl router "net/ipv$F/fib_multipath_hash_policy=1"
	# shellcheck disable=SC2086 # words
	on router "-$F" route add default metric 7 $hops
	opened
	check_num "the kernel takes several" $((${R[wan1]:-0} * ${R[wan2]:-0} *
		${R[wan3]:-0})) -gt 0
	load_module
	config | load_config
	stays "the module came"
	on router "-$F" route del default metric 7
	ctl set hash-seed $((SEED + 3))
	stays "another seed"
	traffic close c
	ctl set hash-seed "$SEED"
}

run_families \
	setup "the network is there" \
	kept "connections keep their uplink" \
	marks "marks of others stay" \
	dies "an uplink dies and returns" \
	translated "what is bound to an uplink ends with it" \
	untranslated "without NAT they move once" \
	arrivals "who comes in by a WAN is answered by it" \
	announced "who was announced" \
	first "drop comes first" \
	4:numbered "nobody waits while connections forget a number" \
	late "the module comes later than the connections"
