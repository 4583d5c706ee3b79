// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's default routes, all of them, of every metric.
 *
 * The FIB notifier tells only the one that wins; rtnetlink tells each that is
 * added, and not what IPv4 removes with a device. So neither is believed: each
 * of them, and each event of a device or an address, only says that it is time
 * to read them again. That is cheap, however large the tables are
 * (kernel_defaults_v4.c, kernel_defaults_v6.c).
 */
#include <linux/delay.h>
#include <linux/memcontrol.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <net/sock.h>

#include "kernel_defaults.h"
#include "kernel_events.h"
#include "policy.h"
#include "../netns.h"

#define ECMP_STOP_TRIES		50
#define ECMP_LISTEN_BATCH	4096	/* messages that are read at a time */

/**
 * ecmp_defaults_took - take legs that were written behind the others
 * @d: where they are
 * @n: how many
 * @rank: of the one route that they are of
 *
 * Context: any.
 */
void ecmp_defaults_took(struct ecmp_defaults *d, unsigned int n, u8 rank)
{
	for (; n; n--)
		d->leg[d->n++].rank = rank;
}

/*
 * Only the kernel can follow its default routes. Those that every packet may
 * take are still there, for routes that have their gateways from them.
 */
static void ecmp_defaults_native(struct ecmp_defaults *d)
{
	unsigned int i;

	d->n = min_t(unsigned int, d->n, ECMP_PREFIX_ROUTES_MAX - 1);
	memmove(&d->leg[1], &d->leg[0], d->n * sizeof(d->leg[0]));
	for (i = 1; i <= d->n; i++)
		if (d->leg[i].rank < U8_MAX)
			d->leg[i].rank++;
	memset(&d->leg[0], 0, sizeof(d->leg[0]));
	d->leg[0].type = ECMP_MEMBER_NATIVE;
	d->leg[0].weight = 1;
	d->leg[0].whole = true;
	d->n++;
}

/**
 * ecmp_defaults_kept - one of them is ours
 * @d: where it goes; a reading of more than there can be leaves the rest out
 * @leg: its next hop
 * @metric: its metric
 *
 * Context: any.
 */
void ecmp_defaults_kept(struct ecmp_defaults *d,
			const struct ecmp_kernel_leg *leg, u32 metric)
{
	if (d->n_kept == ARRAY_SIZE(d->kept))
		return;
	d->kept[d->n_kept++] = (struct ecmp_kept_default) {
		.ifindex = leg->ifindex, .metric = metric,
		.gateway_family = leg->gateway_family,
		.gateway = leg->gateway,
	};
}

static int ecmp_defaults_read_one(struct ecmp_net *en, u32 table, u8 family,
				  struct ecmp_defaults *d)
{
	int err = 0;

	memset(d, 0, sizeof(*d));
	d->net = en->net;
	d->table = table;
	d->family = family;
	if (family == AF_INET6)
		ecmp_defaults_read_v6(d);
	else
		err = ecmp_defaults_read_v4(d);
	if (d->native)
		ecmp_defaults_native(d);
	return err;
}

/* Routes whose gateway is "kernel" follow. */
static void ecmp_defaults_follow(struct ecmp_net *en)
{
	struct mem_cgroup *before = set_active_memcg(NULL);
	struct ecmp_config *config;
	struct ecmp_route *route;
	bool another = false;

	list_for_each_entry(config, &en->configs, list) {
		set_active_memcg(config->main->payer);
		list_for_each_entry(route, &config->follow, resolve)
			another |= ecmp_route_resolve(route) && config->live;
	}
	set_active_memcg(before);
	if (!another)
		return;
	en->generation++;
	en->kernel_routes.followed_another(en);
}

static int ecmp_defaults_apply(struct ecmp_net *en,
			       const struct ecmp_defaults *d)
{
	struct ecmp_kernel_change *c;

	c = kvzalloc(struct_size(c, leg, d->n), GFP_KERNEL);
	if (!c)
		return -ENOMEM;
	c->family = d->family;
	c->table = d->table;
	c->n = d->n;
	memcpy(c->leg, d->leg, d->n * sizeof(d->leg[0]));
	mutex_lock(&en->lock);
	ecmp_kernel_routes_apply(en, c);
	if (d->table == RT_TABLE_MAIN)
		ecmp_defaults_follow(en);
	mutex_unlock(&en->lock);
	kvfree(c);
	return 0;
}

