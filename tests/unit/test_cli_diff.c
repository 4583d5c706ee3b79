// SPDX-License-Identifier: GPL-2.0
/*
 * ecmpctl diff: two configurations, and what differs. Both come from files
 * here; that a file and the module say the same is in selftests/diff.sh.
 */
#include "cli.h"
#include "config.h"
#include "diff.h"

struct reading {
	struct config	config;
	struct state	state;
	FILE		*told;
	char		*text;
	size_t		size;
};

static void tell(unsigned int line, const char *sentence, void *data)
{
	struct reading *r = data;

	fprintf(r->told, "%u: %s\n", line, sentence);
}

static void reading_begin(struct reading *r, const char *text, bool seed)
{
	/* As it is read: nothing behind its end. */
	struct file file = { .name = "x", .size = strlen(text) };

	memset(r, 0, sizeof(*r));
	file.text = malloc(file.size);
	memcpy(file.text, text, file.size);
	r->told = open_memstream(&r->text, &r->size);
	CHECK(!config_read(&r->config, &file, tell, r));
	fclose(r->told);
	CHECK(!config_state(&r->config, seed, &r->state));
	free(file.text);
}

static void reading_end(struct reading *r)
{
	config_free(&r->config);
	state_free(&r->state);
	free(r->text);
}

static ssize_t differ(const char *before, const char *after, bool json,
		      char **text)
{
	struct ctl ctl = { .out.json = json };
	struct reading old, new;
	ssize_t changes;
	size_t size;

	reading_begin(&old, before, true);
	reading_begin(&new, after, true);
	CHECK_TEXT(before, old.text, "");
	CHECK_TEXT(after, new.text, "");
	ctl.out.out = open_memstream(text, &size);
	changes = diff_print(&ctl, &old.state, &new.state);
	print_end(&ctl.out);
	fclose(ctl.out.out);
	reading_end(&old);
	reading_end(&new);
	return changes;
}

/**
 * struct example - two files
 * @before: one
 * @after: another
 * @text: what differs
 */
