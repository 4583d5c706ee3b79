/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ECMPCTL_SUGGEST_H
#define ECMPCTL_SUGGEST_H

const char *word_translate(const char *word, const char *const *known);
const char *word_suggest(const char *word, const char *const *known);

#endif /* ECMPCTL_SUGGEST_H */
