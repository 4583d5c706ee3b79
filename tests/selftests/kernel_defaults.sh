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
	ctl route add default via kernel dev wan1 table t distance 2
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
	check_kept "and up" "10.0.2.1 wan2, 10.0.3.1 wan3"
	on router route add default via 10.0.3.9 metric 70
	check_kept "the kernel has its own" "10.0.2.1 wan2"
	on router route del default via 10.0.3.9 metric 70
	check_kept "and has it no more" "10.0.2.1 wan2, 10.0.3.1 wan3"
	on router route flush proto 201
	check_kept "somebody took them" "10.0.2.1 wan2, 10.0.3.1 wan3"
	check_true "the router's own socket by a WAN" \
		router ping -c 1 -W 2 -I wan2 10.0.2.1
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
run_tests \
	begin "the network is there" \
	via_kernel "via kernel" \
	kept "defaults that are kept in the kernel"
