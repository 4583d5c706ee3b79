/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ECMP_ENTRY_H
#define _ECMP_ENTRY_H

#include "route.h"

/* Of fib's own use; others walk entries with what route.h offers. */
struct ecmp_entry *ecmp_entry_get(struct ecmp_table *table, u8 family,
				  const struct ecmp_prefix *dst);
void ecmp_entry_put(struct ecmp_entry *entry);
unsigned int ecmp_entry_count(const struct ecmp_entry *entry);
int ecmp_entry_publish(struct ecmp_entry *entry);
void ecmp_route_link(struct ecmp_entry *entry, struct ecmp_route *route);
void ecmp_route_unlink(struct ecmp_route *route);
void ecmp_route_count(struct ecmp_entry *entry, const struct ecmp_route *route,
		      int n);
bool ecmp_route_is_default(const struct ecmp_route *r);
void ecmp_entry_tell(const struct ecmp_entry *entry);
void ecmp_route_more_free(struct ecmp_route_more *more);
void ecmp_route_leave(const struct ecmp_route *route, struct ecmp_nexthop *nh);
void ecmp_route_free(struct ecmp_route *route);
void ecmp_entry_forget_kernel(struct ecmp_entry *entry);

static inline bool ecmp_entry_is_empty(const struct ecmp_entry *entry)
{
	return !entry->routes && !entry->kernel;
}

#endif /* _ECMP_ENTRY_H */
