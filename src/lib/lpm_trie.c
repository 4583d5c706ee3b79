// SPDX-License-Identifier: GPL-2.0
/*
 * The multibit trie: what packets read, compiled from the binary trie.
 *
 * The first step looks at 0, 8, 16 or 18 bits at once, each further one at
 * six. Values are pushed down: the last slot of an address's way holds the
 * value of its longest prefix, so a look-up goes down once and compares
 * nothing. The form of a block: see struct ecmp_lpm_block.
 *
 * A region is what one slot stands for: the addresses that share their first
 * @offset bits. It needs a block if not all of them have the same value.
 * An update goes down the way of its prefix to the lowest block whose set of
 * children stays, builds a new block from the binary trie, with the children
 * that the change cannot concern taken over from the old one, and changes
 * the one word that led there.
 */
#include <linux/bitops.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include "lpm_private.h"

#define SLOTS	(1U << ECMP_LPM_STRIDE)

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

/* Blocks */

static u32 *block_leaves(struct ecmp_lpm_block *block)
{
	return (u32 *)&block->child[hweight64(block->vec)];
}

static size_t block_size(u64 vec, u64 leafvec)
{
	return sizeof(struct ecmp_lpm_block) +
	       hweight64(vec) * sizeof(unsigned long) +
	       hweight64(leafvec) * sizeof(u32);
}

static unsigned long *block_child(struct ecmp_lpm_block *block,
				  unsigned int slot)
{
	return &block->child[hweight64(block->vec & (BIT_ULL(slot) - 1))];
}

/* The block below @slot of @block, either may be missing. */
static struct ecmp_lpm_block *block_below(struct ecmp_lpm_block *block,
					  unsigned int slot)
{
	if (!block || !(block->vec & BIT_ULL(slot)))
		return NULL;
	return (struct ecmp_lpm_block *)*block_child(block, slot);
}

static struct ecmp_lpm_block *word_block(unsigned long word)
{
	return word & ECMP_LPM_LEAF ? NULL : (struct ecmp_lpm_block *)word;
}

/*
 * Give back @block and all below it, except what @keep has at the same place:
 * after a grace period when packets have seen it.
 */
static void block_drop(struct ecmp_lpm *lpm, struct ecmp_lpm_block *block,
		       struct ecmp_lpm_block *keep, bool seen)
{
	struct ecmp_lpm_block *kept;
	unsigned int slot;
	size_t size;
	u64 left;

	if (!block || block == keep)
		return;
	for (left = block->vec; left; left &= left - 1) {
		slot = __ffs64(left);
		kept = block_below(keep, slot);
		block_drop(lpm, block_below(block, slot), kept, seen);
	}
	size = block_size(block->vec, block->leafvec);
	if (seen)
		ecmp_lpm_retire(lpm, block, size);
	else
		ecmp_lpm_object_free(lpm, block, size);
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
			const struct region *r, struct ecmp_lpm_block *old,
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
	if (old)
		l->vec |= old->vec & ~l->changed;
}

/* A block for the region with its leaves, and the children that stay. */
static noinline struct ecmp_lpm_block *
block_layout(struct ecmp_lpm *lpm, const struct region *r,
	     struct ecmp_lpm_block *old, const struct ecmp_prefix *change,
	     u64 *todo)
{
	struct ecmp_lpm_block *block;
	u64 leafvec = 0, left;
	unsigned int slot;
	struct layout l;
	u32 *leaf, last = 0;

	layout_fill(lpm, &l, r, old, change);
	for (left = ~l.vec; left; left &= left - 1) {
		slot = __ffs64(left);
		if (!leafvec || l.value[slot] != last)
			leafvec |= BIT_ULL(slot);
		last = l.value[slot];
	}
	block = ecmp_lpm_object_alloc(lpm, block_size(l.vec, leafvec));
	if (!block)
		return NULL;
	block->vec = l.vec;
	block->leafvec = leafvec;
	leaf = block_leaves(block);
	for (left = leafvec; left; left &= left - 1)
		*leaf++ = l.value[__ffs64(left)];
	for (left = l.vec; left; left &= left - 1) {
		slot = __ffs64(left);
		*block_child(block, slot) = l.changed & BIT_ULL(slot) ? 0 :
					    *block_child(old, slot);
	}
	*todo = l.vec & l.changed;
	return block;
}

/*
 * Build the block of a region and those below it. @old is the block that it
 * replaces, and @change what is different since then; or both are NULL.
 */
