// SPDX-License-Identifier: GPL-2.0
/*
 * stats: all counters, for people, programs, and Prometheus.
 */
#include <stdlib.h>
#include <string.h>

#include "ecmpctl.h"
#include "metrics.h"
#include "output.h"
#include "save.h"

struct options {
	bool		prometheus;
	const char	*file;
};

static bool parse(struct words *words, struct options *o)
{
	while (words_left(words)) {
		if (words_match(words, "-o")) {
			if (!words_take(words, "prometheus"))
				return false;
			if (strcmp(words->word[words->next - 1], "prometheus"))
				return fail_last(words, "\"%s\" is no format: there is prometheus; for JSON say -j before \"stats\"",
						 words->word[words->next - 1]);
			o->prometheus = true;
		} else if (o->file) {
			return words_end(words);
		} else {
			o->file = words->word[words->next++];
		}
	}
	return !o->file || o->prometheus ||
	       words_fail(words, words->count,
			  "only what -o prometheus prints goes to a file by itself: add that, or > before the file");
}

static void print_metrics(FILE *out, void *data)
{
	metrics_print(out, data);
}

static int prometheus(struct ctl *ctl, const struct words *words,
		      const struct options *o)
{
	struct state s = { .settings = NULL };
	int status = EXIT_DONE;

	if (ctl_open(ctl) || state_read_counted(ctl, &s))
		status = ctl_refused(ctl, words);
	else if (o->file && strcmp(o->file, "-"))
		status = output_file(ctl, o->file, print_metrics, &s);
	else
		metrics_print(ctl->out.out, &s);
	state_free(&s);
	return status == EXIT_DONE ? ctl_finish(ctl) : status;
}

static void heading(struct ctl *ctl, const char *text)
{
	print_text(&ctl->out, "\n");
	print_color(&ctl->out, COLOR_HEAD);
	print_text(&ctl->out, "%s", text);
	print_text(&ctl->out, "\n");
}

static int print_all(struct ctl *ctl)
{
	if (settings_print(ctl, "settings"))
		return -1;
	heading(ctl, "TABLES");
	if (table_print_all(ctl, "tables"))
		return -1;
	heading(ctl, "RULES");
	if (rule_print_all(ctl, "rules"))
		return -1;
	heading(ctl, "NEXT HOPS");
	return nexthop_print_all(ctl, "nexthops");
}

/**
 * stats_run - stats [-o prometheus [FILE]]
 * @ctl: this run
 * @words: after "stats"
 */
int stats_run(struct ctl *ctl, struct words *words)
{
	struct options o = { .file = NULL };
	int err;

	if (!parse(words, &o))
		return ctl_problem(ctl, words);
	if (o.prometheus)
		return prometheus(ctl, words, &o);
	ctl->stats = true;
	if (ctl_open(ctl))
		return ctl_refused(ctl, words);
	print_object_begin(&ctl->out, NULL);
	err = print_all(ctl);
	print_object_end(&ctl->out);
	return err ? ctl_refused(ctl, words) : ctl_finish(ctl);
}
