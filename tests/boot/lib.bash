# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2317 # eval, and run_tests
#
# What the scripts of this folder share; sourced. They are run as root in a
# machine that has booted a Debian (see run and world), whose network is the
# router: "router COMMAND" is COMMAND. Checks, and the names of what is around
# it, are those of the selftests.
#
# The first lines of a script say what its machine is made of:
#
#   # masked: UNIT...     these are not to run
#   # guide: FILE...      files that the guide has, as they stand there
#   # files: NAME...      folders in files, beside "all", whose files it has
#   # mistake: LINE       behind those of ecmp.conf
#
# A script's tests are run by run_tests: booted first, in_the_end last.

# shellcheck source=../selftests/lib.sh
. "$(dirname "$0")/../selftests/lib.sh"

ID=world
CONF=/etc/ecmp/ecmp.conf
ALIVE="on: 3 of 3 uplinks alive"
# Nothing of it is ours to clean up.
trap 'status=$?; kill_asker; rm -rf "$WORK"; exit $status' EXIT

router() {
	"$@"
}

on() {
	if [ "$1" = router ]; then
		ip "${@:2}"
	else
		ip -n "$ID-$1" "${@:2}"
	fi
}

# told_host NAME COMMAND...: what it prints is for the host, as NAME.
told_host() {
	local name=$1
	shift

	{
		echo "begin $name"
		"$@"
		echo "end $name"
	} >"$WORK/told" && cat "$WORK/told" >/dev/ttyS2
}

# --- systemd -------------------------------------------------------------

# property UNIT NAME
property() {
	systemctl show --value -p "$2" "$1"
}

# The boot is over when no job is left; the one of this script is not.
booted() {
	local state

	state=$(timeout 240 systemctl is-system-running --wait) || true
	check_eq "the machine is up" "$state" "${1-running}"
	check_eq "what has failed" "$(failed_units)" "${2-}" ||
		diag "$(journalctl -q -b -p warning)"
	check_eq "the kernel's complaints" "$(complaints)" ""
	diag "boot: $(systemd-analyze time 2>&1 | head -n 1)"
}

in_the_end() {
	the_unit active success
	check_eq "what has failed" "$(failed_units)" ""
	check_eq "the kernel's complaints" "$(complaints)" ""
}

failed_units() {
	systemctl --failed --plain --no-legend | awk '{ print $1 }' |
		paste -s -d ' '
}

complaints() {
	dmesg | grep -E 'BUG|WARNING|Oops|Call Trace|waiting for .* to become free|refcount' ||
		[ $? = 1 ]
}

# since UNIT: when it became active, in microseconds after the start.
since() {
	property "$1" ActiveEnterTimestampMonotonic
}

# in_order UNIT...: each became active after the one before it.
in_order() {
	local unit when last=0 text=

	for unit; do
		when=$(since "$unit")
		text="$text $unit=$when"
		check_true "in order:$text" [ "$when" -gt "$last" ] || return
		last=$when
	done
	diag "order:$text"
}

# the_unit STATE RESULT: of ecmp.service.
the_unit() {
	check_eq "ecmp.service" "$(property ecmp ActiveState) \
$(property ecmp Result)" "$1 $2"
}

# mark: from here on is since.
mark() {
	SINCE=${EPOCHREALTIME/./}
}

# since_mark MATCH...: entries of the journal, each a line of JSON. (journalctl
# --after-cursor passes over the first one that matches.)
since_mark() {
	journalctl -q -b -o json --since="@${SINCE:0:10}" "$@" |
		jq -c "select((.__REALTIME_TIMESTAMP | tonumber) > $SINCE)"
}

# said UNIT TEXT: in what the unit said since the mark is the text.
said() {
	local lines

	journalctl --sync
	lines=$(since_mark -u "$1" | jq -r .MESSAGE)
	check_true "the journal of $1 has: $2" grep -F -- "$2" <<<"$lines" ||
		diag "$lines"
}

# --- the module ----------------------------------------------------------

# The file is in force, all of it.
as_in_file() {
	check_true "the module is loaded" [ -d /sys/module/ecmp ] || return
	check_output "what is not as in the file" "" ecmpctl diff $CONF
}

# uplinks TEXT: what "show" begins with.
uplinks_are() {
	[ "$(ecmpctl show | head -n 1)" = "$1" ]
}

uplinks() {
	check_true "ecmpctl show: $1" wait_until 90 uplinks_are "$1" ||
		diag "$(ecmpctl show; ecmpctl route show default)"
}

# state: what is configured, and what is of the module in the kernel.
state() {
	ecmpctl save
	ecmpctl route show | grep -v '^flags\|^Flags'
	echo "kernel:"
	{
		ip -4 rule show
		ip -4 route show default
	} | sed -E 's/ (metric 2)[0-9]{4}/ \1/'
}

