// SPDX-License-Identifier: GPL-2.0
/*
 * ROUTE_NEW, ROUTE_DEL, ROUTE_FLUSH.
 */
#include <net/ip.h>

#include "netlink.h"

const struct nla_policy ecmp_route_policy[ECMP_A_ROUTE_DISABLED + 1] = {
	[ECMP_A_ROUTE_TABLE] = { .type = NLA_NUL_STRING, .len = ECMP_NAME_MAX },
	[ECMP_A_ROUTE_FAMILY] = { .type = NLA_U8 },
	[ECMP_A_ROUTE_DST] = NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
	[ECMP_A_ROUTE_DST_LEN] = { .type = NLA_U8 },
	[ECMP_A_ROUTE_TYPE] = NLA_POLICY_MAX(NLA_U8, ECMP_ROUTE_PROHIBIT),
	[ECMP_A_ROUTE_GATEWAY] = NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
	[ECMP_A_ROUTE_GATEWAY_FAMILY] = { .type = NLA_U8 },
	[ECMP_A_ROUTE_GATEWAY_KERNEL] = { .type = NLA_FLAG },
	[ECMP_A_ROUTE_DEVICE] = { .type = NLA_NUL_STRING, .len = IFNAMSIZ - 1 },
	[ECMP_A_ROUTE_ONLINK] = NLA_POLICY_MAX(NLA_U8, 1),
	[ECMP_A_ROUTE_DISTANCE] = { .type = NLA_U8 },
	[ECMP_A_ROUTE_WEIGHT] = { .type = NLA_U16 },
	[ECMP_A_ROUTE_CHECK] = NLA_POLICY_MAX(NLA_U8, ECMP_CHECK_PING),
	[ECMP_A_ROUTE_CHECK_TARGETS] = { .type = NLA_BINARY },
	[ECMP_A_ROUTE_CHECK_ALL] = NLA_POLICY_MAX(NLA_U8, 1),
	[ECMP_A_ROUTE_PREF_SRC] = NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
	[ECMP_A_ROUTE_COMMENT] = {
		.type = NLA_NUL_STRING, .len = ECMP_COMMENT_MAX
	},
	[ECMP_A_ROUTE_DISABLED] = NLA_POLICY_MAX(NLA_U8, 1),
};

/* "via kernel": by the gateway that it follows now. */
static int fill_follow(struct sk_buff *skb, const struct ecmp_route *r)
{
	const struct ecmp_nexthop_key *key = &r->nexthop->key;

	if (nla_put_flag(skb, ECMP_A_ROUTE_GATEWAY_KERNEL) ||
	    nla_put_string(skb, ECMP_A_ROUTE_DEVICE, r->more->via))
		return -EMSGSIZE;
	if (key->gateway_family &&
	    ecmp_put_addr(skb, ECMP_A_ROUTE_GATEWAY, key->gateway_family,
			  &key->gateway))
		return -EMSGSIZE;
	return ecmp_put_u32(skb, ECMP_A_ROUTE_NEXTHOP_ID, r->nexthop->id);
}

static int fill_nexthop(struct sk_buff *skb, const struct ecmp_route *r)
{
	const struct ecmp_nexthop *nh = r->nexthop;
	const struct ecmp_nexthop_key *key = &nh->key;
	bool written = r->flags & (ECMP_ROUTE_DEVICE_NAMED | ECMP_ROUTE_KERNEL);

	if (r->flags & ECMP_ROUTE_VIA_KERNEL)
		return fill_follow(skb, r);
	if (key->gateway_family &&
	    ecmp_put_addr(skb, ECMP_A_ROUTE_GATEWAY, key->gateway_family,
			  &key->gateway))
		return -EMSGSIZE;
	if (key->gateway_family && key->gateway_family != r->entry->family &&
	    ecmp_put_u8(skb, ECMP_A_ROUTE_GATEWAY_FAMILY, key->gateway_family))
		return -EMSGSIZE;
	if (key->device[0] &&
	    nla_put_string(skb, written ? ECMP_A_ROUTE_DEVICE :
					  ECMP_A_ROUTE_RESOLVED_DEVICE,
			   key->device))
		return -EMSGSIZE;
	return ecmp_put_u32(skb, ECMP_A_ROUTE_NEXTHOP_ID, nh->id);
}

