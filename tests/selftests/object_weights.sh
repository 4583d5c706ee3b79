#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_tests calls the functions
#
# The weights of the kernel's nexthop groups, of a default route and of a longer
# prefix: those that the module has too, and larger ones, of which it has the
# ratio; as they are when the route comes and when the group changes, and with
# routes that say no more than the number of their object.
#
#  lan10 --- router --- wan1, wan2 --- inet

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

N=1000	# flows

setup() {
	topology 2
	ctl set hash-policy l4
	ctl set hash-seed "$SEED"
	ctl rule add from "$LANS" lookup main
	on router nexthop add id 1 via "${FAR[1]}" dev wan1
	on router nexthop add id 2 via "${FAR[2]}" dev wan2
	traffic flows random n="$N" mode=random seed="$SEED" dport=1-65535 \
		dst="$WORLD"
}

# group W1 W2: nexthop object 10; ip knows no weights above 256.
group() {
	router python3 -B -E -S - "$LIB" "$@" <<-'END'
		import socket, struct, sys
		sys.path.append(sys.argv[1])
		from genl import align, attr
		members = b"".join(
		    struct.pack("=IBBH", number, weight - 1 & 255,
		                weight - 1 >> 8, 0)
		    for number, weight in enumerate(map(int, sys.argv[2:]), 1))
		body = struct.pack("=BBBBI", 0, 0, 4, 0, 0) + \
		    attr(1, struct.pack("=I", 10)) + attr(2, members)
		rtnetlink = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
		# RTM_NEWNEXTHOP: a request, acknowledged, replaced or created.
		rtnetlink.send(align(struct.pack("=IHHII", 16 + len(body), 104,
		                                 0x505, 1, 0) + body))
		error, = struct.unpack_from("=i", rtnetlink.recv(4096), 16)
		sys.exit(f"weights refused: {error}" if error else 0)
	END
}

# The legs of both routes as they are mirrored.
weights() {
	# shellcheck disable=SC2016 # jq's variables
	ctl "-$F" -j route show table main | jq -r \
		--arg default "$ANY" --arg other "$SERVERNET" '
		def of($prefix): map(select(.prefix == $prefix) |
			"\(.device) \(.weight)") | sort | join(", ");
		"\(of($default)); \(of($other))"'
}

have() {
	[ "$(weights)" = "$1" ]
}

# mirrored WHAT DEFAULT [OTHER]: these, or these soon.
mirrored() {
	local both="$2; ${3:-$2}"

	wait_until 10 have "$both" || check_eq "$1" "$(weights)" "$both"
}

# check_wire WHAT: so the flows go.
check_wire() {
	check_buckets
	traffic again map random
	check_flows "$1"
	# shellcheck disable=SC2086 # words
	check_share map $BUCKETS
}

routes() {
	on router "-$F" route add "$ANY" nhid 10
	on router "-$F" route add "$SERVERNET" nhid 10
}

no_routes() {
	on router "-$F" route del "$ANY"
	on router "-$F" route del "$SERVERNET"
}

small() {
	group 250 50
	routes
	mirrored "they come" "wan1 250, wan2 50"
	check_wire "they come"
	group 50 250
	mirrored "they change" "wan1 50, wan2 250"
	no_routes
}

# Linux 6.12 has them, and so have later ones of the older series.
has_large() {
	local major minor

	group 1000 500 2>"$WORK/refused" && return
	IFS=.- read -r major minor _ < <(uname -r)
	[ "$major" -le 6 ] && [ "$minor" -lt 12 ] ||
		fail "this kernel has larger weights: $(<"$WORK/refused")"
	return 1
}

large() {
	has_large || return 0
	routes
	mirrored "they come" "wan1 256, wan2 128"
	check_wire "they come"
	group 500 1000
	mirrored "they change" "wan1 128, wan2 256"
	check_wire "they change"
	group 65535 1
	mirrored "the largest, and the smallest" "wan1 256, wan2 1"
	no_routes
}

compat() {
	set_sysctl router net/ipv4/nexthop_compat_mode=0
	group 3 1
	routes
	mirrored "they come" "wan1 3, wan2 1"
	check_wire "they come"
	group 1 3
	mirrored "they change" "wan1 1, wan2 3"
	on router "-$F" route replace "$ANY" nhid 2
	mirrored "one that is no group" "wan2 1" "wan1 1, wan2 3"
	no_routes
	set_sysctl router net/ipv4/nexthop_compat_mode=1
	on router nexthop flush
}

run_families \
	setup "the network is there" \
	small "weights up to 256" \
	large "larger weights" \
	compat "routes without their next hops"
