/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * The generic netlink family "ecmp": what programs say to the module.
 *
 * Every command takes the flat attributes of its object. A request is for the
 * network namespace of the socket that sends it. Addresses are 4 or 16 bytes
 * in network order, numbers in the host's order, strings NUL-terminated.
 * Unknown attributes are refused; a refusal comes with a sentence
 * (NLMSGERR_ATTR_MSG) and, where one attribute is to blame, its offset.
 *
 * Verbs are netlink flags, as in rtnetlink:
 *   add      NLM_F_CREATE | NLM_F_EXCL
 *   replace  NLM_F_CREATE | NLM_F_REPLACE    all attributes, or add it
 *   set      NLM_F_REPLACE                   only the attributes that are named
 *   dump     NLM_F_DUMP
 * With NLM_F_ECHO a *_NEW answers with the object as it now is; NLM_F_CREATE
 * in the answer's nlmsg_flags says that it was added.
 *
 * Message tree ([x] optional, x* list, -> what the kernel adds in answers)
 *
 *   TABLE_NEW     NAME [HASH_POLICY] [BALANCE] [FAILBACK] [KERNEL_ID]
 *                 -> ROUTES4 ROUTES6 RULES PACKETS BYTES
 *   TABLE_DEL     NAME
 *   TABLE_GET     NAME | dump: nothing
 *
 *   ROUTE_NEW     FAMILY DST DST_LEN [TABLE] [TYPE] [GATEWAY [GATEWAY_FAMILY]]
 *                 [GATEWAY_KERNEL] [DEVICE] [ONLINK] [DISTANCE] [WEIGHT]
 *                 [CHECK [CHECK_TARGETS] [CHECK_ALL]] [PREF_SRC] [COMMENT]
 *                 [DISABLED]
 *                 -> FLAGS PROTOCOL METRIC RESOLVED_DEVICE PATHS REASON
 *                    NEXTHOP_ID
 *   ROUTE_DEL     FAMILY DST DST_LEN [TABLE] [TYPE] [GATEWAY ..] [DEVICE]
 *                 without GATEWAY, DEVICE and TYPE: the only match
 *   ROUTE_FLUSH   TABLE [FAMILY]
 *   ROUTE_GET     dump: [FAMILY] [TABLE] [DST DST_LEN] [STATIC] [INACTIVE]
 *
 *   RULE_NEW      add: ACTION [TABLE] [matchers] [MIN_PREFIX] [DISABLED]
 *                 [COMMENT] [BEFORE | AFTER | AT]
 *                 set: SELECT [what changes] [UNSET]
 *                 -> ID INDEX FLAGS PACKETS BYTES
 *     matchers    [FAMILY] [FROM FROM_LEN] [TO TO_LEN] [IIF] [MARK [MARK_MASK]]
 *                 [PROTO] [SPORT_MIN SPORT_MAX] [DPORT_MIN DPORT_MAX] [DSCP]
 *     SELECT, BEFORE, AFTER
 *       INDEX | ID | COMMENT      (SELECT of RULE_DEL: up to 64)
 *   RULE_MOVE     SELECT  BEFORE | AFTER | AT
 *   RULE_DEL      SELECT
 *   RULE_GET      dump: nothing
 *
 *   NEXTHOP_NEW   FAMILY [GATEWAY] DEVICE [FORCED [TIMEOUT]] [PIN_ID]
 *                 -> ID STATE REASON ROUTES PACKETS BYTES NEIGH IFINDEX PIN_ID
 *                    PIN_FIXED UPLINK AGE FLAPS [CHECK CHECK_STATE CHECK_MISSED
 *                    CHECK_SENT CHECK_LOST [CHECK_RTT]]
 *   NEXTHOP_GET   dump: nothing
 *   NEXTHOP_DEL   notification only
 *
 *   SETTINGS_SET  [ENABLED] [HASH_POLICY4] [HASH_POLICY6] [HASH_SEED] [PIN]
 *                 [PIN_MASK] [KERNEL_ROUTES] [DISTANCE] [CHECK_INTERVAL]
 *                 [CHECK_TIMEOUT] [CHECK_COUNT] [CHECK_UP_COUNT]
 *     DISTANCE    PROTOCOL | DEVICE [VALUE]     of the kernel's routes
 *   SETTINGS_GET  -> the same, DISTANCE*, GENERATION HOOKS TABLES RULES
 *                 RESYNCS REBUILDS PUBLICATIONS NOTICE*; HASH_SEED only for
 *                 an administrator
 *
 *   LOOKUP        FAMILY DST [FROM] [IIF] [PROTO] [SPORT] [DPORT] [MARK] [DSCP]
 *                 [FLOWLABEL] [TRANSACTION] [CT_MARK [CT_SRC] [CT_ANSWER]
 *                 [CT_OPENED] [CT_NAT]]
 *                 -> VERDICT STEP* [the chosen path] PATH*
 *                    [PINNED [PIN_ID PIN_DEVICE [PIN_GATEWAY] [PIN_REASON]]]
 *     STEP        INDEX ID ACTION OUTCOME [MISMATCH] [TABLE] [MIN_PREFIX]
 *                 [COMMENT] [PREFIX PREFIX_LEN]
 *     PATH        [GATEWAY [GATEWAY_FAMILY]] [DEVICE] TYPE DISTANCE WEIGHT
 *                 STATE [REASON] BUCKETS [TURNS] [CHOSEN]
 *
 *   TRANSACTION_BEGIN    [RESTORE]
 *                        from now on TABLE_*, ROUTE_*, RULE_*, SETTINGS_SET and
 *                        NEXTHOP_NEW with PIN_ID of this socket build a new
 *                        configuration, which starts empty; the live one does
 *                        not change
 *   TRANSACTION_COMMIT   put it in the place of the live one, at once
 *   TRANSACTION_ABORT    forget it; closing the socket does the same
 *
 * Notifications go to the multicast group "config": TABLE_NEW, TABLE_DEL,
 * ROUTE_NEW, ROUTE_DEL, RULE_NEW, RULE_DEL, NEXTHOP_NEW, NEXTHOP_DEL,
 * SETTINGS_SET with the whole object, as in an answer; TRANSACTION_COMMIT with
 * GENERATION: everything may have changed, dump again.
 */
