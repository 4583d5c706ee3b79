#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_tests calls the functions
#
# The parameters lookup_main and lookup_main_packets, with which the kernel's
# own selftests are run: namespaces made afterwards are decided without any
# configuration, and what was decided is counted over all of them.
#
#  near --left-- router --right-- far

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

PARAMETERS=/sys/module/ecmp/parameters

load_with() {
	if [ -n "${ECMP_KO:-}" ]; then
		insmod "$ECMP_KO" "$@" || return
	else
		modprobe ecmp "$@" || return
	fi
	MODULE_OURS=1
}

unload() {
	rmmod ecmp || return
	# shellcheck disable=SC2034 # lib.sh reads it
	MODULE_OURS=0
}

network() {
	local name

	add_ns near router far
	for name in near router far; do
		set_sysctl "$name" net/ipv6/conf/all/disable_ipv6=0 \
			net/ipv6/conf/default/disable_ipv6=0 \
			net/ipv6/conf/default/accept_dad=0
	done
	set_sysctl router net/ipv4/ip_forward=1 net/ipv6/conf/all/forwarding=1
	add_link router near left
	add_link router far right
	on near -batch - <<-END
		address add 192.168.10.5/24 dev left
		address add 2001:db8:10::5/64 dev left nodad
		route add default via 192.168.10.1
		route add default via 2001:db8:10::1
	END
	on router -batch - <<-END
		address add 192.168.10.1/24 dev left
		address add 2001:db8:10::1/64 dev left nodad
		address add 10.1.1.2/24 dev right
		address add 2001:db8:a1::2/64 dev right nodad
	END
	on far -batch - <<-END
		address add 10.1.1.1/24 dev right
		address add 2001:db8:a1::1/64 dev right nodad
		route add default via 10.1.1.2
		route add default via 2001:db8:a1::2
	END
}

no_network() {
	local name

	for name in near router far; do
		ip netns del "$ID-$name"
	done
}

packets() {
	cat "$PARAMETERS/lookup_main_packets"
}

# pings ADDRESS N: all N are answered.
pings() {
	check_true "$2 pings to $1" in_ns near ping -q -c "$2" -i 0.2 -W 10 "$1"
}

# Packets that the rule "lookup main" decided in a namespace.
decided() {
	in_ns "$1" ecmpctl -j -s rule show | jq -r '.[0].packets'
}

without() {
	load_with
	network
	check_eq "the parameter" "$(cat "$PARAMETERS/lookup_main")" N
	pings 10.1.1.1 3
	pings 2001:db8:a1::1 3
	check_json "no hook" "$(ctl -j settings show)" .hooks false
	check_json "no rule" "$(ctl -j rule show)" length 0
	check_eq "nothing is decided" "$(packets)" 0
	no_network
	unload
}

with() {
	local before name

	add_ns old
	load_with lookup_main=1
	network
	check_eq "the parameter" "$(cat "$PARAMETERS/lookup_main")" Y
	check_json "a namespace that was there is left alone" \
		"$(in_ns old ecmpctl -j settings show)" .hooks false
	for name in near router far; do
		check_json "hooks in $name" \
			"$(in_ns "$name" ecmpctl -j settings show)" .hooks true
		check_eq "the rule in $name" "$(in_ns "$name" ecmpctl save |
			grep -v -e '^set' -e '^#' -e '^$')" \
			"rule add lookup main"
	done
	before=$(packets)
	pings 10.1.1.1 5
	# There and back in the router, once at each end.
	check_eq "IPv4: in the router" "$(decided router)" 10
	check_eq "IPv4: everywhere" $(($(packets) - before)) 20
	pings 2001:db8:a1::1 5
	check_eq "IPv6: in the router" "$(decided router)" 20
	check_eq "IPv6: everywhere" $(($(packets) - before)) 40
}

# It is the module's decision that they go by, not the kernel's beside it.
obeyed() {
	ctl rule add to 10.1.1.0/24 prohibit at 0
	check_true "refused" grep -q "filtered" < <(in_ns near \
		ping -c 1 -W 10 10.1.1.1)
	ctl rule del 0
	pings 10.1.1.1 1
}

# A namespace is gone when its devices are.
far_is_gone() {
	! on router link show right
}

ended() {
	local before

	before=$(packets)
	ip netns del "$ID-far"
	check_true "it is gone" wait_until 30 far_is_gone
	check_eq "what it counted is not" "$(packets)" "$before"
	ip netns del "$ID-near"
	ip netns del "$ID-router"
}

# Namespaces come and go on all CPUs while it is unloaded and loaded.
come_and_go() {
	local i pids=()

	for i in 1 2; do
		{
			for _ in {1..8}; do
				unshare -n ip link set lo up || exit
			done
		} &
		pids+=($!)
	done
	for i in 1 2 3; do
		unload
		load_with lookup_main=1
	done
	for i in "${pids[@]}"; do
		wait "$i" || fail "a namespace could not be made"
	done
	network
	unload
	pings 10.1.1.1 2
	pings 2001:db8:a1::1 2
	no_network
}

run_tests \
	without "without the parameter nothing is hooked" \
	with "with it new namespaces are decided, both families" \
	obeyed "rules go before it" \
	ended "what ended namespaces counted stays" \
	come_and_go "namespaces come and go while it is loaded and unloaded"
