// SPDX-License-Identifier: GPL-2.0
/*
 * Who is left to the kernel before any rule: by where a packet goes, and by
 * where it comes from.
 */
#include <linux/rtnetlink.h>
#include <net/ipv6.h>

#include "left.h"
#include "source_check.h"
#include "../netns.h"

static enum ecmp_left ecmp_left_scope_v4(__be32 daddr)
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

static enum ecmp_left ecmp_left_scope_v6(const struct in6_addr *daddr)
{
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
 * ecmp_left_vrf - is a packet a VRF's, which has tables of its own?
 * @policy: a rule's iif may ask for it
 * @in: ingress device
 *
 * Context: RCU.
 */
bool ecmp_left_vrf(const struct ecmp_policy *policy,
		   const struct net_device *in)
{
	unsigned int i;

	if (likely(!netif_is_l3_slave(in) && !netif_is_l3_master(in)))
		return false;
	for (i = 0; i < policy->n_rules; i++)
		if (policy->rule[i].iif == in->ifindex)
			return false;
	return true;
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
