// SPDX-License-Identifier: GPL-2.0
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "ecmpctl.h"

#define NAMED(r, attr) ((r)->named & BIT(attr))

static void rule_name(struct rule_request *r, uint16_t attr)
{
	r->named |= BIT(attr);
}

/* In "rule set" a matcher is taken away with "any". */
static bool rule_any(struct words *words, struct rule_request *r,
		     uint32_t field)
{
	if (!r->selected ||
	    (!words_match(words, "any") && !words_match(words, "none")))
		return false;
	r->unset |= field;
	return true;
}

/* The addresses and protocols of a rule give it its family: one. */
static bool rule_family(struct words *words, struct rule_request *r,
			uint8_t family)
{
	if (family && !words_check_family(words, family))
		return false;
	if (r->family && family && r->family != family)
		return words_fail(words, words->next - 1,
				  "\"%s\" is %s, the rule is %s already: make two rules",
				  words->word[words->next - 1],
				  family == AF_INET ? "IPv4" : "IPv6",
				  family == AF_INET ? "IPv6" : "IPv4");
	if (family)
		r->family = family;
	return true;
}

static bool rule_from(struct words *words, void *object)
{
	struct rule_request *r = object;

	if (rule_any(words, r, ECMP_FIELD_FROM))
		return true;
	if (!words_prefix(words, &r->from))
		return false;
	words_from(words, ECMP_A_RULE_FROM);
	words_from(words, ECMP_A_RULE_FROM_LEN);
	rule_name(r, ECMP_A_RULE_FROM);
	return rule_family(words, r, r->from.address.family);
}

static bool rule_to(struct words *words, void *object)
{
	struct rule_request *r = object;

	if (rule_any(words, r, ECMP_FIELD_TO))
		return true;
	if (!words_prefix(words, &r->to))
		return false;
	words_from(words, ECMP_A_RULE_TO);
	words_from(words, ECMP_A_RULE_TO_LEN);
	rule_name(r, ECMP_A_RULE_TO);
	return rule_family(words, r, r->to.address.family);
}

static bool rule_iif(struct words *words, void *object)
{
	struct rule_request *r = object;

	if (rule_any(words, r, ECMP_FIELD_IIF))
		return true;
	if (!words_device(words, &r->iif))
		return false;
	words_from(words, ECMP_A_RULE_IIF);
	rule_name(r, ECMP_A_RULE_IIF);
	return true;
}

static bool rule_mark(struct words *words, void *object)
{
	struct rule_request *r = object;

	if (rule_any(words, r, ECMP_FIELD_MARK))
		return true;
	if (!words_mark(words, &r->mark, &r->mark_mask))
		return false;
	words_from(words, ECMP_A_RULE_MARK);
	words_from(words, ECMP_A_RULE_MARK_MASK);
	rule_name(r, ECMP_A_RULE_MARK);
	return true;
}

static bool rule_proto(struct words *words, void *object)
{
	struct rule_request *r = object;

	if (rule_any(words, r, ECMP_FIELD_PROTO))
		return true;
	if (!words_protocol(words, &r->proto))
		return false;
	words_from(words, ECMP_A_RULE_PROTO);
	rule_name(r, ECMP_A_RULE_PROTO);
	return rule_family(words, r, r->proto == IPPROTO_ICMP ? AF_INET :
			   r->proto == IPPROTO_ICMPV6 ? AF_INET6 : 0);
}

static bool rule_sport(struct words *words, void *object)
{
	struct rule_request *r = object;

	if (rule_any(words, r, ECMP_FIELD_SPORT))
		return true;
	if (!words_ports(words, &r->sport[0], &r->sport[1]))
		return false;
	words_from(words, ECMP_A_RULE_SPORT_MIN);
	words_from(words, ECMP_A_RULE_SPORT_MAX);
	rule_name(r, ECMP_A_RULE_SPORT_MIN);
	return true;
}

