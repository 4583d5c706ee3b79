// SPDX-License-Identifier: GPL-2.0
/*
 * ecmpctl: tables and JSON.
 */
#include "cli/cli.h"
#include "duration.h"
#include "get.h"
#include "save.h"
#include "show.h"
#include "text.h"

/* ---- tables and JSON ---- */

static const struct column columns[] = {
	{ .title = "name" }, { .title = "never" },
	{ .title = "number", .right = true }, { .title = "rest" },
};

static void print_two(struct printer *p)
{
	print_table_begin(p, NULL, columns, COUNT(columns));
	print_row_begin(p);
	print_cell(p, 0);
	print_string(p, "name", "", "h\xc3\xa9llo");
	print_cell(p, 2);
	print_number(p, "number", "", 7);
	print_cell(p, 3);
	print_string(p, "rest", "", "a\x1b[31m\"\\\xff");
	print_row_end(p);
	print_row_begin(p);
	print_cell(p, 0);
	print_cell(p, 2);
	print_number(p, "number", "", 12345678);
	print_text(p, "!");
	print_bool(p, "yes", true);
	print_array_begin(p, "list");
	print_string(p, NULL, NULL, "x");
	print_string(p, NULL, NULL, "y");
	print_array_end(p);
	print_row_end(p);
	print_table_end(p);
}

static void check_printed(const char *what, bool json, bool pretty, bool color,
			  const char *expected)
{
	char *text = NULL;
	size_t size;
	struct printer p = {
		.out = open_memstream(&text, &size), .json = json,
		.pretty = pretty, .color = color,
	};

	print_two(&p);
	CHECK(!print_end(&p), "%s", what);
	fclose(p.out);
	CHECK_TEXT(what, text, expected);
	free(text);
}

static void test_print(void)
{
	check_printed("table", false, false, false,
		      "name      number  rest\n"
		      "h\xc3\xa9llo          7  a?[31m\"\\?\n"
		      "       12345678!\n");
	check_printed("JSON", true, false, true,
		      "[{\"name\":\"h\xc3\xa9llo\",\"number\":7,\"rest\":\"a\\u001b[31m\\\"\\\\\\ufffd\"},"
		      "{\"number\":12345678,\"yes\":true,\"list\":[\"x\",\"y\"]}]\n");
	check_printed("pretty JSON", true, true, false,
		      "[\n"
		      "    {\n"
		      "        \"name\": \"h\xc3\xa9llo\",\n"
		      "        \"number\": 7,\n"
		      "        \"rest\": \"a\\u001b[31m\\\"\\\\\\ufffd\"\n"
		      "    },\n"
		      "    {\n"
		      "        \"number\": 12345678,\n"
		      "        \"yes\": true,\n"
		      "        \"list\": [\n"
		      "            \"x\",\n"
		      "            \"y\"\n"
		      "        ]\n"
		      "    }\n"
		      "]\n");
}

/* More rows than those that decide the widths. */
static void test_long_table(void)
{
	char *text = NULL;
	size_t size, lines_printed = 0, i;
	struct printer p = { .out = open_memstream(&text, &size) };

	print_table_begin(&p, NULL, columns, COUNT(columns));
	for (i = 0; i < 10000; i++) {
		print_row_begin(&p);
		print_cell(&p, 0);
		print_number(&p, "name", "", i);
		print_row_end(&p);
	}
	print_table_end(&p);
	print_end(&p);
	fclose(p.out);
	for (i = 0; i < size; i++)
		lines_printed += text[i] == '\n';
	CHECK(lines_printed == 10001, "%zu lines", lines_printed);
	free(text);
}

/* ---- a run of the program whose output is kept ---- */

static struct ctl ctl;
static char *output;
static size_t output_size;

static void run_begin(bool json, size_t room)
{
	memset(&ctl, 0, sizeof(ctl));
	ctl.out.out = open_memstream(&output, &output_size);
	ctl.out.json = json;
	ctl.out.room = room;
}

/* The output, which lives until the next run. */
static const char *run_end(void)
{
	static char kept[1 << 16];

	print_end(&ctl.out);
	fclose(ctl.out.out);
	snprintf(kept, sizeof(kept), "%s", output);
	free(output);
	return kept;
}

static size_t widest(const char *text)
{
	size_t most = 0, length;
	char line[4096];

	for (; *text; text += length + (text[length] == '\n')) {
		length = strcspn(text, "\n");
		snprintf(line, sizeof(line), "%.*s", (int)length, text);
		if (text_width(line) > most)
			most = text_width(line);
	}
	return most;
}

/* ---- narrow terminals ---- */

static const struct column narrow_columns[] = {
	{ .title = "a" }, { .title = "n", .right = true, .fold = true },
	{ .title = "words", .wrap = true }, { .title = "z" },
};

static void print_narrow(void)
{
	struct printer *p = &ctl.out;

	print_table_begin(p, NULL, narrow_columns, COUNT(narrow_columns));
	print_row_begin(p);
	print_cell(p, 0);
	print_text(p, "first");
	print_cell(p, 1);
	print_number(p, "n", "", 1);
	print_cell(p, 2);
	print_text(p, "one two three four five sixseveneightnineten.");
	print_cell(p, 3);
	print_text(p, "end");
	print_row_end(p);
	print_row_begin(p);
	print_cell(p, 0);
	print_text(p, "second");
	print_cell(p, 1);
	print_number(p, "n", "", 22);
	print_cell(p, 2);
	print_cell(p, 3);
	print_text(p, "END");
	print_row_end(p);
	print_table_end(p);
	print_text(p, "and a line after it that is long enough to be broken\n");
	print_text(p, "twice:");
	print_string(p, "x", " ", "a b");
	print_text(p, "\n");
}

static void test_narrow(void)
{
	run_begin(false, 0);
	print_narrow();
	CHECK_TEXT("any width", run_end(),
		   "a        n  words                                          z\n"
		   "first    1  one two three four five sixseveneightnineten.  end\n"
		   "second  22                                                 END\n"
		   "and a line after it that is long enough to be broken\n"
		   "twice: a b\n");
	run_begin(false, 40);
	print_narrow();
	CHECK_TEXT("40 columns", run_end(),
		   "a        n  words                    z\n"
		   "first    1  one two three four five  end\n"
		   "            sixseveneightnineten.\n"
		   "second  22                           END\n"
		   "and a line after it that is long enough\n"
		   "    to be broken\n"
		   "twice: a b\n");
	run_begin(false, 26);
	print_narrow();
	CHECK_TEXT("26 columns", run_end(),
		   "a\n"
		   "     n  words           z\n"
		   "first\n"
		   "     1  one two three   end\n"
		   "        four five\n"
		   "        sixseveneightn\n"
		   "        ineten.\n"
		   "second\n"
		   "    22                  END\n"
		   "and a line after it that\n"
		   "    is long enough to be\n"
		   "    broken\n"
		   "twice: a b\n");
}

static void test_width(void)
{
	CHECK(text_width("h\xc3\xa9llo") == 5);
	CHECK(text_width("e\xcc\x81") == 1, "combining");
	CHECK(text_width("\xe4\xb8\xad\xe6\x96\x87") == 4, "Chinese");
	CHECK(text_width("\xf0\x9f\x98\x80") == 2, "a face");
	CHECK(text_width("\033[31mred\033[0m") == 3, "a colour");
	CHECK(text_width("Thu\xe1\xbb\xb7") == 4);
}

/* ---- names of any bytes ---- */

static const struct { const char *name, *json, *text; } names[] = {
	{ "wan1", "\"wan1\"", "wan1" },
	{ "a\"b\\c", "\"a\\\"b\\\\c\"", "a\"b\\c" },
	{ "\xc3\xa9th0", "\"\xc3\xa9th0\"", "\xc3\xa9th0" },
	{ "a\x1b[31m", "\"a\\u001b[31m\"", "\"a\\x1b[31m\"" },
	{ "\x7f", "\"\\u007f\"", "\"\\x7f\"" },
	{ "\xc2\x9b", "\"\\u009b\"", "\"\\xc2\\x9b\"" },
	{ "a\xff", "\"a\\ufffd\",\"device_hex\":\"61ff\"", "\"a\\xff\"" },
	{ "\xed\xb0\x80",
	  "\"\\ufffd\\ufffd\\ufffd\",\"device_hex\":\"edb080\"",
	  "\"\\xed\\xb0\\x80\"" },
};

