// SPDX-License-Identifier: GPL-2.0
/*
 * Tables, from a file of prefixes, and addresses to look up in them.
 */
#include <arpa/inet.h>
#include <endian.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "lpm.h"

#define GROUPS	4	/* of next hops: those of a few uplinks */

static uint64_t seed = 20221029;

uint64_t rnd(void)
{
	uint64_t z = seed += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

uint32_t rnd_below(uint32_t n)
{
	return (rnd() >> 32) * n >> 32;
}

/* Bits @from to @end of a word, the first of all being the highest. */
static uint64_t bits_of_word(unsigned int from, unsigned int end)
{
	uint64_t mask = from < 64 ? ~0ull >> from : 0;

	return end < 64 ? mask & ~(~0ull >> end) : mask;
}

/* Give @p other bits from @from to @end. */
static void randomise(struct prefix *p, unsigned int from, unsigned int end)
{
	unsigned int i, low;
	uint64_t mask;

	for (i = 0; i < 2; i++) {
		low = 64 * i;
		mask = bits_of_word(from > low ? from - low : 0,
				    end > low ? end - low : 0);
		p->word[i] = htobe64((be64toh(p->word[i]) & ~mask) |
				     (rnd() & mask));
	}
}

static int compare(const void *a, const void *b)
{
	const struct prefix *p = a, *q = b;
	int d = memcmp(p->addr, q->addr, sizeof(p->addr));

	return d ? d : p->len - q->len;
}

/* Sort, and keep one of a kind. */
static uint32_t unique(struct prefix *p, uint32_t n)
{
	uint32_t i, kept = 0;

	qsort(p, n, sizeof(*p), compare);
	for (i = 0; i < n; i++)
		if (!kept || compare(&p[kept - 1], &p[i]))
			p[kept++] = p[i];
	return kept;
}

static void shuffle(struct prefix *p, uint32_t n)
{
	struct prefix one;
	uint32_t i, k;

	for (i = n; i > 1; i--) {
		k = rnd_below(i);
		one = p[i - 1];
		p[i - 1] = p[k];
		p[k] = one;
	}
}

static uint32_t read_file(struct prefix **p, const char *file,
			  unsigned int bits)
{
	int family = bits == 32 ? AF_INET : AF_INET6;
	FILE *f = fopen(file, "r");
	uint32_t n = 0, room = 0;
	char line[128], *slash;

	if (!f) {
		perror(file);
		exit(1);
	}
	while (fgets(line, sizeof(line), f)) {
		slash = strchr(line, '/');
		if (!slash || !strchr(line, ':') != (bits == 32))
			continue;
		*slash = '\0';
		if (n == room) {
			room = room ? 2 * room : 1 << 16;
			*p = realloc(*p, room * sizeof(**p));
		}
		(*p)[n] = (struct prefix){ .len = atoi(slash + 1) };
		/* A default route would hide what has no other. */
		if (inet_pton(family, line, (*p)[n].addr) == 1 && (*p)[n].len)
			n++;
	}
	fclose(f);
	return n;
}

/*
 * More specifics of what is there: /24 and /48, most of which networks are.
 * Where a prefix has none of its own, others of its neighbourhood.
 */
static void make_up(struct prefix *p, const struct prefix *of, uint32_t n_of,
		    unsigned int bits)
{
	unsigned int len = bits == 32 ? 24 : 48, from;

	*p = of[rnd_below(n_of)];
	from = p->len < len ? p->len : len - 8;
	randomise(p, from, len);
	randomise(p, len, 128);
	p->len = len;
	p->word[0] &= htobe64(bits_of_word(0, len));
	p->word[1] = 0;
}

static void count_tbl8s(struct table *t)
{
	struct prefix *sorted = malloc(t->n * sizeof(*sorted)), one;
	struct prefix last[128 / 8] = {};
	unsigned int depth;
	uint32_t i;

	memcpy(sorted, t->prefix, t->n * sizeof(*sorted));
	qsort(sorted, t->n, sizeof(*sorted), compare);
	t->n_tbl8 = t->sum_tbl8 = 0;
	for (i = 0; i < t->n; i++)
		for (depth = 24; depth < sorted[i].len; depth += 8) {
			one = sorted[i];
			one.len = depth;
			memset(one.addr + depth / 8, 0, 16 - depth / 8);
			t->sum_tbl8++;
			if (!compare(&last[depth / 8], &one))
				continue;
			last[depth / 8] = one;
			t->n_tbl8++;
		}
	free(sorted);
}

static void fill_in(struct table *t)
{
	uint32_t i;

	t->value = malloc(t->n * sizeof(*t->value));
	for (i = 0; i < t->n; i++)
		t->value[i] = (1 + rnd_below(GROUPS)) << 8 | t->prefix[i].len;
	count_tbl8s(t);
}

/* All of the file, and made-up ones behind them up to @n. */
void table_read(struct table *t, const char *file, unsigned int bits,
		uint32_t n)
{
	struct prefix *p = NULL;
	uint32_t i, real, room;

	*t = (struct table){ .bits = bits };
	t->n = read_file(&p, file, bits);
	t->n = real = unique(p, t->n);
	shuffle(p, real);
	if (real < n) {
		/* Of what is made up some is there already. */
		room = real + 6 * (n - real);
		t->prefix = malloc(room * sizeof(*p));
		memcpy(t->prefix, p, real * sizeof(*p));
		for (i = real; i < room; i++)
			make_up(&t->prefix[i], p, real, bits);
		/* The real ones come first again. */
		t->n = unique(t->prefix, room);
		qsort(p, real, sizeof(*p), compare);
		for (i = room = 0; i < t->n; i++)
			if (!bsearch(&t->prefix[i], p, real, sizeof(*p),
				     compare))
				t->prefix[room++] = t->prefix[i];
		shuffle(t->prefix, room);
		shuffle(p, real);
		t->n = real + room < n ? real + room : n;
		p = realloc(p, t->n * sizeof(*p));
		memcpy(&p[real], t->prefix, (t->n - real) * sizeof(*p));
		free(t->prefix);
	}
	t->prefix = p;
	fill_in(t);
}

/* The first @n of @all, or what there is of them, to be freed. */
void table_part(struct table *t, const struct table *all, uint32_t n)
{
	*t = (struct table){ .bits = all->bits, .n = n < all->n ? n : all->n };
	t->prefix = malloc(t->n * sizeof(*t->prefix));
	memcpy(t->prefix, all->prefix, t->n * sizeof(*t->prefix));
	fill_in(t);
}

void table_free(struct table *t)
{
	free(t->prefix);
	free(t->value);
}

/* An address for look-ups: of any prefix, of popular ones more, or of none. */
static struct prefix address(const struct table *t, const char *set)
{
	struct prefix p = {};
	double u;

	if (!strcmp(set, "uniform")) {
		/* Of IPv6, what is in use: 2000::/3. */
		p.addr[0] = 0x20;
		randomise(&p, t->bits == 32 ? 0 : 3, t->bits);
		return p;
	}
	if (!strcmp(set, "within")) {
		p = t->prefix[rnd_below(t->n)];
	} else {
		/* Popularity 1/rank, ranks as the table lies: at random. */
		u = (rnd() >> 11) / 9007199254740992.0;
		p = t->prefix[(uint32_t)(exp(u * log(t->n + 1)) - 1) % t->n];
	}
	randomise(&p, p.len, t->bits);
	return p;
}

/**
 * table_addresses - what is to be looked up
 * @t: the table
 * @set: "uniform": all addresses alike; "within": all prefixes alike;
 *	"zipf": of the prefixes the n-th most popular 1/n times as often
 * @n: how many
 *
 * Return: @n + 1 of them as struct kind wants them, to be freed.
 */
void *table_addresses(const struct table *t, const char *set, uint32_t n)
{
	size_t size = t->bits / 8;
	char *a = malloc((n + 1UL) * size);
	struct prefix p;
	uint32_t i;

	for (i = 0; i <= n; i++) {
		p = address(t, set);
		memcpy(a + i * size, p.addr, size);
	}
	return a;
}
