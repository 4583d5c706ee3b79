#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_tests calls the functions
#
# Everything that may become of a path's device, in every order, while packets
# of both families run; after each step every route stands as it should. VLANs,
# bonds and bridges as WANs. What was created is destroyed.
#
#  lan --- router --- wan1, wan2, wan3 --- inet;   store: another namespace
#
# Table t has gateways on devices (port 4433), d devices alone (4434), r
# gateways whose devices are found (4435).

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=left.bash
. "$LIB/left.bash"

STEPS=24
FLOOD=

# shellcheck disable=SC2154 # status
trap 'status=$?; flood_end; (exit $status); cleanup' EXIT

setup() {
	local i name

	load_module
	add_ns router lan inet store
	for name in router lan inet store; do
		set_sysctl "$name" net/ipv6/conf/all/disable_ipv6=0 \
			net/ipv6/conf/default/disable_ipv6=0 \
			net/ipv6/conf/all/accept_dad=0 \
			net/ipv6/conf/default/accept_dad=0
	done
	# What is on its links stays reachable when they come back; and its way
	# back is that of the lowest metric, not by which neighbour it has heard.
	set_sysctl inet net/ipv6/conf/{all,default}/keep_addr_on_down=1 \
		net/ipv6/conf/all/forwarding=1
	set_sysctl router net/ipv4/ip_forward=1 net/ipv4/icmp_ratemask=0 \
		net/ipv6/conf/all/forwarding=1 net/ipv6/icmp/ratelimit=0
	add_link router lan lan
	on router address add 192.168.10.1/24 dev lan
	on router address add 2001:db8:10::1/64 dev lan nodad
	on lan address add 192.168.10.5/24 dev lan
	on lan address add 2001:db8:10::5/64 dev lan nodad
	on lan route add default via 192.168.10.1
	on lan route add default via 2001:db8:10::1
	on inet route add local 2001:db8:cafe::/48 dev lo
	on inet route add local 203.0.113.0/24 dev lo
	in_ns inet nft -f - <<-END
		table inet wires {
			set wires {
				typeof iifname . udp dport . meta nfproto
				size 64; counter; flags dynamic;
			}
			chain in {
				type filter hook prerouting priority -450
				ip6 daddr 2001:db8:cafe::/48 jump note
				ip daddr 203.0.113.0/24 jump note
			}
			chain note {
				udp dport 4433-4435 add @wires { iifname . udp dport . meta nfproto }
			}
		}
	END
	for i in 1 2 3; do
		create "$i"
	done
	config | load_config
	expect "the beginning"
}

config() {
	local i

	echo "set hash-policy l4"
	echo "set hash-seed $SEED"
	printf 'table add %s\n' t d r
	for i in 1 2 3; do
		cat <<-END
			route add default via 10.1.$i.1 dev wan$i table t
			route add default dev wan$i table d
			route add default via 10.1.$i.1 table r
			route add ::/0 via 2001:db8:a$i::1 dev wan$i table t
			route add ::/0 dev wan$i table d
			route add ::/0 via 2001:db8:a$i::1 table r
		END
	done
	cat <<-END
		rule add lookup main min-prefix 0
		rule add ipproto udp dport 4433 lookup-only-in-table t
		rule add ipproto udp dport 4434 lookup-only-in-table d
		rule add ipproto udp dport 4435 lookup-only-in-table r
		rule add lookup t
	END
}

# --- the devices, as they are to be --------------------------------------

declare -a HERE NAME IS_UP CARRIER HAS4 HAS6 MTU

create() {
	local i=$1

	link_line router inet "wan$i" | ip -batch -
	in_ns inet ip -batch - <<-END
		link set wan$i up
		address add 10.1.$i.1/24 dev wan$i
		address add 2001:db8:a$i::1/64 dev wan$i nodad
		route add 192.168.10.0/24 via 10.1.$i.2 dev wan$i metric $i
		route add 2001:db8:10::/64 via 2001:db8:a$i::2 dev wan$i metric $i
		$(printf "address add 2001:db8:cafe::%x/128 dev wan$i nodad\n" {1..16})
	END
	in_ns router ip -batch - <<-END
		address add 10.1.$i.2/24 dev wan$i
		address add 2001:db8:a$i::2/64 dev wan$i nodad
	END
	HERE[i]=router NAME[i]=wan$i IS_UP[i]=1 CARRIER[i]=1 HAS4[i]=1
	HAS6[i]=1 MTU[i]=1500
}

