#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2016 # run_tests calls the functions; eval
#
# load --confirm: what nobody confirms is taken back, to the byte, whatever has
# become of the command, its session and its terminal meanwhile; and what is
# confirmed stays.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# The log that a router has, in a file.
log_start() {
	socat -u UNIX-RECV:/dev/log,mode=666 "CREATE:$WORK/log" &
	LOGGER=$!
	trap 'kill $LOGGER 2>/dev/null; cleanup' EXIT
	wait_until 10 test -S /dev/log
}

# What a few commands take here, in seconds: what waits must outlast them.
pace() {
	local begun=${EPOCHREALTIME/./}

	ctl save >/dev/null
	waits waits >/dev/null
	S=$((3 + (${EPOCHREALTIME/./} - begun) / 250000))
	diag "what waits, waits for $S seconds"
}

setup() {
	topology 3
	# Namespaces of other scripts, which are gone, had files there, too.
	rm -f /run/ecmp/{lock,confirm,undone}-*
	log_start
	pace
	{
		tutorial 3
		echo "distance proto bgp 21"
		echo "nexthop set ${GW[1]} dev wan1 pin-id 7"
		echo "-6 rule add ipproto tcp dport 1-9 drop comment \"a \\\"b\\\" #\""
	} >"$WORK/a.conf"
	echo "route add $ANY via ${GW[2]} dev wan2" >"$WORK/b.conf"
	tutorial 2 l3 >"$WORK/c.conf"
	ctl load "$WORK/a.conf"
	ctl save >"$WORK/a"
	ctl load "$WORK/b.conf"
	ctl save >"$WORK/b"
	ctl load "$WORK/c.conf"
	ctl save >"$WORK/c"
	check_num "that is a configuration" "$(wc -l <"$WORK/a")" -ge 14
}

is() {
	ctl save >"$WORK/is"
	cmp -s "$WORK/is" "$1"
}

# There is a configuration, and nothing waits.
begin() {
	ctl confirm >/dev/null 2>&1 || true
	ctl load "$WORK/a.conf"
	rm -f /run/ecmp/undone-*
	: >"$WORK/log"
}

# What waits, of one member.
waits() {
	ctl -j confirm --show | jq -r ".$1"
}

check_is() {
	check_true "$1" is "$WORK/$2" || diag "$(diff "$WORK/$2" "$WORK/is")"
}

check_returns() {
	check_true "$1" wait_until 60 is "$WORK/${2-a}" ||
		diag "$(diff "$WORK/${2-a}" "$WORK/is")" "$(<"$WORK/log")"
}

returns() {
	begin
	check_output "what is told" \
		"$WORK/b.conf is loaded for ${S}s: \"ecmpctl confirm\" keeps it, or the configuration before returns" \
		ctl load --confirm "$S" "$WORK/b.conf"
	check_is "it is loaded at once" b
	check_eq "it waits" "$(waits waits)" true
	check_eq "somebody watches" "$(waits watched)" true
	check_num "for as long" "$(waits left_ms)" -le "${S}000"
	check_returns "the configuration before is back"
	check_true "that is logged" wait_until 5 grep -q \
		"ecmpctl\[[0-9]*\]: $WORK/b.conf was not confirmed: the configuration before is back; what was taken back is in /run/ecmp/undone-" \
		"$WORK/log"
	check_output "what was taken back is there" "$(<"$WORK/b")" \
		grep -v "^#" /run/ecmp/undone-*
	check_true "and can be loaded" ctl check /run/ecmp/undone-*
	check_eq "nothing waits" "$(waits waits)" false
	check_eq "it is told what was" "$(waits undone_file)" "$WORK/b.conf"
	check_fail "confirm comes too late" \
		"no load waits to be confirmed: $WORK/b.conf was taken back " \
		ctl confirm
	check_true "nobody waits any more" eval \
		'! pgrep -f "ecmpctl load --confirm"'
}

stays() {
	begin
	ctl load "$WORK/b.conf" --confirm "${S}s" >/dev/null
	check_true "confirm tells what" eval \
		'ctl confirm | grep -Exq "$WORK/b.conf, loaded [0-9]*s ago, stays"'
	check_fail "once" "no load waits to be confirmed: see" ctl confirm
	check_true "nobody waits" wait_until 5 eval \
		'! pgrep -f "ecmpctl load .* --confirm"'
	sleep "$S.5"
	check_is "it stays" b
	check_eq "nothing is logged" "$(<"$WORK/log")" ""
	ctl load "$WORK/a.conf" --confirm 20 >/dev/null
	check_json "JSON" "$(ctl -j confirm)" '.confirmed, .age_ms < 20000' \
		"$WORK/a.conf
true"
}

