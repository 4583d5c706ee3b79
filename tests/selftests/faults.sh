#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_tests calls the functions
#
# Out of memory, everywhere: each allocation that a command, a notifier, a
# work or the loading of the module makes fails once. ecmp_fault.ko (see
# tests/fault) makes it fail, and counts what is not freed.
#
# What is left is told, not judged: on 6.1 some frees go unseen by the probes. A
# debug kernel (tests/vm/source-kernel) injects faults itself and knows exactly what
# is left; and there a reader can be made to stand still in the module.
#
# Environment: ECMP_FAULT_KO is the path of ecmp_fault.ko. FAULTS_STEP=1 tries
# every allocation; the default skips some of the many of the slow groups.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

FAULT=/sys/module/ecmp_fault/parameters
INJECT=/sys/kernel/debug
[ -d $INJECT/failslab ] || INJECT=

fault_cleanup() {
	local status=$?

	[ ! -e "$FAULT" ] || rmmod ecmp_fault
	(exit "$status")
	cleanup
}

load_fault() {
	if [ -z "$INJECT" ]; then
		insmod "$ECMP_FAULT_KO"
		return
	fi
	echo N | tee $INJECT/fail{slab,_page_alloc}/ignore-gfp-wait \
		$INJECT/fail_page_alloc/ignore-gfp-highmem >/dev/null
	echo 0 >$INJECT/fail_page_alloc/min-order
	insmod "$ECMP_FAULT_KO" "slab=0x$(address failslab)" \
		"page=0x$(address fail_page_alloc)"
}

# address NAME: where the kernel has it.
address() {
	awk -v name="$1" '$3 == name { print $1; exit }' /proc/kallsyms
}

setup() {
	load_fault
	trap fault_cleanup EXIT
	topology 3
	on router link set wan1 up
	set_sysctl router net/ipv6/conf/wan1/disable_ipv6=0 \
		net/ipv6/conf/wan2/disable_ipv6=0 \
		net/ipv6/conf/lan0/disable_ipv6=0
	{
		echo "address add fd01::2/64 dev wan1 nodad"
		echo "address add fd02::2/64 dev wan2 nodad"
	} | on router -batch -
	{
		tutorial 3
		echo "table add spare"
		echo "route add 203.0.113.0/24 via 10.1.2.1 dev wan2 table spare"
		echo "rule add lookup ecmp comment last"
		# What follows devices, addresses and the kernel's defaults.
		echo "table add follows"
		echo "route add 198.51.100.0/24 via 192.0.2.9 table follows"
		echo "route add 198.51.101.0/24 via kernel dev wan2 table follows"
		echo "route add 198.51.102.0/24 via 192.0.2.9 dev other table follows"
		echo "rule add iif other drop comment iif at 0"
		echo "distance dev wan2 30"
	} | load_config 2>"$WORK/warnings" || fail "$(cat "$WORK/warnings")"
	restore >"$WORK/restore"
	# Counters that are not 0.
	traffic flows m n=30
	check_eq "packets run" "${R[got]}" 30
}

# What stalled.py makes the uplinks anew with, in the router.
restore() {
	local i

	for i in 1 2 3; do
		cat <<-END
			[ -e /sys/class/net/wan$i ] || {
				ip link add wan$i type veth peer wan$i netns $ID-inet
				ip -n $ID-inet -batch - <<-LINES
					$(wan_far $i)
				LINES
				echo $((i > 2)) >/proc/sys/net/ipv6/conf/wan$i/disable_ipv6
			}
			ip link set wan$i up
			ip address replace 10.1.$i.2/24 dev wan$i
		END
	done
	echo "ip -6 address replace fd01::2/64 dev wan1 nodad"
	echo "ip -6 address replace fd02::2/64 dev wan2 nodad"
}

fault() {
	echo "$2" >"$FAULT/$1"
}

live() {
	if [ -n "$INJECT" ]; then
		# Of the module that is there, or was.
		python3 -B -E -S "$LIB/faults.py" objects "$WORK/objects"
	else
		cat "$FAULT/live"
	fi
}

# Nothing more than before, but for what was freed unseen (see ecmp_fault.c).
live_is() {
	[ "$(live)" -le $(($1 + $(cat "$FAULT/missed" 2>/dev/null || echo 0))) ]
}

# tell_left WHAT: waits until no more is left than LIVE, or says what.
tell_left() {
	wait_until 5 live_is "$LIVE" && return
	if [ -n "$INJECT" ]; then
		fail "$(live) objects instead of $LIVE $1"
		diag "$(diff "$WORK/objects.before" "$WORK/objects")"
	else
		diag "left $1:" "$(cat "$FAULT/left" "$FAULT/missed")"
	fi
}

