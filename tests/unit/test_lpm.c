// SPDX-License-Identifier: GPL-2.0
/*
 * The longest-prefix match against an array that is searched from end to end.
 */
#include <pthread.h>
#include "harness.h"
#include "lpm_private.h"
#include "lpm_walk.h"

/* The oracle: what is stored, in no order. */
struct entry {
	struct ecmp_prefix prefix;
	u32 value;
	struct ecmp_lpm_node *node;
};

struct world {
	unsigned int bits;
	struct ecmp_lpm *lpm;
	struct entry *entry;
	unsigned int n, max, peak;
	bool opaque;	/* no node without a value */
	/* Where random prefixes lie: near @base, from @from to @to bits. */
	struct ecmp_addr base;
	unsigned int from, to;
};

static void world_open(struct world *w, unsigned int bits, unsigned int max)
{
	*w = (struct world){ .bits = bits, .max = max, .to = bits };
	w->lpm = ecmp_lpm_alloc(bits);
	BUG_ON(!w->lpm);
	w->entry = calloc(max, sizeof(*w->entry));
}

static void node_free(struct ecmp_lpm_node *node, void *ctx)
{
	unsigned int *n = ctx;

	++*n;
	free(node);
}

static void world_close(struct world *w)
{
	unsigned int n = 0;

	ecmp_lpm_destroy(w->lpm, node_free, &n);
	CHECK(n == w->n, "%u nodes came back of %u", n, w->n);
	free(w->entry);
}

static bool covers(const struct ecmp_prefix *p, const struct ecmp_addr *a)
{
	unsigned int i;

	for (i = 0; i < p->len; i++)
		if (ecmp_addr_bit(&p->addr, i) != ecmp_addr_bit(a, i))
			return false;
	return true;
}

static u32 world_lookup(const struct world *w, const struct ecmp_addr *a,
			unsigned int len)
{
	const struct entry *best = NULL, *e;

	for (e = w->entry; e < w->entry + w->n; e++)
		if (e->value && e->prefix.len < len && covers(&e->prefix, a) &&
		    (!best || e->prefix.len > best->prefix.len))
			best = e;
	return best ? best->value : 0;
}

static struct entry *world_find(const struct world *w,
				const struct ecmp_prefix *p)
{
	struct entry *e;

	for (e = w->entry; e < w->entry + w->n; e++)
		if (ecmp_prefix_equal(&e->prefix, p))
			return e;
	return NULL;
}

/* The smallest at or behind @p. */
static struct entry *world_from(const struct world *w,
				const struct ecmp_prefix *p, bool after)
{
	struct entry *e, *best = NULL;
	int d;

	for (e = w->entry; e < w->entry + w->n; e++) {
		d = ecmp_prefix_cmp(&e->prefix, p);
		if ((d > 0 || (!d && !after)) &&
		    (!best || ecmp_prefix_cmp(&e->prefix, &best->prefix) < 0))
			best = e;
	}
	return best;
}

static const char *name(const struct ecmp_prefix *p)
{
	static char buf[4][48];
	static unsigned int i;
	char *s = buf[i++ % 4];

	sprintf(s, "%08x%08x%08x%08x/%u", be32_to_cpu(p->addr.w[0]),
		be32_to_cpu(p->addr.w[1]), be32_to_cpu(p->addr.w[2]),
		be32_to_cpu(p->addr.w[3]), p->len);
	return s;
}

static void random_bits(struct ecmp_addr *a, unsigned int from, unsigned int to)
{
	unsigned int i;

	for (i = from; i < to; i++)
		if (unit_below(2))
			a->b[i >> 3] ^= 0x80 >> (i & 7);
}

/* In the space of @w; now and then far from it. */
static struct ecmp_addr random_addr(const struct world *w)
{
	struct ecmp_addr a = w->base;

	random_bits(&a, w->from, unit_below(4) ? w->to : w->bits);
	if (!unit_below(8))
		random_bits(&a, unit_below(w->bits), w->bits);
	ecmp_addr_mask(&a, w->bits);
	return a;
}

static struct ecmp_prefix random_prefix(const struct world *w)
{
	struct ecmp_prefix p = { .addr = random_addr(w) };

	p.len = w->from + unit_below(w->to - w->from + 1);
	if (!unit_below(16))
		p.len = unit_below(w->bits + 1);
	ecmp_addr_mask(&p.addr, p.len);
	return p;
}

/* Few values, so that neighbours merge; or one for each length. */
static u32 random_value(const struct world *w, const struct ecmp_prefix *p)
{
	return w->opaque + (unit_below(3) ? unit_below(4) :
					    unit_below(3) << 8 | p->len);
}

static void check_addr(const struct world *w, const struct ecmp_addr *a)
{
	const struct ecmp_prefix p = { *a, w->bits };
	u32 want = world_lookup(w, a, 129), got;
	unsigned int len = unit_below(w->bits + 2);

	rcu_read_lock();
	got = ecmp_lpm_lookup(w->lpm, a);
	CHECK(got == want, "lookup %s: %x, not %x", name(&p), got, want);
	want = world_lookup(w, a, len);
	got = ecmp_lpm_lookup_shorter(w->lpm, a, len);
	CHECK(got == want, "lookup_shorter %s, %u: %x, not %x", name(&p), len,
	      got, want);
	rcu_read_unlock();
}

/* The edges of @p, where a wrong range shows. */
static void check_around(const struct world *w, const struct ecmp_prefix *p)
{
	struct ecmp_addr a = p->addr;
	int i;

	check_addr(w, &a);
	random_bits(&a, p->len, w->bits);
	check_addr(w, &a);
	a = p->addr;
	for (i = p->len; i < w->bits; i++)
		a.b[i >> 3] |= 0x80 >> (i & 7);
	check_addr(w, &a);
	for (i = w->bits - 1; i >= 0; i--) {	/* one more: add 1 */
		a.b[i >> 3] ^= 0x80 >> (i & 7);
		if (a.b[i >> 3] & 0x80 >> (i & 7))
			break;
	}
	check_addr(w, &a);
	a = p->addr;
	for (i = w->bits - 1; i >= 0; i--) {	/* one less */
		a.b[i >> 3] ^= 0x80 >> (i & 7);
		if (!(a.b[i >> 3] & 0x80 >> (i & 7)))
			break;
	}
	check_addr(w, &a);
}

