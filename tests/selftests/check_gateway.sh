#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_families calls the functions
#
# check-gateway: a next hop that does not answer is left though its link is up,
# and taken again when it answers. What a provider hears is counted, and what
# he is deaf to decided, where his device takes frames in.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# deaf I [RULE...]: the provider on wanI does not hear probes. With RULE only
# those that match it; several rules stand one a line.
deaf() {
	local wan=wan$1
	shift

	in_ns inet nft -f - <<-END
		table netdev $wan
		delete table netdev $wan
		table netdev $wan {
			counter lost { }
			counter heard { }
			chain ears {
				type filter hook ingress device $wan priority 0
				$(probes "${*:-}" 'counter name lost drop')
				$(probes '' 'counter name heard')
			}
		}
	END
}

# probes RULE VERDICT: lines that match each kind of probe. A RULE about an
# address is one about echo requests of this family.
probes() {
	local icmp=icmpv6

	[ "$F" = 6 ] || icmp=icmp
	if [[ $1 == *addr* ]]; then
		echo "$icmp type echo-request $1 $2"
		return
	fi
	echo "ether type arp arp operation request $1 $2"
	echo "icmp type echo-request $1 $2"
	echo "icmpv6 type { echo-request, nd-neighbor-solicit } $1 $2"
}

hears() {
	deaf "$1" "meta length 0"
}

# counted I lost|heard
counted() {
	in_ns inet nft -j list counters table netdev "wan$1" |
		jq --arg n "$2" '.nftables[].counter | select(.name == $n).packets'
}

counted_more() {
	[ "$(counted "$1" "$2")" -ge "$3" ]
}

# more I lost|heard N [SECONDS]: so many more, from now on.
more() {
	local until=$(($(counted "$1" "$2") + $3))

	check_true "wan$1: $3 more probes are $2" \
		wait_until "${4:-60}" counted_more "$1" "$2" "$until"
}

# The checked next hop, of the family that is tested.
hop() {
	ctl -j nexthop show | jq -c --arg gw "${GW[1]}" \
		'.[] | select(.gateway == $gw and .device == "wan1")'
}

hop_is() {
	[ "$(hop | jq -r "$1")" = "$2" ]
}

wait_hop() {
	check_true "$1 is $2" wait_until 30 hop_is "$1" "$2" && return
	diag "$(hop)"
	return 1
}

# The path of a client of the LAN.
path() {
	ctl -j get "$WORLD" from "${LAN10}5" iif lan10 | jq -r .device
}

path_is() {
	[ "$(path)" = "$1" ]
}

