#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_tests calls the functions
#
# What people look with, and how big segments are: tcpdump and nftables' trace
# show a packet at every hook; GRO and TSO survive the router.
#
#  lan10 --- router --- wan1, wan2, wan3 --- inet
#
# The kernel's default is by wan1; what the module decides goes by wan2.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=sides.bash
. "$LIB/sides.bash"

setup() {
	topology6 3
	on router route add default via 10.1.1.1 dev wan1
	on router -6 route add default via 2001:db8:a1::1 dev wan1
}

# Everything by wan2.
config() {
	load_config <<-END
		set kernel-routes off
		table add t2
		route add default via 10.1.2.1 dev wan2 table t2
		route add default via 2001:db8:a2::1 dev wan2 table t2
		rule add lookup main min-prefix 0
		rule add lookup t2
	END
}

listens() {
	in_ns "$1" ss -Htln "sport = :$2" | grep -q .
}

looked_at() {
	local pid

	config
	router nft -f - <<-END
		table inet selftest_trace {
			chain first {
				type filter hook prerouting priority raw
				udp dport 4433 meta nftrace set 1
			}
			chain passing { type filter hook forward priority 0; }
			chain last { type filter hook postrouting priority 0; }
		}
	END
	ip netns exec "$ID-router" nft monitor trace >"$WORK/trace" 2>&1 &
	pid=$!
	ip netns exec "$ID-router" tcpdump -Z root -nli any udp port 4433 \
		>"$WORK/dump" 2>"$WORK/dump.err" &
	pid="$pid $!"
	check_true "tcpdump listens" wait_until 30 grep -q listening \
		"$WORK/dump.err"
	echo "seen" >"$WORK/cases"
	echo "seen6 dst=2001:db8:cafe::1" >>"$WORK/cases"
	check_true "a packet of each family is traced to its end" \
		wait_until 60 traced
	check_true "nft: forward, with both devices" \
		grep -q 'passing packet: iif "lan10" oif "wan2" .*192.168.10.5' \
		"$WORK/trace"
	check_true "nft: forward, IPv6" \
		grep -q 'passing packet: iif "lan10" oif "wan2" .*2001:db8:10::5' \
		"$WORK/trace"
	check_true "nft: postrouting" \
		grep -q 'last packet: .*oif "wan2" .*192.168.10.5' \
		"$WORK/trace"
	check_true "nft: prerouting" \
		grep -q 'first packet: iif "lan10" .*192.168.10.5' "$WORK/trace"
	check_true "tcpdump: in" wait_until 30 \
		grep -q 'lan10 In  IP 192.168.10.5.40000' "$WORK/dump"
	check_true "tcpdump: out" wait_until 30 \
		grep -q 'wan2  Out IP 192.168.10.5.40000' "$WORK/dump"
	check_true "tcpdump: out, IPv6" wait_until 30 \
		grep -q 'wan2  Out IP6 2001:db8:10::5.40000' "$WORK/dump"
	# shellcheck disable=SC2086 # a list of processes
	kill $pid
	router nft delete table inet selftest_trace
}

# Sent again until the trace is there to see them.
traced() {
	packets inet >/dev/null
	grep -q 'last packet: .*192\.168\.10\.5' "$WORK/trace" &&
		grep -q 'last packet: .*2001:db8:10::5' "$WORK/trace"
}

# Big segments stay big: GRO and TSO on Ethernets and VLANs.
big() {
	local dev

	on router link add link lan10 name lan10.7 up type vlan id 7
	on lan10 link add link lan10 name lan10.7 up type vlan id 7
	on router address add 192.168.77.1/24 dev lan10.7
	on lan10 address add 192.168.77.5/24 dev lan10.7
	on lan10 route add 203.0.113.2 via 192.168.77.1
	on router link add link wan2 name wan2.8 up type vlan id 8
	on inet link add link wan2 name wan2.8 up type vlan id 8
	on router address add 10.8.2.2/24 dev wan2.8
	on inet address add 10.8.2.1/24 dev wan2.8
	on inet route add 192.168.77.0/24 via 10.8.2.2
	for dev in lan10 wan2; do
		router ethtool -K "$dev" gro on
	done
	config
	ctl table add t8
	ctl route add default via 10.8.2.1 dev wan2.8 table t8
	ctl rule add to 203.0.113.2 lookup t8 at 0
	router nft -f - <<-END
		table ip selftest_big {
			counter bulk { }
			counter large { }
			chain passing {
				type filter hook forward priority 0
				tcp dport 5001 counter name bulk
				tcp dport 5001 meta length > 1500 counter name large
			}
		}
	END
	bulk 203.0.113.1 wan2
	bulk 203.0.113.2 wan2.8
	router nft delete table ip selftest_big
}

# bulk ADDRESS DEV: 4 MB there, by DEV, most of them in packets that are larger
# than what a device sends: how much larger is for the machine's speed to say.
bulk() {
	local bytes large server

	router nft reset counters table ip selftest_big >/dev/null
	ip netns exec "$ID-inet" socat -u \
		"TCP4-LISTEN:5001,bind=$1,reuseaddr" OPEN:/dev/null &
	server=$!
	check_true "a sink" wait_until 20 listens inet 5001
	head -c 4000000 /dev/zero |
		in_ns lan10 socat -u -b 65536 - "TCP4:$1:5001,connect-timeout=20"
	wait "$server"
	bytes=$(counter bulk)
	large=$(counter large)
	check_num "$1: all of it was forwarded" "$bytes" -ge 4000000
	check_num "$1: bytes in large packets" "$large" -ge $((bytes * 3 / 4))
	check_json "$1 by $2" "$(ctl -j get "$1" from 192.168.10.5 iif lan10)" \
		.device "$2"
}

# counter NAME: its bytes.
counter() {
	router nft list counter ip selftest_big "$1" |
		awk '$1 == "packets" { print $4 }'
}

run_tests \
	setup "the network is there" \
	looked_at "tcpdump and nft monitor trace show every hook" \
	big "big segments stay big"
