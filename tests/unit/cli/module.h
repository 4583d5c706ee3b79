/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A module that answers as test_cli_talk.c says, in the place of libmnl's
 * sockets.
 */
#ifndef _UNIT_CLI_MODULE_H
#define _UNIT_CLI_MODULE_H

#include <errno.h>
#include <unistd.h>

#include "cli.h"

#define FAMILY	0x1c	/* any number from 0x10 */

/**
 * struct module - how it answers
 * @no_ipv6: the kernel was booted without IPv6
 * @refuses: ECMP_CMD_* that it refuses; 0: none
 * @error: errno of that refusal
 * @attribute: that it is about; 0: none
 * @dead_lan: a next hop that no default route uses is dead
 * @device: of the default route; NULL: wan1
 * @tables: that have a default route, too: t0, t1, ...
 * @follows: the kernel's default route by that device, of which there is none
 * @large: tells a route of more than half a megabyte next, without a socket
 * @commits: configurations that it has taken
 */
static struct module {
	bool		no_ipv6;
	uint8_t		refuses;
	int		error;
	uint16_t	attribute;
	bool		dead_lan;
	const char	*device;
	unsigned int	tables;
	bool		follows;
	bool		large;
	unsigned int	commits;
} module;

/* ---- sockets ---- */

/**
 * struct mnl_socket - one of ecmpctl's
 * @protocol: NETLINK_*
 * @fd: its end of a pair
 * @other: the module's
 */
struct mnl_socket {
	int	protocol;
	int	fd;
	int	other;
};

static void answer(const struct mnl_socket *s, const struct nlmsghdr *sent);

struct mnl_socket *mnl_socket_open2(int protocol, int flags)
{
	struct mnl_socket *s = malloc(sizeof(*s));
	int pair[2];

	s->protocol = protocol;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | flags, 0, pair))
		abort();
	s->fd = pair[0];
	s->other = pair[1];
	CHECK(s->fd > STDERR_FILENO, "output would go to socket %d", s->fd);
	return s;
}

int mnl_socket_bind(struct mnl_socket *s, unsigned int groups, pid_t pid)
{
	(void)s;
	(void)groups;
	(void)pid;
	return 0;
}

int mnl_socket_setsockopt(const struct mnl_socket *s, int type, void *buf,
			  socklen_t len)
{
	(void)s;
	(void)type;
	(void)buf;
	(void)len;
	return 0;
}

int mnl_socket_get_fd(const struct mnl_socket *s)
{
	return s->fd;
}

int mnl_socket_close(struct mnl_socket *s)
{
	close(s->fd);
	close(s->other);
	free(s);
	return 0;
}

ssize_t mnl_socket_sendto(const struct mnl_socket *s, const void *buf,
			  size_t len)
{
	const struct nlmsghdr *nlh = buf;
	int left = len;

	for (; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left))
		answer(s, nlh);
	return len;
}

/* What a later version of the module may tell of a route. */
static size_t fill_large(void *buf, uint32_t sequence)
{
	static const char bytes[60000];
	struct nlmsghdr *nlh = message_begin(buf, ECMP_CMD_ROUTE_NEW);
	unsigned int i;

	nlh->nlmsg_seq = sequence;
	nlh->nlmsg_type = FAMILY;
	for (i = 0; i < 10; i++)
		mnl_attr_put(nlh, 200, sizeof(bytes), bytes);
	return nlh->nlmsg_len;
}

ssize_t mnl_socket_recvfrom(const struct mnl_socket *s, void *buf, size_t size)
{
	struct nlmsghdr first;

	if (module.large && recv(s->fd, &first, sizeof(first), MSG_PEEK) > 0 &&
	    first.nlmsg_type == FAMILY) {
		module.large = false;
		return fill_large(buf, first.nlmsg_seq);
	}
	return recv(s->fd, buf, size, 0);
}

/* ---- the module ---- */

static char reply_buffer[MESSAGE];

static struct nlmsghdr *reply_begin(const struct nlmsghdr *sent,
				    uint8_t command)
{
	struct nlmsghdr *nlh = message_begin(reply_buffer, command);

	nlh->nlmsg_type = sent->nlmsg_type;
	nlh->nlmsg_seq = sent->nlmsg_seq;
	return nlh;
}

static void reply_send(const struct mnl_socket *s, const struct nlmsghdr *nlh)
{
	if (send(s->other, nlh, nlh->nlmsg_len, 0) < 0)
		abort();
}

