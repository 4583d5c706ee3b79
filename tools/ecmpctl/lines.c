// SPDX-License-Identifier: GPL-2.0
/*
 * The commands of a configuration file, one after another: what "load", "check"
 * and "diff" read is the same.
 */
#include <errno.h>
#include <string.h>

#include "lines.h"

/**
 * lines_each - do something with each line that is a command
 * @file: the file
 * @command: what; NULL: only its grammar is of interest
 * @mistake: called for each line that is no command
 * @data: for both
 *
 * Return: 0 at the end of the file; 1: @command had enough; -1: there is no
 * memory.
 */
int lines_each(const struct file *file, line_command_t command,
	       line_mistake_t mistake, void *data)
{
	struct request request;
	struct words words;
	struct line line;
	int done = 0;

	if (line_init(&line, file))
		return -1;
	while (!done && line_next(&line, file)) {
		if (line.problem)
			mistake(line.number, line.problem, data);
		else if (line.count && !command_read(&line, &words, &request))
			mistake(line.number, words.problem, data);
		else if (line.count && command)
			done = !command(&line, &request, data);
	}
	line_free(&line);
	return done;
}

/**
 * lines_of_file - a command that takes FILE|- and nothing else
 * @ctl: this run
 * @words: after the command
 * @run: what it does with the file
 *
 * Return: the exit status: that of @run, or EXIT_SYNTAX.
 */
int lines_of_file(struct ctl *ctl, struct words *words,
		  int (*run)(struct ctl *ctl, struct words *words,
			     const struct file *file))
{
	struct file file = { .text = NULL };
	int status = EXIT_SYNTAX;
	const char *name;

	if (!words_both_families(words) ||
	    !(name = words_take(words, "a file, or - for standard input")) ||
	    !words_end(words))
		return ctl_problem(ctl, words);
	if (file_read(&file, name))
		print_error(ctl, "%s cannot be read: %s", file.name,
			    strerror(errno));
	else
		status = run(ctl, words, &file);
	file_free(&file);
	return status;
}
