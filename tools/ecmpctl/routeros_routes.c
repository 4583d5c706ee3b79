// SPDX-License-Identifier: GPL-2.0
/*
 * /ip route and /ipv6 route.
 */
#include <string.h>
#include <sys/socket.h>

#include "routeros.h"

#define SCOPE		30	/* where it is not written */
#define TARGET_SCOPE	10

/* Nothing that a packet would notice. */
static const char *const without_meaning[] = {
	"bgp-as-path", "bgp-atomic-aggregate", "bgp-communities",
	"bgp-local-pref", "bgp-med", "bgp-origin", "bgp-prepend",
	"bgp-weight", "dynamic", "ospf-metric", "ospf-type", "rip-metric",
	"rip-tag", "route-tag", "static", "suppress-hw-offload",
	"vrf-interface",
};

static bool has_no_meaning(const char *key)
{
	unsigned int i;

	for (i = 0; i < COUNT(without_meaning); i++)
		if (!strcmp(without_meaning[i], key))
			return true;
	return false;
}

/* What is left when all that is known has been read. */
static void unknown_props(struct ros_import *import, struct ros_item *item,
			  enum ros_section section)
{
	struct ros_arg *prop;

	while ((prop = ros_prop_unused(item))) {
		if (!has_no_meaning(prop->key))
			ros_remark(import, ROS_WARNING, prop->line,
				   "\"%s\" of /%s is not known here: it is left out",
				   prop->key, ros_section_path(section));
		else if (prop->value && prop->value[0] &&
			 strcmp(prop->value, "no"))
			ros_remark(import, ROS_NOTE, prop->line,
				   "\"%s\" has no meaning here: it is left out",
				   prop->key);
	}
}

static bool read_dst(struct ros_import *import, struct ros_item *item,
		     uint8_t family, struct prefix *dst)
{
	const char *text = ros_prop_text(item, "dst-address");
	char buf[ADDRESS_TEXT];
	bool host_bits;

	memset(dst, 0, sizeof(*dst));
	dst->address.family = family;
	if (!text)
		return true;
	if (!ros_prefix(text, family, dst, &host_bits)) {
		ros_remark(import, ROS_MISTAKE,
			   ros_prop_peek(item, "dst-address")->line,
			   "\"dst-address=%s\": this must be an IPv%c prefix",
			   text, family == AF_INET ? '4' : '6');
		return false;
	}
	if (host_bits)
		ros_remark(import, ROS_WARNING,
			   ros_prop_peek(item, "dst-address")->line,
			   "\"dst-address=%s\" has host bits set: it became %s",
			   text, prefix_text(dst, buf));
	return true;
}

/* RouterOS 6 has a mark where RouterOS 7 has a table. */
static struct ros_table *read_table(struct ros_import *import,
				    struct ros_item *item)
{
	const char *table = ros_prop_text(item, "routing-table");
	const char *mark = ros_prop_text(item, "routing-mark");

	if (table)
		return ros_table(import, table,
				 ros_prop_peek(item, "routing-table")->line,
				 true);
	if (!mark)
		return &import->main;
	import->old = true;
	return ros_table(import, mark, item->line, false);
}

/* "blackhole", or in RouterOS 6 "type=blackhole". */
static unsigned int read_type(struct ros_import *import, struct ros_item *item)
{
	const char *text = ros_prop_text(item, "type");
	const struct name *type;

	if (ros_prop_flag(import, item, "blackhole", false))
		return ECMP_ROUTE_BLACKHOLE;
	if (!text)
		return ECMP_ROUTE_UNICAST;
	type = name_find(route_types, text);
	if (type)
		return type->value;
	ros_remark(import, ROS_MISTAKE, ros_prop_peek(item, "type")->line,
		   "\"type=%s\": this must be unicast, blackhole, unreachable or prohibit",
		   text);
	return ECMP_ROUTE_UNICAST;
}

static unsigned int read_check(struct ros_import *import,
			       struct ros_item *item)
{
	const char *text = ros_prop_text(item, "check-gateway");
	const struct name *check;

	if (!text)
		return ECMP_CHECK_NONE;
	check = name_find(checks, text);
	if (check)
		return check->value;
	if (!strcmp(text, "bfd"))
		ros_remark(import, ROS_WARNING,
			   ros_prop_peek(item, "check-gateway")->line,
			   "\"check-gateway=bfd\": no check is made here: let FRR's bfdd decide, by tools/examples/ecmp-bfd");
	else
		ros_remark(import, ROS_MISTAKE,
			   ros_prop_peek(item, "check-gateway")->line,
			   "\"check-gateway=%s\": this must be none, arp, ping or bfd",
			   text);
	return ECMP_CHECK_NONE;
}

