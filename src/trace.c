// SPDX-License-Identifier: GPL-2.0
/*
 * The tracepoints of trace.h. What they read is known here alone, so that any
 * room may say that something happened.
 */
#include <net/ipv6.h>

#include "datapath/decide.h"
#include "fib/nexthop.h"
#include "fib/policy.h"
#include "fib/rule.h"
#include "fib/table.h"
#include "netns.h"

static void ecmp_trace_addr(u8 *to, u8 family, const struct ecmp_addr *addr)
{
	struct in6_addr in6 = in6addr_any;

	if (family == AF_INET)
		ipv6_addr_set_v4mapped(addr->w[0], &in6);
	else if (family == AF_INET6)
		memcpy(&in6, addr, sizeof(in6));
	memcpy(to, &in6, sizeof(in6));
}

#define CREATE_TRACE_POINTS
#include "trace.h"
