// SPDX-License-Identifier: GPL-2.0
/*
 * What the kernel has for a prefix, shared by all prefixes that have the same
 * and put beside ecmpctl's routes of the prefix.
 */
#include <linux/jhash.h>
#include <linux/memcontrol.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "entry.h"
#include "kernel_paths.h"
#include "policy.h"
#include "../netns.h"

#define ECMP_LEG_IDENTITY	offsetofend(struct ecmp_kernel_leg, \
					    gateway_family)

static bool ecmp_leg_equal(const struct ecmp_kernel_leg *a,
			   const struct ecmp_kernel_leg *b)
{
	return !memcmp(a, b, ECMP_LEG_IDENTITY);
}

static u32 ecmp_legs_hash(u8 family, const struct ecmp_kernel_leg *leg,
			  unsigned int n)
{
	u32 h = family;
	unsigned int i;

	for (i = 0; i < n; i++)
		h = jhash(&leg[i], ECMP_LEG_IDENTITY, h);
	return h;
}

static bool ecmp_paths_are(const struct ecmp_kernel_paths *p, u8 family,
			   const struct ecmp_kernel_leg *leg, unsigned int n)
{
	unsigned int i;

	if (p->family != family || p->n != n)
		return false;
	for (i = 0; i < n; i++)
		if (!ecmp_leg_equal(&p->leg[i], &leg[i]))
			return false;
	return true;
}

static void ecmp_leg_put(struct ecmp_nexthop *nh)
{
	if (nh)
		WRITE_ONCE(nh->kernel_refs, nh->kernel_refs - 1);
	ecmp_nexthop_put(nh);
}

static void ecmp_paths_put(struct ecmp_kernel_paths *p)
{
	unsigned int i;

	if (!p || --p->refs)
		return;
	hash_del(&p->hash);
	for (i = 0; i < p->n; i++)
		ecmp_leg_put(p->leg[i].nexthop);
	kvfree(p);
}

/* The next hop of a leg, by the name that its device has now. */
static struct ecmp_nexthop *ecmp_leg_nexthop(struct ecmp_net *en, u8 family,
					     const struct ecmp_kernel_leg *leg)
{
	struct ecmp_nexthop_key key = {
		.family = family,
		.gateway_family = leg->gateway_family,
		.gateway = leg->gateway,
	};
	const struct net_device *dev;
	struct ecmp_nexthop *nh;

	rcu_read_lock();
	dev = dev_get_by_index_rcu(en->net, leg->ifindex);
	/* Else it went meanwhile; that the route went is still to be told. */
	if (dev)
		strscpy(key.device, dev->name, sizeof(key.device));
	rcu_read_unlock();
	nh = ecmp_nexthop_get(en, &key);
	if (nh)
		WRITE_ONCE(nh->kernel_refs, nh->kernel_refs + 1);
	return nh;
}

static struct ecmp_kernel_paths *
ecmp_paths_get(struct ecmp_net *en, u8 family,
	       const struct ecmp_kernel_leg *leg, unsigned int n)
{
	u32 h = ecmp_legs_hash(family, leg, n);
	struct ecmp_kernel_paths *p;
	unsigned int i;

	hash_for_each_possible(en->kernel_paths, p, hash, h) {
		if (!ecmp_paths_are(p, family, leg, n))
			continue;
		p->refs++;
		return p;
	}
	p = kvzalloc(struct_size(p, leg, n), ECMP_GFP);
	if (!p)
		return NULL;
	INIT_LIST_HEAD(&p->entries);
	p->en = en;
	p->refs = 1;
	p->family = family;
	hash_add(en->kernel_paths, &p->hash, h);
	for (i = 0; i < n; i++) {
		p->leg[i] = leg[i];
		p->leg[i].nexthop = NULL;
		p->n++;
		if (leg[i].type != ECMP_ROUTE_UNICAST)
			continue;
		p->leg[i].nexthop = ecmp_leg_nexthop(en, family, &leg[i]);
		if (!p->leg[i].nexthop) {
			ecmp_paths_put(p);
			return NULL;
		}
	}
	return p;
}

