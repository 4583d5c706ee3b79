// SPDX-License-Identifier: GPL-2.0
/*
 * What top shows, in lines of a width. Where not all fits, the connections go
 * first, then the bar, then the gateway.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "text.h"
#include "top.h"

#define BAR_LEAST	6
#define BAR_MOST	40
#define STATE_TEXT	64
#define CELL_TEXT	128

const struct name top_sorts[] = {
	{ SORT_PATH, "path", NULL },
	{ SORT_PACKETS, "packets", NULL },
	{ SORT_BITS, "bits", NULL },
	{ SORT_CONNECTIONS, "connections", NULL },
	{ SORT_DEV, "dev", NULL },
	{ 0, NULL, NULL }
};

/**
 * rate_text - a number of at most three digits, with its unit
 * @rate: the number
 * @buf: RATE_TEXT bytes
 *
 * Return: @buf, as 7, 1.2k, 12.3M or 345G.
 */
const char *rate_text(uint64_t rate, char *buf)
{
	static const char units[] = "kMGTPE";
	double value = rate;
	int unit = -1;

	/* 999.95 would be printed as 1000.0. */
	while (value >= (unit < 0 ? 1000 : 999.5)) {
		value /= 1000;
		unit++;
	}
	if (unit < 0)
		snprintf(buf, RATE_TEXT, "%u", (unsigned int)rate);
	else
		snprintf(buf, RATE_TEXT, "%.*f%c", value < 99.95 ? 1 : 0, value,
			 units[unit]);
	return buf;
}

/* ---- shares ---- */

static bool shares(const struct top *top, const struct top_path *path)
{
	return top->table[0] && path->active;
}

/* In percent of what all paths of its kind have, to the nearest. */
static unsigned int percent(uint64_t part, uint64_t all)
{
	return all ? (part * 200 + all) / (2 * all) : 0;
}

/**
 * top_share - how much of what the table's paths carry goes by this one
 * @top: this run
 * @path: one of its paths
 *
 * Return: percent of the bits.
 */
unsigned int top_share(const struct top *top, const struct top_path *path)
{
	uint64_t all = 0;
	size_t i;

	for (i = 0; i < top->paths; i++)
		if (shares(top, &top->path[i]) &&
		    top->path[i].family == path->family)
			all += top->path[i].bit_rate;
	return shares(top, path) ? percent(path->bit_rate, all) : 0;
}

/**
 * top_weight - how much should
 * @top: this run
 * @path: one of its paths
 *
 * Return: percent of the weights.
 */
unsigned int top_weight(const struct top *top, const struct top_path *path)
{
	uint64_t all = 0;
	size_t i;

	for (i = 0; i < top->paths; i++)
		if (shares(top, &top->path[i]) &&
		    top->path[i].family == path->family)
			all += top->path[i].weight;
	return shares(top, path) ? percent(path->weight, all) : 0;
}

/* ---- order ---- */

static int compare_rates(const struct top_path *a, const struct top_path *b,
			 enum top_sort sort)
{
	switch (sort) {
	case SORT_PACKETS:
		return compare_numbers(b->packet_rate, a->packet_rate);
	case SORT_BITS:
		return compare_numbers(b->bit_rate, a->bit_rate);
	case SORT_CONNECTIONS:
		return compare_numbers(b->connections, a->connections);
	case SORT_DEV:
		return strcmp(a->device, b->device);
	case SORT_PATH:
		break;
	}
	return 0;
}

static int compare_paths(const void *one, const void *two, void *data)
{
	const struct top_path *a = one, *b = two;
	const struct top *top = data;
	int order = compare_numbers(a->family, b->family);

	if (!order)
		order = compare_rates(a, b, top->sort);
	return order ? order : compare_numbers(a->id, b->id);
}

/**
 * top_sorted - put the paths in order, IPv4's first
 * @top: with a sample
 */
void top_sorted(struct top *top)
{
	qsort_r(top->path, top->paths, sizeof(*top->path), compare_paths, top);
}

/* ---- columns ---- */

enum { T_GATEWAY, T_DEVICE, T_STATE, T_PACKETS, T_BITS, T_CONNECTIONS,
       T_SHARE, T_COUNT };

static const struct { const char *title; bool right; } columns[T_COUNT] = {
	[T_GATEWAY]	= { "gateway", false },
	[T_DEVICE]	= { "dev", false },
	[T_STATE]	= { "state", false },
	[T_PACKETS]	= { "packets/s", true },
	[T_BITS]	= { "bits/s", true },
	[T_CONNECTIONS]	= { "conns", true },
	[T_SHARE]	= { "share of", true },
};

