#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_tests calls the functions
#
# What the rules do not decide: packets for the router, group addresses, what
# others have taken, replies; and how they serve the router's own traffic.
#
# Table tN has a default route by wanN; what a test needs from the kernel
# itself goes by wan3.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=by_table.bash
. "$LIB/by_table.bash"

setup() {
	local mine=

	topology 3
	[ "$F" = 4 ] || mine="ip6 nexthdr ipv6-icmp icmpv6 type != { \
echo-request, echo-reply } accept; ip6 nexthdr 0 accept"
	no_icmp_limit router inet
	# What arrives on each WAN, for traffic that is not crafted; neighbours
	# and groups talk of themselves.
	in_ns inet nft -f - <<-END
		table $IP wires {
			counter w1 { }
			counter w2 { }
			counter w3 { }
			chain in {
				type filter hook prerouting priority -450
				$mine
				iifname wan1 counter name w1
				iifname wan2 counter name w2
				iifname wan3 counter name w3
			}
		}
	END
}

# wires: packets on each WAN since it was asked last.
wires() {
	in_ns inet nft reset counters table "$IP" wires | awk '
		$1 == "packets" { printf "%s%d", n++ ? " " : "", $2 }'
}

# kernel_default add|del: returns when main has followed.
kernel_default() {
	on router "-$F" route "$1" default via "${GW[3]}" dev wan3
	check_true "main follows: route $1 default" \
		wait_until 5 mirrored "$1"
}

mirrored() {
	local there=del

	ctl route show table main "$ANY" | grep -q wan3 && there=add
	[ "$1" = "$there" ]
}

# --- what no rule may touch ----------------------------------------------

to_the_router() {
	local address net=198.18.9. prefix=198.18.9.0/24

	if [ "$F" = 6 ]; then
		net=2001:2:0:9:: prefix=2001:2:0:9::/64
	fi
	config <<-END
		rule add iif lan10 drop
		rule add iif lan20 lookup t1
	END
	for address in "${LAN10}1" "${LAN20}1" "${NEAR[2]}"; do
		check_true "$address answers" in_ns lan10 \
			ping -q -c 1 -W 5 "$address"
		check_true "$address answers lan20" in_ns lan20 \
			ping -q -c 1 -W 5 "$address"
	done
	# A prefix that the local table holds as a whole is the router too.
	goes 1 client=lan20 dst="${net}1"
	on router "-$F" route add local "$prefix" dev lo
	goes 0 client=lan20 dst="${net}1"
	check_true "AnyIP answers" in_ns lan20 ping -q -c 1 -W 5 "${net}9"
	on router "-$F" route del local "$prefix" dev lo
	goes 1 client=lan20 dst="${net}1"
	# An address that is new is the router's at once.
	on router address add "${net}1/$HOST" dev lan10
	goes 0 client=lan20 dst="${net}1"
	on router address del "${net}1/$HOST" dev lan10
	goes 1 client=lan20 dst="${net}1"
}

# left_is WHY DST
left_is() {
	check_json "get says why: $1" \
		"$(ctl -j get "$2" from "${LAN10}5" iif lan10)" \
		'[.verdict, .left] | join(" ")' "native $1"
}

# More than a look-up of them has places: some share one. What is left to the
# kernel goes by wan1 if anywhere, what is decided by wan2.
many_addresses() {
	local last=198.18.17.45

	config <<<"rule add lookup t2"
	addresses add 1 | on router -batch -
	traffic flows m n=302 sport=5000 "dst=198.18.16.0-$last"
	check_eq "all but the two beside them stay" "$(answer_of got wan2)" \
		"2 2"
	addresses del 2 | on router -batch -
	traffic again n m
	check_eq "every second has gone" "$(answer_of got wan2)" "152 152"
	traffic diff m n
	check_eq "those that went are decided now" \
		"$(answer_of same found lost moved)" "152 150 0 0"
	on router address flush dev lan10 label lan10:many
	traffic again n m
	check_eq "none is left" "$(answer_of got wan2)" "302 302"
}

# addresses add|del STEP: 300 of the router's own, for ip -batch.
addresses() {
	local i

	for ((i = 1; i <= 300; i += $2)); do
		echo "address $1 198.18.$((16 + i / 256)).$((i % 256))/32" \
			"dev lan10 label lan10:many"
	done
}

answer_of() {
	local key answer=()

	for key; do
		answer+=("${R[$key]:-0}")
	done
	echo "${answer[*]}"
}

