#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2086 # the words have no blanks
# shellcheck disable=SC2317 # run_tests calls the functions
#
# The router's own traffic: answers leave by the path that their connection
# came in on, before any rule; what it asks itself by the WAN of its source;
# ICMP errors reach the internet.
#
#  lan 192.168.0.5 ------- router --- wan1, wan2, wan3 --- inet 45.57.94.1
#      2001:db8:10::5         |                                 2001:db8:cafe::1
#                             '------ wan4 --- sw --- gw1, gw2
#
#  router  10.1.I.2/24, 2001:db8:aI::2/64 on wanI; 203.0.113.1 and
#          2001:db8:9::1 on lo, reached by any WAN; main prefers wan1
#  gw1,gw2 two gateways on one link, 10.1.4.1 and 10.1.4.3, each with a host of
#          its own behind it

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

HERE=$(dirname "$0")
HOST4=45.57.94.1 HOST6=2001:db8:cafe::1
OWN4=203.0.113.1 OWN6=2001:db8:9::1

setup() {
	local i name

	load_module || return
	add_ns router lan inet sw gw1 gw2 || return
	for name in router lan inet; do
		set_sysctl "$name" net/ipv6/conf/all/disable_ipv6=0 \
			net/ipv6/conf/default/disable_ipv6=0 \
			net/ipv6/conf/default/accept_dad=0 || return
	done
	set_sysctl router net/ipv4/ip_forward=1 net/ipv6/conf/all/forwarding=1 \
		net/ipv4/icmp_ratelimit=0 net/ipv6/icmp/ratelimit=0
	add_link router lan lan
	on router -batch - <<-END
		address add 192.168.0.1/24 dev lan
		address add 2001:db8:10::1/64 dev lan nodad
		address add $OWN4/32 dev lo
		address add $OWN6/128 dev lo
	END
	on lan -batch - <<-END
		address add 192.168.0.5/24 dev lan
		address add 192.168.50.5/24 dev lan
		address add 2001:db8:10::5/64 dev lan nodad
		route add default via 192.168.0.1
		route add default via 2001:db8:10::1
	END
	on inet address add $HOST4/32 dev lo
	on inet address add $HOST6/128 dev lo
	for i in 1 2 3; do
		add_link router inet "wan$i"
		on router address add "10.1.$i.2/24" dev "wan$i"
		on router address add "2001:db8:a$i::2/64" dev "wan$i" nodad
		on inet address add "10.1.$i.1/24" dev "wan$i"
		on inet address add "2001:db8:a$i::1/64" dev "wan$i" nodad
		on inet address add fe80::$i/64 dev "wan$i" nodad
	done
	two_gateways
	{
		echo "table inet count {"
		for i in 1 2 3; do
			echo "counter w$i {}"
		done
		echo "chain in { type filter hook prerouting priority -500;"
		# Not the neighbours' own talk.
		echo "meta nfproto ipv6 meta l4proto icmpv6 icmpv6 type {" \
			"nd-neighbor-solicit, nd-neighbor-advert," \
			"nd-router-solicit, mld2-listener-report } accept"
		for i in 1 2 3; do
			echo "iifname wan$i counter name w$i"
		done
		echo "}"
		echo "}"
	} | in_ns inet nft -f -
	# Somebody asks for states, so connections are tracked.
	router nft -f - <<-END
		table inet track {
			chain in {
				type filter hook input priority 0
				iifname lo accept
				ct state invalid drop
			}
			chain others {
				type filter hook prerouting priority mangle
				ct state new ct mark set 0xab0000cd
			}
		}
	END
	config
	serve router 7 10.1.{1,2,3}.2 192.168.0.1 $OWN4 10.1.4.2 \
		2001:db8:a{1,2,3}::2 2001:db8:10::1 $OWN6
	serve inet 7 $HOST4 $HOST6
}

