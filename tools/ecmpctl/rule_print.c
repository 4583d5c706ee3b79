// SPDX-License-Identifier: GPL-2.0
/*
 * Rules as people and programs read them.
 */
#include <stdio.h>
#include <string.h>

#include "ecmpctl.h"
#include "rule_text.h"

enum {
	C_NUMBER, C_FLAGS, C_MATCH, C_ACTION, C_PACKETS, C_BYTES, C_COMMENT,
	C_COUNT
};

static const struct column columns[C_COUNT] = {
	[C_NUMBER]	= { .title = "#", .right = true },
	[C_FLAGS]	= { .title = "flags" },
	[C_MATCH]	= { .title = "match", .wrap = true },
	[C_ACTION]	= { .title = "action", .wrap = true, .fold = true },
	[C_PACKETS]	= { .title = "packets", .right = true },
	[C_BYTES]	= { .title = "bytes", .right = true },
	[C_COMMENT]	= { .title = "comment", .wrap = true, .fold = true },
};

static void print_prefix(struct printer *p, const char *key,
			 const struct nlattr *addr, const struct nlattr *len)
{
	struct prefix prefix = {
		.address = address_of(addr), .length = number_of(len),
	};
	char text[ADDRESS_TEXT];

	if (addr)
		print_string(p, key, NULL, prefix_text(&prefix, text));
}

static void print_range(struct printer *p, const char *key,
			const struct nlattr *min, const struct nlattr *max)
{
	char text[16];

	if (!min)
		return;
	if (number_of(min) == number_of(max))
		snprintf(text, sizeof(text), "%u", (unsigned)number_of(min));
	else
		snprintf(text, sizeof(text), "%u-%u", (unsigned)number_of(min),
			 (unsigned)number_of(max));
	print_string(p, key, NULL, text);
}

/* The matchers one by one, for programs. */
static void print_members(struct printer *p, const struct nlattr **a)
{
	char text[PROTOCOL_TEXT];

	print_number(p, "id", NULL, number_of(a[ECMP_A_RULE_ID]));
	if (number_of(a[ECMP_A_RULE_FAMILY]))
		print_string(p, "family", NULL,
			     name_word(families,
				       number_of(a[ECMP_A_RULE_FAMILY])));
	print_prefix(p, "from", a[ECMP_A_RULE_FROM], a[ECMP_A_RULE_FROM_LEN]);
	print_prefix(p, "to", a[ECMP_A_RULE_TO], a[ECMP_A_RULE_TO_LEN]);
	if (a[ECMP_A_RULE_IIF])
		print_name(p, "iif", NULL, string_of(a[ECMP_A_RULE_IIF]));
	if (a[ECMP_A_RULE_MARK]) {
		print_number(p, "mark", NULL, number_of(a[ECMP_A_RULE_MARK]));
		print_number(p, "mark_mask", NULL,
			     number_of(a[ECMP_A_RULE_MARK_MASK]));
	}
	if (a[ECMP_A_RULE_PROTO]) {
		protocol_text(number_of(a[ECMP_A_RULE_PROTO]), text);
		print_string(p, "ipproto", NULL, text);
	}
	print_range(p, "sport", a[ECMP_A_RULE_SPORT_MIN],
		    a[ECMP_A_RULE_SPORT_MAX]);
	print_range(p, "dport", a[ECMP_A_RULE_DPORT_MIN],
		    a[ECMP_A_RULE_DPORT_MAX]);
	if (a[ECMP_A_RULE_DSCP])
		print_number(p, "dscp", NULL, number_of(a[ECMP_A_RULE_DSCP]));
	print_string(p, "action", NULL,
		     name_word(actions, number_of(a[ECMP_A_RULE_ACTION])));
	if (a[ECMP_A_RULE_TABLE])
		print_string(p, "table", NULL,
			     string_of(a[ECMP_A_RULE_TABLE]));
	if (a[ECMP_A_RULE_MIN_PREFIX])
		print_number(p, "min_prefix", NULL,
			     number_of(a[ECMP_A_RULE_MIN_PREFIX]));
}

/**
 * rule_print - the members of a rule: cells of a row, or in JSON
 * @ctl: this run
 * @a: attributes of the rule by number
 */
