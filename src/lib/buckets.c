// SPDX-License-Identifier: GPL-2.0
/*
 * DOC: Path choice
 *
 * A flow's hash names a bucket, a bucket is owned by a path. The owners are a
 * pure function of the configured paths and of which of them live: nothing is
 * remembered, so flows that left a dead path come home with it, and routers
 * with the same paths agree.
 *
 * Each bucket prefers the paths in its own order, that of weighted rendezvous
 * hashing (Thaler and Ravishankar 1998; Schindelhauer and Schomaker, "Weighted
 * distributed hash tables", SPAA 2005): a path's cost for a bucket is
 * -log2(u) / weight, u being a hash of both. Three steps follow that order:
 *
 * 1. Over all configured paths, live or not: every path has its quota, the
 *    share of its weight, rounded by largest remainder and at least one
 *    bucket. Each bucket goes to the path that it prefers among those that
 *    would have it; a path whose quota is exceeded keeps the buckets that it
 *    costs least. (The stable matching of Gale and Shapley, "College admissions
 *    and the stability of marriage", 1962. As both sides go by the same costs
 *    there is only one, in whatever order it is arrived at.)
 * 2. A dead path's buckets are dealt to the other configured paths, whose room
 *    is what they miss to their shares without it; they take turns, each takes
 *    the path that it prefers among those with room.
 * 3. A bucket that meets a dead path again goes to the live path that it
 *    prefers.
 *
 * Step 1 leaves every live path its own quota, so it is never without a
 * bucket. Step 2 makes the loss of one path exact. Only the dead paths' buckets
 * ever move. When the configured set changes, most buckets find the same path
 * again, because costs do not change and quotas change a little.
 *
 * All arithmetic is in integers: every machine gets the same table.
 */
#include <linux/types.h>
#include <linux/kernel.h>
#include <linux/bitops.h>
#include <linux/log2.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/sort.h>
#include "buckets.h"

#define BUCKETS_MIN	256
#define BUCKETS_MAX	4096
/* At least so many for a path, while BUCKETS_MAX allows. */
#define BUCKETS_A_PATH	32

/*
 * A path while buckets are dealt; an array of these is in the order of their
 * keys, which makes the result independent of the caller's order.
 */
struct dealt {
	u64 key;	/* what is hashed with the bucket */
	u64 inverse;	/* 2^32 / weight */
	u32 weight;
	u32 quota;	/* of step 1 */
	u32 have;	/* dealt in this step */
	u32 room;	/* not yet taken in this step */
	u32 first;	/* in the array of held buckets */
	u8 index;	/* in the caller's array */
	bool live;
};

/* A bucket that a path has for now, in step 1. */
struct held {
	u64 cost;
	u32 bucket;
};

/* All paths of one table. */
struct deal {
	struct dealt *path;
	struct held *held;	/* quota of these for each path */
	unsigned int n;
	unsigned int n_buckets;
	u32 weight;	/* the sum */
};

/* The finaliser of MurmurHash3 with Stafford's constants (variant 13). */
static u64 mix(u64 x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ x >> 27) * 0x94d049bb133111ebull;
	return x ^ x >> 31;
}

/*
 * -log2(@x / 2^32) for @x from 1 to 2^32, in units of 2^-26. Between powers of
 * two log2(1 + m) = m + m(1 - m)g(m), g a cubic through its values at the
 * Chebyshev nodes of [0, 1]: within 2^-14 and exact at both ends.
 */
static u64 minus_log2(u64 x)
{
	unsigned int e = fls64(x) - 1;
	u64 m = (x << (32 - e)) - BIT_ULL(32);
	s64 g = -192732170;

	g = 646535156 + (g * (s64)m >> 32);
	g = -1157828758 + (g * (s64)m >> 32);
	g = 1900173326 + (g * (s64)m >> 32);
	m += (m * (BIT_ULL(32) - m) >> 32) * (u64)g >> 32;
	return (((u64)(32 - e) << 32) - m) >> 6;
}

