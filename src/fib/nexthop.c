// SPDX-License-Identifier: GPL-2.0
/*
 * Next hops: one for each gateway on a device, shared by all routes.
 *
 * A change of a next hop's state rewrites the buckets of the groups that hold
 * it and touches no prefix.
 */
#include <linux/inetdevice.h>
#include <linux/jhash.h>
#include <linux/jiffies.h>
#include <linux/netdevice.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <net/addrconf.h>

#include "dst.h"
#include "group.h"
#include "nexthop.h"
#include "policy.h"
#include "resolve.h"
#include "../lib/flow_hash.h"
#include "../netns.h"
#include "../trace.h"

static u32 ecmp_nexthop_hash(const struct ecmp_nexthop_key *key)
{
	return jhash(key, sizeof(*key), 0);
}

static u64 ecmp_nexthop_path_id(const struct ecmp_nexthop_key *key)
{
	if (key->gateway_family)
		return ecmp_hash_bytes(&key->gateway, sizeof(key->gateway));
	return ecmp_hash_bytes(key->device, strlen(key->device));
}

/**
 * ecmp_nexthop_find - find a next hop
 * @en: namespace
 * @key: identity; unused bytes zero
 *
 * Return: the next hop, without a reference, or NULL.
 * Context: en->lock.
 */
struct ecmp_nexthop *ecmp_nexthop_find(struct ecmp_net *en,
				       const struct ecmp_nexthop_key *key)
{
	struct ecmp_nexthop *nh;

	lockdep_assert_held(&en->lock);
	hash_for_each_possible(en->nexthops, nh, hash, ecmp_nexthop_hash(key))
		if (!memcmp(&nh->key, key, sizeof(*key)))
			return nh;
	return NULL;
}

/**
 * ecmp_nexthop_get - find or make a next hop
 * @en: namespace
 * @key: identity; unused bytes zero
 *
 * Return: the next hop with a reference for the caller, or NULL when out of
 *	memory.
 * Context: process, en->lock.
 */
struct ecmp_nexthop *ecmp_nexthop_get(struct ecmp_net *en,
				      const struct ecmp_nexthop_key *key)
{
	struct ecmp_nexthop *nh = ecmp_nexthop_find(en, key);

	if (nh) {
		nh->refs++;
		return nh;
	}

	nh = kzalloc(sizeof(*nh), ECMP_GFP);
	if (!nh)
		return NULL;
	nh->counter = ecmp_counter_alloc();
	if (!nh->counter) {
		kfree(nh);
		return NULL;
	}
	nh->en = en;
	nh->key = *key;
	nh->path_id = ecmp_nexthop_path_id(key);
	nh->id = ++en->next_nexthop_id;
	nh->refs = 1;
	nh->reason = ECMP_REASON_NO_DEVICE;
	nh->traced = ECMP_REASON_NO_DEVICE;
	nh->since = ktime_get_boottime_ns();
	INIT_LIST_HEAD(&nh->members);
	INIT_LIST_HEAD(&nh->asking[0]);
	INIT_LIST_HEAD(&nh->asking[1]);
	INIT_LIST_HEAD(&nh->uplink);
	hash_add(en->nexthops, &nh->hash, ecmp_nexthop_hash(key));
	list_add_tail(&nh->list, &en->nexthop_list);
	ecmp_nexthop_update(nh);
	return nh;
}

/* Other dsts: what holds the old ones, as a flowtable does, finds them dead. */
static void ecmp_nexthop_renew(struct ecmp_nexthop *nh)
{
	struct ecmp_dst_set *set = ecmp_dst_set_alloc(nh);

	if (set)
		ecmp_dst_set_retire(rcu_replace_pointer(nh->dst, set, true));
}

/* It is no uplink any more: what went there past us comes by again. */
static void ecmp_nexthop_unlinked(struct ecmp_nexthop *nh)
{
	if (rcu_access_pointer(nh->dst))
		ecmp_nexthop_renew(nh);
	ecmp_uplinks_tell(nh->en, ECMP_NEWS_FLOWS);
}

