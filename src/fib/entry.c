// SPDX-License-Identifier: GPL-2.0
/*
 * Entries: one prefix of one table, its routes, and the group of candidates
 * that it publishes.
 */
#include <linux/slab.h>

#include "entry.h"
#include "kernel_paths.h"
#include "policy.h"
#include "../netns.h"

/* Sizes that kmalloc() has. */
static_assert(sizeof(struct ecmp_entry) <= 96);
static_assert(sizeof(struct ecmp_route) <= 64);

#define ECMP_TABLE_SLICE	1024	/* prefixes freed per hold of the mutex */

static struct ecmp_entry *ecmp_entry_of(struct ecmp_lpm_node *node)
{
	return node ? container_of(node, struct ecmp_entry, node) : NULL;
}

static struct ecmp_lpm *ecmp_table_lpm(const struct ecmp_table *t, u8 family)
{
	return rcu_dereference_protected(t->lpm[ecmp_family_index(family)],
					 true);
}

/**
 * ecmp_entry_group - the group of a prefix
 * @entry: entry of a table
 *
 * Return: what its candidates were made into, without a reference; NULL: none
 *	is configured.
 * Context: en->lock.
 */
struct ecmp_group *ecmp_entry_group(const struct ecmp_entry *entry)
{
	u32 value = entry->node.value;

	if (!value)
		return NULL;
	return ecmp_value_group(&entry->table->config->en->groups, value);
}

/**
 * ecmp_entry_find - find a prefix of a table
 * @table: table
 * @family: AF_INET or AF_INET6
 * @dst: prefix
 *
 * Return: the entry, or NULL.
 * Context: en->lock.
 */
struct ecmp_entry *ecmp_entry_find(struct ecmp_table *table, u8 family,
				   const struct ecmp_prefix *dst)
{
	struct ecmp_lpm *lpm = ecmp_table_lpm(table, family);

	return lpm ? ecmp_entry_of(ecmp_lpm_find(lpm, dst)) : NULL;
}

/**
 * ecmp_entry_find_from - first prefix of a table that is not before another
 * @table: table
 * @family: AF_INET or AF_INET6
 * @dst: where to start, in the order of ecmp_prefix_cmp()
 *
 * Return: the entry, or NULL.
 * Context: en->lock.
 */
struct ecmp_entry *ecmp_entry_find_from(struct ecmp_table *table, u8 family,
					const struct ecmp_prefix *dst)
{
	struct ecmp_lpm *lpm = ecmp_table_lpm(table, family);

	return lpm ? ecmp_entry_of(ecmp_lpm_find_from(lpm, dst)) : NULL;
}

/**
 * ecmp_entry_next - the prefix after another
 * @entry: entry of a table
 *
 * Return: the next entry of the same family, or NULL.
 * Context: en->lock.
 */
struct ecmp_entry *ecmp_entry_next(struct ecmp_entry *entry)
{
	struct ecmp_lpm *lpm = ecmp_table_lpm(entry->table, entry->family);

	return ecmp_entry_of(ecmp_lpm_next(lpm, &entry->node));
}

/**
 * ecmp_entry_walk_from - begin to walk through the prefixes of a table
 * @walk: where it will stand
 * @table: table
 * @family: AF_INET or AF_INET6
 * @dst: where to start, as for ecmp_entry_find_from()
 *
 * It ends with the next prefix that is added or goes.
 *
 * Context: en->lock, held until the walk is over.
 */
void ecmp_entry_walk_from(struct ecmp_lpm_walk *walk,
			  const struct ecmp_table *table, u8 family,
			  const struct ecmp_prefix *dst)
{
	struct ecmp_lpm *lpm = ecmp_table_lpm(table, family);

	walk->n = 0;
	if (lpm)
		ecmp_lpm_walk_from(walk, lpm, dst);
}

/**
 * ecmp_entry_walk_next - the next prefix of a walk
 * @walk: where it stands
 *
 * Return: the entry, or NULL at the end.
 * Context: en->lock.
 */
struct ecmp_entry *ecmp_entry_walk_next(struct ecmp_lpm_walk *walk)
{
	return ecmp_entry_of(ecmp_lpm_walk_next(walk));
}

/* The table's look-up structure of a family, made when it is first needed. */
static struct ecmp_lpm *ecmp_table_lpm_get(struct ecmp_table *table, u8 family)
{
	struct ecmp_lpm *lpm = ecmp_table_lpm(table, family);

	if (lpm)
		return lpm;
	lpm = ecmp_lpm_alloc(ecmp_family_bits(family));
	if (!lpm)
		return NULL;
	/* A table that is being built is compiled once, when it is whole. */
	if (table->config->live && ecmp_lpm_compile(lpm)) {
		ecmp_lpm_free(lpm);
		return NULL;
	}
	rcu_assign_pointer(table->lpm[ecmp_family_index(family)], lpm);
	return lpm;
}

