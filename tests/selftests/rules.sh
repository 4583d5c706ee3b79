#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_tests calls the functions
#
# Rules: their order and names, each matcher, interfaces that come and go.
# Table tN has a default route by wanN.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=by_table.bash
. "$LIB/by_table.bash"

setup() {
	topology 3
}

# --- order and names -----------------------------------------------------

# save has the rules in order and starts faster than jq does.
check_order() {
	check_eq "the rules" "$(ctl save | awk '/^rule / {
		printf "%s%d:%s", n ? " " : "", n++, $NF }')" "$1"
}

id_of() {
	ctl -j rule show | jq -r --arg c "$1" '.[] | select(.comment == $c).id'
}

order() {
	config <<-END
		rule add lookup t1 comment a
		rule add lookup t2 comment b
		rule add lookup t3 comment c
	END
	check_order "0:a 1:b 2:c"
	goes 1
	ctl rule add lookup t2 comment d before 0
	check_order "0:d 1:a 2:b 3:c"
	goes 2
	ctl rule add lookup t3 comment e after a
	check_order "0:d 1:a 2:e 3:b 4:c"
	ctl rule add lookup t3 comment f at 0
	check_order "0:f 1:d 2:a 3:e 4:b 5:c"
	goes 3
	ctl rule add lookup t1 comment g at 2
	check_order "0:f 1:d 2:g 3:a 4:e 5:b 6:c"
	ctl rule add lookup t1 comment h before id "$(id_of f)"
	check_order "0:h 1:f 2:d 3:g 4:a 5:e 6:b 7:c"
	goes 1
	ctl rule add lookup t1 comment i after 7
	check_json "numbers and comments" "$(ctl -j rule show)" \
		'map("\(.index):\(.comment)") | join(" ")' \
		"0:h 1:f 2:d 3:g 4:a 5:e 6:b 7:c 8:i"
	check_order "0:h 1:f 2:d 3:g 4:a 5:e 6:b 7:c 8:i"
}

move() {
	ctl rule move 6 before 0
	check_order "0:b 1:h 2:f 3:d 4:g 5:a 6:e 7:c 8:i"
	goes 2
	ctl rule move b after i
	check_order "0:h 1:f 2:d 3:g 4:a 5:e 6:c 7:i 8:b"
	goes 1
	ctl rule move id "$(id_of e)" before h
	check_order "0:e 1:h 2:f 3:d 4:g 5:a 6:c 7:i 8:b"
	goes 3
	ctl rule move 0 after 1
	check_order "0:h 1:e 2:f 3:d 4:g 5:a 6:c 7:i 8:b"
	goes 1
	check_json "get tries them in this order" \
		"$(ctl -j get "${SINK}1" from "${LAN10}5" iif lan10)" \
		'.steps | map([.index, .comment] | join(":")) | join(" ")' \
		"0:h"
}

names() {
	local last

	last=$(id_of b)
	# All are resolved before the first goes: 0, 2 and 4 as printed now.
	ctl rule del 0 2 4
	check_order "0:e 1:d 2:a 3:c 4:i 5:b"
	goes 3
	ctl rule del i id "$last"
	check_order "0:e 1:d 2:a 3:c"
	ctl rule add lookup t1 comment new
	check_num "an id is never used again" "$(id_of new)" -gt "$last"
	check_order "0:e 1:d 2:a 3:c 4:new"
	check_json "others keep theirs" "$(ctl -j rule show)" \
		'map(.id) | unique | length' 5
}

# Refused, with the rules as they were.
not_there() {
	local before

	ctl rule add lookup t1 comment a
	before=$(ctl save)
	check_fail "a number too high" 99 ctl rule del 99
	check_fail "one of two is not there" 99 ctl rule del 0 99
	check_fail "no such comment" nobody ctl rule del nobody
	check_fail "no such id" 999999 ctl rule del id 999999
	check_fail "an id that was used once" "" \
		ctl rule disable id $(($(id_of new) - 1))
	check_fail "two rules of one comment" a ctl rule del a
	check_fail "moved before none" 99 ctl rule move 0 before 99
	check_fail "added after none" nobody \
		ctl rule add lookup t1 after nobody
	check_fail "disabled twice over" 99 ctl rule disable 99
	check_eq "nothing was changed" "$(ctl save)" "$before"
}

disable() {
	config <<-END
		rule add lookup t1 comment a
		rule add lookup t2 comment b
		rule add lookup t3 comment c disabled
	END
	goes 1
	ctl rule disable a
	goes 2
	check_json "rule show" "$(ctl -j rule show)" \
		'map(.disabled) | map(tostring) | join(" ")' "true false true"
	check_json "get says so" \
		"$(ctl -j get "${SINK}1" from "${LAN10}5" iif lan10)" \
		'.steps[0].outcome' disabled
	ctl rule disable 1
	goes 0
	ctl rule enable 2
	goes 3
	ctl rule enable 0
	goes 1
	check_order "0:a 1:b 2:c"
}