/*
 * The cost of path @p for bucket @b, or anything not less than @best. As
 * -log2(u) > 1 - u, most paths are dismissed without a logarithm.
 */
static u64 cost(const struct dealt *p, unsigned int b, u64 best)
{
	u64 x = (mix(p->key + b * 0x9e3779b97f4a7c15ull) >> 32) + 1;
	u64 least = ((BIT_ULL(32) - x) >> 6) * p->inverse;

	return least < best ? minus_log2(x) * p->inverse : least;
}

/* The path that bucket @b prefers among those with room. */
static unsigned int prefer_room(const struct deal *d, unsigned int b)
{
	unsigned int i, choice = 0;
	u64 c, best = U64_MAX;

	for (i = 0; i < d->n; i++) {
		if (!d->path[i].room)
			continue;
		c = cost(&d->path[i], b, best);
		if (c < best) {
			best = c;
			choice = i;
		}
	}
	return choice;
}

/* The live path that bucket @b prefers. */
static unsigned int prefer_live(const struct deal *d, unsigned int b)
{
	unsigned int i, choice = 0;
	u64 c, best = U64_MAX;

	for (i = 0; i < d->n; i++) {
		if (!d->path[i].live)
			continue;
		c = cost(&d->path[i], b, best);
		if (c < best) {
			best = c;
			choice = i;
		}
	}
	return choice;
}

/*
 * Deal @count buckets to all paths but @except, each bucket to the path that
 * lags most behind its share of the table, the weights being @weight together.
 */
static void deal_count(struct deal *d, unsigned int except, u32 weight,
		       unsigned int count)
{
	unsigned int i, last;
	s64 lag, most;

	while (count--) {
		last = 0;
		most = S64_MIN;
		for (i = 0; i < d->n; i++) {
			if (i == except)
				continue;
			lag = (s64)d->n_buckets * d->path[i].weight -
			      (s64)d->path[i].have * weight;
			if (lag > most) {
				most = lag;
				last = i;
			}
		}
		d->path[last].have++;
	}
}

/* The quotas of step 1. */
static void deal_quotas(struct deal *d)
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
	deal_count(d, d->n, d->weight, left);
	for (i = 0; i < d->n; i++)
		d->path[i].quota = d->path[i].have;
}

static bool is_dearer(const struct held *x, const struct held *y)
{
	return x->cost > y->cost ||
	       (x->cost == y->cost && x->bucket > y->bucket);
}