static bool rule_dport(struct words *words, void *object)
{
	struct rule_request *r = object;

	if (rule_any(words, r, ECMP_FIELD_DPORT))
		return true;
	if (!words_ports(words, &r->dport[0], &r->dport[1]))
		return false;
	words_from(words, ECMP_A_RULE_DPORT_MIN);
	words_from(words, ECMP_A_RULE_DPORT_MAX);
	rule_name(r, ECMP_A_RULE_DPORT_MIN);
	return true;
}

static bool rule_dscp(struct words *words, void *object)
{
	struct rule_request *r = object;

	if (rule_any(words, r, ECMP_FIELD_DSCP))
		return true;
	if (!words_number(words, "a DSCP", 0, 63, &r->dscp))
		return false;
	words_from(words, ECMP_A_RULE_DSCP);
	rule_name(r, ECMP_A_RULE_DSCP);
	return true;
}

/* The word that was taken last is the action. */
static bool rule_action(struct words *words, struct rule_request *r,
			unsigned int action)
{
	if (NAMED(r, ECMP_A_RULE_ACTION))
		return words_fail(words, words->next - 1,
				  "\"%s\": a rule does one thing, and this one does \"%s\" already",
				  words->word[words->next - 1],
				  words->word[words->at[ECMP_A_RULE_ACTION]]);
	words_from(words, ECMP_A_RULE_ACTION);
	r->action = action;
	rule_name(r, ECMP_A_RULE_ACTION);
	return true;
}

static bool rule_lookup_in(struct words *words, struct rule_request *r,
			   unsigned int action)
{
	if (!rule_action(words, r, action) || !words_table(words, &r->table))
		return false;
	words_from(words, ECMP_A_RULE_TABLE);
	rule_name(r, ECMP_A_RULE_TABLE);
	return true;
}

static bool rule_lookup(struct words *words, void *object)
{
	return rule_lookup_in(words, object, ECMP_ACTION_LOOKUP);
}

static bool rule_lookup_only(struct words *words, void *object)
{
	return rule_lookup_in(words, object, ECMP_ACTION_LOOKUP_ONLY);
}

static bool rule_drop(struct words *words, void *object)
{
	return rule_action(words, object, ECMP_ACTION_DROP);
}

static bool rule_unreachable(struct words *words, void *object)
{
	return rule_action(words, object, ECMP_ACTION_UNREACHABLE);
}

static bool rule_prohibit(struct words *words, void *object)
{
	return rule_action(words, object, ECMP_ACTION_PROHIBIT);
}

static bool rule_native(struct words *words, void *object)
{
	return rule_action(words, object, ECMP_ACTION_NATIVE);
}

static bool rule_min_prefix(struct words *words, void *object)
{
	struct rule_request *r = object;

	if (rule_any(words, r, ECMP_FIELD_MIN_PREFIX))
		return true;
	if (!words_number(words, "a prefix length", 0, 128, &r->min_prefix))
		return false;
	words_from(words, ECMP_A_RULE_MIN_PREFIX);
	rule_name(r, ECMP_A_RULE_MIN_PREFIX);
	return true;
}

static bool rule_disabled(struct words *words, void *object)
{
	struct rule_request *r = object;

	words_from(words, ECMP_A_RULE_DISABLED);
	rule_name(r, ECMP_A_RULE_DISABLED);
	return words_flag(words, &r->disabled);
}

static bool rule_comment(struct words *words, void *object)
{
	struct rule_request *r = object;

	if (!words_comment(words, &r->comment))
		return false;
	words_from(words, ECMP_A_RULE_COMMENT);
	rule_name(r, ECMP_A_RULE_COMMENT);
	return true;
}

