/* SPDX-License-Identifier: GPL-2.0 */
/* Compilation of bit vectors: classifier_build.c and classifier_field.c. */
#ifndef _ECMP_CLASSIFIER_BUILD_H
#define _ECMP_CLASSIFIER_BUILD_H

#include "classifier_private.h"

/* Vectors and what leads to them; beyond it the packed array serves. */
#define ECMP_RULE_MEMORY_MAX	(64UL << 20)

/* Instead of the field that a rule has its key in. */
#define ECMP_RULE_KEY_NONE	0xff	/* it names no field */
#define ECMP_RULE_EXCLUDED	0xfe	/* no packet of the family matches it */

/**
 * struct ecmp_rule_items - the rules that name a field, sorted by its value
 * @item: by @n; ports: two for each rule, the first port and the one beyond
 *	the last, in the upper half, the rule in the lower; prefixes: the rule;
 *	others: the value in the upper half, the rule in the lower
 * @n: how many
 */
struct ecmp_rule_items {
	u64		*item;
	unsigned int	n;
};

/**
 * struct ecmp_rule_build - one family under construction
 * @match: all rules
 * @n: how many
 * @family: AF_INET or AF_INET6
 * @f: what is built
 * @items: for each field of @f
 * @key: for each rule a field, or one of the two above
 * @cost: for each rule what its key costs: rules with a value within its own
 * @bits: the groups of the vector at hand
 * @ancestor: prefixes that hold the one at hand, from the shortest
 * @ancestor_vec: their vectors
 * @depth: how many
 * @pool_len: words of the pool in use
 * @pool_size: words of the pool
 * @memory: bytes used apart from the pool, by both families
 */
struct ecmp_rule_build {
	const struct ecmp_match	*match;
	unsigned int		n;
	u8			family;
	struct ecmp_rule_family	*f;
	struct ecmp_rule_items	items[ECMP_CLASSIFIER_FIELDS];
	u8			*key;
	u32			*cost;
	u64			*bits;
	struct ecmp_prefix	ancestor[130];
	u32			ancestor_vec[130];
	unsigned int		depth;
	size_t			pool_len;
	size_t			pool_size;
	size_t			memory;
};

void *ecmp_rule_build_alloc(struct ecmp_rule_build *b, size_t n, size_t size);
void ecmp_rule_build_clear(struct ecmp_rule_build *b);
void ecmp_rule_build_copy(struct ecmp_rule_build *b, u32 vec);
u32 ecmp_rule_build_store(struct ecmp_rule_build *b);

bool ecmp_rule_field_possible(const struct ecmp_match *m, u8 family);
bool ecmp_rule_field_named(const struct ecmp_rule_field *field,
			   const struct ecmp_match *m);
int ecmp_rule_field_sort(struct ecmp_rule_build *b, unsigned int i);
int ecmp_rule_field_compile(struct ecmp_rule_build *b, unsigned int i);
void ecmp_rule_field_free(struct ecmp_rule_field *field);

#endif /* _ECMP_CLASSIFIER_BUILD_H */
