// SPDX-License-Identifier: GPL-2.0
/*
 * ecmpctl: Prometheus's format, of a state that is made here.
 */
#include "cli/cli.h"
#include "metrics.h"
#include "save.h"

static char buf[MESSAGE];

static void add_settings(struct state *s)
{
	struct nlmsghdr *nlh = message_begin(buf, ECMP_CMD_SETTINGS_SET);

	mnl_attr_put_u8(nlh, ECMP_A_SETTINGS_ENABLED, 1);
	mnl_attr_put_u32(nlh, ECMP_A_SETTINGS_GENERATION, 4294967295u);
	mnl_attr_put_u64(nlh, ECMP_A_SETTINGS_REBUILDS,
			 UINT64_C(18446744073709551615));
	s->settings = malloc(nlh->nlmsg_len);
	memcpy(s->settings, nlh, nlh->nlmsg_len);
}

static void add_table(struct state *s, const char *name, uint64_t packets)
{
	struct nlmsghdr *nlh = message_begin(buf, ECMP_CMD_TABLE_NEW);

	mnl_attr_put_strz(nlh, ECMP_A_TABLE_NAME, name);
	mnl_attr_put_u64(nlh, ECMP_A_TABLE_PACKETS, packets);
	mnl_attr_put_u32(nlh, ECMP_A_TABLE_ROUTES4, 7);
	mnl_attr_put_u32(nlh, ECMP_A_TABLE_ROUTES6, 0);
	answers_add(&s->tables, nlh);
}

static void add_rule(struct state *s)
{
	struct nlmsghdr *nlh = message_begin(buf, ECMP_CMD_RULE_NEW);

	mnl_attr_put_u32(nlh, ECMP_A_RULE_INDEX, 3);
	mnl_attr_put_u8(nlh, ECMP_A_RULE_ACTION, ECMP_ACTION_DROP);
	mnl_attr_put_strz(nlh, ECMP_A_RULE_IIF, "w\xff\x01");
	mnl_attr_put_strz(nlh, ECMP_A_RULE_COMMENT, "a \"b\" \\ \xc3\xa4");
	mnl_attr_put_u64(nlh, ECMP_A_RULE_PACKETS, 5);
	mnl_attr_put_u32(nlh, ECMP_A_RULE_FLAGS, ECMP_RULE_F_INVALID);
	answers_add(&s->rules, nlh);
}

static void add_nexthop(struct state *s, uint8_t reason)
{
	struct nlmsghdr *nlh = message_begin(buf, ECMP_CMD_NEXTHOP_NEW);
	static const uint8_t gateway[] = { 10, 1, 1, 1 };

	mnl_attr_put_u8(nlh, ECMP_A_NEXTHOP_FAMILY, AF_INET);
	if (reason)
		mnl_attr_put(nlh, ECMP_A_NEXTHOP_GATEWAY, 4, gateway);
	mnl_attr_put_strz(nlh, ECMP_A_NEXTHOP_DEVICE, "wan1");
	mnl_attr_put_u8(nlh, ECMP_A_NEXTHOP_STATE, ECMP_NEXTHOP_ALIVE);
	mnl_attr_put_u8(nlh, ECMP_A_NEXTHOP_REASON, reason);
	if (reason)
		mnl_attr_put_u32(nlh, ECMP_A_NEXTHOP_CHECK_RTT, 1000007);
	mnl_attr_put_u64(nlh, ECMP_A_NEXTHOP_AGE, 60050);
	if (reason)
		mnl_attr_put(nlh, ECMP_A_NEXTHOP_UPLINK, 0, NULL);
	answers_add(&s->nexthops, nlh);
}

static char *printed(const struct state *s)
{
	static char kept[1 << 16];
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	metrics_print(out, s);
	fclose(out);
	snprintf(kept, sizeof(kept), "%s", text);
	free(text);
	return kept;
}

/* The lines of one metric, which stand together. */
static const char *metric(const char *text, const char *name)
{
	static char lines[4096];
	char begin[128];
	const char *at, *end;

	snprintf(begin, sizeof(begin), "# HELP ecmp_%s ", name);
	at = strstr(text, begin);
	if (!at)
		return "";
	at = strchr(at, '\n') + 1;
	end = strstr(at, "\n# HELP");
	snprintf(lines, sizeof(lines), "%.*s",
		 end ? (int)(end - at) : (int)strlen(at), at);
	return lines;
}

