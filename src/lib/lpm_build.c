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
 * A region is what one slot stands for: the addresses that share their first
 * @offset bits. It needs a block if not all of them have the same value.
 * An update goes down the way of its prefix to the lowest block whose set of
 * children stays, builds a new block from the binary trie, with the children
 * that the change cannot concern taken over from the old one, and changes
 * the one word that led there.
 */
#include <linux/bitops.h>
#include <linux/sched.h>
#include "lpm_private.h"

#define SLOTS	(1U << ECMP_LPM_STRIDE)

/* Room to ask for when a trie is full, in its units: some blocks. */
#define ROOM	16

/**
 * struct region - the addresses that share their first bits
 * @addr: one of them
 * @offset: how many bits
 * @value: of the longest prefix that covers the region, or 0
 * @from: length of that prefix
 * @top: the first branch inside of it, or at its very edge; or NULL
 */
struct region {
	struct ecmp_addr		addr;
	unsigned int			offset;
	u32				value;
	unsigned int			from;
	const struct ecmp_lpm_branch	*top;
};

/* What @b is worth; the prefix of length 0 is the caller's fallback. */
static u32 value_of(const struct ecmp_lpm *lpm,
		    const struct ecmp_lpm_branch *b)
{
	if (!b->len)
		return 0;
	return b == lpm->pending ? lpm->pending_value : b->value;
}

static struct ecmp_lpm_branch *child_of(const struct ecmp_lpm_branch *b,
					unsigned int bit)
{
	return rcu_dereference_protected(b->child[bit], 1);
}

/* Six bits of @a from bit @offset on; zeroes beyond its end. */
static unsigned int slot_of(const struct ecmp_addr *a, unsigned int offset)
{
	u64 hi = be64_to_cpu(a->d[0]), lo = be64_to_cpu(a->d[1]);

	if (offset >= 64)
		return lo << (offset - 64) >> 58;
	return (hi << offset | lo >> 1 >> (63 - offset)) >> 58;
}

static void slot_into(struct ecmp_addr *a, unsigned int offset,
		      unsigned int slot)
{
	unsigned int i, bit;

	for (i = 0; i < ECMP_LPM_STRIDE && offset + i < 128; i++) {
		bit = offset + i;
		a->b[bit >> 3] &= ~(0x80 >> (bit & 7));
		if (slot << i & SLOTS >> 1)
			a->b[bit >> 3] |= 0x80 >> (bit & 7);
	}
}

/* Narrow @r to the first @offset bits of its address. */
static void region_narrow(const struct ecmp_lpm *lpm, struct region *r,
			  unsigned int offset)
{
	const struct ecmp_lpm_branch *b = r->top;
	u32 value;

	r->offset = offset;
	r->top = NULL;
	while (b && b->len <= offset) {
		if (!b->glue &&
		    !ecmp_prefix_match(&ecmp_lpm_node_of(b)->prefix, &r->addr))
			return;
		value = value_of(lpm, b);
		if (value) {
			r->value = value;
			r->from = b->len;
		}
		if (b->len == offset)
			break;
		b = child_of(b, ecmp_addr_bit(&r->addr, b->len));
	}
	if (b && ecmp_lpm_common(&ecmp_lpm_first(b)->prefix.addr,
				 &r->addr) >= offset)
		r->top = b;
}

static void region_slot(const struct ecmp_lpm *lpm, struct region *r,
			const struct region *outer, unsigned int slot)
{
	*r = *outer;
	slot_into(&r->addr, r->offset, slot);
	region_narrow(lpm, r, r->offset + ECMP_LPM_STRIDE);
}

/*
 * Does every stored node of @b's subtree have the value @value, or none?
 * May say no to a yes where one-sided branches pile up; that costs a block,
 * never an answer.
 */
static bool is_uniform(const struct ecmp_lpm *lpm,
		       const struct ecmp_lpm_branch *b, u32 value)
{
	const struct ecmp_lpm_branch *stack[32], *left, *right;
	unsigned int n = 0;
	u32 v;

	while (b) {
		v = value_of(lpm, b);
		if (v && v != value)
			return false;
		left = child_of(b, 0);
		right = child_of(b, 1);
		if (left && right) {
			if (n == ARRAY_SIZE(stack))
				return false;
			stack[n++] = right;
		}
		b = left ?: right ?: n ? stack[--n] : NULL;
	}
	return true;
}

