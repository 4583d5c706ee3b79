#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_tests calls the functions
#
# What ends a decision and what goes on to the next rule: min-prefix against
# prefixes on both sides of each threshold, tables without a route, and routes
# and rules that refuse.
#
#   rule 0  iif lan10 lookup probe [min-prefix N]   what is tested, by wan1
#   rule 1  iif lan10 lookup other                  a default, by wan2
#
# Without iif these rules would serve the router's own ICMP errors too.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# NET[N] is a prefix and AT[N] an address in it, of N.0.0.0 or 20N::. The
# lengths that IPv4 calls 7 to 32 are BITS[7] to BITS[32] in IPv6: these are at
# the ends of words, too.
declare -A BITS NET AT
# Those of table probe: one of each length.
PROBED="0 30 40 50 60 61 62 63 64"

setup() {
	topology 3
	# Every refused packet is to be answered: the limit is a test of its
	# own.
	no_icmp_limit router inet
	if [ "$F" = 4 ]; then
		BITS=([0]=0 [7]=7 [8]=8 [9]=9 [23]=23 [24]=24 [25]=25 [31]=31
			[32]=32)
		AT=([0]=100.64.9.9 [30]=31.1.1.1 [40]=40.1.1.1 [50]=50.1.1.1
			[60]=60.0.1.1)
		NET=([64]=64.0.0.1/32)
	else
		BITS=([0]=0 [7]=31 [8]=32 [9]=33 [23]=63 [24]=64 [25]=65
			[31]=127 [32]=128)
		AT=([0]=2099::9 [30]=2030:1::1 [40]=2040:0:1::1
			[50]=2050:0:1::1 [60]=2060:0:0:1::1)
		NET=([64]=2064::1/128)
	fi
	NET[0]=$ANY
	named 30/7 40/8 50/9 60/23 61/24 62/25 63/31 64/32 80/9 81/9 82/9 \
		89/8 90/8 91/8 92/8
}

# named N/LENGTH...: NET and AT of each, but what they are already.
named() {
	local word n bits

	for word; do
		n=${word%/*}
		bits=${BITS[${word#*/}]}
		if [ "$F" = 4 ]; then
			: "${NET[$n]:=$n.0.0.0/$bits}" "${AT[$n]:=$n.0.0.1}"
		else
			: "${NET[$n]:=20$n::/$bits}" "${AT[$n]:=20$n::1}"
		fi
	done
}

# config RULE: RULE is the first of two.
config() {
	local n

	{
		echo "table add probe"
		echo "table add other"
		for n in $PROBED; do
			echo "route add ${NET[$n]} via ${GW[1]} dev wan1" \
				"table probe"
		done
		echo "route add $ANY via ${GW[2]} dev wan2 table other"
		echo "rule add iif lan10 $1"
		echo "rule add iif lan10 lookup other"
	} | load_config
}

# goes DST LABEL: three packets to DST take this wire.
goes() {
	traffic flows m n=3 dst="$1" at=inet,lan20 || return
	check_eq "$1 goes" "${R[got]} ${R[mixed]} $2=${R[$2]:-0}" "3 0 $2=3"
}

