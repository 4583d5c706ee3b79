// SPDX-License-Identifier: GPL-2.0
/*
 * Longest-prefix match beside DPDK's: times and memory, an object of JSON a
 * line.
 *
 *	lpm [-e BYTES] [-t BYTES] full FILE	all of a table
 *	lpm ... sizes FILE			parts of it, and more than it
 *	lpm ... tables FILE			many tables of ten routes each
 *
 * FILE has prefixes, one a line. With -e BYTES, what the module keeps of each
 * in all, the library's node in it, and -t, what it keeps of a table, it is
 * told what the module takes.
 *
 * All structures have the same routes and are asked for the same addresses,
 * a window of each in turn, so that what else the host does meets all alike. In
 * front of a window is another that is not counted: what the others left in
 * the caches is gone. A figure is the window that only a tenth of them are
 * better than, for the host may have other things to do. All must answer alike,
 * before anything is measured and after.
 *
 * Between the look-ups of a polluted cache something touches the memory that a
 * router does for a packet, in the order of a full path with connections,
 * NAT and two devices: 32 KiB that are the same for all packets, for code and
 * tables, and 2 KiB anywhere in 64 MiB, for the packet, its buffer and its
 * connection. The time is of the look-up alone.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "lpm.h"
#include "loop.h"

#define N_ADDRESSES	(1U << 20)
#define WINDOW		16384
#define WINDOW_POLLUTED	512
#define WINDOW_UPDATES	256
#define MAX_KINDS	3

static const struct kind *const kinds4[MAX_KINDS + 1] = {
	&ours4, &fib4, &lpm4
};
static const struct kind *const kinds6[MAX_KINDS + 1] = {
	&ours6, &fib6, &lpm6
};
static const char *const modes[N_MODES] = {
	"free", "dependent", "polluted", "bulk"
};
static const char *const sets[] = { "uniform", "within", "zipf" };
#define N_SETS	(sizeof(sets) / sizeof(*sets))

static double ticks_a_ns;
static unsigned int rounds = 101;

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1e9 + ts.tv_nsec;
}

static void calibrate(void)
{
	double start = now();
	uint64_t t = ticks();

	while (now() < start + 1e8)
		;
	ticks_a_ns = (ticks() - t) / (now() - start);
}

/* What a packet touches beside */

#define SAME	(32U << 10)
#define OTHER	(2U << 10)
#define PLACES	(64U << 20)
#define LINE	64

static volatile char *packet_memory;

void pollute(void)
{
	unsigned int i, at;

	for (i = 0; i < SAME; i += LINE)
		packet_memory[PLACES + i];
	for (i = 0; i < OTHER; i += 4 * LINE) {
		at = rnd_below(PLACES / (4 * LINE)) * 4 * LINE;
		packet_memory[at]++;
		packet_memory[at + LINE];
		packet_memory[at + 2 * LINE];
		packet_memory[at + 3 * LINE];
	}
}

/* What measuring takes by itself. */
static inline uint32_t no_lookup(const void *s, const uint32_t *addr)
{
	return *addr >> 31;
}

DEFINE_POLLUTED(nothing, uint32_t, no_lookup)

/* One table in all structures */

/* @failed: a change was refused; what is in it is no longer known. */
struct contest {
	const struct table	*t;
	const struct kind	*kind[MAX_KINDS];
	void			*s[MAX_KINDS];
	bool			failed[MAX_KINDS];
	uint32_t		*value;
	unsigned int		n;
};

static void head(const struct contest *c, unsigned int i, const char *what)
{
	printf("{\"family\": %u, \"routes\": %u, \"name\": \"%s\", \"what\": \"%s\", ",
	       c->t->bits == 32 ? 4 : 6, c->t->n, c->kind[i]->name, what);
}

