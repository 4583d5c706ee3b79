/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ECMP_LOCAL_H
#define _ECMP_LOCAL_H

#include <linux/bitmap.h>
#include <linux/hashtable.h>
#include <linux/spinlock.h>
#include <net/net_namespace.h>

#include "../lib/prefix.h"

#define ECMP_LOCAL_HASH_BITS	8
#define ECMP_LOCAL_LENGTHS	129

/**
 * struct ecmp_local - what the kernel's local table says, for packets
 * @hash: struct ecmp_local_entry by prefix; RCU
 * @lengths: bit n: some prefix of length n is there
 * @count: how many there are of each length
 * @lock: of the writers, in atomic context
 * @family: AF_INET or AF_INET6
 * @incomplete: it is being read, or @missing: ask the kernel
 * @missing: an entry could not be stored for want of memory
 */
struct ecmp_local {
	DECLARE_HASHTABLE(hash, ECMP_LOCAL_HASH_BITS);
	DECLARE_BITMAP(lengths, ECMP_LOCAL_LENGTHS);
	u32		count[ECMP_LOCAL_LENGTHS];
	spinlock_t	lock;
	u8		family;
	bool		incomplete;
	bool		missing;
};

void ecmp_local_init(struct ecmp_local *local, u8 family);
void ecmp_local_set(struct ecmp_local *local, const struct ecmp_prefix *dst,
		    u8 type);
void ecmp_local_del(struct ecmp_local *local, const struct ecmp_prefix *dst);
void ecmp_local_complete(struct ecmp_local *local);
void ecmp_local_flush(struct ecmp_local *local);
u8 ecmp_local_type(const struct ecmp_local *local, struct net *net,
		   const struct ecmp_addr *addr);

#endif /* _ECMP_LOCAL_H */
