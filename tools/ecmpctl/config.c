// SPDX-License-Identifier: GPL-2.0
/*
 * Each command of a file does here what it does in the module.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/rtnetlink.h>

#include "config_private.h"

/* More than a route or a rule has. */
#define MESSAGE_ROOM	(8 << 10)

/**
 * config_grow - make room in a list
 * @config: of the configuration
 * @item: its array
 * @room: for so many
 * @size: of each
 */
bool config_grow(struct config *config, void **item, size_t *room, size_t size)
{
	size_t more = *room ? *room * 2 : 16;
	void *grown = realloc(*item, more * size);

	if (!grown) {
		config->full = true;
		return false;
	}
	memset((char *)grown + *room * size, 0, (more - *room) * size);
	*item = grown;
	*room = more;
	return true;
}

/**
 * config_mistake - the module would refuse this
 * @config: the configuration
 * @line: where
 * @fmt: the sentence
 *
 * Return: false.
 */
bool config_mistake(struct config *config, unsigned int line,
		    const char *fmt, ...)
{
	char sentence[1024];
	va_list args;

	va_start(args, fmt);
	vsnprintf(sentence, sizeof(sentence), fmt, args);
	va_end(args);
	config->mistakes++;
	config->mistake(line, sentence, config->data);
	return false;
}

static struct nlmsghdr *message_of(struct config *config,
				   const struct request *request)
{
	char buf[MESSAGE_ROOM] __attribute__((aligned(8)));
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf), *copy;
	struct genlmsghdr *genl;

	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = request->command;
	request->put(nlh, request);
	copy = malloc(nlh->nlmsg_len);
	if (copy)
		memcpy(copy, nlh, nlh->nlmsg_len);
	else
		config->full = true;
	return copy;
}

/* ---- tables ---- */

static int find_table(const struct config *config, const char *name)
{
	size_t i;

	/* Most name the one that was added last. */
	for (i = config->tables.count; i--;)
		if (!strcmp(config->tables.item[i].name, name))
			return i;
	return -1;
}

static bool need_table(struct config *config, unsigned int line,
		       const char *name, unsigned int *table)
{
	int found = find_table(config, name);

	if (found < 0)
		return config_mistake(config, line,
				      "there is no table \"%s\" above this line: add it first",
				      name);
	*table = found;
	return true;
}

static struct config_table *table_new(struct config *config,
				      unsigned int line, const char *name)
{
	struct config_table *table = LIST_ADD(config, config->tables);

	if (!table)
		return NULL;
	table->line = line;
	snprintf(table->name, sizeof(table->name), "%s", name);
	table->hash_policy = ECMP_HASH_POLICY_INHERIT;
	table->balance = ECMP_BALANCE_HASH;
	table->failback = ECMP_FAILBACK_SOFT;
	return table;
}

static bool kernel_table(struct config *config, unsigned int line, uint64_t id)
{
	if (id == RT_TABLE_MAIN)
		return config_mistake(config, line,
				      "254 is the kernel's main table, which main follows: use main");
	if (id == RT_TABLE_DEFAULT || id == RT_TABLE_LOCAL)
		return config_mistake(config, line,
				      "this table is the kernel's own: name one from 1 to 4294967295 but 253, 254 and 255");
	return true;
}

static void table_set(struct config_table *table,
		      const struct table_request *t)
{
	if (NAMED(t, ECMP_A_TABLE_HASH_POLICY))
		table->hash_policy = t->hash_policy;
	if (NAMED(t, ECMP_A_TABLE_BALANCE))
		table->balance = t->balance;
	if (NAMED(t, ECMP_A_TABLE_FAILBACK))
		table->failback = t->failback;
}

static void read_table(struct config *config, unsigned int line,
		       const struct request *request)
{
	const struct table_request *t = &request->table;
	bool add = request->flags & NLM_F_CREATE;
	int found = find_table(config, t->name);
	struct config_table *table;

	if (NAMED(t, ECMP_A_TABLE_KERNEL_ID) &&
	    !kernel_table(config, line, t->kernel_id))
		return;
	if (add && found >= 0) {
		config_mistake(config, line,
			       "there is a table \"%s\" already: choose another name or use table set",
			       t->name);
	} else if (add) {
		table = table_new(config, line, t->name);
		if (!table)
			return;
		table->kernel_id = t->kernel_id;
		table_set(table, t);
	} else if (found < 0) {
		config_mistake(config, line,
			       "there is no table \"%s\" above this line: add it first",
			       t->name);
	} else if (t->kernel_id &&
		   t->kernel_id != config->tables.item[found].kernel_id) {
		config_mistake(config, line,
			       "what a table follows cannot change: say it where the table is added");
	} else {
		table_set(&config->tables.item[found], t);
	}
}

