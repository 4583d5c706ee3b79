// SPDX-License-Identifier: GPL-2.0
/*
 * get: which path does this flow take, and why? The kernel runs a packet's own
 * code and tells each step; here it becomes an explanation.
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "ecmpctl.h"
#include "rule_text.h"

struct question {
	uint64_t	named;		/* bits: ECMP_A_LOOKUP_* */
	struct address	dst, from;
	const char	*iif;
	uint8_t		proto;
	uint64_t	sport, dport, dscp;
	uint32_t	mark, mask;
};

#define NAMED(q, attr) ((q)->named & BIT(attr))

static bool get_from(struct words *words, void *object)
{
	struct question *q = object;

	q->named |= BIT(ECMP_A_LOOKUP_FROM);
	if (!words_address(words, &q->from))
		return false;
	words_from(words, ECMP_A_LOOKUP_FROM);
	if (q->from.family != q->dst.family)
		return words_fail(words, words->next - 1,
				  "source and destination must be of one family");
	return true;
}

static bool get_iif(struct words *words, void *object)
{
	struct question *q = object;

	q->named |= BIT(ECMP_A_LOOKUP_IIF);
	if (!words_device(words, &q->iif))
		return false;
	words_from(words, ECMP_A_LOOKUP_IIF);
	return true;
}

static bool get_proto(struct words *words, void *object)
{
	struct question *q = object;

	q->named |= BIT(ECMP_A_LOOKUP_PROTO);
	if (!words_protocol(words, &q->proto))
		return false;
	words_from(words, ECMP_A_LOOKUP_PROTO);
	return true;
}

static bool get_port(struct words *words, struct question *q, uint16_t attr,
		     uint64_t *port)
{
	q->named |= BIT(attr);
	if (!words_number(words, "a port", 0, UINT16_MAX, port))
		return false;
	words_from(words, attr);
	return true;
}

static bool get_sport(struct words *words, void *object)
{
	struct question *q = object;

	return get_port(words, q, ECMP_A_LOOKUP_SPORT, &q->sport);
}

static bool get_dport(struct words *words, void *object)
{
	struct question *q = object;

	return get_port(words, q, ECMP_A_LOOKUP_DPORT, &q->dport);
}

static bool get_mark(struct words *words, void *object)
{
	struct question *q = object;

	q->named |= BIT(ECMP_A_LOOKUP_MARK);
	if (!words_mark(words, &q->mark, &q->mask))
		return false;
	words_from(words, ECMP_A_LOOKUP_MARK);
	if (q->mask != UINT32_MAX)
		return words_fail(words, words->next - 1,
				  "a packet has a mark, not a mask");
	return true;
}

static bool get_dscp(struct words *words, void *object)
{
	struct question *q = object;

	q->named |= BIT(ECMP_A_LOOKUP_DSCP);
	if (!words_number(words, "a DSCP", 0, 63, &q->dscp))
		return false;
	words_from(words, ECMP_A_LOOKUP_DSCP);
	return true;
}

static const struct keyword get_keywords[] = {
	{ "from", get_from },
	{ "iif", get_iif },
	{ "ipproto", get_proto },
	{ "sport", get_sport },
	{ "dport", get_dport },
	{ "mark", get_mark },
	{ "dscp", get_dscp },
	{ NULL, NULL }
};

static bool get_parse(struct words *words, struct question *q)
{
	if (!words_address(words, &q->dst))
		return false;
	words_from(words, ECMP_A_LOOKUP_DST);
	if (!words_keywords(words, get_keywords, q))
		return false;
	if (NAMED(q, ECMP_A_LOOKUP_IIF) && !NAMED(q, ECMP_A_LOOKUP_FROM))
		return words_fail(words, words->at[ECMP_A_LOOKUP_IIF],
				  "a packet that came in by an interface has a source: add from ADDRESS");
	if ((NAMED(q, ECMP_A_LOOKUP_SPORT) || NAMED(q, ECMP_A_LOOKUP_DPORT)) &&
	    !NAMED(q, ECMP_A_LOOKUP_PROTO))
		return words_fail(words, NAMED(q, ECMP_A_LOOKUP_SPORT) ?
				  words->at[ECMP_A_LOOKUP_SPORT] :
				  words->at[ECMP_A_LOOKUP_DPORT],
				  "ports need ipproto tcp, udp, sctp or dccp");
	return true;
}

