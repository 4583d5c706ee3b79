// SPDX-License-Identifier: GPL-2.0
/*
 * The check of one next hop: a probe each interval, judged when its answer has
 * had the time that it may take. Alive until proved dead, dead until proved
 * alive; what could not be sent proves nothing.
 *
 * All of it happens in a timer, so that no work that is slow elsewhere reads
 * as loss. Only the verdict goes to process context.
 */
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/percpu.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/user_namespace.h>

#include "probe.h"
#include "../netns.h"

/* Probes of many next hops drift apart: this share of an interval at most. */
#define ECMP_PROBE_JITTER	16

/*
 * Probes that one CPU sends in a second, at most, for namespaces that belong to
 * unprivileged users. They cost nothing, and a timer softirq ends only when no
 * timer is due any more: without a limit anybody could keep a CPU in it.
 */
#define ECMP_PROBE_RATE		50000
/* How long one waits that finds the limit reached, at most. */
#define ECMP_PROBE_WAIT		(10 * HZ)

/* What this CPU sent for those in a jiffy; softirq. */
struct ecmp_probe_sent {
	unsigned long	jiffy;
	unsigned int	n;
};

static DEFINE_PER_CPU(struct ecmp_probe_sent, ecmp_probe_sent);

/* May this CPU send a check's probes now? One of them may in each jiffy. */
static bool ecmp_probe_may(const struct ecmp_probe *p)
{
	struct ecmp_probe_sent *sent = this_cpu_ptr(&ecmp_probe_sent);
	unsigned long now = jiffies;
	unsigned int n = p->n_targets;

	if (p->nh->en->net->user_ns == &init_user_ns)
		return true;
	if (sent->jiffy != now) {
		sent->jiffy = now;
		sent->n = 0;
	}
	if (sent->n && sent->n + n > ECMP_PROBE_RATE / HZ)
		return false;
	sent->n += n;
	return true;
}

static u64 ecmp_probe_timeout_ns(const struct ecmp_probe *p)
{
	return (u64)p->params.timeout * NSEC_PER_MSEC;
}

/* How the last probe to a target ended. */
static void ecmp_target_judge(const struct ecmp_probe *p,
			      struct ecmp_probe_target *t)
{
	struct ecmp_check_seen *seen = &p->nh->seen;

	if (t->sent || t->heard)
		WRITE_ONCE(seen->sent, seen->sent + 1);
	if (t->heard) {
		t->missed = 0;
		t->answered += t->answered < U32_MAX;
		if (t->answered >= p->params.up_count)
			t->dead = false;
		return;
	}
	if (!t->sent)
		return;
	/* Its way may be longer than an interval: that is not known yet. */
	if (!t->known &&
	    ktime_get_ns() - t->first_at < ecmp_probe_timeout_ns(p))
		return;
	WRITE_ONCE(seen->lost, seen->lost + 1);
	t->answered = 0;
	t->link_known = false;
	t->missed += t->missed < U32_MAX;
	if (t->missed >= p->params.count)
		t->dead = true;
}

static void ecmp_probe_judge(struct ecmp_probe *p)
{
	unsigned int i, dead = 0, heard = 0, sent = 0;
	u32 least = U32_MAX, most = 0;
	struct ecmp_check_seen *seen = &p->nh->seen;
	bool failed;
	u8 state;

	for (i = 0; i < p->n_targets; i++) {
		struct ecmp_probe_target *t = &p->target[i];

		ecmp_target_judge(p, t);
		dead += t->dead;
		heard += t->heard;
		sent += t->sent;
		least = min(least, t->missed);
		most = max(most, t->missed);
	}
	state = p->check.all ? heard == p->n_targets : heard > 0;
	state = state ? ECMP_CHECK_ANSWERED :
		sent ? ECMP_CHECK_MISSED :
		ecmp_probe_possible(p) ? ECMP_CHECK_UNSENT :
					 ECMP_CHECK_IMPOSSIBLE;
	WRITE_ONCE(seen->state, state);
	WRITE_ONCE(seen->missed, p->check.all ? most : least);
	WRITE_ONCE(seen->rtt, p->rtt);

	failed = p->check.all ? dead > 0 : dead == p->n_targets;
	if (failed == p->failed)
		return;
	WRITE_ONCE(p->failed, failed);
	queue_work(ecmp_wq, &p->nh->en->checks);
}

static void ecmp_probe_set(struct ecmp_probe *p, unsigned long due)
{
	p->due = due;
	mod_timer(&p->timer, due);
}

/*
 * A machine that could not run the timer in time may have answers that it
 * could not look at yet either.
 */
static bool ecmp_probe_late(struct ecmp_probe *p)
{
	bool late = !p->late && time_after(jiffies, p->due + 1 + HZ / 50);

	p->late = late;
	return late;
}

