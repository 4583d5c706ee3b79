// SPDX-License-Identifier: GPL-2.0
/*
 * How each route stands: whether it carries packets, and why not.
 */
#include "entry.h"
#include "kernel_paths.h"
#include "policy.h"
#include "route.h"
#include "../netns.h"

/* Does the group member of @route carry packets now, or new connections? */
static bool ecmp_route_active(const struct ecmp_route *route,
			      enum ecmp_reason *reason)
{
	const struct ecmp_group *g = ecmp_entry_group(route->entry);
	unsigned int i;

	*reason = ECMP_REASON_DISTANCE;
	for (i = 0; g && i < g->n_members; i++) {
		const struct ecmp_member *m = &g->member[i];

		if (m->type != route->type || m->nexthop != route->nexthop)
			continue;
		if (ecmp_member_used(g, m) &&
		    ecmp_member_tier(m) == g->tier) {
			*reason = ecmp_member_reason(g, m);
			return true;
		}
		if (!m->live || (m->draining && !g->last_resort))
			*reason = ecmp_member_reason(g, m);
		else if (!ecmp_member_used(g, m))
			*reason = ECMP_REASON_METRIC;
		return false;
	}
	/* Behind what is the kernel's, whole. */
	if (route->flags & ECMP_ROUTE_KERNEL)
		*reason = ECMP_REASON_METRIC;
	return false;
}

/*
 * Left to itself the kernel looks into its main table: what it would have to
 * choose from in another is not used.
 */
static bool ecmp_route_native_only(const struct ecmp_route *route)
{
	const struct ecmp_entry *entry = route->entry;

	if (entry->table == entry->table->config->main)
		return false;
	return route->type == ECMP_MEMBER_NATIVE ||
	       (route->flags & ECMP_ROUTE_KERNEL &&
		entry->kernel->leg[0].whole);
}

/**
 * ecmp_route_status - how a route stands now
 * @route: route
 * @status: where the answer goes
 *
 * Context: en->lock.
 */
void ecmp_route_status(const struct ecmp_route *route,
		       struct ecmp_route_status *status)
{
	const struct ecmp_group *g = ecmp_entry_group(route->entry);

	*status = (struct ecmp_route_status) { .paths = g ? g->live : 0 };
	if (route->flags & ECMP_ROUTE_KERNEL)
		status->flags |= ECMP_ROUTE_F_DYNAMIC;
	if (route->flags & ECMP_ROUTE_DISABLED) {
		status->flags |= ECMP_ROUTE_F_DISABLED;
		status->reason = ECMP_REASON_DISABLED;
		return;
	}
	if (route->distance == ECMP_DISTANCE_UNUSED) {
		status->flags |= ECMP_ROUTE_F_INACTIVE;
		status->reason = ECMP_REASON_UNUSED;
		return;
	}
	if (ecmp_route_native_only(route)) {
		status->flags |= ECMP_ROUTE_F_INACTIVE;
		status->reason = ECMP_REASON_NATIVE_ONLY;
		return;
	}
	if (ecmp_route_active(route, &status->reason)) {
		status->flags |= ECMP_ROUTE_F_ACTIVE;
		if (g->live > 1)
			status->flags |= ECMP_ROUTE_F_ECMP;
		return;
	}
	if (route->unresolved)
		status->reason = route->unresolved;
	/* A route that only waits for a better one has no flag letter. */
	if (status->reason != ECMP_REASON_DISTANCE &&
	    status->reason != ECMP_REASON_METRIC &&
	    status->reason != ECMP_REASON_DRAIN)
		status->flags |= ECMP_ROUTE_F_INACTIVE;
}
