/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ECMPCTL_PREFIX_H
#define ECMPCTL_PREFIX_H

#include "address.h"

bool prefix_holds(const struct prefix *prefix, const struct address *address);
bool prefix_within(const struct prefix *inner, const struct prefix *outer);
void prefix_shorten(struct prefix *prefix, unsigned int length);
bool address_link_local(const struct address *address);
bool address_neighbour(const struct address *address);
const char *prefix_undecided(const struct prefix *prefix);

#endif /* ECMPCTL_PREFIX_H */
