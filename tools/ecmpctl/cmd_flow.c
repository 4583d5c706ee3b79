// SPDX-License-Identifier: GPL-2.0
/*
 * flow: the connections that are pinned to an uplink. They are read from the
 * kernel's connection tracking as they come, and none is kept: there may be a
 * million.
 */
#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>

#include "conntrack.h"
#include "ecmpctl.h"
#include "text.h"
#include "uplinks.h"

/* So many are ended at once; a socket has room for as many refusals. */
#define EVICT_BATCH	256

/**
 * struct flow_request - which connections are meant
 * @device: that their uplink leaves by; NULL: any
 * @gateway: of their uplink; family AF_UNSPEC: any
 * @from: where who opened them is
 * @to: where they want to go
 * @limited: bits: LIMIT_*
 */
struct flow_request {
	const char	*device;
	struct address	gateway;
	struct prefix	from, to;
	unsigned int	limited;
};

#define LIMIT_FROM	0x1
#define LIMIT_TO	0x2

static bool flow_dev(struct words *words, void *object)
{
	struct flow_request *f = object;

	return words_device(words, &f->device);
}

static bool flow_via(struct words *words, void *object)
{
	struct flow_request *f = object;

	return words_address(words, &f->gateway) &&
	       words_check_family(words, f->gateway.family);
}

static bool flow_from(struct words *words, void *object)
{
	struct flow_request *f = object;

	f->limited |= LIMIT_FROM;
	return words_destination(words, &f->from);
}

static bool flow_to(struct words *words, void *object)
{
	struct flow_request *f = object;

	f->limited |= LIMIT_TO;
	return words_destination(words, &f->to);
}

static const struct keyword flow_keywords[] = {
	{ "dev", flow_dev },
	{ "from", flow_from },
	{ "to", flow_to },
	{ "via", flow_via },
	{ NULL, NULL }
};

static bool flow_parse(struct words *words, struct flow_request *f)
{
	if (!words_keywords(words, flow_keywords, f))
		return false;
	if (f->gateway.family && !f->device)
		return words_fail(words, words->count,
				  "say by which interface that gateway is: add dev INTERFACE");
	return words_end(words);
}

/* ---- which are meant ---- */

static bool holds(const struct prefix *prefix, const struct address *address)
{
	unsigned int bytes = prefix->length / 8, bits = prefix->length % 8;
	uint8_t last = 0xff << (8 - bits);

	/* "default", of any family */
	if (prefix->address.family == AF_UNSPEC)
		return true;
	return prefix->address.family == address->family &&
	       !memcmp(prefix->address.bytes, address->bytes, bytes) &&
	       (!bits || !((prefix->address.bytes[bytes] ^
			    address->bytes[bytes]) & last));
}

static bool uplink_meant(const struct ctl *ctl, const struct flow_request *f,
			 const struct uplink *uplink)
{
	return uplink->pin &&
	       (!ctl->family || ctl->family == uplink->family) &&
	       (!f->device || !strcmp(f->device, uplink->device)) &&
	       (!f->gateway.family ||
		address_equal(&f->gateway, &uplink->gateway));
}

/**
 * struct flows - connections that are being read
 * @ctl: this run
 * @f: which are meant
 * @uplinks: all uplinks
 * @nl: socket that tells them
 * @ender: socket by which they are ended
 * @pending: how many are about to be
 * @pin: of each of those
 * @refused: the kernel refused some of them
 * @problem: why the first was not ended that is not gone
 * @each: what is done with each
 * @begun: the list of them is
 * @interrupted: some may be missing, or told twice
 */
struct flows {
	struct ctl		*ctl;
	struct flow_request	f;
	struct uplinks		uplinks;
	struct netlink		nl;
	struct netlink		ender;
	unsigned int		pending;
	uint8_t			pin[EVICT_BATCH];
	bool			refused;
	struct refusal		problem;
	void			(*each)(struct flows *flows,
					const struct connection *c,
					struct uplink *uplink);
	bool			begun;
	bool			interrupted;
};