static void check_order(const struct world *w, const struct ecmp_prefix *p)
{
	struct entry *e = world_find(w, p);
	struct ecmp_lpm_walk walk;
	struct ecmp_lpm_node *got;
	struct ecmp_prefix at;

	got = ecmp_lpm_find(w->lpm, p);
	CHECK(got == (e ? e->node : NULL), "find %s", name(p));
	e = world_from(w, p, false);
	got = ecmp_lpm_find_from(w->lpm, p);
	if (got)
		at = ecmp_lpm_prefix(got);
	CHECK(got == (e ? e->node : NULL), "find_from %s: %s, not %s", name(p),
	      got ? name(&at) : "none", e ? name(&e->prefix) : "none");
	ecmp_lpm_walk_from(&walk, w->lpm, p);
	CHECK(ecmp_lpm_walk_next(&walk) == got, "walk_from %s", name(p));
	if (!got)
		return;
	e = world_from(w, &at, true);
	CHECK(ecmp_lpm_next(w->lpm, got) == (e ? e->node : NULL),
	      "next %s", name(&at));
	CHECK(ecmp_lpm_walk_next(&walk) == (e ? e->node : NULL),
	      "walk on from %s", name(&at));
}

/* A whole walk meets each node once, in order. */
static void check_walk(const struct world *w)
{
	const struct ecmp_prefix zero = {};
	struct ecmp_prefix at, last = {};
	struct ecmp_lpm_node *node;
	struct ecmp_lpm_walk walk;
	unsigned int n = 0;

	ecmp_lpm_walk_from(&walk, w->lpm, &zero);
	for (node = ecmp_lpm_find_from(w->lpm, &zero); node && n <= w->n;
	     node = ecmp_lpm_next(w->lpm, node)) {
		at = ecmp_lpm_prefix(node);
		CHECK(!n || ecmp_prefix_cmp(&last, &at) < 0);
		CHECK(ecmp_lpm_walk_next(&walk) == node, "walk to %s",
		      name(&at));
		last = at;
		n++;
	}
	CHECK(n == w->n, "walked %u of %u", n, w->n);
	CHECK(!ecmp_lpm_walk_next(&walk), "the walk ends");
}

/* What a walk of the binary trie meets. */
struct branches {
	unsigned int nodes, forks, ends;
};

static void walk_branches(const struct ecmp_lpm_branch *b, unsigned int len,
			  struct branches *met)
{
	const struct ecmp_lpm_node *node = ecmp_lpm_node_of(b);
	struct ecmp_lpm_branch *child[2] = {
		ecmp_lpm_below(b, 0), ecmp_lpm_below(b, 1)
	};
	unsigned int bit;

	CHECK(ecmp_lpm_len(b) >= len, "%u below %u", ecmp_lpm_len(b), len);
	if (ecmp_lpm_is_fork(b)) {
		met->forks++;
		CHECK(node->use < 128 && child[0] && child[1]);
	} else {
		met->nodes++;
		met->ends += !child[0] && !child[1];
		CHECK((node->use == ECMP_LPM_USE_OWN) ==
		      (child[0] || child[1]));
	}
	for (bit = 0; bit < 2; bit++)
		if (child[bit])
			walk_branches(child[bit], ecmp_lpm_len(b) + 1, met);
}

/* Nodes at an end lend their pointers to a fork each, or are in the ring. */
static void check_forks(const struct world *w)
{
	const struct ecmp_lpm_node *node = w->lpm->free;
	struct branches met = {};
	unsigned int n = 0, lent = 0, i;

	if (w->lpm->rib)
		walk_branches(w->lpm->rib, 0, &met);
	CHECK(met.nodes == w->n, "%u of %u nodes", met.nodes, w->n);
	for (i = 0; i < w->n; i++)
		lent += w->entry[i].node->use < ECMP_LPM_USE_OWN;
	CHECK(lent == met.forks, "%u lenders of %u forks", lent, met.forks);
	while (node && n <= w->n) {
		CHECK(node->use == ECMP_LPM_USE_NONE);
		n++;
		node = ecmp_lpm_node_of(node->child[1]);
		if (node == w->lpm->free)
			break;
	}
	CHECK(n + lent == met.ends, "%u free, %u lent, %u ends", n, lent,
	      met.ends);
}

static void check_all(const struct world *w, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < w->n; i++) {
		check_around(w, &w->entry[i].prefix);
		check_order(w, &w->entry[i].prefix);
	}
	for (i = 0; i < n; i++) {
		const struct ecmp_prefix p = random_prefix(w);
		const struct ecmp_addr a = random_addr(w);

		check_addr(w, &a);
		check_order(w, &p);
	}
	check_walk(w);
	check_forks(w);
}

static int world_insert(struct world *w, const struct ecmp_prefix *p, u32 value)
{
	struct ecmp_lpm_node *node = malloc(sizeof(*node));
	int err;

	/* What the trie needs to be zero it must set itself. */
	memset(node, 0x77, sizeof(*node));
	node->addr = p->addr;
	node->len = p->len;
	node->value = value;
	err = ecmp_lpm_insert(w->lpm, node);
	if (err) {
		CHECK(node->value == value && node->len == p->len &&
		      ecmp_addr_equal(&node->addr, &p->addr));
		free(node);
		return err;
	}
	w->entry[w->n++] = (struct entry){ *p, value, node };
	w->peak = max(w->peak, w->n);
	return 0;
}

static int world_set(struct world *w, struct entry *e, u32 value)
{
	int err = ecmp_lpm_set(w->lpm, e->node, value);

	if (!err)
		e->value = value;
	CHECK(e->node->value == e->value);
	return err;
}

static void world_set_must(struct world *w, struct entry *e, u32 value)
{
	ecmp_lpm_set_must(w->lpm, e->node, value);
	e->value = value;
	CHECK(e->node->value == value);
}

static void world_remove(struct world *w, struct entry *e)
{
	ecmp_lpm_remove(w->lpm, e->node);
	free(e->node);
	*e = w->entry[--w->n];
}

