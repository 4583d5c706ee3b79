// SPDX-License-Identifier: GPL-2.0
/*
 * The generic netlink family: its commands, what they have in common before
 * and after they run, and how attributes are read.
 *
 * A command runs with en->lock held and meets the configuration that the
 * socket writes to: the live one, or that of its transaction.
 */
#include <linux/in.h>
#include <linux/netdevice.h>
#include <linux/nls.h>
#include <net/ipv6.h>

#include "netlink.h"

/* internal_flags: the command may change the configuration. */
#define ECMP_OP_WRITES	BIT(0)

/* For commands without attributes: refuse all. */
static const struct nla_policy no_attrs[2];

/* A command that takes the attributes of @attrs up to @last. */
#define ECMP_WRITER_UPTO(command, function, attrs, last)		\
	{								\
		.cmd = ECMP_CMD_##command,				\
		.flags = GENL_UNS_ADMIN_PERM,				\
		.internal_flags = ECMP_OP_WRITES,			\
		.doit = function,					\
		.policy = attrs,					\
		.maxattr = last,					\
	}

#define ECMP_WRITER(command, function, attrs)				\
	ECMP_WRITER_UPTO(command, function, attrs, ARRAY_SIZE(attrs) - 1)

static const struct genl_ops ops[] = {
	ECMP_WRITER(TABLE_NEW, ecmp_table_new_doit, ecmp_table_policy),
	ECMP_WRITER_UPTO(TABLE_DEL, ecmp_table_del_doit, ecmp_table_policy,
			 ECMP_A_TABLE_NAME),
	{
		.cmd = ECMP_CMD_TABLE_GET,
		.doit = ecmp_table_get_doit,
		.start = ecmp_dump_start,
		.dumpit = ecmp_table_get_dumpit,
		.policy = ecmp_table_policy,
		.maxattr = ECMP_A_TABLE_NAME,
	},
	ECMP_WRITER(ROUTE_NEW, ecmp_route_new_doit, ecmp_route_policy),
	ECMP_WRITER_UPTO(ROUTE_DEL, ecmp_route_del_doit, ecmp_route_policy,
			 ECMP_A_ROUTE_DEVICE),
	ECMP_WRITER_UPTO(ROUTE_FLUSH, ecmp_route_flush_doit, ecmp_route_policy,
			 ECMP_A_ROUTE_FAMILY),
	{
		.cmd = ECMP_CMD_ROUTE_GET,
		.start = ecmp_route_get_start,
		.dumpit = ecmp_route_get_dumpit,
		.done = ecmp_route_get_done,
		.policy = ecmp_route_get_policy,
		.maxattr = ARRAY_SIZE(ecmp_route_get_policy) - 1,
	},
	ECMP_WRITER(RULE_NEW, ecmp_rule_new_doit, ecmp_rule_policy),
	ECMP_WRITER(RULE_MOVE, ecmp_rule_move_doit, ecmp_rule_move_policy),
	ECMP_WRITER_UPTO(RULE_DEL, ecmp_rule_del_doit, ecmp_rule_move_policy,
			 ECMP_A_RULE_SELECT),
	{
		.cmd = ECMP_CMD_RULE_GET,
		.start = ecmp_dump_start,
		.dumpit = ecmp_rule_get_dumpit,
		.policy = no_attrs,
		.maxattr = ARRAY_SIZE(no_attrs) - 1,
	},
	ECMP_WRITER(NEXTHOP_NEW, ecmp_nexthop_new_doit, ecmp_nexthop_policy),
	{
		.cmd = ECMP_CMD_NEXTHOP_GET,
		.start = ecmp_nexthop_get_start,
		.dumpit = ecmp_nexthop_get_dumpit,
		.policy = no_attrs,
		.maxattr = ARRAY_SIZE(no_attrs) - 1,
	},
	ECMP_WRITER(SETTINGS_SET, ecmp_settings_set_doit,
		    ecmp_settings_policy),
	{
		.cmd = ECMP_CMD_SETTINGS_GET,
		.doit = ecmp_settings_get_doit,
		.policy = no_attrs,
		.maxattr = ARRAY_SIZE(no_attrs) - 1,
	},
	{
		.cmd = ECMP_CMD_LOOKUP,
		.doit = ecmp_lookup_doit,
		.policy = ecmp_lookup_policy,
		.maxattr = ARRAY_SIZE(ecmp_lookup_policy) - 1,
	},
	ECMP_WRITER(TRANSACTION_BEGIN, ecmp_transaction_begin_doit,
		    ecmp_transaction_policy),
	ECMP_WRITER(TRANSACTION_COMMIT, ecmp_transaction_commit_doit,
		    no_attrs),
	ECMP_WRITER(TRANSACTION_ABORT, ecmp_transaction_abort_doit, no_attrs),
};

