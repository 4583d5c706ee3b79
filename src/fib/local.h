/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ECMP_LOCAL_H
#define _ECMP_LOCAL_H

#include <linux/bitmap.h>
#include <linux/hash.h>
#include <linux/hashtable.h>
#include <linux/rculist.h>
#include <linux/rtnetlink.h>
#include <linux/spinlock.h>
#include <net/net_namespace.h>

#include "../lib/prefix.h"

#define ECMP_LOCAL_HOST_BITS	8
#define ECMP_LOCAL_PREFIX_BITS	4
#define ECMP_LOCAL_LENGTHS	128

/**
 * struct ecmp_local_entry - a prefix of the kernel's local table
 * @hash: in ecmp_local.hosts or .prefixes
 * @dst: the prefix
 * @type: RTN_*
 * @rcu: packets may still read it
 */
struct ecmp_local_entry {
	struct hlist_node	hash;
	struct ecmp_prefix	dst;
	u8			type;
	struct rcu_head		rcu;
};

/**
 * struct ecmp_local - what the kernel's local table says, for packets
 * @incomplete: it is being read, or @missing: ask the kernel
 * @n_prefixes: how many there are in @prefixes
 * @hosts: those of full length, which nearly all are, by address; RCU
 * @prefixes: the others (AnyIP), by prefix; RCU
 * @lengths: bit n: some prefix of length n is in @prefixes
 * @count: how many there are of each length
 * @lock: of the writers, in atomic context
 * @family: AF_INET or AF_INET6
 * @missing: an entry could not be stored for want of memory
 */
struct ecmp_local {
	bool		incomplete;
	u32		n_prefixes;
	DECLARE_HASHTABLE(hosts, ECMP_LOCAL_HOST_BITS);
	DECLARE_HASHTABLE(prefixes, ECMP_LOCAL_PREFIX_BITS);
	DECLARE_BITMAP(lengths, ECMP_LOCAL_LENGTHS);
	u32		count[ECMP_LOCAL_LENGTHS];
	spinlock_t	lock;
	u8		family;
	bool		missing;
};

static inline u32 ecmp_local_host_hash(__be64 high, __be64 low)
{
	return hash_64((__force u64)(high ^ low), ECMP_LOCAL_HOST_BITS);
}

/*
 * The entry of the host whose address is @high and @low, or NULL. RCU or the
 * lock. Every packet comes by here: the address in registers, and for IPv4 a
 * constant 0 and AF_INET.
 */
static __always_inline struct ecmp_local_entry *
ecmp_local_host(const struct ecmp_local *local, u8 family, __be64 high,
		__be64 low)
{
	struct ecmp_local_entry *e;

	hlist_for_each_entry_rcu(e,
				 &local->hosts[ecmp_local_host_hash(high, low)],
				 hash, lockdep_is_held(&local->lock))
		if (e->dst.addr.d[0] == high &&
		    (family == AF_INET || e->dst.addr.d[1] == low))
			return e;
	return NULL;
}

/**
 * ecmp_local_quick - what an address is to this router, if that is soon said
 * @local: of the namespace and family
 * @family: AF_INET or AF_INET6
 * @high: the first half of the address
 * @low: the second half; IPv4: 0
 *
 * Return: as ecmp_local_type(), or RTN_UNSPEC: that one has to be asked.
 * Context: RCU.
 */
static __always_inline u8 ecmp_local_quick(const struct ecmp_local *local,
					   u8 family, __be64 high, __be64 low)
{
	const struct ecmp_local_entry *e;

	/* Complete: then all that was stored before is seen. */
	if (unlikely(smp_load_acquire(&local->incomplete)))
		return RTN_UNSPEC;
	e = ecmp_local_host(local, family, high, low);
	if (e)
		return READ_ONCE(e->type);
	return likely(!READ_ONCE(local->n_prefixes)) ? RTN_UNICAST : RTN_UNSPEC;
}

void ecmp_local_init(struct ecmp_local *local, u8 family);
bool ecmp_local_set(struct ecmp_local *local, const struct ecmp_prefix *dst,
		    u8 type);
void ecmp_local_del(struct ecmp_local *local, const struct ecmp_prefix *dst);
void ecmp_local_complete(struct ecmp_local *local);
void ecmp_local_flush(struct ecmp_local *local);
u8 ecmp_local_type(const struct ecmp_local *local, struct net *net,
		   const struct ecmp_addr *addr);

#endif /* _ECMP_LOCAL_H */
