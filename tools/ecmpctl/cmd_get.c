// SPDX-License-Identifier: GPL-2.0
/*
 * get: which path does this packet take, and why? The kernel runs a packet's
 * own code and tells each step.
 */
#include <sys/socket.h>

#include "ecmpctl.h"
#include "get.h"

static bool get_from(struct words *words, void *object)
{
	struct question *q = object;

	q->named |= BIT(ECMP_A_LOOKUP_FROM);
	if (!words_address(words, &q->from))
		return false;
	words_from(words, ECMP_A_LOOKUP_FROM);
	if (q->from.family != q->dst.family)
		return words_fail(words, words->next - 1,
				  "the source must be IPv%c, as the destination is",
				  q->dst.family == AF_INET ? '4' : '6');
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
	uint32_t mask;

	q->named |= BIT(ECMP_A_LOOKUP_MARK);
	if (!words_mark(words, &q->mark, &mask))
		return false;
	words_from(words, ECMP_A_LOOKUP_MARK);
	if (mask != UINT32_MAX)
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

static bool get_flowlabel(struct words *words, void *object)
{
	struct question *q = object;

	q->named |= BIT(ECMP_A_LOOKUP_FLOWLABEL);
	if (!words_number(words, "a flow label", 0, 0xfffff, &q->flowlabel))
		return false;
	words_from(words, ECMP_A_LOOKUP_FLOWLABEL);
	if (q->dst.family != AF_INET6)
		return words_fail(words, words->next - 1,
				  "only IPv6 packets have a flow label");
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
	{ "flowlabel", get_flowlabel },
	{ NULL, NULL }
};

/**
 * get_parse - read a question
 * @words: after "get"
 * @q: where it goes, zeroed
 */
bool get_parse(struct words *words, struct question *q)
{
	if (!words_address(words, &q->dst) ||
	    !words_check_family(words, q->dst.family))
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
	if (NAMED(q, ECMP_A_LOOKUP_FLOWLABEL))
		mnl_attr_put_u32(nlh, ECMP_A_LOOKUP_FLOWLABEL, q->flowlabel);
	if (!q->connection)
		return;
	mnl_attr_put_u32(nlh, ECMP_A_LOOKUP_CT_MARK, q->ct_mark);
	put_address(nlh, ECMP_A_LOOKUP_CT_SRC, &q->ct_src);
	if (q->ct_answer)
		mnl_attr_put(nlh, ECMP_A_LOOKUP_CT_ANSWER, 0, NULL);
	if (q->ct_opened)
		mnl_attr_put(nlh, ECMP_A_LOOKUP_CT_OPENED, 0, NULL);
	if (q->ct_nat)
		mnl_attr_put(nlh, ECMP_A_LOOKUP_CT_NAT, 0, NULL);
}

/**
 * get_ask - ask a question and print the answer
 * @ctl: this run, with its socket open
 * @q: the question
 *
 * Return: 0, or -1 with the refusal in the socket.
 */
int get_ask(struct ctl *ctl, const struct question *q)
{
	struct explanation e = { .ctl = ctl, .q = q };
	struct answers rules;
	struct nlmsghdr *nlh;
	int err;

	err = dump_all(ctl, ECMP_CMD_RULE_GET, &rules);
	e.rules = &rules;
	if (!err) {
		nlh = netlink_message(&ctl->nl, ECMP_CMD_LOOKUP, 0);
		get_put(nlh, q);
		err = netlink_talk(&ctl->nl, nlh, get_explain, &e);
	}
	answers_free(&rules);
	return err;
}

/**
 * get_run - get DST [from SRC] [iif IF] ..., get flow ...
 * @ctl: this run
 * @words: after "get"
 */
int get_run(struct ctl *ctl, struct words *words)
{
	struct question q = { .named = 0 };

	if (words_match(words, "flow"))
		return get_flow_run(ctl, words);
	if (!get_parse(words, &q))
		return ctl_problem(ctl, words);
	if (ctl_open(ctl) || get_ask(ctl, &q))
		return ctl_refused(ctl, words);
	return ctl_finish(ctl);
}
