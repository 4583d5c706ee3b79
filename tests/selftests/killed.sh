#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_tests calls the functions
#
# Every command of ecmpctl is killed (SIGKILL) at its steps: what is configured
# is what was before or what is after, never something between, and nothing
# stands in the way of the next command.
#
# KILLS is at how many steps of each command, chosen at random (2), or "all",
# which takes ten minutes.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

setup() {
	topology 2
	cat >"$WORK/a" <<-END
		set hash-seed $SEED
		set pin none
		table add t
		table add spare
		route add default via 10.1.1.1 dev wan1 table t
		route add default via 10.1.2.1 dev wan2 table t distance 2
		rule add lookup main min-prefix 0
		rule add from 192.168.10.0/24 lookup t comment lan
		rule add from 192.168.20.0/24 lookup t
	END
	cat >"$WORK/b" <<-END
		set hash-policy l4
		set hash-seed $SEED
		table add u
		route add default via 10.1.2.1 dev wan2 table u
		route add 203.0.113.0/24 via 10.1.1.1 dev wan1 table u
		rule add lookup u comment b
	END
	cat >"$WORK/router.rsc" <<-END
		/routing table add fib name=ecmp
		/ip route add dst-address=0.0.0.0/0 gateway=10.1.1.1 routing-table=ecmp
		/routing rule add action=lookup src-address=192.168.0.0/24 table=ecmp
	END
	check_true "a can be loaded" ctl load "$WORK/a"
	check_true "and b" ctl load "$WORK/b"
}

raw() {
	router python3 -B -E -S "$LIB/killed.py" "$1" "$SEED" "${KILLS:-2}" \
		"$WORK" 2>&1 | sed -u 's/^/# /' || fail "killed.py $1"
}

commands() { raw commands; }
confirm() { raw confirm; }

works() {
	ctl load "$WORK/a"
	traffic flows m n=60
	check_eq "as it is told" "${R[wan1]:-0}" 60
	check_eq "references to the module" \
		"$(cat /sys/module/ecmp/refcnt)" 0
}

run_tests \
	setup "the network is there" \
	commands "every command is killed" \
	confirm "what waits to be confirmed is killed" \
	works "packets run afterwards"
