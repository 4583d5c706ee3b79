// SPDX-License-Identifier: GPL-2.0
/*
 * What a configuration says about devices and gateways, compared with those
 * that this host has now. Devices that are not there are none of it: they may
 * come, or the file is for another host.
 */
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>

#include "check.h"
#include "prefix.h"
#include "text.h"

#define NAMED(r, attr)	((r)->named & BIT(attr))

static const char *version(uint8_t family)
{
	return family == AF_INET6 ? "IPv6" : "IPv4";
}

/* ---- rules ---- */

static void check_iif(struct check *check, const struct config_rule *r)
{
	const struct host_device *device = host_device(check->host, r->iif);
	char iif[TEXT_QUOTED(IFNAMSIZ)];

	text_quote(r->iif, iif, sizeof(iif));
	if (!device)
		finding_add(check->findings, SEVERITY_NOTE, "no-interface",
			    r->line, 0,
			    "there is no interface %s on this host now: the rule is skipped until there is one",
			    iif);
	else if (device->port)
		finding_add(check->findings, SEVERITY_WARNING, "never-matches",
			    r->line, 0,
			    "this rule matches nothing: %s is a port of another interface, by which its packets come in. Name that one",
			    iif);
}

static void check_rule(struct check *check, const struct config_rule *r)
{
	char text[ADDRESS_TEXT];

	if (NAMED(r, ECMP_A_RULE_IIF))
		check_iif(check, r);
	if (NAMED(r, ECMP_A_RULE_TO) &&
	    r->to.length == MAX_LENGTH(r->to.address.family) &&
	    !prefix_undecided(&r->to) &&
	    host_owns(check->host, &r->to.address))
		finding_add(check->findings, SEVERITY_WARNING, "never-matches",
			    r->line, 0,
			    "this rule matches nothing: %s is an address of this host, and packets to it come before every rule. Leave it out",
			    address_text(&r->to.address, text));
}

/* ---- gateways ---- */

/* The one device that a gateway is on-link on; how many there are. */
static const struct host_device *resolve(const struct host *host,
					 const struct address *gateway,
					 size_t *count)
{
	const struct host_device *found = NULL;
	size_t i;

	*count = 0;
	for (i = 0; i < host->devices; i++) {
		if (!host_on_link(host, &host->device[i], gateway))
			continue;
		found = &host->device[i];
		++*count;
	}
	return *count == 1 ? found : NULL;
}

static void tell_off_link(struct check *check, const struct config_route *r,
			  const struct host_device *device)
{
	char text[ADDRESS_TEXT], name[TEXT_QUOTED(IFNAMSIZ)];

	address_text(&r->gateway, text);
	text_quote(r->device, name, sizeof(name));
	if (!host_has_address(check->host, device, r->gateway.family))
		finding_add(check->findings, SEVERITY_WARNING, "not-on-link",
			    r->line, 0,
			    "%s has no %s address now, so that gateway %s is not on-link: the route waits. Give it one, or add onlink",
			    name, version(r->gateway.family), text);
	else
		finding_add(check->findings, SEVERITY_WARNING, "not-on-link",
			    r->line, 0,
			    "gateway %s is in no prefix that %s has now: the route waits. Correct it, or add onlink",
			    text, name);
}

/* Where a route leaves, NULL: nobody knows. What "load" would refuse, too. */
static const struct host_device *check_gateway(struct check *check,
					       const struct config_route *r)
{
	const struct host_device *device;
	char text[ADDRESS_TEXT];
	size_t count;

	if (r->gateway.family && host_owns(check->host, &r->gateway)) {
		finding_add(check->findings, SEVERITY_ERROR, "refused", r->line,
			    0, "gateway %s is the router's own address: name its neighbour",
			    address_text(&r->gateway, text));
		return NULL;
	}
	if (r->device[0]) {
		device = host_device(check->host, r->device);
		if (device && r->gateway.family && !r->onlink &&
		    !host_on_link(check->host, device, &r->gateway))
			tell_off_link(check, r, device);
		return device;
	}
	device = resolve(check->host, &r->gateway, &count);
	address_text(&r->gateway, text);
	if (count > 1)
		finding_add(check->findings, SEVERITY_ERROR, "refused", r->line,
			    0, "gateway %s is on-link on several devices: add dev",
			    text);
	else if (!count)
		finding_add(check->findings, SEVERITY_NOTE, "not-on-link",
			    r->line, 0,
			    "gateway %s is in no prefix that this host has now: the route waits until it is in one",
			    text);
	return device;
}

