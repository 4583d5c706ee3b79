/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ECMPCTL_SAVE_H
#define ECMPCTL_SAVE_H

#include <stdbool.h>

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

/* In the order in which they are saved. */
enum save_kind {
	SAVE_SETTING,
	SAVE_TABLE,
	SAVE_NEXTHOP,
	SAVE_ROUTE,
	SAVE_RULE,
};

typedef void (*save_line_t)(enum save_kind kind, const char *text, void *data);

int state_read(struct ctl *ctl, struct state *s);
int state_read_counted(struct ctl *ctl, struct state *s);
void state_free(struct state *s);
bool state_has_seed(const struct state *s);
int save_lines(struct ctl *ctl, const struct state *s, save_line_t told,
	       void *data);
int save_print(struct ctl *ctl, const struct state *s);

#endif /* ECMPCTL_SAVE_H */
