// SPDX-License-Identifier: GPL-2.0
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "print.h"
#include "print_layout.h"
#include "text.h"

#define COLOR_END	"\033[0m"

static const char *const color_codes[] = {
	[COLOR_GOOD]	= "\033[32m",
	[COLOR_WAIT]	= "\033[33m",
	[COLOR_BAD]	= "\033[31m",
	[COLOR_FAINT]	= "\033[2m",
	[COLOR_NAME]	= "\033[36m",
	[COLOR_HEAD]	= "\033[1m",
};

/**
 * print_colored - bytes, in a colour if the terminal has any
 * @p: where to
 * @color: which
 * @text: the bytes
 * @length: how many
 */
void print_colored(struct printer *p, enum color color, const char *text,
		   size_t length)
{
	bool colored = p->color && color != COLOR_NONE && length;

	if (colored)
		fputs_unlocked(color_codes[color], p->out);
	fwrite_unlocked(text, 1, length, p->out);
	if (colored)
		fputs_unlocked(COLOR_END, p->out);
}

/* ---- JSON ---- */

static void json_indent(struct printer *p)
{
	unsigned int i;

	if (!p->pretty)
		return;
	putc_unlocked('\n', p->out);
	for (i = 0; i < p->depth; i++)
		fputs_unlocked("    ", p->out);
}

/* How many bytes there are to the next that may not stand as it is. */
static size_t json_plain(const char *text)
{
	size_t i;

	for (i = 0; text[i] >= ' ' && text[i] <= '~'; i++)
		if (text[i] == '"' || text[i] == '\\')
			break;
	return i;
}

static void json_quote(struct printer *p, const char *text)
{
	size_t left = strlen(text), size;
	uint32_t code;

	putc_unlocked('"', p->out);
	for (; left; text += size, left -= size) {
		size = json_plain(text);
		if (size) {
			fwrite_unlocked(text, 1, size, p->out);
			continue;
		}
		size = utf8_character(text, left, &code);
		if (!size) {
			fputs_unlocked("\\ufffd", p->out);
			size = 1;
		} else if (is_control(code)) {
			fprintf(p->out, "\\u%04x", code);
		} else {
			if (code == '"' || code == '\\')
				putc_unlocked('\\', p->out);
			fwrite_unlocked(text, 1, size, p->out);
		}
	}
	putc_unlocked('"', p->out);
}

/* What comes before a value: the comma after the last one, and its plain key. */
static void json_key(struct printer *p, const char *key)
{
	if (p->depth) {
		if (p->filled[p->depth - 1])
			putc_unlocked(',', p->out);
		p->filled[p->depth - 1] = true;
		json_indent(p);
	}
	if (key) {
		putc_unlocked('"', p->out);
		fputs_unlocked(key, p->out);
		fputs_unlocked(p->pretty ? "\": " : "\":", p->out);
	}
}

static void json_open(struct printer *p, const char *key, char bracket)
{
	if (!p->json)
		return;
	json_key(p, key);
	putc_unlocked(bracket, p->out);
	p->filled[p->depth++] = false;
}

static void json_close(struct printer *p, char bracket)
{
	bool filled;

	if (!p->json)
		return;
	filled = p->filled[--p->depth];
	if (filled)
		json_indent(p);
	putc_unlocked(bracket, p->out);
	if (!p->depth)
		putc_unlocked('\n', p->out);
}

/**
 * print_object_begin - open an object of JSON
 * @p: where to
 * @key: its key; NULL in an array and at the top
 */
void print_object_begin(struct printer *p, const char *key)
{
	json_open(p, key, '{');
}

/**
 * print_object_end - close an object of JSON
 * @p: where to
 */
void print_object_end(struct printer *p)
{
	json_close(p, '}');
}

/**
 * print_array_begin - open an array of JSON
 * @p: where to
 * @key: its key; NULL in an array and at the top
 */
void print_array_begin(struct printer *p, const char *key)
{
	json_open(p, key, '[');
}

/**
 * print_array_end - close an array of JSON
 * @p: where to
 */
void print_array_end(struct printer *p)
{
	json_close(p, ']');
}

