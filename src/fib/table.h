/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ECMP_TABLE_H
#define _ECMP_TABLE_H

#include <linux/kref.h>
#include <linux/list.h>
#include <uapi/linux/ecmp.h>

#include "counter.h"
#include "request.h"
#include "../lib/lpm.h"

struct ecmp_config;
struct ecmp_group;
struct mem_cgroup;

/* Index of a family in arrays of two. */
static inline unsigned int ecmp_family_index(u8 family)
{
	return family == AF_INET6;
}

static inline unsigned int ecmp_family_bits(u8 family)
{
	return family == AF_INET6 ? 128 : 32;
}

/* Attributes of a table as a person names them; kernel_id 0: none. */
struct ecmp_table_config {
	char	name[ECMP_NAME_MAX + 1];
	bool	has_hash_policy;
	u8	hash_policy;
	bool	has_balance;
	u8	balance;
	bool	has_failback;
	u8	failback;
	u32	kernel_id;
};

/**
 * struct ecmp_table_sweep - where the sweep of a table stands
 * @epoch: ecmp_kernel_routes.epoch that it is for
 * @family: ecmp_family_index() of what is swept; 2: it is done
 * @at: the next prefix
 */
struct ecmp_table_sweep {
	u32			epoch;
	u8			family;
	struct ecmp_prefix	at;
};

#define ECMP_TURNS	64	/* groups of a table that keep their turns at once */

/**
 * struct ecmp_turns - whose turn it is in a table's groups, one a CPU
 * @of: by the id of the group
 * @group: whose turns these are; 0: nobody's. One that takes another's place
 *	begins anywhere, so that many groups share by chance, by their weights.
 * @next: the turn to come
 *
 * Written by the CPU's own packets with bottom halves off.
 */
struct ecmp_turns {
	struct {
		u32	group;
		u32	next;
	} of[ECMP_TURNS];
};

/**
 * struct ecmp_table - a name and, per family, prefixes with their groups
 * @lpm: by ecmp_family_index(); NULL until the first route of the family
 * @kernel_id: the kernel's table that it follows; 0: none
 * @hash_policy: ECMP_HASH_POLICY_*, INHERIT: that of the settings
 * @balance: ECMP_BALANCE_*
 * @turns: for those that go by turns; once there it stays
 * @failback: ECMP_FAILBACK_*
 * @counter: packets that it decided
 * @name: constant
 * @config: the configuration that it is part of; NULL once it left
 * @n_routes: by ecmp_family_index(), the kernel's and disabled ones too
 * @n_static: ecmpctl's routes, both families
 * @n_rules: rules of its configuration that name it
 * @busy: its routes are being deleted, in slices: nobody else may name it
 * @sweep: how far what the kernel did not tell again was swept
 * @payer: memory cgroup of who made it, which is charged for the kernel's
 *	routes in it, whoever has the kernel add them; held
 * @ref: the configuration, and policies that packets may still read
 * @list: in ecmp_config.tables, in order of creation, main first
 * @hash: in ecmp_config.table_hash
 */
struct ecmp_table {
	struct ecmp_lpm __rcu		*lpm[2];
	u32				kernel_id;
	u8				hash_policy;
	u8				balance;
	struct ecmp_turns __percpu	*turns;
	u8				failback;
	struct ecmp_counter __percpu	*counter;
	char				name[ECMP_NAME_MAX + 1];
	struct ecmp_config		*config;
	u32				n_routes[2];
	u32				n_static;
	u32				n_rules;
	bool				busy;
	struct ecmp_table_sweep		sweep;
	struct mem_cgroup		*payer;
	struct kref			ref;
	struct list_head		list;
	struct hlist_node		hash;
};

bool ecmp_table_name_ok(const char *name);
struct ecmp_table *ecmp_table_find(struct ecmp_config *config,
				   const char *name);
struct ecmp_table *ecmp_table_add(struct ecmp_config *config,
				  const struct ecmp_table_config *tc,
				  const struct ecmp_request *req);
int ecmp_table_set(struct ecmp_table *table,
		   const struct ecmp_table_config *tc,
		   const struct ecmp_request *req);
int ecmp_table_del(struct ecmp_table *table, const struct ecmp_request *req);
void ecmp_table_get(struct ecmp_table *table);
void ecmp_table_put(struct ecmp_table *table);

#endif /* _ECMP_TABLE_H */
