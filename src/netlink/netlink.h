/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ECMP_NETLINK_H
#define _ECMP_NETLINK_H

#include <net/genetlink.h>
#include <uapi/linux/ecmp.h>

#include "../netns.h"
#include "../fib/policy.h"
#include "../fib/route.h"

int ecmp_netlink_init(void);
void ecmp_netlink_exit(void);
void ecmp_netlink_net_exit(struct ecmp_net *en);

/* notify.c: tell the multicast group; en->lock held; nobody listens: free. */
void ecmp_notify_table(struct ecmp_table *table, u8 cmd);
void ecmp_notify_route(struct ecmp_route *route, u8 cmd);
void ecmp_notify_rule(struct ecmp_net *en, struct ecmp_rule *rule, u8 cmd);
void ecmp_notify_nexthop(struct ecmp_nexthop *nh, u8 cmd);
void ecmp_notify_settings(struct ecmp_net *en);
void ecmp_notify_commit(struct ecmp_net *en);

/* From here on: between the files of src/netlink. */

extern struct genl_family ecmp_family;

/* Puts the attributes of one object; -EMSGSIZE: they do not fit. */
typedef int (*ecmp_fill_t)(struct sk_buff *skb, const void *object);

int ecmp_fill_table(struct sk_buff *skb, const void *table);
int ecmp_fill_route(struct sk_buff *skb, const void *route);
int ecmp_fill_rule(struct sk_buff *skb, const void *rule);
int ecmp_fill_nexthop(struct sk_buff *skb, const void *nexthop);
int ecmp_fill_settings(struct sk_buff *skb, const void *net);

/* family.c: the namespace of a request, and the configuration it works on. */
static inline struct ecmp_net *ecmp_info_net(const struct genl_info *info)
{
	return info->user_ptr[0];
}

static inline struct ecmp_config *ecmp_info_config(const struct genl_info *info)
{
	return info->user_ptr[1];
}

static inline struct ecmp_request
ecmp_info_request(const struct genl_info *info)
{
	return (struct ecmp_request) {
		.extack = info->extack, .attrs = info->attrs,
	};
}

/* The verbs of *_NEW. */
#define ECMP_VERB_ADD		(NLM_F_CREATE | NLM_F_EXCL)
#define ECMP_VERB_REPLACE	(NLM_F_CREATE | NLM_F_REPLACE)
#define ECMP_VERB_SET		NLM_F_REPLACE

int ecmp_info_verb(const struct genl_info *info);
void ecmp_changed(struct ecmp_config *config);
int ecmp_hooks_for(struct ecmp_config *config, const struct ecmp_request *req);

/* family.c: attributes that several commands read alike. */
int ecmp_attr_family(const struct ecmp_request *req, int attr, u8 *family);
int ecmp_attr_addr(const struct ecmp_request *req, int attr, u8 *family,
		   struct ecmp_addr *addr);
int ecmp_attr_prefix(const struct ecmp_request *req, int attr, int len_attr,
		     u8 *family, struct ecmp_prefix *prefix);
int ecmp_attr_device(const struct ecmp_request *req, int attr, char *name);
int ecmp_attr_comment(const struct ecmp_request *req, int attr);
struct ecmp_table *ecmp_attr_table(const struct ecmp_request *req, int attr,
				   struct ecmp_config *config);

/* notify.c: what every answer, dump and notification is made with. */
int ecmp_put_addr(struct sk_buff *skb, int attr, u8 family,
		  const struct ecmp_addr *addr);

/* As nla_put() of a number, but inline: a dump of a million routes has ten each. */
static __always_inline int ecmp_put_number(struct sk_buff *skb, int attr,
					   const void *number, unsigned int size)
{
	struct nlattr *nla;

	if (skb_tailroom(skb) < NLA_HDRLEN + NLA_ALIGNTO)
		return -EMSGSIZE;
	nla = __skb_put_zero(skb, NLA_HDRLEN + NLA_ALIGNTO);
	nla->nla_type = attr;
	nla->nla_len = nla_attr_size(size);
	memcpy(nla_data(nla), number, size);
	return 0;
}

static inline int ecmp_put_u8(struct sk_buff *skb, int attr, u8 number)
{
	return ecmp_put_number(skb, attr, &number, sizeof(number));
}

static inline int ecmp_put_u16(struct sk_buff *skb, int attr, u16 number)
{
	return ecmp_put_number(skb, attr, &number, sizeof(number));
}

static inline int ecmp_put_u32(struct sk_buff *skb, int attr, u32 number)
{
	return ecmp_put_number(skb, attr, &number, sizeof(number));
}

