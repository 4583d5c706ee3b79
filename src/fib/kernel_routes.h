/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ECMP_KERNEL_ROUTES_H
#define _ECMP_KERNEL_ROUTES_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/notifier.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

struct ecmp_net;
struct ecmp_kernel_change;
struct ecmp_kernel_leg;
struct ecmp_config;
struct ecmp_nexthop;
struct ecmp_table;
struct net_device;
struct socket;
struct task_struct;

/**
 * struct ecmp_kernel_routes - the mirror of the kernel's tables
 * @notifier: in the namespace's FIB chain, for good
 * @dump: in there too, for as long as the kernel's tables are read
 * @objects: in its chain of nexthop objects
 * @followed: by the kernel's number of a table, how many tables follow it;
 *	written under en->lock, read in atomic context; main is not in it
 * @lock: guards @queue, @told, @queued, @dumping, @stopped, @missed; taken in
 *	atomic context
 * @queue: changes that were told and not yet applied, oldest first
 * @told: what the reading told and is not yet applied; before @queue
 * @queued: bytes of @queue
 * @dumping: the reading has not told all: @queue waits for that
 * @object: of the nexthop object that changed last, until all its prefixes have
 *	followed; or NULL; en->lock
 * @object_left: some have still to; else that was cut short, and what is read
 *	completes it; en->lock
 * @sweep: once @told is empty, forget what was not told again; en->lock
 * @epoch: number of the last reading; en->lock
 * @stopped: queue no work any more
 * @behind: @work had its turn and left something for the next
 * @missed: something that the last reading or a later change told was not
 *	remembered
 * @resyncs: how often something was missed; @lock
 * @resyncs_told: of them the log knows; the resync work
 * @retry: jiffies until the next attempt to read everything again
 * @reading: held while the kernel's tables are read; outside RTNL
 * @reader: the task that reads them now
 * @told_all: the reading has told all that there was; by @reader
 * @locals_only: only local tables are read; by @reader
 * @local_changes: of local tables, but for those that are read
 * @work: applies @told and @queue
 * @resync_work: reads everything again, after something was missed
 * @defaults_work: reads the default routes again
 * @listener: tells of every route that comes or goes; NULL: not yet
 * @kept: some default routes were kept in the kernel; @reading
 * @keep_none: the default routes that are kept in the kernel go; @reading
 * @followed_another: tells that routes follow another gateway now; with en->lock
 * @lacking: devices without a kernel default while none are kept, by
 *	ecmp_family_index()
 * @listen_work: looks whether that was a default route
 * @registered: @notifier and @objects are registered
 * @complete: the kernel's tables were read
 * @untold: they change all the time, so that @notifier is not registered yet:
 *	they are read again and again
 */
struct ecmp_kernel_routes {
	struct notifier_block	notifier;
	struct notifier_block	dump;
	struct notifier_block	objects;
	struct xarray		followed;
	spinlock_t		lock;
	struct list_head	queue;
	struct list_head	told;
	size_t			queued;
	struct ecmp_kernel_change *object;
	bool			object_left;
	bool			dumping;
	bool			registered;
	bool			complete;
	bool			untold;
	bool			sweep;
	bool			stopped;
	bool			behind;
	bool			missed;
	u32			epoch;
	u32			resyncs;
	u32			resyncs_told;
	unsigned long		retry;
	struct mutex		reading;
	struct task_struct	*reader;
	bool			told_all;
	bool			locals_only;
	atomic_t		local_changes;
	struct work_struct	work;
	struct delayed_work	resync_work;
	struct delayed_work	defaults_work;
	struct socket		*listener;
	struct work_struct	listen_work;
	bool			kept;
	bool			keep_none;
	void			(*followed_another)(struct ecmp_net *en);
	u32			lacking[2];
};

/* kernel_routes.c */
void ecmp_kernel_routes_init(struct ecmp_net *en,
			     void (*followed_another)(struct ecmp_net *en));
void ecmp_kernel_routes_exit(struct ecmp_net *en);
int ecmp_kernel_routes_start(struct ecmp_net *en);
void ecmp_kernel_routes_stop(struct ecmp_net *en);
void ecmp_kernel_routes_renamed(struct ecmp_net *en,
				const struct net_device *dev);
bool ecmp_kernel_is_reading(const struct ecmp_net *en);
bool ecmp_kernel_wants(struct ecmp_net *en, u32 id);
void ecmp_kernel_local_changed(struct ecmp_net *en);

/* kernel_queue.c */
void ecmp_kernel_queue_init(struct ecmp_net *en);
void ecmp_kernel_queue_settle(struct ecmp_net *en);
void ecmp_kernel_queue_drop(struct ecmp_net *en);
bool ecmp_kernel_queue_has_room(struct ecmp_net *en, size_t size);
void ecmp_kernel_routes_missed(struct ecmp_net *en);
void ecmp_kernel_routes_queue(struct ecmp_net *en,
			      struct ecmp_kernel_change *c);
unsigned int ecmp_kernel_routes_apply(struct ecmp_net *en,
				      struct ecmp_kernel_change *c);

/* kernel_object.c */
bool ecmp_kernel_withdrawn(const struct ecmp_net *en, u32 object,
			   const struct ecmp_nexthop *nh);
void ecmp_kernel_object_end(struct ecmp_net *en);
void ecmp_kernel_object_begin(struct ecmp_net *en, struct ecmp_kernel_change *c,
			      unsigned int *left);
void ecmp_kernel_object_go_on(struct ecmp_net *en, unsigned int *left);
void ecmp_kernel_object_told(struct ecmp_net *en,
			     const struct ecmp_kernel_leg *leg, unsigned int n);

/* kernel_follow.c */
struct ecmp_table *ecmp_follower_next(struct ecmp_config *config,
				      struct ecmp_table *table, u32 id);
int ecmp_kernel_routes_fill(struct ecmp_config *config);
int ecmp_kernel_routes_follow(struct ecmp_table *table);
void ecmp_kernel_routes_unfollow(struct ecmp_table *table);
void ecmp_kernel_routes_settle(struct ecmp_net *en);

/* All tables of a configuration that follow the kernel's table @id. */
#define ecmp_for_each_follower(table, config, id)			\
	for (table = ecmp_follower_next(config, NULL, id); table;	\
	     table = ecmp_follower_next(config, table, id))

/* kernel_defaults.c */
void ecmp_kernel_defaults_init(struct ecmp_net *en);
int ecmp_kernel_defaults_start(struct ecmp_net *en);
void ecmp_kernel_defaults_stop(struct ecmp_net *en);
int ecmp_kernel_defaults_read(struct ecmp_net *en, bool keep);
void ecmp_kernel_defaults_changed(struct ecmp_net *en);

#endif /* _ECMP_KERNEL_ROUTES_H */
