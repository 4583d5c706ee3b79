// SPDX-License-Identifier: GPL-2.0
/*
 * Step 1 of path choice: who owns the buckets while all paths live. See
 * buckets.c.
 */
#include <linux/types.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include "buckets_deal.h"

/* In step 1, where a larger table repeats a smaller one. */
static u64 home_cost(const struct ecmp_dealt *p, unsigned int b, u64 best)
{
	return ecmp_deal_cost(p, b & (ECMP_BUCKETS_MIN - 1), best);
}

/* The quotas of step 1. */
static void deal_quotas(struct ecmp_deal *d)
{
	unsigned int i, left = d->n_buckets;
	bool small = false;

	for (i = 0; i < d->n; i++)
		if (d->n_buckets * d->path[i].weight < d->weight)
			small = true;
	/*
	 * Whole shares first, which spares a turn for each bucket; but a path
	 * that gets one bucket for less than one takes it from the others.
	 */
	for (i = 0; i < d->n; i++) {
		d->path[i].have = small ? 1 : d->n_buckets *
					      d->path[i].weight / d->weight;
		left -= d->path[i].have;
	}
	ecmp_deal_count(d, d->n, d->n, d->weight, left);
	for (i = 0; i < d->n; i++)
		d->path[i].quota = d->path[i].have;
}

static bool is_dearer(const struct ecmp_held *x, const struct ecmp_held *y)
{
	return x->cost > y->cost ||
	       (x->cost == y->cost && x->bucket > y->bucket);
}

/* @heap has the dearest of @n buckets at its root: put @x in its place. */
static void heap_replace(struct ecmp_held *heap, u32 n, struct ecmp_held x)
{
	u32 i = 0, child;

	while ((child = 2 * i + 1) < n) {
		if (child + 1 < n && is_dearer(&heap[child + 1], &heap[child]))
			child++;
		if (!is_dearer(&heap[child], &x))
			break;
		heap[i] = heap[child];
		i = child;
	}
	heap[i] = x;
}

/* Put @x beside the @n buckets of @heap. */
static void heap_add(struct ecmp_held *heap, u32 n, struct ecmp_held x)
{
	u32 i = n, parent;

	for (; i; i = parent) {
		parent = (i - 1) / 2;
		if (!is_dearer(&x, &heap[parent]))
			break;
		heap[i] = heap[parent];
	}
	heap[i] = x;
}

/*
 * The path that bucket @x->bucket prefers among those that would have it; the
 * cost goes to @x. A path that would not now never will, as what it has only
 * gets less dear.
 */
static unsigned int prefer_willing(const struct ecmp_deal *d,
				   struct ecmp_held *x)
{
	unsigned int i, choice = 0;
	u64 best = U64_MAX;

	for (i = 0; i < d->n; i++) {
		x->cost = home_cost(&d->path[i], x->bucket, best);
		if (x->cost >= best)
			continue;
		if (!d->path[i].room &&
		    !is_dearer(&d->held[d->path[i].first], x))
			continue;
		best = x->cost;
		choice = i;
	}
	x->cost = best;
	return choice;
}

/* Find a place for bucket @b, and for those that are driven out. */
static void place(struct ecmp_deal *d, u32 b)
{
	struct ecmp_held x = { .bucket = b }, out;
	struct ecmp_dealt *p;

	for (;;) {
		p = &d->path[prefer_willing(d, &x)];
		if (p->room)
			break;
		out = d->held[p->first];
		heap_replace(d->held + p->first, p->quota, x);
		x = out;
	}
	heap_add(d->held + p->first, p->quota - p->room, x);
	p->room--;
}

/* Room for the quota of each path, nothing held. */
static void hold_nothing(struct ecmp_deal *d)
{
	unsigned int i;
	u32 first = 0;

	deal_quotas(d);
	for (i = 0; i < d->n; i++) {
		d->path[i].room = d->path[i].quota;
		d->path[i].first = first;
		first += d->path[i].quota;
	}
}

