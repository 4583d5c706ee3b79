// SPDX-License-Identifier: GPL-2.0
/*
 * All routes of a table go. A million of them take seconds, and device events
 * wait for the mutex with RTNL held: so the mutex is released now and then, and
 * meanwhile nobody else may name the table.
 */
#include "entry.h"
#include "kernel_paths.h"
#include "policy.h"
#include "../netns.h"

#define ECMP_FLUSH_SLICE	1024	/* prefixes per hold of the mutex */

/* One prefix; gone afterwards if nothing is left. */
static int ecmp_entry_flush(struct ecmp_entry *entry, bool kernel,
			    const struct ecmp_request *req)
{
	const struct ecmp_prefix prefix = ecmp_lpm_prefix(&entry->node);
	struct ecmp_table *table = entry->table;
	const u8 family = entry->family;
	struct ecmp_route *r = entry->routes, *after;
	int err;

	/* With its last route the prefix goes. */
	if (kernel && entry->kernel) {
		err = ecmp_kernel_paths_set(table, family, &prefix, NULL, 0, 0);
		if (err)
			return err;
	}
	for (; r; r = after) {
		after = r->next;
		err = ecmp_route_del(r, req);
		if (err)
			return err;
	}
	return 0;
}

/* A slice, from *@at on; 1: there is more. */
static int ecmp_flush_slice(struct ecmp_table *table, u8 family, bool kernel,
			    struct ecmp_prefix *at,
			    const struct ecmp_request *req)
{
	struct ecmp_entry *entry, *next;
	unsigned int left = ECMP_FLUSH_SLICE;
	int err;

	entry = ecmp_entry_find_from(table, family, at);
	for (; entry; entry = next) {
		*at = ecmp_lpm_prefix(&entry->node);
		if (!left--)
			return 1;
		next = ecmp_entry_next(entry);
		err = ecmp_entry_flush(entry, kernel, req);
		if (err)
			return err;
	}
	return 0;
}

static int ecmp_flush_family(struct ecmp_table *table, u8 family, bool kernel,
			     const struct ecmp_request *req)
{
	struct ecmp_net *en = table->config->en;
	const bool live = table->config->live;
	const u32 commits = en->commits;
	struct ecmp_prefix at = {};
	int err;

	while ((err = ecmp_flush_slice(table, family, kernel, &at, req)) > 0) {
		cond_resched();
		/* A transaction may end any time. */
		if (!live)
			continue;
		en->generation++;
		mutex_unlock(&en->lock);
		mutex_lock(&en->lock);
		/* Its configuration ended, and it with that. */
		if (commits != en->commits)
			return 1;
	}
	return err;
}

/**
 * ecmp_route_flush - delete all of ecmpctl's routes of a table
 * @table: table
 * @family: AF_INET, AF_INET6, or 0 for both
 * @kernel: the kernel's, too: the table goes
 * @req: who asks
 *
 * Return: 0; 1 when another configuration took the place of the table's, which
 *	is gone then; or -ENOMEM, with the routes up to there deleted.
 * Context: process, en->lock, which is released now and then.
 */
int ecmp_route_flush(struct ecmp_table *table, u8 family, bool kernel,
		     const struct ecmp_request *req)
{
	static const u8 families[] = { AF_INET, AF_INET6 };
	unsigned int i;
	int err = 0;

	/* That is always there. */
	table->busy = table != table->config->main;
	for (i = 0; i < ARRAY_SIZE(families) && !err; i++)
		if (!family || family == families[i])
			err = ecmp_flush_family(table, families[i], kernel, req);
	if (err <= 0)
		table->busy = false;
	return err;
}
