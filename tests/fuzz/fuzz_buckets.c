// SPDX-License-Identifier: GPL-2.0
/*
 * The dealing of buckets: a set of paths that die, return, come, go and get
 * other weights, in the order of the input; after each step what the unit test
 * promises holds.
 */
#define main buckets_main
#include "../unit/test_buckets.c"
#undef main
#include "fuzz.h"

/* Ids are different: a router makes them so. */
static void set_apart(struct set *s)
{
	unsigned int i, k;

	for (i = 1; i < s->n; i++)
		for (k = 0; k < i; k++)
			if (s->path[i].id == s->path[k].id) {
				s->path[i].id += 2;
				k = -1;
			}
}

/* No bucket of a path that stays ever moves. */
static void step_life(struct set *s)
{
	static struct owners before, after;
	unsigned int i = unit_below(s->n), b;
	bool *live = &s->path[i].live;

	fill(s, &before);
	*live = !*live;
	fill(s, &after);
	if (!after.live || !before.live) {
		*live = true;
		return;
	}
	for (b = 0; b < s->buckets; b++)
		if (before.id[b] != after.id[b])
			CHECK((*live ? after.id[b] : before.id[b]) ==
			      s->path[i].id, "%u paths, bucket %u", s->n, b);
	CHECK(!count(s, &after, s->path[i].id) == !*live);
}

/* The order of the paths means nothing. */
static void step_order(struct set *s)
{
	static struct owners before, after;

	fill(s, &before);
	shuffle(s);
	fill(s, &after);
	CHECK(before.live == after.live && !moved(s, &before, &after));
}

static void all_live(struct set *s)
{
	unsigned int i;

	for (i = 0; i < s->n; i++)
		s->path[i].live = true;
}

/* From what all of them had: no more moves than must. */
static void step_change(struct set *s)
{
	static struct owners x, y, pure;
	unsigned int i, b;
	struct set t;

	all_live(s);
	fill(s, &x);
	t = *s;
	change_one(&t, unit_below(4));
	set_apart(&t);
	t.buckets = max(s->buckets, ecmp_buckets_size(t.n));
	adapt(s, &x, &t, &y);
	fill(&t, &pure);
	for (i = 0; i < t.n; i++)
		CHECK(count(&t, &y, t.path[i].id) ==
		      count(&t, &pure, t.path[i].id));
	for (b = s->buckets; b < t.buckets; b++)
		x.id[b] = x.id[ecmp_bucket(b, s->buckets)];
	s->buckets = t.buckets;
	CHECK(moved(&t, &x, &y) == least_moves(s, &t, &x, &y),
	      "%u paths, then %u", s->n, t.n);
	*s = t;
}

static void step(struct set *s)
{
	switch (unit_below(8)) {
	case 0:
		step_order(s);
		break;
	case 1:
		all_live(s);
		check_quotas(s);
		break;
	case 2:
		all_live(s);
		if (s->n > 1)
			one_death(s, unit_below(s->n));
		break;
	case 3:
	case 4:
		step_change(s);
		break;
	default:
		step_life(s);
	}
}

void fuzz_input(const void *bytes, size_t size)
{
	static const u16 most[] = { 1, 2, 20, 256 };
	struct set s;

	unit_feed(bytes, size);
	make(&s, 1 + unit_below(unit_below(8) ? 12 : 60),
	     most[unit_below(ARRAY_SIZE(most))]);
	set_apart(&s);
	do
		step(&s);
	while (unit_fed());
}