/* ---- routes ---- */

static void read_route(struct config *config, unsigned int line,
		       struct request *request)
{
	struct route_request *r = &request->route;
	const struct nlattr *a[ECMP_A_ROUTE_MAX + 1];
	struct config_route *route;
	unsigned int table = 0;

	if (NAMED(r, ECMP_A_ROUTE_TABLE) &&
	    !need_table(config, line, r->table, &table))
		return;
	/* An empty comment is none. */
	if (r->comment && !r->comment[0])
		r->named &= ~BIT(ECMP_A_ROUTE_COMMENT);
	route = LIST_ADD(config, config->routes);
	if (!route)
		return;
	*route = (struct config_route) {
		.nlh = message_of(config, request), .line = line,
		.table = table, .replaces = !(request->flags & NLM_F_EXCL),
		.disabled = r->disabled, .onlink = r->onlink,
		.via_kernel = NAMED(r, ECMP_A_ROUTE_GATEWAY_KERNEL),
		.type = r->type, .check = r->check,
		.distance = NAMED(r, ECMP_A_ROUTE_DISTANCE) ? r->distance : 1,
		.weight = NAMED(r, ECMP_A_ROUTE_WEIGHT) ? r->weight : 1,
		.dst = r->dst, .gateway = r->gateway, .device = "",
	};
	if (!route->nlh)
		return;
	attributes_read(route->nlh, a, ECMP_A_ROUTE_MAX);
	route->device = string_of(a[ECMP_A_ROUTE_DEVICE]);
}

/* ---- rules ---- */

static bool by_comment(struct config *config, unsigned int line,
		       const char *comment, size_t *index)
{
	const struct config_rule *rule = config->rules.item;
	bool found = false;
	size_t i;

	for (i = 0; i < config->rules.count; i++) {
		if (strcmp(rule[i].comment, comment))
			continue;
		if (found)
			return config_mistake(config, line,
					      "several rules above have the comment \"%s\": use the number",
					      comment);
		found = true;
		*index = i;
	}
	return found || config_mistake(config, line,
				       "no rule above has the comment \"%s\"",
				       comment);
}

static bool by_selector(struct config *config, unsigned int line,
			const struct selector *s, size_t *index)
{
	if (s->attribute == ECMP_A_RULE_COMMENT)
		return by_comment(config, line, s->comment, index);
	if (s->attribute == ECMP_A_RULE_ID)
		return config_mistake(config, line,
				      "rules have ids only when they are loaded: name the rule by its number or comment");
	*index = s->number;
	return s->number < config->rules.count ||
	       config_mistake(config, line,
			      "there is no rule %u above this line", s->number);
}

/* The number that a new rule gets. */
static bool rule_place(struct config *config, unsigned int line,
		       const struct rule_request *r, size_t *index)
{
	*index = config->rules.count;
	if (!r->position)
		return true;
	if (r->position == ECMP_A_RULE_AT) {
		if (r->at > config->rules.count)
			return config_mistake(config, line,
					      "there are not that many rules above this line: name a number up to %zu",
					      config->rules.count);
		*index = r->at;
		return true;
	}
	if (!by_selector(config, line, &r->neighbour, index))
		return false;
	*index += r->position == ECMP_A_RULE_AFTER;
	return true;
}

static void rule_fill(struct config_rule *rule, const struct rule_request *r)
{
	const struct nlattr *a[ECMP_A_RULE_MAX + 1];

	rule->named = r->named;
	rule->family = r->family;
	rule->from = r->from;
	rule->to = r->to;
	rule->mark = r->mark;
	rule->mark_mask = r->mark_mask;
	rule->proto = r->proto;
	rule->dscp = r->dscp;
	memcpy(rule->sport, r->sport, sizeof(rule->sport));
	memcpy(rule->dport, r->dport, sizeof(rule->dport));
	rule->action = r->action;
	rule->min_prefix = NAMED(r, ECMP_A_RULE_MIN_PREFIX) ?
			   (int)r->min_prefix : -1;
	rule->disabled = r->disabled;
	rule->iif = "";
	rule->comment = "";
	if (!rule->nlh)
		return;
	attributes_read(rule->nlh, a, ECMP_A_RULE_MAX);
	rule->iif = string_of(a[ECMP_A_RULE_IIF]);
	rule->comment = string_of(a[ECMP_A_RULE_COMMENT]);
}