# group NAME STEP [PROGRAM]: a group of faults.py, or of another one.
group() {
	# What debugs is not mounted in another namespace.
	# shellcheck disable=SC2016 # expands in there
	router env FAULTS_STEP="${FAULTS_STEP:-$2}" \
		bash -c '[ ! -d /sys/kernel/debug ] ||
			mount -t debugfs debugfs /sys/kernel/debug
			exec python3 -B -E -S "$@"' group \
		"$LIB/${3:-faults.py}" "$1" "$WORK/config" 2>&1 |
		sed -u 's/^/# /' || fail "${3:-faults.py} $1"
}

# step N M: N where the kernel injects faults itself, M where probes take the
# time.
step() {
	if [ -n "$INJECT" ]; then
		echo "$1"
	else
		echo "$2"
	fi
}

commands() { group commands "$(step 1 9)"; }
first() { group first "$(step 1 9)"; }
load() { group load "$(step 1 9)"; }
reads() { group reads "$(step 1 5)"; }
lasting() { group lasting 1; }
kernel() { group kernel "$(step 20 120)" faults_kernel.py; }
checks() { group checks "$(step 1 15)" faults_kernel.py; }

# attempts WHAT STEP COMMAND...: with each allocation failing, until COMMAND
# succeeds without.
attempts() {
	local what=$1 step=${FAULTS_STEP:-$2} n=1 hit=1
	shift 2

	fault times 1
	while [ "$hit" -gt 0 ] && [ "$n" -lt 1000 ]; do
		fault nth "$n"
		"$@"
		hit=$(cat "$FAULT/failed")
		fault nth 0
		after_attempt
		n=$((n + (n < 4 ? 1 : step)))
	done
	check_num "$what: the end was reached" "$n" -lt 1000
	check_num "$what: something failed" "$n" -gt 2
	[ -z "$INJECT" ] || tell_left "after $what"
	diag "$what: the last was number $n"
}

namespace() {
	if ! ip netns add "$ID-new" 2>/dev/null; then
		[ "$(cat "$FAULT/failed")" -gt 0 ] ||
			fail "ip netns add is refused without a failure"
	fi
}

after_attempt() {
	[ ! -e "/run/netns/$ID-new" ] || ip netns del "$ID-new"
	# It takes a debug kernel seconds.
	[ -z "$INJECT" ] || return 0
	tell_left "after one attempt"
	LIVE=$(live)
}

live_before() {
	LIVE=$(live)
	[ -z "$INJECT" ] || cp "$WORK/objects" "$WORK/objects.before"
}

namespaces() {
	live_before
	fault where 1
	attempts "ip netns add" 1 namespace
}

# One that is in use goes; what it needs for that comes by threads.
namespace_ends() {
	fault nth 0
	ip netns add "$ID-new"
	on new link add name wan1 up type dummy
	on new address add 10.1.1.2/24 dev wan1
	on new link set wan1 up
	echo "route add default via 10.1.1.1 dev wan1" |
		in_ns new ecmpctl load -
	fault nth "$n"
	ip netns del "$ID-new"
	if [ -n "$INJECT" ]; then
		# What takes part in namespaces waits until it is gone.
		modprobe ipip && modprobe -r ipip
	else
		tell_left "of the namespace"
	fi
}

ends() {
	live_before

	fault where 2
	attempts "ip netns del" 4 namespace_ends
}

insert() {
	if insmod "$ECMP_KO" 2>/dev/null; then
		rmmod ecmp
	else
		[ "$(cat "$FAULT/failed")" -gt 0 ] ||
			fail "insmod is refused without a failure"
	fi
}

loading() {
	unload_module
	LIVE=0
	: >"$WORK/objects.before"
	tell_left "of the module"
	fault where 1
	attempts insmod 9 insert
	load_module
	ctl load "$WORK/config" 2>"$WORK/warnings"
	traffic flows m n=30
	check_eq "packets run" "${R[got]}" 30
}

nothing_left() {
	local dev

	unload_module
	LIVE=0
	# The kernel keeps with its routes how it was asked to forward.
	for dev in wan1 wan2 wan3 lan0 lan10 lan20; do
		on router link set "$dev" down
	done
	tell_left "of the module"
	check_eq "kept default routes" \
		"$(on router route show default proto 201)" ""
	rmmod ecmp_fault
}

stalled() { group stalled 1 stalled.py; }

# Only where the tracepoints of a packet may be left by others (stall.c).
more=()
[ -z "$INJECT" ] || more=(stalled "a packet stands still while all changes")

run_tests \
	setup "the network is there, and faults can be injected" \
	commands "commands" \
	first "commands where nothing is configured" \
	load "a transaction" \
	reads "what only reads" \
	lasting "what takes away needs no memory" \
	kernel "the kernel's routes, addresses and devices are followed" \
	checks "checks and pins are there in the end" \
	"${more[@]}" \
	namespaces "a namespace is made" \
	ends "a namespace ends" \
	loading "the module is loaded" \
	nothing_left "nothing is left"
