#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_tests calls the functions
#
# load is all or nothing: for packets, which meet the old configuration or the
# new one, and for a file with an error, which changes nothing.
#
#   A:  rule -> table T -> wan1                   (no table U)
#   B:  rule -> table U -> wan2    T -> wan3
#
# A packet on wan3 met the rule of A and the table of B; one that arrives
# nowhere met the rule of B and the tables of A, or neither.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

setup() {
	# The families share what is tried here, and part at the lookup.
	RELOADS=$([ "$F" = 4 ] && echo 200 || echo 60)
	topology 3
	no_icmp_limit router inet
	# What of these tests' packets arrives by wan3.
	in_ns inet nft -f - <<-NFT
		table $IP strays {
			counter n { }
			chain in {
				type filter hook prerouting priority -450
				iifname wan3 $IP daddr $SINKNET counter name n
			}
		}
	NFT
	cat >"$WORK/a" <<-END
		set pin none
		set hash-seed $SEED
		table add T
		route add $ANY via ${GW[1]} dev wan1 table T
		rule add from $LANS lookup T comment A
	END
	cat >"$WORK/b" <<-END
		set pin none
		set hash-policy l4
		set hash-seed $SEED
		table add T
		table add U
		route add $ANY via ${GW[3]} dev wan3 table T
		route add $ANY via ${GW[2]} dev wan2 table U
		rule add from $LANS lookup U comment B
	END
}

only_on() {
	traffic flows m n=50
	check_eq "$1" "${R[got]} ${R["wan$2"]:-0}" "50 50"
}

each() {
	ctl load "$WORK/a"
	only_on "A alone" 1
	ctl load "$WORK/b"
	only_on "B alone" 2
	check_json "the settings too" "$(ctl -j settings show)" \
		".hash_policy$F" l4
	ctl load "$WORK/a"
	check_json "absent means default" "$(ctl -j settings show)" \
		".hash_policy$F" l3
}

# Two senders, because two CPUs see a change at different times: one whose
# packets are counted one by one, and one that keeps the other CPU busy.
under_traffic() {
	local i failed=0 flood before

	before=$(strays)
	ip netns exec "$ID-lan20" python3 -B -E -S -c '
import socket, sys, time
family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
s = socket.socket(family, socket.SOCK_DGRAM)
while True:
    for i in range(16):
        s.sendto(bytes(64), (sys.argv[1] + str(i + 1), 4434))
    time.sleep(0.01)' "$SINK" &
	flood=$!
	traffic background run n=64 pps=2000
	for ((i = 0; i < RELOADS; i += 2)); do
		ctl load "$WORK/b" || failed=1
		ctl load "$WORK/a" || failed=1
	done
	check_eq "each load succeeds" "$failed" 0
	traffic stop run
	kill "$flood"
	wait "$flood" || true
	diag "$(answer)"
	check_eq "packets that met a mixture, or none" \
		"${R[packets_wan3]:-0} ${R[lost]}" "0 0"
	check_eq "packets of both senders on wan3" \
		$(($(strays) - before)) 0
	# Fewer than a packet a reload and the test would show little.
	check_num "packets by A" "${R[packets_wan1]:-0}" -ge "$RELOADS"
	check_num "packets by B" "${R[packets_wan2]:-0}" -ge "$RELOADS"
	only_on "A was the last" 1
}

strays() {
	in_ns inet nft list counter "$IP" strays n | awk '$1 == "packets" {
		print $2 }'
}

# A reader gets one configuration or the other, too.
readers() {
	local seen i

	(
		for ((i = 0; i < 30; i++)); do
			ctl load "$WORK/b" && ctl load "$WORK/a" || exit
		done
		touch "$WORK/done"
	) &
	while [ ! -e "$WORK/done" ]; do
		seen=$(ctl save) || fail "save failed"
		grep -v "^set" <<<"$seen" >>"$WORK/seen"
		echo END >>"$WORK/seen"
	done
	wait $! || fail "a load failed"
	# What is different from both, with the number of its appearances.
	grep -v "^set" "$WORK/saved_a" >"$WORK/expected_a"
	grep -v "^set" "$WORK/saved_b" >"$WORK/expected_b"
	check_eq "saved meanwhile: neither A nor B" \
		"$(awk -v a="$(cat "$WORK/expected_a")" \
			-v b="$(cat "$WORK/expected_b")" '
			$0 != "END" { text = text (text ? "\n" : "") $0; next }
			{ n[text == a ? "A" : text == b ? "B" : text]++
			  text = "" }
			END { for (t in n) if (t != "A" && t != "B")
				print n[t] " times:\n" t }' "$WORK/seen")" ""
	check_num "saved meanwhile" "$(grep -c END "$WORK/seen")" -ge 10
}

