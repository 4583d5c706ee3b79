#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_tests calls the functions
#
# A path that comes, goes, is replaced or changes its weight moves no flow but
# those that it gets or leaves, whoever changes it: a command, a whole
# configuration, the kernel. With a hash seed set, what was before plays no
# part: routers with the same paths agree.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

N=2000

# paths WAN/WEIGHT...: a configuration with these paths.
paths() {
	local path

	for path; do
		echo "route add $ANY via ${GW[${path%/*}]}" \
			"dev wan${path%/*} weight ${path#*/}"
	done
}

use() {
	paths "$@" | load_config
}

seeded() {
	{
		echo "set hash-seed $SEED"
		paths "$@"
	} | load_config
}

# now MAP: where the flows go.
now() {
	traffic again "$1" first
	check_flows "$1"
}

# check_only NEW OLD WAN: what moved came to that WAN, or left it, and it did.
check_only() {
	local touched

	traffic diff "$2" "$1"
	touched=$((${R[moved_$3]:-0} + ${R[arrived_$3]:-0}))
	check_num "$1: some moved" "${R[moved]}" -gt 0
	check_eq "$1: moved, and to or from $3" "${R[moved]}" "$touched"
}

setup() {
	topology 5
	use 1/1 2/1 3/1
	traffic flows first n="$N" mode=random seed="$SEED" dport=1-65535 \
		src="${LAN10}2+253"
	check_flows first
}

commands() {
	now home
	ctl route add "$ANY" via "${GW[4]}" dev wan4
	now added
	check_only added home wan4
	ctl route set "$ANY" via "${GW[1]}" dev wan1 weight 3
	now heavier
	check_only heavier added wan1
	ctl route del "$ANY" via "${GW[2]}" dev wan2
	now removed
	check_only removed heavier wan2
	check_share removed wan1=3 wan3=1 wan4=1 buckets=256
	ctl route set "$ANY" via "${GW[4]}" dev wan4 disabled yes
	now disabled
	check_only disabled removed wan4
}

# Whole configurations, the new paths first in them, and one replaced.
loads() {
	use 3/1 1/3
	now home
	use 5/2 3/1 1/3
	now added
	check_only added home wan5
	use 5/2 3/1 1/2
	now lighter
	check_only lighter added wan1
	use 2/2 3/1 1/2
	now replaced
	check_only replaced lighter wan5
	check_eq "all of them to the one in its place" "${R[arrived_wan2]}" \
		"${R[moved_wan5]}"
	check_share replaced wan1=2 wan2=2 wan3=1 buckets=256
}

# Flows of a dead path come home to buckets that have a past, too.
deaths() {
	now home
	on router link set wan3 down
	wait_state 3 dead
	now dead
	check_only dead home wan3
	on router link set wan3 up
	wait_state 3 alive
	now back
	traffic diff home back
	check_eq "all are where they were" "${R[same]}" "$N"
}

# kernel WAN...: the kernel's own default route, which we follow.
kernel() {
	local wan words=()

	for wan; do
		words+=(nexthop via "${GW[wan]}" dev "wan$wan")
	done
	on router "-$F" route replace default "${words[@]}"
	check_true "the kernel's paths arrive" wait_until 5 has_paths "$#"
}

has_paths() {
	[ "$(ctl -j route show "$ANY" | jq '[.[] | select(.active)] | length')" \
		= "$1" ]
}

kernels() {
	# A rule, or the kernel would be left to decide.
	echo "rule add lookup main" | load_config
	kernel 1 2 3
	now home
	kernel 1 2 3 4
	now added
	check_only added home wan4
	kernel 1 3 4
	now removed
	check_only removed added wan2
	on router "-$F" route del default
}

# The kernel's next metric takes the place of a dead one; the others stay.
standby() {
	use 1/1 4/1 5/2
	on router "-$F" route add default via "${GW[2]}" dev wan2 metric 100
	on router "-$F" route add default via "${GW[3]}" dev wan3 metric 200
	check_true "the kernel's best is a path" wait_until 5 has_paths 4
	now home
	ctl nexthop set "${GW[2]}" dev wan2 state dead
	now dead
	check_only dead home wan2
	check_share dead wan1=1 wan3=1 wan4=1 wan5=2 buckets=256
	ctl nexthop set "${GW[5]}" dev wan5 state dead
	now both
	check_only both dead wan5
	ctl nexthop set "${GW[2]}" dev wan2 state auto
	ctl nexthop set "${GW[5]}" dev wan5 state auto
	now back
	traffic diff home back
	check_eq "all are where they were" "${R[same]}" "$N"
	on router "-$F" route del default via "${GW[2]}" dev wan2 metric 100
	on router "-$F" route del default via "${GW[3]}" dev wan3 metric 200
}

agreed() {
	use 1/1 2/1 3/1 4/1 5/1
	ctl route del "$ANY" via "${GW[4]}" dev wan4
	ctl route set "$ANY" via "${GW[5]}" dev wan5 weight 2
	now past
	ctl set hash-seed "$SEED"
	now agreed
	use 3/1
	seeded 5/2 3/1 2/1 1/1
	now fresh
	traffic diff agreed fresh
	check_eq "one with a past and one without" "${R[same]}" "$N"
	ctl route add "$ANY" via "${GW[4]}" dev wan4
	ctl route del "$ANY" via "${GW[4]}" dev wan4
	now again
	traffic diff fresh again
	check_eq "there and back" "${R[same]}" "$N"
	# A configuration that sets the seed, in the place of one that did not.
	use 1/1 2/1 3/1
	use 1/1 2/1 3/1 5/2
	seeded 5/2 3/1 2/1 1/1
	now loaded
	traffic diff fresh loaded
	check_eq "loaded over a past" "${R[same]}" "$N"
}

run_families \
	setup "three equal paths" \
	commands "paths by command" \
	loads "paths by whole configurations" \
	deaths "a death after these" \
	kernels "the kernel's paths" \
	standby "a path of the kernel's that stands by" \
	agreed "a seed, so that routers agree"
