/* SPDX-License-Identifier: GPL-2.0 */
/* Members of examples[]: rules. */

/* ---- an earlier rule ---- */

#define SHADOWED(line, by) \
	"x:" line ": warning: no packet reaches this rule: that of line " by \
	" matches all that it does, and ends the search. Put it before that line, or leave it out\n"
#define CAUGHT(line, severity, by, table) \
	"x:" line ": " severity ": the rule of line " by \
	" takes these packets first, and this one gets them only while no path of table \"" \
	table "\" lives: put it before that line, unless it is meant as a fallback\n"
#define LACKS(line, table) \
	"x:" line ": warning: what goes from one network of this router to another leaves by a WAN, too: table \"" \
	table "\" knows only a default route. Put \"rule add lookup main min-prefix 0\" before this rule\n"
#define E \
	"table add e\n" \
	"route add default dev wan1 table e\n" \
	"route add default dev wan2 table e\n"
#define LOCAL	"rule add lookup main min-prefix 0\n"

{ "", "" },
{ "rule add drop\nrule add from 192.0.2.0/24 native\n",
  SHADOWED("2", "1") },
{ "rule add unreachable\nrule add unreachable\n", SHADOWED("2", "1") },
/* The other family, the narrower one first, one that is disabled. */
{ "-4 rule add drop\n-6 rule add drop\nrule add from ::/0 native\n",
  SHADOWED("3", "2") },
{ "-4 rule add drop\nrule add native\n", "" },
{ "rule add from 192.0.2.0/24 drop\nrule add from 192.0.0.0/16 drop\n"
  "rule add drop\n", "" },
{ "rule add drop disabled\nrule add native\n", "" },
{ "rule add drop\nrule add native disabled\n", "" },
/* By its place, not by its line. */
{ "rule add from 192.0.2.1 native\nrule add drop at 0\n",
  SHADOWED("1", "2") },
/* Ports do not match fragments. */
{ "rule add ipproto tcp dport 1-65535 drop\nrule add ipproto tcp drop\n", "" },
{ "rule add ipproto tcp drop\nrule add ipproto tcp dport 80 drop\n",
  SHADOWED("2", "1") },
{ "rule add mark 1/1 drop\nrule add mark 3 drop\nrule add mark 2 drop\n",
  SHADOWED("2", "1") },
{ "rule add iif wan1 drop\nrule add iif wan2 drop\nrule add drop\n", "" },
/* lookup-only-in-table ends every search, lookup only where it finds. */
{ E LOCAL "rule add lookup-only-in-table e\nrule add from 192.0.2.1 drop\n",
  SHADOWED("6", "5") },
{ "table add e\nroute add blackhole default table e\n" LOCAL
  "rule add from 192.0.2.0/24 lookup e\nrule add from 192.0.2.1 lookup main\n",
  SHADOWED("5", "4") },
/* The tutorial's laptop behind everybody else. */
{ E LOCAL "rule add from 192.0.2.0/24 lookup e\n"
  "rule add from 192.0.2.1 lookup main\n", CAUGHT("6", "warning", "5", "e") },
/* A fallback, and safeguards. */
{ E LOCAL "rule add from 192.0.2.0/24 lookup e\n"
  "rule add from 192.0.2.0/24 lookup main\n", "" },
{ E LOCAL "rule add from 192.0.2.0/24 lookup e\n"
  "rule add from 192.0.0.0/16 unreachable\n", "" },
{ E LOCAL "rule add from 192.0.2.0/24 lookup e\n"
  "rule add from 192.0.2.1 unreachable\n", CAUGHT("6", "note", "5", "e") },
/* Two that fall through and one that does not: the worst is told. */
{ E LOCAL "rule add from 192.0.2.0/24 lookup e\n"
  "rule add from 192.0.2.0/24 drop\nrule add from 192.0.2.1 lookup main\n",
  SHADOWED("7", "6") },
/* Not for all destinations. */
{ "table add e\nroute add 10.0.0.0/8 dev wan1 table e\n"
  "rule add from 192.0.2.0/24 lookup e\nrule add from 192.0.2.1 drop\n", "" },
{ "table add e\nroute add 10.0.0.0/8 dev wan1 table e\n"
  "rule add from 192.0.2.0/24 lookup e\n"
  "rule add from 192.0.2.1 to 10.1.0.0/16 lookup main\n",
  CAUGHT("4", "warning", "3", "e") },
{ "table add e\nroute add blackhole 10.0.0.0/8 table e\n"
  "rule add from 192.0.2.0/24 lookup e\n"
  "rule add from 192.0.2.1 to 10.1.0.0/16 lookup main\n"
  "rule add from 192.0.2.1 to 10.0.0.0/7 lookup main\n", SHADOWED("4", "3") },
