// SPDX-License-Identifier: GPL-2.0
#include <string.h>
#include <sys/socket.h>

#include "ecmpctl.h"

static bool hash_policy(struct words *words, void *object)
{
	struct table_request *t = object;

	t->named |= BIT(ECMP_A_TABLE_HASH_POLICY);
	if (!words_choice(words, hash_policies, &t->hash_policy))
		return false;
	words_from(words, ECMP_A_TABLE_HASH_POLICY);
	return true;
}

static bool balance(struct words *words, void *object)
{
	struct table_request *t = object;

	t->named |= BIT(ECMP_A_TABLE_BALANCE);
	if (!words_choice(words, balances, &t->balance))
		return false;
	words_from(words, ECMP_A_TABLE_BALANCE);
	return true;
}

static bool failback(struct words *words, void *object)
{
	struct table_request *t = object;

	t->named |= BIT(ECMP_A_TABLE_FAILBACK);
	if (!words_choice(words, failbacks, &t->failback))
		return false;
	words_from(words, ECMP_A_TABLE_FAILBACK);
	return true;
}

static bool kernel_id(struct words *words, void *object)
{
	struct table_request *t = object;

	t->named |= BIT(ECMP_A_TABLE_KERNEL_ID);
	if (!words_number(words, "the number of a kernel table", 1, UINT32_MAX,
			  &t->kernel_id))
		return false;
	words_from(words, ECMP_A_TABLE_KERNEL_ID);
	return true;
}

static const struct keyword table_keywords[] = {
	{ "hash-policy", hash_policy },
	{ "balance", balance },
	{ "failback", failback },
	{ "kernel", kernel_id },
	{ NULL, NULL }
};

static void table_put(struct nlmsghdr *nlh, const struct request *request)
{
	const struct table_request *t = &request->table;

	mnl_attr_put_strz(nlh, ECMP_A_TABLE_NAME, t->name);
	if (t->named & BIT(ECMP_A_TABLE_HASH_POLICY))
		mnl_attr_put_u8(nlh, ECMP_A_TABLE_HASH_POLICY, t->hash_policy);
	if (t->named & BIT(ECMP_A_TABLE_BALANCE))
		mnl_attr_put_u8(nlh, ECMP_A_TABLE_BALANCE, t->balance);
	if (t->named & BIT(ECMP_A_TABLE_FAILBACK))
		mnl_attr_put_u8(nlh, ECMP_A_TABLE_FAILBACK, t->failback);
	if (t->named & BIT(ECMP_A_TABLE_KERNEL_ID))
		mnl_attr_put_u32(nlh, ECMP_A_TABLE_KERNEL_ID, t->kernel_id);
}

static bool table_name(struct words *words, struct request *request,
		       uint8_t command, uint16_t flags)
{
	request->command = command;
	request->flags = flags;
	request->put = table_put;
	/* "main" may be set, though it is never added. */
	if (!words_both_families(words) ||
	    !words_table(words, &request->table.name))
		return false;
	words_from(words, ECMP_A_TABLE_NAME);
	return true;
}

/**
 * table_parse_add - table add NAME ...
 * @words: after the verb
 * @request: where it goes
 */
bool table_parse_add(struct words *words, struct request *request)
{
	return table_name(words, request, ECMP_CMD_TABLE_NEW,
			  NLM_F_CREATE | NLM_F_EXCL) &&
	       words_keywords(words, table_keywords, &request->table);
}

/**
 * table_parse_set - table set NAME ...
 * @words: after the verb
 * @request: where it goes
 */
bool table_parse_set(struct words *words, struct request *request)
{
	if (!table_name(words, request, ECMP_CMD_TABLE_NEW, NLM_F_REPLACE))
		return false;
	if (!words_left(words))
		return words_fail(words, words->next,
				  "say what to set: hash-policy l3, l4, l3-inner, src or inherit; balance hash, per-packet, round-robin or round-robin-flow; failback soft or hard");
	return words_keywords(words, table_keywords, &request->table);
}

/**
 * table_parse_del - table del NAME
 * @words: after the verb
 * @request: where it goes
 */
bool table_parse_del(struct words *words, struct request *request)
{
	return table_name(words, request, ECMP_CMD_TABLE_DEL, 0) &&
	       words_end(words);
}

enum {
	C_NAME, C_FOLLOWS, C_HASH, C_BALANCE, C_FAILBACK, C_ROUTES4, C_ROUTES6,
	C_RULES, C_PACKETS, C_BYTES, C_COUNT
};

