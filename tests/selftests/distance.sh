#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_tests calls the functions
#
# Distances: of a prefix's candidates those of the lowest distance carry the
# traffic; the next take over in order, and give back. Equal ones are ECMP.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

setup() {
	topology 3
	load_config <<-END
		set hash-policy l4
		set hash-seed $SEED
		route add $ANY via ${GW[1]} dev wan1 distance 1
		route add $ANY via ${GW[2]} dev wan2 distance 2
		route add $ANY via ${GW[3]} dev wan3 distance 3
	END
	traffic flows m n=120
}

# flags WANT: the flags of main's defaults, in the order of their devices: A
# carries packets, I is no candidate, neither of them waits in reserve.
flags() {
	check_eq "flags of wan1, wan2, wan3" "$(ctl route show table main \
		"$ANY" | awk '
		match($0, /wan[1-3]/) { at[substr($0, RSTART, RLENGTH)] = $1 }
		END { print at["wan1"], at["wan2"], at["wan3"] }')" "$1"
}

# carried COUNT LABEL: so many of the 120 flows, on that WAN
carried() {
	traffic again m m
	check_eq "${*}" "${R[mixed]} ${R[$2]:-0}" "0 $1"
}

order() {
	flags "As s s"
	carried 120 wan1
	wan_down 1
	flags "Is As s"
	carried 120 wan2
	carrier_lost 2
	flags "Is Is As"
	carried 120 wan3
	wan_down 3
	flags "Is Is Is"
	traffic flows none n=20
	check_eq "none is left" "${R[got]}" 0
	check_json "get: nothing found" \
		"$(ctl -j get "$WORLD" from "${LAN10}5" iif lan10)" \
		.verdict no-route
}

way_home() {
	wan_up 3
	flags "Is Is As"
	carried 120 wan3
	carrier_back 2
	flags "Is As s"
	carried 120 wan2
	wan_up 1
	flags "As s s"
	carried 120 wan1
}

# The middle one dies and returns: nobody is touched.
bystander() {
	wan_down 2
	flags "As Is s"
	carried 120 wan1
	wan_up 2
	carried 120 wan1
	wan_down 2
	wan_down 1
	flags "Is Is As"
	carried 120 wan3
	wan_up 1
	wan_up 2
	carried 120 wan1
}

equal() {
	ctl route set "$ANY" via "${GW[2]}" dev wan2 distance 1
	flags "As+ As+ s"
	traffic flows e n=600
	check_flows e
	check_share e wan1=1 wan2=1 buckets=256
	wan_down 1
	flags "Is As s"
	carried 120 wan2
	wan_down 2
	flags "Is Is As"
	carried 120 wan3
	wan_up 1
	flags "As Is s"
	wan_up 2
	flags "As+ As+ s"
	traffic again e2 e
	traffic diff e e2
	check_eq "the flows of both are at home" "${R[same]}" 600
	ctl route set "$ANY" via "${GW[3]}" dev wan3 distance 1
	flags "As+ As+ As+"
	traffic again e e
	check_share e wan1=1 wan2=1 wan3=1 buckets=256
}

replace() {
	check_output "replace says what it did" "replaced, 2 paths now" \
		ctl route replace "$ANY" via "${GW[3]}" dev wan3 distance 3
	flags "As+ As+ s"
	ctl route set "$ANY" via "${GW[2]}" dev wan2 distance 2
	flags "As s s"
	carried 120 wan1
}

never() {
	ctl route set "$ANY" via "${GW[1]}" dev wan1 distance 255
	flags "Is As s"
	carried 120 wan2
	wan_down 2
	wan_down 3
	flags "Is Is Is"
	traffic flows none n=20
	check_eq "distance 255 is never used" "${R[got]}" 0
	wan_up 2
	wan_up 3
	ctl route set "$ANY" via "${GW[1]}" dev wan1 distance 1
	carried 120 wan1
	check_fail "distance 0" distance \
		ctl route set "$ANY" via "${GW[1]}" dev wan1 distance 0
	check_fail "distance 256" distance \
		ctl route set "$ANY" via "${GW[1]}" dev wan1 distance 256
	flags "As s s"
}

disabled() {
	ctl route disable "$ANY" via "${GW[1]}" dev wan1
	flags "Xs As s"
	carried 120 wan2
	ctl route enable "$ANY" via "${GW[1]}" dev wan1
	flags "As s s"
	carried 120 wan1
}

# Without a candidate the prefix is not there: the next shorter one is used.
shorter() {
	ctl route add "$SINKNET" via "${GW[3]}" dev wan3
	carried 120 wan3
	wan_down 3
	carried 120 wan1
	wan_up 3
	carried 120 wan3
	ctl route del "$SINKNET"
	carried 120 wan1
}

# So many paths have buckets.
paths() {
	ctl -j get "$WORLD" from "${LAN10}5" iif lan10 |
		jq -e --argjson n "$1" \
			'[.paths[] | select(.buckets > 0)] | length == $n'
}