aborted() {
	begin
	ctl load --confirm 1h "$WORK/b.conf" >/dev/null
	check_num "it has an hour" "$(waits left_ms)" -gt 3500000
	check_true "it is shown" eval \
		'ctl confirm --show | grep -Exq "$WORK/b.conf waits to be confirmed: 59m[0-9]*s left of 1h"'
	check_true "and in the overview" eval \
		'ctl show | grep -q "^notice: $WORK/b.conf waits to be confirmed, 59m"'
	check_output "it is taken back at once" \
		"$WORK/b.conf is taken back: the configuration before is there again; what was is in $(
			echo /run/ecmp/lock-* | sed s/lock/undone/)" \
		ctl confirm --abort
	check_is "to the byte" a
	check_fail "once" "no load waits to be confirmed" ctl confirm --abort
}

# A second load.
# What was configured cannot be added any more, as a device and addresses are
# others now: it waits, and is gone back to all the same.
host_changed() {
	begin
	{
		cat "$WORK/a.conf"
		echo "route add 203.0.113.0/24 via 10.1.1.9"
		echo "route add 203.0.114.0/24 via 10.1.3.9 dev wan3"
		echo "route add 203.0.115.0/24 via 10.1.2.8 dev wan2" \
			"check-gateway arp"
	} >"$WORK/d.conf"
	ctl load "$WORK/d.conf"
	ctl save >"$WORK/d"
	on router address add 10.1.1.77/24 dev wan2
	on router address add 10.1.3.9/24 dev wan3
	on router link set wan2 arp off
	check_fail "by hand" "on-link on several devices: add dev" \
		ctl load "$WORK/d.conf"
	check_is "it stays" d
	ctl load --confirm 1h "$WORK/b.conf" >/dev/null
	check_is "another one" b
	check_true "taken back" ctl confirm --abort
	check_is "to the byte" d
	check_json "what waits" "$(ctl -j route show 203.0.113.0/24)" \
		'.[0].reason' ambiguous
	# From now on it is as always.
	check_fail "added again" "on-link on several devices: add dev" \
		ctl route add 203.0.116.0/24 via 10.1.1.9
	check_fail "its own address" "the router's own address" \
		ctl route add 203.0.117.0/24 via 10.1.3.9 dev wan3
	on router address del 10.1.1.77/24 dev wan2
	on router address del 10.1.3.9/24 dev wan3
	on router link set wan2 arp on
	check_true "then it is there" wait_until 10 eval \
		'ctl -j route show 203.0.113.0/24 | jq -e ".[0].active"'
	ctl load "$WORK/a.conf"
}

supersedes() {
	begin
	ctl load --confirm $((2 * S)) "$WORK/b.conf" >/dev/null
	check_fail "a load for good is refused" \
		"ecmpctl: $WORK/b.conf waits to be confirmed, and would take this back in " \
		ctl load "$WORK/c.conf"
	check_is "nothing is changed" b
	check_true "another one takes its place" \
		ctl load --confirm $((3 * S)) "$WORK/c.conf"
	check_is "at once" c
	check_eq "it waits alone" "$(waits file)" "$WORK/c.conf"
	sleep "$((2 * S)).5"
	check_is "its time is its own" c
	check_returns "back to what was confirmed last"
	check_true "that is logged" wait_until 5 \
		grep -q "configuration before is back" "$WORK/log"
	check_eq "one was taken back" \
		"$(grep -c "configuration before is back" "$WORK/log")" 1
}

# What somebody changes while it waits goes, too, but is not lost.
others() {
	begin
	ctl load --confirm $((2 * S)) "$WORK/b.conf" >/dev/null
	ctl rule add from "$LANS" drop comment late
	ctl nexthop set "${GW[3]}" dev wan3 pin-id 9
	ctl save >"$WORK/changed"
	check_returns "to the byte"
	check_output "it is kept" "$(<"$WORK/changed")" \
		grep -v "^#" /run/ecmp/undone-*
}

