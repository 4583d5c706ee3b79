// SPDX-License-Identifier: GPL-2.0
/*
 * Longest-prefix match: a table's life, its changes, the look-up of a packet.
 */
#include <linux/bitops.h>
#include <linux/slab.h>
#include "lpm_private.h"

/* Memory */

/**
 * ecmp_lpm_object_alloc - memory for what goes with a trie
 * @lpm: the table, which is charged for it
 * @size: bytes
 *
 * Context: may sleep.
 * Return: not zeroed; NULL when memory is short.
 */
void *ecmp_lpm_object_alloc(struct ecmp_lpm *lpm, size_t size)
{
	void *object;

	size = kmalloc_size_roundup(size);
	object = kmalloc(size, ECMP_GFP);
	if (object)
		lpm->memory += size;
	return object;
}

/**
 * ecmp_lpm_object_free - free what no reader has seen
 * @lpm: the table
 * @object: from ecmp_lpm_object_alloc()
 * @size: bytes asked for
 */
void ecmp_lpm_object_free(struct ecmp_lpm *lpm, void *object, size_t size)
{
	lpm->memory -= kmalloc_size_roundup(size);
	kfree(object);
}

/* Life */

/**
 * ecmp_lpm_alloc - an empty table, not compiled
 * @bits: of an address: 32 or 128
 *
 * Until ecmp_lpm_compile() insertions are cheap and look-ups slow.
 *
 * Context: may sleep.
 * Return: the caller's; NULL when memory is short.
 */
struct ecmp_lpm *ecmp_lpm_alloc(unsigned int bits)
{
	struct ecmp_lpm_trie *trie;
	struct ecmp_lpm *lpm;

	lpm = kzalloc(sizeof(*lpm), ECMP_GFP);
	if (!lpm)
		return NULL;
	seqcount_init(&lpm->seq);
	lpm->bits = bits;
	lpm->memory = kmalloc_size_roundup(sizeof(*lpm));
	trie = ecmp_lpm_trie_alloc(lpm, 0, 0, 0);
	if (!trie) {
		kfree(lpm);
		return NULL;
	}
	RCU_INIT_POINTER(lpm->trie, trie);
	return lpm;
}

/**
 * ecmp_lpm_destroy - free a table, and hand back the nodes in it
 * @lpm: the table; nobody reads or writes it any more. NULL is fine
 * @release: called once for each node, in no special order; it may free the
 *	node, at once when readers of the owner's kind are gone too. Or NULL
 * @ctx: for @release
 *
 * Quicker than to remove the nodes one by one. The nodes still in the table
 * must exist until they are handed over.
 *
 * Context: may sleep.
 */
void ecmp_lpm_destroy(struct ecmp_lpm *lpm,
		      void (*release)(struct ecmp_lpm_node *node, void *ctx),
		      void *ctx)
{
	if (!lpm)
		return;
	ecmp_lpm_trie_free(lpm, rcu_dereference_protected(lpm->trie, 1));
	if (release)
		ecmp_lpm_rib_release(lpm, release, ctx);
	kfree(lpm);
}

/**
 * ecmp_lpm_free - free a table
 * @lpm: the table; nobody reads or writes it any more. NULL is fine
 *
 * The nodes still in it stay the owner's.
 *
 * Context: may sleep.
 */
void ecmp_lpm_free(struct ecmp_lpm *lpm)
{
	ecmp_lpm_destroy(lpm, NULL, NULL);
}

/*
 * The first step grows with the table, such that it never takes more than 16
 * bytes a prefix, and shrinks late, such that it does not go back and forth.
 * IPv6 prefixes part late: more bits would hold little.
 */
static unsigned int wanted_bits(const struct ecmp_lpm *lpm, u32 count)
{
	if (count >= 1 << 16 && lpm->bits == 32)
		return 18;
	if (count >= 1 << 10)
		return 12;
	if (count >= 1 << 6)
		return 6;
	return 0;
}

/**
 * ecmp_lpm_compile - build what packets read
 * @lpm: the table, filled; or compiled before: it is built anew
 *
 * From now on each change is brought in at once.
 *
 * Context: writer, may sleep.
 * Return: 0, or -ENOMEM: look-ups stay as they were.
 */
