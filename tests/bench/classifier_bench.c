// SPDX-License-Identifier: GPL-2.0
/*
 * What it costs to ask the rules, in user space:
 *
 *	make -C tests/unit bench
 *
 * Each figure is of random packets, the next one not known before the last one
 * is answered: the time for the first matching rule, the time until all are
 * told, how many those are, and what the rules took to compile and take in
 * memory.
 */
#include <time.h>
#include "harness.h"
#include "classifier.h"

#define FLOWS	2048
#define ROUNDS	200

typedef void make_fn(struct ecmp_match *m, unsigned int i);

static struct ecmp_prefix v4(u32 addr, u8 len)
{
	struct ecmp_prefix p = { ecmp_addr_v4(cpu_to_be32(addr)), len };

	ecmp_addr_mask(&p.addr, len);
	return p;
}

static void from_host(struct ecmp_match *m, unsigned int i)
{
	m->family = AF_INET;
	m->fields = ECMP_MATCH_FROM;
	m->from = v4(0x0a000000 + i, 32);
}

/* The tutorial's, and the last one for most of its packets. */
static void tutorial(struct ecmp_match *m, unsigned int i)
{
	if (i % 3 == 0)
		return;
	m->family = AF_INET;
	m->fields = ECMP_MATCH_FROM | ECMP_MATCH_TO;
	m->from = i % 3 == 1 ? v4(0xc0a800f4, 32) : v4(0xc0a80000, 24);
}

static void from_net(struct ecmp_match *m, unsigned int i)
{
	m->family = AF_INET;
	m->fields = ECMP_MATCH_FROM;
	m->from = v4(unit_rand(), 8 + unit_below(25));
}

static void one_mark(struct ecmp_match *m, unsigned int i)
{
	m->fields = ECMP_MATCH_MARK;
	m->mark = i + 1;
	m->mark_mask = ~0u;
}

static void one_port(struct ecmp_match *m, unsigned int i)
{
	m->fields = ECMP_MATCH_DPORT;
	m->dport_min = m->dport_max = i + 1;
}

/* Each field with a chance of one half, values as people would choose them. */
static void mixed(struct ecmp_match *m, unsigned int i)
{
	static const u8 len[] = { 8, 16, 20, 24, 24, 28, 32, 32 };
	static const u8 proto[] = { 1, 6, 17, 47, 50 };
	u32 f = unit_rand();

	m->family = AF_INET;
	m->fields = f & 0xff;
	m->from = v4(0x0a000000 | (u32)unit_rand() >> 8, len[unit_below(8)]);
	m->to = v4(0x0b000000 | (u32)unit_rand() >> 8, len[unit_below(8)]);
	m->iif = 1 + unit_below(20);
	m->mark = unit_below(256);
	m->mark_mask = 0xff;
	m->proto = proto[unit_below(5)];
	m->dscp = unit_below(64);
	m->sport_min = unit_below(60000);
	m->sport_max = m->sport_min + unit_below(5000);
	m->dport_min = unit_below(60000);
	m->dport_max = m->dport_min + (unit_below(2) ? 0 : unit_below(5000));
	if (!m->fields)
		m->fields = ECMP_MATCH_FROM;
}

/* Three fields at least: hardly any packet matches. */
static void mixed_three(struct ecmp_match *m, unsigned int i)
{
	do
		mixed(m, i);
	while (hweight8(m->fields) < 3);
}

/* Three fields, wide ports: the vectors are as dense as they come. */
static void wide(struct ecmp_match *m, unsigned int i)
{
	m->family = AF_INET;
	m->fields = ECMP_MATCH_SPORT | ECMP_MATCH_DPORT | ECMP_MATCH_DSCP;
	m->dscp = unit_below(64);
	m->sport_min = unit_below(30000);
	m->sport_max = 30000 + unit_below(30000);
	m->dport_min = unit_below(30000);
	m->dport_max = 30000 + unit_below(30000);
}

