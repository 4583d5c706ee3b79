/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ECMP_CHECK_H
#define _ECMP_CHECK_H

#include <linux/types.h>
#include <uapi/linux/ecmp.h>

#include "request.h"
#include "../lib/prefix.h"

struct ecmp_net;
struct ecmp_nexthop;
struct ecmp_route;
struct ecmp_route_config;
struct ecmp_route_more;

/**
 * struct ecmp_check - what a route asks of its next hop
 * @type: ECMP_CHECK_*
 * @all: every target has to answer; else one is enough
 * @n_targets: how many @target; 0: the gateway itself
 * @target: of the family of the route
 */
struct ecmp_check {
	u8			type;
	bool			all;
	u8			n_targets;
	struct ecmp_addr	target[ECMP_CHECK_TARGETS_MAX];
};

/**
 * struct ecmp_check_seen - what the probes of a next hop came to
 * @state: enum ecmp_check_state
 * @missed: unanswered in a row
 * @rtt: microseconds until the last answer; 0: none yet
 * @sent: probes that were sent, to any target
 * @lost: those of them that had no answer in time
 *
 * Written in softirq, read anywhere.
 */
struct ecmp_check_seen {
	u8	state;
	u32	missed;
	u32	rtt;
	u32	sent;
	u32	lost;
};

bool ecmp_check_equal(const struct ecmp_check *a, const struct ecmp_check *b);
int ecmp_check_refused(const struct ecmp_route_config *rc,
		       const struct ecmp_route *route,
		       const struct ecmp_nexthop *nh, u8 slot,
		       const struct ecmp_request *req);
void ecmp_check_ask(struct ecmp_route *route);
void ecmp_check_replaced(struct ecmp_route *route, struct ecmp_route_more *old);
void ecmp_check_unask(struct ecmp_route *route);
const struct ecmp_check *ecmp_check_of(const struct ecmp_nexthop *nh);
const struct ecmp_addr *ecmp_check_source(const struct ecmp_nexthop *nh);
bool ecmp_check_peer(const struct ecmp_nexthop *nh, struct ecmp_addr *peer);
void ecmp_checks_slot_free(struct ecmp_nexthop *nh, u8 slot);
void ecmp_checks_changed(struct ecmp_net *en);

#endif /* _ECMP_CHECK_H */
