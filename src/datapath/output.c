// SPDX-License-Identifier: GPL-2.0
/*
 * LOCAL_OUT: the router's own packets. The kernel has routed them already;
 * those that the rules concern are given another route.
 */
#include <linux/icmpv6.h>
#include <linux/if_arp.h>
#include <linux/netfilter.h>
#include <net/ip.h>
#include <net/ip6_fib.h>
#include <net/ipv6.h>
#include <net/route.h>
#include <net/xfrm.h>

#include "balance.h"
#include "decide.h"
#include "flow.h"
#include "hook.h"
#include "left.h"
#include "pin.h"
#include "reject.h"
#include "../fib/dst.h"
#include "../netns.h"
#include "../trace.h"

/*
 * In LOCAL_OUT bottom halves may be on.
 * @nh: the path taken, or NULL
 */
static void ecmp_count_output(const struct ecmp_decision *d,
			      const struct ecmp_nexthop *nh, unsigned int len)
{
	local_bh_disable();
	if (d->rule)
		ecmp_counter_add(d->rule->counter, len);
	if (d->table)
		ecmp_counter_add(d->table->counter, len);
	if (nh)
		ecmp_counter_add(nh->counter, len);
	local_bh_enable();
}

static void ecmp_count_path(const struct ecmp_nexthop *nh, unsigned int len)
{
	local_bh_disable();
	ecmp_counter_add(nh->counter, len);
	local_bh_enable();
}

static bool ecmp_route_is_plain_v4(const struct sk_buff *skb)
{
	const struct rtable *rt = skb_rtable(skb);

	return rt->rt_type == RTN_UNICAST &&
	       !(rt->rt_flags & RTCF_LOCAL);
}

/* Neighbour discovery and listener reports belong to the link they are for. */
static bool ecmp_is_link_control(const struct sk_buff *skb)
{
	const struct ipv6hdr *ip6h = ipv6_hdr(skb);
	unsigned int at = skb_network_offset(skb) + sizeof(*ip6h);
	const struct icmp6hdr *icmp;
	struct icmp6hdr buf;
	u8 proto = ip6h->nexthdr;
	__be16 frag_off;
	int offset;

	offset = ipv6_skip_exthdr(skb, at, &proto, &frag_off);
	if (offset < 0 || proto != IPPROTO_ICMPV6)
		return false;
	icmp = skb_header_pointer(skb, offset, sizeof(buf), &buf);
	if (!icmp)
		return false;
	return (icmp->icmp6_type >= ICMPV6_MGM_QUERY &&
		icmp->icmp6_type <= 137) ||
	       icmp->icmp6_type == ICMPV6_MLD2_REPORT;
}

static bool ecmp_route_is_plain_v6(const struct sk_buff *skb)
{
	const struct rt6_info *rt =
		container_of(skb_dst(skb), struct rt6_info, dst);

	return !rt->dst.error && !ecmp_is_link_control(skb) &&
	       !(rt->rt6i_flags & (RTF_LOCAL | RTF_ANYCAST | RTF_REJECT));
}

static bool ecmp_is_transformed(const struct sk_buff *skb, u8 family)
{
	return family == AF_INET6 ?
	       IP6CB(skb)->flags & IP6SKB_XFRM_TRANSFORMED :
	       IPCB(skb)->flags & IPSKB_XFRM_TRANSFORMED;
}

/*
 * Does the socket that sends a packet say by which device? What a tunnel makes
 * of a packet still has the socket of that one, bound perhaps to the tunnel, or
 * to its VRF: who sends it is told apart. IPsec names the inner one there, too.
 */
static bool ecmp_output_is_bound(const struct sk_buff *skb, u8 family,
				 const struct nf_hook_state *state)
{
	const struct sock *sk = state->sk, *owner = skb->sk;
	const int out = state->out->ifindex;
	int bound = sk ? READ_ONCE(sk->sk_bound_dev_if) : 0;

	if (bound)
		return bound == out || !ecmp_is_transformed(skb, family);
	/* IPv6's TCP answers by a socket of the kernel's own. */
	return owner && READ_ONCE(owner->sk_bound_dev_if) == out &&
	       net_eq(sock_net(owner), state->net);
}

