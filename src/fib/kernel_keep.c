// SPDX-License-Identifier: GPL-2.0
/*
 * Default routes that are kept in the kernel's main table: one for each device
 * that carries a default route here and none there. The router's own sockets,
 * its ICMP errors, rp_filter and flowtables ask the kernel, not us.
 *
 * Their protocol tells them from everybody else's; they are never mirrored
 * back. Whenever the kernel's defaults are read, what is kept is compared with
 * what is wanted, and only the difference is done.
 */
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/netlink.h>
#include <net/sock.h>

#include "kernel_defaults.h"
#include "policy.h"
#include "../netns.h"

#define ECMP_KEPT_METRIC	20000	/* distance and device come on top */
#define ECMP_KEPT_DEVICES	(1u << 20)

static bool ecmp_kernel_has_default(const struct ecmp_defaults *d, int ifindex)
{
	unsigned int i;

	for (i = 0; i < d->n; i++)
		if (d->leg[i].ifindex == ifindex)
			return true;
	return false;
}

static bool ecmp_keeps(const struct ecmp_kept_default *kept, unsigned int n,
		       const struct ecmp_kept_default *k)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (kept[i].ifindex == k->ifindex &&
		    kept[i].metric == k->metric &&
		    kept[i].gateway_family == k->gateway_family &&
		    ecmp_addr_equal(&kept[i].gateway, &k->gateway))
			return true;
	return false;
}

static bool ecmp_route_wants_default(const struct ecmp_route *r, u8 family)
{
	const struct ecmp_nexthop *nh = r->nexthop;

	return nh && nh->up && !(r->flags & ECMP_ROUTE_DISABLED) &&
	       r->distance != ECMP_DISTANCE_UNUSED && !r->unresolved &&
	       (nh->reachable || r->flags & ECMP_ROUTE_ONLINK) &&
	       (!nh->key.gateway_family || nh->key.gateway_family == family);
}

/*
 * The router's own sockets get the source that goes with the kernel's first,
 * and leave by that. So it is the one that main would choose; dead ones are
 * last.
 */
static u32 ecmp_kept_metric(const struct ecmp_table *table,
			    const struct ecmp_route *r)
{
	u32 distance = ECMP_DISTANCE_UNUSED;

	if (r->nexthop->reason)
		distance++;
	else if (table == table->config->main)
		distance = r->distance;
	return ECMP_KEPT_METRIC + distance * ECMP_KEPT_DEVICES +
	       r->nexthop->ifindex % ECMP_KEPT_DEVICES;
}

/* What of a table's default routes should be in the kernel; one a device. */
static unsigned int ecmp_wanted_of(struct ecmp_table *table,
				   const struct ecmp_defaults *d,
				   struct ecmp_kept_default *want,
				   unsigned int n)
{
	const struct ecmp_prefix all = {};
	struct ecmp_entry *entry = ecmp_entry_find(table, d->family, &all);
	const struct ecmp_route *r;
	unsigned int i;

	if (!entry)
		return n;
	ecmp_for_each_route(r, entry) {
		if (!ecmp_route_wants_default(r, d->family) ||
		    ecmp_kernel_has_default(d, r->nexthop->ifindex))
			continue;
		for (i = 0; i < n; i++)
			if (want[i].ifindex == r->nexthop->ifindex)
				break;
		if (i < n || n == ECMP_KEPT_DEFAULTS_MAX)
			continue;
		want[n++] = (struct ecmp_kept_default) {
			.ifindex = r->nexthop->ifindex,
			.metric = ecmp_kept_metric(table, r),
			.gateway_family = r->nexthop->key.gateway_family,
			.gateway = r->nexthop->key.gateway,
		};
	}
	return n;
}

static unsigned int ecmp_wanted(struct ecmp_net *en,
				const struct ecmp_defaults *d,
				struct ecmp_kept_default *want)
{
	struct ecmp_kernel_routes *kr = &en->kernel_routes;
	const struct ecmp_settings *s;
	struct ecmp_table *table;
	unsigned int n = 0;

	mutex_lock(&en->lock);
	s = &en->config->settings;
	/* Left to itself the kernel needs them most. */
	if (!kr->keep_none)
		list_for_each_entry(table, &en->config->tables, list)
			n = ecmp_wanted_of(table, d, want, n);
	WRITE_ONCE(kr->lacking[ecmp_family_index(d->family)],
		   s->kernel_routes ? 0 : n);
	if (!s->kernel_routes)
		n = 0;
	mutex_unlock(&en->lock);
	return n;
}

