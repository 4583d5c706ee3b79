// SPDX-License-Identifier: GPL-2.0
/*
 * SETTINGS_SET, SETTINGS_GET.
 */
#include <linux/capability.h>
#include <linux/inetdevice.h>

#include "netlink.h"
#include "../fib/dst.h"
#include "../fib/kernel_distance.h"

static const struct nla_policy distance_policy[ECMP_A_DISTANCE_MAX + 1] = {
	[ECMP_A_DISTANCE_PROTOCOL] = { .type = NLA_U8 },
	[ECMP_A_DISTANCE_DEVICE] = {
		.type = NLA_NUL_STRING, .len = IFNAMSIZ - 1
	},
	[ECMP_A_DISTANCE_VALUE] = { .type = NLA_U8 },
};

const struct nla_policy
ecmp_settings_policy[ECMP_A_SETTINGS_CHECK_UP_COUNT + 1] = {
	[ECMP_A_SETTINGS_ENABLED] = NLA_POLICY_MAX(NLA_U8, 1),
	[ECMP_A_SETTINGS_HASH_POLICY4] =
		NLA_POLICY_MAX(NLA_U8, ECMP_HASH_POLICY_SRC),
	[ECMP_A_SETTINGS_HASH_POLICY6] =
		NLA_POLICY_MAX(NLA_U8, ECMP_HASH_POLICY_SRC),
	[ECMP_A_SETTINGS_HASH_SEED] = { .type = NLA_U64 },
	[ECMP_A_SETTINGS_PIN] = NLA_POLICY_MAX(NLA_U8, ECMP_PIN_CONNECTION),
	[ECMP_A_SETTINGS_KERNEL_ROUTES] = NLA_POLICY_MAX(NLA_U8, 1),
	[ECMP_A_SETTINGS_DISTANCE] = NLA_POLICY_NESTED(distance_policy),
	[ECMP_A_SETTINGS_PIN_MASK] = { .type = NLA_U32 },
	[ECMP_A_SETTINGS_CHECK_INTERVAL] = { .type = NLA_U32 },
	[ECMP_A_SETTINGS_CHECK_TIMEOUT] = { .type = NLA_U32 },
	[ECMP_A_SETTINGS_CHECK_COUNT] = { .type = NLA_U8 },
	[ECMP_A_SETTINGS_CHECK_UP_COUNT] = { .type = NLA_U8 },
};

/* Does a table want to pin its connections while none is pinned? */
static bool balances_in_vain(const struct ecmp_config *config)
{
	const struct ecmp_table *table;

	if (config->settings.pin == ECMP_PIN_CONNECTION &&
	    config->settings.pin_mask)
		return false;
	list_for_each_entry(table, &config->tables, list)
		if (table->balance == ECMP_BALANCE_ROUND_ROBIN_FLOW)
			return true;
	return false;
}

/* Has the family default routes, but for those that are the kernel's own? */
static bool has_uplinks(const struct ecmp_net *en, u8 family)
{
	const struct ecmp_nexthop *nh;

	list_for_each_entry(nh, &en->uplinks.list, uplink)
		if (nh->key.family == family && nh->defaults[en->slot] &&
		    nh->refs > nh->kernel_refs)
			return true;
	return false;
}

static bool kernel_forwards(const struct net *net, u8 family)
{
	if (family == AF_INET)
		return IPV4_DEVCONF_ALL(net, FORWARDING);
	return net->ipv6.devconf_all &&
	       READ_ONCE(net->ipv6.devconf_all->forwarding);
}

/* Why packets of the family do not take its uplinks, or NULL. */
static const char *not_forwarding(const struct ecmp_net *en, u8 family)
{
	if (!has_uplinks(en, family))
		return NULL;
	if (!kernel_forwards(en->net, family))
		return family == AF_INET ?
		       "IPv4 forwarding is off: sysctl -w net.ipv4.ip_forward=1" :
		       "IPv6 forwarding is off: sysctl -w net.ipv6.conf.all.forwarding=1";
	if (!ecmp_dst_ready(family))
		return family == AF_INET ?
		       "no IPv4 packet has been forwarded yet: until the kernel could forward one, they take its routes" :
		       "no IPv6 packet has been forwarded yet: until the kernel could forward one, they take its routes";
	return NULL;
}

