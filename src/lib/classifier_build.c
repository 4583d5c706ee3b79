// SPDX-License-Identifier: GPL-2.0
/*
 * Compilation of the bit vectors: the pool that they lie in, the choice of
 * fields, and the parts put together. See classifier_vectors.c for what it all
 * is good for, classifier_field.c for what depends on a field's kind.
 */
#include <linux/types.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/socket.h>
#include <linux/sort.h>
#include <linux/string.h>
#include "classifier_build.h"

/* The numbers of groups in a vector have 16 bits. */
#define VECTOR_RULES_MAX	(65535u * 64)
/* Words that the pool begins with. */
#define POOL_FIRST		1024

/**
 * ecmp_rule_build_alloc - memory that counts as the classifier's
 * @b: the build
 * @n: objects
 * @size: bytes of each
 *
 * Returns: zeroed memory to be freed with kvfree(); NULL without memory or
 * beyond the cap.
 */
void *ecmp_rule_build_alloc(struct ecmp_rule_build *b, size_t n, size_t size)
{
	size_t bytes = array_size(n, size);

	if (bytes > ECMP_RULE_MEMORY_MAX)
		return NULL;
	b->memory += bytes;
	return kvzalloc(bytes, ECMP_GFP_LARGE);
}

/* Vectors */

/**
 * ecmp_rule_build_clear - begin an empty vector
 * @b: the build
 */
void ecmp_rule_build_clear(struct ecmp_rule_build *b)
{
	memset(b->bits, 0, b->f->groups * sizeof(u64));
}

/**
 * ecmp_rule_build_copy - begin a vector as a copy
 * @b: the build, its vector being empty
 * @vec: a stored vector of the field at hand
 */
void ecmp_rule_build_copy(struct ecmp_rule_build *b, u32 vec)
{
	const u64 *from = b->f->pool + vec;
	const u64 *stored = from + b->f->stored;
	unsigned int word;
	u64 groups;

	for (word = 0; word < b->f->summary; word++)
		for (groups = from[word]; groups; groups &= groups - 1)
			b->bits[word * 64 + __ffs64(groups)] = *stored++;
}

/* Room for @words more in the pool. */
static int pool_reserve(struct ecmp_rule_build *b, size_t words)
{
	size_t size = b->pool_size;
	u64 *pool;

	if ((b->pool_len + words) * sizeof(u64) + b->memory >
	    ECMP_RULE_MEMORY_MAX)
		return -ENOMEM;
	if (b->pool_len + words <= size)
		return 0;
	size = max3(2 * size, b->pool_len + words, (size_t)POOL_FIRST);
	pool = kvmalloc_array(size, sizeof(u64), ECMP_GFP_LARGE);
	if (!pool)
		return -ENOMEM;
	if (b->pool_len)
		memcpy(pool, b->f->pool, b->pool_len * sizeof(u64));
	kvfree(b->f->pool);
	b->f->pool = pool;
	b->pool_size = size;
	return 0;
}

/**
 * ecmp_rule_build_store - store the vector at hand
 * @b: the build
 *
 * Returns: its offset in the pool; 0 without memory, or if it is the very
 * first one, which is to be empty.
 */
u32 ecmp_rule_build_store(struct ecmp_rule_build *b)
{
	unsigned int group, count = 0, vec = b->pool_len;
	u16 *before;
	u64 *to;

	for (group = 0; group < b->f->groups; group++)
		count += !!b->bits[group];
	if (pool_reserve(b, b->f->stored + count))
		return 0;
	to = b->f->pool + vec;
	memset(to, 0, b->f->stored * sizeof(u64));
	before = (u16 *)(to + b->f->summary);
	for (count = 0, group = 0; group < b->f->groups; group++) {
		if (!(group % 64))
			before[group / 64] = count;
		if (!b->bits[group])
			continue;
		to[group / 64] |= BIT_ULL(group % 64);
		to[b->f->stored + count++] = b->bits[group];
	}
	b->pool_len += b->f->stored + count;
	return vec;
}

/* Doubling left up to half of the pool empty; if it cannot move, it stays. */
static void pool_trim(struct ecmp_rule_build *b)
{
	u64 *pool = kvmalloc_array(b->pool_len, sizeof(u64), ECMP_GFP_LARGE);

	if (!pool)
		return;
	memcpy(pool, b->f->pool, b->pool_len * sizeof(u64));
	kvfree(b->f->pool);
	b->f->pool = pool;
}