#ifndef _UAPI_LINUX_ECMP_H
#define _UAPI_LINUX_ECMP_H

#include <linux/types.h>

#define ECMP_GENL_NAME		"ecmp"
#define ECMP_GENL_VERSION	1
#define ECMP_MCGRP_CONFIG	"config"

#define ECMP_NAME_MAX		32	/* characters of a table's name */
#define ECMP_COMMENT_MAX	255	/* bytes of a comment, UTF-8 */
#define ECMP_TABLES_MAX		4096	/* per namespace */
#define ECMP_RULES_MAX		65536	/* per namespace */
#define ECMP_RULE_SELECT_MAX	64	/* rules that one request names */
#define ECMP_PREFIX_ROUTES_MAX	256	/* routes of one prefix in one table */
#define ECMP_DEVICE_DISTANCES_MAX	1024	/* per namespace */
#define ECMP_DISTANCE_UNUSED	255	/* accepted, never used */
#define ECMP_RTPROT		201	/* protocol of the kernel defaults that are kept */
#define ECMP_PIN_MASK	0x0000ff00	/* of the conntrack mark, by default */
#define ECMP_CHECK_TARGETS_MAX	16	/* addresses that one check asks */
#define ECMP_CHECK_MSECS_MIN	100	/* CHECK_INTERVAL, CHECK_TIMEOUT */
#define ECMP_CHECK_MSECS_MAX	600000
#define ECMP_FORCED_MSECS_MIN	1000	/* NEXTHOP_TIMEOUT */
#define ECMP_FORCED_MSECS_MAX	86400000
#define ECMP_STEPS_MAX		1024	/* steps that one LOOKUP answer tells */

enum ecmp_cmd {
	ECMP_CMD_UNSPEC,
	ECMP_CMD_TABLE_NEW,
	ECMP_CMD_TABLE_DEL,
	ECMP_CMD_TABLE_GET,
	ECMP_CMD_ROUTE_NEW,
	ECMP_CMD_ROUTE_DEL,
	ECMP_CMD_ROUTE_FLUSH,
	ECMP_CMD_ROUTE_GET,
	ECMP_CMD_RULE_NEW,
	ECMP_CMD_RULE_MOVE,
	ECMP_CMD_RULE_DEL,
	ECMP_CMD_RULE_GET,
	ECMP_CMD_NEXTHOP_NEW,
	ECMP_CMD_NEXTHOP_DEL,
	ECMP_CMD_NEXTHOP_GET,
	ECMP_CMD_SETTINGS_SET,
	ECMP_CMD_SETTINGS_GET,
	ECMP_CMD_LOOKUP,
	ECMP_CMD_TRANSACTION_BEGIN,
	ECMP_CMD_TRANSACTION_COMMIT,
	ECMP_CMD_TRANSACTION_ABORT,
	__ECMP_CMD_MAX
};
#define ECMP_CMD_MAX (__ECMP_CMD_MAX - 1)

