// SPDX-License-Identifier: GPL-2.0
/*
 * What devices and their addresses do: down, no carrier, gone, back, renamed,
 * renumbered. A path is dead at once with its device.
 */
#include <linux/inetdevice.h>
#include <linux/limits.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/string.h>
#include <net/addrconf.h>

#include "check.h"
#include "device.h"
#include "../datapath/hook.h"
#include "../fib/kernel_paths.h"
#include "../fib/policy.h"
#include "../fib/route.h"
#include "../netlink/netlink.h"
#include "../netns.h"

/**
 * ecmp_nexthop_changed - tell that a next hop's state is another
 * @nh: next hop
 *
 * Context: process, en->lock.
 */
void ecmp_nexthop_changed(struct ecmp_nexthop *nh)
{
	/* Of a configuration that is being built: nobody sees it yet. */
	if (!ecmp_nexthop_routes(nh))
		return;
	nh->en->generation++;
	ecmp_notify_nexthop(nh, ECMP_CMD_NEXTHOP_NEW);
}

/*
 * A device is there, or changed. All its next hops are read before any group
 * follows: a group that has many of them is dealt once.
 */
static void ecmp_device_update(struct ecmp_net *en,
			       const struct net_device *dev)
{
	struct ecmp_nexthop *nh;

	list_for_each_entry(nh, &en->nexthop_list, list)
		if (nh->dev == dev || !strcmp(nh->key.device, dev->name))
			ecmp_nexthop_read(nh);
	list_for_each_entry(nh, &en->nexthop_list, list)
		if (nh->unsettled && ecmp_nexthop_settle(nh))
			ecmp_nexthop_changed(nh);
}

/* A device goes: when this returns, nothing of ours holds it. */
static void ecmp_device_gone(struct ecmp_net *en, const struct net_device *dev)
{
	struct ecmp_nexthop *nh;

	list_for_each_entry(nh, &en->nexthop_list, list) {
		if (nh->dev != dev)
			continue;
		ecmp_nexthop_device_gone(nh);
		ecmp_nexthop_changed(nh);
	}
}

static void ecmp_rules_update(struct ecmp_net *en)
{
	struct ecmp_rule *rule = NULL;

	if (!ecmp_rules_update_devices(en->config) && !en->unpublished)
		return;
	en->unpublished = ecmp_policy_publish(en->config, NULL);
	if (en->unpublished)
		ecmp_net_retry(en);
	en->generation++;
	while ((rule = ecmp_rule_next(en->config, rule)))
		if (rule->c.iif[0])
			ecmp_notify_rule(en, rule, ECMP_CMD_RULE_NEW);
}

static void ecmp_route_moved(struct ecmp_route *route)
{
	struct ecmp_config *config = route->entry->table->config;

	if (!config->live)
		return;
	config->en->generation++;
	ecmp_notify_route(route, ECMP_CMD_ROUTE_NEW);
}

/* Find the devices of gateways that were named without one again. */
static void ecmp_device_resolve(struct ecmp_config *config)
{
	u32 before;

	if (!config)
		return;
	before = config->en->generation;
	ecmp_config_resolve(config, ecmp_route_moved);
	/* Next hops came and went with them. */
	if (config->en->generation != before)
		ecmp_notify_commit(config->en);
}

/* Of the two dozen events of a device's life these change something here. */
static bool ecmp_netdev_event_matters(unsigned long event)
{
	return event == NETDEV_REGISTER || event == NETDEV_UNREGISTER ||
	       event == NETDEV_CHANGENAME || event == NETDEV_UP ||
	       event == NETDEV_DOWN || event == NETDEV_CHANGE ||
	       event == NETDEV_CHANGEMTU;
}

