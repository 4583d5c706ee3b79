// SPDX-License-Identifier: GPL-2.0
/*
 * ecmpctl: the files of a load that waits to be confirmed, in a folder of this
 * test's own.
 */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "pending.h"

#define BEFORE "set pin none\nrule add drop comment \"#begun 7\"\n"

static char folder[] = "/tmp/ecmp-pending.XXXXXX";
static struct ctl ctl;

static void folder_begin(void)
{
	strcpy(strrchr(folder, '.'), ".XXXXXX");
	CHECK(mkdtemp(folder), "%s", folder);
	CHECK(!rmdir(folder), "%s", folder);
	pending_dir = folder;
}

static void folder_end(struct pending *p)
{
	static const char *const names[] = { "confirm", "undone", "lock" };
	char path[PENDING_PATH];
	unsigned int i;

	for (i = 0; i < COUNT(names); i++)
		unlink(pending_path(p, names[i], path));
	pending_close(p);
	CHECK(!rmdir(folder), "something is left in %s", folder);
}

static void fill(struct pending *p, const char *loaded, const char *before)
{
	p->begun = pending_now();
	p->until = p->begun + 60000;
	strcpy(p->loaded, loaded);
	p->before.text = (char *)before;
	p->before.size = strlen(before);
}

static mode_t mode_of(const char *path)
{
	struct stat st;

	return stat(path, &st) ? 0 : st.st_mode & 07777;
}

static bool has(const struct pending *p, const char *before)
{
	return p->waits && p->before.size == strlen(before) &&
	       !memcmp(p->before.text, before, p->before.size);
}

/* What is written is read again, to the byte, and its lock tells who waits. */
static void test_round(void)
{
	struct pending p, other;
	char path[PENDING_PATH];
	int fd;

	folder_begin();
	REQUIRE(!pending_open(&ctl, &p) && !pending_open(&ctl, &other));
	CHECK(p.cookie && p.cookie == other.cookie, "one namespace");
	CHECK(!pending_read(&ctl, &other) && !other.waits, "nothing waits");
	REQUIRE(!pending_lock(&ctl, &p));
	CHECK(mode_of(folder) == 0700, "%o", mode_of(folder));
	fill(&p, "/a b/new.conf", BEFORE);
	fd = pending_write(&p);
	REQUIRE(fd >= 0, "%d", errno);
	CHECK(!pending_waits(&other), "it is not in its place yet");
	CHECK(!pending_put(&p, "confirm"));
	CHECK(mode_of(pending_path(&p, "confirm", path)) == 0600);
	CHECK(!pending_read(&ctl, &other) && has(&other, BEFORE), "%s",
	      other.text.text);
	CHECK_TEXT("its name", other.loaded, "/a b/new.conf");
	CHECK(other.begun == p.begun && other.until == p.until);
	CHECK(pending_left(&other) <= 60000 && pending_left(&other) > 50000);
	CHECK(other.watched && pending_is(&other, fd), "somebody waits");
	close(fd);
	CHECK(pending_waits(&other) && !other.watched, "now nobody does");
	CHECK(!pending_forget(&ctl, &p));
	CHECK(!pending_waits(&other));
	pending_close(&other);
	folder_end(&p);
}

/* The one that comes later takes the place of the one before. */
static void test_again(void)
{
	struct pending p;
	int one, two;

	folder_begin();
	REQUIRE(!pending_open(&ctl, &p) && !pending_lock(&ctl, &p));
	fill(&p, "one", "");
	one = pending_write(&p);
	CHECK(!pending_put(&p, "confirm") && pending_is(&p, one));
	two = pending_write(&p);
	CHECK(two >= 0 && pending_is(&p, one) && !pending_is(&p, two));
	CHECK(!pending_put(&p, NULL) && pending_is(&p, one), "it is forgotten");
	close(two);
	two = pending_write(&p);
	CHECK(!pending_put(&p, "confirm"));
	CHECK(!pending_is(&p, one) && pending_is(&p, two));
	close(one);
	close(two);
	folder_end(&p);
}

static void test_undone(void)
{
	struct pending p, other;
	int fd;

	folder_begin();
	REQUIRE(!pending_open(&ctl, &p) && !pending_lock(&ctl, &p));
	REQUIRE(!pending_open(&ctl, &other));
	fill(&p, "x", BEFORE);
	fd = pending_write(&p);
	CHECK(!pending_put(&p, "undone"));
	close(fd);
	CHECK(!pending_waits(&other));
	CHECK(!pending_undone(&ctl, &other) && has(&other, BEFORE));
	pending_close(&other);
	folder_end(&p);
}

/* A file of somebody else's is no harm. */
static void test_strange(void)
{
	static const char *const texts[] = {
		"", "#", "#begun", "#loaded ", "#loaded \n", "#until x\n#loaded",
		"#loaded a\n#begun 99999999999999999999999\n\n\n", "\n#begun 1\n",
	};
	struct pending p;
	char path[PENDING_PATH];
	unsigned int i;
	FILE *out;

	folder_begin();
	REQUIRE(!pending_open(&ctl, &p) && !pending_lock(&ctl, &p));
	for (i = 0; i < COUNT(texts); i++) {
		out = fopen(pending_path(&p, "confirm", path), "w");
		fputs(texts[i], out);
		fclose(out);
		CHECK(pending_waits(&p), "%s", texts[i]);
		CHECK(p.before.size <= strlen(texts[i]));
		CHECK(!p.text.text[p.text.size], "%s has no end", texts[i]);
		CHECK(!pending_left(&p) || p.until, "%s", texts[i]);
	}
	folder_end(&p);
}

/* One at a time; the others are told, after a while. */
static void test_lock(void)
{
	struct pending p, other;

	folder_begin();
	REQUIRE(!pending_open(&ctl, &p) && !pending_open(&ctl, &other));
	REQUIRE(!pending_lock(&ctl, &p));
	quiet_begin();
	CHECK(pending_lock(&ctl, &other), "two have it");
	quiet_end();
	pending_unlock(&p);
	CHECK(!pending_lock(&ctl, &other));
	pending_close(&other);
	folder_end(&p);
}

static const struct unit_test tests[] = {
	UNIT_TEST(test_round),
	UNIT_TEST(test_again),
	UNIT_TEST(test_undone),
	UNIT_TEST(test_strange),
	UNIT_TEST(test_lock),
};
UNIT_MAIN(tests)