# As in the kernel's local table, the longest prefix decides.
prefixes_of_own() {
	config <<<"rule add lookup t2"
	on router route add local 198.18.0.0/16 dev lo
	on router route add local 198.18.9.0/24 dev lo
	on router address add 198.18.9.1/32 dev lan10
	on router route add 198.18.10.0/24 via 10.1.3.1 dev wan3 table local
	on router route add 198.18.9.7/32 via 10.1.3.1 dev wan3 table local
	goes 0 dst=198.18.9.1
	goes 0 dst=198.18.9.9
	goes 0 dst=198.18.8.1
	goes 2 dst=198.18.9.7
	goes 2 dst=198.18.10.1
	goes 2 dst=198.19.0.1
	on router route del local 198.18.9.0/24 dev lo
	on router route del local 198.18.0.0/16 dev lo
	goes 0 dst=198.18.9.1
	goes 2 dst=198.18.9.9
	goes 2 dst=198.18.8.1
	on router address del 198.18.9.1/32 dev lan10
	on router route del 198.18.10.0/24 table local
	on router route del 198.18.9.7/32 table local
	goes 2 dst=198.18.9.1
	# All the world but loopback and multicast.
	on router route add local 0.0.0.0/0 dev lo table local
	goes 0 dst=198.18.9.1
	on router route del local 0.0.0.0/0 dev lo table local
	goes 2 dst=198.18.9.1
}

group_addresses() {
	local address list type=ipv4_addr delivered

	config <<<"rule add lookup t1"
	if [ "$F" = 4 ]; then
		list="255.255.255.255 192.168.10.255 192.168.20.255 224.0.0.1 \
239.1.2.3 127.0.0.1 0.0.0.0"
		delivered="192.168.10.255 192.168.20.255 224.0.0.1 \
255.255.255.255"
	else
		# The prefix alone is the routers' anycast address. The kernel
		# itself forwards what is for ::.
		list="ff02::1 ff02::2 ff05::1234 ff0e::1 fe80::77 ::1 \
$LAN10 $LAN20"
		type=ipv6_addr
		delivered="$LAN10 $LAN20 ff02::1 ff02::2"
	fi
	router nft -f - <<-END
		table $IP delivered {
			set seen { type $type; flags dynamic; }
			chain in {
				type filter hook input priority 0
				udp dport 4433 add @seen { $IP daddr }
			}
		}
	END
	for address in $list; do
		goes 0 dst="$address"
	done
	check_eq "those for the router arrived" "$(router nft -j list set \
		"$IP" delivered seen | jq -r \
		'.nftables[].set.elem // [] | sort | join(" ")' |
		grep .)" "$delivered"
	router nft delete table "$IP" delivered
	if [ "$F" = 4 ]; then
		left_is broadcast 192.168.10.255
		left_is multicast 224.0.0.251
		left_is link-local 169.254.1.1
	else
		left_is own-address "$LAN10"
		left_is multicast ff02::fb
		left_is link-local fe80::77
	fi
}

# Nothing may cut the connection by which somebody configures the router.
replies() {
	local wan

	kernel_default add
	conntrack on
	config <<<"rule add drop"
	for wan in 1 2 3; do
		wires >/dev/null
		check_true "ping to wan$wan is answered" in_ns inet \
			ping -q -c 2 -i 0.2 -W 5 -I "$WORLD" "${NEAR[wan]}"
		check_true "the answers leave by it" only "$wan"
		traffic tcp c n=3 client=inet server=router at=router \
			src="$WORLD" "dst=${NEAR[wan]}"
		check_eq "TCP to wan$wan" "${R[answered]} ${R["wan$wan"]:-0}" \
			"3 3"
		check_true "TCP leaves by it" only "$wan"
		traffic close c
	done
	check_true "a LAN client's too" in_ns lan10 \
		ping -q -c 1 -W 5 "${LAN10}1"
	conntrack off
	kernel_default del
}

# only WAN: since wires was asked last packets have come by this one, no other.
only() {
	local expected

	expected=$(for wan in 1 2 3; do
		[ "$wan" = "$1" ] && echo "[1-9][0-9]*" || echo 0
	done | paste -s -d ' ')
	wires | grep -x "$expected"
}

# --- the router's own traffic --------------------------------------------

# pings WANS [OPTION...]: two of the router's own leave as counted.
pings() {
	local expected=$1
	shift

	wires >/dev/null
	router ping -q -c 2 -i 0.2 -W 5 "$@" "${SERVER}1" >/dev/null || true
	check_eq "own traffic: ping $*" "$(wires)" "$expected"
}