same_bytes() {
	local file

	for file in a b; do
		ctl load "$WORK/$file"
		ctl save >"$WORK/saved_$file"
		ctl load "$WORK/saved_$file"
		check_eq "save, load, save of $file" "$(ctl save)" \
			"$(cat "$WORK/saved_$file")"
	done
	# Through standard input as well.
	ctl load - <"$WORK/saved_a"
	check_eq "load -" "$(ctl save)" "$(cat "$WORK/saved_a")"
	only_on "A as it was saved" 1
}

# --- a file with an error ------------------------------------------------

# bad STATUS WORD LINE: B, then this line, then a good one.
bad() {
	local status=$1 word=$2 line=$3 got=0 output file=$WORK/bad.conf

	{
		cat "$WORK/b"
		printf '%b\n' "$line"
		echo "rule add lookup T comment after"
	} >"$file"
	output=$(ctl load "$file" 2>&1) || got=$?
	check_eq "status of: $line" "$got" "$status"
	[[ $output == *"$file:$(($(wc -l <"$WORK/b") + 1)): "* ]] ||
		fail "it does not say FILE:LINE: $output"
	[[ $output == *"$word"* ]] || fail "no \"$word\" in: $output"
	check_output "saved after: $line" "$SAVED" ctl save
}

# Everything but what changes by itself.
shown() {
	ctl -p -j show |
		jq 'del(.. | .packets?, .bytes?, .neighbour?, .age_ms?,
			.rebuilds?, .publications?)'
}

errors() {
	local shown

	ctl load "$WORK/a"
	SAVED=$(ctl save)
	shown=$(shown)
	bad 1 foo "foo"
	bad 1 fish "route add $ANY fish"
	bad 1 "" "route add"
	bad 1 10.1.0.0/16 "route add 10.1.1.0/16 via ${GW[1]}"
	bad 1 "" "route add $ANY via 10.1.1.300"
	bad 1 "" "route add $ANY via ${GW[1]} distance 0"
	bad 1 256 "route add $ANY via ${GW[1]} weight 257"
	bad 1 "" "rule add lookup"
	bad 1 "" "rule add lookup T min-prefix 129"
	bad 1 "" "rule add lookup T comment \"open"
	bad 1 "" "rule add lookup T comment a\\001b"
	bad 1 "" "rule add lookup T comment \\xff"
	bad 1 "" "rule add lookup T\\rcomment a"
	bad 1 "" "set hash-policy l5"
	bad 1 "" "load $WORK/a"
	bad 1 "" "table add 1st"
	bad 2 table "rule add lookup nosuch"
	bad 2 table "route add $ANY via ${GW[1]} table nosuch"
	bad 2 "" "table add T"
	bad 2 "" "route add $ANY via ${GW[3]} dev wan3 table T"
	bad 2 "" "route add blackhole default table T"
	check_output "shown at the end" "$shown" shown
	only_on "still A" 1
}

# A load that is refused under traffic: no packet notices.
refused_under_traffic() {
	local i

	{
		cat "$WORK/b"
		echo "rule add lookup nosuch"
	} >"$WORK/bad.conf"
	traffic background one n=64 pps=1000
	for ((i = 0; i < 20; i++)); do
		ctl load "$WORK/bad.conf" >/dev/null 2>&1 &&
			fail "a bad file was loaded"
	done
	traffic stop one
	check_flows one
	check_eq "all by A" "${R[wan1]:-0}" 64
}

no_file() {
	local before

	before=$(ctl save)
	check_fail "a file that is not there" /nowhere/at/all \
		ctl load /nowhere/at/all
	check_fail "a folder" "$WORK" ctl load "$WORK"
	check_eq "nothing was changed" "$(ctl save)" "$before"
}

# Comments, quotes, blanks: the grammar of a file.
grammar() {
	printf '%s\n' \
		'# a comment' '' '   ' $'\t# another' \
		'table   add	T   # after a command' \
		"route add $ANY via ${GW[1]} dev wan1 table T" \
		'rule add lookup T comment "two words, \"quoted\" \\ # no end"' \
		'rule add lookup T comment a#b' \
		'rule add lookup T comment "größer"' >"$WORK/file"
	# And a last line that is not ended.
	printf 'rule add lookup T comment last' >>"$WORK/file"
	check_true "loaded" ctl load "$WORK/file"
	check_eq "the comments" "$(ctl -j rule show | jq -r '.[].comment')" \
		"$(printf '%s\n' 'two words, "quoted" \ # no end' 'a#b' \
			'größer' last)"
	ctl save >"$WORK/saved"
	ctl load "$WORK/saved"
	check_eq "as save writes them" "$(ctl save)" "$(cat "$WORK/saved")"
}

