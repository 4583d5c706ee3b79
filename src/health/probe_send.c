// SPDX-License-Identifier: GPL-2.0
/*
 * Probes on their way out. Each leaves by the device of its next hop, whatever
 * the rules, the kernel's routes or a firewall of the router's own traffic say:
 * ARP and neighbour discovery are given to the device, an echo request to the
 * dst of the next hop. It meets no LOCAL_OUT hook, none of which could send it
 * elsewhere then.
 */
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/if_arp.h>
#include <linux/inetdevice.h>
#include <linux/pkt_sched.h>
#include <net/addrconf.h>
#include <net/arp.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/ipv6.h>
#include <net/ndisc.h>

#include "probe.h"
#include "../fib/dst.h"
#include "../fib/resolve.h"
#include "../fib/table.h"
#include "../netns.h"

#define ECMP_ECHO_ROOM	(LL_MAX_HEADER + sizeof(struct ipv6hdr) +	\
			 sizeof(struct icmp6hdr) +			\
			 sizeof(struct ecmp_probe_echo))
#define ECMP_ECHO_TTL	64

static const struct in6_addr *ecmp_in6(const struct ecmp_addr *addr)
{
	return (const struct in6_addr *)addr->b;
}

/* Give a whole frame to the device. */
static bool ecmp_xmit(struct sk_buff *skb)
{
	skb->priority = TC_PRIO_CONTROL;
	return !dev_queue_xmit(skb);
}

static bool ecmp_send_arp(const struct ecmp_probe_ask *ask,
			  struct net_device *dev)
{
	__be32 gateway = ask->addr.w[0];
	__be32 source = inet_select_addr(dev, gateway, RT_SCOPE_LINK);
	struct sk_buff *skb;

	if (!source || dev->flags & (IFF_NOARP | IFF_LOOPBACK))
		return false;
	skb = arp_create(ARPOP_REQUEST, ETH_P_ARP, gateway, dev, source,
			 ask->link, NULL, NULL);
	return skb && ecmp_xmit(skb);
}

/* To whom a solicitation goes: the address, and the link address. */
static void ecmp_nd_whom(const struct ecmp_probe_ask *ask,
			 const struct net_device *dev, struct in6_addr *daddr,
			 u8 *link)
{
	if (ask->link) {
		*daddr = *ecmp_in6(&ask->addr);
		memcpy(link, ask->link, dev->addr_len);
		return;
	}
	addrconf_addr_solict_mult(ecmp_in6(&ask->addr), daddr);
	if (dev->type == ARPHRD_ETHER)
		ipv6_eth_mc_map(daddr, link);
	else
		memcpy(link, dev->broadcast, dev->addr_len);
}

static void ecmp_push_v6(struct sk_buff *skb, const struct in6_addr *saddr,
			 const struct in6_addr *daddr, u8 hop_limit)
{
	struct icmp6hdr *icmp = icmp6_hdr(skb);
	unsigned int len = skb->len;
	struct ipv6hdr *hdr;

	icmp->icmp6_cksum = 0;
	icmp->icmp6_cksum = csum_ipv6_magic(saddr, daddr, len, IPPROTO_ICMPV6,
					    csum_partial(icmp, len, 0));
	hdr = skb_push(skb, sizeof(*hdr));
	skb_reset_network_header(skb);
	ip6_flow_hdr(hdr, 0, 0);
	hdr->payload_len = htons(len);
	hdr->nexthdr = IPPROTO_ICMPV6;
	hdr->hop_limit = hop_limit;
	hdr->saddr = *saddr;
	hdr->daddr = *daddr;
	skb->protocol = htons(ETH_P_IPV6);
	memset(IP6CB(skb), 0, sizeof(*IP6CB(skb)));
}

/*
 * An address of the device to ask from. The kernel's best source may be that
 * of another device: where this one has only deprecated addresses, or none of
 * the gateway's scope. To a multicast address of the link only this device's
 * are sources.
 */
static bool ecmp_nd_source(struct net *net, const struct net_device *dev,
			   const struct in6_addr *gateway,
			   struct in6_addr *saddr)
{
	struct in6_addr group;

	if (!ipv6_dev_get_saddr(net, dev, gateway, 0, saddr) &&
	    ipv6_chk_addr(net, saddr, dev, 1))
		return true;
	addrconf_addr_solict_mult(gateway, &group);
	return !ipv6_dev_get_saddr(net, dev, &group, 0, saddr);
}

static bool ecmp_send_nd(struct net *net, const struct ecmp_probe_ask *ask,
			 struct net_device *dev)
{
	const struct in6_addr *gateway = ecmp_in6(&ask->addr);
	struct in6_addr saddr, daddr;
	u8 link[MAX_ADDR_LEN];
	struct sk_buff *skb;