static void ecmp_nexthop_free_rcu(struct rcu_head *rcu)
{
	struct ecmp_nexthop *nh = container_of(rcu, struct ecmp_nexthop, rcu);

	ecmp_dst_set_free(rcu_dereference_protected(nh->dst, true));
	free_percpu(nh->counter);
	kfree(nh);
}

/**
 * ecmp_nexthop_put - give back a reference; the last one ends the next hop
 * @nh: next hop, or NULL
 *
 * Context: process, en->lock.
 */
void ecmp_nexthop_put(struct ecmp_nexthop *nh)
{
	if (!nh)
		return;
	lockdep_assert_held(&nh->en->lock);
	if (--nh->refs)
		return;
	WARN_ON_ONCE(!list_empty(&nh->members));
	hash_del(&nh->hash);
	list_del(&nh->list);
	ecmp_uplink_del(nh);
	/* With its dsts: packets that have chosen it just now go on by it. */
	call_rcu_hurry(&nh->rcu, ecmp_nexthop_free_rcu);
}

/**
 * ecmp_nexthop_count - count a route in or out
 * @nh: its next hop
 * @config: the route's; of one that ends nothing is counted any more
 * @uplink: it is a default route
 * @n: 1 or -1
 *
 * Context: en->lock.
 */
void ecmp_nexthop_count(struct ecmp_nexthop *nh,
			const struct ecmp_config *config, bool uplink, int n)
{
	u8 slot = config->slot;

	lockdep_assert_held(&nh->en->lock);
	if (slot == ECMP_CONFIG_ENDED)
		return;
	nh->routes[slot] += n;
	if (uplink)
		ecmp_nexthop_count_default(nh, config, n);
}

/**
 * ecmp_nexthop_count_default - a route begins or ends to be a default route
 * @nh: its next hop
 * @config: the route's
 * @n: 1 or -1
 *
 * One that is disabled, or of distance 255, is none.
 *
 * Context: en->lock.
 */
void ecmp_nexthop_count_default(struct ecmp_nexthop *nh,
				const struct ecmp_config *config, int n)
{
	u8 slot = config->slot;

	lockdep_assert_held(&nh->en->lock);
	if (slot == ECMP_CONFIG_ENDED)
		return;
	WRITE_ONCE(nh->defaults[slot], nh->defaults[slot] + n);
	ecmp_uplink_add(nh);
	if (n > 0)
		ecmp_uplinks_changed(nh->en);
	else if (config->live && !nh->defaults[slot])
		ecmp_nexthop_unlinked(nh);
}

/**
 * ecmp_nexthop_routes - how many routes of the live configuration use it
 * @nh: next hop
 *
 * Context: en->lock.
 */
u32 ecmp_nexthop_routes(const struct ecmp_nexthop *nh)
{
	return nh->routes[nh->en->config->slot];
}

/**
 * ecmp_nexthop_shown - is a next hop part of the live configuration?
 * @nh: next hop
 *
 * What only a transaction or a probe still holds is nobody's business.
 *
 * Context: en->lock.
 */
bool ecmp_nexthop_shown(const struct ecmp_nexthop *nh)
{
	return ecmp_nexthop_routes(nh) ||
	       nh->pin_fixed[nh->en->config->slot];
}

/**
 * ecmp_nexthops_slot_free - a configuration ends: nothing counts for it
 * @en: namespace
 * @slot: its slot
 *
 * Context: en->lock.
 */
void ecmp_nexthops_slot_free(struct ecmp_net *en, u8 slot)
{
	struct ecmp_nexthop *nh, *tmp;

	/* After ecmp_net.slot, for packets: see ecmp_is_uplink(). */
	smp_wmb();
	list_for_each_entry_safe(nh, tmp, &en->nexthop_list, list) {
		ecmp_checks_slot_free(nh, slot);
		nh->routes[slot] = 0;
		if (nh->defaults[slot] && slot != en->slot &&
		    !nh->defaults[en->slot])
			ecmp_nexthop_unlinked(nh);
		WRITE_ONCE(nh->defaults[slot], 0);
		ecmp_pins_slot_free(nh, slot);
	}
}

/**
 * ecmp_nexthop_reason - why a next hop is not usable for a route
 * @nh: next hop
 * @kernel: the route is the kernel's: it lives while the kernel keeps it
 * @onlink: the route says that the gateway is on-link
 *
 * Return: ECMP_REASON_NONE when the path is alive.
 * Context: en->lock.
 */
