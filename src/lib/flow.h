/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What rules and hash policies may ask about a packet. src/datapath/flow.c
 * fills it from an skb, src/netlink/lookup.c from a question; nobody else
 * reads a packet to decide.
 */
#ifndef _ECMP_LIB_FLOW_H
#define _ECMP_LIB_FLOW_H

#include "prefix.h"

/**
 * struct ecmp_tuple - the fields that identify a connection
 * @src: source address
 * @dst: destination address
 * @sport: source port, host order; 0 unless the flow has ECMP_FLOW_PORTS
 * @dport: destination port, host order; likewise
 * @flowlabel: IPv6 flow label, host order, 20 bits; 0 for IPv4
 * @proto: IP protocol; for IPv6 the last next header
 */
struct ecmp_tuple {
	struct ecmp_addr	src;
	struct ecmp_addr	dst;
	u16			sport;
	u16			dport;
	u32			flowlabel;
	u8			proto;
};

static inline bool ecmp_proto_has_ports(u8 proto)
{
	return proto == 6 /* TCP */ || proto == 17 /* UDP */ ||
	       proto == 132 /* SCTP */ || proto == 33 /* DCCP */;
}

/* The tuple has ports: TCP, UDP, SCTP or DCCP and not a fragment. */
#define ECMP_FLOW_PORTS		0x01
/* A fragment, the first one included: hashes as l3, no port rule matches. */
#define ECMP_FLOW_FRAGMENT	0x02
/* The router's own packet (LOCAL_OUT); iif is then LOOPBACK_IFINDEX. */
#define ECMP_FLOW_LOCAL		0x04

/**
 * struct ecmp_flow - one packet as the decision sees it
 * @t: the packet's own addresses and ports; rules match these
 * @h: room for a second tuple, see @hashed and @inner
 * @hashed: what is hashed: @t, or @h: the flow that an ICMP error reports on,
 *	reversed
 * @inner: what l3-inner hashes: @h: the packet inside a tunnel's; NULL: @hashed
 * @iif: ifindex of the ingress device at the IP layer
 * @mark: skb->mark
 * @family: AF_INET or AF_INET6
 * @dscp: 0 to 63
 * @flags: ECMP_FLOW_*
 */
struct ecmp_flow {
	struct ecmp_tuple		t;
	struct ecmp_tuple		h;
	const struct ecmp_tuple		*hashed;
	const struct ecmp_tuple		*inner;
	u32				iif;
	u32				mark;
	u8				family;
	u8				dscp;
	u8				flags;
};

/*
 * All of @flow that is read wherever it came from, but for its tuple's
 * addresses and protocol. @h is its filler's, who lets @hashed or @inner lead
 * there. By field: packets keep it on the stack, and zeroing it all takes
 * longer than many a look-up.
 */
static __always_inline void ecmp_flow_init(struct ecmp_flow *flow, u8 family,
					   u32 iif, u32 mark)
{
	flow->t.sport = 0;
	flow->t.dport = 0;
	flow->t.flowlabel = 0;
	flow->hashed = &flow->t;
	flow->inner = NULL;
	flow->iif = iif;
	flow->mark = mark;
	flow->family = family;
	flow->dscp = 0;
	flow->flags = 0;
}

#endif /* _ECMP_LIB_FLOW_H */
