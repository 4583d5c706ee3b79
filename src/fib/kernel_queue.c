// SPDX-License-Identifier: GPL-2.0
/*
 * What the FIB notifier told (kernel_events.c) waits here until one work puts
 * it into the tables under the namespace's mutex: into those of every
 * configuration that there is, the live one and the one that is being built.
 *
 * What a reading told comes before the changes that were told since it began,
 * whichever of them saw a prefix first: a change says what there is of its
 * prefix, so the last one is right.
 *
 * No more than so many bytes wait. What was not remembered for that reason, or
 * for want of memory, is read again as a whole.
 */
#include <linux/jiffies.h>
#include <linux/moduleparam.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "entry.h"
#include "kernel_events.h"
#include "policy.h"
#include "../netns.h"

#define ECMP_KERNEL_BATCH	256	/* prefixes changed per hold of the mutex */
#define ECMP_KERNEL_TURN	((unsigned long)HZ / 5)	/* then others' turn */

/* A hundred thousand changes of ordinary routes. */
static unsigned int kernel_backlog __read_mostly = 16384;
module_param(kernel_backlog, uint, 0644);
MODULE_PARM_DESC(kernel_backlog,
		 "KiB of changes of the kernel's routes that may wait in one namespace; beyond it all of them are read again (default 16384)");

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
	WRITE_ONCE(kr->missed, true);
	if (!kr->stopped)
		queue_delayed_work(ecmp_wq, &kr->resync_work, kr->retry);
	spin_unlock_bh(&kr->lock);
}

/**
 * ecmp_kernel_queue_has_room - may another change wait?
 * @en: namespace
 * @size: its bytes
 *
 * What a reading tells has no limit but the kernel's own tables.
 *
 * Context: any, atomic too.
 */
bool ecmp_kernel_queue_has_room(struct ecmp_net *en, size_t size)
{
	size_t max = (size_t)READ_ONCE(kernel_backlog) << 10;

	return READ_ONCE(en->kernel_routes.queued) + size <= max ||
	       ecmp_kernel_is_reading(en);
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
	if (ecmp_kernel_is_reading(en)) {
		list_add_tail(&c->list, &kr->told);
	} else {
		c->early = kr->dumping;
		list_add_tail(&c->list, &kr->queue);
		WRITE_ONCE(kr->queued, kr->queued + c->size);
	}
	if (!kr->stopped)
		queue_work(ecmp_wq, &kr->work);
	spin_unlock_bh(&kr->lock);
}

static struct ecmp_kernel_change *
ecmp_kernel_dequeue(struct ecmp_kernel_routes *kr)
{
	struct ecmp_kernel_change *c;

	spin_lock_bh(&kr->lock);
	c = list_first_entry_or_null(&kr->told, struct ecmp_kernel_change,
				     list);
	if (!c && !kr->dumping) {
		c = list_first_entry_or_null(&kr->queue,
					     struct ecmp_kernel_change, list);
		if (c)
			WRITE_ONCE(kr->queued, kr->queued - c->size);
	}
	if (c)
		list_del(&c->list);
	spin_unlock_bh(&kr->lock);
	return c;
}

/**
 * ecmp_kernel_queue_drop - forget all that waits
 * @en: namespace
 *
 * Context: process, en->lock, or nobody applies it any more.
 */
void ecmp_kernel_queue_drop(struct ecmp_net *en)
{
	struct ecmp_kernel_routes *kr = &en->kernel_routes;
	struct ecmp_kernel_change *c, *next;
	LIST_HEAD(old);

	kr->object_left = false;
	spin_lock_bh(&kr->lock);
	list_splice_init(&kr->told, &old);
	list_splice_init(&kr->queue, &old);
	WRITE_ONCE(kr->queued, 0);
	spin_unlock_bh(&kr->lock);
	list_for_each_entry_safe(c, next, &old, list) {
		kfree(c);
		cond_resched();
	}
}

static bool ecmp_leg_same(const struct ecmp_kernel_leg *a,
			  const struct ecmp_kernel_leg *b)
{
	return a->ifindex == b->ifindex && a->type == b->type &&
	       a->gateway_family == b->gateway_family &&
	       ecmp_addr_equal(&a->gateway, &b->gateway);
}

/*
 * Is it not known what is left without a leg? It may have been this one that
 * made the route the kernel's, or one that was not read any more.
 */
