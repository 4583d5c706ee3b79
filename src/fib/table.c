// SPDX-License-Identifier: GPL-2.0
#include <linux/ctype.h>
#include <linux/jhash.h>
#include <linux/memcontrol.h>
#include <linux/rtnetlink.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "policy.h"
#include "route.h"
#include "../netns.h"

/* Words of the grammar: a table of that name could not be told from them. */
static const char * const ecmp_keywords[] = {
	"action", "add", "after", "all", "any", "at", "auto", "balance",
	"before", "blackhole", "check-gateway", "comment", "default", "del",
	"dev", "disable", "disabled", "distance", "dport", "drop", "dscp",
	"enable", "failback", "flush", "from", "hash-policy", "help", "id",
	"iif", "ipproto", "kernel", "lookup", "lookup-only-in-table", "mark",
	"min-prefix", "move", "name", "native", "nexthop", "none", "onlink",
	"pref-src", "prohibit", "replace", "route", "rule", "set", "show",
	"sport", "table", "to", "unreachable", "via", "weight",
};

/**
 * ecmp_table_name_ok - may a table have this name?
 * @name: [A-Za-z][A-Za-z0-9_.-]{0,31}, no keyword
 *
 * Context: any.
 */
bool ecmp_table_name_ok(const char *name)
{
	size_t i, len = strlen(name);

	if (!len || len > ECMP_NAME_MAX || !isascii(name[0]) ||
	    !isalpha(name[0]))
		return false;
	for (i = 1; i < len; i++)
		if (!isascii(name[i]) ||
		    (!isalnum(name[i]) && !strchr("_.-", name[i])))
			return false;
	return match_string(ecmp_keywords, ARRAY_SIZE(ecmp_keywords),
			    name) < 0;
}

static u32 ecmp_table_hash(const char *name)
{
	return jhash(name, strlen(name), 0);
}

/**
 * ecmp_table_find - find a table by name
 * @config: configuration
 * @name: its name
 *
 * Return: the table, without a reference, or NULL.
 * Context: en->lock.
 */
struct ecmp_table *ecmp_table_find(struct ecmp_config *config,
				   const char *name)
{
	struct ecmp_table *table;

	hash_for_each_possible(config->table_hash, table, hash,
			       ecmp_table_hash(name))
		if (!strcmp(table->name, name))
			return table;
	return NULL;
}

/* What @balance needs; a packet that finds no turns goes by the hash. */
static int ecmp_table_need(struct ecmp_table *table, u8 balance)
{
	struct ecmp_turns __percpu *turns;

	if (balance != ECMP_BALANCE_HASH)
		ecmp_groups_take_turns(table->config->en);
	if (table->turns || (balance != ECMP_BALANCE_ROUND_ROBIN &&
			     balance != ECMP_BALANCE_ROUND_ROBIN_FLOW))
		return 0;
	turns = alloc_percpu_gfp(struct ecmp_turns, ECMP_GFP);
	if (!turns)
		return -ENOMEM;
	/* After its zeroes. */
	smp_store_release(&table->turns, turns);
	return 0;
}

/**
 * ecmp_table_add - make a table
 * @config: configuration
 * @tc: name and attributes
 * @req: who asks
 *
 * Return: the table, owned by @config, or an ERR_PTR.
 * Context: process, en->lock.
 */
struct ecmp_table *ecmp_table_add(struct ecmp_config *config,
				  const struct ecmp_table_config *tc,
				  const struct ecmp_request *req)
{
	struct ecmp_table *table;
	int err;

	if (!ecmp_table_name_ok(tc->name)) {
		err = ecmp_refuse(req, ECMP_A_TABLE_NAME, -EINVAL,
				  "a table's name is a letter and up to 31 of A-Z a-z 0-9 _ . -, and no keyword");
		return ERR_PTR(err);
	}
	if (ecmp_table_find(config, tc->name)) {
		err = ecmp_refuse(req, ECMP_A_TABLE_NAME, -EEXIST,
				  "a table of this name exists: choose another or use table set");
		return ERR_PTR(err);
	}
	if (config->n_tables >= ECMP_TABLES_MAX) {
		err = ecmp_refuse(req, ECMP_A_TABLE_NAME, -ENOSPC,
				  "there are 4096 tables already: delete one first");
		return ERR_PTR(err);
	}

	table = kzalloc(sizeof(*table), ECMP_GFP);
	if (!table)
		return ERR_PTR(ecmp_no_memory(req));
	table->config = config;
	table->balance = tc->has_balance ? tc->balance : ECMP_BALANCE_HASH;
	table->counter = ecmp_counter_alloc();
	if (!table->counter || ecmp_table_need(table, table->balance)) {
		free_percpu(table->counter);
		kfree(table);
		return ERR_PTR(ecmp_no_memory(req));
	}
	strscpy(table->name, tc->name, sizeof(table->name));
	table->hash_policy = tc->has_hash_policy ? tc->hash_policy :
						   ECMP_HASH_POLICY_INHERIT;
	table->failback = tc->has_failback ? tc->failback : ECMP_FAILBACK_SOFT;
	table->kernel_id = tc->kernel_id;
	table->payer = get_mem_cgroup_from_mm(current->mm);
	kref_init(&table->ref);
	list_add_tail(&table->list, &config->tables);
	hash_add(config->table_hash, &table->hash,
		 ecmp_table_hash(table->name));
	config->n_tables++;
	if (table->kernel_id && table->kernel_id != RT_TABLE_MAIN &&
	    ecmp_kernel_routes_follow(table)) {
		ecmp_config_forget_table(config, table);
		return ERR_PTR(ecmp_no_memory(req));
	}
	return table;
}

