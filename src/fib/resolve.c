// SPDX-License-Identifier: GPL-2.0
/*
 * Which device a gateway is on, by the addresses that devices have now.
 */
#include <linux/inetdevice.h>
#include <linux/netdevice.h>
#include <linux/string.h>
#include <net/addrconf.h>
#include <net/ip_fib.h>
#include <net/route.h>

#include "resolve.h"

/**
 * ecmp_dev_speaks - does a device speak IPv4, or IPv6, at all?
 * @dev: the device
 * @family: AF_INET or AF_INET6
 *
 * It forgets a family whose least MTU it falls below, and IPv6 can be
 * switched off for it.
 *
 * Context: RCU.
 */
bool ecmp_dev_speaks(const struct net_device *dev, u8 family)
{
	const struct inet6_dev *idev;

	if (family != AF_INET6)
		return __in_dev_get_rcu(dev);
	idev = __in6_dev_get(dev);
	return idev && !READ_ONCE(idev->cnf.disable_ipv6);
}

/* The other end of a device with two, by the addresses of this one. */
static bool ecmp_is_peer_v6(const struct net_device *dev,
			    const struct in6_addr *addr)
{
	const struct inet6_dev *idev = __in6_dev_get(dev);
	const struct inet6_ifaddr *ifa;

	/* It may forget IPv6 between two questions: its MTU fell. */
	if (!idev)
		return false;
	list_for_each_entry_rcu(ifa, &idev->addr_list, if_list)
		if (ipv6_addr_equal(&ifa->peer_addr, addr))
			return true;
	return false;
}

static bool ecmp_on_link_v6(const struct net_device *dev,
			    const struct in6_addr *addr)
{
	if (!ecmp_dev_speaks(dev, AF_INET6) ||
	    ipv6_chk_addr(dev_net(dev), addr, dev, 1))
		return false;
	return ipv6_addr_type(addr) & IPV6_ADDR_LINKLOCAL ||
	       ipv6_chk_prefix(addr, (struct net_device *)dev) ||
	       ecmp_is_peer_v6(dev, addr);
}

/**
 * ecmp_on_link - is an address in a connected prefix of a device?
 * @dev: the device
 * @family: AF_INET or AF_INET6
 * @addr: the address; the peer of a point-to-point device counts; a
 *	link-local one is on every link that speaks IPv6
 *
 * Context: RCU.
 */
bool ecmp_on_link(const struct net_device *dev, u8 family,
		  const struct ecmp_addr *addr)
{
	const struct in_ifaddr *ifa;
	struct in_device *in_dev;

	if (family == AF_INET6)
		return ecmp_on_link_v6(dev, (const struct in6_addr *)addr->b);
	in_dev = __in_dev_get_rcu(dev);
	if (!in_dev)
		return false;
	in_dev_for_each_ifa_rcu(ifa, in_dev) {
		if (inet_ifa_match(addr->w[0], ifa) &&
		    ifa->ifa_local != addr->w[0])
			return true;
	}
	return false;
}

/**
 * ecmp_dev_owns - is an address one of a device's own?
 * @dev: the device
 * @family: AF_INET or AF_INET6
 * @addr: the address
 *
 * Context: RCU.
 */
bool ecmp_dev_owns(const struct net_device *dev, u8 family,
		   const struct ecmp_addr *addr)
{
	const struct in_ifaddr *ifa;
	struct in_device *in_dev;

	if (family == AF_INET6)
		return ipv6_chk_addr(dev_net(dev),
				     (const struct in6_addr *)addr->b, dev, 1);
	in_dev = __in_dev_get_rcu(dev);
	if (!in_dev)
		return false;
	in_dev_for_each_ifa_rcu(ifa, in_dev) {
		if (ifa->ifa_local == addr->w[0])
			return true;
	}
	return false;
}

/**
 * ecmp_dev_joins - are an address of a device and a gateway in one prefix?
 * @dev: the device
 * @family: AF_INET or AF_INET6
 * @addr: one of its addresses
 * @gateway: the gateway
 *
 * Context: RCU.
 */
