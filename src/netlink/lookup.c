// SPDX-License-Identifier: GPL-2.0
/*
 * LOOKUP: what would become of a packet, and why. The question becomes the
 * same flow that a packet does and meets the same code, with a trace.
 */
#include <linux/inetdevice.h>
#include <linux/slab.h>
#include <net/vxlan.h>

#include "lookup.h"
#include "../datapath/balance.h"
#include "../datapath/left.h"

const struct nla_policy ecmp_lookup_policy[ECMP_A_LOOKUP_CT_NAT + 1] = {
	[ECMP_A_LOOKUP_FAMILY] = { .type = NLA_U8 },
	[ECMP_A_LOOKUP_DST] = NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
	[ECMP_A_LOOKUP_FROM] = NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
	[ECMP_A_LOOKUP_IIF] = { .type = NLA_NUL_STRING, .len = IFNAMSIZ - 1 },
	[ECMP_A_LOOKUP_PROTO] = { .type = NLA_U8 },
	[ECMP_A_LOOKUP_SPORT] = { .type = NLA_U16 },
	[ECMP_A_LOOKUP_DPORT] = { .type = NLA_U16 },
	[ECMP_A_LOOKUP_MARK] = { .type = NLA_U32 },
	[ECMP_A_LOOKUP_DSCP] = { .type = NLA_U8 },
	[ECMP_A_LOOKUP_TRANSACTION] = { .type = NLA_FLAG },
	[ECMP_A_LOOKUP_FLOWLABEL] = { .type = NLA_U32 },
	[ECMP_A_LOOKUP_CT_MARK] = { .type = NLA_U32 },
	[ECMP_A_LOOKUP_CT_SRC] = NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
	[ECMP_A_LOOKUP_CT_ANSWER] = { .type = NLA_FLAG },
	[ECMP_A_LOOKUP_CT_OPENED] = { .type = NLA_FLAG },
	[ECMP_A_LOOKUP_CT_NAT] = { .type = NLA_FLAG },
};

static int parse_addresses(struct ecmp_answer *a,
			   const struct ecmp_request *req)
{
	struct ecmp_flow *flow = &a->flow;
	int err;

	err = ecmp_attr_family(req, ECMP_A_LOOKUP_FAMILY, &flow->family);
	if (err)
		return err;
	if (!req->attrs[ECMP_A_LOOKUP_DST])
		return ecmp_refuse(req, 0, -EINVAL,
				   "the destination is missing: name an address");
	err = ecmp_attr_addr(req, ECMP_A_LOOKUP_DST, &flow->family,
			     &flow->t.dst);
	a->source_missing = !req->attrs[ECMP_A_LOOKUP_FROM];
	if (err || a->source_missing)
		return err;
	return ecmp_attr_addr(req, ECMP_A_LOOKUP_FROM, &flow->family,
			      &flow->t.src);
}

/* Is there a packet inside, for l3-inner? As datapath/flow.c looks for one. */
static bool is_tunnel(const struct ecmp_tuple *t)
{
	return t->proto == IPPROTO_IPIP || t->proto == IPPROTO_IPV6 ||
	       t->proto == IPPROTO_GRE ||
	       (t->proto == IPPROTO_UDP && t->dport == IANA_VXLAN_UDP_PORT);
}

static int parse_ports(struct ecmp_answer *a, const struct ecmp_request *req)
{
	struct nlattr **attrs = req->attrs;
	struct ecmp_flow *flow = &a->flow;
	bool sport = attrs[ECMP_A_LOOKUP_SPORT];
	bool dport = attrs[ECMP_A_LOOKUP_DPORT];

	if (attrs[ECMP_A_LOOKUP_PROTO])
		flow->t.proto = nla_get_u8(attrs[ECMP_A_LOOKUP_PROTO]);
	if (ecmp_proto_has_ports(flow->t.proto))
		flow->flags |= ECMP_FLOW_PORTS;
	else if (sport || dport)
		return ecmp_refuse(req, sport ? ECMP_A_LOOKUP_SPORT :
				   ECMP_A_LOOKUP_DPORT, -EINVAL,
				   "ports need ipproto tcp, udp, sctp or dccp");
	if (sport)
		flow->t.sport = nla_get_u16(attrs[ECMP_A_LOOKUP_SPORT]);
	if (dport)
		flow->t.dport = nla_get_u16(attrs[ECMP_A_LOOKUP_DPORT]);
	a->ports_missing = !(sport && dport) &&
			   (!attrs[ECMP_A_LOOKUP_PROTO] ||
			    flow->flags & ECMP_FLOW_PORTS);
	a->inner_missing = is_tunnel(&flow->t);
	return 0;
}

