// SPDX-License-Identifier: GPL-2.0
/*
 * Where a route goes. RouterOS's gateways are addresses, interfaces, both
 * (192.0.2.1%ether1), in a table (192.0.2.1@main), several with commas, and the
 * same one several times for a larger share.
 *
 * An address that is on no link is reached by another route, if the scope of
 * that is within this one's target-scope; connected networks compete with those
 * routes. Here a route names the gateway that packets really go to; the address
 * that was named instead, a host far away that is asked whether the line works,
 * becomes the target of the check.
 */
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "routeros.h"

#define DEPTH	8	/* of gateways that are reached by gateways */
#define PATHS	1024	/* that are looked at for one route */
#define CONNECTED	10	/* scope of connected networks */

/* Can it be somebody's address? */
static bool is_host(const struct address *address)
{
	static const uint8_t none[16], loopback[16] = { [15] = 1 };
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	const uint8_t *b = address->bytes;

	if (address->family == AF_INET)
		return b[0] && b[0] != 127 && b[0] < 224;
	return memcmp(b, none, 16) && memcmp(b, loopback, 16) &&
	       memcmp(b, mapped, sizeof(mapped)) && b[0] != 0xff;
}

static bool is_link_local(const struct address *address)
{
	return address->family == AF_INET6 && address->bytes[0] == 0xfe &&
	       (address->bytes[1] & 0xc0) == 0x80;
}

static bool left_out(struct ros_import *import, const struct ros_arg *arg,
		     const char *gateway, const char *why)
{
	ros_remark(import, ROS_WARNING, arg->line,
		   "\"gateway=%s\" is left out: %s", gateway, why);
	return false;
}

/* ADDRESS, ADDRESS%INTERFACE or INTERFACE, each with @TABLE behind it. */
static bool read_gateway(struct ros_import *import, const struct ros_arg *arg,
			 char *text, uint8_t family,
			 struct ros_gateway *gateway)
{
	char *table = strrchr(text, '@'), *device;

	if (table && table[1]) {
		*table++ = '\0';
		if (strcmp(table, "main"))
			ros_remark(import, ROS_WARNING, arg->line,
				   "\"gateway=%s@%s\": a gateway is looked for in connected networks here, not in table or VRF \"%s\"",
				   text, table, table);
	}
	device = strchr(text, '%');
	if (device)
		*device++ = '\0';
	memset(gateway, 0, sizeof(*gateway));
	gateway->times = 1;
	gateway->device = device && *device ?
			  ros_device(import, device, arg->line) : "";
	if (!address_parse(text, &gateway->address)) {
		memset(&gateway->address, 0, sizeof(gateway->address));
		if (device)
			return left_out(import, arg, text,
					"before the \"%\" there must be an address");
		gateway->device = ros_device(import, text, arg->line);
		return true;
	}
	if (gateway->address.family != family)
		return left_out(import, arg, text,
				"a gateway of the other family is not possible here");
	if (!is_host(&gateway->address))
		return left_out(import, arg, text,
				"this is nobody's address");
	if (is_link_local(&gateway->address) && !gateway->device[0])
		return left_out(import, arg, text,
				"a link-local gateway is on every link: write ADDRESS%INTERFACE");
	return true;
}

static bool same_gateway(const struct ros_gateway *a,
			 const struct ros_gateway *b)
{
	return address_equal(&a->address, &b->address) &&
	       !strcmp(a->device, b->device);
}

static void gateway_add(struct ros_import *import, struct ros_gateway **list,
			const struct ros_gateway *gateway)
{
	while (*list && !same_gateway(*list, gateway))
		list = &(*list)->next;
	if (*list) {
		(*list)->times++;
		return;
	}
	*list = ros_alloc(&import->memory, sizeof(**list));
	**list = *gateway;
}

/**
 * ros_gateways - read what stands behind "gateway="
 * @import: with --map
 * @arg: the property; it has a value
 * @family: of the route
 *
 * Return: the gateways, each once.
 */
struct ros_gateway *ros_gateways(struct ros_import *import,
				 const struct ros_arg *arg, uint8_t family)
{
	struct ros_gateway *list = NULL, gateway;
	const char *at = arg->value;
	size_t length;
	char *text;

	for (; *at; at += length + (at[length] == ',')) {
		length = strcspn(at, ",");
		text = ros_copy(&import->memory, at, length);
		if (length && read_gateway(import, arg, text, family, &gateway))
			gateway_add(import, &list, &gateway);
	}
	return list;
}

/* ---- how it gets there ---- */

static bool leads_to(const struct ros_route *near,
		     const struct ros_route *route,
		     const struct ros_gateway *gateway)
{
	return near != route && near->scope <= route->target_scope &&
	       ros_prefix_contains(&near->hop.dst, &gateway->address);
}

static bool same_prefix(const struct prefix *a, const struct prefix *b)
{
	return a->length == b->length &&
	       address_equal(&a->address, &b->address);
}