# speaks I: IPv6, too?
speaks() {
	[ "${MTU[$1]}" -ge 1280 ]
}

add6() {
	speaks "$1" && [ "${HERE[$1]}" = router ] && [ "${HAS6[$1]}" = 0 ] ||
		return 0
	on router address add "2001:db8:a$1::2/64" dev "${NAME[$1]}" nodad
	HAS6[$1]=1
}

down() {
	# What was given to it while it was down it keeps.
	[ "${IS_UP[$1]}" = 1 ] || return 0
	on "${HERE[$1]}" link set "${NAME[$1]}" down
	IS_UP[$1]=0 HAS6[$1]=0
}

up() {
	on "${HERE[$1]}" link set "${NAME[$1]}" up
	IS_UP[$1]=1
	add6 "$1"
}

# Each takes its device from wherever it is to the other state.

do_admin() {
	if [ "${IS_UP[$1]}" = 1 ]; then down "$1"; else up "$1"; fi
}

do_rename() {
	local name=away$1 was=${IS_UP[$1]}

	[ "${NAME[$1]}" = "wan$1" ] || name=wan$1
	down "$1"
	on "${HERE[$1]}" link set "${NAME[$1]}" name "$name"
	NAME[$1]=$name
	[ "$was" = 0 ] || up "$1"
}

do_move() {
	local to=store

	[ "${HERE[$1]}" = router ] || to=router
	on "${HERE[$1]}" link set "${NAME[$1]}" netns "$ID-$to"
	HERE[$1]=$to IS_UP[$1]=0 HAS4[$1]=0 HAS6[$1]=0
	[ "$to" = store ] || { do_address4 "$1"; up "$1"; }
}

do_address4() {
	local what=add

	[ "${HERE[$1]}" = router ] || return 0
	[ "${HAS4[$1]}" = 0 ] || what=del
	on router address "$what" "10.1.$1.2/24" dev "${NAME[$1]}"
	HAS4[$1]=$((1 - HAS4[$1]))
}

do_address6() {
	[ "${HERE[$1]}" = router ] || return 0
	if [ "${HAS6[$1]}" = 1 ]; then
		on router address del "2001:db8:a$1::2/64" dev "${NAME[$1]}"
		HAS6[$1]=0
	else
		add6 "$1"
	fi
}

do_carrier() {
	local to=down

	[ "${CARRIER[$1]}" = 1 ] || to=up
	on inet link set "wan$1" "$to"
	CARRIER[$1]=$((1 - CARRIER[$1]))
}

# Below 1280 bytes there is no IPv6.
do_mtu() {
	local mtu

	case ${MTU[$1]} in
	1500)	mtu=1400 ;;
	1400)	mtu=1200 ;;
	1200)	mtu=1280 ;;
	*)	mtu=1500 ;;
	esac
	on "${HERE[$1]}" link set "${NAME[$1]}" mtu "$mtu"
	MTU[$1]=$mtu
	speaks "$1" || HAS6[$1]=0
}

do_again() {
	on "${HERE[$1]}" link del "${NAME[$1]}"
	create "$1"
}

do_delete() {
	on "${HERE[$1]}" link del "${NAME[$1]}"
	HERE[$1]=none
}

OPERATIONS=(admin rename move address4 address6 carrier mtu again delete)

# step I OPERATION
step() {
	if [ "${HERE[$1]}" = none ]; then
		create "$1"
	else
		"do_$2" "$1"
	fi
}

