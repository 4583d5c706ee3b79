#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_tests calls the functions
#
# diff tells what load would change: nothing after it, however the file writes
# it; before it, exactly what save says differently afterwards.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

setup() {
	topology 3
}

# differs STATUS TEXT FILE: what diff says.
differs() {
	local status=0

	ctl diff "$3" >"$WORK/said" 2>&1 || status=$?
	check_eq "diff ${3##*/}: its status" $status "$1"
	check_eq "diff ${3##*/}" "$(<"$WORK/said")" "$2"
}

same() {
	tutorial 3 | load_config
	ctl save >"$WORK/saved"
	check_num "that is a configuration" "$(wc -l <"$WORK/saved")" -ge 11
	differs 0 "" "$WORK/saved"
	differs 0 "" "$WORK/config"
	check_eq "JSON" "$(ctl -j diff "$WORK/saved")" "[]"
	check_eq "standard input" "$(ctl diff - <"$WORK/saved")" ""
}

# Words that mean what is so without them, and orders that mean nothing.
otherwise() {
	local word word6 target="${SERVER}9 ${SERVER}7"

	word="-$F"
	word6=$([ "$F" = 6 ] && echo "-6" || echo "-4")
	cat >"$WORK/config" <<-END
		distance dev wan9 7
		distance proto 77 3
		distance proto bgp 21
		distance dev wan1 9
		distance proto bgp default
		set check-gateway-interval 2000ms pin-mask 0xff0 enabled yes
		$word set hash-policy l3-inner
		table add b kernel 77 balance round-robin
		table add a hash-policy src
		table set a hash-policy inherit failback hard
		table set main balance per-packet
		nexthop set ${GW[1]} dev wan1 pin-id 7
		nexthop set ${GW[2]} dev wan2 pin-id 8
		nexthop set ${GW[2]} dev wan2 pin-id auto
		$word nexthop set dev ppp0 pin-id 9
		route add $ANY weight 3 via ${GW[2]} dev wan2 table a distance 1
		route add $ANY via ${FAR[3]} table a comment ""
		route replace $ANY via ${GW[2]} dev wan2 table a weight 4
		route add $ANY via kernel dev wan3 table a distance 20
		$word route add blackhole default distance 200 comment "a \\"b\\" # c"
		route add prohibit ${LAN10}0/$HOST disabled
		$word route add default dev none check-gateway none
		route add $ANY via ${FAR[3]} dev wan3 onlink check-gateway ping target $target all
		route add $ANY via ${GW[1]} dev wan1 check-gateway arp any pref-src ${NEAR[1]}
		rule add from $LANS to $ANY ipproto tcp sport 5-5 dport 1-2 mark 1 lookup b
		$word6 rule add iif "w\\x22" dscp 0 lookup-only-in-table a min-prefix 0 at 0
		rule add ipproto 47 unreachable comment x disabled before 1
		rule add mark 0x10/0xff native comment "" after x
		rule add prohibit
	END
	check_true "it is loaded" ctl load "$WORK/config"
	ctl save >"$WORK/saved"
	check_num "all of it" "$(wc -l <"$WORK/saved")" -eq 24
	differs 0 "" "$WORK/saved"
	differs 0 "" "$WORK/config"
}

changes() {
	tutorial 3 | load_config
	sed -e '/^set hash-policy/d' -e 's/^set hash-seed.*/set pin none/' \
		-e "s|via ${GW[2]} dev wan2 table ecmp|& weight 5|" \
		-e '/dev wan3 distance 3/d' -e '/catch-all/d' "$WORK/config" \
		>"$WORK/new"
	echo "rule add from $LANS lookup ecmp comment catch-all at 1" >>"$WORK/new"
	echo "rule add iif lan10 drop" >>"$WORK/new"
	differs 3 "$(cat <<-END
		-set hash-policy l4
		-set hash-seed $SEED
		+set pin none
		-route add $ANY via ${GW[3]} dev wan3 distance 3
		-route add $ANY via ${GW[2]} dev wan2 table ecmp
		+route add $ANY via ${GW[2]} dev wan2 table ecmp weight 5
		-rule add from ${LAN0}244/$HOST lookup main comment VIP # rule 1, moves to 2
		+rule add from ${LAN0}244/$HOST lookup main comment VIP # rule 2, moved from 1
		+rule add iif lan10 drop # rule 3
	END
	)" "$WORK/new"
	check_eq "nothing was changed" "$(ctl diff "$WORK/config")" ""
	check_json "JSON" "$(ctl -j diff "$WORK/new" || true)" \
		'[.[] | select(.change == "move") | .kind, .from, .to] | tostring' \
		'["rule",1,2]'
	ctl load "$WORK/new"
	differs 0 "" "$WORK/new"
}

