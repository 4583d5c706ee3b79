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

# send_all NAME: everything once through the router. What came out is in
# $WORK/NAME, what the router's IP layer counted meanwhile in NAME.counted.
send_all() {
	local answer

	counted >"$WORK/before"
	answer=$(python3 -B -E -S "$LIB/truncated.py" "$ID" "$WORK/$1" 2>&1) ||
		fail "$1: $answer"
	diag "$1: $answer"
	counted | paste "$WORK/before" - |
		awk '{ print $1, $4 - $2 }' >"$WORK/$1.counted"
}

counted() {
	router cat /proc/net/snmp /proc/net/snmp6 | awk '
		$1 == "Ip:" && !n { n = split($0, name); next }
		$1 == "Ip:" { for (i = 2; i <= n; i++) print "Ip" name[i], $i }
		/^Ip6/ { print $1, $2 }' |
		grep -E '^Ip6?(In(Hdr|Addr)Errors|InTruncatedPkts|(Out)?ForwDatagrams|(In|Out)NoRoutes) |^Ip(In|Out)Discards '
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
	check_eq "packets by the last rule" "$(by_last_rule)" 0
	check_num "headers that are wrong" "$(awk '
		/HdrErrors|Truncated/ { n += $2 } END { print n }' \
		"$WORK/native.counted")" -gt 100
	diag "$(tr '\n' ' ' <"$WORK/native.counted")"
	ctl set enabled yes
}

by_last_rule() {
	ctl -j rule show | jq '.[-1].packets'
}

# same NAME REFERENCE: the same packets came out.
same() {
	check_true "$1: the same packets arrive as without the module" \
		cmp "$WORK/$2" "$WORK/$1" ||
		diag "$({ diff "$WORK/$2" "$WORK/$1" || true; } | some_lines)"
	check_output "$1: and what was not is counted as it was" \
		"$(cat "$WORK/$2.counted")" cat "$WORK/$1.counted"
}

some_lines() {
	cut -c 1-100 | sed -n 1,20p
}

policies() {
	local policy before after

	for policy in src l3 l4 l3-inner; do
		config "$policy" | load_config
		before=$(on_wires)
		send_all "$policy"
		after=$(on_wires)
		same "$policy" native
		# It was the module that forwarded them, by all of its paths.
		check_num "$policy: packets by the last rule" \
			"$(by_last_rule)" -ge "$(wc -l <"$WORK/$policy")"
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
	local before

	router nft -f - <<-END
		table inet tracking {
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
	before=$(by_last_rule)
	send_all tracked
	same tracked native-tracked
	check_num "packets by the last rule" $(($(by_last_rule) - before)) \
		-ge "$(wc -l <"$WORK/tracked")"
}

run_tests \
	setup "a router with three uplinks" \
	native "what the kernel forwards on its own" \
	policies "the same with the module, by every hash policy" \
	tracked "the same with connection tracking"
