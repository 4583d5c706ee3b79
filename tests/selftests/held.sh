#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_tests calls the functions
#
# 100 packets of each kind and family are held on their way through the router,
# wherever they can be: in nfqueue before the module has decided them and after,
# in FORWARD, in POSTROUTING before NAT and after, on their way out of the router
# itself; in the queue of a neighbour that does not answer; in that of a device;
# and as first pieces without the last. Then their path goes, in each of the ways
# in which it can, and they are let go. They go out by a path that they may take,
# from this path's own address, or nowhere.
#
#  lan10 -- router -- wan1 -- inet      wan1: distance 1; and the kernel's own
#                 \-- wan2 --/          default is wan2
#                 \-- vlan7, on wan1    the device that does not send
#
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=left.bash
. "$LIB/left.bash"
# shellcheck source=hold.bash
. "$LIB/hold.bash"
# shellcheck source=steady.bash
. "$LIB/steady.bash"

BOTH=yes
N=100
# The UDP port tells where a packet is held: in PREROUTING before it is decided
# and after, in FORWARD, in POSTROUTING before NAT and after; in OUTPUT before
# and after; by a neighbour, by a device; as a piece.
BEFORE=5001 AFTER=5002 FORWARD=5003 UNNATED=5004 NATED=5005
OWN_BEFORE=5006 OWN_AFTER=5007 NEIGHBOUR=5008 DEVICE=5009 PIECES=5010
# In nfqueue, of both families.
HELD=$((2 * 7 * N))
# For the module to be removed, in milliseconds.
REMOVED=$((30000 * PATIENCE))
declare -A MAY=()

setup() {
	topology 2
	# They are let go all at once: they have room on the way to inet.
	echo 10000 >/proc/sys/net/core/netdev_max_backlog
	# User Mode Linux as we make it has no queue that waits.
	PLUG=yes
	if ! modprobe sch_plug 2>/dev/null; then
		PLUG=no
		[[ $(uname -r) == *-ecmp ]] || fail "there is no sch_plug"
		diag "this kernel has no sch_plug: no device holds packets"
	fi
	modprobe nf_conntrack
	# Pieces of all of them are waited for, and for long.
	set_sysctl router net/ipv4/ipfrag_max_dist=0 net/ipv4/ipfrag_time=600 \
		net/netfilter/nf_conntrack_frag6_timeout=600
	watch
	wan1
	on router route add default via 10.1.2.1
	on router route add default via 2001:db8:a2::1
	router nft -f - <<-END
		table inet nat {
			chain out {
				type nat hook postrouting priority srcnat
				oifname { "wan*", vlan7 } masquerade
			}
		}
	END
}

# What of ours comes to the internet: by which device, to which port; is it from
# this device's address?
watch() {
	in_ns inet nft -f - <<-END
		table inet watch {
			set right {
				typeof iifname . udp dport . meta nfproto
				size 256; counter; flags dynamic;
			}
			set wrong {
				typeof iifname . udp dport . meta nfproto
				size 256; counter; flags dynamic;
			}
			chain in {
				type filter hook prerouting priority -450
				udp dport 5001-5010 jump ours
			}
			chain ours {
				iifname wan1 ip saddr 10.1.1.2 goto right
				iifname wan2 ip saddr 10.1.2.2 goto right
				iifname vlan7 ip saddr 10.7.0.2 goto right
				iifname wan1 ip6 saddr 2001:db8:a1::2 goto right
				iifname wan2 ip6 saddr 2001:db8:a2::2 goto right
				iifname vlan7 ip6 saddr 2001:db8:7::2 goto right
				update @wrong { iifname . udp dport . meta nfproto }
			}
			chain right {
				update @right { iifname . udp dport . meta nfproto }
			}
		}
	END
}

# What the topology does not give wan1: the device above it, and patience.
wan1() {
	local i word

	in_ns inet ip -batch - <<-END
		link add link wan1 name vlan7 up type vlan id 7
		address add 10.7.0.1/24 dev vlan7
		address add 2001:db8:7::1/64 dev vlan7
	END
	in_ns router ip -batch - <<-END
		link add link wan1 name vlan7 up type vlan id 7
		address add 10.7.0.2/24 dev vlan7
		address add 2001:db8:7::2/64 dev vlan7
	END
	for word in ipv4 ipv6; do
		set_sysctl router "net/$word/neigh/wan1/mcast_solicit=600" \
			"net/$word/neigh/wan1/unres_qlen_bytes=4000000"
	done
	for i in 1 2; do
		known "wan$i" "10.1.$i.1"
		known "wan$i" "2001:db8:a$i::1"
	done
	known vlan7 10.7.0.1
	known vlan7 2001:db8:7::1
}