# What same_state and "after" compare with.
remember() {
	state >"$WORK/before"
	SAVED=$(ecmpctl save)
}

same_state() {
	state >"$WORK/now"
	cmp -s "$WORK/before" "$WORK/now"
}

as_before() {
	check_true "$1: as before" wait_until 90 same_state ||
		diag "$(diff "$WORK/before" "$WORK/now")"
}

all_in_force() {
	the_unit active success
	as_in_file
	uplinks "$ALIVE"
}

# after WHAT COMMAND...: it has changed nothing, in the end.
after() {
	local what=$1
	shift

	mark
	check_true "$what" "$@"
	as_before "after $what"
	check_output "what is configured" "$SAVED" ecmpctl save
	diag "$what: events: $(since_mark -t ecmp |
		jq -r .MESSAGE | paste -s -d ';')"
}

# --- traffic -------------------------------------------------------------

ASKER=
PINGER=

kill_asker() {
	[ -z "$ASKER$PINGER" ] || kill $ASKER $PINGER 2>/dev/null
}

# Without an end: pings, and new connections, of lan10.
traffic_begins() {
	# A port that was used a moment ago would be the same connection.
	command conntrack -F 2>/dev/null || true
	in_ns inet nft reset counters table ip world >/dev/null
	ip netns exec $ID-lan10 python3 -B -E -S echoes.py ask 45.57.94.1 \
		>"$WORK/asked" 2>&1 &
	ASKER=$!
	ip netns exec $ID-lan10 ping -q -i 0.05 45.57.94.1 \
		>"$WORK/pinged" 2>&1 &
	PINGER=$!
	check_true "packets pass" wait_until 30 passed 20 || no_way
}

# no_way: what there is to say when nothing passes.
no_way() {
	diag "$(sysctl net.ipv4.ip_forward; ip route; in_ns lan10 ip neigh
		in_ns lan10 ping -c 1 -W 2 192.168.10.1
		in_ns lan10 ping -c 1 -W 2 45.57.94.1
		nft list ruleset; command conntrack -L 2>&1 | head -n 5
		ip -s link show lan10; in_ns lan10 ip -s link
		tail -n 3 /run/world/*.log; networkctl --no-pager 2>&1)"
}

# counts: how many messages came by wan1, wan2 and wan3, since traffic_begins.
counts() {
	in_ns inet nft list counters table ip world |
		awk '$1 == "packets" { printf "%s ", $2 }'
}

# wan I
wan() {
	counts | cut -d ' ' -f "$1"
}

by_each_wan() {
	local i

	for i in 1 2 3; do
		check_num "by wan$i" "$(wan $i)" -gt 5
	done
}

sum() {
	local n=0 i

	for i in $(counts); do
		n=$((n + i))
	done
	echo $n
}

passed() {
	[ "$(sum)" -ge "$1" ]
}

# more N: until so many more messages have passed.
more() {
	check_true "packets pass" wait_until 60 passed $(($(sum) + $1))
}

# traffic_ends: SENT, ANSWERED; PINGS, PONGS.
traffic_ends() {
	kill -INT $PINGER || true
	kill -TERM $ASKER || true
	wait $ASKER $PINGER || true
	ASKER='' PINGER=''
	read -r SENT ANSWERED <"$WORK/asked" || true
	read -r PINGS PONGS < <(sed -nE \
		's/^([0-9]+) packets transmitted, ([0-9]+) received.*/\1 \2/p' \
		"$WORK/pinged") || true
	[ -n "${ANSWERED-}" ] || diag "$(<"$WORK/asked")"
	diag "connections: ${SENT-} asked, ${ANSWERED-} answered;" \
		"ping: ${PINGS-} sent, ${PONGS-} answered;" \
		"by the WANs: $(counts)"
}

nothing_lost() {
	traffic_ends
	check_num "connections" "${SENT:-0}" -gt 20
	check_eq "answers" "${ANSWERED:-none}" "$SENT"
	check_num "pings" "${PINGS:-0}" -gt 10
	# One may be under way.
	check_num "pongs" "${PONGS:-0}" -ge $((PINGS - 1))
}

# --- documents -----------------------------------------------------------

GUIDE=tools/ecmpctl/doc/guide.md

# block DOCUMENT LINE: its first code block that has this line.
block() {
	local place

	for place in /ecmp/blocks/*; do
		[ "$(<"$place/document")" = "$1" ] &&
			grep -qxF -- "$2" "$place/text" || continue
		cat "$place/text"
		return
	done
	fail "$1 has no block with the line: $2"
}

# section TITLE: what comes after it, up to an empty line.
section() {
	sed -n "/^$1/,/^\$/p"
}
