#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_families calls the functions
#
# BFD between the router and the providers, by FRR's bfdd: tools/examples/ecmp-bfd
# tells what it finds. A gateway that falls silent, its link up, is left in well
# under a second; nothing is left behind by a detector that is killed.
#
#   router: zebra, bfdd, ecmp-bfd  --wan1, wan2, wan3--  inet: zebra, bfdd
#
# On wan3 the provider does not speak BFD.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# shellcheck disable=SC2154 # set in the trap itself
trap 'status=$?; end_daemons; (exit $status); cleanup' EXIT

# Milliseconds; three without a word are too many.
INTERVAL=$((100 * PATIENCE))
BFD=$LIB/../../tools/examples/ecmp-bfd
RUN_DIR=/run/frr-$ID
DAEMONS=()
FOLLOWER=
MONITOR=

daemon() {
	local name=$1 log=$2
	shift 2

	ip netns exec "$ID-$name" "$@" >"$WORK/$log" 2>&1 </dev/null &
	DAEMONS+=($!)
}

end_daemons() {
	kill ${FOLLOWER:+"$FOLLOWER"} ${MONITOR:+"$MONITOR"} "${DAEMONS[@]}" \
		2>/dev/null
	wait "${DAEMONS[@]}" 2>/dev/null
	rm -rf "$RUN_DIR"
}

