// SPDX-License-Identifier: GPL-2.0
/*
 * The room of blocks that were replaced.
 *
 * A large trie changes all the time, and to copy it takes long. So what an
 * update replaced is used again, once all readers that may stand on it have
 * left: blocks gather in batches, a batch waits for a grace period, and then
 * its blocks are free, in a list for each size. A block may be taken from a
 * larger one. When there is no room left, or no memory to remember what was
 * replaced, the copy of the trie is there still.
 */
#include <linux/list.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include "lpm_build.h"

/* A batch takes one kilobyte. */
#define BATCH_BLOCKS	196

/**
 * struct batch - blocks that readers may still stand on
 * @list: in ecmp_lpm_reuse.waiting
 * @grace: until then
 * @n: how many
 * @at: where they are
 * @units: their sizes
 */
struct batch {
	struct list_head	list;
	unsigned long		grace;
	unsigned int		n;
	u32			at[BATCH_BLOCKS];
	u8			units[BATCH_BLOCKS];
};

/**
 * struct ecmp_lpm_reuse - what was replaced in a trie
 * @filling: the batch that blocks go to; NULL: none yet
 * @waiting: those that are full, the oldest first
 * @free: by size, the first of the blocks that are free; 0: none. Each holds
 *	where the next one is
 */
struct ecmp_lpm_reuse {
	struct batch		*filling;
	struct list_head	waiting;
	u32			free[ECMP_LPM_UNITS_MAX + 1];
};

/**
 * ecmp_lpm_reuse_alloc - from now on use again what is replaced
 * @lpm: the table, which is charged for it
 * @trie: the trie; without memory it goes on as it is
 *
 * Context: writer, may sleep.
 */
void ecmp_lpm_reuse_alloc(struct ecmp_lpm *lpm, struct ecmp_lpm_trie *trie)
{
	trie->reuse = ecmp_lpm_object_alloc(lpm, sizeof(*trie->reuse));
	if (!trie->reuse)
		return;
	memset(trie->reuse, 0, sizeof(*trie->reuse));
	INIT_LIST_HEAD(&trie->reuse->waiting);
}

/**
 * ecmp_lpm_reuse_free - forget what was replaced
 * @lpm: the table that is charged for it
 * @trie: the trie; it is not changed any more
 *
 * Context: writer, may sleep.
 */
void ecmp_lpm_reuse_free(struct ecmp_lpm *lpm, struct ecmp_lpm_trie *trie)
{
	struct ecmp_lpm_reuse *reuse = trie->reuse;
	struct batch *batch, *next;

	if (!reuse)
		return;
	if (reuse->filling)
		list_add(&reuse->filling->list, &reuse->waiting);
	list_for_each_entry_safe(batch, next, &reuse->waiting, list)
		ecmp_lpm_object_free(lpm, batch, sizeof(*batch));
	ecmp_lpm_object_free(lpm, reuse, sizeof(*reuse));
	trie->reuse = NULL;
}

static u32 *unit(struct ecmp_lpm_trie *trie, u32 at)
{
	return (u32 *)((u64 *)trie + at);
}

static void block_free(struct ecmp_lpm_trie *trie, u32 at, u32 units)
{
	*unit(trie, at) = trie->reuse->free[units];
	trie->reuse->free[units] = at;
}

/**
 * ecmp_lpm_reuse_ripe - see whose grace period is over
 * @lpm: the table
 * @trie: its trie
 *
 * Context: writer, may sleep.
 */
void ecmp_lpm_reuse_ripe(struct ecmp_lpm *lpm, struct ecmp_lpm_trie *trie)
{
	struct ecmp_lpm_reuse *reuse = trie->reuse;
	struct batch *batch, *next;

	if (!reuse)
		return;
	list_for_each_entry_safe(batch, next, &reuse->waiting, list) {
		if (!poll_state_synchronize_rcu(batch->grace))
			return;
		while (batch->n--)
			block_free(trie, batch->at[batch->n],
				   batch->units[batch->n]);
		list_del(&batch->list);
		ecmp_lpm_object_free(lpm, batch, sizeof(*batch));
	}
}

/**
 * ecmp_lpm_reuse_take - a free block of just this size
 * @trie: the trie
 * @units: its size
 *
 * Context: writer.
 * Return: where it is, or ECMP_LPM_FULL.
 */
u32 ecmp_lpm_reuse_take(struct ecmp_lpm_trie *trie, u32 units)
{
	u32 at = trie->reuse ? trie->reuse->free[units] : ECMP_LPM_FULL;

	if (at != ECMP_LPM_FULL)
		trie->reuse->free[units] = *unit(trie, at);
	return at;
}

/**
 * ecmp_lpm_reuse_split - a part of a free block that is larger
 * @trie: the trie
 * @units: size of the part
 *
 * Context: writer.
 * Return: where it is, or ECMP_LPM_FULL.
 */
