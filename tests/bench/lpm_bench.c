// SPDX-License-Identifier: GPL-2.0
/*
 * What the longest-prefix match costs, in user space.
 *
 *	cc -O2 -mpopcnt -D_GNU_SOURCE -fno-strict-aliasing \
 *		-I../unit/include -I../../src/lib -o lpm_bench lpm_bench.c \
 *		../../src/lib/lpm*.c
 *	./lpm_bench [PREFIXES [GROUPS]]
 *
 * A table in the manner of the Internet's: allocations of an address space,
 * most of them cut into more specifics. Memory comes from size classes on
 * huge pages, as the kernel's does. Times depend on the machine; a dependent
 * look-up is one whose address depends on the answer of the one before.
 */
#include <math.h>
#include <sys/mman.h>
#include <time.h>
#include <kernel_shim.h>
#include "lpm.h"

/* Memory: never given back, reused by class. */

#define ARENA	(2UL << 30)

static char *arena, *arena_at;
static void *free_list[64];
static size_t allocs;

struct head {
	size_t size;
};

static unsigned int class_of(size_t size)
{
	if (size == 96 || size == 192)
		return size == 96 ? 60 : 61;
	return ilog2(size);
}

/* The size of an object is asked of its owner, as the kernel's slabs know. */
static unsigned char *class_map;

void *unit_alloc(size_t size, size_t align, gfp_t gfp)
{
	unsigned int class;
	char *p;

	size = kmalloc_size_roundup(size);
	allocs++;
	if (size > 8192) {
		p = (char *)ALIGN((uintptr_t)arena_at, 4096);
		arena_at = p + size;
		class = 63;
	} else {
		class = class_of(size);
		p = free_list[class];
		if (p) {
			free_list[class] = *(void **)p;
		} else {
			/* A slab of one page. */
			char *page = (char *)ALIGN((uintptr_t)arena_at, 4096);
			size_t i, n = 4096 / size ?: 1;

			arena_at = page + (n * size > 4096 ? n * size : 4096);
			class_map[(page - arena) >> 12] = class;
			for (i = n; --i;) {
				*(void **)(page + i * size) = free_list[class];
				free_list[class] = page + i * size;
			}
			p = page;
		}
	}
	class_map[(p - arena) >> 12] = class;
	if (arena_at > arena + ARENA)
		abort();
	return gfp & __GFP_ZERO ? memset(p, 0, size) : p;
}

void unit_free(const void *p)
{
	unsigned int class;

	if (!p)
		return;
	class = class_map[((char *)p - arena) >> 12];
	if (class == 63)
		return;
	*(void **)p = free_list[class];
	free_list[class] = (void *)p;
}

/* No readers but this thread: a grace period is over at once. */
void rcu_read_lock(void) { }
void rcu_read_unlock(void) { }
bool rcu_read_lock_held(void) { return true; }
void synchronize_rcu(void) { }
void rcu_barrier(void) { }
unsigned long start_poll_synchronize_rcu(void) { return 0; }
bool poll_state_synchronize_rcu(unsigned long period) { return true; }

void call_rcu(struct rcu_head *head, void (*func)(struct rcu_head *head))
{
	if ((unsigned long)func < PAGE_SIZE)
		unit_free((char *)head - (unsigned long)func);
	else
		func(head);
}

void unit_bug(const char *what, const char *file, int line)
{
	fprintf(stderr, "%s:%d: %s\n", file, line, what);
	abort();
}

static u64 seed = 0x1234567;

static u64 rnd(void)
{
	u64 z = seed += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1e9 + ts.tv_nsec;
}

/* Tables */

struct table {
	unsigned int bits;
	unsigned int n, groups;
	struct ecmp_lpm *lpm;
	struct ecmp_lpm_node *node;
};

/* Shares of a hundred, by length; near those of today's tables. */
struct share {
	unsigned int len, share;
};

static const struct share v4_alloc[] = {
	{ 12, 1 }, { 14, 3 }, { 15, 4 }, { 16, 22 }, { 17, 5 }, { 18, 8 },
	{ 19, 12 }, { 20, 15 }, { 21, 10 }, { 22, 20 }, {}
};
static const struct share v4_more[] = {
	{ 17, 1 }, { 18, 1 }, { 19, 2 }, { 20, 4 }, { 21, 5 }, { 22, 11 },
	{ 23, 11 }, { 24, 65 }, {}
};
static const struct share v6_alloc[] = {
	{ 28, 2 }, { 29, 12 }, { 30, 2 }, { 32, 60 }, { 33, 2 }, { 36, 6 },
	{ 40, 6 }, { 48, 10 }, {}
};
static const struct share v6_more[] = {
	{ 32, 5 }, { 33, 3 }, { 34, 2 }, { 36, 7 }, { 38, 1 }, { 40, 14 },
	{ 42, 2 }, { 44, 11 }, { 46, 4 }, { 47, 2 }, { 48, 49 }, {}
};

