// SPDX-License-Identifier: GPL-2.0
#include "harness.h"
#include "prefix.h"

/* The definition, bit by bit. */
static bool covers(const struct ecmp_prefix *p, const struct ecmp_addr *a)
{
	unsigned int i;

	for (i = 0; i < p->len; i++)
		if (ecmp_addr_bit(&p->addr, i) != ecmp_addr_bit(a, i))
			return false;
	return true;
}

static struct ecmp_addr random_addr(void)
{
	struct ecmp_addr a;

	get_random_bytes(&a, sizeof(a));
	return a;
}

static void test_v4_layout(void)
{
	struct ecmp_addr a = ecmp_addr_v4(cpu_to_be32(0xc0a800f4));

	CHECK(a.b[0] == 192 && a.b[1] == 168 && a.b[2] == 0 && a.b[3] == 244);
	CHECK(!a.w[1] && !a.w[2] && !a.w[3]);
	CHECK(ecmp_addr_bit(&a, 0) == 1 && ecmp_addr_bit(&a, 2) == 0);
	CHECK(ecmp_addr_bit(&a, 29) == 1 && ecmp_addr_bit(&a, 31) == 0);
}

static void test_mask(void)
{
	unsigned int len, i, n;

	for (n = 0; n < 100; n++)
		for (len = 0; len <= 128; len++) {
			struct ecmp_addr a = random_addr(), m = a;

			ecmp_addr_mask(&m, len);
			for (i = 0; i < 128; i++)
				CHECK(ecmp_addr_bit(&m, i) ==
				      (i < len ? ecmp_addr_bit(&a, i) : 0),
				      "/%u bit %u", len, i);
		}
}

static void test_match(void)
{
	unsigned int len, flip, n;

	for (n = 0; n < 20; n++)
		for (len = 0; len <= 128; len++)
			for (flip = 0; flip < 128; flip++) {
				struct ecmp_addr a = random_addr();
				struct ecmp_prefix p = { a, len };

				ecmp_addr_mask(&p.addr, len);
				CHECK(ecmp_prefix_match(&p, &a));
				a.b[flip / 8] ^= 0x80 >> flip % 8;
				CHECK(ecmp_prefix_match(&p, &a) == (flip >= len),
				      "/%u bit %u", len, flip);
				CHECK(covers(&p, &a) == (flip >= len));
			}
}

static void test_equal(void)
{
	unsigned int i;
	struct ecmp_addr a = random_addr(), b;

	CHECK(ecmp_addr_equal(&a, &a));
	for (i = 0; i < 128; i++) {
		struct ecmp_addr zero = {};

		b = a;
		b.b[i / 8] ^= 0x80 >> i % 8;
		CHECK(!ecmp_addr_equal(&a, &b), "bit %u", i);
		CHECK(ecmp_addr_is_zero(&zero));
		zero.b[i / 8] ^= 0x80 >> i % 8;
		CHECK(!ecmp_addr_is_zero(&zero), "bit %u", i);
	}
}

static void test_order(void)
{
	unsigned int n;

	for (n = 0; n < 100000; n++) {
		struct ecmp_prefix p = {}, q = {};
		int d, want = 0;
		unsigned int i;

		p.addr.b[unit_below(16)] = unit_below(4) << 6;
		q.addr.b[unit_below(16)] = unit_below(4) << 6;
		p.len = unit_below(129);
		q.len = unit_below(2) ? p.len : unit_below(129);
		for (i = 0; i < 128 && !want; i++)
			want = (int)ecmp_addr_bit(&p.addr, i) -
			       (int)ecmp_addr_bit(&q.addr, i);
		if (!want)
			want = (p.len > q.len) - (p.len < q.len);
		d = ecmp_prefix_cmp(&p, &q);
		CHECK((d > 0) - (d < 0) == want);
		CHECK(ecmp_prefix_equal(&p, &q) == !want);
	}
}

static const struct unit_test tests[] = {
	UNIT_TEST(test_v4_layout),
	UNIT_TEST(test_mask),
	UNIT_TEST(test_match),
	UNIT_TEST(test_equal),
	UNIT_TEST(test_order),
};
UNIT_MAIN(tests)
