// SPDX-License-Identifier: GPL-2.0
/*
 * The compiled rules against ecmp_match_flow(), rule by rule and in order.
 * Values come from small domains, so that matches are many.
 */
#include "harness.h"
#include "classifier_build.h"

/* How often each field is named, in 1/16, and from how many values. */
struct style {
	const char *name;
	u8 from, to, iif, mark, proto, sport, dport, dscp, family;
	u32 values;
};

static const struct style styles[] = {
	{ "mixed, few values", 6, 6, 4, 4, 4, 4, 4, 4, 8, 4 },
	{ "mixed, many values", 6, 6, 4, 4, 4, 4, 4, 4, 8, 100000 },
	{ "mixed, dense", 12, 12, 12, 12, 12, 12, 12, 12, 12, 3 },
	{ "sources", 16, 0, 0, 0, 0, 0, 0, 0, 8, 64 },
	{ "sources and destinations", 12, 12, 0, 0, 0, 0, 0, 0, 16, 16 },
	{ "ports", 0, 0, 0, 0, 2, 8, 14, 0, 2, 40 },
	{ "marks", 0, 0, 2, 15, 0, 0, 0, 2, 2, 30 },
	{ "interfaces", 0, 0, 15, 0, 4, 0, 0, 0, 4, 10 },
	{ "dscp", 0, 0, 0, 0, 2, 0, 0, 15, 1, 80 },
	{ "nothing named", 0, 0, 0, 0, 0, 0, 0, 0, 4, 1 },
	{ "hardly anything named", 1, 1, 1, 1, 1, 1, 1, 1, 1, 4 },
};

/* Around the limits of the array, of a group and of a pair of summaries. */
static const unsigned int sizes[] = {
	0, 1, 2, 31, 32, 33, 63, 64, 65, 128, 1000, 4096, 4097,
};

static bool chance(unsigned int sixteenths)
{
	return unit_below(16) < sixteenths;
}

static u8 random_family(void)
{
	return unit_below(2) ? AF_INET : AF_INET6;
}

/* @values addresses a family, in clusters that share prefixes. */
static struct ecmp_addr random_addr(u8 family, u32 values)
{
	struct ecmp_addr a = {};
	u32 v = unit_below(values);

	a.b[0] = v % 2 ? 192 : 10;
	a.b[1] = v / 2 % 3;
	a.b[2] = v / 6;
	a.b[3] = v / 6 >> 8;
	if (family == AF_INET6) {
		a.b[7] = v % 5;
		a.b[15] = v % 7;
	}
	return a;
}

static struct ecmp_prefix random_prefix(u8 family, u32 values)
{
	static const u8 common[] = { 0, 8, 16, 24, 32, 32, 48, 64, 128 };
	struct ecmp_prefix p = { random_addr(family, values) };

	p.len = unit_below(4) ? common[unit_below(ARRAY_SIZE(common))] :
				unit_below(129);
	if (family != AF_INET6)
		p.len = min_t(u8, p.len, 32);
	ecmp_addr_mask(&p.addr, p.len);
	return p;
}

static u32 random_mark_mask(void)
{
	switch (unit_below(8)) {
	case 0: return 0;
	case 1: return 0xff;
	case 2: return 0xff00;
	case 3: return 1u << unit_below(32);
	case 4: return unit_rand();
	default: return ~0u;
	}
}

static void random_range(u16 *min, u16 *max, u32 values)
{
	switch (unit_below(8)) {
	case 0:
		*min = 0;
		*max = 65535;
		break;
	case 1:	/* may be empty */
		*min = unit_below(values);
		*max = unit_below(values);
		break;
	case 2:
		*min = unit_below(values);
		*max = *min + unit_below(65536 - *min);
		break;
	case 3:
		*max = 65535 - unit_below(2);
		*min = *max - unit_below(2);
		break;
	default:
		*min = *max = unit_below(values);
	}
}

static struct ecmp_match random_match(const struct style *s)
{
	u32 ports = min(s->values, 65536u);
	struct ecmp_match m;
	u8 family;

