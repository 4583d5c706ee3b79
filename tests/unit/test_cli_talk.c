// SPDX-License-Identifier: GPL-2.0
/*
 * ecmpctl: whole commands, and a module that answers as it is told to: for what
 * a module in a kernel does seldom, or only in another kernel. What libmnl does
 * with sockets is done here.
 */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "pending.h"

#define FAMILY	0x1c	/* any number from 0x10 */

int ecmpctl_main(int argc, char **argv);

/**
 * struct module - how it answers
 * @no_ipv6: the kernel was booted without IPv6
 * @refuses: ECMP_CMD_* that it refuses; 0: none
 * @error: errno of that refusal
 * @attribute: that it is about; 0: none
 * @dead_lan: a next hop that no default route uses is dead
 * @device: of the default route; NULL: wan1
 * @tables: that have a default route, too: t0, t1, ...
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
	mnl_attr_put_u8(nlh, ECMP_A_ROUTE_CHECK, ECMP_CHECK_PING);
	put_gateway(nlh, ECMP_A_ROUTE_GATEWAY, "192.0.2.1");
	mnl_attr_put_strz(nlh, ECMP_A_ROUTE_DEVICE, device());
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

/* ---- commands ---- */

/**
 * struct said - what a command printed
 * @out: on standard output
 * @err: on standard error
 */
struct said {
	char	*out;
	char	*err;
};

static void said_free(struct said *said)
{
	free(said->out);
	free(said->err);
}

/* Words with a blank between them. Return: the exit status. */
static int run(const char *command, struct said *said)
{
	FILE *out = stdout, *err = stderr;
	char text[256], *argv[32], *rest = text;
	size_t size[2];
	int argc = 1, status;

	argv[0] = (char *)"ecmpctl";
	snprintf(text, sizeof(text), "%s", command);
	while ((argv[argc] = strtok_r(rest, " ", &rest)))
		argc++;
	stdout = open_memstream(&said->out, &size[0]);
	stderr = open_memstream(&said->err, &size[1]);
	status = ecmpctl_main(argc, argv);
	fclose(stdout);
	fclose(stderr);
	stdout = out;
	stderr = err;
	return status;
}

static void check_said(const char *command, int status, const char *out,
		      const char *err)
{
	struct said said;
	int got = run(command, &said);

	CHECK(got == status, "%s: status %d\n%s", command, got, said.err);
	CHECK(strstr(said.out, out), "%s: printed %s", command, said.out);
	CHECK_TEXT(command, said.err, err);
	said_free(&said);
}

/* What asks for both families shows the one there is; -6 is refused. */
static void test_no_ipv6(void)
{
	static const char *const both[] = {
		"show", "-j show", "-4 show", "route show", "route show default",
		"-j route show default", "-s route show default",
		"-j top -d 100ms -n 1", "top -d 100ms -n 1 table main",
		"nexthop show", "save", "stats -o prometheus",
	};
	unsigned int i;

	module = (struct module) { .no_ipv6 = true };
	for (i = 0; i < COUNT(both); i++)
		check_said(both[i], EXIT_DONE, "", "");
	check_said("show", EXIT_DONE, "wan1", "");
	check_said("-j route show default", EXIT_DONE, "\"192.0.2.1\"", "");
	check_said("-6 show", EXIT_REFUSED, "", "ecmpctl: a refusal\n");
	check_said("-6 route show", EXIT_REFUSED, "", "ecmpctl: a refusal\n");
	check_said("-6 top -n 1", EXIT_REFUSED, "", "ecmpctl: a refusal\n");
	check_said("route show ::/0", EXIT_REFUSED, "", "ecmpctl: a refusal\n");
}

/* Only a refusal of the check has another check to tell. */
static void test_hints(void)
{
	module = (struct module) {
		.refuses = ECMP_CMD_ROUTE_NEW, .error = EBUSY,
	};
	check_said("route add default via 192.0.2.1 check-gateway arp",
		   EXIT_REFUSED, "", "ecmpctl: a refusal\n");
	module.attribute = ECMP_A_ROUTE_CHECK;
	check_said("route add default via 192.0.2.1 check-gateway arp",
		   EXIT_REFUSED, "",
		   "ecmpctl: \"arp\": a refusal\n"
		   "that is: 0.0.0.0/0 via 192.0.2.1 dev wan1 check-gateway ping\n");
	module = (struct module) {
		.refuses = ECMP_CMD_NEXTHOP_NEW, .error = EBUSY,
	};
	check_said("nexthop set 192.0.2.1 dev wan1 pin-id 1", EXIT_REFUSED, "",
		   "ecmpctl: a refusal\n");
	module.attribute = ECMP_A_NEXTHOP_PIN_ID;
	check_said("nexthop set 192.0.2.9 dev wan1 pin-id 1", EXIT_REFUSED, "",
		   "ecmpctl: \"1\": a refusal\n"
		   "  pin-id 1 is that of 192.0.2.1 dev wan1\n");
}

