// SPDX-License-Identifier: GPL-2.0
/*
 * DOC: Rules as a packed array
 *
 * The rules of one family, in order, become one row of comparisons. Each looks
 * at one aligned 32-bit word of struct ecmp_flow as it lies in memory: a
 * prefix of up to 32 bits, both ports, or family, DSCP and flags together cost
 * one comparison, and a field that a rule does not name costs nothing. A
 * comparison that fails leads to the next rule; one that holds to the next
 * comparison or, being its rule's last, to the answer. The row ends with a
 * comparison that always holds and answers ECMP_NO_MATCH.
 */
#include <linux/types.h>
#include <linux/kernel.h>
#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/mm.h>
#include <linux/socket.h>
#include <linux/string.h>
#include "classifier_private.h"

/* A flow's words that can be compared: all up to its flags. */
#define FLOW_WORDS	\
	DIV_ROUND_UP(offsetofend(struct ecmp_flow, flags), sizeof(u32))
/* Eight words of addresses, two of ports, and five more. */
#define RULE_WORDS_MAX	16

/* A condition, spelt as three flows. */
struct image {
	struct ecmp_flow mask;
	struct ecmp_flow low;
	struct ecmp_flow span;
};

static __always_inline u32 flow_word(const struct ecmp_flow *flow,
				     unsigned int i)
{
	return ((const u32 *)flow)[i];
}

static void image_prefix(struct ecmp_addr *mask, struct ecmp_addr *low,
			 const struct ecmp_prefix *p)
{
	memset(mask, 0xff, sizeof(*mask));
	ecmp_addr_mask(mask, p->len);
	*low = p->addr;
}

static void image_flow(struct image *im, const struct ecmp_match *m)
{
	memset(im, 0, sizeof(*im));
	if (m->fields & ECMP_MATCH_FROM)
		image_prefix(&im->mask.t.src, &im->low.t.src, &m->from);
	if (m->fields & ECMP_MATCH_TO)
		image_prefix(&im->mask.t.dst, &im->low.t.dst, &m->to);
	if (m->fields & ECMP_MATCH_IIF) {
		im->mask.iif = ~0u;
		im->low.iif = m->iif;
	}
	if (m->fields & ECMP_MATCH_MARK) {
		im->mask.mark = m->mark_mask;
		im->low.mark = m->mark;
	}
	if (m->fields & ECMP_MATCH_PROTO) {
		im->mask.t.proto = 0xff;
		im->low.t.proto = m->proto;
	}
	if (m->fields & ECMP_MATCH_DSCP) {
		im->mask.dscp = 0xff;
		im->low.dscp = m->dscp;
	}
	if (m->fields & (ECMP_MATCH_SPORT | ECMP_MATCH_DPORT)) {
		im->mask.flags = ECMP_FLOW_PORTS;
		im->low.flags = ECMP_FLOW_PORTS;
	}
}

/* Ports that a rule gives as one number share a word, a range needs its own. */
static void image_ports(struct image *im, const struct ecmp_match *m,
			bool ranges)
{
	if (m->fields & ECMP_MATCH_SPORT &&
	    ranges == (m->sport_min != m->sport_max)) {
		im->mask.t.sport = 0xffff;
		im->low.t.sport = m->sport_min;
		im->span.t.sport = m->sport_max - m->sport_min;
	}
	if (m->fields & ECMP_MATCH_DPORT &&
	    ranges == (m->dport_min != m->dport_max)) {
		im->mask.t.dport = 0xffff;
		im->low.t.dport = m->dport_min;
		im->span.t.dport = m->dport_max - m->dport_min;
	}
}

/* Append the words of @im that compare anything; returns the new length. */
static unsigned int image_pack(const struct image *im,
			       struct ecmp_comparison *row, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < FLOW_WORDS; i++) {
		struct ecmp_comparison c = {
			.mask = flow_word(&im->mask, i),
			.low = flow_word(&im->low, i),
			.span = flow_word(&im->span, i),
			.word = i,
		};

		if (c.mask | c.low)
			row[n++] = c;
	}
	return n;
}

static unsigned int pack_ranges(const struct ecmp_match *m,
				struct ecmp_comparison *row, unsigned int n)
{
	struct ecmp_match one = *m;
	struct image im;
	u32 field;

