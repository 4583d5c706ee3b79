/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ECMP_DATAPATH_FLOW_H
#define _ECMP_DATAPATH_FLOW_H

#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/skbuff.h>

#include "../lib/flow.h"

static inline struct ecmp_addr ecmp_skb_src_addr(const struct sk_buff *skb,
						 u8 family)
{
	return family == AF_INET6 ? ecmp_addr_v6(&ipv6_hdr(skb)->saddr) :
				    ecmp_addr_v4(ip_hdr(skb)->saddr);
}

static inline struct ecmp_addr ecmp_skb_dst_addr(const struct sk_buff *skb,
						 u8 family)
{
	return family == AF_INET6 ? ecmp_addr_v6(&ipv6_hdr(skb)->daddr) :
				    ecmp_addr_v4(ip_hdr(skb)->daddr);
}

void ecmp_flow_read(struct ecmp_flow *flow, const struct sk_buff *skb,
		    u8 family, u32 iif, bool inner);

#endif /* _ECMP_DATAPATH_FLOW_H */
