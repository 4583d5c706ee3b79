#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_tests calls the functions
#
# The connections that are pinned, seen from the command line: the numbers of
# their uplinks, the list of them, how they are ended, and where one goes and
# why.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

N=45

setup() {
	topology 3
	config | load_config
	masquerade
	[ "$F" = 4 ] || set_sysctl inet net/ipv6/ip_nonlocal_bind=1
	# Others keep something in the same word.
	router nft -f - <<-END
		table $IP others {
			chain in {
				type filter hook prerouting priority mangle
				ct state new ct mark set ct mark or 0xab0000cd
			}
		}
	END
}

config() {
	tutorial 3
	echo "set pin connection"
}

opened() {
	router conntrack -F 2>/dev/null
	traffic tcp c n="$N"
	check_eq "opened, answered" "${R[open]} ${R[answered]}" "$N $N"
	traffic round c as=before
	check_num "by each WAN" $((${R[wan1]:-0} * ${R[wan2]:-0} *
		${R[wan3]:-0})) -gt 0
}

# pin_of I: the number of wanI.
pin_of() {
	ctl -j nexthop show | jq ".[] | select(.uplink and
		.device == \"wan$1\") | .pin_id"
}

# fix I N
fix() {
	ctl nexthop set "${GW[$1]}" dev "wan$1" pin-id "$2"
}

stays() {
	traffic round c as=after
	check_eq "$1: answered" "${R[answered]} ${R[mixed]}" "$N 0"
	check_eq "$1: no wire carries another's address" \
		"${R[sources_wan1]} ${R[sources_wan2]} ${R[sources_wan3]}" \
		"${NEAR[1]} ${NEAR[2]} ${NEAR[3]}"
	traffic diff before after
	check_eq "$1: none moved" "${R[same]}" "$N"
}

# Who has a fixed number gets it, whoever had it, and no connection goes by the
# number of another's.
pin_ids() {
	local old

	opened
	old=$(pin_of 2)
	fix 1 "$old"
	check_eq "wan1 has it" "$(pin_of 1)" "$old"
	check_num "wan2 has another" "$(pin_of 2)" -ne "$old"
	check_eq "no connection remembers what changed" \
		"$(marked "$old")" 0
	# Another seed, so that only what they remember keeps them.
	ctl set hash-seed $((SEED + 1))
	stays "a number changes hands"
	check_num "and they remember again" "$(marked "$old")" -gt 0
	fix 1 "$(pin_of 3)"
	fix 3 200
	ctl set hash-seed $((SEED + 2))
	stays "twice"
	traffic close c
	check_fail "a fixed one is not taken" \
		"\"200\": another next hop has this pin-id" fix 2 200
	check_fail "its owner is named" \
		"pin-id 200 is that of ${GW[3]} dev wan3" fix 2 200
	check_true "shown" eval 'ctl nexthop show | grep -q "wan3 .* 200 "'
	check_json "and in JSON" "$(ctl -j nexthop show)" \
		'map(select(.uplink) | "\(.device) \(.pin_fixed)") |
			sort | join(", ")' "wan1 true, wan2 false, wan3 true"
	fix 3 auto
	check_json "it keeps what it has" "$(ctl -j nexthop show)" \
		'.[] | select(.uplink and .device == "wan3") |
			"\(.pin_id) \(.pin_fixed)"' "200 false"
	fix 2 200
	check_num "until another needs it" "$(pin_of 3)" -ne 200
	# Of one that is gone connections are still there.
	config | load_config
	opened
	old=$(pin_of 3)
	config | sed "/dev wan3/d" | load_config
	check_num "they remember it" "$(marked "$old")" -gt 0
	fix 1 "$old"
	check_eq "until it is another's" "$(marked "$old")" 0
	traffic close c
	config | load_config
	opened
	old=$(pin_of 3)
	config | sed "/dev wan3/d" | load_config
	{
		config | sed "/dev wan[23]/d"
		echo "route add $ANY via ${FAR[2]%1}9 dev wan2"
		echo "nexthop set ${FAR[2]%1}9 dev wan2 pin-id $old"
	} | load_config
	check_eq "or that of a new one" "$(pin_of 2) $(marked "$old")" "$old 0"
	traffic close c
	config | load_config
}

