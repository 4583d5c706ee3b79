// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's default routes, all of them, of every metric.
 *
 * The FIB notifier tells only the one that wins; rtnetlink tells each that is
 * added, and not what IPv4 removes with a device. So neither is believed: each
 * of them, and each event of a device or an address, only says that it is time
 * to read them again. That is cheap, however large the tables are: 0.0.0.0/0
 * comes first in a dump, and ::/0 is at the root of its tree.
 */
#include <linux/delay.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/ip6_fib.h>
#include <net/ipv6.h>
#include <net/nexthop.h>
#include <net/rtnh.h>
#include <net/sock.h>

#include "kernel_defaults.h"
#include "kernel_events.h"
#include "policy.h"
#include "../netns.h"

#define ECMP_DUMP_BUFFER	32768
#define ECMP_STOP_TRIES		50

/* Room for the legs of another route, or NULL: there are too many. */
static struct ecmp_kernel_leg *ecmp_defaults_room(struct ecmp_defaults *d,
						  unsigned int n)
{
	return d->n + n <= ECMP_PREFIX_ROUTES_MAX ? &d->leg[d->n] : NULL;
}

/* Take @n legs that were written behind the others, as those of one route. */
static void ecmp_defaults_took(struct ecmp_defaults *d, unsigned int n, u8 rank)
{
	for (; n; n--)
		d->leg[d->n++].rank = rank;
}

static void ecmp_defaults_native(struct ecmp_defaults *d)
{
	memset(&d->leg[0], 0, sizeof(d->leg[0]));
	d->leg[0].type = ECMP_MEMBER_NATIVE;
	d->leg[0].weight = 1;
	d->n = 1;
}

static void ecmp_defaults_kept(struct ecmp_defaults *d, int ifindex, u32 metric,
			       u8 gateway_family,
			       const struct ecmp_addr *gateway)
{
	if (d->n_kept == ARRAY_SIZE(d->kept))
		return;
	d->kept[d->n_kept++] = (struct ecmp_kept_default) {
		.ifindex = ifindex, .metric = metric,
		.gateway_family = gateway_family, .gateway = *gateway,
	};
}

/* --- IPv4: a dump, as far as the first other prefix --------------------- */

/**
 * ecmp_rtnl_send - ask the kernel something
 * @sock: from ecmp_rtnl_open()
 * @request: message
 * @len: its bytes
 *
 * Return: 0 or a negative errno; what the kernel says to it is to be received.
 * Context: process; takes RTNL.
 */
int ecmp_rtnl_send(struct socket *sock, void *request, size_t len)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	struct msghdr msg = {
		/* Named, or the kernel asks a file that there is none of. */
		.msg_name = &kernel, .msg_namelen = sizeof(kernel),
	};
	struct kvec vec = { .iov_base = request, .iov_len = len };
	int sent = kernel_sendmsg(sock, &msg, &vec, 1, len);

	return sent < 0 ? sent : 0;
}

/**
 * ecmp_rtnl_open - a socket to ask the kernel by
 * @net: namespace; not held by the socket
 * @sock: where it goes
 *
 * Return: 0 or a negative errno; end with sock_release().
 * Context: process.
 */
int ecmp_rtnl_open(struct net *net, struct socket **sock)
{
	int one = 1, err;

	err = sock_create_kern(net, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, sock);
	if (err)
		return err;
	err = (*sock)->ops->setsockopt(*sock, SOL_NETLINK,
				       NETLINK_GET_STRICT_CHK,
				       KERNEL_SOCKPTR(&one), sizeof(one));
	if (err)
		sock_release(*sock);
	return err;
}

static int ecmp_dump_request(struct socket *sock, u32 table)
{
	struct {
		struct nlmsghdr	nlh;
		struct rtmsg	rtm;
		struct nlattr	attr;
		u32		table;
	} request = {
		.nlh = {
			.nlmsg_len = sizeof(request),
			.nlmsg_type = RTM_GETROUTE,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
		},
		.rtm = { .rtm_family = AF_INET },
		.attr = {
			.nla_len = NLA_HDRLEN + sizeof(u32),
			.nla_type = RTA_TABLE,
		},
		.table = table,
	};

	return ecmp_rtnl_send(sock, &request, sizeof(request));
}

