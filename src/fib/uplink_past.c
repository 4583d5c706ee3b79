// SPDX-License-Identifier: GPL-2.0
/*
 * What uplinks were: who had a pin that nobody has now, and the addresses that
 * their devices lost. Connections know them longer than we do.
 */
#include <linux/jhash.h>
#include <linux/netdevice.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "nexthop.h"
#include "resolve.h"
#include "table.h"
#include "uplink.h"
#include "../netns.h"

#define ECMP_LOST_MAX	1024	/* addresses that wait to be looked after */

/* Never 0, which is nobody. */
static u32 ecmp_past_device(u8 family, const char *device)
{
	return jhash(device, strlen(device), family) ?: 1;
}

static u32 ecmp_past_nexthop(const struct ecmp_nexthop *nh)
{
	return jhash(&nh->key, sizeof(nh->key), 0) ?: 1;
}

/**
 * ecmp_past_pin - the pin that a next hop shall have again
 * @nh: next hop that becomes an uplink
 *
 * Connections that remember it are then on their uplink: the same one, or as
 * its gateway is DHCP's or PPP's and is another each time, one by its device.
 *
 * Return: the pin, which nobody has now, or 0.
 * Context: en->lock.
 */
u8 ecmp_past_pin(const struct ecmp_nexthop *nh)
{
	const u32 device = ecmp_past_device(nh->key.family, nh->key.device);
	const struct ecmp_uplinks *up = &nh->en->uplinks;
	const u32 key = ecmp_past_nexthop(nh);
	unsigned int pin;
	u8 found = 0;

	lockdep_assert_held(&nh->en->lock);
	for (pin = 1; pin <= up->pin_max; pin++) {
		if (rcu_access_pointer(up->pinned[pin]) ||
		    test_bit(pin, up->ended))
			continue;
		if (up->past[pin].nexthop == key)
			return pin;
		if (!found && nh->key.device[0] &&
		    up->past[pin].device == device)
			found = pin;
	}
	return found;
}

/**
 * ecmp_past_note - a next hop gives its pin back
 * @nh: next hop with a pin
 *
 * Context: en->lock.
 */
void ecmp_past_note(const struct ecmp_nexthop *nh)
{
	struct ecmp_uplink_past *past = &nh->en->uplinks.past[nh->pin];

	lockdep_assert_held(&nh->en->lock);
	past->nexthop = ecmp_past_nexthop(nh);
	WRITE_ONCE(past->device,
		   ecmp_past_device(nh->key.family, nh->key.device));
}

/**
 * ecmp_past_forget - pins mean something else from now on
 * @en: namespace
 *
 * Context: en->lock.
 */
void ecmp_past_forget(struct ecmp_net *en)
{
	lockdep_assert_held(&en->lock);
	memset(en->uplinks.past, 0, sizeof(en->uplinks.past));
}

/**
 * ecmp_past_owns - is an address on the device of the uplink that had a pin?
 * @en: namespace
 * @family: AF_INET or AF_INET6
 * @pin: as a connection remembers it
 * @addr: address
 *
 * Context: RCU.
 */
bool ecmp_past_owns(const struct ecmp_net *en, u8 family, u32 pin,
		    const struct ecmp_addr *addr)
{
	const struct net_device *dev;
	u32 device;

	if (pin > ECMP_PINS_MAX)
		return false;
	device = READ_ONCE(en->uplinks.past[pin].device);
	if (!device)
		return false;
	for_each_netdev_rcu(en->net, dev)
		if (ecmp_past_device(family, dev->name) == device &&
		    ecmp_dev_owns(dev, family, addr))
			return true;
	return false;
}

/**
 * ecmp_pin_succeed - a next hop is what another one was, by another gateway
 * @nh: an uplink
 * @old: what a route used before that follows the kernel's gateway
 *
 * Context: en->lock.
 */
