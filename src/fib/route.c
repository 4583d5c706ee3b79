// SPDX-License-Identifier: GPL-2.0
/*
 * Routes as a person configures them: added, changed, deleted.
 */
#include <linux/slab.h>

#include "entry.h"
#include "policy.h"
#include "../netns.h"

static int ecmp_route_check(struct ecmp_entry *entry,
			    const struct ecmp_route *self, u8 type,
			    u8 distance, const struct ecmp_request *req)
{
	const struct ecmp_route *r;

	ecmp_for_each_route(r, entry)
		if (r != self && r->distance == distance && r->type != type)
			return ecmp_refuse(req, ECMP_A_ROUTE_TYPE, -EEXIST,
					   "the prefix has a route of another type at this distance: give another distance");
	if (!self && ecmp_entry_count(entry) >= ECMP_PREFIX_ROUTES_MAX)
		return ecmp_refuse(req, ECMP_A_ROUTE_DST, -ENOSPC,
				   "a prefix holds at most 256 routes: delete one first");
	return 0;
}

/* What a route says besides its identity; kept apart so that it can be undone. */
struct ecmp_route_attrs {
	struct ecmp_route_more	*more;
	u16			weight;
	u8			flags;
	u8			distance;
};

/* What few routes say. @via: the device whose kernel default is followed. */
static int ecmp_route_more_make(struct ecmp_route_more **more,
				const struct ecmp_route_config *rc,
				const char *via)
{
	const char *comment = rc->comment ?: "";
	bool checks = rc->check.type != ECMP_CHECK_NONE;
	size_t size = strlen(comment) + 1;
	struct ecmp_route_more *m;

	*more = NULL;
	if (!comment[0] && !checks && !via &&
	    !(rc->named & ECMP_ROUTE_HAS_PREF_SRC))
		return 0;
	m = kzalloc(struct_size(m, comment, size), ECMP_GFP);
	if (!m)
		return -ENOMEM;
	INIT_LIST_HEAD(&m->asks);
	m->pref_src = rc->pref_src;
	memcpy(m->comment, comment, size);
	if (via)
		strscpy(m->via, via, sizeof(m->via));
	if (checks)
		m->check = kmemdup(&rc->check, sizeof(rc->check),
				   ECMP_GFP);
	if (checks && !m->check) {
		kfree(m);
		return -ENOMEM;
	}
	*more = m;
	return 0;
}

static int ecmp_route_attrs_make(struct ecmp_route_attrs *a,
				 const struct ecmp_route_config *rc,
				 const char *via,
				 const struct ecmp_request *req)
{
	*a = (struct ecmp_route_attrs) {
		.weight = rc->weight,
		.distance = rc->distance,
		/* The kernel has accepted the gateway that it names. */
		.flags = (rc->onlink || rc->via_kernel ? ECMP_ROUTE_ONLINK : 0) |
			 (rc->disabled ? ECMP_ROUTE_DISABLED : 0) |
			 (rc->named & ECMP_ROUTE_HAS_PREF_SRC ?
			  ECMP_ROUTE_PREF_SRC : 0),
	};
	return ecmp_route_more_make(&a->more, rc, via) ? ecmp_no_memory(req) : 0;
}

static void ecmp_route_more_give(struct ecmp_route *route,
				 struct ecmp_route_more *more)
{
	route->more = more;
	if (more)
		more->route = route;
}

#define ECMP_ROUTE_ATTR_FLAGS \
	(ECMP_ROUTE_ONLINK | ECMP_ROUTE_DISABLED | ECMP_ROUTE_PREF_SRC)

/* Exchange a route's attributes with @a and put it where it now belongs. */
static void ecmp_route_attrs_swap(struct ecmp_route *r,
				  struct ecmp_route_attrs *a)
{
	u8 flags = r->flags & ECMP_ROUTE_ATTR_FLAGS;
	struct ecmp_route_more *more = r->more;
	bool was = ecmp_route_is_default(r);

	if (r->nexthop)
		r->nexthop->onlink_refs += !!(a->flags & ECMP_ROUTE_ONLINK) -
					   !!(flags & ECMP_ROUTE_ONLINK);
	ecmp_route_more_give(r, a->more);
	a->more = more;
	swap(r->weight, a->weight);
	swap(r->distance, a->distance);
	r->flags = (r->flags & ~ECMP_ROUTE_ATTR_FLAGS) | a->flags;
	a->flags = flags;
	ecmp_route_unlink(r);
	ecmp_route_link(r->entry, r);
	if (r->nexthop && ecmp_route_is_default(r) != was)
		ecmp_nexthop_count_default(r->nexthop, r->entry->table->config,
					   was ? -1 : 1);
}