static void test_names(void)
{
	char expected[256];
	const char *text;
	unsigned int i;

	for (i = 0; i < COUNT(names); i++) {
		run_begin(true, 0);
		print_object_begin(&ctl.out, NULL);
		print_name(&ctl.out, "device", "", names[i].name);
		print_object_end(&ctl.out);
		text = run_end();
		snprintf(expected, sizeof(expected), "{\"device\":%s}\n",
			 names[i].json);
		CHECK_TEXT(names[i].name, text, expected);
		CHECK(json_valid(text), "%s", text);
		run_begin(false, 0);
		print_name(&ctl.out, "device", "", names[i].name);
		CHECK_TEXT(names[i].name, run_end(), names[i].text);
	}
}

/* ---- routes ---- */

#define ACTIVE		ECMP_ROUTE_F_ACTIVE
#define INACTIVE	ECMP_ROUTE_F_INACTIVE
#define DYNAMIC		ECMP_ROUTE_F_DYNAMIC
#define ECMP		ECMP_ROUTE_F_ECMP

/* A route as the module tells it. */
static void add_route(struct answers *answers, const char *command,
		      uint32_t flags, uint8_t reason)
{
	const struct nlattr *a[ECMP_A_ROUTE_MAX + 1];
	static char buf[MESSAGE];
	struct nlmsghdr *nlh = (struct nlmsghdr *)buf;
	const char *problem = command_message(command, buf);

	REQUIRE(!problem, "%s: %s", command, problem);
	attributes_read(nlh, a, ECMP_A_ROUTE_MAX);
	if (!a[ECMP_A_ROUTE_TABLE])
		mnl_attr_put_strz(nlh, ECMP_A_ROUTE_TABLE, "main");
	if (!a[ECMP_A_ROUTE_DISTANCE])
		mnl_attr_put_u8(nlh, ECMP_A_ROUTE_DISTANCE, 1);
	if (!a[ECMP_A_ROUTE_WEIGHT])
		mnl_attr_put_u16(nlh, ECMP_A_ROUTE_WEIGHT, 1);
	mnl_attr_put_u32(nlh, ECMP_A_ROUTE_FLAGS, flags);
	if (flags & DYNAMIC) {
		mnl_attr_put_u8(nlh, ECMP_A_ROUTE_PROTOCOL, 2);
		mnl_attr_put_u32(nlh, ECMP_A_ROUTE_METRIC, 0);
	}
	if (reason)
		mnl_attr_put_u8(nlh, ECMP_A_ROUTE_REASON, reason);
	answers_add(answers, nlh);
}

static void usual_routes(struct answers *answers)
{
	memset(answers, 0, sizeof(*answers));
	add_route(answers, "route add default via 10.1.1.1 dev wan1", ACTIVE,
		  0);
	add_route(answers, "route add default via 10.1.2.1 dev wan2 distance 2",
		  0, ECMP_REASON_DISTANCE);
	add_route(answers, "route add default via 10.1.3.1 dev wan3 distance 3",
		  INACTIVE, ECMP_REASON_DOWN);
	add_route(answers, "route add 192.168.10.0/24 dev lan10 distance 1",
		  ACTIVE | DYNAMIC, 0);
	add_route(answers, "route add default via 10.1.1.1 dev wan1 table ecmp",
		  ACTIVE | ECMP, 0);
	add_route(answers, "route add default via 10.1.2.1 dev wan2 table ecmp",
		  ACTIVE | ECMP, 0);
}

static void test_routes(void)
{
	struct answers answers;
	const char *text;

	usual_routes(&answers);
	run_begin(false, 0);
	route_print_dump(&ctl, NULL, &answers);
	text = run_end();
	CHECK_TEXT("route show", text,
		   "Flags: I inactive, A active, D dynamic (kernel), c connect, s static, + ECMP\n"
		   "flags  prefix           via       dev    table  distance  why not\n"
		   "As     0.0.0.0/0        10.1.1.1  wan1   main          1\n"
		   "s      0.0.0.0/0        10.1.2.1  wan2   main          2  lower distance\n"
		   "Is     0.0.0.0/0        10.1.3.1  wan3   main          3  device down\n"
		   "ADc    192.168.10.0/24            lan10  main          1\n"
		   "As+    0.0.0.0/0        10.1.1.1  wan1   ecmp          1\n"
		   "As+    0.0.0.0/0        10.1.2.1  wan2   ecmp          1\n");
	add_route(&answers, "route add default via 10.1.3.1 dev wan3 table ecmp weight 3",
		  ACTIVE | ECMP, 0);
	run_begin(false, 0);
	route_print_dump(&ctl, NULL, &answers);
	text = run_end();
	CHECK(widest(text) <= 80, "%zu columns:\n%s", widest(text), text);

	run_begin(true, 0);
	route_print_dump(&ctl, NULL, &answers);
	CHECK(json_valid(run_end()));
	answers_free(&answers);
}

/* What is too long for the terminal goes to lines of its own. */
static void test_narrow_routes(void)
{
	struct answers answers;
	const char *text;

	usual_routes(&answers);
	add_route(&answers, "route add 10.0.0.0/8 via 10.1.2.1 dev wan2 comment \"a comment of more words than there is room for on one line, which is not rare\"",
		  ACTIVE, 0);
	run_begin(false, 0);
	route_print_dump(&ctl, NULL, &answers);
	text = run_end();
	CHECK(strstr(text, "room for on one line, which is not rare\n"),
	      "broken though it is no terminal:\n%s", text);
	run_begin(false, 80);
	route_print_dump(&ctl, NULL, &answers);
	text = run_end();
	text = strstr(text, "\nAs ");
	CHECK_TEXT("80 columns", text ? text : "",
		   "\nAs     0.0.0.0/0        10.1.1.1  wan1   main          1\n"
		   "s      0.0.0.0/0        10.1.2.1  wan2   main          2  lower distance\n"
		   "Is     0.0.0.0/0        10.1.3.1  wan3   main          3  device down\n"
		   "ADc    192.168.10.0/24            lan10  main          1\n"
		   "As+    0.0.0.0/0        10.1.1.1  wan1   ecmp          1\n"
		   "As+    0.0.0.0/0        10.1.2.1  wan2   ecmp          1\n"
		   "As     10.0.0.0/8       10.1.2.1  wan2   main          1\n"
		   "    a comment of more words than there is room for on one line, which is not\n"
		   "    rare\n");
	answers_free(&answers);
}

/* ---- get ---- */

static void put_path(struct nlmsghdr *nlh, uint8_t distance,
		     const char *gateway, const char *device, bool chosen)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, ECMP_A_LOOKUP_PATH);
	struct address address;

	mnl_attr_put_u8(nlh, ECMP_A_PATH_TYPE, ECMP_ROUTE_UNICAST);
	mnl_attr_put_u8(nlh, ECMP_A_PATH_DISTANCE, distance);
	mnl_attr_put_u16(nlh, ECMP_A_PATH_WEIGHT, 1);
	mnl_attr_put_u8(nlh, ECMP_A_PATH_STATE, ECMP_NEXTHOP_ALIVE);
	mnl_attr_put_u32(nlh, ECMP_A_PATH_BUCKETS, distance == 1 ? 128 : 0);
	if (chosen)
		mnl_attr_put(nlh, ECMP_A_PATH_CHOSEN, 0, NULL);
	if (address_parse(gateway, &address))
		put_address(nlh, ECMP_A_PATH_GATEWAY, &address);
	mnl_attr_put_strz(nlh, ECMP_A_PATH_DEVICE, device);
	mnl_attr_nest_end(nlh, nest);
}

