// SPDX-License-Identifier: GPL-2.0
/*
 * What the FIB notifier tells, in atomic context: changes of the local table
 * are applied there and then, those of the tables that are followed are copied
 * to a queue (kernel_routes.c). Of each prefix it tells the best route; of
 * default routes that is not enough: they are read (kernel_defaults.c).
 */
#include <linux/inetdevice.h>
#include <linux/rtnetlink.h>
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
#define ECMP_WEIGHT_MAX		256

static struct ecmp_kernel_change *ecmp_change_alloc(struct ecmp_net *en,
						    u8 family, unsigned int n)
{
	struct ecmp_kernel_change *c = NULL;
	size_t size = struct_size(c, leg, n);

	if (ecmp_kernel_queue_has_room(en, size))
		c = kzalloc(size, ECMP_GFP_ATOMIC);
	if (!c) {
		ecmp_kernel_routes_missed(en);
		return NULL;
	}
	c->size = size;
	c->family = family;
	c->n = n;
	return c;
}

/* Copy one next hop; false: only the kernel can follow it. */
static bool ecmp_leg_fill(struct ecmp_kernel_leg *leg, u8 family,
			  const struct fib_nh_common *nhc, int weight)
{
	if (!nhc->nhc_dev || nhc->nhc_lwtstate ||
	    nhc->nhc_dev->flags & IFF_LOOPBACK ||
	    (nhc->nhc_gw_family && nhc->nhc_gw_family != family))
		return false;
	memset(leg, 0, sizeof(*leg));
	leg->ifindex = nhc->nhc_dev->ifindex;
	leg->gateway_family = nhc->nhc_gw_family;
	if (nhc->nhc_gw_family == AF_INET)
		leg->gateway = ecmp_addr_v4(nhc->nhc_gw.ipv4);
	else if (nhc->nhc_gw_family == AF_INET6)
		leg->gateway = ecmp_addr_v6(&nhc->nhc_gw.ipv6);
	leg->weight = clamp(weight, 1, U16_MAX);
	leg->type = ECMP_ROUTE_UNICAST;
	return true;
}

/* A single leg that is no unicast, or that only the kernel can follow. */
static unsigned int ecmp_leg_single(struct ecmp_kernel_leg *leg, u8 type)
{
	memset(leg, 0, sizeof(*leg));
	leg->type = type;
	leg->weight = 1;
	return 1;
}

/* The weights of a group may have 16 bits: their ratio is kept. */
static void ecmp_legs_scale(struct ecmp_kernel_leg *leg, unsigned int n)
{
	unsigned int i, largest = 0;

	for (i = 0; i < n; i++)
		largest = max_t(unsigned int, largest, leg[i].weight);
	if (largest <= ECMP_WEIGHT_MAX)
		return;
	for (i = 0; i < n; i++)
		leg[i].weight = DIV_ROUND_CLOSEST(leg[i].weight *
						  ECMP_WEIGHT_MAX,
						  largest) ?: 1;
}

/*
 * The next hops of a nexthop object; 0: only the kernel can follow it. Of a
 * resilient group the kernel moves buckets by what it sees of the traffic.
 */
static unsigned int ecmp_legs_of_object(struct ecmp_kernel_leg *leg,
					unsigned int max, u8 family,
					const struct nexthop *nh)
{
	const struct nh_group *group;
	const struct nh_info *info;
	unsigned int i;

	if (!nh->is_group) {
		info = rcu_dereference_rtnl(nh->nh_info);
		if (info->reject_nh)
			return ecmp_leg_single(leg, ECMP_ROUTE_BLACKHOLE);
		return ecmp_leg_fill(leg, family, &info->fib_nhc, 1);
	}
	group = rcu_dereference_rtnl(nh->nh_grp);
	if (group->resilient || group->fdb_nh)
		return 0;
	for (i = 0; i < group->num_nh && i < max; i++) {
		info = rcu_dereference_rtnl(group->nh_entries[i].nh->nh_info);
		if (info->reject_nh)
			return ecmp_leg_single(leg, ECMP_ROUTE_BLACKHOLE);
		if (!ecmp_leg_fill(&leg[i], family, &info->fib_nhc,
				   group->nh_entries[i].weight))
			return 0;
	}
	ecmp_legs_scale(leg, i);
	return i;
}

