/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ECMP_HOOK_H
#define _ECMP_HOOK_H

#include <linux/netdevice.h>
#include <uapi/linux/ecmp.h>

struct ecmp_net;
struct ecmp_addr;
struct ecmp_policy;

int ecmp_hooks_register(struct ecmp_net *en);
void ecmp_hooks_unregister(struct ecmp_net *en);
void ecmp_hooks_bridge_came(struct ecmp_net *en, bool again);
enum ecmp_left ecmp_left_alone(struct ecmp_net *en,
			       const struct ecmp_policy *policy, u8 family,
			       const struct ecmp_addr *src,
			       const struct ecmp_addr *dst,
			       const struct net_device *in);

#endif /* _ECMP_HOOK_H */
