#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_tests calls the functions
#
# IPsec beside the module: policies apply to what it routes, what they make of
# it is routed by the rules again, and nothing leaves in clear text.
#
#  lan10 192.168.10.5 --- router ==== ESP over wan1, wan2 ==== inet
#        2001:db8:10::5   172.31.0.1             45.57.94.1    203.0.113.0/24
#                         2001:db8:fe::1     2001:db8:beef::1  2001:db8:cafe::/48
#
# What the router sends is counted behind its last hook; a capture at the
# other end would see what was decrypted as well.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=sides.bash
. "$LIB/sides.bash"

setup() {
	local i

	topology6 2
	on router address add 172.31.0.1/32 dev lo
	on router address add 2001:db8:fe::1/128 dev lo nodad
	on inet address add 2001:db8:beef::1/128 dev lo nodad
	for i in 1 2; do
		# One byte: that is all that the kernel says it took.
		in_ns inet bash -c "printf 1 >/proc/sys/net/ipv6/conf/wan$i/ignore_routes_with_linkdown"
		on inet route add 172.31.0.1 via "10.1.$i.2" dev "wan$i" \
			metric $((100 + i))
		on inet route add 2001:db8:fe::1 via "2001:db8:a$i::2" \
			dev "wan$i" metric $((100 + i))
		router nft -f - <<-END
			table netdev wires$i {
				counter sealed { }
				counter open { }
				chain out {
					type filter hook egress device wan$i priority 0
					meta l4proto esp counter name sealed
					ip saddr 192.168.10.0/24 counter name open
					ip6 saddr 2001:db8:10::/64 counter name open
				}
			}
		END
	done
	{
		echo "rule add pref 1001 lookup main suppress_prefixlength 0"
		echo "rule add pref 1002 to 45.57.94.1 lookup 102"
		echo "rule add pref 1003 lookup 101"
	} >"$WORK/rules4"
	sed 's/45.57.94.1/2001:db8:beef::1/' "$WORK/rules4" >"$WORK/rules6"
	{
		echo "route add default via 10.1.1.1 dev wan1 table 101"
		echo "route add default via 10.1.2.1 dev wan2 table 102"
		echo "route add default via 2001:db8:a1::1 table 101"
		echo "route add default via 2001:db8:a2::1 table 102"
	} | on router -batch -
	tunnel
	config "to 45.57.94.1 lookup t2" "to 2001:db8:beef::1 lookup t2"
}

native_policy() {
	sed "s/rule add/rule $1/" "$WORK/rules4" | on router -batch - &&
		sed "s/rule add/rule $1/" "$WORK/rules6" | on router -6 -batch -
}

# config RULE...: these, then everything by wan1.
config() {
	{
		cat <<-END
			set hash-seed $SEED
			table add t1
			table add t2
			table add every
			rule add lookup main min-prefix 0
		END
		for i in 1 2; do
			for table in t$i every; do
				echo "route add default via 10.1.$i.1 dev wan$i table $table"
				echo "route add default via 2001:db8:a$i::1 dev wan$i table $table"
			done
		done
		printf 'rule add %s\n' "$@"
		echo "rule add lookup t1"
	} | load_config
}

KEY=0x$(printf '%040d' 1)

# state SRC DST SPI [WORD...]
state() {
	local src=$1 dst=$2 spi=$3
	shift 3

	echo "xfrm state add src $src dst $dst proto esp spi $spi reqid 1" \
		"mode tunnel aead rfc4106(gcm(aes)) $KEY 128 $*"
}

# policy DIR SRC DST FROM TO [WORD...]
policy() {
	local dir=$1 src=$2 dst=$3 from=$4 to=$5
	shift 5

	echo "xfrm policy add src $src dst $dst dir $dir $*" \
		"tmpl src $from dst $to proto esp reqid 1 mode tunnel"
}

# half LOCAL REMOTE LAN FAR SPI_OUT SPI_IN [WORD...]: one end of a tunnel.
half() {
	local local=$1 remote=$2 lan=$3 far=$4 out=$5 in=$6
	shift 6

	state "$local" "$remote" "$out" "$*"
	state "$remote" "$local" "$in" "$*"
	policy out "$lan" "$far" "$local" "$remote" "$*"
	policy in "$far" "$lan" "$remote" "$local" "$*"
	policy fwd "$far" "$lan" "$remote" "$local" "$*"
}

