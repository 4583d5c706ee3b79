#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_tests calls the functions
#
# Packets of both families cut at every byte of every header that anybody may
# look at: whatever the kernel forwards on its own is forwarded with the module
# too, and nothing else, whatever the hash policy reads.
#
#  lan --- router --- wan1, wan2, wan3 --- inet

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

setup() {
	local i name mac

	load_module
	add_ns router lan inet
	for name in router lan inet; do
		set_sysctl "$name" net/ipv6/conf/all/disable_ipv6=0 \
			net/ipv6/conf/default/disable_ipv6=0 \
			net/ipv6/conf/default/accept_dad=0
	done
	set_sysctl router net/ipv4/ip_forward=1 \
		net/ipv6/conf/all/forwarding=1
	add_link router lan lan
	on router address add 192.168.10.1/24 dev lan
	on router address add 2001:db8:10::1/64 dev lan nodad
	# Its neighbours are known, so that nothing waits for them.
	for i in 1 2 3; do
		add_link router inet "wan$i"
		mac=$(on inet -j link show "wan$i" | jq -r '.[0].address')
		router ip -batch - <<-END
			address add 10.1.$i.2/24 dev wan$i
			address add 2001:db8:a$i::2/64 dev wan$i nodad
			neigh add 10.1.$i.1 lladdr $mac dev wan$i nud permanent
			neigh add 2001:db8:a$i::1 lladdr $mac dev wan$i nud permanent
		END
	done
	router ip -batch - <<-END
		route add default via 10.1.1.1 dev wan1 metric 77
		route add ::/0 via 2001:db8:a1::1 dev wan1 metric 77
	END
}

config() {
	local i

	echo "set hash-policy $1"
	echo "set hash-seed $SEED"
	echo "table add t"
	for i in 1 2 3; do
		echo "route add default via 10.1.$i.1 dev wan$i table t"
		echo "route add ::/0 via 2001:db8:a$i::1 dev wan$i table t"
	done
	# With ports, so that these are asked for, too.
	cat <<-END
		rule add ipproto tcp dport 81 drop
		rule add ipproto udp sport 31000 drop
		rule add lookup main min-prefix 0
		rule add lookup t
	END
}

# send_all NAME: everything once through the router; the answer in ANSWER.
send_all() {
	ANSWER=$(python3 -B -E -S "$LIB/truncated.py" "$ID" "$WORK/$1" 2>&1) ||
		fail "$1: $ANSWER"
	diag "$1: $ANSWER"
}

on_wires() {
	in_ns inet bash -c 'cat /sys/class/net/wan?/statistics/rx_packets' |
		tr '\n' ' '
}

# Of each kind something arrives, and never more than its header says.
native() {
	config l3-inner | load_config
	ctl set enabled no
	send_all native
	check_eq "kinds that arrive" \
		"$(awk '{ print $1, $2 }' "$WORK/native" | sort -u | wc -l)" 33
	check_eq "longer than they say, or cut" "$(awk '
		length($NF) / 2 != $4 { print $1, $2, $3, $4 }' \
		"$WORK/native")" ""
	check_json "it was the kernel" "$(ctl -j rule show)" '.[-1].packets' 0
	ctl set enabled yes
}

# same NAME REFERENCE: the same packets came out.
same() {
	check_true "$1: the same packets arrive as without the module" \
		cmp "$WORK/$2" "$WORK/$1" ||
		diag "$(diff "$WORK/$2" "$WORK/$1" | some_lines)"
}

some_lines() {
	cut -c 1-100 | head -n 20
}

policies() {
	local policy before after packets

	for policy in src l3 l4 l3-inner; do
		config "$policy" | load_config
		before=$(on_wires)
		send_all "$policy"
		after=$(on_wires)
		same "$policy" native
		# It was the module that forwarded them, by all of its paths.
		packets=$(ctl -j rule show | jq '.[-1].packets')
		check_num "$policy: packets by the last rule" "$packets" -ge \
			"$(wc -l <"$WORK/$policy")"
		[ "$policy" = src ] || check_eq "$policy: paths in use" \
			"$(paths "$before" "$after")" 3
	done
}

paths() {
	paste <(tr ' ' '\n' <<<"$1") <(tr ' ' '\n' <<<"$2") |
		awk 'NF == 2 && $2 - $1 > 50' | wc -l
}

# With connection tracking fragments are put together before they are seen.
tracked() {
	router nft -f - <<-END
		table inet ct {
			chain state {
				type filter hook forward priority 0
				ct state established,related accept
			}
		}
	END
	ctl set enabled no
	send_all native-tracked
	check_num "IPv6 arrives" "$(grep -c ^IPv6 "$WORK/native-tracked")" \
		-gt 500
	ctl set enabled yes
	send_all tracked
	same tracked native-tracked
	check_num "packets by the last rule" \
		"$(ctl -j rule show | jq '.[-1].packets')" -gt 1000
}

run_tests \
	setup "a router with three uplinks" \
	native "what the kernel forwards on its own" \
	policies "the same with the module, by every hash policy" \
	tracked "the same with connection tracking"