static int fill_check(struct sk_buff *skb, const struct ecmp_check *check,
		      u8 family)
{
	unsigned int i, size = ecmp_family_bits(family) / 8;
	struct nlattr *nla;

	if (ecmp_put_u8(skb, ECMP_A_ROUTE_CHECK, check->type) ||
	    ecmp_put_u8(skb, ECMP_A_ROUTE_CHECK_ALL, check->all))
		return -EMSGSIZE;
	if (!check->n_targets)
		return 0;
	nla = nla_reserve(skb, ECMP_A_ROUTE_CHECK_TARGETS,
			  check->n_targets * size);
	if (!nla)
		return -EMSGSIZE;
	for (i = 0; i < check->n_targets; i++)
		memcpy(nla_data(nla) + i * size, check->target[i].b, size);
	return 0;
}

static int fill_status(struct sk_buff *skb, const struct ecmp_route *r)
{
	struct ecmp_route_status status;

	ecmp_route_status(r, &status);
	if (ecmp_put_u32(skb, ECMP_A_ROUTE_FLAGS, status.flags) ||
	    ecmp_put_u32(skb, ECMP_A_ROUTE_PATHS, status.paths) ||
	    ecmp_put_u8(skb, ECMP_A_ROUTE_REASON, status.reason))
		return -EMSGSIZE;
	if (r->flags & ECMP_ROUTE_KERNEL &&
	    (ecmp_put_u8(skb, ECMP_A_ROUTE_PROTOCOL, r->protocol) ||
	     ecmp_put_u32(skb, ECMP_A_ROUTE_METRIC, r->metric)))
		return -EMSGSIZE;
	return 0;
}

/**
 * ecmp_fill_route - put a route
 * @skb: message
 * @object: struct ecmp_route
 *
 * Return: 0 or -EMSGSIZE.
 * Context: en->lock.
 */
int ecmp_fill_route(struct sk_buff *skb, const void *object)
{
	const struct ecmp_route *r = object;
	const struct ecmp_route_more *more = r->more;
	const struct ecmp_entry *e = r->entry;
	/* One that only the kernel can follow is a unicast route to people. */
	u8 type = r->type == ECMP_MEMBER_NATIVE ? ECMP_ROUTE_UNICAST : r->type;

	if (nla_put_string(skb, ECMP_A_ROUTE_TABLE, e->table->name) ||
	    ecmp_put_u8(skb, ECMP_A_ROUTE_FAMILY, e->family) ||
	    ecmp_put_addr(skb, ECMP_A_ROUTE_DST, e->family,
			  &e->node.addr) ||
	    ecmp_put_u8(skb, ECMP_A_ROUTE_DST_LEN, e->node.len) ||
	    ecmp_put_u8(skb, ECMP_A_ROUTE_TYPE, type) ||
	    ecmp_put_u8(skb, ECMP_A_ROUTE_ONLINK,
		       (r->flags & (ECMP_ROUTE_ONLINK |
				    ECMP_ROUTE_VIA_KERNEL)) ==
		       ECMP_ROUTE_ONLINK) ||
	    ecmp_put_u8(skb, ECMP_A_ROUTE_DISTANCE, r->distance) ||
	    ecmp_put_u16(skb, ECMP_A_ROUTE_WEIGHT, r->weight) ||
	    ecmp_put_u8(skb, ECMP_A_ROUTE_DISABLED,
		       !!(r->flags & ECMP_ROUTE_DISABLED)))
		return -EMSGSIZE;
	if (r->flags & ECMP_ROUTE_PREF_SRC &&
	    ecmp_put_addr(skb, ECMP_A_ROUTE_PREF_SRC, e->family,
			  &more->pref_src))
		return -EMSGSIZE;
	if (more && more->comment[0] &&
	    nla_put_string(skb, ECMP_A_ROUTE_COMMENT, more->comment))
		return -EMSGSIZE;
	if (r->nexthop && fill_nexthop(skb, r))
		return -EMSGSIZE;
	if (more && more->check && fill_check(skb, more->check, e->family))
		return -EMSGSIZE;
	return fill_status(skb, r);
}