# All numbers were somebody's: the next one gets one that connections have
# forgotten, and no stranger's.
pins_reused() {
	local old

	{
		config
		echo "set pin-mask 0x300"
	} | load_config
	opened
	old=$(pin_of 3)
	check_num "they remember it" "$(marked "$old")" -gt 0
	{
		config | sed "/dev wan3/d"
		echo "set pin-mask 0x300"
		echo "route add $ANY via ${FAR[1]%1}9 dev wan1 distance 9"
	} | load_config
	# That goes a moment after the load.
	check_true "it has the number of one that is gone" \
		wait_until 10 has_pin "${FAR[1]%1}9" "$old"
	check_eq "none remembers it" "$(marked "$old")" 0
	check_num "but those of others" $(($(marked "$(ctl -j nexthop show |
		jq '.[] | select(.device == "wan2" and .uplink) | .pin_id')"))) -gt 0
	traffic close c
	config | load_config
}

# has_pin GATEWAY N
has_pin() {
	ctl -j nexthop show | jq -e --arg gateway "$1" --argjson n "$2" \
		'any(.[]; .gateway == $gateway and .pin_id == $n)' >/dev/null
}

# The first packet of a connection is on its way when numbers change hands.
held() {
	local asked answer line old

	mkfifo "$WORK/ask.$F" "$WORK/answer.$F"
	router python3 -B -E -S "$LIB/nfqueue.py" 5 \
		<"$WORK/ask.$F" >"$WORK/answer.$F" &
	exec {asked}>"$WORK/ask.$F" {answer}<"$WORK/answer.$F"
	read -r -t 20 -u "$answer" line
	check_eq "the holder is there" "$line" ready
	router nft -f - <<-END
		table $IP hold {
			chain hold {
				type filter hook forward priority 0
				udp dport 4433 queue num 5
			}
		}
	END
	router conntrack -F 2>/dev/null
	traffic flows m n=30 dport=4433
	check_eq "none passes" "${R[got]}" 0
	echo "hold 30" >&"$asked"
	read -r -t 20 -u "$answer" line
	check_eq "held" "$line" "held 30"
	old=$(pin_of 3)
	fix 1 "$old"
	echo accept >&"$asked"
	read -r -t 20 -u "$answer" line
	check_eq "they may go" "$line" released
	exec {asked}>&- {answer}<&-
	wait $!
	router nft delete table "$IP" hold
	check_eq "none goes by the number of another's" \
		"$(router conntrack -L -f "ipv$F" -p udp --reply-dst "${NEAR[3]}" \
			--mark "$((old << 8))/$((0xff00))" 2>/dev/null | wc -l)" 0
	traffic flows n n=30 dport=4433
	check_eq "the next ones pass" "${R[got]}" 30
	config | load_config
}

# marked N: connections that remember this number.
marked() {
	router conntrack -L -f "ipv$F" -p tcp \
		--mark "$(($1 << 8))/$((0xff00))" 2>/dev/null | wc -l
}

pins_saved() {
	local saved

	config | load_config
	fix 1 7
	fix 2 9
	ctl nexthop set "${FAR[1]%1}77" dev wan9 pin-id 8
	check_json "one that no route uses" "$(ctl -j nexthop show)" \
		'.[] | select(.device == "wan9") |
			"\(.pin_id) \(.pin_fixed) \(.routes) \(.uplink)"' \
		"8 true 0 false"
	saved=$(ctl save)
	check_output "saved" "$(printf 'nexthop set %s dev %s\n' \
		"${GW[1]}" "wan1 pin-id 7" "${GW[2]}" "wan2 pin-id 9" \
		"${FAR[1]%1}77" "wan9 pin-id 8" | sort)" \
		eval 'ctl save | grep ^nexthop | sort'
	check_fail "too narrow a mask" "a pin-id that does not fit" \
		ctl set pin-mask 0x700
	check_fail "none at all" "a pin-id that does not fit" \
		ctl set pin-mask 0
	ctl set pin-mask 0xf0000
	check_eq "numbered anew, but for the fixed ones" \
		"$(pin_of 1) $(pin_of 2)" "7 9"
	check_fail "no room in four bits" \
		"\"16\": the pin-mask has no room for this pin-id" fix 3 16
	config | load_config
	check_json "what a file does not fix is not" "$(ctl -j nexthop show)" \
		'map(select(.pin_fixed)) | length' 0
	load_config <<<"$saved"
	check_eq "loaded" "$(pin_of 1) $(pin_of 2)" "7 9"
	check_output "the same bytes" "$saved" ctl save
	load_config <<<"$saved"
	check_eq "and again" "$(pin_of 1) $(pin_of 2)" "7 9"
	check_fail "one number, two next hops" "config:$(($(wc -l <<<"$saved") +
		1)): \"7\": another next hop has this pin-id" load_config <<-END
		$saved
		nexthop set ${GW[3]} dev wan3 pin-id 7
	END
	check_fail "a mask without room" 'does not fit' load_config <<-END
		$saved
		set pin-mask 0x700
	END
	check_fail "a state is not for files" "no part of a configuration" \
		load_config <<<"nexthop set ${GW[1]} dev wan1 state dead"
	check_output "nothing was changed" "$saved" ctl save
	# In a file the fixed ones change places while connections live.
	config | load_config
	opened
	{
		config
		echo "nexthop set ${GW[1]} dev wan1 pin-id $(pin_of 2)"
		echo "nexthop set ${GW[2]} dev wan2 pin-id $(pin_of 3)"
		echo "nexthop set ${GW[3]} dev wan3 pin-id $(pin_of 1)"
		echo "set hash-seed $((SEED + 1))"
	} | load_config
	stays "they change places"
	traffic close c
	config | load_config
}

