// SPDX-License-Identifier: GPL-2.0
/*
 * ecmpctl: lines and answers by chance. The seed is fixed and told, so that a
 * failure comes again; SEED=N is another.
 */
#include "cli/cli.h"
#include "get.h"
#include "route_text.h"
#include "text.h"

static void random_prefix(char *text, bool v6)
{
	struct prefix prefix = { .address.family = v6 ? AF_INET6 : AF_INET };
	unsigned int i, bits = v6 ? 128 : 32;

	prefix.length = unit_below(bits + 1);
	for (i = 0; i < prefix.length; i++)
		if (unit_below(2))
			prefix.address.bytes[i / 8] |= 0x80 >> i % 8;
	prefix_text(&prefix, text);
}

static void random_comment(char *text)
{
	char raw[64] = "", quoted[TEXT_QUOTED(64)];
	unsigned int i, words = unit_below(8);

	for (i = 0; i < words; i++)
		strcat(raw, ONE_OF(" ", "#", "\"", "\\", "\xc3\xa9", "x", "=",
				   "\xf0\x9f\x98\x80"));
	strcpy(text, text_quote(raw, quoted, sizeof(quoted)));
}

static void random_route(char *text)
{
	char prefix[ADDRESS_TEXT], comment[256];
	bool v6 = unit_below(2);

	random_prefix(prefix, v6);
	sprintf(text, "route add %s via %s", prefix,
		v6 ? "2001:db8::1" : "10.1.1.1");
	if (unit_below(2))
		sprintf(text + strlen(text), " dev %s",
			ONE_OF("wan1", "\"#x\"", "a\\\\b", "ppp0", "\"\\\"\""));
	if (unit_below(2))
		sprintf(text + strlen(text), " distance %u", 1 + unit_below(255));
	if (unit_below(2))
		sprintf(text + strlen(text), " weight %u", 1 + unit_below(256));
	if (unit_below(3) == 0)
		strcat(text, ONE_OF(" disabled", " onlink", " table t.1-_"));
	if (unit_below(2)) {
		random_comment(comment);
		sprintf(text + strlen(text), " comment %s", comment);
	}
}

static void random_rule(char *text)
{
	char prefix[ADDRESS_TEXT], comment[256];
	unsigned int port = 1 + unit_below(65535);
	bool v6 = unit_below(2);

	strcpy(text, "rule add");
	if (unit_below(2)) {
		random_prefix(prefix, v6);
		sprintf(text + strlen(text), " from %s", prefix);
	}
	if (unit_below(2)) {
		random_prefix(prefix, v6);
		sprintf(text + strlen(text), " to %s", prefix);
	}
	if (unit_below(3) == 0)
		sprintf(text + strlen(text), " mark 0x%x/0xffff", unit_below(65536));
	if (unit_below(2))
		sprintf(text + strlen(text), " ipproto tcp dport %u-%u", port,
			port + unit_below(65536 - port));
	if (unit_below(3) == 0)
		sprintf(text + strlen(text), " dscp %u", unit_below(64));
	strcat(text, ONE_OF(" drop", " native", " lookup main",
			    " lookup main min-prefix 24", " prohibit"));
	if (unit_below(2)) {
		random_comment(comment);
		sprintf(text + strlen(text), " comment %s", comment);
	}
}

/* What is saved and loaded again is the same message. */
static void test_round_trip(void)
{
	static char first[MESSAGE], second[MESSAGE], third[MESSAGE];
	char text[4096], saved[8192], again[8192];
	const char *problem;
	unsigned int i;

	for (i = 0; i < 20000; i++) {
		if (i % 2)
			random_rule(text);
		else
			random_route(text);
		problem = command_message(text, first);
		if (problem) {
			CHECK_TEXT(text, problem, "accepted");
			return;
		}
		message_text((struct nlmsghdr *)first, saved);
		problem = command_message(saved, second);
		if (problem) {
			CHECK_TEXT(saved, problem, "accepted");
			return;
		}
		message_text((struct nlmsghdr *)second, again);
		command_message(again, third);
		CHECK_TEXT("saved again", again, saved);
		REQUIRE(!memcmp(second, third,
				((struct nlmsghdr *)second)->nlmsg_len),
			"another message: %s", saved);
	}
}

static void random_line(char *text, size_t size)
{
	size_t used = 0;

	text[0] = '\0';
	while (used + 40 < size && unit_below(20)) {
		if (unit_below(12) == 0)
			used += sprintf(text + used, "%c", 1 + unit_below(255));
		else
			used += sprintf(text + used, "%s%s", unit_below(9) ? " " : "",
				ONE_OF("route", "rule", "table", "set", "add",
				       "del", "move", "via", "dev", "from",
				       "to", "10.0.0.0/8", "::/0", "default",
				       "kernel", "lookup", "main", "id", "1",
				       "before", "at", "mark", "1/3", "ipproto",
				       "tcp", "dport", "1-2", "comment", "\"",
				       "\\", "#", "check-gateway", "ping",
				       "target", "1.1.1.1", "all", "any", "=",
				       "99999999999999999999", "-", "0x", "/",
				       "nexthop", "state", "dead", "replace"));
	}
}