refused() {
	begin
	echo bananas >"$WORK/bad.conf"
	check_fail "a mistake" "$WORK/bad.conf:1: \"bananas\" is no command" \
		ctl load --confirm 9 "$WORK/bad.conf"
	echo "rule add to ${SERVER}7 lookup nowhere" >"$WORK/bad.conf"
	check_fail "what the module refuses" "\"nowhere\": there is no table of this name" \
		ctl load --confirm 9 "$WORK/bad.conf"
	echo "rule add drop" >"$WORK/bad.conf"
	check_fail "what cuts the session" "this would cut your ssh session" \
		router env "SSH_CONNECTION=$WORLD 7 ${NEAR[1]} 22" \
		ecmpctl load --confirm 9 "$WORK/bad.conf"
	check_eq "nothing waits" "$(waits waits)" false
	check_is "nothing is changed" a
	# The one that waits goes on waiting.
	ctl load --confirm $((2 * S)) "$WORK/b.conf" >/dev/null
	check_fail "while another waits" "this would cut your ssh session" \
		router env "SSH_CONNECTION=$WORLD 7 ${NEAR[1]} 22" \
		ecmpctl load --confirm 9 "$WORK/bad.conf"
	check_eq "that waits" "$(waits file)" "$WORK/b.conf"
	check_returns "and returns"
	check_fail "a time that is none" \
		'"0" is not a duration from 1s to 24h' \
		ctl load --confirm 0 "$WORK/b.conf"
}

# Whose session it is may be known to a process above alone, as with sudo. One
# that did not come to this namespace is not cut by it.
session() {
	begin
	echo "rule add drop" >"$WORK/bad.conf"
	check_fail "what sudo took away" \
		"this would cut your ssh session from $WORLD " \
		router env "SSH_CONNECTION=$WORLD 7 ${NEAR[1]} 22" bash -c \
		'env -u SSH_CONNECTION ecmpctl load "$1"; exit $?' - \
		"$WORK/bad.conf"
	check_is "nothing is changed" a
	check_true "a session of another namespace" \
		router env "SSH_CONNECTION=$WORLD 7 ${SERVER}7 22" \
		ecmpctl load "$WORK/bad.conf"
	ctl load "$WORK/a.conf"
}

# The terminal goes, as with ssh; so does whoever reads what was printed.
hangup() {
	begin
	router timeout 60 python3 -B -E -S "$LIB/hangup.py" \
		ecmpctl load --confirm "$S" "$WORK/b.conf" >"$WORK/told" || true
	check_true "it was loaded" grep -q "is loaded for ${S}s" "$WORK/told"
	check_eq "it waits" "$(waits watched)" true
	check_returns "and is taken back"
	check_num "nobody waited for it" \
		"$(router bash -c 'time -p ecmpctl load --confirm 1h '"$WORK/b.conf"' | cat' \
			2>&1 | awk '/^real/ { print int($2) }')" -lt 60
	ctl confirm >/dev/null
}

# Killed at any moment: all is as before, or is so soon.
killed() {
	local i ms rounds=${ECMP_LONG:+20}

	for ((i = 0; i < ${rounds:-4}; i++)); do
		begin
		# No function: its shell would be killed instead.
		ip netns exec "$ID-router" setsid \
			ecmpctl load --confirm 1 "$WORK/b.conf" >/dev/null 2>&1 &
		ms=$(((RANDOM + SEED) % (100 * (S - 2) * PATIENCE)))
		sleep "$((ms / 1000)).$(printf %03d $((ms % 1000)))"
		kill -9 $! 2>/dev/null || true
		wait $! 2>/dev/null || true
		[ "$(waits waits)" = false ] || KILLED_LATE=$((KILLED_LATE + 1))
		check_returns "round $i" || return 0
		sleep 0.2
		check_true "round $i: nobody waits" wait_until 5 eval \
			'[ "$(waits waits)" = false ]'
	done
	diag "$KILLED_LATE of $i were loaded, and taken back"
}
KILLED_LATE=0

# The process that waits is ended: by systemd with its session, or for good.
ended() {
	begin
	ctl load --confirm 1h "$WORK/b.conf" >/dev/null
	pkill -f "ecmpctl load --confirm 1h"
	check_returns "on SIGTERM it goes back rather than never"
	begin
	ctl load --confirm 1h "$WORK/b.conf" >/dev/null
	pkill -9 -f "ecmpctl load --confirm 1h"
	wait_until 10 eval '[ "$(waits watched)" = false ]'
	check_eq "nobody watches" "$(waits watched)" false
	check_fail "nothing else is loaded" \
		"$WORK/b.conf waits to be confirmed, though its process is gone: " \
		ctl load "$WORK/a.conf"
	check_true "the overview tells no time" eval \
		'ctl show | grep -q "^notice: $WORK/b.conf waits to be confirmed, though its process is gone"'
	check_true "that is told" eval \
		'grep -q "the process that waited is gone" <<<"$(
			ctl confirm --show 2>&1)"'
	ctl confirm --abort >/dev/null
	check_is "it can be taken back" a
}

