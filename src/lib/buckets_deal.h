/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ECMP_BUCKETS_DEAL_H
#define _ECMP_BUCKETS_DEAL_H

/* What buckets*.c share, and nobody else uses. */

#include <linux/types.h>
#include "buckets.h"

#define ECMP_BUCKETS_MIN	256
#define ECMP_BUCKETS_MAX	4096

/*
 * A path while buckets are dealt; an array of these is in the order of their
 * keys, which makes the result independent of the caller's order.
 */
struct ecmp_dealt {
	u64 key;	/* what is hashed with the bucket */
	u64 inverse;	/* 2^32 / weight */
	u32 weight;
	u32 quota;	/* of step 1 */
	u32 have;	/* dealt up to now */
	u32 room;	/* not yet taken in this step */
	u32 first;	/* in the array of held buckets */
	u8 index;	/* in the caller's array */
	bool live;
};

/* A bucket that a path has for now, in step 1. */
struct ecmp_held {
	u64 cost;
	u32 bucket;
};

/* All paths of one table. */
struct ecmp_deal {
	struct ecmp_dealt *path;
	struct ecmp_held *held;	/* quota of these for each path */
	u8 *home;	/* of each bucket: after step 1 */
	u8 *first;	/* after step 2, where the former is dead */
	unsigned int n;
	unsigned int n_buckets;
	u32 weight;	/* the sum */
};

struct ecmp_deal ecmp_deal_in(void *scratch, unsigned int n_paths,
			      unsigned int n_buckets);
unsigned int ecmp_deal_init(struct ecmp_deal *d,
			    const struct ecmp_bucket_path *path);
u64 ecmp_deal_cost(const struct ecmp_dealt *p, unsigned int b, u64 best);
unsigned int ecmp_deal_prefer(const struct ecmp_deal *d, unsigned int b,
			      bool live);
void ecmp_deal_count(struct ecmp_deal *d, unsigned int x, unsigned int y,
		     u32 weight, unsigned int count);

#endif /* _ECMP_BUCKETS_DEAL_H */
