// SPDX-License-Identifier: GPL-2.0
/*
 * RULE_NEW, RULE_MOVE, RULE_DEL, RULE_GET.
 */
#include <linux/slab.h>
#include <linux/sort.h>

#include "netlink.h"

static int fill_prefix(struct sk_buff *skb, int attr, int len_attr, u8 family,
		       const struct ecmp_prefix *prefix)
{
	return ecmp_put_addr(skb, attr, family, &prefix->addr) ?:
	       ecmp_put_u8(skb, len_attr, prefix->len);
}

static int fill_ports(struct sk_buff *skb, int min_attr, int max_attr, u16 min,
		      u16 max)
{
	return ecmp_put_u16(skb, min_attr, min) ?:
	       ecmp_put_u16(skb, max_attr, max);
}

static int fill_matchers(struct sk_buff *skb, const struct ecmp_rule_config *c)
{
	const struct ecmp_match *m = &c->match;
	u32 has = m->fields;
	int err = 0;

	if (m->family)
		err = ecmp_put_u8(skb, ECMP_A_RULE_FAMILY, m->family);
	if (!err && has & ECMP_MATCH_FROM)
		err = fill_prefix(skb, ECMP_A_RULE_FROM, ECMP_A_RULE_FROM_LEN,
				  m->family, &m->from);
	if (!err && has & ECMP_MATCH_TO)
		err = fill_prefix(skb, ECMP_A_RULE_TO, ECMP_A_RULE_TO_LEN,
				  m->family, &m->to);
	if (!err && c->iif[0])
		err = nla_put_string(skb, ECMP_A_RULE_IIF, c->iif);
	if (!err && has & ECMP_MATCH_MARK)
		err = ecmp_put_u32(skb, ECMP_A_RULE_MARK, m->mark) ?:
		      ecmp_put_u32(skb, ECMP_A_RULE_MARK_MASK, m->mark_mask);
	if (!err && has & ECMP_MATCH_PROTO)
		err = ecmp_put_u8(skb, ECMP_A_RULE_PROTO, m->proto);
	if (!err && has & ECMP_MATCH_SPORT)
		err = fill_ports(skb, ECMP_A_RULE_SPORT_MIN,
				 ECMP_A_RULE_SPORT_MAX, m->sport_min,
				 m->sport_max);
	if (!err && has & ECMP_MATCH_DPORT)
		err = fill_ports(skb, ECMP_A_RULE_DPORT_MIN,
				 ECMP_A_RULE_DPORT_MAX, m->dport_min,
				 m->dport_max);
	if (!err && has & ECMP_MATCH_DSCP)
		err = ecmp_put_u8(skb, ECMP_A_RULE_DSCP, m->dscp);
	return err;
}

/**
 * ecmp_fill_rule - put a rule
 * @skb: message
 * @object: struct ecmp_rule
 *
 * Return: 0 or -EMSGSIZE.
 * Context: en->lock.
 */
int ecmp_fill_rule(struct sk_buff *skb, const void *object)
{
	const struct ecmp_rule *rule = object;
	const struct ecmp_rule_config *c = &rule->c;
	u32 flags = (c->disabled ? ECMP_RULE_F_DISABLED : 0) |
		    (ecmp_rule_invalid(rule) ? ECMP_RULE_F_INVALID : 0);

	if (ecmp_put_u32(skb, ECMP_A_RULE_ID, rule->id) ||
	    ecmp_put_u32(skb, ECMP_A_RULE_INDEX, rule->index) ||
	    ecmp_put_u32(skb, ECMP_A_RULE_FLAGS, flags) ||
	    ecmp_put_u8(skb, ECMP_A_RULE_DISABLED, c->disabled) ||
	    ecmp_put_u8(skb, ECMP_A_RULE_ACTION, c->action) ||
	    fill_matchers(skb, c))
		return -EMSGSIZE;
	if (c->table &&
	    nla_put_string(skb, ECMP_A_RULE_TABLE, c->table->name))
		return -EMSGSIZE;
	if (c->min_prefix != ECMP_MIN_PREFIX_UNSET &&
	    ecmp_put_u8(skb, ECMP_A_RULE_MIN_PREFIX, c->min_prefix))
		return -EMSGSIZE;
	if (c->comment &&
	    nla_put_string(skb, ECMP_A_RULE_COMMENT, c->comment))
		return -EMSGSIZE;
	return ecmp_put_counter(skb, rule->counter, ECMP_A_RULE_PACKETS,
				ECMP_A_RULE_BYTES, ECMP_A_RULE_PAD);
}

