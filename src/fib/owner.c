// SPDX-License-Identifier: GPL-2.0
/*
 * Whose address is it? A next hop has those of its device. Of several that lead
 * to networks of their own on one link, each has the address in its network.
 */
#include <linux/netdevice.h>

#include "dst.h"
#include "group.h"
#include "nexthop.h"
#include "resolve.h"
#include "uplink.h"
#include "../netns.h"

/* Is an address of @dev in one network with the gateway of @nh? */
static bool ecmp_nexthop_joins(const struct ecmp_nexthop *nh,
			       const struct net_device *dev,
			       const struct ecmp_addr *addr)
{
	return nh->key.gateway_family == nh->key.family &&
	       READ_ONCE(nh->ifindex) == dev->ifindex &&
	       ecmp_dev_joins(dev, nh->key.family, addr, &nh->key.gateway);
}

/*
 * Is its gateway in the network of another address of @dev than @addr? A
 * link-local one is not, nor one that is in none.
 */
static bool ecmp_nexthop_is_apart(const struct ecmp_nexthop *nh,
				  const struct net_device *dev,
				  const struct ecmp_addr *addr)
{
	const struct in6_addr *in6 = (const struct in6_addr *)
				     nh->key.gateway.b;
	const u8 family = nh->key.family;

	if (nh->key.gateway_family != family ||
	    (family == AF_INET6 &&
	     ipv6_addr_type(in6) & IPV6_ADDR_LINKLOCAL))
		return false;
	return !ecmp_dev_joins(dev, family, addr, &nh->key.gateway) &&
	       ecmp_on_link(dev, family, &nh->key.gateway);
}

static bool ecmp_group_joins(const struct ecmp_group *group,
			     const struct net_device *dev,
			     const struct ecmp_addr *addr)
{
	const struct ecmp_nexthop *nh;
	unsigned int i;

	for (i = 0; i < group->n_members; i++) {
		nh = group->member[i].nexthop;
		if (nh && ecmp_nexthop_joins(nh, dev, addr))
			return true;
	}
	return false;
}

/**
 * ecmp_group_owner - the path that has an address
 * @group: paths of a prefix
 * @family: AF_INET or AF_INET6, of theirs
 * @addr: source address of a packet of the router's own
 *
 * At whatever distance. One that is draining only where no other has it:
 * nobody else would carry it.
 *
 * Return: a living path, or NULL.
 * Context: RCU.
 */
struct ecmp_member *ecmp_group_owner(struct ecmp_group *group, u8 family,
				     const struct ecmp_addr *addr)
{
	struct ecmp_member *draining = NULL;
	const struct ecmp_dst_set *set;
	const struct net_device *dev;
	unsigned int i;

	for (i = 0; i < group->n_members; i++) {
		struct ecmp_member *m = &group->member[i];

		if (!m->nexthop || !READ_ONCE(m->live))
			continue;
		set = rcu_dereference(m->nexthop->dst);
		if (!set)
			continue;
		dev = ecmp_dst_pick(set)->dev;
		if (!ecmp_dev_owns(dev, family, addr) ||
		    (ecmp_nexthop_is_apart(m->nexthop, dev, addr) &&
		     ecmp_group_joins(group, dev, addr)))
			continue;
		if (!READ_ONCE(m->draining))
			return m;
		draining = draining ?: m;
	}
	return draining;
}

/* Does an address of @dev, the device of @nh, belong to other uplinks there? */
static bool ecmp_uplink_cedes(const struct ecmp_net *en,
			      const struct ecmp_nexthop *nh,
			      const struct net_device *dev,
			      const struct ecmp_addr *addr)
{
	const struct ecmp_nexthop *other;

	if (likely(!ecmp_nexthop_is_apart(nh, dev, addr)))
		return false;
	list_for_each_entry_rcu(other, &en->uplinks.list, uplink)
		if (other->key.family == nh->key.family &&
		    ecmp_nexthop_joins(other, dev, addr))
			return true;
	return false;
}

/**
 * ecmp_uplink_is_apart - leads an uplink to another network than an address is in?
 * @en: namespace
 * @nh: uplink
 * @addr: an address of its device
 *
 * Context: RCU.
 */
bool ecmp_uplink_is_apart(const struct ecmp_net *en,
			  const struct ecmp_nexthop *nh,
			  const struct ecmp_addr *addr)
{
	const struct net_device *dev =
		dev_get_by_index_rcu(en->net, READ_ONCE(nh->ifindex));

	return dev && ecmp_nexthop_is_apart(nh, dev, addr);
}

/**
 * ecmp_uplink_owner - the uplink that an own address belongs to
 * @en: namespace
 * @family: AF_INET or AF_INET6
 * @addr: source address of a packet of the router's own
 *
 * Return: a usable uplink on the device that has @addr, one that is not
 *	draining if there is any, or NULL.
 * Context: RCU.
 */
struct ecmp_nexthop *ecmp_uplink_owner(const struct ecmp_net *en, u8 family,
				       const struct ecmp_addr *addr)
{
	struct ecmp_nexthop *nh, *draining = NULL;
	const struct ecmp_dst_set *set;
	const struct net_device *dev;

	list_for_each_entry_rcu(nh, &en->uplinks.list, uplink) {
		set = rcu_dereference(nh->dst);
		if (!set || !ecmp_is_uplink(en, nh, family) ||
		    !ecmp_uplink_usable(nh))
			continue;
		dev = ecmp_dst_pick(set)->dev;
		if (!ecmp_dev_owns(dev, family, addr) ||
		    ecmp_uplink_cedes(en, nh, dev, addr))
			continue;
		if (!ecmp_uplink_drains(nh))
			return nh;
		draining = draining ?: nh;
	}
	return draining;
}

/**
 * ecmp_uplink_of_address - is an address that of an uplink, usable or not?
 * @en: namespace
 * @family: AF_INET or AF_INET6
 * @addr: address
 * @chosen: an uplink that may be used, whatever is known of it
 * @usable: an uplink that may be used, on a device that has @addr: @chosen if
 *	it is there, too; NULL: there is none
 *
 * One whose default route is disabled is an uplink that may not be used.
 *
 * Context: RCU.
 */
bool ecmp_uplink_of_address(const struct ecmp_net *en, u8 family,
			    const struct ecmp_addr *addr,
			    struct ecmp_nexthop *chosen,
			    struct ecmp_nexthop **usable)
{
	const struct net_device *dev;
	struct ecmp_nexthop *nh;
	bool owned = false;

	*usable = NULL;
	list_for_each_entry_rcu(nh, &en->uplinks.list, uplink) {
		if (nh->key.family != family)
			continue;
		dev = dev_get_by_index_rcu(en->net, READ_ONCE(nh->ifindex));
		if (!dev || !ecmp_dev_owns(dev, family, addr))
			continue;
		owned = true;
		if (ecmp_uplink_cedes(en, nh, dev, addr))
			continue;
		if (nh == chosen) {
			*usable = nh;
			break;
		}
		if ((!*usable || ecmp_uplink_drains(*usable)) &&
		    ecmp_is_uplink(en, nh, family) && ecmp_uplink_usable(nh))
			*usable = nh;
	}
	return owned;
}
