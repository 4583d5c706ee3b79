/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ECMP_BUCKETS_H
#define _ECMP_BUCKETS_H

#include <linux/types.h>

#define ECMP_PATHS_MAX		256
#define ECMP_WEIGHT_MAX		256

/**
 * struct ecmp_bucket_path - one configured path of one distance
 * @id: identity that does not depend on order, boot or router; unique in a set
 * @weight: 1 to ECMP_WEIGHT_MAX
 * @live: whether it may own buckets now
 */
struct ecmp_bucket_path {
	u64	id;
	u16	weight;
	bool	live;
};

unsigned int ecmp_buckets_size(unsigned int n_paths);
size_t ecmp_buckets_scratch_size(unsigned int n_paths, unsigned int n_buckets);
void ecmp_buckets_deal(const struct ecmp_bucket_path *path,
		       unsigned int n_paths, u8 *owner, unsigned int n_buckets,
		       void *scratch);
void ecmp_buckets_adapt(const struct ecmp_bucket_path *path,
			unsigned int n_paths, const u8 *former,
			unsigned int n_former, const s16 *now, u8 *owner,
			unsigned int n_buckets, void *scratch);
unsigned int ecmp_buckets_fill(const struct ecmp_bucket_path *path,
			       unsigned int n_paths, const u8 *home, u8 *owner,
			       unsigned int n_buckets, void *scratch);

/* The bucket of hash @h among @n, @n a power of two. */
static inline unsigned int ecmp_bucket(u32 h, unsigned int n)
{
	return h & (n - 1);
}

#endif /* _ECMP_BUCKETS_H */
