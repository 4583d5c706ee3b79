// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "ecmpctl.h"
#include "pending.h"
#include "text.h"

#define LOCK_TRIES	100	/* of 50 ms each */

/* Another folder is for tests. */
const char *pending_dir = "/run/ecmp";

/**
 * pending_now - milliseconds since the machine started, asleep or not
 */
uint64_t pending_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return now.tv_sec * UINT64_C(1000) + now.tv_nsec / 1000000;
}

/**
 * pending_path - a file of this namespace
 * @p: of pending_open()
 * @name: "confirm", "undone" or "lock"
 * @buf: PENDING_PATH bytes
 *
 * Return: @buf.
 */
const char *pending_path(const struct pending *p, const char *name, char *buf)
{
	snprintf(buf, PENDING_PATH, "%s/%s-%" PRIu64, pending_dir, name,
		 p->cookie);
	return buf;
}

static int problem(struct ctl *ctl, const char *path)
{
	int error = errno;

	print_error(ctl, "%s cannot be used: %s%s", path, strerror(error),
		    error == EACCES ?
		    ": only an administrator confirms what was loaded" : "");
	return -1;
}

static int read_cookie(uint64_t *cookie)
{
	socklen_t length = sizeof(*cookie);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), err;

	if (fd < 0)
		return -1;
	err = getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, cookie, &length);
	close(fd);
	return err;
}

/**
 * pending_open - which namespace is this?
 * @ctl: this run
 * @p: to be filled; pending_close() is the caller's in every case
 *
 * Return: 0, or -1 after a sentence.
 */
int pending_open(struct ctl *ctl, struct pending *p)
{
	memset(p, 0, sizeof(*p));
	p->lock = -1;
	if (!read_cookie(&p->cookie))
		return 0;
	print_error(ctl, "the kernel does not tell which network namespace this is: %s",
		    strerror(errno));
	return -1;
}

/**
 * pending_lock - let nobody else change what waits
 * @ctl: this run
 * @p: of pending_open()
 *
 * A fork() shares the lock: it is released when both have.
 *
 * Return: 0, or -1 after a sentence.
 */
