/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Between print.c, which fills the rows of a table, and their layout.
 */
#ifndef ECMPCTL_PRINT_LAYOUT_H
#define ECMPCTL_PRINT_LAYOUT_H

#include "print.h"

#define INDENT		4	/* of a line that goes on */

/**
 * struct row - one that is not printed yet
 * @text: its cells; begins with an empty string, for those that are empty
 * @start: where each begins
 * @color: of each
 */
struct row {
	char		*text;
	uint32_t	start[PRINT_COLUMNS];
	uint8_t		color[PRINT_COLUMNS];
};

void print_colored(struct printer *p, enum color color, const char *text,
		   size_t length);
void print_rows(struct printer *p);

#endif /* ECMPCTL_PRINT_LAYOUT_H */
