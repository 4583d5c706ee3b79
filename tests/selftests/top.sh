#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2016 # run_tests calls the functions; eval
#
# top: rates, shares and health as packets and paths make them, on terminals of
# several sizes and without one.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

setup() {
	topology 3
	# Uplinks of weights 2, 1 and 1; in main the first alone.
	tutorial 3 | sed "s|dev wan1 table ecmp|& weight 2|" | load_config
}

# shown: what top prints of its time while connections come and go.
shown() {
	local pid

	traffic flows busy n=100
	ctl "$@" >"$WORK/top" 2>&1 &
	pid=$!
	while kill -0 $pid 2>/dev/null; do
		traffic flows busy n=100
		traffic again more busy
	done
	wait $pid
}

piped() {
	local n

	shown -j top -d 2 -n 1
	check_json "each path, by its weight" "$(<"$WORK/top")" \
		"[.paths[] | select(.family == \"ipv$F\") | .weight_percent] |
			tostring" "[50,25,25]"
	check_json "its table" "$(<"$WORK/top")" .table ecmp
	check_json "all shares" "$(<"$WORK/top")" \
		"[.paths[] | select(.family == \"ipv$F\") | .share_percent] |
			add | . >= 98 and . <= 102" true
	check_json "the first has most" "$(<"$WORK/top")" \
		"[.paths[] | select(.family == \"ipv$F\") |
			.bits_per_second, .packets_per_second] |
			.[0] > .[2] and .[0] > .[4] and .[2] > 0 and
			.[0] > .[1] * 200" true
	check_json "some two seconds" "$(<"$WORK/top")" \
		'.interval_ms | . >= 2000 and . < 20000' true
	# What was counted meanwhile is what the counters say. By its second
	# screen it has read them once before the traffic and once after.
	ctl -j nexthop show >"$WORK/before"
	ip netns exec "$ID-router" ecmpctl -j top -d 1 -n 1000 >"$WORK/top" &
	check_true "a first screen" wait_until 20 has_screens 1
	traffic flows some n=200
	n=$(screens)
	check_true "what came after the traffic" wait_until 20 has_screens $((n + 2))
	kill $!
	wait $! 2>/dev/null || true
	ctl -j nexthop show >"$WORK/after"
	check_true "the rates are those of the counters" jq -e -n \
		--slurpfile a "$WORK/before" --slurpfile b "$WORK/after" \
		--slurpfile t "$WORK/top" '
		([$b[0][].packets] | add) - ([$a[0][].packets] | add) |
		. as $packets |
		([$t[] | ([.paths[].packets_per_second] | add) *
		  .interval_ms / 1000] | add) / $packets | . > 0.9 and . < 1.1'
}

# screens: how many it has printed.
screens() {
	grep -c '"interval_ms"' "$WORK/top"
}

has_screens() {
	[ "$(screens)" -ge "$1" ]
}

screen() {
	shown "-$F" top -d 2
	check_eq "lines" "$(wc -l <"$WORK/top")" 7
	check_true "sums" eval 'sed -n 1p "$WORK/top" |
		grep -Eq "^3 of 3 paths alive, [0-9.]+k? packets/s, [0-9.]+[kM]bit/s"'
	check_true "what is shown" eval 'sed -n 2p "$WORK/top" |
		grep -Eq "^default routes of table ecmp, by path, over 2\.[0-9] s"'
	check_true "a path" grep -Eq \
		"^${GW[1]} +wan1 +alive +[0-9.]+k? +[0-9.]+[kM] .* [0-9]+% of 50%  #+" \
		"$WORK/top"
	check_num "80 columns" "$(wc -L <"$WORK/top")" -le 80
	ctl "-$F" top table main sort dev -d 100ms -n 2 >"$WORK/top"
	check_eq "two screens" "$(grep -c "paths alive" "$WORK/top")" 2
	check_eq "in main one carries" "$(grep -c "of 100%" "$WORK/top")" 2
	check_eq "the others wait" "$(grep -c "wan[23]" "$WORK/top")" 4
}

# A bar ends where the share is, and the weight's mark stands at its half.
bars() {
	on router link set wan2 down
	on router link set wan3 down
	wait_state 2 dead
	wait_state 3 dead
	shown "-$F" top table ecmp -d 2
	check_true "all goes by one path" \
		grep -Eq "wan1 .*100% of 100%  #+\|$" "$WORK/top" ||
		diag "$(<"$WORK/top")"
	check_true "why not by another" \
		grep -q "wan2 *dead: device down" "$WORK/top"
	check_true "how many" grep -q "^1 of 3 paths alive" "$WORK/top"
	wan_up 2
	wan_up 3
}

