// SPDX-License-Identifier: GPL-2.0
/*
 * Tables that nobody looks into, and paths that share with no other though
 * something says that they are to.
 */
#include <string.h>
#include <sys/socket.h>

#include "check.h"

/* ---- tables ---- */

/* Of all rules, and of those that are not disabled. */
static void count_rules(const struct check *check, unsigned int table,
			size_t *all, size_t *enabled)
{
	const struct config_rule *r = check->config->rules.item;
	size_t i;

	*all = *enabled = 0;
	for (i = 0; i < check->config->rules.count; i++) {
		if (!rule_looks_up(&r[i]) || r[i].table != table)
			continue;
		++*all;
		*enabled += !r[i].disabled;
	}
}

static void check_used(struct check *check, unsigned int table)
{
	const struct config_table *t = &check->config->tables.item[table];
	size_t all, enabled;

	count_rules(check, table, &all, &enabled);
	if (enabled)
		return;
	if (all)
		finding_add(check->findings, SEVERITY_NOTE, "unused-table",
			    t->line, 0,
			    "all rules that look into table \"%s\" are disabled: its routes carry nothing",
			    t->name);
	else if (!t->kernel_id && !check_routes(check, table))
		finding_add(check->findings, SEVERITY_NOTE, "unused-table",
			    t->line, 0,
			    "table \"%s\" has no routes, and no rule looks into it: leave it out",
			    t->name);
	else
		finding_add(check->findings, SEVERITY_WARNING, "unused-table",
			    t->line, 0,
			    "no rule looks into table \"%s\": its routes carry nothing. Add one: rule add ... lookup %s",
			    t->name, t->name);
}

/* ---- groups of one ---- */

static bool same_prefix(const struct config_route *a,
			const struct config_route *b)
{
	return a->table == b->table && a->dst.length == b->dst.length &&
	       address_equal(&a->dst.address, &b->dst.address);
}

/* The only one of the lowest distance; @next: the one behind it, if any. */
static void check_single(struct check *check, const struct config_route *r,
			 const struct config_route *next)
{
	const struct config_table *t = &check->config->tables.item[r->table];
	const struct config_route *disabled;
	char text[ADDRESS_TEXT];

	prefix_text(&r->dst, text);
	if (next && r->table) {
		finding_add(check->findings, SEVERITY_NOTE, "group-of-one",
			    r->line, next->line,
			    "the paths to %s in table \"%s\" have different distances: this one carries all, and the others wait until it is dead. To share, give them the same",
			    text, t->name);
		return;
	}
	if (!r->table && r->weight == 1)
		return;
	disabled = check_disabled(check, r);
	if (disabled)
		finding_add(check->findings, SEVERITY_NOTE, "group-of-one",
			    r->line, disabled->line,
			    "this is the only path to %s in table \"%s\" that is enabled at its distance: it shares with none",
			    text, t->name);
	else if (r->weight != 1)
		finding_add(check->findings, SEVERITY_NOTE, "group-of-one",
			    r->line, 0,
			    "this is the only path to %s in table \"%s\" at its distance: its weight has no effect",
			    text, t->name);
}

/* All routes of a prefix, from the lowest distance on: how many share? */
static size_t check_prefix(struct check *check, size_t first, size_t count)
{
	const struct config_route **r = check->usable + first;
	size_t share = 1;

	while (share < count && r[share]->distance == r[0]->distance)
		share++;
	if (share == 1 && r[0]->type == ECMP_ROUTE_UNICAST)
		check_single(check, r[0],
			     count > 1 && r[1]->type == ECMP_ROUTE_UNICAST ?
			     r[1] : NULL);
	return share;
}

/* How many share at most, of all prefixes of a family? */
static size_t check_groups(struct check *check, unsigned int table,
			   uint8_t family)
{
	const struct checked_table *t = check_table(check, table, family);
	const struct config_route **r = check->usable;
	size_t end = t->first + t->count, most = 0, i, k, share;

	for (i = t->first; i < end; i = k) {
		for (k = i + 1; k < end && same_prefix(r[i], r[k]); k++)
			;
		share = check_prefix(check, i, k - i);
		if (share > most)
			most = share;
	}
	return most;
}

static void check_sharing(struct check *check, unsigned int table)
{
	const struct config_table *t = &check->config->tables.item[table];
	size_t v4 = check_groups(check, table, AF_INET);
	size_t v6 = check_groups(check, table, AF_INET6);

	if (check_follows(check, table) || (v4 != 1 && v6 != 1) || v4 > 1 ||
	    v6 > 1 || (t->hash_policy == ECMP_HASH_POLICY_INHERIT &&
		       t->balance == ECMP_BALANCE_HASH))
		return;
	finding_add(check->findings, SEVERITY_NOTE, "group-of-one", t->line, 0,
		    "table \"%s\" says how paths share, but none of its prefixes has more than one: add the others, or leave %s out",
		    t->name, t->balance == ECMP_BALANCE_HASH ? "hash-policy" :
							       "balance");
}

/**
 * check_tables - look at each table
 * @check: after check_index()
 */
void check_tables(struct check *check)
{
	size_t i;

	for (i = 0; i < check->config->tables.count; i++) {
		if (i)
			check_used(check, i);
		check_sharing(check, i);
	}
}
