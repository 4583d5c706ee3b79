/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ECMPCTL_DIFF_H
#define ECMPCTL_DIFF_H

#include <sys/types.h>

#include "ecmpctl.h"
#include "save.h"

ssize_t diff_print(struct ctl *ctl, const struct state *before,
		   const struct state *after);

#endif /* ECMPCTL_DIFF_H */
