// SPDX-License-Identifier: GPL-2.0
/*
 * ecmpctl top: what is drawn of samples that are made here, in every width.
 */
#include "cli/cli.h"
#include "text.h"
#include "top.h"

static char drawn[1 << 16];
static size_t width, widest;

static void put(void *data, enum color color, const char *text)
{
	(void)data;
	(void)color;
	strcat(drawn, text);
	width += text_width(text);
}

static void end(void *data)
{
	size_t used = strlen(drawn);

	(void)data;
	widest = width > widest ? width : widest;
	width = 0;
	while (used && drawn[used - 1] == ' ')
		drawn[--used] = '\0';
	strcat(drawn, "\n");
}

static const char *draw(struct top *top, size_t columns)
{
	const struct canvas canvas = {
		.columns = columns, .put = put, .end = end,
	};

	drawn[0] = '\0';
	width = widest = 0;
	top_sorted(top);
	top_draw(top, &canvas);
	return drawn;
}

/* Weights 2, 1 and 1; the second carries too much, the third is dead. */
static struct top_path paths[] = {
	{ .id = 1, .family = AF_INET, .gateway = "10.1.1.1", .device = "wan1",
	  .alive = true, .uplink = true, .active = true, .weight = 2, .pin = 1,
	  .known = true, .packet_rate = 12345, .bit_rate = 60000000,
	  .connections = 1203 },
	{ .id = 2, .family = AF_INET, .gateway = "10.1.2.1", .device = "wan2",
	  .alive = true, .uplink = true, .active = true, .weight = 1, .pin = 2,
	  .reason = ECMP_REASON_DRAIN,
	  .known = true, .packet_rate = 999, .bit_rate = 40000000,
	  .connections = 7 },
	{ .id = 3, .family = AF_INET, .gateway = "", .device = "ppp0",
	  .uplink = true, .weight = 1, .reason = ECMP_REASON_CHECK },
	{ .id = 4, .family = AF_INET6, .gateway = "fe80::1", .device = "wan1",
	  .alive = true, .active = true, .weight = 3, .known = true },
	{ .id = 5, .family = AF_INET, .gateway = "192.0.2.1", .device = "lan",
	  .alive = true },
};

static struct top made(void)
{
	struct top top = {
		.paths = COUNT(paths), .table = "ecmp", .enabled = true,
		.counted = true, .passed = 2000000,
	};

	top.path = malloc(sizeof(paths));
	memcpy(top.path, paths, sizeof(paths));
	return top;
}

static void test_screen(void)
{
	struct top top = made();

	CHECK_TEXT("80 columns", draw(&top, 80),
"3 of 4 paths alive, 13.3k packets/s, 100Mbit/s, 1210 connections\n"
"default routes of table ecmp, by path, over 2.0 s\n"
"\n"
"gateway   dev   state               packets/s  bits/s  conns    share of  weight\n"
"10.1.1.1  wan1  alive                   12.3k   60.0M   1203  60% of 67%  ###|..\n"
"10.1.2.1  wan2  draining                  999   40.0M      7  40% of 33%  #|....\n"
"          ppp0  dead: check failed          -       -\n"
"fe80::1   wan1  alive                       0       0         0% of 100%  .....|\n");
	CHECK_TEXT("72 columns: no connections", draw(&top, 72),
"3 of 4 paths alive, 13.3k packets/s, 100Mbit/s, 1210 connections\n"
"default routes of table ecmp, by path, over 2.0 s\n"
"\n"
"gateway   dev   state               packets/s  bits/s    share of\n"
"10.1.1.1  wan1  alive                   12.3k   60.0M  60% of 67%\n"
"10.1.2.1  wan2  draining                  999   40.0M  40% of 33%\n"
"          ppp0  dead: check failed          -       -\n"
"fe80::1   wan1  alive                       0       0  0% of 100%\n");
	draw(&top, 80);
	CHECK(widest <= 80, "%zu", widest);
	CHECK_TEXT("100 columns", draw(&top, 100),
"3 of 4 paths alive, 13.3k packets/s, 100Mbit/s, 1210 connections\n"
"default routes of table ecmp, by path, over 2.0 s\n"
"\n"
"gateway   dev   state               packets/s  bits/s  conns    share of  weight\n"
"10.1.1.1  wan1  alive                   12.3k   60.0M   1203  60% of 67%  ################|.........\n"
"10.1.2.1  wan2  draining                  999   40.0M      7  40% of 33%  ########|#................\n"
"          ppp0  dead: check failed          -       -\n"
"fe80::1   wan1  alive                       0       0         0% of 100%  .........................|\n");
	free(top.path);
}

