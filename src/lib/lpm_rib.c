// SPDX-License-Identifier: GPL-2.0
/*
 * The binary trie: all prefixes of a table, path-compressed.
 *
 * A branch stands where prefixes part, a fork, or where one is stored. Going
 * down, the lengths grow and every branch shares its first bits with all below
 * it. Only stored nodes know their address; a fork always has two branches
 * below, so a stored node is never far below it. A search follows the bits of
 * its key first and compares afterwards, as in Morrison's PATRICIA, from where
 * it comes, too, that forks have no memory of their own (lpm_private.h).
 *
 * Changes lie inside of the sequence count. A reader that one overtook may
 * have taken the pointers of a node for what they were used for before: all
 * that it comes to are nodes nonetheless, and it starts anew.
 */
#include <linux/bottom_half.h>
#include <linux/minmax.h>
#include <linux/preempt.h>
#include "lpm_private.h"

/**
 * ecmp_lpm_common - how many leading bits two addresses share
 * @a: one
 * @b: the other
 *
 * Return: 0 to 128.
 */
unsigned int ecmp_lpm_common(const struct ecmp_addr *a,
			     const struct ecmp_addr *b)
{
	u64 d = be64_to_cpu(a->d[0] ^ b->d[0]);

	if (d)
		return 64 - fls64(d);
	return 128 - fls64(be64_to_cpu(a->d[1] ^ b->d[1]));
}

/*
 * Readers of the binary trie must not find the count odd on their own CPU: they
 * would wait for whom they keep from running. With PREEMPT_RT a writer that has
 * bottom halves off may be preempted by a sender of a higher priority.
 */
static void change_begin(struct ecmp_lpm *lpm)
{
	local_bh_disable();
	preempt_disable();
	write_seqcount_begin(&lpm->seq);
}

static void change_end(struct ecmp_lpm *lpm)
{
	write_seqcount_end(&lpm->seq);
	preempt_enable();
	local_bh_enable();
}

/* The use of a node's pointers */

static struct ecmp_lpm_node *ring_beside(const struct ecmp_lpm_node *node,
					 unsigned int side)
{
	return ecmp_lpm_node_of(rcu_dereference_protected(node->child[side],
							  1));
}

static void ring_join(struct ecmp_lpm_node *left, struct ecmp_lpm_node *right)
{
	rcu_assign_pointer(left->child[1], ecmp_lpm_node_branch(right));
	rcu_assign_pointer(right->child[0], ecmp_lpm_node_branch(left));
}

/* @node's pointers are in no use now. */
static void pointers_free(struct ecmp_lpm *lpm, struct ecmp_lpm_node *node)
{
	struct ecmp_lpm_node *left = node, *right = node;

	WRITE_ONCE(node->use, ECMP_LPM_USE_NONE);
	if (lpm->free) {
		right = lpm->free;
		left = ring_beside(right, 0);
	}
	ring_join(left, node);
	ring_join(node, right);
	lpm->free = node;
}

/* They were in no use, and are going to be in one. */
static void pointers_take(struct ecmp_lpm *lpm, struct ecmp_lpm_node *node)
{
	struct ecmp_lpm_node *right = ring_beside(node, 1);

	ring_join(ring_beside(node, 0), right);
	lpm->free = right == node ? NULL : right;
}

static void pointers_use(struct ecmp_lpm_node *node, u8 use,
			 struct ecmp_lpm_branch *left,
			 struct ecmp_lpm_branch *right)
{
	rcu_assign_pointer(node->child[0], left);
	rcu_assign_pointer(node->child[1], right);
	WRITE_ONCE(node->use, use);
}

static struct ecmp_lpm_branch *child(const struct ecmp_lpm_node *node,
				     unsigned int bit)
{
	return rcu_dereference_protected(node->child[bit], 1);
}

