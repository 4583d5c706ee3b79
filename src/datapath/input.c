// SPDX-License-Identifier: GPL-2.0
/*
 * PRE_ROUTING: a routed packet that came in is decided, and given the route
 * of its path.
 */
#include <linux/netfilter.h>
#include <linux/netfilter_bridge.h>
#include <net/dst_metadata.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "balance.h"
#include "decide.h"
#include "flow.h"
#include "hook.h"
#include "left.h"
#include "pin.h"
#include "reject.h"
#include "source_check.h"
#include "../fib/dst.h"
#include "../netns.h"
#include "../trace.h"

/*
 * With bottom halves off: the counters are this CPU's.
 * @nh: the path taken, or NULL
 */
static __always_inline void ecmp_count(const struct ecmp_decision *d,
				       const struct ecmp_nexthop *nh,
				       unsigned int len)
{
	if (d->rule)
		ecmp_counter_add(d->rule->counter, len);
	if (d->table)
		ecmp_counter_add(d->table->counter, len);
	if (nh)
		ecmp_counter_add(nh->counter, len);
}

/* Or the packet's route is handed to others of its batch. */
static void ecmp_mark_owned(struct sk_buff *skb, u8 family)
{
	if (family == AF_INET6)
		IP6CB(skb)->flags |= IP6SKB_MULTIPATH;
	else
		IPCB(skb)->flags |= IPSKB_MULTIPATH;
}

/* Give a packet that is to be forwarded its route; checks its source first. */
static __always_inline unsigned int
ecmp_forward(struct ecmp_net *en, const struct ecmp_policy *policy,
	     struct sk_buff *skb, u8 family, const struct ecmp_flow *flow,
	     const struct ecmp_decision *d)
{
	struct ecmp_nexthop *nh = d->member->nexthop;
	const struct net_device *out;
	struct ecmp_dst_set *set;

	if (policy->more) {
		nh = likely(policy->more == ECMP_MORE_PIN) ?
		     ecmp_pin_follow(en, policy, skb, flow, d, nh) :
		     ecmp_balance_forwarded(en, policy, skb, flow, d);
		if (unlikely(!nh)) {
			trace_ecmp_decision(en, flow, d, NULL);
			return NF_DROP;
		}
	}
	/* The path died after its bucket was read: the next packet moves. */
	set = rcu_dereference(nh->dst);
	if (unlikely(!set)) {
		trace_ecmp_decision(en, flow, d, NULL);
		return NF_DROP;
	}
	out = ecmp_dst_pick(set)->dev;

	switch (family == AF_INET6 ?
		ecmp_source_check_v6(en, skb, flow, out) :
		ecmp_source_check_v4(en, policy, skb, flow, out)) {
	case ECMP_SOURCE_GOOD:
		break;
	case ECMP_SOURCE_NATIVE:
		return NF_ACCEPT;
	case ECMP_SOURCE_SPOOFED:
		__NET_INC_STATS(en->net, LINUX_MIB_IPRPFILTER);
		return NF_DROP_REASON(skb, SKB_DROP_REASON_IP_RPFILTER, 0);
	}

	if (unlikely(!ecmp_dst_lend(skb, set, family))) {
		ecmp_dst_learn(skb->dev, family, &flow->t.src);
		if (!ecmp_dst_lend(skb, set, family))
			return NF_ACCEPT;
	}
	ecmp_mark_owned(skb, family);
	/* IPv6's forwarder sees to redirects itself. */
	if (family == AF_INET && unlikely(out == skb->dev) &&
	    ecmp_redirect_v4(skb, out, nh->key.gateway.w[0]))
		IPCB(skb)->flags |= IPSKB_DOREDIRECT;
	ecmp_count(d, nh, skb->len);
	trace_ecmp_decision(en, flow, d, nh);
	return NF_ACCEPT;
}

static noinline enum ecmp_left
ecmp_left_vrf_skb(const struct ecmp_policy *policy, const struct sk_buff *skb,
		  u8 family)
{
	const struct ecmp_addr dst = ecmp_skb_dst_addr(skb, family);

	return ecmp_left_vrf(policy, family, &dst, skb->dev);
}