/* All paths: no weights, and none is left out. */
static void test_all(void)
{
	struct top top = made();
	const char *text;

	top.table[0] = '\0';
	top.enabled = false;
	top.counted = false;
	text = draw(&top, 80);
	CHECK(strstr(text, "4 of 5 paths alive"), "%s", text);
	CHECK(strstr(text, ", ecmp is off\nall paths, by path,"), "%s", text);
	CHECK(strstr(text, "192.0.2.1  lan"), "%s", text);
	CHECK(!strchr(text, '%') && !strstr(text, "conn"), "%s", text);
	free(top.path);
}

/* Whatever the width, nothing is wider, and devices and rates stay longest. */
static void test_widths(void)
{
	struct top top = made();
	const char *text;
	size_t columns;

	for (columns = 1; columns <= 200; columns++) {
		text = draw(&top, columns);
		CHECK(widest <= columns, "%zu in %zu", widest, columns);
		CHECK(columns < 5 || strstr(text, "ppp0"), "%zu: %s", columns,
		      text);
		CHECK(columns < 50 || strstr(text, "12.3k"), "%zu: %s",
		      columns, text);
		CHECK(columns < 90 || strstr(text, "#|"), "%zu: %s", columns,
		      text);
	}
	free(top.path);
}

static size_t place(const char *text, const char *word)
{
	const char *at = strstr(text, word);

	CHECK(at, "no %s in %s", word, text);
	return at ? at - text : 0;
}

static void test_order(void)
{
	struct top top = made();
	const char *text;

	top.path[1].packet_rate = 20000;
	top.sort = SORT_PACKETS;
	text = draw(&top, 100);
	CHECK(place(text, "wan2") < place(text, "wan1"), "%s", text);
	top.sort = SORT_BITS;
	text = draw(&top, 100);
	CHECK(place(text, "wan1") < place(text, "wan2"), "%s", text);
	top.sort = SORT_DEV;
	text = draw(&top, 100);
	CHECK(place(text, "ppp0") < place(text, "wan1"), "%s", text);
	CHECK(place(text, "wan2") < place(text, "fe80::1"), "%s", text);
	free(top.path);
	top = made();
	top.path[1].connections = 2000;
	top.sort = SORT_CONNECTIONS;
	text = draw(&top, 100);
	CHECK(place(text, "  2000") < place(text, "  1203"), "%s", text);
	free(top.path);
}

static void test_rate_text(void)
{
	static const struct { uint64_t rate; const char *text; } rates[] = {
		{ 0, "0" }, { 999, "999" }, { 1000, "1.0k" },
		{ 12345, "12.3k" }, { 99949, "99.9k" }, { 99950, "100k" },
		{ 999499, "999k" }, { 999500, "1.0M" }, { 123456789, "123M" },
		{ UINT64_MAX, "18.4E" },
	};
	char buf[RATE_TEXT];
	unsigned int i;

	for (i = 0; i < COUNT(rates); i++)
		CHECK_TEXT(rates[i].text, rate_text(rates[i].rate, buf),
			   rates[i].text);
}

static void test_rates(void)
{
	struct top_path before[] = {
		{ .id = 1, .packets = 100, .bytes = 1000 },
		{ .id = 2, .packets = 100, .bytes = 100 },
		{ .id = 4, .packets = 10, .bytes = 1000 },
	};
	struct top_path now[] = {
		{ .id = 2, .packets = 50, .bytes = 500 },
		{ .id = 3, .packets = 50, .bytes = 500 },
		{ .id = 1, .packets = 101, .bytes = 2500 },
		{ .id = 4, .packets = 11, .bytes = 500 },
	};

	top_rates(now, 4, before, 3, 2000000);
	CHECK(!now[0].known && !now[3].known, "they count from the beginning");
	CHECK(!now[1].known, "it was not there before");
	CHECK(now[2].known && now[2].packet_rate == 1 &&
	      now[2].bit_rate == 6000, "%llu %llu",
	      (unsigned long long)now[2].packet_rate,
	      (unsigned long long)now[2].bit_rate);
	top_rates(now, 3, NULL, 0, 0);
	CHECK(!now[2].known, "there was nothing before");
}

static void test_tables(void)
{
	struct top top = { .tables = { "main", "ecmp" }, .table_count = 2 };

	top_next_table(&top);
	CHECK_TEXT("first", top.table, "main");
	top_next_table(&top);
	CHECK_TEXT("second", top.table, "ecmp");
	top_next_table(&top);
	CHECK_TEXT("then all", top.table, "");
	strcpy(top.table, "gone");
	top_next_table(&top);
	CHECK_TEXT("one that is gone", top.table, "");
}

static const struct unit_test tests[] = {
	UNIT_TEST(test_screen),
	UNIT_TEST(test_all),
	UNIT_TEST(test_widths),
	UNIT_TEST(test_order),
	UNIT_TEST(test_rate_text),
	UNIT_TEST(test_rates),
	UNIT_TEST(test_tables),
};
UNIT_MAIN(tests)
