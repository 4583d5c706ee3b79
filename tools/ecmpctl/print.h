/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One call makes both text and JSON. A value is printed once; in JSON it is
 * the member that its key names, in text it goes to the open cell of a table,
 * or without a table to the line. What is only for one of them does nothing
 * in the other.
 */
#ifndef ECMPCTL_PRINT_H
#define ECMPCTL_PRINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define PRINT_DEPTH	8
#define PRINT_COLUMNS	16
/* So many rows decide how wide the columns are; then all is printed at once. */
#define PRINT_ROWS	4096

enum color {
	COLOR_NONE,
	COLOR_GOOD,	/* carries packets, alive */
	COLOR_WAIT,	/* inactive */
	COLOR_BAD,	/* dead, refused */
	COLOR_FAINT,	/* disabled */
	COLOR_NAME,	/* prefixes, devices */
	COLOR_HEAD,	/* headings */
};

/**
 * struct column - one of a table's
 * @title: its heading
 * @right: numbers: aligned right
 * @wrap: on a terminal that is too narrow it becomes several lines
 * @fold: where even that is not enough, another line may begin here
 * @least: of a table that is longer than what is kept of it: no narrower, for
 *	the rows that are to come
 *
 * A column in which all cells are empty is left out.
 */
struct column {
	const char	*title;
	bool		right;
	bool		wrap;
	bool		fold;
	unsigned int	least;
};

struct row;

/**
 * struct printer - where output goes, and how
 * @out: standard output
 * @json: JSON instead of text
 * @pretty: JSON with lines and indentation
 * @color: use colours
 * @room: columns of the terminal; 0: it is none, lines may have any length
 * @next: colour of the next value
 * @depth: open arrays and objects of JSON
 * @filled: has each of them a member already?
 * @columns: of the open table; NULL: none is open
 * @column_count: how many
 * @cell: the open one
 * @begun: the headings are printed
 * @width: of each column; 0: left out
 * @narrowed: bits: columns that have several lines
 * @folded: bits: columns that begin another line
 * @rows: those that are not printed yet
 * @row_count: how many
 * @text: cells of the open row, one NUL-terminated string after another;
 *	without a table the open line
 * @text_used: bytes of it
 * @text_size: bytes there is room for
 * @failed: there was no memory
 */
struct printer {
	FILE			*out;
	bool			json;
	bool			pretty;
	bool			color;
	size_t			room;
	enum color		next;
	unsigned int		depth;
	bool			filled[PRINT_DEPTH];
	const struct column	*columns;
	unsigned int		column_count;
	unsigned int		cell;
	bool			begun;
	size_t			width[PRINT_COLUMNS];
	unsigned int		narrowed;
	unsigned int		folded;
	struct row		*rows;
	size_t			row_count;
	char			*text;
	size_t			text_used;
	size_t			text_size;
	bool			failed;
};

void print_object_begin(struct printer *p, const char *key);
void print_object_end(struct printer *p);
void print_array_begin(struct printer *p, const char *key);
void print_array_end(struct printer *p);
void print_bool(struct printer *p, const char *key, bool value);

void print_text(struct printer *p, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void print_color(struct printer *p, enum color color);

void print_string(struct printer *p, const char *key, const char *before,
		  const char *value);
void print_name(struct printer *p, const char *key, const char *before,
		const char *name);
void print_number(struct printer *p, const char *key, const char *before,
		  uint64_t value);

void print_table_begin(struct printer *p, const char *key,
		       const struct column *columns, unsigned int count);
void print_row_begin(struct printer *p);
void print_cell(struct printer *p, unsigned int column);
void print_row_end(struct printer *p);
void print_table_end(struct printer *p);
int print_end(struct printer *p);

#endif /* ECMPCTL_PRINT_H */
