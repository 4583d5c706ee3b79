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

# Prefixes of table probe, one length each, and an address in each.
declare -A PREFIX=(
	[0]="0.0.0.0/0 100.64.9.9" [7]="30.0.0.0/7 31.1.1.1"
	[8]="40.0.0.0/8 40.1.1.1" [9]="50.0.0.0/9 50.1.1.1"
	[23]="60.0.0.0/23 60.0.1.1" [24]="61.0.0.0/24 61.0.0.1"
	[25]="62.0.0.0/25 62.0.0.1" [31]="63.0.0.0/31 63.0.0.1"
	[32]="64.0.0.1/32 64.0.0.1"
)
LENGTHS="0 7 8 9 23 24 25 31 32"

setup() {
	topology 3
	# Every refused packet is to be answered: the limit is a test of its
	# own.
	set_sysctl router net/ipv4/icmp_ratemask=0
	set_sysctl inet net/ipv4/icmp_ratemask=0
}

# config RULE: RULE is the first of two.
config() {
	local length

	{
		echo "table add probe"
		echo "table add other"
		for length in $LENGTHS; do
			echo "route add ${PREFIX[$length]% *} via 10.1.1.1" \
				"dev wan1 table probe"
		done
		echo "route add default via 10.1.2.1 dev wan2 table other"
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
		ecmpctl -j get "$dst" from 192.168.10.5 iif lan10
	done' explained "$@" | jq -r '"\(.dst):", (.steps[] |
		[.index, .table, .outcome, .prefix] |
		map(. // "-") | join(" "))'
}

# refused EXPECTED DST...: what the client's sockets learn, comma between.
refused() {
	local expected=$1
	shift

	check_eq "$*" "$(in_ns lan10 python3 -B -E -S "$LIB/probe.py" \
		--fence 192.168.10.1 "$@")" "${expected//, /$'\n'}"
}

# The threshold N, or none, against each prefix.
threshold() {
	local n=$1 length prefix address expected=() all=()

	for length in $LENGTHS; do
		read -r prefix address <<<"${PREFIX[$length]}"
		all+=("$address")
		expected+=("$address:")
		if [ "$n" = unset ] || [ "$length" -gt "$n" ]; then
			goes "$address" wan1
			expected+=("0 probe route $prefix")
		else
			goes "$address" wan2
			expected+=("0 probe suppressed $prefix"
				"1 other route 0.0.0.0/0")
		fi
	done
	check_eq "get with min-prefix $n" "$(explained "${all[@]}")" \
		"$(printf '%s\n' "${expected[@]}")"
}

thresholds() {
	local n

	config "lookup probe"
	threshold unset
	for n in 0 8 24 32; do
		config "lookup probe min-prefix $n"
		threshold "$n"
	done
}

# "rule set" changes it in place; only the named word.
changed() {
	config "from 192.168.0.0/16 lookup probe min-prefix 24 comment probed"
	goes 62.0.0.1 wan1
	ctl rule set 0 min-prefix 25
	goes 62.0.0.1 wan2
	check_json "nothing else changed" "$(ctl -j rule show)" \
		'.[0] | [.from, .table, .min_prefix, .comment] | join(" ")' \
		"192.168.0.0/16 probe 25 probed"
	goes 63.0.0.1 wan1
}

# A prefix whose only path is dead is not in the table: the next shorter one
# is the match, and the threshold is held against that.
dead_match() {
	config "lookup probe min-prefix 24"
	ctl route add 61.0.0.0/25 via 10.1.3.1 dev wan3 table probe
	ctl route add 50.0.0.0/25 via 10.1.3.1 dev wan3 table probe
	goes 61.0.0.1 wan3
	goes 50.0.0.1 wan3
	carrier_lost 3
	goes 61.0.0.1 wan2
	check_eq "get: the /24 was suppressed" "$(explained 61.0.0.1)" "$(
		echo "61.0.0.1:"
		echo "0 probe suppressed 61.0.0.0/24"
		echo "1 other route 0.0.0.0/0")"
	goes 50.0.0.1 wan2
	ctl rule set 0 min-prefix 8
	goes 61.0.0.1 wan1
	goes 50.0.0.1 wan1
	check_eq "get: the /9 was not" "$(explained 50.0.0.1)" \
		"50.0.0.1:"$'\n'"0 probe route 50.0.0.0/9"
	carrier_back 3
	goes 61.0.0.1 wan3
	goes 50.0.0.1 wan3
}

in_main() {
	ctl -j route show table main "$1" | jq -e 'length == 1'
}

# The kernel's own routes are in main with their lengths.
mirrored() {
	local n connected=lan20 static=wan1

	on router route add 61.0.0.128/25 via 10.1.1.1 dev wan1
	check_true "the kernel's route is in main" \
		wait_until 5 in_main 61.0.0.128/25
	for n in unset 0 23 24 25; do
		case $n in
		24) connected=wan2 ;;
		25) static=wan2 ;;
		esac
		{
			echo "table add other"
			echo "route add default via 10.1.2.1 dev wan2 table other"
			echo "rule add iif lan10 lookup main" \
				"$([ "$n" = unset ] || echo "min-prefix $n")"
			echo "rule add iif lan10 lookup other"
		} | load_config
		goes 192.168.20.100 "$connected"
		goes 61.0.0.129 "$static"
		goes 61.0.0.1 wan2
	done
	on router route del 61.0.0.128/25
}

