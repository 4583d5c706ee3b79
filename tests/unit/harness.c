// SPDX-License-Identifier: GPL-2.0
/*
 * What the shim of kernel headers promises, and the running of tests.
 */
#include <execinfo.h>
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <sys/random.h>
#include <time.h>
#include "harness.h"

/* Memory */

/* In front of each object; 64 bytes keep any alignment up to that. */
struct unit_object {
	size_t size;
	size_t gap;	/* from the start of the real allocation */
	unsigned long magic;
};

#define UNIT_MAGIC	0x6d656d6f72792121ul
#define UNIT_GAP	64

static long live_objects, live_bytes, peak_bytes;
static unsigned long alloc_count, alloc_failed;
static unsigned long fail_at, fail_last;

static bool alloc_fails(void)
{
	unsigned long n = __atomic_add_fetch(&alloc_count, 1, __ATOMIC_RELAXED);

	if (!fail_at || n < fail_at || n > fail_last)
		return false;
	__atomic_add_fetch(&alloc_failed, 1, __ATOMIC_RELAXED);
	return true;
}

void *unit_alloc(size_t size, size_t align, gfp_t gfp)
{
	struct unit_object *o;
	size_t gap = max_t(size_t, align, UNIT_GAP);
	long now, peak;
	char *p;

	if (alloc_fails() || size > SIZE_MAX / 2)
		return NULL;
	if (posix_memalign((void **)&p, gap, gap + size))
		return NULL;
	o = (struct unit_object *)(p + gap) - 1;
	*o = (struct unit_object){ size, gap, UNIT_MAGIC };
	/* Poison: nobody may count on zeroes that were not asked for. */
	memset(p + gap, gfp & __GFP_ZERO ? 0 : 0xa5, size);
	__atomic_add_fetch(&live_objects, 1, __ATOMIC_RELAXED);
	now = __atomic_add_fetch(&live_bytes, size, __ATOMIC_RELAXED);
	peak = __atomic_load_n(&peak_bytes, __ATOMIC_RELAXED);
	while (now > peak &&
	       !__atomic_compare_exchange_n(&peak_bytes, &peak, now, false,
					    __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		;
	return p + gap;
}

static struct unit_object *object_of(const void *p)
{
	struct unit_object *o = (struct unit_object *)p - 1;

	if (o->magic != UNIT_MAGIC)
		unit_bug("free of what was never allocated", __FILE__, __LINE__);
	return o;
}

void unit_free(const void *p)
{
	struct unit_object *o;

	if (!p)
		return;
	o = object_of(p);
	o->magic = 0;
	__atomic_sub_fetch(&live_objects, 1, __ATOMIC_RELAXED);
	__atomic_sub_fetch(&live_bytes, o->size, __ATOMIC_RELAXED);
	memset((void *)p, 0x5a, o->size);
	free((char *)p - o->gap);
}

void *unit_realloc(const void *p, size_t size, gfp_t gfp)
{
	void *q = unit_alloc(size, 8, gfp);

	if (!q || !p)
		return q;
	memcpy(q, p, min(size, object_of(p)->size));
	unit_free(p);
	return q;
}

struct kmem_cache *kmem_cache_create(const char *name, unsigned int size,
				     unsigned int align, unsigned int flags,
				     void (*ctor)(void *))
{
	struct kmem_cache *c = kmalloc(sizeof(*c), GFP_KERNEL);

	if (c)
		*c = (struct kmem_cache){ size, align };
	return c;
}

void kmem_cache_destroy(struct kmem_cache *c)
{
	kfree(c);
}

static void fail(unsigned long n, unsigned long last)
{
	alloc_failed = 0;
	fail_at = n ? alloc_count + n : 0;
	fail_last = last ?: fail_at;
}

void unit_fail_nth(unsigned long n)
{
	fail(n, 0);
}

void unit_fail_from(unsigned long n)
{
	fail(n, ULONG_MAX);
}

unsigned long unit_alloc_failed(void)
{
	return alloc_failed;
}

long unit_live_objects(void)
{
	return __atomic_load_n(&live_objects, __ATOMIC_RELAXED);
}

long unit_live_bytes(void)
{
	return __atomic_load_n(&live_bytes, __ATOMIC_RELAXED);
}

long unit_peak_bytes(void)
{
	return __atomic_load_n(&peak_bytes, __ATOMIC_RELAXED);
}

unsigned long unit_alloc_count(void)
{
	return __atomic_load_n(&alloc_count, __ATOMIC_RELAXED);
}

/* RCU: a reader publishes the period it entered in; a writer waits it out. */

struct unit_reader {
	struct unit_reader *next;
	unsigned long period;	/* 0: not reading */
	unsigned int depth;
};

static pthread_mutex_t rcu_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t rcu_gp_lock = PTHREAD_MUTEX_INITIALIZER;
static struct unit_reader *rcu_readers;
static unsigned long rcu_period = 1;
static struct rcu_head *rcu_queue;
static unsigned long rcu_queued;
static __thread struct unit_reader *rcu_self;

static void rcu_register(void)
{
	rcu_self = calloc(1, sizeof(*rcu_self));
	pthread_mutex_lock(&rcu_lock);
	rcu_self->next = rcu_readers;
	rcu_readers = rcu_self;
	pthread_mutex_unlock(&rcu_lock);
}

void rcu_read_lock(void)
{
	if (!rcu_self)
		rcu_register();
	if (!rcu_self->depth++)
		__atomic_store_n(&rcu_self->period,
				 __atomic_load_n(&rcu_period, __ATOMIC_SEQ_CST),
				 __ATOMIC_SEQ_CST);
}

void rcu_read_unlock(void)
{
	if (!rcu_self || !rcu_self->depth)
		unit_bug("rcu_read_unlock() too many", __FILE__, __LINE__);
	if (!--rcu_self->depth)
		__atomic_store_n(&rcu_self->period, 0, __ATOMIC_SEQ_CST);
}

bool rcu_read_lock_held(void)
{
	return rcu_self && rcu_self->depth;
}

static void rcu_wait(unsigned long period)
{
	struct unit_reader *r;
	unsigned long at;

	pthread_mutex_lock(&rcu_lock);
	r = rcu_readers;
	pthread_mutex_unlock(&rcu_lock);
	for (; r; r = r->next)
		while ((at = __atomic_load_n(&r->period, __ATOMIC_SEQ_CST)) &&
		       at < period)
			sched_yield();
}

static void rcu_run(struct rcu_head *head)
{
	struct rcu_head *next;
	unsigned long offset;

	for (; head; head = next) {
		next = head->next;
		offset = (unsigned long)head->func;
		__atomic_sub_fetch(&rcu_queued, 1, __ATOMIC_RELAXED);
		if (offset < PAGE_SIZE)
			unit_free((char *)head - offset);
		else
			head->func(head);
	}
}

void synchronize_rcu(void)
{
	struct rcu_head *head;

	if (rcu_read_lock_held())
		unit_bug("synchronize_rcu() in a reader", __FILE__, __LINE__);
	pthread_mutex_lock(&rcu_gp_lock);
	head = __atomic_exchange_n(&rcu_queue, NULL, __ATOMIC_SEQ_CST);
	rcu_wait(__atomic_add_fetch(&rcu_period, 1, __ATOMIC_SEQ_CST));
	pthread_mutex_unlock(&rcu_gp_lock);
	rcu_run(head);
}

/* Nobody need wait for it: it ends when those who read now have left. */
unsigned long start_poll_synchronize_rcu(void)
{
	return __atomic_add_fetch(&rcu_period, 1, __ATOMIC_SEQ_CST);
}

bool poll_state_synchronize_rcu(unsigned long period)
{
	struct unit_reader *r;
	unsigned long since;

	pthread_mutex_lock(&rcu_lock);
	r = rcu_readers;
	pthread_mutex_unlock(&rcu_lock);
	for (; r; r = r->next) {
		since = __atomic_load_n(&r->period, __ATOMIC_SEQ_CST);
		if (since && since < period)
			return false;
	}
	return true;
}

void rcu_barrier(void)
{
	do
		synchronize_rcu();
	while (__atomic_load_n(&rcu_queue, __ATOMIC_SEQ_CST));
}

void call_rcu(struct rcu_head *head, void (*func)(struct rcu_head *head))
{
	head->func = func;
	head->next = __atomic_load_n(&rcu_queue, __ATOMIC_RELAXED);
	while (!__atomic_compare_exchange_n(&rcu_queue, &head->next, head, false,
					    __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
		;
	__atomic_add_fetch(&rcu_queued, 1, __ATOMIC_RELAXED);
}

unsigned long unit_rcu_pending(void)
{
	return __atomic_load_n(&rcu_queued, __ATOMIC_RELAXED);
}

/* Sorting */

void sort(void *base, size_t num, size_t size,
	  int (*cmp)(const void *a, const void *b),
	  void (*swap_fn)(void *a, void *b, int size))
{
	if (num)
		qsort(base, num, size, cmp);
}

void sort_r(void *base, size_t num, size_t size,
	    int (*cmp)(const void *a, const void *b, const void *priv),
	    void (*swap_fn)(void *a, void *b, int size, const void *priv),
	    const void *priv)
{
	if (num)
		qsort_r(base, num, size,
			(int (*)(const void *, const void *, void *))cmp,
			(void *)priv);
}

/* Random numbers: splitmix64 (Steele, Lea, Flood, OOPSLA 2014) */

static u64 seed, rand_state;

u64 unit_seed(void)
{
	return seed;
}

/* What is left of unit_feed()'s. */
static const u8 *fed;
static size_t fed_size;

void unit_feed(const void *bytes, size_t size)
{
	fed = bytes;
	fed_size = size;
}

size_t unit_fed(void)
{
	return fed_size;
}

static u64 feed_take(unsigned int bytes)
{
	u64 number = 0;

	for (; bytes && fed_size; bytes--, fed_size--)
		number = number << 8 | *fed++;
	return number;
}

u64 unit_rand(void)
{
	u64 z;

	if (fed_size)
		return feed_take(8);
	z = rand_state += 0x9e3779b97f4a7c15ull;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

u32 unit_below(u32 n)
{
	/* No more bytes than it takes, so that each of them counts. */
	if (fed_size)
		return n > 1 ? feed_take(n <= 1 << 8 ? 1 : n <= 1 << 16 ? 2 :
					 4) % n : 0;
	return (unit_rand() >> 32) * n >> 32;
}

u32 get_random_u32(void)
{
	return unit_rand();
}

u64 get_random_u64(void)
{
	return unit_rand();
}

void get_random_bytes(void *p, size_t n)
{
	char *b = p;

	while (n--)
		*b++ = unit_rand() >> 32;
}

u64 unit_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

/* Running */

/* More than these lines of one test would hide the others. */
#define CHECKS_PRINTED	10

static unsigned int checks_failed;

void unit_diag(const char *fmt, ...)
{
	va_list ap;

	printf("# ");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
}

/* Always false: what a failed CHECK() is worth. */
bool unit_check(const char *file, int line, const char *what,
		const char *fmt, ...)
{
	va_list ap;

	if (checks_failed++ >= CHECKS_PRINTED)
		return false;
	printf("# %s:%d: failed: %s%s", file, line, what, *fmt ? ": " : "");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	return false;
}

void unit_bug(const char *what, const char *file, int line)
{
	void *frame[32];

	fflush(stdout);
	fprintf(stderr, "%s:%d: %s\n", file, line, what);
	backtrace_symbols_fd(frame, backtrace(frame, ARRAY_SIZE(frame)), 2);
	abort();
}

static void seed_read(void)
{
	const char *env = getenv("SEED");

	if (env && *env)
		seed = strtoull(env, NULL, 0);
	else if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		seed = unit_now();
	printf("# SEED=%llu\n", seed);
}

bool unit_run(const struct unit_test *t)
{
	long objects;
	const char *c;

	rand_state = seed;
	for (c = t->name; *c; c++)
		rand_state = (rand_state ^ *c) * 0x100000001b3ull;
	checks_failed = 0;
	objects = unit_live_objects();
	peak_bytes = unit_live_bytes();
	t->fn();
	unit_fail_nth(0);
	CHECK(!rcu_read_lock_held(), "by %s", t->name);
	if (!rcu_read_lock_held())
		rcu_barrier();
	objects = unit_live_objects() - objects;
	CHECK(!objects, "%s leaked %ld objects", t->name, objects);
	if (checks_failed > CHECKS_PRINTED)
		unit_diag("... %u checks failed", checks_failed);
	return !checks_failed;
}

int unit_main(const struct unit_test *test, size_t n, int argc, char **argv)
{
	size_t i, run = 0, failed = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	seed_read();
	for (i = 0; i < n; i++) {
		if (argc > 1 && !strstr(test[i].name, argv[1]))
			continue;
		run++;
		if (unit_run(&test[i])) {
			printf("ok %zu - %s\n", run, test[i].name);
			continue;
		}
		failed++;
		printf("not ok %zu - %s\n", run, test[i].name);
	}
	printf("1..%zu\n", run);
	return failed || !run;
}