static const struct example {
	const char	*before;
	const char	*after;
	const char	*text;
} examples[] = {
	{ "", "", "" },
	/* A distance of 1, and none: in the order of the devices. */
	{ "", "route add default dev wan2\nroute add default dev anw2 distance 1\n",
	  "+route add 0.0.0.0/0 dev anw2\n+route add 0.0.0.0/0 dev wan2\n" },
	/* What the module takes for a neighbour. */
	{ "route add default via 0.0.96.0 dev wan1\n",
	  "route add default via 0.0.96.0 dev wan1 check-gateway ping target 0.1.0.0 240.0.0.1\n",
	  "-route add 0.0.0.0/0 via 0.0.96.0 dev wan1\n"
	  "+route add 0.0.0.0/0 via 0.0.96.0 dev wan1 check-gateway ping target 0.1.0.0 240.0.0.1\n" },
	/* Written otherwise, the same. */
	{ "set hash-policy l4\n"
	  "route add default via 192.0.2.1 dev wan1\n"
	  "rule add from 192.0.2.0/24 drop\n",
	  "# a comment\n"
	  "set enabled yes pin connection check-gateway-count 2\n"
	  "-4 set hash-policy l4\n-6 set hash-policy l4\n"
	  "distance proto bgp 30\ndistance proto bgp default\n"
	  "distance dev wan1 3\ndistance dev wan1 default\n"
	  "nexthop set 192.0.2.1 dev wan1 pin-id auto\n"
	  "rule add from 192.0.2.0/24 drop comment \"\"\n"
	  "route add 0.0.0.0/0 distance 1 weight 1 check-gateway none dev wan1"
	  " via 192.0.2.1 table main comment \"\"\n", "" },
	/* Settings that are left out are at their defaults. */
	{ "set hash-policy l4\nset enabled no\nset pin-mask 0xf0\n",
	  "set hash-seed 7\nset enabled no\n-6 set hash-policy src\n",
	  "-set hash-policy l4\n"
	  "-set pin-mask 0x000000f0\n"
	  "+-6 set hash-policy src\n"
	  "+set hash-seed 7\n" },
	{ "distance proto bgp 30\ndistance dev wan1 5\n"
	  "set check-gateway-interval 2s check-gateway-up-count 3\n"
	  "set kernel-routes off\n",
	  "distance dev wan1 6\n"
	  "set check-gateway-interval 2000ms check-gateway-timeout 500ms\n"
	  "set pin none\n",
	  "-set kernel-routes off\n"
	  "+set pin none\n"
	  "-set check-gateway-up-count 3\n"
	  "-distance proto bgp 30\n"
	  "-distance dev wan1 5\n"
	  "+set check-gateway-timeout 500ms\n"
	  "+distance dev wan1 6\n" },
	/* Kind by kind. */
	{ "set enabled no\ntable add a\nrule add drop\n",
	  "set pin none\nroute add 10.0.0.0/8 dev wan1\n",
	  "-set enabled no\n"
	  "+set pin none\n"
	  "-table add a\n"
	  "+route add 10.0.0.0/8 dev wan1\n"
	  "-rule add drop # rule 0\n" },
	/* Their order means nothing. */
	{ "distance dev wan1 5\ndistance dev wan2 6\n",
	  "distance dev wan2 6\ndistance dev wan1 5\n", "" },
	{ "table add a\ntable add b kernel 7\ntable set main failback hard\n",
	  "table add c\ntable add b hash-policy l4 kernel 7\n"
	  "table set b hash-policy inherit balance round-robin\n",
	  "-table set main failback hard\n"
	  "-table add a\n"
	  "-table add b kernel 7\n"
	  "+table add b kernel 7 balance round-robin\n"
	  "+table add c\n" },
	{ "nexthop set 192.0.2.1 dev wan1 pin-id 3\n",
	  "nexthop set 192.0.2.1 dev wan1 pin-id 2\n"
	  "-6 nexthop set dev ppp0 pin-id 3\n",
	  "-nexthop set 192.0.2.1 dev wan1 pin-id 3\n"
	  "+nexthop set 192.0.2.1 dev wan1 pin-id 2\n"
	  "+-6 nexthop set dev ppp0 pin-id 3\n" },
	/* The last of those that replace one another holds. */
	{ "route add default via 192.0.2.1 dev wan1\n"
	  "route add blackhole 198.51.100.0/24\n"
	  "route add default via kernel dev wan2\n",
	  "route add ::/0 via fe80::1 dev wan1\n"
	  "route add default via kernel dev wan2\n"
	  "route replace default via 192.0.2.1 dev wan1 distance 9\n"
	  "route replace default via 192.0.2.1 dev wan1 check-gateway ping "
	  "target 198.51.100.1 all weight 2\n"
	  "route add unreachable 198.51.100.0/24 disabled comment \"a b\"\n",
	  "-route add 0.0.0.0/0 via 192.0.2.1 dev wan1\n"
	  "-route add blackhole 198.51.100.0/24\n"
	  "+route add 0.0.0.0/0 via 192.0.2.1 dev wan1 weight 2 check-gateway ping target 198.51.100.1 all\n"
	  "+route add unreachable 198.51.100.0/24 disabled comment \"a b\"\n"
	  "+route add ::/0 via fe80::1 dev wan1\n" },
	/* Rules: one goes, one comes, one is another. */
	{ "rule add from 192.0.2.1 drop\nrule add lookup main min-prefix 0\n"
	  "rule add iif lan10 prohibit\n",
	  "rule add lookup main min-prefix 0\nrule add iif lan10 drop\n"
	  "rule add mark 1/0xff native\n",
	  "-rule add from 192.0.2.1/32 drop # rule 0\n"
	  "-rule add iif lan10 prohibit # rule 2\n"
	  "+rule add iif lan10 drop # rule 1\n"
	  "+rule add mark 0x1/0xff native # rule 2\n" },
	/* One that moves, to the front and to the back. */
	{ "rule add from 192.0.2.1 drop\nrule add from 192.0.2.2 drop\n"
	  "rule add from 192.0.2.3 drop\n",
	  "rule add from 192.0.2.3 drop\nrule add from 192.0.2.1 drop\n"
	  "rule add from 192.0.2.2 drop\n",
	  "+rule add from 192.0.2.3/32 drop # rule 0, moved from 2\n"
	  "-rule add from 192.0.2.3/32 drop # rule 2, moves to 0\n" },
	{ "rule add from 192.0.2.1 drop\nrule add from 192.0.2.2 drop\n"
	  "rule add from 192.0.2.3 drop\n",
	  "rule add from 192.0.2.2 drop\nrule add from 192.0.2.3 drop\n"
	  "rule add from 192.0.2.1 drop\n",
	  "-rule add from 192.0.2.1/32 drop # rule 0, moves to 2\n"
	  "+rule add from 192.0.2.1/32 drop # rule 2, moved from 0\n" },
	/* Rules that say where they go. */
	{ "rule add from 192.0.2.1 drop\nrule add from 192.0.2.2 drop comment b\n"
	  "rule add from 192.0.2.3 drop\nrule add from 192.0.2.4 drop\n",
	  "rule add from 192.0.2.2 drop comment b\n"
	  "rule add from 192.0.2.1 drop before b\n"
	  "rule add from 192.0.2.4 drop at 2\n"
	  "rule add from 192.0.2.3 drop after 1\n", "" },
	/* Of several equal ones only what is too much goes. */
	{ "rule add drop\nrule add native\nrule add drop\n",
	  "rule add drop\nrule add native\n",
	  "-rule add drop # rule 2\n" },
	{ "rule add drop\n", "-4 rule add drop\n-6 rule add drop disabled\n",
	  "-rule add drop # rule 0\n"
	  "+-4 rule add drop # rule 0\n"
	  "+-6 rule add drop disabled # rule 1\n" },
};