/* The error number of the answer. */
static int ecmp_rtnl_answer(struct socket *sock)
{
	struct {
		struct nlmsghdr	nlh;
		struct nlmsgerr	err;
	} answer;
	struct kvec vec = { .iov_base = &answer, .iov_len = sizeof(answer) };
	struct msghdr msg = {};
	int len = kernel_recvmsg(sock, &msg, &vec, 1, sizeof(answer),
				 MSG_DONTWAIT);

	if (len < 0)
		return len;
	if (len < sizeof(answer) || answer.nlh.nlmsg_type != NLMSG_ERROR)
		return -EIO;
	return answer.err.error;
}

/* Add a default route to the kernel's main table, or delete it. */
static int ecmp_kept_change(struct socket *sock, u8 family, u16 type, u16 flags,
			    const struct ecmp_kept_default *k)
{
	unsigned int bytes = family == AF_INET6 ? 16 : 4;
	struct nlmsghdr *nlh;
	struct sk_buff *skb;
	struct rtmsg *rtm;
	int err = -EMSGSIZE;

	/* A message that is built as the kernel builds its own. */
	skb = nlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	if (!skb)
		return -ENOMEM;
	nlh = nlmsg_put(skb, 0, 0, type, sizeof(*rtm),
			NLM_F_REQUEST | NLM_F_ACK | flags);
	if (!nlh)
		goto free;
	rtm = nlmsg_data(nlh);
	*rtm = (struct rtmsg) {
		.rtm_family = family,
		.rtm_table = RT_TABLE_MAIN,
		.rtm_protocol = ECMP_RTPROT,
		.rtm_type = RTN_UNICAST,
		.rtm_scope = k->gateway_family || family == AF_INET6 ?
			     RT_SCOPE_UNIVERSE : RT_SCOPE_LINK,
		/* The gateway is on-link for us; that is enough. */
		.rtm_flags = k->gateway_family ? RTNH_F_ONLINK : 0,
	};
	if (nla_put_u32(skb, RTA_OIF, k->ifindex) ||
	    nla_put_u32(skb, RTA_PRIORITY, k->metric) ||
	    (k->gateway_family &&
	     nla_put(skb, RTA_GATEWAY, bytes, &k->gateway)))
		goto free;
	nlmsg_end(skb, nlh);
	err = ecmp_rtnl_send(sock, skb->data, skb->len);
	if (!err)
		err = ecmp_rtnl_answer(sock);
free:
	nlmsg_free(skb);
	return err;
}

/* Of what the kernel answers only want of memory passes by itself. */
static int ecmp_kept_lacked(int err)
{
	return err == -ENOMEM || err == -ENOBUFS || err == -EAGAIN ? err : 0;
}

/**
 * ecmp_kernel_keep - bring what is kept in the kernel in step
 * @en: namespace
 * @d: the default routes of a family, just read and applied
 *
 * A route that the kernel does not take is tried again with the next reading;
 * for want of memory that is asked for.
 *
 * Return: 0 or a negative errno.
 * Context: process with CAP_NET_ADMIN; ecmp_kernel_routes.reading held; takes
 *	RTNL, en->lock not held.
 */
int ecmp_kernel_keep(struct ecmp_net *en, const struct ecmp_defaults *d)
{
	struct ecmp_kept_default *want;
	unsigned int i, n;
	struct socket *sock;
	int err = 0;

	want = kvcalloc(ECMP_KEPT_DEFAULTS_MAX, sizeof(*want), GFP_KERNEL);
	if (!want)
		return -ENOMEM;
	n = ecmp_wanted(en, d, want);
	if (!n && !d->n_kept)
		goto free;
	en->kernel_routes.kept = true;
	err = ecmp_rtnl_open(en->net, &sock);
	if (err)
		goto free;
	for (i = 0; i < d->n_kept; i++)
		if (!ecmp_keeps(want, n, &d->kept[i]))
			err = ecmp_kept_lacked(ecmp_kept_change(sock,
					d->family, RTM_DELROUTE, 0,
					&d->kept[i])) ?: err;
	for (i = 0; i < n; i++)
		if (!ecmp_keeps(d->kept, d->n_kept, &want[i]))
			err = ecmp_kept_lacked(ecmp_kept_change(sock,
					d->family, RTM_NEWROUTE,
					NLM_F_CREATE | NLM_F_EXCL,
					&want[i])) ?: err;
	sock_release(sock);
free:
	kvfree(want);
	return err;
}
