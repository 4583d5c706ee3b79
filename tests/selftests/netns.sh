#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_tests calls the functions
#
# Namespaces with configurations of their own, and everything that can be
# taken away while packets run or are held: a namespace, a device, the module.
# What was created is destroyed.
#
#  lan10, ... -- router -- wan1, wan2 -- inet
#  near -------- other --- far1, far2 -- far      the same addresses

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=left.bash
. "$LIB/left.bash"
# shellcheck source=hold.bash
. "$LIB/hold.bash"

config() {
	cat <<-END
		set hash-seed $SEED
		table add t
		route add default via 10.1.1.1 dev $1 table t
		rule add from 192.168.0.0/16 lookup t comment $1
	END
}

setup() {
	topology 2
	config wan1 | load_config
	other
	config far2 | sed s/10.1.1.1/10.1.2.1/ >"$WORK/other"
	in_ns other ecmpctl load "$WORK/other"
}

other() {
	local i

	add_ns other near far
	set_sysctl other net/ipv4/ip_forward=1
	add_link other near near
	on other address add 192.168.10.1/24 dev near
	on near address add 192.168.10.5/24 dev near
	on near route add default via 192.168.10.1
	for i in 1 2; do
		add_link other far "far$i"
		on other address add "10.1.$i.2/24" dev "far$i"
		on far address add "10.1.$i.1/24" dev "far$i"
	done
}

# A namespace is gone when its devices are.
no_other() {
	local name

	for name in other near far; do
		[ ! -e "/run/netns/$ID-$name" ] || ip netns del "$ID-$name"
	done
}

first() {
	traffic flows m n=30
	check_eq "the first router: $1" "${R[got]} ${R[wan1]:-0}" "30 30"
}

second() {
	traffic flows m n=30 client=near router=other at=far
	check_eq "the second router: $1" "${R[got]} ${R[far2]:-0}" "30 30"
}

# --- side by side --------------------------------------------------------

side_by_side() {
	local before

	first "its own table"
	second "its own table"
	check_json "one sees its own rules" "$(ctl -j rule show)" \
		'map(.comment) | join(" ")' wan1
	check_json "the other its own" "$(in_ns other ecmpctl -j rule show)" \
		'map(.comment) | join(" ")' far2
	before=$(ctl save)
	in_ns other ecmpctl load /dev/null
	first "the other is empty"
	traffic flows m n=10 client=near router=other at=far
	check_eq "the other forwards nothing" "${R[got]}" 0
	in_ns other ecmpctl load "$WORK/other"
	in_ns other ecmpctl set enabled no
	in_ns other ecmpctl table add more
	first "the other is switched off"
	check_eq "nothing came over" "$(ctl save)" "$before"
	in_ns other ecmpctl load "$WORK/other"
	second "it is back"
}

# flood NAMESPACE: datagrams for the world until it is killed, or its device
# vanishes; the process in FLOOD.
flood() {
	ip netns exec "$ID-$1" python3 -B -E -S -c '
import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
while True:
    for i in range(32):
        try:
            s.sendto(bytes(64), ("198.18.0.%d" % i, 4433))
        except OSError:
            pass
    time.sleep(0.005)' &
	FLOOD=$!
}

flood_end() {
	kill "$FLOOD"
	wait "$FLOOD" 2>/dev/null || true
}

received() {
	[ "$(in_ns far cat /sys/class/net/far2/statistics/rx_packets)" \
		-gt "$1" ]
}

gone() {
	! on near link show near
}

deleted_under_traffic() {
	local i

	traffic background run n=64 pps=500
	for i in 1 2 3; do
		flood near
		check_true "round $i: packets run" wait_until 10 received 100
		ip netns del "$ID-other"
		check_true "round $i: the namespace is gone" wait_until 5 gone
		flood_end
		no_other
		other
		in_ns other ecmpctl load "$WORK/other"
		second "made again"
	done
	traffic stop run
	diag "meanwhile: $(answer)"
	check_flows run
	check_eq "the first router did not notice" "${R[wan1]:-0}" 64
}

