// SPDX-License-Identifier: GPL-2.0
/*
 * The text of an export: words, quotation marks, escapes, brackets, lines that
 * go on in the next one. Lines end with LF, CRLF or CR.
 *
 * A backslash at the end of a line joins it with the next one, whose blanks
 * come to nothing: RouterOS breaks between words (behind a blank), behind the
 * "=" of a long value, and anywhere between quotation marks.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "routeros.h"

struct ros_block {
	struct ros_block	*next;
	max_align_t		data[];
};

static void *checked(void *memory)
{
	if (memory)
		return memory;
	fputs("ecmpctl: there is no memory left\n", stderr);
	exit(EXIT_REFUSED);
}

/**
 * ros_alloc - memory, all zero
 * @memory: what it belongs to
 * @size: bytes
 *
 * Return: never NULL: without memory the program ends; nothing has been
 * written until then.
 */
void *ros_alloc(struct ros_memory *memory, size_t size)
{
	struct ros_block *block = checked(calloc(1, sizeof(*block) + size));

	block->next = memory->blocks;
	memory->blocks = block;
	return block->data;
}

/**
 * ros_copy - keep a text
 * @memory: where
 * @text: any bytes
 * @length: how many
 *
 * Return: a copy, with a NUL behind it.
 */
char *ros_copy(struct ros_memory *memory, const char *text, size_t length)
{
	char *copy = ros_alloc(memory, length + 1);

	if (length)
		memcpy(copy, text, length);
	return copy;
}

/**
 * ros_format - keep a text that is put together
 * @memory: where
 * @fmt: the text
 */
char *ros_format(struct ros_memory *memory, const char *fmt, ...)
{
	va_list args;
	char *text;
	int length;

	va_start(args, fmt);
	length = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	text = ros_alloc(memory, length + 1);
	va_start(args, fmt);
	vsnprintf(text, length + 1, fmt, args);
	va_end(args);
	return text;
}

/**
 * ros_memory_free - forget everything
 * @memory: what
 */
void ros_memory_free(struct ros_memory *memory)
{
	struct ros_block *block;

	while ((block = memory->blocks)) {
		memory->blocks = block->next;
		free(block);
	}
}

/**
 * ros_memory_move - let memory belong to another
 * @to: what it shall belong to
 * @from: what it belongs to
 */
void ros_memory_move(struct ros_memory *to, struct ros_memory *from)
{
	struct ros_block **end = &from->blocks;

	while (*end)
		end = &(*end)->next;
	*end = to->blocks;
	to->blocks = from->blocks;
	from->blocks = NULL;
}

/**
 * ros_text_free - reading has ended
 * @t: what was read; its memory remains
 */
void ros_text_free(struct ros_text *t)
{
	free(t->word);
	t->word = NULL;
}

/* ---- bytes ---- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool is_newline(char c)
{
	return c == '\n' || c == '\r';
}

static void skip_newline(struct ros_text *t)
{
	if (*t->at == '\r' && t->end - t->at > 1 && t->at[1] == '\n')
		t->at++;
	t->at++;
	t->line++;
}

static size_t skip_blanks(struct ros_text *t)
{
	const char *from = t->at;

	while (t->at < t->end && is_blank(*t->at))
		t->at++;
	return t->at - from;
}

static void keep(struct ros_text *t, char c)
{
	if (t->used == t->room) {
		t->room = t->room ? t->room * 2 : 256;
		t->word = checked(realloc(t->word, t->room));
	}
	t->word[t->used++] = c;
}

/* At a backslash: does the line go on in the next one? */
static bool goes_on(const struct ros_text *t)
{
	const char *at = t->at + 1;

	while (at < t->end && is_blank(*at))
		at++;
	return at < t->end && is_newline(*at);
}

/* Over the end of the line; the blanks that its next one begins with. */
static size_t join(struct ros_text *t)
{
	t->at++;
	skip_blanks(t);
	skip_newline(t);
	return skip_blanks(t);
}

/* RouterOS writes capital letters; small ones are other escapes. */
static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static const char *escape(struct ros_text *t)
{
	static const char letters[] = "nrtabfv_", bytes[] = "\n\r\t\a\b\f\v ";
	const char *letter;
	int high, low;

	if (++t->at == t->end)
		return "the file ends in the middle of this word";
	high = hex_digit(*t->at);
	low = t->end - t->at > 1 ? hex_digit(t->at[1]) : -1;
	if (high >= 0 && low >= 0) {
		keep(t, high << 4 | low);
		t->at += 2;
		return high | low ? NULL : "there is a zero byte in this value";
	}
	letter = *t->at ? strchr(letters, *t->at) : NULL;
	if (letter) {
		keep(t, bytes[letter - letters]);
		t->at++;
		return NULL;
	}
	keep(t, *t->at);
	return strchr("\"\\$?", *t->at++) ? NULL :
	       "a backslash is followed by something that is no escape of RouterOS";
}

/* At the quotation mark. */
static void quoted(struct ros_text *t, struct ros_arg *arg)
{
	unsigned int line = t->line;
	const char *problem;

	t->at++;
	while (t->at < t->end && *t->at != '"') {
		if (*t->at == '\\' && goes_on(t)) {
			join(t);
		} else if (*t->at == '\\') {
			problem = escape(t);
			if (problem && !arg->problem)
				arg->problem = problem;
		} else if (is_newline(*t->at)) {
			skip_newline(t);
			keep(t, '\n');
		} else {
			if (*t->at == '$')
				arg->kind = ROS_SCRIPT;
			keep(t, *t->at++);
		}
	}
	if (t->at < t->end) {
		t->at++;
		return;
	}
	arg->line = line;
	arg->problem = "this quotation mark has no other one: the file ends before";
}

