#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_tests calls the functions
#
# What remains the kernel's when the module has chosen the path: TTL, MTU,
# fragments, redirects, and whether anything is forwarded at all.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

NETFLIX=45.57.94.1

# First of all, while the module has not seen a packet: a router that does
# not forward yet. The kernel's forwarder must be found later all the same.
off_at_first() {
	topology 3
	set_sysctl router net/ipv4/icmp_ratemask=0 net/ipv4/ip_forward=0
	set_sysctl inet net/ipv4/icmp_ratemask=0
	tutorial 3 | load_config
	traffic flows m n=20
	check_eq "nothing is forwarded" "${R[got]}" 0
	check_eq "and nobody is told" "$(probe "$NETFLIX")" silence
	set_sysctl router net/ipv4/ip_forward=1
	decided
}

probe() {
	in_ns lan10 python3 -B -E -S "$LIB/probe.py" --fence 192.168.10.1 "$@"
}

# Not the kernel, which has no default route, but the module forwards.
decided() {
	traffic flows m n=300
	check_flows m
	check_share m wan1=1 wan2=1 wan3=1 buckets=256
}

forwarding_off() {
	set_sysctl router net/ipv4/ip_forward=0
	traffic flows m n=20
	check_eq "ip_forward 0" "${R[got]}" 0
	set_sysctl router net/ipv4/ip_forward=1
	decided
	# The device that a packet comes in by is asked, no other.
	set_sysctl router net/ipv4/conf/lan10/forwarding=0
	traffic flows m n=20
	check_eq "forwarding of lan10 0" "${R[got]}" 0
	check_json "get says so" \
		"$(ctl -j get 198.18.0.1 from 192.168.10.5 iif lan10)" \
		'[.verdict, .left] | join(" ")' "native forwarding-off"
	traffic flows m n=300 client=lan20 src=192.168.20.100
	check_flows m
	set_sysctl router net/ipv4/conf/lan10/forwarding=1 \
		net/ipv4/conf/wan1/forwarding=0 \
		net/ipv4/conf/wan2/forwarding=0
	decided
	set_sysctl router net/ipv4/conf/wan1/forwarding=1 \
		net/ipv4/conf/wan2/forwarding=1
}

ttl() {
	in_ns inet nft -f - <<-END
		table ip ttl {
			set seen { typeof ip ttl; flags dynamic; }
			chain in {
				type filter hook prerouting priority -450
				udp dport 4433 add @seen { ip ttl }
			}
		}
	END
	traffic flows m n=20 ttl=1
	check_eq "TTL 1 goes no further" "${R[got]}" 0
	check_eq "the sender is told" "$(probe --ttl 1 "$NETFLIX")" \
		"11/0 192.168.10.1"
	traffic flows m n=20 ttl=2
	check_flows m
	traffic flows m n=20 ttl=64
	check_flows m
	check_eq "one hop less on the wire" "$(in_ns inet nft -j list set \
		ip ttl seen | jq -c '.nftables[].set.elem // empty | sort')" \
		"[1,63]"
	in_ns inet nft delete table ip ttl
	check_eq "the next hop but one answers" "$(probe --ttl 2 "$NETFLIX")" \
		"3/3 $NETFLIX"
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
		s/wan1/3\/3 $NETFLIX/
		s/wan2/3\/4 192.168.10.1 mtu=$1/
		s/wan3/3\/4 192.168.10.1 mtu=$2/")
	check_eq "each WAN is used" \
		"$(sort -u <<<"$expected" | wc -l)" 3
	check_eq "with DF, MTU $1 and $2" \
		"$(probe --df --size 1452 --sport "$ports" "$NETFLIX")" \
		"$expected"
	check_eq "without DF" \
		"$(probe --size 1452 --sport "$ports" "$NETFLIX" | sort -u)" \
		"3/3 $NETFLIX"
}

path_mtu() {
	mtu 1400 1300
	# A change is known at once.
	mtu 1280 1350
	on router link set wan2 mtu 1500
	on router link set wan3 mtu 1500
	check_eq "all is well at 1500" "$(probe --df --size 1452 \
		--sport 30001-30060 "$NETFLIX" | sort -u)" "3/3 $NETFLIX"
}

# --- fragments -----------------------------------------------------------

# pieces [OPTION...]: the answer of fragments.py in R.
pieces() {
	local word

	R=()
	for word in $(python3 -B -E -S "$LIB/fragments.py" "$ID" "$@"); do
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
	pieces n=60 dst=203.0.113.1-203.0.113.60
	check_num "$1: other hosts, other wires" "$(wans)" -gt 1
	for i in 1 2 3; do
		counts="$counts ${R[wan$i]:-0}"
	done
	tutorial 3 l3 | load_config
	traffic flows whole n=60 dst=203.0.113.1-203.0.113.60 \
		sport=20000 dport=4433
	tutorial 3 | load_config
	check_eq "$1: as whole datagrams under l3" \
		" ${R[wan1]:-0} ${R[wan2]:-0} ${R[wan3]:-0}" "$counts"
}

# A rule with ports matches no fragment, not even the first.
port_rule() {
	ctl table add ports
	ctl route add default via 10.1.3.1 dev wan3 table ports
	ctl rule add ipproto udp dport 4433 lookup ports at 0
	traffic flows m n=60 sport=20000-20059 dst=203.0.113.1-203.0.113.60
	check_eq "$1: whole datagrams meet it" "${R[wan3]:-0}" 60
	pieces n=60 dst=203.0.113.1-203.0.113.60
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
		table ip selftest_raw {
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
	router nft delete table ip selftest_raw
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
	in_ns lan10 nft -j reset counters table ip redirects | jq \
		'[.nftables[].counter // empty][0].packets'
}

redirect() {
	on lan10 address add 192.168.10.77/24 dev lan10
	in_ns lan10 nft -f - <<-END
		table ip redirects {
			counter n { }
			chain in {
				type filter hook prerouting priority -450
				icmp type redirect counter name n
			}
		}
	END
	ctl route add 198.51.100.0/24 via 192.168.10.77 dev lan10
	traffic flows m n=1 dst=198.51.100.1 at=lan10
	check_eq "it goes back by where it came" "${R[lan10]:-0}" 1
	check_eq "the sender is told of a better way" "$(redirects)" 1
	set_sysctl router net/ipv4/conf/all/send_redirects=0 \
		net/ipv4/conf/lan10/send_redirects=0
	traffic flows m n=1 src=192.168.10.6 dst=198.51.100.2 at=lan10
	check_eq "it goes back again" "${R[lan10]:-0}" 1
	check_eq "send_redirects 0" "$(redirects)" 0
	# Another LAN's client has no better way.
	set_sysctl router net/ipv4/conf/all/send_redirects=1 \
		net/ipv4/conf/lan10/send_redirects=1
	traffic flows m n=1 client=lan20 src=192.168.20.100 \
		dst=198.51.100.3 at=lan10
	check_eq "forwarded from another LAN" "${R[lan10]:-0}" 1
	check_eq "no redirect for it" "$(redirects)" 0
	in_ns lan10 nft delete table ip redirects
}

run_tests \
	off_at_first "forwarding is switched on after the rules" \
	forwarding_off "forwarding off, on all devices and on one" \
	ttl "TTL" \
	path_mtu "DF: fragmentation needed, with the path's MTU" \
	fragments "fragments, without conntrack" \
	notrack "fragments that conntrack does not see" \
	reassembled "fragments that conntrack puts together" \
	redirect "redirects"
