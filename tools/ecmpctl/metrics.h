/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ECMPCTL_METRICS_H
#define ECMPCTL_METRICS_H

#include <stdio.h>

struct state;

void metrics_print(FILE *out, const struct state *s);

#endif /* ECMPCTL_METRICS_H */
