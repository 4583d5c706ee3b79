// SPDX-License-Identifier: GPL-2.0
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/ecmp.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>

#include "names.h"
#include "text.h"

const struct name hash_policies[] = {
	{ ECMP_HASH_POLICY_L3, "l3", NULL },
	{ ECMP_HASH_POLICY_L4, "l4", NULL },
	{ ECMP_HASH_POLICY_L3_INNER, "l3-inner", NULL },
	{ ECMP_HASH_POLICY_SRC, "src", NULL },
	{ ECMP_HASH_POLICY_INHERIT, "inherit", NULL },
	{ 0, NULL, NULL }
};

const struct name balances[] = {
	{ ECMP_BALANCE_HASH, "hash", NULL },
	{ ECMP_BALANCE_PER_PACKET, "per-packet", NULL },
	{ ECMP_BALANCE_ROUND_ROBIN, "round-robin", NULL },
	{ ECMP_BALANCE_ROUND_ROBIN_FLOW, "round-robin-flow", NULL },
	{ 0, NULL, NULL }
};

const struct name failbacks[] = {
	{ ECMP_FAILBACK_SOFT, "soft", NULL },
	{ ECMP_FAILBACK_HARD, "hard", NULL },
	{ 0, NULL, NULL }
};

const struct name pins[] = {
	{ ECMP_PIN_NONE, "none", NULL },
	{ ECMP_PIN_CONNECTION, "connection", NULL },
	{ 0, NULL, NULL }
};

const struct name route_types[] = {
	{ ECMP_ROUTE_UNICAST, "unicast", NULL },
	{ ECMP_ROUTE_BLACKHOLE, "blackhole", NULL },
	{ ECMP_ROUTE_UNREACHABLE, "unreachable", NULL },
	{ ECMP_ROUTE_PROHIBIT, "prohibit", NULL },
	{ 0, NULL, NULL }
};

const struct name checks[] = {
	{ ECMP_CHECK_NONE, "none", NULL },
	{ ECMP_CHECK_ARP, "arp", NULL },
	{ ECMP_CHECK_PING, "ping", NULL },
	{ 0, NULL, NULL }
};

const struct name check_states[] = {
	{ ECMP_CHECK_WAITING, "waiting", "no answer yet" },
	{ ECMP_CHECK_ANSWERED, "answered", NULL },
	{ ECMP_CHECK_MISSED, "missed", NULL },
	{ ECMP_CHECK_UNSENT, "unsent", "cannot be sent" },
	{ ECMP_CHECK_IMPOSSIBLE, "impossible",
	  "the device has no link addresses to ask for: use ping" },
	{ 0, NULL, NULL }
};

const struct name actions[] = {
	{ ECMP_ACTION_LOOKUP, "lookup", NULL },
	{ ECMP_ACTION_LOOKUP_ONLY, "lookup-only-in-table", NULL },
	{ ECMP_ACTION_DROP, "drop", NULL },
	{ ECMP_ACTION_UNREACHABLE, "unreachable", NULL },
	{ ECMP_ACTION_PROHIBIT, "prohibit", NULL },
	{ ECMP_ACTION_NATIVE, "native", NULL },
	{ 0, NULL, NULL }
};

const struct name families[] = {
	{ AF_INET, "ipv4", "IPv4" },
	{ AF_INET6, "ipv6", "IPv6" },
	{ 0, NULL, NULL }
};

const struct name yes_no[] = {
	{ 1, "yes", NULL },
	{ 0, "no", NULL },
	{ 0, NULL, NULL }
};

const struct name on_off[] = {
	{ 1, "on", NULL },
	{ 0, "off", NULL },
	{ 0, NULL, NULL }
};

const struct name nexthop_states[] = {
	{ ECMP_NEXTHOP_DEAD, "dead", NULL },
	{ ECMP_NEXTHOP_ALIVE, "alive", NULL },
	{ 0, NULL, NULL }
};

