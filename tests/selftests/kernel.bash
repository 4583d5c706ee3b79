# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# A router with three WANs whose own routes are what matters. Sourced after
# lib.sh.
#
#  lan --- router --- wan1, wan2, wan3 --- isp
#
#   setup                      makes the namespaces, and loads the module
#   mirrored WHAT [TABLE ID]   a table has what the kernel has (mirror.py)
#   path DST                   prints the device of a packet from the LAN, or
#                              why there is none
#   check_path WHAT DST PATH   it is that, or soon

setup() {
	local i name

	load_module || return
	add_ns router lan isp || return
	for name in router lan isp; do
		set_sysctl "$name" net/ipv6/conf/all/disable_ipv6=0 \
			net/ipv6/conf/default/disable_ipv6=0 \
			net/ipv6/conf/default/accept_dad=0 || return
	done
	set_sysctl router net/ipv4/ip_forward=1 \
		net/ipv6/conf/all/forwarding=1
	add_link router lan lan
	on router address add 192.168.0.1/24 dev lan
	on router address add 2001:db8:10::1/64 dev lan nodad
	on lan address add 192.168.0.5/24 dev lan
	on lan route add default via 192.168.0.1
	for i in 1 2 3; do
		add_link router isp "wan$i"
		on router address add "10.0.$i.2/24" dev "wan$i"
		on router address add "2001:db8:$i::2/64" dev "wan$i" nodad
		on isp address add "10.0.$i.1/24" dev "wan$i"
		on isp address add "2001:db8:$i::1/64" dev "wan$i" nodad
	done
}

mirrored() {
	local end=$((${EPOCHREALTIME/./} + 5000000)) output

	until output=$(router python3 -B -E -S "$LIB/mirror.py" \
		"${@:2}" 2>&1); do
		[ ${EPOCHREALTIME/./} -lt $end ] && continue
		fail "$1"
		diag "$output"
		return 1
	done
	[[ $output == [1-9]* ]] || fail "$1: nothing was compared: $output"
}

path() {
	local from=192.168.0.5

	[[ $1 == *:* ]] && from=2001:db8:10::5
	ctl -j get "$1" from $from iif lan | jq -r '.device // .verdict'
}

check_path() {
	wait_until 5 test_path "$2" "$3" || check_eq "$1" "$(path "$2")" "$3"
}

test_path() {
	[ "$(path "$1")" = "$2" ]
}
