#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # run_tests calls the functions
#
# The kernel's routes in main and in tables that follow others of the kernel's:
# every kind, every metric of the default routes, nexthop objects, distances,
# and a storm of random changes after which every prefix is compared with what
# ip shows.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=kernel.bash
. "$LIB/kernel.bash"

kinds() {
	ctl rule add from 198.51.100.77 lookup main
	router ip -batch - <<-END
		route add 203.0.113.0/24 via 10.0.1.1
		route add 203.0.113.128/25 nexthop via 10.0.1.1 weight 3 nexthop via 10.0.2.1
		route add blackhole 203.0.113.7
		route add unreachable 203.0.113.8
		route add prohibit 203.0.113.9
		route add 203.0.114.0/24 dev wan3
		route add 203.0.115.0/24 via 10.0.2.1 proto bgp metric 30
		route add 203.0.115.0/24 via 10.0.3.1 proto bgp metric 20
		route add 2001:db8:cafe::/48 via 2001:db8:1::1
		route add 2001:db8:cafe:1::/64 nexthop via 2001:db8:1::1 weight 3 nexthop via 2001:db8:2::1
		route add 2001:db8:cafe:2::/64 via 2001:db8:1::1 metric 7
		route append 2001:db8:cafe:2::/64 via 2001:db8:3::1 metric 7
		route add blackhole 2001:db8:cafe::7
		route add unreachable 2001:db8:cafe::8
		route add prohibit 2001:db8:cafe::9
	END
	mirrored "the routes"
	check_path "a longer prefix" 203.0.114.5 wan3
	check_path "a blackhole" 203.0.113.7 drop
	check_path "unreachable" 203.0.113.8 host-unreachable
	check_path "prohibit" 203.0.113.9 prohibit
	check_path "the better metric" 203.0.115.1 wan3
	check_path "IPv6" 2001:db8:cafe::1 wan1
	check_path "IPv6 blackhole" 2001:db8:cafe::7 drop
	check_json "weights" "$(ctl -j route show 203.0.113.128/25)" \
		'[.[] | "\(.device) \(.weight) \(.ecmp)"] | join(", ")' \
		"wan1 3 true, wan2 1 true"
	check_json "distance of bgp" "$(ctl -j route show 203.0.115.0/24)" \
		'.[0].distance' 20
	on router route del 203.0.115.0/24 metric 20
	check_path "the other metric" 203.0.115.1 wan2
	on router -6 route del 2001:db8:cafe:2::/64 via 2001:db8:1::1
	on router route flush proto boot
	on router -6 route flush proto boot
	mirrored "after a flush"
}

# The winner is told by the FIB notifier, the others by nobody at all times.
defaults() {
	local i v via

	for v in 4 6; do
		[ $v = 4 ] && via=10.0.%d.1 || via=2001:db8:%d::1
		for i in 2 1 3; do
			# shellcheck disable=SC2059 # holds %d
			on router -$v route add default metric $((i * 100)) \
				via "$(printf "$via" $i)"
		done
		mirrored "three metrics"
		check_json "all three" "$(ctl -$v -j route show default)" \
			'[.[] | "\(.metric) \(.active) \(.reason)"] | join(", ")' \
			"100 true null, 200 false metric, 300 false metric"
	done
	check_path "the first" 198.51.100.1 wan1
	check_path "the first, IPv6" 2001:db8:f00::1 wan1
	# One that does not win, added and deleted.
	on router route add default via 10.0.1.1 metric 250
	mirrored "one in the middle"
	on router route del default metric 250
	mirrored "gone from the middle"
	# With its device IPv4 removes it without a word.
	on router link set wan2 down
	mirrored "with its device"
	check_json "two are left" "$(ctl -4 -j route show default)" length 2
	on router link set wan1 down
	mirrored "the winner with its device"
	check_path "the third" 198.51.100.1 wan3
	check_path "the third, IPv6" 2001:db8:f00::1 wan3
	on router link set wan1 up
	on router link set wan2 up
	on router address add 2001:db8:1::2/64 dev wan1 nodad
	on router address add 2001:db8:2::2/64 dev wan2 nodad
	# With the address that it prefers as its source.
	on router address add 10.0.1.77/24 dev wan1
	on router route add default via 10.0.1.1 metric 400 src 10.0.1.77
	mirrored "a preferred source"
	on router address del 10.0.1.77/24 dev wan1
	mirrored "gone with its address"
	check_json "one is left" "$(ctl -4 -j route show default)" length 1
	# Two of one metric: the first counts.
	on router route append default via 10.0.1.1 metric 300
	mirrored "two of one metric"
	check_path "the first of them" 198.51.100.1 wan3
	on router -6 route add unreachable default metric 4000
	on router route flush exact default
	check_path "none" 198.51.100.1 no-route
	on router -6 route del default via 2001:db8:3::1
	check_path "unreachable is last" 2001:db8:f00::1 host-unreachable
	on router -6 route flush exact default
	mirrored "no default"
	check_path "none, IPv6" 2001:db8:f00::1 no-route
}

