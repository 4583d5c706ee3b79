// SPDX-License-Identifier: GPL-2.0
/*
 * ecmpctl: words, lines and files by chance, or good ones with mistakes in
 * them. The seed is fixed and told, so that a failure comes again; SEED=N is
 * another.
 */
#include "cli/cli.h"
#include "get.h"
#include "rtnetlink.h"
#include "session.h"
#include "text.h"

static char message[MESSAGE], again[MESSAGE];

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
	char text[4096], saved[8192], resaved[8192];
	const char *problem;
	unsigned int i;

	for (i = 0; i < 10000; i++) {
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
		message_text((struct nlmsghdr *)second, resaved);
		command_message(resaved, third);
		CHECK_TEXT("saved again", resaved, saved);
		REQUIRE(!memcmp(second, third,
				((struct nlmsghdr *)second)->nlmsg_len),
			"another message: %s", saved);
	}
}

/* ---- mistakes ---- */

#define LINE_ROOM	140000
#define LONG_RUN	70000
/* The most that a batch has room for; and of an attribute, a comment's NUL. */
#define FILE_MESSAGE	(8 << 10)
#define LONGEST		(ECMP_COMMENT_MAX + 1)

/* Each command of the grammar, with all that it can have. */
static const char *const corpus[] = {
	"table add ecmp kernel 100 hash-policy l4 balance hash failback soft",
	"table set main hash-policy inherit",
	"table del ecmp",
	"route add default via 10.1.1.1 dev wan1 table ecmp distance 2",
	"route add 10.0.0.0/8 via 10.1.1.1 dev wan1 onlink table t distance 255 weight 256 check-gateway ping target 1.1.1.1 8.8.8.8 all pref-src 10.1.1.2 disabled comment \"a \\\"b\\\" \\\\ #\"",
	"route add 2001:db8::/32 via fe80::1 dev \"w\\x1b\\xff\" table ecmp",
	"-6 route replace default via kernel dev wan1",
	"route add blackhole 10.0.0.0/8 distance 3",
	"route set 10.0.0.0/8 via 10.1.1.1 onlink no disabled yes comment \"\"",
	"route del unreachable ::/0",
	"route enable default via fe80::1 dev wan1",
	"route flush table ecmp",
	"route show table ecmp 2001:db8::/32",
	"rule add from 10.0.0.0/8 to 10.1.0.0/16 iif lan10 mark 17/0xff ipproto tcp sport 1-65535 dport 443 dscp 46 lookup-only-in-table ecmp min-prefix 24 before id 7 disabled comment x",
	"rule add from 2001:db8::/32 to ::1 ipproto ipv6-icmp lookup main min-prefix 128 after \"a b\"",
	"-6 rule add ipproto 253 unreachable at 4294967295",
	"rule set \"a b\" from any mark none lookup main min-prefix any",
	"rule del 0 1 id 2 \"a b\"",
	"rule move 3 before id 4",
	"rule disable id 5",
	"rule enable aComment",
	"nexthop set fe80::1 dev wan1 state dead",
	"-6 nexthop set dev ppp0 pin-id 17",
	"set enabled no hash-policy l4 hash-seed 0xffffffffffffffff pin none",
	"set check-gateway-interval 100ms check-gateway-timeout 10m check-gateway-count 255 check-gateway-up-count 3",
	"get 2001:db8::1 from 2001:db8:1::5 iif lan10 ipproto tcp sport 1 dport 65535 mark 0x10 dscp 63 flowlabel 0xfffff",
};

static const char *const dictionary[] = {
	" ", "\t", "\"", "\\", "\\x", "\\x1b", "\\xff", "#", "/", "-", ":",
	"::", "%wan1", ".", "=", "0", "1", "32", "33", "128", "129", "255",
	"256", "65535", "65536", "4294967296", "18446744073709551616", "0x",
	"0xffffffff", "-1", "+1", "any", "none", "no", "yes", "all", "id",
	"default", "kernel", "via", "dev", "table", "main", "comment",
	"10.0.0.0/8", "::/0", "fe80::1", "1.2.3.4.5", "ffff:", "rule",
	"route", "add", "help", "-4", "-6", "\r", "\xc3", "\xa9", "\xc2\x9b",
	"\xed\xa0\x80", "\xf0\x9f\x98\x80", "\xef\xbb\xbf", "\x7f", "\x01",
};

