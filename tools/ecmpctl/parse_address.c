// SPDX-License-Identifier: GPL-2.0
/*
 * Addresses and prefixes, and the family that a command is of.
 */
#include <netinet/in.h>
#include <string.h>

#include "hint.h"
#include "parse.h"

/* "fe80::1%wan1", as many programs write it. */
static bool fail_zone(struct words *words, const char *word)
{
	const char *zone = strchr(word, '%');
	char text[ADDRESS_TEXT], command[64];
	struct address address;

	if (!zone || !zone[1] || strlen(word) > WORD_SHOWN)
		return false;
	memcpy(text, word, zone - word);
	text[zone - word] = '\0';
	if (!address_parse(text, &address))
		return false;
	words_command(words, command, sizeof(command));
	if (!strcmp(command, "get"))
		fail_last(words, "\"%s\": write the address alone, without \"%s\"",
			  word, zone);
	else
		fail_last(words, "\"%s\": write \"%s %s %s\"", word, text,
			  strncmp(command, "rule", 4) ? "dev" : "iif",
			  zone + 1);
	return true;
}

static bool fail_address(struct words *words, const char *word)
{
	if (strlen(word) > WORD_SHOWN)
		return fail_last(words, "\"%s\" is no IPv4 or IPv6 address",
				 word);
	if (fail_zone(words, word) || hint_gateways(words, word))
		return false;
	if (strchr(word, '/'))
		return fail_last(words,
				 "\"%s\" is a prefix: here must be an address, without \"%s\"",
				 word, strchr(word, '/'));
	if (words->next > 1 && !strcmp(words->word[words->next - 2], "via") &&
	    !strpbrk(word, ".:"))
		return fail_last(words,
				 "\"%s\" is no IPv4 or IPv6 address: for an interface write \"dev %s\"",
				 word, word);
	return fail_last(words, "\"%s\" is no IPv4 or IPv6 address", word);
}

static bool fail_prefix(struct words *words, const char *word)
{
	if (fail_zone(words, word) || hint_prefix(words, word))
		return false;
	return fail_last(words,
			 "\"%s\" is neither a prefix like 10.0.0.0/8 or 2001:db8::/32 nor an address",
			 word);
}

/**
 * words_address - take an address
 * @words: the command
 * @address: where it goes
 */
bool words_address(struct words *words, struct address *address)
{
	const char *word = words_take(words, "an address");

	if (!word)
		return false;
	return address_parse(word, address) || fail_address(words, word);
}

static void clear_host_bits(struct prefix *prefix)
{
	unsigned int i, size = address_size(prefix->address.family);

	for (i = 0; i < size; i++) {
		unsigned int first = i * 8;

		if (first >= prefix->length)
			prefix->address.bytes[i] = 0;
		else if (prefix->length - first < 8)
			prefix->address.bytes[i] &=
				0xff << (8 - (prefix->length - first));
	}
}

static bool check_host_bits(struct words *words, const char *word,
			    const struct prefix *prefix)
{
	struct prefix net = *prefix;
	char text[ADDRESS_TEXT];

	clear_host_bits(&net);
	if (address_equal(&net.address, &prefix->address))
		return true;
	return fail_last(words,
			 "\"%s\" has host bits set: did you mean %s?", word,
			 prefix_text(&net, text));
}

/**
 * words_family - the option -4 or -6
 * @words: the command; the option was taken last
 * @family: that it names
 */
bool words_family(struct words *words, uint8_t family)
{
	if (words->family && words->family != family)
		return fail_last(words,
				 "-4 and -6 exclude each other: say one of them, or none for both");
	words->family = family;
	return true;
}

/**
 * words_both_families - this command is about both families
 * @words: the command
 */
bool words_both_families(struct words *words)
{
	char command[64];

	return words->family == AF_UNSPEC ||
	       words_fail(words, words->count,
			  "\"%s\" is about IPv4 and IPv6: leave out the option -%c",
			  words_command(words, command, sizeof(command)),
			  words->family == AF_INET ? '4' : '6');
}

/**
 * words_check_family - -4 and -6 forbid the other family
 * @words: the command
 * @family: of the word that was taken last
 */
bool words_check_family(struct words *words, uint8_t family)
{
	if (words->family == AF_UNSPEC || words->family == family)
		return true;
	return fail_last(words, "\"%s\" is IPv%c, but the option is -%c",
			 words->word[words->next - 1],
			 family == AF_INET ? '4' : '6',
			 words->family == AF_INET ? '4' : '6');
}

static bool is_nothing(const struct address *address)
{
	unsigned int i;

	for (i = 0; i < address_size(address->family); i++)
		if (address->bytes[i])
			return false;
	return true;
}

static bool parse_prefix(struct words *words, const char *word,
			 struct prefix *prefix)
{
	const char *slash = strchr(word, '/');
	size_t length = slash ? (size_t)(slash - word) : strlen(word);
	char address[ADDRESS_TEXT];
	uint64_t bits, most;

	if (length >= sizeof(address))
		return fail_prefix(words, word);
	memcpy(address, word, length);
	address[length] = '\0';
	if (!address_parse(address, &prefix->address))
		return fail_prefix(words, word);
	most = address_size(prefix->address.family) * 8;
	bits = most;
	if (slash && (!parse_number(slash + 1, &bits) || bits > most))
		return !hint_prefix(words, word) &&
		       fail_last(words,
				 "\"%s\": the length must be a number from 0 to %u",
				 word, (unsigned int)most);
	prefix->length = bits;
	if (!slash && is_nothing(&prefix->address))
		return fail_last(words,
				 "\"%s\" is one address, and nobody's: all of them are %s/0",
				 word, word);
	return check_host_bits(words, word, prefix) &&
	       words_check_family(words, prefix->address.family);
}

/**
 * words_prefix - take a prefix; without a length it is one address
 * @words: the command
 * @prefix: where it goes
 */
bool words_prefix(struct words *words, struct prefix *prefix)
{
	const char *word = words_take(words, "a prefix");

	return word && parse_prefix(words, word, prefix);
}

/**
 * words_destination - take a prefix, or "default"
 * @words: the command
 * @prefix: where it goes; "default" has the family of -4 and -6, which may be
 *	AF_UNSPEC
 */
bool words_destination(struct words *words, struct prefix *prefix)
{
	const char *word = words_take(words, "a prefix or \"default\"");

	if (!word)
		return false;
	if (strcmp(word, "default"))
		return parse_prefix(words, word, prefix);
	memset(prefix, 0, sizeof(*prefix));
	prefix->address.family = words->family;
	return true;
}
