// SPDX-License-Identifier: GPL-2.0
/*
 * ecmpctl: the ssh session that load protects: what the variable says, and
 * where it is looked for, in a folder of this test's own that looks like /proc.
 */
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "parents.h"
#include "rtnetlink.h"
#include "session.h"

#define SSH	"192.0.2.7 40000 192.0.2.1 22"

/* ---- the variable ---- */

static const struct {
	const char	*text;
	bool		good;
} variables[] = {
	{ SSH, true },
	{ "2001:db8::7 40000 2001:db8::1 22", true },
	{ "::ffff:192.0.2.7 40000 ::ffff:192.0.2.1 22", true },
	{ SSH " and more", true },
	{ NULL, false },
	{ "", false },
	{ "192.0.2.7 40000 192.0.2.1", false },
	{ "192.0.2.7 40000 2001:db8::1 22", false },
	{ "fe80::7%wan1 40000 fe80::1%wan1 22", false },
	{ "router 40000 192.0.2.1 22", false },
	{ "192.0.2.7 x 192.0.2.1 22", false },
};

static void test_variable(void)
{
	struct session session;
	unsigned int i;

	for (i = 0; i < COUNT(variables); i++)
		CHECK(session_parse(variables[i].text, &session) ==
		      variables[i].good, "%s", variables[i].text);
	CHECK(session_parse(variables[2].text, &session));
	CHECK(session.client.family == AF_INET &&
	      session.client_port == 40000 && session.server_port == 22);
}

/* ---- the processes above ---- */

static char folder[] = "/tmp/ecmp-proc.XXXXXX";

static void put_file(int pid, const char *name, const char *text, size_t size)
{
	char path[128];
	FILE *out;

	sprintf(path, "%s/%d", folder, pid);
	mkdir(path, 0700);
	sprintf(path, "%s/%d/%s", folder, pid, name);
	out = fopen(path, "w");
	if (CHECK(out, "%s", path)) {
		fwrite(text, 1, size, out);
		fclose(out);
	}
}

/* @environment: variables, one behind the other, each with its NUL */
static void put_process(int pid, const char *name, int parent,
			const char *environment, size_t size)
{
	char stat[128];

	sprintf(stat, "%d (%s) S %d %d 0 -1 4194560 1", pid, name, parent,
		pid);
	put_file(pid, "stat", stat, strlen(stat));
	put_file(pid, "environ", environment, size);
}
#define PUT_PROCESS(pid, name, parent, environment) \
	put_process(pid, name, parent, environment, sizeof(environment))

static void folder_begin(void)
{
	strcpy(strrchr(folder, '.'), ".XXXXXX");
	CHECK(mkdtemp(folder), "%s", folder);
	parents_proc = folder;
}

static void folder_end(void)
{
	static const char *const names[] = { "stat", "environ", "" };
	char path[128];
	unsigned int i;
	int pid;

	for (pid = 1; pid < 200; pid++) {
		for (i = 0; i < COUNT(names); i++) {
			sprintf(path, "%s/%d/%s", folder, pid, names[i]);
			remove(path);
		}
	}
	CHECK(!rmdir(folder), "something is left in %s", folder);
}

/* @expected: NULL: none has it */
static void check_found(int pid, const char *expected)
{
	char value[64];
	bool found = parents_variable(pid, "SSH_CONNECTION", value,
				      sizeof(value));

	CHECK(found == !!expected, "from process %d", pid);
	if (found && expected)
		CHECK_TEXT("found", value, expected);
}

/* A shell, sudo, sshd: the nearest one that has it. */
static void test_parents(void)
{
	folder_begin();
	PUT_PROCESS(1, "init", 0, "SSH_CONNECTION=of process 1");
	PUT_PROCESS(5, "sshd", 1, "PATH=/bin");
	PUT_PROCESS(6, "bash", 5, "A=b\0SSH_CONNECTION=" SSH "\0C=d");
	PUT_PROCESS(7, "su) S 1 (", 6, "PATH=/bin\0XSSH_CONNECTION=x");
	PUT_PROCESS(8, "a) b", 7, "SSH_CONNECTIONS=x\0SSH_CONNECTION");
	PUT_PROCESS(9, "bash", 8, "SSH_CONNECTION=\0SSH_CONNECTION=" SSH);
	check_found(8, SSH);
	check_found(6, SSH);
	check_found(9, "");
	check_found(5, NULL);
	check_found(1, NULL);
	check_found(0, NULL);
	check_found(100, NULL);
	folder_end();
}

/* Whatever is there: it has an end, and nothing beyond it is read. */
static void test_strange(void)
{
	static const char large[300000] = "SSH_CONNECTION=x";
	char longer[200] = "SSH_CONNECTION=";
	int pid;

	folder_begin();
	memset(longer + 15, '7', sizeof(longer) - 15);
	put_process(5, "no end", 1, longer, sizeof(longer));
	check_found(5, "777777777777777777777777777777777777777777777777777777777777777");
	put_process(5, "empty", 1, "", 0);
	check_found(5, NULL);
	put_process(5, "large", 1, large + 16, sizeof(large) - 16);
	check_found(5, NULL);
	PUT_PROCESS(5, "its own parent", 5, "A=b");
	check_found(5, NULL);
	put_file(5, "stat", "5 (x", 4);
	check_found(5, NULL);
	put_file(5, "stat", "5 (x) S", 7);
	check_found(5, NULL);
	/* Of more than 64 only the nearest. */
	for (pid = 100; pid < 180; pid++)
		PUT_PROCESS(pid, "x", pid - 1, "A=b");
	PUT_PROCESS(100, "x", 1, "SSH_CONNECTION=" SSH);
	check_found(163, SSH);
	check_found(164, NULL);
	folder_end();
}

static const struct unit_test tests[] = {
	UNIT_TEST(test_variable),
	UNIT_TEST(test_parents),
	UNIT_TEST(test_strange),
};
UNIT_MAIN(tests)