	memset(&m, 0x77, sizeof(m));	/* unnamed fields must not matter */
	m.fields = 0;
	m.family = chance(s->family) ? random_family() : 0;
	family = m.family ?: random_family();
	if (chance(s->from)) {
		m.fields |= ECMP_MATCH_FROM;
		m.from = random_prefix(family, s->values);
	}
	if (chance(s->to)) {
		m.fields |= ECMP_MATCH_TO;
		m.to = random_prefix(family, s->values);
	}
	if (chance(s->iif)) {
		m.fields |= ECMP_MATCH_IIF;
		m.iif = 1 + unit_below(s->values);
	}
	if (chance(s->mark)) {
		m.fields |= ECMP_MATCH_MARK;
		m.mark_mask = random_mark_mask();
		m.mark = unit_below(s->values);
		if (unit_below(8))	/* else it may match nothing */
			m.mark &= m.mark_mask;
	}
	if (chance(s->proto)) {
		m.fields |= ECMP_MATCH_PROTO;
		m.proto = unit_below(min(s->values, 256u));
	}
	if (chance(s->sport)) {
		m.fields |= ECMP_MATCH_SPORT;
		random_range(&m.sport_min, &m.sport_max, ports);
	}
	if (chance(s->dport)) {
		m.fields |= ECMP_MATCH_DPORT;
		random_range(&m.dport_min, &m.dport_max, ports);
	}
	if (chance(s->dscp)) {
		m.fields |= ECMP_MATCH_DSCP;
		m.dscp = unit_below(min(s->values, 64u));
	}
	return m;
}

/* Half of the flows are made to fit a rule as far as that is easy. */
static struct ecmp_flow random_flow(const struct style *s,
				    const struct ecmp_match *match,
				    unsigned int n)
{
	const struct ecmp_match *m;
	struct ecmp_flow f;
	u32 ports = min(s->values + 1, 65536u);

	memset(&f, 0x99, sizeof(f));	/* padding and the inner tuple */
	f.hashed = &f.t;
	f.family = random_family();
	f.flags = unit_below(4) ? ECMP_FLOW_PORTS :
				  unit_below(4) << 1;
	f.dscp = unit_below(min(s->values, 64u));
	f.iif = 1 + unit_below(s->values);
	f.mark = unit_below(s->values);
	f.t.src = random_addr(f.family, s->values);
	f.t.dst = random_addr(f.family, s->values);
	f.t.sport = 0;
	f.t.dport = 0;
	f.t.flowlabel = 0;
	f.t.proto = unit_below(min(s->values, 256u));
	if (f.flags & ECMP_FLOW_PORTS) {
		f.t.sport = unit_below(16) ? unit_below(ports) : 65535;
		f.t.dport = unit_below(16) ? unit_below(ports) : 65535;
	}
	if (!n || unit_below(2))
		return f;
	m = &match[unit_below(n)];
	if (m->family)
		f.family = m->family;
	if (m->fields & ECMP_MATCH_FROM)
		f.t.src = m->from.addr;
	if (m->fields & ECMP_MATCH_TO)
		f.t.dst = m->to.addr;
	if (f.family == AF_INET) {
		ecmp_addr_mask(&f.t.src, 32);
		ecmp_addr_mask(&f.t.dst, 32);
	}
	if (m->fields & ECMP_MATCH_IIF)
		f.iif = m->iif;
	if (m->fields & ECMP_MATCH_MARK)
		f.mark = m->mark | (unit_rand() & ~m->mark_mask);
	if (m->fields & ECMP_MATCH_PROTO)
		f.t.proto = m->proto;
	if (m->fields & ECMP_MATCH_DSCP)
		f.dscp = m->dscp;
	if (!(f.flags & ECMP_FLOW_PORTS))
		return f;
	if (m->fields & ECMP_MATCH_SPORT)
		f.t.sport = unit_below(2) ? m->sport_min : m->sport_max;
	if (m->fields & ECMP_MATCH_DPORT)
		f.t.dport = unit_below(2) ? m->dport_min : m->dport_max;
	return f;
}

static struct ecmp_match *random_rules(const struct style *s, unsigned int n)
{
	struct ecmp_match *m = calloc(n + 1, sizeof(*m));
	unsigned int i;

	for (i = 0; i < n; i++)
		m[i] = random_match(s);
	return m;
}