static bool is_neighbour(u8 family, const struct ecmp_addr *addr)
{
	const struct in6_addr *in6 = (const struct in6_addr *)addr->b;
	__be32 in = addr->w[0];

	if (family == AF_INET6)
		return !ipv6_addr_any(in6) && !ipv6_addr_loopback(in6) &&
		       !ipv6_addr_is_multicast(in6) &&
		       !ipv6_addr_v4mapped(in6);
	return !ipv4_is_zeronet(in) && !ipv4_is_loopback(in) &&
	       !ipv4_is_multicast(in) && !ipv4_is_lbcast(in);
}

static int parse_gateway(struct ecmp_route_config *rc,
			 const struct ecmp_request *req)
{
	struct nlattr **a = req->attrs;
	u8 family = rc->family;
	int err;

	if (!a[ECMP_A_ROUTE_GATEWAY]) {
		if (a[ECMP_A_ROUTE_GATEWAY_FAMILY])
			return ecmp_refuse(req, ECMP_A_ROUTE_GATEWAY_FAMILY,
					   -EINVAL,
					   "a gateway family needs the gateway: name both or neither");
		return 0;
	}
	if (a[ECMP_A_ROUTE_GATEWAY_FAMILY]) {
		err = ecmp_attr_family(req, ECMP_A_ROUTE_GATEWAY_FAMILY,
				       &family);
		if (err)
			return err;
	}
	if (family != rc->family)
		return ecmp_refuse(req, ECMP_A_ROUTE_GATEWAY, -EOPNOTSUPP,
				   "a gateway of the other family is not in this version of the module");
	err = ecmp_attr_addr(req, ECMP_A_ROUTE_GATEWAY, &family, &rc->gateway);
	if (err)
		return err;
	if (!is_neighbour(family, &rc->gateway))
		return ecmp_refuse(req, ECMP_A_ROUTE_GATEWAY, -EINVAL,
				   "a gateway is the unicast address of a neighbour");
	rc->gateway_family = family;
	return 0;
}

/* What names a route; shared by all commands but the flush. */
static int parse_identity(struct ecmp_route_config *rc,
			  const struct ecmp_request *req)
{
	struct nlattr **a = req->attrs;
	int err;

	*rc = (struct ecmp_route_config) {
		.type = ECMP_ROUTE_UNICAST, .distance = 1, .weight = 1,
		.comment = "",
	};
	err = ecmp_attr_family(req, ECMP_A_ROUTE_FAMILY, &rc->family);
	if (err)
		return err;
	if (!a[ECMP_A_ROUTE_DST])
		return ecmp_refuse(req, 0, -EINVAL,
				   "the destination is missing: name a prefix or default");
	err = ecmp_attr_prefix(req, ECMP_A_ROUTE_DST, ECMP_A_ROUTE_DST_LEN,
			       &rc->family, &rc->dst);
	if (err)
		return err;
	if (a[ECMP_A_ROUTE_TYPE]) {
		rc->type = nla_get_u8(a[ECMP_A_ROUTE_TYPE]);
		rc->named |= ECMP_ROUTE_HAS_TYPE;
	}
	rc->via_kernel = a[ECMP_A_ROUTE_GATEWAY_KERNEL];
	if (rc->via_kernel && !a[ECMP_A_ROUTE_DEVICE])
		return ecmp_refuse(req, ECMP_A_ROUTE_GATEWAY_KERNEL, -EINVAL,
				   "via kernel follows the kernel's default of one device: add dev");
	err = rc->via_kernel ? 0 : parse_gateway(rc, req);
	if (err)
		return err;
	if (a[ECMP_A_ROUTE_DEVICE]) {
		err = ecmp_attr_device(req, ECMP_A_ROUTE_DEVICE, rc->device);
		if (err)
			return err;
	}
	if (rc->type == ECMP_ROUTE_UNICAST ||
	    (!rc->gateway_family && !rc->device[0]))
		return 0;
	return ecmp_refuse(req, rc->gateway_family ? ECMP_A_ROUTE_GATEWAY :
			   ECMP_A_ROUTE_DEVICE, -EINVAL,
			   "a blackhole, unreachable or prohibit route has no gateway or device: leave them out");
}