static void test_examples(void)
{
	ssize_t changes;
	unsigned int i;
	char *text;

	for (i = 0; i < COUNT(examples); i++) {
		changes = differ(examples[i].before, examples[i].after, false,
				 &text);
		CHECK_TEXT(examples[i].after, text, examples[i].text);
		CHECK(!changes == !examples[i].text[0], "%zd", changes);
		free(text);
		CHECK(!differ(examples[i].after, examples[i].after, false,
			      &text));
		CHECK_TEXT("itself", text, "");
		free(text);
	}
}

/* Each line without its sign is one that a file may have. */
static void test_lines(void)
{
	static char message[MESSAGE];
	const char *at, *problem;
	char line[COMMAND_TEXT];
	unsigned int i;
	size_t length;

	for (i = 0; i < COUNT(examples); i++) {
		for (at = examples[i].text; *at; at += length + 1) {
			length = strcspn(at, "\n");
			snprintf(line, sizeof(line), "%.*s", (int)length - 1,
				 at + 1);
			problem = command_message(line, message);
			CHECK(!problem, "%s: %s", line, problem);
		}
	}
}

static void test_json(void)
{
	char *text;

	CHECK(!differ("", "", true, &text));
	CHECK_TEXT("nothing", text, "[]\n");
	free(text);
	CHECK(differ("set enabled no\nrule add drop\nrule add native\n"
		     "rule add iif \"a\\\\\" drop\n",
		     "rule add native\nrule add drop\nrule add prohibit\n",
		     true, &text) == 4);
	CHECK(json_valid(text));
	CHECK_TEXT("JSON", text,
		   "[{\"change\":\"remove\",\"kind\":\"setting\",\"line\":\"set enabled no\"},"
		   "{\"change\":\"move\",\"kind\":\"rule\",\"line\":\"rule add drop\",\"from\":0,\"to\":1},"
		   "{\"change\":\"remove\",\"kind\":\"rule\",\"line\":\"rule add iif \\\"a\\\\\\\\\\\" drop\",\"number\":2},"
		   "{\"change\":\"add\",\"kind\":\"rule\",\"line\":\"rule add prohibit\",\"number\":2}]\n");
	free(text);
}

/* Rules in any order: what moves is told, and no more than has to. */
static void test_moves(void)
{
	enum { RULES = 12 };
	char before[RULES * 32], after[RULES * 32], *text, *at;
	unsigned int order[RULES], round, i, k, best, longest[RULES];

	for (round = 0; round < 300; round++) {
		unsigned int minus = 0, plus = 0;

		for (i = 0; i < RULES; i++)
			order[i] = i;
		for (i = RULES; i-- > 1;) {
			k = unit_below(i + 1);
			best = order[i];
			order[i] = order[k];
			order[k] = best;
		}
		before[0] = after[0] = '\0';
		for (i = best = 0; i < RULES; i++) {
			sprintf(before + strlen(before), "rule add mark %u drop\n",
				i);
			sprintf(after + strlen(after), "rule add mark %u drop\n",
				order[i]);
			longest[i] = 1;
			for (k = 0; k < i; k++)
				if (order[k] < order[i] &&
				    longest[k] >= longest[i])
					longest[i] = longest[k] + 1;
			best = longest[i] > best ? longest[i] : best;
		}
		differ(before, after, false, &text);
		for (at = text; *at; at += strcspn(at, "\n") + 1) {
			minus += *at == '-';
			plus += *at == '+';
		}
		CHECK(minus == RULES - best && plus == minus,
		      "%u of %u stay, but %u go and %u come:\n%s", best, RULES,
		      minus, plus, text);
		free(text);
	}
}

