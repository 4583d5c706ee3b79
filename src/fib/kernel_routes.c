// SPDX-License-Identifier: GPL-2.0
/*
 * The mirror of the kernel's main table: what the FIB notifier told
 * (kernel_events.c) waits in a queue that one work empties under the
 * namespace's mutex. What could not be remembered for want of memory is read
 * again as a whole.
 */
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/fib_notifier.h>

#include "kernel_events.h"
#include "policy.h"
#include "../netns.h"

#define ECMP_KERNEL_RETRY	((unsigned long)HZ / 10)
#define ECMP_KERNEL_RETRY_MAX	(30ul * HZ)
#define ECMP_KERNEL_BATCH	256	/* changes applied per hold of the mutex */

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
 * ecmp_kernel_distance - distance of a kernel route
 * @protocol: RTPROT_*
 *
 * Return: 0 to 200, RouterOS's distances.
 * Context: any.
 */
u8 ecmp_kernel_distance(u8 protocol)
{
	switch (protocol) {
	case RTPROT_KERNEL:
		return 0;
	case RTPROT_BOOT:
	case RTPROT_STATIC:
	case RTPROT_DHCP:
	case RTPROT_RA:
		return 1;
	case RTPROT_BGP:
		return 20;
	case RTPROT_OSPF:
		return 110;
	case RTPROT_ISIS:
		return 115;
	case RTPROT_RIP:
		return 120;
	default:
		return 200;
	}
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

/**
 * ecmp_config_forget_kernel - take the kernel's routes out of main
 * @config: configuration
 *
 * Context: process, en->lock.
 */
void ecmp_config_forget_kernel(struct ecmp_config *config)
{
	const struct ecmp_prefix all = {};
	struct ecmp_entry *entry, *next;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ecmp_families); i++) {
		entry = ecmp_entry_find_from(config->main, ecmp_families[i],
					     &all);
		for (; entry; entry = next) {
			struct ecmp_prefix dst = entry->node.prefix;

			next = ecmp_entry_next(entry);
			ecmp_kernel_legs_replace(config->main,
						 ecmp_families[i], &dst, NULL,
						 0);
		}
	}
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

/* Takes RTNL. */
static int ecmp_kernel_read(struct ecmp_net *en)
{
	struct ecmp_kernel_routes *kr = &en->kernel_routes;
	unsigned int i;
	int err;

	ecmp_kernel_restart(en);
	err = register_fib_notifier(en->net, &kr->notifier,
				    ecmp_kernel_restart_cb, NULL);
	if (err)
		return err;
	kr->registered = true;
	for (i = 0; i < ARRAY_SIZE(en->local); i++)
		ecmp_local_complete(&en->local[i]);
	mutex_lock(&en->lock);
	kr->sweep = true;
	mutex_unlock(&en->lock);
	queue_work(ecmp_wq, &kr->work);
	return 0;
}

/* Forget what the kernel did not tell again since the last reading began. */
static void ecmp_kernel_sweep(struct ecmp_net *en, u8 family)
{
	struct ecmp_table *main = en->config->main;
	const struct ecmp_prefix all = {};
	struct ecmp_entry *entry, *next;
	struct ecmp_route *last;

	entry = ecmp_entry_find_from(main, family, &all);
	for (; entry; entry = next) {
		struct ecmp_prefix dst = entry->node.prefix;

		next = ecmp_entry_next(entry);
		/* The kernel's routes of a prefix are last, and of one age. */
		last = list_last_entry(&entry->routes, struct ecmp_route, list);
		if (last->flags & ECMP_ROUTE_KERNEL &&
		    last->epoch != en->kernel_routes.epoch &&
		    ecmp_kernel_legs_replace(main, family, &dst, NULL, 0))
			ecmp_kernel_routes_missed(en);
	}
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

	mutex_lock(&kr->reading);
	/* From here on packets ask the kernel for the router's addresses. */
	ecmp_locals_incomplete(en);
	if (kr->registered)
		unregister_fib_notifier(en->net, &kr->notifier);
	kr->registered = false;
	err = ecmp_kernel_read(en);
	mutex_unlock(&kr->reading);

	/* It changes all the time, or there is no memory: not too often. */
	spin_lock_bh(&kr->lock);
	kr->missed |= err;
	kr->retry = kr->missed ? min(kr->retry * 2, ECMP_KERNEL_RETRY_MAX) :
				 ECMP_KERNEL_RETRY;
	if (kr->missed && !kr->stopped)
		mod_delayed_work(ecmp_wq, &kr->resync_work, kr->retry);
	spin_unlock_bh(&kr->lock);
}

/* The kernel's next hops of a prefix, as they are in main now. */
static unsigned int ecmp_kernel_legs(const struct ecmp_entry *entry,
				     struct ecmp_kernel_leg *leg)
{
	const struct ecmp_route *r;
	unsigned int n = 0;

	list_for_each_entry(r, &entry->routes, list) {
		if (!(r->flags & ECMP_ROUTE_KERNEL) ||
		    n == ECMP_PREFIX_ROUTES_MAX)
			continue;
		leg[n] = (struct ecmp_kernel_leg) {
			.metric = r->metric,
			.weight = r->weight,
			.type = r->type,
			.protocol = r->protocol,
			.epoch = r->epoch,
			.ifindex = r->ifindex,
		};
		if (r->nexthop) {
			leg[n].gateway_family = r->nexthop->key.gateway_family;
			leg[n].gateway = r->nexthop->key.gateway;
			strscpy(leg[n].device, r->nexthop->key.device,
				sizeof(leg[n].device));
		}
		n++;
	}
	return n;
}

