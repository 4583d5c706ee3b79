// SPDX-License-Identifier: GPL-2.0
/*
 * Which items a command means: numbers, or [find key=value ...], as far as that
 * can be told without RouterOS.
 */
#include <string.h>

#include "routeros.h"

/* What a property is where an export leaves it out. */
static const struct {
	const char	*key;
	const char	*value;
} defaults[] = {
	{ "disabled", "no" },
	{ "dynamic", "no" },
	{ "default", "no" },
	{ "static", "yes" },
	{ "routing-table", "main" },
	{ "table", "main" },
	{ "action", "lookup" },
	{ "distance", "1" },
	{ "scope", "30" },
	{ "target-scope", "10" },
};

static const char *value_of(enum ros_section section,
			    const struct ros_item *item, const char *key)
{
	const struct ros_arg *prop = ros_prop_peek(item, key);
	unsigned int i;

	if (prop && !prop->value)
		return "yes";
	if (prop && prop->value[0])
		return prop->value;
	if (!strcmp(key, "dst-address") && section == ROS_ROUTES4)
		return "0.0.0.0/0";
	if (!strcmp(key, "dst-address") && section == ROS_ROUTES6)
		return "::/0";
	for (i = 0; i < COUNT(defaults); i++)
		if (!strcmp(defaults[i].key, key))
			return defaults[i].value;
	return "";
}

/* key=value, key, !key */
static bool fits(enum ros_section section, const struct ros_item *item,
		 const struct ros_arg *condition)
{
	const char *value = value_of(section, item, condition->key);
	bool set = value[0] && strcmp(value, "no");

	if (condition->kind == ROS_SWITCH)
		return set != condition->unset;
	return !strcmp(value, condition->value);
}

static bool is_plain(const struct ros_arg *condition)
{
	const char *key = condition->key;

	return !condition->problem && key[0] &&
	       (condition->kind == ROS_SWITCH ||
		(condition->kind == ROS_TEXT && !condition->unset)) &&
	       !key[strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789.-")] &&
	       strcmp(key, "or") && strcmp(key, "not") && strcmp(key, "in");
}

/* What stands behind "find"; false: more than equality. */
static bool read_conditions(struct ros_import *import, const char *query,
			    struct ros_arg **first)
{
	struct ros_text text = {
		.at = query, .end = query + strlen(query), .line = 1,
		.memory = &import->memory,
	};
	struct ros_arg *arg, **end = first;
	bool plain = true, found = false;

	*first = NULL;
	while (plain && (arg = ros_text_word(&text))) {
		if (!found) {
			found = !strcmp(arg->key, "find");
			plain = found || (arg->kind == ROS_SWITCH &&
					  !arg->problem);
			continue;
		}
		if (arg->kind == ROS_SWITCH &&
		    (!strcmp(arg->key, "where") || !strcmp(arg->key, "and")))
			continue;
		plain = is_plain(arg);
		*end = arg;
		end = &arg->next;
	}
	/* Several commands in one bracket. */
	plain &= found && text.at == text.end;
	ros_text_free(&text);
	return plain;
}

static struct ros_item *find_query(struct ros_import *import,
				   enum ros_section section,
				   const char *query, struct ros_item *item,
				   bool *understood)
{
	struct ros_arg *conditions, *c;

	*understood = read_conditions(import, query, &conditions);
	for (; *understood && item; item = item->next) {
		for (c = conditions; c && fits(section, item, c); c = c->next)
			;
		if (!c)
			return item;
	}
	return NULL;
}

/* One of the numbers of a list with commas; -1: it is none. */
static long next_number(const char **at)
{
	size_t digits = strspn(*at, "0123456789");
	char text[8];
	uint64_t number;

	if (!digits || digits >= sizeof(text))
		return -1;
	memcpy(text, *at, digits);
	text[digits] = '\0';
	*at += digits;
	if (**at == ',')
		(*at)++;
	else if (**at)
		return -1;
	return parse_number(text, &number) ? (long)number : -1;
}

static bool is_listed(const char *list, long number)
{
	while (*list)
		if (next_number(&list) == number)
			return true;
	return false;
}

static bool is_list(const char *list)
{
	if (!*list)
		return false;
	while (*list)
		if (next_number(&list) < 0)
			return false;
	return true;
}

static long number_of_item(const struct ros_item *first,
			   const struct ros_item *item)
{
	long number = 0;

	for (; first && first != item; first = first->next)
		number++;
	return number;
}

/**
 * ros_arg_is_place - does this word say which items are meant?
 * @arg: the word
 */
bool ros_arg_is_place(const struct ros_arg *arg)
{
	return (arg->kind == ROS_SWITCH && !arg->unset) ||
	       (arg->kind == ROS_QUERY && !arg->key[0]) ||
	       !strcmp(arg->key, "numbers") || !strcmp(arg->key, ".id");
}

/**
 * ros_find - the next item that is meant
 * @import: with the items
 * @section: theirs
 * @target: what says which: "0", "0,2", [find ...], also behind a key
 * @after: the one before; NULL: the first
 * @understood: false if it cannot be told
 *
 * Return: the item, or NULL.
 */
struct ros_item *ros_find(struct ros_import *import, enum ros_section section,
			  const struct ros_arg *target,
			  struct ros_item *after, bool *understood)
{
	struct ros_item *first = import->items[section];
	struct ros_item *item = after ? after->next : first;
	const char *list = target->value ? target->value : target->key;

	if (target->kind == ROS_QUERY)
		return find_query(import, section, list, item, understood);
	*understood = target->kind != ROS_SCRIPT && is_list(list);
	for (; *understood && item; item = item->next)
		if (is_listed(list, number_of_item(first, item)))
			return item;
	return NULL;
}