/* Shown are the paths of the table's default routes, or without one all. */
static bool is_shown(const struct top *top, const struct top_path *path)
{
	return !top->table[0] || path->weight;
}

static const char *state_text(const struct top_path *path, char *buf)
{
	bool drains = path->reason == ECMP_REASON_DRAIN ||
		      path->reason == ECMP_REASON_LAST_RESORT;

	if (path->alive)
		return drains ? "draining" : "alive";
	snprintf(buf, STATE_TEXT, "dead: %s", name_text(reasons, path->reason));
	return path->reason ? buf : "dead";
}

static void cell_text(const struct top *top, const struct top_path *path,
		      unsigned int column, char *buf)
{
	char rate[RATE_TEXT], state[STATE_TEXT];

	buf[0] = '\0';
	switch (column) {
	case T_GATEWAY:
		snprintf(buf, CELL_TEXT, "%s", path->gateway);
		break;
	case T_DEVICE:
		text_quote(path->device, buf, CELL_TEXT);
		break;
	case T_STATE:
		snprintf(buf, CELL_TEXT, "%s", state_text(path, state));
		break;
	case T_PACKETS:
		snprintf(buf, CELL_TEXT, "%s", !path->known ? "-" :
			 rate_text(path->packet_rate, rate));
		break;
	case T_BITS:
		snprintf(buf, CELL_TEXT, "%s", !path->known ? "-" :
			 rate_text(path->bit_rate, rate));
		break;
	case T_CONNECTIONS:
		if (path->pin)
			snprintf(buf, CELL_TEXT, "%llu", (unsigned long long)
				 path->connections);
		break;
	case T_SHARE:
		if (shares(top, path))
			snprintf(buf, CELL_TEXT, "%u%% of %2u%%",
				 top_share(top, path), top_weight(top, path));
		break;
	}
}

/**
 * struct layout - how wide the columns are
 * @width: of each; 0: left out
 * @bar: of the bar; 0: left out
 */
struct layout {
	size_t	width[T_COUNT];
	size_t	bar;
};

static size_t width_of(const struct top *top, unsigned int column)
{
	size_t width = text_width(columns[column].title), cell, i;
	char text[CELL_TEXT];

	for (i = 0; i < top->paths; i++) {
		if (!is_shown(top, &top->path[i]))
			continue;
		cell_text(top, &top->path[i], column, text);
		cell = text_width(text);
		width = cell > width ? cell : width;
	}
	return width;
}

static size_t width_of_all(const struct layout *l)
{
	size_t width = 0;
	unsigned int i;

	for (i = 0; i < T_COUNT; i++)
		width += l->width[i] ? l->width[i] + 2 : 0;
	return width ? width - 2 : 0;
}

static void lay_out(const struct top *top, size_t room, struct layout *l)
{
	size_t width;
	unsigned int i;

	for (i = 0; i < T_COUNT; i++)
		l->width[i] = width_of(top, i);
	if (!top->table[0])
		l->width[T_SHARE] = 0;
	if (!top->counted)
		l->width[T_CONNECTIONS] = 0;
	l->bar = l->width[T_SHARE] ? BAR_LEAST : 0;
	if (width_of_all(l) + l->bar + 2 > room)
		l->width[T_CONNECTIONS] = 0;
	if (width_of_all(l) + l->bar + 2 > room)
		l->bar = 0;
	if (width_of_all(l) > room)
		l->width[T_GATEWAY] = 0;
	width = width_of_all(l);
	if (l->bar && width + 2 + l->bar < room)
		l->bar = room - width - 2;
	if (l->bar > BAR_MOST)
		l->bar = BAR_MOST;
}

/* ---- lines ---- */

/* Nothing goes beyond the right edge. */
struct line_room {
	const struct canvas	*canvas;
	size_t			left;
};

static void put(struct line_room *line, enum color color, const char *text)
{
	size_t used = 0, size, width;
	char cut[CELL_TEXT];
	uint32_t code;

	for (; text[used]; used += size) {
		size = utf8_character(text + used, strlen(text + used), &code);
		width = size ? text_width_of(text + used, size) : 0;
		if (!size || width > line->left || used + size >= sizeof(cut))
			break;
		line->left -= width;
	}
	memcpy(cut, text, used);
	cut[used] = '\0';
	line->canvas->put(line->canvas->data, color, cut);
}

static struct line_room begin(const struct canvas *canvas)
{
	return (struct line_room) { canvas, canvas->columns };
}

static void end(struct line_room *line)
{
	line->canvas->end(line->canvas->data);
}

