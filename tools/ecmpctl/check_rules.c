// SPDX-License-Identifier: GPL-2.0
/*
 * Rules by themselves: those that match nothing, that find nothing, and those
 * that send to a WAN what another network of the router's is to get.
 */
#include <string.h>
#include <sys/socket.h>

#include "check.h"
#include "prefix.h"

#define NAMED(r, attr)	((r)->named & BIT(attr))

static const uint8_t both[] = { AF_INET, AF_INET6 };

static const char *version(uint8_t family)
{
	return family == AF_INET6 ? "IPv6" : "IPv4";
}

/* ---- matches nothing ---- */

static void check_addresses(struct check *check, const struct config_rule *r)
{
	const char *what = NULL;

	if (NAMED(r, ECMP_A_RULE_TO))
		what = prefix_undecided(&r->to);
	if (what)
		finding_add(check->findings, SEVERITY_WARNING, "never-matches",
			    r->line, 0,
			    "this rule matches nothing: packets to %s are left to the kernel before every rule. Leave it out",
			    what);
	what = NULL;
	if (NAMED(r, ECMP_A_RULE_FROM))
		what = prefix_undecided(&r->from);
	if (what && (!strcmp(what, "multicast") || !strcmp(what, "broadcast")))
		finding_add(check->findings, SEVERITY_WARNING, "never-matches",
			    r->line, 0,
			    "this rule matches nothing: no packet comes from a %s address. Is it \"to\" that is meant?",
			    what);
}

/* ---- finds nothing ---- */

static const char *then(const struct config_rule *r)
{
	return r->action == ECMP_ACTION_LOOKUP_ONLY ?
	       "so it refuses all that it matches" :
	       "so the next rule decides";
}

/* Does a rule find anything in its table, in a family that it serves? */
static bool finds(const struct check *check, const struct config_rule *r)
{
	struct prefix to;
	unsigned int i;

	for (i = 0; i < COUNT(both); i++) {
		if (!rule_serves(r, both[i]))
			continue;
		to = rule_to(r, both[i]);
		if (check_reaches(check, r->table, &to))
			return true;
	}
	return false;
}

static void tell_no_routes(struct check *check, const struct config_rule *r)
{
	const struct config_table *t = &check->config->tables.item[r->table];
	size_t usable = check_table(check, r->table, AF_INET)->count +
			check_table(check, r->table, AF_INET6)->count;
	struct prefix to = rule_to(r, r->family);
	char text[ADDRESS_TEXT];

	if (usable && NAMED(r, ECMP_A_RULE_TO))
		finding_add(check->findings, SEVERITY_WARNING, "no-routes",
			    r->line, t->line,
			    "table \"%s\" has no route to %s, %s. Add one, or correct the rule",
			    t->name, prefix_text(&to, text), then(r));
	else if (usable)
		finding_add(check->findings, SEVERITY_WARNING, "no-routes",
			    r->line, t->line,
			    "table \"%s\" has no %s route, %s. Add one, or correct the rule",
			    t->name, version(r->family), then(r));
	else if (check_routes(check, r->table))
		finding_add(check->findings, SEVERITY_WARNING, "no-routes",
			    r->line, t->line,
			    "all routes of table \"%s\" are disabled or of distance 255, %s. Enable one",
			    t->name, then(r));
	else
		finding_add(check->findings, SEVERITY_WARNING, "no-routes",
			    r->line, t->line,
			    "table \"%s\" has no routes, %s. Add some: route add ... table %s",
			    t->name, then(r), t->name);
}

/* The longest prefix that the table can have for a rule. */
static int longest(const struct check *check, const struct config_rule *r)
{
	int most = -1, here;
	unsigned int i;

	for (i = 0; i < COUNT(both); i++) {
		if (!rule_serves(r, both[i]))
			continue;
		here = check_follows(check, r->table) ? MAX_LENGTH(both[i]) :
		       check_longest(check, r->table, both[i]);
		if (here > most)
			most = here;
	}
	return most;
}

