// SPDX-License-Identifier: GPL-2.0
/*
 * The longest-prefix match: a sequence of insertions, changes and removals,
 * some of them without memory. After each the answers around it are those of
 * the array that the unit test searches from end to end.
 */
#define main lpm_main
#include "../unit/test_lpm.c"
#undef main
#include "fuzz.h"

#define PREFIXES	48

/* Near the base, from a byte or two. */
static struct ecmp_prefix draw_prefix(const struct world *w)
{
	struct ecmp_prefix p = { .addr = w->base };
	unsigned int i;

	for (i = unit_below(4); i; i--)
		p.addr.b[unit_below(w->bits / 8)] = unit_below(256);
	p.len = unit_below(w->bits + 1);
	ecmp_addr_mask(&p.addr, p.len);
	return p;
}

/* May the change fail? Let one of the next few allocations. */
static bool draw_scarcity(void)
{
	bool scarce = unit_below(8) == 0;

	if (scarce)
		unit_fail_nth(1 + unit_below(6));
	return scarce;
}

static void step_new(struct world *w, struct ecmp_prefix *p)
{
	u32 value = random_value(w, p);
	bool scarce = draw_scarcity();
	int err = world_insert(w, p, value);

	unit_fail_nth(0);
	CHECK(!err || (scarce && err == -ENOMEM), "%d", err);
}

static void step_old(struct world *w, struct entry *e)
{
	u32 value = random_value(w, &e->prefix);
	bool scarce;
	int err;

	switch (unit_below(4)) {
	case 0:
		scarce = draw_scarcity();
		err = world_set(w, e, value);
		unit_fail_nth(0);
		CHECK(!err || (scarce && value && err == -ENOMEM), "%d", err);
		break;
	case 1:
		draw_scarcity();
		world_set_must(w, e, value);
		unit_fail_nth(0);
		break;
	case 2:
		err = world_insert(w, &e->prefix, value);
		CHECK(err == -EEXIST, "%d", err);
		break;
	default:
		draw_scarcity();
		world_remove(w, e);
		unit_fail_nth(0);
	}
}

static void step(struct world *w, struct ecmp_prefix *p)
{
	struct entry *e;

	*p = draw_prefix(w);
	e = world_find(w, p);
	if (!e && w->n && (w->n == w->max || unit_below(3) == 0)) {
		e = &w->entry[unit_below(w->n)];
		*p = e->prefix;
	}
	if (e)
		step_old(w, e);
	else
		step_new(w, p);
}

void fuzz_input(const void *bytes, size_t size)
{
	struct ecmp_prefix p;
	unsigned int i, bits;
	struct world w;

	unit_feed(bytes, size);
	bits = unit_below(2) ? 32 : 128;
	world_open(&w, bits, PREFIXES);
	w.opaque = unit_below(2);
	for (i = 0; i < bits / 8; i += 4)
		w.base.b[i] = unit_below(256);
	if (unit_below(2))
		CHECK(!ecmp_lpm_compile(w.lpm));
	while (unit_fed()) {
		step(&w, &p);
		FUZZ_ASIDE(bytes, size, check_around(&w, &p));
		FUZZ_ASIDE(bytes, size, check_order(&w, &p));
	}
	check_all(&w, 8);
	CHECK(!ecmp_lpm_compile(w.lpm));
	check_all(&w, 8);
	world_close(&w);
}
