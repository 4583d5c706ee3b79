/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ECMP_FAULT_STALL_H
#define _ECMP_FAULT_STALL_H

int ecmp_stall_init(void);
void ecmp_stall_exit(void);

#endif
