// SPDX-License-Identifier: GPL-2.0
/*
 * top: what goes by which path, on a terminal again and again; elsewhere one
 * screen, or so many as are asked for, and in JSON an object for each.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "duration.h"
#include "top.h"

#define INTERVAL	2000	/* milliseconds */
#define SCREENS_MAX	1000000
#define USUAL_WIDTH	80

static bool take_table(struct words *words, void *object)
{
	struct top *top = object;
	const char *name;

	if (!words_table(words, &name))
		return false;
	snprintf(top->table, sizeof(top->table), "%s", name);
	return true;
}

static bool take_sort(struct words *words, void *object)
{
	struct top *top = object;

	return words_choice(words, top_sorts, &top->sort);
}

static const struct keyword top_keywords[] = {
	{ "sort", take_sort },
	{ "table", take_table },
	{ NULL, NULL }
};

static bool parse(struct words *words, struct top *top)
{
	bool good = true;

	while (good && words_left(words)) {
		if (words_match(words, "-d"))
			good = words_duration(words, ECMP_CHECK_MSECS_MIN,
					      ECMP_CHECK_MSECS_MAX,
					      &top->msecs);
		else if (words_match(words, "-n"))
			good = words_number(words, "a number of screens", 1,
					    SCREENS_MAX, &top->screens);
		else
			good = words_keyword(words, top_keywords, top);
	}
	return good;
}

/* ---- without a terminal ---- */

static void put_plain(void *data, enum color color, const char *text)
{
	struct printer *out = data;

	print_color(out, color);
	print_text(out, "%s", text);
}

static void end_plain(void *data)
{
	print_text(data, "\n");
}

static void print_path(const struct top *top, const struct top_path *path)
{
	struct printer *out = &top->ctl->out;

	print_object_begin(out, NULL);
	print_string(out, "family", NULL, name_word(families, path->family));
	if (path->gateway[0])
		print_string(out, "gateway", NULL, path->gateway);
	print_name(out, "device", NULL, path->device);
	print_string(out, "state", NULL,
		     name_word(nexthop_states, path->alive));
	if (path->reason)
		print_string(out, "reason", NULL,
			     name_word(reasons, path->reason));
	if (path->known) {
		print_number(out, "packets_per_second", NULL,
			     path->packet_rate);
		print_number(out, "bits_per_second", NULL, path->bit_rate);
	}
	if (top->counted && path->pin)
		print_number(out, "connections", NULL, path->connections);
	if (path->active) {
		print_number(out, "share_percent", NULL, top_share(top, path));
		print_number(out, "weight_percent", NULL,
			     top_weight(top, path));
	}
	print_object_end(out);
}

static void print_json(const struct top *top)
{
	struct printer *out = &top->ctl->out;
	size_t i;

	print_object_begin(out, NULL);
	if (top->table[0])
		print_string(out, "table", NULL, top->table);
	print_number(out, "interval_ms", NULL, top->passed / 1000);
	print_array_begin(out, "paths");
	for (i = 0; i < top->paths; i++)
		if (!top->table[0] || top->path[i].weight)
			print_path(top, &top->path[i]);
	print_array_end(out);
	print_object_end(out);
}

static void wait_msecs(uint64_t msecs)
{
	struct timespec time = {
		.tv_sec = msecs / 1000, .tv_nsec = msecs % 1000 * 1000000,
	};

	while (nanosleep(&time, &time))
		;
}

static int print_screens(struct top *top)
{
	struct printer *out = &top->ctl->out;
	const struct canvas canvas = {
		.columns = out->room ? out->room : USUAL_WIDTH,
		.put = put_plain, .end = end_plain, .data = out,
	};
	uint64_t i;

	for (i = 0; i < top->screens; i++) {
		wait_msecs(top->msecs);
		if (top_sample(top))
			return -1;
		top_sorted(top);
		if (i)
			print_text(out, "\n");
		if (out->json)
			print_json(top);
		else
			top_draw(top, &canvas);
		if (print_end(out))
			return 0;
	}
	return 0;
}

static bool table_is_there(struct top *top)
{
	if (top->there)
		return true;
	print_error(top->ctl, "table \"%s\" has no default route, whose paths could be shown: see \"ecmpctl route show default\"",
		    top->table);
	return false;
}

static int run(struct top *top, const struct words *words, bool screen)
{
	bool chosen = top->table[0];

	if (ctl_open(top->ctl) || top_sample(top))
		return ctl_refused(top->ctl, words);
	if (chosen && !table_is_there(top))
		return EXIT_REFUSED;
	if (!chosen)
		top_choose(top);
	/* What went by while that was read says nothing. */
	free(top->path);
	top->path = NULL;
	top->counting = true;
	if (top_sample(top))
		return ctl_refused(top->ctl, words);
	if (screen)
		return top_screen(top, words);
	return print_screens(top) ? ctl_refused(top->ctl, words) :
				    ctl_finish(top->ctl);
}

/**
 * top_run - top [table NAME] [sort WORD] [-d SECONDS] [-n SCREENS]
 * @ctl: this run
 * @words: after "top"
 */
int top_run(struct ctl *ctl, struct words *words)
{
	struct top top = { .ctl = ctl, .msecs = INTERVAL };
	bool screen = !ctl->out.json && isatty(STDOUT_FILENO);
	int status;

	if (!parse(words, &top))
		return ctl_problem(ctl, words);
	if (screen && !top_has_screen(ctl))
		return EXIT_REFUSED;
	if (!screen && !top.screens)
		top.screens = 1;
	status = run(&top, words, screen);
	free(top.path);
	return status;
}
