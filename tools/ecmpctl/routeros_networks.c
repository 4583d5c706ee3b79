// SPDX-License-Identifier: GPL-2.0
/*
 * The networks that a router is connected to: those of /ip address and /ipv6
 * address. A gateway in one of them is on a link, unless a longer route leads
 * there.
 */
#include <string.h>
#include <sys/socket.h>

#include "prefix.h"
#include "routeros.h"

struct ros_network {
	struct ros_network	*next;
	struct prefix		prefix;
};

static bool is_named(const char *list, const char *name)
{
	size_t length, size = strlen(name);

	for (; *list; list += length + (list[length] == ',')) {
		length = strcspn(list, ",");
		if (length == size && !memcmp(list, name, length))
			return true;
	}
	return false;
}

/* A VRF's networks are in its own table, where no gateway is looked for. */
static bool is_of_vrf(const struct ros_import *import, const char *interface)
{
	const struct ros_arg *list, *name;
	const struct ros_item *item;

	for (item = import->items[ROS_VRFS]; item; item = item->next) {
		list = ros_prop_peek(item, "interfaces");
		name = ros_prop_peek(item, "name");
		if (list && list->value && is_named(list->value, interface) &&
		    !(name && name->value && !strcmp(name->value, "main")))
			return true;
	}
	return false;
}

/* Those of a pool are not known. */
static bool is_there(const struct ros_import *import, struct ros_item *item)
{
	const char *disabled = ros_prop_text(item, "disabled");
	const char *interface = ros_prop_text(item, "interface");

	return !(disabled && !strcmp(disabled, "yes")) &&
	       !(interface && is_of_vrf(import, interface)) &&
	       !ros_prop_text(item, "from-pool");
}

/*
 * An export leaves the length out where it is 32, or for IPv6 64. "network" is
 * the network of the address, or the other end of a line.
 */
static bool read_network(struct ros_item *item, uint8_t family,
			 struct prefix *prefix)
{
	const char *text = ros_prop_text(item, "address");
	const char *network = ros_prop_text(item, "network");
	struct address address;
	bool host_bits;

	if (!text || !ros_prefix(text, family, prefix, &host_bits))
		return false;
	if (family == AF_INET6 && !strchr(text, '/'))
		prefix_shorten(prefix, 64);
	if (!network || !address_parse(network, &address) ||
	    address.family != family)
		return true;
	prefix->address = address;
	prefix_shorten(prefix, prefix->length);
	return true;
}

static void read_section(struct ros_import *import, enum ros_section section,
			 uint8_t family)
{
	struct ros_network *network;
	struct ros_item *item;
	struct prefix prefix;

	for (item = import->items[section]; item; item = item->next) {
		if (!is_there(import, item) ||
		    !read_network(item, family, &prefix))
			continue;
		network = ros_alloc(&import->memory, sizeof(*network));
		network->prefix = prefix;
		network->next = import->networks;
		import->networks = network;
	}
}

/**
 * ros_networks - read the addresses of the router
 * @import: with the items
 */
void ros_networks(struct ros_import *import)
{
	read_section(import, ROS_ADDRESSES4, AF_INET);
	read_section(import, ROS_ADDRESSES6, AF_INET6);
}

/**
 * ros_is_connected - is there a connected network that an address lies in?
 * @import: with the networks
 * @address: the address
 * @length: the least that the network's prefix must have
 */
bool ros_is_connected(const struct ros_import *import,
		      const struct address *address, unsigned int length)
{
	const struct ros_network *network;

	for (network = import->networks; network; network = network->next)
		if (network->prefix.length >= length &&
		    prefix_holds(&network->prefix, address))
			return true;
	return false;
}
