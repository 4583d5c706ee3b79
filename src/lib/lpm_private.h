/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of the longest-prefix match share.
 *
 *	lpm.c		the functions of lpm.h, in terms of those below
 *	lpm_rib.c	the binary trie: all prefixes, values, their order
 *	lpm_trie.c	the memory of a multibit trie
 *	lpm_reuse.c	and of what was replaced in it
 *	lpm_build.h	and what it lists: from the one to the other
 *
 * One writer at a time. Everything that a reader can reach is either constant
 * or one word that changes at once, and is freed a grace period after the
 * word that led to it was changed.
 */
#ifndef _ECMP_LPM_PRIVATE_H
#define _ECMP_LPM_PRIVATE_H

#include <linux/bitops.h>
#include <linux/seqlock.h>
#include "lpm.h"
#include "memory.h"

/* One step of the multibit trie. */
#define ECMP_LPM_STRIDE		6

/**
 * struct ecmp_lpm_block - a node of the multibit trie: 64 slots
 * @leafvec: slots, children left out, whose value differs from the one before
 * @vec: slots that lead to a child
 * @child: one word for each bit of @vec
 *
 * Then, for each bit of @leafvec, a place in ecmp_lpm_trie.value, of one byte
 * or two. A block without children (its word says LAST) has these right after
 * @leafvec.
 *
 * The form is that of Asai and Ohara, "Poptrie: A Compressed Trie with
 * Population Count for Fast and Scalable Software IP Routing Table Lookup",
 * SIGCOMM 2015; but here a block has a word for each child, so it is replaced
 * by the change of one word. Constant once published, but for these words.
 */
struct ecmp_lpm_block {
	u64	leafvec;
	u64	vec;
	u32	child[];
};

/**
 * struct ecmp_lpm_skip - instead of blocks with one child each
 * @key: the bits on the way to @child, from the most significant one on
 * @child: word of the block behind them; a leaf where they are those of the
 *	only prefix
 * @leaf: place in ecmp_lpm_trie.value for addresses with other bits
 * @bits: how many; a multiple of the stride unless @child is a leaf
 */
struct ecmp_lpm_skip {
	u64	key;
	u32	child;
	u16	leaf;
	u8	bits;
};

#define ECMP_LPM_SKIP_MAX	(10 * ECMP_LPM_STRIDE)
#define ECMP_LPM_SKIP_END	63	/* to a leaf */

/*
 * A word of ecmp_lpm_trie.slot, ecmp_lpm_block.child or ecmp_lpm_skip.child:
 * where a block is, in units of eight bytes from the start of its trie, with
 * LAST if it has no children, or SKIP if it is a struct ecmp_lpm_skip. Or (not
 * in a block) LEAF and a place in the trie's @value. The value SLOW sends the
 * reader to the binary trie.
 */
#define ECMP_LPM_LEAF		(1U << 31)
#define ECMP_LPM_LAST		(1U << 30)
#define ECMP_LPM_SKIP		(1U << 29)
#define ECMP_LPM_AT		(ECMP_LPM_SKIP - 1)
#define ECMP_LPM_SLOW		(~0U)
/* Units of the largest block: 64 children with leaves of two bytes. */
#define ECMP_LPM_UNITS_MAX	34
/* Instead of a word: the trie has no room for it. */
#define ECMP_LPM_FULL		0

/**
 * struct ecmp_lpm_trie - a multibit trie, all of it in one piece of memory
 * @value: what look-ups return: each value once, in a hash table, a place
 *	never taken back; the first is for 0 only
 * @shift: of an address's first word, after a shift by one
 * @size: units
 * @count: stored nodes when it was made
 * @value_bits: of the size of @value
 * @wide: leaves have two bytes
 * @n_values: in @value
 * @used: units; new blocks go behind
 * @reuse: what was replaced, to be used again; NULL: it stays where it is until
 *	a copy of the trie leaves it behind
 * @rcu: after the copy, when nobody writes any more
 * @slot: the first step: 2^(63 - shift) words; then @value, then a bit for
 *	each of its places, then the blocks
 */
struct ecmp_lpm_trie {
	u32		*value;
	u32		shift;
	u32		size;
	u32		count;
	u8		value_bits;
	bool		wide;
	union {
		struct {
			u32			n_values;
			u32			used;
			struct ecmp_lpm_reuse	*reuse;
		};
		struct rcu_head			rcu;
	};
	u32		slot[];
};

/**
 * struct ecmp_lpm_live - what of a trie readers can come to
 * @units: of its blocks, with leaves of one byte and of two
 * @values: of them, 0 left out
 */
struct ecmp_lpm_live {
	u32	units[2];
	u32	values;
};

