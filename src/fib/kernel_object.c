// SPDX-License-Identifier: GPL-2.0
/*
 * A nexthop object of the kernel has other legs. A million prefixes may use it,
 * and they follow in slices. Packets do not wait for that: what the object has
 * no longer is withdrawn from its groups at once, which touches no prefix.
 *
 * One change is in work at a time. As long as it is, it says itself which
 * members are withdrawn, also of groups that are made meanwhile; none is left
 * when the last prefix has followed.
 */
#include <linux/slab.h>

#include "kernel_events.h"
#include "../netns.h"

/* Looking for who uses an object takes as long as so many prefixes. */
#define ECMP_KERNEL_OBJECT_COST	32

static bool ecmp_legs_have(const struct ecmp_kernel_change *c, int ifindex,
			   u8 gateway_family, const struct ecmp_addr *gateway)
{
	unsigned int i;

	for (i = 0; i < c->n; i++)
		if (c->leg[i].ifindex == ifindex &&
		    c->leg[i].gateway_family == gateway_family &&
		    ecmp_addr_equal(&c->leg[i].gateway, gateway))
			return true;
	return false;
}

/**
 * ecmp_kernel_withdrawn - has a nexthop object lost this next hop?
 * @en: namespace
 * @object: the object's number; 0: none
 * @nh: next hop of a prefix that uses it
 *
 * Return: true while there are prefixes that have not followed.
 * Context: en->lock.
 */
bool ecmp_kernel_withdrawn(const struct ecmp_net *en, u32 object,
			   const struct ecmp_nexthop *nh)
{
	const struct ecmp_kernel_change *c = en->kernel_routes.object;

	return object && c && c->table == object &&
	       !ecmp_legs_have(c, nh->ifindex, nh->key.gateway_family,
			       &nh->key.gateway);
}

/**
 * ecmp_kernel_object_end - nothing is withdrawn any more
 * @en: namespace
 *
 * Context: process, en->lock.
 */
void ecmp_kernel_object_end(struct ecmp_net *en)
{
	struct ecmp_kernel_routes *kr = &en->kernel_routes;
	struct ecmp_kernel_change *c = kr->object;

	if (!c)
		return;
	kr->object = NULL;
	kr->object_left = false;
	/* Some prefixes have not followed if this was cut short. */
	ecmp_groups_refresh(en, c->table);
	kfree(c);
}

/**
 * ecmp_kernel_object_begin - a nexthop object has other legs
 * @en: namespace
 * @c: its change; belongs to the mirror's state from now on
 * @left: prefixes that may be changed in this hold of en->lock; less afterwards
 *
 * Packets leave those that it lost. ecmp_kernel_object_go_on() has to follow
 * until ecmp_kernel_routes.object_left is false.
 *
 * Context: process, en->lock.
 */
void ecmp_kernel_object_begin(struct ecmp_net *en, struct ecmp_kernel_change *c,
			      unsigned int *left)
{
	struct ecmp_kernel_routes *kr = &en->kernel_routes;

	ecmp_kernel_object_end(en);
	kr->object = c;
	kr->object_left = true;
	ecmp_groups_refresh(en, c->table);
	*left -= min_t(unsigned int, *left, ECMP_KERNEL_OBJECT_COST);
}

/**
 * ecmp_kernel_object_go_on - let more prefixes follow
 * @en: namespace with ecmp_kernel_routes.object_left
 * @left: prefixes that may be changed in this hold of en->lock; less afterwards
 *
 * Context: process, en->lock.
 */
void ecmp_kernel_object_go_on(struct ecmp_net *en, unsigned int *left)
{
	struct ecmp_kernel_routes *kr = &en->kernel_routes;
	const struct ecmp_kernel_change *c = kr->object;
	int err;

	err = ecmp_kernel_paths_object(en, c->table, c->leg, c->n, left);
	if (err > 0)
		return;
	if (!err) {
		ecmp_kernel_object_end(en);
		return;
	}
	/* Withdrawn until the rest is read. */
	kr->object_left = false;
	ecmp_kernel_routes_missed(en);
}

/**
 * ecmp_kernel_object_told - the kernel tells the legs of a prefix
 * @en: namespace
 * @leg: its legs
 * @n: how many
 *
 * What was cut short may be superseded: the object has that leg again, or
 * another object has its number.
 *
 * Context: process, en->lock.
 */
void ecmp_kernel_object_told(struct ecmp_net *en,
			     const struct ecmp_kernel_leg *leg, unsigned int n)
{
	const struct ecmp_kernel_routes *kr = &en->kernel_routes;
	unsigned int i;

	if (likely(!kr->object) || kr->object_left)
		return;
	for (i = 0; i < n; i++)
		if (leg[i].nh_id == kr->object->table &&
		    !ecmp_legs_have(kr->object, leg[i].ifindex,
				    leg[i].gateway_family, &leg[i].gateway)) {
			ecmp_kernel_object_end(en);
			return;
		}
}
