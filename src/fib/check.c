// SPDX-License-Identifier: GPL-2.0
/*
 * Which next hops are to be checked, and how: by the routes that ask. All
 * routes of a next hop obey its one check. Who sends the probes is told by a
 * work: health/check.c.
 */
#include <linux/inetdevice.h>
#include <linux/memcontrol.h>
#include <linux/netdevice.h>
#include <linux/sched.h>
#include <net/addrconf.h>

#include "check.h"
#include "policy.h"
#include "route.h"
#include "../netns.h"

/**
 * ecmp_check_equal - do two checks ask the same?
 * @a: one, or NULL for none
 * @b: another, or NULL for none
 *
 * Context: any.
 */
bool ecmp_check_equal(const struct ecmp_check *a, const struct ecmp_check *b)
{
	if (!a || !b)
		return a == b;
	return a->type == b->type && a->all == b->all &&
	       a->n_targets == b->n_targets &&
	       !memcmp(a->target, b->target,
		       a->n_targets * sizeof(a->target[0]));
}

static bool ecmp_peer_v4(const struct net_device *dev, struct ecmp_addr *peer)
{
	struct in_device *in_dev = __in_dev_get_rcu(dev);
	const struct in_ifaddr *ifa;

	if (!in_dev)
		return false;
	in_dev_for_each_ifa_rcu(ifa, in_dev) {
		if (!ifa->ifa_address || ifa->ifa_address == ifa->ifa_local)
			continue;
		*peer = ecmp_addr_v4(ifa->ifa_address);
		return true;
	}
	return false;
}

static bool ecmp_peer_v6(const struct net_device *dev, struct ecmp_addr *peer)
{
	struct inet6_dev *idev = __in6_dev_get(dev);
	const struct inet6_ifaddr *ifa;
	bool found = false;

	if (!idev)
		return false;
	read_lock_bh(&idev->lock);
	list_for_each_entry(ifa, &idev->addr_list, if_list) {
		if (ipv6_addr_any(&ifa->peer_addr))
			continue;
		*peer = ecmp_addr_v6(&ifa->peer_addr);
		found = true;
		break;
	}
	read_unlock_bh(&idev->lock);
	return found;
}

/**
 * ecmp_check_peer - the other end of a next hop's point-to-point device
 * @nh: next hop
 * @peer: where its address goes
 *
 * Return: whether one is known now.
 * Context: RCU.
 */
bool ecmp_check_peer(const struct ecmp_nexthop *nh, struct ecmp_addr *peer)
{
	const struct net_device *dev;

	dev = dev_get_by_index_rcu(nh->en->net, READ_ONCE(nh->ifindex));
	if (!dev)
		return false;
	return nh->key.family == AF_INET6 ? ecmp_peer_v6(dev, peer) :
					    ecmp_peer_v4(dev, peer);
}

/*
 * Is this what all routes share that follow the kernel by a device where it has
 * no default yet? There is nobody to check, and nothing that they agree on.
 */
static bool ecmp_check_nobody(const struct ecmp_nexthop *nh)
{
	return !nh->key.gateway_family && !nh->key.device[0];
}

/* The first route of a next hop that asks, besides @self. */
static const struct ecmp_route *
ecmp_check_first(const struct ecmp_nexthop *nh, u8 slot,
		 const struct ecmp_route *self)
{
	const struct ecmp_route_more *more;

	if (slot == ECMP_CONFIG_ENDED)
		return NULL;
	list_for_each_entry(more, &nh->asking[slot], asks)
		if (more->route != self)
			return more->route;
	return NULL;
}

/* What the next hop's device and gateway do not allow, as far as is known. */
static int ecmp_check_impossible(const struct ecmp_nexthop *nh,
				 const struct ecmp_check *check, bool follows,
				 const struct ecmp_request *req)
{
	unsigned int flags = nh->dev ? READ_ONCE(nh->dev->flags) : 0;

	if (check->type == ECMP_CHECK_ARP) {
		if (!nh->key.gateway_family && !follows)
			return ecmp_refuse(req, ECMP_A_ROUTE_CHECK, -EINVAL,
					   "arp asks a gateway for its link address: name it with via, or use ping");
		if (flags & (IFF_NOARP | IFF_LOOPBACK))
			return ecmp_refuse(req, ECMP_A_ROUTE_CHECK, -EINVAL,
					   "the device has no link addresses to ask for: use ping");
		return 0;
	}
	if (nh->key.gateway_family || follows || check->n_targets ||
	    !nh->dev || flags & IFF_POINTOPOINT)
		return 0;
	return ecmp_refuse(req, ECMP_A_ROUTE_CHECK, -EINVAL,
			   "there is no gateway and no other end to ping: add target ADDRESS");
}

/*
 * A route that goes on to ask what it asks, or not to ask yet: whatever its
 * device or its gateway have become since, something else is to be changed.
 */
static bool ecmp_check_stays(const struct ecmp_route_config *rc,
			     const struct ecmp_route *route)
{
	return route && route->more &&
	       ecmp_check_equal(route->more->check, &rc->check) &&
	       (rc->disabled || !list_empty(&route->more->asks));
}

