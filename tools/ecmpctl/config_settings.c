// SPDX-License-Identifier: GPL-2.0
/*
 * What a file says besides tables, routes and rules.
 */
#include <stdio.h>
#include <string.h>

#include <linux/rtnetlink.h>

#include "config_private.h"

/**
 * config_distance_default - distance of the kernel's routes
 * @protocol: RTPROT_*, that made them
 */
uint8_t config_distance_default(unsigned int protocol)
{
	switch (protocol) {
	case RTPROT_KERNEL:
		return 0;
	case RTPROT_BOOT:
	case RTPROT_STATIC:
	case RTPROT_DHCP:
	case RTPROT_RA:
		return 1;
	case RTPROT_BGP:
		return 20;
	case RTPROT_OSPF:
		return 110;
	case RTPROT_ISIS:
		return 115;
	case RTPROT_RIP:
		return 120;
	default:
		return 200;
	}
}

/* At least two bits side by side, or none. */
static bool mask_good(uint32_t mask)
{
	uint32_t low = mask & -mask;

	return !mask || (mask != low && !(mask & (mask + low)));
}

/* The highest pin-id that it has room for. */
static uint32_t pin_max(uint32_t mask)
{
	uint32_t ones = mask ? mask / (mask & -mask) : 0;

	return ones < UINT8_MAX ? ones : UINT8_MAX;
}

static bool same_nexthop(const struct config_nexthop *nexthop,
			 const struct nexthop_request *n)
{
	return nexthop->family == n->family &&
	       address_equal(&nexthop->gateway, &n->gateway) &&
	       !strcmp(nexthop->device, n->device);
}

/**
 * config_read_nexthop - nexthop set ... pin-id
 * @config: the configuration
 * @line: where
 * @request: the command
 */
void config_read_nexthop(struct config *config, unsigned int line,
			 const struct request *request)
{
	const struct nexthop_request *n = &request->nexthop;
	struct config_nexthop *nexthop, *same = NULL, *other = NULL;
	size_t i;

	if (NAMED(n, ECMP_A_NEXTHOP_FORCED)) {
		config_mistake(config, line,
			       "a next hop's state is no part of a configuration: leave it out, and set it afterwards");
		return;
	}
	for (i = 0; i < config->nexthops.count; i++) {
		nexthop = &config->nexthops.item[i];
		if (same_nexthop(nexthop, n))
			same = nexthop;
		else if (n->pin_id && nexthop->pin_id == n->pin_id)
			other = nexthop;
	}
	if (other) {
		config_mistake(config, line,
			       "line %u has this pin-id already: choose another",
			       other->line);
		return;
	}
	if (n->pin_id > pin_max(config->settings.pin_mask)) {
		config_mistake(config, line,
			       "the pin-mask has no room for this pin-id: take a smaller one, or widen the pin-mask above this line");
		return;
	}
	nexthop = same ? same : LIST_ADD(config, config->nexthops);
	if (!nexthop)
		return;
	nexthop->line = line;
	nexthop->family = n->family;
	nexthop->gateway = n->gateway;
	snprintf(nexthop->device, sizeof(nexthop->device), "%s", n->device);
	nexthop->pin_id = n->pin_id;
}

static void verify_mask(struct config *config, unsigned int line,
			uint32_t mask)
{
	size_t i;

	if (!mask_good(mask)) {
		config_mistake(config, line,
			       "a pin needs at least two bits side by side, as 0xff00; 0 keeps none");
		return;
	}
	for (i = 0; i < config->nexthops.count; i++)
		if (config->nexthops.item[i].pin_id > pin_max(mask))
			config_mistake(config, line,
				       "the pin-id of line %u does not fit into this mask: give it a smaller one",
				       config->nexthops.item[i].line);
}

/**
 * config_read_settings - set ...
 * @config: the configuration
 * @line: where
 * @request: the command
 */
void config_read_settings(struct config *config, unsigned int line,
			  const struct request *request)
{
	const struct settings_request *s = &request->settings;
	struct settings_request *to = &config->settings;

	if (NAMED(s, ECMP_A_SETTINGS_PIN_MASK))
		verify_mask(config, line, s->pin_mask);
	if (NAMED(s, ECMP_A_SETTINGS_ENABLED))
		to->enabled = s->enabled;
	if (NAMED(s, ECMP_A_SETTINGS_HASH_POLICY4))
		config->hash_policy[0] = s->hash_policy;
	if (NAMED(s, ECMP_A_SETTINGS_HASH_POLICY6))
		config->hash_policy[1] = s->hash_policy;
	if (NAMED(s, ECMP_A_SETTINGS_HASH_SEED))
		to->hash_seed = s->hash_seed;
	if (NAMED(s, ECMP_A_SETTINGS_PIN))
		to->pin = s->pin;
	if (NAMED(s, ECMP_A_SETTINGS_PIN_MASK))
		to->pin_mask = s->pin_mask;
	if (NAMED(s, ECMP_A_SETTINGS_KERNEL_ROUTES))
		to->kernel_routes = s->kernel_routes;
	if (NAMED(s, ECMP_A_SETTINGS_CHECK_INTERVAL))
		to->check_interval = s->check_interval;
	if (NAMED(s, ECMP_A_SETTINGS_CHECK_TIMEOUT))
		to->check_timeout = s->check_timeout;
	if (NAMED(s, ECMP_A_SETTINGS_CHECK_COUNT))
		to->check_count = s->check_count;
	if (NAMED(s, ECMP_A_SETTINGS_CHECK_UP_COUNT))
		to->check_up_count = s->check_up_count;
}

/**
 * config_read_distance - distance proto, distance dev
 * @config: the configuration
 * @request: the command
 */
void config_read_distance(struct config *config, const struct request *request)
{
	const struct distance_request *d = &request->distance;
	struct config_distance *distance;
	size_t i = 0;

	if (!d->device) {
		config->protocol[d->protocol] = d->unset ?
			config_distance_default(d->protocol) : d->value;
		return;
	}
	while (i < config->devices.count &&
	       strcmp(config->devices.item[i].device, d->device))
		i++;
	if (d->unset && i < config->devices.count)
		config->devices.item[i] =
			config->devices.item[--config->devices.count];
	if (d->unset)
		return;
	distance = i < config->devices.count ? &config->devices.item[i] :
		   LIST_ADD(config, config->devices);
	if (!distance)
		return;
	snprintf(distance->device, sizeof(distance->device), "%s", d->device);
	distance->value = d->value;
}