struct text {
	char	at[LINE_ROOM];
	size_t	size;
};

static void text_insert(struct text *t, size_t where, const char *what,
			size_t size)
{
	if (t->size + size > sizeof(t->at) - 1)
		return;
	memmove(t->at + where + size, t->at + where, t->size - where);
	memcpy(t->at + where, what, size);
	t->size += size;
}

static void mistake(struct text *t)
{
	size_t where = unit_below(t->size + 1), left = t->size - where;
	size_t size, i;
	static char run[LONG_RUN];
	const char *word;
	char byte;

	switch (unit_below(7)) {
	case 0:
		if (left)
			t->at[where] = unit_below(256);
		return;
	case 1:
		byte = unit_below(256);
		text_insert(t, where, &byte, 1);
		return;
	case 2:
		size = left ? 1 + unit_below(left < 8 ? left : 8) : 0;
		memmove(t->at + where, t->at + where + size, left - size);
		t->size -= size;
		return;
	case 3:		/* something again */
		size = unit_below(left < 40 ? left + 1 : 40);
		memcpy(run, t->at + where, size);
		text_insert(t, unit_below(t->size + 1), run, size);
		return;
	case 4:		/* the end of another */
		word = corpus[unit_below(COUNT(corpus))];
		word += unit_below(strlen(word));
		t->size = where;
		text_insert(t, where, word, strlen(word));
		return;
	case 5:		/* very long */
		if (unit_below(40))
			return;
		size = unit_below(2) ? 1 + unit_below(600) :
				       1 + unit_below(LONG_RUN);
		memset(run, unit_below(8) ? 'a' : 1 + unit_below(255), size);
		if (unit_below(2))	/* very many */
			for (i = 0; i < size && i < 1200; i += 2)
				run[i] = ' ';
		text_insert(t, where, run, size);
		return;
	default:
		word = dictionary[unit_below(COUNT(dictionary))];
		text_insert(t, where, word, strlen(word));
	}
}

static void random_text(struct text *t)
{
	const char *start = corpus[unit_below(COUNT(corpus))];
	unsigned int i;

	t->size = 0;
	if (unit_below(8))
		text_insert(t, 0, start, strlen(start));
	for (i = unit_below(8); i; i--)
		mistake(t);
	t->at[t->size] = '\0';
}

static bool is_sentence(const char *problem)
{
	return problem[0] && strlen(problem) < 511 &&
	       text_is_clean(problem, strlen(problem));
}

/* The words, as text_quote() writes them, are the same words again. */
static bool same_words(const struct line *line, const struct text *t)
{
	static char text[4 * LINE_ROOM + 4 * LINE_WORDS];
	struct file file = { .text = text };
	struct line copy;
	bool same = true;
	unsigned int i;

	/* A blank first: the mark at the start of a file is no word. */
	for (i = 0; i < line->count; i++) {
		text[file.size++] = ' ';
		text_quote(line->word[i], text + file.size,
			   sizeof(text) - file.size);
		file.size += strlen(text + file.size);
	}
	line_init(&copy, &file);
	if (line->count)
		line_next(&copy, &file);
	same = CHECK(!copy.problem && copy.count == line->count,
		     "%.300s: %.300s: %.300s", t->at, text, copy.problem);
	for (i = 0; same && i < line->count; i++)
		same = CHECK(!strcmp(copy.word[i], line->word[i]), "%.300s: %.300s",
			     copy.word[i], line->word[i]);
	line_free(&copy);
	return same;
}