/* What of a flow chooses its path. */
enum {
	ECMP_HASH_POLICY_L3,
	ECMP_HASH_POLICY_L4,
	ECMP_HASH_POLICY_L3_INNER,
	ECMP_HASH_POLICY_SRC,
	ECMP_HASH_POLICY_INHERIT,	/* a table's: that of the settings */
	__ECMP_HASH_POLICY_MAX
};

/* How a table shares among paths. The packet-wise ones keep what is translated. */
enum {
	ECMP_BALANCE_HASH,
	ECMP_BALANCE_PER_PACKET,	/* by chance */
	ECMP_BALANCE_ROUND_ROBIN,	/* in turn */
	ECMP_BALANCE_ROUND_ROBIN_FLOW,	/* each new connection, with pins */
};

enum {
	ECMP_FAILBACK_SOFT,
	ECMP_FAILBACK_HARD,
};

enum {
	ECMP_PIN_NONE,
	ECMP_PIN_CONNECTION,
};

enum {
	ECMP_ROUTE_UNICAST,
	ECMP_ROUTE_BLACKHOLE,
	ECMP_ROUTE_UNREACHABLE,
	ECMP_ROUTE_PROHIBIT,
	__ECMP_ROUTE_TYPE_MAX
};

enum {
	ECMP_CHECK_NONE,
	ECMP_CHECK_ARP,
	ECMP_CHECK_PING,
};

/* What came of a next hop's last probe: ECMP_A_NEXTHOP_CHECK_STATE. */
enum ecmp_check_state {
	ECMP_CHECK_WAITING,		/* nothing yet */
	ECMP_CHECK_ANSWERED,
	ECMP_CHECK_MISSED,
	ECMP_CHECK_UNSENT,		/* it could not be sent: not counted */
	ECMP_CHECK_IMPOSSIBLE,		/* nor ever can: arp without link addresses */
	__ECMP_CHECK_STATE_MAX
};

/* ECMP_A_ROUTE_FLAGS; the letters of "route show" in its order. */
#define ECMP_ROUTE_F_DISABLED	0x01	/* X */
#define ECMP_ROUTE_F_INACTIVE	0x02	/* I no candidate; REASON says why */
#define ECMP_ROUTE_F_ACTIVE	0x04	/* A carries packets */
#define ECMP_ROUTE_F_DYNAMIC	0x08	/* D the kernel's */
#define ECMP_ROUTE_F_ECMP	0x10	/* + one of several active */

enum ecmp_rule_action {
	ECMP_ACTION_UNSPEC,
	ECMP_ACTION_LOOKUP,
	ECMP_ACTION_LOOKUP_ONLY,	/* lookup-only-in-table */
	ECMP_ACTION_DROP,
	ECMP_ACTION_UNREACHABLE,
	ECMP_ACTION_PROHIBIT,
	ECMP_ACTION_NATIVE,
	__ECMP_ACTION_MAX
};

/* ECMP_A_RULE_FLAGS */
#define ECMP_RULE_F_DISABLED	0x01	/* X */
#define ECMP_RULE_F_INVALID	0x02	/* I its interface does not exist now */

/* Bits of ECMP_A_RULE_UNSET and ECMP_A_STEP_MISMATCH. */
#define ECMP_FIELD_FROM		0x001
#define ECMP_FIELD_TO		0x002
#define ECMP_FIELD_IIF		0x004
#define ECMP_FIELD_MARK		0x008
#define ECMP_FIELD_PROTO	0x010
#define ECMP_FIELD_SPORT	0x020
#define ECMP_FIELD_DPORT	0x040
#define ECMP_FIELD_DSCP		0x080
#define ECMP_FIELD_FAMILY	0x100	/* MISMATCH only */
#define ECMP_FIELD_MIN_PREFIX	0x200	/* UNSET only */
#define ECMP_FIELD_COMMENT	0x400	/* UNSET only */

enum ecmp_nexthop_state {
	ECMP_NEXTHOP_DEAD,
	ECMP_NEXTHOP_ALIVE,
};

enum ecmp_nexthop_forced {
	ECMP_FORCED_AUTO,
	ECMP_FORCED_ALIVE,
	ECMP_FORCED_DEAD,
	ECMP_FORCED_DRAIN,		/* no new connections */
	__ECMP_FORCED_MAX
};

/*
 * Why a route is inactive or a next hop dead: ECMP_A_*_REASON. The last two are
 * of one that lives, too.
 */
