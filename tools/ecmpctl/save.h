/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ECMPCTL_SAVE_H
#define ECMPCTL_SAVE_H

#include "netlink.h"

struct ctl;

/**
 * struct state - all that is saved
 * @settings: the answer to SETTINGS_GET
 * @generation: that it tells; grows with every change
 * @tables: the answers of a dump, as
 * @nexthops: of which only some pins are saved
 * @routes: of ecmpctl's own
 * @rules: in their order
 */
struct state {
	struct nlmsghdr	*settings;
	uint64_t	generation;
	struct answers	tables;
	struct answers	nexthops;
	struct answers	routes;
	struct answers	rules;
};

int save_print(struct ctl *ctl, const struct state *s);

#endif /* ECMPCTL_SAVE_H */
