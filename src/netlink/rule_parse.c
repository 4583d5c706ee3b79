// SPDX-License-Identifier: GPL-2.0
/*
 * From the attributes of RULE_NEW to a rule's configuration.
 */
#include <linux/in.h>
#include <linux/in6.h>

#include "netlink.h"

static const struct nla_policy select_policy[ECMP_A_RULE_COMMENT + 1] = {
	[ECMP_A_RULE_ID] = { .type = NLA_U32 },
	[ECMP_A_RULE_INDEX] = { .type = NLA_U32 },
	[ECMP_A_RULE_COMMENT] = {
		.type = NLA_NUL_STRING, .len = ECMP_COMMENT_MAX
	},
};

#define RULE_FIELDS_UNSET						\
	(ECMP_FIELD_FROM | ECMP_FIELD_TO | ECMP_FIELD_IIF |		\
	 ECMP_FIELD_MARK | ECMP_FIELD_PROTO | ECMP_FIELD_SPORT |	\
	 ECMP_FIELD_DPORT | ECMP_FIELD_DSCP | ECMP_FIELD_MIN_PREFIX |	\
	 ECMP_FIELD_COMMENT)

const struct nla_policy ecmp_rule_policy[ECMP_A_RULE_UNSET + 1] = {
	[ECMP_A_RULE_COMMENT] = {
		.type = NLA_NUL_STRING, .len = ECMP_COMMENT_MAX
	},
	[ECMP_A_RULE_FAMILY] = { .type = NLA_U8 },
	[ECMP_A_RULE_FROM] = NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
	[ECMP_A_RULE_FROM_LEN] = { .type = NLA_U8 },
	[ECMP_A_RULE_TO] = NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
	[ECMP_A_RULE_TO_LEN] = { .type = NLA_U8 },
	[ECMP_A_RULE_IIF] = { .type = NLA_NUL_STRING, .len = IFNAMSIZ - 1 },
	[ECMP_A_RULE_MARK] = { .type = NLA_U32 },
	[ECMP_A_RULE_MARK_MASK] = { .type = NLA_U32 },
	[ECMP_A_RULE_PROTO] = { .type = NLA_U8 },
	[ECMP_A_RULE_SPORT_MIN] = { .type = NLA_U16 },
	[ECMP_A_RULE_SPORT_MAX] = { .type = NLA_U16 },
	[ECMP_A_RULE_DPORT_MIN] = { .type = NLA_U16 },
	[ECMP_A_RULE_DPORT_MAX] = { .type = NLA_U16 },
	[ECMP_A_RULE_DSCP] = { .type = NLA_U8 },
	[ECMP_A_RULE_ACTION] = NLA_POLICY_RANGE(NLA_U8, ECMP_ACTION_LOOKUP,
						ECMP_ACTION_NATIVE),
	[ECMP_A_RULE_TABLE] = { .type = NLA_NUL_STRING, .len = ECMP_NAME_MAX },
	[ECMP_A_RULE_MIN_PREFIX] = { .type = NLA_U8 },
	[ECMP_A_RULE_DISABLED] = NLA_POLICY_MAX(NLA_U8, 1),
	[ECMP_A_RULE_SELECT] = NLA_POLICY_NESTED(select_policy),
	[ECMP_A_RULE_BEFORE] = NLA_POLICY_NESTED(select_policy),
	[ECMP_A_RULE_AFTER] = NLA_POLICY_NESTED(select_policy),
	[ECMP_A_RULE_AT] = { .type = NLA_U32 },
	[ECMP_A_RULE_UNSET] = NLA_POLICY_MASK(NLA_U32, RULE_FIELDS_UNSET),
};

/* RULE_MOVE, and up to SELECT RULE_DEL. */
const struct nla_policy ecmp_rule_move_policy[ECMP_A_RULE_AT + 1] = {
	[ECMP_A_RULE_SELECT] = NLA_POLICY_NESTED(select_policy),
	[ECMP_A_RULE_BEFORE] = NLA_POLICY_NESTED(select_policy),
	[ECMP_A_RULE_AFTER] = NLA_POLICY_NESTED(select_policy),
	[ECMP_A_RULE_AT] = { .type = NLA_U32 },
};

static bool is_lookup(u8 action)
{
	return action == ECMP_ACTION_LOOKUP ||
	       action == ECMP_ACTION_LOOKUP_ONLY;
}

/* The family that a protocol belongs to; 0: both. */
static u8 proto_family(u8 proto)
{
	switch (proto) {
	case IPPROTO_ICMP:
		return AF_INET;
	case IPPROTO_ICMPV6:
		return AF_INET6;
	default:
		return 0;
	}
}

