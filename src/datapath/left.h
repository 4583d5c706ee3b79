/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ECMP_LEFT_H
#define _ECMP_LEFT_H

#include <linux/netdevice.h>
#include <uapi/linux/ecmp.h>

#include "flow.h"
#include "../fib/policy.h"
#include "../netns.h"

/**
 * ecmp_left_host - is a packet for one of the router's own addresses?
 * @en: namespace
 * @family: AF_INET or AF_INET6
 * @skb: packet with its network header set and linear
 *
 * Whatever else it is, it is left to the kernel then. This comes before all
 * other questions and is all that such a packet costs; false says nothing,
 * ecmp_left_dst() does.
 *
 * Context: RCU.
 */
static __always_inline bool ecmp_left_host(const struct ecmp_net *en,
					   u8 family,
					   const struct sk_buff *skb)
{
	const struct ecmp_local *local = &en->local[ecmp_family_index(family)];

	if (family == AF_INET6) {
		const struct ecmp_addr dst = ecmp_skb_dst_addr(skb, family);

		return ecmp_local_is_host(local, family, dst.d[0], dst.d[1]);
	} else {
		/* Not 16 bytes on the stack for 4. */
		const union {
			__be32 w[2];
			__be64 d;
		} dst = { .w = { ip_hdr(skb)->daddr } };

		return ecmp_local_is_host(local, family, dst.d, 0);
	}
}

enum ecmp_left ecmp_left_dst(const struct ecmp_net *en, u8 family,
			     const struct ecmp_addr *dst);
bool ecmp_left_vrf(const struct ecmp_policy *policy,
		   const struct net_device *in);
enum ecmp_left ecmp_left_alone(const struct ecmp_net *en,
			       const struct ecmp_policy *policy, u8 family,
			       const struct ecmp_addr *src,
			       const struct ecmp_addr *dst,
			       const struct net_device *in);

#endif /* _ECMP_LEFT_H */
