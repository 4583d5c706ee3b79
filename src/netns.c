// SPDX-License-Identifier: GPL-2.0
/*
 * One namespace's share of the module: made with the namespace, woken by the
 * first message from it, switched off before its devices go.
 */
#include <linux/module.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <net/netns/generic.h>

#include "datapath/hook.h"
#include "datapath/pin.h"
#include "fib/check.h"
#include "fib/policy.h"
#include "health/check.h"
#include "health/device.h"
#include "health/forced.h"
#include "lookup_main.h"
#include "netlink/netlink.h"
#include "netns.h"

static unsigned int ecmp_net_id;

/*
 * The kernel has only a pointer: what it allocates itself for each namespace is
 * charged to nobody, and these are large.
 */
static struct ecmp_net **ecmp_net_slot(const struct net *net)
{
	return net_generic(net, ecmp_net_id);
}

/**
 * ecmp_net_get - a namespace's share
 * @net: namespace
 *
 * Return: the share; NULL before it is made and after it has ended.
 * Context: any, while the module is loaded.
 */
struct ecmp_net *ecmp_net_get(const struct net *net)
{
	struct ecmp_net **slot = ecmp_net_slot(net);

	return slot ? *slot : NULL;
}

/**
 * ecmp_net_activate - begin to mirror the kernel's routes, once
 * @en: namespace
 *
 * Return: 0 or a negative errno.
 * Context: process; takes RTNL, en->lock not held.
 */
int ecmp_net_activate(struct ecmp_net *en)
{
	int err = 0;

	/* Whoever sees it finds the kernel's routes mirrored. */
	if (smp_load_acquire(&en->active))
		return 0;
	mutex_lock(&en->activation);
	if (!en->active) {
		err = ecmp_kernel_routes_start(en);
		if (!err)
			smp_store_release(&en->active, true); /* see above */
	}
	mutex_unlock(&en->activation);
	return err;
}

/**
 * ecmp_net_hooks_up - let packets meet us
 * @en: namespace
 *
 * Return: 0 or a negative errno.
 * Context: process, en->lock.
 */
int ecmp_net_hooks_up(struct ecmp_net *en)
{
	lockdep_assert_held(&en->lock);
	return en->hooks ? 0 : ecmp_hooks_register(en);
}

/**
 * ecmp_net_hooks_trim - leave packets alone if nothing is configured any more
 * @en: namespace
 *
 * Context: process, en->lock.
 */
void ecmp_net_hooks_trim(struct ecmp_net *en)
{
	lockdep_assert_held(&en->lock);
	if (!en->hooks || en->config->n_rules || en->config->n_static)
		return;
	ecmp_hooks_unregister(en);
	/* Those that see the answers to probes wait for that. */
	ecmp_checks_changed(en);
}

/**
 * ecmp_net_retry - something that nobody asked for found no memory
 * @en: namespace
 *
 * A device or an address changed and what follows from it could not be done.
 * It is tried again by itself: no other event may ever come.
 *
 * Context: process, en->lock.
 */
void ecmp_net_retry(struct ecmp_net *en)
{
	lockdep_assert_held(&en->lock);
	/* Nobody waits for that work any more. */
	if (en->stopped)
		return;
	net_info_ratelimited("ecmp: out of memory: a change of devices or addresses is tried again\n");
	queue_delayed_work(ecmp_wq, &en->retry, en->retry_after);
}

static void ecmp_net_prepare(struct ecmp_net *en, struct net *net)
{
	en->net = net;
	mutex_init(&en->lock);
	mutex_init(&en->activation);
	hash_init(en->nexthops);
	INIT_LIST_HEAD(&en->nexthop_list);
	ecmp_uplinks_init(en, ecmp_sweep_work);
	INIT_LIST_HEAD(&en->configs);
	INIT_LIST_HEAD(&en->lookup_main);
	hash_init(en->kernel_paths);
	get_random_bytes(&en->random_seed, sizeof(en->random_seed));
	INIT_WORK(&en->addresses, ecmp_device_addresses_work);
	INIT_DELAYED_WORK(&en->retry, ecmp_device_retry_work);
	en->retry_after = ECMP_RETRY;
	ecmp_checks_init(en);
	ecmp_forced_init(en);
	ecmp_kernel_routes_init(en, ecmp_notify_commit);
}

