// SPDX-License-Identifier: GPL-2.0
/*
 * save: what ecmpctl configured, as a file that "load" takes. The same state
 * gives the same bytes; what is as it is without being written is left out.
 */
#include <errno.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "duration.h"
#include "ecmpctl.h"
#include "file.h"
#include "route_text.h"
#include "rule_text.h"
#include "save.h"
#include "text.h"

#define STATE_SECONDS	3
#define SAVE_TEXT	(ROUTE_TEXT + 2 * RULE_TEXT + RULE_COMMENT)

/**
 * struct item - a table or a route, and where it goes
 * @nlh: the object
 * @table: name of its table; "" for main, so that it comes first
 * @dst: destination of a route
 * @distance: of a route
 * @gateway: of a route, as it is written
 * @kernel: it is the kernel's
 * @device: of a route; empty: none was written
 * @type: of a route
 */
struct item {
	const struct nlmsghdr	*nlh;
	const char		*table;
	struct prefix		dst;
	uint64_t		distance;
	struct address		gateway;
	bool			kernel;
	const char		*device;
	uint64_t		type;
};

/* Table, family, prefix, distance, gateway; then what else names a route. */
static int compare_items(const void *one, const void *two)
{
	const struct item *a = one, *b = two;
	int order = strcmp(a->table, b->table);

	if (!order)
		order = address_compare(&a->dst.address, &b->dst.address);
	if (!order)
		order = compare_numbers(a->dst.length, b->dst.length);
	if (!order)
		order = compare_numbers(a->distance, b->distance);
	if (!order)
		order = address_compare(&a->gateway, &b->gateway);
	if (!order)
		order = strcmp(a->device, b->device);
	if (!order)
		order = compare_numbers(a->kernel, b->kernel);
	if (!order)
		order = compare_numbers(a->type, b->type);
	return order;
}

static const char *table_key(const char *name)
{
	return strcmp(name, "main") ? name : "";
}

static void table_item(const struct nlmsghdr *nlh, struct item *item)
{
	const struct nlattr *a[ECMP_A_TABLE_MAX + 1];

	attributes_read(nlh, a, ECMP_A_TABLE_MAX);
	item->table = table_key(string_of(a[ECMP_A_TABLE_NAME]));
	item->device = "";
}

static void route_item(const struct nlmsghdr *nlh, struct item *item)
{
	const struct nlattr *a[ECMP_A_ROUTE_MAX + 1];

	attributes_read(nlh, a, ECMP_A_ROUTE_MAX);
	item->table = table_key(string_of(a[ECMP_A_ROUTE_TABLE]));
	item->dst.address = address_of(a[ECMP_A_ROUTE_DST]);
	item->dst.length = number_of(a[ECMP_A_ROUTE_DST_LEN]);
	/* A file need not say it. */
	item->distance = a[ECMP_A_ROUTE_DISTANCE] ?
			 number_of(a[ECMP_A_ROUTE_DISTANCE]) : 1;
	item->kernel = a[ECMP_A_ROUTE_GATEWAY_KERNEL];
	/* Which one it follows now is not configured. */
	if (!item->kernel)
		item->gateway = address_of(a[ECMP_A_ROUTE_GATEWAY]);
	item->device = string_of(a[ECMP_A_ROUTE_DEVICE]);
	item->type = number_of(a[ECMP_A_ROUTE_TYPE]);
}

static void nexthop_item(const struct nlmsghdr *nlh, struct item *item)
{
	const struct nlattr *a[ECMP_A_NEXTHOP_MAX + 1];

	attributes_read(nlh, a, ECMP_A_NEXTHOP_MAX);
	item->table = "";
	item->dst.address.family = number_of(a[ECMP_A_NEXTHOP_FAMILY]);
	item->gateway = address_of(a[ECMP_A_NEXTHOP_GATEWAY]);
	item->device = string_of(a[ECMP_A_NEXTHOP_DEVICE]);
}

