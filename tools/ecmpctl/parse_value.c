// SPDX-License-Identifier: GPL-2.0
/*
 * Words that are a value: one of a few, numbers, ports, marks, protocols, and
 * names of devices and tables.
 */
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/ecmp.h>

#include "hint.h"
#include "parse.h"
#include "text.h"

/*
 * Words of the grammar; a table by such a name could not be told from them.
 * The module has the same list (src/fib/table.c).
 */
static const char *const reserved[] = {
	"action", "add", "after", "all", "any", "at", "auto", "balance",
	"before", "blackhole", "check-gateway", "comment", "default", "del",
	"dev", "disable", "disabled", "distance", "dport", "drop", "dscp",
	"enable", "failback", "flush", "from", "hash-policy", "help", "id",
	"iif", "ipproto", "kernel", "lookup", "lookup-only-in-table", "mark",
	"min-prefix", "move", "name", "native", "nexthop", "none", "onlink",
	"pref-src", "prohibit", "replace", "route", "rule", "set", "show",
	"sport", "table", "to", "unreachable", "via", "weight",
};

static void list_words(const struct name *set, char *buf, size_t size)
{
	size_t used = 0;
	bool first = true;

	for (; set->word && used < size; set++) {
		used += snprintf(buf + used, size - used, "%s%s",
				 first ? "" : set[1].word ? ", " : " or ",
				 set->word);
		first = false;
	}
}

/**
 * words_choice - take one of a few words
 * @words: the command
 * @set: the words
 * @value: the value of the one that was taken
 */
bool words_choice(struct words *words, const struct name *set,
		  unsigned int *value)
{
	const struct name *name;
	char expected[256];

	name = words_left(words) ?
	       name_find(set, words->word[words->next]) : NULL;
	if (name) {
		words->next++;
		*value = name->value;
		return true;
	}
	list_words(set, expected, sizeof(expected));
	if (!words_take(words, expected))
		return false;
	return fail_last(words, "\"%s\" must be %s",
			 words->word[words->next - 1], expected);
}

/**
 * words_flag - what follows a word like "disabled": yes, no, or nothing
 * @words: the command
 * @value: true without a word
 */
bool words_flag(struct words *words, bool *value)
{
	*value = words_match(words, "yes") || !words_match(words, "no");
	return true;
}

/**
 * parse_number - a number in the one form that is read everywhere
 * @text: decimal, or hexadecimal after 0x; nothing else, no sign, no octal
 * @value: the number
 *
 * Return: whether it is one.
 */
bool parse_number(const char *text, uint64_t *value)
{
	bool hex = !strncmp(text, "0x", 2);
	const char *digits = hex ? text + 2 : text;
	char *end;

	if (!digits[0] ||
	    digits[strspn(digits, hex ? "0123456789abcdefABCDEF"
				      : "0123456789")])
		return false;
	errno = 0;
	*value = strtoull(digits, &end, hex ? 16 : 10);
	return !errno;
}

/**
 * words_number - take a number
 * @words: the command
 * @expected: what it is, with an article: "a distance"
 * @min: the least that is allowed
 * @max: the most
 * @value: the number
 */
bool words_number(struct words *words, const char *expected, uint64_t min,
		  uint64_t max, uint64_t *value)
{
	const char *word = words_take(words, expected);

	if (!word)
		return false;
	if (!parse_number(word, value) || *value < min || *value > max)
		return fail_last(words,
				 "\"%s\" is not %s, a number from %llu to %llu",
				 word, expected, (unsigned long long)min,
				 (unsigned long long)max);
	return true;
}

/**
 * protocol_text - a transport protocol as words_protocol() reads it
 * @protocol: its number
 * @buf: PROTOCOL_TEXT bytes
 *
 * Return: @buf.
 */
const char *protocol_text(uint8_t protocol, char *buf)
{
	const struct name *name;

	snprintf(buf, PROTOCOL_TEXT, "%u", protocol);
	for (name = ip_protocols; name->word; name++) {
		if (name->value == protocol) {
			snprintf(buf, PROTOCOL_TEXT, "%s", name->word);
			break;
		}
	}
	return buf;
}

#define PORT_TEXT	16	/* more than any port or mark has */
#define MARK_TEXT	32

/*
 * The number before @end, or of the whole word without one. It is not cut to
 * the @room that there is, a byte of it for the end: that would be another.
 */
static bool parse_before(const char *word, const char *end, size_t room,
			 uint64_t *value)
{
	size_t length = end ? (size_t)(end - word) : strlen(word);
	char buf[MARK_TEXT];

	if (length >= room)
		return false;
	memcpy(buf, word, length);
	buf[length] = '\0';
	return parse_number(buf, value);
}

/**
 * words_ports - take a port or a range of ports
 * @words: the command
 * @min: the first
 * @max: the last
 */