objects() {
	router ip -batch - <<-END
		nexthop add id 1 via 10.0.1.1 dev wan1
		nexthop add id 2 via 10.0.2.1 dev wan2
		nexthop add id 3 via 10.0.3.1 dev wan3
		nexthop add id 4 blackhole
		nexthop add id 10 group 1/2
		nexthop add id 61 via 2001:db8:1::1 dev wan1
		nexthop add id 62 via 2001:db8:2::1 dev wan2
		nexthop add id 60 group 61/62
		route add 203.0.113.0/24 nhid 10
		route add 203.0.114.0/24 nhid 10
		route add 203.0.115.0/24 nhid 1
		route add 203.0.116.0/24 nhid 4
		route add default nhid 10 metric 50
		route add 2001:db8:cafe::/48 nhid 60
		route add ::/0 nhid 61
	END
	mirrored "routes of nexthop objects"
	check_json "both paths" "$(ctl -j route show 203.0.113.0/24)" \
		'[.[].ecmp] | join(" ")' "true true"
	check_path "a blackhole" 203.0.116.1 drop
	on router nexthop replace id 10 group 2,5/3
	mirrored "another group"
	check_json "its weights" "$(ctl -j route show 203.0.114.0/24)" \
		'[.[] | "\(.device) \(.weight)"] | join(", ")' "wan2 5, wan3 1"
	on router nexthop replace id 1 via 10.0.3.1 dev wan3
	mirrored "another gateway"
	check_path "by it" 203.0.115.1 wan3
	on router nexthop replace id 60 group 62
	mirrored "an IPv6 group of one"
	check_path "by it, IPv6" 2001:db8:cafe::1 wan2
	on router nexthop replace id 61 via 2001:db8:3::1 dev wan3
	mirrored "an IPv6 gateway"
	check_path "the default, IPv6" 2001:db8:f00::1 wan3
	on router nexthop replace id 1 blackhole
	check_path "now a blackhole" 203.0.115.1 drop
	router ip -batch - <<-END
		nexthop add id 5 via 10.0.1.1 dev wan1
		route add default nhid 5 metric 60
	END
	mirrored "a default that is not the best"
	on router nexthop del id 5
	mirrored "gone with its object"
	on router nexthop del id 2
	mirrored "a member is gone"
	check_path "the other one" 203.0.113.1 wan3
	on router nexthop flush
	mirrored "without objects"
}

# Default routes have more ways, by one object that grows, than may be.
grown() {
	local i group=""

	for ((i = 1; i <= 60; i++)); do
		echo "nexthop add id $((1000 + i)) via 10.0.1.$((i + 20)) dev wan1"
		echo "nexthop add id $((2000 + i)) via 10.0.2.$((i + 20)) dev wan2"
		group+=/$((1000 + i))/$((2000 + i))
	done >"$WORK/batch"
	router ip -batch - <"$WORK/batch"
	router ip -batch - <<-END
		nexthop add id 10 group 1001/2001
		route add default nhid 10 metric 50
		route add default nhid 10 metric 60
		route add default nhid 10 metric 70
	END
	mirrored "defaults of one object"
	on router nexthop replace id 10 group "${group#/}"
	check_true "as many of them as may be" wait_until 10 is_many
	on router nexthop replace id 10 group 1001/2001
	check_true "and few again" wait_until 10 is_few
	on router nexthop flush
	mirrored "without the object"
}

