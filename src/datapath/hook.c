// SPDX-License-Identifier: GPL-2.0
/*
 * Where packets meet us: at the very end of PRE_ROUTING and LOCAL_OUT, after
 * conntrack, marks and DNAT, before the kernel's own routing, which leaves a
 * packet alone that has a route already.
 */
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/slab.h>
#include <net/netfilter/nf_queue.h>

#include "hook.h"
#include "reject.h"
#include "../netns.h"

static const struct nf_hook_ops ecmp_hook_ops[] = {
	{
		.hook		= ecmp_prerouting_v4,
		.pf		= NFPROTO_IPV4,
		.hooknum	= NF_INET_PRE_ROUTING,
		.priority	= NF_IP_PRI_LAST,
	},
	{
		.hook		= ecmp_output_v4,
		.pf		= NFPROTO_IPV4,
		.hooknum	= NF_INET_LOCAL_OUT,
		.priority	= NF_IP_PRI_LAST,
	},
	{
		.hook		= ecmp_prerouting_v6,
		.pf		= NFPROTO_IPV6,
		.hooknum	= NF_INET_PRE_ROUTING,
		.priority	= NF_IP6_PRI_LAST,
	},
	{
		.hook		= ecmp_output_v6,
		.pf		= NFPROTO_IPV6,
		.hooknum	= NF_INET_LOCAL_OUT,
		.priority	= NF_IP6_PRI_LAST,
	},
};

static const struct nf_hook_ops ecmp_bridged_ops[] = {
	{
		.hook		= ecmp_prerouting_bridged_v4,
		.pf		= NFPROTO_IPV4,
		.hooknum	= NF_INET_PRE_ROUTING,
		.priority	= NF_IP_PRI_FIRST,
	},
	{
		.hook		= ecmp_prerouting_bridged_v6,
		.pf		= NFPROTO_IPV6,
		.hooknum	= NF_INET_PRE_ROUTING,
		.priority	= NF_IP6_PRI_FIRST,
	},
};

/**
 * struct ecmp_hooks - the hooks of one namespace, as netfilter holds them
 * @ops: the ones that stay
 * @bridged: before br_netfilter's; NULL where that has none; registered anew
 *	when its own come later
 * @after_bridge: it was, and need not be again
 * @late: it could not be, for want of memory
 */
struct ecmp_hooks {
	struct nf_hook_ops	ops[ARRAY_SIZE(ecmp_hook_ops)];
	struct nf_hook_ops	*bridged;
	bool			after_bridge;
	bool			late;
};

/* Of the bridge, for br_netfilter, which sets it; net/bridge/br_private.h */
struct nf_br_ops;
extern const struct nf_br_ops __rcu *nf_br_ops;

static bool ecmp_br_netfilter_loaded(void)
{
	const struct nf_br_ops __rcu **ops = symbol_get(nf_br_ops);
	bool loaded = ops && rcu_access_pointer(*ops);

	if (ops)
		symbol_put(nf_br_ops);
	return loaded;
}

/*
 * May br_netfilter have hooks here? Where it has none every packet would meet
 * one more of ours for nothing. The last bridge may go: its hooks stay.
 */
static bool ecmp_bridge_filtered(struct net *net)
{
	struct net_device *dev;
	bool bridge = false;

	rcu_read_lock();
	for_each_netdev_rcu(net, dev)
		bridge |= netif_is_bridge_master(dev);
	rcu_read_unlock();
	return bridge && ecmp_br_netfilter_loaded();
}

static struct nf_hook_ops *ecmp_bridged_register(struct ecmp_net *en)
{
	struct nf_hook_ops *ops;
	unsigned int i;
	int err;

	ops = kmemdup(ecmp_bridged_ops, sizeof(ecmp_bridged_ops), ECMP_GFP);
	if (!ops)
		return ERR_PTR(-ENOMEM);
	for (i = 0; i < ARRAY_SIZE(ecmp_bridged_ops); i++)
		ops[i].priv = en;
	err = nf_register_net_hooks(en->net, ops, ARRAY_SIZE(ecmp_bridged_ops));
	if (!err)
		return ops;
	/* One of them may have been there for a moment. */
	synchronize_net();
	kfree(ops);
	return ERR_PTR(err);
}