static int __net_init ecmp_net_begin(struct ecmp_net *en)
{
	int err;

	err = ecmp_groups_init(en);
	if (err)
		return err;

	err = -ENOMEM;
	mutex_lock(&en->lock);
	en->config = ecmp_config_alloc(en);
	if (en->config) {
		en->config->live = true;
		err = ecmp_policy_publish(en->config, NULL);
		if (err)
			ecmp_config_free(en->config);
	}
	mutex_unlock(&en->lock);
	if (err) {
		ecmp_policy_flush();
		ecmp_kernel_routes_exit(en);
		ecmp_groups_exit(en);
	}
	return err;
}

static int __net_init ecmp_net_init(struct net *net)
{
	struct ecmp_net *en = kvzalloc(sizeof(*en), ECMP_GFP);
	int err;

	if (!en)
		return -ENOMEM;
	ecmp_net_prepare(en, net);
	err = ecmp_net_begin(en);
	if (err)
		kvfree(en);
	else
		*ecmp_net_slot(net) = en;
	return err;
}

/* No packets and no users any more: what they left behind begins to go. */
static void __net_exit ecmp_net_abandon(struct ecmp_net *en)
{
	/* The devices are gone, or their notifiers are. */
	cancel_work_sync(&en->addresses);
	cancel_delayed_work_sync(&en->retry);
	cancel_work_sync(&en->checks);
	ecmp_forced_exit(en);
	mutex_lock(&en->lock);
	ecmp_policy_retract(en);
	ecmp_config_free(en->config);
	mutex_unlock(&en->lock);
}

/* It waits for grace periods: once for all namespaces that end together. */
static void __net_exit ecmp_net_exit_batch(struct list_head *net_exit_list)
{
	struct ecmp_net *en;
	struct net *net;

	list_for_each_entry(net, net_exit_list, exit_list)
		ecmp_net_abandon(ecmp_net_get(net));
	ecmp_policy_flush();
	list_for_each_entry(net, net_exit_list, exit_list) {
		en = ecmp_net_get(net);
		WARN_ON_ONCE(!list_empty(&en->nexthop_list));
		ecmp_kernel_routes_exit(en);
		ecmp_groups_exit(en);
		*ecmp_net_slot(net) = NULL;
		kvfree(en);
	}
}

/* Hand everything back to the kernel; the devices are still there. */
static void __net_exit ecmp_net_stop(struct net *net)
{
	struct ecmp_net *en = ecmp_net_get(net);

	ecmp_netlink_net_exit(en);
	ecmp_uplinks_stop(en);
	mutex_lock(&en->lock);
	ecmp_policy_retract(en);
	if (en->hooks)
		ecmp_hooks_unregister(en);
	/* Afterwards, as its own hooks go with the last of the others. */
	ecmp_checks_stop(en);
	mutex_unlock(&en->lock);

	mutex_lock(&en->activation);
	ecmp_kernel_routes_stop(en);
	mutex_unlock(&en->activation);
	ecmp_lookup_main_stop(en);
}

static int __net_init ecmp_net_start(struct net *net)
{
	int err = ecmp_lookup_main_start(ecmp_net_get(net));

	/* Nobody calls our pre_exit for a namespace that we refused. */
	if (err)
		ecmp_net_stop(net);
	return err;
}

static struct pernet_operations ecmp_net_ops = {
	.init		= ecmp_net_init,
	.exit_batch	= ecmp_net_exit_batch,
	.id		= &ecmp_net_id,
	.size		= sizeof(struct ecmp_net *),
};

/*
 * Apart, because it must go before the device notifier and that before ours.
 * A "device", because it comes after the loopback device in a new namespace.
 */
static struct pernet_operations ecmp_net_stop_ops = {
	.init = ecmp_net_start,
	.pre_exit = ecmp_net_stop,
};

/**
 * ecmp_netns_init - prepare all namespaces, those to come too
 *
 * Return: 0 or a negative errno.
 * Context: process.
 */
int ecmp_netns_init(void)
{
	return register_pernet_subsys(&ecmp_net_ops);
}

/**
 * ecmp_netns_exit - undo ecmp_netns_init()
 *
 * Context: process; after ecmp_netns_stop_exit().
 */
void ecmp_netns_exit(void)
{
	unregister_pernet_subsys(&ecmp_net_ops);
}

/**
 * ecmp_netns_stop_init - have every namespace stopped when it ends
 *
 * Return: 0 or a negative errno.
 * Context: process.
 */
int ecmp_netns_stop_init(void)
{
	return register_pernet_device(&ecmp_net_stop_ops);
}

/**
 * ecmp_netns_stop_exit - stop in every namespace: no packet meets us any more
 *
 * Context: process.
 */
void ecmp_netns_stop_exit(void)
{
	unregister_pernet_device(&ecmp_net_stop_ops);
}
