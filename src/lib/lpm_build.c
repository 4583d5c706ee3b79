// SPDX-License-Identifier: GPL-2.0
/*
 * From the binary trie to the multibit trie: what packets read.
 *
 * The first step of the multibit trie looks at 0, 6, 12 or 18 bits at once,
 * each further one at six. Values are pushed down: the last slot of an
 * address's way holds the value of its longest prefix, so a look-up goes down
 * once and compares nothing. For the form of a block see struct
 * ecmp_lpm_block.
 *
 * A build that follows a change takes over from what was there all children
 * that the change cannot concern.
 */
#include <linux/minmax.h>
#include <linux/sched.h>
#include "lpm_build.h"

/**
 * struct layout - the 64 slots of a block in the making
 * @value: of each slot that is a leaf
 * @vec: slots that need a block
 * @changed: slots that the change may concern
 */
struct layout {
	u32	value[ECMP_LPM_SLOTS];
	u64	vec;
	u64	changed;
};

/* The slots that a prefix covers in a block at @offset. */
static u64 slots_of(const struct ecmp_prefix *p, unsigned int offset)
{
	unsigned int n = offset + ECMP_LPM_STRIDE;

	if (p->len <= offset)
		return ~0ULL;
	if (p->len >= n)
		return BIT_ULL(ecmp_lpm_slot(&p->addr, offset));
	return ((1ULL << (1U << (n - p->len))) - 1) <<
	       ecmp_lpm_slot(&p->addr, offset);
}

/* Values of a stored node that ends inside of the block. */
static void layout_node(struct layout *l, const struct ecmp_lpm_node *node,
			u32 value, unsigned int offset,
			const struct ecmp_prefix *change)
{
	const struct ecmp_prefix p = ecmp_lpm_prefix(node);
	u64 slots = slots_of(&p, offset), left;

	if (change && p.len > change->len)
		l->changed &= ~slots;
	for (left = slots; left; left &= left - 1)
		l->value[__ffs64(left)] = value;
}

/*
 * The values that the block at @old has. False: one could not be told from
 * others (see ecmp_lpm_trie_leaf()).
 */
static bool layout_take_over(struct layout *l, const struct ecmp_lpm_trie *trie,
			     u32 old)
{
	const struct ecmp_lpm_block *block = ecmp_lpm_block(trie, old);
	const void *leaves = ecmp_lpm_leaves(block, old);
	unsigned int slot, i = 0;
	u32 value = 0;

	for (slot = 0; slot < ECMP_LPM_SLOTS; slot++) {
		if (block->leafvec & BIT_ULL(slot))
			value = trie->value[ecmp_lpm_leaf(trie, leaves, i++)];
		if (value == ECMP_LPM_SLOW)
			return false;
		l->value[slot] = value;
	}
	return true;
}

/* What @part holds, all of the region or the slots of one prefix in it. */
static void layout_fill(const struct ecmp_lpm *lpm, struct layout *l,
			const struct ecmp_lpm_region *r,
			const struct ecmp_lpm_region *part, u64 slots,
			const struct ecmp_prefix *change)
{
	const struct ecmp_lpm_branch *stack[ECMP_LPM_STRIDE + 1], *b, *next;
	const unsigned int end = r->offset + ECMP_LPM_STRIDE;
	unsigned int slot, n = 0;
	u32 value;

	for (; slots; slots &= slots - 1)
		l->value[__ffs64(slots)] = part->value;
	l->vec = 0;
	for (b = part->top; b; b = next) {
		if (ecmp_lpm_len(b) <= end) {
			value = ecmp_lpm_value(lpm, b);
			if (value && ecmp_lpm_len(b) > r->offset)
				layout_node(l, ecmp_lpm_node_of(b), value,
					    r->offset, change);
			next = ecmp_lpm_below(b, 0);
			if (next && ecmp_lpm_below(b, 1))
				stack[n++] = ecmp_lpm_below(b, 1);
			else if (!next)
				next = ecmp_lpm_below(b, 1);
			if (next)
				continue;
		} else {
			slot = ecmp_lpm_slot(&ecmp_lpm_first(b)->addr,
					     r->offset);
			if (l->changed & BIT_ULL(slot) &&
			    !ecmp_lpm_is_uniform(lpm, b, l->value[slot]))
				l->vec |= BIT_ULL(slot);
		}
		next = n ? stack[--n] : NULL;
	}
}

