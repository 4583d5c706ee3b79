/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ECMP_COMPAT_LINUX_NETFILTER_H
#define _ECMP_COMPAT_LINUX_NETFILTER_H

#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/version.h>
#include_next <linux/netfilter.h>

/* Is this a copy on its way to somebody who watches ("dup to", TEE)? */
static inline bool ecmp_nf_duplicates(void)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 16, 0)
	return current->in_nf_duplicate;
#else
	return this_cpu_read(nf_skb_duplicated);
#endif
}

/*
 * Drop a packet and tell why. Of the 6.1 kernels only later ones have it, so
 * none of them is asked for it. An error for the sender they would not all
 * pass on.
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 7, 0)
#define NF_DROP_REASON(skb, reason, err) ({				\
	BUILD_BUG_ON(err);						\
	kfree_skb_reason(skb, reason);					\
	NF_STOLEN;							\
})
#endif

#endif /* _ECMP_COMPAT_LINUX_NETFILTER_H */