static const struct genl_multicast_group groups[] = {
	{ .name = ECMP_MCGRP_CONFIG },
};

/* Before every command: find the namespace, make it follow the kernel, lock. */
static int pre_doit(const struct genl_split_ops *op, struct sk_buff *skb,
		    struct genl_info *info)
{
	struct ecmp_net *en = ecmp_net_get(genl_info_net(info));
	int err;

	if (info->genlhdr->reserved) {
		NL_SET_ERR_MSG(info->extack,
			       "the header's reserved field must be 0");
		return -EINVAL;
	}
	err = ecmp_net_activate(en);
	if (err) {
		NL_SET_ERR_MSG(info->extack,
			       "the kernel's routes could not be read: try again");
		return err;
	}
	mutex_lock(&en->lock);
	if (ecmp_transaction_is_busy(en, NETLINK_CB(skb).sk)) {
		mutex_unlock(&en->lock);
		NL_SET_ERR_MSG(info->extack,
			       "this socket's transaction is under way: wait for the answer, or use another socket");
		return -EBUSY;
	}
	en->uplinks.asked = false;
	info->user_ptr[0] = en;
	info->user_ptr[1] = ecmp_transaction_config(en, NETLINK_CB(skb).sk) ?:
			    en->config;
	return 0;
}

static void post_doit(const struct genl_split_ops *op, struct sk_buff *skb,
		      struct genl_info *info)
{
	struct ecmp_net *en = ecmp_info_net(info);
	bool pins = en->uplinks.asked;

	if (op->internal_flags & ECMP_OP_WRITES)
		ecmp_net_hooks_trim(en);
	mutex_unlock(&en->lock);
	/* Who asked for other pins sees them; nobody else waits. */
	if (pins)
		ecmp_uplinks_settle(en);
	/* A new table may follow one of the kernel's that was not read yet. */
	if (op->cmd == ECMP_CMD_TABLE_NEW)
		ecmp_kernel_routes_settle(en);
}

/*
 * resv_start_op: beyond it generic netlink refuses every request with flags
 * like NLM_F_CREATE, which are verbs here. What else it would check, reserved
 * fields and attributes of commands that have none, is checked here.
 */
struct genl_family ecmp_family __ro_after_init = {
	.name = ECMP_GENL_NAME,
	.version = ECMP_GENL_VERSION,
	.module = THIS_MODULE,
	.netnsok = true,
	.parallel_ops = true,
	.resv_start_op = ECMP_CMD_MAX + 1,
	.pre_doit = pre_doit,
	.post_doit = post_doit,
	.ops = ops,
	.n_ops = ARRAY_SIZE(ops),
	.mcgrps = groups,
	.n_mcgrps = ARRAY_SIZE(groups),
};

/**
 * ecmp_changed - what packets are decided by was changed
 * @config: where
 *
 * To be called once for each change, before it is told to anybody.
 *
 * Context: en->lock.
 */
void ecmp_changed(struct ecmp_config *config)
{
	lockdep_assert_held(&config->en->lock);
	if (!config->live)
		return;
	config->en->generation++;
	/* Flows that were offloaded as it was before would go on by that. */
	ecmp_uplinks_tell(config->en, ECMP_NEWS_FLOWS);
}