/* Fields */

static void field_add(struct ecmp_rule_build *b, enum ecmp_rule_field_kind kind,
		      u32 mask)
{
	struct ecmp_rule_field field = { .kind = kind, .mask = mask };
	unsigned int r;

	for (r = 0; r < b->n; r++) {
		if (b->key[r] == ECMP_RULE_EXCLUDED ||
		    !ecmp_rule_field_named(&field, &b->match[r]))
			continue;
		b->f->field[b->f->n_fields++] = field;
		return;
	}
}

static int mask_cmp(const void *a, const void *b)
{
	const u32 *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* The masks of marks that rules have, sorted, as often as they occur. */
static u32 *masks_collect(const struct ecmp_rule_build *b, unsigned int *n)
{
	u32 *mask = kvmalloc_array(b->n, sizeof(*mask), ECMP_GFP_LARGE);
	const struct ecmp_match *m = b->match;
	unsigned int r;

	*n = 0;
	if (!mask)
		return NULL;
	for (r = 0; r < b->n; r++)
		if (b->key[r] != ECMP_RULE_EXCLUDED &&
		    m[r].fields & ECMP_MATCH_MARK && m[r].mark_mask)
			mask[(*n)++] = m[r].mark_mask;
	sort(mask, *n, sizeof(*mask), mask_cmp, NULL);
	return mask;
}

static bool has_mask(const struct ecmp_rule_family *f, u32 mask)
{
	unsigned int i;

	for (i = 0; i < f->n_fields; i++)
		if (f->field[i].kind == ECMP_RULE_MARK &&
		    f->field[i].mask == mask)
			return true;
	return false;
}

/* Each of the @count commonest masks is a field; others are no rule's key. */
static int masks_add(struct ecmp_rule_build *b, unsigned int count)
{
	unsigned int n, i, end, most;
	u32 *mask = masks_collect(b, &n);
	u32 best;

	if (!mask)
		return -ENOMEM;
	while (count--) {
		best = 0;
		most = 0;
		for (i = 0; i < n; i = end) {
			for (end = i + 1; end < n && mask[end] == mask[i];)
				end++;
			if (end - i > most && !has_mask(b->f, mask[i])) {
				most = end - i;
				best = mask[i];
			}
		}
		if (!most)
			break;
		field_add(b, ECMP_RULE_MARK, best);
	}
	kvfree(mask);
	return 0;
}

static int fields_add(struct ecmp_rule_build *b)
{
	int err;

	field_add(b, ECMP_RULE_FROM, 0);
	field_add(b, ECMP_RULE_TO, 0);
	field_add(b, ECMP_RULE_DPORT, 0);
	field_add(b, ECMP_RULE_SPORT, 0);
	err = masks_add(b, ECMP_CLASSIFIER_FIELDS - 7);
	field_add(b, ECMP_RULE_IIF, 0);
	field_add(b, ECMP_RULE_PROTO, 0);
	field_add(b, ECMP_RULE_DSCP, 0);
	return err;
}

/* Families */

/* A rule is sure if nothing but its key is to be compared. */
static bool is_sure(const struct ecmp_rule_family *f,
		    const struct ecmp_match *m, unsigned int named)
{
	if (m->fields & ECMP_MATCH_MARK && m->mark_mask &&
	    !has_mask(f, m->mark_mask))
		return false;
	return named <= 1;
}

/* Which rules have no key, and which need no comparison. */
static int groups_fill(struct ecmp_rule_build *b)
{
	struct ecmp_rule_family *f = b->f;
	unsigned int r, i, named;
	u64 bit;

	f->group = ecmp_rule_build_alloc(b, f->groups, sizeof(*f->group));
	f->always = ecmp_rule_build_alloc(b, f->summary, sizeof(u64));
	if (!f->group || !f->always)
		return -ENOMEM;
	for (r = 0; r < b->n; r++) {
		if (b->key[r] == ECMP_RULE_EXCLUDED)
			continue;
		bit = BIT_ULL(r % 64);
		for (i = 0, named = 0; i < f->n_fields; i++)
			named += ecmp_rule_field_named(&f->field[i],
						       &b->match[r]);
		if (is_sure(f, &b->match[r], named))
			f->group[r / 64].sure |= bit;
		if (b->key[r] == ECMP_RULE_KEY_NONE) {
			f->group[r / 64].always |= bit;
			f->always[r / 4096] |= BIT_ULL(r / 64 % 64);
		}
	}
	return 0;
}

static int family_compile(struct ecmp_rule_build *b)
{
	unsigned int r, i;
	int err;

	for (r = 0; r < b->n; r++)
		b->key[r] = ecmp_rule_field_possible(&b->match[r], b->family) ?
			    ECMP_RULE_KEY_NONE : ECMP_RULE_EXCLUDED;
	ecmp_rule_build_clear(b);
	ecmp_rule_build_store(b);	/* the empty one */
	if (!b->pool_len)
		return -ENOMEM;
	err = fields_add(b);
	for (i = 0; !err && i < b->f->n_fields; i++)
		err = ecmp_rule_field_sort(b, i);
	for (i = 0; !err && i < b->f->n_fields; i++)
		err = ecmp_rule_field_compile(b, i);
	if (!err)
		err = groups_fill(b);
	if (!err)
		pool_trim(b);
	return err;
}

/* All that is needed during the build only. */
static void build_free(struct ecmp_rule_build *b)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(b->items); i++)
		kvfree(b->items[i].item);
	kvfree(b->key);
	kvfree(b->cost);
	kvfree(b->bits);
	kfree(b);
}

