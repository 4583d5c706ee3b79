// SPDX-License-Identifier: GPL-2.0
/*
 * What the kernel's connection tracking tells, and is told. Numbers are in
 * network order there.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_conntrack_tcp.h>
#include <linux/netfilter/nfnetlink_conntrack.h>

#include "conntrack.h"
#include "ecmpctl.h"

#define STATE_COUNT(states)	(int)(sizeof(states) / sizeof((states)[0]))

static const char *const tcp_states[] = {
	"none", "syn-sent", "syn-recv", "established", "fin-wait",
	"close-wait", "last-ack", "time-wait", "close", "syn-sent2",
};

/* ---- what is told ---- */

static void read_addresses(const struct nlattr *nest, struct tuple *t)
{
	const struct nlattr *a[CTA_IP_MAX + 1];

	attributes_read_nest(nest, a, CTA_IP_MAX);
	t->src = address_of(a[CTA_IP_V4_SRC] ? a[CTA_IP_V4_SRC] :
					       a[CTA_IP_V6_SRC]);
	t->dst = address_of(a[CTA_IP_V4_DST] ? a[CTA_IP_V4_DST] :
					       a[CTA_IP_V6_DST]);
}

static void read_tuple(const struct nlattr *nest, struct connection *c,
		       struct tuple *t)
{
	const struct nlattr *a[CTA_TUPLE_MAX + 1], *p[CTA_PROTO_MAX + 1];

	if (!nest)
		return;
	attributes_read_nest(nest, a, CTA_TUPLE_MAX);
	if (a[CTA_TUPLE_IP])
		read_addresses(a[CTA_TUPLE_IP], t);
	if (!a[CTA_TUPLE_PROTO])
		return;
	attributes_read_nest(a[CTA_TUPLE_PROTO], p, CTA_PROTO_MAX);
	c->proto = be_number_of(p[CTA_PROTO_NUM]);
	c->ports = p[CTA_PROTO_SRC_PORT] && p[CTA_PROTO_DST_PORT];
	t->sport = be_number_of(p[CTA_PROTO_SRC_PORT]);
	t->dport = be_number_of(p[CTA_PROTO_DST_PORT]);
}

static int read_tcp_state(const struct nlattr *nest)
{
	const struct nlattr *a[CTA_PROTOINFO_MAX + 1];
	const struct nlattr *t[CTA_PROTOINFO_TCP_MAX + 1];

	if (!nest)
		return -1;
	attributes_read_nest(nest, a, CTA_PROTOINFO_MAX);
	if (!a[CTA_PROTOINFO_TCP])
		return -1;
	attributes_read_nest(a[CTA_PROTOINFO_TCP], t, CTA_PROTOINFO_TCP_MAX);
	return t[CTA_PROTOINFO_TCP_STATE] ?
	       (int)be_number_of(t[CTA_PROTOINFO_TCP_STATE]) : -1;
}

static void read_counters(const struct nlattr *nest, struct connection *c)
{
	const struct nlattr *a[CTA_COUNTERS_MAX + 1];

	if (!nest)
		return;
	attributes_read_nest(nest, a, CTA_COUNTERS_MAX);
	c->counted = true;
	c->packets += be_number_of(a[CTA_COUNTERS_PACKETS]);
	c->bytes += be_number_of(a[CTA_COUNTERS_BYTES]);
}

static void read_connection(const struct nlmsghdr *nlh, struct connection *c)
{
	const struct nlattr *a[CTA_MAX + 1];

	memset(c, 0, sizeof(*c));
	/* Behind a struct of four bytes, as with generic netlink. */
	attributes_read(nlh, a, CTA_MAX);
	c->nlh = nlh;
	read_tuple(a[CTA_TUPLE_ORIG], c, &c->tuple[ORIGINAL]);
	read_tuple(a[CTA_TUPLE_REPLY], c, &c->tuple[REPLY]);
	c->mark = be_number_of(a[CTA_MARK]);
	c->status = be_number_of(a[CTA_STATUS]);
	c->tcp_state = read_tcp_state(a[CTA_PROTOINFO]);
	c->seconds = be_number_of(a[CTA_TIMEOUT]);
	c->offloaded = c->status & (IPS_OFFLOAD | IPS_HW_OFFLOAD);
	read_counters(a[CTA_COUNTERS_ORIG], c);
	read_counters(a[CTA_COUNTERS_REPLY], c);
}

/**
 * struct telling - connections that are being told
 * @each: called for each
 * @data: for it
 */
struct telling {
	connection_t	each;
	void		*data;
};

static void tell(const struct nlmsghdr *nlh, void *data)
{
	const struct telling *t = data;
	struct connection c;

	if (nlh->nlmsg_type != (NFNL_SUBSYS_CTNETLINK << 8 |
				IPCTNL_MSG_CT_NEW) ||
	    mnl_nlmsg_get_payload_len(nlh) < sizeof(struct nfgenmsg))
		return;
	read_connection(nlh, &c);
	t->each(&c, t->data);
}

/* ---- what is asked ---- */

/**
 * conntrack_each - all connections, one after another
 * @nl: of netlink_open_netfilter()
 * @filter: which; the kernel leaves out the others
 * @each: called for each as it comes; nothing is kept
 * @data: for it
 * @interrupted: set if some may be missing, or come twice
 *
 * Return: 0, or -1 with the refusal in the socket.
 */
int conntrack_each(struct netlink *nl, const struct conntrack_filter *filter,
		   connection_t each, void *data, bool *interrupted)
{
	struct telling t = { .each = each, .data = data };
	struct nlmsghdr *nlh;

	nlh = netlink_message_route(nl, NFNL_SUBSYS_CTNETLINK << 8 |
				    IPCTNL_MSG_CT_GET, NLM_F_DUMP);
	netlink_put_family(nlh, filter->family);
	if (filter->mask) {
		mnl_attr_put_u32(nlh, CTA_MARK, htonl(filter->mark));
		mnl_attr_put_u32(nlh, CTA_MARK_MASK, htonl(filter->mask));
	}
	return netlink_stream(nl, nlh, tell, &t, interrupted);
}

