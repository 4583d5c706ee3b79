// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <sys/socket.h>

#include "duration.h"
#include "ecmpctl.h"
#include "text.h"

static void nexthop_put(struct nlmsghdr *nlh, const struct request *request)
{
	const struct nexthop_request *n = &request->nexthop;

	mnl_attr_put_u8(nlh, ECMP_A_NEXTHOP_FAMILY, n->family);
	if (n->gateway.family)
		put_address(nlh, ECMP_A_NEXTHOP_GATEWAY, &n->gateway);
	mnl_attr_put_strz(nlh, ECMP_A_NEXTHOP_DEVICE, n->device);
	if (n->named & BIT(ECMP_A_NEXTHOP_FORCED))
		mnl_attr_put_u8(nlh, ECMP_A_NEXTHOP_FORCED, n->forced);
	if (n->timeout)
		mnl_attr_put_u32(nlh, ECMP_A_NEXTHOP_TIMEOUT, n->timeout);
	if (n->named & BIT(ECMP_A_NEXTHOP_PIN_ID))
		mnl_attr_put_u8(nlh, ECMP_A_NEXTHOP_PIN_ID, n->pin_id);
}

static bool set_state(struct words *words, void *object)
{
	struct nexthop_request *n = object;

	if (!words_choice(words, forced_states, &n->forced))
		return false;
	words_from(words, ECMP_A_NEXTHOP_FORCED);
	n->named |= BIT(ECMP_A_NEXTHOP_FORCED);
	if (!words_match(words, "timeout"))
		return true;
	if (!words_duration(words, ECMP_FORCED_MSECS_MIN,
			    ECMP_FORCED_MSECS_MAX, &n->timeout))
		return false;
	words_from(words, ECMP_A_NEXTHOP_TIMEOUT);
	return true;
}

static bool set_pin_id(struct words *words, void *object)
{
	struct nexthop_request *n = object;

	if (words_match(words, "auto"))
		n->pin_id = 0;
	else if (!words_number(words, "a pin-id", 1, UINT8_MAX, &n->pin_id))
		return false;
	words_from(words, ECMP_A_NEXTHOP_PIN_ID);
	n->named |= BIT(ECMP_A_NEXTHOP_PIN_ID);
	return true;
}

static const struct keyword set_keywords[] = {
	{ "pin-id", set_pin_id },
	{ "state", set_state },
	{ NULL, NULL }
};

static bool has_pin_id(const struct nlattr **a, uint64_t pin_id)
{
	return a[ECMP_A_NEXTHOP_PIN_FIXED] &&
	       number_of(a[ECMP_A_NEXTHOP_PIN_ID]) == pin_id;
}

/* Whose is the pin-id that was refused? */
static void tell_owner(struct ctl *ctl, const struct request *request)
{
	const struct nexthop_request *n = &request->nexthop;
	const struct nlattr *a[ECMP_A_NEXTHOP_MAX + 1];
	const struct nlmsghdr *nlh = NULL;
	struct address gateway;
	struct answers answers;
	char text[ADDRESS_TEXT], device[TEXT_QUOTED(IFNAMSIZ)];

	if (ctl->nl.refusal.error != EBUSY ||
	    ctl->nl.refusal.attribute != ECMP_A_NEXTHOP_PIN_ID ||
	    dump_all(ctl, ECMP_CMD_NEXTHOP_GET, &answers))
		return;
	while ((nlh = answers_next(&answers, nlh))) {
		attributes_read(nlh, a, ECMP_A_NEXTHOP_MAX);
		if (!has_pin_id(a, n->pin_id))
			continue;
		gateway = address_of(a[ECMP_A_NEXTHOP_GATEWAY]);
		print_sentence(ctl, "  pin-id %u is that of%s%s dev %s",
			       (unsigned int)n->pin_id,
			       gateway.family ? " " : " the",
			       gateway.family ?
			       address_text(&gateway, text) : " interface",
			       text_quote(string_of(a[ECMP_A_NEXTHOP_DEVICE]),
					  device, sizeof(device)));
	}
	answers_free(&answers);
}

