// SPDX-License-Identifier: GPL-2.0
/*
 * Who carries packets: which members of a group live and are used, and the
 * buckets and turns dealt among those of the lowest tier.
 *
 * Buckets and turns are single bytes, written in place: a packet reads one of
 * them and finds the old owner or the new one. So a failover needs neither memory
 * nor a grace period, and it touches groups, never prefixes.
 */
#include "group.h"
#include "nexthop.h"
#include "../lib/rotation.h"
#include "../netns.h"

static bool ecmp_member_alive(const struct ecmp_member *m)
{
	if (m->type != ECMP_ROUTE_UNICAST)
		return true;
	return !ecmp_nexthop_reason(m->nexthop,
				    m->flags & ECMP_MEMBER_F_KERNEL,
				    m->flags & ECMP_MEMBER_F_ONLINK);
}

static bool ecmp_member_drains(const struct ecmp_member *m)
{
	return m->nexthop && m->nexthop->forced == ECMP_FORCED_DRAIN;
}

/* Do packets get through by a member? */
static bool ecmp_member_leads(const struct ecmp_member *m)
{
	return m->type == ECMP_ROUTE_UNICAST || m->type == ECMP_MEMBER_NATIVE;
}

static bool ecmp_member_lost(const struct ecmp_group *g,
			     const struct ecmp_member *m)
{
	return m->nexthop && ecmp_kernel_withdrawn(g->en, m->object,
						   m->nexthop);
}

/*
 * Has its nexthop object lost it, and is there another that packets can take
 * until the prefixes follow? That is one of the same tier and rank: what
 * the object has instead of it may be in no group yet, and no worse route may
 * take its place.
 */
static bool ecmp_member_withdrawn(const struct ecmp_group *g,
				  const struct ecmp_member *m)
{
	const struct ecmp_member *o;

	if (!ecmp_member_lost(g, m))
		return false;
	for (o = g->member; o < &g->member[g->n_members]; o++)
		if (ecmp_member_tier(o) == ecmp_member_tier(m) &&
		    (!(o->flags & ECMP_MEMBER_F_KERNEL) ||
		     o->rank == m->rank) &&
		    ecmp_member_leads(o) && ecmp_member_alive(o) &&
		    !ecmp_member_drains(o) && !ecmp_member_lost(g, o))
			return true;
	return false;
}

static bool ecmp_member_live(const struct ecmp_group *g,
			     const struct ecmp_member *m)
{
	return ecmp_member_alive(m) && !ecmp_member_withdrawn(g, m);
}

/* Whether it may carry packets, and new connections. Return: it is another. */
static bool ecmp_member_update(const struct ecmp_group *g,
			       struct ecmp_member *m)
{
	bool live = ecmp_member_live(g, m);
	bool draining = ecmp_member_drains(m);

	if (live == m->live && draining == m->draining)
		return false;
	WRITE_ONCE(m->live, live);
	WRITE_ONCE(m->draining, draining);
	return true;
}

/* Does it live, and may it get new connections? */
static bool ecmp_member_open(const struct ecmp_group *g,
			     const struct ecmp_member *m)
{
	return m->live && (!m->draining || g->last_resort);
}

/* As a route of the kernel; U8_MAX: it is none. */
static u8 ecmp_member_rank(const struct ecmp_member *m)
{
	if (m->flags & ECMP_MEMBER_F_KERNEL)
		return m->rank;
	return m->flags & ECMP_MEMBER_F_BOTH ? m->both : U8_MAX;
}

/* Of the kernel's routes of a prefix the first that lives counts. */
static u8 ecmp_group_rank(const struct ecmp_group *g)
{
	u8 rank = U8_MAX;
	unsigned int i;

	for (i = 0; i < g->n_members; i++)
		if (ecmp_member_open(g, &g->member[i]))
			rank = min(rank, ecmp_member_rank(&g->member[i]));
	return rank;
}

/**
 * ecmp_member_used - may a member get new connections?
 * @g: group
 * @m: member of it
 *
 * Return: whether it lives, is not draining while there is another, and no
 *	better route of the kernel lives.
 * Context: en->lock.
 */