# flows FILTER [WORD...]: of what "flow list" tells.
flows() {
	local filter=$1
	shift

	ctl -j flow list "$@" | jq -r "$filter"
}

# As the wires have it, with the addresses on both sides of the translation.
listed() {
	local i by=

	opened
	traffic tcp l n=20 server=lan20 dst="${LAN20}100" at=lan20
	check_eq "from LAN to LAN" "${R[answered]}" 20
	traffic round c
	for i in 1 2 3; do
		by+="wan$i ${GW[i]} ${NEAR[i]} ${R[wan$i]:-0} "
	done
	check_eq "all but those that go to no uplink" "$(flows 'length')" "$N"
	check_eq "each by its uplink, as its address" \
		"$(flows 'group_by(.device) | map(map("\(.device) \(.gateway) " +
			.translated_src) | "\(unique | join(",")) \(length) ") |
			add')" "$by"
	check_eq "as they were opened" "$(flows 'map("\(.family) \(.ipproto) " +
		"\(.src) \(.dst) \(.dport) \(.state) \(.uplink_state) " +
		"\(.offloaded)") | unique | join(",")')" \
		"ipv$F tcp ${LAN10}5 $WORLD 80 established alive false"
	check_eq "ports and timeouts" "$(flows 'map(select(.sport > 0 and
		.translated_sport > 0 and .timeout > 60)) | length')" "$N"
	for i in 1 2 3; do
		check_eq "of wan$i" "$(flows 'map(.device) | unique | join(",")' \
			dev "wan$i" via "${GW[i]}") $(flows length dev "wan$i")" \
			"wan$i ${R[wan$i]}"
		check_eq "number of wan$i" "$(ctl -j -s flow list |
			jq ".[] | select(.device == \"wan$i\") | .flows")" \
			"${R[wan$i]}"
	done
	check_eq "from, to" "$(flows length from "$NET10" to "$WORLD")" "$N"
	check_eq "from others" "$(flows length from "$NET20")" 0
	check_eq "to others" "$(flows length dev wan1 to "$SERVERNET")" 0
	check_eq "of the other family" \
		"$(ctl "-$((10 - F))" -j flow list | jq length)" 0
	check_eq "a line each" "$(ctl flow list | grep -c "^tcp ")" "$N"
	check_eq "a word in each column" "$(ctl flow list dev wan1 |
		awk 'NR > 1 { print NF }' | sort -u)" 9
	ctl nexthop set "${GW[2]}" dev wan2 state dead
	check_eq "of a dead one" "$(flows 'map("\(.uplink_state) \(.reason)") |
		unique | join(",")' dev wan2)" "dead forced"
	ctl nexthop set "${GW[2]}" dev wan2 state auto
	config | sed '/dev wan2/s/$/ disabled/' | load_config
	check_eq "of one that has no enabled route" \
		"$(flows 'map(.uplink_state) | unique | join(",")' dev wan2)" \
		unused
	config | load_config
	traffic close l
	traffic close c
}

