// SPDX-License-Identifier: GPL-2.0
/*
 * The multibit trie after a change of one prefix.
 *
 * An update goes down the way of its prefix to the lowest block whose set of
 * children stays, builds a new one in its place and changes the one word that
 * led there. A prefix shorter than the first step concerns many slots, each
 * by itself: an address has its old answer or its new one at any time.
 *
 * What adds to the table may fail for want of memory. What takes away never
 * does: a slot that cannot be built sends readers to the binary trie.
 */
#include <linux/sched.h>
#include "lpm_build.h"

/* Lead readers to a copy that has more room, or just less of what is lost. */
static int make_room(struct ecmp_lpm *lpm, u32 extra)
{
	struct ecmp_lpm_trie *trie;

	trie = ecmp_lpm_trie_copy(lpm, ecmp_lpm_writer_trie(lpm), extra);
	if (!trie)
		return -ENOMEM;
	ecmp_lpm_trie_publish(lpm, trie);
	return 0;
}

/*
 * Go down the way of @change from @slot, whose region is @r, while what is
 * there keeps its form. Nothing to do above that.
 */
static u32 *descend(const struct ecmp_lpm *lpm,
		    const struct ecmp_lpm_trie *trie, u32 *slot,
		    struct ecmp_lpm_region *r, const struct ecmp_prefix *change)
{
	struct ecmp_lpm_region inner;
	unsigned int bits, i;
	u32 *next;
	u64 vec;

	while (!(*slot & (ECMP_LPM_LEAF | ECMP_LPM_LAST))) {
		bits = ecmp_lpm_region_skip(r);
		i = ecmp_lpm_slot(&change->addr, r->offset);
		if (*slot & ECMP_LPM_SKIP) {
			/* A branch may have come or gone on its way. */
			if (ecmp_lpm_skip(trie, *slot)->bits != bits)
				break;
			next = &ecmp_lpm_skip(trie, *slot)->child;
		} else {
			vec = ecmp_lpm_word_vec(trie, *slot);
			if (bits || !(vec & BIT_ULL(i)))
				break;
			bits = ECMP_LPM_STRIDE;
			next = ecmp_lpm_child(ecmp_lpm_block(trie, *slot), i);
		}
		if (change->len <= r->offset + bits)
			break;
		inner = *r;
		inner.addr = change->addr;
		ecmp_lpm_region_narrow(lpm, &inner, r->offset + bits);
		if (ecmp_lpm_is_uniform(lpm, inner.top, inner.value))
			break;
		*r = inner;
		slot = next;
	}
	return slot;
}

/* Readers follow a word by an address that depends on it. */
static void word_publish(u32 *slot, u32 word)
{
	/* After all that was written to the block. */
	smp_store_release(slot, word);
}

/* Slot @i of the first step after @change. False: there is no room. */
static bool try_update(struct ecmp_lpm *lpm, unsigned int i,
		       const struct ecmp_prefix *change)
{
	struct ecmp_lpm_trie *trie = ecmp_lpm_writer_trie(lpm);
	u32 *slot = &trie->slot[i], old, word;
	struct ecmp_lpm_region r;

	ecmp_lpm_region_first(lpm, trie, i, &r);
	if (r.offset >= change->len && r.from > change->len)
		return true;
	if (!ecmp_lpm_is_uniform(lpm, r.top, r.value))
		slot = descend(lpm, trie, slot, &r, change);
	old = *slot;
	word = ecmp_lpm_region_build(lpm, trie, &r, old, change);
	if (word == ECMP_LPM_FULL)
		return false;
	word_publish(slot, word);
	ecmp_lpm_reuse_replaced(lpm, trie, &r, old, word);
	return true;
}

