/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ECMP_LOCAL_H
#define _ECMP_LOCAL_H

#include <linux/hashtable.h>
#include <linux/spinlock.h>
#include <net/net_namespace.h>

#include "../lib/prefix.h"

#define ECMP_LOCAL_HASH_BITS	8

/**
 * struct ecmp_local - what the kernel's local table says, for packets
 * @hash: struct ecmp_local_entry by prefix; RCU
 * @lengths: bit n: some IPv4 prefix of length n is there
 * @lock: of the writers, in atomic context
 * @incomplete: it is being read, or @missing: ask the kernel
 * @missing: an entry could not be stored for want of memory
 */
struct ecmp_local {
	DECLARE_HASHTABLE(hash, ECMP_LOCAL_HASH_BITS);
	u64		lengths;
	u32		count[33];
	spinlock_t	lock;
	bool		incomplete;
	bool		missing;
};

void ecmp_local_init(struct ecmp_local *local);
void ecmp_local_set(struct ecmp_local *local, __be32 addr, u8 len, u8 type);
void ecmp_local_del(struct ecmp_local *local, __be32 addr, u8 len);
void ecmp_local_flush(struct ecmp_local *local);
u8 ecmp_local_type(const struct ecmp_local *local, struct net *net,
		   __be32 addr);

#endif /* _ECMP_LOCAL_H */