enum ecmp_reason {
	ECMP_REASON_NONE,
	ECMP_REASON_DISABLED,
	ECMP_REASON_NO_DEVICE,		/* its device does not exist */
	ECMP_REASON_DOWN,		/* its device is down */
	ECMP_REASON_NO_CARRIER,		/* its device has no carrier */
	ECMP_REASON_NOT_ON_LINK,	/* gateway in no connected prefix */
	ECMP_REASON_AMBIGUOUS,		/* gateway on-link on two devices */
	ECMP_REASON_OWN_ADDRESS,	/* gateway is the router's own address */
	ECMP_REASON_FORCED,		/* "nexthop set ... state dead" */
	ECMP_REASON_DISTANCE,		/* a lower distance is active */
	ECMP_REASON_UNUSED,		/* distance 255 */
	ECMP_REASON_NO_MEMORY,		/* could not be made ready; retried */
	ECMP_REASON_METRIC,		/* a kernel route of lower metric is */
	ECMP_REASON_NATIVE_ONLY,	/* only the kernel can follow it */
	ECMP_REASON_NO_KERNEL_DEFAULT,	/* via kernel: it has none there */
	ECMP_REASON_CHECK,		/* its check-gateway had no answer */
	ECMP_REASON_DRAIN,		/* "state drain": no new connections */
	ECMP_REASON_LAST_RESORT,	/* the same, but there is no other */
	__ECMP_REASON_MAX
};

/* What became of a packet: ECMP_A_LOOKUP_VERDICT. */
enum ecmp_verdict {
	ECMP_VERDICT_NATIVE,		/* left to the kernel; LEFT says why */
	ECMP_VERDICT_FORWARD,		/* by the path that is told */
	ECMP_VERDICT_DROP,		/* rule drop, route blackhole */
	ECMP_VERDICT_UNREACHABLE,	/* rule: ICMP net unreachable 3/0 */
	ECMP_VERDICT_HOST_UNREACHABLE,	/* route unreachable: ICMP 3/1 */
	ECMP_VERDICT_PROHIBIT,		/* ICMP 3/13 */
	ECMP_VERDICT_NO_ROUTE,		/* nothing found: ICMP 3/0 */
	__ECMP_VERDICT_MAX
};

/* Why a packet is left to the kernel before any rule: ECMP_A_LOOKUP_LEFT. */
enum ecmp_left {
	ECMP_LEFT_NONE,
	ECMP_LEFT_OWN_ADDRESS,
	ECMP_LEFT_MULTICAST,
	ECMP_LEFT_BROADCAST,
	ECMP_LEFT_LINK_LOCAL,
	ECMP_LEFT_LOOPBACK,
	ECMP_LEFT_UNSPECIFIED,
	ECMP_LEFT_RULE,			/* a rule "native" */
	ECMP_LEFT_DISABLED,		/* set enabled no */
	ECMP_LEFT_INACTIVE,		/* nothing is configured */
	ECMP_LEFT_FORWARDING_OFF,
	ECMP_LEFT_MARTIAN,
	ECMP_LEFT_VRF,
	__ECMP_LEFT_MAX
};

/* What one rule did with the packet: ECMP_A_STEP_OUTCOME. */
enum ecmp_outcome {
	ECMP_OUTCOME_NO_MATCH,		/* MISMATCH says which fields */
	ECMP_OUTCOME_DISABLED,
	ECMP_OUTCOME_INVALID,
	ECMP_OUTCOME_NO_ROUTE,		/* its table has none: next rule */
	ECMP_OUTCOME_SUPPRESSED,	/* by min-prefix: next rule */
	ECMP_OUTCOME_ROUTE,		/* found: PREFIX; the end */
	ECMP_OUTCOME_ACTION,		/* drop, unreachable, ...: the end */
	__ECMP_OUTCOME_MAX
};

/* What its connection's pin does to a packet: ECMP_A_LOOKUP_PINNED. */
enum ecmp_pinned {
	ECMP_PINNED_FOLLOWED,		/* it takes the uplink of the pin */
	ECMP_PINNED_NOT,		/* there is no pin */
	ECMP_PINNED_OFF,		/* set pin none, or pin-mask 0 */
	ECMP_PINNED_VERDICT,		/* it is not forwarded in any case */
	ECMP_PINNED_NO_UPLINK,		/* it does not go to an uplink */
	ECMP_PINNED_BACK,		/* it came in by that uplink */
	ECMP_PINNED_UNUSABLE,		/* PIN_REASON; pinned to another now */
	ECMP_PINNED_ENDS,		/* PIN_REASON; bound to its address */
	ECMP_PINNED_OWN,		/* the router's own: by its source */
	ECMP_PINNED_HOME,		/* failback hard: it leaves that uplink */
	ECMP_PINNED_HOME_ENDS,		/* the same; bound to its address */
	ECMP_PINNED_BALANCED,		/* each packet for itself, untranslated */
	__ECMP_PINNED_MAX
};

