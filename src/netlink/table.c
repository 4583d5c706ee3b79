// SPDX-License-Identifier: GPL-2.0
/*
 * TABLE_NEW, TABLE_DEL, TABLE_GET.
 */
#include <linux/rtnetlink.h>

#include "netlink.h"

const struct nla_policy ecmp_table_policy[ECMP_A_TABLE_KERNEL_ID + 1] = {
	[ECMP_A_TABLE_NAME] = { .type = NLA_NUL_STRING, .len = ECMP_NAME_MAX },
	[ECMP_A_TABLE_HASH_POLICY] =
		NLA_POLICY_MAX(NLA_U8, ECMP_HASH_POLICY_INHERIT),
	[ECMP_A_TABLE_BALANCE] =
		NLA_POLICY_MAX(NLA_U8, ECMP_BALANCE_ROUND_ROBIN_FLOW),
	[ECMP_A_TABLE_FAILBACK] = NLA_POLICY_MAX(NLA_U8, ECMP_FAILBACK_HARD),
	[ECMP_A_TABLE_KERNEL_ID] = { .type = NLA_U32 },
};

/**
 * ecmp_fill_table - put a table
 * @skb: message
 * @object: struct ecmp_table
 *
 * Return: 0 or -EMSGSIZE.
 * Context: en->lock.
 */
int ecmp_fill_table(struct sk_buff *skb, const void *object)
{
	const struct ecmp_table *table = object;

	if (nla_put_string(skb, ECMP_A_TABLE_NAME, table->name) ||
	    nla_put_u8(skb, ECMP_A_TABLE_HASH_POLICY, table->hash_policy) ||
	    nla_put_u8(skb, ECMP_A_TABLE_BALANCE, table->balance) ||
	    nla_put_u8(skb, ECMP_A_TABLE_FAILBACK, table->failback) ||
	    nla_put_u32(skb, ECMP_A_TABLE_ROUTES4, table->n_routes[0]) ||
	    nla_put_u32(skb, ECMP_A_TABLE_ROUTES6, table->n_routes[1]) ||
	    nla_put_u32(skb, ECMP_A_TABLE_RULES, table->n_rules))
		return -EMSGSIZE;
	if (table != table->config->main && table->kernel_id &&
	    nla_put_u32(skb, ECMP_A_TABLE_KERNEL_ID, table->kernel_id))
		return -EMSGSIZE;
	return ecmp_put_counter(skb, table->counter, ECMP_A_TABLE_PACKETS,
				ECMP_A_TABLE_BYTES, ECMP_A_TABLE_PAD);
}

static int parse_kernel_id(struct ecmp_table_config *tc,
			   const struct ecmp_request *req)
{
	u32 id = nla_get_u32(req->attrs[ECMP_A_TABLE_KERNEL_ID]);

	if (id == RT_TABLE_MAIN)
		return ecmp_refuse(req, ECMP_A_TABLE_KERNEL_ID, -EINVAL,
				   "254 is the kernel's main table, which main follows: use main");
	if (!id || id == RT_TABLE_DEFAULT || id == RT_TABLE_LOCAL)
		return ecmp_refuse(req, ECMP_A_TABLE_KERNEL_ID, -EINVAL,
				   "this table is the kernel's own: name one from 1 to 4294967295 but 253, 254 and 255");
	tc->kernel_id = id;
	return 0;
}

static int parse_config(struct ecmp_table_config *tc, int verb,
			const struct ecmp_request *req)
{
	struct nlattr **a = req->attrs;

	*tc = (struct ecmp_table_config) {
		.hash_policy = ECMP_HASH_POLICY_INHERIT,
		.balance = ECMP_BALANCE_HASH,
		.failback = ECMP_FAILBACK_SOFT,
		/* A replacement names everything: the rest by its default. */
		.has_hash_policy = verb == ECMP_VERB_REPLACE,
		.has_balance = verb == ECMP_VERB_REPLACE,
		.has_failback = verb == ECMP_VERB_REPLACE,
	};
	if (!a[ECMP_A_TABLE_NAME])
		return ecmp_refuse(req, 0, -EINVAL, "name the table");
	nla_strscpy(tc->name, a[ECMP_A_TABLE_NAME], sizeof(tc->name));
	if (a[ECMP_A_TABLE_HASH_POLICY]) {
		tc->has_hash_policy = true;
		tc->hash_policy = nla_get_u8(a[ECMP_A_TABLE_HASH_POLICY]);
	}
	if (a[ECMP_A_TABLE_BALANCE]) {
		tc->has_balance = true;
		tc->balance = nla_get_u8(a[ECMP_A_TABLE_BALANCE]);
	}
	if (a[ECMP_A_TABLE_FAILBACK]) {
		tc->has_failback = true;
		tc->failback = nla_get_u8(a[ECMP_A_TABLE_FAILBACK]);
	}
	if (a[ECMP_A_TABLE_KERNEL_ID]) {
		int err = parse_kernel_id(tc, req);

		if (err)
			return err;
	}
	return 0;
}

