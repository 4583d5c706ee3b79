// SPDX-License-Identifier: GPL-2.0
/*
 * Properties of items into values. Who reads one marks it: what is left is not
 * known here, and is told.
 */
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>

#include "routeros.h"
#include "text.h"

/**
 * ros_prop_peek - a property, without reading it
 * @item: of an export
 * @key: its key
 *
 * Return: the property, or NULL: it is not there or has no value.
 */
struct ros_arg *ros_prop_peek(const struct ros_item *item, const char *key)
{
	struct ros_arg *prop;

	for (prop = item->props; prop; prop = prop->next)
		if (!prop->unset && !strcmp(prop->key, key))
			return prop;
	return NULL;
}

/**
 * ros_prop - read a property
 * @item: of an export
 * @key: its key
 *
 * Return: the property, or NULL.
 */
struct ros_arg *ros_prop(struct ros_item *item, const char *key)
{
	struct ros_arg *prop = ros_prop_peek(item, key);

	if (prop)
		prop->used = true;
	return prop;
}

/**
 * ros_prop_text - read the text of a property
 * @item: of an export
 * @key: its key
 *
 * Return: the text, or NULL: none, or an empty one, which is the same.
 */
const char *ros_prop_text(struct ros_item *item, const char *key)
{
	struct ros_arg *prop = ros_prop(item, key);

	return prop && prop->value && prop->value[0] ? prop->value : NULL;
}

/**
 * ros_prop_unused - the next property that nobody has read
 * @item: of an export
 *
 * Return: the property, which counts as read then, or NULL.
 */
struct ros_arg *ros_prop_unused(struct ros_item *item)
{
	struct ros_arg *prop;

	for (prop = item->props; prop; prop = prop->next) {
		if (prop->used || prop->unset)
			continue;
		prop->used = true;
		return prop;
	}
	return NULL;
}

/**
 * ros_prop_flag - read yes or no
 * @import: for mistakes
 * @item: of an export
 * @key: its key; alone, and with an empty value, as a switch is written
 *	elsewhere, it means yes
 * @otherwise: without it
 */
bool ros_prop_flag(struct ros_import *import, struct ros_item *item,
		   const char *key, bool otherwise)
{
	struct ros_arg *prop = ros_prop(item, key);

	if (!prop)
		return otherwise;
	if (!prop->value || !prop->value[0] || !strcmp(prop->value, "yes") ||
	    !strcmp(prop->value, "true"))
		return true;
	if (strcmp(prop->value, "no") && strcmp(prop->value, "false"))
		ros_remark(import, ROS_MISTAKE, prop->line,
			   "\"%s=%s\": this must be yes or no", key,
			   prop->value);
	return false;
}

/**
 * ros_prop_number - read a number
 * @import: for mistakes
 * @item: of an export
 * @key: its key
 * @max: the most that RouterOS allows
 * @value: where it goes; left alone without one
 *
 * Return: whether there is one.
 */
bool ros_prop_number(struct ros_import *import, struct ros_item *item,
		     const char *key, uint64_t max, uint64_t *value)
{
	const char *text = ros_prop_text(item, key);
	uint64_t number;

	if (!text)
		return false;
	if (!parse_number(text, &number) || number > max) {
		ros_remark(import, ROS_MISTAKE, ros_prop_peek(item, key)->line,
			   "\"%s=%s\": this must be a number from 0 to %llu",
			   key, text, (unsigned long long)max);
		return false;
	}
	*value = number;
	return true;
}

/* The longest beginning that has room and does not cut a character. */
static size_t comment_fits(const char *text)
{
	size_t length = strlen(text);

	if (length <= ECMP_COMMENT_MAX)
		return length;
	length = ECMP_COMMENT_MAX;
	while (length && (text[length] & 0xc0) == 0x80)
		length--;
	return length;
}

/**
 * ros_prop_comment - read the comment
 * @import: for warnings
 * @item: of an export
 *
 * Return: the comment as there is room for it; "" without one.
 */