/* @heap has the dearest of @n buckets at its root: put @x in its place. */
static void heap_replace(struct held *heap, u32 n, struct held x)
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
static void heap_add(struct held *heap, u32 n, struct held x)
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
static unsigned int prefer_willing(const struct deal *d, struct held *x)
{
	unsigned int i, choice = 0;
	u64 best = U64_MAX;

	for (i = 0; i < d->n; i++) {
		x->cost = cost(&d->path[i], x->bucket, best);
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
static void place(struct deal *d, u32 b)
{
	struct held x = { .bucket = b }, out;
	struct dealt *p;

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

/* Step 1: to @owner, as places in d->path. */
static void deal_configured(struct deal *d, u8 *owner)
{
	struct dealt *p;
	unsigned int i, b;
	u32 first = 0;

	deal_quotas(d);
	for (i = 0; i < d->n; i++) {
		d->path[i].room = d->path[i].quota;
		d->path[i].first = first;
		first += d->path[i].quota;
	}
	for (b = 0; b < d->n_buckets; b++)
		place(d, b);
	for (i = 0; i < d->n; i++) {
		p = &d->path[i];
		for (b = 0; b < p->quota; b++)
			owner[d->held[p->first + b].bucket] = i;
	}
}

/* Steps 2 and 3 for the dead path @dead; afterwards it owns nothing. */
static void deal_dead(struct deal *d, unsigned int dead, u8 *owner)
{
	unsigned int i, b;

	for (i = 0; i < d->n; i++)
		d->path[i].have = d->path[i].quota;
	deal_count(d, dead, d->weight - d->path[dead].weight,
		   d->path[dead].quota);
	for (i = 0; i < d->n; i++)	/* none for the dead one */
		d->path[i].room = d->path[i].have - d->path[i].quota;

	for (b = 0; b < d->n_buckets; b++) {
		if (owner[b] != dead)
			continue;
		i = prefer_room(d, b);
		d->path[i].room--;
		owner[b] = d->path[i].live ? i : prefer_live(d, b);
	}
}

static int dealt_cmp(const void *a, const void *b)
{
	const struct dealt *x = a, *y = b;

	/* Ids should be unique; if not, at least the same call does the same. */
	if (x->key == y->key)
		return (int)x->index - (int)y->index;
	return x->key < y->key ? -1 : 1;
}

/* Returns the number of live paths. */
static unsigned int deal_init(struct deal *d,
			      const struct ecmp_bucket_path *path)
{
	unsigned int i, live = 0;

	d->weight = 0;
	for (i = 0; i < d->n; i++) {
		d->path[i].key = mix(path[i].id);
		d->path[i].inverse = div_u64(BIT_ULL(32), path[i].weight);
		d->path[i].weight = path[i].weight;
		d->path[i].index = i;
		d->path[i].live = path[i].live;
		d->weight += path[i].weight;
		live += path[i].live;
	}
	sort(d->path, d->n, sizeof(*d->path), dealt_cmp, NULL);
	return live;
}

/**
 * ecmp_buckets_size - how many buckets a set of paths gets
 * @n_paths: configured paths, 0 to ECMP_PATHS_MAX
 *
 * One for a single path, else a power of two: 256 up to 8 paths (so that few
 * people ever meet a change of size, which moves flows), then 32 to 64 for
 * each path, 4,096 from 65 paths on.
 */
unsigned int ecmp_buckets_size(unsigned int n_paths)
{
	if (n_paths <= 1)
		return 1;
	return clamp_t(unsigned int,
		       roundup_pow_of_two(n_paths * BUCKETS_A_PATH),
		       BUCKETS_MIN, BUCKETS_MAX);
}

/**
 * ecmp_buckets_scratch_size - what ecmp_buckets_fill() needs to work in
 * @n_paths: configured paths
 * @n_buckets: buckets
 *
 * Returns: bytes, 76 KiB at most; to be aligned to 8.
 */
size_t ecmp_buckets_scratch_size(unsigned int n_paths, unsigned int n_buckets)
{
	return n_paths * sizeof(struct dealt) + n_buckets * sizeof(struct held);
}

/**
 * ecmp_buckets_fill - choose the owner of every bucket
 * @path: the configured paths of one distance, in any order
 * @n_paths: how many, 1 to ECMP_PATHS_MAX
 * @owner: result, an index into @path for each bucket
 * @n_buckets: how many, at least @n_paths
 * @scratch: ecmp_buckets_scratch_size() bytes, aligned to 8
 *
 * Allocates nothing and cannot fail. Takes about 5 us for 2 paths, 15 for 5,
 * 1 ms for 64, 10 for 256, up to twice that when most of them are dead.
 *
 * Context: any; for many paths better one that may be preempted.
 * Returns: the number of live paths; if 0, @owner was left alone.
 */
unsigned int ecmp_buckets_fill(const struct ecmp_bucket_path *path,
			       unsigned int n_paths, u8 *owner,
			       unsigned int n_buckets, void *scratch)
{
	struct deal d = {
		.path = scratch,
		.held = scratch + n_paths * sizeof(*d.path),
		.n = n_paths,
		.n_buckets = n_buckets,
	};
	unsigned int i, b, live = deal_init(&d, path);

	if (!live)
		return 0;
	deal_configured(&d, owner);
	for (i = 0; i < d.n; i++)
		if (!d.path[i].live)
			deal_dead(&d, i, owner);
	for (b = 0; b < n_buckets; b++)
		owner[b] = d.path[owner[b]].index;
	return live;
}
