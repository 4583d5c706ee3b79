// SPDX-License-Identifier: GPL-2.0
#include <stdarg.h>
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
 * text_tame - replace what a terminal would obey, but for line feeds
 * @text: any bytes; afterwards UTF-8
 *
 * Return: @text.
 */
char *text_tame(char *text)
{
	size_t left = strlen(text), size;
	const char *from = text;
	char *to = text;
	uint32_t code;

	for (; left; from += size, left -= size) {
		size = utf8_character(from, left, &code);
		if (size && (code == '\n' || !is_control(code))) {
			memmove(to, from, size);
			to += size;
			continue;
		}
		*to++ = '?';
		size = size ? size : 1;
	}
	*to = '\0';
	return text;
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
 * text_add - add a word to a text, after a blank
 * @text: NUL-terminated
 * @size: bytes that there is room for; what does not fit is cut off
 * @fmt: the word, or several
 */
void text_add(char *text, size_t size, const char *fmt, ...)
{
	size_t used = strlen(text);
	va_list args;

	if (used + 2 >= size)
		return;
	if (used)
		text[used++] = ' ';
	va_start(args, fmt);
	vsnprintf(text + used, size - used, fmt, args);
	va_end(args);
}

/**
 * text_quote - a word so that it is read back as one word
 * @word: UTF-8 without control characters
 * @buf: room for it; TEXT_QUOTED(n) bytes hold every word of n
 * @size: of @buf
 *
 * Return: @buf.
 */
const char *text_quote(const char *word, char *buf, size_t size)
{
	size_t used = 0;

	if (word[0] && word[0] != '#' && !strpbrk(word, " \t\"\\")) {
		snprintf(buf, size, "%s", word);
		return buf;
	}
	buf[used++] = '"';
	for (; *word && used + 4 <= size; word++) {
		if (*word == '"' || *word == '\\')
			buf[used++] = '\\';
		buf[used++] = *word;
	}
	buf[used++] = '"';
	buf[used] = '\0';
	return buf;
}