static void get_put(struct nlmsghdr *nlh, const struct question *q)
{
	mnl_attr_put_u8(nlh, ECMP_A_LOOKUP_FAMILY, q->dst.family);
	put_address(nlh, ECMP_A_LOOKUP_DST, &q->dst);
	if (NAMED(q, ECMP_A_LOOKUP_FROM))
		put_address(nlh, ECMP_A_LOOKUP_FROM, &q->from);
	if (NAMED(q, ECMP_A_LOOKUP_IIF))
		mnl_attr_put_strz(nlh, ECMP_A_LOOKUP_IIF, q->iif);
	if (NAMED(q, ECMP_A_LOOKUP_PROTO))
		mnl_attr_put_u8(nlh, ECMP_A_LOOKUP_PROTO, q->proto);
	if (NAMED(q, ECMP_A_LOOKUP_SPORT))
		mnl_attr_put_u16(nlh, ECMP_A_LOOKUP_SPORT, q->sport);
	if (NAMED(q, ECMP_A_LOOKUP_DPORT))
		mnl_attr_put_u16(nlh, ECMP_A_LOOKUP_DPORT, q->dport);
	if (NAMED(q, ECMP_A_LOOKUP_MARK))
		mnl_attr_put_u32(nlh, ECMP_A_LOOKUP_MARK, q->mark);
	if (NAMED(q, ECMP_A_LOOKUP_DSCP))
		mnl_attr_put_u8(nlh, ECMP_A_LOOKUP_DSCP, q->dscp);
}

/* The answer of the kernel, and the rules in words. */
struct explanation {
	struct ctl		*ctl;
	const struct question	*q;
	const struct answers	*rules;
};

static void print_question(struct printer *p, const struct question *q)
{
	char text[ADDRESS_TEXT];

	print_color(p, COLOR_HEAD);
	print_string(p, "dst", "", address_text(&q->dst, text));
	if (NAMED(q, ECMP_A_LOOKUP_FROM))
		print_string(p, "from", " from ",
			     address_text(&q->from, text));
	if (NAMED(q, ECMP_A_LOOKUP_IIF))
		print_string(p, "iif", " iif ", q->iif);
	else
		print_text(p, " (the router's own traffic)");
	if (NAMED(q, ECMP_A_LOOKUP_PROTO)) {
		print_number(p, "ipproto", NULL, q->proto);
		print_text(p, strcmp(name_word(ip_protocols, q->proto),
				     "unknown") ? " %s" : " protocol",
			   name_word(ip_protocols, q->proto));
	}
	if (NAMED(q, ECMP_A_LOOKUP_SPORT))
		print_number(p, "sport", " ", q->sport);
	if (NAMED(q, ECMP_A_LOOKUP_DPORT))
		print_number(p, "dport", " -> ", q->dport);
	if (NAMED(q, ECMP_A_LOOKUP_MARK))
		print_number(p, "mark", " mark ", q->mark);
	print_text(p, "\n");
}

enum { S_RULE, S_WHAT, S_RESULT, S_COUNT };

