#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_tests calls the functions
#
# Very many prefixes behind two peers, and one of them dies while packets run:
# how long after that the last packet took the dead path, and how much had to
# be rebuilt. That must not depend on how many prefixes there are, only on the
# groups of paths.
#
# ECMP_PREFIXES: how many, to be compared with 1,000 (default 10000). A million
# need a machine of 7 GiB, and one at native speed:
#   ECMP_FAMILY=4 ECMP_PREFIXES=1000000 tests/vm/run -k uml -m 7168 -t 3600 \
#	tests/selftests/convergence.sh
# ECMP_LAG: in milliseconds, how late the last packet on the dead path may be
# (default 3000: in emulated machines, and on busy hosts, a second is noise).
#
#  lan10 --- router --- wan1, wan2, wan3 --- inet

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

FEW=1000
PREFIXES=${ECMP_PREFIXES:-10000}
LAST=${ECMP_LAG:-3000}
GROUPS_MANY=1000
# The connected prefixes of a device, which are the kernel's: of each family.
CONNECTED=2
ENGINE=

setup() {
	topology 3
	further_gateways 1 2 3
	set_sysctl router net/ipv6/route/max_size=2147483647
	engine_start
	engine family "$F"
}

# Those of a WAN but the first, which is there.
further_gateways() {
	local i host

	for i; do
		for host in 3 4 5; do
			echo "neighbour replace ${FAR[i]%1}$host dev wan$i" \
				"lladdr 02:00:00:00:00:0$host nud permanent"
		done
	done | on router -batch -
}

engine_start() {
	mkfifo "$WORK/e.ask" "$WORK/e.answer" || return
	python3 -B -E -S "$LIB/convergence.py" "$ID" "$SEED" \
		<"$WORK/e.ask" >"$WORK/e.answer" &
	ENGINE=$!
	exec {ASK}>"$WORK/e.ask" {ANSWER}<"$WORK/e.answer"
	read -r -t 60 -u "$ANSWER" _
}

# engine COMMAND...: its answer in E.
declare -A E
engine() {
	local line word

	E=()
	echo "$*" >&"$ASK"
	read -r -t 1000 -u "$ANSWER" line || line="error: no answer"
	if [[ $line != ok* ]]; then
		fail "$*: $line"
		return 1
	fi
	for word in ${line#ok}; do
		E[${word%%=*}]=${word#*=}
	done
}

# dies WHAT EVENT: and packets go on by the others.
dies() {
	engine die "$2" || return
	diag "$1: last packet on the dead path after ${E[last]} ms (answered" \
		"after ${E[ack]}), ${E[lost]} of ${E[rate]} a second lost;" \
		"${E[rebuilds]} groups rebuilt, ${E[publications]} published" \
		"within ${E[busy]} ms; slowest answer after ${E[wait]} ms"
	check_num "$1: packets by wan1 before" "${E[before]}" -gt 100
	check_num "$1: packets by others afterwards" "${E[after]}" -gt 100
	check_num "$1: milliseconds to the last packet on the dead path" \
		"${E[last]%.*}" -le "$LAST"
}

returns() {
	case $1 in
	dead) ctl nexthop set "$PEER" dev wan1 state auto ;;
	down) wan_up 1 ;;
	lost)
		carrier_back 1
		on inet address replace "${FAR[1]}/$LEN" dev wan1
		;;
	esac
	wait_state 1 alive
	further_gateways 1
}

# --- ecmpctl's routes ----------------------------------------------------

loads() {
	local start=${EPOCHREALTIME/./}

	check_output "load" "" ctl load "$WORK/config" || return
	diag "loaded after $(((${EPOCHREALTIME/./} - start) / 1000)) ms"
}

two_peers() {
	local n event few

	PEER=${FAR[1]}
	declare -A few=()
	check_true "they are shown" eval \
		'ctl -s settings show | grep -q "^publications  *[0-9]"'
	for n in "$FEW" "$PREFIXES"; do
		engine config "$WORK/config" "$n"
		loads || return 0
		for event in dead down lost; do
			dies "$n prefixes, $event" "$event" || return 0
			if [ "$n" = "$FEW" ]; then
				few[$event]=${E[rebuilds]}
			else
				check_eq "$event: groups rebuilt, as of $FEW" \
					"${E[rebuilds]}" "${few[$event]}"
			fi
			check_num "$event: groups rebuilt" "${E[rebuilds]}" -ge 1
			check_num "$event: groups rebuilt" "${E[rebuilds]}" \
				-le $((1 + CONNECTED))
			check_eq "$event: nothing is published" \
				"${E[publications]}" 0
			returns "$event"
		done
	done
}