/**
 * ecmp_kernel_legs_object - the next hops of an IPv4 route's nexthop object
 * @net: namespace
 * @id: the object's number
 * @leg: where they go
 * @max: room there, at least 1
 *
 * Return: how many; 0: the object, and so the route, is gone; or -1: only the
 *	kernel can follow it.
 * Context: process; takes RTNL.
 */
int ecmp_kernel_legs_object(struct net *net, u32 id,
			    struct ecmp_kernel_leg *leg, unsigned int max)
{
	const struct nexthop *nh;
	int n = 0;

	/* Under RCU alone it may be missed while the kernel's tree turns. */
	rtnl_lock();
	nh = nexthop_find_by_id(net, id);
	if (nh)
		n = ecmp_legs_of_object(leg, max, AF_INET, nh) ?: -1;
	rtnl_unlock();
	return n;
}

/**
 * ecmp_kernel_leg_type - type of a kernel route's legs
 * @rtn: RTN_*
 *
 * Return: ECMP_ROUTE_*, or ECMP_MEMBER_NATIVE also for RTN_UNICAST.
 * Context: any.
 */
u8 ecmp_kernel_leg_type(u8 rtn)
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

/* @nh: the object that they change with, or NULL. */
static void ecmp_legs_origin(struct ecmp_kernel_leg *leg, unsigned int n,
			     u32 metric, u8 protocol, const struct nexthop *nh)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		leg[i].metric = metric;
		leg[i].protocol = protocol;
		leg[i].nh_id = nh ? nh->id : 0;
	}
}

/* --- IPv4 -------------------------------------------------------------- */

static unsigned int ecmp_legs_v4(struct ecmp_kernel_leg *leg, unsigned int max,
				 struct fib_info *fi)
{
	unsigned int i;

	if (fi->nh)
		return ecmp_legs_of_object(leg, max, AF_INET, fi->nh);
	for (i = 0; i < max; i++) {
		const struct fib_nh_common *nhc = fib_info_nhc(fi, i);

		if (!ecmp_leg_fill(&leg[i], AF_INET, nhc, nhc->nhc_weight))
			return 0;
	}
	return max;
}

static void ecmp_event_route_v4(struct ecmp_net *en, unsigned long event,
				const struct fib_entry_notifier_info *info)
{
	bool unicast = info->type == RTN_UNICAST;
	struct fib_info *fi = info->fi;
	/* A route's own MTU is not in a next hop's identity. */
	bool native = unicast && (info->dscp || fi->fib_mtu);
	struct ecmp_kernel_change *c;
	unsigned int n = 0;

	if (event != FIB_EVENT_ENTRY_DEL)
		n = clamp_t(unsigned int, fib_info_num_path(fi), 1,
			    ECMP_KERNEL_LEGS_MAX);
	c = ecmp_change_alloc(en, AF_INET, n);
	if (!c)
		return;
	c->table = info->tb_id;
	c->dst.addr = ecmp_addr_v4(htonl(info->dst));
	c->dst.len = info->dst_len;
	if (n) {
		c->n = unicast && !native ? ecmp_legs_v4(c->leg, n, fi) : 0;
		if (!c->n)
			c->n = ecmp_leg_single(c->leg,
					       unicast ? ECMP_MEMBER_NATIVE :
					       ecmp_kernel_leg_type(info->type));
		ecmp_legs_origin(c->leg, c->n, fi->fib_priority,
				 fi->fib_protocol, native ? NULL : fi->nh);
	}
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

	if (entry->tb_id != RT_TABLE_LOCAL) {
		if (!ecmp_kernel_wants(en, entry->tb_id))
			return;
		if (entry->dst_len)
			ecmp_event_route_v4(en, event, entry);
		else
			ecmp_kernel_defaults_changed(en);
		return;
	}
	ecmp_kernel_local_changed(en);
	if (event == FIB_EVENT_ENTRY_DEL)
		ecmp_local_del(&en->local[0], &dst);
	else if (!ecmp_local_set(&en->local[0], &dst, entry->type))
		ecmp_kernel_routes_missed(en);
}

