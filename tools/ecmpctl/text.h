/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ECMPCTL_TEXT_H
#define ECMPCTL_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Bytes that a word of so many may need in quotes. */
#define TEXT_QUOTED(n)	(4 * (n) + 3)
#define NUMBER_TEXT	24	/* room for a number */

/* Nearly always the first characters tell that they are not. */
static inline bool text_same(const char *a, const char *b)
{
	return *a == *b && !strcmp(a, b);
}

char *number_put(uint64_t number, char *at);
size_t utf8_character(const char *start, size_t length, uint32_t *code);
bool is_control(uint32_t code);
bool text_is_utf8(const char *text, size_t length);
size_t text_plain(const char *text, size_t length);
bool text_is_clean(const char *text, size_t length);
char *text_tame(char *text);
char *text_tame_lines(char *text);
size_t text_width(const char *text);
size_t text_width_of(const char *text, size_t length);
size_t text_fit(const char *text, size_t width, const char **rest);
void text_wrap(FILE *out, const char *text, size_t width, size_t indent);
void text_add_word(char *text, size_t size, const char *word);
void text_add(char *text, size_t size, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
const char *text_quote(const char *word, char *buf, size_t size);

#endif /* ECMPCTL_TEXT_H */
