// SPDX-License-Identifier: GPL-2.0
/*
 * Where packets meet us: at the very end of PRE_ROUTING and LOCAL_OUT, after
 * conntrack, marks and DNAT, before the kernel's own routing, which leaves a
 * packet alone that has a route already. And who is left to the kernel.
 */
#include <linux/inetdevice.h>
#include <linux/netfilter.h>
#include <linux/netfilter_bridge.h>
#include <linux/netfilter_ipv4.h>
#include <linux/slab.h>
#include <net/dst_metadata.h>
#include <net/ip.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/route.h>
#include <net/xfrm.h>

#include "decide.h"
#include "flow.h"
#include "hook.h"
#include "reject.h"
#include "source_check.h"
#include "../fib/dst.h"
#include "../fib/resolve.h"
#include "../netns.h"

static enum ecmp_left ecmp_left_alone_dst_v4(struct ecmp_net *en,
					     __be32 daddr)
{
	if (ipv4_is_multicast(daddr))
		return ECMP_LEFT_MULTICAST;
	if (ipv4_is_lbcast(daddr))
		return ECMP_LEFT_BROADCAST;
	if (ipv4_is_zeronet(daddr))
		return ECMP_LEFT_UNSPECIFIED;
	if (ipv4_is_loopback(daddr))
		return ECMP_LEFT_LOOPBACK;
	if (ipv4_is_linklocal_169(daddr))
		return ECMP_LEFT_LINK_LOCAL;
	switch (ecmp_local_type(&en->local, en->net, daddr)) {
	case RTN_UNICAST:
		return ECMP_LEFT_NONE;
	case RTN_BROADCAST:
		return ECMP_LEFT_BROADCAST;
	default:
		return ECMP_LEFT_OWN_ADDRESS;
	}
}

/* A VRF's traffic is decided only if a rule's iif asks for it. */
static bool ecmp_vrf_left_alone(const struct ecmp_policy *policy,
				const struct net_device *in)
{
	unsigned int i;

	if (likely(!netif_is_l3_slave(in) && !netif_is_l3_master(in)))
		return false;
	for (i = 0; i < policy->n_rules; i++)
		if (policy->rule[i].iif == in->ifindex)
			return false;
	return true;
}

/**
 * ecmp_left_alone - is a packet left to the kernel before any rule?
 * @en: namespace
 * @policy: what is asked; NULL: nothing is decided
 * @family: AF_INET
 * @src: source
 * @dst: destination
 * @in: ingress device; NULL: the router's own packet
 *
 * Return: why, or ECMP_LEFT_NONE.
 * Context: RCU.
 */
enum ecmp_left ecmp_left_alone(struct ecmp_net *en,
			       const struct ecmp_policy *policy, u8 family,
			       const struct ecmp_addr *src,
			       const struct ecmp_addr *dst,
			       const struct net_device *in)
{
	enum ecmp_left left = ecmp_left_alone_dst_v4(en, dst->w[0]);

	if (left || !in)
		return left;
	if (!ecmp_forwarding_on(in))
		return ECMP_LEFT_FORWARDING_OFF;
	if (policy && ecmp_vrf_left_alone(policy, in))
		return ECMP_LEFT_VRF;
	return ecmp_source_is_martian_v4(en, in, src->w[0]) ?
	       ECMP_LEFT_MARTIAN : ECMP_LEFT_NONE;
}

/* With bottom halves off: the counters are this CPU's. */
static void ecmp_count(const struct ecmp_decision *d, unsigned int len)
{
	if (d->rule)
		ecmp_counter_add(d->rule->counter, len);
	if (d->table)
		ecmp_counter_add(d->table->counter, len);
	if (d->verdict == ECMP_VERDICT_FORWARD)
		ecmp_counter_add(d->member->nexthop->counter, len);
}

static void ecmp_count_output(const struct ecmp_decision *d, unsigned int len)
{
	local_bh_disable();
	ecmp_count(d, len);
	local_bh_enable();
}

