// SPDX-License-Identifier: GPL-2.0
/*
 * The answer of LOOKUP: what each rule did, and each path of the group.
 */
#include <linux/slab.h>

#include "lookup.h"

/* Room for one STEP without its comment, for one PATH, for the rest. */
#define STEP_ROOM	192
#define PATH_ROOM	128
#define HEAD_ROOM	640

static bool fields_match(const struct ecmp_rule *rule, u32 fields,
			 const struct ecmp_flow *flow)
{
	struct ecmp_match m = rule->c.match;

	m.fields = fields;
	m.iif = rule->ifindex;
	return ecmp_match_flow(&m, flow);
}

/* Which fields of a rule do not match, one by one; ECMP_FIELD_*. */
static u32 mismatch(const struct ecmp_rule *rule, const struct ecmp_flow *flow)
{
	u32 fields = rule->c.match.fields, field, wrong = 0;

	if (!fields_match(rule, 0, flow))
		return ECMP_FIELD_FAMILY;
	for (field = 1; field <= fields; field <<= 1)
		if (fields & field && !fields_match(rule, field, flow))
			wrong |= field;
	return wrong;
}

/* A rule that the decision did not meet. */
static struct ecmp_answer_step unmet(const struct ecmp_rule *rule,
				     const struct ecmp_flow *flow)
{
	struct ecmp_answer_step step = {
		.rule = rule, .table = rule->c.table,
	};

	if (rule->c.disabled) {
		step.outcome = ECMP_OUTCOME_DISABLED;
	} else if (ecmp_rule_invalid(rule)) {
		step.outcome = ECMP_OUTCOME_INVALID;
	} else {
		step.outcome = ECMP_OUTCOME_NO_MATCH;
		step.mismatch = mismatch(rule, flow);
	}
	return step;
}

static struct ecmp_answer_step met(const struct ecmp_step *s)
{
	return (struct ecmp_answer_step) {
		.rule = s->rule ? s->rule->rule : NULL,
		.table = s->table,
		.value = s->value,
		.outcome = s->outcome,
	};
}

/**
 * ecmp_answer_steps - tell what every rule up to the end did
 * @a: answer with a decision and its trace
 *
 * The rules that matched are told first of all; as many others as there is
 * room for beside them.
 *
 * Return: 0 or -ENOMEM.
 * Context: process, en->lock.
 */
int ecmp_answer_steps(struct ecmp_answer *a)
{
	const struct ecmp_rule *last;
	const struct ecmp_trace *t = a->trace;
	unsigned int matched = min(t->n, t->max), at = 0, others;
	struct ecmp_rule *rule = NULL;

	if (!matched)	/* left alone before any rule */
		return 0;
	a->step = kvmalloc_array(t->max, sizeof(*a->step), ECMP_GFP_LARGE);
	if (!a->step)
		return -ENOMEM;
	others = t->max - matched;
	last = a->decision.rule ? a->decision.rule->rule : NULL;

	while ((rule = ecmp_rule_next(a->config, rule))) {
		if (at < matched && t->step[at].rule &&
		    t->step[at].rule->rule == rule) {
			a->step[a->n_steps++] = met(&t->step[at++]);
		} else if (others) {
			others--;
			a->step[a->n_steps++] = unmet(rule, &a->flow);
		} else {
			a->steps_left_out++;
		}
		if (rule == last)
			return 0;
	}
	if (at < matched)
		a->step[a->n_steps++] = met(&t->step[at]);
	return 0;
}

static int fill_result(struct sk_buff *skb, const struct ecmp_answer *a,
		       u32 value, int attr, int len_attr)
{
	struct ecmp_addr prefix = a->flow.t.dst;

	ecmp_addr_mask(&prefix, ecmp_value_len(value));
	return ecmp_put_addr(skb, attr, a->flow.family, &prefix) ?:
	       nla_put_u8(skb, len_attr, ecmp_value_len(value));
}

static int fill_step_rule(struct sk_buff *skb, const struct ecmp_rule *rule)
{
	const struct ecmp_rule_config *c = &rule->c;

	if (nla_put_u32(skb, ECMP_A_STEP_INDEX, rule->index) ||
	    nla_put_u32(skb, ECMP_A_STEP_ID, rule->id))
		return -EMSGSIZE;
	if (c->min_prefix != ECMP_MIN_PREFIX_UNSET &&
	    nla_put_u8(skb, ECMP_A_STEP_MIN_PREFIX, c->min_prefix))
		return -EMSGSIZE;
	if (c->comment &&
	    nla_put_string(skb, ECMP_A_STEP_COMMENT, c->comment))
		return -EMSGSIZE;
	return 0;
}

