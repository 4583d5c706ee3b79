/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ECMPCTL_SHOW_H
#define ECMPCTL_SHOW_H

#include <stddef.h>

struct answers;
struct ctl;

/**
 * struct show_part - a list on the screen
 * @all: its lines
 * @shown: so many of them
 */
struct show_part {
	size_t	all;
	size_t	shown;
};

void show_print_uplinks(struct ctl *ctl, const struct answers *nexthops,
			const struct answers *defaults, size_t limit);
void show_fit(struct show_part *part, unsigned int parts, size_t lines);

#endif /* ECMPCTL_SHOW_H */