/* ---- checks ---- */

/* Addresses that a probe may come from, beside those of its device. */
static bool has_other(const struct host *host, uint8_t family, bool arp)
{
	const struct host_address *a;
	struct prefix one;
	size_t i;

	for (i = 0; i < host->addresses; i++) {
		a = &host->address[i];
		one.address = a->local;
		one.length = MAX_LENGTH(family);
		if (a->local.family == family && !prefix_undecided(&one) &&
		    (arp || host_device(host, "lo") == NULL ||
		     a->device == host_device(host, "lo")->index))
			return true;
	}
	return false;
}

static bool has_source(const struct check *check, const struct config_route *r,
		       const struct host_device *device)
{
	uint8_t family = r->dst.address.family;
	const struct nlattr *a[ECMP_A_ROUTE_MAX + 1];

	if (host_has_address(check->host, device, family))
		return true;
	attributes_read(r->nlh, a, ECMP_A_ROUTE_MAX);
	if (r->check == ECMP_CHECK_ARP)
		return family == AF_INET && has_other(check->host, family, true);
	return a[ECMP_A_ROUTE_PREF_SRC] ||
	       has_other(check->host, family, false);
}

static void check_probe(struct check *check, const struct config_route *r,
			const struct host_device *device)
{
	const struct nlattr *a[ECMP_A_ROUTE_MAX + 1];
	char name[TEXT_QUOTED(IFNAMSIZ)];

	attributes_read(r->nlh, a, ECMP_A_ROUTE_MAX);
	text_quote(device->name, name, sizeof(name));
	if (r->check == ECMP_CHECK_ARP &&
	    device->flags & (IFF_NOARP | IFF_LOOPBACK))
		finding_add(check->findings, SEVERITY_ERROR, "refused", r->line,
			    0, "%s has no link addresses to ask for: use check-gateway ping",
			    name);
	else if (r->check == ECMP_CHECK_PING && !r->gateway.family &&
		 !r->via_kernel && !a[ECMP_A_ROUTE_CHECK_TARGETS] &&
		 !(device->flags & IFF_POINTOPOINT))
		finding_add(check->findings, SEVERITY_ERROR, "refused", r->line,
			    0, "there is no gateway and no other end of %s to ping: add target ADDRESS",
			    name);
	else if (!has_source(check, r, device))
		finding_add(check->findings, SEVERITY_WARNING, "no-address",
			    r->line, 0,
			    "%s has no %s address now: check-gateway cannot ask from there, and finds nothing dead that does not answer. Give it one, or name pref-src",
			    name, version(r->dst.address.family));
}

static void check_route(struct check *check, const struct config_route *r)
{
	const struct host_device *device;

	if (r->type != ECMP_ROUTE_UNICAST)
		return;
	device = check_gateway(check, r);
	if (device && r->check && !r->disabled)
		check_probe(check, r, device);
}

/**
 * check_host - look at what the configuration says about this host
 * @check: with its host
 */
void check_host(struct check *check)
{
	const struct config *config = check->config;
	size_t i;

	for (i = 0; i < config->rules.count; i++)
		if (!config->rules.item[i].disabled)
			check_rule(check, &config->rules.item[i]);
	for (i = 0; i < config->routes.count; i++)
		if (!config->routes.item[i].replaced)
			check_route(check, &config->routes.item[i]);
}
