/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of this folder share.
 *
 *	main.c		what is measured, and how
 *	table.c		tables and addresses
 *	ours.c		the module's longest-prefix match, src/lib/lpm*.c
 *	memory.c	the kernel's allocator for it, in small
 *	dpdk.c		DPDK's four
 *	loop.h		the loops around a look-up, the same for all
 *
 * The two sides' headers do not go together: this one needs neither's.
 */
#ifndef _BENCH_LPM_H
#define _BENCH_LPM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* In network order; an IPv4 address is the first four bytes, the rest zero. */
struct prefix {
	union {
		uint8_t		addr[16];
		uint64_t	word[2];
	};
	uint8_t			len;
};

/**
 * struct table - routes that structures are filled with
 * @bits: of an address: 32 or 128
 * @n: routes
 * @prefix: of each, in random order
 * @value: of each; never 0
 * @n_tbl8: nodes of 256 slots that a trie with a first step of 24 bits and
 *	further ones of eight needs for them
 * @sum_tbl8: the same if no two routes shared any
 */
struct table {
	unsigned int	bits;
	uint32_t	n;
	struct prefix	*prefix;
	uint32_t	*value;
	uint32_t	n_tbl8;
	uint32_t	sum_tbl8;
};

/* No value has more bits: so many can DPDK's leaves of two bytes hold. */
#define VALUE_BITS	15

/**
 * enum mode - how look-ups follow each other
 * @MODE_FREE: none waits for another
 * @MODE_DEPENDENT: which address is next depends on the answer before
 * @MODE_POLLUTED: between two of them pollute() is called
 * @MODE_BULK: many addresses a call
 */
enum mode { MODE_FREE, MODE_DEPENDENT, MODE_POLLUTED, MODE_BULK, N_MODES };

#define BULK	32	/* addresses a call */

/**
 * struct answers - of a loop of look-ups
 * @sum: of their values
 * @ticks: in the look-ups alone; MODE_POLLUTED only
 */
struct answers {
	uint64_t	sum;
	uint64_t	ticks;
};

/* @addr: four bytes each of IPv4 and 16 of IPv6, one more than @n of them. */
typedef struct answers loop_fn(const void *s, const void *addr, uint32_t n);

/**
 * struct kind - a structure for longest-prefix match
 * @name: of it
 * @bits: of its addresses
 * @slow: its load time goes by the square of the routes
 * @create: room for @t's routes; NULL: it cannot be
 * @add: store prefix @i of @t or, if it is there, give it another value
 * @remove: take it out
 * @finish: all was added for now
 * @destroy: free it
 * @packets: bytes of what look-ups read
 * @memory: bytes of all, with what changes need
 * @loop: by mode; NULL: there is no such look-up
 */
struct kind {
	const char	*name;
	unsigned int	bits;
	bool		slow;
	void		*(*create)(const struct table *t);
	bool		(*add)(void *s, const struct table *t, uint32_t i,
			       uint32_t value);
	void		(*remove)(void *s, const struct table *t, uint32_t i);
	void		(*finish)(void *s);
	void		(*destroy)(void *s);
	size_t		(*packets)(const void *s);
	size_t		(*memory)(const void *s);
	loop_fn		*loop[N_MODES];
};

extern const struct kind ours4, ours6, lpm4, lpm6, fib4, fib6;

void ours_sizes(unsigned int entry, unsigned int table);
bool dpdk_init(unsigned int megabytes);

void memory_init(void);
size_t memory_live(void);

uint64_t rnd(void);
uint32_t rnd_below(uint32_t n);
void table_read(struct table *t, const char *file, unsigned int bits,
		uint32_t n);
void table_part(struct table *t, const struct table *all, uint32_t n);
void table_free(struct table *t);
void *table_addresses(const struct table *t, const char *set, uint32_t n);

void pollute(void);

#endif /* _BENCH_LPM_H */