/* The rule that one INDEX, ID or COMMENT names. */
static struct ecmp_rule *select_rule(struct ecmp_config *config,
				     const struct nlattr *by,
				     struct netlink_ext_ack *extack)
{
	struct ecmp_rule *rule;
	bool several = false;

	switch (nla_type(by)) {
	case ECMP_A_RULE_INDEX:
		rule = ecmp_rule_by_index(config, nla_get_u32(by));
		if (!rule)
			NL_SET_ERR_MSG_ATTR(extack, by,
					    "there is no rule of this number: see rule show");
		break;
	case ECMP_A_RULE_ID:
		rule = ecmp_rule_by_id(config, nla_get_u32(by));
		if (!rule)
			NL_SET_ERR_MSG_ATTR(extack, by,
					    "there is no rule of this id: see rule show");
		break;
	default:
		rule = NULL;
		if (*(const char *)nla_data(by))
			rule = ecmp_rule_by_comment(config, nla_data(by),
						    &several);
		if (several)
			NL_SET_ERR_MSG_ATTR(extack, by,
					    "several rules have this comment: use the number or id");
		else if (!rule)
			NL_SET_ERR_MSG_ATTR(extack, by,
					    "no rule has this comment: see rule show");
	}
	if (rule)
		return rule;
	return ERR_PTR(several ? -EEXIST : -ENOENT);
}

/* The rule that a nest names, which may name only one. */
static struct ecmp_rule *select_one(struct ecmp_config *config, int attr,
				    const struct ecmp_request *req)
{
	const struct nlattr *nest = req->attrs[attr], *by, *only = NULL;
	int left, err;

	if (nest) {
		nla_for_each_nested(by, nest, left) {
			if (only) {
				only = NULL;
				break;
			}
			only = by;
		}
	}
	if (only)
		return select_rule(config, only, req->extack);
	err = ecmp_refuse(req, attr, -EINVAL,
			  "name one rule: by its number, its id or its comment");
	return ERR_PTR(err);
}

/*
 * Before which rule a rule shall go; NULL: to the end. @moved is the rule that
 * leaves its place for it, or NULL.
 */
static int parse_place(struct ecmp_config *config,
		       const struct ecmp_rule *moved,
		       const struct ecmp_request *req,
		       struct ecmp_rule **before)
{
	struct nlattr **a = req->attrs;
	struct ecmp_rule *rule;
	u32 at;

	*before = NULL;
	if (!!a[ECMP_A_RULE_BEFORE] + !!a[ECMP_A_RULE_AFTER] +
	    !!a[ECMP_A_RULE_AT] > 1)
		return ecmp_refuse(req, a[ECMP_A_RULE_AT] ? ECMP_A_RULE_AT :
				   ECMP_A_RULE_AFTER, -EINVAL,
				   "before, after and at exclude each other: name one");
	if (a[ECMP_A_RULE_BEFORE]) {
		rule = select_one(config, ECMP_A_RULE_BEFORE, req);
		if (IS_ERR(rule))
			return PTR_ERR(rule);
		*before = rule;
	} else if (a[ECMP_A_RULE_AFTER]) {
		rule = select_one(config, ECMP_A_RULE_AFTER, req);
		if (IS_ERR(rule))
			return PTR_ERR(rule);
		/* Behind itself is where it is. */
		*before = rule == moved ? rule : ecmp_rule_next(config, rule);
	} else if (a[ECMP_A_RULE_AT]) {
		at = nla_get_u32(a[ECMP_A_RULE_AT]);
		if (at >= config->n_rules + !moved)
			return ecmp_refuse(req, ECMP_A_RULE_AT, -ERANGE,
					   "there are not that many rules: name a smaller number");
		/* Its own leaving moves the rules behind it up. */
		if (moved && at > moved->index)
			at++;
		*before = ecmp_rule_by_index(config, at);
	}
	return 0;
}