# one of: a word by chance.
pick() {
	local -a words=("$@")

	PICKED=${words[RANDOM % $#]}
}

random_config() {
	local i n table

	pick "" "set hash-policy l4" "-$F set hash-policy src" "set enabled no"
	echo "$PICKED"
	pick "" "distance dev wan1 4" "distance proto ospf 4" "set pin none"
	echo "$PICKED"
	for table in a b c; do
		pick "" "balance round-robin" "failback hard" "hash-policy l4"
		echo "table add $table $PICKED"
	done
	for i in 1 2 3; do
		for table in main a b; do
			[ $((RANDOM % 2)) = 0 ] || continue
			pick "" "weight 2" "distance 2" "disabled" "comment \"$i #\""
			echo "route add $ANY via ${GW[i]} dev wan$i table $table $PICKED"
		done
	done
	n=$((RANDOM % 8))
	for ((i = 0; i < n; i++)); do
		pick "mark $i" "from $LANS" "iif lan10 dscp $i" "ipproto udp dport 1-9"
		printf 'rule add %s ' "$PICKED"
		pick "lookup a" "lookup main min-prefix $i" drop native "lookup-only-in-table b"
		printf '%s ' "$PICKED"
		pick "" "" "at $((i / 2))" "disabled comment c$i"
		echo "$PICKED"
	done
}

# Lines of two files that the other has not, by their signs, as diff does.
lines_apart() {
	{
		comm -23 <(sort "$1") <(sort "$2") | sed 's/^/-/'
		comm -13 <(sort "$1") <(sort "$2") | sed 's/^/+/'
	} | sort
}

# From each configuration to the next.
chance() {
	local i status same said

	RANDOM=$((SEED % 32768))
	: >"$WORK/new"
	ctl load "$WORK/new"
	for ((i = 0; i < 12; i++)); do
		random_config >"$WORK/new"
		ctl save >"$WORK/before"
		status=0
		ctl diff "$WORK/new" >"$WORK/said" || status=$?
		ctl load "$WORK/new" 2>/dev/null ||
			fail "not loaded: $(<"$WORK/new")"
		ctl save >"$WORK/after"
		said=$(grep -v ' # rule [0-9]*, move' "$WORK/said" |
			sed 's/ # rule [0-9]*$//' | sort)
		[ "$said" = "$(lines_apart "$WORK/before" "$WORK/after")" ] ||
			fail "round $i: diff said
$(<"$WORK/said")
of
$(<"$WORK/before")
and
$(<"$WORK/after")"
		same=0
		cmp -s "$WORK/before" "$WORK/after" || same=3
		check_eq "round $i: the status" $status $same
		differs 0 "" "$WORK/new"
		[ "$CHECK_FAILED" = 0 ] || return 0
	done
}

refused() {
	tutorial 3 | load_config
	ctl save >"$WORK/before"
	printf 'table add a\ntable add a\n' >"$WORK/new"
	differs 1 "$WORK/new:2: there is a table \"a\" already: choose another name or use table set
ecmpctl: $WORK/new cannot be loaded as it is: it was not compared" "$WORK/new"
	ctl save >"$WORK/after"
	check_true "what is configured stays" cmp "$WORK/before" "$WORK/after"
}

# Only an administrator sees the seed.
unprivileged() {
	local status=0

	tutorial 3 | load_config
	sed -i '/^set hash-seed/d' "$WORK/config"
	chmod 755 "$WORK"
	router setpriv --reuid 65534 --clear-groups --inh-caps=-all \
		ecmpctl diff - <"$WORK/config" >"$WORK/said" 2>&1 || status=$?
	check_eq "the status" $status 0
	check_eq "what is said" "$(<"$WORK/said")" \
		"ecmpctl: warning: the hash-seed is not compared: only an administrator sees it"
	differs 3 "-set hash-seed $SEED" "$WORK/config"
}

run_families \
	setup "the network is there" \
	same "what is configured does not differ from itself" \
	otherwise "nor does it written otherwise" \
	changes "what would change is told, and a move as a move" \
	chance "what is told is what load does" \
	refused "a file that cannot be loaded is not compared" \
	unprivileged "everybody may ask"