# Where systemd is, it is asked for a scope: it may end those of the session.
scope() {
	local pid

	begin
	mkdir -p "$WORK/bin" /run/systemd/system
	printf '#!/bin/sh\necho "$*" >>"%s"\n' "$WORK/asked" >"$WORK/bin/busctl"
	chmod +x "$WORK/bin/busctl"
	router env "PATH=$WORK/bin:$PATH" \
		ecmpctl load --confirm 1h "$WORK/b.conf" >/dev/null
	rmdir /run/systemd/system /run/systemd
	pid=$(pgrep -f "ecmpctl load --confirm 1h")
	check_eq "for the process that waits" "$(<"$WORK/asked")" \
		"--quiet --timeout=5 call org.freedesktop.systemd1 /org/freedesktop/systemd1 org.freedesktop.systemd1.Manager StartTransientUnit ssa(sv)a(sa(sv)) ecmpctl-confirm-$pid.scope fail 2 PIDs au 1 $pid Description s ecmpctl load waits to be confirmed 0"
	check_eq "it is in no session of this script's" \
		"$(ps -o sid=,tty= -p "$pid" | awk '{ print $1, $2 }')" "$pid ?"
	ctl confirm --abort >/dev/null
}

# Another program has a transaction open when it is time; then it has not.
in_the_way() {
	begin
	ctl load --confirm $((2 * S)) "$WORK/b.conf" >/dev/null
	router timeout 60 python3 -B -E -S -c '
import sys, time
sys.path.insert(0, sys.argv[1])
from genl import Genl
genl = Genl()
genl.must("TRANSACTION_BEGIN")
print(flush=True)
time.sleep(float(sys.argv[2]))' "$LIB" $((2 * S + 3)) >"$WORK/began" &
	check_true "it is logged" wait_until $((4 * S)) grep -q \
		"another program has a transaction open" "$WORK/log"
	check_returns "it is tried again"
	wait $!
	check_eq "and told once" \
		"$(grep -c "another program has a transaction" "$WORK/log")" 1
}

# The module is gone, and comes back empty.
failing() {
	begin
	ctl load --confirm 1 "$WORK/b.conf" >/dev/null
	rmmod ecmp
	check_true "it is logged" wait_until 10 grep -q \
		"module ecmp is not loaded" "$WORK/log"
	[ -z "${ECMP_LONG:-}" ] || check_true "given up, and told" \
		wait_until 90 grep -q "confirm --abort. tries again" "$WORK/log"
	MODULE_USERS=0 load_module
	[ -z "${ECMP_LONG:-}" ] || ctl confirm --abort >/dev/null
	check_returns "the configuration before is back"
}

# Each network namespace for itself.
apart() {
	add_ns other
	begin
	in_ns other ecmpctl load "$WORK/b.conf" 2>/dev/null
	in_ns other ecmpctl load --confirm 1h "$WORK/c.conf" >/dev/null 2>&1
	check_eq "elsewhere nothing waits" "$(waits waits)" false
	check_true "a load is no concern of the other's" ctl load "$WORK/c.conf"
	ctl load --confirm 1 "$WORK/b.conf" >/dev/null
	check_returns "this one returns" c
	check_true "the other waits" eval \
		'[ "$(in_ns other ecmpctl -j confirm --show | jq .waits)" = true ]'
	in_ns other ecmpctl confirm --abort >/dev/null 2>&1
	in_ns other ecmpctl save >"$WORK/is"
	check_true "each has its own" cmp "$WORK/is" "$WORK/b"
}

private() {
	begin
	ctl load --confirm 1h "$WORK/b.conf" >/dev/null
	check_eq "the folder is root's" "$(stat -c %a /run/ecmp)" 700
	check_eq "so is what is in it" \
		"$(stat -c %a /run/ecmp/* | sort -u)" 600
	check_fail "others cannot confirm" \
		"only an administrator confirms what was loaded" \
		router setpriv --reuid 65534 --clear-groups --inh-caps=-all \
		ecmpctl confirm
	check_true "but look at the rest" \
		router setpriv --reuid 65534 --clear-groups --inh-caps=-all \
		ecmpctl show
	ctl confirm --abort >/dev/null
}

run_tests \
	setup "the network is there, and a log" \
	returns "what nobody confirms is taken back" \
	stays "what is confirmed stays" \
	aborted "it is taken back when asked to" \
	host_changed "what devices and addresses would refuse by now" \
	supersedes "a second load takes the place of the first that waits" \
	others "what others changed meanwhile is kept aside" \
	refused "what is not loaded does not wait" \
	session "the session is found above, if it is this namespace's" \
	hangup "the terminal goes" \
	killed "the command is killed at any moment" \
	ended "the process that waits is ended" \
	scope "it asks systemd for a scope of its own" \
	in_the_way "another program's transaction is waited for" \
	failing "what cannot be loaded any more is logged" \
	apart "each network namespace for itself" \
	private "only an administrator sees it"
