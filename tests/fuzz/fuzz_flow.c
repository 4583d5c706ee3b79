// SPDX-License-Identifier: GPL-2.0
/*
 * The reader of packet headers, src/datapath/flow.c, against one that looks at
 * one byte after another of a flat packet. The input:
 *
 *	how	0x01: IPv6; 0x02: some table hashes by the inner packet;
 *		0x04: the router's own
 *	linear	so many bytes more than the IP header are in the linear part
 *	packet	from its IP header
 *
 * What the IP layer has looked at is as it says: version, header length, and
 * that all of the header is there and linear.
 */
#include "../../src/datapath/flow.c"
#include "flow_hash.h"
#include "fuzz.h"

#define INNER	0x02
#define OWN	0x04

/* ---- the oracle ---- */

struct reader {
	const u8	*at;
	size_t		size;
};

static bool has(const struct reader *r, size_t at, size_t n)
{
	return at <= r->size && n <= r->size - at;
}

static u32 number(const struct reader *r, size_t at, unsigned int n)
{
	u32 value = 0;

	while (n--)
		value = value << 8 | r->at[at++];
	return value;
}

/* What is read of one IP header and what follows it. */
struct seen {
	struct ecmp_tuple	t;
	bool			good;		/* there is such a header */
	bool			fragment;
	size_t			payload;	/* where it is; 0: nowhere */
};

static void see4(const struct reader *r, size_t at, struct seen *s)
{
	memset(s, 0, sizeof(*s));
	if (!has(r, at, 20) || r->at[at] >> 4 != 4 || (r->at[at] & 15) < 5)
		return;
	s->good = true;
	memcpy(s->t.src.b, r->at + at + 12, 4);
	memcpy(s->t.dst.b, r->at + at + 16, 4);
	s->t.proto = r->at[at + 9];
	s->fragment = number(r, at + 6, 2) & 0x3fff;
	s->payload = at + (r->at[at] & 15) * 4;
}

static void see6(const struct reader *r, size_t at, struct seen *s)
{
	unsigned int seen = 0;

	memset(s, 0, sizeof(*s));
	if (!has(r, at, 40) || r->at[at] >> 4 != 6)
		return;
	s->good = true;
	memcpy(s->t.src.b, r->at + at + 8, 16);
	memcpy(s->t.dst.b, r->at + at + 24, 16);
	s->t.flowlabel = number(r, at, 4) & 0xfffff;
	s->t.proto = r->at[at + 6];
	for (at += 40; ; seen++) {
		size_t size = 0;

		switch (s->t.proto) {
		case 0:
		case 43:
		case 60:
			size = has(r, at, 2) ? (r->at[at + 1] + 1) * 8 : 0;
			break;
		case 51:
			size = has(r, at, 2) ? (r->at[at + 1] + 2) * 4 : 0;
			break;
		case 44:
			size = has(r, at, 8) ? 8 : 0;
			break;
		default:
			s->payload = seen < 16 ? at : 0;
			return;
		}
		/* Cut off, or too many to be meant well. */
		if (!size || seen == 16)
			return;
		if (s->t.proto == 44)
			s->fragment = number(r, at + 2, 2) & 0xfff9;
		s->t.proto = r->at[at];
		at += size;
		if (!s->fragment)
			continue;
		s->payload = at;
		return;
	}
}

static void see(const struct reader *r, bool v6, size_t at, struct seen *s)
{
	if (v6)
		see6(r, at, s);
	else
		see4(r, at, s);
}

static bool see_ports(const struct reader *r, struct seen *s)
{
	u8 proto = s->t.proto;

	if ((proto != 6 && proto != 17 && proto != 132 && proto != 33) ||
	    s->fragment || !s->payload || !has(r, s->payload, 4))
		return false;
	s->t.sport = number(r, s->payload, 2);
	s->t.dport = number(r, s->payload + 2, 2);
	return true;
}

static bool is_error(bool v6, u8 type)
{
	if (v6)
		return type < 128 || type == 137;
	return type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
}

/* What an ICMP error reports on; the other way round. */
static bool see_reported(const struct reader *r, bool v6,
			 const struct seen *outer, struct seen *s)
{
	struct ecmp_tuple t;

	if (outer->t.proto != (v6 ? 58 : 1) || outer->fragment ||
	    !outer->payload || !has(r, outer->payload, 8) ||
	    !is_error(v6, r->at[outer->payload]))
		return false;
	see(r, v6, outer->payload + 8, s);
	/* Cut off in its extensions: it is not known what it is. */
	if (!s->good || !s->payload)
		return false;
	see_ports(r, s);
	t = s->t;
	s->t.src = t.dst;
	s->t.dst = t.src;
	s->t.sport = t.dport;
	s->t.dport = t.sport;
	return true;
}