/*
 * The slots of the block for a region. Those that the change cannot concern
 * are as they were: there is no need to read what is stored there.
 */
static void layout_make(const struct ecmp_lpm *lpm, struct layout *l,
			const struct ecmp_lpm_trie *trie,
			const struct ecmp_lpm_region *r, u32 old,
			const struct ecmp_prefix *change)
{
	struct ecmp_lpm_region part = *r;
	u64 slots = ~0ULL;

	l->changed = change ? slots_of(change, r->offset) : ~0ULL;
	if (change && change->len > r->offset &&
	    layout_take_over(l, trie, old)) {
		slots = l->changed;
		part.addr = change->addr;
		ecmp_lpm_region_narrow(lpm, &part,
				       min_t(unsigned int, change->len,
					     r->offset + ECMP_LPM_STRIDE));
	}
	layout_fill(lpm, l, r, &part, slots, change);
}

static u64 layout_leafvec(const struct layout *l)
{
	unsigned int slot;
	u64 left, vec = 0;
	u32 last = 0;

	for (left = ~l->vec; left; left &= left - 1) {
		slot = __ffs64(left);
		if (!vec || l->value[slot] != last)
			vec |= BIT_ULL(slot);
		last = l->value[slot];
	}
	return vec;
}

/*
 * A block for the region with its leaves, and the children that stay.
 * @todo: slots of those that do not.
 */
static noinline u32 block_layout(struct ecmp_lpm *lpm,
				 struct ecmp_lpm_trie *trie,
				 const struct ecmp_lpm_region *r, u32 old,
				 const struct ecmp_prefix *change, u64 *todo)
{
	struct ecmp_lpm_block *block;
	unsigned int slot, i = 0;
	u64 leafvec, left;
	struct layout l;
	u32 word, leaf;
	void *leaves;

	layout_make(lpm, &l, trie, r, old, change);
	l.vec |= ecmp_lpm_word_vec(trie, old) & ~l.changed;
	leafvec = layout_leafvec(&l);
	word = ecmp_lpm_trie_block(trie, l.vec, leafvec);
	if (word == ECMP_LPM_FULL)
		return ECMP_LPM_FULL;
	block = ecmp_lpm_block(trie, word);
	leaves = ecmp_lpm_leaves(block, word);
	for (left = leafvec; left; left &= left - 1) {
		leaf = ecmp_lpm_trie_leaf(trie, l.value[__ffs64(left)]);
		if (leaf == ECMP_LPM_FULL)
			return ECMP_LPM_FULL;
		ecmp_lpm_trie_leaf_set(trie, leaves, i++, leaf);
	}
	for (left = l.vec & ~l.changed; left; left &= left - 1) {
		slot = __ffs64(left);
		*ecmp_lpm_child(block, slot) = ecmp_lpm_word_below(trie, old,
								   slot);
	}
	*todo = l.vec & l.changed;
	return word;
}

/**
 * ecmp_lpm_origin_at - what readers are led to at an inner region
 * @trie: the trie
 * @o: where to begin
 * @inner: the region; its offset and address count
 *
 * Context: writer.
 * Return: as far on the way to @inner as there is one.
 */