normal() {
	local i=$1

	[ "${HERE[i]}" != none ] || create "$i"
	[ "${CARRIER[i]}" = 1 ] || { on inet link set "wan$i" up; CARRIER[i]=1; }
	[ "${HERE[i]}" = router ] || do_move "$i"
	[ "${NAME[i]}" = "wan$i" ] || do_rename "$i"
	on router link set "wan$i" mtu 1500
	MTU[i]=1500
	[ "${IS_UP[i]}" = 1 ] || up "$i"
	[ "${HAS4[i]}" = 1 ] || do_address4 "$i"
	add6 "$i"
	# What the far end lost with its link.
	on inet address replace "2001:db8:a$i::1/64" dev "wan$i" nodad
	on inet route replace 192.168.10.0/24 via "10.1.$i.2" dev "wan$i" \
		metric "$i"
	on inet route replace 2001:db8:10::/64 via "2001:db8:a$i::2" \
		dev "wan$i" metric "$i"
}

# --- how the routes are to stand -----------------------------------------

# reason I FAMILY KIND: what keeps this route from packets, or null.
reason() {
	local i=$1 has=${HAS4[$1]}

	[ "$2" = 4 ] || has=${HAS6[$1]}
	if [ "${HERE[i]}" != router ] ||
		{ [ "$3" != r ] && [ "${NAME[i]}" != "wan$i" ]; }; then
		REASON=no-device
		[ "$3" != r ] || REASON=not-on-link
	elif [ "$3" = r ] && [ "$has" = 0 ]; then
		REASON=not-on-link
	elif [ "${IS_UP[i]}" = 0 ]; then
		REASON=down
	elif [ "$2" = 6 ] && ! speaks "$i"; then
		REASON=not-on-link
	elif [ "${CARRIER[i]}" = 0 ]; then
		REASON=no-carrier
	elif [ "$3" = t ] && [ "$has" = 0 ]; then
		REASON=not-on-link
	else
		REASON=null
	fi
}

expected() {
	local i kind v device

	# table, family, WAN, device of the next hop, what is wrong
	for kind in t d r; do
		for v in 4 6; do
			for i in 1 2 3; do
				reason "$i" "$v" "$kind"
				device=wan$i
				if [ "$kind" = r ]; then
					device=${NAME[i]}
					[ "$REASON" != not-on-link ] || device=null
				fi
				echo "$kind $v $i $device $REASON"
			done
		done
	done
}

# The same of the routes as they are.
actual() {
	ctl -j route show | jq -r '
		.[] | select(.table == ("t", "d", "r")) |
		(if .table == "d" then .device else .gateway end |
		 capture("(wan|10[.]1[.]|:a)(?<i>[0-9])").i) as $i |
		"\(.table) \(.family[3:]) \($i) " +
		"\(.device // .resolved_device) \(.reason)" +
		(if .active == (.reason == null) then "" else
		 " active: \(.active)" end)' | sort
}

as_expected() {
	cmp -s "$WORK/expected" <(actual)
}

expect() {
	expected | sort >"$WORK/expected"
	wait_until 10 as_expected && return
	fail "after $1"
	diag "$(diff "$WORK/expected" <(actual))"
	return 1
}

# --- packets -------------------------------------------------------------

