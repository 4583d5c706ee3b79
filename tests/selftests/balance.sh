#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_tests calls the functions
#
# Tables that do not balance by hash: packets by chance and in turn, connections
# in turn. Packets are counted on the wires. What is translated stays on its
# wire, which carries its own WAN's addresses only.
#
# Each CPU takes its turns for itself: traffic comes from one.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

N=60

setup() {
	topology 3
	taskset -cp 0 "$TRAFFIC_PID" >/dev/null
	watch
	config hash 1 1 1 | load_config
	# Neighbours are known afterwards.
	traffic flows m n=60
	check_flows "by hash"
}

# config BALANCE WEIGHT...: a table ecmp with a path of each weight.
config() {
	local balance=$1 i=0 weight
	shift

	echo "set hash-policy l4"
	echo "set hash-seed $SEED"
	echo "set pin connection"
	echo "table add ecmp balance $balance"
	for weight; do
		i=$((i + 1))
		echo "route add $ANY via ${GW[i]} dev wan$i table ecmp" \
			"weight $weight"
	done
	echo "rule add from $LANS lookup ecmp"
	echo "rule add iif lo lookup ecmp"
}

# Counters of the datagrams and SYNs on the wires, and of those with a foreign
# source, which is any but host 50 of the WAN's network.
watch() {
	local i

	in_ns inet nft -f - <<-END
		table netdev wires
		delete table netdev wires
		table netdev wires {
			$(for i in 1 2 3; do
				echo "counter w$i { }"
				echo "counter syn$i { }"
				echo "counter foreign$i { }"
				echo "chain c$i { type filter hook ingress device wan$i priority 0;"
				echo "udp dport 4433 counter name w$i"
				echo "tcp flags & (syn | ack) == syn counter name syn$i"
				echo "$IP saddr != ${NEAR[i]%2}50 meta l4proto { tcp, udp } th dport { 80, 4433 } counter name foreign$i"
				echo "}"
			done)
		}
	END
}

forget() {
	in_ns inet nft reset counters table netdev wires >/dev/null
}

# wires NAME: "PACKETS PACKETS PACKETS".
wires() {
	in_ns inet nft -j list counters table netdev wires |
		jq -r --arg name "$1" '[.nftables[].counter // empty |
			select(.name | startswith($name)) | .packets] |
			map(tostring) | join(" ")'
}

# sends FLOWS ROUNDS: so many datagrams, none of which is lost.
sends() {
	forget
	traffic flows m "n=$1" "rounds=$2" sport=1024-9999
	check_eq "$1 flows, $2 packets of each arrive" "${R[got]}" $(($1 * $2))
}

# in_turn WHAT W1 W2 W3: the shares are exact, of few packets of one flow and of
# many.
in_turn() {
	local what=$1 sum=$(($2 + $3 + $4)) n
	shift

	sends 1 $((sum * 3))
	check_eq "$what: one flow" "$(wires w)" "$(($1 * 3)) $(($2 * 3)) $(($3 * 3))"
	sends 40 $((sum * 2))
	n=80
	check_eq "$what: many" "$(wires w)" "$(($1 * n)) $(($2 * n)) $(($3 * n))"
}

# paths: how many packets each path has counted, "PACKETS PACKETS PACKETS".
paths() {
	ctl -j nexthop show | jq -r --args '. as $all |
		[$ARGS.positional[] as $gateway | $all[] |
		select(.gateway == $gateway) | .packets | tostring] |
		join(" ")' "${GW[@]:1:3}"
}

# subtract "A B C" "X Y Z": "A-X B-Y C-Z".
subtract() {
	awk '{ print $1 - $4, $2 - $5, $3 - $6 }' <<<"$1 $2"
}

