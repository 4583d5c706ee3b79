// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/ecmp.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/rtnetlink.h>

#include "netlink.h"

#define TX_SIZE		(1 << 20)
#define SOCKET_BUFFER	(4 << 20)
/* More than one message of a configuration needs. */
#define MESSAGE_ROOM	(8 << 10)
#define DUMP_TRIES	5

static int fail(struct netlink *nl, int error)
{
	return refusal_set(&nl->refusal, error);
}

static void set_buffer(int fd, int forced, int plain)
{
	int size = SOCKET_BUFFER;

	if (setsockopt(fd, SOL_SOCKET, forced, &size, sizeof(size)) < 0)
		setsockopt(fd, SOL_SOCKET, plain, &size, sizeof(size));
}

static int socket_open(struct netlink *nl, int protocol)
{
	socklen_t length = sizeof(int);
	int on = 1, room = 0, fd;

	nl->socket = mnl_socket_open2(protocol, SOCK_CLOEXEC);
	if (!nl->socket)
		return fail(nl, errno);
	fd = mnl_socket_get_fd(nl->socket);
	mnl_socket_setsockopt(nl->socket, NETLINK_EXT_ACK, &on, sizeof(on));
	mnl_socket_setsockopt(nl->socket, NETLINK_CAP_ACK, &on, sizeof(on));
	set_buffer(fd, SO_SNDBUFFORCE, SO_SNDBUF);
	set_buffer(fd, SO_RCVBUFFORCE, SO_RCVBUF);
	getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, &length);
	nl->batch = room / 2 < TX_SIZE ? (size_t)room / 2 : TX_SIZE;
	nl->tx = malloc(TX_SIZE);
	nl->rx = malloc(NETLINK_RX_SIZE);
	if (!nl->tx || !nl->rx)
		return fail(nl, ENOMEM);
	if (mnl_socket_bind(nl->socket, 0, MNL_SOCKET_AUTOPID) < 0)
		return fail(nl, errno);
	return 0;
}

static void read_group(struct netlink *nl, const struct nlattr *groups)
{
	const struct nlattr *group, *attr;

	mnl_attr_for_each_nested(group, groups) {
		const char *name = "";
		uint32_t id = 0;

		mnl_attr_for_each_nested(attr, group) {
			if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GRP_ID)
				id = attribute_number(attr);
			if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GRP_NAME)
				name = attribute_string(attr);
		}
		if (!strcmp(name, ECMP_MCGRP_CONFIG))
			nl->group = id;
	}
}

/**
 * netlink_read_family - learn the numbers of the family
 * @nlh: of the controller of generic netlink, about the family
 * @data: the socket
 */
void netlink_read_family(const struct nlmsghdr *nlh, void *data)
{
	struct netlink *nl = data;
	const struct nlattr *attr;

	netlink_attributes(attr, nlh) {
		if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID)
			nl->family = attribute_number(attr);
		if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GROUPS)
			read_group(nl, attr);
	}
}

/**
 * netlink_open - a socket to the module
 * @nl: zeroed; closed by netlink_close() in every case
 *
 * Return: 0, or -1; then nl->absent says that the module is not loaded.
 */
int netlink_open(struct netlink *nl)
{
	struct nlmsghdr *nlh;

	if (socket_open(nl, NETLINK_GENERIC))
		return -1;
	nl->family = GENL_ID_CTRL;
	nlh = netlink_message(nl, CTRL_CMD_GETFAMILY, 0);
	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, ECMP_GENL_NAME);
	if (!netlink_talk(nl, nlh, netlink_read_family, nl))
		return 0;
	if (nl->refusal.error == ENOENT) {
		nl->absent = true;
		snprintf(nl->refusal.sentence, sizeof(nl->refusal.sentence),
			 "module ecmp is not loaded: modprobe ecmp");
	}
	return -1;
}

/**
 * netlink_open_route - a socket to the kernel's own routing
 * @nl: zeroed; closed by netlink_close() in every case
 */
int netlink_open_route(struct netlink *nl)
{
	int on = 1;

	if (socket_open(nl, NETLINK_ROUTE))
		return -1;
	mnl_socket_setsockopt(nl->socket, NETLINK_GET_STRICT_CHK, &on,
			      sizeof(on));
	return 0;
}

/**
 * netlink_open_netfilter - a socket to the kernel's netfilter
 * @nl: zeroed; closed by netlink_close() in every case
 */
int netlink_open_netfilter(struct netlink *nl)
{
	return socket_open(nl, NETLINK_NETFILTER);
}

/**
 * netlink_close - undo netlink_open(), even where that failed
 * @nl: the socket
 */