# Only what is named changes, and the place stays.
set_rule() {
	config <<-END
		rule add from ${LAN10}5 lookup t1 comment a
		rule add lookup t3 comment z
	END
	ctl rule set 0 from "${LAN10}6"
	goes 3 src="${LAN10}5"
	goes 1 src="${LAN10}6"
	ctl rule set a lookup t2
	goes 2 src="${LAN10}6"
	ctl rule set 0 comment b
	check_order "0:b 1:z"
	goes 2 src="${LAN10}6"
	ctl rule set b drop
	goes 0 src="${LAN10}6"
	check_fail "a table that does not exist" nosuch \
		ctl rule set 0 lookup nosuch
	goes 0 src="${LAN10}6"
	goes 3 src="${LAN10}5"
}

# saved LINE: so save has the rule with the comment x.
saved() {
	check_eq "saved" "$(ctl save | sed -n 's/ comment x$//p')" "$1"
}

# A family that was asked for stays whatever is set, until the other one is asked
# for; that of an address or a protocol goes with it.
set_family() {
	local other=6 icmp=icmp theirs=ipv6-icmp

	if [ "$F" = 6 ]; then
		other=4 icmp=ipv6-icmp theirs=icmp
	fi
	config <<-END
		-$other rule add ipproto tcp dport 25 drop comment x
		rule add lookup t3
	END
	goes 3 proto=tcp dport=25
	ctl rule set x ipproto udp
	saved "-$other rule add ipproto udp dport 25 drop"
	goes 3 dport=25
	ctl rule set x ipproto any dport any
	saved "-$other rule add drop"
	goes 3
	check_fail "a protocol of this family" "icmp is IPv4" \
		ctl rule set x ipproto "$icmp"
	check_fail "an address of this family" "mixes IPv4 and IPv6" \
		ctl rule set x from "${LAN10}5"
	saved "-$other rule add drop"
	ctl rule set x ipproto "$theirs"
	saved "rule add ipproto $theirs drop"
	goes 3 proto=icmp

	ctl rule set x ipproto any
	saved "rule add drop"
	goes 0
	ctl "-$other" rule set x
	saved "-$other rule add drop"
	goes 3
	ctl "-$F" rule set x from "${LAN10}5"
	saved "rule add from ${LAN10}5/$HOST drop"
	goes 0 src="${LAN10}5"
	check_fail "the family that its address is not of" \
		"mixes IPv4 and IPv6" ctl "-$other" rule set x dscp 5
	ctl "-$other" rule set x from any
	saved "-$other rule add drop"
	goes 3 src="${LAN10}5"
	ctl "-$F" rule set x dscp 5
	saved "-$F rule add dscp 5 drop"
	goes 0 dscp=5
}

# --- matchers ------------------------------------------------------------

# matcher WORDS: the rule before the catch-all.
matcher() {
	config <<-END
		rule add $* lookup t1
		rule add lookup t3
	END
}

hit() { goes 1 "$@"; }
miss() { goes 3 "$@"; }

addresses() {
	local last=127 next=128 to=198.18.7.0 end=198.18.7.255 plen=24
	local before=198.18.6.255 after=198.18.8.0 at half=25
	local elsewhere=192.168.11.5

	if [ "$F" = 6 ]; then
		last=7f next=80 half=121 elsewhere=2001:db8:c0a8:11::5
		to=2001:2:0:7:: plen=64 end=2001:2:0:7:ffff:ffff:ffff:ffff
		before=2001:2:0:6:ffff:ffff:ffff:ffff after=2001:2:0:8::
	fi
	at=${to%0}
	matcher from "${LAN10}0/$half"
	hit src="${LAN10}2"
	hit src="${LAN10}$last"
	miss src="${LAN10}$next"
	matcher from "${LAN10}7"
	hit src="${LAN10}7"
	miss src="${LAN10}6"
	miss src="${LAN10}8"
	matcher to "$to/$plen"
	hit dst="$to+3"
	hit dst="$end"
	miss dst="$before"
	miss dst="$after"
	matcher from "$NET10" to "${at}7"
	hit dst="${at}7"
	miss dst="${at}6"
	miss dst="${at}7" src="$elsewhere"
	matcher from "$ANY"
	hit
}

interface() {
	matcher iif lan10
	hit client=lan10
	miss client=lan20 src="${LAN20}100"
	# By its name, not by what it was when the rule was made.
	on router link set lan10 down
	on router link set lan10 name renamed
	on router link set renamed up
	ready lan10
	miss mac=renamed
	ctl rule set 0 iif renamed
	hit mac=renamed
	on router link set renamed down
	on router link set renamed name lan10
	on router link set lan10 up
	ready lan10
	miss
	ctl rule set 0 iif lan10
	hit
}