n_defaults() {
	ctl -j route show 0.0.0.0/0 table main | jq length
}

is_many() {
	[ "$(n_defaults)" = 256 ]
}

is_few() {
	[ "$(n_defaults)" = 6 ]
}

# What cannot be expressed is the kernel's, whole.
native() {
	router ip -batch - <<-END
		route add 203.0.113.0/24 via 10.0.1.1
		route add 203.0.113.0/24 tos 0x10 via 10.0.2.1
		route add 203.0.114.0/24 via 10.0.1.1 mtu 1400
		route add 203.0.115.0/24 encap mpls 100 via inet 10.0.1.1
		route add 2001:db8:cafe::/48 via 2001:db8:1::1
		route add 2001:db8:cafe::/48 from 2001:db8:10::/64 via 2001:db8:2::1
		route add 2001:db8:cafd::/48 via 2001:db8:1::1 mtu 1400
		route add ::/0 via 2001:db8:1::1
		route add ::/0 from 2001:db8:10::/64 via 2001:db8:2::1
		nexthop add id 1 via 10.0.1.1 dev wan1
		nexthop add id 2 via 10.0.2.1 dev wan2
		nexthop add id 10 group 1/2 type resilient buckets 8
		route add 203.0.116.0/24 nhid 10
		route add default nhid 10
	END
	check_path "a route for a TOS" 203.0.113.1 native
	check_path "an MTU of its own" 203.0.114.1 native
	check_path "an encapsulation" 203.0.115.1 native
	check_path "a resilient group" 203.0.116.1 native
	check_path "for some sources" 2001:db8:cafe::1 native
	check_path "an MTU of its own, IPv6" 2001:db8:cafd::1 native
	check_path "a default for some sources" 2001:db8:f00::1 native
	router ip -batch - <<-END
		route del 203.0.113.0/24 tos 0x10
		route del 2001:db8:cafe::/48 from 2001:db8:10::/64
		route del ::/0 from 2001:db8:10::/64
	END
	check_path "for no TOS any more" 203.0.113.1 wan1
	check_path "for all sources again" 2001:db8:cafe::1 wan1
	check_path "a default for all sources" 2001:db8:f00::1 wan1
	# The defaults were all read again.
	check_eq "a resilient group's default" "$(path 198.51.100.1)" native
	# That took a reading, and it says so.
	check_num "read again" "$(ctl -j settings show | jq .resyncs)" -gt 0
	on router nexthop flush
	on router route flush proto boot
	on router -6 route flush proto boot
	mirrored "flushed"
}

