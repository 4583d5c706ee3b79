// SPDX-License-Identifier: GPL-2.0
/*
 * A device of an uplink that lives lost an address, as DHCP or PPP gave it
 * another: the connections that are translated to the old one end at once. No
 * packet could tell: it meets an uplink that lives, and an address that is not
 * the router's may be one that is routed to it, for NAT alone.
 *
 * Nor meets us a packet of a flowtable whose flows have no dst, as those of
 * bridges and those that hardware forwards: when an uplink dies, or takes back
 * its connections, flowtables give up their flows by its device. The next packet
 * of each comes by us, who decides what becomes of it.
 *
 * And before a pin means another uplink, connections forget it.
 *
 * The module loads without nf_conntrack and without flowtables: the one function
 * of each that is needed here is asked for when it is.
 */
#include <linux/if_arp.h>
#include <linux/module.h>
#include <linux/rtnetlink.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_flow_table.h>
#include <net/netfilter/nf_queue.h>

#include "pin.h"
#include "../fib/nexthop.h"
#include "../fib/policy.h"
#include "../fib/resolve.h"
#include "../netns.h"

#if IS_ENABLED(CONFIG_NF_CONNTRACK_MARK)
/**
 * struct ecmp_sweep - what becomes of connections with a translated address
 * @lost: addresses that are nobody's any more: those connections end
 * @moved: addresses that are on another uplink's device now: those connections
 *	forget theirs, and find it with their next packet
 * @en: namespace
 * @family: AF_INET or AF_INET6
 * @mask: of the pins
 * @ended: some connection did
 */
struct ecmp_sweep {
	struct ecmp_lost	*lost;
	struct ecmp_lost	*moved;
	struct ecmp_net		*en;
	u8			family;
	u32			mask;
	bool			ended;
};

/* Return: 0, the connection goes on. */
static int ecmp_sweep_forget_one(struct nf_conn *ct, void *data)
{
	const struct ecmp_pins *pins = data;
	u32 mark = READ_ONCE(ct->mark), was, pin;

	for (;; mark = was) {
		pin = ecmp_pin_of_mark(mark, pins->mask);
		if (pin > ECMP_PINS_MAX || !test_bit(pin, pins->pin))
			return 0;
		was = cmpxchg(&ct->mark, mark, mark & ~pins->mask);
		if (was == mark)
			return 0;
	}
}

/* Is a connection translated to one of these, in either direction? */
static bool ecmp_sweep_has(const struct ecmp_lost *lost,
			   const struct nf_conn *ct, u8 family)
{
	struct ecmp_addr src[IP_CT_DIR_MAX];
	unsigned int dir;

	for (dir = 0; dir < IP_CT_DIR_MAX; dir++)
		src[dir] = ecmp_pin_source(ct, dir, family);
	for (; lost; lost = lost->next)
		for (dir = 0; dir < IP_CT_DIR_MAX; dir++)
			if (ecmp_addr_equal(&lost->addr, &src[dir]) &&
			    ecmp_pin_translates(ct, dir))
				return true;
	return false;
}

/* Return: whether it ends. */
static int ecmp_sweep_one(struct nf_conn *ct, void *data)
{
	struct ecmp_sweep *sweep = data;
	const struct ecmp_policy *policy;

	if (nf_ct_l3num(ct) != sweep->family)
		return 0;
	/* Bits outside of a mask that is another now are others'. */
	rcu_read_lock();
	policy = rcu_dereference(sweep->en->policy);
	if (!policy || policy->pin_mask != sweep->mask)
		sweep->mask = 0;
	rcu_read_unlock();
	if (ecmp_sweep_has(sweep->lost, ct, sweep->family)) {
		sweep->ended = true;
		return 1;
	}
	if (sweep->mask && ecmp_sweep_has(sweep->moved, ct, sweep->family))
		ecmp_pin_write(ct, sweep->mask, 0);
	return 0;
}

