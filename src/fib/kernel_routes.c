// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's own routes: the FIB notifier tells the best route of each
 * prefix, in atomic context. Changes of the local table are applied there and
 * then; those of the main table are copied to a queue that one work empties
 * under the namespace's mutex. What could not be remembered for want of
 * memory is read again as a whole.
 */
#include <linux/inetdevice.h>
#include <linux/slab.h>
#include <net/fib_notifier.h>
#include <net/ip_fib.h>
#include <net/lwtunnel.h>
#include <net/nexthop.h>

#include "kernel_legs.h"
#include "policy.h"
#include "../netns.h"

#define ECMP_KERNEL_RETRY	((unsigned long)HZ / 10)
#define ECMP_KERNEL_RETRY_MAX	(30ul * HZ)
#define ECMP_KERNEL_BATCH	256	/* changes applied per hold of the mutex */

/**
 * struct ecmp_kernel_change - one change of the kernel's main table
 * @list: in ecmp_kernel_routes.queue
 * @family: AF_INET
 * @dst: prefix
 * @n: next hops; 0: deleted
 * @leg: copied, so that nothing of the kernel's is held meanwhile
 */
struct ecmp_kernel_change {
	struct list_head	list;
	u8			family;
	struct ecmp_prefix	dst;
	unsigned int		n;
	struct ecmp_kernel_leg	leg[];
};

static struct ecmp_net *ecmp_net_of(struct notifier_block *nb)
{
	return container_of(nb, struct ecmp_net, kernel_routes.notifier);
}

/* Something was not remembered: read everything again, in a while. */
static void ecmp_kernel_missed(struct ecmp_net *en)
{
	struct ecmp_kernel_routes *kr = &en->kernel_routes;

	spin_lock_bh(&kr->lock);
	if (!kr->stopped)
		queue_delayed_work(system_wq, &kr->resync_work, kr->retry);
	spin_unlock_bh(&kr->lock);
}

/* Copy one next hop; false: only the kernel can follow it. */
static bool ecmp_leg_fill(struct ecmp_kernel_leg *leg,
			  const struct fib_nh_common *nhc)
{
	if (!nhc->nhc_dev || nhc->nhc_lwtstate ||
	    nhc->nhc_dev->flags & IFF_LOOPBACK ||
	    nhc->nhc_gw_family == AF_INET6)
		return false;
	strscpy(leg->device, nhc->nhc_dev->name, sizeof(leg->device));
	leg->gateway_family = nhc->nhc_gw_family;
	if (nhc->nhc_gw_family == AF_INET)
		leg->gateway = ecmp_addr_v4(nhc->nhc_gw.ipv4);
	leg->weight = clamp(nhc->nhc_weight, 1, 256);
	leg->type = ECMP_ROUTE_UNICAST;
	return true;
}

static u8 ecmp_leg_type(u8 rtn)
{
	switch (rtn) {
	case RTN_BLACKHOLE:
		return ECMP_ROUTE_BLACKHOLE;
	case RTN_UNREACHABLE:
		return ECMP_ROUTE_UNREACHABLE;
	case RTN_PROHIBIT:
		return ECMP_ROUTE_PROHIBIT;
	default:
		return ECMP_MEMBER_NATIVE;
	}
}

static void ecmp_change_fill(struct ecmp_kernel_change *c,
			     const struct fib_entry_notifier_info *info)
{
	struct fib_info *fi = info->fi;
	unsigned int i;

	/*
	 * Nexthop objects change without a word to us, and a route's own MTU
	 * is not in a next hop's identity: the kernel follows those itself.
	 */
	if (info->type == RTN_UNICAST && !info->dscp && !fi->nh &&
	    !fi->fib_mtu) {
		for (i = 0; i < c->n; i++)
			if (!ecmp_leg_fill(&c->leg[i], fib_info_nhc(fi, i)))
				break;
		if (i < c->n) {		/* whole, to the native stack */
			c->n = 1;
			memset(c->leg, 0, sizeof(c->leg[0]));
			c->leg[0].type = ECMP_MEMBER_NATIVE;
		}
	} else {
		c->n = 1;
		memset(c->leg, 0, sizeof(c->leg[0]));
		c->leg[0].type = ecmp_leg_type(info->type);
	}
	for (i = 0; i < c->n; i++) {
		c->leg[i].weight = c->leg[i].weight ?: 1;
		c->leg[i].metric = fi->fib_priority;
		c->leg[i].protocol = fi->fib_protocol;
	}
}