/**
 * ecmp_entry_get - find a prefix of a table, or make room for it
 * @table: table
 * @family: AF_INET or AF_INET6
 * @dst: prefix
 *
 * Return: the entry, perhaps without routes: end with ecmp_entry_put(); NULL
 *	when out of memory.
 * Context: process, en->lock.
 */
struct ecmp_entry *ecmp_entry_get(struct ecmp_table *table, u8 family,
					 const struct ecmp_prefix *dst)
{
	struct ecmp_lpm *lpm = ecmp_table_lpm_get(table, family);
	struct ecmp_entry *entry = NULL;
	int err;

	if (!lpm)
		return NULL;
	/* In a table that is being built most are new. */
	if (table->config->live)
		entry = ecmp_entry_of(ecmp_lpm_find(lpm, dst));
	if (entry)
		return entry;

	entry = kzalloc(sizeof(*entry), ECMP_GFP);
	if (!entry)
		return NULL;
	entry->node.addr = dst->addr;
	entry->node.len = dst->len;
	entry->table = table;
	entry->family = family;
	err = ecmp_lpm_insert(lpm, &entry->node);
	if (!err)
		return entry;
	kfree(entry);
	return err == -EEXIST ? ecmp_entry_of(ecmp_lpm_find(lpm, dst)) : NULL;
}

/**
 * ecmp_entry_put - forget a prefix if it has no routes left
 * @entry: entry; may be gone afterwards
 *
 * Context: process, en->lock.
 */
void ecmp_entry_put(struct ecmp_entry *entry)
{
	struct ecmp_lpm *lpm = ecmp_table_lpm(entry->table, entry->family);
	struct ecmp_group *group;

	if (!ecmp_entry_is_empty(entry))
		return;
	group = ecmp_entry_group(entry);
	ecmp_lpm_remove(lpm, &entry->node);
	ecmp_group_put(group);
	kfree_rcu(entry, rcu);
}

static bool ecmp_route_is_candidate(const struct ecmp_route *r)
{
	return !(r->flags & ECMP_ROUTE_DISABLED) &&
	       r->distance != ECMP_DISTANCE_UNUSED;
}

/**
 * ecmp_route_is_default - does a route make its next hop an uplink?
 * @r: route of a prefix
 *
 * Context: en->lock.
 */
bool ecmp_route_is_default(const struct ecmp_route *r)
{
	return !r->entry->node.len && ecmp_route_is_candidate(r);
}

/* Kernel and ecmpctl disagree on the type at one distance: ecmpctl's hold. */
static bool ecmp_leg_yields(const struct ecmp_entry *entry, u8 type,
			    u8 distance)
{
	const struct ecmp_route *r;

	ecmp_for_each_route(r, entry)
		if (ecmp_route_is_candidate(r) && r->distance == distance &&
		    r->type != type)
			return true;
	return false;
}

static struct ecmp_member *ecmp_members_have(struct ecmp_member *m,
					     unsigned int n, u8 type,
					     const struct ecmp_nexthop *nh)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (m[i].type == type && m[i].nexthop == nh)
			return &m[i];
	return NULL;
}

static unsigned int ecmp_entry_own_members(const struct ecmp_entry *entry,
					   struct ecmp_member *m)
{
	const struct ecmp_route *r;
	unsigned int n = 0;

	ecmp_for_each_route(r, entry) {
		if (n == ECMP_PREFIX_ROUTES_MAX)
			break;
		if (!ecmp_route_is_candidate(r) ||
		    ecmp_members_have(m, n, r->type, r->nexthop))
			continue;
		m[n++] = (struct ecmp_member) {
			.nexthop = r->nexthop,
			.type = r->type,
			.distance = r->distance,
			.weight = r->weight,
			.flags = r->flags & ECMP_ROUTE_ONLINK ?
				 ECMP_MEMBER_F_ONLINK : 0,
		};
	}
	return n;
}

/*
 * The candidates of a prefix: one member a next hop. Of several routes of one
 * next hop the first counts, and ecmpctl's before the kernel's. A route of the
 * kernel that gives way to one of ecmpctl's is its best one nonetheless: no
 * worse one takes its place.
 */
static unsigned int ecmp_entry_members(const struct ecmp_entry *entry,
				       struct ecmp_member *m)
{
	const struct ecmp_config *config = entry->table->config;
	unsigned int i, n = ecmp_entry_own_members(entry, m);
	const struct ecmp_kernel_paths *k = entry->kernel;
	unsigned int legs = !k ? 0 : k->leg[0].whole ? 1 : k->n;
	struct ecmp_member *same;