# Nor does it become ours by what happens elsewhere.
native_stays() {
	local resyncs

	# Of one metric the kernel takes the MTU of the other for it.
	router ip -batch - <<-END
		nexthop add id 1 via 10.0.1.1 dev wan1
		nexthop add id 61 via 2001:db8:1::1 dev wan1
		route add 203.0.113.0/24 nhid 1 mtu 1400
		route add 203.0.114.0/24 nhid 61
		route add 203.0.115.0/24 nhid 1 metric 50
		route add default nhid 1 mtu 1400
		route add 2001:db8:cafa::/48 nhid 61 mtu 1400
		route add 2001:db8:cafb::/48 mtu 1400 nexthop via 2001:db8:1::1 nexthop via 2001:db8:2::1
		route add 2001:db8:cafc::/48 via 2001:db8:1::1
		route add 2001:db8:cafc::/48 from 2001:db8:10::/64 via 2001:db8:2::1
		nexthop replace id 1 via 10.0.2.1 dev wan2
		nexthop replace id 61 via 2001:db8:2::1 dev wan2
	END
	check_path "an object that changed" 203.0.115.1 wan2
	check_path "not with an MTU of its own" 203.0.113.1 native
	check_path "not by another family" 203.0.114.1 native
	check_path "nor a default" 198.51.100.1 native
	check_path "nor IPv6" 2001:db8:cafa::1 native
	check_path "several ways" 2001:db8:cafb::1 native
	on router -6 route del 2001:db8:cafb::/48 via 2001:db8:1::1
	mirrored "one way less" main 254 native
	check_path "the other way" 2001:db8:cafb::1 native
	on router -6 route del 2001:db8:cafb::/48 via 2001:db8:2::1
	check_path "no way" 2001:db8:cafb::1 no-route
	# What is beside a route for some sources, told later and read again.
	on router -6 route replace 2001:db8:cafc::/48 via 2001:db8:3::1
	resyncs=$(ctl -j settings show | jq .resyncs)
	ctl table add t kernel 1000
	ctl table del t
	check_eq "that is no loss" "$(ctl -j settings show | jq .resyncs)" \
		"$resyncs"
	check_path "for some sources" 2001:db8:cafc::1 native
	on router -6 route del 2001:db8:cafc::/48 from 2001:db8:10::/64
	check_path "for all sources" 2001:db8:cafc::1 wan3
	on router nexthop flush
	on router route flush proto boot
	on router -6 route flush proto boot
	mirrored "flushed"
}

ordinary() {
	echo "nexthop via 2001:db8:1::1 dev wan1"
}

encapsulated() {
	echo "nexthop encap mpls 100 via inet6 2001:db8:2::1 dev wan2"
}

# wide COMMAND WORD...: a batch of it for 200 prefixes.
wide() {
	local i

	for ((i = 1; i <= 200; i++)); do
		echo "$1 2001:db8:cafa:$i::/64 ${*:2}"
	done | router ip -6 -batch -
}

wide_are() {
	[ "$(ctl -6 -j route show table main | jq '[.[] | select(.prefix |
		startswith("2001:db8:cafa:"))] | length')" = "$1" ]
}

# All is read while of two ways the one that we could follow goes. What is told
# of that meanwhile may be older than what is read.
native_read() {
	wide "route add" "$(ordinary)" "$(encapsulated)"
	check_true "one of each" wait_until 5 wide_are 200
	ctl table add t kernel 1000 &
	wide "route del" via 2001:db8:1::1 dev wan1
	wait $!
	ctl table del t
	# What is told later is there.
	on router route add 2001:db8:cafb::/64 via 2001:db8:3::1
	check_path "the last change" 2001:db8:cafb::1 wan3
	check_true "the other way is left" wide_are 200
	on router route del 2001:db8:cafb::/64
	wide "route del"
	check_true "gone" wait_until 5 wide_are 0
}

distances() {
	local before

	router ip -batch - <<-END
		route add 203.0.113.0/24 via 10.0.1.1 proto bgp
		route add default via 10.0.1.1 proto dhcp metric 100
		route add default via 10.0.2.1 proto dhcp metric 200
	END
	ctl route add 203.0.113.0/24 via 10.0.2.1 distance 30
	ctl route add default via 10.0.3.1 distance 3
	check_path "bgp has 20" 203.0.113.1 wan1
	ctl distance proto bgp 40
	check_path "now 40" 203.0.113.1 wan2
	ctl distance proto bgp 20
	check_path "20 again" 203.0.113.1 wan1
	ctl distance dev wan1 5
	check_path "by device, 5" 198.51.100.1 wan3
	check_path "the device counts first" 203.0.113.1 wan1
	check_path "connected ones have no other" 10.0.1.9 wan1
	check_json "connected" "$(ctl -j route show 10.0.1.0/24)" \
		'.[0].distance' 0
	ctl distance proto static 7
	ctl distance proto 77 9
	before=$(ctl save)
	check_true "saved: device" grep -qx "distance dev wan1 5" <<<"$before"
	check_true "saved: protocol" grep -qx "distance proto static 7" \
		<<<"$before"
	check_true "saved: number" grep -qx "distance proto 77 9" <<<"$before"
	load_config <<<"$before"
	check_output "the same again" "$before" ctl save
	check_path "and the same path" 198.51.100.1 wan3
	check_json "shown" "$(ctl -j settings show)" \
		'.distances | join(", ")' "proto static 7, proto 77 9, dev wan1 5"
	ctl distance dev wan1 default
	check_path "as if never set" 198.51.100.1 wan1
	load_config <<-END
		rule add from 198.51.100.77 lookup main
	END
	check_json "gone with a load" "$(ctl -j settings show)" \
		'.distances | length' 0
	check_fail "no protocol" "is no routing protocol" \
		ctl distance proto nonsense 3
	check_fail "no number" "0 to 255" ctl distance dev wan1 256
	on router route flush proto bgp
	on router route flush proto dhcp
	mirrored "flushed"
}

