// SPDX-License-Identifier: GPL-2.0
/*
 * Pins: a connection remembers in some bits of its conntrack mark by which
 * uplink it came, or left. Bits outside of the mask are others'.
 *
 * Nothing here needs a symbol of nf_conntrack, so the module loads without it.
 */
#include <linux/etherdevice.h>
#include <linux/if_arp.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/uaccess.h>
#include <net/arp.h>
#include <net/ndisc.h>
#include <net/neighbour.h>

#include "pin.h"
#include "decide.h"
#include "../fib/dst.h"
#include "../fib/policy.h"
#include "../netns.h"

/* How long a packet may be sent again whose connection was ended. */
#define ECMP_PIN_STRAYS		(30 * 60)	/* seconds */

#if IS_ENABLED(CONFIG_NF_CONNTRACK_MARK)
/* Did the frame come from this gateway's link address? */
static bool ecmp_sent_by(const struct sk_buff *skb,
			 const struct ecmp_nexthop *nh)
{
	struct net_device *dev = skb->dev;
	unsigned char ha[ETH_ALEN] __aligned(2);
	struct neighbour *n = NULL;

	if (dev->type != ARPHRD_ETHER || !skb_mac_header_was_set(skb) ||
	    skb_mac_header_len(skb) < ETH_HLEN)
		return false;
	if (nh->key.gateway_family == AF_INET)
		n = __ipv4_neigh_lookup_noref(dev,
				(__force u32)nh->key.gateway.w[0]);
	else if (nh->key.gateway_family == AF_INET6)
		n = __ipv6_neigh_lookup_noref(dev, nh->key.gateway.b);
	if (!n || !(READ_ONCE(n->nud_state) & NUD_VALID))
		return false;
	neigh_ha_snapshot(ha, n, dev);
	return ether_addr_equal(ha, eth_hdr(skb)->h_source);
}

/* By which uplink a packet came in: the only one of its device, or its sender. */
static const struct ecmp_nexthop *ecmp_arrived_by(const struct ecmp_net *en,
						  const struct sk_buff *skb,
						  u8 family)
{
	const struct ecmp_nexthop *nh, *by = NULL;
	unsigned int n = 0;

	list_for_each_entry_rcu(nh, &en->uplinks.list, uplink) {
		if (READ_ONCE(nh->ifindex) != skb->dev->ifindex ||
		    !ecmp_is_uplink(en, nh, family))
			continue;
		n++;
		if (!by || ecmp_sent_by(skb, nh))
			by = nh;
	}
	return n < 2 || (by && ecmp_sent_by(skb, by)) ? by : NULL;
}

/* Can a packet's connection have a pin? @ct: or NULL: it has none */
static bool ecmp_pin_fits(const struct nf_conn *ct, u32 mask)
{
	return ct && mask && !nf_ct_is_template(ct);
}
#endif

#if IS_ENABLED(CONFIG_NF_CONNTRACK)
/*
 * Is it no packet of the connection that it comes with, but an ICMP error about
 * one? An announced connection is RELATED too, until it is answered.
 */
static bool ecmp_pin_is_error(const struct nf_conn *ct,
			      enum ip_conntrack_info ctinfo, u8 proto)
{
	if (ctinfo == IP_CT_RELATED_REPLY)
		return true;
	return ctinfo == IP_CT_RELATED && nf_ct_is_confirmed(ct) &&
	       (!test_bit(IPS_EXPECTED_BIT, &ct->status) ||
		nf_ct_protonum(ct) != proto);
}
#endif

/**
 * ecmp_pin_new - a connection comes to the router, or through it: pin it
 * @en: namespace
 * @skb: its first packet, of a connection that is not confirmed yet
 * @family: AF_INET or AF_INET6
 *
 * One that comes in by no uplink, or by a device with several of which none is
 * known to have sent it, is not pinned.
 *
 * Context: softirq, RCU.
 */
