// SPDX-License-Identifier: GPL-2.0
/*
 * What flows see of the dealing of buckets: 100,000 of them, always the same,
 * and always the same paths, so that a limit holds or does not. How it compares
 * with the kernel's ways is shown by ../bench/consistency_bench.c.
 */
#include "harness.h"
#include "buckets.h"
#include "flow_hash.h"

#define FLOWS		100000
#define BUCKETS_MAX	4096

struct set {
	struct ecmp_bucket_path path[ECMP_PATHS_MAX];
	unsigned int n;
};

/* The path of each flow, and how many buckets each path has. */
struct picture {
	u64 path[FLOWS];
	unsigned int owned[ECMP_PATHS_MAX];
	unsigned int buckets;
	u8 home[BUCKETS_MAX];
};

static u32 flow_hash[FLOWS];
static struct picture before, after, home;

static void hash_flows(void)
{
	struct ecmp_hash_seed seed = ecmp_hash_seed_from(1);
	struct ecmp_flow f = { .family = AF_INET, .flags = ECMP_FLOW_PORTS };
	unsigned int i;

	f.hashed = &f.t;
	f.inner = &f.t;
	f.t.proto = 6;
	f.t.dport = 443;
	for (i = 0; i < FLOWS; i++) {
		f.t.src = ecmp_addr_v4(cpu_to_be32(0xc0a80a02 + i % 250));
		f.t.dst = ecmp_addr_v4(cpu_to_be32(0xcb007100 + i / 1000));
		f.t.sport = 32768 + i % 28000;
		flow_hash[i] = ecmp_flow_hash(&seed, ECMP_HASH_L4, &f);
	}
}

/* The id of the @i-th path of the @sample-th set: of a gateway 10.S.I.1. */
static u64 id(unsigned int sample, unsigned int i)
{
	struct ecmp_addr a = ecmp_addr_v4(cpu_to_be32(0x0a000001 |
						      sample << 16 | i << 8));

	return ecmp_hash_bytes(&a, sizeof(a));
}

static void make(struct set *s, unsigned int sample, unsigned int n,
		 bool skewed)
{
	for (s->n = 0; s->n < n; s->n++)
		s->path[s->n] = (struct ecmp_bucket_path){
			.id = id(sample, s->n),
			.weight = skewed ? 1 + s->n % 10 : 1,
			.live = true,
		};
}

/* What @old's paths are in @s. */
static void follow(const struct set *old, const struct set *s, s16 *now)
{
	unsigned int i, k;

	for (i = 0; i < old->n; i++)
		for (now[i] = -1, k = 0; k < s->n; k++)
			if (s->path[k].id == old->path[i].id)
				now[i] = k;
}

/* After @past of @old; without, as every router does. */
static void draw_after(const struct set *old, const struct picture *past,
		       const struct set *s, struct picture *p)
{
	unsigned int i, n = ecmp_buckets_size(s->n);
	u64 *scratch = kmalloc(ecmp_buckets_scratch_size(s->n, n), GFP_KERNEL);
	static u8 owner[BUCKETS_MAX];
	s16 now[ECMP_PATHS_MAX];

	if (old) {
		follow(old, s, now);
		ecmp_buckets_adapt(s->path, s->n, past->home, past->buckets,
				   now, p->home, n, scratch);
	} else {
		ecmp_buckets_deal(s->path, s->n, p->home, n, scratch);
	}
	ecmp_buckets_fill(s->path, s->n, p->home, owner, n, scratch);
	kfree(scratch);
	p->buckets = n;
	memset(p->owned, 0, sizeof(p->owned));
	for (i = 0; i < n; i++)
		p->owned[owner[i]]++;
	for (i = 0; i < FLOWS; i++)
		p->path[i] = s->path[owner[ecmp_bucket(flow_hash[i], n)]].id;
}

static void draw(const struct set *s, struct picture *p)
{
	draw_after(NULL, NULL, s, p);
}

static bool lives(const struct set *s, u64 path)
{
	unsigned int i;

	for (i = 0; i < s->n; i++)
		if (s->path[i].live && s->path[i].id == path)
			return true;
	return false;
}

/* Flows that moved though neither path died, returned, came or went. */
static unsigned int needless(const struct set *old, const struct set *new)
{
	unsigned int i, n = 0;

	for (i = 0; i < FLOWS; i++)
		n += before.path[i] != after.path[i] &&
		     lives(new, before.path[i]) && lives(old, after.path[i]);
	return n;
}

static unsigned int moved(const struct picture *x, const struct picture *y)
{
	unsigned int i, n = 0;

	for (i = 0; i < FLOWS; i++)
		n += x->path[i] != y->path[i];
	return n;
}

static double share(const struct set *s, unsigned int i)
{
	unsigned int k, sum = 0;

	for (k = 0; k < s->n; k++)
		if (s->path[k].live)
			sum += s->path[k].weight;
	return s->path[i].live ? (double)s->path[i].weight / sum : 0;
}

static void check_within_one(const struct set *s, const struct picture *p,
			     const char *what)
{
	unsigned int i;
	double want;

	for (i = 0; i < s->n; i++) {
		want = share(s, i) * p->buckets;
		CHECK(p->owned[i] >= want - 1 && p->owned[i] <= want + 1,
		      "%s, %u paths: path %u has %u of %.1f", what, s->n, i,
		      p->owned[i], want);
	}
}

