// SPDX-License-Identifier: GPL-2.0
/*
 * Commands into the items that RouterOS would have afterwards: what is added is
 * set, moved and removed again by those that come later. Sections that are not
 * routing are counted.
 */
#include <string.h>

#include "routeros.h"

static const struct {
	const char		*path;
	enum ros_section	section;
} sections[] = {
	{ "routing table", ROS_TABLES },
	{ "ip route", ROS_ROUTES4 },
	{ "ipv6 route", ROS_ROUTES6 },
	{ "routing rule", ROS_RULES },
	{ "ip route rule", ROS_RULES4 },
	{ "ip settings", ROS_SETTINGS4 },
	{ "ipv6 settings", ROS_SETTINGS6 },
	{ "routing settings", ROS_SETTINGS_ROUTING },
	{ "ip vrf", ROS_VRFS },
	{ "ip route vrf", ROS_VRFS },
	{ "interface pppoe-client", ROS_PPP_CLIENTS },
	{ "interface pptp-client", ROS_PPP_CLIENTS },
	{ "interface l2tp-client", ROS_PPP_CLIENTS },
	{ "interface sstp-client", ROS_PPP_CLIENTS },
	{ "interface ovpn-client", ROS_PPP_CLIENTS },
	{ "ip dhcp-client", ROS_DHCP_CLIENTS },
	{ "ipv6 dhcp-client", ROS_DHCP6_CLIENTS },
	{ "ip address", ROS_ADDRESSES4 },
	{ "ipv6 address", ROS_ADDRESSES6 },
	{ "ip firewall mangle", ROS_MANGLE },
	{ "ipv6 firewall mangle", ROS_MANGLE },
};

static enum ros_section section_of(const char *path)
{
	unsigned int i;

	for (i = 0; i < COUNT(sections); i++)
		if (!strcmp(sections[i].path, path))
			return sections[i].section;
	return ROS_ELSEWHERE;
}

/**
 * ros_section_path - a section as RouterOS writes it
 * @section: which; its first path
 */
const char *ros_section_path(enum ros_section section)
{
	unsigned int i;

	for (i = 0; sections[i].section != section; i++)
		;
	return sections[i].path;
}

static bool is_settings(enum ros_section section)
{
	return section == ROS_SETTINGS4 || section == ROS_SETTINGS6 ||
	       section == ROS_SETTINGS_ROUTING;
}

/* Of the others the order means nothing. */
static bool is_ordered(enum ros_section section)
{
	return section == ROS_RULES || section == ROS_RULES4;
}

/* Not routing themselves: only a few of their properties are looked at. */
static bool is_beside(enum ros_section section)
{
	return section == ROS_PPP_CLIENTS || section == ROS_DHCP_CLIENTS ||
	       section == ROS_DHCP6_CLIENTS || section == ROS_ADDRESSES4 ||
	       section == ROS_ADDRESSES6 || section == ROS_MANGLE;
}

static struct ros_skipped *find_skipped(struct ros_import *import,
					const char *path)
{
	struct ros_skipped **at = &import->skipped;

	while (*at && strcmp((*at)->path, path))
		at = &(*at)->next;
	if (!*at) {
		*at = ros_alloc(&import->memory, sizeof(**at));
		(*at)->path = ros_copy(&import->memory, path, strlen(path));
	}
	return *at;
}

static void count_skipped(struct ros_import *import,
			  const struct ros_command *command)
{
	struct ros_skipped *skipped = find_skipped(import, command->path);

	skipped->items++;
	if (!skipped->line && !strcmp(command->verb, "add"))
		skipped->line = command->line;
}

/* ---- properties ---- */

static void prop_set(struct ros_item *item, struct ros_arg *prop)
{
	struct ros_arg **at = &item->props;

	while (*at && strcmp((*at)->key, prop->key))
		at = &(*at)->next;
	prop->next = *at ? (*at)->next : NULL;
	*at = prop;
}

