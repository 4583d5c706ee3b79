// SPDX-License-Identifier: GPL-2.0
/*
 * Words are split at blanks. "..." holds blanks, and in it \" and \\ stand for
 * " and \, and \xHH for the byte of this number: names of interfaces may have
 * any. A # where a word could begin starts a comment. The text is UTF-8
 * without control characters; a carriage return at the end of a line, and the
 * mark that some editors put before everything, are passed over.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "file.h"
#include "text.h"

static int read_all(struct file *file, FILE *in)
{
	size_t room = 0, got;
	struct stat st;
	char *more;

	if (!fstat(fileno(in), &st) && S_ISDIR(st.st_mode)) {
		errno = EISDIR;
		return -1;
	}
	do {
		if (file->size == room) {
			room = room ? room * 2 : 65536;
			more = realloc(file->text, room);
			if (!more)
				return -1;
			file->text = more;
		}
		got = fread(file->text + file->size, 1, room - file->size, in);
		file->size += got;
	} while (got);
	/* The last fread() had room. */
	file->text[file->size] = '\0';
	return ferror(in) ? -1 : 0;
}

/**
 * file_read - read a whole file
 * @file: zeroed; file_free() is the caller's in every case
 * @name: its name; "-" is standard input
 *
 * Behind the text is a NUL, for what reads numbers.
 *
 * Return: 0, or -1 with errno.
 */
int file_read(struct file *file, const char *name)
{
	bool standard = !strcmp(name, "-");
	FILE *in = standard ? stdin : fopen(name, "r");
	int err, error;

	file->name = standard ? "standard input" : name;
	if (!in)
		return -1;
	err = read_all(file, in);
	error = errno;
	if (!standard)
		fclose(in);
	errno = error;
	return err;
}

/**
 * file_free - forget a file
 * @file: of file_read()
 */
void file_free(struct file *file)
{
	free(file->text);
	file->text = NULL;
}

/**
 * line_init - prepare to read lines
 * @line: what to prepare; line_free() is the caller's
 * @file: the file
 *
 * Return: 0, or -1 without memory.
 */
int line_init(struct line *line, const struct file *file)
{
	size_t longest = 0, at, length;
	const char *end;

	memset(line, 0, sizeof(*line));
	if (file->size >= 3 && !memcmp(file->text, "\xef\xbb\xbf", 3))
		line->end = 3;
	for (at = 0; at < file->size; at += length + 1) {
		end = memchr(file->text + at, '\n', file->size - at);
		length = (end ? (size_t)(end - file->text) : file->size) - at;
		if (length > longest)
			longest = length;
	}
	/* A word needs its own bytes, and the blank behind it for the NUL. */
	line->buf = malloc(longest + 1);
	return line->buf ? 0 : -1;
}

/**
 * line_free - undo line_init()
 * @line: the line
 */
void line_free(struct line *line)
{
	free(line->buf);
	line->buf = NULL;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static const char *check_text(const char *at, const char *end)
{
	uint32_t code;
	size_t size;

	for (at += text_plain(at, end - at); at < end; at += size) {
		size = utf8_character(at, end - at, &code);
		if (!size)
			return "this line is not UTF-8";
		if (is_control(code) && code != '\t')
			return "there is a control character in this line";
	}
	return NULL;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* What stands behind a backslash; its last character, or NULL. */
static const char *unescape(const char *at, const char *end, char *byte)
{
	int high, low;

	if (at == end)
		return NULL;
	*byte = *at;
	if (*at == '"' || *at == '\\')
		return at;
	if (*at != 'x' || end - at < 3)
		return NULL;
	high = hex_digit(at[1]);
	low = hex_digit(at[2]);
	if (high < 0 || low < 0 || !(high | low))
		return NULL;
	*byte = high << 4 | low;
	return at + 2;
}

/* How much of a word stands for itself: blanks sort before the mark. */
static size_t plain_length(const char *at, const char *end)
{
	const char *start = at;

	while (at < end && *at > '"')
		at++;
	return at - start;
}

/* One word from at to buf at *used; where the text goes on, NULL: a problem. */
static const char *split_word(struct line *line, const char *at,
			      const char *end, size_t *used)
{
	char *to = line->buf + *used, byte;
	size_t plain = plain_length(at, end);
	bool quoted = false;

	line->word[line->count++] = to;
	memcpy(to, at, plain);
	at += plain;
	to += plain;
	for (; at < end && (quoted || !is_blank(*at)); at++) {
		if (*at == '"') {
			quoted = !quoted;
			continue;
		}
		byte = *at;
		if (quoted && *at == '\\') {
			at = unescape(at + 1, end, &byte);
			if (!at) {
				line->problem = "in quotation marks a backslash is written \\\\ and a quotation mark \\\"";
				return NULL;
			}
		}
		*to++ = byte;
	}
	*to++ = '\0';
	*used = to - line->buf;
	if (!quoted)
		return at;
	line->problem = "a quotation mark is missing at the end of this line";
	return NULL;
}

static void split(struct line *line, const char *at, const char *end)
{
	size_t used = 0;

	line->count = 0;
	line->problem = check_text(at, end);
	while (!line->problem) {
		while (at < end && is_blank(*at))
			at++;
		if (at == end || *at == '#')
			return;
		if (line->count == LINE_WORDS) {
			line->problem = "there are too many words in this line";
			return;
		}
		at = split_word(line, at, end, &used);
	}
}

/**
 * line_at - read the line that begins at a place of the file
 * @line: of line_init(); its number is the caller's
 * @file: the file
 * @start: the place
 */
void line_at(struct line *line, const struct file *file, size_t start)
{
	const char *at = file->text + start;
	const char *end = memchr(at, '\n', file->size - start);

	line->start = start;
	line->end = end ? (size_t)(end - file->text) + 1 : file->size;
	if (!end)
		end = file->text + file->size;
	if (end > at && end[-1] == '\r')
		end--;
	split(line, at, end);
}

/**
 * line_next - read the next line
 * @line: of line_init()
 * @file: the file
 *
 * Return: false at the end of the file.
 */
bool line_next(struct line *line, const struct file *file)
{
	if (line->end >= file->size)
		return false;
	line->number++;
	line_at(line, file, line->end);
	return true;
}
