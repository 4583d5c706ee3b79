// SPDX-License-Identifier: GPL-2.0
/*
 * monitor --journal: an entry for each change.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "monitor_journal.h"
#include "text.h"

#define LOST "Events were lost, maybe of the configuration, too. The paths were read again: "

/*
 * ECMP_EVENT, PRIORITY and MESSAGE_ID of each kind. Others look for these: they
 * never change.
 */
static const struct { const char *event; int priority; const char *id; }
kinds[] = {
	[K_PATH_DEAD]	= { "path-dead", LOG_WARNING,
			    "49278b7540584520a107dd699d02a58f" },
	[K_PATH_ALIVE]	= { "path-alive", LOG_NOTICE,
			    "6c1158dce1d24a02ad83ab7b54ec0124" },
	[K_PATH_NEW]	= { "path-new", LOG_INFO,
			    "de0dfd80f7d14a18b8f1fc575955a9ce" },
	[K_PATH_CHANGED] = { "path-changed", LOG_INFO,
			     "909a308a57ee48f19b4ba4b9516bab3e" },
	[K_PATH_GONE]	= { "path-gone", LOG_INFO,
			    "238292ef8a474f688ef01c7738899657" },
	[K_TABLE]	= { "table", LOG_INFO,
			    "c0876ebcfee744d786f2a44062e31e40" },
	[K_TABLE_DELETED] = { "table-deleted", LOG_INFO,
			      "10a6f1e2c96f451b8e11ff3786778ff7" },
	[K_ROUTE]	= { "route", LOG_INFO,
			    "a88db573348741b7ab1ec734424a92bc" },
	[K_ROUTE_DELETED] = { "route-deleted", LOG_INFO,
			      "0170449896604a7cab5d13e0bbee0323" },
	[K_RULE]	= { "rule", LOG_INFO,
			    "9ddba0b28d854c3db580d2c1448da868" },
	[K_RULE_DELETED] = { "rule-deleted", LOG_INFO,
			     "a3b42bdbaea74ce3b4ffa1f4c2e9345d" },
	[K_SETTINGS]	= { "settings", LOG_INFO,
			    "2e6b6d709c6a4da1b979a91a0b9de021" },
	[K_CONFIGURATION] = { "configuration", LOG_INFO,
			      "830008263b324744be9e18242149959e" },
	[K_LOST]	= { "lost", LOG_WARNING,
			    "ca51e2d79e3d439da5668f41b33bbab8" },
	[K_WATCHING]	= { "watching", LOG_INFO,
			    "88a6315022674afa8b99a6eb5d1f7a5f" },
	[K_MODULE_GONE]	= { "module-gone", LOG_WARNING,
			    "a2fc834e9e8f47fe8e7cd6146ca0977c" },
	[K_MODULE_BACK]	= { "module-back", LOG_NOTICE,
			    "4b36a1fa7baa44679db482ab778995d5" },
};

/**
 * journal_end - nobody is told any more: whoever started this is to do it again
 * @j: this run
 * @what: cannot go on
 * @error: errno
 */
void journal_end(const struct journal *j, const char *what, int error)
{
	print_error(j->ctl, "%s: %s", what, strerror(error));
	exit(EXIT_REFUSED);
}

/**
 * event_begin - begin an entry
 * @entry: any
 * @kind: of the event
 */
void event_begin(struct entry *entry, enum kind kind)
{
	entry->used = 0;
	entry->count = 0;
	entry_add(entry, "ECMP_EVENT", "%s", kinds[kind].event);
	entry_add(entry, "MESSAGE_ID", "%s", kinds[kind].id);
	entry_add(entry, "PRIORITY", "%d", kinds[kind].priority);
	entry_add(entry, "SYSLOG_IDENTIFIER", "ecmp");
}

/**
 * event_end - send an entry
 * @j: this run
 * @entry: complete
 */
void event_end(const struct journal *j, const struct entry *entry)
{
	int err = journal_send(entry);

	if (err)
		journal_end(j, "the journal did not take an entry", -err);
}

