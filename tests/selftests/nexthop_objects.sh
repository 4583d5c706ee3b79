#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_tests calls the functions
#
# The kernel's nexthop objects, as a routing daemon uses them: a thousand
# prefixes by two groups of the same next hops. When one of the groups changes,
# packets leave what it lost group by group, and the prefixes follow. How much
# that takes is counted, and how it ends compared with the kernel's routes.
#
#  lan10 --- router --- wan1, wan2, wan3 --- inet

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

EACH=500	# prefixes of each group
MANY=2000	# more than are changed at once
BACKLOG=/sys/module/ecmp/parameters/kernel_backlog

setup() {
	local i

	topology 3
	ctl rule add from "${LAN10}0/$LEN" lookup main
	for i in 1 2 3; do
		on router nexthop add id "$i" via "${FAR[i]}" dev "wan$i"
	done
	on router nexthop add id 10 group 1/2
	on router nexthop add id 11 group 1/2
	{
		prefixes 1 "$EACH" nhid 10
		prefixes 2 "$EACH" nhid 11
	} | on router "-$F" -batch -
	check_true "they are mirrored" wait_until 60 main_has $((2 * EACH))
	mirrored "two groups"
}

# prefix KIND I, and an address in it: host KIND I
prefix() {
	if [ "$F" = 4 ]; then
		printf '%d.%d.%d.0/24\n' $((20 + $1)) $(($2 / 250)) \
			$(($2 % 250))
	else
		printf '2001:db8:%x:%x::/64\n' $((0xf00 + $1)) "$2"
	fi
}

host() {
	local net

	net=$(prefix "$1" "$2")
	[ "$F" = 4 ] && echo "${net%.0/24}.9" || echo "${net%/64}9"
}

# prefixes KIND N WAY...: a batch that adds N routes
prefixes() {
	local i

	for ((i = 0; i < $2; i++)); do
		printf 'route add '
		prefix "$1" "$i"
	done | sed "s|\$| ${*:3}|"
}

main_has() {
	[ "$(ctl -j table show | jq ".[0].routes$F")" -ge "$1" ]
}

same() {
	router python3 -B -E -S "$LIB/mirror.py" >"$WORK/same" 2>&1 &&
		[[ $(<"$WORK/same") == [1-9]* ]]
}

# mirrored WHAT: the module has what the kernel has, or has it soon.
mirrored() {
	wait_until 60 same || {
		fail "$1"
		diag "$(head -n 20 "$WORK/same")"
	}
}

# What was counted since count: P published, R rebuilt.
counters() {
	ctl -j -s settings show |
		jq -r '"\(.publications) \(.rebuilds)"'
}

count() {
	read -r P0 R0 < <(counters)
}

published() {
	read -r P R < <(counters)
	P=$((P - P0)) R=$((R - R0))
	[ "$P" -ge "$1" ]
}

# changed WHAT PUBLISHED REBUILT OBJECT...: so much it takes.
changed() {
	count
	on router nexthop "${@:4}" || return 0
	check_true "$1: the prefixes follow" wait_until 30 published "$2"
	mirrored "$1"
	published "$2" || true
	check_eq "$1: published" "$P" "$2"
	check_eq "$1: groups rebuilt" "$R" "$3"
}

# by KIND I: the devices of the paths that a packet may take, in order.
by() {
	ctl -j get "$(host "$1" "$2")" from "${LAN10}5" iif lan10 |
		jq -r '[.paths[]? | select(.state == "alive") | .device] |
			sort | join(" ")'
}

# The group is dealt once without the leg, and there is another for those that
# have followed.
leaves() {
	changed "one leaves" "$EACH" 2 replace id 10 group 1
	check_eq "those that followed" "$(by 1 7)" "wan1"
	check_eq "the others" "$(by 2 7)" "wan1 wan2"
	changed "it returns" "$EACH" 1 replace id 10 group 1/2
	check_eq "those that followed" "$(by 1 7)" "wan1 wan2"
	changed "another weight" "$EACH" 1 replace id 10 group 1/2,3
	changed "another instead of it" "$EACH" 2 replace id 10 group 1/3
	check_eq "those that followed" "$(by 1 7)" "wan1 wan3"
	check_eq "the others" "$(by 2 7)" "wan1 wan2"
}