static const struct column step_columns[S_COUNT] = {
	[S_RULE]	= { "rule", true },
	[S_WHAT]	= { "says", false },
	[S_RESULT]	= { "result", false },
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

static void step_says(const struct explanation *e, const struct nlattr **s)
{
	const struct nlattr *rule[ECMP_A_RULE_MAX + 1];
	char match[RULE_TEXT], action[RULE_TEXT];
	struct printer *p = &e->ctl->out;

	if (!s[ECMP_A_STEP_INDEX]) {
		print_text(p, "lookup main");
		return;
	}
	if (rule_by_id(e->rules, number_of(s[ECMP_A_STEP_ID]), rule)) {
		rule_text_match(rule, match);
		rule_text_action(rule, action);
		print_text(p, "%s%s%s", match, match[0] ? " " : "", action);
		return;
	}
	print_text(p, "%s %s", name_word(actions,
					 number_of(s[ECMP_A_STEP_ACTION])),
		   string_of(s[ECMP_A_STEP_TABLE]));
}

static void print_mismatch(struct printer *p, const struct nlattr *bits)
{
	const struct name *field;
	bool first = true;

	print_array_begin(p, "mismatch");
	for (field = fields; field->word; field++) {
		if (!(number_of(bits) & field->value))
			continue;
		print_string(p, NULL, first ? ": " : ", ", field->word);
		first = false;
	}
	print_array_end(p);
}

static void step_result(struct printer *p, const struct nlattr **s)
{
	uint64_t outcome = number_of(s[ECMP_A_STEP_OUTCOME]);
	struct prefix prefix = {
		.address = address_of(s[ECMP_A_STEP_PREFIX]),
		.length = number_of(s[ECMP_A_STEP_PREFIX_LEN]),
	};
	char text[ADDRESS_TEXT];

	print_string(p, "outcome", NULL, name_word(outcomes, outcome));
	print_color(p, outcome == ECMP_OUTCOME_ROUTE ||
		    outcome == ECMP_OUTCOME_ACTION ? COLOR_GOOD :
		    outcome == ECMP_OUTCOME_SUPPRESSED ? COLOR_WAIT :
		    COLOR_FAINT);
	if (prefix.address.family) {
		print_string(p, "prefix", NULL, prefix_text(&prefix, text));
		print_text(p, "found %s", text);
	} else {
		print_text(p, "%s", name_text(outcomes, outcome));
	}
	switch (outcome) {
	case ECMP_OUTCOME_SUPPRESSED:
		print_text(p, ", suppressed (%u <= %u)", prefix.length,
			   (unsigned int)number_of(s[ECMP_A_STEP_MIN_PREFIX]));
		break;
	case ECMP_OUTCOME_NO_MATCH:
		print_mismatch(p, s[ECMP_A_STEP_MISMATCH]);
		break;
	default:
		break;
	}
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
	print_cell(p, S_WHAT);
	step_says(e, s);
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
	step_result(p, s);
	print_row_end(p);
}

static void print_steps(const struct explanation *e,
			const struct nlmsghdr *nlh)
{
	struct printer *p = &e->ctl->out;
	const struct nlattr *attr;

	print_table_begin(p, "steps", step_columns, S_COUNT, NULL, NULL);
	netlink_attributes(attr, nlh)
		if (mnl_attr_get_type(attr) == ECMP_A_LOOKUP_STEP)
			print_step(e, attr);
	print_table_end(p);
}

static void print_found(struct printer *p, const struct nlattr **a)
{
	struct prefix prefix = {
		.address = address_of(a[ECMP_A_LOOKUP_PREFIX]),
		.length = number_of(a[ECMP_A_LOOKUP_PREFIX_LEN]),
	};
	char text[ADDRESS_TEXT];

	if (!a[ECMP_A_LOOKUP_TABLE])
		return;
	print_string(p, "table", "table ", string_of(a[ECMP_A_LOOKUP_TABLE]));
	print_string(p, "prefix", ", ", prefix_text(&prefix, text));
	print_number(p, "group", NULL, number_of(a[ECMP_A_LOOKUP_GROUP]));
	if (a[ECMP_A_LOOKUP_OWNER]) {
		print_bool(p, "owner", true);
		print_text(p, ", the path that owns the source address");
	} else if (number_of(a[ECMP_A_LOOKUP_BUCKETS]) > 1) {
		print_string(p, "hash_policy", ", hash ",
			     name_word(hash_policies,
				number_of(a[ECMP_A_LOOKUP_HASH_POLICY])));
		print_number(p, "hash", NULL,
			     number_of(a[ECMP_A_LOOKUP_HASH]));
		print_number(p, "bucket", ", bucket ",
			     number_of(a[ECMP_A_LOOKUP_BUCKET]));
		print_number(p, "buckets", " of ",
			     number_of(a[ECMP_A_LOOKUP_BUCKETS]));
	}
	if (a[ECMP_A_LOOKUP_EXAMPLE]) {
		print_bool(p, "example", true);
		print_text(p, "\n  (an example: without ipproto, sport and dport no one can say which bucket)");
	}
	print_text(p, "\n");
}

static void print_verdict(struct printer *p, const struct nlattr **a)
{
	uint64_t verdict = number_of(a[ECMP_A_LOOKUP_VERDICT]);
	struct address gateway = address_of(a[ECMP_A_LOOKUP_GATEWAY]);
	char text[ADDRESS_TEXT];

	print_text(p, "->");
	print_color(p, verdict == ECMP_VERDICT_FORWARD ? COLOR_GOOD :
		    COLOR_BAD);
	print_string(p, "verdict", NULL, name_word(verdicts, verdict));
	if (gateway.family)
		print_string(p, "gateway", " via ",
			     address_text(&gateway, text));
	if (a[ECMP_A_LOOKUP_DEVICE])
		print_string(p, "device", " dev ",
			     string_of(a[ECMP_A_LOOKUP_DEVICE]));
	if (verdict != ECMP_VERDICT_FORWARD)
		print_text(p, " %s", name_text(verdicts, verdict));
	if (number_of(a[ECMP_A_LOOKUP_LEFT])) {
		print_string(p, "left", NULL,
			     name_word(lefts,
				       number_of(a[ECMP_A_LOOKUP_LEFT])));
		print_text(p, ": %s",
			   name_text(lefts, number_of(a[ECMP_A_LOOKUP_LEFT])));
	}
	print_text(p, "\n");
}

enum { P_VIA, P_DEV, P_DISTANCE, P_WEIGHT, P_BUCKETS, P_STATE, P_COUNT };

static const struct column path_columns[P_COUNT] = {
	[P_VIA]		= { "  path", false },
	[P_DEV]		= { "dev", false },
	[P_DISTANCE]	= { "distance", true },
	[P_WEIGHT]	= { "weight", true },
	[P_BUCKETS]	= { "buckets", true },
	[P_STATE]	= { "state", false },
};

static void print_path(struct printer *p, const struct nlattr *nest)
{
	const struct nlattr *a[ECMP_A_PATH_MAX + 1];
	struct address gateway;
	char text[ADDRESS_TEXT];
	uint64_t state, type;

	attributes_read_nest(nest, a, ECMP_A_PATH_MAX);
	gateway = address_of(a[ECMP_A_PATH_GATEWAY]);
	state = number_of(a[ECMP_A_PATH_STATE]);
	type = number_of(a[ECMP_A_PATH_TYPE]);
	print_row_begin(p);
	print_cell(p, P_VIA);
	print_string(p, "type", type ? "  " : NULL,
		     name_word(route_types, type));
	if (gateway.family)
		print_string(p, "gateway", "  ", address_text(&gateway, text));
	print_cell(p, P_DEV);
	if (a[ECMP_A_PATH_DEVICE])
		print_string(p, "device", "",
			     string_of(a[ECMP_A_PATH_DEVICE]));
	print_cell(p, P_DISTANCE);
	print_number(p, "distance", "", number_of(a[ECMP_A_PATH_DISTANCE]));
	print_cell(p, P_WEIGHT);
	print_number(p, "weight", "", number_of(a[ECMP_A_PATH_WEIGHT]));
	print_cell(p, P_BUCKETS);
	print_number(p, "buckets", "", number_of(a[ECMP_A_PATH_BUCKETS]));
	print_cell(p, P_STATE);
	print_color(p, a[ECMP_A_PATH_CHOSEN] ? COLOR_GOOD :
		    state == ECMP_NEXTHOP_ALIVE ? COLOR_NONE : COLOR_BAD);
	print_string(p, "state", "", name_word(nexthop_states, state));
	if (number_of(a[ECMP_A_PATH_REASON])) {
		uint64_t reason = number_of(a[ECMP_A_PATH_REASON]);

		print_string(p, "reason", NULL, name_word(reasons, reason));
		print_text(p, ": %s", name_text(reasons, reason));
	}
	if (a[ECMP_A_PATH_CHOSEN]) {
		print_bool(p, "chosen", true);
		print_text(p, ", chosen");
	}
	print_row_end(p);
}

static void print_paths(struct printer *p, const struct nlmsghdr *nlh)
{
	const struct nlattr *attr;

	print_table_begin(p, "paths", path_columns, P_COUNT, NULL, NULL);
	netlink_attributes(attr, nlh)
		if (mnl_attr_get_type(attr) == ECMP_A_LOOKUP_PATH)
			print_path(p, attr);
	print_table_end(p);
}

static void explain(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *a[ECMP_A_LOOKUP_MAX + 1];
	const struct explanation *e = data;
	struct printer *p = &e->ctl->out;

	attributes_read(nlh, a, ECMP_A_LOOKUP_MAX);
	print_object_begin(p, NULL);
	print_question(p, e->q);
	print_steps(e, nlh);
	if (a[ECMP_A_LOOKUP_STEPS_LEFT_OUT]) {
		print_number(p, "steps_left_out", "  and rules that do not match, left out: ",
			     number_of(a[ECMP_A_LOOKUP_STEPS_LEFT_OUT]));
		print_text(p, "\n");
	}
	print_found(p, a);
	print_verdict(p, a);
	print_paths(p, nlh);
	print_object_end(p);
}

/**
 * get_run - get DST [from SRC] [iif IF] ...
 * @ctl: this run
 * @words: after "get"
 */
int get_run(struct ctl *ctl, struct words *words)
{
	struct question q = { .named = 0 };
	struct explanation e = { .ctl = ctl, .q = &q };
	struct answers rules;
	struct nlmsghdr *nlh;
	int err;

	if (!get_parse(words, &q))
		return ctl_problem(ctl, words);
	if (ctl_open(ctl))
		return ctl_refused(ctl, words);
	err = dump_all(ctl, ECMP_CMD_RULE_GET, &rules);
	e.rules = &rules;
	if (!err) {
		nlh = netlink_message(&ctl->nl, ECMP_CMD_LOOKUP, 0);
		get_put(nlh, &q);
		err = netlink_talk(&ctl->nl, nlh, explain, &e);
	}
	answers_free(&rules);
	return err ? ctl_refused(ctl, words) : ctl_finish(ctl);
}