# explained DST...: "DST:", then INDEX TABLE OUTCOME PREFIX of each rule that
# "get" tried.
explained() {
	# shellcheck disable=SC2016 # expands in there
	router bash -c 'for dst; do
		ecmpctl -j get "$dst" from "$0" iif lan10
	done' "${LAN10}5" "$@" | jq -r '"\(.dst):", (.steps[] |
		[.index, .table, .outcome, .prefix] |
		map(. // "-") | join(" "))'
}

# refused EXPECTED DST...: what the client's sockets learn, comma between.
refused() {
	local expected=$1
	shift

	check_eq "$*" "$(in_ns lan10 python3 -B -E -S "$LIB/probe.py" \
		--fence "${LAN10}1" "$@")" "${expected//, /$'\n'}"
}

# The threshold N, or none, against each prefix.
threshold() {
	local limit=$1 n expected=() all=()

	for n in $PROBED; do
		all+=("${AT[$n]}")
		expected+=("${AT[$n]}:")
		if [ "$limit" = unset ] || [ "${NET[$n]#*/}" -gt "$limit" ]
		then
			goes "${AT[$n]}" wan1
			expected+=("0 probe route ${NET[$n]}")
		else
			goes "${AT[$n]}" wan2
			expected+=("0 probe suppressed ${NET[$n]}"
				"1 other route $ANY")
		fi
	done
	check_eq "get with min-prefix $limit" "$(explained "${all[@]}")" \
		"$(printf '%s\n' "${expected[@]}")"
}

thresholds() {
	local n

	config "lookup probe"
	threshold unset
	for n in 0 "${BITS[8]}" "${BITS[24]}" "${BITS[32]}"; do
		config "lookup probe min-prefix $n"
		threshold "$n"
	done
}

# "rule set" changes it in place; only the named word.
changed() {
	config "from $LANS lookup probe min-prefix ${BITS[24]} comment probed"
	goes "${AT[62]}" wan1
	ctl rule set 0 min-prefix "${BITS[25]}"
	goes "${AT[62]}" wan2
	check_json "nothing else changed" "$(ctl -j rule show)" \
		'.[0] | [.from, .table, .min_prefix, .comment] | join(" ")' \
		"$LANS probe ${BITS[25]} probed"
	goes "${AT[63]}" wan1
}

# A prefix whose only path is dead is not in the table: the next shorter one
# is the match, and the threshold is held against that.
dead_match() {
	local low=50.0.0.1 inner=(61.0.0.0/25 50.0.0.0/25)

	if [ "$F" = 6 ]; then
		low=2050::1 inner=(2061::/65 2050::/65)
	fi
	config "lookup probe min-prefix ${BITS[24]}"
	ctl route add "${inner[0]}" via "${GW[3]}" dev wan3 table probe
	ctl route add "${inner[1]}" via "${GW[3]}" dev wan3 table probe
	goes "${AT[61]}" wan3
	goes "$low" wan3
	carrier_lost 3
	goes "${AT[61]}" wan2
	check_eq "get: the /24 was suppressed" "$(explained "${AT[61]}")" "$(
		echo "${AT[61]}:"
		echo "0 probe suppressed ${NET[61]}"
		echo "1 other route $ANY")"
	goes "$low" wan2
	ctl rule set 0 min-prefix "${BITS[8]}"
	goes "${AT[61]}" wan1
	goes "$low" wan1
	check_eq "get: the /9 was not" "$(explained "$low")" \
		"$low:"$'\n'"0 probe route ${NET[50]}"
	carrier_back 3
	goes "${AT[61]}" wan3
	goes "$low" wan3
}

in_main() {
	ctl -j route show table main "$1" | jq -e 'length == 1'
}

# The kernel's own routes are in main with their lengths.
mirrored() {
	local n half=61.0.0.128/25 at=61.0.0.129 connected=lan20 static=wan1

	if [ "$F" = 6 ]; then
		half=2061::8000:0:0:0/65 at=2061::8000:0:0:1
	fi
	on router "-$F" route add "$half" via "${GW[1]}" dev wan1
	check_true "the kernel's route is in main" \
		wait_until 5 in_main "$half"
	for n in unset 0 23 24 25; do
		case $n in
		24) connected=wan2 ;;
		25) static=wan2 ;;
		esac
		{
			echo "table add other"
			echo "route add $ANY via ${GW[2]} dev wan2 table other"
			echo "rule add iif lan10 lookup main" \
				"$([ "$n" = unset ] || echo "min-prefix ${BITS[$n]}")"
			echo "rule add iif lan10 lookup other"
		} | load_config
		goes "${LAN20}100" "$connected"
		goes "$at" "$static"
		goes "${AT[61]}" wan2
	done
	on router "-$F" route del "$half"
}

# Without a route, "lookup" goes on; so it does to the very last rule.
no_route() {
	load_config <<-END
		table add empty
		table add probe
		route add ${NET[40]} via ${GW[1]} dev wan1 table probe
		route add $ANY via ${GW[3]} dev wan3
		rule add lookup empty
		rule add lookup probe
	END
	goes "${AT[40]}" wan1
	goes "${AT[50]}" wan3
	check_eq "get: rule after rule" "$(explained "${AT[50]}")" "$(
		echo "${AT[50]}:"
		echo "0 empty no-route -"
		echo "1 probe no-route -"
		echo "- main route $ANY")"
	ctl route del "$ANY"
	refused "$E_NET ${LAN10}1" "${AT[50]}"
	check_json "get: nothing was found" "$(ctl -j get "${AT[50]}" \
		from "${LAN10}5" iif lan10)" .verdict no-route
}

only_in_table() {
	config "lookup-only-in-table probe min-prefix ${BITS[8]}"
	goes "${AT[50]}" wan1
	# Suppressed is no route, and no route is the end.
	refused "$E_NET ${LAN10}1, $E_NET ${LAN10}1" "${AT[40]}" "${AT[0]}"
	traffic flows none n=20 dst="${AT[40]}"
	check_eq "rule 1 has none of them" "${R[got]}" 0
	check_eq "get: suppressed, and no further" "$(explained "${AT[40]}")" \
		"${AT[40]}:"$'\n'"0 probe suppressed ${NET[40]}"
	ctl route del "${NET[50]}" table probe
	ctl route del "$ANY" table probe
	refused "$E_NET ${LAN10}1" "${AT[50]}"
	check_eq "get: no route, and no further" "$(explained "${AT[50]}")" \
		"${AT[50]}:"$'\n'"0 probe no-route -"
	# A dead path is no route either, until it returns.
	goes "${AT[61]}" wan1
	wan_down 1
	refused "$E_NET ${LAN10}1" "${AT[61]}"
	wan_up 1
	goes "${AT[61]}" wan1
}

