// SPDX-License-Identifier: GPL-2.0
/*
 * DOC: Rules as bit vectors
 *
 * Each rule has its key in one of the fields that it names, the one in which
 * fewest rules name a value within its own. A flow's value of each field leads
 * to a vector: the rules that this value is within and that have their key in
 * this field. The rules of all vectors, and those without a key, are the ones
 * that may match, and they are few; each is compared in the packed array,
 * unless it names but its key.
 *
 * Bits in order are rules in order. The cursor keeps the vectors, so that the
 * next match costs no look-up.
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

/* The groups of summary word @word that may hold a match. */
static u64 groups_of(const struct ecmp_rule_family *f,
		     const struct ecmp_cursor *cursor, unsigned int word)
{
	u64 groups = f->always[word];
	unsigned int i;

	for (i = 0; i < f->n_fields; i++)
		groups |= cursor->vec[i][word];
	return groups;
}

/* Group @word * 64 + @bit of vector @vec, which has it. */
static u64 vector_group(const struct ecmp_rule_family *f, const u64 *vec,
			unsigned int word, unsigned int bit)
{
	const u16 *before = (const u16 *)(vec + f->summary);
	u64 groups = vec[word] & (BIT_ULL(bit) - 1);

	return vec[f->stored + before[word] + hweight64(groups)];
}

/* The rules of the cursor's next group that may match. */
static void next_group(const struct ecmp_rule_family *f,
		       struct ecmp_cursor *cursor)
{
	unsigned int word = cursor->groups_at;
	unsigned int bit = __ffs64(cursor->groups);
	unsigned int i;
	u64 bits;

	cursor->groups &= cursor->groups - 1;
	cursor->group = word * 64 + bit;
	bits = f->group[cursor->group].always;
	for (i = 0; i < f->n_fields; i++)
		if (cursor->vec[i][word] >> bit & 1)
			bits |= vector_group(f, cursor->vec[i], word, bit);
	cursor->bits = bits;
	cursor->sure = f->group[cursor->group].sure;
}

static bool rule_matches(const struct ecmp_rule_array *a, unsigned int rule,
			 const struct ecmp_flow *flow)
{
	unsigned int i = flow->family == AF_INET6;
	const struct ecmp_comparison *c = a->row[i] + a->at[i][rule];

	for (; ecmp_comparison_holds(c, flow); c++)
		if (c->last)
			return true;
	return false;
}

/**
 * ecmp_rule_vectors_next - the next rule that matches
 * @v: the rules
 * @a: the same, located
 * @flow: the packet, unchanged
 * @cursor: from ecmp_rule_vectors_first()
 *
 * Context: under RCU.
 * Returns: the rule's number or ECMP_NO_MATCH, that again and again.
 */
unsigned int ecmp_rule_vectors_next(const struct ecmp_rule_vectors *v,
				    const struct ecmp_rule_array *a,
				    const struct ecmp_flow *flow,
				    struct ecmp_cursor *cursor)
{
	const struct ecmp_rule_family *f =
		&v->family[flow->family == AF_INET6];
	unsigned int bit, rule;

	for (;;) {
		while (!cursor->bits) {
			while (!cursor->groups) {
				if (cursor->groups_at + 1 >= f->summary)
					return ECMP_NO_MATCH;
				cursor->groups_at++;
				cursor->groups = groups_of(f, cursor,
							   cursor->groups_at);
			}
			next_group(f, cursor);
		}
		bit = __ffs64(cursor->bits);
		rule = cursor->group * 64 + bit;
		cursor->bits &= cursor->bits - 1;
		if (cursor->sure >> bit & 1 || rule_matches(a, rule, flow))
			return rule;
	}
}

/**
 * ecmp_rule_vectors_first - the first rule that matches
 * @v: the rules
 * @a: the same, located
 * @flow: the packet
 * @cursor: for ecmp_rule_vectors_next(); need not be initialised
 *
 * Context: under RCU.
 * Returns: the rule's number or ECMP_NO_MATCH.
 */
unsigned int ecmp_rule_vectors_first(const struct ecmp_rule_vectors *v,
				     const struct ecmp_rule_array *a,
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
	return ecmp_rule_vectors_next(v, a, flow, cursor);
}
