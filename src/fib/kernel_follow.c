// SPDX-License-Identifier: GPL-2.0
/*
 * Which tables follow the kernel's: main of every configuration, and those
 * that were made so. A new one takes over what another has already.
 */
#include <linux/rtnetlink.h>
#include <linux/slab.h>

#include "kernel_events.h"
#include "policy.h"
#include "../netns.h"

/**
 * ecmp_follower_next - a table that follows one of the kernel's
 * @config: configuration
 * @table: begin behind this one; NULL: begin
 * @id: kernel's number of the table
 *
 * Return: the next one of @config, or NULL.
 * Context: en->lock.
 */
struct ecmp_table *ecmp_follower_next(struct ecmp_config *config,
				      struct ecmp_table *table, u32 id)
{
	if (id == RT_TABLE_MAIN)
		return table ? NULL : config->main;
	table = table ?: config->main;
	list_for_each_entry_continue(table, &config->tables, list)
		if (table->kernel_id == id)
			return table;
	return NULL;
}

static const u8 ecmp_families[] = { AF_INET, AF_INET6 };

/* Copy a slice of @from; false: that was the last. */
static bool ecmp_kernel_copy(struct ecmp_table *to, struct ecmp_table *from,
			     u8 family, struct ecmp_prefix *at, int *err)
{
	struct ecmp_lpm_walk *walk = kmalloc(sizeof(*walk), ECMP_GFP);
	struct ecmp_entry *entry = NULL;
	unsigned int i;

	if (!walk) {
		*err = -ENOMEM;
		return false;
	}
	ecmp_entry_walk_from(walk, from, family, at);
	for (i = 0; !*err && (entry = ecmp_entry_walk_next(walk)); i++) {
		if (i == ECMP_KERNEL_SLICE) {
			*at = ecmp_lpm_prefix(&entry->node);
			break;
		}
		if (entry->kernel)
			*err = ecmp_kernel_paths_share(to, entry);
	}
	kfree(walk);
	return !*err && entry;
}

/**
 * ecmp_kernel_routes_fill - put the kernel's routes into a new configuration
 * @config: being built; its main has no routes
 *
 * Return: 0 or -ENOMEM.
 * Context: process, en->lock, which is released now and then: another
 *	configuration may be the live one afterwards.
 */
int ecmp_kernel_routes_fill(struct ecmp_config *config)
{
	struct ecmp_net *en = config->en;
	unsigned int i;
	int err = 0;

	for (i = 0; i < ARRAY_SIZE(ecmp_families) && !err; i++) {
		struct ecmp_prefix at = {};

		/* What changes meanwhile is put into both. */
		while (ecmp_kernel_copy(config->main, en->config->main,
					ecmp_families[i], &at, &err)) {
			mutex_unlock(&en->lock);
			cond_resched();
			mutex_lock(&en->lock);
		}
	}
	return err;
}

/* A table, of any configuration, that follows the same one of the kernel's. */
static struct ecmp_table *ecmp_kernel_fellow(const struct ecmp_table *table)
{
	struct ecmp_config *config;
	struct ecmp_table *t;

	list_for_each_entry(config, &table->config->en->configs, list)
		ecmp_for_each_follower(t, config, table->kernel_id)
			if (t != table && !t->busy)
				return t;
	return NULL;
}

/**
 * ecmp_kernel_routes_follow - let a table follow its kernel table
 * @table: new, with its kernel_id
 *
 * Its routes are there after ecmp_kernel_routes_settle().
 *
 * Return: 0 or -ENOMEM, with some of its routes or, not counted, as a table
 *	that follows none.
 * Context: process, en->lock.
 */
int ecmp_kernel_routes_follow(struct ecmp_table *table)
{
	struct ecmp_kernel_routes *kr = &table->config->en->kernel_routes;
	void *count = xa_load(&kr->followed, table->kernel_id);
	struct ecmp_table *fellow = ecmp_kernel_fellow(table);
	unsigned int i;
	int err;

	err = xa_err(xa_store(&kr->followed, table->kernel_id,
			      xa_mk_value(count ? xa_to_value(count) + 1 : 1),
			      ECMP_GFP));
	if (err) {
		/* Nothing to unfollow. */
		table->kernel_id = 0;
		return err;
	}
	if (!fellow) {
		spin_lock_bh(&kr->lock);
		WRITE_ONCE(kr->missed, true);
		if (!kr->stopped)
			mod_delayed_work(ecmp_wq, &kr->resync_work, 0);
		spin_unlock_bh(&kr->lock);
		return 0;
	}
	for (i = 0; i < ARRAY_SIZE(ecmp_families) && !err; i++) {
		struct ecmp_prefix at = {};

		while (ecmp_kernel_copy(table, fellow, ecmp_families[i], &at,
					&err))
			cond_resched();
	}
	return err;
}

/**
 * ecmp_kernel_routes_unfollow - a table that follows a kernel table goes
 * @table: table
 *
 * Context: process, en->lock.
 */
void ecmp_kernel_routes_unfollow(struct ecmp_table *table)
{
	struct xarray *followed = &table->config->en->kernel_routes.followed;
	unsigned long n = xa_to_value(xa_load(followed, table->kernel_id)) - 1;

	/* The entry is there: this needs no memory. */
	if (n)
		xa_store(followed, table->kernel_id, xa_mk_value(n),
			 ECMP_GFP);
	else
		xa_erase(followed, table->kernel_id);
}

/**
 * ecmp_kernel_routes_settle - wait for the first reading of a new table
 * @en: namespace
 *
 * Context: process; takes RTNL, en->lock not held.
 */
void ecmp_kernel_routes_settle(struct ecmp_net *en)
{
	struct ecmp_kernel_routes *kr = &en->kernel_routes;

	if (!READ_ONCE(kr->missed))
		return;
	flush_delayed_work(&kr->resync_work);
	ecmp_kernel_queue_settle(en);
}
