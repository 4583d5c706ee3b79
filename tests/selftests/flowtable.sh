#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_tests calls the functions
#
# nftables' flowtable: flows that the module routed pass it by, whole, in both
# directions and on every WAN; a path that dies takes none of them along.
#
# A packet that the flowtable forwards does not meet the forward chain, whose
# counter therefore tells what went the slow way.
#
# The flowtable keeps the route of the packet that put the flow there, and for
# the other direction asks the kernel. So "ct direction original" makes it keep
# ours, and ask for the way to the LAN, which the kernel knows. When an answer
# comes first, it asks for the way to the world by that WAN: it needs a kernel
# default there, and for IPv6, where the kernel heeds the device only among
# routes of one metric, even that does not help.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=sides.bash
. "$LIB/sides.bash"

N=60
# Their devices; the second one becomes a bridge.
DEVICE=([1]=wan1 [2]=wan2 [3]=wan3)

setup() {
	modprobe nf_flow_table
	topology6 3
	ruleset original
	router nft -f - <<-END
		table inet selftest_nat {
			chain out {
				type nat hook postrouting priority srcnat
				oifname "wan*" masquerade
			}
		}
	END
	config on
	start c4 203.0.113.1
	start c6 2001:db8:cafe::1
}

# ruleset DIRECTION: whose packets put flows into the flowtable.
ruleset() {
	router nft -f - <<-END
		table inet selftest_flow
		delete table inet selftest_flow
		table inet selftest_flow {
			flowtable fast {
				hook ingress priority 0
				devices = { lan10, wan1, wan2, wan3 }
			}
			counter slow { }
			chain forward {
				type filter hook forward priority 0
				udp dport 7 counter name slow
				udp sport 7 counter name slow
				ct direction $1 meta l4proto udp flow add @fast
			}
		}
	END
}

# config on|off: of kernel-routes.
config() {
	local i

	{
		echo "set kernel-routes $1"
		echo "set hash-policy l4"
		echo "set hash-seed $SEED"
		echo "table add every"
		for i in 1 2 3; do
			echo "route add default via 10.1.$i.1 dev ${DEVICE[i]} table every"
			echo "route add default via 2001:db8:a$i::1 dev ${DEVICE[i]} table every"
		done
		echo "rule add lookup main min-prefix 0"
		echo "rule add lookup every"
	} | load_config
	check_true "kernel-routes $1" wait_until 10 kernel_has "$1"
}

kernel_has() {
	local n=0

	[ "$1" = off ] || n=3
	[ "$(on router -4 route show default | wc -l)" = "$n" ] &&
		[ "$(on router -6 route show default | wc -l)" = "$n" ]
}

# start NAME ADDRESS: conversations with it.
declare -A ASK ANSWER TALKS

start() {
	local ask answer

	mkfifo "$WORK/$1.ask" "$WORK/$1.answer"
	(
		# It must not keep the others' pipes open: stop waits for the
		# end of one.
		for ask in "${ASK[@]}"; do
			exec {ask}>&-
		done
		exec python3 -B -E -S "$LIB/udp_echo.py" "$ID" lan10 inet \
			"$N" "$2" <"$WORK/$1.ask" >"$WORK/$1.answer"
	) &
	TALKS[$1]=$!
	exec {ask}>"$WORK/$1.ask" {answer}<"$WORK/$1.answer"
	ASK[$1]=$ask
	ANSWER[$1]=$answer
}

stop() {
	local ask=${ASK[$1]} answer=${ANSWER[$1]}

	exec {ask}>&- {answer}<&-
	unset "ASK[$1]" "ANSWER[$1]"
	wait "${TALKS[$1]}"
}

# A round of NAME: SAID is what it said, SLOW how many packets went the slow
# way, of 2 * N.
round() {
	router nft reset counters table inet selftest_flow >/dev/null
	echo >&"${ASK[$1]}"
	IFS= read -r -t 120 -u "${ANSWER[$1]}" SAID || SAID=silence
	SLOW=$(router nft list counters table inet selftest_flow |
		awk '$1 == "packets" { print $2 }')
}

# All are answered, and the flowtable has all of it.
whole() {
	round "$1"
	[[ $SAID == "$N answered"* ]] && [ "$SLOW" = 0 ]
}

