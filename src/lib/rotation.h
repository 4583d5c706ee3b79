/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ECMP_ROTATION_H
#define _ECMP_ROTATION_H

#include "buckets.h"

unsigned int ecmp_rotation_size(const struct ecmp_bucket_path *path,
				unsigned int n_paths, unsigned int n_buckets);
size_t ecmp_rotation_scratch_size(unsigned int n_paths);
unsigned int ecmp_rotation_fill(const struct ecmp_bucket_path *path,
				unsigned int n_paths, const u8 *owner,
				unsigned int n_buckets, u8 *turn,
				void *scratch);

#endif /* _ECMP_ROTATION_H */