# tunnel [WORD...]: the words are for the router's end.
tunnel() {
	on router xfrm policy flush
	on router xfrm state flush
	on inet xfrm policy flush
	on inet xfrm state flush
	{
		half 172.31.0.1 45.57.94.1 "${LAN4-192.168.10.0/24}" \
			"${FAR4-203.0.113.0/24}" 0x101 0x102 "$@"
		half 2001:db8:fe::1 2001:db8:beef::1 \
			"${LAN6-2001:db8:10::/64}" \
			"${FAR6-2001:db8:cafe::/48}" 0x103 0x104 "$@"
	} | on router -batch -
	{
		half 45.57.94.1 172.31.0.1 203.0.113.0/24 192.168.10.0/24 \
			0x102 0x101
		half 2001:db8:beef::1 2001:db8:fe::1 2001:db8:cafe::/48 \
			2001:db8:10::/64 0x104 0x103
	} | on inet -batch -
}

# What has left since it was asked last.
wires() {
	local i

	for i in 1 2; do
		echo "wan$i" "$(router nft reset counters table netdev \
			"wires$i" | awk '/^\tcounter/ { name = $2 }
			$1 == "packets" { print name, $2 }' | paste -s -d ' ')"
	done
}

# Three questions and answers in each family.
answered() {
	local address

	wires >/dev/null
	for address in 203.0.113.1 2001:db8:cafe::1; do
		in_ns lan10 ping -q -c 3 -i 0.1 -w 30 "$address" |
			sed -n 's/ received.*//p'
	done
	wires
}

policies() {
	both answered
	check_eq "forwarded through the tunnel, ESP by its rule" "$TEXT" \
		"3 packets transmitted, 3
3 packets transmitted, 3
wan1 sealed 0 open 0
wan2 sealed 6 open 0"
	check_json "get says which way" "$(ctl -j get 45.57.94.1 \
		from 172.31.0.1 ipproto esp)" .device wan2
	config "ipproto esp lookup t1" "lookup t2"
	check_eq "a rule may name the protocol" "$(answered | tail -n 2)" \
		"wan1 sealed 6 open 0
wan2 sealed 0 open 0"
}

# Decrypted packets are not subject to rp_filter, and are routed as others.
decrypted() {
	config "to 203.0.113.0/24 lookup t2"
	set_sysctl router net/ipv4/conf/wan1/rp_filter=1
	check_eq "what is decrypted is forwarded" "$(answered)" \
		"3 packets transmitted, 3
3 packets transmitted, 3
wan1 sealed 6 open 0
wan2 sealed 0 open 0"
	set_sysctl router net/ipv4/conf/wan1/rp_filter=0
	ctl rule add iif wan1 from 203.0.113.0/24 drop at 0
	ctl rule add iif wan1 from 2001:db8:cafe::/48 drop at 0
	wires >/dev/null
	check_fail "rules see it" "0 received" in_ns lan10 \
		ping -q -c 2 -i 0.1 -W 1 203.0.113.1
	check_fail "rules see IPv6's" "0 received" in_ns lan10 \
		ping -q -c 2 -i 0.1 -W 1 2001:db8:cafe::1
	check_eq "the questions left encrypted" "$(wires)" \
		"wan1 sealed 4 open 0
wan2 sealed 0 open 0"
	config "to 45.57.94.1 lookup t2" "to 2001:db8:beef::1 lookup t2"
}

# Nobody else may speak for the other end.
clear_from_outside() {
	cat >"$WORK/cases" <<-END
		forged4 from=inet:wan1 src=203.0.113.1 dst=192.168.10.5
		forged6 from=inet:wan1 src=2001:db8:cafe:1::1 dst=2001:db8:10::5
		other4 from=inet:wan1 src=100.64.0.1 dst=192.168.10.5
		other6 from=inet:wan1 src=2001:db8:99::1 dst=2001:db8:10::5
	END
	both packets lan10,inet
	says "only who has no policy" 'other4 lan10.*' 'other6 lan10.*' \
		'forged4 ! XFRM_POLICY 1' 'forged6 \+ Ip6InDiscards 1'
	says_not "what should have been encrypted" '^forged. lan10'
}