static int ecmp_defaults_read_table(struct ecmp_net *en, u32 table,
				    struct ecmp_defaults *d, bool keep)
{
	static const u8 families[] = { AF_INET, AF_INET6 };
	unsigned int i;
	int err = 0;

	for (i = 0; i < ARRAY_SIZE(families) && !err; i++) {
		err = ecmp_defaults_read_one(en, table, families[i], d);
		if (!err)
			err = ecmp_defaults_apply(en, d);
		if (!err && keep)
			err = ecmp_kernel_keep(en, d);
		if (err || !d->expires)
			continue;
		spin_lock_bh(&en->kernel_routes.lock);
		if (!en->kernel_routes.stopped)
			queue_delayed_work(ecmp_wq,
					   &en->kernel_routes.defaults_work,
					   max_t(long, d->expires - jiffies,
						 0) + 1);
		spin_unlock_bh(&en->kernel_routes.lock);
	}
	return err;
}

/**
 * ecmp_kernel_defaults_read - read the default routes of all tables
 * @en: namespace
 * @keep: also bring those in step that are kept in the kernel
 *
 * Return: 0 or a negative errno.
 * Context: process; ecmp_kernel_routes.reading held; takes RTNL, en->lock not
 *	held.
 */
int ecmp_kernel_defaults_read(struct ecmp_net *en, bool keep)
{
	struct ecmp_kernel_routes *kr = &en->kernel_routes;
	struct ecmp_defaults *d;
	unsigned long id;
	void *count;
	int err;

	d = kvzalloc(sizeof(*d), GFP_KERNEL);
	if (!d)
		return -ENOMEM;
	/* Whoever made us look is through with what he does. */
	rtnl_lock();
	rtnl_unlock();
	err = ecmp_defaults_read_table(en, RT_TABLE_MAIN, d, keep);
	xa_for_each(&kr->followed, id, count)
		err = ecmp_defaults_read_table(en, id, d, false) ?: err;
	kvfree(d);
	return err;
}

static void ecmp_kernel_defaults_work(struct work_struct *work)
{
	struct ecmp_net *en = container_of(to_delayed_work(work),
					   struct ecmp_net,
					   kernel_routes.defaults_work);
	int err;

	mutex_lock(&en->kernel_routes.reading);
	err = ecmp_kernel_defaults_read(en, true);
	mutex_unlock(&en->kernel_routes.reading);
	if (err)
		ecmp_kernel_routes_missed(en);
}

/**
 * ecmp_kernel_defaults_changed - it is time to read the default routes again
 * @en: namespace
 *
 * Context: any, atomic too.
 */
void ecmp_kernel_defaults_changed(struct ecmp_net *en)
{
	struct ecmp_kernel_routes *kr = &en->kernel_routes;

	spin_lock_bh(&kr->lock);
	if ((kr->registered || READ_ONCE(kr->untold)) && !kr->stopped)
		mod_delayed_work(ecmp_wq, &kr->defaults_work, 0);
	spin_unlock_bh(&kr->lock);
}

/* --- who tells of those that do not win --------------------------------- */

/* Begin or end to be told. */
static int ecmp_listen(struct socket *sock, int option)
{
	static const int groups[] = { RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE };
	unsigned int i;
	int err = 0;

	for (i = 0; i < ARRAY_SIZE(groups) && !err; i++) {
		int group = groups[i];

		err = sock->ops->setsockopt(sock, SOL_NETLINK, option,
					    KERNEL_SOCKPTR(&group),
					    sizeof(group));
	}
	return err;
}

/* Not only the kernel tells a group: whoever may in the namespace does. */
static void ecmp_listen_ready(struct sock *sk)
{
	struct ecmp_net *en;

	read_lock_bh(&sk->sk_callback_lock);
	en = sk->sk_user_data;
	if (en)
		queue_work(ecmp_wq, &en->kernel_routes.listen_work);
	read_unlock_bh(&sk->sk_callback_lock);
}