/* Put each address where it belongs; those that are as before are left out. */
static void ecmp_sweep_sort(struct ecmp_net *en, struct ecmp_sweep *sweep,
			    struct ecmp_lost *lost)
{
	const u8 family = sweep->family;
	const struct net_device *dev;
	struct ecmp_nexthop *owner;
	struct ecmp_lost *next;
	bool owned;
	u8 type;

	rcu_read_lock();
	for (; lost; lost = next) {
		next = lost->next;
		dev = dev_get_by_index_rcu(en->net, lost->ifindex);
		owned = ecmp_uplink_of_address(en, family, &lost->addr, NULL,
					       &owner);
		type = ecmp_local_type(&en->local[ecmp_family_index(family)],
				       en->net, &lost->addr);
		if (dev && ecmp_dev_keeps(dev, family, &lost->addr)) {
			kfree(lost);
		} else if (owned) {
			lost->next = sweep->moved;
			sweep->moved = lost;
		} else if (type == RTN_LOCAL) {
			kfree(lost);
		} else {
			lost->next = sweep->lost;
			sweep->lost = lost;
		}
	}
	rcu_read_unlock();
}

static void ecmp_sweep_walk(struct ecmp_net *en,
			    int (*one)(struct nf_conn *ct, void *data),
			    void *data)
{
	const struct nf_ct_iter_data iter = { .net = en->net, .data = data };
	typeof(&nf_ct_iterate_cleanup_net) walk;

	walk = symbol_get(nf_ct_iterate_cleanup_net);
	if (!walk)	/* nothing tracks connections */
		return;
	walk(one, &iter);
	symbol_put(nf_ct_iterate_cleanup_net);
}

/* Does the kernel track connections? */
static bool ecmp_sweep_tracked(void)
{
	bool there = symbol_get(nf_ct_iterate_cleanup_net);

	if (there)
		symbol_put(nf_ct_iterate_cleanup_net);
	return there;
}

/*
 * Before pins mean somebody else. No packet remembers them from now on; those
 * that are on their way have left, and those that programs hold are dropped, as
 * whenever a hook goes: the first one of a connection would bring it with a pin
 * of before. A connection that is translated finds its uplink again by the
 * address that it has.
 */
static void ecmp_sweep_forget(struct ecmp_net *en, struct ecmp_pins *pins)
{
	if (!pins->mask || !ecmp_sweep_tracked())
		return;
	synchronize_net();
	nf_queue_nf_hook_drop(en->net);
	/* Those that a program has just given back have left as well. */
	synchronize_net();
	ecmp_sweep_walk(en, ecmp_sweep_forget_one, pins);
}

/* Return: whether connections ended. */
static bool ecmp_sweep_family(struct ecmp_net *en, u8 family, u32 mask)
{
	struct ecmp_sweep sweep = {
		.en = en, .family = family, .mask = mask,
	};

	ecmp_sweep_sort(en, &sweep, ecmp_lost_take(en, family));
	if (sweep.lost || sweep.moved)
		ecmp_sweep_walk(en, ecmp_sweep_one, &sweep);
	ecmp_lost_free(sweep.lost);
	ecmp_lost_free(sweep.moved);
	if (!sweep.ended)
		return false;
	WRITE_ONCE(en->ended_when[ecmp_family_index(family)],
		   (u32)ktime_get_seconds() ?: 1);
	/* A flowtable looks at dsts with each packet, at connections at times. */
	mutex_lock(&en->lock);
	ecmp_nexthops_renew(en);
	mutex_unlock(&en->lock);
	return true;
}
#else
static void ecmp_sweep_forget(struct ecmp_net *en, struct ecmp_pins *pins)
{
}

static bool ecmp_sweep_family(struct ecmp_net *en, u8 family, u32 mask)
{
	ecmp_lost_free(ecmp_lost_take(en, family));
	return false;
}
#endif

#if IS_ENABLED(CONFIG_NF_FLOW_TABLE) && defined(CONFIG_NETFILTER_INGRESS)
typedef typeof(&nf_flow_table_cleanup) ecmp_cleanup_t;

