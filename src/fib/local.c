// SPDX-License-Identifier: GPL-2.0
/*
 * The router's own and broadcast addresses, as the kernel's local table has
 * them, in a form that a packet can ask cheaply. Changed in the FIB notifier
 * itself: an address that came a moment ago must not be forwarded.
 */
#include <linux/inetdevice.h>
#include <linux/jhash.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include <net/route.h>

#include "local.h"

struct ecmp_local_entry {
	struct hlist_node	hash;
	struct rcu_head		rcu;
	__be32			addr;
	u8			len;
	u8			type;
};

static u32 ecmp_local_hash(__be32 addr, u8 len)
{
	return hash_min(jhash_2words((__force u32)addr, len, 0),
			ECMP_LOCAL_HASH_BITS);
}

/**
 * ecmp_local_init - start empty
 * @local: zeroed
 *
 * Context: any.
 */
void ecmp_local_init(struct ecmp_local *local)
{
	hash_init(local->hash);
	spin_lock_init(&local->lock);
}

static struct ecmp_local_entry *ecmp_local_find(const struct ecmp_local *local,
						__be32 addr, u8 len)
{
	struct ecmp_local_entry *e;

	hlist_for_each_entry_rcu(e, &local->hash[ecmp_local_hash(addr, len)],
				 hash, lockdep_is_held(&local->lock))
		if (e->addr == addr && e->len == len)
			return e;
	return NULL;
}

/**
 * ecmp_local_set - a prefix of the local table is there now
 * @local: of the namespace
 * @addr: network order, no host bits
 * @len: 0-32
 * @type: RTN_LOCAL, RTN_BROADCAST, RTN_ANYCAST
 *
 * Without memory the kernel is asked for every packet from then on.
 *
 * Context: any, atomic too.
 */
void ecmp_local_set(struct ecmp_local *local, __be32 addr, u8 len, u8 type)
{
	struct ecmp_local_entry *e;

	spin_lock_bh(&local->lock);
	e = ecmp_local_find(local, addr, len);
	if (e) {
		WRITE_ONCE(e->type, type);
		goto out;
	}
	e = kmalloc(sizeof(*e), GFP_ATOMIC);
	if (!e) {
		WRITE_ONCE(local->missing, true);
		WRITE_ONCE(local->incomplete, true);
		goto out;
	}
	e->addr = addr;
	e->len = len;
	e->type = type;
	hlist_add_head_rcu(&e->hash, &local->hash[ecmp_local_hash(addr, len)]);
	if (!local->count[len]++)
		WRITE_ONCE(local->lengths, local->lengths | BIT_ULL(len));
out:
	spin_unlock_bh(&local->lock);
}

static void ecmp_local_unlink(struct ecmp_local *local,
			      struct ecmp_local_entry *e)
{
	hlist_del_rcu(&e->hash);
	if (!--local->count[e->len])
		WRITE_ONCE(local->lengths, local->lengths & ~BIT_ULL(e->len));
	kfree_rcu(e, rcu);
}

/**
 * ecmp_local_del - a prefix left the local table
 * @local: of the namespace
 * @addr: network order
 * @len: 0-32
 *
 * Context: any, atomic too.
 */
void ecmp_local_del(struct ecmp_local *local, __be32 addr, u8 len)
{
	struct ecmp_local_entry *e;

	spin_lock_bh(&local->lock);
	e = ecmp_local_find(local, addr, len);
	if (e)
		ecmp_local_unlink(local, e);
	spin_unlock_bh(&local->lock);
}

/**
 * ecmp_local_flush - forget everything
 * @local: of the namespace
 *
 * Context: any; packets that ask meanwhile see @incomplete or nothing.
 */
void ecmp_local_flush(struct ecmp_local *local)
{
	struct ecmp_local_entry *e;
	struct hlist_node *tmp;
	int i;

	spin_lock_bh(&local->lock);
	hash_for_each_safe(local->hash, i, tmp, e, hash)
		ecmp_local_unlink(local, e);
	WRITE_ONCE(local->missing, false);
	spin_unlock_bh(&local->lock);
}

/**
 * ecmp_local_type - what an address is to this router
 * @local: of the namespace
 * @net: the namespace
 * @addr: destination of a packet
 *
 * Return: RTN_LOCAL, RTN_BROADCAST, RTN_ANYCAST, or RTN_UNICAST for none of
 *	these.
 * Context: RCU.
 */
u8 ecmp_local_type(const struct ecmp_local *local, struct net *net,
		   __be32 addr)
{
	struct ecmp_local_entry *e;
	u64 lengths;
	u8 len;

	/* Complete: then all that was stored before is seen. */
	if (unlikely(smp_load_acquire(&local->incomplete)))
		return inet_addr_type(net, addr);
	lengths = READ_ONCE(local->lengths);
	while (lengths) {
		len = fls64(lengths) - 1;
		lengths &= ~BIT_ULL(len);
		e = ecmp_local_find(local, addr & inet_make_mask(len), len);
		if (e)
			return READ_ONCE(e->type);
	}
	return RTN_UNICAST;
}