/* Give a packet that is to be forwarded its route; checks its source first. */
static unsigned int ecmp_forward_v4(struct ecmp_net *en,
				    const struct ecmp_policy *policy,
				    struct sk_buff *skb,
				    const struct ecmp_flow *flow,
				    const struct ecmp_decision *d)
{
	const struct ecmp_nexthop *nh = d->member->nexthop;
	struct ecmp_dst_set *set = rcu_dereference(nh->dst);
	const struct net_device *out;

	/* The path died after its bucket was read: the next packet moves. */
	if (unlikely(!set))
		return NF_DROP;
	out = ecmp_dst_pick(set)->dev;

	switch (ecmp_source_check_v4(en, policy, skb, flow, out)) {
	case ECMP_SOURCE_GOOD:
		break;
	case ECMP_SOURCE_NATIVE:
		return NF_ACCEPT;
	case ECMP_SOURCE_SPOOFED:
		__NET_INC_STATS(en->net, LINUX_MIB_IPRPFILTER);
		return NF_DROP_REASON(skb, SKB_DROP_REASON_IP_RPFILTER, 0);
	}

	if (!ecmp_dst_lend(skb, set, false)) {
		ecmp_dst_learn(skb->dev, AF_INET, flow->t.src.w[0]);
		if (!ecmp_dst_lend(skb, set, false))
			return NF_ACCEPT;
	}
	/* Or the packet's route is handed to others of its batch. */
	IPCB(skb)->flags |= IPSKB_MULTIPATH;
	if (unlikely(out == skb->dev) &&
	    ecmp_redirect_v4(skb, out, nh->key.gateway.w[0]))
		IPCB(skb)->flags |= IPSKB_DOREDIRECT;
	ecmp_count(d, skb->len);
	return NF_ACCEPT;
}

/* A routed packet that came in: decide, and do what was decided. */
static unsigned int ecmp_route_v4(struct ecmp_net *en,
				  const struct ecmp_policy *policy,
				  struct sk_buff *skb)
{
	struct ecmp_decision d;
	struct ecmp_flow flow;

	if (ecmp_left_alone_dst_v4(en, ip_hdr(skb)->daddr) ||
	    !ecmp_forwarding_on(skb->dev) ||
	    ecmp_vrf_left_alone(policy, skb->dev))
		return NF_ACCEPT;

	ecmp_flow_from_v4(&flow, skb, skb->dev->ifindex, policy->inner);
	ecmp_decide(policy, &flow, &d, NULL);
	if (likely(d.verdict == ECMP_VERDICT_FORWARD))
		return ecmp_forward_v4(en, policy, skb, &flow, &d);

	/* No answer to who cannot have asked: the kernel drops that itself. */
	if (d.verdict != ECMP_VERDICT_NATIVE &&
	    ecmp_source_is_martian_v4(en, skb->dev, ip_hdr(skb)->saddr))
		return NF_ACCEPT;
	ecmp_count(&d, skb->len);
	if (d.verdict == ECMP_VERDICT_NATIVE)
		return NF_ACCEPT;
	return ecmp_reject_v4(en, skb, d.verdict);
}

/* A packet that a program gives back from an nfqueue comes without softirq. */
static unsigned int ecmp_route_v4_bh(struct ecmp_net *en,
				     const struct ecmp_policy *policy,
				     struct sk_buff *skb)
{
	unsigned int verdict;

	local_bh_disable();
	verdict = ecmp_route_v4(en, policy, skb);
	local_bh_enable();
	return verdict;
}

