// SPDX-License-Identifier: GPL-2.0
/*
 * ecmpctl: tables and JSON.
 */
#include "cli/cli.h"

/* ---- tables and JSON ---- */

static const struct column columns[] = {
	{ "name", false }, { "never", false }, { "number", true },
	{ "rest", false },
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
	fclose(p.out);
	for (i = 0; i < size; i++)
		lines_printed += text[i] == '\n';
	CHECK(lines_printed == 10001, "%zu lines", lines_printed);
	free(text);
}

static const struct unit_test tests[] = {
	UNIT_TEST(test_print),
	UNIT_TEST(test_long_table),
};

UNIT_MAIN(tests)
