/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A load that waits to be confirmed, in one network namespace, and the one that
 * was taken back last. Both are files under /run/ecmp, which hold a
 * configuration that "load" takes behind comments which tell of it:
 *
 *	confirm-COOKIE	what was configured before, until somebody confirms
 *	undone-COOKIE	what was configured when it was taken back
 *	lock-COOKIE	whoever changes one of these holds it
 *	new-COOKIE	one of them, being written
 *
 * COOKIE is the number of the namespace, which the kernel gives once. Whoever
 * waits holds a lock of confirm-COOKIE: with its process the lock is gone.
 */
#ifndef ECMPCTL_PENDING_H
#define ECMPCTL_PENDING_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "file.h"

struct ctl;

#define PENDING_PATH	64
#define PENDING_MSECS_MIN	1000
#define PENDING_MSECS_MAX	86400000

extern const char *pending_dir;

/**
 * struct pending - the load that waits, if one does
 * @cookie: of this network namespace
 * @lock: descriptor of the lock; -1: not held
 * @waits: one waits; what follows is of it
 * @watched: the process that waits is alive
 * @text: all of its file
 * @before: of that, the configuration to go back to
 * @loaded: name of the file that was loaded
 * @begun: when, in milliseconds since the machine started
 * @until: when it is taken back
 * @kept: what was taken back is in undone-COOKIE
 */
struct pending {
	uint64_t	cookie;
	int		lock;
	bool		waits;
	bool		watched;
	struct file	text;
	struct file	before;
	char		loaded[PATH_MAX];
	uint64_t	begun;
	uint64_t	until;
	bool		kept;
};

uint64_t pending_now(void);
int pending_open(struct ctl *ctl, struct pending *p);
int pending_lock(struct ctl *ctl, struct pending *p);
void pending_unlock(struct pending *p);
void pending_close(struct pending *p);
int pending_read(struct ctl *ctl, struct pending *p);
int pending_undone(struct ctl *ctl, struct pending *p);
bool pending_waits(struct pending *p);
uint64_t pending_left(const struct pending *p);
int pending_write(const struct pending *p);
int pending_put(const struct pending *p, const char *name);
bool pending_is(const struct pending *p, int fd);
int pending_forget(struct ctl *ctl, const struct pending *p);
const char *pending_path(const struct pending *p, const char *name, char *buf);

#endif /* ECMPCTL_PENDING_H */
