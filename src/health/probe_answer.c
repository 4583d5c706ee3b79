// SPDX-License-Identifier: GPL-2.0
/*
 * Answers to probes on their way in. ARP replies and neighbour advertisements
 * go on to the kernel. An echo reply that carries our cookie is ours alone: the
 * request met no conntrack, to which the reply would be invalid.
 */
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/jhash.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/siphash.h>
#include <linux/slab.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/ndisc.h>

#include "probe.h"
#include "../netns.h"

static u32 ecmp_answer_key(const struct ecmp_addr *addr)
{
	return jhash(addr->b, sizeof(addr->b), 0);
}

/**
 * ecmp_probe_key - by what the answers to a probe are told apart
 * @p: probe
 *
 * Return: its key in ecmp_net.probes.
 * Context: any.
 */
u32 ecmp_probe_key(const struct ecmp_probe *p)
{
	if (p->kind == ECMP_PROBE_ARP || p->kind == ECMP_PROBE_ND)
		return ecmp_answer_key(&p->nh->key.gateway);
	return p->id;
}

/**
 * ecmp_echo_cookie - what proves that a reply answers one of our requests
 * @en: namespace
 * @echo: what the request carries, or the reply; but for the cookie
 * @target: who is asked
 *
 * Each target sees the requests to it: what it learns must not help it to
 * answer for another one, by another path, or later.
 *
 * Return: the cookie.
 * Context: any.
 */
u64 ecmp_echo_cookie(const struct ecmp_net *en,
		     const struct ecmp_probe_echo *echo,
		     const struct ecmp_addr *target)
{
	const struct {
		struct ecmp_addr	target;
		u64			sent_at;
		u32			id;
		u32			seq;
	} asked = {
		.target = *target,
		.sent_at = echo->sent_at,
		.id = echo->id,
		.seq = echo->seq,
	};

	return siphash(&asked, sizeof(asked), &en->probe_key);
}

/* A neighbour told its link address. */
static void ecmp_answer_neighbour(struct ecmp_net *en,
				  const struct net_device *dev,
				  enum ecmp_probe_kind kind,
				  const struct ecmp_addr *from, const u8 *link)
{
	struct ecmp_probe *p;

	hash_for_each_possible_rcu(en->probes, p, hash, ecmp_answer_key(from))
		if (p->kind == kind &&
		    READ_ONCE(p->nh->ifindex) == dev->ifindex)
			ecmp_probe_heard(p, from, 0, link, dev->addr_len);
}

static int ecmp_answer_arp(struct sk_buff *skb, struct net_device *dev,
			   struct packet_type *pt, struct net_device *orig)
{
	struct ecmp_net *en = ecmp_net_get(dev_net(dev));
	u8 buf[sizeof(struct arphdr) + 2 * (MAX_ADDR_LEN + 4)];
	unsigned int len = arp_hdr_len(dev);
	const struct arphdr *arp;
	struct ecmp_addr from;
	__be32 ip;
	const u8 *link;

	if (!en || skb->pkt_type != PACKET_HOST || len > sizeof(buf))
		goto out;
	arp = skb_header_pointer(skb, skb_network_offset(skb), len, buf);
	if (!arp || arp->ar_op != htons(ARPOP_REPLY) ||
	    arp->ar_pro != htons(ETH_P_IP) || arp->ar_pln != 4 ||
	    arp->ar_hln != dev->addr_len)
		goto out;
	link = (const u8 *)(arp + 1);
	memcpy(&ip, link + dev->addr_len, sizeof(ip));
	from = ecmp_addr_v4(ip);
	ecmp_answer_neighbour(en, dev, ECMP_PROBE_ARP, &from, link);
out:
	consume_skb(skb);
	return NET_RX_SUCCESS;
}

static struct packet_type ecmp_arp_type = {
	.type = cpu_to_be16(ETH_P_ARP),
	.func = ecmp_answer_arp,
};

/* How many probes wait for ARP replies, in all namespaces. */
static unsigned int ecmp_arp_users;
static DEFINE_MUTEX(ecmp_arp_mutex);

static void ecmp_answer_na(struct ecmp_net *en, const struct sk_buff *skb,
			   const struct net_device *dev, int offset)
{
	const u8 *link = NULL;
	struct nd_msg buf;
	const struct nd_msg *na;
	struct ecmp_addr from;

	na = skb_header_pointer(skb, offset, sizeof(buf), &buf);
	/* With less than that it came from beyond the link. */
	if (!na || ipv6_hdr(skb)->hop_limit != 255 || na->icmph.icmp6_code ||
	    !na->icmph.icmp6_solicited)
		return;
	if (dev->type == ARPHRD_ETHER && skb_mac_header_was_set(skb))
		link = eth_hdr(skb)->h_source;
	from = ecmp_addr_v6(&na->target);
	ecmp_answer_neighbour(en, dev, ECMP_PROBE_ND, &from, link);
}

/* Return: whether it is the reply to an echo request of ours. */
static bool ecmp_answer_echo(struct ecmp_net *en, const struct sk_buff *skb,
			     const struct net_device *dev, int offset,
			     enum ecmp_probe_kind kind,
			     const struct ecmp_addr *from)
{
	struct ecmp_probe_echo echo;
	struct ecmp_probe *p;

	/* A copy: in the packet it may stand at any address. */
	if (skb_copy_bits(skb, offset + sizeof(struct icmphdr), &echo,
			  sizeof(echo)) ||
	    echo.cookie != ecmp_echo_cookie(en, &echo, from))
		return false;
	hash_for_each_possible_rcu(en->probes, p, hash, echo.id)
		if (p->kind == kind && p->id == echo.id &&
		    READ_ONCE(p->nh->ifindex) == dev->ifindex)
			ecmp_probe_heard(p, from, echo.sent_at, NULL, 0);
	return true;
}