/* Lines are split, with or without a sentence; no line is lost. */
static bool check_splitter(const struct text *t)
{
	/* Of its own size, so that the sanitizer sees its end. */
	struct file file = { .name = "random", .size = t->size };
	unsigned int lines, counted;
	struct line line;
	size_t at, ends;
	bool good = true;

	file.text = malloc(t->size + !t->size);
	memcpy(file.text, t->at, t->size);
	good = CHECK(!line_init(&line, &file));
	for (lines = 0; good && line_next(&line, &file); lines++)
		good = line.problem ? CHECK(is_sentence(line.problem)) :
				      same_words(&line, t);
	for (at = ends = 0; at < t->size; at++)
		ends += t->at[at] == '\n';
	counted = ends + (t->size && t->at[t->size - 1] != '\n');
	if (good && (t->size < 3 || memcmp(t->at, "\xef\xbb\xbf", 3)))
		good = CHECK(lines == counted && line.number == counted,
			     "%u lines, not %u: %.300s", lines, counted, t->at);
	line_free(&line);
	free(file.text);
	return good;
}

static void test_splitter(void)
{
	static struct text t;
	unsigned int i;

	for (i = 0; i < 30000; i++) {
		random_text(&t);
		if (unit_below(2))
			text_insert(&t, unit_below(t.size + 1), "\n", 1);
		if (!check_splitter(&t))
			return;
	}
}

/* No attribute is longer than it may be, those of nests neither. */
static bool is_short(const struct nlmsghdr *nlh)
{
	const struct nlattr *attr, *member;

	netlink_attributes(attr, nlh) {
		if (!(attr->nla_type & NLA_F_NESTED)) {
			if (!CHECK(mnl_attr_get_payload_len(attr) <= LONGEST))
				return false;
			continue;
		}
		mnl_attr_for_each_nested(member, attr)
			if (!CHECK(mnl_attr_get_payload_len(member) <= LONGEST))
				return false;
	}
	return true;
}

/* What can be saved is taken again, and means the same. */
static bool saved_again(const char *text)
{
	struct nlmsghdr *nlh = (struct nlmsghdr *)message;
	char saved[COMMAND_TEXT], second[COMMAND_TEXT];
	const char *problem;

	if (!(nlh->nlmsg_flags & NLM_F_CREATE) ||
	    (nlh->nlmsg_type != ECMP_CMD_ROUTE_NEW &&
	     nlh->nlmsg_type != ECMP_CMD_RULE_NEW))
		return true;
	message_text(nlh, saved);
	problem = command_message(saved, again);
	if (problem)
		return CHECK(false, "%.300s: %.300s: %.300s", text, saved, problem);
	message_text((struct nlmsghdr *)again, second);
	return CHECK(!strcmp(saved, second), "%.300s\n#   %.300s\n#   %.300s", text, saved,
		     second);
}

/* Commands that do not change anything: they read no more than their words. */
static bool other_commands(const struct line *line)
{
	struct route_request filter;
	struct question q;
	struct words words;

	memset(&filter, 0, sizeof(filter));
	memset(&q, 0, sizeof(q));
	words_init(&words, line->word, line->count);
	if (words_match(&words, "get")) {
		if (!get_parse(&words, &q))
			return CHECK(is_sentence(words.problem), "%.300s",
				     words.problem);
		return CHECK(!(q.named & BIT(ECMP_A_LOOKUP_FROM)) ||
			     q.from.family == q.dst.family);
	}
	if (words_match(&words, "route") && words_match(&words, "show") &&
	    !route_parse_show(&words, &filter))
		return CHECK(is_sentence(words.problem), "%.300s", words.problem);
	return true;
}

/* A line of a file, by the way that load and save take. */
static bool file_line(const struct line *line)
{
	static struct words words;
	struct request request;
	struct nlmsghdr *nlh;

	if (command_read(line, &words, &request)) {
		nlh = message_begin(again, request.command);
		request.put(nlh, &request);
		return CHECK(nlh->nlmsg_len <= FILE_MESSAGE, "%u bytes",
			     nlh->nlmsg_len);
	}
	return CHECK(is_sentence(words.problem), "%.300s", words.problem);
}

