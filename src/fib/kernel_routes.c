// SPDX-License-Identifier: GPL-2.0
/*
 * The mirror of the kernel's main table and of others that tables follow: how
 * it begins, how everything is read again, how it ends.
 *
 * The notifier that tells of changes stays in the FIB chain. To read all that
 * there is another one joins it and leaves it again: what it is told while
 * routes change need not be of one moment, because the changes are told, too,
 * and come after it (kernel_queue.c). On a router that speaks BGP a moment
 * without any change may never come.
 */
#include <linux/memcontrol.h>
#include <linux/preempt.h>
#include <linux/rtnetlink.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <net/fib_notifier.h>
#include <net/nexthop.h>

#include "kernel_events.h"
#include "policy.h"
#include "../netns.h"

#define ECMP_KERNEL_RETRY	((unsigned long)HZ / 10)
#define ECMP_KERNEL_RETRY_MAX	(30ul * HZ)
#define ECMP_KERNEL_PATIENCE	(2ul * HZ)
#define ECMP_KERNEL_UNTOLD_MAX	(5ul * HZ)
#define ECMP_KERNEL_LOCALS	5	/* readings of the local tables in a row */

/* Does a table follow this one of the kernel's? */
static bool ecmp_kernel_follows(struct ecmp_net *en, u32 id)
{
	return id == RT_TABLE_MAIN ||
	       xa_load(&en->kernel_routes.followed, id);
}

/**
 * ecmp_kernel_is_reading - is this what the reading tells, and no change?
 * @en: namespace
 *
 * The FIB notifier calls whoever registers for what there is.
 *
 * Context: any, atomic too.
 */
bool ecmp_kernel_is_reading(const struct ecmp_net *en)
{
	return READ_ONCE(en->kernel_routes.reader) == current &&
	       !in_serving_softirq();
}

/**
 * ecmp_kernel_wants - shall routes of this table be remembered?
 * @en: namespace
 * @id: kernel's number of the table
 *
 * Context: any, atomic too.
 */
bool ecmp_kernel_wants(struct ecmp_net *en, u32 id)
{
	if (ecmp_kernel_is_reading(en) && en->kernel_routes.locals_only)
		return false;
	return ecmp_kernel_follows(en, id);
}

/**
 * ecmp_kernel_local_changed - a local table is about to be told of
 * @en: namespace
 *
 * Context: any, atomic too.
 */
void ecmp_kernel_local_changed(struct ecmp_net *en)
{
	if (!ecmp_kernel_is_reading(en))
		atomic_inc(&en->kernel_routes.local_changes);
}

/*
 * A new reading begins: what it does not tell again will be swept. Return: main,
 * whose maker pays for what is read; the caller puts it.
 */
static struct ecmp_table *ecmp_kernel_restart(struct ecmp_net *en)
{
	struct ecmp_kernel_routes *kr = &en->kernel_routes;
	struct ecmp_table *main;

	mutex_lock(&en->lock);
	/* Before the queue is empty: that would sweep what was in it. */
	kr->sweep = false;
	kr->epoch++;
	spin_lock_bh(&kr->lock);
	WRITE_ONCE(kr->missed, false);
	kr->dumping = true;
	spin_unlock_bh(&kr->lock);
	ecmp_kernel_queue_drop(en);
	main = en->config->main;
	ecmp_table_get(main);
	mutex_unlock(&en->lock);
	return main;
}

/* The reading was told all, and then something changed. */
static void ecmp_kernel_told_cb(struct notifier_block *nb)
{
	container_of(nb, struct ecmp_net, kernel_routes.dump)
		->kernel_routes.told_all = true;
}

/* Be told all that there is, once. */
static int ecmp_kernel_dump(struct ecmp_net *en)
{
	struct ecmp_kernel_routes *kr = &en->kernel_routes;
	int err;

	/* IPv4 tells before it changes: let those that it told of be changed. */
	rtnl_lock();
	rtnl_unlock();
	kr->told_all = false;
	WRITE_ONCE(kr->reader, current);
	err = register_fib_notifier(en->net, &kr->dump, ecmp_kernel_told_cb,
				    NULL);
	WRITE_ONCE(kr->reader, NULL);
	if (!err)
		unregister_fib_notifier(en->net, &kr->dump);
	return kr->told_all ? 0 : err;
}

