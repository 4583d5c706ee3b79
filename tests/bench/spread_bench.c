// SPDX-License-Identifier: GPL-2.0
/*
 * How flows share among paths, in user space:
 *
 *	make -C tests/unit bench BENCHES=spread
 *
 * Each line is of ROUNDS seeds. Off is how far the path that is furthest from
 * its ideal share, by weight, is off it in per cent of that; chi2 is the
 * chi-square sum by degrees of freedom, 1 for what is fair and independent.
 *
 *	buckets	off: what is left of exact weights in whole buckets
 *	hash	off, mean and most, and chi2: flows by hash and bucket
 *	chance	off, mean and of 99 in 100, and chi2: each flow by a die of its
 *		own, which is the best that a hash can be
 *	turns	off: in turn, as "balance round-robin" takes them
 *
 * Hash policy l4. Flows are ports (one client's, counted up), hosts (clients
 * and their ports counted up) or random (everything is).
 */
#include <math.h>
#include "harness.h"
#include "flow_hash.h"
#include "rotation.h"

#define ROUNDS		40
#define PATHS		64
#define BUCKETS		4096

/* Paths of these weights; a single weight is that of all. */
struct set {
	const char	*name;
	unsigned int	n;
	u16		weight[5];
};

static const struct set sets[] = {
	{ "1", 1, { 1 } },
	{ "1:1", 2, { 1 } },
	{ "1:1:1", 3, { 1 } },
	{ "5 equal", 5, { 1 } },
	{ "16 equal", 16, { 1 } },
	{ "64 equal", 64, { 1 } },
	{ "2:1", 2, { 2, 1 } },
	{ "10:3:1", 3, { 10, 3, 1 } },
	{ "100:50:20:10:5", 5, { 100, 50, 20, 10, 5 } },
	{ "256:1:1", 3, { 256, 1, 1 } },
};

enum pattern { PORTS, HOSTS, RANDOM, PATTERNS };

static const char * const patterns[] = { "ports", "hosts", "random" };

/* What the shares of some rounds were. */
struct outcome {
	double	off[ROUNDS];
	double	chi2;
};

struct paths {
	struct ecmp_bucket_path	path[PATHS];
	unsigned int		n;
	unsigned int		buckets;
	u32			weight;		/* the sum */
	u8			owner[BUCKETS];
	u8			turn[BUCKETS];
	unsigned int		turns;
};

static u16 weight_of(const struct set *s, unsigned int i)
{
	return s->weight[1] ? s->weight[i] : s->weight[0];
}

static void deal(struct paths *p, const struct set *s)
{
	static u64 scratch[BUCKETS * 4];
	unsigned int i;

	p->n = s->n;
	p->weight = 0;
	for (i = 0; i < s->n; i++) {
		p->path[i] = (struct ecmp_bucket_path){
			.id = unit_rand(), .weight = weight_of(s, i),
			.live = true,
		};
		p->weight += p->path[i].weight;
	}
	p->buckets = ecmp_buckets_size(p->n);
	ecmp_buckets_deal(p->path, p->n, p->owner, p->buckets, scratch);
	ecmp_buckets_fill(p->path, p->n, p->owner, p->owner,
			  p->buckets, scratch);
	p->turns = ecmp_rotation_fill(p->path, p->n, p->owner, p->buckets,
				      p->turn, scratch);
}

static struct ecmp_addr address(u8 family, u32 host)
{
	struct ecmp_addr a = {};

	if (family == AF_INET)
		return ecmp_addr_v4(cpu_to_be32(0x0a000000 + host));
	a.w[0] = cpu_to_be32(0x20010db8);
	a.w[3] = cpu_to_be32(host);
	return a;
}

static void make(struct ecmp_flow *f, u8 family, enum pattern pattern, u32 i)
{
	u32 host = pattern == PORTS ? 5 : i >> 4;
	u32 port = 1024 + (pattern == PORTS ? i : i & 15);

	*f = (struct ecmp_flow){
		.hashed = &f->t, .family = family, .flags = ECMP_FLOW_PORTS,
		.t = { .proto = 6, .dport = 443 + port / 65536,
		       .sport = port, .dst = address(family, 0xffffff),
		       .src = address(family, host) },
	};
	if (pattern != RANDOM)
		return;
	f->t.src = address(family, unit_rand() & 0xffffff);
	f->t.dst = address(family, unit_rand() & 0xffffff);
	f->t.sport = unit_rand();
	f->t.dport = unit_rand();
}

static double ideal(const struct paths *p, unsigned int i, unsigned int of)
{
	return (double)of * p->path[i].weight / p->weight;
}

/* How far the furthest of @got is off its share of @n, in per cent. */
static double off(const struct paths *p, const u32 *got, unsigned int n)
{
	double most = 0;
	unsigned int i;

	for (i = 0; i < p->n; i++)
		most = fmax(most, fabs(got[i] / ideal(p, i, n) - 1));
	return 100 * most;
}

