// SPDX-License-Identifier: GPL-2.0
/*
 * What the FIB notifier tells, in atomic context: changes of the local table
 * are applied there and then, those of the main table are copied to a queue
 * (kernel_routes.c). Of each prefix it tells the best route.
 */
#include <linux/inetdevice.h>
#include <linux/slab.h>
#include <net/fib_notifier.h>
#include <net/ip6_fib.h>
#include <net/ip_fib.h>
#include <net/ipv6.h>
#include <net/lwtunnel.h>
#include <net/nexthop.h>

#include "kernel_events.h"
#include "../netns.h"

#define ECMP_KERNEL_LEGS_MAX	(ECMP_PREFIX_ROUTES_MAX / 2)

static struct ecmp_net *ecmp_net_of(struct notifier_block *nb)
{
	return container_of(nb, struct ecmp_net, kernel_routes.notifier);
}

static struct ecmp_kernel_change *ecmp_change_alloc(struct ecmp_net *en,
						    u8 family, unsigned int n)
{
	struct ecmp_kernel_change *c;

	c = kzalloc(struct_size(c, leg, n), GFP_ATOMIC | __GFP_NOWARN);
	if (!c) {
		ecmp_kernel_routes_missed(en);
		return NULL;
	}
	c->family = family;
	c->n = n;
	return c;
}

/* Copy one next hop; false: only the kernel can follow it. */
static bool ecmp_leg_fill(struct ecmp_kernel_leg *leg, u8 family,
			  const struct fib_nh_common *nhc)
{
	if (!nhc->nhc_dev || nhc->nhc_lwtstate ||
	    nhc->nhc_dev->flags & IFF_LOOPBACK ||
	    (nhc->nhc_gw_family && nhc->nhc_gw_family != family))
		return false;
	strscpy(leg->device, nhc->nhc_dev->name, sizeof(leg->device));
	leg->ifindex = nhc->nhc_dev->ifindex;
	leg->gateway_family = nhc->nhc_gw_family;
	if (nhc->nhc_gw_family == AF_INET)
		leg->gateway = ecmp_addr_v4(nhc->nhc_gw.ipv4);
	else if (nhc->nhc_gw_family == AF_INET6)
		leg->gateway = ecmp_addr_v6(&nhc->nhc_gw.ipv6);
	leg->weight = clamp(nhc->nhc_weight, 1, 256);
	leg->type = ECMP_ROUTE_UNICAST;
	return true;
}

static u8 ecmp_leg_type(u8 rtn)
{
	switch (rtn) {
	case RTN_BLACKHOLE:
		return ECMP_ROUTE_BLACKHOLE;
	case RTN_UNREACHABLE:
		return ECMP_ROUTE_UNREACHABLE;
	case RTN_PROHIBIT:
		return ECMP_ROUTE_PROHIBIT;
	default:
		return ECMP_MEMBER_NATIVE;
	}
}

/* One leg instead of all: what is no unicast, or only the kernel can follow. */
static void ecmp_change_single(struct ecmp_kernel_change *c, u8 type)
{
	c->n = 1;
	memset(c->leg, 0, sizeof(c->leg[0]));
	c->leg[0].type = type;
	c->leg[0].weight = 1;
}

static void ecmp_change_origin(struct ecmp_kernel_change *c, u32 metric,
			       u8 protocol)
{
	unsigned int i;

	for (i = 0; i < c->n; i++) {
		c->leg[i].metric = metric;
		c->leg[i].protocol = protocol;
	}
}

/* --- IPv4 -------------------------------------------------------------- */

/*
 * Nexthop objects change without a word to us, and a route's own MTU is not
 * in a next hop's identity: the kernel follows those itself.
 */
static bool ecmp_fill_v4(struct ecmp_kernel_change *c, struct fib_info *fi)
{
	unsigned int i;

	if (fi->nh || fi->fib_mtu)
		return false;
	for (i = 0; i < c->n; i++)
		if (!ecmp_leg_fill(&c->leg[i], AF_INET, fib_info_nhc(fi, i)))
			return false;
	return true;
}