/* The pointer that leads to @b, a branch on the way of @addr. */
static struct ecmp_lpm_branch __rcu **
link_of(struct ecmp_lpm *lpm, const struct ecmp_lpm_branch *b,
	const struct ecmp_addr *addr, struct ecmp_lpm_branch **above)
{
	struct ecmp_lpm_branch __rcu **link = &lpm->rib;
	struct ecmp_lpm_branch *c;

	*above = NULL;
	while ((c = rcu_dereference_protected(*link, 1)) != b) {
		*above = c;
		link = &ecmp_lpm_node_of(c)->child[ecmp_addr_bit(addr,
							ecmp_lpm_len(c))];
	}
	return link;
}

/* The fork that @from lends its pointers to goes on with those of @to. */
static void fork_move(struct ecmp_lpm *lpm, struct ecmp_lpm_node *from,
		      struct ecmp_lpm_node *to)
{
	struct ecmp_lpm_branch *fork = ecmp_lpm_fork_branch(from), *above;
	struct ecmp_lpm_branch __rcu **link;

	link = link_of(lpm, fork, &ecmp_lpm_first(fork)->addr, &above);
	pointers_use(to, from->use, child(from, 0), child(from, 1));
	rcu_assign_pointer(*link, ecmp_lpm_fork_branch(to));
}

/* Searches */

/**
 * struct place - where a prefix belongs
 * @link: the pointer that would lead to it
 * @above: the branch that holds @link, NULL at the top
 * @below: what @link leads to now: the first branch that is not shorter than
 *	the prefix, or that parts from it
 * @common: bits that the prefix shares with what is stored on its way
 * @right: what follows everything below @link in the order of prefixes
 */
struct place {
	struct ecmp_lpm_branch __rcu	**link;
	struct ecmp_lpm_branch		*above;
	struct ecmp_lpm_branch		*below;
	struct ecmp_lpm_branch		*right;
	unsigned int			common;
};

/* Bits that @p shares with what is stored where @p's own bits lead. */
static unsigned int common_on_way(struct ecmp_lpm_branch *b,
				  const struct ecmp_prefix *p)
{
	const struct ecmp_lpm_node *n;
	struct ecmp_lpm_branch *c;
	unsigned int len;

	while ((len = ecmp_lpm_len(b)) < p->len) {
		c = ecmp_lpm_below(b, ecmp_addr_bit(&p->addr, len));
		if (!c)
			break;
		b = c;
	}
	n = ecmp_lpm_first(b);
	if (!n)
		return 0;
	return min3(ecmp_lpm_common(&n->addr, &p->addr),
		    (unsigned int)n->len, (unsigned int)p->len);
}

static void place_find(const struct ecmp_lpm *lpm, const struct ecmp_prefix *p,
		       struct place *at)
{
	struct ecmp_lpm_branch *b = ecmp_lpm_deref(lpm->rib), *other;
	unsigned int bit, len;

	*at = (struct place){
		.link = (struct ecmp_lpm_branch __rcu **)&lpm->rib
	};
	if (!b)
		return;
	at->common = common_on_way(b, p);
	while (b && (len = ecmp_lpm_len(b)) < p->len && len <= at->common) {
		bit = ecmp_addr_bit(&p->addr, len);
		other = ecmp_lpm_below(b, !bit);
		if (!bit && other)
			at->right = other;
		at->above = b;
		at->link = &ecmp_lpm_node_of(b)->child[bit];
		b = ecmp_lpm_below(b, bit);
	}
	at->below = b;
}

static bool is_exact(const struct place *at, const struct ecmp_prefix *p)
{
	return at->below && ecmp_lpm_len(at->below) == p->len &&
	       at->common == p->len;
}

/* Changes */

/* @node takes the place of the fork of the same prefix. */
static void link_over_fork(struct ecmp_lpm *lpm, const struct place *at,
			   struct ecmp_lpm_node *node)
{
	struct ecmp_lpm_node *lender = ecmp_lpm_node_of(at->below);

	pointers_use(node, ECMP_LPM_USE_OWN, child(lender, 0),
		     child(lender, 1));
	rcu_assign_pointer(*at->link, ecmp_lpm_node_branch(node));
	pointers_free(lpm, lender);
}

