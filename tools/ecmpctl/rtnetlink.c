// SPDX-License-Identifier: GPL-2.0
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>

#include "ecmpctl.h"
#include "rtnetlink.h"
#include "text.h"

#define RULE_TEXT	512
#define RULES_SHOWN	10

static void read_device(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct rtmsg))
		if (mnl_attr_get_type(attr) == RTA_OIF &&
		    !if_indextoname(attribute_number(attr), data))
			*(char *)data = '\0';
}

/**
 * kernel_device - the device by which the kernel answers to a session
 * @session: the session
 * @device: IFNAMSIZ bytes; left alone when the kernel has no route
 */
void kernel_device(const struct session *session, char *device)
{
	struct netlink nl = { .socket = NULL };
	struct nlmsghdr *nlh;
	struct rtmsg *rtm;

	if (!netlink_open_route(&nl)) {
		nlh = netlink_message_route(&nl, RTM_GETROUTE, 0);
		rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));
		rtm->rtm_family = session->client.family;
		rtm->rtm_dst_len = address_size(session->client.family) * 8;
		rtm->rtm_src_len = rtm->rtm_dst_len;
		put_address(nlh, RTA_DST, &session->client);
		put_address(nlh, RTA_SRC, &session->server);
		mnl_attr_put_u8(nlh, RTA_IP_PROTO, IPPROTO_TCP);
		mnl_attr_put_u16(nlh, RTA_SPORT, htons(session->server_port));
		mnl_attr_put_u16(nlh, RTA_DPORT, htons(session->client_port));
		netlink_talk(&nl, nlh, read_device, device);
	}
	netlink_close(&nl);
}

/**
 * struct way - to an address
 * @device: IFNAMSIZ bytes
 * @own: it is one of the router's own
 */
struct way {
	char	*device;
	bool	own;
};

static void read_way(const struct nlmsghdr *nlh, void *data)
{
	const struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);
	struct way *way = data;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*rtm))
		return;
	way->own = rtm->rtm_type == RTN_LOCAL;
	read_device(nlh, way->device);
}

/**
 * kernel_way - the device by which the kernel would reach an address
 * @address: the address
 * @device: IFNAMSIZ bytes; left alone when the kernel has no route
 * @own: set if it is one of the router's own
 */
void kernel_way(const struct address *address, char *device, bool *own)
{
	struct netlink nl = { .socket = NULL };
	struct way way = { .device = device };
	struct nlmsghdr *nlh;
	struct rtmsg *rtm;

	if (!netlink_open_route(&nl)) {
		nlh = netlink_message_route(&nl, RTM_GETROUTE, 0);
		rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));
		rtm->rtm_family = address->family;
		rtm->rtm_dst_len = address_size(address->family) * 8;
		put_address(nlh, RTA_DST, address);
		netlink_talk(&nl, nlh, read_way, &way);
	}
	netlink_close(&nl);
	*own = way.own;
}

static void rule_attributes(const struct nlmsghdr *nlh,
			    const struct nlattr **a)
{
	const struct nlattr *attr;

	memset(a, 0, (FRA_MAX + 1) * sizeof(a[0]));
	mnl_attr_for_each(attr, nlh, sizeof(struct fib_rule_hdr))
		if (mnl_attr_get_type(attr) <= FRA_MAX)
			a[mnl_attr_get_type(attr)] = attr;
}

static uint64_t rule_table(const struct nlmsghdr *nlh, const struct nlattr **a)
{
	const struct fib_rule_hdr *rule = mnl_nlmsg_get_payload(nlh);

	return a[FRA_TABLE] ? number_of(a[FRA_TABLE]) : rule->table;
}

/*
 * local at 0, main at 32766, default at 32767: every machine has these. What is
 * in a VRF is left to the kernel, which finds its table by the l3mdev rule.
 */
static bool keep_rule(const struct nlmsghdr *nlh)
{
	const struct fib_rule_hdr *rule = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *a[FRA_MAX + 1];
	uint64_t priority, table;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*rule))
		return false;
	rule_attributes(nlh, a);
	priority = number_of(a[FRA_PRIORITY]);
	table = rule_table(nlh, a);
	if (a[FRA_L3MDEV] && number_of(a[FRA_L3MDEV]))
		return false;
	if (rule->action != FR_ACT_TO_TBL || rule->src_len || rule->dst_len)
		return true;
	return !((priority == 0 && table == RT_TABLE_LOCAL) ||
		 (priority == 32766 && table == RT_TABLE_MAIN) ||
		 (priority == 32767 && table == RT_TABLE_DEFAULT));
}

static void add_prefix(char *text, const char *word,
		       const struct nlattr *attr, uint8_t length)
{
	struct prefix prefix = {
		.address = address_of(attr), .length = length,
	};
	char buf[ADDRESS_TEXT];

	if (prefix.address.family)
		text_add(text, RULE_TEXT, "%s %s", word,
			 prefix_text(&prefix, buf));
}

static void add_device(char *text, const char *word, const struct nlattr *name)
{
	char quoted[TEXT_QUOTED(IFNAMSIZ)];

	text_add(text, RULE_TEXT, "%s %s", word,
		 text_quote(string_of(name), quoted, sizeof(quoted)));
}

static void add_ports(char *text, const char *word, const struct nlattr *attr)
{
	struct fib_rule_port_range range;

	if (!attr || mnl_attr_get_payload_len(attr) < sizeof(range))
		return;
	memcpy(&range, mnl_attr_get_payload(attr), sizeof(range));
	if (range.start == range.end)
		text_add(text, RULE_TEXT, "%s %u", word, range.start);
	else
		text_add(text, RULE_TEXT, "%s %u-%u", word, range.start,
			 range.end);
}

