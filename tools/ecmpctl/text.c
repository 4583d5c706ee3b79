// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>

#include "text.h"

/**
 * utf8_character - read one character of UTF-8
 * @start: its first byte
 * @length: bytes that there are, at least one
 * @code: its number
 *
 * Return: the bytes that it has; 0 if it is not valid: cut short, written too
 * long, a surrogate, too large.
 */
size_t utf8_character(const char *start, size_t length, uint32_t *code)
{
	const unsigned char *text = (const unsigned char *)start;
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t size, i;

	if (text[0] < 0x80) {
		*code = text[0];
		return 1;
	}
	size = text[0] >= 0xf0 ? 4 : text[0] >= 0xe0 ? 3 : 2;
	if (text[0] < 0xc0 || text[0] > 0xf7 || size > length)
		return 0;
	*code = text[0] & (0x7f >> size);
	for (i = 1; i < size; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		*code = *code << 6 | (text[i] & 0x3f);
	}
	if (*code < least[size] || *code > 0x10ffff ||
	    (*code >= 0xd800 && *code <= 0xdfff))
		return 0;
	return size;
}

/**
 * is_control - would a terminal obey this character?
 * @code: its number
 */
bool is_control(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0);
}

/**
 * text_is_clean - is it UTF-8 without control characters?
 * @text: need not end with a NUL
 * @length: in bytes
 */
bool text_is_clean(const char *text, size_t length)
{
	uint32_t code;
	size_t size;

	while (length) {
		size = utf8_character(text, length, &code);
		if (!size || is_control(code))
			return false;
		text += size;
		length -= size;
	}
	return true;
}

/**
 * text_width - columns that a text takes on a terminal
 * @text: UTF-8 without control characters
 *
 * Counts characters; wide and combining ones are not known here.
 */
size_t text_width(const char *text)
{
	size_t width = 0;

	for (; *text; text++)
		width += (*text & 0xc0) != 0x80;
	return width;
}

/**
 * text_put_word - write a word so that it is read back as one word
 * @out: where to
 * @word: UTF-8 without control characters
 *
 * Return: the columns that it takes.
 */
size_t text_put_word(FILE *out, const char *word)
{
	size_t width = text_width(word) + 2;

	if (word[0] && word[0] != '#' && !strpbrk(word, " \t\"\\")) {
		fputs(word, out);
		return width - 2;
	}
	putc('"', out);
	for (; *word; word++) {
		if (*word == '"' || *word == '\\') {
			putc('\\', out);
			width++;
		}
		putc(*word, out);
	}
	putc('"', out);
	return width;
}
