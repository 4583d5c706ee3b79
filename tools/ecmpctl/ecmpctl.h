/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the commands share. A command that changes something goes three ways
 * apart: words -> struct request -> message; "load" uses the first two for
 * each line of a file.
 */
#ifndef ECMPCTL_H
#define ECMPCTL_H

#include <stdbool.h>
#include <stdint.h>

#include <linux/ecmp.h>

#include "netlink.h"
#include "parse.h"
#include "print.h"

#define EXIT_DONE	0
#define EXIT_SYNTAX	1
#define EXIT_REFUSED	2
#define EXIT_FINDINGS	3	/* of "check" and "diff" */

#define ROUTE_TARGETS	ECMP_CHECK_TARGETS_MAX
#define RULE_SELECTORS	64	/* rules that one "rule del" may name */

struct line;

/**
 * struct ctl - one run of the program
 * @nl: socket to the module; opened by ctl_open()
 * @out: standard output
 * @family: of -4 and -6, or AF_UNSPEC
 * @stats: -s: counters too
 * @color_errors: colours on standard error
 * @error_room: columns of the terminal there; 0: it is none
 * @lines: of the terminal of standard output, but that of the prompt; likewise
 * @help: -h: nothing else
 * @version: -V: nothing else
 */
struct ctl {
	struct netlink	nl;
	struct printer	out;
	uint8_t		family;
	bool		stats;
	bool		color_errors;
	size_t		error_room;
	size_t		lines;
	bool		help;
	bool		version;
};

/* How a rule is named: by number, id or comment. */
struct selector {
	uint16_t	attribute;	/* INDEX, ID or COMMENT; 0: none */
	uint32_t	number;
	const char	*comment;
};

struct table_request {
	const char	*name;
	uint64_t	named;		/* bits: ECMP_A_TABLE_* */
	unsigned int	hash_policy;
	unsigned int	balance;
	unsigned int	failback;
	uint64_t	kernel_id;
};

struct route_request {
	uint64_t	named;		/* bits: ECMP_A_ROUTE_* */
	const char	*table;
	struct prefix	dst;
	unsigned int	type;
	struct address	gateway;
	const char	*device;
	bool		onlink;
	bool		disabled;
	uint64_t	distance;
	uint64_t	weight;
	unsigned int	check;
	bool		check_all;
	struct address	target[ROUTE_TARGETS];
	unsigned int	targets;
	struct address	pref_src;
	const char	*comment;
};

struct rule_request {
	uint64_t	named;		/* bits: ECMP_A_RULE_* */
	uint32_t	unset;
	uint8_t		family;
	struct prefix	from, to;
	const char	*iif;
	uint32_t	mark, mark_mask;
	uint8_t		proto;
	uint16_t	sport[2], dport[2];
	uint64_t	dscp;
	unsigned int	action;
	const char	*table;
	uint64_t	min_prefix;
	bool		disabled;
	const char	*comment;
	struct selector	select[RULE_SELECTORS];
	unsigned int	selected;
	uint16_t	position;	/* BEFORE, AFTER, AT; 0: the end */
	struct selector	neighbour;
	uint64_t	at;
};

struct nexthop_request {
	uint64_t	named;		/* bits: ECMP_A_NEXTHOP_* */
	uint8_t		family;
	struct address	gateway;
	const char	*device;
	unsigned int	forced;
	uint64_t	timeout;	/* milliseconds; 0: none */
	uint64_t	pin_id;		/* 0: any */
};

struct settings_request {
	uint64_t	named;		/* bits: ECMP_A_SETTINGS_* */
	unsigned int	enabled;
	unsigned int	hash_policy;
	uint64_t	hash_seed;
	unsigned int	pin;
	uint64_t	pin_mask;
	unsigned int	kernel_routes;
	uint64_t	check_interval;	/* milliseconds */
	uint64_t	check_timeout;
	uint64_t	check_count;
	uint64_t	check_up_count;
};

struct distance_request {
	const char	*device;	/* NULL: of a protocol */
	uint8_t		protocol;
	bool		unset;
	uint64_t	value;
};

/**
 * struct request - a command that changes something
 * @command: ECMP_CMD_*
 * @flags: NLM_F_* verbs
 * @put: puts the attributes into a message
 * @echo: prints the answer; NULL: nothing to tell
 * @refused: tells more about a refusal; may be NULL
 */
struct request {
	uint8_t		command;
	uint16_t	flags;
	void		(*put)(struct nlmsghdr *nlh,
			       const struct request *request);
	netlink_answer_t echo;
	void		(*refused)(struct ctl *ctl,
				   const struct request *request);
	union {
		struct table_request	table;
		struct route_request	route;
		struct rule_request	rule;
		struct nexthop_request	nexthop;
		struct settings_request	settings;
		struct distance_request	distance;
	};
};

#define BIT(n)		(UINT64_C(1) << (n))
/* As strcmp(). */
#define compare_numbers(a, b)	(((a) > (b)) - ((a) < (b)))
#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

/* Remember which word attribute @attr came from: the one taken last. */
#define words_from(words, attr)	((words)->at[attr] = (words)->next - 1)

/**
 * struct command - one command of the grammar
 * @object: its first word
 * @verb: its second word; NULL: it has none
 * @parse: for one that changes something: words to request
 * @run: for others: do it; returns the exit status
 * @file: it may stand in a configuration file
 */
struct command {
	const char	*object;
	const char	*verb;
	bool		(*parse)(struct words *words, struct request *request);
	int		(*run)(struct ctl *ctl, struct words *words);
	bool		file;
};

