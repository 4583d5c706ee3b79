// SPDX-License-Identifier: GPL-2.0
/*
 * A transaction: what one socket says builds a new configuration beside the
 * live one, which takes its place whole. There is at most one in a namespace,
 * and it does not outlive its socket.
 */
#include <linux/slab.h>
#include <net/sock.h>

#include "netlink.h"

/* What TRANSACTION_BEGIN takes. */
const struct nla_policy
ecmp_transaction_policy[ECMP_A_TRANSACTION_RESTORE + 1] = {
	[ECMP_A_TRANSACTION_RESTORE] = { .type = NLA_FLAG },
};

/**
 * struct ecmp_transaction - the one that is open
 * @sk: the socket that opened it; held, so that no other is taken for it
 * @portid: of @sk
 * @config: what is being built; owned
 * @busy: it is being filled or compiled, with en->lock released now and then:
 *	not open
 */
struct ecmp_transaction {
	struct sock		*sk;
	u32			portid;
	struct ecmp_config	*config;
	bool			busy;
};

/**
 * ecmp_transaction_config - what a socket's transaction builds
 * @en: namespace
 * @sk: socket
 *
 * Return: the configuration, or NULL when the transaction is not this one's.
 * Context: en->lock.
 */
struct ecmp_config *ecmp_transaction_config(struct ecmp_net *en,
					    const struct sock *sk)
{
	struct ecmp_transaction *t = en->transaction;

	lockdep_assert_held(&en->lock);
	return t && t->sk == sk && !t->busy ? t->config : NULL;
}

/**
 * ecmp_transaction_is_busy - is a socket's transaction being filled or committed?
 * @en: namespace
 * @sk: socket
 *
 * What comes with the socket meanwhile, of another thread, is meant for neither
 * what is there nor what will be.
 *
 * Context: en->lock.
 */
bool ecmp_transaction_is_busy(struct ecmp_net *en, const struct sock *sk)
{
	struct ecmp_transaction *t = en->transaction;

	lockdep_assert_held(&en->lock);
	return t && t->sk == sk && t->busy;
}

/* End the open transaction; what it has built goes with it unless taken. */
static void transaction_end(struct ecmp_net *en)
{
	struct ecmp_transaction *t = en->transaction;

	en->transaction = NULL;
	ecmp_config_free(t->config);
	sock_put(t->sk);
	kfree(t);
}

/**
 * ecmp_transaction_begin_doit - TRANSACTION_BEGIN
 * @skb: request
 * @info: request, parsed
 *
 * Return: 0 or a negative errno.
 * Context: process, en->lock.
 */
int ecmp_transaction_begin_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct ecmp_request req = ecmp_info_request(info);
	struct ecmp_net *en = ecmp_info_net(info);
	struct ecmp_transaction *t;
	int err;

	if (ecmp_transaction_config(en, NETLINK_CB(skb).sk)) {
		NL_SET_ERR_MSG(info->extack,
			       "this socket has a transaction already: commit or abort it first");
		return -EBUSY;
	}
	if (en->transaction) {
		NL_SET_ERR_MSG(info->extack,
			       "another program has a transaction open: try again when it has ended");
		return -EBUSY;
	}
	t = kzalloc(sizeof(*t), ECMP_GFP);
	if (!t)
		return ecmp_no_memory(&req);
	t->config = ecmp_config_alloc(en);
	if (!t->config) {
		kfree(t);
		return ecmp_no_memory(&req);
	}
	t->config->restore = nla_get_flag(req.attrs[ECMP_A_TRANSACTION_RESTORE]);
	t->portid = info->snd_portid;
	t->sk = NETLINK_CB(skb).sk;
	sock_hold(t->sk);
	en->transaction = t;
	t->busy = true;
	err = ecmp_kernel_routes_fill(t->config);
	t->busy = false;
	if (!err)
		return 0;
	transaction_end(en);
	return ecmp_no_memory(&req);
}

/**
 * ecmp_transaction_compile - compile the tables of the open transaction
 * @en: namespace, with a transaction of whoever asks
 *
 * Return: 0 or -ENOMEM.
 * Context: process, en->lock, which is released now and then; the transaction
 *	is the same afterwards.
 */
