// SPDX-License-Identifier: GPL-2.0
/*
 * Paths, each once and in the order of "save". RouterOS may have one path
 * several times: for a larger share, with another distance, or to ask several
 * hosts whether it works. And all routes by one next hop share its check here.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "routeros.h"

/**
 * ros_hops_add - one more path
 * @import: where it goes
 * @hop: what it is; it is copied
 */
void ros_hops_add(struct ros_import *import, const struct ros_hop *hop)
{
	struct ros_hop *copy = ros_alloc(&import->memory, sizeof(*copy));

	*copy = *hop;
	copy->next = NULL;
	*import->hops_end = copy;
	import->hops_end = &copy->next;
	import->hop_count++;
}

/* As "save" has them: main first. */
static const char *table_key(const struct ros_hop *hop)
{
	return strcmp(hop->table->ours, "main") ? hop->table->ours : "";
}

static int compare_prefixes(const struct ros_hop *a, const struct ros_hop *b)
{
	int order = strcmp(table_key(a), table_key(b));

	if (!order)
		order = address_compare(&a->dst.address, &b->dst.address);
	return order ? order : compare_numbers(a->dst.length, b->dst.length);
}

static int compare_paths(const struct ros_hop *a, const struct ros_hop *b)
{
	int order = address_compare(&a->gateway, &b->gateway);

	if (!order)
		order = strcmp(a->device, b->device);
	return order ? order : compare_numbers(a->type, b->type);
}

/* The same route: what names one is equal. */
static int compare_names(const void *one, const void *two)
{
	const struct ros_hop *a = *(const struct ros_hop *const *)one;
	const struct ros_hop *b = *(const struct ros_hop *const *)two;
	int order = compare_prefixes(a, b);

	if (!order)
		order = compare_paths(a, b);
	return order ? order : compare_numbers(a->line, b->line);
}

static int compare_saved(const void *one, const void *two)
{
	const struct ros_hop *a = *(const struct ros_hop *const *)one;
	const struct ros_hop *b = *(const struct ros_hop *const *)two;
	int order = compare_prefixes(a, b);

	if (!order)
		order = compare_numbers(a->distance, b->distance);
	return order ? order : compare_paths(a, b);
}

/* ---- the same path twice ---- */

static bool has_target(const struct ros_hop *hop,
		       const struct address *address)
{
	unsigned int i;

	for (i = 0; i < hop->targets; i++)
		if (address_equal(&hop->target[i], address))
			return true;
	return false;
}

/* A path lives while any of its targets answers. */
static void add_targets(struct ros_import *import, struct ros_hop *hop,
			const struct ros_hop *other)
{
	unsigned int i;

	for (i = 0; i < other->targets; i++) {
		if (has_target(hop, &other->target[i]))
			continue;
		if (hop->targets == ROUTE_TARGETS) {
			ros_remark(import, ROS_WARNING, other->line,
				   "a check has at most %d targets: this one is left out",
				   ROUTE_TARGETS);
			return;
		}
		hop->target[hop->targets++] = other->target[i];
	}
}

static void take_check(struct ros_hop *hop, const struct ros_hop *other)
{
	hop->check = other->check;
	hop->targets = other->targets;
	memcpy(hop->target, other->target, sizeof(hop->target));
}

/* What has no gateway shares with nobody. */
static void merge_shares(struct ros_hop *hop, const struct ros_hop *other)
{
	if (hop->type != ECMP_ROUTE_UNICAST)
		return;
	hop->weight += other->weight;
	if (hop->weight > 256)
		hop->weight = 256;
}

