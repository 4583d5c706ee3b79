// SPDX-License-Identifier: GPL-2.0
/*
 * Which next hop a route means, when it is made and whenever that may have
 * changed: by the device that its gateway is on-link on, or by the kernel's
 * default that it follows.
 */
#include <net/ipv6.h>

#include "entry.h"
#include "kernel_paths.h"
#include "policy.h"
#include "resolve.h"
#include "../netns.h"

static struct ecmp_net *ecmp_table_net(const struct ecmp_table *table)
{
	return table->config->en;
}

/*
 * The kernel's own default on a device, as main mirrors it: the first of them.
 * While there is none, a next hop that nothing makes alive.
 */
static enum ecmp_reason ecmp_follow_kernel(const struct ecmp_config *config,
					   const char *device,
					   struct ecmp_nexthop_key *key)
{
	const struct ecmp_prefix all = {};
	const struct ecmp_entry *entry;
	const struct ecmp_nexthop *nh;
	unsigned int i;

	entry = ecmp_entry_find(config->main, key->family, &all);
	for (i = 0; entry && entry->kernel && i < entry->kernel->n; i++) {
		nh = entry->kernel->leg[i].nexthop;
		if (!nh || strcmp(nh->key.device, device))
			continue;
		*key = nh->key;
		return ECMP_REASON_NONE;
	}
	*key = (struct ecmp_nexthop_key) { .family = key->family };
	return ECMP_REASON_NO_KERNEL_DEFAULT;
}

/**
 * ecmp_route_nexthop - the next hop that a route means
 * @table: its table
 * @rc: the route; without a device, the one that its gateway is on-link on
 * @nexthop: where it goes, with a reference; NULL for a blackhole and the like
 * @unresolved: why it has no device yet, or ECMP_REASON_NONE
 * @req: who asks
 *
 * Return: 0 or a negative errno.
 * Context: process, en->lock.
 */
int ecmp_route_nexthop(struct ecmp_table *table,
		       const struct ecmp_route_config *rc,
		       struct ecmp_nexthop **nexthop, u8 *unresolved,
		       const struct ecmp_request *req)
{
	struct ecmp_net *en = ecmp_table_net(table);
	struct ecmp_nexthop_key key = {
		.family = rc->family,
		.gateway_family = rc->gateway_family,
		.gateway = rc->gateway,
	};

	*nexthop = NULL;
	*unresolved = ECMP_REASON_NONE;
	if (rc->type != ECMP_ROUTE_UNICAST)
		return 0;
	if (rc->via_kernel) {
		*unresolved = ecmp_follow_kernel(table->config, rc->device,
						 &key);
		goto get;
	}
	if (rc->gateway_family && !table->config->restore &&
	    ecmp_own_address(en->net, rc->gateway_family, &rc->gateway))
		return ecmp_refuse(req, ECMP_A_ROUTE_GATEWAY, -EINVAL,
				   "the gateway is the router's own address: name its neighbour");
	if (!rc->device[0] && rc->gateway_family == AF_INET6 &&
	    ipv6_addr_type((const struct in6_addr *)rc->gateway.b) &
	    IPV6_ADDR_LINKLOCAL)
		return ecmp_refuse(req, ECMP_A_ROUTE_GATEWAY, -EINVAL,
				   "a link-local gateway is on every link: add dev");
	if (rc->device[0])
		strscpy(key.device, rc->device, sizeof(key.device));
	else
		*unresolved = ecmp_resolve_device(en->net, rc->gateway_family,
						  &rc->gateway, key.device);
	if (*unresolved == ECMP_REASON_AMBIGUOUS && !table->config->restore)
		return ecmp_refuse(req, ECMP_A_ROUTE_GATEWAY, -EINVAL,
				   "the gateway is on-link on several devices: add dev");
get:
	*nexthop = ecmp_nexthop_get(en, &key);
	return *nexthop ? 0 : ecmp_no_memory(req);
}

/* Was the gateway looked for in this walk, and found where it was? */
static bool ecmp_route_resolved(struct ecmp_route *route)
{
	const struct ecmp_nexthop *nh = route->nexthop;

	return !(route->flags & ECMP_ROUTE_VIA_KERNEL) &&
	       nh->resolved == nh->en->resolve_walk &&
	       route->unresolved == nh->unresolved;
}

/**
 * ecmp_route_resolve - find the device of a route's gateway again, or the
 * kernel's gateway that it follows
 * @route: route in ecmp_config.resolve
 *
 * Without memory it stays on the next hop that it had, and is tried again.
 *
 * Return: whether it changed.
 * Context: process, en->lock.
 */
bool ecmp_route_resolve(struct ecmp_route *route)
{
	struct ecmp_net *en = ecmp_table_net(route->entry->table);
	struct ecmp_nexthop *old = route->nexthop, *nh;
	struct ecmp_nexthop_key key = old->key;
	u8 before = route->unresolved;

	if (ecmp_route_resolved(route))
		return false;
	if (route->flags & ECMP_ROUTE_VIA_KERNEL)
		route->unresolved =
			ecmp_follow_kernel(route->entry->table->config,
					   route->more->via, &key);
	else
		route->unresolved =
			ecmp_resolve_device(en->net, key.gateway_family,
					    &key.gateway, key.device);
	if (!memcmp(&key, &old->key, sizeof(key))) {
		if (!(route->flags & ECMP_ROUTE_VIA_KERNEL)) {
			old->resolved = en->resolve_walk;
			old->unresolved = route->unresolved;
		}
		return route->unresolved != before;
	}
	nh = ecmp_nexthop_get(en, &key);
	if (!nh)
		goto later;
	route->nexthop = nh;
	if (ecmp_entry_publish(route->entry)) {
		route->nexthop = old;
		ecmp_nexthop_put(nh);
		goto later;
	}
	/* It asks for its new next hop's check, if that has none yet. */
	route->nexthop = old;
	ecmp_check_unask(route);
	route->nexthop = nh;
	ecmp_check_ask(route);
	if (route->flags & ECMP_ROUTE_ONLINK)
		nh->onlink_refs++;
	ecmp_nexthop_count(nh, route->entry->table->config,
			   ecmp_route_is_default(route), 1);
	ecmp_nexthop_count(old, route->entry->table->config,
			   ecmp_route_is_default(route), -1);
	if (route->flags & ECMP_ROUTE_VIA_KERNEL)
		ecmp_pin_succeed(nh, old);
	ecmp_route_leave(route, old);
	ecmp_nexthop_update(nh);
	return true;

later:
	route->unresolved = before;
	ecmp_net_retry(en);
	return false;
}
