// SPDX-License-Identifier: GPL-2.0
/*
 * show: what a person wants to know first. Of the routes it tells how many
 * there are, and where the default routes go: a router with a million routes
 * fits the screen too.
 */
#include <string.h>
#include <sys/socket.h>

#include "ecmpctl.h"
#include "text.h"

#define DEFAULTS_TEXT	256	/* room for the tables of one next hop */

enum { C_GATEWAY, C_DEVICE, C_STATE, C_REASON, C_DEFAULTS, C_COUNT };

static const struct column columns[C_COUNT] = {
	[C_GATEWAY]	= { .title = "gateway" },
	[C_DEVICE]	= { .title = "dev" },
	[C_STATE]	= { .title = "state" },
	[C_REASON]	= { .title = "why", .wrap = true },
	[C_DEFAULTS]	= { .title = "default route in", .wrap = true,
			    .fold = true },
};

static void heading(struct ctl *ctl, const char *text)
{
	print_text(&ctl->out, "\n");
	print_color(&ctl->out, COLOR_HEAD);
	print_text(&ctl->out, "%s", text);
	print_text(&ctl->out, "\n");
}

/* One default route: its table; what makes it one of several, or none. */
static void add_default(char *text, const struct nlattr **a)
{
	uint64_t flags = number_of(a[ECMP_A_ROUTE_FLAGS]);
	uint64_t weight = number_of(a[ECMP_A_ROUTE_WEIGHT]);
	size_t used = strlen(text);

	snprintf(text + used, DEFAULTS_TEXT - used, "%s%s",
		 used ? ", " : "", string_of(a[ECMP_A_ROUTE_TABLE]));
	if (flags & ECMP_ROUTE_F_ECMP)
		text_add(text, DEFAULTS_TEXT, "+");
	if (flags & ECMP_ROUTE_F_ECMP && weight > 1)
		text_add(text, DEFAULTS_TEXT, "weight %u",
			 (unsigned int)weight);
	if (flags & ECMP_ROUTE_F_DISABLED)
		text_add(text, DEFAULTS_TEXT, "(disabled)");
	else if (number_of(a[ECMP_A_ROUTE_REASON]) == ECMP_REASON_DISTANCE)
		text_add(text, DEFAULTS_TEXT, "(distance %u)", (unsigned int)
			 number_of(a[ECMP_A_ROUTE_DISTANCE]));
}

/* All default routes of a next hop. */
static void list_defaults(const struct answers *defaults, uint64_t id,
			  char *text)
{
	const struct nlattr *a[ECMP_A_ROUTE_MAX + 1];
	const struct nlmsghdr *nlh = NULL;

	text[0] = '\0';
	while ((nlh = answers_next(defaults, nlh))) {
		attributes_read(nlh, a, ECMP_A_ROUTE_MAX);
		if (a[ECMP_A_ROUTE_NEXTHOP_ID] &&
		    number_of(a[ECMP_A_ROUTE_NEXTHOP_ID]) == id)
			add_default(text, a);
	}
}

static void print_uplink(struct printer *p, const struct nlattr **a,
			 const char *defaults)
{
	uint64_t state = number_of(a[ECMP_A_NEXTHOP_STATE]);
	uint64_t reason = number_of(a[ECMP_A_NEXTHOP_REASON]);

	print_row_begin(p);
	print_cell(p, C_GATEWAY);
	nexthop_print_gateway(p, a);
	print_cell(p, C_DEVICE);
	print_color(p, COLOR_NAME);
	print_name(p, NULL, "", string_of(a[ECMP_A_NEXTHOP_DEVICE]));
	print_cell(p, C_STATE);
	print_color(p, state == ECMP_NEXTHOP_ALIVE ? COLOR_GOOD : COLOR_BAD);
	print_text(p, "%s", name_word(nexthop_states, state));
	print_cell(p, C_REASON);
	print_text(p, "%s", reason ? name_text(reasons, reason) : "");
	print_cell(p, C_DEFAULTS);
	print_text(p, "%s", defaults);
	print_row_end(p);
}

/**
 * show_print_uplinks - next hops of default routes, and others that are dead
 * @ctl: this run; with its family only those that belong to it
 * @nexthops: all of them
 * @defaults: all default routes
 */
void show_print_uplinks(struct ctl *ctl, const struct answers *nexthops,
			const struct answers *defaults)
{
	const struct nlattr *a[ECMP_A_NEXTHOP_MAX + 1];
	const struct nlmsghdr *nlh = NULL;
	char text[DEFAULTS_TEXT];

	print_table_begin(&ctl->out, NULL, columns, C_COUNT);
	while ((nlh = answers_next(nexthops, nlh))) {
		attributes_read(nlh, a, ECMP_A_NEXTHOP_MAX);
		list_defaults(defaults, number_of(a[ECMP_A_NEXTHOP_ID]), text);
		if (!family_shown(ctl, a[ECMP_A_NEXTHOP_FAMILY]))
			continue;
		if (text[0] ||
		    number_of(a[ECMP_A_NEXTHOP_STATE]) == ECMP_NEXTHOP_DEAD)
			print_uplink(&ctl->out, a, text);
	}
	print_table_end(&ctl->out);
}

/* Of both families, or of that of -4 and -6. */
static int dump_defaults(struct ctl *ctl, struct answers *defaults)
{
	const struct route_request filter = {
		.named = BIT(ECMP_A_ROUTE_DST),
		.dst.address.family = ctl->family,
	};

	return route_dump(ctl, &filter, defaults);
}

static int show_uplinks(struct ctl *ctl)
{
	struct answers defaults, nexthops = { .data = NULL };
	int err = dump_defaults(ctl, &defaults);

	if (!err)
		err = dump_all(ctl, ECMP_CMD_NEXTHOP_GET, &nexthops);
	if (!err)
		show_print_uplinks(ctl, &nexthops, &defaults);
	answers_free(&nexthops);
	answers_free(&defaults);
	return err;
}

static int show_text(struct ctl *ctl)
{
	if (settings_print(ctl, NULL))
		return -1;
	heading(ctl, "TABLES");
	if (table_print_all(ctl, NULL))
		return -1;
	heading(ctl, "RULES, then lookup main");
	if (rule_print_all(ctl, NULL))
		return -1;
	heading(ctl, "UPLINKS");
	return show_uplinks(ctl);
}

static int show_json(struct ctl *ctl)
{
	struct answers defaults;
	int err;

	if (settings_print(ctl, "settings") ||
	    table_print_all(ctl, "tables") || rule_print_all(ctl, "rules"))
		return -1;
	err = dump_defaults(ctl, &defaults);
	if (!err)
		route_print_dump(ctl, "default_routes", &defaults);
	answers_free(&defaults);
	return err ? err : nexthop_print_all(ctl, "nexthops");
}

/**
 * show_run - show: the whole configuration at a glance
 * @ctl: this run
 * @words: after "show"
 */
int show_run(struct ctl *ctl, struct words *words)
{
	int err;

	if (!words_end(words))
		return ctl_problem(ctl, words);
	if (ctl_open(ctl))
		return ctl_refused(ctl, words);
	print_object_begin(&ctl->out, NULL);
	err = ctl->out.json ? show_json(ctl) : show_text(ctl);
	print_object_end(&ctl->out);
	return err ? ctl_refused(ctl, words) : ctl_finish(ctl);
}
