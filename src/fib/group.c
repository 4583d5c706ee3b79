// SPDX-License-Identifier: GPL-2.0
/*
 * Groups: all candidates of a prefix, shared by every prefix that has the
 * same ones. Who of them carries packets: group_deal.c.
 */
#include <linux/jhash.h>
#include <linux/slab.h>
#include <linux/sort.h>

#include "group.h"
#include "../lib/rotation.h"
#include "../netns.h"

#define ECMP_GROUPS_FIRST	64
#define ECMP_GROUPS_MAX		(1u << 24)	/* ids are 24 bits of a value */

static struct ecmp_group_array *ecmp_group_array_alloc(u32 size)
{
	struct ecmp_group_array *a;

	a = kvzalloc(struct_size(a, group, size), ECMP_GFP_LARGE);
	if (a)
		a->size = size;
	return a;
}

/* A group that nobody knows, or NULL. */
static void ecmp_group_free(struct ecmp_groups *gs, struct ecmp_group *g)
{
	if (!g)
		return;
	ida_free(&gs->ids, g->id);
	kvfree(g);
}

/**
 * ecmp_groups_init - prepare a namespace for groups
 * @en: namespace
 *
 * Return: 0 or -ENOMEM.
 * Context: process.
 */
int ecmp_groups_init(struct ecmp_net *en)
{
	struct ecmp_groups *gs = &en->groups;
	struct ecmp_group_array *a = ecmp_group_array_alloc(ECMP_GROUPS_FIRST);

	if (!a)
		return -ENOMEM;
	hash_init(gs->hash);
	ida_init(&gs->ids);
	RCU_INIT_POINTER(gs->array, a);
	return 0;
}

/**
 * ecmp_groups_exit - undo ecmp_groups_init()
 * @en: namespace, without groups and packets
 *
 * Context: process, after rcu_barrier(): ids are freed by RCU callbacks.
 */
void ecmp_groups_exit(struct ecmp_net *en)
{
	struct ecmp_groups *gs = &en->groups;

	WARN_ON_ONCE(gs->count);
	ecmp_group_free(gs, xchg(&gs->spare, NULL));
	WARN_ON_ONCE(!ida_is_empty(&gs->ids));
	ida_destroy(&gs->ids);
	kvfree(rcu_dereference_protected(gs->array, true));
	kvfree(gs->scratch);
	kvfree(gs->members);
}

/* Make room for group id @id in the array that packets read. */
static int ecmp_group_array_grow(struct ecmp_groups *gs, u32 id)
{
	struct ecmp_group_array *a = rcu_dereference_protected(gs->array, true);
	struct ecmp_group_array *bigger;

	if (id < a->size)
		return 0;
	bigger = ecmp_group_array_alloc(a->size * 2);
	if (!bigger)
		return -ENOMEM;
	memcpy(bigger->group, a->group, a->size * sizeof(a->group[0]));
	rcu_assign_pointer(gs->array, bigger);
	kvfree_rcu(a, rcu);
	return 0;
}

/* The largest number of members that share a tier. */
static unsigned int ecmp_largest_tier(const struct ecmp_member *m,
				      unsigned int n)
{
	unsigned int i, first = 0, most = 0;

	for (i = 0; i < n; i++) {
		if (ecmp_member_tier(&m[i]) != ecmp_member_tier(&m[first]))
			first = i;
		most = max(most, i - first + 1);
	}
	return most;
}

static size_t ecmp_scratch_need(unsigned int n, unsigned int buckets)
{
	return n * sizeof(struct ecmp_bucket_path) + 2 * ALIGN(buckets, 8) +
	       max(ecmp_buckets_scratch_size(n, buckets),
		   ecmp_rotation_scratch_size(n));
}

static int ecmp_scratch_grow(struct ecmp_groups *gs, size_t need)
{
	void *bigger;

	if (need <= gs->scratch_size)
		return 0;
	bigger = kvmalloc(need, ECMP_GFP);
	if (!bigger)
		return -ENOMEM;
	kvfree(gs->scratch);
	gs->scratch = bigger;
	gs->scratch_size = need;
	return 0;
}

