/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ECMP_PIN_H
#define _ECMP_PIN_H

#include <net/netfilter/nf_conntrack.h>

struct ecmp_decision;
struct ecmp_flow;
struct ecmp_net;
struct ecmp_nexthop;
struct ecmp_policy;

void ecmp_pin_new(const struct ecmp_net *en, const struct sk_buff *skb,
		  u8 family);
struct ecmp_nexthop *ecmp_pin_follow(struct ecmp_net *en,
				     const struct ecmp_policy *policy,
				     const struct sk_buff *skb,
				     const struct ecmp_flow *flow,
				     const struct ecmp_decision *d);
struct ecmp_nexthop *ecmp_pin_of(const struct ecmp_net *en,
				 const struct ecmp_policy *policy,
				 const struct sk_buff *skb, u8 family);
bool ecmp_pin_is_answer(const struct sk_buff *skb, u8 family);

/*
 * A packet for the router itself came in: the first of a connection says by
 * which path.
 */
static __always_inline void ecmp_pin_arrival(const struct ecmp_net *en,
					     const struct sk_buff *skb,
					     u8 family)
{
#if IS_ENABLED(CONFIG_NF_CONNTRACK_MARK)
	enum ip_conntrack_info ctinfo;
	const struct nf_conn *ct = nf_ct_get(skb, &ctinfo);

	if (unlikely(ct && !nf_ct_is_confirmed(ct)))
		ecmp_pin_new(en, skb, family);
#endif
}

#endif /* _ECMP_PIN_H */
