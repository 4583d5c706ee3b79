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
	check_num "they were tracked" "$(router conntrack -C)" -ge 500
	traffic close c
	conntrack off
}

# Reloads while the packets run: no packet is lost, and none strays.
under_traffic() {
	local i

	traffic background u n=500 pps=2000 src=192.168.10.5 dst=203.0.113.0/24
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
		dst=203.0.113.1-203.0.113.20 src=192.168.10.2-192.168.10.5
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
	# The protocol is no part of it, and a ping goes with the rest.
	traffic again udp l3
	pairs tcp tcp
	traffic diff udp tcp
	check_eq "TCP goes with UDP" "${R[same]}" 2000
	pairs icmp icmp
	traffic diff udp icmp
	check_eq "ICMP goes with UDP" "${R[same]}" 2000
}

l4() {
	policy l4
	pairs l4
	traffic classes l4 key=src,dst
	# 25 connections by one path out of three: 3^-24 for each pair.
	check_eq "every host pair uses several paths" "${R[split]}" 80
	check_share l4 wan1=1 wan2=1 wan3=1 buckets=256
	# Ports alone, of either side, and the protocol alone are enough.
	traffic flows sport n=600 dst=45.57.94.1
	check_share sport wan1=1 wan2=1 wan3=1 buckets=256
	traffic flows dport n=600 dst=45.57.94.1 sport=5000 dport=1-65535
	check_share dport wan1=1 wan2=1 wan3=1 buckets=256
	traffic flows tcp n=600 dst=45.57.94.1 proto=tcp
	traffic independent sport tcp
	check_eq "TCP and UDP of one tuple choose apart" "${R[fits]}" yes
}

l4_ping() {
	# One ping, many sequence numbers; a path for each pair of hosts.
	traffic flows ping n=600 proto=icmp sport=77 dport=1-30 \
		dst=203.0.113.1-203.0.113.20
	check_flows ping
	traffic classes ping key=src,dst
	check_eq "hosts, and those with two paths" \
		"${R[classes]} ${R[split]}" "20 0"
}

# An ICMP error takes the path of the flow that it reports on.
icmp_error() {
	local policy

	for policy in l3 l4; do
		policy "$policy"
		traffic flows udp n=400 dst=203.0.113.1-203.0.113.20 \
			sport=2000-2019
		check_flows udp
		traffic flows error n=400 dst=203.0.113.1-203.0.113.20 \
			sport=2000-2019 proto=unreach
		check_flows error
		traffic diff udp error
		check_eq "$policy: errors go with their flow: $(answer)" \
			"${R[same]}" 400
	done
}

# l3-inner: the two ends inside of a tunnel.
inner() {
	policy l3
	traffic flows outer n=600 proto=ipip sport=1-10 \
		dst=203.0.113.1-203.0.113.60
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

src() {
	policy src
	traffic flows src n=2000 sport=30000-30009 dst=203.0.113.1-203.0.113.4 \
		src=192.168.10.2-192.168.10.51
	check_flows src
	traffic classes src key=src
	check_eq "clients, and those with two paths" \
		"${R[classes]} ${R[split]}" "50 0"
	check_num "wan1 has clients" "${R[wan1]:-0}" -gt 0
	check_num "wan2 has clients" "${R[wan2]:-0}" -gt 0
	check_num "wan3 has clients" "${R[wan3]:-0}" -gt 0
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

run_tests \
	setup "the tutorial's configuration is loaded" \
	untracked "500 connections keep their path, without conntrack" \
	tracked "500 connections keep their path, with conntrack" \
	under_traffic "reloads under traffic move and lose nothing" \
	l3 "l3: one path for each host pair" \
	l4 "l4: the connections of a host pair are spread" \
	l4_ping "l4: a ping keeps its path" \
	icmp_error "an ICMP error goes with its flow" \
	inner "l3-inner: one path for each pair inside a tunnel" \
	src "src: one path for each client" \
	table_policy "a table's own hash policy"