/* What a person who looks at the settings should know besides. */
static int fill_notices(struct sk_buff *skb, const struct ecmp_net *en)
{
	static const u8 families[] = { AF_INET, AF_INET6 };
	const char *notice;
	int i;

	if (READ_ONCE(en->kernel_routes.missed) &&
	    nla_put_string(skb, ECMP_A_SETTINGS_NOTICE,
			   "some of the kernel's routes were missed: they are being read again"))
		return -EMSGSIZE;
	if (READ_ONCE(en->kernel_routes.untold) &&
	    nla_put_string(skb, ECMP_A_SETTINGS_NOTICE,
			   "the kernel's routes change all the time: until there is a moment to follow them they are read again every few seconds"))
		return -EMSGSIZE;
	if (delayed_work_pending(&en->retry) &&
	    nla_put_string(skb, ECMP_A_SETTINGS_NOTICE,
			   "out of memory: some changes of devices or addresses are not in force yet, they are tried again"))
		return -EMSGSIZE;
	if (!en->hooks || !en->config->settings.enabled)
		return 0;
	if (READ_ONCE(en->kernel_routes.lacking[0]) +
	    READ_ONCE(en->kernel_routes.lacking[1]) &&
	    nla_put_string(skb, ECMP_A_SETTINGS_NOTICE,
			   "a device of a default route has none in the kernel's main table: the router's own traffic, rp_filter and flowtables ask there; set kernel-routes on, or add them"))
		return -EMSGSIZE;
	if (en->config->settings.pin == ECMP_PIN_CONNECTION &&
	    READ_ONCE(en->untracked) &&
	    nla_put_string(skb, ECMP_A_SETTINGS_NOTICE,
			   "nothing tracks connections, so none is pinned: NAT or ct state in a ruleset switches tracking on"))
		return -EMSGSIZE;
	if (balances_in_vain(en->config) &&
	    nla_put_string(skb, ECMP_A_SETTINGS_NOTICE,
			   "a table balances round-robin-flow, but no connection keeps its path, so the hash does: set pin connection, and a pin-mask"))
		return -EMSGSIZE;
	if (ecmp_uplinks_unpinned(en) &&
	    nla_put_string(skb, ECMP_A_SETTINGS_NOTICE,
			   "there are more uplinks than pins: connections do not remember some of them; widen the pin-mask"))
		return -EMSGSIZE;
	for (i = 0; i < ARRAY_SIZE(families); i++) {
		notice = not_forwarding(en, families[i]);
		if (notice &&
		    nla_put_string(skb, ECMP_A_SETTINGS_NOTICE, notice))
			return -EMSGSIZE;
	}
	return 0;
}

static int put_distance(struct sk_buff *skb, int attr, u8 protocol,
			const char *device, u8 distance)
{
	struct nlattr *nest = nla_nest_start(skb, ECMP_A_SETTINGS_DISTANCE);

	if (!nest ||
	    (device ? nla_put_string(skb, attr, device) :
		      nla_put_u8(skb, attr, protocol)) ||
	    nla_put_u8(skb, ECMP_A_DISTANCE_VALUE, distance))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* Those that were set. */
static int fill_distances(struct sk_buff *skb, const struct ecmp_config *config)
{
	const struct ecmp_device_distance *d;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(config->protocol_distance); i++)
		if (config->protocol_distance[i] !=
		    ecmp_kernel_distance_default(i) &&
		    put_distance(skb, ECMP_A_DISTANCE_PROTOCOL, i, NULL,
				 config->protocol_distance[i]))
			return -EMSGSIZE;
	list_for_each_entry(d, &config->device_distances, list)
		if (put_distance(skb, ECMP_A_DISTANCE_DEVICE, 0, d->device,
				 d->distance))
			return -EMSGSIZE;
	return 0;
}

static int fill_checks(struct sk_buff *skb, const struct ecmp_settings *s)
{
	if (nla_put_u32(skb, ECMP_A_SETTINGS_CHECK_INTERVAL,
			s->check_interval) ||
	    nla_put_u32(skb, ECMP_A_SETTINGS_CHECK_TIMEOUT,
			s->check_timeout) ||
	    nla_put_u8(skb, ECMP_A_SETTINGS_CHECK_COUNT, s->check_count) ||
	    nla_put_u8(skb, ECMP_A_SETTINGS_CHECK_UP_COUNT, s->check_up_count))
		return -EMSGSIZE;
	return 0;
}

/**
 * ecmp_fill_settings - put the settings of the live configuration
 * @skb: message
 * @object: struct ecmp_net
 *
 * Without the seed, which is for administrators.
 *
 * Return: 0 or -EMSGSIZE.
 * Context: en->lock.
 */
