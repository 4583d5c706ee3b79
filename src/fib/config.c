// SPDX-License-Identifier: GPL-2.0
/*
 * A whole configuration: tables, rules, settings. One is live; a transaction
 * builds another beside it, which takes its place with one pointer.
 */
#include <linux/rtnetlink.h>
#include <linux/slab.h>

#include "kernel_distance.h"
#include "kernel_routes.h"
#include "policy.h"
#include "route.h"
#include "../netns.h"

static const struct ecmp_settings ecmp_default_settings = {
	.enabled = true,
	.hash_policy = { ECMP_HASH_POLICY_L3, ECMP_HASH_POLICY_L3 },
	.pin = ECMP_PIN_CONNECTION,
	.pin_mask = ECMP_PIN_MASK,
	.kernel_routes = true,
	.check_interval = 10000,
	.check_timeout = 1000,
	.check_count = 2,
	.check_up_count = 1,
};

/**
 * ecmp_config_alloc - an empty configuration: main, no rules, the defaults
 * @en: namespace
 *
 * Return: the configuration, owned by the caller, or NULL.
 * Context: process, en->lock.
 */
struct ecmp_config *ecmp_config_alloc(struct ecmp_net *en)
{
	const struct ecmp_table_config main = {
		.name = "main", .kernel_id = RT_TABLE_MAIN,
	};
	struct ecmp_config *config;

	config = kzalloc(sizeof(*config), ECMP_GFP);
	if (!config)
		return NULL;
	config->en = en;
	INIT_LIST_HEAD(&config->tables);
	hash_init(config->table_hash);
	INIT_LIST_HEAD(&config->rules);
	INIT_LIST_HEAD(&config->resolve);
	INIT_LIST_HEAD(&config->follow);
	config->slot = en->config ? !en->config->slot : 0;
	config->settings = ecmp_default_settings;
	ecmp_kernel_distances_init(config);
	config->main = ecmp_table_add(config, &main, NULL);
	if (IS_ERR(config->main)) {
		kfree(config);
		return NULL;
	}
	list_add_tail(&config->list, &en->configs);
	return config;
}

/* Wait until no packet reads what a policy pointed to before. */
static void ecmp_config_wait(const struct ecmp_config *config)
{
	if (config->live)
		synchronize_rcu();
}

/**
 * ecmp_config_forget_table - take a table and its routes out
 * @config: configuration
 * @table: one of its tables, named by no rule; gone afterwards
 *
 * Context: process, en->lock.
 */
void ecmp_config_forget_table(struct ecmp_config *config,
			      struct ecmp_table *table)
{
	/* What has ended packets have left long since. */
	ecmp_config_wait(config);
	ecmp_table_clear(table, config->slot == ECMP_CONFIG_ENDED);
	if (table->kernel_id && table->kernel_id != RT_TABLE_MAIN)
		ecmp_kernel_routes_unfollow(table);
	list_del(&table->list);
	hash_del(&table->hash);
	config->n_tables--;
	ecmp_table_put(table);
}

/* Nothing is counted for it, and the kernel's routes do not come to it. */
static void ecmp_config_detach(struct ecmp_config *config)
{
	if (config->slot == ECMP_CONFIG_ENDED)
		return;
	config->live = false;
	ecmp_nexthops_slot_free(config->en, config->slot);
	config->slot = ECMP_CONFIG_ENDED;
	list_del(&config->list);
}

static void ecmp_config_end(struct ecmp_config *config)
{
	struct ecmp_rule *rule, *next_rule;
	struct ecmp_table *table, *next;

	list_for_each_entry_safe(rule, next_rule, &config->rules, list) {
		list_del(&rule->list);
		ecmp_rule_put(rule);
	}
	list_for_each_entry_safe(table, next, &config->tables, list) {
		ecmp_config_forget_table(config, table);
		/* Device events wait for the mutex with RTNL held. */
		mutex_unlock(&config->en->lock);
		cond_resched();
		mutex_lock(&config->en->lock);
	}
	ecmp_kernel_distances_exit(config);
	kfree(config);
}

/* Process context: what packets do not read any more ends in slices. */
static void ecmp_config_end_work(struct work_struct *work)
{
	struct ecmp_config *config = container_of(to_rcu_work(work),
						  struct ecmp_config, end);
	struct ecmp_net *en = config->en;

	mutex_lock(&en->lock);
	ecmp_config_end(config);
	mutex_unlock(&en->lock);
}

/**
 * ecmp_config_free - free a configuration, after a grace period
 * @config: packets find no way to it any more; NULL is ignored
 *
 * Context: process, en->lock; ecmp_policy_flush() waits for it.
 */
void ecmp_config_free(struct ecmp_config *config)
{
	if (!config)
		return;
	ecmp_config_detach(config);
	INIT_RCU_WORK(&config->end, ecmp_config_end_work);
	ecmp_policy_queue(&config->end);
}

