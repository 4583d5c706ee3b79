#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_tests calls the functions
#
# check, as far as it asks the host or must agree with the module: devices and
# addresses as they are, and what load refuses. What it finds in files alone is
# in unit/test_cli_check.c.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

devices() {
	on router link add br0 type bridge
	on router link add port0 type dummy
	on router link set port0 master br0
	on router link add bare type dummy
	on router link set bare up
	# Another device with the prefix of wan3, and one without link addresses.
	on router link add twin type dummy
	on router link set twin up
	on router link add noarp type dummy
	on router link set noarp arp off up
}

setup() {
	topology 3
	on router link show br0 >/dev/null 2>&1 || devices
	on router address add "${NEAR[3]%2}77/$LEN" dev twin
	check_true "addresses are there" wait_until 10 settled
}

# IPv6 has seen that nobody else has the addresses.
settled() {
	local dev

	for dev in wan1 wan2 wan3 twin; do
		grep -q tentative <<<"$(on router address show dev $dev)" &&
			return 1
	done
	return 0
}

# finds STATUS TEXT: what check says of the file from standard input.
finds() {
	local status=0

	cat >"$WORK/file"
	router ecmpctl check "$WORK/file" >"$WORK/said" 2>&1 || status=$?
	check_eq "what is found in
$(<"$WORK/file")" "$(sed "s|^$WORK/file:||" "$WORK/said")" "$2"
	check_eq "the status" $status "$1"
}

# The tutorial's router is as it should be, on this host and on another.
tutorial_is_good() {
	tutorial 3 | finds 0 ""
	sed "s/wan/nan/" < <(tutorial 3) | finds 0 ""
}

gateways() {
	local other=${FAR[2]}

	finds 3 "1: warning: gateway $other is in no prefix that wan1 has now: the route waits. Correct it, or add onlink" \
		<<<"route add $ANY via $other dev wan1"
	finds 0 "" <<<"route add $ANY via $other dev wan1 onlink"
	finds 0 "" <<<"route add $ANY via $other"
	on router address del "${NEAR[2]}/$LEN" dev wan2
	finds 0 "1: note: gateway $other is in no prefix that this host has now: the route waits until it is in one" \
		<<<"route add $ANY via $other"
	wan_near 2 | grep -F "${NEAR[2]}" | on router -batch -
	check_true "it is back" wait_until 10 settled
	finds 0 "" <<<"route add $ANY via $other"
}

# The other end of a point-to-point device is on-link.
point_to_point() {
	on router link add ppp7 type dummy
	on router link set ppp7 up
	on router address add 10.7.0.1 peer 10.7.0.9/32 dev ppp7
	finds 3 "2: warning: gateway 10.7.0.8 is in no prefix that ppp7 has now: the route waits. Correct it, or add onlink" <<-END
		route add 10.0.0.0/8 via 10.7.0.9 dev ppp7
		route add 10.0.0.0/9 via 10.7.0.8 dev ppp7
	END
	on router link del ppp7
}

rules() {
	finds 3 "2: warning: this rule matches nothing: port0 is a port of another interface, by which its packets come in. Name that one
3: note: there is no interface nowhere on this host now: the rule is skipped until there is one
4: warning: this rule matches nothing: ${NEAR[1]} is an address of this host, and packets to it come before every rule. Leave it out" <<-END
		rule add iif br0 drop
		rule add iif port0 drop
		rule add iif nowhere drop
		rule add to ${NEAR[1]} drop
		rule add to ${FAR[1]} drop
	END
}

probes() {
	# With IPv6 each device has an address to ask its own link from.
	[ "$F" = 6 ] && on router address flush dev bare
	finds 3 "1: warning: bare has no IPv$F address now: check-gateway cannot ask from there, and finds nothing dead that does not answer. Give it one, or name pref-src" \
		<<<"route add $ANY via ${FAR[1]} dev bare onlink check-gateway ping"
	finds 0 "" \
		<<<"route add $ANY via ${FAR[1]} dev wan1 check-gateway ping"
}

# Whatever is an error to check load refuses, and the other way round.
agrees() {
	local line text status

	for text in "$@"; do
		printf '%b\n' "$text" >"$WORK/file"
		status=0
		router ecmpctl check "$WORK/file" >"$WORK/said" 2>&1 ||
			status=$?
		line=accepted
		ctl load "$WORK/file" 2>"$WORK/refused" || line=refused
		case $status$line in
		[03]accepted | 1refused) ;;
		*)
			fail "check: status $status, but load $line it: $text
$(<"$WORK/said")
$(<"$WORK/refused")"
			;;
		esac
	done
}

