// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "ecmpctl.h"
#include "route_text.h"

#define NAMED(r, attr) ((r)->named & BIT(attr))

/* What names a route; the rest is what it says. */
#define ROUTE_PATH	(BIT(ECMP_A_ROUTE_GATEWAY) |		\
			 BIT(ECMP_A_ROUTE_GATEWAY_KERNEL) |	\
			 BIT(ECMP_A_ROUTE_DEVICE))
#define ROUTE_IDENTITY	(ROUTE_PATH | BIT(ECMP_A_ROUTE_TABLE) |	\
			 BIT(ECMP_A_ROUTE_DST) | BIT(ECMP_A_ROUTE_TYPE))

static bool route_via(struct words *words, void *object)
{
	struct route_request *r = object;

	if (words_match(words, "kernel")) {
		words_from(words, ECMP_A_ROUTE_GATEWAY_KERNEL);
		r->named |= BIT(ECMP_A_ROUTE_GATEWAY_KERNEL);
		return true;
	}
	if (!words_address(words, &r->gateway))
		return false;
	words_from(words, ECMP_A_ROUTE_GATEWAY);
	r->named |= BIT(ECMP_A_ROUTE_GATEWAY);
	return true;
}

static bool route_dev(struct words *words, void *object)
{
	struct route_request *r = object;

	if (!words_device(words, &r->device))
		return false;
	words_from(words, ECMP_A_ROUTE_DEVICE);
	r->named |= BIT(ECMP_A_ROUTE_DEVICE);
	return true;
}

static bool route_onlink(struct words *words, void *object)
{
	struct route_request *r = object;

	words_from(words, ECMP_A_ROUTE_ONLINK);
	r->named |= BIT(ECMP_A_ROUTE_ONLINK);
	return words_flag(words, &r->onlink);
}

static bool route_table(struct words *words, void *object)
{
	struct route_request *r = object;

	if (!words_table(words, &r->table))
		return false;
	words_from(words, ECMP_A_ROUTE_TABLE);
	r->named |= BIT(ECMP_A_ROUTE_TABLE);
	return true;
}

static bool route_distance(struct words *words, void *object)
{
	struct route_request *r = object;

	if (!words_number(words, "a distance", 1, 255, &r->distance))
		return false;
	words_from(words, ECMP_A_ROUTE_DISTANCE);
	r->named |= BIT(ECMP_A_ROUTE_DISTANCE);
	return true;
}

static bool route_weight(struct words *words, void *object)
{
	struct route_request *r = object;

	if (!words_number(words, "a weight", 1, 256, &r->weight))
		return false;
	words_from(words, ECMP_A_ROUTE_WEIGHT);
	r->named |= BIT(ECMP_A_ROUTE_WEIGHT);
	return true;
}

/* Addresses, as many as follow. */
static bool route_targets(struct words *words, struct route_request *r)
{
	struct address next;

	do {
		if (r->targets == ROUTE_TARGETS)
			return words_fail(words, words->next,
					  "a check has at most %d targets",
					  ROUTE_TARGETS);
		if (!words_address(words, &r->target[r->targets]))
			return false;
		if (r->target[r->targets].family != r->target[0].family)
			return words_fail(words, words->next - 1,
					  "\"%s\": the targets must be of one family",
					  words->word[words->next - 1]);
		r->targets++;
	} while (words_left(words) &&
		 address_parse(words->word[words->next], &next));
	words_from(words, ECMP_A_ROUTE_CHECK_TARGETS);
	r->named |= BIT(ECMP_A_ROUTE_CHECK_TARGETS);
	return true;
}

/* none|arp|ping [target ADDRESS ...] [any|all] */
static bool route_check(struct words *words, void *object)
{
	struct route_request *r = object;

	if (!words_choice(words, checks, &r->check))
		return false;
	words_from(words, ECMP_A_ROUTE_CHECK);
	r->named |= BIT(ECMP_A_ROUTE_CHECK);
	if (words_match(words, "target") && !route_targets(words, r))
		return false;
	r->check_all = words_match(words, "all");
	if (r->check_all || words_match(words, "any")) {
		words_from(words, ECMP_A_ROUTE_CHECK_ALL);
		r->named |= BIT(ECMP_A_ROUTE_CHECK_ALL);
	}
	return true;
}

