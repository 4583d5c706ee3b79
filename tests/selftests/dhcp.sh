#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_tests calls the functions
#
# A WAN by DHCP: "via kernel dev wan2" follows the gateway of its lease, and
# the client's renewals find their way although main prefers another WAN. Its
# IPv6 gateways are those that advertise themselves.
#
#  lan10 ... -- router --wan1-- inet 10.1.1.1
#                      --wan2--      first2: 10.1.2.1, fe80::1
#                                    other2: 10.1.2.3, fe80::3
#
#  In inet first2 is a bridge of wan2 and of the peer of other2. udhcpc runs on
#  wan2; udhcpd behind it calls itself 10.99.0.1, as behind a relay.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

SERVER=10.99.0.1
LEASE=10.1.2.100

# Whoever lives in the namespaces ends before they do.
# shellcheck disable=SC2154 # status
trap 'status=$?; end_programs; (exit $status); cleanup' EXIT

CLIENT_PID=
SERVER_PID=
end_programs() {
	[ -z "$CLIENT_PID" ] || kill -KILL "$CLIENT_PID" 2>/dev/null
	[ -z "$SERVER_PID" ] || kill -KILL "$SERVER_PID" 2>/dev/null
}

setup() {
	topology 2
	# Each gateway answers for its own address alone, and as a router.
	set_sysctl inet net/ipv4/conf/all/arp_ignore=1 \
		net/ipv6/conf/all/forwarding=1 \
		net/ipv6/conf/all/disable_ipv6=0 \
		net/ipv6/conf/default/disable_ipv6=0 \
		net/ipv6/conf/default/accept_dad=0
	on router address flush dev wan2
	router nft -f - <<-END
		table ip selftest_nat {
			chain out {
				type nat hook postrouting priority srcnat
				oifname "wan*" masquerade
			}
		}
	END
	in_ns inet ip -batch - <<-END
		address flush dev wan2
		link add first2 up type bridge
		link add other2 up type veth peer name port2
		link set wan2 master first2
		link set port2 master first2 up
		address add 10.1.2.1/24 dev first2
		address add 10.1.2.3/24 dev other2
		address add fe80::1/64 dev first2 nodad
		address add fe80::3/64 dev other2 nodad
		address add $SERVER/32 dev lo
	END
	# Packets to a DHCP server by the wire and by how they were sent.
	in_ns inet nft -f - <<-END
		table ip dhcp {
			counter wan1 { }
			counter unicast { }
			counter broadcast { }
			chain in {
				type filter hook prerouting priority -450
				udp dport != 67 accept
				iifname wan1 counter name wan1
				iifname { first2, other2 } ip daddr $SERVER counter name unicast
				iifname first2 ip daddr 255.255.255.255 counter name broadcast
			}
		}
	END
	configuration | load_config
}

configuration() {
	cat <<-END
		set hash-policy l4
		set hash-seed $SEED
		distance dev wan2 2
		table add t
		route add default via 10.1.1.1 dev wan1
		route add default via kernel dev wan2 distance 2
		route add default via kernel dev wan2 table t
		route add default via 10.1.1.1 dev wan1 table t distance 5
		route add ::/0 via kernel dev wan2 table t
		rule add lookup main min-prefix 0
		rule add from 192.168.10.0/24 lookup t
		rule add from 192.168.0.0/16 lookup main
		rule add from 2001:db8:c0a8::/48 lookup t
	END
}

# counted NAME: since it was asked last.
counted() {
	in_ns inet nft -j reset counter ip dhcp "$1" |
		jq -r '.nftables[] | .counter // empty | .packets'
}

# serve GATEWAY: a DHCP server that tells this gateway.
serve() {
	[ -z "$SERVER_PID" ] || stop_serving
	cat >"$WORK/udhcpd.conf" <<-END
		start $LEASE
		end $LEASE
		interface first2
		max_leases 1
		lease_file $WORK/leases
		pidfile $WORK/udhcpd.pid
		option subnet 255.255.255.0
		option router $1
		option lease 3600
	END
	touch "$WORK/leases"
	ip netns exec "$ID-inet" busybox udhcpd -f -a 100 -I "$SERVER" \
		"$WORK/udhcpd.conf" >>"$WORK/udhcpd.log" 2>&1 </dev/null &
	SERVER_PID=$!
	disown "$SERVER_PID"
	check_true "the server listens" wait_until 30 listening
}

