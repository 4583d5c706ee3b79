// SPDX-License-Identifier: GPL-2.0
/*
 * What a detector or a person decided of a next hop, and for how long: the state
 * of one whose detector is gone must not stay for ever.
 *
 * One work for a namespace: next hops are few, and one that ends takes what was
 * decided of it along.
 */
#include <linux/jiffies.h>
#include <linux/workqueue.h>

#include "device.h"
#include "forced.h"
#include "../fib/nexthop.h"
#include "../netns.h"

/*
 * Until the work looks again when something ends in @left jiffies. Timers are
 * late by an eighth of their time, at most: what is far away is approached.
 */
static unsigned long ecmp_forced_wait(u64 left)
{
	left = min_t(u64, left, HZ * 3600ul);
	return left < 64 ? left : left - left / 8;
}

static void ecmp_forced_work(struct work_struct *work)
{
	struct ecmp_net *en = container_of(to_delayed_work(work),
					   struct ecmp_net, forced);
	struct ecmp_nexthop *nh;
	u64 now, next = U64_MAX;

	mutex_lock(&en->lock);
	now = get_jiffies_64();
	list_for_each_entry(nh, &en->nexthop_list, list) {
		if (!nh->forced_until)
			continue;
		if (time_before64(now, nh->forced_until)) {
			next = min(next, nh->forced_until - now);
			continue;
		}
		ecmp_nexthop_force(nh, ECMP_FORCED_AUTO, 0);
		ecmp_nexthop_changed(nh);
	}
	if (next != U64_MAX)
		queue_delayed_work(ecmp_wq, &en->forced,
				   ecmp_forced_wait(next));
	mutex_unlock(&en->lock);
}

/**
 * ecmp_forced_init - prepare a new namespace
 * @en: namespace
 *
 * Context: process.
 */
void ecmp_forced_init(struct ecmp_net *en)
{
	INIT_DELAYED_WORK(&en->forced, ecmp_forced_work);
}

/**
 * ecmp_forced_exit - the namespace ends: nobody forces anything any more
 * @en: namespace
 *
 * Context: process, en->lock not held.
 */
void ecmp_forced_exit(struct ecmp_net *en)
{
	cancel_delayed_work_sync(&en->forced);
}