static bool route_pref_src(struct words *words, void *object)
{
	struct route_request *r = object;

	if (!words_address(words, &r->pref_src))
		return false;
	words_from(words, ECMP_A_ROUTE_PREF_SRC);
	r->named |= BIT(ECMP_A_ROUTE_PREF_SRC);
	return true;
}

static bool route_comment(struct words *words, void *object)
{
	struct route_request *r = object;

	if (!words_comment(words, &r->comment))
		return false;
	words_from(words, ECMP_A_ROUTE_COMMENT);
	r->named |= BIT(ECMP_A_ROUTE_COMMENT);
	return true;
}

static bool route_disabled(struct words *words, void *object)
{
	struct route_request *r = object;

	words_from(words, ECMP_A_ROUTE_DISABLED);
	r->named |= BIT(ECMP_A_ROUTE_DISABLED);
	return words_flag(words, &r->disabled);
}

/* What names a route, then what it says. */
static const struct keyword route_keywords[] = {
	{ "via", route_via },
	{ "dev", route_dev },
	{ "table", route_table },
	{ "onlink", route_onlink },
	{ "distance", route_distance },
	{ "weight", route_weight },
	{ "check-gateway", route_check },
	{ "pref-src", route_pref_src },
	{ "disabled", route_disabled },
	{ "comment", route_comment },
	{ NULL, NULL }
};

static const struct keyword route_names[] = {
	{ "via", route_via },
	{ "dev", route_dev },
	{ "table", route_table },
	{ NULL, NULL }
};

static void put_check(struct nlmsghdr *nlh, const struct route_request *r)
{
	unsigned int i, size = address_size(r->target[0].family);
	uint8_t targets[sizeof(r->target)];

	if (NAMED(r, ECMP_A_ROUTE_CHECK))
		mnl_attr_put_u8(nlh, ECMP_A_ROUTE_CHECK, r->check);
	if (NAMED(r, ECMP_A_ROUTE_CHECK_TARGETS)) {
		for (i = 0; i < r->targets; i++)
			memcpy(targets + i * size, r->target[i].bytes, size);
		mnl_attr_put(nlh, ECMP_A_ROUTE_CHECK_TARGETS,
			     (size_t)r->targets * size, targets);
	}
	if (NAMED(r, ECMP_A_ROUTE_CHECK_ALL))
		mnl_attr_put_u8(nlh, ECMP_A_ROUTE_CHECK_ALL, r->check_all);
}

static void route_put(struct nlmsghdr *nlh, const struct request *request)
{
	const struct route_request *r = &request->route;

	mnl_attr_put_u8(nlh, ECMP_A_ROUTE_FAMILY, r->dst.address.family);
	put_address(nlh, ECMP_A_ROUTE_DST, &r->dst.address);
	mnl_attr_put_u8(nlh, ECMP_A_ROUTE_DST_LEN, r->dst.length);
	if (NAMED(r, ECMP_A_ROUTE_TABLE))
		mnl_attr_put_strz(nlh, ECMP_A_ROUTE_TABLE, r->table);
	if (NAMED(r, ECMP_A_ROUTE_TYPE))
		mnl_attr_put_u8(nlh, ECMP_A_ROUTE_TYPE, r->type);
	if (NAMED(r, ECMP_A_ROUTE_GATEWAY)) {
		put_address(nlh, ECMP_A_ROUTE_GATEWAY, &r->gateway);
		if (r->gateway.family != r->dst.address.family)
			mnl_attr_put_u8(nlh, ECMP_A_ROUTE_GATEWAY_FAMILY,
					r->gateway.family);
	}
	if (NAMED(r, ECMP_A_ROUTE_GATEWAY_KERNEL))
		mnl_attr_put(nlh, ECMP_A_ROUTE_GATEWAY_KERNEL, 0, NULL);
	if (NAMED(r, ECMP_A_ROUTE_DEVICE))
		mnl_attr_put_strz(nlh, ECMP_A_ROUTE_DEVICE, r->device);
	if (NAMED(r, ECMP_A_ROUTE_ONLINK))
		mnl_attr_put_u8(nlh, ECMP_A_ROUTE_ONLINK, r->onlink);
	if (NAMED(r, ECMP_A_ROUTE_DISTANCE))
		mnl_attr_put_u8(nlh, ECMP_A_ROUTE_DISTANCE, r->distance);
	if (NAMED(r, ECMP_A_ROUTE_WEIGHT))
		mnl_attr_put_u16(nlh, ECMP_A_ROUTE_WEIGHT, r->weight);
	put_check(nlh, r);
	if (NAMED(r, ECMP_A_ROUTE_PREF_SRC))
		put_address(nlh, ECMP_A_ROUTE_PREF_SRC, &r->pref_src);
	if (NAMED(r, ECMP_A_ROUTE_COMMENT))
		mnl_attr_put_strz(nlh, ECMP_A_ROUTE_COMMENT, r->comment);
	if (NAMED(r, ECMP_A_ROUTE_DISABLED))
		mnl_attr_put_u8(nlh, ECMP_A_ROUTE_DISABLED, r->disabled);
}

