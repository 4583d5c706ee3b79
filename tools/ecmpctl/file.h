/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Configuration files: lines, and their words.
 */
#ifndef ECMPCTL_FILE_H
#define ECMPCTL_FILE_H

#include <stdbool.h>
#include <stddef.h>

#define LINE_WORDS	256

/**
 * struct file - a configuration file in memory
 * @name: for sentences
 * @text: all of it
 * @size: its bytes
 */
struct file {
	const char	*name;
	char		*text;
	size_t		size;
};

/**
 * struct line - a line of a file
 * @start: where it begins in the file
 * @end: where the next one begins
 * @number: from 1
 * @buf: its words one after another, each with a NUL
 * @word: where each begins
 * @count: how many
 * @problem: what is wrong with it, a sentence; or NULL
 */
struct line {
	size_t		start;
	size_t		end;
	unsigned int	number;
	char		*buf;
	const char	*word[LINE_WORDS];
	unsigned int	count;
	const char	*problem;
};

int file_read(struct file *file, const char *name);
void file_free(struct file *file);
int line_init(struct line *line, const struct file *file);
void line_free(struct line *line);
bool line_next(struct line *line, const struct file *file);
void line_at(struct line *line, const struct file *file, size_t start);

#endif /* ECMPCTL_FILE_H */