/*
 * Did an ipvlan of mode l3 send this? It asked for a route by the device that
 * it is on, whoever is behind it, and hears answers by that alone. Others that
 * have no socket come with the device of a tunnel, or marked as a tunnel's.
 */
static bool ecmp_output_of_ipvlan(const struct sk_buff *skb, u8 family,
				  const struct nf_hook_state *state)
{
	return !state->sk && unlikely(skb->dev == state->out) &&
	       state->out->type == ARPHRD_ETHER && !skb->encapsulation &&
	       !ecmp_is_transformed(skb, family);
}

static __always_inline bool
ecmp_output_left_alone(const struct ecmp_net *en, const struct sk_buff *skb,
		       u8 family, const struct nf_hook_state *state)
{
	const struct ecmp_addr dst = ecmp_skb_dst_addr(skb, family);
	const struct net_device *out = state->out;

	return !skb_dst(skb) ||
	       (family == AF_INET6 ? !ecmp_route_is_plain_v6(skb) :
				     !ecmp_route_is_plain_v4(skb)) ||
	       out->flags & IFF_LOOPBACK ||
	       netif_is_l3_master(out) || netif_is_l3_slave(out) ||
	       dst_xfrm(skb_dst(skb)) ||
	       /* A SYN-ACK has a request for a socket: that is bound alike. */
	       ecmp_output_is_bound(skb, family, state) ||
	       ecmp_output_of_ipvlan(skb, family, state) ||
	       /* It goes to who watches, whatever its addresses are. */
	       ecmp_nf_duplicates() ||
	       ecmp_left_dst(en, family, &dst);
}

/* The same IPsec policies apply on the path that the packet takes now. */
static int ecmp_output_xfrm(struct net *net, struct sk_buff *skb, u8 family)
{
#ifdef CONFIG_XFRM
	struct dst_entry *dst = skb_dst(skb);
	struct flowi fl;

	if (ecmp_is_transformed(skb, family) ||
	    xfrm_decode_session(net, skb, &fl, family) < 0)
		return 0;
	/* Not dropped: xfrm_lookup() takes the reference over. */
	skb->_skb_refdst = 0;
	dst = xfrm_lookup(net, dst, &fl, skb->sk, 0);
	if (IS_ERR(dst))
		return PTR_ERR(dst);
	skb_dst_set(skb, dst);
#endif
	return 0;
}

/*
 * Does the kernel's own route of a packet lead to @nh? It knows more then, such
 * as the path MTU that it learned, and stays. @link: so it does, too, when it
 * leads to a neighbour on the same link.
 */
static bool ecmp_routed_by(const struct sk_buff *skb,
			   const struct ecmp_nexthop *nh, bool link)
{
	const struct dst_entry *dst = skb_dst(skb);
	const struct rtable *rt = container_of(dst, struct rtable, dst);
	const struct rt6_info *rt6 = container_of(dst, struct rt6_info, dst);
	struct ecmp_addr gateway = {};
	u8 gateway_family = 0;

	if (dst->dev->ifindex != READ_ONCE(nh->ifindex) || dst->lwtstate)
		return false;
	if (nh->key.family == AF_INET6) {
		if (rt6->rt6i_flags & RTF_GATEWAY) {
			gateway_family = AF_INET6;
			gateway = ecmp_addr_v6(&rt6->rt6i_gateway);
		}
	} else if (rt->rt_gw_family) {
		gateway_family = rt->rt_gw_family;
		gateway = gateway_family == AF_INET6 ?
			  ecmp_addr_v6(&rt->rt_gw6) : ecmp_addr_v4(rt->rt_gw4);
	}
	if (!gateway_family && link)
		return true;
	return gateway_family == nh->key.gateway_family &&
	       ecmp_addr_equal(&gateway, &nh->key.gateway);
}

/*
 * Is this what a tunnel device made of a packet, about to go into the same
 * device? There it would go round and round, as a tunnel that encrypts in a
 * work queue outruns the limit on recursion. Only a tunnel's packets have its
 * device already; of one that looks like an Ethernet, they are marked.
 */
static bool ecmp_output_loops(const struct sk_buff *skb,
			      const struct net_device *out)
{
	return unlikely(skb->dev == out) &&
	       (out->type != ARPHRD_ETHER || skb->encapsulation);
}

