#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_tests calls the functions
#
# The tutorial's WANs as they are: five PPPoE sessions, dialled by pppd, whose
# devices and addresses come and go. The configuration is there before them.
#
#  lan10, lan20, lan0 -- router --ether1..5-- inet
#                        ppp0..4  (sessions)  ppp10, ppp20, ... ppp50
#
# Session k of the line behind etherI is ppp<I*10+k> in inet, which gives the
# router 10.64.I.(2+k) there: so a device tells which address is to be seen.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

N=100
NETFLIX=45.57.94.1

# Whoever lives in the namespaces ends before they do.
# shellcheck disable=SC2154 # status
trap 'status=$?; end_programs; (exit $status); cleanup' EXIT

end_programs() {
	local name pids

	for name in router inet; do
		[ -e "/run/netns/$ID-$name" ] || continue
		pids=$(ip netns pids "$ID-$name") || continue
		# shellcheck disable=SC2086 # numbers
		[ -z "$pids" ] || kill -KILL $pids 2>/dev/null
	done
}

setup() {
	local i k ours=

	modprobe -a ppp_generic pppoe
	mkdir -p /run/lock
	[ -e /var/run ] || ln -s /run /var/run
	topology 0
	for i in 1 2 3 4 5; do
		link_line router inet "ether$i"
	done | ip -batch -
	for i in 1 2 3 4 5; do
		echo "link set ether$i up"
	done | on inet -batch -
	for i in 1 2 3 4 5; do
		for k in 0 1 2 3; do
			ours+="ppp$((i * 10 + k)) . 10.64.$i.$((2 + k)), "
		done
	done
	# A wire carries its own session's address alone.
	in_ns inet nft -f - <<-END
		table ip wires {
			counter foreign { }
			counter right { }
			set seen { typeof iifname . ip saddr; size 64; flags dynamic; }
			set ours {
				typeof iifname . ip saddr
				elements = { ${ours%, } }
			}
			chain in {
				type filter hook prerouting priority -450
				iifname != "ppp*" accept
				iifname . ip saddr @ours counter name right accept
				counter name foreign
				add @seen { iifname . ip saddr }
			}
		}
	END
	router nft -f - <<-END
		table ip nat {
			chain out {
				type nat hook postrouting priority srcnat
				oifname "ppp*" masquerade
			}
		}
		table ip filter {
			# What is in no connection is not translated.
			chain forward {
				type filter hook forward priority 0
				oifname "ppp*" ct state invalid drop
			}
		}
	END
	for i in 1 2 3 4 5; do
		concentrator "$i"
	done
}

# The provider's end of line I.
concentrator() {
	session "$1" 0
	ip netns exec "$ID-inet" pppoe-server -F -I "ether$1" -C "isp$1" \
		-L "10.64.$1.1" -R "10.64.$1.2" -N 4 -O "$WORK/isp$1" \
		>"$WORK/isp$1.log" 2>&1 </dev/null &
	disown $!
}

# session I K: how the provider's next session on line I is called.
session() {
	cat >"$WORK/isp$1" <<-END
		unit $(($1 * 10 + $2))
		noauth
		nodefaultroute
		lcp-echo-interval 0
		lcp-restart 1
		lcp-max-configure 90
		ipcp-restart 1
		ipcp-max-configure 90
		nobsdcomp
		nodeflate
		novj
		noccp
		noipv6
		logfile $WORK/isp$1.log
		ip-up-script /bin/true
		ip-down-script /bin/true
	END
}

# dial I OPTION...: line I as pppI-1; its process in DIALLED[I]. On a busy
# machine the other end may need long for its first word.
declare -A DIALLED=()
dial() {
	local i=$1
	shift

	ip netns exec "$ID-router" pppd plugin rp-pppoe.so "ether$i" \
		unit $((i - 1)) noauth nodetach nopersist noipdefault \
		lcp-echo-interval 0 lcp-restart 1 lcp-max-configure 90 \
		ipcp-restart 1 ipcp-max-configure 90 \
		nobsdcomp nodeflate novj noccp noipv6 \
		ip-up-script /bin/true ip-down-script /bin/true mtu 1492 mru 1492 \
		"$@" >>"$WORK/dial$i.log" 2>&1 </dev/null &
	DIALLED[$i]=$!
}

