#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_tests calls the functions
#
# Which flows move when a path dies, returns, comes, goes or changes its weight:
# the same packets by the module and by the kernel's own groups, hash-threshold
# and resilient, whose buckets are idle (idle_timer 0) or busy (120 s). The
# module moves none without need; with a hash seed, where routers agree, none on
# loss and return. The kernel's figures are shown beside it. ../bench/consistency_bench.c shows more, with 100,000 flows.
# That connections known to conntrack stay is pin.sh's.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

N=3000
WAYS=(ours seed thresh idle busy)

# By "WAY CHANGE"; what must move at least, by change.
declare -A MOVED=() NEEDLESS=() LEAST=()

setup() {
	topology 5
	set_sysctl router net/ipv4/fib_multipath_hash_policy=1
	use ours 1/1 2/1 3/1
	traffic flows first n="$N" mode=random seed="$SEED" dport=1-65535 \
		src="${LAN10}2+253"
	check_flows first
}

# use WAY WAN/WEIGHT...: has these paths from now on, and no others.
use() {
	local way=$1
	shift

	case $way in
	ours) ours "" "$@" ;;
	seed) ours "set hash-seed $SEED" "$@" ;;
	thresh) threshold "$@" ;;
	idle) resilient 0 "$@" ;;
	busy) resilient 120 "$@" ;;
	esac
}

ours() {
	local first=$1 path
	shift

	{
		echo "$first"
		for path; do
			echo "route add $ANY via ${GW[${path%/*}]}" \
				"dev wan${path%/*} weight ${path#*/}"
		done
	} | load_config
}

threshold() {
	local path words=()

	for path; do
		words+=(nexthop via "${GW[${path%/*}]}" dev "wan${path%/*}"
			weight "${path#*/}")
	done
	on router route replace default "${words[@]}"
}

# A path that its device took with it is put back first.
resilient() {
	local idle=$1 path i members=
	shift

	for path; do
		i=${path%/*}
		on router nexthop replace id "$i" via "${GW[i]}" dev "wan$i" ||
			return
		members+=/$i,${path#*/}
	done
	on router nexthop replace id 10 group "${members#/}" type resilient \
		buckets 256 idle_timer "$idle" unbalanced_timer 0 || return
	on router route replace default nhid 10
}

is_ours() {
	[[ $1 == ours || $1 == seed ]]
}

# Nothing of one way is left for the next.
begin() {
	on router route del default 2>/dev/null
	on router nexthop flush >/dev/null 2>&1
	if is_ours "$1"; then
		ctl set enabled yes
	else
		echo "set enabled no" | load_config
	fi
}

# notes NAME MAP OLD [DEV]: what moved between two maps, and how many of these
# flows neither left DEV nor came to it.
notes() {
	local touched=0

	traffic diff "$3" "$2"
	MOVED[$1]=${R[moved]}
	[ $# -lt 4 ] || touched=$((${R[moved_$4]:-0} + ${R[arrived_$4]:-0}))
	NEEDLESS[$1]=$((R[moved] - touched))
	check_eq "$1: every flow before and after" \
		"${R[lost]} ${R[found]}" "0 0"
}

changes() {
	local way=$1

	begin "$way"
	use "$way" 1/1 2/1 3/1
	traffic again home first
	check_flows home

	on router link set wan2 down
	! is_ours "$way" || wait_state 2 dead
	traffic again dead first
	check_flows dead
	notes "$way dies" dead home wan2

	on router link set wan2 up
	if [[ $way == [ib]* ]]; then
		use "$way" 1/1 2/1 3/1
	fi
	! is_ours "$way" || wait_state 2 alive
	traffic again back first
	check_flows back
	notes "$way returns" back dead wan2
	notes "$way home" back home

	use "$way" 1/1 2/1 3/1
	traffic again home first
	use "$way" 1/1 2/1 3/1 4/1
	traffic again more first
	check_flows more
	notes "$way added" more home wan4
	use "$way" 1/1 2/1 3/1
	traffic again less first
	check_flows less
	notes "$way removed" less more wan4
	use "$way" 1/2 2/1 3/1
	traffic again heavy first
	check_flows heavy
	notes "$way weight" heavy less wan1
	use "$way" 1/1 2/1 3/1
	traffic again home first
	use "$way" 1/1 2/1 5/1
	traffic again other first
	check_flows other
	notes "$way replaced" other home wan3
}

# deaths WAY: what always holds.
deaths() {
	changes "$1"
	check_eq "a path dies: moved without need" "${NEEDLESS[$1 dies]}" 0
	check_eq "it returns: moved without need" "${NEEDLESS[$1 returns]}" 0
	check_eq "all are where they were" "${MOVED[$1 home]}" 0
	check_num "some moved" "${MOVED[$1 dies]}" -gt 0
}

by_ours() {
	local what

	deaths ours
	for what in added removed weight; do
		check_eq "$what: moved without need" "${NEEDLESS[ours $what]}" 0
		check_num "$what: some moved" "${MOVED[ours $what]}" -gt 0
	done
	# Of 256 buckets one path of three has 86: it need not be the same one.
	check_num "replaced: moved without need" "${NEEDLESS[ours replaced]}" \
		-le $((N / 256 + 24))
	check_num "replaced: some moved" "${MOVED[ours replaced]}" -gt 0
}

by_seed() {
	deaths seed
}

by_threshold() { changes thresh; }
by_idle() { changes idle; }
by_busy() { changes busy; }

table() {
	local way what line

	LEAST=([dies]=1/3 [returns]=1/3 [home]=0 [added]=1/4 [removed]=1/4
		[weight]=1/6 [replaced]=1/3)
	diag "$N flows, three equal paths; moved, and moved without need" \
		"$(printf '\n%-10s %6s' "" least)$(printf ' %13s' "${WAYS[@]}")"
	for what in dies returns home added removed weight replaced; do
		line=$(printf '%-10s %6d' $what $((N * ${LEAST[$what]})))
		for way in "${WAYS[@]}"; do
			line+=$(printf ' %6d %6d' "${MOVED[$way $what]}" \
				"${NEEDLESS[$way $what]}")
		done
		diag "$line"
	done
	# What a fifth more than the least is, and six times the luck of N flows.
	for what in added removed weight replaced; do
		check_num "$what: moved" "${MOVED[ours $what]}" -le \
			$((N * ${LEAST[$what]} * 12 / 10 + 6 * 24))
	done
}

run_tests \
	setup "three equal paths" \
	by_ours "the module's buckets" \
	by_seed "the same with a seed" \
	by_threshold "the kernel's hash-threshold" \
	by_idle "the kernel's resilient group, idle" \
	by_busy "the kernel's resilient group, busy" \
	table "beside each other"