# Origins mix: a kernel default that a person made has distance 1.
kernel() {
	ctl route del "$ANY" via "${GW[2]}" dev wan2
	on router "-$F" route add "$ANY" via "${GW[2]}" dev wan2
	check_true "the kernel's joins at distance 1" wait_until 5 paths 2
	traffic again e e
	check_flows e
	check_share e wan1=1 wan2=1 buckets=256
	ctl route del "$ANY" via "${GW[1]}" dev wan1
	carried 120 wan2
	# The same next hop of both counts once, ecmpctl's attributes hold.
	ctl route add "$ANY" via "${GW[2]}" dev wan2 distance 7
	carried 120 wan3
	ctl route set "$ANY" via "${GW[2]}" dev wan2 distance 2
	carried 120 wan2
	on router "-$F" route del "$ANY" via "${GW[2]}" dev wan2
	carried 120 wan2
	ctl route add "$ANY" via "${GW[1]}" dev wan1
	carried 120 wan1
}

# known N [PREFIX]: so many of main's defaults are known, the kernel's too.
known() {
	[ "$(ctl -j route show table main "${2:-$ANY}" | jq length)" = "$1" ]
}

kernel_default() {
	on router "-$F" route "$@"
}

# Of the kernel's defaults the one of the best metric counts: where it gives
# way to one of ecmpctl's, no worse one takes its place.
metrics() {
	ctl route del "$ANY" via "${GW[3]}" dev wan3
	kernel_default add prohibit "$ANY" metric 20
	kernel_default add "$ANY" via "${GW[3]}" dev wan3 metric 300
	check_true "a prohibit of distance 1 is known" wait_until 5 known 4
	carried 120 wan1
	kernel_default del prohibit "$ANY" metric 20
	kernel_default add "$ANY" via "${GW[1]}" dev wan1 metric 20
	check_true "wan1 as well" wait_until 5 known 4
	carried 120 wan1
	wan_down 1
	# With its device the kernel's went, too: the next one is the best.
	check_true "wan3 is known" wait_until 5 known 3
	carried 120 wan3
	wan_up 1
	kernel_default del "$ANY" via "${GW[3]}" dev wan3 metric 300
	check_true "ecmpctl's alone" wait_until 5 known 2
	carried 120 wan1
}

# The best one of the kernel's is at a greater distance than a worse one.
backwards() {
	# The module has something to decide without its routes.
	ctl rule add ipproto 99 drop
	ctl route del "$ANY" via "${GW[1]}" dev wan1
	ctl route del "$ANY" via "${GW[2]}" dev wan2
	ctl distance dev wan1 2
	kernel_default add "$ANY" metric 100 proto bgp \
		nexthop via "${GW[1]}" dev wan1 nexthop via "${GW[2]}" dev wan2
	kernel_default add unreachable "$ANY" metric 20 proto bgp
	check_true "the kernel's alone" wait_until 5 known 3
	check_json "the unreachable one counts" \
		"$(ctl -j get "$WORLD" from "${LAN10}5" iif lan10)" \
		.verdict host-unreachable
	kernel_default del unreachable "$ANY" metric 20
	check_true "without it" wait_until 5 known 2
	carried 120 wan1
}

# goes WHERE: by which device the server's packets go, or what becomes of them.
goes() {
	check_json "to the server" \
		"$(ctl -j get "${SERVER}1" from "${LAN10}5" iif lan10)" \
		'.device // .verdict' "$1"
}

# The kernel says of a prefix that nothing is to go there, or what only the
# kernel can follow. It gives way to ecmpctl's route of its distance, not to one
# that is dead.
given_way() {
	load_config <<-END
		route add $ANY via ${GW[1]} dev wan1
		route add $SERVERNET via ${GW[2]} dev wan2
	END
	kernel_default add blackhole "$SERVERNET"
	check_true "a blackhole is known" wait_until 5 known 2 "$SERVERNET"
	goes wan2
	carrier_lost 2
	goes drop
	ctl route disable "$SERVERNET" via "${GW[2]}" dev wan2
	carrier_back 2
	goes drop
	ctl route enable "$SERVERNET" via "${GW[2]}" dev wan2
	goes wan2
	kernel_default del blackhole "$SERVERNET"
	check_true "ecmpctl's alone" wait_until 5 known 1 "$SERVERNET"
	kernel_default add "$SERVERNET" via "${GW[3]}" dev wan3 mtu 1400
	check_true "one with an MTU is known" wait_until 5 known 2 "$SERVERNET"
	goes wan2
	carrier_lost 2
	goes native
	carrier_back 2
	goes wan2
}

run_families \
	setup "three defaults of distance 1, 2 and 3" \
	order "they fail over in order" \
	way_home "they return in order" \
	bystander "one in reserve dies: nobody moves" \
	equal "equal distances are ECMP and show +" \
	replace "replace and set change the order at once" \
	never "distance 255 is never used" \
	disabled "a disabled route is no candidate" \
	shorter "no candidate: the next shorter prefix" \
	kernel "a kernel default beside ecmpctl's" \
	metrics "the kernel's best default, and ecmpctl's in its place" \
	backwards "the kernel's best default at a greater distance" \
	given_way "a blackhole of the kernel's beside ecmpctl's route"
