#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_tests calls the functions
#
# The kernel takes packets from a device in batches, and lets a packet that
# has no route yet inherit that of the one before it if both go to the same
# address. With rules by source that would be wrong: each packet of a batch
# must take its own path.
#
#  192.168.10.11 -.                .- wan1
#  192.168.10.12 -+- lan10, router +- wan2
#  192.168.10.13 -'                '- wan3      all to 198.18.0.1
#
# A veth hands packets over in batches if it runs NAPI (GRO is on, and its peer
# does not segment for it) and its poll, in a thread of its own here, finds
# more than one packet waiting.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

TRACING=/sys/kernel/tracing
N=3000

setup() {
	topology 3
	in_ns lan10 ethtool -K lan10 tso off
	router ethtool -K lan10 gro on
	# Of the namespace's sysfs: "ip netns exec" mounts it.
	# shellcheck disable=SC2016 # expands in there
	router bash -c 'echo 1 >/sys/class/net/lan10/threaded'
	on router "-$F" route add "$ANY" via "${GW[3]}" dev wan3
	load_config <<-END
		table add t1
		table add t2
		table add t3
		route add $ANY via ${GW[1]} dev wan1 table t1
		route add $ANY via ${GW[2]} dev wan2 table t2
		route add $ANY via ${GW[3]} dev wan3 table t3
		rule add from ${LAN10}11 lookup t1
		rule add from ${LAN10}12 lookup t2
		rule add from ${LAN10}13 lookup t3
	END
	# Calls of the function that takes a batch.
	[ -e "$TRACING/kprobe_events" ] || mount -t tracefs tracefs "$TRACING"
	echo "p:selftest/batch $([ "$F" = 4 ] && echo ip || echo ipv6)_list_rcv" \
		>"$TRACING/kprobe_events"
	echo 1 >"$TRACING/events/selftest/batch/enable"
}

batches() {
	awk '$1 == "batch" { print $2 }' "$TRACING/kprobe_profile"
}

# send MAP SOURCES: N packets, the sources taking turns. One in ten at least must
# have followed another one in a batch, or nothing was tested; on a busy host most
# come alone.
send() {
	local before calls

	before=$(batches)
	traffic flows "$1" n="$N" sport=5000 dst="${SINK}1" src="$2" || return
	calls=$(($(batches) - before))
	diag "$N packets in $calls batches"
	check_num "batches" "$calls" -ge 1
	check_num "packets that followed another" $((N - calls)) -ge $((N / 10))
}

# path MAP I LABEL: the I-th source's packets, all of them.
path() {
	traffic flow "$1" "$2"
	check_eq "${R[src]}" "${R[label]}" "$3"
}

lookups() {
	send m "${LAN10}11+3"
	check_flows m
	check_eq "a third each" \
		"${R[wan1]:-0} ${R[wan2]:-0} ${R[wan3]:-0}" \
		"$((N / 3)) $((N / 3)) $((N / 3))"
	traffic classes m key=src
	check_eq "sources with more than one path" \
		"${R[classes]} ${R[split]}" "3 0"
	path m 0 wan1
	path m 1 wan2
	path m 2 wan3
}

# A packet that is left to the kernel comes without a route to the place where
# it could inherit one.
native() {
	ctl rule set 1 native
	send m "${LAN10}11+2"
	check_flows m
	traffic classes m key=src
	check_eq "sources with more than one path" \
		"${R[classes]} ${R[split]}" "2 0"
	path m 0 wan1
	path m 1 wan3
	# And the other way round: ours after one that is the kernel's.
	ctl rule move 1 before 0
	send m "${LAN10}11+2"
	path m 0 wan1
	path m 1 wan3
}

# What is refused is not let through as its neighbour was.
refused() {
	ctl rule set 0 drop
	send m "${LAN10}11+2"
	check_eq "the one is forwarded, the other dropped" \
		"${R[wan1]:-0} ${R[lost]}" "$((N / 2)) $((N / 2))"
	path m 0 wan1
	path m 1 none
}

end() {
	echo 0 >"$TRACING/events/selftest/batch/enable"
	echo "-:selftest/batch" >>"$TRACING/kprobe_events"
}

run_families \
	setup "batches of several sources" \
	lookups "each source takes its own path" \
	native "beside what is left to the kernel" \
	refused "beside what is dropped" \
	end "the trace is switched off"
