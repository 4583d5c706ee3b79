// SPDX-License-Identifier: GPL-2.0
/*
 * For tests: "insmod ecmp.ko lookup_main=1" has every network namespace that
 * is made afterwards begin as if "rule add lookup main" had been given there.
 * So programs that know nothing of us, such as the kernel's own selftests, run
 * with our decisions in the place of the kernel's; lookup_main_packets tells
 * how many packets that were.
 */
#include <linux/module.h>
#include <linux/slab.h>

#include "fib/policy.h"
#include "lookup_main.h"
#include "netns.h"

static bool lookup_main;
module_param(lookup_main, bool, 0444);
MODULE_PARM_DESC(lookup_main,
		 "for tests: new network namespaces begin with the rule \"lookup main\"");

/* Namespaces that are there when the module is loaded are not new. */
static bool ecmp_lookup_main_armed;

/* Those that began so, and what was counted in those that have ended. */
static DEFINE_MUTEX(ecmp_lookup_main_lock);
static LIST_HEAD(ecmp_lookup_main_nets);
static u64 ecmp_lookup_main_packets;

/* Packets that main, as it is now, gave a route. */
static u64 ecmp_lookup_main_count(struct ecmp_net *en)
{
	u64 packets, bytes;

	mutex_lock(&en->lock);
	ecmp_counter_read(en->config->main->counter, &packets, &bytes);
	mutex_unlock(&en->lock);
	return packets;
}

static int ecmp_lookup_main_packets_get(char *buffer,
					const struct kernel_param *kp)
{
	struct ecmp_net *en;
	u64 packets;

	mutex_lock(&ecmp_lookup_main_lock);
	packets = ecmp_lookup_main_packets;
	list_for_each_entry(en, &ecmp_lookup_main_nets, lookup_main)
		packets += ecmp_lookup_main_count(en);
	mutex_unlock(&ecmp_lookup_main_lock);
	return sysfs_emit(buffer, "%llu\n", packets);
}

static const struct kernel_param_ops ecmp_lookup_main_packets_ops = {
	.get = ecmp_lookup_main_packets_get,
};

module_param_cb(lookup_main_packets, &ecmp_lookup_main_packets_ops, NULL, 0400);
MODULE_PARM_DESC(lookup_main_packets,
		 "packets given a route by main in namespaces that began with lookup_main, ended ones too");

static int ecmp_lookup_main_rule(struct ecmp_net *en)
{
	struct ecmp_rule_config *c;
	struct ecmp_rule *rule;
	int err;

	c = kzalloc(sizeof(*c), GFP_KERNEL);
	if (!c)
		return -ENOMEM;
	c->action = ECMP_ACTION_LOOKUP;
	c->min_prefix = ECMP_MIN_PREFIX_UNSET;
	mutex_lock(&en->lock);
	c->table = en->config->main;
	err = ecmp_net_hooks_up(en);
	if (!err) {
		rule = ecmp_rule_add(en->config, c, NULL, NULL);
		err = PTR_ERR_OR_ZERO(rule);
	}
	mutex_unlock(&en->lock);
	kfree(c);
	return err;
}

/**
 * ecmp_lookup_main_arm - from now on namespaces are new
 *
 * Context: process; once, when the module is ready.
 */
void ecmp_lookup_main_arm(void)
{
	WRITE_ONCE(ecmp_lookup_main_armed, lookup_main);
}

/**
 * ecmp_lookup_main_start - begin with the rule, if the parameter says so
 * @en: namespace that is being made; has its loopback device already
 *
 * Return: 0 or a negative errno; whatever was begun is the caller's to undo.
 * Context: process; takes RTNL, en->lock not held.
 */
int ecmp_lookup_main_start(struct ecmp_net *en)
{
	int err;

	if (!READ_ONCE(ecmp_lookup_main_armed))
		return 0;
	err = ecmp_net_activate(en);
	if (!err)
		err = ecmp_lookup_main_rule(en);
	if (err)
		return err;
	mutex_lock(&ecmp_lookup_main_lock);
	list_add(&en->lookup_main, &ecmp_lookup_main_nets);
	mutex_unlock(&ecmp_lookup_main_lock);
	return 0;
}

/**
 * ecmp_lookup_main_stop - keep what was counted
 * @en: namespace that ends; packets do not meet us any more
 *
 * Context: process; en->lock not held.
 */
void ecmp_lookup_main_stop(struct ecmp_net *en)
{
	mutex_lock(&ecmp_lookup_main_lock);
	if (!list_empty(&en->lookup_main)) {
		list_del_init(&en->lookup_main);
		ecmp_lookup_main_packets += ecmp_lookup_main_count(en);
	}
	mutex_unlock(&ecmp_lookup_main_lock);
}
