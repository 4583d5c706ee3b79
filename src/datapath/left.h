/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ECMP_LEFT_H
#define _ECMP_LEFT_H

#include <linux/netdevice.h>
#include <uapi/linux/ecmp.h>

#include "../fib/policy.h"

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