/*
 * With the lock: there are too many just now. Nothing is sent, which proves
 * nothing; after half an interval to a whole one, so that not all come again
 * together.
 */
static void ecmp_probe_postpone(struct ecmp_probe *p)
{
	unsigned long half = min_t(unsigned long, ECMP_PROBE_WAIT,
				   msecs_to_jiffies(p->params.interval)) / 2;

	p->next = jiffies + half + get_random_u32() % (half + 1);
	ecmp_probe_set(p, p->next);
}

/* With the lock: the next probe begins. Return: until it is judged. */
static unsigned long ecmp_probe_begin(struct ecmp_probe *p)
{
	unsigned long period = msecs_to_jiffies(p->params.interval);
	unsigned int i;

	period -= get_random_u32() % (period / ECMP_PROBE_JITTER + 1);
	p->next = jiffies + period;
	p->asked = true;
	p->seq++;
	for (i = 0; i < p->n_targets; i++) {
		p->target[i].heard = false;
		p->target[i].sent = false;
		p->target[i].sent_at = ktime_get_ns();
	}
	return min(period, msecs_to_jiffies(p->params.timeout));
}

/* Without a gateway, and no target: the other end of the device, if any. */
static bool ecmp_probe_address(struct ecmp_probe *p,
			       struct ecmp_probe_target *t)
{
	struct ecmp_addr peer;

	if (p->check.n_targets || p->nh->key.gateway_family)
		return true;
	if (!ecmp_check_peer(p->nh, &peer))
		return false;
	spin_lock(&p->lock);
	t->addr = peer;
	spin_unlock(&p->lock);
	return true;
}

/* Without the lock: what is sent may come back before this returns. */
static void ecmp_target_ask(struct ecmp_probe *p, struct ecmp_probe_target *t)
{
	struct ecmp_probe_ask ask = {};
	u8 link[MAX_ADDR_LEN];
	bool sent;

	if (p->kind == ECMP_PROBE_NONE)
		return;
	rcu_read_lock();
	if (!ecmp_probe_address(p, t))
		goto out;
	spin_lock(&p->lock);
	ask.addr = t->addr;
	ask.sent_at = t->sent_at;
	ask.seq = p->seq;
	ask.source = p->params.source;
	if (t->link_known) {
		memcpy(link, t->link, sizeof(link));
		ask.link = link;
	}
	spin_unlock(&p->lock);

	sent = ecmp_probe_send(p, &ask);

	spin_lock(&p->lock);
	t->sent = sent;
	if (sent && !t->first_at)
		t->first_at = t->sent_at;
	spin_unlock(&p->lock);
out:
	rcu_read_unlock();
}

static void ecmp_probe_tick(struct timer_list *timer)
{
	struct ecmp_probe *p = container_of(timer, struct ecmp_probe, timer);
	unsigned long wait;
	unsigned int i;

	spin_lock(&p->lock);
	if (p->asked && ecmp_probe_late(p)) {
		ecmp_probe_set(p, jiffies + 1 + HZ / 100);
		goto unlock;
	}
	if (p->asked) {
		p->asked = false;
		ecmp_probe_judge(p);
	}
	if (time_before(jiffies, p->next)) {
		ecmp_probe_set(p, p->next);
		goto unlock;
	}
	if (!ecmp_probe_may(p)) {
		ecmp_probe_postpone(p);
		goto unlock;
	}
	wait = ecmp_probe_begin(p);
	spin_unlock(&p->lock);

	for (i = 0; i < p->n_targets; i++)
		ecmp_target_ask(p, &p->target[i]);

	spin_lock(&p->lock);
	ecmp_probe_set(p, jiffies + wait);
unlock:
	spin_unlock(&p->lock);
}

/*
 * With the lock: does an answer that comes now to what was sent at @sent count?
 * For the last probe it does, however old, while that waits for answers which
 * the machine had no time to look at.
 */
static bool ecmp_target_in_time(const struct ecmp_probe *p,
				const struct ecmp_probe_target *t,
				u64 sent, u64 now)
{
	if (!t->sent_at || now < sent)
		return false;
	return now - sent <= ecmp_probe_timeout_ns(p) ||
	       (p->late && sent == t->sent_at);
}

/**
 * ecmp_probe_heard - an answer came
 * @p: the probe that it is for
 * @from: who sent it
 * @sent_at: ktime of what it answers, nanoseconds; 0: it does not say, the
 *	last probe
 * @link: link address of the sender; NULL: not known
 * @link_len: bytes of @link
 *
 * Context: softirq or BH off; RCU.
 */
