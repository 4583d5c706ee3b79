// SPDX-License-Identifier: GPL-2.0
/*
 * distance: of the kernel's routes, by protocol or by device.
 */
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ecmpctl.h"
#include "text.h"

static void distance_put(struct nlmsghdr *nlh, const struct request *request)
{
	const struct distance_request *d = &request->distance;
	struct nlattr *nest;

	nest = mnl_attr_nest_start(nlh, ECMP_A_SETTINGS_DISTANCE);
	if (d->device)
		mnl_attr_put_strz(nlh, ECMP_A_DISTANCE_DEVICE, d->device);
	else
		mnl_attr_put_u8(nlh, ECMP_A_DISTANCE_PROTOCOL, d->protocol);
	if (!d->unset)
		mnl_attr_put_u8(nlh, ECMP_A_DISTANCE_VALUE, d->value);
	mnl_attr_nest_end(nlh, nest);
}

/**
 * distance_requested - is a request for SETTINGS_SET about a distance?
 * @request: the request
 */
bool distance_requested(const struct request *request)
{
	return request->put == distance_put;
}

static bool distance_value(struct words *words, struct request *request)
{
	struct distance_request *d = &request->distance;

	request->command = ECMP_CMD_SETTINGS_SET;
	request->put = distance_put;
	d->unset = words_match(words, "default");
	if (!words_both_families(words) ||
	    (!d->unset && !words_number(words, "a distance", 0, UINT8_MAX,
					&d->value)))
		return false;
	words_from(words, ECMP_A_SETTINGS_DISTANCE);
	return true;
}

/**
 * distance_parse_proto - distance proto NAME N|default
 * @words: after "proto"
 * @request: where it goes
 */
bool distance_parse_proto(struct words *words, struct request *request)
{
	const char *word = words_take(words, "the name of a routing protocol");
	const struct name *name;
	unsigned long number;
	char *end;

	if (!word)
		return false;
	name = name_find(route_protocols, word);
	number = strtoul(word, &end, 10);
	if (!name && (*end || end == word || word[0] < '0' || word[0] > '9' ||
		      number > UINT8_MAX))
		return words_fail(words, words->next - 1,
				  "\"%s\" is no routing protocol: static, dhcp, ra, bgp, ospf, isis, rip, bird, ... or its number",
				  word);
	request->distance.protocol = name ? name->value : number;
	return distance_value(words, request);
}

/**
 * distance_parse_dev - distance dev INTERFACE N|default
 * @words: after "dev"
 * @request: where it goes
 */
bool distance_parse_dev(struct words *words, struct request *request)
{
	return words_device(words, &request->distance.device) &&
	       distance_value(words, request);
}

/**
 * distance_words - one of the answer's distances, as it was written
 * @attr: ECMP_A_SETTINGS_DISTANCE
 * @text: where it goes: "proto bgp 30"
 * @size: room there
 */
void distance_words(const struct nlattr *attr, char *text, size_t size)
{
	const struct nlattr *a[ECMP_A_DISTANCE_MAX + 1];
	unsigned int value, protocol;
	const struct name *name;

	text[0] = '\0';
	attributes_read_nest(attr, a, ECMP_A_DISTANCE_MAX);
	value = number_of(a[ECMP_A_DISTANCE_VALUE]);
	if (a[ECMP_A_DISTANCE_DEVICE]) {
		char quoted[TEXT_QUOTED(IFNAMSIZ)];

		snprintf(text, size, "dev %s %u",
			 text_quote(string_of(a[ECMP_A_DISTANCE_DEVICE]),
				    quoted, sizeof(quoted)), value);
		return;
	}
	protocol = number_of(a[ECMP_A_DISTANCE_PROTOCOL]);
	for (name = route_protocols; name->word; name++)
		if (name->value == protocol)
			break;
	if (name->word)
		snprintf(text, size, "proto %s %u", name->word, value);
	else
		snprintf(text, size, "proto %u %u", protocol, value);
}
