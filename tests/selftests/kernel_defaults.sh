#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_tests calls the functions
#
# What follows the kernel's default routes, "via kernel", and the defaults that
# are kept in the kernel.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=kernel.bash
. "$LIB/kernel.bash"

begin() {
	setup
	ctl rule add from 198.51.100.77 lookup main
}

via_kernel() {
	ctl table add t
	check_eq "it waits, and that is told" "$(ctl route add default \
		via kernel dev wan1 table t distance 2 2>&1)" \
		"ecmpctl: warning: the route waits: the kernel has no default there"
	ctl -6 route add default via kernel dev wan1 table t
	ctl route add default via 10.0.3.1 table t distance 9
	ctl rule add from 192.168.0.0/24 lookup t
	ctl rule add from 2001:db8:10::/64 lookup t
	check_path "no default yet" 198.51.100.1 wan3
	check_json "and it says so" "$(ctl -4 -j route show table t)" \
		'.[0] | "\(.gateway_kernel) \(.device) \(.reason)"' \
		"true wan1 no-kernel-default"
	on router route add default via 10.0.1.1 proto dhcp metric 100
	on router -6 route add default via fe80::1 dev wan1 proto ra metric 1024
	check_path "it came" 198.51.100.1 wan1
	check_path "it came, IPv6" 2001:db8:f00::1 wan1
	check_json "its gateway" "$(ctl -4 -j route show table t)" \
		'.[0].gateway' 10.0.1.1
	on router route replace default via 10.0.1.99 proto dhcp metric 100
	check_true "another gateway" wait_until 5 eval \
		'ctl -4 -j route show table t |
			jq -e ".[0].gateway == \"10.0.1.99\""'
	check_path "by the same device" 198.51.100.1 wan1
	check_output "saved as it was said" "table add t
route add 0.0.0.0/0 via kernel dev wan1 table t distance 2
route add 0.0.0.0/0 via 10.0.3.1 table t distance 9
route add ::/0 via kernel dev wan1 table t
rule add from 192.168.0.0/24 lookup t
rule add from 2001:db8:10::/64 lookup t" \
		eval 'ctl save | grep -v "198.51.100.77"'
	load_config <<<"$(ctl save)"
	check_path "after a load" 198.51.100.1 wan1
	on router route del default proto dhcp
	on router -6 route del default proto ra
	check_path "it went" 198.51.100.1 wan3
	check_fail "without a device" "add dev" \
		ctl route add default via kernel table t
	check_fail "twice" "exists" \
		ctl route add default via kernel dev wan1 table t
	ctl route del default via kernel dev wan1 table t
	ctl -6 route del default via kernel dev wan1 table t
	check_json "deleted" "$(ctl -j route show table t)" length 1
	load_config <<-END
		rule add from 198.51.100.77 lookup main
	END
}

# first DEV: what the kernel sends by itself goes there.
first() {
	[ "$(on router -j route get 198.51.100.1 | jq -r '.[0].dev')" = "$1" ]
}

# In main's order, however the devices are numbered.
kept_in_order() {
	ctl route add default via 10.0.1.1 dev wan1 distance 3
	ctl route add default via 10.0.2.1 dev wan2 distance 2
	ctl route add default via 10.0.3.1 dev wan3 distance 1
	check_kept "all" "10.0.1.1 wan1, 10.0.2.1 wan2, 10.0.3.1 wan3"
	check_true "the last device is the first" wait_until 5 first wan3
	ctl route set default via 10.0.1.1 dev wan1 distance 1
	ctl route set default via 10.0.3.1 dev wan3 distance 3
	check_true "another distance" wait_until 5 first wan1
	ctl nexthop set 10.0.1.1 dev wan1 state dead
	check_true "wan1 is dead" wait_until 5 first wan2
	check_kept "dead" "10.0.1.1 wan1, 10.0.2.1 wan2, 10.0.3.1 wan3"
	ctl nexthop set 10.0.1.1 dev wan1 state auto
	check_true "wan1 is back" wait_until 5 first wan1
	load_config <<-END
		rule add from 198.51.100.77 lookup main
	END
	check_kept "none" ""
}

kept_are() {
	[ "$(on router -j route show proto 201 |
		jq -r 'map("\(.gateway) \(.dev)") | sort | join(", ")')" = "$1" ]
}

check_kept() {
	wait_until 5 kept_are "$2" || check_eq "$1" \
		"$(on router -j route show proto 201 |
		jq -r 'map("\(.gateway) \(.dev)") | sort | join(", ")')" "$2"
}

