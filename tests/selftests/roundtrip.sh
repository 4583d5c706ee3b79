#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2016 # run_tests calls the functions; eval
#
# save | load | save gives the same bytes, of configurations by chance in which
# everything that a file may hold occurs; here, and in a network namespace that
# has none of the devices, gateways and addresses.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

TOOLS=$(dirname "$0")/../../tools/ecmpctl
ROUNDS=${ECMP_LONG:+200}
ROUNDS=${ROUNDS:-5}

setup() {
	topology 3
	add_ns other
}

# same WHAT FILE: as saved before.
same() {
	cmp -s "$WORK/saved" "$2" && return
	fail "$1, ECMP_SEED=$SEED"
	diag "$(diff "$WORK/saved" "$2")"
	return 1
}

# state: all that is configured, as the module tells it and not as save writes
# it; without what another load, time, or a check without an answer changes.
state() {
	local object

	for object in settings table rule route; do
		ctl -j "$object" show | jq -c '
			(if type == "array" then .[] else . end) |
			del(.id, .nexthop, .packets, .bytes, .generation,
			    .resyncs, .rebuilds, .publications, .notices,
			    .flags, .active, .inactive, .ecmp, .paths, .reason)'
	done | sort
	ctl -j nexthop show | jq -c '.[] | select(.pin_fixed) |
		{family, gateway, device, pin_id}' | sort
}

round() {
	python3 -B -E -S "$LIB/roundtrip.py" "$1" >"$WORK/config" || return
	cat "$WORK/config" >>"$WORK/all"
	check_true "seed $1 is loaded" ctl load "$WORK/config" || return
	ctl save >"$WORK/saved"
	state >"$WORK/state"
	check_num "that is something" "$(wc -l <"$WORK/state")" -ge 15
	check_true "seed $1: it can be loaded" ctl load "$WORK/saved" || return
	ctl save >"$WORK/again"
	same "seed $1: saved again" "$WORK/again" || return
	state >"$WORK/now"
	check_true "seed $1: nothing was left out" cmp "$WORK/state" "$WORK/now" || {
		diag "$(diff "$WORK/state" "$WORK/now")"
		return
	}
	check_true "elsewhere, too" in_ns other ecmpctl load "$WORK/saved" ||
		return
	in_ns other ecmpctl save >"$WORK/again"
	same "seed $1: saved elsewhere" "$WORK/again" || return
	# Over another configuration, and by way of a pipe.
	tutorial 3 | load_config
	ctl load - <"$WORK/saved" 2>/dev/null
	ctl save >"$WORK/again"
	same "seed $1: over another" "$WORK/again"
}

rounds() {
	local i

	: >"$WORK/all"
	for ((i = 0; i < ROUNDS; i++)); do
		round $((SEED + i)) || return 0
	done
	diag "$ROUNDS configurations of $(wc -l <"$WORK/all") lines"
}

# Nothing that could be written is left out for good: in a hundred runs each word
# has its turn.
complete() {
	local word

	# shellcheck disable=SC2046 # a list of numbers
	python3 -B -E -S "$LIB/roundtrip.py" \
		$(seq $((SEED + ROUNDS)) $((SEED + ROUNDS + 99))) >>"$WORK/all"
	python3 -B -E -S "$LIB/roundtrip.py" words \
		"$TOOLS"/cmd_{settings,table,route,rule,nexthop}.c >"$WORK/words"
	check_num "words" "$(wc -l <"$WORK/words")" -ge 40
	while read -r word; do
		case $word in
		# Forced states are not saved.
		state) continue ;;
		esac
		grep -qw -- "$word" "$WORK/all" ||
			fail "$word occurs in no configuration"
	done <"$WORK/words"
}

# What load --confirm would go back to is what save says.
empty() {
	: >"$WORK/config"
	ctl load "$WORK/config"
	check_eq "nothing is saved as nothing" "$(ctl save)" ""
}

run_tests \
	setup "the network is there, and another that has nothing" \
	rounds "save, load, save" \
	complete "with every word that a file may hold" \
	empty "and of nothing"