/**
 * nexthop_parse_set - nexthop set [ADDR] dev IF [state STATE [timeout N]]
 * [pin-id N|auto]
 * @words: after the verb
 * @request: where it goes
 */
bool nexthop_parse_set(struct words *words, struct request *request)
{
	struct nexthop_request *n = &request->nexthop;

	request->command = ECMP_CMD_NEXTHOP_NEW;
	request->flags = NLM_F_REPLACE;
	request->put = nexthop_put;
	request->refused = tell_owner;
	if (!words_next_is(words, "dev")) {
		if (!words_address(words, &n->gateway) ||
		    !words_check_family(words, n->gateway.family))
			return false;
		words_from(words, ECMP_A_NEXTHOP_GATEWAY);
	}
	n->family = n->gateway.family ? n->gateway.family :
		    words->family ? words->family : AF_INET;
	if (!words_match(words, "dev"))
		return words_fail(words, words->next,
				  "say which device: dev INTERFACE");
	if (!words_device(words, &n->device))
		return false;
	words_from(words, ECMP_A_NEXTHOP_DEVICE);
	if (!words_left(words))
		return words_fail(words, words->next,
				  "say what to set: state alive, dead, drain or auto, pin-id 1 to 255 or auto");
	return words_keywords(words, set_keywords, n);
}

enum {
	C_ID, C_GATEWAY, C_DEVICE, C_STATE, C_AGE, C_REASON, C_FLAPS, C_CHECK,
	C_NEIGH, C_PIN, C_ROUTES, C_PACKETS, C_BYTES, C_COUNT
};

static const struct column columns[C_COUNT] = {
	[C_ID]		= { .title = "id", .right = true },
	[C_GATEWAY]	= { .title = "gateway" },
	[C_DEVICE]	= { .title = "dev" },
	[C_STATE]	= { .title = "state" },
	[C_AGE]		= { .title = "since", .right = true },
	[C_REASON]	= { .title = "why", .wrap = true },
	[C_FLAPS]	= { .title = "flaps", .right = true, .fold = true },
	[C_CHECK]	= { .title = "check", .fold = true, .wrap = true },
	[C_NEIGH]	= { .title = "neighbour", .fold = true },
	[C_PIN]		= { .title = "pin-id" },
	[C_ROUTES]	= { .title = "routes", .right = true },
	[C_PACKETS]	= { .title = "packets", .right = true },
	[C_BYTES]	= { .title = "bytes", .right = true },
};

/**
 * nexthop_forced_text - a forced state that the reason does not tell
 * @a: attributes of the next hop by number
 * @comma: comes before it
 *
 * Return: a static text, which may be empty.
 */
const char *nexthop_forced_text(const struct nlattr **a, const char *comma)
{
	uint64_t forced = number_of(a[ECMP_A_NEXTHOP_FORCED]);
	uint64_t reason = number_of(a[ECMP_A_NEXTHOP_REASON]);
	static char text[32];

	text[0] = '\0';
	if (forced != ECMP_FORCED_AUTO && reason != ECMP_REASON_FORCED &&
	    reason != ECMP_REASON_DRAIN && reason != ECMP_REASON_LAST_RESORT)
		snprintf(text, sizeof(text), "%sforced %s", comma,
			 name_word(forced_states, forced));
	return text;
}

/* How long it has been in its state, and how often it died before. */
static void print_age(struct printer *p, const struct nlattr **a)
{
	uint64_t age = number_of(a[ECMP_A_NEXTHOP_AGE]);
	uint64_t flaps = number_of(a[ECMP_A_NEXTHOP_FLAPS]);
	char text[DURATION_TEXT];

	if (!a[ECMP_A_NEXTHOP_AGE])
		return;
	print_cell(p, C_AGE);
	print_number(p, "age_ms", NULL, age);
	print_text(p, "%s", age_text(age, text));
	print_cell(p, C_FLAPS);
	print_number(p, "flaps", flaps ? "" : NULL, flaps);
}

