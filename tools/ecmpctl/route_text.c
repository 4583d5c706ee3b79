// SPDX-License-Identifier: GPL-2.0
/*
 * A route in the words of the grammar: for "save", "monitor" and sentences.
 */
#include <net/if.h>
#include <string.h>

#include "ecmpctl.h"
#include "route_text.h"
#include "text.h"

static void add_number(char *text, const char *word,
		       const struct nlattr *attr, uint64_t otherwise)
{
	if (attr && number_of(attr) != otherwise)
		text_add(text, ROUTE_TEXT, "%s %llu", word,
			 (unsigned long long)number_of(attr));
}

static void add_words(char *text, const char *word, const char *value)
{
	text_add_word(text, ROUTE_TEXT, word);
	text_add_word(text, ROUTE_TEXT, value);
}

static void add_address(char *text, const char *word,
			const struct nlattr *attr)
{
	struct address address = address_of(attr);
	char buf[ADDRESS_TEXT];

	if (address.family)
		add_words(text, word, address_text(&address, buf));
}

static void add_word(char *text, const char *word, const struct nlattr *attr)
{
	char quoted[TEXT_QUOTED(ECMP_COMMENT_MAX)];

	if (attr)
		add_words(text, word, text_quote(string_of(attr), quoted,
						 sizeof(quoted)));
}

static void add_targets(char *text, const struct nlattr **a)
{
	struct address target = { .family =
				  number_of(a[ECMP_A_ROUTE_FAMILY]) };
	const struct nlattr *attr = a[ECMP_A_ROUTE_CHECK_TARGETS];
	unsigned int size = address_size(target.family), at;
	char buf[ADDRESS_TEXT];

	if (!attr)
		return;
	text_add_word(text, ROUTE_TEXT, "target");
	for (at = 0; at + size <= mnl_attr_get_payload_len(attr); at += size) {
		memcpy(target.bytes,
		       (const char *)mnl_attr_get_payload(attr) + at, size);
		text_add_word(text, ROUTE_TEXT, address_text(&target, buf));
	}
}

static void add_check(char *text, const struct nlattr **a)
{
	uint64_t check = number_of(a[ECMP_A_ROUTE_CHECK]);

	if (check == ECMP_CHECK_NONE)
		return;
	text_add(text, ROUTE_TEXT, "check-gateway %s",
		 name_word(checks, check));
	add_targets(text, a);
	if (number_of(a[ECMP_A_ROUTE_CHECK_ALL]))
		text_add_word(text, ROUTE_TEXT, "all");
}

/**
 * route_text - a route as "route add" takes it
 * @a: its attributes by number
 * @text: room for ROUTE_TEXT
 *
 * What is as it is without being written is left out.
 */
void route_text(const struct nlattr **a, char *text)
{
	struct prefix dst = {
		.address = address_of(a[ECMP_A_ROUTE_DST]),
		.length = number_of(a[ECMP_A_ROUTE_DST_LEN]),
	};
	uint64_t type = number_of(a[ECMP_A_ROUTE_TYPE]);
	char buf[ADDRESS_TEXT];

	text[0] = '\0';
	if (type != ECMP_ROUTE_UNICAST)
		text_add_word(text, ROUTE_TEXT, name_word(route_types, type));
	text_add_word(text, ROUTE_TEXT, prefix_text(&dst, buf));
	if (a[ECMP_A_ROUTE_GATEWAY_KERNEL])
		text_add_word(text, ROUTE_TEXT, "via kernel");
	else
		add_address(text, "via", a[ECMP_A_ROUTE_GATEWAY]);
	add_word(text, "dev", a[ECMP_A_ROUTE_DEVICE]);
	if (number_of(a[ECMP_A_ROUTE_ONLINK]))
		text_add_word(text, ROUTE_TEXT, "onlink");
	if (strcmp(string_of(a[ECMP_A_ROUTE_TABLE]), "main"))
		add_word(text, "table", a[ECMP_A_ROUTE_TABLE]);
	add_number(text, "distance", a[ECMP_A_ROUTE_DISTANCE], 1);
	add_number(text, "weight", a[ECMP_A_ROUTE_WEIGHT], 1);
	add_check(text, a);
	add_address(text, "pref-src", a[ECMP_A_ROUTE_PREF_SRC]);
	if (number_of(a[ECMP_A_ROUTE_DISABLED]))
		text_add_word(text, ROUTE_TEXT, "disabled");
	add_word(text, "comment", a[ECMP_A_ROUTE_COMMENT]);
}

/**
 * route_waits_for - what a route waits for
 * @a: its attributes by number
 *
 * A kernel that has no default by a device may have no such device: that is
 * what a typing error looks like.
 *
 * Return: what to tell a person, or NULL: for nothing.
 */
const char *route_waits_for(const struct nlattr **a)
{
	uint64_t reason = number_of(a[ECMP_A_ROUTE_REASON]);

	if (!reason_waits(reason))
		return NULL;
	if (reason == ECMP_REASON_NO_KERNEL_DEFAULT &&
	    !if_nametoindex(string_of(a[ECMP_A_ROUTE_DEVICE])))
		reason = ECMP_REASON_NO_DEVICE;
	return name_text(reasons, reason);
}
