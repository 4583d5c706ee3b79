// SPDX-License-Identifier: GPL-2.0
/*
 * What an import has to tell, and the configuration that it writes: as "save"
 * would, with what is not as it was on RouterOS in comments.
 */
#include <net/if.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "route_text.h"
#include "routeros.h"
#include "text.h"

#define COLUMNS	79

/* ---- remarks ---- */

/* Notes that repeat themselves are told once, and counted. */
static bool told_again(struct ros_import *import, enum ros_severity severity,
		       const char *text)
{
	struct ros_remark *remark;

	if (severity != ROS_NOTE)
		return false;
	for (remark = import->remarks; remark; remark = remark->next) {
		if (remark->severity != severity ||
		    strcmp(remark->text, text))
			continue;
		remark->more++;
		return true;
	}
	return false;
}

/**
 * ros_remark - tell something about a line of the export
 * @import: where it is kept
 * @severity: what it is
 * @line: number of the line; 0: none
 * @fmt: a sentence
 */
void ros_remark(struct ros_import *import, enum ros_severity severity,
		unsigned int line, const char *fmt, ...)
{
	struct ros_remark *remark;
	char text[1024];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	text_tame(text);
	if (severity == ROS_MISTAKE)
		import->mistakes++;
	if (told_again(import, severity, text))
		return;
	remark = ros_alloc(&import->memory, sizeof(*remark));
	remark->severity = severity;
	remark->line = line;
	remark->text = ros_copy(&import->memory, text, strlen(text));
	remark->next = import->remarks;
	import->remarks = remark;
}

static int compare_remarks(const void *one, const void *two)
{
	const struct ros_remark *a = *(const struct ros_remark *const *)one;
	const struct ros_remark *b = *(const struct ros_remark *const *)two;
	/* What is about no line comes last. */
	int order = compare_numbers(a->line - 1, b->line - 1);

	if (!order)
		order = compare_numbers(a->severity, b->severity);
	return order ? order : strcmp(a->text, b->text);
}

/**
 * ros_remarks_sort - in the order of the lines
 * @import: with the remarks
 */
void ros_remarks_sort(struct ros_import *import)
{
	struct ros_remark *remark, **list;
	size_t count = 0, i = 0;

	for (remark = import->remarks; remark; remark = remark->next)
		count++;
	list = ros_alloc(&import->memory, (count + 1) * sizeof(*list));
	for (remark = import->remarks; remark; remark = remark->next)
		list[i++] = remark;
	qsort(list, count, sizeof(*list), compare_remarks);
	for (i = 0; i < count; i++)
		list[i]->next = list[i + 1];
	import->remarks = list[0];
}

/* ---- lines ---- */

/**
 * ros_lines_add - one more line
 * @import: for memory
 * @lines: where it goes
 * @fmt: the line
 */
void ros_lines_add(struct ros_import *import, struct ros_lines *lines,
		   const char *fmt, ...)
{
	char text[ROUTE_TEXT + 256];
	struct ros_line *line;
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	line = ros_alloc(&import->memory, sizeof(*line));
	line->text = ros_copy(&import->memory, text, strlen(text));
	*lines->end = line;
	lines->end = &line->next;
}

static void print_lines(const struct ros_lines *lines, FILE *out)
{
	const struct ros_line *line;

	for (line = lines->first; line; line = line->next)
		fprintf(out, "%s\n", line->text);
}

/* The lines that follow the first one are comments, too. */
static void print_comment(FILE *out, const char *text)
{
	const char *begin = "# ", *rest;
	size_t fits;

	do {
		fits = text_fit(text, COLUMNS - strlen(begin), &rest);
		fprintf(out, "%s%.*s\n", begin, (int)fits, text);
		begin = "#   ";
		text = rest;
	} while (*text);
}