/* Walk all matching rules of one flow. Returns how many there were. */
static unsigned int compare(const struct ecmp_classifier *c,
			    const struct ecmp_match *match, unsigned int n,
			    const struct ecmp_flow *flow, const char *what)
{
	struct ecmp_cursor cursor;
	unsigned int i, got, found = 0;
	bool first = true;

	memset(&cursor, 0xee, sizeof(cursor));
	rcu_read_lock();
	for (i = 0; i < n; i++) {
		if (!ecmp_match_flow(&match[i], flow))
			continue;
		found++;
		got = first ? ecmp_classifier_first(c, flow, &cursor) :
			      ecmp_classifier_next(c, flow, &cursor);
		first = false;
		if (!CHECK(got == i, "%s: %u of %u rules is the next, got %d",
			   what, i, n, got))
			goto out;
	}
	got = first ? ecmp_classifier_first(c, flow, &cursor) :
		      ecmp_classifier_next(c, flow, &cursor);
	CHECK(got == ECMP_NO_MATCH, "%s: %u too many", what, got);
	got = ecmp_classifier_next(c, flow, &cursor);
	CHECK(got == ECMP_NO_MATCH, "%s: %u after the end", what, got);
out:
	rcu_read_unlock();
	return found;
}

static void compare_flows(const struct ecmp_classifier *c,
			  const struct ecmp_match *m, unsigned int n,
			  const struct style *s, unsigned int flows)
{
	unsigned long found = 0;
	unsigned int i;

	for (i = 0; i < flows; i++) {
		struct ecmp_flow flow = random_flow(s, m, n);

		found += compare(c, m, n, &flow, s->name);
	}
	if (n >= 31)
		CHECK(found * 20 > flows, "%s, %u rules: %lu matches of %u flows",
		      s->name, n, found, flows);
}

static void random_test(unsigned int n, const struct style *s,
			unsigned int flows)
{
	struct ecmp_match *m = random_rules(s, n), *given;
	struct ecmp_classifier *c;

	given = malloc((n + 1) * sizeof(*m));
	memcpy(given, m, n * sizeof(*m));
	c = ecmp_classifier_alloc(given, n);
	memset(given, 0xdd, n * sizeof(*m));	/* it must have copied */
	free(given);
	if (CHECK(c))
		compare_flows(c, m, n, s, flows);
	ecmp_classifier_free(c);
	rcu_barrier();
	free(m);
}

static void test_random(void)
{
	unsigned int i, j, again;

	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		for (j = 0; j < ARRAY_SIZE(styles); j++)
			for (again = 0; again < (sizes[i] < 100 ? 10 : 2);
			     again++)
				random_test(sizes[i], &styles[j], 100);
}

static void test_random_large(void)
{
	unsigned int j;

	for (j = 0; j < ARRAY_SIZE(styles); j++)
		random_test(10000, &styles[j], 200);
}

static struct ecmp_prefix v4(u32 addr, u8 len)
{
	return (struct ecmp_prefix){ ecmp_addr_v4(cpu_to_be32(addr)), len };
}

/* The three rules of tutorial.txt. */
static void test_tutorial(void)
{
	struct ecmp_match m[3] = {
		{},
		{ .family = AF_INET, .fields = ECMP_MATCH_FROM | ECMP_MATCH_TO,
		  .from = v4(0xc0a800f4, 32) },
		{ .family = AF_INET, .fields = ECMP_MATCH_FROM | ECMP_MATCH_TO,
		  .from = v4(0xc0a80000, 24) },
	};
	struct ecmp_classifier *c = ecmp_classifier_alloc(m, 3);
	struct ecmp_flow f = { .family = AF_INET };
	struct ecmp_cursor cur;

	REQUIRE(c);
	f.t.src = ecmp_addr_v4(cpu_to_be32(0xc0a800f4));
	CHECK(ecmp_classifier_first(c, &f, &cur) == 0);
	CHECK(ecmp_classifier_next(c, &f, &cur) == 1);
	CHECK(ecmp_classifier_next(c, &f, &cur) == 2);
	CHECK(ecmp_classifier_next(c, &f, &cur) == ECMP_NO_MATCH);
	f.t.src = ecmp_addr_v4(cpu_to_be32(0xc0a800f5));
	CHECK(ecmp_classifier_first(c, &f, &cur) == 0);
	CHECK(ecmp_classifier_next(c, &f, &cur) == 2);
	CHECK(ecmp_classifier_next(c, &f, &cur) == ECMP_NO_MATCH);
	f.family = AF_INET6;
	CHECK(ecmp_classifier_first(c, &f, &cur) == 0);
	CHECK(ecmp_classifier_next(c, &f, &cur) == ECMP_NO_MATCH);
	ecmp_classifier_free(c);
}