enum ecmp_reason ecmp_nexthop_reason(const struct ecmp_nexthop *nh,
				     bool kernel, bool onlink)
{
	if (!nh->dev)
		return nh->key.device[0] ? ECMP_REASON_NO_DEVICE :
					   ECMP_REASON_NOT_ON_LINK;
	if (!nh->up)
		return ECMP_REASON_DOWN;
	/* Nothing is on-link for a family that the device does not speak. */
	if (!nh->speaks)
		return ECMP_REASON_NOT_ON_LINK;
	if (nh->forced == ECMP_FORCED_DEAD)
		return ECMP_REASON_FORCED;
	if (nh->forced != ECMP_FORCED_ALIVE) {
		if (!nh->carrier && (!kernel || nh->linkdown))
			return ECMP_REASON_NO_CARRIER;
		if (!nh->reachable && !onlink && !kernel)
			return ECMP_REASON_NOT_ON_LINK;
		if (nh->failed && !kernel)
			return ECMP_REASON_CHECK;
	}
	return rcu_access_pointer(nh->dst) ? ECMP_REASON_NONE :
					     ECMP_REASON_NO_MEMORY;
}

/**
 * ecmp_nexthop_drains - does a next hop that lives get no new connections?
 * @nh: next hop
 *
 * Return: ECMP_REASON_DRAIN; ECMP_REASON_LAST_RESORT where some route has no
 *	other; else ECMP_REASON_NONE.
 * Context: en->lock.
 */
enum ecmp_reason ecmp_nexthop_drains(const struct ecmp_nexthop *nh)
{
	const struct ecmp_member *m;

	if (nh->reason || nh->forced != ECMP_FORCED_DRAIN)
		return ECMP_REASON_NONE;
	list_for_each_entry(m, &nh->members, on_nexthop)
		if (ecmp_member_reason(m->group, m) == ECMP_REASON_LAST_RESORT)
			return ECMP_REASON_LAST_RESORT;
	return ECMP_REASON_DRAIN;
}

/* Without carrier the kernel's own routes count as down too. */
static bool ecmp_dev_heeds_linkdown(const struct net_device *dev, u8 family)
{
	const struct inet6_dev *idev;
	struct in_device *in_dev;

	if (family == AF_INET6) {
		idev = __in6_dev_get(dev);
		return idev &&
		       READ_ONCE(idev->cnf.ignore_routes_with_linkdown);
	}
	in_dev = __in_dev_get_rcu(dev);
	return in_dev && IN_DEV_ORCONF(in_dev, IGNORE_ROUTES_WITH_LINKDOWN);
}

/* What flowtables know of an uplink is the number that its device had. */
static void ecmp_nexthop_set_device(struct ecmp_nexthop *nh,
				    struct net_device *dev)
{
	if (nh->dev && nh->dev != dev && !list_empty(&nh->uplink))
		ecmp_uplinks_tell(nh->en, ECMP_NEWS_FLOWS);
	nh->dev = dev;
	WRITE_ONCE(nh->ifindex, dev ? dev->ifindex : 0);
}

/* Read what the device and its addresses say now. */
static void ecmp_nexthop_read_device(struct ecmp_nexthop *nh)
{
	const struct ecmp_nexthop_key *key = &nh->key;
	struct net_device *dev = NULL;

	rcu_read_lock();
	/* Devices are given back for good, whatever work is still under way. */
	if (key->device[0] && !nh->en->stopped)
		dev = dev_get_by_name_rcu(nh->en->net, key->device);
	/* An alternative name is not told when it comes or goes. */
	if (dev && strcmp(dev->name, key->device))
		dev = NULL;
	ecmp_nexthop_set_device(nh, dev);
	nh->up = dev && dev->flags & IFF_UP;
	nh->speaks = nh->up && ecmp_dev_speaks(dev, key->family);
	WRITE_ONCE(nh->carrier, nh->up && netif_carrier_ok(dev));
	WRITE_ONCE(nh->reachable, nh->speaks &&
		   (!key->gateway_family ||
		    ecmp_on_link(dev, key->gateway_family, &key->gateway)));
	nh->linkdown = nh->up && ecmp_dev_heeds_linkdown(dev, key->family);
	if (nh->up && key->gateway_family)
		ecmp_dst_learn(dev, key->gateway_family, &key->gateway);
	rcu_read_unlock();
}