u32 ecmp_lpm_reuse_split(struct ecmp_lpm_trie *trie, u32 units)
{
	u32 size, at;

	for (size = units + 1; size <= ECMP_LPM_UNITS_MAX; size++) {
		at = ecmp_lpm_reuse_take(trie, size);
		if (at == ECMP_LPM_FULL)
			continue;
		block_free(trie, at + units, size - units);
		return at;
	}
	return ECMP_LPM_FULL;
}

/* Without memory the block is lost until the trie is copied. */
static void block_retire(struct ecmp_lpm *lpm, struct ecmp_lpm_trie *trie,
			 u32 word)
{
	struct ecmp_lpm_reuse *reuse = trie->reuse;
	struct batch *batch = reuse->filling;

	if (!batch) {
		batch = ecmp_lpm_object_alloc(lpm, sizeof(*batch));
		if (!batch)
			return;
		batch->n = 0;
		reuse->filling = batch;
	}
	batch->at[batch->n] = word & ECMP_LPM_AT;
	batch->units[batch->n++] = ecmp_lpm_word_units(trie, word);
	if (batch->n < BATCH_BLOCKS)
		return;
	batch->grace = start_poll_synchronize_rcu();
	list_add_tail(&batch->list, &reuse->waiting);
	reuse->filling = NULL;
}

/* The address @a up to bit @offset, and @bits from there on. */
static struct ecmp_addr addr_with(struct ecmp_addr a, unsigned int offset,
				  u64 bits)
{
	ecmp_addr_mask(&a, offset);
	if (offset >= 64) {
		a.d[1] |= cpu_to_be64(bits >> (offset - 64));
		return a;
	}
	a.d[0] |= cpu_to_be64(bits >> offset);
	if (offset)
		a.d[1] |= cpu_to_be64(bits << (64 - offset));
	return a;
}

static void retire(struct ecmp_lpm *lpm, struct ecmp_lpm_trie *trie, u32 old,
		   const struct ecmp_lpm_region *r, struct ecmp_lpm_origin new);

static void skip_retire(struct ecmp_lpm *lpm, struct ecmp_lpm_trie *trie,
			u32 old, const struct ecmp_lpm_region *r,
			struct ecmp_lpm_origin new)
{
	const struct ecmp_lpm_skip *skip = ecmp_lpm_skip(trie, old);
	const struct ecmp_lpm_region inner = {
		.addr = addr_with(r->addr, r->offset, skip->key),
		.offset = r->offset + skip->bits,
	};

	retire(lpm, trie, skip->child, &inner, new);
}

static void children_retire(struct ecmp_lpm *lpm, struct ecmp_lpm_trie *trie,
			    u32 old, const struct ecmp_lpm_region *r,
			    struct ecmp_lpm_origin new)
{
	struct ecmp_lpm_region inner = {
		.offset = r->offset + ECMP_LPM_STRIDE,
	};
	unsigned int slot;
	u64 left;
	u32 word;

	for (left = ecmp_lpm_word_vec(trie, old); left; left &= left - 1) {
		slot = __ffs64(left);
		word = ecmp_lpm_word_below(trie, old, slot);
		/* Most children stay, and in their place. */
		if (new.offset == r->offset &&
		    word == ecmp_lpm_word_below(trie, new.word, slot))
			continue;
		inner.addr = addr_with(r->addr, r->offset,
				       (u64)slot << (64 - ECMP_LPM_STRIDE));
		retire(lpm, trie, word, &inner, new);
	}
}

/* What stayed is in @new's tree for the same region, or nowhere. */
static void retire(struct ecmp_lpm *lpm, struct ecmp_lpm_trie *trie, u32 old,
		   const struct ecmp_lpm_region *r, struct ecmp_lpm_origin new)
{
	if (old & ECMP_LPM_LEAF)
		return;
	new = ecmp_lpm_origin_at(trie, new, r);
	if (new.offset == r->offset && new.word == old)
		return;
	if (old & ECMP_LPM_SKIP)
		skip_retire(lpm, trie, old, r, new);
	else
		children_retire(lpm, trie, old, r, new);
	block_retire(lpm, trie, old);
}

/**
 * ecmp_lpm_reuse_replaced - blocks that an update left behind
 * @lpm: the table
 * @trie: its trie
 * @r: region that the update built anew
 * @old: the word that led to it before
 * @new: the word that does now; published
 *
 * All of @old's tree that @new's did not take over.
 *
 * Context: writer, may sleep.
 */
void ecmp_lpm_reuse_replaced(struct ecmp_lpm *lpm, struct ecmp_lpm_trie *trie,
			     const struct ecmp_lpm_region *r, u32 old, u32 new)
{
	const struct ecmp_lpm_origin origin = { new, r->offset };

	if (trie->reuse)
		retire(lpm, trie, old, r, origin);
}
