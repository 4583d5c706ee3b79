#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_tests calls the functions
#
# Flow affinity: every packet of a connection takes one path, seen on the wire
# of each WAN, whatever happens to the configuration and to other paths; and
# what each hash policy takes for one flow.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

setup() {
	topology 3
	tutorial 3 | load_config
}

# 500 real connections through a reload and the death of wan3.
connections() {
	traffic tcp c n=500
	check_eq "all are answered" "${R[answered]}" 500
	traffic round c as=before rounds=2
	check_eq "all are answered, each on one wire" \
		"${R[answered]} ${R[mixed]}" "500 0"
	traffic share before wan1=1 wan2=1 wan3=1 buckets=256
	check_eq "they use all WANs" "${R[fits]}" yes

	check_true "the same configuration again" ctl load "$WORK/config"
	traffic round c as=after
	check_eq "all are answered after the reload" \
		"${R[answered]} ${R[mixed]}" "500 0"
	traffic diff before after
	check_eq "none moved by the reload" "${R[same]}" 500

	carrier_lost 3
	traffic round c as=dead
	check_eq "all are answered with a WAN less" "${R[answered]}" 500
	check_moved before dead wan3
	carrier_back 3
	traffic round c as=back
	check_eq "all are answered when it is back" "${R[answered]}" 500
	traffic diff before back
	check_eq "those of the other WANs never moved" \
		"${R[moved_wan1]:-0} ${R[moved_wan2]:-0} ${R[lost]}" "0 0 0"
}

untracked() {
	conntrack off
	connections
	# Nothing remembers them: the hash alone brings them home.
	check_eq "those of wan3 came home" "${R[same]}" 500
	traffic close c
}

tracked() {
	conntrack on
	connections
	check_num "they were tracked" "$(router conntrack -L -f "ipv$F" \
		2>/dev/null | wc -l)" -ge 500
	traffic close c
	conntrack off
}

# Reloads while the packets run: no packet is lost, and none strays.
under_traffic() {
	local i

	traffic background u n=500 pps=2000 src="${LAN10}5" dst="$SERVERNET"
	for ((i = 0; i < 10; i++)); do
		check_true "reload $i" ctl load "$WORK/config"
	done
	traffic stop u
	check_num "packets ran" "${R[sent]}" -ge 500
	check_flows u
}

policy() {
	tutorial 3 "$1" | load_config
}

# 80 host pairs, 25 connections each.
pairs() {
	traffic flows "$1" n=2000 sport=30000-30024 proto="${2:-udp}" \
		dst="${SERVER}1+20" src="${LAN10}2+4"
	check_flows "$1"
}

l3() {
	policy l3
	pairs l3
	traffic classes l3 key=src,dst
	check_eq "host pairs, and those with two paths" \
		"${R[classes]} ${R[split]}" "80 0"
	check_num "each WAN has some: wan1" "${R[wan1]:-0}" -gt 0
	check_num "each WAN has some: wan2" "${R[wan2]:-0}" -gt 0
	check_num "each WAN has some: wan3" "${R[wan3]:-0}" -gt 0
	traffic classes l3 key=src
	check_eq "a client is not bound to one path" "${R[split]}" 4
}

# IPv4's l3 knows no protocol: a ping goes with the rest.
l3_any_protocol() {
	traffic again udp l3
	pairs tcp tcp
	traffic diff udp tcp
	check_eq "TCP goes with UDP" "${R[same]}" 2000
	pairs icmp icmp
	traffic diff udp icmp
	check_eq "ICMP goes with UDP" "${R[same]}" 2000
}

# IPv6's l3 does, and the flow label: a client that sets it, as most do, has
# its connections spread.
l3_next_header() {
	local host="src=${LAN10}5 dst=${SERVER}1+600 sport=30000"

	policy l3
	traffic flows udp n=600 "$host"
	check_flows udp
	traffic flows tcp n=600 "$host" proto=tcp
	traffic flows icmp n=600 "$host" proto=icmp
	traffic independent udp tcp
	check_eq "TCP and UDP choose apart: $(answer)" "${R[fits]}" yes
	traffic independent udp icmp
	check_eq "ICMPv6 and UDP choose apart: $(answer)" "${R[fits]}" yes
}