turns() {
	local before

	conntrack off
	# The first table that takes any: they are dealt only then.
	config hash 2 1 1 | load_config
	ctl table set ecmp balance round-robin
	in_turn "no longer by the hash" 2 1 1
	config round-robin 1 1 1 | load_config
	in_turn "1:1:1" 1 1 1
	config round-robin 2 1 1 | load_config
	in_turn "2:1:1" 2 1 1
	config round-robin 100 200 200 | load_config
	in_turn "100:200:200" 1 2 2
	# A cycle of more turns than there are buckets: to one of these.
	config round-robin 256 255 | load_config
	sends 8 64
	check_eq "256:255" "$(wires w)" "256 256 0"
	conntrack on
	config round-robin 2 1 1 | load_config
	before=$(paths)
	in_turn "2:1:1, tracked" 2 1 1
	check_eq "the table has counted them" \
		"$(ctl -j table show | jq '.[] | select(.name == "ecmp") |
			.packets')" $((12 + 320))
	check_eq "the paths have counted them" "$(subtract "$(paths)" \
		"$before")" "166 83 83"
	conntrack notrack
	in_turn "2:1:1, not tracked" 2 1 1
	conntrack off
}

# likely WHAT N W1 W2 W3: N packets fell as the weights say, to five sigmas.
likely() {
	local what=$1 n=$2 sum=$(($3 + $4 + $5)) got w i=0
	shift 2

	read -r -a got <<<"$(wires w)"
	for w; do
		awk -v n="$n" -v w="$w" -v sum="$sum" -v got="${got[i]}" 'BEGIN {
			off = got - n * w / sum
			exit !(off * off <= 25 * n * w / sum * (1 - w / sum))
		}' || fail "$what: wan$((i + 1)): ${got[i]} of $n for $w of $sum"
		i=$((i + 1))
	done
}

chance() {
	local i exact=0

	conntrack off
	config per-packet 1 1 1 | load_config
	sends 40 50
	likely "1:1:1" 2000 1 1 1
	config per-packet 5 2 1 | load_config
	sends 1 1000
	likely "5:2:1, one flow" 1000 5 2 1
	check_eq "it is on several wires" "${R[mixed]}" 1
	# By chance, not in turn: one round of fourteen would look so.
	config per-packet 2 1 1 | load_config
	for i in {1..6}; do
		sends 12 1
		[ "$(wires w)" != "6 3 3" ] || exact=$((exact + 1))
	done
	check_num "rounds that are exact" $exact -lt 6
	conntrack on
	config per-packet 2 1 1 | load_config
	sends 40 50
	likely "2:1:1, tracked" 2000 2 1 1
	conntrack off
}

# opened WHAT W1 W2 W3: N new connections fall exactly so, and stay.
opened() {
	local what=$1 sum=$(($2 + $3 + $4))
	shift

	router conntrack -F 2>/dev/null
	forget
	traffic tcp c n="$N"
	check_eq "$what: opened, answered, by two paths" \
		"${R[open]} ${R[answered]} ${R[mixed]}" "$N $N 0"
	check_eq "$what: connections" \
		"${R[wan1]:-0} ${R[wan2]:-0} ${R[wan3]:-0}" \
		"$((N * $1 / sum)) $((N * $2 / sum)) $((N * $3 / sum))"
	traffic round c as=before
}

# stays WHAT: all their packets are on the wires that they began on.
stays() {
	traffic round c rounds=3 as=after
	check_eq "$1: answered, by two paths" "${R[answered]} ${R[mixed]}" "$N 0"
	traffic diff before after
	check_eq "$1: none moved" "${R[same]}" "$N"
}

connections() {
	conntrack on
	config round-robin-flow 1 1 1 | load_config
	opened "1:1:1" 1 1 1
	stays "1:1:1"
	traffic close c
	config round-robin-flow 3 2 1 | load_config
	opened "3:2:1" 3 2 1
	ctl set hash-seed $((SEED + 1))
	stays "another seed"
	config round-robin-flow 1 1 1 | load_config
	stays "other weights"
	traffic close c
	# What is not tracked, and has no pin to follow, goes by the hash.
	by_hash "without conntrack" conntrack off
	by_hash "not tracked" conntrack notrack
	conntrack on
	by_hash "without pins" ctl set pin none
	check_true "without pins: it is told" eval \
		'ctl settings show | grep -q "balances round-robin-flow, but"'
	ctl set pin connection
	check_fail "with pins: it is not told" "" eval \
		'ctl settings show | grep "balances round-robin-flow, but"'
	by_hash "without a mask" ctl set pin-mask 0
	conntrack off
}