static int ecmp_netdev_event(struct notifier_block *nb, unsigned long event,
			     void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);
	struct ecmp_net *en = ecmp_net_get(dev_net(dev));

	if (!en || !ecmp_netdev_event_matters(event))
		return NOTIFY_DONE;
	mutex_lock(&en->lock);
	switch (event) {
	case NETDEV_REGISTER:
		if (netif_is_bridge_master(dev))
			ecmp_hooks_bridge_came(en, false);
		ecmp_kernel_routes_renamed(en, dev);
		ecmp_rules_update(en);
		ecmp_device_update(en, dev);
		break;
	case NETDEV_CHANGENAME:
		ecmp_kernel_routes_renamed(en, dev);
		ecmp_rules_update(en);
		fallthrough;
	case NETDEV_UP:
	case NETDEV_DOWN:
	case NETDEV_CHANGE:
	case NETDEV_CHANGEMTU:
		ecmp_device_update(en, dev);
		break;
	case NETDEV_UNREGISTER:
		ecmp_device_gone(en, dev);
		ecmp_rules_update(en);
		break;
	default:
		break;
	}
	if (event != NETDEV_CHANGE)
		ecmp_device_resolve(en->config);
	mutex_unlock(&en->lock);
	/* What the kernel removes with a device it does not always tell. */
	ecmp_kernel_defaults_changed(en);
	return NOTIFY_DONE;
}

/*
 * The same before anybody else: to withdraw the routes by a device that goes
 * down takes the kernel a second where they are a million, and meanwhile they
 * would be followed.
 */
static int ecmp_netdev_event_first(struct notifier_block *nb,
				   unsigned long event, void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);
	struct ecmp_net *en = ecmp_net_get(dev_net(dev));

	if (!en || (event != NETDEV_DOWN && event != NETDEV_CHANGE))
		return NOTIFY_DONE;
	mutex_lock(&en->lock);
	ecmp_device_update(en, dev);
	mutex_unlock(&en->lock);
	return NOTIFY_DONE;
}

static int ecmp_inetaddr_event(struct notifier_block *nb, unsigned long event,
			       void *ptr)
{
	const struct in_ifaddr *ifa = ptr;
	struct net_device *dev = ifa->ifa_dev->dev;
	struct ecmp_net *en = ecmp_net_get(dev_net(dev));
	const struct ecmp_addr addr = ecmp_addr_v4(ifa->ifa_local);

	if (event == NETDEV_DOWN)
		ecmp_uplink_lost(en, dev, AF_INET, &addr);
	mutex_lock(&en->lock);
	ecmp_device_update(en, dev);
	ecmp_device_resolve(en->config);
	mutex_unlock(&en->lock);
	ecmp_kernel_defaults_changed(en);
	return NOTIFY_DONE;
}

/**
 * ecmp_device_addresses_work - IPv6 addresses came or went
 * @work: ecmp_net.addresses
 *
 * Their notifier is atomic, so what follows from it waits for this.
 *
 * Context: process.
 */
void ecmp_device_addresses_work(struct work_struct *work)
{
	struct ecmp_net *en = container_of(work, struct ecmp_net, addresses);
	struct ecmp_nexthop *nh;

	mutex_lock(&en->lock);
	list_for_each_entry(nh, &en->nexthop_list, list)
		if (nh->key.family == AF_INET6 && ecmp_nexthop_update(nh))
			ecmp_nexthop_changed(nh);
	ecmp_device_resolve(en->config);
	mutex_unlock(&en->lock);
	ecmp_kernel_defaults_changed(en);
}

/**
 * ecmp_device_retry_work - try again what found no memory
 * @work: ecmp_net.retry
 *
 * What finds none this time queues it again, for later.
 *
 * Context: process.
 */
void ecmp_device_retry_work(struct work_struct *work)
{
	struct ecmp_net *en = container_of(to_delayed_work(work),
					   struct ecmp_net, retry);
	struct ecmp_nexthop *nh;

	mutex_lock(&en->lock);
	en->retry_after = min(en->retry_after * 2, ECMP_RETRY_MAX);
	ecmp_hooks_retry(en);
	ecmp_rules_update(en);
	ecmp_kernel_paths_retry(en);
	list_for_each_entry(nh, &en->nexthop_list, list)
		if (nh->speaks && !rcu_access_pointer(nh->dst) &&
		    ecmp_nexthop_update(nh))
			ecmp_nexthop_changed(nh);
	ecmp_device_resolve(en->config);
	ecmp_checks_update(en);
	if (!delayed_work_pending(&en->retry))
		en->retry_after = ECMP_RETRY;
	mutex_unlock(&en->lock);
	/* Routes that follow the kernel's. */
	ecmp_kernel_defaults_changed(en);
}

