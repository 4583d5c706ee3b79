/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Addresses and prefixes of both families in one shape.
 *
 * An address is 16 bytes in network order, left-aligned: IPv4 sits in w[0]
 * and the other words are zero. Bit 0 is the most significant bit of the
 * first byte, so the same code walks 32 or 128 bits.
 */
#ifndef _ECMP_PREFIX_H
#define _ECMP_PREFIX_H

#include <linux/types.h>
#include <linux/in6.h>
#include <linux/string.h>
#include <asm/byteorder.h>

struct ecmp_addr {
	union {
		u8	b[16];
		__be32	w[4];
		__be64	d[2];
	};
};

/**
 * struct ecmp_prefix - an address with a length in bits
 * @addr: network address; the bits beyond @len are zero
 * @len: 0 to 32 or 0 to 128, as the family says (kept by the owner)
 */
struct ecmp_prefix {
	struct ecmp_addr	addr;
	u8			len;
};

static inline struct ecmp_addr ecmp_addr_v4(__be32 a)
{
	struct ecmp_addr addr = { .w = { a } };

	return addr;
}

static inline struct ecmp_addr ecmp_addr_v6(const struct in6_addr *a)
{
	struct ecmp_addr addr;

	memcpy(addr.b, a, sizeof(addr.b));
	return addr;
}

static inline bool ecmp_addr_equal(const struct ecmp_addr *a,
				   const struct ecmp_addr *b)
{
	return !((a->d[0] ^ b->d[0]) | (a->d[1] ^ b->d[1]));
}

static inline bool ecmp_addr_is_zero(const struct ecmp_addr *a)
{
	return !(a->d[0] | a->d[1]);
}

/* Bit @i (0 = most significant) of @a. */
static inline unsigned int ecmp_addr_bit(const struct ecmp_addr *a,
					 unsigned int i)
{
	return a->b[i >> 3] >> (7 - (i & 7)) & 1;
}

/* Clear every bit of @a beyond the first @len. */
static inline void ecmp_addr_mask(struct ecmp_addr *a, unsigned int len)
{
	unsigned int i = len >> 3;

	if (i >= sizeof(a->b))
		return;
	a->b[i] &= (u8)~(0xff >> (len & 7));
	memset(a->b + i + 1, 0, sizeof(a->b) - i - 1);
}

static inline bool ecmp_prefix_match(const struct ecmp_prefix *p,
				     const struct ecmp_addr *a)
{
	unsigned int whole = p->len >> 3, rest = p->len & 7;

	if (memcmp(p->addr.b, a->b, whole))
		return false;
	return !rest ||
	       !((p->addr.b[whole] ^ a->b[whole]) & (u8)~(0xff >> rest));
}

static inline bool ecmp_prefix_equal(const struct ecmp_prefix *a,
				     const struct ecmp_prefix *b)
{
	return a->len == b->len && ecmp_addr_equal(&a->addr, &b->addr);
}

/* Order of a dump: by address, the shorter prefix first. */
static inline int ecmp_prefix_cmp(const struct ecmp_prefix *a,
				  const struct ecmp_prefix *b)
{
	int d = memcmp(a->addr.b, b->addr.b, sizeof(a->addr.b));

	return d ?: (int)a->len - (int)b->len;
}

#endif /* _ECMP_PREFIX_H */
