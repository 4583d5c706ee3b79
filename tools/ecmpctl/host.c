// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include "host.h"
#include "prefix.h"

static void copy_name(const struct nlattr *attr, char *name)
{
	snprintf(name, IFNAMSIZ, "%s", string_of(attr));
}

/* Ports of these hand what comes in to the device that they belong to. */
static bool is_port(const struct nlattr *info)
{
	static const char *const kinds[] = { "bridge", "bond", "team" };
	const struct nlattr *attr;
	unsigned int i;

	mnl_attr_for_each_nested(attr, info)
		for (i = 0; i < COUNT(kinds); i++)
			if (mnl_attr_get_type(attr) == IFLA_INFO_SLAVE_KIND &&
			    !strcmp(string_of(attr), kinds[i]))
				return true;
	return false;
}

static void read_device(const struct nlmsghdr *nlh, struct host_device *device)
{
	const struct ifinfomsg *info = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*info))
		return;
	device->index = info->ifi_index;
	device->flags = info->ifi_flags;
	mnl_attr_for_each(attr, nlh, sizeof(*info)) {
		if (mnl_attr_get_type(attr) == IFLA_IFNAME)
			copy_name(attr, device->name);
		if (mnl_attr_get_type(attr) == IFLA_LINKINFO)
			device->port = is_port(attr);
	}
}

/* IFA_ADDRESS is the other end, IFA_LOCAL this one; one may be absent. */
static void read_address(const struct nlmsghdr *nlh,
			 struct host_address *address)
{
	const struct ifaddrmsg *info = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*info))
		return;
	address->device = info->ifa_index;
	address->link.length = info->ifa_prefixlen;
	mnl_attr_for_each(attr, nlh, sizeof(*info)) {
		if (mnl_attr_get_type(attr) == IFA_LOCAL)
			address->local = address_of(attr);
		if (mnl_attr_get_type(attr) == IFA_ADDRESS)
			address->link.address = address_of(attr);
	}
	if (!address->local.family)
		address->local = address->link.address;
	if (!address->link.address.family)
		address->link.address = address->local;
}

static int ask(struct netlink *nl, uint16_t type, size_t header,
	       struct answers *answers)
{
	struct nlmsghdr *nlh = netlink_message_route(nl, type, NLM_F_DUMP);

	mnl_nlmsg_put_extra_header(nlh, header);
	return netlink_dump(nl, nlh, NULL, answers);
}

static int keep(struct host *host, const struct answers *links,
		const struct answers *addresses)
{
	const struct nlmsghdr *nlh = NULL;

	host->device = calloc(links->count + 1, sizeof(*host->device));
	host->address = calloc(addresses->count + 1, sizeof(*host->address));
	if (!host->device || !host->address)
		return -1;
	while ((nlh = answers_next(links, nlh)))
		read_device(nlh, &host->device[host->devices++]);
	while ((nlh = answers_next(addresses, nlh)))
		read_address(nlh, &host->address[host->addresses++]);
	return 0;
}

/**
 * host_read - ask the kernel for devices and addresses
 * @host: zeroed; host_free() is the caller's, also after -1
 *
 * Return: 0, or -1: nothing is known.
 */
int host_read(struct host *host)
{
	struct answers links = { .data = NULL }, addresses = { .data = NULL };
	struct netlink nl = { .socket = NULL };
	int err = -1;

	if (!netlink_open_route(&nl) &&
	    !ask(&nl, RTM_GETLINK, sizeof(struct ifinfomsg), &links) &&
	    !ask(&nl, RTM_GETADDR, sizeof(struct ifaddrmsg), &addresses))
		err = keep(host, &links, &addresses);
	answers_free(&links);
	answers_free(&addresses);
	netlink_close(&nl);
	return err;
}

/**
 * host_free - forget them
 * @host: zeroed, or of host_read()
 */
void host_free(struct host *host)
{
	free(host->device);
	free(host->address);
	memset(host, 0, sizeof(*host));
}

/**
 * host_device - the device of a name
 * @host: of host_read()
 * @name: the name
 *
 * Return: the device, or NULL.
 */
const struct host_device *host_device(const struct host *host,
				      const char *name)
{
	size_t i;

	for (i = 0; i < host->devices; i++)
		if (!strcmp(host->device[i].name, name))
			return &host->device[i];
	return NULL;
}

/**
 * host_owns - is an address one of the host's own?
 * @host: of host_read()
 * @address: the address; a link-local one means another host on every link
 */
bool host_owns(const struct host *host, const struct address *address)
{
	size_t i;

	for (i = 0; i < host->addresses; i++)
		if (address_equal(&host->address[i].local, address) &&
		    !address_link_local(address))
			return true;
	return false;
}

/**
 * host_has_address - has a device an address of a family?
 * @host: of host_read()
 * @device: the device
 * @family: AF_INET or AF_INET6
 */
bool host_has_address(const struct host *host,
		      const struct host_device *device, uint8_t family)
{
	size_t i;

	for (i = 0; i < host->addresses; i++)
		if (host->address[i].device == device->index &&
		    host->address[i].local.family == family)
			return true;
	return false;
}

/**
 * host_on_link - is an address in a connected prefix of a device?
 * @host: of host_read()
 * @device: the device
 * @address: the address; the peer of a point-to-point device counts; a
 *	link-local one is on every link that speaks IPv6; the device's own is not
 */
bool host_on_link(const struct host *host, const struct host_device *device,
		  const struct address *address)
{
	bool everywhere = address_link_local(address), found = false;
	const struct host_address *a;
	size_t i;

	for (i = 0; i < host->addresses; i++) {
		a = &host->address[i];
		if (a->device != device->index ||
		    a->local.family != address->family)
			continue;
		if (address_equal(&a->local, address))
			return false;
		found |= everywhere || prefix_holds(&a->link, address);
	}
	return found;
}
