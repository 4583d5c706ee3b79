/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A configuration file as a configuration: what the module would have after
 * "load", told without it.
 */
#ifndef ECMPCTL_CONFIG_H
#define ECMPCTL_CONFIG_H

#include <net/if.h>

#include "ecmpctl.h"
#include "file.h"
#include "lines.h"
#include "save.h"

/**
 * struct config_table - a table
 * @line: where it is added; 0: main
 */
struct config_table {
	unsigned int	line;
	char		name[ECMP_NAME_MAX + 1];
	unsigned int	hash_policy;
	unsigned int	balance;
	unsigned int	failback;
	uint64_t	kernel_id;
};

/**
 * struct config_route - a route
 * @nlh: as the module would tell it
 * @line: where it is added
 * @table: index of its table; 0: main
 * @replaces: it may take the place of the same route
 * @replaced: another took its own
 * @device: as it is written; empty: none was
 */
struct config_route {
	struct nlmsghdr	*nlh;
	unsigned int	line;
	unsigned int	table;
	bool		replaces, replaced;
	bool		disabled, via_kernel, onlink;
	uint8_t		type, check, distance;
	uint16_t	weight;
	struct prefix	dst;
	struct address	gateway;
	const char	*device;
};

/**
 * struct config_rule - a rule
 * @nlh: as the module would tell it
 * @line: where it is added
 * @named: bits of ECMP_A_RULE_*: the matchers that it has
 * @table: index of its table, if its action is a look-up
 * @min_prefix: -1: none
 */
struct config_rule {
	struct nlmsghdr	*nlh;
	unsigned int	line;
	uint64_t	named;
	uint8_t		family;
	struct prefix	from, to;
	const char	*iif, *comment;
	uint32_t	mark, mark_mask;
	uint8_t		proto, dscp;
	uint16_t	sport[2], dport[2];
	unsigned int	action;
	unsigned int	table;
	int		min_prefix;
	bool		disabled;
};

/* A next hop with a pin-id, or a device's distance. */
struct config_nexthop {
	unsigned int	line;
	uint8_t		family;
	struct address	gateway;
	char		device[IFNAMSIZ];
	uint64_t	pin_id;
};

struct config_distance {
	char		device[IFNAMSIZ];
	uint64_t	value;
};

#define CONFIG_LIST(type)	struct { type *item; size_t count, room; }

/**
 * struct config - all that a file says
 * @tables: main first, then as they were added
 * @routes: in the order of the file, those that were replaced among them
 * @rules: in the order in which they are tried
 * @nexthops: with a pin-id
 * @devices: with a distance
 * @protocol: distance of each of the kernel's protocols
 * @settings: each, as it is without being written
 * @hash_policy: IPv4, IPv6
 * @mistake: called for what "load" would refuse
 * @data: for it
 * @mistakes: so many
 * @full: there was no memory
 */
struct config {
	CONFIG_LIST(struct config_table)	tables;
	CONFIG_LIST(struct config_route)	routes;
	CONFIG_LIST(struct config_rule)		rules;
	CONFIG_LIST(struct config_nexthop)	nexthops;
	CONFIG_LIST(struct config_distance)	devices;
	uint8_t			protocol[256];
	struct settings_request	settings;
	unsigned int		hash_policy[2];
	line_mistake_t		mistake;
	void			*data;
	unsigned int		mistakes;
	bool			full;
};

/* config.c */
int config_read(struct config *config, const struct file *file,
		line_mistake_t mistake, void *data);
void config_free(struct config *config);
bool config_mistake(struct config *config, unsigned int line,
		    const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* config_settings.c */
uint8_t config_distance_default(unsigned int protocol);

/* config_verify.c */
void config_verify(struct config *config);

/* config_state.c */
int config_state(const struct config *config, bool seed, struct state *state);

#endif /* ECMPCTL_CONFIG_H */