/* One next hop of a message; false: only the kernel can follow it. */
static bool ecmp_leg_parse(struct ecmp_kernel_leg *leg, struct nlattr **tb,
			   int ifindex, int weight)
{
	if (tb[RTA_ENCAP] || tb[RTA_VIA] || !ifindex ||
	    ifindex == LOOPBACK_IFINDEX)
		return false;
	leg->ifindex = ifindex;
	leg->weight = clamp(weight, 1, 256);
	leg->type = ECMP_ROUTE_UNICAST;
	if (tb[RTA_GATEWAY]) {
		leg->gateway_family = AF_INET;
		leg->gateway = ecmp_addr_v4(nla_get_in_addr(tb[RTA_GATEWAY]));
	}
	return true;
}

/* The living next hops of a multipath route; -1: only the kernel can. */
static int ecmp_legs_parse(struct ecmp_kernel_leg *leg, unsigned int max,
			   const struct nlattr *multipath)
{
	const struct rtnexthop *nh = nla_data(multipath);
	struct nlattr *tb[RTA_MAX + 1];
	int left = nla_len(multipath);
	unsigned int n = 0;

	for (; rtnh_ok(nh, left) && n < max; nh = rtnh_next(nh, &left)) {
		if (nh->rtnh_flags & RTNH_F_DEAD)
			continue;
		if (nla_parse_deprecated(tb, RTA_MAX, rtnh_attrs(nh),
					 rtnh_attrlen(nh), NULL, NULL))
			return -1;
		memset(&leg[n], 0, sizeof(leg[n]));
		if (!ecmp_leg_parse(&leg[n++], tb, nh->rtnh_ifindex,
				    nh->rtnh_hops + 1))
			return -1;
	}
	return n;
}

static bool ecmp_has_mtu(const struct nlattr *metrics)
{
	return metrics && nla_find_nested(metrics, RTAX_MTU);
}

/* The legs of a default route; of a dead one none. */
static int ecmp_default_legs(struct ecmp_kernel_leg *leg, unsigned int max,
			     const struct rtmsg *rtm, struct nlattr **tb)
{
	int n = 1;

	if (!max)
		return 0;
	memset(leg, 0, sizeof(*leg));
	leg->weight = 1;
	leg->type = ecmp_kernel_leg_type(rtm->rtm_type);
	if (rtm->rtm_type != RTN_UNICAST)
		return 1;
	if (rtm->rtm_flags & RTNH_F_DEAD)
		return 0;
	if (ecmp_has_mtu(tb[RTA_METRICS]))
		n = -1;
	else if (tb[RTA_MULTIPATH])
		n = ecmp_legs_parse(leg, max, tb[RTA_MULTIPATH]);
	else if (!tb[RTA_OIF] ||
		 !ecmp_leg_parse(leg, tb, nla_get_u32(tb[RTA_OIF]), 1))
		n = -1;
	if (n >= 0)
		return n;
	memset(leg, 0, sizeof(*leg));
	leg->weight = 1;
	leg->type = ECMP_MEMBER_NATIVE;
	leg->ifindex = tb[RTA_OIF] ? nla_get_u32(tb[RTA_OIF]) : 0;
	return 1;
}

static void ecmp_default_parse(struct ecmp_defaults *d, u8 rank,
			       const struct rtmsg *rtm, struct nlattr **tb)
{
	struct ecmp_kernel_leg *leg = &d->leg[d->n];
	u32 metric = tb[RTA_PRIORITY] ? nla_get_u32(tb[RTA_PRIORITY]) : 0;
	int i, n = ecmp_default_legs(leg, ECMP_PREFIX_ROUTES_MAX - d->n, rtm,
				     tb);

	if (n == 1 && rtm->rtm_protocol == ECMP_RTPROT) {
		ecmp_defaults_kept(d, leg->ifindex, metric,
				   leg->gateway_family, &leg->gateway);
		return;
	}
	for (i = 0; i < n; i++) {
		leg[i].metric = metric;
		leg[i].protocol = rtm->rtm_protocol;
		leg[i].nh_id = tb[RTA_NH_ID] ? nla_get_u32(tb[RTA_NH_ID]) : 0;
	}
	ecmp_defaults_took(d, n, rank);
}