/* What a line comes to: a message that can be saved again, or a sentence. */
static bool check_command(const struct text *t, bool *accepted)
{
	struct file file = { .text = (char *)t->at, .size = t->size };
	const char *problem = command_message_n(t->at, t->size, message);
	struct line line;
	bool good;

	*accepted = !problem;
	if (problem)
		good = CHECK(is_sentence(problem), "%.300s: no sentence: %.300s",
			     t->at, problem);
	else
		good = is_short((struct nlmsghdr *)message) &&
		       saved_again(t->at);
	line_init(&line, &file);
	while (good && line_next(&line, &file))
		if (!line.problem && line.count)
			good = other_commands(&line) && file_line(&line);
	line_free(&line);
	return good;
}

static void test_mistakes(void)
{
	unsigned int i, good = 0;
	static struct text t;
	bool accepted;

	for (i = 0; i < 60000; i++) {
		random_text(&t);
		if (!check_command(&t, &accepted))
			return;
		good += accepted;
	}
	/* Mistakes everywhere would test nothing behind the first word. */
	CHECK(good > 60000 / 20, "only %u good ones", good);
}

/* ---- values ---- */

static void value_address(struct words *words)
{
	char text[ADDRESS_TEXT], second[ADDRESS_TEXT];
	struct address address, same;

	if (!words_address(words, &address))
		return;
	address_text(&address, text);
	CHECK(address_parse(text, &same) && address_equal(&address, &same),
	      "%.300s: %.300s", words->word[0], address_text(&same, second));
}

static void value_prefix(struct words *words)
{
	const char *word[1];
	struct prefix prefix, same;
	char text[ADDRESS_TEXT];
	struct words reader;

	if (!words_prefix(words, &prefix))
		return;
	word[0] = prefix_text(&prefix, text);
	words_init(&reader, word, 1);
	CHECK(words_prefix(&reader, &same) && same.length == prefix.length &&
	      address_equal(&same.address, &prefix.address), "%.300s: %.300s",
	      words->word[0], text);
}

static void value_number(struct words *words)
{
	uint64_t least = unit_below(3), most = least + unit_below(70000);
	uint64_t number;

	if (words_number(words, "a number", least, most, &number))
		CHECK(number >= least && number <= most, "%.300s", words->word[0]);
}

static void value_ports(struct words *words)
{
	uint16_t min, max;

	if (words_ports(words, &min, &max))
		CHECK(min && min <= max, "%.300s", words->word[0]);
}

static void value_mark(struct words *words)
{
	uint32_t mark, mask;

	if (words_mark(words, &mark, &mask))
		CHECK(!(mark & ~mask), "%.300s", words->word[0]);
}

static void value_protocol(struct words *words)
{
	const struct name *name;
	char text[PROTOCOL_TEXT];
	uint8_t protocol;

	if (!words_protocol(words, &protocol))
		return;
	protocol_text(protocol, text);
	name = name_find(ip_protocols, text);
	CHECK(name ? name->value == protocol : atoi(text) == protocol,
	      "%.300s: %.300s", words->word[0], text);
}

static void value_device(struct words *words)
{
	char quoted[1 + TEXT_QUOTED(16)] = " ";
	struct file file = { .text = quoted };
	struct line line;
	const char *name;

	if (!words_device(words, &name))
		return;
	CHECK(name[0] && strlen(name) < 16 && !strpbrk(name, "/: \t\n"));
	text_quote(name, quoted + 1, sizeof(quoted) - 1);
	CHECK(text_is_clean(quoted, strlen(quoted)));
	file.size = strlen(quoted);
	line_init(&line, &file);
	CHECK(line_next(&line, &file) && line.count == 1 &&
	      !strcmp(line.word[0], name), "%.300s", quoted);
	line_free(&line);
}

static void value_table(struct words *words)
{
	char quoted[64];
	const char *name;

	if (words_table(words, &name))
		CHECK(!strcmp(text_quote(name, quoted, sizeof(quoted)), name),
		      "%.300s", name);
}