	if (dev->flags & (IFF_NOARP | IFF_LOOPBACK) ||
	    !ecmp_nd_source(net, dev, gateway, &saddr))
		return false;
	skb = ndisc_ns_create(dev, gateway, &saddr, 0);
	if (!skb)
		return false;
	ecmp_nd_whom(ask, dev, &daddr, link);
	ecmp_push_v6(skb, &saddr, &daddr, 255);
	if (dev_hard_header(skb, dev, ETH_P_IPV6, link, NULL, skb->len) < 0) {
		kfree_skb(skb);
		return false;
	}
	return ecmp_xmit(skb);
}

/* The ICMP part of an echo request; both families' have one form. */
static struct sk_buff *ecmp_echo_alloc(const struct ecmp_probe *p,
				       const struct ecmp_probe_ask *ask,
				       u8 type)
{
	struct ecmp_probe_echo echo = {
		.sent_at = ask->sent_at,
		.id = p->id,
		.seq = ask->seq,
	};
	struct sk_buff *skb = alloc_skb(ECMP_ECHO_ROOM, GFP_ATOMIC);
	struct icmphdr *icmp;

	if (!skb)
		return NULL;
	skb_reserve(skb, LL_MAX_HEADER + sizeof(struct ipv6hdr));
	skb_reset_transport_header(skb);
	icmp = skb_put_zero(skb, sizeof(*icmp));
	icmp->type = type;
	icmp->un.echo.id = htons(p->id);
	icmp->un.echo.sequence = htons(ask->seq);
	echo.cookie = ecmp_echo_cookie(p->nh->en, &echo, &ask->addr);
	skb_put_data(skb, &echo, sizeof(echo));
	skb->priority = TC_PRIO_CONTROL;
	return skb;
}

static bool ecmp_echo_source_v4(const struct ecmp_probe *p,
				const struct ecmp_probe_ask *ask,
				const struct net_device *dev,
				struct ecmp_addr *source)
{
	__be32 towards = p->nh->key.gateway_family == AF_INET ?
			 p->nh->key.gateway.w[0] : ask->addr.w[0];
	__be32 addr = inet_select_addr(dev, towards, RT_SCOPE_UNIVERSE);

	*source = ecmp_addr_v4(addr);
	return addr && (ecmp_dev_owns(dev, AF_INET, source) ||
			ecmp_dev_owns(p->nh->en->net->loopback_dev, AF_INET,
				      source));
}

/* The best address of this device alone that reaches as far as the target. */
static bool ecmp_echo_source_of(struct net *net, const struct net_device *dev,
				const struct in6_addr *target,
				struct in6_addr *saddr)
{
	/* To a multicast address only the device's own are sources. */
	static const struct in6_addr everywhere = {
		.s6_addr = { 0xff, 0x0e, [15] = 1 },
	};

	return !ipv6_dev_get_saddr(net, dev, &everywhere, 0, saddr) &&
	       !ipv6_addr_loopback(saddr) &&
	       (!(ipv6_addr_type(saddr) & IPV6_ADDR_LINKLOCAL) ||
		ipv6_addr_type(target) & IPV6_ADDR_LINKLOCAL);
}

static bool ecmp_echo_source_v6(const struct ecmp_probe *p,
				const struct ecmp_probe_ask *ask,
				const struct net_device *dev,
				struct ecmp_addr *source)
{
	const struct in6_addr *target = ecmp_in6(&ask->addr);
	struct net *net = p->nh->en->net;
	struct in6_addr saddr;
	bool found;

	found = !ipv6_dev_get_saddr(net, dev, target, 0, &saddr) &&
		ipv6_chk_addr(net, &saddr, dev, 1);
	if (!found)
		found = ecmp_echo_source_of(net, dev, target, &saddr) ||
			ecmp_echo_source_of(net, net->loopback_dev, target,
					    &saddr);
	if (found)
		*source = ecmp_addr_v6(&saddr);
	return found;
}

/*
 * What the route says; else an address of the device, or of lo. Never that of
 * another device: the answer, if there is one at all, would come in there, or
 * the provider drops what bears another one's prefix.
 */
static bool ecmp_echo_source(const struct ecmp_probe *p,
			     const struct ecmp_probe_ask *ask,
			     const struct net_device *dev,
			     struct ecmp_addr *source)
{
	const u8 family = p->kind == ECMP_PROBE_ECHO6 ? AF_INET6 : AF_INET;
	static const struct ecmp_addr none;
	struct ecmp_net *en = p->nh->en;

