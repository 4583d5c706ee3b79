// SPDX-License-Identifier: GPL-2.0
/*
 * Which flows move when paths come, go, die, return or change their weights:
 *
 *	make -C tests/unit bench BENCHES=consistency
 *
 * 100,000 flows by the module's own hash and buckets, and the same flows by
 * models of what the kernel has, in the same run:
 *
 *   ours    starts from who had the buckets before
 *   seed    ours with "set hash-seed": all routers with these paths agree
 *   thresh  hash-threshold, of multipath routes and next hop groups: each path
 *	     has a part of the 31-bit hash space, in the order of the paths
 *   idle    a resilient group of as many buckets, none of which saw a packet
 *	     for the idle time: it moves buckets until the weights are met
 *   busy    the same with flows in every bucket, and no unbalanced timer: it
 *	     moves only what has lost its path
 *
 * All are in per cent of the flows. "least" is what any way must move that
 * keeps to the weights; "/least" is ours by that. "off" is by how many buckets
 * the path that is farthest from its weight misses it, for ours and, "b. off",
 * for busy. "home" is what is not where it was before the loss, after the
 * return. A goal that ours misses is said; that nothing moves without need on
 * loss and return is checked. SEED=N repeats a run.
 *
 * The models follow Documentation/networking/nexthop-group-resilient.rst and
 * what ip-route(8) and ip-nexthop(8) say; tests/selftests/consistency.sh asks
 * the kernel itself.
 */
#include <math.h>
#include <stdarg.h>
#include "harness.h"
#include "buckets.h"
#include "flow_hash.h"

#define FLOWS		100000
#define BUCKETS_MAX	4096
/* What is asked for when members or weights change. */
#define GOAL		1.2
/* The luck of which flows are in which bucket, of 100,000: six sigma. */
#define LUCK(share)	(6 * sqrt((share) / FLOWS))

struct set {
	struct ecmp_bucket_path path[ECMP_PATHS_MAX];
	unsigned int n;
};

/* Of a resilient group; it has a past, so it is kept from step to step. */
struct resilient {
	u64 owner[BUCKETS_MAX];	/* 0: none */
	unsigned int n;
	bool busy;
};

enum way { OURS, AGREED, THRESHOLD, IDLE, BUSY, WAYS };

/* Where every flow goes, as the id of a path. */
struct picture {
	u64 path[WAYS][FLOWS];
	unsigned int off[WAYS];	/* hundredths of a bucket */
};

static u32 flow_hash[FLOWS];

static void hash_flows(void)
{
	struct ecmp_hash_seed seed = ecmp_hash_seed_from(unit_rand() | 1);
	struct ecmp_flow f = { .family = AF_INET, .flags = ECMP_FLOW_PORTS };
	unsigned int i;

	f.hashed = &f.t;
	f.inner = &f.t;
	f.t.proto = 6;
	for (i = 0; i < FLOWS; i++) {
		f.t.src = ecmp_addr_v4(cpu_to_be32(0x0a000000 + i / 400));
		f.t.dst = ecmp_addr_v4(cpu_to_be32(unit_rand()));
		f.t.sport = 32768 + i % 28000;
		f.t.dport = 443;
		flow_hash[i] = ecmp_flow_hash(&seed, ECMP_HASH_L4, &f);
	}
}

static u32 live_weight(const struct set *s)
{
	u32 i, sum = 0;

	for (i = 0; i < s->n; i++)
		if (s->path[i].live)
			sum += s->path[i].weight;
	return sum;
}

/* By how much the worst of the living paths misses its share, in 1/100. */
static unsigned int off(const struct set *s, const u64 *owner, unsigned int n)
{
	double share, most = 0;
	unsigned int i, b, count;

	for (i = 0; i < s->n; i++) {
		if (!s->path[i].live)
			continue;
		for (b = 0, count = 0; b < n; b++)
			count += owner[b] == s->path[i].id;
		share = (double)n * s->path[i].weight / live_weight(s);
		most = max(most, fabs(count - share));
	}
	return most * 100 + 0.5;
}

/* --- ours -------------------------------------------------------------- */

/* Who owns the buckets while all live; one that remembers has @n of them. */
struct dealt {
	struct set set;
	u8 home[BUCKETS_MAX];
	unsigned int n;
};

