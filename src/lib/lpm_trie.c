// SPDX-License-Identifier: GPL-2.0
/*
 * The memory of a multibit trie: one piece, filled from its start.
 *
 * A word tells where a block is by its distance from the start, so a copy
 * needs no more than a walk. Writers add blocks at the end, or where others
 * were that no reader can stand on any more (lpm_reuse.c), and turn a word to
 * them. When there is no room, what lives is copied to another piece. Readers
 * follow the words of the piece that they began with.
 */
#include <linux/bitops.h>
#include <linux/hash.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include "lpm_private.h"

/* All is counted in words of this size. */
#define UNIT		sizeof(u64)

/* Sizes of the hash table of values; leaves have one byte or two. */
#define VALUE_BITS_MIN	4
#define VALUE_BITS_NARROW 8
#define VALUE_BITS_MAX	16
/* So many fit into the smallest beside SLOW, by ecmp_lpm_trie_leaf(). */
#define VALUES_MIN	8

/* Beyond that, memory is by the page. */
#define SMALL		(8 * PAGE_SIZE)

static unsigned int value_bits_for(u32 n_values)
{
	unsigned int bits = VALUE_BITS_MIN;

	/* One without room is soon copied, as long as it is small. */
	if (n_values <= VALUES_MIN)
		return bits;
	while (bits < VALUE_BITS_MAX && n_values * 2 >= 1U << bits)
		bits++;
	return bits;
}

static u32 first_unit(unsigned int bits, unsigned int value_bits)
{
	return DIV_ROUND_UP(sizeof(struct ecmp_lpm_trie) +
			    (sizeof(u32) << bits) +
			    (sizeof(u32) << value_bits) +
			    DIV_ROUND_UP(1U << value_bits, BITS_PER_BYTE),
			    UNIT);
}

/**
 * ecmp_lpm_trie_alloc - a trie that sends every reader to the binary one
 * @lpm: the table, which is charged for it
 * @bits: of the first step
 * @n_values: room for so many values, at least
 * @blocks: room for blocks, at least, in units of eight bytes
 *
 * Context: may sleep.
 * Return: the trie, which nobody reads yet; NULL when memory is short.
 */
struct ecmp_lpm_trie *ecmp_lpm_trie_alloc(struct ecmp_lpm *lpm,
					  unsigned int bits, u32 n_values,
					  u32 blocks)
{
	unsigned int value_bits = value_bits_for(n_values), i;
	struct ecmp_lpm_trie *trie;
	size_t size;
	u32 slow;

	size = (first_unit(bits, value_bits) + (size_t)blocks) * UNIT;
	size = size <= SMALL ? kmalloc_size_roundup(size) : PAGE_ALIGN(size);
	trie = kvmalloc(size, ECMP_GFP_LARGE);
	if (!trie)
		return NULL;
	lpm->memory += size;
	*trie = (struct ecmp_lpm_trie){
		.shift = 63 - bits,
		.size = size / UNIT,
		.value = &trie->slot[1U << bits],
		.value_bits = value_bits,
		.wide = value_bits > VALUE_BITS_NARROW,
		.used = first_unit(bits, value_bits),
		.count = lpm->count,
	};
	memset(trie->value, 0, sizeof(u32) << value_bits);
	slow = ecmp_lpm_trie_leaf(trie, ECMP_LPM_SLOW);
	for (i = 0; i < 1U << bits; i++)
		trie->slot[i] = slow;
	return trie;
}

/**
 * ecmp_lpm_trie_free - free a trie that nobody reads
 * @lpm: the table that is charged for it
 * @trie: the trie
 *
 * Context: may sleep.
 */
void ecmp_lpm_trie_free(struct ecmp_lpm *lpm, struct ecmp_lpm_trie *trie)
{
	ecmp_lpm_reuse_free(lpm, trie);
	lpm->memory -= trie->size * UNIT;
	kvfree(trie);
}