/**
 * print_bool - true or false, in JSON only
 * @p: where to
 * @key: its key
 * @value: which
 */
void print_bool(struct printer *p, const char *key, bool value)
{
	if (!p->json)
		return;
	json_key(p, key);
	fputs_unlocked(value ? "true" : "false", p->out);
}

/* ---- text ---- */

static bool text_room(struct printer *p, size_t more)
{
	size_t size = p->text_size ? p->text_size : 256;
	char *text;

	while (size < p->text_used + more)
		size *= 2;
	if (size == p->text_size)
		return true;
	text = realloc(p->text, size);
	if (!text) {
		p->failed = true;
		return false;
	}
	p->text = text;
	p->text_size = size;
	return true;
}

static void text_add_bytes(struct printer *p, const char *text, size_t length)
{
	if (!text_room(p, length + 1))
		return;
	memcpy(p->text + p->text_used, text, length);
	p->text_used += length;
	p->text[p->text_used] = '\0';
}

static void line_end(struct printer *p)
{
	if (p->text_used)
		text_wrap(p->out, p->text, p->room, INDENT);
	p->text_used = 0;
}

/* To the line, which is printed when it ends. */
static void line_put(struct printer *p, enum color color, const char *text)
{
	bool colored = p->color && color != COLOR_NONE;
	size_t length = strcspn(text, "\n");

	for (;;) {
		if (colored && length)
			text_add_bytes(p, color_codes[color],
				       strlen(color_codes[color]));
		text_add_bytes(p, text, length);
		if (colored && length)
			text_add_bytes(p, COLOR_END, strlen(COLOR_END));
		if (!text[length])
			return;
		line_end(p);
		putc_unlocked('\n', p->out);
		text += length + 1;
		length = strcspn(text, "\n");
	}
}

/* To the open cell, or to the line. */
static void text_put(struct printer *p, enum color color, const char *text)
{
	if (!p->columns) {
		line_put(p, color, text);
		return;
	}
	if (color != COLOR_NONE)
		p->rows[p->row_count].color[p->cell] = color;
	text_add_bytes(p, text, strlen(text));
}

/* Text that others may have had a hand in: a terminal obeys none of it. */
static void text_append(struct printer *p, enum color color, const char *text,
			bool lines)
{
	char *tamed;

	if (!text[0])
		return;
	if (text_is_clean(text, strlen(text))) {
		text_put(p, color, text);
		return;
	}
	tamed = strdup(text);
	if (tamed)
		text_put(p, color, lines && !p->columns ?
				   text_tame_lines(tamed) : text_tame(tamed));
	else
		p->failed = true;
	free(tamed);
}

/**
 * print_text - text that is not in JSON
 * @p: where to
 * @fmt: the text
 */
void print_text(struct printer *p, const char *fmt, ...)
{
	enum color color = p->next;
	char buf[2048];
	va_list args;

	p->next = COLOR_NONE;
	if (p->json)
		return;
	va_start(args, fmt);
	vsnprintf(buf, sizeof(buf), fmt, args);
	va_end(args);
	text_append(p, color, buf, true);
}

/**
 * print_color - the colour of the next value or text
 * @p: where to
 * @color: in a table that of the whole cell
 */
void print_color(struct printer *p, enum color color)
{
	p->next = color;
}

/**
 * print_string - a string
 * @p: where to
 * @key: its key in JSON; NULL: in an array, or not in JSON when not in one
 * @before: in text what comes before it; NULL: it is in JSON only
 * @value: the string; in JSON any bytes, in text without control characters
 */
void print_string(struct printer *p, const char *key, const char *before,
		  const char *value)
{
	enum color color = p->next;

	p->next = COLOR_NONE;
	if (p->json) {
		json_key(p, key);
		json_quote(p, value);
	} else if (before) {
		text_append(p, COLOR_NONE, before, true);
		text_append(p, color, value, false);
	}
}

/**
 * print_name - the name of an interface, which may have bytes of any kind
 * @p: where to
 * @key: its key in JSON; what is no UTF-8 is also in KEY_hex, byte by byte
 * @before: as for print_string()
 * @name: the name; in text as the grammar takes it if it cannot be shown
 */
