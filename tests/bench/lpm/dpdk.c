// SPDX-License-Identifier: GPL-2.0
/*
 * DPDK's rte_lpm, rte_lpm6, rte_fib (DIR24_8) and rte_fib6 (TRIE), each with
 * the smallest leaves that hold the values, and the room that they need.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_fib.h>
#include <rte_fib6.h>
#include <rte_log.h>
#include <rte_lpm.h>
#include <rte_lpm6.h>
#include <rte_malloc.h>
#include <rte_memory.h>
#include "lpm.h"
#include "loop.h"

/**
 * struct theirs - one table
 * @s: the structure
 * @packets: bytes of what look-ups read
 * @memory: bytes of all, by the heap's statistics
 * @before: bytes that the heap had given out before
 */
struct theirs {
	void	*s;
	size_t	packets;
	size_t	memory;
	size_t	before;
};

struct in6 {
	uint8_t	b[16];
};

static size_t heap(void)
{
	struct rte_malloc_socket_stats stats = {};

	rte_malloc_get_socket_stats(0, &stats);
	return stats.heap_allocsz_bytes;
}

/*
 * Ours is on huge pages: be fair. Without hugetlbfs DPDK takes its memory from
 * a file, if it can have one, whose pages are small; memory without a file may
 * have large ones.
 */
int memfd_create(const char *file, unsigned int flags)
{
	errno = ENOSYS;
	return -1;
}

static int to_huge(const struct rte_memseg_list *list, void *ctx)
{
	return madvise(list->base_va, list->len, MADV_HUGEPAGE);
}

bool dpdk_init(unsigned int megabytes)
{
	char room[16];
	char *argv[] = {
		"lpm", "--no-huge", "--no-pci", "--no-telemetry",
		"--no-shconf", "--force-max-simd-bitwidth=512",
		"--log-level=3", "-l", "0", "-m", room, NULL
	};

	snprintf(room, sizeof(room), "%u", megabytes);
	if (rte_eal_init(sizeof(argv) / sizeof(*argv) - 1, argv) < 0)
		return false;
	if (rte_memseg_list_walk(to_huge, NULL))
		fprintf(stderr, "lpm: DPDK is on small pages\n");
	return true;
}

static void finish(void *s)
{
	struct theirs *t = s;

	t->memory = heap() - t->before;
}

static struct theirs *theirs(void)
{
	struct theirs *t = calloc(1, sizeof(*t));

	t->before = heap();
	return t;
}

static struct theirs *made(struct theirs *t, void *s, size_t packets)
{
	if (!s) {
		free(t);
		return NULL;
	}
	t->s = s;
	t->packets = packets;
	t->memory = heap() - t->before;
	return t;
}

/* Names are for once. */
static const char *name(void)
{
	static char text[16];
	static unsigned int n;

	snprintf(text, sizeof(text), "%u", n++);
	return text;
}

static size_t packets(const void *s)
{
	const struct theirs *t = s;

	return t->packets;
}

static size_t memory(const void *s)
{
	const struct theirs *t = s;

	return t->memory;
}

static uint32_t ip4(const struct table *t, uint32_t i)
{
	uint32_t word;

	memcpy(&word, t->prefix[i].addr, sizeof(word));
	return rte_be_to_cpu_32(word);
}

/* Some more than it needs: changes take the new one before the old is free. */
static uint32_t tbl8s(const struct table *t)
{
	return t->n_tbl8 + t->n_tbl8 / 64 + 64;
}

/* rte_lpm */

static void *lpm4_create(const struct table *t)
{
	struct rte_lpm_config config = {
		.max_rules = t->n, .number_tbl8s = tbl8s(t)
	};
	struct theirs *new = theirs();

	return made(new, rte_lpm_create(name(), SOCKET_ID_ANY, &config),
		    sizeof(struct rte_lpm) + config.number_tbl8s * 1024UL);
}

static bool lpm4_add(void *s, const struct table *t, uint32_t i,
		     uint32_t value)
{
	struct theirs *l = s;

	return rte_lpm_add(l->s, ip4(t, i), t->prefix[i].len, value) >= 0;
}