static bool region_is_uniform(const struct ecmp_lpm *lpm,
			      const struct region *r)
{
	return is_uniform(lpm, r->top, r->value);
}

/**
 * struct layout - the 64 slots of a block in the making
 * @value: of each slot that is a leaf
 * @vec: slots that need a block
 * @changed: slots that the change may concern
 */
struct layout {
	u32	value[SLOTS];
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
		return BIT_ULL(slot_of(&p->addr, offset));
	return ((1ULL << (1U << (n - p->len))) - 1) <<
	       slot_of(&p->addr, offset);
}

/* Values of a stored node that ends inside of the block. */
static void layout_node(struct layout *l, const struct ecmp_prefix *p,
			u32 value, unsigned int offset,
			const struct ecmp_prefix *change)
{
	u64 slots = slots_of(p, offset), left;

	if (change && p->len > change->len)
		l->changed &= ~slots;
	for (left = slots; left; left &= left - 1)
		l->value[__ffs64(left)] = value;
}

static void layout_fill(const struct ecmp_lpm *lpm, struct layout *l,
			const struct region *r,
			const struct ecmp_prefix *change)
{
	const struct ecmp_lpm_branch *stack[ECMP_LPM_STRIDE + 1], *b, *next;
	const unsigned int end = r->offset + ECMP_LPM_STRIDE;
	unsigned int slot, n = 0;
	u32 value;

	for (slot = 0; slot < SLOTS; slot++)
		l->value[slot] = r->value;
	l->changed = change ? slots_of(change, r->offset) : ~0ULL;
	l->vec = 0;
	for (b = r->top; b; b = next) {
		if (b->len <= end) {
			value = value_of(lpm, b);
			if (value && b->len > r->offset)
				layout_node(l, &ecmp_lpm_node_of(b)->prefix,
					    value, r->offset, change);
			next = child_of(b, 0);
			if (next && child_of(b, 1))
				stack[n++] = child_of(b, 1);
			else if (!next)
				next = child_of(b, 1);
			if (next)
				continue;
		} else {
			slot = slot_of(&ecmp_lpm_first(b)->prefix.addr,
				       r->offset);
			if (l->changed & BIT_ULL(slot) &&
			    !is_uniform(lpm, b, l->value[slot]))
				l->vec |= BIT_ULL(slot);
		}
		next = n ? stack[--n] : NULL;
	}
}

/* Slots with children of the block at @word: none when it is a leaf. */
static u64 word_vec(const struct ecmp_lpm_trie *trie, u32 word)
{
	if (word & ECMP_LPM_LEAF)
		return 0;
	return ecmp_lpm_vec(ecmp_lpm_block(trie, word), word);
}

/* What is below @slot of the block at @word: a leaf when there is none. */
static u32 word_below(const struct ecmp_lpm_trie *trie, u32 word,
		      unsigned int slot)
{
	if (!(word_vec(trie, word) & BIT_ULL(slot)))
		return ECMP_LPM_LEAF;
	return *ecmp_lpm_child(ecmp_lpm_block(trie, word), slot);
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
				 const struct region *r, u32 old,
				 const struct ecmp_prefix *change, u64 *todo)
{
	struct ecmp_lpm_block *block;
	unsigned int slot, i = 0;
	u64 leafvec, left;
	struct layout l;
	u32 word, leaf;
	void *leaves;

	layout_fill(lpm, &l, r, change);
	l.vec |= word_vec(trie, old) & ~l.changed;
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
		*ecmp_lpm_child(block, slot) = word_below(trie, old, slot);
	}
	*todo = l.vec & l.changed;
	return word;
}

/*
 * Build the block of a region and those below it. @old leads to the block
 * that it replaces, and @change is what is different since then; or they are
 * a leaf and NULL.
 */