enum {
	ECMP_A_TABLE_UNSPEC,
	ECMP_A_TABLE_NAME,		/* string */
	ECMP_A_TABLE_HASH_POLICY,	/* u8 ECMP_HASH_POLICY_* */
	ECMP_A_TABLE_BALANCE,		/* u8 ECMP_BALANCE_* */
	ECMP_A_TABLE_FAILBACK,		/* u8 ECMP_FAILBACK_* */
	ECMP_A_TABLE_KERNEL_ID,		/* u32 */
	ECMP_A_TABLE_ROUTES4,		/* u32 */
	ECMP_A_TABLE_ROUTES6,		/* u32 */
	ECMP_A_TABLE_RULES,		/* u32 rules that name it */
	ECMP_A_TABLE_PACKETS,		/* u64 */
	ECMP_A_TABLE_BYTES,		/* u64 */
	ECMP_A_TABLE_PAD,
	__ECMP_A_TABLE_MAX
};
#define ECMP_A_TABLE_MAX (__ECMP_A_TABLE_MAX - 1)

enum {
	ECMP_A_ROUTE_UNSPEC,
	ECMP_A_ROUTE_TABLE,		/* string; "main" if absent */
	ECMP_A_ROUTE_FAMILY,		/* u8 AF_INET, AF_INET6 */
	ECMP_A_ROUTE_DST,		/* binary */
	ECMP_A_ROUTE_DST_LEN,		/* u8 bits */
	ECMP_A_ROUTE_TYPE,		/* u8 ECMP_ROUTE_* */
	ECMP_A_ROUTE_GATEWAY,		/* binary */
	ECMP_A_ROUTE_GATEWAY_FAMILY,	/* u8; that of the route if absent */
	ECMP_A_ROUTE_GATEWAY_KERNEL,	/* flag: via kernel */
	ECMP_A_ROUTE_DEVICE,		/* string, as written */
	ECMP_A_ROUTE_ONLINK,		/* u8 0, 1 */
	ECMP_A_ROUTE_DISTANCE,		/* u8 1-255, default 1 */
	ECMP_A_ROUTE_WEIGHT,		/* u16 1-256, default 1 */
	ECMP_A_ROUTE_CHECK,		/* u8 ECMP_CHECK_* */
	ECMP_A_ROUTE_CHECK_TARGETS,	/* binary: addresses one after another */
	ECMP_A_ROUTE_CHECK_ALL,		/* u8 0 any, 1 all */
	ECMP_A_ROUTE_PREF_SRC,		/* binary */
	ECMP_A_ROUTE_COMMENT,		/* string; empty: none */
	ECMP_A_ROUTE_DISABLED,		/* u8 0, 1 */
	ECMP_A_ROUTE_FLAGS,		/* u32 ECMP_ROUTE_F_* */
	ECMP_A_ROUTE_PROTOCOL,		/* u8 RTPROT_*, of the kernel's routes */
	ECMP_A_ROUTE_METRIC,		/* u32, of the kernel's routes */
	ECMP_A_ROUTE_RESOLVED_DEVICE,	/* string: where the gateway is */
	ECMP_A_ROUTE_PATHS,		/* u32 active routes of this prefix */
	ECMP_A_ROUTE_REASON,		/* u8 enum ecmp_reason */
	ECMP_A_ROUTE_NEXTHOP_ID,	/* u32 */
	ECMP_A_ROUTE_STATIC,		/* flag: none of the kernel's */
	ECMP_A_ROUTE_INACTIVE,		/* flag: none but the inactive */
	__ECMP_A_ROUTE_MAX
};
#define ECMP_A_ROUTE_MAX (__ECMP_A_ROUTE_MAX - 1)