/* Hear no more, whoever sends: afterwards the socket may go. */
static void ecmp_listen_end(struct ecmp_net *en, struct socket *sock)
{
	struct sock *sk = sock->sk;

	ecmp_listen(sock, NETLINK_DROP_MEMBERSHIP);
	write_lock_bh(&sk->sk_callback_lock);
	sk->sk_user_data = NULL;
	write_unlock_bh(&sk->sk_callback_lock);
	cancel_work_sync(&en->kernel_routes.listen_work);
}

static void ecmp_listen_work(struct work_struct *work)
{
	struct ecmp_net *en = container_of(work, struct ecmp_net,
					   kernel_routes.listen_work);
	struct {
		struct nlmsghdr	nlh;
		struct rtmsg	rtm;
	} head;
	unsigned int n = ECMP_LISTEN_BATCH;
	bool changed = false;
	int len;

	do {
		struct kvec vec = { .iov_base = &head, .iov_len = sizeof(head) };
		struct msghdr msg = {};

		len = kernel_recvmsg(en->kernel_routes.listener, &msg, &vec, 1,
				     sizeof(head), MSG_DONTWAIT);
		/* Some were lost: one of them may have been. */
		changed |= len == -ENOBUFS;
		changed |= len == sizeof(head) && !head.rtm.rtm_dst_len;
	} while ((len > 0 || len == -ENOBUFS) && --n);
	/* Whoever sends for ever is not waited for. */
	if (!n)
		queue_work(ecmp_wq, work);
	if (changed)
		ecmp_kernel_defaults_changed(en);
}

/**
 * ecmp_kernel_defaults_init - prepare for reading the default routes
 * @en: namespace
 *
 * Context: process.
 */
void ecmp_kernel_defaults_init(struct ecmp_net *en)
{
	struct ecmp_kernel_routes *kr = &en->kernel_routes;

	INIT_DELAYED_WORK(&kr->defaults_work, ecmp_kernel_defaults_work);
	INIT_WORK(&kr->listen_work, ecmp_listen_work);
}

/**
 * ecmp_kernel_defaults_start - begin to listen for default routes
 * @en: namespace
 *
 * Return: 0 or a negative errno.
 * Context: process; ecmp_kernel_routes.reading held.
 */
int ecmp_kernel_defaults_start(struct ecmp_net *en)
{
	struct socket *sock;
	int err;

	if (en->kernel_routes.listener)
		return 0;
	err = ecmp_rtnl_open(en->net, &sock);
	if (err)
		return err;
	en->kernel_routes.listener = sock;
	sock->sk->sk_user_data = en;
	WRITE_ONCE(sock->sk->sk_data_ready, ecmp_listen_ready);
	err = ecmp_listen(sock, NETLINK_ADD_MEMBERSHIP);
	if (err) {
		ecmp_listen_end(en, sock);
		sock_release(sock);
		en->kernel_routes.listener = NULL;
	}
	return err;
}

/**
 * ecmp_kernel_defaults_stop - undo ecmp_kernel_defaults_start()
 * @en: namespace; ecmp_kernel_routes.stopped is set
 *
 * What was kept in the kernel goes.
 *
 * Context: process; en->lock not held.
 */
void ecmp_kernel_defaults_stop(struct ecmp_net *en)
{
	struct ecmp_kernel_routes *kr = &en->kernel_routes;
	struct socket *sock = kr->listener;
	unsigned int tries;

	if (!sock)
		return;
	ecmp_listen_end(en, sock);
	cancel_delayed_work_sync(&kr->defaults_work);
	mutex_lock(&kr->reading);
	kr->keep_none = true;
	/* What stayed in the kernel would stay for good. */
	for (tries = 0; kr->kept && tries < ECMP_STOP_TRIES &&
			ecmp_kernel_defaults_read(en, true); tries++)
		msleep(20);
	mutex_unlock(&kr->reading);
	sock_release(sock);
	kr->listener = NULL;
}