static void meet(const struct connection *c, void *data)
{
	struct flows *flows = data;
	const struct flow_request *f = &flows->f;
	struct uplink *uplink = uplink_of(&flows->uplinks, c);

	if (!uplink || !uplink_meant(flows->ctl, f, uplink))
		return;
	if (f->limited & LIMIT_FROM &&
	    !holds(&f->from, &c->tuple[ORIGINAL].src))
		return;
	if (f->limited & LIMIT_TO && !holds(&f->to, &c->tuple[ORIGINAL].dst))
		return;
	flows->each(flows, c, uplink);
}

/* Of one interface the kernel picks them out: once for each of its uplinks. */
static int read_uplinks(struct flows *flows)
{
	struct uplinks *u = &flows->uplinks;
	struct conntrack_filter filter = { .mask = u->mask };
	unsigned int i;
	int err = 0;

	for (i = 0; i <= UPLINK_PINS && !err; i++) {
		if (!uplink_meant(flows->ctl, &flows->f, &u->by_pin[i]))
			continue;
		filter.family = u->by_pin[i].family;
		filter.mark = uplink_mark(u, &u->by_pin[i]);
		err = conntrack_each(&flows->nl, &filter, meet, flows,
				     &flows->interrupted);
	}
	return err;
}

static int read_flows(struct flows *flows)
{
	struct conntrack_filter filter = { .family = flows->ctl->family };

	if (flows->f.device)
		return read_uplinks(flows);
	return conntrack_each(&flows->nl, &filter, meet, flows,
			      &flows->interrupted);
}

/* Are there pins, and is there an uplink as was written? */
static bool find_uplinks(struct flows *flows)
{
	char device[TEXT_QUOTED(IFNAMSIZ)], gateway[ADDRESS_TEXT];
	const struct flow_request *f = &flows->f;
	bool any = !f->device;
	unsigned int i;

	if (!flows->uplinks.mask) {
		print_error(flows->ctl, "no connection is pinned, as pin-mask is 0: see \"ecmpctl set help\"");
		return false;
	}
	for (i = 0; i <= UPLINK_PINS && !any; i++)
		any = uplink_meant(flows->ctl, f, &flows->uplinks.by_pin[i]);
	if (any)
		return true;
	text_quote(f->device, device, sizeof(device));
	if (f->gateway.family)
		print_error(flows->ctl, "there is no uplink %s dev %s: see \"ecmpctl nexthop show\"",
			    address_text(&f->gateway, gateway), device);
	else
		print_error(flows->ctl, "there is no uplink by %s: see \"ecmpctl nexthop show\"",
			    device);
	return false;
}

/* Ask the module for the uplinks, and the kernel for connections. */
static int flows_open(struct flows *flows, struct words *words)
{
	if (ctl_open(flows->ctl) ||
	    uplinks_read(flows->ctl, &flows->uplinks))
		return ctl_refused(flows->ctl, words);
	if (!find_uplinks(flows))
		return EXIT_REFUSED;
	if (netlink_open_netfilter(&flows->nl))
		return conntrack_refused(flows->ctl, &flows->nl);
	return EXIT_DONE;
}

static int flows_close(struct flows *flows, int status)
{
	if (flows->interrupted)
		print_warning(flows->ctl, "connections were moved while they were read: some may be missing, or be there twice");
	netlink_close(&flows->nl);
	netlink_close(&flows->ender);
	uplinks_free(&flows->uplinks);
	return status;
}

/* ---- list ---- */

enum {
	C_PROTO, C_FROM, C_TO, C_AS, C_GATEWAY, C_DEVICE, C_STATE, C_TRACKED,
	C_LEFT, C_PACKETS, C_BYTES, C_COUNT
};

/* For one whose addresses have the length of most. */
#define ENDPOINT_WIDTH	21