/* --- IPv6 -------------------------------------------------------------- */

/* A router's advertisement sets the MTU of the whole link, too. */
static bool ecmp_own_mtu_v6(const struct fib6_info *rt)
{
	return rt->fib6_protocol != RTPROT_RA && rt->fib6_pmtu;
}

/**
 * ecmp_kernel_legs_v6 - the next hops of an IPv6 route, without its siblings
 * @rt: route
 * @leg: where they go, zeroed
 * @max: room there, at least 1
 *
 * Return: how many, at least 1: of a route that only the kernel can follow
 *	one of ECMP_MEMBER_NATIVE.
 * Context: RCU.
 */
unsigned int ecmp_kernel_legs_v6(const struct fib6_info *rt,
				 struct ecmp_kernel_leg *leg, unsigned int max)
{
	bool unicast = rt->fib6_type == RTN_UNICAST;
	bool native = unicast && ecmp_own_mtu_v6(rt);
	unsigned int n = 0;

	if (unicast && !native) {
		if (rt->nh)
			n = ecmp_legs_of_object(leg, max, AF_INET6, rt->nh);
		else
			n = ecmp_leg_fill(leg, AF_INET6,
					  &rt->fib6_nh->nh_common,
					  rt->fib6_nh->fib_nh_weight);
	}
	if (!n)
		n = ecmp_leg_single(leg, unicast ? ECMP_MEMBER_NATIVE :
						   ecmp_kernel_leg_type(rt->fib6_type));
	ecmp_legs_origin(leg, n, rt->fib6_metric, rt->fib6_protocol,
			 native ? NULL : rt->nh);
	return n;
}

/* All next hops: those of the route, and its siblings. */
static unsigned int ecmp_legs_siblings(const struct fib6_info *rt,
				       struct ecmp_kernel_leg *leg,
				       unsigned int max)
{
	unsigned int n = ecmp_kernel_legs_v6(rt, leg, max);
	const struct fib6_info *sibling;
	bool native = leg->type == ECMP_MEMBER_NATIVE;

	if (rt->nh || n == max)
		return n;
	/* It may change meanwhile: an end that does not depend on its own. */
	list_for_each_entry(sibling, &rt->fib6_siblings, fib6_siblings) {
		if (n == max)
			break;
		ecmp_kernel_legs_v6(sibling, &leg[n], 1);
		if (leg[n++].type == ECMP_MEMBER_NATIVE)
			native = true;
	}
	if (!native)
		return n;
	/* One of them only the kernel can follow: so all of them. */
	ecmp_leg_single(leg, ECMP_MEMBER_NATIVE);
	ecmp_legs_origin(leg, 1, rt->fib6_metric, rt->fib6_protocol, NULL);
	leg->others = min_t(unsigned int, n - 1, U8_MAX);
	return 1;
}

/* Which siblings a route has: while that is the same, none came or went. */
static unsigned long ecmp_siblings(const struct fib6_info *rt)
{
	const struct fib6_info *sibling;
	unsigned long are = 0;
	unsigned int n = 0;

	/* That has the place of their list. */
	if (rt->nh)
		return 0;
	list_for_each_entry_rcu(sibling, &rt->fib6_siblings, fib6_siblings) {
		if (++n == ECMP_KERNEL_LEGS_MAX)
			break;
		are = are * 31 + (unsigned long)sibling;
	}
	return are;
}

/*
 * Every event but a deletion says all legs of a prefix as they are then. A
 * deletion is of one of them, unless it has siblings or is told as a whole.
 *
 * A multipath route is told after the table's lock was released, which has
 * bottom halves off, and since Linux 6.16 without RTNL: it may change, and that
 * be told, before this is queued.
 */