int ecmp_transaction_compile(struct ecmp_net *en)
{
	struct ecmp_transaction *t = en->transaction;
	int err;

	t->busy = true;
	err = ecmp_config_compile(t->config);
	t->busy = false;
	return err;
}

/* Refuse what needs a transaction of this socket. */
static int check_open(struct sk_buff *skb, struct genl_info *info)
{
	if (ecmp_transaction_config(ecmp_info_net(info), NETLINK_CB(skb).sk))
		return 0;
	NL_SET_ERR_MSG(info->extack,
		       "this socket has no transaction: begin one first");
	return -EINVAL;
}

/**
 * ecmp_transaction_commit_doit - TRANSACTION_COMMIT
 * @skb: request
 * @info: request, parsed
 *
 * The transaction ends either way; on failure the live configuration is what
 * it was.
 *
 * Return: 0 or a negative errno.
 * Context: process, en->lock.
 */
int ecmp_transaction_commit_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct ecmp_request req = ecmp_info_request(info);
	struct ecmp_net *en = ecmp_info_net(info);
	struct ecmp_config *config;
	int err;

	err = check_open(skb, info);
	if (err)
		return err;
	config = en->transaction->config;
	err = ecmp_transaction_compile(en);
	if (!err && (config->n_rules || config->n_static))
		err = ecmp_net_hooks_up(en);
	if (!err)
		err = ecmp_config_commit(config, &req);
	if (!err)
		en->transaction->config = NULL;
	transaction_end(en);
	if (err) {
		/* Unless something else said what to do about it. */
		if (!info->extack->_msg)
			NL_SET_ERR_MSG(info->extack,
				       "the new configuration could not be made ready: it is forgotten, the old one stays");
		return err;
	}

	ecmp_changed(en->config);
	ecmp_notify_commit(en);
	return 0;
}

/**
 * ecmp_transaction_abort_doit - TRANSACTION_ABORT
 * @skb: request
 * @info: request, parsed
 *
 * Return: 0 or a negative errno.
 * Context: process, en->lock.
 */
int ecmp_transaction_abort_doit(struct sk_buff *skb, struct genl_info *info)
{
	int err = check_open(skb, info);

	if (!err)
		transaction_end(ecmp_info_net(info));
	return err;
}

/*
 * A socket is gone. Its port is free by now and may be another socket's, whose
 * transaction goes on: that one is not dead.
 */
static int netlink_event(struct notifier_block *nb, unsigned long event,
			 void *data)
{
	const struct netlink_notify *n = data;
	struct ecmp_transaction *t;
	struct ecmp_net *en;

	if (event != NETLINK_URELEASE || n->protocol != NETLINK_GENERIC)
		return NOTIFY_DONE;
	en = ecmp_net_get(n->net);
	if (!en)
		return NOTIFY_DONE;
	mutex_lock(&en->lock);
	t = en->transaction;
	if (t && t->portid == n->portid && sock_flag(t->sk, SOCK_DEAD))
		transaction_end(en);
	mutex_unlock(&en->lock);
	return NOTIFY_DONE;
}

static struct notifier_block netlink_notifier = {
	.notifier_call = netlink_event,
};

/**
 * ecmp_netlink_net_exit - the namespace ends, or the module goes
 * @en: namespace
 *
 * Context: process; en->lock not held.
 */
void ecmp_netlink_net_exit(struct ecmp_net *en)
{
	mutex_lock(&en->lock);
	if (en->transaction)
		transaction_end(en);
	mutex_unlock(&en->lock);
}

/**
 * ecmp_transaction_init - learn when sockets go
 *
 * Return: 0 or a negative errno.
 * Context: process.
 */
int ecmp_transaction_init(void)
{
	return netlink_register_notifier(&netlink_notifier);
}

/**
 * ecmp_transaction_exit - undo ecmp_transaction_init()
 *
 * Context: process; no request runs any more.
 */
void ecmp_transaction_exit(void)
{
	netlink_unregister_notifier(&netlink_notifier);
}