static const struct column columns[C_COUNT] = {
	[C_PROTO]	= { .title = "proto" },
	[C_FROM]	= { .title = "from", .fold = true,
			    .least = ENDPOINT_WIDTH },
	[C_TO]		= { .title = "to", .fold = true,
			    .least = ENDPOINT_WIDTH },
	[C_AS]		= { .title = "as", .fold = true,
			    .least = ENDPOINT_WIDTH },
	[C_GATEWAY]	= { .title = "gateway", .fold = true, .least = 15 },
	[C_DEVICE]	= { .title = "dev", .least = 8 },
	[C_STATE]	= { .title = "uplink", .least = 6 },
	[C_TRACKED]	= { .title = "state", .least = 11 },
	[C_LEFT]	= { .title = "left", .right = true, .least = 7 },
	[C_PACKETS]	= { .title = "packets", .right = true, .fold = true,
			    .least = 9 },
	[C_BYTES]	= { .title = "bytes", .right = true, .least = 12 },
};

static void print_endpoint(struct printer *p, const char *address_key,
			   const char *port_key, const struct address *address,
			   uint16_t port, bool ports)
{
	char text[ENDPOINT_TEXT];

	print_text(p, "%s", endpoint_text(address, port, ports, text));
	print_string(p, address_key, NULL, address_text(address, text));
	if (ports)
		print_number(p, port_key, NULL, port);
}

/* What address translation makes of it: the source, "> " the destination. */
static void print_translated(struct printer *p, const struct connection *c)
{
	const struct tuple *there = &c->tuple[ORIGINAL];
	const struct tuple *back = &c->tuple[REPLY];
	bool src = !address_equal(&there->src, &back->dst) ||
		   there->sport != back->dport;
	bool dst = !address_equal(&there->dst, &back->src) ||
		   there->dport != back->sport;

	print_cell(p, C_AS);
	if (src)
		print_endpoint(p, "translated_src", "translated_sport",
			       &back->dst, back->dport, c->ports);
	if (dst) {
		print_text(p, "%s> ", src ? " " : "");
		print_endpoint(p, "translated_dst", "translated_dport",
			       &back->src, back->sport, c->ports);
	}
}

static void print_tracked(struct printer *p, const struct connection *c)
{
	print_cell(p, C_TRACKED);
	print_string(p, "state", "", conntrack_state(c));
	print_bool(p, "offloaded", c->offloaded);
	if (c->offloaded)
		print_text(p, " offloaded");
	print_cell(p, C_LEFT);
	print_number(p, "timeout", "", c->seconds);
	if (!c->counted)
		return;
	print_cell(p, C_PACKETS);
	print_number(p, "packets", "", c->packets);
	print_cell(p, C_BYTES);
	print_number(p, "bytes", "", c->bytes);
}

static void print_uplink(struct printer *p, const struct uplink *uplink)
{
	bool good = uplink->used && uplink->state == ECMP_NEXTHOP_ALIVE;
	char text[ADDRESS_TEXT];

	print_cell(p, C_GATEWAY);
	if (uplink->gateway.family)
		print_text(p, "%s", address_text(&uplink->gateway, text));
	print_cell(p, C_DEVICE);
	print_color(p, COLOR_NAME);
	if (!p->json)
		print_name(p, NULL, "", uplink->device);
	print_cell(p, C_STATE);
	print_color(p, good ? COLOR_GOOD : COLOR_BAD);
	print_text(p, "%s", uplink_state(uplink));
	uplink_members(p, uplink);
}

/* Not before there is an answer: a refusal is no empty list. */
static void begin_list(struct flows *flows)
{
	if (!flows->begun)
		print_table_begin(&flows->ctl->out, NULL, columns, C_COUNT);
	flows->begun = true;
}

static void list_one(struct flows *flows, const struct connection *c,
		     struct uplink *uplink)
{
	const struct tuple *t = &c->tuple[ORIGINAL];
	struct printer *p = &flows->ctl->out;
	char text[PROTOCOL_TEXT];