static int parse_numbers(struct ecmp_route_config *rc,
			 const struct ecmp_request *req)
{
	struct nlattr **a = req->attrs;

	if (a[ECMP_A_ROUTE_DISTANCE]) {
		rc->distance = nla_get_u8(a[ECMP_A_ROUTE_DISTANCE]);
		rc->named |= ECMP_ROUTE_HAS_DISTANCE;
		if (!rc->distance)
			return ecmp_refuse(req, ECMP_A_ROUTE_DISTANCE, -ERANGE,
					   "a distance is 1 to 255");
	}
	if (a[ECMP_A_ROUTE_WEIGHT]) {
		rc->weight = nla_get_u16(a[ECMP_A_ROUTE_WEIGHT]);
		rc->named |= ECMP_ROUTE_HAS_WEIGHT;
		if (!rc->weight || rc->weight > 256)
			return ecmp_refuse(req, ECMP_A_ROUTE_WEIGHT, -ERANGE,
					   "a weight is 1 to 256");
	}
	return 0;
}

static int parse_targets(struct ecmp_check *check, u8 family,
			 const struct ecmp_request *req)
{
	const struct nlattr *nla = req->attrs[ECMP_A_ROUTE_CHECK_TARGETS];
	unsigned int i, k, size = ecmp_family_bits(family) / 8;
	unsigned int n = nla_len(nla) / size;
	const u8 *data = nla_data(nla);

	if (!n || nla_len(nla) % size)
		return ecmp_refuse(req, ECMP_A_ROUTE_CHECK_TARGETS, -EINVAL,
				   "the targets of a check are addresses of the route's family");
	if (n > ECMP_CHECK_TARGETS_MAX)
		return ecmp_refuse(req, ECMP_A_ROUTE_CHECK_TARGETS, -E2BIG,
				   "a check has at most 16 targets");
	for (i = 0; i < n; i++) {
		memcpy(check->target[i].b, data + i * size, size);
		if (!is_neighbour(family, &check->target[i]))
			return ecmp_refuse(req, ECMP_A_ROUTE_CHECK_TARGETS,
					   -EINVAL,
					   "a target is the unicast address of another host");
		for (k = 0; k < i; k++)
			if (ecmp_addr_equal(&check->target[k],
					    &check->target[i]))
				return ecmp_refuse(req,
						   ECMP_A_ROUTE_CHECK_TARGETS,
						   -EINVAL,
						   "a target is there twice: name it once");
	}
	check->n_targets = n;
	return 0;
}