static inline unsigned int
ecmp_lpm_trie_bits(const struct ecmp_lpm_trie *trie)
{
	return 63 - trie->shift;
}

static inline struct ecmp_lpm_block *
ecmp_lpm_block(const struct ecmp_lpm_trie *trie, u32 word)
{
	return (struct ecmp_lpm_block *)((u64 *)trie + (word & ECMP_LPM_AT));
}

static inline struct ecmp_lpm_skip *
ecmp_lpm_skip(const struct ecmp_lpm_trie *trie, u32 word)
{
	return (struct ecmp_lpm_skip *)((u64 *)trie + (word & ECMP_LPM_AT));
}

/* Slots of the block at @word with children. */
static inline u64 ecmp_lpm_vec(const struct ecmp_lpm_block *block, u32 word)
{
	return word & ECMP_LPM_LAST ? 0 : block->vec;
}

/* The word of @block for the child at @slot. */
static inline u32 *ecmp_lpm_child(struct ecmp_lpm_block *block,
				  unsigned int slot)
{
	return &block->child[hweight64(block->vec & (BIT_ULL(slot) - 1))];
}

static inline void *ecmp_lpm_leaves(const struct ecmp_lpm_block *block,
				    u32 word)
{
	if (word & ECMP_LPM_LAST)
		return (void *)&block->vec;
	return (void *)&block->child[hweight64(block->vec)];
}

/* The place in @trie's values that leaf @i of @leaves tells. */
static inline u32 ecmp_lpm_leaf(const struct ecmp_lpm_trie *trie,
				const void *leaves, unsigned int i)
{
	return trie->wide ? ((const u16 *)leaves)[i] : ((const u8 *)leaves)[i];
}

/**
 * struct ecmp_lpm - a set of prefixes of one family
 * @trie: what packets read; one SLOW leaf until it is compiled
 * @seq: changes with every change of the binary trie, of a value of it and of
 *	@fallback
 * @fallback: value of the prefix of length 0, which the multibit trie leaves
 *	out: a default route comes and goes without touching it
 * @rib: the binary trie
 * @free: one of the stored nodes whose pointers are in no use, which are in a
 *	ring; or NULL
 * @pending: the node whose value is about to change, as the multibit trie is
 *	to see it
 * @pending_value: its value to be
 * @memory: bytes of all that the structure owns
 * @count: stored nodes
 * @bits: of an address
 * @compiled: the multibit trie is kept up to date
 * @degraded: some slots of @trie are SLOW: not built yet, or for want of memory
 * @slow_from: no slot before this one is
 */
struct ecmp_lpm {
	struct ecmp_lpm_trie __rcu	*trie;
	seqcount_t			seq;
	u32				fallback;
	struct ecmp_lpm_branch __rcu	*rib;
	struct ecmp_lpm_node		*free;
	const struct ecmp_lpm_node	*pending;
	u32				pending_value;
	u32				count;
	size_t				memory;
	u8				bits;
	bool				compiled;
	bool				degraded;
	u32				slow_from;
};

/* Both sides of the binary trie walk it with the same functions. */
#define ecmp_lpm_deref(p)	rcu_dereference_raw(p)

/*
 * The binary trie has a branch where prefixes part, a fork, and one for each
 * stored node. Forks are fewer than nodes without children, which have no use
 * for their pointers: each fork borrows those of one, wherever that is, so it
 * needs no memory and its coming and going cannot fail. A branch is the
 * address of a node, and tells by its lowest bit that it is the fork.
 */
#define ECMP_LPM_USE_OWN	254	/* it has children itself */
#define ECMP_LPM_USE_NONE	255

#define ECMP_LPM_FORK		1UL

static inline struct ecmp_lpm_branch *
ecmp_lpm_node_branch(const struct ecmp_lpm_node *node)
{
	return (struct ecmp_lpm_branch *)node;
}

static inline struct ecmp_lpm_branch *
ecmp_lpm_fork_branch(const struct ecmp_lpm_node *lender)
{
	return (struct ecmp_lpm_branch *)((unsigned long)lender |
					  ECMP_LPM_FORK);
}

static inline bool ecmp_lpm_is_fork(const struct ecmp_lpm_branch *b)
{
	return (unsigned long)b & ECMP_LPM_FORK;
}

/* The stored node that @b is; or that lends a fork its pointers. */
static inline struct ecmp_lpm_node *
ecmp_lpm_node_of(const struct ecmp_lpm_branch *b)
{
	return (struct ecmp_lpm_node *)((unsigned long)b & ~ECMP_LPM_FORK);
}

/*
 * Bits that all below @b share. Readers that a change overtook may get what is
 * too long for a prefix, which ends their walk: it will be repeated.
 */
