/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ECMP_KERNEL_LEGS_H
#define _ECMP_KERNEL_LEGS_H

#include "route.h"

/**
 * struct ecmp_kernel_leg - one next hop of a kernel route, copied
 * @device: empty for what is no unicast
 * @ifindex: of it; that outlives a name
 * @gateway_family: 0: none
 * @gateway: see there
 * @metric: of the route
 * @weight: 1-256
 * @type: ECMP_ROUTE_* or ECMP_MEMBER_NATIVE
 * @protocol: RTPROT_*
 * @epoch: ecmp_kernel_routes.epoch when the kernel told it
 */
struct ecmp_kernel_leg {
	char			device[IFNAMSIZ];
	int			ifindex;
	u8			gateway_family;
	struct ecmp_addr	gateway;
	u32			metric;
	u16			weight;
	u8			type;
	u8			protocol;
	u8			epoch;
};

int ecmp_kernel_legs_replace(struct ecmp_table *table, u8 family,
			     const struct ecmp_prefix *dst,
			     const struct ecmp_kernel_leg *leg,
			     unsigned int n);

#endif /* _ECMP_KERNEL_LEGS_H */
