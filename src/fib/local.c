// SPDX-License-Identifier: GPL-2.0
/*
 * The router's own and broadcast addresses, as the kernel's local table has
 * them, in a form that a packet can ask cheaply. Changed in the FIB notifier
 * itself: an address that came a moment ago must not be forwarded.
 */
#include <linux/inetdevice.h>
#include <linux/jhash.h>
#include <linux/slab.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/route.h>

#include "local.h"
#include "../lib/memory.h"

static bool ecmp_local_holds_host(const struct ecmp_local *local,
				  const struct ecmp_prefix *dst)
{
	return dst->len == (local->family == AF_INET6 ? 128 : 32);
}

static u32 ecmp_local_prefix_hash(const struct ecmp_prefix *dst)
{
	return hash_min(jhash2((__force const u32 *)dst->addr.w,
			       ARRAY_SIZE(dst->addr.w), dst->len),
			ECMP_LOCAL_PREFIX_BITS);
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
	hash_init(local->hosts);
	hash_init(local->prefixes);
	spin_lock_init(&local->lock);
}

static struct ecmp_local_entry *
ecmp_local_prefix(const struct ecmp_local *local,
		  const struct ecmp_prefix *dst)
{
	struct ecmp_local_entry *e;

	hlist_for_each_entry_rcu(e,
				 &local->prefixes[ecmp_local_prefix_hash(dst)],
				 hash, lockdep_is_held(&local->lock))
		if (ecmp_prefix_equal(&e->dst, dst))
			return e;
	return NULL;
}

static struct ecmp_local_entry *
ecmp_local_find(const struct ecmp_local *local, const struct ecmp_prefix *dst)
{
	return ecmp_local_holds_host(local, dst) ?
	       ecmp_local_host(local, local->family, dst->addr.d[0],
			       dst->addr.d[1]) :
	       ecmp_local_prefix(local, dst);
}

/*
 * Loopback and multicast as a whole: in every local table, and known to
 * whoever asks by the address alone. Not kept, so that packets look for
 * prefixes only where there are some of a person's.
 */
static bool ecmp_local_is_scope(const struct ecmp_local *local,
				const struct ecmp_prefix *dst)
{
	if (ecmp_local_holds_host(local, dst))
		return false;
	if (local->family == AF_INET6)
		return dst->len >= 8 && dst->addr.b[0] == 0xff;
	return (dst->len >= 8 && ipv4_is_loopback(dst->addr.w[0])) ||
	       (dst->len >= 4 && ipv4_is_multicast(dst->addr.w[0]));
}

static void ecmp_local_link(struct ecmp_local *local,
			    struct ecmp_local_entry *e)
{
	const struct ecmp_prefix *dst = &e->dst;

	if (ecmp_local_holds_host(local, dst)) {
		hlist_add_head_rcu(&e->hash,
				   &local->hosts[ecmp_local_host_hash(
					dst->addr.d[0], dst->addr.d[1])]);
		return;
	}
	hlist_add_head_rcu(&e->hash,
			   &local->prefixes[ecmp_local_prefix_hash(dst)]);
	if (!local->count[dst->len]++)
		set_bit(dst->len, local->lengths);
	WRITE_ONCE(local->n_prefixes, local->n_prefixes + 1);
}

static void ecmp_local_unlink(struct ecmp_local *local,
			      struct ecmp_local_entry *e)
{
	hlist_del_rcu(&e->hash);
	if (!ecmp_local_holds_host(local, &e->dst)) {
		WRITE_ONCE(local->n_prefixes, local->n_prefixes - 1);
		if (!--local->count[e->dst.len])
			clear_bit(e->dst.len, local->lengths);
	}
	kfree_rcu(e, rcu);
}

/**
 * ecmp_local_set - a prefix of the local table is there now
 * @local: of the namespace and family
 * @dst: prefix
 * @type: RTN_LOCAL, RTN_BROADCAST, RTN_ANYCAST, RTN_MULTICAST
 *
 * Without memory the kernel is asked for every packet until all is read again.
 *
 * Return: whether it is stored; else the caller sees to it that all is read.
 * Context: any, atomic too.
 */
bool ecmp_local_set(struct ecmp_local *local, const struct ecmp_prefix *dst,
		    u8 type)
{
	struct ecmp_local_entry *e;

	if (ecmp_local_is_scope(local, dst))
		return true;
	spin_lock_bh(&local->lock);
	e = ecmp_local_find(local, dst);
	if (e) {
		WRITE_ONCE(e->type, type);
		goto out;
	}
	e = kmalloc(sizeof(*e), ECMP_GFP_ATOMIC);
	if (!e) {
		WRITE_ONCE(local->missing, true);
		WRITE_ONCE(local->incomplete, true);
		goto out;
	}
	e->dst = *dst;
	e->type = type;
	ecmp_local_link(local, e);
out:
	spin_unlock_bh(&local->lock);
	return e;
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
	hash_for_each_safe(local->hosts, i, tmp, e, hash)
		ecmp_local_unlink(local, e);
	hash_for_each_safe(local->prefixes, i, tmp, e, hash)
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
	/* After the addresses: who sees it complete sees them. */
	smp_store_release(&local->incomplete, local->missing);
	spin_unlock_bh(&local->lock);
}

/* The longest prefix that holds an address which is no host of its own. */
static u8 ecmp_local_prefix_type(const struct ecmp_local *local,
				 const struct ecmp_addr *addr)
{
	unsigned int len = ECMP_LOCAL_LENGTHS;
	struct ecmp_local_entry *e;
	struct ecmp_prefix dst;

	dst.addr = *addr;
	for (;;) {
		/* From the longest; of none, the size that was asked for. */
		dst.len = find_last_bit(local->lengths, len);
		if (dst.len == len)
			return RTN_UNICAST;
		ecmp_addr_mask(&dst.addr, dst.len);
		e = ecmp_local_prefix(local, &dst);
		if (e)
			return READ_ONCE(e->type);
		len = dst.len;
	}
}

/**
 * ecmp_local_type - what an address is to this router
 * @local: of the namespace and family
 * @net: the namespace
 * @addr: neither loopback nor multicast: that is told by the address alone
 *
 * Return: RTN_LOCAL, RTN_BROADCAST, RTN_ANYCAST or what else the kernel's
 *	local table says, or RTN_UNICAST for none of these.
 * Context: RCU.
 */
u8 ecmp_local_type(const struct ecmp_local *local, struct net *net,
		   const struct ecmp_addr *addr)
{
	const u8 type = ecmp_local_quick(local, local->family, addr->d[0],
					 addr->d[1]);

	if (likely(type != RTN_UNSPEC))
		return type;
	if (READ_ONCE(local->incomplete))
		return ecmp_local_ask(local, net, addr);
	return ecmp_local_prefix_type(local, addr);
}