static void print_state(struct printer *p, const struct nlattr **a)
{
	uint64_t state = number_of(a[ECMP_A_NEXTHOP_STATE]);
	uint64_t forced = number_of(a[ECMP_A_NEXTHOP_FORCED]);
	uint64_t reason = number_of(a[ECMP_A_NEXTHOP_REASON]);
	uint64_t timeout = number_of(a[ECMP_A_NEXTHOP_TIMEOUT]);
	char text[DURATION_TEXT];

	print_cell(p, C_STATE);
	print_color(p, state != ECMP_NEXTHOP_ALIVE ? COLOR_BAD :
		    reason ? COLOR_WAIT : COLOR_GOOD);
	print_string(p, "state", "", name_word(nexthop_states, state));
	print_string(p, "forced", NULL, name_word(forced_states, forced));
	print_age(p, a);
	print_cell(p, C_REASON);
	if (reason) {
		print_string(p, "reason", NULL, name_word(reasons, reason));
		print_text(p, "%s", name_text(reasons, reason));
	}
	print_text(p, "%s", nexthop_forced_text(a, reason ? ", " : ""));
	if (!timeout)
		return;
	print_number(p, "timeout_ms", NULL, timeout);
	/* Whole seconds, the last one too. */
	print_text(p, ", auto in %s",
		   duration_text((timeout + 999) / 1000 * 1000, text));
}

/* How it is checked, and what came of that last. */
static void print_check(struct printer *p, const struct nlattr **a)
{
	uint64_t state = number_of(a[ECMP_A_NEXTHOP_CHECK_STATE]);
	uint64_t missed = number_of(a[ECMP_A_NEXTHOP_CHECK_MISSED]);
	uint64_t rtt = number_of(a[ECMP_A_NEXTHOP_CHECK_RTT]);
	uint64_t sent = number_of(a[ECMP_A_NEXTHOP_CHECK_SENT]);
	uint64_t lost = number_of(a[ECMP_A_NEXTHOP_CHECK_LOST]);

	if (!a[ECMP_A_NEXTHOP_CHECK])
		return;
	print_cell(p, C_CHECK);
	print_string(p, "check", "",
		     name_word(checks, number_of(a[ECMP_A_NEXTHOP_CHECK])));
	print_string(p, "check_state", NULL, name_word(check_states, state));
	print_number(p, "check_missed", NULL, missed);
	print_number(p, "check_sent", NULL, sent);
	print_number(p, "check_lost", NULL, lost);
	if (rtt)
		print_number(p, "check_rtt_us", NULL, rtt);
	if (missed && state != ECMP_CHECK_IMPOSSIBLE)
		print_text(p, ", %llu missed", (unsigned long long)missed);
	else if (state == ECMP_CHECK_ANSWERED)
		print_text(p, ", %llu.%03llu ms",
			   (unsigned long long)rtt / 1000,
			   (unsigned long long)rtt % 1000);
	else
		print_text(p, ", %s", name_text(check_states, state));
	if (lost)
		print_text(p, ", %llu of %llu lost", (unsigned long long)lost,
			   (unsigned long long)sent);
}

/* By what connections remember it. In a table if somebody cares. */
static void print_pin(struct ctl *ctl, const struct nlattr **a)
{
	struct printer *p = &ctl->out;
	bool fixed = a[ECMP_A_NEXTHOP_PIN_FIXED];

	print_bool(p, "uplink", a[ECMP_A_NEXTHOP_UPLINK]);
	if (!a[ECMP_A_NEXTHOP_PIN_ID])
		return;
	print_cell(p, C_PIN);
	print_number(p, "pin_id", fixed || ctl->stats ? "" : NULL,
		     number_of(a[ECMP_A_NEXTHOP_PIN_ID]));
	print_bool(p, "pin_fixed", fixed);
	if (!fixed && ctl->stats)
		print_text(p, " auto");
}

/**
 * nexthop_print_gateway - the gateway; without one, for which family it is
 * @p: where to
 * @a: attributes of the next hop by number
 */
