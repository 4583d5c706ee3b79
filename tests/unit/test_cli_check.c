// SPDX-License-Identifier: GPL-2.0
/*
 * ecmpctl check: small configurations, and what is found in them: no less, and
 * no more. The host is made up; what a real one tells is in selftests/check.sh.
 */
#include <net/if.h>

#include "check.h"
#include "cli.h"
#include "prefix.h"

#define V4(...)	{ AF_INET, { __VA_ARGS__ } }
#define V6(...)	{ AF_INET6, { __VA_ARGS__ } }
#define LL6	V6(0xfe, 0x80, [15] = 9)
#define USUAL	(IFF_UP | IFF_BROADCAST | IFF_RUNNING)

static struct host_device devices[] = {
	{ 1, IFF_UP | IFF_LOOPBACK, "lo", false },
	{ 2, USUAL, "wan1", false },
	{ 3, USUAL, "wan2", false },
	{ 4, IFF_UP | IFF_POINTOPOINT | IFF_NOARP, "ppp0", false },
	{ 5, USUAL, "bare", false },
	{ 6, USUAL, "port", true },
	{ 7, USUAL, "twin", false },
};

/* ppp0's other end is 203.0.113.9; wan2 and twin have one prefix. */
static struct host_address addresses[] = {
	{ 1, V4(127, 0, 0, 1), { V4(127, 0, 0, 1), 8 } },
	{ 2, V4(192, 0, 2, 2), { V4(192, 0, 2, 2), 24 } },
	{ 3, V4(198, 51, 100, 2), { V4(198, 51, 100, 2), 25 } },
	{ 7, V4(198, 51, 100, 3), { V4(198, 51, 100, 3), 25 } },
	{ 4, V4(203, 0, 113, 1), { V4(203, 0, 113, 9), 32 } },
	{ 2, LL6, { LL6, 64 } },
	{ 2, V6(0x20, 1, 0xd, 0xb8, [15] = 2),
	  { V6(0x20, 1, 0xd, 0xb8, [15] = 2), 64 } },
};

static struct host host = {
	.device = devices, .devices = COUNT(devices),
	.address = addresses, .addresses = COUNT(addresses),
};

static void refuse(unsigned int line, const char *sentence, void *data)
{
	finding_add(data, SEVERITY_ERROR, "refused", line, 0, "%s", sentence);
}

/* What is found, and how bad it is. */
static char *found(const char *text, bool json, enum severity *worst)
{
	struct file file = { .name = "x", .size = strlen(text) };
	struct findings findings = { .item = NULL };
	struct ctl ctl = { .out.json = json };
	struct config config;
	char *output;
	size_t size;

	file.text = malloc(file.size);
	memcpy(file.text, text, file.size);
	CHECK(!config_read(&config, &file, refuse, &findings));
	if (!config.mistakes)
		CHECK(!check_all(&config, &host, &findings));
	ctl.out.out = open_memstream(&output, &size);
	findings_print(&ctl, &findings, "x");
	print_end(&ctl.out);
	fclose(ctl.out.out);
	*worst = findings.worst;
	findings_free(&findings);
	config_free(&config);
	free(file.text);
	return output;
}

/**
 * struct example - a configuration and what is found
 * @text: the configuration
 * @found: the findings; "": nothing
 */
static const struct example {
	const char	*text;
	const char	*found;
} examples[] = {
#include "cli/check_rules.h"
#include "cli/check_routes.h"
};

static enum severity worst_of(const char *findings)
{
	return strstr(findings, ": error: ") ? SEVERITY_ERROR :
	       strstr(findings, ": warning: ") ? SEVERITY_WARNING :
						 SEVERITY_NOTE;
}

static void test_examples(void)
{
	enum severity worst;
	unsigned int i;
	char *text;

	for (i = 0; i < COUNT(examples); i++) {
		text = found(examples[i].text, false, &worst);
		CHECK_TEXT(examples[i].text, text, examples[i].found);
		CHECK(worst == worst_of(examples[i].found), "%d: %s", worst,
		      examples[i].text);
		free(text);
		text = found(examples[i].text, true, &worst);
		CHECK(json_valid(text), "%s", text);
		free(text);
	}
}

