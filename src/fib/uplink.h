/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ECMP_UPLINK_H
#define _ECMP_UPLINK_H

#include <linux/bitmap.h>
#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include "../lib/prefix.h"

struct ecmp_config;
struct ecmp_net;
struct ecmp_nexthop;
struct ecmp_request;
struct net_device;

#define ECMP_PINS_MAX		255	/* ids in use at once; 0 is no pin */

/* ecmp_net.slot while a configuration takes the place of another. */
#define ECMP_SLOT_BOTH		2

/**
 * struct ecmp_uplink_past - who had a pin last
 * @nexthop: hash of the next hop's key
 * @device: hash of its family and its device's name; packets read it; 0: nobody
 */
struct ecmp_uplink_past {
	u32	nexthop;
	u32	device;
};

/**
 * struct ecmp_lost - an address that the device of an uplink lost
 * @list: in ecmp_uplinks.lost
 * @next: once it was taken from there
 * @ifindex: of the device
 * @family: AF_INET or AF_INET6
 * @addr: the address
 */
struct ecmp_lost {
	struct list_head	list;
	struct ecmp_lost	*next;
	int			ifindex;
	u8			family;
	struct ecmp_addr	addr;
};

/**
 * struct ecmp_pins - some of the pins, as connections have them
 * @mask: where
 * @pin: one bit for each
 */
struct ecmp_pins {
	u32	mask;
	DECLARE_BITMAP(pin, ECMP_PINS_MAX + 1);
};

/*
 * What ecmp_uplinks.lost_work is told: an uplink of a family died; one lives
 * again, or connections go back by another rule; flows of flowtables are to be
 * decided anew, as other rules or routes hold, or as an uplink went with its
 * device or its last default route and nobody can tell its flows any more.
 */
#define ECMP_NEWS_DIED(family)	(1 << ecmp_family_index(family))
#define ECMP_NEWS_BACK		4
#define ECMP_NEWS_FLOWS		8

/**
 * struct ecmp_uplinks - next hops of default routes
 * @list: all that ever were one, or have a pin-id; written under en->lock, RCU
 * @pinned: by ecmp_nexthop.pin; written under en->lock, RCU
 * @mask: where connections have their pins; en->lock
 * @pin_max: the largest pin that fits the mask; en->lock
 * @used: pins that connections may remember; en->lock
 * @ended: those of them that they are to forget: until they have, nobody has
 *	one; written under en->lock
 * @asked: the command that holds en->lock ended pins; en->lock
 * @past: by pin, of those that nobody has; written under en->lock
 * @lost: struct ecmp_lost that are to be looked after; @lost_lock
 * @n_lost: how many
 * @lost_lock: leaf, also in atomic context
 * @lost_work: looks after them, and after @ended; datapath/pin_sweep.c
 * @news: ECMP_NEWS_* since it looked; @lost_lock
 * @stopped: it is not to run any more; @lost_lock
 */
struct ecmp_uplinks {
	struct list_head		list;
	struct ecmp_nexthop __rcu	*pinned[ECMP_PINS_MAX + 1];
	u32				mask;
	u8				pin_max;
	bool				asked;
	DECLARE_BITMAP(used, ECMP_PINS_MAX + 1);
	DECLARE_BITMAP(ended, ECMP_PINS_MAX + 1);
	struct ecmp_uplink_past		past[ECMP_PINS_MAX + 1];
	struct list_head		lost;
	unsigned int			n_lost;
	spinlock_t			lost_lock;
	struct work_struct		lost_work;
	u8				news;
	bool				stopped;
};

/* uplink_past.c */
void ecmp_uplinks_init(struct ecmp_net *en, work_func_t work);
void ecmp_uplinks_stop(struct ecmp_net *en);
u8 ecmp_past_pin(const struct ecmp_nexthop *nh);
void ecmp_past_note(const struct ecmp_nexthop *nh);
void ecmp_past_forget(struct ecmp_net *en);
bool ecmp_past_owns(const struct ecmp_net *en, u8 family, u32 pin,
		    const struct ecmp_addr *addr);
void ecmp_pin_succeed(struct ecmp_nexthop *nh, struct ecmp_nexthop *old);
void ecmp_uplink_lost(struct ecmp_net *en, const struct net_device *dev,
		      u8 family, const struct ecmp_addr *addr);
void ecmp_uplinks_changed(struct ecmp_net *en);
void ecmp_pins_ended(struct ecmp_net *en);
void ecmp_uplinks_settle(struct ecmp_net *en);
void ecmp_uplinks_tell(struct ecmp_net *en, u8 news);
u8 ecmp_uplinks_told(struct ecmp_net *en, u8 news);
struct ecmp_lost *ecmp_lost_take(struct ecmp_net *en, u8 family);
void ecmp_lost_free(struct ecmp_lost *lost);

void ecmp_uplink_add(struct ecmp_nexthop *nh);
void ecmp_uplink_del(struct ecmp_nexthop *nh);
bool ecmp_uplinks_failback(struct ecmp_net *en);

/* pin_id.c */
bool ecmp_pin_give(struct ecmp_nexthop *nh);
void ecmp_pin_take(struct ecmp_nexthop *nh);
bool ecmp_pin_mask_ok(u32 mask);
bool ecmp_pins_fit(const struct ecmp_config *config, u32 mask);
int ecmp_pin_fix(struct ecmp_config *config, struct ecmp_nexthop *nh, u8 pin,
		 const struct ecmp_request *req);
void ecmp_pins_slot_free(struct ecmp_nexthop *nh, u8 slot);
void ecmp_pins_deal(struct ecmp_net *en);
void ecmp_pins_move(struct ecmp_net *en, u32 mask);
void ecmp_uplinks_number(struct ecmp_net *en);
bool ecmp_pins_to_forget(struct ecmp_net *en, struct ecmp_pins *pins);
void ecmp_pins_forgotten(struct ecmp_net *en, const struct ecmp_pins *pins);
unsigned int ecmp_uplinks_unpinned(const struct ecmp_net *en);

bool ecmp_is_uplink(const struct ecmp_net *en, const struct ecmp_nexthop *nh,
		    u8 family);
bool ecmp_uplink_usable(const struct ecmp_nexthop *nh);
bool ecmp_uplink_drains(const struct ecmp_nexthop *nh);
bool ecmp_uplink_lives(const struct ecmp_net *en, u8 family);
bool ecmp_is_uplink_device(const struct ecmp_net *en, u8 family,
			   const struct net_device *dev);
bool ecmp_uplink_leaves(const struct ecmp_net *en, const struct net_device *dev,
			bool all);
struct ecmp_nexthop *ecmp_uplink_pinned(const struct ecmp_net *en, u8 family,
					u32 pin);

/* owner.c */
struct ecmp_nexthop *ecmp_uplink_owner(const struct ecmp_net *en, u8 family,
				       const struct ecmp_addr *addr);
bool ecmp_uplink_of_address(const struct ecmp_net *en, u8 family,
			    const struct ecmp_addr *addr,
			    struct ecmp_nexthop *chosen,
			    struct ecmp_nexthop **usable);
bool ecmp_uplink_is_apart(const struct ecmp_net *en,
			  const struct ecmp_nexthop *nh,
			  const struct ecmp_addr *addr);

#endif /* _ECMP_UPLINK_H */