/* It is no mistake to name a device that comes later; but it may be one. */
static void warn_waiting(const struct ctl *ctl, const struct nlattr **a)
{
	const char *what = route_waits_for(a);

	if (what)
		print_warning(ctl, "the route waits: %s", what);
}

static void echo_add(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *a[ECMP_A_ROUTE_MAX + 1];

	attributes_read(nlh, a, ECMP_A_ROUTE_MAX);
	warn_waiting(data, a);
}

static void echo_replace(const struct nlmsghdr *nlh, void *data)
{
	const char *done = nlh->nlmsg_flags & NLM_F_CREATE ? "added" :
							     "replaced";
	const struct nlattr *a[ECMP_A_ROUTE_MAX + 1];
	struct ctl *ctl = data;
	struct printer *p = &ctl->out;
	uint64_t paths;

	attributes_read(nlh, a, ECMP_A_ROUTE_MAX);
	paths = number_of(a[ECMP_A_ROUTE_PATHS]);
	print_object_begin(p, NULL);
	print_string(p, "result", "", done);
	print_number(p, "paths", ", ", paths);
	print_text(p, " path%s now\n", paths == 1 ? "" : "s");
	print_object_end(p);
	warn_waiting(ctl, a);
}

/* Is it a route of this next hop, as far as that is named, with a check? */
static bool checks_same(const struct nlattr **a, const struct route_request *r)
{
	struct address gateway = address_of(a[ECMP_A_ROUTE_GATEWAY]);
	const char *device = string_of(a[ECMP_A_ROUTE_DEVICE] ?
				       a[ECMP_A_ROUTE_DEVICE] :
				       a[ECMP_A_ROUTE_RESOLVED_DEVICE]);

	if (!number_of(a[ECMP_A_ROUTE_CHECK]) ||
	    number_of(a[ECMP_A_ROUTE_DISABLED]))
		return false;
	if (NAMED(r, ECMP_A_ROUTE_GATEWAY) &&
	    !address_equal(&gateway, &r->gateway))
		return false;
	return !NAMED(r, ECMP_A_ROUTE_DEVICE) || !strcmp(device, r->device);
}

/* Which route has the other check. */
static void route_refused_check(struct ctl *ctl, const struct route_request *r)
{
	struct route_request filter = {
		.dst.address.family = r->dst.address.family,
	};
	const struct nlattr *a[ECMP_A_ROUTE_MAX + 1];
	const struct nlmsghdr *nlh = NULL;
	struct answers answers;
	char text[ROUTE_TEXT];

	if (!route_dump(ctl, &filter, &answers)) {
		while ((nlh = answers_next(&answers, nlh))) {
			attributes_read(nlh, a, ECMP_A_ROUTE_MAX);
			if (!checks_same(a, r))
				continue;
			route_text(a, text);
			print_sentence(ctl, "that is: %s", text);
			break;
		}
	}
	answers_free(&answers);
}

/* When several routes match, show them: one of them is meant. */
static void route_refused(struct ctl *ctl, const struct request *request)
{
	struct route_request filter = request->route;
	struct answers answers;

	if (ctl->nl.refusal.error == EBUSY &&
	    ctl->nl.refusal.attribute == ECMP_A_ROUTE_CHECK)
		route_refused_check(ctl, &request->route);
	if (ctl->nl.refusal.error != EEXIST || ctl->out.json ||
	    request->flags & NLM_F_CREATE)
		return;
	if (!filter.table)
		filter.table = "main";
	if (!route_dump(ctl, &filter, &answers)) {
		fflush(stdout);
		ctl->out.out = stderr;
		ctl->out.room = ctl->error_room;
		route_print_dump(ctl, NULL, &answers);
	}
	answers_free(&answers);
}

