// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/ecmp.h>

#include "hint.h"
#include "parse.h"
#include "suggest.h"
#include "text.h"

/*
 * Words of the grammar; a table by such a name could not be told from them.
 * The module has the same list (src/fib/table.c).
 */
static const char *const reserved[] = {
	"action", "add", "after", "all", "any", "at", "auto", "balance",
	"before", "blackhole", "check-gateway", "comment", "default", "del",
	"dev", "disable", "disabled", "distance", "dport", "drop", "dscp",
	"enable", "failback", "flush", "from", "hash-policy", "id", "iif",
	"ipproto", "kernel", "lookup", "lookup-only-in-table", "mark",
	"min-prefix", "move", "name", "native", "nexthop", "none", "onlink",
	"pref-src", "prohibit", "replace", "route", "rule", "set", "show",
	"sport", "table", "to", "unreachable", "via", "weight",
};

/**
 * words_init - start to read a command
 * @words: what to prepare
 * @word: the words; they must live as long as what is read from them
 * @count: how many
 */
void words_init(struct words *words, const char *const *word,
		unsigned int count)
{
	memset(words, 0, sizeof(*words));
	words->word = word;
	words->count = count;
}

/* A word that is longer than a sentence should be. */
static void shorten(char *sentence, const char *word)
{
	char *at = strlen(word) > WORD_SHOWN ? strstr(sentence, word) : NULL;
	static const char dots[] = "...";
	size_t keep = WORD_SHOWN - strlen(dots);

	if (!at)
		return;
	/* Not in the middle of a character. */
	while (keep && (word[keep] & 0xc0) == 0x80)
		keep--;
	memcpy(at + keep, dots, strlen(dots));
	memmove(at + keep + strlen(dots), at + strlen(word),
		strlen(at + strlen(word)) + 1);
}

static bool is_quoted(const char *sentence, const char *word)
{
	const char *at = sentence;
	size_t length = strlen(word);

	for (; (at = strchr(at, '"')); at++)
		if (!strncmp(at + 1, word, length) && at[1 + length] == '"')
			return true;
	return false;
}

static bool no_memory(struct words *words)
{
	strcpy(words->problem, "there is no memory left");
	return false;
}

/**
 * words_fail - say what is wrong with a command
 * @words: the command
 * @at: the word that is meant, which is put before a sentence that does not
 *	quote it; words->count: none
 * @fmt: a sentence
 *
 * Return: false, for the caller to return.
 */
bool words_fail(struct words *words, unsigned int at, const char *fmt, ...)
{
	const char *word = at < words->count ? words->word[at] : NULL;
	char *sentence = NULL;
	va_list args;
	bool quoted;

	va_start(args, fmt);
	if (vasprintf(&sentence, fmt, args) < 0)
		sentence = NULL;
	va_end(args);
	if (!sentence)
		return no_memory(words);
	quoted = !word || is_quoted(sentence, word);
	if (quoted && word)
		shorten(sentence, word);
	if (quoted)
		snprintf(words->problem, sizeof(words->problem), "%s",
			 sentence);
	else
		snprintf(words->problem, sizeof(words->problem),
			 "\"%.*s\": %s", WORD_SHOWN, word, sentence);
	text_tame(words->problem);
	free(sentence);
	return false;
}

/**
 * words_left - is there a word that has not been read?
 * @words: the command
 */
bool words_left(const struct words *words)
{
	return words->next < words->count;
}

/**
 * words_next_is - is this the next word?
 * @words: the command
 * @word: what it may be
 */
bool words_next_is(const struct words *words, const char *word)
{
	return words_left(words) && text_same(words->word[words->next], word);
}

/**
 * words_match - take the next word if it is this one
 * @words: the command
 * @word: what it may be
 */
bool words_match(struct words *words, const char *word)
{
	if (!words_next_is(words, word))
		return false;
	words->next++;
	return true;
}

/**
 * words_command - the words that name the command, for sentences
 * @words: the command
 * @buf: room for them
 * @size: of @buf
 *
 * Return: @buf.
 */
const char *words_command(const struct words *words, char *buf, size_t size)
{
	size_t used = 0;
	unsigned int i;

	buf[0] = '\0';
	for (i = 0; i < words->command && i < words->count; i++) {
		if (words->word[i][0] == '-')
			continue;
		used += snprintf(buf + used, size - used, "%s%s",
				 used ? " " : "", words->word[i]);
		if (used >= size)
			break;
	}
	return buf;
}

/**
 * words_end - the command must be over
 * @words: the command
 */