/*
 * The path MTU towards a host that the kernel learned is known to its own
 * route alone. What is longer, and may be cut, is cut to it on @path as well:
 * beyond the first link the paths mostly meet again.
 */
static void ecmp_output_keep_mtu(struct sk_buff *skb,
				 const struct dst_entry *path, u8 family)
{
	unsigned int mtu = dst_mtu(skb_dst(skb));

	if (likely(skb->len <= mtu) || mtu >= dst_mtu(path) || skb_is_gso(skb))
		return;
	if (family == AF_INET6) {
		if (skb->ignore_df)
			IP6CB(skb)->frag_max_size = mtu;
	} else if (skb->ignore_df || !(ip_hdr(skb)->frag_off & htons(IP_DF))) {
		IPCB(skb)->frag_max_size = mtu;
	}
}

static unsigned int ecmp_output_by(struct ecmp_net *en, struct sk_buff *skb,
				   const struct ecmp_nexthop *nh)
{
	struct ecmp_dst_set *set = rcu_dereference(nh->dst);
	const struct dst_entry *path;
	int err;

	if (unlikely(!set))
		return NF_DROP_ERR(-ENETUNREACH);
	path = ecmp_dst_pick(set);
	/* Not by its flags: the device of a dst that ended has those, too. */
	if (ecmp_routed_by(skb, nh, false) ||
	    path->dev == en->net->loopback_dev ||
	    ecmp_output_loops(skb, path->dev))
		return NF_ACCEPT;
	ecmp_output_keep_mtu(skb, path, nh->key.family);
	/* It ended meanwhile. What was meant for it goes nowhere else. */
	if (!ecmp_dst_give(skb, set))
		return NF_DROP_ERR(-ENETUNREACH);
	err = ecmp_output_xfrm(en->net, skb, nh->key.family);
	return err ? NF_DROP_ERR(err) : NF_ACCEPT;
}

/**
 * ecmp_answer_choose - the path of an answer of the router's
 * @en: namespace
 * @flow: the answer
 * @source: that it leaves with
 * @d: what the rules decided of it
 * @pinned: the uplink that its connection remembers, or NULL
 *
 * In a LAN by the rules, be it one on the link of @pinned, beyond another
 * gateway: that is who sent what came in. To the internet by @pinned, or by the
 * uplink that the other side spoke to, whose address it leaves with, else by
 * the rules.
 *
 * Return: the next hop, or NULL: the rules refuse it.
 * Context: RCU.
 */
struct ecmp_nexthop *ecmp_answer_choose(struct ecmp_net *en,
					const struct ecmp_flow *flow,
					const struct ecmp_addr *source,
					const struct ecmp_decision *d,
					struct ecmp_nexthop *pinned)
{
	struct ecmp_nexthop *nh = NULL, *owner;

	if (d->verdict == ECMP_VERDICT_FORWARD)
		nh = d->member->nexthop;
	if (nh && !ecmp_is_uplink(en, nh, flow->family) &&
	    (!pinned ||
	     READ_ONCE(nh->ifindex) == READ_ONCE(pinned->ifindex)))
		return nh;
	if (pinned)
		return pinned;
	owner = ecmp_uplink_owner(en, flow->family, source);
	return owner ?: nh;
}

static struct ecmp_nexthop *
ecmp_answer_path(struct ecmp_net *en, const struct ecmp_policy *policy,
		 const struct sk_buff *skb, u8 family,
		 struct ecmp_nexthop *pinned)
{
	struct ecmp_decision d __uninitialized;
	struct ecmp_flow flow __uninitialized;
	struct ecmp_addr source;

	ecmp_flow_read(&flow, skb, family, LOOPBACK_IFINDEX, policy->inner);
	ecmp_decide(policy, &flow, &d);
	source = ecmp_pin_leaves_as(skb, family, &flow.t.src);
	return ecmp_answer_choose(en, &flow, &source, &d, pinned);
}

/*
 * Is a packet ours to send by the uplink that its connection remembers, where
 * the kernel does not send it by any? What came from elsewhere may have a mark
 * of others; the uplink's own address says that it came in there, and that a
 * VPN has the default route now.
 */
