#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_tests calls the functions
#
# Tunnels as paths, and the packets that they are made of: routed by the rules
# as anything else of the router's own, but never into the tunnel itself.
#
#  lan10 --- router ==== gre1, ipip1, sit1, tnl6, vx1, wg0 ==== inet
#            172.31.0.1, 2001:db8:fe::1    45.57.94.1, 2001:db8:beef::1

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=sides.bash
. "$LIB/sides.bash"

setup() {
	local i

	topology6 2
	on router address add 172.31.0.1/32 dev lo
	on router address add 2001:db8:fe::1/128 dev lo nodad
	on inet address add 2001:db8:beef::1/128 dev lo nodad
	for i in 1 2; do
		on inet route add 172.31.0.1 via "10.1.$i.2" dev "wan$i" \
			metric $((100 + i))
		on inet route add 2001:db8:fe::1 via "2001:db8:a$i::2" \
			dev "wan$i" metric $((100 + i))
	done
	ends router 172.31.0.1 45.57.94.1 2001:db8:fe::1 2001:db8:beef::1 1
	ends inet 45.57.94.1 172.31.0.1 2001:db8:beef::1 2001:db8:fe::1 2
	wireguard
	native_routes | on router -batch -
	config
	# Their neighbours, and WireGuard's handshake.
	know 10.99.5.2 10.99.6.2
}

# ends NS LOCAL REMOTE LOCAL6 REMOTE6 HOST: one end of each tunnel.
ends() {
	on "$1" -batch - <<-END
		link add gre1 type gre local $2 remote $3 ttl 64
		link add ipip1 type ipip local $2 remote $3 ttl 64
		link add sit1 type sit local $2 remote $3 ttl 64
		link add tnl6 type ip6tnl mode any local $4 remote $5 encaplimit none
		link add vx1 address 02:00:00:00:05:0$6 type vxlan id 5 local $2 remote $3 dstport 4789 udpcsum
		link set gre1 up
		link set ipip1 up
		link set sit1 up
		link set tnl6 up
		link set vx1 up
		address add 10.99.5.$6/24 dev vx1
	END
}

wireguard() {
	local ns

	modprobe wireguard
	umask 077
	for ns in router inet; do
		wg genkey >"$WORK/$ns.key"
		wg pubkey <"$WORK/$ns.key" >"$WORK/$ns.pub"
		on "$ns" link add wg0 type wireguard
	done
	in_ns inet wg set wg0 private-key "$WORK/inet.key" listen-port 51820 \
		peer "$(cat "$WORK/router.pub")" allowed-ips \
		192.168.0.0/16,10.99.6.1/32
	router wg set wg0 private-key "$WORK/router.key" listen-port 51820 \
		peer "$(cat "$WORK/inet.pub")" endpoint 45.57.94.1:51820 \
		allowed-ips 0.0.0.0/0
	on inet address add 10.99.6.2/24 dev wg0
	on router address add 10.99.6.1/24 dev wg0
	on inet link set wg0 up
	on router link set wg0 up
}

native_policy() {
	on router rule "$1" pref 1001 lookup main suppress_prefixlength 0 &&
		on router rule "$1" pref 1002 to 45.57.94.1 lookup 102 &&
		on router rule "$1" pref 1003 lookup 103 &&
		on router -6 rule "$1" pref 1001 \
			lookup main suppress_prefixlength 0 &&
		on router -6 rule "$1" pref 1002 to 2001:db8:beef::1 \
			lookup 102 &&
		on router -6 rule "$1" pref 1003 lookup 103
}

