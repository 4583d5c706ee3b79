// SPDX-License-Identifier: GPL-2.0
/*
 * LOOKUP of a packet that belongs to a connection: what the pin of that does
 * to it. Who asks knows the connection, and tells its mark.
 */
#include "lookup.h"
#include "../datapath/hook.h"

/**
 * ecmp_answer_parse_pin - read what is said of the connection
 * @a: answer whose flow was read
 * @req: the question
 *
 * Return: 0 or a negative errno.
 * Context: any.
 */
int ecmp_answer_parse_pin(struct ecmp_answer *a, const struct ecmp_request *req)
{
	struct nlattr **attrs = req->attrs;
	int err;

	if (!attrs[ECMP_A_LOOKUP_CT_MARK]) {
		if (attrs[ECMP_A_LOOKUP_CT_SRC] ||
		    attrs[ECMP_A_LOOKUP_CT_ANSWER] ||
		    attrs[ECMP_A_LOOKUP_CT_OPENED] ||
		    attrs[ECMP_A_LOOKUP_CT_NAT])
			return ecmp_refuse(req, attrs[ECMP_A_LOOKUP_CT_SRC] ?
					   ECMP_A_LOOKUP_CT_SRC :
					   attrs[ECMP_A_LOOKUP_CT_ANSWER] ?
					   ECMP_A_LOOKUP_CT_ANSWER :
					   attrs[ECMP_A_LOOKUP_CT_OPENED] ?
					   ECMP_A_LOOKUP_CT_OPENED :
					   ECMP_A_LOOKUP_CT_NAT, -EINVAL,
					   "a connection has a mark: tell it, too");
		return 0;
	}
	a->pin_asked = true;
	a->mark = nla_get_u32(attrs[ECMP_A_LOOKUP_CT_MARK]);
	a->is_answer = attrs[ECMP_A_LOOKUP_CT_ANSWER];
	a->pin.confirmed = true;
	a->pin.opened = attrs[ECMP_A_LOOKUP_CT_OPENED];
	a->nat = attrs[ECMP_A_LOOKUP_CT_NAT];
	a->pin.source = a->flow.t.src;
	if (!attrs[ECMP_A_LOOKUP_CT_SRC])
		return 0;
	err = ecmp_attr_addr(req, ECMP_A_LOOKUP_CT_SRC, &a->flow.family,
			     &a->pin.source);
	a->pin.translated = !ecmp_addr_equal(&a->pin.source, &a->flow.t.src);
	return err;
}

/* The next hop with this pin, usable or not. */
static struct ecmp_nexthop *pin_owner(const struct ecmp_answer *a)
{
	struct ecmp_nexthop *nh = NULL;

	if (a->pin.pin && a->pin.pin <= ECMP_PINS_MAX)
		nh = rcu_dereference_protected(
				a->en->uplinks.pinned[a->pin.pin],
				lockdep_is_held(&a->en->lock));
	return nh && nh->key.family == a->flow.family &&
	       ecmp_nexthop_shown(nh) ? nh : NULL;
}

/* Does each packet of it take its own path? See datapath/balance.c. */
static bool is_balanced(const struct ecmp_answer *a)
{
	return (a->balance == ECMP_BALANCE_PER_PACKET ||
		a->balance == ECMP_BALANCE_ROUND_ROBIN) && !a->nat &&
	       !a->decision.by_owner && a->decision.group->live > 1;
}

