# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What is left of what was there, and how long it took to go. Sourced after
# lib.sh.
#
#  dsts            objects in the slabs that routes of packets are made from,
#                  of both families, which they may share with other kinds
#  unreclaimable   kilobytes in slabs that nobody gives back
#  at_most COUNT N is what COUNT prints at most N? for wait_until
#  milliseconds COMMAND...   how long it takes, in TOOK; it must succeed
#  bound           in BOUND, the milliseconds within which a device must go: two
#                  seconds, and what a slow machine needs for one that nothing
#                  uses

# Shrinking makes the count exact. The name of IPv4's changed in 6.9.
dsts() {
	local objects n=0 slab

	for slab in ip_dst_cache rtable ip6_dst_cache; do
		slab=/sys/kernel/slab/$slab
		[ -e "$slab" ] || continue
		echo 1 >"$slab"/shrink
		read -r objects _ <"$slab"/objects
		n=$((n + objects))
	done
	echo "$n"
}

unreclaimable() {
	sed -n 's/^SUnreclaim: *\([0-9]*\) kB/\1/p' /proc/meminfo
}

at_most() {
	[ "$("$1")" -le "$2" ]
}

milliseconds() {
	local start=${EPOCHREALTIME/./}

	"$@" || fail "${*@Q}"
	TOOK=$(((${EPOCHREALTIME/./} - start) / 1000))
}

# shellcheck disable=SC2034 # the tests read it
bound() {
	on router link add plain up type dummy
	on router address add 10.2.0.1/24 dev plain
	milliseconds on router link del plain
	BOUND=$((2000 + 5 * TOOK))
}