static int update(struct ecmp_lpm *lpm, unsigned int i,
		  const struct ecmp_prefix *change)
{
	u32 room;
	int err;

	for (room = ECMP_LPM_ROOM; !try_update(lpm, i, change); room *= 2) {
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
	trie = ecmp_lpm_writer_trie(lpm);
	word_publish(&trie->slot[i],
		     ecmp_lpm_trie_leaf(trie, ECMP_LPM_SLOW));
	lpm->slow_from = lpm->degraded ? min(lpm->slow_from, i) : i;
	lpm->degraded = true;
}

/**
 * ecmp_lpm_update - give a node another value
 * @lpm: the table, compiled
 * @node: in the binary trie, still with its old value; or out of it already
 * @value: the new one
 * @must: never fail: where memory is short readers take the slow way until
 *	ecmp_lpm_tend()
 *
 * Context: writer, may sleep.
 * Return: 0, or -ENOMEM with nothing changed.
 */
int ecmp_lpm_update(struct ecmp_lpm *lpm, const struct ecmp_lpm_node *node,
		    u32 value, bool must)
{
	const struct ecmp_lpm_trie *trie = ecmp_lpm_writer_trie(lpm);
	const struct ecmp_prefix prefix = ecmp_lpm_prefix(node), *p = &prefix;
	unsigned int bits = ecmp_lpm_trie_bits(trie);
	unsigned int i, first, n;
	int err = 0;

	first = be64_to_cpu(p->addr.d[0]) >> 1 >> trie->shift;
	n = p->len < bits ? 1U << (bits - p->len) : 1;
	ecmp_lpm_reuse_ripe(lpm, ecmp_lpm_writer_trie(lpm));
	lpm->pending = node;
	lpm->pending_value = value;
	for (i = 0; i < n && !err; i++) {
		if (must)
			update_or_slow(lpm, first + i, p);
		else
			err = update(lpm, first + i, p);
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

/**
 * ecmp_lpm_build_begin - begin to compile the whole binary trie anew
 * @lpm: the table
 * @bits: of the first step: 0, 6, 12 or 18
 *
 * ecmp_lpm_build_on() builds; look-ups take the slow way until it is done, and
 * changes may come.
 *
 * Context: writer, may sleep.
 * Return: 0, or -ENOMEM with nothing changed.
 */
int ecmp_lpm_build_begin(struct ecmp_lpm *lpm, unsigned int bits)
{
	struct ecmp_lpm_trie *trie = ecmp_lpm_trie_alloc(lpm, bits, 0,
							 lpm->count);

	if (!trie)
		return -ENOMEM;
	ecmp_lpm_trie_publish(lpm, trie);
	lpm->slow_from = 0;
	lpm->degraded = true;
	return 0;
}

/* Build a slot of the first step, with room for it. */
static int slot_build(struct ecmp_lpm *lpm, unsigned int i)
{
	struct ecmp_lpm_trie *trie;
	u32 word, room;
	int err;

	for (room = ECMP_LPM_ROOM; ; room *= 2) {
		trie = ecmp_lpm_writer_trie(lpm);
		word = ecmp_lpm_first_build(lpm, trie, i);
		if (word != ECMP_LPM_FULL)
			break;
		err = make_room(lpm, room);
		if (err)
			return err;
	}
	word_publish(&trie->slot[i], word);
	return 0;
}

/**
 * ecmp_lpm_build_on - build some of the slots that are slow
 * @lpm: the table, degraded
 *
 * Context: writer, may sleep.
 * Return: 1 when there are more; 0; or -ENOMEM: those are left for later.
 */
int ecmp_lpm_build_on(struct ecmp_lpm *lpm)
{
	struct ecmp_lpm_trie *trie = ecmp_lpm_writer_trie(lpm);
	unsigned int i, n = 1U << ecmp_lpm_trie_bits(trie);
	unsigned int left = max(n / ECMP_LPM_SLICES, 1U);
	int err;

	for (i = lpm->slow_from; i < n && left; i++) {
		trie = ecmp_lpm_writer_trie(lpm);
		if (trie->slot[i] != ecmp_lpm_trie_leaf(trie, ECMP_LPM_SLOW))
			continue;
		err = slot_build(lpm, i);
		if (err) {
			lpm->slow_from = i;
			return err;
		}
		left--;
	}
	lpm->slow_from = i;
	lpm->degraded = i < n;
	trie = ecmp_lpm_writer_trie(lpm);
	/* What it was begun with was a guess. */
	if (!lpm->degraded && trie->used < trie->size / 2)
		make_room(lpm, 0);
	return lpm->degraded;
}

/**
 * ecmp_lpm_tend - after a change: go on building and tidy up, if need be
 * @lpm: the table, compiled
 *
 * What memory is too short for is left for later.
 *
 * Context: writer, may sleep.
 */
void ecmp_lpm_tend(struct ecmp_lpm *lpm)
{
	struct ecmp_lpm_trie *trie = ecmp_lpm_writer_trie(lpm);

	if (lpm->degraded)
		ecmp_lpm_build_on(lpm);
	else if (lpm->count < trie->count / 4)
		make_room(lpm, 0);
}