/* One random change; with @scarce it may want for memory. */
static void world_step(struct world *w, struct ecmp_prefix *p, bool scarce)
{
	struct entry *e;
	u32 value;
	int err;

	*p = random_prefix(w);
	value = random_value(w, p);
	e = world_find(w, p);
	if (e && unit_below(4)) {
		err = world_insert(w, p, value);
		CHECK(err == -EEXIST, "%d for %s", err, name(p));
		return;
	}
	if (!e && w->n < w->max && unit_below(w->max) >= w->n) {
		err = world_insert(w, p, value);
		CHECK(!err || (scarce && err == -ENOMEM), "%d", err);
		return;
	}
	if (!w->n)
		return;
	e = &w->entry[unit_below(w->n)];
	*p = e->prefix;
	switch (unit_below(4)) {
	case 0:
		err = world_set(w, e, value);
		CHECK(!err || (scarce && value && err == -ENOMEM), "%d", err);
		break;
	case 1:
		world_set_must(w, e, value);
		break;
	default:
		world_remove(w, e);
	}
}

/* Units of blocks that are in use. */
static u32 live(const struct world *w)
{
	struct ecmp_lpm_live live;

	ecmp_lpm_trie_live(w->lpm->trie, &live);
	return live.units[0];
}

/* Updates leave what a build from nothing would make. */
static void check_compact(const struct world *w)
{
	u32 before = live(w);

	CHECK(!ecmp_lpm_compile(w->lpm));
	/* Nodes without a value, and a first step that was larger, show. */
	if (w->opaque && (w->n >= 64 || w->peak < 64))
		CHECK(before == live(w), "%u -> %u units", before, live(w));
}

static void random_world(unsigned int bits, unsigned int from, unsigned int to,
			 unsigned int max, bool compile)
{
	unsigned int i, steps = max * 6;
	struct ecmp_prefix p;
	struct world w;

	world_open(&w, bits, max);
	w.from = from;
	w.to = to;
	w.opaque = unit_below(2);
	random_bits(&w.base, 0, bits);
	for (i = 0; i < steps; i++) {
		if (compile && i == steps / 4)
			CHECK(!ecmp_lpm_compile(w.lpm));
		world_step(&w, &p, false);
		check_around(&w, &p);
		check_order(&w, &p);
		if (!(i % 64))
			check_all(&w, 20);
	}
	check_all(&w, 200);
	if (compile) {
		check_compact(&w);
		check_all(&w, 200);
	}
	while (w.n) {
		world_remove(&w, &w.entry[unit_below(w.n)]);
		if (!(w.n % 16))
			check_all(&w, 20);
	}
	world_close(&w);
}

/* Each in a few places: across block edges, words, the ends. */
static void test_dense_v4(void)
{
	unsigned int i, from;

	for (i = 0; i < 12; i++) {
		from = unit_below(32 - 10 + 1);
		random_world(32, from, from + 10, 20 + unit_below(60), i & 1);
	}
	random_world(32, 0, 8, 150, true);
	random_world(32, 22, 32, 150, true);
}

static void test_dense_v6(void)
{
	unsigned int i, from;

	for (i = 0; i < 12; i++) {
		from = unit_below(128 - 10 + 1);
		random_world(128, from, from + 10, 20 + unit_below(60), i & 1);
	}
	random_world(128, 58, 70, 150, true);
	random_world(128, 118, 128, 150, true);
}

static void test_full_lengths(void)
{
	random_world(32, 0, 32, 150, false);
	random_world(32, 0, 32, 150, true);
	random_world(128, 0, 128, 150, false);
	random_world(128, 0, 128, 150, true);
}

/* A chain: each prefix within the one before, then the other way round. */
static void test_chain(void)
{
	unsigned int bits, i, up;

	for (bits = 32; bits <= 128; bits += 96)
		for (up = 0; up < 2; up++) {
			struct world w;

			world_open(&w, bits, 129);
			random_bits(&w.base, 0, bits);
			CHECK(!ecmp_lpm_compile(w.lpm));
			for (i = 0; i <= bits; i++) {
				struct ecmp_prefix p = {
					w.base, up ? i : bits - i
				};

				ecmp_addr_mask(&p.addr, p.len);
				CHECK(!world_insert(&w, &p, 1 + i));
				check_around(&w, &p);
			}
			check_all(&w, 50);
			while (w.n) {
				world_remove(&w, w.entry);
				check_all(&w, 2);
			}
			world_close(&w);
		}
}

/* The corners of the contract, by hand. */
static void test_contract(void)
{
	const struct ecmp_prefix zero = {};
	struct ecmp_addr a = ecmp_addr_v4(cpu_to_be32(0x0a010203));
	struct ecmp_prefix p8 = { a, 8 }, p32 = { a, 32 };
	struct world w;
	unsigned int compiled;

	ecmp_lpm_free(NULL);
	for (compiled = 0; compiled < 2; compiled++) {
		world_open(&w, 32, 4);
		if (compiled)
			CHECK(!ecmp_lpm_compile(w.lpm));
		check_addr(&w, &a);
		CHECK(!ecmp_lpm_find_from(w.lpm, &zero));
		ecmp_addr_mask(&p8.addr, 8);
		CHECK(!world_insert(&w, &zero, 0x100));
		CHECK(!world_insert(&w, &p8, 0x208));
		CHECK(!world_insert(&w, &p32, 0x320));
		CHECK(world_insert(&w, &p8, 9) == -EEXIST);
		check_all(&w, 20);
		CHECK(ecmp_lpm_lookup_shorter(w.lpm, &a, 32) == 0x208);
		CHECK(ecmp_lpm_lookup_shorter(w.lpm, &a, 8) == 0x100);
		CHECK(ecmp_lpm_lookup_shorter(w.lpm, &a, 0) == 0);
		/* Transparent, and back. */
		CHECK(!world_set(&w, &w.entry[1], 0));
		CHECK(!world_set(&w, &w.entry[2], 0));
		check_all(&w, 20);
		CHECK(ecmp_lpm_find(w.lpm, &p8) == w.entry[1].node);
		CHECK(!world_set(&w, &w.entry[1], ~0U));
		CHECK(!world_set(&w, &w.entry[0], 0));
		check_all(&w, 20);
		world_close(&w);
	}
}

/* The table that outgrows each root; painted, not searched. */
#define WIDE	20

static void paint(const struct world *w, u32 *want)
{
	unsigned int len, i, first, n;

	memset(want, 0, sizeof(*want) << WIDE);
	for (len = 0; len <= WIDE; len++)
		for (i = 0; i < w->n; i++) {
			const struct entry *e = &w->entry[i];

			if (e->prefix.len != len || !e->value)
				continue;
			first = be32_to_cpu(e->prefix.addr.w[0]) >> (32 - WIDE);
			for (n = 0; n < 1U << (WIDE - len); n++)
				want[first + n] = e->value;
		}
}

