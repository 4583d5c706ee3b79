#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_tests calls the functions
#
# When connections that are translated end though no link and no gateway died:
# the uplink's route is deleted and its address stays, or its address goes and
# it lives. And when they do not: addresses that are routed to the router, on no
# device, and addresses that move. Pins outlive their next hops.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

N=45

setup() {
	topology 3
	# The router has no route of its own to the internet.
	config | load_config
	masquerade
	traffic tcp c n=3
	traffic close c
	router nft delete table "$IP" selftest_nat
}

config() {
	tutorial 3
	echo "set pin connection"
	echo "set kernel-routes off"
}

opened() {
	router conntrack -F 2>/dev/null
	traffic tcp c n="$N"
	check_eq "opened, answered" "${R[open]} ${R[answered]}" "$N $N"
	traffic round c as=before
	OTHERS=$((R[wan1] + R[wan2]))
	check_num "some by wan3" "${R[wan3]:-0}" -gt 0
}

# How many connections leave as ADDRESS.
known() {
	router conntrack -L -f "ipv$F" -p tcp --dport 80 --reply-dst "$1" \
		2>/dev/null | wc -l
}

none() {
	[ "$(known "$1")" = 0 ]
}

unsnat() {
	local i

	router nft delete table "$IP" selftest_nat
	for i in 1 2 3; do
		on router address del "${NEAR[i]%2}50/$LEN" dev "wan$i" || true
	done 2>/dev/null
}

# others WHAT: those of wan1 and wan2 go on, by their own address.
others() {
	traffic round c as=after
	check_eq "$1: the others are answered" "${R[answered]}" "$OTHERS"
	check_eq "$1: no wire carries another's address" \
		"${R[sources_wan1]} ${R[sources_wan2]}" \
		"${NEAR[1]%2}50 ${NEAR[2]%2}50"
}

# Nobody but the connections knows that this was an uplink.
route_deleted() {
	snat 3
	opened
	ctl route del "$ANY" via "${GW[3]}" dev wan3 table ecmp
	ctl route del "$ANY" via "${GW[3]}" dev wan3
	check_json "its next hop is gone" "$(ctl -j nexthop show)" \
		'map(select(.device == "wan3" and .gateway)) | length' 0
	others "deleted"
	check_eq "what left as wan3's has ended" "$(known "${NEAR[3]%2}50")" 0
	traffic close c
	config | load_config
	opened
	config | sed '/dev wan3/d' | load_config
	others "not in the file"
	traffic close c
	config | load_config
	unsnat
}

# The uplink has another address, too, and lives.
renumbered() {
	snat 3
	opened
	on router address add "${NEAR[3]%2}51/$LEN" dev wan3
	router nft flush chain "$IP" selftest_nat out
	router nft -f - <<-END
		table $IP selftest_nat {
			chain out {
				oifname wan1 snat to ${NEAR[1]%2}50
				oifname wan2 snat to ${NEAR[2]%2}50
				oifname wan3 snat to ${NEAR[3]%2}51
			}
		}
	END
	on router address del "${NEAR[3]%2}50/$LEN" dev wan3
	# Silent ones too: nothing was sent.
	check_true "what left as the old address ends" \
		wait_until 10 none "${NEAR[3]%2}50"
	check_num "the others do not" \
		$(($(known "${NEAR[1]%2}50") + $(known "${NEAR[2]%2}50"))) \
		-ge "$OTHERS"
	wan_state 3 alive || fail "wan3 is dead"
	others "renumbered"
	traffic tcp d n="$N" dport=8080
	check_eq "new ones" "${R[answered]} ${R[sources_wan3]}" \
		"$N ${NEAR[3]%2}51"
	traffic close d
	traffic close c
	on router address del "${NEAR[3]%2}51/$LEN" dev wan3
	unsnat
}