/* @node has all of @at's below it; it is on the side of @bit. */
static void link_above(const struct place *at, struct ecmp_lpm_node *node,
		       unsigned int bit)
{
	pointers_use(node, ECMP_LPM_USE_OWN, bit ? NULL : at->below,
		     bit ? at->below : NULL);
	rcu_assign_pointer(*at->link, ecmp_lpm_node_branch(node));
}

/* @node parts from what is there: both hang below a fork, which it lends. */
static void link_beside(const struct place *at, struct ecmp_lpm_node *node)
{
	struct ecmp_lpm_branch *b = ecmp_lpm_node_branch(node);
	unsigned int bit = ecmp_addr_bit(&node->addr, at->common);

	pointers_use(node, at->common, bit ? at->below : b,
		     bit ? b : at->below);
	rcu_assign_pointer(*at->link, ecmp_lpm_fork_branch(node));
}

/* @node hangs at the end of a way. The node there may lack its pointers. */
static void link_at_end(struct ecmp_lpm *lpm, const struct place *at,
			struct ecmp_lpm_node *node)
{
	struct ecmp_lpm_branch *b = ecmp_lpm_node_branch(node);
	struct ecmp_lpm_node *above = ecmp_lpm_node_of(at->above);

	if (above && above->use < ECMP_LPM_USE_OWN) {
		fork_move(lpm, above, node);
	} else {
		if (above && above->use == ECMP_LPM_USE_NONE)
			pointers_take(lpm, above);
		pointers_free(lpm, node);
	}
	if (!above || above->use == ECMP_LPM_USE_OWN)
		rcu_assign_pointer(*at->link, b);
	else if (at->link == &above->child[0])
		pointers_use(above, ECMP_LPM_USE_OWN, b, NULL);
	else
		pointers_use(above, ECMP_LPM_USE_OWN, NULL, b);
}

/**
 * ecmp_lpm_rib_link - store a node
 * @lpm: the table
 * @node: with its prefix; linked as it is, with its value
 *
 * Context: writer.
 * Return: 0 or -EEXIST.
 */
int ecmp_lpm_rib_link(struct ecmp_lpm *lpm, struct ecmp_lpm_node *node)
{
	const struct ecmp_prefix prefix = ecmp_lpm_prefix(node), *p = &prefix;
	struct place at;

	place_find(lpm, p, &at);
	if (is_exact(&at, p) && !ecmp_lpm_is_fork(at.below))
		return -EEXIST;
	change_begin(lpm);
	if (!at.below)
		link_at_end(lpm, &at, node);
	else if (is_exact(&at, p))
		link_over_fork(lpm, &at, node);
	else if (at.common < p->len)
		link_beside(&at, node);
	else
		link_above(&at, node,
			   ecmp_addr_bit(&ecmp_lpm_first(at.below)->addr,
					 p->len));
	change_end(lpm);
	return 0;
}

/* What hangs below @node takes its place. */
static void unlink_inner(struct ecmp_lpm *lpm, struct ecmp_lpm_node *node,
			 struct ecmp_lpm_branch __rcu **link)
{
	struct ecmp_lpm_branch *left = child(node, 0), *right = child(node, 1);
	/* A node with two children: one of those below it lends to no fork. */
	struct ecmp_lpm_node *lender = lpm->free;

	if (!left || !right) {
		rcu_assign_pointer(*link, left ?: right);
		return;
	}
	pointers_take(lpm, lender);
	pointers_use(lender, node->len, left, right);
	rcu_assign_pointer(*link, ecmp_lpm_fork_branch(lender));
}

/* @node is at the end of a way: with it goes a fork above. */
static void unlink_end(struct ecmp_lpm *lpm, struct ecmp_lpm_node *node,
		       struct ecmp_lpm_branch __rcu **link,
		       struct ecmp_lpm_branch *above)
{
	struct ecmp_lpm_node *upper = ecmp_lpm_node_of(above), *lender;
	struct ecmp_lpm_branch *sibling, *higher;

