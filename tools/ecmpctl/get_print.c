// SPDX-License-Identifier: GPL-2.0
/*
 * The answer to "get" as an explanation.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "ecmpctl.h"
#include "get.h"
#include "rule_text.h"

static void print_flow(struct printer *p, const struct question *q)
{
	char text[PROTOCOL_TEXT];

	if (NAMED(q, ECMP_A_LOOKUP_PROTO))
		print_string(p, "ipproto", " ", protocol_text(q->proto, text));
	if (NAMED(q, ECMP_A_LOOKUP_SPORT))
		print_number(p, "sport", " ", q->sport);
	if (NAMED(q, ECMP_A_LOOKUP_DPORT))
		print_number(p, "dport", " -> ", q->dport);
	if (NAMED(q, ECMP_A_LOOKUP_MARK)) {
		print_number(p, "mark", NULL, q->mark);
		print_text(p, " mark 0x%x", q->mark);
	}
	if (NAMED(q, ECMP_A_LOOKUP_DSCP))
		print_number(p, "dscp", " dscp ", q->dscp);
	if (NAMED(q, ECMP_A_LOOKUP_FLOWLABEL)) {
		print_number(p, "flowlabel", NULL, q->flowlabel);
		print_text(p, " flowlabel 0x%x", (unsigned int)q->flowlabel);
	}
}

static void print_question(struct printer *p, const struct question *q)
{
	char text[ADDRESS_TEXT];

	print_color(p, COLOR_HEAD);
	print_string(p, "dst", "", address_text(&q->dst, text));
	if (NAMED(q, ECMP_A_LOOKUP_FROM))
		print_string(p, "from", " from ",
			     address_text(&q->from, text));
	if (NAMED(q, ECMP_A_LOOKUP_IIF))
		print_name(p, "iif", " iif ", q->iif);
	print_flow(p, q);
	if (!NAMED(q, ECMP_A_LOOKUP_IIF))
		print_text(p, ", from the router itself");
	print_text(p, "\n");
}

/* ---- the rules ---- */

#define STEPS_SHOWN	32	/* with more, runs become one line */

enum { S_RULE, S_SAYS, S_RESULT, S_COUNT };

static const struct column step_columns[S_COUNT] = {
	[S_RULE]	= { .title = "rule", .right = true },
	[S_SAYS]	= { .title = "says", .wrap = true },
	[S_RESULT]	= { .title = "result", .wrap = true },
};

/* The attributes of the rule with this id; false: it has just gone. */
static bool rule_by_id(const struct answers *rules, uint64_t id,
		       const struct nlattr **a)
{
	const struct nlmsghdr *nlh = NULL;

	while ((nlh = answers_next(rules, nlh))) {
		attributes_read(nlh, a, ECMP_A_RULE_MAX);
		if (number_of(a[ECMP_A_RULE_ID]) == id)
			return true;
	}
	return false;
}

static void print_says(const struct explanation *e, const struct nlattr **s)
{
	const struct nlattr *rule[ECMP_A_RULE_MAX + 1];
	char match[RULE_TEXT] = "", action[RULE_TEXT];
	struct printer *p = &e->ctl->out;
	const char *option = "";

	if (s[ECMP_A_STEP_INDEX] &&
	    rule_by_id(e->rules, number_of(s[ECMP_A_STEP_ID]), rule)) {
		option = rule_text_family(rule);
		rule_text_match(rule, match);
		rule_text_action(rule, action);
	} else {
		snprintf(action, sizeof(action), "%s %s",
			 name_word(actions, number_of(s[ECMP_A_STEP_ACTION])),
			 string_of(s[ECMP_A_STEP_TABLE]));
	}
	print_text(p, "%s%s%s%s%s", option, option[0] ? " " : "", match,
		   match[0] ? " " : "", action);
}

static void print_mismatch(struct printer *p, const struct nlattr *bits)
{
	const struct name *field;
	bool first = true;

	print_array_begin(p, "mismatch");
	for (field = fields; field->word; field++) {
		if (!(number_of(bits) & field->value))
			continue;
		print_string(p, NULL, first ? ": " : ", ",
			     p->json || !field->text ? field->word :
						       field->text);
		first = false;
	}
	print_array_end(p);
}

static enum color outcome_color(uint64_t outcome)
{
	switch (outcome) {
	case ECMP_OUTCOME_ROUTE:
	case ECMP_OUTCOME_ACTION:
		return COLOR_GOOD;
	case ECMP_OUTCOME_SUPPRESSED:
		return COLOR_WAIT;
	default:
		return COLOR_FAINT;
	}
}

