/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ECMP_DEVICE_H
#define _ECMP_DEVICE_H

struct ecmp_nexthop;
struct work_struct;

void ecmp_nexthop_changed(struct ecmp_nexthop *nh);
void ecmp_device_addresses_work(struct work_struct *work);
void ecmp_device_retry_work(struct work_struct *work);
int ecmp_device_init(void);
void ecmp_device_exit(void);

#endif /* _ECMP_DEVICE_H */