static void check_paint(const struct world *w, u32 *want)
{
	unsigned int i, bad = 0;
	struct ecmp_addr a;

	paint(w, want);
	rcu_read_lock();
	for (i = 0; i < 1U << WIDE; i++) {
		a = ecmp_addr_v4(cpu_to_be32(i << (32 - WIDE) | i >> 8));
		bad += ecmp_lpm_lookup(w->lpm, &a) != want[i];
	}
	rcu_read_unlock();
	CHECK(!bad, "%u of %u wrong with %u prefixes", bad, 1U << WIDE, w->n);
}

static struct ecmp_prefix wide_prefix(unsigned int i)
{
	struct ecmp_prefix p = {};

	/* 2^WIDE of length WIDE, before them 2^(WIDE-1) of WIDE-1, ... */
	p.len = ilog2(i + 1);
	p.addr.w[0] = p.len ? cpu_to_be32((i + 1) << (32 - p.len)) : 0;
	return p;
}

static void test_growth(void)
{
	const unsigned int max = 70000;
	unsigned int i, all = (2U << WIDE) - 1, step;
	u32 *want = malloc(sizeof(*want) << WIDE);
	size_t memory;
	struct world w;

	world_open(&w, 32, max);
	CHECK(!ecmp_lpm_compile(w.lpm));
	/* An odd step goes through all of them, each once. */
	step = unit_rand() | 1;
	for (i = 0; w.n < max; i++) {
		struct ecmp_prefix p;

		if ((i * step & all) == all)
			continue;
		p = wide_prefix(i * step & all);
		CHECK(!world_insert(&w, &p, 1 + unit_below(5)));
		if (w.n == 63 || w.n == 64 || w.n == 5000 || w.n == 16384 ||
		    w.n == 40000 || w.n == 65536 || w.n == max)
			check_paint(&w, want);
	}
	memory = ecmp_lpm_memory(w.lpm);
	/* Back, the way of a pop: find and remove from the end. */
	while (w.n) {
		world_remove(&w, &w.entry[w.n - 1]);
		if (w.n == 50000 || w.n == 16384 || w.n == 16383 ||
		    w.n == 4096 || w.n == 4095 || w.n == 16 || w.n == 0)
			check_paint(&w, want);
	}
	unit_diag("%u prefixes: %zu bytes, empty again: %zu", max, memory,
		  ecmp_lpm_memory(w.lpm));
	CHECK(ecmp_lpm_memory(w.lpm) < 1024);
	world_close(&w);
	free(want);
}

/* The same as one build. */
static void test_bulk(void)
{
	u32 *want = malloc(sizeof(*want) << WIDE);
	unsigned int i;
	struct world w;

	world_open(&w, 32, 70000);
	for (i = 0; i < 70000; i++) {
		struct ecmp_prefix p;

		p = wide_prefix(unit_below((2U << WIDE) - 1));
		world_insert(&w, &p, random_value(&w, &p));
	}
	CHECK(!ecmp_lpm_compile(w.lpm));
	check_paint(&w, want);
	for (i = 0; i < 3000; i++) {
		struct entry *e = &w.entry[unit_below(w.n)];

		if (unit_below(2))
			world_remove(&w, e);
		else
			CHECK(!world_set(&w, e, random_value(&w, &e->prefix)));
	}
	check_paint(&w, want);
	world_close(&w);
	free(want);
}

static struct ecmp_prefix bgp_prefix(const struct world *w)
{
	static const u8 len[2][4] = { { 24, 24, 22, 19 }, { 48, 48, 40, 32 } };
	struct ecmp_prefix p = {};

	p.len = len[w->bits > 32][unit_below(4)];
	p.addr = w->base;
	random_bits(&p.addr, w->bits > 32 ? 12 : 4, p.len);
	ecmp_addr_mask(&p.addr, p.len);
	return p;
}

/* A large table that changes all the time is not copied all the time. */
static void churn(unsigned int bits)
{
	const unsigned int max = 30000;
	unsigned int i, copies = 0;
	const void *trie = NULL;
	struct ecmp_prefix p;
	size_t memory = 0;
	struct world w;

	world_open(&w, bits, max);
	CHECK(!ecmp_lpm_compile(w.lpm));
	while (w.n < max) {
		p = bgp_prefix(&w);
		world_insert(&w, &p, 1 + unit_below(5));
	}
	for (i = 0; i < 400000; i++) {
		if (i % 2) {
			p = bgp_prefix(&w);
			while (world_insert(&w, &p, 1 + unit_below(5)))
				p = bgp_prefix(&w);
		} else {
			world_remove(&w, &w.entry[unit_below(w.n)]);
		}
		if (i == 100000)
			memory = ecmp_lpm_memory(w.lpm);
		copies += i > 100000 && w.lpm->trie != trie;
		trie = w.lpm->trie;
		if (!(i % 1024))
			check_addr(&w, &w.entry[unit_below(w.n)].prefix.addr);
	}
	for (i = 0; i < 3000; i++)
		check_addr(&w, &w.entry[unit_below(w.n)].prefix.addr);
	check_compact(&w);
	unit_diag("IPv%d: copied %u times in 300000 changes",
		  bits > 32 ? 6 : 4, copies);
	CHECK(copies <= 3, "%u copies", copies);
	CHECK(ecmp_lpm_memory(w.lpm) < memory + memory / 2);
	world_close(&w);
}

static void test_churn(void)
{
	churn(32);
	churn(128);
}

/* From few values to more than leaves can tell apart, and back. */
static void test_many_values(void)
{
	static const u32 some[] = { 200, 20000, 60000, 3, 70000, 100 };
	u32 *want = malloc(sizeof(*want) << WIDE);
	unsigned int i, k;
	struct world w;

	world_open(&w, 32, 70000);
	for (i = 0; i < 70000; i++) {
		struct ecmp_prefix p = wide_prefix((1 << 17) + i * 13);

		CHECK(!world_insert(&w, &p, 1));
	}
	CHECK(!ecmp_lpm_compile(w.lpm));
	for (k = 0; k < ARRAY_SIZE(some); k++) {
		for (i = 0; i < w.n; i++)
			CHECK(!world_set(&w, &w.entry[i],
					 1 + i % some[k] * 977));
		check_paint(&w, want);
		CHECK(!ecmp_lpm_compile(w.lpm));
		check_paint(&w, want);
		CHECK(w.lpm->trie->wide == (some[k] > 128));
	}
	world_close(&w);
	free(want);
}

