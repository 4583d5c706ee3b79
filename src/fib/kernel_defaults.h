/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ECMP_KERNEL_DEFAULTS_H
#define _ECMP_KERNEL_DEFAULTS_H

#include "kernel_paths.h"

struct socket;

#define ECMP_KEPT_DEFAULTS_MAX	256

/* A default route that we put into the kernel (kernel_keep.c). */
struct ecmp_kept_default {
	struct ecmp_addr	gateway;
	u32			metric;
	int			ifindex;
	u8			gateway_family;
};

/**
 * struct ecmp_defaults - the default routes of one table and family
 * @net: namespace
 * @table: kernel's number
 * @family: AF_INET or AF_INET6
 * @n: legs
 * @leg: by rank
 * @native: there are some for a TOS or for some sources only
 * @expires: when to look at those that expire again, in jiffies; 0: there are
 *	none
 * @n_kept: of @kept
 * @kept: those that are ours; they are in no leg
 */
struct ecmp_defaults {
	struct net			*net;
	u32				table;
	u8				family;
	unsigned int			n;
	struct ecmp_kernel_leg		leg[ECMP_PREFIX_ROUTES_MAX];
	bool				native;
	unsigned long			expires;
	unsigned int			n_kept;
	struct ecmp_kept_default	kept[ECMP_KEPT_DEFAULTS_MAX];
};

void ecmp_defaults_took(struct ecmp_defaults *d, unsigned int n, u8 rank);
void ecmp_defaults_kept(struct ecmp_defaults *d,
			const struct ecmp_kernel_leg *leg, u32 metric);
int ecmp_defaults_read_v4(struct ecmp_defaults *d);
void ecmp_defaults_read_v6(struct ecmp_defaults *d);
int ecmp_rtnl_open(struct net *net, struct socket **sock);
int ecmp_rtnl_send(struct socket *sock, void *request, size_t len);
int ecmp_kernel_keep(struct ecmp_net *en, const struct ecmp_defaults *d);

#endif /* _ECMP_KERNEL_DEFAULTS_H */