static void value_comment(struct words *words)
{
	const char *comment;

	if (words_comment(words, &comment))
		CHECK(strlen(comment) <= ECMP_COMMENT_MAX &&
		      text_is_clean(comment, strlen(comment)));
}

static void value_session(struct words *words)
{
	struct session session;
	char text[256];

	snprintf(text, sizeof(text), "%.60s %u %s %.30s", words->word[0],
		 unit_below(70000), ONE_OF("::1", "10.1.1.1", "fe80::1%a"),
		 words->word[0]);
	if (session_parse(unit_below(2) ? text : words->word[0], &session))
		CHECK(session.client.family == session.server.family);
	words_fail(words, 0, "\"%s\"", words->word[0]);
}

static void (*const values[])(struct words *words) = {
	value_address, value_prefix, value_number, value_ports, value_mark,
	value_protocol, value_device, value_table, value_comment,
	value_session,
};

/* One value, often nearly a good one. */
static void random_value(struct text *t)
{
	unsigned int i;

	t->size = 0;
	for (i = 1 + unit_below(4); i; i--) {
		const char *word = dictionary[unit_below(COUNT(dictionary))];

		if (!unit_below(3))
			word = ONE_OF("10.1.2.0", "2001:db8::", "/24", "/0",
				      "::ffff:1.2.3.4", "0x1f", "/0xff", "80",
				      "-443", "tcp", "wan1", "a", "ecmp",
				      "10.0.0.1/24", "2001:db8::1/64");
		text_insert(t, t->size, word, strlen(word));
	}
	for (i = unit_below(3); i; i--)
		mistake(t);
	t->at[t->size] = '\0';
}

static bool check_value(const char *text, unsigned int which)
{
	/* Of its own size, so that the sanitizer sees its end. */
	const char *word[1] = { strdup(text) };
	struct words words;
	bool good;

	words_init(&words, word, 1);
	values[which](&words);
	good = CHECK(!words.problem[0] || is_sentence(words.problem), "%.300s",
		     words.problem);
	free((char *)word[0]);
	return good;
}

static void test_values(void)
{
	static struct text t;
	unsigned int i;

	for (i = 0; i < 100000; i++) {
		random_value(&t);
		check_value(t.at, i % COUNT(values));
	}
}

/* ---- text ---- */

static char *without_blanks(char *text)
{
	char *to = text, *from;

	for (from = text; *from; from++)
		if (*from != ' ' && *from != '\n')
			*to++ = *from;
	*to = '\0';
	return text;
}

/* Broken at any width no letter is lost, and only long words stick out. */
static void test_wrapping(void)
{
	static struct text t;
	unsigned int i;

	for (i = 0; i < 20000; i++) {
		size_t width = 1 + unit_below(30), size;
		char *wrapped = NULL, *whole, *at;
		FILE *out = open_memstream(&wrapped, &size);
		const char *rest;

		random_text(&t);
		t.at[t.size < 400 ? t.size : 400] = '\0';
		whole = text_tame(strdup(t.at));
		text_wrap(out, whole, width, 4);
		fclose(out);
		for (rest = whole, at = t.at; *rest;) {
			const char *piece = rest;

			size = text_fit(piece, width, &rest);
			REQUIRE(size && (text_width_of(piece, size) <= width ||
					 width == 1), "%.300s", piece);
			memcpy(at, piece, size);
			at += size;
		}
		*at = '\0';
		without_blanks(whole);
		CHECK(!strcmp(without_blanks(t.at), whole), "%.300s: %.300s", t.at,
		      whole);
		CHECK(!strcmp(without_blanks(wrapped), whole), "%.300s: %.300s",
		      wrapped, whole);
		free(whole);
		free(wrapped);
	}
}

static const struct unit_test tests[] = {
	UNIT_TEST(test_round_trip),
	UNIT_TEST(test_splitter),
	UNIT_TEST(test_mistakes),
	UNIT_TEST(test_values),
	UNIT_TEST(test_wrapping),
};

int main(int argc, char **argv)
{
	setenv("SEED", "20261124", 0);
	return unit_main(tests, ARRAY_SIZE(tests), argc, argv);
}
