// SPDX-License-Identifier: GPL-2.0
/*
 * The default routes of PPP and DHCP clients. RouterOS makes them itself, with
 * the client's default-route-distance; here PPP's is written down, and DHCP's
 * is the kernel's, whose distance can be told.
 */
#include <string.h>
#include <sys/socket.h>

#include "routeros.h"
#include "text.h"

static unsigned int read_distance(struct ros_import *import,
				  struct ros_item *item)
{
	uint64_t distance = 1;

	ros_prop_number(import, item, "default-route-distance", 255,
			&distance);
	return distance ? distance : 1;
}

/* "special-classless" of DHCP is yes, too. */
static bool makes_default(struct ros_item *item, bool otherwise)
{
	const char *text = ros_prop_text(item, "add-default-route");

	return text ? strcmp(text, "no") : otherwise;
}

static bool is_disabled(struct ros_item *item, const char *otherwise)
{
	const char *text = ros_prop_text(item, "disabled");

	return !strcmp(text ? text : otherwise, "yes");
}

static bool tables_unknown(struct ros_import *import, struct ros_item *item)
{
	const struct ros_arg *tables = ros_prop(item, "default-route-tables");

	if (!tables || !tables->value || !tables->value[0])
		return false;
	ros_remark(import, ROS_WARNING, tables->line,
		   "\"default-route-tables\" is not known here: write the routes of these tables by hand");
	return true;
}

static void read_ppp(struct ros_import *import, struct ros_item *item)
{
	const char *name = ros_prop_text(item, "name");
	struct ros_hop hop = {
		.line = item->line, .table = &import->main,
		.dst.address.family = AF_INET, .type = ECMP_ROUTE_UNICAST,
		.weight = 1, .comment = "", .implied = true,
	};

	/* A client that is added is disabled unless something else is said. */
	if (!name || !makes_default(item, false) || is_disabled(item, "yes"))
		return;
	hop.device = ros_device(import, name, ros_prop_peek(item, "name")->line);
	hop.distance = read_distance(import, item);
	ros_hops_add(import, &hop);
	tables_unknown(import, item);
	ros_remark(import, ROS_NOTE, item->line,
		   "the default route of \"add-default-route=yes\" is written down; dialling is pppd's");
}

/*
 * The kernel has all of them, and uses that of the lowest metric.
 *
 * @first: by distance, the line of the client that was the first to have it
 */
static void tell_shared(struct ros_import *import, const struct ros_item *item,
			unsigned int *first)
{
	if (*first && !import->old)
		ros_remark(import, ROS_WARNING, item->line,
			   "this DHCP client's default route has the distance of line %u's: RouterOS 7 shares among them, here the one of the lowest metric is used. To share, add \"route add default via kernel dev INTERFACE\" for each",
			   *first);
	if (!*first)
		*first = item->line;
}

static void read_dhcp(struct ros_import *import, struct ros_item *item,
		      unsigned int *first)
{
	const char *name = ros_prop_text(item, "interface");
	char quoted[TEXT_QUOTED(32)];
	unsigned int distance;

	if (!name || !makes_default(item, true) || is_disabled(item, "no"))
		return;
	distance = read_distance(import, item);
	if (!tables_unknown(import, item))
		tell_shared(import, item, &first[distance]);
	if (distance == 1)
		return;
	name = ros_device(import, name, ros_prop_peek(item, "interface")->line);
	ros_lines_add(import, &import->settings, "distance dev %s %u",
		      text_quote(name, quoted, sizeof(quoted)), distance);
}

/* DHCPv6 tells no gateway: RouterOS takes the server, Linux an advertisement. */
static void read_dhcp6(struct ros_import *import, struct ros_item *item)
{
	const char *name = ros_prop_text(item, "interface");
	char quoted[TEXT_QUOTED(32)], distance[32] = "";

	if (!name || !makes_default(item, false) || is_disabled(item, "no"))
		return;
	name = ros_device(import, name, ros_prop_peek(item, "interface")->line);
	if (read_distance(import, item) != 1)
		snprintf(distance, sizeof(distance), " distance %u",
			 read_distance(import, item));
	tables_unknown(import, item);
	ros_remark(import, ROS_WARNING, item->line,
		   "the default route of this DHCPv6 client is left out: here it comes by router advertisements (accept_ra=2), and can be followed: route add ::/0 via kernel dev %s%s",
		   text_quote(name, quoted, sizeof(quoted)), distance);
}

/**
 * ros_clients - read the clients
 * @import: with the items
 */
void ros_clients(struct ros_import *import)
{
	unsigned int first[256] = { 0 };
	struct ros_item *item;

	for (item = import->items[ROS_PPP_CLIENTS]; item; item = item->next)
		read_ppp(import, item);
	for (item = import->items[ROS_DHCP_CLIENTS]; item; item = item->next)
		read_dhcp(import, item, first);
	for (item = import->items[ROS_DHCP6_CLIENTS]; item; item = item->next)
		read_dhcp6(import, item);
}