l3_flow_label() {
	local host="src=${LAN10}5 dst=$WORLD sport=30000" bits

	policy l3
	traffic flows labels n=600 "$host" label=1-600
	check_flows labels
	check_share labels wan1=1 wan2=1 wan3=1 buckets=256
	# Its first bit and its last count.
	for bits in 0-1 524288-524289 1048574-1048575; do
		traffic flows pair n=120 "src=${LAN10}5" dst="${SERVER}1+60" \
			sport=30000 label="$bits"
		traffic classes pair key=dst
		check_num "labels $bits: hosts with two paths" "${R[split]}" \
			-ge 15
	done
	# get, asked about the label, names the path of the packets.
	traffic flows some n=30 "$host" label=0-1048575 mode=random \
		seed="$SEED"
	traffic dump some "$WORK/flows"
	# shellcheck disable=SC2016 # expands in there
	check_eq "get agrees" "$(jq -r '[.dst, .src, .flowlabel] | join(" ")' \
		"$WORK/flows" | router bash -c '
		while read -r dst src label; do
			ecmpctl -j get "$dst" from "$src" iif lan10 \
				ipproto udp sport 30000 dport 4433 \
				flowlabel "$label"
		done' | jq -r .device)" "$(jq -r .label "$WORK/flows")"
	# Under l4 and src it is nothing.
	policy l4
	traffic again l4 labels
	traffic classes l4 key=dst
	check_eq "l4: one connection, one path" "${R[split]}" 0
	policy src
	traffic again src labels
	traffic classes src key=dst
	check_eq "src: one client, one path" "${R[split]}" 0
}

# Extension headers before the transport header change nothing: a rule and a
# hash see the ports and the protocol behind them.
extensions() {
	local flows="n=300 dst=${SERVER}1+20 sport=2000-2014" ext proto policy

	for policy in l4 l3; do
		policy "$policy"
		ctl table add ports
		ctl route add "$ANY" via "${GW[3]}" dev wan3 table ports
		ctl rule add ipproto udp sport 2014 lookup ports at 0
		for proto in udp tcp; do
			traffic flows plain "$flows" proto="$proto"
			check_flows plain
			for ext in hop dest routing hop,dest,routing; do
				traffic flows ext "$flows" proto="$proto" \
					ext="$ext"
				check_flows ext
				traffic diff plain ext
				check_eq "$policy: $proto behind $ext: $(answer)" \
					"${R[same]}" 300
			done
		done
	done
}

l4() {
	policy l4
	pairs l4
	traffic classes l4 key=src,dst
	# 25 connections by one path out of three: 3^-24 for each pair.
	check_eq "every host pair uses several paths" "${R[split]}" 80
	check_share l4 wan1=1 wan2=1 wan3=1 buckets=256
	# Ports alone, of either side, and the protocol alone are enough.
	traffic flows sport n=600 dst="$WORLD"
	check_share sport wan1=1 wan2=1 wan3=1 buckets=256
	traffic flows dport n=600 dst="$WORLD" sport=5000 dport=1-65535
	check_share dport wan1=1 wan2=1 wan3=1 buckets=256
	traffic flows tcp n=600 dst="$WORLD" proto=tcp
	traffic independent sport tcp
	check_eq "TCP and UDP of one tuple choose apart" "${R[fits]}" yes
}

l4_ping() {
	# One ping, many sequence numbers; a path for each pair of hosts.
	traffic flows ping n=600 proto=icmp sport=77 dport=1-30 \
		dst="${SERVER}1+20"
	check_flows ping
	traffic classes ping key=src,dst
	check_eq "hosts, and those with two paths" \
		"${R[classes]} ${R[split]}" "20 0"
}

