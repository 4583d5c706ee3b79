// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "conntrack.h"
#include "text.h"
#include "top.h"
#include "uplinks.h"

/* Of the time no more than a twentieth goes into counting connections. */
#define COUNT_REST	20

/**
 * top_now - microseconds, of a clock that only goes on
 */
uint64_t top_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * UINT64_C(1000000) + now.tv_nsec / 1000;
}

static void read_enabled(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *a[ECMP_A_SETTINGS_MAX + 1];
	struct top *top = data;

	attributes_read(nlh, a, ECMP_A_SETTINGS_MAX);
	top->enabled = number_of(a[ECMP_A_SETTINGS_ENABLED]);
}

static void read_path(const struct nlmsghdr *nlh, struct top_path *path)
{
	const struct nlattr *a[ECMP_A_NEXTHOP_MAX + 1];
	struct address gateway;

	attributes_read(nlh, a, ECMP_A_NEXTHOP_MAX);
	memset(path, 0, sizeof(*path));
	path->id = number_of(a[ECMP_A_NEXTHOP_ID]);
	path->family = number_of(a[ECMP_A_NEXTHOP_FAMILY]);
	gateway = address_of(a[ECMP_A_NEXTHOP_GATEWAY]);
	if (gateway.family)
		address_text(&gateway, path->gateway);
	snprintf(path->device, sizeof(path->device), "%s",
		 string_of(a[ECMP_A_NEXTHOP_DEVICE]));
	path->alive = number_of(a[ECMP_A_NEXTHOP_STATE]) == ECMP_NEXTHOP_ALIVE;
	path->reason = number_of(a[ECMP_A_NEXTHOP_REASON]);
	path->pin = number_of(a[ECMP_A_NEXTHOP_PIN_ID]);
	path->uplink = a[ECMP_A_NEXTHOP_UPLINK];
	path->packets = number_of(a[ECMP_A_NEXTHOP_PACKETS]);
	path->bytes = number_of(a[ECMP_A_NEXTHOP_BYTES]);
}

static const struct top_path *find_path(const struct top_path *path,
					size_t paths, uint64_t id)
{
	size_t i;

	for (i = 0; i < paths; i++)
		if (path[i].id == id)
			return &path[i];
	return NULL;
}

static void remember_table(struct top *top, const char *name)
{
	unsigned int i;

	for (i = 0; i < top->table_count; i++)
		if (!strcmp(top->tables[i], name))
			return;
	if (top->table_count < TOP_TABLES)
		snprintf(top->tables[top->table_count++],
			 sizeof(top->tables[0]), "%s", name);
}

/* A default route of the table that was chosen gives its path a weight. */
static void read_default(struct top *top, const struct nlmsghdr *nlh)
{
	const struct nlattr *a[ECMP_A_ROUTE_MAX + 1];
	const struct top_path *found;
	struct top_path *path;
	const char *table;
	uint64_t flags;

	attributes_read(nlh, a, ECMP_A_ROUTE_MAX);
	table = string_of(a[ECMP_A_ROUTE_TABLE]);
	if (!a[ECMP_A_ROUTE_NEXTHOP_ID])
		return;
	remember_table(top, table);
	top->there = top->there || !strcmp(table, top->table);
	found = find_path(top->path, top->paths,
			  number_of(a[ECMP_A_ROUTE_NEXTHOP_ID]));
	if (!found || strcmp(table, top->table))
		return;
	path = &top->path[found - top->path];
	flags = number_of(a[ECMP_A_ROUTE_FLAGS]);
	path->active = flags & ECMP_ROUTE_F_ACTIVE;
	path->weight = number_of(a[ECMP_A_ROUTE_WEIGHT]);
	if (!path->weight)
		path->weight = 1;
	path->distance = number_of(a[ECMP_A_ROUTE_DISTANCE]);
}

static int read_defaults(struct ctl *ctl, struct answers *defaults)
{
	const struct route_request filter = {
		.named = BIT(ECMP_A_ROUTE_DST),
		.dst.address.family = ctl->family,
	};

	return route_dump(ctl, &filter, defaults);
}

static int read_paths(struct top *top)
{
	const struct nlmsghdr *nlh = NULL;
	struct answers answers;

	if (dump_all(top->ctl, ECMP_CMD_NEXTHOP_GET, &answers)) {
		answers_free(&answers);
		return -1;
	}
	top->at = top_now();
	top->path = calloc(answers.count + 1, sizeof(*top->path));
	top->paths = 0;
	while (top->path && (nlh = answers_next(&answers, nlh))) {
		struct top_path *path = &top->path[top->paths];

		read_path(nlh, path);
		if (!top->ctl->family || path->family == top->ctl->family)
			top->paths++;
	}
	answers_free(&answers);
	return top->path ? 0 : refusal_set(&top->ctl->nl.refusal, ENOMEM);
}