static int ecmp_sweep_flows_of(struct net_device *dev,
			       struct netdev_nested_priv *priv)
{
	ecmp_cleanup_t *cleanup = priv->data;

	/* Flowtables hook there. */
	if (rcu_access_pointer(dev->nf_hooks_ingress))
		(*cleanup)(dev);
	return 0;
}

/* Does a device have another below that it tells nobody of? */
static bool ecmp_sweep_is_above(const struct net_device *dev)
{
	/* Linux 7 forwards the packets of IPIP and IP6IP6 by itself, too. */
	return dev->type == ARPHRD_PPP || dev->type == ARPHRD_TUNNEL ||
	       dev->type == ARPHRD_TUNNEL6;
}

/*
 * Flowtables give up their flows by the devices of dead uplinks, or of @all.
 * They know them by the devices below; those of PPP and tunnels are not told.
 * @every: every flow, of whatever device
 */
static void ecmp_sweep_flows(struct ecmp_net *en, bool all, bool every)
{
	ecmp_cleanup_t cleanup = symbol_get(nf_flow_table_cleanup);
	struct netdev_nested_priv priv = { .data = &cleanup };
	struct net_device *dev;

	if (!cleanup)
		return;
	/* Until then who has read what was before may put one there. */
	if (every)
		synchronize_net();
	rtnl_lock();
	for_each_netdev(en->net, dev) {
		if (every || !ecmp_uplink_leaves(en, dev, all))
			continue;
		every = ecmp_sweep_is_above(dev);
		ecmp_sweep_flows_of(dev, &priv);
		netdev_walk_all_lower_dev(dev, ecmp_sweep_flows_of, &priv);
	}
	if (every)
		for_each_netdev(en->net, dev)
			ecmp_sweep_flows_of(dev, &priv);
	rtnl_unlock();
	symbol_put(nf_flow_table_cleanup);
}
#else
static void ecmp_sweep_flows(struct ecmp_net *en, bool all, bool every)
{
}
#endif

/**
 * ecmp_sweep_work - addresses were lost, an uplink came, or died, pins ended
 * @work: ecmp_net.uplinks.lost_work
 *
 * It alone walks connections, and never with en->lock held.
 *
 * While no uplink of a family lives nothing ends: they wait.
 *
 * Context: process.
 */
void ecmp_sweep_work(struct work_struct *work)
{
	struct ecmp_net *en = container_of(work, struct ecmp_net,
					   uplinks.lost_work);
	static const u8 families[] = { AF_INET, AF_INET6 };
	const struct ecmp_policy *policy;
	bool lives, pin = false, died = false, all = false, every;
	struct ecmp_pins pins;
	unsigned int i;
	u32 mask = 0;

	if (ecmp_uplinks_told(en, ECMP_NEWS_BACK)) {
		mutex_lock(&en->lock);
		all = ecmp_uplinks_failback(en);
		mutex_unlock(&en->lock);
	}
	while (ecmp_pins_to_forget(en, &pins)) {
		ecmp_sweep_forget(en, &pins);
		ecmp_pins_forgotten(en, &pins);
	}
	rcu_read_lock();
	policy = rcu_dereference(en->policy);
	if (policy) {
		pin = policy->more & ECMP_MORE_PIN;
		mask = policy->pin_mask;
	}
	rcu_read_unlock();
	every = ecmp_uplinks_told(en, ECMP_NEWS_FLOWS);
	for (i = 0; i < ARRAY_SIZE(families); i++) {
		rcu_read_lock();
		lives = ecmp_uplink_lives(en, families[i]);
		rcu_read_unlock();
		if (lives)
			died |= !!ecmp_uplinks_told(en,
						ECMP_NEWS_DIED(families[i]));
		if (!pin)
			ecmp_lost_free(ecmp_lost_take(en, families[i]));
		else if (lives)
			all |= ecmp_sweep_family(en, families[i], mask);
	}
	if (died || all || every)
		ecmp_sweep_flows(en, all, every);
}