static unsigned int ecmp_answer_v4(void *priv, struct sk_buff *skb,
				   const struct nf_hook_state *state)
{
	const struct iphdr *iph = ip_hdr(skb);
	int offset = skb_network_offset(skb) + iph->ihl * 4;
	struct icmphdr buf;
	const struct icmphdr *icmp;
	struct ecmp_addr from;

	if (likely(iph->protocol != IPPROTO_ICMP) || ip_is_fragment(iph))
		return NF_ACCEPT;
	icmp = skb_header_pointer(skb, offset, sizeof(buf), &buf);
	if (!icmp || icmp->type != ICMP_ECHOREPLY)
		return NF_ACCEPT;
	from = ecmp_addr_v4(iph->saddr);
	if (!ecmp_answer_echo(priv, skb, state->in, offset, ECMP_PROBE_ECHO4,
			      &from))
		return NF_ACCEPT;
	consume_skb(skb);
	return NF_STOLEN;
}

static unsigned int ecmp_answer_v6(void *priv, struct sk_buff *skb,
				   const struct nf_hook_state *state)
{
	const struct ipv6hdr *hdr = ipv6_hdr(skb);
	int offset = skb_network_offset(skb) + sizeof(*hdr);
	struct icmp6hdr buf;
	const struct icmp6hdr *icmp;
	struct ecmp_addr from;

	if (likely(hdr->nexthdr != IPPROTO_ICMPV6))
		return NF_ACCEPT;
	icmp = skb_header_pointer(skb, offset, sizeof(buf), &buf);
	if (icmp && icmp->icmp6_type == NDISC_NEIGHBOUR_ADVERTISEMENT)
		ecmp_answer_na(priv, skb, state->in, offset);
	if (!icmp || icmp->icmp6_type != ICMPV6_ECHO_REPLY)
		return NF_ACCEPT;
	from = ecmp_addr_v6(&hdr->saddr);
	if (!ecmp_answer_echo(priv, skb, state->in, offset, ECMP_PROBE_ECHO6,
			      &from))
		return NF_ACCEPT;
	consume_skb(skb);
	return NF_STOLEN;
}

static const struct nf_hook_ops ecmp_answer_ops[] = {
	{
		.hook		= ecmp_answer_v4,
		.pf		= NFPROTO_IPV4,
		.hooknum	= NF_INET_PRE_ROUTING,
		.priority	= NF_IP_PRI_FIRST,
	},
	{
		.hook		= ecmp_answer_v6,
		.pf		= NFPROTO_IPV6,
		.hooknum	= NF_INET_PRE_ROUTING,
		.priority	= NF_IP6_PRI_FIRST,
	},
};

static int ecmp_answers_hook(struct ecmp_net *en)
{
	struct nf_hook_ops *ops;
	unsigned int i;
	int err;

	if (en->probe_hooks)
		return 0;
	ops = kmemdup(ecmp_answer_ops, sizeof(ecmp_answer_ops),
		      ECMP_GFP);
	if (!ops)
		return -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(ecmp_answer_ops); i++)
		ops[i].priv = en;
	err = nf_register_net_hooks(en->net, ops, ARRAY_SIZE(ecmp_answer_ops));
	if (!err) {
		en->probe_hooks = ops;
		return 0;
	}
	/* One of them may have been there for a moment. */
	synchronize_net();
	kfree(ops);
	return err;
}

/**
 * ecmp_answers_await - before a probe is sent: see its answer
 * @en: namespace
 * @kind: of the probe
 *
 * Return: 0, to be ended with ecmp_answers_leave(), or a negative errno.
 * Context: process, en->lock.
 */
int ecmp_answers_await(struct ecmp_net *en, enum ecmp_probe_kind kind)
{
	if (kind == ECMP_PROBE_NONE)
		return 0;
	if (kind != ECMP_PROBE_ARP)
		return ecmp_answers_hook(en);
	mutex_lock(&ecmp_arp_mutex);
	if (!ecmp_arp_users++)
		dev_add_pack(&ecmp_arp_type);
	mutex_unlock(&ecmp_arp_mutex);
	return 0;
}

/**
 * ecmp_answers_leave - no more probes of this one
 * @kind: of the probe
 *
 * Netfilter's hooks stay until ecmp_answers_trim().
 *
 * Context: process, en->lock; may wait for packets in flight.
 */
void ecmp_answers_leave(enum ecmp_probe_kind kind)
{
	if (kind != ECMP_PROBE_ARP)
		return;
	mutex_lock(&ecmp_arp_mutex);
	if (!--ecmp_arp_users)
		dev_remove_pack(&ecmp_arp_type);
	mutex_unlock(&ecmp_arp_mutex);
}

/**
 * ecmp_answers_trim - look at no packets for a namespace that checks nothing
 * @en: namespace
 *
 * Packets that programs hold in nfqueues go when a hook goes, so these go when
 * all others have gone as well: not with a load that has no check any more.
 *
 * Context: process, en->lock; may wait for packets in flight.
 */
void ecmp_answers_trim(struct ecmp_net *en)
{
	struct nf_hook_ops *ops = en->probe_hooks;

	if (!ops || en->hooks || !hash_empty(en->probes))
		return;
	en->probe_hooks = NULL;
	nf_unregister_net_hooks(en->net, ops, ARRAY_SIZE(ecmp_answer_ops));
	synchronize_net();
	kfree(ops);
}
