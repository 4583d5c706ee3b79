// SPDX-License-Identifier: GPL-2.0
/*
 * The flow hash: SipHash-1-3 (Aumasson and Bernstein, "SipHash: a fast
 * short-input PRF", INDOCRYPT 2012; one compression and three finalisation
 * rounds) over a byte string made of the fields that the policy names.
 * Written from the paper.
 *
 * The byte strings, addresses in network order, the rest little-endian:
 *
 *	src, IPv4	 4 bytes	source
 *	l3, IPv4	 8		source, destination
 *	src, IPv6	 8		source's first 64 bits
 *	l4, IPv4	13		..., source port, destination port, protocol
 *	l3, IPv6	36		..., flow label << 8 | next header
 *	l4, IPv6	37		..., source port, destination port, protocol
 *
 * SipHash mixes in the length, which keeps what may share a bucket table
 * apart: the two policies of one family never give the same string.
 */
#include <linux/types.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/socket.h>
#include <linux/bitops.h>
#include "flow_hash.h"

struct sip {
	u64 v0, v1, v2, v3;
};

static __always_inline void sip_init(struct sip *s,
				     const struct ecmp_hash_seed *seed)
{
	s->v0 = seed->k[0] ^ 0x736f6d6570736575ull;
	s->v1 = seed->k[1] ^ 0x646f72616e646f6dull;
	s->v2 = seed->k[0] ^ 0x6c7967656e657261ull;
	s->v3 = seed->k[1] ^ 0x7465646279746573ull;
}

static __always_inline void sip_round(struct sip *s)
{
	s->v0 += s->v1;
	s->v2 += s->v3;
	s->v1 = rol64(s->v1, 13) ^ s->v0;
	s->v3 = rol64(s->v3, 16) ^ s->v2;
	s->v0 = rol64(s->v0, 32) + s->v3;
	s->v2 += s->v1;
	s->v1 = rol64(s->v1, 17) ^ s->v2;
	s->v3 = rol64(s->v3, 21) ^ s->v0;
	s->v2 = rol64(s->v2, 32);
}

static __always_inline void sip_word(struct sip *s, u64 m)
{
	s->v3 ^= m;
	sip_round(s);
	s->v0 ^= m;
}

/* @m: the last @len % 8 bytes of a string of @len bytes, zero above them. */
static __always_inline u64 sip_end(struct sip *s, u64 m, size_t len)
{
	sip_word(s, m | (u64)len << 56);
	s->v2 ^= 0xff;
	sip_round(s);
	sip_round(s);
	sip_round(s);
	return s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
}

static __always_inline u32 addr32(const struct ecmp_addr *a)
{
	return le32_to_cpu((__force __le32)a->w[0]);
}

static __always_inline u64 addr64(const struct ecmp_addr *a, unsigned int i)
{
	return le64_to_cpu((__force __le64)a->d[i]);
}

static __always_inline u64 ports_proto(const struct ecmp_tuple *t)
{
	return t->sport | (u32)t->dport << 16 | (u64)t->proto << 32;
}

static u32 hash_v4(const struct ecmp_hash_seed *seed, bool l4,
		   const struct ecmp_tuple *t)
{
	struct sip s;

	sip_init(&s, seed);
	sip_word(&s, addr32(&t->src) | (u64)addr32(&t->dst) << 32);
	return l4 ? sip_end(&s, ports_proto(t), 13) : sip_end(&s, 0, 8);
}

static u32 hash_v6(const struct ecmp_hash_seed *seed, bool l4,
		   const struct ecmp_tuple *t)
{
	struct sip s;

	sip_init(&s, seed);
	sip_word(&s, addr64(&t->src, 0));
	sip_word(&s, addr64(&t->src, 1));
	sip_word(&s, addr64(&t->dst, 0));
	sip_word(&s, addr64(&t->dst, 1));
	return l4 ? sip_end(&s, ports_proto(t), 37) :
		    sip_end(&s, t->flowlabel << 8 | t->proto, 36);
}