void ecmp_pin_new(const struct ecmp_net *en, const struct sk_buff *skb,
		  u8 family)
{
#if IS_ENABLED(CONFIG_NF_CONNTRACK_MARK)
	const struct ecmp_policy *policy = rcu_dereference(en->policy);
	const struct ecmp_nexthop *nh;
	enum ip_conntrack_info ctinfo;
	struct nf_conn *ct = nf_ct_get(skb, &ctinfo);
	u32 mask = policy ? policy->pin_mask : 0;

	if (!ecmp_pin_fits(ct, mask) ||
	    CTINFO2DIR(ctinfo) != IP_CT_DIR_ORIGINAL)
		return;
	nh = ecmp_arrived_by(en, skb, family);
	if (!nh)
		return;
	ecmp_pin_write(ct, mask, READ_ONCE(nh->pin));
#endif
}

#if IS_ENABLED(CONFIG_NF_CONNTRACK_MARK)
/*
 * The connection is bound by its translated address to an uplink that carries
 * it no more: it ends. The next packet begins another one, and is translated
 * anew.
 */
static void ecmp_pin_end(struct ecmp_net *en, struct nf_conn *ct)
{
	u32 *when = &en->ended_when[ecmp_family_index(nf_ct_l3num(ct))];
	const u32 now = (u32)ktime_get_seconds() ?: 1;

	if (!test_bit(IPS_OFFLOAD_BIT, &ct->status))
		WRITE_ONCE(ct->timeout, nfct_time_stamp);
	/* All CPUs may end some just now: the line stays theirs. */
	if (READ_ONCE(*when) != now)
		WRITE_ONCE(*when, now);
}

/*
 * Does the namespace track connections of a family at all? RCU guards what
 * packets read of a hook, but not its ops: NAT of some kernels frees its own at
 * once. What is read of one that goes is of no account, as long as it does not
 * fault.
 */
static bool ecmp_tracks(const struct net *net, u8 family)
{
	const struct nf_hook_entries *e;
	struct nf_hook_ops **ops;
	unsigned int i;
	int priority;

	if (family == AF_INET6)
		e = rcu_dereference(net->nf.hooks_ipv6[NF_INET_PRE_ROUTING]);
	else
		e = rcu_dereference(net->nf.hooks_ipv4[NF_INET_PRE_ROUTING]);
	if (!e)
		return false;
	ops = nf_hook_entries_get_hook_ops(e);
	for (i = 0; i < e->num_hook_entries; i++)
		if (!get_kernel_nofault(priority,
					&READ_ONCE(ops[i])->priority) &&
		    priority == NF_IP_PRI_CONNTRACK)
			return true;
	return false;
}

/*
 * Of a connection that was ended, conntrack takes some packets for no
 * beginning: TCP's last ones, or all but the first where tcp_loose is off. It
 * calls them invalid, and NAT leaves them as they are. They are not to leave
 * with a client's own address.
 */
static bool ecmp_pin_strays(const struct ecmp_net *en, u8 family)
{
	const u32 when = READ_ONCE(en->ended_when[ecmp_family_index(family)]);

	return unlikely(when) &&
	       (u32)ktime_get_seconds() - when < ECMP_PIN_STRAYS &&
	       ecmp_tracks(en->net, family);
}

/* With what source a packet leaves, and is that another one than it has now? */
static struct ecmp_addr ecmp_view_source(const struct ecmp_pin_view *v,
					 u8 family, bool *translated)
{
	const enum ip_conntrack_dir dir = CTINFO2DIR(v->ctinfo);

	if (!v->ct) {
		*translated = v->translated;
		return v->source;
	}
	*translated = ecmp_pin_translates(v->ct, dir);
	return ecmp_pin_source(v->ct, dir, family);
}

/*
 * The uplink whose address a packet's source has been translated to; else @nh.
 * NULL: none may be used.
 * @pin: of the uplink that the connection had, and that is not to be used now;
 *	0: none. When its address is no more the router's, or is still on the
 *	device of an uplink that is none any more, it went with that.
 */