static void flow_fill(struct ecmp_flow *f, const struct ecmp_match *m,
		      bool fit)
{
	static const u8 proto[] = { 1, 6, 17, 47, 50 };

	*f = (struct ecmp_flow){ .family = AF_INET, .hashed = &f->t };
	f->t.src = ecmp_addr_v4(cpu_to_be32(0x0a000000 |
					    (u32)unit_rand() >> 8));
	f->t.dst = ecmp_addr_v4(cpu_to_be32(0x0b000000 |
					    (u32)unit_rand() >> 8));
	f->iif = 1 + unit_below(20);
	f->mark = 1 + unit_below(10000);
	f->t.proto = proto[unit_below(5)];
	f->dscp = unit_below(64);
	f->flags = ECMP_FLOW_PORTS;
	f->t.sport = unit_below(65536);
	f->t.dport = unit_below(65536);
	if (!fit)
		return;
	if (m->fields & ECMP_MATCH_FROM)
		f->t.src = m->from.addr;
	if (m->fields & ECMP_MATCH_TO)
		f->t.dst = m->to.addr;
	if (m->fields & ECMP_MATCH_IIF)
		f->iif = m->iif;
	if (m->fields & ECMP_MATCH_MARK)
		f->mark = m->mark;
	if (m->fields & ECMP_MATCH_PROTO)
		f->t.proto = m->proto;
	if (m->fields & ECMP_MATCH_DSCP)
		f->dscp = m->dscp;
	if (m->fields & ECMP_MATCH_SPORT)
		f->t.sport = m->sport_min;
	if (m->fields & ECMP_MATCH_DPORT)
		f->t.dport = m->dport_min;
}

/* Of this thread, so that a busy machine disturbs less. */
static u64 cpu_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

/* ns for a packet; @all: not the first match only. @hits: matches found. */
static double measure(const struct ecmp_classifier *c, struct ecmp_flow *flow,
		      bool all, unsigned long *hits)
{
	struct ecmp_cursor cur;
	unsigned int r, i, k, last = 0;
	u64 best = ~0ull, start;

	for (r = 0; r < ROUNDS; r++) {
		*hits = 0;
		start = cpu_now();
		for (i = 0; i < FLOWS; i++) {
			/* Depend on the last answer; its top bit is 0 or ~0. */
			struct ecmp_flow *f = &flow[(i ^ (last >> 31)) &
						    (FLOWS - 1)];

			k = ecmp_classifier_first(c, f, &cur);
			while (k != ECMP_NO_MATCH) {
				++*hits;
				last = k;
				if (!all)
					break;
				k = ecmp_classifier_next(c, f, &cur);
			}
			last = k;
		}
		best = min(best, cpu_now() - start);
	}
	return (double)best / FLOWS;
}

static void bench(const char *name, unsigned int n, make_fn *make, bool fit)
{
	struct ecmp_match *m = calloc(n, sizeof(*m));
	struct ecmp_flow *flow = calloc(FLOWS, sizeof(*flow));
	struct ecmp_classifier *c;
	unsigned long hits;
	unsigned int i;
	double first, all, compile;
	long bytes;
	u64 start;

	for (i = 0; i < n; i++)
		make(&m[i], i);
	for (i = 0; i < FLOWS; i++)
		flow_fill(&flow[i], &m[unit_below(n)], fit);
	bytes = unit_live_bytes();
	start = unit_now();
	c = ecmp_classifier_alloc(m, n);
	compile = (unit_now() - start) / 1e6;
	bytes = unit_live_bytes() - bytes;
	rcu_read_lock();
	first = measure(c, flow, false, &hits);
	all = measure(c, flow, true, &hits);
	rcu_read_unlock();
	printf("%-28s %6u %8.1f %8.1f %8.2f %8.1f %8ld\n", name, n, first, all,
	       (double)hits / FLOWS, compile, bytes / 1024);
	ecmp_classifier_free(c);
	free(flow);
	free(m);
}

static void run(void)
{
	printf("%-28s %6s %8s %8s %8s %8s %8s\n", "rules", "number", "first ns",
	       "all ns", "matches", "load ms", "KiB");
	bench("tutorial", 3, tutorial, true);
	bench("from, hosts", 32, from_host, true);
	bench("from, hosts", 33, from_host, true);
	bench("from, hosts", 1000, from_host, true);
	bench("from, hosts", 10000, from_host, true);
	bench("from, hosts, no match", 10000, from_host, false);
	bench("from, random nets", 10000, from_net, true);
	bench("mark", 10000, one_mark, true);
	bench("dport", 10000, one_port, true);
	bench("mixed", 32, mixed, true);
	bench("mixed", 33, mixed, true);
	bench("mixed", 1000, mixed, true);
	bench("mixed", 10000, mixed, true);
	bench("mixed, any packet", 10000, mixed, false);
	bench("mixed, 3 fields, any packet", 10000, mixed_three, false);
	bench("wide ports", 10000, wide, false);
}

static const struct unit_test tests[] = {
	UNIT_TEST(run),
};
UNIT_MAIN(tests)