# Is default route I of table ecmp what is said: "AS+ null", ...?
route_is() {
	[ "$(route_state "$1")" = "$2" ]
}

route_state() {
	ctl -j route show table ecmp | jq -r --arg dev "ppp$(($1 - 1))" \
		'.[] | select(.device == $dev) | "\(.active) \(.ecmp) \(.reason)"'
}

check_route() {
	wait_until "${3:-90}" route_is "$1" "$2" && return
	check_eq "ppp$(($1 - 1)) in table ecmp" "$(route_state "$1")" "$2"
	diag "$(cat "$WORK/dial$1.log" "$WORK/isp$1.log" 2>&1 | tail -n 20)"
	return 1
}

UP="true true null"
GONE="false false no-device"

address() {
	on router -4 -j address show dev "$1" | jq -r '.[0].addr_info[0].local'
}

# --- before the lines are there -----------------------------------------

config() {
	tutorial 5 l4 | awk '{
		if (match($0, /dev wan[0-9]/))
			sub(/via [0-9.]* dev wan[0-9]/,
			    "dev ppp" substr($0, RSTART + 7, 1) - 1)
		print
	}'
}

early() {
	local output i

	output=$(config | load_config 2>&1)
	for i in 0 1 2 3 4; do
		check_true "a warning names ppp$i" \
			grep -q "arning.*ppp$i" <<<"$output"
	done
	check_json "every route waits" "$(ctl -j route show table ecmp)" \
		'map("\(.device) \(.active) \(.reason)") | join(", ")' \
		"ppp0 false no-device, ppp1 false no-device, ppp2 false no-device, ppp3 false no-device, ppp4 false no-device"
	check_eq "and says so to people" "$(ctl route show table ecmp |
		grep -c '^ *Is.*no-device\|^ *Is .*ppp')" 5
	check_json "so do the next hops" "$(ctl -j nexthop show)" \
		'map(select(.device[:3] == "ppp") | "\(.state) \(.reason)") |
			"\(length) \(unique[0])"' "5 dead no-device"
	check_eq "saved as it was written" \
		"$(ctl save | grep '^r' | sort)" \
		"$(config | grep '^r' | sed 's/ distance 1$//' | sort)"
}

come() {
	local i

	for i in 1 2 3 4 5; do
		dial "$i"
	done
	for i in 1 2 3 4 5; do
		check_route "$i" "$UP" || return 0
		check_eq "address of line $i" "$(address ppp$((i - 1)))" \
			"10.64.$i.2"
	done
	check_json "main prefers the first" "$(ctl -j route show table main default)" \
		'map("\(.device) \(.active)") | join(", ")' \
		"ppp0 true, ppp1 false, ppp2 false, ppp3 false, ppp4 false"
	# For the router's own sockets, rp_filter, ...
	check_true "a default of each in the kernel" wait_until 20 kept \
		"ppp0 ppp1 ppp2 ppp3 ppp4"
	check_json "not shown as the kernel's" "$(ctl -j route show table main default)" \
		length 5
}

kept() {
	[ "$(on router -4 -j route show default |
		jq -r 'map(.dev) | sort | join(" ")')" = "$1" ]
}

# --- traffic -------------------------------------------------------------