const char *ros_prop_comment(struct ros_import *import, struct ros_item *item)
{
	const char *text = ros_prop_text(item, "comment");
	char *tame;

	if (!text)
		return "";
	tame = ros_copy(&import->memory, text, strlen(text));
	text_tame(tame);
	if (strcmp(tame, text))
		ros_remark(import, ROS_WARNING,
			   ros_prop_peek(item, "comment")->line,
			   "the comment has bytes that are no UTF-8, or control characters: they became \"?\"");
	if (comment_fits(tame) < strlen(tame))
		ros_remark(import, ROS_WARNING,
			   ros_prop_peek(item, "comment")->line,
			   "the comment is cut off: there is room for %d bytes",
			   ECMP_COMMENT_MAX);
	tame[comment_fits(tame)] = '\0';
	return tame;
}

static bool is_device(const char *name)
{
	struct words words;
	const char *device;

	words_init(&words, &name, 1);
	return words_device(&words, &device);
}

static bool listed_before(struct ros_import *import, struct ros_skipped **at,
			  const char *name)
{
	for (; *at; at = &(*at)->next)
		if (!strcmp((*at)->path, name))
			return true;
	*at = ros_alloc(&import->memory, sizeof(**at));
	(*at)->path = name;
	return false;
}

/**
 * ros_device - an interface as it is called here
 * @import: with --map
 * @name: RouterOS's name
 * @line: where it is
 *
 * Return: the name; where there can be no such name a mistake is told.
 */
const char *ros_device(struct ros_import *import, const char *name,
		       unsigned int line)
{
	unsigned int i;

	for (i = 0; i < import->maps; i++) {
		if (strcmp(import->map[i].from, name))
			continue;
		import->map[i].used = true;
		return import->map[i].to;
	}
	if (name[0] != '*' && is_device(name)) {
		listed_before(import, &import->named, name);
		return name;
	}
	/* Each name that cannot be is told once. */
	if (listed_before(import, &import->nameless, name))
		return name;
	if (name[0] == '*')
		ros_remark(import, ROS_MISTAKE, line,
			   "\"%s\" is an interface that RouterOS has lost: name one by --map '%s=INTERFACE', or take this out of the export",
			   name, name);
	else
		ros_remark(import, ROS_MISTAKE, line,
			   "\"%s\" cannot be the name of an interface here, which has at most 15 characters, no blank, \"/\" or \":\": name it by --map '%s=INTERFACE'",
			   name, name);
	return name;
}

/**
 * ros_prefix - text to prefix
 * @text: an address, with a length or without
 * @family: what it must be, or AF_UNSPEC
 * @prefix: where it goes, without host bits
 * @host_bits: whether there were some
 */
bool ros_prefix(const char *text, uint8_t family, struct prefix *prefix,
		bool *host_bits)
{
	const char *slash = strchr(text, '/');
	size_t size = slash ? (size_t)(slash - text) : strlen(text);
	char address[ADDRESS_TEXT];
	uint64_t length;
	unsigned int i;

	if (size >= sizeof(address))
		return false;
	memcpy(address, text, size);
	address[size] = '\0';
	if (!address_parse(address, &prefix->address) ||
	    (family && prefix->address.family != family))
		return false;
	length = address_size(prefix->address.family) * 8;
	if (slash && (!parse_number(slash + 1, &length) ||
		      length > address_size(prefix->address.family) * 8))
		return false;
	prefix->length = length;
	*host_bits = false;
	for (i = 0; i < sizeof(prefix->address.bytes); i++) {
		unsigned int left = length > i * 8 ? length - i * 8 : 0;
		uint8_t mask = left >= 8 ? 0xff : 0xff00 >> left;

		*host_bits |= prefix->address.bytes[i] & ~mask;
		prefix->address.bytes[i] &= mask;
	}
	return true;
}

/**
 * ros_prefix_contains - is an address of a prefix?
 * @prefix: the prefix
 * @address: the address
 */
bool ros_prefix_contains(const struct prefix *prefix,
			 const struct address *address)
{
	unsigned int i, bits = prefix->length;
	uint8_t differ;

	if (prefix->address.family != address->family)
		return false;
	for (i = 0; i * 8 < bits; i++) {
		differ = prefix->address.bytes[i] ^ address->bytes[i];
		if (bits - i * 8 < 8)
			differ &= 0xff00 >> (bits - i * 8);
		if (differ)
			return false;
	}
	return true;
}