/* A router in the LAN that is dead is listed, but no uplink. */
static void test_uplinks(void)
{
	module = (struct module) { .dead_lan = true };
	check_said("show", EXIT_DONE, "on: 1 of 1 uplinks alive\n", "");
	check_said("show", EXIT_DONE, "lan7", "");
}

/* In JSON a device is what it is; for people it is as the grammar takes it. */
static void test_top_device(void)
{
	module = (struct module) { .device = "we\"ird" };
	check_said("-j top -d 100ms -n 1", EXIT_DONE, "\"device\":\"we\\\"ird\",", "");
	check_said("top -d 100ms -n 1", EXIT_DONE, "\"we\\\"ird\"", "");
	module.device = "w\xff";
	check_said("-j top -d 100ms -n 1", EXIT_DONE, "\"device_hex\":\"77ff\"", "");
}

/* More tables than one can choose among by a key. */
static void test_top_tables(void)
{
	module = (struct module) { .tables = 80 };
	check_said("-j top -d 100ms -n 1 table t79", EXIT_DONE, "\"weight_percent\":100",
		   "");
	check_said("-j top -d 100ms -n 1 table t80", EXIT_REFUSED, "",
		   "ecmpctl: table \"t80\" has no default route, whose paths could be shown: see \"ecmpctl route show default\"\n");
}

/* An answer of any size is kept. */
static void test_large(void)
{
	module = (struct module) { .large = true };
	check_said("route show", EXIT_DONE, "192.0.2.1", "");
	CHECK(!module.large);
}

/* ---- a load that waits, and whose process is gone ---- */

static char folder[] = "/tmp/ecmp-talk.XXXXXX";
static struct pending pending;

static bool wait_begin(void)
{
	struct ctl ctl = { .out.json = false };
	int fd;

	strcpy(strrchr(folder, '.'), ".XXXXXX");
	CHECK(mkdtemp(folder), "%s", folder);
	pending_dir = folder;
	if (pending_open(&ctl, &pending) || pending_lock(&ctl, &pending))
		return CHECK(false, "%s", folder);
	pending.begun = pending_now();
	pending.until = pending.begun + 60000;
	strcpy(pending.loaded, "/new.conf");
	pending.before = (struct file) {
		.text = (char *)"table add a\n", .size = 12,
	};
	fd = pending_write(&pending);
	CHECK(fd >= 0 && !pending_put(&pending, "confirm"));
	close(fd);
	pending_unlock(&pending);
	return true;
}

static void wait_end(void)
{
	static const char *const names[] = { "confirm", "undone", "lock" };
	char path[PENDING_PATH];
	unsigned int i;

	for (i = 0; i < COUNT(names); i++)
		remove(pending_path(&pending, names[i], path));
	CHECK(!rmdir(folder), "something is left in %s", folder);
}

/* It is not taken back by itself: nothing says so. */
static void test_unwatched(void)
{
	REQUIRE(wait_begin());
	module = (struct module) { .commits = 0 };
	check_said("load --force /dev/null", EXIT_REFUSED, "",
		   "ecmpctl: /new.conf waits to be confirmed, though its process is gone: say \"ecmpctl confirm\" or \"ecmpctl confirm --abort\" first, or load with --confirm\n");
	CHECK(!module.commits);
	check_said("show", EXIT_DONE,
		   "notice: /new.conf waits to be confirmed, though its process is gone: \"ecmpctl confirm\", or \"ecmpctl confirm --abort\"\n",
		   "");
	check_said("-j show", EXIT_DONE, "\"watched\":false", "");
	wait_end();
}

static void check_back(const char *printed, const char *told)
{
	check_said("confirm --abort", EXIT_DONE, printed, told);
	CHECK(module.commits == 1, "%u", module.commits);
	CHECK(!pending_waits(&pending));
	pending_close(&pending);
}

/* What it goes back from is kept if it can be: it goes back in every case. */
static void test_back(void)
{
	char path[PENDING_PATH], printed[256];

	REQUIRE(wait_begin());
	module = (struct module) { .commits = 0 };
	snprintf(printed, sizeof(printed), "what was is in %s\n",
		 pending_path(&pending, "undone", path));
	check_back(printed, "");
	wait_end();
	REQUIRE(wait_begin());
	module = (struct module) {
		.refuses = ECMP_CMD_TABLE_GET, .error = EIO,
	};
	check_back("what was there could not be kept\n",
		   "ecmpctl: a refusal\n");
	wait_end();
	REQUIRE(wait_begin());
	module = (struct module) { .commits = 0 };
	mkdir(pending_path(&pending, "undone", path), 0700);
	check_back("what was there could not be kept\n", "");
	wait_end();
}

static const struct unit_test tests[] = {
	UNIT_TEST(test_no_ipv6),
	UNIT_TEST(test_hints),
	UNIT_TEST(test_uplinks),
	UNIT_TEST(test_top_device),
	UNIT_TEST(test_top_tables),
	UNIT_TEST(test_large),
	UNIT_TEST(test_unwatched),
	UNIT_TEST(test_back),
};
UNIT_MAIN(tests)