# wires: nothing but its own address was ever seen on a wire.
wires() {
	local seen

	seen=$(in_ns inet nft -j list table ip wires | jq -r '.nftables[] |
		(.counter // empty | "\(.name)=\(.packets)"),
		(.set // empty | select(.name == "seen" and .elem) |
			.elem | tojson)')
	check_eq "foreign addresses on the wires ($1): $seen" \
		"$(grep -o 'foreign=[0-9]*' <<<"$seen")" foreign=0
	check_num "packets on the wires" \
		"$(sed -n 's/^right=//p' <<<"$seen")" -gt "${2:-0}"
}

# flows N: new ones each time; those that were translated for another line end
# at it.
PORT=5000
flows() {
	PORT=$((PORT + 1))
	traffic flows u n="$1" dst=203.0.113.0/24 dport="$PORT"
	check_flows u
}

spread() {
	local i

	traffic tcp c n="$N"
	check_eq "opened, answered, on two wires" \
		"${R[open]} ${R[answered]} ${R[mixed]}" "$N $N 0"
	for i in 1 2 3 4 5; do
		check_eq "addresses of line $i" "${R[sources_ppp${i}0]:-}" \
			"10.64.$i.2"
	done
	flows 300
	check_buckets
	# Of ppp0 here the other end is ppp10 there, and so on.
	# shellcheck disable=SC2046 # words
	check_share u $(awk -v RS=' ' -F '[p=]+' '
		{ printf "ppp%d0=%d ", $2 + 1, $3 }' <<<"$BUCKETS")
	traffic tcp vip n=20 client=lan0 src=192.168.0.244 dport=8443
	check_eq "the VIP, by the first line" \
		"${R[answered]} ${R[ppp10]:-0} ${R[sources_ppp10]:-}" \
		"20 20 10.64.1.2"
	traffic close vip
	wires "five lines" 300
}

# --- one line is dialled again -------------------------------------------

hang_up() {
	kill "-$2" "${DIALLED[$1]}"
	wait "${DIALLED[$1]}" 2>/dev/null || true
	# Until the provider has noticed the next session has another name.
	session "$1" "$3"
}

# Line I goes, and comes back as session K.
redial() {
	local i=3 k=1 old new packets stayed=0 j

	old=ppp$((i * 10 + k - 1))
	new=ppp$((i * 10 + k))
	traffic round c as=before
	packets=$(received "$old")
	traffic background run n=64 pps=100 client=lan20 src=192.168.20.100 \
		dst=203.0.113.0/24
	check_true "packets run" wait_until 20 received_more "$old" \
		$((packets + 10))
	hang_up "$i" TERM "$k"
	check_gone "$i" || return 0

	# The connections of the other four do not notice.
	traffic round c as=after
	traffic diff before after
	for j in 1 2 3 4 5; do
		[ "$j" = "$i" ] && continue
		stayed=$((stayed + ${R[stayed_ppp${j}0]:-0}))
		check_eq "none of line $j moved: $(answer)" \
			"${R[moved_ppp${j}0]:-0} ${R[lost_ppp${j}0]:-0}" "0 0"
	done
	check_eq "none stayed on the dead line" "${R[stayed_$old]:-0}" 0
	check_num "the others have theirs" "$stayed" -gt $((N / 2))
	without "$i"

	comes_back "$i" "$k" || return 0
	traffic stop run
	check_num "packets ran by the old session" \
		"${R[packets_$old]:-0}" -gt 0
	# What moved stays where it is. New ones take it.
	check_eq "none of them by the new one" "${R[packets_$new]:-0}" 0
	packets=$(received "$new")
	traffic background run n=64 pps=100 client=lan20 src=192.168.20.100 \
		dst=203.0.113.0/24 dport=8443
	check_true "packets run by it" wait_until 20 received_more "$new" \
		$((packets + 10))
	traffic stop run
	check_num "new ones by the new session: $(answer)" \
		"${R[packets_$new]:-0}" -gt 0
	traffic close c
	wires "line $i is back"
}

# Without a word to the other side.
crashed() {
	hang_up 5 KILL 1
	check_gone 5 || return 0
	without 5
	comes_back 5 1
	wires "line 5 is back"
}

# Line I is not there, and the router says so.
check_gone() {
	check_route "$1" "$GONE" || return
	check_json "nexthop show" "$(ctl -j nexthop show)" \
		".[] | select(.device == \"ppp$(($1 - 1))\") |
			\"\(.state) \(.reason)\"" "dead no-device"
	check_true "its default is no more in the kernel" wait_until 20 \
		no_default ppp$(($1 - 1))
}

# without I: new connections take the other lines.
without() {
	local word

	traffic tcp d n=40 dport=8080
	check_eq "new ones are answered" "${R[open]} ${R[answered]}" "40 40"
	for word in "${!R[@]}"; do
		[[ $word != ppp$1? ]] ||
			fail "none by line $1: $(answer)"
	done
	traffic close d
	wires "line $1 is gone"
}

# comes_back I K: dialled again, it has session K.
comes_back() {
	local i=$1 new=ppp$(($1 * 10 + $2))

	dial "$i"
	check_route "$i" "$UP" || return
	check_eq "another address" "$(address ppp$((i - 1)))" \
		"10.64.$i.$((2 + $2))"
	traffic tcp d n=80 dport=8081
	check_eq "new ones are answered" "${R[open]} ${R[answered]}" "80 80"
	check_num "some by the new session: $(answer)" "${R[$new]:-0}" -gt 0
	check_eq "from its address" "${R[sources_$new]:-}" \
		"10.64.$i.$((2 + $2))"
	traffic close d
}

# received DEVICE: how many packets the provider had by this session.
received() {
	in_ns inet cat "/sys/class/net/$1/statistics/rx_packets"
}

received_more() {
	[ "$(received "$1")" -gt "$2" ]
}

no_default() {
	! on router route show default dev "$1" 2>/dev/null | grep -q .
}

# --- the gateway that pppd gives the kernel ------------------------------

# Debian's pppd does not add its default beside another, whatever its metric.
ip_up() {
	cat >"$WORK/ip-up" <<-'END'
		#!/bin/sh
		exec ip route add default dev "$1" metric 300
	END
	chmod 755 "$WORK/ip-up"
}

via_kernel() {
	ip_up
	sed -E 's/(route add 0.0.0.0\/0) dev ppp1/\1 via kernel dev ppp1/' \
		"$WORK/config" >"$WORK/follow"
	check_true "loaded" ctl load "$WORK/follow"
	check_route 2 "false false no-kernel-default" || return 0
	hang_up 2 TERM 1
	check_route 2 "false false no-kernel-default" || return 0
	dial 2 ip-up-script "$WORK/ip-up"
	check_route 2 "$UP" || return 0
	check_eq "ip-up's route is in the kernel" \
		"$(on router -4 -j route show default dev ppp1 |
			jq -r 'map(.metric) | join(" ")')" 300
	flows 200
	check_num "it carries its share: $(answer)" "${R[ppp21]:-0}" -gt 10
	check_eq "from its address" "${R[sources_ppp21]:-}" 10.64.2.3
	hang_up 2 TERM 2
	check_route 2 "false false no-kernel-default" || return 0
	flows 100
	check_eq "not by it" "${R[ppp21]:-0}" 0
	dial 2 ip-up-script "$WORK/ip-up"
	check_route 2 "$UP" || return 0
	flows 200
	check_eq "by the third session" "${R[sources_ppp22]:-}" 10.64.2.4
	wires "via kernel" 500
}

# Every line at once, as when the power of the cabinet fails.
all_gone() {
	local i

	for i in 1 2 3 4 5; do
		hang_up "$i" KILL 3
	done
	for i in 1 3 4 5; do
		check_route "$i" "$GONE" || return 0
	done
	check_route 2 "false false no-kernel-default" || return 0
	check_eq "nobody is left to forward" "$(ctl -j get "$NETFLIX" \
		from 192.168.10.5 iif lan10 | jq -r .verdict)" no-route
	check_true "no default is left in the kernel" wait_until 20 kept ""
	# pppd's own default, now that there is no other.
	dial 2 defaultroute
	check_route 2 "true false null" || return 0
	check_eq "pppd's default alone is in the kernel" "$(on router -4 -j \
		route show default | jq -r 'map("\(.dev) \(.protocol // "boot")") |
			join(", ")')" "ppp1 boot"
	traffic tcp c n=20
	check_eq "all by the line that is there" \
		"${R[answered]} ${R[ppp23]:-0} ${R[sources_ppp23]:-}" \
		"20 20 10.64.2.5"
	traffic close c
	wires "one line"
}

run_tests \
	setup "five lines, no session" \
	early "the configuration is loaded before the devices exist" \
	come "the sessions come and are used" \
	spread "the LAN's traffic over five sessions" \
	redial "one is dialled again with another address" \
	crashed "one crashes" \
	via_kernel "via kernel follows pppd's default route" \
	all_gone "all of them go, and one comes back"