# --- the module ----------------------------------------------------------

native() {
	traffic flows m n=30
	check_eq "the kernel's own default: $1" \
		"${R[got]} ${R[wan2]:-0}" "30 30"
}

unload() {
	milliseconds unload_module
	check_num "unloaded within milliseconds" "$TOOK" -lt 5000
	check_true "the module is gone" test ! -e /sys/module/ecmp
}

reload() {
	load_module
	config wan1 | load_config
}

unloaded_under_traffic() {
	local i

	on router route add default via 10.1.2.1 dev wan2
	first "before"
	traffic background run n=64 pps=1000
	for ((i = 0; i < 8; i++)); do
		unload
		reload
	done
	traffic stop run
	diag "meanwhile: $(answer)"
	check_eq "packets lost" $((R[sent] - R[got])) 0
	check_num "packets by the module" "${R[packets_wan1]:-0}" -gt 0
	check_num "packets by the kernel" "${R[packets_wan2]:-0}" -gt 0
	unload
	native "unloaded"
	reload
	first "loaded again"
}

# --- packets that are held -----------------------------------------------

# hold CHAIN N COMMAND...: N packets of the router are held in queue 5 by a
# chain of this kind.
hold() {
	local n=$2

	router nft -f - <<-END
		table ip hold {
			chain hold {
				$1
				udp dport 4433 queue num 5
			}
		}
	END
	shift 2
	"$@"
	holder
	traffic flows m n="$n"
	check_eq "none passes" "${R[got]}" 0
	tell "hold $n" "held $n"
}

released() {
	let_go
	router nft delete table ip hold
}

# Packets that were decided wait in the FORWARD chain when the module goes.
unloaded_with_held() {
	hold "type filter hook forward priority 0" 30 :
	check_eq "held" "$(held)" 30
	unload
	diag "held after the module has gone: $(held)"
	released
	native "unloaded"
	reload
	first "loaded again"
}

# With the last check its hooks would go, and netfilter drops what is held when
# a hook goes: a load does not do that.
unchecked_with_held() {
	config wan1 | sed 's/ table t$/& check-gateway ping/' | load_config
	check_true "checked" wait_until 30 check_is answered
	hold "type filter hook forward priority 0" 30 :
	reload_config
	check_true "checked no more" wait_until 30 check_is none
	# Whoever would drop them does so in a moment of its own.
	if wait_until 3 fewer_held 30; then
		fail "of 30 packets $(held) are still held"
	fi
	released
	first "afterwards"
}