static void lpm4_remove(void *s, const struct table *t, uint32_t i)
{
	struct theirs *l = s;

	rte_lpm_delete(l->s, ip4(t, i), t->prefix[i].len);
}

static void lpm4_destroy(void *s)
{
	struct theirs *l = s;

	rte_lpm_free(l->s);
	free(l);
}

static inline uint32_t lpm4_lookup(const void *s, const uint32_t *addr)
{
	const struct theirs *l = s;
	uint32_t value;

	return rte_lpm_lookup(l->s, rte_be_to_cpu_32(*addr), &value) ?
	       0 : value;
}

static inline void lpm4_lookup_bulk(const void *s, const uint32_t *addr,
				    uint32_t *value)
{
	const struct theirs *l = s;
	uint32_t ip[BULK];
	unsigned int i;

	for (i = 0; i < BULK; i++)
		ip[i] = rte_be_to_cpu_32(addr[i]);
	rte_lpm_lookup_bulk(l->s, ip, value, BULK);
	for (i = 0; i < BULK; i++)
		value[i] = value[i] & RTE_LPM_LOOKUP_SUCCESS ?
			   value[i] & 0xffffff : 0;
}

DEFINE_LOOPS(lpm4, uint32_t, lpm4_lookup)
DEFINE_BULK(lpm4, uint32_t, uint32_t, lpm4_lookup_bulk)

const struct kind lpm4 = {
	"rte_lpm", 32, true, lpm4_create, lpm4_add, lpm4_remove, finish,
	lpm4_destroy, packets, memory,
	{ lpm4_free, lpm4_dependent, lpm4_polluted, lpm4_bulk }
};

/* rte_fib */

static void *fib4_create(const struct table *t)
{
	struct rte_fib_conf conf = {
		.type = RTE_FIB_DIR24_8, .max_routes = t->n,
		.dir24_8 = { RTE_FIB_DIR24_8_2B, tbl8s(t) },
	};
	struct theirs *new = theirs();

	return made(new, rte_fib_create(name(), SOCKET_ID_ANY, &conf),
		    (2UL << 24) + conf.dir24_8.num_tbl8 * 512UL);
}

static bool fib4_add(void *s, const struct table *t, uint32_t i,
		     uint32_t value)
{
	struct theirs *l = s;

	return !rte_fib_add(l->s, ip4(t, i), t->prefix[i].len, value);
}

static void fib4_remove(void *s, const struct table *t, uint32_t i)
{
	struct theirs *l = s;

	rte_fib_delete(l->s, ip4(t, i), t->prefix[i].len);
}

static void fib4_destroy(void *s)
{
	struct theirs *l = s;

	rte_fib_free(l->s);
	free(l);
}

static inline uint32_t fib4_lookup(const void *s, const uint32_t *addr)
{
	const struct theirs *l = s;
	uint32_t ip = rte_be_to_cpu_32(*addr);
	uint64_t value;

	rte_fib_lookup_bulk(l->s, &ip, &value, 1);
	return value;
}

static inline void fib4_lookup_bulk(const void *s, const uint32_t *addr,
				    uint64_t *value)
{
	const struct theirs *l = s;
	uint32_t ip[BULK];
	unsigned int i;

	for (i = 0; i < BULK; i++)
		ip[i] = rte_be_to_cpu_32(addr[i]);
	rte_fib_lookup_bulk(l->s, ip, value, BULK);
}

DEFINE_LOOPS(fib4, uint32_t, fib4_lookup)
DEFINE_BULK(fib4, uint32_t, uint64_t, fib4_lookup_bulk)

const struct kind fib4 = {
	"rte_fib", 32, false, fib4_create, fib4_add, fib4_remove, finish,
	fib4_destroy, packets, memory,
	{ fib4_free, fib4_dependent, fib4_polluted, fib4_bulk }
};

/* rte_lpm6 */

static void *lpm6_create(const struct table *t)
{
	struct rte_lpm6_config config = {
		.max_rules = t->n, .number_tbl8s = tbl8s(t)
	};
	struct theirs *new;

	if (config.number_tbl8s > 1U << 21)
		return NULL;
	new = theirs();
	return made(new, rte_lpm6_create(name(), SOCKET_ID_ANY, &config),
		    (4UL << 24) + config.number_tbl8s * 1024UL);
}