void nexthop_print_gateway(struct printer *p, const struct nlattr **a)
{
	struct address gateway = address_of(a[ECMP_A_NEXTHOP_GATEWAY]);
	uint64_t family = number_of(a[ECMP_A_NEXTHOP_FAMILY]);
	char text[ADDRESS_TEXT];

	if (gateway.family)
		print_string(p, "gateway", "", address_text(&gateway, text));
	else if (family)
		print_text(p, "(%s)", name_text(families, family));
}

/**
 * nexthop_print - the members of a next hop: cells of a row, or in JSON
 * @ctl: this run
 * @a: attributes of the next hop by number
 */
void nexthop_print(struct ctl *ctl, const struct nlattr **a)
{
	struct printer *p = &ctl->out;

	print_cell(p, C_ID);
	print_number(p, "id", "", number_of(a[ECMP_A_NEXTHOP_ID]));
	if (a[ECMP_A_NEXTHOP_FAMILY])
		print_string(p, "family", NULL,
			     name_word(families,
				       number_of(a[ECMP_A_NEXTHOP_FAMILY])));
	print_cell(p, C_GATEWAY);
	nexthop_print_gateway(p, a);
	print_cell(p, C_DEVICE);
	print_color(p, COLOR_NAME);
	if (a[ECMP_A_NEXTHOP_DEVICE])
		print_name(p, "device", "",
			   string_of(a[ECMP_A_NEXTHOP_DEVICE]));
	if (a[ECMP_A_NEXTHOP_IFINDEX])
		print_number(p, "ifindex", NULL,
			     number_of(a[ECMP_A_NEXTHOP_IFINDEX]));
	print_state(p, a);
	print_check(p, a);
	print_cell(p, C_NEIGH);
	if (a[ECMP_A_NEXTHOP_NEIGH])
		print_string(p, "neighbour", "",
			     name_word(neighbour_states,
				       number_of(a[ECMP_A_NEXTHOP_NEIGH])));
	print_pin(ctl, a);
	print_cell(p, C_ROUTES);
	print_number(p, "routes", "", number_of(a[ECMP_A_NEXTHOP_ROUTES]));
	print_cell(p, C_PACKETS);
	print_number(p, "packets", "", number_of(a[ECMP_A_NEXTHOP_PACKETS]));
	print_cell(p, C_BYTES);
	print_number(p, "bytes", ctl->stats ? "" : NULL,
		     number_of(a[ECMP_A_NEXTHOP_BYTES]));
}

/**
 * nexthop_print_dump - print next hops
 * @ctl: this run; with its family only those that belong to it
 * @key: of the array in JSON
 * @answers: of a dump
 */
void nexthop_print_dump(struct ctl *ctl, const char *key,
			const struct answers *answers)
{
	const struct nlattr *a[ECMP_A_NEXTHOP_MAX + 1];
	const struct nlmsghdr *nlh = NULL;

	print_table_begin(&ctl->out, key, columns, C_COUNT);
	while ((nlh = answers_next(answers, nlh))) {
		attributes_read(nlh, a, ECMP_A_NEXTHOP_MAX);
		if (!family_shown(ctl, a[ECMP_A_NEXTHOP_FAMILY]))
			continue;
		print_row_begin(&ctl->out);
		nexthop_print(ctl, a);
		print_row_end(&ctl->out);
	}
	print_table_end(&ctl->out);
}

/**
 * nexthop_print_all - print all next hops
 * @ctl: this run
 * @key: of the array in JSON
 *
 * Return: 0, or -1 with the refusal in the socket.
 */
int nexthop_print_all(struct ctl *ctl, const char *key)
{
	struct answers answers;
	int err = dump_all(ctl, ECMP_CMD_NEXTHOP_GET, &answers);

	if (!err)
		nexthop_print_dump(ctl, key, &answers);
	answers_free(&answers);
	return err;
}

/**
 * nexthop_run_show - nexthop show
 * @ctl: this run
 * @words: after the verb
 */
int nexthop_run_show(struct ctl *ctl, struct words *words)
{
	if (!words_end(words))
		return ctl_problem(ctl, words);
	if (ctl_open(ctl) || nexthop_print_all(ctl, NULL))
		return ctl_refused(ctl, words);
	return ctl_finish(ctl);
}
