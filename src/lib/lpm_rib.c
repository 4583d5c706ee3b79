// SPDX-License-Identifier: GPL-2.0
/*
 * The binary trie: all prefixes of a table, path-compressed.
 *
 * A branch stands where prefixes part or where one is stored. Going down, the
 * lengths grow and every branch shares its first @len bits with all below it.
 * Only stored nodes know their address; glue, the branches in between, always
 * has two children, so a stored node is never far below it. A search follows
 * the bits of its key first and compares afterwards, as in Morrison's
 * PATRICIA.
 *
 * Each change is the store of one pointer. Walks that read more than one run
 * inside of the sequence count, so that two changes in a row cannot look like
 * a hole between them.
 */
#include <linux/bottom_half.h>
#include <linux/minmax.h>
#include <linux/slab.h>
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

/* Readers of the binary trie in softirq must not find the count odd on their
 * own CPU.
 */
static void change_begin(struct ecmp_lpm *lpm)
{
	local_bh_disable();
	write_seqcount_begin(&lpm->seq);
}

static void change_end(struct ecmp_lpm *lpm)
{
	write_seqcount_end(&lpm->seq);
	local_bh_enable();
}

static void publish(struct ecmp_lpm *lpm, struct ecmp_lpm_branch __rcu **link,
		    struct ecmp_lpm_branch *b)
{
	change_begin(lpm);
	rcu_assign_pointer(*link, b);
	change_end(lpm);
}

/* A stored node with two children needs a spare (see ecmp_lpm.spare). */
static bool is_full(const struct ecmp_lpm_branch *b)
{
	return b && !b->glue && rcu_access_pointer(b->child[0]) &&
	       rcu_access_pointer(b->child[1]);
}

static struct ecmp_lpm_branch *glue_alloc(struct ecmp_lpm *lpm)
{
	struct ecmp_lpm_branch *b;

	b = ecmp_lpm_object_alloc(lpm, sizeof(*b));
	if (b)
		*b = (struct ecmp_lpm_branch){ .glue = 1 };
	return b;
}

static int spare_add(struct ecmp_lpm *lpm)
{
	struct ecmp_lpm_branch *b = glue_alloc(lpm);

	if (!b)
		return -ENOMEM;
	RCU_INIT_POINTER(b->child[0], lpm->spare);
	lpm->spare = b;
	lpm->n_spare++;
	return 0;
}

static struct ecmp_lpm_branch *spare_take(struct ecmp_lpm *lpm)
{
	struct ecmp_lpm_branch *b = lpm->spare;

	lpm->spare = rcu_dereference_protected(b->child[0], 1);
	lpm->n_spare--;
	return b;
}

static void spare_trim(struct ecmp_lpm *lpm)
{
	while (lpm->n_spare > lpm->n_full)
		ecmp_lpm_object_free(lpm, spare_take(lpm),
				     sizeof(struct ecmp_lpm_branch));
}

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
	struct ecmp_lpm_branch *c;
	struct ecmp_lpm_node *n;

	while (b->len < p->len) {
		c = ecmp_lpm_deref(b->child[ecmp_addr_bit(&p->addr, b->len)]);
		if (!c)
			break;
		b = c;
	}
	n = ecmp_lpm_first(b);
	return min3(ecmp_lpm_common(&n->prefix.addr, &p->addr),
		    (unsigned int)n->prefix.len, (unsigned int)p->len);
}

static void place_find(const struct ecmp_lpm *lpm, const struct ecmp_prefix *p,
		       struct place *at)
{
	struct ecmp_lpm_branch *b = ecmp_lpm_deref(lpm->rib), *other;
	unsigned int bit;

	*at = (struct place){
		.link = (struct ecmp_lpm_branch __rcu **)&lpm->rib
	};
	if (!b)
		return;
	at->common = common_on_way(b, p);
	while (b && b->len < p->len && b->len <= at->common) {
		bit = ecmp_addr_bit(&p->addr, b->len);
		other = ecmp_lpm_deref(b->child[!bit]);
		if (!bit && other)
			at->right = other;
		at->above = b;
		at->link = &b->child[bit];
		b = ecmp_lpm_deref(*at->link);
	}
	at->below = b;
}

