/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ECMPCTL_HINT_H
#define ECMPCTL_HINT_H

#include "parse.h"

bool hint_word(struct words *words, const char *word, bool has_via);
bool hint_comment(struct words *words, const char *word);
bool hint_prefix(struct words *words, const char *word);
bool hint_gateways(struct words *words, const char *word);
bool hint_ports(struct words *words, const char *word);
bool hint_command(struct words *words, const char *word);

#endif /* ECMPCTL_HINT_H */