/* A default route that min-prefix passes over, a longer one that it does not. */
{ "route add default dev wan1\nroute add blackhole 10.0.0.0/8\n" LOCAL
  "rule add from 192.0.2.1 lookup main\n"
  "rule add to 10.1.0.0/16 drop\n", SHADOWED("5", "3") },
/* A rule of both families falls through in the other. */
{ E LOCAL "rule add lookup e\nrule add iif wan1 lookup main\n"
  "-4 rule add iif wan1 lookup main\n", CAUGHT("7", "warning", "5", "e") },
{ E LOCAL "rule add lookup e\nrule add iif wan1 drop\n", "" },
/* A path that is not used carries nothing; nor do the kernel's, perhaps. */
{ "route add default dev wan1 distance 255\nrule add lookup main\n"
  "rule add from 192.0.2.1 drop\n", "" },
{ "route add default dev wan1\n-4 rule add lookup main\n"
  "rule add from 192.0.2.1 drop\n", CAUGHT("3", "note", "2", "main") },

/* ---- matches nothing ---- */

{ "rule add to 224.0.0.0/8 drop\nrule add to 127.0.0.1 native\n"
  "rule add to fe80::/64 native\nrule add from 239.1.1.1 drop\n"
  "rule add to 169.254.0.0/15 drop\nrule add to 128.0.0.0/1 drop\n",
  "x:1: warning: this rule matches nothing: packets to multicast are left to the kernel before every rule. Leave it out\n"
  "x:2: warning: this rule matches nothing: packets to loopback addresses are left to the kernel before every rule. Leave it out\n"
  "x:3: warning: this rule matches nothing: packets to link-local addresses are left to the kernel before every rule. Leave it out\n"
  "x:4: warning: this rule matches nothing: no packet comes from a multicast address. Is it \"to\" that is meant?\n" },
{ "rule add iif none drop\nrule add iif \"no\\\\ne\" drop\n"
  "rule add iif none disabled drop\nrule add iif port drop\n"
  "rule add iif wan1 to 192.0.2.2 drop\nrule add to 192.0.2.3 drop\n"
  "rule add to 192.0.2.2/31 drop\nrule add iif lo to 2001:db8::2 drop\n"
  "rule add iif lo drop\n",
  "x:1: note: there is no interface none on this host now: the rule is skipped until there is one\n"
  "x:2: note: there is no interface \"no\\\\ne\" on this host now: the rule is skipped until there is one\n"
  "x:4: warning: this rule matches nothing: port is a port of another interface, by which its packets come in. Name that one\n"
  "x:5: warning: this rule matches nothing: 192.0.2.2 is an address of this host, and packets to it come before every rule. Leave it out\n"
  "x:8: warning: this rule matches nothing: 2001:db8::2 is an address of this host, and packets to it come before every rule. Leave it out\n" },

/* ---- finds nothing ---- */

{ "table add e\nrule add lookup e\n",
  "x:2: warning: table \"e\" has no routes, so the next rule decides. Add some: route add ... table e\n" },
{ "table add e\nrule add lookup-only-in-table e\n",
  "x:2: warning: table \"e\" has no routes, so it refuses all that it matches. Add some: route add ... table e\n" },
{ "table add e\nroute add default dev wan1 table e disabled\n"
  "route add default dev wan2 table e distance 255\nrule add lookup e\n",
  "x:4: warning: all routes of table \"e\" are disabled or of distance 255, so the next rule decides. Enable one\n" },
{ E LOCAL "rule add from 2001:db8::/32 lookup e\n-4 rule add lookup e\n",
  "x:5: warning: table \"e\" has no IPv6 route, so the next rule decides. Add one, or correct the rule\n" },
{ "table add e\nroute add 10.0.0.0/8 dev wan1 table e\n"
  "rule add to 11.0.0.0/8 lookup e\nrule add to 8.0.0.0/6 lookup e\n"
  "rule add to 10.1.0.0/16 mark 1 lookup e\n"
  "rule add to 10.1.0.0/16 lookup e\n",
  "x:3: warning: table \"e\" has no route to 11.0.0.0/8, so the next rule decides. Add one, or correct the rule\n"
  "x:5: warning: the rule of line 4 takes these packets first, and this one gets them only while no path of table \"e\" lives: put it before that line, unless it is meant as a fallback (and 1 more)\n" },
