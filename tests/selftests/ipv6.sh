#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_tests calls the functions
#
# What is IPv6's own, for what both families have is tested for both: routers
# that advertise themselves, the kernel's multipath routes, link-local gateways
# and addresses, neighbour discovery.
#
#  lan --- router --- wan1, wan2, wan3 --- inet, 2001:db8:cafe::/48

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

WORLD=2001:db8:cafe::1
CLIENT=2001:db8:10::5

setup() {
	local i name

	load_module || return
	add_ns router lan inet || return
	for name in router lan inet; do
		set_sysctl "$name" net/ipv6/conf/all/disable_ipv6=0 \
			net/ipv6/conf/default/disable_ipv6=0 \
			net/ipv6/conf/all/accept_dad=0 \
			net/ipv6/conf/default/accept_dad=0 || return
	done
	set_sysctl router net/ipv6/conf/all/forwarding=1
	set_sysctl router net/ipv6/icmp/ratelimit=0
	# A neighbour that says it is no router ends its own default routes.
	set_sysctl inet net/ipv6/conf/all/forwarding=1
	add_link router lan lan
	on lan link set lan up
	on lan address add "$CLIENT"/64 dev lan nodad
	on router address add 2001:db8:10::1/64 dev lan nodad
	on lan route add default via 2001:db8:10::1
	for i in 1 2 3; do
		add_link router inet "wan$i"
		on inet link set "wan$i" up
		on inet address add "fe80::$i/64" dev "wan$i" nodad
		on inet address add "2001:db8:a$i::1/64" dev "wan$i" nodad
		on router address add "fe80::10$i/64" dev "wan$i" nodad
		on router address add "2001:db8:a$i::2/64" dev "wan$i" nodad
		on inet route add 2001:db8:10::/64 via "fe80::10$i" \
			dev "wan$i" metric $((100 + i))
	done
	on inet address add "$WORLD"/128 dev lo nodad
	on inet route add local 2001:db8:cafe::/48 dev lo
	# What arrives on each WAN of these tests' own packets.
	in_ns inet nft -f - <<-END
		table ip6 wires {
			counter w1 { }
			counter w2 { }
			counter w3 { }
			chain in {
				type filter hook prerouting priority -450
				ip6 daddr != 2001:db8:cafe::/48 accept
				iifname wan1 counter name w1
				iifname wan2 counter name w2
				iifname wan3 counter name w3
			}
		}
	END
	config
}

config() {
	load_config <<-END
		set hash-policy l4
		set hash-seed $SEED
		table add t
		route add default via fe80::1 dev wan1 table t
		route add ::/0 via fe80::2 dev wan2 table t
		route add ::/0 via 2001:db8:a3::1 table t
		rule add lookup main min-prefix 0
		rule add from 2001:db8:10::/64 lookup t
	END
}

# udp N [DST]: one packet of each of N flows from the LAN.
udp() {
	in_ns lan python3 -B -E -S - "$1" "${2-2001:db8:cafe::77}" <<-'END'
		import socket, sys
		for i in range(int(sys.argv[1])):
		    s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
		    s.bind(("::", 20000 + i))
		    s.sendto(b"x", (sys.argv[2], 4433))
		    s.close()
	END
}