followed() {
	local id

	on router route add 203.0.113.0/24 via 10.0.1.1 table 100
	on router route add default via 10.0.2.1 table 100 metric 5
	on router route add default via 10.0.3.1 table 100 metric 6
	on router -6 route add default via 2001:db8:2::1 table 100
	ctl table add isp kernel 100
	mirrored "there at once" isp 100
	check_json "shown" "$(ctl -j table show)" \
		'.[] | select(.name == "isp") | .kernel_id' 100
	ctl rule add from 192.168.0.0/24 lookup isp
	check_path "by it" 198.51.100.1 wan2
	on router route del default table 100 metric 5
	check_path "it follows" 198.51.100.1 wan3
	on router route add 203.0.114.0/24 via 10.0.2.1 table 100 mtu 1400
	mirrored "one more" isp 100 native
	check_path "what only the kernel can follow is not there" \
		203.0.114.1 wan3
	check_json "and says so" "$(ctl -j route show 203.0.114.0/24 table isp)" \
		'.[0].reason' native-only
	ctl route add 203.0.115.0/24 via 10.0.1.1 table isp
	check_path "beside ecmpctl's" 203.0.115.1 wan1
	load_config <<-END
		table add isp kernel 100
		table add other kernel 101
		rule add from 192.168.0.0/24 lookup isp
	END
	check_path "after a load" 203.0.113.1 wan1
	mirrored "after a load, all" isp 100 native
	check_true "saved" eval 'ctl save | grep -qx "table add isp kernel 100"'
	for id in 0 253 254 255; do
		check_fail "table $id" "" ctl table add x kernel $id
	done
	check_fail "another" "cannot change" ctl table set isp kernel 102
	load_config <<-END
		rule add from 198.51.100.77 lookup main
	END
	on router route flush table 100
	on router -6 route flush table 100
}

renamed() {
	on router route add 203.0.113.0/24 via 10.0.3.1
	on router route add default via 10.0.3.1 metric 100
	on router route add default via 10.0.1.1 metric 200
	mirrored "before"
	on router link set wan3 down
	on router link set wan3 name uplink
	on router link set uplink up
	on router route add default via 10.0.3.1 metric 100
	mirrored "down, renamed, up"
	check_path "by the new name" 198.51.100.1 uplink
	on router link set uplink netns "$ID-lan"
	mirrored "in another namespace"
	check_path "by the other" 198.51.100.1 wan1
	on lan link set uplink name wan3
	on lan link set wan3 netns "$ID-router"
	on router link set wan3 up
	on router address add 10.0.3.2/24 dev wan3
	on router address add 2001:db8:3::2/64 dev wan3 nodad
	on router route flush proto boot
	mirrored "back"
}

