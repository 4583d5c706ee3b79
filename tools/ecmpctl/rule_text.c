// SPDX-License-Identifier: GPL-2.0
/*
 * A rule in the words of the grammar: for tables, explanations and "save".
 */
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "ecmpctl.h"
#include "rule_text.h"
#include "text.h"

static void add_prefix(char *text, const char *word,
		       const struct nlattr *addr, const struct nlattr *len)
{
	struct prefix prefix = {
		.address = address_of(addr), .length = number_of(len),
	};
	char buf[ADDRESS_TEXT];

	if (addr)
		text_add(text, RULE_TEXT, "%s %s", word,
			 prefix_text(&prefix, buf));
}

static void add_ports(char *text, const char *word, const struct nlattr *min,
		      const struct nlattr *max)
{
	unsigned int first = number_of(min), last = number_of(max);

	if (min && first == last)
		text_add(text, RULE_TEXT, "%s %u", word, first);
	else if (min)
		text_add(text, RULE_TEXT, "%s %u-%u", word, first, last);
}

static void add_mark(char *text, const struct nlattr *mark,
		     const struct nlattr *mask)
{
	unsigned int value = number_of(mark), bits = number_of(mask);

	if (mark && mask && bits != UINT32_MAX)
		text_add(text, RULE_TEXT, "mark 0x%x/0x%x", value, bits);
	else if (mark)
		text_add(text, RULE_TEXT, "mark 0x%x", value);
}

static void add_proto(char *text, const struct nlattr *proto)
{
	char buf[PROTOCOL_TEXT];

	if (proto)
		text_add(text, RULE_TEXT, "ipproto %s",
			 protocol_text(number_of(proto), buf));
}

/**
 * rule_text_family - the option that a rule was added with
 * @a: its attributes by number
 *
 * Return: "-4", "-6", or "" where an address, the protocol or nothing tells
 * its family.
 */
const char *rule_text_family(const struct nlattr **a)
{
	uint64_t family = number_of(a[ECMP_A_RULE_FAMILY]);
	uint64_t proto = number_of(a[ECMP_A_RULE_PROTO]);

	if (!family || a[ECMP_A_RULE_FROM] || a[ECMP_A_RULE_TO] ||
	    proto == IPPROTO_ICMP || proto == IPPROTO_ICMPV6)
		return "";
	return family == AF_INET6 ? "-6" : "-4";
}

/**
 * rule_text_match - the matchers of a rule
 * @a: its attributes by number
 * @text: room for RULE_TEXT; empty when it matches everything
 */
void rule_text_match(const struct nlattr **a, char *text)
{
	char iif[TEXT_QUOTED(IFNAMSIZ)];

	text[0] = '\0';
	add_prefix(text, "from", a[ECMP_A_RULE_FROM], a[ECMP_A_RULE_FROM_LEN]);
	add_prefix(text, "to", a[ECMP_A_RULE_TO], a[ECMP_A_RULE_TO_LEN]);
	if (a[ECMP_A_RULE_IIF])
		text_add(text, RULE_TEXT, "iif %s",
			 text_quote(string_of(a[ECMP_A_RULE_IIF]), iif,
				    sizeof(iif)));
	add_mark(text, a[ECMP_A_RULE_MARK], a[ECMP_A_RULE_MARK_MASK]);
	add_proto(text, a[ECMP_A_RULE_PROTO]);
	add_ports(text, "sport", a[ECMP_A_RULE_SPORT_MIN],
		  a[ECMP_A_RULE_SPORT_MAX]);
	add_ports(text, "dport", a[ECMP_A_RULE_DPORT_MIN],
		  a[ECMP_A_RULE_DPORT_MAX]);
	if (a[ECMP_A_RULE_DSCP])
		text_add(text, RULE_TEXT, "dscp %u",
		    (unsigned int)number_of(a[ECMP_A_RULE_DSCP]));
}

/**
 * rule_text_action - the action of a rule
 * @a: its attributes by number
 * @text: room for RULE_TEXT
 */
void rule_text_action(const struct nlattr **a, char *text)
{
	char table[TEXT_QUOTED(ECMP_NAME_MAX)];

	text[0] = '\0';
	text_add(text, RULE_TEXT, "%s",
		 name_word(actions, number_of(a[ECMP_A_RULE_ACTION])));
	if (a[ECMP_A_RULE_TABLE])
		text_add(text, RULE_TEXT, "%s",
			 text_quote(string_of(a[ECMP_A_RULE_TABLE]), table,
				    sizeof(table)));
	if (a[ECMP_A_RULE_MIN_PREFIX])
		text_add(text, RULE_TEXT, "min-prefix %u",
		    (unsigned int)number_of(a[ECMP_A_RULE_MIN_PREFIX]));
}

/**
 * rule_text_comment - the comment of a rule, with its word
 * @a: its attributes by number
 * @text: room for RULE_COMMENT; empty when it has none
 */
void rule_text_comment(const struct nlattr **a, char *text)
{
	char quoted[TEXT_QUOTED(ECMP_COMMENT_MAX)];

	text[0] = '\0';
	if (a[ECMP_A_RULE_COMMENT])
		text_add(text, RULE_COMMENT, "comment %s",
			 text_quote(string_of(a[ECMP_A_RULE_COMMENT]), quoted,
				    sizeof(quoted)));
}
