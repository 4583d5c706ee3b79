/* SPDX-License-Identifier: GPL-2.0 */
/*
 * monitor: cmd_monitor.c prints what is told, monitor_journal.c makes entries
 * of it.
 */
#ifndef ECMPCTL_MONITOR_H
#define ECMPCTL_MONITOR_H

#include "ecmpctl.h"

/**
 * struct event - what a notification is about
 * @word: the object
 * @deleted: it is gone
 * @family: the attribute that tells its family; 0: none does
 * @members: prints the object in JSON
 * @text: prints it as text
 */
struct event {
	const char	*word;
	bool		deleted;
	uint16_t	family;
	void		(*members)(struct ctl *ctl, const struct nlattr **a);
	void		(*text)(struct ctl *ctl, const struct nlattr **a);
};

const struct event *monitor_event(const struct ctl *ctl,
				  const struct nlmsghdr *nlh,
				  const struct nlattr **a);

int monitor_journal(struct ctl *ctl, const struct words *words);

#endif /* ECMPCTL_MONITOR_H */