static void ecmp_event_route_v6(struct ecmp_net *en, unsigned long event,
				const struct fib6_entry_notifier_info *info)
{
	const struct fib6_info *rt = info->rt;
	bool del = event == FIB_EVENT_ENTRY_DEL;
	const bool late = !del && !softirq_count();
	unsigned long siblings = late ? ecmp_siblings(rt) : 0;
	struct ecmp_kernel_change *c;
	unsigned int n = 1;

	/* Gone again meanwhile. */
	if (late && !rcu_access_pointer(rt->fib6_node))
		return;
	if (!del)
		n = min_t(unsigned int, ECMP_KERNEL_LEGS_MAX,
			  rt->nh ? nexthop_num_path(rt->nh) :
				   1 + READ_ONCE(rt->fib6_nsiblings));
	else if (info->nsiblings || rt->nh || rt->fib6_type != RTN_UNICAST)
		n = 0;
	c = ecmp_change_alloc(en, AF_INET6, n);
	if (!c)
		return;
	c->table = rt->fib6_table->tb6_id;
	c->dst.addr = ecmp_addr_v6(&rt->fib6_dst.addr);
	c->dst.len = rt->fib6_dst.plen;
	if (n && !del)
		c->n = ecmp_legs_siblings(rt, c->leg, n);
	else if (n)
		ecmp_kernel_legs_v6(rt, c->leg, 1);
	c->less = del && n;
	ecmp_kernel_routes_queue(en, c);
	/* What it is now may have been told before this was queued. */
	if (late && (!rcu_access_pointer(rt->fib6_node) ||
		     ecmp_siblings(rt) != siblings))
		ecmp_kernel_routes_missed(en);
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
	c->table = rt->fib6_table->tb6_id;
	c->dst.addr = ecmp_addr_v6(&rt->fib6_dst.addr);
	c->dst.len = rt->fib6_dst.plen;
	c->source = true;
	ecmp_leg_single(c->leg, ECMP_MEMBER_NATIVE);
	ecmp_legs_origin(c->leg, 1, rt->fib6_metric, rt->fib6_protocol, NULL);
	c->leg->source = true;
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
		ecmp_kernel_local_changed(en);
		if (event == FIB_EVENT_ENTRY_DEL)
			ecmp_local_del(&en->local[1], &dst);
		else if (!ecmp_local_set(&en->local[1], &dst, rt->fib6_type))
			ecmp_kernel_routes_missed(en);
		return;
	}
	/* Link-local and multicast are never decided. */
	if (!ecmp_kernel_wants(en, table) ||
	    ipv6_addr_type(&rt->fib6_dst.addr) &
	    (IPV6_ADDR_LINKLOCAL | IPV6_ADDR_MULTICAST))
		return;
	rcu_read_lock();
	if (!rt->fib6_dst.plen)
		ecmp_kernel_defaults_changed(en);
	else if (rt->fib6_src.plen)
		ecmp_event_source_v6(en, event, rt);
	else
		ecmp_event_route_v6(en, event, entry);
	rcu_read_unlock();
}

static void ecmp_event(struct ecmp_net *en, unsigned long event,
		       const struct fib_notifier_info *info)
{
	switch (event) {
	case FIB_EVENT_ENTRY_REPLACE:
	case FIB_EVENT_ENTRY_APPEND:
	case FIB_EVENT_ENTRY_ADD:
	case FIB_EVENT_ENTRY_DEL:
		break;
	default:
		return;
	}
	if (info->family == AF_INET)
		ecmp_event_v4(en, event, info);
	else if (info->family == AF_INET6)
		ecmp_event_v6(en, event, info);
}

/**
 * ecmp_kernel_event - the FIB notifier: what changes
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
	struct ecmp_net *en = container_of(nb, struct ecmp_net,
					   kernel_routes.notifier);

	/* What there is when it is registered comes by the other notifier. */
	if (!ecmp_kernel_is_reading(en))
		ecmp_event(en, event, ptr);
	return NOTIFY_DONE;
}

/**
 * ecmp_kernel_told - the FIB notifier: what there is, while it is read
 * @nb: ecmp_kernel_routes.dump
 * @event: FIB_EVENT_*
 * @ptr: struct fib_notifier_info
 *
 * Return: NOTIFY_DONE, or an error that ends the reading.
 * Context: atomic.
 */
