/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ECMP_KERNEL_ROUTES_H
#define _ECMP_KERNEL_ROUTES_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/notifier.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

struct ecmp_net;
struct ecmp_kernel_change;
struct ecmp_config;
struct net_device;

/**
 * struct ecmp_kernel_routes - the mirror of the kernel's main table
 * @notifier: in the namespace's FIB chain
 * @lock: guards @queue and @stopped; taken in atomic context
 * @queue: changes that were told and not yet applied, oldest first
 * @sweep: once @queue is empty, forget what was not told again; en->lock
 * @epoch: number of the last reading; en->lock
 * @stopped: queue no work any more
 * @missed: something that the last reading or a later change told was not
 *	remembered; @lock
 * @retry: jiffies until the next attempt to read everything again
 * @reading: held while the kernel's tables are read; outside RTNL
 * @work: applies @queue
 * @resync_work: reads everything again, after something was missed
 * @registered: @notifier is registered
 */
struct ecmp_kernel_routes {
	struct notifier_block	notifier;
	spinlock_t		lock;
	struct list_head	queue;
	bool			registered;
	bool			sweep;
	u8			epoch;
	bool			stopped;
	bool			missed;
	unsigned long		retry;
	struct mutex		reading;
	struct work_struct	work;
	struct delayed_work	resync_work;
};

void ecmp_kernel_routes_init(struct ecmp_net *en);
int ecmp_kernel_routes_start(struct ecmp_net *en);
void ecmp_kernel_routes_stop(struct ecmp_net *en);
void ecmp_kernel_routes_missed(struct ecmp_net *en);
void ecmp_kernel_routes_queue(struct ecmp_net *en,
			      struct ecmp_kernel_change *c);
void ecmp_kernel_routes_renamed(struct ecmp_net *en,
				const struct net_device *dev);
u8 ecmp_kernel_distance(u8 protocol);
int ecmp_kernel_routes_copy(struct ecmp_config *to,
			    const struct ecmp_config *from);

#endif /* _ECMP_KERNEL_ROUTES_H */
