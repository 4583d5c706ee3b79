/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ECMP_HEALTH_FORCED_H
#define _ECMP_HEALTH_FORCED_H

struct ecmp_net;

void ecmp_forced_init(struct ecmp_net *en);
void ecmp_forced_exit(struct ecmp_net *en);

#endif /* _ECMP_HEALTH_FORCED_H */