/**
 * event_add_name - add a word to an entry
 * @entry: the entry
 * @field: its field
 * @set: where the word is
 * @value: its value
 */
void event_add_name(struct entry *entry, const char *field,
		    const struct name *set, uint64_t value)
{
	entry_add(entry, field, "%s", name_word(set, value));
}

/**
 * event_add_gateway - add a gateway to an entry
 * @entry: the entry
 * @gateway: family AF_UNSPEC: there is none
 */
void event_add_gateway(struct entry *entry, const struct address *gateway)
{
	char text[ADDRESS_TEXT];

	if (gateway->family)
		entry_add(entry, "ECMP_GATEWAY", "%s",
			  address_text(gateway, text));
}

static void add_string(struct entry *entry, const char *field,
		       const struct nlattr *attr)
{
	if (string_of(attr)[0])
		entry_add(entry, field, "%s", string_of(attr));
}

static void add_route(struct entry *entry, const struct nlattr **a)
{
	const uint64_t flags = number_of(a[ECMP_A_ROUTE_FLAGS]);
	const struct address gateway = address_of(a[ECMP_A_ROUTE_GATEWAY]);
	const struct prefix dst = {
		.address = address_of(a[ECMP_A_ROUTE_DST]),
		.length = number_of(a[ECMP_A_ROUTE_DST_LEN]),
	};
	char text[ADDRESS_TEXT];

	event_add_name(entry, "ECMP_FAMILY", families,
		 number_of(a[ECMP_A_ROUTE_FAMILY]));
	entry_add(entry, "ECMP_TABLE", "%s", a[ECMP_A_ROUTE_TABLE] ?
		  string_of(a[ECMP_A_ROUTE_TABLE]) : "main");
	entry_add(entry, "ECMP_PREFIX", "%s", prefix_text(&dst, text));
	event_add_gateway(entry, &gateway);
	add_string(entry, "ECMP_DEVICE", a[ECMP_A_ROUTE_DEVICE] ?:
		   a[ECMP_A_ROUTE_RESOLVED_DEVICE]);
	entry_add(entry, "ECMP_STATE", "%s",
		  flags & ECMP_ROUTE_F_DISABLED ? "disabled" :
		  flags & ECMP_ROUTE_F_ACTIVE ? "active" :
		  flags & ECMP_ROUTE_F_INACTIVE ? "inactive" : "standby");
	event_add_name(entry, "ECMP_REASON", reasons,
		 number_of(a[ECMP_A_ROUTE_REASON]));
	add_string(entry, "ECMP_COMMENT", a[ECMP_A_ROUTE_COMMENT]);
}

static void add_rule(struct entry *entry, const struct nlattr **a)
{
	entry_add(entry, "ECMP_RULE", "%u",
		  (unsigned int)number_of(a[ECMP_A_RULE_INDEX]));
	entry_add(entry, "ECMP_RULE_ID", "%u",
		  (unsigned int)number_of(a[ECMP_A_RULE_ID]));
	add_string(entry, "ECMP_TABLE", a[ECMP_A_RULE_TABLE]);
	add_string(entry, "ECMP_COMMENT", a[ECMP_A_RULE_COMMENT]);
}

static void add_table(struct entry *entry, const struct nlattr **a)
{
	add_string(entry, "ECMP_TABLE", a[ECMP_A_TABLE_NAME]);
}

static void add_settings(struct entry *entry, const struct nlattr **a)
{
	event_add_name(entry, "ECMP_ENABLED", yes_no,
		 number_of(a[ECMP_A_SETTINGS_ENABLED]));
}

static void add_generation(struct entry *entry, const struct nlattr **a)
{
	entry_add(entry, "ECMP_GENERATION", "%u", (unsigned int)
		  number_of(a[ECMP_A_TRANSACTION_GENERATION]));
}