/**
 * ecmp_hooks_for - before a route or a rule is added: let packets meet us
 * @config: configuration that it is added to
 * @req: who asks
 *
 * Return: 0 or a negative errno.
 * Context: process, en->lock.
 */
int ecmp_hooks_for(struct ecmp_config *config, const struct ecmp_request *req)
{
	int err = config->live ? ecmp_net_hooks_up(config->en) : 0;

	if (!err)
		return 0;
	return ecmp_refuse(req, 0, err,
			   "the netfilter hooks could not be registered: nothing was changed");
}

/**
 * ecmp_info_verb - what a *_NEW request wants
 * @info: request
 *
 * Return: ECMP_VERB_ADD, ECMP_VERB_REPLACE, ECMP_VERB_SET or -EINVAL.
 * Context: any.
 */
int ecmp_info_verb(const struct genl_info *info)
{
	unsigned int flags = info->nlhdr->nlmsg_flags &
			     (NLM_F_CREATE | NLM_F_EXCL | NLM_F_REPLACE |
			      NLM_F_APPEND);

	if (flags == ECMP_VERB_ADD || flags == ECMP_VERB_REPLACE ||
	    flags == ECMP_VERB_SET)
		return flags;
	NL_SET_ERR_MSG(info->extack,
		       "the flags name no verb: use CREATE and EXCL, CREATE and REPLACE, or REPLACE");
	return -EINVAL;
}

/**
 * ecmp_attr_family - read an address family
 * @req: who asks
 * @attr: u8 attribute
 * @family: AF_INET or AF_INET6
 *
 * Return: 0, -EINVAL, or -EAFNOSUPPORT.
 * Context: any.
 */
int ecmp_attr_family(const struct ecmp_request *req, int attr, u8 *family)
{
	if (!req->attrs[attr])
		return ecmp_refuse(req, 0, -EINVAL,
				   "the address family is missing: name IPv4 or IPv6");
	*family = nla_get_u8(req->attrs[attr]);
	if (*family != AF_INET && *family != AF_INET6)
		return ecmp_refuse(req, attr, -EINVAL,
				   "the address family must be IPv4 or IPv6");
	if (*family == AF_INET6 && !ipv6_mod_enabled())
		return ecmp_refuse(req, attr, -EAFNOSUPPORT,
				   "IPv6 is switched off in this kernel: boot it without ipv6.disable");
	return 0;
}

/**
 * ecmp_attr_addr - read an address
 * @req: who asks
 * @attr: binary attribute, present
 * @family: that it must have; 0: it becomes that of the address
 * @addr: where it goes
 *
 * Return: 0 or -EINVAL.
 * Context: any.
 */
int ecmp_attr_addr(const struct ecmp_request *req, int attr, u8 *family,
		   struct ecmp_addr *addr)
{
	const struct nlattr *nla = req->attrs[attr];
	u8 is = nla_len(nla) == 4 ? AF_INET : nla_len(nla) == 16 ? AF_INET6 : 0;

	if (!is)
		return ecmp_refuse(req, attr, -EINVAL,
				   "an address has 4 bytes (IPv4) or 16 (IPv6)");
	if (*family && *family != is)
		return ecmp_refuse(req, attr, -EINVAL,
				   "this address is of the other family: use addresses of one family");
	*family = is;
	memset(addr, 0, sizeof(*addr));
	nla_memcpy(addr->b, nla, sizeof(addr->b));
	return 0;
}

/**
 * ecmp_attr_prefix - read a prefix
 * @req: who asks
 * @attr: binary attribute, present
 * @len_attr: u8 attribute
 * @family: as for ecmp_attr_addr()
 * @prefix: where it goes
 *
 * Return: 0 or -EINVAL.
 * Context: any.
 */