/* A connected network's distance is 0: it wins over a route of its length. */
static bool is_nearer(const struct ros_import *import,
		      const struct ros_route *route,
		      const struct ros_gateway *gateway,
		      const struct ros_route *best)
{
	return route->target_scope >= CONNECTED &&
	       ros_is_connected(import, &gateway->address,
				best->hop.dst.length);
}

/* The longest prefix, of it the lowest distance; NULL: it is on a link. */
static const struct ros_route *find_near(const struct ros_import *import,
					 const struct ros_route *near,
					 const struct ros_route *route,
					 const struct ros_gateway *gateway)
{
	const struct ros_route *best = NULL;

	if (!gateway->address.family || gateway->device[0])
		return NULL;
	for (; near; near = near->near) {
		if (!leads_to(near, route, gateway))
			continue;
		if (!best || near->hop.dst.length > best->hop.dst.length ||
		    (near->hop.dst.length == best->hop.dst.length &&
		     near->hop.distance < best->hop.distance))
			best = near;
	}
	return best && !is_nearer(import, route, gateway, best) ? best : NULL;
}

/* A gateway far away is asked by ping, and the nearest to the route counts. */
static void check_far(struct ros_import *import, const struct ros_route *route,
		      const struct ros_gateway *gateway, struct ros_hop *hop)
{
	char text[ADDRESS_TEXT];

	if (hop->targets || route->hop.check == ECMP_CHECK_NONE)
		return;
	if (route->hop.check == ECMP_CHECK_ARP)
		ros_remark(import, ROS_WARNING, route->hop.line,
			   "\"check-gateway=arp\" became ping: %s is not on a link",
			   address_text(&gateway->address, text));
	hop->check = ECMP_CHECK_PING;
	hop->target[0] = gateway->address;
	hop->targets = 1;
}

static void check_near(struct ros_import *import,
		       const struct ros_route *route, struct ros_hop *hop)
{
	if (hop->targets)
		return;
	hop->check = route->hop.check;
	if (hop->gateway.family || hop->check != ECMP_CHECK_ARP)
		return;
	ros_remark(import, ROS_WARNING, route->hop.line,
		   "\"check-gateway=arp\" became ping: an interface alone has no gateway that answers ARP");
	hop->check = ECMP_CHECK_PING;
}

/**
 * struct resolving - a route whose paths are looked for
 * @import: where they go
 * @near: routes by which gateways may be reached
 * @from: the route
 * @paths: how many were looked at: in a circle they would have no end
 */
struct resolving {
	struct ros_import	*import;
	const struct ros_route	*near;
	const struct ros_route	*from;
	unsigned int		paths;
};

static void resolve(struct resolving *r, const struct ros_route *route,
		    struct ros_hop hop, unsigned int depth);

/* All routes that RouterOS would use there. */
static void resolve_by(struct resolving *r, const struct ros_route *route,
		       const struct ros_gateway *gateway,
		       const struct ros_route *best, const struct ros_hop *hop,
		       unsigned int depth)
{
	const struct ros_route *near;

	if (depth == DEPTH || r->paths > PATHS) {
		r->paths = PATHS + 1;
		return;
	}
	for (near = r->near; near; near = near->near)
		if (leads_to(near, route, gateway) &&
		    same_prefix(&near->hop.dst, &best->hop.dst) &&
		    near->hop.distance == best->hop.distance)
			resolve(r, near, *hop, depth + 1);
}

static void resolve(struct resolving *r, const struct ros_route *route,
		    struct ros_hop hop, unsigned int depth)
{
	const struct ros_gateway *gateway;
	const struct ros_route *best;
	struct ros_hop path;

	for (gateway = route->gateways; gateway; gateway = gateway->next) {
		if (r->paths++ >= PATHS)
			return;
		path = hop;
		path.weight = path.weight * gateway->times > 256 ?
			      256 : path.weight * gateway->times;
		best = find_near(r->import, r->near, route, gateway);
		if (best) {
			check_far(r->import, route, gateway, &path);
			resolve_by(r, route, gateway, best, &path, depth);
			continue;
		}
		path.gateway = gateway->address;
		path.device = gateway->device;
		if (!depth)
			check_near(r->import, route, &path);
		ros_hops_add(r->import, &path);
	}
}

/**
 * ros_resolve - add the paths of a route
 * @import: where they go
 * @near: routes by which gateways may be reached
 * @route: a unicast route
 */
void ros_resolve(struct ros_import *import, const struct ros_route *near,
		 const struct ros_route *route)
{
	struct resolving r = {
		.import = import, .near = near, .from = route,
	};
	struct ros_hop hop = route->hop;

	hop.check = ECMP_CHECK_NONE;
	resolve(&r, route, hop, 0);
	if (r.paths > PATHS)
		ros_remark(import, ROS_WARNING, route->hop.line,
			   "this route is left out in part: its gateways are reached by each other, or by too many others");
}
