/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ECMPCTL_ROUTE_TEXT_H
#define ECMPCTL_ROUTE_TEXT_H

#include <libmnl/libmnl.h>

#define ROUTE_TEXT	2048	/* room for a route with all it can have */

const char *route_waits_for(const struct nlattr **attrs);
void route_text(const struct nlattr **attrs, char *text);

#endif /* ECMPCTL_ROUTE_TEXT_H */
