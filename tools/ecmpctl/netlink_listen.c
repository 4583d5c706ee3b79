// SPDX-License-Identifier: GPL-2.0
/*
 * What the module tells to all who listen, until the program ends: it may lose
 * some, and the module may go and come back meanwhile.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/ecmp.h>

#include "netlink.h"

/*
 * The controller's group "notify": families that come and go. Its number is
 * fixed, as that of the controller itself.
 */
#define GROUP_NOTIFY	GENL_ID_CTRL

static int join(struct netlink *nl, int group)
{
	if (mnl_socket_setsockopt(nl->socket, NETLINK_ADD_MEMBERSHIP, &group,
				  sizeof(group)) < 0)
		return refusal_set(&nl->refusal, errno);
	return 0;
}

/**
 * netlink_join - from now on the module's messages wait for netlink_listen()
 * @nl: the socket
 */
int netlink_join(struct netlink *nl)
{
	return join(nl, GROUP_NOTIFY) || join(nl, nl->group) ? -1 : 0;
}

/**
 * netlink_about_module - does a message tell that the module came or went?
 * @nlh: one that was listened to
 * @loaded: then: it came
 */
bool netlink_about_module(const struct nlmsghdr *nlh, bool *loaded)
{
	const char *name = "";
	const struct nlattr *attr;

	if (nlh->nlmsg_type != GENL_ID_CTRL)
		return false;
	netlink_attributes(attr, nlh)
		if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_NAME)
			name = attribute_string(attr);
	*loaded = netlink_command(nlh) == CTRL_CMD_NEWFAMILY;
	return !strcmp(name, ECMP_GENL_NAME) &&
	       (*loaded || netlink_command(nlh) == CTRL_CMD_DELFAMILY);
}

/* When it comes back, its family and its group have other numbers. */
static void hear(struct netlink *nl, const struct nlmsghdr *nlh,
		 netlink_answer_t answer, void *data)
{
	bool loaded;

	if (netlink_about_module(nlh, &loaded)) {
		if (loaded) {
			netlink_read_family(nlh, nl);
			join(nl, nl->group);
		}
		answer(nlh, data);
	} else if (nlh->nlmsg_type == nl->family) {
		answer(nlh, data);
	}
}

/* That the module came back may be what was lost. */
static void join_again(struct netlink *nl)
{
	struct netlink now = { .socket = NULL };

	if (!netlink_open(&now)) {
		nl->family = now.family;
		nl->group = now.group;
		join(nl, nl->group);
	}
	netlink_close(&now);
}

/**
 * netlink_listen - receive what the module tells to all
 * @nl: the socket, after netlink_join()
 * @answer: called for each message; with NULL when some were lost
 * @data: for it
 *
 * While its queue has not been empty the kernel loses more, and does not say
 * so again. So the loss is told when everything that waits was read: what is
 * asked for from then on is complete.
 *
 * Return: -1; there is no other end.
 */
int netlink_listen(struct netlink *nl, netlink_answer_t answer, void *data)
{
	const int fd = mnl_socket_get_fd(nl->socket);
	const struct nlmsghdr *nlh;
	bool lost = false;
	ssize_t length;
	int left;

	for (;;) {
		length = recv(fd, nl->rx, NETLINK_RX_SIZE,
			      lost ? MSG_DONTWAIT : 0);
		if (length < 0 && errno == ENOBUFS) {
			lost = true;
		} else if (length < 0 && lost && errno == EAGAIN) {
			lost = false;
			join_again(nl);
			answer(NULL, data);
		} else if (length < 0 && errno != EINTR) {
			return refusal_set(&nl->refusal, errno);
		}
		nlh = (const struct nlmsghdr *)nl->rx;
		left = length;
		for (; netlink_message_ok(nlh, left);
		     nlh = mnl_nlmsg_next(nlh, &left))
			hear(nl, nlh, answer, data);
	}
}