two_gateways() {
	local i

	on sw link add name bridge0 type bridge
	on sw link set dev bridge0 up
	add_link router sw wan4
	on router address add 10.1.4.2/24 dev wan4
	on sw link set wan4 master bridge0
	for i in 1 2; do
		add_link sw gw$i port$i
		on sw link set port$i master bridge0
		on gw$i address add 10.1.4.$((i * 2 - 1))/24 dev port$i
		on gw$i address add 198.51.100.$i/32 dev lo
		on gw$i route add $OWN4 via 10.1.4.2 src 198.51.100.$i
	done
}

# serve NS PORT ADDR...
serve() {
	local name=$1
	shift

	in_ns "$name" python3 -B -E -S "$HERE/own_traffic.py" serve "$@" \
		>"$WORK/serve-$name" &
	SERVERS="${SERVERS-} $!"
	check_true "a server in $name" wait_until 20 \
		grep -q ready "$WORK/serve-$name"
}

# config [LINE...]: main prefers wan1; then the lines.
config() {
	local i

	{
		for i in 1 2 3; do
			echo "route add default via 10.1.$i.1 dev wan$i distance $i"
			echo "-6 route add default via fe80::$i dev wan$i distance $i"
		done
		echo "route add default via 10.1.4.1 dev wan4 distance 4"
		echo "route add default via 10.1.4.3 dev wan4 distance 4"
		printf '%s\n' "$@"
	} | load_config
	# Each WAN has a default in the kernel before anybody asks there.
	check_true "kernel defaults" wait_until 10 kept
}

kept() {
	[ "$(on router route show proto 201 | wc -l)" = 4 ] &&
		[ "$(on router -6 route show proto 201 | wc -l)" = 3 ]
}

# came: packets that came to inet by each WAN since the last call.
CAME=
came() {
	CAME=$(in_ns inet nft -j reset counters table inet count |
		jq -r '[.nftables[].counter | select(.) | {(.name): .packets}] |
			add | "\(.w1) \(.w2) \(.w3)"')
}

# by WHAT I: since the last call they came by wanI alone.
by() {
	came
	case $2 in
	1) [[ $CAME == [1-9]*\ 0\ 0 ]] && return ;;
	2) [[ $CAME == 0\ [1-9]*\ 0 ]] && return ;;
	3) [[ $CAME == 0\ 0\ [1-9]* ]] && return ;;
	esac
	fail "$1: by wan$2 alone, came: $CAME"
}

ask() {
	local name=$1
	shift

	in_ns "$name" timeout 60 python3 -B -E -S "$HERE/own_traffic.py" \
		ask "$@"
}

# answered WHAT NS QUESTION...: each of them.
answered() {
	local what=$1 expected
	shift

	expected=$(printf ', answered%.0s' "${@:2}")
	check_eq "$what: ${*:2}" "$(ask "$@")" "${expected#, }"
}

echoes() {
	[[ $(in_ns "$1" ping -q -c 2 -i 0.05 -W 3 "${@:2}" 2>&1) == *" 0% packet loss"* ]]
}

# Each WAN's own addresses, by TCP, UDP and ICMP, from the internet.
wan_addresses() {
	local i

	for i in 1 2 3; do
		way_in "$i"
		came
		answered "$1wan$i" inet {tcp,udp},$HOST4,10.1.$i.2 \
			{tcp,udp},$HOST6,2001:db8:a$i::2
		check_true "$1ping wan$i" echoes inet -I $HOST4 10.1.$i.2
		check_true "$1ping wan$i" echoes inet -I $HOST6 2001:db8:a$i::2
		by "$1wan$i" "$i"
	done
}

# way_in I: the internet reaches what is the router's by wanI.
way_in() {
	in_ns inet ip -batch - <<-END
		route replace $OWN4 via 10.1.$1.2
		route replace $OWN6 via 2001:db8:a$1::2
	END
}

answers() {
	wan_addresses ""
	check_json "each uplink has a pin" "$(ctl -j nexthop show)" \
		'[.[] | select(.pin_id) | .pin_id] | (unique | length) == length
		 and length == 8' true
}

through_drop() {
	config "rule add drop"
	wan_addresses "through drop, "
	check_eq "what it asks itself is dropped" \
		"$(ask router udp,-,$HOST4)" "Invalid argument"
	config
}

