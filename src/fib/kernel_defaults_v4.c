// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's IPv4 default routes: a dump of a table by rtnetlink, as far as
 * the first other prefix. 0.0.0.0/0 comes first in it.
 */
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/netlink.h>
#include <net/rtnh.h>
#include <net/sock.h>

#include "kernel_defaults.h"
#include "kernel_events.h"

#define ECMP_DUMP_BUFFER	32768

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
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	int one = 1, err;

	err = sock_create_kern(net, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, sock);
	if (err)
		return err;
	err = (*sock)->ops->setsockopt(*sock, SOL_NETLINK,
				       NETLINK_GET_STRICT_CHK,
				       KERNEL_SOCKPTR(&one), sizeof(one));
	/* Gives it its number; and nobody but the kernel may answer. */
	if (!err)
		err = kernel_connect(*sock, (void *)&kernel, sizeof(kernel), 0);
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
static int ecmp_default_legs(struct net *net, struct ecmp_kernel_leg *leg,
			     unsigned int max, const struct rtmsg *rtm,
			     struct nlattr **tb)
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
	/* Its legs are told with weights of 8 bits, or not at all. */
	else if (tb[RTA_NH_ID])
		n = ecmp_kernel_legs_object(net, nla_get_u32(tb[RTA_NH_ID]),
					    leg, max);
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

static u32 ecmp_default_metric(struct nlattr **tb)
{
	return tb[RTA_PRIORITY] ? nla_get_u32(tb[RTA_PRIORITY]) : 0;
}

/* Is it one of ours? A dead one, too, and however many others there are. */
static bool ecmp_default_parse_kept(struct ecmp_defaults *d,
				    const struct rtmsg *rtm,
				    struct nlattr **tb)
{
	struct ecmp_kernel_leg leg = {};

	if (rtm->rtm_protocol != ECMP_RTPROT ||
	    rtm->rtm_type != RTN_UNICAST || tb[RTA_MULTIPATH] ||
	    !tb[RTA_OIF] ||
	    !ecmp_leg_parse(&leg, tb, nla_get_u32(tb[RTA_OIF]), 1))
		return false;
	ecmp_defaults_kept(d, &leg, ecmp_default_metric(tb));
	return true;
}

static void ecmp_default_parse(struct ecmp_defaults *d, u8 rank,
			       const struct rtmsg *rtm, struct nlattr **tb)
{
	struct ecmp_kernel_leg *leg = &d->leg[d->n];
	u32 metric = ecmp_default_metric(tb);
	int i, n = ecmp_default_legs(d->net, leg, ECMP_PREFIX_ROUTES_MAX - d->n,
				     rtm, tb);

	for (i = 0; i < n; i++) {
		leg[i].metric = metric;
		leg[i].protocol = rtm->rtm_protocol;
		/* With an MTU of its own it does not change with the object. */
		if (tb[RTA_NH_ID] && !ecmp_has_mtu(tb[RTA_METRICS]))
			leg[i].nh_id = nla_get_u32(tb[RTA_NH_ID]);
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
	/* None of ours has a TOS. */
	if (rtm->rtm_tos) {
		d->native = true;
		return 0;
	}
	if (ecmp_default_parse_kept(d, rtm, tb))
		return 0;
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

/**
 * ecmp_defaults_read_v4 - read IPv4's default routes
 * @d: where they go; net, table and family are set, the rest is zero
 *
 * Return: 0 or a negative errno.
 * Context: process; takes RTNL.
 */
int ecmp_defaults_read_v4(struct ecmp_defaults *d)
{
	struct socket *sock;
	void *buffer;
	int err;

	buffer = kvmalloc(ECMP_DUMP_BUFFER, GFP_KERNEL);
	if (!buffer)
		return -ENOMEM;
	err = ecmp_rtnl_open(d->net, &sock);
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
