/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The connections that the kernel tracks.
 */
#ifndef ECMPCTL_CONNTRACK_H
#define ECMPCTL_CONNTRACK_H

#include <stdbool.h>
#include <stdint.h>

#include "netlink.h"
#include "address.h"

struct ctl;

#define ENDPOINT_TEXT	(ADDRESS_TEXT + 8)

/* Of a connection: from who opened it, and back; as it is on the wire. */
enum { ORIGINAL, REPLY };

/**
 * struct tuple - one direction of a connection
 * @src: source
 * @dst: destination
 * @sport: source port, if there are ports
 * @dport: destination port
 */
struct tuple {
	struct address	src, dst;
	uint16_t	sport, dport;
};

/**
 * struct connection - one that is tracked
 * @nlh: as the kernel told it; lives as long as that
 * @tuple: ORIGINAL and REPLY
 * @proto: transport protocol
 * @ports: the tuples have ports
 * @mark: its mark
 * @status: IPS_*
 * @tcp_state: TCP_CONNTRACK_*, or -1
 * @seconds: until it is forgotten
 * @offloaded: to a flowtable
 * @counted: there are counters
 * @packets: in both directions
 * @bytes: likewise
 */
struct connection {
	const struct nlmsghdr	*nlh;
	struct tuple		tuple[2];
	uint8_t			proto;
	bool			ports;
	uint32_t		mark;
	uint32_t		status;
	int			tcp_state;
	uint32_t		seconds;
	bool			offloaded;
	bool			counted;
	uint64_t		packets, bytes;
};

/**
 * struct conntrack_filter - which connections are asked for
 * @family: AF_INET, AF_INET6 or AF_UNSPEC
 * @mark: of their mark, where @mask has bits
 * @mask: 0: any
 */
struct conntrack_filter {
	uint8_t		family;
	uint32_t	mark, mask;
};

typedef void (*connection_t)(const struct connection *c, void *data);

int conntrack_each(struct netlink *nl, const struct conntrack_filter *filter,
		   connection_t each, void *data, bool *interrupted);
int conntrack_find(struct netlink *nl, const struct tuple *tuple,
		   uint8_t proto, bool ports, connection_t found, void *data);
void conntrack_end(struct netlink *nl, const struct connection *c);
int conntrack_refused(struct ctl *ctl, const struct netlink *nl);
const char *conntrack_state(const struct connection *c);
const char *endpoint_text(const struct address *address, uint16_t port,
			  bool ports, char *buf);

#endif /* ECMPCTL_CONNTRACK_H */