/*
 * Every number of values, of which 0 is none: the two halves of all addresses
 * have one, as many a VPN's routes do. Built at once, and one by one.
 */
static void test_few_values(void)
{
	unsigned int bits, n, i;
	struct world w;

	for (bits = 32; bits <= 128; bits += 96) {
		for (n = 1; n <= 160; n++) {
			world_open(&w, bits, n);
			for (i = 0; i < n; i++) {
				struct ecmp_prefix p = { .len = i < 2 ? 1 : 24 };

				p.addr.w[0] = cpu_to_be32(i < 2 ? i << 31 :
						0xc0a80000 + (i << 8));
				CHECK(!world_insert(&w, &p, i + 1));
				if (n == 160 && i == 1)
					CHECK(!ecmp_lpm_compile(w.lpm));
				if (n == 160 && i)
					check_all(&w, 1);
			}
			CHECK(!ecmp_lpm_compile(w.lpm));
			check_all(&w, 10);
			world_close(&w);
		}
	}
}

/* Values that come and go for ever leave nothing behind. */
static void test_value_churn(void)
{
	struct ecmp_prefix p;
	struct world w;
	unsigned int i;
	size_t memory;

	world_open(&w, 32, 100);
	w.opaque = true;
	w.from = 8;
	w.to = 20;
	CHECK(!ecmp_lpm_compile(w.lpm));
	for (i = 0; i < 600; i++)
		world_step(&w, &p, false);
	memory = ecmp_lpm_memory(w.lpm);
	for (i = 0; i < 100000; i++)
		CHECK(!world_set(&w, &w.entry[i % w.n], 1000 + i));
	check_all(&w, 50);
	for (i = 0; i < w.n; i++)
		CHECK(!world_set(&w, &w.entry[i], 7));
	CHECK(!ecmp_lpm_compile(w.lpm));
	check_all(&w, 50);
	CHECK(w.lpm->trie->value_bits == 4);
	CHECK(ecmp_lpm_memory(w.lpm) <= memory, "%zu -> %zu", memory,
	      ecmp_lpm_memory(w.lpm));
	for (i = 0; i < 100000; i++)
		CHECK(!world_set(&w, &w.entry[i % w.n], i / w.n % 3 + i / w.n));
	CHECK(!w.lpm->trie->wide && ecmp_lpm_memory(w.lpm) < memory * 2,
	      "%zu -> %zu", memory, ecmp_lpm_memory(w.lpm));
	world_close(&w);
}

/*
 * The n-th allocation fails, or all from the n-th on, in a row of changes;
 * for every n that this row gets to.
 */
static void scarce_world(unsigned int bits, unsigned int from, unsigned int to,
			 bool lasting)
{
	unsigned long failed = 1, n;
	unsigned int i;

	for (n = 1; failed; n++) {
		struct ecmp_prefix p;
		struct world w;

		world_open(&w, bits, 80);
		w.from = from;
		w.to = to;
		CHECK(!ecmp_lpm_compile(w.lpm));
		for (i = 0; i < 75; i++)
			world_step(&w, &p, false);
		if (lasting)
			unit_fail_from(n);
		else
			unit_fail_nth(n);
		for (i = 0; i < 40; i++) {
			world_step(&w, &p, true);
			check_around(&w, &p);
			check_order(&w, &p);
		}
		if (!(n % 8))
			check_all(&w, 30);
		failed = unit_alloc_failed();
		if (lasting) {
			i = ecmp_lpm_compile(w.lpm);
			CHECK(!i || (unit_alloc_failed() && i == -ENOMEM));
			check_all(&w, 0);
			while (w.n > 20)
				world_remove(&w, &w.entry[unit_below(w.n)]);
			check_all(&w, 30);
		}
		unit_fail_nth(0);
		/* Any change repairs what it can. */
		world_step(&w, &p, false);
		check_all(&w, 10);
		CHECK(!ecmp_lpm_compile(w.lpm));
		check_all(&w, 10);
		while (w.n)
			world_remove(&w, w.entry);
		world_close(&w);
	}
	unit_diag("%lu places, %s", n - 1, lasting ? "lasting" : "once");
}

static void test_scarce_once(void)
{
	scarce_world(32, 4, 14, false);
	scarce_world(128, 10, 128, false);
}

static void test_scarce_lasting(void)
{
	scarce_world(32, 2, 12, true);
	scarce_world(128, 40, 70, true);
}

/*
 * A prefix shorter than the first step, some of whose slots have been built when
 * memory runs out: each has its old answers again.
 */
static void test_scarce_halfway(void)
{
	unsigned int tries, halfway = 0, i;
	struct ecmp_prefix p;
	struct world w;
	int err;
	u32 used;

	world_open(&w, 32, 2000);
	w.from = 1;
	w.to = 26;
	while (w.n < 1500) {
		p = random_prefix(&w);
		if (p.len > 13)
			world_insert(&w, &p, 1 + w.n);
	}
	CHECK(!ecmp_lpm_compile(w.lpm));
	w.to = 4;
	for (tries = 0; tries < 4000 && halfway < 4; tries++) {
		p = random_prefix(&w);
		if (p.len > 4 || world_find(&w, &p))
			continue;
		used = rcu_dereference_protected(w.lpm->trie, 1)->used;
		unit_fail_from(1);
		err = world_insert(&w, &p, 5000 + tries);
		unit_fail_nth(0);
		halfway += err && rcu_dereference_protected(w.lpm->trie,
							    1)->used > used;
		check_around(&w, &p);
		for (i = 0; i < 64; i++) {
			struct ecmp_addr a = p.addr;

			a.b[0] |= i >> p.len << 2;
			random_bits(&a, 6, 32);
			check_addr(&w, &a);
		}
		if (!err)
			world_remove(&w, world_find(&w, &p));
	}
	CHECK(halfway, "in %u tries", tries);
	unit_diag("%u of %u were undone halfway", halfway, tries);
	check_all(&w, 100);
	while (w.n)
		world_remove(&w, w.entry);
	world_close(&w);
}

