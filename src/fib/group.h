/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ECMP_GROUP_H
#define _ECMP_GROUP_H

#include <linux/hashtable.h>
#include <linux/idr.h>
#include <linux/list.h>
#include <linux/rcupdate.h>

#include "nexthop.h"

struct ecmp_net;

/* Besides ECMP_ROUTE_*: a kernel route that only the kernel can follow. */
#define ECMP_MEMBER_NATIVE	__ECMP_ROUTE_TYPE_MAX

#define ECMP_MEMBER_F_KERNEL	0x1	/* lives while the kernel keeps it */
#define ECMP_MEMBER_F_ONLINK	0x2	/* the gateway need not be on-link */
#define ECMP_MEMBER_F_BOTH	0x4	/* ecmpctl's, and the kernel's as well */
#define ECMP_MEMBER_F_YIELDS	0x8	/* to ecmpctl's of its distance */

/**
 * struct ecmp_member - one candidate of a prefix
 * @nexthop: NULL unless @type is ECMP_ROUTE_UNICAST; the group holds it
 * @type: ECMP_ROUTE_* or ECMP_MEMBER_NATIVE
 * @distance: 1-254
 * @flags: ECMP_MEMBER_F_*
 * @rank: of a kernel route: carries packets while no lower one lives
 * @weight: 1-256
 * @both: with ECMP_MEMBER_F_BOTH: the rank of the kernel's route: while this
 *	member is open, none of a higher rank carries packets
 * @id: identity for the buckets, unique in its group
 * @live: may carry packets now; written under en->lock, packets read it
 * @draining: is not to get new connections; likewise
 * @object: of a kernel route: number of the nexthop object that it is of;
 *	0: of none
 * @group: the group it is in
 * @on_nexthop: in ecmp_nexthop.members
 */
struct ecmp_member {
	struct ecmp_nexthop	*nexthop;
	u8			type;
	u8			distance;
	u8			flags;
	u8			rank;
	u16			weight;
	u8			both;
	u64			id;
	bool			live;
	bool			draining;
	u32			object;
	struct ecmp_group	*group;
	struct list_head	on_nexthop;
};

/**
 * struct ecmp_group - all candidates of a prefix, shared by content
 * @live: members that own buckets now; 0: as if the prefix were not there.
 *	Written after the buckets when it rises from 0.
 * @mask: number of buckets - 1
 * @bucket: owner of each bucket, an index into @member; single bytes that
 *	change in place, so that a failover needs no memory
 * @id: index in ecmp_groups.array
 * @refs: prefixes that use it; en->lock
 * @n_members: constant
 * @n_first: constant: members that are used while all of them live
 * @tier: the one in use now, see ecmp_member_tier(); en->lock
 * @rank: of the kernel's routes the one in use now; en->lock
 * @turns: how many @turn of one round; written after these
 * @last_resort: draining members are used like the others; en->lock
 * @adapted: its buckets have a past; en->lock
 * @hash: in ecmp_groups.hash
 * @en: its namespace
 * @size: bytes of this
 * @rcu: packets may hold it
 * @member: sorted by tier, rank, then id
 *
 * Behind the members are the buckets; then who would own them if all lived, see
 * ecmp_group_home(); then whose turn it is, for tables that balance so, see
 * ecmp_group_turn().
 */
struct ecmp_group {
	u32			live;
	u32			mask;
	u8			*bucket;
	u32			id;
	u32			refs;
	u16			n_members;
	u16			n_first;
	u16			tier;
	u8			rank;
	bool			last_resort;
	bool			adapted;
	u32			turns;
	struct hlist_node	hash;
	struct ecmp_net		*en;
	size_t			size;
	struct rcu_head		rcu;
	struct ecmp_member	member[];
};

/* From group id to group, for packets; grows, replaced under RCU. */
struct ecmp_group_array {
	struct rcu_head			rcu;
	u32				size;
	struct ecmp_group __rcu		*group[];
};

