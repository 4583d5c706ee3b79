// SPDX-License-Identifier: GPL-2.0
/*
 * A rule in the words of the grammar: for tables, explanations and "save".
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "ecmpctl.h"
#include "rule_text.h"

static void add(char *text, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void add(char *text, const char *fmt, ...)
{
	size_t used = strlen(text);
	va_list args;

	if (used && used < RULE_TEXT - 1)
		text[used++] = ' ';
	va_start(args, fmt);
	vsnprintf(text + used, RULE_TEXT - used, fmt, args);
	va_end(args);
}

static void add_prefix(char *text, const char *word,
		       const struct nlattr *addr, const struct nlattr *len)
{
	struct prefix prefix = {
		.address = address_of(addr), .length = number_of(len),
	};
	char buf[ADDRESS_TEXT];

	if (addr)
		add(text, "%s %s", word, prefix_text(&prefix, buf));
}

static void add_ports(char *text, const char *word, const struct nlattr *min,
		      const struct nlattr *max)
{
	unsigned int first = number_of(min), last = number_of(max);

	if (min && first == last)
		add(text, "%s %u", word, first);
	else if (min)
		add(text, "%s %u-%u", word, first, last);
}

static void add_mark(char *text, const struct nlattr *mark,
		     const struct nlattr *mask)
{
	unsigned int value = number_of(mark), bits = number_of(mask);

	if (mark && mask && bits != UINT32_MAX)
		add(text, "mark 0x%x/0x%x", value, bits);
	else if (mark)
		add(text, "mark 0x%x", value);
}

static void add_proto(char *text, const struct nlattr *proto)
{
	const char *word = name_word(ip_protocols, number_of(proto));

	if (proto && strcmp(word, "unknown"))
		add(text, "ipproto %s", word);
	else if (proto)
		add(text, "ipproto %u", (unsigned int)number_of(proto));
}

/**
 * rule_text_match - the matchers of a rule
 * @a: its attributes by number
 * @text: room for RULE_TEXT; empty when it matches everything
 */
void rule_text_match(const struct nlattr **a, char *text)
{
	text[0] = '\0';
	add_prefix(text, "from", a[ECMP_A_RULE_FROM], a[ECMP_A_RULE_FROM_LEN]);
	add_prefix(text, "to", a[ECMP_A_RULE_TO], a[ECMP_A_RULE_TO_LEN]);
	if (a[ECMP_A_RULE_IIF])
		add(text, "iif %s", string_of(a[ECMP_A_RULE_IIF]));
	add_mark(text, a[ECMP_A_RULE_MARK], a[ECMP_A_RULE_MARK_MASK]);
	add_proto(text, a[ECMP_A_RULE_PROTO]);
	add_ports(text, "sport", a[ECMP_A_RULE_SPORT_MIN],
		  a[ECMP_A_RULE_SPORT_MAX]);
	add_ports(text, "dport", a[ECMP_A_RULE_DPORT_MIN],
		  a[ECMP_A_RULE_DPORT_MAX]);
	if (a[ECMP_A_RULE_DSCP])
		add(text, "dscp %u",
		    (unsigned int)number_of(a[ECMP_A_RULE_DSCP]));
}

/**
 * rule_text_action - the action of a rule
 * @a: its attributes by number
 * @text: room for RULE_TEXT
 */
void rule_text_action(const struct nlattr **a, char *text)
{
	text[0] = '\0';
	add(text, "%s", name_word(actions, number_of(a[ECMP_A_RULE_ACTION])));
	if (a[ECMP_A_RULE_TABLE])
		add(text, "%s", string_of(a[ECMP_A_RULE_TABLE]));
	if (a[ECMP_A_RULE_MIN_PREFIX])
		add(text, "min-prefix %u",
		    (unsigned int)number_of(a[ECMP_A_RULE_MIN_PREFIX]));
}