/* An answer of the router's: no rule can cut it, see datapath/output.c. */
static enum ecmp_pinned answer_by_pin(struct ecmp_answer *a,
				      const struct ecmp_policy *policy)
{
	struct ecmp_nexthop *pinned = NULL;

	if (policy->pin_mask)
		pinned = ecmp_uplink_pinned(a->en, a->flow.family, a->pin.pin);
	a->path = ecmp_answer_choose(a->en, &a->flow, &a->pin.source,
				     &a->decision, pinned);
	if (a->path) {
		a->decision.verdict = ECMP_VERDICT_FORWARD;
		a->left = ECMP_LEFT_NONE;
	} else {
		a->decision.verdict = ECMP_VERDICT_NATIVE;
	}
	if (!policy->pin_mask)
		return ECMP_PINNED_OFF;
	if (pinned)
		return a->path == pinned ? ECMP_PINNED_FOLLOWED :
					   ECMP_PINNED_VERDICT;
	return pin_owner(a) ? ECMP_PINNED_UNUSABLE : ECMP_PINNED_NOT;
}

/**
 * ecmp_answer_pin - what the connection's pin does to the packet
 * @a: answer with its decision
 * @policy: that was asked; NULL: every packet is left to the kernel
 *
 * Context: process, en->lock, RCU.
 */
void ecmp_answer_pin(struct ecmp_answer *a, const struct ecmp_policy *policy)
{
	struct ecmp_decision *d = &a->decision;

	a->path = d->member ? d->member->nexthop : NULL;
	if (!a->pin_asked)
		return;
	if (policy && policy->pin_mask)
		a->pin.pin = ecmp_pin_of_mark(a->mark, policy->pin_mask);
	if (a->left && a->left != ECMP_LEFT_RULE) {
		a->pinned = ECMP_PINNED_VERDICT;
	} else if (a->flow.flags & ECMP_FLOW_LOCAL && a->is_answer) {
		a->pinned = answer_by_pin(a, policy);
	} else if (d->verdict != ECMP_VERDICT_FORWARD) {
		a->pinned = ECMP_PINNED_VERDICT;
	} else if (is_balanced(a)) {
		a->pinned = ECMP_PINNED_BALANCED;
	} else if (d->by_owner) {
		a->pinned = ECMP_PINNED_OWN;
	} else {
		a->pin.iif = a->flow.iif;
		a->pinned = ecmp_pin_ask(a->en, policy, a->mark, &a->pin,
					 a->flow.family, d, &a->path);
	}
	/* A number that is nobody's is no pin. */
	if (a->pinned == ECMP_PINNED_UNUSABLE && !pin_owner(a))
		a->pinned = ECMP_PINNED_NOT;
	if (a->pinned == ECMP_PINNED_ENDS || a->pinned == ECMP_PINNED_HOME_ENDS)
		d->verdict = ECMP_VERDICT_DROP;
}

/* Why packets do not go by the uplink of a pin. */
static enum ecmp_reason pin_reason(const struct ecmp_nexthop *nh)
{
	if (!nh->defaults[nh->en->config->slot])
		return ECMP_REASON_DISABLED;
	return ecmp_nexthop_reason(nh, nh->kernel_refs, nh->onlink_refs);
}

/**
 * ecmp_answer_fill_pin - put what the connection's pin does
 * @skb: message
 * @a: answer
 *
 * Return: 0 or -EMSGSIZE.
 * Context: process, en->lock.
 */
int ecmp_answer_fill_pin(struct sk_buff *skb, const struct ecmp_answer *a)
{
	const struct ecmp_nexthop *nh;
	enum ecmp_reason reason;

	if (!a->pin_asked)
		return 0;
	if (nla_put_u8(skb, ECMP_A_LOOKUP_PINNED, a->pinned))
		return -EMSGSIZE;
	nh = pin_owner(a);
	if (!nh)
		return 0;
	reason = pin_reason(nh);
	if (nla_put_u8(skb, ECMP_A_LOOKUP_PIN_ID, nh->pin) ||
	    ecmp_answer_fill_nexthop(skb, &nh->key, ECMP_A_LOOKUP_PIN_GATEWAY,
				     ECMP_A_LOOKUP_PIN_GATEWAY_FAMILY,
				     ECMP_A_LOOKUP_PIN_DEVICE))
		return -EMSGSIZE;
	return reason ? nla_put_u8(skb, ECMP_A_LOOKUP_PIN_REASON, reason) : 0;
}