listening() {
	in_ns inet cat /proc/net/udp | grep -q ':0043 '
}

# It writes its leases when it ends.
stop_serving() {
	kill "$SERVER_PID"
	check_true "it ends" wait_until 20 gone "$SERVER_PID"
	SERVER_PID=
}

gone() {
	! kill -0 "$1"
}

# What udhcpc runs: $1 is what happened. Metric and protocol as other clients
# have them.
client_script() {
	cat >"$WORK/script" <<-END
		#!/bin/sh
		case \$1 in
		deconfig)
			ip address flush dev \$interface
			ip link set \$interface up ;;
		bound|renew)
			ip address replace \$ip/24 dev \$interface
			ip route replace default via \$router dev \$interface \\
				proto dhcp metric 200 ;;
		esac
		echo "\$1 \$ip \$router" >>"$WORK/events"
	END
	chmod 755 "$WORK/script"
	: >"$WORK/events"
}

start_client() {
	ip netns exec "$ID-router" busybox udhcpc -f -i wan2 -t 30 -T 1 -A 1 \
		-s "$WORK/script" >>"$WORK/udhcpc.log" 2>&1 </dev/null &
	CLIENT_PID=$!
}

events() {
	wc -l <"$WORK/events"
}

more_events() {
	[ "$(events)" -gt "$1" ]
}

# happens EVENT COMMAND...: that makes the client say it, and nothing else.
happens() {
	local event=$1 before
	shift

	before=$(events)
	"$@"
	if ! wait_until 60 more_events "$before"; then
		fail "the client says nothing, expected: $event"
		diag "$(tail -n 20 "$WORK"/udhcp?.log)"
		return 1
	fi
	check_eq "the client" "$(tail -n +$((before + 1)) "$WORK/events" |
		head -n 1)" "$event"
}

renew() {
	kill -USR1 "$CLIENT_PID"
}

