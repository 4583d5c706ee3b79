// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's routes of one prefix, put beside ecmpctl's: all of them anew
 * with each change, as the FIB notifier tells them.
 */
#include <linux/slab.h>

#include "entry.h"
#include "kernel_legs.h"
#include "policy.h"
#include "../netns.h"

static struct ecmp_route *
ecmp_kernel_leg_route(struct ecmp_net *en, u8 family,
		      const struct ecmp_kernel_leg *leg)
{
	struct ecmp_nexthop_key key = {
		.family = family,
		.gateway_family = leg->gateway_family,
		.gateway = leg->gateway,
	};
	const struct net_device *dev;
	struct ecmp_route *route;

	route = kzalloc(sizeof(*route), GFP_KERNEL);
	if (!route)
		return NULL;
	INIT_LIST_HEAD(&route->resolve);
	route->flags = ECMP_ROUTE_KERNEL | ECMP_ROUTE_DEVICE_NAMED;
	route->type = leg->type;
	route->weight = leg->weight;
	route->metric = leg->metric;
	route->protocol = leg->protocol;
	route->epoch = leg->epoch;
	route->ifindex = leg->ifindex;
	route->distance = ecmp_kernel_distance(leg->protocol);
	if (leg->type != ECMP_ROUTE_UNICAST)
		return route;
	/* It may have been renamed since this was told. */
	rcu_read_lock();
	dev = dev_get_by_index_rcu(en->net, leg->ifindex);
	strscpy(key.device, dev ? dev->name : leg->device,
		sizeof(key.device));
	rcu_read_unlock();
	route->nexthop = ecmp_nexthop_get(en, &key);
	if (!route->nexthop) {
		kfree(route);
		return NULL;
	}
	return route;
}

/**
 * ecmp_kernel_legs_replace - take over what the kernel says of a prefix
 * @table: table that mirrors the kernel's
 * @family: AF_INET or AF_INET6
 * @dst: prefix
 * @leg: the kernel's next hops for it now
 * @n: how many; 0: the kernel has no route for it any more
 *
 * Return: 0, or -ENOMEM with nothing changed.
 * Context: process, en->lock.
 */
int ecmp_kernel_legs_replace(struct ecmp_table *table, u8 family,
			     const struct ecmp_prefix *dst,
			     const struct ecmp_kernel_leg *leg, unsigned int n)
{
	struct ecmp_route *r, *tmp;
	struct ecmp_entry *entry;
	LIST_HEAD(old);
	LIST_HEAD(new);
	unsigned int i;
	int err;

	entry = n ? ecmp_entry_get(table, family, dst) :
		    ecmp_entry_find(table, family, dst);
	if (!entry)
		return n ? -ENOMEM : 0;

	for (i = 0; i < n; i++) {
		r = ecmp_kernel_leg_route(table->config->en, family, &leg[i]);
		if (!r) {
			err = -ENOMEM;
			goto undo_new;
		}
		r->entry = entry;
		list_add_tail(&r->list, &new);
	}
	list_for_each_entry_safe(r, tmp, &entry->routes, list)
		if (r->flags & ECMP_ROUTE_KERNEL)
			list_move_tail(&r->list, &old);
	list_splice_tail_init(&new, &entry->routes);
	err = list_empty(&entry->routes) ? 0 : ecmp_entry_publish(entry);
	if (err)
		goto undo_old;

	list_for_each_entry(r, &entry->routes, list)
		if (r->flags & ECMP_ROUTE_KERNEL)
			ecmp_route_count(entry, r, 1);
	list_for_each_entry_safe(r, tmp, &old, list) {
		ecmp_route_count(entry, r, -1);
		ecmp_route_free(r);
	}
	ecmp_entry_put(entry);
	return 0;

undo_old:
	list_for_each_entry_safe(r, tmp, &entry->routes, list)
		if (r->flags & ECMP_ROUTE_KERNEL)
			list_move_tail(&r->list, &new);
	list_splice_tail(&old, &entry->routes);
undo_new:
	list_for_each_entry_safe(r, tmp, &new, list)
		ecmp_route_free(r);
	ecmp_entry_put(entry);
	return err;
}