# config CHECK [SETTING...]: the first default is checked, the second waits.
config() {
	local check=$1
	shift

	echo "set check-gateway-interval 100ms check-gateway-timeout 1s"
	[ $# -eq 0 ] || echo "set $*"
	echo "route add $ANY via ${GW[1]} dev wan1 check-gateway $check"
	echo "route add $ANY via ${GW[2]} dev wan2 distance 2"
}

monitor_start() {
	: >"$WORK/monitor"
	ip netns exec "$ID-router" ecmpctl monitor >>"$WORK/monitor" 2>&1 &
	MONITOR=$!
	check_true "the monitor speaks" wait_until 10 monitor_speaks
	: >"$WORK/monitor"
}

monitor_speaks() {
	ctl table add speak
	ctl table del speak
	grep -q speak "$WORK/monitor"
}

# monitor_end: how often wan1's next hop was told to be dead.
monitor_end() {
	kill "$MONITOR" || true
	wait "$MONITOR" 2>/dev/null || true
	DEATHS=$(grep -c "dev wan1.* dead" "$WORK/monitor" || true)
}

setup() {
	topology 3
	hears 1
	hears 2
	config arp | load_config
	wait_hop .check_state answered
	check_eq "the path" "$(path)" wan1
}

# silent CHECK: silent with its link up: left, and taken again.
silent() {
	config "$1" | load_config
	wait_hop .check_state answered
	wait_hop .state alive
	deaf 1
	wait_hop .state dead
	check_json "why" "$(hop)" '[.reason, .check, .check_state] | join(" ")' \
		"check $1 missed"
	check_num "unanswered" "$(hop | jq .check_missed)" -ge 2
	check_true "the path" wait_until 5 path_is wan2
	check_eq "its link is up" "$(router cat /sys/class/net/wan1/carrier)" 1
	check_json "the route says why" "$(ctl -j "-$F" route show "$ANY")" \
		'map(select(.device == "wan1" and .distance == 1)) |
		 map(.flags + " " + .reason) | join(",")' "Is check"
	# Dead, it is asked on: it would never come back else.
	more 1 lost 3
	hears 1
	wait_hop .state alive
	check_true "the path" wait_until 5 path_is wan1
	check_json "answered" "$(hop)" '[.reason, .check_missed] | join(" ")' " 0"
}

silent_arp() {
	silent arp
}

silent_ping() {
	silent ping
}

# What the router sends on its WANs, with the times of the kernel: data each
# 10 ms, until it has left wan1.
watch_data() {
	ip netns exec "$ID-inet" tcpdump -Z root --immediate-mode -tt -n -l \
		-i any "udp port 4444 or icmp or icmp6" >"$WORK/seen" \
		2>"$WORK/tcpdump" &
	WATCH=$!
	check_true "tcpdump" wait_until 20 grep -q listening "$WORK/tcpdump"
	ip netns exec "$ID-lan10" python3 -c '
import socket, sys, time
s = socket.socket(socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET,
                  socket.SOCK_DGRAM)
for i in range(6000):
    s.sendto(b"x", (sys.argv[1], 4444))
    time.sleep(0.01)' "${SINK}5" &
	SENDER=$!
}

seen() {
	grep -q "$1 .*4444" "$WORK/seen"
}

# The times of echo requests to the gateway, of the last reply, and of the first
# datagram on wan2; from these what was promised. An emulated machine may be
# slow: by how much its probes were late, so much may it be.
judge_data() {
	awk '
		/ In / && /wan1/ && /echo request/ { ask[++n] = $1 }
		/ Out / && /wan1/ && /echo reply/ { reply = $1 }
		/ In / && /wan2/ && /4444/ && !left { left = $1 }
		END {
			for (i = 1; i <= n; i++) {
				if (ask[i] <= reply) last = i
				if (i > 1 && ask[i] < left && ask[i] - ask[i - 1] > gap)
					gap = ask[i] - ask[i - 1]
				if (ask[i] > reply && ask[i] < left) unanswered++
			}
			late = gap > 0.1 ? gap - 0.1 : 0
			printf "unanswered=%d gap=%d left=%d allowed=%d\n",
				unanswered, gap * 1000, (left - ask[last]) * 1000,
				promised + 4 * late * 1000
		}' promised="$1" "$WORK/seen"
}

# quickly COUNT MS
quickly() {
	local unanswered gap left allowed

	config ping check-gateway-count "$1" | load_config
	wait_hop .check_state answered
	wait_hop .state alive
	watch_data
	check_true "data on wan1" wait_until 20 seen wan1
	more 1 heard 5
	deaf 1
	check_true "data on wan2" wait_until 20 seen wan2
	kill "$SENDER" "$WATCH" || true
	wait "$SENDER" "$WATCH" 2>/dev/null || true
	hears 1
	eval "$(judge_data "$2")"
	diag "count $1: left after $left ms, allowed $allowed; probes at most $gap ms apart, $unanswered unanswered"
	check_num "unanswered before it was left" "$unanswered" -ge "$1"
	check_num "no more than that" "$unanswered" -le $(($1 + 2))
	check_num "milliseconds until it was left" "$left" -le "$allowed"
	check_num "from the last answered probe on" "$left" -gt \
		$(($1 * 90))
	wait_hop .state alive
}

in_time() {
	quickly 2 400
	quickly 8 1000
}

# Two in a row are dead: each third that is lost are none in a row. And 20 % at
# random, of which eight in a row happen once in 400,000 times. ECMP_LOSS=1200
# waits for so many that are lost: ten minutes.
lossy() {
	config ping check-gateway-count 2 | load_config
	wait_hop .check_state answered
	monitor_start
	deaf 1 "numgen inc mod 3 == 0"
	more 1 lost 12
	config ping check-gateway-count 8 | load_config
	deaf 1 "numgen random mod 100 < 20"
	LOST=$(counted 1 lost)
	more 1 lost "${ECMP_LOSS:-10}" "${ECMP_LOSS:-60}"
	LOST=$(($(counted 1 lost) - LOST))
	diag "20 % loss: $LOST probes of $((LOST + $(counted 1 heard))) were lost"
	monitor_end
	check_eq "times that it was dead" "$DEATHS" 0
	check_eq "the path" "$(path)" wan1
	hears 1
}

# Alive only after so many answers in a row.
damped() {
	local before

	config ping check-gateway-up-count 3 | load_config
	wait_hop .check_state answered
	deaf 1
	wait_hop .state dead
	monitor_start
	deaf 1 "numgen inc mod 3 == 0"
	more 1 lost 6
	check_json "two in a row are not enough" "$(hop)" .state dead
	check_eq "it was not alive meanwhile" \
		"$(grep -c "dev wan1.* alive" "$WORK/monitor" || true)" 0
	monitor_end
	# None in a row from here.
	deaf 1
	more 1 lost 2
	hears 1
	wait_hop .state alive
	before=$(counted 1 heard)
	check_num "answers that it took" "$before" -ge 3
}

# Canaries beyond the gateway: any of them, or all.
canaries() {
	local one=$WORLD two=${SERVER}7 to

	to="$IP daddr"
	config "ping target $one $two" | load_config
	wait_hop .check_state answered
	monitor_start
	deaf 1 "$to $one"
	more 1 lost 6
	monitor_end
	check_eq "one of them answers" "$DEATHS" 0
	check_json "it is answered" "$(hop)" '"\(.state) \(.check_state)"' \
		"alive answered"
	deaf 1 "$to { $one, $two }"
	wait_hop .state dead
	check_true "the path" wait_until 5 path_is wan2
	# They answer by wan2: a probe that left there would be answered.
	check_true "by wan2 they can be reached" \
		in_ns lan10 ping "-$F" -c 1 -W 5 "$one"
	more 1 lost 6
	check_json "by its own path it is not" "$(hop)" .state dead
	config "ping target $one $two all" | load_config
	deaf 1 "$to $two"
	more 1 lost 4
	check_json "one of all is silent" "$(hop)" .state dead
	hears 1
	wait_hop .state alive
	check_output "save" "$(config "ping target $one $two all" |
		grep route)" bash -c "ip netns exec $ID-router ecmpctl save |
			grep 'route add $ANY'"
	check_json "route show" "$(ctl -j "-$F" route show "$ANY")" \
		'map(select(.check_gateway)) | .[0] |
		 "\(.check_targets | join(" ")) \(.check_all)"' \
		"$one $two true"
}