static void ecmp_entry_count_kernel(struct ecmp_entry *entry,
				    const struct ecmp_kernel_paths *p, int n)
{
	struct ecmp_table *table = entry->table;
	unsigned int i;

	table->n_routes[ecmp_family_index(entry->family)] += n * p->n;
	for (i = 0; i < p->n; i++)
		if (p->leg[i].nexthop)
			ecmp_nexthop_count(p->leg[i].nexthop, table->config,
					   ecmp_kernel_is_default(entry,
								  &p->leg[i]),
					   n);
}

/* Put @p, or nothing, in the place of what the kernel had for a prefix. */
static int ecmp_entry_kernel_replace(struct ecmp_entry *entry,
				     struct ecmp_kernel_paths *p)
{
	struct ecmp_kernel_paths *old = entry->kernel;
	int err;

	if (p == old)
		return 0;
	/* In this order: an uplink that stays is one all the time. */
	if (p)
		ecmp_entry_count_kernel(entry, p, 1);
	entry->kernel = p;
	err = ecmp_entry_is_empty(entry) ? 0 : ecmp_entry_publish(entry);
	if (err) {
		entry->kernel = old;
		if (p)
			ecmp_entry_count_kernel(entry, p, -1);
		return err;
	}
	if (old) {
		list_del(&entry->on_kernel);
		ecmp_entry_count_kernel(entry, old, -1);
	}
	if (p) {
		p->refs++;
		list_add_tail(&entry->on_kernel, &p->entries);
	}
	ecmp_paths_put(old);
	if (entry->table->config->live)
		entry->table->config->en->kernel_generation++;
	return 0;
}

/**
 * ecmp_entry_forget_kernel - take what the kernel has for a prefix out of it
 * @entry: entry that packets do not read, or no longer
 *
 * Context: process, en->lock.
 */
void ecmp_entry_forget_kernel(struct ecmp_entry *entry)
{
	if (!entry->kernel)
		return;
	list_del(&entry->on_kernel);
	ecmp_entry_count_kernel(entry, entry->kernel, -1);
	ecmp_paths_put(entry->kernel);
	entry->kernel = NULL;
}

/**
 * ecmp_kernel_paths_set - take over what the kernel says of a prefix
 * @table: table that follows the kernel's
 * @family: AF_INET or AF_INET6
 * @dst: prefix
 * @leg: the kernel's next hops for it now
 * @n: how many; 0: the kernel has no route for it any more
 * @epoch: ecmp_kernel_routes.epoch
 *
 * Whoever made the table pays.
 *
 * Return: 0, or -ENOMEM with nothing changed.
 * Context: process, en->lock.
 */
int ecmp_kernel_paths_set(struct ecmp_table *table, u8 family,
			  const struct ecmp_prefix *dst,
			  const struct ecmp_kernel_leg *leg, unsigned int n,
			  u32 epoch)
{
	struct mem_cgroup *before = set_active_memcg(table->payer);
	struct ecmp_kernel_paths *p = NULL;
	struct ecmp_entry *entry;
	int err = -ENOMEM;

	entry = n ? ecmp_entry_get(table, family, dst) :
		    ecmp_entry_find(table, family, dst);
	if (!entry) {
		err = n ? -ENOMEM : 0;
		goto out;
	}
	if (n) {
		ecmp_kernel_object_told(table->config->en, leg, n);
		p = ecmp_paths_get(table->config->en, family, leg, n);
		if (!p)
			goto put_entry;
	}
	err = ecmp_entry_kernel_replace(entry, p);
	if (!err)
		entry->epoch = epoch;
	ecmp_paths_put(p);
put_entry:
	ecmp_entry_put(entry);
out:
	set_active_memcg(before);
	return err;
}

