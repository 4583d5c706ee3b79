// SPDX-License-Identifier: GPL-2.0
/*
 * The mirror of the kernel's main table and of others that tables follow: what
 * the FIB notifier told (kernel_events.c) waits in a queue that one work
 * empties under the namespace's mutex. What could not be remembered for want
 * of memory is read again as a whole.
 *
 * It is put into every configuration that there is: the live one and the one
 * that is being built.
 */
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/fib_notifier.h>
#include <net/nexthop.h>

#include "kernel_events.h"
#include "policy.h"
#include "../netns.h"

#define ECMP_KERNEL_RETRY	((unsigned long)HZ / 10)
#define ECMP_KERNEL_RETRY_MAX	(30ul * HZ)
#define ECMP_KERNEL_BATCH	256	/* changes applied per hold of the mutex */
#define ECMP_KERNEL_SLICE	1024	/* prefixes copied per hold of the mutex */

static const u8 ecmp_families[] = { AF_INET, AF_INET6 };

/**
 * ecmp_kernel_routes_missed - something was not remembered
 * @en: namespace
 *
 * Everything is read again, in a while.
 *
 * Context: any, atomic too.
 */
void ecmp_kernel_routes_missed(struct ecmp_net *en)
{
	struct ecmp_kernel_routes *kr = &en->kernel_routes;

	spin_lock_bh(&kr->lock);
	if (!kr->missed)
		kr->resyncs++;
	kr->missed = true;
	if (!kr->stopped)
		queue_delayed_work(ecmp_wq, &kr->resync_work, kr->retry);
	spin_unlock_bh(&kr->lock);
}

/**
 * ecmp_kernel_routes_queue - take a change over
 * @en: namespace
 * @c: change; belongs to the mirror from now on
 *
 * Context: any, atomic too.
 */
void ecmp_kernel_routes_queue(struct ecmp_net *en,
			      struct ecmp_kernel_change *c)
{
	struct ecmp_kernel_routes *kr = &en->kernel_routes;

	spin_lock_bh(&kr->lock);
	list_add_tail(&c->list, &kr->queue);
	if (!kr->stopped)
		queue_work(ecmp_wq, &kr->work);
	spin_unlock_bh(&kr->lock);
}

/**
 * ecmp_kernel_follows - does a table follow this one of the kernel's?
 * @en: namespace
 * @id: kernel's number of the table
 *
 * Context: any, atomic too.
 */
bool ecmp_kernel_follows(struct ecmp_net *en, u32 id)
{
	return id == RT_TABLE_MAIN ||
	       xa_load(&en->kernel_routes.followed, id);
}

static struct ecmp_kernel_change *
ecmp_kernel_dequeue(struct ecmp_kernel_routes *kr)
{
	struct ecmp_kernel_change *c;

	spin_lock_bh(&kr->lock);
	c = list_first_entry_or_null(&kr->queue, struct ecmp_kernel_change,
				     list);
	if (c)
		list_del(&c->list);
	spin_unlock_bh(&kr->lock);
	return c;
}

static void ecmp_kernel_queue_free(struct ecmp_kernel_routes *kr)
{
	struct ecmp_kernel_change *c;

	while ((c = ecmp_kernel_dequeue(kr)))
		kfree(c);
}

static struct ecmp_net *ecmp_net_of(struct notifier_block *nb)
{
	return container_of(nb, struct ecmp_net, kernel_routes.notifier);
}

static void ecmp_locals_incomplete(struct ecmp_net *en)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(en->local); i++)
		WRITE_ONCE(en->local[i].incomplete, true);
}

/* A new reading begins: what it does not tell again will be swept. */
static void ecmp_kernel_restart(struct ecmp_net *en)
{
	struct ecmp_kernel_routes *kr = &en->kernel_routes;
	unsigned int i;

	/* Packets that began with what is flushed are gone before it is. */
	ecmp_locals_incomplete(en);
	synchronize_rcu();
	mutex_lock(&en->lock);
	/* Before the queue is empty: that would sweep what was in it. */
	kr->sweep = false;
	kr->epoch++;
	spin_lock_bh(&kr->lock);
	kr->missed = false;
	spin_unlock_bh(&kr->lock);
	ecmp_kernel_queue_free(kr);
	for (i = 0; i < ARRAY_SIZE(en->local); i++)
		ecmp_local_flush(&en->local[i]);
	mutex_unlock(&en->lock);
}

