#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_tests calls the functions
#
# What the kernel counts and why it says it drops: the same packets with the
# module and with equivalent ip rules give the same on the wire, in
# /proc/net/snmp, netstat and snmp6, and as kfree_skb's reasons.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=sides.bash
. "$LIB/sides.bash"

setup() {
	topology6 3
	load_config <<-END
		set kernel-routes off
		table add t2
		route add 198.18.0.0/24 via 10.1.2.1 dev wan2 table t2
		route add 203.0.113.0/24 via 10.1.3.1 dev wan3 table t2
		route add 2001:db8:cafe::/64 via 2001:db8:a2::1 dev wan2 table t2
		route add 2001:db8:cafe:3::/64 via 2001:db8:a3::1 dev wan3 table t2
		route add unreachable 198.18.1.0/24 table t2
		route add prohibit 198.18.2.0/24 table t2
		route add blackhole 198.18.3.0/24 table t2
		route add unreachable 2001:db8:cafe:1::/64 table t2
		route add prohibit 2001:db8:cafe:2::/64 table t2
		route add blackhole 2001:db8:cafe:4::/64 table t2
		rule add lookup main min-prefix 0
		rule add to 198.18.8.0/24 prohibit
		rule add to 198.18.9.0/24 unreachable
		rule add to 198.18.10.0/24 drop
		rule add to 2001:db8:cafe:8::/64 prohibit
		rule add to 2001:db8:cafe:9::/64 unreachable
		rule add to 2001:db8:cafe:a::/64 drop
		rule add lookup t2
	END
	on router link set wan3 mtu 1400
	on inet link set wan3 mtu 1400
	{
		echo "route add 198.18.0.0/24 via 10.1.2.1 dev wan2 table 102"
		echo "route add 203.0.113.0/24 via 10.1.3.1 dev wan3 table 102"
		echo "route add unreachable 198.18.1.0/24 table 102"
		echo "route add prohibit 198.18.2.0/24 table 102"
		echo "route add blackhole 198.18.3.0/24 table 102"
		echo "route add 2001:db8:cafe::/64 via 2001:db8:a2::1 table 102"
		echo "route add 2001:db8:cafe:3::/64 via 2001:db8:a3::1 table 102"
		echo "route add unreachable 2001:db8:cafe:1::/64 table 102"
		echo "route add prohibit 2001:db8:cafe:2::/64 table 102"
		echo "route add blackhole 2001:db8:cafe:4::/64 table 102"
	} | on router -batch -
}

native_policy() {
	{
		echo "rule $1 pref 1002 to 198.18.8.0/24 prohibit"
		echo "rule $1 pref 1003 to 198.18.10.0/24 blackhole"
		echo "rule $1 pref 1003 to 198.18.9.0/24 unreachable"
		echo "rule $1 pref 1004 lookup 102"
	} | on router -batch - || return
	{
		echo "rule $1 pref 1002 to 2001:db8:cafe:8::/64 prohibit"
		echo "rule $1 pref 1003 to 2001:db8:cafe:a::/64 blackhole"
		echo "rule $1 pref 1003 to 2001:db8:cafe:9::/64 unreachable"
		echo "rule $1 pref 1004 lookup 102"
	} | on router -6 -batch -
}

forwarded() {
	cat >"$WORK/cases" <<-END
		plain4
		plain6 dst=2001:db8:cafe::1
		big4 size=1500
		big6 dst=2001:db8:cafe::1 size=1500
		frag4 dst=203.0.113.1 size=1450
		toobig4 dst=203.0.113.1 size=1450 df=1
		toobig6 dst=2001:db8:cafe:3::1 size=1450
		ttl4 ttl=1
		ttl6 dst=2001:db8:cafe::1 ttl=1
		fragment4 flags=2000
		last4 flags=00b9
		lan4 dst=192.168.20.100
		lan6 dst=2001:db8:20::100
		router4 dst=192.168.10.1
		router6 dst=2001:db8:10::1
		back4 from=inet:wan2 src=198.18.0.1 dst=192.168.10.5
		back6 from=inet:wan2 src=2001:db8:cafe::1 dst=2001:db8:10::5
	END
	both packets lan10,lan20,inet
	says "forwarded, by the path that is said" \
		'plain4 \+ Ip.ForwDatagrams 1' \
		'plain6 \+ Ip6OutForwDatagrams 1' \
		'plain4 inet:wan2 .*' 'plain6 inet:wan2 .*' \
		'frag4 inet:wan3 .*' 'frag4 \+ Ip.FragCreates 2' \
		'toobig4 \+ IcmpMsg.OutType3 1' 'toobig4 \+ Ip.FragFails 1' \
		'toobig6 \+ Icmp6OutPktTooBigs 1' 'toobig6 \+ Ip6InTooBigErrors 1' \
		'toobig4 ! PKT_TOO_BIG 1' \
		'ttl4 \+ Ip.InHdrErrors 1' 'ttl6 \+ Ip6InHdrErrors 1' \
		'ttl4 lan10:lan10 .*' 'ttl6 lan10:lan10 .*' \
		'lan4 lan20:lan20 .*' 'lan6 lan20:lan20 .*' \
		'back4 lan10:lan10 .*' 'back6 lan10:lan10 .*'
}

