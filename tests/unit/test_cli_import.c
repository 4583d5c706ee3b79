// SPDX-License-Identifier: GPL-2.0
/*
 * ecmpctl import routeros: small exports, the configuration that comes out, and
 * what is told. The addresses are those of documentation.
 */
#include "cli/import.h"
#include "text.h"

/**
 * struct example - an export and what must come of it
 * @name: what it is about
 * @options: as of import_text()
 * @text: the export
 * @config: the configuration, without comments; "": none
 * @told: the remarks
 */
static const struct example {
	const char	*name;
	const char	*options;
	const char	*text;
	const char	*config;
	const char	*told;
} examples[] = {
#include "cli/import_language.h"
#include "cli/import_routing.h"
#include "cli/import_beside.h"
};

static const struct example *find_example(const char *name)
{
	unsigned int i = 0;

	while (strcmp(examples[i].name, name))
		i++;
	return &examples[i];
}

static void test_examples(void)
{
	struct imported got;
	unsigned int i;

	for (i = 0; i < COUNT(examples); i++) {
		const struct example *e = &examples[i];

		import_text(&got, e->text, strlen(e->text), e->options);
		CHECK_TEXT(e->name, got.config, e->config);
		CHECK_TEXT(e->name, got.told, e->told);
		CHECK(!strstr(e->told, " mistake: ") == (got.whole[0] != '\0'),
		      "%s: a mistake leaves nothing, only a mistake does",
		      e->name);
		imported_free(&got);
	}
}

/* The three forms of "export" are one router. */
static void test_forms(void)
{
	const char *terse = find_example("terse")->config;

	CHECK_TEXT("compact", find_example("compact")->config, terse);
	CHECK_TEXT("verbose", find_example("verbose")->config, terse);
}

static char *with_newlines(const char *text, const char *newline)
{
	char *copy = malloc(2 * strlen(text) + 1), *to = copy;

	for (; *text; text++)
		to = *text == '\n' ? stpcpy(to, newline) : (*to = *text, to + 1);
	*to = '\0';
	return copy;
}

/* LF, CRLF and CR are the same, and a mark at the beginning is nothing. */
static void check_newlines(const struct example *e, const char *newline)
{
	char *text = with_newlines(e->text, newline);
	size_t size = strlen(text);
	char *marked = malloc(size + 4);
	struct imported got;

	sprintf(marked, "\xef\xbb\xbf%s", text);
	import_text(&got, marked, size + 3, e->options);
	CHECK_TEXT(e->name, got.config, e->config);
	CHECK_TEXT(e->name, got.told, e->told);
	imported_free(&got);
	free(marked);
	free(text);
}

static void test_newlines(void)
{
	unsigned int i;

	for (i = 0; i < COUNT(examples); i++) {
		check_newlines(&examples[i], "\n");
		check_newlines(&examples[i], "\r\n");
		check_newlines(&examples[i], "\r");
	}
}

/* "load" takes each line, and "save" would write it so. */
static void check_line(const char *name, const char *line, size_t length)
{
	static char message[MESSAGE];
	char text[COMMAND_TEXT], same[COMMAND_TEXT];
	const char *problem;

	snprintf(text, sizeof(text), "%.*s", (int)length, line);
	problem = command_message(text, message);
	if (problem) {
		CHECK_TEXT(name, text, problem);
		return;
	}
	if (!strstr(text, "route add ") && !strstr(text, "rule add "))
		return;
	message_text((struct nlmsghdr *)message, same);
	CHECK_TEXT(name, text, same);
}

static void test_lines(void)
{
	unsigned int i, lines = 0;
	const char *at;
	size_t length;

	for (i = 0; i < COUNT(examples); i++) {
		check_config(examples[i].config);
		for (at = examples[i].config; *at; at += length + 1, lines++) {
			length = strcspn(at, "\n");
			check_line(examples[i].name, at, length);
		}
	}
	CHECK(lines > 80, "%u lines", lines);
}

/* What is not as it was stands in the file, in comments of 79 columns. */
static void test_comments(void)
{
	const struct example *e = find_example("rules");
	struct imported got;
	const char *at;
	size_t length;

	import_text(&got, e->text, strlen(e->text), e->options);
	CHECK(strstr(got.whole, "# From RouterOS: x\n"));
	CHECK(strstr(got.whole, "\n# Line 14: this rule is left out"));
	for (at = got.whole; *at; at += length + 1) {
		length = strcspn(at, "\n");
		CHECK(*at != '#' || length < 80, "%.*s", (int)length, at);
	}
	imported_free(&got);
	e = find_example("sections in any order");
	import_text(&got, e->text, strlen(e->text), e->options);
	CHECK(strstr(got.whole, "/ip firewall nat 1, /system script 1\n"),
	      "%s", got.whole);
	imported_free(&got);
	/* What there is to do comes before what is not looked at. */
	e = find_example("PCC");
	import_text(&got, e->text, strlen(e->text), e->options);
	at = strstr(got.whole, "\n# Line 7: mangle marks");
	CHECK(at && strstr(at, "\n# Not of routing"), "%s", got.whole);
	imported_free(&got);
}

/* A comment of any length fits, whole characters of it. */
static void test_long_comment(void)
{
	struct imported got;
	char text[1024];
	unsigned int i;

	for (i = 250; i < 262; i++) {
		sprintf(text, "/ip route\nadd gateway=192.0.2.1 comment=\"%*s",
			(int)i, "");
		memset(strchr(text, '\"') + 1, 'x', i);
		strcat(text, "\xc3\xa9\"\n");
		import_text(&got, text, strlen(text), "");
		CHECK(text_is_utf8(got.config, strlen(got.config)));
		CHECK((strstr(got.told, "cut off") != NULL) == (i + 2 > 255),
		      "%u: %s", i, got.told);
		check_line("a long comment", got.config,
			   strcspn(got.config, "\n"));
		imported_free(&got);
	}
}

/* No text: UTF-16, or a zero byte somewhere. */
static void test_zero(void)
{
	static const char escaped[] = "/ip route\nadd comment=\"\\00\" gateway=192.0.2.1";
	static const char utf16[] = "\xff\xfe/\0i\0p\0";
	struct imported got;

	import_text(&got, utf16, sizeof(utf16) - 1, "");
	CHECK_TEXT("UTF-16", got.told, "1 mistake: there is a zero byte: this is no text, or UTF-16, and must be UTF-8 or ASCII\n");
	imported_free(&got);
	import_text(&got, "/ip route\nadd\0", 14, "");
	CHECK(!strncmp(got.told, "2 mistake: there is a zero byte", 31), "%s",
	      got.told);
	imported_free(&got);
	import_text(&got, escaped, strlen(escaped), "");
	CHECK_TEXT("escaped", got.told, "2 mistake: \"comment\": there is a zero byte in this value\n");
	imported_free(&got);
}

static void test_empty(void)
{
	struct imported got;

	import_text(&got, "", 0, "");
	CHECK_TEXT("nothing", got.whole, "# From RouterOS: x\n");
	CHECK_TEXT("nothing", got.told, "");
	imported_free(&got);
}

static const struct unit_test tests[] = {
	UNIT_TEST(test_examples),
	UNIT_TEST(test_forms),
	UNIT_TEST(test_newlines),
	UNIT_TEST(test_lines),
	UNIT_TEST(test_comments),
	UNIT_TEST(test_long_comment),
	UNIT_TEST(test_zero),
	UNIT_TEST(test_empty),
};
UNIT_MAIN(tests)
