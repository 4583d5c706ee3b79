// SPDX-License-Identifier: GPL-2.0
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "text.h"

/**
 * number_put - number to text, many times faster than printf()
 * @number: what to write
 * @at: where to; NUMBER_TEXT bytes
 *
 * Return: where the text ends, with a NUL.
 */
char *number_put(uint64_t number, char *at)
{
	char digits[NUMBER_TEXT];
	unsigned int n = 0;

	do {
		digits[n++] = '0' + number % 10;
		number /= 10;
	} while (number);
	while (n)
		*at++ = digits[--n];
	*at = '\0';
	return at;
}

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
 * text_plain - how many bytes at the beginning of a text are printable ASCII?
 * @text: need not end with a NUL
 * @length: in bytes
 *
 * Nearly all that is read and printed is nothing else, and need not be looked
 * at closely: each byte is a character of one column.
 */
size_t text_plain(const char *text, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++)
		if (text[i] < ' ' || text[i] > '~')
			break;
	return i;
}

/**
 * text_is_utf8 - is it UTF-8?
 * @text: need not end with a NUL
 * @length: in bytes
 */
bool text_is_utf8(const char *text, size_t length)
{
	uint32_t code;
	size_t size;

	for (; length; text += size, length -= size) {
		size = utf8_character(text, length, &code);
		if (!size)
			return false;
	}
	return true;
}

/**
 * text_is_clean - is it UTF-8 without control characters?
 * @text: need not end with a NUL
 * @length: in bytes
 */
bool text_is_clean(const char *text, size_t length)
{
	size_t size = text_plain(text, length);
	uint32_t code;

	text += size;
	length -= size;
	for (; length; text += size, length -= size) {
		size = utf8_character(text, length, &code);
		if (!size || is_control(code))
			return false;
	}
	return true;
}

