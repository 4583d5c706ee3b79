// SPDX-License-Identifier: GPL-2.0
/*
 * Tables that do not balance by the hash alone: a packet, or a new connection,
 * takes one of the paths by chance or in turn. This happens after the decision,
 * which has the hash's choice ready: "get" takes no turn.
 *
 * What conntrack has translated, or may yet translate, stays on one path, its
 * pin: by any other it would leave with a source address that is not that
 * path's. Where no pin is kept the hash keeps it together as well as it can.
 * So it does with a datagram's fragments; and an ICMP error takes the way of
 * what it reports on.
 */
#include <linux/kernel.h>
#include <linux/random.h>
#include <net/netfilter/nf_conntrack.h>

#include "balance.h"
#include "pin.h"
#include "../netns.h"

/* What a packet's connection allows. */
enum ecmp_bond {
	ECMP_BOND_FREE,		/* no connection, or one that is not translated */
	ECMP_BOND_NEW,		/* it may be translated yet */
	ECMP_BOND_BOUND,	/* it has its path */
};

static enum ecmp_bond ecmp_bond_of(const struct sk_buff *skb, u32 mask)
{
#if IS_ENABLED(CONFIG_NF_CONNTRACK)
	enum ip_conntrack_info ctinfo;
	const struct nf_conn *ct = nf_ct_get(skb, &ctinfo);

	if (!ct || nf_ct_is_template(ct))
		return ECMP_BOND_FREE;
	if (nf_ct_is_confirmed(ct))
		return READ_ONCE(ct->status) & IPS_NAT_MASK ? ECMP_BOND_BOUND :
							      ECMP_BOND_FREE;
	return mask && ecmp_pin_read(ct, mask) ? ECMP_BOND_BOUND :
						   ECMP_BOND_NEW;
#else
	return ECMP_BOND_FREE;
#endif
}

/* Does a connection that takes this path remember it? */
static bool ecmp_pins(const struct ecmp_net *en,
		      const struct ecmp_policy *policy, u8 family,
		      const struct ecmp_nexthop *nh)
{
	return policy->more & ECMP_MORE_PIN && policy->pin_mask && nh &&
	       READ_ONCE(nh->pin) && ecmp_is_uplink(en, nh, family);
}

/* The turn to come of a group on this CPU; there are @n in a round. */
static u32 ecmp_turn_next(struct ecmp_turns *turns, u32 group, u32 n)
{
	typeof(turns->of[0]) *t = &turns->of[group % ECMP_TURNS];
	u32 turn = t->next;

	if (unlikely(t->group != group)) {
		t->group = group;
		turn = reciprocal_scale(get_random_u32(), n);
	}
	/* There are fewer since a path died. */
	if (turn >= n)
		turn = 0;
	t->next = turn + 1;
	return turn;
}

/*
 * Take a turn, or a path by chance: bottom halves are off.
 * NULL: there is none, or the path is one that only the kernel can follow.
 */
static struct ecmp_nexthop *ecmp_turn_take(const struct ecmp_decision *d,
					   u8 balance)
{
	struct ecmp_turns __percpu *turns = READ_ONCE(d->table->turns);
	struct ecmp_group *g = d->group;
	/* Pairs with the release in ecmp_group_write(). */
	u32 n = smp_load_acquire(&g->turns), turn;

	if (unlikely(!n))
		return NULL;
	if (balance == ECMP_BALANCE_PER_PACKET)
		turn = reciprocal_scale(get_random_u32(), n);
	else if (likely(turns))
		turn = ecmp_turn_next(this_cpu_ptr(turns), g->id, n);
	else
		return NULL;
	return g->member[READ_ONCE(ecmp_group_turn(g)[turn])].nexthop;
}

/*
 * The path that a packet takes by the balance of its table, or the hash's.
 * @pin: whether its connection's pin is to be asked, too
 */
