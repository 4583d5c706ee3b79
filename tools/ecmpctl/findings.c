// SPDX-License-Identifier: GPL-2.0
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "findings.h"

#define FINDING_TEXT	1024
#define ALIKE		256	/* the last ones, among which it is looked for */

static const char *const severities[] = {
	[SEVERITY_NOTE] = "note",
	[SEVERITY_WARNING] = "warning",
	[SEVERITY_ERROR] = "error",
};

static const enum color colors[] = {
	[SEVERITY_NOTE] = COLOR_NAME,
	[SEVERITY_WARNING] = COLOR_WAIT,
	[SEVERITY_ERROR] = COLOR_BAD,
};

static struct finding *find_text(struct findings *findings, const char *text)
{
	size_t i = findings->count > ALIKE ? findings->count - ALIKE : 0;

	for (; i < findings->count; i++)
		if (!strcmp(findings->item[i].text, text))
			return &findings->item[i];
	return NULL;
}

/**
 * finding_add - one more
 * @findings: all
 * @severity: how bad it is
 * @kind: a word for programs, static
 * @line: where
 * @other: another line that has to do with it; 0: none
 * @fmt: the sentence; one that was there already is counted there
 */
void finding_add(struct findings *findings, enum severity severity,
		 const char *kind, unsigned int line, unsigned int other,
		 const char *fmt, ...)
{
	size_t room = findings->room ? findings->room * 2 : 16;
	struct finding *finding;
	char text[FINDING_TEXT];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (severity > findings->worst)
		findings->worst = severity;
	/* A mistake is told wherever it is. */
	finding = severity == SEVERITY_ERROR ? NULL : find_text(findings, text);
	if (finding) {
		finding->more++;
		if (line < finding->line)
			finding->line = line;
		return;
	}
	if (findings->count == findings->room) {
		finding = realloc(findings->item, room * sizeof(*finding));
		if (!finding) {
			findings->full = true;
			return;
		}
		findings->item = finding;
		findings->room = room;
	}
	finding = &findings->item[findings->count];
	*finding = (struct finding) {
		.severity = severity, .kind = kind, .line = line,
		.other = other, .text = strdup(text),
	};
	if (finding->text)
		findings->count++;
	else
		findings->full = true;
}

static int by_line(const void *one, const void *two)
{
	const struct finding *a = one, *b = two;
	int order = compare_numbers(a->line, b->line);

	if (!order)
		order = compare_numbers(b->severity, a->severity);
	return order ? order : strcmp(a->text, b->text);
}

static void print_json(struct printer *p, const struct finding *f,
		       const char *file)
{
	print_object_begin(p, NULL);
	print_string(p, "file", NULL, file);
	print_number(p, "line", NULL, f->line);
	print_string(p, "severity", NULL, severities[f->severity]);
	print_string(p, "kind", NULL, f->kind);
	print_string(p, "text", NULL, f->text);
	if (f->other)
		print_number(p, "other_line", NULL, f->other);
	if (f->more)
		print_number(p, "more", NULL, f->more);
	print_object_end(p);
}

static void print_line(struct printer *p, const struct finding *f,
		       const char *file)
{
	print_text(p, "%s:%u: ", file, f->line);
	print_color(p, colors[f->severity]);
	print_text(p, "%s", severities[f->severity]);
	print_text(p, ": %s", f->text);
	if (f->more)
		print_text(p, " (and %u more)", f->more);
	print_text(p, "\n");
}

/**
 * findings_print - print all, in the order of the file
 * @ctl: this run
 * @findings: all; sorted afterwards
 * @file: its name
 */
void findings_print(struct ctl *ctl, struct findings *findings,
		    const char *file)
{
	struct printer *p = &ctl->out;
	size_t i;

	if (findings->count)
		qsort(findings->item, findings->count,
		      sizeof(*findings->item), by_line);
	print_array_begin(p, NULL);
	for (i = 0; i < findings->count; i++) {
		if (p->json)
			print_json(p, &findings->item[i], file);
		else
			print_line(p, &findings->item[i], file);
	}
	print_array_end(p);
}

/**
 * findings_free - forget all
 * @findings: zeroed, or filled
 */
void findings_free(struct findings *findings)
{
	while (findings->count)
		free(findings->item[--findings->count].text);
	free(findings->item);
}