# WIRES: packets on each WAN since it was asked last.
wires() {
	WIRES=$(in_ns inet nft reset counters table ip6 wires | awk '
		$1 == "packets" { printf "%s%d", n++ ? " " : "", $2 }')
	read -r W1 W2 W3 <<<"$WIRES"
}

explained() {
	local answer

	answer=$(ctl -j get "$WORLD" from "$CLIENT" iif lan ipproto udp \
		sport 20000 dport 4433)
	check_json "the rules" "$answer" '[.steps[].outcome] | join(" ")' \
		"no-route route"
	check_json "the table" "$answer" .table t
	answer=$(ctl -j get "$CLIENT" from "$WORLD" iif wan1)
	check_json "main's connected prefix" "$answer" .device lan
	answer=$(ctl -j get fe80::9 from "$CLIENT" iif lan)
	check_json "link-local" "$answer" .left link-local
	answer=$(ctl -j get ff02::1 from "$CLIENT" iif lan)
	check_json "multicast" "$answer" .left multicast
	answer=$(ctl -j get 2001:db8:10::1 from "$CLIENT" iif lan)
	check_json "own address" "$answer" .left own-address
	answer=$(ctl -j get 2001:db8:10:: from "$CLIENT" iif lan)
	check_json "anycast of the routers on the LAN" "$answer" .left \
		own-address
	answer=$(ctl -j get "$WORLD" from ff02::5 iif lan)
	check_json "martian" "$answer" .left martian
}

# hears PING... TEXT: a client's ping says TEXT.
hears() {
	local text=${*: -1} output

	output=$(in_ns lan ping -n -c 1 -W 2 "${@:1:$#-1}" 2>&1) || true
	[[ $output == *"$text"* ]]
}

# The words of a route in main, or nothing.
in_main() {
	ctl -j route show table main "$1" | jq -r '[.[] | .gateway + "/" +
		.device] | sort | join(" ")'
}

main_is() {
	[ "$(in_main "$1")" = "$2" ]
}

mirror() {
	local prefix=2001:db8:77::/64

	follows "a route" "fe80::1/wan1" route add "$prefix" via fe80::1 dev wan1
	follows "a second leg" "fe80::1/wan1 fe80::3/wan3" \
		route append "$prefix" via fe80::3 dev wan3
	follows "a third" "fe80::1/wan1 fe80::2/wan2 fe80::3/wan3" \
		route append "$prefix" via fe80::2 dev wan2
	follows "the first goes" "fe80::2/wan2 fe80::3/wan3" \
		route del "$prefix" via fe80::1 dev wan1
	follows "a better one" "fe80::1/wan1" \
		route add "$prefix" via fe80::1 dev wan1 metric 5
	follows "it goes" "fe80::2/wan2 fe80::3/wan3" \
		route del "$prefix" via fe80::1 dev wan1 metric 5
	follows "replaced" "fe80::1/wan1 fe80::3/wan3" route replace "$prefix" \
		nexthop via fe80::1 dev wan1 nexthop via fe80::3 dev wan3
	follows "all go" "" route del "$prefix"
	follows "with its device: there" "fe80::3/wan3" \
		route add "$prefix" via fe80::3 dev wan3
	follows "with its device: gone" "" link set wan3 down
	on router link set wan3 up
	on router address replace fe80::103/64 dev wan3 nodad
	on router address replace 2001:db8:a3::2/64 dev wan3 nodad
	check_true "nor does link-local" main_is fe80::/64 ""
}

follows() {
	local what=$1 expected=$2
	shift 2

	on router "$@"
	check_true "$what: ip $*" wait_until 5 main_is 2001:db8:77::/64 \
		"$expected" || diag "main has: $(in_main 2001:db8:77::/64)"
}

many() {
	printf "address $1 2001:db8:cafe:9::%d/128 dev lan nodad\n" {1..300}
}