static u32 ecmp_group_hash(const struct ecmp_member *m, unsigned int n)
{
	u32 h = n;
	unsigned int i;

	for (i = 0; i < n; i++)
		h = jhash_3words(m[i].id, m[i].weight << 8 | m[i].distance,
				 m[i].both << 24 | m[i].rank << 16 |
				 m[i].flags << 8 | m[i].type,
				 h + m[i].object);
	return h;
}

static bool ecmp_group_equal(const struct ecmp_group *g,
			     const struct ecmp_member *m, unsigned int n)
{
	unsigned int i;

	if (g->n_members != n)
		return false;
	for (i = 0; i < n; i++)
		if (g->member[i].nexthop != m[i].nexthop ||
		    g->member[i].type != m[i].type ||
		    g->member[i].distance != m[i].distance ||
		    g->member[i].flags != m[i].flags ||
		    g->member[i].rank != m[i].rank ||
		    g->member[i].both != m[i].both ||
		    g->member[i].object != m[i].object ||
		    g->member[i].weight != m[i].weight)
			return false;
	return true;
}

static int ecmp_member_cmp(const void *a, const void *b)
{
	const struct ecmp_member *x = a, *y = b;

	if (ecmp_member_tier(x) != ecmp_member_tier(y))
		return ecmp_member_tier(x) - ecmp_member_tier(y);
	if (x->rank != y->rank)
		return x->rank - y->rank;
	if (x->id != y->id)
		return x->id < y->id ? -1 : 1;
	if (!x->nexthop || !y->nexthop)
		return !!x->nexthop - !!y->nexthop;
	return memcmp(&x->nexthop->key, &y->nexthop->key,
		      sizeof(x->nexthop->key));
}

/*
 * Give members of one tier different ids: the same gateway address on
 * several devices (two modems at 192.168.1.1) is several paths.
 */
static void ecmp_members_sort(struct ecmp_member *m, unsigned int n)
{
	unsigned int i, k;

	for (i = 0; i < n; i++)
		m[i].id = (m[i].nexthop ? m[i].nexthop->path_id : m[i].type) ^
			  m[i].rank * 0xd6e8feb86659fd93ull;
	sort(m, n, sizeof(*m), ecmp_member_cmp, NULL);
	for (i = 1, k = 0; i < n; i++) {
		if (ecmp_member_tier(&m[i]) != ecmp_member_tier(&m[i - 1]) ||
		    m[i].id != m[i - 1 - k].id) {
			k = 0;
			continue;
		}
		k++;
		m[i].id += k * 0x9e3779b97f4a7c15ull;
	}
}

/* Memory for a group, with its id and a place in the array. */
static struct ecmp_group *ecmp_group_memory(struct ecmp_groups *gs, size_t size)
{
	struct ecmp_group *g;
	int id;

	g = kvzalloc(size, ECMP_GFP);
	if (!g)
		return NULL;
	/* Not 0: a value of 0 is no route. */
	id = ida_alloc_range(&gs->ids, 1, ECMP_GROUPS_MAX - 1, ECMP_GFP);
	if (id < 0) {
		kvfree(g);
		return NULL;
	}
	g->id = id;
	g->size = size;
	if (!ecmp_group_array_grow(gs, id))
		return g;
	ecmp_group_free(gs, g);
	return NULL;
}

/* Have the spare, of at least @size; what there is of it is kept on failure. */
static int ecmp_group_spare_fill(struct ecmp_groups *gs, size_t size)
{
	struct ecmp_group *g = READ_ONCE(gs->spare);

	gs->spare_size = max(gs->spare_size, size);
	if (g && g->size >= gs->spare_size)
		return 0;
	g = ecmp_group_memory(gs, gs->spare_size);
	if (!g)
		return -ENOMEM;
	ecmp_group_free(gs, xchg(&gs->spare, g));
	return 0;
}

