/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ECMP_PROBE_H
#define _ECMP_PROBE_H

#include <linux/netdevice.h>
#include <linux/spinlock.h>
#include <linux/timer.h>

#include "../fib/check.h"
#include "../lib/prefix.h"

struct ecmp_net;
struct ecmp_nexthop;

/**
 * struct ecmp_probe_params - how often, how long, how many, from where
 * @interval: milliseconds
 * @timeout: milliseconds
 * @count: unanswered in a row: dead
 * @up_count: answered in a row: alive
 * @source: of echo requests; zero: an address of the device
 */
struct ecmp_probe_params {
	u32	interval;
	u32	timeout;
	u32	count;
	u32	up_count;
	struct ecmp_addr source;
};

/* How a probe asks, and what its answer looks like. */
enum ecmp_probe_kind {
	ECMP_PROBE_NONE,	/* there is nobody to ask */
	ECMP_PROBE_ARP,
	ECMP_PROBE_ND,
	ECMP_PROBE_ECHO4,
	ECMP_PROBE_ECHO6,
};

/**
 * struct ecmp_probe_target - one address that is asked
 * @addr: of a point-to-point device's other end as it was when last asked
 * @sent_at: ktime of the last probe, nanoseconds
 * @first_at: of the first one that was sent; 0: none was
 * @missed: unanswered in a row
 * @answered: answered in a row
 * @sent: the last probe could be sent
 * @heard: an answer came since
 * @known: an answer ever came
 * @dead: @missed reached the count, @answered not yet the other one
 * @link_known: @link is the link address that answered last
 * @link: see there
 */
struct ecmp_probe_target {
	struct ecmp_addr	addr;
	u64			sent_at;
	u64			first_at;
	u32			missed;
	u32			answered;
	bool			sent;
	bool			heard;
	bool			known;
	bool			dead;
	bool			link_known;
	u8			link[MAX_ADDR_LEN];
};

/**
 * struct ecmp_probe - checks one next hop
 * @hash: in ecmp_net.probes
 * @rcu: an answer may be looking at it
 * @nh: held
 * @check: what is asked
 * @kind: how; constant, as the former
 * @id: in echo requests; unique in the namespace
 * @timer: sends, and judges what came
 * @lock: for all that follows; softirq
 * @params: see there
 * @next: jiffies of the next probe
 * @due: jiffies for which @timer is set
 * @asked: a probe waits to be judged
 * @late: it waits a little longer, as the machine was busy
 * @seq: of the last probe
 * @rtt: microseconds until the last answer; 0: none yet
 * @failed: the verdict
 * @n_targets: how many @target, at least one
 */
struct ecmp_probe {
	struct hlist_node		hash;
	struct rcu_head			rcu;
	struct ecmp_nexthop		*nh;
	struct ecmp_check		check;
	enum ecmp_probe_kind		kind;
	u32				id;
	struct timer_list		timer;
	spinlock_t			lock;
	struct ecmp_probe_params	params;
	unsigned long			next;
	unsigned long			due;
	bool				asked;
	bool				late;
	u32				seq;
	u32				rtt;
	bool				failed;
	unsigned int			n_targets;
	struct ecmp_probe_target	target[];
};

/**
 * struct ecmp_probe_ask - one probe to one target
 * @addr: who is asked
 * @sent_at: ktime, nanoseconds
 * @seq: number
 * @link: link address to send to; NULL: not known, ask all
 * @source: see struct ecmp_probe_params
 */
struct ecmp_probe_ask {
	struct ecmp_addr	addr;
	u64			sent_at;
	u32			seq;
	const u8		*link;
	struct ecmp_addr	source;
};

/**
 * struct ecmp_probe_echo - what an echo request carries and its reply returns
 * @cookie: ecmp_echo_cookie(): nobody can answer who did not hear this probe,
 *	not even who heard others
 * @sent_at: ktime, nanoseconds; only we read it
 * @id: of the probe
 * @seq: see there
 */
struct ecmp_probe_echo {
	u64	cookie;
	u64	sent_at;
	u32	id;
	u32	seq;
};

/* probe.c */
struct ecmp_probe *ecmp_probe_start(struct ecmp_nexthop *nh,
				    const struct ecmp_check *check,
				    const struct ecmp_probe_params *params);
void ecmp_probe_stop(struct ecmp_probe *p);
void ecmp_probe_tune(struct ecmp_probe *p,
		     const struct ecmp_probe_params *params);
const struct ecmp_check *ecmp_probe_check(const struct ecmp_probe *p);
bool ecmp_probe_failed(const struct ecmp_probe *p);
void ecmp_probe_heard(struct ecmp_probe *p, const struct ecmp_addr *from,
		      u64 sent_at, const u8 *link, unsigned int link_len);

/* probe_send.c */
bool ecmp_probe_possible(const struct ecmp_probe *p);
bool ecmp_probe_send(const struct ecmp_probe *p,
		     const struct ecmp_probe_ask *ask);

/* probe_answer.c */
u32 ecmp_probe_key(const struct ecmp_probe *p);
u64 ecmp_echo_cookie(const struct ecmp_net *en,
		     const struct ecmp_probe_echo *echo,
		     const struct ecmp_addr *target);
int ecmp_answers_await(struct ecmp_net *en, enum ecmp_probe_kind kind);
void ecmp_answers_leave(enum ecmp_probe_kind kind);
void ecmp_answers_trim(struct ecmp_net *en);

#endif /* _ECMP_PROBE_H */