/**
 * struct saving - a configuration that becomes lines
 * @ctl: this run
 * @text: the line that comes next
 * @line: the same, as it will be read
 * @kind: of what it is
 * @told: called for each line
 * @data: for it
 */
struct saving {
	struct ctl	*ctl;
	char		text[SAVE_TEXT];
	struct line	line;
	enum save_kind	kind;
	save_line_t	told;
	void		*data;
};

/*
 * A line that "load" would not take is told: the module may be newer than this
 * program.
 */
static void save_line(struct saving *s)
{
	struct file file = { .text = s->text, .size = strlen(s->text) };
	struct request request;
	struct words words;
	const char *problem;

	line_at(&s->line, &file, 0);
	problem = s->line.problem;
	if (!problem && !command_read(&s->line, &words, &request))
		problem = words.problem;
	if (problem)
		print_warning(s->ctl, "load will not take \"%s\": %s", s->text,
			      problem);
	s->told(s->kind, s->text, s->data);
}

static void save_words(struct saving *s, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void save_words(struct saving *s, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(s->text, sizeof(s->text), fmt, args);
	va_end(args);
	save_line(s);
}

typedef void (*item_t)(const struct nlmsghdr *nlh, struct item *item);
typedef void (*save_t)(struct saving *s, const struct nlmsghdr *nlh);

static int save_sorted(struct saving *s, enum save_kind kind,
		       const struct answers *answers, item_t read, save_t save)
{
	struct item *items = calloc(answers->count + 1, sizeof(*items));
	const struct nlmsghdr *nlh = NULL;
	size_t count = 0, i;

	if (!items)
		return -1;
	while ((nlh = answers_next(answers, nlh))) {
		items[count].nlh = nlh;
		read(nlh, &items[count++]);
	}
	qsort(items, count, sizeof(*items), compare_items);
	s->kind = kind;
	for (i = 0; i < count; i++)
		save(s, items[i].nlh);
	free(items);
	return 0;
}

static void save_hash_policy(struct saving *s, uint64_t v4, uint64_t v6)
{
	const char *word4 = name_word(hash_policies, v4);
	const char *word6 = name_word(hash_policies, v6);

	if (v4 == v6 && v4 != ECMP_HASH_POLICY_L3)
		save_words(s, "set hash-policy %s", word4);
	if (v4 != v6 && v4 != ECMP_HASH_POLICY_L3)
		save_words(s, "-4 set hash-policy %s", word4);
	if (v4 != v6 && v6 != ECMP_HASH_POLICY_L3)
		save_words(s, "-6 set hash-policy %s", word6);
}

static void save_msecs(struct saving *s, const char *word,
		       const struct nlattr *attr, uint64_t otherwise)
{
	char text[DURATION_TEXT];

	if (attr && number_of(attr) != otherwise)
		save_words(s, "set %s %s", word,
			   duration_text(number_of(attr), text));
}

static void save_count(struct saving *s, const char *word,
		       const struct nlattr *attr, uint64_t otherwise)
{
	if (attr && number_of(attr) != otherwise)
		save_words(s, "set %s %llu", word,
			   (unsigned long long)number_of(attr));
}

static void save_checks(struct saving *s, const struct nlattr **a)
{
	save_msecs(s, "check-gateway-interval",
		   a[ECMP_A_SETTINGS_CHECK_INTERVAL], 10000);
	save_msecs(s, "check-gateway-timeout",
		   a[ECMP_A_SETTINGS_CHECK_TIMEOUT], 1000);
	save_count(s, "check-gateway-count", a[ECMP_A_SETTINGS_CHECK_COUNT],
		   2);
	save_count(s, "check-gateway-up-count",
		   a[ECMP_A_SETTINGS_CHECK_UP_COUNT], 1);
}

static void save_settings(struct saving *s, const struct nlmsghdr *nlh)
{
	const struct nlattr *a[ECMP_A_SETTINGS_MAX + 1], *attr;
	char text[DISTANCE_TEXT];
	uint64_t pin;

	attributes_read(nlh, a, ECMP_A_SETTINGS_MAX);
	if (!number_of(a[ECMP_A_SETTINGS_ENABLED]))
		save_words(s, "set enabled no");
	save_hash_policy(s, number_of(a[ECMP_A_SETTINGS_HASH_POLICY4]),
			 number_of(a[ECMP_A_SETTINGS_HASH_POLICY6]));
	if (number_of(a[ECMP_A_SETTINGS_HASH_SEED]))
		save_words(s, "set hash-seed %llu", (unsigned long long)
			   number_of(a[ECMP_A_SETTINGS_HASH_SEED]));
	pin = number_of(a[ECMP_A_SETTINGS_PIN]);
	if (a[ECMP_A_SETTINGS_PIN] && pin != ECMP_PIN_CONNECTION)
		save_words(s, "set pin %s", name_word(pins, pin));
	if (a[ECMP_A_SETTINGS_PIN_MASK] &&
	    number_of(a[ECMP_A_SETTINGS_PIN_MASK]) != ECMP_PIN_MASK)
		save_words(s, "set pin-mask 0x%08llx", (unsigned long long)
			   number_of(a[ECMP_A_SETTINGS_PIN_MASK]));
	if (a[ECMP_A_SETTINGS_KERNEL_ROUTES] &&
	    !number_of(a[ECMP_A_SETTINGS_KERNEL_ROUTES]))
		save_words(s, "set kernel-routes off");
	save_checks(s, a);
	netlink_attributes(attr, nlh) {
		if (mnl_attr_get_type(attr) != ECMP_A_SETTINGS_DISTANCE)
			continue;
		distance_words(attr, text, sizeof(text));
		save_words(s, "distance %s", text);
	}
}

static void table_words(const struct nlattr **a, char *text, size_t size)
{
	uint64_t policy = number_of(a[ECMP_A_TABLE_HASH_POLICY]);
	uint64_t balance = number_of(a[ECMP_A_TABLE_BALANCE]);
	uint64_t failback = number_of(a[ECMP_A_TABLE_FAILBACK]);

	text[0] = '\0';
	if (a[ECMP_A_TABLE_KERNEL_ID])
		text_add(text, size, "kernel %u", (unsigned int)
			 number_of(a[ECMP_A_TABLE_KERNEL_ID]));
	if (policy != ECMP_HASH_POLICY_INHERIT)
		text_add(text, size, "hash-policy %s",
			 name_word(hash_policies, policy));
	if (balance != ECMP_BALANCE_HASH)
		text_add(text, size, "balance %s",
			 name_word(balances, balance));
	if (failback != ECMP_FAILBACK_SOFT)
		text_add(text, size, "failback %s",
			 name_word(failbacks, failback));
}

static void save_table(struct saving *s, const struct nlmsghdr *nlh)
{
	const struct nlattr *a[ECMP_A_TABLE_MAX + 1];
	char text[128], quoted[TEXT_QUOTED(ECMP_NAME_MAX)];
	const char *name;

	attributes_read(nlh, a, ECMP_A_TABLE_MAX);
	name = string_of(a[ECMP_A_TABLE_NAME]);
	table_words(a, text, sizeof(text));
	if (strcmp(name, "main"))
		save_words(s, "table add %s%s%s",
			   text_quote(name, quoted, sizeof(quoted)),
			   text[0] ? " " : "", text);
	else if (text[0])
		save_words(s, "table set main %s", text);
}

/* Of a next hop only its pin is configured. */
static void save_nexthop(struct saving *s, const struct nlmsghdr *nlh)
{
	const struct nlattr *a[ECMP_A_NEXTHOP_MAX + 1];
	char gateway[ADDRESS_TEXT] = "", device[TEXT_QUOTED(IFNAMSIZ)];
	struct address address;
	bool v6;

	attributes_read(nlh, a, ECMP_A_NEXTHOP_MAX);
	if (!a[ECMP_A_NEXTHOP_PIN_FIXED])
		return;
	address = address_of(a[ECMP_A_NEXTHOP_GATEWAY]);
	if (address.family)
		address_text(&address, gateway);
	v6 = number_of(a[ECMP_A_NEXTHOP_FAMILY]) == AF_INET6;
	text_quote(string_of(a[ECMP_A_NEXTHOP_DEVICE]), device, sizeof(device));
	save_words(s, "%snexthop set %s%sdev %s pin-id %u",
		   v6 && !address.family ? "-6 " : "", gateway,
		   address.family ? " " : "", device,
		   (unsigned int)number_of(a[ECMP_A_NEXTHOP_PIN_ID]));
}

static void save_route(struct saving *s, const struct nlmsghdr *nlh)
{
	const struct nlattr *a[ECMP_A_ROUTE_MAX + 1];
	char text[ROUTE_TEXT];

	attributes_read(nlh, a, ECMP_A_ROUTE_MAX);
	route_text(a, text);
	save_words(s, "route add %s", text);
}

static void save_rules(struct saving *s, const struct answers *answers)
{
	char match[RULE_TEXT], action[RULE_TEXT], comment[RULE_COMMENT];
	const struct nlattr *a[ECMP_A_RULE_MAX + 1];
	const struct nlmsghdr *nlh = NULL;
	const char *option;

	while ((nlh = answers_next(answers, nlh))) {
		attributes_read(nlh, a, ECMP_A_RULE_MAX);
		rule_text_match(a, match);
		rule_text_action(a, action);
		rule_text_comment(a, comment);
		option = rule_text_family(a);
		save_words(s, "%s%srule add %s%s%s%s%s%s", option,
			   option[0] ? " " : "", match, match[0] ? " " : "",
			   action,
			   number_of(a[ECMP_A_RULE_DISABLED]) ?
			   " disabled" : "", comment[0] ? " " : "", comment);
	}
}

static void read_settings(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *a[ECMP_A_SETTINGS_MAX + 1];
	struct state *s = data;

	attributes_read(nlh, a, ECMP_A_SETTINGS_MAX);
	s->generation = number_of(a[ECMP_A_SETTINGS_GENERATION]);
	free(s->settings);
	s->settings = malloc(nlh->nlmsg_len);
	if (s->settings)
		memcpy(s->settings, nlh, nlh->nlmsg_len);
}

static int ask_settings(struct ctl *ctl, struct state *s)
{
	if (netlink_talk(&ctl->nl,
			 netlink_message(&ctl->nl, ECMP_CMD_SETTINGS_GET, 0),
			 read_settings, s))
		return -1;
	/* Neither there nor here is memory for them. */
	return s->settings ? 0 : refusal_set(&ctl->nl.refusal, ENOMEM);
}

/**
 * state_free - forget a state
 * @s: of state_read(), or zeroed
 */
void state_free(struct state *s)
{
	free(s->settings);
	s->settings = NULL;
	answers_free(&s->tables);
	answers_free(&s->nexthops);
	answers_free(&s->routes);
	answers_free(&s->rules);
}

/**
 * state_read_counted - ask the module for what has counters
 * @ctl: this run, with its socket open
 * @s: zeroed; without routes afterwards; state_free() is the caller's, always
 *
 * Return: 0, or -1 with the refusal in the socket.
 */
int state_read_counted(struct ctl *ctl, struct state *s)
{
	if (ask_settings(ctl, s) ||
	    dump_all(ctl, ECMP_CMD_TABLE_GET, &s->tables) ||
	    dump_all(ctl, ECMP_CMD_NEXTHOP_GET, &s->nexthops))
		return -1;
	return dump_all(ctl, ECMP_CMD_RULE_GET, &s->rules);
}

static int read_once(struct ctl *ctl, struct state *s)
{
	if (dump_all(ctl, ECMP_CMD_TABLE_GET, &s->tables) ||
	    dump_all(ctl, ECMP_CMD_NEXTHOP_GET, &s->nexthops) ||
	    dump_all(ctl, ECMP_CMD_RULE_GET, &s->rules))
		return -1;
	return dump(ctl, ask_own_routes(ctl), NULL, &s->routes);
}

/**
 * state_read - ask the module for all that is configured
 * @ctl: this run, with its socket open
 * @s: zeroed; state_free() is the caller's, also after -1
 *
 * The answers are of one state if nothing changed between them. Where gateways
 * or devices change all the time that never happens: not for long.
 *
 * Return: 0, or -1 with the refusal in the socket.
 */
int state_read(struct ctl *ctl, struct state *s)
{
	time_t end = time(NULL) + STATE_SECONDS;
	uint64_t before;

	do {
		state_free(s);
		if (ask_settings(ctl, s))
			return -1;
		before = s->generation;
		if (read_once(ctl, s) || ask_settings(ctl, s))
			return -1;
		if (before == s->generation)
			return 0;
	} while (time(NULL) <= end);
	print_warning(ctl, "the configuration changed again and again while it was read: this may mix old and new");
	return 0;
}

/**
 * state_has_seed - did the module tell the hash-seed?
 * @s: the state
 */
bool state_has_seed(const struct state *s)
{
	const struct nlattr *a[ECMP_A_SETTINGS_MAX + 1];

	attributes_read(s->settings, a, ECMP_A_SETTINGS_MAX);
	return a[ECMP_A_SETTINGS_HASH_SEED];
}

/**
 * save_lines - a state as the lines of a configuration file
 * @ctl: this run
 * @s: the state
 * @told: called for each line, in their order
 * @data: for it
 *
 * Return: 0, or -1 without memory.
 */
int save_lines(struct ctl *ctl, const struct state *s, save_line_t told,
	       void *data)
{
	static struct saving saving;
	const struct file longest = { .text = saving.text, .size = SAVE_TEXT };
	int err;

	saving.ctl = ctl;
	saving.kind = SAVE_SETTING;
	saving.told = told;
	saving.data = data;
	if (!s->settings || line_init(&saving.line, &longest))
		return -1;
	save_settings(&saving, s->settings);
	err = save_sorted(&saving, SAVE_TABLE, &s->tables, table_item,
			  save_table) ||
	      save_sorted(&saving, SAVE_NEXTHOP, &s->nexthops, nexthop_item,
			  save_nexthop) ||
	      save_sorted(&saving, SAVE_ROUTE, &s->routes, route_item,
			  save_route);
	saving.kind = SAVE_RULE;
	if (!err)
		save_rules(&saving, &s->rules);
	line_free(&saving.line);
	return err ? -1 : 0;
}

static void print_line(enum save_kind kind, const char *text, void *data)
{
	struct ctl *ctl = data;

	(void)kind;
	fprintf(ctl->out.out, "%s\n", text);
}

/**
 * save_print - print a state as a configuration file
 * @ctl: this run
 * @s: the state
 *
 * Return: the exit status.
 */
int save_print(struct ctl *ctl, const struct state *s)
{
	if (s->settings && !state_has_seed(s))
		print_warning(ctl, "the hash-seed is not in this file: only an administrator sees it");
	if (!save_lines(ctl, s, print_line, ctl))
		return ctl_finish(ctl);
	print_error(ctl, "there is no memory left");
	return EXIT_REFUSED;
}

/**
 * save_run - save
 * @ctl: this run
 * @words: after "save"
 */
int save_run(struct ctl *ctl, struct words *words)
{
	struct state s = { .settings = NULL };
	int status;

	if (!words_both_families(words) || !words_end(words))
		return ctl_problem(ctl, words);
	if (ctl_open(ctl) || state_read(ctl, &s))
		status = ctl_refused(ctl, words);
	else
		status = save_print(ctl, &s);
	state_free(&s);
	return status;
}