/* A check is named whole: its type, its targets, how many have to answer. */
static int parse_check(struct ecmp_route_config *rc,
		       const struct ecmp_request *req)
{
	struct ecmp_check *check = &rc->check;
	struct nlattr **a = req->attrs;

	if (!a[ECMP_A_ROUTE_CHECK]) {
		if (!a[ECMP_A_ROUTE_CHECK_TARGETS] &&
		    !a[ECMP_A_ROUTE_CHECK_ALL])
			return 0;
		return ecmp_refuse(req, a[ECMP_A_ROUTE_CHECK_TARGETS] ?
				   ECMP_A_ROUTE_CHECK_TARGETS :
				   ECMP_A_ROUTE_CHECK_ALL, -EINVAL,
				   "targets belong to a check: name check-gateway ping with them");
	}
	rc->named |= ECMP_ROUTE_HAS_CHECK;
	check->type = nla_get_u8(a[ECMP_A_ROUTE_CHECK]);
	if (a[ECMP_A_ROUTE_CHECK_TARGETS] && check->type != ECMP_CHECK_PING)
		return ecmp_refuse(req, ECMP_A_ROUTE_CHECK_TARGETS, -EINVAL,
				   "only ping asks targets: arp asks the gateway itself");
	if (a[ECMP_A_ROUTE_CHECK_ALL])
		check->all = nla_get_u8(a[ECMP_A_ROUTE_CHECK_ALL]);
	if (!a[ECMP_A_ROUTE_CHECK_TARGETS])
		return 0;
	return parse_targets(check, rc->family, req);
}

/* What a route says besides its identity. */
static int parse_attributes(struct ecmp_route_config *rc,
			    const struct ecmp_request *req)
{
	struct nlattr **a = req->attrs;
	u8 family = rc->family;
	int err;

	err = parse_numbers(rc, req);
	if (err)
		return err;
	if (a[ECMP_A_ROUTE_ONLINK]) {
		rc->onlink = nla_get_u8(a[ECMP_A_ROUTE_ONLINK]);
		rc->named |= ECMP_ROUTE_HAS_ONLINK;
	}
	if (a[ECMP_A_ROUTE_DISABLED]) {
		rc->disabled = nla_get_u8(a[ECMP_A_ROUTE_DISABLED]);
		rc->named |= ECMP_ROUTE_HAS_DISABLED;
	}
	if (a[ECMP_A_ROUTE_PREF_SRC]) {
		err = ecmp_attr_addr(req, ECMP_A_ROUTE_PREF_SRC, &family,
				     &rc->pref_src);
		if (err)
			return err;
		rc->named |= ECMP_ROUTE_HAS_PREF_SRC;
	}
	if (a[ECMP_A_ROUTE_COMMENT]) {
		err = ecmp_attr_comment(req, ECMP_A_ROUTE_COMMENT);
		if (err)
			return err;
		rc->comment = nla_data(a[ECMP_A_ROUTE_COMMENT]);
		rc->named |= ECMP_ROUTE_HAS_COMMENT;
	}
	return parse_check(rc, req);
}

/* What a route must name to be added; "set" names only what changes. */
static int check_whole(const struct ecmp_route_config *rc,
		       const struct ecmp_request *req)
{
	if (rc->type == ECMP_ROUTE_UNICAST && !rc->gateway_family &&
	    !rc->device[0])
		return ecmp_refuse(req, 0, -EINVAL,
				   "name a gateway (via), a device (dev), or both");
	return ecmp_route_fits(rc, rc->gateway_family && rc->device[0], req);
}

/* The table that a request names; main if it names none. */
static struct ecmp_table *named_table(struct ecmp_config *config,
				      const struct ecmp_request *req)
{
	if (!req->attrs[ECMP_A_ROUTE_TABLE])
		return config->main;
	return ecmp_attr_table(req, ECMP_A_ROUTE_TABLE, config);
}

/**
 * ecmp_route_new_doit - ROUTE_NEW: add, replace or set a route
 * @skb: request
 * @info: request, parsed
 *
 * Return: 0 or a negative errno.
 * Context: process, en->lock.
 */
