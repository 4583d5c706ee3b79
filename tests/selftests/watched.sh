#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_families calls the functions
#
# Copies of packets for who watches ("dup to"): they go to that host, whatever
# their own addresses are, and to nobody else.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

N=20

setup() {
	topology 3
	tutorial 3 | load_config
	watch_at inet
	watch_at lan20
}

# What comes to port 999.
watch_at() {
	in_ns "$1" nft -f - <<-END
		table $IP watched {
			counter here {}
			chain in {
				type filter hook prerouting priority -500
				udp dport 999 counter name here
			}
		}
	END
}

came() {
	in_ns "$1" nft -j list counter "$IP" watched here |
		jq '.nftables[] | .counter? // empty | .packets'
}

came_is() {
	[ "$(came "$1")" = "$2" ]
}

# copies CHAIN: by a chain of the router; of what clients of lan10 send.
copies() {
	local seen=$1 at

	at=$(came inet)
	check_num "$seen: there were no copies" "$(came lan20)" -ge 0
	router nft -f - <<-END
		table $IP copies {
			chain out {
				type filter hook $seen priority mangle
				udp dport 999 dup to ${LAN20}100 device lan20
			}
		}
	END
	in_ns lan20 nft reset counters "table $IP watched" >/dev/null
	traffic flows m n=$N dport=999
	check_eq "$seen: all arrive, once" "${R[got]} ${R[mixed]}" "$N 0"
	check_true "$seen: who watches sees all" \
		wait_until 10 came_is lan20 $N
	check_eq "$seen: nobody else does" "$(came inet)" $((at + N))
	router nft delete table "$IP" copies
}

forwarded() {
	copies prerouting
	copies postrouting
}

run_families \
	setup "the network is there" \
	forwarded "copies of what is forwarded"
