// SPDX-License-Identifier: GPL-2.0
/*
 * load --confirm: a configuration for a while, and for good once somebody says
 * so. Whoever works on a router from far away may have cut the way to it.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "duration.h"
#include "ecmpctl.h"
#include "lines.h"
#include "load.h"
#include "pending.h"
#include "rollback.h"
#include "text.h"


/* ---- load --confirm ---- */

/**
 * struct waiting - a load that is to be confirmed, on its way
 * @p: what waits; before the load: the one that it takes the place of
 * @name: of the file
 * @msecs: how long it waits
 * @again: another waited before, whose configuration before is this one's
 */
struct waiting {
	struct pending	p;
	const char	*name;
	uint64_t	msecs;
	bool		again;
};

static void bad_line(unsigned int number, const char *sentence, void *data)
{
	const char **problem = data;

	(void)number;
	*problem = sentence;
}

/* Once it is gone it must be possible to load it again. */
static int keep_before(struct ctl *ctl, const struct words *words,
		       struct pending *p)
{
	const char *problem = NULL;
	int status;

	if (p->waits)
		return EXIT_DONE;
	status = saved_text(ctl, words, &p->text);
	if (status != EXIT_DONE)
		return status;
	p->before = p->text;
	p->before.name = "the configuration before";
	if (!lines_each(&p->before, NULL, bad_line, &problem) && !problem)
		return EXIT_DONE;
	print_error(ctl, "what is configured could not be loaded again: nothing was changed");
	return EXIT_REFUSED;
}

static int not_kept(struct ctl *ctl, const char *then)
{
	print_error(ctl, "what is to be confirmed cannot be kept: %s: %s",
		    strerror(errno), then);
	return EXIT_REFUSED;
}

/*
 * Whenever this process is killed, what is loaded waits, for others to see: the
 * file is there before. Where another load waits, that one stays in its place
 * until then, as it would take this one back, too.
 */
static int load_and_keep(struct ctl *ctl, const struct words *words,
			 struct waiting *w)
{
	struct pending *p = &w->p;
	int status;

	if (!w->again && pending_put(p, "confirm"))
		return not_kept(ctl, "nothing was changed");
	status = load_commit(ctl, words);
	if (status != EXIT_DONE && !w->again)
		pending_forget(ctl, p);
	if (status == EXIT_DONE && w->again && pending_put(p, "confirm"))
		return not_kept(ctl, "it is taken back with the load that waits");
	return status;
}

/* The process that waits makes the load, so that there is never one without. */
static void load_and_watch(struct ctl *ctl, const struct words *words,
			   struct waiting *w, int fd, int told)
{
	struct pending *p = &w->p;
	uint8_t status;

	rollback_detach();
	status = load_and_keep(ctl, words, w);
	pending_unlock(p);
	/* Nobody may be there any more to be told. */
	(void)!write(told, &status, 1);
	if (status == EXIT_DONE)
		rollback_watch(ctl, words, p, fd);
}

static int start(struct ctl *ctl, const struct words *words, struct waiting *w,
		 int fd)
{
	uint8_t status = EXIT_REFUSED;
	int told[2];
	pid_t child;

	if (pipe(told) || (child = fork()) < 0) {
		print_error(ctl, "no process can be started that waits: %s: nothing was changed",
			    strerror(errno));
		return EXIT_REFUSED;
	}
	if (!child) {
		close(told[0]);
		load_and_watch(ctl, words, w, fd, told[1]);
		_exit(EXIT_DONE);
	}
	close(told[1]);
	if (read(told[0], &status, 1) != 1)
		print_error(ctl, "the process that loads was ended: see \"ecmpctl confirm --show\"");
	close(told[0]);
	return status;
}

static int write_and_start(struct ctl *ctl, const struct words *words,
			   struct waiting *w)
{
	struct pending *p = &w->p;
	char path[PENDING_PATH];
	int status, fd;

	if (!realpath(w->name, p->loaded))
		snprintf(p->loaded, sizeof(p->loaded), "%s", w->name);
	text_tame(p->loaded);
	p->begun = pending_now();
	p->until = p->begun + w->msecs;
	fd = pending_write(p);
	if (fd < 0) {
		print_error(ctl, "%s cannot be written: %s: nothing was changed",
			    pending_path(p, "new", path), strerror(errno));
		return EXIT_REFUSED;
	}
	status = start(ctl, words, w, fd);
	if (status != EXIT_DONE)
		pending_put(p, NULL);
	close(fd);
	return status;
}

