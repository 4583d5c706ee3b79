// SPDX-License-Identifier: GPL-2.0
/*
 * get flow: where does the next packet of this connection go, and why? The
 * kernel's connection tracking knows the connection, the module its path.
 */
#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/netfilter/nf_conntrack_common.h>

#include "conntrack.h"
#include "ecmpctl.h"
#include "get.h"
#include "rtnetlink.h"
#include "uplinks.h"

static bool has_ports(const struct question *q)
{
	return NAMED(q, ECMP_A_LOOKUP_SPORT) && NAMED(q, ECMP_A_LOOKUP_DPORT);
}

/* Is that enough to know a connection by? */
static bool parse_flow(struct words *words, struct question *q)
{
	const char *proto;
	bool ports;

	if (!get_parse(words, q) || !words_end(words))
		return false;
	if (!NAMED(q, ECMP_A_LOOKUP_FROM) || !NAMED(q, ECMP_A_LOOKUP_PROTO))
		return words_fail(words, words->count,
				  "a connection is known by both its ends: name from ADDRESS, ipproto PROTOCOL and the ports");
	proto = name_word(ip_protocols, q->proto);
	if (!strcmp(proto, "icmp") || !strcmp(proto, "ipv6-icmp"))
		return words_fail(words, words->at[ECMP_A_LOOKUP_PROTO],
				  "a connection of this protocol has no ports to know it by: see \"ecmpctl flow list\"");
	ports = !strcmp(proto, "tcp") || !strcmp(proto, "udp") ||
		!strcmp(proto, "sctp") || !strcmp(proto, "dccp");
	if (ports && !has_ports(q))
		return words_fail(words, words->count,
				  "a connection is known by its ports, too: name sport PORT and dport PORT");
	return true;
}

/**
 * struct search - a connection that is looked for
 * @q: the question: a packet as it comes in; then as the rules see it
 * @as: the packet's addresses and ports as they were asked for
 * @found: there is one
 * @c: that one
 * @back: the packet goes back to who opened it
 */
struct search {
	struct question		*q;
	struct tuple		as;
	bool			found;
	struct connection	c;
	bool			back;
};

static bool same_tuple(const struct tuple *a, const struct tuple *b)
{
	return address_equal(&a->src, &b->src) &&
	       address_equal(&a->dst, &b->dst) && a->sport == b->sport &&
	       a->dport == b->dport;
}

/*
 * Rules see the destination translated, the source not yet: the source of
 * this way, and as the destination that of the other way.
 */
static void take(const struct connection *c, void *data)
{
	struct search *s = data;
	struct question *q = s->q;
	const struct tuple *way, *other;

	s->found = true;
	s->c = *c;
	s->back = !same_tuple(&c->tuple[ORIGINAL], &s->as);
	way = &c->tuple[s->back ? REPLY : ORIGINAL];
	other = &c->tuple[s->back ? ORIGINAL : REPLY];
	q->from = way->src;
	q->sport = way->sport;
	q->dst = other->src;
	q->dport = other->sport;
	q->connection = true;
	q->ct_mark = c->mark;
	q->ct_src = other->dst;
	q->ct_opened = !s->back && !(c->status & IPS_EXPECTED);
	q->ct_nat = c->status & IPS_NAT_MASK;
}

static int no_such(struct ctl *ctl, const struct netlink *nl)
{
	if (nl->refusal.error != ENOENT)
		return conntrack_refused(ctl, nl);
	print_error(ctl, "there is no such connection: \"ecmpctl get\" tells where a new one would go");
	return EXIT_REFUSED;
}

static int find(struct ctl *ctl, struct search *s)
{
	struct netlink nl = { .socket = NULL };
	int status = EXIT_DONE;

	if (netlink_open_netfilter(&nl))
		status = conntrack_refused(ctl, &nl);
	else if (conntrack_find(&nl, &s->as, s->q->proto, has_ports(s->q),
				take, s))
		status = no_such(ctl, &nl);
	netlink_close(&nl);
	return status;
}

static bool has_uplink(const struct uplinks *uplinks, const char *device)
{
	unsigned int i;

	for (i = 1; i <= UPLINK_PINS; i++)
		if (uplinks->by_pin[i].pin && uplinks->by_pin[i].used &&
		    !strcmp(uplinks->by_pin[i].device, device))
			return true;
	return false;
}

/*
 * By which interface does it come in? From where the kernel would send an
 * answer; by which uplink the connection knows better.
 */