static void put_prefix(struct nlmsghdr *nlh, const char *dst, uint16_t attr)
{
	struct address address;

	address_parse(dst, &address);
	put_address(nlh, attr, &address);
	mnl_attr_put_u8(nlh, attr + 1, 0);
}

static void put_step(struct nlmsghdr *nlh, int index, const char *table,
		     uint8_t outcome, const char *dst)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, ECMP_A_LOOKUP_STEP);

	if (index >= 0) {
		mnl_attr_put_u32(nlh, ECMP_A_STEP_INDEX, index);
		mnl_attr_put_u32(nlh, ECMP_A_STEP_ID, index + 10);
	}
	mnl_attr_put_u8(nlh, ECMP_A_STEP_ACTION, ECMP_ACTION_LOOKUP);
	mnl_attr_put_u8(nlh, ECMP_A_STEP_OUTCOME, outcome);
	if (outcome == ECMP_OUTCOME_NO_MATCH)
		mnl_attr_put_u32(nlh, ECMP_A_STEP_MISMATCH, ECMP_FIELD_FROM);
	if (outcome == ECMP_OUTCOME_SUPPRESSED)
		mnl_attr_put_u8(nlh, ECMP_A_STEP_MIN_PREFIX, 0);
	mnl_attr_put_strz(nlh, ECMP_A_STEP_TABLE, table);
	if (dst)
		put_prefix(nlh, dst, ECMP_A_STEP_PREFIX);
	mnl_attr_nest_end(nlh, nest);
}

/* Rules as the module tells them; of this id. */
static void add_rule(struct answers *answers, const char *command, uint32_t id)
{
	static char buf[MESSAGE];
	struct nlmsghdr *nlh = (struct nlmsghdr *)buf;
	const char *problem = command_message(command, buf);

	REQUIRE(!problem, "%s: %s", command, problem);
	mnl_attr_put_u32(nlh, ECMP_A_RULE_ID, id);
	mnl_attr_put_u32(nlh, ECMP_A_RULE_INDEX, answers->count);
	mnl_attr_put_u64(nlh, ECMP_A_RULE_PACKETS, 0);
	mnl_attr_put_u64(nlh, ECMP_A_RULE_BYTES, 0);
	answers_add(answers, nlh);
}

static const char *explain(const char *dst, const char *from,
			   const struct answers *rules, bool json, size_t room)
{
	struct question q = {
		.named = BIT(ECMP_A_LOOKUP_DST) | BIT(ECMP_A_LOOKUP_FROM) |
			 BIT(ECMP_A_LOOKUP_IIF) | BIT(ECMP_A_LOOKUP_PROTO) |
			 BIT(ECMP_A_LOOKUP_SPORT) | BIT(ECMP_A_LOOKUP_DPORT),
		.iif = "lan10", .proto = 6, .sport = 30000, .dport = 443,
	};
	struct explanation e = { .ctl = &ctl, .q = &q, .rules = rules };
	const char *any = strchr(dst, ':') ? "::" : "0.0.0.0";
	static char buf[MESSAGE];
	struct nlmsghdr *nlh = message_begin(buf, ECMP_CMD_LOOKUP);
	struct address gateway;

	address_parse(dst, &q.dst);
	address_parse(from, &q.from);
	address_parse("10.1.2.1", &gateway);
	mnl_attr_put_u8(nlh, ECMP_A_LOOKUP_VERDICT, ECMP_VERDICT_FORWARD);
	put_step(nlh, 0, "main", ECMP_OUTCOME_SUPPRESSED, any);
	put_step(nlh, 1, "main", ECMP_OUTCOME_NO_MATCH, NULL);
	put_step(nlh, 2, "ecmp", ECMP_OUTCOME_ROUTE, any);
	mnl_attr_put_strz(nlh, ECMP_A_LOOKUP_TABLE, "ecmp");
	put_prefix(nlh, any, ECMP_A_LOOKUP_PREFIX);
	mnl_attr_put_u8(nlh, ECMP_A_LOOKUP_HASH_POLICY, ECMP_HASH_POLICY_L4);
	mnl_attr_put_u32(nlh, ECMP_A_LOOKUP_BUCKETS, 256);
	mnl_attr_put_u32(nlh, ECMP_A_LOOKUP_HASH, 30);
	mnl_attr_put_u32(nlh, ECMP_A_LOOKUP_BUCKET, 30);
	put_address(nlh, ECMP_A_LOOKUP_GATEWAY, &gateway);
	mnl_attr_put_strz(nlh, ECMP_A_LOOKUP_DEVICE, "wan2");
	put_path(nlh, 3, "10.1.3.1", "wan3", false);
	put_path(nlh, 1, "10.1.2.1", "wan2", true);
	put_path(nlh, 1, "", "wan10", false);
	put_path(nlh, 2, "10.1.1.1", "a", false);
	put_path(nlh, 1, "10.1.1.2", "wan1", false);
	put_path(nlh, 1, "10.1.1.1", "wan1", false);
	run_begin(json, room);
	get_explain(nlh, &e);
	return run_end();
}

static void test_get(void)
{
	struct answers rules = { .data = NULL };
	const char *text, *at;

	add_rule(&rules, "rule add lookup main min-prefix 0", 10);
	add_rule(&rules, "rule add from 192.168.0.244 lookup main", 11);
	add_rule(&rules, "rule add from 192.168.0.0/16 lookup ecmp", 12);
	text = explain("45.57.94.1", "192.168.10.5", &rules, false, 0);
	CHECK_TEXT("get", text,
		   "45.57.94.1 from 192.168.10.5 iif lan10 tcp 30000 -> 443\n"
		   "rule  says                               result\n"
		   "   0  lookup main min-prefix 0           found 0.0.0.0/0, suppressed (0 <= 0)\n"
		   "   1  from 192.168.0.244/32 lookup main  does not match: from\n"
		   "   2  from 192.168.0.0/16 lookup ecmp    found 0.0.0.0/0\n"
		   "table ecmp, 0.0.0.0/0, hash l4, bucket 30 of 256\n"
		   "-> via 10.1.2.1 dev wan2\n"
		   "path      dev    distance  weight  buckets  state\n"
		   "10.1.1.1  wan1          1       1      128  alive\n"
		   "10.1.1.2  wan1          1       1      128  alive\n"
		   "          wan10         1       1      128  alive\n"
		   "10.1.2.1  wan2          1       1      128  alive, chosen\n"
		   "10.1.1.1  a             2       1        0  alive\n"
		   "10.1.3.1  wan3          3       1        0  alive\n");
	CHECK(widest(text) <= 80);
	text = explain("45.57.94.1", "192.168.10.5", &rules, true, 0);
	CHECK(json_valid(text), "%s", text);
	at = strstr(text, "\"paths\":");
	REQUIRE(at, "%s", text);
	CHECK(strstr(at, "\"10.1.1.1\"") < strstr(at, "\"10.1.1.2\"") &&
	      strstr(at, "\"10.1.1.2\"") < strstr(at, "wan10") &&
	      strstr(at, "wan10") < strstr(at, "wan2") &&
	      strstr(at, "\"a\"") < strstr(at, "wan3"), "%s", at);
	answers_free(&rules);
}

/* ---- save ---- */

static void add_table(struct answers *answers, const char *command)
{
	static char buf[MESSAGE];
	struct nlmsghdr *nlh = (struct nlmsghdr *)buf;
	const char *problem = command_message(command, buf);

	REQUIRE(!problem, "%s: %s", command, problem);
	if (!strstr(command, "hash-policy"))
		mnl_attr_put_u8(nlh, ECMP_A_TABLE_HASH_POLICY,
				ECMP_HASH_POLICY_INHERIT);
	answers_add(answers, nlh);
}

static struct nlmsghdr *usual_settings(void)
{
	static char buf[4096];
	struct nlmsghdr *nlh = message_begin(buf, ECMP_CMD_SETTINGS_GET);