/* What else has a family must have that of the route. */
static bool same_family(struct words *words, const struct route_request *r,
			uint16_t attr, uint8_t family)
{
	char version = r->dst.address.family == AF_INET ? '4' : '6';
	const char *dst = words->word[words->at[ECMP_A_ROUTE_DST]];

	if (!NAMED(r, attr) || family == r->dst.address.family)
		return true;
	if (!strcmp(dst, "default") && family == AF_INET6)
		return words_fail(words, words->at[attr],
				  "this default route is IPv4: for IPv6 write ::/0");
	return words_fail(words, words->at[attr],
			  "an IPv%c route needs an IPv%c address here", version,
			  version);
}

/* "default" takes the family of the gateway, else IPv4. */
static bool route_family(struct words *words, struct route_request *r)
{
	uint8_t gateway = r->gateway.family;

	if (r->dst.address.family == AF_UNSPEC)
		r->dst.address.family = gateway ? gateway : AF_INET;
	if (gateway == AF_INET && r->dst.address.family == AF_INET6)
		return words_fail(words, words->at[ECMP_A_ROUTE_GATEWAY],
				  "an IPv6 route needs an IPv6 gateway");
	return same_family(words, r, ECMP_A_ROUTE_CHECK_TARGETS,
			   r->target[0].family) &&
	       same_family(words, r, ECMP_A_ROUTE_PREF_SRC,
			   r->pref_src.family);
}

static bool route_begin(struct words *words, struct request *request,
			uint8_t command, uint16_t flags)
{
	struct route_request *r = &request->route;
	const struct keyword *k;
	const struct name *type;

	request->command = command;
	request->flags = flags;
	request->put = route_put;
	type = words_left(words) ?
	       name_find(route_types, words->word[words->next]) : NULL;
	if (type) {
		words->next++;
		words_from(words, ECMP_A_ROUTE_TYPE);
		r->type = type->value;
		r->named |= BIT(ECMP_A_ROUTE_TYPE);
	}
	for (k = route_keywords; k->word; k++)
		if (words_next_is(words, k->word))
			return words_fail(words, words->next,
					  "say the destination first: a prefix or default");
	if (!words_destination(words, &r->dst))
		return false;
	words_from(words, ECMP_A_ROUTE_DST);
	words_from(words, ECMP_A_ROUTE_DST_LEN);
	words_from(words, ECMP_A_ROUTE_FAMILY);
	r->named |= BIT(ECMP_A_ROUTE_DST);
	return true;
}

static bool route_parse_new(struct words *words, struct request *request,
			    uint16_t flags)
{
	struct route_request *r = &request->route;

	if (!route_begin(words, request, ECMP_CMD_ROUTE_NEW, flags) ||
	    !words_keywords(words, route_keywords, r) ||
	    !route_family(words, r))
		return false;
	if (r->type != ECMP_ROUTE_UNICAST && (r->named & ROUTE_PATH))
		return words_fail(words, words->at[ECMP_A_ROUTE_TYPE],
				  "a %s route has no via and no dev: it goes nowhere",
				  name_word(route_types, r->type));
	return true;
}

static bool route_needs_path(struct words *words,
			     const struct route_request *r)
{
	if (r->type == ECMP_ROUTE_UNICAST && !(r->named & ROUTE_PATH))
		return words_fail(words, words->at[ECMP_A_ROUTE_DST],
				  "say where it goes: via ADDRESS, dev INTERFACE, or blackhole before the prefix");
	return true;
}

/**
 * route_parse_add - route add [TYPE] PREFIX ...
 * @words: after the verb
 * @request: where it goes
 */
bool route_parse_add(struct words *words, struct request *request)
{
	request->echo = echo_add;
	request->refused = route_refused;
	return route_parse_new(words, request, NLM_F_CREATE | NLM_F_EXCL) &&
	       route_needs_path(words, &request->route);
}

/**
 * route_parse_replace - route replace [TYPE] PREFIX ...
 * @words: after the verb
 * @request: where it goes
 */
bool route_parse_replace(struct words *words, struct request *request)
{
	request->echo = echo_replace;
	request->refused = route_refused;
	return route_parse_new(words, request,
			       NLM_F_CREATE | NLM_F_REPLACE) &&
	       route_needs_path(words, &request->route);
}