static struct ecmp_nexthop *ecmp_pin_owner(struct ecmp_net *en,
					   const struct ecmp_pin_view *v,
					   u32 pin, u8 family,
					   struct ecmp_nexthop *nh)
{
	struct ecmp_nexthop *owner;
	struct ecmp_addr src;
	bool translated;

	src = ecmp_view_source(v, family, &translated);
	if (!translated)
		return nh;
	if (ecmp_uplink_of_address(en, family, &src, nh, &owner))
		return owner && pin && ecmp_past_owns(en, family, pin, &src) &&
		       ecmp_uplink_is_apart(en, owner, &src) ? NULL : owner;
	if (pin &&
	    (ecmp_local_type(&en->local[ecmp_family_index(family)], en->net,
			     &src) != RTN_LOCAL ||
	     ecmp_past_owns(en, family, pin, &src)))
		return NULL;
	return nh;
}

/*
 * Is the pinned uplink one that the table would leave for what it chose now?
 * Then a better one is back, or the one that the connection's hash belongs to.
 */
static bool ecmp_pin_is_away(const struct ecmp_decision *d, u8 family,
			     const struct ecmp_nexthop *pinned)
{
	const struct ecmp_group *g = d->group;
	const struct ecmp_member *m;
	unsigned int i;

	for (i = 0; i < g->n_members; i++) {
		m = &g->member[i];
		if (m->nexthop != pinned)
			continue;
		/* It has just those that stay until they end. */
		if (READ_ONCE(m->draining))
			return false;
		if (m->distance != d->member->distance)
			return m->distance > d->member->distance;
		if (m->flags & ECMP_MEMBER_F_KERNEL &&
		    m->rank > READ_ONCE(g->rank))
			return true;
		/* Its turn is as good as the hash's path. */
		if (READ_ONCE(d->table->balance) != ECMP_BALANCE_HASH)
			return false;
		/* A flow label is the host's to change on the way. */
		return family == AF_INET ||
		       d->hash_policy == ECMP_HASH_POLICY_L4 ||
		       d->hash_policy == ECMP_HASH_POLICY_SRC;
	}
	return false;
}

/*
 * A packet's connection is pinned to a living uplink, and the table chose
 * another one: does it go there? Only what was opened towards an uplink ever
 * goes back; whoever came in by one, or was announced by another connection,
 * was not sent there by the table.
 */
static bool ecmp_pin_goes_home(const struct ecmp_decision *d, u8 family,
			       const struct ecmp_pin_view *v,
			       const struct ecmp_nexthop *pinned)
{
	return unlikely(READ_ONCE(d->table->failback) ==
			ECMP_FAILBACK_HARD) &&
	       v->confirmed && v->opened && ecmp_pin_is_away(d, family, pinned);
}

/*
 * Did this packet come in by the uplink that its connection is pinned to? Then
 * that goes from one uplink to another, and this is not the way to the one
 * that the pin is for. Clients may be on a gateway's Ethernet, too.
 */
static bool ecmp_pin_is_back(const struct ecmp_pin_view *v,
			     const struct ecmp_nexthop *pinned)
{
	return v->iif && unlikely(READ_ONCE(pinned->ifindex) == v->iif) &&
	       (!v->skb || v->skb->dev->type != ARPHRD_ETHER ||
		ecmp_sent_by(v->skb, pinned));
}

/*
 * The uplink of a packet, or of a question, that an uplink, @nh, was chosen
 * for.
 * @pinned: ecmp_uplink_pinned()
 */
