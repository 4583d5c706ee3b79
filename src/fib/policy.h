/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ECMP_POLICY_H
#define _ECMP_POLICY_H

#include <linux/hashtable.h>
#include <linux/workqueue.h>

#include "rule.h"
#include "../lib/flow_hash.h"

struct ecmp_net;
struct ecmp_route;

/**
 * struct ecmp_settings - what "set" sets
 * @enabled: no: every packet is left to the kernel
 * @hash_policy: by ecmp_family_index()
 * @hash_seed: 0: random
 * @pin: ECMP_PIN_*
 * @pin_mask: bits of the conntrack mark for pins; 0: none are kept
 * @kernel_routes: keep a default route in the kernel for each uplink's device
 * @check_interval: milliseconds from one probe of a next hop to the next
 * @check_timeout: milliseconds that an answer is waited for
 * @check_count: unanswered in a row: dead
 * @check_up_count: answered in a row: alive again
 */
struct ecmp_settings {
	bool	enabled;
	u8	hash_policy[2];
	u64	hash_seed;
	u8	pin;
	u32	pin_mask;
	bool	kernel_routes;
	u32	check_interval;
	u32	check_timeout;
	u8	check_count;
	u8	check_up_count;
};

/**
 * struct ecmp_policy_rule - an enabled, valid rule as packets meet it
 * @table: with a look-up
 * @counter: of the rule
 * @min_prefix: suppress results up to this length, or ECMP_MIN_PREFIX_UNSET
 * @action: enum ecmp_rule_action
 * @rule: whose it is; held
 */
struct ecmp_policy_rule {
	struct ecmp_table		*table;
	struct ecmp_counter __percpu	*counter;
	s16				min_prefix;
	u8				action;
	struct ecmp_rule		*rule;
};

#define ECMP_MORE_PIN		0x1	/* what is forwarded follows pins */
#define ECMP_MORE_BALANCE	0x2	/* some table balances otherwise */

/**
 * struct ecmp_policy - one immutable snapshot of rules and settings
 * @classifier: over @rule
 * @main: the implicit last rule's table
 * @groups: from a look-up's value to its group
 * @hash_policy: by ecmp_family_index()
 * @more: ECMP_MORE_*: not the hash alone chooses paths
 * @pin_mask: bits of the conntrack mark for pins; 0: none are kept
 * @inner: some table hashes by the inner packet: read that too
 * @seed: key of the flow hash
 * @n_rules: how many @rule
 * @iif: the interfaces that rules ask for, sorted; behind @rule
 * @n_iifs: how many
 * @work: frees it, after a grace period, in process context
 * @rule: in order
 */
struct ecmp_policy {
	struct ecmp_classifier		*classifier;
	struct ecmp_table		*main;
	const struct ecmp_groups	*groups;
	u8				hash_policy[2];
	u8				more;
	u32				pin_mask;
	bool				inner;
	struct ecmp_hash_seed		seed;
	u32				n_rules;
	u32				n_iifs;
	int				*iif;
	struct rcu_work			work;
	struct ecmp_policy_rule		rule[];
};

#define ECMP_CONFIG_ENDED	2

/**
 * struct ecmp_config - one whole configuration: live, or being built
 * @en: its namespace
 * @live: packets are decided by it
 * @restore: it was live before: what devices and addresses do not allow to be
 *	added waits, as it does when they change
 * @slot: of what next hops count for it; ECMP_CONFIG_ENDED: of nothing
 * @list: in ecmp_net.configs: live, or being built
 * @tables: in order of creation, main first
 * @table_hash: by name
 * @n_tables: how many
 * @rules: in order
 * @n_rules: how many
 * @n_static: ecmpctl's routes in all its tables
 * @resolve: routes whose device follows the gateway
 * @follow: routes whose gateway follows the kernel's default
 * @main: the table that always exists
 * @settings: see there
 * @protocol_distance: of kernel routes, by RTPROT_*
 * @device_distances: those of "distance dev", struct ecmp_device_distance
 * @end: frees it once packets have left it
 */
struct ecmp_config {
	struct ecmp_net		*en;
	bool			live;
	bool			restore;
	u8			slot;
	struct list_head	list;
	struct list_head	tables;
	DECLARE_HASHTABLE(table_hash, 8);
	u32			n_tables;
	struct list_head	rules;
	u32			n_rules;
	u32			n_static;
	struct list_head	resolve;
	struct list_head	follow;
	struct ecmp_table	*main;
	struct ecmp_settings	settings;
	u8			protocol_distance[256];
	struct list_head	device_distances;
	struct rcu_work		end;
};

struct ecmp_config *ecmp_config_alloc(struct ecmp_net *en);
void ecmp_config_free(struct ecmp_config *config);
void ecmp_config_resolve(struct ecmp_config *config,
			 void (*changed)(struct ecmp_route *route));
int ecmp_config_compile(struct ecmp_config *config);
int ecmp_config_prepare(struct ecmp_config *config,
			const struct ecmp_request *req);
int ecmp_config_commit(struct ecmp_config *config,
		       const struct ecmp_request *req);
void ecmp_config_forget_table(struct ecmp_config *config,
			      struct ecmp_table *table);
int ecmp_config_set(struct ecmp_config *config, const struct ecmp_settings *s,
		    const struct ecmp_request *req);

struct ecmp_policy *ecmp_policy_alloc(struct ecmp_config *config);
void ecmp_policy_free(struct ecmp_policy *policy);
bool ecmp_policy_asks_iif(const struct ecmp_policy *policy, int ifindex);
int ecmp_policy_publish(struct ecmp_config *config,
			const struct ecmp_request *req);
void ecmp_policy_retract(struct ecmp_net *en);
void ecmp_policy_queue(struct rcu_work *work);
void ecmp_policy_flush(void);
int ecmp_policy_init(void);
void ecmp_policy_exit(void);

#endif /* _ECMP_POLICY_H */