/* Clear the fields that "set" names by UNSET. */
static int parse_unset(struct ecmp_rule_config *c,
		       const struct ecmp_request *req)
{
	static const struct {
		u32 field;
		int attr;
	} fields[] = {
		{ ECMP_FIELD_FROM, ECMP_A_RULE_FROM },
		{ ECMP_FIELD_TO, ECMP_A_RULE_TO },
		{ ECMP_FIELD_IIF, ECMP_A_RULE_IIF },
		{ ECMP_FIELD_MARK, ECMP_A_RULE_MARK },
		{ ECMP_FIELD_PROTO, ECMP_A_RULE_PROTO },
		{ ECMP_FIELD_SPORT, ECMP_A_RULE_SPORT_MIN },
		{ ECMP_FIELD_DPORT, ECMP_A_RULE_DPORT_MIN },
		{ ECMP_FIELD_DSCP, ECMP_A_RULE_DSCP },
		{ ECMP_FIELD_MIN_PREFIX, ECMP_A_RULE_MIN_PREFIX },
		{ ECMP_FIELD_COMMENT, ECMP_A_RULE_COMMENT },
	};
	unsigned int i;
	u32 unset;

	if (!req->attrs[ECMP_A_RULE_UNSET])
		return 0;
	unset = nla_get_u32(req->attrs[ECMP_A_RULE_UNSET]);
	for (i = 0; i < ARRAY_SIZE(fields); i++)
		if (unset & fields[i].field && req->attrs[fields[i].attr])
			return ecmp_refuse(req, fields[i].attr, -EINVAL,
					   "a field is both named and unset: do one of the two");
	c->match.fields &= ~unset;
	if (unset & ECMP_FIELD_IIF)
		memset(c->iif, 0, sizeof(c->iif));
	if (unset & ECMP_FIELD_MIN_PREFIX)
		c->min_prefix = ECMP_MIN_PREFIX_UNSET;
	if (unset & ECMP_FIELD_COMMENT)
		c->comment = NULL;
	return 0;
}

static int parse_prefix(const struct ecmp_request *req, int attr, int len_attr,
			u32 field, u8 *family, struct ecmp_match *m,
			struct ecmp_prefix *prefix)
{
	if (!req->attrs[attr]) {
		if (req->attrs[len_attr])
			return ecmp_refuse(req, len_attr, -EINVAL,
					   "a prefix length needs the address: name both");
		return 0;
	}
	*family = 0;
	m->fields |= field;
	return ecmp_attr_prefix(req, attr, len_attr, family, prefix);
}

/*
 * The family that was asked for by name; 0: none, or an address or the protocol
 * tells it.
 */
static u8 asked_family(const struct ecmp_match *m)
{
	if (m->fields & (ECMP_MATCH_FROM | ECMP_MATCH_TO) ||
	    (m->fields & ECMP_MATCH_PROTO && proto_family(m->proto)))
		return 0;
	return m->family;
}

/*
 * Addresses, protocol and the family that follows from them. An address that
 * "set" leaves as it is keeps its family; a family that nothing asks for any
 * more is forgotten with the address or protocol that it came from. One that
 * was @asked for by name stays until another one is.
 */
static int parse_addresses(const struct ecmp_request *req,
			   struct ecmp_match *m, u8 asked)
{
	struct nlattr **a = req->attrs;
	u8 from = m->fields & ECMP_MATCH_FROM ? m->family : 0;
	u8 to = m->fields & ECMP_MATCH_TO ? m->family : 0;
	u8 family = asked, proto;
	int err;

	err = parse_prefix(req, ECMP_A_RULE_FROM, ECMP_A_RULE_FROM_LEN,
			   ECMP_MATCH_FROM, &from, m, &m->from);
	if (err)
		return err;
	err = parse_prefix(req, ECMP_A_RULE_TO, ECMP_A_RULE_TO_LEN,
			   ECMP_MATCH_TO, &to, m, &m->to);
	if (err)
		return err;
	if (a[ECMP_A_RULE_PROTO]) {
		m->fields |= ECMP_MATCH_PROTO;
		m->proto = nla_get_u8(a[ECMP_A_RULE_PROTO]);
	}
	proto = m->fields & ECMP_MATCH_PROTO ? proto_family(m->proto) : 0;