# hushed COMMAND: meanwhile no client is heard, not even what TCP acknowledges
# late or says again. A packet ends its connection whose uplink is dead while
# another one lives.
hushed() {
	router nft -f - <<-END
		table netdev selftest_hush {
			chain in {
				type filter hook ingress device lan10 priority 0
				tcp dport 80 drop
			}
		}
	END
	"$@"
	router nft delete table netdev selftest_hush
}

all_uplinks() {
	local i

	for i in 1 2 3; do
		ctl nexthop set "${GW[i]}" dev "wan$i" state "$1"
	done
}

# No uplink lives: it may come back as it was.
no_alternative() {
	local i

	snat 3
	opened
	hushed all_uplinks dead
	on router address del "${NEAR[3]%2}50/$LEN" dev wan3
	traffic round c
	check_eq "nothing is sent" "${R[answered]}" 0
	check_fail "nothing ends" "" wait_until 1 none "${NEAR[3]%2}50"
	on router address add "${NEAR[3]%2}50/$LEN" dev wan3
	hushed all_uplinks auto
	traffic round c rounds=2
	check_eq "all go on" "${R[answered]}" "$N"
	all_uplinks dead
	on router address del "${NEAR[3]%2}50/$LEN" dev wan3
	check_fail "nothing ends" "" wait_until 1 none "${NEAR[3]%2}50"
	ctl nexthop set "${GW[1]}" dev wan1 state auto
	check_true "one lives: what has no address ends" \
		wait_until 10 none "${NEAR[3]%2}50"
	for i in 2 3; do
		ctl nexthop set "${GW[i]}" dev "wan$i" state auto
	done
	traffic close c
	unsnat
}

# An address that is routed to the router, on none of its devices.
pool() {
	local pool=${NEAR[3]/:a3:/:b3:}

	pool=${pool/10.1.3/10.9.3}
	snat 3
	router nft flush chain "$IP" selftest_nat out
	router nft -f - <<-END
		table $IP selftest_nat {
			chain out {
				oifname wan1 snat to ${NEAR[1]%2}50
				oifname wan2 snat to ${NEAR[2]%2}50
				oifname wan3 snat to $pool
			}
		}
	END
	on inet "-$F" route add "$pool" via "${NEAR[3]}" dev wan3
	opened
	check_num "some leave as it" "$(known "$pool")" -gt 0
	on router address del "${NEAR[3]%2}50/$LEN" dev wan3
	on router address add "${NEAR[3]%2}50/$LEN" dev wan3
	traffic round c rounds=2
	check_eq "all go on" "${R[answered]}" "$N"
	ctl nexthop set "${GW[3]}" dev wan3 state dead
	others "dead"
	check_eq "then they end" "$(known "$pool")" 0
	ctl nexthop set "${GW[3]}" dev wan3 state auto
	on inet "-$F" route del "$pool" via "${NEAR[3]}" dev wan3
	traffic close c
	unsnat
}

# An address goes to another uplink's device, and its connections with it.
address_moves() {
	local vip=${NEAR[3]/:a3:/:b3:}

	vip=${vip/10.1.3/10.9.3}
	on router address add "$vip/$HOST" dev wan3
	router nft -f - <<-END
		table $IP selftest_nat {
			chain out {
				type nat hook postrouting priority srcnat
				oifname "wan*" snat to $vip
			}
		}
	END
	on inet "-$F" route add "$vip" via "${NEAR[3]}" dev wan3
	opened
	# In this order: else it is nobody's for a while, and they end.
	on router address add "$vip/$HOST" dev wan2
	on router address del "$vip/$HOST" dev wan3
	on inet "-$F" route replace "$vip" via "${NEAR[2]}" dev wan2
	check_true "it is left" wait_until 10 by_wan3 0
	traffic round c as=after
	check_eq "all go on" "${R[answered]} ${R[wan3]:-0}" "$N 0"
	on inet "-$F" route del "$vip" via "${NEAR[2]}" dev wan2
	on router address del "$vip/$HOST" dev wan2
	router nft delete table "$IP" selftest_nat
	traffic close c
}