/**
 * route_parse_set - route set [TYPE] PREFIX ... WORD VALUE
 * @words: after the verb
 * @request: where it goes
 */
bool route_parse_set(struct words *words, struct request *request)
{
	const struct route_request *r = &request->route;

	request->refused = route_refused;
	if (!route_parse_new(words, request, NLM_F_REPLACE))
		return false;
	if (!(r->named & ~ROUTE_IDENTITY))
		return words_fail(words, words->next,
				  "say what to set: onlink, distance, weight, check-gateway, pref-src, disabled or comment");
	return true;
}

/**
 * route_parse_del - route del [TYPE] PREFIX [via ADDR] [dev IF] [table NAME]
 * @words: after the verb
 * @request: where it goes
 */
bool route_parse_del(struct words *words, struct request *request)
{
	request->refused = route_refused;
	return route_begin(words, request, ECMP_CMD_ROUTE_DEL, 0) &&
	       words_keywords(words, route_names, &request->route) &&
	       route_family(words, &request->route);
}

static bool route_switch(struct words *words, struct request *request,
			 bool disabled)
{
	struct route_request *r = &request->route;

	request->refused = route_refused;
	if (!route_begin(words, request, ECMP_CMD_ROUTE_NEW, NLM_F_REPLACE) ||
	    !words_keywords(words, route_names, r) || !route_family(words, r))
		return false;
	r->disabled = disabled;
	r->named |= BIT(ECMP_A_ROUTE_DISABLED);
	return true;
}

/**
 * route_parse_enable - route enable PREFIX [via ADDR] [dev IF] [table NAME]
 * @words: after the verb
 * @request: where it goes
 */
bool route_parse_enable(struct words *words, struct request *request)
{
	return route_switch(words, request, false);
}

/**
 * route_parse_disable - route disable PREFIX [via ADDR] [dev IF] [table NAME]
 * @words: after the verb
 * @request: where it goes
 */
bool route_parse_disable(struct words *words, struct request *request)
{
	return route_switch(words, request, true);
}

static void flush_put(struct nlmsghdr *nlh, const struct request *request)
{
	mnl_attr_put_strz(nlh, ECMP_A_ROUTE_TABLE, request->route.table);
	if (request->route.dst.address.family)
		mnl_attr_put_u8(nlh, ECMP_A_ROUTE_FAMILY,
				request->route.dst.address.family);
}

/**
 * route_parse_flush - route flush table NAME
 * @words: after the verb
 * @request: where it goes
 */
bool route_parse_flush(struct words *words, struct request *request)
{
	request->command = ECMP_CMD_ROUTE_FLUSH;
	request->put = flush_put;
	request->route.dst.address.family = words->family;
	if (!words_match(words, "table"))
		return words_fail(words, words->next,
				  "say which table: route flush table NAME");
	return route_table(words, &request->route) && words_end(words);
}

/**
 * route_parse_show - read what "route show" shall show
 * @words: after the verb
 * @filter: where it goes, zeroed
 */
bool route_parse_show(struct words *words, struct route_request *filter)
{
	filter->dst.address.family = words->family;
	while (words_left(words)) {
		if (words_match(words, "table")) {
			if (filter->table)
				return words_fail(words, words->next - 1,
						  "\"table\" is there twice");
			if (!route_table(words, filter))
				return false;
			continue;
		}
		if (NAMED(filter, ECMP_A_ROUTE_DST))
			return words_end(words);
		if (!words_destination(words, &filter->dst))
			return false;
		words_from(words, ECMP_A_ROUTE_DST);
		filter->named |= BIT(ECMP_A_ROUTE_DST);
	}
	return true;
}

/**
 * route_run_show - route show [table NAME] [PREFIX]
 * @ctl: this run
 * @words: after the verb
 */
int route_run_show(struct ctl *ctl, struct words *words)
{
	struct route_request filter = { .named = 0 };
	struct answers answers;
	int err;

	if (!route_parse_show(words, &filter))
		return ctl_problem(ctl, words);
	if (ctl_open(ctl))
		return ctl_refused(ctl, words);
	err = route_dump(ctl, &filter, &answers);
	if (!err)
		route_print_dump(ctl, NULL, &answers);
	answers_free(&answers);
	return err ? ctl_refused(ctl, words) : ctl_finish(ctl);
}