# counted I FAMILY: packets, by the counter of this uplink.
counted() {
	ctl -j nexthop show | jq --arg dev "wan$1" --arg family "ipv$2" \
		'[.[] | select(.device == $dev and .family == $family) |
		.packets] | add'
}

# An address that no WAN owns: only the connection knows.
any_wan() {
	local i four six

	for i in 1 2 3; do
		way_in "$i"
		came
		four=$(counted "$i" 4) six=$(counted "$i" 6)
		answered "by wan$i" inet {tcp,udp},$HOST4,$OWN4 \
			{tcp,udp},$HOST6,$OWN6
		by "what came in by wan$i" "$i"
		check_num "IPv4's answers are counted" \
			$(($(counted "$i" 4) - four)) -ge 4
		check_num "IPv6's answers are counted" \
			$(($(counted "$i" 6) - six)) -ge 4
	done
	# Without pins it goes where main prefers.
	config "set pin-mask 0"
	way_in 2
	came
	answered "without pins" inet tcp,$HOST4,$OWN4
	by "without pins" 1
	config
	way_in 3
	came
	answered "with pins again" inet tcp,$HOST4,$OWN4
	by "with pins again" 3
}

# A connection keeps its way back over a load, and its mark is nobody else's.
marks() {
	local pins mark

	way_in 2
	pins=$(pin_ids)
	mkfifo "$WORK/hold"
	in_ns inet python3 -B -E -S "$HERE/own_traffic.py" hold $HOST4 $OWN4 7 \
		<"$WORK/hold" >"$WORK/held" &
	SERVERS="$SERVERS $!"
	exec {HOLD}>"$WORK/hold"
	check_true "open" wait_until 10 grep -q open "$WORK/held"
	came
	echo >&"$HOLD"
	check_true "answered" wait_until 10 held 1
	by "a connection" 2
	mark=$(router conntrack -L -p tcp -d $OWN4 --state ESTABLISHED \
		2>/dev/null | sed -nE 's/.* mark=([0-9]+).*/\1/p' | tail -n 1)
	check_eq "the other bits are as they were" \
		$((mark & 0xffff00ff)) $((0xab0000cd))
	# Whoever has such a mark without having come by a WAN has no pin.
	router nft add rule inet track others iifname lan ct state new \
		ct mark set $((mark))
	came
	answered "a LAN's mark is its own" lan {tcp,udp},192.168.0.5,192.168.0.1
	came
	check_eq "nothing of it went out" "$CAME" "0 0 0"
	router nft flush chain inet track others
	router nft add rule inet track others ct state new \
		ct mark set 0xab0000cd
	check_eq "the pin is wan2's" $((mark >> 8 & 0xff)) \
		"$(ctl -j nexthop show | jq '.[] | select(.pin_id and
		.device == "wan2" and .family == "ipv4") | .pin_id')"
	config "rule add drop"
	config
	check_eq "pins stay over loads" "$(pin_ids)" "$pins"
	came
	echo >&"$HOLD"
	check_true "answered after loads" wait_until 10 held 2
	by "after loads" 2
	# Its path dies: the others are better than nothing.
	on inet link set wan2 down
	way_in 3
	check_true "dead" wait_until 5 wan_state 2 dead
	came
	echo >&"$HOLD"
	check_true "answered by another path" wait_until 15 held 3
	came
	check_true "not by wan2: $CAME" test "${CAME#* 0 }" != "$CAME"
	on inet link set wan2 up
	on inet address replace 2001:db8:a2::1/64 dev wan2 nodad
	on inet address replace fe80::2/64 dev wan2 nodad
	check_true "alive" wait_until 5 wan_state 2 alive
	exec {HOLD}>&-
}

held() {
	[ "$(grep -c answered "$WORK/held")" = "$1" ]
}