/* Which paths of @s those of @old are now. */
static void follow(const struct set *old, const struct set *s, s16 *now)
{
	unsigned int i, k;

	for (i = 0; i < old->n; i++)
		for (now[i] = -1, k = 0; k < s->n; k++)
			if (s->path[k].id == old->path[i].id)
				now[i] = k;
}

static bool same_configured(const struct set *x, const struct set *y)
{
	unsigned int i;

	for (i = 0; i < x->n && x->n == y->n; i++)
		if (x->path[i].id != y->path[i].id ||
		    x->path[i].weight != y->path[i].weight)
			return false;
	return x->n == y->n;
}

static void ours(const struct set *s, struct dealt *d, enum way way,
		 struct picture *p)
{
	unsigned int b, i, n = max(ecmp_buckets_size(s->n), d->n);
	static u8 owner[BUCKETS_MAX], home[BUCKETS_MAX];
	static u64 scratch[16384], id[BUCKETS_MAX];
	s16 now[ECMP_PATHS_MAX];

	if (ecmp_buckets_scratch_size(s->n, n) > sizeof(scratch))
		abort();
	if (way == AGREED || !d->n) {
		n = ecmp_buckets_size(s->n);
		ecmp_buckets_deal(s->path, s->n, d->home, n, scratch);
	} else if (!same_configured(&d->set, s)) {
		follow(&d->set, s, now);
		ecmp_buckets_adapt(s->path, s->n, d->home, d->n, now, home, n,
				   scratch);
		memcpy(d->home, home, n);
	}
	d->set = *s;
	d->n = n;
	ecmp_buckets_fill(s->path, s->n, d->home, owner, n, scratch);
	for (b = 0; b < n; b++)
		id[b] = s->path[owner[b]].id;
	for (i = 0; i < FLOWS; i++)
		p->path[way][i] = id[ecmp_bucket(flow_hash[i], n)];
	p->off[way] = off(s, id, n);
}

/* --- hash-threshold ---------------------------------------------------- */

/* A path has the hashes up to its bound that its predecessors have not. */
static void threshold(const struct set *s, struct picture *p)
{
	u32 i, k, hash, sum = 0, all = live_weight(s);
	s64 bound[ECMP_PATHS_MAX];

	for (k = 0; k < s->n; k++) {
		bound[k] = -1;
		if (!s->path[k].live)
			continue;
		sum += s->path[k].weight;
		bound[k] = (s64)(((u64)sum * BIT_ULL(31) + all / 2) / all) - 1;
	}
	for (i = 0; i < FLOWS; i++) {
		hash = flow_hash[i] >> 1;
		for (k = 0; hash > bound[k];)
			k++;
		p->path[THRESHOLD][i] = s->path[k].id;
	}
}

/* --- resilient --------------------------------------------------------- */

static unsigned int owned(const struct resilient *r, u64 id)
{
	unsigned int b, n = 0;

	for (b = 0; b < r->n; b++)
		n += r->owner[b] == id;
	return n;
}

static bool is_member(const struct set *s, u64 id)
{
	unsigned int i;

	for (i = 0; i < s->n; i++)
		if (s->path[i].live && s->path[i].id == id)
			return true;
	return false;
}

/*
 * A dead path is no member any more: with its device the kernel takes it out,
 * and a person puts it back. A bucket moves if it has no path, or if its path
 * has more than it wants and the bucket is idle, to the first path that has
 * less than it wants.
 */
static void resilient(const struct set *s, struct resilient *r)
{
	u32 k, b, sum = 0, before = 0, upto, all = live_weight(s);
	int wants[ECMP_PATHS_MAX], have[ECMP_PATHS_MAX];
	u32 first = 0, mine;

	for (b = 0; b < r->n; b++)
		if (!is_member(s, r->owner[b]))
			r->owner[b] = 0;
	for (k = 0; k < s->n; k++) {
		if (s->path[k].live)
			sum += s->path[k].weight;
		upto = (r->n * sum + all / 2) / all;
		wants[k] = upto - before;
		have[k] = s->path[k].live ? owned(r, s->path[k].id) : 0;
		before = upto;
	}
	for (b = 0; b < r->n; b++) {
		for (mine = 0; r->owner[b] && s->path[mine].id != r->owner[b];)
			mine++;
		if (r->owner[b] && (r->busy || have[mine] <= wants[mine]))
			continue;
		while (first < s->n && have[first] >= wants[first])
			first++;
		if (first == s->n)
			break;
		if (r->owner[b])
			have[mine]--;
		r->owner[b] = s->path[first].id;
		have[first]++;
	}
}