static void test_scarce_alloc(void)
{
	struct ecmp_lpm *lpm;
	unsigned long n;

	for (n = 1; ; n++) {
		unit_fail_nth(n);
		lpm = ecmp_lpm_alloc(32);
		if (lpm)
			break;
		CHECK(unit_alloc_failed() == 1);
	}
	CHECK(n > 1);
	ecmp_lpm_free(lpm);
}

/* Slots of the first step that look-ups take the slow way for. */
static unsigned int slow_slots(struct ecmp_lpm *lpm)
{
	const struct ecmp_lpm_trie *trie =
		rcu_dereference_protected(lpm->trie, 1);
	unsigned int i, n = 0;

	for (i = 0; i < 1U << ecmp_lpm_trie_bits(trie); i++)
		n += trie->slot[i] & ECMP_LPM_LEAF &&
		     trie->value[trie->slot[i] & ~ECMP_LPM_LEAF] ==
		     ECMP_LPM_SLOW;
	return n;
}

/*
 * After a shortage the quick way comes back by itself: each change with memory
 * at hand repairs a slot, until none is slow.
 */
static void repair_world(unsigned int most)
{
	struct ecmp_prefix p;
	struct world w;
	unsigned int i;

	world_open(&w, 32, most);
	w.opaque = true;
	w.from = 8;
	w.to = 18;
	CHECK(!ecmp_lpm_compile(w.lpm));
	for (i = 0; i < 7 * most; i++)
		world_step(&w, &p, false);
	unit_fail_from(1);
	for (i = 0; i < most / 3; i++)
		world_remove(&w, &w.entry[unit_below(w.n)]);
	CHECK(unit_alloc_failed());
	unit_fail_nth(0);
	CHECK(slow_slots(w.lpm));
	for (i = 0; i < 64 && slow_slots(w.lpm); i++)
		world_remove(&w, &w.entry[unit_below(w.n)]);
	CHECK(!slow_slots(w.lpm), "%u are slow still", slow_slots(w.lpm));
	check_compact(&w);
	check_all(&w, 50);
	world_close(&w);
}

static void test_repair(void)
{
	repair_world(60);
	repair_world(600);
}

/* Built slice by slice, with changes in between. @nth: the first without memory. */
static void slices(unsigned int bits, unsigned long nth)
{
	const unsigned int max = 2000;
	struct ecmp_prefix p;
	unsigned int n = 0;
	struct world w;
	int more;

	world_open(&w, bits, max + 300);
	w.opaque = true;
	w.from = 6;
	w.to = bits;
	while (w.n < max) {
		p = random_prefix(&w);
		/* So many that the room for them is too small more than once. */
		world_insert(&w, &p, 1 + w.n);
	}
	for (;;) {
		if (nth && n + 1 == nth)
			unit_fail_from(1);
		more = ecmp_lpm_compile_slice(w.lpm);
		if (more <= 0)
			break;
		n++;
		world_step(&w, &p, nth);
		check_around(&w, &p);
	}
	if (nth) {
		/* Later ones may have all the room that they need. */
		CHECK(more == -ENOMEM || (nth > 1 && !more),
		      "%d after %u slices of %u bits", more, n, bits);
		unit_fail_nth(0);
		check_all(&w, 100);
		while ((more = ecmp_lpm_compile_slice(w.lpm)) > 0)
			n++;
	}
	CHECK(!more && !w.lpm->degraded, "%d", more);
	CHECK(n > 100, "%u slices", n);
	check_all(&w, 100);
	check_compact(&w);
	world_close(&w);
}

static void test_slices(void)
{
	unsigned int bits;

	for (bits = 32; bits <= 128; bits += 96) {
		slices(bits, 0);
		slices(bits, 1);
		slices(bits, 10);
	}
}

static int insert_new(struct ecmp_lpm *lpm, struct ecmp_addr a,
		      unsigned int len, u32 value)
{
	struct ecmp_lpm_node *node = malloc(sizeof(*node));
	int err;

	ecmp_addr_mask(&a, len);
	*node = (struct ecmp_lpm_node){
		.addr = a, .len = len, .value = value
	};
	err = ecmp_lpm_insert(lpm, node);
	if (err)
		free(node);
	return err;
}

static struct ecmp_addr addr_v6(u64 hi, u64 lo)
{
	return (struct ecmp_addr){
		.d = { cpu_to_be64(hi), cpu_to_be64(lo) }
	};
}

/* What a home router has: small. */
static void test_small_memory(void)
{
	struct ecmp_lpm *v4 = ecmp_lpm_alloc(32), *v6 = ecmp_lpm_alloc(128);
	static const u32 lan[] = { 0xc0a80100, 0xc0a80200, 0x0a000000 };
	unsigned int i, n = 0;
	long bytes;

	bytes = unit_live_bytes();
	CHECK(!ecmp_lpm_compile(v4) && !ecmp_lpm_compile(v6));
	insert_new(v4, ecmp_addr_v4(0), 0, 0x100);
	insert_new(v6, addr_v6(0, 0), 0, 0x100);
	for (i = 0; i < 3; i++) {
		insert_new(v4, ecmp_addr_v4(cpu_to_be32(lan[i])), 24,
			   (i + 2) << 8 | 24);
		insert_new(v6, addr_v6(0x20010db800010000 + i, 0), 64,
			   (i + 2) << 8 | 64);
	}
	insert_new(v4, ecmp_addr_v4(cpu_to_be32(0x2d000001)), 32, 0x720);
	insert_new(v6, addr_v6(0x20010db800010000, 1), 128, 0x780);
	unit_diag("five routes: IPv4 %zu bytes, IPv6 %zu",
		  ecmp_lpm_memory(v4), ecmp_lpm_memory(v6));
	CHECK(ecmp_lpm_memory(v4) < 1024, "%zu", ecmp_lpm_memory(v4));
	CHECK(ecmp_lpm_memory(v6) < 1800, "%zu", ecmp_lpm_memory(v6));
	ecmp_lpm_destroy(v4, node_free, &n);
	ecmp_lpm_destroy(v6, node_free, &n);
	rcu_barrier();
	CHECK(n == 10 && unit_live_bytes() <= bytes);
}

