/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Longest-prefix match for both families.
 *
 * Two structures in one: a path-compressed binary trie of the owner's nodes
 * (exact search, ordered walks, the slow correct look-up) and, compiled from
 * it, the multibit trie that packets read. Both may be read under RCU while
 * one writer changes them.
 *
 * Writers are serialised by the caller and may sleep. Readers hold
 * rcu_read_lock() and may run in softirq; for each address they see the
 * answer from before or from after the change in progress, nothing else.
 */
#ifndef _ECMP_LPM_H
#define _ECMP_LPM_H

#include <linux/rcupdate.h>
#include <linux/stddef.h>
#include "prefix.h"

/* A place in the binary trie: see lpm_private.h. */
struct ecmp_lpm_branch;

/**
 * struct ecmp_lpm_node - a prefix, embedded in the owner's object
 * @child: below it, by the bit that follows; or below the fork that it lends
 *	its pointers to; or the nodes beside it among those that lend none
 * @addr: of the prefix; set by the owner before insertion, constant afterwards
 * @value: what a look-up returns for it; 0: stored, but not in the table.
 *	Set by the owner before insertion, by ecmp_lpm_set() afterwards
 * @len: of the prefix, as @addr
 * @use: of @child: the bits above that fork, or one of ECMP_LPM_USE_*
 *
 * The owner frees the object no earlier than one RCU grace period after
 * ecmp_lpm_remove().
 */
struct ecmp_lpm_node {
	struct ecmp_lpm_branch __rcu	*child[2];
	struct ecmp_addr		addr;
	u32				value;
	u8				len;
	u8				use;
};

static inline struct ecmp_prefix ecmp_lpm_prefix(const struct ecmp_lpm_node *n)
{
	return (struct ecmp_prefix){ .addr = n->addr, .len = n->len };
}

struct ecmp_lpm;

struct ecmp_lpm *ecmp_lpm_alloc(unsigned int bits);
void ecmp_lpm_free(struct ecmp_lpm *lpm);
void ecmp_lpm_destroy(struct ecmp_lpm *lpm,
		      void (*release)(struct ecmp_lpm_node *node, void *ctx),
		      void *ctx);
int ecmp_lpm_compile(struct ecmp_lpm *lpm);
int ecmp_lpm_compile_slice(struct ecmp_lpm *lpm);

int ecmp_lpm_insert(struct ecmp_lpm *lpm, struct ecmp_lpm_node *node);
int ecmp_lpm_set(struct ecmp_lpm *lpm, struct ecmp_lpm_node *node, u32 value);
void ecmp_lpm_set_must(struct ecmp_lpm *lpm, struct ecmp_lpm_node *node,
		       u32 value);
void ecmp_lpm_remove(struct ecmp_lpm *lpm, struct ecmp_lpm_node *node);

u32 ecmp_lpm_lookup(const struct ecmp_lpm *lpm, const struct ecmp_addr *addr);
u32 ecmp_lpm_lookup_shorter(const struct ecmp_lpm *lpm,
			    const struct ecmp_addr *addr, unsigned int len);

struct ecmp_lpm_node *ecmp_lpm_find(const struct ecmp_lpm *lpm,
				    const struct ecmp_prefix *prefix);
struct ecmp_lpm_node *ecmp_lpm_find_from(const struct ecmp_lpm *lpm,
					 const struct ecmp_prefix *prefix);
struct ecmp_lpm_node *ecmp_lpm_next(const struct ecmp_lpm *lpm,
				    const struct ecmp_lpm_node *node);
size_t ecmp_lpm_memory(const struct ecmp_lpm *lpm);

#endif /* _ECMP_LPM_H */
