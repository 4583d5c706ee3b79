// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "suggest.h"

/* How many letters one must change, add, drop or swap to make a into b. */
static unsigned int distance(const char *a, const char *b)
{
	unsigned int row[3][32], i, j, best;
	size_t na = strlen(a), nb = strlen(b);

	if (na >= 32 || nb >= 32)
		return 32;
	for (j = 0; j <= nb; j++)
		row[0][j] = j;
	for (i = 1; i <= na; i++) {
		unsigned int *now = row[i % 3], *last = row[(i + 2) % 3];
		unsigned int *before = row[(i + 1) % 3];

		now[0] = i;
		for (j = 1; j <= nb; j++) {
			best = last[j - 1] + (a[i - 1] != b[j - 1]);
			if (last[j] + 1 < best)
				best = last[j] + 1;
			if (now[j - 1] + 1 < best)
				best = now[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1] && before[j - 2] + 1 < best)
				best = before[j - 2] + 1;
			now[j] = best;
		}
	}
	return row[na % 3][nb];
}

/*
 * How far a word is from one that it may stand for: 0 for the start of one,
 * or small for a slip of the finger.
 */
static unsigned int likeness(const char *word, const char *meant)
{
	if (word[0] && !strncmp(word, meant, strlen(word)))
		return 0;
	return distance(word, meant);
}

/* What RouterOS, iproute2 and nftables say for it; the first that is known. */
static const struct { const char *theirs, *ours; } foreign[] = {
	{ "blackhole", "drop" },
	{ "change", "set" },
	{ "commit", "confirm" },
	{ "daddr", "to" },
	{ "delete", "del" },
	{ "dev", "iif" },
	{ "dst-address", "to" },
	{ "dst-port", "dport" },
	{ "export", "save" },
	{ "flush", "evict" },
	{ "fwmark", "mark" },
	{ "gateway", "via" },
	{ "gw", "via" },
	{ "iifname", "iif" },
	{ "in-interface", "iif" },
	{ "interface", "iif" },
	{ "interface", "dev" },
	{ "ipv4-multipath-hash-policy", "hash-policy" },
	{ "list", "show" },
	{ "ls", "show" },
	{ "metric", "distance" },
	{ "multipath-hash-policy", "hash-policy" },
	{ "oif", "dev" },
	{ "place-before", "before" },
	{ "pref", "at" },
	{ "print", "show" },
	{ "print", "list" },
	{ "priority", "at" },
	{ "proto", "ipproto" },
	{ "protocol", "ipproto" },
	{ "reject", "unreachable" },
	{ "remove", "del" },
	{ "routing-mark", "mark" },
	{ "routing-table", "table" },
	{ "saddr", "from" },
	{ "show", "list" },
	{ "src", "from" },
	{ "src", "pref-src" },
	{ "src-address", "from" },
	{ "src-port", "sport" },
	{ "status", "show" },
	{ "suppress_prefixlength", "min-prefix" },
	{ "table", "lookup" },
};

static const char *find(const char *word, const char *const *known)
{
	for (; *known; known++)
		if (!strcmp(*known, word))
			return *known;
	return NULL;
}

/**
 * word_translate - what the word of another program is here
 * @word: the word
 * @known: what it may be; ends with NULL
 *
 * Return: one of @known, or NULL.
 */
const char *word_translate(const char *word, const char *const *known)
{
	const char *found;
	unsigned int i;

	for (i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++) {
		found = strcmp(foreign[i].theirs, word) ? NULL :
			find(foreign[i].ours, known);
		if (found)
			return found;
	}
	return NULL;
}

/**
 * word_suggest - what an unknown word may stand for
 * @word: the word
 * @known: what it may be; ends with NULL
 *
 * Return: the likeliest, or NULL.
 */
const char *word_suggest(const char *word, const char *const *known)
{
	unsigned int best = strlen(word) > 4 ? 3 : 2, like;
	const char *found = word_translate(word, known);

	if (found)
		return found;
	for (; *known; known++) {
		like = likeness(word, *known);
		if (like < best) {
			best = like;
			found = *known;
		}
	}
	return found;
}