/* The kernel's tables changed while they were read. */
static void ecmp_kernel_restart_cb(struct notifier_block *nb)
{
	ecmp_kernel_restart(ecmp_net_of(nb));
}

/* Takes RTNL. @keep: whoever asks may change the kernel's routes. */
static int ecmp_kernel_read(struct ecmp_net *en, bool keep)
{
	struct ecmp_kernel_routes *kr = &en->kernel_routes;
	unsigned int i;
	int err;

	ecmp_kernel_restart(en);
	/* First: an object that changes after its routes were read is told. */
	err = register_nexthop_notifier(en->net, &kr->objects, NULL);
	if (err)
		return err;
	err = register_fib_notifier(en->net, &kr->notifier,
				    ecmp_kernel_restart_cb, NULL);
	if (err) {
		unregister_nexthop_notifier(en->net, &kr->objects);
		return err;
	}
	kr->registered = true;
	for (i = 0; i < ARRAY_SIZE(en->local); i++)
		ecmp_local_complete(&en->local[i]);
	mutex_lock(&en->lock);
	kr->sweep = true;
	mutex_unlock(&en->lock);
	queue_work(ecmp_wq, &kr->work);
	return ecmp_kernel_defaults_read(en, keep);
}

static void ecmp_kernel_unregister(struct ecmp_net *en)
{
	struct ecmp_kernel_routes *kr = &en->kernel_routes;

	if (!kr->registered)
		return;
	unregister_fib_notifier(en->net, &kr->notifier);
	unregister_nexthop_notifier(en->net, &kr->objects);
	kr->registered = false;
}