# A firewall of the router's own, or one who marks his own traffic, does not
# change where probes go; where none can leave nothing is proved.
unsent() {
	local sent

	config ping | load_config
	wait_hop .check_state answered
	router nft -f - <<-END
		table inet own {
			chain out {
				type route hook output priority mangle
				icmp type echo-request meta mark set 77
				icmpv6 type echo-request meta mark set 77
			}
			chain filter {
				type filter hook output priority filter
				icmp type echo-request drop
				icmpv6 type echo-request drop
			}
		}
	END
	on router "-$F" rule add fwmark 77 unreachable
	more 1 heard 5
	check_json "asked past them" "$(hop)" '"\(.state) \(.check_state)"' \
		"alive answered"
	on router "-$F" rule del fwmark 77 unreachable
	router nft -f - <<-END
		delete table inet own
		table inet own {
			chain post {
				type filter hook postrouting priority filter
				icmp type echo-request counter drop
				icmpv6 type echo-request counter drop
			}
		}
	END
	wait_hop .check_state unsent
	monitor_start
	sent=$(dropped)
	check_true "ten more" wait_until 60 dropped_more $((sent + 10))
	monitor_end
	check_eq "times that it was dead" "$DEATHS" 0
	check_json "it lives" "$(hop)" '"\(.state) \(.check_state)"' \
		"alive unsent"
	router nft delete table inet own
	wait_hop .check_state answered
}

dropped() {
	router nft -j list chain inet own post |
		jq '[.. | .counter? // empty | .packets? // empty] | add'
}

dropped_more() {
	[ "$(dropped)" -ge "$1" ]
}

# A dead one stays dead over a load that leaves its check as it was, and what
# lives stays so; missed probes go on to be counted.
reloaded() {
	local id missed

	config ping | load_config
	wait_hop .check_state answered
	id=$(hop | jq .id)
	deaf 1
	wait_hop .state dead
	missed=$(hop | jq .check_missed)
	monitor_start
	config ping | load_config
	config ping | load_config
	more 1 lost 2
	check_json "the same, dead" "$(hop)" '"\(.id) \(.state)"' "$id dead"
	check_num "counted on" "$(hop | jq .check_missed)" -gt "$missed"
	monitor_end
	check_eq "not alive meanwhile" \
		"$(grep -c "dev wan1.* alive" "$WORK/monitor" || true)" 0
	# Another check has not heard it either; no check proves nothing.
	config arp | load_config
	more 1 lost 1
	check_json "still dead" "$(hop)" '"\(.check) \(.state)"' "arp dead"
	ctl route set "$ANY" via "${GW[1]}" dev wan1 check-gateway none
	wait_hop .state alive
	check_json "not checked" "$(hop)" '.check // "no"' no
	hears 1
}

