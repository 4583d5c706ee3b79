/* SPDX-License-Identifier: GPL-2.0 */
/*
 * "import routeros": an export of RouterOS becomes a configuration for "load".
 *
 *	text -> commands -> items of sections -> tables, routes, rules -> lines
 *	     routeros_text.c                  routeros_routes.c and others
 *	          routeros_command.c              routeros_print.c
 *	                     routeros_items.c
 *
 * What the way down keeps is allocated in one struct ros_memory and freed at
 * once. Whatever there is to tell has the line that it is about.
 */
#ifndef ECMPCTL_ROUTEROS_H
#define ECMPCTL_ROUTEROS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "ecmpctl.h"
#include "file.h"

/* ---- memory ---- */

struct ros_block;

struct ros_memory {
	struct ros_block	*blocks;
};

void *ros_alloc(struct ros_memory *memory, size_t size);
char *ros_copy(struct ros_memory *memory, const char *text, size_t length);
char *ros_format(struct ros_memory *memory, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void ros_memory_move(struct ros_memory *to, struct ros_memory *from);
void ros_memory_free(struct ros_memory *memory);

/* ---- text ---- */

/**
 * enum ros_kind - what stands behind a key
 * @ROS_SWITCH: nothing: the key alone, or a word that is no key
 * @ROS_TEXT: a value
 * @ROS_QUERY: [...]; the value is what is in the brackets
 * @ROS_SCRIPT: something that RouterOS would have to work out
 */
enum ros_kind {
	ROS_SWITCH,
	ROS_TEXT,
	ROS_QUERY,
	ROS_SCRIPT,
};

/**
 * struct ros_arg - a word of a command
 * @next: the one behind it
 * @line: where it begins
 * @kind: what it is
 * @unset: written with ! before it: RouterOS has no value there
 * @quoted: it began with a quotation mark: no part of a path
 * @used: somebody has read it
 * @key: before the =; "" for brackets that stand alone
 * @value: behind it; NULL for a switch
 * @problem: what is wrong with it, a sentence; or NULL
 */
struct ros_arg {
	struct ros_arg	*next;
	unsigned int	line;
	enum ros_kind	kind;
	bool		unset;
	bool		quoted;
	bool		used;
	const char	*key;
	const char	*value;
	const char	*problem;
};

/**
 * struct ros_text - where reading is
 * @at: the next byte
 * @end: behind the last
 * @line: number of the line that @at is in
 * @memory: for what is read
 * @word: the word that is being read
 * @used: bytes of it
 * @room: bytes that @word has room for
 */
struct ros_text {
	const char		*at;
	const char		*end;
	unsigned int		line;
	struct ros_memory	*memory;
	char			*word;
	size_t			used;
	size_t			room;
};

void ros_text_free(struct ros_text *t);
bool ros_text_begin(struct ros_text *t);
struct ros_arg *ros_text_word(struct ros_text *t);

/* ---- commands ---- */

/**
 * struct ros_command - a command of the export
 * @line: where it begins
 * @path: its section, words with a blank between: "ip route"
 * @verb: "add", "set", ...; NULL: only the section is named
 * @args: the rest
 * @problem: why it cannot be told what it does, a sentence; or NULL
 */
struct ros_command {
	unsigned int	line;
	const char	*path;
	const char	*verb;
	struct ros_arg	*args;
	const char	*problem;
};

/**
 * struct ros_reader - commands, one after the other
 * @text: where reading is
 * @path: the section of commands that name none
 */
struct ros_reader {
	struct ros_text	text;
	const char	*path;
};

void ros_reader_init(struct ros_reader *reader, struct ros_memory *memory,
		     const struct file *file);
bool ros_reader_next(struct ros_reader *reader, struct ros_command *command);

/* ---- what there is to tell ---- */

/**
 * enum ros_severity - how bad it is
 * @ROS_MISTAKE: there will be no configuration
 * @ROS_WARNING: something is not as it was on RouterOS
 * @ROS_NOTE: something is to be done, or known, besides
 */
enum ros_severity {
	ROS_MISTAKE,
	ROS_WARNING,
	ROS_NOTE,
};

struct ros_remark {
	struct ros_remark	*next;
	enum ros_severity	severity;
	unsigned int		line;
	unsigned int		more;	/* the same again, elsewhere */
	const char		*text;
};

/* ---- items ---- */

enum ros_section {
	ROS_TABLES,
	ROS_ROUTES4,
	ROS_ROUTES6,
	ROS_RULES,		/* of both families */
	ROS_RULES4,		/* RouterOS 6 */
	ROS_SETTINGS4,
	ROS_SETTINGS6,
	ROS_SETTINGS_ROUTING,
	ROS_VRFS,
	ROS_PPP_CLIENTS,
	ROS_DHCP_CLIENTS,
	ROS_DHCP6_CLIENTS,
	ROS_ADDRESSES4,
	ROS_ADDRESSES6,
	ROS_MANGLE,
	ROS_SECTIONS,
	ROS_ELSEWHERE = ROS_SECTIONS,
};

/**
 * struct ros_item - something that was added to a section
 * @next: the one behind it
 * @meant: the next one that the command being done means
 * @line: where it was added
 * @props: its properties, each key once
 */
struct ros_item {
	struct ros_item	*next;
	struct ros_item	*meant;
	unsigned int	line;
	struct ros_arg	*props;
};

struct ros_network;

/* A section that was passed over; or something else that counts once. */
struct ros_skipped {
	struct ros_skipped	*next;
	const char		*path;
	unsigned int		items;
	unsigned int		line;	/* of the first that was added; or 0 */
};

/* A table: as RouterOS calls it, and as it is called here. */
struct ros_table {
	struct ros_table	*next;
	const char		*theirs;
	const char		*ours;
	const char		*comment;
	const char		*dead;	/* why no packet uses it; or NULL */
	unsigned int		routes;
};

/* --map and --mark */
struct ros_pair {
	const char	*from;
	const char	*to;
	bool		used;
};

#define ROS_PAIRS	256

/**
 * struct ros_hop - where a route goes: one path
 * @next: of the same list
 * @line: of the route
 * @table: its table
 * @dst: its destination
 * @type: ECMP_ROUTE_*
 * @gateway: its family is AF_UNSPEC without one
 * @device: "" without one
 * @kernel: the gateway is that of the kernel's own default
 * @distance: 1 to 255
 * @weight: 1 to 256
 * @check: ECMP_CHECK_*
 * @target: hosts that are pinged instead of the gateway
 * @targets: how many
 * @pref_src: its family is AF_UNSPEC without one
 * @disabled: kept, but not used
 * @comment: "" without one
 * @implied: not a route that somebody wrote: that of a client
 */
struct ros_hop {
	struct ros_hop		*next;
	unsigned int		line;
	struct ros_table	*table;
	struct prefix		dst;
	unsigned int		type;
	struct address		gateway;
	const char		*device;
	bool			kernel;
	unsigned int		distance;
	unsigned int		weight;
	unsigned int		check;
	struct address		target[ROUTE_TARGETS];
	unsigned int		targets;
	struct address		pref_src;
	bool			disabled;
	const char		*comment;
	bool			implied;
};

/* A line of the configuration that is ready. */
struct ros_line {
	struct ros_line	*next;
	const char	*text;
};

struct ros_lines {
	struct ros_line	*first;
	struct ros_line	**end;
};

/**
 * struct ros_import - one import
 * @memory: of all that follows
 * @map: names of interfaces
 * @maps: how many
 * @mark: values of routing marks
 * @marks: how many
 * @remarks: what there is to tell
 * @mistakes: how many of them leave no configuration
 * @items: by section, in order
 * @last: the last ones; NULL: not known
 * @skipped: sections that were passed over
 * @nameless: interfaces that need --map, and have been told
 * @named: interfaces that are called as on RouterOS
 * @old: it is of RouterOS 6, or before
 * @tables: main is not among them
 * @main: the table main
 * @networks: that the router is connected to
 * @hops: all paths of all routes
 * @hops_end: where the next one goes
 * @hop_count: how many
 * @settings: lines of the configuration
 * @mark_rules: the same: rules of marks, which come first
 * @rules: the same
 */
struct ros_import {
	struct ros_memory	memory;
	struct ros_pair		map[ROS_PAIRS];
	unsigned int		maps;
	struct ros_pair		mark[ROS_PAIRS];
	unsigned int		marks;
	struct ros_remark	*remarks;
	unsigned int		mistakes;
	struct ros_item		*items[ROS_SECTIONS];
	struct ros_item		*last[ROS_SECTIONS];
	struct ros_skipped	*skipped;
	struct ros_skipped	*nameless;
	struct ros_skipped	*named;
	bool			old;
	struct ros_table	*tables;
	struct ros_table	main;
	struct ros_network	*networks;
	struct ros_hop		*hops;
	struct ros_hop		**hops_end;
	size_t			hop_count;
	struct ros_lines	settings;
	struct ros_lines	mark_rules;
	struct ros_lines	rules;
};

/* routeros_items.c */
const char *ros_section_path(enum ros_section section);
void ros_collect(struct ros_import *import, const struct file *file);

/* routeros_find.c: which items are meant */
bool ros_arg_is_place(const struct ros_arg *arg);
struct ros_item *ros_find(struct ros_import *import, enum ros_section section,
			  const struct ros_arg *target,
			  struct ros_item *after, bool *understood);

/* routeros_props.c: properties of items */
struct ros_arg *ros_prop(struct ros_item *item, const char *key);
struct ros_arg *ros_prop_peek(const struct ros_item *item, const char *key);
const char *ros_prop_text(struct ros_item *item, const char *key);
bool ros_prop_flag(struct ros_import *import, struct ros_item *item,
		   const char *key, bool otherwise);
bool ros_prop_number(struct ros_import *import, struct ros_item *item,
		     const char *key, uint64_t max, uint64_t *value);
const char *ros_prop_comment(struct ros_import *import, struct ros_item *item);
struct ros_arg *ros_prop_unused(struct ros_item *item);
const char *ros_device(struct ros_import *import, const char *name,
		       unsigned int line);
bool ros_prefix(const char *text, uint8_t family, struct prefix *prefix,
		bool *host_bits);
bool ros_prefix_contains(const struct prefix *prefix,
			 const struct address *address);

/* routeros_tables.c */
struct ros_table *ros_table(struct ros_import *import, const char *name,
			    unsigned int line, bool declared);
void ros_tables(struct ros_import *import);

/* routeros_networks.c: networks that are connected */
void ros_networks(struct ros_import *import);
bool ros_is_connected(const struct ros_import *import,
		      const struct address *address, unsigned int length);

/**
 * struct ros_gateway - a gateway of a route
 * @next: the next one
 * @address: its family is AF_UNSPEC without one
 * @device: "" without one
 * @times: how often it was written
 */
struct ros_gateway {
	struct ros_gateway	*next;
	struct address		address;
	const char		*device;
	unsigned int		times;
};

/**
 * struct ros_route - a route of RouterOS
 * @next: the next one
 * @near: the next one by which gateways may be reached
 * @hop: what all its paths share
 * @scope: RouterOS's
 * @target_scope: RouterOS's
 * @gateways: as they were written
 */
struct ros_route {
	struct ros_route	*next;
	struct ros_route	*near;
	struct ros_hop		hop;
	unsigned int		scope;
	unsigned int		target_scope;
	struct ros_gateway	*gateways;
};

/* routeros_routes.c: items to routes */
void ros_routes(struct ros_import *import);

/* routeros_gateway.c: where a route goes, and how it gets there */
struct ros_gateway *ros_gateways(struct ros_import *import,
				 const struct ros_arg *arg, uint8_t family);
void ros_resolve(struct ros_import *import, const struct ros_route *near,
		 const struct ros_route *route);

/* routeros_hops.c: paths, each once, in order */
void ros_hops_add(struct ros_import *import, const struct ros_hop *hop);
void ros_hops_finish(struct ros_import *import);

/* routeros_clients.c */
void ros_clients(struct ros_import *import);

/* routeros_rules.c */
void ros_rules(struct ros_import *import);

/* routeros_settings.c */
void ros_settings(struct ros_import *import);

/* routeros_beside.c: what else there is to do */
const struct ros_arg *ros_spreading(const struct ros_import *import);
void ros_beside(struct ros_import *import);

/* routeros_print.c */
void ros_remark(struct ros_import *import, enum ros_severity severity,
		unsigned int line, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
void ros_lines_add(struct ros_import *import, struct ros_lines *lines,
		   const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void ros_print(struct ros_import *import, const char *name, FILE *out);
void ros_remarks_sort(struct ros_import *import);

/* routeros.c */
void ros_import_init(struct ros_import *import);
bool ros_import_read(struct ros_import *import, const struct file *file);
void ros_import_free(struct ros_import *import);

#endif /* ECMPCTL_ROUTEROS_H */