/* A routed packet that came in: decide, and do what was decided. */
static __always_inline unsigned int
ecmp_route(struct ecmp_net *en, const struct ecmp_policy *policy,
	   struct sk_buff *skb, u8 family)
{
	struct ecmp_decision d __uninitialized;
	struct ecmp_flow flow __uninitialized;

	if (!ecmp_forwarding_on(skb->dev, family) ||
	    (ecmp_in_vrf(skb->dev) && ecmp_left_vrf_skb(policy, skb, family)))
		return NF_ACCEPT;

	ecmp_flow_read(&flow, skb, family, skb->dev->ifindex, policy->inner);
	ecmp_decide(policy, &flow, &d);
	if (likely(d.verdict == ECMP_VERDICT_FORWARD))
		return ecmp_forward(en, policy, skb, family, &flow, &d);

	/* No answer to who cannot have asked: the kernel drops that itself. */
	if (d.verdict != ECMP_VERDICT_NATIVE &&
	    ecmp_source_is_martian(en, skb->dev, family, &flow.t.src))
		return ecmp_source_is_refused(en, skb, family, &flow.t.src) ?
		       NF_ACCEPT : NF_DROP;
	ecmp_count(&d, NULL, skb->len);
	trace_ecmp_decision(en, &flow, &d, NULL);
	if (d.verdict == ECMP_VERDICT_NATIVE)
		return NF_ACCEPT;
	return ecmp_reject(en, skb, family, d.verdict);
}

/* One copy for each family, for both of its hooks. */
static noinline unsigned int ecmp_route_v4(struct ecmp_net *en,
					   const struct ecmp_policy *policy,
					   struct sk_buff *skb)
{
	return ecmp_route(en, policy, skb, AF_INET);
}

static noinline unsigned int ecmp_route_v6(struct ecmp_net *en,
					   const struct ecmp_policy *policy,
					   struct sk_buff *skb)
{
	return ecmp_route(en, policy, skb, AF_INET6);
}

static noinline enum ecmp_left ecmp_left_skb(const struct ecmp_net *en,
					     const struct sk_buff *skb,
					     u8 family)
{
	const struct ecmp_addr dst = ecmp_skb_dst_addr(skb, family);

	return ecmp_left_dst(en, family, &dst);
}

/*
 * What may have to be left to the kernel for its destination, and is routed if
 * it is not.
 * @local: what ecmp_left_local() said of that
 */
static __always_inline unsigned int
ecmp_route_unless_left(struct ecmp_net *en, const struct ecmp_policy *policy,
		       struct sk_buff *skb, u8 family, u8 local)
{
	unsigned int verdict;
	enum ecmp_left left;
	bool process;

	if (unlikely(local == RTN_UNSPEC))
		left = ecmp_left_skb(en, skb, family);
	else if (family == AF_INET6)
		left = ecmp_left_scope_v6(&ipv6_hdr(skb)->daddr);
	else
		left = ecmp_left_scope_v4(ip_hdr(skb)->daddr);
	if (unlikely(left)) {
		if (left == ECMP_LEFT_OWN_ADDRESS)
			ecmp_pin_arrival(en, skb, family);
		return NF_ACCEPT;
	}
	/* Back from a program's nfqueue it comes without softirq. */
	process = unlikely(!softirq_count());
	if (process)
		local_bh_disable();
	verdict = family == AF_INET6 ? ecmp_route_v6(en, policy, skb) :
				       ecmp_route_v4(en, policy, skb);
	if (process)
		local_bh_enable();
	return verdict;
}

static __always_inline unsigned int ecmp_prerouting(struct ecmp_net *en,
						    struct sk_buff *skb,
						    u8 family)
{
	const u8 local = ecmp_left_local(en, family, skb);
	const struct ecmp_policy *policy;

	if (local != RTN_UNICAST && local != RTN_UNSPEC) {
		ecmp_pin_arrival(en, skb, family);
		return NF_ACCEPT;
	}
	policy = rcu_dereference(en->policy);
	if (!policy || skb->pkt_type != PACKET_HOST || skb_valid_dst(skb) ||
	    skb->sk || nf_bridge_in_prerouting(skb))
		return NF_ACCEPT;
	return ecmp_route_unless_left(en, policy, skb, family, local);
}