void netlink_close(struct netlink *nl)
{
	if (nl->socket)
		mnl_socket_close(nl->socket);
	free(nl->tx);
	free(nl->rx);
	memset(nl, 0, sizeof(*nl));
}

static struct nlmsghdr *put_header(struct netlink *nl, char *where,
				   uint16_t type, uint16_t flags)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(where);

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	nlh->nlmsg_seq = ++nl->sequence;
	return nlh;
}

static struct nlmsghdr *put_command(struct netlink *nl, char *where,
				    uint8_t command, uint16_t flags)
{
	struct nlmsghdr *nlh = put_header(nl, where, nl->family, flags);
	struct genlmsghdr *genl;

	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = command;
	genl->version = ECMP_GENL_VERSION;
	return nlh;
}

/**
 * netlink_message - start a message
 * @nl: the socket; holds one message at a time
 * @command: ECMP_CMD_*
 * @flags: NLM_F_* beyond NLM_F_REQUEST
 */
struct nlmsghdr *netlink_message(struct netlink *nl, uint8_t command,
				 uint16_t flags)
{
	return put_command(nl, nl->tx, command, flags);
}

/**
 * netlink_message_route - start a message that is not generic netlink's
 * @nl: of netlink_open_route() or netlink_open_netfilter()
 * @type: RTM_*, or a subsystem of netfilter's and its IPCTNL_MSG_*
 * @flags: NLM_F_* beyond NLM_F_REQUEST
 */
struct nlmsghdr *netlink_message_route(struct netlink *nl, uint16_t type,
				       uint16_t flags)
{
	return put_header(nl, nl->tx, type, flags);
}

/**
 * netlink_put_family - what a message to netfilter begins with
 * @nlh: of netlink_message_route(), nothing in it yet
 * @family: NFPROTO_*
 */
void netlink_put_family(struct nlmsghdr *nlh, uint8_t family)
{
	struct nfgenmsg *nf = mnl_nlmsg_put_extra_header(nlh, sizeof(*nf));

	nf->nfgen_family = family;
	nf->version = NFNETLINK_V0;
}

/**
 * struct reception - the answers to one message
 * @sent: that message
 * @answer: called for each
 * @data: for it
 * @interrupted: a dump was
 * @over: the last one was read
 * @error: errno of the last one
 */
struct reception {
	const struct nlmsghdr	*sent;
	netlink_answer_t	answer;
	void			*data;
	bool			interrupted;
	bool			over;
	int			error;
};

/**
 * netlink_message_ok - is there a whole message?
 * @nlh: where it begins
 * @left: bytes from there on
 *
 * For mnl_nlmsg_ok() a length of 2 GiB and more is a negative one.
 */
bool netlink_message_ok(const struct nlmsghdr *nlh, int left)
{
	return mnl_nlmsg_ok(nlh, left) && nlh->nlmsg_len <= (unsigned int)left;
}

static void receive_one(struct netlink *nl, const struct nlmsghdr *nlh,
			struct reception *r)
{
	if (nlh->nlmsg_seq != r->sent->nlmsg_seq)
		return;
	if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
		r->interrupted = true;
	if (nlh->nlmsg_type == NLMSG_ERROR || nlh->nlmsg_type == NLMSG_DONE) {
		r->error = refusal_read(&nl->refusal, nlh, r->sent);
		r->over = true;
	} else if (nlh->nlmsg_type >= NLMSG_MIN_TYPE && r->answer) {
		r->answer(nlh, r->data);
	}
}

static int receive(struct netlink *nl, struct reception *r)
{
	const struct nlmsghdr *nlh;
	ssize_t length;
	int left;

	if (mnl_socket_sendto(nl->socket, r->sent, r->sent->nlmsg_len) < 0)
		return fail(nl, errno);
	while (!r->over) {
		length = mnl_socket_recvfrom(nl->socket, nl->rx,
					     NETLINK_RX_SIZE);
		if (length < 0 && errno == EINTR)
			continue;
		if (length < 0)
			return fail(nl, errno);
		nlh = (const struct nlmsghdr *)nl->rx;
		left = length;
		for (; netlink_message_ok(nlh, left);
		     nlh = mnl_nlmsg_next(nlh, &left))
			receive_one(nl, nlh, r);
	}
	return r->error ? -1 : 0;
}

/**
 * netlink_talk - send a message, wait until it has been done
 * @nl: the socket
 * @nlh: the message
 * @answer: called for each answer; may be NULL
 * @data: for it
 */