# by_hash WHAT COMMAND...: after it flows go as in a table that balances so.
by_hash() {
	local what=$1
	shift

	"$@"
	traffic flows here n="$N" rounds=3
	check_flows "$what"
	ctl table set ecmp balance hash
	traffic again there here
	traffic diff here there
	check_eq "$what: as by hash" "${R[same]}" "$N"
	ctl table set ecmp balance round-robin-flow
}

unsnat() {
	local i

	router nft delete table "$IP" selftest_nat
	for i in 1 2 3; do
		on router address del "${NEAR[i]%2}50/$LEN" dev "wan$i"
	done
}

# Packet by packet, but not what is translated.
translated() {
	local balance

	conntrack off
	snat 3
	for balance in round-robin per-packet round-robin-flow; do
		config $balance 1 1 1 | load_config
		router conntrack -F 2>/dev/null
		forget
		traffic tcp c n="$N"
		check_eq "$balance: answered, by two paths" \
			"${R[answered]} ${R[mixed]}" "$N 0"
		[ $balance = per-packet ] ||
			check_eq "$balance: connections" \
				"${R[wan1]:-0} ${R[wan2]:-0} ${R[wan3]:-0}" \
				"20 20 20"
		check_num "$balance: all WANs" "$((${R[wan1]:-0} *
			${R[wan2]:-0} * ${R[wan3]:-0}))" -gt 0
		traffic round c as=before
		stays "$balance"
		traffic flows m n=60 rounds=5
		check_flows "$balance: datagrams"
		traffic close c
		# What is there would go on by the hash.
		ctl set pin none
		router conntrack -F 2>/dev/null
		traffic tcp c n="$N"
		traffic round c as=before
		stays "$balance, without pins"
		traffic close c
		traffic flows m n=60 rounds=5
		check_flows "$balance, without pins: datagrams"
		check_eq "$balance: no wire carries another's address" \
			"$(wires foreign)" "0 0 0"
	done
	unsnat
	# The same connections untranslated: packet by packet.
	conntrack on
	config round-robin 1 1 1 | load_config
	traffic tcp c n="$N"
	traffic round c rounds=3
	check_eq "not translated: answered" "${R[answered]}" "$N"
	check_num "not translated: by several paths" "${R[mixed]}" -gt $((N / 2))
	traffic close c
	conntrack off
}

# A dead path has no packet, the others have its share by their weights.
dies() {
	conntrack off
	config round-robin 2 1 3 | load_config
	in_turn "all live" 2 1 3
	ctl nexthop set "${GW[3]}" dev wan3 state dead
	in_turn "wan3 is dead" 2 1 0
	ctl table set ecmp balance per-packet
	sends 30 60
	likely "wan3 is dead, by chance" 1800 2 1 0
	ctl table set ecmp balance round-robin
	ctl nexthop set "${GW[2]}" dev wan2 state dead
	in_turn "one is left" 1 0 0
	ctl nexthop set "${GW[2]}" dev wan2 state auto
	ctl nexthop set "${GW[3]}" dev wan3 state auto
	in_turn "all live again" 2 1 3
	conntrack on
	ctl table set ecmp balance round-robin-flow
	opened "connections" 2 1 3
	traffic close c
	carrier_lost 3
	opened "connections without wan3" 2 1 0
	stays "connections without wan3"
	carrier_back 3
	stays "wan3 is back"
	traffic close c
	opened "connections with wan3" 2 1 3
	traffic close c
	conntrack off
}

