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
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/route.h>

#include "local.h"

struct ecmp_local_entry {
	struct hlist_node	hash;
	struct rcu_head		rcu;
	struct ecmp_prefix	dst;
	u8			type;
};

static u32 ecmp_local_hash(const struct ecmp_prefix *dst)
{
	return hash_min(jhash2((__force const u32 *)dst->addr.w,
			       ARRAY_SIZE(dst->addr.w), dst->len),
			ECMP_LOCAL_HASH_BITS);
}

/**
 * ecmp_local_init - start empty
 * @local: zeroed
 * @family: AF_INET or AF_INET6
 *
 * Context: any.
 */
void ecmp_local_init(struct ecmp_local *local, u8 family)
{
	local->family = family;
	hash_init(local->hash);
	spin_lock_init(&local->lock);
}

static struct ecmp_local_entry *
ecmp_local_find(const struct ecmp_local *local, const struct ecmp_prefix *dst)
{
	struct ecmp_local_entry *e;

	hlist_for_each_entry_rcu(e, &local->hash[ecmp_local_hash(dst)], hash,
				 lockdep_is_held(&local->lock))
		if (ecmp_prefix_equal(&e->dst, dst))
			return e;
	return NULL;
}

/**
 * ecmp_local_set - a prefix of the local table is there now
 * @local: of the namespace and family
 * @dst: prefix
 * @type: RTN_LOCAL, RTN_BROADCAST, RTN_ANYCAST, RTN_MULTICAST
 *
 * Without memory the kernel is asked for every packet from then on.
 *
 * Context: any, atomic too.
 */
void ecmp_local_set(struct ecmp_local *local, const struct ecmp_prefix *dst,
		    u8 type)
{
	struct ecmp_local_entry *e;

	spin_lock_bh(&local->lock);
	e = ecmp_local_find(local, dst);
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
	e->dst = *dst;
	e->type = type;
	hlist_add_head_rcu(&e->hash, &local->hash[ecmp_local_hash(dst)]);
	if (!local->count[dst->len]++)
		set_bit(dst->len, local->lengths);
out:
	spin_unlock_bh(&local->lock);
}

static void ecmp_local_unlink(struct ecmp_local *local,
			      struct ecmp_local_entry *e)
{
	hlist_del_rcu(&e->hash);
	if (!--local->count[e->dst.len])
		clear_bit(e->dst.len, local->lengths);
	kfree_rcu(e, rcu);
}

/**
 * ecmp_local_del - a prefix left the local table
 * @local: of the namespace and family
 * @dst: prefix
 *
 * Context: any, atomic too.
 */
void ecmp_local_del(struct ecmp_local *local, const struct ecmp_prefix *dst)
{
	struct ecmp_local_entry *e;

	spin_lock_bh(&local->lock);
	e = ecmp_local_find(local, dst);
	if (e)
		ecmp_local_unlink(local, e);
	spin_unlock_bh(&local->lock);
}

/**
 * ecmp_local_flush - forget everything
 * @local: of the namespace and family
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

static u8 ecmp_local_ask(const struct ecmp_local *local, struct net *net,
			 const struct ecmp_addr *addr)
{
	struct rt6_info *rt;
	u8 type = RTN_UNICAST;

	if (local->family == AF_INET)
		return inet_addr_type(net, addr->w[0]);
	if (!ipv6_mod_enabled())
		return type;
	rt = rt6_lookup(net, (const struct in6_addr *)addr->b, NULL, 0, NULL,
			0);
	if (!rt)
		return type;
	if (rt->rt6i_flags & RTF_ANYCAST)
		type = RTN_ANYCAST;
	else if (rt->rt6i_flags & RTF_LOCAL)
		type = RTN_LOCAL;
	ip6_rt_put(rt);
	return type;
}

/**
 * ecmp_local_complete - all has been read, unless something was missed
 * @local: of the namespace and family
 *
 * Context: any.
 */
void ecmp_local_complete(struct ecmp_local *local)
{
	spin_lock_bh(&local->lock);
	smp_store_release(&local->incomplete, local->missing);
	spin_unlock_bh(&local->lock);
}

/**
 * ecmp_local_type - what an address is to this router
 * @local: of the namespace and family
 * @net: the namespace
 * @addr: destination of a packet
 *
 * Return: RTN_LOCAL, RTN_BROADCAST, RTN_ANYCAST, RTN_MULTICAST, or
 *	RTN_UNICAST for none of these.
 * Context: RCU.
 */
u8 ecmp_local_type(const struct ecmp_local *local, struct net *net,
		   const struct ecmp_addr *addr)
{
	unsigned int len = ECMP_LOCAL_LENGTHS;
	struct ecmp_local_entry *e;
	struct ecmp_prefix dst;

	/* Complete: then all that was stored before is seen. */
	if (unlikely(smp_load_acquire(&local->incomplete)))
		return ecmp_local_ask(local, net, addr);
	dst.addr = *addr;
	for (;;) {
		/* From the longest; of none, the size that was asked for. */
		dst.len = find_last_bit(local->lengths, len);
		if (dst.len == len)
			return RTN_UNICAST;
		ecmp_addr_mask(&dst.addr, dst.len);
		e = ecmp_local_find(local, &dst);
		if (e)
			return READ_ONCE(e->type);
		len = dst.len;
	}
}
