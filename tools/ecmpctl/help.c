// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>

#include "ecmpctl.h"

static const struct { const char *object; const char *text; } pages[] = {
	{ "table",
"ecmpctl table add NAME [kernel ID] [hash-policy l3|l4|l3-inner|src]\n"
"              [balance hash|per-packet|round-robin|round-robin-flow]\n"
"              [failback soft|hard]\n"
"ecmpctl table set NAME [hash-policy l3|l4|l3-inner|src|inherit] [balance ...]\n"
"              [failback soft|hard]\n"
"ecmpctl table del NAME              its routes go with it\n"
"ecmpctl table show\n"
"\n"
"The table main always exists. It holds the kernel's main table and your\n"
"own routes, side by side. A table with a kernel ID follows that table of\n"
"the kernel's. Paths share by hash, each connection staying on its own; or\n"
"packet by packet, per-packet by chance and round-robin in turn, for what is\n"
"not translated; or each new connection takes the next path in turn,\n"
"round-robin-flow, which needs \"set pin connection\".\n"
"With failback hard connections go back to a path that returns; with soft\n"
"those that are pinned elsewhere stay there.\n"
"\n"
"  ecmpctl table add ecmp\n"
"  ecmpctl table set ecmp hash-policy l4\n"
"  ecmpctl table set main balance round-robin-flow failback hard\n" },
	{ "route",
"ecmpctl route add|replace|set [blackhole|unreachable|prohibit] PREFIX\n"
"              [via ADDRESS|kernel] [dev INTERFACE] [onlink] [table NAME]\n"
"              [distance 1-255] [weight 1-256]\n"
"              [check-gateway none|arp|ping [target ADDRESS...] [any|all]]\n"
"              [pref-src ADDRESS] [disabled] [comment TEXT]\n"
"ecmpctl route del|enable|disable [TYPE] PREFIX [via ADDRESS]\n"
"              [dev INTERFACE] [table NAME]\n"
"ecmpctl route flush table NAME\n"
"ecmpctl [-4|-6] route show [table NAME] [PREFIX]\n"
"\n"
"PREFIX is 10.0.0.0/8, 2001:db8::/32, a host, or default, which is IPv6 with\n"
"an IPv6 gateway or -6. Of one prefix the routes with the lowest distance that\n"
"live carry the packets; two or more share them by weight (+). via kernel\n"
"is the gateway of the kernel's own default on that device, from DHCP, RA or\n"
"PPP, and follows it. check-gateway asks the gateway, or with ping other\n"
"targets by that path alone; without an answer the path is dead.\n"
"\n"
"  ecmpctl route add default via 10.1.1.1 distance 1\n"
"  ecmpctl route add default via 10.1.1.1 dev wan1 table ecmp weight 2\n"
"  ecmpctl route add default via fe80::1 dev wan1 table ecmp\n"
"  ecmpctl route add default via kernel dev wan2 table ecmp\n"
"  ecmpctl -6 route add default dev ppp0\n"
"  ecmpctl route set default via 10.1.1.1 check-gateway ping target 9.9.9.9\n"
"  ecmpctl route set default via 10.1.1.1 table ecmp weight 3\n"
"  ecmpctl route show table ecmp\n" },
	{ "rule",
"ecmpctl [-4|-6] rule add [from PREFIX] [to PREFIX] [iif INTERFACE]\n"
"             [mark VALUE[/MASK]] [ipproto PROTOCOL] [sport PORT[-PORT]]\n"
"             [dport PORT[-PORT]] [dscp 0-63]\n"
"             lookup TABLE [min-prefix N] | drop | unreachable | prohibit |\n"
"             lookup-only-in-table TABLE [min-prefix N] | native\n"
"             [before N|after N|at N] [disabled] [comment TEXT]\n"
"ecmpctl [-4|-6] rule set N WORD VALUE ...\n"
"ecmpctl rule del N...\n"
"ecmpctl rule move N before M|after M|at I\n"
"ecmpctl rule enable|disable N\n"
"ecmpctl [-4|-6] rule show\n"
"\n"
"Rules are tried from number 0 on. min-prefix N ignores a result whose\n"
"prefix is N bits or shorter, and the next rule is tried. N is a number,\n"
"\"id\" and an id, or a comment that only one rule has. A rule with an address\n"
"is for its family, with -4 or -6 for that, any other for both. \"set\" takes\n"
"a matcher away by \"any\", and leaves a rule of -4 or -6 to its family unless\n"
"it has the other option.\n"
"\n"
"  ecmpctl rule add lookup main min-prefix 0\n"
"  ecmpctl rule add from 192.168.0.0/24 lookup ecmp\n"
"  ecmpctl rule add from 2001:db8:1::/48 lookup ecmp\n"
"  ecmpctl rule add from 192.168.0.244 lookup main before 1\n" },
	{ "nexthop",
"ecmpctl [-4|-6] nexthop show\n"
"ecmpctl [-4|-6] nexthop set [ADDRESS] dev INTERFACE\n"
"             [state alive|dead|drain|auto [timeout 1s-24h]]\n"
"             [pin-id 1-255|auto]\n"
"\n"
"A next hop is shared by all routes that use it. A forced state is not\n"
"saved; auto ends it, and so does the timeout. drain takes no new\n"
"connections, and those that are pinned to it stay (set pin connection);\n"
"without pins flows move at once. pin-id is the number by which connections\n"
"remember it in their pin-mask: by itself any, but the same on routers that\n"
"take over each other's connections; it is saved.\n"
"\n"
"  ecmpctl nexthop set 10.1.1.1 dev wan1 state dead\n"
"  ecmpctl nexthop set fe80::1 dev wan1 state drain timeout 1h\n"
"  ecmpctl nexthop set 10.1.1.1 dev wan1 pin-id 1\n"
"  ecmpctl -6 nexthop set dev ppp0 state auto\n" },
	{ "set",
"ecmpctl set enabled yes|no            no: all is left to the kernel\n"
"ecmpctl [-4|-6] set hash-policy l3|l4|l3-inner|src\n"
"ecmpctl set hash-seed NUMBER|random   equal seeds choose alike\n"
"ecmpctl set kernel-routes on|off      the kernel has a default by each WAN,\n"
"                                      too; on\n"
"ecmpctl set pin connection|none       connections keep their path, or not;\n"
"                                      connection\n"
"ecmpctl set pin-mask MASK             bits of the conntrack mark, 0: none;\n"
"                                      0x0000ff00\n"
"ecmpctl set check-gateway-interval 100ms-10m    a probe each; 10s\n"
"ecmpctl set check-gateway-timeout 100ms-10m     for its answer; 1s\n"
"ecmpctl set check-gateway-count 1-255           unanswered: dead; 2\n"
"ecmpctl set check-gateway-up-count 1-255        answered: alive; 1\n"
"ecmpctl settings show\n"
"\n"
"  ecmpctl set hash-policy l4\n"
"  ecmpctl -6 set hash-policy src\n"
"  ecmpctl set check-gateway-interval 500ms check-gateway-count 4\n" },
	{ "distance",
"ecmpctl distance proto NAME 0-255|default\n"
"ecmpctl distance dev INTERFACE 0-255|default\n"
"\n"
"Of the kernel's routes, by the protocol that made them (static, dhcp, ra,\n"
"bgp, ospf, ... or its number) or by their device, which counts first;\n"
"connected routes have no other than that of their protocol. Without:\n"
"connected 0, static, dhcp and ra 1, bgp 20, ospf 110, isis 115, rip 120,\n"
"others 200. 255: never used.\n"
"\n"
"  ecmpctl distance proto bgp 200\n"
"  ecmpctl distance dev wan2 5\n" },
	{ "get",
"ecmpctl get DESTINATION [from SOURCE] [iif INTERFACE] [ipproto PROTOCOL]\n"
"            [sport PORT] [dport PORT] [mark VALUE] [dscp 0-63]\n"
"            [flowlabel 0-0xfffff]\n"
"ecmpctl get flow DESTINATION from SOURCE ipproto PROTOCOL\n"
"            [sport PORT dport PORT] ...\n"
"\n"
"Which path does this packet take, and why? With iif it came in there (and\n"
"needs from), without it is the router's own. get flow asks for the next\n"
"packet of a connection that is tracked, of either direction, as it is on the\n"
"wire, and tells what its pin does; only an administrator sees connections.\n"
"\n"
"  ecmpctl get 45.57.94.1 from 192.168.10.5 iif lan10 \\\n"
"          ipproto tcp sport 40000 dport 443\n"
"  ecmpctl get 2001:db8::1 from 2001:db8:1::5 iif lan10\n"
"  ecmpctl get flow 45.57.94.1 from 192.168.10.5 \\\n"
"          ipproto tcp sport 40000 dport 443\n" },
	{ "flow",
"ecmpctl [-4|-6] [-s] flow list [dev INTERFACE [via ADDRESS]]\n"
"             [from PREFIX] [to PREFIX]\n"
"ecmpctl [-4|-6] flow evict [dev INTERFACE [via ADDRESS]]\n"
"             [from PREFIX] [to PREFIX]      one of them at least\n"
"\n"
"The connections that are pinned to an uplink, as conntrack knows them; with\n"
"-s how many each uplink has. from and to are as the connection was opened.\n"
"evict ends those that fit, so that they begin anew by another path, or the\n"
"same. Both need an administrator, and the module nf_conntrack_netlink.\n"
"\n"
"  ecmpctl flow list dev wan1\n"
"  ecmpctl -s flow list\n"
"  ecmpctl flow evict dev wan1 via 10.1.1.1\n"
"  ecmpctl -4 flow evict from 192.168.10.0/24 dev wan2\n" },
	{ "load",
"ecmpctl load FILE|- [--confirm SECONDS] [--force]\n"
"ecmpctl confirm [--abort|--show]\n"
"ecmpctl save\n"
"\n"
"A file holds commands without \"ecmpctl\", one a line: table add, table\n"
"set, route add, route replace, rule add, nexthop set with pin-id, distance\n"
"and set; -4 or -6 may come first. # starts a comment. load replaces\n"
"everything that ecmpctl configured, at once; a file with a mistake changes\n"
"nothing.\n"
"--confirm: the configuration before returns by itself after that time (60,\n"
"10m, at most 24h), whatever becomes of your session, unless you can still say\n"
"\"ecmpctl confirm\". --abort returns to it now, --show tells how long it waits.\n"
"--force loads even if your ssh session would be cut.\n"
"\n"
"  ecmpctl save > /etc/ecmp/ecmp.conf.new &&\n"
"    mv /etc/ecmp/ecmp.conf.new /etc/ecmp/ecmp.conf\n"
"  ecmpctl load /etc/ecmp/ecmp.conf\n"
"  ecmpctl load --confirm 60 new.conf\n"
"  ecmpctl confirm\n" },
	{ "check",
"ecmpctl [-j] check FILE|-\n"
"\n"
"What is wrong with FILE, or may not be meant so, with its line: rules that an\n"
"earlier one catches, that match or find nothing, or that send one network of\n"
"the router's to another by a WAN; tables without routes or rules; paths that\n"
"share with none; and gateways and devices that this host has not now. The\n"
"module is not needed. Exit status 0: nothing, or only notes; 3: a warning;\n"
"1: an error: it cannot be loaded.\n"
"\n"
"  ecmpctl check /etc/ecmp/ecmp.conf\n"
"  ecmpctl import routeros router.rsc | ecmpctl check -\n" },
	{ "diff",
"ecmpctl [-j] diff FILE|-\n"
"\n"
"What load FILE would change: - goes, + comes, in the words of a file. Routes\n"
"of the kernel's are none of it, and settings that a file leaves out are at\n"
"their defaults. Behind # is the number of a rule, and where it moves. Exit\n"
"status 0: nothing; 3: something; 1: the file cannot be loaded; 2: the module\n"
"does not answer.\n"
"\n"
"  ecmpctl diff /etc/ecmp/ecmp.conf\n"
"  ecmpctl save | ecmpctl diff -\n" },
	{ "import",
"ecmpctl import routeros FILE|- [-o FILE] [--dry-run]\n"
"             [--map NAME=INTERFACE] [--mark NAME=VALUE[/MASK]]\n"
"\n"
"Turns what RouterOS's \"export\" prints into a file for \"ecmpctl load\": tables,\n"
"routes, rules and the settings of routing. What is not as it was there is\n"
"told with its line, and stands in the file as a comment; scripts are\n"
"refused. --map names an interface that has another name here, --mark the\n"
"packet mark that stands for a routing mark of mangle. --dry-run shows the\n"
"configuration, and leaves the file of -o alone.\n"
"\n"
"  ecmpctl import routeros router.rsc --dry-run\n"
"  ecmpctl import routeros router.rsc -o /etc/ecmp/ecmp.conf \\\n"
"          --map ether1-pppoe-out1=ppp0 --mark voip=0x10\n" },
	{ "show",
"ecmpctl [-j] [-4|-6] show\n"
"\n"
"The router at a glance: is it on, which uplinks are alive, what is set, and\n"
"the rules and tables. On a terminal it fits the screen; of long lists it has\n"
"the beginning.\n"
"\n"
"  ecmpctl show\n"
"  ecmpctl show | less\n" },
	{ "stats",
"ecmpctl [-j] stats [-o prometheus [FILE]]\n"
"\n"
"All counters, and the health of all paths. -o prometheus prints them for the\n"
"node exporter's textfile collector; a FILE is replaced at once, so that\n"
"nobody reads half of it.\n"
"\n"
"  ecmpctl stats\n"
"  ecmpctl stats -o prometheus\n"
"  ecmpctl stats -o prometheus /var/lib/prometheus/node-exporter/ecmp.prom\n" },
	{ "top",
"ecmpctl [-4|-6] [-j] top [table NAME] [-d SECONDS] [-n SCREENS]\n"
"            [sort path|packets|bits|connections|dev]\n"
"\n"
"What goes by which path now: rates, connections, health, and each path's\n"
"share beside its weight, again and again (2s). On a terminal q ends it, t\n"
"takes the next table, s another order, d and D make it faster and slower.\n"
"Elsewhere one screen is printed, or as many as -n says, after an interval\n"
"each. Without a table it is the one whose default routes share most paths.\n"
"\n"
"  ecmpctl top\n"
"  ecmpctl top table ecmp sort bits -d 1\n"
"  ecmpctl -j top -n 10 -d 500ms\n" },
	{ "monitor",
"ecmpctl [-j] [-4|-6] monitor\n"
"ecmpctl [-4|-6] monitor --journal\n"
"\n"
"What changes, as it happens: a line each, or a JSON object. --journal: an entry\n"
"each in systemd's journal, with fields; the service ecmp-journal does that.\n"
"\n"
"  ecmpctl monitor\n"
"  journalctl -t ecmp ECMP_DEVICE=wan1\n"
"  journalctl -t ecmp -p warning -f\n" },
};

