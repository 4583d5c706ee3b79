/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ECMP_DECIDE_H
#define _ECMP_DECIDE_H

#include "../fib/group.h"
#include "../fib/policy.h"
#include "../lib/flow.h"

/**
 * struct ecmp_decision - what becomes of a flow
 * @verdict: enum ecmp_verdict
 * @by_owner: the source address chose the path
 * @table: where a route was found, or NULL
 * @rule: the rule that ended it; NULL: the implicit last one
 * @group: of the route
 * @value: what the look-up returned; ecmp_value_len() is the prefix's length
 * @member: the path, of @group
 * @hash: of the flow, when the group has several paths
 * @bucket: that the hash fell into
 * @hash_policy: that was used
 *
 * Pointers are good until the end of the RCU section.
 */
struct ecmp_decision {
	enum ecmp_verdict		verdict;
	bool				by_owner;
	struct ecmp_table		*table;
	const struct ecmp_policy_rule	*rule;
	struct ecmp_group		*group;
	u32				value;
	struct ecmp_member		*member;
	u32				hash;
	u32				bucket;
	u8				hash_policy;
};

/**
 * struct ecmp_step - what one matching rule did, for "get"
 * @rule: NULL: the implicit last one
 * @outcome: enum ecmp_outcome
 * @table: looked up in, or NULL
 * @value: what it returned
 */
struct ecmp_step {
	const struct ecmp_policy_rule	*rule;
	enum ecmp_outcome		outcome;
	struct ecmp_table		*table;
	u32				value;
};

/**
 * struct ecmp_trace - the steps of one decision
 * @n: how many there were; may exceed @max
 * @max: room in @step
 * @step: the first of them
 */
struct ecmp_trace {
	unsigned int		n;
	unsigned int		max;
	struct ecmp_step	step[];
};

/* By field: zeroing it all at once takes longer. */
static __always_inline void ecmp_decision_init(struct ecmp_decision *d)
{
	d->verdict = 0;
	d->by_owner = false;
	d->table = NULL;
	d->rule = NULL;
	d->group = NULL;
	d->value = 0;
	d->member = NULL;
	d->hash = 0;
	d->bucket = 0;
	d->hash_policy = 0;
}

void ecmp_decide(const struct ecmp_policy *policy,
		 const struct ecmp_flow *flow, struct ecmp_decision *d);
void ecmp_decide_traced(const struct ecmp_policy *policy,
			const struct ecmp_flow *flow, struct ecmp_decision *d,
			struct ecmp_trace *trace);

#endif /* _ECMP_DECIDE_H */