/* ---- connections ---- */

static void count(const struct connection *c, void *data)
{
	struct uplink *uplink = uplink_of(data, c);

	if (uplink)
		uplink->count++;
}

static bool count_all(struct top *top)
{
	const struct conntrack_filter filter = { .family = top->ctl->family };
	struct netlink nl = { .socket = NULL };
	bool interrupted = false, counted;
	static struct uplinks u;
	size_t i;

	if (uplinks_read(top->ctl, &u))
		return false;
	counted = u.mask && !netlink_open_netfilter(&nl) &&
		  !conntrack_each(&nl, &filter, count, &u, &interrupted);
	netlink_close(&nl);
	for (i = 0; i < top->paths && counted; i++)
		if (top->path[i].pin <= UPLINK_PINS)
			top->path[i].connections =
				u.by_pin[top->path[i].pin].count;
	uplinks_free(&u);
	return counted;
}

/* What was counted before stands where counting takes its time. */
static void count_connections(struct top *top, const struct top_path *before,
			      size_t befores)
{
	uint64_t begun = top_now();
	size_t i;

	if (!top->counting)
		return;
	if (begun >= top->count_at) {
		top->counted = count_all(top);
		top->count_at = begun + COUNT_REST * (top_now() - begun);
		return;
	}
	for (i = 0; i < top->paths; i++) {
		const struct top_path *was =
			find_path(before, befores,
				  top->path[i].id);

		top->path[i].connections = was ? was->connections : 0;
	}
}

/* ---- samples ---- */

/**
 * top_rates - what went by each path between two samples
 * @path: the later one
 * @paths: how many
 * @before: the earlier one
 * @befores: how many
 * @usecs: microseconds between them
 *
 * A path that was not there before, or counts from the beginning again, has no
 * rate yet.
 */
void top_rates(struct top_path *path, size_t paths,
	       const struct top_path *before, size_t befores, uint64_t usecs)
{
	size_t i;

	for (i = 0; i < paths; i++) {
		const struct top_path *was =
			find_path(before, befores,
				  path[i].id);
		double seconds = usecs / 1e6;

		path[i].known = was && usecs &&
				was->packets <= path[i].packets &&
				was->bytes <= path[i].bytes;
		if (!path[i].known)
			continue;
		path[i].packet_rate =
			(path[i].packets - was->packets) / seconds + 0.5;
		path[i].bit_rate =
			(path[i].bytes - was->bytes) * 8 / seconds + 0.5;
	}
}

/**
 * top_sample - read the paths, and what went by them since the sample before
 * @top: this run, with its socket open
 *
 * Return: 0, or -1 with the refusal in the socket.
 */
int top_sample(struct top *top)
{
	struct answers defaults = { .data = NULL };
	struct top_path *before = top->path;
	const struct nlmsghdr *nlh = NULL;
	uint64_t before_at = top->at;
	size_t befores = before ? top->paths : 0;
	int err;

	top->path = NULL;
	err = netlink_talk(&top->ctl->nl,
			   netlink_message(&top->ctl->nl,
					   ECMP_CMD_SETTINGS_GET, 0),
			   read_enabled, top);
	if (!err)
		err = read_paths(top);
	if (!err)
		err = read_defaults(top->ctl, &defaults);
	top->table_count = 0;
	top->there = false;
	while (!err && (nlh = answers_next(&defaults, nlh)))
		read_default(top, nlh);
	answers_free(&defaults);
	if (!err) {
		top->passed = before ? top->at - before_at : 0;
		top_rates(top->path, top->paths, before, befores, top->passed);
		count_connections(top, before, befores);
	}
	free(before);
	return err;
}

/**
 * top_choose - choose a table where nobody has: the one that most paths share
 * @top: with a sample, in which afterwards its weights still have to be read
 */
void top_choose(struct top *top)
{
	char best[sizeof(top->table)] = "";
	unsigned int i, active, most = 0;
	size_t j;

	for (i = 0; i < top->table_count; i++) {
		memcpy(top->table, top->tables[i], sizeof(top->table));
		if (top_sample(top))
			return;
		for (j = 0, active = 0; j < top->paths; j++)
			active += top->path[j].active;
		if (active > most) {
			most = active;
			memcpy(best, top->table, sizeof(best));
		}
	}
	memcpy(top->table, best, sizeof(best));
}

/**
 * top_next_table - the next table that has a default route, then all paths
 * @top: with a sample
 */
void top_next_table(struct top *top)
{
	unsigned int i;

	for (i = 0; i < top->table_count && top->table[0]; i++)
		if (!strcmp(top->table, top->tables[i]))
			break;
	i = top->table[0] ? i + 1 : 0;
	if (i < top->table_count)
		memcpy(top->table, top->tables[i], sizeof(top->table));
	else
		top->table[0] = '\0';
}