static const char overview[] =
"usage: ecmpctl [-4|-6] [-j] [-p] [-s] OBJECT COMMAND ...\n"
"\n"
"  table     add set del show              tables of routes\n"
"  route     add replace set del enable disable flush show\n"
"  rule      add set del move enable disable show\n"
"  nexthop   show set                      gateways and whether they live\n"
"  set       WORD VALUE; settings show     hash policy, seed, on and off\n"
"  distance  proto dev                     of the kernel's routes\n"
"  get       DESTINATION ...               which path, and why\n"
"  flow      list evict                    connections and their uplinks\n"
"  load      FILE; save                    the whole configuration\n"
"  confirm   --abort --show                load --confirm: keep it, or not\n"
"  check     FILE                          what may not be meant so in it\n"
"  diff      FILE                          what load would change\n"
"  import    routeros FILE                 from another router's export\n"
"  show      everything at a glance\n"
"  top       table NAME ...                what goes by which path now\n"
"  stats     -o prometheus FILE            all counters\n"
"  monitor   what changes, as it happens\n"
"\n"
"  -4 -6  one family     -j  JSON     -p  readable JSON     -s  more counters\n"
"  --color[=auto|never|always]        -V  version\n"
"\n"
"\"ecmpctl OBJECT help\" tells more, with examples.\n";

static const char *page_find(const char *object)
{
	unsigned int i;

	if (!strcmp(object, "settings"))
		object = "set";
	if (!strcmp(object, "save") || !strcmp(object, "confirm"))
		object = "load";
	for (i = 0; i < COUNT(pages); i++)
		if (!strcmp(pages[i].object, object))
			return pages[i].text;
	return NULL;
}

/**
 * help_print - help for an object, or for all
 * @ctl: this run
 * @object: its word; NULL: the overview
 *
 * Return: the exit status.
 */
int help_print(const struct ctl *ctl, const char *object)
{
	const char *page = object ? page_find(object) : overview;

	if (!page) {
		print_error(ctl, "there is no help for \"%s\": see \"ecmpctl help\"",
			    object);
		return EXIT_SYNTAX;
	}
	fputs(page, stdout);
	return EXIT_DONE;
}