static void add_users(char *text, const struct nlattr *attr)
{
	struct fib_rule_uid_range range;

	if (!attr || mnl_attr_get_payload_len(attr) < sizeof(range))
		return;
	memcpy(&range, mnl_attr_get_payload(attr), sizeof(range));
	text_add(text, RULE_TEXT, "uidrange %u-%u", range.start, range.end);
}

static void add_number(char *text, const char *word, const struct nlattr *attr)
{
	if (attr)
		text_add(text, RULE_TEXT, "%s %llu", word,
			 (unsigned long long)number_of(attr));
}

/* What is -1 says that there is none. */
static void add_suppressed(char *text, const char *word,
			   const struct nlattr *attr)
{
	if (attr && number_of(attr) != UINT32_MAX)
		add_number(text, word, attr);
}

static void add_action(char *text, const struct nlmsghdr *nlh,
		       const struct nlattr **a)
{
	const struct fib_rule_hdr *rule = mnl_nlmsg_get_payload(nlh);

	switch (rule->action) {
	case FR_ACT_TO_TBL:
		if (a[FRA_L3MDEV])
			text_add(text, RULE_TEXT, "lookup [l3mdev-table]");
		else
			text_add(text, RULE_TEXT, "lookup %llu",
				 (unsigned long long)rule_table(nlh, a));
		add_suppressed(text, "suppress_prefixlength",
			       a[FRA_SUPPRESS_PREFIXLEN]);
		add_suppressed(text, "suppress_ifgroup",
			       a[FRA_SUPPRESS_IFGROUP]);
		break;
	case FR_ACT_GOTO:
		text_add(text, RULE_TEXT, "goto %u",
			 (unsigned int)number_of(a[FRA_GOTO]));
		break;
	case FR_ACT_BLACKHOLE:
		text_add(text, RULE_TEXT, "blackhole");
		break;
	case FR_ACT_UNREACHABLE:
		text_add(text, RULE_TEXT, "unreachable");
		break;
	case FR_ACT_PROHIBIT:
		text_add(text, RULE_TEXT, "prohibit");
		break;
	}
}

/* As "ip rule" prints it. */
static void rule_line(const struct nlmsghdr *nlh, char *text)
{
	const struct fib_rule_hdr *rule = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *a[FRA_MAX + 1];

	rule_attributes(nlh, a);
	text[0] = '\0';
	text_add(text, RULE_TEXT, "%u:",
		 (unsigned int)number_of(a[FRA_PRIORITY]));
	if (rule->flags & FIB_RULE_INVERT)
		text_add(text, RULE_TEXT, "not");
	if (!a[FRA_SRC])
		text_add(text, RULE_TEXT, "from all");
	add_prefix(text, "from", a[FRA_SRC], rule->src_len);
	add_prefix(text, "to", a[FRA_DST], rule->dst_len);
	if (rule->tos)
		text_add(text, RULE_TEXT, "tos 0x%02x", rule->tos);
	if (a[FRA_FWMARK])
		text_add(text, RULE_TEXT, "fwmark 0x%x/0x%x",
			 (unsigned int)number_of(a[FRA_FWMARK]),
			 (unsigned int)number_of(a[FRA_FWMASK]));
	if (a[FRA_IIFNAME])
		add_device(text, "iif", a[FRA_IIFNAME]);
	if (a[FRA_OIFNAME])
		add_device(text, "oif", a[FRA_OIFNAME]);
	add_users(text, a[FRA_UID_RANGE]);
	add_number(text, "ipproto", a[FRA_IP_PROTO]);
	add_ports(text, "sport", a[FRA_SPORT_RANGE]);
	add_ports(text, "dport", a[FRA_DPORT_RANGE]);
	add_action(text, nlh, a);
}

static void warn_of(const struct ctl *ctl, const struct answers *answers,
		    uint8_t family)
{
	const struct nlmsghdr *nlh = NULL;
	unsigned int shown = 0;
	char text[RULE_TEXT];

	if (!answers->count)
		return;
	print_warning(ctl, "packets that ecmp decides do not meet these %srules; \"rule add ... native\" leaves packets to them:",
		      family == AF_INET6 ? "ip -6 " : "ip ");
	while (shown++ < RULES_SHOWN && (nlh = answers_next(answers, nlh))) {
		rule_line(nlh, text);
		print_sentence(ctl, "  %s", text);
	}
	if (answers->count > RULES_SHOWN)
		print_sentence(ctl, "  and %zu more",
			       answers->count - RULES_SHOWN);
}

static void warn_family(const struct ctl *ctl, struct netlink *nl,
			uint8_t family)
{
	struct answers answers = { .data = NULL };
	struct fib_rule_hdr *rule;
	struct nlmsghdr *nlh;

	nlh = netlink_message_route(nl, RTM_GETRULE, NLM_F_DUMP);
	rule = mnl_nlmsg_put_extra_header(nlh, sizeof(*rule));
	rule->family = family;
	if (!netlink_dump(nl, nlh, keep_rule, &answers))
		warn_of(ctl, &answers, family);
	answers_free(&answers);
}

/**
 * warn_ip_rules - list the rules that decided packets do not meet any more
 * @ctl: this run
 */
void warn_ip_rules(const struct ctl *ctl)
{
	struct netlink nl = { .socket = NULL };

	if (!netlink_open_route(&nl)) {
		warn_family(ctl, &nl, AF_INET);
		warn_family(ctl, &nl, AF_INET6);
	}
	netlink_close(&nl);
}