/* N, id N, or a comment. */
static bool rule_selector(struct words *words, struct selector *s)
{
	const char *word;
	uint64_t number;

	if (words_match(words, "id")) {
		s->attribute = ECMP_A_RULE_ID;
		if (!words_number(words, "an id", 0, UINT32_MAX, &number))
			return false;
		s->number = number;
		return true;
	}
	if (words_left(words) && words->word[words->next][0] &&
	    !words->word[words->next]
			[strspn(words->word[words->next], "0123456789")]) {
		s->attribute = ECMP_A_RULE_INDEX;
		if (!words_number(words, "the number of a rule", 0,
				  UINT32_MAX, &number))
			return false;
		s->number = number;
		return true;
	}
	word = words_take(words, "the number of a rule, \"id\" and its id, or its comment");
	if (!word)
		return false;
	if (!word[0])
		return words_fail(words, words->next - 1,
				  "an empty comment names no rule");
	if (strlen(word) > ECMP_COMMENT_MAX)
		return words_fail(words, words->count,
				  "no rule has so long a comment: there is room for %d bytes",
				  ECMP_COMMENT_MAX);
	s->attribute = ECMP_A_RULE_COMMENT;
	s->comment = word;
	return true;
}

static bool rule_position(struct words *words, struct rule_request *r,
			  uint16_t attr)
{
	if (r->position)
		return words_fail(words, words->next - 1,
				  "\"%s\": the place is given already",
				  words->word[words->next - 1]);
	r->position = attr;
	if (attr == ECMP_A_RULE_AT) {
		if (!words_number(words, "the number that the rule shall have",
				  0, UINT32_MAX, &r->at))
			return false;
	} else if (!rule_selector(words, &r->neighbour)) {
		return false;
	}
	words_from(words, attr);
	return true;
}

static bool rule_before(struct words *words, void *object)
{
	return rule_position(words, object, ECMP_A_RULE_BEFORE);
}

static bool rule_after(struct words *words, void *object)
{
	return rule_position(words, object, ECMP_A_RULE_AFTER);
}

static bool rule_at(struct words *words, void *object)
{
	return rule_position(words, object, ECMP_A_RULE_AT);
}

/* Those before "before" serve "set" too. */
#define RULE_WORDS			\
	{ "from", rule_from },		\
	{ "to", rule_to },		\
	{ "iif", rule_iif },		\
	{ "mark", rule_mark },		\
	{ "ipproto", rule_proto },	\
	{ "sport", rule_sport },	\
	{ "dport", rule_dport },	\
	{ "dscp", rule_dscp },		\
	{ "lookup", rule_lookup },	\
	{ "lookup-only-in-table", rule_lookup_only }, \
	{ "drop", rule_drop },		\
	{ "unreachable", rule_unreachable }, \
	{ "prohibit", rule_prohibit },	\
	{ "native", rule_native },	\
	{ "min-prefix", rule_min_prefix }, \
	{ "disabled", rule_disabled },	\
	{ "comment", rule_comment }

static const struct keyword set_keywords[] = {
	RULE_WORDS,
	{ NULL, NULL }
};

static const struct keyword add_keywords[] = {
	RULE_WORDS,
	{ "before", rule_before },
	{ "after", rule_after },
	{ "at", rule_at },
	{ NULL, NULL }
};

static const struct keyword move_keywords[] = {
	{ "before", rule_before },
	{ "after", rule_after },
	{ "at", rule_at },
	{ NULL, NULL }
};

static bool has_ports(const struct rule_request *r)
{
	return NAMED(r, ECMP_A_RULE_PROTO) &&
	       (r->proto == IPPROTO_TCP || r->proto == IPPROTO_UDP ||
		r->proto == IPPROTO_SCTP || r->proto == IPPROTO_DCCP);
}

/**
 * rule_parse_add - rule add [matchers] ACTION ... [before|after|at N]
 * @words: after the verb
 * @request: where it goes
 */
