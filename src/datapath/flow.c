// SPDX-License-Identifier: GPL-2.0
/*
 * From a packet to the flow that rules and hashes see. Nobody else reads a
 * packet's headers to decide; each header is read once.
 */
#include <linux/if_ether.h>
#include <linux/icmp.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>
#include <net/dsfield.h>
#include <net/gre.h>
#include <net/ip.h>
#include <net/vxlan.h>

#include "flow.h"

static bool ecmp_proto_has_ports(u8 proto)
{
	return proto == IPPROTO_TCP || proto == IPPROTO_UDP ||
	       proto == IPPROTO_SCTP || proto == IPPROTO_DCCP;
}

static bool ecmp_read_ports(struct ecmp_tuple *t, const struct sk_buff *skb,
			    unsigned int at)
{
	const __be16 *ports;
	__be16 buf[2];

	ports = skb_header_pointer(skb, at, sizeof(buf), buf);
	if (!ports)
		return false;
	t->sport = ntohs(ports[0]);
	t->dport = ntohs(ports[1]);
	return true;
}

/* The tuple of the IPv4 header at @at; the offset of what follows, or 0. */
static unsigned int ecmp_tuple_v4(struct ecmp_tuple *t,
				  const struct sk_buff *skb, unsigned int at,
				  bool *fragment)
{
	const struct iphdr *iph;
	struct iphdr buf;

	iph = skb_header_pointer(skb, at, sizeof(buf), &buf);
	if (!iph || iph->version != 4 || iph->ihl < 5)
		return 0;
	t->src = ecmp_addr_v4(iph->saddr);
	t->dst = ecmp_addr_v4(iph->daddr);
	t->proto = iph->protocol;
	*fragment = ip_is_fragment(iph);
	return at + iph->ihl * 4;
}

static bool ecmp_icmp_is_error(u8 type)
{
	return type == ICMP_DEST_UNREACH || type == ICMP_SOURCE_QUENCH ||
	       type == ICMP_REDIRECT || type == ICMP_TIME_EXCEEDED ||
	       type == ICMP_PARAMETERPROB;
}

/*
 * An ICMP error hashes as the flow that it reports on, reversed: it is about
 * a packet that came the other way, so it takes that connection's own path.
 */
static void ecmp_hash_reported(struct ecmp_flow *flow,
			       const struct sk_buff *skb, unsigned int at)
{
	struct ecmp_tuple *h = &flow->h;
	const struct icmphdr *icmph;
	struct icmphdr buf;
	bool fragment;

	icmph = skb_header_pointer(skb, at, sizeof(buf), &buf);
	if (!icmph || !ecmp_icmp_is_error(icmph->type))
		return;
	at = ecmp_tuple_v4(h, skb, at + sizeof(buf), &fragment);
	if (!at)
		return;
	if (fragment)
		flow->flags |= ECMP_FLOW_FRAGMENT;
	else if (ecmp_proto_has_ports(h->proto))
		ecmp_read_ports(h, skb, at);
	swap(h->src, h->dst);
	swap(h->sport, h->dport);
	flow->hashed = h;
}

/* Where the packet inside a GRE or VXLAN header without options begins. */
static unsigned int ecmp_inner_offset(const struct sk_buff *skb, u8 proto,
				      unsigned int at, __be16 *ethertype)
{
	union {
		struct gre_base_hdr gre;
		struct {
			struct udphdr udp;
			struct vxlanhdr vxlan;
			struct ethhdr eth;
		} __packed v;
	} buf;
	const struct gre_base_hdr *gre;
	const typeof(buf.v) *v;

	switch (proto) {
	case IPPROTO_IPIP:
		*ethertype = htons(ETH_P_IP);
		return at;
	case IPPROTO_IPV6:
		*ethertype = htons(ETH_P_IPV6);
		return at;
	case IPPROTO_GRE:
		gre = skb_header_pointer(skb, at, sizeof(buf.gre), &buf.gre);
		if (!gre || gre->flags)
			return 0;
		*ethertype = gre->protocol;
		return at + sizeof(buf.gre);
	case IPPROTO_UDP:
		v = skb_header_pointer(skb, at, sizeof(buf.v), &buf.v);
		if (!v || v->udp.dest != htons(IANA_VXLAN_UDP_PORT) ||
		    v->vxlan.vx_flags != VXLAN_HF_VNI)
			return 0;
		*ethertype = v->eth.h_proto;
		return at + sizeof(buf.v);
	default:
		return 0;
	}
}

/* l3-inner: hash the addresses of the packet inside a tunnel's. */
static void ecmp_hash_inner(struct ecmp_flow *flow, const struct sk_buff *skb,
			    unsigned int at)
{
	const struct ipv6hdr *ip6h;
	struct ipv6hdr buf;
	__be16 ethertype;
	bool fragment;

	at = ecmp_inner_offset(skb, flow->t.proto, at, &ethertype);
	if (!at)
		return;
	if (ethertype == htons(ETH_P_IP)) {
		if (ecmp_tuple_v4(&flow->h, skb, at, &fragment))
			flow->inner = &flow->h;
		return;
	}
	if (ethertype != htons(ETH_P_IPV6))
		return;
	ip6h = skb_header_pointer(skb, at, sizeof(buf), &buf);
	if (!ip6h || ip6h->version != 6)
		return;
	memcpy(flow->h.src.b, &ip6h->saddr, sizeof(flow->h.src.b));
	memcpy(flow->h.dst.b, &ip6h->daddr, sizeof(flow->h.dst.b));
	flow->h.flowlabel = ntohl(*(__be32 *)ip6h) & 0xfffff;
	flow->h.proto = ip6h->nexthdr;
	flow->inner = &flow->h;
}

/**
 * ecmp_flow_from_v4 - read an IPv4 packet
 * @flow: where it goes
 * @skb: packet with its network header set and linear, as the IP layer has it
 * @iif: ifindex of the ingress device; LOOPBACK_IFINDEX: the router's own
 * @inner: some table hashes by the inner packet
 *
 * Context: any.
 */
void ecmp_flow_from_v4(struct ecmp_flow *flow, const struct sk_buff *skb,
		       u32 iif, bool inner)
{
	const struct iphdr *iph = ip_hdr(skb);
	unsigned int at = skb_network_offset(skb) + iph->ihl * 4;

	*flow = (struct ecmp_flow) {
		.t = {
			.src = ecmp_addr_v4(iph->saddr),
			.dst = ecmp_addr_v4(iph->daddr),
			.proto = iph->protocol,
		},
		.hashed = &flow->t,
		.iif = iif,
		.mark = skb->mark,
		.family = AF_INET,
		.dscp = ipv4_get_dsfield(iph) >> 2,
	};
	if (iif == LOOPBACK_IFINDEX)
		flow->flags |= ECMP_FLOW_LOCAL;

	if (ip_is_fragment(iph))
		flow->flags |= ECMP_FLOW_FRAGMENT;
	else if (ecmp_proto_has_ports(iph->protocol)) {
		if (ecmp_read_ports(&flow->t, skb, at))
			flow->flags |= ECMP_FLOW_PORTS;
	} else if (iph->protocol == IPPROTO_ICMP) {
		ecmp_hash_reported(flow, skb, at);
	}
	if (unlikely(inner) && !(flow->flags & ECMP_FLOW_FRAGMENT) &&
	    flow->hashed == &flow->t)
		ecmp_hash_inner(flow, skb, at);
}
