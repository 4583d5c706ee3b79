// SPDX-License-Identifier: GPL-2.0
/*
 * Which rules match a packet: the definition, and the two forms that answer
 * quickly.
 */
#include <linux/types.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include "classifier_private.h"

/* Up to so many rules the packed array alone is the quicker form. */
#define ARRAY_RULES	32

/**
 * struct ecmp_classifier - compiled rules
 * @array: the packed array
 * @vectors: bit vectors that tell where in the array to look, or NULL
 *
 * Immutable from ecmp_classifier_alloc() to ecmp_classifier_free().
 */
struct ecmp_classifier {
	struct ecmp_rule_array		*array;
	struct ecmp_rule_vectors	*vectors;
};

static bool ports_match(const struct ecmp_flow *flow, u16 port, u16 min,
			u16 max)
{
	return flow->flags & ECMP_FLOW_PORTS && port >= min && port <= max;
}

/**
 * ecmp_match_flow - does one rule match one packet
 * @match: the rule's condition
 * @flow: the packet
 *
 * The definition of every field, and the oracle of the compiled forms.
 *
 * Context: any.
 */
bool ecmp_match_flow(const struct ecmp_match *match,
		     const struct ecmp_flow *flow)
{
	u32 fields = match->fields;

	if (match->family && match->family != flow->family)
		return false;
	if (fields & ECMP_MATCH_FROM &&
	    !ecmp_prefix_match(&match->from, &flow->t.src))
		return false;
	if (fields & ECMP_MATCH_TO &&
	    !ecmp_prefix_match(&match->to, &flow->t.dst))
		return false;
	if (fields & ECMP_MATCH_IIF && match->iif != flow->iif)
		return false;
	if (fields & ECMP_MATCH_MARK &&
	    (flow->mark & match->mark_mask) != match->mark)
		return false;
	if (fields & ECMP_MATCH_PROTO && match->proto != flow->t.proto)
		return false;
	if (fields & ECMP_MATCH_SPORT &&
	    !ports_match(flow, flow->t.sport, match->sport_min,
			 match->sport_max))
		return false;
	if (fields & ECMP_MATCH_DPORT &&
	    !ports_match(flow, flow->t.dport, match->dport_min,
			 match->dport_max))
		return false;
	return !(fields & ECMP_MATCH_DSCP) || match->dscp == flow->dscp;
}

/**
 * ecmp_classifier_alloc - compile rules
 * @match: the rules in order; copied as far as needed
 * @n: how many, may be 0
 *
 * More than 32 rules get bit vectors; if these would need more than their cap
 * of memory, or memory is short, the packed array serves alone, slower.
 *
 * Context: may sleep.
 * Returns: the classifier, the caller's, who frees it with
 * ecmp_classifier_free(); NULL if not even the array can be had.
 */
struct ecmp_classifier *ecmp_classifier_alloc(const struct ecmp_match *match,
					      unsigned int n)
{
	struct ecmp_classifier *c = kzalloc(sizeof(*c), ECMP_GFP);

	if (!c)
		return NULL;
	c->array = ecmp_rule_array_alloc(match, n);
	if (!c->array) {
		kfree(c);
		return NULL;
	}
	if (n > ARRAY_RULES && !ecmp_rule_array_locate(c->array, n))
		c->vectors = ecmp_rule_vectors_alloc(match, n);
	return c;
}

/**
 * ecmp_classifier_free - free compiled rules
 * @c: them, or NULL; a grace period after the last reader could find them
 *
 * Context: may sleep.
 */
void ecmp_classifier_free(struct ecmp_classifier *c)
{
	if (!c)
		return;
	ecmp_rule_vectors_free(c->vectors);
	ecmp_rule_array_free(c->array);
	kfree(c);
}

/**
 * ecmp_classifier_first - the first rule that matches a packet
 * @c: the rules
 * @flow: the packet
 * @cursor: for ecmp_classifier_next(); need not be initialised
 *
 * Context: under RCU.
 * Returns: the rule's index in the array that was compiled, or ECMP_NO_MATCH.
 */
unsigned int ecmp_classifier_first(const struct ecmp_classifier *c,
				   const struct ecmp_flow *flow,
				   struct ecmp_cursor *cursor)
{
	if (!c->vectors)
		return ecmp_rule_array_walk(ecmp_rule_array_row(c->array, flow),
					    flow, cursor);
	return ecmp_rule_vectors_first(c->vectors, c->array, flow, cursor);
}

/**
 * ecmp_classifier_next - the next rule that matches a packet
 * @c: the rules, as for ecmp_classifier_first()
 * @flow: the packet, unchanged
 * @cursor: as ecmp_classifier_first() or this function left it
 *
 * Context: the same read-side section of RCU.
 * Returns: the rule's index, greater than the last one, or ECMP_NO_MATCH, and
 * that for every further call.
 */
unsigned int ecmp_classifier_next(const struct ecmp_classifier *c,
				  const struct ecmp_flow *flow,
				  struct ecmp_cursor *cursor)
{
	if (!c->vectors)
		return ecmp_rule_array_walk(cursor->entry, flow, cursor);
	return ecmp_rule_vectors_next(c->vectors, c->array, flow, cursor);
}