static u32 hash_src(const struct ecmp_hash_seed *seed, bool v6,
		    const struct ecmp_tuple *t)
{
	struct sip s;

	sip_init(&s, seed);
	if (!v6)
		return sip_end(&s, addr32(&t->src), 4);
	sip_word(&s, addr64(&t->src, 0));
	return sip_end(&s, 0, 8);
}

/*
 * A tunnel's inner packet may be of the other family than the flow, and a
 * tuple does not tell: IPv4 addresses are zero beyond their first word, a pair
 * of IPv6 addresses never is (RFC 4291 keeps those for tunnels long gone).
 */
static bool tuple_is_v6(const struct ecmp_tuple *t)
{
	return t->src.w[1] || t->dst.w[1] ||
	       t->src.d[1] | t->dst.d[1];
}

/**
 * ecmp_flow_hash - what of @flow chooses its path, as 32 even bits
 * @seed: the namespace's key
 * @policy: which fields count
 * @flow: the packet; its tuple is read through @flow->hashed
 *
 * The fields of each policy are those of SEMANTICS' table. A fragment hashes as
 * l3 under l4, because only the first one has the ports; under src it stays
 * with its source. A protocol without ports has the ports 0 in its tuple.
 * l3-inner hashes @flow->inner, if there is one.
 *
 * The same seed and packet give the same value on every machine. All bits are
 * equally good; the bucket takes the low ones.
 *
 * Context: any; a packet's.
 */
u32 ecmp_flow_hash(const struct ecmp_hash_seed *seed,
		   enum ecmp_hash_policy policy, const struct ecmp_flow *flow)
{
	const struct ecmp_tuple *t = flow->hashed;
	bool v6 = flow->family == AF_INET6;
	bool l4 = false;

	switch (policy) {
	case ECMP_HASH_SRC:
		return hash_src(seed, v6, t);
	case ECMP_HASH_L4:
		l4 = !(flow->flags & ECMP_FLOW_FRAGMENT);
		break;
	case ECMP_HASH_L3_INNER:
		if (!flow->inner)
			break;
		t = flow->inner;
		v6 = tuple_is_v6(t);
		break;
	case ECMP_HASH_L3:
		break;
	}
	return v6 ? hash_v6(seed, l4, t) : hash_v4(seed, l4, t);
}

/* A key for what is no secret: the first 128 bits of pi's fraction. */
static const struct ecmp_hash_seed fixed = {
	{ 0x243f6a8885a308d3ull, 0x13198a2e03707344ull }
};

/**
 * ecmp_hash_seed_from - make a key of an administrator's number
 * @number: any
 *
 * Routers that were given the same number get the same key; neighbouring
 * numbers get unrelated ones. The key is as secret as the number.
 *
 * Context: any.
 */
struct ecmp_hash_seed ecmp_hash_seed_from(u64 number)
{
	struct ecmp_hash_seed seed;
	struct sip s;
	u64 i;

	for (i = 0; i < ARRAY_SIZE(seed.k); i++) {
		sip_init(&s, &fixed);
		sip_word(&s, number);
		seed.k[i] = sip_end(&s, i, 9);
	}
	return seed;
}

/**
 * ecmp_hash_bytes - a name for some bytes
 * @data: any bytes, no alignment
 * @len: how many
 *
 * SipHash-1-3 of the bytes under a fixed key: the same on every router, after
 * every boot and in either byte order. For identities, not against attackers.
 *
 * Context: any.
 */
u64 ecmp_hash_bytes(const void *data, size_t len)
{
	const u8 *p = data;
	size_t left;
	struct sip s;
	__le64 m;

	sip_init(&s, &fixed);
	for (left = len; left >= sizeof(m); left -= sizeof(m)) {
		memcpy(&m, p, sizeof(m));
		sip_word(&s, le64_to_cpu(m));
		p += sizeof(m);
	}
	m = 0;
	memcpy(&m, p, left);
	return sip_end(&s, le64_to_cpu(m), len);
}
