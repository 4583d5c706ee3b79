/* SPDX-License-Identifier: GPL-2.0 */
/*
 * monitor --journal: monitor_journal.c makes entries of what it hears,
 * monitor_paths.c keeps what is known of the paths.
 */
#ifndef ECMPCTL_MONITOR_JOURNAL_H
#define ECMPCTL_MONITOR_JOURNAL_H

#include "journal.h"
#include "monitor.h"

/* In the order of kinds[]; ecmpctl(8) lists them. */
enum kind {
	K_PATH_DEAD, K_PATH_ALIVE, K_PATH_NEW, K_PATH_CHANGED, K_PATH_GONE,
	K_TABLE, K_TABLE_DELETED, K_ROUTE, K_ROUTE_DELETED, K_RULE,
	K_RULE_DELETED, K_SETTINGS, K_CONFIGURATION, K_LOST, K_WATCHING,
	K_MODULE_GONE, K_MODULE_BACK,
};

/**
 * struct path - what was told last of a next hop
 * @family: with the next two it is which
 * @gateway: family AF_UNSPEC: none
 * @device: its interface
 * @state: ECMP_NEXTHOP_*
 * @reason: ECMP_REASON_*
 * @forced: ECMP_FORCED_*
 * @pin: its fixed pin-id; 0: none
 * @uplink: an enabled default route goes by it
 * @flaps: how often it died
 * @seen: when the paths were read last
 */
struct path {
	uint64_t	family;
	struct address	gateway;
	char		device[16];
	uint64_t	state, reason, forced, pin, flaps;
	bool		uplink;
	bool		seen;
};

/**
 * struct journal - a run of it
 * @ctl: the socket that listens, and the family that is asked for
 * @path: the paths
 * @paths: how many
 * @room: for how many there is memory
 */
struct journal {
	struct ctl	*ctl;
	struct path	*path;
	size_t		paths, room;
};

/* monitor_journal.c */
void journal_end(const struct journal *j, const char *what, int error)
	__attribute__((noreturn));
void event_begin(struct entry *entry, enum kind kind);
void event_end(const struct journal *j, const struct entry *entry);
void event_add_name(struct entry *entry, const char *field,
		    const struct name *set, uint64_t value);
void event_add_gateway(struct entry *entry, const struct address *gateway);

/* monitor_paths.c */
void paths_hear(struct journal *j, bool deleted, const struct nlattr **a);
bool paths_read(struct journal *j, bool tell);
void paths_tell(const struct journal *j, enum kind kind, const char *before);

#endif /* ECMPCTL_MONITOR_JOURNAL_H */
