/* SPDX-License-Identifier: GPL-2.0 */
/* Examples of test_cli_import.c: forms, sections, settings, tables, and what is refused. */
	{
		"terse", "",
		/* the export */
		"# 2025-11-02 09:14:27 by RouterOS 7.16.1\n"
		"/routing table add fib name=ecmp\n"
		"/ip settings set ipv4-multipath-hash-policy=l4\n"
		"/ip route add dst-address=0.0.0.0/0 gateway=192.0.2.1%ether1\n"
		"/ip route add distance=2 dst-address=0.0.0.0/0 gateway=192.0.2.5%ether2\n"
		"/ip route add comment=\"no WAN\" dst-address=10.0.0.0/8 blackhole\n"
		"/routing rule add action=lookup min-prefix=0 table=main\n",
		/* the configuration */
		"-4 set hash-policy l4\n"
		"table add ecmp\n"
		"route add 0.0.0.0/0 via 192.0.2.1 dev ether1\n"
		"route add 0.0.0.0/0 via 192.0.2.5 dev ether2 distance 2\n"
		"route add blackhole 10.0.0.0/8 comment \"no WAN\"\n"
		"rule add lookup main min-prefix 0\n",
		/* what is told */
		""
	},
	{
		"compact", "",
		/* the export */
		"/routing table\n"
		"add fib name=ecmp\n"
		"/ip settings\n"
		"set ipv4-multipath-hash-policy=l4\n"
		"/ip route\n"
		"add gateway=192.0.2.1%ether1\n"
		"add distance=2 gateway=192.0.2.5%ether2\n"
		"# a comment between items\n"
		"add blackhole comment=\"no WAN\" dst-address=10.0.0.0/8\n"
		"/routing rule\n"
		"add action=lookup min-prefix=0 table=main\n",
		/* the configuration */
		"-4 set hash-policy l4\n"
		"table add ecmp\n"
		"route add 0.0.0.0/0 via 192.0.2.1 dev ether1\n"
		"route add 0.0.0.0/0 via 192.0.2.5 dev ether2 distance 2\n"
		"route add blackhole 10.0.0.0/8 comment \"no WAN\"\n"
		"rule add lookup main min-prefix 0\n",
		/* what is told */
		""
	},
	{
		"verbose", "",
		/* the export */
		"/routing table\n"
		"add disabled=no fib name=ecmp\n"
		"/ip settings\n"
		"set accept-redirects=no accept-source-route=no allow-fast-path=yes \\\n"
		"    arp-timeout=30s icmp-errors-use-inbound-interface-address=no \\\n"
		"    icmp-rate-limit=10 icmp-rate-mask=0x1818 \\\n"
		"    ipv4-multipath-hash-policy=l4 rp-filter=no secure-redirects=yes \\\n"
		"    send-redirects=yes tcp-syncookies=no tcp-timestamps=random-offset\n"
		"/ip route\n"
		"add !blackhole check-gateway=\"\" comment=\"\" disabled=no distance=1 \\\n"
		"    dst-address=0.0.0.0/0 gateway=192.0.2.1%ether1 pref-src=\"\" \\\n"
		"    routing-table=main scope=30 suppress-hw-offload=no target-scope=10 \\\n"
		"    !vrf-interface\n"
		"add !bgp-as-path !bgp-prepend check-gateway=none disabled=no distance=2 \\\n"
		"    dst-address=0.0.0.0/0 gateway=\\\n"
		"    192.0.2.5%ether2 routing-table=main scope=30 target-scope=10 !route-tag\n"
		"add blackhole comment=\"no WAN\" disabled=no distance=1 dst-address=\\\n"
		"    10.0.0.0/8 gateway=\"\" routing-table=main scope=30\n"
		"/routing rule\n"
		"add action=lookup comment=\"\" disabled=no !dst-address !interface min-prefix=\\\n"
		"    0 !routing-mark !src-address table=main\n",
		/* the configuration */
		"-4 set hash-policy l4\n"
		"table add ecmp\n"
		"route add 0.0.0.0/0 via 192.0.2.1 dev ether1\n"
		"route add 0.0.0.0/0 via 192.0.2.5 dev ether2 distance 2\n"
		"route add blackhole 10.0.0.0/8 comment \"no WAN\"\n"
		"rule add lookup main min-prefix 0\n",
		/* what is told */
		""
	},
	{
		"sections in any order", "",
		/* the export */
		"/routing rule\n"
		"add action=lookup src-address=192.168.0.0/24 table=ecmp\n"
		"/ip/route\n"
		"add gateway=192.0.2.1 routing-table=ecmp\n"
		"/ip/firewall/nat/add action=masquerade chain=srcnat\n"
		"add gateway=192.0.2.5 routing-table=ecmp\n"
		"/system script\n"
		"add name=x source=\":if (true) do={\\r\\\n"
		"    \\n/ip route remove [find]}\"\n"
		"/ip\n"
		"route\n"
		"add gateway=192.0.2.9\n"
		"..\n"
		"/routing table\n"
		"add fib name=ecmp;add fib name=b\n"
		"/\n",
		/* the configuration */
		"table add ecmp\n"
		"table add b\n"
		"route add 0.0.0.0/0 via 192.0.2.9\n"
		"route add 0.0.0.0/0 via 192.0.2.1 table ecmp\n"
		"route add 0.0.0.0/0 via 192.0.2.5 table ecmp\n"
		"rule add from 192.168.0.0/24 lookup ecmp\n",
		/* what is told */
		"5 note: /ip firewall nat is for nftables to do, as it was: the WAN is chosen before, so that \"masquerade\" follows it\n"
	},
	{
		"lines that go on", "",
		/* the export */
		"/ip route\n"
		"add gateway=192.0.2.1,\\\n"
		"    192.0.2.5 dst-address=10.0.0.0/8\n"
		"add dst-address=172.16.0.0/12 gateway=\\\n"
		"    192.0.2.1\\\n"
		"    distance=2\n"
		"add dst-address=172.\\\n"
		"31.0.0/16 gateway=192.0.2.1 \\\n"
		"distance=3 \\\n"
		"\\\n"
		"    comment=\"a \\\n"
		"    b\\\n"
		"c\" new-thing=\\\n"
		"    1\n",
		/* the configuration */
		"route add 10.0.0.0/8 via 192.0.2.1\n"
		"route add 10.0.0.0/8 via 192.0.2.5\n"
		"route add 172.16.0.0/12 via 192.0.2.1 distance 2\n"
		"route add 172.31.0.0/16 via 192.0.2.1 distance 3 comment \"a bc\"\n",
		/* what is told */
		"13 warning: \"new-thing\" of /ip route is not known here: it is left out\n"
	},
	{
		"escapes", "",
		/* the export */
		"/ip route\n"
		"add comment=\"a \\\"b\\\" \\\\ \\$c \\? \\_d \\41\\C3\\B1\\E2\\82\\AC\" gateway=192.0.2.1\n"
		"add comment=\"one \\\n"
		"    two\\\n"
		"    \\_three\" gateway=192.0.2.2\n"
		"add comment=plain\\\"word gateway=\"192.0.2.3\"\n"
		"add comment=\"tab\\tbell\\a line\\r\\n\" gateway=192.0.2.4\n"
		"add comment=\"latin \\F1\" gateway=192.0.2.5\n",
		/* the configuration */
		"route add 0.0.0.0/0 via 192.0.2.1 comment \"a \\\"b\\\" \\\\ $c ?  d Añ€\"\n"
		"route add 0.0.0.0/0 via 192.0.2.2 comment \"one two three\"\n"
		"route add 0.0.0.0/0 via 192.0.2.3 comment \"plain\\\"word\"\n"
		"route add 0.0.0.0/0 via 192.0.2.4 comment \"tab?bell? line??\"\n"
		"route add 0.0.0.0/0 via 192.0.2.5 comment \"latin ?\"\n",
		/* what is told */
		"7 warning: the comment has bytes that are no UTF-8, or control characters: they became \"?\"\n"
		"8 warning: the comment has bytes that are no UTF-8, or control characters: they became \"?\"\n"
	},
	{
		"marks without --mark", "",
		/* the export */
		"/ip firewall mangle\n"
		"add action=mark-routing chain=prerouting new-routing-mark=isp1\n"
		"add action=mark-routing chain=output new-routing-mark=isp1\n"
		"add action=mark-connection chain=prerouting new-connection-mark=c\n"
		"/routing table\n"
		"add fib name=isp1\n"
		"/routing rule\n"
		"add action=lookup-only-in-table routing-mark=isp1 table=isp1\n",
		/* the configuration */
		"table add isp1\n",
		/* what is told */
		"2 warning: mangle marks packets for the table \"isp1\": let nftables mark them (meta mark set VALUE) in a chain of priority mangle, and add --mark 'isp1=VALUE'\n"
		"8 warning: this rule is left out: \"routing-mark\" is set by mangle: let nftables set a mark (meta mark set VALUE) in a chain of priority mangle, and add --mark NAME=VALUE\n"
	},
	{
		"marks", "mark isp1=0x10/0xff\n""mark none=5\n",
		/* the export */
		"/ip firewall mangle\n"
		"add action=mark-routing chain=prerouting new-routing-mark=isp1\n"
		"/routing table\n"
		"add fib name=isp1\n"
		"/routing rule\n"
		"add action=drop src-address=10.0.0.0/8\n"
		"add action=lookup-only-in-table interface=ether1 routing-mark=isp1 table=isp1\n",
		/* the configuration */
		"table add isp1\n"
		"rule add mark 0x10/0xff lookup isp1\n"
		"rule add from 10.0.0.0/8 drop\n"
		"rule add iif ether1 mark 0x10/0xff lookup-only-in-table isp1\n",
		/* what is told */
		"0 warning: --mark none=5: the export has no such routing mark\n"
	},
	{
		"tables", "",
		/* the export */
		"/routing table\n"
		"add disabled=no fib name=main\n"
		"add fib comment=\"of the\\_VPN\" name=\"to WAN 2\"\n"
		"add fib name=\"to WAN_2\"\n"
		"add fib name=to_WAN_2\n"
		"add fib name=2nd\n"
		"add fib name=blackhole\n"
		"add fib name=a-name-that-is-longer-than-the-module-has-room-for\n"
		"add name=bgp\n"
		"add disabled=yes fib name=old\n"
		"add fib=yes name=rest fast=yes\n"
		"/ip route\n"
		"add gateway=192.0.2.1 routing-table=\"to WAN 2\"\n"
		"add gateway=192.0.2.1 routing-table=\"to WAN_2\"\n"
		"add gateway=192.0.2.1 routing-table=bgp\n"
		"add gateway=192.0.2.1 routing-table=*400\n"
		"/routing rule\n"
		"add action=lookup table=old\n"
		"add action=lookup table=\"2nd\"\n"
		"/ip vrf\n"
		"add interfaces=ether9 name=vrf1\n",
		/* the configuration */
		"table add to_WAN_2\n"
		"table add to_WAN_2-2\n"
		"table add to_WAN_2-3\n"
		"table add t2nd\n"
		"table add tblackhole\n"
		"table add a-name-that-is-longer-th\n"
		"table add bgp\n"
		"table add old\n"
		"table add rest\n"
		"table add t_400\n"
		"route add 0.0.0.0/0 via 192.0.2.1 table bgp disabled\n"
		"route add 0.0.0.0/0 via 192.0.2.1 table t_400\n"
		"route add 0.0.0.0/0 via 192.0.2.1 table to_WAN_2\n"
		"route add 0.0.0.0/0 via 192.0.2.1 table to_WAN_2-2\n"
		"rule add lookup old disabled\n"
		"rule add lookup t2nd\n",
		/* what is told */
		"3 warning: the table \"to WAN 2\" is called to_WAN_2 here: a name is a letter, then up to 31 letters, digits, \"_\", \".\" and \"-\", and no word of the grammar\n"
		"4 warning: the table \"to WAN_2\" is called to_WAN_2-2 here: a name is a letter, then up to 31 letters, digits, \"_\", \".\" and \"-\", and no word of the grammar\n"
		"5 warning: the table \"to_WAN_2\" is called to_WAN_2-3 here: a name is a letter, then up to 31 letters, digits, \"_\", \".\" and \"-\", and no word of the grammar\n"
		"6 warning: the table \"2nd\" is called t2nd here: a name is a letter, then up to 31 letters, digits, \"_\", \".\" and \"-\", and no word of the grammar\n"
		"7 warning: the table \"blackhole\" is called tblackhole here: a name is a letter, then up to 31 letters, digits, \"_\", \".\" and \"-\", and no word of the grammar\n"
		"8 warning: the table \"a-name-that-is-longer-than-the-module-has-room-for\" is called a-name-that-is-longer-th here: a name is a letter, then up to 31 letters, digits, \"_\", \".\" and \"-\", and no word of the grammar\n"
		"9 warning: the table \"bgp\" has no fib, so that RouterOS takes it for no packet: it is made, and what is in it or names it is disabled\n"
		"10 warning: the table \"old\" is disabled: it is made, and what is in it or names it is disabled\n"
		"11 warning: \"fast\" of /routing table is not known here: it is left out\n"
		"16 warning: the table \"*400\" is called t_400 here: a name is a letter, then up to 31 letters, digits, \"_\", \".\" and \"-\", and no word of the grammar\n"
		"16 warning: the table \"*400\" is not in /routing table: it is made here, too\n"
		"21 warning: the VRF \"vrf1\" is left to the kernel: make it with \"ip link add NAME type vrf table ID\"; \"table add NAME kernel ID\" lets rules look there\n"
	},
	{
		"settings", "",
		/* the export */
		"/ip settings\n"
		"set ip-forward=yes rp-filter=strict tcp-syncookies=yes max-neighbor-entries=\\\n"
		"    8192 allow-fast-path=no new-thing=1\n"
		"/ipv6 settings\n"
		"set multipath-hash-policy=l3-inner forward=no disable-ipv6=yes\n"
		"/routing settings\n"
		"set check-gateway-ping-interval=00:00:05 check-gateway-ping-timeout=1m30s \\\n"
		"    check-gateway-ping-count=4 single-process=yes policy-rules=mangle,user \\\n"
		"    connected-in-chain=c\n",
		/* the configuration */
		"-6 set hash-policy l3-inner\n"
		"set check-gateway-interval 5s\n"
		"set check-gateway-timeout 90s\n"
		"set check-gateway-count 4\n",
		/* what is told */
		"2 note: \"ip-forward=yes\" is the kernel's: sysctl net.ipv4.ip_forward=1\n"
		"2 note: \"max-neighbor-entries=8192\" is the kernel's: sysctl net.ipv4.neigh.default.gc_thresh3\n"
		"2 note: \"rp-filter=strict\" is the kernel's: sysctl net.ipv4.conf.all.rp_filter=1\n"
		"2 note: \"tcp-syncookies=yes\" is the kernel's: sysctl net.ipv4.tcp_syncookies=1\n"
		"3 warning: \"new-thing\" of /ip settings is not known here: it is left out\n"
		"3 note: \"allow-fast-path=no\" has no meaning here: it is left out\n"
		"5 note: \"disable-ipv6=yes\" is the kernel's: sysctl net.ipv6.conf.all.disable_ipv6=1\n"
		"5 note: \"forward=no\" is the kernel's: sysctl net.ipv6.conf.all.forwarding=0\n"
		"8 warning: \"policy-rules\" is left out: here marks come first, then the rules, then main\n"
		"8 note: \"single-process=yes\" has no meaning here: it is left out\n"
		"9 note: \"connected-in-chain=c\" has no meaning here: it is left out\n"
	},
	{
		"settings of an early version", "",
		/* the export */
		"/routing settings\n"
		"set ipv4-multipath-hash-policy=l4 ipv6-multipath-hash-policy=l4 \\\n"
		"    check-gateway-ping-interval=10s check-gateway-ping-timeout=20ms\n",
		/* the configuration */
		"set hash-policy l4\n",
		/* what is told */
		"3 warning: \"check-gateway-ping-timeout=20ms\" is left out: here it is from 100ms to 10m\n"
	},
	{
		"routing protocols", "",
		/* the export */
		"/routing bgp template\n"
		"set default as=65530\n"
		"/routing bgp connection\n"
		"add as=65530 local.role=ebgp name=isp1 remote.address=192.0.2.1/32 .as=64500\n"
		"add as=65530 local.role=ebgp name=isp2 remote.address=192.0.2.5/32 .as=64501\n"
		"/routing filter rule\n"
		"add chain=in rule=\"accept\"\n"
		"/ip route\n"
		"add dst-address=198.51.100.0/24 blackhole\n",
		/* the configuration */
		"route add blackhole 198.51.100.0/24\n",
		/* what is told */
		"4 warning: /routing bgp and filter: left to others, as FRR or BIRD: the table main follows what they give to the kernel\n"
	},
	{
		"script code", "",
		/* the export */
		"/ip route\n"
		"add gateway=192.0.2.1\n"
		":if ([:len [find]] > 1) do={ remove 0 }\n"
		":local gw 192.0.2.1; add gateway=$gw\n"
		"/system identity\n"
		":put \"x\"\n"
		"{ :put 1 }\n"
		"foreach i in=[find] do={ remove $i }\n"
		"/ip route\n"
		"add gateway=$gw\n"
		"add gateway=[/ip address get 0 network]\n"
		"add gateway=\"$gw\"\n"
		"set [find comment~\"x\"] distance=7\n"
		"set [find where comment=a or comment=b] distance=7\n"
		"remove *5\n"
		"add gateway=(1 . 2)\n"
		"add gateway=192.0.2.1 copy-from=0\n",
		/* the configuration */
		"",
		/* what is told */
		"3 mistake: this is script code, which only RouterOS can run: give the output of \"export\" alone\n"
		"4 mistake: \"gateway\" has script code, which only RouterOS can run: write the value\n"
		"4 mistake: this is script code, which only RouterOS can run: give the output of \"export\" alone\n"
		"4 warning: this route has no gateway: it is left out\n"
		"6 mistake: this is script code, which only RouterOS can run: give the output of \"export\" alone\n"
		"7 mistake: this is script code, which only RouterOS can run: give the output of \"export\" alone\n"
		"8 mistake: this is script code, which only RouterOS can run: give the output of \"export\" alone\n"
		"10 mistake: \"gateway\" has script code, which only RouterOS can run: write the value\n"
		"10 warning: this route has no gateway: it is left out\n"
		"11 mistake: \"gateway\" has script code, which only RouterOS can run: write the value\n"
		"11 warning: this route has no gateway: it is left out\n"
		"12 mistake: \"gateway\" has script code, which only RouterOS can run: write the value\n"
		"12 warning: this route has no gateway: it is left out\n"
		"13 mistake: it cannot be told which items \"set\" means: numbers and [find key=value] are understood here\n"
		"14 mistake: it cannot be told which items \"set\" means: numbers and [find key=value] are understood here\n"
		"15 mistake: it cannot be told which items \"*5\" means: numbers and [find key=value] are understood here\n"
		"16 mistake: \"gateway\" has script code, which only RouterOS can run: write the value\n"
		"16 warning: this route has no gateway: it is left out\n"
		"17 mistake: \"copy-from\" is not understood here: write the properties\n"
	},
	{
		"what is broken", "",
		/* the export */
		"add gateway=192.0.2.1\n"
		"/ip route\n"
		"gateway=192.0.2.1\n"
		"add gateway=192.0.2.1\n"
		"    distance=2\n"
		"add 10.0.0.0/8 gateway=192.0.2.1\n"
		"add dst-address=10.0.0.0/33 gateway=192.0.2.1\n"
		"add dst-address=2001:db8::/32 gateway=192.0.2.1\n"
		"add distance=256 gateway=192.0.2.1\n"
		"add distance=x gateway=192.0.2.1\n"
		"add check-gateway=http gateway=192.0.2.1\n"
		"add type=local gateway=192.0.2.1\n"
		"add pref-src=ether1 gateway=192.0.2.1\n"
		"add disabled=maybe gateway=192.0.2.1\n"
		"add comment=\"\\q\" gateway=192.0.2.1\n"
		"add gateway=ether1/2\n"
		"add gateway=*F\n"
		"frobnicate\n"
		"reset-all now=yes\n"
		"\"add\" gateway=192.0.2.1\n"
		"/ip route gateway=192.0.2.1\n"
		"/routing rule\n"
		"add src-address=ether1 action=drop\n"
		"add action=drop place-before=7\n"
		"add action=drop place-before=*7\n"
		"/routing table\n"
		"add fib\n"
		"add fib name=a\n"
		"add fib name=a\n"
		"/ip settings\n"
		"set ipv4-multipath-hash-policy=l5\n"
		"/routing settings\n"
		"set check-gateway-ping-interval=soon check-gateway-ping-count=many\n",
		/* the configuration */
		"",
		/* what is told */
		"3 mistake: this is neither a section, which begins with \"/\", nor a command\n"
		"5 mistake: this is neither a section, which begins with \"/\", nor a command\n"
		"6 mistake: \"10.0.0.0/8\" belongs to no property: has a line been broken before it?\n"
		"7 mistake: \"dst-address=10.0.0.0/33\": this must be an IPv4 prefix\n"
		"8 mistake: \"dst-address=2001:db8::/32\": this must be an IPv4 prefix\n"
		"9 mistake: \"distance=256\": this must be a number from 0 to 255\n"
		"10 mistake: \"distance=x\": this must be a number from 0 to 255\n"
		"11 mistake: \"check-gateway=http\": this must be none, arp, ping or bfd\n"
		"12 mistake: \"type=local\": this must be unicast, blackhole, unreachable or prohibit\n"
		"13 mistake: \"pref-src=ether1\": this must be an IPv4 address\n"
		"14 mistake: \"disabled=maybe\": this must be yes or no\n"
		"15 mistake: \"comment\": a backslash is followed by something that is no escape of RouterOS\n"
		"16 mistake: \"ether1/2\" cannot be the name of an interface here, which has at most 15 characters, no blank, \"/\" or \":\": name it by --map 'ether1/2=INTERFACE'\n"
		"17 mistake: \"*F\" is an interface that RouterOS has lost: name one by --map '*F=INTERFACE', or take this out of the export\n"
		"18 mistake: this is neither a section, which begins with \"/\", nor a command\n"
		"19 mistake: \"reset-all\" is no command of /ip route that is known here\n"
		"20 mistake: this is neither a section, which begins with \"/\", nor a command\n"
		"21 mistake: behind /ip route there must be a command: add or set\n"
		"23 mistake: \"src-address=ether1\": this must be a prefix\n"
		"24 mistake: \"place-before\": there is no such item in this file, so that the place is not known\n"
		"25 mistake: it cannot be told which items \"place-before\" means: numbers and [find key=value] are understood here\n"
		"27 mistake: this table has no name\n"
		"29 mistake: there is a table \"a\" already\n"
		"31 mistake: \"ipv4-multipath-hash-policy=l5\": this must be l3, l4 or l3-inner\n"
		"33 mistake: \"check-gateway-ping-count=many\": this must be a number from 0 to 255\n"
		"33 mistake: \"check-gateway-ping-interval=soon\": this must be a time\n"
	},
	{
		"several items at once", "",
		/* the export */
		"/routing rule\n"
		"add src-address=10.0.0.0/16 table=main\n"
		"add src-address=10.1.0.0/16 table=main\n"
		"add src-address=10.2.0.0/16 table=main\n"
		"add src-address=10.3.0.0/16 table=main\n"
		"add src-address=10.4.0.0/16 table=main\n"
		"remove 0,1\n"
		"set 0,2 comment=x\n"
		"set [find comment=x] comment=y\n",
		/* the configuration */
		"rule add from 10.2.0.0/16 lookup main comment y\n"
		"rule add from 10.3.0.0/16 lookup main\n"
		"rule add from 10.4.0.0/16 lookup main comment y\n",
		/* what is told */
		""
	},
	{
		"several items to move", "",
		/* the export */
		"/routing rule\n"
		"add src-address=10.0.0.0/16 table=main\n"
		"add src-address=10.1.0.0/16 table=main\n"
		"add src-address=10.2.0.0/16 table=main\n"
		"add src-address=10.3.0.0/16 table=main\n"
		"add src-address=10.4.0.0/16 table=main\n"
		"move 0,1 4\n"
		"move [find table=main]\n",
		/* the configuration */
		"",
		/* what is told */
		"7 mistake: \"move\" of several items is not understood here, as RouterOS has an order of its own for them: move one at a time\n"
		"8 mistake: \"move\" of several items is not understood here, as RouterOS has an order of its own for them: move one at a time\n"
	},
	{
		"no verb", "",
		/* the export */
		"/ip/route// gateway=192.0.2.1\n"
		"/routing/rule// x=y\n",
		/* the configuration */
		"",
		/* what is told */
		"1 mistake: \"\" is no command of /ip route that is known here\n"
		"2 mistake: \"\" is no command of /routing rule that is known here\n"
	},
	{
		"a prompt", "",
		/* the export */
		"[admin@router] > /ip route export\n"
		"/ip route\n"
		"add gateway=192.0.2.1\n",
		/* the configuration */
		"",
		/* what is told */
		"1 mistake: this is script code, which only RouterOS can run: give the output of \"export\" alone\n"
	},
	{
		"no other quotation mark", "",
		/* the export */
		"/ip route\n"
		"add gateway=192.0.2.1\n"
		"/system identity\n"
		"set name=\"router\n"
		"/ip route\n"
		"add gateway=192.0.2.5\n",
		/* the configuration */
		"",
		/* what is told */
		"4 mistake: this quotation mark has no other one: the file ends before\n"
	},
	{
		"no other bracket", "",
		/* the export */
		"/ip route\n"
		"add gateway=192.0.2.1\n"
		"/system script\n"
		"run [find name=\"]\"\n"
		"/ip route\n"
		"add gateway=192.0.2.5\n",
		/* the configuration */
		"",
		/* what is told */
		"4 mistake: this bracket has no other one: the file ends before\n"
	},
	{
		"an interface without a name here", "",
		/* the export */
		"/ip route\n"
		"add gateway=ether1-pppoe-out1\n"
		"add dst-address=10.0.0.0/8 gateway=\"192.0.2.1%ether 1\"\n"
		"/routing rule\n"
		"add action=drop interface=ether1-pppoe-out1\n",
		/* the configuration */
		"",
		/* what is told */
		"2 mistake: \"ether1-pppoe-out1\" cannot be the name of an interface here, which has at most 15 characters, no blank, \"/\" or \":\": name it by --map 'ether1-pppoe-out1=INTERFACE'\n"
		"3 mistake: \"ether 1\" cannot be the name of an interface here, which has at most 15 characters, no blank, \"/\" or \":\": name it by --map 'ether 1=INTERFACE'\n"
	},