static int parse_question(struct ecmp_answer *a,
			  const struct ecmp_request *req)
{
	struct nlattr **attrs = req->attrs;
	struct ecmp_flow *flow = &a->flow;
	int err;

	err = parse_addresses(a, req);
	if (err)
		return err;
	err = parse_ports(a, req) ?: ecmp_answer_parse_pin(a, req);
	if (err)
		return err;
	flow->hashed = &flow->t;
	if (attrs[ECMP_A_LOOKUP_MARK])
		flow->mark = nla_get_u32(attrs[ECMP_A_LOOKUP_MARK]);
	if (attrs[ECMP_A_LOOKUP_FLOWLABEL])
		flow->t.flowlabel =
			nla_get_u32(attrs[ECMP_A_LOOKUP_FLOWLABEL]);
	a->label_missing = flow->family == AF_INET6 &&
			   (!attrs[ECMP_A_LOOKUP_FLOWLABEL] ||
			    !attrs[ECMP_A_LOOKUP_PROTO]);
	if (attrs[ECMP_A_LOOKUP_DSCP])
		flow->dscp = nla_get_u8(attrs[ECMP_A_LOOKUP_DSCP]);
	if (flow->t.flowlabel > 0xfffff)
		return ecmp_refuse(req, ECMP_A_LOOKUP_FLOWLABEL, -ERANGE,
				   "a flow label is 0 to 0xfffff");
	if (flow->dscp > 63)
		return ecmp_refuse(req, ECMP_A_LOOKUP_DSCP, -ERANGE,
				   "a DSCP is 0 to 63");
	return 0;
}

/*
 * Where the packet comes in; NULL: it is the router's own. As in a rule,
 * "iif lo" is the router's own too.
 */
static int find_ingress(struct ecmp_answer *a, const struct ecmp_request *req,
			struct net_device **in)
{
	const struct nlattr *iif = req->attrs[ECMP_A_LOOKUP_IIF];
	struct ecmp_flow *flow = &a->flow;

	*in = NULL;
	flow->iif = LOOPBACK_IFINDEX;
	if (iif) {
		*in = dev_get_by_name_rcu(a->en->net, nla_data(iif));
		if (!*in)
			return ecmp_refuse(req, ECMP_A_LOOKUP_IIF, -ENODEV,
					   "there is no such interface: see ip link");
		flow->iif = (*in)->ifindex;
	}
	if (flow->iif == LOOPBACK_IFINDEX) {
		*in = NULL;
		flow->flags |= ECMP_FLOW_LOCAL;
		return 0;
	}
	if (!req->attrs[ECMP_A_LOOKUP_FROM])
		return ecmp_refuse(req, ECMP_A_LOOKUP_IIF, -EINVAL,
				   "a packet that comes in by an interface has a source: name from");
	return 0;
}

/* Why no packet is decided at all, or ECMP_LEFT_NONE. */
static enum ecmp_left switched_off(const struct ecmp_config *config)
{
	if (!config->settings.enabled)
		return ECMP_LEFT_DISABLED;
	if (!config->n_rules && !config->n_static)
		return ECMP_LEFT_INACTIVE;
	return ECMP_LEFT_NONE;
}