# A thousand random changes, of which some are refused.
storm() {
	router python3 -B -E -S - "$SEED" 1000 >/dev/null 2>&1 <<-'END'
		import random, subprocess, sys
		rnd = random.Random(int(sys.argv[1]))
		lines = []
		def gw(v, i):
		    return f"10.0.{i}.{rnd.randint(1, 9) | 1}" if v == 4 else \
		        f"2001:db8:{i}::{rnd.randint(3, 9)}"
		def hops(v):
		    some = rnd.sample((1, 2, 3), rnd.randint(2, 3))
		    return " ".join(f"nexthop via {gw(v, i)} dev wan{i} weight "
		                    f"{rnd.randint(1, 4)}" for i in some)
		def dst(v):
		    if rnd.random() < .3:
		        return "0.0.0.0/0" if v == 4 else "::/0"
		    return rnd.choice((f"203.0.{rnd.randint(112, 119)}.0/24",
		                       f"203.0.{rnd.randint(112, 119)}.64/26")) \
		        if v == 4 else f"2001:db8:cafe:{rnd.randint(1, 8)}::/64"
		for i in (1, 2, 3):
		    lines.append(f"nexthop add id {i} via 10.0.{i}.1 dev wan{i}")
		    lines.append(f"nexthop add id 6{i} via 2001:db8:{i}::1 dev wan{i}")
		lines.append("nexthop add id 10 group 1/2")
		lines.append("nexthop add id 60 group 61/62")
		for n in range(int(sys.argv[2])):
		    v = rnd.choice((4, 6))
		    metric = rnd.choice((100, 200, 300))
		    what = rnd.choice(("add", "add", "append", "replace", "del", "del",
		                       "multi", "kind", "object", "group", "flap",
		                       "change"))
		    d, i = dst(v), rnd.randint(1, 3)
		    if what in ("add", "append", "replace", "change"):
		        via = f"via {gw(v, i)} dev wan{i}"
		        lines.append(f"route {what} {d} {via} metric {metric}")
		    elif what == "del":
		        lines.append(f"route del {d} metric {metric}")
		    elif what == "multi":
		        lines.append(f"route replace {d} metric {metric} {hops(v)}")
		    elif what == "kind":
		        kind = rnd.choice(("blackhole", "unreachable", "prohibit"))
		        lines.append(f"route add {kind} {d} metric {metric}")
		    elif what == "object":
		        nh = rnd.choice((1, 2, 3, 10)) if v == 4 else \
		            rnd.choice((61, 62, 63, 60))
		        lines.append(f"route replace {d} nhid {nh} metric {metric}")
		    elif what == "group":
		        some = "/".join(f"{m},{rnd.randint(1, 4)}" for m in
		                        rnd.sample((1, 2, 3), rnd.randint(1, 3)))
		        lines.append(f"nexthop replace id 10 group {some}")
		        some = "/".join(f"6{m}" for m in
		                        rnd.sample((1, 2, 3), rnd.randint(1, 3)))
		        lines.append(f"nexthop replace id 60 group {some}")
		    elif n % 5 == 0:
		        lines.append(f"link set wan{i} down")
		        lines.append(f"link set wan{i} up")
		        lines.append(f"address add 2001:db8:{i}::2/64 dev wan{i} nodad")
		        lines.append(f"nexthop add id {i} via 10.0.{i}.1 dev wan{i}")
		        lines.append(f"nexthop add id 6{i} via 2001:db8:{i}::1 dev wan{i}")
		        lines.append("nexthop add id 10 group 1/2")
		        lines.append("nexthop add id 60 group 61/62")
		subprocess.run(["ip", "-force", "-batch", "-"],
		               input="\n".join(lines).encode())
	END
	mirrored "after the storm"
	on router nexthop flush
	on router route flush proto boot
	on router -6 route flush proto boot
	mirrored "after the flush"
}

run_tests \
	setup "the network is there" \
	kinds "routes of every kind" \
	defaults "default routes of every metric" \
	objects "nexthop objects" \
	grown "an object of many ways" \
	native "what only the kernel can follow" \
	native_stays "and what it goes on to follow alone" \
	native_read "and keeps while all is read" \
	distances "distances by protocol and device" \
	followed "tables that follow a kernel table" \
	renamed "devices renamed and moved" \
	storm "a storm of changes"
