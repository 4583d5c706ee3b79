#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_tests calls the functions
#
# What remains the kernel's when the module has chosen the path: TTL, MTU,
# fragments, redirects, and whether anything is forwarded at all.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# First of all, while the module has not seen a packet: a router that does
# not forward yet. The kernel's forwarder must be found later all the same.
off_at_first() {
	topology 3
	no_icmp_limit router inet
	NETFLIX=$WORLD
	forwarding_is 0
	tutorial 3 | load_config
	traffic flows m n=20
	check_eq "nothing is forwarded" "${R[got]}" 0
	check_eq "and nobody is told" "$(probe "$NETFLIX")" silence
	forwarding_is 1
	decided
}

probe() {
	in_ns lan10 python3 -B -E -S "$LIB/probe.py" --fence "${LAN10}1" "$@"
}

# Not the kernel, which has no default route, but the module forwards.
decided() {
	traffic flows m n=300
	check_flows m
	check_share m wan1=1 wan2=1 wan3=1 buckets=256
}

forwarding_off() {
	forwarding_is 0
	traffic flows m n=20
	check_eq "off for all" "${R[got]}" 0
	check_json "get says so" \
		"$(ctl -j get "${SINK}1" from "${LAN10}5" iif lan10)" \
		'[.verdict, .left] | join(" ")' "native forwarding-off"
	forwarding_is 1
	decided
}

forwarding_off_on_one() {
	# The device that a packet comes in by is asked, no other.
	set_sysctl router net/ipv4/conf/lan10/forwarding=0
	traffic flows m n=20
	check_eq "forwarding of lan10 0" "${R[got]}" 0
	check_json "get says so" \
		"$(ctl -j get "${SINK}1" from "${LAN10}5" iif lan10)" \
		'[.verdict, .left] | join(" ")' "native forwarding-off"
	traffic flows m n=300 client=lan20 src="${LAN20}100"
	check_flows m
	set_sysctl router net/ipv4/conf/lan10/forwarding=1 \
		net/ipv4/conf/wan1/forwarding=0 \
		net/ipv4/conf/wan2/forwarding=0
	decided
	set_sysctl router net/ipv4/conf/wan1/forwarding=1 \
		net/ipv4/conf/wan2/forwarding=1
}

ttl() {
	local ttl="ip ttl"

	[ "$F" = 4 ] || ttl="ip6 hoplimit"
	in_ns inet nft -f - <<-END
		table $IP ttl {
			set seen { typeof $ttl; flags dynamic; }
			chain in {
				type filter hook prerouting priority -450
				udp dport 4433 add @seen { $ttl }
			}
		}
	END
	traffic flows m n=20 ttl=1
	check_eq "TTL 1 goes no further" "${R[got]}" 0
	check_eq "the sender is told" "$(probe --ttl 1 "$NETFLIX")" \
		"$E_TTL ${LAN10}1"
	traffic flows m n=20 ttl=2
	check_flows m
	traffic flows m n=20 ttl=64
	check_flows m
	check_eq "one hop less on the wire" "$(in_ns inet nft -j list set \
		"$IP" ttl seen | jq -c '.nftables[].set.elem // empty | sort')" \
		"[1,63]"
	in_ns inet nft delete table "$IP" ttl
	check_eq "the next hop but one answers" "$(probe --ttl 2 "$NETFLIX")" \
		"$E_PORT $NETFLIX"
}

