// SPDX-License-Identifier: GPL-2.0
/*
 * ecmpctl: answers of the module by chance, as of another version of it. The
 * seed is fixed and told, so that a failure comes again; SEED=N is another.
 */
#include "cli/cli.h"
#include "get.h"
#include "route_text.h"
#include "save.h"
#include "show.h"
#include "text.h"

#define ATTRIBUTES	(NLMSG_HDRLEN + GENL_HDRLEN)

static void random_nest(struct nlmsghdr *nlh, unsigned int depth);

/* An attribute of any size, often of the one that it should have. */
static void random_attribute(struct nlmsghdr *nlh, unsigned int depth)
{
	static const uint16_t sizes[] = { 0, 1, 2, 4, 4, 8, 16, 5 };
	uint16_t size = sizes[unit_below(COUNT(sizes))], i;
	uint16_t type = 1 + unit_below(32);
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
	if (unit_below(4))
		return;
	/* Lengths and types that are wrong, too. */
	for (i = 1 + unit_below(4); i && nlh->nlmsg_len > ATTRIBUTES; i--)
		((uint8_t *)buf)[ATTRIBUTES + unit_below(nlh->nlmsg_len -
			ATTRIBUTES)] = unit_below(256);
}

static bool text_is_clean_lines(char *text)
{
	char *copy = strdup(text);
	bool same = !strcmp(text_tame_lines(copy), text);

	free(copy);
	return same;
}

/* What prints one object, and what prints many. */
static void (*const print_one[])(struct ctl *, const struct nlattr **) = {
	table_print, route_print, rule_print, nexthop_print, settings_members,
};

static void (*const print_many[])(struct ctl *, const char *,
				  const struct answers *) = {
	table_print_dump, route_print_dump, rule_print_dump,
	nexthop_print_dump,
};

static char message[MESSAGE], other[MESSAGE];

static struct answers two_answers(void)
{
	struct answers answers = { .data = NULL };

	random_message(message);
	random_message(other);
	answers_add(&answers, (struct nlmsghdr *)message);
	answers_add(&answers, (struct nlmsghdr *)other);
	return answers;
}

static struct ctl random_run(char **output, size_t *size)
{
	return (struct ctl) {
		.out.out = open_memstream(output, size),
		.out.json = unit_below(2), .out.pretty = unit_below(3) == 0,
		.out.room = unit_below(2) ? 40 + unit_below(100) : 0,
		.family = unit_below(3) ? AF_UNSPEC : AF_INET6,
	};
}

static void print_answers(struct ctl *ctl, const struct answers *answers)
{
	const struct question q = {
		.named = unit_below(1 << 12), .iif = "l\xff",
		.dst.family = unit_below(2) ? AF_INET : AF_INET6,
		.from.family = AF_INET,
	};
	const struct explanation e = { .ctl = ctl, .q = &q, .rules = answers };
	const struct nlmsghdr *nlh = answers_next(answers, NULL);
	const struct nlattr *a[WORDS_ATTRIBUTES];

	attributes_read(nlh, a, WORDS_ATTRIBUTES - 1);
	print_object_begin(&ctl->out, NULL);
	ctl->stats = unit_below(2);
	print_one[unit_below(COUNT(print_one))](ctl, a);
	/* The counters would be asked for. */
	ctl->stats = false;
	print_object_end(&ctl->out);
	get_explain(nlh, (void *)&e);
	print_many[unit_below(COUNT(print_many))](ctl, NULL, answers);
	((struct genlmsghdr *)mnl_nlmsg_get_payload(nlh))->cmd =
		unit_below(ECMP_CMD_MAX + 3);
	monitor_print(nlh, ctl);
	/* Which is text only. */
	if (!ctl->out.json)
		show_print_uplinks(ctl, answers, answers,
				   unit_below(2) ? SIZE_MAX : unit_below(4));
}

