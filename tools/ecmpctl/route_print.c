// SPDX-License-Identifier: GPL-2.0
/*
 * Routes as people and programs read them.
 */
#include <string.h>
#include <sys/socket.h>

#include "ecmpctl.h"

enum {
	C_FLAGS, C_PREFIX, C_VIA, C_DEV, C_TABLE, C_DISTANCE, C_WEIGHT,
	C_REASON, C_COMMENT, C_COUNT
};

static const struct column columns[C_COUNT] = {
	[C_FLAGS]	= { "flags", false },
	[C_PREFIX]	= { "prefix", false },
	[C_VIA]		= { "via", false },
	[C_DEV]		= { "dev", false },
	[C_TABLE]	= { "table", false },
	[C_DISTANCE]	= { "distance", true },
	[C_WEIGHT]	= { "weight", true },
	[C_REASON]	= { "why not", false },
	[C_COMMENT]	= { "comment", false },
};

/* The letters in their order, and what the legend says of them. */
static const struct { char letter; const char *text; } letters[] = {
	{ 'X', "disabled" }, { 'I', "inactive" }, { 'A', "active" },
	{ 'D', "dynamic (kernel)" }, { 'c', "connect" }, { 's', "static" },
	{ 'd', "dhcp" }, { 'b', "bgp" }, { 'o', "ospf" }, { 'i', "is-is" },
	{ 'r', "rip" }, { 'g', "ra" }, { 'k', "other" },
	{ 'B', "blackhole" }, { 'U', "unreachable" }, { 'P', "prohibit" },
	{ '+', "ECMP" },
};

static char protocol_letter(const struct nlattr *protocol)
{
	if (!protocol)
		return 's';
	return name_text(route_protocols, number_of(protocol))[0] == 'u' ?
	       'k' : name_text(route_protocols, number_of(protocol))[0];
}

/* The flags of a route as letters; room for 10. */
static void route_flags(const struct nlattr **a, char *text)
{
	static const char types[] = { '\0', 'B', 'U', 'P' };
	uint64_t flags = number_of(a[ECMP_A_ROUTE_FLAGS]);
	uint64_t type = number_of(a[ECMP_A_ROUTE_TYPE]);
	char *at = text;

	if (flags & ECMP_ROUTE_F_DISABLED)
		*at++ = 'X';
	if (flags & ECMP_ROUTE_F_INACTIVE)
		*at++ = 'I';
	if (flags & ECMP_ROUTE_F_ACTIVE)
		*at++ = 'A';
	if (flags & ECMP_ROUTE_F_DYNAMIC)
		*at++ = 'D';
	*at++ = protocol_letter(a[ECMP_A_ROUTE_PROTOCOL]);
	if (type && type < COUNT(types))
		*at++ = types[type];
	if (flags & ECMP_ROUTE_F_ECMP)
		*at++ = '+';
	*at = '\0';
}

static enum color flags_color(uint64_t flags)
{
	if (flags & ECMP_ROUTE_F_DISABLED)
		return COLOR_FAINT;
	if (flags & ECMP_ROUTE_F_INACTIVE)
		return COLOR_BAD;
	return flags & ECMP_ROUTE_F_ACTIVE ? COLOR_GOOD : COLOR_WAIT;
}

static void print_flags(struct printer *p, const struct nlattr **a)
{
	uint64_t flags = number_of(a[ECMP_A_ROUTE_FLAGS]);
	char text[16];

	route_flags(a, text);
	print_cell(p, C_FLAGS);
	print_color(p, flags_color(flags));
	print_string(p, "flags", "", text);
	print_bool(p, "disabled", flags & ECMP_ROUTE_F_DISABLED);
	print_bool(p, "inactive", flags & ECMP_ROUTE_F_INACTIVE);
	print_bool(p, "active", flags & ECMP_ROUTE_F_ACTIVE);
	print_bool(p, "dynamic", flags & ECMP_ROUTE_F_DYNAMIC);
	print_bool(p, "ecmp", flags & ECMP_ROUTE_F_ECMP);
	if (a[ECMP_A_ROUTE_PROTOCOL]) {
		print_string(p, "protocol", NULL,
			     name_word(route_protocols,
				       number_of(a[ECMP_A_ROUTE_PROTOCOL])));
		print_number(p, "metric", NULL,
			     number_of(a[ECMP_A_ROUTE_METRIC]));
	}
}

static void print_destination(struct printer *p, const struct nlattr **a)
{
	struct prefix dst = {
		.address = address_of(a[ECMP_A_ROUTE_DST]),
		.length = number_of(a[ECMP_A_ROUTE_DST_LEN]),
	};
	char text[ADDRESS_TEXT];

	print_cell(p, C_PREFIX);
	print_color(p, COLOR_NAME);
	print_string(p, "prefix", "", prefix_text(&dst, text));
	print_string(p, "type", NULL,
		     name_word(route_types, number_of(a[ECMP_A_ROUTE_TYPE])));
}

static void print_path(struct printer *p, const struct nlattr **a)
{
	struct address gateway = address_of(a[ECMP_A_ROUTE_GATEWAY]);
	char text[ADDRESS_TEXT];

	print_cell(p, C_VIA);
	if (gateway.family)
		print_string(p, "gateway", "", address_text(&gateway, text));
	print_cell(p, C_DEV);
	if (a[ECMP_A_ROUTE_DEVICE])
		print_string(p, "device", "",
			     string_of(a[ECMP_A_ROUTE_DEVICE]));
	else if (a[ECMP_A_ROUTE_RESOLVED_DEVICE])
		print_string(p, "resolved_device", "",
			     string_of(a[ECMP_A_ROUTE_RESOLVED_DEVICE]));
	if (number_of(a[ECMP_A_ROUTE_ONLINK])) {
		print_text(p, " onlink");
		print_bool(p, "onlink", true);
	}
	if (a[ECMP_A_ROUTE_NEXTHOP_ID])
		print_number(p, "nexthop", NULL,
			     number_of(a[ECMP_A_ROUTE_NEXTHOP_ID]));
}

