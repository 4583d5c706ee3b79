#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_tests calls the functions
#
# Transactions, dumps and notifications: several programs that configure and
# watch one router.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

setup() {
	topology 3
	base
}

base() {
	load_config <<-END
		set pin none
		table add T
		route add default via 10.1.1.1 dev wan1 table T
		rule add lookup T comment old
	END
}

raw() {
	local output

	base
	output=$(router python3 -B -E -S "$LIB/transaction.py" "$1" 2>&1) ||
		fail "transaction.py $1"
	[ -z "$output" ] || diag "$output"
}

life() { raw life; }
death() { raw death; }
shared() { raw shared; }
dumps() { raw dumps; }
notify() { raw notify; }

# --- ecmpctl monitor -----------------------------------------------------

# A change is made until the monitor is heard: from then on it misses none.
monitor_start() {
	: >"$WORK/monitor"
	# Appended, or what is cut off below comes back as zeros.
	ip netns exec "$ID-router" ecmpctl "$@" monitor >>"$WORK/monitor" \
		2>&1 &
	MONITOR=$!
	check_true "the monitor speaks" wait_until 10 monitor_speaks
	: >"$WORK/monitor"
}

monitor_speaks() {
	ctl table add speak
	ctl table del speak
	grep -q speak "$WORK/monitor"
}

monitor_end() {
	kill "$MONITOR" || true
	wait "$MONITOR" || true
}

# says PATTERN WORD...: after this command the monitor has a new line with it.
says() {
	local pattern=$1 before
	shift

	before=$(wc -l <"$WORK/monitor")
	"$@" >/dev/null
	check_true "the monitor says $pattern after: $*" \
		wait_until 5 new_line "$before" "$pattern"
}

new_line() {
	tail -n "+$(($1 + 1))" "$WORK/monitor" | grep -Eq "$2"
}

all_kinds() {
	local net="203.0.113.0/24 via 10.1.2.1 dev wan2 table N"

	# shellcheck disable=SC2086 # words
	{
		says "N" ctl table add N
		says "N.*l4" ctl table set N hash-policy l4
		says "N.*l4.*round-robin" \
			ctl table set N balance round-robin
		says "203.0.113.0/24" ctl route add $net
		says "203.0.113.0/24.*7" ctl route set $net distance 7
		says "203.0.113.0/24" ctl route replace $net
		says "203.0.113.0/24" ctl route disable $net
		says "203.0.113.0/24" ctl route enable $net
		says "wan2.*dead" ctl nexthop set 10.1.2.1 dev wan2 state dead
		says "wan2" ctl nexthop set 10.1.2.1 dev wan2 state auto
		says "wan2.*dead" on router link set wan2 down
		says "wan2.*alive" on router link set wan2 up
		says "203.0.113.0/24" ctl route del $net
	}
	says "new" ctl rule add lookup N comment new
	says "tcp.*new" ctl rule set new ipproto tcp
	says "new" ctl rule move new before 0
	says "new" ctl rule disable new
	says "new" ctl rule enable new
	says "." ctl rule del new
	says "N" ctl table del N
	says "settings" ctl set hash-policy l4
	says "." ctl load "$WORK/config"
}

monitor_text() {
	base
	monitor_start
	all_kinds
	# Reading is no change.
	: >"$WORK/monitor"
	ctl show >/dev/null
	ctl get 198.18.0.1 >/dev/null
	says N ctl table add N
	check_num "lines for one change" "$(wc -l <"$WORK/monitor")" -le 2
	ctl table del N
	monitor_end
}

# One JSON value a line.
monitor_json() {
	base
	monitor_start -j
	all_kinds
	monitor_end
	check_num "lines" "$(wc -l <"$WORK/monitor")" -ge 20
	check_eq "objects, one a line" \
		"$(jq -r type "$WORK/monitor" | grep -c object)" \
		"$(grep -c '^{.*}$' "$WORK/monitor")"
	check_eq "nothing else" "$(grep -cv '^{.*}$' "$WORK/monitor" || true)" 0
}

# A load that is killed with its transaction open leaves nothing behind, and
# does not stand in the way of the next.
killed_load() {
	local before load

	base
	before=$(ctl save)
	mkfifo "$WORK/slow"
	ip netns exec "$ID-router" ecmpctl load - <"$WORK/slow" &
	load=$!
	{
		echo "table add N"
		kill -KILL "$load"
	} >"$WORK/slow"
	wait "$load" || true
	check_eq "nothing was changed" "$(ctl save)" "$before"
	check_true "the next load" ctl load "$WORK/config"
}

# The module goes while one is open and a monitor listens.
unloaded() {
	local line

	base
	monitor_start
	mkfifo "$WORK/hold.ask" "$WORK/hold.answer"
	ip netns exec "$ID-router" python3 -B -E -S "$LIB/transaction.py" \
		hold <"$WORK/hold.ask" >"$WORK/hold.answer" &
	exec {ASK}>"$WORK/hold.ask" {ANSWER}<"$WORK/hold.answer"
	read -r -t 20 -u "$ANSWER" line
	check_eq "a transaction is open" "$line" open
	unload_module
	load_module
	base
	traffic flows m n=20
	check_eq "the new configuration" "${R[wan1]:-0}" 20
	exec {ASK}>&-
	while read -r -t 20 -u "$ANSWER" line; do
		fail "the old transaction: $line"
	done
	exec {ANSWER}<&-
	monitor_end
	traffic flows m n=20
	check_eq "the new configuration is in force" "${R[wan1]:-0}" 20
}

run_tests \
	setup "the network is there" \
	life "begin, look up, abort, commit" \
	death "a transaction dies with its socket" \
	shared "two threads with one socket" \
	dumps "dumps that are overtaken" \
	notify "notifications of every kind of change" \
	monitor_text "ecmpctl monitor" \
	monitor_json "ecmpctl -j monitor" \
	killed_load "a load that is killed" \
	unloaded "the module goes while a transaction is open"
