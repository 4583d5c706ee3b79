#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_tests calls the functions
#
# A path dies: its flows move to the others by their weights, nobody else's
# do. It returns: exactly its own flows come home. Without conntrack: what
# pinning adds is another script's.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

N=1500

setup() {
	topology 5
	tutorial 3 | load_config
	traffic flows home n="$N" mode=random seed="$SEED" dport=1-65535 \
		src="${LAN10}2+253"
	check_flows home
	check_buckets
	# shellcheck disable=SC2086 # words
	check_share home $BUCKETS
}

check_home() {
	traffic again now home
	check_flows now
	traffic diff home now
	check_eq "exactly its own flows came home: $(answer)" "${R[same]}" "$N"
}

# dies KILL REVIVE I: wanI of three. The first, the middle and the last one,
# since some ways to hash hurt others only at an end.
dies() {
	"$1" "$3"
	traffic again dead home
	check_flows dead
	check_moved home dead "wan$3"
	check_buckets
	# shellcheck disable=SC2086 # words
	check_share dead $BUCKETS
	"$2" "$3"
	check_home
}

link() { dies wan_down wan_up 2; }
carrier() { dies carrier_lost carrier_back 1; }
device() { dies wan_delete wan_create 3; }

force_dead() { ctl nexthop set "${GW[$1]}" dev "wan$1" state dead; }
force_auto() { ctl nexthop set "${GW[$1]}" dev "wan$1" state auto; }
forced() { dies force_dead force_auto 1; }

# The name goes and comes: the route waits for it.
renamed() { dies rename_away rename_back 2; }
rename_away() {
	on router link set "wan$1" down
	on router link set "wan$1" name elsewhere
	on router link set elsewhere up
	wait_state "$1" dead
}
rename_back() {
	on router link set elsewhere down
	on router link set elsewhere name "wan$1"
	on router link set "wan$1" up
	wait_state "$1" alive
}

# Without the address the gateway is not on-link.
address() { dies address_away address_back 3; }
address_away() {
	on router address del "${NEAR[$1]}/$LEN" dev "wan$1"
	wait_state "$1" dead
}
address_back() {
	on router address add "${NEAR[$1]}/$LEN" dev "wan$1"
	wait_state "$1" alive
}

# Survivors share by weight, whoever it is that died.
weights() {
	local i

	tutorial 5 | sed 's/wan\([1-5]\) table ecmp/& weight \1/' | load_config
	traffic again weighted home
	check_flows weighted
	check_buckets
	for i in 1 5 3; do
		on router link set "wan$i" down
		traffic again dead home
		check_flows dead
		check_moved weighted dead "wan$i"
		check_buckets
		# shellcheck disable=SC2086 # words
		check_share dead $BUCKETS
		on router link set "wan$i" up
		wait_state "$i" alive
	done
	traffic again now home
	traffic diff weighted now
	check_eq "all at home: $(answer)" "${R[same]}" "$N"
}

# Dead at once: when "ip link" returns, no packet takes the path any more.
at_once() {
	on router link set wan1 down
	traffic again dead home
	check_flows dead
	check_moved home dead wan1
	on router link set wan1 up
	wait_state 1 alive
	check_home
}

