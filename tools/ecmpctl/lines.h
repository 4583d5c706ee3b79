/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ECMPCTL_LINES_H
#define ECMPCTL_LINES_H

#include "ecmpctl.h"
#include "file.h"

/* A line that is a command; false: enough. The request may be changed. */
typedef bool (*line_command_t)(const struct line *line, struct request *request,
			       void *data);
/* A line that is none: why, a sentence. */
typedef void (*line_mistake_t)(unsigned int number, const char *sentence,
			       void *data);

int lines_each(const struct file *file, line_command_t command,
	       line_mistake_t mistake, void *data);

int lines_of_file(struct ctl *ctl, struct words *words,
		  int (*run)(struct ctl *ctl, struct words *words,
			     const struct file *file));

#endif /* ECMPCTL_LINES_H */
