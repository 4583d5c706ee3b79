/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ECMPCTL_TEXT_H
#define ECMPCTL_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes that a word of so many may need in quotes. */
#define TEXT_QUOTED(n)	(2 * (n) + 3)

size_t utf8_character(const char *start, size_t length, uint32_t *code);
bool is_control(uint32_t code);
bool text_is_clean(const char *text, size_t length);
char *text_tame(char *text);
size_t text_width(const char *text);
void text_add(char *text, size_t size, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
const char *text_quote(const char *word, char *buf, size_t size);

#endif /* ECMPCTL_TEXT_H */
