// SPDX-License-Identifier: GPL-2.0
/*
 * Equal lines of two listings are the same object; of several equal ones the
 * first is the first. Only the order of rules means something. Of those that
 * are in both listings as many as can be stay, and the others move: what stays
 * is the longest increasing subsequence of the new numbers, found with piles
 * (C. Schensted, 1961).
 */
#include <stdlib.h>
#include <string.h>

#include "listing.h"

/**
 * listing_add - one more line
 * @kind: what it configures
 * @text: its text
 * @data: struct listing
 */
void listing_add(enum save_kind kind, const char *text, void *data)
{
	struct listing *listing = data;
	struct listed *line;
	size_t room = listing->room ? listing->room * 2 : 64;
	bool same;

	if (listing->count == listing->room) {
		line = realloc(listing->line, room * sizeof(*line));
		if (!line) {
			listing->full = true;
			return;
		}
		listing->line = line;
		listing->room = room;
	}
	line = &listing->line[listing->count];
	same = listing->count && line[-1].kind == kind;
	*line = (struct listed) {
		.text = strdup(text), .kind = kind,
		.number = same ? line[-1].number + 1 : 0,
	};
	if (line->text)
		listing->count++;
	else
		listing->full = true;
}

/**
 * listing_free - forget a listing
 * @listing: zeroed, or filled
 */
void listing_free(struct listing *listing)
{
	while (listing->count)
		free(listing->line[--listing->count].text);
	free(listing->line);
}

static int compare(const struct listed *a, const struct listed *b)
{
	return a->kind != b->kind ? (a->kind < b->kind ? -1 : 1) :
	       strcmp(a->text, b->text);
}

static int by_text(const void *one, const void *two)
{
	const struct listed *a = *(struct listed *const *)one;
	const struct listed *b = *(struct listed *const *)two;
	int order = compare(a, b);

	return order ? order : (a->number > b->number) - (a->number < b->number);
}

static struct listed **sorted(const struct listing *listing)
{
	struct listed **lines = calloc(listing->count + 1, sizeof(*lines));
	size_t i;

	if (!lines)
		return NULL;
	for (i = 0; i < listing->count; i++)
		lines[i] = &listing->line[i];
	qsort(lines, listing->count, sizeof(*lines), by_text);
	return lines;
}

static void match_sorted(const struct listing *before, struct listed **old,
			 const struct listing *after, struct listed **new)
{
	size_t i = 0, k = 0;
	int order;

	while (i < before->count && k < after->count) {
		order = compare(old[i], new[k]);
		if (!order) {
			old[i]->matched = new[k]->matched = true;
			old[i]->match = new[k] - after->line;
			new[k]->match = old[i] - before->line;
			old[i]->stays = new[k]->stays =
				old[i]->kind != SAVE_RULE;
		}
		i += order <= 0;
		k += order >= 0;
	}
}

/* The first pile whose top is not below @match. */
static size_t find_pile(const struct listing *before, const size_t *top,
			size_t piles, size_t match)
{
	size_t low = 0, high = piles, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (before->line[top[middle]].match < match)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* @top: of each pile; @below: what each line lies on; room for all. */
static void find_staying(struct listing *before, struct listing *after,
			 size_t *top, size_t *below)
{
	size_t piles = 0, pile, i;

	for (i = 0; i < before->count; i++) {
		if (!before->line[i].matched ||
		    before->line[i].kind != SAVE_RULE)
			continue;
		pile = find_pile(before, top, piles, before->line[i].match);
		below[i] = pile ? top[pile - 1] : i;
		top[pile] = i;
		piles += pile == piles;
	}
	if (!piles)
		return;
	for (i = top[piles - 1]; piles--; i = below[i]) {
		before->line[i].stays = true;
		after->line[before->line[i].match].stays = true;
	}
}

/**
 * listing_match - find what two listings have in common
 * @before: one
 * @after: the other
 *
 * Return: 0, or -1 without memory.
 */
int listing_match(struct listing *before, struct listing *after)
{
	struct listed **old = sorted(before), **new = sorted(after);
	size_t *top = calloc(2 * before->count + 1, sizeof(*top));
	int err = -1;

	if (old && new && top && !before->full && !after->full) {
		match_sorted(before, old, after, new);
		find_staying(before, after, top, top + before->count);
		err = 0;
	}
	free(old);
	free(new);
	free(top);
	return err;
}