	mnl_attr_put_u8(nlh, ECMP_A_SETTINGS_ENABLED, 1);
	mnl_attr_put_u8(nlh, ECMP_A_SETTINGS_HASH_POLICY4,
			ECMP_HASH_POLICY_L4);
	mnl_attr_put_u8(nlh, ECMP_A_SETTINGS_HASH_POLICY6,
			ECMP_HASH_POLICY_SRC);
	mnl_attr_put_u64(nlh, ECMP_A_SETTINGS_HASH_SEED, 0);
	return nlh;
}

static void add_pin_id(struct answers *answers, uint8_t family,
		       const char *gateway, const char *device, uint8_t pin,
		       bool fixed)
{
	char buf[MESSAGE];
	struct nlmsghdr *nlh = message_begin(buf, ECMP_CMD_NEXTHOP_GET);
	struct address address;

	mnl_attr_put_u8(nlh, ECMP_A_NEXTHOP_FAMILY, family);
	if (address_parse(gateway, &address))
		put_address(nlh, ECMP_A_NEXTHOP_GATEWAY, &address);
	mnl_attr_put_strz(nlh, ECMP_A_NEXTHOP_DEVICE, device);
	mnl_attr_put_u8(nlh, ECMP_A_NEXTHOP_PIN_ID, pin);
	if (fixed)
		mnl_attr_put(nlh, ECMP_A_NEXTHOP_PIN_FIXED, 0, NULL);
	answers_add(answers, nlh);
}

/* Names of any bytes too; each line is taken as it was meant. */
static void test_save(void)
{
	struct state s = { .settings = usual_settings() };
	static char first[MESSAGE], second[MESSAGE];
	static const char *const routes[] = {
		"route add 10.0.0.0/8 via 10.1.1.1 table b",
		"route add 0.0.0.0/0 via 10.1.2.1 dev wan2 distance 2",
		"route add 0.0.0.0/0 via 10.1.1.1 dev \"w\\xff\\x1b\" distance 2",
		"route add 0.0.0.0/0 dev \"a\\\"b\\\\c\"",
		"route add 10.0.0.0/8 via 10.1.1.1 comment \"# \\\" \\\\\"",
	};
	unsigned int i;
	const char *text;

	add_table(&s.tables, "table set main balance round-robin-flow");
	add_table(&s.tables, "table add c hash-policy l3 balance per-packet failback hard");
	add_table(&s.tables, "table add b balance hash");
	for (i = 0; i < COUNT(routes); i++)
		add_route(&s.routes, routes[i], ACTIVE, 0);
	add_pin_id(&s.nexthops, AF_INET6, "", "ppp0", 255, true);
	add_pin_id(&s.nexthops, AF_INET6, "fe80::1", "w\xff", 4, true);
	add_pin_id(&s.nexthops, AF_INET, "10.1.1.1", "wan1", 3, true);
	add_pin_id(&s.nexthops, AF_INET, "10.1.2.1", "wan2", 2, false);
	add_pin_id(&s.nexthops, AF_INET, "", "ppp0", 1, true);
	add_rule(&s.rules, "rule add iif \"\\x80\" drop comment \"a b\"", 1);
	add_rule(&s.rules, "rule add lookup main min-prefix 0 disabled", 2);
	run_begin(false, 0);
	CHECK(save_print(&ctl, &s) == EXIT_DONE);
	text = run_end();
	CHECK_TEXT("save", text,
		   "-4 set hash-policy l4\n"
		   "-6 set hash-policy src\n"
		   "table set main balance round-robin-flow\n"
		   "table add b\n"
		   "table add c hash-policy l3 balance per-packet failback hard\n"
		   "nexthop set dev ppp0 pin-id 1\n"
		   "nexthop set 10.1.1.1 dev wan1 pin-id 3\n"
		   "-6 nexthop set dev ppp0 pin-id 255\n"
		   "nexthop set fe80::1 dev \"w\\xff\" pin-id 4\n"
		   "route add 0.0.0.0/0 dev \"a\\\"b\\\\c\"\n"
		   "route add 0.0.0.0/0 via 10.1.1.1 dev \"w\\xff\\x1b\" distance 2\n"
		   "route add 0.0.0.0/0 via 10.1.2.1 dev wan2 distance 2\n"
		   "route add 10.0.0.0/8 via 10.1.1.1 comment \"# \\\" \\\\\"\n"
		   "route add 10.0.0.0/8 via 10.1.1.1 table b\n"
		   "rule add iif \"\\x80\" drop comment \"a b\"\n"
		   "rule add lookup main min-prefix 0 disabled\n");
	for (i = 0; i < COUNT(routes); i++) {
		CHECK(strstr(text, routes[i]), "not saved: %s", routes[i]);
		CHECK(!command_message(routes[i], first));
		message_text((struct nlmsghdr *)first, second);
		CHECK_TEXT("as it was", second, routes[i]);
	}
	answers_free(&s.tables);
	answers_free(&s.nexthops);
	answers_free(&s.routes);
	answers_free(&s.rules);
}

/* ---- IPv6 ---- */

/* A next hop as the module tells it. */
static void put_nexthop(struct nlmsghdr *nlh, uint32_t id, uint8_t family,
			const char *gateway, const char *device, bool alive)
{
	struct address address;

	mnl_attr_put_u32(nlh, ECMP_A_NEXTHOP_ID, id);
	mnl_attr_put_u8(nlh, ECMP_A_NEXTHOP_FAMILY, family);
	if (address_parse(gateway, &address))
		put_address(nlh, ECMP_A_NEXTHOP_GATEWAY, &address);
	mnl_attr_put_strz(nlh, ECMP_A_NEXTHOP_DEVICE, device);
	mnl_attr_put_u8(nlh, ECMP_A_NEXTHOP_STATE, alive);
	if (!alive)
		mnl_attr_put_u8(nlh, ECMP_A_NEXTHOP_REASON, ECMP_REASON_DOWN);
	mnl_attr_put_u32(nlh, ECMP_A_NEXTHOP_ROUTES, 1);
	mnl_attr_put_u64(nlh, ECMP_A_NEXTHOP_PACKETS, 5);
}

static void add_nexthop(struct answers *answers, uint8_t family,
			const char *gateway, const char *device, bool alive)
{
	static char buf[MESSAGE];
	struct nlmsghdr *nlh = message_begin(buf, ECMP_CMD_NEXTHOP_GET);

	put_nexthop(nlh, answers->count + 1, family, gateway, device, alive);
	answers_add(answers, nlh);
}

/* One that is checked, and has a history. */
static void checked_nexthop(struct answers *answers)
{
	static char buf[MESSAGE];
	struct nlmsghdr *nlh = message_begin(buf, ECMP_CMD_NEXTHOP_GET);

	put_nexthop(nlh, 1, AF_INET, "10.1.1.1", "wan1", true);
	mnl_attr_put_u64(nlh, ECMP_A_NEXTHOP_AGE, 7500000);
	mnl_attr_put_u32(nlh, ECMP_A_NEXTHOP_FLAPS, 3);
	mnl_attr_put_u8(nlh, ECMP_A_NEXTHOP_CHECK, ECMP_CHECK_PING);
	mnl_attr_put_u8(nlh, ECMP_A_NEXTHOP_CHECK_STATE, ECMP_CHECK_ANSWERED);
	mnl_attr_put_u32(nlh, ECMP_A_NEXTHOP_CHECK_MISSED, 0);
	mnl_attr_put_u32(nlh, ECMP_A_NEXTHOP_CHECK_RTT, 1234);
	mnl_attr_put_u32(nlh, ECMP_A_NEXTHOP_CHECK_SENT, 500);
	mnl_attr_put_u32(nlh, ECMP_A_NEXTHOP_CHECK_LOST, 2);
	answers_add(answers, nlh);
}

