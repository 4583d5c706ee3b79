#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_tests calls the functions
#
# Beside others who have a say in the kernel's routing: Tailscale's and
# wg-quick's ip rules, VRFs.
#
#  lan10, lan20 --- router --- wan1, wan2, wan3 --- inet
#                        '---- ts0 --- tail, 100.64.0.0/10
#
# The kernel's default is by wan1; what the module decides goes by wan2.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=sides.bash
. "$LIB/sides.bash"

setup() {
	topology6 3
	on router route add default via 10.1.1.1 dev wan1
	on router -6 route add default via 2001:db8:a1::1 dev wan1
	in_ns inet nft -f - <<-END
		table inet wires {
			counter w1 { }
			counter w2 { }
			counter w3 { }
			chain in {
				type filter hook prerouting priority -460
				iifname wan1 icmp type echo-request counter name w1
				iifname wan2 icmp type echo-request counter name w2
				iifname wan3 icmp type echo-request counter name w3
			}
		}
	END
}

# config RULE...: these before everything else by wan2. WARNED is what load
# had to say.
config() {
	{
		cat <<-END
			set kernel-routes off
			table add t2
			table add t3
			route add default via 10.1.2.1 dev wan2 table t2
			route add default via 2001:db8:a2::1 dev wan2 table t2
			route add default via 10.1.3.1 dev wan3 table t3
			route add default via 2001:db8:a3::1 dev wan3 table t3
		END
		[ $# = 0 ] || printf 'rule add %s\n' "$@"
		echo "rule add lookup main min-prefix 0"
		echo "rule add lookup t2"
	} >"$WORK/config"
	WARNED=$(ctl load "$WORK/config" 2>&1)
}

# pings EXPECTED [OPTION...]: two of the router's own, on wan1, wan2, wan3.
pings() {
	local expected=$1
	shift

	in_ns inet nft reset counters table inet wires >/dev/null
	router ping -q -c 2 -i 0.1 -W 5 "$@" 203.0.113.1 >/dev/null || true
	check_eq "own traffic: ping $*" "$(in_ns inet nft list counters \
		table inet wires | awk '$1 == "packets" { print $2 }' |
		paste -s -d ' ')" "$expected"
}

# --- VPNs that bring ip rules of their own -------------------------------

tailscale() {
	local family

	add_ns tail
	add_link router tail ts0
	quiet tail
	on router address add 100.64.0.1/32 dev ts0
	on router address add fd7a:115c:a1e0::1/128 dev ts0 nodad
	on router route add 100.64.0.0/10 dev ts0 table 52
	on router route add fd7a:115c:a1e0::/48 dev ts0 table 52
	on tail address add 100.64.1.1/10 dev ts0
	on tail address add fd7a:115c:a1e0::9/48 dev ts0 nodad
	for family in -4 -6; do
		on router "$family" -batch - <<-END
			rule add pref 5210 fwmark 0x80000/0xff0000 lookup main
			rule add pref 5230 fwmark 0x80000/0xff0000 lookup default
			rule add pref 5250 fwmark 0x80000/0xff0000 unreachable
			rule add pref 5270 lookup 52
		END
	done
	config "mark 0x80000/0xff0000 native" "to 100.64.0.0/10 native" \
		"to fd7a:115c:a1e0::/48 native"
	for family in "5210" "5250" "5270" "ip -6 rules"; do
		check_true "load warns of $family" grep -q "$family" \
			<<<"$WARNED"
	done
	cat >"$WORK/cases" <<-END
		tail4 dst=100.64.1.1
		tail6 dst=fd7a:115c:a1e0::9
		world4
		world6 dst=2001:db8:cafe::1
		back4 from=tail:ts0 src=100.64.1.1 dst=192.168.10.5
		back6 from=tail:ts0 src=fd7a:115c:a1e0::9 dst=2001:db8:10::5
	END
	TEXT=$(packets tail,inet,lan10)
	says "its addresses by its device, the rest by ours" \
		'tail4 tail:ts0 .*' 'tail6 tail:ts0 .*' \
		'world4 inet:wan2 .*' 'world6 inet:wan2 .*' \
		'back4 lan10:lan10 .*' 'back6 lan10:lan10 .*'
	# What tailscaled says itself goes by the kernel's main table.
	pings "2 0 0" -m 524288
	pings "0 2 0" -m 262144
	pings "0 2 0"
	check_true "the router reaches the others" \
		router ping -q -c 1 -W 5 100.64.1.1
	check_true "and by IPv6" router ping -q -c 1 -W 5 fd7a:115c:a1e0::9
	# The same without "native": its table is followed.
	{
		echo "table add tailscale kernel 52"
		echo "rule add mark 0x80000/0xff0000 native"
		echo "rule add lookup tailscale"
		cat "$WORK/config"
	} | grep -v "to .* native" >"$WORK/config2"
	ctl load "$WORK/config2" 2>/dev/null
	TEXT=$(packets tail,inet,lan10)
	says "by its own table" 'tail4 tail:ts0 .*' 'tail6 tail:ts0 .*' \
		'world4 inet:wan2 .*' 'world6 inet:wan2 .*'
	pings "2 0 0" -m 524288
	for family in -4 -6; do
		for pref in 5210 5230 5250 5270; do
			echo "rule del pref $pref"
		done | on router "$family" -batch -
	done
}

