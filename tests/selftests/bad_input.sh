#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_tests calls the functions
#
# Bad input, through ecmpctl and through raw netlink: refused with a sentence,
# nothing changed, nothing leaked; and the good input beside it is accepted.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# The module is not there yet: every command must say the same.
absent() {
	local command got

	add_ns bare
	for command in "table show" "route show" "rule show" "settings show" \
		"get 192.0.2.1" "table add t" "rule del 0" "save" "monitor"; do
		# shellcheck disable=SC2086 # words
		check_output "$command" \
			"module ecmp is not loaded: modprobe ecmp" \
			in_ns bare ecmpctl $command
		got=0
		# shellcheck disable=SC2086
		in_ns bare ecmpctl $command >/dev/null 2>&1 || got=$?
		check_eq "status of $command" "$got" 2
	done
}

setup() {
	topology 3
	load_config <<-END
		set pin none
		set hash-seed $SEED
		table add T
		table add U hash-policy l4
		table add empty
		route add default via 10.1.1.1 dev wan1
		route add default via 10.1.1.1 dev wan1 table T
		route add default via 10.1.2.1 dev wan2 table T
		route add blackhole 198.51.100.0/24 table T
		route add default via 10.1.3.1 dev wan3 table U
		rule add lookup main min-prefix 0 comment a
		rule add from 192.168.0.0/16 lookup T comment b
		rule add lookup U comment c
		rule add drop comment spare disabled
	END
	traffic flows before n=60
	check_flows before
}

# --- through ecmpctl -----------------------------------------------------