enum {
	ECMP_A_RULE_UNSPEC,
	ECMP_A_RULE_ID,			/* u32, never reused */
	ECMP_A_RULE_INDEX,		/* u32 from 0, renumbered at once */
	ECMP_A_RULE_COMMENT,		/* string; empty: none */
	ECMP_A_RULE_FAMILY,		/* u8; absent or 0: both */
	ECMP_A_RULE_FROM,		/* binary */
	ECMP_A_RULE_FROM_LEN,		/* u8 */
	ECMP_A_RULE_TO,			/* binary */
	ECMP_A_RULE_TO_LEN,		/* u8 */
	ECMP_A_RULE_IIF,		/* string */
	ECMP_A_RULE_MARK,		/* u32 */
	ECMP_A_RULE_MARK_MASK,		/* u32; all ones if absent */
	ECMP_A_RULE_PROTO,		/* u8 IPPROTO_* */
	ECMP_A_RULE_SPORT_MIN,		/* u16 1-65535 */
	ECMP_A_RULE_SPORT_MAX,		/* u16; SPORT_MIN if absent */
	ECMP_A_RULE_DPORT_MIN,		/* u16 1-65535 */
	ECMP_A_RULE_DPORT_MAX,		/* u16; DPORT_MIN if absent */
	ECMP_A_RULE_DSCP,		/* u8 0-63 */
	ECMP_A_RULE_ACTION,		/* u8 enum ecmp_rule_action */
	ECMP_A_RULE_TABLE,		/* string */
	ECMP_A_RULE_MIN_PREFIX,		/* u8 0-128; absent: no suppression */
	ECMP_A_RULE_DISABLED,		/* u8 0, 1 */
	ECMP_A_RULE_SELECT,		/* nest of INDEX, ID, COMMENT */
	ECMP_A_RULE_BEFORE,		/* nest of one INDEX, ID, COMMENT */
	ECMP_A_RULE_AFTER,		/* nest of one INDEX, ID, COMMENT */
	ECMP_A_RULE_AT,			/* u32 index that it shall have */
	ECMP_A_RULE_UNSET,		/* u32 ECMP_FIELD_* to clear */
	ECMP_A_RULE_FLAGS,		/* u32 ECMP_RULE_F_* */
	ECMP_A_RULE_PACKETS,		/* u64 packets that it decided */
	ECMP_A_RULE_BYTES,		/* u64 */
	ECMP_A_RULE_PAD,
	__ECMP_A_RULE_MAX
};
#define ECMP_A_RULE_MAX (__ECMP_A_RULE_MAX - 1)

enum {
	ECMP_A_NEXTHOP_UNSPEC,
	ECMP_A_NEXTHOP_ID,		/* u32 */
	ECMP_A_NEXTHOP_FAMILY,		/* u8, of the gateway if there is one */
	ECMP_A_NEXTHOP_GATEWAY,		/* binary; absent: the device alone */
	ECMP_A_NEXTHOP_DEVICE,		/* string */
	ECMP_A_NEXTHOP_IFINDEX,		/* u32; absent: no such device now */
	ECMP_A_NEXTHOP_STATE,		/* u8 enum ecmp_nexthop_state */
	ECMP_A_NEXTHOP_FORCED,		/* u8 enum ecmp_nexthop_forced */
	ECMP_A_NEXTHOP_REASON,		/* u8 enum ecmp_reason, when dead or draining */
	ECMP_A_NEXTHOP_NEIGH,		/* u16 NUD_*, of the kernel; if known */
	ECMP_A_NEXTHOP_ROUTES,		/* u32 routes that use it */
	ECMP_A_NEXTHOP_PACKETS,		/* u64 */
	ECMP_A_NEXTHOP_BYTES,		/* u64 */
	ECMP_A_NEXTHOP_PAD,
	ECMP_A_NEXTHOP_PIN_ID,		/* u8 1-255 in the conntrack mark; absent:
					   none; NEXTHOP_NEW: 0: any */
	ECMP_A_NEXTHOP_CHECK,		/* u8 ECMP_CHECK_*; absent: no check */
	ECMP_A_NEXTHOP_CHECK_STATE,	/* u8 enum ecmp_check_state */
	ECMP_A_NEXTHOP_CHECK_MISSED,	/* u32 unanswered in a row */
	ECMP_A_NEXTHOP_CHECK_RTT,	/* u32 microseconds, of the last answer */
	ECMP_A_NEXTHOP_AGE,		/* u64 milliseconds in this state */
	ECMP_A_NEXTHOP_FLAPS,		/* u32 how often it died */
	ECMP_A_NEXTHOP_CHECK_SENT,	/* u32 probes, to any target */
	ECMP_A_NEXTHOP_CHECK_LOST,	/* u32 of them, without an answer */
	ECMP_A_NEXTHOP_PIN_FIXED,	/* flag: PIN_ID is configured */
	ECMP_A_NEXTHOP_UPLINK,		/* flag: a default route by it is enabled */
	ECMP_A_NEXTHOP_TIMEOUT,		/* u32 milliseconds until FORCED ends */
	__ECMP_A_NEXTHOP_MAX
};
#define ECMP_A_NEXTHOP_MAX (__ECMP_A_NEXTHOP_MAX - 1)