wg_quick() {
	local family

	on router route add default dev ts0 table 51820
	on router -6 route add default dev ts0 table 51820
	on tail address add 198.18.0.1/32 dev ts0
	for family in -4 -6; do
		on router "$family" -batch - <<-END
			rule add pref 32764 lookup main suppress_prefixlength 0
			rule add pref 32765 not fwmark 51820 lookup 51820
			rule add pref 32700 ipproto tcp dport 22 sport 5-9 uidrange 0-7 table main
		END
	done
	config "mark 51820 native" "iif lan20 native"
	check_true "load warns: not fwmark" grep -q 51820 <<<"$WARNED"
	check_eq "load warns of the others, as ip rule shows them" \
		"$(grep -oE '(32764|32700): .*' <<<"$WARNED" | sort -u)" \
		"32700: from all uidrange 0-7 ipproto 6 sport 5-9 dport 22 lookup 254
32764: from all lookup 254 suppress_prefixlength 0"
	cat >"$WORK/cases" <<-END
		vpn4 from=lan20 src=192.168.20.100
		vpn6 from=lan20 src=2001:db8:20::100 dst=2001:db8:cafe::1
		lan4 from=lan20 src=192.168.20.100 dst=192.168.10.5
		lan6 from=lan20 src=2001:db8:20::100 dst=2001:db8:10::5
		world4
		world6 dst=2001:db8:cafe::1
	END
	TEXT=$(packets tail,inet,lan10)
	says "a LAN by the VPN, the rest by ours" \
		'lan4 lan10:lan10 .*' 'lan6 lan10:lan10 .*' \
		'world4 inet:wan2 .*' 'world6 inet:wan2 .*'
	says_not "the VPN's LAN by a WAN" '^vpn. inet'
	# They are on its wire, or it asks there who has their address.
	says_not "the VPN's LAN is refused" '^vpn. ! IP_INNOROUTES'
	pings "2 0 0" -m 51820
	pings "0 2 0"
	# The kernel answers by the VPN; who asked by a WAN hears it there.
	router nft -f - <<-END
		table inet track {
			chain in {
				type filter hook input priority 0
				ct state invalid drop
			}
		}
	END
	check_true "who asks by a WAN is answered by it" in_ns inet \
		ping -q -c 2 -i 0.2 -W 5 -I 203.0.113.1 10.1.2.2
	router nft delete table inet track
	for family in -4 -6; do
		on router "$family" rule del pref 32764
		on router "$family" rule del pref 32700
		on router "$family" rule del pref 32765
	done
	on router route flush table 51820
	on router -6 route flush table 51820
	config
	check_eq "load has nothing to warn of" "$WARNED" ""
}

# --- firewalls -----------------------------------------------------------

firewall() {
	local said="nftables asks the kernel's routes where packets come from"

	router nft -f - <<-END
		table inet strict {
			chain other {
				type filter hook input priority 0
				fib daddr type local accept
				fib saddr type local drop
			}
			chain raw {
				type filter hook prerouting priority raw
				ct state new counter
				fib saddr . iif oif missing drop
				fib saddr . mark . iif oif 0 drop
			}
		}
		table ip6 strict {
			chain raw {
				type filter hook prerouting priority raw
				fib saddr . iif oif missing drop
			}
		}
	END
	config
	check_eq "load warns, and names the chains" \
		"$(grep -A3 "$said" <<<"$WARNED" | tail -n +2)" \
		"  inet strict raw
  ip6 strict raw"
	router nft delete table inet strict
	router nft delete table ip6 strict
	config
	check_eq "without them there is nothing to warn of" "$WARNED" ""
}

# --- VRF -----------------------------------------------------------------

native_policy() {
	on router rule "$1" pref 1001 lookup main suppress_prefixlength 0 &&
		on router rule "$1" pref 1002 lookup 102 &&
		on router -6 rule "$1" pref 1001 \
			lookup main suppress_prefixlength 0 &&
		on router -6 rule "$1" pref 1002 lookup 102
}

vrf() {
	on router route add default via 10.1.2.1 dev wan2 table 102
	on router -6 route add default via 2001:db8:a2::1 dev wan2 table 102
	on router link add red up type vrf table 50
	on router link set lan20 master red
	on router address replace 2001:db8:20::1/64 dev lan20 nodad
	on router route add default via 10.1.3.1 dev wan3 table 50
	on router -6 route add default via 2001:db8:a3::1 dev wan3 table 50
	config
	check_eq "a VRF's ip rule is nothing to warn of" "$WARNED" ""
	cat >"$WORK/cases" <<-END
		red4 from=lan20 src=192.168.20.100
		red6 from=lan20 src=2001:db8:20::100 dst=2001:db8:cafe::1
		red_none4 from=lan20 src=192.168.20.100 dst=192.168.10.5 ttl=1
		other4
		other6 dst=2001:db8:cafe::1
	END
	both packets inet,lan10,lan20
	says "its own table" 'red4 inet:wan3 .*' 'red6 inet:wan3 .*' \
		'other4 inet:wan2 .*' 'other6 inet:wan2 .*'
	config "iif red lookup t2"
	TEXT=$(packets inet,lan10,lan20)
	says "a rule that names it" 'red4 inet:wan2 .*' 'red6 inet:wan2 .*'
	config "iif lan20 lookup t2"
	TEXT=$(packets inet,lan10,lan20)
	says "a rule that names its port" 'red4 inet:wan2 .*' \
		'red6 inet:wan2 .*'
	on router link del red
	on router address replace 2001:db8:20::1/64 dev lan20 nodad
}

run_tests \
	setup "the network is there" \
	tailscale "Tailscale's rules" \
	wg_quick "wg-quick's rules" \
	firewall "firewalls that ask the kernel's routes" \
	vrf "VRFs are left to the kernel unless a rule names them"