void print_name(struct printer *p, const char *key, const char *before,
		const char *name)
{
	char quoted[512], hex_key[64];
	size_t i;

	if (!p->json) {
		if (!text_is_clean(name, strlen(name)))
			name = text_quote(name, quoted, sizeof(quoted));
		print_string(p, key, before, name);
		return;
	}
	print_string(p, key, before, name);
	if (text_is_utf8(name, strlen(name)))
		return;
	snprintf(hex_key, sizeof(hex_key), "%s_hex", key);
	json_key(p, hex_key);
	putc_unlocked('"', p->out);
	for (i = 0; name[i]; i++)
		fprintf(p->out, "%02x", (unsigned char)name[i]);
	putc_unlocked('"', p->out);
}

/**
 * print_number - a number
 * @p: where to
 * @key: its key in JSON
 * @before: in text what comes before it; NULL: it is in JSON only
 * @value: the number
 */
void print_number(struct printer *p, const char *key, const char *before,
		  uint64_t value)
{
	enum color color = p->next;
	char buf[NUMBER_TEXT];

	p->next = COLOR_NONE;
	number_put(value, buf);
	if (p->json) {
		json_key(p, key);
		fputs_unlocked(buf, p->out);
	} else if (before) {
		text_append(p, COLOR_NONE, before, true);
		text_append(p, color, buf, false);
	}
}

/* ---- tables ---- */

/**
 * print_table_begin - open a table; in JSON an array of objects
 * @p: where to
 * @key: of the array; NULL at the top
 * @columns: of the table
 * @count: how many
 */
void print_table_begin(struct printer *p, const char *key,
		       const struct column *columns, unsigned int count)
{
	if (p->json) {
		print_array_begin(p, key);
		return;
	}
	line_end(p);
	p->rows = calloc(PRINT_ROWS, sizeof(*p->rows));
	p->failed = p->failed || !p->rows;
	p->columns = p->rows ? columns : NULL;
	p->column_count = count;
	p->begun = false;
	p->row_count = 0;
}

/**
 * print_row_begin - open a row of a table; in JSON an object
 * @p: where to
 */
void print_row_begin(struct printer *p)
{
	print_object_begin(p, NULL);
	if (!p->columns)
		return;
	memset(&p->rows[p->row_count], 0, sizeof(*p->rows));
	p->text_used = 0;
	text_add_bytes(p, "", 0);
}

/**
 * print_cell - what is printed from now on goes to this cell
 * @p: where to
 * @column: its number; each once in a row
 */
void print_cell(struct printer *p, unsigned int column)
{
	if (!p->columns)
		return;
	/* Behind the NUL of the one before. */
	p->text_used++;
	p->cell = column;
	p->rows[p->row_count].start[column] = p->text_used;
	text_add_bytes(p, "", 0);
}

/**
 * print_row_end - close a row
 * @p: where to
 */
void print_row_end(struct printer *p)
{
	struct row *row;

	print_object_end(p);
	if (!p->columns || p->failed)
		return;
	row = &p->rows[p->row_count];
	row->text = malloc(p->text_used + 1);
	if (!row->text) {
		p->failed = true;
		return;
	}
	memcpy(row->text, p->text, p->text_used + 1);
	if (++p->row_count == PRINT_ROWS)
		print_rows(p);
}

/**
 * print_table_end - close a table
 * @p: where to
 */
void print_table_end(struct printer *p)
{
	print_array_end(p);
	if (!p->columns)
		return;
	print_rows(p);
	p->columns = NULL;
	free(p->rows);
	p->rows = NULL;
	p->text_used = 0;
}

/**
 * print_end - all has been printed
 * @p: where to
 *
 * Return: 0, or -1 if something could not be written.
 */
int print_end(struct printer *p)
{
	line_end(p);
	free(p->text);
	p->text = NULL;
	p->text_size = 0;
	if (fflush(p->out) || ferror(p->out) || p->failed)
		return -1;
	return 0;
}