static void ecmp_kernel_queue(struct ecmp_net *en, unsigned long event,
			      const struct fib_entry_notifier_info *info)
{
	struct ecmp_kernel_routes *kr = &en->kernel_routes;
	struct ecmp_kernel_change *c;
	unsigned int n = 0;

	if (event != FIB_EVENT_ENTRY_DEL)
		n = clamp_t(unsigned int, fib_info_num_path(info->fi), 1,
			    ECMP_PREFIX_ROUTES_MAX / 2);
	c = kzalloc(struct_size(c, leg, n), GFP_ATOMIC | __GFP_NOWARN);
	if (!c) {
		ecmp_kernel_missed(en);
		return;
	}
	c->family = AF_INET;
	c->dst.addr = ecmp_addr_v4(htonl(info->dst));
	c->dst.len = info->dst_len;
	c->n = n;
	if (n)
		ecmp_change_fill(c, info);

	spin_lock_bh(&kr->lock);
	list_add_tail(&c->list, &kr->queue);
	if (!kr->stopped)
		queue_work(system_wq, &kr->work);
	spin_unlock_bh(&kr->lock);
}

static void ecmp_kernel_local(struct ecmp_net *en, unsigned long event,
			      const struct fib_entry_notifier_info *info)
{
	__be32 addr = htonl(info->dst);

	if (event == FIB_EVENT_ENTRY_DEL)
		ecmp_local_del(&en->local, addr, info->dst_len);
	else
		ecmp_local_set(&en->local, addr, info->dst_len, info->type);
}

/* Atomic context. An error would veto the administrator's "ip route". */
static int ecmp_kernel_event(struct notifier_block *nb, unsigned long event,
			     void *ptr)
{
	const struct fib_notifier_info *info = ptr;
	const struct fib_entry_notifier_info *entry;

	if (info->family != AF_INET)
		return NOTIFY_DONE;
	switch (event) {
	case FIB_EVENT_ENTRY_REPLACE:
	case FIB_EVENT_ENTRY_APPEND:
	case FIB_EVENT_ENTRY_ADD:
	case FIB_EVENT_ENTRY_DEL:
		break;
	default:
		return NOTIFY_DONE;
	}
	entry = container_of(info, struct fib_entry_notifier_info, info);
	if (entry->tb_id == RT_TABLE_LOCAL)
		ecmp_kernel_local(ecmp_net_of(nb), event, entry);
	else if (entry->tb_id == RT_TABLE_MAIN)
		ecmp_kernel_queue(ecmp_net_of(nb), event, entry);
	return NOTIFY_DONE;
}

/**
 * ecmp_kernel_distance - distance of a kernel route
 * @protocol: RTPROT_*
 *
 * Return: 0 to 200, RouterOS's distances.
 * Context: any.
 */
u8 ecmp_kernel_distance(u8 protocol)
{
	switch (protocol) {
	case RTPROT_KERNEL:
		return 0;
	case RTPROT_BOOT:
	case RTPROT_STATIC:
	case RTPROT_DHCP:
	case RTPROT_RA:
		return 1;
	case RTPROT_BGP:
		return 20;
	case RTPROT_OSPF:
		return 110;
	case RTPROT_ISIS:
		return 115;
	case RTPROT_RIP:
		return 120;
	default:
		return 200;
	}
}

