/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What may not be meant so in a configuration that can be loaded. A file of a
 * subject each; all put what they find into the findings.
 */
#ifndef ECMPCTL_CHECK_H
#define ECMPCTL_CHECK_H

#include "config.h"
#include "findings.h"
#include "host.h"

/**
 * struct checked_table - a table, for a family
 * @first: of its routes in check.usable
 * @count: so many
 */
struct checked_table {
	size_t	first, count;
};

/**
 * struct check - a configuration that is being looked at
 * @config: it, without mistakes
 * @host: this host; NULL: nothing is known of it
 * @findings: where they go
 * @usable: routes that are enabled and not of distance 255, by table, prefix
 *	and distance
 * @disabled: those that are not enabled, in the same order
 * @disabled_count: so many
 * @table: of each table IPv4, then IPv6
 */
struct check {
	const struct config		*config;
	const struct host		*host;
	struct findings			*findings;
	const struct config_route	**usable;
	const struct config_route	**disabled;
	size_t				disabled_count;
	struct checked_table		(*table)[2];
};

/**
 * enum caught - does a look-up end the search for all destinations?
 * @CAUGHT_NEVER: no, or nobody can tell
 * @CAUGHT_ALIVE: while one of the paths lives
 * @CAUGHT_ALWAYS: yes
 */
enum caught {
	CAUGHT_NEVER,
	CAUGHT_ALIVE,
	CAUGHT_ALWAYS,
};

#define MAX_LENGTH(family)	((family) == AF_INET ? 32 : 128)

/* check.c */
int check_all(const struct config *config, const struct host *host,
	      struct findings *findings);

/* check_lookup.c */
int check_index(struct check *check);
const struct checked_table *check_table(const struct check *check,
					unsigned int table, uint8_t family);
enum caught check_caught(const struct check *check, unsigned int table,
			 const struct prefix *to, int min_prefix);
bool check_reaches(const struct check *check, unsigned int table,
		   const struct prefix *to);
int check_longest(const struct check *check, unsigned int table,
		  uint8_t family);
size_t check_routes(const struct check *check, unsigned int table);
const struct config_route *check_disabled(const struct check *check,
					  const struct config_route *route);
bool check_follows(const struct check *check, unsigned int table);

/* check_shadow.c */
void check_shadow(struct check *check);

/* check_rules.c */
void check_rules(struct check *check);
void check_bypass(struct check *check);

/* check_tables.c */
void check_tables(struct check *check);

/* check_host.c */
void check_host(struct check *check);

/* check_match.c */
bool rule_looks_up(const struct config_rule *rule);
bool rule_serves(const struct config_rule *rule, uint8_t family);
struct prefix rule_to(const struct config_rule *rule, uint8_t family);
bool rule_covers(const struct config_rule *outer,
		 const struct config_rule *inner);
bool rule_overlaps(const struct config_rule *one,
		   const struct config_rule *other);

#endif /* ECMPCTL_CHECK_H */