setup() {
	topology 3
	if [ ${#DAEMONS[@]} = 0 ]; then
		bfdd router "10.1.%d.1" "2001:db8:a%d::1" 1 2 3
		bfdd inet "10.1.%d.2" "2001:db8:a%d::2" 1 2
	fi
	load_config <<-END
		route add $ANY via ${FAR[1]} dev wan1
		route add $ANY via ${FAR[2]} dev wan2 distance 2
		route add $ANY via ${FAR[3]} dev wan3 distance 3
	END
	check_true "sessions are up" wait_until 60 sessions_are up up down ||
		diag "$(bfd_peers)$(tail -n 5 "$WORK"/*.log)"
}

# bfdd NAMESPACE PEER4 PEER6 WAN...: with a session on each of these.
bfdd() {
	local name=$1 dir=$RUN_DIR/$1 peers=("$2" "$3") peer i
	shift 3

	mkdir -p "$dir"
	printf 'hostname %s\nlog stdout\n' "$name" >"$dir/zebra.conf"
	{
		printf 'hostname %s\nlog stdout\nbfd\n' "$name"
		for peer in "${peers[@]}"; do
			for i; do
				# shellcheck disable=SC2059 # it is a format
				printf " peer $peer interface wan$i\n" "$i"
				echo "  detect-multiplier 3"
				echo "  receive-interval $INTERVAL"
				echo "  transmit-interval $INTERVAL"
				echo " exit"
			done
		done
	} >"$dir/bfdd.conf"
	daemon "$name" "$name-zebra.log" /usr/lib/frr/zebra -u root -g root \
		-f "$dir/zebra.conf" -i "$dir/zebra.pid" -z "$dir/zserv" \
		--vty_socket "$dir" -P 0
	check_true "zebra runs" wait_until 60 test -S "$dir/zserv"
	daemon "$name" "$name-bfdd.log" /usr/lib/frr/bfdd -u root -g root \
		-f "$dir/bfdd.conf" -i "$dir/bfdd.pid" -z "$dir/zserv" \
		--vty_socket "$dir" --bfdctl "$dir/bfdd.sock" -P 0
	check_true "bfdd runs" wait_until 60 test -S "$dir/bfdd.vty"
}

bfd_peers() {
	"$BFD" --socket "$RUN_DIR/router/bfdd.vty" --show
}

# Of the family that is tested, by interface.
sessions_are() {
	[ "$(bfd_peers | jq -r --arg c "$([ "$F" = 4 ] && echo . || echo :)" '
		map(select(.peer | contains($c))) | sort_by(.interface) |
		map(.status) | join(" ")')" = "$*" ]
}

# follow TIMEOUT: ecmp-bfd.
follow() {
	ip netns exec "$ID-router" "$BFD" --timeout "$1" \
		--socket "$RUN_DIR/router/bfdd.vty" \
		>"$WORK/follow" 2>&1 </dev/null &
	FOLLOWER=$!
}

end_follow() {
	kill -9 "$FOLLOWER"
	wait "$FOLLOWER" 2>/dev/null || true
	FOLLOWER=
}

# What is told, with the time.
monitor() {
	: >"$WORK/monitor"
	ip netns exec "$ID-router" ecmpctl -j monitor > >(
		while IFS= read -r line; do
			echo "${EPOCHREALTIME/./} $line"
		done >>"$WORK/monitor") 2>&1 &
	MONITOR=$!
	check_true "the monitor speaks" wait_until 20 monitor_speaks
}

monitor_speaks() {
	ctl table add speak
	ctl table del speak
	grep -q speak "$WORK/monitor"
}

end_monitor() {
	kill "$MONITOR" 2>/dev/null
	wait "$MONITOR" 2>/dev/null || true
	MONITOR=
}

# hop I FILTER
hop() {
	ctl -j nexthop show | jq -r --arg gw "${FAR[$1]}" \
		".[] | select(.gateway == \$gw) | $2"
}

hop_is() {
	[ "$(hop "$1" '"\(.state) \(.forced)"')" = "$2" ]
}

wait_hop() {
	check_true "wan$1 is $2" wait_until 30 hop_is "$1" "$2" && return
	diag "$(hop "$1" .)" "$(cat "$WORK/follow")" "$(bfd_peers)"
	return 1
}

path() {
	ctl -j get "$WORLD" from "${LAN10}5" iif lan10 | jq -r .device
}

# silent I: its provider hears and says nothing any more. SINCE is before that.
silent() {
	SINCE=${EPOCHREALTIME/./}
	in_ns inet nft -f - <<-END
		table netdev silent {
			chain in {
				type filter hook ingress device wan$1 priority 0
				drop
			}
		}
	END
}

speaks() {
	in_ns inet nft delete table netdev silent
}

# How long a program takes here: an emulated machine is slow.
look_ms() {
	local from=${EPOCHREALTIME/./}

	ctl -j nexthop show >/dev/null
	echo $(((${EPOCHREALTIME/./} - from) / 1000))
}

left_and_back() {
	local look at left

	follow 10
	monitor
	look=$(look_ms)
	check_eq "before" "$(path)" wan1
	check_eq "up proves nothing that was not known" \
		"$(hop 1 '"\(.state) \(.forced)"')" "alive auto"
	silent 1
	wait_hop 1 "dead dead" || return 0
	check_eq "the link is up" "$(router cat /sys/class/net/wan1/carrier)" 1
	check_eq "the path" "$(path)" wan2
	at=$(grep '"wan1"' "$WORK/monitor" | grep '"dead"' | head -n 1)
	left=$(((${at%% *} - SINCE) / 1000))
	diag "left $left ms after it fell silent; ecmpctl takes $look ms"
	check_num "milliseconds until it was left" "$left" -lt \
		$((7 * INTERVAL + 10 * look))
	check_num "not before its time" "$left" -gt $((2 * INTERVAL))
	check_num "it ends by itself" "$(hop 1 .timeout_ms)" -le 10000
	speaks
	wait_hop 1 "alive auto"
	check_eq "the path is back" "$(path)" wan1
	check_eq "nothing was told of the others" \
		"$(grep -c '"wan[23]"' "$WORK/monitor" || true)" 0
	end_monitor
	end_follow
}

# It is told again in time, until the detector is gone.
killed() {
	local from took

	follow 2
	silent 1
	wait_hop 1 "dead dead" || return 0
	from=${EPOCHREALTIME/./}
	check_true "told again for longer than it holds" \
		wait_until 30 later "$((from + 4000000))"
	check_eq "it is dead still" "$(hop 1 '"\(.state) \(.forced)"')" \
		"dead dead"
	end_follow
	from=${EPOCHREALTIME/./}
	check_eq "killed: not at once" "$(hop 1 .state)" dead
	wait_hop 1 "alive auto"
	took=$(((${EPOCHREALTIME/./} - from) / 1000))
	diag "auto $took ms after it was killed"
	check_num "auto in its time" "$took" -le 4000
	speaks
	check_true "sessions are up" wait_until 60 sessions_are up up down
}

later() {
	[ ${EPOCHREALTIME/./} -gt "$1" ]
}

# A bfdd that is gone, here, proves nothing: what was dead ends in its time.
no_bfdd() {
	follow 2
	silent 1
	wait_hop 1 "dead dead" || return 0
	kill -STOP "${DAEMONS[1]}"
	wait_hop 1 "alive auto"
	kill -CONT "${DAEMONS[1]}"
	wait_hop 1 "dead dead"
	# A next hop that goes and comes meanwhile is followed again.
	ctl route del "$ANY" via "${FAR[1]}" dev wan1
	ctl route add "$ANY" via "${FAR[1]}" dev wan1
	wait_hop 1 "dead dead"
	speaks
	wait_hop 1 "alive auto"
	# What a person decided meanwhile holds.
	ctl nexthop set "${FAR[1]}" dev wan1 state drain
	silent 1
	check_true "the session is down" wait_until 60 sessions_are down up down
	check_true "time to tell" wait_until 20 later "$((SINCE + 3000000))"
	check_eq "it drains still" "$(hop 1 '"\(.state) \(.forced)"')" \
		"alive drain"
	ctl nexthop set "${FAR[1]}" dev wan1 state auto
	wait_hop 1 "dead dead"
	speaks
	wait_hop 1 "alive auto"
	end_follow
}

run_families \
	setup "sessions are up, but where nobody answers" \
	left_and_back "a gateway that falls silent is left, and taken again" \
	killed "killed, the detector leaves nothing behind" \
	no_bfdd "so it is when bfdd is gone; next hops come and go"