static void ecmp_event_main_v4(struct ecmp_net *en, unsigned long event,
			       const struct fib_entry_notifier_info *info)
{
	struct fib_info *fi = info->fi;
	struct ecmp_kernel_change *c;
	unsigned int n = 0;

	if (event != FIB_EVENT_ENTRY_DEL)
		n = clamp_t(unsigned int, fib_info_num_path(fi), 1,
			    ECMP_KERNEL_LEGS_MAX);
	c = ecmp_change_alloc(en, AF_INET, n);
	if (!c)
		return;
	c->dst.addr = ecmp_addr_v4(htonl(info->dst));
	c->dst.len = info->dst_len;
	if (n && info->type != RTN_UNICAST)
		ecmp_change_single(c, ecmp_leg_type(info->type));
	else if (n && (info->dscp || !ecmp_fill_v4(c, fi)))
		ecmp_change_single(c, ECMP_MEMBER_NATIVE);
	if (n)
		ecmp_change_origin(c, fi->fib_priority, fi->fib_protocol);
	ecmp_kernel_routes_queue(en, c);
}

static void ecmp_event_v4(struct ecmp_net *en, unsigned long event,
			  const struct fib_notifier_info *info)
{
	const struct fib_entry_notifier_info *entry =
		container_of(info, struct fib_entry_notifier_info, info);
	const struct ecmp_prefix dst = {
		.addr = ecmp_addr_v4(htonl(entry->dst)), .len = entry->dst_len,
	};

	if (entry->tb_id == RT_TABLE_MAIN)
		ecmp_event_main_v4(en, event, entry);
	else if (entry->tb_id != RT_TABLE_LOCAL)
		return;
	else if (event == FIB_EVENT_ENTRY_DEL)
		ecmp_local_del(&en->local[0], &dst);
	else
		ecmp_local_set(&en->local[0], &dst, entry->type);
}

/* --- IPv6 -------------------------------------------------------------- */

/* A router's advertisement sets the MTU of the whole link, too. */
static bool ecmp_own_mtu_v6(const struct fib6_info *rt)
{
	return rt->fib6_protocol != RTPROT_RA && rt->fib6_pmtu;
}

static bool ecmp_fill_v6(struct ecmp_kernel_change *c,
			 const struct fib6_info *rt)
{
	const struct fib6_info *sibling;
	unsigned int i = 1;

	if (rt->nh || ecmp_own_mtu_v6(rt) ||
	    !ecmp_leg_fill(&c->leg[0], AF_INET6, &rt->fib6_nh->nh_common))
		return false;
	if (c->n == 1)
		return true;
	list_for_each_entry(sibling, &rt->fib6_siblings, fib6_siblings) {
		if (i == c->n)
			break;
		if (sibling->nh || ecmp_own_mtu_v6(sibling) ||
		    !ecmp_leg_fill(&c->leg[i], AF_INET6,
				   &sibling->fib6_nh->nh_common))
			return false;
		i++;
	}
	c->n = i;
	return true;
}

/*
 * Every event but a deletion says all legs of a prefix as they are then. A
 * deletion is of one of them, unless it has siblings or is told as a whole.
 */