# terminal ARGUMENT...: of terminal.py.
terminal() {
	check_true "terminal $1" router env TERMINAL_PATIENCE=$((30 * PATIENCE)) \
		python3 -B -E -S "$LIB/terminal.py" "$@" &&
		router env TERMINAL_PATIENCE=$((30 * PATIENCE)) \
		python3 -B -E -S "$LIB/terminal.py" "$@" >"$WORK/screen"
}

on_terminal() {
	terminal 80x24 "wait:^3 of 3 paths alive" "wait:over [0-9.]+ s" show \
		key:q end -- ecmpctl "-$F" top -d 500ms
	check_eq "24 lines" "$(wc -l <"$WORK/screen")" 24
	check_true "a path with its weight" grep -Eq \
		"^${GW[1]} +wan1 +alive .*% of 50%" "$WORK/screen"
	check_eq "the last line has the keys" "$(tail -n 1 "$WORK/screen")" \
		"q quit  t table  s order  d faster  D slower  blank now"
	check_num "no line is wider" "$(wc -L <"$WORK/screen")" -le 80
}

keys() {
	check_true "each key does what it says" router \
		env TERMINAL_PATIENCE=$((30 * PATIENCE)) \
		python3 -B -E -S "$LIB/terminal.py" 80x24 \
		"wait:table ecmp, by path" key:s "wait:by packets" \
		key:s "wait:by bits" key:s "wait:by connections" \
		key:s "wait:by dev" key:s "wait:by path" \
		key:t "wait:^all paths" "none:% of" key:t "wait:table main" \
		key:t "wait:table ecmp" key:D key:D key:D "wait:over [4-9]" \
		key:ddd key:q end -- ecmpctl "-$F" top -d 1
	check_true "so many screens" router \
		env TERMINAL_PATIENCE=$((30 * PATIENCE)) \
		python3 -B -E -S "$LIB/terminal.py" 80x24 \
		"wait:paths alive" end -- ecmpctl top -d 200ms -n 3
	check_true "an interrupt leaves a terminal in order" router \
		env TERMINAL_PATIENCE=$((30 * PATIENCE)) \
		python3 -B -E -S "$LIB/terminal.py" 80x24 \
		"wait:paths alive" $'key:\x03' end -- ecmpctl top
}

narrow() {
	terminal 80x24 "wait:^3 of 3 paths" size:44x10 "wait:wan3" \
		"none:gateway.*weight" show size:20x5 "wait:3 of 3 paths" show \
		size:100x30 "wait:weight" show key:q end -- \
		ecmpctl "-$F" top -d 300ms
	check_true "the paths stay, gateways go" grep -Eq "^wan1 +alive" \
		"$WORK/screen"
	check_true "and come back" grep -Eq "^${GW[1]} +wan1 .*[#.|]{20}" \
		"$WORK/screen"
}

refused() {
	check_fail "a table without a default" \
		"table \"none-such\" has no default route" \
		ctl top table none-such
	check_fail "a terminal that is not known" \
		"the terminal \"bogus\" is not known here" \
		router env TERMINAL=bogus python3 -B -E -S "$LIB/terminal.py" \
		80x24 "wait:not known here" show end -- ecmpctl top
	ctl set enabled no
	check_true "that it is off is told" eval \
		'ctl top -d 100ms | grep -q ", ecmp is off$"'
	ctl set enabled yes
	check_true "others may look" router setpriv --reuid 65534 \
		--clear-groups --inh-caps=-all ecmpctl top -d 100ms
}

# Connections, where they are pinned.
connections() {
	conntrack on
	traffic flows pinned n=40
	check_json "are counted" "$(ctl -j top -d 100ms)" \
		"[.paths[] | select(.family == \"ipv$F\") | .connections] |
			add >= 40" true
	check_true "and told" eval \
		'ctl "-$F" top -d 100ms | sed -n 1p | grep -Eq ", [4-9][0-9]+ connections|, [1-9][0-9]{2,} conn"'
	conntrack off
}

run_families \
	setup "uplinks of weights 2, 1 and 1" \
	piped "rates and shares, for programs" \
	screen "one screen without a terminal" \
	bars "what is dead, and a share of all" \
	on_terminal "80 columns and 24 lines" \
	keys "keys" \
	narrow "a terminal that becomes narrow, and wide again" \
	connections "connections" \
	4:refused "what cannot be shown"
