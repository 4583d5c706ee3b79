// SPDX-License-Identifier: GPL-2.0
/*
 * The classifier: rules, then flows. Each flow meets the rules that it matches
 * one by one, in their order, as ecmp_match_flow() finds them.
 */
#define main classifier_main
#include "../unit/test_classifier.c"
#undef main
#include "fuzz.h"

#define RULES	160	/* beyond the array, and two groups */

static void draw_style(struct style *s)
{
	static const u32 values[] = { 1, 2, 3, 4, 16, 80, 1000, 100000 };

	if (unit_below(2)) {
		*s = styles[unit_below(ARRAY_SIZE(styles))];
		return;
	}
	s->name = "drawn";
	s->from = unit_below(17);
	s->to = unit_below(17);
	s->iif = unit_below(17);
	s->mark = unit_below(17);
	s->proto = unit_below(17);
	s->sport = unit_below(17);
	s->dport = unit_below(17);
	s->dscp = unit_below(17);
	s->family = unit_below(17);
	s->values = values[unit_below(ARRAY_SIZE(values))];
}

void fuzz_input(const void *bytes, size_t size)
{
	struct ecmp_classifier *c;
	struct ecmp_match *m;
	unsigned int n, i;
	struct style s;

	unit_feed(bytes, size);
	draw_style(&s);
	n = unit_below(unit_below(2) ? RULES : 40);
	m = random_rules(&s, n);
	if (unit_below(16) == 0)
		unit_fail_nth(1 + unit_below(12));
	c = ecmp_classifier_alloc(m, n);
	CHECK(c || unit_alloc_failed());
	unit_fail_nth(0);
	for (i = 0; c && (i < 8 || unit_fed()); i++) {
		struct ecmp_flow flow = random_flow(&s, m, n);

		compare(c, m, n, &flow, s.name);
	}
	ecmp_classifier_free(c);
	free(m);
}