static struct ecmp_lpm_block *block_build(struct ecmp_lpm *lpm,
					  const struct region *r,
					  struct ecmp_lpm_block *old,
					  const struct ecmp_prefix *change)
{
	struct ecmp_lpm_block *block, *below;
	struct region inner;
	unsigned int slot;
	u64 todo;

	block = block_layout(lpm, r, old, change, &todo);
	if (!block)
		return NULL;
	for (; todo; todo &= todo - 1) {
		slot = __ffs64(todo);
		region_slot(lpm, &inner, r, slot);
		below = block_below(old, slot);
		below = block_build(lpm, &inner, below, below ? change : NULL);
		if (!below) {
			block_drop(lpm, block, old, false);
			return NULL;
		}
		*block_child(block, slot) = (unsigned long)below;
	}
	return block;
}

/* The root */

static size_t root_size(unsigned int bits)
{
	return sizeof(struct ecmp_lpm_root) +
	       (sizeof(unsigned long) << bits);
}

static struct ecmp_lpm_root *writer_root(const struct ecmp_lpm *lpm)
{
	return rcu_dereference_protected(lpm->root, 1);
}

/**
 * ecmp_lpm_root_alloc - a root that sends every reader to the binary trie
 * @lpm: the table, which is charged for it
 * @bits: of its step
 *
 * Context: may sleep.
 * Return: the root, or NULL when memory is short.
 */
struct ecmp_lpm_root *ecmp_lpm_root_alloc(struct ecmp_lpm *lpm,
					  unsigned int bits)
{
	struct ecmp_lpm_root *root;
	unsigned int i;

	root = kvmalloc(root_size(bits), GFP_KERNEL_ACCOUNT);
	if (!root)
		return NULL;
	lpm->memory += root_size(bits);
	root->shift = 63 - bits;
	for (i = 0; i < 1U << bits; i++)
		root->slot[i] = ecmp_lpm_leaf(ECMP_LPM_SLOW);
	return root;
}

static void root_drop(struct ecmp_lpm *lpm, struct ecmp_lpm_root *root,
		      bool seen)
{
	unsigned int i, bits = ecmp_lpm_root_bits(root);

	for (i = 0; i < 1U << bits; i++) {
		block_drop(lpm, word_block(root->slot[i]), NULL, seen);
		if (!(i & 1023))
			cond_resched();
	}
	lpm->memory -= root_size(bits);
	if (seen)
		kvfree_rcu(root, rcu);
	else
		kvfree(root);
}

/* The region of slot @i of the root. */
static void root_region(const struct ecmp_lpm *lpm,
			const struct ecmp_lpm_root *root, unsigned int i,
			struct region *r)
{
	*r = (struct region){
		.addr.d = { cpu_to_be64((u64)i << 1 << root->shift) },
		.top = rcu_dereference_protected(lpm->rib, 1),
	};
	region_narrow(lpm, r, ecmp_lpm_root_bits(root));
}

/* Build what slot @i of the root is to lead to; 0: no memory. */
static unsigned long slot_build(struct ecmp_lpm *lpm,
				const struct ecmp_lpm_root *root,
				unsigned int i)
{
	struct region r;

	root_region(lpm, root, i, &r);
	if (region_is_uniform(lpm, &r))
		return ecmp_lpm_leaf(r.value);
	return (unsigned long)block_build(lpm, &r, NULL, NULL);
}

/**
 * ecmp_lpm_trie_build - compile the whole binary trie anew
 * @lpm: the table
 * @bits: of the first step: 0, 8, 16 or 18
 *
 * Readers go over from the old one to the new one at once.
 *
 * Context: writer, may sleep.
 * Return: 0, or -ENOMEM with nothing changed.
 */
int ecmp_lpm_trie_build(struct ecmp_lpm *lpm, unsigned int bits)
{
	struct ecmp_lpm_root *root, *old = writer_root(lpm);
	unsigned long word;
	unsigned int i;

	root = ecmp_lpm_root_alloc(lpm, bits);
	if (!root)
		return -ENOMEM;
	for (i = 0; i < 1U << bits; i++) {
		word = slot_build(lpm, root, i);
		if (!word) {
			root_drop(lpm, root, false);
			return -ENOMEM;
		}
		root->slot[i] = word;
		if (!(i & 63))
			cond_resched();
	}
	rcu_assign_pointer(lpm->root, root);
	root_drop(lpm, old, true);
	lpm->degraded = false;
	return 0;
}

/* Lead readers from @slot to @word, and give back what was there. */
static void slot_publish(struct ecmp_lpm *lpm, unsigned long *slot,
			 unsigned long word)
{
	unsigned long old = *slot;

	smp_store_release(slot, word);
	block_drop(lpm, word_block(old), word_block(word), true);
}