/* Where an attribute is in a message; 0: nowhere. */
static uint32_t offset_of(const struct nlmsghdr *sent, uint16_t type)
{
	const struct nlattr *attr;

	netlink_attributes(attr, sent)
		if (mnl_attr_get_type(attr) == type)
			return (const char *)attr - (const char *)sent;
	return 0;
}

/* @error: 0: it was done */
static void reply_end(const struct mnl_socket *s, const struct nlmsghdr *sent,
		      int error, uint16_t attribute)
{
	struct nlmsghdr *nlh;
	struct nlmsgerr *err;

	memset(reply_buffer, 0, sizeof(reply_buffer));
	nlh = mnl_nlmsg_put_header(reply_buffer);
	nlh->nlmsg_type = NLMSG_ERROR;
	nlh->nlmsg_flags = NLM_F_CAPPED | NLM_F_ACK_TLVS;
	nlh->nlmsg_seq = sent->nlmsg_seq;
	err = mnl_nlmsg_put_extra_header(nlh, sizeof(*err));
	err->error = -error;
	err->msg = *sent;
	if (error)
		mnl_attr_put_strz(nlh, NLMSGERR_ATTR_MSG, "a refusal");
	if (attribute)
		mnl_attr_put_u32(nlh, NLMSGERR_ATTR_OFFS,
				 offset_of(sent, attribute));
	reply_send(s, nlh);
}

static void reply_done(const struct mnl_socket *s, const struct nlmsghdr *sent)
{
	struct nlmsghdr *nlh;

	memset(reply_buffer, 0, sizeof(reply_buffer));
	nlh = mnl_nlmsg_put_header(reply_buffer);
	nlh->nlmsg_type = NLMSG_DONE;
	nlh->nlmsg_flags = NLM_F_MULTI;
	nlh->nlmsg_seq = sent->nlmsg_seq;
	mnl_nlmsg_put_extra_header(nlh, sizeof(int));
	reply_send(s, nlh);
}

static void tell_family(const struct mnl_socket *s, const struct nlmsghdr *sent)
{
	struct nlmsghdr *nlh = reply_begin(sent, CTRL_CMD_NEWFAMILY);

	mnl_attr_put_u16(nlh, CTRL_ATTR_FAMILY_ID, FAMILY);
	reply_send(s, nlh);
}

static void tell_settings(const struct mnl_socket *s,
			  const struct nlmsghdr *sent)
{
	struct nlmsghdr *nlh = reply_begin(sent, ECMP_CMD_SETTINGS_SET);

	mnl_attr_put_u8(nlh, ECMP_A_SETTINGS_ENABLED, 1);
	mnl_attr_put_u8(nlh, ECMP_A_SETTINGS_HOOKS, 1);
	mnl_attr_put_u64(nlh, ECMP_A_SETTINGS_HASH_SEED, 7);
	reply_send(s, nlh);
}

static void put_gateway(struct nlmsghdr *nlh, uint16_t attr, const char *text)
{
	struct address gateway;

	if (!address_parse(text, &gateway))
		abort();
	put_address(nlh, attr, &gateway);
}

static const char *device(void)
{
	return module.device ? module.device : "wan1";
}

/* A default route, by the first next hop. */
static void tell_route(const struct mnl_socket *s, const struct nlmsghdr *sent,
		       const char *table)
{
	static const struct address any = { .family = AF_INET };
	struct nlmsghdr *nlh = reply_begin(sent, ECMP_CMD_ROUTE_NEW);

	mnl_attr_put_strz(nlh, ECMP_A_ROUTE_TABLE, table);
	mnl_attr_put_u8(nlh, ECMP_A_ROUTE_FAMILY, AF_INET);
	put_address(nlh, ECMP_A_ROUTE_DST, &any);
	mnl_attr_put_u8(nlh, ECMP_A_ROUTE_DST_LEN, 0);
	mnl_attr_put_u8(nlh, ECMP_A_ROUTE_TYPE, ECMP_ROUTE_UNICAST);
	mnl_attr_put_u8(nlh, ECMP_A_ROUTE_DISTANCE, 1);
	mnl_attr_put_strz(nlh, ECMP_A_ROUTE_DEVICE, device());
	if (module.follows) {
		mnl_attr_put(nlh, ECMP_A_ROUTE_GATEWAY_KERNEL, 0, NULL);
		mnl_attr_put_u8(nlh, ECMP_A_ROUTE_REASON,
				ECMP_REASON_NO_KERNEL_DEFAULT);
		reply_send(s, nlh);
		return;
	}
	mnl_attr_put_u8(nlh, ECMP_A_ROUTE_CHECK, ECMP_CHECK_PING);
	put_gateway(nlh, ECMP_A_ROUTE_GATEWAY, "192.0.2.1");
	mnl_attr_put_u32(nlh, ECMP_A_ROUTE_FLAGS, ECMP_ROUTE_F_ACTIVE);
	mnl_attr_put_u32(nlh, ECMP_A_ROUTE_NEXTHOP_ID, 1);
	reply_send(s, nlh);
}

