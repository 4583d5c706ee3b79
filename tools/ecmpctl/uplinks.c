// SPDX-License-Identifier: GPL-2.0
#include <string.h>
#include <sys/socket.h>

#include "ecmpctl.h"
#include "uplinks.h"

static void read_mask(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *a[ECMP_A_SETTINGS_MAX + 1];
	struct uplinks *u = data;

	attributes_read(nlh, a, ECMP_A_SETTINGS_MAX);
	u->mask = number_of(a[ECMP_A_SETTINGS_PIN_MASK]);
}

static void read_uplink(const struct nlattr **a, struct uplink *uplink)
{
	uplink->pin = number_of(a[ECMP_A_NEXTHOP_PIN_ID]);
	uplink->family = number_of(a[ECMP_A_NEXTHOP_FAMILY]);
	uplink->gateway = address_of(a[ECMP_A_NEXTHOP_GATEWAY]);
	uplink->device = string_of(a[ECMP_A_NEXTHOP_DEVICE]);
	uplink->used = a[ECMP_A_NEXTHOP_UPLINK];
	uplink->state = number_of(a[ECMP_A_NEXTHOP_STATE]);
	uplink->reason = number_of(a[ECMP_A_NEXTHOP_REASON]);
}

/**
 * uplinks_read - ask the module for its uplinks
 * @ctl: this run, with its socket open
 * @u: where they go; uplinks_free() is the caller's, also after -1
 *
 * Return: 0, or -1 with the refusal in the socket.
 */
int uplinks_read(struct ctl *ctl, struct uplinks *u)
{
	const struct nlattr *a[ECMP_A_NEXTHOP_MAX + 1];
	const struct nlmsghdr *nlh = NULL;
	uint64_t pin;

	memset(u, 0, sizeof(*u));
	if (netlink_talk(&ctl->nl,
			 netlink_message(&ctl->nl, ECMP_CMD_SETTINGS_GET, 0),
			 read_mask, u) ||
	    dump_all(ctl, ECMP_CMD_NEXTHOP_GET, &u->answers))
		return -1;
	while ((nlh = answers_next(&u->answers, nlh))) {
		attributes_read(nlh, a, ECMP_A_NEXTHOP_MAX);
		pin = number_of(a[ECMP_A_NEXTHOP_PIN_ID]);
		if (pin && pin <= UPLINK_PINS)
			read_uplink(a, &u->by_pin[pin]);
	}
	return 0;
}

/**
 * uplinks_free - forget them
 * @u: of uplinks_read()
 */
void uplinks_free(struct uplinks *u)
{
	answers_free(&u->answers);
}

/**
 * uplink_of - the uplink that a connection is pinned to
 * @u: all
 * @c: the connection
 *
 * Return: the uplink, or NULL: it is not pinned, as others may have written
 * whatever they like into its mark.
 */
struct uplink *uplink_of(struct uplinks *u, const struct connection *c)
{
	uint32_t low = u->mask & -u->mask, pin;
	struct uplink *uplink;

	if (!u->mask)
		return NULL;
	pin = (c->mark & u->mask) / low;
	if (!pin || pin > UPLINK_PINS)
		return NULL;
	uplink = &u->by_pin[pin];
	return uplink->pin && uplink->family == c->tuple[ORIGINAL].src.family ?
	       uplink : NULL;
}

/**
 * uplink_mark - what the marks of its connections have in the mask
 * @u: all
 * @uplink: one of them
 */
uint32_t uplink_mark(const struct uplinks *u, const struct uplink *uplink)
{
	return uplink->pin * (u->mask & -u->mask);
}

/**
 * uplink_state - alive, draining, dead or unused
 * @uplink: the uplink
 */
const char *uplink_state(const struct uplink *uplink)
{
	if (uplink->used && (uplink->reason == ECMP_REASON_DRAIN ||
			     uplink->reason == ECMP_REASON_LAST_RESORT))
		return "draining";
	return uplink->used ? name_word(nexthop_states, uplink->state) :
			      "unused";
}

/**
 * uplink_members - which uplink it is, in JSON
 * @p: where to
 * @uplink: the uplink
 */
void uplink_members(struct printer *p, const struct uplink *uplink)
{
	char text[ADDRESS_TEXT];

	print_number(p, "pin_id", NULL, uplink->pin);
	if (uplink->gateway.family)
		print_string(p, "gateway", NULL,
			     address_text(&uplink->gateway, text));
	if (p->json)
		print_name(p, "device", NULL, uplink->device);
	print_string(p, "uplink_state", NULL, uplink_state(uplink));
	if (uplink->reason)
		print_string(p, "reason", NULL,
			     name_word(reasons, uplink->reason));
}