/* What an answer says of the pin. */
static const char *explain_pin(uint8_t pinned, uint8_t pin, uint8_t reason,
			       bool json)
{
	const struct nlattr *a[ECMP_A_LOOKUP_MAX + 1];
	static char buf[MESSAGE];
	struct nlmsghdr *nlh = message_begin(buf, ECMP_CMD_LOOKUP);
	struct address gateway;

	mnl_attr_put_u8(nlh, ECMP_A_LOOKUP_PINNED, pinned);
	if (pin) {
		address_parse("10.1.2.1", &gateway);
		mnl_attr_put_u8(nlh, ECMP_A_LOOKUP_PIN_ID, pin);
		put_address(nlh, ECMP_A_LOOKUP_PIN_GATEWAY, &gateway);
		mnl_attr_put_strz(nlh, ECMP_A_LOOKUP_PIN_DEVICE, "wan2");
	}
	if (reason)
		mnl_attr_put_u8(nlh, ECMP_A_LOOKUP_PIN_REASON, reason);
	attributes_read(nlh, a, ECMP_A_LOOKUP_MAX);
	run_begin(json, 0);
	print_object_begin(&ctl.out, NULL);
	get_explain_pin(&ctl.out, a);
	print_object_end(&ctl.out);
	print_end(&ctl.out);
	return run_end();
}

static void test_pinned(void)
{
	CHECK_TEXT("followed",
		   explain_pin(ECMP_PINNED_FOLLOWED, 7, 0, false),
		   "because the connection is pinned to 10.1.2.1 dev wan2 (pin-id 7)\n");
	CHECK_TEXT("unusable",
		   explain_pin(ECMP_PINNED_UNUSABLE, 7, ECMP_REASON_FORCED,
			       false),
		   "the connection is pinned to 10.1.2.1 dev wan2 (pin-id 7), but cannot use it: it moves (forced dead)\n");
	CHECK_TEXT("disabled",
		   explain_pin(ECMP_PINNED_ENDS, 7, ECMP_REASON_DISABLED,
			       false),
		   "the connection is pinned to 10.1.2.1 dev wan2 (pin-id 7), but cannot use it, and has its address: it ends (no enabled default route goes by it)\n");
	CHECK_TEXT("not pinned", explain_pin(ECMP_PINNED_NOT, 0, 0, false),
		   "the connection is not pinned\n");
	CHECK_TEXT("nor would it go there",
		   explain_pin(ECMP_PINNED_NO_UPLINK, 0, 0, false),
		   "the connection is not pinned: it does not go to an uplink\n");
	CHECK_TEXT("JSON",
		   explain_pin(ECMP_PINNED_UNUSABLE, 7, ECMP_REASON_FORCED,
			       true),
		   "{\"pin\":{\"result\":\"unusable\",\"gateway\":\"10.1.2.1\",\"device\":\"wan2\",\"pin_id\":7,\"reason\":\"forced\"}}\n");
}

static void both_nexthops(struct answers *answers)
{
	memset(answers, 0, sizeof(*answers));
	add_nexthop(answers, AF_INET, "10.1.1.1", "wan1", true);
	add_nexthop(answers, AF_INET, "", "ppp0", true);
	add_nexthop(answers, AF_INET6, "fe80::5054:ff:fe12:3456", "wan1", true);
	add_nexthop(answers, AF_INET6, "", "ppp0", false);
}

static void test_nexthops(void)
{
	struct answers answers;
	const char *text;

	both_nexthops(&answers);
	run_begin(false, 0);
	nexthop_print_dump(&ctl, NULL, &answers);
	text = run_end();
	CHECK_TEXT("both", text,
		   "id  gateway                  dev   state  why          routes  packets\n"
		   " 1  10.1.1.1                 wan1  alive                    1        5\n"
		   " 2  (IPv4)                   ppp0  alive                    1        5\n"
		   " 3  fe80::5054:ff:fe12:3456  wan1  alive                    1        5\n"
		   " 4  (IPv6)                   ppp0  dead   device down       1        5\n");
	run_begin(false, 0);
	ctl.family = AF_INET6;
	nexthop_print_dump(&ctl, NULL, &answers);
	CHECK_TEXT("IPv6", run_end(),
		   "id  gateway                  dev   state  why          routes  packets\n"
		   " 3  fe80::5054:ff:fe12:3456  wan1  alive                    1        5\n"
		   " 4  (IPv6)                   ppp0  dead   device down       1        5\n");
	run_begin(true, 0);
	ctl.family = AF_INET6;
	nexthop_print_dump(&ctl, NULL, &answers);
	text = run_end();
	CHECK(json_valid(text) && strstr(text, "\"family\":\"ipv6\"") &&
	      !strstr(text, "ipv4"), "%s", text);
	answers_free(&answers);

	checked_nexthop(&answers);
	run_begin(false, 80);
	nexthop_print_dump(&ctl, NULL, &answers);
	CHECK_TEXT("history", run_end(),
		   "id  gateway   dev   state  since  flaps  check                   routes  packets\n"
		   " 1  10.1.1.1  wan1  alive  2h05m      3  ping, 1.234 ms, 2 of         1        5\n"
		   "                                         500 lost\n");
	answers_free(&answers);
}

static void test_ages(void)
{
	char text[DURATION_TEXT];

	CHECK_TEXT("seconds", age_text(59999, text), "59s");
	CHECK_TEXT("minutes", age_text(60000, text), "1m00s");
	CHECK_TEXT("hours", age_text(3600000, text), "1h00m");
	CHECK_TEXT("days", age_text(90000000, text), "1d01h");
	CHECK_TEXT("ever", age_text(UINT64_MAX, text), "213503982334d14h");
}

/* One that is forced, why, and for how long. */
static void add_forced(struct answers *answers, uint8_t forced, uint8_t reason,
		       uint32_t timeout)
{
	static char buf[MESSAGE];
	struct nlmsghdr *nlh = message_begin(buf, ECMP_CMD_NEXTHOP_GET);

	put_nexthop(nlh, answers->count + 1, AF_INET, "10.1.1.1", "wan1", true);
	mnl_attr_put_u8(nlh, ECMP_A_NEXTHOP_FORCED, forced);
	if (reason)
		mnl_attr_put_u8(nlh, ECMP_A_NEXTHOP_REASON, reason);
	if (timeout)
		mnl_attr_put_u32(nlh, ECMP_A_NEXTHOP_TIMEOUT, timeout);
	answers_add(answers, nlh);
}

static void test_forced(void)
{
	struct answers answers = { .data = NULL };
	const char *text;

	add_forced(&answers, ECMP_FORCED_ALIVE, 0, 1);
	add_forced(&answers, ECMP_FORCED_DRAIN, ECMP_REASON_DRAIN, 0);
	add_forced(&answers, ECMP_FORCED_DRAIN, ECMP_REASON_LAST_RESORT,
		   7199001);
	run_begin(false, 0);
	nexthop_print_dump(&ctl, NULL, &answers);
	CHECK_TEXT("forced", run_end(),
		   "id  gateway   dev   state  why                                          routes  packets\n"
		   " 1  10.1.1.1  wan1  alive  forced alive, auto in 1s                          1        5\n"
		   " 2  10.1.1.1  wan1  alive  draining                                          1        5\n"
		   " 3  10.1.1.1  wan1  alive  draining, but there is no other, auto in 2h       1        5\n");
	run_begin(true, 0);
	nexthop_print_dump(&ctl, NULL, &answers);
	text = run_end();
	CHECK(json_valid(text) && strstr(text, "\"timeout_ms\":7199001") &&
	      strstr(text, "\"reason\":\"last-resort\""), "%s", text);
	answers_free(&answers);
}

static void add_default(struct answers *answers, const char *command,
			uint32_t nexthop, uint32_t flags)
{
	static char buf[MESSAGE];
	struct nlmsghdr *nlh = (struct nlmsghdr *)buf;
	struct answers one = { .data = NULL };

	add_route(&one, command, flags, 0);
	memcpy(buf, one.data, one.used);
	mnl_attr_put_u32(nlh, ECMP_A_ROUTE_NEXTHOP_ID, nexthop);
	answers_add(answers, nlh);
	answers_free(&one);
}

