// SPDX-License-Identifier: GPL-2.0
/*
 * The policy: one immutable snapshot of the enabled, valid rules and the
 * settings. Packets see the old one or the new one, never a mixture.
 */
#include <linux/bsearch.h>
#include <linux/overflow.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/workqueue.h>

#include "policy.h"
#include "../netns.h"
#include "../trace.h"

/* Whatever must wait for a grace period, or may take long. */
struct workqueue_struct *ecmp_wq;

static bool ecmp_rule_counts(const struct ecmp_rule *rule)
{
	return !rule->c.disabled && !ecmp_rule_invalid(rule);
}

static struct ecmp_match ecmp_rule_match(const struct ecmp_rule *rule)
{
	struct ecmp_match match = rule->c.match;

	match.iif = rule->ifindex;
	if (rule->c.iif[0])
		match.fields |= ECMP_MATCH_IIF;
	else
		match.fields &= ~ECMP_MATCH_IIF;
	return match;
}

static void ecmp_policy_rule_fill(struct ecmp_policy_rule *pr,
				  struct ecmp_rule *rule)
{
	kref_get(&rule->ref);
	if (rule->c.table)
		ecmp_table_get(rule->c.table);
	*pr = (struct ecmp_policy_rule) {
		.table = rule->c.table,
		.counter = rule->counter,
		.min_prefix = rule->c.min_prefix,
		.action = rule->c.action,
		.rule = rule,
	};
}

static int ecmp_iif_cmp(const void *a, const void *b)
{
	int x = *(const int *)a, y = *(const int *)b;

	return x < y ? -1 : x > y;
}

static void ecmp_policy_add_iif(struct ecmp_policy *policy, int ifindex)
{
	/* Neighbours in the list often ask for the same one. */
	if (ifindex &&
	    (!policy->n_iifs || policy->iif[policy->n_iifs - 1] != ifindex))
		policy->iif[policy->n_iifs++] = ifindex;
}

/**
 * ecmp_policy_asks_iif - does a rule ask for an interface?
 * @policy: policy
 * @ifindex: the interface
 *
 * Return: whether one does.
 * Context: RCU.
 */
bool ecmp_policy_asks_iif(const struct ecmp_policy *policy, int ifindex)
{
	return bsearch(&ifindex, policy->iif, policy->n_iifs,
		       sizeof(*policy->iif), ecmp_iif_cmp);
}

static bool ecmp_config_inner(const struct ecmp_config *config)
{
	const struct ecmp_table *table;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(config->settings.hash_policy); i++)
		if (config->settings.hash_policy[i] ==
		    ECMP_HASH_POLICY_L3_INNER)
			return true;
	list_for_each_entry(table, &config->tables, list)
		if (table->hash_policy == ECMP_HASH_POLICY_L3_INNER)
			return true;
	return false;
}

/* What else than the hash may choose the path of a packet. */
static u8 ecmp_config_more(const struct ecmp_config *config)
{
	const struct ecmp_table *table;
	u8 more = 0;

	if (config->settings.pin == ECMP_PIN_CONNECTION)
		more |= ECMP_MORE_PIN;
	list_for_each_entry(table, &config->tables, list)
		if (table->balance != ECMP_BALANCE_HASH)
			more |= ECMP_MORE_BALANCE;
	return more;
}

/**
 * ecmp_policy_alloc - compile a configuration's rules and settings
 * @config: configuration
 *
 * Return: the policy, owned by the caller, or NULL when out of memory.
 * Context: process, en->lock.
 */
struct ecmp_policy *ecmp_policy_alloc(struct ecmp_config *config)
{
	const struct ecmp_settings *s = &config->settings;
	struct ecmp_policy *policy;
	struct ecmp_match *match;
	struct ecmp_rule *rule;
	unsigned int n = 0;

	match = kvmalloc_array(max(config->n_rules, 1u), sizeof(*match),
			       ECMP_GFP_LARGE);
	policy = kvzalloc(struct_size(policy, rule, config->n_rules) +
			  config->n_rules * sizeof(*policy->iif),
			  ECMP_GFP_LARGE);
	if (!match || !policy)
		goto free;

	list_for_each_entry(rule, &config->rules, list)
		if (ecmp_rule_counts(rule))
			match[n++] = ecmp_rule_match(rule);
	policy->classifier = ecmp_classifier_alloc(match, n);
	if (!policy->classifier)
		goto free;
	kvfree(match);

