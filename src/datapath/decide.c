// SPDX-License-Identifier: GPL-2.0
/*
 * The decision: rules in order, the table of the one that matches, the group
 * of the prefix found there, the bucket of the flow, the path that owns it.
 * Packets and "get" run this same code; it counts nothing and changes nothing.
 * It is compiled once for each, as packets have no trace.
 */
#include "decide.h"
#include "../fib/dst.h"
#include "../fib/resolve.h"
#include "../fib/route.h"
#include "../lib/buckets.h"

static const u8 ecmp_action_verdict[__ECMP_ACTION_MAX] = {
	[ECMP_ACTION_LOOKUP_ONLY]	= ECMP_VERDICT_UNREACHABLE,
	[ECMP_ACTION_DROP]		= ECMP_VERDICT_DROP,
	[ECMP_ACTION_UNREACHABLE]	= ECMP_VERDICT_UNREACHABLE,
	[ECMP_ACTION_PROHIBIT]		= ECMP_VERDICT_PROHIBIT,
	[ECMP_ACTION_NATIVE]		= ECMP_VERDICT_NATIVE,
};

static const u8 ecmp_member_verdict[ECMP_MEMBER_NATIVE + 1] = {
	[ECMP_ROUTE_UNICAST]		= ECMP_VERDICT_FORWARD,
	[ECMP_ROUTE_BLACKHOLE]		= ECMP_VERDICT_DROP,
	[ECMP_ROUTE_UNREACHABLE]	= ECMP_VERDICT_HOST_UNREACHABLE,
	[ECMP_ROUTE_PROHIBIT]		= ECMP_VERDICT_PROHIBIT,
	[ECMP_MEMBER_NATIVE]		= ECMP_VERDICT_NATIVE,
};

static __always_inline void ecmp_trace_step(struct ecmp_trace *trace,
					    const struct ecmp_policy_rule *rule,
					    enum ecmp_outcome outcome,
					    struct ecmp_table *table, u32 value)
{
	if (!trace)
		return;
	if (trace->n < trace->max)
		trace->step[trace->n] = (struct ecmp_step) {
			.rule = rule, .outcome = outcome,
			.table = table, .value = value,
		};
	trace->n++;
}

/*
 * The longest prefix of @table that holds the destination and has a live
 * path. A group without one is as good as not there: the next shorter prefix.
 */
static __always_inline u32
ecmp_table_find_live(const struct ecmp_policy *policy,
		     const struct ecmp_table *table,
		     const struct ecmp_flow *flow, struct ecmp_group **group)
{
	const struct ecmp_lpm *lpm =
		rcu_dereference(table->lpm[ecmp_family_index(flow->family)]);
	u32 value;

	if (!lpm)
		return 0;
	value = ecmp_lpm_lookup(lpm, &flow->t.dst);
	while (value) {
		/* The array of groups is at least as new as the value. */
		smp_acquire__after_ctrl_dep();
		*group = ecmp_value_group(policy->groups, value);
		/* Pairs with the release in ecmp_group_refresh(). */
		if (likely(smp_load_acquire(&(*group)->live)))
			return value;
		value = ecmp_lpm_lookup_shorter(lpm, &flow->t.dst,
						ecmp_value_len(value));
	}
	return 0;
}

static __always_inline bool
ecmp_lookup(const struct ecmp_policy *policy,
	    const struct ecmp_policy_rule *rule, struct ecmp_table *table,
	    int min_prefix, const struct ecmp_flow *flow,
	    struct ecmp_decision *d, struct ecmp_trace *trace)
{
	struct ecmp_group *group;
	u32 value = ecmp_table_find_live(policy, table, flow, &group);