static void resilient_flows(const struct set *s, const struct resilient *r,
			    struct picture *p)
{
	enum way way = r->busy ? BUSY : IDLE;
	unsigned int i;

	for (i = 0; i < FLOWS; i++)
		p->path[way][i] = r->owner[(flow_hash[i] >> 1) % r->n];
	p->off[way] = off(s, r->owner, r->n);
}

/* --- a scenario -------------------------------------------------------- */

/* The set as it is, and what each way remembers of its past. */
struct world {
	struct set set;
	struct dealt dealt[2];
	struct resilient group[2];
};

static struct picture before, after, home;
static unsigned int missed;

static void draw(struct world *w, struct picture *p)
{
	unsigned int i;

	ours(&w->set, &w->dealt[0], OURS, p);
	ours(&w->set, &w->dealt[1], AGREED, p);
	threshold(&w->set, p);
	for (i = 0; i < 2; i++) {
		resilient(&w->set, &w->group[i]);
		resilient_flows(&w->set, &w->group[i], p);
	}
}

/* Weights 1, or 1, 2, 3 and so on up to 10 and from the beginning. */
static void world_init(struct world *w, unsigned int n, bool skewed)
{
	unsigned int i;

	memset(w, 0, sizeof(*w));
	w->set.n = n;
	for (i = 0; i < n; i++)
		w->set.path[i] = (struct ecmp_bucket_path){
			.id = unit_rand() | 1,
			.weight = skewed ? 1 + i % 10 : 1,
			.live = true,
		};
	for (i = 0; i < 2; i++) {
		/* As many as ours: its size is for a person to choose. */
		w->group[i].n = ecmp_buckets_size(n);
		w->group[i].busy = i;
	}
	draw(w, &before);
}

static double share_of(const struct set *s, u64 id)
{
	unsigned int i;

	for (i = 0; i < s->n; i++)
		if (s->path[i].id == id && s->path[i].live)
			return (double)s->path[i].weight / live_weight(s);
	return 0;
}

/* What the paths of @new get more of than they had, must move. */
static double least(const struct set *old, const struct set *new)
{
	double more, sum = 0;
	unsigned int i;

	for (i = 0; i < new->n; i++) {
		more = share_of(new, new->path[i].id) -
		       share_of(old, new->path[i].id);
		sum += max(more, 0.0);
	}
	return sum;
}

static double moved(const struct picture *x, const struct picture *y,
		    enum way way)
{
	unsigned int i, n = 0;

	for (i = 0; i < FLOWS; i++)
		n += x->path[way][i] != y->path[way][i];
	return (double)n / FLOWS;
}

/* Flows of ours that moved though their path stayed, and to one that stayed. */
static unsigned int needless(const struct set *old, const struct set *new)
{
	unsigned int i, n = 0;
	u64 x, y;

	for (i = 0; i < FLOWS; i++) {
		x = before.path[OURS][i];
		y = after.path[OURS][i];
		n += x != y && is_member(new, x) && is_member(old, y);
	}
	return n;
}

static __printf(1, 2) void say_missed(const char *fmt, ...)
{
	va_list args;

	missed++;
	printf("  MISSED: ");
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	printf("\n");
}

static void print_row(const char *name, double need, const double *move)
{
	printf("%-26s %6.2f %6.2f ", name, need * 100, move[OURS] * 100);
	if (need)
		printf("%6.2f", move[OURS] / need);
	else
		printf("%6s", "-");
	printf(" %6.2f %6.2f %6.2f %6.2f %4.1f %6.1f\n", move[AGREED] * 100,
	       move[THRESHOLD] * 100, move[IDLE] * 100, move[BUSY] * 100,
	       after.off[OURS] / 100.0, after.off[BUSY] / 100.0);
}

