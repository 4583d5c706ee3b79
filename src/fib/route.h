/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ECMP_ROUTE_H
#define _ECMP_ROUTE_H

#include "group.h"
#include "table.h"
#include "../lib/lpm_walk.h"

struct ecmp_config;
struct ecmp_kernel_paths;

/**
 * struct ecmp_route_config - a route as a person names it
 * @family: AF_INET or AF_INET6
 * @dst: destination; no host bits
 * @type: ECMP_ROUTE_*
 * @gateway_family: 0: no gateway was named
 * @gateway: see @gateway_family
 * @device: as written; empty: none was named
 * @via_kernel: the gateway is the kernel's own default on @device
 * @named: ECMP_ROUTE_HAS_*: the attributes that were named
 * @onlink: the gateway need not be in a connected prefix
 * @disabled: kept, but no candidate
 * @distance: 1-255
 * @weight: 1-256
 * @pref_src: meaningful with ECMP_ROUTE_HAS_PREF_SRC
 * @check: of the gateway
 * @comment: empty: none. Borrowed from the caller.
 *
 * The netlink side fills it with the defaults for what is not named; "set"
 * takes only what @named says.
 */
struct ecmp_route_config {
	u8			family;
	struct ecmp_prefix	dst;
	u8			type;
	u8			gateway_family;
	struct ecmp_addr	gateway;
	char			device[IFNAMSIZ];
	bool			via_kernel;
	u32			named;
	bool			onlink;
	bool			disabled;
	u8			distance;
	u16			weight;
	struct ecmp_addr	pref_src;
	struct ecmp_check	check;
	const char		*comment;
};

#define ECMP_ROUTE_HAS_TYPE	0x01
#define ECMP_ROUTE_HAS_ONLINK	0x02
#define ECMP_ROUTE_HAS_DISTANCE	0x04
#define ECMP_ROUTE_HAS_WEIGHT	0x08
#define ECMP_ROUTE_HAS_PREF_SRC	0x10
#define ECMP_ROUTE_HAS_COMMENT	0x20
#define ECMP_ROUTE_HAS_DISABLED	0x40
#define ECMP_ROUTE_HAS_CHECK	0x80

/**
 * struct ecmp_entry - one prefix of one table: its routes, its group
 * @node: in the table's look-up structure; its value has the group, which the
 *	entry holds
 * @routes: ecmpctl's routes of the prefix, by distance and gateway; en->lock,
 *	RCU for nobody
 * @kernel: the kernel's, or NULL
 * @on_kernel: with @kernel: in ecmp_kernel_paths.entries
 * @rcu: without: slow look-ups walk @node
 * @table: the table that owns it
 * @epoch: ecmp_kernel_routes.epoch when the kernel last told of @kernel
 * @family: AF_INET or AF_INET6
 *
 * A full table has a million of them: ecmp_entry_group() has what need not be
 * stored.
 */
struct ecmp_entry {
	struct ecmp_lpm_node		node;
	struct ecmp_route		*routes;
	struct ecmp_kernel_paths	*kernel;
	union {
		struct list_head	on_kernel;
		struct rcu_head		rcu;
	};
	struct ecmp_table		*table;
	u32				epoch;
	u8				family;
};

#define ecmp_for_each_route(route, entry) \
	for (route = (entry)->routes; route; route = route->next)

#define ECMP_ROUTE_DEVICE_NAMED	0x01	/* the person named the device */
#define ECMP_ROUTE_ONLINK	0x02
#define ECMP_ROUTE_DISABLED	0x04
#define ECMP_ROUTE_KERNEL	0x08	/* the kernel's */
#define ECMP_ROUTE_PREF_SRC	0x10
#define ECMP_ROUTE_VIA_KERNEL	0x20	/* the gateway is the kernel's */

/**
 * struct ecmp_route_more - what few routes say
 * @route: whose it is
 * @check: of the gateway, or NULL
 * @asks: in ecmp_nexthop.asking while the route is enabled and has @check
 * @pref_src: with ECMP_ROUTE_PREF_SRC
 * @via: with ECMP_ROUTE_VIA_KERNEL: the device whose default it follows
 * @comment: empty: none
 */
