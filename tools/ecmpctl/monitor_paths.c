// SPDX-License-Identifier: GPL-2.0
/*
 * What is known of the paths, to tell one that dies from one that is dead for
 * another reason now, and what happened while nobody listened.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "monitor_journal.h"
#include "text.h"

#define PATH_TEXT	(ADDRESS_TEXT + TEXT_QUOTED(16) + 8)
#define PATHS_NAMED	8	/* dead ones, in one sentence */

/* One without a device waits: for its gateway, or for the kernel to know one. */
static const char *path_text(const struct path *p, char *text)
{
	char gateway[ADDRESS_TEXT], device[TEXT_QUOTED(sizeof(p->device))];

	if (p->gateway.family)
		address_text(&p->gateway, gateway);
	else
		snprintf(gateway, sizeof(gateway), "(%s)",
			 name_text(families, p->family));
	if (p->device[0])
		snprintf(text, PATH_TEXT, "%s dev %s", gateway,
			 text_quote(p->device, device, sizeof(device)));
	else
		snprintf(text, PATH_TEXT, "%s%s", gateway,
			 p->gateway.family ? "" : " via kernel");
	return text;
}

static const char *why_text(const struct path *p)
{
	return p->reason ? name_text(reasons, p->reason) : "no reason told";
}

static void add_path_message(struct entry *entry, enum kind kind,
			     const struct path *p, bool died)
{
	char text[PATH_TEXT];

	path_text(p, text);
	switch (kind) {
	case K_PATH_DEAD:
		entry_add(entry, "MESSAGE", "Path %s died: %s", text,
			  why_text(p));
		break;
	case K_PATH_ALIVE:
		entry_add(entry, "MESSAGE", "Path %s %slives again%s%s", text,
			  died ? "died meanwhile and " : "",
			  p->reason ? ": " : "",
			  p->reason ? why_text(p) : "");
		break;
	case K_PATH_GONE:
		entry_add(entry, "MESSAGE", "Path %s is gone", text);
		break;
	default:
		entry_add(entry, "MESSAGE", "Path %s is %s%s%s%s%s%s", text,
			  kind == K_PATH_NEW ? "new: " : "",
			  name_word(nexthop_states, p->state),
			  p->reason ? " (" : "",
			  p->reason ? why_text(p) : "", p->reason ? ")" : "",
			  p->forced != ECMP_FORCED_AUTO ? ", forced" :
			  kind == K_PATH_CHANGED ? ", not forced" : "");
	}
}

/* @died: and lived again, while nobody listened */
static void tell_path(const struct journal *j, enum kind kind,
		      const struct path *p, bool died)
{
	struct entry entry;

	event_begin(&entry, kind);
	add_path_message(&entry, kind, p, died);
	event_add_name(&entry, "ECMP_FAMILY", families, p->family);
	event_add_gateway(&entry, &p->gateway);
	if (p->device[0])
		entry_add(&entry, "ECMP_DEVICE", "%s", p->device);
	if (kind != K_PATH_GONE) {
		event_add_name(&entry, "ECMP_STATE", nexthop_states, p->state);
		event_add_name(&entry, "ECMP_REASON", reasons, p->reason);
		event_add_name(&entry, "ECMP_FORCED", forced_states, p->forced);
		event_add_name(&entry, "ECMP_UPLINK", yes_no, p->uplink);
	}
	if (p->pin)
		entry_add(&entry, "ECMP_PIN_ID", "%u", (unsigned int)p->pin);
	entry_add(&entry, "ECMP_FLAPS", "%llu", (unsigned long long)p->flaps);
	event_end(j, &entry);
}

static struct path path_of(const struct nlattr **a)
{
	struct path p = {
		.family = number_of(a[ECMP_A_NEXTHOP_FAMILY]),
		.gateway = address_of(a[ECMP_A_NEXTHOP_GATEWAY]),
		.state = number_of(a[ECMP_A_NEXTHOP_STATE]),
		.reason = number_of(a[ECMP_A_NEXTHOP_REASON]),
		.forced = number_of(a[ECMP_A_NEXTHOP_FORCED]),
		.pin = a[ECMP_A_NEXTHOP_PIN_FIXED] ?
		       number_of(a[ECMP_A_NEXTHOP_PIN_ID]) : 0,
		.flaps = number_of(a[ECMP_A_NEXTHOP_FLAPS]),
		.uplink = a[ECMP_A_NEXTHOP_UPLINK],
		.seen = true,
	};

	snprintf(p.device, sizeof(p.device), "%s",
		 string_of(a[ECMP_A_NEXTHOP_DEVICE]));
	return p;
}

static struct path *path_find(const struct journal *j, const struct path *p)
{
	size_t i;

	for (i = 0; i < j->paths; i++)
		if (j->path[i].family == p->family &&
		    address_equal(&j->path[i].gateway, &p->gateway) &&
		    !strcmp(j->path[i].device, p->device))
			return &j->path[i];
	return NULL;
}

static struct path *path_add(struct journal *j)
{
	size_t room = j->room ? j->room * 2 : 16;
	struct path *more;