	if (!above || !ecmp_lpm_is_fork(above)) {
		rcu_assign_pointer(*link, NULL);
		if (above && !child(upper, 0) && !child(upper, 1))
			pointers_free(lpm, upper);
	} else {
		sibling = child(upper, link == &upper->child[0]);
		link = link_of(lpm, above, &node->addr, &higher);
		rcu_assign_pointer(*link, sibling);
		if (upper == node)
			return;
		pointers_free(lpm, upper);
	}
	if (node->use == ECMP_LPM_USE_NONE) {
		pointers_take(lpm, node);
		return;
	}
	/* It lent to another fork; nodes at an end are more than forks. */
	lender = lpm->free;
	pointers_take(lpm, lender);
	fork_move(lpm, node, lender);
}

/**
 * ecmp_lpm_rib_unlink - take a node out
 * @lpm: the table
 * @node: stored in it; readers may stand on it for one more grace period
 *
 * Never fails. Context: writer.
 */
void ecmp_lpm_rib_unlink(struct ecmp_lpm *lpm, struct ecmp_lpm_node *node)
{
	struct ecmp_lpm_branch __rcu **link;
	struct ecmp_lpm_branch *above;

	link = link_of(lpm, ecmp_lpm_node_branch(node), &node->addr,
		       &above);
	change_begin(lpm);
	if (node->use == ECMP_LPM_USE_OWN)
		unlink_inner(lpm, node, link);
	else
		unlink_end(lpm, node, link, above);
	change_end(lpm);
}

/**
 * ecmp_lpm_rib_value - change the value of a stored node
 * @lpm: the table
 * @node: stored in it
 * @value: 0: not in the table
 *
 * Context: writer.
 */
void ecmp_lpm_rib_value(struct ecmp_lpm *lpm, struct ecmp_lpm_node *node,
			u32 value)
{
	change_begin(lpm);
	WRITE_ONCE(node->value, value);
	if (!node->len)
		WRITE_ONCE(lpm->fallback, value);
	change_end(lpm);
}

static u32 rib_walk(const struct ecmp_lpm *lpm, const struct ecmp_addr *addr,
		    unsigned int len)
{
	const struct ecmp_lpm_branch *b = ecmp_lpm_deref(lpm->rib);
	const struct ecmp_lpm_node *node;
	unsigned int at;
	u32 value, best = 0;

	while (b && (at = ecmp_lpm_len(b)) < len) {
		if (!ecmp_lpm_is_fork(b)) {
			node = ecmp_lpm_node_of(b);
			if (!ecmp_lpm_matches(node, addr))
				break;
			value = READ_ONCE(node->value);
			if (value)
				best = value;
		}
		if (at >= lpm->bits)
			break;
		b = ecmp_lpm_below(b, ecmp_addr_bit(addr, at));
	}
	return best;
}

/**
 * ecmp_lpm_rib_lookup - the longest match, the slow way
 * @lpm: the table
 * @addr: of its family
 * @len: only prefixes shorter than that
 *
 * Context: RCU reader, any; or writer.
 * Return: the value of the longest prefix that matches and has one, or 0.
 */
u32 ecmp_lpm_rib_lookup(const struct ecmp_lpm *lpm,
			const struct ecmp_addr *addr, unsigned int len)
{
	unsigned int seq;
	u32 value;

	do {
		seq = read_seqcount_begin(&lpm->seq);
		value = rib_walk(lpm, addr, len);
	} while (read_seqcount_retry(&lpm->seq, seq));
	return value;
}

/**
 * ecmp_lpm_find - the node of exactly one prefix
 * @lpm: the table
 * @prefix: wanted
 *
 * Context: RCU reader, who may use the node until rcu_read_unlock(); or
 * writer.
 * Return: the node, or NULL.
 */
