/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ECMPCTL_ROLLBACK_H
#define ECMPCTL_ROLLBACK_H

#include <stdbool.h>
#include <stdint.h>

struct ctl;
struct file;
struct pending;
struct words;

int saved_text(struct ctl *ctl, const struct words *words, struct file *file);
int rollback(struct ctl *ctl, const struct words *words, struct pending *p);
void rollback_detach(void);
void rollback_watch(struct ctl *ctl, const struct words *words,
		    struct pending *p, int fd);

/* cmd_confirm.c */
int confirm_load(struct ctl *ctl, const struct words *words,
		 const struct file *file, bool force, uint64_t msecs);
bool confirm_allows(struct ctl *ctl);
bool confirm_notice(struct ctl *ctl);

#endif /* ECMPCTL_ROLLBACK_H */