	for (field = ECMP_MATCH_SPORT; field <= ECMP_MATCH_DPORT; field <<= 1) {
		one.fields = m->fields & field;
		memset(&im, 0, sizeof(im));
		image_ports(&im, &one, true);
		n = image_pack(&im, row, n);
	}
	return n;
}

static bool is_impossible(const struct ecmp_match *m)
{
	return (m->fields & ECMP_MATCH_SPORT && m->sport_min > m->sport_max) ||
	       (m->fields & ECMP_MATCH_DPORT && m->dport_min > m->dport_max);
}

/* The comparisons of rule number @rule, at most RULE_WORDS_MAX, at least 1. */
static unsigned int rule_pack(const struct ecmp_match *m, unsigned int rule,
			      u8 family, struct ecmp_comparison *row)
{
	struct image im;
	unsigned int i, n;

	if ((m->family && m->family != family) || is_impossible(m))
		return 0;
	image_flow(&im, m);
	image_ports(&im, m, false);
	n = image_pack(&im, row, 0);
	n = pack_ranges(m, row, n);
	if (!n)
		row[n++] = (struct ecmp_comparison){};	/* always holds */
	for (i = 0; i < n; i++) {
		row[i].rule = rule;
		row[i].skip = n - i;
		row[i].last = i == n - 1;
	}
	return n;
}

/* Pack all rules of @family, or count only if @row is NULL. */
static size_t row_pack(const struct ecmp_match *match, unsigned int n,
		       u8 family, struct ecmp_comparison *row)
{
	struct ecmp_comparison one[RULE_WORDS_MAX];
	unsigned int i, words;
	size_t all = 0;

	for (i = 0; i < n; i++) {
		words = rule_pack(&match[i], i, family, one);
		if (row)
			memcpy(row + all, one, words * sizeof(*one));
		all += words;
	}
	if (row)
		row[all] = (struct ecmp_comparison){
			.rule = ECMP_NO_MATCH,
			.last = true,
		};
	return all + 1;
}

/**
 * ecmp_rule_array_alloc - compile rules into a packed array
 * @match: the rules
 * @n: how many, may be 0
 *
 * Context: may sleep.
 * Returns: the array, the caller's; NULL without memory.
 */
struct ecmp_rule_array *ecmp_rule_array_alloc(const struct ecmp_match *match,
					      unsigned int n)
{
	size_t v4 = row_pack(match, n, AF_INET, NULL);
	size_t v6 = row_pack(match, n, AF_INET6, NULL);
	struct ecmp_rule_array *a;

	BUILD_BUG_ON(offsetof(struct ecmp_flow, t.sport) % sizeof(u32));
	BUILD_BUG_ON(offsetof(struct ecmp_flow, family) % sizeof(u32));
	BUILD_BUG_ON(FLOW_WORDS * sizeof(u32) > sizeof(struct ecmp_flow));

	a = kvmalloc(struct_size(a, data, v4 + v6), ECMP_GFP_LARGE);
	if (!a)
		return NULL;
	memset(a->at, 0, sizeof(a->at));
	a->row[0] = a->data;
	a->row[1] = a->data + v4;
	row_pack(match, n, AF_INET, a->data);
	row_pack(match, n, AF_INET6, a->data + v4);
	return a;
}

/**
 * ecmp_rule_array_locate - make rules accessible one by one
 * @a: the rules
 * @n: how many
 *
 * Context: may sleep.
 * Returns: 0, or -ENOMEM with nothing changed.
 */
int ecmp_rule_array_locate(struct ecmp_rule_array *a, unsigned int n)
{
	const struct ecmp_comparison *c;
	unsigned int i;
	u32 *at;

	at = kvcalloc(n, 2 * sizeof(*at), ECMP_GFP_LARGE);
	if (!at)
		return -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(a->at); i++) {
		a->at[i] = at + i * n;
		for (c = a->row[i]; c->rule != ECMP_NO_MATCH; c += c->skip)
			a->at[i][c->rule] = c - a->row[i];
	}
	return 0;
}

/**
 * ecmp_rule_array_free - free what ecmp_rule_array_alloc() returned
 * @a: it, or NULL; no reader may have it any more
 */
void ecmp_rule_array_free(struct ecmp_rule_array *a)
{
	if (a)
		kvfree(a->at[0]);
	kvfree(a);
}