native_routes() {
	cat <<-END
		route add default via 10.1.2.1 dev wan2 table 102
		route add default via 2001:db8:a2::1 dev wan2 table 102
		route add default via 10.1.1.1 dev wan1 table 103
		route add default via 2001:db8:a1::1 dev wan1 table 103
		route add 203.0.113.0/28 dev gre1 table 103
		route add 203.0.113.16/28 dev ipip1 table 103
		route add 203.0.113.32/28 via 10.99.5.2 dev vx1 table 103
		route add 203.0.113.48/28 dev wg0 table 103
		route add 203.0.113.64/28 dev tnl6 table 103
		route add 203.0.113.80/28 via 10.99.6.2 dev wg0 table 103
		route add 2001:db8:cafe:1::/64 dev gre1 table 103
		route add 2001:db8:cafe:2::/64 dev sit1 table 103
		route add 2001:db8:cafe:3::/64 dev tnl6 table 103
	END
}

config() {
	{
		echo "table add t102"
		echo "table add t103"
		native_routes | sed -e 's/ table / table t/' \
			-e 's/default via 2001/::\/0 via 2001/'
		echo "rule add lookup main min-prefix 0"
		echo "rule add to 45.57.94.1 lookup t102"
		echo "rule add to 2001:db8:beef::1 lookup t102"
		echo "rule add lookup t103"
	} | load_config
}

# Inside, outside, and too big for the inside: as the kernel, to the byte.
paths() {
	cat >"$WORK/cases" <<-END
		plain4
		gre4 dst=203.0.113.1
		ipip4 dst=203.0.113.17
		vxlan4 dst=203.0.113.33
		wg4 dst=203.0.113.49 late=inet:wg0
		wg4_via dst=203.0.113.81 late=inet:wg0
		tnl4 dst=203.0.113.65
		gre6 dst=2001:db8:cafe:1::1
		sit6 dst=2001:db8:cafe:2::1
		tnl6 dst=2001:db8:cafe:3::1
		gre4_big dst=203.0.113.1 size=1490 df=1
		gre4_full dst=203.0.113.1 size=1476 df=1
		gre4_cut dst=203.0.113.1 size=1490
		wg4_big dst=203.0.113.49 size=1490 df=1
		gre6_big dst=2001:db8:cafe:1::1 size=1490
		gre6_full dst=2001:db8:cafe:1::1 size=1476
		sit6_big dst=2001:db8:cafe:2::1 size=1490
		sit6_full dst=2001:db8:cafe:2::1 size=1480
		tnl6_big dst=2001:db8:cafe:3::1 size=1490
		gre4_tos dst=203.0.113.1 tos=32
		gre4_ttl dst=203.0.113.1 ttl=1
	END
	# A packet that waits for the handshake would be counted late.
	check_true "the handshake of WireGuard" wait_until 20 \
		router ping -q -c 1 -W 1 10.99.6.2
	UNLIKE=' [+!] '
	both packets lan10,inet
	UNLIKE=
	says "inside, and outside by the rule for the tunnel" \
		'gre4 inet:gre1 .*' 'gre4 inet:wan2 .*' \
		'ipip4 inet:ipip1 .*' 'ipip4 inet:wan2 .*' \
		'vxlan4 inet:vx1 .*' 'vxlan4 inet:wan2 .*' \
		'wg4 inet:wg0 .*' 'wg4_via inet:wg0 .*' \
		'tnl4 inet:tnl6 .*' 'tnl4 inet:wan2 .*' \
		'gre6 inet:gre1 .*' 'gre6 inet:wan2 .*' \
		'sit6 inet:sit1 .*' 'sit6 inet:wan2 .*' \
		'tnl6 inet:tnl6 .*' 'tnl6 inet:wan2 .*' \
		'plain4 inet:wan1 .*' \
		'gre4_big lan10:lan10 45.*0304....000005c4.*' \
		'gre4_full inet:gre1 .*' \
		'gre6_big lan10:lan10 6.*0200....000005c4.*' \
		'gre6_full inet:gre1 .*' 'sit6_full inet:sit1 .*' \
		'gre4_ttl lan10:lan10 .*'
	says_not "no tunnel's packet by another way" \
		'^(gre|ipip|vxlan|sit|tnl)[^ ]* inet:wan1'
}

