/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ECMP_HEALTH_CHECK_H
#define _ECMP_HEALTH_CHECK_H

struct ecmp_net;

void ecmp_checks_init(struct ecmp_net *en);
void ecmp_checks_stop(struct ecmp_net *en);
void ecmp_checks_update(struct ecmp_net *en);

#endif /* _ECMP_HEALTH_CHECK_H */
