// SPDX-License-Identifier: GPL-2.0
/*
 * What a sender hears when his packet is refused: the ICMP error, or the
 * socket error, that the kernel itself would have given.
 */
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/netfilter.h>
#include <net/addrconf.h>
#include <net/icmp.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/route.h>

#include "reject.h"
#include "../netns.h"

/**
 * ecmp_reject_init - make what ICMP errors are sent with
 * @en: namespace
 *
 * icmp_send() wants a packet with a route and takes the error's source address
 * from it; a packet that is refused has none yet.
 *
 * Return: 0 or -ENOMEM.
 * Context: process, en->lock.
 */
int ecmp_reject_init(struct ecmp_net *en)
{
	struct rtable *rt;

	if (rcu_access_pointer(en->reject_dst))
		return 0;
	rt = rt_dst_alloc(en->net->loopback_dev, 0, RTN_UNREACHABLE, true);
	if (!rt)
		return -ENOMEM;
	rt->rt_is_input = 1;
	rcu_assign_pointer(en->reject_dst, &rt->dst);
	return 0;
}

/**
 * ecmp_reject_exit - undo ecmp_reject_init()
 * @en: namespace
 *
 * Context: process, en->lock, the loopback device still there.
 */
void ecmp_reject_exit(struct ecmp_net *en)
{
	struct dst_entry *dst;

	dst = rcu_replace_pointer(en->reject_dst, NULL,
				  lockdep_is_held(&en->lock));
	if (!dst)
		return;
	/* It is lent under RCU for the length of a call, never further. */
	synchronize_rcu();
	dst_dev_put(dst);
	dst_release(dst);
}

static unsigned int ecmp_reject_v4(struct ecmp_net *en, struct sk_buff *skb,
				   enum ecmp_verdict verdict)
{
	struct dst_entry *dst;
	int code;

	switch (verdict) {
	case ECMP_VERDICT_HOST_UNREACHABLE:
		code = ICMP_HOST_UNREACH;
		break;
	case ECMP_VERDICT_PROHIBIT:
		code = ICMP_PKT_FILTERED;
		break;
	default:
		code = ICMP_NET_UNREACH;
		__IP_INC_STATS(en->net, IPSTATS_MIB_INNOROUTES);
		break;
	}

	dst = rcu_dereference(en->reject_dst);
	if (dst) {
		skb_dst_drop(skb);
		skb_dst_set_noref(skb, dst);
		icmp_send(skb, ICMP_DEST_UNREACH, code, 0);
		skb_dst_drop(skb);
	}
	return NF_DROP_REASON(skb, SKB_DROP_REASON_IP_INNOROUTES, 0);
}

/* As the kernel: an unreachable route and none at all are told alike. */
static unsigned int ecmp_reject_v6(struct sk_buff *skb,
				   enum ecmp_verdict verdict)
{
	struct inet6_dev *idev = __in6_dev_get(skb->dev);

	/* To IPv6 what is prohibited counts as no route, too. */
	__IP6_INC_STATS(dev_net(skb->dev), idev, IPSTATS_MIB_INNOROUTES);
	icmpv6_send(skb, ICMPV6_DEST_UNREACH,
		    verdict == ECMP_VERDICT_PROHIBIT ? ICMPV6_ADM_PROHIBITED :
						       ICMPV6_NOROUTE, 0);
	return NF_DROP_REASON(skb, SKB_DROP_REASON_IP_INNOROUTES, 0);
}

/**
 * ecmp_reject - refuse a packet that was to be forwarded
 * @en: namespace
 * @skb: packet at PRE_ROUTING; consumed
 * @family: AF_INET or AF_INET6
 * @verdict: which refusal
 *
 * Return: the hook's verdict.
 * Context: softirq, RCU.
 */
unsigned int ecmp_reject(struct ecmp_net *en, struct sk_buff *skb, u8 family,
			 enum ecmp_verdict verdict)
{
	if (verdict == ECMP_VERDICT_DROP)
		return NF_DROP;
	return family == AF_INET6 ? ecmp_reject_v6(skb, verdict) :
				    ecmp_reject_v4(en, skb, verdict);
}

/* As the kernel counts what it has no route for. */
static void ecmp_count_no_route(struct net *net, u8 family)
{
	if (family == AF_INET6)
		IP6_INC_STATS(net, NULL, IPSTATS_MIB_OUTNOROUTES);
	else
		IP_INC_STATS(net, IPSTATS_MIB_OUTNOROUTES);
}

/*
 * TCP does not heed what becomes of a packet that it sends, and would try
 * until it is tired. It hears an ICMP error, as that of a firewall's reject.
 */
static void ecmp_tell_tcp(struct net *net, struct sk_buff *skb, u8 family,
			  int code_v4, int code_v6)
{
	const struct sock *sk = skb->sk;
	struct net_device *dev = skb->dev;

	if (!sk || !sk_fullsock(sk) || sk->sk_protocol != IPPROTO_TCP)
		return;
	if (family == AF_INET) {
		icmp_send(skb, ICMP_DEST_UNREACH, code_v4, 0);
		return;
	}
	/* It wants to know where the packet came in. */
	skb->dev = net->loopback_dev;
	icmpv6_send(skb, ICMPV6_DEST_UNREACH, code_v6, 0);
	skb->dev = dev;
}

/**
 * ecmp_reject_local - refuse a packet of the router's own
 * @net: namespace
 * @skb: packet at LOCAL_OUT, with the kernel's route; consumed
 * @family: AF_INET or AF_INET6
 * @verdict: which refusal
 *
 * Return: the hook's verdict, with the error that the socket gets.
 * Context: any; RCU.
 */
unsigned int ecmp_reject_local(struct net *net, struct sk_buff *skb, u8 family,
			       enum ecmp_verdict verdict)
{
	switch (verdict) {
	case ECMP_VERDICT_HOST_UNREACHABLE:
		ecmp_tell_tcp(net, skb, family, ICMP_HOST_UNREACH,
			      ICMPV6_ADDR_UNREACH);
		return NF_DROP_ERR(-EHOSTUNREACH);
	case ECMP_VERDICT_PROHIBIT:
		ecmp_tell_tcp(net, skb, family, ICMP_PKT_FILTERED,
			      ICMPV6_ADM_PROHIBITED);
		return NF_DROP_ERR(-EACCES);
	case ECMP_VERDICT_DROP:
		return NF_DROP_ERR(-EINVAL);
	default:
		ecmp_count_no_route(net, family);
		ecmp_tell_tcp(net, skb, family, ICMP_NET_UNREACH,
			      ICMPV6_NOROUTE);
		return NF_DROP_ERR(-ENETUNREACH);
	}
}
