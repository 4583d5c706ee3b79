// SPDX-License-Identifier: GPL-2.0
/*
 * DOC: Path choice
 *
 * A flow's hash names a bucket, a bucket is owned by a path. First the buckets
 * are dealt among the configured paths, live or not, then those of the dead
 * ones among the live. The second is a pure function of the first and of which
 * paths live: nothing else is remembered, so flows that left a dead path come
 * home with it.
 *
 * Each bucket prefers the paths in its own order, that of weighted rendezvous
 * hashing (Thaler and Ravishankar 1998; Schindelhauer and Schomaker, "Weighted
 * distributed hash tables", SPAA 2005): a path's cost for a bucket is
 * -log2(u) / weight, u being a hash of both. In step 1 a table's later buckets
 * have the costs of its first, so that a larger table repeats a smaller one.
 *
 * Over the configured paths every path has its quota, the share of its weight,
 * rounded by largest remainder and at least one bucket.
 *
 * 1. ecmp_buckets_deal() is a pure function of these paths: routers that have
 *    the same ones agree. Each bucket goes to the path that it prefers among
 *    those that would have it; a path whose quota is exceeded keeps the buckets
 *    that it costs least. (The stable matching of Gale and Shapley, "College
 *    admissions and the stability of marriage", 1962. As both sides go by the
 *    same costs there is only one, in whatever order it is arrived at.) When
 *    the paths change most buckets find the same one again, because costs do
 *    not change and quotas change a little; how many do not, beyond those that
 *    must, grows with paths / sqrt(buckets).
 *    ecmp_buckets_adapt() starts from the owners that there were: a path that
 *    has more than its quota gives those that cost it most, and who has less
 *    takes them and those of the paths that are gone. No fewer can move.
 *
 * ecmp_buckets_fill() deals what belongs to the dead:
 *
 * 2. A dead path's buckets are dealt to the other configured paths, whose room
 *    is what they miss to their shares without it; each bucket in its turn
 *    takes the path that it prefers among those with room.
 * 3. Those that meet a dead path again, by twos of dead paths, to the others
 *    likewise, if the paths are not too many for that.
 * 4. A bucket that meets a third goes to the live path that it prefers.
 *
 * Every live path keeps its quota, so it is never without a bucket. Steps 2 and
 * 3 make the loss of one path exact, and of two nearly. Only the dead paths'
 * buckets ever move.
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
#include "buckets_deal.h"

/* At least so many for a path, while ECMP_BUCKETS_MAX allows. */
#define BUCKETS_A_PATH	32

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

/**
 * ecmp_deal_cost - what a path costs a bucket
 * @p: path
 * @b: bucket
 * @best: the least cost up to now
 *
 * As -log2(u) > 1 - u, most paths are dismissed without a logarithm.
 *
 * Context: any.
 * Return: the cost, in units of 2^-26 by the weight, or anything not less than
 *	@best.
 */
u64 ecmp_deal_cost(const struct ecmp_dealt *p, unsigned int b, u64 best)
{
	u64 x = (mix(p->key + b * 0x9e3779b97f4a7c15ull) >> 32) + 1;
	u64 least = ((BIT_ULL(32) - x) >> 6) * p->inverse;

	return least < best ? minus_log2(x) * p->inverse : least;
}

/**
 * ecmp_deal_prefer - the path that a bucket prefers among some
 * @d: paths
 * @b: bucket
 * @live: among those that live; else among those with room
 *
 * Context: any.
 * Return: its place in @d; there must be one.
 */
unsigned int ecmp_deal_prefer(const struct ecmp_deal *d, unsigned int b,
			      bool live)
{
	unsigned int i, choice = 0;
	u64 c, best = U64_MAX;

	for (i = 0; i < d->n; i++) {
		if (live ? !d->path[i].live : !d->path[i].room)
			continue;
		c = ecmp_deal_cost(&d->path[i], b, best);
		if (c < best) {
			best = c;
			choice = i;
		}
	}
	return choice;
}

/**
 * ecmp_deal_count - deal a number of buckets, not yet which
 * @d: paths; ecmp_dealt.have is what each one has, and has then
 * @x: place of one that gets none
 * @y: place of another
 * @weight: the weights of the others together
 * @count: buckets
 *
 * Each goes to the path that lags most behind its share of the table.
 *
 * Context: any.
 */
void ecmp_deal_count(struct ecmp_deal *d, unsigned int x, unsigned int y,
		     u32 weight, unsigned int count)
{
	unsigned int i, last;
	s64 lag, most;

	while (count--) {
		last = 0;
		most = S64_MIN;
		for (i = 0; i < d->n; i++) {
			if (i == x || i == y)
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

static int dealt_cmp(const void *a, const void *b)
{
	const struct ecmp_dealt *x = a, *y = b;

	/* Ids should be unique; if not, at least the same call does the same. */
	if (x->key == y->key)
		return (int)x->index - (int)y->index;
	return x->key < y->key ? -1 : 1;
}

/**
 * ecmp_deal_init - put the paths in their order
 * @d: of ecmp_deal_in()
 * @path: as many paths
 *
 * Context: any.
 * Return: the number of live ones.
 */
unsigned int ecmp_deal_init(struct ecmp_deal *d,
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
 * ecmp_deal_in - divide the memory to work in
 * @scratch: ecmp_buckets_scratch_size() bytes, aligned to 8
 * @n_paths: configured paths
 * @n_buckets: buckets
 *
 * Context: any.
 */
struct ecmp_deal ecmp_deal_in(void *scratch, unsigned int n_paths,
			      unsigned int n_buckets)
{
	struct ecmp_deal d = { .n = n_paths, .n_buckets = n_buckets };

	d.path = scratch;
	d.held = (struct ecmp_held *)(d.path + n_paths);
	d.home = (u8 *)(d.held + n_buckets);
	d.first = d.home + n_buckets;
	return d;
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
		       ECMP_BUCKETS_MIN, ECMP_BUCKETS_MAX);
}

/**
 * ecmp_buckets_scratch_size - what the others need to work in
 * @n_paths: configured paths
 * @n_buckets: buckets
 *
 * Returns: bytes, 84 KiB at most; to be aligned to 8.
 */
size_t ecmp_buckets_scratch_size(unsigned int n_paths, unsigned int n_buckets)
{
	return n_paths * sizeof(struct ecmp_dealt) +
	       n_buckets * (sizeof(struct ecmp_held) + 2);
}

