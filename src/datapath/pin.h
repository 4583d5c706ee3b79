/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ECMP_PIN_H
#define _ECMP_PIN_H

#include <net/netfilter/nf_conntrack.h>
#include <uapi/linux/ecmp.h>

#include "../lib/prefix.h"

struct ecmp_decision;
struct ecmp_flow;
struct ecmp_net;
struct ecmp_nexthop;
struct ecmp_policy;

/**
 * struct ecmp_pin_view - what a pin asks about a packet and its connection
 * @pin: as the connection remembers it; 0: not
 * @iif: ifindex of the ingress device
 * @confirmed: it is not the first packet
 * @opened: it goes the way in which the connection was opened, and no other
 *	one had announced that
 * @skb: the packet; NULL: a question
 * @ct: its connection; NULL: a question
 * @ctinfo: which way of that it goes
 * @source: of a question: the source that it leaves with
 * @translated: of a question: that is not the one that it has now
 */
struct ecmp_pin_view {
	u32				pin;
	int				iif;
	bool				confirmed;
	bool				opened;
	const struct sk_buff		*skb;
	const struct nf_conn		*ct;
	enum ip_conntrack_info		ctinfo;
	struct ecmp_addr		source;
	bool				translated;
};

/* @mask: not 0 */
static inline u32 ecmp_pin_of_mark(u32 mark, u32 mask)
{
	return (mark & mask) >> __ffs(mask);
}

/* The pin that a connection remembers; 0: none. @mask: not 0 */
static inline u32 ecmp_pin_read(const struct nf_conn *ct, u32 mask)
{
#if IS_ENABLED(CONFIG_NF_CONNTRACK_MARK)
	return ecmp_pin_of_mark(READ_ONCE(ct->mark), mask);
#else
	return 0;
#endif
}

#if IS_ENABLED(CONFIG_NF_CONNTRACK_MARK)
/* Others may write the rest of a mark meanwhile: nothing of theirs is lost. */
static inline void ecmp_pin_write(struct nf_conn *ct, u32 mask, u8 id)
{
	u32 pin = (u32)id << __ffs(mask) & mask;
	u32 old = READ_ONCE(ct->mark), was;

	for (; (old & mask) != pin; old = was) {
		was = cmpxchg(&ct->mark, old, (old & ~mask) | pin);
		if (was == old)
			return;
	}
}
#endif

#if IS_ENABLED(CONFIG_NF_CONNTRACK)
/* Does a connection's source leave as another one, in this direction? */
static inline bool ecmp_pin_translates(const struct nf_conn *ct,
				       enum ip_conntrack_dir dir)
{
	return !nf_inet_addr_cmp(&ct->tuplehash[!dir].tuple.dst.u3,
				 &ct->tuplehash[dir].tuple.src.u3);
}

/* As which one it leaves. */
static inline struct ecmp_addr ecmp_pin_source(const struct nf_conn *ct,
					       enum ip_conntrack_dir dir,
					       u8 family)
{
	const union nf_inet_addr *u = &ct->tuplehash[!dir].tuple.dst.u3;

	return family == AF_INET6 ? ecmp_addr_v6(&u->in6) :
				    ecmp_addr_v4(u->ip);
}
#endif

void ecmp_sweep_work(struct work_struct *work);
void ecmp_pin_new(const struct ecmp_net *en, const struct sk_buff *skb,
		  u8 family);
struct ecmp_nexthop *ecmp_pin_follow(struct ecmp_net *en,
				     const struct ecmp_policy *policy,
				     const struct sk_buff *skb,
				     const struct ecmp_flow *flow,
				     const struct ecmp_decision *d,
				     struct ecmp_nexthop *nh);
struct ecmp_nexthop *ecmp_pin_own(struct ecmp_net *en,
				  const struct ecmp_policy *policy,
				  const struct sk_buff *skb,
				  const struct ecmp_flow *flow,
				  const struct ecmp_decision *d,
				  struct ecmp_nexthop *nh);
struct ecmp_addr ecmp_pin_leaves_as(const struct sk_buff *skb, u8 family,
				    const struct ecmp_addr *src);
enum ecmp_pinned ecmp_pin_ask(struct ecmp_net *en,
			      const struct ecmp_policy *policy, u32 mark,
			      struct ecmp_pin_view *view, u8 family,
			      const struct ecmp_decision *d,
			      struct ecmp_nexthop **nh);
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
