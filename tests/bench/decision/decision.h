/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ECMP_DECISION_H
#define ECMP_DECISION_H

#include <linux/completion.h>
#include <linux/netfilter.h>
#include <linux/skbuff.h>

#define DECISION_CPUS		8

/**
 * struct decision_flow - one packet, as user space writes it
 * @src: source; the first four bytes for IPv4
 * @dst: destination, likewise
 * @sport: source port
 * @dport: destination port
 */
struct decision_flow {
	union nf_inet_addr	src;
	union nf_inet_addr	dst;
	__be16			sport;
	__be16			dport;
};

struct decision_run;

/**
 * struct decision_cpu - one CPU at work
 * @run: the question
 * @skb: its packet, whose headers are written anew for each flow
 * @least: the least that each chunk took
 * @chunks: how many chunks have passed; others look at it
 * @finished: signalled when the thread is done with the run
 * @busy: the others were, in the chunk before
 * @ready: it has done its share, though it goes on for the others' sake
 * @err: why it ended early
 */
struct decision_cpu {
	struct decision_run	*run;
	struct sk_buff		*skb;
	u64			*least;
	unsigned long		chunks;
	struct completion	finished;
	bool			busy;
	bool			ready;
	int			err;
} ____cacheline_aligned_in_smp;

/**
 * struct decision_run - one question
 * @net: whose hooks and routes
 * @dev: by which the packets came in
 * @pass: what is measured; 1: the packet is still there
 * @flows: the packets
 * @nr_flows: how many
 * @family: AF_INET or AF_INET6
 * @hooks: how many empty hooks
 * @nr_cpus: how many CPUs at once
 * @repeats: how often all pass
 * @chunk: how many between two readings of the clock
 * @nr_chunks: of how many chunks that makes
 * @started: how many threads have come to the start
 * @stop: one has failed
 * @cpu: one for each CPU
 */
struct decision_run {
	struct net		*net;
	struct net_device	*dev;
	int (*pass)(struct decision_run *run, struct sk_buff *skb);
	struct decision_flow	*flows;
	unsigned int		nr_flows;
	int			family;
	unsigned int		hooks;
	unsigned int		nr_cpus;
	unsigned int		repeats;
	unsigned int		chunk;
	unsigned int		nr_chunks;
	atomic_t		started;
	bool			stop;
	struct decision_cpu	cpu[DECISION_CPUS];
};

/* packet.c */
bool decision_pass_find(struct decision_run *run, const char *name);
struct sk_buff *decision_packet_alloc(const struct decision_run *run);
void decision_packet_reset(struct sk_buff *skb);
int decision_packet(struct decision_run *run, struct sk_buff *skb,
		    unsigned int i);

#endif