int ecmp_lpm_compile(struct ecmp_lpm *lpm)
{
	int err = ecmp_lpm_build(lpm, wanted_bits(lpm, lpm->count));

	if (!err)
		lpm->compiled = true;
	return err;
}

/**
 * ecmp_lpm_compile_slice - build a part of what packets read
 * @lpm: the table, filled
 *
 * To be called until it is done; changes may come in between. Look-ups take the
 * slow way for what is not built yet.
 *
 * Context: writer, may sleep.
 * Return: 1 when there is more; 0; or -ENOMEM: look-ups stay as they were.
 */
int ecmp_lpm_compile_slice(struct ecmp_lpm *lpm)
{
	int err;

	if (!lpm->compiled) {
		err = ecmp_lpm_build_begin(lpm, wanted_bits(lpm, lpm->count));
		if (err)
			return err;
		lpm->compiled = true;
	}
	return lpm->degraded ? ecmp_lpm_build_on(lpm) : 0;
}

/* After a change. What memory is too short for is left for later. */
static void settle(struct ecmp_lpm *lpm, bool counted)
{
	struct ecmp_lpm_trie *trie = rcu_dereference_protected(lpm->trie, 1);
	unsigned int bits = ecmp_lpm_trie_bits(trie);

	if (!lpm->compiled)
		return;
	ecmp_lpm_tend(lpm);
	/* A build that failed is not tried again at once. */
	if (counted && lpm->count % 64 == 0 &&
	    (wanted_bits(lpm, lpm->count) > bits ||
	     wanted_bits(lpm, lpm->count * 4) < bits))
		ecmp_lpm_compile(lpm);
}

/* Changes */

static int value_change(struct ecmp_lpm *lpm, struct ecmp_lpm_node *node,
			u32 value, bool must)
{
	int err;

	if (value == node->value)
		return 0;
	if (lpm->compiled && node->len) {
		err = ecmp_lpm_update(lpm, node, value, must);
		if (err)
			return err;
	}
	ecmp_lpm_rib_value(lpm, node, value);
	return 0;
}

/**
 * ecmp_lpm_insert - store a prefix
 * @lpm: the table
 * @node: with its prefix and its value; belongs to the table until
 *	ecmp_lpm_remove()
 *
 * Context: writer, may sleep.
 * Return: 0, -EEXIST, or -ENOMEM with nothing changed; after an error the
 * caller may free @node at once.
 */
int ecmp_lpm_insert(struct ecmp_lpm *lpm, struct ecmp_lpm_node *node)
{
	u32 value = node->value;
	int err;

	/* No reader gets the value before all of them would. */
	node->value = 0;
	err = ecmp_lpm_rib_link(lpm, node);
	if (err)
		goto restore;
	err = value_change(lpm, node, value, false);
	if (err) {
		ecmp_lpm_rib_unlink(lpm, node);
		synchronize_rcu();
		goto restore;
	}
	lpm->count++;
	settle(lpm, true);
	return 0;

restore:
	node->value = value;
	return err;
}

/**
 * ecmp_lpm_set - change the value of a stored prefix
 * @lpm: the table
 * @node: stored in it
 * @value: 0: stays stored, but look-ups go on to a shorter prefix
 *
 * Context: writer, may sleep.
 * Return: 0, or -ENOMEM with nothing changed; never for 0.
 */
int ecmp_lpm_set(struct ecmp_lpm *lpm, struct ecmp_lpm_node *node, u32 value)
{
	int err = value_change(lpm, node, value, !value);

	settle(lpm, false);
	return err;
}

/**
 * ecmp_lpm_set_must - change the value of a stored prefix, memory or not
 * @lpm: the table
 * @node: stored in it
 * @value: as for ecmp_lpm_set()
 *
 * Where memory is short look-ups take the slow way until there is some.
 *
 * Never fails. Context: writer, may sleep.
 */
void ecmp_lpm_set_must(struct ecmp_lpm *lpm, struct ecmp_lpm_node *node,
		       u32 value)
{
	value_change(lpm, node, value, true);
	settle(lpm, false);
}

/**
 * ecmp_lpm_remove - take a prefix out
 * @lpm: the table
 * @node: stored in it; the caller's again, to be freed after a grace period
 *
 * Never fails. Context: writer, may sleep.
 */