static void test_uplinks(void)
{
	struct answers nexthops, defaults = { .data = NULL };

	both_nexthops(&nexthops);
	/* The kernel has the first, too, and alone a third. */
	add_default(&defaults, "route add default via 10.1.1.1 dev wan1", 1,
		    DYNAMIC);
	add_default(&defaults, "route add default via 10.1.1.1 dev wan1", 1,
		    ACTIVE | ECMP);
	add_default(&defaults, "route add ::/0 via fe80::5054:ff:fe12:3456 dev wan1", 3,
		    ACTIVE | ECMP);
	add_default(&defaults, "route add ::/0 via fe80::5054:ff:fe12:3456 dev wan1 table ecmp weight 2",
		    3, ACTIVE | ECMP);
	add_default(&defaults, "route add ::/0 via fe80::5054:ff:fe12:3456 dev wan1 table k",
		    3, ACTIVE | DYNAMIC);
	run_begin(false, 0);
	show_print_uplinks(&ctl, &nexthops, &defaults, SIZE_MAX);
	CHECK_TEXT("both", run_end(),
		   "gateway                  dev   state  why          default route in\n"
		   "10.1.1.1                 wan1  alive               main +\n"
		   "fe80::5054:ff:fe12:3456  wan1  alive               main +, ecmp + weight 2, k\n"
		   "(IPv6)                   ppp0  dead   device down\n");
	run_begin(false, 0);
	ctl.family = AF_INET;
	show_print_uplinks(&ctl, &nexthops, &defaults, SIZE_MAX);
	CHECK_TEXT("IPv4", run_end(),
		   "gateway   dev   state  default route in\n"
		   "10.1.1.1  wan1  alive  main +\n");
	run_begin(false, 0);
	show_print_uplinks(&ctl, &nexthops, &defaults, 2);
	CHECK_TEXT("two, dead ones first", run_end(),
		   "gateway   dev   state  why          default route in\n"
		   "(IPv6)    ppp0  dead   device down\n"
		   "10.1.1.1  wan1  alive               main +\n");
	answers_free(&nexthops);
	answers_free(&defaults);
}

/* Whatever there is, it fits, and each list has something. */
static void test_fit(void)
{
	static const struct { size_t all[3], lines, shown[3]; } fits[] = {
		{ { 3, 3, 2 }, 12, { 3, 3, 2 } },
		{ { 3, 100, 2 }, 12, { 3, 6, 2 } },
		{ { 100, 100, 100 }, 12, { 3, 3, 3 } },
		{ { 5, 5, 5 }, 14, { 3, 4, 4 } },
		{ { 100, 1, 100 }, 0, { 1, 1, 1 } },
		{ { 0, 0, 1 }, 0, { 0, 0, 1 } },
		{ { 7, 1000, 7 }, SIZE_MAX, { 7, 1000, 7 } },
	};
	struct show_part part[3];
	unsigned int i, j;

	for (i = 0; i < COUNT(fits); i++) {
		for (j = 0; j < 3; j++)
			part[j].all = fits[i].all[j];
		show_fit(part, 3, fits[i].lines);
		for (j = 0; j < 3; j++)
			CHECK(part[j].shown == fits[i].shown[j],
			      "%u: of list %u %zu are shown", i, j,
			      part[j].shown);
	}
}

static void test_rules(void)
{
	struct answers rules = { .data = NULL };
	const char *text;

	add_rule(&rules, "rule add lookup main min-prefix 0 comment \"Local bypass\"", 1);
	add_rule(&rules, "rule add from 192.168.0.0/16 lookup ecmp", 2);
	add_rule(&rules, "rule add from 2001:db8:1::/48 lookup ecmp", 3);
	add_rule(&rules, "-6 rule add lookup ecmp", 4);
	add_rule(&rules, "-4 rule add iif lan10 drop", 5);
	add_rule(&rules, "rule add ipproto ipv6-icmp native", 6);
	run_begin(false, 0);
	rule_print_dump(&ctl, NULL, &rules);
	text = run_end();
	CHECK_TEXT("both", text,
		   "#  match                 action                    packets  comment\n"
		   "0  any                   lookup main min-prefix 0        0  Local bypass\n"
		   "1  from 192.168.0.0/16   lookup ecmp                     0\n"
		   "2  from 2001:db8:1::/48  lookup ecmp                     0\n"
		   "3  -6                    lookup ecmp                     0\n"
		   "4  -4 iif lan10          drop                            0\n"
		   "5  ipproto ipv6-icmp     native                          0\n");
	CHECK(widest(text) <= 80);
	run_begin(false, 0);
	ctl.family = AF_INET6;
	rule_print_dump(&ctl, NULL, &rules);
	CHECK_TEXT("IPv6", run_end(),
		   "#  match                 action                    packets  comment\n"
		   "0  any                   lookup main min-prefix 0        0  Local bypass\n"
		   "2  from 2001:db8:1::/48  lookup ecmp                     0\n"
		   "3  -6                    lookup ecmp                     0\n"
		   "5  ipproto ipv6-icmp     native                          0\n");
	run_begin(true, 0);
	rule_print_dump(&ctl, NULL, &rules);
	CHECK(json_valid(run_end()));
	answers_free(&rules);
}

/* The column is there once a table does not balance by hash. */
static void test_balances(void)
{
	static const uint8_t balance[] = {
		ECMP_BALANCE_HASH, ECMP_BALANCE_ROUND_ROBIN_FLOW,
	};
	struct answers answers = { .data = NULL };
	static char buf[MESSAGE];
	struct nlmsghdr *nlh;
	const char *text;
	unsigned int i;

	for (i = 0; i < COUNT(balance); i++) {
		nlh = message_begin(buf, ECMP_CMD_TABLE_GET);
		mnl_attr_put_strz(nlh, ECMP_A_TABLE_NAME, i ? "ecmp" : "main");
		mnl_attr_put_u8(nlh, ECMP_A_TABLE_HASH_POLICY,
				ECMP_HASH_POLICY_L4);
		mnl_attr_put_u8(nlh, ECMP_A_TABLE_BALANCE, balance[i]);
		mnl_attr_put_u32(nlh, ECMP_A_TABLE_ROUTES4, 3);
		mnl_attr_put_u32(nlh, ECMP_A_TABLE_RULES, 1);
		answers_add(&answers, nlh);
	}
	run_begin(false, 0);
	table_print_dump(&ctl, NULL, &answers);
	CHECK_TEXT("balances", run_end(),
		   "table  hash-policy  balance           IPv4 routes  rules  packets\n"
		   "main   l4                                       3      1        0\n"
		   "ecmp   l4           round-robin-flow            3      1        0\n");
	run_begin(true, 0);
	table_print_dump(&ctl, NULL, &answers);
	text = run_end();
	CHECK(json_valid(text) && strstr(text, "\"balance\":\"hash\"") &&
	      strstr(text, "\"balance\":\"round-robin-flow\""), "%s", text);
	answers_free(&answers);
}

static void test_tables(void)
{
	static const uint32_t routes6[] = { 0, 12, 0 };
	static const uint8_t failback[] = {
		ECMP_FAILBACK_SOFT, ECMP_FAILBACK_SOFT, ECMP_FAILBACK_HARD,
	};
	static const char *const expected[] = {
		"table  hash-policy  IPv4 routes  rules  packets\n"
		"ecmp   inherit                3      1        7\n",
		"table  hash-policy  IPv4 routes  IPv6 routes  rules  packets\n"
		"ecmp   inherit                3           12      1        7\n",
		"table  hash-policy  failback  IPv4 routes  rules  packets\n"
		"ecmp   inherit      hard                3      1        7\n",
	};
	struct answers answers;
	static char buf[MESSAGE];
	struct nlmsghdr *nlh;
	unsigned int i;

	for (i = 0; i < COUNT(routes6); i++) {
		memset(&answers, 0, sizeof(answers));
		nlh = message_begin(buf, ECMP_CMD_TABLE_GET);
		mnl_attr_put_strz(nlh, ECMP_A_TABLE_NAME, "ecmp");
		mnl_attr_put_u8(nlh, ECMP_A_TABLE_HASH_POLICY,
				ECMP_HASH_POLICY_INHERIT);
		mnl_attr_put_u8(nlh, ECMP_A_TABLE_FAILBACK, failback[i]);
		mnl_attr_put_u32(nlh, ECMP_A_TABLE_ROUTES4, 3);
		mnl_attr_put_u32(nlh, ECMP_A_TABLE_ROUTES6, routes6[i]);
		mnl_attr_put_u32(nlh, ECMP_A_TABLE_RULES, 1);
		mnl_attr_put_u64(nlh, ECMP_A_TABLE_PACKETS, 7);
		answers_add(&answers, nlh);
		run_begin(false, 0);
		table_print_dump(&ctl, NULL, &answers);
		CHECK_TEXT("tables", run_end(), expected[i]);
		answers_free(&answers);
	}
}