static char *tame(char *text, bool lines)
{
	size_t left = strlen(text), size;
	const char *from = text;
	char *to = text;
	uint32_t code;

	for (; left; from += size, left -= size) {
		size = utf8_character(from, left, &code);
		if (size && ((lines && code == '\n') || !is_control(code))) {
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
 * text_tame - replace what a terminal would obey
 * @text: any bytes; afterwards UTF-8 without control characters
 *
 * Return: @text.
 */
char *text_tame(char *text)
{
	return tame(text, false);
}

/**
 * text_tame_lines - replace what a terminal would obey, but for line feeds
 * @text: any bytes; afterwards UTF-8
 *
 * Return: @text.
 */
char *text_tame_lines(char *text)
{
	return tame(text, true);
}

/* What terminals agree on; between these all are one column wide. */
static const struct { uint32_t first, last; uint8_t width; } widths[] = {
	{ 0x00300, 0x0036f, 0 },	/* combining */
	{ 0x01100, 0x0115f, 2 },	/* Hangul Jamo */
	{ 0x0200b, 0x0200f, 0 },	/* zero width, directions */
	{ 0x0202a, 0x0202e, 0 },
	{ 0x02e80, 0x0303e, 2 },	/* CJK */
	{ 0x03041, 0x0a4cf, 2 },
	{ 0x0ac00, 0x0d7a3, 2 },	/* Hangul */
	{ 0x0f900, 0x0faff, 2 },
	{ 0x0fe00, 0x0fe0f, 0 },	/* variation selectors */
	{ 0x0fe30, 0x0fe6f, 2 },
	{ 0x0ff00, 0x0ff60, 2 },	/* fullwidth */
	{ 0x0ffe0, 0x0ffe6, 2 },
	{ 0x1f300, 0x1f64f, 2 },	/* pictures */
	{ 0x1f900, 0x1f9ff, 2 },
	{ 0x20000, 0x3fffd, 2 },	/* CJK */
};

static size_t character_width(uint32_t code)
{
	unsigned int i;

	if (code < widths[0].first)
		return 1;
	for (i = 0; i < sizeof(widths) / sizeof(widths[0]); i++)
		if (code >= widths[i].first && code <= widths[i].last)
			return widths[i].width;
	return 1;
}

/*
 * The columns of the first character, and its bytes. A colour, which only this
 * program writes, is a character of no width.
 */
static size_t first_width(const char *text, size_t length, size_t *size)
{
	uint32_t code;

	if (*text == '\033' && length > 1) {
		*size = strcspn(text, "m");
		*size += *size < length;
		return 0;
	}
	*size = utf8_character(text, length, &code);
	if (*size)
		return character_width(code);
	*size = 1;
	return 1;
}

/**
 * text_width_of - columns that the beginning of a text takes on a terminal
 * @text: as for text_width()
 * @length: bytes of it
 */
size_t text_width_of(const char *text, size_t length)
{
	size_t width = text_plain(text, length), size;

	text += width;
	length -= width;
	for (; length; text += size, length -= size)
		width += first_width(text, length, &size);
	return width;
}

/**
 * text_width - columns that a text takes on a terminal
 * @text: UTF-8 without control characters, but for colours
 */
size_t text_width(const char *text)
{
	return text_width_of(text, strlen(text));
}

/**
 * text_fit - how much of a text fits into so many columns?
 * @text: as for text_width()
 * @width: columns, at least one
 * @rest: what comes on the next line; empty: nothing
 *
 * Return: bytes; up to a blank, unless the first word alone is too long.
 */
size_t text_fit(const char *text, size_t width, const char **rest)
{
	size_t left = strlen(text), used = 0, at = 0, blank = 0, size, more;

	for (; left; at += size, left -= size) {
		more = first_width(text + at, left, &size);
		if (used + more > width && at)
			break;
		used += more;
		if (text[at] == ' ')
			blank = at;
	}
	if (left && text[at] == ' ')
		blank = at;
	if (left && blank)
		at = blank;
	*rest = text + at + (left ? strspn(text + at, " ") : 0);
	return at;
}

/**
 * text_wrap - print a line, broken at blanks
 * @out: where to
 * @text: the line, without its end; as for text_width()
 * @width: columns; 0: any number
 * @indent: columns before what does not fit on the first line
 */
void text_wrap(FILE *out, const char *text, size_t width, size_t indent)
{
	size_t column = 0, blanks, length, word;

	for (; *text; text += blanks + length) {
		blanks = strspn(text, " ");
		length = strcspn(text + blanks, " ");
		word = text_width_of(text + blanks, length);
		if (width && column > indent && word &&
		    column + blanks + word > width) {
			fprintf(out, "\n%*s", (int)indent, "");
			column = indent;
		} else {
			fprintf(out, "%*s", (int)blanks, "");
			column += blanks;
		}
		fwrite(text + blanks, 1, length, out);
		column += word;
	}
}

/**
 * text_add_word - add a word to a text, after a blank
 * @text: NUL-terminated
 * @size: bytes that there is room for; what does not fit is cut off
 * @word: the word
 */
void text_add_word(char *text, size_t size, const char *word)
{
	size_t used = strlen(text), length = strlen(word);

	if (used + 2 >= size)
		return;
	if (used)
		text[used++] = ' ';
	if (length > size - used - 1)
		length = size - used - 1;
	memcpy(text + used, word, length);
	text[used + length] = '\0';
}

/**
 * text_add - add words to a text, after a blank
 * @text: as for text_add_word()
 * @size: likewise
 * @fmt: the words
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

static bool is_plain(const char *word)
{
	return word[0] && word[0] != '#' && !strpbrk(word, " \t\"\\") &&
	       text_is_clean(word, strlen(word));
}

/**
 * text_quote - a word so that it is read back as one word
 * @word: any bytes; what is no UTF-8 or a control character becomes \xHH
 * @buf: room for it; TEXT_QUOTED(n) bytes hold every word of n
 * @size: of @buf
 *
 * Return: @buf.
 */
const char *text_quote(const char *word, char *buf, size_t size)
{
	size_t left = strlen(word), used = 0, length, i;
	uint32_t code;

	if (is_plain(word)) {
		snprintf(buf, size, "%s", word);
		return buf;
	}
	buf[used++] = '"';
	for (; left; word += length, left -= length) {
		length = utf8_character(word, left, &code);
		if (used + 4 * (length ? length : 1) + 2 > size)
			break;
		if (length && !is_control(code)) {
			if (code == '"' || code == '\\')
				buf[used++] = '\\';
			memcpy(buf + used, word, length);
			used += length;
			continue;
		}
		length = length ? length : 1;
		for (i = 0; i < length; i++)
			used += sprintf(buf + used, "\\x%02x",
					(unsigned char)word[i]);
	}
	buf[used++] = '"';
	buf[used] = '\0';
	return buf;
}