/* What the oracle itself promises; 64 unlike rules first for the vectors. */
static void oracle_and_compiled(const struct ecmp_match *m,
				const struct ecmp_flow *f, bool want,
				const char *what)
{
	static const unsigned int before[] = { 0, 31, 64 };
	struct ecmp_match rules[65] = {};
	struct ecmp_classifier *c;
	struct ecmp_cursor cur;
	unsigned int i, j, got;

	CHECK(ecmp_match_flow(m, f) == want, "%s", what);
	for (i = 0; i < ARRAY_SIZE(before); i++) {
		for (j = 0; j < before[i]; j++) {
			rules[j] = *m;
			rules[j].fields |= ECMP_MATCH_IIF;
			rules[j].iif = 1000 + j;
		}
		rules[before[i]] = *m;
		c = ecmp_classifier_alloc(rules, before[i] + 1);
		REQUIRE(c);
		rcu_read_lock();
		got = ecmp_classifier_first(c, f, &cur);
		rcu_read_unlock();
		CHECK(got == (want ? before[i] : ECMP_NO_MATCH),
		      "%s, %u before: %d", what, before[i], got);
		ecmp_classifier_free(c);
	}
}

static void test_fields(void)
{
	struct ecmp_flow f = { .family = AF_INET, .iif = 7, .mark = 0x1234,
			       .dscp = 46, .flags = ECMP_FLOW_PORTS };
	struct ecmp_match m = {};

	f.t.src = ecmp_addr_v4(cpu_to_be32(0x0a000001));
	f.t.dst = ecmp_addr_v4(cpu_to_be32(0xc0000201));
	f.t.sport = 1024;
	f.t.dport = 443;
	f.t.proto = 6;

#define YES(what)	oracle_and_compiled(&m, &f, true, what)
#define NO(what)	oracle_and_compiled(&m, &f, false, what)
	YES("empty");
	m.family = AF_INET6;
	NO("other family");
	m = (struct ecmp_match){ .fields = ECMP_MATCH_FROM };
	YES("from any");
	m.from = v4(0x0a000000, 31);
	YES("from /31");
	m.from = v4(0x0a000000, 32);
	NO("from another host");
	m.fields = ECMP_MATCH_TO;
	m.to = v4(0xc0000200, 24);
	YES("to /24");
	m.to = v4(0x0a000000, 24);
	NO("to the source");

	m = (struct ecmp_match){ .fields = ECMP_MATCH_MARK, .mark = 0x34,
				 .mark_mask = 0xff };
	YES("mark with mask");
	m.mark_mask = 0xfff;
	NO("mark with wider mask");
	m.mark = 0x100;
	m.mark_mask = 0xff;
	NO("mark outside its mask");
	m.mark = 0;
	m.mark_mask = 0;
	YES("mark 0/0");

	m = (struct ecmp_match){ .fields = ECMP_MATCH_SPORT,
				 .sport_min = 1024, .sport_max = 65535 };
	YES("sport range from its start");
	m.sport_min = 1025;
	NO("sport beyond");
	m.sport_min = 0;
	m.sport_max = 1024;
	YES("sport range to its end");
	m.sport_max = 1023;
	NO("sport below");
	m = (struct ecmp_match){ .fields = ECMP_MATCH_DPORT, .dport_min = 443,
				 .dport_max = 443 };
	YES("dport");
	m.dport_min = 444;
	NO("empty range");
	m.dport_min = 0;
	m.dport_max = 65535;
	YES("any dport");
	f.flags = ECMP_FLOW_FRAGMENT;
	NO("any dport of a fragment");
	f.t.dport = 0;
	f.flags = 0;
	NO("any dport of no ports");
	m.fields = ECMP_MATCH_PROTO;
	m.proto = 6;
	YES("proto");
	m.fields |= ECMP_MATCH_DSCP;
	m.dscp = 46;
	YES("proto and dscp");
	m.dscp = 47;
	NO("another dscp");
	m.fields = ECMP_MATCH_IIF;
	m.iif = 7;
	YES("iif");
	m.iif = 8;
	NO("another iif");
#undef YES
#undef NO
}