/* @other is the same route, and comes later in the export. */
static void merge(struct ros_import *import, struct ros_hop *hop,
		  const struct ros_hop *other)
{
	const struct ros_hop *better = hop;
	bool asked = hop->targets && other->targets;
	struct ros_hop first = *hop;

	if (hop->disabled != other->disabled)
		better = hop->disabled ? other : hop;
	else if (other->distance < hop->distance)
		better = other;
	if (hop->line != other->line && !asked && !hop->implied &&
	    !other->implied && (hop->disabled != other->disabled ||
				hop->distance != other->distance))
		ros_remark(import, ROS_WARNING, other->line,
			   "this is the route of line %u again, %s: here it is there once, with distance %u",
			   hop->line, hop->disabled != other->disabled ?
			   "one of the two disabled" : "with another distance",
			   better->distance);
	/* What the better one says holds; the other adds what it leaves out. */
	if (better == other) {
		*hop = *other;
		hop->line = first.line;
		hop->next = first.next;
		other = &first;
	}
	if (hop->disabled != other->disabled)
		return;
	if (asked)
		add_targets(import, hop, other);
	else if (hop->distance == other->distance && !hop->implied &&
		 !other->implied)
		merge_shares(hop, other);
	if (!hop->check || (!hop->targets && other->targets))
		take_check(hop, other);
	if (!hop->comment[0])
		hop->comment = other->comment;
	if (!hop->pref_src.family)
		hop->pref_src = other->pref_src;
}

static size_t merge_all(struct ros_import *import, struct ros_hop **hops,
			size_t count)
{
	size_t i, kept = 0;

	for (i = 0; i < count; i++) {
		if (kept && !compare_prefixes(hops[kept - 1], hops[i]) &&
		    !compare_paths(hops[kept - 1], hops[i]))
			merge(import, hops[kept - 1], hops[i]);
		else
			hops[kept++] = hops[i];
	}
	return kept;
}

/* ---- what the module would refuse ---- */

/* Of one prefix and distance either paths or one blackhole and the like. */
static size_t drop_types(struct ros_import *import, struct ros_hop **hops,
			 size_t count)
{
	size_t i, kept = 0;

	for (i = 0; i < count; i++) {
		struct ros_hop *last = kept ? hops[kept - 1] : NULL;

		if (!last || compare_prefixes(last, hops[i]) ||
		    last->distance != hops[i]->distance ||
		    last->type == hops[i]->type) {
			hops[kept++] = hops[i];
			continue;
		}
		/* What has a gateway is behind what has none. */
		ros_remark(import, ROS_WARNING, last->type ==
			   ECMP_ROUTE_UNICAST ? hops[i]->line : last->line,
			   "this route is left out: line %u has the same destination and distance, and is of another type",
			   last->type == ECMP_ROUTE_UNICAST ? last->line :
			   hops[i]->line);
		if (last->type != ECMP_ROUTE_UNICAST)
			hops[kept - 1] = hops[i];
	}
	return kept;
}

static bool same_rank(const struct ros_hop *a, const struct ros_hop *b)
{
	return !compare_prefixes(a, b) && a->distance == b->distance;
}

/*
 * RouterOS 7 shares among all routes of one distance, as it is here. RouterOS 6
 * does so among the gateways of one route, and uses one of several routes.
 */
static void tell_shared(struct ros_import *import, struct ros_hop *const *hops,
			size_t count)
{
	const struct ros_hop *first = NULL, *told = NULL;
	size_t i;

	for (i = 0; i < count; i++) {
		if (hops[i]->disabled || hops[i]->type != ECMP_ROUTE_UNICAST)
			continue;
		if (!first || !same_rank(first, hops[i])) {
			first = hops[i];
			told = first;
			continue;
		}
		if (hops[i]->line == first->line ||
		    hops[i]->line == told->line)
			continue;
		told = hops[i];
		ros_remark(import, ROS_WARNING, told->line,
			   "line %u has the same destination and distance: RouterOS 6 uses one of the two routes, here they share. Give the one that is to wait a greater distance",
			   first->line);
	}
}

static bool same_check(const struct ros_hop *a, const struct ros_hop *b)
{
	unsigned int i;

	if (a->check != b->check || a->targets != b->targets)
		return false;
	for (i = 0; i < a->targets; i++)
		if (!address_equal(&a->target[i], &b->target[i]))
			return false;
	return true;
}

/* What may share a check stands together, in the order of the export. */
static int compare_asking(const void *one, const void *two)
{
	const struct ros_hop *a = *(const struct ros_hop *const *)one;
	const struct ros_hop *b = *(const struct ros_hop *const *)two;
	int order = compare_numbers(a->dst.address.family,
				    b->dst.address.family);

	if (!order)
		order = address_compare(&a->gateway, &b->gateway);
	if (!order && !a->gateway.family)
		order = strcmp(a->device, b->device);
	if (!order)
		order = compare_numbers(a->line, b->line);
	return order ? order : strcmp(a->device, b->device);
}

