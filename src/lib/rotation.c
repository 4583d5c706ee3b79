// SPDX-License-Identifier: GPL-2.0
/*
 * DOC: Turns
 *
 * Paths that are taken in turn by their weights: with weights 2 and 1 the
 * turns are A B A, over and over. One round has as many turns as the weights
 * without their common divisor come to, so the shares are exact; where that is
 * more than there are buckets, every path has as many turns as buckets.
 *
 * The order is that of Tijdeman, "The chairman assignment problem", Discrete
 * Mathematics 32 (1980): after any number of turns every path has had its share
 * of them but for less than one. Of those whose share is far enough ahead of
 * what they had, the one is next that would be late first.
 */
#include <linux/types.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include "rotation.h"

/* A path while turns are dealt. */
struct taking {
	u32 quota;	/* turns in a round */
	u32 have;	/* dealt */
};

static u32 divisor(u32 a, u32 b)
{
	while (b) {
		u32 rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

/* The sum of the living weights and what divides all of them. */
static u32 add_weights(const struct ecmp_bucket_path *path,
		       unsigned int n_paths, u32 *common)
{
	unsigned int i;
	u32 sum = 0;

	*common = 0;
	for (i = 0; i < n_paths; i++) {
		if (!path[i].live)
			continue;
		sum += path[i].weight;
		*common = divisor(path[i].weight, *common);
	}
	return sum;
}

/**
 * ecmp_rotation_size - how many turns one round has
 * @path: paths
 * @n_paths: how many, at most ECMP_PATHS_MAX
 * @n_buckets: ecmp_buckets_size() of them
 *
 * Return: turns, @n_buckets at most; 0 if no path lives. Of paths some of which
 *	are dead never more than of the same paths alive.
 */
unsigned int ecmp_rotation_size(const struct ecmp_bucket_path *path,
				unsigned int n_paths, unsigned int n_buckets)
{
	u32 common, sum = add_weights(path, n_paths, &common);

	return sum ? min(sum / common, n_buckets) : 0;
}

/**
 * ecmp_rotation_scratch_size - what ecmp_rotation_fill() needs to work in
 * @n_paths: paths
 *
 * Return: bytes, 2 KiB at most; to be aligned to 8.
 */
size_t ecmp_rotation_scratch_size(unsigned int n_paths)
{
	return n_paths * sizeof(struct taking);
}

/* How many turns each path has; the number of living paths goes to @live. */
static unsigned int deal_quotas(struct taking *t,
				const struct ecmp_bucket_path *path,
				unsigned int n_paths, const u8 *owner,
				unsigned int n_buckets, unsigned int *live)
{
	u32 common, sum = add_weights(path, n_paths, &common);
	unsigned int i;
	bool exact;

	*live = 0;
	if (!sum)
		return 0;
	exact = sum / common <= n_buckets;
	for (i = 0; i < n_paths; i++) {
		*live += path[i].live;
		t[i].have = 0;
		t[i].quota = exact && path[i].live ? path[i].weight / common : 0;
	}
	for (i = 0; !exact && i < n_buckets; i++)
		t[owner[i]].quota++;
	return exact ? sum / common : n_buckets;
}

/*
 * Who has turn @at of @size: of the paths whose share of the turns up to this
 * one is at least 1 / @k ahead of what they had, the one that must have had it
 * soonest. There is always one that is.
 */
static unsigned int next_turn(const struct taking *t, unsigned int n_paths,
			      u32 at, u32 size, s64 k)
{
	s64 slack, least = 0;
	unsigned int i, next = n_paths;

	for (i = 0; i < n_paths; i++) {
		s64 ahead = k * ((s64)(at + 1) * t[i].quota -
				 (s64)t[i].have * size);

		if (ahead < size)
			continue;
		/* Over its quota: how many turns it may still wait. */
		slack = (k - 1) * size - ahead;
		if (next < n_paths &&
		    slack * t[next].quota >= least * t[i].quota)
			continue;
		least = slack;
		next = i;
	}
	return next;
}

/**
 * ecmp_rotation_fill - choose who has which turn
 * @path: paths, in any order
 * @n_paths: how many, at most ECMP_PATHS_MAX
 * @owner: of each bucket, by ecmp_buckets_fill() of the same paths
 * @n_buckets: how many
 * @turn: result, an index into @path for each turn: ecmp_rotation_size() of
 *	them
 * @scratch: ecmp_rotation_scratch_size() bytes, aligned to 8
 *
 * Allocates nothing and cannot fail. Takes a microsecond for a few paths, some
 * milliseconds for 256 of different weights.
 *
 * Context: any; for many paths better one that may be preempted.
 * Return: ecmp_rotation_size(); if 0, @turn was left alone.
 */
unsigned int ecmp_rotation_fill(const struct ecmp_bucket_path *path,
				unsigned int n_paths, const u8 *owner,
				unsigned int n_buckets, u8 *turn, void *scratch)
{
	struct taking *t = scratch;
	unsigned int at, size, live;

	size = deal_quotas(t, path, n_paths, owner, n_buckets, &live);
	for (at = 0; at < size; at++) {
		turn[at] = next_turn(t, n_paths, at, size,
				     live > 1 ? 2 * (live - 1) : 1);
		t[turn[at]].have++;
	}
	return size;
}
