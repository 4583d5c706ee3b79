// SPDX-License-Identifier: GPL-2.0
/*
 * Checks that the kernel does inside the route look-up that we skip: is the
 * source one that may come in there? With martians we set no route: the
 * kernel then refuses them itself, logs and counts. rp_filter asks our own
 * policy, because only that knows where a packet to the source would go.
 */
#include <linux/inetdevice.h>
#include <net/ip.h>
#include <net/ip_fib.h>
#include <net/addrconf.h>
#include <net/ipv6.h>
#include <net/xfrm.h>

#include "source_check.h"
#include "../fib/dst.h"
#include "../fib/resolve.h"
#include "../netns.h"

/**
 * ecmp_source_is_martian - can no neighbour send from this address?
 * @en: namespace
 * @in: ingress device
 * @family: AF_INET or AF_INET6
 * @src: source
 *
 * As the kernel sees it: to IPv6 an own address is none.
 *
 * Return: true for what is no host's address, or the router's own.
 * Context: RCU.
 */
bool ecmp_source_is_martian(const struct ecmp_net *en,
			    const struct net_device *in, u8 family,
			    const struct ecmp_addr *src)
{
	const struct in6_addr *in6 = (const struct in6_addr *)src->b;
	struct in_device *in_dev;

	if (family == AF_INET) {
		in_dev = __in_dev_get_rcu(in);
		return !in_dev || ecmp_source_is_martian_v4(en, in_dev, src);
	}
	return ipv6_addr_any(in6) || ipv6_addr_loopback(in6) ||
	       ipv6_addr_is_multicast(in6);
}

/**
 * ecmp_source_is_refused - does the kernel refuse a martian itself?
 * @en: namespace
 * @skb: packet that came in, its source a martian
 * @family: AF_INET or AF_INET6
 * @src: source
 *
 * Where it does not look for the way back, as rp_filter is off, it refuses an
 * own address but not a broadcast address, nor another of a local prefix: left
 * to it such a packet would be forwarded by its tables, past all rules.
 *
 * Return: false when the packet is to be dropped here.
 * Context: RCU.
 */
bool ecmp_source_is_refused(const struct ecmp_net *en,
			    const struct sk_buff *skb, u8 family,
			    const struct ecmp_addr *src)
{
	struct in_device *in_dev;
	__be32 saddr = src->w[0];

	if (family == AF_INET6)
		return true;
	in_dev = __in_dev_get_rcu(skb->dev);
	if (!in_dev || (IN_DEV_RPFILTER(in_dev) && !secpath_exists(skb)))
		return true;
	if (ipv4_is_multicast(saddr) || ipv4_is_lbcast(saddr) ||
	    ipv4_is_zeronet(saddr) || ipv4_is_loopback(saddr))
		return true;
	return ecmp_local_quick(&en->local[0], AF_INET, src->d[0], 0) ==
	       RTN_LOCAL;
}

/* Where the kernel's own tables decide, they are asked for the way back. */
static bool ecmp_reverse_native(struct net *net, const struct sk_buff *skb,
				const struct ecmp_flow *flow, int mode)
{
	struct flowi4 fl4 = {
		.flowi4_iif = LOOPBACK_IFINDEX,
		.daddr = flow->t.src.w[0],
		.saddr = flow->t.dst.w[0],
	};
	struct fib_result res;

	if (fib_lookup(net, &fl4, &res, FIB_LOOKUP_IGNORE_LINKSTATE))
		return false;
	/* An own address comes here only where the device accepts that. */
	if (res.type != RTN_UNICAST && res.type != RTN_LOCAL)
		return false;
	return mode == 2 || fib_info_nh_uses_dev(res.fi, skb->dev);
}

/* The flow of an answer, as it would come in where the packet goes out. */
static void ecmp_flow_reverse(struct ecmp_flow *back,
			      const struct ecmp_flow *flow, u32 iif, u32 mark)
{
	ecmp_flow_init(back, flow->family, iif, mark);
	back->t = flow->t;
	swap(back->t.src, back->t.dst);
	swap(back->t.sport, back->t.dport);
	back->dscp = flow->dscp;
	back->flags = flow->flags & ~ECMP_FLOW_LOCAL;
}

/* Dead paths count too: an answer may still be on its way over them. */
static bool ecmp_group_has_device(const struct ecmp_group *group, int ifindex)
{
	const struct ecmp_nexthop *nh;
	unsigned int i;

	for (i = 0; i < group->n_members; i++) {
		nh = group->member[i].nexthop;
		if (nh && READ_ONCE(nh->ifindex) == ifindex)
			return true;
	}
	return false;
}

/**
 * ecmp_reverse_path - may a packet come in there, by rp_filter?
 * @en: namespace
 * @policy: what is configured
 * @skb: IPv4 packet that is going to be forwarded
 * @flow: what was read of it
 * @out: ifindex of the device that it goes out by
 * @in_dev: of the ingress device
 * @mode: 1: an answer has to leave there; 2: it has to have a path
 *
 * Context: softirq, RCU.
 */
bool ecmp_reverse_path(struct ecmp_net *en, const struct ecmp_policy *policy,
		       const struct sk_buff *skb, const struct ecmp_flow *flow,
		       u32 out, struct in_device *in_dev, int mode)
{
	struct ecmp_decision d __uninitialized;
	struct ecmp_flow back __uninitialized;

	ecmp_flow_reverse(&back, flow, out,
			  IN_DEV_SRC_VMARK(in_dev) ? skb->mark : 0);
	ecmp_decide(policy, &back, &d);
	if (d.verdict == ECMP_VERDICT_NATIVE)
		return ecmp_reverse_native(en->net, skb, flow, mode);
	if (d.verdict != ECMP_VERDICT_FORWARD)
		return false;
	return mode == 2 || ecmp_group_has_device(d.group, skb->dev->ifindex);
}

/**
 * ecmp_redirect_v4 - should the sender be told of a better gateway?
 * @skb: packet that goes out where it came in
 * @out: that device
 * @gateway: where it goes; 0: straight to its destination
 *
 * Context: softirq, RCU.
 */
bool ecmp_redirect_v4(const struct sk_buff *skb, const struct net_device *out,
		      __be32 gateway)
{
	struct in_device *in_dev = __in_dev_get_rcu(out);
	const struct ecmp_addr saddr = ecmp_addr_v4(ip_hdr(skb)->saddr);
	const struct in_ifaddr *ifa;

	if (!in_dev || !IN_DEV_TX_REDIRECTS(in_dev) ||
	    !ecmp_on_link(out, AF_INET, &saddr))
		return false;
	if (IN_DEV_SHARED_MEDIA(in_dev))
		return true;
	in_dev_for_each_ifa_rcu(ifa, in_dev)
		if (inet_ifa_match(saddr.w[0], ifa))
			return !gateway || inet_ifa_match(gateway, ifa);
	return false;
}