struct ecmp_lpm_node *ecmp_lpm_find(const struct ecmp_lpm *lpm,
				    const struct ecmp_prefix *prefix)
{
	const struct ecmp_lpm_branch *b;
	struct ecmp_lpm_node *node;
	unsigned int seq, len;

	do {
		seq = read_seqcount_begin(&lpm->seq);
		b = ecmp_lpm_deref(lpm->rib);
		while (b && (len = ecmp_lpm_len(b)) < prefix->len)
			b = ecmp_lpm_below(b, ecmp_addr_bit(&prefix->addr,
							    len));
		node = b && !ecmp_lpm_is_fork(b) ? ecmp_lpm_node_of(b) : NULL;
		if (node && (node->len != prefix->len ||
			     !ecmp_addr_equal(&node->addr, &prefix->addr)))
			node = NULL;
	} while (read_seqcount_retry(&lpm->seq, seq));
	return node;
}

/* The first node behind @p in order, or at it unless @after. */
static struct ecmp_lpm_branch *order_find(const struct ecmp_lpm *lpm,
					  const struct ecmp_prefix *p,
					  bool after)
{
	struct ecmp_lpm_branch *b, *next;
	struct place at;

	place_find(lpm, p, &at);
	b = at.below;
	if (!b)
		return at.right;
	if (at.common < p->len)
		/* All below parts from @p here, to one side or the other. */
		return ecmp_addr_bit(&p->addr, at.common) ? at.right : b;
	if (!after || ecmp_lpm_len(b) > p->len)
		return b;
	next = ecmp_lpm_below(b, 0) ?: ecmp_lpm_below(b, 1);
	return next ?: at.right;
}

static struct ecmp_lpm_node *order_node(const struct ecmp_lpm *lpm,
					const struct ecmp_prefix *p, bool after)
{
	struct ecmp_lpm_branch *b;
	struct ecmp_lpm_node *node;
	unsigned int seq;

	do {
		seq = read_seqcount_begin(&lpm->seq);
		b = order_find(lpm, p, after);
		node = b ? ecmp_lpm_first(b) : NULL;
	} while (read_seqcount_retry(&lpm->seq, seq));
	return node;
}

/**
 * ecmp_lpm_find_from - the first node at or behind a prefix
 * @lpm: the table
 * @prefix: where to begin, stored or not; zeroes for the first of all
 *
 * In the order of ecmp_prefix_cmp(), so a dump that was interrupted goes on
 * at the prefix where it stopped.
 *
 * Context: as ecmp_lpm_find().
 * Return: the node, or NULL: there is none.
 */
struct ecmp_lpm_node *ecmp_lpm_find_from(const struct ecmp_lpm *lpm,
					 const struct ecmp_prefix *prefix)
{
	return order_node(lpm, prefix, false);
}

/**
 * ecmp_lpm_next - the node behind another
 * @lpm: the table
 * @node: one of its nodes, or one that was removed while the caller held it
 *
 * Context: as ecmp_lpm_find().
 * Return: the node, or NULL at the end.
 */
struct ecmp_lpm_node *ecmp_lpm_next(const struct ecmp_lpm *lpm,
				    const struct ecmp_lpm_node *node)
{
	const struct ecmp_prefix prefix = ecmp_lpm_prefix(node);

	return order_node(lpm, &prefix, true);
}

/**
 * ecmp_lpm_rib_release - take all nodes out
 * @lpm: the table; nobody reads it any more
 * @release: called for each node, which it may free
 * @ctx: for @release
 */
void ecmp_lpm_rib_release(struct ecmp_lpm *lpm,
			  void (*release)(struct ecmp_lpm_node *node,
					  void *ctx),
			  void *ctx)
{
	struct ecmp_lpm_branch *b;
	struct ecmp_lpm_node *node;

	while ((b = rcu_dereference_protected(lpm->rib, 1))) {
		node = ecmp_lpm_first(b);
		ecmp_lpm_rib_unlink(lpm, node);
		release(node, ctx);
	}
}