/* A kernel of another version may answer what this one does not know. */
static void test_answers(void)
{
	unsigned int i;

	quiet_begin();
	for (i = 0; i < 15000; i++) {
		struct answers answers = two_answers();
		char *output = NULL;
		size_t size;
		struct ctl ctl = random_run(&output, &size);

		print_answers(&ctl, &answers);
		print_end(&ctl.out);
		fclose(ctl.out.out);
		REQUIRE(!strchr(output, '\x1b'), "an escape: %s", output);
		REQUIRE(text_is_clean_lines(output), "not clean: %s", output);
		REQUIRE(!ctl.out.json || json_valid(output), "no JSON: %s",
			output);
		free(output);
		answers_free(&answers);
	}
	quiet_end();
}

/* What cannot be loaded again is told; here it is what nobody reads. */
static void test_saved_answers(void)
{
	unsigned int i;

	quiet_begin();
	for (i = 0; i < 5000; i++) {
		struct state s = { .settings = (struct nlmsghdr *)message };
		char *output = NULL;
		size_t size;
		struct ctl ctl = random_run(&output, &size);

		s.tables = two_answers();
		s.routes = two_answers();
		s.rules = two_answers();
		save_print(&ctl, &s);
		fclose(ctl.out.out);
		CHECK(text_is_clean_lines(output), "not clean: %s", output);
		free(output);
		answers_free(&s.tables);
		answers_free(&s.routes);
		answers_free(&s.rules);
	}
	quiet_end();
}

/* An acknowledgement with whatever behind it. */
static void random_refusal(struct nlmsghdr *nlh)
{
	size_t i, size = unit_below(200);
	uint8_t *payload;

	memset(nlh, 0, sizeof(*nlh));
	mnl_nlmsg_put_header(nlh);
	nlh->nlmsg_type = unit_below(2) ? NLMSG_ERROR : NLMSG_DONE;
	nlh->nlmsg_flags = unit_below(4) * NLM_F_CAPPED;
	payload = mnl_nlmsg_put_extra_header(nlh, size);
	for (i = 0; i < size; i++)
		payload[i] = unit_below(2) ? unit_below(256) : unit_below(4);
	if (size > 24 && unit_below(2))
		((struct nlmsgerr *)payload)->msg.nlmsg_len = unit_below(300);
}

static void test_refusals(void)
{
	/* So that the sanitizer sees what is read behind it. */
	struct nlmsghdr *nlh = malloc(NLMSG_HDRLEN + 200), *copy;
	struct refusal refusal;
	unsigned int i;

	for (i = 0; i < 50000; i++) {
		if (i % 16 == 0)
			random_message(message);
		random_refusal(nlh);
		copy = malloc(nlh->nlmsg_len);
		memcpy(copy, nlh, nlh->nlmsg_len);
		memset(&refusal, 0, sizeof(refusal));
		if (refusal_read(&refusal, copy, (struct nlmsghdr *)message))
			REQUIRE(strnlen(refusal.sentence,
					sizeof(refusal.sentence)) <
				sizeof(refusal.sentence));
		free(copy);
	}
	free(nlh);
}

/* One that ends before its command has none; nothing behind it is read. */
static void test_short_message(void)
{
	struct nlmsghdr *nlh = malloc(NLMSG_HDRLEN);
	char *output = NULL;
	size_t size;
	struct ctl ctl = random_run(&output, &size);

	mnl_nlmsg_put_header(nlh);
	CHECK(netlink_command(nlh) == ECMP_CMD_UNSPEC);
	monitor_print(nlh, &ctl);
	fclose(ctl.out.out);
	CHECK_TEXT("of a short message", output, "");
	free(output);
	free(nlh);
}

static const struct unit_test tests[] = {
	UNIT_TEST(test_answers),
	UNIT_TEST(test_saved_answers),
	UNIT_TEST(test_refusals),
	UNIT_TEST(test_short_message),
};

int main(int argc, char **argv)
{
	setenv("SEED", "20261124", 0);
	return unit_main(tests, ARRAY_SIZE(tests), argc, argv);
}