bool words_end(struct words *words)
{
	char command[64];

	if (!words_left(words))
		return true;
	return words_fail(words, words->next,
			  "\"%s\" is one word too many for \"%s\": see \"ecmpctl %s help\"",
			  words->word[words->next],
			  words_command(words, command, sizeof(command)),
			  command);
}

static void list_keywords(const struct keyword *keywords, const char **known)
{
	unsigned int i;

	for (i = 0; i < 64 && keywords[i].word; i++)
		known[i] = keywords[i].word;
	known[i] = NULL;
}

/* "distance=2", as RouterOS writes it. */
static bool unknown_with_equals(struct words *words, const char *word,
				const char *const *known)
{
	size_t length = strcspn(word, "=");
	const char *meant;
	char key[32];

	if (!word[length] || length >= sizeof(key) ||
	    strlen(word) > WORD_SHOWN)
		return false;
	memcpy(key, word, length);
	key[length] = '\0';
	meant = word_translate(key, known);
	for (; !meant && *known; known++)
		if (!strcmp(*known, key))
			meant = *known;
	if (!meant)
		return false;
	fail_last(words, "\"%s\": write \"%s %s\", without \"=\"", word,
		  meant, word + length + 1);
	return true;
}

static bool keyword_known(const struct keyword *keywords, const char *word)
{
	for (; keywords->word; keywords++)
		if (!strcmp(keywords->word, word))
			return true;
	return false;
}

static bool unknown_keyword(struct words *words,
			    const struct keyword *keywords)
{
	const char *word = words->word[words->next - 1], *meant;
	const char *known[65];
	char command[64];

	list_keywords(keywords, known);
	if (unknown_with_equals(words, word, known) ||
	    hint_word(words, word, keyword_known(keywords, "via")))
		return false;
	meant = word_suggest(word, known);
	words_command(words, command, sizeof(command));
	if (meant)
		return fail_last(words,
				 "\"%s\" is no word of \"%s\": did you mean \"%s\"?",
				 word, command, meant);
	return !hint_comment(words, word) &&
	       fail_last(words,
			 "\"%s\" is no word of \"%s\": see \"ecmpctl %s help\"",
			 word, command, command);
}

static const struct keyword *keyword_take(struct words *words,
					  const struct keyword *keywords)
{
	const struct keyword *k;

	for (k = keywords; k->word; k++)
		if (words_match(words, k->word))
			return k;
	words->next++;
	unknown_keyword(words, keywords);
	return NULL;
}

/**
 * words_keywords - read the rest of a command, keyword by keyword
 * @words: the command
 * @keywords: what may come, in any order, each once
 * @object: for their functions
 */
bool words_keywords(struct words *words, const struct keyword *keywords,
		    void *object)
{
	uint64_t seen = 0, bit;

	while (words_left(words)) {
		const struct keyword *k = keyword_take(words, keywords);

		if (!k)
			return false;
		bit = UINT64_C(1) << (k - keywords);
		if (seen & bit)
			return fail_last(words, "\"%s\" is there twice",
					 k->word);
		seen |= bit;
		if (!k->parse(words, object))
			return false;
	}
	return true;
}

/**
 * words_keyword - read one part of a command
 * @words: the command; a word is left
 * @keywords: what may come
 * @object: for their functions
 */
bool words_keyword(struct words *words, const struct keyword *keywords,
		   void *object)
{
	const struct keyword *k = keyword_take(words, keywords);

	return k && k->parse(words, object);
}

/**
 * words_take - take a word
 * @words: the command
 * @expected: what it should be, for the sentence when there is none
 *
 * Return: the word, or NULL.
 */
const char *words_take(struct words *words, const char *expected)
{
	if (words_left(words))
		return words->word[words->next++];
	if (words->next)
		fail_last(words, "after \"%s\" there must be %s",
			  words->word[words->next - 1], expected);
	else
		words_fail(words, 0, "there must be %s", expected);
	return NULL;
}

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
	char buf[16];

	if (!word)
		return false;
	dash = strchr(word, '-');
	snprintf(buf, sizeof(buf), "%.*s",
		 (int)(dash ? dash - word : (ptrdiff_t)strnlen(word, 15)), word);
	if (!parse_number(buf, &first) ||
	    !parse_number(dash ? dash + 1 : buf, &last) ||
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
	char buf[32];

	if (!word)
		return false;
	slash = strchr(word, '/');
	snprintf(buf, sizeof(buf), "%.*s",
		 (int)(slash ? slash - word : (ptrdiff_t)strnlen(word, 31)),
		 word);
	if (!parse_number(buf, &value) || value > UINT32_MAX ||
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
