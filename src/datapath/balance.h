/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ECMP_BALANCE_H
#define _ECMP_BALANCE_H

#include "decide.h"

struct ecmp_net;

u8 ecmp_balance_of(const struct ecmp_net *en, const struct ecmp_policy *policy,
		   u8 family, const struct ecmp_decision *d);
struct ecmp_nexthop *ecmp_balance_forwarded(struct ecmp_net *en,
					    const struct ecmp_policy *policy,
					    const struct sk_buff *skb,
					    const struct ecmp_flow *flow,
					    const struct ecmp_decision *d);
struct ecmp_nexthop *ecmp_balance_own(struct ecmp_net *en,
				      const struct ecmp_policy *policy,
				      const struct sk_buff *skb,
				      const struct ecmp_flow *flow,
				      const struct ecmp_decision *d);

#endif /* _ECMP_BALANCE_H */
