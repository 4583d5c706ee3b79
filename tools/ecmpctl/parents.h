/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The environment of the processes that this one was started by: sudo and
 * "su -" leave little of it to their children.
 */
#ifndef ECMPCTL_PARENTS_H
#define ECMPCTL_PARENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

extern const char *parents_proc;

bool parents_variable(pid_t pid, const char *name, char *value, size_t size);

#endif /* ECMPCTL_PARENTS_H */