static u32 block_build(struct ecmp_lpm *lpm, struct ecmp_lpm_trie *trie,
		       const struct region *r, u32 old,
		       const struct ecmp_prefix *change)
{
	struct region inner;
	unsigned int slot;
	u32 word, below;
	u64 todo;

	if (old & ECMP_LPM_LEAF)
		change = NULL;
	word = block_layout(lpm, trie, r, old, change, &todo);
	if (word == ECMP_LPM_FULL)
		return ECMP_LPM_FULL;
	for (; todo; todo &= todo - 1) {
		slot = __ffs64(todo);
		region_slot(lpm, &inner, r, slot);
		below = block_build(lpm, trie, &inner,
				    word_below(trie, old, slot), change);
		if (below == ECMP_LPM_FULL)
			return ECMP_LPM_FULL;
		*ecmp_lpm_child(ecmp_lpm_block(trie, word), slot) = below;
	}
	return word;
}

/* The same; when it fails nothing of it stays. */
static u32 region_build(struct ecmp_lpm *lpm, struct ecmp_lpm_trie *trie,
			const struct region *r, u32 old,
			const struct ecmp_prefix *change)
{
	u32 used = trie->used, word;

	if (region_is_uniform(lpm, r))
		return ecmp_lpm_trie_leaf(trie, r->value);
	word = block_build(lpm, trie, r, old, change);
	if (word == ECMP_LPM_FULL)
		trie->used = used;
	return word;
}

/* The region of slot @i of the first step. */
static void first_region(const struct ecmp_lpm *lpm,
			 const struct ecmp_lpm_trie *trie, unsigned int i,
			 struct region *r)
{
	*r = (struct region){
		.addr.d = { cpu_to_be64((u64)i << 1 << trie->shift) },
		.top = rcu_dereference_protected(lpm->rib, 1),
	};
	region_narrow(lpm, r, ecmp_lpm_trie_bits(trie));
}