static enum ecmp_pinned ecmp_pin_choose(struct ecmp_net *en, u8 family,
					const struct ecmp_decision *d,
					const struct ecmp_pin_view *v,
					struct ecmp_nexthop *pinned,
					struct ecmp_nexthop **nh)
{
	if (pinned && ecmp_pin_is_back(v, pinned)) {
		*nh = ecmp_pin_owner(en, v, 0, family, *nh);
		return ECMP_PINNED_BACK;
	}
	if (pinned && (pinned == *nh ||
		       !ecmp_pin_goes_home(d, family, v, pinned))) {
		*nh = pinned;
		return ECMP_PINNED_FOLLOWED;
	}
	if (pinned) {
		if (ecmp_pin_owner(en, v, v->pin, family, *nh) != *nh)
			*nh = NULL;
		return *nh ? ECMP_PINNED_HOME : ECMP_PINNED_HOME_ENDS;
	}
	/*
	 * The source that it leaves with, once it is translated, says more. Of
	 * an announced connection NAT knows it from the beginning.
	 */
	if (v->confirmed ||
	    (v->ct && ecmp_pin_translates(v->ct, CTINFO2DIR(v->ctinfo))))
		*nh = ecmp_pin_owner(en, v, v->pin, family, *nh);
	if (!*nh)
		return ECMP_PINNED_ENDS;
	return v->pin ? ECMP_PINNED_UNUSABLE : ECMP_PINNED_NOT;
}

/* For settings show. Not with every packet, where there are both kinds. */
static void ecmp_pin_tell(struct ecmp_net *en, bool untracked)
{
	if (likely(READ_ONCE(en->untracked) == untracked) ||
	    READ_ONCE(en->untracked_when) == jiffies)
		return;
	WRITE_ONCE(en->untracked_when, jiffies);
	WRITE_ONCE(en->untracked, untracked);
}

/*
 * All but what most packets are: those of a connection that is pinned to an
 * uplink which lives, and that they did not come in by.
 */
static noinline struct ecmp_nexthop *
ecmp_pin_follow_slow(struct ecmp_net *en, const struct sk_buff *skb,
		     struct nf_conn *ct, enum ip_conntrack_info ctinfo,
		     u32 mask, int iif, const struct ecmp_flow *flow,
		     const struct ecmp_decision *d,
		     struct ecmp_nexthop *pinned, struct ecmp_nexthop *nh)
{
	const struct ecmp_pin_view v = {
		.pin = ecmp_pin_read(ct, mask),
		.iif = iif,
		.confirmed = nf_ct_is_confirmed(ct),
		.opened = (ctinfo == IP_CT_ESTABLISHED ||
			   ctinfo == IP_CT_NEW) &&
			  !test_bit(IPS_EXPECTED_BIT, &ct->status),
		.skb = skb,
		.ct = ct,
		.ctinfo = ctinfo,
	};

	switch (ecmp_pin_choose(en, flow->family, d, &v, pinned, &nh)) {
	case ECMP_PINNED_FOLLOWED:
	case ECMP_PINNED_BACK:
		return nh;
	default:
		break;
	}
	/* It goes to a living one, or ends with the one that it had. */
	if (ecmp_pin_is_error(ct, ctinfo, flow->t.proto))
		return nh;
	if (nh)
		ecmp_pin_write(ct, mask, READ_ONCE(nh->pin));
	else
		ecmp_pin_end(en, ct);
	return nh;
}
/* Of a default route that has just come, it is not counted yet. */
static bool ecmp_goes_up(const struct ecmp_net *en,
			 const struct ecmp_decision *d, u8 family,
			 const struct ecmp_nexthop *nh)
{
	return !ecmp_value_len(d->value) || ecmp_is_uplink(en, nh, family);
}
#endif

/**
 * ecmp_pin_follow - the uplink that a packet's connection is pinned to
 * @en: namespace
 * @policy: what is configured
 * @skb: packet that is to be forwarded by @nh
 * @flow: what was read of it
 * @d: what the rules, tables and hashes chose
 * @nh: the next hop of that, or the one whose turn it is
 *
 * Only packets towards an uplink follow a pin. The first one of a connection
 * pins it: to the uplink that it leaves by, or came in by. When that is dead
 * the connection moves to the one chosen and stays there, unless its table says
 * "failback hard"; one that is translated to an address of the dead uplink
 * ends. An ICMP error goes the same way and changes nothing.
 *
 * Return: the next hop to use; NULL: none, the packet is to be dropped.
 * Context: softirq, RCU.
 */