/* 4,096 tables of ten routes: 6 MB, and what is told is what is taken. */
static void test_many_tables(void)
{
	struct ecmp_lpm *lpm[64];
	size_t told = 0;
	long bytes;
	unsigned int i, j, n = 0;

	bytes = unit_live_bytes();
	for (i = 0; i < 64; i++) {
		lpm[i] = ecmp_lpm_alloc(32);
		for (j = 0; j < 10; j++)
			insert_new(lpm[i],
				   ecmp_addr_v4(cpu_to_be32(unit_rand())),
				   j ? 16 + unit_below(9) : 0, j + 1);
		CHECK(!ecmp_lpm_compile(lpm[i]));
		told += ecmp_lpm_memory(lpm[i]);
	}
	rcu_barrier();
	bytes = unit_live_bytes() - bytes;
	unit_diag("ten routes: %zu bytes", told / 64);
	/* With the nodes, 40 bytes each. */
	CHECK((told / 64 + 400) * 4096 < 6 << 20, "%zu", told / 64);
	/* Told in classes of the allocator. */
	CHECK(bytes <= told && bytes * 10 > told * 9,
	      "%ld taken, %zu told", bytes, told);
	for (i = 0; i < 64; i++)
		ecmp_lpm_destroy(lpm[i], node_free, &n);
}

/* A default route touches nothing; a deep one only its own way. */
static void test_update_work(void)
{
	struct ecmp_prefix p = {};
	unsigned long count;
	unsigned int i, max = 0;
	struct world w;

	world_open(&w, 32, 30000);
	for (i = 0; i < 20000; i++) {
		p = wide_prefix(unit_below((2U << WIDE) - 1));
		if (p.len > 8)
			world_insert(&w, &p, p.len);
	}
	CHECK(!ecmp_lpm_compile(w.lpm));
	p = (struct ecmp_prefix){};
	count = unit_alloc_count();
	CHECK(!world_insert(&w, &p, 77));
	CHECK(!world_set(&w, &w.entry[w.n - 1], 78));
	/* For the node, and now and then room for more of them. */
	CHECK(unit_alloc_count() - count <= 2);
	for (i = 0; i < 1000; i++) {
		struct entry *e = &w.entry[unit_below(w.n - 1)];

		if (e->prefix.len < 18)
			continue;
		count = unit_alloc_count();
		CHECK(!world_set(&w, e, e->value ^ 64));
		max = max_t(unsigned int, max, unit_alloc_count() - count);
	}
	CHECK(max <= 3, "%u allocations for one change", max);
	/* All that inherits from it, but no block below that does not. */
	p.len = 8;
	p.addr = w.entry[0].prefix.addr;
	ecmp_addr_mask(&p.addr, 8);
	count = unit_alloc_count();
	CHECK(!world_insert(&w, &p, 79));
	CHECK(unit_alloc_count() - count < 600, "%lu for a /8",
	      unit_alloc_count() - count);
	world_close(&w);
}

/*
 * A reader at work while tables change. For each address of the stage there
 * are two right answers.
 */
struct stage {
	struct ecmp_lpm *lpm;
	unsigned int bits;
	struct ecmp_addr addr[64];
	u32 may[64][2];
	bool stop;
	unsigned long reads, wrong, holes;
	u32 bad;
	u64 rand;
};

static void *reader(void *arg)
{
	struct stage *s = arg;
	u64 x = s->rand | 1;
	unsigned int i, n;
	u32 value;

	while (!__atomic_load_n(&s->stop, __ATOMIC_RELAXED)) {
		rcu_read_lock();
		for (n = 0; n < 200; n++) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			i = x >> 58;
			value = x & 64 ?
				ecmp_lpm_lookup(s->lpm, &s->addr[i]) :
				ecmp_lpm_lookup_shorter(s->lpm, &s->addr[i],
							s->bits + 1);
			s->reads++;
			if (value == s->may[i][0] || value == s->may[i][1])
				continue;
			s->wrong++;
			s->bad = value;
		}
		rcu_read_unlock();
	}
	return NULL;
}

struct flip {
	struct ecmp_lpm_node node;
	struct rcu_head rcu;
};

static struct flip *flip_insert(struct ecmp_lpm *lpm, struct ecmp_addr a,
				unsigned int len, u32 value)
{
	struct flip *f = kmalloc(sizeof(*f), GFP_KERNEL);

	ecmp_addr_mask(&a, len);
	f->node.addr = a;
	f->node.len = len;
	f->node.value = value;
	BUG_ON(ecmp_lpm_insert(lpm, &f->node));
	return f;
}

static void flip_remove(struct ecmp_lpm *lpm, struct flip *f)
{
	ecmp_lpm_remove(lpm, &f->node);
	kfree_rcu(f, rcu);
}

static void flip_release(struct ecmp_lpm_node *node, void *ctx)
{
	kfree(container_of(node, struct flip, node));
}

/*
 * Two ways to the stage, at two of these lengths, come and go, but never both
 * are away: so 1 or 2 is right, and 0 or what lies above is a hole.
 */