static void tell_routes(const struct mnl_socket *s, const struct nlmsghdr *sent)
{
	char table[16];
	unsigned int i;

	tell_route(s, sent, "main");
	for (i = 0; i < module.tables; i++) {
		snprintf(table, sizeof(table), "t%u", i);
		tell_route(s, sent, table);
	}
}

static void tell_nexthop(const struct mnl_socket *s,
			 const struct nlmsghdr *sent, uint32_t id,
			 const char *name, uint8_t state)
{
	struct nlmsghdr *nlh = reply_begin(sent, ECMP_CMD_NEXTHOP_NEW);

	mnl_attr_put_u32(nlh, ECMP_A_NEXTHOP_ID, id);
	mnl_attr_put_u8(nlh, ECMP_A_NEXTHOP_FAMILY, AF_INET);
	put_gateway(nlh, ECMP_A_NEXTHOP_GATEWAY, "192.0.2.1");
	mnl_attr_put_strz(nlh, ECMP_A_NEXTHOP_DEVICE, name);
	mnl_attr_put_u8(nlh, ECMP_A_NEXTHOP_STATE, state);
	mnl_attr_put_u8(nlh, ECMP_A_NEXTHOP_PIN_ID, id);
	mnl_attr_put(nlh, ECMP_A_NEXTHOP_PIN_FIXED, 0, NULL);
	reply_send(s, nlh);
}

static void tell_nexthops(const struct mnl_socket *s,
			  const struct nlmsghdr *sent)
{
	tell_nexthop(s, sent, 1, device(), ECMP_NEXTHOP_ALIVE);
	if (module.dead_lan)
		tell_nexthop(s, sent, 2, "lan7", ECMP_NEXTHOP_DEAD);
}

static bool asks_ipv6(const struct nlmsghdr *sent)
{
	const struct nlattr *a[ECMP_A_ROUTE_MAX + 1];

	attributes_read(sent, a, ECMP_A_ROUTE_MAX);
	return number_of(a[ECMP_A_ROUTE_FAMILY]) == AF_INET6;
}

static void tell(const struct mnl_socket *s, const struct nlmsghdr *sent,
		 uint8_t command)
{
	switch (command) {
	case ECMP_CMD_SETTINGS_GET:
		tell_settings(s, sent);
		break;
	case ECMP_CMD_ROUTE_GET:
		if (!asks_ipv6(sent))
			tell_routes(s, sent);
		break;
	case ECMP_CMD_ROUTE_NEW:
		if (sent->nlmsg_flags & NLM_F_ECHO)
			tell_route(s, sent, "main");
		break;
	case ECMP_CMD_NEXTHOP_GET:
		tell_nexthops(s, sent);
		break;
	case ECMP_CMD_TRANSACTION_COMMIT:
		module.commits++;
		break;
	}
}

static void answer(const struct mnl_socket *s, const struct nlmsghdr *sent)
{
	uint8_t command = netlink_command(sent);

	if (s->protocol != NETLINK_GENERIC) {
		reply_end(s, sent, EOPNOTSUPP, 0);
		return;
	}
	if (sent->nlmsg_type == GENL_ID_CTRL) {
		tell_family(s, sent);
		reply_end(s, sent, 0, 0);
		return;
	}
	if (command == module.refuses) {
		reply_end(s, sent, module.error, module.attribute);
		return;
	}
	if (command == ECMP_CMD_ROUTE_GET && asks_ipv6(sent) &&
	    module.no_ipv6) {
		reply_end(s, sent, EAFNOSUPPORT, ECMP_A_ROUTE_FAMILY);
		return;
	}
	tell(s, sent, command);
	if ((sent->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP)
		reply_done(s, sent);
	else if (sent->nlmsg_flags & NLM_F_ACK)
		reply_end(s, sent, 0, 0);
}

#endif /* _UNIT_CLI_MODULE_H */