struct ecmp_nexthop *ecmp_pin_follow(struct ecmp_net *en,
				     const struct ecmp_policy *policy,
				     const struct sk_buff *skb,
				     const struct ecmp_flow *flow,
				     const struct ecmp_decision *d,
				     struct ecmp_nexthop *nh)
{
#if IS_ENABLED(CONFIG_NF_CONNTRACK_MARK)
	enum ip_conntrack_info ctinfo;
	struct nf_conn *ct = nf_ct_get(skb, &ctinfo);
	const u8 family = flow->family;
	u32 mask = policy->pin_mask;
	struct ecmp_nexthop *pinned;

	/* What a ruleset says "notrack" of is seen by conntrack, too. */
	ecmp_pin_tell(en, !ct && ctinfo != IP_CT_UNTRACKED);
	if (!ct && ctinfo != IP_CT_UNTRACKED && ecmp_pin_strays(en, family) &&
	    ecmp_is_uplink(en, nh, family))
		return NULL;
	if (!ecmp_pin_fits(ct, mask))
		return nh;
	if (!ecmp_goes_up(en, d, family, nh)) {
		if (!nf_ct_is_confirmed(ct) && !ecmp_pin_read(ct, mask))
			ecmp_pin_new(en, skb, family);
		return nh;
	}
	pinned = ecmp_uplink_pinned(en, family, ecmp_pin_read(ct, mask));
	if (likely(pinned) &&
	    likely(READ_ONCE(pinned->ifindex) != skb->dev->ifindex) &&
	    (likely(pinned == nh) ||
	     READ_ONCE(d->table->failback) != ECMP_FAILBACK_HARD))
		return pinned;
	return ecmp_pin_follow_slow(en, skb, ct, ctinfo, mask,
				    skb->dev->ifindex, flow, d, pinned, nh);
#else
	return nh;
#endif
}

/**
 * ecmp_pin_own - the uplink that a connection of the router's own is pinned to
 * @en: namespace
 * @policy: what is configured
 * @skb: packet of it, no answer; no path owns its source, as that would be the
 *	one to use
 * @flow: what was read of it
 * @d: what the rules, tables and hashes chose
 * @nh: the next hop of that, or the one whose turn it is
 *
 * As with ecmp_pin_follow(): it is translated on its way out.
 *
 * Return: the next hop to use; NULL: none, the packet is to be dropped.
 * Context: any; RCU.
 */
struct ecmp_nexthop *ecmp_pin_own(struct ecmp_net *en,
				  const struct ecmp_policy *policy,
				  const struct sk_buff *skb,
				  const struct ecmp_flow *flow,
				  const struct ecmp_decision *d,
				  struct ecmp_nexthop *nh)
{
#if IS_ENABLED(CONFIG_NF_CONNTRACK_MARK)
	enum ip_conntrack_info ctinfo;
	struct nf_conn *ct = nf_ct_get(skb, &ctinfo);
	const u8 family = flow->family;
	u32 mask = policy->pin_mask;
	struct ecmp_nexthop *pinned;

	if (!ecmp_pin_fits(ct, mask) || !ecmp_goes_up(en, d, family, nh))
		return nh;
	pinned = ecmp_uplink_pinned(en, family, ecmp_pin_read(ct, mask));
	return ecmp_pin_follow_slow(en, skb, ct, ctinfo, mask, 0, flow, d,
				    pinned, nh);
#else
	return nh;
#endif
}

/**
 * ecmp_pin_ask - what ecmp_pin_follow() would say
 * @en: namespace
 * @policy: what is configured
 * @mark: of the connection
 * @view: the rest; its pin is read from @mark
 * @family: AF_INET or AF_INET6
 * @d: what the rules, tables and hashes chose
 * @nh: the next hop of that; then the one to use, or NULL: the packet is
 *	dropped
 *
 * Return: why.
 * Context: RCU.
 */
