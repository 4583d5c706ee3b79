# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Three tables, each with a default route by a WAN of its own, so that the wire
# tells the table. Sourced after lib.sh.
#
#   config              loads them, and the rules that come on stdin
#   goes WAN [SPEC]     three packets (traffic flows) take this wire; 0: none
#   ready DEVICE        in the namespace of its name: waits until it is up

config() {
	local i

	{
		for i in 1 2 3; do
			echo "table add t$i"
			echo "route add $ANY via ${GW[i]} dev wan$i table t$i"
		done
		cat
	} | load_config
}

goes() {
	local wan=$1
	shift

	traffic flows m n=3 "$@" || return
	if [ "$wan" = 0 ]; then
		check_eq "no WAN: $*" "${R[got]}" 0
	else
		check_eq "wan$wan: $*" "${R[got]} ${R["wan$wan"]:-0}" "3 3"
	fi
}

ready() {
	check_true "$1 is up" wait_until 5 carries "$1"
}

carries() {
	on "$1" link show dev "$1" | grep 'state UP'
}