# Whatever the order of deaths and returns, the living set alone decides.
several() {
	local living

	tutorial 5 | load_config
	traffic again all home
	check_flows all
	wan_down 2
	traffic again no2 home
	check_moved all no2 wan2
	carrier_lost 4
	traffic again no24 home
	check_moved no2 no24 wan4
	# After more than one death the shares are the buckets' luck.
	living=$(ctl -j get "$WORLD" from "${LAN10}5" iif lan10 | jq -r '
		[.paths[] | "\(.device)=\(.buckets // 0)"] | join(" ")')
	# shellcheck disable=SC2086 # words
	check_share no24 $living
	wan_up 2
	traffic again no4 home
	check_flows no4
	traffic diff no24 no4
	check_eq "only to wan2: $(answer)" \
		"${R[moved]}" "${R[arrived_wan2]:-0}"
	traffic diff all no4
	check_eq "wan4 alone is missing: $(answer)" \
		"${R[moved]}" "${R[moved_wan4]:-0}"
	wan_down 2
	traffic again again home
	traffic diff no24 again
	check_eq "the same dead, the same choice" "${R[same]}" "$N"
	carrier_back 4
	wan_up 2
	traffic again now home
	traffic diff all now
	check_eq "all at home: $(answer)" "${R[same]}" "$N"
}

# Down to one, to none, and back.
last_one() {
	tutorial 2 | load_config
	traffic again pair home
	wan_down 1
	traffic again one home
	check_flows one
	check_eq "the last one has all" "${R[wan2]:-0}" "$N"
	wan_down 2
	traffic flows none n=20
	check_eq "no path, no packet" "${R[got]}" 0
	wan_up 1
	traffic again one home
	check_flows one
	check_eq "the first one back has all" "${R[wan1]:-0}" "$N"
	wan_up 2
	traffic again now home
	traffic diff pair now
	check_eq "all at home: $(answer)" "${R[same]}" "$N"
}

# A reload while a path is dead brings nobody home, and nobody away.
reload_dead() {
	tutorial 3 | load_config
	carrier_lost 3
	traffic again dead home
	ctl load "$WORK/config"
	traffic again reloaded home
	traffic diff dead reloaded
	check_eq "none moved: $(answer)" "${R[same]}" "$N"
	carrier_back 3
	check_home
}

# Packets run while the carrier goes and comes: living paths lose nothing.
under_traffic() {
	local try until

	# On a busy machine few packets may run meanwhile.
	for try in 1 2 3 4 5; do
		traffic background run n=300 pps=1000
		until=$((SECONDS + 2))
		while [ "$SECONDS" -le "$until" ]; do
			carrier_lost 2
			carrier_back 2
		done
		traffic stop run
		diag "under traffic, $try: $(answer)"
		[ "${R[mixed]}" = 0 ] || break
	done
	check_num "packets ran" "${R[sent]}" -ge 300
	check_num "some flows moved and came back" "${R[mixed]}" -gt 0
	# A third of the flows, in its whole range of chance, was wan2's.
	check_num "the flows of wan1 and wan3 stayed" "${R[mixed]}" -le \
		$((300 - ${R[wan1]:-0} - ${R[wan3]:-0}))
	check_home
}

off_link_is() {
	[ "$(ctl -j nexthop show | jq -r --arg gateway "$1" \
		'.[] | select(.gateway == $gateway).state')" = "$2" ]
}

check_off_link() {
	check_true "$1: $2" wait_until 5 off_link_is "$off" "$2"
}

# Of two routes of a gateway one says that it is on-link.
off_link() {
	local off=10.99.0.1 one other

	[ "$F" = 4 ] || off=2001:db8:99::1
	one="route add $ANY via $off dev wan1 table one"
	other="route add $ANY via $off dev wan1 table other onlink"
	printf '%s\n' "table add one" "table add other" "$one" "$other" |
		load_config
	check_off_link "one says so" alive
	ctl route del "$ANY" via "$off" dev wan1 table other
	check_off_link "that one is deleted" dead
	# shellcheck disable=SC2086 # words
	ctl $other
	check_off_link "it is back" alive
	ctl table del other
	check_off_link "gone with its table" dead
	printf '%s\n' "table add one" "table add other" "$one" "$other" |
		load_config
	check_off_link "loaded" alive
	printf '%s\n' "table add one" "$one" | load_config
	check_off_link "gone with its configuration" dead
	tutorial 3 | load_config
}

run_families \
	setup "three equal paths" \
	link "link down and up" \
	carrier "carrier lost and back" \
	device "device deleted and made again" \
	renamed "device renamed and back" \
	address "the gateway no longer on-link, and back" \
	forced "forced dead and back to automatic" \
	at_once "dead when ip link returns" \
	weights "five paths of different weights" \
	several "two of five, in any order" \
	last_one "down to one, to none, and back" \
	reload_dead "a reload with a dead path" \
	under_traffic "deaths under traffic" \
	off_link "a gateway that is on-link by one of its routes"