static void test_json(void)
{
	enum severity worst;
	char *text;

	text = found("", true, &worst);
	CHECK_TEXT("nothing", text, "[]\n");
	free(text);
	text = found("rule add drop\nrule add from 192.0.2.0/24 drop\n"
		     "rule add native\n", true, &worst);
	CHECK_TEXT("JSON", text,
		   "[{\"file\":\"x\",\"line\":2,\"severity\":\"warning\",\"kind\":\"shadowed\",\"text\":\"no packet reaches this rule: that of line 1 matches all that it does, and ends the search. Put it before that line, or leave it out\",\"other_line\":1,\"more\":1}]\n");
	free(text);
}

/* ---- prefixes, by bits ---- */

static bool bit_of(const struct address *a, unsigned int bit)
{
	return a->bytes[bit / 8] >> (7 - bit % 8) & 1;
}

static void random_prefix(struct prefix *prefix, uint8_t family)
{
	unsigned int i;

	memset(prefix, 0, sizeof(*prefix));
	prefix->address.family = family;
	prefix->length = unit_below(MAX_LENGTH(family) + 1);
	for (i = 0; i < address_size(family); i++)
		prefix->address.bytes[i] = unit_below(4) ? 0xa5 : unit_rand();
	prefix_shorten(prefix, prefix->length);
}

static void test_prefixes(void)
{
	struct prefix a, b, c;
	unsigned int round, i;
	bool within;

	for (round = 0; round < 20000; round++) {
		uint8_t family = round % 2 ? AF_INET : AF_INET6;

		random_prefix(&a, family);
		random_prefix(&b, family);
		within = a.length >= b.length;
		for (i = 0; i < b.length && within; i++)
			within = bit_of(&a.address, i) == bit_of(&b.address, i);
		CHECK(prefix_within(&a, &b) == within);
		c = a;
		prefix_shorten(&c, unit_below(a.length + 1));
		CHECK(prefix_within(&a, &c));
		for (i = 0; i < MAX_LENGTH(family); i++)
			CHECK(bit_of(&c.address, i) ==
			      (i < c.length && bit_of(&a.address, i)));
	}
}

/* ---- rules: what is covered, by trying packets ---- */

/* A packet of a small world, in which rules are either one thing or another. */
struct packet {
	unsigned int	source, destination, iif, mark, proto, sport, dport;
	unsigned int	dscp;
	bool		fragment;
};

static void random_rule(char *text)
{
	static const char *const from[] = {
		"", "from 10.0.0.0/8", "from 10.1.0.0/16", "from 10.1.1.1",
		"from 0.0.0.0/0", "from 11.0.0.0/8",
	};
	static const char *const to[] = {
		"", "to 10.0.0.0/8", "to 10.1.1.1", "to 0.0.0.0/0",
	};
	static const char *const iif[] = { "", "", "iif wan1", "iif wan2" };
	static const char *const mark[] = {
		"", "", "mark 1", "mark 1/1", "mark 0/0", "mark 2/3",
	};
	static const char *const proto[] = {
		"", "", "ipproto tcp", "ipproto udp", "ipproto tcp dport 1-2",
		"ipproto tcp dport 2", "ipproto tcp dport 1-65535",
		"ipproto tcp sport 1-3",
	};
	static const char *const dscp[] = { "", "", "dscp 1", "dscp 0" };

	sprintf(text, "-4 rule add %s %s %s %s %s %s drop\n",
		from[unit_below(COUNT(from))], to[unit_below(COUNT(to))],
		iif[unit_below(COUNT(iif))], mark[unit_below(COUNT(mark))],
		proto[unit_below(COUNT(proto))], dscp[unit_below(COUNT(dscp))]);
}