/* Loss and return: nothing may move that need not; else the goal is GOAL. */
enum { ALIVE_OR_DEAD, MEMBERS };

static void scenario(const char *name, const struct set *old, struct world *w,
		     int kind)
{
	double need = least(old, &w->set), move[WAYS];
	unsigned int i, n;
	char title[32];

	draw(w, &after);
	for (i = 0; i < WAYS; i++)
		move[i] = moved(&before, &after, i);
	snprintf(title, sizeof(title), "%3u  %s", old->n, name);
	print_row(title, need, move);

	n = needless(old, &w->set);
	if (kind == ALIVE_OR_DEAD && !CHECK(!n))
		say_missed("%u flows moved without need", n);
	if (kind == ALIVE_OR_DEAD && after.off[OURS] > 100)
		say_missed("a path is more than a bucket off its weight");
	if (kind == MEMBERS && move[OURS] > need * GOAL + LUCK(need))
		say_missed("more than %.1f times the least", GOAL);
}

/* A return: of the flows how many are not where they were at first? */
static void scenario_home(unsigned int n)
{
	double move[WAYS];
	unsigned int i;
	char title[32];

	for (i = 0; i < WAYS; i++)
		move[i] = moved(&home, &after, i);
	snprintf(title, sizeof(title), "%3u  home", n);
	print_row(title, 0, move);
	if (!CHECK(!move[OURS]))
		say_missed("some did not come home");
}

static void losses(unsigned int n, bool skewed)
{
	struct world w;
	struct set old;

	world_init(&w, n, skewed);
	home = before;
	old = w.set;
	w.set.path[n / 2].live = false;
	scenario("one dies", &old, &w, ALIVE_OR_DEAD);
	before = after;
	old = w.set;
	w.set.path[n / 2].live = true;
	scenario("it returns", &old, &w, ALIVE_OR_DEAD);
	scenario_home(n);
	if (n < 3)
		return;

	world_init(&w, n, skewed);
	home = before;
	old = w.set;
	w.set.path[0].live = false;
	w.set.path[n / 2].live = false;
	scenario("two die", &old, &w, ALIVE_OR_DEAD);
	before = after;
	old = w.set;
	w.set.path[0].live = true;
	w.set.path[n / 2].live = true;
	scenario("both return", &old, &w, ALIVE_OR_DEAD);
	scenario_home(n);
}

static void members(unsigned int n, bool skewed)
{
	struct world w;
	struct set old;

	world_init(&w, n, skewed);
	old = w.set;
	memmove(&w.set.path[n / 2], &w.set.path[n / 2 + 1],
		(n - n / 2 - 1) * sizeof(w.set.path[0]));
	w.set.n--;
	scenario("one is removed", &old, &w, MEMBERS);

	world_init(&w, n, skewed);
	old = w.set;
	w.set.path[w.set.n++] = (struct ecmp_bucket_path){
		.id = unit_rand() | 1, .weight = 1, .live = true,
	};
	scenario("one is added", &old, &w, MEMBERS);

	world_init(&w, n, skewed);
	old = w.set;
	w.set.path[0].weight *= 2;
	scenario("weight 1 becomes 2", &old, &w, MEMBERS);

	world_init(&w, n, skewed);
	old = w.set;
	w.set.path[n / 2].id = unit_rand() | 1;
	scenario("a gateway is replaced", &old, &w, MEMBERS);
}

static void run(void)
{
	static const unsigned int paths[] = { 2, 3, 5, 16, 64 };
	unsigned int i, skewed;

	hash_flows();
	printf("%d flows; moved, in per cent\n", FLOWS);
	for (skewed = 0; skewed < 2; skewed++) {
		printf("\n%-26s %6s %6s %6s %6s %6s %6s %6s %4s %6s\n",
		       skewed ? "weights 1, 2, 3 ..." : "equal weights",
		       "least", "ours", "/least", "seed", "thresh", "idle",
		       "busy", "off", "b. off");
		for (i = 0; i < ARRAY_SIZE(paths); i++) {
			losses(paths[i], skewed);
			members(paths[i], skewed);
		}
	}
	printf("\n%u goals missed\n", missed);
}

static const struct unit_test tests[] = {
	UNIT_TEST(run),
};
UNIT_MAIN(tests)
