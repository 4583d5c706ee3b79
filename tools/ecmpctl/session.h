/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ECMPCTL_SESSION_H
#define ECMPCTL_SESSION_H

#include <stdbool.h>

struct ctl;
struct session;

bool session_parse(const char *ssh, struct session *session);
bool session_survives(struct ctl *ctl);

#endif /* ECMPCTL_SESSION_H */
