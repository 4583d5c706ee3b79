/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ECMP_NETLINK_LOOKUP_H
#define _ECMP_NETLINK_LOOKUP_H

#include "netlink.h"
#include "../datapath/decide.h"
#include "../datapath/pin.h"

/**
 * struct ecmp_answer_step - what one rule did, as it is told
 * @rule: NULL: the implicit last one
 * @table: looked up in, or NULL
 * @value: what it returned
 * @mismatch: ECMP_FIELD_* with ECMP_OUTCOME_NO_MATCH
 * @outcome: enum ecmp_outcome
 */
struct ecmp_answer_step {
	const struct ecmp_rule	*rule;
	const struct ecmp_table	*table;
	u32			value;
	u32			mismatch;
	u8			outcome;
};

/**
 * struct ecmp_answer - a question and its answer
 * @en: namespace
 * @config: configuration that is asked
 * @flow: the packet
 * @source_missing: it is the router's own, and without the source that it has
 * @ports_missing: it could have ports and they were not given
 * @inner_missing: a tunnel's packet, whose inner one is not told
 * @label_missing: IPv6, and flow label or protocol were not given
 * @left: why it is left to the kernel
 * @decision: what becomes of it
 * @balance: ECMP_BALANCE_* that chose the path
 * @pin_asked: it belongs to a connection
 * @is_answer: that was made to the router, which answers
 * @nat: it is translated, either way
 * @mark: of the connection
 * @pin: what is known of that otherwise
 * @pinned: what the connection's pin does to the packet
 * @path: where it is sent then; NULL: nowhere
 * @trace: the rules that matched
 * @step: the rules that are told; owned
 * @n_steps: how many
 * @steps_left_out: rules that are not told
 */
struct ecmp_answer {
	struct ecmp_net			*en;
	struct ecmp_config		*config;
	struct ecmp_flow		flow;
	bool				source_missing;
	bool				ports_missing;
	bool				inner_missing;
	bool				label_missing;
	enum ecmp_left			left;
	struct ecmp_decision		decision;
	u8				balance;
	bool				pin_asked;
	bool				is_answer;
	bool				nat;
	u32				mark;
	struct ecmp_pin_view		pin;
	enum ecmp_pinned		pinned;
	struct ecmp_nexthop		*path;
	struct ecmp_trace		*trace;
	struct ecmp_answer_step		*step;
	unsigned int			n_steps;
	unsigned int			steps_left_out;
};

/* lookup_pin.c */
int ecmp_answer_parse_pin(struct ecmp_answer *a,
			  const struct ecmp_request *req);
void ecmp_answer_pin(struct ecmp_answer *a, const struct ecmp_policy *policy);
int ecmp_answer_fill_pin(struct sk_buff *skb, const struct ecmp_answer *a);

/* lookup_answer.c */
int ecmp_answer_fill_nexthop(struct sk_buff *skb,
			     const struct ecmp_nexthop_key *key, int gateway,
			     int family, int device);
int ecmp_answer_steps(struct ecmp_answer *a);
struct sk_buff *ecmp_answer_write(const struct ecmp_answer *a,
				  struct genl_info *info);

#endif /* _ECMP_NETLINK_LOOKUP_H */