/* A route of the module's, which follows the kernel's gateway. */
static void add_following(struct reading *r, const char *command,
			  const char *gateway)
{
	static char message[MESSAGE];
	struct address address;

	REQUIRE(!command_message(command, message), "%s", command);
	if (gateway) {
		REQUIRE(address_parse(gateway, &address));
		put_address((struct nlmsghdr *)message, ECMP_A_ROUTE_GATEWAY,
			    &address);
	}
	answers_add(&r->state.routes, (struct nlmsghdr *)message);
}

static void check_following(const char *gateway1, const char *gateway2)
{
	struct ctl ctl = { .out.json = false };
	struct reading r;
	size_t size;
	char *text;

	reading_begin(&r, "route add default via 192.0.2.9 dev wan1\n", true);
	add_following(&r, "route add default via kernel dev wan1", gateway1);
	add_following(&r, "route add default via kernel dev wan2", gateway2);
	ctl.out.out = open_memstream(&text, &size);
	CHECK(save_print(&ctl, &r.state) == EXIT_DONE);
	fclose(ctl.out.out);
	CHECK_TEXT(gateway1, text,
		   "route add 0.0.0.0/0 via kernel dev wan1\n"
		   "route add 0.0.0.0/0 via kernel dev wan2\n"
		   "route add 0.0.0.0/0 via 192.0.2.9 dev wan1\n");
	free(text);
	reading_end(&r);
}

/* A lease that is renewed is no other configuration. */
static void test_following(void)
{
	check_following("192.0.2.1", "192.0.2.5");
	check_following("192.0.2.5", "192.0.2.1");
	check_following("192.0.2.5", NULL);
	check_following("192.0.2.25", "192.0.2.1");
}

/* Without its seed a state has none, and no line of it. */
static void test_seed(void)
{
	struct ctl ctl = { .out.json = false };
	struct reading r;
	size_t size;
	char *text;

	reading_begin(&r, "set hash-seed 7\n", false);
	CHECK(!state_has_seed(&r.state));
	ctl.out.out = open_memstream(&text, &size);
	quiet_begin();
	CHECK(save_print(&ctl, &r.state) == EXIT_DONE);
	quiet_end();
	fclose(ctl.out.out);
	CHECK_TEXT("no seed", text, "");
	free(text);
	reading_end(&r);
	reading_begin(&r, "set hash-seed 7\n", true);
	CHECK(state_has_seed(&r.state));
	reading_end(&r);
}

