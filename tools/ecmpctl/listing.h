/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Configurations as lists of lines, and what differs between two of them.
 */
#ifndef ECMPCTL_LISTING_H
#define ECMPCTL_LISTING_H

#include <stdbool.h>
#include <stddef.h>

#include "save.h"

/**
 * struct listed - a line
 * @text: its text
 * @kind: what it configures
 * @number: among those of its kind, from 0: of a rule its number
 * @match: the same line in the other listing
 * @matched: there is one
 * @stays: that is no news: a rule that is matched only is one that moves
 */
struct listed {
	char		*text;
	enum save_kind	kind;
	size_t		number;
	size_t		match;
	bool		matched;
	bool		stays;
};

/**
 * struct listing - the lines of a configuration, in the order of "save"
 * @line: the lines
 * @count: how many
 * @room: for so many
 * @full: there was no memory
 */
struct listing {
	struct listed	*line;
	size_t		count;
	size_t		room;
	bool		full;
};

/* A save_line_t: @data is a listing. */
void listing_add(enum save_kind kind, const char *text, void *data);
void listing_free(struct listing *listing);
int listing_match(struct listing *before, struct listing *after);

#endif /* ECMPCTL_LISTING_H */