/**
 * ecmp_kernel_paths_share - what the kernel has for a prefix, for another table
 * @to: table of another configuration that follows the same kernel table
 * @from: entry with the kernel's routes
 *
 * Return: 0 or -ENOMEM.
 * Context: process, en->lock.
 */
int ecmp_kernel_paths_share(struct ecmp_table *to,
			    const struct ecmp_entry *from)
{
	const struct ecmp_prefix prefix = ecmp_lpm_prefix(&from->node);
	struct ecmp_entry *entry;
	int err;

	entry = ecmp_entry_get(to, from->family, &prefix);
	if (!entry)
		return -ENOMEM;
	err = ecmp_entry_kernel_replace(entry, from->kernel);
	if (!err)
		entry->epoch = from->epoch;
	ecmp_entry_put(entry);
	return err;
}

/* The same routes, but what they say to packets changed. */
static int ecmp_paths_republish(struct ecmp_kernel_paths *p,
				const struct ecmp_config *only)
{
	struct ecmp_entry *entry;
	int err = 0;

	/* Of one configuration alone it may be so on behalf of another. */
	if (!only)
		p->outdated = false;
	list_for_each_entry(entry, &p->entries, on_kernel) {
		if (!only || entry->table->config == only)
			err = ecmp_entry_publish(entry) ?: err;
		cond_resched();
	}
	if (err) {
		p->outdated = true;
		ecmp_net_retry(p->en);
	}
	return err;
}

/* Does the device of a leg have another name by now? */
static bool ecmp_leg_misnamed(const struct ecmp_kernel_paths *p,
			      const struct ecmp_kernel_leg *leg)
{
	const struct net_device *dev;
	bool misnamed;

	if (!leg->nexthop)
		return false;
	rcu_read_lock();
	dev = dev_get_by_index_rcu(p->en->net, leg->ifindex);
	misnamed = dev && strcmp(dev->name, leg->nexthop->key.device);
	rcu_read_unlock();
	return misnamed;
}

static int ecmp_leg_renamed(struct ecmp_kernel_paths *p,
			    struct ecmp_kernel_leg *leg)
{
	struct ecmp_nexthop *nh = ecmp_leg_nexthop(p->en, p->family, leg);
	struct ecmp_nexthop *old = leg->nexthop;
	struct ecmp_entry *entry;

	if (!nh) {
		ecmp_net_retry(p->en);
		return -ENOMEM;
	}
	/* Its distance may be that of its device's name. */
	list_for_each_entry(entry, &p->entries, on_kernel) {
		leg->nexthop = nh;
		ecmp_nexthop_count(nh, entry->table->config,
				   ecmp_kernel_is_default(entry, leg), 1);
		leg->nexthop = old;
		ecmp_nexthop_count(old, entry->table->config,
				   ecmp_kernel_is_default(entry, leg), -1);
	}
	leg->nexthop = nh;
	ecmp_leg_put(old);
	return 0;
}

/**
 * ecmp_kernel_paths_renamed - a device has another name, or another's number
 * @en: namespace
 * @dev: the device; next hops may have the name before
 *
 * The kernel's routes stay on the device and it says nothing. What finds no
 * memory stays on the old name and is tried again.
 *
 * Context: RTNL, en->lock.
 */
void ecmp_kernel_paths_renamed(struct ecmp_net *en,
			       const struct net_device *dev)
{
	struct ecmp_kernel_paths *p;
	unsigned int i;
	int bkt;

	hash_for_each(en->kernel_paths, bkt, p, hash) {
		bool on = false;

		for (i = 0; i < p->n; i++) {
			if (p->leg[i].ifindex != dev->ifindex ||
			    !ecmp_leg_misnamed(p, &p->leg[i]))
				continue;
			ecmp_leg_renamed(p, &p->leg[i]);
			on = true;
		}
		if (on)
			ecmp_paths_republish(p, NULL);
	}
}

