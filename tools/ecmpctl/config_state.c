// SPDX-License-Identifier: GPL-2.0
/*
 * A configuration file as the answers of the module that has loaded it.
 */
#include <stdlib.h>
#include <string.h>

#include "config.h"

#define SETTINGS_ROOM	(16 << 10)	/* with the distance of each protocol */
#define DISTANCE_ROOM	64		/* of a device */
#define MESSAGE_ROOM	1024

static bool answers_put(struct answers *answers, const struct nlmsghdr *nlh)
{
	size_t length = MNL_ALIGN(nlh->nlmsg_len), size = answers->size;
	char *more;

	if (answers->used + length > size) {
		size = size ? size * 2 : 64 << 10;
		more = realloc(answers->data, size);
		if (!more)
			return false;
		answers->data = more;
		answers->size = size;
	}
	memset(answers->data + answers->used, 0, length);
	memcpy(answers->data + answers->used, nlh, nlh->nlmsg_len);
	answers->used += length;
	answers->count++;
	return true;
}

static struct nlmsghdr *message_begin(void *buf, uint8_t command)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct genlmsghdr *genl;

	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = command;
	return nlh;
}

static void put_distance(struct nlmsghdr *nlh, const char *device,
			 unsigned int protocol, unsigned int value)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh,
						  ECMP_A_SETTINGS_DISTANCE);

	if (device)
		mnl_attr_put_strz(nlh, ECMP_A_DISTANCE_DEVICE, device);
	else
		mnl_attr_put_u8(nlh, ECMP_A_DISTANCE_PROTOCOL, protocol);
	mnl_attr_put_u8(nlh, ECMP_A_DISTANCE_VALUE, value);
	mnl_attr_nest_end(nlh, nest);
}

static void put_distances(struct nlmsghdr *nlh, const struct config *config)
{
	size_t i;

	for (i = 0; i < COUNT(config->protocol); i++)
		if (config->protocol[i] != config_distance_default(i))
			put_distance(nlh, NULL, i, config->protocol[i]);
	for (i = 0; i < config->devices.count; i++)
		put_distance(nlh, config->devices.item[i].device, 0,
			     config->devices.item[i].value);
}

static void put_settings(struct nlmsghdr *nlh, const struct config *config,
			 bool seed)
{
	const struct settings_request *s = &config->settings;

	mnl_attr_put_u8(nlh, ECMP_A_SETTINGS_ENABLED, s->enabled);
	mnl_attr_put_u8(nlh, ECMP_A_SETTINGS_HASH_POLICY4,
			config->hash_policy[0]);
	mnl_attr_put_u8(nlh, ECMP_A_SETTINGS_HASH_POLICY6,
			config->hash_policy[1]);
	if (seed)
		mnl_attr_put_u64(nlh, ECMP_A_SETTINGS_HASH_SEED, s->hash_seed);
	mnl_attr_put_u8(nlh, ECMP_A_SETTINGS_PIN, s->pin);
	mnl_attr_put_u32(nlh, ECMP_A_SETTINGS_PIN_MASK, s->pin_mask);
	mnl_attr_put_u8(nlh, ECMP_A_SETTINGS_KERNEL_ROUTES, s->kernel_routes);
	mnl_attr_put_u32(nlh, ECMP_A_SETTINGS_CHECK_INTERVAL,
			 s->check_interval);
	mnl_attr_put_u32(nlh, ECMP_A_SETTINGS_CHECK_TIMEOUT, s->check_timeout);
	mnl_attr_put_u8(nlh, ECMP_A_SETTINGS_CHECK_COUNT, s->check_count);
	mnl_attr_put_u8(nlh, ECMP_A_SETTINGS_CHECK_UP_COUNT,
			s->check_up_count);
	put_distances(nlh, config);
}

static bool put_table(struct answers *answers, const struct config_table *t)
{
	char buf[MESSAGE_ROOM] __attribute__((aligned(8)));
	struct nlmsghdr *nlh = message_begin(buf, ECMP_CMD_TABLE_NEW);

	mnl_attr_put_strz(nlh, ECMP_A_TABLE_NAME, t->name);
	mnl_attr_put_u8(nlh, ECMP_A_TABLE_HASH_POLICY, t->hash_policy);
	mnl_attr_put_u8(nlh, ECMP_A_TABLE_BALANCE, t->balance);
	mnl_attr_put_u8(nlh, ECMP_A_TABLE_FAILBACK, t->failback);
	if (t->kernel_id)
		mnl_attr_put_u32(nlh, ECMP_A_TABLE_KERNEL_ID, t->kernel_id);
	return answers_put(answers, nlh);
}

static bool put_nexthop(struct answers *answers, const struct config_nexthop *n)
{
	char buf[MESSAGE_ROOM] __attribute__((aligned(8)));
	struct nlmsghdr *nlh = message_begin(buf, ECMP_CMD_NEXTHOP_NEW);

	mnl_attr_put_u8(nlh, ECMP_A_NEXTHOP_FAMILY, n->family);
	if (n->gateway.family)
		put_address(nlh, ECMP_A_NEXTHOP_GATEWAY, &n->gateway);
	mnl_attr_put_strz(nlh, ECMP_A_NEXTHOP_DEVICE, n->device);
	mnl_attr_put_u8(nlh, ECMP_A_NEXTHOP_PIN_ID, n->pin_id);
	mnl_attr_put(nlh, ECMP_A_NEXTHOP_PIN_FIXED, 0, NULL);
	return answers_put(answers, nlh);
}

/**
 * config_state - a configuration as the module would tell it
 * @config: without mistakes
 * @seed: with its hash-seed
 * @state: zeroed; state_free() is the caller's, also after -1
 *
 * Return: 0, or -1 without memory.
 */
int config_state(const struct config *config, bool seed, struct state *state)
{
	bool good = true;
	size_t i;

	state->settings = calloc(1, SETTINGS_ROOM +
				 config->devices.count * DISTANCE_ROOM);
	if (!state->settings)
		return -1;
	message_begin(state->settings, ECMP_CMD_SETTINGS_GET);
	put_settings(state->settings, config, seed);
	for (i = 0; good && i < config->tables.count; i++)
		good = put_table(&state->tables, &config->tables.item[i]);
	for (i = 0; good && i < config->nexthops.count; i++)
		if (config->nexthops.item[i].pin_id)
			good = put_nexthop(&state->nexthops,
					   &config->nexthops.item[i]);
	for (i = 0; good && i < config->routes.count; i++)
		if (!config->routes.item[i].replaced)
			good = answers_put(&state->routes,
					   config->routes.item[i].nlh);
	for (i = 0; good && i < config->rules.count; i++)
		good = answers_put(&state->rules, config->rules.item[i].nlh);
	return good ? 0 : -1;
}