static int commit(struct ctl *ctl, const struct words *words, void *data)
{
	struct waiting *w = data;
	struct pending *p = &w->p;
	int status = EXIT_REFUSED;

	if (!pending_open(ctl, p) && !pending_lock(ctl, p) &&
	    !pending_read(ctl, p)) {
		status = keep_before(ctl, words, p);
		w->again = p->waits;
		if (status == EXIT_DONE)
			status = write_and_start(ctl, words, w);
	}
	pending_close(p);
	return status;
}

/**
 * confirm_load - load a file, to be confirmed
 * @ctl: this run
 * @words: the command
 * @file: what is loaded
 * @force: even if that cuts the ssh session
 * @msecs: until it is taken back
 *
 * Return: the exit status.
 */
int confirm_load(struct ctl *ctl, const struct words *words,
		 const struct file *file, bool force, uint64_t msecs)
{
	struct waiting w = { .name = file->name, .msecs = msecs };
	const struct load_how how = {
		.force = force, .commit = commit, .data = &w,
	};
	int status = load_file(ctl, words, file, &how);
	char text[DURATION_TEXT];

	if (status != EXIT_DONE)
		return status;
	print_object_begin(&ctl->out, NULL);
	print_string(&ctl->out, "file", "", w.p.loaded);
	print_number(&ctl->out, "milliseconds", NULL, msecs);
	print_bool(&ctl->out, "again", w.again);
	print_text(&ctl->out, " is loaded for %s: \"ecmpctl confirm\" keeps it, or the configuration before %sreturns\n",
		   duration_text(msecs, text), w.again ?
		   "the first that waited " : "");
	print_object_end(&ctl->out);
	return EXIT_DONE;
}

/**
 * confirm_allows - may a file be loaded for good?
 * @ctl: this run
 *
 * Return: false after a sentence, when another waits: it would be undone.
 */
bool confirm_allows(struct ctl *ctl)
{
	char text[DURATION_TEXT];
	struct pending p;
	bool waits;

	waits = !pending_open(ctl, &p) && pending_waits(&p);
	if (waits && !p.watched)
		print_error(ctl, "%s waits to be confirmed, though its process is gone: say \"ecmpctl confirm\" or \"ecmpctl confirm --abort\" first, or load with --confirm",
			    p.loaded);
	else if (waits)
		print_error(ctl, "%s waits to be confirmed, and would take this back in %s: say \"ecmpctl confirm\" or \"ecmpctl confirm --abort\" first, or load with --confirm",
			    p.loaded, age_text(pending_left(&p), text));
	pending_close(&p);
	return !waits;
}

/**
 * confirm_notice - tell if a load waits, among other things
 * @ctl: this run
 *
 * Return: whether it was told.
 */
bool confirm_notice(struct ctl *ctl)
{
	struct printer *out = &ctl->out;
	char text[DURATION_TEXT];
	struct pending p;
	bool waits;

	waits = !pending_open(ctl, &p) && pending_waits(&p);
	if (waits) {
		print_object_begin(out, "confirm");
		print_text(out, "notice: ");
		print_color(out, COLOR_WAIT);
		print_string(out, "file", "", p.loaded);
		print_number(out, "left_ms", NULL, pending_left(&p));
		print_bool(out, "watched", p.watched);
		if (p.watched)
			print_text(out, " waits to be confirmed, %s left: \"ecmpctl confirm\"\n",
				   age_text(pending_left(&p), text));
		else
			print_text(out, " waits to be confirmed, though its process is gone: \"ecmpctl confirm\", or \"ecmpctl confirm --abort\"\n");
		print_object_end(out);
	}
	pending_close(&p);
	return waits;
}

/* ---- confirm ---- */

