#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_tests calls the functions
#
# WANs flap under translated connections of both families: the link, the
# gateway's silence, a word of the administrator's; with masquerade and with a
# static SNAT for each WAN, with and without a flowtable. On each wire every
# packet is looked at: none has another source than this WAN's addresses. UDP
# goes on with its next packets, whoever is on another WAN does not notice, and
# when none is left nothing ends.
#
# ECMP_FLAPS=100 (12) is how many there are in all.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

FLAPS=${ECMP_FLAPS:-12}
N=40
HOW=(link silent forced)
FLAPPED=0
declare -A ASK ANSWER TALKS STREAM

setup() {
	local i

	modprobe nf_flow_table
	BOTH=yes
	topology 3
	for i in 1 2 3; do
		on router address add "10.1.$i.50/24" dev "wan$i"
		on router address add "2001:db8:a$i::50/64" dev "wan$i" nodad
	done
	watch
	config
	nat masquerade
	# What comes late to an address of a dead path the router itself may
	# refuse, by another one. Here only what is forwarded counts.
	router nft -f - <<-END
		table inet selftest_own {
			chain out {
				type filter hook output priority 0
				tcp flags rst drop
			}
		}
	END
	check_true "all gateways answer" wait_until 20 all_alive
}

# Link-local sources are neighbour discovery's.
watch() {
	local i

	{
		echo "table netdev watch {"
		for i in 1 2 3; do
			cat <<-END
				counter right$i { }
				counter wrong$i { }
				chain wan$i {
					type filter hook ingress device wan$i priority 0
					ip saddr { 10.1.$i.2, 10.1.$i.50 } counter name right$i accept
					ip6 saddr { 2001:db8:a$i::2, 2001:db8:a$i::50 } counter name right$i accept
					ip6 saddr { fe80::/10, :: } accept
					meta protocol { ip, ip6 } counter name wrong$i
				}
			END
		done
		echo "}"
	} | in_ns inet nft -f -
}

counted() {
	in_ns inet nft -j list counters table netdev watch |
		jq -r --arg word "$1" '[.nftables[] | .counter | select(.) |
			select(.name | startswith($word)) | .packets] | add'
}

config() {
	configuration | load_config
}

configuration() {
	local i f

	echo "set hash-policy l4"
	echo "set hash-seed $SEED"
	echo "set pin connection"
	echo "set check-gateway-interval 100ms"
	echo "set check-gateway-timeout 100ms"
	echo "set check-gateway-count 3"
	echo "table add every"
	for f in 4 6; do
		family "$f"
		for i in 1 2 3; do
			echo "route add $ANY via ${FAR[i]} dev wan$i" \
				"table every check-gateway ping"
		done
	done
	echo "rule add lookup main min-prefix 0"
	echo "rule add lookup every"
}

# nat masquerade|static
nat() {
	local i

	{
		echo "table inet selftest_nat"
		echo "delete table inet selftest_nat"
		echo "table inet selftest_nat { chain out {"
		echo "type nat hook postrouting priority srcnat"
		if [ "$1" = masquerade ]; then
			echo "oifname \"wan*\" masquerade"
		else
			for i in 1 2 3; do
				echo "oifname wan$i snat ip to 10.1.$i.50"
				echo "oifname wan$i snat ip6 to 2001:db8:a$i::50"
			done
		fi
		echo "}"
		echo "}"
	} | router nft -f -
}

flowtable() {
	router nft -f - <<-END
		table inet selftest_flow
		delete table inet selftest_flow
	END
	[ "$1" = on ] || return 0
	router nft -f - <<-END
		table inet selftest_flow {
			flowtable fast {
				hook ingress priority 0
				devices = { lan10, wan1, wan2, wan3 }
			}
			chain forward {
				type filter hook forward priority 0
				ct direction original meta l4proto { tcp, udp } flow add @fast
			}
		}
	END
}

all_alive() {
	wan_state 1 alive && wan_state 2 alive && wan_state 3 alive
}

# --- conversations -------------------------------------------------------

start() {
	local ask answer

	mkfifo "$WORK/$1.ask" "$WORK/$1.answer"
	(
		for ask in "${ASK[@]}"; do
			exec {ask}>&-
		done
		exec python3 -B -E -S "$LIB/udp_echo.py" "$ID" lan10 inet \
			"$N" "$2" <"$WORK/$1.ask" >"$WORK/$1.answer"
	) &
	TALKS[$1]=$!
	exec {ask}>"$WORK/$1.ask" {answer}<"$WORK/$1.answer"
	ASK[$1]=$ask
	ANSWER[$1]=$answer
}