static unsigned int pick(const struct share *s)
{
	unsigned int x = rnd() % 100;

	while (s[1].len && x >= s->share)
		x -= s++->share;
	return s->len;
}

static u64 top(const struct ecmp_addr *a)
{
	return be64_to_cpu(a->d[0]);
}

static void table_add(struct table *t, u64 hi, unsigned int len)
{
	struct ecmp_lpm_node *node = &t->node[t->n];

	node->prefix.addr = (struct ecmp_addr){ .d = { cpu_to_be64(hi) } };
	ecmp_addr_mask(&node->prefix.addr, len);
	node->prefix.len = len;
	node->value = (1 + rnd() % t->groups) << 8 | len;
	if (!ecmp_lpm_insert(t->lpm, node))
		t->n++;
}

static void table_fill(struct table *t, unsigned int n)
{
	u64 *base = malloc(n * sizeof(*base)), hi;
	unsigned int *len = malloc(n * sizeof(*len)), l, i, k, bases = 0;
	bool v4 = t->bits == 32;

	t->lpm = ecmp_lpm_alloc(t->bits);
	t->node = calloc(n, sizeof(*t->node));
	/* Allocations lie close to each other, in a part of the space. */
	while (t->n < n / 8) {
		l = pick(v4 ? v4_alloc : v6_alloc);
		if (v4)
			hi = (1 + rnd() % 222) << 56 | rnd() >> 8;
		else
			hi = 0x2000ull << 48 |
			     (rnd() % 9) * (0x01ffull << 49) |
			     (rnd() & 0x0fff) << 40 | rnd() >> 24;
		base[bases] = hi;
		len[bases++] = l;
		table_add(t, hi, l);
	}
	/* A few of them are cut to pieces, most into a handful. */
	while (t->n < n) {
		i = rnd() % bases;
		for (k = 1 << rnd() % 6; k && t->n < n; k--) {
			l = pick(v4 ? v4_more : v6_more);
			if (l <= len[i])
				l = v4 ? 24 : 48;
			if (l > len[i])
				table_add(t, (base[i] &
					      ~(~0ull >> len[i])) |
					  rnd() >> len[i], l);
		}
	}
	free(base);
	free(len);
}

/* Look-ups */

#define N_ADDR	(1U << 22)

/* A busy machine shows in the median, not in the best of many windows. */
#define WINDOWS	600
#define WINDOW	20000

static int by_time(const void *a, const void *b)
{
	return *(const double *)a < *(const double *)b ? -1 : 1;
}

static void measure(const struct table *t, const struct ecmp_addr *addr,
		    const char *what)
{
	unsigned int i, k, at = 0;
	double start, ns[WINDOWS];
	u64 hits = 0;
	u32 v;

	for (k = 0; k < WINDOWS; k++) {
		start = now();
		for (i = 0; i < WINDOW; i++) {
			v = ecmp_lpm_lookup(t->lpm, &addr[at]);
			hits += v != 0;
			/* Depends on the answer, goes through all. */
			at = (at + 1 + (v >> 31)) & (N_ADDR - 1);
		}
		ns[k] = (now() - start) / WINDOW;
	}
	qsort(ns, WINDOWS, sizeof(*ns), by_time);
	printf("  %-16s %7.1f ns at best, median %.1f (%.0f %% hits)\n", what,
	       ns[WINDOWS / 100], ns[WINDOWS / 2],
	       100.0 * hits / WINDOW / WINDOWS);
}

static struct ecmp_addr within(const struct ecmp_prefix *p)
{
	struct ecmp_addr a = p->addr;
	u64 hi = top(&a) | (p->len < 64 ? rnd() >> p->len : 0);

	a.d[0] = cpu_to_be64(hi);
	return a;
}