static int ecmp_route_change(struct ecmp_route *route,
			     const struct ecmp_route_config *rc,
			     const struct ecmp_request *req)
{
	struct ecmp_route_attrs attrs;
	int err;

	err = ecmp_route_check(route->entry, route, route->type, rc->distance,
			       req);
	if (!err)
		err = ecmp_check_refused(rc, route, route->nexthop,
					 route->entry->table->config->slot,
					 req);
	if (err)
		return err;
	err = ecmp_route_attrs_make(&attrs, rc, route->more &&
				    route->more->via[0] ?
				    route->more->via : NULL, req);
	if (err)
		return err;
	ecmp_route_attrs_swap(route, &attrs);
	err = ecmp_entry_publish(route->entry);
	if (err) {
		ecmp_route_attrs_swap(route, &attrs);
		err = ecmp_no_memory(req);
	} else {
		ecmp_check_replaced(route, attrs.more);
		if (route->nexthop)
			ecmp_nexthop_update(route->nexthop);
		ecmp_entry_tell(route->entry);
	}
	ecmp_route_more_free(attrs.more);
	return err;
}

static struct ecmp_route *
ecmp_route_alloc(struct ecmp_table *table, const struct ecmp_route_config *rc,
		 const struct ecmp_request *req)
{
	struct ecmp_route_attrs attrs;
	struct ecmp_route *route;
	int err;

	route = kzalloc(sizeof(*route), ECMP_GFP);
	if (!route)
		return ERR_PTR(ecmp_no_memory(req));
	INIT_LIST_HEAD(&route->resolve);
	route->type = rc->type;
	err = ecmp_route_nexthop(table, rc, &route->nexthop,
				 &route->unresolved, req);
	if (!err && !table->config->restore)
		err = ecmp_check_refused(rc, NULL, route->nexthop,
					 table->config->slot, req);
	if (err)
		goto free;
	err = ecmp_route_attrs_make(&attrs, rc,
				    rc->via_kernel ? rc->device : NULL, req);
	if (err)
		goto free;
	ecmp_route_more_give(route, attrs.more);
	route->weight = attrs.weight;
	route->distance = attrs.distance;
	route->flags = attrs.flags;
	if (rc->via_kernel)
		route->flags |= ECMP_ROUTE_VIA_KERNEL;
	if (rc->device[0])
		route->flags |= ECMP_ROUTE_DEVICE_NAMED;
	if (rc->via_kernel)
		list_add_tail(&route->resolve, &table->config->follow);
	else if (route->nexthop && !rc->device[0])
		list_add_tail(&route->resolve, &table->config->resolve);
	if (route->nexthop && route->flags & ECMP_ROUTE_ONLINK)
		route->nexthop->onlink_refs++;
	return route;

free:
	ecmp_route_free(route);
	return ERR_PTR(err);
}

/**
 * ecmp_route_add - add a route, or replace its attributes
 * @table: table
 * @rc: the route; attributes that were not named have their defaults
 * @exclusive: refuse if it exists
 * @added: whether it is new
 * @result: the route
 * @req: who asks
 *
 * Return: 0 or a negative errno with nothing changed.
 * Context: process, en->lock.
 */
int ecmp_route_add(struct ecmp_table *table,
		   const struct ecmp_route_config *rc, bool exclusive,
		   bool *added, struct ecmp_route **result,
		   const struct ecmp_request *req)
{
	struct ecmp_entry *entry;
	struct ecmp_route *route;
	int err;

	entry = ecmp_entry_get(table, rc->family, &rc->dst);
	if (!entry)
		return ecmp_no_memory(req);
	route = ecmp_entry_route(entry, rc);
	*added = !route;
	if (route && exclusive)
		return ecmp_refuse(req, ECMP_A_ROUTE_DST, -EEXIST,
				   "this route exists: use replace or set");
	if (route) {
		*result = route;
		return ecmp_route_change(route, rc, req);
	}

	err = ecmp_route_check(entry, NULL, rc->type, rc->distance, req);
	if (err)
		goto put_entry;
	route = ecmp_route_alloc(table, rc, req);
	if (IS_ERR(route)) {
		err = PTR_ERR(route);
		goto put_entry;
	}
	route->entry = entry;
	ecmp_route_link(entry, route);
	err = ecmp_entry_publish(entry);
	if (err)
		goto unlink;
	ecmp_route_count(entry, route, 1);
	ecmp_check_ask(route);
	/*
	 * Its device was read when it was made, and is whenever that changes;
	 * once more where memory was short.
	 */
	if (route->nexthop && route->nexthop->dev &&
	    !rcu_access_pointer(route->nexthop->dst))
		ecmp_nexthop_update(route->nexthop);
	else if (route->nexthop)
		ecmp_nexthop_settle(route->nexthop);
	*result = route;
	return 0;

unlink:
	err = ecmp_no_memory(req);
	ecmp_route_unlink(route);
	ecmp_route_free(route);
put_entry:
	ecmp_entry_put(entry);
	return err;
}