bool rule_parse_add(struct words *words, struct request *request)
{
	struct rule_request *r = &request->rule;

	request->command = ECMP_CMD_RULE_NEW;
	request->flags = NLM_F_CREATE | NLM_F_EXCL;
	request->put = rule_put;
	r->family = words->family;
	if (!words_keywords(words, add_keywords, r))
		return false;
	if (!NAMED(r, ECMP_A_RULE_ACTION))
		return words_fail(words, words->count,
				  "say what the rule does: lookup TABLE, lookup-only-in-table TABLE, drop, unreachable, prohibit or native");
	if (!has_ports(r) && NAMED(r, ECMP_A_RULE_SPORT_MIN))
		return words_fail(words, words->at[ECMP_A_RULE_SPORT_MIN],
				  "sport needs ipproto tcp, udp, sctp or dccp");
	if (!has_ports(r) && NAMED(r, ECMP_A_RULE_DPORT_MIN))
		return words_fail(words, words->at[ECMP_A_RULE_DPORT_MIN],
				  "dport needs ipproto tcp, udp, sctp or dccp");
	return true;
}

static bool select_one(struct words *words, struct rule_request *r)
{
	if (r->selected == RULE_SELECTORS)
		return words_fail(words, words->next,
				  "at most %d rules in one command",
				  RULE_SELECTORS);
	if (!rule_selector(words, &r->select[r->selected]))
		return false;
	if (!r->selected)
		words_from(words, ECMP_A_RULE_SELECT);
	r->selected++;
	return true;
}

/* Rules of both families have one list of numbers. */
static bool select_any(struct words *words, struct rule_request *r)
{
	return words_both_families(words) && select_one(words, r);
}

/**
 * rule_parse_set - rule set N WORD VALUE ...; "any" takes a matcher away
 * @words: after the verb; with -4 or -6 the rule is for that family from now on
 * @request: where it goes
 */
bool rule_parse_set(struct words *words, struct request *request)
{
	struct rule_request *r = &request->rule;

	request->command = ECMP_CMD_RULE_NEW;
	request->flags = NLM_F_REPLACE;
	request->put = rule_put;
	if (!select_one(words, r))
		return false;
	if (!words_left(words) && !words->family)
		return words_fail(words, words->next,
				  "say what to set: a matcher, an action, min-prefix or comment");
	if (!words_keywords(words, set_keywords, r))
		return false;
	/* That of an address shall not override what the rule was made for. */
	r->family = words->family;
	return true;
}

/**
 * rule_parse_del - rule del N...
 * @words: after the verb
 * @request: where it goes
 */
bool rule_parse_del(struct words *words, struct request *request)
{
	request->command = ECMP_CMD_RULE_DEL;
	request->put = rule_put;
	do {
		if (!select_any(words, &request->rule))
			return false;
	} while (words_left(words));
	return true;
}

/**
 * rule_parse_move - rule move N before M | after M | at I
 * @words: after the verb
 * @request: where it goes
 */
bool rule_parse_move(struct words *words, struct request *request)
{
	request->command = ECMP_CMD_RULE_MOVE;
	request->put = rule_put;
	if (!select_any(words, &request->rule))
		return false;
	if (!words_left(words))
		return words_fail(words, words->next,
				  "say where to: before N, after N or at N");
	return words_keyword(words, move_keywords, &request->rule) &&
	       words_end(words);
}

static bool rule_switch(struct words *words, struct request *request,
			bool disabled)
{
	struct rule_request *r = &request->rule;

	request->command = ECMP_CMD_RULE_NEW;
	request->flags = NLM_F_REPLACE;
	request->put = rule_put;
	if (!select_any(words, r) || !words_end(words))
		return false;
	r->disabled = disabled;
	rule_name(r, ECMP_A_RULE_DISABLED);
	return true;
}

/**
 * rule_parse_enable - rule enable N
 * @words: after the verb
 * @request: where it goes
 */
bool rule_parse_enable(struct words *words, struct request *request)
{
	return rule_switch(words, request, false);
}

/**
 * rule_parse_disable - rule disable N
 * @words: after the verb
 * @request: where it goes
 */
bool rule_parse_disable(struct words *words, struct request *request)
{
	return rule_switch(words, request, true);
}
