// SPDX-License-Identifier: GPL-2.0
/*
 * Turns: of any weights and any of the paths alive, the shares are exact, and
 * each path has its turns evenly.
 */
#define main rotation_main
#include "../unit/test_rotation.c"
#undef main
#include "fuzz.h"

void fuzz_input(const void *bytes, size_t size)
{
	static struct set s;
	unsigned int i, most;

	unit_feed(bytes, size);
	make(&s, 1 + unit_below(unit_below(8) ? 12 : 40),
	     unit_below(2) ? 256 : 1 + unit_below(12));
	for (i = 0; i < s.n; i++)
		s.path[i].id = i;
	most = ecmp_rotation_size(s.path, s.n, s.buckets);
	check_all(&s);
	do {
		for (i = 0; i < s.n; i++)
			s.path[i].live = unit_below(3);
		check_all(&s);
		CHECK(s.size <= most, "%u of %u", s.size, most);
	} while (unit_fed());
}