check_is() {
	[ "$(ctl -j nexthop show | jq -r 'map(select(.gateway == "10.1.1.1")) |
		.[0].check_state // "none"')" = "$1" ]
}

fewer_held() {
	[ "$(held)" -lt "$1" ]
}

# Held after the decision, but before the kernel knows the device that they
# will leave by: else it would drop them itself when the device goes. Of two
# hooks at the very end the one that was registered later runs first.
device_with_held() {
	load_config </dev/null
	hold "type filter hook prerouting priority 2147483647" 30 \
		reload_config
	check_json "they were decided before they were held" \
		"$(ctl -j rule show)" '.[0].packets' 30
	bound
	milliseconds on router link del wan1
	check_num "wan1 was removed within milliseconds" "$TOOK" -lt "$BOUND"
	check_true "it is gone" no_device wan1
	check_eq "they were held all the time" "$(held)" 30
	released
	wan_create 1
	first "wan1 is back"
}

reload_config() {
	config wan1 | load_config
}

no_device() {
	! on router link show "$1"
}

# The same with packets that run.
device_under_traffic() {
	local i

	bound
	traffic background run n=64 pps=1000
	for ((i = 0; i < 5; i++)); do
		milliseconds on router link del wan1
		check_num "wan1 was removed within milliseconds" "$TOOK" \
			-lt "$BOUND"
		wait_state 1 dead
		wan_create 1
	done
	traffic stop run
	diag "meanwhile: $(answer)"
	check_num "packets by wan1" "${R[packets_wan1]:-0}" -gt 0
	check_num "packets by the kernel's default" \
		"${R[packets_wan2]:-0}" -gt 0
	first "at the end"
}

# --- what was created is destroyed ---------------------------------------

ROUTES=2000
GATEWAYS=32
CYCLES=6

# A router with many routes over many next hops is made, used and deleted.
life() {
	other
	in_ns other ecmpctl load "$WORK/large"
	second "large"
	no_other
}

created_destroyed() {
	local i dsts memory

	no_other
	{
		cat "$WORK/other"
		for ((i = 0; i < ROUTES; i++)); do
			echo "route add 172.$((16 + i / 256)).$((i % 256)).0/24" \
				"via 10.1.1.$((10 + i % GATEWAYS)) dev far1"
		done
	} >"$WORK/large"
	# What the kernel keeps for later use is there after two rounds.
	life
	life
	dsts=$(dsts)
	memory=$(unreclaimable)
	for ((i = 0; i < CYCLES; i++)); do
		life
	done
	# Half of what would be left if a dst a gateway, or 64 bytes a route,
	# were.
	check_true "dsts: $dsts before" wait_until 10 at_most dsts \
		$((dsts + CYCLES * GATEWAYS / 2))
	check_true "unreclaimable memory: $memory kB before" wait_until 10 \
		at_most unreclaimable \
		$((memory + CYCLES * ROUTES * 64 / 1024 / 2))
	diag "dsts: $dsts before, $(dsts) after;" \
		"memory: $memory kB before, $(unreclaimable) kB after"
}

# The same for what a namespace that stays replaces.
reloaded_destroyed() {
	local i dsts memory

	sed s/far1/wan1/ "$WORK/large" | sed s/far2/wan2/ >"$WORK/config"
	dsts=$(dsts)
	memory=$(unreclaimable)
	for ((i = 0; i < CYCLES; i++)); do
		ctl load "$WORK/config"
		ctl load /dev/null
		if [ "$i" = 1 ]; then
			dsts=$(dsts)
			memory=$(unreclaimable)
		fi
	done
	check_true "dsts: $dsts before" wait_until 10 at_most dsts \
		$((dsts + (CYCLES - 2) * GATEWAYS / 2))
	check_true "unreclaimable memory: $memory kB before" wait_until 10 \
		at_most unreclaimable \
		$((memory + (CYCLES - 2) * ROUTES * 64 / 1024 / 2))
	diag "dsts: $dsts before, $(dsts) after;" \
		"memory: $memory kB before, $(unreclaimable) kB after"
}

nothing_left() {
	reload_config
	first "at the end"
	check_eq "references to the module" \
		"$(cat /sys/module/ecmp/refcnt)" 0
	unload
	check_eq "slabs of the module" \
		"$(find /sys/kernel/slab -name '*ecmp*')" ""
	check_eq "hooks and families of the module" \
		"$(grep -c '\[ecmp\]' /proc/kallsyms || true)" 0
	load_module
}

run_tests \
	setup "two routers" \
	side_by_side "side by side" \
	deleted_under_traffic "a namespace is deleted under traffic" \
	unloaded_under_traffic "the module is unloaded under traffic" \
	unloaded_with_held "the module is unloaded with packets held" \
	unchecked_with_held "nothing is checked any more, with packets held" \
	device_with_held "a device is removed with packets held" \
	device_under_traffic "a device is removed under traffic" \
	created_destroyed "namespaces leave nothing behind" \
	reloaded_destroyed "reloads leave nothing behind" \
	nothing_left "the module leaves nothing behind"