struct ecmp_lpm_origin ecmp_lpm_origin_at(const struct ecmp_lpm_trie *trie,
					  struct ecmp_lpm_origin o,
					  const struct ecmp_lpm_region *inner)
{
	struct ecmp_lpm_skip *skip;
	unsigned int bits;

	while (!(o.word & ECMP_LPM_LEAF) && o.offset < inner->offset) {
		if (!(o.word & ECMP_LPM_SKIP)) {
			bits = ecmp_lpm_slot(&inner->addr, o.offset);
			o.word = ecmp_lpm_word_below(trie, o.word, bits);
			o.offset += ECMP_LPM_STRIDE;
			continue;
		}
		skip = ecmp_lpm_skip(trie, o.word);
		bits = min_t(unsigned int, skip->bits,
			     inner->offset - o.offset);
		if ((ecmp_lpm_bits_at(&inner->addr, o.offset) ^ skip->key) >>
		    (64 - bits))
			o.word = ECMP_LPM_LEAF;
		else if (bits < skip->bits)
			break;
		else
			o.word = skip->child;
		o.offset += bits;
	}
	return o;
}

/* Does the change of one prefix concern the region? */
static bool is_concerned(const struct ecmp_lpm_region *r,
			 const struct ecmp_prefix *change)
{
	return ecmp_lpm_common(&change->addr, &r->addr) >=
	       min_t(unsigned int, change->len, r->offset);
}

static u32 block_build(struct ecmp_lpm *lpm, struct ecmp_lpm_trie *trie,
		       const struct ecmp_lpm_region *r, struct ecmp_lpm_origin old,
		       const struct ecmp_prefix *change);

/* What @inner, inside of @old's region, is to be: as it was, if it can. */
static u32 inner_build(struct ecmp_lpm *lpm, struct ecmp_lpm_trie *trie,
		       const struct ecmp_lpm_region *inner, struct ecmp_lpm_origin old,
		       const struct ecmp_prefix *change)
{
	old = ecmp_lpm_origin_at(trie, old, inner);
	if (!(old.word & ECMP_LPM_LEAF) && old.offset == inner->offset &&
	    !is_concerned(inner, change))
		return old.word;
	return block_build(lpm, trie, inner, old, change);
}

/* All that is stored in the region has its next @bits bits in common. */
static u32 skip_build(struct ecmp_lpm *lpm, struct ecmp_lpm_trie *trie,
		      const struct ecmp_lpm_region *r, unsigned int bits,
		      struct ecmp_lpm_origin old, const struct ecmp_prefix *change)
{
	u32 word = ecmp_lpm_trie_skip(trie), child, leaf;
	struct ecmp_lpm_region inner = *r;
	struct ecmp_lpm_skip *skip;

	leaf = ecmp_lpm_trie_leaf(trie, r->value);
	if (word == ECMP_LPM_FULL || leaf == ECMP_LPM_FULL)
		return ECMP_LPM_FULL;
	inner.addr = ecmp_lpm_first(r->top)->addr;
	ecmp_lpm_region_narrow(lpm, &inner, r->offset + bits);
	if (ecmp_lpm_is_uniform(lpm, inner.top, inner.value))
		child = ecmp_lpm_trie_leaf(trie, inner.value);
	else
		child = inner_build(lpm, trie, &inner, old, change);
	if (child == ECMP_LPM_FULL)
		return ECMP_LPM_FULL;
	skip = ecmp_lpm_skip(trie, word);
	skip->key = ecmp_lpm_bits_at(&inner.addr, r->offset);
	skip->child = child;
	skip->leaf = leaf & ~ECMP_LPM_LEAF;
	skip->bits = bits;
	return word;
}

/*
 * Build the block of a region and those below it. @change is what is
 * different since @old was built.
 */
static u32 block_build(struct ecmp_lpm *lpm, struct ecmp_lpm_trie *trie,
		       const struct ecmp_lpm_region *r, struct ecmp_lpm_origin old,
		       const struct ecmp_prefix *change)
{
	unsigned int slot, bits = ecmp_lpm_region_skip(r);
	struct ecmp_lpm_region inner;
	u32 word, below;
	u64 todo;

	if (bits)
		return skip_build(lpm, trie, r, bits, old, change);
	if (old.word & (ECMP_LPM_LEAF | ECMP_LPM_SKIP))
		word = block_layout(lpm, trie, r, ECMP_LPM_LEAF, NULL, &todo);
	else
		word = block_layout(lpm, trie, r, old.word, change, &todo);
	if (word == ECMP_LPM_FULL)
		return ECMP_LPM_FULL;
	for (; todo; todo &= todo - 1) {
		slot = __ffs64(todo);
		ecmp_lpm_region_slot(lpm, &inner, r, slot);
		below = inner_build(lpm, trie, &inner, old, change);
		if (below == ECMP_LPM_FULL)
			return ECMP_LPM_FULL;
		*ecmp_lpm_child(ecmp_lpm_block(trie, word), slot) = below;
	}
	return word;
}