static struct ecmp_rule_build *build_alloc(const struct ecmp_match *match,
					   unsigned int n, u8 family,
					   struct ecmp_rule_family *f,
					   size_t memory)
{
	struct ecmp_rule_build *b = kzalloc(sizeof(*b), ECMP_GFP);

	if (!b)
		return NULL;
	f->groups = DIV_ROUND_UP(n, 64);
	f->summary = DIV_ROUND_UP(f->groups, 64);
	f->stored = f->summary + DIV_ROUND_UP(f->summary, 4);
	b->match = match;
	b->n = n;
	b->family = family;
	b->f = f;
	b->memory = memory;
	b->key = kvmalloc(n, ECMP_GFP_LARGE);
	b->cost = kvmalloc_array(n, sizeof(*b->cost), ECMP_GFP_LARGE);
	b->bits = kvmalloc_array(f->groups, sizeof(u64), ECMP_GFP_LARGE);
	if (b->key && b->cost && b->bits)
		return b;
	build_free(b);
	return NULL;
}

/* Adds what it takes to @memory. */
static int family_build(const struct ecmp_match *match, unsigned int n,
			u8 family, struct ecmp_rule_family *f, size_t *memory)
{
	struct ecmp_rule_build *b = build_alloc(match, n, family, f, *memory);
	int err;

	if (!b)
		return -ENOMEM;
	err = family_compile(b);
	*memory = b->memory + b->pool_len * sizeof(u64);
	if (*memory > ECMP_RULE_MEMORY_MAX)
		err = -ENOMEM;
	build_free(b);
	return err;
}

/**
 * ecmp_rule_vectors_alloc - compile rules into bit vectors
 * @match: the rules
 * @n: how many, at least 1
 *
 * Context: may sleep; for many rules it takes its time.
 * Returns: the vectors, the caller's; NULL without memory or beyond
 * ECMP_RULE_MEMORY_MAX.
 */
struct ecmp_rule_vectors *
ecmp_rule_vectors_alloc(const struct ecmp_match *match, unsigned int n)
{
	struct ecmp_rule_vectors *v;
	size_t memory = 0;

	if (n > VECTOR_RULES_MAX)
		return NULL;
	v = kzalloc(sizeof(*v), ECMP_GFP);
	if (!v)
		return NULL;
	if (!family_build(match, n, AF_INET, &v->family[0], &memory) &&
	    !family_build(match, n, AF_INET6, &v->family[1], &memory))
		return v;
	ecmp_rule_vectors_free(v);
	return NULL;
}

/**
 * ecmp_rule_vectors_free - free bit vectors, also unfinished ones
 * @v: them, or NULL; no reader may have them any more
 *
 * Context: may sleep.
 */
void ecmp_rule_vectors_free(struct ecmp_rule_vectors *v)
{
	unsigned int i, j;

	if (!v)
		return;
	for (i = 0; i < ARRAY_SIZE(v->family); i++) {
		for (j = 0; j < v->family[i].n_fields; j++)
			ecmp_rule_field_free(&v->family[i].field[j]);
		kvfree(v->family[i].pool);
		kvfree(v->family[i].always);
		kvfree(v->family[i].group);
	}
	kfree(v);
}