	if (!value) {
		ecmp_trace_step(trace, rule, ECMP_OUTCOME_NO_ROUTE, table, 0);
		return false;
	}
	if ((int)ecmp_value_len(value) <= min_prefix) {
		ecmp_trace_step(trace, rule, ECMP_OUTCOME_SUPPRESSED, table,
				value);
		return false;
	}
	ecmp_trace_step(trace, rule, ECMP_OUTCOME_ROUTE, table, value);
	d->table = table;
	d->value = value;
	d->group = group;
	return true;
}

/* Which of the group's live paths the flow takes. */
static __always_inline void ecmp_choose(const struct ecmp_policy *policy,
					const struct ecmp_flow *flow,
					struct ecmp_decision *d)
{
	struct ecmp_group *group = d->group;
	u8 hash_policy = READ_ONCE(d->table->hash_policy);

	if (hash_policy == ECMP_HASH_POLICY_INHERIT)
		hash_policy =
			policy->hash_policy[ecmp_family_index(flow->family)];
	d->hash_policy = hash_policy;

	if (unlikely(flow->flags & ECMP_FLOW_LOCAL)) {
		d->member = ecmp_group_owner(group, flow->family, &flow->t.src);
		d->by_owner = d->member;
	}
	if (!d->member) {
		if (group->mask) {
			d->hash = ecmp_flow_hash(&policy->seed, hash_policy,
						 flow);
			d->bucket = ecmp_bucket(d->hash, group->mask + 1);
		}
		d->member = &group->member[READ_ONCE(group->bucket[d->bucket])];
	}
	d->verdict = ecmp_member_verdict[d->member->type];
}

/* The rules in order, then main. */
static __always_inline void ecmp_walk(const struct ecmp_policy *policy,
				      const struct ecmp_flow *flow,
				      struct ecmp_decision *d,
				      struct ecmp_trace *trace)
{
	struct ecmp_cursor cursor __uninitialized;
	const struct ecmp_policy_rule *rule;
	unsigned int i;

	ecmp_decision_init(d);
	for (i = ecmp_classifier_first(policy->classifier, flow, &cursor);
	     i != ECMP_NO_MATCH;
	     i = ecmp_classifier_next(policy->classifier, flow, &cursor)) {
		rule = &policy->rule[i];
		d->rule = rule;
		if (!rule->table) {
			ecmp_trace_step(trace, rule, ECMP_OUTCOME_ACTION, NULL,
					0);
			d->verdict = ecmp_action_verdict[rule->action];
			return;
		}
		if (ecmp_lookup(policy, rule, rule->table, rule->min_prefix,
				flow, d, trace)) {
			ecmp_choose(policy, flow, d);
			return;
		}
		if (rule->action == ECMP_ACTION_LOOKUP_ONLY) {
			d->verdict = ECMP_VERDICT_UNREACHABLE;
			return;
		}
	}

	d->rule = NULL;
	if (ecmp_lookup(policy, NULL, policy->main, ECMP_MIN_PREFIX_UNSET,
			flow, d, trace))
		ecmp_choose(policy, flow, d);
	else
		d->verdict = ECMP_VERDICT_NO_ROUTE;
}

/**
 * ecmp_decide - decide what becomes of a packet
 * @policy: what is configured
 * @flow: the packet, as rules and hashes see it
 * @d: where the decision goes; need not be initialised
 *
 * Context: RCU; softirq or process.
 */
void ecmp_decide(const struct ecmp_policy *policy,
		 const struct ecmp_flow *flow, struct ecmp_decision *d)
{
	ecmp_walk(policy, flow, d, NULL);
}

/**
 * ecmp_decide_traced - decide, and tell every step
 * @policy: what is configured
 * @flow: the packet, as rules and hashes see it
 * @d: where the decision goes; need not be initialised
 * @trace: where every step goes
 *
 * Context: RCU; softirq or process.
 */
void ecmp_decide_traced(const struct ecmp_policy *policy,
			const struct ecmp_flow *flow, struct ecmp_decision *d,
			struct ecmp_trace *trace)
{
	ecmp_walk(policy, flow, d, trace);
}