/* The next table of a configuration that follows @id; @table: begin behind. */
static struct ecmp_table *ecmp_follower_next(struct ecmp_config *config,
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

#define ecmp_for_each_follower(table, config, id)			\
	for (table = ecmp_follower_next(config, NULL, id); table;	\
	     table = ecmp_follower_next(config, table, id))

/* Forget what the kernel did not tell again since the last reading began. */
static void ecmp_kernel_sweep(struct ecmp_table *table, u8 family)
{
	struct ecmp_net *en = table->config->en;
	u8 epoch = en->kernel_routes.epoch;
	const struct ecmp_prefix all = {};
	struct ecmp_entry *entry, *next;

	entry = ecmp_entry_find_from(table, family, &all);
	for (; entry; entry = next) {
		struct ecmp_prefix dst = entry->node.prefix;

		next = ecmp_entry_next(entry);
		/* The default routes are read apart, all at once. */
		if (!entry->kernel || entry->epoch == epoch || !dst.len)
			continue;
		if (ecmp_kernel_paths_set(table, family, &dst, NULL, 0, epoch))
			ecmp_kernel_routes_missed(en);
	}
}

static void ecmp_kernel_sweep_all(struct ecmp_net *en)
{
	struct ecmp_config *config;
	struct ecmp_table *table;
	unsigned int i;

	list_for_each_entry(config, &en->configs, list)
		list_for_each_entry(table, &config->tables, list)
			for (i = 0; i < ARRAY_SIZE(ecmp_families); i++)
				if (table->kernel_id)
					ecmp_kernel_sweep(table,
							  ecmp_families[i]);
}

/*
 * Read everything again: what the kernel still has is told again and stays
 * in its place meanwhile, the rest is swept. Takes RTNL, so outside the mutex.
 */
static void ecmp_kernel_resync_work(struct work_struct *work)
{
	struct ecmp_net *en = container_of(to_delayed_work(work),
					   struct ecmp_net,
					   kernel_routes.resync_work);
	struct ecmp_kernel_routes *kr = &en->kernel_routes;
	int err;

	net_info_ratelimited("ecmp: reading the kernel's routes again\n");
	mutex_lock(&kr->reading);
	/* From here on packets ask the kernel for the router's addresses. */
	ecmp_locals_incomplete(en);
	ecmp_kernel_unregister(en);
	err = ecmp_kernel_read(en, true);
	mutex_unlock(&kr->reading);

	/* It changes all the time, or there is no memory: not too often. */
	spin_lock_bh(&kr->lock);
	kr->resyncs += err && !kr->missed;
	kr->missed |= err;
	kr->retry = kr->missed ? min(kr->retry * 2, ECMP_KERNEL_RETRY_MAX) :
				 ECMP_KERNEL_RETRY;
	if (kr->missed && !kr->stopped)
		mod_delayed_work(ecmp_wq, &kr->resync_work, kr->retry);
	spin_unlock_bh(&kr->lock);
}

static bool ecmp_leg_same(const struct ecmp_kernel_leg *a,
			  const struct ecmp_kernel_leg *b)
{
	return a->ifindex == b->ifindex && a->type == b->type &&
	       a->gateway_family == b->gateway_family &&
	       ecmp_addr_equal(&a->gateway, &b->gateway);
}

/* One leg of a prefix goes, the others stay. */
static int ecmp_kernel_less(struct ecmp_table *table,
			    const struct ecmp_kernel_change *c)
{
	struct ecmp_kernel_leg *leg;
	struct ecmp_entry *entry;
	unsigned int i, n = 0;
	int err;

	entry = ecmp_entry_find(table, c->family, &c->dst);
	if (!entry || !entry->kernel)
		return 0;
	leg = kvcalloc(entry->kernel->n, sizeof(*leg), GFP_KERNEL);
	if (!leg)
		return -ENOMEM;
	for (i = 0; i < entry->kernel->n; i++)
		if (!ecmp_leg_same(&entry->kernel->leg[i], &c->leg[0]))
			leg[n++] = entry->kernel->leg[i];
	err = ecmp_kernel_paths_set(table, c->family, &c->dst, leg, n,
				    table->config->en->kernel_routes.epoch);
	kvfree(leg);
	return err;
}

/**
 * ecmp_kernel_routes_apply - put a change into all tables that follow
 * @en: namespace
 * @c: change
 *
 * What cannot be remembered is read again.
 *
 * Context: process, en->lock.
 */
void ecmp_kernel_routes_apply(struct ecmp_net *en, struct ecmp_kernel_change *c)
{
	struct ecmp_config *config;
	struct ecmp_table *table;
	int err = 0;

	if (!c->family) {
		err = ecmp_kernel_paths_object(en, c->table, c->leg, c->n);
		goto out;
	}
	list_for_each_entry(config, &en->configs, list)
		ecmp_for_each_follower(table, config, c->table)
			err = (c->less ? ecmp_kernel_less(table, c) :
			       ecmp_kernel_paths_set(table, c->family, &c->dst,
						     c->leg, c->n,
						     en->kernel_routes.epoch))
			      ?: err;
out:
	if (err)
		ecmp_kernel_routes_missed(en);
}

static void ecmp_kernel_work(struct work_struct *work)
{
	struct ecmp_net *en = container_of(work, struct ecmp_net,
					   kernel_routes.work);
	struct ecmp_kernel_routes *kr = &en->kernel_routes;
	struct ecmp_kernel_change *c;
	bool more = true, missed;
	unsigned int i;

	while (more) {
		mutex_lock(&en->lock);
		for (i = 0; i < ECMP_KERNEL_BATCH; i++) {
			c = ecmp_kernel_dequeue(kr);
			if (!c)
				break;
			ecmp_kernel_routes_apply(en, c);
			kfree(c);
		}
		more = i == ECMP_KERNEL_BATCH;
		if (!more && kr->sweep) {
			kr->sweep = false;
			spin_lock_bh(&kr->lock);
			missed = kr->missed;
			spin_unlock_bh(&kr->lock);
			/* Else the next reading will know better. */
			if (!missed)
				ecmp_kernel_sweep_all(en);
		}
		mutex_unlock(&en->lock);
	}
}

/**
 * ecmp_kernel_routes_init - prepare the mirror of a namespace
 * @en: namespace
 *
 * Context: process.
 */
void ecmp_kernel_routes_init(struct ecmp_net *en)
{
	struct ecmp_kernel_routes *kr = &en->kernel_routes;

	spin_lock_init(&kr->lock);
	mutex_init(&kr->reading);
	INIT_LIST_HEAD(&kr->queue);
	INIT_WORK(&kr->work, ecmp_kernel_work);
	INIT_DELAYED_WORK(&kr->resync_work, ecmp_kernel_resync_work);
	kr->retry = ECMP_KERNEL_RETRY;
	kr->notifier.notifier_call = ecmp_kernel_event;
	kr->objects.notifier_call = ecmp_kernel_object_event;
	xa_init(&kr->followed);
	ecmp_kernel_defaults_init(en);
	ecmp_local_init(&en->local[0], AF_INET);
	ecmp_local_init(&en->local[1], AF_INET6);
}

/**
 * ecmp_kernel_routes_exit - undo ecmp_kernel_routes_init()
 * @en: namespace, stopped, without tables
 *
 * Context: process.
 */
void ecmp_kernel_routes_exit(struct ecmp_net *en)
{
	WARN_ON_ONCE(!xa_empty(&en->kernel_routes.followed));
	xa_destroy(&en->kernel_routes.followed);
}

/**
 * ecmp_kernel_routes_start - begin to mirror the kernel's routes
 * @en: namespace
 *
 * When it returns, the routes that the kernel has now are in main.
 *
 * Return: 0 or a negative errno.
 * Context: process; takes RTNL, en->lock not held.
 */
int ecmp_kernel_routes_start(struct ecmp_net *en)
{
	struct ecmp_kernel_routes *kr = &en->kernel_routes;
	int err;

	mutex_lock(&kr->reading);
	err = ecmp_kernel_defaults_start(en);
	if (!err)
		err = kr->registered ? ecmp_kernel_defaults_read(en, false) :
				       ecmp_kernel_read(en, false);
	mutex_unlock(&kr->reading);
	if (err)
		return err;
	flush_work(&kr->work);
	/* It is read again already: whoever asks shall wait for that. */
	return READ_ONCE(kr->missed) ? -EAGAIN : 0;
}

/**
 * ecmp_kernel_routes_stop - stop mirroring; the routes stay in main
 * @en: namespace that packets do not read any more
 *
 * Context: process; takes RTNL, en->lock not held.
 */
void ecmp_kernel_routes_stop(struct ecmp_net *en)
{
	struct ecmp_kernel_routes *kr = &en->kernel_routes;

	/* From here on nothing queues the works any more. */
	spin_lock_bh(&kr->lock);
	kr->stopped = true;
	spin_unlock_bh(&kr->lock);
	cancel_delayed_work_sync(&kr->resync_work);
	ecmp_kernel_defaults_stop(en);
	ecmp_kernel_unregister(en);
	cancel_work_sync(&kr->work);
	ecmp_kernel_queue_free(kr);
	ecmp_local_flush(&en->local[0]);
	ecmp_local_flush(&en->local[1]);
}

/**
 * ecmp_kernel_routes_renamed - a device has another name
 * @en: namespace
 * @dev: the device; next hops still have its old name
 *
 * The kernel's routes stay on the device and it says nothing; so they are put
 * on the next hops of the new name at once.
 *
 * Context: RTNL, en->lock.
 */
void ecmp_kernel_routes_renamed(struct ecmp_net *en,
				const struct net_device *dev)
{
	en->generation++;
	ecmp_kernel_paths_renamed(en, dev);
}

/* Copy a slice of @from; false: that was the last. */
static bool ecmp_kernel_copy(struct ecmp_table *to, struct ecmp_table *from,
			     u8 family, struct ecmp_prefix *at, int *err)
{
	struct ecmp_entry *entry = ecmp_entry_find_from(from, family, at);
	unsigned int i;

	for (i = 0; entry && !*err; i++) {
		if (i == ECMP_KERNEL_SLICE) {
			*at = entry->node.prefix;
			return true;
		}
		if (entry->kernel)
			*err = ecmp_kernel_paths_share(to, entry);
		entry = ecmp_entry_next(entry);
	}
	return false;
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
			if (t != table)
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
			      GFP_KERNEL_ACCOUNT));
	if (err) {
		/* Nothing to unfollow. */
		table->kernel_id = 0;
		return err;
	}
	if (!fellow) {
		spin_lock_bh(&kr->lock);
		kr->missed = true;
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
			 GFP_KERNEL);
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
	flush_work(&kr->work);
}
