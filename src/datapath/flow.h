/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ECMP_DATAPATH_FLOW_H
#define _ECMP_DATAPATH_FLOW_H

#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/skbuff.h>
#include <net/dsfield.h>
#include <net/flow.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "../lib/flow.h"

static inline struct ecmp_addr ecmp_skb_src_addr(const struct sk_buff *skb,
						 u8 family)
{
	return family == AF_INET6 ? ecmp_addr_v6(&ipv6_hdr(skb)->saddr) :
				    ecmp_addr_v4(ip_hdr(skb)->saddr);
}

static inline struct ecmp_addr ecmp_skb_dst_addr(const struct sk_buff *skb,
						 u8 family)
{
	return family == AF_INET6 ? ecmp_addr_v6(&ipv6_hdr(skb)->daddr) :
				    ecmp_addr_v4(ip_hdr(skb)->daddr);
}

unsigned int ecmp_flow_read_extensions(struct ecmp_flow *flow,
				       const struct sk_buff *skb,
				       unsigned int at);
void ecmp_flow_read_more(struct ecmp_flow *flow, const struct sk_buff *skb,
			 unsigned int at, bool inner);

/* The offset behind the IP header; 0: nothing is to be read there. */
static __always_inline unsigned int ecmp_flow_read_v4(struct ecmp_flow *flow,
						      const struct sk_buff *skb)
{
	const struct iphdr *iph = ip_hdr(skb);

	flow->t.src = ecmp_addr_v4(iph->saddr);
	flow->t.dst = ecmp_addr_v4(iph->daddr);
	flow->t.proto = iph->protocol;
	flow->dscp = ipv4_get_dsfield(iph) >> 2;
	if (unlikely(ip_is_fragment(iph))) {
		flow->flags |= ECMP_FLOW_FRAGMENT;
		return 0;
	}
	return skb_network_offset(skb) + iph->ihl * 4;
}

/* The same, behind its extensions. */
static __always_inline unsigned int ecmp_flow_read_v6(struct ecmp_flow *flow,
						      const struct sk_buff *skb)
{
	const struct ipv6hdr *ip6h = ipv6_hdr(skb);
	const unsigned int at = skb_network_offset(skb) + sizeof(*ip6h);

	flow->t.src = ecmp_addr_v6(&ip6h->saddr);
	flow->t.dst = ecmp_addr_v6(&ip6h->daddr);
	flow->t.flowlabel = ntohl(ip6_flowlabel(ip6h));
	flow->t.proto = ip6h->nexthdr;
	flow->dscp = ipv6_get_dsfield(ip6h) >> 2;
	if (likely(ecmp_proto_has_ports(ip6h->nexthdr)))
		return at;
	return ecmp_flow_read_extensions(flow, skb, at);
}

/**
 * ecmp_flow_read - read a packet
 * @flow: where it goes; need not be initialised
 * @skb: packet with its network header set and linear, as the IP layer has it
 * @family: AF_INET or AF_INET6
 * @iif: ifindex of the ingress device; LOOPBACK_IFINDEX: the router's own
 * @inner: some table hashes by the inner packet
 *
 * Nobody else reads a packet's headers to decide; each header is read once.
 *
 * Context: any.
 */
static __always_inline void ecmp_flow_read(struct ecmp_flow *flow,
					   const struct sk_buff *skb, u8 family,
					   u32 iif, bool inner)
{
	const __be16 *ports;
	unsigned int at;

	ecmp_flow_init(flow, family, iif, skb->mark);
	if (iif == LOOPBACK_IFINDEX)
		flow->flags = ECMP_FLOW_LOCAL;
	at = family == AF_INET6 ? ecmp_flow_read_v6(flow, skb) :
				  ecmp_flow_read_v4(flow, skb);
	if (unlikely(!at))
		return;
	if (likely(!inner && ecmp_proto_has_ports(flow->t.proto) &&
		   at + 2 * sizeof(*ports) <= skb_headlen(skb))) {
		ports = (const __be16 *)(skb->data + at);
		flow->t.sport = ntohs(ports[0]);
		flow->t.dport = ntohs(ports[1]);
		flow->flags |= ECMP_FLOW_PORTS;
		return;
	}
	ecmp_flow_read_more(flow, skb, at, inner);
}

#endif /* _ECMP_DATAPATH_FLOW_H */