static struct ecmp_kernel_change *
ecmp_kernel_dequeue(struct ecmp_kernel_routes *kr)
{
	struct ecmp_kernel_change *c;

	spin_lock_bh(&kr->lock);
	c = list_first_entry_or_null(&kr->queue, struct ecmp_kernel_change,
				     list);
	if (c)
		list_del(&c->list);
	spin_unlock_bh(&kr->lock);
	return c;
}

static void ecmp_kernel_queue_free(struct ecmp_kernel_routes *kr)
{
	struct ecmp_kernel_change *c;

	while ((c = ecmp_kernel_dequeue(kr)))
		kfree(c);
}

/**
 * ecmp_config_forget_kernel - take the kernel's routes out of main
 * @config: configuration
 *
 * Context: process, en->lock.
 */
void ecmp_config_forget_kernel(struct ecmp_config *config)
{
	const struct ecmp_prefix all = {};
	struct ecmp_entry *entry, *next;

	entry = ecmp_entry_find_from(config->main, AF_INET, &all);
	for (; entry; entry = next) {
		struct ecmp_prefix dst = entry->node.prefix;

		next = ecmp_entry_next(entry);
		ecmp_kernel_legs_replace(config->main, AF_INET, &dst, NULL, 0);
	}
}

/* A new reading begins: what it does not tell again will be swept. */
static void ecmp_kernel_restart(struct ecmp_net *en)
{
	/* Packets that began with what is flushed are gone before it is. */
	WRITE_ONCE(en->local.incomplete, true);
	synchronize_rcu();
	ecmp_kernel_queue_free(&en->kernel_routes);
	ecmp_local_flush(&en->local);
	mutex_lock(&en->lock);
	en->kernel_routes.epoch++;
	mutex_unlock(&en->lock);
}

/* The kernel's tables changed while they were read. */
static void ecmp_kernel_restart_cb(struct notifier_block *nb)
{
	ecmp_kernel_restart(ecmp_net_of(nb));
}

/* Takes RTNL. */
static int ecmp_kernel_read(struct ecmp_net *en)
{
	struct ecmp_kernel_routes *kr = &en->kernel_routes;
	int err;

	ecmp_kernel_restart(en);
	err = register_fib_notifier(en->net, &kr->notifier,
				    ecmp_kernel_restart_cb, NULL);
	if (err)
		return err;
	kr->registered = true;
	/* Complete, unless an address could not be remembered meanwhile. */
	smp_store_release(&en->local.incomplete,
			  READ_ONCE(en->local.missing));
	mutex_lock(&en->lock);
	kr->sweep = true;
	mutex_unlock(&en->lock);
	queue_work(system_wq, &kr->work);
	return 0;
}

/* Forget what the kernel did not tell again since the last reading began. */
static void ecmp_kernel_sweep(struct ecmp_net *en)
{
	const struct ecmp_prefix all = {};
	struct ecmp_entry *entry, *next;
	struct ecmp_route *last;

	entry = ecmp_entry_find_from(en->config->main, AF_INET, &all);
	for (; entry; entry = next) {
		struct ecmp_prefix dst = entry->node.prefix;

		next = ecmp_entry_next(entry);
		/* The kernel's routes of a prefix are last, and of one age. */
		last = list_last_entry(&entry->routes, struct ecmp_route, list);
		if (last->flags & ECMP_ROUTE_KERNEL &&
		    last->epoch != en->kernel_routes.epoch &&
		    ecmp_kernel_legs_replace(en->config->main, AF_INET, &dst,
					     NULL, 0))
			ecmp_kernel_missed(en);
	}
}

/*
 * Read everything again: what the kernel still has is told again and stays
 * in its place meanwhile, the rest is swept. Takes RTNL, so outside the mutex.
 */
