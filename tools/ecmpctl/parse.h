/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Words into values. A command is a list of words, from the command line or
 * from a line of a file; what reads them is the same.
 *
 * The functions words_*() take the next word. They return false when it is
 * not what the grammar wants; then words->problem is a sentence that quotes
 * the word.
 */
#ifndef ECMPCTL_PARSE_H
#define ECMPCTL_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "address.h"
#include "names.h"

#define WORDS_ATTRIBUTES	64
#define WORD_SHOWN	60	/* bytes of a word that a sentence quotes */
#define PROTOCOL_TEXT	16	/* room for a protocol */

/**
 * struct words - a command that is being read
 * @word: the words
 * @count: how many
 * @next: the first that has not been read
 * @command: how many words name the command; known once it was found
 * @family: AF_INET or AF_INET6 with -4 or -6, or AF_UNSPEC
 * @at: the word that an attribute came from, by the attribute's number, so
 *	that a refusal of the kernel can point at it; 0: none did
 * @problem: what is wrong, a sentence
 */
struct words {
	const char *const	*word;
	unsigned int		count;
	unsigned int		next;
	unsigned int		command;
	uint8_t			family;
	unsigned int		at[WORDS_ATTRIBUTES];
	char			problem[512];
};

/**
 * struct keyword - a word that an optional part of a command starts with
 * @word: the word
 * @parse: reads what follows it into the object
 *
 * A list of keywords ends with a NULL word and has at most 64.
 */
struct keyword {
	const char	*word;
	bool		(*parse)(struct words *words, void *object);
};

void words_init(struct words *words, const char *const *word,
		unsigned int count);
bool words_fail(struct words *words, unsigned int at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* The sentence is about the word that was taken last. */
#define fail_last(words, ...) words_fail(words, (words)->next - 1, __VA_ARGS__)
bool words_left(const struct words *words);
bool words_end(struct words *words);
bool words_next_is(const struct words *words, const char *word);
bool words_match(struct words *words, const char *word);
bool words_keywords(struct words *words, const struct keyword *keywords,
		    void *object);
bool words_keyword(struct words *words, const struct keyword *keywords,
		   void *object);
const char *words_command(const struct words *words, char *buf, size_t size);

const char *words_take(struct words *words, const char *expected);
bool words_choice(struct words *words, const struct name *set,
		  unsigned int *value);
bool words_flag(struct words *words, bool *value);
bool words_number(struct words *words, const char *expected, uint64_t min,
		  uint64_t max, uint64_t *value);
bool words_address(struct words *words, struct address *address);
bool words_family(struct words *words, uint8_t family);
bool words_both_families(struct words *words);
bool words_check_family(struct words *words, uint8_t family);
bool words_prefix(struct words *words, struct prefix *prefix);
bool words_destination(struct words *words, struct prefix *prefix);
bool words_ports(struct words *words, uint16_t *min, uint16_t *max);
bool words_mark(struct words *words, uint32_t *mark, uint32_t *mask);
bool words_protocol(struct words *words, uint8_t *protocol);
bool words_device(struct words *words, const char **name);
bool words_table(struct words *words, const char **name);
bool words_comment(struct words *words, const char **comment);

bool parse_number(const char *text, uint64_t *value);
const char *protocol_text(uint8_t protocol, char *buf);

#endif /* ECMPCTL_PARSE_H */