own_traffic() {
	kernel_default add
	config <<-END
		rule add iif lo mark 5 lookup t2
		rule add iif lo from ${NEAR[2]} lookup t3
		rule add iif lo to $SERVERNET lookup t1
	END
	# The kernel gave it wan3's address; t1 knows another way.
	pings "2 0 0"
	pings "0 2 0" -m 5
	pings "0 0 2" -I "${NEAR[2]}"
	pings "0 0 2" -I wan3
	goes 3 dst="${SERVER}1"
	config <<-END
		rule add iif lan10 drop
		rule add iif lan10 lookup t2
		rule add lookup t1
	END
	pings "2 0 0"
	goes 0 client=lan10
	goes 1 client=lan20
	check_json "get without iif is the router's own" \
		"$(ctl -j get "${SERVER}1")" \
		'[.steps[].outcome, .device] | join(" ")' \
		"no-match no-match route wan1"
	config <<<"rule add iif lan10 lookup t2"
	pings "0 0 2"
	kernel_default del
}

# Whose address it bears decides, at any distance; not a dead one.
source_owner() {
	kernel_default add
	load_config <<-END
		table add every
		route add $ANY via ${GW[1]} dev wan1 table every
		route add $ANY via ${GW[2]} dev wan2 table every distance 2
		route add $ANY via ${GW[3]} dev wan3 table every distance 3
		rule add iif lo to $SERVERNET lookup every
	END
	pings "2 0 0" -I "${NEAR[1]}"
	pings "0 2 0" -I "${NEAR[2]}"
	pings "0 0 2" -I "${NEAR[3]}"
	pings "2 0 0" -I "${LAN10}1"
	check_json "get says so" "$(ctl -j get "${SERVER}1" from "${NEAR[2]}")" \
		.device wan2
	carrier_lost 2
	pings "2 0 0" -I "${NEAR[2]}"
	carrier_back 2
	pings "0 2 0" -I "${NEAR[2]}"
	kernel_default del
}

# own EXPECTED RULE...
own() {
	local expected=$1 refusing at
	shift

	refusing=(203.0.113.0/25 203.0.113.128/26 203.0.113.192/26)
	at="203.0.113.1 203.0.113.129 203.0.113.193"
	if [ "$F" = 6 ]; then
		refusing=(2001:db8:113::/96 2001:db8:113:0:0:1::/96
			2001:db8:113:0:0:2::/96)
		at="2001:db8:113::1 2001:db8:113:0:0:1::1 2001:db8:113:0:0:2::1"
	fi
	load_config <<-END
		table add empty
		table add refusing
		route add unreachable ${refusing[0]} table refusing
		route add prohibit ${refusing[1]} table refusing
		route add blackhole ${refusing[2]} table refusing
		rule add iif lo $*
	END
	# shellcheck disable=SC2086 # words
	check_eq "own socket: $*" "$(router python3 -B -E -S \
		"$LIB/probe.py" --wait 0.1 $at | tr '\n' ' ')" "$expected "
}

own_refused() {
	kernel_default add
	own "ENETUNREACH ENETUNREACH ENETUNREACH" unreachable
	own "EACCES EACCES EACCES" prohibit
	own "EINVAL EINVAL EINVAL" drop
	own "ENETUNREACH ENETUNREACH ENETUNREACH" lookup-only-in-table empty
	own "EHOSTUNREACH EACCES EINVAL" lookup refusing
	kernel_default del
}

# --- beside the kernel's own policy --------------------------------------

native() {
	on router "-$F" rule add from "${LAN10}7" lookup 100
	on router "-$F" route add "$ANY" via "${GW[3]}" dev wan3 table 100
	config <<-END
		rule add from ${LAN10}7 native
		rule add lookup t1
	END
	goes 3 src="${LAN10}7"
	goes 1 src="${LAN10}5"
	check_json "get says so" \
		"$(ctl -j get "${SINK}1" from "${LAN10}7" iif lan10)" \
		'[.verdict, .left] | join(" ")' "native rule"
	ctl rule del 0
	goes 1 src="${LAN10}7"
	on router "-$F" rule del from "${LAN10}7" lookup 100
	on router "-$F" route flush table 100
}

