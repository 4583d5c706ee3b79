// SPDX-License-Identifier: GPL-2.0
/*
 * ecmpctl: whole commands, and a module that answers as it is told to: for what
 * a module in a kernel does seldom, or only in another kernel.
 */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/module.h"
#include "pending.h"

int ecmpctl_main(int argc, char **argv);

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
	check_said("-j top -d 100ms -n 1 table t70", EXIT_DONE, "\"weight_percent\":100",
		   "");
	check_said("-j top -d 100ms -n 1 table t80", EXIT_REFUSED, "",
		   "ecmpctl: table \"t80\" has no default route, whose paths could be shown: see \"ecmpctl route show default\"\n");
}

/* A lease that is to come is waited for; so is the device, if it is that. */
static void test_follows(void)
{
	module = (struct module) { .follows = true, .device = "lo" };
	check_said("route add default via kernel dev lo", EXIT_DONE, "",
		   "ecmpctl: warning: the route waits: the kernel has no default there\n");
	check_said("load --force /dev/null", EXIT_DONE, "",
		   "ecmpctl: warning: route 0.0.0.0/0 via kernel dev lo waits: the kernel has no default there\n");
	module.device = "no-such";
	check_said("route add default via kernel dev no-such", EXIT_DONE, "",
		   "ecmpctl: warning: the route waits: no such device\n");
	check_said("load --force /dev/null", EXIT_DONE, "",
		   "ecmpctl: warning: route 0.0.0.0/0 via kernel dev no-such waits: no such device\n");
}

/* An answer of any size is kept. */
static void test_large(void)
{
	module = (struct module) { .large = true };
	check_said("route show", EXIT_DONE, "192.0.2.1", "");
	CHECK(!module.large);
}

/* Without standard output or error nothing takes their place. */
static void test_closed(void)
{
	int out = dup(STDOUT_FILENO), err = dup(STDERR_FILENO);

	module = (struct module) { .commits = 0 };
	close(STDOUT_FILENO);
	close(STDERR_FILENO);
	check_said("show", EXIT_DONE, "wan1", "");
	dup2(out, STDOUT_FILENO);
	dup2(err, STDERR_FILENO);
	close(out);
	close(err);
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
	UNIT_TEST(test_follows),
	UNIT_TEST(test_large),
	UNIT_TEST(test_closed),
	UNIT_TEST(test_unwatched),
	UNIT_TEST(test_back),
};
UNIT_MAIN(tests)
