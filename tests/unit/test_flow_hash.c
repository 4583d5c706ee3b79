// SPDX-License-Identifier: GPL-2.0
/*
 * The flow hash against a slow SipHash that is itself held to the published
 * vectors; what each policy reads; and how evenly flows spread.
 */
#include "harness.h"
#include "buckets.h"
#include "flow_hash.h"

/* SipHash as the paper tells it, a byte at a time, with any rounds. */
static u64 rotate(u64 x, unsigned int n)
{
	return x << n | x >> (64 - n);
}

static void slow_rounds(u64 v[4], unsigned int n)
{
	while (n--) {
		v[0] += v[1];
		v[1] = rotate(v[1], 13);
		v[1] ^= v[0];
		v[0] = rotate(v[0], 32);
		v[2] += v[3];
		v[3] = rotate(v[3], 16);
		v[3] ^= v[2];
		v[0] += v[3];
		v[3] = rotate(v[3], 21);
		v[3] ^= v[0];
		v[2] += v[1];
		v[1] = rotate(v[1], 17);
		v[1] ^= v[2];
		v[2] = rotate(v[2], 32);
	}
}

static u64 slow_siphash(unsigned int c, unsigned int d, u64 k0, u64 k1,
			const u8 *data, size_t len)
{
	static const u8 text[] = "somepseudorandomlygeneratedbytes";
	size_t i, j, blocks = len / 8 + 1;
	u64 v[4], m;

	for (i = 0; i < 4; i++) {
		for (m = 0, j = 0; j < 8; j++)
			m = m << 8 | text[8 * i + j];
		v[i] = m ^ (i & 1 ? k1 : k0);
	}
	for (i = 0; i < blocks; i++) {
		for (m = 0, j = 0; j < 8; j++)
			if (8 * i + j < len)
				m |= (u64)data[8 * i + j] << (8 * j);
		if (i == blocks - 1)
			m |= (u64)(len & 0xff) << 56;
		v[3] ^= m;
		slow_rounds(v, c);
		v[0] ^= m;
	}
	v[2] ^= 0xff;
	slow_rounds(v, d);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* Key 00 01 ... 0f or zero, message 00 01 ... */
static void test_vectors(void)
{
	static const struct {
		u8 c, d, key, len;
		u64 hash;
	} vector[] = {
		/* the reference implementation's vectors.h; the paper: 15 */
		{ 2, 4, 1, 0, 0x726fdb47dd0e0e31ull },
		{ 2, 4, 1, 1, 0x74f839c593dc67fdull },
		{ 2, 4, 1, 7, 0xab0200f58b01d137ull },
		{ 2, 4, 1, 8, 0x93f5f5799a932462ull },
		{ 2, 4, 1, 15, 0xa129ca6149be45e5ull },
		/* its output for 1-3, as OCaml's test suite has it */
		{ 1, 3, 0, 0, 0xd1fba762150c532cull },
		{ 1, 3, 0, 1, 0x68a914128e01e473ull },
	};
	u8 message[16];
	unsigned int i;
	u64 got;

	for (i = 0; i < sizeof(message); i++)
		message[i] = i;
	for (i = 0; i < ARRAY_SIZE(vector); i++) {
		got = slow_siphash(vector[i].c, vector[i].d,
				   vector[i].key * 0x0706050403020100ull,
				   vector[i].key * 0x0f0e0d0c0b0a0908ull,
				   message, vector[i].len);
		CHECK(got == vector[i].hash, "%u-%u of %u bytes: %llx",
		      vector[i].c, vector[i].d, vector[i].len, got);
	}
}

#define PI0	0x243f6a8885a308d3ull
#define PI1	0x13198a2e03707344ull

static void test_bytes(void)
{
	u8 data[80];
	unsigned int i, len, at;

	get_random_bytes(data, sizeof(data));
	for (at = 0; at < 9; at++)
		for (len = 0; len <= 64; len++)
			CHECK(ecmp_hash_bytes(data + at, len) ==
			      slow_siphash(1, 3, PI0, PI1, data + at, len),
			      "%u bytes at %u", len, at);
	/* A name must depend on each bit and on the length. */
	for (i = 0; i < 64 * 8; i++) {
		u64 before = ecmp_hash_bytes(data, 64);

		data[i / 8] ^= 1 << i % 8;
		CHECK(before != ecmp_hash_bytes(data, 64), "bit %u", i);
	}
	memset(data, 0, sizeof(data));
	for (len = 1; len <= 64; len++)
		CHECK(ecmp_hash_bytes(data, len) !=
		      ecmp_hash_bytes(data, len - 1), "%u zeroes", len);
}

/* What flow_hash.c says about the strings. */
static u32 slow_hash(const struct ecmp_hash_seed *seed,
		     enum ecmp_hash_policy policy, const struct ecmp_flow *f)
{
	const struct ecmp_tuple *t = f->hashed;
	bool v6 = f->family == AF_INET6;
	unsigned int bytes = v6 ? 16 : 4, n = 0;
	u8 s[64];

	if (policy == ECMP_HASH_L4 && f->flags & ECMP_FLOW_FRAGMENT)
		policy = ECMP_HASH_L3;
	memcpy(s, &t->src, bytes);
	n = policy == ECMP_HASH_SRC && v6 ? 8 : bytes;
	if (policy != ECMP_HASH_SRC) {
		memcpy(s + n, &t->dst, bytes);
		n += bytes;
	}
	if (policy == ECMP_HASH_L4) {
		s[n++] = t->sport;
		s[n++] = t->sport >> 8;
		s[n++] = t->dport;
		s[n++] = t->dport >> 8;
		s[n++] = t->proto;
	} else if (policy != ECMP_HASH_SRC && v6) {
		s[n++] = t->proto;
		s[n++] = t->flowlabel;
		s[n++] = t->flowlabel >> 8;
		s[n++] = t->flowlabel >> 16;
	}
	return slow_siphash(1, 3, seed->k[0], seed->k[1], s, n);
}

static void random_flow(struct ecmp_flow *f, u8 family)
{
	struct ecmp_tuple *t = &f->t;

	memset(f, 0x5c, sizeof(*f));
	f->family = family;
	f->flags = ECMP_FLOW_PORTS;
	f->hashed = t;
	f->inner = NULL;
	get_random_bytes(&t->src, sizeof(t->src));
	get_random_bytes(&t->dst, sizeof(t->dst));
	if (family == AF_INET) {
		ecmp_addr_mask(&t->src, 32);
		ecmp_addr_mask(&t->dst, 32);
	}
	t->sport = unit_rand();
	t->dport = unit_rand();
	t->flowlabel = family == AF_INET ? 0 : unit_rand() & 0xfffff;
	t->proto = unit_below(2) ? 6 : 17;
}

static struct ecmp_hash_seed random_seed(void)
{
	return (struct ecmp_hash_seed){ { unit_rand(), unit_rand() } };
}

static u8 random_family(void)
{
	return unit_below(2) ? AF_INET : AF_INET6;
}

static void test_against_slow(void)
{
	unsigned int i, policy;

	for (i = 0; i < 20000; i++) {
		struct ecmp_hash_seed seed = random_seed();
		struct ecmp_flow f;

		random_flow(&f, random_family());
		if (!unit_below(4))
			f.flags = ECMP_FLOW_FRAGMENT;
		for (policy = ECMP_HASH_L3; policy <= ECMP_HASH_SRC; policy++)
			CHECK(ecmp_flow_hash(&seed, policy, &f) ==
			      slow_hash(&seed, policy, &f),
			      "policy %u family %u flags %u", policy, f.family,
			      f.flags);
	}
}

/* The same for good: routers of different versions must agree. */
static void test_stable(void)
{
	struct ecmp_hash_seed seed = ecmp_hash_seed_from(42);
	struct ecmp_flow f = { .family = AF_INET, .flags = ECMP_FLOW_PORTS };
	struct ecmp_hash_seed again = ecmp_hash_seed_from(42);
	unsigned int i;
	u8 s[9] = { 42 };

	CHECK(!memcmp(&seed, &again, sizeof(seed)));
	for (i = 0; i < 2; i++) {
		s[8] = i;
		CHECK(seed.k[i] == slow_siphash(1, 3, PI0, PI1, s, 9));
	}
	/* All of the number counts. */
	for (i = 0; i < 64; i++) {
		again = ecmp_hash_seed_from(42 ^ BIT_ULL(i));
		CHECK(seed.k[0] != again.k[0] && seed.k[1] != again.k[1],
		      "bit %u", i);
	}
	f.hashed = &f.t;
	f.t.src = ecmp_addr_v4(cpu_to_be32(0xc0a800f4));
	f.t.dst = ecmp_addr_v4(cpu_to_be32(0x08080808));
	f.t.sport = 40000;
	f.t.dport = 443;
	f.t.proto = 6;
	CHECK(ecmp_flow_hash(&seed, ECMP_HASH_L3, &f) == 0xec53eb3fu,
	      "0x%x", ecmp_flow_hash(&seed, ECMP_HASH_L3, &f));
	CHECK(ecmp_flow_hash(&seed, ECMP_HASH_L4, &f) == 0x971d80a2u,
	      "0x%x", ecmp_flow_hash(&seed, ECMP_HASH_L4, &f));
	f.family = AF_INET6;
	f.t.flowlabel = 0x12345;
	CHECK(ecmp_flow_hash(&seed, ECMP_HASH_L3, &f) == 0xa2265b62u,
	      "0x%x", ecmp_flow_hash(&seed, ECMP_HASH_L3, &f));
	CHECK(ecmp_hash_bytes("ecmp", 4) == 0x86b509d21ba732bcull,
	      "0x%llx", ecmp_hash_bytes("ecmp", 4));
}

/* Which fields count, by changing one at a time. */
enum field { SRC_HIGH, SRC_LOW, DST, SPORT, DPORT, PROTO, LABEL, FIELDS };

static void change(struct ecmp_tuple *t, enum field field, u8 family)
{
	switch (field) {
	case SRC_HIGH:
		t->src.b[family == AF_INET6 ? 7 : 3] ^= 1;
		break;
	case SRC_LOW:	/* IPv4 has no such part */
		t->src.b[family == AF_INET6 ? 8 : 0] ^= 0x80;
		break;
	case DST:
		t->dst.b[family == AF_INET6 ? 15 : 3] ^= 1;
		break;
	case SPORT:
		t->sport ^= 0x8000;
		break;
	case DPORT:
		t->dport ^= 1;
		break;
	case PROTO:
		t->proto ^= 6 ^ 17;
		break;
	default:
		t->flowlabel ^= 0x80000;
	}
}

static void fields_count(enum ecmp_hash_policy policy, u8 family, u8 flags,
			 u32 want)
{
	struct ecmp_hash_seed seed = random_seed();
	struct ecmp_flow f;
	u32 h, field;

	random_flow(&f, family);
	f.flags = flags;
	h = ecmp_flow_hash(&seed, policy, &f);
	for (field = 0; field < FIELDS; field++) {
		change(&f.t, field, family);
		CHECK((h != ecmp_flow_hash(&seed, policy, &f)) ==
		      (want >> field & 1), "policy %u family %u field %u",
		      policy, family, field);
		change(&f.t, field, family);
	}
	f.iif ^= 1;
	f.mark ^= 1;
	f.dscp ^= 1;
	memset(&f.h, 0, sizeof(f.h));
	CHECK(h == ecmp_flow_hash(&seed, policy, &f), "not of the tuple");
}

static void test_policies(void)
{
	const u32 addrs = BIT(SRC_HIGH) | BIT(SRC_LOW) | BIT(DST);
	const u32 l4 = addrs | BIT(SPORT) | BIT(DPORT) | BIT(PROTO);
	const u32 l3_v6 = addrs | BIT(PROTO) | BIT(LABEL);
	const u32 src = BIT(SRC_HIGH) | BIT(SRC_LOW);
	const u8 ports = ECMP_FLOW_PORTS, frag = ECMP_FLOW_FRAGMENT;

	fields_count(ECMP_HASH_L3, AF_INET, ports, addrs);
	fields_count(ECMP_HASH_L3, AF_INET6, ports, l3_v6);
	fields_count(ECMP_HASH_L4, AF_INET, ports, l4);
	fields_count(ECMP_HASH_L4, AF_INET6, ports, l4);
	fields_count(ECMP_HASH_L3_INNER, AF_INET, ports, addrs);
	fields_count(ECMP_HASH_L3_INNER, AF_INET6, ports, l3_v6);
	fields_count(ECMP_HASH_SRC, AF_INET, ports, src);
	fields_count(ECMP_HASH_SRC, AF_INET6, ports, BIT(SRC_HIGH));

	fields_count(ECMP_HASH_L3, AF_INET, frag, addrs);
	fields_count(ECMP_HASH_L4, AF_INET, frag, addrs);
	fields_count(ECMP_HASH_L4, AF_INET6, frag, l3_v6);
	fields_count(ECMP_HASH_L3_INNER, AF_INET, frag, addrs);
	fields_count(ECMP_HASH_SRC, AF_INET, frag, src);
	fields_count(ECMP_HASH_SRC, AF_INET6, frag, BIT(SRC_HIGH));
}

static void test_fragments(void)
{
	struct ecmp_hash_seed seed = random_seed();
	unsigned int i;

	for (i = 0; i < 1000; i++) {
		struct ecmp_flow whole, frag;
		u32 l3;

		random_flow(&whole, random_family());
		l3 = ecmp_flow_hash(&seed, ECMP_HASH_L3, &whole);
		frag = whole;
		frag.hashed = &frag.t;
		frag.flags = ECMP_FLOW_FRAGMENT;
		CHECK(ecmp_flow_hash(&seed, ECMP_HASH_L3, &frag) == l3);
		CHECK(ecmp_flow_hash(&seed, ECMP_HASH_L4, &frag) == l3);
		CHECK(ecmp_flow_hash(&seed, ECMP_HASH_L4, &whole) != l3);
		CHECK(ecmp_flow_hash(&seed, ECMP_HASH_SRC, &frag) ==
		      ecmp_flow_hash(&seed, ECMP_HASH_SRC, &whole));
	}
}

/* The tuple is read through @hashed, or through @inner under l3-inner. */
static void test_hashed(void)
{
	struct ecmp_hash_seed seed = random_seed();
	unsigned int i, policy;

	for (i = 0; i < 1000; i++) {
		struct ecmp_flow other, f;
		u32 l3;

		random_flow(&other, random_family());
		random_flow(&f, other.family);
		f.h = other.t;
		f.hashed = &f.h;
		for (policy = ECMP_HASH_L3; policy <= ECMP_HASH_SRC; policy++)
			CHECK(ecmp_flow_hash(&seed, policy, &f) ==
			      ecmp_flow_hash(&seed, policy, &other),
			      "policy %u", policy);

		/* A tunnel, of either family, carries the other flow. */
		l3 = ecmp_flow_hash(&seed, ECMP_HASH_L3, &other);
		random_flow(&f, random_family());
		f.h = other.t;
		f.inner = &f.h;
		CHECK(ecmp_flow_hash(&seed, ECMP_HASH_L3_INNER, &f) == l3,
		      "family %u in %u", other.family, f.family);
		f.inner = NULL;
		CHECK(ecmp_flow_hash(&seed, ECMP_HASH_L3_INNER, &f) ==
		      ecmp_flow_hash(&seed, ECMP_HASH_L3, &f));
		f.inner = &f.h;
		CHECK(ecmp_flow_hash(&seed, ECMP_HASH_L4, &f) != l3);
		CHECK(ecmp_flow_hash(&seed, ECMP_HASH_L3, &f) != l3);

		/* Routers' addresses, which end in nothing but zeros. */
		random_flow(&other, AF_INET6);
		ecmp_addr_mask(&other.t.src, 64);
		ecmp_addr_mask(&other.t.dst, i & 1 ? 64 : 48);
		f.h = other.t;
		CHECK(ecmp_flow_hash(&seed, ECMP_HASH_L3_INNER, &f) ==
		      ecmp_flow_hash(&seed, ECMP_HASH_L3, &other));
	}
}

/* Both directions are flows of their own; an error's tuple is reversed. */
static void test_direction(void)
{
	struct ecmp_hash_seed seed = random_seed();
	unsigned int i, policy, same = 0;

	for (i = 0; i < 1000; i++) {
		struct ecmp_flow f, r, e;

		random_flow(&f, random_family());
		random_flow(&e, f.family);
		r = f;
		r.hashed = &r.t;
		swap(r.t.src, r.t.dst);
		swap(r.t.sport, r.t.dport);
		e.t.proto = f.family == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6;
		e.flags = 0;
		e.h = f.t;
		e.hashed = &e.h;
		for (policy = ECMP_HASH_L3; policy <= ECMP_HASH_SRC; policy++) {
			u32 h = ecmp_flow_hash(&seed, policy, &f);

			same += h == ecmp_flow_hash(&seed, policy, &r);
			CHECK(h == ecmp_flow_hash(&seed, policy, &e),
			      "policy %u", policy);
		}
	}
	CHECK(same < 3, "%u of 4000", same);
}

/*
 * Chi square of @n counts must be near its mean @n - 1; its standard deviation
 * is sqrt(2(n - 1)). Six of those happen once in 10^8, more for its long tail.
 */
static void check_even(const unsigned int *count, unsigned int n,
		       const char *what)
{
	double sum = 0, want, chi = 0, off;
	unsigned int i;

	for (i = 0; i < n; i++)
		sum += count[i];
	want = sum / n;
	for (i = 0; i < n; i++)
		chi += (count[i] - want) * (count[i] - want) / want;
	off = chi - (n - 1);
	CHECK(want >= 8 && off * off < 49 * 2.0 * (n - 1),
	      "%s: chi square %.0f of %u, %.0f in all", what, chi, n, sum);
}

#define N	256
#define SPREAD	65536

/* The variants of one flow as they come in practice: counting up. */
static void next_flow(struct ecmp_flow *f, unsigned int kind, u32 i)
{
	struct ecmp_addr *a = kind == 2 ? &f->t.dst : &f->t.src;

	if (kind == 0)
		f->t.sport = i;
	else if (kind == 1)
		f->t.dport = i;
	else if (f->family == AF_INET)
		*a = ecmp_addr_v4(cpu_to_be32(0x0a000000 + i));
	else if (kind == 3)	/* customers: a /64 each */
		a->d[0] = cpu_to_be64(0x20010db800000000ull + i);
	else
		a->w[3] = cpu_to_be32(i);
}

static void test_even(void)
{
	static const char * const name[] = {
		"source ports", "destination ports", "destinations", "sources"
	};
	static const u8 low[] = { ECMP_HASH_L4, ECMP_HASH_L4, ECMP_HASH_L3,
				  ECMP_HASH_SRC };
	unsigned int kind, family, shift;
	u32 i;

	for (kind = 0; kind < 4; kind++)
		for (family = 0; family < 2; family++) {
			struct ecmp_hash_seed seed = random_seed();
			unsigned int count[4][N] = {};
			struct ecmp_flow f;

			random_flow(&f, family ? AF_INET6 : AF_INET);
			for (i = 0; i < SPREAD; i++) {
				u32 h;

				next_flow(&f, kind, i);
				h = ecmp_flow_hash(&seed, low[kind], &f);
				for (shift = 0; shift < 4; shift++)
					count[shift][ecmp_bucket(h >> 8 * shift,
								 N)]++;
			}
			for (shift = 0; shift < 4; shift++)
				check_even(count[shift], N, name[kind]);
		}
}

/* Each input bit changes each output bit for half of all inputs. */
static void test_avalanche(void)
{
	enum { SAMPLES = 4096, BITS = 32 + 32 + 16 + 16 };
	unsigned int in, out, i;

	for (in = 0; in < BITS; in++) {
		unsigned int flips[32] = {};

		for (i = 0; i < SAMPLES; i++) {
			struct ecmp_hash_seed seed = random_seed();
			struct ecmp_flow f;
			u32 h;

			random_flow(&f, AF_INET);
			h = ecmp_flow_hash(&seed, ECMP_HASH_L4, &f);
			if (in < 32)
				f.t.src.b[in / 8] ^= 1 << in % 8;
			else if (in < 64)
				f.t.dst.b[in / 8 - 4] ^= 1 << in % 8;
			else if (in < 80)
				f.t.sport ^= 1 << (in - 64);
			else
				f.t.dport ^= 1 << (in - 80);
			h ^= ecmp_flow_hash(&seed, ECMP_HASH_L4, &f);
			for (out = 0; out < 32; out++)
				flips[out] += h >> out & 1;
		}
		/* standard deviation sqrt(4096 / 4) = 32; six of them */
		for (out = 0; out < 32; out++)
			CHECK(flips[out] > SAMPLES / 2 - 192 &&
			      flips[out] < SAMPLES / 2 + 192,
			      "bit %u to %u: %u", in, out, flips[out]);
	}
}

/*
 * Two routers in a row: the flows of one bucket of the first must spread over
 * all of the second, whatever their seeds.
 */
static void test_polarisation(void)
{
	unsigned int round, i;

	for (round = 0; round < 16; round++) {
		struct ecmp_hash_seed a = random_seed(), b = random_seed();
		unsigned int count[N] = {}, got = 0;
		struct ecmp_flow f;

		random_flow(&f, random_family());
		if (round & 1) {	/* neighbouring numbers */
			a = ecmp_hash_seed_from(round);
			b = ecmp_hash_seed_from(round + 1);
		}
		for (i = 0; got < 16 * N; i++) {
			f.t.sport = i;
			f.t.dst.w[0] = cpu_to_be32(i >> 16);
			if (ecmp_flow_hash(&a, ECMP_HASH_L4, &f) % 16)
				continue;
			got++;
			count[ecmp_flow_hash(&b, ECMP_HASH_L4, &f) % N]++;
		}
		check_even(count, N, "second router");
	}
}

static void test_seeds_differ(void)
{
	unsigned int i, bits = 0;

	for (i = 0; i < 1000; i++) {
		struct ecmp_hash_seed a = ecmp_hash_seed_from(i);
		struct ecmp_hash_seed b = ecmp_hash_seed_from(i + 1);

		CHECK(a.k[0] != a.k[1]);
		bits += hweight64(a.k[0] ^ b.k[0]) + hweight64(a.k[1] ^ b.k[1]);
	}
	/* 128,000 coins: standard deviation 179 */
	CHECK(bits > 64000 - 1074 && bits < 64000 + 1074, "%u bits", bits);
}

static const struct unit_test tests[] = {
	UNIT_TEST(test_vectors),
	UNIT_TEST(test_bytes),
	UNIT_TEST(test_against_slow),
	UNIT_TEST(test_stable),
	UNIT_TEST(test_policies),
	UNIT_TEST(test_fragments),
	UNIT_TEST(test_hashed),
	UNIT_TEST(test_direction),
	UNIT_TEST(test_even),
	UNIT_TEST(test_avalanche),
	UNIT_TEST(test_polarisation),
	UNIT_TEST(test_seeds_differ),
};
UNIT_MAIN(tests)