const struct name forced_states[] = {
	{ ECMP_FORCED_AUTO, "auto", NULL },
	{ ECMP_FORCED_ALIVE, "alive", NULL },
	{ ECMP_FORCED_DEAD, "dead", NULL },
	{ ECMP_FORCED_DRAIN, "drain", NULL },
	{ 0, NULL, NULL }
};

const struct name reasons[] = {
	{ ECMP_REASON_NONE, "none", "" },
	{ ECMP_REASON_DISABLED, "disabled", "disabled" },
	{ ECMP_REASON_NO_DEVICE, "no-device", "no such device" },
	{ ECMP_REASON_DOWN, "down", "device down" },
	{ ECMP_REASON_NO_CARRIER, "no-carrier", "no carrier" },
	{ ECMP_REASON_NOT_ON_LINK, "not-on-link", "gateway not on-link" },
	{ ECMP_REASON_AMBIGUOUS, "ambiguous",
	  "gateway on-link on two devices" },
	{ ECMP_REASON_OWN_ADDRESS, "own-address",
	  "gateway is the router's own address" },
	{ ECMP_REASON_FORCED, "forced", "forced dead" },
	{ ECMP_REASON_DISTANCE, "distance", "lower distance active" },
	{ ECMP_REASON_UNUSED, "unused", "distance 255 is never used" },
	{ ECMP_REASON_NO_MEMORY, "no-memory", "no memory, tried again" },
	{ ECMP_REASON_METRIC, "metric", "lower metric active" },
	{ ECMP_REASON_NATIVE_ONLY, "native-only",
	  "only the kernel can follow it" },
	{ ECMP_REASON_CHECK, "check", "check failed" },
	{ ECMP_REASON_DRAIN, "drain", "draining" },
	{ ECMP_REASON_LAST_RESORT, "last-resort",
	  "draining, but there is no other" },
	{ ECMP_REASON_NO_KERNEL_DEFAULT, "no-kernel-default",
	  "the kernel has no default there" },
	{ 0, NULL, NULL }
};

const struct name verdicts[] = {
	{ ECMP_VERDICT_NATIVE, "native", "left to the kernel" },
	{ ECMP_VERDICT_FORWARD, "forward", "forwarded" },
	{ ECMP_VERDICT_DROP, "drop", "dropped" },
	{ ECMP_VERDICT_UNREACHABLE, "unreachable",
	  "refused: ICMP net unreachable" },
	{ ECMP_VERDICT_HOST_UNREACHABLE, "host-unreachable",
	  "refused: ICMP host unreachable" },
	{ ECMP_VERDICT_PROHIBIT, "prohibit",
	  "refused: ICMP administratively prohibited" },
	{ ECMP_VERDICT_NO_ROUTE, "no-route",
	  "no route: ICMP net unreachable" },
	{ 0, NULL, NULL }
};

/* What is told to IPv6 senders; the words are those of verdicts. */
const struct name verdicts6[] = {
	{ ECMP_VERDICT_NATIVE, "native", "left to the kernel" },
	{ ECMP_VERDICT_FORWARD, "forward", "forwarded" },
	{ ECMP_VERDICT_DROP, "drop", "dropped" },
	{ ECMP_VERDICT_UNREACHABLE, "unreachable",
	  "refused: ICMPv6 no route" },
	{ ECMP_VERDICT_HOST_UNREACHABLE, "host-unreachable",
	  "refused: ICMPv6 address unreachable" },
	{ ECMP_VERDICT_PROHIBIT, "prohibit",
	  "refused: ICMPv6 administratively prohibited" },
	{ ECMP_VERDICT_NO_ROUTE, "no-route",
	  "no route: ICMPv6 no route" },
	{ 0, NULL, NULL }
};