static void print_skipped(struct ros_import *import, FILE *out)
{
	const struct ros_skipped *s;
	char text[1024] = "";

	for (s = import->skipped; s; s = s->next) {
		if (strlen(text) + strlen(s->path) + 32 > sizeof(text)) {
			print_comment(out, text);
			text[0] = '\0';
		}
		text_add(text, sizeof(text), "%s/%s %u%s",
			 s == import->skipped ?
			 "Not of routing, and left out: " : "", s->path,
			 s->items, s->next ? "," : "");
	}
	text_tame(text);
	if (text[0])
		print_comment(out, text);
}

static void print_head(struct ros_import *import, const char *name, FILE *out)
{
	const struct ros_remark *remark;

	print_comment(out, text_tame(ros_format(&import->memory,
						"From RouterOS: %s", name)));
	for (remark = import->remarks; remark; remark = remark->next)
		if (remark->severity == ROS_WARNING && remark->line)
			print_comment(out, ros_format(&import->memory,
						      "Line %u: %s",
						      remark->line,
						      remark->text));
	print_skipped(import, out);
}

static void print_tables(struct ros_import *import, FILE *out)
{
	const struct ros_table *table;

	for (table = import->tables; table; table = table->next) {
		if (table->comment[0])
			print_comment(out, ros_format(&import->memory,
						      "%s: %s", table->ours,
						      table->comment));
		fprintf(out, "table add %s\n", table->ours);
	}
}

/* ---- routes ---- */

static void hop_gateway(const struct ros_hop *hop, char *text)
{
	char quoted[TEXT_QUOTED(IFNAMSIZ)], buf[ADDRESS_TEXT];

	if (hop->gateway.family)
		text_add(text, ROUTE_TEXT, "via %s",
			 address_text(&hop->gateway, buf));
	if (hop->device[0])
		text_add(text, ROUTE_TEXT, "dev %s",
			 text_quote(hop->device, quoted, sizeof(quoted)));
}

static void hop_check(const struct ros_hop *hop, char *text)
{
	char buf[ADDRESS_TEXT];
	unsigned int i;

	if (hop->check == ECMP_CHECK_NONE)
		return;
	text_add(text, ROUTE_TEXT, "check-gateway %s",
		 name_word(checks, hop->check));
	if (hop->targets)
		text_add(text, ROUTE_TEXT, "target");
	for (i = 0; i < hop->targets; i++)
		text_add(text, ROUTE_TEXT, "%s",
			 address_text(&hop->target[i], buf));
}

/* In the order of route_text(). */
static void print_hop(const struct ros_hop *hop, FILE *out)
{
	char quoted[TEXT_QUOTED(ECMP_COMMENT_MAX)], buf[ADDRESS_TEXT];
	char text[ROUTE_TEXT] = "route add";

	if (hop->type != ECMP_ROUTE_UNICAST)
		text_add(text, sizeof(text), "%s",
			 name_word(route_types, hop->type));
	text_add(text, sizeof(text), "%s", prefix_text(&hop->dst, buf));
	hop_gateway(hop, text);
	if (strcmp(hop->table->ours, "main"))
		text_add(text, sizeof(text), "table %s", hop->table->ours);
	if (hop->distance != 1)
		text_add(text, sizeof(text), "distance %u", hop->distance);
	if (hop->weight != 1)
		text_add(text, sizeof(text), "weight %u", hop->weight);
	hop_check(hop, text);
	if (hop->pref_src.family)
		text_add(text, sizeof(text), "pref-src %s",
			 address_text(&hop->pref_src, buf));
	if (hop->disabled)
		text_add(text, sizeof(text), "disabled");
	if (hop->comment[0])
		text_add(text, sizeof(text), "comment %s",
			 text_quote(hop->comment, quoted, sizeof(quoted)));
	fprintf(out, "%s\n", text);
}

/**
 * ros_print - write the configuration
 * @import: without a mistake
 * @name: of the export
 * @out: where to
 */
void ros_print(struct ros_import *import, const char *name, FILE *out)
{
	const struct ros_hop *hop;

	print_head(import, name, out);
	print_lines(&import->settings, out);
	print_tables(import, out);
	for (hop = import->hops; hop; hop = hop->next)
		print_hop(hop, out);
	print_lines(&import->mark_rules, out);
	print_lines(&import->rules, out);
}
