// SPDX-License-Identifier: GPL-2.0
/*
 * monitor: what changes, a line each, or with -j a JSON object each.
 */
#include <stdio.h>
#include <string.h>

#include "monitor.h"
#include "route_text.h"
#include "rule_text.h"

static void text_table(struct ctl *ctl, const struct nlattr **a)
{
	uint64_t policy = number_of(a[ECMP_A_TABLE_HASH_POLICY]);
	uint64_t balance = number_of(a[ECMP_A_TABLE_BALANCE]);
	uint64_t failback = number_of(a[ECMP_A_TABLE_FAILBACK]);

	print_text(&ctl->out, " %s", string_of(a[ECMP_A_TABLE_NAME]));
	if (policy != ECMP_HASH_POLICY_INHERIT)
		print_text(&ctl->out, " hash-policy %s",
			   name_word(hash_policies, policy));
	if (balance != ECMP_BALANCE_HASH)
		print_text(&ctl->out, " balance %s",
			   name_word(balances, balance));
	if (failback != ECMP_FAILBACK_SOFT)
		print_text(&ctl->out, " failback %s",
			   name_word(failbacks, failback));
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
	const char *option;

	print_text(&ctl->out, " %llu:", (unsigned long long)
		   number_of(a[ECMP_A_RULE_INDEX]));
	option = rule_text_family(a);
	print_text(&ctl->out, "%s%s", option[0] ? " " : "", option);
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
	uint64_t state = number_of(a[ECMP_A_NEXTHOP_STATE]);
	uint64_t reason = number_of(a[ECMP_A_NEXTHOP_REASON]);

	print_text(&ctl->out, " ");
	nexthop_print_gateway(&ctl->out, a);
	if (a[ECMP_A_NEXTHOP_DEVICE])
		print_name(&ctl->out, NULL, " dev ",
			   string_of(a[ECMP_A_NEXTHOP_DEVICE]));
	print_text(&ctl->out, " ");
	print_color(&ctl->out, state == ECMP_NEXTHOP_ALIVE ? COLOR_GOOD :
							     COLOR_BAD);
	print_text(&ctl->out, "%s", name_word(nexthop_states, state));
	if (reason)
		print_text(&ctl->out, " (%s)", name_text(reasons, reason));
	print_text(&ctl->out, "%s", nexthop_forced_text(a, ", "));
	if (a[ECMP_A_NEXTHOP_PIN_FIXED])
		print_text(&ctl->out, ", pin-id %u", (unsigned int)
			   number_of(a[ECMP_A_NEXTHOP_PIN_ID]));
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

static void print_generation(struct ctl *ctl, const struct nlattr **a)
{
	print_number(&ctl->out, "generation", " changed, generation ",
		     number_of(a[ECMP_A_TRANSACTION_GENERATION]));
}

static const struct event events[ECMP_CMD_MAX + 1] = {
	[ECMP_CMD_TABLE_NEW] = { "table", false, 0, table_print, text_table },
	[ECMP_CMD_TABLE_DEL] = { "table", true, 0, table_print, text_table },
	[ECMP_CMD_ROUTE_NEW] = { "route", false, ECMP_A_ROUTE_FAMILY,
				 route_print, text_route },
	[ECMP_CMD_ROUTE_DEL] = { "route", true, ECMP_A_ROUTE_FAMILY,
				 route_print, text_route },
	[ECMP_CMD_RULE_NEW] = { "rule", false, ECMP_A_RULE_FAMILY,
				rule_print, text_rule },
	[ECMP_CMD_RULE_DEL] = { "rule", true, ECMP_A_RULE_FAMILY,
				rule_print, text_rule },
	[ECMP_CMD_NEXTHOP_NEW] = { "nexthop", false, ECMP_A_NEXTHOP_FAMILY,
				   nexthop_print, text_nexthop },
	[ECMP_CMD_NEXTHOP_DEL] = { "nexthop", true, ECMP_A_NEXTHOP_FAMILY,
				   nexthop_print, text_nexthop },
	[ECMP_CMD_SETTINGS_SET] = { "settings", false, 0, settings_members,
				    text_settings },
	[ECMP_CMD_TRANSACTION_COMMIT] = { "configuration", false, 0,
					  print_generation, print_generation },
};

/**
 * monitor_event - what a notification is about
 * @ctl: this run
 * @nlh: the notification
 * @a: room for WORDS_ATTRIBUTES; its attributes by number
 *
 * Return: what it is about; NULL: nothing, or of the other family.
 */
const struct event *monitor_event(const struct ctl *ctl,
				  const struct nlmsghdr *nlh,
				  const struct nlattr **a)
{
	const struct event *event;

	if (netlink_command(nlh) > ECMP_CMD_MAX)
		return NULL;
	event = &events[netlink_command(nlh)];
	if (!event->word)
		return NULL;
	attributes_read(nlh, a, WORDS_ATTRIBUTES - 1);
	if (event->family && !family_shown(ctl, a[event->family]))
		return NULL;
	return event;
}

static void print_lost(const struct ctl *ctl, struct printer *p)
{
	print_object_begin(p, NULL);
	print_string(p, "event", NULL, "lost");
	print_object_end(p);
	fflush(p->out);
	print_warning(ctl, "events were lost: look at it all again with \"ecmpctl show\"");
}

static void print_module(struct printer *p, bool loaded)
{
	print_object_begin(p, NULL);
	print_color(p, COLOR_HEAD);
	print_string(p, "event", "", "module");
	print_bool(p, "deleted", !loaded);
	print_text(p, " %s\n", loaded ? "loaded: nothing is configured" :
					"unloaded: the kernel decides alone");
	print_object_end(p);
	fflush(p->out);
}

/**
 * monitor_print - print a notification
 * @nlh: the notification; NULL: some were lost
 * @data: struct ctl; with its family only what belongs to it
 */
void monitor_print(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *a[WORDS_ATTRIBUTES];
	const struct event *event;
	struct ctl *ctl = data;
	struct printer *p = &ctl->out;
	bool loaded;

	if (!nlh) {
		print_lost(ctl, p);
		return;
	}
	if (netlink_about_module(nlh, &loaded)) {
		print_module(p, loaded);
		return;
	}
	event = monitor_event(ctl, nlh, a);
	if (!event)
		return;
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
 * monitor_run - monitor [--journal]
 * @ctl: this run
 * @words: after "monitor"
 */
int monitor_run(struct ctl *ctl, struct words *words)
{
	bool journal = words_match(words, "--journal");

	if (!words_end(words))
		return ctl_problem(ctl, words);
	if (journal && ctl->out.json) {
		words_fail(words, words->next - 1,
			   "\"--journal\" prints nothing: leave out -j, and ask journalctl -o json");
		return ctl_problem(ctl, words);
	}
	if (journal)
		return monitor_journal(ctl, words);
	if (!ctl_open(ctl) && !netlink_join(&ctl->nl))
		netlink_listen(&ctl->nl, monitor_print, ctl);
	return ctl_refused(ctl, words);
}
