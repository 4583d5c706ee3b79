// SPDX-License-Identifier: GPL-2.0
/*
 * Routes as people and programs read them.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/socket.h>

#include "ecmpctl.h"

enum {
	C_FLAGS, C_PREFIX, C_VIA, C_DEV, C_TABLE, C_DISTANCE, C_WEIGHT,
	C_PACKETS, C_BYTES, C_REASON, C_COMMENT, C_COUNT
};

static const struct column columns[C_COUNT] = {
	[C_FLAGS]	= { .title = "flags" },
	[C_PREFIX]	= { .title = "prefix" },
	[C_VIA]		= { .title = "via", .fold = true },
	[C_DEV]		= { .title = "dev" },
	[C_TABLE]	= { .title = "table", .fold = true },
	[C_DISTANCE]	= { .title = "distance", .right = true },
	[C_WEIGHT]	= { .title = "weight", .right = true },
	[C_PACKETS]	= { .title = "packets", .right = true },
	[C_BYTES]	= { .title = "bytes", .right = true },
	[C_REASON]	= { .title = "why not", .wrap = true },
	[C_COMMENT]	= { .title = "comment", .wrap = true, .fold = true },
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

/* ecmpctl's own routes have no protocol and are static. */
static char protocol_letter(const struct nlattr *protocol)
{
	const char *text;

	if (!protocol)
		return 's';
	text = name_text(route_protocols, number_of(protocol));
	return text[1] == ' ' ? text[0] : 'k';
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

	if (dst.address.family)
		print_string(p, "family", NULL,
			     name_word(families, dst.address.family));
	print_cell(p, C_PREFIX);
	print_color(p, COLOR_NAME);
	print_string(p, "prefix", "", prefix_text(&dst, text));
	print_string(p, "type", NULL,
		     name_word(route_types, number_of(a[ECMP_A_ROUTE_TYPE])));
}

static void print_gateway(struct printer *p, const struct nlattr **a)
{
	struct address gateway = address_of(a[ECMP_A_ROUTE_GATEWAY]);
	uint64_t type = number_of(a[ECMP_A_ROUTE_TYPE]);
	char text[ADDRESS_TEXT];

	print_cell(p, C_VIA);
	if (type != ECMP_ROUTE_UNICAST)
		print_text(p, "%s", name_word(route_types, type));
	if (gateway.family)
		print_string(p, "gateway", "", address_text(&gateway, text));
	if (a[ECMP_A_ROUTE_GATEWAY_KERNEL]) {
		print_bool(p, "gateway_kernel", true);
		print_text(p, "%skernel", gateway.family ? " of " : "");
	}
}

static void print_device(struct printer *p, const struct nlattr **a)
{
	print_cell(p, C_DEV);
	if (a[ECMP_A_ROUTE_DEVICE])
		print_name(p, "device", "",
			   string_of(a[ECMP_A_ROUTE_DEVICE]));
	if (a[ECMP_A_ROUTE_RESOLVED_DEVICE])
		print_name(p, "resolved_device",
			   a[ECMP_A_ROUTE_DEVICE] ? NULL : "",
			   string_of(a[ECMP_A_ROUTE_RESOLVED_DEVICE]));
	if (number_of(a[ECMP_A_ROUTE_ONLINK])) {
		print_text(p, " onlink");
		print_bool(p, "onlink", true);
	}
	if (a[ECMP_A_ROUTE_NEXTHOP_ID])
		print_number(p, "nexthop", NULL,
			     number_of(a[ECMP_A_ROUTE_NEXTHOP_ID]));
}

static void print_reason(struct printer *p, const struct nlattr **a)
{
	uint64_t reason = number_of(a[ECMP_A_ROUTE_REASON]);

	if (!reason)
		return;
	print_cell(p, C_REASON);
	print_string(p, "reason", NULL, name_word(reasons, reason));
	if (reason == ECMP_REASON_DISTANCE)
		print_text(p, "lower distance");
	else if (reason != ECMP_REASON_DISABLED)
		print_text(p, "%s", name_text(reasons, reason));
}

static void print_targets(struct printer *p, const struct nlattr **a)
{
	const struct nlattr *attr = a[ECMP_A_ROUTE_CHECK_TARGETS];
	struct address target = { .family =
				  number_of(a[ECMP_A_ROUTE_FAMILY]) };
	unsigned int size = address_size(target.family), at;
	char text[ADDRESS_TEXT];

	if (!attr)
		return;
	print_array_begin(p, "check_targets");
	for (at = 0; at + size <= mnl_attr_get_payload_len(attr); at += size) {
		memcpy(target.bytes,
		       (const char *)mnl_attr_get_payload(attr) + at, size);
		print_string(p, NULL, NULL, address_text(&target, text));
	}
	print_array_end(p);
}