/* @dead of the paths die together, and return together. */
static void loss(struct set *s, const unsigned int *dead, unsigned int n)
{
	struct set whole = *s;
	unsigned int i;

	draw(s, &home);
	check_within_one(s, &home, "all live");
	before = home;
	for (i = 0; i < n; i++)
		s->path[dead[i]].live = false;
	draw(s, &after);
	CHECK(!needless(&whole, s), "%u paths, %u die: %u flows", s->n, n,
	      needless(&whole, s));
	for (i = 0; i < FLOWS; i++)
		if (!CHECK(lives(s, after.path[i]), "flow %u is lost", i))
			break;
	if (n == 1 || s->n <= 4)
		check_within_one(s, &after, "some are dead");
	before = after;
	for (i = 0; i < n; i++)
		s->path[dead[i]].live = true;
	draw(s, &after);
	CHECK(!moved(&home, &after), "%u paths, %u return: %u flows are not at home",
	      s->n, n, moved(&home, &after));
}

static void test_loss_and_return(void)
{
	static const unsigned int paths[] = { 2, 3, 5, 16, 64 };
	unsigned int i, n, dead[2];
	struct set s;

	hash_flows();
	for (i = 0; i < 2 * ARRAY_SIZE(paths); i++) {
		n = paths[i / 2];
		make(&s, 0, n, i & 1);
		for (dead[0] = 0; dead[0] < n; dead[0] += 1 + n / 4) {
			dead[1] = (dead[0] + 1) % n;
			loss(&s, dead, 1);
			if (n > 2)
				loss(&s, dead, 2);
		}
	}
}

enum change { ADD, REMOVE, HEAVIER, GATEWAY, CHANGES };

static void change(struct set *s, unsigned int sample, enum change how)
{
	switch (how) {
	case ADD:
		s->path[s->n] = (struct ecmp_bucket_path){
			.id = id(sample, s->n), .weight = 1, .live = true,
		};
		s->n++;
		break;
	case REMOVE:
		s->path[s->n / 2] = s->path[s->n - 1];
		s->n--;
		break;
	case HEAVIER:
		s->path[0].weight = 2;
		break;
	default:
		s->path[s->n / 2].id = id(sample, 200);
	}
}

/* What the paths of @new get more of than they had. */
static double least(const struct set *old, const struct set *new)
{
	double more, sum = 0;
	unsigned int i, k;

	for (i = 0; i < new->n; i++) {
		more = share(new, i);
		for (k = 0; k < old->n; k++)
			if (old->path[k].id == new->path[i].id)
				more -= share(old, k);
		sum += max(more, 0.0);
	}
	return sum * FLOWS;
}

/* The moved flows of @sets sets by what any way must move. */
static double ratio(unsigned int n, bool skewed, bool past, enum change how,
		    unsigned int sets)
{
	double moves = 0, need = 0;
	struct set old, new;

	while (sets--) {
		make(&old, sets, n, skewed);
		new = old;
		change(&new, sets, how);
		draw(&old, &before);
		draw_after(past ? &old : NULL, &before, &new, &after);
		moves += moved(&before, &after);
		need += least(&old, &new);
	}
	return moves / need;
}

static const char * const change_name[] = {
	"one is added", "one is removed", "weight 1 becomes 2",
	"a gateway is replaced",
};

/* What there is without a past, so that nothing gets worse unseen. */
static void test_change(void)
{
	static const struct {
		unsigned int paths;
		double most[CHANGES];
	} limit[] = {
		{ 2, { 1.05, 1.01, 1.1, 1.35 } },
		{ 3, { 1.15, 1.05, 1.1, 1.55 } },
		{ 4, { 1.2, 1.1, 1.21, 1.65 } },
		{ 5, { 1.3, 1.15, 1.3, 1.75 } },
	};
	unsigned int i, how, skewed;
	double got;

	hash_flows();
	for (i = 0; i < ARRAY_SIZE(limit); i++)
		for (how = 0; how < CHANGES; how++)
			for (skewed = 0; skewed < 2; skewed++) {
				got = ratio(limit[i].paths, skewed, false, how,
					    20);
				unit_diag("%u paths%s, %s: %.2f times the least",
					  limit[i].paths,
					  skewed ? " of weights 1, 2, 3 ..." :
						   "", change_name[how], got);
				CHECK(got > 0.98 && got <= limit[i].most[how],
				      "%u paths, %s: %.2f", limit[i].paths,
				      change_name[how], got);
			}
}

/*
 * With a past: 1.2 times the least at most, where the table grows, too; but for
 * the sixth of a per cent by which 32 weights are rounded better then.
 */
static void test_change_with_past(void)
{
	static const unsigned int paths[] = { 2, 3, 5, 8, 16, 32, 64 };
	unsigned int i, how, skewed;
	double got;

	hash_flows();
	for (i = 0; i < ARRAY_SIZE(paths); i++)
		for (how = 0; how < CHANGES; how++)
			for (skewed = 0; skewed < 2; skewed++) {
				got = ratio(paths[i], skewed, true, how, 4);
				unit_diag("%u paths%s, %s: %.2f times the least",
					  paths[i],
					  skewed ? " of weights 1, 2, 3 ..." :
						   "", change_name[how], got);
				CHECK(got > 0.8 &&
				      got <= (paths[i] == 32 && skewed ? 1.4 :
								 1.2),
				      "%u paths, %s: %.2f", paths[i],
				      change_name[how], got);
			}
}

static const struct unit_test tests[] = {
	UNIT_TEST(test_loss_and_return),
	UNIT_TEST(test_change),
	UNIT_TEST(test_change_with_past),
};
UNIT_MAIN(tests)
