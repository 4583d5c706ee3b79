// SPDX-License-Identifier: GPL-2.0
/*
 * What nftables asks the kernel's routes, and not us: where a packet may come
 * from. iptables' rules are there too, but for those of iptables-legacy.
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <linux/netfilter/nfnetlink.h>

#include "ecmpctl.h"
#include "firewall.h"
#include "text.h"

#define CHAINS_SHOWN	10

/**
 * struct traps - the chains that have such a rule
 * @ctl: this run
 * @count: how many
 * @family: NFPROTO_* of the last one
 * @table: its table
 * @chain: its name
 */
struct traps {
	const struct ctl	*ctl;
	unsigned int		count;
	uint8_t			family;
	char			table[NFT_NAME_MAXLEN];
	char			chain[NFT_NAME_MAXLEN];
};

static const char *family_name(uint8_t family)
{
	switch (family) {
	case NFPROTO_INET:
		return "inet";
	case NFPROTO_IPV4:
		return "ip";
	case NFPROTO_IPV6:
		return "ip6";
	default:
		return "netdev";
	}
}

/* "fib saddr ... oif" and its like, but not its type. */
static bool asks_fib(const struct nlattr *data)
{
	const struct nlattr *a[NFTA_FIB_MAX + 1];

	attributes_read_nest(data, a, NFTA_FIB_MAX);
	return be_number_of(a[NFTA_FIB_FLAGS]) & NFTA_FIB_F_SADDR &&
	       be_number_of(a[NFTA_FIB_RESULT]) != NFT_FIB_RESULT_ADDRTYPE;
}

static bool asks_rpfilter(const struct nlattr *data)
{
	const struct nlattr *a[NFTA_MATCH_MAX + 1];

	attributes_read_nest(data, a, NFTA_MATCH_MAX);
	return a[NFTA_MATCH_NAME] &&
	       !strcmp(string_of(a[NFTA_MATCH_NAME]), "rpfilter");
}

static bool is_trap(const struct nlattr *expressions)
{
	const struct nlattr *a[NFTA_EXPR_MAX + 1], *one;

	mnl_attr_for_each_nested(one, expressions) {
		attributes_read_nest(one, a, NFTA_EXPR_MAX);
		if (!a[NFTA_EXPR_NAME] || !a[NFTA_EXPR_DATA])
			continue;
		if ((!strcmp(string_of(a[NFTA_EXPR_NAME]), "fib") &&
		     asks_fib(a[NFTA_EXPR_DATA])) ||
		    (!strcmp(string_of(a[NFTA_EXPR_NAME]), "match") &&
		     asks_rpfilter(a[NFTA_EXPR_DATA])))
			return true;
	}
	return false;
}

static void warn_of_chain(struct traps *t)
{
	char table[TEXT_QUOTED(NFT_NAME_MAXLEN)];
	char chain[TEXT_QUOTED(NFT_NAME_MAXLEN)];

	if (!t->count++)
		print_warning(t->ctl, "nftables asks the kernel's routes where packets come from: what only ecmpctl's routes lead to needs one there, too, or is dropped; see \"nft list chain\" of:");
	if (t->count <= CHAINS_SHOWN)
		print_sentence(t->ctl, "  %s %s %s", family_name(t->family),
			       text_quote(t->table, table, sizeof(table)),
			       text_quote(t->chain, chain, sizeof(chain)));
}

static void read_rule(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *a[NFTA_RULE_MAX + 1];
	const struct nfgenmsg *nf = mnl_nlmsg_get_payload(nlh);
	struct traps *t = data;

	if (nlh->nlmsg_type != (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWRULE) ||
	    mnl_nlmsg_get_payload_len(nlh) < sizeof(*nf))
		return;
	/* Behind a struct of four bytes, as with generic netlink. */
	attributes_read(nlh, a, NFTA_RULE_MAX);
	if (!a[NFTA_RULE_TABLE] || !a[NFTA_RULE_CHAIN] ||
	    !a[NFTA_RULE_EXPRESSIONS] || !is_trap(a[NFTA_RULE_EXPRESSIONS]))
		return;
	/* A chain's rules come one behind the other. */
	if (t->count && t->family == nf->nfgen_family &&
	    !strcmp(t->table, string_of(a[NFTA_RULE_TABLE])) &&
	    !strcmp(t->chain, string_of(a[NFTA_RULE_CHAIN])))
		return;
	t->family = nf->nfgen_family;
	snprintf(t->table, sizeof(t->table), "%s",
		 string_of(a[NFTA_RULE_TABLE]));
	snprintf(t->chain, sizeof(t->chain), "%s",
		 string_of(a[NFTA_RULE_CHAIN]));
	warn_of_chain(t);
}

/**
 * warn_firewall - list the chains that ask the kernel's routes for a source
 * @ctl: this run
 *
 * Without nftables, or the right to see its rules, there is nothing to tell.
 */
void warn_firewall(const struct ctl *ctl)
{
	struct traps traps = { .ctl = ctl };
	struct netlink nl = { .socket = NULL };
	bool interrupted = false;
	struct nlmsghdr *nlh;

	if (!netlink_open_netfilter(&nl)) {
		nlh = netlink_message_route(&nl, NFNL_SUBSYS_NFTABLES << 8 |
					    NFT_MSG_GETRULE, NLM_F_DUMP);
		netlink_put_family(nlh, NFPROTO_UNSPEC);
		netlink_stream(&nl, nlh, read_rule, &traps, &interrupted);
	}
	netlink_close(&nl);
	if (traps.count > CHAINS_SHOWN)
		print_sentence(ctl, "  and %u more",
			       traps.count - CHAINS_SHOWN);
}