int ecmp_put_counter(struct sk_buff *skb, struct ecmp_counter __percpu *counter,
		     int packets, int bytes, int pad);

int ecmp_reply(struct genl_info *info, u8 cmd, int flags, ecmp_fill_t fill,
	       const void *object);
void ecmp_echo(struct genl_info *info, u8 cmd, bool added, ecmp_fill_t fill,
	       const void *object);

int ecmp_dump_start(struct netlink_callback *cb);
struct ecmp_net *ecmp_dump_begin(struct netlink_callback *cb);
int ecmp_dump_end(struct ecmp_net *en, struct sk_buff *skb, int err);
int ecmp_dump_put(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd,
		  ecmp_fill_t fill, const void *object);

/* A notification: written before its object goes, told afterwards. */
struct sk_buff *ecmp_notice(struct ecmp_net *en, u8 cmd, ecmp_fill_t fill,
			    const void *object);
void ecmp_notice_send(struct ecmp_net *en, struct sk_buff *skb);
void ecmp_notify_allow(bool allowed);

/* transaction.c */
bool ecmp_transaction_is_busy(struct ecmp_net *en, const struct sock *sk);
struct ecmp_config *ecmp_transaction_config(struct ecmp_net *en,
					    const struct sock *sk);
int ecmp_transaction_compile(struct ecmp_net *en);
int ecmp_transaction_init(void);
void ecmp_transaction_exit(void);

/* What the commands do, and what attributes each takes. */
extern const struct nla_policy ecmp_table_policy[ECMP_A_TABLE_KERNEL_ID + 1];
int ecmp_table_new_doit(struct sk_buff *skb, struct genl_info *info);
int ecmp_table_del_doit(struct sk_buff *skb, struct genl_info *info);
int ecmp_table_get_doit(struct sk_buff *skb, struct genl_info *info);
int ecmp_table_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);

extern const struct nla_policy ecmp_route_policy[ECMP_A_ROUTE_DISABLED + 1];
extern const struct nla_policy ecmp_route_get_policy[ECMP_A_ROUTE_INACTIVE + 1];
int ecmp_route_new_doit(struct sk_buff *skb, struct genl_info *info);
int ecmp_route_del_doit(struct sk_buff *skb, struct genl_info *info);
int ecmp_route_flush_doit(struct sk_buff *skb, struct genl_info *info);

/* route_dump.c */
int ecmp_route_get_start(struct netlink_callback *cb);
int ecmp_route_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int ecmp_route_get_done(struct netlink_callback *cb);

/* rule_parse.c: from attributes to a rule's configuration. */
extern const struct nla_policy ecmp_rule_policy[ECMP_A_RULE_UNSET + 1];
extern const struct nla_policy ecmp_rule_move_policy[ECMP_A_RULE_AT + 1];
int ecmp_rule_parse(const struct ecmp_request *req, struct ecmp_config *config,
		    bool set, struct ecmp_rule_config *c);

int ecmp_rule_new_doit(struct sk_buff *skb, struct genl_info *info);
int ecmp_rule_move_doit(struct sk_buff *skb, struct genl_info *info);
int ecmp_rule_del_doit(struct sk_buff *skb, struct genl_info *info);
int ecmp_rule_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);

extern const struct nla_policy ecmp_nexthop_policy[ECMP_A_NEXTHOP_TIMEOUT + 1];
int ecmp_nexthop_new_doit(struct sk_buff *skb, struct genl_info *info);
int ecmp_nexthop_get_start(struct netlink_callback *cb);
int ecmp_nexthop_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);

extern const struct nla_policy
	ecmp_settings_policy[ECMP_A_SETTINGS_CHECK_UP_COUNT + 1];
int ecmp_settings_set_doit(struct sk_buff *skb, struct genl_info *info);
int ecmp_settings_get_doit(struct sk_buff *skb, struct genl_info *info);

extern const struct nla_policy
	ecmp_lookup_policy[ECMP_A_LOOKUP_CT_NAT + 1];
int ecmp_lookup_doit(struct sk_buff *skb, struct genl_info *info);

extern const struct nla_policy
	ecmp_transaction_policy[ECMP_A_TRANSACTION_RESTORE + 1];
int ecmp_transaction_begin_doit(struct sk_buff *skb, struct genl_info *info);
int ecmp_transaction_commit_doit(struct sk_buff *skb, struct genl_info *info);
int ecmp_transaction_abort_doit(struct sk_buff *skb, struct genl_info *info);

#endif /* _ECMP_NETLINK_H */