static bool enter(struct contest *c, const struct kind *kind)
{
	size_t live = memory_live();
	double start = now();
	void *s = kind->create(c->t);
	uint32_t i;

	if (!s)
		return false;
	for (i = 0; i < c->t->n; i++)
		if (!kind->add(s, c->t, i, c->t->value[i])) {
			fprintf(stderr, "lpm: %s has no room for %u of %u\n",
				kind->name, i, c->t->n);
			kind->destroy(s);
			return false;
		}
	kind->finish(s);
	start = now() - start;
	c->kind[c->n] = kind;
	c->s[c->n++] = s;
	head(c, c->n - 1, "memory");
	printf("\"packets\": %zu, \"all\": %zu, \"module\": %zu}\n",
	       kind->packets(s), kind->memory(s), memory_live() - live);
	head(c, c->n - 1, "build");
	printf("\"ms\": %.3f}\n", start / 1e6);
	fflush(stdout);
	return true;
}

static void contest_begin(struct contest *c, const struct table *t,
			  uint32_t slow_max)
{
	const struct kind *const *kind = t->bits == 32 ? kinds4 : kinds6;

	*c = (struct contest){ .t = t };
	c->value = malloc(t->n * sizeof(*c->value));
	memcpy(c->value, t->value, t->n * sizeof(*c->value));
	for (; *kind; kind++)
		if (!(*kind)->slow || t->n <= slow_max)
			enter(c, *kind);
}

static void contest_end(struct contest *c)
{
	while (c->n) {
		c->n--;
		c->kind[c->n]->destroy(c->s[c->n]);
	}
	free(c->value);
}

static void must_agree(const struct contest *c, const void *addr)
{
	uint64_t sum = 0, one;
	unsigned int i, mode;

	for (i = 0; i < c->n; i++)
		for (mode = 0; mode < N_MODES; mode++) {
			if (!c->kind[i]->loop[mode] ||
			    mode == MODE_POLLUTED || c->failed[i])
				continue;
			one = c->kind[i]->loop[mode](c->s[i], addr,
						     N_ADDRESSES).sum;
			if (!i && !mode)
				sum = one;
			if (one == sum)
				continue;
			fprintf(stderr, "lpm: %s answers otherwise than %s\n",
				c->kind[i]->name, c->kind[0]->name);
			exit(1);
		}
}

static int by_size(const void *a, const void *b)
{
	double d = *(const double *)a - *(const double *)b;

	return d < 0 ? -1 : d > 0;
}

/* Of many windows the one that nine tenths are not better than. */
static double typical(double *x, unsigned int n)
{
	qsort(x, n, sizeof(*x), by_size);
	return x[n / 10];
}

/* Nanoseconds a look-up. */
static double window(loop_fn *loop, const void *s, const void *addr,
		     size_t size, enum mode mode)
{
	unsigned int n = mode == MODE_POLLUTED ? WINDOW_POLLUTED : WINDOW;
	struct answers answers;
	double start;

	loop(s, addr, n);
	addr = (const char *)addr + n * size;
	start = now();
	answers = loop(s, addr, n);
	start = now() - start;
	if (mode == MODE_POLLUTED)
		start = answers.ticks / ticks_a_ns;
	return start / n;
}

static double measuring(void)
{
	static uint32_t addr[2 * WINDOW_POLLUTED + 1];
	double ns[101];
	unsigned int i;

	for (i = 0; i < 101; i++)
		ns[i] = window(nothing_polluted, NULL, addr, sizeof(*addr),
			       MODE_POLLUTED);
	return typical(ns, 101);
}

static void lookups(const struct contest *c, const char *set, const void *addr,
		    enum mode mode)
{
	double *ns = malloc(rounds * c->n * sizeof(*ns));
	double spent = mode == MODE_POLLUTED ? measuring() : 0;
	size_t size = c->t->bits / 8;
	unsigned int i, r;
	uint32_t at;

	for (r = 0; r < rounds; r++) {
		at = rnd_below(N_ADDRESSES - 2 * WINDOW);
		for (i = 0; i < c->n; i++)
			if (c->kind[i]->loop[mode])
				ns[i * rounds + r] =
					window(c->kind[i]->loop[mode], c->s[i],
					       (const char *)addr + at * size,
					       size, mode);
	}
	for (i = 0; i < c->n; i++) {
		if (!c->kind[i]->loop[mode])
			continue;
		head(c, i, "lookup");
		printf("\"set\": \"%s\", \"mode\": \"%s\", \"ns\": %.2f}\n", set,
		       modes[mode], typical(ns + i * rounds, rounds) - spent);
	}
	fflush(stdout);
	free(ns);
}

