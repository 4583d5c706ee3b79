#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_tests calls the functions
#
# IP options and extension headers of forwarded packets are the kernel's
# business: what the router writes into them, whom it tells, what it refuses.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=sides.bash
. "$LIB/sides.bash"

setup() {
	topology6 2
	{
		echo "route add default via 10.1.2.1 dev wan2 table 102"
		echo "route add default via 2001:db8:a2::1 table 102"
	} | on router -batch -
	load_config <<-END
		set kernel-routes off
		table add t2
		route add default via 10.1.2.1 dev wan2 table t2
		route add default via 2001:db8:a2::1 dev wan2 table t2
		rule add lookup main min-prefix 0
		rule add lookup t2
	END
}

native_policy() {
	local family

	for family in -4 -6; do
		on router "$family" rule "$1" pref 1000 \
			lookup main suppress_prefixlength 0 &&
			on router "$family" rule "$1" pref 1001 lookup 102 ||
			return
	done
}

# Loose source route 131, strict 137, record route 7, timestamp 68, alert 148.
options() {
	cat >"$WORK/cases" <<-END
		record opts=070b040000000000000000
		record_full opts=070708c0a80a05
		stamp opts=440c05000000000000000000
		stamp_from opts=4414050100000000000000000000000000000000
		stamp_asked opts=440c0503/10.1.2.2/00000000
		stamp_other opts=440c0503/10.1.9.9/00000000
		alert opts=94040000
		security opts=820b0000000000000000000000
		stream opts=88040001
		unknown opts=9e040000
		both opts=070704000000009404000000
		big opts=070b040000000000000000 size=1500
		ttl opts=070b040000000000000000 ttl=1
		none opts=070b040000000000000000 dst=192.168.20.100
		malformed opts=07030300
		hbh6 dst=2001:db8:cafe::1 hbh=050200000100
		hbh_skip6 dst=2001:db8:cafe::1 hbh=1e020000
		hbh_drop6 dst=2001:db8:cafe::1 hbh=5e020000
		hbh_tell6 dst=2001:db8:cafe::1 hbh=9e020000
		dest6 dst=2001:db8:cafe::1 dest=9e020000
		rthdr6 dst=2001:db8:cafe::1 rthdr=000100000000$(
			printf '20010db8cafe00000000000000000009')
		rthdr_router6 dst=2001:db8:10::1 rthdr=000100000000$(
			printf '20010db8cafe00000000000000000009')
		ttl6 dst=2001:db8:cafe::1 hbh=050200000100 ttl=1
	END
	both packets lan10,lan20,inet
	# Record route: the address of the device that the packet leaves by,
	# 10.1.2.2; timestamp: the one that the sender knows, 192.168.10.1.
	says "the router writes into them" \
		'record inet:wan2 4.*070b080a010202.*' \
		'stamp_from inet:wan2 4.*44140d01c0a80a0100000001.*' \
		'stamp_asked inet:wan2 4.*440c0d030a01020200000001.*' \
		'stamp inet:wan2 4.*440c090000000001.*' \
		'record_full inet:wan2 4.*' 'alert inet:wan2 4.*94040000.*' \
		'hbh6 inet:wan2 .*' 'hbh_tell6 lan10:lan10 6.*0402.*' \
		'ttl lan10:lan10 .*' 'ttl6 lan10:lan10 .*' \
		'dest6 inet:wan2 .*' 'none lan20:lan20 .*c0a81401.*'
	says_not "nothing by another way" 'inet:wan1'
	says_not "what is malformed or unwanted" '^(hbh_drop6|malformed) inet'
}

# accept_source_route, of the device that a packet comes in by.
source_routes() {
	cat >"$WORK/cases" <<-END
		loose_transit opts=830704/203.0.113.9/
		strict_transit opts=890704/203.0.113.9/
		loose_here opts=830704/203.0.113.9/ dst=192.168.10.1
		strict_here opts=890704/203.0.113.9/ dst=192.168.10.1
		loose_lan opts=830704/192.168.20.100/ dst=192.168.10.1
		strict_lan opts=890704/192.168.20.100/ dst=192.168.10.1
		loose_ended opts=830708/203.0.113.9/
	END
	# What is for the router and from there for the world is its own
	# business: the kernel's routes.
	on router route add default via 10.1.1.1 dev wan1 metric 50
	both packets lan10,lan20,inet
	says_not "off" ' (inet|lan20)'
	set_sysctl router net/ipv4/conf/all/accept_source_route=1 \
		net/ipv4/conf/lan10/accept_source_route=1
	UNLIKE='^(loose|strict)_here '
	both packets lan10,lan20,inet
	UNLIKE=
	says "on" 'loose_transit inet:wan2 .*' 'loose_ended inet:wan2 .*' \
		'strict_transit lan10:lan10 .*0c00.*' \
		'loose_lan lan20:lan20 .*c0a81401.*' \
		'strict_lan lan20:lan20 .*' 'loose_here inet:wan1 .*' \
		'strict_here lan10:lan10 .*0305.*'
	set_sysctl router net/ipv4/conf/all/accept_source_route=0
	on router route del default via 10.1.1.1 dev wan1 metric 50
}

# A program that wants alerts gets the packet instead of its next hop.
alerts() {
	local listener

	ip netns exec "$ID-router" python3 -B -E -S - >"$WORK/alerts" <<-'END' &
		import socket
		s = socket.socket(socket.AF_INET, socket.SOCK_RAW, 17)
		s.setsockopt(socket.IPPROTO_IP, 5, 1)	# IP_ROUTER_ALERT
		print("ready", flush=True)
		while True:
		    if b"<alert>" in s.recv(65536):
		        print("alert", flush=True)
	END
	listener=$!
	check_true "a program listens" wait_until 20 grep ready "$WORK/alerts"
	both packets inet "alert opts=94040000" "plain opts=070704000000"
	says "only the other one goes on" 'plain inet:wan2 .*'
	says_not "what was taken" '^alert inet'
	kill "$listener"
	wait "$listener" || true
	check_eq "it has one of each side" \
		"$(grep -c alert "$WORK/alerts")" 2
}

run_tests \
	setup "the network is there" \
	options "options and extension headers" \
	source_routes "source routes: accept_source_route" \
	alerts "router alert is heard"