# seen PATTERN: messages in what was said from such an address.
seen() {
	tr ' ' '\n' <<<"$SAID" | sed -n "s/^$1=//p" | grep . || echo 0
}

on_each_wan() {
	local i

	for i in 1 2 3; do
		check_num "$1: by wan$i: $SAID" \
			"$(seen "\(10.1.$i.2\|2001:db8:a$i::2\)")" -ge 5
	done
}

both_directions() {
	local name

	for name in c4 c6; do
		round "$name"
		check_eq "$name: answered, at first the slow way" \
			"${SAID%% *} $((SLOW >= 2 * N))" "$N 1"
		check_true "$name: then none goes the slow way" \
			wait_until 60 whole "$name"
		round "$name"
		check_eq "$name: whole flows" "${SAID%% *} $SLOW" "$N 0"
		on_each_wan "$name"
	done
}

# A change of routes makes every dst stale; ours are renewed.
routes_change() {
	local i

	for i in 1 2 3; do
		on router route add 100.64.9.0/24 dev lan20
		on router route add 2001:db8:64::/64 dev lan20
		on router route del 100.64.9.0/24 dev lan20
		on router route del 2001:db8:64::/64 dev lan20
		check_true "IPv4 flows come back" wait_until 60 whole c4
		check_true "IPv6 flows come back" wait_until 60 whole c6
	done
}

# dies HOW: wan2's flows end on it, and come back elsewhere; others do not
# leave the flowtable.
dies() {
	local name before

	for name in c4 c6; do
		round "$name"
		before=$(seen "\(10.1.2.2\|2001:db8:a2::2\)")
		check_num "$name: wan2 has some" "$before" -ge 5
	done
	"$@"
	for name in c4 c6; do
		# What masquerade has bound to wan2 ends with one packet; what
		# it said is not heard any more.
		round "$name"
		check_eq "$name: $*: nothing by wan2 any more: $SAID" \
			"$(seen "\(10.1.2.2\|2001:db8:a2::2\)")" 0
		check_true "$name: $*: all are answered again, whole" \
			wait_until 60 whole "$name"
		# check_true has run it in a subshell: what is said now.
		round "$name"
		check_eq "$name: none of it by wan2" \
			"$(seen "\(10.1.2.2\|2001:db8:a2::2\)")" 0
	done
}

forced() {
	ctl nexthop set 10.1.2.1 dev wan2 state dead
	ctl nexthop set 2001:db8:a2::1 dev wan2 state dead
}

unforced() {
	ctl nexthop set 10.1.2.1 dev wan2 state auto
	ctl nexthop set 2001:db8:a2::1 dev wan2 state auto
}

# Masquerade binds flows to their WAN; new ones take what came back.
anew() {
	stop c4
	stop c6
	rm "$WORK"/c?.*
	start c4 203.0.113.1
	start c6 2001:db8:cafe::1
	check_true "IPv4 flows, whole" wait_until 60 whole c4
	check_true "IPv6 flows, whole" wait_until 60 whole c6
}

path_dies() {
	dies forced
	unforced
	anew
	dies carrier_lost 2
	carrier_back 2
	on inet address replace 2001:db8:a2::1/64 dev wan2 nodad
	on inet route replace 2001:db8:10::/44 via 2001:db8:a2::2 dev wan2 \
		metric 102
}

# answered NAME N: so many of its messages are.
answered() {
	round "$1"
	[ "${SAID%% *}" = "$2" ]
}

# What a rule says holds for what the flowtable has, too.
rules_change() {
	check_true "IPv4 flows, whole" wait_until 60 whole c4
	check_true "IPv6 flows, whole" wait_until 60 whole c6
	ctl rule add drop at 0
	check_true "IPv4: dropped" wait_until 20 answered c4 0
	check_true "IPv6: dropped" wait_until 20 answered c6 0
	ctl rule del 0
	check_true "IPv4 flows, whole" wait_until 60 whole c4
	check_true "IPv6 flows, whole" wait_until 60 whole c6
	# The kernel alone knows one default for each WAN, and sends all by one.
	ctl set enabled no
	check_true "left to the kernel: none by wan2" wait_until 20 none_by 2
	ctl set enabled yes
	anew
}

# Whoever puts flows there by their original direction needs no defaults.
kernel_routes_off() {
	config off
	anew
}