const struct name lefts[] = {
	{ ECMP_LEFT_NONE, "none", "" },
	{ ECMP_LEFT_OWN_ADDRESS, "own-address",
	  "the router's own address comes before every rule" },
	{ ECMP_LEFT_MULTICAST, "multicast", "multicast is never decided" },
	{ ECMP_LEFT_BROADCAST, "broadcast", "broadcast is never decided" },
	{ ECMP_LEFT_LINK_LOCAL, "link-local", "link-local is never decided" },
	{ ECMP_LEFT_LOOPBACK, "loopback", "loopback is never decided" },
	{ ECMP_LEFT_UNSPECIFIED, "unspecified",
	  "the unspecified address is never decided" },
	{ ECMP_LEFT_RULE, "rule", "a rule says native" },
	{ ECMP_LEFT_DISABLED, "disabled", "ecmp is off (set enabled yes)" },
	{ ECMP_LEFT_INACTIVE, "inactive",
	  "neither a rule nor a route is configured" },
	{ ECMP_LEFT_FORWARDING_OFF, "forwarding-off",
	  "forwarding is off on the device" },
	{ ECMP_LEFT_MARTIAN, "martian", "the source address is a martian" },
	{ ECMP_LEFT_VRF, "vrf", "VRF traffic that no rule names" },
	{ 0, NULL, NULL }
};

const struct name pinned_words[] = {
	{ ECMP_PINNED_FOLLOWED, "followed", NULL },
	{ ECMP_PINNED_NOT, "not-pinned", "that is no uplink of this family" },
	{ ECMP_PINNED_OFF, "off",
	  "pins are not followed: set pin connection" },
	{ ECMP_PINNED_VERDICT, "verdict",
	  "what the rules and routes say comes first" },
	{ ECMP_PINNED_NO_UPLINK, "no-uplink", "it does not go to an uplink" },
	{ ECMP_PINNED_BACK, "back", "the packet came in by that uplink" },
	{ ECMP_PINNED_UNUSABLE, "unusable",
	  "cannot use it: it moves" },
	{ ECMP_PINNED_ENDS, "ends",
	  "cannot use it, and has its address: it ends" },
	{ ECMP_PINNED_OWN, "own",
	  "the router's own traffic goes by its source address" },
	{ ECMP_PINNED_HOME, "home", "failback hard: it goes back" },
	{ ECMP_PINNED_BALANCED, "balanced",
	  "it is not translated, so that each packet takes a path for itself" },
	{ ECMP_PINNED_HOME_ENDS, "home-ends",
	  "failback hard, and has its address: it ends, and begins anew" },
	{ 0, NULL, NULL }
};

const struct name outcomes[] = {
	{ ECMP_OUTCOME_NO_MATCH, "no-match", "does not match" },
	{ ECMP_OUTCOME_DISABLED, "disabled", "disabled: next rule" },
	{ ECMP_OUTCOME_INVALID, "invalid", "no such interface: next rule" },
	{ ECMP_OUTCOME_NO_ROUTE, "no-route", "no route" },
	{ ECMP_OUTCOME_SUPPRESSED, "suppressed", "suppressed" },
	{ ECMP_OUTCOME_ROUTE, "route", "found" },
	{ ECMP_OUTCOME_ACTION, "action", "matches" },
	{ 0, NULL, NULL }
};

/* In the order of "rule add"; values are bits. */
const struct name fields[] = {
	{ ECMP_FIELD_FAMILY, "family", "address family" },
	{ ECMP_FIELD_FROM, "from", NULL },
	{ ECMP_FIELD_TO, "to", NULL },
	{ ECMP_FIELD_IIF, "iif", NULL },
	{ ECMP_FIELD_MARK, "mark", NULL },
	{ ECMP_FIELD_PROTO, "ipproto", NULL },
	{ ECMP_FIELD_SPORT, "sport", NULL },
	{ ECMP_FIELD_DPORT, "dport", NULL },
	{ ECMP_FIELD_DSCP, "dscp", NULL },
	{ ECMP_FIELD_MIN_PREFIX, "min-prefix", NULL },
	{ ECMP_FIELD_COMMENT, "comment", NULL },
	{ 0, NULL, NULL }
};