/**
 * ecmp_kernel_paths_retry - try again what found no memory
 * @en: namespace
 *
 * Context: process, en->lock.
 */
void ecmp_kernel_paths_retry(struct ecmp_net *en)
{
	struct ecmp_kernel_paths *p;
	unsigned int i;
	int bkt;

	hash_for_each(en->kernel_paths, bkt, p, hash) {
		bool on = p->outdated;

		for (i = 0; i < p->n; i++) {
			if (!ecmp_leg_misnamed(p, &p->leg[i]))
				continue;
			ecmp_leg_renamed(p, &p->leg[i]);
			on = true;
		}
		if (on)
			ecmp_paths_republish(p, NULL);
	}
}

/* Not even the kernel's other routes may have a gateway of another family. */
static bool ecmp_legs_fit(u8 family, const struct ecmp_kernel_leg *leg,
			  unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (leg[i].gateway_family && leg[i].gateway_family != family)
			return false;
	return true;
}

/*
 * The legs of @p with those of nexthop object @nh_id replaced by @leg; @to has
 * room for ECMP_PREFIX_ROUTES_MAX.
 */
static unsigned int ecmp_legs_exchange(const struct ecmp_kernel_paths *p,
				       u32 nh_id,
				       const struct ecmp_kernel_leg *leg,
				       unsigned int n,
				       struct ecmp_kernel_leg *to)
{
	static const struct ecmp_kernel_leg native = {
		.type = ECMP_MEMBER_NATIVE, .weight = 1,
	};
	unsigned int i, k, out = 0;
	int rank = -1;

	if (!ecmp_legs_fit(p->family, leg, n)) {
		leg = &native;
		n = 1;
	}

	/* An object may have become larger: what is beyond the room is left out. */
	for (i = 0; i < p->n && out < ECMP_PREFIX_ROUTES_MAX; i++) {
		const struct ecmp_kernel_leg *was = &p->leg[i];

		if (was->nh_id != nh_id) {
			to[out++] = *was;
			continue;
		}
		if (was->rank == rank)
			continue;
		rank = was->rank;
		for (k = 0; k < n && out < ECMP_PREFIX_ROUTES_MAX; k++) {
			to[out] = leg[k];
			to[out].metric = was->metric;
			to[out].nh_id = nh_id;
			to[out].rank = was->rank;
			to[out++].protocol = was->protocol;
		}
	}
	return out;
}

static bool ecmp_paths_use(const struct ecmp_kernel_paths *p, u32 nh_id)
{
	unsigned int i;

	for (i = 0; i < p->n; i++)
		if (p->leg[i].nh_id == nh_id)
			return true;
	return false;
}

/* Those of some nexthop object that do not have its new legs yet. */
static struct ecmp_kernel_paths *
ecmp_paths_outdated(struct ecmp_net *en, u32 nh_id,
		    const struct ecmp_kernel_leg *leg, unsigned int n,
		    struct ecmp_kernel_leg *to, unsigned int *n_to)
{
	struct ecmp_kernel_paths *p;
	int bkt;

	hash_for_each(en->kernel_paths, bkt, p, hash) {
		if (list_empty(&p->entries) || !ecmp_paths_use(p, nh_id))
			continue;
		*n_to = ecmp_legs_exchange(p, nh_id, leg, n, to);
		if (*n_to && !ecmp_paths_are(p, p->family, to, *n_to))
			return p;
	}
	return NULL;
}

/*
 * Put @to in the place of @p for its prefixes, each at the expense of its
 * table; 1: there are more than *@left.
 */
static int ecmp_paths_replace(struct ecmp_kernel_paths *p,
			      struct ecmp_kernel_paths *to, unsigned int *left)
{
	struct mem_cgroup *before = set_active_memcg(NULL);
	struct ecmp_entry *entry, *next;
	int err = 0;

