/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The words for the numbers of the netlink contract.
 */
#ifndef ECMPCTL_NAMES_H
#define ECMPCTL_NAMES_H

#include <stdbool.h>

/**
 * struct name - one member of a closed set
 * @value: the number in netlink
 * @word: what a person writes, and what JSON says
 * @text: what is shown to a person, where that is more than the word
 *
 * A set is an array that ends with a NULL word.
 */
struct name {
	unsigned int	value;
	const char	*word;
	const char	*text;
};

extern const struct name hash_policies[];
extern const struct name balances[];
extern const struct name failbacks[];
extern const struct name pins[];
extern const struct name route_types[];
extern const struct name checks[];
extern const struct name check_states[];
extern const struct name actions[];
extern const struct name families[];
extern const struct name yes_no[];
extern const struct name on_off[];
extern const struct name nexthop_states[];
extern const struct name forced_states[];
extern const struct name reasons[];
extern const struct name verdicts[];
extern const struct name verdicts6[];
extern const struct name lefts[];
extern const struct name pinned_words[];
extern const struct name outcomes[];
extern const struct name fields[];
extern const struct name ip_protocols[];
extern const struct name route_protocols[];
extern const struct name neighbour_states[];

bool reason_waits(unsigned int reason);
const struct name *name_find(const struct name *set, const char *word);
const char *name_word(const struct name *set, unsigned int value);
const char *name_text(const struct name *set, unsigned int value);

#endif /* ECMPCTL_NAMES_H */
