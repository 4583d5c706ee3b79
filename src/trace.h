/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tracepoints: what perf, bpftrace and tracefs can follow. See ecmpctl(8).
 *
 * Devices are numbers, for a packet has no time to look up a name; addresses of
 * IPv4 are written as ::ffff:192.0.2.1, so that one field serves both families.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM ecmp

#if !defined(_ECMP_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _ECMP_TRACE_H

#include <linux/if.h>
#include <linux/in6.h>
#include <linux/tracepoint.h>
#include <uapi/linux/ecmp.h>

struct ecmp_decision;
struct ecmp_flow;
struct ecmp_net;
struct ecmp_nexthop;
struct ecmp_policy;

#define ECMP_TRACE_VERDICTS					\
	ECMP_TRACE_NAME(ECMP_VERDICT_NATIVE,		"native")	\
	ECMP_TRACE_NAME(ECMP_VERDICT_FORWARD,		"forward")	\
	ECMP_TRACE_NAME(ECMP_VERDICT_DROP,		"drop")		\
	ECMP_TRACE_NAME(ECMP_VERDICT_UNREACHABLE,	"unreachable")	\
	ECMP_TRACE_NAME(ECMP_VERDICT_HOST_UNREACHABLE,	"host-unreachable") \
	ECMP_TRACE_NAME(ECMP_VERDICT_PROHIBIT,		"prohibit")	\
	ECMP_TRACE_LAST(ECMP_VERDICT_NO_ROUTE,		"no-route")

#define ECMP_TRACE_REASONS					\
	ECMP_TRACE_NAME(ECMP_REASON_NONE,		"none")		\
	ECMP_TRACE_NAME(ECMP_REASON_NO_DEVICE,		"no-device")	\
	ECMP_TRACE_NAME(ECMP_REASON_DOWN,		"down")		\
	ECMP_TRACE_NAME(ECMP_REASON_NO_CARRIER,		"no-carrier")	\
	ECMP_TRACE_NAME(ECMP_REASON_NOT_ON_LINK,	"not-on-link")	\
	ECMP_TRACE_NAME(ECMP_REASON_FORCED,		"forced")	\
	ECMP_TRACE_NAME(ECMP_REASON_NO_MEMORY,		"no-memory")	\
	ECMP_TRACE_NAME(ECMP_REASON_CHECK,		"check")	\
	ECMP_TRACE_LAST(ECMP_REASON_DRAIN,		"drain")

/* Programs that read the formats learn the numbers. */
#undef ECMP_TRACE_NAME
#undef ECMP_TRACE_LAST
#define ECMP_TRACE_NAME(value, name)	TRACE_DEFINE_ENUM(value);
#define ECMP_TRACE_LAST(value, name)	TRACE_DEFINE_ENUM(value);
ECMP_TRACE_VERDICTS
ECMP_TRACE_REASONS
#undef ECMP_TRACE_NAME
#undef ECMP_TRACE_LAST
#define ECMP_TRACE_NAME(value, name)	{ value, name },
#define ECMP_TRACE_LAST(value, name)	{ value, name }

/* A packet was decided. */
TRACE_EVENT(ecmp_decision,
	TP_PROTO(const struct ecmp_net *en, const struct ecmp_flow *flow,
		 const struct ecmp_decision *d, const struct ecmp_nexthop *nh),
	TP_ARGS(en, flow, d, nh),
	TP_STRUCT__entry(
		__field(u32, netns)
		__field(u32, iif)
		__field(u32, oif)
		__array(u8, saddr, sizeof(struct in6_addr))
		__array(u8, daddr, sizeof(struct in6_addr))
		__field(u16, sport)
		__field(u16, dport)
		__field(u8, proto)
		__field(u8, verdict)
		__field(u8, prefix_len)
		__field(u8, moved)
		__field(u32, mark)
		__field(u32, rule)
		__field(u32, nexthop)
		__array(char, table, ECMP_NAME_MAX + 1)
	),
	TP_fast_assign(
		__entry->netns = en->net->ns.inum;
		__entry->iif = flow->iif;
		__entry->oif = nh ? READ_ONCE(nh->ifindex) : 0;
		ecmp_trace_addr(__entry->saddr, flow->family, &flow->t.src);
		ecmp_trace_addr(__entry->daddr, flow->family, &flow->t.dst);
		__entry->sport = flow->t.sport;
		__entry->dport = flow->t.dport;
		__entry->proto = flow->t.proto;
		__entry->verdict = d->verdict;
		__entry->prefix_len = d->group ? ecmp_value_len(d->value) : 0;
		/* By a pin, or in its turn. */
		__entry->moved = nh && d->member && nh != d->member->nexthop;
		__entry->mark = flow->mark;
		__entry->rule = d->rule ? d->rule->rule->id : 0;
		__entry->nexthop = nh ? nh->id : 0;
		strscpy(__entry->table, d->table ? d->table->name : "",
			sizeof(__entry->table));
	),
	TP_printk("netns=%u iif=%u saddr=%pI6c daddr=%pI6c proto=%u sport=%u dport=%u mark=0x%x rule=%u table=%s len=%u verdict=%s nexthop=%u oif=%u moved=%u",
		  __entry->netns, __entry->iif, __entry->saddr, __entry->daddr,
		  __entry->proto, __entry->sport, __entry->dport, __entry->mark,
		  __entry->rule, __entry->table, __entry->prefix_len,
		  __print_symbolic(__entry->verdict, ECMP_TRACE_VERDICTS),
		  __entry->nexthop, __entry->oif, __entry->moved)
);

/* A next hop died, lives again, or is dead for another reason. */
TRACE_EVENT(ecmp_nexthop_state,
	TP_PROTO(const struct ecmp_nexthop *nh),
	TP_ARGS(nh),
	TP_STRUCT__entry(
		__field(u32, netns)
		__field(u32, nexthop)
		__array(char, device, IFNAMSIZ)
		__array(u8, gateway, sizeof(struct in6_addr))
		__field(u8, dead)
		__field(u8, reason)
		__field(u32, flaps)
	),
	TP_fast_assign(
		__entry->netns = nh->en->net->ns.inum;
		__entry->nexthop = nh->id;
		strscpy(__entry->device, nh->key.device,
			sizeof(__entry->device));
		ecmp_trace_addr(__entry->gateway, nh->key.gateway_family,
				&nh->key.gateway);
		__entry->dead = nh->reason != ECMP_REASON_NONE;
		__entry->reason = nh->traced;
		__entry->flaps = nh->flaps;
	),
	TP_printk("netns=%u nexthop=%u device=%s gateway=%pI6c state=%s reason=%s flaps=%u",
		  __entry->netns, __entry->nexthop, __entry->device,
		  __entry->gateway,
		  __entry->dead ? "dead" : "alive",
		  __print_symbolic(__entry->reason, ECMP_TRACE_REASONS),
		  __entry->flaps)
);

/* Packets see another policy from now on. */
TRACE_EVENT(ecmp_publish,
	TP_PROTO(const struct ecmp_net *en, const struct ecmp_policy *policy),
	TP_ARGS(en, policy),
	TP_STRUCT__entry(
		__field(u32, netns)
		__field(u32, generation)
		__field(u32, rules)
		__field(u8, decides)
	),
	TP_fast_assign(
		__entry->netns = en->net->ns.inum;
		__entry->generation = en->generation;
		__entry->rules = policy ? policy->n_rules : 0;
		__entry->decides = policy != NULL;
	),
	TP_printk("netns=%u generation=%u rules=%u decides=%u",
		  __entry->netns, __entry->generation, __entry->rules,
		  __entry->decides)
);

#endif /* _ECMP_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