/* What the kernel has nobody knows. */
{ "table add e kernel 7\nrule add mark 1 lookup e\n"
  "rule add from 2001:db8::/32 lookup main\n", "" },
{ E "rule add lookup e min-prefix 0\n",
  "x:4: warning: no route of table \"e\" is longer than min-prefix 0, the longest is /0: this rule passes over whatever it finds, so the next rule decides. Leave min-prefix out, or give it a smaller number\n" },
{ E "route add 10.0.0.0/8 dev wan1 table e\n"
  "rule add mark 1 lookup e min-prefix 0\n"
  "rule add mark 2 lookup e min-prefix 7\n"
  "rule add mark 3 lookup e min-prefix 8\n",
  "x:7: warning: no route of table \"e\" is longer than min-prefix 8, the longest is /8: this rule passes over whatever it finds, so the next rule decides. Leave min-prefix out, or give it a smaller number\n" },
{ "rule add mark 1 lookup main min-prefix 32\n"
  "-4 rule add mark 2 lookup main min-prefix 32\n"
  "-6 rule add mark 3 lookup main min-prefix 127\n"
  "rule add mark 4 lookup-only-in-table main min-prefix 128\n",
  "x:2: warning: no prefix is longer than min-prefix 32: this rule passes over whatever it finds, so the next rule decides. Give it a smaller number\n"
  "x:4: warning: no prefix is longer than min-prefix 128: this rule passes over whatever it finds, so it refuses all that it matches. Give it a smaller number\n" },

/* ---- from one network to another ---- */

{ E "rule add from 192.0.2.0/24 lookup e\nrule add lookup e\n",
  LACKS("4", "e") },
{ E "rule add lookup-only-in-table e\n", LACKS("4", "e") },
{ E LOCAL "rule add lookup e\n", "" },
{ E "rule add lookup main min-prefix 0 disabled\nrule add lookup e\n",
  LACKS("5", "e") },
{ E "rule add lookup e\nrule add lookup main min-prefix 0\n",
  LACKS("4", "e") },
/* The laptop is no bypass, whatever its table. */
{ E "rule add from 192.0.2.1 lookup main\nrule add from 192.0.2.0/24 lookup e\n",
  LACKS("5", "e") },
{ E "rule add from 192.0.2.0/24 to 192.0.0.0/16 lookup main\n"
  "rule add from 192.0.2.0/24 lookup e\n", "" },
{ E "rule add from 192.0.2.1 lookup main min-prefix 0\n"
  "rule add from 192.0.2.0/24 lookup e\n", "" },
{ E "rule add from 192.0.2.0/24 lookup main\n"
  "rule add from 192.0.2.0/25 lookup e\n", "" },
{ E "-4 rule add native\nrule add lookup e\n", "" },
{ E "rule add to 198.51.100.99 lookup main\nrule add lookup e\n",
  LACKS("5", "e") },
{ E "rule add to 192.0.0.0/16 lookup main\n-4 rule add lookup e\n", "" },
{ E "rule add from 198.51.100.0/24 lookup main min-prefix 0\n"
  "rule add from 192.0.2.0/24 lookup e\n", LACKS("5", "e") },
{ E "-6 rule add lookup main min-prefix 0\nrule add lookup e\n",
  LACKS("5", "e") },
{ E "-4 rule add lookup main min-prefix 0\nrule add lookup e\n", "" },
/* Who marks packets, names destinations or knows the networks is left alone. */
{ E "rule add mark 1 lookup e\n", "" },
{ E "rule add to 10.0.0.0/8 lookup e\n", "" },
{ E "route add 192.0.2.0/24 dev bare table e\nrule add lookup e\n", "" },
{ "table add e kernel 7\nroute add default dev wan1 table e\n"
  "rule add lookup e\n", "" },
{ "table add e\nroute add blackhole default table e\nrule add lookup e\n", "" },
{ "rule add lookup main\n", "" },
