// SPDX-License-Identifier: GPL-2.0
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "address.h"
#include "text.h"

/**
 * address_size - bytes of an address
 * @family: AF_INET or AF_INET6
 */
unsigned int address_size(uint8_t family)
{
	return family == AF_INET ? 4 : 16;
}

/**
 * address_equal - are two addresses the same?
 * @a: one
 * @b: the other
 */
bool address_equal(const struct address *a, const struct address *b)
{
	return a->family == b->family &&
	       !memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

/**
 * address_compare - which address comes first?
 * @a: one
 * @b: the other
 *
 * Return: as memcmp(); none first, then IPv4, then IPv6.
 */
int address_compare(const struct address *a, const struct address *b)
{
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

/**
 * address_parse - text to address
 * @text: of either family
 * @address: where it goes
 */
bool address_parse(const char *text, struct address *address)
{
	memset(address, 0, sizeof(*address));
	address->family = strchr(text, ':') ? AF_INET6 : AF_INET;
	return inet_pton(address->family, text, address->bytes) == 1;
}

static const char *ipv4_text(const uint8_t *bytes, char *buf)
{
	unsigned int i;
	char *at = buf;

	for (i = 0; i < 4; i++) {
		if (i)
			*at++ = '.';
		at = number_put(bytes[i], at);
	}
	return buf;
}

/* The longest run of groups that are 0, the first of several; none of one. */
static void zero_run(const uint16_t *group, unsigned int *start,
		     unsigned int *length)
{
	unsigned int i, n;

	*start = 8;
	*length = 1;
	for (i = 0; i < 8; i += n + 1) {
		for (n = 0; i + n < 8 && !group[i + n]; n++)
			;
		if (n > *length) {
			*start = i;
			*length = n;
		}
	}
}

static char *hex_put(uint16_t number, char *at)
{
	static const char digits[] = "0123456789abcdef";
	int shift = 12;

	while (shift && !(number >> shift))
		shift -= 4;
	for (; shift >= 0; shift -= 4)
		*at++ = digits[number >> shift & 15];
	return at;
}

/* As inet_ntop(), which calls printf() for each group. */
static const char *ipv6_text(const uint8_t *bytes, char *buf)
{
	unsigned int i, start, length;
	uint16_t group[8];
	char *at = buf;

	for (i = 0; i < 8; i++)
		group[i] = bytes[2 * i] << 8 | bytes[2 * i + 1];
	zero_run(group, &start, &length);
	for (i = 0; i < 8; i++) {
		if (i == start) {
			*at++ = ':';
			i += length - 1;
			continue;
		}
		if (i)
			*at++ = ':';
		at = hex_put(group[i], at);
	}
	if (start + length == 8)
		*at++ = ':';
	*at = '\0';
	return buf;
}

/* What holds an IPv4 address is written with that at its end. */
static bool holds_ipv4(const uint8_t *bytes)
{
	static const uint8_t zero[10];

	return !memcmp(bytes, zero, sizeof(zero));
}

/**
 * address_text - address to text
 * @address: what to write
 * @buf: ADDRESS_TEXT bytes
 *
 * Return: @buf.
 */
const char *address_text(const struct address *address, char *buf)
{
	if (address->family == AF_INET)
		return ipv4_text(address->bytes, buf);
	if (address->family == AF_INET6 && !holds_ipv4(address->bytes))
		return ipv6_text(address->bytes, buf);
	if (!inet_ntop(address->family, address->bytes, buf, ADDRESS_TEXT))
		strcpy(buf, "?");
	return buf;
}

/**
 * prefix_text - prefix to text, always with its length
 * @prefix: what to write
 * @buf: ADDRESS_TEXT bytes
 *
 * Return: @buf.
 */
const char *prefix_text(const struct prefix *prefix, char *buf)
{
	size_t used;

	if (prefix->address.family == AF_UNSPEC)
		return strcpy(buf, "default");
	address_text(&prefix->address, buf);
	used = strlen(buf);
	buf[used++] = '/';
	number_put(prefix->length, buf + used);
	return buf;
}
