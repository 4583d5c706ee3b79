// SPDX-License-Identifier: GPL-2.0
/*
 * load: a file of commands becomes the configuration; and what a person should
 * know afterwards.
 */
#include <errno.h>
#include <net/if.h>
#include <string.h>

#include "duration.h"
#include "ecmpctl.h"
#include "file.h"
#include "firewall.h"
#include "load.h"
#include "pending.h"
#include "rollback.h"
#include "route_text.h"
#include "rtnetlink.h"
#include "text.h"

#define WARNINGS_SHOWN	10

static bool keep_waiting(const struct nlmsghdr *nlh)
{
	const struct nlattr *a[ECMP_A_ROUTE_MAX + 1];

	attributes_read(nlh, a, ECMP_A_ROUTE_MAX);
	return route_waits_for(a);
}

static void warn_route(const struct ctl *ctl, const struct nlmsghdr *nlh)
{
	const struct nlattr *a[ECMP_A_ROUTE_MAX + 1];
	char text[ROUTE_TEXT];

	attributes_read(nlh, a, ECMP_A_ROUTE_MAX);
	route_text(a, text);
	print_warning(ctl, "route %s waits: %s", text, route_waits_for(a));
}

static void warn_routes(struct ctl *ctl)
{
	struct answers answers = { .data = NULL };
	struct nlmsghdr *ask = ask_own_routes(ctl);
	const struct nlmsghdr *nlh = NULL;
	unsigned int shown = 0;

	mnl_attr_put(ask, ECMP_A_ROUTE_INACTIVE, 0, NULL);
	if (!dump(ctl, ask, keep_waiting, &answers))
		while (shown++ < WARNINGS_SHOWN &&
		       (nlh = answers_next(&answers, nlh)))
			warn_route(ctl, nlh);
	if (answers.count > WARNINGS_SHOWN)
		print_warning(ctl, "%zu more routes wait: see \"ecmpctl route show\"",
			      answers.count - WARNINGS_SHOWN);
	answers_free(&answers);
}

/* A rule whose interface does not exist is skipped until it does. */
static void warn_rules(struct ctl *ctl)
{
	const struct nlattr *a[ECMP_A_RULE_MAX + 1];
	const struct nlmsghdr *nlh = NULL;
	char iif[TEXT_QUOTED(IFNAMSIZ)];
	struct answers answers;
	unsigned int invalid = 0;

	if (!dump_all(ctl, ECMP_CMD_RULE_GET, &answers)) {
		while ((nlh = answers_next(&answers, nlh))) {
			attributes_read(nlh, a, ECMP_A_RULE_MAX);
			if (!(number_of(a[ECMP_A_RULE_FLAGS]) &
			      ECMP_RULE_F_INVALID) ||
			    invalid++ >= WARNINGS_SHOWN)
				continue;
			print_warning(ctl, "rule %u is skipped until there is an interface %s",
				      (unsigned int)
				      number_of(a[ECMP_A_RULE_INDEX]),
				      text_quote(string_of(a[ECMP_A_RULE_IIF]),
						 iif, sizeof(iif)));
		}
	}
	if (invalid > WARNINGS_SHOWN)
		print_warning(ctl, "%u more rules are skipped: see \"ecmpctl rule show\"",
			      invalid - WARNINGS_SHOWN);
	answers_free(&answers);
}

/**
 * struct options - of one load
 * @name: of the file
 * @force: even if that cuts the ssh session
 * @msecs: until it is taken back, unless confirmed; 0: it is for good
 */
struct options {
	const char	*name;
	bool		force;
	uint64_t	msecs;
};

static bool load_parse(struct words *words, struct options *o)
{
	while (words_left(words)) {
		if (words_match(words, "--force")) {
			o->force = true;
		} else if (words_match(words, "--confirm")) {
			if (!words_duration(words, PENDING_MSECS_MIN,
					    PENDING_MSECS_MAX, &o->msecs))
				return false;
		} else if (o->name) {
			return words_end(words);
		} else {
			o->name = words->word[words->next++];
		}
	}
	return o->name || words_take(words, "a file, or - for standard input");
}

static int load(struct ctl *ctl, struct words *words, const struct file *file,
		const struct options *o)
{
	const struct load_how how = {
		.force = o->force, .may = confirm_allows,
	};
	int status;

	if (o->msecs)
		status = confirm_load(ctl, words, file, o->force, o->msecs);
	else
		status = load_file(ctl, words, file, &how);
	if (status != EXIT_DONE)
		return status;
	warn_routes(ctl);
	warn_rules(ctl);
	warn_ip_rules(ctl);
	warn_firewall(ctl);
	return ctl_finish(ctl);
}

/**
 * load_run - load FILE|- [--confirm SECONDS] [--force]
 * @ctl: this run
 * @words: after "load"
 */
int load_run(struct ctl *ctl, struct words *words)
{
	struct options options = { .name = NULL };
	struct file file = { .text = NULL };
	int status = EXIT_SYNTAX;

	if (!words_both_families(words) || !load_parse(words, &options))
		return ctl_problem(ctl, words);
	if (file_read(&file, options.name))
		print_error(ctl, "%s cannot be read: %s", file.name,
			    strerror(errno));
	else
		status = load(ctl, words, &file, &options);
	file_free(&file);
	return status;
}
