// SPDX-License-Identifier: GPL-2.0
/*
 * diff: what "load" would change. Both configurations become the lines that
 * "save" would write of them; those are compared.
 */
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "diff.h"
#include "lines.h"
#include "listing.h"
#include "print_layout.h"
#include "text.h"

#define MISTAKES_SHOWN	20
/* A line with a number or two behind it. */
#define NOTE_TEXT	64

static const char *const kinds[] = {
	[SAVE_SETTING] = "setting",
	[SAVE_TABLE] = "table",
	[SAVE_NEXTHOP] = "nexthop",
	[SAVE_ROUTE] = "route",
	[SAVE_RULE] = "rule",
};

/* ---- what differs ---- */

/**
 * struct differing - what differs, being printed
 * @ctl: this run
 * @before: what is configured
 * @after: what "load" would configure
 * @changes: so many are printed
 */
struct differing {
	struct ctl		*ctl;
	const struct listing	*before;
	const struct listing	*after;
	size_t			changes;
};

static void print_json(struct differing *d, const struct listed *line,
		       const char *change, size_t number)
{
	struct printer *p = &d->ctl->out;
	bool moves = line->matched;

	print_object_begin(p, NULL);
	print_string(p, "change", NULL, change);
	print_string(p, "kind", NULL, kinds[line->kind]);
	print_string(p, "line", NULL, line->text);
	if (line->kind == SAVE_RULE)
		print_number(p, moves ? "from" : "number", NULL, line->number);
	if (moves)
		print_number(p, "to", NULL, number);
	print_object_end(p);
}

static void print_line(struct differing *d, char sign, enum color color,
		       const char *text, const char *note)
{
	struct printer *p = &d->ctl->out;

	print_colored(p, color, &sign, 1);
	print_colored(p, color, text, strlen(text));
	print_colored(p, COLOR_FAINT, note, strlen(note));
	putc('\n', p->out);
}

static void print_old(struct differing *d, const struct listed *line)
{
	char note[NOTE_TEXT] = "";
	size_t to = 0;

	d->changes++;
	if (line->matched)
		to = d->after->line[line->match].number;
	if (d->ctl->out.json) {
		print_json(d, line, line->matched ? "move" : "remove", to);
		return;
	}
	if (line->matched)
		snprintf(note, sizeof(note), " # rule %zu, moves to %zu",
			 line->number, to);
	else if (line->kind == SAVE_RULE)
		snprintf(note, sizeof(note), " # rule %zu", line->number);
	print_line(d, '-', COLOR_BAD, line->text, note);
}

static void print_new(struct differing *d, const struct listed *line)
{
	char note[NOTE_TEXT] = "";

	/* JSON has told a move already. */
	if (d->ctl->out.json && line->matched)
		return;
	d->changes++;
	if (d->ctl->out.json) {
		print_json(d, line, "add", 0);
		return;
	}
	if (line->matched)
		snprintf(note, sizeof(note), " # rule %zu, moved from %zu",
			 line->number, d->before->line[line->match].number);
	else if (line->kind == SAVE_RULE)
		snprintf(note, sizeof(note), " # rule %zu", line->number);
	print_line(d, '+', COLOR_GOOD, line->text, note);
}

/* A line of this kind that is news. */
static bool is_news(const struct listing *listing, size_t i,
		    enum save_kind kind)
{
	return i < listing->count && listing->line[i].kind == kind &&
	       !listing->line[i].stays;
}

/* Between two lines that stay: what goes, then what comes. */
static void print_kind(struct differing *d, enum save_kind kind, size_t *old,
		       size_t *new)
{
	const struct listing *before = d->before, *after = d->after;

	for (;;) {
		while (is_news(before, *old, kind))
			print_old(d, &before->line[(*old)++]);
		while (is_news(after, *new, kind))
			print_new(d, &after->line[(*new)++]);
		/* As many stay here as there. */
		if (*old == before->count || before->line[*old].kind != kind)
			return;
		++*old;
		++*new;
	}
}

/**
 * diff_print - print what differs between two states
 * @ctl: this run
 * @before: what is configured
 * @after: what "load" would configure
 *
 * Return: how much; -1: there is no memory.
 */
ssize_t diff_print(struct ctl *ctl, const struct state *before,
		   const struct state *after)
{
	struct listing old = { .line = NULL }, new = { .line = NULL };
	struct differing d = { .ctl = ctl, .before = &old, .after = &new };
	ssize_t changes = -1;
	size_t i = 0, k = 0;
	unsigned int kind;

	if (!save_lines(ctl, before, listing_add, &old) &&
	    !save_lines(ctl, after, listing_add, &new) &&
	    !listing_match(&old, &new)) {
		print_array_begin(&ctl->out, NULL);
		for (kind = SAVE_SETTING; kind <= SAVE_RULE; kind++)
			print_kind(&d, kind, &i, &k);
		print_array_end(&ctl->out);
		changes = d.changes;
	}
	listing_free(&old);
	listing_free(&new);
	return changes;
}

/* ---- the command ---- */

struct reading {
	struct ctl		*ctl;
	const struct file	*file;
	unsigned int		mistakes;
};

static void tell_mistake(unsigned int line, const char *sentence, void *data)
{
	struct reading *r = data;

	if (++r->mistakes <= MISTAKES_SHOWN)
		print_sentence(r->ctl, "%s:%u: %s", r->file->name, line,
			       sentence);
}

static int no_memory(const struct ctl *ctl)
{
	print_error(ctl, "there is no memory left");
	return EXIT_REFUSED;
}

static int compare(struct ctl *ctl, struct words *words,
		   const struct config *config)
{
	struct state now = { .settings = NULL }, then = { .settings = NULL };
	int status = EXIT_REFUSED;
	ssize_t changes = -1;
	bool seed;

	if (ctl_open(ctl) || state_read(ctl, &now)) {
		status = ctl_refused(ctl, words);
		goto out;
	}
	seed = now.settings && state_has_seed(&now);
	if (now.settings && !seed)
		print_warning(ctl, "the hash-seed is not compared: only an administrator sees it");
	if (!config_state(config, seed, &then))
		changes = diff_print(ctl, &now, &then);
	if (changes < 0)
		status = no_memory(ctl);
	else
		status = ctl_finish(ctl);
	if (status == EXIT_DONE && changes)
		status = EXIT_FINDINGS;
out:
	state_free(&now);
	state_free(&then);
	return status;
}

static int read_and_compare(struct ctl *ctl, struct words *words,
			    const struct file *file)
{
	struct reading r = { .ctl = ctl, .file = file };
	struct config config;
	int status;

	if (config_read(&config, file, tell_mistake, &r)) {
		status = no_memory(ctl);
	} else if (r.mistakes) {
		if (r.mistakes > MISTAKES_SHOWN)
			print_error(ctl, "and %u more mistakes in %s",
				    r.mistakes - MISTAKES_SHOWN, file->name);
		print_error(ctl, "%s cannot be loaded as it is: it was not compared",
			    file->name);
		status = EXIT_SYNTAX;
	} else {
		status = compare(ctl, words, &config);
	}
	config_free(&config);
	return status;
}

/**
 * diff_run - diff FILE|-
 * @ctl: this run
 * @words: after "diff"
 */
int diff_run(struct ctl *ctl, struct words *words)
{
	return lines_of_file(ctl, words, read_and_compare);
}