/**
 * struct ecmp_groups - the groups of a namespace
 * @array: by id, for packets
 * @hash: by content
 * @ids: those in use
 * @scratch: for dealing buckets, enough for every group that there is
 * @scratch_size: bytes
 * @members: for the candidates of one prefix, enough for each that there is
 * @n_members: how many
 * @spare: memory for a group of one candidate less than any that there is, so
 *	that taking a candidate away never waits for memory; NULL: it was used
 * @spare_size: bytes that it is to have
 * @in_turn: some table has not balanced by the hash: turns are dealt, too
 * @count: groups
 * @rebuilds: how often the buckets of one were dealt
 *
 * All but @array under en->lock; @spare is exchanged, as a group that is freed
 * may take its place.
 */
struct ecmp_groups {
	struct ecmp_group_array __rcu	*array;
	DECLARE_HASHTABLE(hash, 10);
	struct ida			ids;
	void				*scratch;
	size_t				scratch_size;
	struct ecmp_member		*members;
	unsigned int			n_members;
	struct ecmp_group		*spare;
	size_t				spare_size;
	bool				in_turn;
	u32				count;
	u64				rebuilds;
};

/*
 * Members of one tier carry packets side by side, those of the lowest that has
 * a live one. What yields comes behind ecmpctl's of the same distance.
 */
static inline u16 ecmp_member_tier(const struct ecmp_member *m)
{
	return m->distance * 2 + !!(m->flags & ECMP_MEMBER_F_YIELDS);
}

/* What a table's look-up structure stores for a prefix. */
static inline u32 ecmp_value(const struct ecmp_group *group, u8 len)
{
	return group->id << 8 | len;
}

static inline u8 ecmp_value_len(u32 value)
{
	return value;
}

/* Packets, or en->lock. NULL cannot happen for a published value. */
static inline struct ecmp_group *ecmp_value_group(const struct ecmp_groups *gs,
						  u32 value)
{
	struct ecmp_group_array *a = rcu_dereference_check(gs->array, 1);

	return rcu_dereference_check(a->group[value >> 8], 1);
}

/* Owners of the buckets if all lived, among the first ecmp_group.n_first. */
static inline u8 *ecmp_group_home(const struct ecmp_group *group)
{
	return group->bucket + group->mask + 1;
}

/* Whose turn it is, by turn: indices into ecmp_group.member, as the buckets. */
static inline u8 *ecmp_group_turn(const struct ecmp_group *group)
{
	return ecmp_group_home(group) + group->mask + 1;
}

int ecmp_groups_init(struct ecmp_net *en);
void ecmp_groups_exit(struct ecmp_net *en);
struct ecmp_member *ecmp_groups_members(struct ecmp_net *en, unsigned int n);
struct ecmp_group *ecmp_group_find(struct ecmp_net *en,
				   struct ecmp_member *member, unsigned int n);
struct ecmp_group *ecmp_group_make(struct ecmp_net *en,
				   const struct ecmp_member *member,
				   unsigned int n,
				   const struct ecmp_group *former, bool must);
void ecmp_group_put(struct ecmp_group *group);
void ecmp_groups_agree(struct ecmp_net *en);

/* group_deal.c */
void ecmp_group_settle(struct ecmp_group *group,
		       const struct ecmp_group *former);
void ecmp_group_agree(struct ecmp_group *group);
bool ecmp_group_refresh(struct ecmp_group *group);
void ecmp_groups_take_turns(struct ecmp_net *en);
void ecmp_groups_refresh(struct ecmp_net *en, u32 object);
bool ecmp_member_used(const struct ecmp_group *g, const struct ecmp_member *m);
enum ecmp_reason ecmp_member_reason(const struct ecmp_group *g,
				    const struct ecmp_member *m);

/* owner.c */
struct ecmp_member *ecmp_group_owner(struct ecmp_group *group, u8 family,
				     const struct ecmp_addr *addr);

#endif /* _ECMP_GROUP_H */