static bool same_group(const struct ros_hop *a, const struct ros_hop *b)
{
	return a->dst.address.family == b->dst.address.family &&
	       address_equal(&a->gateway, &b->gateway) &&
	       (a->gateway.family || !strcmp(a->device, b->device));
}

/**
 * struct asked - who defines the check of a next hop
 * @device: of the next hop
 * @first: the first route that has a check
 * @target: the first one that has a target, which says more than a gateway
 */
struct asked {
	const char		*device;
	const struct ros_hop	*first;
	const struct ros_hop	*target;
};

#define DEVICES	64	/* by which one gateway is named; more share none */

static unsigned int find_asked(struct ros_hop *const *group, size_t count,
			       struct asked *asked)
{
	unsigned int devices = 0, k;
	size_t i;

	for (i = 0; i < count; i++) {
		if (group[i]->disabled)
			continue;
		for (k = 0; k < devices; k++)
			if (!strcmp(asked[k].device, group[i]->device))
				break;
		if (k == DEVICES)
			continue;
		if (k == devices)
			asked[devices++] = (struct asked){
				.device = group[i]->device, .first = group[i],
			};
		if (!asked[k].target && group[i]->targets)
			asked[k].target = group[i];
	}
	return devices;
}

/* A route without a device is by any of them. */
static const struct ros_hop *find_check(const struct asked *asked,
					unsigned int devices,
					const struct ros_hop *hop)
{
	const struct ros_hop *first = NULL, *target = NULL;
	unsigned int k;

	for (k = 0; k < devices; k++) {
		if (strcmp(asked[k].device, hop->device) &&
		    asked[k].device[0] && hop->device[0])
			continue;
		if (!first || asked[k].first->line < first->line)
			first = asked[k].first;
		if (asked[k].target &&
		    (!target || asked[k].target->line < target->line))
			target = asked[k].target;
	}
	return target ? target : first;
}

static void share_check(struct ros_import *import, struct ros_hop *const *group,
			size_t count)
{
	struct asked asked[DEVICES];
	unsigned int devices = find_asked(group, count, asked);
	const struct ros_hop *first;
	size_t i;

	for (i = 0; i < count; i++) {
		first = find_check(asked, devices, group[i]);
		if (!first || same_check(first, group[i]))
			continue;
		ros_remark(import, group[i]->targets ? ROS_WARNING : ROS_NOTE,
			   group[i]->line,
			   "line %u has another check of this gateway, which here is one for all its routes: that one is made",
			   first->line);
		take_check(group[i], first);
	}
}

static void share_checks(struct ros_import *import, struct ros_hop **hops,
			 size_t count)
{
	struct ros_hop **asking = ros_alloc(&import->memory,
					    (count + 1) * sizeof(*asking));
	size_t i, asked = 0, from = 0;

	for (i = 0; i < count; i++)
		if (hops[i]->check)
			asking[asked++] = hops[i];
	qsort(asking, asked, sizeof(*asking), compare_asking);
	for (i = 1; i <= asked; i++) {
		if (i < asked && same_group(asking[from], asking[i]))
			continue;
		share_check(import, asking + from, i - from);
		from = i;
	}
}

/**
 * ros_hops_finish - each path once, as the module will take it
 * @import: with the paths; afterwards they are in the order of "save"
 */
void ros_hops_finish(struct ros_import *import)
{
	size_t count = import->hop_count, i;
	struct ros_hop **hops = ros_alloc(&import->memory,
					  (count + 1) * sizeof(*hops));
	struct ros_hop *hop, **end = &import->hops;

	for (i = 0, hop = import->hops; hop; hop = hop->next)
		hops[i++] = hop;
	qsort(hops, count, sizeof(*hops), compare_names);
	count = merge_all(import, hops, count);
	qsort(hops, count, sizeof(*hops), compare_saved);
	count = drop_types(import, hops, count);
	if (import->old)
		tell_shared(import, hops, count);
	share_checks(import, hops, count);
	for (i = 0; i < count; i++) {
		*end = hops[i];
		end = &hops[i]->next;
	}
	*end = NULL;
}
