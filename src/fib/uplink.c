// SPDX-License-Identifier: GPL-2.0
/*
 * Uplinks: the next hops of default routes. Each has a small number, its pin
 * (pin_id.c), by which a connection remembers it (datapath/pin.c).
 */
#include <linux/netdevice.h>

#include "dst.h"
#include "nexthop.h"
#include "resolve.h"
#include "uplink.h"
#include "../netns.h"

/**
 * ecmp_uplink_add - a next hop has a default route, or a pin of its own
 * @nh: next hop; again is harmless
 *
 * It stays when the route goes: a reader may stand on it, and connections may
 * still be pinned to it when the route is back.
 *
 * Context: en->lock.
 */
void ecmp_uplink_add(struct ecmp_nexthop *nh)
{
	lockdep_assert_held(&nh->en->lock);
	if (!list_empty(&nh->uplink))
		return;
	ecmp_pin_give(nh);
	list_add_tail_rcu(&nh->uplink, &nh->en->uplinks.list);
}

/**
 * ecmp_uplink_del - a next hop ends
 * @nh: next hop, uplink or not; freed after a grace period
 *
 * Context: en->lock.
 */
void ecmp_uplink_del(struct ecmp_nexthop *nh)
{
	const bool pinned = nh->pin;

	lockdep_assert_held(&nh->en->lock);
	if (list_empty(&nh->uplink))
		return;
	ecmp_pin_take(nh);
	list_del_rcu(&nh->uplink);
	if (pinned)
		ecmp_pins_deal(nh->en);
}

/**
 * ecmp_is_uplink - is a next hop that of a default route now?
 * @en: namespace
 * @nh: next hop
 * @family: AF_INET or AF_INET6, of the packets
 *
 * While a configuration takes the place of another: in either of them.
 *
 * Context: RCU.
 */
bool ecmp_is_uplink(const struct ecmp_net *en, const struct ecmp_nexthop *nh,
		    u8 family)
{
	const u8 slot = READ_ONCE(en->slot);

	if (nh->key.family != family)
		return false;
	if (unlikely(slot == ECMP_SLOT_BOTH))
		return READ_ONCE(nh->defaults[0]) | READ_ONCE(nh->defaults[1]);
	return READ_ONCE(nh->defaults[slot]);
}

/* May packets be sent by it? As ecmp_nexthop_reason() says to routes. */
static bool ecmp_uplink_usable(const struct ecmp_nexthop *nh)
{
	const enum ecmp_nexthop_forced forced = READ_ONCE(nh->forced);

	if (!rcu_access_pointer(nh->dst) || forced == ECMP_FORCED_DEAD)
		return false;
	if (forced == ECMP_FORCED_ALIVE)
		return true;
	return READ_ONCE(nh->carrier) && !READ_ONCE(nh->failed) &&
	       (READ_ONCE(nh->reachable) || READ_ONCE(nh->onlink_refs) ||
		READ_ONCE(nh->kernel_refs));
}

/* Is it only for the connections that it has? */
static bool ecmp_uplink_drains(const struct ecmp_nexthop *nh)
{
	return READ_ONCE(nh->forced) == ECMP_FORCED_DRAIN;
}

/**
 * ecmp_uplink_lives - may packets be sent by any uplink?
 * @en: namespace
 * @family: AF_INET or AF_INET6
 *
 * Context: RCU.
 */
bool ecmp_uplink_lives(const struct ecmp_net *en, u8 family)
{
	const struct ecmp_nexthop *nh;

	list_for_each_entry_rcu(nh, &en->uplinks.list, uplink)
		if (ecmp_is_uplink(en, nh, family) && ecmp_uplink_usable(nh))
			return true;
	return false;
}

/**
 * ecmp_is_uplink_device - does some uplink leave by a device?
 * @en: namespace
 * @family: AF_INET or AF_INET6
 * @dev: device
 *
 * Context: RCU.
 */
bool ecmp_is_uplink_device(const struct ecmp_net *en, u8 family,
			   const struct net_device *dev)
{
	const struct ecmp_nexthop *nh;

	list_for_each_entry_rcu(nh, &en->uplinks.list, uplink)
		if (READ_ONCE(nh->ifindex) == dev->ifindex &&
		    ecmp_is_uplink(en, nh, family))
			return true;
	return false;
}

/**
 * ecmp_uplink_leaves - does some uplink leave by a device that may not be used?
 * @en: namespace
 * @dev: device
 * @all: those that may be used, too
 *
 * Context: any.
 */
bool ecmp_uplink_leaves(const struct ecmp_net *en, const struct net_device *dev,
			bool all)
{
	const struct ecmp_nexthop *nh;
	bool leaves = false;

	rcu_read_lock();
	list_for_each_entry_rcu(nh, &en->uplinks.list, uplink)
		leaves |= READ_ONCE(nh->ifindex) == dev->ifindex &&
			  (all || !ecmp_uplink_usable(nh));
	rcu_read_unlock();
	return leaves;
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

	list_for_each_entry_rcu(nh, &en->uplinks.list, uplink) {
		set = rcu_dereference(nh->dst);
		if (!set || !ecmp_is_uplink(en, nh, family) ||
		    !ecmp_uplink_usable(nh) ||
		    !ecmp_dev_owns(ecmp_dst_pick(set)->dev, family, addr))
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

/**
 * ecmp_uplink_pinned - the uplink of a pin
 * @en: namespace
 * @family: AF_INET or AF_INET6
 * @pin: as a connection remembers it; 0: it does not
 *
 * One that is draining is for just these connections.
 *
 * Return: the uplink if it is usable, else NULL.
 * Context: RCU.
 */
struct ecmp_nexthop *ecmp_uplink_pinned(const struct ecmp_net *en, u8 family,
					u32 pin)
{
	struct ecmp_nexthop *nh;

	if (!pin || pin > ECMP_PINS_MAX)
		return NULL;
	nh = rcu_dereference(en->uplinks.pinned[pin]);
	return nh && ecmp_is_uplink(en, nh, family) &&
	       ecmp_uplink_usable(nh) ? nh : NULL;
}
