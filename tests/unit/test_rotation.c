// SPDX-License-Identifier: GPL-2.0
/*
 * What turns promise: the shares of a round are exact, and at any moment each
 * path has had its share but for less than one turn.
 */
#include "harness.h"
#include "rotation.h"

#define BUCKETS_MAX	4096

struct set {
	struct ecmp_bucket_path path[ECMP_PATHS_MAX];
	unsigned int n;
	unsigned int buckets;
	u8 owner[BUCKETS_MAX];
	u8 turn[BUCKETS_MAX];
	unsigned int size;
};

static void make(struct set *s, unsigned int n, unsigned int weight_max)
{
	unsigned int i;

	s->n = n;
	s->buckets = ecmp_buckets_size(n);
	for (i = 0; i < n; i++)
		s->path[i] = (struct ecmp_bucket_path){
			.id = unit_rand() | 1,
			.weight = 1 + unit_below(weight_max),
			.live = true,
		};
}

static void weigh(struct set *s, unsigned int n, const u16 *weight)
{
	unsigned int i;

	make(s, n, 1);
	for (i = 0; i < n; i++)
		s->path[i].weight = weight[i];
}

/* Exactly the promised number of turns is written, into so much memory. */
static void fill(struct set *s)
{
	size_t size = max(ecmp_buckets_scratch_size(s->n, s->buckets),
			  ecmp_rotation_scratch_size(s->n));
	unsigned int n = ecmp_rotation_size(s->path, s->n, s->buckets);
	u64 *scratch = kmalloc(size, GFP_KERNEL);
	u8 *turn = kmalloc(max(n, 1u), GFP_KERNEL);

	ecmp_buckets_deal(s->path, s->n, s->owner, s->buckets, scratch);
	ecmp_buckets_fill(s->path, s->n, s->owner, s->owner,
			  s->buckets, scratch);
	kfree(scratch);
	scratch = kmalloc(ecmp_rotation_scratch_size(s->n), GFP_KERNEL);
	s->size = ecmp_rotation_fill(s->path, s->n, s->owner, s->buckets, turn,
				     scratch);
	CHECK(s->size == n, "%u turns, %u were promised", s->size, n);
	memcpy(s->turn, turn, n);
	kfree(turn);
	kfree(scratch);
}

static unsigned int count(const u8 *of, unsigned int n, unsigned int path)
{
	unsigned int i, c = 0;

	for (i = 0; i < n; i++)
		c += of[i] == path;
	return c;
}

static u32 live_weight(const struct set *s)
{
	u32 i, sum = 0;

	for (i = 0; i < s->n; i++)
		sum += s->path[i].live ? s->path[i].weight : 0;
	return sum;
}

/* Weights as they are, or where that takes too many turns as the buckets. */
static void check_shares(const struct set *s)
{
	u32 sum = live_weight(s);
	unsigned int i, c;

	for (i = 0; i < s->n; i++) {
		c = count(s->turn, s->size, i);
		if (!s->path[i].live)
			CHECK(!c, "a dead path has %u turns", c);
		else if (s->size < s->buckets || s->size == sum)
			CHECK((u64)c * sum == (u64)s->size * s->path[i].weight,
			      "weight %u of %u: %u of %u turns",
			      s->path[i].weight, sum, c, s->size);
		else
			CHECK(c && c == count(s->owner, s->buckets, i),
			      "weight %u of %u: %u turns", s->path[i].weight,
			      sum, c);
	}
}

/*
 * After each turn each of n paths is at most 1 - 1 / 2(n - 1) turns off its
 * share, which is the least that can be promised.
 */
static void check_even(const struct set *s)
{
	unsigned int have[ECMP_PATHS_MAX] = {}, all[ECMP_PATHS_MAX];
	unsigned int i, at;
	long off, k = 0;

	for (i = 0; i < s->n; i++) {
		all[i] = count(s->turn, s->size, i);
		k += 2 * s->path[i].live;
	}
	k = max(k - 2, 1l);
	for (at = 0; at < s->size; at++) {
		have[s->turn[at]]++;
		for (i = 0; i < s->n; i++) {
			off = (long)have[i] * s->size - (long)(at + 1) * all[i];
			CHECK(labs(off) * k <= (k - 1) * s->size,
			      "path %u of %u has %u of %u, after %u of %u turns",
			      i, s->n, have[i], all[i], at + 1, s->size);
		}
	}
}

static void check_all(struct set *s)
{
	fill(s);
	check_shares(s);
	check_even(s);
}

static bool is(struct set *s, const char *turns)
{
	char got[BUCKETS_MAX + 1] = "";
	unsigned int i;

	fill(s);
	for (i = 0; i < s->size; i++)
		got[i] = 'A' + s->turn[i];
	return CHECK(!strcmp(got, turns), "%s instead of %s", got, turns);
}