/* One message; 1: that was all, 0: more may come, or a negative errno. */
static int ecmp_default_message(struct ecmp_defaults *d, unsigned int *rank,
				const struct nlmsghdr *nlh)
{
	const struct rtmsg *rtm = nlmsg_data(nlh);
	struct nlattr *tb[RTA_MAX + 1];
	int err;

	if (nlh->nlmsg_type == NLMSG_DONE || nlh->nlmsg_type == NLMSG_ERROR) {
		/* Both begin with the error number; no such table: no route. */
		err = nlmsg_len(nlh) < sizeof(int) ? 0 :
		      *(const int *)nlmsg_data(nlh);
		return err && err != -ENOENT ? err : 1;
	}
	if (nlh->nlmsg_type != RTM_NEWROUTE)
		return 0;
	err = nlmsg_parse_deprecated(nlh, sizeof(*rtm), tb, RTA_MAX, NULL,
				     NULL);
	if (err)
		return err;
	if (tb[RTA_DST] && nla_get_in_addr(tb[RTA_DST]))
		return 1;
	if (rtm->rtm_dst_len || rtm->rtm_flags & RTM_F_CLONED)
		return 0;
	if (rtm->rtm_tos) {
		ecmp_defaults_native(d);
		return 1;
	}
	ecmp_default_parse(d, min((*rank)++, (unsigned int)U8_MAX), rtm, tb);
	return 0;
}

static int ecmp_dump_receive(struct socket *sock, struct ecmp_defaults *d,
			     void *buffer)
{
	struct nlmsghdr *nlh;
	unsigned int rank = 0;
	int len, done = 0;

	while (!done) {
		struct kvec vec = {
			.iov_base = buffer, .iov_len = ECMP_DUMP_BUFFER,
		};
		struct msghdr msg = {};

		len = kernel_recvmsg(sock, &msg, &vec, 1, ECMP_DUMP_BUFFER,
				     MSG_DONTWAIT);
		if (len <= 0)
			return len ?: -EIO;
		for (nlh = buffer; !done && nlmsg_ok(nlh, len);
		     nlh = nlmsg_next(nlh, &len))
			done = ecmp_default_message(d, &rank, nlh);
	}
	return min(done, 0);
}

static int ecmp_defaults_read_v4(struct net *net, struct ecmp_defaults *d)
{
	struct socket *sock;
	void *buffer;
	int err;

	buffer = kvmalloc(ECMP_DUMP_BUFFER, GFP_KERNEL);
	if (!buffer)
		return -ENOMEM;
	err = ecmp_rtnl_open(net, &sock);
	if (err)
		goto free;
	err = ecmp_dump_request(sock, d->table);
	if (!err)
		err = ecmp_dump_receive(sock, d, buffer);
	/* Ends the dump, too. */
	sock_release(sock);
free:
	kvfree(buffer);
	return err;
}

/* --- IPv6: the routes at the root of the tree --------------------------- */

static int ecmp_preference(const struct fib6_info *rt)
{
	switch (IPV6_EXTRACT_PREF(rt->fib6_flags)) {
	case ICMPV6_ROUTER_PREF_HIGH:
		return 1;
	case ICMPV6_ROUTER_PREF_LOW:
		return -1;
	default:
		return 0;
	}
}

static bool ecmp_source_specific(const struct fib6_node *fn)
{
#ifdef CONFIG_IPV6_SUBTREES
	return rcu_access_pointer(fn->subtree);
#else
	return false;
#endif
}

static void ecmp_default_add_v6(struct ecmp_defaults *d,
				const struct fib6_info *rt, u8 rank)
{
	unsigned int n = rt->nh ? nexthop_num_path(rt->nh) : 1;
	struct ecmp_kernel_leg *leg = ecmp_defaults_room(d, n);

	if (!leg)
		return;
	memset(leg, 0, n * sizeof(*leg));
	n = ecmp_kernel_legs_v6(rt, leg, n);
	if (rt->fib6_protocol == ECMP_RTPROT) {
		ecmp_defaults_kept(d, leg->ifindex, leg->metric,
				   leg->gateway_family, &leg->gateway);
		return;
	}
	ecmp_defaults_took(d, n, rank);
}

/*
 * Nobody tells when a route's time is over, nor when its router prolongs it or
 * cuts it short; and the kernel keeps for a while what has expired, for the
 * router may come back. So as long as there is one it is looked at again, when
 * its time is over and every few seconds.
 */
