// SPDX-License-Identifier: GPL-2.0
/*
 * Files that are written whole, or not at all.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ecmpctl.h"
#include "output.h"

static bool is_special(const char *name)
{
	struct stat st;

	return !stat(name, &st) && !S_ISREG(st.st_mode);
}

static bool write_whole(const char *to, void (*print)(FILE *out, void *data),
			void *data)
{
	FILE *out = fopen(to, "w");
	bool failed;

	if (!out)
		return false;
	print(out, data);
	failed = ferror(out);
	return !fclose(out) && !failed;
}

/**
 * output_file - write a file: one that is there is replaced at once, or stays
 * @ctl: this run
 * @name: its name; beside it NAME.new is written first
 * @print: what prints it
 * @data: for it
 *
 * Return: the exit status; a failure has been told.
 */
int output_file(struct ctl *ctl, const char *name,
		void (*print)(FILE *out, void *data), void *data)
{
	bool special = is_special(name);
	char *to;
	int error;

	if (asprintf(&to, "%s%s", name, special ? "" : ".new") < 0) {
		print_error(ctl, "there is no memory left");
		return EXIT_REFUSED;
	}
	if (write_whole(to, print, data) && (special || !rename(to, name))) {
		free(to);
		return EXIT_DONE;
	}
	error = errno;
	if (!special)
		unlink(to);
	free(to);
	print_error(ctl, "%s cannot be written: %s", name, strerror(error));
	return EXIT_REFUSED;
}