static void put_cell(struct line_room *line, const struct layout *l,
		     unsigned int column, enum color color, const char *text)
{
	size_t width = text_width(text), pad;
	char blanks[CELL_TEXT];

	if (!l->width[column])
		return;
	pad = l->width[column] > width ? l->width[column] - width : 0;
	snprintf(blanks, sizeof(blanks), "%*s", (int)pad, "");
	if (columns[column].right)
		put(line, COLOR_NONE, blanks);
	put(line, color, text);
	if (!columns[column].right)
		put(line, COLOR_NONE, blanks);
	put(line, COLOR_NONE, "  ");
}

/* "####|...": so far it goes, so far it should. */
static void put_bar(struct line_room *line, const struct top *top,
		    const struct top_path *path, size_t width)
{
	size_t filled, mark, i;
	char bar[BAR_MOST + 1];

	if (!width || !shares(top, path))
		return;
	filled = (top_share(top, path) * width + 50) / 100;
	mark = (top_weight(top, path) * width + 50) / 100;
	for (i = 0; i < width; i++)
		bar[i] = i + 1 == mark ? '|' : i < filled ? '#' : '.';
	bar[width] = '\0';
	put(line, COLOR_GOOD, bar);
}

static void draw_path(const struct top *top, const struct canvas *canvas,
		      const struct layout *l, const struct top_path *path)
{
	struct line_room line = begin(canvas);
	char text[CELL_TEXT];
	unsigned int i;

	for (i = 0; i < T_COUNT; i++) {
		cell_text(top, path, i, text);
		put_cell(&line, l, i, i == T_DEVICE ? COLOR_NAME :
			 i != T_STATE ? COLOR_NONE :
			 path->alive && !path->reason ? COLOR_GOOD :
			 path->alive ? COLOR_WAIT : COLOR_BAD, text);
	}
	put_bar(&line, top, path, l->bar);
	end(&line);
}

static void draw_titles(const struct canvas *canvas, const struct layout *l)
{
	struct line_room line = begin(canvas);
	unsigned int i;

	for (i = 0; i < T_COUNT; i++)
		put_cell(&line, l, i, COLOR_HEAD, columns[i].title);
	if (l->bar)
		put(&line, COLOR_HEAD, "weight");
	end(&line);
}

static void draw_sums(const struct top *top, const struct canvas *canvas)
{
	struct line_room line = begin(canvas);
	uint64_t packets = 0, bits = 0, connections = 0;
	char one[RATE_TEXT], two[RATE_TEXT], text[CELL_TEXT];
	unsigned int alive = 0;
	size_t i, all = 0;

	for (i = 0; i < top->paths; i++) {
		if (!is_shown(top, &top->path[i]))
			continue;
		all++;
		alive += top->path[i].alive;
		packets += top->path[i].packet_rate;
		bits += top->path[i].bit_rate;
		connections += top->path[i].connections;
	}
	snprintf(text, sizeof(text), "%u of %zu paths alive", alive, all);
	put(&line, alive == all ? COLOR_GOOD : COLOR_BAD, text);
	snprintf(text, sizeof(text), ", %s packets/s, %sbit/s",
		 rate_text(packets, one), rate_text(bits, two));
	put(&line, COLOR_NONE, text);
	snprintf(text, sizeof(text), ", %llu connections",
		 (unsigned long long)connections);
	put(&line, COLOR_NONE, top->counted ? text : "");
	put(&line, COLOR_BAD, top->enabled ? "" : ", ecmp is off");
	end(&line);
}

static void draw_choice(const struct top *top, const struct canvas *canvas)
{
	struct line_room line = begin(canvas);
	char text[CELL_TEXT];

	if (top->table[0])
		snprintf(text, sizeof(text), "default routes of table %s",
			 top->table);
	else
		snprintf(text, sizeof(text), "all paths");
	put(&line, COLOR_NAME, text);
	snprintf(text, sizeof(text), ", by %s, over %.1f s",
		 name_word(top_sorts, top->sort), top->passed / 1e6);
	put(&line, COLOR_NONE, text);
	end(&line);
}

/**
 * top_draw - draw a sample
 * @top: with a sample, in order
 * @canvas: where to
 */
void top_draw(const struct top *top, const struct canvas *canvas)
{
	struct line_room line;
	struct layout l;
	size_t i;

	lay_out(top, canvas->columns, &l);
	draw_sums(top, canvas);
	draw_choice(top, canvas);
	line = begin(canvas);
	end(&line);
	draw_titles(canvas, &l);
	for (i = 0; i < top->paths; i++)
		if (is_shown(top, &top->path[i]))
			draw_path(top, canvas, &l, &top->path[i]);
}
