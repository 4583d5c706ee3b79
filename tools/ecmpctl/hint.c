// SPDX-License-Identifier: GPL-2.0
/*
 * What people write who come from RouterOS, iproute2 or nftables, and what to
 * write instead. A function that knows it says so in words->problem and returns
 * true; then it is about the word that was taken last, one that a sentence can
 * quote whole.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hint.h"

/**
 * struct hint - a word, or several with blanks between, and what to do
 * @command: in which commands: those that begin so
 * @words: the words
 * @sentence: what to do
 */
static const struct hint {
	const char	*command;
	const char	*words;
	const char	*sentence;
} hints[] = {
	{ "", "\\", "a command does not go on in the next line" },
	{ "route", "blackhole unreachable prohibit type",
	  "what is no gateway comes before the prefix: blackhole, unreachable or prohibit" },
	{ "route", "mask netmask genmask",
	  "the length of the mask is written behind the prefix, as in 10.0.0.0/8" },
	{ "route", "nexthop",
	  "add a route for each gateway: those of one distance share" },
	{ "route", "scope target-scope",
	  "there are no scopes: name the gateway that is on the link, and behind \"check-gateway ping target\" the host beyond it" },
	{ "rule", "not",
	  "there is no \"not\": another rule, before this one, is for what is not meant" },
	{ "rule", "oif oifname out-interface",
	  "where a packet leaves is not known yet: the routes of the rule's table say that" },
	{ "rule", "action",
	  "write the action alone: lookup TABLE, drop, unreachable, prohibit or native" },
	{ "table", "fib", "every table is for packets: leave it out" },
	{ "table", "name", "the name stands alone: table add NAME" },
};

static bool is_among(const char *word, const char *list)
{
	size_t length = strlen(word);
	const char *at;

	for (at = list; length && (at = strstr(at, word)); at++)
		if ((at == list || at[-1] == ' ') &&
		    (!at[length] || at[length] == ' '))
			return true;
	return false;
}

static bool is_about(struct words *words, const char *what)
{
	char command[64];

	words_command(words, command, sizeof(command));
	return !strncmp(command, what, strlen(what));
}

/* The word before the one that was taken last. */
static const char *before(const struct words *words, unsigned int back)
{
	return words->next > back + words->command ?
	       words->word[words->next - 1 - back] : "";
}

static bool is_number(const char *word)
{
	return word[0] && !word[strspn(word, "0123456789")];
}

static bool is_long(const char *word)
{
	return strlen(word) > WORD_SHOWN;
}

static bool say(struct words *words, const char *word, const char *sentence)
{
	fail_last(words, "\"%s\": %s", word, sentence);
	return true;
}

/* "action=drop" is as "action". */
static bool hint_listed(struct words *words, const char *word)
{
	size_t length = strcspn(word, "=");
	char key[32];
	unsigned int i;

	if (!length || length >= sizeof(key))
		return false;
	memcpy(key, word, length);
	key[length] = '\0';
	for (i = 0; i < sizeof(hints) / sizeof(hints[0]); i++)
		if (is_about(words, hints[i].command) &&
		    is_among(key, hints[i].words))
			return say(words, word, hints[i].sentence);
	return false;
}

/* 255.255.255.0: the length that is meant; -1: no mask. */
static int mask_length(const char *text)
{
	struct in_addr address;
	uint32_t bits;
	int length = 0;

	if (!inet_pton(AF_INET, text, &address))
		return -1;
	bits = ntohl(address.s_addr);
	while (length < 32 && bits & 0x80000000) {
		bits <<= 1;
		length++;
	}
	return bits ? -1 : length;
}

/* An address where a word of the command should be. */
static bool hint_address(struct words *words, const char *word, bool has_via)
{
	struct address address, last;
	const char *slash = strchr(word, '/');
	char text[ADDRESS_TEXT];
	size_t length = slash ? (size_t)(slash - word) : strlen(word);

	if (length >= sizeof(text))
		return false;
	memcpy(text, word, length);
	text[length] = '\0';
	if (!address_parse(text, &address))
		return false;
	if (is_about(words, "rule")) {
		fail_last(words, "\"%s\": write \"from %s\" or \"to %s\"",
			  word, word, word);
		return true;
	}
	if (!has_via || slash)
		return false;
	if (mask_length(word) >= 0 && words->next == words->command + 2 &&
	    address_parse(before(words, 1), &last))
		fail_last(words, "\"%s\" is a mask: write \"%s/%d\"", word,
			  before(words, 1), mask_length(word));
	else if (!strcmp(before(words, 1), "ping"))
		fail_last(words, "\"%s\": for a host to ping write \"target %s\"",
			  word, word);
	else
		fail_last(words, "\"%s\": for a gateway write \"via %s\"",
			  word, word);
	return true;
}

/**
 * hint_word - about a word that the command has not
 * @words: the command
 * @word: the word that was taken last
 * @has_via: the command takes "via"
 */