with_load() {
	local x=10.0.0.0/8 y=10.0.0.0/9 g=$ANY

	[ "$F" = 6 ] && x=2001:db8:1::/48 y=2001:db8:2::/48
	agrees "" "bananas" "table add a\ntable add a" "table add main" \
		"table add a kernel 254" "table add a kernel 0" \
		"table add a kernel 7\ntable set a kernel 8" \
		"table add a kernel 7\ntable set a kernel 7" \
		"route add $g dev wan1 table a\ntable add a" \
		"route add $g via ${GW[1]} dev wan1\nroute add $g via ${GW[1]} dev wan1 distance 2" \
		"route add $g via ${GW[1]} dev wan1\nroute replace $g via ${GW[1]} dev wan1" \
		"route replace $g via ${GW[1]} dev wan1\nroute add $g via ${GW[1]} dev wan1" \
		"route add $g via ${FAR[1]} dev wan1\nroute add $g via ${FAR[1]}" \
		"route add $x dev wan1\nroute add blackhole $x" \
		"route add $x dev wan1\nroute add blackhole $x distance 2" \
		"route add $x dev wan1 disabled\nroute add blackhole $x" \
		"route add blackhole $x weight 2" \
		"route add blackhole $x check-gateway ping" \
		"route add blackhole $x pref-src ${NEAR[1]}" \
		"route add $x via ${NEAR[1]} dev wan1" "route add $x via ${NEAR[1]}" \
		"route add $x via ${FAR[3]}" "route add $x via ${FAR[3]} dev wan3" \
		"route add $x via ${FAR[1]} onlink" "route add $x dev wan1 onlink" \
		"route add $x via kernel" "route add $x via kernel dev wan1" \
		"route add $x via kernel dev wan1 onlink" \
		"route add $x via 127.0.0.1" "route add $x via ff02::1 dev wan1" \
		"route add $x via 255.255.255.255" "route add $x via fe80::1" \
		"route add $x via ::1" \
		"route add $x dev wan1 check-gateway arp" \
		"route add $x dev wan1 check-gateway ping" \
		"route add $x dev wan1 check-gateway ping target ${FAR[1]}" \
		"route add $x dev wan1 check-gateway ping target ${FAR[1]} ${FAR[1]}" \
		"route add $x via ${FAR[1]} check-gateway arp target ${FAR[2]}" \
		"route add $x via ${FAR[1]} dev noarp onlink check-gateway arp" \
		"route add $x via ${FAR[1]} dev noarp onlink check-gateway ping" \
		"route add $x via ${FAR[1]} dev wan1 check-gateway arp\nroute add $y via ${FAR[1]} dev wan1 check-gateway ping" \
		"route add $x via ${FAR[1]} dev wan1 check-gateway arp\nroute add $y via ${FAR[1]} dev wan1 check-gateway ping disabled" \
		"route add $x via ${FAR[1]} dev wan1 check-gateway arp\nroute add $y via ${FAR[1]} dev wan1 check-gateway none" \
		"route add $x via ${FAR[1]} dev wan1 check-gateway ping any\nroute add $y via ${FAR[1]} dev wan1 check-gateway ping all" \
		"rule add lookup a" "rule add lookup main min-prefix 128" \
		"-4 rule add lookup main min-prefix 33" "rule add drop min-prefix 1" \
		"-4 rule add from 2001:db8::/32 drop" \
		"rule add drop at 0" "rule add drop at 1" \
		"rule add drop\nrule add native at 1" "rule add drop before 0" \
		"rule add drop comment a\nrule add native after a" \
		"rule add drop comment a\nrule add drop comment a\nrule add native after a" \
		"rule add drop after b" "rule add drop\nrule add native after 0" \
		"nexthop set ${FAR[1]} dev wan1 state dead" \
		"nexthop set ${FAR[1]} dev wan1 pin-id 3\nnexthop set ${FAR[2]} dev wan2 pin-id 3" \
		"nexthop set ${FAR[1]} dev wan1 pin-id 3\nnexthop set ${FAR[1]} dev wan1 pin-id 4" \
		"set pin-mask 0x10" "set pin-mask 0" "set pin-mask 0x50" \
		"set pin-mask 0xc" \
		"set pin-mask 0xc\nnexthop set ${FAR[1]} dev wan1 pin-id 4" \
		"nexthop set ${FAR[1]} dev wan1 pin-id 4\nset pin-mask 0xc" \
		"distance proto bgp 3" "distance dev wan9 default"
	ctl load - </dev/null
}

run_families \
	setup "the network is there" \
	tutorial_is_good "nothing is found in the tutorial's router" \
	gateways "gateways that are not on-link" \
	4:point_to_point "the other end of a point-to-point device" \
	rules "rules that match nothing here" \
	probes "checks that have no address to ask from" \
	with_load "what is an error is refused by load, and nothing else"