bool ecmp_member_used(const struct ecmp_group *g, const struct ecmp_member *m)
{
	return ecmp_member_open(g, m) &&
	       (!(m->flags & ECMP_MEMBER_F_KERNEL) || m->rank == g->rank);
}

/**
 * ecmp_member_reason - why a member is not used, or is though it drains
 * @g: group
 * @m: member of it
 *
 * Return: of one that lives ECMP_REASON_NONE, ECMP_REASON_DRAIN or
 *	ECMP_REASON_LAST_RESORT.
 * Context: en->lock.
 */
enum ecmp_reason ecmp_member_reason(const struct ecmp_group *g,
				    const struct ecmp_member *m)
{
	if (!m->nexthop)
		return ECMP_REASON_NONE;
	if (!m->live)
		return ecmp_nexthop_reason(m->nexthop,
					   m->flags & ECMP_MEMBER_F_KERNEL,
					   m->flags & ECMP_MEMBER_F_ONLINK);
	if (!m->draining)
		return ECMP_REASON_NONE;
	return ecmp_member_used(g, m) && ecmp_member_tier(m) == g->tier ?
	       ECMP_REASON_LAST_RESORT : ECMP_REASON_DRAIN;
}

/* The members of one tier that are configured beside those in use. */
static unsigned int ecmp_group_tier(const struct ecmp_group *g,
				    unsigned int first, unsigned int *live)
{
	unsigned int i;

	*live = 0;
	for (i = first; i < g->n_members &&
	     ecmp_member_tier(&g->member[i]) ==
	     ecmp_member_tier(&g->member[first]) &&
	     g->member[i].rank <= g->rank; i++)
		*live += ecmp_member_used(g, &g->member[i]);
	return i - first;
}

/* What the scratch holds while the members [first, first + n) are dealt to. */
struct ecmp_dealing {
	struct ecmp_bucket_path	*path;
	u8			*owner;
	u8			*turn;
	void			*scratch;
};

static struct ecmp_dealing ecmp_group_dealing(const struct ecmp_group *g,
					      unsigned int first,
					      unsigned int n)
{
	struct ecmp_dealing d = { .path = g->en->groups.scratch };
	unsigned int i, buckets = g->mask + 1;

	for (i = 0; i < n; i++) {
		const struct ecmp_member *m = &g->member[first + i];

		d.path[i] = (struct ecmp_bucket_path) {
			.id = m->id, .weight = m->weight,
			.live = ecmp_member_used(g, m),
		};
	}
	d.owner = (u8 *)(d.path + n);
	d.turn = d.owner + ALIGN(buckets, 8);
	d.scratch = d.turn + ALIGN(buckets, 8);
	return d;
}

/*
 * How many members are configured beside the first, while all live; at least
 * that one, though the kernel's best route may be in another tier.
 */
static unsigned int ecmp_group_first(const struct ecmp_group *g)
{
	const struct ecmp_member *m = g->member;
	u8 rank = U8_MAX;
	unsigned int i;

	for (i = 0; i < g->n_members; i++)
		rank = min(rank, ecmp_member_rank(&m[i]));
	rank = max(rank, m->rank);
	for (i = 0; i < g->n_members &&
	     ecmp_member_tier(&m[i]) == ecmp_member_tier(m) &&
	     m[i].rank <= rank; i++)
		;
	return i;
}

/* Which of the first members the first ones of @former are now. */
static bool ecmp_group_follow(const struct ecmp_group *g,
			      const struct ecmp_group *former, s16 *now)
{
	unsigned int i, k;
	bool any = false;

	for (i = 0; i < former->n_first; i++) {
		now[i] = -1;
		for (k = 0; k < g->n_first && now[i] < 0; k++)
			if (g->member[k].type == former->member[i].type &&
			    g->member[k].nexthop == former->member[i].nexthop)
				now[i] = k;
		any |= now[i] >= 0;
	}
	return any;
}

