// SPDX-License-Identifier: GPL-2.0
/*
 * The module's longest-prefix match in user space, from the same files.
 */
#include <kernel_shim.h>
#include "lpm.h"
#include "../../../src/lib/lpm.h"
#include "loop.h"

/**
 * struct ours - one table
 * @lpm: the structure
 * @owner: what the module has for a table
 * @node: by the number of the route; NULL: it is not in the table
 * @nodes: bytes of them
 */
struct ours {
	struct ecmp_lpm		*lpm;
	void			*owner;
	struct ecmp_lpm_node	**node;
	size_t			nodes;
};

/* Of the object that a node is part of, and of the one that has the table. */
static size_t entry_size = sizeof(struct ecmp_lpm_node), table_size;

void ours_sizes(unsigned int entry, unsigned int table)
{
	if (entry > entry_size)
		entry_size = entry;
	table_size = table;
}

static void *create(const struct table *t)
{
	struct ours *o = malloc(sizeof(*o));

	*o = (struct ours){
		.lpm = ecmp_lpm_alloc(t->bits),
		.owner = table_size ? kzalloc(table_size, GFP_KERNEL) : NULL,
		.node = calloc(t->n, sizeof(*o->node)),
	};
	if (!o->lpm || !o->node)
		abort();
	return o;
}

static bool add(void *s, const struct table *t, uint32_t i, uint32_t value)
{
	struct ours *o = s;
	struct ecmp_lpm_node *node = o->node[i];

	if (node)
		return !ecmp_lpm_set(o->lpm, node, value);
	node = kzalloc(entry_size, GFP_KERNEL_ACCOUNT);
	memcpy(node->addr.b, t->prefix[i].addr, 16);
	node->len = t->prefix[i].len;
	node->value = value;
	if (ecmp_lpm_insert(o->lpm, node)) {
		kfree(node);
		return false;
	}
	o->node[i] = node;
	o->nodes += sizeof(*node);
	return true;
}

static void take_out(void *s, const struct table *t, uint32_t i)
{
	struct ours *o = s;

	ecmp_lpm_remove(o->lpm, o->node[i]);
	kfree(o->node[i]);
	o->node[i] = NULL;
	o->nodes -= sizeof(*o->node[i]);
}

static void finish(void *s)
{
	struct ours *o = s;

	if (ecmp_lpm_compile(o->lpm))
		abort();
}

static void release(struct ecmp_lpm_node *node, void *ctx)
{
	kfree(node);
}

static void destroy(void *s)
{
	struct ours *o = s;

	ecmp_lpm_destroy(o->lpm, release, NULL);
	kfree(o->owner);
	free(o->node);
	free(o);
}

/* All but the nodes, with the little that changes need beside. */
static size_t packets(const void *s)
{
	const struct ours *o = s;

	return ecmp_lpm_memory(o->lpm);
}

static size_t memory(const void *s)
{
	const struct ours *o = s;

	return ecmp_lpm_memory(o->lpm) + o->nodes;
}

static inline uint32_t lookup4(const void *s, const __be32 *addr)
{
	const struct ours *o = s;
	/* Written as it is read. */
	struct ecmp_addr a = {
		.d = { cpu_to_be64((u64)be32_to_cpu(*addr) << 32) }
	};

	return ecmp_lpm_lookup(o->lpm, &a);
}

static inline uint32_t lookup6(const void *s, const struct ecmp_addr *addr)
{
	const struct ours *o = s;

	return ecmp_lpm_lookup(o->lpm, addr);
}

DEFINE_LOOPS(v4, __be32, lookup4)
DEFINE_LOOPS(v6, struct ecmp_addr, lookup6)

const struct kind ours4 = {
	"ecmp", 32, false, create, add, take_out, finish, destroy, packets,
	memory, { v4_free, v4_dependent, v4_polluted }
};
const struct kind ours6 = {
	"ecmp", 128, false, create, add, take_out, finish, destroy, packets,
	memory, { v6_free, v6_dependent, v6_polluted }
};