static bool in_prefix(const struct prefix *prefix, uint64_t named,
		      uint16_t attr, unsigned int value)
{
	struct address a = { .family = AF_INET, .bytes = {
		value >> 24, value >> 16, value >> 8, value } };
	unsigned int i;

	if (!(named & BIT(attr)))
		return true;
	for (i = 0; i < prefix->length; i++)
		if (bit_of(&prefix->address, i) != bit_of(&a, i))
			return false;
	return true;
}

static bool in_range(const struct config_rule *r, uint16_t attr,
		     const uint16_t *range, const struct packet *p,
		     unsigned int port)
{
	return !(r->named & BIT(attr)) ||
	       (!p->fragment && port >= range[0] && port <= range[1]);
}

static bool matches(const struct config_rule *r, const struct packet *p)
{
	static const char *const names[] = { "wan1", "wan2" };

	return in_prefix(&r->from, r->named, ECMP_A_RULE_FROM, p->source) &&
	       in_prefix(&r->to, r->named, ECMP_A_RULE_TO, p->destination) &&
	       (!r->iif[0] || !strcmp(r->iif, names[p->iif])) &&
	       (!(r->named & BIT(ECMP_A_RULE_MARK)) ||
		(p->mark & r->mark_mask) == r->mark) &&
	       (!(r->named & BIT(ECMP_A_RULE_PROTO)) || r->proto == p->proto) &&
	       (!(r->named & BIT(ECMP_A_RULE_DSCP)) || r->dscp == p->dscp) &&
	       in_range(r, ECMP_A_RULE_SPORT_MIN, r->sport, p,
			p->sport) &&
	       in_range(r, ECMP_A_RULE_DPORT_MIN, r->dport, p, p->dport);
}

/* Is there a packet that matches @inner and not @outer? */
static bool escapes(const struct config_rule *outer,
		    const struct config_rule *inner)
{
	static const unsigned int hosts[] = {
		0x0a010101, 0x0a010102, 0x0a020101, 0x0b010101, 0x0c010101,
	};
	unsigned int n;

	for (n = 0; n < 5 * 5 * 2 * 4 * 2 * 4 * 4 * 2 * 2; n++) {
		unsigned int left = n;
		struct packet p;

		p.source = hosts[left % 5];
		left /= 5;
		p.destination = hosts[left % 5];
		left /= 5;
		p.iif = left % 2;
		left /= 2;
		p.mark = left % 4;
		left /= 4;
		p.proto = left % 2 ? 6 : 17;
		left /= 2;
		p.sport = 1 + left % 4;
		left /= 4;
		p.dport = 1 + left % 4;
		left /= 4;
		p.dscp = left % 2;
		p.fragment = left / 2;
		if (matches(inner, &p) && !matches(outer, &p))
			return true;
	}
	return false;
}

static void test_covers(void)
{
	unsigned int round, covered = 0, missed = 0;
	struct findings findings = { .item = NULL };
	char text[512];

	for (round = 0; round < 3000; round++) {
		struct file file = { .name = "x", .text = text };
		struct config config;
		bool covers, escape;

		random_rule(text);
		random_rule(text + strlen(text));
		file.size = strlen(text);
		CHECK(!config_read(&config, &file, refuse, &findings));
		REQUIRE(config.rules.count == 2, "%s", text);
		covers = rule_covers(&config.rules.item[0],
				     &config.rules.item[1]);
		escape = escapes(&config.rules.item[0], &config.rules.item[1]);
		CHECK(!covers || !escape, "not covered:\n%s", text);
		/* Of the sources and ports not all are tried. */
		covered += covers;
		missed += !covers && !escape;
		config_free(&config);
	}
	CHECK(covered > 60, "only %u of %u are covered", covered, round);
	CHECK(missed * 5 < covered, "%u are covered, %u are missed", covered,
	      missed);
	findings_free(&findings);
}

static const struct unit_test tests[] = {
	UNIT_TEST(test_examples),
	UNIT_TEST(test_json),
	UNIT_TEST(test_prefixes),
	UNIT_TEST(test_covers),
};
UNIT_MAIN(tests)