static bool is_key(const char *word)
{
	return word[0] >= 'a' && word[0] <= 'z' &&
	       !word[strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789.-")];
}

/* A word that only RouterOS can work out, or one that is broken. */
static bool check_arg(struct ros_import *import, enum ros_section section,
		      const struct ros_arg *arg)
{
	if (arg->problem && !is_beside(section)) {
		ros_remark(import, ROS_MISTAKE, arg->line, "\"%s\": %s",
			   arg->key, arg->problem);
		return false;
	}
	if (is_beside(section) || arg->kind == ROS_TEXT ||
	    (arg->kind == ROS_SWITCH && is_key(arg->key)))
		return true;
	if (arg->kind == ROS_SWITCH)
		ros_remark(import, ROS_MISTAKE, arg->line,
			   "\"%s\" belongs to no property: has a line been broken before it?",
			   arg->key);
	else
		ros_remark(import, ROS_MISTAKE, arg->line,
			   "\"%s\" has script code, which only RouterOS can run: write the value",
			   arg->key[0] ? arg->key : "[...]");
	return false;
}

/* The rest of a command: properties of an item. */
static void props_set(struct ros_import *import, enum ros_section section,
		      struct ros_item *item, struct ros_arg *args)
{
	struct ros_arg *arg, *next, *copy;

	for (arg = args; arg; arg = next) {
		next = arg->next;
		if (!strcmp(arg->key, "place-before") ||
		    !strcmp(arg->key, "copy-from"))
			continue;
		if (!check_arg(import, section, arg))
			continue;
		copy = ros_alloc(&import->memory, sizeof(*copy));
		*copy = *arg;
		prop_set(item, copy);
	}
}

/* ---- commands ---- */

static bool not_understood(struct ros_import *import,
			   const struct ros_command *command,
			   const struct ros_arg *target)
{
	ros_remark(import, ROS_MISTAKE, target ? target->line : command->line,
		   "it cannot be told which items \"%s\" means: numbers and [find key=value] are understood here",
		   target && target->key[0] ? target->key : command->verb);
	return false;
}

static const struct ros_arg *arg_of(const struct ros_command *command,
				    const char *key)
{
	const struct ros_arg *arg;

	for (arg = command->args; arg; arg = arg->next)
		if (!strcmp(arg->key, key))
			return arg;
	return NULL;
}

/* @before: NULL: behind all; the last one is known, as most come there. */
static void item_insert(struct ros_import *import, enum ros_section section,
			struct ros_item *item, const struct ros_item *before)
{
	struct ros_item **at = &import->items[section];

	if (!before && import->last[section])
		at = &import->last[section]->next;
	while (*at && *at != before)
		at = &(*at)->next;
	item->next = *at;
	*at = item;
	if (!item->next)
		import->last[section] = item;
}

static void item_remove(struct ros_import *import, enum ros_section section,
			const struct ros_item *item)
{
	struct ros_item **at = &import->items[section];

	while (*at != item)
		at = &(*at)->next;
	*at = item->next;
	import->last[section] = NULL;
}

/* Before which item a new one is put; NULL: behind all. */
static bool read_place(struct ros_import *import, enum ros_section section,
		       const struct ros_command *command,
		       struct ros_item **before)
{
	const struct ros_arg *place = arg_of(command, "place-before");
	bool understood = true;

	*before = NULL;
	if (!place || (place->value && !place->value[0]))
		return true;
	*before = ros_find(import, section, place, NULL, &understood);
	if (understood && *before)
		return true;
	if (!understood)
		return not_understood(import, command, place);
	ros_remark(import, ROS_MISTAKE, place->line,
		   "\"place-before\": there is no such item in this file, so that the place is not known");
	return false;
}

static void item_add(struct ros_import *import, enum ros_section section,
		     const struct ros_command *command,
		     const struct ros_item *before)
{
	struct ros_item *item = ros_alloc(&import->memory, sizeof(*item));

	item->line = command->line;
	props_set(import, section, item, command->args);
	item_insert(import, section, item, before);
}

static void do_add(struct ros_import *import, enum ros_section section,
		   const struct ros_command *command)
{
	struct ros_item *before;

	if (arg_of(command, "copy-from"))
		ros_remark(import, ROS_MISTAKE,
			   arg_of(command, "copy-from")->line,
			   "\"copy-from\" is not understood here: write the properties");
	else if (!is_ordered(section))
		item_add(import, section, command, NULL);
	else if (read_place(import, section, command, &before))
		item_add(import, section, command, before);
}

/* "set" of what there is once. */
static void do_set_once(struct ros_import *import, enum ros_section section,
			const struct ros_command *command)
{
	struct ros_item **item = &import->items[section];

	if (!*item) {
		*item = ros_alloc(&import->memory, sizeof(**item));
		(*item)->line = command->line;
	}
	props_set(import, section, *item, command->args);
}

static void item_unset(struct ros_import *import, struct ros_item *item,
		       const struct ros_arg *args)
{
	struct ros_arg *prop;

	for (; args; args = args->next) {
		prop = ros_alloc(&import->memory, sizeof(*prop));
		prop->line = args->line;
		prop->unset = true;
		prop->key = !strcmp(args->key, "value-name") && args->value ?
			    args->value : args->key;
		prop_set(item, prop);
	}
}

static void item_switch(struct ros_import *import, struct ros_item *item,
			const struct ros_command *command)
{
	struct ros_arg *prop = ros_alloc(&import->memory, sizeof(*prop));

	prop->line = command->line;
	prop->kind = ROS_TEXT;
	prop->key = "disabled";
	prop->value = command->verb[0] == 'd' ? "yes" : "no";
	prop_set(item, prop);
}

static void item_change(struct ros_import *import, enum ros_section section,
			const struct ros_command *command,
			struct ros_item *item)
{
	struct ros_arg *rest = command->args->next, text;

	switch (command->verb[0]) {
	case 's':
		props_set(import, section, item, rest);
		break;
	case 'u':
		item_unset(import, item, rest);
		break;
	case 'c':
		if (!rest)
			break;
		text = *rest;
		text.kind = ROS_TEXT;
		text.value = rest->value ? rest->value : rest->key;
		text.key = "comment";
		text.next = NULL;
		props_set(import, section, item, &text);
		break;
	default:
		item_switch(import, item, command);
	}
}

/* The table main is there without being added, and as it should be. */
static bool is_main(enum ros_section section, const struct ros_arg *target)
{
	return section == ROS_TABLES && target->kind == ROS_QUERY &&
	       (strstr(target->value, "name=main") ||
		strstr(target->value, "default"));
}

static void do_change(struct ros_import *import, enum ros_section section,
		      const struct ros_command *command)
{
	struct ros_arg *target = command->args;
	struct ros_item *item, *meant = NULL, **end = &meant;
	bool understood;

	if (!target || !ros_arg_is_place(target)) {
		not_understood(import, command, target);
		return;
	}
	/* All of them first: numbers are those from before the command. */
	item = ros_find(import, section, target, NULL, &understood);
	while (understood && item) {
		*end = item;
		end = &item->meant;
		*end = NULL;
		item = ros_find(import, section, target, item, &understood);
	}
	for (item = meant; understood && item; item = item->meant)
		if (command->verb[0] == 'r')
			item_remove(import, section, item);
		else
			item_change(import, section, command, item);
	if (!understood)
		not_understood(import, command, target);
	else if (!meant && !is_main(section, target))
		ros_remark(import, ROS_WARNING, command->line,
			   "\"%s\": no item of /%s in this file is meant: nothing is changed",
			   command->verb, command->path);
}

static void do_move(struct ros_import *import, enum ros_section section,
		    const struct ros_command *command)
{
	struct ros_arg *target = command->args;
	struct ros_item *item = NULL, *before = NULL, *more = NULL;
	bool understood = target && ros_arg_is_place(target);
	const struct ros_arg *to = target ? target->next : NULL;

	if (understood)
		item = ros_find(import, section, target, NULL, &understood);
	if (understood && item)
		more = ros_find(import, section, target, item, &understood);
	if (understood && to)
		before = ros_find(import, section, to, NULL, &understood);
	if (!understood || !item || (to && !before)) {
		not_understood(import, command, target);
		return;
	}
	if (more) {
		ros_remark(import, ROS_MISTAKE, command->line,
			   "\"move\" of several items is not understood here, as RouterOS has an order of its own for them: move one at a time");
		return;
	}
	if (item == before)
		return;
	item_remove(import, section, item);
	item_insert(import, section, item, before);
}

static bool is_verb(const struct ros_command *command, const char *list)
{
	size_t length = strlen(command->verb);
	const char *at;

	for (at = list; length && (at = strstr(at, command->verb)); at++)
		if ((at == list || at[-1] == ' ') &&
		    (!at[length] || at[length] == ' '))
			return true;
	return false;
}

static void do_command(struct ros_import *import, enum ros_section section,
		       const struct ros_command *command)
{
	if (is_settings(section) && is_verb(command, "set"))
		do_set_once(import, section, command);
	else if (is_verb(command, "add"))
		do_add(import, section, command);
	else if (is_verb(command, "set unset enable disable remove comment"))
		do_change(import, section, command);
	else if (is_verb(command, "move"))
		do_move(import, section, command);
	else if (!is_verb(command, "print export find get"))
		ros_remark(import, ROS_MISTAKE, command->line,
			   "\"%s\" is no command of /%s that is known here",
			   command->verb, command->path);
}

/* "/ip route gateway=...": its verb is the last word of a section. */
static bool names_section(struct ros_import *import,
			  const struct ros_command *command)
{
	return section_of(ros_format(&import->memory, "%s %s", command->path,
				     command->verb)) != ROS_ELSEWHERE;
}

static void do_line(struct ros_import *import,
		    const struct ros_command *command)
{
	enum ros_section section = section_of(command->path);
	const struct ros_arg *arg;

	if (command->problem) {
		ros_remark(import, ROS_MISTAKE, command->line, "%s",
			   command->problem);
		return;
	}
	/* What has no end takes the rest of the file along: never skipped. */
	for (arg = command->args; arg; arg = arg->next)
		if (arg->problem && strstr(arg->problem, "the file ends") &&
		    (section == ROS_ELSEWHERE || is_beside(section)))
			ros_remark(import, ROS_MISTAKE, arg->line, "%s",
				   arg->problem);
	if (!command->verb)
		return;
	if (section != ROS_ELSEWHERE && !is_beside(section)) {
		do_command(import, section, command);
		return;
	}
	if (names_section(import, command)) {
		ros_remark(import, ROS_MISTAKE, command->line,
			   "behind /%s %s there must be a command: add or set",
			   command->path, command->verb);
		return;
	}
	count_skipped(import, command);
	if (section != ROS_ELSEWHERE && is_verb(command, "add"))
		item_add(import, section, command, NULL);
}

/**
 * ros_collect - read a whole export
 * @import: where its items go
 * @file: the export; it has no zero byte
 */
void ros_collect(struct ros_import *import, const struct file *file)
{
	struct ros_memory memory = { .blocks = NULL };
	struct ros_command command;
	struct ros_reader reader;

	ros_reader_init(&reader, &memory, file);
	while (ros_reader_next(&reader, &command)) {
		do_line(import, &command);
		/* Most of a large export is of no interest. */
		if (command.verb && section_of(command.path) == ROS_ELSEWHERE)
			ros_memory_free(&memory);
		else
			ros_memory_move(&import->memory, &memory);
	}
}
