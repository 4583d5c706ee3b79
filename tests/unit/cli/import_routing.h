/* SPDX-License-Identifier: GPL-2.0 */
/* Examples of test_cli_import.c: routes and rules. */
	{
		"set, find, numbers", "",
		/* the export */
		"/ip route\n"
		"add comment=a gateway=192.0.2.1\n"
		"add comment=b gateway=192.0.2.2\n"
		"add comment=c gateway=192.0.2.3 disabled=yes\n"
		"add comment=d gateway=192.0.2.4\n"
		"add comment=e gateway=192.0.2.5\n"
		"set [ find comment=a ] distance=7\n"
		"set 1 distance=8 check-gateway=ping\n"
		"set [find where comment=c and disabled=yes] disabled=no !comment\n"
		"set [/ip route find gateway=192.0.2.4 dst-address=0.0.0.0/0] comment=\"d d\"\n"
		"disable [find comment=e]\n"
		"set 0,1 scope=20\n"
		"unset 1 check-gateway\n"
		"comment 1 \"b=b\"\n"
		"set [find disabled=no routing-table=main comment=\"b=b\"] pref-src=192.0.2.7\n"
		"set [find disabled=yes distance=1] pref-src=192.0.2.8\n"
		"set [find dst-address=10.0.0.0/8] pref-src=192.0.2.9\n"
		"/routing rule\n"
		"add action=drop src-address=10.0.0.1\n"
		"add action=drop src-address=10.0.0.2\n"
		"add action=drop src-address=10.0.0.3\n"
		"add action=drop src-address=10.0.0.4 place-before=0\n"
		"add action=drop place-before=[find src-address=10.0.0.2] src-address=10.0.0.5\n"
		"move 4 0\n"
		"remove [find src-address=10.0.0.1]\n"
		"add action=drop src-address=10.0.0.6\n"
		"remove 4\n"
		"add action=drop src-address=10.0.0.7\n"
		"enable 0\n"
		"set [ find default=yes ] action=lookup\n"
		"/routing table\n"
		"set [ find name=main ] fib\n",
		/* the configuration */
		"route add 0.0.0.0/0 via 192.0.2.3\n"
		"route add 0.0.0.0/0 via 192.0.2.4 comment \"d d\"\n"
		"route add 0.0.0.0/0 via 192.0.2.5 pref-src 192.0.2.8 disabled comment e\n"
		"route add 0.0.0.0/0 via 192.0.2.1 distance 7 comment a\n"
		"route add 0.0.0.0/0 via 192.0.2.2 distance 8 pref-src 192.0.2.7 comment b=b\n"
		"rule add from 10.0.0.3/32 drop\n"
		"rule add from 10.0.0.4/32 drop\n"
		"rule add from 10.0.0.5/32 drop\n"
		"rule add from 10.0.0.2/32 drop\n"
		"rule add from 10.0.0.7/32 drop\n",
		/* what is told */
		"17 warning: \"set\": no item of /ip route in this file is meant: nothing is changed\n"
		"30 warning: \"set\": no item of /routing rule in this file is meant: nothing is changed\n"
	},
	{
		"RouterOS 6", "",
		/* the export */
		"# nov/02/2021 09:14:27 by RouterOS 6.48.6\n"
		"/ip route\n"
		"add check-gateway=ping distance=1 gateway=192.0.2.1 routing-mark=isp1\n"
		"add distance=1 gateway=192.0.2.1,192.0.2.1,192.0.2.5,192.0.2.1\n"
		"add distance=1 dst-address=10.0.0.0/8 pref-src=0.0.0.0 type=blackhole\n"
		"add distance=9 dst-address=10.0.0.0/9 gateway=192.0.2.1 pref-src=0.0.0.0\n"
		"add distance=2 dst-address=172.16.0.0/12 type=prohibit\n"
		"add bgp-prepend=3 distance=1 dst-address=198.51.100.0/24 gateway=ether5 \\\n"
		"    pref-src=198.51.100.1 route-tag=7\n"
		"/ip route rule\n"
		"add action=lookup-only-in-table src-address=192.168.1.0/24 table=isp1\n"
		"add action=unreachable dst-address=10.0.0.0/8 interface=ether3\n"
		"add table=main\n"
		"/ip settings\n"
		"set route-cache=no\n",
		/* the configuration */
		"table add isp1\n"
		"route add 0.0.0.0/0 via 192.0.2.1 weight 3\n"
		"route add 0.0.0.0/0 via 192.0.2.5\n"
		"route add blackhole 10.0.0.0/8\n"
		"route add 10.0.0.0/9 via 192.0.2.1 distance 9\n"
		"route add prohibit 172.16.0.0/12 distance 2\n"
		"route add 198.51.100.0/24 dev ether5 pref-src 198.51.100.1\n"
		"route add 0.0.0.0/0 via 192.0.2.1 table isp1 check-gateway ping\n"
		"rule add from 192.168.1.0/24 lookup-only-in-table isp1\n"
		"rule add to 10.0.0.0/8 iif ether3 unreachable\n"
		"-4 rule add lookup main\n",
		/* what is told */
		"8 note: \"bgp-prepend\" has no meaning here: it is left out\n"
		"9 note: \"route-tag\" has no meaning here: it is left out\n"
		"15 note: \"route-cache=no\" has no meaning here: it is left out\n"
	},
	{
		"gateways", "map pppoe-out1=ppp0\n""map ether 9=wan9\n",
		/* the export */
		"/ip route\n"
		"add dst-address=198.51.100.1 gateway=192.0.2.1@main\n"
		"add dst-address=198.51.100.2 gateway=pppoe-out1@main\n"
		"add dst-address=198.51.100.3 gateway=\"192.0.2.1%ether 9\"\n"
		"add dst-address=198.51.100.4 gateway=192.0.2.1@vrf1\n"
		"add dst-address=198.51.100.5 gateway=2001:db8::1\n"
		"add dst-address=198.51.100.6 gateway=0.0.0.0,127.0.0.1,192.0.2.1\n"
		"add dst-address=198.51.100.7 gateway=\"\"\n"
		"add dst-address=198.51.100.8\n"
		"add dst-address=198.51.100.9 gateway=pppoe-out1,pppoe-out1,192.0.2.1\n"
		"add dst-address=198.51.100.10 gateway=pppoe-out1 check-gateway=arp\n"
		"/ipv6 route\n"
		"add gateway=fe80::1%pppoe-out1 check-gateway=ping\n"
		"add dst-address=2001:db8::/48 gateway=fe80::1\n"
		"add dst-address=2001:db8:1::/48 gateway=2001:db8::1 pref-src=2001:db8::7\n"
		"add dst-address=2001:db8:2::/48 blackhole\n",
		/* the configuration */
		"route add 198.51.100.1/32 via 192.0.2.1\n"
		"route add 198.51.100.2/32 dev ppp0\n"
		"route add 198.51.100.3/32 via 192.0.2.1 dev wan9\n"
		"route add 198.51.100.4/32 via 192.0.2.1\n"
		"route add 198.51.100.6/32 via 192.0.2.1\n"
		"route add 198.51.100.9/32 dev ppp0 weight 2\n"
		"route add 198.51.100.9/32 via 192.0.2.1\n"
		"route add 198.51.100.10/32 dev ppp0 check-gateway ping\n"
		"route add ::/0 via fe80::1 dev ppp0 check-gateway ping\n"
		"route add 2001:db8:1::/48 via 2001:db8::1 pref-src 2001:db8::7\n"
		"route add blackhole 2001:db8:2::/48\n",
		/* what is told */
		"5 warning: \"gateway=192.0.2.1@vrf1\": a gateway is looked for in connected networks here, not in table or VRF \"vrf1\"\n"
		"6 warning: \"gateway=2001:db8::1\" is left out: a gateway of the other family is not possible here\n"
		"7 warning: \"gateway=0.0.0.0\" is left out: this is nobody's address\n"
		"7 warning: \"gateway=127.0.0.1\" is left out: this is nobody's address\n"
		"8 warning: this route has no gateway: it is left out\n"
		"9 warning: this route has no gateway: it is left out\n"
		"11 warning: \"check-gateway=arp\" became ping: an interface alone has no gateway that answers ARP\n"
		"14 warning: \"gateway=fe80::1\" is left out: a link-local gateway is on every link: write ADDRESS%INTERFACE\n"
	},
	{
		"canaries", "",
		/* the export */
		"/ip route\n"
		"add dst-address=198.51.100.8/32 gateway=192.0.2.1 scope=10\n"
		"add dst-address=0.0.0.0/0 gateway=198.51.100.8 target-scope=11 \\\n"
		"    check-gateway=ping\n"
		"add dst-address=198.51.100.9/32 gateway=pppoe-out1 scope=10 check-gateway=ping\n"
		"add dst-address=0.0.0.0/0 gateway=198.51.100.9 target-scope=11 \\\n"
		"    check-gateway=ping distance=2\n"
		"add dst-address=203.0.113.0/24 gateway=198.51.100.8\n"
		"add dst-address=203.0.113.64/26 gateway=198.51.100.8 target-scope=30\n"
		"add dst-address=203.0.113.1 gateway=198.51.100.9 target-scope=10 \\\n"
		"    check-gateway=arp\n"
		"add dst-address=198.51.100.0/24 gateway=192.0.2.17 scope=10\n"
		"add dst-address=198.51.100.64/26 gateway=192.0.2.21 scope=10 distance=2\n"
		"add dst-address=198.51.100.64/26 gateway=192.0.2.13 scope=10\n"
		"add dst-address=198.51.100.65 gateway=192.0.2.25 routing-mark=x scope=10\n"
		"add dst-address=203.0.113.2 gateway=198.51.100.65\n"
		"add dst-address=203.0.113.3 gateway=198.51.100.200\n"
		"add dst-address=10.9.9.9 gateway=198.51.100.201 scope=10 check-gateway=ping\n"
		"add dst-address=203.0.113.4 gateway=10.9.9.9 check-gateway=ping\n",
		/* the configuration */
		"table add x\n"
		"route add 0.0.0.0/0 via 192.0.2.1 check-gateway ping target 198.51.100.8\n"
		"route add 0.0.0.0/0 dev pppoe-out1 distance 2 check-gateway ping target 198.51.100.9\n"
		"route add 10.9.9.9/32 via 192.0.2.17 check-gateway ping target 198.51.100.201\n"
		"route add 198.51.100.0/24 via 192.0.2.17\n"
		"route add 198.51.100.8/32 via 192.0.2.1\n"
		"route add 198.51.100.9/32 dev pppoe-out1 check-gateway ping target 198.51.100.9\n"
		"route add 198.51.100.64/26 via 192.0.2.13\n"
		"route add 198.51.100.64/26 via 192.0.2.21 distance 2\n"
		"route add 203.0.113.0/24 via 192.0.2.1\n"
		"route add 203.0.113.1/32 dev pppoe-out1 check-gateway ping target 198.51.100.9\n"
		"route add 203.0.113.2/32 via 192.0.2.13\n"
		"route add 203.0.113.3/32 via 192.0.2.17\n"
		"route add 203.0.113.4/32 via 192.0.2.17 check-gateway ping target 198.51.100.201\n"
		"route add 203.0.113.64/26 via 192.0.2.1\n"
		"route add 198.51.100.65/32 via 192.0.2.25 table x\n",
		/* what is told */
		"5 note: line 6 has another check of this gateway, which here is one for all its routes: that one is made\n"
		"10 warning: \"check-gateway=arp\" became ping: 198.51.100.9 is not on a link\n"
		"19 warning: line 18 has another check of this gateway, which here is one for all its routes: that one is made\n"
	},
	{
		"several canaries of one line", "",
		/* the export */
		"/ip route\n"
		"add dst-address=198.51.100.1 gateway=192.0.2.1 scope=10\n"
		"add dst-address=198.51.100.2 gateway=192.0.2.1 scope=10\n"
		"add dst-address=198.51.100.3 gateway=192.0.2.5 scope=10\n"
		"add dst-address=10.1.1.1 gateway=198.51.100.1 scope=10 check-gateway=ping\n"
		"add dst-address=10.1.1.1 gateway=198.51.100.2 scope=10 check-gateway=ping\n"
		"add dst-address=10.2.2.2 gateway=198.51.100.3 scope=10 check-gateway=ping\n"
		"add distance=1 gateway=10.1.1.1\n"
		"add distance=2 gateway=10.2.2.2\n"
		"add dst-address=198.51.100.3 blackhole distance=20\n",
		/* the configuration */
		"route add 0.0.0.0/0 via 192.0.2.1 check-gateway ping target 198.51.100.1 198.51.100.2\n"
		"route add 0.0.0.0/0 via 192.0.2.5 distance 2 check-gateway ping target 198.51.100.3\n"
		"route add 10.1.1.1/32 via 192.0.2.1 check-gateway ping target 198.51.100.1 198.51.100.2\n"
		"route add 10.2.2.2/32 via 192.0.2.5 check-gateway ping target 198.51.100.3\n"
		"route add 198.51.100.1/32 via 192.0.2.1\n"
		"route add 198.51.100.2/32 via 192.0.2.1\n"
		"route add 198.51.100.3/32 via 192.0.2.5\n"
		"route add blackhole 198.51.100.3/32 distance 20\n",
		/* what is told */
		""
	},
	{
		"gateways in a circle", "",
		/* the export */
		"/ip route\n"
		"add dst-address=10.1.1.1 gateway=10.2.2.2 scope=10\n"
		"add dst-address=10.2.2.2 gateway=10.1.1.1 scope=10\n"
		"add gateway=10.1.1.1\n"
		"add dst-address=10.3.3.3 gateway=192.0.2.1 disabled=yes scope=10\n"
		"add dst-address=203.0.113.0/24 gateway=10.3.3.3\n",
		/* the configuration */
		"route add 10.3.3.3/32 via 192.0.2.1 disabled\n"
		"route add 203.0.113.0/24 via 10.3.3.3\n",
		/* what is told */
		"2 warning: this route is left out in part: its gateways are reached by each other, or by too many others\n"
		"3 warning: this route is left out in part: its gateways are reached by each other, or by too many others\n"
		"4 warning: this route is left out in part: its gateways are reached by each other, or by too many others\n"
	},
	{
		"one route twice", "",
		/* the export */
		"/ip route\n"
		"add gateway=192.0.2.1 comment=one\n"
		"add gateway=192.0.2.1 comment=two\n"
		"add distance=3 dst-address=10.0.0.0/8 gateway=192.0.2.1\n"
		"add distance=2 dst-address=10.0.0.0/8 gateway=192.0.2.1\n"
		"add dst-address=172.16.0.0/12 gateway=192.0.2.1 disabled=yes distance=9\n"
		"add dst-address=172.16.0.0/12 gateway=192.0.2.1\n"
		"add dst-address=192.168.0.0/16 gateway=192.0.2.1\n"
		"add dst-address=192.168.0.0/16 blackhole\n"
		"add dst-address=192.168.0.0/16 blackhole distance=250\n"
		"add dst-address=198.18.0.0/15 type=prohibit\n"
		"add dst-address=198.18.0.0/15 type=prohibit comment=again\n"
		"add dst-address=198.51.100.0/24 blackhole\n"
		"add dst-address=198.51.100.0/24 blackhole\n"
		"add dst-address=203.0.113.0/24 type=unreachable\n"
		"add dst-address=203.0.113.0/24 type=unreachable\n",
		/* the configuration */
		"route add 0.0.0.0/0 via 192.0.2.1 weight 2 comment one\n"
		"route add 10.0.0.0/8 via 192.0.2.1 distance 2\n"
		"route add 172.16.0.0/12 via 192.0.2.1\n"
		"route add 192.168.0.0/16 via 192.0.2.1\n"
		"route add prohibit 198.18.0.0/15 comment again\n"
		"route add blackhole 198.51.100.0/24\n"
		"route add unreachable 203.0.113.0/24\n",
		/* what is told */
		"5 warning: this is the route of line 4 again, with another distance: here it is there once, with distance 2\n"
		"7 warning: this is the route of line 6 again, one of the two disabled: here it is there once, with distance 1\n"
		"9 warning: this route is left out: line 8 has the same destination and distance, and is of another type\n"
		"10 warning: this is the route of line 9 again, with another distance: here it is there once, with distance 1\n"
	},
	{
		"one route twice, of which one is better", "",
		/* the export */
		"/ip route\n"
		"add gateway=192.0.2.1 distance=2 comment=backup \\\n"
		"    pref-src=198.51.100.9\n"
		"add gateway=192.0.2.1 comment=first pref-src=198.51.100.1\n"
		"add dst-address=10.0.0.0/8 gateway=192.0.2.5 disabled=yes comment=old \\\n"
		"    pref-src=198.51.100.9\n"
		"add dst-address=10.0.0.0/8 gateway=192.0.2.5 comment=new \\\n"
		"    pref-src=198.51.100.1\n"
		"add dst-address=172.16.0.0/12 gateway=192.0.2.9 distance=2 \\\n"
		"    comment=backup\n"
		"add dst-address=172.16.0.0/12 gateway=192.0.2.9\n",
		/* the configuration */
		"route add 0.0.0.0/0 via 192.0.2.1 pref-src 198.51.100.1 comment first\n"
		"route add 10.0.0.0/8 via 192.0.2.5 pref-src 198.51.100.1 comment new\n"
		"route add 172.16.0.0/12 via 192.0.2.9 comment backup\n",
		/* what is told */
		"4 warning: this is the route of line 2 again, with another distance: here it is there once, with distance 1\n"
		"7 warning: this is the route of line 5 again, one of the two disabled: here it is there once, with distance 1\n"
		"11 warning: this is the route of line 9 again, with another distance: here it is there once, with distance 1\n"
	},
	{
		"connected networks", "",
		/* the export; the addresses may come behind the routes */
		"/ip route\n"
		"add dst-address=10.0.0.0/8 gateway=192.168.0.1 scope=10\n"
		"add gateway=10.1.1.1 check-gateway=ping\n"
		"add dst-address=198.51.100.1 gateway=10.1.2.1\n"
		"add dst-address=198.51.100.2 gateway=10.1.3.1\n"
		"add dst-address=198.51.100.3 gateway=10.1.4.2 check-gateway=ping\n"
		"add dst-address=198.51.100.4 gateway=10.1.4.6\n"
		"add dst-address=198.51.100.5 gateway=10.1.5.1\n"
		"add dst-address=10.1.1.9 gateway=192.168.0.9 scope=10\n"
		"add dst-address=198.51.100.6 gateway=10.1.1.9\n"
		"add dst-address=10.1.1.0/24 gateway=192.168.0.8 scope=10 distance=1\n"
		"add dst-address=198.51.100.7 gateway=10.1.1.7\n"
		"add dst-address=198.51.100.8 gateway=10.2.0.1\n"
		"add dst-address=198.51.100.9 gateway=198.51.100.10 check-gateway=ping\n"
		"add dst-address=198.51.100.10 gateway=10.1.1.3 scope=10\n"
		"add dst-address=172.16.0.0/12 gateway=192.168.0.5 scope=5\n"
		"add dst-address=198.51.100.11 gateway=172.16.1.1 target-scope=5\n"
		"add dst-address=198.51.100.12 gateway=172.16.1.1 target-scope=10\n"
		"/ip address\n"
		"add address=10.1.1.2/24 interface=ether1 network=10.1.1.0\n"
		"add address=10.1.2.2/24 disabled=yes interface=ether2 network=10.1.2.0\n"
		"add address=10.1.3.2/24 interface=ether3 network=10.1.3.0\n"
		"add address=10.1.4.1 interface=ether4 network=10.1.4.2\n"
		"add address=10.1.5.2/24 interface=ether5\n"
		"add address=10.9.9.9/7 interface=ether6\n"
		"add address=172.16.1.2/24 interface=ether9 network=172.16.1.0\n"
		"add address=[:pick \"a\" 0] interface=ether7\n"
		"/ip vrf\n"
		"add interfaces=ether8,ether3 name=red\n"
		"/ipv6 address\n"
		"add address=2001:db8:1::2 advertise=no interface=ether1\n"
		"add address=2001:db8:2::1/64 from-pool=isp interface=ether2\n"
		"/ipv6 route\n"
		"add dst-address=2001:db8::/32 gateway=fe80::1%ether1 scope=10\n"
		"add gateway=2001:db8:1::1\n"
		"add dst-address=2001:db9::/32 gateway=2001:db8:2::1\n",
		/* the configuration */
		"route add 0.0.0.0/0 via 10.1.1.1 check-gateway ping\n"
		"route add 10.0.0.0/8 via 192.168.0.1\n"
		"route add 10.1.1.0/24 via 192.168.0.8\n"
		"route add 10.1.1.9/32 via 192.168.0.9\n"
		"route add 172.16.0.0/12 via 192.168.0.5\n"
		"route add 198.51.100.1/32 via 192.168.0.1\n"
		"route add 198.51.100.2/32 via 192.168.0.1\n"
		"route add 198.51.100.3/32 via 10.1.4.2 check-gateway ping\n"
		"route add 198.51.100.4/32 via 192.168.0.1\n"
		"route add 198.51.100.5/32 via 10.1.5.1\n"
		"route add 198.51.100.6/32 via 192.168.0.9\n"
		"route add 198.51.100.7/32 via 10.1.1.7\n"
		"route add 198.51.100.8/32 via 192.168.0.1\n"
		"route add 198.51.100.9/32 via 10.1.1.3 check-gateway ping target 198.51.100.10\n"
		"route add 198.51.100.10/32 via 10.1.1.3\n"
		"route add 198.51.100.11/32 via 192.168.0.5\n"
		"route add 198.51.100.12/32 via 172.16.1.1\n"
		"route add ::/0 via 2001:db8:1::1\n"
		"route add 2001:db8::/32 via fe80::1 dev ether1\n"
		"route add 2001:db9::/32 via fe80::1 dev ether1\n",
		/* what is told */
		"29 warning: the VRF \"red\" is left to the kernel: make it with \"ip link add NAME type vrf table ID\"; \"table add NAME kernel ID\" lets rules look there\n"
	},
	{
		"one check for a gateway", "",
		/* the export */
		"/ip route\n"
		"add dst-address=10.0.0.0/8 gateway=192.0.2.1 check-gateway=arp\n"
		"add dst-address=10.1.0.0/16 gateway=192.0.2.1%ether1 check-gateway=ping\n"
		"add dst-address=10.2.0.0/16 gateway=192.0.2.1\n"
		"add dst-address=10.3.0.0/16 gateway=192.0.2.5 check-gateway=bfd\n"
		"add dst-address=10.4.0.0/16 gateway=192.0.2.9 check-gateway=ping disabled=yes\n"
		"add dst-address=10.5.0.0/16 gateway=192.0.2.9 check-gateway=arp\n",
		/* the configuration */
		"route add 10.0.0.0/8 via 192.0.2.1 check-gateway arp\n"
		"route add 10.1.0.0/16 via 192.0.2.1 dev ether1 check-gateway arp\n"
		"route add 10.2.0.0/16 via 192.0.2.1\n"
		"route add 10.3.0.0/16 via 192.0.2.5\n"
		"route add 10.4.0.0/16 via 192.0.2.9 check-gateway arp disabled\n"
		"route add 10.5.0.0/16 via 192.0.2.9 check-gateway arp\n",
		/* what is told */
		"3 note: line 2 has another check of this gateway, which here is one for all its routes: that one is made\n"
		"5 warning: \"check-gateway=bfd\": no check is made here: let FRR's bfdd decide, by tools/examples/ecmp-bfd\n"
		"6 note: line 7 has another check of this gateway, which here is one for all its routes: that one is made\n"
	},
	{
		"rules", "",
		/* the export */
		"/routing table\n"
		"add fib name=isp1\n"
		"/routing rule\n"
		"add action=lookup comment=\"one \\\"a\\\"\" disabled=yes interface=bridge \\\n"
		"    min-prefix=24 src-address=192.168.1.0/24 table=isp1\n"
		"add action=lookup-only-in-table dst-address=203.0.113.7 table=isp1\n"
		"add action=drop dst-address=0.0.0.0/0\n"
		"add action=unreachable src-address=::/0\n"
		"add action=unreachable dst-address=2001:db8::/32 src-address=::/0\n"
		"add action=lookup min-prefix=4294967295\n"
		"add action=drop min-prefix=0 src-address=10.0.0.9/24\n"
		"add action=drop src-address=10.0.0.0/8 dst-address=2001:db8::/32\n"
		"add action=mangle\n"
		"add action=drop realm=7\n"
		"add action=drop chain=user !realm\n"
		"add action=drop chain=mine\n"
		"add action=lookup table=local\n"
		"add action=lookup table=isp9\n"
		"add action=lookup min-prefix=64 src-address=192.168.0.0/24 table=main\n"
		"add action=lookup dst-address=10.0.0.0/8 min-prefix=4294967295\n"
		"add action=lookup dst-address=0.0.0.0/0 min-prefix=33\n"
		"add action=lookup min-prefix=64 src-address=2001:db8::/32\n"
		"add action=lookup min-prefix=129 src-address=::/0\n",
		/* the configuration */
		"table add isp1\n"
		"table add isp9\n"
		"rule add from 192.168.1.0/24 iif bridge lookup isp1 min-prefix 24 disabled comment \"one \\\"a\\\"\"\n"
		"rule add to 203.0.113.7/32 lookup-only-in-table isp1\n"
		"-4 rule add drop\n"
		"-6 rule add unreachable\n"
		"rule add to 2001:db8::/32 unreachable\n"
		"rule add lookup main min-prefix 128\n"
		"rule add from 10.0.0.0/24 drop\n"
		"rule add drop\n"
		"rule add lookup isp9\n"
		"rule add from 192.168.0.0/24 lookup main min-prefix 32\n"
		"rule add to 10.0.0.0/8 lookup main min-prefix 32\n"
		"-4 rule add lookup main min-prefix 32\n"
		"rule add from 2001:db8::/32 lookup main min-prefix 64\n"
		"-6 rule add lookup main min-prefix 128\n",
		/* what is told */
		"11 warning: \"src-address=10.0.0.9/24\" has host bits set: it became 10.0.0.0/24\n"
		"12 warning: this rule is left out: \"dst-address\" is of another family than the rest\n"
		"13 warning: this rule is left out: \"action\" is none of lookup, lookup-only-in-table, drop and unreachable\n"
		"14 warning: this rule is left out: \"realm\" is not known here, and without it the rule might match more\n"
		"16 warning: this rule is left out: \"chain\" is not known here: there is one list of rules\n"
		"17 note: \"table=local\" is no rule here: the router's own addresses come before all rules\n"
		"18 warning: the table \"isp9\" is not in /routing table: it is made here, too\n"
	},
	{
		"clients", "map pppoe-out1=ppp0\n",
		/* the export */
		"/interface pppoe-client\n"
		"add add-default-route=yes disabled=no interface=ether1 name=pppoe-out1\n"
		"add add-default-route=yes default-route-distance=3 disabled=no interface=\\\n"
		"    ether2 name=ppp7\n"
		"add add-default-route=yes interface=ether2 name=ppp8\n"
		"add disabled=no interface=ether2 name=\"a name that is longer than this\"\n"
		"/ip dhcp-client\n"
		"add interface=ether3\n"
		"add default-route-distance=4 interface=ether4\n"
		"add add-default-route=no default-route-distance=5 interface=ether5\n"
		"add default-route-distance=6 disabled=yes interface=ether6\n"
		"add default-route-tables=isp1:2 interface=ether7\n"
		"/ip route\n"
		"add distance=2 gateway=pppoe-out1\n",
		/* the configuration */
		"distance dev ether4 4\n"
		"route add 0.0.0.0/0 dev ppp0\n"
		"route add 0.0.0.0/0 dev ppp7 distance 3\n",
		/* what is told */
		"2 note: the default route of \"add-default-route=yes\" is written down; dialling is pppd's (+1)\n"
		"12 warning: \"default-route-tables\" is not known here: write the routes of these tables by hand\n"
	},
	{
		"properties that are not known", "",
		/* the export */
		"/ip route\n"
		"add gateway=192.0.2.1 new-thing=7 \\\n"
		"    other-thing=8\n"
		"add dst-address=10.0.0.1/8 gateway=192.0.2.1 vrf-interface=ether1 \\\n"
		"    suppress-hw-offload=yes distance=0\n"
		"add dst-address=11.0.0.0/8 gateway=192.0.2.1 vrf-interface=ether2 !unset\n",
		/* the configuration */
		"route add 0.0.0.0/0 via 192.0.2.1\n"
		"route add 10.0.0.0/8 via 192.0.2.1\n"
		"route add 11.0.0.0/8 via 192.0.2.1\n",
		/* what is told */
		"2 warning: \"new-thing\" of /ip route is not known here: it is left out\n"
		"3 warning: \"other-thing\" of /ip route is not known here: it is left out\n"
		"4 warning: \"dst-address=10.0.0.1/8\" has host bits set: it became 10.0.0.0/8\n"
		"4 note: \"vrf-interface\" has no meaning here: it is left out (+1)\n"
		"5 warning: \"distance=0\" became 1, the least that there is here\n"
		"5 note: \"suppress-hw-offload\" has no meaning here: it is left out\n"
	},