/* It died, lives again, or is dead for another reason. Return: whether so. */
static bool ecmp_nexthop_set_reason(struct ecmp_nexthop *nh,
				    enum ecmp_reason reason)
{
	if (reason == nh->reason)
		return false;
	if (!reason || !nh->reason) {
		nh->since = ktime_get_boottime_ns();
		nh->flaps += !!reason;
	}
	nh->reason = reason;
	return true;
}

/* Tell those who trace, also when it begins to drain or ends. */
static void ecmp_nexthop_trace(struct ecmp_nexthop *nh)
{
	u8 reason = nh->reason;

	if (!reason && nh->forced == ECMP_FORCED_DRAIN)
		reason = ECMP_REASON_DRAIN;
	if (nh->traced == reason)
		return;
	nh->traced = reason;
	trace_ecmp_nexthop_state(nh);
}

/* All that ecmp_nexthop_reason() goes by, whatever the route. */
static u16 ecmp_nexthop_state(const struct ecmp_nexthop *nh)
{
	return 1 | !!nh->dev << 1 | nh->up << 2 | nh->speaks << 3 |
	       nh->carrier << 4 | nh->linkdown << 5 | nh->reachable << 6 |
	       nh->failed << 7 | !!rcu_access_pointer(nh->dst) << 8 |
	       nh->forced << 9;
}

/*
 * Let the groups follow. One that has several next hops of a device is dealt
 * once if all of these were read before. A route that is added comes by here:
 * groups that are in step already are left alone, however many there are.
 */
static void ecmp_nexthop_refresh(struct ecmp_nexthop *nh)
{
	u16 state = ecmp_nexthop_state(nh);
	struct ecmp_member *m;

	if (nh->dealt == state)
		return;
	list_for_each_entry(m, &nh->members, on_nexthop) {
		ecmp_group_refresh(m->group);
		cond_resched();
	}
	nh->dealt = state;
}

/**
 * ecmp_nexthop_read - the first half of ecmp_nexthop_update()
 * @nh: next hop; ecmp_nexthop_settle() must follow before en->lock is released
 *
 * The dsts are there before packets are sent here.
 *
 * Context: process, en->lock.
 */
void ecmp_nexthop_read(struct ecmp_nexthop *nh)
{
	struct net_device *before = nh->dev;
	struct ecmp_dst_set *set;

	lockdep_assert_held(&nh->en->lock);
	nh->unsettled = true;
	ecmp_nexthop_read_device(nh);

	set = rcu_dereference_protected(nh->dst, true);
	if (set && (!nh->speaks || nh->dev != before)) {
		ecmp_dst_set_retire(nh->old);
		nh->old = rcu_replace_pointer(nh->dst, NULL, true);
	}
	if (nh->speaks && !rcu_access_pointer(nh->dst))
		rcu_assign_pointer(nh->dst, ecmp_dst_set_alloc(nh));
	/* For want of memory: another event may never come. */
	if (nh->speaks && !rcu_access_pointer(nh->dst))
		ecmp_net_retry(nh->en);
}

/**
 * ecmp_nexthop_settle - the second half: groups follow
 * @nh: next hop
 *
 * The dsts are retired after packets were sent elsewhere: queues and
 * flowtables then find a dead path's dst dead.
 *
 * Return: whether its liveness or reason changed.
 * Context: process, en->lock.
 */
bool ecmp_nexthop_settle(struct ecmp_nexthop *nh)
{
	enum ecmp_reason reason =
		ecmp_nexthop_reason(nh, false, nh->onlink_refs);
	bool died = reason && !nh->reason;
	bool changed;

	lockdep_assert_held(&nh->en->lock);
	ecmp_nexthop_refresh(nh);

	/* Kernel routes may go on using it: they get a new one. */
	if (died && !nh->old && nh->speaks)
		ecmp_nexthop_renew(nh);
	ecmp_dst_set_retire(nh->old);
	nh->old = NULL;
	nh->unsettled = false;

	changed = ecmp_nexthop_set_reason(nh, reason);
	ecmp_nexthop_trace(nh);
	if (!changed)
		return false;
	if (list_empty(&nh->uplink))
		return true;
	if (reason)
		ecmp_uplinks_tell(nh->en, ECMP_NEWS_DIED(nh->key.family));
	else
		ecmp_uplinks_tell(nh->en, ECMP_NEWS_BACK);
	/* The best of those that live is the kernel's first, too. */
	ecmp_kernel_defaults_changed(nh->en);
	return true;
}

