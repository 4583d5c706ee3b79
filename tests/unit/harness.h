/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A test program: functions that CHECK(), a table of them, one main().
 *
 *	static void test_empty(void)
 *	{
 *		CHECK(lookup(0) == 0, "got %u", lookup(0));
 *	}
 *
 *	static const struct unit_test tests[] = {
 *		UNIT_TEST(test_empty),
 *	};
 *	UNIT_MAIN(tests)
 *
 * Each test starts with random numbers that depend on the seed and on its own
 * name only, so that "SEED=... build/test_x test_empty" replays one of them.
 * After each test a grace period is waited for, and what was allocated in it
 * must be free again.
 */
#ifndef _UNIT_HARNESS_H
#define _UNIT_HARNESS_H

#include <kernel_shim.h>

struct unit_test {
	const char *name;
	void (*fn)(void);
};

#define UNIT_TEST(fn)	{ #fn, fn }
#define UNIT_MAIN(tests)						\
	int main(int argc, char **argv)					\
	{								\
		return unit_main(tests, ARRAY_SIZE(tests), argc, argv);	\
	}

int unit_main(const struct unit_test *test, size_t n, int argc, char **argv);
/* One of them; true if nothing failed. */
bool unit_run(const struct unit_test *test);

/* A failed check fails its test, which goes on. True if the check held. */
#define CHECK(cond, ...)						\
	(likely(cond) ||						\
	 unit_check(__FILE__, __LINE__, #cond, "" __VA_ARGS__))
/* A failed one ends the test's function. */
#define REQUIRE(cond, ...)						\
	do { if (!CHECK(cond, __VA_ARGS__)) return; } while (0)
bool unit_check(const char *file, int line, const char *what,
		const char *fmt, ...) __printf(4, 5);
void unit_diag(const char *fmt, ...) __printf(1, 2);

u64 unit_seed(void);
u64 unit_rand(void);
/* 0 to @n - 1. */
u32 unit_below(u32 n);

/*
 * Let the numbers by chance come from @bytes, first to last, until none are left
 * (unit_fed() says how many are); then from the seed again.
 */
void unit_feed(const void *bytes, size_t size);
size_t unit_fed(void);

/* Monotonic time in nanoseconds. */
u64 unit_now(void);

/*
 * Let the @n-th allocation from now fail (1: the next one), or all from it on;
 * 0 switches that off. unit_alloc_failed(): how many failed since.
 */
void unit_fail_nth(unsigned long n);
void unit_fail_from(unsigned long n);
unsigned long unit_alloc_failed(void);

/* Objects and bytes allocated now; allocations ever made. */
long unit_live_objects(void);
long unit_live_bytes(void);
/* Most bytes at once since the test began. */
long unit_peak_bytes(void);
unsigned long unit_alloc_count(void);
/* call_rcu() callbacks that wait for a grace period. */
unsigned long unit_rcu_pending(void);

#endif /* _UNIT_HARNESS_H */