#define LABELS "{family=\"ipv4\",gateway=\"10.1.1.1\",device=\"wan1\"}"
#define ALONE "{family=\"ipv4\",gateway=\"\",device=\"wan1\"}"

static void test_metrics(void)
{
	struct state s = { .settings = NULL };
	const char *text;

	add_settings(&s);
	add_table(&s, "main", 12);
	add_table(&s, "ecmp", 0);
	add_rule(&s);
	add_nexthop(&s, ECMP_REASON_DRAIN);
	add_nexthop(&s, 0);
	text = printed(&s);
	CHECK_TEXT("a flag", metric(text, "enabled"),
		   "# TYPE ecmp_enabled gauge\necmp_enabled 1");
	CHECK_TEXT("a counter of 64 bits", metric(text, "rebuilds_total"),
		   "# TYPE ecmp_rebuilds_total counter\n"
		   "ecmp_rebuilds_total 18446744073709551615");
	CHECK_TEXT("all tables together", metric(text, "table_packets_total"),
		   "# TYPE ecmp_table_packets_total counter\n"
		   "ecmp_table_packets_total{table=\"main\"} 12\n"
		   "ecmp_table_packets_total{table=\"ecmp\"} 0");
	CHECK_TEXT("two attributes, one metric", metric(text, "table_routes"),
		   "# TYPE ecmp_table_routes gauge\n"
		   "ecmp_table_routes{table=\"main\",family=\"ipv4\"} 7\n"
		   "ecmp_table_routes{table=\"ecmp\",family=\"ipv4\"} 7\n"
		   "ecmp_table_routes{table=\"main\",family=\"ipv6\"} 0\n"
		   "ecmp_table_routes{table=\"ecmp\",family=\"ipv6\"} 0");
	CHECK_TEXT("labels of any bytes", metric(text, "rule_packets_total"),
		   "# TYPE ecmp_rule_packets_total counter\n"
		   "ecmp_rule_packets_total{index=\"3\",rule=\"iif \\\"w\\\\xff\\\\x01\\\" drop\",comment=\"a \\\"b\\\" \\\\ \xc3\xa4\"} 5");
	CHECK_TEXT("a rule that is skipped", metric(text, "rule_skipped"),
		   "# TYPE ecmp_rule_skipped gauge\n"
		   "ecmp_rule_skipped{index=\"3\",rule=\"iif \\\"w\\\\xff\\\\x01\\\" drop\",comment=\"a \\\"b\\\" \\\\ \xc3\xa4\"} 1");
	CHECK_TEXT("milliseconds", metric(text, "nexthop_state_age_seconds"),
		   "# TYPE ecmp_nexthop_state_age_seconds gauge\n"
		   "ecmp_nexthop_state_age_seconds" LABELS " 60.050\n"
		   "ecmp_nexthop_state_age_seconds" ALONE " 60.050");
	CHECK_TEXT("without a check no sample of it",
		   metric(text, "nexthop_check_rtt_seconds"),
		   "# TYPE ecmp_nexthop_check_rtt_seconds gauge\n"
		   "ecmp_nexthop_check_rtt_seconds" LABELS " 1.000007\n");
	CHECK_TEXT("draining", metric(text, "nexthop_draining"),
		   "# TYPE ecmp_nexthop_draining gauge\n"
		   "ecmp_nexthop_draining" LABELS " 1\n"
		   "ecmp_nexthop_draining" ALONE " 0");
	CHECK_TEXT("what is there or not", metric(text, "nexthop_uplink"),
		   "# TYPE ecmp_nexthop_uplink gauge\n"
		   "ecmp_nexthop_uplink" LABELS " 1\n"
		   "ecmp_nexthop_uplink" ALONE " 0");
	state_free(&s);
}

/* Where there is nothing of a kind its metrics are left out. */
static void test_empty(void)
{
	struct state s = { .settings = NULL };
	const char *text;

	add_settings(&s);
	text = printed(&s);
	CHECK(!strstr(text, "ecmp_rule_packets"), "%s", text);
	CHECK(strstr(text, "ecmp_generation_total 4294967295\n"), "%s", text);
	state_free(&s);
}

static const struct unit_test tests[] = {
	UNIT_TEST(test_metrics),
	UNIT_TEST(test_empty),
};
UNIT_MAIN(tests)
