/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _UNIT_LINUX_SEQLOCK_H
#define _UNIT_LINUX_SEQLOCK_H

#include <kernel_shim.h>
#include <sched.h>

typedef struct seqcount {
	unsigned int sequence;
} seqcount_t;

#define seqcount_init(s)	((void)((s)->sequence = 0))

static inline unsigned int raw_seqcount_begin(const seqcount_t *s)
{
	return __atomic_load_n(&s->sequence, __ATOMIC_ACQUIRE) & ~1u;
}

static inline unsigned int read_seqcount_begin(const seqcount_t *s)
{
	unsigned int seq;

	while ((seq = __atomic_load_n(&s->sequence, __ATOMIC_ACQUIRE)) & 1)
		sched_yield();
	return seq;
}

static inline int read_seqcount_retry(const seqcount_t *s, unsigned int start)
{
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return __atomic_load_n(&s->sequence, __ATOMIC_RELAXED) != start;
}

static inline void write_seqcount_begin(seqcount_t *s)
{
	__atomic_store_n(&s->sequence, s->sequence + 1, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_RELEASE);
}

static inline void write_seqcount_end(seqcount_t *s)
{
	__atomic_store_n(&s->sequence, s->sequence + 1, __ATOMIC_RELEASE);
}

#endif /* _UNIT_LINUX_SEQLOCK_H */