/*
 * The spare. If it was used, a group that it took the place of may be waiting
 * for packets to leave it, and be the next one.
 */
static struct ecmp_group *ecmp_group_spare_take(struct ecmp_groups *gs,
						size_t size)
{
	struct ecmp_group *g = xchg(&gs->spare, NULL);

	if (!g) {
		rcu_barrier();
		g = xchg(&gs->spare, NULL);
	}
	if (!g || g->size >= size)
		return g;
	ecmp_group_free(gs, xchg(&gs->spare, g));
	return NULL;
}

/* Room for the turns of whichever of these members live; in the scratch. */
static unsigned int ecmp_group_turns(struct ecmp_groups *gs,
				     const struct ecmp_member *m,
				     unsigned int n, unsigned int buckets)
{
	struct ecmp_bucket_path *path = gs->scratch;
	unsigned int i, first, most = 0;

	for (first = 0; first < n; first = i) {
		for (i = first; i < n && ecmp_member_tier(&m[i]) ==
					 ecmp_member_tier(&m[first]); i++)
			path[i - first] = (struct ecmp_bucket_path) {
				.weight = m[i].weight, .live = true,
			};
		most = max(most, ecmp_rotation_size(path, i - first, buckets));
	}
	return most;
}

static struct ecmp_group *ecmp_group_alloc(struct ecmp_net *en,
					   const struct ecmp_member *member,
					   unsigned int n,
					   const struct ecmp_group *former,
					   bool must)
{
	unsigned int i, tier = ecmp_largest_tier(member, n);
	unsigned int buckets = ecmp_buckets_size(tier);
	struct ecmp_groups *gs = &en->groups;
	struct ecmp_group *g;
	size_t size;

	/* Fewer buckets than the former's would move flows. */
	if (former && tier > 1)
		buckets = max(buckets, former->mask + 1);
	if (ecmp_scratch_grow(gs, ecmp_scratch_need(tier, buckets)))
		return NULL;
	size = struct_size(g, member, n) + 2 * buckets +
	       ecmp_group_turns(gs, member, n, buckets);
	/* What is added now can be taken away later. */
	if (!must && n > 1 && ecmp_group_spare_fill(gs, size))
		return NULL;
	g = ecmp_group_memory(gs, size);
	if (!g && must)
		g = ecmp_group_spare_take(gs, size);
	if (!g)
		return NULL;

	g->refs = 1;
	g->en = en;
	g->mask = buckets - 1;
	g->n_members = n;
	g->bucket = (u8 *)&g->member[n];
	for (i = 0; i < n; i++) {
		struct ecmp_member *m = &g->member[i];

		*m = member[i];
		m->group = g;
		m->live = false;
		m->draining = false;
		INIT_LIST_HEAD(&m->on_nexthop);
		if (!m->nexthop)
			continue;
		m->nexthop->refs++;
		list_add_tail(&m->on_nexthop, &m->nexthop->members);
	}
	/* For the next time; there may be none again. */
	if (must && gs->spare_size)
		ecmp_group_spare_fill(gs, 0);
	return g;
}

/**
 * ecmp_groups_members - room for the candidates of a prefix
 * @en: namespace
 * @n: how many; not more than ever before: this needs no memory
 *
 * Return: the namespace's own, used up by the next call; or NULL when out of
 *	memory.
 * Context: process, en->lock.
 */
struct ecmp_member *ecmp_groups_members(struct ecmp_net *en, unsigned int n)
{
	struct ecmp_groups *gs = &en->groups;
	struct ecmp_member *bigger;

	lockdep_assert_held(&en->lock);
	if (n <= gs->n_members)
		return gs->members;
	n = roundup_pow_of_two(max(n, 8u));
	bigger = kvmalloc_array(n, sizeof(*bigger), ECMP_GFP);
	if (!bigger)
		return NULL;
	kvfree(gs->members);
	gs->members = bigger;
	gs->n_members = n;
	return bigger;
}