static void ecmp_table_set_failback(struct ecmp_table *table, u8 failback)
{
	if (failback == table->failback)
		return;
	WRITE_ONCE(table->failback, failback);
	if (table->config->live &&
	    ecmp_uplinks_failback(table->config->en))
		ecmp_uplinks_tell(table->config->en, ECMP_NEWS_BACK);
}

/**
 * ecmp_table_set - change a table's attributes
 * @table: table
 * @tc: what changes
 * @req: who asks
 *
 * Return: 0 or a negative errno with nothing changed.
 * Context: process, en->lock.
 */
int ecmp_table_set(struct ecmp_table *table,
		   const struct ecmp_table_config *tc,
		   const struct ecmp_request *req)
{
	u8 hash_policy = table->hash_policy, balance = table->balance;
	int err = 0;

	if (tc->has_balance && ecmp_table_need(table, tc->balance))
		return ecmp_no_memory(req);
	if (tc->has_hash_policy)
		WRITE_ONCE(table->hash_policy, tc->hash_policy);
	if (tc->has_balance)
		WRITE_ONCE(table->balance, tc->balance);
	/* Packets are read, and followed, as far as what is in use needs. */
	if (table->hash_policy != hash_policy || table->balance != balance)
		err = ecmp_policy_publish(table->config, req);
	if (err) {
		WRITE_ONCE(table->hash_policy, hash_policy);
		WRITE_ONCE(table->balance, balance);
	} else if (tc->has_failback) {
		ecmp_table_set_failback(table, tc->failback);
	}
	return err;
}

static void ecmp_table_free(struct kref *ref)
{
	struct ecmp_table *table = container_of(ref, struct ecmp_table, ref);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(table->lpm); i++)
		if (rcu_access_pointer(table->lpm[i]))
			ecmp_lpm_free(rcu_dereference_protected(table->lpm[i],
								true));
	free_percpu(table->turns);
	free_percpu(table->counter);
	mem_cgroup_put(table->payer);
	kfree(table);
}

/**
 * ecmp_table_get - take a reference
 * @table: table
 *
 * Context: any.
 */
void ecmp_table_get(struct ecmp_table *table)
{
	kref_get(&table->ref);
}

/**
 * ecmp_table_put - give back a reference
 * @table: table; the last reference frees it, so no packet may read it
 *
 * Context: process.
 */
void ecmp_table_put(struct ecmp_table *table)
{
	kref_put(&table->ref, ecmp_table_free);
}

/**
 * ecmp_table_del - delete a table and its routes
 * @table: table; gone on success
 * @req: who asks
 *
 * Return: 0; 1 when another configuration took the place of the table's, which
 *	is gone then; -EBUSY while a rule names it, -EPERM for main, -ENOMEM with
 *	some of its routes deleted.
 * Context: process, en->lock, which is released now and then.
 */
int ecmp_table_del(struct ecmp_table *table, const struct ecmp_request *req)
{
	struct ecmp_config *config = table->config;
	int err;

	if (table == config->main)
		return ecmp_refuse(req, ECMP_A_TABLE_NAME, -EPERM,
				   "the table main always exists");
	if (table->n_rules)
		return ecmp_refuse(req, ECMP_A_TABLE_NAME, -EBUSY,
				   "a rule names this table: delete the rule first");
	err = ecmp_route_flush(table, 0, true, req);
	if (!err)
		ecmp_config_forget_table(config, table);
	return err;
}
