#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_tests calls the functions
#
# A bridge as LAN, with and without br_netfilter: what the bridge delivers to
# the router is decided, what it only forwards never is.
#
#  h1 192.168.30.5 --h1--.                        .--wan1--.
#                        br0 192.168.30.1, router +--wan2--+ inet
#  h2 192.168.30.6 --h2--'                        '--wan3--'
#
# br_netfilter (Docker loads it) takes routed frames through PRE_ROUTING
# inside the bridge, and never again at the IP layer. Which of its hooks and
# the module's come first depends on what was there first: bridge, rules or
# br_netfilter; so every order is tried.
#
# The kernel's own default is by wan1; what is decided goes by wan2.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

setup() {
	local host

	topology 3
	LAN30=192.168.30. ELSEWHERE=198.51.100. ELSENET=198.51.100.0/24
	CALL=bridge-nf-call-iptables
	if [ "$F" = 6 ]; then
		CALL=bridge-nf-call-ip6tables
		LAN30=2001:db8:c0a8:30:: ELSEWHERE=2001:db8:51::
		ELSENET=2001:db8:51::/64
	fi
	if ! [ -e "/run/netns/$ID-h1" ]; then
		add_ns h1 h2
		add_link router h1 h1
		add_link router h2 h2
	fi
	on h1 address add "${LAN30}5/$LEN" dev h1
	on h2 address add "${LAN30}6/$LEN" dev h2
	for host in h1 h2; do
		on "$host" "-$F" route add "$ANY" via "${LAN30}1"
	done
	on router "-$F" route add "$ANY" via "${GW[1]}" dev wan1
	masquerade
}

# --- the three things that may come in any order -------------------------

bridge() {
	on router link add br0 address 02:00:00:00:30:01 type bridge
	on router link set br0 up
	on router address add "${LAN30}1/$LEN" dev br0
	on router link set h1 master br0
	on router link set h2 master br0
	check_true "the bridge forwards" wait_until 5 forwarding
}

forwarding() {
	[ "$(on router -d link show master br0 |
		grep -c "bridge_slave state forwarding")" = 2 ]
}

rules() {
	load_config <<-END
		table add t2
		table add t3
		route add $ANY via ${GW[2]} dev wan2 table t2
		route add $ANY via ${GW[3]} dev wan3 table t3
		rule add lookup main min-prefix 0
		rule add iif h1 lookup t3 comment "a port is not seen"
		rule add iif br0 to $ELSENET lookup t3
		rule add iif br0 lookup t2
	END
}

br_netfilter() {
	modprobe br_netfilter
}

nothing() {
	load_config </dev/null
	if on router link show br0 >/dev/null 2>&1; then
		on router link del br0
	fi
	modprobe -r br_netfilter
}

# --- what must be true in each state -------------------------------------

# frames LABEL SPEC: three of h1's, all seen there.
frames() {
	local label=$1
	shift

	traffic flows m n=3 client=h1 src="${LAN30}5" at=inet,h2 "$@" ||
		return
	check_eq "$STATE: $* by $label" "${R[got]} ${R[$label]:-0}" "3 3"
}

# Frames for the router's own address on the wire.
routed() {
	frames wan2 mac=br0
	frames wan2 mac=br0 proto=tcp
	frames wan3 mac=br0 dst="${ELSEWHERE}1"
	traffic tcp c n=10 client=h1 dst="$WORLD"
	check_eq "$STATE: connections are answered, by wan2" \
		"${R[answered]} ${R[wan2]:-0}" "10 10"
	check_eq "$STATE: with its address" "${R[sources_wan2]:-}" "${NEAR[2]}"
	traffic close c
}

# Frames for the other host: to its own address, and as if it were a gateway.
# Their port is not that of routed ones, which masquerade has bound to a WAN.
bridged() {
	frames h2 router=h2 mac=h2 dport=4434 dst="${LAN30}6"
	ctl rule add iif br0 drop at 0
	frames h2 router=h2 mac=h2 dport=4434
	ctl rule del 0
	frames h2 router=h2 mac=h2 dport=4434
	frames h2 router=h2 mac=h2 dport=4434 dst="${ELSEWHERE}1"
	check_true "$STATE: the hosts reach each other" in_ns h1 \
		ping -q -c 1 -W 5 "${LAN30}6"
}

to_the_router() {
	check_true "$STATE: the router answers" in_ns h1 \
		ping -q -c 1 -W 5 "${LAN30}1"
}

# What DNAT has made of the address is what the rules see.
translated() {
	router nft -f - <<-END
		table $IP selftest_dnat {
			chain in {
				type nat hook prerouting priority dstnat
				$IP daddr ${SERVER}77 dnat to ${ELSEWHERE}7
			}
		}
	END
	frames wan3 mac=br0 dst="${SERVER}77"
	frames wan2 mac=br0 dst="${SERVER}78"
	router nft delete table "$IP" selftest_dnat
}

all_of_it() {
	routed
	bridged
	to_the_router
	translated
}

without() {
	STATE="no br_netfilter"
	nothing
	bridge
	rules
	all_of_it
}

# in_order STEP...
in_order() {
	local step call

	nothing
	for step; do
		"$step"
	done
	for call in 0 1; do
		set_sysctl router "net/bridge/$CALL=$call"
		STATE="$*, $CALL $call"
		all_of_it
	done
}

# The orders in which they come make no difference between the families.
nrb() { in_order br_netfilter rules bridge; }
brn() { in_order bridge rules br_netfilter; }
rbn() { in_order rules bridge br_netfilter; }
rnb() { in_order rules br_netfilter bridge; }

# br_netfilter, bridge, rules; then the bridge, then br_netfilter, goes and comes
# back under the same rules.
again() {
	in_order br_netfilter bridge rules
	on router link del br0
	bridge
	set_sysctl router "net/bridge/$CALL=1"
	STATE="the bridge made again"
	all_of_it
	# Not modprobe -r, which takes the bridge along.
	rmmod br_netfilter
	br_netfilter
	set_sysctl router net/bridge/bridge-nf-call-iptables=1
	STATE="br_netfilter loaded again"
	all_of_it
	nothing
}

run_families \
	setup "the network is there" \
	without "without br_netfilter" \
	4:nrb "br_netfilter, rules, bridge" \
	4:brn "bridge, rules, br_netfilter" \
	6:rnb "rules, br_netfilter, bridge" \
	6:rbn "rules, bridge, br_netfilter" \
	again "the bridge is made again, br_netfilter loaded again"
