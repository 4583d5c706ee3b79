/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ECMP_COUNTER_H
#define _ECMP_COUNTER_H

#include <linux/percpu.h>
#include <linux/u64_stats_sync.h>

#include "../lib/memory.h"

/**
 * struct ecmp_counter - packets and bytes, one of these per CPU
 *
 * Written by the CPU's own packets with bottom halves off.
 */
struct ecmp_counter {
	u64_stats_t		packets;
	u64_stats_t		bytes;
	struct u64_stats_sync	sync;
};

static inline void ecmp_counter_add(struct ecmp_counter __percpu *counter,
				    unsigned int len)
{
	struct ecmp_counter *c = this_cpu_ptr(counter);

	u64_stats_update_begin(&c->sync);
	u64_stats_inc(&c->packets);
	u64_stats_add(&c->bytes, len);
	u64_stats_update_end(&c->sync);
}

static inline void ecmp_counter_read(struct ecmp_counter __percpu *counter,
				     u64 *packets, u64 *bytes)
{
	unsigned int start;
	int cpu;

	*packets = 0;
	*bytes = 0;
	for_each_possible_cpu(cpu) {
		struct ecmp_counter *c = per_cpu_ptr(counter, cpu);
		u64 p, b;

		do {
			start = u64_stats_fetch_begin(&c->sync);
			p = u64_stats_read(&c->packets);
			b = u64_stats_read(&c->bytes);
		} while (u64_stats_fetch_retry(&c->sync, start));
		*packets += p;
		*bytes += b;
	}
}

/* Process context; freed with free_percpu(). */
static inline struct ecmp_counter __percpu *ecmp_counter_alloc(void)
{
	struct ecmp_counter __percpu *counter;
	int cpu;

	counter = alloc_percpu_gfp(struct ecmp_counter, ECMP_GFP);
	if (!counter)
		return NULL;
	for_each_possible_cpu(cpu)
		u64_stats_init(&per_cpu_ptr(counter, cpu)->sync);
	return counter;
}

#endif /* _ECMP_COUNTER_H */