static bool rule_good(struct config *config, unsigned int line,
		      const struct rule_request *r)
{
	if (!NAMED(r, ECMP_A_RULE_MIN_PREFIX))
		return true;
	if (!NAMED(r, ECMP_A_RULE_TABLE))
		return config_mistake(config, line,
				      "only lookup and lookup-only-in-table have a min-prefix: leave it out");
	return r->family != AF_INET || r->min_prefix <= 32 ||
	       config_mistake(config, line,
			      "the min-prefix of an IPv4 rule is 0 to 32");
}

static void read_rule(struct config *config, unsigned int line,
		      struct request *request)
{
	struct rule_request *r = &request->rule;
	struct config_rule *rule;
	unsigned int table = 0;
	size_t index;

	if ((NAMED(r, ECMP_A_RULE_TABLE) &&
	     !need_table(config, line, r->table, &table)) ||
	    !rule_good(config, line, r) ||
	    !rule_place(config, line, r, &index))
		return;
	if (r->comment && !r->comment[0])
		r->named &= ~BIT(ECMP_A_RULE_COMMENT);
	rule = LIST_ADD(config, config->rules);
	if (!rule)
		return;
	rule = &config->rules.item[index];
	memmove(rule + 1, rule,
		(config->rules.count - 1 - index) * sizeof(*rule));
	memset(rule, 0, sizeof(*rule));
	rule->line = line;
	rule->table = table;
	/* Its place is no part of it. */
	r->position = 0;
	rule->nlh = message_of(config, request);
	rule_fill(rule, r);
}

/* ---- the file ---- */

static bool read_command(const struct line *line, struct request *request,
			 void *data)
{
	struct config *config = data;

	switch (request->command) {
	case ECMP_CMD_TABLE_NEW:
		read_table(config, line->number, request);
		break;
	case ECMP_CMD_ROUTE_NEW:
		read_route(config, line->number, request);
		break;
	case ECMP_CMD_RULE_NEW:
		read_rule(config, line->number, request);
		break;
	case ECMP_CMD_NEXTHOP_NEW:
		config_read_nexthop(config, line->number, request);
		break;
	default:
		if (distance_requested(request))
			config_read_distance(config, request);
		else
			config_read_settings(config, line->number, request);
	}
	return !config->full;
}

static void read_mistake(unsigned int line, const char *sentence, void *data)
{
	config_mistake(data, line, "%s", sentence);
}

/* As everything is without being written. */
static void config_init(struct config *config)
{
	unsigned int i;

	memset(config, 0, sizeof(*config));
	config->settings.enabled = true;
	config->settings.pin = ECMP_PIN_CONNECTION;
	config->settings.pin_mask = ECMP_PIN_MASK;
	config->settings.kernel_routes = true;
	config->settings.check_interval = 10000;
	config->settings.check_timeout = 1000;
	config->settings.check_count = 2;
	config->settings.check_up_count = 1;
	for (i = 0; i < COUNT(config->protocol); i++)
		config->protocol[i] = config_distance_default(i);
	table_new(config, 0, "main");
}

/**
 * config_read - read a file as a configuration
 * @config: where it goes; config_free() is the caller's, also after -1
 * @file: the file
 * @mistake: called for each line that "load" would refuse
 * @data: for it
 *
 * Return: 0, though there may be mistakes; -1: there is no memory.
 */
int config_read(struct config *config, const struct file *file,
		line_mistake_t mistake, void *data)
{
	config_init(config);
	config->mistake = mistake;
	config->data = data;
	if (lines_each(file, read_command, read_mistake, config) ||
	    config->full)
		return -1;
	config_verify(config);
	return config->full ? -1 : 0;
}

/**
 * config_free - forget a configuration
 * @config: of config_read(), or zeroed
 */
void config_free(struct config *config)
{
	size_t i;

	for (i = 0; i < config->routes.count; i++)
		free(config->routes.item[i].nlh);
	for (i = 0; i < config->rules.count; i++)
		free(config->rules.item[i].nlh);
	free(config->tables.item);
	free(config->routes.item);
	free(config->rules.item);
	free(config->nexthops.item);
	free(config->devices.item);
}
