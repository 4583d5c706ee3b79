// SPDX-License-Identifier: GPL-2.0
/*
 * Rules that an earlier one catches. A rule that looks up a table catches only
 * what it finds there, so it shadows another for certain only if nothing can
 * fall through it.
 */
#include <sys/socket.h>

#include "check.h"

/* Does @rule end the search for all packets of @inner, which it covers? */
static enum caught rule_catches(const struct check *check,
				const struct config_rule *rule,
				const struct config_rule *inner)
{
	static const uint8_t both[] = { AF_INET, AF_INET6 };
	enum caught caught = CAUGHT_ALWAYS, here;
	struct prefix to;
	unsigned int i;

	if (rule->action != ECMP_ACTION_LOOKUP)
		return CAUGHT_ALWAYS;
	for (i = 0; i < COUNT(both) && caught; i++) {
		if (!rule_serves(inner, both[i]))
			continue;
		to = rule_to(inner, both[i]);
		here = check_caught(check, rule->table, &to, rule->min_prefix);
		if (here < caught)
			caught = here;
	}
	return caught;
}

/*
 * Behind a look-up that may find nothing the same matchers again are a
 * fallback, and what refuses there is a safeguard.
 */
static void tell_alive(struct check *check, const struct config_rule *first,
		       const struct config_rule *rule)
{
	const char *table = check->config->tables.item[first->table].name;

	if (rule_covers(rule, first))
		return;
	finding_add(check->findings, rule_looks_up(rule) ? SEVERITY_WARNING :
		    SEVERITY_NOTE, "caught", rule->line, first->line,
		    "the rule of line %u takes these packets first, and this one gets them only while no path of table \"%s\" lives: put it before that line, unless it is meant as a fallback",
		    first->line, table);
}

static void tell_always(struct check *check, const struct config_rule *first,
			const struct config_rule *rule)
{
	finding_add(check->findings, SEVERITY_WARNING, "shadowed", rule->line,
		    first->line,
		    "no packet reaches this rule: that of line %u matches all that it does, and ends the search. Put it before that line, or leave it out",
		    first->line);
}

static void check_rule(struct check *check, size_t index)
{
	const struct config_rule *rules = check->config->rules.item;
	const struct config_rule *alive = NULL;
	enum caught caught;
	size_t i;

	for (i = 0; i < index; i++) {
		if (rules[i].disabled || !rule_covers(&rules[i], &rules[index]))
			continue;
		caught = rule_catches(check, &rules[i], &rules[index]);
		if (caught == CAUGHT_ALWAYS) {
			tell_always(check, &rules[i], &rules[index]);
			return;
		}
		if (caught == CAUGHT_ALIVE && !alive)
			alive = &rules[i];
	}
	if (alive)
		tell_alive(check, alive, &rules[index]);
}

/**
 * check_shadow - find rules that get no packets because of an earlier one
 * @check: after check_index()
 */
void check_shadow(struct check *check)
{
	size_t i;

	for (i = 1; i < check->config->rules.count; i++)
		if (!check->config->rules.item[i].disabled)
			check_rule(check, i);
}