enabled() {
	local before

	kernel_default add
	config <<<"rule add lookup t1"
	before=$(ctl save)
	goes 1
	ctl set enabled no
	goes 3
	pings "0 0 2"
	check_json "get says so" \
		"$(ctl -j get "${SINK}1" from "${LAN10}5" iif lan10)" \
		'[.verdict, .left] | join(" ")' "native disabled"
	check_eq "the configuration is kept" \
		"$(ctl save | grep -vx "set enabled no")" "$before"
	ctl set enabled yes
	check_eq "the whole of it" "$(ctl save)" "$before"
	goes 1
	kernel_default del
}

# Nothing is decided before there is a rule or a route.
first_rule() {
	kernel_default add
	load_config </dev/null
	ctl table add t1
	ctl set hash-policy l4
	goes 3
	check_json "no hook" "$(ctl -j settings show)" .hooks false
	ctl rule add lookup t1
	check_json "hooks" "$(ctl -j settings show)" .hooks true
	goes 3
	ctl route add "$ANY" via "${GW[1]}" dev wan1 table t1
	goes 1
	ctl rule del 0
	goes 3
	ctl route add "$ANY" via "${GW[2]}" dev wan2 distance 1
	ctl table del t1
	kernel_default del
	goes 2
	ctl route del "$ANY" via "${GW[2]}"
	check_json "no hook again" "$(ctl -j settings show)" .hooks false
	goes 0
}

# Rules see what DNAT made of the addresses, and what SNAT will change.
nat_order() {
	local at=198.18.7. net=198.18.7.0/24

	if [ "$F" = 6 ]; then
		at=2001:2:0:7:: net=2001:2:0:7::/64
	fi
	config <<-END
		rule add to $net from ${LAN10}5 lookup t2
		rule add lookup t3
	END
	router nft -f - <<-END
		table $IP selftest_dnat {
			chain in {
				type nat hook prerouting priority dstnat
				$IP daddr ${SERVER}77 dnat to ${at}7
				$IP daddr ${at}8 dnat to ${SERVER}78
			}
		}
	END
	masquerade
	goes 2 dst="${SERVER}77"
	goes 2 dst="${at}9"
	goes 3 dst="${at}8"
	router nft delete table "$IP" selftest_dnat
	router nft delete table "$IP" selftest_nat
}

# A packet that a transparent proxy has taken stays its.
tproxy() {
	local proxy

	config <<<"rule add lookup t1"
	on router "-$F" rule add fwmark 1 lookup 100
	on router "-$F" route add local "$ANY" dev lo table 100
	router nft -f - <<-END
		table $IP selftest_tproxy {
			chain in {
				type filter hook prerouting priority mangle
				udp dport 7070 tproxy to :7071 meta mark set 1 accept
			}
		}
	END
	# Of IPv6 transparent, too, which socat has no word for.
	ip netns exec "$ID-router" python3 -E -S -c '
import socket, sys
kind, level, option = ((socket.AF_INET, 0, 19), (socket.AF_INET6, 41, 75)
                       )[sys.argv[1] == "6"]
sock = socket.socket(kind, socket.SOCK_DGRAM)
sock.setsockopt(level, option, 1)
sock.bind(("", 7071))
with open(sys.argv[2], "wb", 0) as taken:
    while True:
        taken.write(sock.recv(2048))' "$F" "$WORK/taken" &
	proxy=$!
	check_true "the proxy listens" wait_until 10 listens 7071
	goes 0 dport=7070
	goes 1 dport=7072
	check_true "it has the three packets" wait_until 5 has_taken 3
	kill "$proxy"
	wait "$proxy" || true
	router nft delete table "$IP" selftest_tproxy
	on router "-$F" rule del fwmark 1 lookup 100
	on router "-$F" route flush table 100
	goes 1 dport=7070
}

listens() {
	router ss -Huln "sport = :$1" | grep -q .
}

has_taken() {
	[ "$(grep -ao ECMP "$WORK/taken" | wc -l)" = "$1" ]
}

run_families \
	setup "the network is there" \
	to_the_router "packets for the router are not decided" \
	4:many_addresses "hundreds of addresses are the router's own" \
	4:prefixes_of_own "prefixes are the router's own, the longest decides" \
	group_addresses "broadcast, multicast, link-local are not decided" \
	replies "answers of the router go back as the question came" \
	own_traffic "the router's own traffic meets the rules" \
	source_owner "its source address chooses the path" \
	own_refused "its sockets are told why not" \
	native "native: the kernel's own ip rules" \
	enabled "set enabled no and yes" \
	first_rule "nothing is decided before the first rule or route" \
	nat_order "after DNAT, before SNAT" \
	tproxy "what TPROXY has taken stays there"
