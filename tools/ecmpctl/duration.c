// SPDX-License-Identifier: GPL-2.0
/*
 * Durations: a number with ms, s, m or h; a bare number is seconds. Ages, which
 * are only read: their two largest units.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "duration.h"

static const struct { const char *unit; uint64_t msecs; } units[] = {
	{ "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 },
	{ "", 1000 },
};

static bool duration_parse(const char *word, uint64_t *msecs)
{
	unsigned int i;
	uint64_t n = 0;
	char *end;

	if (word[0] < '0' || word[0] > '9' || strspn(word, "0123456789") > 9)
		return false;
	n = strtoull(word, &end, 10);
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(end, units[i].unit))
			continue;
		*msecs = n * units[i].msecs;
		return true;
	}
	return false;
}

/**
 * words_duration - take a duration
 * @words: the command
 * @min: the least that is allowed, milliseconds
 * @max: the most
 * @msecs: where it goes
 */
bool words_duration(struct words *words, uint64_t min, uint64_t max,
		    uint64_t *msecs)
{
	const char *word = words_take(words, "a duration, as 500ms, 10s or 2m");
	char least[DURATION_TEXT], most[DURATION_TEXT];

	if (!word)
		return false;
	if (duration_parse(word, msecs) && *msecs >= min && *msecs <= max)
		return true;
	return words_fail(words, words->next - 1,
			  "\"%s\" is not a duration from %s to %s, as %s",
			  word, duration_text(min, least),
			  duration_text(max, most), min < 1000 ?
			  "500ms, 10s or 2m" : "10s, 2m or 1h");
}

/**
 * duration_text - a duration as words_duration() takes it
 * @msecs: milliseconds
 * @buf: DURATION_TEXT bytes
 *
 * Return: @buf.
 */
const char *duration_text(uint64_t msecs, char *buf)
{
	unsigned int i = !msecs || msecs % 1000 ? 0 : msecs % 60000 ? 1 :
			 msecs % 3600000 ? 2 : 3;

	snprintf(buf, DURATION_TEXT, "%llu%s",
		 (unsigned long long)(msecs / units[i].msecs), units[i].unit);
	return buf;
}

/**
 * age_text - how long something has been as it is
 * @msecs: milliseconds
 * @buf: DURATION_TEXT bytes
 *
 * Return: @buf, as 12s, 3m12s, 2h05m or 3d04h.
 */
const char *age_text(uint64_t msecs, char *buf)
{
	unsigned long long s = msecs / 1000;

	if (s < 60)
		snprintf(buf, DURATION_TEXT, "%llus", s);
	else if (s < 3600)
		snprintf(buf, DURATION_TEXT, "%llum%02llus", s / 60, s % 60);
	else if (s < 86400)
		snprintf(buf, DURATION_TEXT, "%lluh%02llum", s / 3600,
			 s / 60 % 60);
	else
		snprintf(buf, DURATION_TEXT, "%llud%02lluh", s / 86400,
			 s / 3600 % 24);
	return buf;
}
