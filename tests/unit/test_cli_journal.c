// SPDX-License-Identifier: GPL-2.0
/*
 * ecmpctl: entries for the journal hold what has room, each field whole.
 */
#include "cli/cli.h"
#include "journal.h"

static struct entry entry;

static bool is_field(int n, const char *expected)
{
	const struct iovec *field = &entry.field[n];

	return n < entry.count && field->iov_len == strlen(expected) &&
	       !memcmp(field->iov_base, expected, field->iov_len);
}

static void test_fields(void)
{
	memset(&entry, 0, sizeof(entry));
	entry_add(&entry, "MESSAGE", "%s dev %s", "10.1.1.1", "wan1");
	entry_add(&entry, "PRIORITY", "%d", 4);
	entry_add(&entry, "ECMP_COMMENT", "%s", "");
	CHECK(is_field(0, "MESSAGE=10.1.1.1 dev wan1"));
	CHECK(is_field(1, "PRIORITY=4"));
	CHECK(is_field(2, "ECMP_COMMENT="));
	CHECK(entry.count == 3, "%d", entry.count);
}

/* What does not fit leaves what came before, and room for what is shorter. */
static void test_full(void)
{
	static char value[ENTRY_ROOM + 1];
	int i;

	memset(&entry, 0, sizeof(entry));
	memset(value, 'x', ENTRY_ROOM);
	entry_add(&entry, "A", "%s", value);
	CHECK(!entry.count && !entry.used, "%d", entry.count);
	value[ENTRY_ROOM - 3] = '\0';
	entry_add(&entry, "A", "%s", value);
	CHECK(entry.count == 1 && entry.field[0].iov_len == ENTRY_ROOM - 1);
	entry_add(&entry, "B", "%s", "1");
	entry_add(&entry, "CCCCCCCC", "%s", "");
	CHECK(entry.count == 1, "%d", entry.count);

	memset(&entry, 0, sizeof(entry));
	for (i = 0; i < ENTRY_FIELDS + 5; i++)
		entry_add(&entry, "N", "%d", i);
	CHECK(entry.count == ENTRY_FIELDS, "%d", entry.count);
	CHECK(is_field(ENTRY_FIELDS - 1, "N=23"));
}

/* This is built without libsystemd. */
static void test_absent(void)
{
	struct ctl ctl = { .out.out = stdout };

	quiet_begin();
	CHECK(journal_open(&ctl));
	quiet_end();
}

static const struct unit_test tests[] = {
	UNIT_TEST(test_fields),
	UNIT_TEST(test_full),
	UNIT_TEST(test_absent),
};
UNIT_MAIN(tests)
