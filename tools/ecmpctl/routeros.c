// SPDX-License-Identifier: GPL-2.0
/*
 * An import from its beginning to its end.
 */
#include <string.h>

#include "routeros.h"

/**
 * ros_import_init - begin an import
 * @import: what to prepare; ros_import_free() is the caller's
 */
void ros_import_init(struct ros_import *import)
{
	memset(import, 0, sizeof(*import));
	import->main.theirs = "main";
	import->main.ours = "main";
	import->main.comment = "";
	import->hops_end = &import->hops;
	import->settings.end = &import->settings.first;
	import->mark_rules.end = &import->mark_rules.first;
	import->rules.end = &import->rules.first;
}

/**
 * ros_import_free - forget an import
 * @import: the import
 */
void ros_import_free(struct ros_import *import)
{
	ros_memory_free(&import->memory);
}

/* UTF-16, or no text at all. */
static bool has_zero(struct ros_import *import, const struct file *file)
{
	const char *zero = file->size ? memchr(file->text, 0, file->size) :
					NULL;
	unsigned int line = 1;
	const char *at;

	if (!zero)
		return false;
	for (at = file->text; at < zero; at++)
		line += *at == '\n';
	ros_remark(import, ROS_MISTAKE, line,
		   "there is a zero byte: this is no text, or UTF-16, and must be UTF-8 or ASCII");
	return true;
}

/* "# nov/14/2025 17:12:03 by RouterOS 6.49.7" is where an export begins. */
static bool is_old(const struct file *file)
{
	static const char by[] = "by RouterOS ";
	size_t size = file->size < 512 ? file->size : 512;
	const char *at = size ? memmem(file->text, size, by, strlen(by)) :
				NULL;

	if (!at || at + strlen(by) + 1 >= file->text + size)
		return false;
	at += strlen(by);
	return at[0] >= '1' && at[0] <= '6' && at[1] == '.';
}

static void unused_pairs(struct ros_import *import,
			 const struct ros_pair *pair, unsigned int count,
			 const char *option, const char *what)
{
	for (; count; count--, pair++)
		if (!pair->used)
			ros_remark(import, ROS_WARNING, 0,
				   "%s %s=%s: the export has no such %s",
				   option, pair->from, pair->to, what);
}

/**
 * ros_import_read - read an export
 * @import: of ros_import_init(), with the maps and marks
 * @file: the export
 *
 * Return: whether there is a configuration to print; the remarks tell.
 */
bool ros_import_read(struct ros_import *import, const struct file *file)
{
	if (!has_zero(import, file)) {
		import->old = is_old(file);
		ros_collect(import, file);
		ros_tables(import);
		ros_settings(import);
		ros_clients(import);
		ros_networks(import);
		ros_routes(import);
		ros_hops_finish(import);
		ros_rules(import);
		ros_beside(import);
		unused_pairs(import, import->map, import->maps, "--map",
			     "interface");
		unused_pairs(import, import->mark, import->marks, "--mark",
			     "routing mark");
	}
	ros_remarks_sort(import);
	return !import->mistakes;
}
