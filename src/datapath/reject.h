/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ECMP_REJECT_H
#define _ECMP_REJECT_H

#include <linux/skbuff.h>
#include <uapi/linux/ecmp.h>

struct ecmp_net;

int ecmp_reject_init(struct ecmp_net *en);
void ecmp_reject_exit(struct ecmp_net *en);
unsigned int ecmp_reject(struct ecmp_net *en, struct sk_buff *skb, u8 family,
			 enum ecmp_verdict verdict);
unsigned int ecmp_reject_local(struct net *net, struct sk_buff *skb, u8 family,
			       enum ecmp_verdict verdict);

#endif /* _ECMP_REJECT_H */
