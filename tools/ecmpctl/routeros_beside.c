// SPDX-License-Identifier: GPL-2.0
/*
 * What an export has besides tables, routes and rules, and what is to be done
 * about it here.
 */
#include <string.h>

#include "routeros.h"
#include "text.h"

/* "routing bgp connection" is of bgp. */
static size_t protocol_of(const struct ros_skipped *section, const char **name)
{
	static const char routing[] = "routing ";

	if (!section->line ||
	    strncmp(section->path, routing, strlen(routing)))
		return 0;
	*name = section->path + strlen(routing);
	return strcspn(*name, " ");
}

static bool protocol_before(const struct ros_import *import,
			    const struct ros_skipped *section)
{
	const struct ros_skipped *s;
	const char *name, *other;
	size_t length = protocol_of(section, &name);

	for (s = import->skipped; s != section; s = s->next)
		if (protocol_of(s, &other) == length &&
		    !strncmp(name, other, length))
			return true;
	return false;
}

/* A routing protocol changes where packets go. All of them are told at once. */
static void tell_protocols(struct ros_import *import)
{
	const struct ros_skipped *s;
	unsigned int line = 0;
	char names[256] = "";
	const char *name;
	size_t length;

	for (s = import->skipped; s; s = s->next) {
		length = protocol_of(s, &name);
		if (!length || protocol_before(import, s))
			continue;
		if (!line || s->line < line)
			line = s->line;
		text_add(names, sizeof(names), "%s%.*s", names[0] ? "and " : "",
			 (int)length, name);
	}
	if (line)
		ros_remark(import, ROS_WARNING, line,
			   "/routing %s: left to others, as FRR or BIRD: the table main follows what they give to the kernel",
			   names);
}

static void tell_nat(struct ros_import *import)
{
	const struct ros_skipped *s;

	for (s = import->skipped; s; s = s->next)
		if (s->line && (!strcmp(s->path, "ip firewall nat") ||
				!strcmp(s->path, "ipv6 firewall nat")))
			ros_remark(import, ROS_NOTE, s->line,
				   "/%s is for nftables to do, as it was: the WAN is chosen before, so that \"masquerade\" follows it",
				   s->path);
}

/* What of a packet PCC looks at, as a hash policy. */
static const char *pcc_policy(const char *classifier)
{
	if (!strncmp(classifier, "src-address:", 12))
		return "src";
	return strstr(classifier, "port") ? "l4" : "l3";
}

/**
 * ros_spreading - does mangle spread connections over several lines?
 * @import: with the items
 *
 * Return: the first matcher that does so, "nth" or "per-connection-classifier";
 * NULL without one.
 */
const struct ros_arg *ros_spreading(const struct ros_import *import)
{
	const struct ros_item *item;
	const struct ros_arg *arg;

	for (item = import->items[ROS_MANGLE]; item; item = item->next) {
		arg = ros_prop_peek(item, "per-connection-classifier");
		if (!arg)
			arg = ros_prop_peek(item, "nth");
		if (arg && arg->value && arg->value[0])
			return arg;
	}
	return NULL;
}

/*
 * A router that spreads its connections by PCC or nth has a mark and a table
 * for each line. All that is one table here.
 */
static void tell_spreading(struct ros_import *import)
{
	const struct ros_arg *arg = ros_spreading(import);

	if (!arg)
		return;
	if (arg->key[0] == 'p')
		ros_remark(import, ROS_WARNING, arg->line,
			   "PCC needs no marks here: \"table add pcc hash-policy %s\", the default routes of all these lines in that table, and a rule that looks there",
			   pcc_policy(arg->value));
	else
		ros_remark(import, ROS_WARNING, arg->line,
			   "nth needs no marks here: \"table add nth balance round-robin-flow\", the default routes of all these lines in that table, and a rule that looks there");
}

/**
 * ros_beside - tell what is to be done besides
 * @import: with the items and what was passed over
 */
void ros_beside(struct ros_import *import)
{
	tell_protocols(import);
	tell_spreading(import);
	tell_nat(import);
}
