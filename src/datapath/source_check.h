/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ECMP_SOURCE_CHECK_H
#define _ECMP_SOURCE_CHECK_H

#include <linux/inetdevice.h>
#include <linux/skbuff.h>
#include <net/addrconf.h>
#include <net/xfrm.h>

#include "decide.h"
#include "../netns.h"

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
	struct in_device *in_dev;

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
bool ecmp_reverse_path(struct ecmp_net *en, const struct ecmp_policy *policy,
		       const struct sk_buff *skb, const struct ecmp_flow *flow,
		       u32 out, struct in_device *in_dev, int mode);
bool ecmp_redirect_v4(const struct sk_buff *skb,
		      const struct net_device *out, __be32 gateway);

static __always_inline bool
ecmp_source_is_martian_v4(const struct ecmp_net *en,
			  struct in_device *in_dev,
			  const struct ecmp_addr *src)
{
	__be32 saddr = src->w[0];
	u8 type;

	if (ipv4_is_multicast(saddr) || ipv4_is_lbcast(saddr) ||
	    ipv4_is_zeronet(saddr))
		return true;
	if (ipv4_is_loopback(saddr))
		return !IN_DEV_ROUTE_LOCALNET(in_dev);
	type = ecmp_local_quick(&en->local[0], AF_INET, src->d[0], 0);
	if (unlikely(type == RTN_UNSPEC))
		type = ecmp_local_type(&en->local[0], en->net, src);
	return type != RTN_UNICAST && !IN_DEV_ACCEPT_LOCAL(in_dev);
}

/**
 * ecmp_source_check_v4 - may this packet come in there?
 * @en: namespace
 * @policy: what is configured
 * @skb: packet that is going to be forwarded
 * @flow: what was read of it
 * @out: the device that it goes out by
 *
 * Context: softirq, RCU.
 */
static __always_inline enum ecmp_source
ecmp_source_check_v4(struct ecmp_net *en, const struct ecmp_policy *policy,
		     const struct sk_buff *skb, const struct ecmp_flow *flow,
		     const struct net_device *out)
{
	struct in_device *in_dev = __in_dev_get_rcu(skb->dev);
	int mode;

	if (unlikely(!in_dev ||
		     ecmp_source_is_martian_v4(en, in_dev, &flow->t.src)))
		return ecmp_source_is_refused(en, skb, AF_INET, &flow->t.src) ?
		       ECMP_SOURCE_NATIVE : ECMP_SOURCE_SPOOFED;

	mode = secpath_exists(skb) ? 0 : IN_DEV_RPFILTER(in_dev);
	if (!mode || ecmp_reverse_path(en, policy, skb, flow, out->ifindex,
				       in_dev, mode))
		return ECMP_SOURCE_GOOD;
	return ECMP_SOURCE_SPOOFED;
}

/**
 * ecmp_source_check_v6 - may this packet come in there?
 * @en: namespace
 * @skb: packet that is going to be forwarded
 * @flow: what was read of it
 * @out: the device that it goes out by
 *
 * IPv6's forwarder checks sources itself, but not of what goes out where it
 * came in.
 *
 * Context: softirq, RCU.
 */
static __always_inline enum ecmp_source
ecmp_source_check_v6(const struct ecmp_net *en, const struct sk_buff *skb,
		     const struct ecmp_flow *flow,
		     const struct net_device *out)
{
	if (unlikely(out == skb->dev) &&
	    ecmp_source_is_martian(en, out, AF_INET6, &flow->t.src))
		return ECMP_SOURCE_NATIVE;
	return ECMP_SOURCE_GOOD;
}

#endif /* _ECMP_SOURCE_CHECK_H */