addresses() {
	local i

	config
	check_true "a client's packet" hears "$WORLD" " 0% packet loss"
	# It is the router's at once.
	on router address add 2001:db8:cafe::99/128 dev lan nodad
	wires
	check_true "the router answers" hears 2001:db8:cafe::99 " 0% packet loss"
	wires
	check_eq "nothing left" "$WIRES" "0 0 0"
	on router address del 2001:db8:cafe::99/128 dev lan
	check_true "it is not any more" hears 2001:db8:cafe::99 \
		" 0% packet loss"
	# So is a prefix as a whole.
	on router route add local 2001:db8:cafe:7::/64 dev lo
	wires
	check_true "AnyIP answers" hears 2001:db8:cafe:7::5 " 0% packet loss"
	wires
	check_eq "nothing of AnyIP left" "$WIRES" "0 0 0"
	on router route del local 2001:db8:cafe:7::/64 dev lo
	check_true "AnyIP no more" hears 2001:db8:cafe:7::5 " 0% packet loss"
	wires
	check_eq "by a WAN: $WIRES" $((W1 + W2 + W3)) 1
	# Of hundreds each is told from the others of its prefix.
	many add | on router -batch -
	for i in 1 150 300; do
		check_true "the router answers for $i of many" \
			hears "2001:db8:cafe:9::$i" " 0% packet loss"
	done
	ctl rule add to 2001:db8:cafe:9::/64 prohibit at 0
	check_true "no rule is asked about one of them" \
		hears 2001:db8:cafe:9::200 " 0% packet loss"
	for i in 301 302 303 304; do
		check_true "$i is not one of the many" \
			hears "2001:db8:cafe:9::$i" "prohibited"
	done
	ctl rule del 0
	many del | on router -batch -
	# A gateway without a device follows the addresses.
	on router address del 2001:db8:a3::2/64 dev wan3
	check_true "the gateway is not on-link" wait_until 5 not_on_link
	on router address add 2001:db8:a3::2/64 dev wan3 nodad
	check_true "it is again" wait_until 5 on_link
}

not_on_link() {
	ctl route show table t | grep '2001:db8:a3::1' | grep -i "not on-link"
}

on_link() {
	! not_on_link
}

# Discovery of neighbours does not meet the rules: not for the router's own
# packets nor for those of others, by unicast or to the group.
discovery() {
	local mac

	on router route add default via fe80::3 dev wan3 metric 4000
	check_true "main follows" wait_until 5 main_is ::/0 "fe80::3/wan3"
	load_config <<<"rule add drop"
	on router neigh flush dev wan1
	on inet neigh flush dev wan1
	check_true "a neighbour is found in spite of drop" \
		in_ns inet ping -q -c 1 -W 5 fe80::101%wan1
	# The echo is refused to be answered, the solicitation is not.
	check_true "by its global address, too" found 2001:db8:a1::2
	mac=$(on inet -j link show wan1 | jq -r '.[0].address')
	on router neigh replace 2001:db8:a1::1 dev wan1 lladdr "$mac" nud probe
	check_true "the router's own question is sent" \
		wait_until 5 reachable router 2001:db8:a1::1
	check_true "ours are dropped" own_dropped
	on router route del default via fe80::3 dev wan3 metric 4000
	config
}

# found ADDRESS: of the router, by inet.
found() {
	! in_ns inet ping -q -c 1 -W 1 -I wan1 "$1" &&
		wait_until 5 reachable inet "$1"
}

reachable() {
	on "$1" -6 neigh show "$2" dev wan1 | grep REACHABLE
}

own_dropped() {
	! router ping -q -c 1 -W 1 "$WORLD"
}

# --- routers that advertise themselves -----------------------------------

# advertise WAN LIFETIME [PREFERENCE]: as fe80::WAN does on wanWAN.
advertise() {
	in_ns inet python3 -B -E -S - "$@" <<-'END'
		import socket, struct, sys
		wan, lifetime, preference = sys.argv[1], int(sys.argv[2]), 0
		if len(sys.argv) > 3:
		    preference = {"high": 8, "low": 24}[sys.argv[3]]
		index = socket.if_nametoindex("wan" + wan)
		s = socket.socket(socket.AF_INET6, socket.SOCK_RAW,
		                  socket.IPPROTO_ICMPV6)
		s.setsockopt(socket.IPPROTO_IPV6,
		             socket.IPV6_MULTICAST_HOPS, 255)
		s.setsockopt(socket.IPPROTO_IPV6,
		             socket.IPV6_MULTICAST_IF, index)
		s.bind(("fe80::" + wan, 0, 0, index))
		# The kernel sees to the checksum.
		s.sendto(struct.pack("!BBHBBHII", 134, 0, 0, 64, preference,
		                     lifetime, 0, 0), ("ff02::1", 0, 0, index))
	END
}

