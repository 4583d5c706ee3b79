/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Entries for systemd's journal. Where ecmpctl was built without libsystemd
 * none can be made, and journal_open() says so.
 */
#ifndef ECMPCTL_JOURNAL_H
#define ECMPCTL_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/uio.h>

#define ENTRY_FIELDS	24
#define ENTRY_ROOM	(8 << 10)	/* a route with all it can have, twice */

struct ctl;

/**
 * struct entry - fields that are being collected
 * @text: NAME=VALUE of each, one after another
 * @used: bytes of it
 * @field: where each of them is
 * @count: how many
 */
struct entry {
	char		text[ENTRY_ROOM];
	size_t		used;
	struct iovec	field[ENTRY_FIELDS];
	int		count;
};

void entry_add(struct entry *entry, const char *name, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

int journal_open(const struct ctl *ctl);
int journal_send(const struct entry *entry);

#endif /* ECMPCTL_JOURNAL_H */