# The check is the next hop's: a second route obeys it, or is refused.
shared() {
	local via="via ${GW[1]} dev wan1"

	# shellcheck disable=SC2086 # words
	{
		config ping | load_config
		ctl table add t
		ctl route add "$ANY" $via table t
		check_fail "a different one names the first" \
			"that is: $ANY $via check-gateway ping" \
			ctl route set "$ANY" $via table t check-gateway arp
		ctl route add "$SERVERNET" $via check-gateway arp disabled
		check_fail "when it is enabled" "another route" \
			ctl route enable "$SERVERNET" $via
		ctl route set "$ANY" $via table t check-gateway ping
		ctl route set "$ANY" $via check-gateway none
	}
	wait_hop .check_state answered
	deaf 1
	wait_hop .state dead
	check_json "both obey" "$(ctl -j "-$F" route show "$ANY")" \
		'map(select(.device == "wan1" and (.flags | test("D") | not)) |
		 .reason) | unique | join(",")' check
	hears 1
	wait_hop .state alive
	ctl table del t
	wait_hop '.check // "no"' no
}

# Two that follow the kernel on devices where it has no default yet have no next
# hop in common; what each asks is asked when there is one.
following() {
	load_config <<-END
		set check-gateway-interval 100ms
		route add $SINKNET via kernel dev wan2 check-gateway ping target ${SERVER}5
		route add $SINKNET via kernel dev wan3 check-gateway ping target ${SERVER}6
	END
	check_json "nobody is asked" "$(ctl -j nexthop show)" \
		'map(select(.check)) | length' 0
	check_true "one says another word" ctl route set "$SINKNET" \
		via kernel dev wan3 distance 2
	on router route add default via "${FAR[2]}" dev wan2 metric 50
	on router route add default via "${FAR[3]}" dev wan3 metric 51
	check_true "both are asked" wait_until 30 answered_by "wan2 wan3"
	on router route del default via "${FAR[2]}" dev wan2 metric 50
	check_true "one is left" wait_until 30 answered_by wan3
	on router route del default via "${FAR[3]}" dev wan3 metric 51
	check_true "none is left" wait_until 30 answered_by ""
}

answered_by() {
	[ "$(ctl -j nexthop show | jq -r 'map(select(.check_state == "answered") |
		.device) | sort | join(" ")')" = "$1" ]
}

refusals() {
	local add="ctl route add $SERVERNET" target=${FAR[1]} i many=""

	for ((i = 1; i <= 17; i++)); do
		many="$many ${SERVER}$i"
	done
	on router link add noarp type dummy
	on router link set noarp arp off up
	on router link add alone type dummy
	on router link set alone up
	# shellcheck disable=SC2086 # words
	{
		check_fail "no gateway" "arp asks a gateway" \
			$add dev wan1 check-gateway arp
		check_fail "no link addresses" "no link addresses" \
			$add via "${LAN0}99" dev noarp onlink check-gateway arp
		check_fail "nobody to ping" "add target ADDRESS" \
			ctl "-$F" route add "$SERVERNET" dev alone check-gateway ping
		check_fail "targets of arp" "arp asks the gateway itself" \
			$add via "$target" dev wan1 check-gateway arp target $target
		check_fail "17 targets" "at most 16 targets" \
			$add via "$target" dev wan1 check-gateway ping target $many
		check_fail "twice" "is there twice" $add via "$target" dev wan1 \
			check-gateway ping target $target $target
		check_fail "blackhole" "no gateway to check" \
			ctl route add blackhole "$SERVERNET" check-gateway ping
		check_fail "99ms" "is not a duration" \
			ctl set check-gateway-interval 99ms
		# What is not there may be anything.
		ctl "-$F" route add "$SERVERNET" dev later check-gateway ping
		ctl "-$F" route del "$SERVERNET" dev later
	}
	# What was fine when it was asked for is no reason to refuse something
	# else; an explicit word is.
	on router link set noarp arp on
	# shellcheck disable=SC2086 # words
	{
		$add via "${LAN0}99" dev noarp onlink check-gateway arp
		on router link set noarp arp off
		check_true "another word of it" ctl route set "$SERVERNET" \
			via "${LAN0}99" dev noarp distance 7
		check_true "disable" ctl route disable "$SERVERNET" \
			via "${LAN0}99" dev noarp
		check_fail "enable" "no link addresses" \
			ctl route enable "$SERVERNET" via "${LAN0}99" dev noarp
		ctl route del "$SERVERNET" via "${LAN0}99" dev noarp
	}
	on router link del noarp
	on router link del alone
	check_true "settings" ctl set check-gateway-interval 250ms \
		check-gateway-timeout 2m check-gateway-count 9 \
		check-gateway-up-count 4
	check_json "are shown" "$(ctl -j settings show)" \
		'"\(.check_gateway_interval) \(.check_gateway_timeout) \(.check_gateway_count) \(.check_gateway_up_count)"' \
		"250 120000 9 4"
	check_eq "are saved" "$(ctl save | grep check-gateway-)" \
		"set check-gateway-interval 250ms
set check-gateway-timeout 2m
set check-gateway-count 9
set check-gateway-up-count 4"
}

