// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's own rules, which packets that ecmp decides do not meet.
 */
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "ecmpctl.h"

static uint32_t rule_number(const struct nlmsghdr *nlh, uint16_t type,
			    uint32_t otherwise)
{
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct fib_rule_hdr))
		if (mnl_attr_get_type(attr) == type)
			return attribute_number(attr);
	return otherwise;
}

/* Local at 0, main at 32766, default at 32767: every machine has these. */
static bool rule_is_default(const struct nlmsghdr *nlh)
{
	const struct fib_rule_hdr *rule = mnl_nlmsg_get_payload(nlh);
	uint32_t priority = rule_number(nlh, FRA_PRIORITY, 0);
	uint32_t table = rule_number(nlh, FRA_TABLE, rule->table);

	return rule->action == FR_ACT_TO_TBL && !rule->src_len &&
	       !rule->dst_len &&
	       ((priority == 0 && table == RT_TABLE_LOCAL) ||
		(priority == 32766 && table == RT_TABLE_MAIN) ||
		(priority == 32767 && table == RT_TABLE_DEFAULT));
}

/**
 * warn_ip_rules - warn of rules that decided packets do not meet any more
 * @ctl: this run
 */
void warn_ip_rules(struct ctl *ctl)
{
	struct netlink nl = { .socket = NULL };
	const struct nlmsghdr *nlh = NULL;
	struct fib_rule_hdr *rule;
	struct nlmsghdr *ask;
	struct answers answers;

	if (netlink_open_route(&nl)) {
		netlink_close(&nl);
		return;
	}
	ask = netlink_message_route(&nl, RTM_GETRULE, NLM_F_DUMP);
	rule = mnl_nlmsg_put_extra_header(ask, sizeof(*rule));
	rule->family = AF_INET;
	if (!netlink_dump(&nl, ask, NULL, &answers))
		while ((nlh = answers_next(&answers, nlh)))
			if (!rule_is_default(nlh))
				print_warning(ctl, "ip rule %u is not met by packets that ecmp decides: \"rule add ... native\" leaves them to it",
					      rule_number(nlh, FRA_PRIORITY,
							  0));
	answers_free(&answers);
	netlink_close(&nl);
}