	if (a[ECMP_A_RULE_FAMILY]) {
		family = nla_get_u8(a[ECMP_A_RULE_FAMILY]);
		if (family && family != AF_INET && family != AF_INET6)
			return ecmp_refuse(req, ECMP_A_RULE_FAMILY, -EINVAL,
					   "the address family must be IPv4, IPv6 or none");
	}
	family = family ?: from ?: to ?: proto;
	if (from && from != family)
		return ecmp_refuse(req, ECMP_A_RULE_FROM, -EINVAL,
				   "the rule mixes IPv4 and IPv6: make two rules");
	if (to && to != family)
		return ecmp_refuse(req, ECMP_A_RULE_TO, -EINVAL,
				   "the rule mixes IPv4 and IPv6: make two rules");
	if (proto && proto != family)
		return ecmp_refuse(req, ECMP_A_RULE_PROTO, -EINVAL,
				   "icmp is IPv4 and ipv6-icmp IPv6: use the one of the rule's family");
	m->family = family;
	return 0;
}

static int parse_ports(const struct ecmp_request *req, int min_attr,
		       int max_attr, u32 field, struct ecmp_match *m,
		       u16 *min, u16 *max)
{
	struct nlattr **a = req->attrs;

	if (!a[min_attr]) {
		if (a[max_attr])
			return ecmp_refuse(req, max_attr, -EINVAL,
					   "a highest port needs the lowest: name both");
		return 0;
	}
	m->fields |= field;
	*min = nla_get_u16(a[min_attr]);
	*max = a[max_attr] ? nla_get_u16(a[max_attr]) : *min;
	if (!*min)
		return ecmp_refuse(req, min_attr, -EINVAL,
				   "nobody has port 0: name one from 1 to 65535");
	if (*min > *max)
		return ecmp_refuse(req, min_attr, -EINVAL,
				   "the lowest port is above the highest: exchange them");
	return 0;
}

static int parse_mark(const struct ecmp_request *req, struct ecmp_match *m)
{
	struct nlattr **a = req->attrs;

	if (!a[ECMP_A_RULE_MARK]) {
		if (a[ECMP_A_RULE_MARK_MASK])
			return ecmp_refuse(req, ECMP_A_RULE_MARK_MASK, -EINVAL,
					   "a mark's mask needs the mark: name both");
		return 0;
	}
	m->fields |= ECMP_MATCH_MARK;
	m->mark = nla_get_u32(a[ECMP_A_RULE_MARK]);
	m->mark_mask = a[ECMP_A_RULE_MARK_MASK] ?
		       nla_get_u32(a[ECMP_A_RULE_MARK_MASK]) : U32_MAX;
	if (m->mark & ~m->mark_mask)
		return ecmp_refuse(req, ECMP_A_RULE_MARK, -EINVAL,
				   "the mark has bits outside its mask: nothing would match");
	return 0;
}

static int parse_matchers(const struct ecmp_request *req,
			  struct ecmp_rule_config *c, u8 asked)
{
	struct nlattr **a = req->attrs;
	struct ecmp_match *m = &c->match;
	int err;

	err = parse_addresses(req, m, asked);
	if (err)
		return err;
	if (a[ECMP_A_RULE_IIF]) {
		m->fields |= ECMP_MATCH_IIF;
		err = ecmp_attr_device(req, ECMP_A_RULE_IIF, c->iif);
		if (err)
			return err;
	}
	err = parse_mark(req, m);
	if (err)
		return err;
	err = parse_ports(req, ECMP_A_RULE_SPORT_MIN, ECMP_A_RULE_SPORT_MAX,
			  ECMP_MATCH_SPORT, m, &m->sport_min, &m->sport_max);
	if (err)
		return err;
	err = parse_ports(req, ECMP_A_RULE_DPORT_MIN, ECMP_A_RULE_DPORT_MAX,
			  ECMP_MATCH_DPORT, m, &m->dport_min, &m->dport_max);
	if (err)
		return err;
	if (a[ECMP_A_RULE_DSCP]) {
		m->fields |= ECMP_MATCH_DSCP;
		m->dscp = nla_get_u8(a[ECMP_A_RULE_DSCP]);
		if (m->dscp > 63)
			return ecmp_refuse(req, ECMP_A_RULE_DSCP, -ERANGE,
					   "a DSCP is 0 to 63");
	}
	if (m->fields & (ECMP_MATCH_SPORT | ECMP_MATCH_DPORT) &&
	    !(m->fields & ECMP_MATCH_PROTO &&
	      ecmp_proto_has_ports(m->proto)))
		return ecmp_refuse(req, a[ECMP_A_RULE_SPORT_MIN] ?
				   ECMP_A_RULE_SPORT_MIN :
				   ECMP_A_RULE_DPORT_MIN, -EINVAL,
				   "ports need ipproto tcp, udp, sctp or dccp");
	return 0;
}