int ecmp_attr_prefix(const struct ecmp_request *req, int attr, int len_attr,
		     u8 *family, struct ecmp_prefix *prefix)
{
	struct ecmp_addr masked;
	int err;

	err = ecmp_attr_addr(req, attr, family, &prefix->addr);
	if (err)
		return err;
	if (!req->attrs[len_attr])
		return ecmp_refuse(req, attr, -EINVAL,
				   "the prefix length is missing: name it with the address");
	prefix->len = nla_get_u8(req->attrs[len_attr]);
	if (prefix->len > ecmp_family_bits(*family))
		return ecmp_refuse(req, len_attr, -EINVAL,
				   "a prefix length is at most 32 for IPv4 and 128 for IPv6");
	masked = prefix->addr;
	ecmp_addr_mask(&masked, prefix->len);
	if (!ecmp_addr_equal(&masked, &prefix->addr))
		return ecmp_refuse(req, attr, -EINVAL,
				   "the address has bits beyond the prefix length: clear them or lengthen the prefix");
	return 0;
}

/**
 * ecmp_attr_device - read the name of a device, which need not exist
 * @req: who asks
 * @attr: string attribute, present
 * @name: where it goes, IFNAMSIZ bytes, filled up with zeros
 *
 * Return: 0 or -EINVAL.
 * Context: any.
 */
int ecmp_attr_device(const struct ecmp_request *req, int attr, char *name)
{
	memset(name, 0, IFNAMSIZ);
	nla_strscpy(name, req->attrs[attr], IFNAMSIZ);
	if (!dev_valid_name(name))
		return ecmp_refuse(req, attr, -EINVAL,
				   "this is no interface name: use one as ip link shows it");
	return 0;
}

/**
 * ecmp_attr_comment - check a comment
 * @req: who asks
 * @attr: string attribute, present
 *
 * Return: 0, or -EINVAL when it is not UTF-8 or has control characters.
 * Context: any.
 */
int ecmp_attr_comment(const struct ecmp_request *req, int attr)
{
	const u8 *text = nla_data(req->attrs[attr]);
	int left = strlen(text), n;
	unicode_t c;

	for (; left; text += n, left -= n) {
		n = utf8_to_utf32(text, left, &c);
		if (n < 0)
			return ecmp_refuse(req, attr, -EINVAL,
					   "the comment is not UTF-8");
		if (c < 0x20 || (c >= 0x7f && c < 0xa0))
			return ecmp_refuse(req, attr, -EINVAL,
					   "the comment has control characters: leave them out");
	}
	return 0;
}

/**
 * ecmp_attr_table - find the table that an attribute names
 * @req: who asks
 * @attr: string attribute, present
 * @config: where to look
 *
 * Return: the table, without a reference, or an ERR_PTR.
 * Context: en->lock.
 */
struct ecmp_table *ecmp_attr_table(const struct ecmp_request *req, int attr,
				   struct ecmp_config *config)
{
	struct ecmp_table *table;

	table = ecmp_table_find(config, nla_data(req->attrs[attr]));
	if (!table)
		return ERR_PTR(ecmp_refuse(req, attr, -ENOENT,
					   "there is no table of this name: add it first"));
	if (table->busy)
		return ERR_PTR(ecmp_refuse(req, attr, -EBUSY,
					   "the routes of this table are being deleted: try again"));
	return table;
}

/**
 * ecmp_netlink_init - open the door
 *
 * Return: 0 or a negative errno.
 * Context: process, after ecmp_netns_init().
 */
int ecmp_netlink_init(void)
{
	int err;

	err = ecmp_transaction_init();
	if (err)
		return err;
	err = genl_register_family(&ecmp_family);
	if (err) {
		ecmp_transaction_exit();
		return err;
	}
	ecmp_notify_allow(true);
	return 0;
}

/**
 * ecmp_netlink_exit - close the door: afterwards no request runs
 *
 * Context: process, before ecmp_netns_exit().
 */
void ecmp_netlink_exit(void)
{
	ecmp_notify_allow(false);
	genl_unregister_family(&ecmp_family);
	ecmp_transaction_exit();
}
