/* SPDX-License-Identifier: GPL-2.0 */
/* Members of examples[]: tables and routes. */

/* ---- tables ---- */

{ "table add e\n",
  "x:1: note: table \"e\" has no routes, and no rule looks into it: leave it out\n" },
{ E, "x:1: warning: no rule looks into table \"e\": its routes carry nothing. Add one: rule add ... lookup e\n" },
{ "table add e kernel 7\n",
  "x:1: warning: no rule looks into table \"e\": its routes carry nothing. Add one: rule add ... lookup e\n" },
{ E "rule add lookup e disabled\n",
  "x:1: note: all rules that look into table \"e\" are disabled: its routes carry nothing\n" },
{ E "rule add mark 1 lookup e disabled\nrule add mark 2 lookup e\n", "" },

/* ---- groups of one ---- */

#define DISTANCES(line) \
	"x:" line ": note: the paths to 0.0.0.0/0 in table \"e\" have different distances: this one carries all, and the others wait until it is dead. To share, give them the same\n"
#define MARKED	"rule add mark 1 lookup e\n"

/* A provider's own table is no group. */
{ "table add e\nroute add default dev wan1 table e\n" MARKED, "" },
{ "table add e\nroute add default dev wan1 table e distance 2\n"
  "route add default dev wan2 table e\n" MARKED, DISTANCES("3") },
{ E "route add default dev ppp0 table e distance 3\n" MARKED, "" },
/* main fails over. A blackhole behind a path is a safeguard. */
{ "route add default dev wan1\nroute add default dev wan2 distance 2\n", "" },
{ "table add e\nroute add default dev wan1 table e\n"
  "route add blackhole default table e distance 200\n" MARKED, "" },
{ "table add e\nroute add default dev wan1 table e weight 3\n" MARKED
  "route add default dev wan1 weight 2\n",
  "x:2: note: this is the only path to 0.0.0.0/0 in table \"e\" at its distance: its weight has no effect\n"
  "x:4: note: this is the only path to 0.0.0.0/0 in table \"main\" at its distance: its weight has no effect\n" },
{ "table add e\nroute add default dev wan1 table e\n"
  "route add default dev wan2 table e disabled\n"
  "route add 10.0.0.0/8 dev wan1 table e\n"
  "route add 10.0.0.0/8 dev wan2 table e disabled distance 2\n" MARKED,
  "x:2: note: this is the only path to 0.0.0.0/0 in table \"e\" that is enabled at its distance: it shares with none\n" },
{ "table add e hash-policy l4\nroute add default dev wan1 table e\n" MARKED,
  "x:1: note: table \"e\" says how paths share, but none of its prefixes has more than one: add the others, or leave hash-policy out\n" },
{ "table add e balance round-robin\nroute add ::/0 dev wan1 table e\n" MARKED,
  "x:1: note: table \"e\" says how paths share, but none of its prefixes has more than one: add the others, or leave balance out\n" },
{ "table add e hash-policy l4\nroute add default dev wan1 table e\n"
  "route add default dev wan2 table e\nroute add ::/0 dev wan1 table e\n" MARKED,
  "" },

/* ---- gateways ---- */