# ids DEVICE...: the kernel's ids of their connections, by their addresses.
ids() {
	local i

	for i; do
		router conntrack -L -o id -f "ipv$F" -p tcp \
			--reply-dst "${NEAR[${i#wan}]}" 2>/dev/null
	done | sed -n 's/.* id=//p' | sort
}

evicted() {
	local others n

	opened
	n=${R[wan2]}
	others=$(ids wan1 wan3)
	check_fail "all" "say which connections are to end" ctl flow evict
	check_eq "none of the other family" \
		"$(ctl "-$((10 - F))" flow evict from default)" \
		"no such connection is pinned: nothing ended"
	check_eq "told" "$(ctl flow evict dev wan2)" \
		"$n connections of ${GW[2]} dev wan2 ended"
	check_eq "they are gone" "$(ids wan2)" ""
	check_eq "no other is" "$(ids wan1 wan3)" "$others"
	traffic close c
	# Without translation they may go on by another path.
	router nft delete table "$IP" selftest_nat
	opened
	n=${R[wan2]}
	config | sed "/dev wan2 table ecmp/d" | load_config
	traffic round c
	check_eq "they still take it" "${R[answered]} ${R[wan2]}" "$N $n"
	check_json "told in JSON" "$(ctl -j flow evict dev wan2)" \
		'map("\(.device) \(.gateway) \(.evicted)") | join(",")' \
		"wan2 ${GW[2]} $n"
	traffic round c
	traffic round c as=after
	check_eq "they begin anew by others" "${R[answered]} ${R[wan2]:-0}" \
		"$N 0"
	traffic diff before after
	check_eq "which stay where they were" \
		"${R[stayed_wan1]} ${R[stayed_wan3]} ${R[moved]}" \
		"${R[stayed_wan1]} ${R[stayed_wan3]} $n"
	config | load_config
	# By prefix, of several clients.
	traffic tcp d n="$N" client=lan20 dport=8080
	check_eq "told of a prefix" \
		"$(ctl flow evict from "$NET20" dev wan1 | grep -o ".*ons of") \
$(ctl -j flow evict from "$NET20" | jq 'map(.evicted) | add')" \
		"${R[wan1]} connections of $((N - R[wan1]))"
	check_eq "others stay" "$(flows length from "$NET10")" "$N"
	check_eq "of the prefix none" "$(flows length from "$NET20")" 0
	check_eq "to one that nobody spoke to" "$(ctl flow evict to \
		"${SERVER}7")" "no such connection is pinned: nothing ended"
	traffic close d
	traffic close c
	masquerade
}

# Two gateways of one device.
neighbours() {
	local second=${FAR[1]%1}9 first

	on inet address add "$second/$LEN" dev wan1
	{
		config
		echo "route add $ANY via $second dev wan1 table ecmp"
	} | load_config
	opened
	first=$(flows length dev wan1 via "${GW[1]}")
	check_eq "those of both" "$((first + $(flows length dev wan1 \
		via "$second")))" "${R[wan1]}"
	check_num "the second has some" "$first" -lt "${R[wan1]}"
	check_eq "the second's end" "$(ctl flow evict dev wan1 via "$second")" \
		"$((R[wan1] - first)) connections of $second dev wan1 ended"
	check_eq "the first's stay" "$(flows length dev wan1)" "$first"
	check_fail "a third" "no uplink ${FAR[1]%1}8 dev wan1" \
		ctl flow evict dev wan1 via "${FAR[1]%1}8"
	traffic close c
	config | load_config
	on inet address del "$second/$LEN" dev wan1
}

offloaded() {
	local n

	router nft -f - <<-END
		table inet selftest_fast {
			flowtable f {
				hook ingress priority 0
				devices = { lan10, wan1, wan2, wan3 }
			}
			chain forward {
				type filter hook forward priority 0
				ct direction original ct state established flow add @f
			}
		}
	END
	opened
	n=${R[wan2]}
	check_true "they are offloaded" wait_until 10 all_offloaded
	check_eq "told" "$(ctl flow evict dev wan2)" \
		"$n connections of ${GW[2]} dev wan2 ended"
	check_eq "they are gone" "$(ids wan2)" ""
	check_eq "the others are not" "$(flows length)" "$((N - n))"
	router nft delete table inet selftest_fast
	traffic close c
}