/* The table of routes has no room for it: "nexthop show" has. */
static void print_check(struct printer *p, const struct nlattr **a)
{
	uint64_t check = number_of(a[ECMP_A_ROUTE_CHECK]);

	if (!check)
		return;
	print_string(p, "check_gateway", NULL, name_word(checks, check));
	print_targets(p, a);
	print_bool(p, "check_all", number_of(a[ECMP_A_ROUTE_CHECK_ALL]));
}

static void print_weights(struct printer *p, const struct nlattr **a,
			  bool tables)
{
	struct address source = address_of(a[ECMP_A_ROUTE_PREF_SRC]);
	uint64_t weight = number_of(a[ECMP_A_ROUTE_WEIGHT]);
	char text[ADDRESS_TEXT];

	print_cell(p, C_TABLE);
	print_string(p, "table", tables ? "" : NULL,
		     string_of(a[ECMP_A_ROUTE_TABLE]));
	print_cell(p, C_DISTANCE);
	print_number(p, "distance", "", number_of(a[ECMP_A_ROUTE_DISTANCE]));
	print_cell(p, C_WEIGHT);
	print_number(p, "weight", weight == 1 ? NULL : "", weight);
	print_number(p, "paths", NULL, number_of(a[ECMP_A_ROUTE_PATHS]));
	if (source.family)
		print_string(p, "pref_src", NULL, address_text(&source, text));
	print_check(p, a);
}

static void print_comment(struct printer *p, const struct nlattr **a)
{
	print_cell(p, C_COMMENT);
	if (a[ECMP_A_ROUTE_COMMENT])
		print_string(p, "comment", "",
			     string_of(a[ECMP_A_ROUTE_COMMENT]));
}

/**
 * struct listing - routes that are being printed
 * @ctl: this run
 * @nexthops: with -s the next hops, for their counters
 * @tables: of other tables than main too
 */
struct listing {
	struct ctl		*ctl;
	bool			tables;
	struct answers		nexthops;
};

static void print_counters(const struct listing *l, const struct nlattr **a)
{
	const struct nlattr *n[ECMP_A_NEXTHOP_MAX + 1];
	const struct nlmsghdr *nlh = NULL;
	struct printer *p = &l->ctl->out;

	if (!a[ECMP_A_ROUTE_NEXTHOP_ID])
		return;
	while ((nlh = answers_next(&l->nexthops, nlh))) {
		attributes_read(nlh, n, ECMP_A_NEXTHOP_MAX);
		if (number_of(n[ECMP_A_NEXTHOP_ID]) !=
		    number_of(a[ECMP_A_ROUTE_NEXTHOP_ID]))
			continue;
		print_cell(p, C_PACKETS);
		print_number(p, "nexthop_packets", "",
			     number_of(n[ECMP_A_NEXTHOP_PACKETS]));
		print_cell(p, C_BYTES);
		print_number(p, "nexthop_bytes", "",
			     number_of(n[ECMP_A_NEXTHOP_BYTES]));
		return;
	}
}

static void print_members(const struct listing *l, const struct nlattr **a)
{
	struct printer *p = &l->ctl->out;

	print_flags(p, a);
	print_destination(p, a);
	print_gateway(p, a);
	print_device(p, a);
	print_weights(p, a, l->tables);
	print_counters(l, a);
	print_reason(p, a);
	print_comment(p, a);
}

/**
 * route_print - the members of a route, in JSON
 * @ctl: this run
 * @a: attributes of the route by number
 */
void route_print(struct ctl *ctl, const struct nlattr **a)
{
	const struct listing l = { .ctl = ctl };

	print_members(&l, a);
}

static void print_row(const struct listing *l, const struct nlmsghdr *nlh)
{
	const struct nlattr *a[ECMP_A_ROUTE_MAX + 1];
	struct printer *p = &l->ctl->out;

	attributes_read(nlh, a, ECMP_A_ROUTE_MAX);
	print_row_begin(p);
	print_members(l, a);
	print_row_end(p);
}

/*
 * What is to be known of a dump before it is printed: which letters it uses, as
 * bits of their places in letters[], and whether it is of other tables than
 * main too.
 */