kept() {
	on router route add default via 10.0.1.1
	ctl table add t
	ctl route add default via 10.0.1.1 dev wan1 table t
	ctl route add default via 10.0.2.1 dev wan2 table t
	ctl -6 route add default via 2001:db8:2::1 dev wan2 table t
	check_kept "where there is none" "10.0.2.1 wan2"
	check_true "IPv6" wait_until 5 eval \
		'on router -6 route show proto 201 | grep -q "dev wan2"'
	check_num "its metric" "$(on router -j route show proto 201 |
		jq '.[0].metric')" -ge 20000
	mirrored "they are not mirrored"
	check_json "main does not have them" \
		"$(ctl -4 -j route show default table main)" length 1
	ctl route add default via 10.0.3.1 table t
	check_kept "a third" "10.0.2.1 wan2, 10.0.3.1 wan3"
	ctl route set default via 10.0.3.1 table t disabled
	check_kept "disabled" "10.0.2.1 wan2"
	ctl route enable default via 10.0.3.1 table t
	on router link set wan3 down
	check_kept "its device is down" "10.0.2.1 wan2"
	on router link set wan3 up
	on router address add 2001:db8:3::2/64 dev wan3 nodad
	check_kept "and up" "10.0.2.1 wan2, 10.0.3.1 wan3"
	on router route add default via 10.0.3.9 metric 70
	check_kept "the kernel has its own" "10.0.2.1 wan2"
	on router route del default via 10.0.3.9 metric 70
	check_kept "and has it no more" "10.0.2.1 wan2, 10.0.3.1 wan3"
	on router route flush proto 201
	check_kept "somebody took them" "10.0.2.1 wan2, 10.0.3.1 wan3"
	check_true "the router's own socket by a WAN" \
		router ping -c 1 -W 2 -I wan2 10.0.2.1
	# Left to itself the kernel has no others.
	ctl set enabled no
	on router route flush proto 201
	check_kept "not enabled" "10.0.2.1 wan2, 10.0.3.1 wan3"
	ctl set enabled yes
	ctl set kernel-routes off
	check_kept "off" ""
	check_true "off warns" eval \
		'ctl settings show | grep -q "set kernel-routes on"'
	check_true "saved" eval 'ctl save | grep -qx "set kernel-routes off"'
	ctl set kernel-routes on
	check_kept "on" "10.0.2.1 wan2, 10.0.3.1 wan3"
	ctl route del default via 10.0.3.1 table t
	check_kept "the route went" "10.0.2.1 wan2"
	rmmod ecmp
	check_output "the module went" "" on router route show proto 201
	check_output "the module went, IPv6" "" \
		on router -6 route show proto 201
	insmod "$ECMP_KO"
	on router route del default via 10.0.1.1
	ctl rule add from 198.51.100.77 lookup main
}
# words V: sets the words of a family: addresses of the isp, a destination, and
# what makes a default route one that only the kernel can follow.
words() {
	if [ "$1" = 4 ]; then
		net=10.0. host=. world=198.51.100.1 some="tos 0x10"
	else
		net=2001:db8: host=:: world=2001:db8:f00::1
		some="from 2001:db8:77::/64"
	fi
}

# kept_by V: the next hops of the defaults that are kept.
kept_by() {
	on router "-$1" -j route show default proto 201 |
		jq -r 'map("\(.gateway) \(.dev)") | sort | join(", ")'
}

kept_is() {
	[ "$(kept_by "$1")" = "$2" ]
}

check_kept_by() {
	wait_until 5 kept_is "$2" "$3" ||
		check_eq "IPv$2: $1" "$(kept_by "$2")" "$3"
}

# own_path DST [FROM]: of the router's own packets, which no rule matches.
own_path() {
	ctl -j get "$1" ${2:+from "$2"} | jq -r '.device // .verdict'
}

own_is() {
	[ "$(own_path "$1")" = "$2" ]
}

check_own() {
	wait_until 5 own_is "$2" "$3" ||
		check_eq "$1" "$(own_path "$2")" "$3"
}

# follows V: "DEVICE GATEWAY" of the routes of table t that are active.
follows() {
	ctl "-$1" -j route show table t | jq -r \
		'map(select(.active) | "\(.device) \(.gateway)") | join(", ")'
}

follows_is() {
	[ "$(follows "$1")" = "$2" ]
}

check_follows() {
	wait_until 5 follows_is "$2" "$3" ||
		check_eq "IPv$2: $1" "$(follows "$2")" "$3"
}

