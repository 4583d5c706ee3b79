/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ECMP_RULE_H
#define _ECMP_RULE_H

#include <linux/if.h>

#include "table.h"
#include "../lib/classifier.h"

#define ECMP_MIN_PREFIX_UNSET	(-1)

/**
 * struct ecmp_rule_config - a rule as a person names it
 * @match: the condition; its iif is ignored, @iif counts
 * @iif: name of the ingress device; empty: none
 * @action: enum ecmp_rule_action
 * @table: with the two look-ups
 * @min_prefix: 0-128, or ECMP_MIN_PREFIX_UNSET
 * @disabled: kept, but skipped
 * @comment: or NULL; borrowed, but in a rule its own
 */
struct ecmp_rule_config {
	struct ecmp_match	match;
	char			iif[IFNAMSIZ];
	u8			action;
	struct ecmp_table	*table;
	int			min_prefix;
	bool			disabled;
	const char		*comment;
};

/**
 * struct ecmp_rule - one rule of a configuration
 * @c: what it says
 * @id: never reused
 * @index: its place from 0
 * @ifindex: of @c.iif; 0 while that does not exist
 * @counter: packets that it decided
 * @ref: the configuration, and policies that packets may still read
 * @list: in ecmp_config.rules
 */
struct ecmp_rule {
	struct ecmp_rule_config		c;
	u32				id;
	u32				index;
	u32				ifindex;
	struct ecmp_counter __percpu	*counter;
	struct kref			ref;
	struct list_head		list;
};

struct ecmp_rule *ecmp_rule_by_index(struct ecmp_config *config, u32 index);
struct ecmp_rule *ecmp_rule_by_id(struct ecmp_config *config, u32 id);
struct ecmp_rule *ecmp_rule_by_comment(struct ecmp_config *config,
				       const char *comment, bool *several);
struct ecmp_rule *ecmp_rule_next(struct ecmp_config *config,
				 struct ecmp_rule *rule);

struct ecmp_rule *ecmp_rule_add(struct ecmp_config *config,
				const struct ecmp_rule_config *c,
				struct ecmp_rule *before,
				const struct ecmp_request *req);
int ecmp_rule_set(struct ecmp_config *config, struct ecmp_rule *rule,
		  const struct ecmp_rule_config *c,
		  const struct ecmp_request *req);
int ecmp_rule_move(struct ecmp_config *config, struct ecmp_rule *rule,
		   struct ecmp_rule *before, const struct ecmp_request *req);
int ecmp_rule_del(struct ecmp_config *config, struct ecmp_rule **rules,
		  unsigned int n, const struct ecmp_request *req);
void ecmp_rule_put(struct ecmp_rule *rule);
bool ecmp_rule_invalid(const struct ecmp_rule *rule);
bool ecmp_rules_update_devices(struct ecmp_config *config);

#endif /* _ECMP_RULE_H */