/* What the module would refuse, and where. */
static const struct {
	const char	*text;
	const char	*told;
} refused[] = {
	{ "bananas\nroute add\n", "1: \"bananas\" is no command: there are table, route, rule, nexthop, distance, settings, set, flow, get, load, save, confirm, check, diff, import, show, stats, top, monitor\n"
	  "2: after \"add\" there must be a prefix or \"default\"\n" },
	{ "table add a\ntable add a\ntable add main\n",
	  "2: there is a table \"a\" already: choose another name or use table set\n"
	  "3: there is a table \"main\" already: choose another name or use table set\n" },
	{ "table set a failback hard\ntable add a kernel 5\ntable set a kernel 6\n"
	  "table add b kernel 254\ntable add c kernel 255\n",
	  "1: there is no table \"a\" above this line: add it first\n"
	  "3: what a table follows cannot change: say it where the table is added\n"
	  "4: 254 is the kernel's main table, which main follows: use main\n"
	  "5: this table is the kernel's own: name one from 1 to 4294967295 but 253, 254 and 255\n" },
	{ "route add default dev ppp0 table a\ntable add a\n"
	  "rule add lookup b\nrule add lookup a\n",
	  "1: there is no table \"a\" above this line: add it first\n"
	  "3: there is no table \"b\" above this line: add it first\n" },
	{ "route add default via 192.0.2.1 dev wan1\n"
	  "route add default via 192.0.2.1\n"
	  "route add default via 192.0.2.1 dev wan1 distance 2\n"
	  "route add default via 192.0.2.1 distance 3\n",
	  "4: this route is on line 2 already: write it once, or with \"route replace\"\n"
	  "3: this route is on line 1 already: write it once, or with \"route replace\"\n" },
	{ "route add blackhole 192.0.2.0/24\n"
	  "route add 192.0.2.0/24 dev ppp0 distance 2\n"
	  "route add 192.0.2.0/24 dev ppp1\n",
	  "3: line 1 has a route of another type for this prefix and distance: give this one another distance\n" },
	{ "route add default via 192.0.2.1 dev wan1 check-gateway ping\n"
	  "table add a\n"
	  "route add default via 192.0.2.1 dev wan1 table a check-gateway arp\n"
	  "route add 10.0.0.0/8 via 192.0.2.1 dev wan1 check-gateway arp disabled\n"
	  "route add 10.0.0.0/8 via 192.0.2.1 check-gateway arp\n",
	  "3: line 1 has a different check of this next hop, which all its routes share: give them the same\n" },
	{ "route add default via kernel\n"
	  "route add ::/0 via fe80::1\n"
	  "route add 10.0.0.0/8 via 127.0.0.1\n"
	  "route add 10.0.0.0/9 via 192.0.2.1 onlink\n"
	  "route add blackhole 10.0.0.0/10 weight 2\n"
	  "route add blackhole 10.0.0.0/11 check-gateway ping\n"
	  "route add 10.0.0.0/12 dev wan1 check-gateway arp\n"
	  "route add 10.0.0.0/13 via 192.0.2.1 check-gateway ping target 192.0.2.9 192.0.2.9\n",
	  "1: via kernel follows the kernel's default of one device: add dev\n"
	  "2: a link-local gateway is on every link: add dev\n"
	  "3: a gateway is the unicast address of a neighbour\n"
	  "4: onlink needs a gateway and its device: name via and dev\n"
	  "5: a blackhole, unreachable or prohibit route has no weight: leave it out\n"
	  "6: a blackhole, unreachable or prohibit route has no gateway to check: leave check-gateway out\n"
	  "7: arp asks a gateway for its link address: name it with via, or use ping\n"
	  "8: a target is there twice: name it once\n" },
	{ "rule add from 192.0.2.1 lookup main min-prefix 33\n"
	  "rule add drop min-prefix 0\n"
	  "rule add drop at 1\nrule add drop before 0\nrule add drop before b\n"
	  "rule add drop comment b\nrule add native comment b\n"
	  "rule add drop before b\nrule add drop before id 1\n",
	  "1: the min-prefix of an IPv4 rule is 0 to 32\n"
	  "2: only lookup and lookup-only-in-table have a min-prefix: leave it out\n"
	  "3: there are not that many rules above this line: name a number up to 0\n"
	  "4: there is no rule 0 above this line\n"
	  "5: no rule above has the comment \"b\"\n"
	  "8: several rules above have the comment \"b\": use the number\n"
	  "9: rules have ids only when they are loaded: name the rule by its number or comment\n" },
	{ "nexthop set 192.0.2.1 dev wan1 state dead\n"
	  "nexthop set 192.0.2.1 dev wan1 pin-id 3\n"
	  "nexthop set 192.0.2.2 dev wan1 pin-id 3\n"
	  "nexthop set 192.0.2.1 dev wan1 pin-id 4\n"
	  "nexthop set 192.0.2.2 dev wan1 pin-id 3\n"
	  "set pin-mask 0x10\nset pin-mask 0x50\nset pin-mask 0\n"
	  "set pin-mask 0xc0000000\nset pin-mask 0x700\n"
	  "nexthop set 192.0.2.3 dev wan1 pin-id 8\n"
	  "nexthop set 192.0.2.3 dev wan1 pin-id 7\n",
	  "1: a next hop's state is no part of a configuration: leave it out, and set it afterwards\n"
	  "3: line 2 has this pin-id already: choose another\n"
	  "6: a pin needs at least two bits side by side, as 0xff00; 0 keeps none\n"
	  "7: a pin needs at least two bits side by side, as 0xff00; 0 keeps none\n"
	  "8: the pin-id of line 4 does not fit into this mask: give it a smaller one\n"
	  "8: the pin-id of line 5 does not fit into this mask: give it a smaller one\n"
	  "9: the pin-id of line 4 does not fit into this mask: give it a smaller one\n"
	  "11: the pin-mask has no room for this pin-id: take a smaller one, or widen the pin-mask above this line\n" },
};

static void test_refused(void)
{
	struct reading r;
	unsigned int i;

	for (i = 0; i < COUNT(refused); i++) {
		reading_begin(&r, refused[i].text, true);
		CHECK_TEXT(refused[i].text, r.text, refused[i].told);
		reading_end(&r);
	}
}

static const struct unit_test tests[] = {
	UNIT_TEST(test_examples),
	UNIT_TEST(test_lines),
	UNIT_TEST(test_json),
	UNIT_TEST(test_moves),
	UNIT_TEST(test_following),
	UNIT_TEST(test_seed),
	UNIT_TEST(test_refused),
};
UNIT_MAIN(tests)
