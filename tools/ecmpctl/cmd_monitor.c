// SPDX-License-Identifier: GPL-2.0
/*
 * monitor: what changes, a line each, or with -j a JSON object each.
 */
#include <stdio.h>
#include <string.h>

#include "ecmpctl.h"
#include "route_text.h"
#include "rule_text.h"

/**
 * struct event - what a notification is about
 * @word: the object
 * @deleted: it is gone
 * @members: prints the object in JSON
 * @text: prints it as text
 */
struct event {
	const char	*word;
	bool		deleted;
	void		(*members)(struct ctl *ctl, const struct nlattr **a);
	void		(*text)(struct ctl *ctl, const struct nlattr **a);
};

static void text_table(struct ctl *ctl, const struct nlattr **a)
{
	uint64_t policy = number_of(a[ECMP_A_TABLE_HASH_POLICY]);

	print_text(&ctl->out, " %s", string_of(a[ECMP_A_TABLE_NAME]));
	if (policy != ECMP_HASH_POLICY_INHERIT)
		print_text(&ctl->out, " hash-policy %s",
			   name_word(hash_policies, policy));
}

static void text_route(struct ctl *ctl, const struct nlattr **a)
{
	uint64_t flags = number_of(a[ECMP_A_ROUTE_FLAGS]);
	uint64_t reason = number_of(a[ECMP_A_ROUTE_REASON]);
	char text[ROUTE_TEXT];

	route_text(a, text);
	print_text(&ctl->out, " %s", text);
	if (flags & ECMP_ROUTE_F_ACTIVE) {
		print_text(&ctl->out, " (");
		print_color(&ctl->out, COLOR_GOOD);
		print_text(&ctl->out, "active%s",
			   flags & ECMP_ROUTE_F_ECMP ? ", ECMP" : "");
		print_text(&ctl->out, ")");
	} else if (reason) {
		print_text(&ctl->out, " (");
		print_color(&ctl->out, COLOR_WAIT);
		print_text(&ctl->out, "%s", name_text(reasons, reason));
		print_text(&ctl->out, ")");
	}
}

static void text_rule(struct ctl *ctl, const struct nlattr **a)
{
	uint64_t flags = number_of(a[ECMP_A_RULE_FLAGS]);
	char text[RULE_TEXT], comment[RULE_COMMENT];

	print_text(&ctl->out, " %llu:", (unsigned long long)
		   number_of(a[ECMP_A_RULE_INDEX]));
	rule_text_match(a, text);
	print_text(&ctl->out, "%s%s", text[0] ? " " : "", text);
	rule_text_action(a, text);
	print_text(&ctl->out, " %s", text);
	rule_text_comment(a, comment);
	print_text(&ctl->out, "%s%s%s", flags & ECMP_RULE_F_DISABLED ?
		   " disabled" : "", comment[0] ? " " : "", comment);
	if (flags & ECMP_RULE_F_INVALID)
		print_text(&ctl->out, " (no such interface now)");
}

static void text_nexthop(struct ctl *ctl, const struct nlattr **a)
{
	struct address gateway = address_of(a[ECMP_A_NEXTHOP_GATEWAY]);
	uint64_t state = number_of(a[ECMP_A_NEXTHOP_STATE]);
	uint64_t reason = number_of(a[ECMP_A_NEXTHOP_REASON]);
	char text[ADDRESS_TEXT];

	if (gateway.family)
		print_text(&ctl->out, " %s", address_text(&gateway, text));
	if (a[ECMP_A_NEXTHOP_DEVICE])
		print_name(&ctl->out, NULL, " dev ",
			   string_of(a[ECMP_A_NEXTHOP_DEVICE]));
	print_text(&ctl->out, " ");
	print_color(&ctl->out, state == ECMP_NEXTHOP_ALIVE ? COLOR_GOOD :
							     COLOR_BAD);
	print_text(&ctl->out, "%s", name_word(nexthop_states, state));
	if (reason)
		print_text(&ctl->out, " (%s)", name_text(reasons, reason));
}

static void text_settings(struct ctl *ctl, const struct nlattr **a)
{
	print_text(&ctl->out, " enabled %s, hash-policy IPv4 %s, IPv6 %s, pin %s",
		   name_word(yes_no, number_of(a[ECMP_A_SETTINGS_ENABLED])),
		   name_word(hash_policies,
			     number_of(a[ECMP_A_SETTINGS_HASH_POLICY4])),
		   name_word(hash_policies,
			     number_of(a[ECMP_A_SETTINGS_HASH_POLICY6])),
		   name_word(pins, number_of(a[ECMP_A_SETTINGS_PIN])));
}

static void print_load(struct ctl *ctl, const struct nlattr **a)
{
	print_number(&ctl->out, "generation", " loaded, generation ",
		     number_of(a[ECMP_A_TRANSACTION_GENERATION]));
}

static const struct event events[ECMP_CMD_MAX + 1] = {
	[ECMP_CMD_TABLE_NEW] = { "table", false, table_print, text_table },
	[ECMP_CMD_TABLE_DEL] = { "table", true, table_print, text_table },
	[ECMP_CMD_ROUTE_NEW] = { "route", false, route_print, text_route },
	[ECMP_CMD_ROUTE_DEL] = { "route", true, route_print, text_route },
	[ECMP_CMD_RULE_NEW] = { "rule", false, rule_print, text_rule },
	[ECMP_CMD_RULE_DEL] = { "rule", true, rule_print, text_rule },
	[ECMP_CMD_NEXTHOP_NEW] = { "nexthop", false, nexthop_print,
				   text_nexthop },
	[ECMP_CMD_NEXTHOP_DEL] = { "nexthop", true, nexthop_print,
				   text_nexthop },
	[ECMP_CMD_SETTINGS_SET] = { "settings", false, settings_members,
				    text_settings },
	[ECMP_CMD_TRANSACTION_COMMIT] = { "configuration", false, print_load,
					  print_load },
};

static void print_event(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *a[WORDS_ATTRIBUTES];
	const struct event *event;
	struct ctl *ctl = data;
	struct printer *p = &ctl->out;

	if (!nlh) {
		print_object_begin(p, NULL);
		print_string(p, "event", NULL, "lost");
		print_object_end(p);
		print_warning(ctl, "events were lost: look at it all again with \"ecmpctl show\"");
		return;
	}
	if (netlink_command(nlh) > ECMP_CMD_MAX)
		return;
	event = &events[netlink_command(nlh)];
	if (!event->word)
		return;
	attributes_read(nlh, a, WORDS_ATTRIBUTES - 1);
	print_object_begin(p, NULL);
	print_color(p, COLOR_HEAD);
	print_string(p, "event", "", event->word);
	print_bool(p, "deleted", event->deleted);
	print_text(p, "%s", event->deleted ? " deleted" : "");
	if (p->json)
		event->members(ctl, a);
	else
		event->text(ctl, a);
	print_text(p, "\n");
	print_object_end(p);
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
