/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The way to the module and back.
 *
 * Functions that return an int give 0, or -1 with nl->refusal filled.
 */
#ifndef ECMPCTL_NETLINK_H
#define ECMPCTL_NETLINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>

/* An answer to LOOKUP may tell a thousand steps. */
#define NETLINK_RX_SIZE	(1 << 20)

/**
 * struct refusal - why something was not done
 * @error: errno
 * @sentence: the kernel's, or that of the errno
 * @attribute: the guilty one of the message; 0: none was named
 * @place: if that is a nest, which of its members, from 0
 */
struct refusal {
	int		error;
	char		sentence[256];
	uint16_t	attribute;
	unsigned int	place;
};

/**
 * struct netlink - a socket
 * @socket: NULL: not open
 * @sequence: of the message that was made last
 * @family: number of the generic netlink family; 0 for rtnetlink
 * @group: number of its multicast group
 * @absent: the module is not loaded
 * @tx: where messages are made
 * @rx: where answers arrive
 * @batch: bytes that one sendmsg may have
 * @used: bytes of the batch that is being made
 * @first: sequence of its first message
 * @refusal: of the call that failed last
 */
struct netlink {
	struct mnl_socket	*socket;
	uint32_t		sequence;
	uint16_t		family;
	uint32_t		group;
	bool			absent;
	char			*tx;
	char			*rx;
	size_t			batch;
	size_t			used;
	uint32_t		first;
	struct refusal		refusal;
};

/**
 * struct answers - the messages of a dump
 * @data: one after another, aligned
 * @used: bytes
 * @size: bytes there is room for
 * @count: messages
 * @inconsistent: it changed while it was read, again and again
 */
struct answers {
	char	*data;
	size_t	used;
	size_t	size;
	size_t	count;
	bool	inconsistent;
};

typedef void (*netlink_answer_t)(const struct nlmsghdr *nlh, void *data);
typedef bool (*netlink_keep_t)(const struct nlmsghdr *nlh);
typedef void (*netlink_refused_t)(uint32_t sequence,
				  const struct refusal *refusal, void *data);

int netlink_open(struct netlink *nl);
int netlink_open_route(struct netlink *nl);
int netlink_open_netfilter(struct netlink *nl);
void netlink_close(struct netlink *nl);

struct nlmsghdr *netlink_message(struct netlink *nl, uint8_t command,
				 uint16_t flags);
struct nlmsghdr *netlink_message_route(struct netlink *nl, uint16_t type,
				       uint16_t flags);
void netlink_put_family(struct nlmsghdr *nlh, uint8_t family);
int netlink_talk(struct netlink *nl, struct nlmsghdr *nlh,
		 netlink_answer_t answer, void *data);
int netlink_dump(struct netlink *nl, struct nlmsghdr *nlh,
		 netlink_keep_t keep, struct answers *answers);
int netlink_stream(struct netlink *nl, struct nlmsghdr *nlh,
		   netlink_answer_t answer, void *data, bool *interrupted);

/* netlink_listen.c */
int netlink_join(struct netlink *nl);
int netlink_listen(struct netlink *nl, netlink_answer_t answer, void *data);
bool netlink_about_module(const struct nlmsghdr *nlh, bool *loaded);

void netlink_read_family(const struct nlmsghdr *nlh, void *data);
bool netlink_message_ok(const struct nlmsghdr *nlh, int left);

void netlink_batch_begin(struct netlink *nl);
struct nlmsghdr *netlink_batch_message(struct netlink *nl, uint8_t command,
				       uint16_t flags);
struct nlmsghdr *netlink_batch_message_route(struct netlink *nl, uint16_t type,
					     uint16_t flags);
void netlink_batch_add(struct netlink *nl, const struct nlmsghdr *nlh);
bool netlink_batch_full(const struct netlink *nl);
int netlink_batch_send(struct netlink *nl, netlink_refused_t refused,
		       void *data);

const struct nlmsghdr *answers_next(const struct answers *answers,
				    const struct nlmsghdr *nlh);
void answers_free(struct answers *answers);

int refusal_set(struct refusal *refusal, int error);
int refusal_read(struct refusal *refusal, const struct nlmsghdr *nlh,
		 const struct nlmsghdr *sent);

/* Read the attributes of a generic netlink message. */
#define netlink_attributes(attr, nlh) \
	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr))

uint8_t netlink_command(const struct nlmsghdr *nlh);
uint64_t attribute_number(const struct nlattr *attr);
const char *attribute_string(const struct nlattr *attr);

#endif /* ECMPCTL_NETLINK_H */