/* At [, ( or {: over all of it, which is kept as it is. */
static void brackets(struct ros_text *t, struct ros_arg *arg)
{
	unsigned int line = t->line, depth = 0;
	struct ros_arg inner = { .kind = ROS_TEXT };

	do {
		if (strchr("[({", *t->at))
			depth++;
		else if (strchr("])}", *t->at))
			depth--;
		if (*t->at == '"') {
			const char *from = t->at;
			size_t used = t->used;

			quoted(t, &inner);
			for (t->used = used; from < t->at; from++)
				keep(t, *from);
			continue;
		}
		if (*t->at == '\\' && goes_on(t)) {
			join(t);
			keep(t, ' ');
			continue;
		}
		if (is_newline(*t->at)) {
			skip_newline(t);
			keep(t, ' ');
			continue;
		}
		keep(t, *t->at);
		if (*t->at++ == '\\' && t->at < t->end)
			keep(t, *t->at++);
	} while (depth && t->at < t->end);
	if (!depth && !inner.problem)
		return;
	arg->line = line;
	arg->problem = "this bracket has no other one: the file ends before";
}

static bool ends_word(char c)
{
	return is_blank(c) || is_newline(c) || c == ';' || !c;
}

/* At the first byte of a value, or of a word that is none. */
static bool opens(struct ros_text *t, struct ros_arg *arg)
{
	switch (*t->at) {
	case '[':
		arg->kind = ROS_QUERY;
		brackets(t, arg);
		return true;
	case '(':
	case '{':
		arg->kind = ROS_SCRIPT;
		brackets(t, arg);
		return true;
	case '$':
		arg->kind = ROS_SCRIPT;
		return false;
	default:
		return false;
	}
}

/* A joined line: does the word go on there? */
static bool word_goes_on(const struct ros_text *t, size_t blanks)
{
	char last = t->used ? t->word[t->used - 1] : ' ';

	return last == '=' || last == ',' || !blanks;
}

/* The bytes of a word; where its value begins, or 0. */
static size_t word_bytes(struct ros_text *t, struct ros_arg *arg)
{
	size_t value = 0;
	bool first = true;

	while (t->at < t->end && !ends_word(*t->at)) {
		const char *problem;

		if (*t->at == '\\' && goes_on(t)) {
			if (!word_goes_on(t, join(t)))
				break;
			continue;
		}
		if (first && opens(t, arg)) {
			first = false;
			if (t->at < t->end && !ends_word(*t->at))
				arg->kind = ROS_SCRIPT;
			continue;
		}
		first = false;
		if (*t->at == '"') {
			quoted(t, arg);
		} else if (*t->at == '\\') {
			problem = escape(t);
			if (problem && !arg->problem)
				arg->problem = problem;
		} else {
			if (*t->at == '=' && !value && t->used &&
			    !arg->quoted) {
				value = t->used + 1;
				first = true;
			}
			keep(t, *t->at++);
		}
	}
	return value;
}

/**
 * ros_text_word - read the next word of a command
 * @t: where reading is
 *
 * Return: the word, or NULL at the end of the command, which is passed.
 */
struct ros_arg *ros_text_word(struct ros_text *t)
{
	size_t value, length;
	struct ros_arg *arg;

	skip_blanks(t);
	while (t->at < t->end && *t->at == '\\' && goes_on(t))
		join(t);
	if (t->at == t->end)
		return NULL;
	if (ends_word(*t->at)) {
		if (is_newline(*t->at))
			skip_newline(t);
		else
			t->at++;
		return NULL;
	}
	arg = ros_alloc(t->memory, sizeof(*arg));
	arg->line = t->line;
	t->used = 0;
	if (*t->at == '!') {
		arg->unset = true;
		t->at++;
	}
	arg->quoted = t->at < t->end && *t->at == '"';
	value = word_bytes(t, arg);
	if (!value && arg->kind != ROS_SWITCH) {
		/* Brackets alone: without the outermost ones. */
		arg->key = "";
		arg->value = ros_copy(t->memory, t->word + 1,
				      t->used > 2 ? t->used - 2 : 0);
		return arg;
	}
	arg->key = ros_copy(t->memory, t->word, value ? value - 1 : t->used);
	if (!value)
		return arg;
	length = t->used - value;
	if (arg->kind == ROS_SWITCH)
		arg->kind = ROS_TEXT;
	if (arg->kind == ROS_QUERY) {
		value++;
		length -= length > 1 ? 2 : length;
	}
	arg->value = ros_copy(t->memory, t->word + value, length);
	return arg;
}

static void skip_comment(struct ros_text *t)
{
	while (t->at < t->end && !is_newline(*t->at))
		t->at++;
	if (t->at < t->end)
		skip_newline(t);
}

/**
 * ros_text_begin - go to where the next command begins
 * @t: where reading is
 *
 * Return: false at the end.
 */
bool ros_text_begin(struct ros_text *t)
{
	while (t->at < t->end) {
		if (is_blank(*t->at) || *t->at == ';' || !*t->at)
			t->at++;
		else if (is_newline(*t->at))
			skip_newline(t);
		else if (*t->at == '#')
			skip_comment(t);
		else if (*t->at == '\\' && goes_on(t))
			join(t);
		else
			return true;
	}
	return false;
}