struct ecmp_route_more {
	struct ecmp_route	*route;
	struct ecmp_check	*check;
	struct list_head	asks;
	struct ecmp_addr	pref_src;
	char			via[IFNAMSIZ];
	char			comment[];
};

/**
 * struct ecmp_route - one way to one prefix
 * @next: in ecmp_entry.routes
 * @entry: its prefix
 * @nexthop: held; NULL for blackhole, unreachable, prohibit, native
 * @resolve: in ecmp_config.resolve when the device follows the gateway, in
 *	ecmp_config.follow when the gateway follows the kernel
 * @more: or NULL: a million routes say nothing of it
 * @metric: of a kernel route
 * @weight: 1-256
 * @flags: ECMP_ROUTE_DEVICE_NAMED ...
 * @type: ECMP_ROUTE_* or ECMP_MEMBER_NATIVE
 * @distance: 1-255
 * @protocol: RTPROT_* of a kernel route
 * @unresolved: enum ecmp_reason why the gateway has no device, or NONE
 * @rank: of a kernel route among those of its prefix
 *
 * The kernel's routes are kept in another form (kernel_paths.c) and take this
 * one while they are shown.
 */
struct ecmp_route {
	struct ecmp_route	*next;
	struct ecmp_entry	*entry;
	struct ecmp_nexthop	*nexthop;
	struct list_head	resolve;
	struct ecmp_route_more	*more;
	u32			metric;
	u16			weight;
	u8			flags;
	u8			type;
	u8			distance;
	u8			protocol;
	u8			unresolved;
	u8			rank;
};

/**
 * struct ecmp_route_status - how a route stands, for those who show it
 * @flags: ECMP_ROUTE_F_*
 * @reason: why inactive
 * @paths: active routes of its prefix
 */
struct ecmp_route_status {
	u32			flags;
	enum ecmp_reason	reason;
	u32			paths;
};

int ecmp_route_add(struct ecmp_table *table,
		   const struct ecmp_route_config *rc, bool exclusive,
		   bool *added, struct ecmp_route **route,
		   const struct ecmp_request *req);
int ecmp_route_fits(const struct ecmp_route_config *rc, bool whole,
		    const struct ecmp_request *req);
int ecmp_route_set(struct ecmp_table *table,
		   const struct ecmp_route_config *rc,
		   struct ecmp_route **route, const struct ecmp_request *req);
int ecmp_route_find(struct ecmp_table *table,
		    const struct ecmp_route_config *rc,
		    struct ecmp_route **route, const struct ecmp_request *req);
struct ecmp_route *ecmp_entry_route(struct ecmp_entry *entry,
				    const struct ecmp_route_config *rc);
int ecmp_route_del(struct ecmp_route *route, const struct ecmp_request *req);
int ecmp_route_flush(struct ecmp_table *table, u8 family, bool kernel,
		     const struct ecmp_request *req);
void ecmp_route_status(const struct ecmp_route *route,
		       struct ecmp_route_status *status);
int ecmp_route_nexthop(struct ecmp_table *table,
		       const struct ecmp_route_config *rc,
		       struct ecmp_nexthop **nexthop, u8 *unresolved,
		       const struct ecmp_request *req);
bool ecmp_route_resolve(struct ecmp_route *route);
void ecmp_table_clear(struct ecmp_table *table, bool in_slices);
struct ecmp_group *ecmp_entry_group(const struct ecmp_entry *entry);
struct ecmp_entry *ecmp_entry_find(struct ecmp_table *table, u8 family,
				   const struct ecmp_prefix *dst);
struct ecmp_entry *ecmp_entry_find_from(struct ecmp_table *table, u8 family,
					const struct ecmp_prefix *dst);
struct ecmp_entry *ecmp_entry_next(struct ecmp_entry *entry);
void ecmp_entry_walk_from(struct ecmp_lpm_walk *walk,
			  const struct ecmp_table *table, u8 family,
			  const struct ecmp_prefix *dst);
struct ecmp_entry *ecmp_entry_walk_next(struct ecmp_lpm_walk *walk);

#endif /* _ECMP_ROUTE_H */