{ "route add default via 192.0.2.1 dev wan1\n"
  "route add 10.0.0.0/8 via 203.0.113.9 dev ppp0\n"
  "route add ::/0 via fe80::1 dev wan1\n"
  "route add 2001:db8:1::/48 via 2001:db8::1 dev wan1\n"
  "route add 2001:db8:2::/48 via fe80:9::1 dev wan1\n"
  "route add 10.0.0.0/9 via 10.9.9.9 dev none\n"
  "route add 10.0.0.0/10 via 10.9.9.9 dev wan1 onlink\n"
  "route add 10.0.0.0/11 via 192.0.2.1\n", "" },
{ "route add default via 192.0.3.1 dev wan1\ntable add e\n"
  "route add default via 192.0.3.1 dev wan1 table e\n"
  "route add 10.0.0.0/8 via 198.51.100.129 dev wan2\n"
  "route add 11.0.0.0/8 via 192.0.2.1 dev bare\n"
  "route add ::/0 via fe80::1 dev bare\n"
  "route add 12.0.0.0/8 via 10.9.9.9\n"
  "route add 2001:db8:2::/48 via fe80::9 dev wan1\n" MARKED,
  "x:1: warning: gateway 192.0.3.1 is in no prefix that wan1 has now: the route waits. Correct it, or add onlink (and 1 more)\n"
  "x:4: warning: gateway 198.51.100.129 is in no prefix that wan2 has now: the route waits. Correct it, or add onlink\n"
  "x:5: warning: bare has no IPv4 address now, so that gateway 192.0.2.1 is not on-link: the route waits. Give it one, or add onlink\n"
  "x:6: warning: bare has no IPv6 address now, so that gateway fe80::1 is not on-link: the route waits. Give it one, or add onlink\n"
  "x:7: note: gateway 10.9.9.9 is in no prefix that this host has now: the route waits until it is in one\n"
  "x:8: warning: gateway fe80::9 is in no prefix that wan1 has now: the route waits. Correct it, or add onlink\n" },
{ "route add default via 192.0.2.2 dev wan1\n"
  "route add 10.0.0.0/8 via 198.51.100.1\n"
  "route add 11.0.0.0/8 via 203.0.113.9 dev ppp0 check-gateway arp\n"
  "route add 12.0.0.0/8 dev wan1 check-gateway ping\n"
  "route add 13.0.0.0/8 dev ppp0 check-gateway ping disabled\n",
  "x:1: error: gateway 192.0.2.2 is the router's own address: name its neighbour\n"
  "x:2: error: gateway 198.51.100.1 is on-link on several devices: add dev\n"
  "x:3: error: ppp0 has no link addresses to ask for: use check-gateway ping\n"
  "x:4: error: there is no gateway and no other end of wan1 to ping: add target ADDRESS\n" },

/* ---- checks ---- */

#define NO_ADDRESS(line, family) \
	"x:" line ": warning: bare has no " family " address now: check-gateway cannot ask from there, and finds nothing dead that does not answer. Give it one, or name pref-src\n"

{ "route add default via 192.0.2.1 dev bare onlink check-gateway ping\n",
  NO_ADDRESS("1", "IPv4") },
/* Another address may do, and arp takes any. */
{ "route add default via 192.0.2.1 dev bare onlink check-gateway ping"
  " pref-src 192.0.2.2\n", "" },
{ "route add default via 192.0.2.1 dev bare onlink check-gateway arp\n", "" },
{ "route add ::/0 via fe80::1 dev bare onlink check-gateway arp\n",
  NO_ADDRESS("1", "IPv6") },
{ "route add default via 192.0.2.1 dev bare onlink check-gateway ping disabled\n"
  "route add 10.0.0.0/8 via 192.0.2.1 dev bare onlink check-gateway none\n"
  "route add ::/0 via fe80::1 dev wan1 check-gateway ping\n", "" },
{ "route add default dev ppp0 check-gateway ping\n", "" },

/* ---- what cannot be loaded: only that is told ---- */

{ "bananas\nrule add lookup e\nrule add drop\nrule add drop\n",
  "x:1: error: \"bananas\" is no command: there are table, route, rule, nexthop, distance, settings, set, flow, get, load, save, confirm, check, diff, import, show, stats, top, monitor\n"
  "x:2: error: there is no table \"e\" above this line: add it first\n" },
{ "rule add lookup e\nrule add lookup e\n",
  "x:1: error: there is no table \"e\" above this line: add it first\n"
  "x:2: error: there is no table \"e\" above this line: add it first\n" },
{ "route add default dev wan1\nroute add blackhole 0.0.0.0/0\n",
  "x:2: error: line 1 has a route of another type for this prefix and distance: give this one another distance\n" },