/* Anything at all: no crash, and a problem is a clean sentence. */
static void test_garbage(void)
{
	static char message[MESSAGE];
	char text[512];
	const char *problem;
	unsigned int i;

	for (i = 0; i < 200000; i++) {
		random_line(text, sizeof(text));
		problem = command_message(text, message);
		REQUIRE(!problem || (problem[0] &&
			text_is_clean(problem, strlen(problem))),
			"%s: no clean sentence: %s", text, problem);
	}
}

/* ---- answers ---- */

static void random_nest(struct nlmsghdr *nlh, unsigned int depth);

/* An attribute of any size, often of the one that it should have. */
static void random_attribute(struct nlmsghdr *nlh, unsigned int depth)
{
	static const uint16_t sizes[] = { 0, 1, 2, 4, 4, 8, 16, 5 };
	uint16_t type = 1 + unit_below(32), size = sizes[unit_below(COUNT(sizes))], i;
	char bytes[16];

	for (i = 0; i < size; i++)
		bytes[i] = unit_below(3) ? unit_below(256) : unit_below(8);
	switch (unit_below(5)) {
	case 0:
		mnl_attr_put_strz(nlh, type, ONE_OF("wan1", "main", "", "x\"",
						    "\x1b[31m", "\xff"));
		break;
	case 1:
		if (depth < 2)
			random_nest(nlh, depth + 1);
		break;
	default:
		mnl_attr_put(nlh, type, size, bytes);
	}
}

static void random_nest(struct nlmsghdr *nlh, unsigned int depth)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, 1 + unit_below(32));
	unsigned int i, count = unit_below(12);

	for (i = 0; i < count; i++)
		random_attribute(nlh, depth);
	mnl_attr_nest_end(nlh, nest);
}

static void random_message(void *buf)
{
	struct nlmsghdr *nlh;
	unsigned int i, count = unit_below(40);

	memset(buf, 0, MESSAGE);
	nlh = mnl_nlmsg_put_header(buf);
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct genlmsghdr));
	for (i = 0; i < count; i++)
		random_attribute(nlh, 0);
}

static bool text_is_clean_lines(char *text)
{
	char *copy = strdup(text);
	bool same = !strcmp(text_tame_lines(copy), text);

	free(copy);
	return same;
}

/* A kernel of another version may answer what this one does not know. */
static void test_answers(void)
{
	static void (*const prints[])(struct ctl *, const struct nlattr **) = {
		table_print, route_print, rule_print, nexthop_print,
		settings_members,
	};
	const struct nlattr *a[WORDS_ATTRIBUTES];
	const struct question q = { .dst.family = AF_INET };
	static char message[MESSAGE];
	char text[ROUTE_TEXT];
	unsigned int i;
	size_t size;

	for (i = 0; i < 20000; i++) {
		char *output = NULL;
		struct ctl ctl = {
			.out.out = open_memstream(&output, &size),
			.out.json = i & 1, .out.pretty = i % 3 == 0,
			.out.room = i & 4 ? 40 + unit_below(100) : 0,
			.stats = i & 2,
		};
		struct answers answers = { .data = message, .count = 1 };
		const struct explanation e = {
			.ctl = &ctl, .q = &q, .rules = &answers,
		};

		random_message(message);
		answers.used = MNL_ALIGN(((struct nlmsghdr *)message)->nlmsg_len);
		attributes_read((struct nlmsghdr *)message, a,
				WORDS_ATTRIBUTES - 1);
		print_object_begin(&ctl.out, NULL);
		prints[i % COUNT(prints)](&ctl, a);
		print_object_end(&ctl.out);
		get_explain((struct nlmsghdr *)message, (void *)&e);
		/* The counters would be asked for. */
		ctl.stats = false;
		route_print_dump(&ctl, NULL, &answers);
		route_text(a, text);
		print_end(&ctl.out);
		fclose(ctl.out.out);
		CHECK(!strchr(output, '\x1b'), "an escape: %s", output);
		CHECK(text_is_clean_lines(output), "not clean: %s", output);
		CHECK(!ctl.out.json || json_valid(output), "no JSON: %s",
		      output);
		free(output);
	}
}

static const struct unit_test tests[] = {
	UNIT_TEST(test_round_trip),
	UNIT_TEST(test_garbage),
	UNIT_TEST(test_answers),
};

int main(int argc, char **argv)
{
	setenv("SEED", "20261124", 0);
	return unit_main(tests, ARRAY_SIZE(tests), argc, argv);
}