const struct name ip_protocols[] = {
	{ IPPROTO_ICMP, "icmp", NULL },
	{ IPPROTO_IGMP, "igmp", NULL },
	{ IPPROTO_TCP, "tcp", NULL },
	{ IPPROTO_UDP, "udp", NULL },
	{ IPPROTO_DCCP, "dccp", NULL },
	{ IPPROTO_GRE, "gre", NULL },
	{ IPPROTO_ESP, "esp", NULL },
	{ IPPROTO_AH, "ah", NULL },
	{ IPPROTO_ICMPV6, "ipv6-icmp", NULL },
	{ IPPROTO_ICMPV6, "icmpv6", NULL },
	{ 89, "ospf", NULL },
	{ IPPROTO_SCTP, "sctp", NULL },
	{ 0, NULL, NULL }
};

/* The text is the letter of "route show" and its legend. */
const struct name route_protocols[] = {
	{ RTPROT_KERNEL, "kernel", "c connect" },
	{ RTPROT_BOOT, "boot", "s static" },
	{ RTPROT_STATIC, "static", "s static" },
	{ RTPROT_DHCP, "dhcp", "d dhcp" },
	{ RTPROT_BGP, "bgp", "b bgp" },
	{ RTPROT_OSPF, "ospf", "o ospf" },
	{ RTPROT_ISIS, "isis", "i is-is" },
	{ RTPROT_RIP, "rip", "r rip" },
	{ RTPROT_RA, "ra", "g ra" },
	{ RTPROT_REDIRECT, "redirect", "k other" },
	{ RTPROT_ZEBRA, "zebra", "k other" },
	{ RTPROT_BIRD, "bird", "k other" },
	{ RTPROT_BABEL, "babel", "k other" },
	{ RTPROT_OPENR, "openr", "k other" },
	{ RTPROT_EIGRP, "eigrp", "k other" },
	{ 0, NULL, NULL }
};

const struct name neighbour_states[] = {
	{ NUD_INCOMPLETE, "incomplete", NULL },
	{ NUD_REACHABLE, "reachable", NULL },
	{ NUD_STALE, "stale", NULL },
	{ NUD_DELAY, "delay", NULL },
	{ NUD_PROBE, "probe", NULL },
	{ NUD_FAILED, "failed", NULL },
	{ NUD_NOARP, "noarp", NULL },
	{ NUD_PERMANENT, "permanent", NULL },
	{ 0, NULL, NULL }
};

/**
 * name_find - the member that a word names
 * @set: where to look
 * @word: what was written
 *
 * Return: the member, or NULL.
 */
const struct name *name_find(const struct name *set, const char *word)
{
	for (; set->word; set++)
		if (text_same(set->word, word))
			return set;
	return NULL;
}

static const struct name *name_by_value(const struct name *set,
					unsigned int value)
{
	for (; set->word; set++)
		if (set->value == value)
			return set;
	return NULL;
}

/**
 * name_word - the word for a value
 * @set: where to look
 * @value: from the kernel, so it may be newer than this program
 *
 * Return: the first word with that value, or "unknown".
 */
const char *name_word(const struct name *set, unsigned int value)
{
	const struct name *name = name_by_value(set, value);

	return name ? name->word : "unknown";
}

/**
 * name_text - what to tell a person about a value
 * @set: where to look
 * @value: from the kernel, so it may be newer than this program
 *
 * Return: the text, or where there is none the word.
 */
const char *name_text(const struct name *set, unsigned int value)
{
	const struct name *name = name_by_value(set, value);

	if (!name)
		return "unknown";
	return name->text ? name->text : name->word;
}

/**
 * reason_waits - does a route wait for something to come?
 * @reason: ECMP_REASON_*; the others are as the person wants it
 */
bool reason_waits(unsigned int reason)
{
	switch (reason) {
	case ECMP_REASON_NO_DEVICE:
	case ECMP_REASON_DOWN:
	case ECMP_REASON_NO_CARRIER:
	case ECMP_REASON_NOT_ON_LINK:
	case ECMP_REASON_AMBIGUOUS:
	case ECMP_REASON_OWN_ADDRESS:
	case ECMP_REASON_NO_MEMORY:
	case ECMP_REASON_NO_KERNEL_DEFAULT:
		return true;
	default:
		return false;
	}
}
