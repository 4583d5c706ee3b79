// SPDX-License-Identifier: GPL-2.0
/*
 * Prefixes that lie in one another, and those that are special.
 */
#include <string.h>
#include <sys/socket.h>

#include "ecmpctl.h"
#include "prefix.h"

/**
 * prefix_holds - does an address lie in a prefix?
 * @prefix: the prefix; what it has beyond its length does not count
 * @address: the address
 */
bool prefix_holds(const struct prefix *prefix, const struct address *address)
{
	unsigned int bytes = prefix->length / 8, bits = prefix->length % 8;
	const uint8_t *a = prefix->address.bytes, *b = address->bytes;

	return prefix->address.family == address->family &&
	       !memcmp(a, b, bytes) &&
	       (!bits || !((a[bytes] ^ b[bytes]) >> (8 - bits)));
}

/**
 * prefix_within - does a prefix lie in another, or is it the same?
 * @inner: one
 * @outer: the other
 */
bool prefix_within(const struct prefix *inner, const struct prefix *outer)
{
	return inner->length >= outer->length &&
	       prefix_holds(outer, &inner->address);
}

/**
 * prefix_shorten - the shorter prefix that holds a prefix
 * @prefix: the prefix
 * @length: its new length, not above the old one
 */
void prefix_shorten(struct prefix *prefix, unsigned int length)
{
	unsigned int bytes = length / 8, bits = length % 8;
	uint8_t *a = prefix->address.bytes;

	prefix->length = length;
	if (bits)
		a[bytes++] &= 0xff << (8 - bits);
	memset(a + bytes, 0, sizeof(prefix->address.bytes) - bytes);
}

/* ---- special ones ---- */

/**
 * struct range - addresses of one kind
 * @address: the first
 * @length: of the prefix that they are
 * @what: the kind
 */
struct range {
	struct address	address;
	uint8_t		length;
	const char	*what;
};

/* Nobody decides about packets to these. */
static const struct range undecided[] = {
	{ { AF_INET, { 0 } }, 8, "the unspecified address" },
	{ { AF_INET, { 127 } }, 8, "loopback addresses" },
	{ { AF_INET, { 169, 254 } }, 16, "link-local addresses" },
	{ { AF_INET, { 224 } }, 4, "multicast" },
	{ { AF_INET, { 255, 255, 255, 255 } }, 32, "broadcast" },
	{ { AF_INET6, { 0 } }, 128, "the unspecified address" },
	{ { AF_INET6, { [15] = 1 } }, 128, "the loopback address" },
	{ { AF_INET6, { 0xfe, 0x80 } }, 10, "link-local addresses" },
	{ { AF_INET6, { 0xff } }, 8, "multicast" },
};

/**
 * prefix_undecided - what all addresses of a prefix are, if that is special
 * @prefix: the prefix
 *
 * Return: the kind, of which packets are left to the kernel; or NULL.
 */
const char *prefix_undecided(const struct prefix *prefix)
{
	struct prefix outer;
	unsigned int i;

	for (i = 0; i < COUNT(undecided); i++) {
		outer.address = undecided[i].address;
		outer.length = undecided[i].length;
		if (prefix_within(prefix, &outer))
			return undecided[i].what;
	}
	return NULL;
}

/**
 * address_link_local - is it an IPv6 address that is on every link?
 * @address: the address
 */
bool address_link_local(const struct address *address)
{
	return address->family == AF_INET6 && address->bytes[0] == 0xfe &&
	       (address->bytes[1] & 0xc0) == 0x80;
}

/**
 * address_neighbour - can it be the unicast address of another host?
 * @address: the address
 */
bool address_neighbour(const struct address *address)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	static const uint8_t none[16], loopback[16] = { [15] = 1 };
	const uint8_t *a = address->bytes;

	if (address->family == AF_INET)
		/* As for the kernel, of 0.0.0.0/8 only the first is none. */
		return memcmp(a, none, 4) && a[0] != 127 &&
		       (a[0] & 0xf0) != 0xe0 &&
		       memcmp(a, "\xff\xff\xff\xff", 4);
	return memcmp(a, none, 16) && memcmp(a, loopback, 16) &&
	       a[0] != 0xff && memcmp(a, mapped, 12);
}