# What is not there yet is a warning.
not_yet() {
	local output

	output=$(ctl load - 2>&1 <<-END
		table add T
		route add $ANY via ${GW[1]} dev wan1 table T
		route add $ANY via 10.9.9.1 dev ghost0 table T distance 2
		route add $ANY via kernel dev ghost2 table T distance 3
		rule add iif ghost1 lookup T
		rule add lookup T
	END
	) || fail "refused: $output"
	[[ $output == *ghost0* ]] || fail "no warning of ghost0: $output"
	[[ $output == *"via kernel dev ghost2 "*" waits: no such device"* ]] ||
		fail "no warning of ghost2: $output"
	[[ $output == *ghost1* ]] || fail "no warning of ghost1: $output"
	check_eq "what the module tells of the inactive" "$(inactive)" \
		$'ghost0\nghost2'
	only_on "the rest is in force" 1
}

inactive() {
	in_ns router python3 -B -E -S -c '
import sys
sys.path.insert(0, sys.argv[1])
import genl
for route in genl.Genl().dump("ROUTE_GET", {"INACTIVE": True}):
    print(route["DEVICE"])' "$LIB"
}

# A long file is sent while it is read: a mistake near its end, and a refusal,
# undo all of it.
long_file() {
	local before first i status

	ctl load "$WORK/a"
	before=$(ctl save)
	{
		cat "$WORK/b"
		for ((i = 0; i < 25000; i++)); do
			echo "route add 60.$((i >> 8)).$((i & 255)).0/24" \
				"via ${GW[3]} dev wan3"
		done
	} >"$WORK/long"
	first=$(($(wc -l <"$WORK/long") + 1))
	{
		cat "$WORK/long"
		echo bananas
		echo "set enabled maybe"
	} >"$WORK/bad"
	check_num "it is long" "$(wc -c <"$WORK/long")" -gt $((1 << 20))
	status=0
	ctl load "$WORK/bad" >"$WORK/out" 2>&1 || status=$?
	check_eq "exit status" "$status" 1
	check_true "a mistake is told" \
		grep -q ":$first: \"bananas\"" "$WORK/out"
	check_true "and the next" \
		grep -q ":$((first + 1)): \"maybe\"" "$WORK/out"
	check_eq "nothing was changed" "$(ctl save)" "$before"
	{
		cat "$WORK/long"
		echo "rule add lookup nowhere"
	} >"$WORK/bad"
	status=0
	ctl load "$WORK/bad" >"$WORK/out" 2>&1 || status=$?
	check_eq "exit status when it is refused" "$status" 2
	check_true "the line is named" \
		grep -q ":$first: \"nowhere\"" "$WORK/out"
	check_eq "nothing was changed then" "$(ctl save)" "$before"
	check_output "it is loaded" "" ctl load "$WORK/long"
	check_json "all of it" "$(ctl -j table show)" '.[0].routes4 >= 25000' \
		true
	ctl load "$WORK/a"
}

# A next hop that stays keeps its state and its counter.
next_hops() {
	local before

	ctl load "$WORK/a"
	only_on "A" 1
	before=$(counter)
	check_num "they are counted" "$before" -ge 50
	ctl nexthop set "${GW[1]}" dev wan1 state dead
	ctl load "$WORK/a"
	check_json "dead before, dead after" "$(ctl -j nexthop show)" \
		".[] | select(.gateway == \"${GW[1]}\").state" dead
	check_num "the counter goes on" "$(counter)" -ge "$before"
	ctl nexthop set "${GW[1]}" dev wan1 state auto
	ctl load "$WORK/b"
	ctl load "$WORK/a"
	only_on "A again" 1
}

counter() {
	ctl -j nexthop show | jq --arg gw "${GW[1]}" \
		'.[] | select(.gateway == $gw).packets'
}

# An empty file empties everything, and takes the hooks away.
empty() {
	ctl load /dev/null
	check_output "nothing is left" "" ctl save
	check_json "no hook is left" "$(ctl -j settings show)" .hooks false
	traffic flows m n=20
	check_eq "nothing is forwarded" "${R[got]}" 0
}

run_families \
	setup "two configurations" \
	each "each alone" \
	4:same_bytes "the same state gives the same bytes" \
	under_traffic "reloads under traffic: no mixture" \
	4:readers "reloads while the configuration is read" \
	4:errors "a bad line changes nothing and is named" \
	refused_under_traffic "refused under traffic" \
	4:no_file "no such file" \
	4:grammar "comments, quotes, blanks" \
	4:not_yet "what is not there yet is a warning" \
	4:long_file "a long file, and mistakes in it" \
	next_hops "next hops keep what they have" \
	empty "an empty file"