/* command.c */
const struct command *command_find(struct words *words);
bool command_read(const struct line *line, struct words *words,
		  struct request *request);

/* main.c */
int ctl_open(struct ctl *ctl);
int ctl_problem(const struct ctl *ctl, const struct words *words);
int ctl_refused(const struct ctl *ctl, const struct words *words);
const char *guilty_word(const struct refusal *refusal,
			const struct words *words);
int ctl_finish(struct ctl *ctl);
void print_error(const struct ctl *ctl, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void print_sentence(const struct ctl *ctl, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void print_warning(const struct ctl *ctl, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* help.c */
int help_print(const struct ctl *ctl, const char *object);

/* cmd_distance.c */
#define DISTANCE_TEXT	96
bool distance_parse_proto(struct words *words, struct request *request);
bool distance_parse_dev(struct words *words, struct request *request);
bool distance_requested(const struct request *request);
void distance_words(const struct nlattr *attr, char *text, size_t size);

/* cmd_table.c */
bool table_parse_add(struct words *words, struct request *request);
bool table_parse_set(struct words *words, struct request *request);
bool table_parse_del(struct words *words, struct request *request);
int table_run_show(struct ctl *ctl, struct words *words);
int table_print_all(struct ctl *ctl, const char *key);
void table_print_dump(struct ctl *ctl, const char *key,
		      const struct answers *answers);
void table_print(struct ctl *ctl, const struct nlattr **a);

/* cmd_route.c */
bool route_parse_add(struct words *words, struct request *request);
bool route_parse_replace(struct words *words, struct request *request);
bool route_parse_set(struct words *words, struct request *request);
bool route_parse_del(struct words *words, struct request *request);
bool route_parse_enable(struct words *words, struct request *request);
bool route_parse_disable(struct words *words, struct request *request);
bool route_parse_flush(struct words *words, struct request *request);
bool route_parse_show(struct words *words, struct route_request *filter);
int route_run_show(struct ctl *ctl, struct words *words);

/* route_print.c */
void route_print(struct ctl *ctl, const struct nlattr **a);
void route_print_dump(struct ctl *ctl, const char *key,
		      const struct answers *answers);
int route_dump(struct ctl *ctl, const struct route_request *filter,
	       struct answers *answers);

/* cmd_rule.c */
bool rule_parse_add(struct words *words, struct request *request);
bool rule_parse_set(struct words *words, struct request *request);
bool rule_parse_del(struct words *words, struct request *request);
bool rule_parse_move(struct words *words, struct request *request);
bool rule_parse_enable(struct words *words, struct request *request);
bool rule_parse_disable(struct words *words, struct request *request);

/* rule_put.c */
void rule_put(struct nlmsghdr *nlh, const struct request *request);

/* rule_print.c */
int rule_run_show(struct ctl *ctl, struct words *words);
int rule_print_all(struct ctl *ctl, const char *key);
void rule_print_dump(struct ctl *ctl, const char *key,
		     const struct answers *answers);
void rule_print(struct ctl *ctl, const struct nlattr **a);

/* cmd_nexthop.c */
bool nexthop_parse_set(struct words *words, struct request *request);
int nexthop_run_show(struct ctl *ctl, struct words *words);
int nexthop_print_all(struct ctl *ctl, const char *key);
void nexthop_print_dump(struct ctl *ctl, const char *key,
			const struct answers *answers);
void nexthop_print(struct ctl *ctl, const struct nlattr **a);
void nexthop_print_gateway(struct printer *p, const struct nlattr **a);
const char *nexthop_forced_text(const struct nlattr **a, const char *comma);

/* cmd_settings.c */
bool settings_parse_set(struct words *words, struct request *request);
int settings_run_show(struct ctl *ctl, struct words *words);
int settings_print(struct ctl *ctl, const char *key);
void settings_members(struct ctl *ctl, const struct nlattr **a);

/* cmd_flow.c */
int flow_run_list(struct ctl *ctl, struct words *words);
int flow_run_evict(struct ctl *ctl, struct words *words);

/* the rest */
int get_run(struct ctl *ctl, struct words *words);
int load_run(struct ctl *ctl, struct words *words);
int confirm_run(struct ctl *ctl, struct words *words);
int check_run(struct ctl *ctl, struct words *words);
int diff_run(struct ctl *ctl, struct words *words);
int save_run(struct ctl *ctl, struct words *words);
int show_run(struct ctl *ctl, struct words *words);
int import_run(struct ctl *ctl, struct words *words);
int stats_run(struct ctl *ctl, struct words *words);
int top_run(struct ctl *ctl, struct words *words);
int monitor_run(struct ctl *ctl, struct words *words);
void monitor_print(const struct nlmsghdr *nlh, void *data);


/* attributes.c: a message's attributes by number, and back */
void attributes_read(const struct nlmsghdr *nlh, const struct nlattr **attrs,
		     unsigned int max);
void attributes_read_nest(const struct nlattr *nest,
			  const struct nlattr **attrs, unsigned int max);
uint64_t number_of(const struct nlattr *attr);
uint64_t be_number_of(const struct nlattr *attr);
const char *string_of(const struct nlattr *attr);
struct address address_of(const struct nlattr *attr);
bool family_shown(const struct ctl *ctl, const struct nlattr *attr);
void put_address(struct nlmsghdr *nlh, uint16_t attr,
		 const struct address *address);
struct nlmsghdr *ask_own_routes(struct ctl *ctl);
int dump(struct ctl *ctl, struct nlmsghdr *nlh, netlink_keep_t keep,
	 struct answers *answers);
int dump_all(struct ctl *ctl, uint8_t command, struct answers *answers);

#endif /* ECMPCTL_H */