static void flip_world(unsigned int bits, unsigned int background,
		       bool compile, bool noise, unsigned int rounds)
{
	struct stage s = { .bits = bits, .rand = unit_rand() };
	struct flip *old, *new, *extra[16];
	struct ecmp_addr base = {};
	unsigned int i, len, round;
	pthread_t thread[2];
	u32 value = 1;

	random_bits(&base, 0, bits);
	s.lpm = ecmp_lpm_alloc(bits);
	for (i = 0; i < background; i++) {
		struct ecmp_addr a = base;
		struct ecmp_prefix p;

		/* All around, but never on the stage's own 20 bits. */
		random_bits(&a, unit_below(18), bits);
		a.b[unit_below(20) / 8] ^= 1 << unit_below(4);
		p = (struct ecmp_prefix){ a, 20 + unit_below(9) };
		ecmp_addr_mask(&p.addr, p.len);
		if (ecmp_prefix_match(&(struct ecmp_prefix){ base, 20 }, &a) ||
		    ecmp_lpm_find(s.lpm, &p))
			continue;
		flip_insert(s.lpm, p.addr, p.len, 100 + i);
	}
	if (compile)
		CHECK(!ecmp_lpm_compile(s.lpm));
	for (i = 0; i < 64; i++) {
		s.addr[i] = base;
		random_bits(&s.addr[i], 24, bits);
		s.may[i][0] = 1;
		s.may[i][1] = 2;
	}
	old = flip_insert(s.lpm, base, 12, value);
	for (i = 0; i < 2; i++)
		pthread_create(&thread[i], NULL, reader, &s);
	for (round = 0; round < rounds || !__atomic_load_n(&s.reads,
							    __ATOMIC_RELAXED);
	     round++) {
		do
			len = unit_below(25);
		while (len == old->node.len);
		value = 3 - value;
		new = flip_insert(s.lpm, base, len, value);
		/* Values and branches below, which change no answer. */
		for (i = 0; noise && i < ARRAY_SIZE(extra); i++)
			extra[i] = NULL;
		for (i = 0; noise && i < ARRAY_SIZE(extra); i++) {
			struct ecmp_addr a = base;
			struct ecmp_prefix p;

			random_bits(&a, 24, bits);
			p = (struct ecmp_prefix){ a, 25 + unit_below(bits - 24) };
			ecmp_addr_mask(&p.addr, p.len);
			if (!ecmp_lpm_find(s.lpm, &p))
				extra[i] = flip_insert(s.lpm, p.addr, p.len,
						       1 + unit_below(2));
		}
		ecmp_lpm_set(s.lpm, &old->node, 3 - old->node.value);
		for (i = 0; noise && i < ARRAY_SIZE(extra); i++)
			if (extra[i])
				flip_remove(s.lpm, extra[i]);
		flip_remove(s.lpm, old);
		if (compile && !(round % 256))
			CHECK(!ecmp_lpm_compile(s.lpm));
		if (!(round % 32))
			synchronize_rcu();
		old = new;
	}
	__atomic_store_n(&s.stop, true, __ATOMIC_RELAXED);
	for (i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
	unit_diag("%lu look-ups against %u rounds", s.reads, round);
	CHECK(!s.wrong, "%lu wrong, one is %x", s.wrong, s.bad);
	rcu_barrier();
	ecmp_lpm_destroy(s.lpm, flip_release, NULL);
}

static void test_readers_slow(void)
{
	flip_world(32, 20, false, false, 1500);
	flip_world(128, 20, false, true, 1500);
}

static void test_readers_small(void)
{
	flip_world(32, 10, true, false, 1500);
	flip_world(32, 10, true, true, 1500);
	flip_world(128, 10, true, true, 1500);
}

static void test_readers_large(void)
{
	flip_world(32, 30000, true, true, 200);
	flip_world(128, 3000, true, true, 300);
}

/* A dump reads on while nodes come and go: in order, no end missed. */
struct dump {
	struct ecmp_lpm *lpm;
	bool stop;
	unsigned long walks, disorder, lost;
	unsigned int fixed;
};

static void *dumper(void *arg)
{
	const struct ecmp_prefix zero = {};
	struct dump *d = arg;

	while (!__atomic_load_n(&d->stop, __ATOMIC_RELAXED)) {
		struct ecmp_prefix at, last;
		struct ecmp_lpm_node *node;
		unsigned int n = 0;

		rcu_read_lock();
		node = ecmp_lpm_find_from(d->lpm, &zero);
		while (node) {
			if (node->len == 30)
				n++;
			last = ecmp_lpm_prefix(node);
			node = ecmp_lpm_next(d->lpm, node);
			if (!node)
				break;
			at = ecmp_lpm_prefix(node);
			if (ecmp_prefix_cmp(&at, &last) <= 0)
				d->disorder++;
		}
		rcu_read_unlock();
		if (n != d->fixed)
			d->lost++;
		d->walks++;
	}
	return NULL;
}

static void test_dump_in_motion(void)
{
	struct dump d = { .lpm = ecmp_lpm_alloc(32) };
	struct flip *f[64] = {};
	pthread_t thread;
	unsigned int i, n;

	for (i = 0; i < 100; i++) {
		struct ecmp_prefix p = {
			ecmp_addr_v4(cpu_to_be32(unit_rand())), 30
		};

		ecmp_addr_mask(&p.addr, 30);
		if (ecmp_lpm_find(d.lpm, &p))
			continue;
		flip_insert(d.lpm, p.addr, 30, 1);
		d.fixed++;
	}
	pthread_create(&thread, NULL, dumper, &d);
	for (n = 0; n < 30000; n++) {
		i = unit_below(ARRAY_SIZE(f));
		if (f[i]) {
			flip_remove(d.lpm, f[i]);
			f[i] = NULL;
		} else {
			struct ecmp_prefix p = {
				ecmp_addr_v4(cpu_to_be32(unit_rand())),
				unit_below(30)
			};

			ecmp_addr_mask(&p.addr, p.len);
			if (!ecmp_lpm_find(d.lpm, &p))
				f[i] = flip_insert(d.lpm, p.addr, p.len, 2);
		}
		if (!(n % 64))
			synchronize_rcu();
	}
	while (!__atomic_load_n(&d.walks, __ATOMIC_RELAXED))
		sched_yield();
	__atomic_store_n(&d.stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	CHECK(!d.disorder && !d.lost, "%lu walks: %lu disordered, %lu short",
	      d.walks, d.disorder, d.lost);
	rcu_barrier();
	ecmp_lpm_destroy(d.lpm, flip_release, NULL);
}

static const struct unit_test tests[] = {
	UNIT_TEST(test_contract),
	UNIT_TEST(test_chain),
	UNIT_TEST(test_dense_v4),
	UNIT_TEST(test_dense_v6),
	UNIT_TEST(test_full_lengths),
	UNIT_TEST(test_growth),
	UNIT_TEST(test_bulk),
	UNIT_TEST(test_churn),
	UNIT_TEST(test_few_values),
	UNIT_TEST(test_many_values),
	UNIT_TEST(test_value_churn),
	UNIT_TEST(test_scarce_alloc),
	UNIT_TEST(test_scarce_halfway),
	UNIT_TEST(test_scarce_once),
	UNIT_TEST(test_scarce_lasting),
	UNIT_TEST(test_repair),
	UNIT_TEST(test_slices),
	UNIT_TEST(test_small_memory),
	UNIT_TEST(test_many_tables),
	UNIT_TEST(test_update_work),
	UNIT_TEST(test_readers_slow),
	UNIT_TEST(test_readers_small),
	UNIT_TEST(test_readers_large),
	UNIT_TEST(test_dump_in_motion),
};
UNIT_MAIN(tests)