static bool ecmp_less_is_unknown(const struct ecmp_kernel_paths *kernel,
				 const struct ecmp_kernel_change *c)
{
	const struct ecmp_kernel_leg *native = &kernel->leg[0];

	if (native->type != ECMP_MEMBER_NATIVE)
		return false;
	return c->early ||
	       (native->others && c->leg[0].type == ECMP_MEMBER_NATIVE);
}

/* One leg of a prefix goes, the others stay. */
static int ecmp_kernel_less(struct ecmp_table *table,
			    const struct ecmp_kernel_change *c)
{
	u32 epoch = table->config->en->kernel_routes.epoch;
	const struct ecmp_kernel_paths *kernel;
	struct ecmp_kernel_leg *leg;
	struct ecmp_entry *entry;
	unsigned int i, n = 0;
	int err;

	entry = ecmp_entry_find(table, c->family, &c->dst);
	if (!entry || !entry->kernel)
		return 0;
	/* All of it had gone before it was read: it is swept. */
	if (c->early && entry->epoch != epoch)
		return 0;
	kernel = entry->kernel;
	/* Look again. */
	if (ecmp_less_is_unknown(kernel, c))
		return -EAGAIN;
	leg = kvcalloc(kernel->n, sizeof(*leg), ECMP_GFP);
	if (!leg)
		return -ENOMEM;
	if (kernel->leg[0].type == ECMP_MEMBER_NATIVE) {
		if (kernel->leg[0].others) {
			leg[n] = kernel->leg[0];
			leg[n++].others--;
		}
	} else {
		for (i = 0; i < kernel->n; i++)
			if (!ecmp_leg_same(&kernel->leg[i], &c->leg[0]))
				leg[n++] = kernel->leg[i];
	}
	err = ecmp_kernel_paths_set(table, c->family, &c->dst, leg, n, epoch);
	kvfree(leg);
	return err;
}

/* A route for some sources only hides the prefix's others until it is gone. */
static bool ecmp_kernel_hidden(struct ecmp_table *table,
			       const struct ecmp_kernel_change *c)
{
	const struct ecmp_entry *entry;

	if (c->source || c->family != AF_INET6)
		return false;
	entry = ecmp_entry_find(table, c->family, &c->dst);
	return entry && entry->kernel && entry->kernel->leg[0].source &&
	       entry->epoch == table->config->en->kernel_routes.epoch;
}

static int ecmp_kernel_apply_to(struct ecmp_table *table,
				const struct ecmp_kernel_change *c)
{
	if (ecmp_kernel_hidden(table, c))
		return 0;
	if (c->less)
		return ecmp_kernel_less(table, c);
	return ecmp_kernel_paths_set(table, c->family, &c->dst, c->leg, c->n,
				     table->config->en->kernel_routes.epoch);
}

/**
 * ecmp_kernel_routes_apply - put a change into all tables that follow
 * @en: namespace
 * @c: change of the routes of a prefix
 *
 * What cannot be remembered is read again. Who has no memory for one table is
 * not asked for another's: it takes a while to find that there is none.
 *
 * Return: how many tables follow; UINT_MAX: not all of them could.
 * Context: process, en->lock.
 */
unsigned int ecmp_kernel_routes_apply(struct ecmp_net *en,
				      struct ecmp_kernel_change *c)
{
	const struct mem_cgroup *poor = NULL;
	struct ecmp_config *config;
	struct ecmp_table *table;
	unsigned int n = 0;
	bool failed = false;

	list_for_each_entry(config, &en->configs, list) {
		ecmp_for_each_follower(table, config, c->table) {
			if (failed && table->payer == poor)
				continue;
			n++;
			if (!ecmp_kernel_apply_to(table, c))
				continue;
			failed = true;
			poor = table->payer;
		}
	}
	if (!failed)
		return n;
	ecmp_kernel_routes_missed(en);
	return UINT_MAX;
}

/* --- what was not told again -------------------------------------------- */

/* Sweep on in a table, no more than *@budget prefixes; true: it is done. */
static bool ecmp_kernel_sweep_table(struct ecmp_table *table,
				    unsigned int *budget)
{
	static const u8 families[] = { AF_INET, AF_INET6 };
	struct ecmp_net *en = table->config->en;
	struct ecmp_table_sweep *s = &table->sweep;
	u32 epoch = en->kernel_routes.epoch;
	struct ecmp_entry *entry, *next;

	if (s->epoch != epoch)
		*s = (struct ecmp_table_sweep) { .epoch = epoch };
	while (s->family < ARRAY_SIZE(families)) {
		entry = ecmp_entry_find_from(table, families[s->family],
					     &s->at);
		for (; entry; entry = next) {
			s->at = ecmp_lpm_prefix(&entry->node);
			if (!(*budget)--) {
				*budget = 0;
				return false;
			}
			next = ecmp_entry_next(entry);
			/* The default routes are read apart, all at once. */
			if (!entry->kernel || entry->epoch == epoch ||
			    !s->at.len)
				continue;
			if (ecmp_kernel_paths_set(table, families[s->family],
						  &s->at, NULL, 0, epoch))
				ecmp_kernel_routes_missed(en);
		}
		s->family++;
		memset(&s->at, 0, sizeof(s->at));
	}
	return true;
}

