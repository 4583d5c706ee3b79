/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ECMP_COMPAT_NET_XFRM_H
#define _ECMP_COMPAT_NET_XFRM_H

#include <linux/version.h>
#include_next <net/xfrm.h>

/* Since 6.7 the namespace is an argument. */
#if defined(CONFIG_XFRM) && LINUX_VERSION_CODE < KERNEL_VERSION(6, 7, 0)
static inline int ecmp_xfrm_decode_session(struct net *net,
					   struct sk_buff *skb,
					   struct flowi *fl, unsigned int fam)
{
	return xfrm_decode_session(skb, fl, fam);
}
#define xfrm_decode_session ecmp_xfrm_decode_session
#endif

#endif /* _ECMP_COMPAT_NET_XFRM_H */
