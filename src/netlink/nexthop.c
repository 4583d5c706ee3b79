// SPDX-License-Identifier: GPL-2.0
/*
 * NEXTHOP_NEW, which only forces a state or fixes a pin, and NEXTHOP_GET.
 */
#include <net/arp.h>
#include <net/ndisc.h>
#include <net/neighbour.h>

#include "netlink.h"

const struct nla_policy ecmp_nexthop_policy[ECMP_A_NEXTHOP_TIMEOUT + 1] = {
	[ECMP_A_NEXTHOP_FAMILY] = { .type = NLA_U8 },
	[ECMP_A_NEXTHOP_GATEWAY] = NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
	[ECMP_A_NEXTHOP_DEVICE] = {
		.type = NLA_NUL_STRING, .len = IFNAMSIZ - 1
	},
	[ECMP_A_NEXTHOP_FORCED] = NLA_POLICY_MAX(NLA_U8, ECMP_FORCED_DRAIN),
	[ECMP_A_NEXTHOP_PIN_ID] = { .type = NLA_U8 },
	[ECMP_A_NEXTHOP_TIMEOUT] = { .type = NLA_U32 },
};

/* What the kernel knows of the gateway's link address; 0: nothing. */
static u16 neigh_state(const struct ecmp_nexthop *nh)
{
	struct neighbour *n;
	u16 state;

	if (!nh->dev || !nh->key.gateway_family)
		return 0;
	n = neigh_lookup(nh->key.gateway_family == AF_INET6 ? &nd_tbl :
							      &arp_tbl,
			 &nh->key.gateway, nh->dev);
	if (!n)
		return 0;
	state = READ_ONCE(n->nud_state);
	neigh_release(n);
	return state;
}

/* What its probes came to. */
static int fill_check(struct sk_buff *skb, const struct ecmp_nexthop *nh)
{
	const struct ecmp_check *check = ecmp_check_of(nh);
	u32 rtt = READ_ONCE(nh->seen.rtt);

	if (!check)
		return 0;
	if (nla_put_u8(skb, ECMP_A_NEXTHOP_CHECK, check->type) ||
	    nla_put_u8(skb, ECMP_A_NEXTHOP_CHECK_STATE,
		       READ_ONCE(nh->seen.state)) ||
	    nla_put_u32(skb, ECMP_A_NEXTHOP_CHECK_MISSED,
			READ_ONCE(nh->seen.missed)) ||
	    nla_put_u32(skb, ECMP_A_NEXTHOP_CHECK_SENT,
			READ_ONCE(nh->seen.sent)) ||
	    nla_put_u32(skb, ECMP_A_NEXTHOP_CHECK_LOST,
			READ_ONCE(nh->seen.lost)))
		return -EMSGSIZE;
	return rtt ? nla_put_u32(skb, ECMP_A_NEXTHOP_CHECK_RTT, rtt) : 0;
}

/* What connections remember of it, or soon do. */
static int fill_pin(struct sk_buff *skb, const struct ecmp_nexthop *nh)
{
	const u8 slot = nh->en->config->slot;
	const u8 pin = nh->pin_fixed[slot] ?: nh->pin;

	if (pin && nla_put_u8(skb, ECMP_A_NEXTHOP_PIN_ID, pin))
		return -EMSGSIZE;
	if (nh->pin_fixed[slot] &&
	    nla_put_flag(skb, ECMP_A_NEXTHOP_PIN_FIXED))
		return -EMSGSIZE;
	return nh->defaults[slot] ? nla_put_flag(skb, ECMP_A_NEXTHOP_UPLINK) :
				    0;
}

/**
 * ecmp_fill_nexthop - put a next hop
 * @skb: message
 * @object: struct ecmp_nexthop
 *
 * Return: 0 or -EMSGSIZE.
 * Context: en->lock.
 */