static void print_outcome(struct printer *p, const struct nlattr **s)
{
	uint64_t outcome = number_of(s[ECMP_A_STEP_OUTCOME]);
	struct prefix prefix = {
		.address = address_of(s[ECMP_A_STEP_PREFIX]),
		.length = number_of(s[ECMP_A_STEP_PREFIX_LEN]),
	};
	char text[ADDRESS_TEXT];

	print_string(p, "outcome", NULL, name_word(outcomes, outcome));
	print_color(p, outcome_color(outcome));
	if (prefix.address.family) {
		print_string(p, "prefix", NULL, prefix_text(&prefix, text));
		print_text(p, "found %s", text);
	} else {
		print_text(p, "%s", name_text(outcomes, outcome));
	}
	if (outcome == ECMP_OUTCOME_SUPPRESSED)
		print_text(p, ", suppressed (%u <= %u)", prefix.length,
			   (unsigned int)number_of(s[ECMP_A_STEP_MIN_PREFIX]));
	else if (outcome == ECMP_OUTCOME_NO_MATCH)
		print_mismatch(p, s[ECMP_A_STEP_MISMATCH]);
	else if (outcome == ECMP_OUTCOME_NO_ROUTE && s[ECMP_A_STEP_INDEX] &&
		 number_of(s[ECMP_A_STEP_ACTION]) == ECMP_ACTION_LOOKUP)
		print_text(p, ": next rule");
}

static void print_step(const struct explanation *e, const struct nlattr *nest)
{
	const struct nlattr *s[ECMP_A_STEP_MAX + 1];
	struct printer *p = &e->ctl->out;

	attributes_read_nest(nest, s, ECMP_A_STEP_MAX);
	print_row_begin(p);
	print_cell(p, S_RULE);
	if (s[ECMP_A_STEP_INDEX]) {
		print_number(p, "index", "", number_of(s[ECMP_A_STEP_INDEX]));
		print_number(p, "id", NULL, number_of(s[ECMP_A_STEP_ID]));
	} else {
		print_text(p, "last");
	}
	print_cell(p, S_SAYS);
	print_says(e, s);
	print_string(p, "action", NULL,
		     name_word(actions, number_of(s[ECMP_A_STEP_ACTION])));
	if (s[ECMP_A_STEP_TABLE])
		print_string(p, "table", NULL,
			     string_of(s[ECMP_A_STEP_TABLE]));
	if (s[ECMP_A_STEP_MIN_PREFIX])
		print_number(p, "min_prefix", NULL,
			     number_of(s[ECMP_A_STEP_MIN_PREFIX]));
	if (s[ECMP_A_STEP_COMMENT])
		print_string(p, "comment", NULL,
			     string_of(s[ECMP_A_STEP_COMMENT]));
	print_cell(p, S_RESULT);
	print_outcome(p, s);
	print_row_end(p);
}

/**
 * struct run - rules one after another that do not match
 * @first: the first
 * @last: the last
 * @count: how many
 */
struct run {
	const struct nlattr	*first;
	const struct nlattr	*last;
	unsigned int		count;
};

static unsigned int step_index(const struct nlattr *nest)
{
	const struct nlattr *s[ECMP_A_STEP_MAX + 1];

	attributes_read_nest(nest, s, ECMP_A_STEP_MAX);
	return number_of(s[ECMP_A_STEP_INDEX]);
}

static bool step_matches(const struct nlattr *nest)
{
	const struct nlattr *s[ECMP_A_STEP_MAX + 1];

	attributes_read_nest(nest, s, ECMP_A_STEP_MAX);
	return number_of(s[ECMP_A_STEP_OUTCOME]) != ECMP_OUTCOME_NO_MATCH;
}

static void print_run(const struct explanation *e, struct run *run)
{
	struct printer *p = &e->ctl->out;

	if (run->count == 1)
		print_step(e, run->first);
	if (run->count > 1) {
		print_row_begin(p);
		print_cell(p, S_RULE);
		print_text(p, "%u-%u", step_index(run->first),
			   step_index(run->last));
		print_cell(p, S_RESULT);
		print_color(p, COLOR_FAINT);
		print_text(p, "do not match");
		print_row_end(p);
	}
	run->count = 0;
}

/* Of many rules a person wants to see those that match. */
static void print_steps_short(const struct explanation *e,
			      const struct nlmsghdr *nlh)
{
	const struct nlattr *attr;
	struct run run = { .count = 0 };

	netlink_attributes(attr, nlh) {
		if (mnl_attr_get_type(attr) != ECMP_A_LOOKUP_STEP)
			continue;
		if (!step_matches(attr)) {
			if (!run.count++)
				run.first = attr;
			run.last = attr;
			continue;
		}
		print_run(e, &run);
		print_step(e, attr);
	}
	print_run(e, &run);
}

