# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The kernel's own routing and the module side by side: a test asks the same
# of both, and the answers must be the same. Sourced after lib.sh.
#
#  topology6 N    topology N (lib.sh), with IPv6 beside IPv4:
#      lan10   2001:db8:10::5, its router ::1     wanI  2001:db8:aI::1, ::2
#      lan20   2001:db8:20::100, its router ::1
#      inet    answers for 2001:db8:cafe::/48
#      Nothing is told unasked, and neighbours are known, so that what is
#      counted comes of the test's own packets. UDP port 4433 is not answered.
#  side native|ours        switches: "native" is the module disabled and what
#      native_policy says in force, "ours" the module enabled and none of that
#  native_policy add|del   ip rules and routes; a script defines it
#  both FUNCTION ARGUMENT...   runs it on both sides; it must print the same.
#      TEXT is what it printed. Lines that match UNLIKE may differ.

topology6() {
	local i name

	topology "$1" || return
	for name in router lan10 lan20 inet; do
		quiet $name || return
		# These packets want no answer.
		in_ns $name nft -f - <<-END || return
			table inet selftest_silence {
				chain in {
					type filter hook prerouting priority -450
					iif != lo udp dport 4433 fib daddr type local drop
					iif != lo ip frag-off & 0x3fff != 0 drop
				}
			}
		END
	done
	router nft delete table inet selftest_silence || return
	set_sysctl router net/ipv6/conf/all/forwarding=1
	set_sysctl inet net/ipv6/conf/all/forwarding=1
	lan6 lan10 2001:db8:10 5
	lan6 lan20 2001:db8:20 100
	{
		echo "address add 2001:db8:cafe::1/128 dev lo nodad"
		echo "route add local 2001:db8:cafe::/48 dev lo"
		for ((i = 1; i <= $1; i++)); do
			echo "address add 2001:db8:a$i::1/64 dev wan$i nodad"
			echo "route add 2001:db8:10::/44 via 2001:db8:a$i::2" \
				"dev wan$i metric $((100 + i))"
		done
	} | on inet -batch - || return
	for ((i = 1; i <= $1; i++)); do
		echo "address add 2001:db8:a$i::2/64 dev wan$i nodad"
	done | on router -batch - || return
	# shellcheck disable=SC2046 # words
	know 192.168.10.5 2001:db8:10::5 192.168.20.100 2001:db8:20::100 \
		$(for ((i = 1; i <= $1; i++)); do
			echo "10.1.$i.1 2001:db8:a$i::1"
		done)
}

# A namespace with IPv6 that says nothing unasked: no duplicate detection, no
# solicitations, neighbours that are known stay known.
quiet() {
	# shellcheck disable=SC2016 # expands in there
	in_ns "$1" bash -c '
		cd /proc/sys/net || exit
		set_all() {
			local file

			for file in $1; do
				echo "$2" >"$file" || exit
			done
		}
		set_all "ipv?/neigh/*/base_reachable_time_ms" 86400000
		set_all "ipv?/neigh/*/delay_first_probe_time" 86400
		set_all "ipv6/conf/*/router_solicitations" 0
		set_all "ipv6/conf/*/accept_dad" 0
		set_all "ipv6/conf/*/mldv2_unsolicited_report_interval" 1
		set_all ipv6/icmp/ratelimit 0
		set_all ipv4/icmp_ratemask 0
		set_all "ipv6/conf/*/disable_ipv6" 0
	'
}

# know ADDRESS...: the router knows its neighbours, and they know it.
know() {
	# shellcheck disable=SC2016 # expands in there
	check_true "the router reaches $*" router bash -c '
		for address; do
			ping -q -c 1 -w 20 "$address" >/dev/null &
			pids="$pids $!"
		done
		for pid in $pids; do
			wait $pid || exit
		done' know "$@"
}

# lan6 NS PREFIX HOST
lan6() {
	on router address add "$2::1/64" dev "$1" nodad || return
	on "$1" address add "$2::$3/64" dev "$1" nodad || return
	on "$1" route add default via "$2::1"
}

SIDE=ours
UNLIKE=

side() {
	[ "$1" != "$SIDE" ] || return 0
	SIDE=$1
	if [ "$1" = native ]; then
		native_policy add || return
		ctl set enabled no
	else
		ctl set enabled yes || return
		native_policy del
	fi
}

both() {
	local native ours

	side native || return
	native=$("$@") || fail "native: $*"
	side ours || return
	TEXT=$("$@") || fail "ours: $*"
	ours=$TEXT
	if [ -n "$UNLIKE" ]; then
		native=$(grep -vE -- "$UNLIKE" <<<"$native")
		ours=$(grep -vE -- "$UNLIKE" <<<"$ours")
	fi
	[ "$native" = "$ours" ] && [ -n "$ours" ] && return
	fail "$*: the module is not as the kernel"
	diag "$(diff -U 0 --label native <(echo "$native") \
		--label ours <(echo "$ours") | cut -c 1-300 | head -n 60 || true)"
	return 1
}

# packets AT [CASE...]: cases on stdin, or as arguments, one a case.
packets() {
	local at=$1
	shift

	if [ $# -gt 0 ]; then
		printf '%s\n' "$@"
	else
		cat "$WORK/cases"
	fi | python3 -B -E -S "$LIB/packets.py" "$ID" "$at"
}

# says WHAT PATTERN...: each is a line of TEXT, as an extended expression.
says() {
	local what=$1 pattern
	shift

	[ -n "$TEXT" ] || return
	for pattern; do
		grep -qxE -- "$pattern" <<<"$TEXT" && continue
		fail "$what: no line $pattern"
		diag "$(grep "^${pattern%% *} " <<<"$TEXT" | cut -c 1-200 || true)"
	done
}

# says_not WHAT PATTERN...
says_not() {
	local what=$1 pattern
	shift

	for pattern; do
		grep -qE -- "$pattern" <<<"$TEXT" || continue
		fail "$what: there is $pattern"
		diag "$(grep "^${pattern%% *} " <<<"$TEXT" | cut -c 1-200 || true)"
	done
}