static int print_undone(struct ctl *ctl, struct pending *p)
{
	struct printer *out = &ctl->out;
	char path[PENDING_PATH], age[DURATION_TEXT];

	if (pending_undone(ctl, p))
		return EXIT_REFUSED;
	print_object_begin(out, NULL);
	print_bool(out, "waits", false);
	print_text(out, "no load waits to be confirmed");
	if (p->waits) {
		print_text(out, "; ");
		print_string(out, "undone_file", "", p->loaded);
		print_number(out, "undone_age_ms", NULL,
			     pending_now() - p->begun);
		print_string(out, "undone_in", NULL,
			     pending_path(p, "undone", path));
		print_text(out, " was taken back %s ago, and is in %s",
			   age_text(pending_now() - p->begun, age), path);
	}
	print_text(out, "\n");
	print_object_end(out);
	return ctl_finish(ctl);
}

static int show(struct ctl *ctl, struct pending *p)
{
	struct printer *out = &ctl->out;
	char left[DURATION_TEXT], whole[DURATION_TEXT];

	if (!p->waits)
		return print_undone(ctl, p);
	print_object_begin(out, NULL);
	print_bool(out, "waits", true);
	print_string(out, "file", "", p->loaded);
	print_number(out, "age_ms", NULL, pending_now() - p->begun);
	print_number(out, "left_ms", NULL, pending_left(p));
	print_bool(out, "watched", p->watched);
	print_text(out, " waits to be confirmed: %s left of %s\n",
		   age_text(pending_left(p), left),
		   duration_text(p->until - p->begun, whole));
	print_object_end(out);
	if (!p->watched)
		print_warning(ctl, "the process that waited is gone: it is not taken back by itself, say \"ecmpctl confirm\" or \"ecmpctl confirm --abort\"");
	return ctl_finish(ctl);
}

static int tell_nothing(struct ctl *ctl, struct pending *p)
{
	char path[PENDING_PATH], age[DURATION_TEXT];

	if (pending_undone(ctl, p))
		return EXIT_REFUSED;
	if (p->waits)
		print_error(ctl, "no load waits to be confirmed: %s was taken back %s ago, and is in %s",
			    p->loaded,
			    age_text(pending_now() - p->begun, age),
			    pending_path(p, "undone", path));
	else
		print_error(ctl, "no load waits to be confirmed: see \"ecmpctl load help\"");
	return EXIT_REFUSED;
}

static int confirm(struct ctl *ctl, struct pending *p)
{
	struct printer *out = &ctl->out;
	char age[DURATION_TEXT];

	if (pending_forget(ctl, p))
		return EXIT_REFUSED;
	print_object_begin(out, NULL);
	print_string(out, "confirmed", "", p->loaded);
	print_number(out, "age_ms", NULL, pending_now() - p->begun);
	print_text(out, ", loaded %s ago, stays\n",
		   age_text(pending_now() - p->begun, age));
	print_object_end(out);
	return ctl_finish(ctl);
}

static int take_back(struct ctl *ctl, const struct words *words,
		     struct pending *p)
{
	int status = rollback(ctl, words, p);
	struct printer *out = &ctl->out;
	char path[PENDING_PATH];

	if (status != EXIT_DONE)
		return status;
	print_object_begin(out, NULL);
	print_string(out, "undone", "", p->loaded);
	pending_path(p, "undone", path);
	if (p->kept)
		print_string(out, "undone_in", NULL, path);
	print_text(out, " is taken back: the configuration before is there again; what was %s%s\n",
		   p->kept ? "is in " : "there could not be kept",
		   p->kept ? path : "");
	print_object_end(out);
	return ctl_finish(ctl);
}

/**
 * confirm_run - confirm [--abort|--show]
 * @ctl: this run
 * @words: after "confirm"
 */
int confirm_run(struct ctl *ctl, struct words *words)
{
	bool aborts, shows;
	struct pending p;
	int status = EXIT_REFUSED;

	if (!words_both_families(words))
		return ctl_problem(ctl, words);
	aborts = words_match(words, "--abort");
	shows = !aborts && words_match(words, "--show");
	if (!words_end(words))
		return ctl_problem(ctl, words);
	if (ctl_open(ctl))
		return ctl_refused(ctl, words);
	if (!pending_open(ctl, &p) && (shows || !pending_lock(ctl, &p)) &&
	    !pending_read(ctl, &p))
		status = shows ? show(ctl, &p) :
			 !p.waits ? tell_nothing(ctl, &p) :
			 aborts ? take_back(ctl, words, &p) : confirm(ctl, &p);
	pending_close(&p);
	return status;
}