	list_for_each_entry_safe(entry, next, &p->entries, on_kernel) {
		if (!*left) {
			err = 1;
			break;
		}
		(*left)--;
		set_active_memcg(entry->table->payer);
		err = ecmp_entry_kernel_replace(entry, to);
		if (err)
			break;
	}
	set_active_memcg(before);
	return err;
}

/* Those legs, at the expense of the first table that has them. */
static struct ecmp_kernel_paths *
ecmp_paths_get_for(const struct ecmp_kernel_paths *p,
		   const struct ecmp_kernel_leg *leg, unsigned int n)
{
	const struct ecmp_entry *first = list_first_entry(&p->entries,
							  struct ecmp_entry,
							  on_kernel);
	struct mem_cgroup *before = set_active_memcg(first->table->payer);
	struct ecmp_kernel_paths *to = ecmp_paths_get(p->en, p->family, leg, n);

	set_active_memcg(before);
	return to;
}

/**
 * ecmp_kernel_paths_object - a nexthop object has other legs now
 * @en: namespace
 * @nh_id: the object
 * @leg: its legs; metric, rank and protocol are those of each route
 * @n: how many, at least 1
 * @left: prefixes that may be changed; less afterwards
 *
 * Return: 0; 1 when there are more, to be asked for again; or -ENOMEM with some
 *	prefixes as they were.
 * Context: process, en->lock.
 */
int ecmp_kernel_paths_object(struct ecmp_net *en, u32 nh_id,
			     const struct ecmp_kernel_leg *leg, unsigned int n,
			     unsigned int *left)
{
	struct ecmp_kernel_paths *p, *now;
	struct ecmp_kernel_leg *to;
	unsigned int n_to;
	int err = 0;

	to = kvcalloc(ECMP_PREFIX_ROUTES_MAX, sizeof(*to), ECMP_GFP);
	if (!to)
		return -ENOMEM;
	while (!err && (p = ecmp_paths_outdated(en, nh_id, leg, n, to,
						&n_to))) {
		now = ecmp_paths_get_for(p, to, n_to);
		err = now ? 0 : -ENOMEM;
		if (err)
			break;
		p->refs++;
		err = ecmp_paths_replace(p, now, left);
		ecmp_paths_put(p);
		ecmp_paths_put(now);
	}
	kvfree(to);
	return err;
}

/**
 * ecmp_kernel_paths_publish - a distance of the kernel's routes changed
 * @config: configuration
 * @of: whose; a million prefixes of others are left alone
 *
 * Return: 0, or -ENOMEM with some prefixes as they were.
 * Context: process, en->lock.
 */
int ecmp_kernel_paths_publish(struct ecmp_config *config,
			      const struct ecmp_distance_of *of)
{
	struct ecmp_kernel_paths *p;
	int bkt, err = 0;
	unsigned int i;

	hash_for_each(config->en->kernel_paths, bkt, p, hash) {
		for (i = 0; i < p->n && !ecmp_distance_is_of(&p->leg[i], of);)
			i++;
		if (i < p->n)
			err = ecmp_paths_republish(p, config) ?: err;
	}
	return err;
}

/**
 * ecmp_kernel_route - one of the kernel's routes of a prefix, to be shown
 * @entry: entry with kernel routes
 * @i: which
 * @route: where it goes; borrows the next hop
 *
 * Context: en->lock.
 */
void ecmp_kernel_route(const struct ecmp_entry *entry, unsigned int i,
		       struct ecmp_route *route)
{
	const struct ecmp_kernel_leg *leg = &entry->kernel->leg[i];

	*route = (struct ecmp_route) {
		.entry = (struct ecmp_entry *)entry,
		.nexthop = leg->nexthop,
		.metric = leg->metric,
		.weight = leg->weight,
		.flags = ECMP_ROUTE_KERNEL | ECMP_ROUTE_DEVICE_NAMED,
		.type = leg->type,
		.distance = ecmp_kernel_distance(entry->table->config, leg),
		.protocol = leg->protocol,
		.rank = leg->rank,
	};
}