static int fill_step(struct sk_buff *skb, const struct ecmp_answer *a,
		     const struct ecmp_answer_step *s)
{
	u8 action = s->rule ? s->rule->c.action : ECMP_ACTION_LOOKUP;
	struct nlattr *nest = nla_nest_start(skb, ECMP_A_LOOKUP_STEP);

	if (!nest ||
	    (s->rule && fill_step_rule(skb, s->rule)) ||
	    nla_put_u8(skb, ECMP_A_STEP_ACTION, action) ||
	    nla_put_u8(skb, ECMP_A_STEP_OUTCOME, s->outcome))
		return -EMSGSIZE;
	if (s->outcome == ECMP_OUTCOME_NO_MATCH &&
	    nla_put_u32(skb, ECMP_A_STEP_MISMATCH, s->mismatch))
		return -EMSGSIZE;
	if (s->table &&
	    nla_put_string(skb, ECMP_A_STEP_TABLE, s->table->name))
		return -EMSGSIZE;
	if (s->value && fill_result(skb, a, s->value, ECMP_A_STEP_PREFIX,
				    ECMP_A_STEP_PREFIX_LEN))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static u32 count_buckets(const struct ecmp_group *g,
			 const struct ecmp_member *m)
{
	u32 i, n = 0;

	if (!g->live)
		return 0;
	for (i = 0; i <= g->mask; i++)
		n += g->bucket[i] == m - g->member;
	return n;
}

static u32 count_turns(const struct ecmp_group *g, const struct ecmp_member *m)
{
	const u8 *turn = ecmp_group_turn(g);
	u32 i, n = 0;

	if (!g->live)
		return 0;
	for (i = 0; i < g->turns; i++)
		n += turn[i] == m - g->member;
	return n;
}

/**
 * ecmp_answer_fill_nexthop - put which next hop it is
 * @skb: message
 * @key: of the next hop
 * @gateway: attribute for its gateway
 * @family: for the family of that
 * @device: for its device
 *
 * Return: 0 or -EMSGSIZE.
 * Context: any.
 */
int ecmp_answer_fill_nexthop(struct sk_buff *skb,
			     const struct ecmp_nexthop_key *key, int gateway,
			     int family, int device)
{
	if (key->gateway_family &&
	    (ecmp_put_addr(skb, gateway, key->gateway_family, &key->gateway) ||
	     nla_put_u8(skb, family, key->gateway_family)))
		return -EMSGSIZE;
	return key->device[0] ? nla_put_string(skb, device, key->device) : 0;
}

static int fill_path(struct sk_buff *skb, const struct ecmp_group *g,
		     const struct ecmp_member *m, bool chosen, bool turns)
{
	u8 type = m->type == ECMP_MEMBER_NATIVE ? ECMP_ROUTE_UNICAST : m->type;
	struct nlattr *nest = nla_nest_start(skb, ECMP_A_LOOKUP_PATH);
	enum ecmp_reason reason = ecmp_member_reason(g, m);

	if (!nest ||
	    nla_put_u8(skb, ECMP_A_PATH_TYPE, type) ||
	    nla_put_u8(skb, ECMP_A_PATH_DISTANCE, m->distance) ||
	    nla_put_u16(skb, ECMP_A_PATH_WEIGHT, m->weight) ||
	    nla_put_u8(skb, ECMP_A_PATH_STATE,
		       m->live ? ECMP_NEXTHOP_ALIVE : ECMP_NEXTHOP_DEAD) ||
	    nla_put_u32(skb, ECMP_A_PATH_BUCKETS, count_buckets(g, m)))
		return -EMSGSIZE;
	if (turns && nla_put_u32(skb, ECMP_A_PATH_TURNS, count_turns(g, m)))
		return -EMSGSIZE;
	if (reason && nla_put_u8(skb, ECMP_A_PATH_REASON, reason))
		return -EMSGSIZE;
	if (chosen && nla_put_flag(skb, ECMP_A_PATH_CHOSEN))
		return -EMSGSIZE;
	if (m->nexthop &&
	    ecmp_answer_fill_nexthop(skb, &m->nexthop->key,
				     ECMP_A_PATH_GATEWAY,
				     ECMP_A_PATH_GATEWAY_FAMILY,
				     ECMP_A_PATH_DEVICE))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* How the flow came by its path. */
static int fill_choice(struct sk_buff *skb, const struct ecmp_answer *a)
{
	const struct ecmp_decision *d = &a->decision;
	const struct ecmp_group *g = d->group;
	bool l4 = d->hash_policy == ECMP_HASH_POLICY_L4;
	bool inner = d->hash_policy == ECMP_HASH_POLICY_L3_INNER;
	bool l3 = d->hash_policy == ECMP_HASH_POLICY_L3 || inner;
	bool turns = a->balance != ECMP_BALANCE_HASH;
	bool pinned = a->pinned == ECMP_PINNED_FOLLOWED && a->pin_asked;
	bool example = g->live > 1 && !pinned &&
		       (turns || a->source_missing ||
			(l4 && a->ports_missing) ||
			(l3 && a->label_missing) ||
			(inner && a->inner_missing));

	if (nla_put_u32(skb, ECMP_A_LOOKUP_GROUP, g->id) ||
	    nla_put_u8(skb, ECMP_A_LOOKUP_HASH_POLICY, d->hash_policy) ||
	    nla_put_u8(skb, ECMP_A_LOOKUP_BALANCE, a->balance) ||
	    nla_put_u32(skb, ECMP_A_LOOKUP_BUCKETS, g->mask + 1))
		return -EMSGSIZE;
	if (turns && nla_put_u32(skb, ECMP_A_LOOKUP_TURNS, g->turns))
		return -EMSGSIZE;
	if (d->by_owner)
		return nla_put_flag(skb, ECMP_A_LOOKUP_OWNER);
	if (nla_put_u32(skb, ECMP_A_LOOKUP_HASH, d->hash) ||
	    nla_put_u32(skb, ECMP_A_LOOKUP_BUCKET, d->bucket))
		return -EMSGSIZE;
	return example ? nla_put_flag(skb, ECMP_A_LOOKUP_EXAMPLE) : 0;
}

/* By a pin it may be another one than the hash chose, or none of these. */
static bool is_chosen(const struct ecmp_answer *a, const struct ecmp_member *m)
{
	return a->path && a->path != a->decision.member->nexthop ?
	       a->path == m->nexthop :
	       a->pinned != ECMP_PINNED_ENDS &&
	       a->pinned != ECMP_PINNED_HOME_ENDS && m == a->decision.member;
}

static int fill_route(struct sk_buff *skb, const struct ecmp_answer *a)
{
	const struct ecmp_decision *d = &a->decision;
	const struct ecmp_group *g = d->group;
	unsigned int i;
	int err;

	if (nla_put_string(skb, ECMP_A_LOOKUP_TABLE, d->table->name) ||
	    fill_result(skb, a, d->value, ECMP_A_LOOKUP_PREFIX,
			ECMP_A_LOOKUP_PREFIX_LEN) ||
	    fill_choice(skb, a))
		return -EMSGSIZE;
	for (i = 0; i < g->n_members; i++) {
		err = fill_path(skb, g, &g->member[i],
				is_chosen(a, &g->member[i]),
				a->balance != ECMP_BALANCE_HASH);
		if (err)
			return err;
	}
	return 0;
}

static int fill_answer(struct sk_buff *skb, const struct ecmp_answer *a)
{
	unsigned int i;
	int err;

	if (nla_put_u8(skb, ECMP_A_LOOKUP_VERDICT, a->decision.verdict) ||
	    (a->left && nla_put_u8(skb, ECMP_A_LOOKUP_LEFT, a->left)))
		return -EMSGSIZE;
	for (i = 0; i < a->n_steps; i++) {
		err = fill_step(skb, a, &a->step[i]);
		if (err)
			return err;
	}
	if (a->steps_left_out &&
	    nla_put_u32(skb, ECMP_A_LOOKUP_STEPS_LEFT_OUT, a->steps_left_out))
		return -EMSGSIZE;
	if (a->decision.group) {
		err = fill_route(skb, a);
		if (err)
			return err;
	}
	if (a->path &&
	    ecmp_answer_fill_nexthop(skb, &a->path->key, ECMP_A_LOOKUP_GATEWAY,
				     ECMP_A_LOOKUP_GATEWAY_FAMILY,
				     ECMP_A_LOOKUP_DEVICE))
		return -EMSGSIZE;
	return ecmp_answer_fill_pin(skb, a);
}

static size_t answer_size(const struct ecmp_answer *a)
{
	size_t size = HEAD_ROOM + a->n_steps * STEP_ROOM;
	unsigned int i;

	for (i = 0; i < a->n_steps; i++)
		if (a->step[i].rule && a->step[i].rule->c.comment)
			size += strlen(a->step[i].rule->c.comment);
	if (a->decision.group)
		size += a->decision.group->n_members * PATH_ROOM;
	return size;
}

/**
 * ecmp_answer_write - write an answer
 * @a: answer with its steps
 * @info: request
 *
 * Return: message, or an ERR_PTR.
 * Context: process, en->lock.
 */
struct sk_buff *ecmp_answer_write(const struct ecmp_answer *a,
				  struct genl_info *info)
{
	struct sk_buff *skb = genlmsg_new(answer_size(a), GFP_KERNEL);
	void *hdr;
	int err;

	if (!skb)
		return ERR_PTR(-ENOMEM);
	hdr = genlmsg_put_reply(skb, info, &ecmp_family, 0, ECMP_CMD_LOOKUP);
	err = hdr ? fill_answer(skb, a) : -EMSGSIZE;
	if (err) {
		nlmsg_free(skb);
		return ERR_PTR(err);
	}
	genlmsg_end(skb, hdr);
	return skb;
}