/* The local tables, changed in the callback itself, must be of one moment. */
static int ecmp_kernel_read_tables(struct ecmp_net *en)
{
	struct ecmp_kernel_routes *kr = &en->kernel_routes;
	unsigned int i, tries;
	int err, changes;

	for (i = 0; i < ARRAY_SIZE(en->local); i++)
		WRITE_ONCE(en->local[i].incomplete, true);
	/* Packets that began with what is flushed are gone before it is. */
	synchronize_rcu();
	kr->locals_only = false;
	for (tries = 0; tries < ECMP_KERNEL_LOCALS; tries++) {
		changes = atomic_read(&kr->local_changes);
		for (i = 0; i < ARRAY_SIZE(en->local); i++)
			ecmp_local_flush(&en->local[i]);
		err = ecmp_kernel_dump(en);
		if (err)
			return err;
		if (changes == atomic_read(&kr->local_changes))
			break;
		kr->locals_only = true;
	}
	/* Else packets go on asking the kernel until the next reading. */
	if (!kr->registered)
		return 0;
	if (tries == ECMP_KERNEL_LOCALS) {
		ecmp_kernel_routes_missed(en);
		return 0;
	}
	for (i = 0; i < ARRAY_SIZE(en->local); i++)
		ecmp_local_complete(&en->local[i]);
	return 0;
}

/* Takes RTNL. @keep: whoever asks may change the kernel's routes. */
static int ecmp_kernel_read(struct ecmp_net *en, bool keep)
{
	struct ecmp_kernel_routes *kr = &en->kernel_routes;
	struct ecmp_table *main = ecmp_kernel_restart(en);
	struct mem_cgroup *before;
	int err;

	/* Anybody may make us read, and shall not be charged for it. */
	before = set_active_memcg(main->payer);
	err = ecmp_kernel_read_tables(en);
	set_active_memcg(before);
	ecmp_table_put(main);
	mutex_lock(&en->lock);
	kr->sweep = !err;
	spin_lock_bh(&kr->lock);
	kr->dumping = false;
	spin_unlock_bh(&kr->lock);
	mutex_unlock(&en->lock);
	queue_work(ecmp_wq, &kr->work);
	return ecmp_kernel_defaults_read(en, keep) ?: err;
}

/*
 * From here on every change is told. To be in the chain takes a moment in
 * which nothing changes for as long as it takes to walk through the tables.
 * When that does not come within so many jiffies: -EBUSY.
 */
