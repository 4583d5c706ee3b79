// SPDX-License-Identifier: GPL-2.0
/*
 * How the rows of a table become lines: as wide as the terminal, no wider.
 */
#include <stdlib.h>
#include <string.h>

#include "print.h"
#include "print_layout.h"
#include "text.h"

#define GAP		2
/* A column of several lines is no narrower. */
#define NARROWEST	14

static const char *cell_text(const struct row *row, unsigned int column)
{
	return row->text + row->start[column];
}

static void measure(struct printer *p)
{
	unsigned int column;
	size_t i, width;

	for (column = 0; column < p->column_count; column++) {
		p->width[column] = 0;
		for (i = 0; i < p->row_count; i++) {
			width = text_width(cell_text(&p->rows[i], column));
			if (width > p->width[column])
				p->width[column] = width;
		}
		width = text_width(p->columns[column].title);
		if (p->width[column] && width > p->width[column])
			p->width[column] = width;
		/* They may have something in it. */
		width = p->columns[column].least;
		if (p->row_count == PRINT_ROWS && width > p->width[column])
			p->width[column] = width;
	}
}

static size_t line_width(const struct printer *p, unsigned int from,
			 unsigned int to)
{
	size_t width = 0;

	for (; from < to; from++)
		if (p->width[from])
			width += p->width[from] + (width ? GAP : 0);
	return width;
}

/* How narrow a column can be. */
static size_t least_width(const struct printer *p, unsigned int column)
{
	size_t least = text_width(p->columns[column].title);

	if (least < NARROWEST)
		least = NARROWEST;
	return p->columns[column].wrap && p->width[column] > least ?
	       least : p->width[column];
}

static size_t line_room(const struct printer *p, unsigned int from)
{
	return p->room > INDENT && from ? p->room - INDENT : p->room;
}

static bool line_fits(const struct printer *p, unsigned int from,
		      unsigned int to)
{
	size_t width = 0;
	unsigned int column;

	for (column = from; column < to; column++)
		if (p->width[column])
			width += least_width(p, column) + (width ? GAP : 0);
	return width <= line_room(p, from);
}

/* Make a line fit by narrowing what may have several, from right to left. */
static void narrow(struct printer *p, unsigned int from, unsigned int to)
{
	size_t width = line_width(p, from, to), room = line_room(p, from);
	unsigned int column;
	size_t excess;

	for (column = to; width > room && column-- > from;) {
		excess = p->width[column] - least_width(p, column);
		if (!excess)
			continue;
		if (excess > width - room)
			excess = width - room;
		p->width[column] -= excess;
		p->narrowed |= 1u << column;
		width -= excess;
	}
}

/* The first column of the next line. */
static unsigned int line_after(const struct printer *p, unsigned int from)
{
	unsigned int column = from + 1;

	while (column < p->column_count && !(p->folded & 1u << column))
		column++;
	return column;
}

/* How the columns fit on the terminal, on as few lines as they can. */
static void lay_out(struct printer *p)
{
	unsigned int from = 0, block = 0, column;

	p->narrowed = 0;
	p->folded = 0;
	measure(p);
	if (!p->room)
		return;
	for (column = 1; column <= p->column_count; column++) {
		if (column < p->column_count && !p->columns[column].fold)
			continue;
		if (block > from && !line_fits(p, from, column)) {
			p->folded |= 1u << block;
			from = block;
		}
		block = column;
	}
	for (from = 0; from < p->column_count; from = line_after(p, from))
		narrow(p, from, line_after(p, from));
}

static void put_spaces(struct printer *p, size_t count)
{
	static const char spaces[] = "                                ";
	size_t some;

	for (; count; count -= some) {
		some = count < strlen(spaces) ? count : strlen(spaces);
		fwrite_unlocked(spaces, 1, some, p->out);
	}
}

/*
 * What of a cell fits on this line; the rest stays in *text. Spaces are owed
 * until something follows, so that no line ends with them.
 */
static void put_cell(struct printer *p, unsigned int column, enum color color,
		     const char **text, size_t *owed)
{
	size_t full = p->width[column], length = strlen(*text), width, fill;
	const char *rest = *text + length;

	if (p->narrowed & 1u << column)
		length = text_fit(*text, full, &rest);
	width = text_width_of(*text, length);
	fill = full > width ? full - width : 0;
	if (length) {
		put_spaces(p, *owed + (p->columns[column].right ? fill : 0));
		print_colored(p, color, *text, length);
		*owed = p->columns[column].right ? 0 : fill;
	} else {
		*owed += full;
	}
	*owed += GAP;
	*text = rest;
}

/* Some of the columns, on as many lines as they need. */
static void put_columns(struct printer *p, unsigned int from, unsigned int to,
			const char **text, const uint8_t *color)
{
	unsigned int column;
	bool more = true;
	size_t owed;

	while (more) {
		owed = from ? INDENT : 0;
		more = false;
		for (column = from; column < to; column++) {
			if (!p->width[column])
				continue;
			put_cell(p, column, color[column], &text[column],
				 &owed);
			more = more || text[column][0];
		}
		putc_unlocked('\n', p->out);
	}
}

static bool any_text(const struct printer *p, unsigned int from,
		     unsigned int to, const char **text)
{
	for (; from < to; from++)
		if (p->width[from] && text[from][0])
			return true;
	return false;
}

static void put_row(struct printer *p, const char **text, const uint8_t *color)
{
	unsigned int from, to;

	for (from = 0; from < p->column_count; from = to) {
		to = line_after(p, from);
		if (!from || any_text(p, from, to, text))
			put_columns(p, from, to, text, color);
	}
}

static void put_head(struct printer *p)
{
	uint8_t color[PRINT_COLUMNS];
	const char *text[PRINT_COLUMNS];
	unsigned int column;

	for (column = 0; column < p->column_count; column++) {
		text[column] = p->columns[column].title;
		color[column] = COLOR_HEAD;
	}
	put_row(p, text, color);
}

static void put_rows(struct printer *p)
{
	const char *text[PRINT_COLUMNS];
	unsigned int column;
	size_t i;

	for (i = 0; i < p->row_count; i++) {
		struct row *row = &p->rows[i];

		for (column = 0; column < p->column_count; column++)
			text[column] = cell_text(row, column);
		put_row(p, text, row->color);
		free(row->text);
	}
	p->row_count = 0;
}

/**
 * print_rows - print the rows that are kept, and forget them
 * @p: with an open table; the first of its rows decide how wide its columns are
 */
void print_rows(struct printer *p)
{
	if (!p->begun && p->row_count) {
		lay_out(p);
		put_head(p);
		p->begun = true;
	}
	put_rows(p);
}
