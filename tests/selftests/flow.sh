#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_tests calls the functions
#
# The connections that are pinned, seen from the command line: the numbers of
# their uplinks.

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

opened() {
	router conntrack -F 2>/dev/null
	traffic tcp c n="$N"
	check_eq "opened, answered" "${R[open]} ${R[answered]}" "$N $N"
	traffic round c as=before
	check_num "by each WAN" $((${R[wan1]:-0} * ${R[wan2]:-0} *
		${R[wan3]:-0})) -gt 0
}

# pin_of I: the number of wanI.
pin_of() {
	ctl -j nexthop show | jq ".[] | select(.uplink and
		.device == \"wan$1\") | .pin_id"
}

# fix I N
fix() {
	ctl nexthop set "${GW[$1]}" dev "wan$1" pin-id "$2"
}

stays() {
	traffic round c as=after
	check_eq "$1: answered" "${R[answered]} ${R[mixed]}" "$N 0"
	check_eq "$1: no wire carries another's address" \
		"${R[sources_wan1]} ${R[sources_wan2]} ${R[sources_wan3]}" \
		"${NEAR[1]} ${NEAR[2]} ${NEAR[3]}"
	traffic diff before after
	check_eq "$1: none moved" "${R[same]}" "$N"
}

# Who has a fixed number gets it, whoever had it, and no connection goes by the
# number of another's.
pin_ids() {
	local old

	opened
	old=$(pin_of 2)
	fix 1 "$old"
	check_eq "wan1 has it" "$(pin_of 1)" "$old"
	check_num "wan2 has another" "$(pin_of 2)" -ne "$old"
	check_eq "no connection remembers what changed" \
		"$(marked "$old")" 0
	# Another seed, so that only what they remember keeps them.
	ctl set hash-seed $((SEED + 1))
	stays "a number changes hands"
	check_num "and they remember again" "$(marked "$old")" -gt 0
	fix 1 "$(pin_of 3)"
	fix 3 200
	ctl set hash-seed $((SEED + 2))
	stays "twice"
	traffic close c
	check_fail "a fixed one is not taken" \
		"\"200\": another next hop has this pin-id" fix 2 200
	check_fail "its owner is named" \
		"pin-id 200 is that of ${GW[3]} dev wan3" fix 2 200
	check_true "shown" eval 'ctl nexthop show | grep -q "wan3 .* 200 "'
	check_json "and in JSON" "$(ctl -j nexthop show)" \
		'map(select(.uplink) | "\(.device) \(.pin_fixed)") |
			sort | join(", ")' "wan1 true, wan2 false, wan3 true"
	fix 3 auto
	check_json "it keeps what it has" "$(ctl -j nexthop show)" \
		'.[] | select(.uplink and .device == "wan3") |
			"\(.pin_id) \(.pin_fixed)"' "200 false"
	fix 2 200
	check_num "until another needs it" "$(pin_of 3)" -ne 200
}

# marked N: connections that remember this number.
marked() {
	router conntrack -L -f "ipv$F" -p tcp \
		--mark "$(($1 << 8))/$((0xff00))" 2>/dev/null | wc -l
}

pins_saved() {
	local saved

	config | load_config
	fix 1 7
	fix 2 9
	ctl nexthop set "${FAR[1]%1}77" dev wan9 pin-id 8
	check_json "one that no route uses" "$(ctl -j nexthop show)" \
		'.[] | select(.device == "wan9") |
			"\(.pin_id) \(.pin_fixed) \(.routes) \(.uplink)"' \
		"8 true 0 false"
	saved=$(ctl save)
	check_output "saved" "$(printf 'nexthop set %s dev %s\n' \
		"${GW[1]}" "wan1 pin-id 7" "${GW[2]}" "wan2 pin-id 9" \
		"${FAR[1]%1}77" "wan9 pin-id 8" | sort)" \
		eval 'ctl save | grep ^nexthop | sort'
	check_fail "too narrow a mask" "a pin-id that does not fit" \
		ctl set pin-mask 0x700
	check_fail "none at all" "a pin-id that does not fit" \
		ctl set pin-mask 0
	ctl set pin-mask 0xf0000
	check_eq "numbered anew, but for the fixed ones" \
		"$(pin_of 1) $(pin_of 2)" "7 9"
	check_fail "no room in four bits" \
		"\"16\": the pin-mask has no room for this pin-id" fix 3 16
	config | load_config
	check_json "what a file does not fix is not" "$(ctl -j nexthop show)" \
		'map(select(.pin_fixed)) | length' 0
	load_config <<<"$saved"
	check_eq "loaded" "$(pin_of 1) $(pin_of 2)" "7 9"
	check_output "the same bytes" "$saved" ctl save
	load_config <<<"$saved"
	check_eq "and again" "$(pin_of 1) $(pin_of 2)" "7 9"
	check_fail "one number, two next hops" "config:$(($(wc -l <<<"$saved") +
		1)): \"7\": another next hop has this pin-id" load_config <<-END
		$saved
		nexthop set ${GW[3]} dev wan3 pin-id 7
	END
	check_fail "a mask without room" 'does not fit' load_config <<-END
		$saved
		set pin-mask 0x700
	END
	check_fail "a state is not for files" "no part of a configuration" \
		load_config <<<"nexthop set ${GW[1]} dev wan1 state dead"
	check_output "nothing was changed" "$saved" ctl save
	# In a file the fixed ones change places while connections live.
	config | load_config
	opened
	{
		config
		echo "nexthop set ${GW[1]} dev wan1 pin-id $(pin_of 2)"
		echo "nexthop set ${GW[2]} dev wan2 pin-id $(pin_of 3)"
		echo "nexthop set ${GW[3]} dev wan3 pin-id $(pin_of 1)"
		echo "set hash-seed $((SEED + 1))"
	} | load_config
	stays "they change places"
	traffic close c
	config | load_config
}

run_families \
	setup "the network is there" \
	pin_ids "a fixed pin-id wins, and mixes up no connections" \
	pins_saved "pin-ids are saved and loaded"