static unsigned int ecmp_prerouting_v4(void *priv, struct sk_buff *skb,
				       const struct nf_hook_state *state)
{
	struct ecmp_net *en = priv;
	const struct ecmp_policy *policy = rcu_dereference(en->policy);

	if (!policy || skb->pkt_type != PACKET_HOST || skb_valid_dst(skb) ||
	    skb->sk || nf_bridge_in_prerouting(skb))
		return NF_ACCEPT;
	return ecmp_route_v4_bh(en, policy, skb);
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

/*
 * With br_netfilter, a routed packet of a bridged LAN passed PRE_ROUTING
 * inside the bridge; at the IP layer br_netfilter skips all other hooks. This
 * one runs before it. A route that the packet has is the bridge's own, made
 * for DNAT.
 */
static unsigned int ecmp_prerouting_bridged_v4(void *priv, struct sk_buff *skb,
					       const struct nf_hook_state *st)
{
	struct ecmp_net *en = priv;
	const struct ecmp_policy *policy = rcu_dereference(en->policy);

	if (!policy || likely(!nf_bridge_info_exists(skb)) ||
	    !ecmp_bridge_delivered(skb) || skb->pkt_type != PACKET_HOST ||
	    skb->sk)
		return NF_ACCEPT;
	return ecmp_route_v4_bh(en, policy, skb);
}

static bool ecmp_is_reply(const struct sk_buff *skb)
{
#if IS_ENABLED(CONFIG_NF_CONNTRACK)
	enum ip_conntrack_info ctinfo;
	const struct nf_conn *ct = nf_ct_get(skb, &ctinfo);

	return ct && CTINFO2DIR(ctinfo) == IP_CT_DIR_REPLY;
#else
	return false;
#endif
}

static bool ecmp_output_left_alone_v4(struct ecmp_net *en,
				      const struct sk_buff *skb,
				      const struct net_device *out)
{
	const struct rtable *rt = skb_rtable(skb);
	const struct sock *sk = skb->sk;

	return !rt || rt->rt_type != RTN_UNICAST ||
	       rt->rt_flags & RTCF_LOCAL || out->flags & IFF_LOOPBACK ||
	       netif_is_l3_master(out) || netif_is_l3_slave(out) ||
	       skb_dst(skb)->xfrm ||
	       (sk && sk_fullsock(sk) && READ_ONCE(sk->sk_bound_dev_if)) ||
	       ecmp_left_alone_dst_v4(en, ip_hdr(skb)->daddr);
}

/* The same IPsec policies apply on the path that the packet takes now. */
static int ecmp_output_xfrm(struct net *net, struct sk_buff *skb)
{
#ifdef CONFIG_XFRM
	struct dst_entry *dst = skb_dst(skb);
	struct flowi fl;

	if (IPCB(skb)->flags & IPSKB_XFRM_TRANSFORMED ||
	    xfrm_decode_session(net, skb, &fl, AF_INET) < 0)
		return 0;
	skb_dst_set(skb, NULL);
	dst = xfrm_lookup(net, dst, &fl, skb->sk, 0);
	if (IS_ERR(dst))
		return PTR_ERR(dst);
	skb_dst_set(skb, dst);
#endif
	return 0;
}

static unsigned int ecmp_output_by_v4(struct ecmp_net *en, struct sk_buff *skb,
				      const struct ecmp_nexthop *nh)
{
	struct ecmp_dst_set *set = rcu_dereference(nh->dst);
	int err;

	if (unlikely(!set))
		return NF_DROP_ERR(-ENETUNREACH);
	if (ecmp_dst_pick(set)->dev->flags & IFF_LOOPBACK ||
	    !ecmp_dst_lend(skb, set, true))
		return NF_ACCEPT;
	err = ecmp_output_xfrm(en->net, skb);
	return err ? NF_DROP_ERR(err) : NF_ACCEPT;
}

/*
 * A reply to a connection that was made to the router itself goes back where
 * it came from, before any rule: if it leaves by an uplink, by the one whose
 * address the other side spoke to, else as the kernel routes it.
 */
static unsigned int ecmp_output_reply_v4(struct ecmp_net *en,
					 struct sk_buff *skb,
					 const struct net_device *out)
{
	const struct ecmp_addr src = ecmp_addr_v4(ip_hdr(skb)->saddr);
	const struct ecmp_nexthop *nh;

	nh = ecmp_uplink_of(en, AF_INET, &src, out);
	return nh ? ecmp_output_by_v4(en, skb, nh) : NF_ACCEPT;
}

static unsigned int ecmp_output_v4(void *priv, struct sk_buff *skb,
				   const struct nf_hook_state *state)
{
	struct ecmp_net *en = priv;
	const struct ecmp_policy *policy = rcu_dereference(en->policy);
	struct ecmp_decision d;
	struct ecmp_flow flow;
	unsigned int verdict;

	if (!policy || ecmp_output_left_alone_v4(en, skb, state->out))
		return NF_ACCEPT;
	if (ecmp_is_reply(skb))
		return ecmp_output_reply_v4(en, skb, state->out);

	ecmp_flow_from_v4(&flow, skb, LOOPBACK_IFINDEX, policy->inner);
	ecmp_decide(policy, &flow, &d, NULL);
	if (d.verdict == ECMP_VERDICT_FORWARD) {
		verdict = ecmp_output_by_v4(en, skb, d.member->nexthop);
		if (verdict == NF_ACCEPT)
			ecmp_count_output(&d, skb->len);
		return verdict;
	}

	ecmp_count_output(&d, skb->len);
	if (d.verdict == ECMP_VERDICT_NATIVE)
		return NF_ACCEPT;
	return ecmp_reject_local(d.verdict);
}

static const struct nf_hook_ops ecmp_hook_ops[] = {
	{
		.hook		= ecmp_prerouting_v4,
		.pf		= NFPROTO_IPV4,
		.hooknum	= NF_INET_PRE_ROUTING,
		.priority	= NF_IP_PRI_LAST,
	},
	{
		.hook		= ecmp_output_v4,
		.pf		= NFPROTO_IPV4,
		.hooknum	= NF_INET_LOCAL_OUT,
		.priority	= NF_IP_PRI_LAST,
	},
};

static const struct nf_hook_ops ecmp_bridged_ops = {
	.hook		= ecmp_prerouting_bridged_v4,
	.pf		= NFPROTO_IPV4,
	.hooknum	= NF_INET_PRE_ROUTING,
	.priority	= NF_IP_PRI_FIRST,
};

/**
 * struct ecmp_hooks - the hooks of one namespace, as netfilter holds them
 * @ops: the ones that stay
 * @bridged: before br_netfilter's; registered anew when that comes later
 * @after_bridge: it was, and need not be again
 */
struct ecmp_hooks {
	struct nf_hook_ops	ops[ARRAY_SIZE(ecmp_hook_ops)];
	struct nf_hook_ops	*bridged;
	bool			after_bridge;
};

static struct nf_hook_ops *ecmp_bridged_register(struct ecmp_net *en)
{
	struct nf_hook_ops *ops;
	int err;

	ops = kmemdup(&ecmp_bridged_ops, sizeof(*ops), GFP_KERNEL);
	if (!ops)
		return ERR_PTR(-ENOMEM);
	ops->priv = en;
	err = nf_register_net_hook(en->net, ops);
	if (!err)
		return ops;
	kfree(ops);
	return ERR_PTR(err);
}

/**
 * ecmp_hooks_register - let packets meet us
 * @en: namespace without hooks
 *
 * Return: 0 or a negative errno with nothing registered.
 * Context: process, en->lock.
 */
int ecmp_hooks_register(struct ecmp_net *en)
{
	struct nf_hook_ops *bridged;
	struct ecmp_hooks *hooks;
	unsigned int i;
	int err;

	hooks = kzalloc(sizeof(*hooks), GFP_KERNEL_ACCOUNT);
	if (!hooks)
		return -ENOMEM;
	err = ecmp_reject_init(en);
	if (err)
		goto free;
	bridged = ecmp_bridged_register(en);
	if (IS_ERR(bridged)) {
		err = PTR_ERR(bridged);
		goto reject;
	}
	hooks->bridged = bridged;
	memcpy(hooks->ops, ecmp_hook_ops, sizeof(hooks->ops));
	for (i = 0; i < ARRAY_SIZE(hooks->ops); i++)
		hooks->ops[i].priv = en;
	err = nf_register_net_hooks(en->net, hooks->ops,
				    ARRAY_SIZE(hooks->ops));
	if (err)
		goto unregister_bridged;
	en->hooks = hooks;
	return 0;

unregister_bridged:
	nf_unregister_net_hook(en->net, bridged);
	synchronize_net();
	kfree(bridged);
reject:
	ecmp_reject_exit(en);
free:
	kfree(hooks);
	return err;
}

/**
 * ecmp_hooks_unregister - leave packets to the kernel
 * @en: namespace with hooks
 *
 * Every packet that a program holds in an nfqueue of the namespace is dropped
 * by netfilter, so this is for when nothing is configured any more.
 *
 * Context: process, en->lock; waits for packets in flight.
 */
void ecmp_hooks_unregister(struct ecmp_net *en)
{
	struct ecmp_hooks *hooks = en->hooks;

	en->hooks = NULL;
	nf_unregister_net_hooks(en->net, hooks->ops, ARRAY_SIZE(hooks->ops));
	nf_unregister_net_hook(en->net, hooks->bridged);
	synchronize_net();
	ecmp_reject_exit(en);
	kfree(hooks->bridged);
	kfree(hooks);
}

/**
 * ecmp_hooks_bridge_came - be before br_netfilter again
 * @en: namespace; may have no hooks
 * @again: br_netfilter was loaded just now; else once is enough
 *
 * Of two hooks with the same priority the one that was registered later runs
 * first, and br_netfilter registers with the first bridge.
 *
 * Context: process, en->lock.
 */
void ecmp_hooks_bridge_came(struct ecmp_net *en, bool again)
{
	struct nf_hook_ops *old, *ops;

	if (!en->hooks || (en->hooks->after_bridge && !again))
		return;
	ops = ecmp_bridged_register(en);
	if (IS_ERR(ops))
		return;
	old = en->hooks->bridged;
	en->hooks->bridged = ops;
	/* Just loaded, it may still be without a bridge here. */
	en->hooks->after_bridge = !again;
	nf_unregister_net_hook(en->net, old);
	synchronize_net();
	kfree(old);
}