static int decide(struct ecmp_answer *a, const struct ecmp_policy *policy,
		  const struct ecmp_request *req)
{
	struct net_device *in;
	int err;

	rcu_read_lock();
	err = find_ingress(a, req, &in);
	if (err)
		goto out;
	a->left = switched_off(a->config);
	if (!a->left)
		a->left = ecmp_left_alone(a->en, policy, a->flow.family,
					  &a->flow.t.src, &a->flow.t.dst, in);
	if (!a->left)
		ecmp_decide_traced(policy, &a->flow, &a->decision,
				   a->trace);
	else
		a->decision.verdict = ECMP_VERDICT_NATIVE;
	if (a->decision.group)
		a->balance = ecmp_balance_of(a->en, policy, a->flow.family,
					     &a->decision);
	/* By a rule; a route that only the kernel can follow has no reason. */
	if (a->decision.rule && a->decision.rule->action == ECMP_ACTION_NATIVE)
		a->left = ECMP_LEFT_RULE;
	ecmp_answer_pin(a, policy);
out:
	rcu_read_unlock();
	return err;
}

/*
 * Answer with @policy, which nobody takes away meanwhile: it is the caller's,
 * or the published one and en->lock is held.
 */
static int answer(struct genl_info *info, struct ecmp_answer *a,
		  const struct ecmp_policy *policy,
		  const struct ecmp_request *req)
{
	struct sk_buff *skb;
	int err;

	err = decide(a, policy, req);
	if (err)
		return err;
	err = ecmp_answer_steps(a);
	if (err)
		return err;
	skb = ecmp_answer_write(a, info);
	if (IS_ERR(skb))
		return PTR_ERR(skb);
	return genlmsg_reply(skb, info);
}

static struct ecmp_answer *answer_alloc(struct genl_info *info,
					struct ecmp_config *config)
{
	unsigned int max = min(config->n_rules + 1, (u32)ECMP_STEPS_MAX);
	struct ecmp_answer *a = kzalloc(sizeof(*a), ECMP_GFP);

	if (!a)
		return NULL;
	a->en = ecmp_info_net(info);
	a->config = config;
	a->trace = kvzalloc(struct_size(a->trace, step, max), ECMP_GFP_LARGE);
	if (!a->trace) {
		kfree(a);
		return NULL;
	}
	a->trace->max = max;
	return a;
}

static void answer_free(struct ecmp_answer *a)
{
	kvfree(a->step);
	kvfree(a->trace);
	kfree(a);
}

/* Make the policy that a transaction would bring. */
static struct ecmp_policy *policy_to_come(struct ecmp_config *config,
					  const struct ecmp_request *req)
{
	struct ecmp_policy *policy;
	int err;

	err = ecmp_transaction_compile(config->en) ?:
	      ecmp_config_prepare(config, req);
	if (err)
		return ERR_PTR(err);
	policy = ecmp_policy_alloc(config);
	return policy ?: ERR_PTR(ecmp_no_memory(req));
}

/**
 * ecmp_lookup_doit - LOOKUP: what would become of a packet
 * @skb: request
 * @info: request, parsed
 *
 * Return: 0 or a negative errno.
 * Context: process, en->lock.
 */
int ecmp_lookup_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct ecmp_request req = ecmp_info_request(info);
	struct ecmp_config *config = ecmp_info_config(info);
	struct ecmp_net *en = ecmp_info_net(info);
	struct ecmp_policy *policy, *made = NULL;
	struct ecmp_answer *a;
	int err;

	if (!req.attrs[ECMP_A_LOOKUP_TRANSACTION])
		config = en->config;
	else if (config->live)
		return ecmp_refuse(&req, ECMP_A_LOOKUP_TRANSACTION, -EINVAL,
				   "this socket has no transaction: begin one first");
	a = answer_alloc(info, config);
	if (!a)
		return ecmp_no_memory(&req);
	err = parse_question(a, &req);
	if (err)
		goto free;

	if (config->live) {
		policy = rcu_dereference_protected(en->policy,
						   lockdep_is_held(&en->lock));
	} else {
		policy = policy_to_come(config, &req);
		if (IS_ERR(policy)) {
			err = PTR_ERR(policy);
			goto free;
		}
		made = policy;
	}
	err = answer(info, a, policy, &req);
	ecmp_policy_free(made);
free:
	answer_free(a);
	if (err == -ENOMEM && !info->extack->_msg)
		NL_SET_ERR_MSG(info->extack,
			       "out of memory for the answer: try again");
	return err;
}
