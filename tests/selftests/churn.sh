#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_tests calls the functions
#
# Two CPUs of packets, while all that is around them comes and goes: routes,
# rules, tables, whole configurations, the kernel's routes, devices, namespaces,
# conntrack, programs that are killed, and the module itself. Packets whose path
# was allowed all the time are counted: sent equals received.
#
#  lan10 --.          .-- wan1 ... wan3 -- inet    these stay, and one of them
#          +- router -+                            is the kernel's default
#  lan20 --'          '-- ext1 ... ext3 -- far     these do not;
#                                                  store: where they are moved
#
# CHURN_SECONDS is how long (12; "make test-load": ten minutes). ECMP_SEED=N
# does the same things in the same order, but not at the same moments.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=left.bash
. "$LIB/left.bash"
# shellcheck source=steady.bash
. "$LIB/steady.bash"

BOTH=yes
SECS=${CHURN_SECONDS:-12}
# For a module to be removed while everybody talks to it, in milliseconds.
REMOVED=$((30000 * PATIENCE))

setup() {
	steady 3
	add_ns far store
}

# work SECONDS [WORKER...]
work() {
	local seconds=$1
	shift

	rm -f "$WORK"/log-*
	senders_start
	python3 -B -E -S "$LIB/churn.py" "$ID" "$SEED" "$seconds" "$WORK/log" \
		"$@" >"$WORK/told" 2>&1 || fail "churn.py"
	diag "$(<"$WORK/told")"
	senders_end "while ${*:-everything} changes" $((seconds * 20))
}

paths() {
	work $((SECS < 80 ? SECS / 4 : 20)) Paths
	ctl load /dev/null
}

churn() {
	work "$SECS"
}

# What is left works, once it is told what to do.
works() {
	# Of the kernel's rules that are left it warns.
	ctl load /dev/null 2>/dev/null
	check_goes "nothing is configured"
	load_config 2>/dev/null <<-END
		table add t
		route add default via 10.1.2.1 dev wan2 table t
		route add default via 2001:db8:a2::1 dev wan2 table t
		rule add lookup t
	END
	traffic flows m n=64
	check_eq "as it is told" "${R[wan2]:-0}" 64
}

# One after the other gives its devices back, and the module ends.
ends() {
	local name device

	check_eq "references to the module" \
		"$(cat /sys/module/ecmp/refcnt)" 0
	for device in $(on router -br link show type veth | cut -d @ -f 1); do
		[[ $device == lan* ]] || check_removed "$device"
	done
	for name in store far; do
		milliseconds ip netns del "$ID-$name"
	done
	milliseconds unload_module
	check_num "the module is removed within" "$TOOK" -lt "$REMOVED"
	check_true "the module is gone" test ! -e /sys/module/ecmp
	check_eq "slabs of the module" \
		"$(find /sys/kernel/slab -name '*ecmp*')" ""
}

check_removed() {
	bound
	milliseconds on router link del "$1"
	check_num "$1 is removed within" "$TOOK" -lt "$BOUND"
}

run_tests \
	setup "the network is there" \
	paths "one path of two comes and goes, and no packet is lost" \
	churn "everything changes for $SECS seconds, and no packet is lost" \
	works "what is left works" \
	ends "devices and the module can be removed"