# pieces: what fragments.py says, in R.
pieces() {
	local word

	R=()
	for word in $(python3 -B -E -S "$LIB/fragments.py" "$ID" \
		src="${LAN10}5" dst="${SINK}1+60" n=60); do
		R[${word%%=*}]=${word#*=}
	done
}

# What arrives in pieces stays together; errors go with what they report on.
together() {
	local balance

	conntrack off
	for balance in round-robin per-packet; do
		config hash 1 1 1 | load_config
		traffic flows hash n=100 proto=unreach
		check_flows "$balance: errors"
		ctl table set ecmp balance $balance
		traffic again turn hash
		traffic diff hash turn
		check_eq "$balance: errors go by the hash" "${R[same]}" 100
		pieces
		check_eq "$balance: datagrams whole, split, missing" \
			"${R[datagrams]} ${R[split]} ${R[missing]}" "60 0 0"
		check_num "$balance: on several wires" \
			"$((${R[wan1]:-0} * ${R[wan2]:-0} * ${R[wan3]:-0}))" -gt 0
	done
}

# own SOURCE N [one]: N datagrams of the router's own, from sockets of their own
# or from one.
own() {
	forget
	router taskset -c 0 python3 -B -E -S -c 'import socket, sys
src, dst, n, one = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4:]
kind = socket.AF_INET6 if ":" in src else socket.AF_INET
sockets = []
for _ in range(1 if one else n):
    sockets.append(socket.socket(kind, socket.SOCK_DGRAM))
    sockets[-1].bind((src, 0))
for i in range(n):
    sockets[i % len(sockets)].sendto(b"own", (dst, 4433))
' "$1" "${SINK}1" "${@:2}"
}

own_traffic() {
	conntrack off
	config round-robin 2 1 1 | load_config
	own "${LAN10}1" 40 one
	check_eq "a source of no WAN: in turn" "$(wires w)" "20 10 10"
	own "${NEAR[2]}" 40
	check_eq "its source's owner comes first" "$(wires w)" "0 40 0"
	ctl table set ecmp balance per-packet
	own "${LAN10}1" 400 one
	likely "by chance" 400 2 1 1
	conntrack on
	ctl table set ecmp balance round-robin-flow
	own "${LAN10}1" 40
	check_eq "connections in turn" "$(wires w)" "20 10 10"
	own "${LAN10}1" 40 one
	check_true "one connection stays" grep -qE \
		'^(40 0 0|0 40 0|0 0 40)$' <<<"$(wires w)"
	ctl table set ecmp balance round-robin
	own "${LAN10}1" 40 one
	check_eq "tracked: in turn" "$(wires w)" "20 10 10"
	conntrack off
	# A port that was used before the translation goes on without it.
	router conntrack -F 2>/dev/null
	snat 3
	own "${LAN10}1" 40 one
	check_true "translated: one path" grep -qE \
		'^(40 0 0|0 40 0|0 0 40)$' <<<"$(wires w)"
	own "${LAN10}1" 40
	check_eq "translated: connections in turn" "$(wires w)" "20 10 10"
	check_eq "no wire carries another's address" "$(wires foreign)" "0 0 0"
	unsnat
}

question() {
	ctl "$@" get "$WORLD" from "${LAN10}5" iif lan10 ipproto udp \
		sport 5000 dport 4433
}

# It tells what chooses, and takes no turn.
get() {
	local json before i sum

	conntrack off
	config round-robin 2 1 1 | load_config
	check_true "round-robin" eval \
		"question | grep -qx 'table ecmp, $ANY, balance round-robin'"
	check_true "an example" eval \
		'question | grep -qx "(The path is an example: each packet takes the next one.)"'
	check_true "shares" eval \
		'question | grep -q "^path .* weight *share *state$"'
	json=$(question -j)
	check_json "round-robin" "$json" '[.balance, .turns, .example,
		([.paths[] | "\(.device) \(.turns)"] | sort | join(" ")),
		([.paths[] | select(.chosen)] | length)] | join(",")' \
		"round-robin,4,true,wan1 2 wan2 1 wan3 1,1"
	ctl nexthop set "${GW[1]}" dev wan1 state dead
	check_json "without wan1" "$(question -j)" '[.turns,
		([.paths[] | "\(.device) \(.turns)"] | sort | join(" "))] |
		join(",")' "2,wan1 0 wan2 1 wan3 1"
	ctl nexthop set "${GW[1]}" dev wan1 state auto
	config round-robin 1 1 1 | load_config
	before=$(ctl -j table show | jq '.[] | select(.name == "ecmp") | .packets')
	sum=
	for i in 1 2 3; do
		sends 1 1
		sum+=" $(wires w)"
		taskset -c 0 ip netns exec "$ID-router" ecmpctl get "$WORLD" \
			from "${LAN10}5" iif lan10 >/dev/null
		taskset -c 0 ip netns exec "$ID-router" ecmpctl get "$WORLD" \
			from "${LAN10}5" iif lan10 >/dev/null
	done
	check_eq "three packets by three wires, with questions between" \
		"$(awk '{ print $1 + $4 + $7, $2 + $5 + $8, $3 + $6 + $9 }' \
			<<<"$sum")" "1 1 1"
	check_eq "questions are not counted" \
		"$(ctl -j table show | jq '.[] | select(.name == "ecmp") |
			.packets')" $((before + 3))
	ctl table set ecmp balance per-packet
	check_true "per-packet" eval \
		'question | grep -qx "(The path is an example: each packet takes one by chance.)"'
	ctl table set ecmp balance round-robin-flow
	check_true "round-robin-flow" eval \
		'question | grep -qx "(The path is an example: each new connection takes the next one.)"'
	check_json "round-robin-flow" "$(question -j)" .balance round-robin-flow
	ctl set pin none
	check_json "round-robin-flow without pins" "$(question -j)" \
		'[.balance, .turns, .example, .paths[0].turns] |
		map(tostring) | join(",")' hash,null,null,null
	ctl table set ecmp balance hash
	check_json "hash" "$(question -j)" '[.balance, .turns, .example] |
		map(tostring) | join(",")' hash,null,null
}