enum {
	ECMP_A_SETTINGS_UNSPEC,
	ECMP_A_SETTINGS_ENABLED,	/* u8 0, 1 */
	ECMP_A_SETTINGS_HASH_POLICY4,	/* u8 ECMP_HASH_POLICY_* */
	ECMP_A_SETTINGS_HASH_POLICY6,	/* u8 */
	ECMP_A_SETTINGS_HASH_SEED,	/* u64; 0: random */
	ECMP_A_SETTINGS_PIN,		/* u8 ECMP_PIN_* */
	ECMP_A_SETTINGS_GENERATION,	/* u32, grows with every change
					   but of the kernel's routes */
	ECMP_A_SETTINGS_HOOKS,		/* u8 1: packets are being decided */
	ECMP_A_SETTINGS_TABLES,		/* u32 */
	ECMP_A_SETTINGS_RULES,		/* u32 */
	ECMP_A_SETTINGS_NOTICE,		/* string*: what a person should know */
	ECMP_A_SETTINGS_PAD,
	ECMP_A_SETTINGS_KERNEL_ROUTES,	/* u8 0, 1 */
	ECMP_A_SETTINGS_DISTANCE,	/* nest ECMP_A_DISTANCE_*; answers: many */
	ECMP_A_SETTINGS_RESYNCS,	/* u32 the kernel's routes were read again */
	ECMP_A_SETTINGS_PIN_MASK,	/* u32 bits of the conntrack mark; 0: none */
	ECMP_A_SETTINGS_CHECK_INTERVAL,	/* u32 milliseconds */
	ECMP_A_SETTINGS_CHECK_TIMEOUT,	/* u32 milliseconds */
	ECMP_A_SETTINGS_CHECK_COUNT,	/* u8 1-255 unanswered: dead */
	ECMP_A_SETTINGS_CHECK_UP_COUNT,	/* u8 1-255 answered: alive again */
	ECMP_A_SETTINGS_REBUILDS,	/* u64 groups whose buckets were dealt */
	ECMP_A_SETTINGS_PUBLICATIONS,	/* u64 prefixes and policies that changed
					   for packets */
	__ECMP_A_SETTINGS_MAX
};
#define ECMP_A_SETTINGS_MAX (__ECMP_A_SETTINGS_MAX - 1)

/* Of the kernel's routes, by their protocol or by their device. */
enum {
	ECMP_A_DISTANCE_UNSPEC,
	ECMP_A_DISTANCE_PROTOCOL,	/* u8 RTPROT_* */
	ECMP_A_DISTANCE_DEVICE,		/* string */
	ECMP_A_DISTANCE_VALUE,		/* u8 0-255; absent: as if never set */
	__ECMP_A_DISTANCE_MAX
};
#define ECMP_A_DISTANCE_MAX (__ECMP_A_DISTANCE_MAX - 1)