static inline unsigned int ecmp_lpm_len(const struct ecmp_lpm_branch *b)
{
	const struct ecmp_lpm_node *node = ecmp_lpm_node_of(b);

	return ecmp_lpm_is_fork(b) ? READ_ONCE(node->use) : node->len;
}

static inline struct ecmp_lpm_branch *
ecmp_lpm_below(const struct ecmp_lpm_branch *b, unsigned int bit)
{
	const struct ecmp_lpm_node *node = ecmp_lpm_node_of(b);

	if (!ecmp_lpm_is_fork(b) && READ_ONCE(node->use) != ECMP_LPM_USE_OWN)
		return NULL;
	return ecmp_lpm_deref(node->child[bit]);
}

/* The first node of @b's subtree, and as good as any other to learn which
 * bits all of it shares: a fork knows how many, not which. NULL: a change
 * overtook the reader.
 */
static inline struct ecmp_lpm_node *
ecmp_lpm_first(const struct ecmp_lpm_branch *b)
{
	while (ecmp_lpm_is_fork(b))
		b = ecmp_lpm_deref(ecmp_lpm_node_of(b)->child[0]);
	return ecmp_lpm_node_of(b);
}

unsigned int ecmp_lpm_common(const struct ecmp_addr *a,
			     const struct ecmp_addr *b);

static inline bool ecmp_lpm_matches(const struct ecmp_lpm_node *node,
				    const struct ecmp_addr *addr)
{
	return ecmp_lpm_common(&node->addr, addr) >= node->len;
}

void *ecmp_lpm_object_alloc(struct ecmp_lpm *lpm, size_t size);
void ecmp_lpm_object_free(struct ecmp_lpm *lpm, void *object, size_t size);

int ecmp_lpm_rib_link(struct ecmp_lpm *lpm, struct ecmp_lpm_node *node);
void ecmp_lpm_rib_unlink(struct ecmp_lpm *lpm, struct ecmp_lpm_node *node);
void ecmp_lpm_rib_value(struct ecmp_lpm *lpm, struct ecmp_lpm_node *node,
			u32 value);
u32 ecmp_lpm_rib_lookup(const struct ecmp_lpm *lpm,
			const struct ecmp_addr *addr, unsigned int len);
void ecmp_lpm_rib_release(struct ecmp_lpm *lpm,
			  void (*release)(struct ecmp_lpm_node *node,
					  void *ctx),
			  void *ctx);

struct ecmp_lpm_trie *ecmp_lpm_trie_alloc(struct ecmp_lpm *lpm,
					  unsigned int bits, u32 n_values,
					  u32 blocks);
void ecmp_lpm_trie_free(struct ecmp_lpm *lpm, struct ecmp_lpm_trie *trie);
struct ecmp_lpm_trie *ecmp_lpm_trie_copy(struct ecmp_lpm *lpm,
					 struct ecmp_lpm_trie *old, u32 extra);
void ecmp_lpm_trie_publish(struct ecmp_lpm *lpm, struct ecmp_lpm_trie *trie);
u32 ecmp_lpm_trie_leaf(struct ecmp_lpm_trie *trie, u32 value);
u32 ecmp_lpm_trie_block(struct ecmp_lpm_trie *trie, u64 vec, u64 leafvec);
u32 ecmp_lpm_trie_skip(struct ecmp_lpm_trie *trie);
u32 ecmp_lpm_word_units(const struct ecmp_lpm_trie *trie, u32 word);
void ecmp_lpm_trie_live(const struct ecmp_lpm_trie *trie,
			struct ecmp_lpm_live *live);
void ecmp_lpm_trie_leaf_set(const struct ecmp_lpm_trie *trie, void *leaves,
			    unsigned int i, u32 leaf);

void ecmp_lpm_reuse_alloc(struct ecmp_lpm *lpm, struct ecmp_lpm_trie *trie);
void ecmp_lpm_reuse_free(struct ecmp_lpm *lpm, struct ecmp_lpm_trie *trie);
void ecmp_lpm_reuse_ripe(struct ecmp_lpm *lpm, struct ecmp_lpm_trie *trie);
u32 ecmp_lpm_reuse_take(struct ecmp_lpm_trie *trie, u32 units);
u32 ecmp_lpm_reuse_split(struct ecmp_lpm_trie *trie, u32 units);

int ecmp_lpm_build(struct ecmp_lpm *lpm, unsigned int bits);
int ecmp_lpm_update(struct ecmp_lpm *lpm, const struct ecmp_lpm_node *node,
		    u32 value, bool must);
int ecmp_lpm_build_begin(struct ecmp_lpm *lpm, unsigned int bits);
int ecmp_lpm_build_on(struct ecmp_lpm *lpm);
void ecmp_lpm_tend(struct ecmp_lpm *lpm);

#endif /* _ECMP_LPM_PRIVATE_H */
