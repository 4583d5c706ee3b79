// SPDX-License-Identifier: GPL-2.0
/*
 * What ecmpctl reads of the kernel. The input chooses a command, and is what
 * the kernel says to it: a byte of the command, then messages:
 *
 *	kind	what it is: see make_message()
 *	flags	FLAG_*
 *	size	two bytes, the lower one first
 *	data	so many bytes: behind a struct nlmsghdr that is made up
 *
 * Whatever that is, the output is clean, and valid JSON where that was asked
 * for and the command says that it was done.
 */
#include <errno.h>
#include <fcntl.h>
#include <sanitizer/asan_interface.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cli/cli.h"
#include "text.h"
#include "fuzz.h"

#define FAMILY		0x20	/* of the family, as the kernel numbers it */
#define GROUP		7	/* of its multicast group */
#define DATAGRAM	(1 << 18)
#define ARGUMENTS	24

#define FLAG_MULTI	0x01
#define FLAG_CHANGED	0x02	/* NLM_F_DUMP_INTR */
#define FLAG_CAPPED	0x04
#define FLAG_SENTENCE	0x08	/* NLM_F_ACK_TLVS */
#define FLAG_LAST	0x10	/* the end of a datagram */
#define FLAG_EARLIER	0xe0	/* answers one of the seven messages before */

int ecmpctl_main(int argc, char **argv);
ssize_t __wrap_recv(int fd, void *buf, size_t size, int flags);

static const char *const commands[] = {
	"table show", "-j table show", "-s table show",
	"route show", "-j route show", "-s -4 route show",
	"route show table ecmp 10.0.0.0/8", "route show table ecmp",
	"rule show", "-j rule show", "-s rule show",
	"nexthop show", "-p nexthop show", "-s nexthop show",
	"settings show", "-j settings show",
	"show", "-j show", "-6 show", "save",
	"get 192.0.2.1 from 192.168.10.5 iif lan10 ipproto tcp dport 443",
	"-j get 2001:db8::1", "-j get 192.0.2.1 from 192.168.10.5 iif lan10",
	"get flow 192.0.2.1 from 192.168.10.5 ipproto tcp sport 4000 dport 443",
	"-j get flow 192.0.2.1 from 192.168.10.5 ipproto tcp sport 4000 dport 443",
	"flow list", "-j flow list", "flow list dev wan1",
	"flow evict dev wan1", "flow evict from 192.168.10.0/24",
	"monitor", "-j monitor",
	"check FILE", "-j check FILE", "diff FILE", "-j diff FILE",
	"load FILE", "load FILE --force",
	"route add default via 10.1.1.1 dev wan1",
	"route del 10.0.0.0/8", "rule del 0 id 1 x", "rule set 0 drop",
	"table del ecmp", "set enabled no", "nexthop set dev wan1 state dead",
};

/* ---- the kernel ---- */

static const uint8_t *input;
static size_t left;
static struct nlmsghdr request;		/* the last one sent */
static unsigned int silent;		/* answers after the input's end */
static bool told;			/* what was asked for */

/* An answer that is being made. */
static char datagram[DATAGRAM];
static size_t used;

static struct nlmsghdr *answer_begin(uint16_t type, uint16_t flags)
{
	struct nlmsghdr *nlh = (struct nlmsghdr *)(datagram + used);

	memset(nlh, 0, sizeof(*nlh));
	mnl_nlmsg_put_header(nlh);
	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = flags;
	nlh->nlmsg_seq = request.nlmsg_seq;
	return nlh;
}

static void answer_end(const struct nlmsghdr *nlh)
{
	used += MNL_ALIGN(nlh->nlmsg_len);
}

static void say_done(void)
{
	struct nlmsghdr *nlh;
	int *error;

	nlh = answer_begin(request.nlmsg_flags & NLM_F_DUMP ? NLMSG_DONE :
							      NLMSG_ERROR, 0);
	error = mnl_nlmsg_put_extra_header(nlh, sizeof(struct nlmsgerr));
	*error = 0;
	answer_end(nlh);
}

