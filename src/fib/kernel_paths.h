/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ECMP_KERNEL_PATHS_H
#define _ECMP_KERNEL_PATHS_H

#include "kernel_distance.h"
#include "route.h"

/**
 * struct ecmp_kernel_leg - one next hop of one of the kernel's routes
 * @gateway: see @gateway_family
 * @metric: of the route
 * @nh_id: nexthop object of the route; 0: none
 * @ifindex: of the device; that outlives a name
 * @weight: 1-256
 * @rank: of the route among those of its prefix: 0 is used first
 * @type: ECMP_ROUTE_* or ECMP_MEMBER_NATIVE
 * @protocol: RTPROT_*
 * @others: of ECMP_MEMBER_NATIVE: further next hops of the route, up to 255
 * @source: the route is for some sources only; the prefix may have another
 * @whole: packets see none of those behind it: which of them is theirs only the
 *	kernel knows
 * @gateway_family: 0: none
 * @nexthop: held; NULL for what is no unicast; no part of what is compared
 * @was_default: while distances change; likewise
 *
 * Filled from zeroes: it is compared byte by byte.
 */
struct ecmp_kernel_leg {
	struct ecmp_addr	gateway;
	u32			metric;
	u32			nh_id;
	int			ifindex;
	u16			weight;
	u8			rank;
	u8			type;
	u8			protocol;
	u8			others;
	u8			source;
	u8			whole;
	u8			gateway_family;
	struct ecmp_nexthop	*nexthop;
	bool			was_default;
};

/**
 * struct ecmp_kernel_paths - all that the kernel has for a prefix
 * @hash: in ecmp_net.kernel_paths
 * @entries: the prefixes that have just this
 * @en: namespace
 * @refs: entries, and whoever else holds it; en->lock
 * @family: AF_INET or AF_INET6
 * @outdated: some prefixes could not be published again, for want of memory
 * @n: legs, at least 1
 * @leg: by rank
 *
 * Shared by all prefixes that have the same, of all configurations: a full
 * table has a few of them.
 */
struct ecmp_kernel_paths {
	struct hlist_node	hash;
	struct list_head	entries;
	struct ecmp_net		*en;
	u32			refs;
	u8			family;
	bool			outdated;
	u16			n;
	struct ecmp_kernel_leg	leg[];
};

#define ECMP_KERNEL_SLICE	1024	/* prefixes changed per hold of en->lock */

int ecmp_kernel_paths_set(struct ecmp_table *table, u8 family,
			  const struct ecmp_prefix *dst,
			  const struct ecmp_kernel_leg *leg, unsigned int n,
			  u32 epoch);
int ecmp_kernel_paths_share(struct ecmp_table *to,
			    const struct ecmp_entry *from);
void ecmp_kernel_paths_renamed(struct ecmp_net *en,
			       const struct net_device *dev);
int ecmp_kernel_paths_object(struct ecmp_net *en, u32 nh_id,
			     const struct ecmp_kernel_leg *leg, unsigned int n,
			     unsigned int *left);
int ecmp_kernel_paths_publish(struct ecmp_config *config,
			      const struct ecmp_distance_of *of);
void ecmp_kernel_paths_retry(struct ecmp_net *en);
void ecmp_kernel_route(const struct ecmp_entry *entry, unsigned int i,
		       struct ecmp_route *route);

#endif /* _ECMP_KERNEL_PATHS_H */