static uint32_t look_over(const struct answers *answers, bool *tables)
{
	const struct nlattr *a[ECMP_A_ROUTE_MAX + 1];
	const struct nlmsghdr *nlh = NULL;
	bool seen[UCHAR_MAX + 1] = { false };
	char text[16], *at;
	uint32_t used = 0;
	unsigned int i;

	while ((nlh = answers_next(answers, nlh))) {
		attributes_read(nlh, a, ECMP_A_ROUTE_MAX);
		route_flags(a, text);
		for (at = text; *at; at++)
			seen[(unsigned char)*at] = true;
		if (!*tables)
			*tables = strcmp(string_of(a[ECMP_A_ROUTE_TABLE]),
					 "main");
	}
	for (i = 0; i < COUNT(letters); i++)
		if (seen[(unsigned char)letters[i].letter])
			used |= BIT(i);
	return used;
}

/* What the letters say; a line is broken after one that would not fit. */
static void print_legend(struct printer *p, uint32_t used)
{
	const char *before = "Flags: ";
	size_t column = 0, width;
	unsigned int i;

	for (i = 0; i < COUNT(letters); i++) {
		if (!(used & BIT(i)))
			continue;
		width = strlen(letters[i].text) + 2;
		if (column + width > 76) {
			before = ",\n       ";
			column = 0;
		}
		column += width + (column ? 2 : strlen("Flags: "));
		print_text(p, "%s%c %s", before, letters[i].letter,
			   letters[i].text);
		before = ", ";
	}
	if (used)
		print_text(p, "\n");
}

static int dump_family(struct ctl *ctl, const struct route_request *filter,
		       uint8_t family, struct answers *answers)
{
	struct nlmsghdr *nlh = netlink_message(&ctl->nl, ECMP_CMD_ROUTE_GET,
					       NLM_F_DUMP);
	struct address any = { .family = family };

	if (filter->table)
		mnl_attr_put_strz(nlh, ECMP_A_ROUTE_TABLE, filter->table);
	if (family)
		mnl_attr_put_u8(nlh, ECMP_A_ROUTE_FAMILY, family);
	if (filter->named & BIT(ECMP_A_ROUTE_DST)) {
		put_address(nlh, ECMP_A_ROUTE_DST,
			    filter->dst.address.family ? &filter->dst.address :
							 &any);
		mnl_attr_put_u8(nlh, ECMP_A_ROUTE_DST_LEN, filter->dst.length);
	}
	return dump(ctl, nlh, NULL, answers);
}

/* A kernel that was booted without IPv6 has no routes of it: no failure. */
static bool lacks_ipv6(struct netlink *nl)
{
	if (nl->refusal.error != EAFNOSUPPORT)
		return false;
	memset(&nl->refusal, 0, sizeof(nl->refusal));
	return true;
}

/**
 * route_dump - read routes
 * @ctl: this run
 * @filter: table, destination and family as far as they are named; a default
 *	route without a family is one of both
 * @answers: where they go; answers_free() is the caller's
 *
 * Return: 0, or -1 with the refusal in the socket.
 */
int route_dump(struct ctl *ctl, const struct route_request *filter,
	       struct answers *answers)
{
	uint8_t family = filter->dst.address.family;

	memset(answers, 0, sizeof(*answers));
	if (family || !(filter->named & BIT(ECMP_A_ROUTE_DST)))
		return dump_family(ctl, filter, family, answers);
	if (dump_family(ctl, filter, AF_INET, answers))
		return -1;
	return dump_family(ctl, filter, AF_INET6, answers) &&
	       !lacks_ipv6(&ctl->nl) ? -1 : 0;
}

/**
 * route_print_dump - print routes with their legend
 * @ctl: this run
 * @key: of the array in JSON
 * @answers: of route_dump()
 */
void route_print_dump(struct ctl *ctl, const char *key,
		      const struct answers *answers)
{
	const struct nlmsghdr *nlh = NULL;
	struct listing l = { .ctl = ctl };

	/* Without counters the routes are still worth printing. */
	if (ctl->stats)
		dump_all(ctl, ECMP_CMD_NEXTHOP_GET, &l.nexthops);
	if (!ctl->out.json)
		print_legend(&ctl->out, look_over(answers, &l.tables));
	print_table_begin(&ctl->out, key, columns, C_COUNT);
	while ((nlh = answers_next(answers, nlh)))
		print_row(&l, nlh);
	print_table_end(&ctl->out);
	answers_free(&l.nexthops);
}
