/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ECMP_FORWARD_H
#define ECMP_FORWARD_H

#include <linux/if_ether.h>
#include <linux/netfilter.h>
#include <linux/skbuff.h>

#define FORWARD_SINKS		4
#define FORWARD_TTL		64

/**
 * struct forward_flow - one flow, as user space writes it
 * @src: source; the first four bytes for IPv4
 * @dst: destination, likewise
 * @sport: source port
 * @dport: destination port
 */
struct forward_flow {
	union nf_inet_addr	src;
	union nf_inet_addr	dst;
	__be16			sport;
	__be16			dport;
};

struct forward_run;

/**
 * struct forward_sink - a device where packets end
 * @run: whose
 * @dev: held
 * @received: how many of the run's came by it
 */
struct forward_sink {
	struct forward_run	*run;
	struct net_device	*dev;
	unsigned int		received;
};

/**
 * struct forward_run - one question
 * @dev: where the packets leave the source; held
 * @net: where they end; held
 * @flows: the flows, which take turns
 * @by: for each flow the sink that it came by, from 1; 0: none yet
 * @nr_flows: how many
 * @family: AF_INET or AF_INET6
 * @mac: the router's
 * @hops: how many routers are in between
 * @id: of this run
 * @packets: how many are sent
 * @sent: how many were
 * @received: how many came, by any sink
 * @moved: how many came by another sink than the one before of their flow
 * @wrong: how many did not come as they should
 * @cost: what all that took
 * @sinks: the devices of @net
 * @nr_sinks: how many
 */
struct forward_run {
	struct net_device	*dev;
	struct net		*net;
	struct forward_flow	*flows;
	u8			*by;
	unsigned int		nr_flows;
	int			family;
	u8			mac[ETH_ALEN];
	unsigned int		hops;
	u32			id;
	unsigned int		packets;
	unsigned int		sent;
	unsigned int		received;
	unsigned int		moved;
	unsigned int		wrong;
	u64			cost;
	struct forward_sink	sinks[FORWARD_SINKS];
	unsigned int		nr_sinks;
};

/* packet.c */
struct sk_buff *forward_packet_alloc(const struct forward_run *run, u32 flow);
bool forward_packet_is(const struct forward_run *run, struct sk_buff *skb,
		       u32 *flow);
bool forward_packet_good(const struct forward_run *run,
			 const struct sk_buff *skb, u32 flow);

/* sink.c */
int forward_sinks_init(struct forward_run *run);
void forward_sinks_exit(struct forward_run *run);

#endif
