// SPDX-License-Identifier: GPL-2.0
/*
 * show: what a person wants to know first: is it on, which uplinks live, what do
 * the rules say. Of the routes it tells how many there are, and where the
 * default routes go. On a terminal all of it fits the screen, whatever the
 * router has: of long lists the beginning, and how many more there are.
 */
#include <string.h>
#include <sys/socket.h>

#include "ecmpctl.h"
#include "rollback.h"
#include "save.h"
#include "show.h"
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

/* Does ecmpctl have the same? Then what that says holds, and not the kernel's. */
static bool is_ours_too(const struct answers *defaults,
			const struct nlattr **kernels)
{
	const struct nlattr *a[ECMP_A_ROUTE_MAX + 1];
	const struct nlmsghdr *nlh = NULL;

	while ((nlh = answers_next(defaults, nlh))) {
		attributes_read(nlh, a, ECMP_A_ROUTE_MAX);
		if (!(number_of(a[ECMP_A_ROUTE_FLAGS]) &
		      (ECMP_ROUTE_F_DYNAMIC | ECMP_ROUTE_F_DISABLED)) &&
		    a[ECMP_A_ROUTE_NEXTHOP_ID] &&
		    number_of(a[ECMP_A_ROUTE_NEXTHOP_ID]) ==
		    number_of(kernels[ECMP_A_ROUTE_NEXTHOP_ID]) &&
		    text_same(string_of(a[ECMP_A_ROUTE_TABLE]),
			      string_of(kernels[ECMP_A_ROUTE_TABLE])))
			return true;
	}
	return false;
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
		if (!a[ECMP_A_ROUTE_NEXTHOP_ID] ||
		    number_of(a[ECMP_A_ROUTE_NEXTHOP_ID]) != id)
			continue;
		if (number_of(a[ECMP_A_ROUTE_FLAGS]) & ECMP_ROUTE_F_DYNAMIC &&
		    is_ours_too(defaults, a))
			continue;
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

/* Does it belong here: a default route goes by it, or it is dead? */
static bool is_uplink(const struct ctl *ctl, const struct answers *defaults,
		      const struct nlattr **a, char *text)
{
	list_defaults(defaults, number_of(a[ECMP_A_NEXTHOP_ID]), text);
	return family_shown(ctl, a[ECMP_A_NEXTHOP_FAMILY]) &&
	       (text[0] ||
		number_of(a[ECMP_A_NEXTHOP_STATE]) == ECMP_NEXTHOP_DEAD);
}

/* Those that are alive, or dead; no more than are left of the limit. */
static void print_uplinks(struct ctl *ctl, const struct answers *nexthops,
			  const struct answers *defaults, unsigned int states,
			  size_t *left)
{
	const struct nlattr *a[ECMP_A_NEXTHOP_MAX + 1];
	const struct nlmsghdr *nlh = NULL;
	char text[DEFAULTS_TEXT];

	while (*left && (nlh = answers_next(nexthops, nlh))) {
		attributes_read(nlh, a, ECMP_A_NEXTHOP_MAX);
		if (!(states & BIT(number_of(a[ECMP_A_NEXTHOP_STATE]) & 1)) ||
		    !is_uplink(ctl, defaults, a, text))
			continue;
		print_uplink(&ctl->out, a, text);
		--*left;
	}
}

/**
 * show_print_uplinks - next hops of default routes, and others that are dead
 * @ctl: this run; with its family only those that belong to it
 * @nexthops: all of them
 * @defaults: all default routes
 * @limit: no more than so many, dead ones first; SIZE_MAX: all, in their order
 */
void show_print_uplinks(struct ctl *ctl, const struct answers *nexthops,
			const struct answers *defaults, size_t limit)
{
	print_table_begin(&ctl->out, NULL, columns, C_COUNT);
	if (limit == SIZE_MAX) {
		print_uplinks(ctl, nexthops, defaults,
			      BIT(ECMP_NEXTHOP_ALIVE) | BIT(ECMP_NEXTHOP_DEAD),
			      &limit);
	} else {
		print_uplinks(ctl, nexthops, defaults, BIT(ECMP_NEXTHOP_DEAD),
			      &limit);
		print_uplinks(ctl, nexthops, defaults, BIT(ECMP_NEXTHOP_ALIVE),
			      &limit);
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

/* ---- what fits ---- */

static size_t lines_of(const struct show_part *part)
{
	return part->shown + (part->shown < part->all);
}

/**
 * show_fit - how much of each list fits
 * @part: the lists; of each @shown is set, and is at least 1
 * @parts: how many
 * @lines: that there are for all of them
 *
 * The longest gives way first. A list that is cut needs a line to say so.
 */
void show_fit(struct show_part *part, unsigned int parts, size_t lines)
{
	unsigned int i, longest;
	size_t used;

	for (i = 0; i < parts; i++)
		part[i].shown = part[i].all;
	for (;;) {
		for (i = longest = 0, used = 0; i < parts; i++) {
			used += lines_of(&part[i]);
			if (part[i].shown > part[longest].shown)
				longest = i;
		}
		if (used <= lines || part[longest].shown <= 1)
			return;
		part[longest].shown--;
	}
}

static void print_more(struct ctl *ctl, const struct show_part *part,
		       const char *command)
{
	if (part->shown < part->all)
		print_text(&ctl->out, "and %zu more: ecmpctl %s\n",
			   part->all - part->shown, command);
}

/* The first of them: what comes later is not looked at any more. */
static void cut(struct answers *answers, const struct show_part *part)
{
	const struct nlmsghdr *nlh = NULL;
	size_t i;

	if (part->shown >= part->all)
		return;
	for (i = 0; i <= part->shown; i++)
		nlh = answers_next(answers, nlh);
	answers->used = (const char *)nlh - answers->data;
}

/* ---- the lines above the lists ---- */

struct own_settings {
	struct ctl	*ctl;
	size_t		count;
};

static void add_setting(enum save_kind kind, const char *text, void *data)
{
	struct own_settings *own = data;

	if (kind != SAVE_SETTING)
		return;
	own->count++;
	print_text(&own->ctl->out, "%s, ",
		   strncmp(text, "set ", 4) ? text : text + 4);
}

/* Only those that somebody has set; the others are a matter of the manual. */
static void print_settings(struct ctl *ctl, const struct state *s)
{
	const struct state alone = { .settings = s->settings };
	struct own_settings own = { .ctl = ctl };

	print_text(&ctl->out, "settings: ");
	save_lines(ctl, &alone, add_setting, &own);
	print_text(&ctl->out, "%s as by default\n",
		   own.count ? "the others" : "all");
}

static size_t print_notices(struct ctl *ctl, const struct state *s)
{
	const struct nlattr *attr;
	size_t count = 0;

	netlink_attributes(attr, s->settings) {
		if (mnl_attr_get_type(attr) != ECMP_A_SETTINGS_NOTICE)
			continue;
		print_text(&ctl->out, "notice: ");
		print_color(&ctl->out, COLOR_WAIT);
		print_string(&ctl->out, NULL, "", string_of(attr));
		print_text(&ctl->out, "\n");
		count++;
	}
	return count + confirm_notice(ctl);
}

static void print_summary(struct ctl *ctl, const struct state *s,
			  const struct answers *defaults, size_t *listed)
{
	const struct nlattr *a[ECMP_A_NEXTHOP_MAX + 1];
	const struct nlattr *set[ECMP_A_SETTINGS_MAX + 1];
	const struct nlmsghdr *nlh = NULL;
	struct printer *out = &ctl->out;
	char text[DEFAULTS_TEXT];
	size_t alive = 0, uplinks = 0;

	*listed = 0;
	while ((nlh = answers_next(&s->nexthops, nlh))) {
		attributes_read(nlh, a, ECMP_A_NEXTHOP_MAX);
		if (!is_uplink(ctl, defaults, a, text))
			continue;
		++*listed;
		/* Another one that is dead is listed with them. */
		uplinks += text[0] != 0;
		alive += text[0] && number_of(a[ECMP_A_NEXTHOP_STATE]) ==
				    ECMP_NEXTHOP_ALIVE;
	}
	attributes_read(s->settings, set, ECMP_A_SETTINGS_MAX);
	if (!number_of(set[ECMP_A_SETTINGS_ENABLED])) {
		print_color(out, COLOR_BAD);
		print_text(out, "off: everything is left to the kernel (set enabled yes)\n");
	} else if (!number_of(set[ECMP_A_SETTINGS_HOOKS])) {
		print_color(out, COLOR_WAIT);
		print_text(out, "on, but there is no rule and no route yet: see \"ecmpctl load help\"\n");
	} else {
		print_color(out, alive == uplinks ? COLOR_GOOD : COLOR_BAD);
		print_text(out, "on: %zu of %zu uplinks alive\n", alive,
			   uplinks);
	}
}

enum { UPLINKS, RULES, TABLES, PARTS };

/* Lines but those of the lists: a blank one, a heading and titles for each. */
#define HEADS	(2 + 3 * PARTS)

static void show_lists(struct ctl *ctl, struct state *s,
		       const struct answers *defaults, struct show_part *part)
{
	heading(ctl, "UPLINKS");
	show_print_uplinks(ctl, &s->nexthops, defaults,
			   part[UPLINKS].shown < part[UPLINKS].all ?
			   part[UPLINKS].shown : SIZE_MAX);
	print_more(ctl, &part[UPLINKS], "nexthop show");
	heading(ctl, "RULES, then lookup main");
	cut(&s->rules, &part[RULES]);
	rule_print_dump(ctl, NULL, &s->rules);
	print_more(ctl, &part[RULES], "rule show");
	heading(ctl, "TABLES");
	cut(&s->tables, &part[TABLES]);
	table_print_dump(ctl, NULL, &s->tables);
	print_more(ctl, &part[TABLES], "table show");
}

static int show_text(struct ctl *ctl)
{
	struct answers defaults = { .data = NULL };
	struct state s = { .settings = NULL };
	struct show_part part[PARTS];
	size_t lines = SIZE_MAX, notices;
	int err = dump_defaults(ctl, &defaults);

	if (!err)
		err = state_read_counted(ctl, &s);
	if (!err) {
		print_summary(ctl, &s, &defaults, &part[UPLINKS].all);
		print_settings(ctl, &s);
		notices = print_notices(ctl, &s);
		part[RULES].all = s.rules.count;
		part[TABLES].all = s.tables.count;
		/* Of one family nobody has counted what will be left out. */
		if (ctl->lines && !ctl->family)
			lines = ctl->lines > HEADS + notices ?
				ctl->lines - HEADS - notices : 0;
		show_fit(part, PARTS, lines);
		show_lists(ctl, &s, &defaults, part);
	}
	state_free(&s);
	answers_free(&defaults);
	return err;
}

static int show_json(struct ctl *ctl)
{
	struct answers defaults;
	int err;

	confirm_notice(ctl);
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
 * show_run - show: the router at a glance
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
