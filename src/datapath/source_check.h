/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ECMP_SOURCE_CHECK_H
#define _ECMP_SOURCE_CHECK_H

#include <linux/skbuff.h>

#include "decide.h"

struct ecmp_net;

enum ecmp_source {
	ECMP_SOURCE_GOOD,
	ECMP_SOURCE_NATIVE,	/* the kernel refuses it, logs and counts */
	ECMP_SOURCE_SPOOFED,	/* by rp_filter, or the kernel would not */
};

bool ecmp_forwarding_on(const struct net_device *dev, u8 family);
bool ecmp_source_is_martian(const struct ecmp_net *en,
			    const struct net_device *in, u8 family,
			    const struct ecmp_addr *src);
bool ecmp_source_is_refused(const struct ecmp_net *en,
			    const struct sk_buff *skb, u8 family,
			    const struct ecmp_addr *src);
enum ecmp_source ecmp_source_check(struct ecmp_net *en,
				   const struct ecmp_policy *policy,
				   const struct sk_buff *skb,
				   const struct ecmp_flow *flow,
				   const struct net_device *out);
bool ecmp_redirect_v4(const struct sk_buff *skb,
		      const struct net_device *out, __be32 gateway);

#endif /* _ECMP_SOURCE_CHECK_H */
