/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ECMP_COMPAT_NET_GENETLINK_H
#define _ECMP_COMPAT_NET_GENETLINK_H

#include_next <net/genetlink.h>
#include <linux/version.h>

/* What pre_doit and post_doit are called with. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
#define genl_split_ops	genl_ops
#endif

/* A dump's parsed attributes: genl_info_dump(cb)->attrs. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 6, 0)
#define genl_info_dump(cb)	genl_dumpit_info(cb)
#endif

#endif /* _ECMP_COMPAT_NET_GENETLINK_H */