/* What slot @i of the first step is to be, from nothing. */
static u32 first_build(struct ecmp_lpm *lpm, struct ecmp_lpm_trie *trie,
		       unsigned int i)
{
	struct region r;

	first_region(lpm, trie, i, &r);
	return region_build(lpm, trie, &r, ECMP_LPM_LEAF, NULL);
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
	u32 word, room = ROOM;
	unsigned int i;

	trie = ecmp_lpm_trie_alloc(lpm, bits, 0, lpm->count);
	for (i = 0; trie && i < 1U << bits; i++) {
		word = first_build(lpm, trie, i);
		while (word == ECMP_LPM_FULL) {
			room *= 2;
			trie = trie_refit(lpm, trie, room);
			if (!trie)
				return -ENOMEM;
			word = first_build(lpm, trie, i);
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

static struct ecmp_lpm_trie *writer_trie(const struct ecmp_lpm *lpm)
{
	return rcu_dereference_protected(lpm->trie, 1);
}

/* Lead readers to a copy that has more room, or just less of what is lost. */
static int make_room(struct ecmp_lpm *lpm, u32 extra)
{
	struct ecmp_lpm_trie *trie;

	trie = ecmp_lpm_trie_copy(lpm, writer_trie(lpm), extra);
	if (!trie)
		return -ENOMEM;
	ecmp_lpm_trie_publish(lpm, trie);
	return 0;
}

/*
 * Go down the way of @change from @slot, whose region is @r, while the block
 * there keeps its leaves and its set of children. Nothing to do above that.
 */
static u32 *descend(const struct ecmp_lpm *lpm,
		    const struct ecmp_lpm_trie *trie, u32 *slot,
		    struct region *r, const struct ecmp_prefix *change)
{
	struct region inner;
	unsigned int i;

	while (change->len > r->offset + ECMP_LPM_STRIDE) {
		i = slot_of(&change->addr, r->offset);
		if (word_below(trie, *slot, i) & ECMP_LPM_LEAF)
			break;
		region_slot(lpm, &inner, r, i);
		if (region_is_uniform(lpm, &inner))
			break;
		*r = inner;
		slot = ecmp_lpm_child(ecmp_lpm_block(trie, *slot), i);
	}
	return slot;
}

/* Slot @i of the first step after @change. False: there is no room. */
static bool try_update(struct ecmp_lpm *lpm, unsigned int i,
		       const struct ecmp_prefix *change)
{
	struct ecmp_lpm_trie *trie = writer_trie(lpm);
	u32 *slot = &trie->slot[i], word;
	struct region r;

	first_region(lpm, trie, i, &r);
	if (r.offset >= change->len && r.from > change->len)
		return true;
	if (!region_is_uniform(lpm, &r))
		slot = descend(lpm, trie, slot, &r, change);
	word = region_build(lpm, trie, &r, *slot, change);
	if (word == ECMP_LPM_FULL)
		return false;
	ecmp_lpm_trie_set(trie, slot, word);
	return true;
}

static int update(struct ecmp_lpm *lpm, unsigned int i,
		  const struct ecmp_prefix *change)
{
	u32 room;
	int err;

	for (room = ROOM; !try_update(lpm, i, change); room *= 2) {
		err = make_room(lpm, room);
		if (err)
			return err;
	}
	return 0;
}

static void update_or_slow(struct ecmp_lpm *lpm, unsigned int i,
			   const struct ecmp_prefix *change)
{
	struct ecmp_lpm_trie *trie;

	if (!update(lpm, i, change))
		return;
	trie = writer_trie(lpm);
	ecmp_lpm_trie_set(trie, &trie->slot[i],
			  ecmp_lpm_trie_leaf(trie, ECMP_LPM_SLOW));
	lpm->degraded = true;
}

/**
 * ecmp_lpm_update - give a stored node another value
 * @lpm: the table, compiled
 * @node: stored in the binary trie, still with its old value
 * @value: the new one; with 0 the update never fails: where memory is short
 *	readers take the slow way until ecmp_lpm_tend()
 *
 * Context: writer, may sleep.
 * Return: 0, or -ENOMEM with nothing changed.
 */
int ecmp_lpm_update(struct ecmp_lpm *lpm, const struct ecmp_lpm_node *node,
		    u32 value)
{
	const struct ecmp_lpm_trie *trie = writer_trie(lpm);
	const struct ecmp_prefix *p = &node->prefix;
	unsigned int bits = ecmp_lpm_trie_bits(trie);
	unsigned int i, first, n;
	int err = 0;

	first = be64_to_cpu(p->addr.d[0]) >> 1 >> trie->shift;
	n = p->len < bits ? 1U << (bits - p->len) : 1;
	lpm->pending = &node->branch;
	lpm->pending_value = value;
	for (i = 0; i < n && !err; i++) {
		if (value)
			err = update(lpm, first + i, p);
		else
			update_or_slow(lpm, first + i, p);
		if (n > 1)
			cond_resched();
	}
	if (err) {
		/* All that was done is undone, as well as memory allows. */
		lpm->pending_value = node->value;
		while (--i)
			update_or_slow(lpm, first + i - 1, p);
	}
	lpm->pending = NULL;
	return err;
}

/* Build again what memory was too short for. */
static void repair(struct ecmp_lpm *lpm)
{
	unsigned int i, n = 1U << ecmp_lpm_trie_bits(writer_trie(lpm));
	struct ecmp_lpm_trie *trie;
	u32 word, room = ROOM;

	for (i = 0; i < n; i++) {
		trie = writer_trie(lpm);
		if (trie->slot[i] != ecmp_lpm_trie_leaf(trie, ECMP_LPM_SLOW))
			continue;
		word = first_build(lpm, trie, i);
		if (word != ECMP_LPM_FULL) {
			ecmp_lpm_trie_set(trie, &trie->slot[i], word);
			continue;
		}
		if (make_room(lpm, room))
			return;
		room *= 2;
		i--;
	}
	lpm->degraded = false;
}

/**
 * ecmp_lpm_tend - after a change: repair and tidy up, if need be
 * @lpm: the table, compiled
 *
 * What memory is too short for is left for later.
 *
 * Context: writer, may sleep.
 */
void ecmp_lpm_tend(struct ecmp_lpm *lpm)
{
	struct ecmp_lpm_trie *trie = writer_trie(lpm);

	if (lpm->degraded)
		repair(lpm);
	else if (trie->lost > 4 * ROOM && trie->lost > trie->used / 2)
		make_room(lpm, 0);
}
