// SPDX-License-Identifier: GPL-2.0
/*
 * Would the ssh session that loads a configuration be cut by it?
 */
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ecmpctl.h"
#include "host.h"
#include "parents.h"
#include "rtnetlink.h"
#include "session.h"

#define SSH_TEXT	256	/* room for $SSH_CONNECTION */

/**
 * struct way - where the session's answers go
 * @verdict: ECMP_VERDICT_*
 * @device: of the path; empty: none
 */
struct way {
	uint64_t	verdict;
	char		device[IFNAMSIZ];
};

/* ::ffff:192.0.2.1 is an IPv4 session on an IPv6 socket. */
static bool parse_address(const char *text, struct address *address)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (!address_parse(text, address))
		return false;
	if (address->family == AF_INET6 &&
	    !memcmp(address->bytes, mapped, sizeof(mapped))) {
		address->family = AF_INET;
		memmove(address->bytes, address->bytes + 12, 4);
		memset(address->bytes + 4, 0, 12);
	}
	return true;
}

/**
 * session_parse - read $SSH_CONNECTION
 * @ssh: the client's address and port, then the server's; may be NULL
 * @session: where it goes
 *
 * Return: false also for addresses with an interface, which are link-local:
 * those are never decided.
 */
bool session_parse(const char *ssh, struct session *session)
{
	char client[64], server[64];

	return ssh &&
	       sscanf(ssh, "%63s %hu %63s %hu", client, &session->client_port,
		      server, &session->server_port) == 4 &&
	       parse_address(client, &session->client) &&
	       parse_address(server, &session->server) &&
	       session->client.family == session->server.family;
}

/* A session may be of another network namespace, which this does not cut. */
static bool is_here(const struct session *session)
{
	struct host host = { .device = NULL };
	char device[IFNAMSIZ];
	bool here = true;

	if (!host_read(&host)) {
		here = host_owns(&host, &session->server);
		if (!here)
			kernel_way(&session->server, device, &here);
	}
	host_free(&host);
	return here;
}

/* sudo and "su -" take the variable away: then a process above has it. */
static bool find_session(struct session *session)
{
	const char *ssh = getenv("SSH_CONNECTION");
	char found[SSH_TEXT];

	if (!ssh && !geteuid() &&
	    parents_variable(getppid(), "SSH_CONNECTION", found,
			     sizeof(found)))
		ssh = found;
	return session_parse(ssh, session) && is_here(session);
}

static void read_way(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *a[ECMP_A_LOOKUP_MAX + 1];
	struct way *way = data;

	attributes_read(nlh, a, ECMP_A_LOOKUP_MAX);
	way->verdict = number_of(a[ECMP_A_LOOKUP_VERDICT]);
	snprintf(way->device, sizeof(way->device), "%s",
		 string_of(a[ECMP_A_LOOKUP_DEVICE]));
}

static int ask_way(struct ctl *ctl, const struct session *session,
		   bool transaction, struct way *way)
{
	struct nlmsghdr *nlh = netlink_message(&ctl->nl, ECMP_CMD_LOOKUP, 0);

	memset(way, 0, sizeof(*way));
	mnl_attr_put_u8(nlh, ECMP_A_LOOKUP_FAMILY, session->client.family);
	put_address(nlh, ECMP_A_LOOKUP_DST, &session->client);
	put_address(nlh, ECMP_A_LOOKUP_FROM, &session->server);
	mnl_attr_put_u8(nlh, ECMP_A_LOOKUP_PROTO, IPPROTO_TCP);
	mnl_attr_put_u16(nlh, ECMP_A_LOOKUP_SPORT, session->server_port);
	mnl_attr_put_u16(nlh, ECMP_A_LOOKUP_DPORT, session->client_port);
	if (transaction)
		mnl_attr_put(nlh, ECMP_A_LOOKUP_TRANSACTION, 0, NULL);
	return netlink_talk(&ctl->nl, nlh, read_way, way);
}

/* By what device do the answers leave today? */
static void ask_device(struct ctl *ctl, const struct session *session,
		       char *device)
{
	struct way now;

	device[0] = '\0';
	if (!ask_way(ctl, session, false, &now) &&
	    now.verdict == ECMP_VERDICT_FORWARD)
		memcpy(device, now.device, sizeof(now.device));
	else
		kernel_device(session, device);
}

static bool passes(uint64_t verdict)
{
	return verdict == ECMP_VERDICT_FORWARD ||
	       verdict == ECMP_VERDICT_NATIVE;
}

/**
 * session_survives - will this session go on with the new configuration?
 * @ctl: this run, whose transaction holds the new configuration
 *
 * Return: false after a sentence; true also when this is no ssh session, or
 * nothing can be said of it.
 */
bool session_survives(struct ctl *ctl)
{
	struct session session;
	char now[IFNAMSIZ], text[ADDRESS_TEXT];
	struct way then;

	if (!find_session(&session) || ask_way(ctl, &session, true, &then))
		return true;
	address_text(&session.client, text);
	if (!passes(then.verdict)) {
		print_error(ctl, "this would cut your ssh session from %s (%s): nothing was changed; --force loads it all the same",
			    text, name_text(session.client.family == AF_INET6 ?
					    verdicts6 : verdicts,
					    then.verdict));
		return false;
	}
	ask_device(ctl, &session, now);
	if (then.device[0] && now[0] && strcmp(then.device, now)) {
		print_error(ctl, "your ssh session from %s would leave by %s instead of %s: nothing was changed; --force loads it all the same",
			    text, then.device, now);
		return false;
	}
	return true;
}
