/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ECMP_KERNEL_EVENTS_H
#define _ECMP_KERNEL_EVENTS_H

#include "kernel_legs.h"

struct ecmp_net;

/**
 * struct ecmp_kernel_change - one change of the kernel's main table
 * @list: in ecmp_kernel_routes.queue
 * @family: AF_INET or AF_INET6
 * @less: @leg leaves the others of the prefix; else @leg are all there are
 * @dst: prefix
 * @n: next hops; 0: deleted
 * @leg: copied, so that nothing of the kernel's is held meanwhile
 */
struct ecmp_kernel_change {
	struct list_head	list;
	u8			family;
	bool			less;
	struct ecmp_prefix	dst;
	unsigned int		n;
	struct ecmp_kernel_leg	leg[];
};

int ecmp_kernel_event(struct notifier_block *nb, unsigned long event,
		      void *ptr);

#endif /* _ECMP_KERNEL_EVENTS_H */