/*
 * Go down the way of @change from @slot, whose region is @r, while the block
 * there keeps its leaves and its set of children. Nothing to do above that.
 */
static unsigned long *slot_descend(const struct ecmp_lpm *lpm,
				   unsigned long *slot, struct region *r,
				   const struct ecmp_prefix *change)
{
	struct ecmp_lpm_block *block;
	struct region inner;
	unsigned int i;

	while (change->len > r->offset + ECMP_LPM_STRIDE) {
		block = word_block(*slot);
		i = slot_of(&change->addr, r->offset);
		if (!block_below(block, i))
			break;
		region_slot(lpm, &inner, r, i);
		if (region_is_uniform(lpm, &inner))
			break;
		*r = inner;
		slot = block_child(block, i);
	}
	return slot;
}

/* Slot @i of the root after @change. */
static int slot_update(struct ecmp_lpm *lpm, struct ecmp_lpm_root *root,
		       unsigned int i, const struct ecmp_prefix *change)
{
	unsigned long *slot = &root->slot[i], word;
	struct ecmp_lpm_block *old;
	struct region r;

	root_region(lpm, root, i, &r);
	if (r.offset >= change->len && r.from > change->len)
		return 0;
	if (region_is_uniform(lpm, &r)) {
		slot_publish(lpm, slot, ecmp_lpm_leaf(r.value));
		return 0;
	}
	slot = slot_descend(lpm, slot, &r, change);
	old = word_block(*slot);
	word = (unsigned long)block_build(lpm, &r, old, old ? change : NULL);
	if (!word)
		return -ENOMEM;
	slot_publish(lpm, slot, word);
	return 0;
}

static void slot_update_or_slow(struct ecmp_lpm *lpm,
				struct ecmp_lpm_root *root, unsigned int i,
				const struct ecmp_prefix *change)
{
	if (!slot_update(lpm, root, i, change))
		return;
	slot_publish(lpm, &root->slot[i], ecmp_lpm_leaf(ECMP_LPM_SLOW));
	lpm->degraded = true;
}

/**
 * ecmp_lpm_trie_update - give a stored node another value
 * @lpm: the table
 * @node: stored in the binary trie, still with its old value
 * @value: the new one; with 0 the update never fails: where memory is short
 *	readers take the slow way until ecmp_lpm_trie_repair()
 *
 * Context: writer, may sleep.
 * Return: 0, or -ENOMEM with nothing changed.
 */
int ecmp_lpm_trie_update(struct ecmp_lpm *lpm,
			 const struct ecmp_lpm_node *node, u32 value)
{
	struct ecmp_lpm_root *root = writer_root(lpm);
	const struct ecmp_prefix *p = &node->prefix;
	unsigned int bits = ecmp_lpm_root_bits(root);
	unsigned int i, first, n;
	int err = 0;

	first = be64_to_cpu(p->addr.d[0]) >> 1 >> root->shift;
	n = p->len < bits ? 1U << (bits - p->len) : 1;
	lpm->pending = &node->branch;
	lpm->pending_value = value;
	for (i = 0; i < n && !err; i++) {
		if (value)
			err = slot_update(lpm, root, first + i, p);
		else
			slot_update_or_slow(lpm, root, first + i, p);
		if (n > 1)
			cond_resched();
	}
	if (err) {
		/* All that was done is undone, as well as memory allows. */
		lpm->pending_value = node->value;
		while (--i)
			slot_update_or_slow(lpm, root, first + i - 1, p);
	}
	lpm->pending = NULL;
	return err;
}

/**
 * ecmp_lpm_trie_repair - build again what memory was too short for
 * @lpm: the table
 *
 * Context: writer, may sleep.
 */
void ecmp_lpm_trie_repair(struct ecmp_lpm *lpm)
{
	struct ecmp_lpm_root *root = writer_root(lpm);
	const unsigned long slow = ecmp_lpm_leaf(ECMP_LPM_SLOW);
	unsigned int i, n = 1U << ecmp_lpm_root_bits(root);
	unsigned long word;

	for (i = 0; i < n; i++) {
		if (root->slot[i] != slow)
			continue;
		word = slot_build(lpm, root, i);
		if (!word)
			return;
		slot_publish(lpm, &root->slot[i], word);
	}
	lpm->degraded = false;
}

/**
 * ecmp_lpm_trie_free - free it, now
 * @lpm: the table; nobody reads it any more
 */
void ecmp_lpm_trie_free(struct ecmp_lpm *lpm)
{
	root_drop(lpm, writer_root(lpm), false);
	RCU_INIT_POINTER(lpm->root, NULL);
}