static void check_min_prefix(struct check *check, const struct config_rule *r)
{
	const struct config_table *t = &check->config->tables.item[r->table];
	int most = longest(check, r);

	if (r->min_prefix < most)
		return;
	if (check_follows(check, r->table))
		finding_add(check->findings, SEVERITY_WARNING, "no-routes",
			    r->line, t->line,
			    "no prefix is longer than min-prefix %d: this rule passes over whatever it finds, %s. Give it a smaller number",
			    r->min_prefix, then(r));
	else
		finding_add(check->findings, SEVERITY_WARNING, "no-routes",
			    r->line, t->line,
			    "no route of table \"%s\" is longer than min-prefix %d, the longest is /%d: this rule passes over whatever it finds, %s. Leave min-prefix out, or give it a smaller number",
			    t->name, r->min_prefix, most, then(r));
}

/**
 * check_rules - find rules that match nothing or find nothing
 * @check: after check_index()
 */
void check_rules(struct check *check)
{
	const struct config_rule *r;
	size_t i;

	for (i = 0; i < check->config->rules.count; i++) {
		r = &check->config->rules.item[i];
		if (r->disabled)
			continue;
		check_addresses(check, r);
		if (!rule_looks_up(r))
			continue;
		if (!check_follows(check, r->table) && !finds(check, r))
			tell_no_routes(check, r);
		else if (r->min_prefix >= 0)
			check_min_prefix(check, r);
	}
}

/* ---- sends the router's own networks to a WAN ---- */

/*
 * Does a rule send whatever it matches by the default route of a table that
 * knows nothing nearer? Who has marked packets has thought of it.
 */
static bool takes_all(const struct check *check, const struct config_rule *r,
		      uint8_t family)
{
	struct prefix to = rule_to(r, family);

	return rule_looks_up(r) && !check_follows(check, r->table) &&
	       rule_serves(r, family) && !to.length &&
	       !NAMED(r, ECMP_A_RULE_MARK) &&
	       check_caught(check, r->table, &to, r->min_prefix) ==
	       CAUGHT_ALIVE && !check_longest(check, r->table, family);
}

/* Does a rule keep networks of the router's from a rule behind it? */
static bool keeps_local(const struct config_rule *b,
			const struct config_rule *r, uint8_t family)
{
	struct config_rule here = *r;

	if (b->disabled || !rule_serves(b, family) ||
	    (b->action != ECMP_ACTION_NATIVE &&
	     (!rule_looks_up(b) || b->table)))
		return false;
	here.family = family;
	if (rule_covers(b, &here))
		return true;
	/* One for each network: who writes such rules knows of it. */
	return rule_overlaps(b, r) &&
	       (NAMED(b, ECMP_A_RULE_TO) ?
		b->to.length < MAX_LENGTH(family) : b->min_prefix >= 0);
}

static bool lacks_bypass(const struct check *check, size_t index,
			 uint8_t family)
{
	const struct config_rule *rules = check->config->rules.item;
	size_t i;

	if (!takes_all(check, &rules[index], family))
		return false;
	for (i = 0; i < index; i++)
		if (keeps_local(&rules[i], &rules[index], family))
			return false;
	return true;
}

/**
 * check_bypass - find out whether the networks of the router reach each other
 * @check: after check_index()
 *
 * That is told once, of the first rule.
 */
void check_bypass(struct check *check)
{
	const struct config_rule *r;
	size_t i;

	for (i = 0; i < check->config->rules.count; i++) {
		r = &check->config->rules.item[i];
		if (r->disabled || (!lacks_bypass(check, i, AF_INET) &&
				    !lacks_bypass(check, i, AF_INET6)))
			continue;
		finding_add(check->findings, SEVERITY_WARNING, "local-bypass",
			    r->line, 0,
			    "what goes from one network of this router to another leaves by a WAN, too: table \"%s\" knows only a default route. Put \"rule add lookup main min-prefix 0\" before this rule",
			    check->config->tables.item[r->table].name);
		return;
	}
}
