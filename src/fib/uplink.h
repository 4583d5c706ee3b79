/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ECMP_UPLINK_H
#define _ECMP_UPLINK_H

#include <linux/list.h>
#include <linux/types.h>

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
 * struct ecmp_uplinks - next hops of default routes
 * @list: all that ever were one, or have a pin-id; written under en->lock, RCU
 * @pinned: by ecmp_nexthop.pin; written under en->lock, RCU
 * @pin_max: the largest pin that fits the mask; en->lock
 * @last_pin: given last; en->lock
 */
struct ecmp_uplinks {
	struct list_head		list;
	struct ecmp_nexthop __rcu	*pinned[ECMP_PINS_MAX + 1];
	u8				pin_max;
	u8				last_pin;
};

void ecmp_uplinks_init(struct ecmp_net *en);
void ecmp_uplink_add(struct ecmp_nexthop *nh);
void ecmp_uplink_del(struct ecmp_nexthop *nh);

/* pin_id.c */
void ecmp_pin_give(struct ecmp_nexthop *nh);
void ecmp_pin_take(struct ecmp_nexthop *nh);
bool ecmp_pin_mask_ok(u32 mask);
bool ecmp_pins_fit(const struct ecmp_config *config, u32 mask);
int ecmp_pin_fix(struct ecmp_config *config, struct ecmp_nexthop *nh, u8 pin,
		 const struct ecmp_request *req);
void ecmp_pins_slot_free(struct ecmp_nexthop *nh, u8 slot);
void ecmp_uplinks_number(struct ecmp_net *en, u32 mask);
unsigned int ecmp_uplinks_unpinned(const struct ecmp_net *en);

bool ecmp_is_uplink(const struct ecmp_net *en, const struct ecmp_nexthop *nh,
		    u8 family);
bool ecmp_uplink_of_address(const struct ecmp_net *en, u8 family,
			    const struct ecmp_addr *addr,
			    struct ecmp_nexthop *chosen,
			    struct ecmp_nexthop **usable);
bool ecmp_is_uplink_device(const struct ecmp_net *en, u8 family,
			   const struct net_device *dev);
struct ecmp_nexthop *ecmp_uplink_owner(const struct ecmp_net *en, u8 family,
				       const struct ecmp_addr *addr);
struct ecmp_nexthop *ecmp_uplink_pinned(const struct ecmp_net *en, u8 family,
					u32 pin);

#endif /* _ECMP_UPLINK_H */
