/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A program that libFuzzer drives: it has one function, fuzz_input(), which
 * does something with bytes, and CHECK()s what came of it. fuzz.c belongs to
 * each of them.
 *
 * Most include a unit test, for its oracle and for how it makes things up:
 * after unit_feed() what was chance there is a byte of the input here.
 */
#ifndef _FUZZ_H
#define _FUZZ_H

#include "harness.h"

void fuzz_input(const void *bytes, size_t size);

/*
 * Do something whose random numbers come from the seed, not from the input:
 * which places a check looks at is nothing that a mutation should change.
 */
#define FUZZ_ASIDE(bytes, size, what)					\
	do {								\
		size_t left = unit_fed();				\
									\
		unit_feed(NULL, 0);					\
		what;							\
		unit_feed((const char *)(bytes) + (size) - left, left);	\
	} while (0)

#endif /* _FUZZ_H */