/**
 * ecmp_lpm_trie_leaf - the word of a value
 * @trie: the trie
 * @value: from now on one of its values
 *
 * Return: a leaf, or ECMP_LPM_FULL. With more values than leaves can tell
 * apart: the leaf of ECMP_LPM_SLOW.
 */
u32 ecmp_lpm_trie_leaf(struct ecmp_lpm_trie *trie, u32 value)
{
	const u32 mask = (1U << trie->value_bits) - 1;
	u32 at = 0;

	if (!value)
		return ECMP_LPM_LEAF;
	at = hash_32(value, trie->value_bits);
	while (!at || trie->value[at]) {
		if (at && trie->value[at] == value)
			return ECMP_LPM_LEAF | at;
		at = (at + 1) & mask;
	}
	if (trie->n_values >= mask / 4 * 3) {
		if (trie->value_bits < VALUE_BITS_MAX)
			return ECMP_LPM_FULL;
		return ecmp_lpm_trie_leaf(trie, ECMP_LPM_SLOW);
	}
	trie->n_values++;
	/* Readers learn of it by a leaf that is published later. */
	WRITE_ONCE(trie->value[at], value);
	return ECMP_LPM_LEAF | at;
}

static u32 block_units(u64 vec, u64 leafvec, bool wide)
{
	size_t size = sizeof(leafvec) + (hweight64(leafvec) << wide);

	if (vec)
		size += sizeof(vec) + hweight64(vec) * sizeof(u32);
	return DIV_ROUND_UP(size, UNIT);
}

#define SKIP_UNITS	DIV_ROUND_UP(sizeof(struct ecmp_lpm_skip), UNIT)

/**
 * ecmp_lpm_word_units - the size of what a word leads to
 * @trie: the trie
 * @word: not a leaf
 *
 * Return: units.
 */
u32 ecmp_lpm_word_units(const struct ecmp_lpm_trie *trie, u32 word)
{
	const struct ecmp_lpm_block *block = ecmp_lpm_block(trie, word);

	if (word & ECMP_LPM_SKIP)
		return SKIP_UNITS;
	return block_units(ecmp_lpm_vec(block, word), block->leafvec,
			   trie->wide);
}

/* Where a block may be; ECMP_LPM_FULL: nowhere. */
static u32 room(struct ecmp_lpm_trie *trie, u32 units)
{
	u32 at = ecmp_lpm_reuse_take(trie, units);

	if (at != ECMP_LPM_FULL)
		return at;
	if (trie->size - trie->used < units)
		return ecmp_lpm_reuse_split(trie, units);
	at = trie->used;
	trie->used += units;
	return at;
}

/**
 * ecmp_lpm_trie_block - room for a block
 * @trie: the trie
 * @vec: slots with children
 * @leafvec: slots where values begin
 *
 * Return: the word that leads to it, its two sets filled in; or
 * ECMP_LPM_FULL.
 */
u32 ecmp_lpm_trie_block(struct ecmp_lpm_trie *trie, u64 vec, u64 leafvec)
{
	u32 word = room(trie, block_units(vec, leafvec, trie->wide));
	struct ecmp_lpm_block *block;

	if (word == ECMP_LPM_FULL)
		return ECMP_LPM_FULL;
	block = ecmp_lpm_block(trie, word);
	block->leafvec = leafvec;
	if (!vec)
		return word | ECMP_LPM_LAST;
	block->vec = vec;
	return word;
}

/**
 * ecmp_lpm_trie_skip - room for a struct ecmp_lpm_skip
 * @trie: the trie
 *
 * Return: the word that leads to it, or ECMP_LPM_FULL.
 */
u32 ecmp_lpm_trie_skip(struct ecmp_lpm_trie *trie)
{
	u32 at = room(trie, SKIP_UNITS);

	return at == ECMP_LPM_FULL ? ECMP_LPM_FULL : at | ECMP_LPM_SKIP;
}