static void ecmp_event_main_v6(struct ecmp_net *en, unsigned long event,
			       const struct fib6_entry_notifier_info *info)
{
	const struct fib6_info *rt = info->rt;
	bool del = event == FIB_EVENT_ENTRY_DEL;
	struct ecmp_kernel_change *c;
	unsigned int n = 1;

	/* Told after the lock was released, and changed again meanwhile. */
	if (!del && info->nsiblings && !rcu_access_pointer(rt->fib6_node))
		return;
	if (!del)
		n += min_t(unsigned int, READ_ONCE(rt->fib6_nsiblings),
			   ECMP_KERNEL_LEGS_MAX - 1);
	else if (info->nsiblings || rt->nh || rt->fib6_type != RTN_UNICAST)
		n = 0;
	c = ecmp_change_alloc(en, AF_INET6, n);
	if (!c)
		return;
	c->dst.addr = ecmp_addr_v6(&rt->fib6_dst.addr);
	c->dst.len = rt->fib6_dst.plen;
	c->less = del && n;
	if (n && rt->fib6_type != RTN_UNICAST)
		ecmp_change_single(c, ecmp_leg_type(rt->fib6_type));
	else if (n && !ecmp_fill_v6(c, rt)) {
		if (c->less)
			c->n = 0;
		else
			ecmp_change_single(c, ECMP_MEMBER_NATIVE);
	}
	c->less = c->less && c->n;
	ecmp_change_origin(c, rt->fib6_metric, rt->fib6_protocol);
	ecmp_kernel_routes_queue(en, c);
}

/* Only the kernel follows a source-specific route: the prefix is its. */
static void ecmp_event_source_v6(struct ecmp_net *en, unsigned long event,
				 const struct fib6_info *rt)
{
	struct ecmp_kernel_change *c;

	/* There may be an ordinary route beside it, told long ago. */
	if (event == FIB_EVENT_ENTRY_DEL) {
		ecmp_kernel_routes_missed(en);
		return;
	}
	c = ecmp_change_alloc(en, AF_INET6, 1);
	if (!c)
		return;
	c->dst.addr = ecmp_addr_v6(&rt->fib6_dst.addr);
	c->dst.len = rt->fib6_dst.plen;
	ecmp_change_single(c, ECMP_MEMBER_NATIVE);
	ecmp_change_origin(c, rt->fib6_metric, rt->fib6_protocol);
	ecmp_kernel_routes_queue(en, c);
}

static void ecmp_event_v6(struct ecmp_net *en, unsigned long event,
			  const struct fib_notifier_info *info)
{
	const struct fib6_entry_notifier_info *entry =
		container_of(info, struct fib6_entry_notifier_info, info);
	const struct fib6_info *rt = entry->rt;
	const struct ecmp_prefix dst = {
		.addr = ecmp_addr_v6(&rt->fib6_dst.addr),
		.len = rt->fib6_dst.plen,
	};
	u32 table = rt->fib6_table->tb6_id;

	if (table == RT6_TABLE_LOCAL) {
		if (event == FIB_EVENT_ENTRY_DEL)
			ecmp_local_del(&en->local[1], &dst);
		else
			ecmp_local_set(&en->local[1], &dst, rt->fib6_type);
		return;
	}
	/* Link-local and multicast are never decided. */
	if (table != RT6_TABLE_MAIN ||
	    ipv6_addr_type(&rt->fib6_dst.addr) &
	    (IPV6_ADDR_LINKLOCAL | IPV6_ADDR_MULTICAST))
		return;
	if (rt->fib6_src.plen)
		ecmp_event_source_v6(en, event, rt);
	else
		ecmp_event_main_v6(en, event, entry);
}

/**
 * ecmp_kernel_event - the FIB notifier
 * @nb: ecmp_kernel_routes.notifier
 * @event: FIB_EVENT_*
 * @ptr: struct fib_notifier_info
 *
 * Return: NOTIFY_DONE; an error would veto the administrator's "ip route".
 * Context: atomic.
 */
int ecmp_kernel_event(struct notifier_block *nb, unsigned long event,
		      void *ptr)
{
	const struct fib_notifier_info *info = ptr;

	switch (event) {
	case FIB_EVENT_ENTRY_REPLACE:
	case FIB_EVENT_ENTRY_APPEND:
	case FIB_EVENT_ENTRY_ADD:
	case FIB_EVENT_ENTRY_DEL:
		break;
	default:
		return NOTIFY_DONE;
	}
	if (info->family == AF_INET)
		ecmp_event_v4(ecmp_net_of(nb), event, info);
	else if (info->family == AF_INET6)
		ecmp_event_v6(ecmp_net_of(nb), event, info);
	return NOTIFY_DONE;
}