/* Addresses of any length: on a terminal nothing is wider than it. */
static void test_wide_routes(void)
{
	struct answers answers = { .data = NULL };
	const char *text;

	add_route(&answers, "route add ::/0 via fe80::1 dev wan1", ACTIVE, 0);
	add_route(&answers, "route add 2001:db8:1:2::/64 via fe80::5054:ff:fe12:3456 dev wan2",
		  INACTIVE, ECMP_REASON_NO_CARRIER);
	run_begin(false, 0);
	route_print_dump(&ctl, NULL, &answers);
	text = run_end();
	CHECK(widest(text) <= 80, "%zu columns:\n%s", widest(text), text);
	add_route(&answers, "route add 2001:db8:1234:5678:9abc:def0:1234:5670/124 via 2001:db8:1234:5678:9abc:def0:1234:5678 dev enp103s0f1 table internet distance 20 comment \"a word or two\"",
		  0, ECMP_REASON_DISTANCE);
	run_begin(false, 80);
	route_print_dump(&ctl, NULL, &answers);
	text = run_end();
	CHECK(widest(text) <= 80, "%zu columns:\n%s", widest(text), text);
	text = strstr(text, "flags ");
	CHECK_TEXT("80 columns", text ? text : "",
		   "flags  prefix\n"
		   "    via                                     dev\n"
		   "    table     distance  why not         comment\n"
		   "As     ::/0\n"
		   "    fe80::1                                 wan1\n"
		   "    main             1\n"
		   "Is     2001:db8:1:2::/64\n"
		   "    fe80::5054:ff:fe12:3456                 wan2\n"
		   "    main             1  no carrier\n"
		   "s      2001:db8:1234:5678:9abc:def0:1234:5670/124\n"
		   "    2001:db8:1234:5678:9abc:def0:1234:5678  enp103s0f1\n"
		   "    internet        20  lower distance  a word or two\n");
	answers_free(&answers);
}

/* A notification as it is printed. */
static const char *notify(const struct nlmsghdr *nlh, uint8_t family, bool json)
{
	run_begin(json, 0);
	ctl.family = family;
	monitor_print(nlh, &ctl);
	return run_end();
}

static void test_monitor(void)
{
	static char buf[MESSAGE];
	struct nlmsghdr *nlh = message_begin(buf, ECMP_CMD_NEXTHOP_NEW);

	put_nexthop(nlh, 1, AF_INET, "10.1.1.1", "wan1", false);
	CHECK_TEXT("IPv4", notify(nlh, 0, false),
		   "nexthop 10.1.1.1 dev wan1 dead (device down)\n");
	CHECK_TEXT("-6", notify(nlh, AF_INET6, false), "");
	nlh = message_begin(buf, ECMP_CMD_NEXTHOP_DEL);
	put_nexthop(nlh, 1, AF_INET6, "fe80::1", "w\xff", true);
	CHECK_TEXT("IPv6", notify(nlh, AF_INET6, false),
		   "nexthop deleted fe80::1 dev \"w\\xff\" alive\n");
	CHECK(json_valid(notify(nlh, 0, true)));
	nlh = message_begin(buf, ECMP_CMD_NEXTHOP_NEW);
	put_nexthop(nlh, 1, AF_INET6, "", "ppp0", true);
	CHECK_TEXT("ppp0", notify(nlh, 0, false),
		   "nexthop (IPv6) dev ppp0 alive\n");
	quiet_begin();
	CHECK_TEXT("lost", notify(NULL, 0, true), "{\"event\":\"lost\"}\n");
	quiet_end();
}

static void test_get6(void)
{
	struct answers rules = { .data = NULL };
	struct question q = { .named = BIT(ECMP_A_LOOKUP_DST) };
	struct explanation e = { .ctl = &ctl, .q = &q, .rules = &rules };
	static char buf[MESSAGE];
	struct nlmsghdr *nlh;
	const char *text;

	add_rule(&rules, "rule add lookup main min-prefix 0", 10);
	add_rule(&rules, "-4 rule add lookup main", 11);
	add_rule(&rules, "rule add from 2001:db8:1::/48 lookup ecmp", 12);
	text = explain("2001:db8::1", "2001:db8:1::5", &rules, false, 0);
	CHECK(strstr(text,
		     "2001:db8::1 from 2001:db8:1::5 iif lan10 tcp 30000 -> 443\n"
		     "rule  says                              result\n"
		     "   0  lookup main min-prefix 0          found ::/0, suppressed (0 <= 0)\n"
		     "   1  -4 lookup main                    does not match: from\n"
		     "   2  from 2001:db8:1::/48 lookup ecmp  found ::/0\n"
		     "table ecmp, ::/0, hash l4, bucket 30 of 256\n") == text,
	      "%s", text);
	CHECK(widest(text) <= 80, "%s", text);
	text = explain("2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff",
		       "2001:db8:1:ffff:ffff:ffff:ffff:ffff", &rules, false, 80);
	CHECK(widest(text) <= 80, "%s", text);
	answers_free(&rules);

	address_parse("2001:db8::1", &q.dst);
	nlh = message_begin(buf, ECMP_CMD_LOOKUP);
	mnl_attr_put_u8(nlh, ECMP_A_LOOKUP_VERDICT, ECMP_VERDICT_NO_ROUTE);
	run_begin(false, 0);
	get_explain(nlh, &e);
	CHECK_TEXT("no route", run_end(),
		   "2001:db8::1, from the router itself\n"
		   "-> no route: ICMPv6 no route\n");
	nlh = message_begin(buf, ECMP_CMD_LOOKUP);
	mnl_attr_put_u8(nlh, ECMP_A_LOOKUP_VERDICT, ECMP_VERDICT_FORWARD);
	mnl_attr_put_strz(nlh, ECMP_A_LOOKUP_TABLE, "ecmp");
	put_prefix(nlh, "::", ECMP_A_LOOKUP_PREFIX);
	mnl_attr_put_u8(nlh, ECMP_A_LOOKUP_HASH_POLICY, ECMP_HASH_POLICY_L3);
	mnl_attr_put_u32(nlh, ECMP_A_LOOKUP_BUCKETS, 256);
	mnl_attr_put_u32(nlh, ECMP_A_LOOKUP_BUCKET, 3);
	mnl_attr_put(nlh, ECMP_A_LOOKUP_EXAMPLE, 0, NULL);
	mnl_attr_put_strz(nlh, ECMP_A_LOOKUP_DEVICE, "ppp0");
	q.named |= BIT(ECMP_A_LOOKUP_FLOWLABEL);
	q.flowlabel = 0x12345;
	run_begin(false, 0);
	get_explain(nlh, &e);
	CHECK_TEXT("an example", run_end(),
		   "2001:db8::1 flowlabel 0x12345, from the router itself\n"
		   "table ecmp, ::/0, hash l3, bucket 3 of 256\n"
		   "(The bucket is an example: it depends on from, ipproto and flowlabel.)\n"
		   "-> dev ppp0\n");
	address_parse("2001:db8::5", &q.from);
	q.named |= BIT(ECMP_A_LOOKUP_FROM);
	run_begin(false, 0);
	get_explain(nlh, &e);
	CHECK_TEXT("with a source", run_end(),
		   "2001:db8::1 from 2001:db8::5 flowlabel 0x12345, from the router itself\n"
		   "table ecmp, ::/0, hash l3, bucket 3 of 256\n"
		   "(The bucket is an example: it depends on ipproto and flowlabel.)\n"
		   "-> dev ppp0\n");
	/* Only a tunnel's packet is one still: the kernel says so. */
	q.named |= BIT(ECMP_A_LOOKUP_PROTO);
	q.proto = 47;
	run_begin(false, 0);
	get_explain(nlh, &e);
	CHECK_TEXT("a tunnel", run_end(),
		   "2001:db8::1 from 2001:db8::5 gre flowlabel 0x12345, from the router itself\n"
		   "table ecmp, ::/0, hash l3, bucket 3 of 256\n"
		   "(The bucket is an example: it depends on the packet inside.)\n"
		   "-> dev ppp0\n");
}