/* What the configuration's notifications become; the paths' are not here. */
static const struct {
	enum kind	kind;
	const char	*head;
	void		(*add)(struct entry *entry, const struct nlattr **a);
} configured[ECMP_CMD_MAX + 1] = {
	[ECMP_CMD_TABLE_NEW] = { K_TABLE, "Configured: table", add_table },
	[ECMP_CMD_TABLE_DEL] = { K_TABLE_DELETED, "Deleted: table",
				 add_table },
	[ECMP_CMD_ROUTE_NEW] = { K_ROUTE, "Configured: route", add_route },
	[ECMP_CMD_ROUTE_DEL] = { K_ROUTE_DELETED, "Deleted: route",
				 add_route },
	[ECMP_CMD_RULE_NEW] = { K_RULE, "Configured: rule", add_rule },
	[ECMP_CMD_RULE_DEL] = { K_RULE_DELETED, "Deleted: rule", add_rule },
	[ECMP_CMD_SETTINGS_SET] = { K_SETTINGS, "Settings:", add_settings },
	[ECMP_CMD_TRANSACTION_COMMIT] = { K_CONFIGURATION,
					  "The configuration is another one:",
					  add_generation },
};

/* The words of "monitor", behind a head that makes them a sentence. */
static void add_event_message(const struct journal *j, struct entry *entry,
			      const char *head, const struct event *event,
			      const struct nlattr **a)
{
	char *text = NULL;
	size_t size;
	struct ctl out = { .out.out = open_memstream(&text, &size) };

	if (!out.out.out)
		journal_end(j, "an event cannot be told", ENOMEM);
	print_text(&out.out, "%s", head);
	event->text(&out, a);
	print_end(&out.out);
	if (fclose(out.out.out) || !text)
		journal_end(j, "an event cannot be told", ENOMEM);
	entry_add(entry, "MESSAGE", "%s", text_tame(text));
	free(text);
}

static void tell_event(const struct journal *j, uint8_t command,
		       const struct event *event, const struct nlattr **a)
{
	const enum kind kind = configured[command].kind;
	struct entry entry;

	event_begin(&entry, kind);
	add_event_message(j, &entry, configured[command].head, event, a);
	configured[command].add(&entry, a);
	event_end(j, &entry);
}

static void hear_module(struct journal *j, bool loaded)
{
	const enum kind kind = loaded ? K_MODULE_BACK : K_MODULE_GONE;
	struct entry entry;

	j->paths = 0;
	event_begin(&entry, kind);
	entry_add(&entry, "MESSAGE", "%s", loaded ?
		  "The module ecmp is loaded again: nothing is configured" :
		  "The module ecmp was unloaded: the kernel decides alone");
	event_end(j, &entry);
}

static void hear(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *a[WORDS_ATTRIBUTES];
	const struct event *event;
	struct journal *j = data;
	uint8_t command;
	bool loaded;

	if (!nlh && !paths_read(j, true)) {
		hear_module(j, false);
		return;
	}
	if (!nlh) {
		paths_tell(j, K_LOST, LOST);
		return;
	}
	if (netlink_about_module(nlh, &loaded)) {
		hear_module(j, loaded);
		return;
	}
	event = monitor_event(j->ctl, nlh, a);
	if (!event)
		return;
	command = netlink_command(nlh);
	if (!configured[command].head) {
		paths_hear(j, event->deleted, a);
		return;
	}
	tell_event(j, command, event, a);
	if (command == ECMP_CMD_TRANSACTION_COMMIT)
		paths_read(j, true);
}

/**
 * monitor_journal - monitor --journal
 * @ctl: this run
 * @words: the command
 *
 * Return: the exit status; while the journal and the module's socket are there
 * it does not.
 */
int monitor_journal(struct ctl *ctl, const struct words *words)
{
	struct journal j = { .ctl = ctl };

	if (ctl_open(ctl))
		return ctl_refused(ctl, words);
	if (journal_open(ctl))
		return EXIT_REFUSED;
	if (!netlink_join(&ctl->nl)) {
		paths_read(&j, false);
		paths_tell(&j, K_WATCHING, "Watching ");
		netlink_listen(&ctl->nl, hear, &j);
	}
	free(j.path);
	return ctl_refused(ctl, words);
}
