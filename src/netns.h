/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ECMP_NETNS_H
#define _ECMP_NETNS_H

#include <linux/mutex.h>
#include <linux/workqueue.h>
#include <linux/hashtable.h>
#include <linux/idr.h>
#include <linux/siphash.h>
#include <net/net_namespace.h>

#include "fib/group.h"
#include "fib/kernel_routes.h"
#include "fib/local.h"
#include "fib/uplink.h"
#include "lib/flow_hash.h"
#include "lib/memory.h"

struct ecmp_config;
struct ecmp_hooks;
struct ecmp_policy;
struct ecmp_transaction;
struct mem_cgroup;
struct nf_hook_ops;

/**
 * DOC: Locking
 *
 * Writers of one namespace hold ecmp_net.lock, a mutex; it nests inside RTNL
 * (device notifiers come with RTNL held), so nobody takes RTNL under it.
 * Packets hold nothing but RCU: they read ecmp_net.policy, and from there only
 * objects that are freed a grace period after they were unpublished.
 * FIB notifications arrive in atomic context: they are copied to a queue
 * under a spinlock of kernel_routes.c and applied under the mutex by one work;
 * only the router's own addresses (local.c) change in the callback itself.
 * Counters are per CPU and written by packets alone.
 * Connections, of which there may be a million, are walked by one work, without
 * the mutex: datapath/pin_sweep.c.
 */

#define ECMP_RETRY		((unsigned long)HZ / 10)
#define ECMP_RETRY_MAX		(30ul * HZ)

#define ECMP_NEXTHOP_HASH_BITS	10
#define ECMP_PROBES_HASH_BITS	8
#define ECMP_GROUP_HASH_BITS	10
#define ECMP_KERNEL_PATHS_HASH_BITS	8

/**
 * struct ecmp_net - all that one network namespace owns
 * @net: the namespace
 * @lock: see DOC: Locking
 * @policy: what packets read; NULL: every packet is left to the kernel
 * @config: the live configuration; @lock
 * @configs: the live one and the one that is being built; @lock
 * @slot: ecmp_config.slot of the live one, also for packets; ECMP_SLOT_BOTH
 * @transaction: the one that is open, or NULL; @lock; netlink/transaction.c
 * @unpublished: a change of devices did not reach the policy; @lock
 * @retry: tries again what found no memory; health/device.c
 * @retry_after: jiffies until then, longer each time; @lock
 * @generation: grows with every change of what dumps show, but of the
 *	kernel's routes; @lock
 * @kernel_generation: grows with every change of those; @lock
 * @commits: how often another configuration became the live one; @lock
 * @publications: how often a prefix or the policy changed for packets; @lock
 * @addresses: brings next hops in step with IPv6 addresses; health/device.c
 * @checks: brings the probes in step with what routes ask for, and next hops
 *	with what the probes found; health/check.c
 * @forced: ends what was decided of next hops for a while; health/forced.c
 * @checks_changed: what routes ask for changed; @lock
 * @stopped: the namespace ends, or the module goes: nothing is checked, no device
 *	is taken and nothing is tried again any more; @lock
 * @checks_memcg: of who asked last: pays for the probes; held; @lock
 * @probes: those that run, by what their answers carry; written under @lock,
 *	RCU; health/probe.c
 * @probe_key: of the cookies in the echo requests of this namespace
 * @last_probe: id of the newest one; @lock
 * @probe_hooks: where echo replies are seen; NULL: none are awaited; @lock;
 *	health/probe_answer.c
 * @active: the kernel's routes are being mirrored; @activation
 * @activation: serialises ecmp_net_activate(); taken before RTNL and @lock
 * @hooks: the netfilter hooks, NULL: not registered; @lock; datapath/hook.c
 * @next_rule_id: never reused; @lock
 * @nexthops: by key; @lock
 * @nexthop_list: by id; @lock
 * @next_nexthop_id: never reused; @lock
 * @resolve_walk: number of the last walk along routes without a device; @lock
 * @uplinks: next hops of default routes
 * @kernel_paths: by content; @lock; fib/kernel_paths.c
 * @untracked: the last packet that might have had a pin had no connection
 * @untracked_when: jiffies of its last change
 * @ended_when: seconds since boot when the last connection was ended that was
 *	translated for an uplink; 0: none ever was; datapath/pin.c
 * @groups: see there
 * @local: the router's own addresses, by ecmp_family_index()
 * @random_seed: of the flow hash, when none is set
 * @reject_dst: with which ICMP errors are sent; datapath/reject.c
 * @kernel_routes: mirror of the kernel's main table
 * @lookup_main: in the list of those that began with the parameter of this
 *	name; lookup_main.c
 */
struct ecmp_net {
	struct net			*net;
	struct mutex			lock;
	struct ecmp_policy __rcu	*policy;
	struct ecmp_config		*config;
	struct list_head		configs;
	u8				slot;
	struct ecmp_transaction		*transaction;
	bool				unpublished;
	struct delayed_work		retry;
	unsigned long			retry_after;
	u32				generation;
	u32				kernel_generation;
	u32				commits;
	u64				publications;
	struct work_struct		addresses;
	struct work_struct		checks;
	struct delayed_work		forced;
	bool				checks_changed;
	bool				stopped;
	struct mem_cgroup		*checks_memcg;
	DECLARE_HASHTABLE(probes, ECMP_PROBES_HASH_BITS);
	siphash_key_t			probe_key;
	u32				last_probe;
	struct nf_hook_ops		*probe_hooks;
	bool				active;
	struct ecmp_hooks		*hooks;
	struct mutex			activation;
	u32				next_rule_id;

	DECLARE_HASHTABLE(nexthops, ECMP_NEXTHOP_HASH_BITS);
	struct list_head		nexthop_list;
	u32				next_nexthop_id;
	u32				resolve_walk;
	struct ecmp_uplinks		uplinks;
	bool				untracked;
	unsigned long			untracked_when;
	u32				ended_when[2];
	DECLARE_HASHTABLE(kernel_paths, ECMP_KERNEL_PATHS_HASH_BITS);
	struct ecmp_groups		groups;
	struct ecmp_local		local[2];
	struct ecmp_hash_seed		random_seed;
	struct dst_entry __rcu		*reject_dst;
	struct ecmp_kernel_routes	kernel_routes;
	struct list_head		lookup_main;
};

extern struct workqueue_struct *ecmp_wq;	/* fib/policy.c */

struct ecmp_net *ecmp_net_get(const struct net *net);
int ecmp_net_activate(struct ecmp_net *en);
int ecmp_net_hooks_up(struct ecmp_net *en);
void ecmp_net_hooks_trim(struct ecmp_net *en);
void ecmp_net_retry(struct ecmp_net *en);
int ecmp_netns_init(void);
void ecmp_netns_exit(void);
int ecmp_netns_stop_init(void);
void ecmp_netns_stop_exit(void);

#endif /* _ECMP_NETNS_H */
