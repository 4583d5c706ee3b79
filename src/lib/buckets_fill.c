// SPDX-License-Identifier: GPL-2.0
/*
 * Steps 2 to 4 of path choice: to whom the dead paths' buckets go. See
 * buckets.c.
 */
#include <linux/types.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include "buckets_deal.h"

/* Up to so many paths there is step 3, as the work grows with their square. */
#define PATHS_BY_TWOS	32

/* Let the paths have room for @count buckets more, but @x and @y. */
static void make_room(struct ecmp_deal *d, unsigned int x, unsigned int y,
		      u32 weight, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < d->n; i++)
		d->path[i].room = d->path[i].have;
	ecmp_deal_count(d, x, y, weight, count);
	for (i = 0; i < d->n; i++)
		d->path[i].room = d->path[i].have - d->path[i].room;
}

/* Step 2 for the dead path @dead. */
static void deal_dead(struct ecmp_deal *d, unsigned int dead)
{
	unsigned int i, b;

	for (i = 0; i < d->n; i++)
		d->path[i].have = d->path[i].quota;
	make_room(d, dead, dead, d->weight - d->path[dead].weight,
		  d->path[dead].quota);
	for (b = 0; b < d->n_buckets; b++) {
		if (d->home[b] != dead)
			continue;
		i = ecmp_deal_prefer(d, b, false);
		d->path[i].room--;
		d->first[b] = i;
	}
}

/* Where bucket @b goes when its home is dead, by step 2; else nowhere. */
static unsigned int fallback(const struct ecmp_deal *d, u32 b,
			     unsigned int dead)
{
	return d->home[b] == dead ? d->first[b] : d->n;
}

/* Step 3 for the dead paths @x and @y. */
static void deal_two(struct ecmp_deal *d, unsigned int x, unsigned int y,
		     u8 *owner)
{
	unsigned int i, b, count = 0;

	for (i = 0; i < d->n; i++)
		d->path[i].have = d->path[i].quota;
	for (b = 0; b < d->n_buckets; b++) {
		if (d->home[b] != x && d->home[b] != y)
			continue;
		if (d->first[b] == x || d->first[b] == y)
			count++;
		else
			d->path[d->first[b]].have++;
	}
	make_room(d, x, y, d->weight - d->path[x].weight - d->path[y].weight,
		  count);
	for (b = 0; count; b++) {
		if (fallback(d, b, x) != y && fallback(d, b, y) != x)
			continue;
		count--;
		i = ecmp_deal_prefer(d, b, false);
		d->path[i].room--;
		owner[b] = d->path[i].live ? i : ecmp_deal_prefer(d, b, true);
	}
}

/* Steps 3 and 4, for what met two dead paths; to @owner, as places in @d. */
static void deal_rest(struct ecmp_deal *d, u8 *owner)
{
	unsigned int x, y, b;

	/* Beside two dead ones there is the one that lives. */
	for (x = 0; x < d->n && d->n <= PATHS_BY_TWOS; x++)
		for (y = x + 1; y < d->n && !d->path[x].live; y++)
			if (!d->path[y].live)
				deal_two(d, x, y, owner);
	for (b = 0; b < d->n_buckets && d->n > PATHS_BY_TWOS; b++)
		if (!d->path[d->home[b]].live && !d->path[d->first[b]].live)
			owner[b] = ecmp_deal_prefer(d, b, true);
}

/**
 * ecmp_buckets_fill - choose the owner of every bucket among the live paths
 * @path: the configured paths of one distance, in any order
 * @n_paths: how many, 1 to ECMP_PATHS_MAX
 * @home: owners by ecmp_buckets_deal() or ecmp_buckets_adapt() of these paths
 * @owner: result, an index into @path for each bucket; may be @home
 * @n_buckets: how many, at least @n_paths
 * @scratch: ecmp_buckets_scratch_size() bytes, aligned to 8
 *
 * Allocates nothing and cannot fail. Takes under 1 us if all live, about that
 * of ecmp_buckets_deal() when most are dead.
 *
 * Context: any; for many paths better one that may be preempted.
 * Returns: the number of live paths; if 0, @owner was left alone.
 */
unsigned int ecmp_buckets_fill(const struct ecmp_bucket_path *path,
			       unsigned int n_paths, const u8 *home, u8 *owner,
			       unsigned int n_buckets, void *scratch)
{
	struct ecmp_deal d = ecmp_deal_in(scratch, n_paths, n_buckets);
	unsigned int i, b, live = ecmp_deal_init(&d, path);
	u8 at[ECMP_PATHS_MAX];

	if (!live)
		return 0;
	if (live == n_paths) {
		memmove(owner, home, n_buckets);
		return live;
	}
	for (i = 0; i < n_paths; i++) {
		at[d.path[i].index] = i;
		d.path[i].quota = 0;
	}
	for (b = 0; b < n_buckets; b++) {
		d.home[b] = at[home[b]];
		d.path[d.home[b]].quota++;
	}
	for (i = 0; i < n_paths; i++)
		if (!d.path[i].live)
			deal_dead(&d, i);
	for (b = 0; b < n_buckets; b++)
		owner[b] = d.path[d.home[b]].live ? d.home[b] : d.first[b];
	deal_rest(&d, owner);
	for (b = 0; b < n_buckets; b++)
		owner[b] = d.path[owner[b]].index;
	return live;
}