static void print_steps(const struct explanation *e,
			const struct nlmsghdr *nlh)
{
	struct printer *p = &e->ctl->out;
	const struct nlattr *attr;
	unsigned int count = 0;

	netlink_attributes(attr, nlh)
		count += mnl_attr_get_type(attr) == ECMP_A_LOOKUP_STEP;
	print_table_begin(p, "steps", step_columns, S_COUNT);
	if (count > STEPS_SHOWN && !p->json) {
		print_steps_short(e, nlh);
	} else {
		netlink_attributes(attr, nlh)
			if (mnl_attr_get_type(attr) == ECMP_A_LOOKUP_STEP)
				print_step(e, attr);
	}
	print_table_end(p);
}

/* ---- the path ---- */

/* The hash alone; elsewhere people need not know its bucket, programs may. */
static void print_bucket(struct printer *p, const struct nlattr **a)
{
	uint64_t policy = number_of(a[ECMP_A_LOOKUP_HASH_POLICY]);
	uint64_t balance = number_of(a[ECMP_A_LOOKUP_BALANCE]);
	bool hash = balance == ECMP_BALANCE_HASH;

	print_string(p, "balance", hash ? NULL : ", balance ",
		     name_word(balances, balance));
	print_string(p, "hash_policy", hash ? ", hash " : NULL,
		     name_word(hash_policies, policy));
	print_number(p, "hash", NULL, number_of(a[ECMP_A_LOOKUP_HASH]));
	print_number(p, "bucket", hash ? ", bucket " : NULL,
		     number_of(a[ECMP_A_LOOKUP_BUCKET]));
	print_number(p, "buckets", hash ? " of " : NULL,
		     number_of(a[ECMP_A_LOOKUP_BUCKETS]));
	if (a[ECMP_A_LOOKUP_TURNS])
		print_number(p, "turns", NULL,
			     number_of(a[ECMP_A_LOOKUP_TURNS]));
}

/* What the hash takes beside what was told. */
static const char *hashed(const struct nlattr **a, const struct question *q)
{
	const uint64_t policy = number_of(a[ECMP_A_LOOKUP_HASH_POLICY]);
	const bool from = NAMED(q, ECMP_A_LOOKUP_FROM);

	if (policy == ECMP_HASH_POLICY_L4)
		return from ? "ipproto, sport and dport" :
			      "from, ipproto, sport and dport";
	if (policy != ECMP_HASH_POLICY_SRC && q->dst.family == AF_INET6 &&
	    !(NAMED(q, ECMP_A_LOOKUP_PROTO) &&
	      NAMED(q, ECMP_A_LOOKUP_FLOWLABEL)))
		return from ? "ipproto and flowlabel" :
			      "from, ipproto and flowlabel";
	/* There is nothing else that l3-inner could miss. */
	return from ? "the packet inside" : "from, the source address";
}

static void print_example(struct printer *p, const struct nlattr **a,
			  const struct question *q)
{
	print_bool(p, "example", true);
	switch (number_of(a[ECMP_A_LOOKUP_BALANCE])) {
	case ECMP_BALANCE_HASH:
		print_text(p, "\n(The bucket is an example: it depends on %s.)",
			   hashed(a, q));
		break;
	case ECMP_BALANCE_PER_PACKET:
		print_text(p, "\n(The path is an example: each packet takes one by chance.)");
		break;
	case ECMP_BALANCE_ROUND_ROBIN:
		print_text(p, "\n(The path is an example: each packet takes the next one.)");
		break;
	default:
		print_text(p, "\n(The path is an example: each new connection takes the next one.)");
	}
}

static void print_found(struct printer *p, const struct nlattr **a,
			const struct question *q)
{
	struct prefix prefix = {
		.address = address_of(a[ECMP_A_LOOKUP_PREFIX]),
		.length = number_of(a[ECMP_A_LOOKUP_PREFIX_LEN]),
	};
	char text[ADDRESS_TEXT];

	if (!a[ECMP_A_LOOKUP_TABLE])
		return;
	print_string(p, "table", "table ", string_of(a[ECMP_A_LOOKUP_TABLE]));
	if (prefix.address.family)
		print_string(p, "prefix", ", ", prefix_text(&prefix, text));
	print_number(p, "group", NULL, number_of(a[ECMP_A_LOOKUP_GROUP]));
	if (a[ECMP_A_LOOKUP_OWNER]) {
		print_bool(p, "owner", true);
		print_text(p, ", by the path whose device has the source address");
	} else if (number_of(a[ECMP_A_LOOKUP_BUCKETS]) > 1) {
		print_bucket(p, a);
	}
	if (a[ECMP_A_LOOKUP_EXAMPLE])
		print_example(p, a, q);
	print_text(p, "\n");
}