static bool is_exact(const struct place *at, const struct ecmp_prefix *p)
{
	return at->below && at->below->len == p->len && at->common == p->len;
}

/* @node takes the place of the glue of the same prefix. */
static int link_over_glue(struct ecmp_lpm *lpm, const struct place *at,
			  struct ecmp_lpm_node *node)
{
	struct ecmp_lpm_branch *glue = at->below;
	int err;

	err = spare_add(lpm);
	if (err)
		return err;
	RCU_INIT_POINTER(node->child[0], ecmp_lpm_deref(glue->child[0]));
	RCU_INIT_POINTER(node->child[1], ecmp_lpm_deref(glue->child[1]));
	lpm->n_full++;
	publish(lpm, at->link, &node->branch);
	ecmp_lpm_retire(lpm, glue, sizeof(*glue));
	return 0;
}

/* @node parts from what is there: both hang below new glue. */
static int link_beside(struct ecmp_lpm *lpm, const struct place *at,
		       struct ecmp_lpm_node *node)
{
	struct ecmp_lpm_branch *glue = glue_alloc(lpm);
	unsigned int bit = ecmp_addr_bit(&node->prefix.addr, at->common);

	if (!glue)
		return -ENOMEM;
	glue->len = at->common;
	RCU_INIT_POINTER(glue->child[bit], &node->branch);
	RCU_INIT_POINTER(glue->child[!bit], at->below);
	publish(lpm, at->link, glue);
	return 0;
}

/* @node hangs at the end of a way; its parent may become full by that. */
static int link_at_end(struct ecmp_lpm *lpm, const struct place *at,
		       struct ecmp_lpm_node *node)
{
	int err;

	if (at->above && (rcu_access_pointer(at->above->child[0]) ||
			  rcu_access_pointer(at->above->child[1]))) {
		err = spare_add(lpm);
		if (err)
			return err;
		lpm->n_full++;
	}
	publish(lpm, at->link, &node->branch);
	return 0;
}

/**
 * ecmp_lpm_rib_link - store a node
 * @lpm: the table
 * @node: with its prefix; linked as it is, with its value
 *
 * Context: writer, may sleep.
 * Return: 0, -EEXIST, or -ENOMEM with nothing changed.
 */
int ecmp_lpm_rib_link(struct ecmp_lpm *lpm, struct ecmp_lpm_node *node)
{
	const struct ecmp_prefix *p = &node->prefix;
	const struct ecmp_addr *addr;
	struct place at;

	place_find(lpm, p, &at);
	if (is_exact(&at, p) && !at.below->glue)
		return -EEXIST;
	RCU_INIT_POINTER(node->child[0], NULL);
	RCU_INIT_POINTER(node->child[1], NULL);
	node->len = p->len;
	node->glue = 0;
	if (!at.below)
		return link_at_end(lpm, &at, node);
	if (is_exact(&at, p))
		return link_over_glue(lpm, &at, node);
	if (at.common < p->len)
		return link_beside(lpm, &at, node);
	addr = &ecmp_lpm_first(at.below)->prefix.addr;
	RCU_INIT_POINTER(node->child[ecmp_addr_bit(addr, p->len)], at.below);
	publish(lpm, at.link, &node->branch);
	return 0;
}

/* The pointer that leads to @b, a branch on the way of @p. */
static struct ecmp_lpm_branch __rcu **
link_of(struct ecmp_lpm *lpm, const struct ecmp_lpm_branch *b,
	const struct ecmp_prefix *p, struct ecmp_lpm_branch **above)
{
	struct ecmp_lpm_branch __rcu **link = &lpm->rib;
	struct ecmp_lpm_branch *c;

	*above = NULL;
	while ((c = rcu_dereference_protected(*link, 1)) != b) {
		*above = c;
		link = &c->child[ecmp_addr_bit(&p->addr, c->len)];
	}
	return link;
}

/**
 * ecmp_lpm_rib_unlink - take a node out
 * @lpm: the table
 * @node: stored in it; readers may stand on it for one more grace period
 *
 * Never fails. Context: writer, may sleep.
 */
