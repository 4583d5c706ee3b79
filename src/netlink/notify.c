// SPDX-License-Identifier: GPL-2.0
/*
 * What the module says: answers, dumps and notifications, all of them whole
 * objects written by the same function.
 */
#include <net/sock.h>

#include "netlink.h"

/* The multicast group's index in the family. */
#define GROUP_CONFIG	0

/* Bytes: all distances that there may be take half of it. */
#define MESSAGE_MAX	(96 << 10)

/* The family is registered: its group is ours. */
static bool allowed;

/**
 * ecmp_put_addr - put an address of its family's length
 * @skb: message
 * @attr: attribute
 * @family: AF_INET or AF_INET6
 * @addr: address
 *
 * Return: 0 or -EMSGSIZE.
 */
int ecmp_put_addr(struct sk_buff *skb, int attr, u8 family,
		  const struct ecmp_addr *addr)
{
	return nla_put(skb, attr, ecmp_family_bits(family) / 8, addr->b);
}

/**
 * ecmp_put_counter - put packets and bytes
 * @skb: message
 * @counter: counter
 * @packets: attribute of the packets
 * @bytes: attribute of the bytes
 * @pad: attribute that pads
 *
 * Return: 0 or -EMSGSIZE.
 */
int ecmp_put_counter(struct sk_buff *skb, struct ecmp_counter __percpu *counter,
		     int packets, int bytes, int pad)
{
	u64 p, b;

	ecmp_counter_read(counter, &p, &b);
	if (nla_put_u64_64bit(skb, packets, p, pad) ||
	    nla_put_u64_64bit(skb, bytes, b, pad))
		return -EMSGSIZE;
	return 0;
}

static struct sk_buff *message_of(size_t size, u32 portid, u32 seq, int flags,
				  u8 cmd, ecmp_fill_t fill, const void *object)
{
	struct sk_buff *skb = genlmsg_new(size, GFP_KERNEL);
	void *hdr;
	int err;

	if (!skb)
		return ERR_PTR(-ENOMEM);
	hdr = genlmsg_put(skb, portid, seq, &ecmp_family, flags, cmd);
	err = hdr ? fill(skb, object) : -EMSGSIZE;
	if (err) {
		nlmsg_free(skb);
		return ERR_PTR(err);
	}
	genlmsg_end(skb, hdr);
	return skb;
}

/* All fit into a page, but for the settings with their distances. */
static struct sk_buff *message(u32 portid, u32 seq, int flags, u8 cmd,
			       ecmp_fill_t fill, const void *object)
{
	size_t size = GENLMSG_DEFAULT_SIZE;
	struct sk_buff *skb;

	do {
		skb = message_of(size, portid, seq, flags, cmd, fill, object);
		size *= 4;
	} while (skb == ERR_PTR(-EMSGSIZE) && size <= MESSAGE_MAX);
	return skb;
}

/**
 * ecmp_reply - answer a request with an object
 * @info: request
 * @cmd: command of the answer
 * @flags: NLM_F_* of the answer
 * @fill: writes the object
 * @object: object
 *
 * Return: 0 or a negative errno.
 * Context: process, en->lock.
 */
int ecmp_reply(struct genl_info *info, u8 cmd, int flags, ecmp_fill_t fill,
	       const void *object)
{
	struct sk_buff *skb = message(info->snd_portid, info->snd_seq, flags,
				      cmd, fill, object);

	if (!IS_ERR(skb))
		return genlmsg_reply(skb, info);
	if (PTR_ERR(skb) == -ENOMEM)
		NL_SET_ERR_MSG(info->extack,
			       "out of memory for the answer: try again");
	return PTR_ERR(skb);
}

/**
 * ecmp_echo - answer a *_NEW with the object as it now is, if it asks
 * @info: request
 * @cmd: its command
 * @added: whether the object is new
 * @fill: writes the object
 * @object: object
 *
 * The change is made: an answer that is lost does not take it back.
 *
 * Context: process, en->lock.
 */
void ecmp_echo(struct genl_info *info, u8 cmd, bool added, ecmp_fill_t fill,
	       const void *object)
{
	if (info->nlhdr->nlmsg_flags & NLM_F_ECHO)
		ecmp_reply(info, cmd, added ? NLM_F_CREATE : 0, fill, object);
}

static struct net *dump_net(const struct netlink_callback *cb)
{
	return sock_net(cb->skb->sk);
}

/**
 * ecmp_dump_start - before a dump: make the namespace follow the kernel
 * @cb: dump
 *
 * Return: 0 or a negative errno.
 * Context: process.
 */
int ecmp_dump_start(struct netlink_callback *cb)
{
	int err = ecmp_net_activate(ecmp_net_get(dump_net(cb)));

	if (err)
		NL_SET_ERR_MSG(cb->extack,
			       "the kernel's routes could not be read: try again");
	return err;
}

/**
 * ecmp_dump_begin - begin one part of a dump
 * @cb: dump
 *
 * Return: the namespace, with its lock held.
 * Context: process.
 */
struct ecmp_net *ecmp_dump_begin(struct netlink_callback *cb)
{
	struct ecmp_net *en = ecmp_net_get(dump_net(cb));

	mutex_lock(&en->lock);
	cb->seq = en->generation + 1;	/* 0 would mean: do not compare */
	return en;
}

/**
 * ecmp_dump_end - end one part of a dump
 * @en: from ecmp_dump_begin(); its lock is released
 * @skb: the part
 * @err: 0: all objects were put; else what the one that did not fit returned
 *
 * Return: what a dumpit function returns.
 * Context: process.
 */