/* Changes of the routes @at: of their values, or out of the table and in. */
static double change(struct contest *c, unsigned int i, const uint32_t *at,
		     const uint32_t *value, bool swap)
{
	const struct kind *kind = c->kind[i];
	double start = now();
	unsigned int k;

	for (k = 0; k < WINDOW_UPDATES; k++) {
		if (swap)
			kind->remove(c->s[i], c->t, at[k]);
		if (kind->add(c->s[i], c->t, at[k], value[k]))
			continue;
		fprintf(stderr, "lpm: %s, %u routes: a change was refused\n",
			kind->name, c->t->n);
		if (!i)
			exit(1);
		c->failed[i] = true;
		break;
	}
	return (now() - start) / WINDOW_UPDATES / (swap ? 2 : 1);
}

static void updates(struct contest *c, bool swap)
{
	double *ns = malloc(rounds * c->n * sizeof(*ns));
	uint32_t at[WINDOW_UPDATES], value[WINDOW_UPDATES];
	unsigned int i, k, r;

	for (r = 0; r < rounds; r++) {
		for (k = 0; k < WINDOW_UPDATES; k++) {
			at[k] = rnd_below(c->t->n);
			if (!swap)
				c->value[at[k]] ^= (1 + rnd_below(3)) << 8;
			value[k] = c->value[at[k]];
		}
		for (i = 0; i < c->n; i++)
			if (!c->failed[i])
				ns[i * rounds + r] = change(c, i, at, value,
							    swap);
	}
	for (i = 0; i < c->n; i++) {
		if (c->failed[i])
			continue;
		head(c, i, "update");
		printf("\"kind\": \"%s\", \"ns\": %.1f}\n",
		       swap ? "route" : "value",
		       typical(ns + i * rounds, rounds));
	}
	fflush(stdout);
	free(ns);
}

static void full(const char *file, unsigned int bits)
{
	struct contest c;
	struct table t;
	unsigned int i;
	enum mode mode;
	void *addr;

	table_read(&t, file, bits, 0);
	contest_begin(&c, &t, t.n);
	for (i = 0; i < N_SETS; i++) {
		addr = table_addresses(&t, sets[i], N_ADDRESSES);
		must_agree(&c, addr);
		for (mode = 0; mode < N_MODES; mode++)
			lookups(&c, sets[i], addr, mode);
		free(addr);
	}
	updates(&c, false);
	updates(&c, true);
	addr = table_addresses(&t, "within", N_ADDRESSES);
	must_agree(&c, addr);
	free(addr);
	contest_end(&c);
	table_free(&t);
}

/* Beyond that what goes by the square is left out. */
#define SLOW_MAX	100000

static void sizes(const char *file, unsigned int bits)
{
	static const uint32_t size[] = {
		1, 10, 100, 1000, 10000, 100000, 0, 4000000
	};
	struct table all, part;
	struct contest c;
	unsigned int i, k;
	uint32_t real;
	void *addr;

	table_read(&all, file, bits, 0);
	real = all.n;
	table_free(&all);
	table_read(&all, file, bits, 4000000);
	for (i = 0; i < sizeof(size) / sizeof(*size); i++) {
		table_part(&part, &all, size[i] ? size[i] : real);
		contest_begin(&c, &part, SLOW_MAX);
		for (k = 0; k < N_SETS; k++) {
			addr = table_addresses(&part, sets[k], N_ADDRESSES);
			must_agree(&c, addr);
			lookups(&c, sets[k], addr, MODE_DEPENDENT);
			free(addr);
		}
		updates(&c, false);
		updates(&c, true);
		contest_end(&c);
		table_free(&part);
	}
	table_free(&all);
}

/* Many tables */

#define TABLES		4096
#define TABLE_ROUTES	10
#define TABLE_LOOKUPS	(1U << 16)

struct many {
	struct table	t[TABLES];
	void		*addr[TABLES];
	void		*s[TABLES];
};