static void lookups(const struct table *t)
{
	struct ecmp_addr *addr = malloc(N_ADDR * sizeof(*addr));
	u64 mask = t->bits == 32 ? 0xffffffffull << 32 : ~0ull;
	unsigned int i, *order = malloc(t->n * sizeof(*order));
	double h = log(t->n);

	for (i = 0; i < N_ADDR; i++)
		addr[i] = (struct ecmp_addr){
			.d = { cpu_to_be64(rnd() & mask) }
		};
	if (t->bits == 32)
		measure(t, addr, "random");
	for (i = 0; i < N_ADDR; i++) {
		addr[i] = within(&t->node[rnd() % t->n].prefix);
		addr[i].d[0] &= cpu_to_be64(mask);
	}
	measure(t, addr, "within prefixes");
	/* Popularity 1/rank: rank = e^(u * ln n). */
	for (i = 0; i < t->n; i++)
		order[i] = rnd() % t->n;
	for (i = 0; i < N_ADDR; i++) {
		double u = (rnd() >> 11) / 9007199254740992.0;

		addr[i] = within(&t->node[order[(unsigned int)
						(exp(u * h) - 1)]].prefix);
		addr[i].d[0] &= cpu_to_be64(mask);
	}
	measure(t, addr, "Zipf");
	free(order);
	free(addr);
}

/* Changes */

static void updates(struct table *t)
{
	unsigned int i, n = 200000;
	double start, worst = 0, one, sum = 0;
	struct ecmp_lpm_node *node, none = {};
	size_t count = allocs;

	start = now();
	for (i = 0; i < n; i++) {
		node = &t->node[rnd() % t->n];
		one = now();
		ecmp_lpm_set(t->lpm, node, node->value ^ 1 << 8);
		one = now() - one;
		sum += one;
		worst = one > worst ? one : worst;
	}
	printf("  set              %7.0f ns (worst %.0f us, %.1f allocations)\n",
	       sum / n, worst / 1e3, (double)(allocs - count) / n);
	start = now();
	for (i = 0; i < n; i++) {
		u32 value;

		node = &t->node[rnd() % t->n];
		value = node->value;
		ecmp_lpm_remove(t->lpm, node);
		node->value = value;
		ecmp_lpm_insert(t->lpm, node);
	}
	printf("  remove, insert   %7.0f ns for both\n", (now() - start) / n);
	for (i = 0; i <= 12; i += i < 8 ? 1 : 4) {
		none = (struct ecmp_lpm_node){ .value = 1 };
		if (t->bits == 128)
			none.prefix.addr.b[0] = 0x20;
		else
			none.prefix.addr.b[0] = i ? 0x50 : 0;
		none.prefix.len = i;
		ecmp_addr_mask(&none.prefix.addr, i);
		count = allocs;
		start = now();
		if (ecmp_lpm_insert(t->lpm, &none))
			continue;
		one = now() - start;
		start = now();
		ecmp_lpm_remove(t->lpm, &none);
		printf("  a /%-2u           %8.0f us to add, %.0f to remove, %zu allocations\n",
		       i, one / 1e3, (now() - start) / 1e3, allocs - count);
	}
}

static void bench(unsigned int bits, unsigned int n, unsigned int groups)
{
	struct table t = { .bits = bits, .groups = groups };
	struct ecmp_prefix zero = {};
	struct ecmp_lpm_node *node;
	size_t glue, all;
	unsigned int count = 0;
	double start;

	printf("IPv%c, %u prefixes, %u groups\n", bits == 32 ? '4' : '6', n,
	       groups);
	table_fill(&t, n);
	glue = ecmp_lpm_memory(t.lpm);
	start = now();
	if (ecmp_lpm_compile(t.lpm))
		abort();
	printf("  compile          %7.0f ms\n", (now() - start) / 1e6);
	all = ecmp_lpm_memory(t.lpm);
	printf("  nodes            %7zu bytes each\n", sizeof(*t.node));
	printf("  glue             %7.1f bytes a prefix\n", (double)glue / n);
	printf("  compiled         %7.2f MiB, %.2f bytes a prefix\n",
	       (double)(all - glue) / (1 << 20), (double)(all - glue) / n);
	start = now();
	for (node = ecmp_lpm_find_from(t.lpm, &zero); node;
	     node = ecmp_lpm_next(t.lpm, node))
		count++;
	printf("  a dump's step    %7.0f ns\n", (now() - start) / count);
	lookups(&t);
	updates(&t);
	ecmp_lpm_free(t.lpm);
	free(t.node);
}

int main(int argc, char **argv)
{
	unsigned int n = argc > 1 ? atoi(argv[1]) : 1070000;
	unsigned int groups = argc > 2 ? atoi(argv[2]) : 2;

	arena = mmap(NULL, ARENA, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (arena == MAP_FAILED)
		return 1;
	arena_at = (char *)ALIGN((uintptr_t)arena, 2UL << 20);
	madvise(arena_at, ARENA - (2UL << 20), MADV_HUGEPAGE);
	class_map = calloc(1, ARENA >> 12);
	bench(32, n, groups);
	bench(128, n / 5, groups);
	return 0;
}