int ecmp_fill_settings(struct sk_buff *skb, const void *object)
{
	const struct ecmp_net *en = object;
	const struct ecmp_config *config = en->config;
	const struct ecmp_settings *s = &config->settings;
	bool hooks = en->hooks && s->enabled;

	if (nla_put_u8(skb, ECMP_A_SETTINGS_ENABLED, s->enabled) ||
	    nla_put_u8(skb, ECMP_A_SETTINGS_HASH_POLICY4, s->hash_policy[0]) ||
	    nla_put_u8(skb, ECMP_A_SETTINGS_HASH_POLICY6, s->hash_policy[1]) ||
	    nla_put_u8(skb, ECMP_A_SETTINGS_PIN, s->pin) ||
	    nla_put_u32(skb, ECMP_A_SETTINGS_PIN_MASK, s->pin_mask) ||
	    nla_put_u32(skb, ECMP_A_SETTINGS_GENERATION, en->generation) ||
	    nla_put_u8(skb, ECMP_A_SETTINGS_HOOKS, hooks) ||
	    nla_put_u32(skb, ECMP_A_SETTINGS_TABLES, config->n_tables) ||
	    nla_put_u32(skb, ECMP_A_SETTINGS_RULES, config->n_rules) ||
	    nla_put_u8(skb, ECMP_A_SETTINGS_KERNEL_ROUTES, s->kernel_routes) ||
	    nla_put_u32(skb, ECMP_A_SETTINGS_RESYNCS,
			READ_ONCE(en->kernel_routes.resyncs)) ||
	    nla_put_u64_64bit(skb, ECMP_A_SETTINGS_REBUILDS,
			      en->groups.rebuilds, ECMP_A_SETTINGS_PAD) ||
	    nla_put_u64_64bit(skb, ECMP_A_SETTINGS_PUBLICATIONS,
			      en->publications, ECMP_A_SETTINGS_PAD))
		return -EMSGSIZE;
	return fill_checks(skb, s) ?: fill_distances(skb, config) ?:
	       fill_notices(skb, en);
}

static int fill_with_seed(struct sk_buff *skb, const void *object)
{
	const struct ecmp_net *en = object;

	return ecmp_fill_settings(skb, object) ?:
	       nla_put_u64_64bit(skb, ECMP_A_SETTINGS_HASH_SEED,
				 en->config->settings.hash_seed,
				 ECMP_A_SETTINGS_PAD);
}

static int set_distance(struct ecmp_config *config,
			const struct ecmp_request *req)
{
	struct nlattr *a[ECMP_A_DISTANCE_MAX + 1];
	char device[IFNAMSIZ] = "";
	int err, value;

	err = nla_parse_nested(a, ECMP_A_DISTANCE_MAX,
			       req->attrs[ECMP_A_SETTINGS_DISTANCE],
			       distance_policy, req->extack);
	if (err)
		return err;
	value = a[ECMP_A_DISTANCE_VALUE] ?
		nla_get_u8(a[ECMP_A_DISTANCE_VALUE]) : -1;
	if (!a[ECMP_A_DISTANCE_PROTOCOL] == !a[ECMP_A_DISTANCE_DEVICE])
		return ecmp_refuse(req, ECMP_A_SETTINGS_DISTANCE, -EINVAL,
				   "a distance is that of a protocol or of a device: name one of them");
	if (a[ECMP_A_DISTANCE_PROTOCOL])
		return ecmp_kernel_distance_protocol(config,
				nla_get_u8(a[ECMP_A_DISTANCE_PROTOCOL]), value,
				req);
	nla_strscpy(device, a[ECMP_A_DISTANCE_DEVICE], sizeof(device));
	if (!dev_valid_name(device))
		return ecmp_refuse(req, ECMP_A_SETTINGS_DISTANCE, -EINVAL,
				   "this is no interface name: use one as ip link shows it");
	return ecmp_kernel_distance_device(config, device, value, req);
}

static bool settings_besides_distance(struct nlattr **a)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ecmp_settings_policy); i++)
		if (a[i] && i != ECMP_A_SETTINGS_DISTANCE &&
		    i != ECMP_A_SETTINGS_PAD)
			return true;
	return false;
}

static int set_msecs(u32 *msecs, int attr, const struct ecmp_request *req)
{
	if (!req->attrs[attr])
		return 0;
	*msecs = nla_get_u32(req->attrs[attr]);
	if (*msecs >= ECMP_CHECK_MSECS_MIN && *msecs <= ECMP_CHECK_MSECS_MAX)
		return 0;
	return ecmp_refuse(req, attr, -ERANGE,
			   "the interval and the timeout of checks are 100 ms to 10 minutes");
}