# Routes that refuse end the decision as any other; suppressed, they do not.
refusing_routes() {
	config "lookup probe min-prefix ${BITS[8]}"
	ctl route add blackhole "${NET[80]}" table probe
	ctl route add unreachable "${NET[81]}" table probe
	ctl route add prohibit "${NET[82]}" table probe
	refused "silence, $E_HOST ${LAN10}1, $E_PROHIBIT ${LAN10}1" \
		"${AT[80]}" "${AT[81]}" "${AT[82]}"
	traffic flows none n=30 dst="${AT[80]}+10"
	check_eq "rule 1 has none of the blackhole's" "${R[got]}" 0
	check_json "get: a blackhole" "$(ctl -j get "${AT[80]}" \
		from "${LAN10}5" iif lan10)" \
		'[.verdict, .table, .prefix] | join(" ")' \
		"drop probe ${NET[80]}"
	ctl rule set 0 min-prefix "${BITS[9]}"
	goes "${AT[80]}" wan2
	goes "${AT[81]}" wan2
	goes "${AT[82]}" wan2
	check_eq "get: the blackhole was suppressed" \
		"$(explained "${AT[80]}")" "$(
		echo "${AT[80]}:"
		echo "0 probe suppressed ${NET[80]}"
		echo "1 other route $ANY")"
}

# A hole in a prefix: the longest match alone counts, whatever its type.
hole() {
	local hole=40.7.0.0/16 outside=40.8.0.1 deeper=40.7.7.0/24
	local in_hole=40.7.0.1 in_deeper=40.7.7.1 next=40.7.8.1

	if [ "$F" = 6 ]; then
		hole=2040:0:7::/48 outside=2040:0:8::1 deeper=2040:0:7:7::/64
		in_hole=2040:0:7::1 in_deeper=2040:0:7:7::1 next=2040:0:7:8::1
	fi
	config "lookup probe"
	ctl route add blackhole "$hole" table probe
	refused silence "$in_hole"
	goes "$outside" wan1
	ctl route add "$deeper" via "${GW[3]}" dev wan3 table probe
	goes "$in_deeper" wan3
	refused silence "$next"
	ctl route del blackhole "$hole" table probe
	goes "$next" wan1
}

refusing_rules() {
	load_config <<-END
		route add $ANY via ${GW[1]} dev wan1
		rule add to ${NET[90]} drop comment dropped
		rule add to ${NET[91]} unreachable
		rule add to ${NET[92]} prohibit
	END
	goes "${AT[89]}" wan1
	refused "silence, $E_NET ${LAN10}1, $E_PROHIBIT ${LAN10}1" \
		"${AT[90]}" "${AT[91]}" "${AT[92]}"
	traffic flows none n=50 dst="${AT[90]}+50"
	check_eq "drop drops all" "${R[got]}" 0
	check_json "and counts them" "$(ctl -j rule show)" '.[0].packets' 51
}

# The kernel sends at most six of these errors to one host at once, and then
# one a second; so must this. To a client whose route is a /64 IPv6 sends four.
rate_limit() {
	local sent=60 rate=1 answered start most

	load_config <<<"rule add to ${NET[91]} unreachable"
	if [ "$F" = 4 ]; then
		set_sysctl router net/ipv4/icmp_ratemask=6168 \
			net/ipv4/icmp_ratelimit=1000
	else
		set_sysctl router net/ipv6/icmp/ratemask=0-1,3-127 \
			net/ipv6/icmp/ratelimit=1000
		sent=240 rate=4
	fi
	start=$EPOCHSECONDS
	answered=$(in_ns lan10 python3 -B -E -S "$LIB/probe.py" \
		--sport 40001-$((40000 + sent)) --wait 2 "${AT[91]}" |
		grep -c "^$E_NET ")
	most=$((6 + rate * (EPOCHSECONDS - start + 1)))
	check_num "some are answered" "$answered" -ge 1
	check_num "few are answered" "$answered" -le "$most"
	check_num "the test could tell" "$most" -lt "$sent"
	no_icmp_limit router
}

run_families \
	setup "the network is there" \
	thresholds "min-prefix unset, 0 and three lengths: both sides" \
	changed "min-prefix is changed by rule set" \
	dead_match "the match that lives is held against the threshold" \
	mirrored "the kernel's routes in main, by their lengths" \
	no_route "lookup without a route: the next rule" \
	only_in_table "lookup-only-in-table without a route: unreachable" \
	refusing_routes "blackhole, unreachable, prohibit as routes" \
	hole "a blackhole within a prefix" \
	refusing_rules "drop, unreachable, prohibit as rules" \
	rate_limit "ICMP errors are limited"