int ecmp_dump_end(struct ecmp_net *en, struct sk_buff *skb, int err)
{
	mutex_unlock(&en->lock);
	return err && skb->len ? skb->len : err;
}

/**
 * ecmp_dump_put - put an object into a dump
 * @skb: the part
 * @cb: dump
 * @cmd: command of the object
 * @fill: writes the object
 * @object: object
 *
 * Return: 0 or -EMSGSIZE: the next part is to begin with it.
 * Context: process, en->lock.
 */
int ecmp_dump_put(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd,
		  ecmp_fill_t fill, const void *object)
{
	void *hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid,
				cb->nlh->nlmsg_seq, &ecmp_family, NLM_F_MULTI,
				cmd);
	int err;

	if (!hdr)
		return -EMSGSIZE;
	genl_dump_check_consistent(cb, hdr);
	err = fill(skb, object);
	if (err) {
		genlmsg_cancel(skb, hdr);
		return err;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

/**
 * ecmp_notify_allow - allow or end notifications
 * @yes: the family is registered
 *
 * Context: process.
 */
void ecmp_notify_allow(bool yes)
{
	WRITE_ONCE(allowed, yes);
}

/**
 * ecmp_notice - write a notification, if anybody listens
 * @en: namespace
 * @cmd: command
 * @fill: writes the object
 * @object: object
 *
 * Return: for ecmp_notice_send() or nlmsg_free(); NULL: nobody listens, or
 *	the listeners were told that they missed something.
 * Context: process, en->lock.
 */
struct sk_buff *ecmp_notice(struct ecmp_net *en, u8 cmd, ecmp_fill_t fill,
			    const void *object)
{
	struct sk_buff *skb;

	if (!READ_ONCE(allowed) ||
	    !genl_has_listeners(&ecmp_family, en->net, GROUP_CONFIG))
		return NULL;
	skb = message(0, 0, 0, cmd, fill, object);
	if (!IS_ERR(skb))
		return skb;
	genl_set_err(&ecmp_family, en->net, 0, GROUP_CONFIG, -ENOBUFS);
	return NULL;
}

/**
 * ecmp_notice_send - tell the multicast group
 * @en: namespace
 * @skb: from ecmp_notice(), or NULL; consumed
 *
 * Context: process, en->lock.
 */
void ecmp_notice_send(struct ecmp_net *en, struct sk_buff *skb)
{
	if (skb)
		genlmsg_multicast_netns(&ecmp_family, en->net, skb, 0,
					GROUP_CONFIG, GFP_KERNEL);
}

/**
 * ecmp_notify_table - tell that a table is new, changed or gone
 * @table: table of the live configuration
 * @cmd: ECMP_CMD_TABLE_NEW or ECMP_CMD_TABLE_DEL
 *
 * Context: process, en->lock.
 */
void ecmp_notify_table(struct ecmp_table *table, u8 cmd)
{
	struct ecmp_net *en = table->config->en;

	ecmp_notice_send(en, ecmp_notice(en, cmd, ecmp_fill_table, table));
}

/**
 * ecmp_notify_route - tell that a route is new, changed or gone
 * @route: route of the live configuration
 * @cmd: ECMP_CMD_ROUTE_NEW or ECMP_CMD_ROUTE_DEL
 *
 * Context: process, en->lock.
 */
void ecmp_notify_route(struct ecmp_route *route, u8 cmd)
{
	struct ecmp_net *en = route->entry->table->config->en;

	ecmp_notice_send(en, ecmp_notice(en, cmd, ecmp_fill_route, route));
}

/**
 * ecmp_notify_rule - tell that a rule is new, changed, moved or gone
 * @en: namespace
 * @rule: rule of the live configuration
 * @cmd: ECMP_CMD_RULE_NEW or ECMP_CMD_RULE_DEL
 *
 * Context: process, en->lock.
 */
void ecmp_notify_rule(struct ecmp_net *en, struct ecmp_rule *rule, u8 cmd)
{
	ecmp_notice_send(en, ecmp_notice(en, cmd, ecmp_fill_rule, rule));
}

/**
 * ecmp_notify_nexthop - tell that a next hop is new, changed or gone
 * @nh: next hop
 * @cmd: ECMP_CMD_NEXTHOP_NEW or ECMP_CMD_NEXTHOP_DEL
 *
 * Context: process, en->lock.
 */
void ecmp_notify_nexthop(struct ecmp_nexthop *nh, u8 cmd)
{
	ecmp_notice_send(nh->en,
			 ecmp_notice(nh->en, cmd, ecmp_fill_nexthop, nh));
}

/**
 * ecmp_notify_settings - tell the settings, without the seed
 * @en: namespace
 *
 * Context: process, en->lock.
 */
void ecmp_notify_settings(struct ecmp_net *en)
{
	ecmp_notice_send(en, ecmp_notice(en, ECMP_CMD_SETTINGS_SET,
					 ecmp_fill_settings, en));
}

static int fill_generation(struct sk_buff *skb, const void *object)
{
	const struct ecmp_net *en = object;

	return nla_put_u32(skb, ECMP_A_TRANSACTION_GENERATION, en->generation);
}

/**
 * ecmp_notify_commit - tell that everything may have changed
 * @en: namespace
 *
 * Context: process, en->lock.
 */
void ecmp_notify_commit(struct ecmp_net *en)
{
	ecmp_notice_send(en, ecmp_notice(en, ECMP_CMD_TRANSACTION_COMMIT,
					 fill_generation, en));
}