static void ecmp_default_expires(struct ecmp_defaults *d,
				 const struct fib6_info *rt)
{
	unsigned long again = jiffies + 5 * HZ;

	if (!(rt->fib6_flags & RTF_EXPIRES))
		return;
	if (!fib6_check_expired(rt) && time_before(rt->expires, again))
		again = rt->expires;
	if (!d->expires || time_before(again, d->expires))
		d->expires = again ?: 1;
}

static bool ecmp_default_usable_v6(struct ecmp_defaults *d, struct net *net,
				   const struct fib6_info *rt)
{
	if (rt == net->ipv6.fib6_null_entry || rt->fib6_dst.plen)
		return false;
	ecmp_default_expires(d, rt);
	return !fib6_check_expired(rt) &&
	       (rt->nh || !(rt->fib6_nh->fib_nh_flags & RTNH_F_DEAD));
}

/*
 * By metric, as the kernel has them; routers of one metric by the preference
 * that they advertise. Siblings are one route.
 */
static void ecmp_defaults_read_v6(struct net *net, struct ecmp_defaults *d)
{
	const struct fib6_info *rt, *first, *end, *last = NULL;
	struct fib6_table *table;
	int preference, rank = -1;

	rcu_read_lock();
	table = ipv6_mod_enabled() ? fib6_get_table(net, d->table) : NULL;
	if (!table)
		goto unlock;
	if (ecmp_source_specific(&table->tb6_root)) {
		ecmp_defaults_native(d);
		goto unlock;
	}
	first = rcu_dereference(table->tb6_root.leaf);
	while (first) {
		for (end = first; end && end->fib6_metric == first->fib6_metric;)
			end = rcu_dereference(end->fib6_next);
		for (preference = 1; preference >= -1; preference--) {
			for (rt = first; rt && rt != end;
			     rt = rcu_dereference(rt->fib6_next)) {
				if (ecmp_preference(rt) != preference ||
				    !ecmp_default_usable_v6(d, net, rt))
					continue;
				if (!last || !last->fib6_nsiblings ||
				    !rt->fib6_nsiblings ||
				    last->fib6_metric != rt->fib6_metric)
					rank++;
				ecmp_default_add_v6(d, rt, min(rank, U8_MAX));
				last = rt;
			}
		}
		first = end;
	}
unlock:
	rcu_read_unlock();
}

/* --- both --------------------------------------------------------------- */

static int ecmp_defaults_read_one(struct ecmp_net *en, u32 table, u8 family,
				  struct ecmp_defaults *d)
{
	int err = 0;

	memset(d, 0, sizeof(*d));
	d->table = table;
	d->family = family;
	if (family == AF_INET6)
		ecmp_defaults_read_v6(en->net, d);
	else
		err = ecmp_defaults_read_v4(en->net, d);
	return err;
}

/* Routes whose gateway is "kernel" follow. */
static void ecmp_defaults_follow(struct ecmp_net *en)
{
	struct ecmp_config *config;
	struct ecmp_route *route;

	list_for_each_entry(config, &en->configs, list)
		list_for_each_entry(route, &config->follow, resolve)
			if (ecmp_route_resolve(route) && config->live)
				en->generation++;
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
	if (kr->registered && !kr->stopped)
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

static void ecmp_listen_ready(struct sock *sk)
{
	struct ecmp_net *en = sk->sk_user_data;

	queue_work(ecmp_wq, &en->kernel_routes.listen_work);
}

static void ecmp_listen_work(struct work_struct *work)
{
	struct ecmp_net *en = container_of(work, struct ecmp_net,
					   kernel_routes.listen_work);
	struct {
		struct nlmsghdr	nlh;
		struct rtmsg	rtm;
	} head;
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
	} while (len > 0 || len == -ENOBUFS);
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
	struct sockaddr_nl any = { .nl_family = AF_NETLINK };
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
	/* A socket without a number is told nothing. */
	err = kernel_bind(sock, (void *)&any, sizeof(any));
	if (!err)
		err = ecmp_listen(sock, NETLINK_ADD_MEMBERSHIP);
	if (err) {
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
	/* Nobody tells us afterwards, and who did is through. */
	ecmp_listen(sock, NETLINK_DROP_MEMBERSHIP);
	cancel_work_sync(&kr->listen_work);
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
