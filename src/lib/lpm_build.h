/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What it takes to build the multibit trie and to keep it up to date.
 *
 *	lpm_region.c	what the binary trie holds for a range of addresses
 *	lpm_build.c	blocks for it
 *	lpm_update.c	where to put them when a prefix changes
 *	lpm_reuse.c	and what becomes of those that were there
 */
#ifndef _ECMP_LPM_BUILD_H
#define _ECMP_LPM_BUILD_H

#include "lpm_private.h"

#define ECMP_LPM_SLOTS		(1U << ECMP_LPM_STRIDE)

/* Room to ask for when a trie is full, in its units: some blocks. */
#define ECMP_LPM_ROOM		16

/* In so many slices the first step is built. */
#define ECMP_LPM_SLICES		256

/**
 * struct ecmp_lpm_region - the addresses that share their first bits
 * @addr: one of them
 * @offset: how many bits
 * @value: of the longest prefix that covers the region, or 0
 * @from: length of that prefix
 * @top: the first branch inside of it, or at its very edge; or NULL
 *
 * It is what one slot stands for, and needs a block if not all of its
 * addresses have the same value.
 */
struct ecmp_lpm_region {
	struct ecmp_addr		addr;
	unsigned int			offset;
	u32				value;
	unsigned int			from;
	const struct ecmp_lpm_branch	*top;
};

/**
 * struct ecmp_lpm_origin - what readers are led to now
 * @word: a leaf: nothing to take over
 * @offset: bits of the region that @word is for; fewer than those of the
 *	region in question when that lies in the midst of a skip
 */
struct ecmp_lpm_origin {
	u32		word;
	unsigned int	offset;
};

static inline struct ecmp_lpm_trie *
ecmp_lpm_writer_trie(const struct ecmp_lpm *lpm)
{
	return rcu_dereference_protected(lpm->trie, 1);
}

/* What @b is worth; the prefix of length 0 is the caller's fallback. */
static inline u32 ecmp_lpm_value(const struct ecmp_lpm *lpm,
				 const struct ecmp_lpm_branch *b)
{
	const struct ecmp_lpm_node *node = ecmp_lpm_node_of(b);

	if (ecmp_lpm_is_fork(b) || !node->len)
		return 0;
	return node == lpm->pending ? lpm->pending_value : node->value;
}

/* The bits of @a from bit @offset on; zeroes beyond its end. */
static inline u64 ecmp_lpm_bits_at(const struct ecmp_addr *a,
				   unsigned int offset)
{
	u64 hi = be64_to_cpu(a->d[0]), lo = be64_to_cpu(a->d[1]);

	if (offset >= 64)
		return lo << (offset - 64);
	return hi << offset | lo >> 1 >> (63 - offset);
}

/* The slot of @a in a block at @offset. */
static inline unsigned int ecmp_lpm_slot(const struct ecmp_addr *a,
					 unsigned int offset)
{
	return ecmp_lpm_bits_at(a, offset) >> (64 - ECMP_LPM_STRIDE);
}

/* Slots with children of the block at @word: none when it is something else. */
static inline u64 ecmp_lpm_word_vec(const struct ecmp_lpm_trie *trie, u32 word)
{
	if (word & (ECMP_LPM_LEAF | ECMP_LPM_SKIP))
		return 0;
	return ecmp_lpm_vec(ecmp_lpm_block(trie, word), word);
}

/* What is below @slot of the block at @word: a leaf when there is none. */
static inline u32 ecmp_lpm_word_below(const struct ecmp_lpm_trie *trie,
				      u32 word, unsigned int slot)
{
	if (!(ecmp_lpm_word_vec(trie, word) & BIT_ULL(slot)))
		return ECMP_LPM_LEAF;
	return *ecmp_lpm_child(ecmp_lpm_block(trie, word), slot);
}

void ecmp_lpm_region_first(const struct ecmp_lpm *lpm,
			   const struct ecmp_lpm_trie *trie, unsigned int i,
			   struct ecmp_lpm_region *r);
void ecmp_lpm_region_narrow(const struct ecmp_lpm *lpm,
			    struct ecmp_lpm_region *r, unsigned int offset);
void ecmp_lpm_region_slot(const struct ecmp_lpm *lpm, struct ecmp_lpm_region *r,
			  const struct ecmp_lpm_region *outer,
			  unsigned int slot);
bool ecmp_lpm_is_uniform(const struct ecmp_lpm *lpm,
			 const struct ecmp_lpm_branch *b, u32 value);
unsigned int ecmp_lpm_region_skip(const struct ecmp_lpm_region *r);

struct ecmp_lpm_origin ecmp_lpm_origin_at(const struct ecmp_lpm_trie *trie,
					  struct ecmp_lpm_origin o,
					  const struct ecmp_lpm_region *inner);
u32 ecmp_lpm_region_build(struct ecmp_lpm *lpm, struct ecmp_lpm_trie *trie,
			  const struct ecmp_lpm_region *r, u32 old,
			  const struct ecmp_prefix *change);
u32 ecmp_lpm_first_build(struct ecmp_lpm *lpm, struct ecmp_lpm_trie *trie,
			 unsigned int i);

void ecmp_lpm_reuse_replaced(struct ecmp_lpm *lpm, struct ecmp_lpm_trie *trie,
			     const struct ecmp_lpm_region *r, u32 old, u32 new);

#endif /* _ECMP_LPM_BUILD_H */
