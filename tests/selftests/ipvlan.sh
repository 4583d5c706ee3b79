#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_families calls the functions
#
# A container with an ipvlan of mode l3 on a WAN: its packets pass LOCAL_OUT,
# but they are not the router's own.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

N=20

setup() {
	modprobe ipvlan
	topology 3
	[ -n "${CONTAINER-}" ] || add_ns box
	on box link del iv0 2>/dev/null || :
	ctl set hash-policy l4
	{
		tutorial 3
		echo "rule add lookup ecmp at 0"
	} | load_config
	CONTAINER=${NEAR[1]}7
	on router link add iv0 link wan1 netns "$ID-box" type ipvlan mode l3
	set_sysctl box net/ipv6/conf/all/disable_ipv6=0
	on box link set iv0 up
	on box address add "$CONTAINER/$HOST" dev iv0
	on box "-$F" route add default dev iv0
	in_ns inet nft -f - <<-END
		table $IP wires {
			counter wan1 {}
			counter others {}
			chain in {
				type filter hook prerouting priority -500
				$IP saddr != $CONTAINER accept
				iifname wan1 counter name wan1
				iifname != wan1 counter name others
			}
		}
	END
}

count() {
	in_ns inet nft -j list counter "$IP" wires "$1" |
		jq '.nftables[] | .counter? // empty | .packets'
}

own_wan() {
	local i

	for i in $(seq $N); do
		in_ns box bash -c \
			"echo x >/dev/udp/$SERVER$((i + 1))/$((2000 + i))"
	done
	check_eq "by the WAN that it is on" "$(count wan1)" $N
	check_eq "by no other" "$(count others)" 0
}

run_families \
	setup "a container" \
	own_wan "the container's WAN"