	for (i = 0; i < legs && n < ECMP_PREFIX_ROUTES_MAX; i++) {
		const struct ecmp_kernel_leg *leg = &k->leg[i];
		u8 distance = ecmp_kernel_distance(config, leg);

		if (distance == ECMP_DISTANCE_UNUSED)
			continue;
		same = ecmp_members_have(m, n, leg->type, leg->nexthop);
		if (same) {
			/* It says nothing where there is no worse one. */
			if (!(same->flags & (ECMP_MEMBER_F_KERNEL |
					     ECMP_MEMBER_F_BOTH)) &&
			    k->leg[k->n - 1].rank > leg->rank) {
				same->flags |= ECMP_MEMBER_F_BOTH;
				same->both = leg->rank;
			}
			continue;
		}
		/* Left to itself the kernel looks into its main table. */
		if (leg->type == ECMP_MEMBER_NATIVE &&
		    entry->table != config->main)
			continue;
		m[n++] = (struct ecmp_member) {
			.nexthop = leg->nexthop,
			.type = leg->type,
			.distance = distance,
			.weight = leg->weight,
			.rank = leg->rank,
			.flags = ECMP_MEMBER_F_KERNEL |
				 (ecmp_leg_yields(entry, leg->type, distance) ?
				  ECMP_MEMBER_F_YIELDS : 0),
			.object = leg->nh_id,
		};
	}
	return n;
}

/**
 * ecmp_entry_count - how many routes a prefix has, the kernel's too
 * @entry: entry
 *
 * Context: en->lock.
 */
unsigned int ecmp_entry_count(const struct ecmp_entry *entry)
{
	unsigned int n = entry->kernel ? entry->kernel->n : 0;
	const struct ecmp_route *r;

	ecmp_for_each_route(r, entry)
		n++;
	return n;
}

/*
 * The group whose flows the next one of this prefix is to keep where they are.
 * In a configuration that is being built that is the live one's.
 */
static const struct ecmp_group *ecmp_entry_former(const struct ecmp_entry *entry)
{
	const struct ecmp_prefix prefix = ecmp_lpm_prefix(&entry->node);
	const struct ecmp_config *config = entry->table->config;
	struct ecmp_config *live = config->en->config;
	struct ecmp_table *table;

	if (config->settings.hash_seed)
		return NULL;
	if (config->live || !live)
		return ecmp_entry_group(entry);
	table = ecmp_table_find(live, entry->table->name);
	entry = table ? ecmp_entry_find(table, entry->family, &prefix) : NULL;
	return entry ? ecmp_entry_group(entry) : NULL;
}

/**
 * ecmp_entry_publish - let packets see what the routes of a prefix say now
 * @entry: entry with its routes in order
 *
 * What takes candidates away has its memory since they were added, but see
 * ecmp_group_make().
 *
 * Return: 0, or -ENOMEM with packets seeing what they saw.
 * Context: process, en->lock.
 */
int ecmp_entry_publish(struct ecmp_entry *entry)
{
	struct ecmp_net *en = entry->table->config->en;
	struct ecmp_lpm *lpm = ecmp_table_lpm(entry->table, entry->family);
	struct ecmp_group *old = ecmp_entry_group(entry), *group = NULL;
	unsigned int n = ecmp_entry_count(entry);
	struct ecmp_member *members;
	int err = 0;
	u32 value = 0;
	bool must;

	/* Its table ends. */
	if (!lpm)
		return 0;
	members = ecmp_groups_members(en, n);
	if (!members)
		return -ENOMEM;
	n = ecmp_entry_members(entry, members);
	must = old && n < old->n_members;
	if (n) {
		group = ecmp_group_find(en, members, n);
		if (!group)
			group = ecmp_group_make(en, members, n,
						ecmp_entry_former(entry), must);
		if (!group)
			return -ENOMEM;
		value = ecmp_value(group, entry->node.len);
	}
	if (must)
		ecmp_lpm_set_must(lpm, &entry->node, value);
	else
		err = ecmp_lpm_set(lpm, &entry->node, value);
	if (!err)
		en->publications += entry->table->config->live;
	ecmp_group_put(err ? group : old);
	return err;
}

/* By distance, then gateway and device. */
static bool ecmp_route_before(const struct ecmp_route *a,
			      const struct ecmp_route *b)
{
	if (a->distance != b->distance)
		return a->distance < b->distance;
	if (a->type != b->type)
		return a->type < b->type;
	return a->nexthop && b->nexthop &&
	       memcmp(&a->nexthop->key.gateway, &b->nexthop->key.gateway,
		      sizeof(a->nexthop->key) -
		      offsetof(struct ecmp_nexthop_key, gateway)) < 0;
}

/**
 * ecmp_route_link - put a route in its place among those of its prefix
 * @entry: prefix
 * @route: in no list
 *
 * Context: en->lock.
 */
