// SPDX-License-Identifier: GPL-2.0
/*
 * Back to the configuration before a load that nobody confirmed, and the process
 * that waits for that.
 *
 * It has a session of its own, no terminal, and nothing of the shell that it
 * came from, so that it lives on when that ends, by whatever signal. Where
 * systemd ends all processes of a session with it (KillUserProcesses=), it has
 * a scope of its own; if there is none to be had it is told by SIGTERM, and goes
 * back then rather than never.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#include "ecmpctl.h"
#include "load.h"
#include "pending.h"
#include "rollback.h"
#include "save.h"

#define TRIES		60	/* to go back, a second between them */

/**
 * saved_text - what "save" prints now
 * @ctl: this run; asked is by a socket of its own, which has no transaction
 * @words: the command
 * @file: where it goes; file_free() is the caller's in every case
 *
 * Return: the exit status.
 */
int saved_text(struct ctl *ctl, const struct words *words, struct file *file)
{
	struct state state = { .settings = NULL };
	struct ctl run = {
		.color_errors = ctl->color_errors,
		.error_room = ctl->error_room,
	};
	int status;

	*file = (struct file) { .name = "the configuration" };
	run.out.out = open_memstream(&file->text, &file->size);
	if (!run.out.out) {
		print_error(ctl, "there is no memory left");
		return EXIT_REFUSED;
	}
	if (ctl_open(&run) || state_read(&run, &state))
		status = ctl_refused(&run, words);
	else
		status = save_print(&run, &state);
	if (status == EXIT_DONE && !state_has_seed(&state)) {
		print_error(ctl, "the hash-seed cannot be kept: only an administrator sees it");
		status = EXIT_REFUSED;
	}
	state_free(&state);
	netlink_close(&run.nl);
	if (fclose(run.out.out))
		status = EXIT_REFUSED;
	return status;
}

/* What was loaded is not lost; where it cannot be kept, that is told. */
static bool keep_undone(struct pending *p, const struct file *live)
{
	struct pending undone = *p;
	bool kept;
	int fd;

	undone.before = *live;
	undone.begun = undone.until = pending_now();
	fd = pending_write(&undone);
	if (fd < 0)
		return false;
	kept = !pending_put(p, "undone");
	if (!kept)
		pending_put(p, NULL);
	close(fd);
	return kept;
}

/**
 * rollback - go back to the configuration before
 * @ctl: this run
 * @words: the command
 * @p: the load that waits; locked. If this succeeds it waits no longer
 *
 * Return: the exit status, after a sentence if it failed.
 */
int rollback(struct ctl *ctl, const struct words *words, struct pending *p)
{
	const struct load_how how = { .force = true, .restore = true };
	struct file live;
	bool saved = saved_text(ctl, words, &live) == EXIT_DONE;
	int status;

	/* Going back matters more than what is kept. */
	netlink_close(&ctl->nl);
	memset(&ctl->nl, 0, sizeof(ctl->nl));
	status = load_file(ctl, words, &p->before, &how);
	if (status == EXIT_DONE) {
		p->kept = saved && keep_undone(p, &live);
		if (pending_forget(ctl, p))
			status = EXIT_REFUSED;
	}
	file_free(&live);
	return status;
}

/* ---- the process that waits ---- */

/*
 * Ask systemd to take this process out of the session that it came from. Where
 * there is no systemd, or no bus, or no busctl, it stays where it is.
 */
static void leave_session(void)
{
	char unit[48], pid[16];
	const char *const argv[] = {
		"busctl", "--quiet", "--timeout=5", "call",
		"org.freedesktop.systemd1", "/org/freedesktop/systemd1",
		"org.freedesktop.systemd1.Manager", "StartTransientUnit",
		"ssa(sv)a(sa(sv))", unit, "fail", "2",
		"PIDs", "au", "1", pid,
		"Description", "s", "ecmpctl load waits to be confirmed",
		"0", NULL,
	};
	pid_t child;

	if (access("/run/systemd/system", F_OK))
		return;
	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	snprintf(unit, sizeof(unit), "ecmpctl-confirm-%s.scope", pid);
	if (!posix_spawnp(&child, argv[0], NULL, NULL,
			  (char *const *)argv, environ))
		waitpid(child, NULL, 0);
}

/* Nothing of the shell's is left open: ssh would wait for it. */
static int leave_files(int fd)
{
	int null = open("/dev/null", O_RDWR);

	/* Where it fails a file system cannot be unmounted: no harm done. */
	(void)!chdir("/");

	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	fd = dup2(fd, STDERR_FILENO + 1);
	close_range(fd + 1, ~0U, 0);
	return fd;
}

struct watch {
	struct ctl		*ctl;
	const struct words	*words;
	struct pending		*p;
	int			fd;
	int			folder;
	int			signals;
	int			timer;
};