# A neighbour is asked from an address of the link on which it is, even where
# the kernel knows a better one elsewhere: not everybody answers strangers.
neighbourly() {
	on router -6 address change "${NEAR[3]}/$LEN" dev wan3 preferred_lft 0
	in_ns inet nft -f - <<-END
		table netdev wan3 {
			counter asked { }
			counter strange { }
			chain ears {
				type filter hook ingress device wan3 priority 0
				icmpv6 type nd-neighbor-solicit counter name asked
				icmpv6 type nd-neighbor-solicit ip6 saddr != { ${NEAR[3]}, fe80::/10 } counter name strange
			}
		}
	END
	load_config <<-END
		set check-gateway-interval 100ms
		route add $ANY via ${FAR[3]} dev wan3 check-gateway arp
	END
	check_true "answered" wait_until 30 wan3_is answered alive
	check_true "asked" wait_until 30 counted_more 3 asked 8
	check_eq "from addresses elsewhere" "$(counted 3 strange)" 0
	in_ns inet nft delete table netdev wan3
	on router -6 address change "${NEAR[3]}/$LEN" dev wan3 \
		valid_lft forever preferred_lft forever
}

# Echo requests bear an address of their device, or the route's pref-src.
sourced() {
	local ip=ip6 type="icmpv6 type echo-request"

	[ "$F" = 6 ] || ip=ip type="icmp type echo-request"
	[ "$F" = 4 ] || on router -6 address change "${NEAR[3]}/$LEN" dev wan3 \
		preferred_lft 0
	in_ns inet nft -f - <<-END
		table netdev wan3 {
			counter asked { }
			counter strange { }
			counter preferred { }
			chain ears {
				type filter hook ingress device wan3 priority 0
				$type counter name asked
				$type $ip saddr != ${NEAR[3]} counter name strange
				$type $ip saddr ${LAN10}1 counter name preferred
			}
		}
	END
	load_config <<-END
		set check-gateway-interval 100ms
		route add $ANY via ${FAR[3]} dev wan3 check-gateway ping
	END
	check_true "answered" wait_until 30 wan3_is answered alive
	check_true "asked" wait_until 30 counted_more 3 asked 8
	check_eq "from addresses elsewhere" "$(counted 3 strange)" 0
	# A local address of another device, and the answers come by this one.
	on inet "-$F" route add "${LAN10}1/$HOST" via "${NEAR[3]}" dev wan3
	ctl route set "$ANY" via "${FAR[3]}" dev wan3 pref-src "${LAN10}1"
	check_true "asked from pref-src" wait_until 30 counted_more 3 preferred 8
	check_true "answered" wait_until 30 wan3_is answered alive
	# One that is not the router's is nobody's to ask from.
	ctl route set "$ANY" via "${FAR[3]}" dev wan3 pref-src "${LAN10}77"
	check_true "not sent" wait_until 30 wan3_is unsent alive
	on inet "-$F" route del "${LAN10}1/$HOST" via "${NEAR[3]}" dev wan3
	in_ns inet nft delete table netdev wan3
	[ "$F" = 4 ] || on router -6 address change "${NEAR[3]}/$LEN" dev wan3 \
		valid_lft forever preferred_lft forever
}

