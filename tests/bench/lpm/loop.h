/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Loops around a look-up. In a header, so that the look-up is compiled into
 * them as far as its owner lets it.
 */
#ifndef _BENCH_LOOP_H
#define _BENCH_LOOP_H

#include <x86intrin.h>
#include "lpm.h"

static inline uint64_t ticks(void)
{
	uint64_t t;

	_mm_lfence();
	t = __rdtsc();
	_mm_lfence();
	return t;
}

/* @lookup(s, a): the value for the address at @a, 0 without a route. */
#define DEFINE_LOOPS(name, type, lookup)				\
static struct answers name##_free(const void *s, const void *addr,	\
				  uint32_t n)				\
{									\
	const type *a = addr;						\
	struct answers all = {};					\
	uint32_t i;							\
									\
	for (i = 0; i < n; i++)						\
		all.sum += lookup(s, &a[i]);				\
	return all;							\
}									\
									\
static struct answers name##_dependent(const void *s, const void *addr,	\
				       uint32_t n)			\
{									\
	const type *a = addr;						\
	struct answers all = {};					\
	uint32_t i, value, at = 0;					\
									\
	for (i = 0; i < n; i++) {					\
		value = lookup(s, &a[at]);				\
		all.sum += value;					\
		/* By one, but the processor does not know. */		\
		at += 1 + (value >> VALUE_BITS);			\
	}								\
	return all;							\
}									\
DEFINE_POLLUTED(name, type, lookup)

#define DEFINE_POLLUTED(name, type, lookup)				\
static struct answers name##_polluted(const void *s, const void *addr,	\
				      uint32_t n)			\
{									\
	const type *a = addr;						\
	struct answers all = {};					\
	uint64_t start;							\
	uint32_t i;							\
	type one;							\
									\
	for (i = 0; i < n; i++) {					\
		pollute();						\
		/* The packet's header has been read by then. */	\
		one = a[i];						\
		__asm__ volatile("" : "+m" (one));			\
		start = ticks();					\
		all.sum += lookup(s, &one);				\
		all.ticks += ticks() - start;				\
	}								\
	return all;							\
}

/* @lookup(s, a, n, value): up to BULK addresses. */
#define DEFINE_BULK(name, type, value_type, lookup)			\
static struct answers name##_bulk(const void *s, const void *addr,	\
				  uint32_t n)				\
{									\
	value_type value[BULK];						\
	const type *a = addr;						\
	struct answers all = {};					\
	uint32_t i, k;							\
									\
	for (i = 0; i + BULK <= n; i += BULK) {				\
		lookup(s, &a[i], value);				\
		for (k = 0; k < BULK; k++)				\
			all.sum += value[k];				\
	}								\
	return all;							\
}

#endif /* _BENCH_LOOP_H */
