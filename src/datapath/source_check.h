/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ECMP_SOURCE_CHECK_H
#define _ECMP_SOURCE_CHECK_H

#include <linux/inetdevice.h>
#include <linux/skbuff.h>
#include <net/addrconf.h>

#include "decide.h"

struct ecmp_net;

enum ecmp_source {
	ECMP_SOURCE_GOOD,
	ECMP_SOURCE_NATIVE,	/* the kernel refuses it, logs and counts */
	ECMP_SOURCE_SPOOFED,	/* by rp_filter, or the kernel would not */
};

/**
 * ecmp_forwarding_on - does a device forward the packets that come in?
 * @dev: ingress device
 * @family: AF_INET or AF_INET6
 *
 * Context: RCU.
 */
static __always_inline bool ecmp_forwarding_on(const struct net_device *dev,
					       u8 family)
{
	const struct in_device *in_dev;

	if (family == AF_INET6)
		return ecmp_forwarding_on_v6(dev);
	in_dev = __in_dev_get_rcu(dev);
	return in_dev && IN_DEV_FORWARD(in_dev);
}

bool ecmp_source_is_martian(const struct ecmp_net *en,
			    const struct net_device *in, u8 family,
			    const struct ecmp_addr *src);
bool ecmp_source_is_refused(const struct ecmp_net *en,
			    const struct sk_buff *skb, u8 family,
			    const struct ecmp_addr *src);
enum ecmp_source ecmp_source_check_v4(struct ecmp_net *en,
				      const struct ecmp_policy *policy,
				      const struct sk_buff *skb,
				      const struct ecmp_flow *flow,
				      const struct net_device *out);
bool ecmp_redirect_v4(const struct sk_buff *skb,
		      const struct net_device *out, __be32 gateway);

#endif /* _ECMP_SOURCE_CHECK_H */