static void put_tuple(struct nlmsghdr *nlh, const struct tuple *t,
		      uint8_t proto, bool ports)
{
	bool v4 = t->src.family == AF_INET;
	struct nlattr *tuple, *nest;

	tuple = mnl_attr_nest_start(nlh, CTA_TUPLE_ORIG);
	nest = mnl_attr_nest_start(nlh, CTA_TUPLE_IP);
	put_address(nlh, v4 ? CTA_IP_V4_SRC : CTA_IP_V6_SRC, &t->src);
	put_address(nlh, v4 ? CTA_IP_V4_DST : CTA_IP_V6_DST, &t->dst);
	mnl_attr_nest_end(nlh, nest);
	nest = mnl_attr_nest_start(nlh, CTA_TUPLE_PROTO);
	mnl_attr_put_u8(nlh, CTA_PROTO_NUM, proto);
	if (ports) {
		mnl_attr_put_u16(nlh, CTA_PROTO_SRC_PORT, htons(t->sport));
		mnl_attr_put_u16(nlh, CTA_PROTO_DST_PORT, htons(t->dport));
	}
	mnl_attr_nest_end(nlh, nest);
	mnl_attr_nest_end(nlh, tuple);
}

/**
 * conntrack_find - the connection that a packet belongs to
 * @nl: of netlink_open_netfilter()
 * @tuple: of the packet as it comes in, of either direction
 * @proto: transport protocol
 * @ports: the tuple has ports
 * @found: called for it
 * @data: for it
 *
 * Return: 0, or -1 with the refusal in the socket: ENOENT if there is none.
 */
int conntrack_find(struct netlink *nl, const struct tuple *tuple,
		   uint8_t proto, bool ports, connection_t found, void *data)
{
	struct telling t = { .each = found, .data = data };
	struct nlmsghdr *nlh;

	nlh = netlink_message_route(nl, NFNL_SUBSYS_CTNETLINK << 8 |
				    IPCTNL_MSG_CT_GET, 0);
	netlink_put_family(nlh, tuple->src.family);
	put_tuple(nlh, tuple, proto, ports);
	return netlink_talk(nl, nlh, tell, &t);
}

static void copy_attribute(struct nlmsghdr *nlh, const struct nlattr *attr)
{
	if (attr)
		mnl_attr_put(nlh, attr->nla_type,
			     mnl_attr_get_payload_len(attr),
			     mnl_attr_get_payload(attr));
}

/**
 * conntrack_end - end a connection: adds that to a batch
 * @nl: of netlink_open_netfilter(), with a batch that is not full; not the
 *	socket that tells connections just now
 * @c: the connection; another one with its addresses is not ended, as that has
 *	another id
 */
void conntrack_end(struct netlink *nl, const struct connection *c)
{
	const struct nfgenmsg *nf = mnl_nlmsg_get_payload(c->nlh);
	const struct nlattr *a[CTA_MAX + 1];
	struct nlmsghdr *nlh;

	attributes_read(c->nlh, a, CTA_MAX);
	nlh = netlink_batch_message_route(nl, NFNL_SUBSYS_CTNETLINK << 8 |
					  IPCTNL_MSG_CT_DELETE, 0);
	netlink_put_family(nlh, nf->nfgen_family);
	copy_attribute(nlh, a[CTA_TUPLE_ORIG]);
	copy_attribute(nlh, a[CTA_ZONE]);
	copy_attribute(nlh, a[CTA_ID]);
	netlink_batch_add(nl, nlh);
}

/**
 * conntrack_refused - the kernel does not speak of connections: say why
 * @ctl: this run
 * @nl: of netlink_open_netfilter(), with the refusal
 *
 * Return: the exit status.
 */
int conntrack_refused(struct ctl *ctl, const struct netlink *nl)
{
	switch (nl->refusal.error) {
	case EPERM:
		print_error(ctl, "connections are shown to an administrator only: this needs CAP_NET_ADMIN");
		break;
	case EINVAL:
	case EOPNOTSUPP:
	case EPROTONOSUPPORT:
		print_error(ctl, "the kernel does not tell connections: modprobe nf_conntrack_netlink");
		break;
	default:
		print_error(ctl, "%s", nl->refusal.sentence);
	}
	return EXIT_REFUSED;
}

/**
 * conntrack_state - how far a connection is
 * @c: the connection
 */
const char *conntrack_state(const struct connection *c)
{
	if (c->tcp_state >= 0 && c->tcp_state < STATE_COUNT(tcp_states))
		return tcp_states[c->tcp_state];
	if (!(c->status & IPS_SEEN_REPLY))
		return "unreplied";
	return c->status & IPS_ASSURED ? "assured" : "replied";
}

/**
 * endpoint_text - an address and a port
 * @address: the address
 * @port: the port
 * @ports: is there one?
 * @buf: ENDPOINT_TEXT bytes
 *
 * Return: @buf.
 */
const char *endpoint_text(const struct address *address, uint16_t port,
			  bool ports, char *buf)
{
	bool v6 = address->family == AF_INET6;
	char text[ADDRESS_TEXT];

	address_text(address, text);
	if (ports)
		snprintf(buf, ENDPOINT_TEXT, "%s%s%s:%u", v6 ? "[" : "", text,
			 v6 ? "]" : "", port);
	else
		snprintf(buf, ENDPOINT_TEXT, "%s", text);
	return buf;
}
