#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_tests calls the functions
#
# Routing daemons as feeders of the kernel's main table, and so of ours: FRR
# (zebra, with its nexthop objects, and bgpd), then BIRD, each with two BGP
# sessions over which the same prefixes come. Packets take both ways, the one
# that is left, and both again.
#
#                      .- wan1 -- isp1 (BIRD, AS 65001)
#  lan10 --- router ---+
#            AS 65000  '- wan2 -- isp2 (BIRD, AS 65002)

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# shellcheck disable=SC2154 # set in the trap itself
trap 'status=$?; end_daemons; (exit $status); cleanup' EXIT

PREFIXES=20		# 203.0.113.0/28 and so on, of each family
DAEMONS=()

# daemon NAMESPACE LOG COMMAND...: runs until the script ends.
daemon() {
	local name=$1 log=$2
	shift 2

	ip netns exec "$ID-$name" "$@" >"$WORK/$log" 2>&1 </dev/null &
	DAEMONS+=($!)
}

end_daemons() {
	[ ${#DAEMONS[@]} -gt 0 ] || return 0
	kill "${DAEMONS[@]}" 2>/dev/null
	wait "${DAEMONS[@]}" 2>/dev/null
	DAEMONS=()
}

setup() {
	local i name

	load_module || return
	add_ns router lan10 isp1 isp2 || return
	for name in router lan10 isp1 isp2; do
		set_sysctl "$name" net/ipv6/conf/all/disable_ipv6=0 \
			net/ipv6/conf/default/disable_ipv6=0 \
			net/ipv6/conf/all/accept_dad=0 \
			net/ipv6/conf/default/accept_dad=0 || return
	done
	set_sysctl router net/ipv4/ip_forward=1 net/ipv6/conf/all/forwarding=1
	add_link router lan10 lan10
	on router address add 192.168.10.1/24 dev lan10
	on router address add 2001:db8:10::1/64 dev lan10 nodad
	on lan10 address add 192.168.10.5/24 dev lan10
	on lan10 address add 2001:db8:10::5/64 dev lan10 nodad
	on lan10 route add default via 192.168.10.1
	for i in 1 2; do
		add_link router "isp$i" "wan$i"
		on router address add "10.1.$i.2/24" dev "wan$i"
		on router address add "2001:db8:a$i::2/64" dev "wan$i" nodad
		on "isp$i" address add "10.1.$i.1/24" dev "wan$i"
		on "isp$i" address add "2001:db8:a$i::1/64" dev "wan$i" nodad
		provider "$i"
	done
	# It hands the packets over to us.
	ctl rule add from 198.51.100.77 lookup main
}

# bird_bgp NAME LOCAL AS NEIGHBOR AS FAMILY EXPORT: a session, for bird.conf.
bird_bgp() {
	cat <<-END
		protocol bgp $1 {
			local $2 as $3;
			neighbor $4 as $5;
			hold time 90;
			check link yes;
			connect delay time 1;
			connect retry time 2;
			error wait time 1, 2;
			$6 { import all; export $7; };
		}
	END
}

provider() {
	local i=$1 k

	{
		echo "log stderr all;"
		echo "router id 10.1.$i.1;"
		echo "protocol device {}"
		echo "protocol static s4 { ipv4;"
		for ((k = 0; k < PREFIXES; k++)); do
			echo "route 203.0.$((112 + k / 16)).$((k % 16 * 16))/28 blackhole;"
		done
		echo "}"
		echo "protocol static s6 { ipv6;"
		for ((k = 0; k < PREFIXES; k++)); do
			echo "route 2001:db8:cafe:$k::/64 blackhole;"
		done
		echo "}"
		bird_bgp b4 "10.1.$i.1" "6500$i" "10.1.$i.2" 65000 ipv4 \
			"where source = RTS_STATIC"
		bird_bgp b6 "2001:db8:a$i::1" "6500$i" "2001:db8:a$i::2" \
			65000 ipv6 "where source = RTS_STATIC"
	} >"$WORK/isp$i.conf"
	daemon "isp$i" "isp$i.log" bird -f -c "$WORK/isp$i.conf" \
		-s "$WORK/isp$i.ctl"
	check_true "BIRD of isp$i runs" wait_until 30 test -S "$WORK/isp$i.ctl"
}

# provider_do I COMMAND...: tell the BIRD of ispI.
provider_do() {
	local i=$1
	shift

	birdc -s "$WORK/isp$i.ctl" "$@" >"$WORK/birdc" 2>&1 ||
		fail "birdc $*: $(<"$WORK/birdc")"
}

frr() {
	local dir=/run/frr-$ID

	mkdir -p "$dir"
	cat >"$dir/zebra.conf" <<-END
		hostname router
		log stdout
	END
	cat >"$dir/bgpd.conf" <<-END
		hostname router
		log stdout
		router bgp 65000
		 bgp router-id 10.1.1.2
		 no bgp ebgp-requires-policy
		 no bgp default ipv4-unicast
		 bgp bestpath as-path multipath-relax
		 timers bgp 3 90
		 neighbor 10.1.1.1 remote-as 65001
		 neighbor 10.1.1.1 timers connect 2
		 neighbor 10.1.2.1 remote-as 65002
		 neighbor 10.1.2.1 timers connect 2
		 neighbor 2001:db8:a1::1 remote-as 65001
		 neighbor 2001:db8:a1::1 timers connect 2
		 neighbor 2001:db8:a2::1 remote-as 65002
		 neighbor 2001:db8:a2::1 timers connect 2
		 address-family ipv4 unicast
		  neighbor 10.1.1.1 activate
		  neighbor 10.1.2.1 activate
		  maximum-paths 4
		 exit-address-family
		 address-family ipv6 unicast
		  neighbor 2001:db8:a1::1 activate
		  neighbor 2001:db8:a2::1 activate
		  maximum-paths 4
		 exit-address-family
	END
	daemon router zebra.log /usr/lib/frr/zebra -u root -g root \
		-f "$dir/zebra.conf" -i "$dir/zebra.pid" -z "$dir/zserv" \
		--vty_socket "$dir" -P 0
	check_true "zebra runs" wait_until 60 test -S "$dir/zserv"
	daemon router bgpd.log /usr/lib/frr/bgpd -u root -g root \
		-f "$dir/bgpd.conf" -i "$dir/bgpd.pid" -z "$dir/zserv" \
		--vty_socket "$dir" -P 0
}

bird_router() {
	local i

	{
		echo "log stderr all;"
		echo "router id 10.1.1.2;"
		echo "protocol device {}"
		echo "protocol kernel { ipv4 { export all; }; merge paths yes; }"
		echo "protocol kernel { ipv6 { export all; }; merge paths yes; }"
		for i in 1 2; do
			bird_bgp "v4$i" "10.1.$i.2" 65000 "10.1.$i.1" "6500$i" \
				ipv4 none
			bird_bgp "v6$i" "2001:db8:a$i::2" 65000 \
				"2001:db8:a$i::1" "6500$i" ipv6 none
		done
	} >"$WORK/router.conf"
	daemon router router.log bird -f -c "$WORK/router.conf" \
		-s "$WORK/router.ctl"
}

# --- what main has -------------------------------------------------------

# ways: of all prefixes that came by BGP, how many have which ways.
ways() {
	ctl -j route show table main | jq -r '
		map(select(.protocol == "bgp" or .protocol == "bird")) |
		group_by(.prefix) |
		map((.[0].prefix | if test(":") then "6 " else "4 " end) +
			(map("\(.device) \(.flags)") | sort | join(", "))) |
		group_by(.) | map("\(length) \(.[0])") | join("; ")'
}

ways_are() {
	[ "$(ways)" = "$1" ]
}

check_ways() {
	wait_until 90 ways_are "$2" && return
	check_eq "$1" "$(ways)" "$2"
	diag "$(on router route show; on router -6 route show;
		tail -n 5 "$WORK"/*.log)"
}

# The letter of the protocol, then the two families.
both() {
	echo "$PREFIXES 4 wan1 $1, wan2 $1; $PREFIXES 6 wan1 $1, wan2 $1"
}

one() {
	echo "$PREFIXES 4 $1 $2; $PREFIXES 6 $1 $2"
}

# Packets to all prefixes of IPv4: SHARE is "both" or the only WAN.
packets() {
	traffic flows m n=200 at=isp1,isp2 dst=203.0.112.0/24 dport=53 \
		sport=1024-65535 mode=random || return
	if [ "$2" = both ]; then
		check_flows m
		check_share m wan1=1 wan2=1
		return
	fi
	check_eq "$1" "sent ${R[sent]} ${R[$2]:-0}" "sent 200 200"
}

# path DST: by which device.
path() {
	ctl -j get "$1" from 2001:db8:10::5 iif lan10 | jq -r '.device'
}

mirrored() {
	check_true "$1: main is as the kernel's" wait_until 20 \
		in_ns router python3 -B -E -S "$LIB/mirror.py"
}

# fed WHAT FLAGS OBJECTS: the way of both feeders.
fed() {
	local flags=$2

	check_ways "$1: both ways" "$(both "$flags+")"
	mirrored "$1"
	packets "$1" both
	provider_do 1 disable s4
	check_ways "withdrawn by the first, IPv4" \
		"$PREFIXES 4 wan2 $flags; $PREFIXES 6 wan1 $flags+, wan2 $flags+"
	packets "the second is left" wan2
	provider_do 1 enable s4
	check_ways "announced again" "$(both "$flags+")"
	packets "announced again" both
	provider_do 2 disable b4
	provider_do 2 disable b6
	check_ways "the second's sessions ended" "$(one wan1 "$flags")"
	packets "the first is left" wan1
	check_eq "IPv6" "$(path 2001:db8:cafe:3::1)" wan1
	provider_do 2 enable b4
	provider_do 2 enable b6
	check_ways "they are back" "$(both "$flags+")"
	packets "they are back" both
	# The link goes down: the packets are elsewhere at once.
	on router link set wan1 down
	packets "the first's link is down" wan2
	check_ways "and its routes are gone" "$(one wan2 "$flags")"
	mirrored "$1, in the end"
	on router link set wan1 up
	on router address add 2001:db8:a1::2/64 dev wan1 nodad
}

by_frr() {
	frr
	check_ways "routes come" "$(both ADb+)"
	check_num "by nexthop objects: groups" \
		"$(on router nexthop show | grep -c group)" -gt 0
	fed FRR ADb
	end_frr
}

# zebra leaves its routes when it is killed; that is not what is tested here.
end_frr() {
	local pids=("${DAEMONS[@]:2}")

	kill "${pids[@]}"
	wait "${pids[@]}" 2>/dev/null
	DAEMONS=("${DAEMONS[@]:0:2}")
	on router route flush proto bgp
	on router -6 route flush proto bgp
	on router nexthop flush
	rm -rf "/run/frr-$ID"
	check_ways "none is left" ""
}

by_bird() {
	bird_router
	fed BIRD ADk
	check_ways "the link is up" "$(both ADk+)"
	packets "the link is up" both
	end_daemons
}

run_tests \
	setup "the network is there" \
	by_frr "FRR feeds main" \
	by_bird "BIRD feeds main"