int ecmp_fill_nexthop(struct sk_buff *skb, const void *object)
{
	const struct ecmp_nexthop *nh = object;
	const struct ecmp_nexthop_key *key = &nh->key;
	const enum ecmp_reason reason = nh->reason ?: ecmp_nexthop_drains(nh);
	const u32 left = ecmp_nexthop_forced_left(nh);
	u64 age = ktime_get_boottime_ns() - nh->since;
	u16 neigh = neigh_state(nh);

	if (nla_put_u32(skb, ECMP_A_NEXTHOP_ID, nh->id) ||
	    nla_put_u8(skb, ECMP_A_NEXTHOP_FAMILY,
		       key->gateway_family ?: key->family) ||
	    nla_put_u8(skb, ECMP_A_NEXTHOP_STATE,
		       nh->reason ? ECMP_NEXTHOP_DEAD : ECMP_NEXTHOP_ALIVE) ||
	    nla_put_u8(skb, ECMP_A_NEXTHOP_FORCED, nh->forced) ||
	    nla_put_u32(skb, ECMP_A_NEXTHOP_ROUTES,
			ecmp_nexthop_routes(nh)))
		return -EMSGSIZE;
	if (key->gateway_family &&
	    ecmp_put_addr(skb, ECMP_A_NEXTHOP_GATEWAY, key->gateway_family,
			  &key->gateway))
		return -EMSGSIZE;
	if (key->device[0] &&
	    nla_put_string(skb, ECMP_A_NEXTHOP_DEVICE, key->device))
		return -EMSGSIZE;
	if (nh->dev &&
	    nla_put_u32(skb, ECMP_A_NEXTHOP_IFINDEX, nh->dev->ifindex))
		return -EMSGSIZE;
	if (reason && nla_put_u8(skb, ECMP_A_NEXTHOP_REASON, reason))
		return -EMSGSIZE;
	if (fill_pin(skb, nh) || fill_check(skb, nh))
		return -EMSGSIZE;
	if (nla_put_u64_64bit(skb, ECMP_A_NEXTHOP_AGE,
			      div_u64(age, NSEC_PER_MSEC),
			      ECMP_A_NEXTHOP_PAD) ||
	    nla_put_u32(skb, ECMP_A_NEXTHOP_FLAPS, nh->flaps))
		return -EMSGSIZE;
	if (left && nla_put_u32(skb, ECMP_A_NEXTHOP_TIMEOUT, left))
		return -EMSGSIZE;
	if (neigh && nla_put_u16(skb, ECMP_A_NEXTHOP_NEIGH, neigh))
		return -EMSGSIZE;
	return ecmp_put_counter(skb, nh->counter, ECMP_A_NEXTHOP_PACKETS,
				ECMP_A_NEXTHOP_BYTES, ECMP_A_NEXTHOP_PAD);
}

static int parse_key(struct ecmp_nexthop_key *key,
		     const struct ecmp_request *req)
{
	int err;

	memset(key, 0, sizeof(*key));
	err = ecmp_attr_family(req, ECMP_A_NEXTHOP_FAMILY, &key->family);
	if (err)
		return err;
	if (!req->attrs[ECMP_A_NEXTHOP_DEVICE])
		return ecmp_refuse(req, 0, -EINVAL,
				   "the device is missing: name it with dev");
	err = ecmp_attr_device(req, ECMP_A_NEXTHOP_DEVICE, key->device);
	if (err || !req->attrs[ECMP_A_NEXTHOP_GATEWAY])
		return err;
	key->gateway_family = key->family;
	return ecmp_attr_addr(req, ECMP_A_NEXTHOP_GATEWAY,
			      &key->gateway_family, &key->gateway);
}

/* A state is decided for what packets use now. */
static int check_state(const struct ecmp_config *config,
		       const struct ecmp_nexthop *nh,
		       const struct ecmp_request *req)
{
	if (!config->live)
		return ecmp_refuse(req, ECMP_A_NEXTHOP_FORCED, -EOPNOTSUPP,
				   "a next hop's state is no part of a configuration: leave it out, and set it afterwards");
	/* What only a transaction or a probe still holds is not in use. */
	if (!ecmp_nexthop_routes(nh) &&
	    (!ecmp_nexthop_shown(nh) ||
	     nla_get_u8(req->attrs[ECMP_A_NEXTHOP_FORCED]) != ECMP_FORCED_AUTO))
		return ecmp_refuse(req, req->attrs[ECMP_A_NEXTHOP_GATEWAY] ?
				   ECMP_A_NEXTHOP_GATEWAY :
				   ECMP_A_NEXTHOP_DEVICE, -ENOENT,
				   "no route uses this next hop: see nexthop show");
	return 0;
}

static int refuse_timeout(const struct ecmp_request *req)
{
	const struct nlattr *timeout = req->attrs[ECMP_A_NEXTHOP_TIMEOUT];
	u32 msecs;

	if (!timeout)
		return 0;
	if (!req->attrs[ECMP_A_NEXTHOP_FORCED])
		return ecmp_refuse(req, ECMP_A_NEXTHOP_TIMEOUT, -EINVAL,
				   "a timeout is that of a state: name alive, dead or drain with it");
	if (nla_get_u8(req->attrs[ECMP_A_NEXTHOP_FORCED]) == ECMP_FORCED_AUTO)
		return ecmp_refuse(req, ECMP_A_NEXTHOP_TIMEOUT, -EINVAL,
				   "auto is what a timeout returns to: leave timeout out");
	msecs = nla_get_u32(timeout);
	if (msecs >= ECMP_FORCED_MSECS_MIN && msecs <= ECMP_FORCED_MSECS_MAX)
		return 0;
	return ecmp_refuse(req, ECMP_A_NEXTHOP_TIMEOUT, -ERANGE,
			   "the timeout of a state is 1 second to 24 hours");
}