/**
 * ecmp_lpm_region_build - build what a region is to be
 * @lpm: the table
 * @trie: where to; its used part grows
 * @r: the region
 * @old: what readers are led to there now, or a leaf
 * @change: the one prefix that is different since then; or NULL: build all
 *
 * Context: writer.
 * Return: the word that leads to it, for the caller to publish; or
 * ECMP_LPM_FULL: what it took of the used part is lost until a copy.
 */
u32 ecmp_lpm_region_build(struct ecmp_lpm *lpm, struct ecmp_lpm_trie *trie,
			  const struct ecmp_lpm_region *r, u32 old,
			  const struct ecmp_prefix *change)
{
	const struct ecmp_lpm_origin origin = { old, r->offset };
	u32 used = trie->used, word;

	if (ecmp_lpm_is_uniform(lpm, r->top, r->value))
		return ecmp_lpm_trie_leaf(trie, r->value);
	word = block_build(lpm, trie, r, origin, change);
	if (word == ECMP_LPM_FULL)
		trie->used = used;
	return word;
}

/**
 * ecmp_lpm_first_build - build what a slot of the first step is to be
 * @lpm: the table
 * @trie: where to
 * @i: the slot
 *
 * Context: writer.
 * Return: as ecmp_lpm_region_build().
 */
u32 ecmp_lpm_first_build(struct ecmp_lpm *lpm, struct ecmp_lpm_trie *trie,
			 unsigned int i)
{
	struct ecmp_lpm_region r;

	ecmp_lpm_region_first(lpm, trie, i, &r);
	return ecmp_lpm_region_build(lpm, trie, &r, ECMP_LPM_LEAF, NULL);
}

/* Replace @trie, which nobody reads, by a copy; or free it. */
static struct ecmp_lpm_trie *trie_refit(struct ecmp_lpm *lpm,
					struct ecmp_lpm_trie *trie, u32 extra)
{
	struct ecmp_lpm_trie *copy = ecmp_lpm_trie_copy(lpm, trie, extra);

	ecmp_lpm_trie_free(lpm, trie);
	return copy;
}

/**
 * ecmp_lpm_build - compile the whole binary trie anew
 * @lpm: the table
 * @bits: of the first step: 0, 6, 12 or 18
 *
 * Readers go over from the old one to the new one at once.
 *
 * Context: writer, may sleep.
 * Return: 0, or -ENOMEM with nothing changed.
 */
int ecmp_lpm_build(struct ecmp_lpm *lpm, unsigned int bits)
{
	struct ecmp_lpm_trie *trie;
	u32 word, room = ECMP_LPM_ROOM;
	unsigned int i;

	trie = ecmp_lpm_trie_alloc(lpm, bits, 0, lpm->count);
	for (i = 0; trie && i < 1U << bits; i++) {
		word = ecmp_lpm_first_build(lpm, trie, i);
		while (word == ECMP_LPM_FULL) {
			room *= 2;
			trie = trie_refit(lpm, trie, room);
			if (!trie)
				return -ENOMEM;
			word = ecmp_lpm_first_build(lpm, trie, i);
		}
		trie->slot[i] = word;
		if (!(i & 63))
			cond_resched();
	}
	if (trie)
		trie = trie_refit(lpm, trie, 0);
	if (!trie)
		return -ENOMEM;
	ecmp_lpm_trie_publish(lpm, trie);
	lpm->degraded = false;
	return 0;
}
