// SPDX-License-Identifier: GPL-2.0
/*
 * The dst of a next hop: made, refreshed, retired here and nowhere else.
 *
 * A forwarded packet that carries one of these goes on through the kernel's
 * own forwarder. That function is not exported, so its address is read from
 * a route that the kernel itself made (ecmp_dst_learn); nothing on a packet
 * ever points into this module, which may therefore be unloaded while packets
 * that it routed are still queued somewhere.
 */
#include <linux/inetdevice.h>
#include <linux/netdevice.h>
#include <linux/slab.h>
#include <net/addrconf.h>
#include <net/ip.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/route.h>

#include "dst.h"
#include "nexthop.h"
#include "table.h"
#include "../netns.h"

typedef int (*ecmp_forward_t)(struct sk_buff *skb);

/* The kernel's ip_forward() and ip6_forward(), by ecmp_family_index(); NULL
 * until learned, then for good.
 */
static ecmp_forward_t ecmp_forward[2];

/* What a dst has that is not to be used yet, or no more. */
static ecmp_forward_t ecmp_discard;

/**
 * ecmp_dst_init - once, when the module is loaded
 *
 * Return: 0 or -ENOMEM.
 * Context: process.
 */
int ecmp_dst_init(void)
{
	struct rtable *rt = rt_dst_alloc(init_net.loopback_dev, 0, RTN_UNICAST,
					 true);

	if (!rt)
		return -ENOMEM;
	ecmp_discard = rt->dst.input;
	dst_release(&rt->dst);
	return 0;
}

/**
 * ecmp_dst_ready - may packets be forwarded yet?
 * @family: AF_INET or AF_INET6
 *
 * Return: whether the kernel's forwarder of the family is known.
 * Context: any.
 */
bool ecmp_dst_ready(u8 family)
{
	return READ_ONCE(ecmp_forward[ecmp_family_index(family)]);
}

static struct sk_buff *ecmp_probe_alloc(struct net_device *dev, __be32 addr)
{
	struct sk_buff *skb = alloc_skb(LL_MAX_HEADER + sizeof(struct iphdr),
					GFP_ATOMIC);
	struct iphdr *iph;

	if (!skb)
		return NULL;
	skb_reserve(skb, LL_MAX_HEADER);
	skb_reset_network_header(skb);
	iph = skb_put_zero(skb, sizeof(*iph));
	iph->version = 4;
	iph->ihl = sizeof(*iph) / 4;
	iph->ttl = 64;
	iph->protocol = IPPROTO_UDP;
	iph->tot_len = htons(sizeof(*iph));
	iph->saddr = addr;
	iph->daddr = addr;
	skb->protocol = htons(ETH_P_IP);
	skb->pkt_type = PACKET_HOST;
	skb->dev = dev;
	return skb;
}

/*
 * Keep the input function of one of the kernel's routes. It may end just now:
 * dst_dev_put() makes it drop what comes, which is nothing to keep for good.
 */
static void ecmp_dst_learn_from(const struct dst_entry *dst, u8 family)
{
	ecmp_forward_t input = READ_ONCE(dst->input);

	if (input != ecmp_discard)
		WRITE_ONCE(ecmp_forward[ecmp_family_index(family)], input);
}

static void ecmp_dst_learn_v4(struct net_device *dev, __be32 addr)
{
	struct sk_buff *skb;
	struct rtable *rt;

	if (!addr || ipv4_is_multicast(addr) || ipv4_is_loopback(addr))
		return;
	skb = ecmp_probe_alloc(dev, addr);
	if (!skb)
		return;
	local_bh_disable();
	if (!ip_route_input_noref(skb, addr, addr, 0, dev)) {
		rt = skb_rtable(skb);
		if (rt && rt_is_input_route(rt) && rt->rt_type == RTN_UNICAST &&
		    !rt->dst.error && !rt->dst.lwtstate)
			ecmp_dst_learn_from(&rt->dst, AF_INET);
	}
	skb_dst_drop(skb);
	local_bh_enable();
	kfree_skb(skb);
}

static void ecmp_dst_learn_v6(struct net_device *dev,
			      const struct in6_addr *addr)
{
	struct rt6_info *rt;

	if (!ipv6_mod_enabled() || ipv6_addr_any(addr) ||
	    ipv6_addr_is_multicast(addr))
		return;
	rt = rt6_lookup(dev_net(dev), addr, NULL, dev->ifindex, NULL, 0);
	if (!rt)
		return;
	if (!(rt->rt6i_flags & (RTF_LOCAL | RTF_ANYCAST | RTF_REJECT)) &&
	    !rt->dst.error && !rt->dst.lwtstate)
		ecmp_dst_learn_from(&rt->dst, AF_INET6);
	ip6_rt_put(rt);
}