/**
 * ecmp_table_new_doit - TABLE_NEW: add, replace or set a table
 * @skb: request
 * @info: request, parsed
 *
 * Return: 0 or a negative errno.
 * Context: process, en->lock.
 */
int ecmp_table_new_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct ecmp_config *config = ecmp_info_config(info);
	struct ecmp_request req = ecmp_info_request(info);
	int err, verb = ecmp_info_verb(info);
	struct ecmp_table_config tc;
	struct ecmp_table *table;
	bool add;

	if (verb < 0)
		return verb;
	err = parse_config(&tc, verb, &req);
	if (err)
		return err;

	table = ecmp_table_find(config, tc.name);
	add = verb == ECMP_VERB_ADD || (verb == ECMP_VERB_REPLACE && !table);
	if (add && table)
		return ecmp_refuse(&req, ECMP_A_TABLE_NAME, -EEXIST,
				   "a table of this name exists: use set");
	if (!add && !table)
		return ecmp_refuse(&req, ECMP_A_TABLE_NAME, -ENOENT,
				   "there is no table of this name: add it first");
	if (add) {
		table = ecmp_table_add(config, &tc, &req);
		err = PTR_ERR_OR_ZERO(table);
	} else if (tc.kernel_id && tc.kernel_id != table->kernel_id) {
		return ecmp_refuse(&req, ECMP_A_TABLE_KERNEL_ID, -EINVAL,
				   "what a table follows cannot change: delete it and add it again");
	} else {
		err = ecmp_table_set(table, &tc, &req);
	}
	if (err)
		return err;

	ecmp_changed(config);
	if (config->live)
		ecmp_notify_table(table, ECMP_CMD_TABLE_NEW);
	ecmp_echo(info, ECMP_CMD_TABLE_NEW, add, ecmp_fill_table, table);
	return 0;
}

/* The table that a request names. */
static struct ecmp_table *named_table(struct ecmp_config *config,
				      const struct ecmp_request *req)
{
	if (!req->attrs[ECMP_A_TABLE_NAME])
		return ERR_PTR(ecmp_refuse(req, 0, -EINVAL, "name the table"));
	return ecmp_attr_table(req, ECMP_A_TABLE_NAME, config);
}

/**
 * ecmp_table_del_doit - TABLE_DEL: delete a table with its routes
 * @skb: request
 * @info: request, parsed
 *
 * Return: 0 or a negative errno.
 * Context: process, en->lock.
 */
int ecmp_table_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct ecmp_config *config = ecmp_info_config(info);
	struct ecmp_request req = ecmp_info_request(info);
	struct ecmp_table *table = named_table(config, &req);
	struct sk_buff *notice = NULL;
	bool routes;
	int err;

	if (IS_ERR(table))
		return PTR_ERR(table);
	routes = table->n_static;
	if (config->live)
		notice = ecmp_notice(config->en, ECMP_CMD_TABLE_DEL,
				     ecmp_fill_table, table);
	err = ecmp_table_del(table, &req);
	if (err) {
		nlmsg_free(notice);
		/* A load came in between, and the table is gone with all else. */
		return min(err, 0);
	}
	ecmp_changed(config);
	ecmp_notice_send(config->en, notice);
	/* Not each for itself: there may be millions. */
	if (config->live && routes)
		ecmp_notify_commit(config->en);
	return 0;
}

/**
 * ecmp_table_get_doit - TABLE_GET: one table of the live configuration
 * @skb: request
 * @info: request, parsed
 *
 * Return: 0 or a negative errno.
 * Context: process, en->lock.
 */
int ecmp_table_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct ecmp_request req = ecmp_info_request(info);
	struct ecmp_table *table;

	table = named_table(ecmp_info_net(info)->config, &req);
	if (IS_ERR(table))
		return PTR_ERR(table);
	return ecmp_reply(info, ECMP_CMD_TABLE_NEW, 0, ecmp_fill_table, table);
}

/**
 * ecmp_table_get_dumpit - TABLE_GET: all tables, main first
 * @skb: a part of the dump
 * @cb: dump
 *
 * Where it stands is the name of the table that comes next. If that is gone
 * the generation has changed: the reader is told to begin again.
 *
 * Return: as dumpit functions do.
 * Context: process.
 */
int ecmp_table_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct ecmp_net *en = ecmp_dump_begin(cb);
	char *next = (char *)cb->ctx;
	struct ecmp_table *table;
	int err = 0;

	BUILD_BUG_ON(sizeof(cb->ctx) <= ECMP_NAME_MAX);
	table = *next ? ecmp_table_find(en->config, next) : en->config->main;
	if (!table)
		return ecmp_dump_end(en, skb, 0);
	list_for_each_entry_from(table, &en->config->tables, list) {
		err = ecmp_dump_put(skb, cb, ECMP_CMD_TABLE_NEW,
				    ecmp_fill_table, table);
		if (err) {
			strscpy(next, table->name, ECMP_NAME_MAX + 1);
			break;
		}
	}
	return ecmp_dump_end(en, skb, err);
}