static void read_pref_src(struct ros_import *import, struct ros_item *item,
			  uint8_t family, struct address *address)
{
	const char *text = ros_prop_text(item, "pref-src");

	memset(address, 0, sizeof(*address));
	if (!text || !strcmp(text, "0.0.0.0") || !strcmp(text, "::"))
		return;
	if (address_parse(text, address) && address->family == family)
		return;
	memset(address, 0, sizeof(*address));
	ros_remark(import, ROS_MISTAKE, ros_prop_peek(item, "pref-src")->line,
		   "\"pref-src=%s\": this must be an IPv%c address", text,
		   family == AF_INET ? '4' : '6');
}

/* Of RouterOS 0 to 255; here from 1 on. */
static unsigned int read_distance(struct ros_import *import,
				  struct ros_item *item)
{
	uint64_t distance = 1;

	ros_prop_number(import, item, "distance", 255, &distance);
	if (distance)
		return distance;
	ros_remark(import, ROS_WARNING, ros_prop_peek(item, "distance")->line,
		   "\"distance=0\" became 1, the least that there is here");
	return 1;
}

static void read_gateways(struct ros_import *import, struct ros_item *item,
			  struct ros_route *route, uint8_t family)
{
	const struct ros_arg *gateway = ros_prop(item, "gateway");

	if (route->hop.type != ECMP_ROUTE_UNICAST)
		return;
	if (gateway && gateway->value && gateway->value[0])
		route->gateways = ros_gateways(import, gateway, family);
	else
		ros_remark(import, ROS_WARNING, item->line,
			   "this route has no gateway: it is left out");
}

static struct ros_route *read_route(struct ros_import *import,
				    struct ros_item *item, uint8_t family)
{
	struct ros_route *route = ros_alloc(&import->memory, sizeof(*route));
	struct ros_hop *hop = &route->hop;
	uint64_t scope = SCOPE, target_scope = TARGET_SCOPE;

	hop->line = item->line;
	hop->device = "";
	hop->weight = 1;
	hop->table = read_table(import, item);
	hop->type = read_type(import, item);
	hop->distance = read_distance(import, item);
	hop->check = read_check(import, item);
	hop->disabled = ros_prop_flag(import, item, "disabled", false) ||
			hop->table->dead;
	hop->comment = ros_prop_comment(import, item);
	read_pref_src(import, item, family, &hop->pref_src);
	ros_prop_number(import, item, "scope", 255, &scope);
	ros_prop_number(import, item, "target-scope", 255, &target_scope);
	route->scope = scope;
	route->target_scope = target_scope;
	read_gateways(import, item, route, family);
	return read_dst(import, item, family, &hop->dst) ? route : NULL;
}

/*
 * Gateways that are not on a link are reached by routes of main whose scope is
 * within their target-scope. Few are, as a rule.
 */
static struct ros_route *list_near(const struct ros_import *import,
				   struct ros_route *routes)
{
	struct ros_route *route, *near = NULL, **end = &near;
	unsigned int most = 0;

	for (route = routes; route; route = route->next)
		if (route->target_scope > most)
			most = route->target_scope;
	for (route = routes; route; route = route->next) {
		if (route->hop.table != &import->main || route->hop.disabled ||
		    !route->gateways || !route->hop.dst.length ||
		    route->scope > most)
			continue;
		*end = route;
		end = &route->near;
	}
	return near;
}

/* A blackhole and the like go nowhere, and have nothing that says how. */
static void add_path(struct ros_import *import, struct ros_route *near,
		     struct ros_route *route)
{
	struct ros_hop hop = route->hop;

	if (hop.type == ECMP_ROUTE_UNICAST) {
		ros_resolve(import, near, route);
		return;
	}
	hop.check = ECMP_CHECK_NONE;
	hop.pref_src.family = AF_UNSPEC;
	ros_hops_add(import, &hop);
}

static void read_section(struct ros_import *import, enum ros_section section,
			 uint8_t family)
{
	struct ros_route *routes = NULL, **end = &routes, *near, *route;
	struct ros_item *item;

	for (item = import->items[section]; item; item = item->next) {
		route = read_route(import, item, family);
		unknown_props(import, item, section);
		if (!route)
			continue;
		*end = route;
		end = &route->next;
	}
	near = list_near(import, routes);
	for (route = routes; route; route = route->next)
		add_path(import, near, route);
}

/**
 * ros_routes - read the routes
 * @import: with the items and the tables
 */
void ros_routes(struct ros_import *import)
{
	read_section(import, ROS_ROUTES4, AF_INET);
	read_section(import, ROS_ROUTES6, AF_INET6);
}
