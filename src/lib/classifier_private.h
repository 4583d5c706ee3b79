/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of the classifier share.
 *
 *	classifier.c		the oracle; which of the two forms serves
 *	classifier_array.c	the packed array
 *	classifier_vectors.c	the bit vectors, as packets read them
 *	classifier_build.c	their compilation
 *	classifier_field.c	the part of it that is about one field
 */
#ifndef _ECMP_CLASSIFIER_PRIVATE_H
#define _ECMP_CLASSIFIER_PRIVATE_H

#include <linux/socket.h>
#include "classifier.h"
#include "lpm.h"
#include "memory.h"

/* The packed array */

/**
 * struct ecmp_comparison - of one aligned 32-bit word of struct ecmp_flow
 * @mask: bits of the word that count
 * @low: lowest value that they may have
 * @span: how much more they may have; 0: they must be @low
 * @rule: of which rule
 * @word: which word, as the structure lies in memory
 * @skip: how far it is to the next rule's first comparison
 * @last: of its rule
 */
struct ecmp_comparison {
	u32	mask;
	u32	low;
	u32	span;
	u32	rule;
	u8	word;
	u8	skip;
	bool	last;
};

static __always_inline bool
ecmp_comparison_holds(const struct ecmp_comparison *c,
		      const struct ecmp_flow *flow)
{
	u32 word = ((const u32 *)flow)[c->word];

	return (word & c->mask) - c->low <= c->span;
}

/**
 * struct ecmp_rule_array - rules as comparisons, in order
 * @row: for IPv4 and IPv6: those of all rules, and one that always holds
 * @at: for IPv4 and IPv6: where in @row each rule is, if it is there; NULL if
 *	that was not asked for
 * @data: both rows
 */
struct ecmp_rule_array {
	const struct ecmp_comparison	*row[2];
	u32				*at[2];
	struct ecmp_comparison		data[];
};

struct ecmp_rule_array *ecmp_rule_array_alloc(const struct ecmp_match *match,
					      unsigned int n);
int ecmp_rule_array_locate(struct ecmp_rule_array *a, unsigned int n);
void ecmp_rule_array_free(struct ecmp_rule_array *a);

static __always_inline const struct ecmp_comparison *
ecmp_rule_array_row(const struct ecmp_rule_array *a,
		    const struct ecmp_flow *flow)
{
	return a->row[flow->family == AF_INET6];
}

/* The first rule from @c on that matches; its number or ECMP_NO_MATCH. */
static __always_inline unsigned int
ecmp_rule_array_walk(const struct ecmp_comparison *c,
		     const struct ecmp_flow *flow, struct ecmp_cursor *cursor)
{
	for (;;) {
		if (!ecmp_comparison_holds(c, flow)) {
			c += c->skip;
			continue;
		}
		if (c->last)
			break;
		c++;
	}
	/* The row's end leads to itself. */
	cursor->entry = c + c->skip;
	return c->rule;
}

/*
 * The bit vectors
 *
 * Rule number r is bit r % 64 of group r / 64. A vector belongs to a value of a
 * field, and has the rules that name this value and have their key in the
 * field. Vectors lie in a pool of 64-bit words and are named by their offset in
 * it; offset 0 is the empty vector. A vector over G groups begins with G / 64
 * (rounded up) summary words, a bit for each group that is not empty; then a
 * 16-bit number for each of these, of groups in the words before it; then the
 * groups that are not empty. The others are not stored, as in Baboescu and
 * Varghese, "Scalable packet classification" (aggregated bit vectors), SIGCOMM
 * 2001.
 */

/* How the flow's value of a field becomes a vector. */
enum ecmp_rule_field_kind {
	ECMP_RULE_FROM,
	ECMP_RULE_TO,
	ECMP_RULE_DPORT,
	ECMP_RULE_SPORT,
	ECMP_RULE_MARK,
	ECMP_RULE_IIF,
	ECMP_RULE_PROTO,
	ECMP_RULE_DSCP,
};

/**
 * struct ecmp_rule_hash - vectors of single values, open addressing
 * @shift: of a hash of 32 bits to a slot
 * @slot: values and their vectors; 0: empty
 */
struct ecmp_rule_hash {
	unsigned int	shift;
	struct {
		u32	value;
		u32	vector;
	} slot[];
};

/* In ecmp_rule_ports.block: the 256 ports share this vector, no page. */
#define ECMP_RULE_SHARED	BIT(31)

/**
 * struct ecmp_rule_ports - vectors of ports
 * @block: for each upper byte a page, or ECMP_RULE_SHARED and a vector
 * @page: vectors
 */
struct ecmp_rule_ports {
	u32		block[256];
	u32		page[][256];
};

/**
 * struct ecmp_rule_field - a field that at least one rule names
 * @kind: which
 * @mask: ECMP_RULE_MARK: rules with this mask
 * @lpm: ECMP_RULE_FROM, ECMP_RULE_TO
 * @node: the prefixes in @lpm
 * @ports: ECMP_RULE_SPORT, ECMP_RULE_DPORT
 * @hash: the others
 */
struct ecmp_rule_field {
	enum ecmp_rule_field_kind	kind;
	u32				mask;
	struct ecmp_lpm			*lpm;
	struct ecmp_lpm_node		*node;
	struct ecmp_rule_ports		*ports;
	struct ecmp_rule_hash		*hash;
};

/**
 * struct ecmp_rule_group - what no vector tells about a group
 * @always: rules that no field has the key of
 * @sure: rules that match if their key does
 */
struct ecmp_rule_group {
	u64	always;
	u64	sure;
};

/**
 * struct ecmp_rule_family - the rules as packets of one family see them
 * @field: the fields that rules name
 * @n_fields: how many
 * @groups: of 64 rules
 * @summary: words of it in a vector
 * @stored: offset of a vector's groups
 * @pool: the vectors
 * @always: @summary words: groups with rules that no field has the key of
 * @group: @groups of these
 */
struct ecmp_rule_family {
	struct ecmp_rule_field	field[ECMP_CLASSIFIER_FIELDS];
	unsigned int		n_fields;
	unsigned int		groups;
	unsigned int		summary;
	unsigned int		stored;
	u64			*pool;
	u64			*always;
	struct ecmp_rule_group	*group;
};

/**
 * struct ecmp_rule_vectors - rules as bit vectors
 * @family: for IPv4 and IPv6
 */
struct ecmp_rule_vectors {
	struct ecmp_rule_family	family[2];
};

struct ecmp_rule_vectors *
ecmp_rule_vectors_alloc(const struct ecmp_match *match, unsigned int n);
void ecmp_rule_vectors_free(struct ecmp_rule_vectors *v);
unsigned int ecmp_rule_vectors_first(const struct ecmp_rule_vectors *v,
				     const struct ecmp_rule_array *a,
				     const struct ecmp_flow *flow,
				     struct ecmp_cursor *cursor);
unsigned int ecmp_rule_vectors_next(const struct ecmp_rule_vectors *v,
				    const struct ecmp_rule_array *a,
				    const struct ecmp_flow *flow,
				    struct ecmp_cursor *cursor);

/* A multiplicative hash (Knuth, TAOCP 6.4), at most 31 bits of it. */
static inline u32 ecmp_rule_hash_slot(u32 value, unsigned int shift)
{
	return value * 0x9e3779b1u >> shift;
}

#endif /* _ECMP_CLASSIFIER_PRIVATE_H */