static const struct column columns[C_COUNT] = {
	[C_NAME]	= { .title = "table" },
	[C_FOLLOWS]	= { .title = "kernel" },
	[C_HASH]	= { .title = "hash-policy" },
	[C_BALANCE]	= { .title = "balance" },
	[C_FAILBACK]	= { .title = "failback" },
	[C_ROUTES4]	= { .title = "IPv4 routes", .right = true },
	[C_ROUTES6]	= { .title = "IPv6 routes", .right = true },
	[C_RULES]	= { .title = "rules", .right = true },
	[C_PACKETS]	= { .title = "packets", .right = true },
	[C_BYTES]	= { .title = "bytes", .right = true },
};

/**
 * table_print - the members of a table: cells of a row, or in JSON
 * @ctl: this run
 * @a: attributes of the table by number
 */
void table_print(struct ctl *ctl, const struct nlattr **a)
{
	struct printer *p = &ctl->out;
	uint64_t routes4 = number_of(a[ECMP_A_TABLE_ROUTES4]);
	uint64_t routes6 = number_of(a[ECMP_A_TABLE_ROUTES6]);
	uint64_t balance = number_of(a[ECMP_A_TABLE_BALANCE]);
	uint64_t failback = number_of(a[ECMP_A_TABLE_FAILBACK]);

	print_cell(p, C_NAME);
	print_color(p, COLOR_NAME);
	print_string(p, "name", "", string_of(a[ECMP_A_TABLE_NAME]));
	print_cell(p, C_FOLLOWS);
	if (a[ECMP_A_TABLE_KERNEL_ID])
		print_number(p, "kernel_id", "",
			     number_of(a[ECMP_A_TABLE_KERNEL_ID]));
	print_cell(p, C_HASH);
	print_string(p, "hash_policy", "",
		     name_word(hash_policies,
			       number_of(a[ECMP_A_TABLE_HASH_POLICY])));
	/* Where all is as usual the column is left out; so is that of IPv6. */
	print_cell(p, C_BALANCE);
	print_string(p, "balance", balance == ECMP_BALANCE_HASH ? NULL : "",
		     name_word(balances, balance));
	/* Without one that is hard the column is left out. */
	print_cell(p, C_FAILBACK);
	print_string(p, "failback",
		     failback != ECMP_FAILBACK_SOFT ? "" : NULL,
		     name_word(failbacks, failback));
	print_number(p, "routes", NULL, routes4 + routes6);
	print_cell(p, C_ROUTES4);
	print_number(p, "routes4", "", routes4);
	print_cell(p, C_ROUTES6);
	print_number(p, "routes6", routes6 ? "" : NULL, routes6);
	print_cell(p, C_RULES);
	print_number(p, "rules", "", number_of(a[ECMP_A_TABLE_RULES]));
	print_cell(p, C_PACKETS);
	print_number(p, "packets", "", number_of(a[ECMP_A_TABLE_PACKETS]));
	print_cell(p, C_BYTES);
	print_number(p, "bytes", ctl->stats ? "" : NULL,
		     number_of(a[ECMP_A_TABLE_BYTES]));
}

/**
 * table_print_dump - print tables
 * @ctl: this run; with its family only those that belong to it
 * @key: of the array in JSON
 * @answers: of a dump
 */
void table_print_dump(struct ctl *ctl, const char *key,
		      const struct answers *answers)
{
	const struct nlattr *a[ECMP_A_TABLE_MAX + 1];
	const struct nlmsghdr *nlh = NULL;

	print_table_begin(&ctl->out, key, columns, C_COUNT);
	while ((nlh = answers_next(answers, nlh))) {
		attributes_read(nlh, a, ECMP_A_TABLE_MAX);
		print_row_begin(&ctl->out);
		table_print(ctl, a);
		print_row_end(&ctl->out);
	}
	print_table_end(&ctl->out);
}

/**
 * table_print_all - print all tables
 * @ctl: this run
 * @key: of the array in JSON
 *
 * Return: 0, or -1 with the refusal in the socket.
 */
int table_print_all(struct ctl *ctl, const char *key)
{
	struct answers answers;
	int err = dump_all(ctl, ECMP_CMD_TABLE_GET, &answers);

	if (!err)
		table_print_dump(ctl, key, &answers);
	answers_free(&answers);
	return err;
}

/**
 * table_run_show - table show
 * @ctl: this run
 * @words: after the verb
 */
int table_run_show(struct ctl *ctl, struct words *words)
{
	if (!words_end(words))
		return ctl_problem(ctl, words);
	if (ctl_open(ctl) || table_print_all(ctl, NULL))
		return ctl_refused(ctl, words);
	return ctl_finish(ctl);
}