all_offloaded() {
	[ "$(flows 'map(select(.offloaded)) | length')" = "$N" ]
}

# ask PACKET JQ-FILTER: of what "get flow" tells.
ask() {
	# shellcheck disable=SC2086 # words
	ctl -j get flow $1 | jq -r "$2"
}

# says WHAT PACKET RESULT [PATH]: what came of the pin, and where it goes.
says() {
	check_eq "$1" "$(ask "$2" \
		'"\(.pin.result) \(.pin.reason) \(.verdict) \(.device)"')" "$3"
}

explained() {
	local c there back pinned="followed null forward wan2"

	opened
	c=$(flows '.[0] | "\(.sport) \(.translated_sport)"' dev wan2)
	there="$WORLD from ${LAN10}5 ipproto tcp sport ${c% *} dport 80"
	back="${NEAR[2]} from $WORLD ipproto tcp sport 80 dport ${c#* }"
	says "it is followed" "$there" "$pinned"
	check_eq "where it comes in, by which gateway" \
		"$(ask "$there" '"\(.iif) \(.gateway) \(.pin.gateway)"')" \
		"lan10 ${GW[2]} ${GW[2]}"
	# shellcheck disable=SC2086 # words
	check_true "in words" eval "ctl get flow $there | grep -qx \
		'because the connection is pinned to ${GW[2]} dev wan2 (pin-id $(pin_of 2))'"
	check_eq "one path is chosen, that one" "$(ask "$there" \
		'[.paths[] | select(.chosen) | .device] | join(",")')" wan2
	ctl set hash-seed $((SEED + 1))
	says "with another seed" "$there" "$pinned"
	ctl set hash-seed $((SEED + 2))
	says "and another" "$there" "$pinned"
	ctl set hash-seed "$SEED"
	says "the answer, to a LAN" "$back" "no-uplink null forward lan10"
	check_eq "as the rules see it" "$(ask "$back" '"\(.iif) \(.dst)"')" \
		"wan2 ${LAN10}5"
	ctl rule add to "$WORLD" drop comment first before 0
	says "a rule drops it" "$there" "verdict null drop null"
	ctl rule del first
	ctl rule add to "$WORLD" native comment first before 0
	says "a rule leaves it to the kernel" "$there" \
		"verdict null native null"
	ctl rule del first
	ctl set pin none
	check_eq "pins are not followed" "$(ask "$there" .pin.result)" off
	check_eq "but where it goes" "$(ask "$there" .device)" \
		"$(ctl -j get "$WORLD" from "${LAN10}5" iif lan10 ipproto tcp \
			sport "${c% *}" dport 80 | jq -r .device)"
	ctl set pin connection
	ctl nexthop set "${GW[2]}" dev wan2 state dead
	says "dead: it ends, with its address" "$there" "ends forced drop null"
	check_true "in words" eval "ctl get flow $there | \
		grep -q 'dev wan2 (pin-id .*but cannot use it.* ends (forced dead)'"
	ctl nexthop set "${GW[2]}" dev wan2 state auto
	config | sed '/dev wan2/s/$/ disabled/' | load_config
	says "disabled" "$there" "ends disabled drop null"
	config | load_config
	says "as before" "$there" "$pinned"
	# They do what was told.
	traffic round c as=after
	traffic diff before after
	check_eq "the packets agree" "${R[same]}" "$N"
	router conntrack -D -f "ipv$F" -p tcp --sport "${c% *}" \
		>/dev/null 2>&1
	# shellcheck disable=SC2086 # words
	check_fail "it is gone" "there is no such connection" ctl get flow $there
	traffic close c
	own_answers
}