/* What people expect to see. */
static void test_small(void)
{
	static struct set s;

	weigh(&s, 1, (u16[]){ 7 });
	is(&s, "A");
	weigh(&s, 2, (u16[]){ 1, 1 });
	is(&s, "AB");
	weigh(&s, 2, (u16[]){ 256, 256 });
	is(&s, "AB");
	weigh(&s, 3, (u16[]){ 5, 5, 5 });
	is(&s, "ABC");
	weigh(&s, 2, (u16[]){ 2, 1 });
	is(&s, "ABA");
	weigh(&s, 2, (u16[]){ 100, 50 });
	is(&s, "ABA");
	weigh(&s, 3, (u16[]){ 2, 1, 1 });
	is(&s, "ABCA");
	weigh(&s, 2, (u16[]){ 4, 1 });
	is(&s, "AABAA");
}

/* A dead path has no turn, and the others theirs by their weights. */
static void test_dead(void)
{
	static struct set s;

	weigh(&s, 3, (u16[]){ 2, 1, 1 });
	s.path[1].live = false;
	is(&s, "ACA");
	s.path[0].live = false;
	is(&s, "C");
	s.path[2].live = false;
	CHECK(!ecmp_rotation_size(s.path, 3, s.buckets));
	is(&s, "");
	/* What divides the weights of the living. */
	weigh(&s, 3, (u16[]){ 6, 1, 4 });
	CHECK(ecmp_rotation_size(s.path, 3, s.buckets) == 11);
	s.path[1].live = false;
	is(&s, "ACACA");
}

static void test_shares(void)
{
	static const unsigned int paths[] = { 1, 2, 3, 5, 8, 16, 64, 256 };
	static const unsigned int most[] = { 1, 3, 10, 256 };
	static struct set s;
	unsigned int i, w, again;

	for (i = 0; i < ARRAY_SIZE(paths); i++)
		for (w = 0; w < ARRAY_SIZE(most); w++)
			for (again = 0; again < (paths[i] > 16 ? 2 : 40);
			     again++) {
				make(&s, paths[i], most[w]);
				check_all(&s);
			}
}

/*
 * As many turns as there are buckets are enough for exact shares, which the
 * buckets of the survivors of two deaths need not have.
 */
static void test_just_enough(void)
{
	static struct set s;
	u16 w;

	for (w = 1; w < 171; w++) {
		weigh(&s, 5, (u16[]){ w, 171 - w, 85, 77, 33 });
		s.path[3].live = false;
		s.path[4].live = false;
		check_all(&s);
		CHECK(s.size == 256, "%u turns", s.size);
	}
}

/* The memory that a set takes is enough whoever of it dies. */
static void test_subsets(void)
{
	unsigned int again, i, most;
	static struct set s;

	for (again = 0; again < 300; again++) {
		make(&s, 2 + unit_below(12), again & 1 ? 12 : 256);
		most = ecmp_rotation_size(s.path, s.n, s.buckets);
		for (i = 0; i < s.n; i++)
			s.path[i].live = unit_below(3);
		check_all(&s);
		CHECK(s.size <= most, "%u of %u", s.size, most);
	}
}

/* One of little weight is not forgotten. */
static void test_skewed(void)
{
	static struct set s;
	unsigned int i;

	weigh(&s, 2, (u16[]){ 256, 1 });
	check_all(&s);
	CHECK(s.size == 256 && count(s.turn, s.size, 1) == 1);
	weigh(&s, 2, (u16[]){ 255, 1 });
	check_all(&s);
	CHECK(s.size == 256 && count(s.turn, s.size, 1) == 1);
	make(&s, 200, 1);
	for (i = 0; i < 100; i++)
		s.path[i].weight = 255;
	s.path[0].weight = 256;
	check_all(&s);
	CHECK(s.size == BUCKETS_MAX, "%u", s.size);
}

static void test_time(void)
{
	static const unsigned int paths[] = { 2, 5, 16, 64, 256 };
	static struct set s;
	unsigned int i;
	u64 start;

	for (i = 0; i < ARRAY_SIZE(paths); i++) {
		make(&s, paths[i], 256);
		fill(&s);
		start = unit_now();
		fill(&s);
		unit_diag("%u paths, %u turns: %llu us with the buckets", s.n,
			  s.size, (unit_now() - start) / 1000);
	}
}

static const struct unit_test tests[] = {
	UNIT_TEST(test_small),
	UNIT_TEST(test_dead),
	UNIT_TEST(test_shares),
	UNIT_TEST(test_just_enough),
	UNIT_TEST(test_subsets),
	UNIT_TEST(test_skewed),
	UNIT_TEST(test_time),
};
UNIT_MAIN(tests)
