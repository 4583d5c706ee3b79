// SPDX-License-Identifier: GPL-2.0
#include <linux/module.h>

#include "fib/dst.h"
#include "fib/policy.h"
#include "health/device.h"
#include "lookup_main.h"
#include "netlink/netlink.h"
#include "netns.h"

static int __init ecmp_init(void)
{
	int err;

	err = ecmp_dst_init();
	if (err)
		return err;
	err = ecmp_policy_init();
	if (err)
		return err;
	err = ecmp_netns_init();
	if (err)
		goto policy;
	err = ecmp_device_init();
	if (err)
		goto netns;
	err = ecmp_netns_stop_init();
	if (err)
		goto device;
	err = ecmp_netlink_init();
	if (err)
		goto stop;
	ecmp_lookup_main_arm();
	return 0;

stop:
	ecmp_netns_stop_exit();
device:
	ecmp_device_exit();
netns:
	ecmp_netns_exit();
policy:
	ecmp_policy_exit();
	return err;
}

/*
 * ecmp_init() backwards: nobody asks any more, no packet meets us any more,
 * the devices are given back, the rest is freed.
 */
static void __exit ecmp_exit(void)
{
	ecmp_netlink_exit();
	ecmp_netns_stop_exit();
	ecmp_device_exit();
	ecmp_netns_exit();
	ecmp_policy_exit();
	/* Callbacks of ours that RCU still has to run. */
	rcu_barrier();
}

module_init(ecmp_init);
module_exit(ecmp_exit);

MODULE_DESCRIPTION("ECMP forwarding plane: rules, tables, consistent hashing");
MODULE_LICENSE("GPL");
