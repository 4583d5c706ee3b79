/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ECMPCTL_GET_H
#define ECMPCTL_GET_H

#include "parse.h"

struct ctl;
struct answers;
struct nlattr;
struct nlmsghdr;
struct printer;

/**
 * struct question - a packet that might come
 * @named: bits: ECMP_A_LOOKUP_*
 * @dst: where it wants to go
 * @from: source address
 * @iif: where it comes in; not named: it is the router's own
 * @proto: transport protocol
 * @sport: source port
 * @dport: destination port
 * @dscp: 0-63
 * @flowlabel: of IPv6, 20 bits
 * @mark: its mark
 * @connection: it belongs to one that is tracked, of which
 * @ct_mark: is the mark,
 * @ct_src: the source that it leaves with; and
 * @ct_answer: it was made to the router, which answers
 * @ct_opened: it was opened this way, and no other one had announced it
 * @ct_nat: it is translated, either way
 */
struct question {
	uint64_t	named;
	struct address	dst, from;
	const char	*iif;
	uint8_t		proto;
	uint64_t	sport, dport, dscp, flowlabel;
	uint32_t	mark;
	bool		connection;
	uint32_t	ct_mark;
	struct address	ct_src;
	bool		ct_answer, ct_opened, ct_nat;
};

#define NAMED(q, attr) ((q)->named & BIT(attr))

/**
 * struct explanation - what is needed to explain an answer
 * @ctl: this run
 * @q: the question
 * @rules: all rules, to tell what they say
 */
struct explanation {
	struct ctl		*ctl;
	const struct question	*q;
	const struct answers	*rules;
};

bool get_parse(struct words *words, struct question *q);
int get_ask(struct ctl *ctl, const struct question *q);
int get_flow_run(struct ctl *ctl, struct words *words);
void get_explain_pin(struct printer *p, const struct nlattr **a);
void get_explain(const struct nlmsghdr *nlh, void *data);

#endif /* ECMPCTL_GET_H */
