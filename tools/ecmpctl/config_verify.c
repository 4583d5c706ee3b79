// SPDX-License-Identifier: GPL-2.0
/*
 * What the module refuses because of more than one line, or of what a route
 * says altogether.
 */
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "prefix.h"

typedef int (*compare_t)(const void *a, const void *b);

/* Table and prefix. */
static int compare_places(const struct config_route *a,
			  const struct config_route *b)
{
	int order = compare_numbers(a->table, b->table);

	if (!order)
		order = address_compare(&a->dst.address, &b->dst.address);
	if (!order)
		order = compare_numbers(a->dst.length, b->dst.length);
	return order;
}

static int compare_nexthops(const struct config_route *a,
			    const struct config_route *b)
{
	int order = compare_numbers(a->via_kernel, b->via_kernel);

	if (!order)
		order = address_compare(&a->gateway, &b->gateway);
	return order ? order : strcmp(a->device, b->device);
}

static int compare_identities(const struct config_route *a,
			      const struct config_route *b)
{
	int order = compare_places(a, b);

	if (!order)
		order = compare_numbers(a->type, b->type);
	return order ? order : compare_nexthops(a, b);
}

static int by_identity(const void *one, const void *two)
{
	const struct config_route *a = *(struct config_route *const *)one;
	const struct config_route *b = *(struct config_route *const *)two;
	int order = compare_identities(a, b);

	return order ? order : compare_numbers(a->line, b->line);
}

static int by_distance(const void *one, const void *two)
{
	const struct config_route *a = *(struct config_route *const *)one;
	const struct config_route *b = *(struct config_route *const *)two;
	int order = compare_places(a, b);

	if (!order)
		order = compare_numbers(a->distance, b->distance);
	return order ? order : compare_numbers(a->line, b->line);
}

static int by_nexthop(const void *one, const void *two)
{
	const struct config_route *a = *(struct config_route *const *)one;
	const struct config_route *b = *(struct config_route *const *)two;
	int order = compare_numbers(a->dst.address.family,
				    b->dst.address.family);

	if (!order)
		order = compare_nexthops(a, b);
	return order ? order : compare_numbers(a->line, b->line);
}

static void verify_same(struct config *config, struct config_route **route,
			size_t count)
{
	struct config_route *kept = route[0];
	size_t i;

	for (i = 1; i < count; i++) {
		if (compare_identities(kept, route[i])) {
			kept = route[i];
		} else if (route[i]->replaces) {
			kept->replaced = true;
			kept = route[i];
		} else {
			config_mistake(config, route[i]->line,
				       "this route is on line %u already: write it once, or with \"route replace\"",
				       kept->line);
		}
	}
}

static void verify_types(struct config *config, struct config_route **route,
			 size_t count)
{
	const struct config_route *first = NULL;
	size_t i;

	for (i = 0; i < count; i++) {
		if (route[i]->replaced)
			continue;
		if (!first || compare_places(first, route[i]) ||
		    first->distance != route[i]->distance)
			first = route[i];
		else if (first->type != route[i]->type)
			config_mistake(config, route[i]->line,
				       "line %u has a route of another type for this prefix and distance: give this one another distance",
				       first->line);
	}
}

static bool check_same(const struct config_route *x,
		       const struct config_route *y)
{
	const struct nlattr *a[ECMP_A_ROUTE_MAX + 1], *b[ECMP_A_ROUTE_MAX + 1];
	const struct nlattr *one, *two;

	attributes_read(x->nlh, a, ECMP_A_ROUTE_MAX);
	attributes_read(y->nlh, b, ECMP_A_ROUTE_MAX);
	one = a[ECMP_A_ROUTE_CHECK_TARGETS];
	two = b[ECMP_A_ROUTE_CHECK_TARGETS];
	if (x->check != y->check || !one != !two ||
	    number_of(a[ECMP_A_ROUTE_CHECK_ALL]) !=
	    number_of(b[ECMP_A_ROUTE_CHECK_ALL]))
		return false;
	return !one || (one->nla_len == two->nla_len &&
			!memcmp(mnl_attr_get_payload(one),
				mnl_attr_get_payload(two),
				mnl_attr_get_payload_len(one)));
}