/**
 * ecmp_route_fits - may a route of this type have what is named?
 * @rc: type, and the attributes that @rc->named says
 * @whole: it has a gateway, and its device is named
 * @req: who asks
 *
 * Return: 0 or -EINVAL.
 * Context: any.
 */
int ecmp_route_fits(const struct ecmp_route_config *rc, bool whole,
		    const struct ecmp_request *req)
{
	bool unicast = rc->type == ECMP_ROUTE_UNICAST;
	bool onlink = rc->named & ECMP_ROUTE_HAS_ONLINK && rc->onlink;

	if (onlink && rc->via_kernel)
		return ecmp_refuse(req, ECMP_A_ROUTE_ONLINK, -EINVAL,
				   "the kernel's gateway is taken as it is: leave onlink out");
	if (onlink && !whole)
		return ecmp_refuse(req, ECMP_A_ROUTE_ONLINK, -EINVAL,
				   "onlink needs a gateway and its device: name via and dev");
	if (!unicast && rc->named & ECMP_ROUTE_HAS_PREF_SRC)
		return ecmp_refuse(req, ECMP_A_ROUTE_PREF_SRC, -EINVAL,
				   "a blackhole, unreachable or prohibit route has no preferred source: leave it out");
	if (!unicast && rc->named & ECMP_ROUTE_HAS_WEIGHT)
		return ecmp_refuse(req, ECMP_A_ROUTE_WEIGHT, -EINVAL,
				   "a blackhole, unreachable or prohibit route has no weight: leave it out");
	return 0;
}

/**
 * ecmp_route_set - change the named attributes of a route
 * @table: table
 * @rc: what names the route, and the attributes that @rc->named says
 * @result: the route
 * @req: who asks
 *
 * Return: 0 or a negative errno with nothing changed.
 * Context: process, en->lock.
 */
int ecmp_route_set(struct ecmp_table *table,
		   const struct ecmp_route_config *rc,
		   struct ecmp_route **result, const struct ecmp_request *req)
{
	struct ecmp_route_config c = *rc;
	const struct ecmp_route_more *more;
	struct ecmp_route *route;
	int err;

	err = ecmp_route_find(table, rc, &route, req);
	if (err)
		return err;
	more = route->more;
	if (!(rc->named & ECMP_ROUTE_HAS_ONLINK))
		c.onlink = route->flags & ECMP_ROUTE_ONLINK;
	c.via_kernel = route->flags & ECMP_ROUTE_VIA_KERNEL;
	c.type = route->type;
	err = ecmp_route_fits(&c, route->nexthop &&
			      route->nexthop->key.gateway_family &&
			      route->flags & ECMP_ROUTE_DEVICE_NAMED, req);
	if (err)
		return err;
	if (!(rc->named & ECMP_ROUTE_HAS_DISABLED))
		c.disabled = route->flags & ECMP_ROUTE_DISABLED;
	if (!(rc->named & ECMP_ROUTE_HAS_DISTANCE))
		c.distance = route->distance;
	if (!(rc->named & ECMP_ROUTE_HAS_WEIGHT))
		c.weight = route->weight;
	if (!(rc->named & ECMP_ROUTE_HAS_COMMENT))
		c.comment = more ? more->comment : NULL;
	if (!(rc->named & ECMP_ROUTE_HAS_CHECK)) {
		c.check = (struct ecmp_check) {};
		if (more && more->check)
			c.check = *more->check;
	}
	if (!(rc->named & ECMP_ROUTE_HAS_PREF_SRC) &&
	    route->flags & ECMP_ROUTE_PREF_SRC) {
		c.pref_src = more->pref_src;
		c.named |= ECMP_ROUTE_HAS_PREF_SRC;
	}
	*result = route;
	return ecmp_route_change(route, &c, req);
}

/**
 * ecmp_route_del - delete a route
 * @route: route of a table; gone on success
 * @req: who asks
 *
 * Its memory was put by when the route was added; but see ecmp_group_make().
 *
 * Return: 0 or -ENOMEM with nothing changed.
 * Context: process, en->lock.
 */
int ecmp_route_del(struct ecmp_route *route, const struct ecmp_request *req)
{
	struct ecmp_entry *entry = route->entry;
	int err = 0;

	ecmp_route_unlink(route);
	if (!ecmp_entry_is_empty(entry))
		err = ecmp_entry_publish(entry);
	if (err) {
		ecmp_route_link(entry, route);
		return ecmp_no_memory(req);
	}
	ecmp_route_count(entry, route, -1);
	ecmp_entry_put(entry);
	ecmp_route_free(route);
	return 0;
}
