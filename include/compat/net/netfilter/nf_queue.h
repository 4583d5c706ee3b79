/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ECMP_COMPAT_NET_NETFILTER_NF_QUEUE_H
#define _ECMP_COMPAT_NET_NETFILTER_NF_QUEUE_H

#include_next <net/netfilter/nf_queue.h>

/* Exported, but declared in a header of the kernel's own sources. */
void nf_queue_nf_hook_drop(struct net *net);

#endif /* _ECMP_COMPAT_NET_NETFILTER_NF_QUEUE_H */