static void ecmp_kernel_resync_work(struct work_struct *work)
{
	struct ecmp_net *en = container_of(to_delayed_work(work),
					   struct ecmp_net,
					   kernel_routes.resync_work);
	struct ecmp_kernel_routes *kr = &en->kernel_routes;
	int err;

	mutex_lock(&kr->reading);
	/* From here on packets ask the kernel for the router's addresses. */
	WRITE_ONCE(en->local.incomplete, true);
	if (kr->registered)
		unregister_fib_notifier(en->net, &kr->notifier);
	kr->registered = false;
	err = ecmp_kernel_read(en);
	mutex_unlock(&kr->reading);

	/* A table that changes all the time may not be read at once. */
	kr->retry = err ? min(kr->retry * 2, ECMP_KERNEL_RETRY_MAX) :
			  ECMP_KERNEL_RETRY;
	if (err)
		ecmp_kernel_missed(en);
}

static void ecmp_kernel_work(struct work_struct *work)
{
	struct ecmp_net *en = container_of(work, struct ecmp_net,
					   kernel_routes.work);
	struct ecmp_kernel_routes *kr = &en->kernel_routes;
	struct ecmp_kernel_change *c;
	unsigned int i, j;
	bool more = true;

	while (more) {
		mutex_lock(&en->lock);
		for (i = 0; i < ECMP_KERNEL_BATCH; i++) {
			c = ecmp_kernel_dequeue(kr);
			if (!c)
				break;
			for (j = 0; j < c->n; j++)
				c->leg[j].epoch = kr->epoch;
			if (ecmp_kernel_legs_replace(en->config->main,
						     c->family, &c->dst,
						     c->leg, c->n))
				ecmp_kernel_missed(en);
			kfree(c);
		}
		more = i == ECMP_KERNEL_BATCH;
		if (!more && kr->sweep) {
			kr->sweep = false;
			ecmp_kernel_sweep(en);
		}
		if (i)
			en->generation++;
		mutex_unlock(&en->lock);
	}
}

/**
 * ecmp_kernel_routes_init - prepare the mirror of a namespace
 * @en: namespace
 *
 * Context: process.
 */
void ecmp_kernel_routes_init(struct ecmp_net *en)
{
	struct ecmp_kernel_routes *kr = &en->kernel_routes;

	spin_lock_init(&kr->lock);
	mutex_init(&kr->reading);
	INIT_LIST_HEAD(&kr->queue);
	INIT_WORK(&kr->work, ecmp_kernel_work);
	INIT_DELAYED_WORK(&kr->resync_work, ecmp_kernel_resync_work);
	kr->retry = ECMP_KERNEL_RETRY;
	kr->notifier.notifier_call = ecmp_kernel_event;
	ecmp_local_init(&en->local);
}

/**
 * ecmp_kernel_routes_start - begin to mirror the kernel's routes
 * @en: namespace
 *
 * When it returns, the routes that the kernel has now are in main.
 *
 * Return: 0 or a negative errno.
 * Context: process; takes RTNL, en->lock not held.
 */
int ecmp_kernel_routes_start(struct ecmp_net *en)
{
	struct ecmp_kernel_routes *kr = &en->kernel_routes;
	int err = 0;

	mutex_lock(&kr->reading);
	if (!kr->registered)
		err = ecmp_kernel_read(en);
	mutex_unlock(&kr->reading);
	if (!err)
		flush_work(&kr->work);
	return err;
}

/**
 * ecmp_kernel_routes_stop - stop mirroring; the routes stay in main
 * @en: namespace that packets do not read any more
 *
 * Context: process; takes RTNL, en->lock not held.
 */
void ecmp_kernel_routes_stop(struct ecmp_net *en)
{
	struct ecmp_kernel_routes *kr = &en->kernel_routes;

	/* From here on nothing queues the works any more. */
	spin_lock_bh(&kr->lock);
	kr->stopped = true;
	spin_unlock_bh(&kr->lock);
	cancel_delayed_work_sync(&kr->resync_work);
	if (kr->registered)
		unregister_fib_notifier(en->net, &kr->notifier);
	kr->registered = false;
	cancel_work_sync(&kr->work);
	ecmp_kernel_queue_free(kr);
	ecmp_local_flush(&en->local);
}

