// SPDX-License-Identifier: GPL-2.0
/*
 * Rules to messages.
 */
#include "ecmpctl.h"

#define NAMED(r, attr) ((r)->named & BIT(attr))

static void put_selector(struct nlmsghdr *nlh, const struct selector *s)
{
	if (s->attribute == ECMP_A_RULE_COMMENT)
		mnl_attr_put_strz(nlh, s->attribute, s->comment);
	else
		mnl_attr_put_u32(nlh, s->attribute, s->number);
}

static void put_selected(struct nlmsghdr *nlh, const struct rule_request *r)
{
	struct nlattr *nest;
	unsigned int i;

	if (!r->selected)
		return;
	nest = mnl_attr_nest_start(nlh, ECMP_A_RULE_SELECT);
	for (i = 0; i < r->selected; i++)
		put_selector(nlh, &r->select[i]);
	mnl_attr_nest_end(nlh, nest);
}

static void put_position(struct nlmsghdr *nlh, const struct rule_request *r)
{
	struct nlattr *nest;

	if (r->position == ECMP_A_RULE_AT) {
		mnl_attr_put_u32(nlh, ECMP_A_RULE_AT, r->at);
	} else if (r->position) {
		nest = mnl_attr_nest_start(nlh, r->position);
		put_selector(nlh, &r->neighbour);
		mnl_attr_nest_end(nlh, nest);
	}
}

static void put_matchers(struct nlmsghdr *nlh, const struct rule_request *r)
{
	if (NAMED(r, ECMP_A_RULE_FROM)) {
		put_address(nlh, ECMP_A_RULE_FROM, &r->from.address);
		mnl_attr_put_u8(nlh, ECMP_A_RULE_FROM_LEN, r->from.length);
	}
	if (NAMED(r, ECMP_A_RULE_TO)) {
		put_address(nlh, ECMP_A_RULE_TO, &r->to.address);
		mnl_attr_put_u8(nlh, ECMP_A_RULE_TO_LEN, r->to.length);
	}
	if (NAMED(r, ECMP_A_RULE_IIF))
		mnl_attr_put_strz(nlh, ECMP_A_RULE_IIF, r->iif);
	if (NAMED(r, ECMP_A_RULE_MARK)) {
		mnl_attr_put_u32(nlh, ECMP_A_RULE_MARK, r->mark);
		mnl_attr_put_u32(nlh, ECMP_A_RULE_MARK_MASK, r->mark_mask);
	}
	if (NAMED(r, ECMP_A_RULE_PROTO))
		mnl_attr_put_u8(nlh, ECMP_A_RULE_PROTO, r->proto);
	if (NAMED(r, ECMP_A_RULE_SPORT_MIN)) {
		mnl_attr_put_u16(nlh, ECMP_A_RULE_SPORT_MIN, r->sport[0]);
		mnl_attr_put_u16(nlh, ECMP_A_RULE_SPORT_MAX, r->sport[1]);
	}
	if (NAMED(r, ECMP_A_RULE_DPORT_MIN)) {
		mnl_attr_put_u16(nlh, ECMP_A_RULE_DPORT_MIN, r->dport[0]);
		mnl_attr_put_u16(nlh, ECMP_A_RULE_DPORT_MAX, r->dport[1]);
	}
	if (NAMED(r, ECMP_A_RULE_DSCP))
		mnl_attr_put_u8(nlh, ECMP_A_RULE_DSCP, r->dscp);
}

/**
 * rule_put - put what a command says of rules into a message
 * @nlh: message
 * @request: the command
 */
void rule_put(struct nlmsghdr *nlh, const struct request *request)
{
	const struct rule_request *r = &request->rule;

	put_selected(nlh, r);
	if (r->unset)
		mnl_attr_put_u32(nlh, ECMP_A_RULE_UNSET, r->unset);
	if (r->family)
		mnl_attr_put_u8(nlh, ECMP_A_RULE_FAMILY, r->family);
	put_matchers(nlh, r);
	if (NAMED(r, ECMP_A_RULE_ACTION))
		mnl_attr_put_u8(nlh, ECMP_A_RULE_ACTION, r->action);
	if (NAMED(r, ECMP_A_RULE_TABLE))
		mnl_attr_put_strz(nlh, ECMP_A_RULE_TABLE, r->table);
	if (NAMED(r, ECMP_A_RULE_MIN_PREFIX))
		mnl_attr_put_u8(nlh, ECMP_A_RULE_MIN_PREFIX, r->min_prefix);
	if (NAMED(r, ECMP_A_RULE_DISABLED))
		mnl_attr_put_u8(nlh, ECMP_A_RULE_DISABLED, r->disabled);
	if (NAMED(r, ECMP_A_RULE_COMMENT))
		mnl_attr_put_strz(nlh, ECMP_A_RULE_COMMENT, r->comment);
	put_position(nlh, r);
}