int netlink_talk(struct netlink *nl, struct nlmsghdr *nlh,
		 netlink_answer_t answer, void *data)
{
	struct reception r = { .sent = nlh, .answer = answer, .data = data };

	nlh->nlmsg_flags |= NLM_F_ACK;
	return receive(nl, &r);
}

/**
 * netlink_stream - send a message that asks for many, keep nothing
 * @nl: the socket
 * @nlh: the message, with NLM_F_DUMP
 * @answer: called for each answer as it comes
 * @data: for it
 * @interrupted: set if what is told changed meanwhile
 */
int netlink_stream(struct netlink *nl, struct nlmsghdr *nlh,
		   netlink_answer_t answer, void *data, bool *interrupted)
{
	struct reception r = { .sent = nlh, .answer = answer, .data = data };
	int err = receive(nl, &r);

	*interrupted = *interrupted || r.interrupted;
	return err;
}

/**
 * struct collection - a dump that is being read
 * @answers: what there is
 * @keep: which messages to keep; NULL: all
 * @full: there was no memory for all
 */
struct collection {
	struct answers	*answers;
	netlink_keep_t	keep;
	bool		full;
};

static void collect(const struct nlmsghdr *nlh, void *data)
{
	struct collection *c = data;
	struct answers *answers = c->answers;
	size_t length = MNL_ALIGN(nlh->nlmsg_len), size = answers->size;
	char *more;

	if (c->keep && !c->keep(nlh))
		return;
	if (answers->used + length > size) {
		while (answers->used + length > size)
			size = size ? size * 2 : 256 << 10;
		more = realloc(answers->data, size);
		if (!more) {
			c->full = true;
			return;
		}
		answers->data = more;
		answers->size = size;
	}
	memset(answers->data + answers->used, 0, length);
	memcpy(answers->data + answers->used, nlh, nlh->nlmsg_len);
	answers->used += length;
	answers->count++;
}

/**
 * netlink_dump - send a message that asks for many, keep the answers
 * @nl: the socket
 * @nlh: the message, with NLM_F_DUMP
 * @keep: which answers to keep; NULL: all
 * @answers: zeroed, or with those of another dump, to which they are added;
 *	answers_free() is the caller's, also after -1
 *
 * Starts again when the configuration changed meanwhile. On a router whose
 * routes change all the time that has an end, and answers->inconsistent.
 */
int netlink_dump(struct netlink *nl, struct nlmsghdr *nlh,
		 netlink_keep_t keep, struct answers *answers)
{
	struct collection c = { .answers = answers, .keep = keep };
	struct reception r = { .sent = nlh, .answer = collect, .data = &c };
	const size_t used = answers->used, count = answers->count;
	unsigned int tries;

	for (tries = 0; tries < DUMP_TRIES; tries++) {
		answers->used = used;
		answers->count = count;
		r.interrupted = false;
		r.over = false;
		nlh->nlmsg_seq = ++nl->sequence;
		if (receive(nl, &r))
			return -1;
		if (c.full)
			return fail(nl, ENOMEM);
		if (!r.interrupted)
			return 0;
	}
	answers->inconsistent = true;
	return 0;
}

/**
 * netlink_batch_begin - start a batch: many messages in one sendmsg
 * @nl: the socket
 */
void netlink_batch_begin(struct netlink *nl)
{
	nl->used = 0;
	nl->first = nl->sequence + 1;
}

/**
 * netlink_batch_message - start the next message of a batch
 * @nl: the socket; the batch is not full
 * @command: ECMP_CMD_*
 * @flags: NLM_F_* beyond NLM_F_REQUEST
 */
struct nlmsghdr *netlink_batch_message(struct netlink *nl, uint8_t command,
				       uint16_t flags)
{
	return put_command(nl, nl->tx + nl->used, command, flags);
}

/**
 * netlink_batch_message_route - start one that is not generic netlink's
 * @nl: as for netlink_message_route(); the batch is not full
 * @type: likewise
 * @flags: NLM_F_* beyond NLM_F_REQUEST
 */
struct nlmsghdr *netlink_batch_message_route(struct netlink *nl, uint16_t type,
					     uint16_t flags)
{
	return put_header(nl, nl->tx + nl->used, type, flags);
}

/**
 * netlink_batch_add - the message that was started last is complete
 * @nl: the socket
 * @nlh: the message
 */
void netlink_batch_add(struct netlink *nl, const struct nlmsghdr *nlh)
{
	nl->used += MNL_ALIGN(nlh->nlmsg_len);
}

/**
 * netlink_batch_full - is there no room for another message?
 * @nl: the socket
 */
bool netlink_batch_full(const struct netlink *nl)
{
	return nl->used + MESSAGE_ROOM > nl->batch;
}

