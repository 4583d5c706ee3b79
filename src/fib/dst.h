/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ECMP_DST_H
#define _ECMP_DST_H

#include <linux/skbuff.h>
#include <linux/smp.h>
#include <net/dst.h>

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

struct ecmp_dst_set *ecmp_dst_set_alloc(const struct ecmp_nexthop *nh);
void ecmp_dst_set_retire(struct ecmp_dst_set *set);
void ecmp_dst_set_retire_now(struct ecmp_dst_set *set);
bool ecmp_dst_lend(struct sk_buff *skb, struct ecmp_dst_set *set, bool hold);
bool ecmp_dst_learn(struct net_device *dev, u8 family,
		    const struct ecmp_addr *addr);
bool ecmp_dst_ready(u8 family);

#endif /* _ECMP_DST_H */