/* Path @p had bucket @b: it keeps it, for one that costs it more if it must. */
static void keep(struct ecmp_deal *d, struct ecmp_dealt *p, u32 b)
{
	struct ecmp_held x = { .bucket = b, .cost = home_cost(p, b, U64_MAX) };

	if (p->room) {
		heap_add(d->held + p->first, p->quota - p->room, x);
		p->room--;
	} else if (is_dearer(&d->held[p->first], &x)) {
		heap_replace(d->held + p->first, p->quota, x);
	}
}

/* What is held, to @owner, as indices into the caller's array. */
static void tell_held(const struct ecmp_deal *d, u8 *owner)
{
	const struct ecmp_dealt *p;
	const struct ecmp_held *x;
	unsigned int i;

	for (i = 0; i < d->n; i++) {
		p = &d->path[i];
		for (x = d->held + p->first;
		     x < d->held + p->first + p->quota - p->room; x++) {
			owner[x->bucket] = p->index;
			d->home[x->bucket] = true;
		}
	}
}

/**
 * ecmp_buckets_deal - choose the owner of every bucket if all paths lived
 * @path: the configured paths of one distance, in any order
 * @n_paths: how many, 1 to ECMP_PATHS_MAX
 * @owner: result, an index into @path for each bucket
 * @n_buckets: how many, at least @n_paths
 * @scratch: ecmp_buckets_scratch_size() bytes, aligned to 8
 *
 * Takes about 5 us for 2 paths, 15 for 5, 1 ms for 64, 10 for 256.
 *
 * Context: any; for many paths better one that may be preempted.
 */
void ecmp_buckets_deal(const struct ecmp_bucket_path *path,
		       unsigned int n_paths, u8 *owner, unsigned int n_buckets,
		       void *scratch)
{
	struct ecmp_deal d = ecmp_deal_in(scratch, n_paths, n_buckets);
	unsigned int b;

	ecmp_deal_init(&d, path);
	hold_nothing(&d);
	for (b = 0; b < n_buckets; b++)
		place(&d, b);
	tell_held(&d, owner);
}

/**
 * ecmp_buckets_adapt - choose the owner of every bucket, few but the former's
 * @path: the configured paths of one distance, in any order
 * @n_paths: how many, 1 to ECMP_PATHS_MAX
 * @former: owners that there were, of other paths or weights
 * @n_former: how many buckets these were
 * @now: of each owner in @former: which of @path it is, or -1
 * @owner: result, an index into @path for each bucket; not @former
 * @n_buckets: how many, at least @n_paths
 * @scratch: ecmp_buckets_scratch_size() bytes, aligned to 8
 *
 * The quotas are those of ecmp_buckets_deal(). Only buckets move that have no
 * owner any more, or one with more than its quota.
 *
 * Context: any; for many paths better one that may be preempted.
 */
void ecmp_buckets_adapt(const struct ecmp_bucket_path *path,
			unsigned int n_paths, const u8 *former,
			unsigned int n_former, const s16 *now, u8 *owner,
			unsigned int n_buckets, void *scratch)
{
	struct ecmp_deal d = ecmp_deal_in(scratch, n_paths, n_buckets);
	unsigned int i, b;

	ecmp_deal_init(&d, path);
	hold_nothing(&d);
	/* A path's place in @d, by its index. */
	for (i = 0; i < n_paths; i++)
		d.first[d.path[i].index] = i;
	for (b = 0; b < n_buckets; b++) {
		s16 index = now[former[ecmp_bucket(b, n_former)]];

		if (index >= 0)
			keep(&d, &d.path[d.first[index]], b);
	}
	memset(d.home, false, n_buckets);
	tell_held(&d, owner);
	for (b = 0; b < n_buckets; b++) {
		if (d.home[b])
			continue;
		i = ecmp_deal_prefer(&d, b, false);
		d.path[i].room--;
		owner[b] = d.path[i].index;
	}
}