static bool find_iif(struct search *s, struct uplinks *uplinks, char *device)
{
	struct question *q = s->q;
	const struct uplink *uplink = uplink_of(uplinks, &s->c);
	bool own = false;

	device[0] = '\0';
	kernel_way(&q->from, device, &own);
	if (own) {
		q->ct_answer = s->back;
		return true;
	}
	if (uplink && (!device[0] || has_uplink(uplinks, device)))
		strncpy(device, uplink->device, IFNAMSIZ - 1);
	if (!device[0])
		return false;
	q->iif = device;
	q->named |= BIT(ECMP_A_LOOKUP_IIF);
	return true;
}

static int explain(struct ctl *ctl, struct words *words, struct search *s)
{
	static struct uplinks uplinks;
	char device[IFNAMSIZ] = "";
	int status = EXIT_DONE;

	if (uplinks_read(ctl, &uplinks)) {
		status = ctl_refused(ctl, words);
	} else if (!NAMED(s->q, ECMP_A_LOOKUP_IIF) &&
		   !find_iif(s, &uplinks, device)) {
		print_error(ctl, "the kernel knows no way to the source: say by which interface its packets come in: iif INTERFACE");
		status = EXIT_REFUSED;
	} else if (get_ask(ctl, s->q)) {
		status = ctl_refused(ctl, words);
	}
	uplinks_free(&uplinks);
	return status == EXIT_DONE ? ctl_finish(ctl) : status;
}

/**
 * get_flow_run - get flow DST from SRC ipproto P [sport N dport N] [iif IF]
 * @ctl: this run
 * @words: after "flow"
 */
int get_flow_run(struct ctl *ctl, struct words *words)
{
	struct question q = { .named = 0 };
	struct search s = { .q = &q };
	int status;

	if (!parse_flow(words, &q))
		return ctl_problem(ctl, words);
	s.as = (struct tuple) { .src = q.from, .dst = q.dst,
				.sport = q.sport, .dport = q.dport };
	if (ctl_open(ctl))
		return ctl_refused(ctl, words);
	status = find(ctl, &s);
	return status == EXIT_DONE ? explain(ctl, words, &s) : status;
}

/* A path, as "10.1.1.1 dev wan1". */
static void print_pinned_to(struct printer *p, const struct nlattr **a)
{
	struct address gateway = address_of(a[ECMP_A_LOOKUP_PIN_GATEWAY]);
	char text[ADDRESS_TEXT];

	if (gateway.family)
		print_string(p, "gateway", "",
			     address_text(&gateway, text));
	print_name(p, "device", gateway.family ? " dev " : "dev ",
		   string_of(a[ECMP_A_LOOKUP_PIN_DEVICE]));
	print_number(p, "pin_id", " (pin-id ",
		     number_of(a[ECMP_A_LOOKUP_PIN_ID]));
	print_text(p, ")");
}

/* Why the uplink cannot be used, where that is so. */
static void print_pin_reason(struct printer *p, const struct nlattr *attr)
{
	uint64_t reason = number_of(attr);

	if (!reason)
		return;
	print_string(p, "reason", NULL, name_word(reasons, reason));
	print_text(p, " (%s)", reason == ECMP_REASON_DISABLED ?
		   "no enabled default route goes by it" :
		   name_text(reasons, reason));
}

/**
 * get_explain_pin - what the pin of its connection does to a packet
 * @p: where to
 * @a: attributes of the answer by number; none are of a pin if the question
 *	was of no connection
 */
void get_explain_pin(struct printer *p, const struct nlattr **a)
{
	uint64_t pinned = number_of(a[ECMP_A_LOOKUP_PINNED]);
	bool known = a[ECMP_A_LOOKUP_PIN_ID];

	if (!a[ECMP_A_LOOKUP_PINNED])
		return;
	print_object_begin(p, "pin");
	print_string(p, "result", NULL, name_word(pinned_words, pinned));
	if (pinned == ECMP_PINNED_FOLLOWED)
		print_text(p, "because the connection is pinned to ");
	else if (known)
		print_text(p, "the connection is pinned to ");
	else if (pinned == ECMP_PINNED_ENDS)
		print_text(p, "the connection is not pinned; the uplink that has its address cannot be used: it ends");
	else
		print_text(p, "the connection is not pinned");
	if (known)
		print_pinned_to(p, a);
	if (pinned != ECMP_PINNED_FOLLOWED && known) {
		print_text(p, ", but ");
		print_text(p, "%s", name_text(pinned_words, pinned));
		print_pin_reason(p, a[ECMP_A_LOOKUP_PIN_REASON]);
	} else if (!known && pinned != ECMP_PINNED_NOT &&
		   pinned != ECMP_PINNED_ENDS) {
		print_text(p, ": %s", name_text(pinned_words, pinned));
	}
	print_text(p, "\n");
	print_object_end(p);
}