static void print_left(struct printer *p, const struct nlattr *attr)
{
	if (!number_of(attr))
		return;
	print_string(p, "left", NULL, name_word(lefts, number_of(attr)));
	print_text(p, ": %s", name_text(lefts, number_of(attr)));
}

static void print_verdict(struct printer *p, const struct nlattr **a,
			  uint8_t family)
{
	const struct name *names = family == AF_INET6 ? verdicts6 : verdicts;
	uint64_t verdict = number_of(a[ECMP_A_LOOKUP_VERDICT]);
	struct address gateway = address_of(a[ECMP_A_LOOKUP_GATEWAY]);
	enum color color = verdict == ECMP_VERDICT_FORWARD ? COLOR_GOOD :
			   verdict == ECMP_VERDICT_NATIVE ? COLOR_WAIT :
							    COLOR_BAD;
	char text[ADDRESS_TEXT];

	print_string(p, "verdict", NULL, name_word(verdicts, verdict));
	print_text(p, "->");
	print_color(p, color);
	if (gateway.family)
		print_string(p, "gateway", " via ",
			     address_text(&gateway, text));
	print_color(p, color);
	if (a[ECMP_A_LOOKUP_DEVICE])
		print_name(p, "device", " dev ",
			   string_of(a[ECMP_A_LOOKUP_DEVICE]));
	print_color(p, color);
	if (verdict != ECMP_VERDICT_FORWARD)
		print_text(p, " %s", name_text(names, verdict));
	print_left(p, a[ECMP_A_LOOKUP_LEFT]);
	print_text(p, "\n");
}

enum {
	P_PATH, P_DEV, P_DISTANCE, P_WEIGHT, P_BUCKETS, P_SHARE, P_STATE, P_COUNT
};

static const struct column path_columns[P_COUNT] = {
	[P_PATH]	= { .title = "path" },
	[P_DEV]		= { .title = "dev" },
	[P_DISTANCE]	= { .title = "distance", .right = true },
	[P_WEIGHT]	= { .title = "weight", .right = true },
	[P_BUCKETS]	= { .title = "buckets", .right = true },
	[P_SHARE]	= { .title = "share", .right = true },
	[P_STATE]	= { .title = "state", .wrap = true },
};

static void print_state(struct printer *p, const struct nlattr **a)
{
	uint64_t state = number_of(a[ECMP_A_PATH_STATE]);
	uint64_t reason = number_of(a[ECMP_A_PATH_REASON]);

	print_cell(p, P_STATE);
	print_color(p, a[ECMP_A_PATH_CHOSEN] ? COLOR_GOOD :
		    state != ECMP_NEXTHOP_ALIVE ? COLOR_BAD :
		    reason ? COLOR_WAIT : COLOR_NONE);
	print_string(p, "state", "", name_word(nexthop_states, state));
	if (reason) {
		print_string(p, "reason", NULL, name_word(reasons, reason));
		print_text(p, ", %s", name_text(reasons, reason));
	}
	if (a[ECMP_A_PATH_CHOSEN]) {
		print_bool(p, "chosen", true);
		print_text(p, ", chosen");
	}
}

/* What falls to a path: buckets, or so many of each @turns packets. */
static void print_share(struct printer *p, const struct nlattr **a,
			uint64_t turns)
{
	print_cell(p, P_BUCKETS);
	print_number(p, "buckets", turns ? NULL : "",
		     number_of(a[ECMP_A_PATH_BUCKETS]));
	print_cell(p, P_SHARE);
	if (!turns)
		return;
	print_number(p, "turns", "", number_of(a[ECMP_A_PATH_TURNS]));
	print_text(p, " of %u", (unsigned int)turns);
}

