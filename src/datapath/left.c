// SPDX-License-Identifier: GPL-2.0
/*
 * Who is left to the kernel before any rule: by where a packet goes, and by
 * where it comes from.
 */
#include <linux/rtnetlink.h>
#include <net/ip6_fib.h>
#include <net/ip6_route.h>
#include <net/l3mdev.h>
#include <net/route.h>

#include "left.h"
#include "source_check.h"
#include "../netns.h"

/* @type: RTN_*, what an address is to the router */
static enum ecmp_left ecmp_left_type(u8 type)
{
	switch (type) {
	case RTN_UNICAST:
		return ECMP_LEFT_NONE;
	case RTN_BROADCAST:
		return ECMP_LEFT_BROADCAST;
	default:
		return ECMP_LEFT_OWN_ADDRESS;
	}
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
	return ecmp_left_type(ecmp_local_type(
		&en->local[ecmp_family_index(family)], en->net, dst));
}

/*
 * What an address is to the router in the table of @in's VRF: RTN_*. The route
 * is this CPU's own copy, so that asking neither makes one nor takes a
 * reference.
 */
static u8 ecmp_vrf_type_v6(const struct in6_addr *addr,
			   const struct net_device *in)
{
	const u32 id = l3mdev_fib_table_rcu(in) ?: RT6_TABLE_LOCAL;
	struct fib6_table *table = fib6_get_table(dev_net(in), id);
	struct flowi6 fl6 = { .daddr = *addr };
	const struct rt6_info *rt;

	if (!table)
		return RTN_UNICAST;
	rt = ip6_pol_route(dev_net(in), table, 0, &fl6, NULL,
			   RT6_LOOKUP_F_DST_NOREF);
	return rt->rt6i_flags & (RTF_LOCAL | RTF_ANYCAST) ? RTN_LOCAL :
							    RTN_UNICAST;
}

/**
 * ecmp_left_vrf - is a packet of a VRF left to the kernel?
 * @policy: a rule's iif may ask for it
 * @family: AF_INET or AF_INET6
 * @dst: destination, one that ecmp_left_dst() does not leave
 * @in: ingress device: the VRF, or its port
 *
 * It is unless it is asked for; and so is what is for the router itself. Its
 * addresses there are in the VRF's table, and the local one knows nothing of
 * them.
 *
 * Return: why, or ECMP_LEFT_NONE.
 * Context: RCU.
 */
enum ecmp_left ecmp_left_vrf(const struct ecmp_policy *policy, u8 family,
			     const struct ecmp_addr *dst,
			     const struct net_device *in)
{
	if (!ecmp_policy_asks_iif(policy, in->ifindex))
		return ECMP_LEFT_VRF;
	return ecmp_left_type(family == AF_INET6 ?
		ecmp_vrf_type_v6((const struct in6_addr *)dst->b, in) :
		inet_addr_type_dev_table(dev_net(in), in, dst->w[0]));
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
	if (policy && ecmp_in_vrf(in)) {
		left = ecmp_left_vrf(policy, family, dst, in);
		if (left)
			return left;
	}
	return ecmp_source_is_martian(en, in, family, src) ?
	       ECMP_LEFT_MARTIAN : ECMP_LEFT_NONE;
}