/**
 * ecmp_check_refused - may a route ask for a check?
 * @rc: what it is to be
 * @route: the route; NULL: one that is to be added
 * @nh: its next hop; NULL: it has none
 * @slot: ecmp_config.slot of its configuration
 * @req: who asks
 *
 * Return: 0, or a negative errno and the sentence.
 * Context: process, en->lock.
 */
int ecmp_check_refused(const struct ecmp_route_config *rc,
		       const struct ecmp_route *route,
		       const struct ecmp_nexthop *nh, u8 slot,
		       const struct ecmp_request *req)
{
	const struct ecmp_check *check = &rc->check;
	const struct ecmp_route *first;
	int err;

	if (check->type == ECMP_CHECK_NONE || ecmp_check_stays(rc, route))
		return 0;
	if (!nh)
		return ecmp_refuse(req, ECMP_A_ROUTE_CHECK, -EINVAL,
				   "a blackhole, unreachable or prohibit route has no gateway to check: leave check-gateway out");
	err = ecmp_check_impossible(nh, check, rc->via_kernel, req);
	if (err)
		return err;
	/* Disabled it does not ask yet. */
	first = rc->disabled || ecmp_check_nobody(nh) ?
		NULL : ecmp_check_first(nh, slot, route);
	if (!first || ecmp_check_equal(first->more->check, check))
		return 0;
	return ecmp_refuse(req, ECMP_A_ROUTE_CHECK, -EBUSY,
			   "another route has a different check of this next hop, which all its routes share: give them the same");
}

/**
 * ecmp_check_ask - a route begins to ask for its check, if it has one
 * @route: counted in its prefix; asking already is fine
 *
 * Context: en->lock.
 */
void ecmp_check_ask(struct ecmp_route *route)
{
	const struct ecmp_config *config = route->entry->table->config;

	if (!route->more || !route->more->check || !route->nexthop ||
	    ecmp_check_nobody(route->nexthop) ||
	    route->flags & ECMP_ROUTE_DISABLED ||
	    config->slot == ECMP_CONFIG_ENDED) {
		ecmp_check_unask(route);
		return;
	}
	if (list_empty(&route->more->asks))
		list_add_tail(&route->more->asks,
			      &route->nexthop->asking[config->slot]);
	ecmp_checks_changed(config->en);
}

/**
 * ecmp_check_replaced - a route says something else than before
 * @route: with what it says now
 * @old: what it said; or NULL
 *
 * If it goes on asking it keeps its place among those that ask.
 *
 * Context: en->lock.
 */
void ecmp_check_replaced(struct ecmp_route *route, struct ecmp_route_more *old)
{
	if (old && !list_empty(&old->asks)) {
		if (route->more)
			list_replace_init(&old->asks, &route->more->asks);
		else
			list_del_init(&old->asks);
		ecmp_checks_changed(route->nexthop->en);
	}
	ecmp_check_ask(route);
}

/**
 * ecmp_check_unask - a route asks for nothing any more
 * @route: it may never have asked
 *
 * Context: en->lock.
 */
void ecmp_check_unask(struct ecmp_route *route)
{
	if (!route->more || list_empty(&route->more->asks))
		return;
	list_del_init(&route->more->asks);
	ecmp_checks_changed(route->nexthop->en);
}

/**
 * ecmp_check_of - the check of a next hop
 * @nh: next hop
 *
 * Return: what the live configuration asks for, or NULL.
 * Context: en->lock.
 */
const struct ecmp_check *ecmp_check_of(const struct ecmp_nexthop *nh)
{
	const struct ecmp_route *first =
		ecmp_check_first(nh, nh->en->config->slot, NULL);

	return first ? first->more->check : NULL;
}

/**
 * ecmp_check_source - from which address a next hop is to be pinged
 * @nh: next hop
 *
 * Return: the pref-src of the route that defines the check, or NULL.
 * Context: en->lock.
 */
const struct ecmp_addr *ecmp_check_source(const struct ecmp_nexthop *nh)
{
	const struct ecmp_route *first =
		ecmp_check_first(nh, nh->en->config->slot, NULL);

	return first && first->flags & ECMP_ROUTE_PREF_SRC ?
	       &first->more->pref_src : NULL;
}

/**
 * ecmp_checks_slot_free - a configuration ends: its routes ask for nothing
 * @nh: next hop
 * @slot: of the configuration
 *
 * Context: en->lock.
 */
void ecmp_checks_slot_free(struct ecmp_nexthop *nh, u8 slot)
{
	struct ecmp_route_more *more, *tmp;

	list_for_each_entry_safe(more, tmp, &nh->asking[slot], asks)
		list_del_init(&more->asks);
}

/* Who asks pays, not the work that begins to. */
static void ecmp_checks_charge(struct ecmp_net *en)
{
	if (!current->mm)
		return;
	mem_cgroup_put(en->checks_memcg);
	en->checks_memcg = get_mem_cgroup_from_mm(current->mm);
}

/**
 * ecmp_checks_changed - which next hops are checked, or how, may have changed
 * @en: namespace
 *
 * Context: en->lock.
 */
void ecmp_checks_changed(struct ecmp_net *en)
{
	lockdep_assert_held(&en->lock);
	if (en->stopped)
		return;
	en->checks_changed = true;
	ecmp_checks_charge(en);
	queue_work(ecmp_wq, &en->checks);
}