config() {
	cat <<-END
		set hash-seed $SEED
		table add t
		table add n
		table add v
		route add default via 10.1.1.1 dev wan1 table t
		route add default via 10.1.2.1 dev wan2 table t distance 2
		route add default via 2001:db8:a1::1 dev wan1 table t
		route add default via 2001:db8:a2::1 dev wan2 table t distance 2
		route add default via 10.1.1.77 dev wan1 table n
		route add default via 2001:db8:a1::77 dev wan1 table n
		route add default via 10.7.0.1 dev vlan7 table v
		route add default via 2001:db8:7::1 dev vlan7 table v
		rule add ipproto udp dport $NEIGHBOUR lookup n
		rule add ipproto udp dport $DEVICE lookup v
		rule add from 192.168.0.0/16 lookup t
		rule add from 2001:db8:c0a8::/48 lookup t
	END
}

# --- they are held -------------------------------------------------------

# Of two hooks at the very end the one that was registered later runs first:
# these are there before the module's.
queues() {
	router nft -f - <<-END
		table inet hold {
			chain before {
				type filter hook prerouting priority 0
				udp dport $BEFORE queue num 5
			}
			chain after {
				type filter hook prerouting priority 2147483647
				udp dport $AFTER queue num 5
			}
			chain forward {
				type filter hook forward priority 0
				udp dport $FORWARD queue num 5
			}
			chain unnated {
				type filter hook postrouting priority 50
				udp dport $UNNATED queue num 5
			}
			chain nated {
				type filter hook postrouting priority 150
				udp dport $NATED queue num 5
			}
			chain own_before {
				type filter hook output priority 0
				udp dport $OWN_BEFORE queue num 5
			}
			chain own_after {
				type filter hook output priority 2147483647
				udp dport $OWN_AFTER queue num 5
			}
		}
	END
}

hold() {
	local address

	ctl load /dev/null
	router conntrack -F >/dev/null 2>&1
	for address in 10.1.1.77 2001:db8:a1::77; do
		on router neigh del "$address" dev wan1 2>/dev/null || true
	done
	queues
	config | load_config
	in_ns inet nft "flush set inet watch right; flush set inet watch wrong"
	if [ $PLUG = yes ]; then
		in_ns router tc qdisc del dev vlan7 root 2>/dev/null || true
		in_ns router tc qdisc add dev vlan7 root plug limit 10000000
	fi
	holder
	IDENT=$((1 + RANDOM % 20000))
	send 192.168.10.1 198.18.0.1
	send 2001:db8:c0a8:10::1 2001:2::1
	pieces first
	tell "hold $HELD" "held $HELD"
	check_eq "nothing has gone through" "$(came)" ""
	check_eq "neighbours are waited for" "$(on router neigh show dev wan1 |
		grep -c '77 .*INCOMPLETE')" 2
}

# send ROUTER TO: that many of each kind, of this family.
send() {
	local ports=$NEIGHBOUR n=$N

	[ $PLUG = no ] || ports=$NEIGHBOUR-$DEVICE n=$((2 * N))
	traffic flows m n=$((5 * N)) sport=2001-2$N dport=$BEFORE-$NATED \
		src="${1%1}5" dst="$2"
	traffic flows m n=$n sport=2001-2$N dport=$ports src="${1%1}5" dst="$2"
	router python3 -B -E -S "$LIB/own_traffic.py" burst $N "$1" "$2" \
		$OWN_BEFORE $OWN_AFTER
}

# pieces first|rest
pieces() {
	local words=("n=$N" pieces=2 "dport=$PIECES" "only=$1" "ident=$IDENT")

	python3 -B -E -S "$LIB/fragments.py" "$ID" "${words[@]}" \
		src=192.168.10.5 dst=198.18.0.1 >/dev/null &
	python3 -B -E -S "$LIB/fragments.py" "$ID" "${words[@]}" \
		src=2001:db8:c0a8:10::5 dst=2001:2::1 >/dev/null
	wait $!
}

# --- and let go ----------------------------------------------------------