# The administrator's way to pass over policies on a device, told later.
passed_over() {
	config "to 45.57.94.1 lookup t2"
	set_sysctl router net/ipv4/conf/wan1/disable_xfrm=1
	both left_by
	check_eq "in clear text now" "$TEXT" "wan1 sealed 0 open 3
wan2 sealed 0 open 0"
	set_sysctl router net/ipv4/conf/wan1/disable_xfrm=0
	both left_by
	check_eq "encrypted again" "$TEXT" "wan1 sealed 0 open 0
wan2 sealed 3 open 0"
	config "to 45.57.94.1 lookup t2" "to 2001:db8:beef::1 lookup t2"
}

left_by() {
	wires >/dev/null
	in_ns lan10 ping -q -c 3 -i 0.1 -W 0.1 203.0.113.1 >/dev/null || true
	wires
}

# The tunnel's packets over an ECMP path; the path that they take dies.
path_dies() {
	local first other

	config "lookup every"
	first=$(ctl -j get 45.57.94.1 from 172.31.0.1 ipproto esp |
		jq -r .device)
	left_by >"$WORK/left"
	check_true "ESP by $first, as get says" \
		grep -x "$first sealed 3 open 0" "$WORK/left"
	other=wan$((3 - ${first#wan}))
	wan_down "${first#wan}"
	check_eq "all of it by $other" "$(answered | sort)" \
		"$(printf '%s\n' "3 packets transmitted, 3" \
			"3 packets transmitted, 3" "$first sealed 0 open 0" \
			"$other sealed 6 open 0" | sort)"
	on router link set "$first" up
	on router address replace "2001:db8:a${first#wan}::2/64" dev "$first" \
		nodad
	wait_state "${first#wan}" alive
}

# An xfrm interface as a path of a table.
interface() {
	# As many set it up: what is sent there is encrypted, whatever it is.
	LAN4=0.0.0.0/0 FAR4=0.0.0.0/0 LAN6=::/0 FAR6=::/0 tunnel if_id 7
	on router link add ipsec0 up type xfrm if_id 7
	config "to 45.57.94.1 lookup t2" "to 2001:db8:beef::1 lookup t2"
	ctl table add far
	ctl route add 203.0.113.0/24 dev ipsec0 table far
	ctl route add 2001:db8:cafe::/48 dev ipsec0 table far
	ctl rule add iif lan10 lookup far at 0
	check_eq "by ipsec0, then by the rule for ESP" "$(answered)" \
		"3 packets transmitted, 3
3 packets transmitted, 3
wan1 sealed 0 open 0
wan2 sealed 6 open 0"
}

# A rule that sends the tunnel's packets into the tunnel costs the tunnel.
interface_loop() {
	ctl route add 45.57.94.0/24 dev ipsec0 table far
	ctl route add 2001:db8:beef::/48 dev ipsec0 table far
	ctl rule add lookup far at 0
	wires >/dev/null
	in_ns lan10 ping -q -c 3 -i 0.1 -W 0.1 203.0.113.1 >/dev/null || true
	in_ns lan10 ping -q -c 3 -i 0.1 -W 0.1 2001:db8:cafe::1 >/dev/null ||
		true
	wires >"$WORK/left"
	check_fail "nothing in clear text" "" grep -v "open 0" "$WORK/left"
	ctl rule del 0
	check_eq "all is well again" "$(answered | sed -n 1,2p)" \
		"3 packets transmitted, 3
3 packets transmitted, 3"
}

run_tests \
	setup "the network is there" \
	policies "policies apply to what the module routed" \
	decrypted "decrypted packets are routed like others" \
	clear_from_outside "clear text for a protected LAN is refused" \
	passed_over "disable_xfrm of a device is heeded at once" \
	path_dies "ESP over an ECMP path, and when it dies" \
	interface "an xfrm interface as a path" \
	interface_loop "an xfrm interface's packets sent into itself"