void rule_print(struct ctl *ctl, const struct nlattr **a)
{
	uint64_t flags = number_of(a[ECMP_A_RULE_FLAGS]);
	struct printer *p = &ctl->out;
	char text[RULE_TEXT];
	const char *option;

	print_cell(p, C_NUMBER);
	print_number(p, "index", "", number_of(a[ECMP_A_RULE_INDEX]));
	print_cell(p, C_FLAGS);
	print_color(p, flags & ECMP_RULE_F_DISABLED ? COLOR_FAINT : COLOR_BAD);
	print_text(p, "%s%s", flags & ECMP_RULE_F_DISABLED ? "X" : "",
		   flags & ECMP_RULE_F_INVALID ? "I" : "");
	print_bool(p, "disabled", flags & ECMP_RULE_F_DISABLED);
	print_bool(p, "invalid", flags & ECMP_RULE_F_INVALID);
	print_members(p, a);
	print_cell(p, C_MATCH);
	option = rule_text_family(a);
	rule_text_match(a, text);
	if (option[0])
		print_text(p, "%s%s%s", option, text[0] ? " " : "", text);
	else
		print_text(p, "%s", text[0] ? text : "any");
	print_cell(p, C_ACTION);
	rule_text_action(a, text);
	print_color(p, COLOR_NAME);
	print_text(p, "%s", text);
	print_cell(p, C_PACKETS);
	print_number(p, "packets", "", number_of(a[ECMP_A_RULE_PACKETS]));
	print_cell(p, C_BYTES);
	print_number(p, "bytes", ctl->stats ? "" : NULL,
		     number_of(a[ECMP_A_RULE_BYTES]));
	print_cell(p, C_COMMENT);
	if (a[ECMP_A_RULE_COMMENT])
		print_string(p, "comment", "",
			     string_of(a[ECMP_A_RULE_COMMENT]));
}

static void print_legend(struct printer *p, const struct answers *answers)
{
	const struct nlattr *a[ECMP_A_RULE_MAX + 1];
	const struct nlmsghdr *nlh = NULL;
	uint64_t used = 0;

	while ((nlh = answers_next(answers, nlh))) {
		attributes_read(nlh, a, ECMP_A_RULE_MAX);
		used |= number_of(a[ECMP_A_RULE_FLAGS]);
	}
	if (used)
		print_text(p, "Flags:%s%s%s\n",
			   used & ECMP_RULE_F_DISABLED ? " X disabled" : "",
			   used == (ECMP_RULE_F_DISABLED |
				    ECMP_RULE_F_INVALID) ? "," : "",
			   used & ECMP_RULE_F_INVALID ?
			   " I invalid (no such interface now)" : "");
}

/**
 * rule_print_dump - print rules
 * @ctl: this run; with its family only those that belong to it
 * @key: of the array in JSON
 * @answers: of a dump
 */
void rule_print_dump(struct ctl *ctl, const char *key,
		     const struct answers *answers)
{
	const struct nlattr *a[ECMP_A_RULE_MAX + 1];
	const struct nlmsghdr *nlh = NULL;

	print_legend(&ctl->out, answers);
	print_table_begin(&ctl->out, key, columns, C_COUNT);
	while ((nlh = answers_next(answers, nlh))) {
		attributes_read(nlh, a, ECMP_A_RULE_MAX);
		if (!family_shown(ctl, a[ECMP_A_RULE_FAMILY]))
			continue;
		print_row_begin(&ctl->out);
		rule_print(ctl, a);
		print_row_end(&ctl->out);
	}
	print_table_end(&ctl->out);
}

/**
 * rule_print_all - print all rules in order
 * @ctl: this run
 * @key: of the array in JSON
 *
 * Return: 0, or -1 with the refusal in the socket.
 */
int rule_print_all(struct ctl *ctl, const char *key)
{
	struct answers answers;
	int err = dump_all(ctl, ECMP_CMD_RULE_GET, &answers);

	if (!err)
		rule_print_dump(ctl, key, &answers);
	answers_free(&answers);
	return err;
}

/**
 * rule_run_show - rule show
 * @ctl: this run
 * @words: after the verb
 */
int rule_run_show(struct ctl *ctl, struct words *words)
{
	if (!words_end(words))
		return ctl_problem(ctl, words);
	if (ctl_open(ctl) || rule_print_all(ctl, NULL))
		return ctl_refused(ctl, words);
	return ctl_finish(ctl);
}
