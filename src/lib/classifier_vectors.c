// SPDX-License-Identifier: GPL-2.0
/*
 * DOC: Rules as bit vectors
 *
 * For each field that rules name, the flow's value leads to a vector: the
 * rules that name this very value. A rule matches if in each field it is in
 * the vector or does not name the field. That is asked for 64 rules at once,
 * and only for groups of 64 in which a rule can match at all: each rule has its
 * key in one field, the one in which fewest rules share its value, and only the
 * groups with a rule whose key is in its field's vector are looked at, and
 * those with a rule that names nothing.
 *
 * The bits found, in order, are all the matching rules; the cursor keeps the
 * vectors, so that the next one costs no look-up.
 */
#include <linux/types.h>
#include <linux/kernel.h>
#include <linux/bitops.h>
#include <linux/socket.h>
#include "classifier_private.h"

static u32 port_vector(const struct ecmp_rule_ports *p, u16 port,
		       const struct ecmp_flow *flow)
{
	u32 block;

	if (!(flow->flags & ECMP_FLOW_PORTS))
		return 0;
	block = p->block[port >> 8];
	if (block & ECMP_RULE_SHARED)
		return block & ~ECMP_RULE_SHARED;
	return p->page[block][port & 0xff];
}

static u32 value_vector(const struct ecmp_rule_hash *h, u32 value)
{
	u32 mask = ~0u >> h->shift, i;

	for (i = ecmp_rule_hash_slot(value, h->shift); h->slot[i].vector;
	     i = (i + 1) & mask)
		if (h->slot[i].value == value)
			return h->slot[i].vector;
	return 0;
}

static u32 field_vector(const struct ecmp_rule_field *f,
			const struct ecmp_flow *flow)
{
	switch (f->kind) {
	case ECMP_RULE_FROM:
		return ecmp_lpm_lookup(f->lpm, &flow->t.src);
	case ECMP_RULE_TO:
		return ecmp_lpm_lookup(f->lpm, &flow->t.dst);
	case ECMP_RULE_DPORT:
		return port_vector(f->ports, flow->t.dport, flow);
	case ECMP_RULE_SPORT:
		return port_vector(f->ports, flow->t.sport, flow);
	case ECMP_RULE_MARK:
		return value_vector(f->hash, flow->mark & f->mask);
	case ECMP_RULE_IIF:
		return value_vector(f->hash, flow->iif);
	case ECMP_RULE_PROTO:
		return value_vector(f->hash, flow->t.proto);
	case ECMP_RULE_DSCP:
		return value_vector(f->hash, flow->dscp);
	}
	return 0;
}

/* The groups of pair @pair that may hold a match. */
static u64 groups_of(const struct ecmp_rule_family *f,
		     const struct ecmp_cursor *cursor, unsigned int pair)
{
	u64 groups = f->always[pair];
	unsigned int i;

	for (i = 0; i < f->n_fields; i++)
		groups |= cursor->vec[i][2 * pair + 1];
	return groups;
}

/* The bits of group @pair * 64 + @bit in vector @vec. */
static u64 vector_group(const struct ecmp_rule_family *f, const u64 *vec,
			unsigned int pair, unsigned int bit)
{
	u64 present = vec[2 * pair];
	const u16 *before = (const u16 *)(vec + 2 * f->pairs);

	if (!(present >> bit & 1))
		return 0;
	present &= BIT_ULL(bit) - 1;
	return vec[f->stored + before[pair] + hweight64(present)];
}

/* The matching rules of the cursor's next group. */
static u64 match_group(const struct ecmp_rule_family *f,
		       struct ecmp_cursor *cursor)
{
	unsigned int pair = cursor->groups_at;
	unsigned int bit = __ffs64(cursor->groups);
	const u64 *row;
	unsigned int i;
	u64 bits;

	cursor->groups &= cursor->groups - 1;
	cursor->group = pair * 64 + bit;
	row = f->row + (size_t)cursor->group * (1 + f->n_fields);
	bits = *row++;
	for (i = 0; i < f->n_fields && bits; i++)
		bits &= row[i] | vector_group(f, cursor->vec[i], pair, bit);
	return bits;
}

/* The next matching rule as far as vectors can tell. */
static unsigned int next_bit(const struct ecmp_rule_family *f,
			     struct ecmp_cursor *cursor)
{
	unsigned int rule;

	while (!cursor->bits) {
		while (!cursor->groups) {
			if (cursor->groups_at + 1 >= f->pairs)
				return ECMP_NO_MATCH;
			cursor->groups_at++;
			cursor->groups = groups_of(f, cursor,
						   cursor->groups_at);
		}
		cursor->bits = match_group(f, cursor);
	}
	rule = cursor->group * 64 + __ffs64(cursor->bits);
	cursor->bits &= cursor->bits - 1;
	return rule;
}

static bool is_verified(const struct ecmp_rule_vectors *v, unsigned int rule,
			const struct ecmp_flow *flow)
{
	return !(v->verify[rule / 64] >> rule % 64 & 1) ||
	       ecmp_match_flow(&v->match[rule], flow);
}

/**
 * ecmp_rule_vectors_next - the next rule that matches
 * @v: the rules
 * @flow: the packet, unchanged
 * @cursor: from ecmp_rule_vectors_first()
 *
 * Context: under RCU.
 * Returns: the rule's number or ECMP_NO_MATCH, that again and again.
 */
unsigned int ecmp_rule_vectors_next(const struct ecmp_rule_vectors *v,
				    const struct ecmp_flow *flow,
				    struct ecmp_cursor *cursor)
{
	const struct ecmp_rule_family *f =
		&v->family[flow->family == AF_INET6];
	unsigned int rule;

	do
		rule = next_bit(f, cursor);
	while (unlikely(v->verify) && rule != ECMP_NO_MATCH &&
	       !is_verified(v, rule, flow));
	return rule;
}

/**
 * ecmp_rule_vectors_first - the first rule that matches
 * @v: the rules
 * @flow: the packet
 * @cursor: for ecmp_rule_vectors_next(); need not be initialised
 *
 * Context: under RCU.
 * Returns: the rule's number or ECMP_NO_MATCH.
 */
unsigned int ecmp_rule_vectors_first(const struct ecmp_rule_vectors *v,
				     const struct ecmp_flow *flow,
				     struct ecmp_cursor *cursor)
{
	const struct ecmp_rule_family *f =
		&v->family[flow->family == AF_INET6];
	unsigned int i;

	for (i = 0; i < f->n_fields; i++)
		cursor->vec[i] = f->pool + field_vector(&f->field[i], flow);
	cursor->bits = 0;
	cursor->groups_at = 0;
	cursor->groups = groups_of(f, cursor, 0);
	return ecmp_rule_vectors_next(v, flow, cursor);
}