	if (!ecmp_addr_equal(&ask->source, &none)) {
		*source = ask->source;
		return ecmp_local_type(&en->local[ecmp_family_index(family)],
				       en->net, source) == RTN_LOCAL;
	}
	return family == AF_INET6 ?
	       ecmp_echo_source_v6(p, ask, dev, source) :
	       ecmp_echo_source_v4(p, ask, dev, source);
}

static bool ecmp_fill_echo_v4(struct sk_buff *skb, struct net_device *dev,
			      const struct ecmp_probe *p,
			      const struct ecmp_probe_ask *ask)
{
	struct icmphdr *icmp = icmp_hdr(skb);
	struct ecmp_addr source;
	struct iphdr *iph;

	if (!ecmp_echo_source(p, ask, dev, &source))
		return false;
	icmp->checksum = csum_fold(csum_partial(icmp, skb->len, 0));
	iph = skb_push(skb, sizeof(*iph));
	skb_reset_network_header(skb);
	*iph = (struct iphdr) {
		.version = 4,
		.ihl = sizeof(*iph) / 4,
		.tot_len = htons(skb->len),
		.frag_off = htons(IP_DF),
		.ttl = ECMP_ECHO_TTL,
		.protocol = IPPROTO_ICMP,
		.saddr = source.w[0],
		.daddr = ask->addr.w[0],
	};
	ip_send_check(iph);
	skb->protocol = htons(ETH_P_IP);
	memset(IPCB(skb), 0, sizeof(*IPCB(skb)));
	return true;
}

static bool ecmp_fill_echo_v6(struct sk_buff *skb, struct net_device *dev,
			      const struct ecmp_probe *p,
			      const struct ecmp_probe_ask *ask)
{
	struct ecmp_addr source;

	if (!ecmp_echo_source(p, ask, dev, &source))
		return false;
	ecmp_push_v6(skb, ecmp_in6(&source), ecmp_in6(&ask->addr),
		     ECMP_ECHO_TTL);
	return true;
}

static bool ecmp_send_echo(const struct ecmp_probe *p,
			   const struct ecmp_probe_ask *ask,
			   struct net_device *dev)
{
	struct ecmp_dst_set *set = rcu_dereference(p->nh->dst);
	bool v6 = p->kind == ECMP_PROBE_ECHO6;
	struct sk_buff *skb;

	if (!set)
		return false;
	skb = ecmp_echo_alloc(p, ask, v6 ? ICMPV6_ECHO_REQUEST : ICMP_ECHO);
	if (!skb)
		return false;
	if (!(v6 ? ecmp_fill_echo_v6(skb, dev, p, ask) :
		   ecmp_fill_echo_v4(skb, dev, p, ask)) ||
	    !ecmp_dst_give(skb, set) || skb_dst(skb)->dev != dev) {
		kfree_skb(skb);
		return false;
	}
	skb->dev = dev;
	return !dst_output(p->nh->en->net, NULL, skb);
}

/**
 * ecmp_probe_possible - could a probe ever be sent?
 * @p: probe
 *
 * Return: false if it asks for a link address where there is none: on a device
 *	that has none any more, or because there is no gateway.
 * Context: softirq.
 */
bool ecmp_probe_possible(const struct ecmp_probe *p)
{
	const struct net_device *dev;
	bool possible;

	if (p->kind == ECMP_PROBE_NONE)
		return false;
	if (p->kind != ECMP_PROBE_ARP && p->kind != ECMP_PROBE_ND)
		return true;
	rcu_read_lock();
	dev = dev_get_by_index_rcu(p->nh->en->net, READ_ONCE(p->nh->ifindex));
	possible = !dev ||
		   !(READ_ONCE(dev->flags) & (IFF_NOARP | IFF_LOOPBACK));
	rcu_read_unlock();
	return possible;
}

/**
 * ecmp_probe_send - send one probe
 * @p: probe
 * @ask: to whom
 *
 * Return: whether it was sent: false proves nothing about the path.
 * Context: softirq; RCU.
 */
bool ecmp_probe_send(const struct ecmp_probe *p,
		     const struct ecmp_probe_ask *ask)
{
	struct net *net = p->nh->en->net;
	struct net_device *dev;

	dev = dev_get_by_index_rcu(net, READ_ONCE(p->nh->ifindex));
	/* Without carrier what is sent is thrown away, and nobody is told. */
	if (!dev || !netif_running(dev) || !netif_carrier_ok(dev))
		return false;
	switch (p->kind) {
	case ECMP_PROBE_ARP:
		return ecmp_send_arp(ask, dev);
	case ECMP_PROBE_ND:
		return ecmp_send_nd(net, ask, dev);
	case ECMP_PROBE_ECHO4:
	case ECMP_PROBE_ECHO6:
		return ecmp_send_echo(p, ask, dev);
	default:
		return false;
	}
}