# An ICMP error takes the path of the flow that it reports on.
icmp_error() {
	local flows="n=400 dst=${SERVER}1+20 sport=2000-2019" policy error

	[ "$F" = 4 ] || flows="$flows label=77"
	for policy in l3 l4; do
		policy "$policy"
		traffic flows udp "$flows"
		check_flows udp
		for error in unreach toobig; do
			traffic flows error "$flows" proto="$error"
			check_flows error
			traffic diff udp error
			check_eq "$policy, $error: with their flow: $(answer)" \
				"${R[same]}" 400
		done
	done
}

# l3-inner: the two ends inside of a tunnel.
inner() {
	policy l3
	traffic flows outer n=600 proto=ipip sport=1-10 \
		dst="${SERVER}1+60"
	check_flows outer
	traffic classes outer key=sport
	check_eq "l3: a tunnel is one flow" "${R[split]}" 0
	policy l3-inner
	traffic again inner outer
	check_flows inner
	traffic classes inner key=src,dst
	check_eq "l3-inner: pairs inside, and those with two paths" \
		"${R[classes]} ${R[split]}" "60 0"
	check_num "wan1 has some" "${R[wan1]:-0}" -gt 0
	check_num "wan2 has some" "${R[wan2]:-0}" -gt 0
	check_num "wan3 has some" "${R[wan3]:-0}" -gt 0
}

# A client is an address, in IPv6 a /64.
src() {
	policy src
	traffic flows src n=2000 sport=30000-30009 dst="${SERVER}1+4" \
		src="${LAN10}2+50" srclen="$([ "$F" = 4 ] && echo 32 || echo 64)"
	check_flows src
	traffic classes src key=src
	check_eq "clients, and those with two paths" \
		"${R[classes]} ${R[split]}" "50 0"
	check_num "wan1 has clients" "${R[wan1]:-0}" -gt 0
	check_num "wan2 has clients" "${R[wan2]:-0}" -gt 0
	check_num "wan3 has clients" "${R[wan3]:-0}" -gt 0
}

src_privacy() {
	policy src
	traffic flows host n=100 src="${LAN10}2+100" dst="${SERVER}1" \
		sport=30000
	check_flows host
	traffic classes host key=dst
	check_eq "all addresses of a /64 take one path" "${R[split]}" 0
	traffic flows edge n=100 src=2001:db8:c0a8:10:ffff:ffff:ffff:ff00+100 \
		dst="${SERVER}1" sport=30000
	traffic classes edge key=dst
	check_eq "up to its end" "${R[split]}" 0
}

# A table's own policy goes before that of the settings.
table_policy() {
	tutorial 3 l4 | sed 's/^table add ecmp/& hash-policy src/' | load_config
	traffic again own src
	traffic diff src own
	check_eq "as with src for all" "${R[same]}" 2000
	check_true "table set" ctl table set ecmp hash-policy l4
	traffic again own src
	traffic classes own key=src
	check_eq "l4 at once" "${R[split]}" 50
}

run_families \
	setup "the tutorial's configuration is loaded" \
	untracked "500 connections keep their path, without conntrack" \
	tracked "500 connections keep their path, with conntrack" \
	under_traffic "reloads under traffic move and lose nothing" \
	l3 "l3: one path for each host pair" \
	4:l3_any_protocol "l3: the protocol is no part of it" \
	6:l3_next_header "l3: the next header is a part of it" \
	6:l3_flow_label "l3: the flow label is a part of it" \
	6:extensions "extension headers change nothing" \
	l4 "l4: the connections of a host pair are spread" \
	l4_ping "l4: a ping keeps its path" \
	icmp_error "an ICMP error goes with its flow" \
	inner "l3-inner: one path for each pair inside a tunnel" \
	src "src: one path for each client" \
	6:src_privacy "src: a client is a /64" \
	table_policy "a table's own hash policy"
