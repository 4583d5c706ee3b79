/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The uplinks that connections are pinned to, by their pin-ids.
 */
#ifndef ECMPCTL_UPLINKS_H
#define ECMPCTL_UPLINKS_H

#include "conntrack.h"
#include "netlink.h"

struct ctl;
struct printer;

#define UPLINK_PINS	255

/**
 * struct uplink - a next hop that connections may be pinned to
 * @pin: its pin-id; 0: there is none with this number
 * @family: of its packets
 * @gateway: family AF_UNSPEC: the interface alone
 * @device: its interface
 * @used: a default route by it is enabled, so that its pins are followed
 * @state: ECMP_NEXTHOP_*
 * @reason: ECMP_REASON_*, when dead or draining
 * @count: connections that were counted
 * @packets: of them
 * @bytes: of them
 */
struct uplink {
	uint8_t		pin;
	uint8_t		family;
	struct address	gateway;
	const char	*device;
	bool		used;
	uint64_t	state;
	uint64_t	reason;
	uint64_t	count;
	uint64_t	packets, bytes;
};

/**
 * struct uplinks - all of them
 * @mask: bits of a connection's mark in which its pin-id is; 0: nowhere
 * @by_pin: by pin-id
 * @answers: what they were read from
 */
struct uplinks {
	uint32_t	mask;
	struct uplink	by_pin[UPLINK_PINS + 1];
	struct answers	answers;
};

int uplinks_read(struct ctl *ctl, struct uplinks *u);
void uplinks_free(struct uplinks *u);
struct uplink *uplink_of(struct uplinks *u, const struct connection *c);
uint32_t uplink_mark(const struct uplinks *u, const struct uplink *uplink);
const char *uplink_state(const struct uplink *uplink);
void uplink_members(struct printer *p, const struct uplink *uplink);

#endif /* ECMPCTL_UPLINKS_H */