own_answers() {
	local sport

	traffic tcp p n=1 client=inet server=router at=router dport=8099 \
		src="${SERVER}1" dst="${NEAR[3]}"
	check_eq "one came to the router" "${R[answered]}" 1
	sport=$(flows '.[0].sport' to "${NEAR[3]}")
	says "the router answers by the same path" "${SERVER}1 from ${NEAR[3]}
		ipproto tcp sport 8099 dport $sport" \
		"followed null forward wan3"
	ctl rule add iif lo drop comment first before 0
	says "before any rule" "${SERVER}1 from ${NEAR[3]}
		ipproto tcp sport 8099 dport $sport" \
		"followed null forward wan3"
	ctl set pin-mask 0
	says "without pins, by its address" "${SERVER}1 from ${NEAR[3]}
		ipproto tcp sport 8099 dport $sport" "off null forward wan3"
	ctl nexthop set "${GW[3]}" dev wan3 state dead
	says "nobody's: as the kernel has it" "${SERVER}1 from ${NEAR[3]}
		ipproto tcp sport 8099 dport $sport" "off null native null"
	ctl nexthop set "${GW[3]}" dev wan3 state auto
	ctl set pin-mask 0xff00
	says "what comes to it is not decided" "${NEAR[3]} from ${SERVER}1
		ipproto tcp sport $sport dport 8099" "verdict null native null"
	ctl rule del first
	traffic close p
}

# Without address translation they move.
moved() {
	local c there

	router nft delete table "$IP" selftest_nat
	opened
	c=$(flows '.[0].sport' dev wan2)
	there="$WORLD from ${LAN10}5 ipproto tcp sport $c dport 80"
	ctl nexthop set "${GW[2]}" dev wan2 state dead
	check_eq "it moves" "$(ask "$there" \
		'"\(.pin.result) \(.pin.reason) \(.verdict) \(.device != "wan2")"')" \
		"unusable forced forward true"
	ctl nexthop set "${GW[2]}" dev wan2 state auto
	traffic tcp l n=1 server=lan20 dst="${LAN20}100" at=lan20 dport=8081
	c=$(router conntrack -L -f "ipv$F" -p tcp --dport 8081 2>/dev/null |
		grep -o 'sport=[0-9]*' | sed -n '1s/.*=//p')
	says "from LAN to LAN" "${LAN20}100 from ${LAN10}5 ipproto tcp
		sport $c dport 8081" "no-uplink null forward lan20"
	traffic close l
	traffic close c
	masquerade
}

refusals() {
	local modprobe command as="setpriv --reuid 65534 --regid 65534 --clear-groups"

	check_fail "no such uplink" "there is no uplink by wan9" \
		ctl flow list dev wan9
	check_fail "a LAN is none" "there is no uplink by lan10" \
		ctl flow evict dev lan10
	# shellcheck disable=SC2086 # words
	check_fail "anybody" "an administrator only: this needs CAP_NET_ADMIN" \
		router $as ecmpctl flow list
	# shellcheck disable=SC2086 # words
	check_fail "anybody asks" "an administrator only" router $as ecmpctl \
		get flow "$WORLD" from "${LAN10}5" ipproto udp sport 1 dport 2
	modprobe=$(cat /proc/sys/kernel/modprobe)
	echo /bin/false >/proc/sys/kernel/modprobe
	for command in "flow list" "flow list dev wan1" "flow evict dev wan1" \
		"get flow $WORLD from ${LAN10}5 ipproto gre"; do
		check_true "it can go" wait_until 10 unload nf_conntrack_netlink
		# shellcheck disable=SC2086 # words
		check_fail "$command without it" \
			"modprobe nf_conntrack_netlink" ctl $command
	done
	echo "$modprobe" >/proc/sys/kernel/modprobe
	check_true "with it" ctl flow list
	ctl set pin-mask 0
	check_fail "no pins" "pin-mask is 0" ctl flow list
	ctl set pin-mask 0xff00
	# The namespace ends with one that is fixed.
	fix 1 7
	ctl nexthop set dev wan9 pin-id 8
}

unload() {
	[ ! -d "/sys/module/$1" ] || rmmod "$1"
}

run_families \
	setup "the network is there" \
	pin_ids "a fixed pin-id wins, and mixes up no connections" \
	pins_reused "a number is nobody else's while it is remembered" \
	held "nor brought back by what was held" \
	pins_saved "pin-ids are saved and loaded" \
	listed "flow list tells what is pinned" \
	evicted "flow evict ends what is named, and nothing else" \
	neighbours "several uplinks of one device" \
	offloaded "offloaded connections end, too" \
	explained "get flow tells where one goes, and why" \
	moved "what is not translated moves" \
	refusals "what cannot be done is told"
