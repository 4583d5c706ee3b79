// SPDX-License-Identifier: GPL-2.0
/*
 * From a packet to the flow that rules and hashes see: what not every packet
 * has. The rest is in flow.h.
 */
#include <linux/if_ether.h>
#include <linux/icmp.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>
#include <net/dsfield.h>
#include <net/gre.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/ndisc.h>
#include <net/vxlan.h>

#include "flow.h"

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

/*
 * The tuple of the IPv4 header at @at; the offset of what follows, or 0. A copy
 * of it: within a tunnel's packet it may stand at any address.
 */
static unsigned int ecmp_tuple_v4(struct ecmp_tuple *t,
				  const struct sk_buff *skb, unsigned int at,
				  bool *fragment)
{
	struct iphdr iph;

	if (skb_copy_bits(skb, at, &iph, sizeof(iph)) || iph.version != 4 ||
	    iph.ihl < 5)
		return 0;
	t->src = ecmp_addr_v4(iph.saddr);
	t->dst = ecmp_addr_v4(iph.daddr);
	t->proto = iph.protocol;
	*fragment = ip_is_fragment(&iph);
	return at + iph.ihl * 4;
}

/* A packet's way through extension headers; more than these is an attack. */
#define ECMP_EXTENSIONS_MAX	16

/*
 * Walk the extension headers at @at to the last next header. All fragments of
 * a datagram show the one that their fragment header names.
 *
 * Return: the offset behind them; 0: cut off, or too many.
 */
static unsigned int ecmp_skip_extensions(const struct sk_buff *skb,
					 unsigned int at, u8 *proto,
					 bool *fragment)
{
	const struct ipv6_opt_hdr *opt;
	struct ipv6_opt_hdr buf;
	struct frag_hdr frag;
	unsigned int i;

	*fragment = false;
	for (i = 0; i < ECMP_EXTENSIONS_MAX; i++) {
		switch (*proto) {
		case NEXTHDR_HOP:
		case NEXTHDR_ROUTING:
		case NEXTHDR_DEST:
		case NEXTHDR_AUTH:
			opt = skb_header_pointer(skb, at, sizeof(buf), &buf);
			if (!opt)
				return 0;
			at += *proto == NEXTHDR_AUTH ? ipv6_authlen(opt) :
						       ipv6_optlen(opt);
			*proto = opt->nexthdr;
			break;
		case NEXTHDR_FRAGMENT:
			if (skb_copy_bits(skb, at, &frag, sizeof(frag)))
				return 0;
			at += sizeof(frag);
			*proto = frag.nexthdr;
			/* Offset and "more"; without both it is whole. */
			if (!(frag.frag_off & htons(0xfff9)))
				break;
			*fragment = true;
			return at;
		default:
			return at;
		}
	}
	return 0;
}

/* The tuple of the IPv6 header at @at; the offset of what follows, or 0. */
static unsigned int ecmp_tuple_v6(struct ecmp_tuple *t,
				  const struct sk_buff *skb, unsigned int at,
				  bool *fragment)
{
	struct ipv6hdr ip6h;

	*fragment = false;
	if (skb_copy_bits(skb, at, &ip6h, sizeof(ip6h)) || ip6h.version != 6)
		return 0;
	t->src = ecmp_addr_v6(&ip6h.saddr);
	t->dst = ecmp_addr_v6(&ip6h.daddr);
	t->flowlabel = ntohl(ip6_flowlabel(&ip6h));
	t->proto = ip6h.nexthdr;
	return ecmp_skip_extensions(skb, at + sizeof(ip6h), &t->proto,
				    fragment);
}

static unsigned int ecmp_tuple(struct ecmp_tuple *t, const struct sk_buff *skb,
			       u8 family, unsigned int at, bool *fragment)
{
	return family == AF_INET6 ? ecmp_tuple_v6(t, skb, at, fragment) :
				    ecmp_tuple_v4(t, skb, at, fragment);
}

static bool ecmp_icmp_is_error(u8 family, u8 type)
{
	if (family == AF_INET6)
		return !(type & ICMPV6_INFOMSG_MASK) || type == NDISC_REDIRECT;
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
	struct icmphdr buf;		/* ICMPv6's begins alike */
	bool fragment;

	icmph = skb_header_pointer(skb, at, sizeof(buf), &buf);
	if (!icmph || !ecmp_icmp_is_error(flow->family, icmph->type))
		return;
	*h = (struct ecmp_tuple) {};
	at = ecmp_tuple(h, skb, flow->family, at + sizeof(buf), &fragment);
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
	__be16 ethertype;
	bool fragment;
	u8 family;

	at = ecmp_inner_offset(skb, flow->t.proto, at, &ethertype);
	if (!at)
		return;
	if (ethertype == htons(ETH_P_IP))
		family = AF_INET;
	else if (ethertype == htons(ETH_P_IPV6))
		family = AF_INET6;
	else
		return;
	flow->h = (struct ecmp_tuple) {};
	if (ecmp_tuple(&flow->h, skb, family, at, &fragment))
		flow->inner = &flow->h;
}

/**
 * ecmp_flow_read_extensions - read on behind an IPv6 header
 * @flow: with that read
 * @skb: packet
 * @at: offset behind the header
 *
 * What is cut off: what was read until there has to do.
 *
 * Return: offset behind the extension headers; 0: there is nothing to be read,
 *	or of a fragment.
 * Context: any.
 */
unsigned int ecmp_flow_read_extensions(struct ecmp_flow *flow,
				       const struct sk_buff *skb,
				       unsigned int at)
{
	bool fragment;

	at = ecmp_skip_extensions(skb, at, &flow->t.proto, &fragment);
	if (!fragment)
		return at;
	flow->flags |= ECMP_FLOW_FRAGMENT;
	return 0;
}

/**
 * ecmp_flow_read_more - read what few packets have, or few tables ask for
 * @flow: with all read until @at
 * @skb: packet
 * @at: offset behind the IP header and its extensions
 * @inner: some table hashes by the inner packet
 *
 * Ports that are not in the linear part; what an ICMP error reports on; the
 * packet in a tunnel's.
 *
 * Context: any.
 */
void ecmp_flow_read_more(struct ecmp_flow *flow, const struct sk_buff *skb,
			 unsigned int at, bool inner)
{
	const u8 icmp = flow->family == AF_INET6 ? IPPROTO_ICMPV6 :
						   IPPROTO_ICMP;

	if (ecmp_proto_has_ports(flow->t.proto)) {
		if (ecmp_read_ports(&flow->t, skb, at))
			flow->flags |= ECMP_FLOW_PORTS;
	} else if (flow->t.proto == icmp) {
		ecmp_hash_reported(flow, skb, at);
	}
	if (inner && flow->hashed == &flow->t)
		ecmp_hash_inner(flow, skb, at);
}
