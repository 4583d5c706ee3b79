// SPDX-License-Identifier: GPL-2.0
/*
 * What look-ups in the tables of a file would find. Of tables that follow the
 * kernel's, main among them, only the file's own routes are known.
 */
#include <stdlib.h>
#include <sys/socket.h>

#include "check.h"
#include "prefix.h"

static int compare_prefixes(const struct prefix *a, const struct prefix *b)
{
	int order = address_compare(&a->address, &b->address);

	return order ? order : compare_numbers(a->length, b->length);
}

static int by_group(const void *one, const void *two)
{
	const struct config_route *a = *(const struct config_route *const *)one;
	const struct config_route *b = *(const struct config_route *const *)two;
	int order = compare_numbers(a->table, b->table);

	if (!order)
		order = compare_prefixes(&a->dst, &b->dst);
	return order ? order : compare_numbers(a->distance, b->distance);
}

static int by_prefix(const void *one, const void *two)
{
	const struct config_route *a = *(const struct config_route *const *)one;
	const struct config_route *b = *(const struct config_route *const *)two;
	int order = by_group(one, two);

	return order ? order : compare_numbers(a->line, b->line);
}

/**
 * check_index - put the routes in order
 * @check: with its configuration
 *
 * Return: 0, or -1 without memory; the caller frees in both cases.
 */
int check_index(struct check *check)
{
	const struct config *config = check->config;
	const struct config_route *r;
	struct checked_table *table;
	size_t count = 0, i;

	check->usable = calloc(config->routes.count + 1,
			       sizeof(*check->usable));
	check->disabled = calloc(config->routes.count + 1,
				 sizeof(*check->disabled));
	check->table = calloc(config->tables.count, sizeof(*check->table));
	if (!check->usable || !check->disabled || !check->table)
		return -1;
	for (i = 0; i < config->routes.count; i++) {
		r = &config->routes.item[i];
		if (r->replaced)
			continue;
		if (r->disabled)
			check->disabled[check->disabled_count++] = r;
		else if (r->distance != ECMP_DISTANCE_UNUSED)
			check->usable[count++] = r;
	}
	qsort(check->usable, count, sizeof(*check->usable), by_prefix);
	qsort(check->disabled, check->disabled_count, sizeof(*check->disabled),
	      by_prefix);
	for (i = 0; i < count; i++) {
		r = check->usable[i];
		table = &check->table[r->table][r->dst.address.family ==
						AF_INET6];
		if (!table->count++)
			table->first = i;
	}
	return 0;
}

/**
 * check_table - the usable routes of a table
 * @check: after check_index()
 * @table: index of the table
 * @family: AF_INET or AF_INET6
 */
const struct checked_table *check_table(const struct check *check,
					unsigned int table, uint8_t family)
{
	return &check->table[table][family == AF_INET6];
}

/* The first route that does not come before a prefix. */
static size_t lower_bound(const struct check *check,
			  const struct checked_table *t,
			  const struct prefix *prefix)
{
	size_t low = t->first, high = t->first + t->count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (compare_prefixes(&check->usable[middle]->dst, prefix) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Do the routes of exactly this prefix end the search? */
static enum caught caught_by(const struct check *check,
			     const struct checked_table *t,
			     const struct prefix *prefix)
{
	enum caught caught = CAUGHT_NEVER;
	size_t i = lower_bound(check, t, prefix);

	for (; i < t->first + t->count &&
	     !compare_prefixes(&check->usable[i]->dst, prefix); i++) {
		/* A blackhole is never dead. */
		if (check->usable[i]->type != ECMP_ROUTE_UNICAST)
			return CAUGHT_ALWAYS;
		caught = CAUGHT_ALIVE;
	}
	return caught;
}

/**
 * check_caught - does a look-up end the search for all of a prefix?
 * @check: after check_index()
 * @table: index of the table
 * @to: the destinations
 * @min_prefix: of the rule; -1: none
 *
 * One route that holds them all is longer than @min_prefix, so whatever is
 * found, that or a longer one, is not suppressed.
 */
enum caught check_caught(const struct check *check, unsigned int table,
			 const struct prefix *to, int min_prefix)
{
	const struct checked_table *t = check_table(check, table,
						    to->address.family);
	enum caught caught = CAUGHT_NEVER, here;
	struct prefix prefix = *to;
	int length;

	for (length = to->length; t->count && length > min_prefix; length--) {
		prefix_shorten(&prefix, length);
		here = caught_by(check, t, &prefix);
		if (here > caught)
			caught = here;
	}
	return caught;
}

/**
 * check_reaches - is there any route for any address of a prefix?
 * @check: after check_index()
 * @table: index of the table
 * @to: the destinations
 */
bool check_reaches(const struct check *check, unsigned int table,
		   const struct prefix *to)
{
	const struct checked_table *t = check_table(check, table,
						    to->address.family);
	size_t i = lower_bound(check, t, to);

	return (i < t->first + t->count &&
		prefix_within(&check->usable[i]->dst, to)) ||
	       check_caught(check, table, to, -1);
}

/**
 * check_longest - the longest prefix of a table
 * @check: after check_index()
 * @table: index of the table
 * @family: AF_INET or AF_INET6
 *
 * Return: its length, or -1 without a route.
 */
int check_longest(const struct check *check, unsigned int table,
		  uint8_t family)
{
	const struct checked_table *t = check_table(check, table, family);
	int longest = -1;
	size_t i;

	for (i = t->first; i < t->first + t->count; i++)
		if (check->usable[i]->dst.length > longest)
			longest = check->usable[i]->dst.length;
	return longest;
}

/**
 * check_routes - how many routes are there in a table, usable or not?
 * @check: the configuration
 * @table: index of the table
 */
size_t check_routes(const struct check *check, unsigned int table)
{
	const struct config_route *r = check->config->routes.item;
	size_t count = 0, i;

	for (i = 0; i < check->config->routes.count; i++)
		count += r[i].table == table;
	return count;
}

/**
 * check_disabled - a route of the same prefix and distance that is disabled
 * @check: after check_index()
 * @route: the route
 *
 * Return: one, or NULL.
 */
const struct config_route *check_disabled(const struct check *check,
					  const struct config_route *route)
{
	const struct config_route *const *found;

	found = bsearch(&route, check->disabled, check->disabled_count,
			sizeof(*check->disabled), by_group);
	return found ? *found : NULL;
}

/**
 * check_follows - does a table have routes of the kernel's, too?
 * @check: the configuration
 * @table: index of the table
 */
bool check_follows(const struct check *check, unsigned int table)
{
	return !table || check->config->tables.item[table].kernel_id;
}