pin_ids() {
	ctl -j nexthop show | jq -c '[.[] | select(.pin_id) |
		{(.device + .family + (.gateway // "")): .pin_id}] | add'
}

# Two gateways on one device: who sent it is known by his link address.
same_link() {
	local i

	for i in 1 2; do
		check_true "gw$i is a neighbour" echoes router -I wan4 \
			10.1.4.$((i * 2 - 1))
	done
	for i in 1 2; do
		answered "from behind gw$i" gw$i \
			{tcp,udp},198.51.100.$i,$OWN4
	done
	# With one gateway on the link the other is a neighbour as any host is:
	# he came in by it, but the answer goes to him.
	ctl route del default via 10.1.4.3 dev wan4
	answered "a neighbour" gw2 {tcp,udp},10.1.4.3,10.1.4.2
	# And so it is for who is behind him.
	on router route add 198.51.100.2 via 10.1.4.3
	answered "behind a neighbour" gw2 {tcp,udp},198.51.100.2,$OWN4
	check_json "and so it is told" "$(ctl -j get flow 198.51.100.2 \
		from $OWN4 ipproto udp sport 7 dport "$(port_of udp)")" \
		'"\(.verdict) \(.gateway)"' "forward 10.1.4.3"
	on router route del 198.51.100.2
	config
}

# port_of PROTO [WORD...]: the source port of a connection of 198.51.100.2's.
port_of() {
	router conntrack -L -p "$1" "${@:2}" 2>/dev/null |
		sed -nE '/198.51.100.2/s/^[^=]*=[^=]*=[^ ]* sport=([0-9]+).*/\1/p' |
		tail -n 1
}

# leaves_as ADDRESS N: so many TCP connections do.
leaves_as() {
	[ "$(router conntrack -L -p tcp --reply-dst "$1" 2>/dev/null |
		wc -l)" = "$2" ]
}

# Two networks on one link: each gateway has the address in its own.
two_networks() {
	on router address add 10.1.5.2/24 dev wan4
	on router address add 203.0.115.1/28 dev wan4
	on gw2 address add 10.1.5.1/24 dev port2
	config "route add default via 10.1.5.1 dev wan4 distance 5" \
		"table add t" \
		"route add default via 10.1.5.1 dev wan4 table t" \
		"route add default via 10.1.4.1 dev wan4 table t distance 2" \
		"rule add from 192.168.0.5 lookup t"
	for i in 4 5; do
		check_json "whose is 10.1.$i.2" \
			"$(ctl -j get $HOST4 from 10.1.$i.2)" \
			'"\(.gateway) \(.owner)"' "10.1.$i.1 true"
	done
	check_json "in no gateway's network" \
		"$(ctl -j get $HOST4 from 203.0.115.1)" \
		'"\(.device) \(.owner)"' "wan4 true"
	serve gw2 7 198.51.100.2
	router nft -f - <<-END
		table ip two { chain out {
			type nat hook postrouting priority srcnat
			oifname wan4 masquerade
		}
		}
	END
	in_ns gw1 nft -f - <<-END
		table ip watch { counter others { }
		chain in {
			type filter hook prerouting priority -500
			ip saddr 10.1.5.2 counter name others
		}
		}
	END
	ends_with dead
	ctl nexthop set 10.1.5.1 dev wan4 state auto
	ends_with deleted
	strays
	in_ns gw1 nft delete table ip watch
	router nft delete table ip two
	on router address del 10.1.5.2/24 dev wan4
	on router address del 203.0.115.1/28 dev wan4
	config
}

# ends_with dead|deleted: a connection by the second gateway, with that.
ends_with() {
	local there holder

	router conntrack -F 2>/dev/null
	rm -f "$WORK/two"
	mkfifo "$WORK/two"
	in_ns lan python3 -B -E -S "$HERE/own_traffic.py" hold 192.168.0.5 \
		198.51.100.2 7 <"$WORK/two" >"$WORK/held-two" &
	holder=$!
	SERVERS="$SERVERS $holder"
	exec {TWO}>"$WORK/two"
	check_true "open" wait_until 10 grep -q open "$WORK/held-two"
	check_true "translated to its address" wait_until 5 \
		leaves_as 10.1.5.2 1 ||
		diag "$(router conntrack -L -p tcp 2>&1)"
	there="198.51.100.2 from 192.168.0.5 ipproto tcp sport $(port_of tcp \
		-s 192.168.0.5 -d 198.51.100.2) dport 7"
	if [ "$1" = dead ]; then
		ctl nexthop set 10.1.5.1 dev wan4 state dead
	else
		ctl route del default via 10.1.5.1 dev wan4
		ctl route del default via 10.1.5.1 dev wan4 table t
	fi
	# shellcheck disable=SC2086 # words
	check_json "$1: its end is told" "$(ctl -j get flow $there)" \
		.pin.result ends
	echo >&"$TWO"
	check_true "$1: it ends" wait_until 10 leaves_as 10.1.5.2 0
	check_true "$1: and begins anew" wait_until 20 leaves_as 10.1.4.2 1
	check_json "$1: nothing left by the other with its address" \
		"$(in_ns gw1 nft -j list counter ip watch others)" \
		'.nftables[] | .counter | select(.) | .packets' 0
	exec {TWO}>&-
	wait $holder
}

# What belongs to no connection may be of one that has ended just now, and is
# translated by nobody. It does not leave; of IPv6 none has ended.
strays() {
	set_sysctl router net/netfilter/nf_conntrack_tcp_loose=0
	came
	ask_strays 192.168.50.5,$HOST4 2001:db8:10::5,$HOST6
	check_true "IPv6's alone" wait_until 10 stray_came
	set_sysctl router net/netfilter/nf_conntrack_tcp_loose=1
}

ask_strays() {
	in_ns lan python3 -B -E -S "$HERE/own_traffic.py" stray "$@"
}

stray_came() {
	came
	[ "$CAME" = "1 0 0" ]
}

# The router asks: its source chooses the WAN, whatever main prefers.
questions() {
	local i

	for i in 1 2 3; do
		came
		answered "from wan$i" router {tcp,udp},10.1.$i.2,$HOST4 \
			{tcp,udp},2001:db8:a$i::2,$HOST6 \
			{tcp,udp},-,$HOST4,wan$i {tcp,udp},-,$HOST6,wan$i
		check_true "ping from wan$i" echoes router -I 10.1.$i.2 $HOST4
		check_true "ping from wan$i" echoes router \
			-I 2001:db8:a$i::2 $HOST6
		by "from wan$i" "$i"
	done
	came
	answered "without a source" router {tcp,udp},-,$HOST4
	by "without a source" 1
	config "table add both" \
		"route add default via 10.1.1.1 dev wan1 table both" \
		"route add default via 10.1.2.1 dev wan2 table both" \
		"rule add iif lo lookup both"
	check_json "an example, without the source that it will have" \
		"$(ctl -j get $HOST4 ipproto tcp sport 1 dport 7)" .example true
	check_json "the path itself" "$(ctl -j get $HOST4 from $OWN4 \
		ipproto tcp sport 1 dport 7)" '.example // false' false
	config
}

iif_lo() {
	config "table add t" "route add default via 10.1.3.1 dev wan3 table t" \
		"-6 route add default via fe80::3 dev wan3 table t" \
		"rule add iif lo ipproto udp dport 7 lookup t" \
		"rule add iif lo to $HOST6 ipproto tcp prohibit" \
		"rule add iif lo to 198.51.100.1 unreachable before 0" \
		"rule add iif lan to $HOST4 drop"
	came
	# wan1 has chosen their source, but table t does not have it.
	answered "rules for udp" router udp,-,$HOST4 udp,-,$HOST6
	by "rules for udp" 3
	answered "no rule for tcp" router tcp,-,$HOST4
	by "no rule for tcp" 1
	# A TCP socket hears it by an ICMP error.
	check_eq "prohibited" "$(ask router tcp,-,$HOST6)" "Permission denied"
	check_eq "unreachable" "$(ask router {udp,tcp},-,198.51.100.1)" \
		"Network is unreachable, Network is unreachable"
	config
}

# A LAN that only ecmpctl knows: the answer does not leave for the internet.
lan_behind() {
	on lan route add 192.168.0.1/32 dev lan src 192.168.50.5
	config "route add 192.168.50.0/24 via 192.168.0.5 dev lan"
	came
	answered "from a LAN behind the LAN" lan \
		{tcp,udp},192.168.50.5,192.168.0.1 \
		{tcp,udp},192.168.50.5,10.1.2.2
	came
	check_eq "nothing went to the internet" "$CAME" "0 0 0"
	on lan route del 192.168.0.1/32
	config
}

# errors TEXT: the ICMP errors that inet gets meanwhile, and by what device.
listen() {
	in_ns inet tcpdump -Z root -l -n -i any "$1" >"$WORK/errors" 2>"$WORK/tcpdump" &
	LISTENER=$!
	SERVERS="$SERVERS $LISTENER"
	check_true "tcpdump" wait_until 20 grep -q listening "$WORK/tcpdump"
}

heard() {
	wait_until 5 grep -q "$1" "$WORK/errors" && return
	fail "no $1"
	diag "$(cat "$WORK/errors")"
}

errors() {
	local i

	# Hosts of the LAN have public addresses here.
	on router address add 203.0.114.1/24 dev lan
	on lan address add 203.0.114.5/24 dev lan
	set_sysctl router net/ipv4/icmp_errors_use_inbound_ifaddr=1
	listen "icmp[0] == 11 or icmp[0] == 3 or icmp6[0] == 3 or icmp6[0] == 2"
	for i in 1 2 3; do
		on inet route replace 203.0.114.0/24 via 10.1.$i.2
		on inet route replace 2001:db8:10::/64 via 2001:db8:a$i::2
		in_ns inet ping -q -c 1 -t 1 -W 1 -I $HOST4 203.0.114.5 >/dev/null
		heard "wan$i .*10.1.$i.2 > $HOST4: ICMP time exceeded"
		in_ns inet ping -q -c 1 -t 1 -W 1 -I $HOST6 2001:db8:10::5 \
			>/dev/null
		heard "In .*2001:db8:a.::2 > $HOST6: ICMP6, time exceeded"
	done || true
	on router link set lan mtu 1300
	for i in 1 2 3; do
		on inet route replace 203.0.114.0/24 via 10.1.$i.2
		on inet route replace 2001:db8:10::/64 via 2001:db8:a$i::2
		in_ns inet ping -q -c 1 -M "do" -s 1400 -W 1 -I $HOST4 \
			203.0.114.5 >/dev/null
		heard "wan$i .*10.1.$i.2 > $HOST4: ICMP 203.0.114.5 unreachable - need to frag (mtu 1300)"
		in_ns inet ip route flush cache
	done || true
	in_ns inet ping -q -c 1 -M "do" -s 1400 -W 1 -I $HOST6 2001:db8:10::5 \
		>/dev/null || true
	heard "ICMP6, packet too big, mtu 1300"
	kill $LISTENER
	on router link set lan mtu 1500
	# Each error left by the WAN whose address it bore.
	check_eq "no error by another's WAN" "" "$(sed -nE \
		's/.*(wan[0-9]) +In .* 10\.1\.([0-9])\.2 > .*/\1 wan\2/p' \
		"$WORK/errors" | awk '$1 != $2')"
	on router address del 203.0.114.1/24 dev lan
	on lan address del 203.0.114.5/24 dev lan
}

# The kernel learns a path MTU for its own route, which is wan1's; the packets
# leave by another.
path_mtu() {
	add_ns far
	set_sysctl far net/ipv6/conf/all/disable_ipv6=0 \
		net/ipv6/conf/default/disable_ipv6=0 \
		net/ipv6/conf/default/accept_dad=0
	set_sysctl inet net/ipv4/ip_forward=1 net/ipv6/conf/all/forwarding=1 \
		net/ipv4/icmp_ratelimit=0 net/ipv6/icmp/ratelimit=0
	add_link inet far far
	on inet link set far mtu 1300
	on far link set far mtu 1300
	on inet address add 198.51.101.1/24 dev far
	on inet address add 2001:db8:fa::1/64 dev far nodad
	on far address add 198.51.101.2/24 dev far
	on far address add 2001:db8:fa::2/64 dev far nodad
	on far route add default via 198.51.101.1
	on far route add default via 2001:db8:fa::1
	serve far 7 198.51.101.2 2001:db8:fa::2
	in_ns inet nft -f - <<-END
		table inet long {
			counter long {}
			chain in {
				type filter hook prerouting priority -500
				iifname wan* meta length > 1300 counter name long
			}
		}
	END
	config "table add big" \
		"route add default via 10.1.2.1 dev wan2 table big" \
		"-6 route add default via fe80::2 dev wan2 table big" \
		"rule add lookup big"
	came
	check_eq "too big for the path" "$(router timeout 60 python3 -B -E -S \
		"$HERE/own_traffic.py" big 1400 198.51.101.2 2001:db8:fa::2)" \
		"answered, answered"
	came
	check_true "by wan2: $CAME" [ "${CAME#0 [1-9]}" != "$CAME" ]
	# Wholes came until the router was told; now none does.
	in_ns inet nft reset counters table inet long >/dev/null
	check_eq "learned" "$(router timeout 60 python3 -B -E -S \
		"$HERE/own_traffic.py" big 1400 198.51.101.2 2001:db8:fa::2)" \
		"answered, answered"
	check_json "nothing came whole" \
		"$(in_ns inet nft -j list counter inet long long)" \
		'.nftables[] | .counter | select(.) | .packets' 0
	in_ns inet nft delete table inet long
	config
}

# The answer to a handshake leaves by the WAN that it came in on.
wireguard() {
	local key peer to

	key=$(router wg genkey)
	peer=$(in_ns inet wg genkey)
	for to in 10.1.2.2 10.1.3.2 '[2001:db8:a2::2]'; do
		on router link add wg0 type wireguard
		on inet link add wg0 type wireguard
		router wg set wg0 listen-port 51820 private-key <(echo "$key") \
			peer "$(wg pubkey <<<"$peer")" allowed-ips 10.9.0.2/32
		in_ns inet wg set wg0 listen-port 51821 \
			private-key <(echo "$peer") \
			peer "$(wg pubkey <<<"$key")" \
			allowed-ips 10.9.0.1/32 endpoint "$to:51820"
		on router address add 10.9.0.1/24 dev wg0
		on inet address add 10.9.0.2/24 dev wg0
		on router link set wg0 up
		on inet link set wg0 up
		came
		check_true "by $to" wait_until 20 echoes inet 10.9.0.1
		# Now the router begins.
		check_true "and back" echoes router 10.9.0.2
		case $to in
		10.1.3.2) by "by $to" 3 ;;
		*) by "by $to" 2 ;;
		esac
		on router link del wg0
		on inet link del wg0
	done
}

refused() {
	check_fail "a hole" "side by side" ctl set pin-mask 0xf0f0
	check_fail "one bit" "side by side" ctl set pin-mask 0x100
	check_json "by default" "$(ctl -j settings show)" .pin_mask $((0xff00))
	ctl set pin-mask 0x30000000
	check_true "saved" eval 'ctl save | grep -qx "set pin-mask 0x30000000"'
	check_json "as many as fit" "$(ctl -j nexthop show)" \
		'[.[] | select(.pin_id)] | length' 3
	check_true "and it says so" eval \
		'ctl settings show | grep -q "more uplinks than pins"'
	config
	check_json "the default again" "$(ctl -j settings show)" .pin_mask \
		$((0xff00))
	check_json "and all are pinned" "$(ctl -j nexthop show)" \
		'[.[] | select(.pin_id)] | length' 8
}

ended() {
	# shellcheck disable=SC2086 # a list of processes
	kill $SERVERS 2>/dev/null
	wait 2>/dev/null
	rmmod ecmp
	check_output "no default is left" "" on router route show proto 201
	load_module
}

run_tests \
	setup "the network is there" \
	answers "answers leave by the WAN that was asked" \
	through_drop "a drop as last rule cuts none" \
	any_wan "an address that is everywhere" \
	marks "the conntrack mark: loads, others' bits, a dead path" \
	same_link "two gateways on one link" \
	two_networks "two networks on one link" \
	questions "the source chooses the WAN" \
	iif_lo "rules for the router's own traffic" \
	lan_behind "a LAN that only ecmpctl knows" \
	errors "ICMP errors" \
	path_mtu "a path MTU that was learned" \
	wireguard "WireGuard" \
	refused "masks and their pins" \
	ended "the module goes"
