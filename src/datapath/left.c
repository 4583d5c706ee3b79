// SPDX-License-Identifier: GPL-2.0
/*
 * Who is left to the kernel before any rule: by where a packet goes, and by
 * where it comes from.
 */
#include <linux/rtnetlink.h>

#include "left.h"
#include "source_check.h"
#include "../netns.h"

/**
 * ecmp_left_dst - is a packet left to the kernel for its destination?
 * @en: namespace
 * @family: AF_INET or AF_INET6
 * @dst: destination
 *
 * Return: why, or ECMP_LEFT_NONE.
 * Context: RCU.
 */
enum ecmp_left ecmp_left_dst(const struct ecmp_net *en, u8 family,
			     const struct ecmp_addr *dst)
{
	enum ecmp_left left = family == AF_INET6 ?
		ecmp_left_scope_v6((const struct in6_addr *)dst->b) :
		ecmp_left_scope_v4(dst->w[0]);

	if (left)
		return left;
	switch (ecmp_local_type(&en->local[ecmp_family_index(family)], en->net,
				dst)) {
	case RTN_UNICAST:
		return ECMP_LEFT_NONE;
	case RTN_BROADCAST:
		return ECMP_LEFT_BROADCAST;
	default:
		return ECMP_LEFT_OWN_ADDRESS;
	}
}

/**
 * ecmp_left_alone - is a packet left to the kernel before any rule?
 * @en: namespace
 * @policy: what is asked; NULL: nothing is decided
 * @family: AF_INET or AF_INET6
 * @src: source
 * @dst: destination
 * @in: ingress device; NULL: the router's own packet
 *
 * Return: why, or ECMP_LEFT_NONE.
 * Context: RCU.
 */
enum ecmp_left ecmp_left_alone(const struct ecmp_net *en,
			       const struct ecmp_policy *policy, u8 family,
			       const struct ecmp_addr *src,
			       const struct ecmp_addr *dst,
			       const struct net_device *in)
{
	enum ecmp_left left = ecmp_left_dst(en, family, dst);

	if (left || !in)
		return left;
	if (!ecmp_forwarding_on(in, family))
		return ECMP_LEFT_FORWARDING_OFF;
	if (policy && ecmp_left_vrf(policy, in))
		return ECMP_LEFT_VRF;
	return ecmp_source_is_martian(en, in, family, src) ?
	       ECMP_LEFT_MARTIAN : ECMP_LEFT_NONE;
}