static int ecmp_kernel_register(struct ecmp_net *en, unsigned long patience)
{
	struct ecmp_kernel_routes *kr = &en->kernel_routes;
	unsigned long end = jiffies + patience;
	int err;

	if (kr->registered)
		return 0;
	WRITE_ONCE(kr->reader, current);
	err = register_nexthop_notifier(en->net, &kr->objects, NULL);
	if (err)
		goto out;
	do {
		cond_resched();
		err = register_fib_notifier(en->net, &kr->notifier, NULL, NULL);
	} while (err == -EBUSY && time_before(jiffies, end) &&
		 !fatal_signal_pending(current));
	if (err)
		unregister_nexthop_notifier(en->net, &kr->objects);
	else
		kr->registered = true;
out:
	WRITE_ONCE(kr->reader, NULL);
	return err;
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

/* As long as no change is told: for a fifth of the time, or every 5 s. */
static unsigned long ecmp_kernel_untold_retry(unsigned long began)
{
	return clamp(4 * (jiffies - began), ECMP_KERNEL_RETRY,
		     ECMP_KERNEL_UNTOLD_MAX);
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
	u32 resyncs = READ_ONCE(kr->resyncs);
	unsigned long began = jiffies;
	bool untold;
	int err;

	/* Not for a table that begins to follow. */
	if (resyncs != kr->resyncs_told)
		net_info_ratelimited("ecmp: some of the kernel's routes were missed: reading them again\n");
	kr->resyncs_told = resyncs;
	mutex_lock(&kr->reading);
	err = ecmp_kernel_register(en, 0);
	untold = err == -EBUSY;
	if (!err || untold)
		err = ecmp_kernel_read(en, true);
	WRITE_ONCE(kr->untold, untold);
	mutex_unlock(&kr->reading);

	/* It changes all the time, or there is no memory: not too often. */
	spin_lock_bh(&kr->lock);
	kr->resyncs += err && !kr->missed;
	WRITE_ONCE(kr->missed, kr->missed || err);
	if (untold)
		kr->retry = ecmp_kernel_untold_retry(began);
	else
		kr->retry = kr->missed ?
			    min(kr->retry * 2, ECMP_KERNEL_RETRY_MAX) :
			    ECMP_KERNEL_RETRY;
	if ((kr->missed || untold) && !kr->stopped)
		mod_delayed_work(ecmp_wq, &kr->resync_work, kr->retry);
	spin_unlock_bh(&kr->lock);
}

/**
 * ecmp_kernel_routes_init - prepare the mirror of a namespace
 * @en: namespace
 * @followed_another: called when routes follow another gateway than before;
 *	with en->lock
 *
 * Context: process.
 */
void ecmp_kernel_routes_init(struct ecmp_net *en,
			     void (*followed_another)(struct ecmp_net *en))
{
	struct ecmp_kernel_routes *kr = &en->kernel_routes;

	kr->followed_another = followed_another;
	mutex_init(&kr->reading);
	ecmp_kernel_queue_init(en);
	INIT_DELAYED_WORK(&kr->resync_work, ecmp_kernel_resync_work);
	kr->retry = ECMP_KERNEL_RETRY;
	kr->notifier.notifier_call = ecmp_kernel_event;
	kr->dump.notifier_call = ecmp_kernel_told;
	kr->objects.notifier_call = ecmp_kernel_object_event;
	xa_init_flags(&kr->followed, XA_FLAGS_ACCOUNT);
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
 * When it returns, the routes that the kernel has now are in main. Where they
 * change all the time, so that no change can be told yet, they are read again
 * and again until that can be.
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
		err = ecmp_kernel_register(en, ECMP_KERNEL_PATIENCE);
	if (err == -EBUSY) {
		WRITE_ONCE(kr->untold, true);
		err = 0;
	}
	if (!err && !kr->complete) {
		err = ecmp_kernel_read(en, false);
		kr->complete = !err;
		if (kr->untold)
			queue_delayed_work(ecmp_wq, &kr->resync_work,
					   kr->retry);
	}
	mutex_unlock(&kr->reading);
	if (err)
		return err;
	ecmp_kernel_queue_settle(en);
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
	WRITE_ONCE(kr->stopped, true);
	spin_unlock_bh(&kr->lock);
	cancel_delayed_work_sync(&kr->resync_work);
	ecmp_kernel_defaults_stop(en);
	ecmp_kernel_unregister(en);
	cancel_work_sync(&kr->work);
	ecmp_kernel_queue_drop(en);
	mutex_lock(&en->lock);
	ecmp_kernel_object_end(en);
	mutex_unlock(&en->lock);
	ecmp_local_flush(&en->local[0]);
	ecmp_local_flush(&en->local[1]);
}

/**
 * ecmp_kernel_routes_renamed - a device has another name, or another's number
 * @en: namespace
 * @dev: the device; next hops may have the name before
 *
 * The kernel's routes stay on the device and it says nothing; so they are put
 * on the next hops of the new name at once. A device that comes may have the
 * number of one that left, whose routes were not all read since.
 *
 * Context: RTNL, en->lock.
 */
void ecmp_kernel_routes_renamed(struct ecmp_net *en,
				const struct net_device *dev)
{
	en->generation++;
	ecmp_kernel_paths_renamed(en, dev);
}