# Set, shown, saved, loaded; refused.
words() {
	local saved

	config hash 1 1 | load_config
	check_fail "by hash it is not saved" "" eval \
		'ctl save | grep balance'
	check_fail "by hash there is no column" "" eval \
		'ctl table show | grep balance'
	ctl table set main balance per-packet
	ctl table set ecmp balance round-robin
	ctl table add more balance round-robin-flow hash-policy l3
	check_output "saved" "table set main balance per-packet
table add ecmp balance round-robin
table add more hash-policy l3 balance round-robin-flow" \
		eval 'ctl save | grep ^table'
	check_eq "shown" "$(ctl -j table show | jq -r 'map(.balance) |
		join(" ")')" "per-packet round-robin round-robin-flow"
	check_true "shown in a column" eval \
		'ctl table show | grep -q "^ecmp  *inherit  *round-robin  "'
	saved=$(ctl save)
	ctl save >"$WORK/saved"
	config hash 1 1 | load_config
	check_eq "load: what is not said is hash" \
		"$(ctl -j table show | jq -r 'map(.balance) | join(" ")')" \
		"hash hash"
	ctl load "$WORK/saved"
	check_output "load: as it was saved" "$saved" ctl save
	ctl table set ecmp hash-policy l4
	check_eq "another word leaves it" "$(ctl -j table show | jq -r '.[] |
		select(.name == "ecmp") | .balance')" round-robin
	check_fail "no such word" \
		'"robin" must be hash, per-packet, round-robin or round-robin-flow' \
		ctl table set ecmp balance robin
	check_fail "no word" 'after "balance" there must be hash' \
		ctl table set ecmp balance
	check_fail "no such table" "there is no table of this name" \
		ctl table set absent balance hash
	check_fail "a table named so" "cannot be the name of a table" \
		ctl table add balance
	echo "table add ecmp balance robin" >"$WORK/wrong"
	check_fail "a file" "wrong:1: " ctl load "$WORK/wrong"
	check_output "nothing was changed" \
		"${saved/add ecmp/add ecmp hash-policy l4}" ctl save
	ctl table set main balance hash
	ctl table set ecmp balance hash
	ctl table del more
	check_fail "by hash again" "" eval 'ctl save | grep balance'
}

# The table main, by the implicit last rule.
main() {
	conntrack off
	config hash 2 1 1 | sed "s/ table ecmp / /; /^rule/d" | load_config
	ctl table set main balance round-robin
	in_turn "main" 2 1 1
	ctl table set main balance hash
	traffic flows m n=60 rounds=5
	check_flows "main, by hash again"
}

run_families \
	setup "the network is there" \
	turns "round-robin: exact by weight" \
	chance "per-packet: by chance and by weight" \
	connections "round-robin-flow: connections exact by weight" \
	translated "translated connections stay" \
	dies "a dead path's share goes to the others" \
	together "fragments and errors go by the hash" \
	own_traffic "the router's own traffic" \
	get "get tells, and takes no turn" \
	words "set, show, save, load, refuse" \
	main "the table main"