int ecmp_kernel_told(struct notifier_block *nb, unsigned long event, void *ptr)
{
	struct ecmp_net *en = container_of(nb, struct ecmp_net,
					   kernel_routes.dump);

	/* Once registered it is told, too, what the other one is. */
	if (!ecmp_kernel_is_reading(en))
		return NOTIFY_DONE;
	if (en->kernel_routes.told_all)
		return notifier_from_errno(-EINTR);
	ecmp_event(en, event, ptr);
	return NOTIFY_DONE;
}

/* --- nexthop objects --------------------------------------------------- */

static bool ecmp_leg_object(struct ecmp_kernel_leg *leg,
			    const struct nh_notifier_single_info *nh,
			    int weight)
{
	if (nh->is_reject) {
		ecmp_leg_single(leg, ECMP_ROUTE_BLACKHOLE);
		return true;
	}
	if (!nh->dev || nh->has_encap || nh->is_fdb ||
	    nh->dev->flags & IFF_LOOPBACK)
		return false;
	leg->ifindex = nh->dev->ifindex;
	leg->gateway_family = nh->gw_family;
	if (nh->gw_family == AF_INET)
		leg->gateway = ecmp_addr_v4(nh->ipv4);
	else if (nh->gw_family == AF_INET6)
		leg->gateway = ecmp_addr_v6(&nh->ipv6);
	leg->weight = clamp(weight, 1, U16_MAX);
	leg->type = ECMP_ROUTE_UNICAST;
	return true;
}

static void ecmp_change_object(struct ecmp_kernel_change *c,
			       const struct nh_notifier_info *info)
{
	unsigned int i;
	bool ok;

	if (info->type == NH_NOTIFIER_INFO_TYPE_SINGLE) {
		ok = ecmp_leg_object(&c->leg[0], info->nh, 1);
	} else {
		ok = info->type == NH_NOTIFIER_INFO_TYPE_GRP &&
		     !info->nh_grp->is_fdb;
		for (i = 0; ok && i < c->n; i++)
			ok = ecmp_leg_object(&c->leg[i],
					     &info->nh_grp->nh_entries[i].nh,
					     info->nh_grp->nh_entries[i].weight);
	}
	ecmp_legs_scale(c->leg, c->n);
	if (!ok)
		c->n = ecmp_leg_single(c->leg, ECMP_MEMBER_NATIVE);
}

/**
 * ecmp_kernel_object_event - the nexthop notifier
 * @nb: ecmp_kernel_routes.objects
 * @event: NEXTHOP_EVENT_*
 * @ptr: struct nh_notifier_info
 *
 * A nexthop object that is changed says nothing of the routes that use it.
 * When it is deleted its routes are, too, and the FIB notifier tells that, but
 * of IPv4's default routes only of the best one.
 *
 * Return: NOTIFY_DONE; an error would veto the administrator's command.
 * Context: process, RTNL.
 */
int ecmp_kernel_object_event(struct notifier_block *nb, unsigned long event,
			     void *ptr)
{
	struct ecmp_net *en = container_of(nb, struct ecmp_net,
					   kernel_routes.objects);
	const struct nh_notifier_info *info = ptr;
	struct ecmp_kernel_change *c;
	unsigned int n = 1;

	if (event == NEXTHOP_EVENT_DEL)
		ecmp_kernel_defaults_changed(en);
	/* When it is registered it is told those that there are. */
	if (event != NEXTHOP_EVENT_REPLACE || ecmp_kernel_is_reading(en))
		return NOTIFY_DONE;
	if (info->type == NH_NOTIFIER_INFO_TYPE_GRP)
		n = clamp_t(unsigned int, info->nh_grp->num_nh, 1,
			    ECMP_KERNEL_LEGS_MAX);
	c = ecmp_change_alloc(en, AF_UNSPEC, n);
	if (!c)
		return NOTIFY_DONE;
	c->table = info->id;
	ecmp_change_object(c, info);
	ecmp_kernel_routes_queue(en, c);
	ecmp_kernel_defaults_changed(en);
	return NOTIFY_DONE;
}