static void print_attributes(struct printer *p, const struct nlattr **a)
{
	struct address source = address_of(a[ECMP_A_ROUTE_PREF_SRC]);
	uint64_t weight = number_of(a[ECMP_A_ROUTE_WEIGHT]);
	char text[ADDRESS_TEXT];

	print_cell(p, C_TABLE);
	print_string(p, "table", "", string_of(a[ECMP_A_ROUTE_TABLE]));
	print_cell(p, C_DISTANCE);
	print_number(p, "distance", "", number_of(a[ECMP_A_ROUTE_DISTANCE]));
	print_cell(p, C_WEIGHT);
	print_number(p, "weight", weight == 1 ? NULL : "", weight);
	print_cell(p, C_REASON);
	if (number_of(a[ECMP_A_ROUTE_REASON])) {
		uint64_t reason = number_of(a[ECMP_A_ROUTE_REASON]);

		print_string(p, "reason", NULL, name_word(reasons, reason));
		if (reason != ECMP_REASON_DISABLED)
			print_text(p, "%s", name_text(reasons, reason));
	}
	print_number(p, "paths", NULL, number_of(a[ECMP_A_ROUTE_PATHS]));
	if (source.family)
		print_string(p, "pref_src", NULL, address_text(&source, text));
	print_cell(p, C_COMMENT);
	if (a[ECMP_A_ROUTE_COMMENT])
		print_string(p, "comment", "",
			     string_of(a[ECMP_A_ROUTE_COMMENT]));
}

/**
 * route_print - print one route, as a row of the open table
 * @ctl: this run
 * @nlh: message of the kernel
 */
void route_print(struct ctl *ctl, const struct nlmsghdr *nlh)
{
	const struct nlattr *a[ECMP_A_ROUTE_MAX + 1];
	struct printer *p = &ctl->out;

	attributes_read(nlh, a, ECMP_A_ROUTE_MAX);
	print_row_begin(p);
	print_flags(p, a);
	print_destination(p, a);
	print_path(p, a);
	print_attributes(p, a);
	print_row_end(p);
}

/* Which letters a dump uses, as bits of their places in letters[]. */
static uint32_t letters_used(const struct answers *answers)
{
	const struct nlattr *a[ECMP_A_ROUTE_MAX + 1];
	const struct nlmsghdr *nlh = NULL;
	uint32_t used = 0;
	char text[16];
	unsigned int i;

	while ((nlh = answers_next(answers, nlh))) {
		attributes_read(nlh, a, ECMP_A_ROUTE_MAX);
		route_flags(a, text);
		for (i = 0; i < COUNT(letters); i++)
			if (strchr(text, letters[i].letter))
				used |= BIT(i);
	}
	return used;
}

static void print_legend(struct printer *p, const struct answers *answers)
{
	uint32_t used = letters_used(answers);
	size_t column = 5;
	unsigned int i;
	bool first = true;

	if (p->json || !used)
		return;
	print_text(p, "Flags:");
	for (i = 0; i < COUNT(letters); i++) {
		size_t width = strlen(letters[i].text) + 4;

		if (!(used & BIT(i)))
			continue;
		if (column + width + 1 > 79) {
			print_text(p, ",\n      ");
			column = 6;
			first = true;
		}
		print_text(p, "%s %c %s", first ? "" : ",", letters[i].letter,
			   letters[i].text);
		column += width;
		first = false;
	}
	print_text(p, "\n");
}

/**
 * route_dump - read routes
 * @ctl: this run
 * @filter: table, destination and family as far as they are named
 * @answers: where they go; answers_free() is the caller's
 *
 * Return: 0, or -1 with the refusal in the socket.
 */
int route_dump(struct ctl *ctl, const struct route_request *filter,
	       struct answers *answers)
{
	struct nlmsghdr *nlh = netlink_message(&ctl->nl, ECMP_CMD_ROUTE_GET,
					       NLM_F_DUMP);

	if (filter->table)
		mnl_attr_put_strz(nlh, ECMP_A_ROUTE_TABLE, filter->table);
	if (filter->dst.address.family)
		mnl_attr_put_u8(nlh, ECMP_A_ROUTE_FAMILY,
				filter->dst.address.family);
	/* A request to change something names its destination always. */
	if (filter->named & BIT(ECMP_A_ROUTE_DST) ||
	    (filter->dst.address.family && filter->dst.length)) {
		put_address(nlh, ECMP_A_ROUTE_DST, &filter->dst.address);
		mnl_attr_put_u8(nlh, ECMP_A_ROUTE_DST_LEN, filter->dst.length);
	}
	return netlink_dump(&ctl->nl, nlh, NULL, answers);
}

/**
 * route_print_dump - print routes with their legend
 * @ctl: this run
 * @key: of the array in JSON
 * @answers: of route_dump()
 *
 * Return: 0.
 */
int route_print_dump(struct ctl *ctl, const char *key,
		     const struct answers *answers)
{
	const struct nlmsghdr *nlh = NULL;

	print_legend(&ctl->out, answers);
	print_table_begin(&ctl->out, key, columns, C_COUNT, NULL, NULL);
	while ((nlh = answers_next(answers, nlh)))
		route_print(ctl, nlh);
	print_table_end(&ctl->out);
	return 0;
}