stop() {
	local ask=${ASK[$1]} answer=${ANSWER[$1]}

	exec {ask}>&- {answer}<&-
	unset "ASK[$1]" "ANSWER[$1]"
	wait "${TALKS[$1]}"
	rm "$WORK/$1.ask" "$WORK/$1.answer"
}

# say NAME [SECONDS]: a round, which waits so long. SAID: what came of it.
say() {
	echo >&"${ASK[$1]}" "${2:-}"
	IFS= read -r -t 120 -u "${ANSWER[$1]}" SAID || SAID=silence
}

# seen I: messages in what was said that left by wanI.
seen() {
	tr ' ' '\n' <<<"$SAID" |
		sed -nE "s/^(10\.1\.$1\.|2001:db8:a$1::)(2|50)=//p" |
		awk '{ n += $1 } END { print n + 0 }'
}

# stream 4|6 ADDRESS: a packet each 20 ms, whatever happens, until stream_end.
stream() {
	# Not a function: the signal is ping's.
	ip netns exec "$ID-lan10" ping -n -q -i 0.02 "$2" \
		>"$WORK/stream$1" 2>&1 &
	STREAM[$1]=$!
}

stream_end() {
	kill -INT "${STREAM[$1]}"
	wait "${STREAM[$1]}" || true
	check_num "stream of IPv$1: $(grep received "$WORK/stream$1")" \
		"$(sed -nE 's/.* ([0-9]+) received.*/\1/p' "$WORK/stream$1")" \
		-gt 0
}

# --- flaps ---------------------------------------------------------------

down() {
	case $1 in
	link)
		on router link set "wan$2" down
		;;
	silent)
		# Nothing comes in there any more; what was sent is counted.
		in_ns inet nft -f - <<-END
			table netdev silence {
				chain in {
					type filter hook ingress device wan$2 priority 10
					drop
				}
			}
		END
		;;
	forced)
		ctl nexthop set "10.1.$2.1" dev "wan$2" state dead
		ctl nexthop set "2001:db8:a$2::1" dev "wan$2" state dead
		;;
	esac
	wait_state "$2" dead
}

up() {
	case $1 in
	link)
		on router link set "wan$2" up
		;;
	silent)
		in_ns inet nft delete table netdev silence
		;;
	forced)
		ctl nexthop set "10.1.$2.1" dev "wan$2" state auto
		ctl nexthop set "2001:db8:a$2::1" dev "wan$2" state auto
		;;
	esac
	wait_until 20 wan_state "$2" alive || wait_state "$2" alive
	# A link that has come up may be mute for a moment.
	check_true "wan$2 speaks" wait_until 20 router \
		ping -q -c 1 -W 1 -I "wan$2" "10.1.$2.1"
	check_true "wan$2 speaks IPv6" wait_until 20 router \
		ping -q -c 1 -W 1 -I "wan$2" "2001:db8:a$2::1"
}

# flap HOW I
flap() {
	local before name stayed what="$1 wan$2, flap $FLAPPED"

	family $((FLAPPED % 2 ? 6 : 4))
	traffic family "$F"
	traffic tcp t n=20
	check_eq "$what: TCP is opened, answered" \
		"${R[open]} ${R[answered]}" "20 20"
	traffic round t
	stayed=$((20 - ${R[wan$2]:-0}))
	down "$1" "$2"
	for name in c4 c6; do
		# What is bound ends with one packet. A flowtable's flow may take
		# one more, which finds its route dead.
		say "$name" 0.3
		before=$SAID
		say "$name" 0.3
		say "$name"
		check_eq "$what: $name goes on, not by it (before: $before)" \
			"${SAID%% *} $(seen "$2")" "$N 0"
	done
	traffic round t
	check_num "$what: TCP of the others is answered: $(answer)" \
		"${R[answered]}" -ge "$stayed"
	up "$1" "$2"
	for name in c4 c6; do
		say "$name"
		check_eq "$what: it is back, $name goes on" "${SAID%% *}" "$N"
	done
	traffic close t
	FLAPPED=$((FLAPPED + 1))
}

# flaps UPTO: until there were so many. Between them the conversations begin
# anew, as those that moved stay where they are.
flaps() {
	local name

	stream 4 45.57.94.1
	stream 6 2001:db8:45::1
	start c4 45.57.94.1
	start c6 2001:db8:45::1
	for name in c4 c6; do
		say "$name"
		say "$name"
		check_eq "$name: answered" "${SAID%% *}" "$N"
	done
	while [ "$FLAPPED" -lt "$1" ]; do
		flap "${HOW[FLAPPED % 3]}" $((FLAPPED * 2 % 3 + 1))
		if [ $((FLAPPED % 3)) = 0 ]; then
			stop c4
			stop c6
			start c4 45.57.94.1
			start c6 2001:db8:45::1
			say c4
			say c6
		fi
	done
	stop c4
	stop c6
	stream_end 4
	stream_end 6
	clean
}