# A default that only the kernel can follow is beside those that are followed.
via_kernel_beside() {
	local v net host world some

	ctl table add t
	ctl rule add from 192.168.0.0/24 lookup t
	ctl rule add from 2001:db8:10::/64 lookup t
	for v in 4 6; do
		words $v
		on router "-$v" route add default via "${net}1${host}1" metric 100
		on router "-$v" route add default via "${net}2${host}1" metric 200
		ctl -$v route add default via kernel dev wan1 table t
		ctl -$v route add default via kernel dev wan2 table t
		check_follows "both" $v "wan1 ${net}1${host}1, wan2 ${net}2${host}1"
		# shellcheck disable=SC2086 # words
		on router "-$v" route add default $some via "${net}3${host}1"
		check_own "the kernel's" "$world" native
		check_follows "both still" $v \
			"wan1 ${net}1${host}1, wan2 ${net}2${host}1"
		check_json "both carry packets" "$(ctl -j get "$world" from \
			"$([ $v = 4 ] && echo 192.168.0.5 || echo 2001:db8:10::5)" \
			iif lan)" '[.paths[] | select((.buckets // 0) > 0).device] |
			sort | join(" ")' "wan1 wan2"
		check_eq "whole, whoever the source is of" \
			"$(own_path "$world" "${net}2${host}2")" native
		check_json "in main" "$(ctl -$v -j route show default table main)" \
			'[.[] | "\(.device) \(.active) \(.reason)"] | join(", ")' \
			"null true null, wan1 false metric, wan2 false metric"
		check_json "alive" "$(ctl -j nexthop show)" \
			"[.[] | select((.gateway // \"\" | startswith(\"$net\")) and
			.device != \"wan3\").state] | join(\" \")" "alive alive"
		on router "-$v" route add default via "${net}2${host}9" metric 150
		check_follows "the better one" $v \
			"wan1 ${net}1${host}1, wan2 ${net}2${host}9"
		on router "-$v" route del default via "${net}2${host}9"
		# shellcheck disable=SC2086 # words
		on router "-$v" route del default $some via "${net}3${host}1"
		check_own "by the best again" "$world" wan1
		check_follows "and both" $v \
			"wan1 ${net}1${host}1, wan2 ${net}2${host}1"
		on router "-$v" route flush exact default
	done
	load_config <<-END
		rule add from 198.51.100.77 lookup main
	END
}

# Beside a default that only the kernel can follow.
kept_beside() {
	local v net host world some

	for v in 4 6; do
		words $v
		ctl table add t$v
		ctl route add default via "${net}2${host}1" dev wan2 table t$v
		check_kept_by "one" $v "${net}2${host}1 wan2"
		# shellcheck disable=SC2086 # words
		on router route add default $some via "${net}1${host}1"
		check_own "it is the kernel's" "$world" native
		ctl route del default via "${net}2${host}1" dev wan2 table t$v
		ctl route add default via "${net}2${host}9" dev wan2 table t$v
		check_kept_by "another gateway" $v "${net}2${host}9 wan2"
	done
	ctl set kernel-routes off
	check_kept_by "off" 4 ""
	check_kept_by "off" 6 ""
	ctl set kernel-routes on
	check_kept_by "on" 4 "10.0.2.9 wan2"
	check_kept_by "on" 6 "2001:db8:2::9 wan2"
	rmmod ecmp
	check_eq "the module went" "$(kept_by 4)" ""
	check_eq "the module went, IPv6" "$(kept_by 6)" ""
	insmod "$ECMP_KO"
	on router route flush proto boot
	on router -6 route flush proto boot
	ctl rule add from 198.51.100.77 lookup main
}

# As many next hops of the kernel's own as a prefix may have.
kept_behind() {
	local v net host world some i group few

	for v in 4 6; do
		words $v
		ctl table add t$v
		ctl route add default via "${net}2${host}1" dev wan2 table t$v
		check_kept_by "one" $v "${net}2${host}1 wan2"
		group=
		for ((i = 1; i <= 120; i++)); do
			echo "nexthop add id $((v * 1000 + i)) via" \
				"${net}1$host$((i + 20)) dev wan1"
			group+=/$((v * 1000 + i))
			[ $i != 16 ] || few=$group
		done >"$WORK/batch"
		echo "nexthop add id ${v}0 group ${group#/}" >>"$WORK/batch"
		echo "nexthop add id ${v}1 group ${few#/}" >>"$WORK/batch"
		router ip -batch - <"$WORK/batch"
		on router "-$v" route add default nhid ${v}0 metric 50
		on router "-$v" route add default nhid ${v}0 metric 60
		on router "-$v" route add default nhid ${v}1 metric 70
		check_own "all of the kernel's" "$world" wan1
		ctl route del default via "${net}2${host}1" dev wan2 table t$v
		ctl route add default via "${net}2${host}9" dev wan2 table t$v
		check_kept_by "another gateway" $v "${net}2${host}9 wan2"
		ctl table del t$v
		check_kept_by "none" $v ""
	done
	on router nexthop flush
}

# Where the kernel does not use routes without carrier it says that they are
# dead; IPv6's are not.
kept_dead() {
	ctl table add t
	ctl route add default via 10.0.2.1 dev wan2 table t
	set_sysctl router net/ipv4/conf/wan2/ignore_routes_with_linkdown=1
	check_kept "one" "10.0.2.1 wan2"
	on isp link set wan2 down
	check_true "no carrier" wait_until 5 eval \
		'on router route show proto 201 | grep -w linkdown >/dev/null'
	ctl set kernel-routes off
	check_kept "off" ""
	ctl set kernel-routes on
	on isp link set wan2 up
	set_sysctl router net/ipv4/conf/wan2/ignore_routes_with_linkdown=0
	check_kept "on" "10.0.2.1 wan2"
	ctl table del t
	check_kept "none" ""
}

run_tests \
	begin "the network is there" \
	via_kernel "via kernel" \
	kept "defaults that are kept in the kernel" \
	kept_in_order "in the order of main" \
	via_kernel_beside "via kernel, beside what only the kernel can follow" \
	kept_beside "beside a default that only the kernel can follow" \
	kept_behind "behind as many as there may be" \
	kept_dead "without carrier"