int pending_lock(struct ctl *ctl, struct pending *p)
{
	const struct timespec moment = { .tv_nsec = 50000000 };
	char path[PENDING_PATH];
	unsigned int tries = 0;

	if (mkdir(pending_dir, 0700) && errno != EEXIST)
		return problem(ctl, pending_dir);
	p->lock = open(pending_path(p, "lock", path),
		       O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (p->lock < 0)
		return problem(ctl, path);
	while (flock(p->lock, LOCK_EX | LOCK_NB)) {
		if (errno != EWOULDBLOCK && errno != EINTR) {
			pending_unlock(p);
			return problem(ctl, path);
		}
		if (++tries == LOCK_TRIES) {
			print_error(ctl, "another ecmpctl loads, confirms or goes back at this moment: try again");
			pending_unlock(p);
			return -1;
		}
		nanosleep(&moment, NULL);
	}
	return 0;
}

/**
 * pending_unlock - undo pending_lock(), in this process
 * @p: of it
 */
void pending_unlock(struct pending *p)
{
	if (p->lock >= 0)
		close(p->lock);
	p->lock = -1;
}

/**
 * pending_close - undo all of the above
 * @p: of pending_open()
 */
void pending_close(struct pending *p)
{
	pending_unlock(p);
	file_free(&p->text);
}

/* The comments at the head: "#begun 12345", "#until 23456", "#loaded NAME". */
static void read_head(struct pending *p)
{
	const char *at = p->text.text, *end = at + p->text.size, *next;

	for (; at < end && *at == '#'; at = next) {
		next = memchr(at, '\n', end - at);
		next = next ? next + 1 : end;
		sscanf(at, "#begun %" SCNu64, &p->begun);
		sscanf(at, "#until %" SCNu64, &p->until);
		if (next - at > 8 && !memcmp(at, "#loaded ", 8))
			snprintf(p->loaded, sizeof(p->loaded), "%.*s",
				 (int)(next - at - 9), at + 8);
	}
	p->before = (struct file) {
		.name = p->text.name, .text = (char *)at, .size = end - at,
	};
}

/* Whoever waits has a lock of the file; nobody else has. */
static bool is_watched(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool watched;

	if (fd < 0)
		return false;
	watched = flock(fd, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK;
	close(fd);
	return watched;
}

static int read_named(struct pending *p, const char *name)
{
	char path[PENDING_PATH];

	file_free(&p->text);
	memset(&p->text, 0, sizeof(p->text));
	p->waits = false;
	if (file_read(&p->text, pending_path(p, name, path)))
		return errno == ENOENT ? 0 : -1;
	p->text.name = "the configuration before";
	read_head(p);
	p->waits = true;
	p->watched = is_watched(path);
	return 0;
}

static int read_or_tell(struct ctl *ctl, struct pending *p, const char *name)
{
	char path[PENDING_PATH];

	return read_named(p, name) ?
	       problem(ctl, pending_path(p, name, path)) : 0;
}

/**
 * pending_read - does a load wait?
 * @ctl: this run
 * @p: of pending_open(); answers in @p->waits
 *
 * Return: 0, or -1 after a sentence.
 */
int pending_read(struct ctl *ctl, struct pending *p)
{
	return read_or_tell(ctl, p, "confirm");
}

/**
 * pending_waits - does a load wait, as far as this user may know?
 * @p: of pending_open(); filled likewise
 */
bool pending_waits(struct pending *p)
{
	return !read_named(p, "confirm") && p->waits;
}

/**
 * pending_undone - was one taken back?
 * @ctl: this run
 * @p: of pending_open(); answers in @p->waits, and in @p->begun when
 *
 * Return: 0, or -1 after a sentence.
 */
int pending_undone(struct ctl *ctl, struct pending *p)
{
	return read_or_tell(ctl, p, "undone");
}

/**
 * pending_left - milliseconds until it is taken back
 * @p: that waits
 */
uint64_t pending_left(const struct pending *p)
{
	uint64_t now = pending_now();

	return p->until > now ? p->until - now : 0;
}

static int write_all(int fd, const struct pending *p)
{
	FILE *out = fdopen(dup(fd), "w");
	bool failed;

	if (!out)
		return -1;
	fprintf(out, "#begun %" PRIu64 "\n#until %" PRIu64 "\n#loaded %s\n",
		p->begun, p->until, p->loaded);
	fwrite(p->before.text, 1, p->before.size, out);
	failed = ferror(out);
	return fclose(out) || failed ? -1 : 0;
}

/**
 * pending_write - write a file of this namespace, not yet in its place
 * @p: locked; all of it is written
 *
 * Return: its descriptor, which has the lock of whoever waits, or -1 with
 * errno. pending_put() puts it into its place, where others see it.
 */
int pending_write(const struct pending *p)
{
	char path[PENDING_PATH];
	int fd, error;

	unlink(pending_path(p, "new", path));
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	if (!flock(fd, LOCK_EX | LOCK_NB) && !write_all(fd, p))
		return fd;
	error = errno;
	close(fd);
	unlink(path);
	errno = error;
	return -1;
}

/**
 * pending_put - put what pending_write() wrote into its place
 * @p: still locked
 * @name: "confirm" or "undone"; NULL: it is forgotten
 *
 * Return: 0, or -1 with errno.
 */
int pending_put(const struct pending *p, const char *name)
{
	char from[PENDING_PATH], to[PENDING_PATH];

	pending_path(p, "new", from);
	return name ? rename(from, pending_path(p, name, to)) : unlink(from);
}

/**
 * pending_is - does the load wait whose file this is?
 * @p: of pending_open()
 * @fd: of pending_write()
 *
 * Return: false when it was confirmed or taken back, or another waits instead.
 */
bool pending_is(const struct pending *p, int fd)
{
	struct stat ours, there;
	char path[PENDING_PATH];

	return !fstat(fd, &ours) &&
	       !stat(pending_path(p, "confirm", path), &there) &&
	       ours.st_ino == there.st_ino && ours.st_dev == there.st_dev;
}

/**
 * pending_forget - nothing waits any more
 * @ctl: this run
 * @p: locked
 *
 * Return: 0, or -1 after a sentence.
 */
int pending_forget(struct ctl *ctl, const struct pending *p)
{
	char path[PENDING_PATH];

	return unlink(pending_path(p, "confirm", path)) ? problem(ctl, path) :
							  0;
}