# mtu WAN2 WAN3: what flows of each WAN are told, by 60 source ports.
mtu() {
	local ports=30001-30060 expected

	on router link set wan2 mtu "$1"
	on router link set wan3 mtu "$2"
	traffic flows m n=60 sport="$ports" dport=33434 \
		dst="$NETFLIX"
	check_flows m
	traffic dump m "$WORK/flows"
	expected=$(jq -r .label "$WORK/flows" | sed "
		s,wan1,$E_PORT $NETFLIX,
		s,wan2,$E_MTU ${LAN10}1 mtu=$1,
		s,wan3,$E_MTU ${LAN10}1 mtu=$2,")
	check_eq "each WAN is used" \
		"$(sort -u <<<"$expected" | wc -l)" 3
	check_eq "with DF, MTU $1 and $2" \
		"$(probe --df --size 1452 --sport "$ports" "$NETFLIX")" \
		"$expected"
	# In IPv6 every packet is as one with DF: its sender cuts it up, when
	# he has been told.
	check_eq "without DF" \
		"$(probe --size 1452 --sport "$ports" "$NETFLIX" | sort -u)" \
		"$E_PORT $NETFLIX"
}

path_mtu() {
	mtu 1400 1300
	# A change is known at once.
	mtu 1280 1350
	on router link set wan2 mtu 1500
	on router link set wan3 mtu 1500
	check_eq "all is well at 1500" "$(probe --df --size 1452 \
		--sport 30001-30060 "$NETFLIX" | sort -u)" "$E_PORT $NETFLIX"
}

# --- fragments -----------------------------------------------------------

# pieces [OPTION...]: the answer of fragments.py in R.
pieces() {
	local word

	R=()
	for word in $(python3 -B -E -S "$LIB/fragments.py" "$ID" \
		src="${LAN10}5" dst="$NETFLIX" "$@"); do
		R[${word%%=*}]=${word#*=}
	done
	check_eq "datagrams that came in pieces by several wires, or not at all" \
		"${R[split]:-error} ${R[missing]:-error}" "0 0"
}

wans() {
	local i n=0

	for i in 1 2 3; do
		[ "${R[wan$i]:-0}" -gt 0 ] && n=$((n + 1))
	done
	echo "$n"
}

# They arrive as fragments: no port counts, so they hash as l3, all alike.
singly() {
	local i counts=

	pieces n=60
	check_eq "$1: fragments stay as they are" "${R[pieces]}" 240
	check_eq "$1: one pair of hosts, one wire" "$(wans)" 1
	pieces n=60 reverse=1
	check_eq "$1: one wire, last piece first" "$(wans)" 1
	pieces n=60 dst="${SERVER}1+60"
	check_num "$1: other hosts, other wires" "$(wans)" -gt 1
	for i in 1 2 3; do
		counts="$counts ${R[wan$i]:-0}"
	done
	tutorial 3 l3 | load_config
	traffic flows whole n=60 dst="${SERVER}1+60" \
		sport=20000 dport=4433
	tutorial 3 | load_config
	check_eq "$1: as whole datagrams under l3" \
		" ${R[wan1]:-0} ${R[wan2]:-0} ${R[wan3]:-0}" "$counts"
}

# A rule with ports matches no fragment, not even the first.
port_rule() {
	ctl table add ports
	ctl route add "$ANY" via "${GW[3]}" dev wan3 table ports
	ctl rule add ipproto udp dport 4433 lookup ports at 0
	traffic flows m n=60 sport=20000-20059 dst="${SERVER}1+60"
	check_eq "$1: whole datagrams meet it" "${R[wan3]:-0}" 60
	pieces n=60 dst="${SERVER}1+60"
}

fragments() {
	conntrack off
	singly "untracked"
	port_rule "untracked"
	check_num "fragments do not meet it" "$(wans)" -gt 1
	tutorial 3 | load_config
}

# Before defragmentation at -400, or they would be put together first.
notrack() {
	conntrack on
	router nft -f - <<-END
		table $IP selftest_raw {
			chain in {
				type filter hook prerouting priority -450
				notrack
			}
		}
	END
	singly "notrack"
	port_rule "notrack"
	check_num "fragments do not meet it" "$(wans)" -gt 1
	tutorial 3 | load_config
	router nft delete table "$IP" selftest_raw
}

# Put together by conntrack they are datagrams with ports.
reassembled() {
	conntrack on
	pieces n=60
	check_num "tracked: connections spread" "$(wans)" -gt 1
	port_rule "tracked"
	check_eq "tracked: all meet the rule" "${R[wan3]:-0}" 60
	tutorial 3 | load_config
	conntrack off
}

# --- redirects -----------------------------------------------------------

redirects() {
	in_ns lan10 nft -j reset counters table "$IP" redirects | jq \
		'[.nftables[].counter // empty][0].packets'
}

# IPv4 asks a setting of every device, IPv6 nothing: it has no such setting in
# these kernels. Nor does IPv6 send one for a source that is no neighbour.
redirect() {
	local to=198.51.100. net=198.51.100.0/24 match="icmp type redirect"
	local better=192.168.10.77

	if [ "$F" = 6 ]; then
		to=2001:db8:51:: net=2001:db8:51::/64
		match="icmpv6 type nd-redirect"
		# A redirect names no other.
		better=fe80::77
	fi
	on lan10 address add "$better/$LEN" dev lan10
	in_ns lan10 nft -f - <<-END
		table $IP redirects {
			counter n { }
			chain in {
				type filter hook prerouting priority -450
				$match counter name n
			}
		}
	END
	ctl route add "$net" via "$better" dev lan10
	traffic flows m n=1 dst="${to}1" at=lan10
	check_eq "it goes back by where it came" "${R[lan10]:-0}" 1
	check_eq "the sender is told of a better way" "$(redirects)" 1
	if [ "$F" = 4 ]; then
		set_sysctl router net/ipv4/conf/all/send_redirects=0 \
			net/ipv4/conf/lan10/send_redirects=0
		traffic flows m n=1 src="${LAN10}6" dst="${to}2" at=lan10
		check_eq "it goes back again" "${R[lan10]:-0}" 1
		check_eq "send_redirects 0" "$(redirects)" 0
		set_sysctl router net/ipv4/conf/all/send_redirects=1 \
			net/ipv4/conf/lan10/send_redirects=1
	fi
	[ "$F" = 6 ] || unshared
	# Another LAN's client has no better way.
	traffic flows m n=1 client=lan20 src="${LAN20}100" \
		dst="${to}3" at=lan10
	check_eq "forwarded from another LAN" "${R[lan10]:-0}" 1
	check_eq "no redirect for it" "$(redirects)" 0
	in_ns lan10 nft delete table "$IP" redirects
}

# Where the link is not one for all its networks a neighbour is told of a
# gateway in his own network alone.
unshared() {
	on router address add 192.168.110.1/24 dev lan10
	on lan10 address add 192.168.110.77/24 dev lan10
	on lan10 address add 192.168.10.78/24 dev lan10
	on lan10 address add 192.168.10.79/24 dev lan10
	ctl route add 198.51.101.0/24 via 192.168.110.77 dev lan10
	set_sysctl router net/ipv4/conf/{all,lan10}/shared_media=0
	traffic flows m n=1 src=192.168.10.78 dst=198.51.101.1 at=lan10
	check_eq "back to another network" "${R[lan10]:-0}" 1
	check_eq "shared_media 0: no redirect there" "$(redirects)" 0
	traffic flows m n=1 src=192.168.10.78 dst=198.51.100.4 at=lan10
	check_eq "back to the same network" "${R[lan10]:-0}" 1
	check_eq "shared_media 0: a redirect there" "$(redirects)" 1
	set_sysctl router net/ipv4/conf/{all,lan10}/shared_media=1
	traffic flows m n=1 src=192.168.10.79 dst=198.51.101.1 at=lan10
	check_eq "shared_media 1: a redirect to another" "$(redirects)" 1
	on router address del 192.168.110.1/24 dev lan10
}

run_families \
	off_at_first "forwarding is switched on after the rules" \
	forwarding_off "forwarding off" \
	4:forwarding_off_on_one "forwarding off on one device" \
	ttl "TTL, hop limit" \
	path_mtu "too big for the path, which its MTU is told of" \
	fragments "fragments, without conntrack" \
	notrack "fragments that conntrack does not see" \
	reassembled "fragments that conntrack puts together" \
	redirect "redirects"