# Answers put the flow there: by each WAN the kernel finds the way.
answers_first() {
	config on
	stop c6
	stop c4
	ruleset reply
	rm "$WORK"/c?.*
	start c4 203.0.113.1
	check_true "IPv4 flows, whole" wait_until 60 whole c4
	round c4
	on_each_wan c4
	stop c4
}

# sent I: messages of both conversations on wanI's wire, in a round of each.
sent() {
	in_ns inet nft -f - <<-END
		table netdev wire
		delete table netdev wire
		table netdev wire {
			counter asked { }
			chain in {
				type filter hook ingress device wan$1 priority 0
				udp dport 7 counter name asked
			}
		}
	END
	round c4
	[ "${SAID%% *}" = "$N" ] || return
	round c6
	[ "${SAID%% *}" = "$N" ] || return
	in_ns inet nft -j list counters table netdev wire |
		jq '.nftables[].counter | select(.).packets'
}

# The flowtable has one direction of NAME at least: without NAT answers come back
# by whatever WAN the others choose.
asked() {
	round "$1"
	[[ $SAID == "$N answered"* ]] && [ "$SLOW" -le "$N" ]
}

# none_by I: nothing of them is there, and all of it is answered.
none_by() {
	[ "$(sent "$1")" = 0 ]
}

some_by() {
	[ "$(sent "$1")" -ge 5 ]
}

# state STATE WAN...
state() {
	local i state=$1
	shift

	for i; do
		ctl nexthop set "10.1.$i.1" dev "${DEVICE[i]}" state "$state"
		ctl nexthop set "2001:db8:a$i::1" dev "${DEVICE[i]}" state "$state"
	done
}

anew_by_bridge() {
	stop c6
	stop c4
	rm "$WORK"/c?.*
	start c4 203.0.113.1
	start c6 2001:db8:cafe::1
	check_true "IPv4 flows, new" wait_until 20 asked c4
	check_true "IPv6 flows, new" wait_until 20 asked c6
	check_true "new ones by the bridge" wait_until 20 some_by 2
}

# Flows that a flowtable sends by a bridge have no dst that could tell: without
# NAT, so that they go on elsewhere.
bridge() {
	router nft delete table inet selftest_nat
	router nft delete table inet selftest_flow
	on router link add wanb type bridge
	on router link set wanb up
	on router address flush dev wan2
	on router link set wan2 master wanb
	on router address add 10.1.2.2/24 dev wanb
	on router -6 address add 2001:db8:a2::2/64 dev wanb nodad
	DEVICE[2]=wanb
	config on
	ruleset original
	rm "$WORK"/c?.*
	start c4 203.0.113.1
	start c6 2001:db8:cafe::1
	check_true "IPv4 flows" wait_until 20 asked c4
	check_true "IPv6 flows" wait_until 20 asked c6
	check_true "some by the bridge" wait_until 10 some_by 2
	state dead 2
	check_true "dead: none by the bridge" wait_until 20 none_by 2
	check_true "flows again" wait_until 20 asked c4
	state auto 2
	# All go there, and home.
	state dead 1 3
	check_true "all by the bridge" wait_until 20 none_by 1
	check_true "IPv4 flows" wait_until 20 asked c4
	check_true "IPv6 flows" wait_until 20 asked c6
	ctl table set every failback hard
	state auto 1 3
	check_true "home again" wait_until 20 some_by 1
	check_true "some by the bridge again" wait_until 20 some_by 2
	# Who is in no route any more, or has no device, names no flows.
	ctl route del default via 10.1.2.1 dev wanb table every
	ctl route del ::/0 via 2001:db8:a2::1 dev wanb table every
	check_true "no routes: none by the bridge" wait_until 20 none_by 2
	ctl route add default via 10.1.2.1 dev wanb table every
	ctl route add ::/0 via 2001:db8:a2::1 dev wanb table every
	anew_by_bridge
	on router link del wanb
	check_true "no bridge: none by its port" wait_until 20 none_by 2
	stop c6
	stop c4
}

run_tests \
	setup "the network is there" \
	both_directions "whole flows, on each WAN" \
	routes_change "routes change" \
	path_dies "a path dies under them" \
	rules_change "rules change" \
	kernel_routes_off "without kernel defaults" \
	answers_first "answers put the flow there" \
	bridge "flows by a bridge"