/* Who owns the buckets while all live: like @former's, or as all routers do. */
static void ecmp_group_deal_home(struct ecmp_group *g,
				 const struct ecmp_group *former)
{
	struct ecmp_dealing d = ecmp_group_dealing(g, 0, g->n_first);
	unsigned int buckets = g->mask + 1;
	s16 now[ECMP_PATHS_MAX];

	/* One bucket has nothing to tell. */
	g->adapted = former && former->mask && g->n_first > 1 &&
		     ecmp_group_follow(g, former, now);
	if (g->adapted)
		ecmp_buckets_adapt(d.path, g->n_first, ecmp_group_home(former),
				   former->mask + 1, now, ecmp_group_home(g),
				   buckets, d.scratch);
	else
		ecmp_buckets_deal(d.path, g->n_first, ecmp_group_home(g),
				  buckets, d.scratch);
}

/* Tell packets whose turn it is, by who owns which bucket. */
static void ecmp_group_write_turns(struct ecmp_group *g,
				   const struct ecmp_dealing *d,
				   unsigned int first, unsigned int n)
{
	u8 *to = ecmp_group_turn(g);
	unsigned int i, turns;

	turns = ecmp_rotation_fill(d->path, n, d->owner, g->mask + 1, d->turn,
				   d->scratch);
	for (i = 0; i < turns; i++)
		if (to[i] != first + d->turn[i])
			WRITE_ONCE(to[i], first + d->turn[i]);
	/* A packet that sees so many sees them all. */
	smp_store_release(&g->turns, turns);
}

/*
 * The kernel's best route is dead, and a worse one stands in among the members
 * [0, n): they are dealt to as if those of the kernel that are dead were not
 * there. The others keep what they have at home, as far as their weights allow;
 * so who would own what depends on nothing else who of them lives.
 */
static void ecmp_group_stand_in(const struct ecmp_group *g,
				struct ecmp_dealing *d, unsigned int n)
{
	unsigned int i, k = 0, stay = 0, buckets = g->mask + 1;
	s16 now[ECMP_PATHS_MAX];
	u8 at[ECMP_PATHS_MAX];

	for (i = 0; i < n; i++) {
		bool out = ecmp_member_rank(&g->member[i]) < g->rank &&
			   !d->path[i].live;

		if (i < g->n_first) {
			now[i] = out ? -1 : k;
			stay += !out;
		}
		if (out)
			continue;
		at[k] = i;
		d->path[k++] = d->path[i];
	}
	if (stay)
		ecmp_buckets_adapt(d->path, k, ecmp_group_home(g), buckets, now,
				   d->owner, buckets, d->scratch);
	else
		ecmp_buckets_deal(d->path, k, d->owner, buckets, d->scratch);
	ecmp_buckets_fill(d->path, k, d->owner, d->owner, buckets, d->scratch);
	for (i = 0; i < buckets; i++)
		d->owner[i] = at[d->owner[i]];
	/* The turns are by the paths as they are. */
	*d = ecmp_group_dealing(g, 0, n);
}

/* Tell packets who owns which bucket, and whose turn it is. */
static void ecmp_group_write(struct ecmp_group *g, unsigned int first,
			     unsigned int n)
{
	struct ecmp_dealing d = ecmp_group_dealing(g, first, n);
	unsigned int i, buckets = g->mask + 1;
	const u8 *home = ecmp_group_home(g);

	if (!first && n > g->n_first) {
		ecmp_group_stand_in(g, &d, n);
	} else {
		if (first || n != g->n_first) {
			ecmp_buckets_deal(d.path, n, d.owner, buckets,
					  d.scratch);
			home = d.owner;
		}
		ecmp_buckets_fill(d.path, n, home, d.owner, buckets, d.scratch);
	}
	for (i = 0; i < buckets; i++)
		if (g->bucket[i] != first + d.owner[i])
			WRITE_ONCE(g->bucket[i], first + d.owner[i]);
	/* They take fifty times as long: not where nobody takes any. */
	if (g->en->groups.in_turn)
		ecmp_group_write_turns(g, &d, first, n);
}

/*
 * The first of the members of the lowest tier that has any in use. @n: how
 * many are configured there, @live: how many are in use; 0: there is none.
 */
static unsigned int ecmp_group_lowest(struct ecmp_group *g, unsigned int *n,
				      unsigned int *live)
{
	unsigned int first;

	g->rank = ecmp_group_rank(g);
	*n = 0;
	*live = 0;
	for (first = 0; first < g->n_members; first++) {
		/* The start of a tier: standbys are at its end. */
		if (first && ecmp_member_tier(&g->member[first]) ==
			     ecmp_member_tier(&g->member[first - 1]))
			continue;
		*n = ecmp_group_tier(g, first, live);
		if (*live)
			break;
	}
	return first;
}