static bool ecmp_leg_same(const struct ecmp_kernel_leg *a,
			  const struct ecmp_kernel_leg *b)
{
	return a->ifindex == b->ifindex && a->type == b->type &&
	       a->gateway_family == b->gateway_family &&
	       ecmp_addr_equal(&a->gateway, &b->gateway);
}

/* One leg of a prefix goes, the others stay. */
static int ecmp_kernel_less(struct ecmp_net *en,
			    const struct ecmp_kernel_change *c)
{
	struct ecmp_kernel_leg *leg;
	struct ecmp_entry *entry;
	unsigned int i, n, left = 0;
	int err;

	entry = ecmp_entry_find(en->config->main, c->family, &c->dst);
	if (!entry)
		return 0;
	leg = kvcalloc(ECMP_PREFIX_ROUTES_MAX, sizeof(*leg), GFP_KERNEL);
	if (!leg)
		return -ENOMEM;
	n = ecmp_kernel_legs(entry, leg);
	for (i = 0; i < n; i++) {
		if (ecmp_leg_same(&leg[i], &c->leg[0]))
			continue;
		leg[left] = leg[i];
		leg[left++].epoch = en->kernel_routes.epoch;
	}
	err = ecmp_kernel_legs_replace(en->config->main, c->family, &c->dst,
				       leg, left);
	kvfree(leg);
	return err;
}

static void ecmp_kernel_apply(struct ecmp_net *en,
			      struct ecmp_kernel_change *c)
{
	unsigned int i;
	int err;

	for (i = 0; i < c->n; i++)
		c->leg[i].epoch = en->kernel_routes.epoch;
	err = c->less ? ecmp_kernel_less(en, c) :
			ecmp_kernel_legs_replace(en->config->main, c->family,
						 &c->dst, c->leg, c->n);
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
			ecmp_kernel_apply(en, c);
			kfree(c);
		}
		more = i == ECMP_KERNEL_BATCH;
		if (i)
			en->generation++;
		if (!more && kr->sweep) {
			kr->sweep = false;
			spin_lock_bh(&kr->lock);
			missed = kr->missed;
			spin_unlock_bh(&kr->lock);
			/* Else the next reading will know better. */
			if (!missed) {
				ecmp_kernel_sweep(en, AF_INET);
				ecmp_kernel_sweep(en, AF_INET6);
				en->generation++;
			}
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
	ecmp_local_init(&en->local[0], AF_INET);
	ecmp_local_init(&en->local[1], AF_INET6);
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
	int err = 0;

	mutex_lock(&kr->reading);
	if (!kr->registered)
		err = ecmp_kernel_read(en);
	mutex_unlock(&kr->reading);
	if (!err)
		flush_work(&kr->work);
	return err;
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
	if (kr->registered)
		unregister_fib_notifier(en->net, &kr->notifier);
	kr->registered = false;
	cancel_work_sync(&kr->work);
	ecmp_kernel_queue_free(kr);
	ecmp_local_flush(&en->local[0]);
	ecmp_local_flush(&en->local[1]);
}

static bool ecmp_entry_on(const struct ecmp_entry *entry, int ifindex)
{
	const struct ecmp_route *r;

	list_for_each_entry(r, &entry->routes, list)
		if (r->flags & ECMP_ROUTE_KERNEL && r->ifindex == ifindex)
			return true;
	return false;
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
	const struct ecmp_prefix all = {};
	struct ecmp_kernel_leg *leg;
	struct ecmp_entry *entry;
	unsigned int i, n;

	leg = kvcalloc(ECMP_PREFIX_ROUTES_MAX, sizeof(*leg), GFP_KERNEL);
	if (!leg) {
		ecmp_kernel_routes_missed(en);
		return;
	}
	en->generation++;
	for (i = 0; i < ARRAY_SIZE(ecmp_families); i++) {
		entry = ecmp_entry_find_from(en->config->main,
					     ecmp_families[i], &all);
		for (; entry; entry = ecmp_entry_next(entry)) {
			if (!ecmp_entry_on(entry, dev->ifindex))
				continue;
			/* With the name that the device has now. */
			n = ecmp_kernel_legs(entry, leg);
			if (ecmp_kernel_legs_replace(en->config->main,
						     ecmp_families[i],
						     &entry->node.prefix, leg,
						     n))
				ecmp_kernel_routes_missed(en);
		}
	}
	kvfree(leg);
}

/**
 * ecmp_kernel_routes_copy - put the kernel's routes into a new configuration
 * @to: being built; its main has no kernel routes
 * @from: the live one
 *
 * Return: 0 or -ENOMEM.
 * Context: process, en->lock.
 */
int ecmp_kernel_routes_copy(struct ecmp_config *to,
			    const struct ecmp_config *from)
{
	const struct ecmp_prefix all = {};
	struct ecmp_kernel_leg *leg;
	struct ecmp_entry *entry;
	unsigned int i, n;
	int err = 0;

	leg = kvcalloc(ECMP_PREFIX_ROUTES_MAX, sizeof(*leg), GFP_KERNEL);
	if (!leg)
		return -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(ecmp_families); i++) {
		entry = ecmp_entry_find_from(from->main, ecmp_families[i],
					     &all);
		for (; entry && !err; entry = ecmp_entry_next(entry)) {
			n = ecmp_kernel_legs(entry, leg);
			if (n)
				err = ecmp_kernel_legs_replace(to->main,
							       ecmp_families[i],
							       &entry->node.prefix,
							       leg, n);
		}
	}
	kvfree(leg);
	return err;
}