# To 16 hosts of each family from 8 ports. Behind a device alone each of them
# is a neighbour, so that not all of 2001:db8:cafe::/48 will do.
flood() {
	ip netns exec "$ID-lan" python3 -B -E -S -c '
import socket, time
sockets = [(socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
            socket.socket(socket.AF_INET6, socket.SOCK_DGRAM))
           for _ in range(8)]
i = 0
while True:
    s4, s6 = sockets[i // 16 % 8]
    n = 1 + i % 16
    i += 1
    for port in 4433, 4434, 4435:
        for s, dst in (s4, f"203.0.113.{n}"), (s6, f"2001:db8:cafe::{n:x}"):
            try:
                s.sendto(bytes(64 + i * 7 % 1200), (dst, port))
            except OSError:
                pass
    time.sleep(0.02)' &
	FLOOD=$!
}

flood_end() {
	[ -n "$FLOOD" ] || return 0
	kill "$FLOOD" 2>/dev/null
	wait "$FLOOD" 2>/dev/null || true
	FLOOD=
}

# wires: how many of the 18 combinations of wire, table and family were seen.
wires() {
	in_ns inet nft -j list set inet wires wires | jq '
		[.nftables[].set.elem // empty | .[]] | length'
}

all_wires() {
	[ "$(wires)" = 18 ]
}

check_packets() {
	in_ns inet nft flush set inet wires wires
	check_true "$1: every wire, table and family has packets" \
		wait_until 20 all_wires ||
		diag "$(in_ns inet nft list set inet wires wires)"
}

# --- the tests -----------------------------------------------------------

# Each operation and its reverse, one after the other.
each() {
	local operation

	flood
	check_packets "at first"
	for operation in "${OPERATIONS[@]}"; do
		step 2 "$operation"
		expect "$operation of wan2" || return 0
		step 2 "$operation"
		expect "$operation of wan2 again" || return 0
	done
	# Another name without having been up.
	for operation in admin rename rename admin; do
		step 2 "$operation"
		expect "$operation of wan2, down" || return 0
	done
	normal 2
	expect "all that" || return 0
	check_packets "afterwards"
}

# Two devices exchange their names.
exchange() {
	local i

	for i in 1 2; do
		down "$i"
	done
	on router link set wan1 name spare
	on router link set wan2 name wan1
	on router link set spare name wan2
	# The one that is now called wan2 has the addresses of wan1.
	for i in 1 2; do
		on router link set "wan$i" up
	done
	check_true "each gateway is on the other device" \
		wait_until 20 exchanged || diag "$(ctl route show)"
	for i in 1 2; do
		on router link set "wan$i" down
	done
	on router link set wan1 name spare
	on router link set wan2 name wan1
	on router link set spare name wan2
	for i in 1 2; do
		up "$i"
	done
	expect "they were exchanged twice"
}

exchanged() {
	ctl -j route show table t | jq -e '[.[] | select(.gateway == "10.1.1.1" or
		.gateway == "10.1.2.1") | .reason] ==
		["not-on-link", "not-on-link"]' &&
	ctl -j route show table r | jq -e '[.[] | select(.gateway == "10.1.1.1" or
		.gateway == "10.1.2.1") |
		"\(.gateway) \(.resolved_device)"] | sort ==
		["10.1.1.1 wan2", "10.1.2.1 wan1"]' &&
	ctl -j route show table d | jq -e 'all(.[]; .active)'
}