/* @ops: may be NULL. Freed by the caller, when packets have left them. */
static void ecmp_bridged_unregister(struct ecmp_net *en,
				    struct nf_hook_ops *ops)
{
	if (ops)
		nf_unregister_net_hooks(en->net, ops,
					ARRAY_SIZE(ecmp_bridged_ops));
}

/**
 * ecmp_hooks_register - let packets meet us
 * @en: namespace without hooks
 *
 * Return: 0 or a negative errno with nothing registered.
 * Context: process, en->lock.
 */
int ecmp_hooks_register(struct ecmp_net *en)
{
	struct nf_hook_ops *bridged = NULL;
	struct ecmp_hooks *hooks;
	unsigned int i;
	int err;

	hooks = kzalloc(sizeof(*hooks), ECMP_GFP);
	if (!hooks)
		return -ENOMEM;
	err = ecmp_reject_init(en);
	if (err)
		goto free;
	if (ecmp_bridge_filtered(en->net))
		bridged = ecmp_bridged_register(en);
	if (IS_ERR(bridged)) {
		err = PTR_ERR(bridged);
		goto reject;
	}
	hooks->bridged = bridged;
	memcpy(hooks->ops, ecmp_hook_ops, sizeof(hooks->ops));
	for (i = 0; i < ARRAY_SIZE(hooks->ops); i++)
		hooks->ops[i].priv = en;
	err = nf_register_net_hooks(en->net, hooks->ops,
				    ARRAY_SIZE(hooks->ops));
	if (err)
		goto unregister_bridged;
	en->hooks = hooks;
	return 0;

unregister_bridged:
	ecmp_bridged_unregister(en, bridged);
	synchronize_net();
	kfree(bridged);
reject:
	ecmp_reject_exit(en);
free:
	kfree(hooks);
	return err;
}

/**
 * ecmp_hooks_unregister - leave packets to the kernel
 * @en: namespace with hooks
 *
 * Every packet that a program holds in an nfqueue of the namespace is dropped
 * by netfilter, so this is for when nothing is configured any more.
 *
 * Context: process, en->lock; waits for packets in flight.
 */
void ecmp_hooks_unregister(struct ecmp_net *en)
{
	struct ecmp_hooks *hooks = en->hooks;

	en->hooks = NULL;
	/* Linux 6.1 warns of them when their hook has become another's number. */
	nf_queue_nf_hook_drop(en->net);
	nf_unregister_net_hooks(en->net, hooks->ops, ARRAY_SIZE(hooks->ops));
	ecmp_bridged_unregister(en, hooks->bridged);
	synchronize_net();
	ecmp_reject_exit(en);
	kfree(hooks->bridged);
	kfree(hooks);
}

/**
 * ecmp_hooks_bridge_came - be before br_netfilter again
 * @en: namespace; may have no hooks
 * @again: br_netfilter was loaded just now; else once is enough
 *
 * Of two hooks with the same priority the one that was registered later runs
 * first, and br_netfilter registers with the first bridge.
 *
 * Context: process, en->lock.
 */
void ecmp_hooks_bridge_came(struct ecmp_net *en, bool again)
{
	struct nf_hook_ops *old, *ops;

	if (!en->hooks)
		return;
	if (again)
		en->hooks->after_bridge = false;
	if (en->hooks->after_bridge || !ecmp_bridge_filtered(en->net))
		return;
	ops = ecmp_bridged_register(en);
	en->hooks->late = IS_ERR(ops);
	if (IS_ERR(ops)) {
		ecmp_net_retry(en);
		return;
	}
	old = en->hooks->bridged;
	en->hooks->bridged = ops;
	/* It has been told of the bridge before us. */
	en->hooks->after_bridge = true;
	ecmp_bridged_unregister(en, old);
	if (old)
		synchronize_net();
	kfree(old);
}

/**
 * ecmp_hooks_retry - be before br_netfilter, if there was no memory for it
 * @en: namespace; may have no hooks
 *
 * Context: process, en->lock.
 */
void ecmp_hooks_retry(struct ecmp_net *en)
{
	if (en->hooks && en->hooks->late)
		ecmp_hooks_bridge_came(en, false);
}