	begin_list(flows);
	print_row_begin(p);
	print_cell(p, C_PROTO);
	print_string(p, "family", NULL, name_word(families, uplink->family));
	print_string(p, "ipproto", "", protocol_text(c->proto, text));
	print_cell(p, C_FROM);
	print_endpoint(p, "src", "sport", &t->src, t->sport, c->ports);
	print_cell(p, C_TO);
	print_endpoint(p, "dst", "dport", &t->dst, t->dport, c->ports);
	print_translated(p, c);
	print_uplink(p, uplink);
	print_tracked(p, c);
	print_row_end(p);
}

static void count_one(struct flows *flows, const struct connection *c,
		      struct uplink *uplink)
{
	(void)flows;
	uplink->count++;
	uplink->packets += c->packets;
	uplink->bytes += c->bytes;
}

/* ---- per uplink ---- */

enum { U_PIN, U_GATEWAY, U_DEVICE, U_STATE, U_FLOWS, U_PACKETS, U_BYTES,
       U_COUNT };

static const struct column uplink_columns[U_COUNT] = {
	[U_PIN]		= { .title = "pin-id", .right = true },
	[U_GATEWAY]	= { .title = "gateway" },
	[U_DEVICE]	= { .title = "dev" },
	[U_STATE]	= { .title = "uplink" },
	[U_FLOWS]	= { .title = "flows", .right = true },
	[U_PACKETS]	= { .title = "packets", .right = true },
	[U_BYTES]	= { .title = "bytes", .right = true },
};

static void print_sum(struct printer *p, const struct uplink *uplink,
		      const char *key)
{
	bool good = uplink->used && uplink->state == ECMP_NEXTHOP_ALIVE;
	char text[ADDRESS_TEXT];

	print_row_begin(p);
	print_cell(p, U_PIN);
	print_text(p, "%u", uplink->pin);
	print_string(p, "family", NULL, name_word(families, uplink->family));
	uplink_members(p, uplink);
	print_cell(p, U_GATEWAY);
	if (uplink->gateway.family)
		print_text(p, "%s", address_text(&uplink->gateway, text));
	else
		print_text(p, "(%s)", name_text(families, uplink->family));
	print_cell(p, U_DEVICE);
	print_color(p, COLOR_NAME);
	if (!p->json)
		print_name(p, NULL, "", uplink->device);
	print_cell(p, U_STATE);
	print_color(p, good ? COLOR_GOOD : COLOR_BAD);
	print_text(p, "%s", uplink_state(uplink));
	print_cell(p, U_FLOWS);
	print_number(p, key, "", uplink->count);
	if (uplink->packets) {
		print_cell(p, U_PACKETS);
		print_number(p, "packets", "", uplink->packets);
		print_cell(p, U_BYTES);
		print_number(p, "bytes", "", uplink->bytes);
	}
	print_row_end(p);
}

/* Those that are meant and in use, also with no connection. */
static void print_sums(const struct flows *flows, const char *key)
{
	struct printer *p = &flows->ctl->out;
	const struct uplink *uplink;
	unsigned int i;

	print_table_begin(p, NULL, uplink_columns, U_COUNT);
	for (i = 1; i <= UPLINK_PINS; i++) {
		uplink = &flows->uplinks.by_pin[i];
		if (uplink_meant(flows->ctl, &flows->f, uplink) &&
		    (uplink->used || uplink->count))
			print_sum(p, uplink, key);
	}
	print_table_end(p);
}

static int list(struct flows *flows)
{
	int err;

	if (flows->ctl->stats) {
		flows->each = count_one;
		err = read_flows(flows);
		if (!err)
			print_sums(flows, "flows");
	} else {
		flows->each = list_one;
		err = read_flows(flows);
		if (!err)
			begin_list(flows);
		if (flows->begun)
			print_table_end(&flows->ctl->out);
	}
	return err ? conntrack_refused(flows->ctl, &flows->nl) :
		     ctl_finish(flows->ctl);
}

/**
 * flow_run_list - flow list [dev IF [via ADDR]] [from PREFIX] [to PREFIX]
 * @ctl: this run
 * @words: after the verb
 */