void ecmp_probe_heard(struct ecmp_probe *p, const struct ecmp_addr *from,
		      u64 sent_at, const u8 *link, unsigned int link_len)
{
	u64 now = ktime_get_ns();
	unsigned int i;

	spin_lock_bh(&p->lock);
	for (i = 0; i < p->n_targets; i++) {
		struct ecmp_probe_target *t = &p->target[i];
		u64 sent = sent_at ?: t->sent_at;

		if (!ecmp_addr_equal(&t->addr, from) ||
		    !ecmp_target_in_time(p, t, sent, now))
			continue;
		t->heard = true;
		t->known = true;
		p->rtt = max_t(u64, 1, div_u64(now - sent, NSEC_PER_USEC));
		if (link && link_len <= sizeof(t->link)) {
			memcpy(t->link, link, link_len);
			t->link_known = true;
		}
	}
	spin_unlock_bh(&p->lock);
}

static enum ecmp_probe_kind ecmp_probe_kind(const struct ecmp_nexthop *nh,
					    const struct ecmp_check *check)
{
	if (check->type == ECMP_CHECK_PING)
		return nh->key.family == AF_INET6 ? ECMP_PROBE_ECHO6 :
						    ECMP_PROBE_ECHO4;
	if (!nh->key.gateway_family)
		return ECMP_PROBE_NONE;
	return nh->key.gateway_family == AF_INET6 ? ECMP_PROBE_ND :
						    ECMP_PROBE_ARP;
}

/**
 * ecmp_probe_start - begin to check a next hop
 * @nh: next hop; is held until ecmp_probe_stop()
 * @check: what to ask; is copied
 * @params: how often
 *
 * A next hop that has failed stays so until it is answered.
 *
 * Return: the probe, or an ERR_PTR.
 * Context: process, en->lock.
 */
struct ecmp_probe *ecmp_probe_start(struct ecmp_nexthop *nh,
				    const struct ecmp_check *check,
				    const struct ecmp_probe_params *params)
{
	unsigned int i, n = check->n_targets ?: 1;
	struct ecmp_net *en = nh->en;
	struct ecmp_probe *p;
	int err;

	p = kzalloc(struct_size(p, target, n), ECMP_GFP);
	if (!p)
		return ERR_PTR(-ENOMEM);
	p->check = *check;
	p->kind = ecmp_probe_kind(nh, check);
	p->params = *params;
	p->failed = nh->failed;
	p->id = ++en->last_probe;
	p->n_targets = n;
	spin_lock_init(&p->lock);
	timer_setup(&p->timer, ecmp_probe_tick, 0);
	for (i = 0; i < n; i++) {
		p->target[i].dead = nh->failed;
		p->target[i].addr = check->n_targets ? check->target[i] :
						       nh->key.gateway;
	}
	err = ecmp_answers_await(en, p->kind);
	if (err) {
		kfree(p);
		return ERR_PTR(err);
	}
	p->nh = ecmp_nexthop_get(en, &nh->key);
	hash_add_rcu(en->probes, &p->hash, ecmp_probe_key(p));
	spin_lock_bh(&p->lock);
	p->next = jiffies;
	ecmp_probe_set(p, jiffies + 1);
	spin_unlock_bh(&p->lock);
	return p;
}

/**
 * ecmp_probe_stop - check a next hop no more
 * @p: probe; gone afterwards, and its next hop is given back
 *
 * Context: process, en->lock.
 */
void ecmp_probe_stop(struct ecmp_probe *p)
{
	hash_del_rcu(&p->hash);
	timer_shutdown_sync(&p->timer);
	ecmp_answers_leave(p->kind);
	p->nh->seen = (struct ecmp_check_seen) {};
	ecmp_nexthop_put(p->nh);
	kfree_rcu(p, rcu);
}

/**
 * ecmp_probe_tune - go on with other parameters
 * @p: probe; what it has seen stays
 * @params: how often from now on
 *
 * Context: process, en->lock.
 */
void ecmp_probe_tune(struct ecmp_probe *p,
		     const struct ecmp_probe_params *params)
{
	unsigned long now = jiffies;

	if (!memcmp(&p->params, params, sizeof(*params)))
		return;
	spin_lock_bh(&p->lock);
	p->params = *params;
	if (time_after(p->next, now + msecs_to_jiffies(params->interval)))
		p->next = now + msecs_to_jiffies(params->interval);
	if (time_after(p->due, p->next))
		ecmp_probe_set(p, p->next);
	spin_unlock_bh(&p->lock);
}

/**
 * ecmp_probe_check - what a probe asks
 * @p: probe
 *
 * Context: any.
 */
const struct ecmp_check *ecmp_probe_check(const struct ecmp_probe *p)
{
	return &p->check;
}

/**
 * ecmp_probe_failed - is the next hop proved dead?
 * @p: probe
 *
 * Context: any.
 */
bool ecmp_probe_failed(const struct ecmp_probe *p)
{
	return READ_ONCE(p->failed);
}