void ecmp_lpm_remove(struct ecmp_lpm *lpm, struct ecmp_lpm_node *node)
{
	/* The multibit trie is built from what stays. */
	ecmp_lpm_rib_unlink(lpm, node);
	lpm->count--;
	if (!node->len)
		ecmp_lpm_rib_value(lpm, node, 0);
	else if (lpm->compiled && node->value)
		ecmp_lpm_update(lpm, node, 0, true);
	settle(lpm, true);
}

/* Look-ups */

/*
 * No prefix but the one of length 0, or a slot that memory was too short for.
 * @seq: the count before the trie was read: the fallback must be as old.
 */
static u32 lookup_rest(const struct ecmp_lpm *lpm,
		       const struct ecmp_addr *addr, u32 value,
		       unsigned int seq)
{
	if (likely(!value)) {
		value = READ_ONCE(lpm->fallback);
		if (likely(!read_seqcount_retry(&lpm->seq, seq)))
			return value;
	}
	return ecmp_lpm_rib_lookup(lpm, addr, lpm->bits + 1);
}

/**
 * ecmp_lpm_lookup - the longest match
 * @lpm: the table
 * @addr: of its family
 *
 * Context: RCU reader, any.
 * Return: the value of the longest prefix that matches and has one, or 0.
 */
u32 ecmp_lpm_lookup(const struct ecmp_lpm *lpm, const struct ecmp_addr *addr)
{
	unsigned int seq = raw_seqcount_begin(&lpm->seq);
	const struct ecmp_lpm_trie *trie = rcu_dereference(lpm->trie);
	u64 hi = be64_to_cpu(addr->d[0]), lo = be64_to_cpu(addr->d[1]), bit;
	unsigned int shift = trie->shift, at;
	const struct ecmp_lpm_block *block;
	const struct ecmp_lpm_skip *skip;
	u32 word, value;
	u64 vec;

	word = READ_ONCE(trie->slot[hi >> 1 >> shift]);
	hi = hi << (63 - shift) | lo >> 1 >> shift;
	lo <<= 63 - shift;
	while (!(word & ECMP_LPM_LEAF)) {
		if (word & ECMP_LPM_SKIP) {
			skip = ecmp_lpm_skip(trie, word);
			word = skip->leaf;
			if ((hi ^ skip->key) >> (64 - skip->bits))
				break;
			word = READ_ONCE(skip->child);
			hi = hi << skip->bits | lo >> (64 - skip->bits);
			lo <<= skip->bits;
			continue;
		}
		block = ecmp_lpm_block(trie, word);
		vec = ecmp_lpm_vec(block, word);
		bit = BIT_ULL(hi >> 58);
		if (!(vec & bit)) {
			at = hweight64(block->leafvec & (bit | (bit - 1))) - 1;
			word = ecmp_lpm_leaf(trie, ecmp_lpm_leaves(block, word),
					     at);
			break;
		}
		word = READ_ONCE(block->child[hweight64(vec & (bit - 1))]);
		hi = hi << ECMP_LPM_STRIDE | lo >> (64 - ECMP_LPM_STRIDE);
		lo <<= ECMP_LPM_STRIDE;
	}
	value = READ_ONCE(trie->value[word & ~ECMP_LPM_LEAF]);
	if (likely(value && value != ECMP_LPM_SLOW))
		return value;
	return lookup_rest(lpm, addr, value, seq);
}

/**
 * ecmp_lpm_lookup_shorter - the longest match among short prefixes
 * @lpm: the table
 * @addr: of its family
 * @len: of the match that will not do: only shorter ones count
 *
 * The slow way, in the binary trie.
 *
 * Context: RCU reader, any.
 * Return: as ecmp_lpm_lookup().
 */
u32 ecmp_lpm_lookup_shorter(const struct ecmp_lpm *lpm,
			    const struct ecmp_addr *addr, unsigned int len)
{
	return ecmp_lpm_rib_lookup(lpm, addr, len);
}

/**
 * ecmp_lpm_memory - what a table takes
 * @lpm: the table
 *
 * Return: bytes of the compiled structure and of what joins the nodes,
 * without the nodes themselves.
 */
size_t ecmp_lpm_memory(const struct ecmp_lpm *lpm)
{
	return lpm->memory;
}