# FLAGS GATEWAY of main's defaults, comma between.
defaults() {
	ctl -6 route show table main ::/0 | awk '
		match($0, /fe80::[0-9]/) {
			printf "%s%s %s", n++ ? ", " : "", $1,
				substr($0, RSTART, RLENGTH)
		}'
}

defaults_are() {
	[ "$(defaults)" = "$1" ]
}

# check_defaults WHAT DEFAULTS WIRE: "" is none, for both.
check_defaults() {
	check_true "$1" wait_until 20 defaults_are "$2" ||
		diag "they are: $(defaults)"
	wires
	udp 10
	if [ "$3" != "0 0 0" ]; then
		# The first ones wait for a neighbour.
		check_true "$1: they arrive" wait_until 5 arrived 10
	fi
	wires
	check_eq "$1: packets on each WAN" "$WIRES" "$3"
}

arrived() {
	[ "$(in_ns inet nft list counters table ip6 wires | awk '
		$1 == "packets" { n += $2 } END { print n }')" -ge "$1" ]
}

# The kernel collects what has expired when it likes: here not at all.
collected() {
	set_sysctl router "net/ipv6/route/gc_interval=$1"
}

in_the_kernel() {
	on router -6 route show default via "fe80::$1" | grep .
}

advertised() {
	collected 3600
	set_sysctl router net/ipv6/conf/wan{1,2}/accept_ra=2
	load_config <<<"rule add from 2001:db8:10::/64 lookup main"
	check_defaults "none" "" "0 0 0"
	advertise 1 1800
	check_defaults "one router" "ADg fe80::1" "10 0 0"
	advertise 2 1800 low
	check_defaults "a second one of the same metric" \
		"ADg fe80::1, Dg fe80::2" "10 0 0"
	advertise 1 0
	check_defaults "the first says farewell" "ADg fe80::2" "0 10 0"
}

expired() {
	advertise 1 2 high
	check_defaults "for two seconds" "ADg fe80::2" "0 10 0"
	check_true "the kernel still has the other one" in_the_kernel 1
	advertise 1 1800
	check_defaults "it is back" "ADg fe80::1, Dg fe80::2" "10 0 0"
	advertise 1 2
	check_defaults "it has thought better" "ADg fe80::2" "0 10 0"
	advertise 1 0
	advertise 2 0
	check_defaults "all have gone" "" "0 0 0"
	set_sysctl router net/ipv6/conf/wan{1,2}/accept_ra=0
	collected 30
	config
}

refused() {
	check_true "fe80 without dev" says "add dev" \
		route add 2001:db8:5::/64 via fe80::1
	check_true "own address" says "own address" \
		route add 2001:db8:5::/64 via 2001:db8:a1::2 dev wan1
	check_true "multicast" says "unicast" \
		route add 2001:db8:5::/64 via ff02::1 dev wan1
	check_true "mixed" says "IPv" rule add from 10.0.0.0/8 \
		to 2001:db8::/32 drop
	check_true "host bits" says "2001:db8:5::/64" \
		route add 2001:db8:5::1/64 via fe80::1 dev wan1
}

says() {
	local text=$1 output
	shift

	! output=$(ctl "$@" 2>&1) && [[ $output == *"$text"* ]]
}

# What was made is destroyed, with packets on their way.
ended() {
	local i

	for i in 1 2 3; do
		udp 100
		rmmod ecmp
		load_module
		config
	done
	wires
	udp 20
	wires
	check_eq "and works again: $WIRES" $((W1 + W2 + W3)) 20
}

run_tests \
	setup "the network is there" \
	explained "get explains" \
	mirror "the kernel's routes" \
	addresses "addresses come and go" \
	discovery "neighbour discovery meets no rule" \
	advertised "routers advertise themselves" \
	expired "their time is over, and they come back" \
	refused "refusals" \
	ended "the module goes and comes"
