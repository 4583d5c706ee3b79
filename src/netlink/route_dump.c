// SPDX-License-Identifier: GPL-2.0
/*
 * ROUTE_GET: a dump that may have a million routes, in parts.
 */
#include <linux/slab.h>

#include "netlink.h"
#include "../fib/kernel_paths.h"

#define DUMP_SLICE	4096	/* prefixes at most per hold of the mutex */

const struct nla_policy ecmp_route_get_policy[ECMP_A_ROUTE_INACTIVE + 1] = {
	[ECMP_A_ROUTE_TABLE] = { .type = NLA_NUL_STRING, .len = ECMP_NAME_MAX },
	[ECMP_A_ROUTE_FAMILY] = { .type = NLA_U8 },
	[ECMP_A_ROUTE_DST] = NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
	[ECMP_A_ROUTE_DST_LEN] = { .type = NLA_U8 },
	[ECMP_A_ROUTE_STATIC] = { .type = NLA_FLAG },
	[ECMP_A_ROUTE_INACTIVE] = { .type = NLA_FLAG },
};

/* State of a dump: what is asked for, and which route comes next. */
struct route_dump {
	bool			one_table;
	bool			one_prefix;
	bool			no_kernel;	/* only ecmpctl's */
	bool			inactive;	/* only these */
	u8			only_family;	/* 0: both */
	struct ecmp_prefix	only;
	char			table[ECMP_NAME_MAX + 1]; /* "": begin */
	u8			family;
	struct ecmp_prefix	prefix;
	unsigned int		nth;		/* of the prefix's routes */
	unsigned int		budget;		/* prefixes until the mutex is released */
	struct ecmp_lpm_walk	walk;		/* for as long as it is held */
};

static struct route_dump **dump_state(struct netlink_callback *cb)
{
	return (struct route_dump **)cb->ctx;
}

/* Read what is asked for; in the first part, whose refusals have a sentence. */
static int parse_filter(struct route_dump *d, struct ecmp_config *config,
			const struct ecmp_request *req)
{
	struct nlattr **a = req->attrs;
	struct ecmp_table *table = config->main;
	int err;

	if (a[ECMP_A_ROUTE_TABLE]) {
		table = ecmp_attr_table(req, ECMP_A_ROUTE_TABLE, config);
		if (IS_ERR(table))
			return PTR_ERR(table);
		d->one_table = true;
	}
	strscpy(d->table, table->name, sizeof(d->table));
	d->family = AF_INET;
	d->no_kernel = a[ECMP_A_ROUTE_STATIC];
	d->inactive = a[ECMP_A_ROUTE_INACTIVE];
	if (a[ECMP_A_ROUTE_FAMILY]) {
		err = ecmp_attr_family(req, ECMP_A_ROUTE_FAMILY,
				       &d->only_family);
		if (err)
			return err;
		d->family = d->only_family;
	}
	if (!a[ECMP_A_ROUTE_DST])
		return 0;
	if (!d->only_family)
		return ecmp_refuse(req, ECMP_A_ROUTE_DST, -EINVAL,
				   "a destination needs its family: name both");
	d->one_prefix = true;
	return ecmp_attr_prefix(req, ECMP_A_ROUTE_DST, ECMP_A_ROUTE_DST_LEN,
				&d->only_family, &d->only);
}

/**
 * ecmp_route_get_start - ROUTE_GET: begin a dump
 * @cb: dump
 *
 * Return: 0 or a negative errno.
 * Context: process.
 */
int ecmp_route_get_start(struct netlink_callback *cb)
{
	return ecmp_dump_start(cb);
}

/* Made by the first part: a refusal of "start" has no sentence in Linux 6.1. */
static struct route_dump *dump_state_get(struct netlink_callback *cb)
{
	struct route_dump **d = dump_state(cb);

	if (!*d)
		*d = kzalloc(sizeof(**d), ECMP_GFP);
	if (!*d)
		NL_SET_ERR_MSG(cb->extack,
			       "out of memory for the answer: try again");
	return *d;
}

/**
 * ecmp_route_get_done - ROUTE_GET: end a dump
 * @cb: dump
 *
 * Return: 0.
 * Context: process.
 */
int ecmp_route_get_done(struct netlink_callback *cb)
{
	kfree(*dump_state(cb));
	return 0;
}

