/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ECMP_DST_H
#define _ECMP_DST_H

#include <linux/skbuff.h>
#include <linux/smp.h>
#include <net/dst.h>
#include <net/ip6_fib.h>
#include <net/route.h>

#include "../lib/prefix.h"

struct ecmp_nexthop;

/**
 * struct ecmp_dst_set - the dsts of one next hop
 * @rcu: packets may still hold it
 * @armed: the kernel's forwarder is in every @dst
 * @family: of the packets
 * @mask: number of dsts - 1; 0: one for all CPUs
 * @dst: per CPU where the device keeps dsts on queued packets, whose
 *	reference count would else be a cache line that all CPUs write
 */
struct ecmp_dst_set {
	struct rcu_head		rcu;
	bool			armed;
	u8			family;
	u32			mask;
	struct dst_entry	*dst[];
};

/* This CPU's dst of @set; RCU and no migration, as in softirq. */
static inline struct dst_entry *ecmp_dst_pick(const struct ecmp_dst_set *set)
{
	return set->dst[raw_smp_processor_id() & set->mask];
}

int ecmp_dst_init(void);
struct ecmp_dst_set *ecmp_dst_set_alloc(const struct ecmp_nexthop *nh);
void ecmp_dst_set_free(struct ecmp_dst_set *set);
void ecmp_dst_set_retire(struct ecmp_dst_set *set);
void ecmp_dst_set_retire_now(struct ecmp_dst_set *set);
bool ecmp_dst_arm(struct ecmp_dst_set *set);
void ecmp_dst_renew(struct dst_entry *dst, u8 family);
bool ecmp_dst_give(struct sk_buff *skb, const struct ecmp_dst_set *set);
bool ecmp_dst_learn(struct net_device *dev, u8 family,
		    const struct ecmp_addr *addr);
bool ecmp_dst_ready(u8 family);

/* Would flowtables and xfrm bundles find @dst stale? RCU. */
static __always_inline bool ecmp_dst_is_stale(const struct dst_entry *dst,
					      u8 family)
{
	struct net *net = dev_net(dst->dev);

	if (family == AF_INET6)
		return READ_ONCE(((const struct rt6_info *)dst)->sernum) !=
		       rt_genid_ipv6(net);
	return READ_ONCE(((const struct rtable *)dst)->rt_genid) !=
	       rt_genid_ipv4(net);
}

/**
 * ecmp_dst_lend - lend a packet the dst of its next hop
 * @skb: packet that is to be forwarded, of the next hop's family; a dst that it
 *	has is dropped
 * @set: of the next hop
 * @family: AF_INET or AF_INET6
 *
 * Return: false when the kernel's forwarder is not known yet; nothing
 *	changed then.
 * Context: softirq or BH off; RCU until the packet has left.
 */
static __always_inline bool ecmp_dst_lend(struct sk_buff *skb,
					  struct ecmp_dst_set *set, u8 family)
{
	struct dst_entry *dst = ecmp_dst_pick(set);

	/* Before all that arming wrote. */
	if (unlikely(!smp_load_acquire(&set->armed)) && !ecmp_dst_arm(set))
		return false;
	if (unlikely(ecmp_dst_is_stale(dst, family)))
		ecmp_dst_renew(dst, family);
	skb_dst_drop(skb);
	skb_dst_set_noref(skb, dst);
	return true;
}

#endif /* _ECMP_DST_H */
