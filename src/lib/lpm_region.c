// SPDX-License-Identifier: GPL-2.0
/*
 * What the binary trie holds for a range of addresses.
 */
#include <linux/minmax.h>
#include "lpm_build.h"

static void slot_into(struct ecmp_addr *a, unsigned int offset,
		      unsigned int slot)
{
	unsigned int i, bit;

	for (i = 0; i < ECMP_LPM_STRIDE && offset + i < 128; i++) {
		bit = offset + i;
		a->b[bit >> 3] &= ~(0x80 >> (bit & 7));
		if ((slot << i) & (ECMP_LPM_SLOTS / 2))
			a->b[bit >> 3] |= 0x80 >> (bit & 7);
	}
}

/**
 * ecmp_lpm_region_narrow - go on to a region inside of one
 * @lpm: the table
 * @r: the region; its address tells the way
 * @offset: bits that the new one's addresses share
 *
 * Context: writer.
 */
void ecmp_lpm_region_narrow(const struct ecmp_lpm *lpm,
			    struct ecmp_lpm_region *r, unsigned int offset)
{
	const struct ecmp_lpm_branch *b = r->top;
	u32 value;

	r->offset = offset;
	r->top = NULL;
	while (b && ecmp_lpm_len(b) <= offset) {
		if (!ecmp_lpm_is_fork(b) &&
		    !ecmp_lpm_matches(ecmp_lpm_node_of(b), &r->addr))
			return;
		value = ecmp_lpm_value(lpm, b);
		if (value) {
			r->value = value;
			r->from = ecmp_lpm_len(b);
		}
		if (ecmp_lpm_len(b) == offset)
			break;
		b = ecmp_lpm_below(b, ecmp_addr_bit(&r->addr,
						    ecmp_lpm_len(b)));
	}
	if (!b || ecmp_lpm_common(&ecmp_lpm_first(b)->addr,
				  &r->addr) < offset)
		return;
	/* At the edge only two children are of interest, or the only one. */
	if (ecmp_lpm_len(b) == offset &&
	    !(ecmp_lpm_below(b, 0) && ecmp_lpm_below(b, 1)))
		b = ecmp_lpm_below(b, 0) ?: ecmp_lpm_below(b, 1);
	r->top = b;
}

/**
 * ecmp_lpm_region_slot - the region of one slot of a block
 * @lpm: the table
 * @r: the result
 * @outer: the block's region
 * @slot: the slot
 *
 * Context: writer.
 */
void ecmp_lpm_region_slot(const struct ecmp_lpm *lpm, struct ecmp_lpm_region *r,
			  const struct ecmp_lpm_region *outer,
			  unsigned int slot)
{
	*r = *outer;
	slot_into(&r->addr, r->offset, slot);
	ecmp_lpm_region_narrow(lpm, r, r->offset + ECMP_LPM_STRIDE);
}

/**
 * ecmp_lpm_is_uniform - has every stored node of a subtree one value, or none?
 * @lpm: the table
 * @b: top of the subtree, or NULL
 * @value: the value
 *
 * May say no to a yes where one-sided branches pile up; that costs a block,
 * never an answer.
 *
 * Context: writer.
 * Return: true if so.
 */
bool ecmp_lpm_is_uniform(const struct ecmp_lpm *lpm,
			 const struct ecmp_lpm_branch *b, u32 value)
{
	const struct ecmp_lpm_branch *stack[32], *left, *right;
	unsigned int n = 0;
	u32 v;

	while (b) {
		v = ecmp_lpm_value(lpm, b);
		if (v && v != value)
			return false;
		left = ecmp_lpm_below(b, 0);
		right = ecmp_lpm_below(b, 1);
		if (left && right) {
			if (n == ARRAY_SIZE(stack))
				return false;
			stack[n++] = right;
		}
		b = left ?: right ?: n ? stack[--n] : NULL;
	}
	return true;
}

/**
 * ecmp_lpm_region_skip - how far a region goes without a branch
 * @r: the region; something is stored in it
 *
 * Return: bits that all of it has in common, as far as they are worth a skip:
 * a multiple of the stride; or all to the end of the only prefix in it. 0: it
 * needs a block at once.
 */
unsigned int ecmp_lpm_region_skip(const struct ecmp_lpm_region *r)
{
	unsigned int bits = ecmp_lpm_len(r->top) - r->offset;

	if (!ecmp_lpm_is_fork(r->top)) {
		if (bits > ECMP_LPM_STRIDE && bits <= ECMP_LPM_SKIP_END &&
		    !ecmp_lpm_below(r->top, 0) && !ecmp_lpm_below(r->top, 1))
			return bits;
		/* What ends there must lie within the block behind it. */
		bits -= !!bits;
	}
	bits = min_t(unsigned int, bits, ECMP_LPM_SKIP_MAX);
	return bits - bits % ECMP_LPM_STRIDE;
}

/**
 * ecmp_lpm_region_first - the region of one slot of the first step
 * @lpm: the table
 * @trie: the trie
 * @i: the slot
 * @r: the result
 *
 * Context: writer.
 */
void ecmp_lpm_region_first(const struct ecmp_lpm *lpm,
			   const struct ecmp_lpm_trie *trie, unsigned int i,
			   struct ecmp_lpm_region *r)
{
	*r = (struct ecmp_lpm_region){
		.addr.d = { cpu_to_be64((u64)i << 1 << trie->shift) },
		.top = rcu_dereference_protected(lpm->rib, 1),
	};
	ecmp_lpm_region_narrow(lpm, r, ecmp_lpm_trie_bits(trie));
}