	n = 0;
	policy->iif = (int *)&policy->rule[config->n_rules];
	list_for_each_entry(rule, &config->rules, list) {
		if (!ecmp_rule_counts(rule))
			continue;
		ecmp_policy_rule_fill(&policy->rule[n++], rule);
		ecmp_policy_add_iif(policy, rule->ifindex);
	}
	policy->n_rules = n;
	sort(policy->iif, policy->n_iifs, sizeof(*policy->iif), ecmp_iif_cmp,
	     NULL);
	policy->main = config->main;
	ecmp_table_get(policy->main);
	policy->groups = &config->en->groups;
	memcpy(policy->hash_policy, s->hash_policy, sizeof(s->hash_policy));
	policy->more = ecmp_config_more(config);
	policy->pin_mask = s->pin_mask;
	policy->inner = ecmp_config_inner(config);
	policy->seed = s->hash_seed ? ecmp_hash_seed_from(s->hash_seed) :
				      config->en->random_seed;
	return policy;

free:
	kvfree(policy);
	kvfree(match);
	return NULL;
}

/**
 * ecmp_policy_free - free a policy that no packet reads
 * @policy: policy, or NULL
 *
 * Context: process.
 */
void ecmp_policy_free(struct ecmp_policy *policy)
{
	unsigned int i;

	if (!policy)
		return;
	for (i = 0; i < policy->n_rules; i++) {
		if (policy->rule[i].table)
			ecmp_table_put(policy->rule[i].table);
		ecmp_rule_put(policy->rule[i].rule);
	}
	ecmp_table_put(policy->main);
	ecmp_classifier_free(policy->classifier);
	kvfree(policy);
}

static void ecmp_policy_free_work(struct work_struct *work)
{
	ecmp_policy_free(container_of(to_rcu_work(work), struct ecmp_policy,
				      work));
}

static void ecmp_policy_replace(struct ecmp_net *en,
				struct ecmp_policy *policy)
{
	struct ecmp_policy *old;

	trace_ecmp_publish(en, policy);
	old = rcu_replace_pointer(en->policy, policy,
				  lockdep_is_held(&en->lock));
	en->publications++;
	if (!old)
		return;
	INIT_RCU_WORK(&old->work, ecmp_policy_free_work);
	ecmp_policy_queue(&old->work);
}

/**
 * ecmp_policy_publish - let packets see what a configuration says now
 * @config: the live configuration; for another this does nothing
 * @req: who asks
 *
 * Return: 0, or -ENOMEM with packets seeing what they saw.
 * Context: process, en->lock.
 */
int ecmp_policy_publish(struct ecmp_config *config,
			const struct ecmp_request *req)
{
	struct ecmp_net *en = config->en;
	struct ecmp_policy *policy = NULL;

	lockdep_assert_held(&en->lock);
	if (!config->live)
		return 0;
	if (config->settings.enabled) {
		policy = ecmp_policy_alloc(config);
		if (!policy)
			return ecmp_no_memory(req);
	}
	ecmp_pins_move(en, config->settings.pin_mask);
	ecmp_policy_replace(en, policy);
	return 0;
}

/**
 * ecmp_policy_retract - leave every packet to the kernel
 * @en: namespace
 *
 * Context: process, en->lock.
 */
void ecmp_policy_retract(struct ecmp_net *en)
{
	ecmp_policy_replace(en, NULL);
}

/**
 * ecmp_policy_queue - do something once packets have left what they read
 * @work: initialised; runs in process context after a grace period
 *
 * Context: any.
 */
void ecmp_policy_queue(struct rcu_work *work)
{
	queue_rcu_work(ecmp_wq, work);
}

/**
 * ecmp_policy_flush - wait for everything that was queued
 *
 * Context: process; en->lock not held.
 */
void ecmp_policy_flush(void)
{
	rcu_barrier();
	flush_workqueue(ecmp_wq);
	/* What the works ended is freed by RCU callbacks in turn. */
	rcu_barrier();
}

/**
 * ecmp_policy_init - once, when the module is loaded
 *
 * Return: 0 or -ENOMEM.
 * Context: process.
 */
int ecmp_policy_init(void)
{
	ecmp_wq = alloc_workqueue("ecmp", WQ_UNBOUND, 0);
	return ecmp_wq ? 0 : -ENOMEM;
}

/**
 * ecmp_policy_exit - undo ecmp_policy_init()
 *
 * Context: process.
 */
void ecmp_policy_exit(void)
{
	ecmp_policy_flush();
	destroy_workqueue(ecmp_wq);
}