bool ecmp_dev_joins(const struct net_device *dev, u8 family,
		    const struct ecmp_addr *addr,
		    const struct ecmp_addr *gateway)
{
	const struct in6_addr *in6 = (const struct in6_addr *)addr->b;
	const struct inet6_ifaddr *ifa6;
	const struct in_device *in_dev;
	const struct inet6_dev *idev;
	const struct in_ifaddr *ifa;

	if (family == AF_INET6) {
		idev = __in6_dev_get(dev);
		if (!idev)
			return false;
		list_for_each_entry_rcu(ifa6, &idev->addr_list, if_list)
			if (ipv6_addr_equal(&ifa6->addr, in6) &&
			    ipv6_prefix_equal(in6, (const struct in6_addr *)
					      gateway->b, ifa6->prefix_len))
				return true;
		return false;
	}
	in_dev = __in_dev_get_rcu(dev);
	if (!in_dev)
		return false;
	in_dev_for_each_ifa_rcu(ifa, in_dev)
		if (ifa->ifa_local == addr->w[0] &&
		    inet_ifa_match(gateway->w[0], ifa))
			return true;
	return false;
}

/**
 * ecmp_dev_keeps - has a device an address, if only for when it is up again?
 * @dev: the device
 * @family: AF_INET or AF_INET6
 * @addr: the address; an IPv6 one may still be tentative
 *
 * Context: RCU.
 */
bool ecmp_dev_keeps(const struct net_device *dev, u8 family,
		    const struct ecmp_addr *addr)
{
	if (family == AF_INET6)
		return ipv6_chk_addr_and_flags(dev_net(dev),
					       (const struct in6_addr *)addr->b,
					       dev, false, 1, 0);
	return ecmp_dev_owns(dev, family, addr);
}

/**
 * ecmp_own_address - is an address one of the router's own?
 * @net: namespace
 * @family: AF_INET or AF_INET6
 * @addr: the address
 *
 * Context: any.
 */
bool ecmp_own_address(struct net *net, u8 family,
		      const struct ecmp_addr *addr)
{
	const struct in6_addr *in6 = (const struct in6_addr *)addr->b;

	/* A link-local address means another host on every link. */
	if (family == AF_INET6)
		return ipv6_mod_enabled() &&
		       !(ipv6_addr_type(in6) & IPV6_ADDR_LINKLOCAL) &&
		       ipv6_chk_addr(net, in6, NULL, 0);
	return inet_addr_type(net, addr->w[0]) == RTN_LOCAL;
}

/**
 * ecmp_resolve_device - find the one device that a gateway is on-link on
 * @net: namespace
 * @family: of @gateway
 * @gateway: the gateway
 * @device: where its name goes, IFNAMSIZ bytes; empty when there is none
 *
 * Return: ECMP_REASON_NONE, or why there is no such device: not on-link,
 *	ambiguous, the router's own address.
 * Context: process; takes RCU.
 */
enum ecmp_reason ecmp_resolve_device(struct net *net, u8 family,
				     const struct ecmp_addr *gateway,
				     char *device)
{
	enum ecmp_reason reason = ECMP_REASON_NOT_ON_LINK;
	struct net_device *dev;

	memset(device, 0, IFNAMSIZ);
	if (ecmp_own_address(net, family, gateway))
		return ECMP_REASON_OWN_ADDRESS;

	rcu_read_lock();
	for_each_netdev_rcu(net, dev) {
		if (!ecmp_on_link(dev, family, gateway))
			continue;
		if (reason == ECMP_REASON_NONE) {
			memset(device, 0, IFNAMSIZ);
			reason = ECMP_REASON_AMBIGUOUS;
			break;
		}
		strscpy(device, dev->name, IFNAMSIZ);
		reason = ECMP_REASON_NONE;
	}
	rcu_read_unlock();
	return reason;
}