/* The packet in a tunnel's. */
static bool see_inner(const struct reader *r, const struct seen *outer,
		      struct seen *s)
{
	size_t at = outer->payload;
	unsigned int type;

	if (!at || outer->fragment)
		return false;
	switch (outer->t.proto) {
	case 4:
		type = 0x0800;
		break;
	case 41:
		type = 0x86dd;
		break;
	case 47:
		if (!has(r, at, 4) || number(r, at, 2))
			return false;
		type = number(r, at + 2, 2);
		at += 4;
		break;
	case 17:
		if (!has(r, at, 30) || number(r, at + 2, 2) != 4789 ||
		    number(r, at + 8, 4) != 0x08000000)
			return false;
		type = number(r, at + 28, 2);
		at += 30;
		break;
	default:
		return false;
	}
	if (type != 0x0800 && type != 0x86dd)
		return false;
	see(r, type == 0x86dd, at, s);
	return s->good && s->payload;
}

/* ---- the comparison ---- */

static bool same_addresses(const struct ecmp_tuple *a,
			   const struct ecmp_tuple *b)
{
	return ecmp_addr_equal(&a->src, &b->src) &&
	       ecmp_addr_equal(&a->dst, &b->dst) &&
	       a->flowlabel == b->flowlabel && a->proto == b->proto;
}

static bool same_tuple(const struct ecmp_tuple *a, const struct ecmp_tuple *b)
{
	return same_addresses(a, b) && a->sport == b->sport &&
	       a->dport == b->dport;
}

static void compare(const struct ecmp_flow *flow, const struct reader *r,
		    bool v6, bool inner)
{
	struct seen outer, other;
	bool ports, reported;

	see(r, v6, 0, &outer);
	ports = see_ports(r, &outer);
	CHECK(same_tuple(&flow->t, &outer.t), "the packet's own tuple");
	CHECK(flow->dscp == (v6 ? number(r, 0, 2) >> 6 & 63 : r->at[1] >> 2));
	CHECK(!(flow->flags & ECMP_FLOW_PORTS) == !ports, "ports");
	reported = see_reported(r, v6, &outer, &other);
	CHECK(!(flow->flags & ECMP_FLOW_FRAGMENT) ==
	      !(outer.fragment || (reported && other.fragment)), "fragment");
	if (!CHECK((flow->hashed == &flow->h) == reported, "reported"))
		return;
	if (reported) {
		CHECK(same_tuple(&flow->h, &other.t), "what is reported on");
		CHECK(!flow->inner);
		return;
	}
	CHECK(flow->hashed == &flow->t);
	inner = inner && see_inner(r, &outer, &other);
	if (!CHECK((flow->inner == &flow->h) == inner, "inner"))
		return;
	CHECK(inner ? same_addresses(&flow->h, &other.t) : !flow->inner,
	      "the inner packet");
}

/* Is the IP header one that the IP layer lets through? */
static size_t header_size(const u8 *packet, size_t size, bool v6)
{
	size_t head = v6 ? 40 : 20;

	if (size < head || packet[0] >> 4 != (v6 ? 6 : 4))
		return 0;
	if (!v6)
		head = (packet[0] & 15) * 4;
	return head >= 20 && head <= size ? head : 0;
}

void fuzz_input(const void *bytes, size_t size)
{
	static const struct ecmp_hash_seed seed = { { 1, 2 } };
	const u8 *input = bytes, *packet = input + 2;
	struct sk_buff skb = { .mark = 7 };
	struct ecmp_flow flow;
	size_t head, linear;
	unsigned int policy;
	u8 *data, *rest;
	bool v6;

	if (size < 2)
		return;
	size -= 2;
	v6 = input[0] & 1;
	head = header_size(packet, size, v6);
	if (!head)
		return;
	linear = min(head + input[1], size);
	/* Of their own sizes, so that the sanitizer sees their ends. */
	data = malloc(linear);
	rest = malloc(size - linear);
	memcpy(data, packet, linear);
	if (size > linear)
		memcpy(rest, packet + linear, size - linear);
	skb.data = data;
	skb.rest = rest;
	skb.len = size;
	skb.data_len = size - linear;
	memset(&flow, 0xa5, sizeof(flow));
	ecmp_flow_read(&flow, &skb, v6 ? AF_INET6 : AF_INET,
		       input[0] & OWN ? LOOPBACK_IFINDEX : 3,
		       input[0] & INNER);
	CHECK(flow.mark == 7 && flow.family == (v6 ? AF_INET6 : AF_INET));
	CHECK(!(flow.flags & ECMP_FLOW_LOCAL) == !(input[0] & OWN));
	compare(&flow, &(struct reader){ packet, size }, v6, input[0] & INNER);
	for (policy = ECMP_HASH_L3; policy <= ECMP_HASH_SRC; policy++)
		ecmp_flow_hash(&seed, policy, &flow);
	free(data);
	free(rest);
}