# What cannot be asked for its link address any more is told.
noarp() {
	load_config <<-END
		set check-gateway-interval 100ms
		route add $ANY via ${FAR[3]} dev wan3 check-gateway arp
	END
	check_true "answered" wait_until 30 wan3_is answered alive
	on router link set wan3 arp off
	check_true "impossible" wait_until 30 wan3_is impossible alive
	check_true "in words" grep -q "no link addresses to ask for: use ping" \
		<<<"$(ctl nexthop show | tr -s ' \n' ' ')"
	on router link set wan3 arp on
	check_true "answered again" wait_until 30 wan3_is answered alive
}

wan3_is() {
	ctl -j nexthop show | jq -e --arg is "$*" 'any(.device == "wan3" and
		"\(.check_state) \(.state)" == $is)'
}

# Devices come and go under probes.
devices() {
	config ping | load_config
	wait_hop .check_state answered
	on router link set wan1 down
	on router link set wan1 name wan9
	on router link set wan9 up
	wait_hop .state dead
	wait_hop .check_state unsent
	on router link set wan9 down
	on router link set wan9 name wan1
	on router link set wan1 up
	wait_hop .check_state answered
	wan_delete 1
	wait_hop .check_state unsent
	wan_create 1
	hears 1
	wait_hop .check_state answered
	wait_hop .state alive
	check_eq "the path" "$(path)" wan1
}

# The other end of a point-to-point device, without a gateway.
peer() {
	on router link add p2p type ipip local "${NEAR[2]}" remote "${FAR[2]}"
	on router address add 10.99.0.1 peer 10.99.0.2 dev p2p
	on router link set p2p up
	on inet link add p2p type ipip local "${FAR[2]}" remote "${NEAR[2]}"
	on inet address add 10.99.0.2 peer 10.99.0.1 dev p2p
	on inet link set p2p up
	load_config <<-END
		set check-gateway-interval 100ms
		route add default dev p2p check-gateway ping
		route add default via ${GW[2]} dev wan2 distance 2
	END
	check_true "answered" wait_until 30 p2p_is answered alive
	on inet link set p2p down
	check_true "silent" wait_until 30 p2p_is missed dead
	on inet link set p2p up
	check_true "answered again" wait_until 30 p2p_is answered alive
	config ping | load_config
	on router link del p2p
	on inet link del p2p
}

p2p_is() {
	ctl -j nexthop show | jq -e --arg is "$*" 'any(.device == "p2p" and
		"\(.check_state) \(.state)" == $is)'
}

# A namespace and the module go while probes are on their way.
ends() {
	local i

	for i in 1 2; do
		add_ns gone
		add_link inet gone away
		on gone address add 10.77.0.2/24 dev away
		on inet address add 10.77.0.1/24 dev away
		in_ns gone ecmpctl load - <<-END
			set check-gateway-interval 100ms
			route add default via 10.77.0.1 check-gateway ping
			route add 10.0.0.0/8 via 10.77.0.3 check-gateway arp
			route add 11.0.0.0/8 via 10.77.0.4 dev away check-gateway ping
		END
		ip netns del "$ID-gone"
		check_true "the device has gone" \
			wait_until 20 no_device inet away
	done
	for i in 1 2; do
		{
			config arp
			echo "route add $SERVERNET via ${FAR[2]} dev wan2 check-gateway ping"
			echo "route add $NET20 via ${NEAR[3]%2}77 dev wan3 check-gateway ping"
		} | load_config
		wait_hop .check_state answered
		rmmod ecmp
		load_module
		MODULE_USERS=1
	done
	config ping | load_config
	wait_hop .check_state answered
}

no_device() {
	! on "$1" link show dev "$2"
}

# What does not depend on the family is shown once.
run_families \
	setup "a gateway that answers ARP is alive" \
	silent_arp "silent to arp, its link up: left, and back" \
	silent_ping "silent to ping: left, and back" \
	in_time "left within 400 ms, or with a count of 8 within a second" \
	4:lossy "loss alone does not kill" \
	4:damped "it comes back after so many answers in a row" \
	canaries "targets beyond the gateway, any and all, by its path alone" \
	unsent "probes pass by firewalls; one that cannot leave proves nothing" \
	4:reloaded "a load restarts nothing" \
	4:shared "one check a next hop" \
	4:following "what follows the kernel is checked when there is something" \
	4:peer "the other end of a point-to-point device" \
	6:neighbourly "neighbours are asked from an address on their link" \
	sourced "pings bear an address of their device, or pref-src" \
	noarp "where there are no link addresses any more it is told" \
	devices "renamed, deleted, and back" \
	ends "a namespace and the module go with probes in flight" \
	4:refusals "what is refused, and why"