static int rule_add(struct genl_info *info)
{
	struct ecmp_config *config = ecmp_info_config(info);
	struct ecmp_request req = ecmp_info_request(info);
	struct ecmp_rule *rule, *before;
	struct ecmp_rule_config *c;
	int err;

	if (req.attrs[ECMP_A_RULE_SELECT])
		return ecmp_refuse(&req, ECMP_A_RULE_SELECT, -EINVAL,
				   "a new rule cannot be selected: use set to change one");
	c = kmalloc(sizeof(*c), ECMP_GFP);
	if (!c)
		return ecmp_no_memory(&req);
	err = ecmp_rule_parse(&req, config, false, c);
	if (!err)
		err = parse_place(config, NULL, &req, &before);
	if (!err)
		err = ecmp_hooks_for(config, &req);
	if (!err) {
		rule = ecmp_rule_add(config, c, before, &req);
		err = PTR_ERR_OR_ZERO(rule);
	}
	kfree(c);
	if (err)
		return err;

	ecmp_changed(config);
	if (config->live)
		ecmp_notify_rule(config->en, rule, ECMP_CMD_RULE_NEW);
	ecmp_echo(info, ECMP_CMD_RULE_NEW, true, ecmp_fill_rule, rule);
	return 0;
}

static int rule_set(struct genl_info *info)
{
	struct ecmp_config *config = ecmp_info_config(info);
	struct ecmp_request req = ecmp_info_request(info);
	struct nlattr **a = req.attrs;
	struct ecmp_rule_config *c;
	struct ecmp_rule *rule;
	int err;

	if (a[ECMP_A_RULE_BEFORE] || a[ECMP_A_RULE_AFTER] || a[ECMP_A_RULE_AT])
		return ecmp_refuse(&req, a[ECMP_A_RULE_BEFORE] ?
				   ECMP_A_RULE_BEFORE : a[ECMP_A_RULE_AFTER] ?
				   ECMP_A_RULE_AFTER : ECMP_A_RULE_AT, -EINVAL,
				   "set leaves a rule in its place: use move");
	rule = select_one(config, ECMP_A_RULE_SELECT, &req);
	if (IS_ERR(rule))
		return PTR_ERR(rule);
	c = kmemdup(&rule->c, sizeof(rule->c), ECMP_GFP);
	if (!c)
		return ecmp_no_memory(&req);
	err = ecmp_rule_parse(&req, config, true, c);
	if (!err)
		err = ecmp_rule_set(config, rule, c, &req);
	kfree(c);
	if (err)
		return err;

	ecmp_changed(config);
	if (config->live)
		ecmp_notify_rule(config->en, rule, ECMP_CMD_RULE_NEW);
	ecmp_echo(info, ECMP_CMD_RULE_NEW, false, ecmp_fill_rule, rule);
	return 0;
}

/**
 * ecmp_rule_new_doit - RULE_NEW: add or set a rule
 * @skb: request
 * @info: request, parsed
 *
 * Return: 0 or a negative errno.
 * Context: process, en->lock.
 */
int ecmp_rule_new_doit(struct sk_buff *skb, struct genl_info *info)
{
	switch (ecmp_info_verb(info)) {
	case ECMP_VERB_ADD:
		return rule_add(info);
	case ECMP_VERB_SET:
		return rule_set(info);
	case ECMP_VERB_REPLACE:
		NL_SET_ERR_MSG(info->extack,
			       "a rule is added or set, not replaced: use set");
		return -EOPNOTSUPP;
	default:
		return -EINVAL;
	}
}

/**
 * ecmp_rule_move_doit - RULE_MOVE: put a rule elsewhere in the order
 * @skb: request
 * @info: request, parsed
 *
 * Return: 0 or a negative errno.
 * Context: process, en->lock.
 */
int ecmp_rule_move_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct ecmp_config *config = ecmp_info_config(info);
	struct ecmp_request req = ecmp_info_request(info);
	struct nlattr **a = req.attrs;
	struct ecmp_rule *rule, *before;
	int err;

	rule = select_one(config, ECMP_A_RULE_SELECT, &req);
	if (IS_ERR(rule))
		return PTR_ERR(rule);
	if (!a[ECMP_A_RULE_BEFORE] && !a[ECMP_A_RULE_AFTER] &&
	    !a[ECMP_A_RULE_AT])
		return ecmp_refuse(&req, 0, -EINVAL,
				   "name where the rule shall go: before, after or at");
	err = parse_place(config, rule, &req, &before);
	if (err)
		return err;
	err = ecmp_rule_move(config, rule, before, &req);
	if (err)
		return err;

	ecmp_changed(config);
	if (config->live)
		ecmp_notify_rule(config->en, rule, ECMP_CMD_RULE_NEW);
	return 0;
}

