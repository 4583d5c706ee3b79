/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ECMP_DATAPATH_FLOW_H
#define _ECMP_DATAPATH_FLOW_H

#include <linux/skbuff.h>

#include "../lib/flow.h"

void ecmp_flow_from_v4(struct ecmp_flow *flow, const struct sk_buff *skb,
		       u32 iif, bool inner);

#endif /* _ECMP_DATAPATH_FLOW_H */