/* Do packets get through by one of the members [first, first + n)? */
static bool ecmp_group_leads(const struct ecmp_group *g, unsigned int first,
			     unsigned int n)
{
	unsigned int i;

	for (i = first; i < first + n; i++)
		if (ecmp_member_used(g, &g->member[i]) &&
		    ecmp_member_leads(&g->member[i]))
			return true;
	return false;
}

/*
 * The live members of the lowest tier that has any get buckets and turns; the
 * kernel's routes stand by while one of a better metric lives. Draining ones
 * do not count, unless nothing gets through by what is left then.
 */
static void ecmp_group_choose(struct ecmp_group *g)
{
	unsigned int i, first, n, live;
	bool draining = false;

	for (i = 0; i < g->n_members; i++)
		draining |= g->member[i].live && g->member[i].draining;
	g->last_resort = false;
	first = ecmp_group_lowest(g, &n, &live);
	if (draining && (!live || !ecmp_group_leads(g, first, n))) {
		g->last_resort = true;
		first = ecmp_group_lowest(g, &n, &live);
	}
	if (live) {
		ecmp_group_write(g, first, n);
		g->tier = ecmp_member_tier(&g->member[first]);
	}
	/* A packet that sees it live sees its buckets. */
	smp_store_release(&g->live, live);
	g->en->groups.rebuilds++;
}

/**
 * ecmp_group_refresh - bring a group in step with its next hops
 * @g: group
 *
 * Return: whether anything changed.
 * Context: en->lock; needs no memory.
 */
bool ecmp_group_refresh(struct ecmp_group *g)
{
	bool changed = false;
	unsigned int i;

	lockdep_assert_held(&g->en->lock);
	for (i = 0; i < g->n_members; i++)
		changed |= ecmp_member_update(g, &g->member[i]);
	if (changed)
		ecmp_group_choose(g);
	return changed;
}

/**
 * ecmp_groups_take_turns - a table balances otherwise than by the hash
 * @en: namespace
 *
 * From now on turns are dealt, in all groups, as any may be that table's.
 *
 * Context: process, en->lock; needs no memory.
 */
void ecmp_groups_take_turns(struct ecmp_net *en)
{
	struct ecmp_group *g;
	int bkt;

	lockdep_assert_held(&en->lock);
	if (en->groups.in_turn)
		return;
	en->groups.in_turn = true;
	hash_for_each(en->groups.hash, bkt, g, hash) {
		if (g->live)
			ecmp_group_choose(g);
		cond_resched();
	}
}

/**
 * ecmp_group_settle - deal the buckets of a new group
 * @g: group that packets do not know yet
 * @former: see ecmp_group_make()
 *
 * Context: en->lock; needs no memory.
 */
void ecmp_group_settle(struct ecmp_group *g, const struct ecmp_group *former)
{
	g->n_first = ecmp_group_first(g);
	ecmp_group_deal_home(g, former);
	ecmp_group_refresh(g);
}

/**
 * ecmp_group_agree - forget a group's past
 * @g: group; its buckets become those of every router with these paths
 *
 * Context: en->lock; needs no memory.
 */
void ecmp_group_agree(struct ecmp_group *g)
{
	if (!g->adapted)
		return;
	ecmp_group_deal_home(g, NULL);
	if (g->live)
		ecmp_group_choose(g);
}

/**
 * ecmp_groups_refresh - bring the groups of a nexthop object in step
 * @en: namespace
 * @object: number of the object
 *
 * Context: process, en->lock; needs no memory.
 */
void ecmp_groups_refresh(struct ecmp_net *en, u32 object)
{
	struct ecmp_group *g;
	unsigned int i;
	int bkt;

	lockdep_assert_held(&en->lock);
	hash_for_each(en->groups.hash, bkt, g, hash) {
		for (i = 0; i < g->n_members; i++) {
			if (g->member[i].object != object)
				continue;
			ecmp_group_refresh(g);
			break;
		}
		cond_resched();
	}
}