enum {
	ECMP_A_LOOKUP_UNSPEC,
	ECMP_A_LOOKUP_FAMILY,		/* u8 */
	ECMP_A_LOOKUP_DST,		/* binary */
	ECMP_A_LOOKUP_FROM,		/* binary */
	ECMP_A_LOOKUP_IIF,		/* string; absent: the router's own */
	ECMP_A_LOOKUP_PROTO,		/* u8 */
	ECMP_A_LOOKUP_SPORT,		/* u16 */
	ECMP_A_LOOKUP_DPORT,		/* u16 */
	ECMP_A_LOOKUP_MARK,		/* u32 */
	ECMP_A_LOOKUP_DSCP,		/* u8 */
	ECMP_A_LOOKUP_TRANSACTION,	/* flag: ask this socket's transaction */
	ECMP_A_LOOKUP_VERDICT,		/* u8 enum ecmp_verdict */
	ECMP_A_LOOKUP_LEFT,		/* u8 enum ecmp_left */
	ECMP_A_LOOKUP_STEP,		/* nest ECMP_A_STEP_*, one a rule */
	ECMP_A_LOOKUP_STEPS_LEFT_OUT,	/* u32 rules beyond ECMP_STEPS_MAX */
	ECMP_A_LOOKUP_TABLE,		/* string: where it was found */
	ECMP_A_LOOKUP_PREFIX,		/* binary */
	ECMP_A_LOOKUP_PREFIX_LEN,	/* u8 */
	ECMP_A_LOOKUP_GROUP,		/* u32 */
	ECMP_A_LOOKUP_HASH_POLICY,	/* u8 */
	ECMP_A_LOOKUP_BALANCE,		/* u8 */
	ECMP_A_LOOKUP_HASH,		/* u32 */
	ECMP_A_LOOKUP_BUCKET,		/* u32 */
	ECMP_A_LOOKUP_BUCKETS,		/* u32 of the group */
	ECMP_A_LOOKUP_EXAMPLE,		/* flag: another packet may take another */
	ECMP_A_LOOKUP_OWNER,		/* flag: chosen by the source address */
	ECMP_A_LOOKUP_GATEWAY,		/* binary */
	ECMP_A_LOOKUP_GATEWAY_FAMILY,	/* u8 */
	ECMP_A_LOOKUP_DEVICE,		/* string */
	ECMP_A_LOOKUP_PATH,		/* nest ECMP_A_PATH_*, one a candidate */
	ECMP_A_LOOKUP_FLOWLABEL,	/* u32, 20 bits */
	ECMP_A_LOOKUP_TURNS,		/* u32 of the group; absent: by the hash */
	ECMP_A_LOOKUP_CT_MARK,		/* u32 of its connection: ask for pins */
	ECMP_A_LOOKUP_CT_SRC,		/* binary: source that it leaves with;
					   FROM if absent */
	ECMP_A_LOOKUP_CT_ANSWER,	/* flag: the connection was made to the
					   router, this is the answer */
	ECMP_A_LOOKUP_CT_OPENED,	/* flag: this way, and no other one had
					   announced it */
	ECMP_A_LOOKUP_CT_NAT,		/* flag: it is translated, either way */
	ECMP_A_LOOKUP_PINNED,		/* u8 enum ecmp_pinned */
	ECMP_A_LOOKUP_PIN_ID,		/* u8 */
	ECMP_A_LOOKUP_PIN_GATEWAY,	/* binary: the uplink of the pin */
	ECMP_A_LOOKUP_PIN_GATEWAY_FAMILY,	/* u8 */
	ECMP_A_LOOKUP_PIN_DEVICE,	/* string */
	ECMP_A_LOOKUP_PIN_REASON,	/* u8 enum ecmp_reason */
	__ECMP_A_LOOKUP_MAX
};
#define ECMP_A_LOOKUP_MAX (__ECMP_A_LOOKUP_MAX - 1)

enum {
	ECMP_A_STEP_UNSPEC,
	ECMP_A_STEP_INDEX,		/* u32; absent: the implicit last rule */
	ECMP_A_STEP_ID,			/* u32 */
	ECMP_A_STEP_ACTION,		/* u8 enum ecmp_rule_action */
	ECMP_A_STEP_OUTCOME,		/* u8 enum ecmp_outcome */
	ECMP_A_STEP_MISMATCH,		/* u32 ECMP_FIELD_* */
	ECMP_A_STEP_TABLE,		/* string */
	ECMP_A_STEP_MIN_PREFIX,		/* u8 */
	ECMP_A_STEP_COMMENT,		/* string */
	ECMP_A_STEP_PREFIX,		/* binary: what the table found */
	ECMP_A_STEP_PREFIX_LEN,		/* u8 */
	__ECMP_A_STEP_MAX
};
#define ECMP_A_STEP_MAX (__ECMP_A_STEP_MAX - 1)

enum {
	ECMP_A_PATH_UNSPEC,
	ECMP_A_PATH_GATEWAY,		/* binary */
	ECMP_A_PATH_GATEWAY_FAMILY,	/* u8 */
	ECMP_A_PATH_DEVICE,		/* string */
	ECMP_A_PATH_TYPE,		/* u8 ECMP_ROUTE_* */
	ECMP_A_PATH_DISTANCE,		/* u8 */
	ECMP_A_PATH_WEIGHT,		/* u16 */
	ECMP_A_PATH_STATE,		/* u8 enum ecmp_nexthop_state */
	ECMP_A_PATH_REASON,		/* u8 enum ecmp_reason, when dead or draining */
	ECMP_A_PATH_BUCKETS,		/* u32 that it owns now */
	ECMP_A_PATH_CHOSEN,		/* flag */
	ECMP_A_PATH_TURNS,		/* u32 that it has now; absent likewise */
	__ECMP_A_PATH_MAX
};
#define ECMP_A_PATH_MAX (__ECMP_A_PATH_MAX - 1)

enum {
	ECMP_A_TRANSACTION_UNSPEC,
	ECMP_A_TRANSACTION_GENERATION,	/* u32 */
	ECMP_A_TRANSACTION_RESTORE,	/* flag: it was configured: take what devices
					 * and addresses would not allow to be added
					 * by now; it waits, as it does when they
					 * change under it
					 */
	__ECMP_A_TRANSACTION_MAX
};
#define ECMP_A_TRANSACTION_MAX (__ECMP_A_TRANSACTION_MAX - 1)

#endif /* _UAPI_LINUX_ECMP_H */