static int ecmp_inet6addr_event(struct notifier_block *nb,
				unsigned long event, void *ptr)
{
	const struct inet6_ifaddr *ifa = ptr;
	const struct net_device *dev = ifa->idev->dev;
	const struct ecmp_addr addr = ecmp_addr_v6(&ifa->addr);

	if (event == NETDEV_DOWN)
		ecmp_uplink_lost(ecmp_net_get(dev_net(dev)), dev, AF_INET6,
				 &addr);
	queue_work(ecmp_wq, &ecmp_net_get(dev_net(ifa->idev->dev))->addresses);
	return NOTIFY_DONE;
}

/* br_netfilter came after the bridges: its hooks are now before ours. */
static void ecmp_bridges_came(void)
{
	struct net *net;

	rtnl_lock();
	down_read(&net_rwsem);
	for_each_net(net) {
		struct ecmp_net *en = ecmp_net_get(net);

		mutex_lock(&en->lock);
		ecmp_hooks_bridge_came(en, true);
		mutex_unlock(&en->lock);
	}
	up_read(&net_rwsem);
	rtnl_unlock();
}

static int ecmp_module_event(struct notifier_block *nb, unsigned long event,
			     void *ptr)
{
	const struct module *module = ptr;

	if (event == MODULE_STATE_LIVE &&
	    !strcmp(module->name, "br_netfilter"))
		ecmp_bridges_came();
	return NOTIFY_DONE;
}

/* After br_netfilter's, which registers its hooks with the first bridge. */
static struct notifier_block ecmp_netdev_nb = {
	.notifier_call	= ecmp_netdev_event,
	.priority	= INT_MIN,
};

static struct notifier_block ecmp_netdev_first_nb = {
	.notifier_call	= ecmp_netdev_event_first,
	.priority	= INT_MAX,
};

static struct notifier_block ecmp_inetaddr_nb = {
	.notifier_call	= ecmp_inetaddr_event,
};

static struct notifier_block ecmp_inet6addr_nb = {
	.notifier_call	= ecmp_inet6addr_event,
};

static struct notifier_block ecmp_module_nb = {
	.notifier_call	= ecmp_module_event,
};

/**
 * ecmp_device_init - begin to watch devices
 *
 * Return: 0 or a negative errno.
 * Context: process.
 */
int ecmp_device_init(void)
{
	int err;

	err = register_netdevice_notifier(&ecmp_netdev_nb);
	if (err)
		return err;
	err = register_netdevice_notifier(&ecmp_netdev_first_nb);
	if (err)
		goto netdev;
	err = register_inetaddr_notifier(&ecmp_inetaddr_nb);
	if (err)
		goto netdev_first;
	err = register_inet6addr_notifier(&ecmp_inet6addr_nb);
	if (err)
		goto inetaddr;
	err = register_module_notifier(&ecmp_module_nb);
	if (err)
		goto inet6addr;
	return 0;

inet6addr:
	unregister_inet6addr_notifier(&ecmp_inet6addr_nb);
inetaddr:
	unregister_inetaddr_notifier(&ecmp_inetaddr_nb);
netdev_first:
	unregister_netdevice_notifier(&ecmp_netdev_first_nb);
netdev:
	unregister_netdevice_notifier(&ecmp_netdev_nb);
	return err;
}

/**
 * ecmp_device_exit - stop watching; every device is given back
 *
 * Context: process.
 */
void ecmp_device_exit(void)
{
	unregister_module_notifier(&ecmp_module_nb);
	unregister_inet6addr_notifier(&ecmp_inet6addr_nb);
	unregister_inetaddr_notifier(&ecmp_inetaddr_nb);
	unregister_netdevice_notifier(&ecmp_netdev_first_nb);
	unregister_netdevice_notifier(&ecmp_netdev_nb);
}
