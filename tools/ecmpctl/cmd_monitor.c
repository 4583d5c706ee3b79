// SPDX-License-Identifier: GPL-2.0
/*
 * monitor: what changes, a line each, or with -j a JSON object each.
 */
#include <stdio.h>
#include <string.h>

#include "ecmpctl.h"
#include "rule_text.h"

static const char *const events[ECMP_CMD_MAX + 1] = {
	[ECMP_CMD_TABLE_NEW]		= "table",
	[ECMP_CMD_TABLE_DEL]		= "table deleted",
	[ECMP_CMD_ROUTE_NEW]		= "route",
	[ECMP_CMD_ROUTE_DEL]		= "route deleted",
	[ECMP_CMD_RULE_NEW]		= "rule",
	[ECMP_CMD_RULE_DEL]		= "rule deleted",
	[ECMP_CMD_NEXTHOP_NEW]		= "nexthop",
	[ECMP_CMD_NEXTHOP_DEL]		= "nexthop deleted",
	[ECMP_CMD_SETTINGS_SET]		= "settings",
	[ECMP_CMD_TRANSACTION_COMMIT]	= "configuration loaded",
};

static void print_table(struct printer *p, const struct nlmsghdr *nlh)
{
	const struct nlattr *a[ECMP_A_TABLE_MAX + 1];

	attributes_read(nlh, a, ECMP_A_TABLE_MAX);
	print_string(p, "name", " ", string_of(a[ECMP_A_TABLE_NAME]));
	print_string(p, "hash_policy", " hash-policy ",
		     name_word(hash_policies,
			       number_of(a[ECMP_A_TABLE_HASH_POLICY])));
}

static void print_route(struct printer *p, const struct nlmsghdr *nlh)
{
	const struct nlattr *a[ECMP_A_ROUTE_MAX + 1];
	struct address gateway;
	struct prefix dst;
	char text[ADDRESS_TEXT];
	uint64_t reason;

	attributes_read(nlh, a, ECMP_A_ROUTE_MAX);
	dst.address = address_of(a[ECMP_A_ROUTE_DST]);
	dst.length = number_of(a[ECMP_A_ROUTE_DST_LEN]);
	gateway = address_of(a[ECMP_A_ROUTE_GATEWAY]);
	reason = number_of(a[ECMP_A_ROUTE_REASON]);
	print_string(p, "type", number_of(a[ECMP_A_ROUTE_TYPE]) ? " " : NULL,
		     name_word(route_types, number_of(a[ECMP_A_ROUTE_TYPE])));
	print_string(p, "prefix", " ", prefix_text(&dst, text));
	if (gateway.family)
		print_string(p, "gateway", " via ",
			     address_text(&gateway, text));
	if (a[ECMP_A_ROUTE_DEVICE])
		print_string(p, "device", " dev ",
			     string_of(a[ECMP_A_ROUTE_DEVICE]));
	print_string(p, "table", " table ", string_of(a[ECMP_A_ROUTE_TABLE]));
	print_number(p, "distance", " distance ",
		     number_of(a[ECMP_A_ROUTE_DISTANCE]));
	print_number(p, "weight", " weight ",
		     number_of(a[ECMP_A_ROUTE_WEIGHT]));
	print_bool(p, "active",
		   number_of(a[ECMP_A_ROUTE_FLAGS]) & ECMP_ROUTE_F_ACTIVE);
	if (reason) {
		print_string(p, "reason", NULL, name_word(reasons, reason));
		print_text(p, " (%s)", name_text(reasons, reason));
	}
}

static void print_rule(struct printer *p, const struct nlmsghdr *nlh)
{
	const struct nlattr *a[ECMP_A_RULE_MAX + 1];
	char text[RULE_TEXT];

	attributes_read(nlh, a, ECMP_A_RULE_MAX);
	print_number(p, "index", " ", number_of(a[ECMP_A_RULE_INDEX]));
	print_number(p, "id", " id ", number_of(a[ECMP_A_RULE_ID]));
	rule_text_match(a, text);
	print_string(p, "match", text[0] ? " " : NULL, text);
	rule_text_action(a, text);
	print_string(p, "action", " ", text);
	print_bool(p, "disabled", number_of(a[ECMP_A_RULE_DISABLED]));
	if (number_of(a[ECMP_A_RULE_FLAGS]) & ECMP_RULE_F_DISABLED)
		print_text(p, " disabled");
	if (a[ECMP_A_RULE_COMMENT])
		print_string(p, "comment", " comment ",
			     string_of(a[ECMP_A_RULE_COMMENT]));
}

static void print_nexthop(struct printer *p, const struct nlmsghdr *nlh)
{
	const struct nlattr *a[ECMP_A_NEXTHOP_MAX + 1];
	struct address gateway;
	char text[ADDRESS_TEXT];
	uint64_t state, reason;

	attributes_read(nlh, a, ECMP_A_NEXTHOP_MAX);
	gateway = address_of(a[ECMP_A_NEXTHOP_GATEWAY]);
	state = number_of(a[ECMP_A_NEXTHOP_STATE]);
	reason = number_of(a[ECMP_A_NEXTHOP_REASON]);
	print_number(p, "id", NULL, number_of(a[ECMP_A_NEXTHOP_ID]));
	if (gateway.family)
		print_string(p, "gateway", " ", address_text(&gateway, text));
	print_string(p, "device", " dev ",
		     string_of(a[ECMP_A_NEXTHOP_DEVICE]));
	print_color(p, state == ECMP_NEXTHOP_ALIVE ? COLOR_GOOD : COLOR_BAD);
	print_string(p, "state", " ", name_word(nexthop_states, state));
	if (reason) {
		print_string(p, "reason", NULL, name_word(reasons, reason));
		print_text(p, " (%s)", name_text(reasons, reason));
	}
}

static void print_event(const struct nlmsghdr *nlh, void *data)
{
	struct ctl *ctl = data;
	struct printer *p = &ctl->out;
	uint8_t command;

	if (!nlh) {
		print_warning(ctl, "events were lost: look again with \"ecmpctl show\"");
		return;
	}
	command = netlink_command(nlh);
	if (command > ECMP_CMD_MAX || !events[command])
		return;
	print_object_begin(p, NULL);
	print_string(p, "event", "", events[command]);
	switch (command) {
	case ECMP_CMD_TABLE_NEW:
	case ECMP_CMD_TABLE_DEL:
		print_table(p, nlh);
		break;
	case ECMP_CMD_ROUTE_NEW:
	case ECMP_CMD_ROUTE_DEL:
		print_route(p, nlh);
		break;
	case ECMP_CMD_RULE_NEW:
	case ECMP_CMD_RULE_DEL:
		print_rule(p, nlh);
		break;
	case ECMP_CMD_NEXTHOP_NEW:
	case ECMP_CMD_NEXTHOP_DEL:
		print_nexthop(p, nlh);
		break;
	default:
		break;
	}
	print_object_end(p);
	print_text(p, "\n");
	fflush(p->out);
}

/**
 * monitor_run - monitor
 * @ctl: this run
 * @words: after "monitor"
 */
int monitor_run(struct ctl *ctl, struct words *words)
{
	if (!words_end(words))
		return ctl_problem(ctl, words);
	if (!ctl_open(ctl))
		netlink_listen(&ctl->nl, print_event, ctl);
	return ctl_refused(ctl, words);
}