void ecmp_route_link(struct ecmp_entry *entry, struct ecmp_route *route)
{
	struct ecmp_route **at = &entry->routes;

	while (*at && !ecmp_route_before(route, *at))
		at = &(*at)->next;
	route->next = *at;
	*at = route;
}

/**
 * ecmp_route_unlink - take a route out of those of its prefix
 * @route: in its prefix's list
 *
 * Context: en->lock.
 */
void ecmp_route_unlink(struct ecmp_route *route)
{
	struct ecmp_route **at = &route->entry->routes;

	while (*at != route)
		at = &(*at)->next;
	*at = route->next;
}

/**
 * ecmp_entry_tell - ecmpctl's routes of a prefix changed
 * @entry: the prefix
 *
 * Which default routes are kept in the kernel follows from them.
 *
 * Context: en->lock.
 */
void ecmp_entry_tell(const struct ecmp_entry *entry)
{
	if (!entry->node.len && entry->table->config->live)
		ecmp_kernel_defaults_changed(entry->table->config->en);
}

/**
 * ecmp_route_count - count a route in or out
 * @entry: its prefix
 * @route: route
 * @n: 1 or -1
 *
 * Context: en->lock.
 */
void ecmp_route_count(struct ecmp_entry *entry, const struct ecmp_route *route,
		      int n)
{
	struct ecmp_table *table = entry->table;

	table->n_routes[ecmp_family_index(entry->family)] += n;
	if (route->nexthop)
		ecmp_nexthop_count(route->nexthop, table->config,
				   ecmp_route_is_default(route), n);
	table->n_static += n;
	table->config->n_static += n;
	ecmp_entry_tell(entry);
}

/**
 * ecmp_route_leave - a route does not use a next hop any more
 * @route: route; counted no longer
 * @nh: what its next hop was, or NULL; may be gone afterwards
 *
 * If it was the last to say that the gateway is on-link, others may not live
 * without it.
 *
 * Context: process, en->lock.
 */
void ecmp_route_leave(const struct ecmp_route *route, struct ecmp_nexthop *nh)
{
	if (nh && route->flags & ECMP_ROUTE_ONLINK && !--nh->onlink_refs &&
	    nh->refs > 1)
		ecmp_nexthop_settle(nh);
	ecmp_nexthop_put(nh);
}

/**
 * ecmp_route_more_free - free what a route said besides
 * @more: of no route any more, asking for nothing; or NULL
 *
 * Context: process.
 */
void ecmp_route_more_free(struct ecmp_route_more *more)
{
	if (!more)
		return;
	kfree(more->check);
	kfree(more);
}

/**
 * ecmp_route_free - free a route
 * @route: in no prefix's list; its next hop is given back
 *
 * Context: process, en->lock.
 */
void ecmp_route_free(struct ecmp_route *route)
{
	list_del(&route->resolve);
	ecmp_check_unask(route);
	ecmp_route_leave(route, route->nexthop);
	ecmp_route_more_free(route->more);
	kfree(route);
}

/**
 * struct ecmp_table_end - how far the end of a table is
 * @en: namespace
 * @left: prefixes until en->lock is to be released for a moment; 0: it is not
 */
struct ecmp_table_end {
	struct ecmp_net	*en;
	unsigned int	left;
};

static void ecmp_entry_end(struct ecmp_lpm_node *node, void *ctx)
{
	struct ecmp_entry *entry = ecmp_entry_of(node);
	struct ecmp_table_end *end = ctx;
	struct ecmp_route *r;

	while ((r = entry->routes)) {
		entry->routes = r->next;
		ecmp_route_count(entry, r, -1);
		ecmp_route_free(r);
	}
	ecmp_entry_forget_kernel(entry);
	ecmp_group_put(ecmp_entry_group(entry));
	kfree(entry);

	if (end->left && !--end->left) {
		end->left = ECMP_TABLE_SLICE;
		/* Device events wait for the mutex with RTNL held. */
		mutex_unlock(&end->en->lock);
		cond_resched();
		mutex_lock(&end->en->lock);
	}
}

/**
 * ecmp_table_clear - take everything out of a table
 * @table: table that packets do not read any more
 * @in_slices: release the mutex now and then; what else has it finds a table
 *	without prefixes
 *
 * Context: process, en->lock.
 */
void ecmp_table_clear(struct ecmp_table *table, bool in_slices)
{
	struct ecmp_table_end end = {
		.en = table->config->en,
		.left = in_slices ? ECMP_TABLE_SLICE : 0,
	};
	struct ecmp_lpm *lpm;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(table->lpm); i++) {
		lpm = rcu_replace_pointer(table->lpm[i], NULL, true);
		ecmp_lpm_destroy(lpm, ecmp_entry_end, &end);
	}
}
