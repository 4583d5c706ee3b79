// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's IPv6 default routes: those at the root of a table's tree.
 */
#include <net/ip6_fib.h>
#include <net/ipv6.h>
#include <net/nexthop.h>

#include "kernel_defaults.h"
#include "kernel_events.h"

/* Room for the legs of another route, or NULL: there are too many. */
static struct ecmp_kernel_leg *ecmp_defaults_room(struct ecmp_defaults *d,
						  unsigned int n)
{
	return d->n + n <= ECMP_PREFIX_ROUTES_MAX ? &d->leg[d->n] : NULL;
}

static int ecmp_preference(const struct fib6_info *rt)
{
	switch (IPV6_EXTRACT_PREF(rt->fib6_flags)) {
	case ICMPV6_ROUTER_PREF_HIGH:
		return 1;
	case ICMPV6_ROUTER_PREF_LOW:
		return -1;
	default:
		return 0;
	}
}

static bool ecmp_source_specific(const struct fib6_node *fn)
{
#ifdef CONFIG_IPV6_SUBTREES
	return rcu_access_pointer(fn->subtree);
#else
	return false;
#endif
}

/* One of ours, however many others there are. */
static void ecmp_default_add_kept(struct ecmp_defaults *d,
				  const struct fib6_info *rt)
{
	struct ecmp_kernel_leg leg = {};

	ecmp_kernel_legs_v6(rt, &leg, 1);
	ecmp_defaults_kept(d, &leg, leg.metric);
}

static void ecmp_default_add_v6(struct ecmp_defaults *d,
				const struct fib6_info *rt, u8 rank)
{
	unsigned int n = rt->nh ? nexthop_num_path(rt->nh) : 1;
	struct ecmp_kernel_leg *leg;

	if (rt->fib6_protocol == ECMP_RTPROT) {
		ecmp_default_add_kept(d, rt);
		return;
	}
	leg = ecmp_defaults_room(d, n);
	if (!leg)
		return;
	memset(leg, 0, n * sizeof(*leg));
	n = ecmp_kernel_legs_v6(rt, leg, n);
	ecmp_defaults_took(d, n, rank);
}

/*
 * Nobody tells when a route's time is over, nor when its router prolongs it or
 * cuts it short; and the kernel keeps for a while what has expired, for the
 * router may come back. So as long as there is one it is looked at again, when
 * its time is over and every few seconds.
 */
static void ecmp_default_expires(struct ecmp_defaults *d,
				 const struct fib6_info *rt)
{
	unsigned long again = jiffies + 5 * HZ;

	if (!(rt->fib6_flags & RTF_EXPIRES))
		return;
	if (!fib6_check_expired(rt) && time_before(rt->expires, again))
		again = rt->expires;
	if (!d->expires || time_before(again, d->expires))
		d->expires = again ?: 1;
}

static bool ecmp_default_usable_v6(struct ecmp_defaults *d,
				   const struct fib6_info *rt)
{
	if (rt == d->net->ipv6.fib6_null_entry || rt->fib6_dst.plen)
		return false;
	ecmp_default_expires(d, rt);
	return !fib6_check_expired(rt) &&
	       (rt->nh || !(rt->fib6_nh->fib_nh_flags & RTNH_F_DEAD));
}

/**
 * ecmp_defaults_read_v6 - read IPv6's default routes
 * @d: where they go; net, table and family are set, the rest is zero
 *
 * By metric, as the kernel has them; routers of one metric by the preference
 * that they advertise. Siblings are one route.
 *
 * Context: any; takes RCU.
 */
void ecmp_defaults_read_v6(struct ecmp_defaults *d)
{
	const struct fib6_info *rt, *first, *end, *last = NULL;
	struct fib6_table *table;
	int preference, rank = -1;

	rcu_read_lock();
	table = ipv6_mod_enabled() ? fib6_get_table(d->net, d->table) : NULL;
	if (!table)
		goto unlock;
	/* None of ours is for some sources only. */
	d->native = ecmp_source_specific(&table->tb6_root);
	first = rcu_dereference(table->tb6_root.leaf);
	while (first) {
		for (end = first; end && end->fib6_metric == first->fib6_metric;)
			end = rcu_dereference(end->fib6_next);
		for (preference = 1; preference >= -1; preference--) {
			for (rt = first; rt && rt != end;
			     rt = rcu_dereference(rt->fib6_next)) {
				if (ecmp_preference(rt) != preference ||
				    !ecmp_default_usable_v6(d, rt))
					continue;
				if (!last || !last->fib6_nsiblings ||
				    !rt->fib6_nsiblings ||
				    last->fib6_metric != rt->fib6_metric)
					rank++;
				ecmp_default_add_v6(d, rt, min(rank, U8_MAX));
				last = rt;
			}
		}
		first = end;
	}
unlock:
	rcu_read_unlock();
}