	if (j->paths == j->room) {
		more = realloc(j->path, room * sizeof(*more));
		if (!more)
			journal_end(j, "the paths cannot be kept", ENOMEM);
		j->path = more;
		j->room = room;
	}
	return &j->path[j->paths++];
}

static void path_drop(struct journal *j, struct path *p)
{
	*p = j->path[--j->paths];
}

/* A path is as @now: what is told of that, if anything is. */
static void path_update(struct journal *j, const struct path *now, bool tell)
{
	struct path *p = path_find(j, now);
	const bool known = p;
	struct path old;

	if (!p)
		p = path_add(j);
	else
		old = *p;
	*p = *now;
	if (!tell)
		return;
	if (!known)
		tell_path(j, K_PATH_NEW, p, false);
	else if (old.state != p->state)
		tell_path(j, p->state == ECMP_NEXTHOP_ALIVE ? K_PATH_ALIVE :
							      K_PATH_DEAD,
			  p, false);
	else if (p->flaps > old.flaps && p->state == ECMP_NEXTHOP_ALIVE)
		tell_path(j, K_PATH_ALIVE, p, true);
	else if (old.reason != p->reason || old.forced != p->forced ||
		 old.pin != p->pin)
		tell_path(j, K_PATH_CHANGED, p, false);
}

static void paths_take(struct journal *j, const struct answers *answers,
		       bool tell)
{
	const struct nlattr *a[ECMP_A_NEXTHOP_MAX + 1];
	const struct nlmsghdr *nlh = NULL;
	struct path now;

	while ((nlh = answers_next(answers, nlh))) {
		attributes_read(nlh, a, ECMP_A_NEXTHOP_MAX);
		if (!family_shown(j->ctl, a[ECMP_A_NEXTHOP_FAMILY]))
			continue;
		now = path_of(a);
		path_update(j, &now, tell);
	}
}

/**
 * paths_read - read them all, by another socket than the one that listens
 * @j: this run
 * @tell: an entry for each that is not as it was told last
 *
 * Return: false: the module is gone.
 */
bool paths_read(struct journal *j, bool tell)
{
	struct ctl ask = { .out = j->ctl->out };
	struct answers answers = { .data = NULL };
	bool absent;
	size_t i;

	for (i = 0; i < j->paths; i++)
		j->path[i].seen = false;
	if (ctl_open(&ask) || dump_all(&ask, ECMP_CMD_NEXTHOP_GET, &answers)) {
		if (!ask.nl.absent)
			print_warning(j->ctl, "the paths could not be read: %s",
				      ask.nl.refusal.sentence);
	} else {
		paths_take(j, &answers, tell);
		for (i = j->paths; i--;) {
			if (j->path[i].seen)
				continue;
			if (tell)
				tell_path(j, K_PATH_GONE, &j->path[i], false);
			path_drop(j, &j->path[i]);
		}
	}
	absent = ask.nl.absent;
	answers_free(&answers);
	netlink_close(&ask.nl);
	return !absent;
}

/* ", 2 of them dead: 10.1.2.1 dev wan2 (no carrier), ..." */
static size_t dead_text(const struct journal *j, char *text, size_t size)
{
	size_t i, dead = 0, used = 0;
	char one[PATH_TEXT];

	text[0] = '\0';
	for (i = 0; i < j->paths; i++) {
		const struct path *p = &j->path[i];

		if (p->state == ECMP_NEXTHOP_ALIVE || dead++ >= PATHS_NAMED)
			continue;
		used += snprintf(text + used, size - used, "%s%s (%s)",
				 used ? ", " : ": ", path_text(p, one),
				 why_text(p));
	}
	if (dead > PATHS_NAMED)
		snprintf(text + used, size - used, ", ...");
	return dead;
}

/**
 * paths_tell - how it is, from where on changes are told
 * @j: this run
 * @kind: of the event
 * @before: what the sentence begins with
 */
void paths_tell(const struct journal *j, enum kind kind,
		       const char *before)
{
	char text[PATHS_NAMED * (PATH_TEXT + 64) + 8];
	size_t dead = dead_text(j, text, sizeof(text));
	struct entry entry;

	event_begin(&entry, kind);
	entry_add(&entry, "MESSAGE", "%s%zu paths, %zu of them dead%s", before,
		  j->paths, dead, text);
	entry_add(&entry, "ECMP_PATHS", "%zu", j->paths);
	entry_add(&entry, "ECMP_DEAD", "%zu", dead);
	event_end(j, &entry);
}

/**
 * paths_hear - a path is told
 * @j: this run
 * @deleted: it is gone
 * @a: attributes of the next hop by number
 */
void paths_hear(struct journal *j, bool deleted, const struct nlattr **a)
{
	const struct path now = path_of(a);
	struct path *p;

	if (!deleted) {
		path_update(j, &now, true);
		return;
	}
	tell_path(j, K_PATH_GONE, &now, false);
	p = path_find(j, &now);
	if (p)
		path_drop(j, p);
}