static struct nlmsghdr *batch_find(struct netlink *nl, uint32_t sequence)
{
	struct nlmsghdr *nlh = (struct nlmsghdr *)nl->tx;
	int left = nl->used;

	for (; netlink_message_ok(nlh, left);
	     nlh = mnl_nlmsg_next(nlh, &left))
		if (nlh->nlmsg_seq == sequence)
			return nlh;
	return NULL;
}

static bool batch_receive(struct netlink *nl, ssize_t length,
			  netlink_refused_t refused, void *data, int *failed)
{
	const struct nlmsghdr *nlh = (const struct nlmsghdr *)nl->rx, *sent;
	bool over = false;
	int left = length;

	for (; netlink_message_ok(nlh, left);
	     nlh = mnl_nlmsg_next(nlh, &left)) {
		if (nlh->nlmsg_type != NLMSG_ERROR)
			continue;
		sent = batch_find(nl, nlh->nlmsg_seq);
		if (!sent)
			continue;
		if (refusal_read(&nl->refusal, nlh, sent)) {
			*failed = -1;
			refused(nlh->nlmsg_seq, &nl->refusal, data);
		}
		over = over || nlh->nlmsg_seq == nl->sequence;
	}
	return over;
}

/**
 * netlink_batch_send - send what the batch has, and empty it
 * @nl: the socket
 * @refused: called for each message that the kernel refuses
 * @data: for it
 *
 * The kernel has done all of a batch when sendmsg() returns, and only the
 * last message asks for an answer. More refusals than the socket has room for
 * are lost, that answer with them; so nothing here waits.
 *
 * Return: 0 if all were accepted.
 */
int netlink_batch_send(struct netlink *nl, netlink_refused_t refused,
		       void *data)
{
	struct nlmsghdr *last;
	bool over = false;
	ssize_t length;
	int failed = 0;

	if (!nl->used)
		return 0;
	last = batch_find(nl, nl->sequence);
	last->nlmsg_flags |= NLM_F_ACK;
	if (mnl_socket_sendto(nl->socket, nl->tx, nl->used) < 0)
		return fail(nl, errno);
	while (!over) {
		length = recv(mnl_socket_get_fd(nl->socket), nl->rx,
			      NETLINK_RX_SIZE, MSG_DONTWAIT);
		if (length < 0 && (errno == EINTR || errno == ENOBUFS))
			continue;
		if (length < 0 && failed)
			break;
		if (length < 0)
			return fail(nl, errno);
		over = batch_receive(nl, length, refused, data, &failed);
	}
	netlink_batch_begin(nl);
	return failed;
}

/**
 * answers_next - walk through the answers
 * @answers: of netlink_dump()
 * @nlh: the one before; NULL for the first
 *
 * Return: the next, or NULL.
 */
const struct nlmsghdr *answers_next(const struct answers *answers,
				    const struct nlmsghdr *nlh)
{
	const char *next = answers->data;

	if (nlh)
		next = (const char *)nlh + MNL_ALIGN(nlh->nlmsg_len);
	if (!next || next >= answers->data + answers->used)
		return NULL;
	return (const struct nlmsghdr *)next;
}

/**
 * answers_free - forget answers
 * @answers: of netlink_dump()
 */
void answers_free(struct answers *answers)
{
	free(answers->data);
	memset(answers, 0, sizeof(*answers));
}

/**
 * netlink_command - the command of a generic netlink message
 * @nlh: the message; of one without a header it is ECMP_CMD_UNSPEC
 */
uint8_t netlink_command(const struct nlmsghdr *nlh)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);

	return mnl_nlmsg_get_payload_len(nlh) < sizeof(*genl) ?
	       ECMP_CMD_UNSPEC : genl->cmd;
}

/**
 * attribute_number - the number of an attribute
 * @attr: u8, u16, u32 or u64
 */
uint64_t attribute_number(const struct nlattr *attr)
{
	switch (mnl_attr_get_payload_len(attr)) {
	case sizeof(uint8_t):
		return mnl_attr_get_u8(attr);
	case sizeof(uint16_t):
		return mnl_attr_get_u16(attr);
	case sizeof(uint32_t):
		return mnl_attr_get_u32(attr);
	case sizeof(uint64_t):
		return mnl_attr_get_u64(attr);
	default:
		return 0;
	}
}

/**
 * attribute_string - the string of an attribute
 * @attr: lives as long as its message
 *
 * Return: the string; an empty one if it does not end.
 */
const char *attribute_string(const struct nlattr *attr)
{
	if (mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) < 0)
		return "";
	return mnl_attr_get_str(attr);
}
