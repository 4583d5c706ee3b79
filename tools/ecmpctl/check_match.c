// SPDX-License-Identifier: GPL-2.0
/*
 * Which packets match a rule, compared with those of another.
 */
#include <string.h>
#include <sys/socket.h>

#include "check.h"
#include "prefix.h"

#define NAMED(r, attr)	((r)->named & BIT(attr))

/**
 * rule_looks_up - is its action a look-up?
 * @rule: the rule
 */
bool rule_looks_up(const struct config_rule *rule)
{
	return rule->action == ECMP_ACTION_LOOKUP ||
	       rule->action == ECMP_ACTION_LOOKUP_ONLY;
}

/**
 * rule_serves - is a rule for a family?
 * @rule: the rule
 * @family: AF_INET or AF_INET6
 */
bool rule_serves(const struct config_rule *rule, uint8_t family)
{
	return !rule->family || rule->family == family;
}

static struct prefix prefix_of(const struct config_rule *rule, uint16_t attr,
			       const struct prefix *prefix, uint8_t family)
{
	return NAMED(rule, attr) ? *prefix :
	       (struct prefix) { .address.family = family };
}

/**
 * rule_to - the destinations of a rule
 * @rule: the rule
 * @family: that it serves
 */
struct prefix rule_to(const struct config_rule *rule, uint8_t family)
{
	return prefix_of(rule, ECMP_A_RULE_TO, &rule->to, family);
}

static struct prefix rule_from(const struct config_rule *rule, uint8_t family)
{
	return prefix_of(rule, ECMP_A_RULE_FROM, &rule->from, family);
}

static bool covers_prefixes(const struct config_rule *outer,
			    const struct config_rule *inner)
{
	/* Of the other family there is nothing: a rule of both has no address. */
	uint8_t family = inner->family ? inner->family : AF_INET;
	struct prefix a = rule_from(outer, family), b = rule_from(inner, family);
	struct prefix c = rule_to(outer, family), d = rule_to(inner, family);

	return prefix_within(&b, &a) && prefix_within(&d, &c);
}

static bool covers_mark(const struct config_rule *outer,
			const struct config_rule *inner)
{
	if (!NAMED(outer, ECMP_A_RULE_MARK) || !outer->mark_mask)
		return true;
	return NAMED(inner, ECMP_A_RULE_MARK) &&
	       !(outer->mark_mask & ~inner->mark_mask) &&
	       (inner->mark & outer->mark_mask) == outer->mark;
}

/* No fragment matches a rule with ports, whichever they are. */
static bool covers_ports(bool outer_has, const uint16_t *outer, bool inner_has,
			 const uint16_t *inner)
{
	return !outer_has || (inner_has && outer[0] <= inner[0] &&
			      inner[1] <= outer[1]);
}

/**
 * rule_covers - does each packet that matches a rule match another, too?
 * @outer: the other
 * @inner: the rule
 *
 * Whether they are disabled does not count, nor what they do.
 */
bool rule_covers(const struct config_rule *outer,
		 const struct config_rule *inner)
{
	if (outer->family && outer->family != inner->family)
		return false;
	if (NAMED(outer, ECMP_A_RULE_IIF) && strcmp(outer->iif, inner->iif))
		return false;
	if (NAMED(outer, ECMP_A_RULE_PROTO) &&
	    (!NAMED(inner, ECMP_A_RULE_PROTO) || outer->proto != inner->proto))
		return false;
	if (NAMED(outer, ECMP_A_RULE_DSCP) &&
	    (!NAMED(inner, ECMP_A_RULE_DSCP) || outer->dscp != inner->dscp))
		return false;
	return covers_prefixes(outer, inner) && covers_mark(outer, inner) &&
	       covers_ports(NAMED(outer, ECMP_A_RULE_SPORT_MIN), outer->sport,
			    NAMED(inner, ECMP_A_RULE_SPORT_MIN),
			    inner->sport) &&
	       covers_ports(NAMED(outer, ECMP_A_RULE_DPORT_MIN), outer->dport,
			    NAMED(inner, ECMP_A_RULE_DPORT_MIN), inner->dport);
}

/**
 * rule_overlaps - may one packet match both rules, by its source and family?
 * @one: one
 * @other: the other
 */
bool rule_overlaps(const struct config_rule *one,
		   const struct config_rule *other)
{
	uint8_t family = one->family ? one->family :
			 other->family ? other->family : AF_INET;
	struct prefix a, b;

	if (!rule_serves(one, family) || !rule_serves(other, family))
		return false;
	a = rule_from(one, family);
	b = rule_from(other, family);
	return prefix_within(&a, &b) || prefix_within(&b, &a);
}