/**
 * ecmp_prerouting_v4 - the last hook of IPv4's PRE_ROUTING
 * @priv: struct ecmp_net
 * @skb: packet
 * @state: of netfilter
 *
 * Return: the hook's verdict.
 * Context: softirq, or process for what an nfqueue gives back; RCU.
 */
unsigned int ecmp_prerouting_v4(void *priv, struct sk_buff *skb,
				const struct nf_hook_state *state)
{
	return ecmp_prerouting(priv, skb, AF_INET);
}

/**
 * ecmp_prerouting_v6 - the last hook of IPv6's PRE_ROUTING
 * @priv: struct ecmp_net
 * @skb: packet
 * @state: of netfilter
 *
 * Return: the hook's verdict.
 * Context: softirq, or process for what an nfqueue gives back; RCU.
 */
unsigned int ecmp_prerouting_v6(void *priv, struct sk_buff *skb,
				const struct nf_hook_state *state)
{
	return ecmp_prerouting(priv, skb, AF_INET6);
}

/* Did a packet pass a bridge? Without br_netfilter none has it noted. */
static __always_inline bool ecmp_was_bridged(const struct sk_buff *skb)
{
#if IS_ENABLED(CONFIG_BRIDGE_NETFILTER)
	return nf_bridge_info_exists(skb);
#else
	return false;
#endif
}

/*
 * Did br_netfilter run the hooks for this packet inside a bridge, and will it
 * skip them now? Not for what came out of a tunnel's packet: that meets them
 * here like any other.
 */
static bool ecmp_bridge_delivered(const struct sk_buff *skb)
{
#if IS_ENABLED(CONFIG_BRIDGE_NETFILTER)
	const struct nf_bridge_info *nb = nf_bridge_info_get(skb);

	return nb && !nb->in_prerouting && !nb->sabotage_in_done &&
	       !netif_is_l3_master(skb->dev) && !netif_is_l3_slave(skb->dev);
#else
	return false;
#endif
}

static __always_inline unsigned int
ecmp_prerouting_bridged(struct ecmp_net *en, struct sk_buff *skb, u8 family)
{
	const struct ecmp_policy *policy;

	if (likely(!ecmp_was_bridged(skb)))
		return NF_ACCEPT;
	policy = rcu_dereference(en->policy);
	if (!policy || !ecmp_bridge_delivered(skb) || skb->pkt_type != PACKET_HOST ||
	    skb->sk)
		return NF_ACCEPT;
	return ecmp_route_unless_left(en, policy, skb, family, RTN_UNSPEC);
}

/**
 * ecmp_prerouting_bridged_v4 - the first hook of IPv4's PRE_ROUTING
 * @priv: struct ecmp_net
 * @skb: packet
 * @state: of netfilter
 *
 * With br_netfilter, a routed packet of a bridged LAN passed PRE_ROUTING
 * inside the bridge; at the IP layer br_netfilter skips all other hooks. This
 * one runs before it. A route that the packet has is the bridge's own, made
 * for DNAT.
 *
 * Return: the hook's verdict.
 * Context: softirq, or process for what an nfqueue gives back; RCU.
 */
unsigned int ecmp_prerouting_bridged_v4(void *priv, struct sk_buff *skb,
					const struct nf_hook_state *state)
{
	return ecmp_prerouting_bridged(priv, skb, AF_INET);
}

/**
 * ecmp_prerouting_bridged_v6 - the first hook of IPv6's PRE_ROUTING
 * @priv: struct ecmp_net
 * @skb: packet
 * @state: of netfilter
 *
 * As ecmp_prerouting_bridged_v4().
 *
 * Return: the hook's verdict.
 * Context: softirq, or process for what an nfqueue gives back; RCU.
 */
unsigned int ecmp_prerouting_bridged_v6(void *priv, struct sk_buff *skb,
					const struct nf_hook_state *state)
{
	return ecmp_prerouting_bridged(priv, skb, AF_INET6);
}