/* The random tests mean nothing for vectors that were not made. */
static void test_vectors_serve(void)
{
	struct ecmp_rule_vectors *v;
	struct ecmp_match *m;
	unsigned int i;
	long bytes;

	for (i = 0; i < ARRAY_SIZE(styles); i++) {
		m = random_rules(&styles[i], 4000);
		bytes = unit_live_bytes();
		v = ecmp_rule_vectors_alloc(m, 4000);
		bytes = unit_live_bytes() - bytes;
		CHECK(v, "%s", styles[i].name);
		CHECK(bytes < 4 << 20, "%s: %ld bytes", styles[i].name, bytes);
		ecmp_rule_vectors_free(v);
		free(m);
	}
}

/* Vectors beyond the cap are not made; the array gives the same answers. */
static void test_cap(void)
{
	static const struct style ports = {
		"wide ports", .sport = 16, .dport = 16, .values = 60000,
	};
	enum { RULES = 20000 };
	struct ecmp_match *m = random_rules(&ports, RULES);
	struct ecmp_classifier *c;
	unsigned int i;
	long bytes = unit_live_bytes();

	for (i = 0; i < RULES; i++) {
		m[i].sport_min = unit_below(32768);
		m[i].sport_max = 32768 + unit_below(32768);
		m[i].dport_min = unit_below(32768);
		m[i].dport_max = 32768 + unit_below(32768);
	}
	CHECK(!ecmp_rule_vectors_alloc(m, RULES));
	/* The pool and a copy of it half as large, when it grew last. */
	CHECK(unit_peak_bytes() - bytes < 2 * ECMP_RULE_MEMORY_MAX, "%ld",
	      unit_peak_bytes() - bytes);
	c = ecmp_classifier_alloc(m, RULES);
	REQUIRE(c);
	CHECK(unit_live_bytes() - bytes < ECMP_RULE_MEMORY_MAX);
	compare_flows(c, m, RULES, &ports, 20);
	ecmp_classifier_free(c);
	free(m);
}

/* A rule of either family only, in vectors of both. */
static void test_families(void)
{
	struct ecmp_match m[99] = {};
	struct ecmp_classifier *c;
	struct ecmp_flow f = {};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(m); i++)
		m[i].family = i % 3 == 0 ? 0 : i % 3 == 1 ? AF_INET : AF_INET6;
	c = ecmp_classifier_alloc(m, ARRAY_SIZE(m));
	REQUIRE(c);
	f.family = AF_INET;
	CHECK(compare(c, m, ARRAY_SIZE(m), &f, "IPv4") == 66);
	f.family = AF_INET6;
	CHECK(compare(c, m, ARRAY_SIZE(m), &f, "IPv6") == 66);
	ecmp_classifier_free(c);
}

/* Each allocation fails once, and all from each one on. */
static void test_alloc_failure(void)
{
	const struct style *s = &styles[0];
	static const unsigned int n[] = { 3, 200 };
	unsigned int i, fails, none = 0, fallback = 0;
	unsigned long at;

	for (i = 0; i < ARRAY_SIZE(n); i++) {
		struct ecmp_match *m = random_rules(s, n[i]);

		for (at = 2, fails = 1; fails; at++) {
			struct ecmp_classifier *c;

			if (at & 1)
				unit_fail_from(at / 2);
			else
				unit_fail_nth(at / 2);
			c = ecmp_classifier_alloc(m, n[i]);
			fails = unit_alloc_failed();
			unit_fail_nth(0);
			if (!c) {
				CHECK(fails);
				none++;
				continue;
			}
			fallback += !!fails;
			compare_flows(c, m, n[i], s, 20);
			ecmp_classifier_free(c);
			rcu_barrier();
		}
		free(m);
	}
	unit_diag("%u refused, %u served in spite of a failure", none,
		  fallback);
	CHECK(none);
	CHECK(fallback);
}

static const struct unit_test tests[] = {
	UNIT_TEST(test_tutorial),
	UNIT_TEST(test_fields),
	UNIT_TEST(test_random),
	UNIT_TEST(test_random_large),
	UNIT_TEST(test_families),
	UNIT_TEST(test_vectors_serve),
	UNIT_TEST(test_cap),
	UNIT_TEST(test_alloc_failure),
};
UNIT_MAIN(tests)