static bool ecmp_answer_is_of(const struct ecmp_net *en,
			      const struct sk_buff *skb, u8 family,
			      struct ecmp_nexthop *pinned)
{
	const struct ecmp_addr src = ecmp_skb_src_addr(skb, family);
	const struct ecmp_addr source = ecmp_pin_leaves_as(skb, family, &src);
	struct ecmp_nexthop *usable;

	ecmp_uplink_of_address(en, family, &source, pinned, &usable);
	return usable == pinned;
}

/*
 * What only answers a connection that was made to the router goes back by the
 * path that it came in on. No rule can cut it: where no path is known, the
 * kernel's route holds.
 */
static unsigned int ecmp_output_answer(struct ecmp_net *en,
				       const struct ecmp_policy *policy,
				       struct sk_buff *skb, u8 family,
				       const struct net_device *out)
{
	struct ecmp_nexthop *nh, *pinned;
	unsigned int verdict;
	bool routed;

	nh = pinned = ecmp_pin_of(en, policy, skb, family);
	if (!ecmp_is_uplink_device(en, family, out) &&
	    (!pinned || !ecmp_answer_is_of(en, skb, family, pinned)))
		return NF_ACCEPT;
	routed = pinned && ecmp_routed_by(skb, pinned, true);
	/* By the kernel's route it may go to another gateway on that link. */
	if (!pinned ||
	    (!routed && READ_ONCE(pinned->ifindex) == out->ifindex))
		nh = ecmp_answer_path(en, policy, skb, family, pinned);
	if (!nh)
		return NF_ACCEPT;
	verdict = routed ? NF_ACCEPT : ecmp_output_by(en, skb, nh);
	if (verdict == NF_ACCEPT)
		ecmp_count_path(nh, skb->len);
	return verdict;
}

static __always_inline unsigned int
ecmp_output(struct ecmp_net *en, struct sk_buff *skb, u8 family,
	    const struct nf_hook_state *state)
{
	const struct ecmp_policy *policy = rcu_dereference(en->policy);
	struct ecmp_nexthop *nh;
	struct ecmp_decision d __uninitialized;
	struct ecmp_flow flow __uninitialized;
	unsigned int verdict;

	if (!policy || ecmp_output_left_alone(en, skb, family, state))
		return NF_ACCEPT;
	if (ecmp_pin_is_answer(skb, family))
		return ecmp_output_answer(en, policy, skb, family, state->out);

	ecmp_flow_read(&flow, skb, family, LOOPBACK_IFINDEX, policy->inner);
	ecmp_decide(policy, &flow, &d);
	if (d.verdict == ECMP_VERDICT_FORWARD) {
		nh = d.by_owner || !policy->more ? d.member->nexthop :
		     ecmp_balance_own(en, policy, skb, &flow, &d);
		verdict = nh ? ecmp_output_by(en, skb, nh) :
			       NF_DROP_ERR(-ENETUNREACH);
		if (verdict == NF_ACCEPT)
			ecmp_count_output(&d, nh, skb->len);
		trace_ecmp_decision(en, &flow, &d, nh);
		return verdict;
	}

	ecmp_count_output(&d, NULL, skb->len);
	trace_ecmp_decision(en, &flow, &d, NULL);
	if (d.verdict == ECMP_VERDICT_NATIVE)
		return NF_ACCEPT;
	return ecmp_reject_local(en->net, skb, family, d.verdict);
}

/**
 * ecmp_output_v4 - the last hook of IPv4's LOCAL_OUT
 * @priv: struct ecmp_net
 * @skb: packet
 * @state: of netfilter
 *
 * Return: the hook's verdict.
 * Context: any; RCU.
 */
unsigned int ecmp_output_v4(void *priv, struct sk_buff *skb,
			    const struct nf_hook_state *state)
{
	return ecmp_output(priv, skb, AF_INET, state);
}

/**
 * ecmp_output_v6 - the last hook of IPv6's LOCAL_OUT
 * @priv: struct ecmp_net
 * @skb: packet
 * @state: of netfilter
 *
 * Return: the hook's verdict.
 * Context: any; RCU.
 */
unsigned int ecmp_output_v6(void *priv, struct sk_buff *skb,
			    const struct nf_hook_state *state)
{
	return ecmp_output(priv, skb, AF_INET6, state);
}
