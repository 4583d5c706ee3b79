// SPDX-License-Identifier: GPL-2.0
/*
 * Tables: those of /routing table, and those that routes and rules name.
 */
#include <stdio.h>
#include <string.h>

#include "routeros.h"

static bool is_name(const char *name)
{
	struct words words;
	const char *table;

	words_init(&words, &name, 1);
	return words_table(&words, &table);
}

static bool is_taken(const struct ros_import *import, const char *name)
{
	const struct ros_table *table;

	for (table = import->tables; table; table = table->next)
		if (!strcmp(table->ours, name))
			return true;
	return !strcmp(name, "main");
}

/* RouterOS takes any text; here it is a letter, letters, digits and _.- */
static const char *name_for(struct ros_import *import, const char *theirs)
{
	char name[ECMP_NAME_MAX + 1] = "", *at;
	unsigned int i;

	if (is_name(theirs) && !is_taken(import, theirs))
		return theirs;
	snprintf(name, sizeof(name), "%.*s", ECMP_NAME_MAX - 8, theirs);
	for (at = name; *at; at++)
		if (!strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			    "abcdefghijklmnopqrstuvwxyz0123456789_.-", *at))
			*at = '_';
	if (!is_name(name)) {
		memmove(name + 1, name, strlen(name) + 1);
		name[0] = 't';
	}
	if (!is_taken(import, name))
		return ros_format(&import->memory, "%s", name);
	for (i = 2;; i++) {
		const char *other = ros_format(&import->memory, "%s-%u", name,
					       i);

		if (!is_taken(import, other))
			return other;
	}
}

static struct ros_table *table_add(struct ros_import *import,
				   const char *name, unsigned int line)
{
	struct ros_table *table = ros_alloc(&import->memory, sizeof(*table));
	struct ros_table **end = &import->tables;

	table->theirs = name;
	table->ours = name_for(import, name);
	table->comment = "";
	if (strcmp(table->ours, name))
		ros_remark(import, ROS_WARNING, line,
			   "the table \"%s\" is called %s here: a name is a letter, then up to 31 letters, digits, \"_\", \".\" and \"-\", and no word of the grammar",
			   name, table->ours);
	while (*end)
		end = &(*end)->next;
	*end = table;
	return table;
}

/* RouterOS 6 calls a VRF by its mark. */
static const char *vrf_name(const struct ros_item *item)
{
	const struct ros_arg *name = ros_prop_peek(item, "name");

	if (!name)
		name = ros_prop_peek(item, "routing-mark");
	return name && name->value ? name->value : "";
}

static bool is_vrf(const struct ros_import *import, const char *name)
{
	const struct ros_item *item;

	for (item = import->items[ROS_VRFS]; item; item = item->next)
		if (!strcmp(vrf_name(item), name))
			return true;
	return false;
}

/**
 * ros_table - the table of a name
 * @import: with the tables
 * @name: RouterOS's name
 * @line: where it is named
 * @declared: it should be in /routing table, as tables of RouterOS 7 are
 *
 * Return: the table; one that was not there is made.
 */
struct ros_table *ros_table(struct ros_import *import, const char *name,
			    unsigned int line, bool declared)
{
	struct ros_table *table;

	if (!strcmp(name, "main"))
		return &import->main;
	for (table = import->tables; table; table = table->next)
		if (!strcmp(table->theirs, name))
			return table;
	if (is_vrf(import, name))
		ros_remark(import, ROS_WARNING, line,
			   "\"%s\" is the table of a VRF: it is made here, too, but packets of the VRF look into the kernel's (ip route add ... vrf NAME), and what is here is for rules that look there",
			   name);
	else if (declared)
		ros_remark(import, ROS_WARNING, line,
			   "the table \"%s\" is not in /routing table: it is made here, too",
			   name);
	return table_add(import, name, line);
}

static void unknown_props(struct ros_import *import, struct ros_item *item)
{
	struct ros_arg *prop;

	while ((prop = ros_prop_unused(item)))
		ros_remark(import, ROS_WARNING, prop->line,
			   "\"%s\" of /routing table is not known here: it is left out",
			   prop->key);
}

static void read_table(struct ros_import *import, struct ros_item *item)
{
	const char *name = ros_prop_text(item, "name");
	bool fib = ros_prop_flag(import, item, "fib", false);
	bool disabled = ros_prop_flag(import, item, "disabled", false);
	const char *comment = ros_prop_comment(import, item);
	struct ros_table *table;

	unknown_props(import, item);
	if (!name) {
		ros_remark(import, ROS_MISTAKE, item->line,
			   "this table has no name");
		return;
	}
	if (!strcmp(name, "main"))
		return;
	for (table = import->tables; table; table = table->next) {
		if (strcmp(table->theirs, name))
			continue;
		ros_remark(import, ROS_MISTAKE, item->line,
			   "there is a table \"%s\" already", name);
		return;
	}
	table = table_add(import, name, item->line);
	table->comment = comment;
	if (disabled)
		table->dead = "is disabled";
	else if (!fib)
		table->dead = "has no fib, so that RouterOS takes it for no packet";
	if (table->dead)
		ros_remark(import, ROS_WARNING, item->line,
			   "the table \"%s\" %s: it is made, and what is in it or names it is disabled",
			   name, table->dead);
}

static void read_vrf(struct ros_import *import, struct ros_item *item)
{
	const char *name = vrf_name(item);

	/* RouterOS prints its own one in some exports: all that is no VRF. */
	if (!strcmp(name, "main"))
		return;
	if (!name[0])
		ros_remark(import, ROS_WARNING, item->line,
			   "this VRF has no name, so that RouterOS does not use it: it is left out");
	else
		ros_remark(import, ROS_WARNING, item->line,
			   "the VRF \"%s\" is left to the kernel: make it with \"ip link add NAME type vrf table ID\"; \"table add NAME kernel ID\" lets rules look there",
			   name);
}

/**
 * ros_tables - read /routing table and the VRFs
 * @import: with the items
 */
void ros_tables(struct ros_import *import)
{
	struct ros_item *item;

	for (item = import->items[ROS_TABLES]; item; item = item->next)
		read_table(import, item);
	for (item = import->items[ROS_VRFS]; item; item = item->next)
		read_vrf(import, item);
}