let_all_go() {
	local address

	let_go
	if on router link show wan1 >/dev/null 2>&1; then
		[ $PLUG = no ] || in_ns router \
			tc qdisc change dev vlan7 root plug release_indefinite
		for address in 10.1.1.77 2001:db8:a1::77; do
			known wan1 "$address"
		done
	fi
	pieces rest
	router nft delete table inet hold
}

# may DEVICE|nowhere all|some PORT...: where packets of these kinds may go, and
# how many of them do.
may() {
	local port where="$1 $2"
	shift 2

	for port; do
		MAY[$port]=$where
	done
}

# came [right|wrong]: DEVICE PORT FAMILY PACKETS of each kind that came.
came() {
	in_ns inet nft -j list ruleset | jq -r --arg word "${1-}" '
		.nftables[].set | select(.) |
		select(.name == $word or $word == "") |
		.elem // empty | .[].elem |
		"\(.val.concat | join(" ")) \(.counter.packets)"' | sort
}

all_came() {
	local port came

	came=$(came right)
	for port in "${!MAY[@]}"; do
		[[ ${MAY[$port]} == *" all" ]] || continue
		[ "$(grep -c "^${MAY[$port]% *} $port .* $N$" <<<"$came")" = 2 ] ||
			return
	done
}

check_came() {
	local device port family packets where how

	check_true "all came that must" wait_until 20 all_came
	came right | while read -r device port family packets; do
		read -r where how <<<"${MAY[$port]}"
		[ "$device" = "$where" ] ||
			fail "$packets for $port, $family, went by $device"
		[ "$packets" -le $N ] ||
			fail "$packets for $port, $family, of $N"
	done
	check_eq "from another path's address" "$(came wrong)" ""
	[ $CHECK_FAILED = 0 ] || diag "$(came right)"
}

# --- what becomes of the path --------------------------------------------

# With a configuration that keeps it they go on as if nothing had been.
kept() {
	hold
	milliseconds ctl load "$WORK/config"
	check_eq "they are held" "$(held)" $HELD
	let_all_go
	may wan1 all $BEFORE $AFTER $FORWARD $UNNATED $NATED $OWN_BEFORE \
		$OWN_AFTER $NEIGHBOUR $PIECES
	may vlan7 all $DEVICE
	[ $PLUG = yes ] || unset "MAY[$DEVICE]"
	check_came
}

route() {
	hold
	ctl route del default via 10.1.1.1 dev wan1 table t
	ctl route del default via 2001:db8:a1::1 dev wan1 table t
	ctl route flush table n
	ctl route flush table v
	check_eq "they are held" "$(held)" $HELD
	let_all_go
	may wan2 all $BEFORE $OWN_BEFORE $PIECES
	may wan1 some $AFTER $FORWARD $UNNATED $NATED $OWN_AFTER $NEIGHBOUR
	may vlan7 some $DEVICE
	check_came
}

device() {
	hold
	bound
	milliseconds on router link del wan1
	check_num "wan1 is removed within" "$TOOK" -lt "$BOUND"
	# Netfilter drops those of which it knows that they leave by it.
	check_eq "they are held" "$(held)" $((HELD - 6 * N))
	let_all_go
	may wan2 all $BEFORE $OWN_BEFORE $PIECES
	may nowhere some $AFTER $FORWARD $UNNATED $NATED $OWN_AFTER \
		$NEIGHBOUR $DEVICE
	check_came
	wan_create 1
	wan1
}

# Netfilter drops what is held when a hook goes.
module() {
	hold
	milliseconds unload_module
	check_num "the module is removed within" "$TOOK" -lt "$REMOVED"
	check_true "it is gone" test ! -e /sys/module/ecmp
	check_eq "nothing is held" "$(held)" 0
	let_all_go
	may wan2 all $PIECES
	may wan1 some $NEIGHBOUR
	may vlan7 some $DEVICE
	may nowhere some $BEFORE $AFTER $FORWARD $UNNATED $NATED $OWN_BEFORE \
		$OWN_AFTER
	check_came
	load_module
}

works() {
	ctl load /dev/null
	config | load_config
	traffic flows m n=64
	check_eq "as it is told: $(answer)" "${R[wan1]:-0} ${R[got]}" "64 64"
	check_eq "references to the module" \
		"$(cat /sys/module/ecmp/refcnt)" 0
}

run_tests \
	setup "the network is there" \
	kept "a load keeps the path" \
	route "the path's route is deleted" \
	device "the path's device is deleted" \
	module "the module is removed" \
	works "what is left works"