random_order() {
	local i n operation dsts log=

	RANDOM=$((SEED & 32767))
	dsts=$(dsts)
	for ((n = 1; n <= STEPS; n++)); do
		i=$((1 + RANDOM % 3))
		operation=${OPERATIONS[RANDOM % ${#OPERATIONS[@]}]}
		log="$log $operation$i"
		step "$i" "$operation"
		# Some are not waited for.
		[ $((RANDOM % 3)) != 0 ] || continue
		if ! expect "step $n"; then
			diag "the steps were:$log"
			break
		fi
	done
	for i in 1 2 3; do
		normal "$i"
	done
	expect "all is normal again" || diag "the steps were:$log"
	check_packets "at the end"
	# Four by each device, and the two of the LAN.
	check_json "next hops" "$(ctl -j nexthop show)" length 14
	check_true "dsts: $dsts before, $(dsts) now" wait_until 20 at_most dsts \
		$((dsts + 16))
	diag "dsts: $dsts before, $(dsts) after"
}

# A configuration is loaded again and again while links go and come.
loads() {
	local i loader

	{
		config
		for ((i = 0; i < 500; i++)); do
			echo "route add 172.16.$((i / 250)).$((i % 250))" \
				"via 10.1.$((1 + i % 3)).1 table t"
		done
	} >"$WORK/large"
	(
		for i in 1 2 3 4; do
			ctl load "$WORK/large" || exit
		done
	) >"$WORK/loads" 2>&1 &
	loader=$!
	while kill -0 "$loader" 2>/dev/null; do
		for i in 1 2 3; do
			down "$i"
			do_address4 "$i"
		done
		for i in 1 2 3; do
			up "$i"
			do_address4 "$i"
		done
	done
	check_true "all were loaded" wait "$loader" || diag "$(cat "$WORK/loads")"
	check_json "no route of the last one waits" \
		"$(ctl -j route show table t)" \
		'"\(length) \(map(select(.reason)) | length)"' "506 0"
	config | load_config
	expect "the loads"
	check_packets "afterwards"
}

# ping DST SIZE: what the router says of it. To another host each time, since
# the sender remembers.
too_big() {
	{ in_ns lan ping -c 1 -W 5 -M "do" -s "$2" "$1" 2>&1 || true; } |
		sed -nE 's/.*(Packet too big|Frag needed).*mtu ?= ?([0-9]+).*/\2/p'
}

# One path is left, so that it is known which one is meant.
mtu() {
	local n=0 mtu

	down 2
	down 3
	expect "one is left" || return 0
	for mtu in 1400 1300 1450; do
		n=$((n + 1))
		on router link set wan1 mtu "$mtu"
		check_eq "IPv4, MTU $mtu" "$(too_big 203.0.113.$((60 + n)) 1460)" \
			"$mtu"
		check_eq "IPv6, MTU $mtu" "$(too_big 2001:db8:cafe::6"$n" 1440)" \
			"$mtu"
		check_true "IPv4, what fits" wait_until 20 in_ns lan \
			ping -c 1 -W 2 -q -M "do" \
			-s $((mtu - 28)) 203.0.113.$((70 + n))
		check_true "IPv6, what fits" wait_until 20 in_ns lan \
			ping -c 1 -W 2 -q -M "do" \
			-s $((mtu - 48)) 2001:db8:cafe::7"$n"
	done
	for i in 1 2 3; do
		normal "$i"
	done
	expect "1500 again"
}

# --- devices on devices --------------------------------------------------

# stands DEVICE REASON: the route of table s by this device.
stands() {
	[ "$(ctl -j route show table s | jq -r --arg dev "$1" '.[] |
		select(.device == $dev) | "\(.active) \(.reason)"')" = "$2" ]
}

check_stands() {
	wait_until 15 stands "$2" "$3" && return
	fail "$1"
	diag "$(ctl route show table s 2>&1)" "$(on router address show 2>&1)"
	return 1
}

stacked() {
	ctl table add s
	ctl route add default via 10.7.0.1 dev vlan7 table s
	ctl route add default via 10.8.0.1 dev bond8 table s distance 2
	ctl route add default via 10.9.0.1 dev br9 table s distance 3
	ctl rule add from 192.168.10.0/24 lookup s at 1
	check_stands "no VLAN yet" vlan7 "false no-device"
}

vlan_create() {
	in_ns inet ip -batch - <<-END
		link add link wan3 name vlan7 up type vlan id 7
		address add 10.7.0.1/24 dev vlan7
	END
	in_ns router ip -batch - <<-END
		link add link wan3 name vlan7 up type vlan id 7
		address add 10.7.0.2/24 dev vlan7
	END
}

# answered BY: a ping from the LAN.
answered() {
	check_json "a packet goes by $1" "$(ctl -j get 203.0.113.9 \
		from 192.168.10.5 iif lan)" .device "$1"
	check_true "and is answered" in_ns lan ping -c 1 -W 5 -q 203.0.113.9
}

vlan() {
	stacked
	vlan_create
	check_stands "a VLAN" vlan7 "true null"
	answered vlan7
	on router link set wan3 down
	check_stands "its parent is down" vlan7 "false down"
	on router link set wan3 up
	check_stands "its parent is up" vlan7 "true null"
	on inet link set wan3 down
	check_stands "its parent has no carrier" vlan7 "false no-carrier"
	on inet link set wan3 up
	on inet link set vlan7 up
	check_stands "and has it again" vlan7 "true null"
	on router link del wan3
	check_stands "its parent is gone" vlan7 "false no-device"
	create 3
	vlan_create
	check_stands "both were made anew" vlan7 "true null"
	answered vlan7
	on router link del vlan7
	on inet link del vlan7
	check_stands "without it" vlan7 "false no-device"
}

bond() {
	# Without bond0, which it would make elsewhere.
	modprobe bonding max_bonds=0
	in_ns inet ip -batch - <<-END
		link add far8 up type bridge
		address add 10.8.0.1/24 dev far8
	END
	on router link add bond8 type bond mode active-backup miimon 20
	for i in 1 2; do
		link_line router inet "leg$i" | sed 's/ up / /' | ip -batch -
		on inet link set "leg$i" master far8 up
		on router link set "leg$i" master bond8
	done
	on router address add 10.8.0.2/24 dev bond8
	on router link set bond8 up
	check_stands "a bond" bond8 "true null"
	answered bond8
	on inet link set leg1 down
	on inet link set leg2 down
	check_stands "no leg has carrier" bond8 "false no-carrier"
	on inet link set leg2 up
	check_stands "one has" bond8 "true null"
	answered bond8
	on router link del leg2
	check_stands "its last living leg is gone" bond8 "false no-carrier"
	on inet link set leg1 up
	check_stands "the other has carrier" bond8 "true null"
	answered bond8
	on router link del bond8
	check_stands "it is gone" bond8 "false no-device"
	on router link del leg1
	on inet link del far8
}

bridge() {
	on router link add br9 up type bridge
	on router address add 10.9.0.2/24 dev br9
	# It has a carrier until it has had a port.
	check_stands "a new bridge" br9 "true null"
	add_link router inet port9
	on inet address add 10.9.0.1/24 dev port9
	on router link set port9 master br9
	check_stands "with one" br9 "true null"
	answered br9
	on router link set port9 nomaster
	check_stands "its port was taken away" br9 "false no-carrier"
	on router link set port9 master br9
	check_stands "and is back" br9 "true null"
	on router link del port9
	check_stands "its port is gone" br9 "false no-carrier"
	on router link del br9
	check_stands "it is gone" br9 "false no-device"
	ctl rule del 1
	ctl table del s
}

# A device that does not speak a family lacks no memory.
mute() {
	on router link add mute type dummy
	set_sysctl router net/ipv6/conf/mute/disable_ipv6=1
	on router link set mute up
	ctl table add s
	ctl route add ::/0 via fe80::1 dev mute table s
	check_json "it waits" "$(ctl -j -6 route show table s)" \
		'.[0].reason' not-on-link
	check_json "nothing is tried again" "$(ctl -j settings show)" \
		'[.notices[]? | select(test("memory"))] | length' 0
	set_sysctl router net/ipv6/conf/mute/disable_ipv6=0
	on router address add 2001:db8:99::1 peer 2001:db8:99::2/128 dev mute
	ctl route add ::/0 via 2001:db8:99::2 table s
	check_json "the other end is on its link" \
		"$(ctl -j -6 route show table s)" \
		'.[] | select(.gateway == "2001:db8:99::2") |
		"\(.resolved_device) \(.active)"' "mute true"
	ctl table del s
	on router link del mute
}

nothing_left() {
	flood_end
	expect "the end"
	for i in 1 2 3; do
		do_delete "$i"
	done
	expect "without devices"
	check_eq "devices that nobody gives back" \
		"$(dmesg | grep -c 'to become free' || true)" 0
	check_eq "references to the module" "$(cat /sys/module/ecmp/refcnt)" 0
}

run_tests \
	setup "three devices, three tables, both families" \
	each "each event and its reverse" \
	exchange "two devices exchange their names" \
	random_order "all events in random order" \
	loads "loads while links go and come" \
	mtu "a packet too big is told the MTU of now" \
	vlan "a VLAN" \
	bond "a bond" \
	bridge "a bridge" \
	mute "a device that speaks no IPv6" \
	nothing_left "nothing is left"
