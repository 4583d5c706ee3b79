/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ECMP_LOOKUP_MAIN_H
#define _ECMP_LOOKUP_MAIN_H

struct ecmp_net;

void ecmp_lookup_main_arm(void);
int ecmp_lookup_main_start(struct ecmp_net *en);
void ecmp_lookup_main_stop(struct ecmp_net *en);

#endif /* _ECMP_LOOKUP_MAIN_H */