# A sentence: a few words on the first line, not a number or the C library's
# name of an error.
sentence() {
	local line words

	IFS= read -r line <<<"$1"
	read -r -a words <<<"$line"
	[ ${#words[@]} -ge 3 ] && [ ${#line} -lt 300 ] &&
		! [[ $line =~ (errno|-22|RTNETLINK|Invalid argument) ]]
}

# bad STATUS TEXT WORD...: this command is refused so.
bad() {
	local status=$1 text=$2 output got=0
	shift 2

	[ -n "$SAVED" ] || SAVED=$(ctl save)
	output=$(ctl "$@" 2>&1) || got=$?
	check_eq "status of: $*" "$got" "$status"
	sentence "$output" || fail "no sentence for: $*: $output"
	[[ $output == *"$text"* ]] || fail "no \"$text\" for: $*: $output"
	check_output "saved after: $*" "$SAVED" ctl save
}

# The configuration as it must be after every refusal; empty: not known yet.
SAVED=

# good WORD...: this one is accepted.
good() {
	SAVED=
	check_true "accepted" ctl "$@"
}

words() {
	local before

	before=$(ctl save)
	bad 1 "" tabel show
	bad 1 "" table
	bad 1 "" table frobnicate
	bad 1 "" route show table
	bad 1 "" -x route show
	good route show table T
	good help
	good route help
	good -j route show
	good -4 route show
	check_eq "nothing was changed" "$(ctl save)" "$before"
}

tables() {
	good table add t1
	bad 2 t1 table add t1
	bad 2 main table add main
	bad 1 "" table add
	bad 1 1st table add 1st
	bad 1 "a b" table add "a b"
	bad 1 lookup table add lookup
	bad 1 "" table add "$(printf 'x%.0s' {1..33})"
	good table add "$(printf 'x%.0s' {1..32})"
	good table del "$(printf 'x%.0s' {1..32})"
	bad 1 l5 table add t2 hash-policy l5
	bad 1 "" table add t2 hash-policy
	good table set t1 hash-policy l4
	bad 1 robin table set t1 balance robin
	bad 1 "" table add t2 balance
	good table set t1 balance per-packet
	good table set t1 balance hash
	bad 2 nosuch table set nosuch hash-policy l4
	bad 2 nosuch table del nosuch
	bad 2 main table del main
	bad 2 "" table del T
	good table del t1
}

routes() {
	local via="via 10.1.1.1 dev wan1 table empty"

	# shellcheck disable=SC2086 # words
	{
		good route add 203.0.113.0/24 $via
		bad 2 "" route add 203.0.113.0/24 $via
		bad 1 203.0.112.0/20 route add 203.0.113.0/20 $via
		bad 1 "" route add 203.0.113.0/33 $via
		bad 1 "" route add 203.0.113/24 $via
		bad 1 "" route add $via
		bad 1 "" route add 203.0.114.0/24 $via distance 0
		bad 1 "" route add 203.0.114.0/24 $via distance 256
		bad 1 "" route add 203.0.114.0/24 $via distance one
		bad 1 "" route add 203.0.114.0/24 $via distance
		bad 1 "" route add 203.0.114.0/24 $via weight 0
		bad 1 "" route add 203.0.114.0/24 $via weight 257
		bad 1 "" route add 203.0.114.0/24 $via weight 1 weight 2
		bad 1 "" route add 203.0.114.0/24 $via color blue
		good route add 203.0.114.0/24 $via distance 255 weight 256
		good route add 203.0.115.7 $via comment "one host"
		good route add 0.0.0.0/0 $via
		good route del default table empty
		bad 2 nosuch route set 203.0.113.0/24 via 10.1.1.1 table nosuch \
		weight 3
		good route set 203.0.113.0/24 $via weight 3
		bad 2 "" route set 203.0.119.0/24 $via weight 3
		good route replace 203.0.113.0/24 $via
		good route disable 203.0.113.0/24 $via
		good route enable 203.0.113.0/24 $via
	}
	bad 2 nosuch route add default via 10.1.1.1 table nosuch
	bad 1 "" route add default via 10.1.1.256 table empty
	bad 1 "" route add default via table empty
	bad 2 own route add default via 10.1.1.2 table empty
	bad 2 "" route add default via 224.0.0.1 dev wan1 table empty
	bad 1 "" route add default dev "two words" table empty
	bad 1 "" route add default table empty
	bad 1 "" route add blackhole default via 10.1.1.1 table empty
	good route add blackhole 203.0.116.0/24 table empty
	bad 2 "" route add 203.0.116.0/24 via 10.1.1.1 dev wan1 table empty
	good route add 203.0.116.0/24 via 10.1.1.1 dev wan1 table empty \
		distance 2
	# Of two the command must say which; the refusal lists them.
	good route add 203.0.113.0/24 via 10.1.2.1 dev wan2 table empty
	bad 2 10.1.2.1 route del 203.0.113.0/24 table empty
	good route del 203.0.113.0/24 via 10.1.2.1 table empty
	good route del 203.0.113.0/24 table empty
	bad 2 203.0.113.0/24 route del 203.0.113.0/24 table empty
	bad 2 "ip route" route del 192.168.10.0/24
	bad 2 nosuch route flush table nosuch
	good route flush table empty
}

rules() {
	good rule add from 10.0.0.0/8 to 192.168.10.0/24 iif lan10 mark 1/3 \
		ipproto tcp sport 1-2 dport 3 dscp 4 lookup T min-prefix 8 \
		comment new before a
	bad 1 "" rule add
	bad 1 "" rule add lookup
	bad 1 "" rule add lookup T drop
	bad 1 "" rule add from 10.0.0.0/8
	bad 1 10.0.0.0/8 rule add from 10.0.0.1/8 lookup T
	bad 1 "" rule add from 10.0.0.0/8 to 2001:db8::/32 lookup T
	bad 1 "" rule add from 10.0.0.0/8 ipproto ipv6-icmp drop
	bad 1 "" rule add from 2001:db8::/32 ipproto icmp drop
	bad 1 "" rule add sport 5 drop
	bad 1 "" rule add ipproto icmp dport 5 drop
	bad 1 "" rule add ipproto tcp dport 0 drop
	bad 1 "" rule add ipproto tcp dport 65536 drop
	bad 1 5-9 rule add ipproto tcp dport 9-5 drop
	bad 1 "" rule add ipproto tpc drop
	bad 1 "" rule add dscp 64 drop
	bad 1 "" rule add mark 0x100000000 drop
	bad 1 "" rule add mark 8/7 drop
	bad 1 "" rule add mark -1 drop
	bad 1 "" rule add iif "$(printf 'x%.0s' {1..16})" drop
	bad 1 "" rule add lookup T min-prefix 129
	bad 2 "" rule add drop min-prefix 0
	bad 1 "" rule add drop comment "$(printf 'x%.0s' {1..256})"
	bad 1 "" rule add drop comment $'two\nlines'
	bad 1 "" rule add drop comment $'\xff'
	bad 1 "" rule add drop before a after b
	good rule add drop comment "$(printf 'x%.0s' {1..255})"
	good rule del "$(printf 'x%.0s' {1..255})"
	bad 2 nosuch rule add lookup nosuch
	bad 2 nobody rule add drop before nobody
	bad 2 99 rule del 99
	bad 2 99 rule del 0 99
	bad 1 "" rule del
	bad 2 99 rule move 0 after 99
	bad 1 "" rule move 0
	good rule set new dscp 5
	bad 2 99 rule set 99 dscp 5
	bad 1 "" rule set new dscp 99
	good rule disable new
	good rule enable new
	good rule move new after c
	good rule del new
}

others() {
	good nexthop set 10.1.1.1 dev wan1 state dead
	good nexthop set 10.1.1.1 dev wan1 state auto
	bad 1 "" nexthop set 10.1.1.1 dev wan1 state zombie
	bad 1 "" nexthop set 10.1.1.1 dev wan1
	bad 2 "" nexthop set 10.1.1.77 dev wan1 state dead
	good set hash-policy l4
	good set hash-policy l3
	bad 1 "" set hash-policy
	bad 1 l5 set hash-policy l5
	bad 1 "" set
	bad 1 "" set color blue
	bad 1 "" set enabled perhaps
	good set enabled yes
	good get 203.0.113.1
	good get 203.0.113.1 from 192.168.10.5 iif lan10 ipproto udp \
		sport 1 dport 2 mark 3
	bad 1 "" get
	bad 1 "" get 203.0.113.300
	bad 1 from get 203.0.113.1 iif lan10
	bad 2 nosuch0 get 203.0.113.1 from 192.168.10.5 iif nosuch0
	bad 1 "" get 203.0.113.1 sport 5
}

# Reading needs no privilege, and writing does.
user() {
	local command as="setpriv --reuid 65534 --regid 65534 --clear-groups"
	local before output got

	before=$(ctl save)
	for command in "table show" "route show" "rule show" "nexthop show" \
		"settings show" show "get 203.0.113.1" save; do
		# shellcheck disable=SC2086 # words
		check_true "a user: $command" router $as ecmpctl $command
	done
	for command in "table add t1" "table del U" "rule del 0" \
		"route add 203.0.113.0/24 via 10.1.1.1" "route flush table T" \
		"rule add drop" "rule move 0 after 1" "rule disable 0" \
		"set enabled no" "load /dev/null" \
		"nexthop set 10.1.1.1 dev wan1 state dead"; do
		got=0
		# shellcheck disable=SC2086
		output=$(router $as ecmpctl $command 2>&1) || got=$?
		check_eq "a user: status of $command" "$got" 2
		sentence "$output" ||
			fail "a user: no sentence for $command: $output"
		check_eq "a user: $command" "$(ctl save)" "$before"
	done
	[[ $(ctl save) == *"hash-seed $SEED"* ]] ||
		fail "an administrator does not see the seed"
	# shellcheck disable=SC2086
	[[ $(router $as ecmpctl save) != *$SEED* ]] ||
		fail "a user sees the seed"
}

# --- through raw netlink -------------------------------------------------

raw() {
	local output before

	before=$(ctl save)
	output=$(router env ECMP_SEED="$SEED" python3 -B -E -S \
		"$LIB/bad_input.py" "$1" 2>&1) || fail "raw netlink: $1"
	[ -z "$output" ] || diag "$output"
	check_eq "saved after $1" "$(ctl save)" "$before"
}

raw_good() { raw good; }
raw_malformed() { raw malformed; }
raw_meaning() { raw meaning; }
raw_frames() { raw frames; }
raw_user() { raw user; }
raw_fuzz() { raw fuzz; }

unreclaimable() {
	sed -n 's/^SUnreclaim: *\([0-9]*\) kB/\1/p' /proc/meminfo
}

# 20,000 refusals; had each left what it had allocated by then, a comment of
# 255 bytes in 12,500 of them, 3,200 kB would be gone. Half is the bound.
leaks() {
	local before after

	raw flood
	before=$(unreclaimable)
	raw flood
	after=$(unreclaimable)
	diag "unreclaimable memory: $before kB before, $after kB after"
	check_num "memory is given back: kB" $((after - before)) -lt 1600
}

# After all of it, the packets go where they went.
traffic_after() {
	traffic again after before
	check_flows after
	traffic diff before after
	check_eq "flows that go where they went" "${R[same]}" 60 ||
		diag "now: $(ctl show)"
}

run_tests \
	absent "without the module" \
	setup "a configuration" \
	words "ecmpctl: objects and verbs" \
	tables "ecmpctl: tables" \
	routes "ecmpctl: routes" \
	rules "ecmpctl: rules" \
	others "ecmpctl: nexthop, set, get" \
	user "ecmpctl: an ordinary user" \
	raw_good "netlink: good messages" \
	raw_malformed "netlink: malformed messages" \
	raw_meaning "netlink: well formed, and wrong" \
	raw_frames "netlink: headers and lengths" \
	raw_user "netlink: an ordinary user" \
	raw_fuzz "netlink: random damage" \
	leaks "refusals leak nothing" \
	traffic_after "the packets have not noticed"
