// SPDX-License-Identifier: GPL-2.0
/*
 * Which of a prefix's routes a request means.
 */
#include "entry.h"
#include "kernel_paths.h"
#include "policy.h"

static bool ecmp_route_same(const struct ecmp_route *r,
			    const struct ecmp_route_config *rc)
{
	bool named = r->flags & ECMP_ROUTE_DEVICE_NAMED;
	bool follows = r->flags & ECMP_ROUTE_VIA_KERNEL;

	if (r->type != rc->type || follows != rc->via_kernel)
		return false;
	if (r->type != ECMP_ROUTE_UNICAST)
		return true;
	if (follows)
		return !strcmp(r->more->via, rc->device);
	return r->nexthop->key.gateway_family == rc->gateway_family &&
	       ecmp_addr_equal(&r->nexthop->key.gateway, &rc->gateway) &&
	       named == !!rc->device[0] &&
	       (!named || !strcmp(r->nexthop->key.device, rc->device));
}

/**
 * ecmp_entry_route - the route of a prefix that is the same one
 * @entry: prefix
 * @rc: type, gateway, and the device as far as it is named
 *
 * Return: the route, or NULL.
 * Context: en->lock.
 */
struct ecmp_route *ecmp_entry_route(struct ecmp_entry *entry,
				    const struct ecmp_route_config *rc)
{
	struct ecmp_route *r;

	ecmp_for_each_route(r, entry)
		if (ecmp_route_same(r, rc))
			return r;
	return NULL;
}

/* Does @r answer to what the request names of a route? */
static bool ecmp_route_answers(const struct ecmp_route *r,
			       const struct ecmp_route_config *rc)
{
	bool follows = r->flags & ECMP_ROUTE_VIA_KERNEL;
	const struct ecmp_nexthop *nh = r->nexthop;

	if (rc->named & ECMP_ROUTE_HAS_TYPE && r->type != rc->type)
		return false;
	if (rc->via_kernel && !follows)
		return false;
	if (follows && rc->device[0] && strcmp(r->more->via, rc->device))
		return false;
	if (rc->gateway_family &&
	    (!nh || nh->key.gateway_family != rc->gateway_family ||
	     !ecmp_addr_equal(&nh->key.gateway, &rc->gateway)))
		return false;
	return !rc->device[0] || follows ||
	       (nh && !strcmp(nh->key.device, rc->device));
}

/* Does one of the kernel's routes answer to what the request names? */
static bool ecmp_kernel_answers(const struct ecmp_entry *entry,
				const struct ecmp_route_config *rc)
{
	struct ecmp_route r;
	unsigned int i;

	for (i = 0; entry->kernel && i < entry->kernel->n; i++) {
		ecmp_kernel_route(entry, i, &r);
		if (ecmp_route_answers(&r, rc))
			return true;
	}
	return false;
}

/**
 * ecmp_route_find - the one route that a request names
 * @table: table
 * @rc: family and dst; type (with ECMP_ROUTE_HAS_TYPE), gateway and device as
 *	far as they were named
 * @route: where it goes
 * @req: who asks
 *
 * A route that is named exactly comes first; then the only match.
 *
 * Return: 0, -ESRCH, -EEXIST when several match, -EPERM for the kernel's.
 * Context: en->lock.
 */
int ecmp_route_find(struct ecmp_table *table,
		    const struct ecmp_route_config *rc,
		    struct ecmp_route **route, const struct ecmp_request *req)
{
	struct ecmp_entry *entry = ecmp_entry_find(table, rc->family, &rc->dst);
	struct ecmp_route *r, *found = NULL;

	if (!entry)
		return ecmp_refuse(req, ECMP_A_ROUTE_DST, -ESRCH,
				   "the table has no such prefix: see route show");
	if (rc->gateway_family || rc->device[0] || rc->via_kernel)
		found = ecmp_entry_route(entry, rc);
	if (found)
		goto out;
	ecmp_for_each_route(r, entry) {
		if (!ecmp_route_answers(r, rc))
			continue;
		if (found)
			return ecmp_refuse(req, 0, -EEXIST,
					   "several routes match: name one by via or dev");
		found = r;
	}
	if (!found && ecmp_kernel_answers(entry, rc))
		return ecmp_refuse(req, 0, -EPERM,
				   "this route is the kernel's: use ip route");
	if (!found)
		return ecmp_refuse(req, rc->gateway_family ?
				   ECMP_A_ROUTE_GATEWAY : ECMP_A_ROUTE_DST,
				   -ESRCH,
				   "the prefix has no such route: see route show");
out:
	*route = found;
	return 0;
}