clean() {
	local right

	right=$(counted right)
	check_num "packets were counted" "$right" -gt $((N * FLAPPED))
	check_eq "none of $right with another source" "$(counted wrong)" 0
	[ "$(counted wrong)" = 0 ] ||
		diag "$(in_ns inet nft list table netdev watch)"
}

masqueraded() { flaps $((FLAPS / 4)); }

masqueraded_offloaded() {
	flowtable on
	flaps $((FLAPS / 2))
}

static_offloaded() {
	nat static
	flaps $((FLAPS * 3 / 4))
}

static() {
	flowtable off
	flaps "$FLAPS"
}

# When all are dead nothing ends: who returns finds its connections.
none_left() {
	local i name before after

	router conntrack -F 2>/dev/null
	start c4 45.57.94.1
	start c6 2001:db8:45::1
	for name in c4 c6; do
		say "$name"
		say "$name"
		before+="$SAID "
	done
	for i in 1 2 3; do
		down forced "$i"
	done
	for name in c4 c6; do
		say "$name" 0.3
		check_eq "$name: nobody is answered" "$SAID" "0 answered"
	done
	for i in 1 2 3; do
		ctl nexthop set "10.1.$i.1" dev "wan$i" state auto
		ctl nexthop set "2001:db8:a$i::1" dev "wan$i" state auto
	done
	for name in c4 c6; do
		say "$name"
		after+="$SAID "
	done
	# Whose uplink came later than the first has not sent meanwhile.
	check_eq "all go on where they were" "$after" "$before"
	stop c4
	stop c6
	clean
}

# Where connections go back at once, those of a flowtable do.
hard_offloaded() {
	local name before

	flowtable on
	nat masquerade
	ctl table set every failback hard
	start c4 45.57.94.1
	start c6 2001:db8:45::1
	for name in c4 c6; do
		say "$name"
		say "$name"
		before=$(seen 3)
		check_num "$name: some by wan3" "$before" -gt 0
		down forced 3
		say "$name" 0.3
		say "$name" 0.3
		say "$name"
		check_eq "$name: answered, by wan3" \
			"${SAID%% *} $(seen 3)" "$N 0"
		up forced 3
		say "$name" 0.3
		say "$name" 0.3
		say "$name"
		check_eq "$name: home" "${SAID%% *} $(seen 3)" "$N $before"
	done
	stop c4
	stop c6
	clean
}

# A flowtable's flow by a VLAN knows frames, and no route that could tell it
# that the WAN is dead.
vlan_offloaded() {
	local before name ns end

	for ns in router inet; do
		end=$([ "$ns" = router ] && echo 2 || echo 1)
		on "$ns" link add link wan3 name wan7 type vlan id 7
		on "$ns" address add "10.1.7.$end/24" dev wan7
		on "$ns" address add "2001:db8:a7::$end/64" dev wan7 nodad
		on "$ns" link set wan7 up
	done
	configuration | sed "s/10\.1\.3\.1 dev wan3/10.1.7.1 dev wan7/
		s/a3::1 dev wan3/a7::1 dev wan7/" | load_config
	check_true "its gateways answer" wait_until 20 wan_state 7 alive
	start c4 45.57.94.1
	start c6 2001:db8:45::1
	for name in c4 c6; do
		say "$name"
		say "$name"
		say "$name"
		before=$(seen 7)
		check_num "$name: some by wan7" "$before" -gt 0
	done
	check_num "they are in the flowtable" "$(router conntrack -L 2>/dev/null |
		grep -c OFFLOAD)" -gt 0
	ctl nexthop set 10.1.7.1 dev wan7 state dead
	ctl nexthop set 2001:db8:a7::1 dev wan7 state dead
	for name in c4 c6; do
		check_true "$name: goes on, not by it" wait_until 20 left "$name"
	done
	stop c4
	stop c6
}

left() {
	say "$1" 0.3
	[ "${SAID%% *} $(seen 7)" = "$N 0" ]
}

run_tests \
	setup "the network is there" \
	masqueraded "masquerade" \
	masqueraded_offloaded "masquerade, with a flowtable" \
	static_offloaded "static SNAT, with a flowtable" \
	static "static SNAT" \
	none_left "nothing ends while none lives" \
	hard_offloaded "failback hard, with a flowtable" \
	vlan_offloaded "a VLAN dies under a flowtable"
