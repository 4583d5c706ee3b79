// SPDX-License-Identifier: GPL-2.0
/*
 * save: what ecmpctl configured, as a file that "load" takes. The same state
 * gives the same bytes.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "ecmpctl.h"
#include "rule_text.h"
#include "text.h"

static void put_word(const char *key, const char *word)
{
	printf(" %s ", key);
	text_put_word(stdout, word);
}

static void save_settings(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *a[ECMP_A_SETTINGS_MAX + 1];
	uint64_t v4, v6, seed, pin;

	(void)data;
	attributes_read(nlh, a, ECMP_A_SETTINGS_MAX);
	v4 = number_of(a[ECMP_A_SETTINGS_HASH_POLICY4]);
	v6 = number_of(a[ECMP_A_SETTINGS_HASH_POLICY6]);
	seed = number_of(a[ECMP_A_SETTINGS_HASH_SEED]);
	pin = number_of(a[ECMP_A_SETTINGS_PIN]);
	if (!number_of(a[ECMP_A_SETTINGS_ENABLED]))
		printf("set enabled no\n");
	if (v4 == v6 && v4 != ECMP_HASH_POLICY_L3)
		printf("set hash-policy %s\n", name_word(hash_policies, v4));
	if (v4 != v6 && v4 != ECMP_HASH_POLICY_L3)
		printf("-4 set hash-policy %s\n",
		       name_word(hash_policies, v4));
	if (v4 != v6 && v6 != ECMP_HASH_POLICY_L3)
		printf("-6 set hash-policy %s\n",
		       name_word(hash_policies, v6));
	if (seed)
		printf("set hash-seed %llu\n", (unsigned long long)seed);
	if (pin != ECMP_PIN_NONE)
		printf("set pin %s\n", name_word(pins, pin));
}

static void save_table(const struct nlmsghdr *nlh)
{
	const struct nlattr *a[ECMP_A_TABLE_MAX + 1];
	const char *name;
	uint64_t policy;

	attributes_read(nlh, a, ECMP_A_TABLE_MAX);
	name = string_of(a[ECMP_A_TABLE_NAME]);
	policy = number_of(a[ECMP_A_TABLE_HASH_POLICY]);
	if (!strcmp(name, "main")) {
		if (policy != ECMP_HASH_POLICY_INHERIT)
			printf("table set main hash-policy %s\n",
			       name_word(hash_policies, policy));
		return;
	}
	printf("table add %s", name);
	if (policy != ECMP_HASH_POLICY_INHERIT)
		printf(" hash-policy %s", name_word(hash_policies, policy));
	putchar('\n');
}

static void save_route(const struct nlmsghdr *nlh)
{
	const struct nlattr *a[ECMP_A_ROUTE_MAX + 1];
	struct address gateway, source;
	struct prefix dst;
	char text[ADDRESS_TEXT];
	uint64_t type;

	attributes_read(nlh, a, ECMP_A_ROUTE_MAX);
	if (number_of(a[ECMP_A_ROUTE_FLAGS]) & ECMP_ROUTE_F_DYNAMIC)
		return;
	dst.address = address_of(a[ECMP_A_ROUTE_DST]);
	dst.length = number_of(a[ECMP_A_ROUTE_DST_LEN]);
	gateway = address_of(a[ECMP_A_ROUTE_GATEWAY]);
	source = address_of(a[ECMP_A_ROUTE_PREF_SRC]);
	type = number_of(a[ECMP_A_ROUTE_TYPE]);
	printf("route add%s%s %s", type ? " " : "",
	       type ? name_word(route_types, type) : "",
	       prefix_text(&dst, text));
	if (gateway.family)
		printf(" via %s", address_text(&gateway, text));
	if (a[ECMP_A_ROUTE_DEVICE])
		put_word("dev", string_of(a[ECMP_A_ROUTE_DEVICE]));
	if (number_of(a[ECMP_A_ROUTE_ONLINK]))
		printf(" onlink");
	if (strcmp(string_of(a[ECMP_A_ROUTE_TABLE]), "main"))
		printf(" table %s", string_of(a[ECMP_A_ROUTE_TABLE]));
	if (number_of(a[ECMP_A_ROUTE_DISTANCE]) != 1)
		printf(" distance %llu", (unsigned long long)
		       number_of(a[ECMP_A_ROUTE_DISTANCE]));
	if (number_of(a[ECMP_A_ROUTE_WEIGHT]) > 1)
		printf(" weight %llu", (unsigned long long)
		       number_of(a[ECMP_A_ROUTE_WEIGHT]));
	if (source.family)
		printf(" pref-src %s", address_text(&source, text));
	if (number_of(a[ECMP_A_ROUTE_DISABLED]))
		printf(" disabled");
	if (a[ECMP_A_ROUTE_COMMENT])
		put_word("comment", string_of(a[ECMP_A_ROUTE_COMMENT]));
	putchar('\n');
}

static void save_rule(const struct nlmsghdr *nlh)
{
	const struct nlattr *a[ECMP_A_RULE_MAX + 1];
	char match[RULE_TEXT], action[RULE_TEXT];
	uint64_t family;

	attributes_read(nlh, a, ECMP_A_RULE_MAX);
	rule_text_match(a, match);
	rule_text_action(a, action);
	family = number_of(a[ECMP_A_RULE_FAMILY]);
	/* Only a family that nothing else tells has to be written. */
	if (family && !a[ECMP_A_RULE_FROM] && !a[ECMP_A_RULE_TO])
		printf(family == AF_INET6 ? "-6 " : "-4 ");
	printf("rule add %s%s%s", match, match[0] ? " " : "", action);
	if (number_of(a[ECMP_A_RULE_DISABLED]))
		printf(" disabled");
	if (a[ECMP_A_RULE_COMMENT])
		put_word("comment", string_of(a[ECMP_A_RULE_COMMENT]));
	putchar('\n');
}

static int save_all(struct ctl *ctl, struct answers *answers)
{
	static const struct {
		uint8_t	command;
		void	(*save)(const struct nlmsghdr *nlh);
	} kinds[] = {
		{ ECMP_CMD_TABLE_GET, save_table },
		{ ECMP_CMD_ROUTE_GET, save_route },
		{ ECMP_CMD_RULE_GET, save_rule },
	};
	const struct nlmsghdr *nlh;
	unsigned int i;
	int err = 0;

	for (i = 0; i < COUNT(kinds) && !err; i++)
		err = dump_all(ctl, kinds[i].command, &answers[i]);
	if (err)
		return err;
	err = netlink_talk(&ctl->nl,
			   netlink_message(&ctl->nl, ECMP_CMD_SETTINGS_GET, 0),
			   save_settings, NULL);
	for (i = 0; i < COUNT(kinds) && !err; i++)
		for (nlh = NULL; (nlh = answers_next(&answers[i], nlh)); )
			kinds[i].save(nlh);
	return err;
}

/**
 * save_run - save
 * @ctl: this run
 * @words: after "save"
 */
int save_run(struct ctl *ctl, struct words *words)
{
	struct answers answers[3] = { { .data = NULL } };
	unsigned int i;
	int err;

	if (!words_end(words))
		return ctl_problem(ctl, words);
	if (ctl_open(ctl))
		return ctl_refused(ctl, words);
	err = save_all(ctl, answers);
	for (i = 0; i < COUNT(answers); i++)
		answers_free(&answers[i]);
	return err ? ctl_refused(ctl, words) : ctl_finish(ctl);
}