/* Return: whether that is news; what only goes on is not. */
static bool force(struct ecmp_nexthop *nh, const struct ecmp_request *req)
{
	const struct nlattr *timeout = req->attrs[ECMP_A_NEXTHOP_TIMEOUT];
	u8 forced = nla_get_u8(req->attrs[ECMP_A_NEXTHOP_FORCED]);
	bool news = forced != nh->forced || !timeout || !nh->forced_until;

	news |= ecmp_nexthop_force(nh, forced,
				   timeout ? nla_get_u32(timeout) : 0);
	return news;
}

/*
 * All or nothing: only the pin may still be refused. @news: there is something
 * to tell.
 */
static int set_nexthop(struct ecmp_config *config, struct ecmp_nexthop *nh,
		       const struct ecmp_request *req, bool *news)
{
	struct nlattr **a = req->attrs;
	int err = refuse_timeout(req);

	*news = a[ECMP_A_NEXTHOP_PIN_ID];
	if (!err && *news && !nla_get_u8(a[ECMP_A_NEXTHOP_PIN_ID]) &&
	    config->live && !ecmp_nexthop_shown(nh))
		err = ecmp_refuse(req, a[ECMP_A_NEXTHOP_GATEWAY] ?
				  ECMP_A_NEXTHOP_GATEWAY :
				  ECMP_A_NEXTHOP_DEVICE, -ENOENT,
				  "there is no such next hop: see nexthop show");
	if (!err && a[ECMP_A_NEXTHOP_FORCED])
		err = check_state(config, nh, req);
	if (!err && a[ECMP_A_NEXTHOP_PIN_ID])
		err = ecmp_pin_fix(config, nh,
				   nla_get_u8(a[ECMP_A_NEXTHOP_PIN_ID]), req);
	if (!err && a[ECMP_A_NEXTHOP_FORCED])
		*news |= force(nh, req);
	return err;
}

/**
 * ecmp_nexthop_new_doit - NEXTHOP_NEW: force a next hop's state, fix its pin
 * @skb: request
 * @info: request, parsed
 *
 * A pin may be fixed before a route uses the next hop.
 *
 * Return: 0 or a negative errno.
 * Context: process, en->lock.
 */
int ecmp_nexthop_new_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct ecmp_config *config = ecmp_info_config(info);
	struct ecmp_request req = ecmp_info_request(info);
	int err, verb = ecmp_info_verb(info);
	struct ecmp_nexthop_key key;
	struct ecmp_nexthop *nh;
	bool news;

	if (verb < 0)
		return verb;
	if (verb != ECMP_VERB_SET)
		return ecmp_refuse(&req, 0, -EOPNOTSUPP,
				   "next hops come and go with the routes that use them: only set one");
	err = parse_key(&key, &req);
	if (err)
		return err;
	if (!req.attrs[ECMP_A_NEXTHOP_FORCED] &&
	    !req.attrs[ECMP_A_NEXTHOP_PIN_ID])
		return ecmp_refuse(&req, 0, -EINVAL,
				   "name what to set: a state or a pin-id");
	nh = ecmp_nexthop_get(config->en, &key);
	if (!nh)
		return ecmp_no_memory(&req);
	err = set_nexthop(config, nh, &req, &news);
	if (err)
		goto put;
	if (news && config->live) {
		/* Flowtables hear of it where an uplink died, or is back. */
		config->en->generation++;
		ecmp_notify_nexthop(nh, ecmp_nexthop_shown(nh) ?
				    ECMP_CMD_NEXTHOP_NEW :
				    ECMP_CMD_NEXTHOP_DEL);
	}
	if (config->live)
		ecmp_echo(info, ECMP_CMD_NEXTHOP_NEW, false, ecmp_fill_nexthop,
			  nh);
put:
	ecmp_nexthop_put(nh);
	return err;
}

/**
 * ecmp_nexthop_get_start - before NEXTHOP_GET
 * @cb: dump
 *
 * Who reads whose connections these are does not meet pins on their way from
 * one next hop to another.
 *
 * Return: 0 or a negative errno.
 * Context: process.
 */
int ecmp_nexthop_get_start(struct netlink_callback *cb)
{
	int err = ecmp_dump_start(cb);

	if (!err)
		ecmp_uplinks_settle(ecmp_net_get(sock_net(cb->skb->sk)));
	return err;
}

/**
 * ecmp_nexthop_get_dumpit - NEXTHOP_GET: all next hops
 * @skb: a part of the dump
 * @cb: dump
 *
 * They are listed by id, and ids only grow: where it stands is the last id
 * that was told.
 *
 * Return: as dumpit functions do.
 * Context: process.
 */
int ecmp_nexthop_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct ecmp_net *en = ecmp_dump_begin(cb);
	struct ecmp_nexthop *nh;
	int err = 0;

	list_for_each_entry(nh, &en->nexthop_list, list) {
		if (nh->id <= cb->args[0] || !ecmp_nexthop_shown(nh))
			continue;
		err = ecmp_dump_put(skb, cb, ECMP_CMD_NEXTHOP_NEW,
				    ecmp_fill_nexthop, nh);
		if (err)
			break;
		cb->args[0] = nh->id;
	}
	return ecmp_dump_end(en, skb, err);
}