static double chi2(const struct paths *p, const u32 *got, unsigned int n)
{
	double sum = 0, want;
	unsigned int i;

	for (i = 0; i < p->n && p->n > 1; i++) {
		want = ideal(p, i, n);
		sum += (got[i] - want) * (got[i] - want) / want / (p->n - 1);
	}
	return sum;
}

static void note(struct outcome *o, unsigned int round, const struct paths *p,
		 const u32 *got, unsigned int n)
{
	o->off[round] = off(p, got, n);
	o->chi2 += chi2(p, got, n) / ROUNDS;
}

static void by_hash(const struct paths *p, u8 family, enum pattern pattern,
		    unsigned int n, u32 *got)
{
	struct ecmp_hash_seed seed = ecmp_hash_seed_from(unit_rand());
	struct ecmp_flow f;
	unsigned int i;
	u32 h;

	memset(got, 0, PATHS * sizeof(*got));
	for (i = 0; i < n; i++) {
		make(&f, family, pattern, i);
		h = ecmp_flow_hash(&seed, ECMP_HASH_L4, &f);
		got[p->owner[ecmp_bucket(h, p->buckets)]]++;
	}
}

static void by_chance(const struct paths *p, unsigned int n, u32 *got)
{
	unsigned int i, j;
	u32 at;

	memset(got, 0, PATHS * sizeof(*got));
	while (n--) {
		at = unit_below(p->weight);
		if (p->weight == p->n) {	/* all are 1 */
			got[at]++;
			continue;
		}
		for (i = 0, j = 0; i < p->n; i++) {
			j += p->path[i].weight;
			if (at < j)
				break;
		}
		got[i]++;
	}
}

static double in_turn(const struct paths *p, unsigned int n)
{
	u32 got[PATHS] = {};
	unsigned int i;

	for (i = 0; i < n; i++)
		got[p->turn[i % p->turns]]++;
	return off(p, got, n);
}

static double in_buckets(const struct paths *p)
{
	u32 got[PATHS] = {};
	unsigned int i;

	for (i = 0; i < p->buckets; i++)
		got[p->owner[i]]++;
	return off(p, got, p->buckets);
}

static int compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* Mean and, of so many in a hundred, the most. */
static double mean(struct outcome *o, unsigned int percent, double *most)
{
	double sum = 0;
	unsigned int i;

	for (i = 0; i < ROUNDS; i++)
		sum += o->off[i] / ROUNDS;
	qsort(o->off, ROUNDS, sizeof(*o->off), compare);
	*most = o->off[(ROUNDS * percent + 99) / 100 - 1];
	return sum;
}

static void bench(const struct set *s, u8 family, enum pattern pattern,
		  unsigned int n)
{
	struct outcome hash = {}, chance = {};
	double hash_mean, hash_most, chance_mean, chance_most;
	static struct paths p;
	unsigned int round;
	u32 got[PATHS];

	for (round = 0; round < ROUNDS; round++) {
		deal(&p, s);
		by_hash(&p, family, pattern, n, got);
		note(&hash, round, &p, got, n);
		by_chance(&p, n, got);
		note(&chance, round, &p, got, n);
	}
	hash_mean = mean(&hash, 100, &hash_most);
	chance_mean = mean(&chance, 99, &chance_most);
	printf("%-15s %6u IPv%c %-6s | %6.2f | %7.2f %7.2f %5.2f | %7.2f %7.2f %5.2f | %6.2f\n",
	       s->name, n, family == AF_INET ? '4' : '6', patterns[pattern],
	       in_buckets(&p), hash_mean, hash_most, hash.chi2, chance_mean,
	       chance_most, chance.chi2, in_turn(&p, n));
}

static void run(void)
{
	static const unsigned int flows[] = { 10, 100000 };
	static const u8 families[] = { AF_INET, AF_INET6 };
	unsigned int i, n, f, pattern;

	printf("%-15s %6s %4s %-6s | %6s | %7s %7s %5s | %7s %7s %5s | %6s\n",
	       "weights", "flows", "", "", "bucket", "hash", "", "",
	       "chance", "", "", "turns");
	printf("%-15s %6s %4s %-6s | %6s | %7s %7s %5s | %7s %7s %5s | %6s\n",
	       "", "", "", "", "off %", "mean %", "most %", "chi2",
	       "mean %", "99 of", "chi2", "off %");
	for (i = 0; i < ARRAY_SIZE(sets); i++)
		for (n = 0; n < ARRAY_SIZE(flows); n++)
			for (f = 0; f < ARRAY_SIZE(families); f++)
				for (pattern = 0; pattern < PATTERNS; pattern++)
					bench(&sets[i], families[f], pattern,
					      flows[n]);
}

static const struct unit_test tests[] = {
	UNIT_TEST(run),
};
UNIT_MAIN(tests)