/* A dependent look-up each in a table at random. */
static double across(const struct many *m, const struct kind *kind,
		     unsigned int n, const uint32_t *order)
{
	size_t size = m->t->bits / 8;
	loop_fn *loop = kind->loop[MODE_DEPENDENT];
	uint32_t i, at = 0, which;
	double start = now();

	for (i = 0; i < TABLE_LOOKUPS; i++) {
		which = order[at] % n;
		at += 1 + (loop(m->s[which], (char *)m->addr[which] +
				at % 64 * size, 1).sum >> VALUE_BITS);
	}
	return (now() - start) / TABLE_LOOKUPS;
}

static void many_of(struct many *m, const struct kind *kind,
		    const uint32_t *order)
{
	size_t live = memory_live(), bytes = 0;
	unsigned int n = 0, i, next = 1;
	double ns[11];

	for (n = 0; n < TABLES; n++) {
		m->s[n] = kind->create(&m->t[n]);
		if (!m->s[n])
			break;
		for (i = 0; i < TABLE_ROUTES; i++)
			kind->add(m->s[n], &m->t[n], i, m->t[n].value[i]);
		kind->finish(m->s[n]);
		bytes += kind->memory(m->s[n]);
		if (n + 1 < next)
			continue;
		for (i = 0; i < 11; i++)
			ns[i] = across(m, kind, n + 1, order);
		printf("{\"family\": %u, \"routes\": %u, \"name\": \"%s\", \"what\": \"tables\", \"tables\": %u, \"all\": %zu, \"module\": %zu, \"ns\": %.2f}\n",
		       m->t->bits == 32 ? 4 : 6, TABLE_ROUTES, kind->name,
		       n + 1, bytes, memory_live() - live, typical(ns, 11));
		fflush(stdout);
		next *= 2;
	}
	while (n--)
		kind->destroy(m->s[n]);
}

static void tables(const char *file, unsigned int bits)
{
	const struct kind *const *kind = bits == 32 ? kinds4 : kinds6;
	uint32_t *order = malloc((TABLE_LOOKUPS + 1) * sizeof(*order)), i;
	struct many *m = calloc(1, sizeof(*m));
	struct table all, rest;

	table_read(&all, file, bits, 0);
	rest = all;
	for (i = 0; i < TABLES; i++) {
		table_part(&m->t[i], &rest, TABLE_ROUTES);
		m->addr[i] = table_addresses(&m->t[i], "within", 64);
		rest.prefix += TABLE_ROUTES;
	}
	for (i = 0; i <= TABLE_LOOKUPS; i++)
		order[i] = rnd();
	for (; *kind; kind++)
		many_of(m, *kind, order);
	for (i = 0; i < TABLES; i++) {
		table_free(&m->t[i]);
		free(m->addr[i]);
	}
	table_free(&all);
	free(order);
	free(m);
}

static int usage(void)
{
	fprintf(stderr, "usage: lpm [-e BYTES] [-t BYTES] full|sizes|tables FILE\n");
	return 2;
}

int main(int argc, char **argv)
{
	void (*run)(const char *file, unsigned int bits);
	unsigned int entry = 0, table = 0;
	int opt;

	while ((opt = getopt(argc, argv, "e:t:")) != -1) {
		if (opt == 'e')
			entry = atoi(optarg);
		else if (opt == 't')
			table = atoi(optarg);
		else
			return usage();
	}
	if (argc - optind != 2)
		return usage();
	if (!strcmp(argv[optind], "full"))
		run = full;
	else if (!strcmp(argv[optind], "sizes"))
		run = sizes;
	else if (!strcmp(argv[optind], "tables"))
		run = tables;
	else
		return usage();
	packet_memory = calloc(1, PLACES + SAME);
	calibrate();
	memory_init();
	ours_sizes(entry, table);
	if (run != full)
		rounds = 31;
	if (!dpdk_init(run == sizes ? 4096 : 2048)) {
		fprintf(stderr, "lpm: DPDK does not start\n");
		return 1;
	}
	run(argv[optind + 1], 32);
	run(argv[optind + 1], 128);
	return 0;
}
