/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ECMP_LEFT_H
#define _ECMP_LEFT_H

#include <linux/netdevice.h>
#include <net/ipv6.h>
#include <uapi/linux/ecmp.h>

#include "flow.h"
#include "../fib/policy.h"
#include "../netns.h"

/**
 * ecmp_left_local - what a packet's destination is to this router
 * @en: namespace
 * @family: AF_INET or AF_INET6
 * @skb: packet with its network header set and linear
 *
 * An own address is left to the kernel, whatever else the packet is. This comes
 * before all other questions and is all that such a packet costs.
 *
 * Return: RTN_*; RTN_UNSPEC is for ecmp_left_dst() to find out.
 * Context: RCU.
 */
static __always_inline u8 ecmp_left_local(const struct ecmp_net *en, u8 family,
					  const struct sk_buff *skb)
{
	const struct ecmp_local *local = &en->local[ecmp_family_index(family)];

	if (family == AF_INET6) {
		const struct ecmp_addr dst = ecmp_skb_dst_addr(skb, family);

		return ecmp_local_quick(local, family, dst.d[0], dst.d[1]);
	} else {
		/* Not 16 bytes on the stack for 4. */
		const union {
			__be32 w[2];
			__be64 d;
		} dst = { .w = { ip_hdr(skb)->daddr } };

		return ecmp_local_quick(local, family, dst.d, 0);
	}
}

/* Left to the kernel for what an address is to everybody? */
static __always_inline enum ecmp_left ecmp_left_scope_v4(__be32 daddr)
{
	if (ipv4_is_multicast(daddr))
		return ECMP_LEFT_MULTICAST;
	if (ipv4_is_lbcast(daddr))
		return ECMP_LEFT_BROADCAST;
	if (ipv4_is_zeronet(daddr))
		return ECMP_LEFT_UNSPECIFIED;
	if (ipv4_is_loopback(daddr))
		return ECMP_LEFT_LOOPBACK;
	if (ipv4_is_linklocal_169(daddr))
		return ECMP_LEFT_LINK_LOCAL;
	return ECMP_LEFT_NONE;
}

static __always_inline enum ecmp_left
ecmp_left_scope_v6(const struct in6_addr *daddr)
{
	/* Global unicast, RFC 4291. */
	if (likely((daddr->s6_addr[0] & 0xe0) == 0x20))
		return ECMP_LEFT_NONE;
	if (ipv6_addr_is_multicast(daddr))
		return ECMP_LEFT_MULTICAST;
	if (ipv6_addr_any(daddr))
		return ECMP_LEFT_UNSPECIFIED;
	if (ipv6_addr_loopback(daddr))
		return ECMP_LEFT_LOOPBACK;
	if (ipv6_addr_type(daddr) & IPV6_ADDR_LINKLOCAL)
		return ECMP_LEFT_LINK_LOCAL;
	return ECMP_LEFT_NONE;
}

/* Is a device a VRF, or one of its ports? A VRF has tables of its own. */
static __always_inline bool ecmp_in_vrf(const struct net_device *in)
{
	return unlikely(netif_is_l3_slave(in) || netif_is_l3_master(in));
}

enum ecmp_left ecmp_left_dst(const struct ecmp_net *en, u8 family,
			     const struct ecmp_addr *dst);
enum ecmp_left ecmp_left_vrf(const struct ecmp_policy *policy, u8 family,
			     const struct ecmp_addr *dst,
			     const struct net_device *in);
enum ecmp_left ecmp_left_alone(const struct ecmp_net *en,
			       const struct ecmp_policy *policy, u8 family,
			       const struct ecmp_addr *src,
			       const struct ecmp_addr *dst,
			       const struct net_device *in);

#endif /* _ECMP_LEFT_H */
