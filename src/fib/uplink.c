// SPDX-License-Identifier: GPL-2.0
/*
 * Uplinks: the next hops of default routes. Each has a small number, its pin
 * (pin_id.c), by which a connection remembers it (datapath/pin.c).
 */
#include <linux/netdevice.h>

#include "nexthop.h"
#include "policy.h"
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
	u8 slot;

	if (nh->key.family != family)
		return false;
	do {
		slot = READ_ONCE(en->slot);
		if (likely(slot != ECMP_SLOT_BOTH) ?
		    READ_ONCE(nh->defaults[slot]) :
		    READ_ONCE(nh->defaults[0]) | READ_ONCE(nh->defaults[1]))
			return true;
		/* A slot counts nothing once it is not the live one. Pairs
		 * with the barrier in ecmp_nexthops_slot_free().
		 */
		smp_rmb();
	} while (unlikely(READ_ONCE(en->slot) != slot));
	return false;
}

/**
 * ecmp_uplink_usable - may packets be sent by an uplink?
 * @nh: next hop
 *
 * As ecmp_nexthop_reason() says to routes.
 *
 * Context: RCU.
 */
bool ecmp_uplink_usable(const struct ecmp_nexthop *nh)
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

/**
 * ecmp_uplink_drains - is an uplink only for the connections that it has?
 * @nh: next hop
 *
 * Context: any.
 */
bool ecmp_uplink_drains(const struct ecmp_nexthop *nh)
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

/**
 * ecmp_uplinks_failback - a path returned, or is chosen by another rule
 * @en: namespace
 *
 * Where connections go back at once, those of flowtables are asked, too; those
 * that have no dst by ECMP_NEWS_BACK.
 *
 * Return: whether there are tables whose connections go back at once.
 * Context: process, en->lock.
 */
bool ecmp_uplinks_failback(struct ecmp_net *en)
{
	const struct ecmp_table *table;
	bool hard = false;

	lockdep_assert_held(&en->lock);
	list_for_each_entry(table, &en->config->tables, list)
		hard |= table->failback == ECMP_FAILBACK_HARD;
	if (hard)
		ecmp_nexthops_renew(en);
	return hard;
}