bool words_ports(struct words *words, uint16_t *min, uint16_t *max)
{
	const char *word = words_take(words, "a port or a range of ports");
	uint64_t first, last;
	const char *dash;

	if (!word)
		return false;
	dash = strchr(word, '-');
	if (!parse_before(word, dash, PORT_TEXT, &first) ||
	    !parse_number(dash ? dash + 1 : word, &last) ||
	    !first || first > UINT16_MAX || !last || last > UINT16_MAX)
		return !hint_ports(words, word) &&
		       fail_last(words,
				 "\"%s\" is neither a port, 1 to 65535, nor a range like 5060-5080",
				 word);
	if (first > last)
		return fail_last(words,
				 "\"%s\" runs backwards: did you mean %u-%u?",
				 word, (unsigned int)last, (unsigned int)first);
	*min = first;
	*max = last;
	return true;
}

/**
 * words_mark - take VALUE or VALUE/MASK
 * @words: the command
 * @mark: the value
 * @mask: all ones without one
 */
bool words_mark(struct words *words, uint32_t *mark, uint32_t *mask)
{
	const char *word = words_take(words, "a mark or a mark/mask");
	uint64_t value, bits = UINT32_MAX;
	const char *slash;

	if (!word)
		return false;
	slash = strchr(word, '/');
	if (!parse_before(word, slash, MARK_TEXT, &value) ||
	    value > UINT32_MAX ||
	    (slash && (!parse_number(slash + 1, &bits) || bits > UINT32_MAX)))
		return fail_last(words,
				 "\"%s\" is not a mark like 17, 0x11 or 0x10/0xf0",
				 word);
	if (value & ~bits)
		return fail_last(words,
				 "\"%s\" can match nothing: the mark has bits outside of its mask",
				 word);
	*mark = value;
	*mask = bits;
	return true;
}

/**
 * words_protocol - take the name or the number of a transport protocol
 * @words: the command
 * @protocol: its number
 */
bool words_protocol(struct words *words, uint8_t *protocol)
{
	const char *word = words_take(words, "a protocol");
	const struct name *name;
	uint64_t number;

	if (!word)
		return false;
	name = name_find(ip_protocols, word);
	if (name) {
		*protocol = name->value;
		return true;
	}
	if (!parse_number(word, &number) || number > UINT8_MAX)
		return fail_last(words,
				 "\"%s\" is not a protocol: tcp, udp, icmp, ipv6-icmp, sctp, dccp, gre, esp, ah, ospf, igmp or a number",
				 word);
	*protocol = number;
	return true;
}

/**
 * words_device - take the name of an interface; it need not exist
 * @words: the command
 * @name: the name
 */
bool words_device(struct words *words, const char **name)
{
	const char *word = words_take(words, "the name of an interface");

	if (!word)
		return false;
	/* As the kernel: any bytes but these; 0xa0 is a blank to it. */
	if (!word[0] || strlen(word) >= IFNAMSIZ || !strcmp(word, ".") ||
	    !strcmp(word, "..") || strpbrk(word, "/: \t\n\v\f\r\xa0"))
		return fail_last(words,
				 "\"%s\" cannot be the name of an interface: 1 to %d characters, no blank, \"/\" or \":\"",
				 word, IFNAMSIZ - 1);
	*name = word;
	return true;
}

static bool is_letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/**
 * words_table - take the name of a table; it need not exist
 * @words: the command
 * @name: the name
 */
bool words_table(struct words *words, const char **name)
{
	const char *word = words_take(words, "the name of a table");
	size_t i;

	if (!word)
		return false;
	if (!is_letter(word[0]) || strlen(word) > ECMP_NAME_MAX ||
	    word[strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			      "abcdefghijklmnopqrstuvwxyz0123456789_.-")])
		return fail_last(words,
				 "\"%s\" cannot be the name of a table: a letter, then up to %d letters, digits, \"_\", \".\" and \"-\"",
				 word, ECMP_NAME_MAX - 1);
	for (i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
		if (!strcmp(word, reserved[i]))
			return fail_last(words,
					 "\"%s\" cannot be the name of a table: it is a word of the grammar",
					 word);
	*name = word;
	return true;
}

/**
 * words_comment - take a comment
 * @words: the command
 * @comment: the text; empty means none
 */
bool words_comment(struct words *words, const char **comment)
{
	const char *word = words_take(words, "a comment");

	if (!word)
		return false;
	if (strlen(word) > ECMP_COMMENT_MAX)
		return words_fail(words, words->count,
				  "the comment has %zu bytes, there is room for %d",
				  strlen(word), ECMP_COMMENT_MAX);
	if (!text_is_clean(word, strlen(word)))
		return words_fail(words, words->count,
				  "the comment must be UTF-8 without control characters");
	*comment = word;
	return true;
}
