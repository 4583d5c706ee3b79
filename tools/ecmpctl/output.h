/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ECMPCTL_OUTPUT_H
#define ECMPCTL_OUTPUT_H

#include <stdio.h>

struct ctl;

int output_file(struct ctl *ctl, const char *name,
		void (*print)(FILE *out, void *data), void *data);

#endif /* ECMPCTL_OUTPUT_H */
