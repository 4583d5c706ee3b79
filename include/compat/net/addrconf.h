/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ECMP_COMPAT_NET_ADDRCONF_H
#define _ECMP_COMPAT_NET_ADDRCONF_H

#include <linux/version.h>
#include_next <net/addrconf.h>

/* Does what comes in by @dev go through the forwarder? RCU. */
static inline bool ecmp_forwarding_on_v6(const struct net_device *dev)
{
	if (READ_ONCE(dev_net(dev)->ipv6.devconf_all->forwarding))
		return true;
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 17, 0)
	const struct inet6_dev *idev = __in6_dev_get(dev);

	return idev && READ_ONCE(idev->cnf.force_forwarding);
#else
	return false;
#endif
}

#endif /* _ECMP_COMPAT_NET_ADDRCONF_H */