/* A slice of it; 1: there is more. */
static int ecmp_table_compile(struct ecmp_table *table)
{
	struct ecmp_lpm *lpm;
	unsigned int i;
	int err = 0;

	for (i = 0; i < ARRAY_SIZE(table->lpm) && !err; i++) {
		lpm = rcu_dereference_protected(table->lpm[i], true);
		if (lpm)
			err = ecmp_lpm_compile_slice(lpm);
	}
	return err;
}

/**
 * ecmp_config_compile - compile the tables of a configuration
 * @config: not live; changed by nothing meanwhile but the kernel's routes
 *
 * Return: 0, or -ENOMEM with some of it done.
 * Context: process, en->lock, which is released now and then.
 */
int ecmp_config_compile(struct ecmp_config *config)
{
	struct ecmp_table *table;
	int err = 0;

	list_for_each_entry(table, &config->tables, list) {
		while ((err = ecmp_table_compile(table)) > 0) {
			/* Device events wait for the mutex with RTNL held. */
			mutex_unlock(&config->en->lock);
			cond_resched();
			mutex_lock(&config->en->lock);
		}
		if (err)
			break;
	}
	return err;
}

/**
 * ecmp_config_resolve - find the devices of gateways named without one again
 * @config: configuration
 * @changed: called for each route that is another now, or NULL
 *
 * A million routes may have the same gateway: it is looked for once.
 *
 * Context: process, en->lock.
 */
void ecmp_config_resolve(struct ecmp_config *config,
			 void (*changed)(struct ecmp_route *route))
{
	struct ecmp_route *route;

	config->en->resolve_walk++;
	list_for_each_entry(route, &config->resolve, resolve) {
		if (ecmp_route_resolve(route) && changed)
			changed(route);
		cond_resched();
	}
}

/**
 * ecmp_config_prepare - make a configuration ready for packets
 * @config: not live; asking again is harmless
 * @req: who asks
 *
 * Compiles what ecmp_config_compile() has not; the kernel's routes are there
 * since it was begun.
 *
 * Return: 0 or a negative errno; @config may then only be freed.
 * Context: process, en->lock.
 */
int ecmp_config_prepare(struct ecmp_config *config,
			const struct ecmp_request *req)
{
	struct ecmp_table *table;
	struct ecmp_route *route;
	int err;

	/* Devices may have come and gone since this was built. */
	ecmp_rules_update_devices(config);
	ecmp_config_resolve(config, NULL);
	list_for_each_entry(route, &config->follow, resolve)
		ecmp_route_resolve(route);

	list_for_each_entry(table, &config->tables, list) {
		do
			err = ecmp_table_compile(table);
		while (err > 0);
		if (err)
			return err;
	}
	return 0;
}

/**
 * ecmp_config_commit - put a configuration in the place of the live one
 * @config: built by its owner; belongs to the namespace on success
 * @req: who asks
 *
 * Every packet meets the old one or the new one, whole.
 *
 * Return: 0, or a negative errno with the live one unchanged and @config
 *	still the caller's, to be freed.
 * Context: process, en->lock.
 */
int ecmp_config_commit(struct ecmp_config *config,
		       const struct ecmp_request *req)
{
	struct ecmp_net *en = config->en;
	struct ecmp_config *old = en->config;
	int err;

	err = ecmp_config_prepare(config, req);
	if (err)
		return err;
	config->live = true;
	config->restore = false;
	/* Packets that meet the new policy before its slot keep their pins. */
	WRITE_ONCE(en->slot, ECMP_SLOT_BOTH);
	err = ecmp_policy_publish(config, req);
	if (err) {
		config->live = false;
		WRITE_ONCE(en->slot, old->slot);
		return err;
	}
	en->config = config;
	en->commits++;
	WRITE_ONCE(en->slot, config->slot);
	if (config->settings.hash_seed)
		ecmp_groups_agree(en);
	ecmp_uplinks_number(en);
	if (ecmp_uplinks_failback(en))
		ecmp_uplinks_tell(en, ECMP_NEWS_BACK);
	ecmp_config_free(old);
	ecmp_kernel_defaults_changed(en);
	ecmp_checks_changed(en);
	return 0;
}

/**
 * ecmp_config_set - change the settings
 * @config: configuration
 * @s: all settings as they shall be
 * @req: who asks
 *
 * Return: 0 or a negative errno with nothing changed.
 * Context: process, en->lock.
 */
int ecmp_config_set(struct ecmp_config *config, const struct ecmp_settings *s,
		    const struct ecmp_request *req)
{
	struct ecmp_settings before = config->settings;
	int err;

	config->settings = *s;
	err = ecmp_policy_publish(config, req);
	if (err) {
		config->settings = before;
		return err;
	}
	if (config->live && s->hash_seed)
		ecmp_groups_agree(config->en);
	if (config->live) {
		ecmp_uplinks_number(config->en);
		ecmp_kernel_defaults_changed(config->en);
		ecmp_checks_changed(config->en);
	}
	return 0;
}