refused() {
	cat >"$WORK/cases" <<-END
		none4 dst=198.18.200.1
		none6 dst=2001:db8:ffff::1
		unreachable4 dst=198.18.1.1
		prohibit4 dst=198.18.2.1
		blackhole4 dst=198.18.3.1
		unreachable6 dst=2001:db8:cafe:1::1
		prohibit6 dst=2001:db8:cafe:2::1
		blackhole6 dst=2001:db8:cafe:4::1
		rule_prohibit4 dst=198.18.8.1
		rule_prohibit6 dst=2001:db8:cafe:8::1
		rule_unreachable4 dst=198.18.9.1
		rule_unreachable6 dst=2001:db8:cafe:9::1
		rule_drop4 dst=198.18.10.1
		rule_drop6 dst=2001:db8:cafe:a::1
	END
	# Where the kernel does not say why it drops, we do.
	UNLIKE=' ! '
	both packets lan10,inet
	UNLIKE=
	says "refused, and told" \
		'none4 \+ IpExt.InNoRoutes 1' 'none6 \+ Ip6InNoRoutes 1' \
		'none4 lan10:lan10 45.*0300.*' 'none6 lan10:lan10 6.*0100.*' \
		'unreachable4 lan10:lan10 45.*0301.*' \
		'prohibit4 lan10:lan10 45.*030d.*' \
		'prohibit6 lan10:lan10 6.*0101.*' \
		'prohibit6 \+ Ip6InNoRoutes 1' \
		'none4 ! IP_INNOROUTES 1' 'none6 ! IP_INNOROUTES 1' \
		'unreachable4 ! IP_INNOROUTES 1' \
		'unreachable6 ! IP_INNOROUTES 1' \
		'prohibit4 ! IP_INNOROUTES 1' 'prohibit6 ! IP_INNOROUTES 1' \
		'blackhole4 ! NETFILTER_DROP 1' \
		'blackhole6 ! NETFILTER_DROP 1' \
		'rule_drop4 ! NETFILTER_DROP 1' \
		'rule_drop6 ! NETFILTER_DROP 1'
	says_not "in silence" 'blackhole. lan10' 'rule_drop. lan10'
}

# filter MODE DEVICE...: rp_filter.
filter() {
	local dev mode=$1
	shift

	for dev; do
		set_sysctl router "net/ipv4/conf/$dev/rp_filter=$mode"
	done
}

sources() {
	cat >"$WORK/cases" <<-END
		zero src=0.0.0.0
		loopback src=127.0.0.1
		loopback_noroute src=127.0.0.1 dst=198.18.200.1
		multicast src=224.0.0.5
		broadcast src=255.255.255.255
		own src=192.168.10.1
		own_noroute src=10.1.1.2 dst=198.18.200.1
		elsewhere src=192.168.20.100
		elsewhere_noroute src=192.168.20.100 dst=198.18.200.1
		elsewhere_prohibit src=192.168.20.100 dst=198.18.2.1
		any6 src=:: dst=2001:db8:cafe::1
		loopback6 src=::1 dst=2001:db8:cafe::1
		multicast6 src=ff02::5 dst=2001:db8:cafe::1
		multicast6_noroute src=ff02::5 dst=2001:db8:ffff::1
		local6 src=fe80::77 dst=2001:db8:cafe::1
		own6 src=2001:db8:10::1 dst=2001:db8:cafe::1
		elsewhere6 src=2001:db8:20::100 dst=2001:db8:cafe::1
		wrong_wan from=inet:wan1 src=198.18.0.1 dst=192.168.10.5
		right_wan from=inet:wan2 src=198.18.0.1 dst=192.168.10.5
		nowhere from=inet:wan2 src=100.64.0.1 dst=192.168.10.5
	END
	# The kernel has some default, as with kernel-routes.
	on router route add default via 10.1.1.1 dev wan1 metric 9999
	check_true "main follows" wait_until 10 main_has wan1
	UNLIKE='_prohibit ! '
	both packets lan10,inet
	says "rp_filter off" 'wrong_wan lan10.*' 'nowhere lan10.*'
	says_not "martians" '^(zero|loopback|multicast|broadcast|own) inet'
	filter 1 lan10 wan1 wan2
	both packets lan10,inet
	UNLIKE=
	says "rp_filter 1" \
		'elsewhere \+ TcpExt.IPReversePathFilter 1' \
		'elsewhere ! IP_RPFILTER 1' \
		'wrong_wan \+ TcpExt.IPReversePathFilter 1' \
		'right_wan lan10.*' 'nowhere ! IP_RPFILTER 1'
	filter 0 lan10 wan1 wan2
	on router route del default via 10.1.1.1 dev wan1 metric 9999
}

main_has() {
	ctl route show table main 0.0.0.0/0 | grep -q "$1"
}

# The router's own sockets: what they are told, and what is counted.
own() {
	local address before now

	for address in 198.18.0.1 198.18.9.1 198.18.1.1 198.18.2.1 \
		198.18.3.1 198.18.8.1 198.18.10.1; do
		before=$(no_routes)
		echo "$address $(router python3 -B -E -S "$LIB/probe.py" \
			--wait 0.1 "$address")"
		now=$(no_routes)
		echo "$address OutNoRoutes $((now - before))"
	done
}

no_routes() {
	router nstat -as | awk '$1 == "IpOutNoRoutes" { print $2 }'
}

own_refused() {
	on router route add default via 10.1.1.1 dev wan1 metric 9999
	check_true "main follows" wait_until 10 main_has wan1
	both own
	says "each with its error" '198.18.9.1 ENETUNREACH' \
		'198.18.9.1 OutNoRoutes 1' '198.18.1.1 EHOSTUNREACH' \
		'198.18.2.1 EACCES' '198.18.3.1 EINVAL' '198.18.8.1 EACCES' \
		'198.18.10.1 EINVAL'
	on router route del default via 10.1.1.1 dev wan1 metric 9999
}

run_tests \
	setup "the network is there" \
	forwarded "forwarded packets count as the kernel's" \
	refused "refused packets count as the kernel's" \
	sources "sources that are refused count as the kernel's" \
	own_refused "so does what the router's own sockets may not"
