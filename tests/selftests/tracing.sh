#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_tests calls the functions
#
# perf, bpftrace and trace-cmd follow the tracepoints, by the lines that
# ecmpctl(8) gives as examples. What the events tell see.sh holds against
# packets.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

MANUAL=$(dirname "$0")/../../tools/ecmpctl/ecmpctl.8
TRACING=/sys/kernel/tracing
TRIES=6

setup() {
	topology 3
	[ -e "$TRACING/trace" ] || mount -t tracefs tracefs "$TRACING"
	{
		tutorial 3
		echo "rule add to 203.0.113.0/24 drop at 0"
	} | load_config
}

# example PROGRAM: what the manual has for it, in one line.
example() {
	sed -nE "/^# $1 /{ s/^# //; :more; /\\\\e\$/{ N; s/\\\\e\n +/ /; b more }; p }" \
		"$MANUAL"
}

# followed PROGRAM FUNCTION: while the example runs, from when it says so or
# soon after, FUNCTION makes events; then it is interrupted, as a person does.
# What it said is in $WORK/said. A slow machine may begin to follow only when
# they are over: then again, with more of them.
followed() {
	local i n=1 line pid

	line=$(example "$1")
	check_num "$1: an example" "${#line}" -gt 20
	for ((i = 0; i < TRIES; i++)); do
		(cd "$WORK" && eval "exec $line") >"$WORK/said" 2>&1 &
		pid=$!
		wait_until 60 begun "$1" "$pid"
		repeat "$n" "$2"
		kill -INT "$pid"
		wait "$pid" 2>/dev/null || true
		! "seen_by_${1//-/_}" || return 0
		n=$((n * 2))
	done
	fail "$1 saw no event: $line"
	diag "$(tail -n 20 "$WORK/said")"
}

begun() {
	case $1 in
	bpftrace)	grep -q Attaching "$WORK/said" ;;
	trace-cmd)	grep -qx 1 "$TRACING"/events/ecmp/ecmp_decision/enable ;;
	perf)		find "/proc/$2/fd" -lname '*perf_event*' | grep -q . ;;
	esac
}

repeat() {
	local i

	for ((i = 0; i < $1; i++)); do
		"$2"
	done
}

packets() {
	traffic flows t n=30
	# This one is dropped by a rule.
	traffic flows d n=1 dst=203.0.113.1
}

deaths() {
	wan_down 2
	wan_up 2
	ctl rule add drop
}

seen_by_bpftrace() {
	[ "$(grep -cE '^@\[[1-9][0-9]*\]: [1-9]' "$WORK/said")" -ge 3 ]
}

seen_by_perf() {
	grep -q 'ecmp:ecmp_nexthop_state.*device=wan2.*state=dead reason=down' \
		"$WORK/said" && grep -q 'ecmp:ecmp_publish.*rules=' "$WORK/said"
}

seen_by_trace_cmd() {
	trace-cmd report -i "$WORK/trace.dat" >"$WORK/said" 2>&1
	grep -q 'ecmp_decision:.*verdict=drop' "$WORK/said"
}

counted() {
	local device

	followed bpftrace packets
	for device in wan1 wan2 wan3; do
		check_true "packets by $device" grep -qE \
			"^@\[$(router cat "/sys/class/net/$device/ifindex")\]: [1-9]" \
			"$WORK/said"
	done
}

listed() {
	followed perf deaths
	check_true "its gateway" grep -q \
		'ecmp_nexthop_state.*gateway=::ffff:10.1.2.1' "$WORK/said"
}

filtered() {
	followed trace-cmd packets
	check_eq "what is forwarded is left out" \
		"$(grep -c 'verdict=forward' "$WORK/said" || true)" 0
}

run_tests \
	setup "the network is there" \
	counted "bpftrace counts packets by interface" \
	listed "perf lists deaths and publications" \
	filtered "trace-cmd records what is not forwarded"