/* The kernel's next hops of a prefix, as they are in main now. */
static unsigned int ecmp_kernel_legs(const struct ecmp_entry *entry,
				     struct ecmp_kernel_leg *leg)
{
	const struct ecmp_route *r;
	unsigned int n = 0;

	list_for_each_entry(r, &entry->routes, list) {
		if (!(r->flags & ECMP_ROUTE_KERNEL) ||
		    n == ECMP_PREFIX_ROUTES_MAX)
			continue;
		leg[n] = (struct ecmp_kernel_leg) {
			.metric = r->metric,
			.weight = r->weight,
			.type = r->type,
			.protocol = r->protocol,
			.epoch = r->epoch,
		};
		if (r->nexthop) {
			leg[n].gateway_family = r->nexthop->key.gateway_family;
			leg[n].gateway = r->nexthop->key.gateway;
			strscpy(leg[n].device, r->nexthop->key.device,
				sizeof(leg[n].device));
		}
		n++;
	}
	return n;
}

/**
 * ecmp_kernel_routes_renamed - a device has another name
 * @en: namespace
 * @dev: the device; next hops still have its old name
 *
 * The kernel's routes stay on the device and it says nothing; so they are put
 * on the next hops of the new name at once.
 *
 * Context: RTNL, en->lock.
 */
void ecmp_kernel_routes_renamed(struct ecmp_net *en,
				const struct net_device *dev)
{
	const struct ecmp_prefix all = {};
	struct ecmp_kernel_leg *leg;
	struct ecmp_entry *entry;
	unsigned int i, n;
	bool on;

	leg = kvcalloc(ECMP_PREFIX_ROUTES_MAX, sizeof(*leg), GFP_KERNEL);
	if (!leg) {
		ecmp_kernel_missed(en);
		return;
	}
	entry = ecmp_entry_find_from(en->config->main, AF_INET, &all);
	for (; entry; entry = ecmp_entry_next(entry)) {
		const struct ecmp_route *r;

		on = false;
		list_for_each_entry(r, &entry->routes, list)
			on |= r->flags & ECMP_ROUTE_KERNEL && r->nexthop &&
			      r->nexthop->dev == dev;
		if (!on)
			continue;
		i = 0;
		n = ecmp_kernel_legs(entry, leg);
		list_for_each_entry(r, &entry->routes, list) {
			if (!(r->flags & ECMP_ROUTE_KERNEL))
				continue;
			if (r->nexthop && r->nexthop->dev == dev)
				strscpy(leg[i].device, dev->name,
					sizeof(leg[i].device));
			i++;
		}
		if (ecmp_kernel_legs_replace(en->config->main, AF_INET,
					     &entry->node.prefix, leg, n))
			ecmp_kernel_missed(en);
	}
	kvfree(leg);
}

/**
 * ecmp_kernel_routes_copy - put the kernel's routes into a new configuration
 * @to: being built; its main has no kernel routes
 * @from: the live one
 *
 * Return: 0 or -ENOMEM.
 * Context: process, en->lock.
 */
int ecmp_kernel_routes_copy(struct ecmp_config *to,
			    const struct ecmp_config *from)
{
	const struct ecmp_prefix all = {};
	struct ecmp_kernel_leg *leg;
	struct ecmp_entry *entry;
	int err = 0;

	leg = kvcalloc(ECMP_PREFIX_ROUTES_MAX, sizeof(*leg), GFP_KERNEL);
	if (!leg)
		return -ENOMEM;
	entry = ecmp_entry_find_from(from->main, AF_INET, &all);
	for (; entry && !err; entry = ecmp_entry_next(entry)) {
		unsigned int n = ecmp_kernel_legs(entry, leg);

		if (n)
			err = ecmp_kernel_legs_replace(to->main, AF_INET,
						       &entry->node.prefix,
						       leg, n);
	}
	kvfree(leg);
	return err;
}
