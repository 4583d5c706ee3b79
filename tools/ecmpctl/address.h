/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ECMPCTL_ADDRESS_H
#define ECMPCTL_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

#define ADDRESS_TEXT	64	/* room for an address or a prefix */

/**
 * struct address - an address of either family
 * @family: AF_INET, AF_INET6; AF_UNSPEC: none
 * @bytes: 4 or 16 of them in network order, the rest zero
 */
struct address {
	uint8_t	family;
	uint8_t	bytes[16];
};

/**
 * struct prefix - an address with a length
 * @address: no host bits; family AF_UNSPEC: "default" of any family
 * @length: in bits
 */
struct prefix {
	struct address	address;
	uint8_t		length;
};

unsigned int address_size(uint8_t family);
bool address_equal(const struct address *a, const struct address *b);
int address_compare(const struct address *a, const struct address *b);
bool address_parse(const char *text, struct address *address);
const char *address_text(const struct address *address, char *buf);
const char *prefix_text(const struct prefix *prefix, char *buf);

#endif /* ECMPCTL_ADDRESS_H */
