/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The devices of this host and their addresses, as rtnetlink tells them.
 */
#ifndef ECMPCTL_HOST_H
#define ECMPCTL_HOST_H

#include <net/if.h>

#include "ecmpctl.h"

/**
 * struct host_device - a device
 * @index: its number
 * @flags: IFF_*
 * @name: its name
 * @port: of a bridge, a bond or a team: packets come in by that
 */
struct host_device {
	unsigned int	index;
	unsigned int	flags;
	char		name[IFNAMSIZ];
	bool		port;
};

/**
 * struct host_address - an address of a device
 * @device: its number
 * @local: the host's own
 * @link: what is on-link through it; a single address: the other end
 */
struct host_address {
	unsigned int	device;
	struct address	local;
	struct prefix	link;
};

/**
 * struct host - what there is
 * @device: devices
 * @devices: how many
 * @address: addresses
 * @addresses: how many
 */
struct host {
	struct host_device	*device;
	size_t			devices;
	struct host_address	*address;
	size_t			addresses;
};

int host_read(struct host *host);
void host_free(struct host *host);
const struct host_device *host_device(const struct host *host,
				      const char *name);
bool host_owns(const struct host *host, const struct address *address);
bool host_has_address(const struct host *host,
		      const struct host_device *device, uint8_t family);
bool host_on_link(const struct host *host, const struct host_device *device,
		  const struct address *address);

#endif /* ECMPCTL_HOST_H */
