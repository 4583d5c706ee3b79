// SPDX-License-Identifier: GPL-2.0
/*
 * Rules: an ordered list. Every change of the live list publishes a new
 * policy; when that fails the list is put back as it was.
 */
#include <linux/netdevice.h>
#include <linux/slab.h>

#include "policy.h"
#include "rule.h"
#include "../netns.h"

/**
 * ecmp_rule_next - walk the rules in order
 * @config: configuration
 * @rule: where the walk stands; NULL: before the first
 *
 * Return: the next rule, or NULL.
 * Context: en->lock.
 */
struct ecmp_rule *ecmp_rule_next(struct ecmp_config *config,
				 struct ecmp_rule *rule)
{
	if (!rule)
		return list_first_entry_or_null(&config->rules,
						struct ecmp_rule, list);
	if (list_is_last(&rule->list, &config->rules))
		return NULL;
	return list_next_entry(rule, list);
}

/**
 * ecmp_rule_by_index - the rule of a number
 * @config: configuration
 * @index: from 0
 *
 * Return: the rule, without a reference, or NULL.
 * Context: en->lock.
 */
struct ecmp_rule *ecmp_rule_by_index(struct ecmp_config *config, u32 index)
{
	struct ecmp_rule *rule;

	list_for_each_entry(rule, &config->rules, list)
		if (rule->index == index)
			return rule;
	return NULL;
}

/**
 * ecmp_rule_by_id - the rule of an id
 * @config: configuration
 * @id: ecmp_rule.id
 *
 * Return: the rule, without a reference, or NULL.
 * Context: en->lock.
 */
struct ecmp_rule *ecmp_rule_by_id(struct ecmp_config *config, u32 id)
{
	struct ecmp_rule *rule;

	list_for_each_entry(rule, &config->rules, list)
		if (rule->id == id)
			return rule;
	return NULL;
}

/**
 * ecmp_rule_by_comment - the rule that has a comment
 * @config: configuration
 * @comment: not empty
 * @several: whether more than one rule has it
 *
 * Return: the only such rule, without a reference, or NULL.
 * Context: en->lock.
 */
struct ecmp_rule *ecmp_rule_by_comment(struct ecmp_config *config,
				       const char *comment, bool *several)
{
	struct ecmp_rule *rule, *found = NULL;

	*several = false;
	list_for_each_entry(rule, &config->rules, list) {
		if (!rule->c.comment || strcmp(rule->c.comment, comment))
			continue;
		*several = found;
		if (found)
			return NULL;
		found = rule;
	}
	return found;
}

static void ecmp_rules_renumber(struct ecmp_config *config)
{
	struct ecmp_rule *rule;
	u32 index = 0;

	list_for_each_entry(rule, &config->rules, list)
		rule->index = index++;
}

static void ecmp_rule_link(struct ecmp_config *config, struct ecmp_rule *rule,
			   struct ecmp_rule *before)
{
	list_add_tail(&rule->list, before ? &before->list : &config->rules);
	config->n_rules++;
	if (rule->c.table)
		rule->c.table->n_rules++;
}

static void ecmp_rule_unlink(struct ecmp_config *config,
			     struct ecmp_rule *rule)
{
	list_del(&rule->list);
	config->n_rules--;
	if (rule->c.table)
		rule->c.table->n_rules--;
}

static u32 ecmp_rule_ifindex(struct net *net, const struct ecmp_rule *rule)
{
	struct net_device *dev;
	u32 ifindex = 0;

	if (!rule->c.iif[0])
		return 0;
	rcu_read_lock();
	dev = dev_get_by_name_rcu(net, rule->c.iif);
	/* Nothing tells of other names that come and go. */
	if (dev && !strcmp(dev->name, rule->c.iif))
		ifindex = dev->ifindex;
	rcu_read_unlock();
	return ifindex;
}

static void ecmp_rule_free(struct kref *ref)
{
	struct ecmp_rule *rule = container_of(ref, struct ecmp_rule, ref);

	free_percpu(rule->counter);
	kfree(rule->c.comment);
	kfree(rule);
}

/**
 * ecmp_rule_put - give back a reference
 * @rule: rule; the last reference frees it, so no packet may read it
 *
 * Context: process.
 */
void ecmp_rule_put(struct ecmp_rule *rule)
{
	kref_put(&rule->ref, ecmp_rule_free);
}

/**
 * ecmp_rule_invalid - does the rule's interface not exist now?
 * @rule: rule
 *
 * Context: en->lock.
 */
bool ecmp_rule_invalid(const struct ecmp_rule *rule)
{
	return rule->c.iif[0] && !rule->ifindex;
}

/**
 * ecmp_rule_add - add a rule
 * @config: configuration
 * @c: the rule, checked for syntax
 * @before: the rule that it goes before; NULL: at the end
 * @req: who asks
 *
 * Return: the rule, owned by @config, or an ERR_PTR with nothing changed.
 * Context: process, en->lock.
 */
