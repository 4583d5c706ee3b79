// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parents.h"

#define PARENTS		64		/* that are asked at most */
#define ENVIRON_ROOM	(256 << 10)	/* what is behind that is not read */
#define STAT_ROOM	512
#define PATH_ROOM	256

/* Another folder is for tests. */
const char *parents_proc = "/proc";

/* Whatever a process may have written there; behind it is a NUL. */
static size_t read_file(pid_t pid, const char *name, char *text, size_t room)
{
	char path[PATH_ROOM];
	size_t size = 0;
	FILE *in;

	snprintf(path, sizeof(path), "%s/%d/%s", parents_proc, (int)pid, name);
	in = fopen(path, "re");
	if (in) {
		size = fread(text, 1, room - 1, in);
		fclose(in);
	}
	text[size] = '\0';
	return size;
}

/* "7 (a name) S 5 ...": the name may have brackets and blanks. 0: not known. */
static pid_t parent_of(pid_t pid)
{
	char text[STAT_ROOM];
	const char *at;
	int parent;

	read_file(pid, "stat", text, sizeof(text));
	at = strrchr(text, ')');
	return at && sscanf(at, ") %*c %d", &parent) == 1 ? parent : 0;
}

static bool find(const char *text, size_t used, const char *name, char *value,
		 size_t size)
{
	size_t length = strlen(name);
	const char *at;

	for (at = text; at < text + used; at += strlen(at) + 1) {
		if (strncmp(at, name, length) || at[length] != '=')
			continue;
		snprintf(value, size, "%s", at + length + 1);
		return true;
	}
	return false;
}

/**
 * parents_variable - a variable of the nearest process that has it
 * @pid: the first one that is asked; then its parents, but not process 1
 * @name: of the variable
 * @value: where it goes, as much as there is room for; it may be anything
 * @size: of @value
 *
 * Return: false: none has it that may be asked.
 */
bool parents_variable(pid_t pid, const char *name, char *value, size_t size)
{
	char *text = malloc(ENVIRON_ROOM);
	unsigned int asked;
	bool found = false;
	size_t used;

	for (asked = 0; text && !found && pid > 1 && asked < PARENTS; asked++) {
		used = read_file(pid, "environ", text, ENVIRON_ROOM);
		found = find(text, used, name, value, size);
		pid = parent_of(pid);
	}
	free(text);
	return found;
}
