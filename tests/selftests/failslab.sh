#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_tests calls the functions
#
# Allocations fail at random while everything is changed: commands, whole
# configurations, the kernel's routes, addresses, devices, namespaces. A
# command may be refused; the kernel may not stumble, and afterwards the
# same configuration does what it always does. (faults.sh lets each allocation
# fail once, on kernels without fault injection; here they fail in any
# combination, on a kernel that watches memory and locks.)
#
# Needs CONFIG_FAILSLAB and CONFIG_FAULT_INJECTION_STACKTRACE_FILTER, as in the
# machines of tests/vm/run -k uml-debug. FAILSLAB_ROUNDS: how many changes.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

FAILSLAB=/sys/kernel/debug/failslab
ROUNDS=${FAILSLAB_ROUNDS:-250}
MOST=1000000

if [ ! -e "$FAILSLAB/require-start" ]; then
	printf 'TAP version 13\n1..0 # SKIP no fault injection in this kernel\n'
	exit 4
fi
RANDOM=$((SEED % 32768))

failslab_cleanup() {
	local status=$?

	echo 0 >"$FAILSLAB/probability"
	(exit "$status")
	cleanup
}

setup() {
	trap failslab_cleanup EXIT
	topology 3
	{
		tutorial 3
		echo "table add spare"
		echo "route add 203.0.113.0/24 via 10.1.2.1 dev wan2 table spare"
		echo "rule add from 192.168.10.0/24 to 203.0.113.9 lookup spare at 0"
	} | load_config
	ctl save >"$WORK/saved"
	masquerade
	# Only what ecmp allocates, itself or through what it calls.
	awk '$4 == "[ecmp]" && $3 ~ /^[tT]$/ { print $1 }' /proc/kallsyms |
		sort >"$WORK/text"
	echo "0x$(head -n 1 "$WORK/text")" >"$FAILSLAB/require-start"
	echo $((0x$(tail -n 1 "$WORK/text") + 4096)) >"$FAILSLAB/require-end"
	echo 32 >"$FAILSLAB/stacktrace-depth"
	echo N >"$FAILSLAB/ignore-gfp-wait"
	echo N >"$FAILSLAB/task-filter"
	echo 0 >"$FAILSLAB/verbose"
	echo 0 >"$FAILSLAB/space"
	echo 1 >"$FAILSLAB/interval"
}

# some FIRST LAST: a number.
some() {
	echo $(($1 + RANDOM % ($2 - $1 + 1)))
}

change() {
	local i x table=ecmp

	i=$(some 1 3) x=$(some 1 20)
	[ $((RANDOM % 2)) = 0 ] || table=main
	case $(some 1 18) in
	1)	ctl route add "203.0.113.$x" via "10.1.$i.1" table "$table" ;;
	2)	ctl route add "203.0.113.$x" via "10.1.$i.1" dev "wan$i" \
			table "$table" weight "$x" ;;
	3)	ctl route replace "203.0.113.$x" via "10.1.$i.1" dev "wan$i" \
			table "$table" distance "$x" ;;
	4)	ctl route del "203.0.113.$x" table "$table" ;;
	5)	ctl rule add from "10.9.$x.0/24" lookup "$table" comment "c$x" ;;
	6)	ctl rule del "c$x" ;;
	7)	ctl load "$WORK/config" ;;
	8)	ctl table add "t$x" kernel "10$x" ;;
	9)	ctl table del "t$x" ;;
	10)	ctl set hash-policy "l$((RANDOM % 2 + 3))" ;;
	11)	ctl -j route show ;;
	12)	ctl get 203.0.113.1 from 192.168.10.5 iif lan10 ;;
	13)	on router route replace "100.64.$x.0/24" \
			nexthop via 10.1.1.1 nexthop via "10.1.$i.1" ;;
	14)	on router route del "100.64.$x.0/24" ;;
	15)	on router link set "wan$i" down
		on router link set "wan$i" up ;;
	16)	on router address replace "10.2.$x.1/24" dev lan20
		on router address del "10.2.$x.1/24" dev lan20 ;;
	17)	ip netns add "$ID-new"
		in_ns new ecmpctl table add t
		in_ns new ecmpctl rule add lookup main
		ip netns del "$ID-new" ;;
	18)	on router link add dummy9 type dummy
		ctl route add "198.51.100.$x" dev dummy9
		on router link set dummy9 up
		on router link del dummy9 ;;
	esac
}

soak() {
	local n status left

	echo "$MOST" >"$FAILSLAB/times"
	echo "$1" >"$FAILSLAB/probability"
	for ((n = 0; n < ROUNDS; n++)); do
		status=0
		change >"$WORK/out" 2>&1 || status=$?
		# Refused, or of a namespace or device that is not there.
		[ "$status" -lt 124 ] || fail "status $status: $(cat "$WORK/out")"
		if [ $((n % 25)) = 0 ]; then
			ctl get 203.0.113.1 from 192.168.10.5 iif lan10 \
				>/dev/null 2>&1 || true
			in_ns lan10 ping -c 3 -i 0.1 -W 1 45.57.94.1 \
				>/dev/null 2>&1 || true
		fi
	done
	echo 0 >"$FAILSLAB/probability"
	left=$(cat "$FAILSLAB/times")
	check_num "allocations that failed" $((MOST - left)) -gt $((ROUNDS / 10))
	diag "$((MOST - left)) allocations failed"
}

# Refusals apart, nothing may be left of it.
whole() {
	local i x

	for ((x = 1; x <= 20; x++)); do
		on router route del "100.64.$x.0/24" 2>/dev/null || true
		on router address del "10.2.$x.1/24" dev lan20 2>/dev/null || true
	done
	ip netns del "$ID-new" 2>/dev/null || true
	on router link del dummy9 2>/dev/null || true
	for i in 1 2 3; do
		on router link set "wan$i" up
	done
	ctl load "$WORK/config"
	check_output "the configuration is what it was" \
		"$(cat "$WORK/saved")" ctl save
	for i in 1 2 3; do
		wait_state "$i" alive
	done
	check_buckets
	traffic flows m n=100
	check_flows m
}

rarely() { soak 2; }
often() { soak 20; }

ended() {
	unload_module
	check_true "the module is gone" test ! -e /sys/module/ecmp
}

run_tests \
	setup "the network is there" \
	rarely "one allocation of fifty fails" \
	whole "all is well again" \
	often "one of five" \
	whole "all is well again after that" \
	ended "the module can be removed"
