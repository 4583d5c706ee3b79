/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ECMP_RESOLVE_H
#define _ECMP_RESOLVE_H

#include <linux/netdevice.h>
#include <uapi/linux/ecmp.h>

#include "../lib/prefix.h"

struct net;

bool ecmp_dev_speaks(const struct net_device *dev, u8 family);
bool ecmp_on_link(const struct net_device *dev, u8 family,
		  const struct ecmp_addr *addr);
bool ecmp_dev_owns(const struct net_device *dev, u8 family,
		   const struct ecmp_addr *addr);
bool ecmp_dev_joins(const struct net_device *dev, u8 family,
		    const struct ecmp_addr *addr,
		    const struct ecmp_addr *gateway);
bool ecmp_dev_keeps(const struct net_device *dev, u8 family,
		    const struct ecmp_addr *addr);
bool ecmp_own_address(struct net *net, u8 family,
		      const struct ecmp_addr *addr);
enum ecmp_reason ecmp_resolve_device(struct net *net, u8 family,
				     const struct ecmp_addr *gateway,
				     char *device);

#endif /* _ECMP_RESOLVE_H */
