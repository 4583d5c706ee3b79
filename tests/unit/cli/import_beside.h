/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What RouterOS 6 does otherwise, and what an export has besides routes and
 * rules.
 */
	{
		"RouterOS 6 uses one of two routes", "",
		/* the export */
		"# nov/14/2025 17:12:03 by RouterOS 6.49.18\n"
		"/ip route\n"
		"add check-gateway=ping distance=1 gateway=192.0.2.1\n"
		"add distance=1 gateway=198.51.100.1\n"
		"add distance=1 gateway=203.0.113.1\n"
		"add disabled=yes distance=1 gateway=203.0.113.9\n"
		"add distance=2 gateway=203.0.113.17\n"
		"add distance=1 gateway=192.0.2.1,198.51.100.1 routing-mark=both\n"
		"add distance=1 dst-address=10.0.0.0/8 gateway=192.0.2.1\n"
		"add distance=1 dst-address=10.0.0.0/16 gateway=192.0.2.1\n"
		"add distance=1 dst-address=10.1.0.0/16 type=blackhole\n",
		/* the configuration */
		"table add both\n"
		"route add 0.0.0.0/0 via 192.0.2.1 check-gateway ping\n"
		"route add 0.0.0.0/0 via 198.51.100.1\n"
		"route add 0.0.0.0/0 via 203.0.113.1\n"
		"route add 0.0.0.0/0 via 203.0.113.9 disabled\n"
		"route add 0.0.0.0/0 via 203.0.113.17 distance 2\n"
		"route add 10.0.0.0/8 via 192.0.2.1\n"
		"route add 10.0.0.0/16 via 192.0.2.1\n"
		"route add blackhole 10.1.0.0/16\n"
		"route add 0.0.0.0/0 via 192.0.2.1 table both\n"
		"route add 0.0.0.0/0 via 198.51.100.1 table both\n",
		/* what is told */
		"4 warning: line 3 has the same destination and distance: RouterOS 6 uses one of the two routes, here they share. Give the one that is to wait a greater distance\n"
		"5 warning: line 3 has the same destination and distance: RouterOS 6 uses one of the two routes, here they share. Give the one that is to wait a greater distance\n"
	},
	{
		"RouterOS 6 by its marks", "",
		/* the export */
		"/ip route\n"
		"add gateway=192.0.2.1 routing-mark=a\n"
		"add gateway=198.51.100.1 routing-mark=a\n",
		/* the configuration */
		"table add a\n"
		"route add 0.0.0.0/0 via 192.0.2.1 table a\n"
		"route add 0.0.0.0/0 via 198.51.100.1 table a\n",
		/* what is told */
		"3 warning: line 2 has the same destination and distance: RouterOS 6 uses one of the two routes, here they share. Give the one that is to wait a greater distance\n"
	},
	{
		"RouterOS 7 shares", "",
		/* the export */
		"# 2025-11-14 17:12:03 by RouterOS 7.16.1\n"
		"/ip route\n"
		"add gateway=192.0.2.1 comment=\"as by RouterOS 6.49\"\n"
		"add gateway=198.51.100.1\n",
		/* the configuration */
		"route add 0.0.0.0/0 via 192.0.2.1 comment \"as by RouterOS 6.49\"\n"
		"route add 0.0.0.0/0 via 198.51.100.1\n",
		/* what is told */
		""
	},
	{
		"DHCP clients of one distance", "",
		/* the export */
		"# 2025-11-14 17:12:03 by RouterOS 7.16.1\n"
		"/ip dhcp-client\n"
		"add interface=ether1\n"
		"add interface=ether2\n"
		"add default-route-distance=2 interface=ether3\n"
		"add disabled=yes interface=ether4\n"
		"add add-default-route=no interface=ether5\n",
		/* the configuration */
		"distance dev ether3 2\n",
		/* what is told */
		"4 warning: this DHCP client's default route has the distance of line 3's: RouterOS 7 shares among them, here the one of the lowest metric is used. To share, add \"route add default via kernel dev INTERFACE\" for each\n"
	},
	{
		"DHCP clients of RouterOS 6", "",
		/* the export */
		"# nov/14/2025 17:12:03 by RouterOS 6.49.18\n"
		"/ip dhcp-client\n"
		"add disabled=no interface=ether1\n"
		"add disabled=no interface=ether2\n",
		"",
		""
	},
	{
		"DHCPv6 clients", "",
		/* the export */
		"/ipv6 dhcp-client\n"
		"add add-default-route=yes default-route-distance=2 interface=ether1 \\\n"
		"    pool-name=lan request=address,prefix\n"
		"add add-default-route=yes interface=ether2 request=prefix\n"
		"add interface=ether3 pool-name=lan request=prefix\n"
		"add add-default-route=yes disabled=yes interface=ether4\n"
		"add add-default-route=no interface=ether5\n",
		"",
		/* what is told */
		"2 warning: the default route of this DHCPv6 client is left out: here it comes by router advertisements (accept_ra=2), and can be followed: route add ::/0 via kernel dev ether1 distance 2\n"
		"4 warning: the default route of this DHCPv6 client is left out: here it comes by router advertisements (accept_ra=2), and can be followed: route add ::/0 via kernel dev ether2\n"
	},
	{
		"VRFs", "",
		/* the export */
		"/ip vrf\n"
		"add interfaces=ether8 name=mgmt\n"
		"add interfaces=ether9 name=main\n"
		"/ip route\n"
		"add gateway=192.0.2.1@main routing-table=mgmt\n",
		/* the configuration */
		"table add mgmt\n"
		"route add 0.0.0.0/0 via 192.0.2.1 table mgmt\n",
		/* what is told */
		"2 warning: the VRF \"mgmt\" is left to the kernel: make it with \"ip link add NAME type vrf table ID\"; \"table add NAME kernel ID\" lets rules look there\n"
		"5 warning: \"mgmt\" is the table of a VRF: it is made here, too, but packets of the VRF look into the kernel's (ip route add ... vrf NAME), and what is here is for rules that look there\n"
	},
	{
		"VRFs of RouterOS 6", "",
		/* the export */
		"/ip route vrf\n"
		"add interfaces=ether7 route-distinguisher=65530:7 routing-mark=cust7\n"
		"add interfaces=ether8 !routing-mark\n"
		"/ip route\n"
		"add gateway=192.0.2.1 routing-mark=cust7\n",
		/* the configuration */
		"table add cust7\n"
		"route add 0.0.0.0/0 via 192.0.2.1 table cust7\n",
		/* what is told */
		"2 warning: the VRF \"cust7\" is left to the kernel: make it with \"ip link add NAME type vrf table ID\"; \"table add NAME kernel ID\" lets rules look there\n"
		"3 warning: this VRF has no name, so that RouterOS does not use it: it is left out\n"
		"5 warning: \"cust7\" is the table of a VRF: it is made here, too, but packets of the VRF look into the kernel's (ip route add ... vrf NAME), and what is here is for rules that look there\n"
	},
	{
		"PCC", "mark voip=0x10\n",
		/* the export */
		"/ip firewall mangle\n"
		"add action=mark-connection chain=prerouting new-connection-mark=c1 \\\n"
		"    per-connection-classifier=both-addresses-and-ports:2/0\n"
		"add action=mark-connection chain=prerouting new-connection-mark=c2 \\\n"
		"    per-connection-classifier=both-addresses-and-ports:2/1\n"
		"add action=mark-routing chain=prerouting connection-mark=c1 \\\n"
		"    new-routing-mark=to1\n"
		"add action=mark-routing chain=prerouting new-routing-mark=voip\n"
		"/ip firewall nat\n"
		"add action=masquerade chain=srcnat out-interface=ether1\n"
		"add action=masquerade chain=srcnat out-interface=ether2\n"
		"/routing table\n"
		"add fib name=to1\n"
		"add fib name=voip\n",
		/* the configuration */
		"table add to1\n"
		"table add voip\n"
		"rule add mark 0x10 lookup voip\n",
		/* what is told */
		"3 warning: PCC needs no marks here: \"table add pcc hash-policy l4\", the default routes of all these lines in that table, and a rule that looks there\n"
		"7 warning: mangle marks packets for the table \"to1\": unless they only share among lines, let nftables mark them (meta mark set VALUE) in a chain of priority mangle, and add --mark 'to1=VALUE'\n"
		"10 note: /ip firewall nat is for nftables to do, as it was: the WAN is chosen before, so that \"masquerade\" follows it\n"
	},
	{
		"PCC by both addresses", "",
		/* the export */
		"/ip firewall mangle\n"
		"add chain=prerouting per-connection-classifier=both-addresses:2/0\n",
		"",
		/* what is told */
		"2 warning: PCC needs no marks here: \"table add pcc hash-policy l3\", the default routes of all these lines in that table, and a rule that looks there\n"
	},
	{
		"PCC by source", "",
		/* the export */
		"/ip firewall mangle\n"
		"add chain=prerouting per-connection-classifier=src-address:2/0\n",
		"",
		/* what is told */
		"2 warning: PCC needs no marks here: \"table add pcc hash-policy src\", the default routes of all these lines in that table, and a rule that looks there\n"
	},
	{
		"nth", "",
		/* the export */
		"/ip firewall mangle\n"
		"add chain=prerouting !per-connection-classifier nth=2,1\n",
		"",
		/* what is told */
		"2 warning: nth needs no marks here: \"table add nth balance round-robin-flow\", the default routes of all these lines in that table, and a rule that looks there\n"
	},
