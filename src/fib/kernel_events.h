/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ECMP_KERNEL_EVENTS_H
#define _ECMP_KERNEL_EVENTS_H

#include "kernel_paths.h"

struct ecmp_net;
struct fib6_info;
struct net;

/**
 * struct ecmp_kernel_change - one change of the kernel's routes
 * @list: in ecmp_kernel_routes.queue
 * @family: AF_INET or AF_INET6; 0: of nexthop object @table
 * @less: @leg leaves the others of the prefix; else @leg are all there are
 *	but for those of @source
 * @source: of routes for some sources only, which hide the others
 * @early: told while all was being read: of its prefix that may have come later
 * @table: kernel's number of the table
 * @dst: prefix
 * @size: bytes of this
 * @n: next hops; 0: deleted
 * @leg: copied, so that nothing of the kernel's is held meanwhile
 */
struct ecmp_kernel_change {
	struct list_head	list;
	u8			family;
	bool			less;
	bool			source;
	bool			early;
	u32			table;
	struct ecmp_prefix	dst;
	unsigned int		size;
	unsigned int		n;
	struct ecmp_kernel_leg	leg[];
};

int ecmp_kernel_event(struct notifier_block *nb, unsigned long event,
		      void *ptr);
int ecmp_kernel_told(struct notifier_block *nb, unsigned long event, void *ptr);
int ecmp_kernel_object_event(struct notifier_block *nb, unsigned long event,
			     void *ptr);
u8 ecmp_kernel_leg_type(u8 rtn);
int ecmp_kernel_legs_object(struct net *net, u32 id,
			    struct ecmp_kernel_leg *leg, unsigned int max);
unsigned int ecmp_kernel_legs_v6(const struct fib6_info *rt,
				 struct ecmp_kernel_leg *leg, unsigned int max);

#endif /* _ECMP_KERNEL_EVENTS_H */