/*
 * Forget what the kernel did not tell again since the last reading began, a
 * slice of it; true: there is more.
 */
static bool ecmp_kernel_sweep(struct ecmp_net *en)
{
	struct ecmp_kernel_routes *kr = &en->kernel_routes;
	unsigned int budget = ECMP_KERNEL_SLICE;
	struct ecmp_config *config;
	struct ecmp_table *table;

	/* The next reading will know better. */
	if (READ_ONCE(kr->missed))
		kr->sweep = false;
	if (!kr->sweep)
		return false;
	list_for_each_entry(config, &en->configs, list)
		list_for_each_entry(table, &config->tables, list)
			if (table->kernel_id &&
			    !ecmp_kernel_sweep_table(table, &budget))
				return true;
	kr->sweep = false;
	if (!kr->object_left)
		ecmp_kernel_object_end(en);
	return false;
}

/* Apply what waits, a slice of it; true: there may be more. */
static bool ecmp_kernel_slice(struct ecmp_net *en)
{
	struct ecmp_kernel_routes *kr = &en->kernel_routes;
	unsigned int left = ECMP_KERNEL_BATCH;
	struct ecmp_kernel_change *c;

	while (left) {
		/* Before all that was told since. */
		if (kr->object_left) {
			ecmp_kernel_object_go_on(en, &left);
			continue;
		}
		c = ecmp_kernel_dequeue(kr);
		if (!c)
			break;
		if (!c->family) {
			ecmp_kernel_object_begin(en, c, &left);
			continue;
		}
		/* After a failure others may have the mutex. */
		left -= clamp(ecmp_kernel_routes_apply(en, c), 1u, left);
		kfree(c);
	}
	/* It is set when all is told; nothing is told to it then. */
	return (list_empty(&kr->told) && ecmp_kernel_sweep(en)) || !left;
}

/*
 * Not until nothing is left: whoever changes routes for ever would keep every
 * other namespace from ending, which waits for the works that there are.
 */
static void ecmp_kernel_work(struct work_struct *work)
{
	struct ecmp_net *en = container_of(work, struct ecmp_net,
					   kernel_routes.work);
	struct ecmp_kernel_routes *kr = &en->kernel_routes;
	unsigned long end = jiffies + ECMP_KERNEL_TURN;
	bool more;

	do {
		mutex_lock(&en->lock);
		more = ecmp_kernel_slice(en);
		mutex_unlock(&en->lock);
		/* Device events wait for the mutex with RTNL held. */
		cond_resched();
	} while (more && time_before(jiffies, end) &&
		 !READ_ONCE(kr->stopped));
	spin_lock_bh(&kr->lock);
	WRITE_ONCE(kr->behind, more && !kr->stopped);
	if (kr->behind)
		queue_work(ecmp_wq, work);
	spin_unlock_bh(&kr->lock);
}

/**
 * ecmp_kernel_queue_settle - wait until what was told is in the tables
 * @en: namespace
 *
 * What goes on to be told is waited for only as far as it comes first.
 *
 * Context: process, en->lock not held.
 */
void ecmp_kernel_queue_settle(struct ecmp_net *en)
{
	struct ecmp_kernel_routes *kr = &en->kernel_routes;

	do
		flush_work(&kr->work);
	while (READ_ONCE(kr->behind) && !fatal_signal_pending(current));
}

/**
 * ecmp_kernel_queue_init - prepare the queue of a namespace
 * @en: namespace
 *
 * Context: process.
 */
void ecmp_kernel_queue_init(struct ecmp_net *en)
{
	struct ecmp_kernel_routes *kr = &en->kernel_routes;

	spin_lock_init(&kr->lock);
	INIT_LIST_HEAD(&kr->queue);
	INIT_LIST_HEAD(&kr->told);
	INIT_WORK(&kr->work, ecmp_kernel_work);
}