/* The bit of a place among the values, and how many are set. */
static u8 *value_marks(const struct ecmp_lpm_trie *trie)
{
	return (u8 *)(trie->value + (1U << trie->value_bits));
}

static void value_mark(const struct ecmp_lpm_trie *trie, u32 leaf,
		       struct ecmp_lpm_live *live)
{
	u32 at = leaf & ~ECMP_LPM_LEAF;
	u8 *mark = value_marks(trie) + at / BITS_PER_BYTE;
	u8 bit = 1U << at % BITS_PER_BYTE;

	/* The place of 0 is there in any case. */
	live->values += at && !(*mark & bit);
	*mark |= bit;
}

static void live_add(struct ecmp_lpm_live *live, u32 narrow, u32 wide)
{
	live->units[0] += narrow;
	live->units[1] += wide;
}

static void word_live(const struct ecmp_lpm_trie *trie, u32 word,
		      struct ecmp_lpm_live *live)
{
	const struct ecmp_lpm_block *block = ecmp_lpm_block(trie, word);
	const struct ecmp_lpm_skip *skip;
	const void *leaves;
	unsigned int i, n;
	u64 vec;

	if (word & ECMP_LPM_LEAF) {
		value_mark(trie, word, live);
		return;
	}
	if (word & ECMP_LPM_SKIP) {
		skip = ecmp_lpm_skip(trie, word);
		live_add(live, SKIP_UNITS, SKIP_UNITS);
		value_mark(trie, skip->leaf, live);
		word_live(trie, skip->child, live);
		return;
	}
	vec = ecmp_lpm_vec(block, word);
	live_add(live, block_units(vec, block->leafvec, false),
		 block_units(vec, block->leafvec, true));
	leaves = ecmp_lpm_leaves(block, word);
	n = hweight64(block->leafvec);
	for (i = 0; i < n; i++)
		value_mark(trie, ecmp_lpm_leaf(trie, leaves, i), live);
	n = hweight64(vec);
	for (i = 0; i < n; i++)
		word_live(trie, block->child[i], live);
}

/**
 * ecmp_lpm_trie_live - what a copy of a trie needs
 * @trie: the trie
 * @live: the result
 *
 * Context: writer, may sleep.
 */
void ecmp_lpm_trie_live(const struct ecmp_lpm_trie *trie,
			struct ecmp_lpm_live *live)
{
	unsigned int i, n = 1U << ecmp_lpm_trie_bits(trie);

	*live = (struct ecmp_lpm_live){};
	memset(value_marks(trie), 0,
	       DIV_ROUND_UP(1U << trie->value_bits, BITS_PER_BYTE));
	for (i = 0; i < n; i++) {
		word_live(trie, trie->slot[i], live);
		if (!(i & 255))
			cond_resched();
	}
}

/**
 * ecmp_lpm_trie_leaf_set - fill in a leaf of a new block
 * @trie: the trie
 * @leaves: of the block
 * @i: which
 * @leaf: from ecmp_lpm_trie_leaf()
 */
void ecmp_lpm_trie_leaf_set(const struct ecmp_lpm_trie *trie, void *leaves,
			    unsigned int i, u32 leaf)
{
	if (trie->wide)
		((u16 *)leaves)[i] = leaf;
	else
		((u8 *)leaves)[i] = leaf;
}

/* A leaf of @from as one of @to, where there is room for its value. */
static u32 leaf_copy(struct ecmp_lpm_trie *to, const struct ecmp_lpm_trie *from,
		     u32 leaf)
{
	return ecmp_lpm_trie_leaf(to, from->value[leaf & ~ECMP_LPM_LEAF]);
}

static u32 word_copy(struct ecmp_lpm_trie *to, const struct ecmp_lpm_trie *from,
		     u32 word);

