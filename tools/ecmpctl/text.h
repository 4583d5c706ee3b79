/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ECMPCTL_TEXT_H
#define ECMPCTL_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

size_t utf8_character(const char *start, size_t length, uint32_t *code);
bool is_control(uint32_t code);
bool text_is_clean(const char *text, size_t length);
size_t text_width(const char *text);
size_t text_put_word(FILE *out, const char *word);

#endif /* ECMPCTL_TEXT_H */
