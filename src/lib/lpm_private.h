/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of the longest-prefix match share.
 *
 *	lpm.c		the functions of lpm.h, in terms of the two below
 *	lpm_rib.c	the binary trie: all prefixes, their values, their order
 *	lpm_trie.c	the multibit trie, compiled from the binary one
 *
 * One writer at a time. Everything that a reader can reach is either constant
 * or one word that changes at once, and is freed a grace period after the
 * word that led to it was changed (ecmp_lpm_retire()).
 */
#ifndef _ECMP_LPM_PRIVATE_H
#define _ECMP_LPM_PRIVATE_H

#include <linux/container_of.h>
#include <linux/seqlock.h>
#include "lpm.h"

/* One step of the multibit trie. */
#define ECMP_LPM_STRIDE		6

/**
 * struct ecmp_lpm_block - a node of the multibit trie: 64 slots
 * @vec: slots that lead to a child
 * @leafvec: slots, children left out, whose value differs from the one before
 * @child: one word for each bit of @vec, each a block; then one u32 for each
 *	bit of @leafvec, the values
 *
 * The form is that of Asai and Ohara, "Poptrie: A Compressed Trie with
 * Population Count for Fast and Scalable Software IP Routing Table Lookup",
 * SIGCOMM 2015; but here each block is one allocation that holds pointers to
 * its children, so a block is replaced by the change of one word.
 * Constant once published, but for the words of @child.
 */
struct ecmp_lpm_block {
	u64		vec;
	u64		leafvec;
	unsigned long	child[];
};

/*
 * A word of ecmp_lpm_root.slot or ecmp_lpm_block.child: a block, or (in the
 * root only) a leaf, its value in the upper half. The value SLOW sends the
 * reader to the binary trie.
 */
#define ECMP_LPM_LEAF		1UL
#define ECMP_LPM_SLOW		(~0U)

static inline unsigned long ecmp_lpm_leaf(u32 value)
{
	return (unsigned long)value << 32 | ECMP_LPM_LEAF;
}

/**
 * struct ecmp_lpm_root - the first step of the multibit trie
 * @slot: 2^(63 - shift) words
 * @shift: of an address's first word, after a shift by one
 */
struct ecmp_lpm_root {
	unsigned int	shift;
	struct rcu_head	rcu;
	unsigned long	slot[];
};

static inline unsigned int
ecmp_lpm_root_bits(const struct ecmp_lpm_root *root)
{
	return 63 - root->shift;
}

/* Objects that wait for the end of a grace period, all from kmalloc(). */
#define ECMP_LPM_RETIRED	13

struct ecmp_lpm_retired {
	struct rcu_head	rcu;
	unsigned int	n;
	void		*object[ECMP_LPM_RETIRED];
};

/**
 * struct ecmp_lpm - a set of prefixes of one family
 * @root: the multibit trie; one SLOW leaf until it is compiled
 * @seq: changes with every change of the binary trie, of a value of it and of
 *	@fallback
 * @fallback: value of the prefix of length 0, which the multibit trie leaves
 *	out: a default route comes and goes without touching it
 * @rib: the binary trie
 * @spare: glue in stock: one for each stored node with two children, because
 *	its removal leaves a branch behind and must not fail
 * @retired: filled until it is full; never NULL
 * @pending: the node whose value is about to change, as the multibit trie is
 *	to see it: as @pending_value
 * @memory: bytes of all that the structure owns
 * @count: stored nodes
 * @n_spare: in @spare
 * @n_full: stored nodes with two children
 * @bits: of an address
 * @compiled: the multibit trie is kept up to date
 * @degraded: some slots of @root became SLOW for want of memory
 */
struct ecmp_lpm {
	struct ecmp_lpm_root __rcu	*root;
	seqcount_t			seq;
	u32				fallback;
	struct ecmp_lpm_branch __rcu	*rib;
	struct ecmp_lpm_branch		*spare;
	struct ecmp_lpm_retired		*retired;
	const struct ecmp_lpm_branch	*pending;
	u32				pending_value;
	u32				count;
	u32				n_spare;
	u32				n_full;
	size_t				memory;
	u8				bits;
	bool				compiled;
	bool				degraded;
};

/* Both sides of the binary trie walk it with the same functions. */
#define ecmp_lpm_deref(p)	rcu_dereference_raw(p)

static inline struct ecmp_lpm_node *
ecmp_lpm_node_of(const struct ecmp_lpm_branch *b)
{
	return container_of(b, struct ecmp_lpm_node, branch);
}

/* The first node of @b's subtree, and as good as any other to learn which
 * bits all of it shares: glue knows how many, not which.
 */
static inline struct ecmp_lpm_node *
ecmp_lpm_first(const struct ecmp_lpm_branch *b)
{
	while (b->glue)
		b = ecmp_lpm_deref(b->child[0]);
	return ecmp_lpm_node_of(b);
}

unsigned int ecmp_lpm_common(const struct ecmp_addr *a,
			     const struct ecmp_addr *b);

void *ecmp_lpm_object_alloc(struct ecmp_lpm *lpm, size_t size);
void ecmp_lpm_object_free(struct ecmp_lpm *lpm, void *object, size_t size);
void ecmp_lpm_retire(struct ecmp_lpm *lpm, void *object, size_t size);

int ecmp_lpm_rib_link(struct ecmp_lpm *lpm, struct ecmp_lpm_node *node);
void ecmp_lpm_rib_unlink(struct ecmp_lpm *lpm, struct ecmp_lpm_node *node);
void ecmp_lpm_rib_value(struct ecmp_lpm *lpm, struct ecmp_lpm_node *node,
			u32 value);
u32 ecmp_lpm_rib_lookup(const struct ecmp_lpm *lpm,
			const struct ecmp_addr *addr, unsigned int len);
void ecmp_lpm_rib_free(struct ecmp_lpm *lpm,
		       void (*release)(struct ecmp_lpm_node *node, void *ctx),
		       void *ctx);

struct ecmp_lpm_root *ecmp_lpm_root_alloc(struct ecmp_lpm *lpm,
					  unsigned int bits);
int ecmp_lpm_trie_build(struct ecmp_lpm *lpm, unsigned int bits);
int ecmp_lpm_trie_update(struct ecmp_lpm *lpm,
			 const struct ecmp_lpm_node *node, u32 value);
void ecmp_lpm_trie_repair(struct ecmp_lpm *lpm);
void ecmp_lpm_trie_free(struct ecmp_lpm *lpm);

#endif /* _ECMP_LPM_PRIVATE_H */
