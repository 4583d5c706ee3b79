// SPDX-License-Identifier: GPL-2.0
/*
 * The packets: UDP, with a mark by which the sink knows them again.
 */
#include <linux/etherdevice.h>
#include <linux/netdevice.h>
#include <linux/udp.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "forward.h"

#define FORWARD_MAGIC	0x65636d70

/**
 * struct forward_mark - what a packet carries
 * @magic: FORWARD_MAGIC
 * @id: of the run
 * @flow: which of its flows
 */
struct forward_mark {
	u32	magic;
	u32	id;
	u32	flow;
};

#define FORWARD_UDP	(sizeof(struct udphdr) + sizeof(struct forward_mark))

static void forward_put_v4(struct sk_buff *skb, const struct forward_flow *flow)
{
	struct iphdr *iph = skb_put_zero(skb, sizeof(*iph));

	iph->version = 4;
	iph->ihl = sizeof(*iph) / 4;
	iph->tot_len = htons(sizeof(*iph) + FORWARD_UDP);
	iph->ttl = FORWARD_TTL;
	iph->protocol = IPPROTO_UDP;
	iph->saddr = flow->src.ip;
	iph->daddr = flow->dst.ip;
	ip_send_check(iph);
	skb->protocol = htons(ETH_P_IP);
}

static void forward_put_v6(struct sk_buff *skb, const struct forward_flow *flow)
{
	struct ipv6hdr *ip6h = skb_put_zero(skb, sizeof(*ip6h));

	ip6h->version = 6;
	ip6h->payload_len = htons(FORWARD_UDP);
	ip6h->nexthdr = IPPROTO_UDP;
	ip6h->hop_limit = FORWARD_TTL;
	ip6h->saddr = flow->src.in6;
	ip6h->daddr = flow->dst.in6;
	skb->protocol = htons(ETH_P_IPV6);
}

/**
 * forward_packet_alloc - the next packet
 * @run: its device is the packet's
 * @flow: to which it belongs
 *
 * Return: a packet with all of its headers, the caller's, or NULL.
 * Context: any.
 */
struct sk_buff *forward_packet_alloc(const struct forward_run *run, u32 flow)
{
	const struct forward_flow *to = &run->flows[flow];
	struct forward_mark *mark;
	struct udphdr *udph;
	struct ethhdr *eth;
	struct sk_buff *skb;

	skb = netdev_alloc_skb_ip_align(run->dev, ETH_HLEN +
					sizeof(struct ipv6hdr) + FORWARD_UDP);
	if (!skb)
		return NULL;
	eth = skb_put(skb, ETH_HLEN);
	ether_addr_copy(eth->h_dest, run->mac);
	ether_addr_copy(eth->h_source, run->dev->dev_addr);
	skb_reset_mac_header(skb);
	skb_set_network_header(skb, ETH_HLEN);
	if (run->family == AF_INET6)
		forward_put_v6(skb, to);
	else
		forward_put_v4(skb, to);
	eth->h_proto = skb->protocol;
	skb_set_transport_header(skb, skb->len);
	udph = skb_put(skb, sizeof(*udph));
	udph->source = to->sport;
	udph->dest = to->dport;
	udph->len = htons(FORWARD_UDP);
	udph->check = 0;
	mark = skb_put(skb, sizeof(*mark));
	mark->magic = FORWARD_MAGIC;
	mark->id = run->id;
	mark->flow = flow;
	/* As a card says that has verified it. */
	skb->ip_summed = CHECKSUM_UNNECESSARY;
	return skb;
}

static unsigned int forward_header(const struct forward_run *run)
{
	return run->family == AF_INET6 ? sizeof(struct ipv6hdr) :
					 sizeof(struct iphdr);
}

/**
 * forward_packet_is - is this one of ours?
 * @run: now
 * @skb: as it came in by a sink
 * @flow: is set to which flow's it is
 *
 * Context: softirq.
 */
bool forward_packet_is(const struct forward_run *run, struct sk_buff *skb,
		       u32 *flow)
{
	unsigned int header = forward_header(run);
	const struct forward_mark *mark;

	if (skb->protocol != htons(run->family == AF_INET6 ? ETH_P_IPV6 :
							     ETH_P_IP) ||
	    skb->len != header + FORWARD_UDP || !pskb_may_pull(skb, skb->len))
		return false;
	mark = (void *)skb->data + header + sizeof(struct udphdr);
	*flow = mark->flow;
	return mark->magic == FORWARD_MAGIC && mark->id == run->id &&
	       mark->flow < run->nr_flows;
}

/**
 * forward_packet_good - has it come to the right place, as it was sent?
 * @run: its flows tell how
 * @skb: forward_packet_is()
 * @flow: which flow's it is
 *
 * Context: softirq.
 */
bool forward_packet_good(const struct forward_run *run,
			 const struct sk_buff *skb, u32 flow)
{
	const struct udphdr *udph = (void *)skb->data + forward_header(run);
	const struct forward_flow *to = &run->flows[flow];
	unsigned int ttl = FORWARD_TTL - run->hops;
	const struct ipv6hdr *ip6h = (void *)skb->data;
	const struct iphdr *iph = (void *)skb->data;

	if (skb->pkt_type != PACKET_HOST || udph->source != to->sport ||
	    udph->dest != to->dport)
		return false;
	if (run->family == AF_INET6)
		return ip6h->hop_limit == ttl &&
		       ipv6_addr_equal(&ip6h->saddr, &to->src.in6) &&
		       ipv6_addr_equal(&ip6h->daddr, &to->dst.in6);
	return iph->ttl == ttl && iph->saddr == to->src.ip &&
	       iph->daddr == to->dst.ip && !ip_fast_csum(iph, iph->ihl);
}