/**
 * ecmp_dst_learn - learn the kernel's forwarder from one of its own routes
 * @dev: a device; for IPv4 one that forwards
 * @family: AF_INET or AF_INET6
 * @addr: an address that the kernel reaches through @dev: a gateway, or the
 *	source of a packet that came in there
 *
 * Asks the kernel how it would forward a packet to @addr (IPv4: that came in
 * by @dev), and keeps the input function of a plain forwarding route.
 *
 * Return: whether the forwarder is known now.
 * Context: RCU; softirq or process.
 */
bool ecmp_dst_learn(struct net_device *dev, u8 family,
		    const struct ecmp_addr *addr)
{
	if (ecmp_dst_ready(family))
		return true;
	if (family == AF_INET6)
		ecmp_dst_learn_v6(dev, (const struct in6_addr *)addr->b);
	else
		ecmp_dst_learn_v4(dev, addr->w[0]);
	return ecmp_dst_ready(family);
}

/* Are IPsec policies to be passed over for what leaves by @dev? RCU. */
static bool ecmp_dev_noxfrm(const struct net_device *dev)
{
	struct in_device *in_dev = __in_dev_get_rcu(dev);

	return in_dev && IN_DEV_ORCONF(in_dev, NOXFRM);
}

static struct dst_entry *ecmp_dst_alloc_v4(const struct ecmp_nexthop *nh)
{
	struct rtable *rt;
	bool noxfrm;

	rcu_read_lock();
	noxfrm = ecmp_dev_noxfrm(nh->dev);
	rcu_read_unlock();

	rt = rt_dst_alloc(nh->dev, 0, RTN_UNICAST, noxfrm);
	if (!rt)
		return NULL;
	rt->rt_is_input = 1;
	if (nh->key.gateway_family == AF_INET) {
		rt->rt_uses_gateway = 1;
		rt->rt_gw_family = AF_INET;
		rt->rt_gw4 = nh->key.gateway.w[0];
	}
	return &rt->dst;
}

/*
 * Without a flag of a cached per-CPU route a path MTU that some sender learns
 * would be written into this dst, for everybody and for good.
 */
static struct dst_entry *ecmp_dst_alloc_v6(const struct ecmp_nexthop *nh)
{
	struct inet6_dev *idev = in6_dev_get(nh->dev);
	struct rt6_info *rt;

	/* The device does not speak IPv6 (now). */
	if (!idev)
		return NULL;
	rt = ip6_dst_alloc(nh->en->net, nh->dev, DST_NOCOUNT);
	if (!rt) {
		in6_dev_put(idev);
		return NULL;
	}
	rt->rt6i_idev = idev;
	rt->rt6i_flags = RTF_UP | RTF_PCPU;
	if (nh->key.gateway_family == AF_INET6) {
		rt->rt6i_flags |= RTF_GATEWAY;
		memcpy(&rt->rt6i_gateway, nh->key.gateway.b,
		       sizeof(rt->rt6i_gateway));
	}
	rt->dst.output = ip6_output;
	rt->sernum = rt_genid_ipv6(nh->en->net);
	return &rt->dst;
}

static struct dst_entry *ecmp_dst_alloc(const struct ecmp_nexthop *nh)
{
	return nh->key.family == AF_INET6 ? ecmp_dst_alloc_v6(nh) :
					    ecmp_dst_alloc_v4(nh);
}

static void ecmp_dst_set_end(struct ecmp_dst_set *set)
{
	u32 i;

	for (i = 0; i <= set->mask; i++) {
		if (!set->dst[i])
			continue;
		/* A cached IPv6 dst is valid by its number alone. */
		if (set->family == AF_INET6)
			WRITE_ONCE(((struct rt6_info *)set->dst[i])->sernum,
				   -1);
		dst_dev_put(set->dst[i]);
		dst_release(set->dst[i]);
	}
}

/**
 * ecmp_dst_set_free - end a set that no packet has in its hands any more
 * @set: unpublished for a grace period, or never published; or NULL
 *
 * What still holds one of its dsts (a queue, a flowtable) finds it dead.
 *
 * Context: any.
 */
void ecmp_dst_set_free(struct ecmp_dst_set *set)
{
	if (!set)
		return;
	ecmp_dst_set_end(set);
	kfree(set);
}

static void ecmp_dst_set_free_rcu(struct rcu_head *rcu)
{
	ecmp_dst_set_free(container_of(rcu, struct ecmp_dst_set, rcu));
}