# follows "GATEWAY ACTIVE REASON" [4|6]: so stands the route via kernel.
follows() {
	[ "$(ctl "-${2:-4}" -j route show table t | jq -r '.[] |
		select(.gateway_kernel) |
		"\(.gateway) \(.active) \(.reason)"')" = "$1" ]
}

check_follows() {
	wait_until 20 follows "$@" && return
	fail "via kernel dev wan2 is not $1"
	diag "$(ctl route show table t 2>&1)"
	return 1
}

# by GATEWAY'S-DEVICE: all that is t's leaves by it, from the leased address.
# The datagrams are new flows each time: those that were translated for another
# WAN would end at it.
PORT=5000
by() {
	traffic tcp c n=40
	check_eq "answered, by $1: $(answer)" \
		"${R[open]} ${R[answered]} ${R[$1]:-0}" "40 40 40"
	check_eq "from the lease" "${R[sources_$1]:-}" "$LEASE"
	traffic close c
	datagrams "$1"
}

datagrams() {
	PORT=$((PORT + 1))
	traffic flows m n=40 dst=203.0.113.0/24 dport="$PORT"
	check_eq "datagrams, by $1: $(answer)" "${R[got]} ${R[$1]:-0}" "40 40"
}

lease() {
	check_follows "null false no-kernel-default"
	datagrams wan1
	client_script
	serve 10.1.2.1
	happens "deconfig  " start_client
	check_true "a lease" wait_until 60 grep -q bound "$WORK/events"
	check_eq "the lease" "$(tail -n 1 "$WORK/events")" \
		"bound $LEASE 10.1.2.1"
	check_follows "10.1.2.1 true null"
	by first2
	check_json "main prefers wan1" "$(ctl -j route show table main default)" \
		'map(select(.active) | .device) | join(" ")' wan1
	check_num "it asked everybody, unbound as it is" \
		"$(counted broadcast)" -ge 2
	check_eq "nobody on wan1" "$(counted wan1)" 0
}

# --- renewals ------------------------------------------------------------

# The kernel itself, and main, would send it by wan1.
renewed() {
	on router route add default via 10.1.1.1 dev wan1 metric 10
	counted unicast >/dev/null
	check_true "udhcpc renews" happens "renew $LEASE 10.1.2.1" renew
	check_num "it asked the server alone" "$(counted unicast)" -ge 1
	check_eq "not by wan1" "$(counted wan1)" 0
}

# ask FROM [probe.py's words]: a client that says no more than its address. By
# wan1 there is no server to hear it.
ask() {
	local from=$1
	shift

	router python3 -B -E -S "$LIB/probe.py" --source "$from" --dport 67 \
		--fence "$FENCE" "$@" "$SERVER"
}
FENCE=192.168.10.5

owner() {
	counted unicast >/dev/null
	counted wan1 >/dev/null
	check_eq "sent" "$(ask "$LEASE")" silence
	check_eq "from the lease: by wan2" \
		"$(counted unicast) $(counted wan1)" "1 0"
	check_eq "sent" "$(ask 10.1.1.2)" "3/3 $SERVER"
	check_eq "from wan1's address: by wan1" \
		"$(counted unicast) $(counted wan1)" "0 1"
	check_json "get says why" "$(ctl -j get "$SERVER" from "$LEASE" \
		ipproto udp sport 68 dport 67)" '.device' wan2
	# The owner is no candidate any more: the hash decides, so main's first.
	on router route del default dev wan2 metric 200
	check_follows "null false no-kernel-default"
	check_eq "sent" "$(ask "$LEASE")" "3/3 $SERVER"
	check_eq "no path of the owner: by wan1" \
		"$(counted unicast) $(counted wan1)" "0 1"
	on router route add default via 10.1.2.1 dev wan2 proto dhcp metric 200
	check_follows "10.1.2.1 true null"
	check_true "renewed" happens "renew $LEASE 10.1.2.1" renew
	check_eq "not by wan1" "$(counted wan1)" 0
	on router route del default via 10.1.1.1 dev wan1 metric 10
}

# A last rule that drops, as a firewall's: what is bound to a device and what
# goes to everybody is left alone, what just has an address is not.
last_rule_drops() {
	{ configuration; echo "rule add drop comment last"; } | load_config
	check_follows "10.1.2.1 true null"
	counted unicast >/dev/null
	check_eq "by an address alone: dropped" "$(ask "$LEASE")" EINVAL
	check_eq "none went out" "$(counted unicast) $(counted wan1)" "0 0"
	check_eq "bound to the device: sent" \
		"$(ask "$LEASE" --device wan2)" silence
	check_eq "by wan2" "$(counted unicast) $(counted wan1)" "1 0"
	check_true "udhcpc renews" happens "renew $LEASE 10.1.2.1" renew
	check_num "by unicast" "$(counted unicast)" -ge 1
	check_true "and gives the lease back" happens "deconfig  " \
		kill -USR2 "$CLIENT_PID"
	counted broadcast >/dev/null
	check_true "and asks for another" happens "bound $LEASE 10.1.2.1" renew
	check_num "by broadcast" "$(counted broadcast)" -ge 2
	check_eq "nothing on wan1" "$(counted wan1)" 0
	configuration | load_config
	check_follows "10.1.2.1 true null"
}

# --- the lease says something else ---------------------------------------

# While packets run; afterwards the old gateway sees none.
another_gateway() {
	local before packets

	packets=$(received first2)
	traffic background run n=64 pps=300 dst=203.0.113.0/24
	check_true "packets run" wait_until 20 received_more first2 \
		$((packets + 50))
	serve 10.1.2.3
	check_true "renewed" happens "renew $LEASE 10.1.2.3" renew
	check_follows "10.1.2.3 true null"
	before=$(on_old)
	packets=$(received other2)
	check_true "packets run by it" wait_until 20 received_more other2 \
		$((packets + 50))
	traffic stop run
	check_num "some by the old one: $(answer)" "${R[packets_first2]:-0}" -gt 0
	check_num "then by the new one" "${R[packets_other2]:-0}" -gt 0
	check_eq "none is lost" $((R[sent] - R[got])) 0
	check_eq "none elsewhere" "${R[packets_wan1]:-0}" 0
	by other2
	check_eq "none by the old one once it is shown" "$(on_old)" "$before"
	check_json "main follows too" "$(ctl -j route show table main default)" \
		'map(select(.gateway_kernel) | .gateway) | join(" ")' 10.1.2.3
	check_json "no next hop is left of the old one" \
		"$(ctl -j nexthop show)" \
		'map(select(.device == "wan2" and .gateway) | .gateway) |
			join(" ")' 10.1.2.3
}

# received DEVICE: how many packets came to it.
received() {
	in_ns inet cat "/sys/class/net/$1/statistics/rx_packets"
}

received_more() {
	[ "$(received "$1")" -gt "$2" ]
}

# IPv4 packets from elsewhere that the old gateway was sent.
on_old() {
	in_ns inet nft -j list ruleset | jq -r '.nftables[] |
		.counter // empty | select(.name == "old") | .packets'
}

watch_old() {
	in_ns inet nft -f - <<-END
		table ip old {
			counter old { }
			chain in {
				type filter hook prerouting priority -450
				iifname first2 ip daddr 203.0.113.0/24 counter name old
				iifname first2 ip daddr 45.57.94.1 counter name old
			}
		}
	END
	another_gateway
}

# Another address: the old one is gone, and with it what was translated to it.
another_address() {
	check_true "given back" happens "deconfig  " kill -USR2 "$CLIENT_PID"
	check_follows "null false no-kernel-default"
	datagrams wan1
	check_true "an unused next hop is not shown alive" eval \
		'ctl -j nexthop show | jq -e "map(select(.device == \"wan2\" and
			.state == \"alive\")) == []"'
	stop_serving
	rm "$WORK/leases"
	LEASE=10.1.2.105
	serve 10.1.2.1
	check_true "it gets one" happens "bound $LEASE 10.1.2.1" renew
	check_follows "10.1.2.1 true null"
	by first2
}

# The client dies without a word, and its address is taken away by hand.
lost() {
	kill -KILL "$CLIENT_PID"
	wait "$CLIENT_PID" 2>/dev/null || true
	CLIENT_PID=
	check_follows "10.1.2.1 true null"
	by first2
	on router address flush dev wan2
	check_follows "null false no-kernel-default"
	datagrams wan1
}

# --- IPv6: who advertises itself ------------------------------------------

# advertise DEVICE ADDRESS LIFETIME
advertise() {
	in_ns inet python3 -B -E -S - "$@" <<-'END'
		import socket, struct, sys
		device, address, lifetime = sys.argv[1:]
		index = socket.if_nametoindex(device)
		s = socket.socket(socket.AF_INET6, socket.SOCK_RAW,
		                  socket.IPPROTO_ICMPV6)
		s.setsockopt(socket.IPPROTO_IPV6,
		             socket.IPV6_MULTICAST_HOPS, 255)
		s.setsockopt(socket.IPPROTO_IPV6,
		             socket.IPV6_MULTICAST_IF, index)
		s.bind((address, 0, 0, index))
		# The kernel sees to the checksum.
		s.sendto(struct.pack("!BBHBBHII", 134, 0, 0, 64, 0,
		                     int(lifetime), 0, 0),
		         ("ff02::1", 0, 0, index))
	END
}

# by6 DEVICE: IPv6 packets from the LAN leave by it.
by6() {
	PORT=$((PORT + 1))
	traffic flows m6 n=40 src=2001:db8:c0a8:10::5 dst=2001:db8:113::/64 \
		dport="$PORT"
	check_eq "IPv6 datagrams, by $1: $(answer)" \
		"${R[got]} ${R[$1]:-0}" "40 40"
}

advertised() {
	set_sysctl router net/ipv6/conf/all/forwarding=1 \
		net/ipv6/conf/{lan10,wan2}/accept_dad=0 \
		net/ipv6/conf/wan2/accept_ra=2 \
		net/ipv6/conf/{lan10,wan2}/disable_ipv6=0
	check_follows "null false no-kernel-default" 6
	advertise first2 fe80::1 1800
	check_follows "fe80::1 true null" 6
	by6 first2
	# Another router takes over.
	advertise other2 fe80::3 1800
	advertise first2 fe80::1 0
	check_follows "fe80::3 true null" 6
	by6 other2
	advertise other2 fe80::3 0
	check_follows "null false no-kernel-default" 6
}

run_tests \
	setup "a WAN without an address" \
	lease "a lease is used" \
	renewed "a renewal goes to the server alone, by its own WAN" \
	owner "so does what has nothing but the leased address" \
	last_rule_drops "with drop as the last rule" \
	watch_old "a lease with another gateway" \
	advertised "IPv6: the gateway is whoever advertises itself" \
	another_address "a lease lost, and one with another address" \
	lost "the address goes without the client"