void ecmp_lpm_rib_unlink(struct ecmp_lpm *lpm, struct ecmp_lpm_node *node)
{
	struct ecmp_lpm_branch *above, *glue, *child[2];
	struct ecmp_lpm_branch __rcu **link;

	link = link_of(lpm, &node->branch, &node->prefix, &above);
	child[0] = rcu_dereference_protected(node->child[0], 1);
	child[1] = rcu_dereference_protected(node->child[1], 1);
	if (child[0] && child[1]) {
		glue = spare_take(lpm);
		lpm->n_full--;
		glue->len = node->len;
		RCU_INIT_POINTER(glue->child[0], child[0]);
		RCU_INIT_POINTER(glue->child[1], child[1]);
		publish(lpm, link, glue);
	} else if (child[0] || child[1] || !above || !above->glue) {
		lpm->n_full -= !child[0] && !child[1] && is_full(above);
		publish(lpm, link, child[0] ?: child[1]);
		spare_trim(lpm);
	} else {
		/* Glue with one child left: that child takes its place. */
		glue = above;
		child[0] = rcu_dereference_protected(glue->child[0], 1);
		child[1] = rcu_dereference_protected(glue->child[1], 1);
		link = link_of(lpm, glue, &node->prefix, &above);
		publish(lpm, link, child[child[0] == &node->branch]);
		ecmp_lpm_retire(lpm, glue, sizeof(*glue));
	}
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
	u32 value, best = 0;

	while (b && b->len < len) {
		if (!b->glue) {
			if (!ecmp_prefix_match(&ecmp_lpm_node_of(b)->prefix,
					       addr))
				break;
			value = READ_ONCE(b->value);
			if (value)
				best = value;
			if (b->len == lpm->bits)
				break;
		}
		b = ecmp_lpm_deref(b->child[ecmp_addr_bit(addr, b->len)]);
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
	unsigned int seq;

	do {
		seq = read_seqcount_begin(&lpm->seq);
		b = ecmp_lpm_deref(lpm->rib);
		while (b && b->len < prefix->len)
			b = ecmp_lpm_deref(b->child[ecmp_addr_bit(&prefix->addr,
								  b->len)]);
		node = b && !b->glue ? ecmp_lpm_node_of(b) : NULL;
		if (node && !ecmp_prefix_equal(&node->prefix, prefix))
			node = NULL;
	} while (read_seqcount_retry(&lpm->seq, seq));
	return node;
}

/* The first node behind @p in order, or at it unless @after. */
static struct ecmp_lpm_branch *order_find(const struct ecmp_lpm *lpm,
					  const struct ecmp_prefix *p,
					  bool after)
{
	struct ecmp_lpm_branch *b, *child;
	struct place at;

	place_find(lpm, p, &at);
	b = at.below;
	if (!b)
		return at.right;
	if (at.common < p->len)
		/* All below parts from @p here, to one side or the other. */
		return ecmp_addr_bit(&p->addr, at.common) ? at.right : b;
	if (!after || b->len > p->len)
		return b;
	child = ecmp_lpm_deref(b->child[0]);
	if (!child)
		child = ecmp_lpm_deref(b->child[1]);
	return child ?: at.right;
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
	return order_node(lpm, &node->prefix, true);
}

/**
 * ecmp_lpm_rib_free - free all glue, in one walk
 * @lpm: the table; nobody reads it any more
 * @release: called for each stored node, which it may free; or NULL
 * @ctx: for @release
 */
void ecmp_lpm_rib_free(struct ecmp_lpm *lpm,
		       void (*release)(struct ecmp_lpm_node *node, void *ctx),
		       void *ctx)
{
	struct ecmp_lpm_branch *b, *left, *right;

	/* Turn the trie right while it goes down: no stack is needed. */
	b = rcu_dereference_protected(lpm->rib, 1);
	while (b) {
		left = rcu_dereference_protected(b->child[0], 1);
		if (left) {
			right = rcu_dereference_protected(left->child[1], 1);
			RCU_INIT_POINTER(b->child[0], right);
			RCU_INIT_POINTER(left->child[1], b);
			b = left;
			continue;
		}
		left = b;
		b = rcu_dereference_protected(b->child[1], 1);
		if (left->glue)
			ecmp_lpm_object_free(lpm, left, sizeof(*left));
		else if (release)
			release(ecmp_lpm_node_of(left), ctx);
	}
	RCU_INIT_POINTER(lpm->rib, NULL);
	lpm->n_full = 0;
	spare_trim(lpm);
}
