/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ECMP_FLOW_HASH_H
#define _ECMP_FLOW_HASH_H

#include "flow.h"

/* What of a flow chooses its path. Values are those of the netlink contract. */
enum ecmp_hash_policy {
	ECMP_HASH_L3,
	ECMP_HASH_L4,
	ECMP_HASH_L3_INNER,
	ECMP_HASH_SRC,
};

/**
 * struct ecmp_hash_seed - the key of a namespace's flow hash
 * @k: 128 bits, in the host's order
 */
struct ecmp_hash_seed {
	u64 k[2];
};

u32 ecmp_flow_hash(const struct ecmp_hash_seed *seed,
		   enum ecmp_hash_policy policy, const struct ecmp_flow *flow);
struct ecmp_hash_seed ecmp_hash_seed_from(u64 number);
u64 ecmp_hash_bytes(const void *data, size_t len);

#endif /* _ECMP_FLOW_HASH_H */