protocol() {
	matcher ipproto udp
	hit proto=udp
	miss proto=tcp
	miss proto=icmp
	matcher ipproto "$([ "$F" = 4 ] && echo icmp || echo ipv6-icmp)"
	hit proto=icmp
	miss proto=udp
	matcher ipproto 6
	hit proto=tcp
	miss proto=udp
	matcher dscp 46
	hit dscp=46
	miss dscp=45
	miss dscp=0
	matcher dscp 0
	hit dscp=0
	miss dscp=1
}

ports() {
	matcher ipproto udp dport 53
	hit dport=53
	miss dport=54
	miss dport=53 proto=tcp
	miss sport=53
	matcher ipproto udp dport 5060-5080
	hit dport=5060
	hit dport=5080
	miss dport=5059
	miss dport=5081
	matcher ipproto tcp sport 1000-2000 dport 80
	hit proto=tcp sport=1000 dport=80
	hit proto=tcp sport=2000 dport=80
	miss proto=tcp sport=999 dport=80
	miss proto=tcp sport=2001 dport=80
	miss proto=tcp sport=1500 dport=81
	matcher ipproto udp sport 1-65535
	hit sport=1
	hit sport=65535
	# Nothing else stands where a port would.
	miss proto=icmp
}

marks() {
	router nft -f - <<-END
		table $IP marks {
			chain in {
				type filter hook prerouting priority mangle
				udp dport 7001 meta mark set 0x10
				udp dport 7002 meta mark set 0x11
				udp dport 7003 meta mark set 0x80000010
			}
		}
	END
	matcher mark 0x10
	hit dport=7001
	miss dport=7002
	miss dport=7003
	miss dport=7004
	matcher mark 0x10/0xf0
	hit dport=7001
	hit dport=7002
	hit dport=7003
	miss dport=7004
	matcher mark 0
	hit dport=7004
	miss dport=7001
	matcher mark 0x80000010
	hit dport=7003
	miss dport=7001
	router nft delete table "$IP" marks
}

# All fields of one rule must match: each alone that does not is enough.
together() {
	local net=198.18.7.0/24 to=198.18.7.7 elsewhere=198.18.8.7 all

	if [ "$F" = 6 ]; then
		net=2001:2:0:7::/64 to=2001:2:0:7::7 elsewhere=2001:2:0:8::7
	fi
	all="src=${LAN10}5 dst=$to sport=5000 dport=53 dscp=10"
	matcher from "${LAN10}5" to "$net" iif lan10 ipproto udp \
		sport 5000 dport 53 dscp 10
	# shellcheck disable=SC2086 # words
	{
		hit $all
		miss ${all/"${LAN10}5"/"${LAN10}6"}
		miss ${all/"$to"/"$elsewhere"}
		miss ${all/5000/5001}
		miss ${all/=53/=54}
		miss ${all/dscp=10/dscp=11}
		miss $all proto=tcp
		miss $all client=lan20
	}
}

# --- interfaces that come and go -----------------------------------------

invalid() {
	ctl -j rule show | grep -o '"invalid":[a-z]*' | cut -d : -f 2 |
		paste -s -d ' '
}

vanishing() {
	config <<-END
		rule add iif ghost0 lookup t1 comment ghost
		rule add iif lan20 lookup t2 comment lan20
		rule add lookup t3
	END
	check_eq "one waits" "$(invalid)" "true false false"
	goes 2 client=lan20
	goes 3 client=lan10
	check_json "get skips it" \
		"$(ctl -j get "${SINK}1" from "${LAN20}9" iif lan20)" \
		'.steps | map(.outcome) | join(" ")' "invalid route"
	on router link del lan20
	check_true "the rule waits" wait_until 5 invalid_is "true true false"
	goes 3 client=lan10
	lan_create lan20
	ready lan20
	check_true "the rule is back" wait_until 5 invalid_is "true false false"
	goes 2 client=lan20
	goes 3 client=lan10
	# The one that was not there when its rule was made.
	add_ns ghost0
	add_link router ghost0 ghost0
	ready ghost0
	check_true "valid at last" wait_until 5 invalid_is "false false false"
	goes 1 client=ghost0
	on router link del ghost0
	ip netns del "$ID-ghost0"
	# Of alternative names nobody tells when they come and go.
	on router link property add dev lan20 altname another20
	ctl rule add iif another20 lookup t1
	check_eq "by its name alone" "$(invalid)" "true false false true"
}

invalid_is() {
	[ "$(invalid)" = "$1" ]
}

run_families \
	setup "the network is there" \
	order "add: at the end, before, after, at" \
	move "move" \
	4:names "numbers, ids, comments; several at once" \
	4:not_there "names that are nobody's, or two rules'" \
	disable "disable and enable" \
	set_rule "set changes what is named" \
	set_family "set leaves a rule to the family that was asked for" \
	addresses "matchers: from and to" \
	interface "matchers: iif, by name" \
	protocol "matchers: ipproto, dscp" \
	ports "matchers: sport, dport" \
	marks "matchers: mark" \
	together "matchers: all of a rule" \
	vanishing "interfaces that come and go"