struct ecmp_rule *ecmp_rule_add(struct ecmp_config *config,
				const struct ecmp_rule_config *c,
				struct ecmp_rule *before,
				const struct ecmp_request *req)
{
	struct ecmp_rule *rule;
	int err;

	if (config->n_rules >= ECMP_RULES_MAX) {
		err = ecmp_refuse(req, 0, -ENOSPC,
				  "there are 65536 rules already: delete one first");
		return ERR_PTR(err);
	}
	rule = kzalloc(sizeof(*rule), ECMP_GFP);
	if (!rule)
		return ERR_PTR(ecmp_no_memory(req));
	rule->c = *c;
	rule->c.comment = kstrdup(c->comment, ECMP_GFP);
	rule->counter = ecmp_counter_alloc();
	if (!rule->counter || (c->comment && !rule->c.comment)) {
		err = ecmp_no_memory(req);
		goto free;
	}
	rule->id = ++config->en->next_rule_id;
	rule->ifindex = ecmp_rule_ifindex(config->en->net, rule);
	kref_init(&rule->ref);
	ecmp_rule_link(config, rule, before);
	/* A load adds thousands of rules at the end: number only this one. */
	if (before)
		ecmp_rules_renumber(config);
	else
		rule->index = config->n_rules - 1;
	err = ecmp_policy_publish(config, req);
	if (!err)
		return rule;

	ecmp_rule_unlink(config, rule);
	ecmp_rules_renumber(config);
free:
	free_percpu(rule->counter);
	kfree(rule->c.comment);
	kfree(rule);
	return ERR_PTR(err);
}

/**
 * ecmp_rule_set - change a rule where it stands
 * @config: configuration
 * @rule: one of its rules
 * @c: all of the rule as it shall be
 * @req: who asks
 *
 * The rule keeps its number, id and counters.
 *
 * Return: 0 or a negative errno with nothing changed.
 * Context: process, en->lock.
 */
int ecmp_rule_set(struct ecmp_config *config, struct ecmp_rule *rule,
		  const struct ecmp_rule_config *c,
		  const struct ecmp_request *req)
{
	const struct ecmp_rule_config before = rule->c;
	const char *comment;
	int err;

	comment = kstrdup(c->comment, ECMP_GFP);
	if (c->comment && !comment)
		return ecmp_no_memory(req);
	if (before.table)
		before.table->n_rules--;
	if (c->table)
		c->table->n_rules++;
	rule->c = *c;
	rule->c.comment = comment;
	rule->ifindex = ecmp_rule_ifindex(config->en->net, rule);
	err = ecmp_policy_publish(config, req);
	if (err) {
		if (c->table)
			c->table->n_rules--;
		if (before.table)
			before.table->n_rules++;
		rule->c = before;
		rule->ifindex = ecmp_rule_ifindex(config->en->net, rule);
	}
	kfree(err ? comment : before.comment);
	return err;
}

/**
 * ecmp_rule_move - put a rule elsewhere in the order
 * @config: configuration
 * @rule: one of its rules
 * @before: the rule that it goes before, may be itself; NULL: at the end
 * @req: who asks
 *
 * Return: 0 or a negative errno with nothing changed.
 * Context: process, en->lock.
 */
int ecmp_rule_move(struct ecmp_config *config, struct ecmp_rule *rule,
		   struct ecmp_rule *before, const struct ecmp_request *req)
{
	struct ecmp_rule *was = ecmp_rule_next(config, rule);
	int err;

	if (rule == before)
		return 0;
	list_move_tail(&rule->list, before ? &before->list : &config->rules);
	ecmp_rules_renumber(config);
	err = ecmp_policy_publish(config, req);
	if (err) {
		list_move_tail(&rule->list, was ? &was->list : &config->rules);
		ecmp_rules_renumber(config);
	}
	return err;
}

/**
 * ecmp_rule_del - delete rules, all or none
 * @config: configuration
 * @rules: its rules, each once; gone on success
 * @n: how many
 * @req: who asks
 *
 * Return: 0 or a negative errno with nothing changed.
 * Context: process, en->lock.
 */
int ecmp_rule_del(struct ecmp_config *config, struct ecmp_rule **rules,
		  unsigned int n, const struct ecmp_request *req)
{
	struct ecmp_rule **was;
	unsigned int i;
	int err;

	was = kvmalloc_array(n, sizeof(*was), ECMP_GFP_LARGE);
	if (!was)
		return ecmp_no_memory(req);
	for (i = 0; i < n; i++) {
		was[i] = ecmp_rule_next(config, rules[i]);
		ecmp_rule_unlink(config, rules[i]);
	}
	ecmp_rules_renumber(config);
	err = ecmp_policy_publish(config, req);
	/* Backwards, so that each finds its neighbour where it was. */
	for (i = n; err && i--; )
		ecmp_rule_link(config, rules[i], was[i]);
	if (err)
		ecmp_rules_renumber(config);
	else
		for (i = 0; i < n; i++)
			ecmp_rule_put(rules[i]);
	kvfree(was);
	return err;
}

/**
 * ecmp_rules_update_devices - look the rules' interfaces up again
 * @config: live configuration, or one being built
 *
 * Return: whether any changed; the caller then publishes.
 * Context: process, en->lock.
 */
bool ecmp_rules_update_devices(struct ecmp_config *config)
{
	struct ecmp_rule *rule;
	bool changed = false;

	list_for_each_entry(rule, &config->rules, list) {
		u32 ifindex = ecmp_rule_ifindex(config->en->net, rule);

		changed |= ifindex != rule->ifindex;
		rule->ifindex = ifindex;
	}
	return changed;
}