static u32 skip_copy(struct ecmp_lpm_trie *to, const struct ecmp_lpm_trie *from,
		     u32 word)
{
	const struct ecmp_lpm_skip *old = ecmp_lpm_skip(from, word);
	u32 at = ecmp_lpm_trie_skip(to);
	struct ecmp_lpm_skip *new = ecmp_lpm_skip(to, at);

	*new = *old;
	new->leaf = leaf_copy(to, from, old->leaf);
	new->child = word_copy(to, from, old->child);
	return at;
}

/* Bring @word of @from, and all below it, to @to, where there is room. */
static u32 word_copy(struct ecmp_lpm_trie *to, const struct ecmp_lpm_trie *from,
		     u32 word)
{
	struct ecmp_lpm_block *old, *new;
	void *leaves, *old_leaves;
	unsigned int i, n;
	u32 at, leaf;
	u64 vec;

	if (word & ECMP_LPM_LEAF)
		return leaf_copy(to, from, word);
	if (word & ECMP_LPM_SKIP)
		return skip_copy(to, from, word);
	old = ecmp_lpm_block(from, word);
	vec = ecmp_lpm_vec(old, word);
	at = ecmp_lpm_trie_block(to, vec, old->leafvec);
	new = ecmp_lpm_block(to, at);
	leaves = ecmp_lpm_leaves(new, at);
	old_leaves = ecmp_lpm_leaves(old, word);
	n = hweight64(old->leafvec);
	for (i = 0; i < n; i++) {
		leaf = ecmp_lpm_leaf(from, old_leaves, i);
		ecmp_lpm_trie_leaf_set(to, leaves, i,
				       leaf_copy(to, from, leaf));
	}
	n = hweight64(vec);
	for (i = 0; i < n; i++)
		new->child[i] = word_copy(to, from, old->child[i]);
	return at;
}

/**
 * ecmp_lpm_trie_copy - a copy of what lives of a trie
 * @lpm: the table, which is charged for it
 * @old: the trie
 * @extra: room for blocks beside, in units of eight bytes, and for an eighth
 *	as many values; where copies take long there is some more
 *
 * Context: writer, may sleep.
 * Return: the copy, which nobody reads yet; NULL when memory is short.
 */
struct ecmp_lpm_trie *ecmp_lpm_trie_copy(struct ecmp_lpm *lpm,
					 struct ecmp_lpm_trie *old, u32 extra)
{
	unsigned int i, bits = ecmp_lpm_trie_bits(old);
	struct ecmp_lpm_trie *trie;
	struct ecmp_lpm_live live;
	u32 blocks, values;

	ecmp_lpm_trie_live(old, &live);
	values = live.values + extra / 8;
	blocks = live.units[value_bits_for(values) > VALUE_BITS_NARROW];
	/* A small one has what its class of memory is larger. */
	if (blocks * UNIT > PAGE_SIZE)
		extra += blocks / 4;
	trie = ecmp_lpm_trie_alloc(lpm, bits, values, blocks + extra);
	if (!trie)
		return NULL;
	for (i = 0; i < 1U << bits; i++) {
		trie->slot[i] = word_copy(trie, old, old->slot[i]);
		if (!(i & 255))
			cond_resched();
	}
	return trie;
}

/**
 * ecmp_lpm_trie_publish - let readers go over to another trie
 * @lpm: the table
 * @trie: the new one; the old one is freed when they have left it
 *
 * Context: writer.
 */
void ecmp_lpm_trie_publish(struct ecmp_lpm *lpm, struct ecmp_lpm_trie *trie)
{
	struct ecmp_lpm_trie *old = rcu_dereference_protected(lpm->trie, 1);

	rcu_assign_pointer(lpm->trie, trie);
	lpm->memory -= old->size * UNIT;
	ecmp_lpm_reuse_free(lpm, old);
	kvfree_rcu(old, rcu);
	/* A small one is copied in no time. */
	if (trie->size * UNIT > PAGE_SIZE)
		ecmp_lpm_reuse_alloc(lpm, trie);
}