by_wan3() {
	traffic round c as=after
	[ "${R[wan3]:-0}" = "$1" ]
}

# What the kernel keeps in reserve and nobody uses is no uplink.
never_used() {
	config | sed "/dev wan3/d" | load_config
	snat 3
	on router "-$F" route add default via "${FAR[3]}" dev wan3 metric 50
	ctl route add "$ANY" via "${FAR[3]}" dev wan3 table ecmp
	check_true "it is known" wait_until 10 known_default
	opened
	ctl distance dev wan3 255
	ctl route del "$ANY" via "${FAR[3]}" dev wan3 table ecmp
	others "never used"
	check_eq "it has ended" "$(known "${NEAR[3]%2}50")" 0
	traffic close c
	ctl distance dev wan3 default
	ctl route add "$ANY" via "${FAR[3]}" dev wan3 table ecmp
	opened
	ctl route del "$ANY" via "${FAR[3]}" dev wan3 table ecmp
	traffic round c rounds=2
	check_eq "in reserve it is one" "${R[answered]}" "$N"
	traffic close c
	on router "-$F" route del default metric 50
	unsnat
	config | load_config
}

known_default() {
	ctl -j route show "$ANY" |
		jq -e 'map(select(.device == "wan3" and .protocol)) != []'
}

pin_of() {
	ctl -j nexthop show | jq -r --arg dev "$1" \
		'map(select(.device == $dev and .pin_id)) | .[0].pin_id // 0'
}

has_pin() {
	[ "$(pin_of wan3)" != 0 ]
}

has_none() {
	[ "$(pin_of wan3)" = 0 ]
}

# The gateway comes and goes, and is another one: the pin stays.
pins_stay() {
	local i pin

	config | sed "s/via [^ ]* dev wan3/via kernel dev wan3/" | load_config
	on router "-$F" route add default via "${FAR[3]}" dev wan3 metric 50
	check_true "it has a pin" wait_until 10 has_pin
	pin=$(pin_of wan3)
	for i in 1 2 3; do
		on router "-$F" route del default metric 50
		check_true "it has none" wait_until 10 has_none
		on router "-$F" route add default via "${FAR[3]%1}$((3 + i))" \
			dev wan3 metric 50
		check_true "it has one" wait_until 10 has_pin
		check_eq "flap $i: the same" "$(pin_of wan3)" "$pin"
		on router "-$F" route replace default via "${FAR[3]%1}7" \
			dev wan3 metric 50
		check_true "another gateway" wait_until 10 gateway_is \
			"${FAR[3]%1}7"
		check_eq "its pin" "$(pin_of wan3)" "$pin"
	done
	on router "-$F" route del default metric 50
	config | load_config
	pin=$(pin_of wan3)
	ctl route del "$ANY" via "${GW[3]}" dev wan3 table ecmp
	ctl route del "$ANY" via "${GW[3]}" dev wan3
	# Which takes the next pin; its device is not there.
	ctl route add "$ANY" via "${GW[1]}" dev wan9 distance 9 2>/dev/null
	ctl route add "$ANY" via "${GW[3]}" dev wan3
	check_eq "deleted and added" "$(pin_of wan3)" "$pin"
	config | load_config
}

gateway_is() {
	ctl -j nexthop show | jq -e --arg via "$1" \
		'map(select(.device == "wan3" and .gateway)) | length == 1 and
		 .[0].gateway == $via'
}

run_families \
	setup "the network is there" \
	route_deleted "an uplink's routes are deleted" \
	renumbered "an uplink has another address" \
	no_alternative "nothing ends while no uplink lives" \
	pool "an address of no device" \
	address_moves "an address moves to another uplink" \
	never_used "a kernel default of distance 255" \
	pins_stay "pins stay"