static int dump_route(struct sk_buff *skb, struct netlink_callback *cb,
		      const struct route_dump *d, const struct ecmp_route *route)
{
	struct ecmp_route_status status;

	if (d->inactive) {
		ecmp_route_status(route, &status);
		if (!(status.flags & ECMP_ROUTE_F_INACTIVE))
			return 0;
	}
	return ecmp_dump_put(skb, cb, ECMP_CMD_ROUTE_NEW, ecmp_fill_route,
			     route);
}

static int dump_entry(struct sk_buff *skb, struct netlink_callback *cb,
		      struct route_dump *d, struct ecmp_entry *entry)
{
	const struct ecmp_prefix prefix = ecmp_lpm_prefix(&entry->node);
	struct ecmp_route *route, kernel;
	unsigned int i = 0, k;
	int err;

	if (!ecmp_prefix_equal(&d->prefix, &prefix)) {
		d->prefix = prefix;
		d->nth = 0;
	}
	ecmp_for_each_route(route, entry) {
		if (i++ < d->nth)
			continue;
		err = dump_route(skb, cb, d, route);
		if (err)
			return err;
		d->nth = i;
	}
	for (k = 0; !d->no_kernel && entry->kernel && k < entry->kernel->n; k++) {
		if (i++ < d->nth)
			continue;
		ecmp_kernel_route(entry, k, &kernel);
		err = dump_route(skb, cb, d, &kernel);
		if (err)
			return err;
		d->nth = i;
	}
	return 0;
}

static int dump_family(struct sk_buff *skb, struct netlink_callback *cb,
		       struct route_dump *d, struct ecmp_table *table)
{
	struct ecmp_entry *entry;
	int err = 0;

	if (d->one_prefix) {
		entry = ecmp_entry_find(table, d->family, &d->only);
		return entry ? dump_entry(skb, cb, d, entry) : 0;
	}
	ecmp_entry_walk_from(&d->walk, table, d->family, &d->prefix);
	while ((entry = ecmp_entry_walk_next(&d->walk))) {
		err = dump_entry(skb, cb, d, entry);
		if (err)
			return err;
		if (!d->budget--)
			return -EAGAIN;
	}
	return 0;
}

static void dump_rewind(struct route_dump *d)
{
	memset(&d->prefix, 0, sizeof(d->prefix));
	d->nth = 0;
}

static int dump_table(struct sk_buff *skb, struct netlink_callback *cb,
		      struct route_dump *d, struct ecmp_table *table)
{
	int err;

	for (;;) {
		err = dump_family(skb, cb, d, table);
		if (err)
			return err;
		dump_rewind(d);
		if (d->only_family || d->family == AF_INET6)
			return 0;
		d->family = AF_INET6;
	}
}

/* Go on until a part is full, the end, or -EAGAIN: the slice is over. */
static int dump_slice(struct sk_buff *skb, struct netlink_callback *cb,
		      struct route_dump *d, struct ecmp_config *config)
{
	struct ecmp_table *table = ecmp_table_find(config, d->table);
	int err;

	/* Only what is shown may not change meanwhile. */
	if (!d->no_kernel)
		cb->seq += config->en->kernel_generation;
	/* Compared from here on, not from the first that is put. */
	if (!cb->prev_seq)
		cb->prev_seq = cb->seq;
	if (!table)
		return 0;
	d->budget = DUMP_SLICE;
	list_for_each_entry_from(table, &config->tables, list) {
		strscpy(d->table, table->name, sizeof(d->table));
		err = dump_table(skb, cb, d, table);
		if (err || d->one_table)
			return err;
		d->family = d->only_family ?: AF_INET;
	}
	return 0;
}

/**
 * ecmp_route_get_dumpit - ROUTE_GET: routes of the live configuration
 * @skb: a part of the dump
 * @cb: dump
 *
 * In the order of the tables; of each family by prefix. It goes on behind
 * the last route that it has told, whatever was added or deleted meanwhile;
 * when that was a table, the reader is told to begin again.
 *
 * Return: as dumpit functions do.
 * Context: process.
 */
int ecmp_route_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct ecmp_request req = {
		.extack = cb->extack, .attrs = genl_info_dump(cb)->attrs,
	};
	struct route_dump *d = dump_state_get(cb);
	struct ecmp_net *en;
	int err;

	if (!d)
		return -ENOMEM;
	do {
		en = ecmp_dump_begin(cb);
		err = d->table[0] ? 0 : parse_filter(d, en->config, &req);
		if (!err)
			err = dump_slice(skb, cb, d, en->config);
		err = ecmp_dump_end(en, skb, err);
		cond_resched();
		/* A part without anything in it would be the last one. */
	} while (err == -EAGAIN);
	return err;
}
