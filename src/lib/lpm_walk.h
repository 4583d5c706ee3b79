/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Walks through all prefixes of a longest-prefix match in order, without
 * looking for each of them from the top.
 */
#ifndef _ECMP_LPM_WALK_H
#define _ECMP_LPM_WALK_H

#include "lpm.h"

/* At most one branch for each bit of an address is put aside, and one more. */
#define ECMP_LPM_WALK_MAX	130

/**
 * struct ecmp_lpm_walk - where a walk stands
 * @n: how many of @branch are left
 * @branch: what is still to be walked, the next one last
 */
struct ecmp_lpm_walk {
	unsigned int		n;
	struct ecmp_lpm_branch	*branch[ECMP_LPM_WALK_MAX];
};

void ecmp_lpm_walk_from(struct ecmp_lpm_walk *walk, const struct ecmp_lpm *lpm,
			const struct ecmp_prefix *prefix);
struct ecmp_lpm_node *ecmp_lpm_walk_next(struct ecmp_lpm_walk *walk);

#endif /* _ECMP_LPM_WALK_H */