/* By another device, or by none that was named, it may be another next hop. */
static void verify_checks(struct config *config, struct config_route **route,
			  size_t count)
{
	const struct config_route *first = NULL, *r;
	size_t i;

	for (i = 0; i < count; i++) {
		r = route[i];
		if (r->replaced || r->disabled || !r->check ||
		    r->type != ECMP_ROUTE_UNICAST)
			continue;
		if (!first ||
		    first->dst.address.family != r->dst.address.family ||
		    compare_nexthops(first, r))
			first = r;
		else if (!check_same(first, r))
			config_mistake(config, r->line,
				       "line %u has a different check of this next hop, which all its routes share: give them the same",
				       first->line);
	}
}

typedef void (*verify_t)(struct config *config, struct config_route **route,
			 size_t count);

static void verify_sorted(struct config *config, compare_t compare,
			  verify_t verify)
{
	size_t count = config->routes.count, i;
	struct config_route **sorted;

	if (!count)
		return;
	sorted = calloc(count, sizeof(*sorted));
	if (!sorted) {
		config->full = true;
		return;
	}
	for (i = 0; i < count; i++)
		sorted[i] = &config->routes.item[i];
	qsort(sorted, count, sizeof(*sorted), compare);
	verify(config, sorted, count);
	free(sorted);
}

static const char *targets_problem(const struct config_route *r)
{
	const struct nlattr *a[ECMP_A_ROUTE_MAX + 1], *attr;
	unsigned int size = address_size(r->dst.address.family), i, k, count;
	struct address target = { .family = r->dst.address.family };
	const char *data;

	attributes_read(r->nlh, a, ECMP_A_ROUTE_MAX);
	attr = a[ECMP_A_ROUTE_CHECK_TARGETS];
	if (!attr)
		return r->check == ECMP_CHECK_PING || !r->check ||
		       r->gateway.family || r->via_kernel ? NULL :
		       "arp asks a gateway for its link address: name it with via, or use ping";
	if (r->check != ECMP_CHECK_PING)
		return "only ping asks targets: arp asks the gateway itself";
	data = mnl_attr_get_payload(attr);
	count = mnl_attr_get_payload_len(attr) / size;
	for (i = 0; i < count; i++) {
		memcpy(target.bytes, data + i * size, size);
		if (!address_neighbour(&target))
			return "a target is the unicast address of another host";
		for (k = 0; k < i; k++)
			if (!memcmp(data + i * size, data + k * size, size))
				return "a target is there twice: name it once";
	}
	return NULL;
}

/* A route by itself: why the module would not take it, or NULL. */
static const char *route_problem(const struct config_route *r)
{
	const struct nlattr *a[ECMP_A_ROUTE_MAX + 1];

	attributes_read(r->nlh, a, ECMP_A_ROUTE_MAX);
	if (r->via_kernel && !r->device[0])
		return "via kernel follows the kernel's default of one device: add dev";
	if (r->gateway.family && !address_neighbour(&r->gateway))
		return "a gateway is the unicast address of a neighbour";
	if (r->gateway.family &&
	    r->gateway.family != r->dst.address.family)
		return "a gateway of the other family is not in this version of the module";
	if (address_link_local(&r->gateway) && !r->device[0])
		return "a link-local gateway is on every link: add dev";
	if (r->onlink && r->via_kernel)
		return "the kernel's gateway is taken as it is: leave onlink out";
	if (r->onlink && !(r->gateway.family && r->device[0]))
		return "onlink needs a gateway and its device: name via and dev";
	if (r->type != ECMP_ROUTE_UNICAST && a[ECMP_A_ROUTE_PREF_SRC])
		return "a blackhole, unreachable or prohibit route has no preferred source: leave it out";
	if (r->type != ECMP_ROUTE_UNICAST && a[ECMP_A_ROUTE_WEIGHT])
		return "a blackhole, unreachable or prohibit route has no weight: leave it out";
	if (r->type != ECMP_ROUTE_UNICAST && r->check)
		return "a blackhole, unreachable or prohibit route has no gateway to check: leave check-gateway out";
	return targets_problem(r);
}

/**
 * config_verify - find what the module would refuse in a configuration
 * @config: of which each line is a command
 */
void config_verify(struct config *config)
{
	const char *problem;
	size_t i;

	for (i = 0; i < config->routes.count; i++) {
		problem = route_problem(&config->routes.item[i]);
		if (problem)
			config_mistake(config, config->routes.item[i].line,
				       "%s", problem);
	}
	verify_sorted(config, by_identity, verify_same);
	verify_sorted(config, by_distance, verify_types);
	verify_sorted(config, by_nexthop, verify_checks);
}