/* There is a module: whoever opens a socket is told so. */
static void say_family(void)
{
	struct nlmsghdr *nlh = answer_begin(GENL_ID_CTRL, 0);
	struct nlattr *groups, *group;

	mnl_nlmsg_put_extra_header(nlh, sizeof(struct genlmsghdr));
	mnl_attr_put_u16(nlh, CTRL_ATTR_FAMILY_ID, FAMILY);
	groups = mnl_attr_nest_start(nlh, CTRL_ATTR_MCAST_GROUPS);
	group = mnl_attr_nest_start(nlh, 1);
	mnl_attr_put_u32(nlh, CTRL_ATTR_MCAST_GRP_ID, GROUP);
	mnl_attr_put_strz(nlh, CTRL_ATTR_MCAST_GRP_NAME, ECMP_MCGRP_CONFIG);
	mnl_attr_nest_end(nlh, group);
	mnl_attr_nest_end(nlh, groups);
	answer_end(nlh);
	say_done();
}

static uint8_t take(void)
{
	if (!left)
		return 0;
	left--;
	return *input++;
}

static uint16_t flags_of(uint8_t flags)
{
	return (flags & FLAG_MULTI ? NLM_F_MULTI : 0) |
	       (flags & FLAG_CHANGED ? NLM_F_DUMP_INTR : 0) |
	       (flags & FLAG_CAPPED ? NLM_F_CAPPED : 0) |
	       (flags & FLAG_SENTENCE ? NLM_F_ACK_TLVS : 0);
}

static uint16_t type_of(uint8_t kind)
{
	switch (kind) {
	case 0:
		return FAMILY;
	case 1:
		return NLMSG_ERROR;
	case 2:
		return NLMSG_DONE;
	case 3:
		return GENL_ID_CTRL;
	default:	/* rtnetlink's; of 0x100 conntrack's, too */
		return take() | kind % 2 << 8;
	}
}

/* Who asks the module for one object is told no more than one. */
static bool is_too_much(const struct nlmsghdr *nlh)
{
	bool again = told;

	if (request.nlmsg_type != FAMILY ||
	    nlh->nlmsg_type < NLMSG_MIN_TYPE ||
	    request.nlmsg_flags & NLM_F_DUMP)
		return false;
	told = true;
	return again;
}

/* Kind 255: no header is made up for it. */
static void make_message(uint8_t kind, uint8_t flags)
{
	struct nlmsghdr *nlh;
	size_t size;

	if (kind != 255) {
		nlh = answer_begin(type_of(kind), flags_of(flags));
		nlh->nlmsg_seq -= (flags & FLAG_EARLIER) >> 5;
	}
	size = take();
	size |= take() << 8;
	if (size > left)
		size = left;
	if (kind == 255) {
		memcpy(datagram + used, input, size);
		used += MNL_ALIGN(size);
	} else {
		memcpy(mnl_nlmsg_put_extra_header(nlh, size), input, size);
		if (!is_too_much(nlh))
			answer_end(nlh);
	}
	input += size;
	left -= size;
}

/* The next datagram: what the input says, then that all is done. */
static void make_datagram(void)
{
	uint8_t kind, flags;

	used = 0;
	if (request.nlmsg_type == GENL_ID_CTRL) {
		say_family();
		request.nlmsg_type = 0;
		return;
	}
	while (left >= 4) {
		kind = take();
		flags = take();
		make_message(kind, flags);
		if (flags & FLAG_LAST)
			return;
	}
	left = 0;
	if (!silent++)
		say_done();
}

/* Nothing behind a datagram is to be read. */
static ssize_t receive(void *buf, size_t size)
{
	ASAN_UNPOISON_MEMORY_REGION(buf, size);
	make_datagram();
	if (used) {
		CHECK(used <= size);
		memcpy(buf, datagram, used);
		ASAN_POISON_MEMORY_REGION((char *)buf + used, size - used);
		return used;
	}
	/* Some were lost; then the socket is of no use any more. */
	errno = silent < 4 ? ENOBUFS : EIO;
	return -1;
}

/* ---- libmnl's, in front of the real ones ---- */

struct mnl_socket {
	int fd;
};

struct mnl_socket *mnl_socket_open2(int bus, int flags)
{
	static struct mnl_socket one;

	(void)bus;
	(void)flags;
	return &one;
}

int mnl_socket_bind(struct mnl_socket *nl, unsigned int groups, pid_t pid)
{
	(void)nl;
	(void)groups;
	(void)pid;
	return 0;
}