static void set_timer(const struct watch *w, uint64_t msecs)
{
	const struct itimerspec when = {
		.it_value.tv_sec = msecs / 1000,
		.it_value.tv_nsec = msecs % 1000 * 1000000 + 1,
	};

	timerfd_settime(w->timer, TFD_TIMER_ABSTIME, &when, NULL);
}

/* Return: false: it waits no longer; true: it is time, or the process ends. */
static bool wait_until_due(const struct watch *w)
{
	struct pollfd fds[] = {
		{ .fd = w->timer, .events = POLLIN },
		{ .fd = w->signals, .events = POLLIN },
		{ .fd = w->folder, .events = POLLIN },
	};
	char events[4096];

	while (pending_is(w->p, w->fd)) {
		if (poll(fds, COUNT(fds), -1) < 0)
			continue;
		if (fds[0].revents)
			return true;
		if (fds[1].revents)
			return read(w->signals, events, sizeof(events));
		if (read(w->folder, events, sizeof(events)) < 0 &&
		    errno != EAGAIN)
			return true;
	}
	return false;
}

/* Everything that would go to the terminal. */
static void log_sentences(char *text, int priority)
{
	char *line, *rest = text;

	while ((line = strtok_r(rest, "\n", &rest)))
		syslog(priority, "%s", strncmp(line, "ecmpctl: ", 9) ? line :
		       line + 9);
}

/* @waits: whether it still did */
static int try_rollback(const struct watch *w, char **said, bool *waits)
{
	FILE *errors = stderr;
	int status = EXIT_REFUSED;
	size_t size;

	*waits = true;
	stderr = open_memstream(said, &size);
	if (!stderr) {
		stderr = errors;
		*said = NULL;
		return status;
	}
	if (!pending_lock(w->ctl, w->p)) {
		*waits = pending_is(w->p, w->fd);
		if (*waits)
			status = rollback(w->ctl, w->words, w->p);
		pending_unlock(w->p);
	}
	netlink_close(&w->ctl->nl);
	memset(&w->ctl->nl, 0, sizeof(w->ctl->nl));
	fclose(stderr);
	stderr = errors;
	return status;
}

static void go_back(const struct watch *w)
{
	unsigned int tries = 0;
	char path[PENDING_PATH];
	bool waits;
	char *said;

	do {
		int status = try_rollback(w, &said, &waits);

		/* Confirmed, or another load took its place. */
		if (!waits) {
			free(said);
			return;
		}
		if (said && (status == EXIT_DONE || !tries))
			log_sentences(said, LOG_WARNING);
		if (status == EXIT_DONE) {
			pending_path(w->p, "undone", path);
			syslog(LOG_WARNING, "%s was not confirmed: the configuration before is back; what was taken back %s%s",
			       w->p->loaded,
			       w->p->kept ? "is in " : "could not be kept",
			       w->p->kept ? path : "");
			free(said);
			return;
		}
		if (++tries == TRIES)
			break;
		free(said);
		set_timer(w, pending_now() + 1000);
	} while (wait_until_due(w));
	if (tries < TRIES)
		return;
	if (said)
		log_sentences(said, LOG_ERR);
	free(said);
	syslog(LOG_ERR, "%s was not confirmed, but the configuration before, %s, cannot be loaded: \"ecmpctl confirm --abort\" tries again",
	       w->p->loaded, pending_path(w->p, "confirm", path));
}

/**
 * rollback_detach - leave the session that this process was started in
 *
 * From here on nothing that happens to that ends it. For a fork of the command.
 */
void rollback_detach(void)
{
	sigset_t mask;

	setsid();
	sigemptyset(&mask);
	sigaddset(&mask, SIGTERM);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	signal(SIGHUP, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	leave_session();
}

/**
 * rollback_watch - wait for a confirmation, or go back
 * @ctl: this run
 * @words: the command
 * @p: the load that waits; unlocked
 * @fd: of pending_write(), whose lock tells that somebody waits
 *
 * For a process that is detached and does nothing else.
 */
void rollback_watch(struct ctl *ctl, const struct words *words,
		    struct pending *p, int fd)
{
	struct watch w = { .ctl = ctl, .words = words, .p = p };
	sigset_t mask;

	netlink_close(&ctl->nl);
	memset(&ctl->nl, 0, sizeof(ctl->nl));
	ctl->color_errors = false;
	ctl->error_room = 0;
	w.fd = leave_files(fd);
	openlog("ecmpctl", LOG_PID, LOG_DAEMON);
	sigemptyset(&mask);
	sigaddset(&mask, SIGTERM);
	w.signals = signalfd(-1, &mask, SFD_CLOEXEC);
	w.folder = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	inotify_add_watch(w.folder, pending_dir, IN_DELETE | IN_MOVED_TO);
	w.timer = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC);
	set_timer(&w, p->until);
	if (wait_until_due(&w))
		go_back(&w);
}