static int set_count(u8 *count, int attr, const struct ecmp_request *req)
{
	if (!req->attrs[attr])
		return 0;
	*count = nla_get_u8(req->attrs[attr]);
	if (*count)
		return 0;
	return ecmp_refuse(req, attr, -ERANGE,
			   "the counts of checks are 1 to 255");
}

static int set_checks(struct ecmp_settings *s, const struct ecmp_request *req)
{
	return set_msecs(&s->check_interval, ECMP_A_SETTINGS_CHECK_INTERVAL,
			 req) ?:
	       set_msecs(&s->check_timeout, ECMP_A_SETTINGS_CHECK_TIMEOUT,
			 req) ?:
	       set_count(&s->check_count, ECMP_A_SETTINGS_CHECK_COUNT, req) ?:
	       set_count(&s->check_up_count, ECMP_A_SETTINGS_CHECK_UP_COUNT,
			 req);
}

/**
 * ecmp_settings_set_doit - SETTINGS_SET: change what is named
 * @skb: request
 * @info: request, parsed
 *
 * Return: 0 or a negative errno.
 * Context: process, en->lock.
 */
int ecmp_settings_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct ecmp_config *config = ecmp_info_config(info);
	struct ecmp_request req = ecmp_info_request(info);
	struct ecmp_settings s = config->settings;
	struct nlattr **a = req.attrs;
	int err;

	if (a[ECMP_A_SETTINGS_ENABLED])
		s.enabled = nla_get_u8(a[ECMP_A_SETTINGS_ENABLED]);
	if (a[ECMP_A_SETTINGS_HASH_POLICY4])
		s.hash_policy[0] = nla_get_u8(a[ECMP_A_SETTINGS_HASH_POLICY4]);
	if (a[ECMP_A_SETTINGS_HASH_POLICY6])
		s.hash_policy[1] = nla_get_u8(a[ECMP_A_SETTINGS_HASH_POLICY6]);
	if (a[ECMP_A_SETTINGS_HASH_SEED])
		s.hash_seed = nla_get_u64(a[ECMP_A_SETTINGS_HASH_SEED]);
	if (a[ECMP_A_SETTINGS_PIN])
		s.pin = nla_get_u8(a[ECMP_A_SETTINGS_PIN]);
	if (a[ECMP_A_SETTINGS_PIN_MASK])
		s.pin_mask = nla_get_u32(a[ECMP_A_SETTINGS_PIN_MASK]);
	if (!ecmp_pin_mask_ok(s.pin_mask))
		return ecmp_refuse(&req, ECMP_A_SETTINGS_PIN_MASK, -EINVAL,
				   "a pin needs at least two bits side by side, as 0xff00; 0 keeps none");
	if (!ecmp_pins_fit(config, s.pin_mask))
		return ecmp_refuse(&req, ECMP_A_SETTINGS_PIN_MASK, -ERANGE,
				   "a next hop has a pin-id that does not fit into this mask: first give it a smaller one, or auto");
	if (a[ECMP_A_SETTINGS_KERNEL_ROUTES])
		s.kernel_routes = nla_get_u8(a[ECMP_A_SETTINGS_KERNEL_ROUTES]);
	err = set_checks(&s, &req);
	if (err)
		return err;
	/* One or the other, so that a refusal has changed nothing. */
	if (!a[ECMP_A_SETTINGS_DISTANCE])
		err = ecmp_config_set(config, &s, &req);
	else if (settings_besides_distance(a))
		err = ecmp_refuse(&req, ECMP_A_SETTINGS_DISTANCE, -EINVAL,
				  "a distance is set by itself: set the rest apart");
	else
		err = set_distance(config, &req);
	if (err)
		return err;

	ecmp_changed(config);
	if (config->live)
		ecmp_notify_settings(config->en);
	return 0;
}

/**
 * ecmp_settings_get_doit - SETTINGS_GET: the live settings and what follows
 * @skb: request
 * @info: request, parsed
 *
 * Return: 0 or a negative errno.
 * Context: process, en->lock.
 */
int ecmp_settings_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	bool admin = netlink_ns_capable(skb, genl_info_net(info)->user_ns,
					CAP_NET_ADMIN);

	return ecmp_reply(info, ECMP_CMD_SETTINGS_GET, 0,
			  admin ? fill_with_seed : ecmp_fill_settings,
			  ecmp_info_net(info));
}