/**
 * ecmp_group_find - the group that has exactly these members, if there is one
 * @en: namespace
 * @member: candidates with nexthop, type, distance, flags and weight; sorted
 *	here
 * @n: 1 to ECMP_PREFIX_ROUTES_MAX
 *
 * Return: the group with a reference for the caller, or NULL.
 * Context: process, en->lock.
 */
struct ecmp_group *ecmp_group_find(struct ecmp_net *en,
				   struct ecmp_member *member, unsigned int n)
{
	struct ecmp_group *g;

	lockdep_assert_held(&en->lock);
	ecmp_members_sort(member, n);
	hash_for_each_possible(en->groups.hash, g, hash,
			       ecmp_group_hash(member, n)) {
		if (!ecmp_group_equal(g, member, n))
			continue;
		g->refs++;
		return g;
	}
	return NULL;
}

/**
 * ecmp_group_make - a group that ecmp_group_find() did not find
 * @en: namespace
 * @member: as that left them; the caller keeps its references to the next hops
 * @n: 1 to ECMP_PREFIX_ROUTES_MAX
 * @former: the group that this one replaces, whose owners keep their buckets as
 *	far as their weights allow; NULL: there is none, or routers with the same
 *	paths shall agree
 * @must: these are what is left of a prefix's members: use the spare
 *
 * Return: the group with a reference for the caller, or NULL when out of
 *	memory; with @must only where the spare was used before and what it
 *	replaced is still the group of another prefix.
 * Context: process, en->lock.
 */
struct ecmp_group *ecmp_group_make(struct ecmp_net *en,
				   const struct ecmp_member *member,
				   unsigned int n,
				   const struct ecmp_group *former, bool must)
{
	struct ecmp_groups *gs = &en->groups;
	struct ecmp_group_array *a;
	struct ecmp_group *g;

	lockdep_assert_held(&en->lock);
	g = ecmp_group_alloc(en, member, n, former, must);
	if (!g)
		return NULL;
	ecmp_group_settle(g, former);
	hash_add(gs->hash, &g->hash, ecmp_group_hash(member, n));
	gs->count++;
	a = rcu_dereference_protected(gs->array, true);
	rcu_assign_pointer(a->group[g->id], g);
	return g;
}

/**
 * ecmp_groups_agree - deal as every router does that has the same paths
 * @en: namespace
 *
 * Context: process, en->lock.
 */
void ecmp_groups_agree(struct ecmp_net *en)
{
	struct ecmp_group *g;
	unsigned int i;

	lockdep_assert_held(&en->lock);
	hash_for_each(en->groups.hash, i, g, hash) {
		ecmp_group_agree(g);
		cond_resched();
	}
}

static void ecmp_group_free_rcu(struct rcu_head *rcu)
{
	struct ecmp_group *g = container_of(rcu, struct ecmp_group, rcu);
	struct ecmp_groups *gs = &g->en->groups;
	size_t size = g->size;
	u32 id = g->id;

	/* Only now may the memory, and the id, be another group's. */
	if (!READ_ONCE(gs->spare)) {
		memset(g, 0, size);
		g->id = id;
		g->size = size;
		/* One that is there is looked at by who has the lock. */
		if (!cmpxchg(&gs->spare, NULL, g))
			return;
	}
	ecmp_group_free(gs, g);
}

/**
 * ecmp_group_put - give back a reference; the last one ends the group
 * @g: group that no look-up structure names any more, or NULL
 *
 * Context: process, en->lock.
 */
void ecmp_group_put(struct ecmp_group *g)
{
	unsigned int i;

	if (!g)
		return;
	lockdep_assert_held(&g->en->lock);
	if (--g->refs)
		return;
	hash_del(&g->hash);
	g->en->groups.count--;
	for (i = 0; i < g->n_members; i++) {
		struct ecmp_member *m = &g->member[i];

		if (!m->nexthop)
			continue;
		list_del(&m->on_nexthop);
		ecmp_nexthop_put(m->nexthop);
	}
	call_rcu(&g->rcu, ecmp_group_free_rcu);
}