/**
 * ecmp_nexthops_renew - what a flowtable carries past us comes by again
 * @en: namespace
 *
 * Context: process, en->lock.
 */
void ecmp_nexthops_renew(struct ecmp_net *en)
{
	struct ecmp_nexthop *nh;

	lockdep_assert_held(&en->lock);
	list_for_each_entry(nh, &en->uplinks.list, uplink) {
		if (rcu_access_pointer(nh->dst))
			ecmp_nexthop_renew(nh);
		cond_resched();
	}
}

/**
 * ecmp_nexthop_update - bring a next hop in step with its device
 * @nh: next hop
 *
 * Return: whether its liveness or reason changed.
 * Context: process, en->lock.
 */
bool ecmp_nexthop_update(struct ecmp_nexthop *nh)
{
	ecmp_nexthop_read(nh);
	return ecmp_nexthop_settle(nh);
}

/**
 * ecmp_nexthop_device_gone - the device is being unregistered
 * @nh: next hop on it
 *
 * Context: RTNL and en->lock; NETDEV_UNREGISTER.
 */
void ecmp_nexthop_device_gone(struct ecmp_nexthop *nh)
{
	struct ecmp_dst_set *set;

	lockdep_assert_held(&nh->en->lock);
	set = rcu_replace_pointer(nh->dst, NULL, true);
	ecmp_nexthop_set_device(nh, NULL);
	nh->up = false;
	nh->speaks = false;
	WRITE_ONCE(nh->carrier, false);
	nh->reachable = false;
	ecmp_nexthop_set_reason(nh, ECMP_REASON_NO_DEVICE);
	ecmp_nexthop_trace(nh);
	ecmp_nexthop_refresh(nh);
	ecmp_dst_set_retire_now(set);
}

/**
 * ecmp_nexthop_force - decide a next hop's state from outside
 * @nh: next hop
 * @forced: enum ecmp_nexthop_forced
 * @msecs: for how long; 0: until it is decided anew
 *
 * A work ends it: health/forced.c.
 *
 * Return: whether its liveness or reason changed.
 * Context: process, en->lock.
 */
bool ecmp_nexthop_force(struct ecmp_nexthop *nh,
			enum ecmp_nexthop_forced forced, u32 msecs)
{
	WRITE_ONCE(nh->forced, forced);
	nh->forced_until = 0;
	if (msecs) {
		nh->forced_until = get_jiffies_64() + msecs_to_jiffies(msecs);
		mod_delayed_work(ecmp_wq, &nh->en->forced, 0);
	}
	return ecmp_nexthop_update(nh);
}

/**
 * ecmp_nexthop_forced_left - how long what was decided goes on to hold
 * @nh: next hop
 *
 * Return: milliseconds; 0: until it is decided anew.
 * Context: process, en->lock.
 */
u32 ecmp_nexthop_forced_left(const struct ecmp_nexthop *nh)
{
	const u64 now = get_jiffies_64();

	if (!nh->forced_until)
		return 0;
	if (time_after_eq64(now, nh->forced_until))
		return 1;
	return jiffies64_to_msecs(nh->forced_until - now);
}

/**
 * ecmp_nexthop_fail - the check of a next hop fails, or is answered again
 * @nh: next hop
 * @failed: it fails
 *
 * Its dsts stay: the probes go on by them, and the kernel's routes.
 *
 * Return: whether its liveness or reason changed.
 * Context: process, en->lock.
 */
bool ecmp_nexthop_fail(struct ecmp_nexthop *nh, bool failed)
{
	WRITE_ONCE(nh->failed, failed);
	return ecmp_nexthop_update(nh);
}