# round N: packets on each WAN, of N pings that the far end of wg0 answers.
pinged() {
	in_ns inet nft reset counters table ip wires >/dev/null
	in_ns lan10 ping -q -c "$1" -i 0.1 -w 30 203.0.113.50 |
		sed -n 's/.*transmitted, \(.*\) received.*/\1/p'
}

# A rule that sends everything into the tunnel, its own packets too.
into_itself() {
	local left

	in_ns inet nft -f - <<-END
		table ip wires {
			counter outer { }
			chain in {
				type filter hook prerouting priority -450
				iifname "wan*" counter name outer
			}
		}
	END
	ctl table add vpn
	ctl route add default dev wg0 table vpn
	ctl rule add lookup vpn at 1
	check_eq "WireGuard goes on" "$(pinged 5)" 5
	left=$(in_ns inet nft list counters table ip wires |
		awk '$1 == "packets" { print $2 }')
	# A keepalive or a handshake may come between.
	check_num "its packets leave once" "$left" -ge 5
	check_num "not more than once" "$left" -le 12
	into gre1 203.0.113.1
	into ipip1 203.0.113.17
	into vx1 203.0.113.33 "via 10.99.5.2"
	ctl route flush table vpn
	ctl -6 route add default dev tnl6 table vpn
	echo "into dst=2001:db8:cafe:3::1" >"$WORK/cases"
	TEXT=$(packets inet)
	says "ip6tnl goes on" "into inet:tnl6 .*"
	ctl rule del 1
	check_eq "as before" "$(pinged 3)" 3
}

# into DEVICE DST [VIA]
into() {
	# shellcheck disable=SC2086 # words
	ctl route flush table vpn
	ctl route add default ${3-} dev "$1" table vpn
	TEXT=$(packets inet "into dst=$2")
	says "$1 goes on" "into inet:$1 .*"
}

# outer N: what tunnels sent to inet by wanN since it was asked last.
outer() {
	in_ns inet nft -j reset counter inet outer "wan$1" |
		jq '.nftables[] | .counter? // empty | .packets'
}

outer_is() {
	sent=$((sent + $(outer 2)))
	[ "$sent" -ge "$1" ]
}

# What a socket sends that is bound to the tunnel is routed as all it sends.
bound() {
	local to dev dst sent i peer

	in_ns inet nft -f - <<-END
		table inet outer {
			counter wan1 { }
			counter wan2 { }
			chain in {
				type filter hook prerouting priority -450
				meta l4proto { 4, 47 } goto which
				udp dport { 4789, 51820 } goto which
			}
			chain which {
				iifname wan1 counter name wan1
				iifname wan2 counter name wan2
			}
		}
	END
	peer=$(cat "$WORK/inet.pub")
	check_eq "the kernel prefers wan1" \
		"$(on router -j route get 45.57.94.1 | jq -r '.[0].dev')" wan1
	for to in gre1=203.0.113.1 ipip1=203.0.113.17 vx1=10.99.5.2 \
		wg0=10.99.6.2 tnl6=203.0.113.65; do
		dev=${to%=*} dst=${to#*=} sent=0
		outer 2 >/dev/null
		for i in 1 2 3; do
			# Its peer answers from another address, and it follows.
			router wg set wg0 peer "$peer" endpoint 45.57.94.1:51820
			router ping -q -c 1 -W 0.3 -I "$dev" "$dst" \
				>/dev/null 2>&1 || :
		done
		check_true "bound to $dev: by the rule" wait_until 5 outer_is 3
		check_eq "bound to $dev: not by the kernel's default" \
			"$(outer 1)" 0
	done
}

run_tests \
	setup "the network is there" \
	paths "tunnels as paths, their packets by the rules" \
	bound "sockets that are bound to a tunnel" \
	into_itself "no tunnel is sent into itself"