void ecmp_pin_succeed(struct ecmp_nexthop *nh, struct ecmp_nexthop *old)
{
	struct ecmp_uplinks *up = &nh->en->uplinks;
	const u8 pin = nh->pin;

	lockdep_assert_held(&nh->en->lock);
	/* Only what is in the list gives its pin back. */
	if (list_empty(&nh->uplink) || !old->pin || old->defaults[0] || old->defaults[1] ||
	    old->pin_fixed[0] || old->pin_fixed[1] || nh->pin_fixed[0] ||
	    nh->pin_fixed[1] || strcmp(nh->key.device, old->key.device))
		return;
	WRITE_ONCE(nh->pin, old->pin);
	rcu_assign_pointer(up->pinned[nh->pin], nh);
	WRITE_ONCE(old->pin, pin);
	if (pin)
		rcu_assign_pointer(up->pinned[pin], old);
}

/**
 * ecmp_uplinks_init - prepare a namespace for uplinks
 * @en: namespace
 * @work: looks after what connections have of them; datapath/pin_sweep.c
 *
 * Context: process.
 */
void ecmp_uplinks_init(struct ecmp_net *en, work_func_t work)
{
	struct ecmp_uplinks *up = &en->uplinks;

	INIT_LIST_HEAD(&up->list);
	INIT_LIST_HEAD(&up->lost);
	spin_lock_init(&up->lost_lock);
	INIT_WORK(&up->lost_work, work);
	up->pin_max = ECMP_PINS_MAX;
	up->mask = ECMP_PIN_MASK;
}

/**
 * ecmp_uplinks_stop - the namespace ends, and with it its connections
 * @en: namespace
 *
 * Context: process; en->lock not held.
 */
void ecmp_uplinks_stop(struct ecmp_net *en)
{
	struct ecmp_uplinks *up = &en->uplinks;

	spin_lock_bh(&up->lost_lock);
	up->stopped = true;
	spin_unlock_bh(&up->lost_lock);
	cancel_work_sync(&up->lost_work);
	ecmp_lost_free(ecmp_lost_take(en, AF_INET));
	ecmp_lost_free(ecmp_lost_take(en, AF_INET6));
}

static bool ecmp_lost_has(const struct ecmp_uplinks *up,
			  const struct ecmp_lost *lost)
{
	const struct ecmp_lost *l;

	list_for_each_entry(l, &up->lost, list)
		if (l->ifindex == lost->ifindex && l->family == lost->family &&
		    ecmp_addr_equal(&l->addr, &lost->addr))
			return true;
	return false;
}

/**
 * ecmp_uplink_lost - a device lost an address
 * @en: namespace
 * @dev: device
 * @family: AF_INET or AF_INET6
 * @addr: address
 *
 * If it is the device of an uplink, the connections that are translated to
 * this address are looked after, once some uplink of the family lives.
 *
 * Context: any, atomic too.
 */
void ecmp_uplink_lost(struct ecmp_net *en, const struct net_device *dev,
		      u8 family, const struct ecmp_addr *addr)
{
	struct ecmp_uplinks *up = &en->uplinks;
	struct ecmp_lost *lost;
	bool uplink;

	rcu_read_lock();
	uplink = ecmp_is_uplink_device(en, family, dev);
	rcu_read_unlock();
	if (!uplink)
		return;
	lost = kmalloc(sizeof(*lost), GFP_ATOMIC | __GFP_ACCOUNT);
	if (!lost) {
		net_info_ratelimited("ecmp: out of memory: connections translated to an address that %s lost do not end\n",
				     dev->name);
		return;
	}
	*lost = (struct ecmp_lost) {
		.ifindex = dev->ifindex, .family = family, .addr = *addr,
	};
	spin_lock_bh(&up->lost_lock);
	if (up->stopped || up->n_lost == ECMP_LOST_MAX ||
	    ecmp_lost_has(up, lost)) {
		kfree(lost);
	} else {
		list_add_tail(&lost->list, &up->lost);
		up->n_lost++;
	}
	spin_unlock_bh(&up->lost_lock);
	ecmp_uplinks_changed(en);
}