static bool lpm6_add(void *s, const struct table *t, uint32_t i,
		     uint32_t value)
{
	struct theirs *l = s;

	return rte_lpm6_add(l->s, t->prefix[i].addr, t->prefix[i].len,
			    value) >= 0;
}

static void lpm6_remove(void *s, const struct table *t, uint32_t i)
{
	struct theirs *l = s;

	rte_lpm6_delete(l->s, t->prefix[i].addr, t->prefix[i].len);
}

static void lpm6_destroy(void *s)
{
	struct theirs *l = s;

	rte_lpm6_free(l->s);
	free(l);
}

static inline uint32_t lpm6_lookup(const void *s, const struct in6 *addr)
{
	const struct theirs *l = s;
	uint32_t value;

	return rte_lpm6_lookup(l->s, addr->b, &value) ? 0 : value;
}

static inline void lpm6_lookup_bulk(const void *s, const struct in6 *addr,
				    int32_t *value)
{
	const struct theirs *l = s;
	unsigned int i;

	rte_lpm6_lookup_bulk_func(l->s, (uint8_t (*)[16])addr, value, BULK);
	for (i = 0; i < BULK; i++)
		value[i] = value[i] < 0 ? 0 : value[i];
}

DEFINE_LOOPS(lpm6, struct in6, lpm6_lookup)
DEFINE_BULK(lpm6, struct in6, int32_t, lpm6_lookup_bulk)

const struct kind lpm6 = {
	"rte_lpm6", 128, false, lpm6_create, lpm6_add, lpm6_remove, finish,
	lpm6_destroy, packets, memory,
	{ lpm6_free, lpm6_dependent, lpm6_polluted, lpm6_bulk }
};

/* rte_fib6 */

/*
 * Leaves of two bytes can tell 32767 nodes apart, too few for many tables. It
 * takes as many nodes as others, but sets some aside for each route.
 */
static void *fib6_create(const struct table *t)
{
	uint32_t room = tbl8s(t) + t->sum_tbl8;
	bool small = room < 1 << 15;
	struct rte_fib6_conf conf = {
		.type = RTE_FIB6_TRIE, .max_routes = t->n,
		.trie = { small ? RTE_FIB6_TRIE_2B : RTE_FIB6_TRIE_4B, room },
	};
	size_t leaf = small ? 2 : 4;
	struct theirs *new = theirs();

	return made(new, rte_fib6_create(name(), SOCKET_ID_ANY, &conf),
		    (leaf << 24) + tbl8s(t) * 256 * leaf);
}

static bool fib6_add(void *s, const struct table *t, uint32_t i,
		     uint32_t value)
{
	struct theirs *l = s;

	return !rte_fib6_add(l->s, t->prefix[i].addr, t->prefix[i].len, value);
}

static void fib6_remove(void *s, const struct table *t, uint32_t i)
{
	struct theirs *l = s;

	rte_fib6_delete(l->s, t->prefix[i].addr, t->prefix[i].len);
}

static void fib6_destroy(void *s)
{
	struct theirs *l = s;

	rte_fib6_free(l->s);
	free(l);
}

static inline uint32_t fib6_lookup(const void *s, const struct in6 *addr)
{
	const struct theirs *l = s;
	uint64_t value;

	rte_fib6_lookup_bulk(l->s, (uint8_t (*)[16])addr, &value, 1);
	return value;
}

static inline void fib6_lookup_bulk(const void *s, const struct in6 *addr,
				    uint64_t *value)
{
	const struct theirs *l = s;

	rte_fib6_lookup_bulk(l->s, (uint8_t (*)[16])addr, value, BULK);
}

DEFINE_LOOPS(fib6, struct in6, fib6_lookup)
DEFINE_BULK(fib6, struct in6, uint64_t, fib6_lookup_bulk)

const struct kind fib6 = {
	"rte_fib6", 128, false, fib6_create, fib6_add, fib6_remove, finish,
	fib6_destroy, packets, memory,
	{ fib6_free, fib6_dependent, fib6_polluted, fib6_bulk }
};