int flow_run_list(struct ctl *ctl, struct words *words)
{
	static struct flows flows;
	int status;

	flows = (struct flows) { .ctl = ctl };
	if (!flow_parse(words, &flows.f))
		return ctl_problem(ctl, words);
	status = flows_open(&flows, words);
	if (status == EXIT_DONE)
		status = list(&flows);
	return flows_close(&flows, status);
}

/* ---- evict ---- */

/* It ended by itself meanwhile, or there is a problem. */
static void one_refused(uint32_t sequence, const struct refusal *refusal,
			void *data)
{
	struct flows *flows = data;
	size_t i = sequence - flows->ender.first;

	if (i < flows->pending)
		flows->uplinks.by_pin[flows->pin[i]].count--;
	if (refusal->error != ENOENT && !flows->problem.error)
		flows->problem = *refusal;
	flows->refused = true;
}

/* End those that wait for it. */
static void end_pending(struct flows *flows)
{
	unsigned int i;

	flows->refused = false;
	if (netlink_batch_send(&flows->ender, one_refused, flows) &&
	    !flows->refused) {
		flows->problem = flows->ender.refusal;
		for (i = 0; i < flows->pending; i++)
			flows->uplinks.by_pin[flows->pin[i]].count--;
	}
	flows->pending = 0;
	netlink_batch_begin(&flows->ender);
}

static void end_one(struct flows *flows, const struct connection *c,
		    struct uplink *uplink)
{
	uplink->count++;
	flows->pin[flows->pending++] = uplink->pin;
	conntrack_end(&flows->ender, c);
	if (flows->pending == EVICT_BATCH ||
	    netlink_batch_full(&flows->ender))
		end_pending(flows);
}

static void tell_ended(const struct flows *flows)
{
	struct printer *p = &flows->ctl->out;
	char gateway[ADDRESS_TEXT];
	const struct uplink *uplink;
	bool any = false;
	unsigned int i;

	if (p->json) {
		print_sums(flows, "evicted");
		return;
	}
	for (i = 1; i <= UPLINK_PINS; i++) {
		uplink = &flows->uplinks.by_pin[i];
		if (!uplink->count)
			continue;
		any = true;
		print_number(p, NULL, "", uplink->count);
		print_text(p, " connection%s of ",
			   uplink->count > 1 ? "s" : "");
		if (uplink->gateway.family)
			print_text(p, "%s ", address_text(&uplink->gateway,
							  gateway));
		print_name(p, NULL, "dev ", uplink->device);
		print_text(p, " ended\n");
	}
	if (!any)
		print_text(p, "no such connection is pinned: nothing ended\n");
}

static int evict(struct flows *flows)
{
	int err;

	if (netlink_open_netfilter(&flows->ender))
		return conntrack_refused(flows->ctl, &flows->ender);
	netlink_batch_begin(&flows->ender);
	flows->each = end_one;
	err = read_flows(flows);
	end_pending(flows);
	if (err)
		return conntrack_refused(flows->ctl, &flows->nl);
	tell_ended(flows);
	if (!flows->problem.error)
		return ctl_finish(flows->ctl);
	print_error(flows->ctl, "some connections could not be ended: %s",
		    flows->problem.sentence);
	return EXIT_REFUSED;
}

/**
 * flow_run_evict - flow evict dev IF [via ADDR] | from PREFIX | to PREFIX
 * @ctl: this run
 * @words: after the verb
 *
 * All that are named must fit.
 */
int flow_run_evict(struct ctl *ctl, struct words *words)
{
	static struct flows flows;
	int status;

	flows = (struct flows) { .ctl = ctl };
	if (!flow_parse(words, &flows.f))
		return ctl_problem(ctl, words);
	if (!flows.f.device && !flows.f.limited) {
		words_fail(words, words->count,
			   "say which connections are to end: dev INTERFACE, from PREFIX or to PREFIX");
		return ctl_problem(ctl, words);
	}
	status = flows_open(&flows, words);
	if (status == EXIT_DONE)
		status = evict(&flows);
	return flows_close(&flows, status);
}
