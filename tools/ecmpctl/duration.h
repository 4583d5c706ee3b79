/* SPDX-License-Identifier: GPL-2.0 */
#ifndef DURATION_H
#define DURATION_H

#include "parse.h"

#define DURATION_TEXT	24

bool words_duration(struct words *words, uint64_t min, uint64_t max,
		    uint64_t *msecs);
const char *duration_text(uint64_t msecs, char *buf);
const char *age_text(uint64_t msecs, char *buf);

#endif /* DURATION_H */