many_groups() {
	local hold hold_wan1

	PEER=${FAR[1]}
	engine config "$WORK/config" "$((PREFIXES > 20000 ? PREFIXES : 2000))" \
		"$GROUPS_MANY"
	hold=${E[hold]} hold_wan1=${E[hold_wan1]}
	loads || return 0
	diag "$GROUPS_MANY groups, $hold of them with the next hop," \
		"$hold_wan1 with wan1"
	dies "$GROUPS_MANY groups, dead" dead || return 0
	check_num "dead: groups rebuilt" "${E[rebuilds]}" -eq "$hold"
	check_eq "dead: nothing is published" "${E[publications]}" 0
	returns dead
	dies "$GROUPS_MANY groups, down" down || return 0
	check_num "down: groups rebuilt" "${E[rebuilds]}" -ge "$hold_wan1"
	check_num "down: groups rebuilt, each once" "${E[rebuilds]}" \
		-le $((hold_wan1 + CONNECTED))
	check_eq "down: nothing is published" "${E[publications]}" 0
	returns down
}

# --- the kernel's routes -------------------------------------------------

main_has() {
	[ "$(ctl -j table show | jq ".[0].routes$F")" -ge "$1" ]
}

# kernel_has KIND: PREFIXES routes, and a default by the second peer.
kernel_has() {
	engine batch "$WORK/batch" "$PREFIXES" "$1" || return
	on router "-$F" -batch - <"$WORK/batch" || return
	check_true "they are mirrored" wait_until 300 main_has "$PREFIXES"
}

kernel_empty() {
	local i

	on router nexthop flush >/dev/null 2>&1 || true
	for i in 1 2; do
		on router link set "wan$i" down
	done
	check_true "none is left" wait_until 300 kernel_has_few
	for i in 1 2; do
		on router link set "wan$i" up
	done
}

kernel_has_few() {
	! main_has 100
}

# It withdraws each of them; packets take the default route, and that before it
# is half through. Where the machine was busy just then, once more.
withdrawn() {
	local i

	ctl load /dev/null
	ctl rule add from "${SERVER}77" lookup main
	for i in 1 2 3; do
		kernel_empty
		on router "-$F" route add default via "${FAR[2]}" dev wan2
		kernel_has single || return 0
		dies "$PREFIXES routes of the kernel, down" down || return 0
		[ "${E[last]%.*}" -ge $((${E[ack]%.*} / 2)) ] || break
	done
	check_num "the last packet on the dead path, of ${E[ack]} ms" \
		"${E[last]%.*}" -lt $((${E[ack]%.*} / 2))
	kernel_empty
}

multipath() {
	ctl load /dev/null
	ctl rule add from "${SERVER}77" lookup main
	kernel_has multipath || return 0
	dies "$PREFIXES multipath routes of the kernel, down" down || return 0
	kernel_empty
}

# As of a routing daemon that uses next hop groups. One change says so of all
# prefixes: packets leave what the group lost before these have followed.
nhid() {
	ctl load /dev/null
	ctl rule add from "${SERVER}77" lookup main
	on router nexthop add id 1 via "${FAR[1]}" dev wan1
	on router nexthop add id 2 via "${FAR[2]}" dev wan2
	on router nexthop add id 10 group 1/2
	kernel_has nhid || return 0
	dies "$PREFIXES routes by a next hop group, one leaves" regroup ||
		return 0
	check_num "one leaves: groups rebuilt, the old one and the new" \
		"${E[rebuilds]}" -eq 2
	check_num "one leaves: published" "${E[publications]}" -eq "$PREFIXES"
	[ "$PREFIXES" -lt 100000 ] ||
		check_num "the last packet on the dead path, of ${E[busy]} ms" \
			"${E[last]%.*}" -lt $((${E[busy]%.*} / 4))
	on router nexthop replace id 10 group 1/2
	dies "$PREFIXES routes by a next hop group, down" down || return 0
	kernel_empty
}

# It was begun after the traffic engine, and would hold that one's pipes open.
ended() {
	ctl load /dev/null
	exec {ASK}>&- {ANSWER}<&-
	wait "$ENGINE"
	ENGINE=
	rm "$WORK/e.ask" "$WORK/e.answer"
}

run_families \
	setup "the network is there" \
	two_peers "two peers, one dies" \
	many_groups "$GROUPS_MANY groups of uneven membership" \
	withdrawn "the kernel withdraws its routes" \
	multipath "the kernel's multipath routes" \
	nhid "the kernel's next hop groups" \
	ended "and the end"
