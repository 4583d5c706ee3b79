/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ECMP_HOOK_H
#define _ECMP_HOOK_H

#include <linux/types.h>

struct ecmp_addr;
struct ecmp_decision;
struct ecmp_flow;
struct ecmp_net;
struct ecmp_nexthop;
struct nf_hook_state;
struct sk_buff;

int ecmp_hooks_register(struct ecmp_net *en);
void ecmp_hooks_unregister(struct ecmp_net *en);
void ecmp_hooks_bridge_came(struct ecmp_net *en, bool again);
void ecmp_hooks_retry(struct ecmp_net *en);

/* input.c */
unsigned int ecmp_prerouting_v4(void *priv, struct sk_buff *skb,
				const struct nf_hook_state *state);
unsigned int ecmp_prerouting_v6(void *priv, struct sk_buff *skb,
				const struct nf_hook_state *state);
unsigned int ecmp_prerouting_bridged_v4(void *priv, struct sk_buff *skb,
					const struct nf_hook_state *state);
unsigned int ecmp_prerouting_bridged_v6(void *priv, struct sk_buff *skb,
					const struct nf_hook_state *state);

/* output.c */
unsigned int ecmp_output_v4(void *priv, struct sk_buff *skb,
			    const struct nf_hook_state *state);
unsigned int ecmp_output_v6(void *priv, struct sk_buff *skb,
			    const struct nf_hook_state *state);
struct ecmp_nexthop *ecmp_answer_choose(struct ecmp_net *en,
					const struct ecmp_flow *flow,
					const struct ecmp_addr *source,
					const struct ecmp_decision *d,
					struct ecmp_nexthop *pinned);

#endif /* _ECMP_HOOK_H */
