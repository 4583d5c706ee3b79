/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ECMP_NEXTHOP_H
#define _ECMP_NEXTHOP_H

#include <linux/if.h>
#include <linux/netdevice.h>
#include <uapi/linux/ecmp.h>

#include "check.h"
#include "counter.h"
#include "request.h"
#include "../lib/prefix.h"

struct ecmp_config;
struct ecmp_net;
struct ecmp_dst_set;
struct ecmp_probe;

/**
 * struct ecmp_nexthop_key - what makes two next hops the same one
 * @family: AF_INET or AF_INET6: that of the packets
 * @gateway_family: that of @gateway; 0: no gateway, the device alone
 * @gateway: zero without a gateway
 * @device: name; empty: the gateway's device is not known (yet)
 */
struct ecmp_nexthop_key {
	u8			family;
	u8			gateway_family;
	struct ecmp_addr	gateway;
	char			device[IFNAMSIZ];
};

/**
 * struct ecmp_nexthop - a gateway on a device, or a device alone
 * @dst: what packets borrow; NULL while the device is absent or down
 * @counter: packets sent here
 * @en: its namespace
 * @key: identity
 * @path_id: identity as a path for the buckets, of nothing else than @key. Made
 *	from the gateway where there is one, so that two routers whose devices have
 *	other names choose alike
 * @id: for people and programs; unique in the namespace
 * @refs: routes that use it and whoever else holds it; en->lock
 * @onlink_refs: routes among them that say "onlink"; en->lock, packets read it
 * @kernel_refs: those among @refs that are for routes of the kernel; likewise
 * @routes: routes among them by ecmp_config.slot; en->lock
 * @defaults: default routes among those; en->lock, packets read the live one
 * @asking: routes that ask for a check, the first defines it; by
 *	ecmp_config.slot; en->lock
 * @probe: checks it, or NULL; en->lock; health/check.c
 * @seen: what that has seen
 * @failed: its check had no answer; written under en->lock, packets read it
 * @dev: the device while it exists; en->lock. Not a reference: the device
 *	notifier clears it before the device goes.
 * @ifindex: of @dev, also for packets; 0: none
 * @up: the device is up; en->lock, as the following
 * @speaks: the device speaks @key.family
 * @carrier: the device has carrier; packets read it too
 * @linkdown: without carrier the kernel's own routes count as down too
 * @reachable: the gateway is in a connected prefix of @dev, or there is none;
 *	packets read it too
 * @forced: what a person or a detector decided; packets read it too
 * @forced_until: jiffies64 when that ends; 0: never; en->lock; health/forced.c
 * @reason: why it is dead, or ECMP_REASON_NONE
 * @traced: the reason that tracepoints told last, ECMP_REASON_DRAIN among them
 * @since: boot time when it died, or lived again, last; nanoseconds
 * @flaps: how often it died
 * @dealt: of which state the groups in @members are; 0: of none
 * @unsettled: it was read, the groups have not followed
 * @old: dsts that are retired once they have
 * @resolved: ecmp_net.resolve_walk that found its gateway where it was
 * @unresolved: and why that has no device, or ECMP_REASON_NONE
 * @members: group members that it is in
 * @hash: in ecmp_net.nexthops
 * @list: in ecmp_net.nexthop_list, by id
 * @uplink: in ecmp_net.uplinks.list since @defaults or @pin_fixed first rose;
 *	RCU
 * @pin: its place in ecmp_net.uplinks.pinned; 0: none; written under en->lock
 * @pin_fixed: the one that it shall have, by ecmp_config.slot; 0: any. Each
 *	holds a reference; en->lock
 * @rcu: packets may hold it
 */
struct ecmp_nexthop {
	struct ecmp_dst_set __rcu	*dst;
	struct ecmp_counter __percpu	*counter;
	struct ecmp_net			*en;
	struct ecmp_nexthop_key		key;
	u64				path_id;
	u32				id;
	u32				refs;
	u32				onlink_refs;
	u32				kernel_refs;
	u32				routes[2];
	u32				defaults[2];
	struct list_head		asking[2];
	struct ecmp_probe		*probe;
	struct ecmp_check_seen		seen;
	bool				failed;
	struct net_device		*dev;
	int				ifindex;
	bool				up;
	bool				speaks;
	bool				carrier;
	bool				linkdown;
	bool				reachable;
	enum ecmp_nexthop_forced	forced;
	u64				forced_until;
	enum ecmp_reason		reason;
	enum ecmp_reason		traced;
	u64				since;
	u32				flaps;
	u16				dealt;
	bool				unsettled;
	struct ecmp_dst_set		*old;
	u32				resolved;
	enum ecmp_reason		unresolved;
	struct list_head		members;
	struct hlist_node		hash;
	struct list_head		list;
	struct list_head		uplink;
	u8				pin;
	u8				pin_fixed[2];
	struct rcu_head			rcu;
};

struct ecmp_nexthop *ecmp_nexthop_get(struct ecmp_net *en,
				      const struct ecmp_nexthop_key *key);
struct ecmp_nexthop *ecmp_nexthop_find(struct ecmp_net *en,
				       const struct ecmp_nexthop_key *key);
void ecmp_nexthop_put(struct ecmp_nexthop *nh);
void ecmp_nexthop_count_default(struct ecmp_nexthop *nh,
				const struct ecmp_config *config, int n);
void ecmp_nexthop_count(struct ecmp_nexthop *nh,
			const struct ecmp_config *config, bool uplink, int n);
u32 ecmp_nexthop_routes(const struct ecmp_nexthop *nh);
bool ecmp_nexthop_shown(const struct ecmp_nexthop *nh);
void ecmp_nexthops_slot_free(struct ecmp_net *en, u8 slot);
bool ecmp_nexthop_force(struct ecmp_nexthop *nh,
			enum ecmp_nexthop_forced forced, u32 msecs);
u32 ecmp_nexthop_forced_left(const struct ecmp_nexthop *nh);
bool ecmp_nexthop_fail(struct ecmp_nexthop *nh, bool failed);
bool ecmp_nexthop_update(struct ecmp_nexthop *nh);
void ecmp_nexthop_read(struct ecmp_nexthop *nh);
bool ecmp_nexthop_settle(struct ecmp_nexthop *nh);
void ecmp_nexthops_renew(struct ecmp_net *en);
void ecmp_nexthop_device_gone(struct ecmp_nexthop *nh);
enum ecmp_reason ecmp_nexthop_reason(const struct ecmp_nexthop *nh,
				     bool kernel, bool onlink);
enum ecmp_reason ecmp_nexthop_drains(const struct ecmp_nexthop *nh);

#endif /* _ECMP_NEXTHOP_H */