static void put_turns(struct nlmsghdr *nlh, const char *device, uint32_t turns,
		      bool chosen)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, ECMP_A_LOOKUP_PATH);

	mnl_attr_put_strz(nlh, ECMP_A_PATH_DEVICE, device);
	mnl_attr_put_u8(nlh, ECMP_A_PATH_DISTANCE, 1);
	mnl_attr_put_u16(nlh, ECMP_A_PATH_WEIGHT, 2 * turns);
	mnl_attr_put_u8(nlh, ECMP_A_PATH_STATE, ECMP_NEXTHOP_ALIVE);
	mnl_attr_put_u32(nlh, ECMP_A_PATH_BUCKETS, 85 * turns);
	mnl_attr_put_u32(nlh, ECMP_A_PATH_TURNS, turns);
	if (chosen)
		mnl_attr_put(nlh, ECMP_A_PATH_CHOSEN, 0, NULL);
	mnl_attr_nest_end(nlh, nest);
}

/* The answer of a table that balances so, of two paths. */
static const char *explain_turns(uint8_t balance, bool json)
{
	struct answers rules = { .data = NULL };
	struct question q = { .named = BIT(ECMP_A_LOOKUP_DST) };
	struct explanation e = { .ctl = &ctl, .q = &q, .rules = &rules };
	static char buf[MESSAGE];
	struct nlmsghdr *nlh = message_begin(buf, ECMP_CMD_LOOKUP);

	address_parse("1.1.1.1", &q.dst);
	mnl_attr_put_u8(nlh, ECMP_A_LOOKUP_VERDICT, ECMP_VERDICT_FORWARD);
	mnl_attr_put_strz(nlh, ECMP_A_LOOKUP_TABLE, "ecmp");
	put_prefix(nlh, "0.0.0.0", ECMP_A_LOOKUP_PREFIX);
	mnl_attr_put_u8(nlh, ECMP_A_LOOKUP_HASH_POLICY, ECMP_HASH_POLICY_L4);
	mnl_attr_put_u8(nlh, ECMP_A_LOOKUP_BALANCE, balance);
	mnl_attr_put_u32(nlh, ECMP_A_LOOKUP_BUCKETS, 256);
	mnl_attr_put_u32(nlh, ECMP_A_LOOKUP_BUCKET, 3);
	mnl_attr_put_u32(nlh, ECMP_A_LOOKUP_TURNS, 3);
	mnl_attr_put(nlh, ECMP_A_LOOKUP_EXAMPLE, 0, NULL);
	mnl_attr_put_strz(nlh, ECMP_A_LOOKUP_DEVICE, "wan2");
	put_turns(nlh, "wan1", 2, false);
	put_turns(nlh, "wan2", 1, true);
	run_begin(json, 0);
	get_explain(nlh, &e);
	return run_end();
}

static void test_get_turns(void)
{
	const char *text;

	CHECK_TEXT("in turn", explain_turns(ECMP_BALANCE_ROUND_ROBIN, false),
		   "1.1.1.1, from the router itself\n"
		   "table ecmp, 0.0.0.0/0, balance round-robin\n"
		   "(The path is an example: each packet takes the next one.)\n"
		   "-> dev wan2\n"
		   "dev   distance  weight   share  state\n"
		   "wan1         1       4  2 of 3  alive\n"
		   "wan2         1       2  1 of 3  alive, chosen\n");
	text = explain_turns(ECMP_BALANCE_PER_PACKET, false);
	CHECK(strstr(text, "balance per-packet\n"
		     "(The path is an example: each packet takes one by chance.)\n"),
	      "%s", text);
	text = explain_turns(ECMP_BALANCE_ROUND_ROBIN_FLOW, false);
	CHECK(strstr(text, "balance round-robin-flow\n"
		     "(The path is an example: each new connection takes the next one.)\n"),
	      "%s", text);
	text = explain_turns(ECMP_BALANCE_ROUND_ROBIN, true);
	CHECK(json_valid(text) && strstr(text, "\"balance\":\"round-robin\"") &&
	      strstr(text, "\"turns\":3") && strstr(text, "\"turns\":2") &&
	      strstr(text, "\"example\":true") && strstr(text, "\"bucket\":3"),
	      "%s", text);
}

/* main first, IPv4 before IPv6; by prefix, distance, gateway. */
static void test_save6(void)
{
	static const char *const routes[] = {
		"route add ::/0 via fe80::2 dev wan1 table ecmp",
		"route add ::/0 via fe80::1 dev wan2 table ecmp",
		"route add ::/0 dev ppp0 distance 2",
		"route add 2001:db8::/32 via fe80::1 dev wan1",
		"route add 203.0.113.0/24 via 10.1.1.1",
		"route add 0.0.0.0/0 via fe80::1 dev wan1",
		"route add ::/0 via fe80::1 dev wan1",
		"route add 0.0.0.0/0 via 10.1.1.1 dev wan1",
		"route add 2001:db8::/48 via fe80::1 dev wan1",
	};
	struct state s = { .settings = usual_settings() };
	unsigned int i;

	for (i = 0; i < COUNT(routes); i++)
		add_route(&s.routes, routes[i], ACTIVE, 0);
	add_rule(&s.rules, "-6 rule add lookup main", 1);
	add_rule(&s.rules, "-4 rule add ipproto icmp lookup main", 2);
	add_rule(&s.rules, "rule add to 2001:db8::/32 drop", 3);
	run_begin(false, 0);
	CHECK(save_print(&ctl, &s) == EXIT_DONE);
	CHECK_TEXT("save", run_end(),
		   "-4 set hash-policy l4\n"
		   "-6 set hash-policy src\n"
		   "route add 0.0.0.0/0 via 10.1.1.1 dev wan1\n"
		   "route add 0.0.0.0/0 via fe80::1 dev wan1\n"
		   "route add 203.0.113.0/24 via 10.1.1.1\n"
		   "route add ::/0 via fe80::1 dev wan1\n"
		   "route add ::/0 dev ppp0 distance 2\n"
		   "route add 2001:db8::/32 via fe80::1 dev wan1\n"
		   "route add 2001:db8::/48 via fe80::1 dev wan1\n"
		   "route add ::/0 via fe80::1 dev wan2 table ecmp\n"
		   "route add ::/0 via fe80::2 dev wan1 table ecmp\n"
		   "-6 rule add lookup main\n"
		   "rule add ipproto icmp lookup main\n"
		   "rule add to 2001:db8::/32 drop\n");
	answers_free(&s.routes);
	answers_free(&s.rules);
}

static const struct unit_test tests[] = {
	UNIT_TEST(test_print),
	UNIT_TEST(test_long_table),
	UNIT_TEST(test_narrow),
	UNIT_TEST(test_width),
	UNIT_TEST(test_names),
	UNIT_TEST(test_routes),
	UNIT_TEST(test_narrow_routes),
	UNIT_TEST(test_get),
	UNIT_TEST(test_save),
	UNIT_TEST(test_nexthops),
	UNIT_TEST(test_ages),
	UNIT_TEST(test_pinned),
	UNIT_TEST(test_forced),
	UNIT_TEST(test_uplinks),
	UNIT_TEST(test_fit),
	UNIT_TEST(test_rules),
	UNIT_TEST(test_tables),
	UNIT_TEST(test_balances),
	UNIT_TEST(test_get_turns),
	UNIT_TEST(test_wide_routes),
	UNIT_TEST(test_monitor),
	UNIT_TEST(test_get6),
	UNIT_TEST(test_save6),
};

UNIT_MAIN(tests)
