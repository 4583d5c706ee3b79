// SPDX-License-Identifier: GPL-2.0
/*
 * A command's words, one after the other, and its keywords.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hint.h"
#include "parse.h"
#include "suggest.h"
#include "text.h"

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