int ecmp_route_new_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct ecmp_config *config = ecmp_info_config(info);
	struct ecmp_request req = ecmp_info_request(info);
	int err, verb = ecmp_info_verb(info);
	struct ecmp_route_config rc;
	struct ecmp_table *table;
	struct ecmp_route *route;
	bool added = false;

	if (verb < 0)
		return verb;
	err = parse_identity(&rc, &req);
	if (!err)
		err = parse_attributes(&rc, &req);
	if (!err && verb != ECMP_VERB_SET)
		err = check_whole(&rc, &req);
	if (err)
		return err;
	table = named_table(config, &req);
	if (IS_ERR(table))
		return PTR_ERR(table);

	if (verb == ECMP_VERB_SET) {
		err = ecmp_route_set(table, &rc, &route, &req);
	} else {
		err = ecmp_hooks_for(config, &req);
		if (!err)
			err = ecmp_route_add(table, &rc, verb == ECMP_VERB_ADD,
					     &added, &route, &req);
	}
	if (err)
		return err;

	ecmp_changed(config);
	if (config->live && added && route->nexthop &&
	    ecmp_nexthop_routes(route->nexthop) == 1)
		ecmp_notify_nexthop(route->nexthop, ECMP_CMD_NEXTHOP_NEW);
	if (config->live)
		ecmp_notify_route(route, ECMP_CMD_ROUTE_NEW);
	ecmp_echo(info, ECMP_CMD_ROUTE_NEW, added, ecmp_fill_route, route);
	return 0;
}

/**
 * ecmp_route_del_doit - ROUTE_DEL: delete the route that is named
 * @skb: request
 * @info: request, parsed
 *
 * Return: 0 or a negative errno.
 * Context: process, en->lock.
 */
int ecmp_route_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct ecmp_config *config = ecmp_info_config(info);
	struct ecmp_request req = ecmp_info_request(info);
	struct ecmp_route_config rc;
	struct sk_buff *notice = NULL, *last = NULL;
	struct ecmp_table *table;
	struct ecmp_route *route;
	int err;

	err = parse_identity(&rc, &req);
	if (err)
		return err;
	table = named_table(config, &req);
	if (IS_ERR(table))
		return PTR_ERR(table);
	err = ecmp_route_find(table, &rc, &route, &req);
	if (err)
		return err;

	if (config->live)
		notice = ecmp_notice(config->en, ECMP_CMD_ROUTE_DEL,
				     ecmp_fill_route, route);
	if (config->live && route->nexthop &&
	    ecmp_nexthop_routes(route->nexthop) == 1 &&
	    !route->nexthop->pin_fixed[config->slot])
		last = ecmp_notice(config->en, ECMP_CMD_NEXTHOP_DEL,
				   ecmp_fill_nexthop, route->nexthop);
	err = ecmp_route_del(route, &req);
	if (err) {
		nlmsg_free(last);
		nlmsg_free(notice);
		return err;
	}
	ecmp_changed(config);
	ecmp_notice_send(config->en, notice);
	ecmp_notice_send(config->en, last);
	return 0;
}

/**
 * ecmp_route_flush_doit - ROUTE_FLUSH: delete all routes of a table
 * @skb: request
 * @info: request, parsed
 *
 * It is told as a commit is: listeners read again instead of being told a
 * million routes one by one.
 *
 * Return: 0 or a negative errno.
 * Context: process, en->lock.
 */
int ecmp_route_flush_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct ecmp_config *config = ecmp_info_config(info);
	struct ecmp_request req = ecmp_info_request(info);
	struct ecmp_table *table;
	u8 family = 0;
	int err;

	if (!req.attrs[ECMP_A_ROUTE_TABLE])
		return ecmp_refuse(&req, 0, -EINVAL,
				   "name the table that is to be flushed");
	table = named_table(config, &req);
	if (IS_ERR(table))
		return PTR_ERR(table);
	if (req.attrs[ECMP_A_ROUTE_FAMILY]) {
		err = ecmp_attr_family(&req, ECMP_A_ROUTE_FAMILY, &family);
		if (err)
			return err;
	}
	err = ecmp_route_flush(table, family, false, &req);
	/* A load came in between, and what there was is gone with all of it. */
	if (err > 0)
		return 0;
	/* Even when it failed some routes may be gone. */
	ecmp_changed(config);
	if (config->live)
		ecmp_notify_commit(config->en);
	return err;
}
