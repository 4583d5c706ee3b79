// SPDX-License-Identifier: GPL-2.0
#include "ecmpctl.h"

static void heading(struct ctl *ctl, const char *text)
{
	print_text(&ctl->out, "\n");
	print_color(&ctl->out, COLOR_HEAD);
	print_text(&ctl->out, "%s", text);
	print_text(&ctl->out, "\n");
}

static int show_routes(struct ctl *ctl)
{
	const struct route_request filter = { .dst.address.family =
					      ctl->family };
	struct answers answers;
	int err = route_dump(ctl, &filter, &answers);

	if (!err)
		route_print_dump(ctl, "routes", &answers);
	answers_free(&answers);
	return err;
}

static int show_all(struct ctl *ctl)
{
	if (settings_print(ctl, "settings"))
		return -1;
	heading(ctl, "TABLES");
	if (table_print_all(ctl, "tables"))
		return -1;
	heading(ctl, "RULES  (after the last one: lookup main)");
	if (rule_print_all(ctl, "rules"))
		return -1;
	heading(ctl, "ROUTES");
	if (show_routes(ctl))
		return -1;
	heading(ctl, "NEXT HOPS");
	return nexthop_print_all(ctl, "nexthops");
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
	err = show_all(ctl);
	print_object_end(&ctl->out);
	return err ? ctl_refused(ctl, words) : ctl_finish(ctl);
}