enum ecmp_pinned ecmp_pin_ask(struct ecmp_net *en,
			      const struct ecmp_policy *policy, u32 mark,
			      struct ecmp_pin_view *view, u8 family,
			      const struct ecmp_decision *d,
			      struct ecmp_nexthop **nh)
{
#if IS_ENABLED(CONFIG_NF_CONNTRACK_MARK)
	if (!policy->pin_mask)
		return ECMP_PINNED_OFF;
	view->pin = ecmp_pin_of_mark(mark, policy->pin_mask);
	if (!(policy->more & ECMP_MORE_PIN))
		return ECMP_PINNED_OFF;
	if (!ecmp_goes_up(en, d, family, *nh))
		return ECMP_PINNED_NO_UPLINK;
	return ecmp_pin_choose(en, family, d, view,
			       ecmp_uplink_pinned(en, family, view->pin), nh);
#else
	return ECMP_PINNED_OFF;
#endif
}

/**
 * ecmp_pin_of - the uplink that the connection of an answer came in by
 * @en: namespace
 * @policy: what is configured
 * @skb: packet of the router's own, see ecmp_pin_is_answer()
 * @family: AF_INET or AF_INET6
 *
 * Return: the uplink if it is alive; NULL: that is not known. Of an ICMP error
 *	it is not, as that has a source of its own, unless the connection is
 *	translated: then so is its source.
 * Context: RCU.
 */
struct ecmp_nexthop *ecmp_pin_of(const struct ecmp_net *en,
				 const struct ecmp_policy *policy,
				 const struct sk_buff *skb, u8 family)
{
#if IS_ENABLED(CONFIG_NF_CONNTRACK_MARK)
	enum ip_conntrack_info ctinfo;
	const struct nf_conn *ct = nf_ct_get(skb, &ctinfo);
	u32 mask = policy->pin_mask;

	if (ct && mask &&
	    ((ctinfo != IP_CT_RELATED && ctinfo != IP_CT_RELATED_REPLY) ||
	     ecmp_pin_translates(ct, CTINFO2DIR(ctinfo))))
		return ecmp_uplink_pinned(en, family, ecmp_pin_read(ct, mask));
#endif
	return NULL;
}

/**
 * ecmp_pin_leaves_as - the source that a packet of the router's own leaves with
 * @skb: packet
 * @family: AF_INET or AF_INET6
 * @src: the source that it has
 *
 * NAT gives it that of the connection that it belongs to, or tells of.
 *
 * Return: the address.
 * Context: RCU.
 */
struct ecmp_addr ecmp_pin_leaves_as(const struct sk_buff *skb, u8 family,
				    const struct ecmp_addr *src)
{
#if IS_ENABLED(CONFIG_NF_CONNTRACK)
	enum ip_conntrack_info ctinfo;
	const struct nf_conn *ct = nf_ct_get(skb, &ctinfo);

	if (ct && ecmp_pin_translates(ct, CTINFO2DIR(ctinfo)))
		return ecmp_pin_source(ct, CTINFO2DIR(ctinfo), family);
#endif
	return *src;
}

/**
 * ecmp_pin_is_answer - does the router only answer with this packet?
 * @skb: packet of the router's own
 * @family: AF_INET or AF_INET6
 *
 * Return: whether it belongs to a connection that was made to the router, or
 *	is an ICMP error about a connection that is known.
 * Context: RCU.
 */
bool ecmp_pin_is_answer(const struct sk_buff *skb, u8 family)
{
#if IS_ENABLED(CONFIG_NF_CONNTRACK)
	enum ip_conntrack_info ctinfo;
	const struct nf_conn *ct = nf_ct_get(skb, &ctinfo);

	u8 proto = family == AF_INET6 ? ipv6_hdr(skb)->nexthdr :
					ip_hdr(skb)->protocol;

	return ct && (CTINFO2DIR(ctinfo) == IP_CT_DIR_REPLY ||
		      ecmp_pin_is_error(ct, ctinfo, proto));
#else
	return false;
#endif
}
