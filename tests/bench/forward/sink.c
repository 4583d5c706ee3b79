// SPDX-License-Identifier: GPL-2.0
/*
 * Where the packets end: before any protocol of the kernel's sees them.
 */
#include <linux/if_arp.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>

#include "forward.h"

static rx_handler_result_t forward_receive(struct sk_buff **pskb)
{
	struct sk_buff *skb = *pskb;
	struct forward_sink *sink = rcu_dereference(skb->dev->rx_handler_data);
	struct forward_run *run = sink->run;
	u8 nr = sink - run->sinks + 1;
	u32 flow;

	if (!forward_packet_is(run, skb, &flow))
		return RX_HANDLER_PASS;
	if (!forward_packet_good(run, skb, flow))
		run->wrong++;
	if (run->by[flow] != nr) {
		if (run->by[flow])
			run->moved++;
		run->by[flow] = nr;
	}
	sink->received++;
	WRITE_ONCE(run->received, run->received + 1);
	consume_skb(skb);
	return RX_HANDLER_CONSUMED;
}

/**
 * forward_sinks_init - take what comes in by the devices of a namespace
 * @run: with the namespace
 *
 * Return: 0 or a negative errno; forward_sinks_exit() in either case.
 * Context: process.
 */
int forward_sinks_init(struct forward_run *run)
{
	struct forward_sink *sink;
	struct net_device *dev;
	int err = -ENODEV;

	rtnl_lock();
	for_each_netdev(run->net, dev) {
		if (dev->type != ARPHRD_ETHER)
			continue;
		if (run->nr_sinks == FORWARD_SINKS) {
			err = -E2BIG;
			break;
		}
		sink = &run->sinks[run->nr_sinks];
		sink->run = run;
		err = netdev_rx_handler_register(dev, forward_receive, sink);
		if (err)
			break;
		dev_hold(dev);
		sink->dev = dev;
		run->nr_sinks++;
	}
	rtnl_unlock();
	return err;
}

/**
 * forward_sinks_exit - leave the devices alone again
 * @run: no packet touches it afterwards
 *
 * Context: process; waits for packets in flight.
 */
void forward_sinks_exit(struct forward_run *run)
{
	unsigned int i;

	rtnl_lock();
	for (i = 0; i < run->nr_sinks; i++) {
		/* A device that is gone has lost it by itself. */
		if (rtnl_dereference(run->sinks[i].dev->rx_handler_data) ==
		    &run->sinks[i])
			netdev_rx_handler_unregister(run->sinks[i].dev);
		dev_put(run->sinks[i].dev);
	}
	rtnl_unlock();
	synchronize_net();
}