static void print_path(struct printer *p, const struct nlattr *nest,
		       uint64_t turns)
{
	const struct nlattr *a[ECMP_A_PATH_MAX + 1];
	struct address gateway;
	char text[ADDRESS_TEXT];
	uint64_t type;

	attributes_read_nest(nest, a, ECMP_A_PATH_MAX);
	gateway = address_of(a[ECMP_A_PATH_GATEWAY]);
	type = number_of(a[ECMP_A_PATH_TYPE]);
	print_row_begin(p);
	print_cell(p, P_PATH);
	print_string(p, "type", type ? "" : NULL, name_word(route_types, type));
	if (gateway.family)
		print_string(p, "gateway", "", address_text(&gateway, text));
	print_cell(p, P_DEV);
	if (a[ECMP_A_PATH_DEVICE])
		print_name(p, "device", "",
			   string_of(a[ECMP_A_PATH_DEVICE]));
	print_cell(p, P_DISTANCE);
	print_number(p, "distance", "", number_of(a[ECMP_A_PATH_DISTANCE]));
	print_cell(p, P_WEIGHT);
	print_number(p, "weight", "", number_of(a[ECMP_A_PATH_WEIGHT]));
	print_share(p, a, turns);
	print_state(p, a);
	print_row_end(p);
}

/* Distance, device, gateway; the type tells those without apart. */
static int compare_paths(const void *one, const void *two)
{
	const struct nlattr *a[ECMP_A_PATH_MAX + 1], *b[ECMP_A_PATH_MAX + 1];
	struct address from, to;
	int order;

	attributes_read_nest(*(const struct nlattr *const *)one, a,
			     ECMP_A_PATH_MAX);
	attributes_read_nest(*(const struct nlattr *const *)two, b,
			     ECMP_A_PATH_MAX);
	order = compare_numbers(number_of(a[ECMP_A_PATH_DISTANCE]),
				number_of(b[ECMP_A_PATH_DISTANCE]));
	if (!order)
		order = strcmp(string_of(a[ECMP_A_PATH_DEVICE]),
			       string_of(b[ECMP_A_PATH_DEVICE]));
	from = address_of(a[ECMP_A_PATH_GATEWAY]);
	to = address_of(b[ECMP_A_PATH_GATEWAY]);
	if (!order)
		order = address_compare(&from, &to);
	return order ? order :
	       compare_numbers(number_of(a[ECMP_A_PATH_TYPE]),
			       number_of(b[ECMP_A_PATH_TYPE]));
}

static unsigned int list_paths(const struct nlmsghdr *nlh,
			       const struct nlattr **path)
{
	const struct nlattr *attr;
	unsigned int count = 0;

	netlink_attributes(attr, nlh) {
		if (mnl_attr_get_type(attr) != ECMP_A_LOOKUP_PATH)
			continue;
		if (path)
			path[count] = attr;
		count++;
	}
	return count;
}

static bool path_has_reason(const struct nlattr *nest)
{
	const struct nlattr *a[ECMP_A_PATH_MAX + 1];

	attributes_read_nest(nest, a, ECMP_A_PATH_MAX);
	return a[ECMP_A_PATH_REASON];
}

/* One path alone is the one that was just told, unless there is more to it. */
static void print_paths(struct printer *p, const struct nlmsghdr *nlh,
			uint64_t turns)
{
	unsigned int count = list_paths(nlh, NULL), i;
	const struct nlattr **path;

	path = calloc(count + 1, sizeof(*path));
	if (!path) {
		p->failed = true;
		return;
	}
	list_paths(nlh, path);
	if (!p->json && (!count || (count == 1 && !path_has_reason(path[0])))) {
		free(path);
		return;
	}
	qsort(path, count, sizeof(*path), compare_paths);
	print_table_begin(p, "paths", path_columns, P_COUNT);
	for (i = 0; i < count; i++)
		print_path(p, path[i], turns);
	print_table_end(p);
	free(path);
}

/**
 * get_explain - print the answer to a question
 * @nlh: answer of the kernel
 * @data: struct explanation
 */
void get_explain(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *a[ECMP_A_LOOKUP_MAX + 1];
	const struct explanation *e = data;
	struct printer *p = &e->ctl->out;

	attributes_read(nlh, a, ECMP_A_LOOKUP_MAX);
	print_object_begin(p, NULL);
	print_question(p, e->q);
	print_steps(e, nlh);
	if (a[ECMP_A_LOOKUP_STEPS_LEFT_OUT]) {
		print_number(p, "steps_left_out", "and more rules that are left out here: ",
			     number_of(a[ECMP_A_LOOKUP_STEPS_LEFT_OUT]));
		print_text(p, "\n");
	}
	print_found(p, a, e->q);
	print_verdict(p, a, e->q->dst.family);
	get_explain_pin(p, a);
	print_paths(p, nlh, number_of(a[ECMP_A_LOOKUP_TURNS]));
	print_object_end(p);
}
