// SPDX-License-Identifier: GPL-2.0
/*
 * Walks through the binary trie. To go on from a node costs a step or two;
 * ecmp_lpm_next() goes down from the top twice.
 */
#include "lpm_private.h"
#include "lpm_walk.h"

static void put_aside(struct ecmp_lpm_walk *walk, struct ecmp_lpm_branch *b)
{
	if (b)
		walk->branch[walk->n++] = b;
}

/* Does all of @b, which is not below @p, come before it? */
static bool is_before(const struct ecmp_lpm_branch *b,
		      const struct ecmp_prefix *p)
{
	const struct ecmp_prefix first = ecmp_lpm_prefix(ecmp_lpm_first(b));

	return ecmp_prefix_cmp(&first, p) < 0;
}

/**
 * ecmp_lpm_walk_from - begin a walk at a prefix, or behind it
 * @walk: where it will stand
 * @lpm: the table
 * @prefix: stored or not; zeroes for the first of all
 *
 * Context: writer. The walk ends with the next change of the table.
 */
void ecmp_lpm_walk_from(struct ecmp_lpm_walk *walk, const struct ecmp_lpm *lpm,
			const struct ecmp_prefix *prefix)
{
	struct ecmp_lpm_branch *b = rcu_dereference_protected(lpm->rib, 1);
	const struct ecmp_addr *addr = &prefix->addr;
	unsigned int len;

	walk->n = 0;
	while (b && (len = ecmp_lpm_len(b)) < prefix->len &&
	       ecmp_lpm_common(&ecmp_lpm_first(b)->addr, addr) >= len) {
		if (!ecmp_addr_bit(addr, len))
			put_aside(walk, ecmp_lpm_below(b, 1));
		b = ecmp_lpm_below(b, ecmp_addr_bit(addr, len));
	}
	if (b && !is_before(b, prefix))
		put_aside(walk, b);
}

/**
 * ecmp_lpm_walk_next - the next node of a walk
 * @walk: where it stands
 *
 * In the order of ecmp_prefix_cmp(). Context: as ecmp_lpm_walk_from().
 *
 * Return: the node, or NULL at the end.
 */
struct ecmp_lpm_node *ecmp_lpm_walk_next(struct ecmp_lpm_walk *walk)
{
	struct ecmp_lpm_branch *b;

	while (walk->n) {
		b = walk->branch[--walk->n];
		put_aside(walk, ecmp_lpm_below(b, 1));
		put_aside(walk, ecmp_lpm_below(b, 0));
		if (!ecmp_lpm_is_fork(b))
			return ecmp_lpm_node_of(b);
	}
	return NULL;
}