/* What the rule does with the packets that it matches. */
static int parse_action(const struct ecmp_request *req,
			struct ecmp_config *config, struct ecmp_rule_config *c)
{
	struct nlattr **a = req->attrs;

	if (a[ECMP_A_RULE_ACTION])
		c->action = nla_get_u8(a[ECMP_A_RULE_ACTION]);
	if (c->action == ECMP_ACTION_UNSPEC)
		return ecmp_refuse(req, 0, -EINVAL,
				   "the action is missing: name lookup, lookup-only-in-table, drop, unreachable, prohibit or native");
	if (!is_lookup(c->action)) {
		if (a[ECMP_A_RULE_TABLE])
			return ecmp_refuse(req, ECMP_A_RULE_TABLE, -EINVAL,
					   "only lookup and lookup-only-in-table have a table: leave it out");
		if (a[ECMP_A_RULE_MIN_PREFIX])
			return ecmp_refuse(req, ECMP_A_RULE_MIN_PREFIX, -EINVAL,
					   "only lookup and lookup-only-in-table have a min-prefix: leave it out");
		/* They went with the look-up. */
		c->table = NULL;
		c->min_prefix = ECMP_MIN_PREFIX_UNSET;
		return 0;
	}

	if (a[ECMP_A_RULE_TABLE]) {
		c->table = ecmp_attr_table(req, ECMP_A_RULE_TABLE, config);
		if (IS_ERR(c->table))
			return PTR_ERR(c->table);
	}
	if (!c->table)
		return ecmp_refuse(req, ECMP_A_RULE_ACTION, -EINVAL,
				   "a lookup needs a table: name one");
	if (a[ECMP_A_RULE_MIN_PREFIX])
		c->min_prefix = nla_get_u8(a[ECMP_A_RULE_MIN_PREFIX]);
	if (c->min_prefix > 128)
		return ecmp_refuse(req, ECMP_A_RULE_MIN_PREFIX, -ERANGE,
				   "a min-prefix is 0 to 128");
	if (c->match.family == AF_INET && c->min_prefix > 32)
		return ecmp_refuse(req, ECMP_A_RULE_MIN_PREFIX, -ERANGE,
				   "the min-prefix of an IPv4 rule is 0 to 32");
	return 0;
}

/**
 * ecmp_rule_parse - turn attributes into a rule's configuration
 * @req: who asks
 * @config: configuration that the rule is, or will be, part of
 * @set: change what @c says already; else @c is zeroed here
 * @c: the rule
 *
 * Return: 0 or a negative errno.
 * Context: en->lock.
 */
int ecmp_rule_parse(const struct ecmp_request *req, struct ecmp_config *config,
		    bool set, struct ecmp_rule_config *c)
{
	struct nlattr **a = req->attrs;
	u8 asked;
	int err;

	BUILD_BUG_ON(ECMP_MATCH_FROM != ECMP_FIELD_FROM ||
		     ECMP_MATCH_TO != ECMP_FIELD_TO ||
		     ECMP_MATCH_IIF != ECMP_FIELD_IIF ||
		     ECMP_MATCH_MARK != ECMP_FIELD_MARK ||
		     ECMP_MATCH_PROTO != ECMP_FIELD_PROTO ||
		     ECMP_MATCH_SPORT != ECMP_FIELD_SPORT ||
		     ECMP_MATCH_DPORT != ECMP_FIELD_DPORT ||
		     ECMP_MATCH_DSCP != ECMP_FIELD_DSCP);
	if (!set) {
		memset(c, 0, sizeof(*c));
		c->min_prefix = ECMP_MIN_PREFIX_UNSET;
		if (a[ECMP_A_RULE_UNSET])
			return ecmp_refuse(req, ECMP_A_RULE_UNSET, -EINVAL,
					   "a new rule has nothing to unset: leave it out");
	}
	asked = asked_family(&c->match);
	err = parse_unset(c, req);
	if (err)
		return err;
	err = parse_matchers(req, c, asked);
	if (err)
		return err;
	err = parse_action(req, config, c);
	if (err)
		return err;
	if (a[ECMP_A_RULE_DISABLED])
		c->disabled = nla_get_u8(a[ECMP_A_RULE_DISABLED]);
	if (a[ECMP_A_RULE_COMMENT]) {
		err = ecmp_attr_comment(req, ECMP_A_RULE_COMMENT);
		if (err)
			return err;
		c->comment = nla_data(a[ECMP_A_RULE_COMMENT]);
		if (!c->comment[0])
			c->comment = NULL;
	}
	return 0;
}
