/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ECMP_COMPAT_LINUX_RCUPDATE_H
#define _ECMP_COMPAT_LINUX_RCUPDATE_H

#include <linux/version.h>
#include_next <linux/rcupdate.h>

/* Since 6.2 call_rcu() may be in no hurry, for ten seconds. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
#define call_rcu_hurry call_rcu
#endif

#endif /* _ECMP_COMPAT_LINUX_RCUPDATE_H */
