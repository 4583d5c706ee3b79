/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ECMP_CLASSIFIER_H
#define _ECMP_CLASSIFIER_H

#include "flow.h"

#define ECMP_MATCH_FROM		0x001
#define ECMP_MATCH_TO		0x002
#define ECMP_MATCH_IIF		0x004
#define ECMP_MATCH_MARK		0x008
#define ECMP_MATCH_PROTO	0x010
#define ECMP_MATCH_SPORT	0x020
#define ECMP_MATCH_DPORT	0x040
#define ECMP_MATCH_DSCP		0x080

/**
 * struct ecmp_match - the condition of one rule
 * @fields: ECMP_MATCH_*; a field that is not named matches every packet
 * @family: AF_INET, AF_INET6, or 0 for both
 * @from: source prefix
 * @to: destination prefix
 * @iif: ifindex that the flow must have
 * @mark: value that (flow mark & @mark_mask) must equal
 * @mark_mask: see @mark
 * @proto: IP protocol
 * @dscp: 0 to 63
 * @sport_min: lowest source port, host order, inclusive
 * @sport_max: highest source port; both need ECMP_FLOW_PORTS to match
 * @dport_min: lowest destination port
 * @dport_max: highest destination port
 */
struct ecmp_match {
	u32			fields;
	u8			family;
	u8			proto;
	u8			dscp;
	u32			iif;
	u32			mark;
	u32			mark_mask;
	u16			sport_min, sport_max;
	u16			dport_min, dport_max;
	struct ecmp_prefix	from;
	struct ecmp_prefix	to;
};

/* No (further) rule matches. */
#define ECMP_NO_MATCH		(~0u)

struct ecmp_classifier;

/* Fields of the bit vectors: source to DSCP, and a few different mark masks. */
#define ECMP_CLASSIFIER_FIELDS	11

/**
 * struct ecmp_cursor - where a walk over the matching rules stands
 * @entry: packed array: the comparison to look at next
 * @vec: bit vectors: for each field the rules that name the flow's value
 * @bits: rules of the group of 64 at hand that may match, not yet looked at
 * @sure: rules of it that match if they may
 * @groups: groups of 64 that may hold a match, not yet looked at, of 64 groups
 * @group: the group at hand
 * @groups_at: which 64 groups @groups is about
 *
 * Lives on the stack of one decision and needs no initialisation; owns
 * nothing, its fields are the classifier's own.
 */
struct ecmp_cursor {
	const void	*entry;
	const u64	*vec[ECMP_CLASSIFIER_FIELDS];
	u64		bits;
	u64		sure;
	u64		groups;
	u32		group;
	u32		groups_at;
};

struct ecmp_classifier *ecmp_classifier_alloc(const struct ecmp_match *match,
					      unsigned int n);
void ecmp_classifier_free(struct ecmp_classifier *c);
unsigned int ecmp_classifier_first(const struct ecmp_classifier *c,
				   const struct ecmp_flow *flow,
				   struct ecmp_cursor *cursor);
unsigned int ecmp_classifier_next(const struct ecmp_classifier *c,
				  const struct ecmp_flow *flow,
				  struct ecmp_cursor *cursor);
bool ecmp_match_flow(const struct ecmp_match *match,
		     const struct ecmp_flow *flow);

#endif /* _ECMP_CLASSIFIER_H */