/**
 * ecmp_dst_set_alloc - make the dsts of a next hop
 * @nh: with a device
 *
 * Return: the set, which the caller owns and ends with
 *	ecmp_dst_set_retire(), or NULL when out of memory.
 * Context: process; en->lock, so that the device cannot go meanwhile.
 */
struct ecmp_dst_set *ecmp_dst_set_alloc(const struct ecmp_nexthop *nh)
{
	u32 i, n = nh->dev->priv_flags & IFF_XMIT_DST_RELEASE ?
		   1 : roundup_pow_of_two(nr_cpu_ids);
	struct ecmp_dst_set *set;

	set = kzalloc(struct_size(set, dst, n), ECMP_GFP);
	if (!set)
		return NULL;
	set->mask = n - 1;
	set->family = nh->key.family;
	for (i = 0; i < n; i++) {
		set->dst[i] = ecmp_dst_alloc(nh);
		if (!set->dst[i]) {
			ecmp_dst_set_free(set);
			return NULL;
		}
	}
	return set;
}

/**
 * ecmp_dst_set_retire - end a set once no packet can pick it up any more
 * @set: unpublished, or NULL
 *
 * Packets that were lent one of its dsts go on; what still holds one
 * afterwards (a queue, a flowtable) finds it dead.
 *
 * Context: any. Module exit waits with rcu_barrier().
 */
void ecmp_dst_set_retire(struct ecmp_dst_set *set)
{
	/* Flowtables follow a dead path's dst until it is ended. */
	if (set)
		call_rcu_hurry(&set->rcu, ecmp_dst_set_free_rcu);
}

/**
 * ecmp_dst_set_retire_now - end a set whose device is going away
 * @set: unpublished, or NULL
 *
 * Gives the device back before it returns, whoever still holds a dst.
 *
 * Context: process.
 */
void ecmp_dst_set_retire_now(struct ecmp_dst_set *set)
{
	if (!set)
		return;
	ecmp_dst_set_end(set);
	kfree_rcu(set, rcu);
}

/**
 * ecmp_dst_arm - put the kernel's forwarder, learned meanwhile, into a set
 * @set: of a next hop, made before it was known
 *
 * Return: false when it is not known yet.
 * Context: any; RCU.
 */
bool ecmp_dst_arm(struct ecmp_dst_set *set)
{
	ecmp_forward_t forward =
		READ_ONCE(ecmp_forward[ecmp_family_index(set->family)]);
	u32 i;

	if (!forward)
		return false;
	for (i = 0; i <= set->mask; i++)
		if (set->dst[i]->obsolete == DST_OBSOLETE_FORCE_CHK)
			WRITE_ONCE(set->dst[i]->input, forward);
	/* Another CPU that sees it armed sees the functions. */
	smp_store_release(&set->armed, true);
	return true;
}

/* disable_xfrm makes all routes stale: the kernel's are made anew, ours not. */
static void ecmp_dst_renew_noxfrm(struct dst_entry *dst)
{
	unsigned short was = READ_ONCE(dst->flags), flags;

	flags = ecmp_dev_noxfrm(dst->dev) ? was | DST_NOXFRM :
					    was & ~DST_NOXFRM;
	if (flags != was)
		WRITE_ONCE(dst->flags, flags);
}

/**
 * ecmp_dst_renew - bring a dst in step with the kernel's routes
 * @dst: see ecmp_dst_is_stale()
 * @family: of its packets
 *
 * Context: any; RCU.
 */
void ecmp_dst_renew(struct dst_entry *dst, u8 family)
{
	struct net *net = dev_net(dst->dev);

	if (family == AF_INET6) {
		WRITE_ONCE(((struct rt6_info *)dst)->sernum,
			   rt_genid_ipv6(net));
		return;
	}
	ecmp_dst_renew_noxfrm(dst);
	WRITE_ONCE(((struct rtable *)dst)->rt_genid, rt_genid_ipv4(net));
}

/**
 * ecmp_dst_give - give a packet the dst of its next hop, to keep
 * @skb: packet of the next hop's family, the router's own, which leaves the RCU
 *	section with it; a dst that it has is dropped
 * @set: of the next hop; what the router sends itself needs no forwarder
 *
 * Return: false when its device has gone, and nothing changed.
 * Context: BH off, or nobody minds which CPU's dst it is; RCU.
 */
bool ecmp_dst_give(struct sk_buff *skb, const struct ecmp_dst_set *set)
{
	struct dst_entry *dst = ecmp_dst_pick(set);

	/* A device that goes has its dsts released at once. */
	if (!dst_hold_safe(dst))
		return false;
	if (ecmp_dst_is_stale(dst, set->family))
		ecmp_dst_renew(dst, set->family);
	skb_dst_drop(skb);
	skb_dst_set(skb, dst);
	return true;
}