bool hint_word(struct words *words, const char *word, bool has_via)
{
	if (is_long(word))
		return false;
	if (is_about(words, "rule move") && is_number(word))
		return say(words, word,
			   "say where to: before N, after N or at N");
	if (is_about(words, "rule") &&
	    is_among(word, "tcp udp icmp ipv6-icmp sctp dccp gre esp ah")) {
		fail_last(words, "\"%s\": write \"ipproto %s\"", word, word);
		return true;
	}
	return hint_listed(words, word) || hint_address(words, word, has_via);
}

/**
 * hint_comment - about a word that is like none of the command's
 * @words: the command
 * @word: the word that was taken last
 */
bool hint_comment(struct words *words, const char *word)
{
	return !is_long(word) && !strcmp(before(words, 2), "comment") &&
	       say(words, word,
		   "a comment of several words stands in quotation marks");
}

/* "dst-address=10.0.0.0/8", or another one first. */
static bool hint_equals(struct words *words, const char *word)
{
	const char *equals = strchr(word, '=');

	if (!equals)
		return false;
	if (!strncmp(word, "dst-address=", 12) && equals[1])
		fail_last(words, "\"%s\": write \"%s\"", word, equals + 1);
	else
		say(words, word,
		    "the prefix comes first, and no word has \"=\": 10.0.0.0/8 via 192.0.2.1");
	return true;
}

static bool hint_mask(struct words *words, const char *word)
{
	const char *slash = strchr(word, '/');
	int length = slash ? mask_length(slash + 1) : -1;

	if (length < 0)
		return false;
	fail_last(words, "\"%s\": did you mean %.*s/%d?", word,
		  (int)(slash - word), word, length);
	return true;
}

/**
 * hint_prefix - about what is no prefix
 * @words: the command
 * @word: the word that was taken last
 */
bool hint_prefix(struct words *words, const char *word)
{
	bool rule = is_about(words, "rule");

	if (is_long(word))
		return false;
	if (hint_equals(words, word) || hint_mask(words, word))
		return true;
	if (rule && is_among(word, "any all default 0/0")) {
		fail_last(words, "\"%s\": leave out \"%s %s\": then the rule is for all",
			  word, before(words, 1), word);
		return true;
	}
	if (is_among(word, "any all 0/0"))
		return say(words, word, "did you mean \"default\"?");
	if (strchr(word, ','))
		return say(words, word, rule ?
			   "there is one prefix here: add a rule for each" :
			   "there is one prefix here: add a route for each");
	if (word[0] == '!')
		return say(words, word,
			   "there is no \"not\": another rule, before this one, is for what is not meant");
	if (rule && strchr(word, '-') && strchr(word, '.'))
		return say(words, word,
			   "there are no ranges of addresses: add a rule for each prefix that is part of it");
	if (is_about(words, "route") && is_number(word))
		return say(words, word,
			   "routes have no numbers: name the prefix, and \"via\" or \"dev\" if it has several");
	return false;
}

/**
 * hint_gateways - about what is no address
 * @words: the command
 * @word: the word that was taken last
 */
bool hint_gateways(struct words *words, const char *word)
{
	if (is_long(word))
		return false;
	if (strchr(word, ',') && !strcmp(before(words, 1), "via"))
		return say(words, word,
			   "add a route for each gateway: those of one distance share");
	if (!strpbrk(word, ".:") && is_about(words, "nexthop set")) {
		fail_last(words, "\"%s\" is no IPv4 or IPv6 address: for an interface write \"dev %s\"",
			  word, word);
		return true;
	}
	return false;
}

/**
 * hint_ports - about what is neither a port nor a range
 * @words: the command
 * @word: the word that was taken last
 */
bool hint_ports(struct words *words, const char *word)
{
	const char *colon = strchr(word, ':');

	if (is_long(word))
		return false;
	if (strchr(word, ','))
		return say(words, word,
			   "there is one port or range here: add a rule for each");
	if (!colon || colon == word || !is_number(colon + 1) ||
	    strspn(word, "0123456789") != (size_t)(colon - word))
		return false;
	fail_last(words, "\"%s\": did you mean %.*s-%s?", word,
		  (int)(colon - word), word, colon + 1);
	return true;
}

/**
 * hint_command - about a first word that is no command
 * @words: the command
 * @word: the word that was taken last
 */
bool hint_command(struct words *words, const char *word)
{
	const char *next = words->next < words->count ?
			   words->word[words->next] : "";

	if (!strcmp(word, "ecmpctl"))
		return say(words, word, "leave it out: a command begins behind it");
	if (!is_among(word, "ip ipv6 routing /ip /ipv6 /routing"))
		return false;
	if (is_among(next, "route rule table nexthop"))
		fail_last(words, "\"%s\": leave it out: \"%s\" is the first word",
			  word, next);
	else
		say(words, word,
		    "leave it out, and begin with \"route\", \"rule\" or \"table\"");
	return true;
}