int mnl_socket_close(struct mnl_socket *nl)
{
	(void)nl;
	return 0;
}

int mnl_socket_get_fd(const struct mnl_socket *nl)
{
	(void)nl;
	return -1;
}

int mnl_socket_setsockopt(const struct mnl_socket *nl, int type, void *buf,
			  socklen_t len)
{
	(void)nl;
	(void)type;
	(void)buf;
	(void)len;
	return 0;
}

/* The last message of a batch is the one that is answered. */
ssize_t mnl_socket_sendto(const struct mnl_socket *nl, const void *req,
			  size_t size)
{
	const struct nlmsghdr *nlh = req;
	int rest = size;

	(void)nl;
	for (; mnl_nlmsg_ok(nlh, rest); nlh = mnl_nlmsg_next(nlh, &rest))
		request = *nlh;
	CHECK(!rest, "%zu bytes are no messages", size);
	silent = 0;
	told = false;
	return size;
}

ssize_t mnl_socket_recvfrom(const struct mnl_socket *nl, void *buf,
			    size_t size)
{
	(void)nl;
	return receive(buf, size);
}

/* How batches read their answers. */
ssize_t __wrap_recv(int fd, void *buf, size_t size, int flags)
{
	(void)fd;
	(void)flags;
	return receive(buf, size);
}

/* ---- the command ---- */

static const char config[] =
	"set hash-policy l4\n"
	"table add ecmp\n"
	"route add default via 10.1.1.1 dev wan1 table ecmp\n"
	"route add default via 10.1.2.1 dev wan2 table ecmp weight 2\n"
	"route add default via kernel dev ppp0 distance 3\n"
	"route add 2001:db8::/32 via fe80::1 dev wan1\n"
	"rule add lookup main min-prefix 0 comment \"a b\"\n"
	"rule add from 192.168.0.0/16 iif lan10 lookup ecmp\n"
	"distance proto bgp 30\n";

/* FILE: that configuration. */
static const char *file_name(void)
{
	static char name[64];
	int fd;

	if (name[0])
		return name;
	fd = memfd_create("configuration", 0);
	if (fd < 0 || write(fd, config, strlen(config)) < 0)
		abort();
	sprintf(name, "/proc/self/fd/%d", fd);
	setenv("SSH_CONNECTION", "192.168.10.5 40000 192.168.10.1 22", 1);
	return name;
}

static int split(char *text, char **argv)
{
	int argc = 0;
	char *word;

	argv[argc++] = (char *)"ecmpctl";
	for (word = strtok(text, " "); word; word = strtok(NULL, " "))
		argv[argc++] = strcmp(word, "FILE") ? word :
						      (char *)file_name();
	argv[argc] = NULL;
	return argc;
}

struct output {
	FILE	*kept;
	char	*text;
	size_t	size;
};

static void output_begin(struct output *o, FILE **stream)
{
	o->kept = *stream;
	*stream = open_memstream(&o->text, &o->size);
}

static void output_end(struct output *o, FILE **stream)
{
	fclose(*stream);
	*stream = o->kept;
}

static bool is_clean(const char *text)
{
	char *copy = strdup(text);
	bool same = !strcmp(text_tame_lines(copy), text);

	free(copy);
	return same;
}

void fuzz_input(const void *bytes, size_t size)
{
	char text[256], *argv[ARGUMENTS];
	struct output out, error;
	const char *command;
	int status;

	if (!size || size > DATAGRAM / 8)
		return;
	input = bytes;
	left = size;
	silent = 0;
	command = commands[take() % COUNT(commands)];
	snprintf(text, sizeof(text), "%s", command);
	output_begin(&out, &stdout);
	output_begin(&error, &stderr);
	status = ecmpctl_main(split(text, argv), argv);
	output_end(&error, &stderr);
	output_end(&out, &stdout);
	CHECK(is_clean(out.text), "%s: not clean: %s", command, out.text);
	CHECK(is_clean(error.text), "%s: not clean: %s", command, error.text);
	if (command[0] == '-' && strchr("jp", command[1]) && !status &&
	    out.size)
		CHECK(json_valid(out.text), "%s: no JSON: %s", command,
		      out.text);
	free(out.text);
	free(error.text);
}
