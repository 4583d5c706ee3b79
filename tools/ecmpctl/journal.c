// SPDX-License-Identifier: GPL-2.0
/*
 * systemd's journal, by libsystemd. Linked with it, every command would take
 * twice as long to start, for a compression and an encryption that are not
 * used: so only who asks for the journal loads it.
 */
#include <stdarg.h>
#include <stdio.h>

#include "ecmpctl.h"
#include "journal.h"

/**
 * entry_add - add a field; what has no room is left out
 * @entry: zeroed at first
 * @name: of the field
 * @fmt: its value
 */
void entry_add(struct entry *entry, const char *name, const char *fmt, ...)
{
	char *text = entry->text + entry->used;
	size_t room = sizeof(entry->text) - entry->used;
	int head, length;
	va_list args;

	head = snprintf(text, room, "%s=", name);
	if (entry->count == ENTRY_FIELDS || (size_t)head >= room)
		return;
	va_start(args, fmt);
	length = vsnprintf(text + head, room - head, fmt, args);
	va_end(args);
	if (length < 0 || (size_t)length >= room - head)
		return;
	entry->field[entry->count].iov_base = text;
	entry->field[entry->count++].iov_len = head + length;
	entry->used += head + length;
}

#ifdef HAVE_JOURNAL

#include <dlfcn.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

#define LIBRARY	"libsystemd.so.0"
#define SOCKET	"/run/systemd/journal/socket"

static __typeof__(sd_journal_sendv) *sendv;

/**
 * journal_open - entries can be sent from now on
 * @ctl: this run
 *
 * Return: 0, or -1: the sentence was printed.
 */
int journal_open(const struct ctl *ctl)
{
	void *library = dlopen(LIBRARY, RTLD_NOW);

	sendv = library ? dlsym(library, "sd_journal_sendv") : NULL;
	if (!sendv) {
		print_error(ctl, LIBRARY " cannot be loaded, which speaks with the journal: apt-get install libsystemd0");
		return -1;
	}
	/* Without it the library takes entries for nobody. */
	if (!access(SOCKET, W_OK))
		return 0;
	print_error(ctl, "systemd's journal cannot be reached by " SOCKET " (%s): without --journal events are printed",
		    strerror(errno));
	return -1;
}

/**
 * journal_send - send an entry
 * @entry: complete
 *
 * Return: 0 or a negative errno.
 */
int journal_send(const struct entry *entry)
{
	return sendv(entry->field, entry->count);
}

#else /* HAVE_JOURNAL */

int journal_open(const struct ctl *ctl)
{
	print_error(ctl, "the journal was left out when this ecmpctl was built, for want of libsystemd: install libsystemd-dev, and build it again");
	return -1;
}

int journal_send(const struct entry *entry)
{
	(void)entry;
	return 0;
}

#endif /* HAVE_JOURNAL */