static struct ecmp_nexthop *ecmp_balance(const struct ecmp_net *en,
					 const struct ecmp_policy *policy,
					 const struct sk_buff *skb,
					 const struct ecmp_flow *flow,
					 const struct ecmp_decision *d,
					 bool *pin)
{
	const u8 balance = READ_ONCE(d->table->balance);
	struct ecmp_nexthop *nh = d->member->nexthop, *turn;

	*pin = policy->more & ECMP_MORE_PIN;
	if (balance == ECMP_BALANCE_HASH || READ_ONCE(d->group->live) < 2 ||
	    flow->flags & ECMP_FLOW_FRAGMENT || flow->hashed != &flow->t)
		return nh;
	switch (ecmp_bond_of(skb, policy->pin_mask)) {
	case ECMP_BOND_FREE:
		if (balance == ECMP_BALANCE_ROUND_ROBIN_FLOW)
			return nh;
		/* What has no connection may be a stray of one that ended. */
		*pin = *pin && !skb_nfct(skb);
		return ecmp_turn_take(d, balance) ?: nh;
	case ECMP_BOND_NEW:
		/* Pins are followed only where the hash leads to an uplink. */
		if (!ecmp_pins(en, policy, flow->family, nh))
			return nh;
		turn = ecmp_turn_take(d, balance);
		return ecmp_pins(en, policy, flow->family, turn) ? turn : nh;
	default:
		return nh;
	}
}

/**
 * ecmp_balance_of - what chooses the path of a packet
 * @en: namespace
 * @policy: what is configured
 * @family: AF_INET or AF_INET6
 * @d: decision, with a path
 *
 * Return: the balance of the table; ECMP_BALANCE_HASH if this is for new
 *	connections and they would not remember their path.
 * Context: RCU.
 */
u8 ecmp_balance_of(const struct ecmp_net *en, const struct ecmp_policy *policy,
		   u8 family, const struct ecmp_decision *d)
{
	const u8 balance = READ_ONCE(d->table->balance);

	if (balance == ECMP_BALANCE_ROUND_ROBIN_FLOW &&
	    !ecmp_pins(en, policy, family, d->member->nexthop))
		return ECMP_BALANCE_HASH;
	return balance;
}

/**
 * ecmp_balance_forwarded - the path of a packet that is forwarded
 * @en: namespace
 * @policy: what is configured, with ECMP_MORE_BALANCE
 * @skb: packet
 * @flow: the packet, as it was read
 * @d: decision to forward it, with the hash's choice
 *
 * Return: the next hop to use; NULL: none, the packet is to be dropped.
 * Context: softirq, RCU.
 */
struct ecmp_nexthop *ecmp_balance_forwarded(struct ecmp_net *en,
					    const struct ecmp_policy *policy,
					    const struct sk_buff *skb,
					    const struct ecmp_flow *flow,
					    const struct ecmp_decision *d)
{
	struct ecmp_nexthop *nh;
	bool pin;

	nh = ecmp_balance(en, policy, skb, flow, d, &pin);
	return pin ? ecmp_pin_follow(en, policy, skb, flow, d, nh) : nh;
}

/**
 * ecmp_balance_own - the path of a packet of the router's own
 * @en: namespace
 * @policy: what is configured, with ECMP_MORE_*
 * @skb: packet
 * @flow: the packet, as it was read
 * @d: decision to send it by a path; not by its source's owner
 *
 * Return: the next hop to use; NULL: none, the packet is to be dropped.
 * Context: any; RCU.
 */
struct ecmp_nexthop *ecmp_balance_own(struct ecmp_net *en,
				      const struct ecmp_policy *policy,
				      const struct sk_buff *skb,
				      const struct ecmp_flow *flow,
				      const struct ecmp_decision *d)
{
	struct ecmp_nexthop *nh;
	bool pin;

	local_bh_disable();
	nh = ecmp_balance(en, policy, skb, flow, d, &pin);
	local_bh_enable();
	return pin ? ecmp_pin_own(en, policy, skb, flow, d, nh) : nh;
}