# What would have no path meanwhile keeps what it has.
last_resort() {
	changed "all others" "$EACH" 1 replace id 10 group 2
	check_eq "those that followed" "$(by 1 7)" "wan2"
	# What is left does not live: nothing moves before its time.
	on router nexthop replace id 10 group 1/2
	mirrored "both"
	ctl nexthop set "${FAR[1]}" dev wan1 state dead
	changed "to a dead one" "$EACH" 0 replace id 10 group 1
	check_eq "those that followed" "$(by 1 7)" ""
	ctl nexthop set "${FAR[1]}" dev wan1 state auto
	check_eq "it lives again" "$(by 1 7)" "wan1"
}

# Of ecmpctl's routes of the same prefix none is withdrawn.
beside() {
	on router nexthop replace id 10 group 1/2
	mirrored "both"
	ctl route add "$(prefix 1 7)" via "${FAR[3]}" dev wan3
	ctl route add "$(prefix 1 8)" via "${FAR[2]}" dev wan2
	changed "beside routes of ecmpctl" "$EACH" 4 replace id 10 group 1
	check_eq "by another" "$(by 1 7)" "wan1 wan3"
	check_eq "by the same" "$(by 1 8)" "wan1 wan2"
	ctl route del "$(prefix 1 7)"
	ctl route del "$(prefix 1 8)"
}

# Deleted, it leaves each group that has it; its number is another's soon.
deleted() {
	on router nexthop replace id 10 group 1/2
	mirrored "both"
	changed "an object is deleted" $((2 * EACH)) 4 del id 2
	check_eq "its groups" "$(by 1 7), $(by 2 7)" "wan1, wan1"
	{
		echo "nexthop add id 2 via ${FAR[3]} dev wan3"
		echo "nexthop replace id 10 group 2"
		echo "nexthop del id 10"
		echo "nexthop add id 10 group 1/2"
		prefixes 1 "$EACH" nhid 10
	} | on router -batch -
	mirrored "the numbers are used again"
	check_eq "the new object's" "$(by 1 7), $(by 2 7)" "wan1 wan3, wan1"
}

# The next change comes while prefixes follow, and all else that may.
meanwhile() {
	local i backlog

	backlog=$(<"$BACKLOG")
	on router nexthop replace id 2 via "${FAR[2]}" dev wan2
	prefixes 3 "$MANY" nhid 10 | on router "-$F" -batch -
	check_true "they are mirrored" wait_until 60 main_has $((MANY + EACH))
	for i in 1 2 3; do
		printf 'nexthop replace id 10 group %s\n' 1 2/3 3 1/2 2 1/2/3 |
			on router -batch -
	done
	mirrored "one change after another"
	on router nexthop replace id 10 group 1/2
	{
		echo "rule add from ${LAN10}0/$LEN lookup main"
		echo "route add $(prefix 3 9) via ${FAR[3]} dev wan3"
	} >"$WORK/config"
	ctl load "$WORK/config"
	mirrored "a configuration is loaded"
	on router nexthop replace id 10 group 1
	ctl route del "$(prefix 3 9)" via "${FAR[3]}"
	ctl table add copy kernel 100
	on router link set wan3 down
	on router link set wan3 up
	ctl table del copy
	mirrored "routes, tables and devices change"
	# It is begun, and then everything is read again.
	for i in 1 2; do
		on router nexthop replace id 10 group "$i"
		echo 0 >"$BACKLOG"
		on router route add "$(prefix 4 "$i")" dev wan1
		echo "$backlog" >"$BACKLOG"
		mirrored "it is read again with $i"
	done
	check_eq "in the end" "$(by 3 7)" "wan2"
	on router nexthop flush
	mirrored "after the flush"
}

run_families \
	setup "the network is there" \
	leaves "one leaves a group" \
	last_resort "the last one stays" \
	beside "beside ecmpctl's routes" \
	deleted "objects are deleted, and their numbers used again" \
	meanwhile "what else changes meanwhile"
