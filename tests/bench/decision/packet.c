// SPDX-License-Identifier: GPL-2.0
/*
 * The packets that a decision is measured with, and what is done with each.
 */
#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <linux/udp.h>
#include <net/ip.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/route.h>

#include "decision.h"

/* For its address; netfilter calls it when a packet was stolen. */
static int decision_okfn(struct net *net, struct sock *sk, struct sk_buff *skb)
{
	kfree_skb(skb);
	return 0;
}

static int decision_pass_none(struct decision_run *run, struct sk_buff *skb)
{
	return 1;
}

/* With constant arguments, as the kernel's own calls: that is a static key. */
static int decision_pass_hooks(struct decision_run *run, struct sk_buff *skb)
{
	if (run->family == AF_INET6)
		return nf_hook(NFPROTO_IPV6, NF_INET_PRE_ROUTING, run->net,
			       NULL, skb, run->dev, NULL, decision_okfn);
	return nf_hook(NFPROTO_IPV4, NF_INET_PRE_ROUTING, run->net, NULL, skb,
		       run->dev, NULL, decision_okfn);
}

/* ip6_route_input() is not exported; this is what it does for UDP. */
static int decision_native_v6(struct decision_run *run, struct sk_buff *skb)
{
	const struct ipv6hdr *ip6h = ipv6_hdr(skb);
	struct flow_keys keys;
	struct flowi6 fl6 = {
		.flowi6_iif = run->dev->ifindex,
		.daddr = ip6h->daddr,
		.saddr = ip6h->saddr,
		.flowlabel = ip6_flowinfo(ip6h),
		.flowi6_mark = skb->mark,
		.flowi6_proto = ip6h->nexthdr,
	};

	fib6_rules_early_flow_dissect(run->net, skb, &fl6, &keys);
	skb_dst_set_noref(skb, ip6_route_input_lookup(run->net, run->dev, &fl6,
			  skb, RT6_LOOKUP_F_HAS_SADDR |
			  RT6_LOOKUP_F_DST_NOREF));
	return 1;
}

static int decision_pass_native(struct decision_run *run, struct sk_buff *skb)
{
	if (run->family == AF_INET6)
		return decision_native_v6(run, skb);
	return !ip_route_input_noref(skb, ip_hdr(skb)->daddr,
				     ip_hdr(skb)->saddr, 0, run->dev);
}

static const struct {
	const char *name;
	int (*pass)(struct decision_run *run, struct sk_buff *skb);
} decision_pass[] = {
	{ "none", decision_pass_none },
	{ "hooks", decision_pass_hooks },
	{ "native", decision_pass_native },
};

/**
 * decision_pass_find - what is to be measured
 * @run: its pass is set
 * @name: none, hooks or native
 *
 * Return: is there such a pass?
 * Context: any.
 */
bool decision_pass_find(struct decision_run *run, const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(decision_pass); i++) {
		if (strcmp(name, decision_pass[i].name))
			continue;
		run->pass = decision_pass[i].pass;
		return true;
	}
	return false;
}

/**
 * decision_packet_alloc - a packet without addresses
 * @run: its device and family
 *
 * Return: a UDP packet, the caller's, or NULL.
 * Context: process.
 */
struct sk_buff *decision_packet_alloc(const struct decision_run *run)
{
	struct sk_buff *skb;
	struct ipv6hdr *ip6h;
	struct udphdr *udph;
	struct iphdr *iph;

	skb = alloc_skb(LL_MAX_HEADER + 128, GFP_KERNEL);
	if (!skb)
		return NULL;
	skb_reserve(skb, LL_MAX_HEADER);
	skb_reset_mac_header(skb);
	skb_reset_network_header(skb);
	skb->dev = run->dev;
	skb->pkt_type = PACKET_HOST;
	skb->ip_summed = CHECKSUM_UNNECESSARY;
	if (run->family == AF_INET6) {
		ip6h = skb_put_zero(skb, sizeof(*ip6h));
		ip6h->version = 6;
		ip6h->payload_len = htons(sizeof(*udph));
		ip6h->nexthdr = IPPROTO_UDP;
		ip6h->hop_limit = 64;
		skb->protocol = htons(ETH_P_IPV6);
	} else {
		iph = skb_put_zero(skb, sizeof(*iph));
		iph->version = 4;
		iph->ihl = sizeof(*iph) / 4;
		iph->tot_len = htons(sizeof(*iph) + sizeof(*udph));
		iph->ttl = 64;
		iph->protocol = IPPROTO_UDP;
		skb->protocol = htons(ETH_P_IP);
	}
	skb_set_transport_header(skb, skb->len);
	udph = skb_put_zero(skb, sizeof(*udph));
	udph->len = htons(sizeof(*udph));
	return skb;
}

/**
 * decision_packet_reset - make a packet one that has just come in
 * @skb: loses its route and its connection
 *
 * Context: softirqs off.
 */
void decision_packet_reset(struct sk_buff *skb)
{
	skb_dst_drop(skb);
	nf_reset_ct(skb);
	memset(skb->cb, 0, sizeof(skb->cb));
}

/* The checksums are wrong afterwards: who would verify them is not here. */
static void decision_packet_write(const struct decision_run *run,
				  struct sk_buff *skb,
				  const struct decision_flow *flow)
{
	struct udphdr *udph = udp_hdr(skb);

	if (run->family == AF_INET6) {
		ipv6_hdr(skb)->saddr = flow->src.in6;
		ipv6_hdr(skb)->daddr = flow->dst.in6;
	} else {
		ip_hdr(skb)->saddr = flow->src.ip;
		ip_hdr(skb)->daddr = flow->dst.ip;
	}
	udph->source = flow->sport;
	udph->dest = flow->dport;
}

/**
 * decision_packet - one packet comes in, and its way is decided
 * @run: with the packets
 * @skb: the one that is used for all
 * @i: which of them it is to be
 *
 * Return: 1: @skb is still there; else it was dropped, with one reference, or
 *	the kernel had no route.
 * Context: softirqs off, RCU read lock.
 */
int decision_packet(struct decision_run *run, struct sk_buff *skb,
		    unsigned int i)
{
	decision_packet_reset(skb);
	decision_packet_write(run, skb, &run->flows[i]);
	return run->pass(run, skb);
}