/**
 * ecmp_uplinks_tell - there is something to look after
 * @en: namespace
 * @news: ECMP_NEWS_*; 0: what waits already
 *
 * Context: any, atomic too.
 */
void ecmp_uplinks_tell(struct ecmp_net *en, u8 news)
{
	struct ecmp_uplinks *up = &en->uplinks;

	spin_lock_bh(&up->lost_lock);
	WRITE_ONCE(up->news, up->news | news);
	if (!up->stopped)
		queue_work(ecmp_wq, &up->lost_work);
	spin_unlock_bh(&up->lost_lock);
}

/**
 * ecmp_uplinks_told - what there is to look after, and will have been
 * @en: namespace
 * @news: ECMP_NEWS_* that are asked for
 *
 * Return: those of them that were told since they were asked for.
 * Context: process.
 */
u8 ecmp_uplinks_told(struct ecmp_net *en, u8 news)
{
	struct ecmp_uplinks *up = &en->uplinks;

	spin_lock_bh(&up->lost_lock);
	news &= up->news;
	WRITE_ONCE(up->news, up->news & ~news);
	spin_unlock_bh(&up->lost_lock);
	return news;
}

/**
 * ecmp_uplinks_changed - an uplink came, or lives
 * @en: namespace
 *
 * What waited for one is looked after.
 *
 * Context: any, atomic too.
 */
void ecmp_uplinks_changed(struct ecmp_net *en)
{
	struct ecmp_uplinks *up = &en->uplinks;

	if (unlikely(READ_ONCE(up->n_lost) || READ_ONCE(up->news)))
		ecmp_uplinks_tell(en, 0);
}

/**
 * ecmp_pins_ended - connections are to forget some pins
 * @en: namespace
 *
 * There may be a million of them, and device events wait for the mutex with
 * RTNL held: they are walked without it.
 *
 * Context: en->lock.
 */
void ecmp_pins_ended(struct ecmp_net *en)
{
	lockdep_assert_held(&en->lock);
	en->uplinks.asked = true;
	ecmp_uplinks_tell(en, 0);
}

/**
 * ecmp_uplinks_settle - wait until all uplinks have the pins that they shall
 * @en: namespace
 *
 * Context: process; en->lock not held.
 */
void ecmp_uplinks_settle(struct ecmp_net *en)
{
	struct ecmp_uplinks *up = &en->uplinks;

	if (!bitmap_empty(up->ended, ECMP_PINS_MAX + 1))
		flush_work(&up->lost_work);
}

/**
 * ecmp_lost_take - take the addresses of a family that were lost
 * @en: namespace
 * @family: AF_INET or AF_INET6
 *
 * Return: the first, by ecmp_lost.next; the caller ends with ecmp_lost_free().
 * Context: process.
 */
struct ecmp_lost *ecmp_lost_take(struct ecmp_net *en, u8 family)
{
	struct ecmp_uplinks *up = &en->uplinks;
	struct ecmp_lost *lost, *tmp, *taken = NULL;

	spin_lock_bh(&up->lost_lock);
	list_for_each_entry_safe(lost, tmp, &up->lost, list) {
		if (lost->family != family)
			continue;
		list_del(&lost->list);
		WRITE_ONCE(up->n_lost, up->n_lost - 1);
		lost->next = taken;
		taken = lost;
	}
	spin_unlock_bh(&up->lost_lock);
	return taken;
}

/**
 * ecmp_lost_free - end what ecmp_lost_take() gave
 * @lost: or NULL
 *
 * Context: any.
 */
void ecmp_lost_free(struct ecmp_lost *lost)
{
	struct ecmp_lost *next;

	for (; lost; lost = next) {
		next = lost->next;
		kfree(lost);
	}
}