# Without a route, "lookup" goes on; so it does to the very last rule.
no_route() {
	load_config <<-END
		table add empty
		table add probe
		route add 40.0.0.0/8 via 10.1.1.1 dev wan1 table probe
		route add default via 10.1.3.1 dev wan3
		rule add lookup empty
		rule add lookup probe
	END
	goes 40.1.1.1 wan1
	goes 50.1.1.1 wan3
	check_eq "get: rule after rule" "$(explained 50.1.1.1)" "$(
		echo "50.1.1.1:"
		echo "0 empty no-route -"
		echo "1 probe no-route -"
		echo "- main route 0.0.0.0/0")"
	ctl route del default
	refused "3/0 192.168.10.1" 50.1.1.1
	check_json "get: nothing was found" "$(ctl -j get 50.1.1.1 \
		from 192.168.10.5 iif lan10)" .verdict no-route
}

only_in_table() {
	config "lookup-only-in-table probe min-prefix 8"
	goes 50.1.1.1 wan1
	# Suppressed is no route, and no route is the end.
	refused "3/0 192.168.10.1, 3/0 192.168.10.1" 40.1.1.1 100.64.9.9
	traffic flows none n=20 dst=40.1.1.1
	check_eq "rule 1 has none of them" "${R[got]}" 0
	check_eq "get: suppressed, and no further" "$(explained 40.1.1.1)" \
		"40.1.1.1:"$'\n'"0 probe suppressed 40.0.0.0/8"
	ctl route del 50.0.0.0/9 table probe
	ctl route del default table probe
	refused "3/0 192.168.10.1" 50.1.1.1
	check_eq "get: no route, and no further" "$(explained 50.1.1.1)" \
		"50.1.1.1:"$'\n'"0 probe no-route -"
	# A dead path is no route either, until it returns.
	goes 61.0.0.1 wan1
	wan_down 1
	refused "3/0 192.168.10.1" 61.0.0.1
	wan_up 1
	goes 61.0.0.1 wan1
}

# Routes that refuse end the decision as any other; suppressed, they do not.
refusing_routes() {
	config "lookup probe min-prefix 8"
	ctl route add blackhole 80.0.0.0/9 table probe
	ctl route add unreachable 81.0.0.0/9 table probe
	ctl route add prohibit 82.0.0.0/9 table probe
	refused "silence, 3/1 192.168.10.1, 3/13 192.168.10.1" \
		80.0.0.1 81.0.0.1 82.0.0.1
	traffic flows none n=30 dst=80.0.0.1-80.0.0.10
	check_eq "rule 1 has none of the blackhole's" "${R[got]}" 0
	check_json "get: a blackhole" "$(ctl -j get 80.0.0.1 \
		from 192.168.10.5 iif lan10)" \
		'[.verdict, .table, .prefix] | join(" ")' \
		"drop probe 80.0.0.0/9"
	ctl rule set 0 min-prefix 9
	goes 80.0.0.1 wan2
	goes 81.0.0.1 wan2
	goes 82.0.0.1 wan2
	check_eq "get: the blackhole was suppressed" \
		"$(explained 80.0.0.1)" "$(
		echo "80.0.0.1:"
		echo "0 probe suppressed 80.0.0.0/9"
		echo "1 other route 0.0.0.0/0")"
}

# A hole in a prefix: the longest match alone counts, whatever its type.
hole() {
	config "lookup probe"
	ctl route add blackhole 40.7.0.0/16 table probe
	refused silence 40.7.0.1
	goes 40.8.0.1 wan1
	ctl route add 40.7.7.0/24 via 10.1.3.1 dev wan3 table probe
	goes 40.7.7.1 wan3
	refused silence 40.7.8.1
	ctl route del blackhole 40.7.0.0/16 table probe
	goes 40.7.8.1 wan1
}

refusing_rules() {
	load_config <<-END
		route add default via 10.1.1.1 dev wan1
		rule add to 90.0.0.0/8 drop comment dropped
		rule add to 91.0.0.0/8 unreachable
		rule add to 92.0.0.0/8 prohibit
	END
	goes 89.0.0.1 wan1
	refused "silence, 3/0 192.168.10.1, 3/13 192.168.10.1" \
		90.0.0.1 91.0.0.1 92.0.0.1
	traffic flows none n=50 dst=90.0.0.1-90.0.0.50
	check_eq "drop drops all" "${R[got]}" 0
	check_json "and counts them" "$(ctl -j rule show)" '.[0].packets' 51
}

# The kernel sends at most six of these errors to one host at once, and then
# one a second; so must this.
rate_limit() {
	local sent=60 answered start seconds

	load_config <<<"rule add to 91.0.0.0/8 unreachable"
	set_sysctl router net/ipv4/icmp_ratemask=6168 \
		net/ipv4/icmp_ratelimit=1000
	start=$EPOCHSECONDS
	answered=$(in_ns lan10 python3 -B -E -S "$LIB/probe.py" \
		--sport 40001-$((40000 + sent)) --wait 2 91.0.0.1 |
		grep -c "^3/0 ")
	seconds=$((EPOCHSECONDS - start + 1))
	check_num "some are answered" "$answered" -ge 1
	check_num "few are answered" "$answered" -le $((6 + seconds))
	check_num "the test could tell" $((6 + seconds)) -lt "$sent"
	set_sysctl router net/ipv4/icmp_ratemask=0
}

run_tests \
	setup "the network is there" \
	thresholds "min-prefix unset, 0, 8, 24, 32: both sides of each" \
	changed "min-prefix is changed by rule set" \
	dead_match "the match that lives is held against the threshold" \
	mirrored "the kernel's routes in main, by their lengths" \
	no_route "lookup without a route: the next rule" \
	only_in_table "lookup-only-in-table without a route: unreachable" \
	refusing_routes "blackhole, unreachable, prohibit as routes" \
	hole "a blackhole within a prefix" \
	refusing_rules "drop, unreachable, prohibit as rules" \
	rate_limit "ICMP errors are limited"