static int rule_cmp(const void *a, const void *b)
{
	const struct ecmp_rule *const *x = a, *const *y = b;

	return (*x)->index < (*y)->index ? -1 : (*x)->index > (*y)->index;
}

/* All rules that a nest names, each once and in order; to be kvfree()d. */
static struct ecmp_rule **select_all(struct ecmp_config *config,
				     const struct ecmp_request *req,
				     unsigned int *n)
{
	const struct nlattr *nest = req->attrs[ECMP_A_RULE_SELECT], *by;
	struct ecmp_rule **rules, *rule;
	unsigned int i, all = 0;
	int left, err;

	if (nest)
		nla_for_each_nested(by, nest, left)
			all++;
	if (!all) {
		err = ecmp_refuse(req, ECMP_A_RULE_SELECT, -EINVAL,
				  "name the rules: by number, id or comment");
		return ERR_PTR(err);
	}
	/* Each is looked for along all rules, with the mutex held. */
	if (all > ECMP_RULE_SELECT_MAX) {
		err = ecmp_refuse(req, ECMP_A_RULE_SELECT, -E2BIG,
				  "up to 64 rules in one request: delete the others with the next one");
		return ERR_PTR(err);
	}
	rules = kvmalloc_array(all, sizeof(*rules), ECMP_GFP_LARGE);
	if (!rules)
		return ERR_PTR(ecmp_no_memory(req));

	all = 0;
	nla_for_each_nested(by, nest, left) {
		rule = select_rule(config, by, req->extack);
		if (IS_ERR(rule)) {
			kvfree(rules);
			return ERR_CAST(rule);
		}
		rules[all++] = rule;
		cond_resched();
	}
	sort(rules, all, sizeof(*rules), rule_cmp, NULL);
	*n = 0;
	for (i = 0; i < all; i++)
		if (!i || rules[i] != rules[i - 1])
			rules[(*n)++] = rules[i];
	return rules;
}

/**
 * ecmp_rule_del_doit - RULE_DEL: delete rules, all or none
 * @skb: request
 * @info: request, parsed
 *
 * Return: 0 or a negative errno.
 * Context: process, en->lock.
 */
int ecmp_rule_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct ecmp_config *config = ecmp_info_config(info);
	struct ecmp_request req = ecmp_info_request(info);
	struct sk_buff_head notices;
	struct ecmp_rule **rules;
	struct sk_buff *notice;
	unsigned int i, n;
	int err;

	rules = select_all(config, &req, &n);
	if (IS_ERR(rules))
		return PTR_ERR(rules);
	__skb_queue_head_init(&notices);
	for (i = 0; config->live && i < n; i++) {
		notice = ecmp_notice(config->en, ECMP_CMD_RULE_DEL,
				     ecmp_fill_rule, rules[i]);
		if (!notice)
			break;
		__skb_queue_tail(&notices, notice);
	}
	err = ecmp_rule_del(config, rules, n, &req);
	kvfree(rules);
	if (err) {
		__skb_queue_purge(&notices);
		return err;
	}
	ecmp_changed(config);
	while ((notice = __skb_dequeue(&notices)))
		ecmp_notice_send(config->en, notice);
	return 0;
}

/**
 * ecmp_rule_get_dumpit - RULE_GET: all rules in order
 * @skb: a part of the dump
 * @cb: dump
 *
 * Where it stands is the id of the rule that comes next. If that is gone the
 * generation has changed: the reader is told to begin again.
 *
 * Return: as dumpit functions do.
 * Context: process.
 */
int ecmp_rule_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct ecmp_net *en = ecmp_dump_begin(cb);
	struct ecmp_config *config = en->config;
	struct ecmp_rule *rule;
	int err = 0;

	rule = cb->args[0] ? ecmp_rule_by_id(config, cb->args[0]) :
			     ecmp_rule_next(config, NULL);
	for (; rule; rule = ecmp_rule_next(config, rule)) {
		err = ecmp_dump_put(skb, cb, ECMP_CMD_RULE_NEW, ecmp_fill_rule,
				    rule);
		if (err) {
			cb->args[0] = rule->id;
			break;
		}
	}
	return ecmp_dump_end(en, skb, err);
}
