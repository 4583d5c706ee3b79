// SPDX-License-Identifier: GPL-2.0
/*
 * /ip settings, /ipv6 settings and /routing settings: the hash policies and
 * the pace of checks. The rest are sysctls of the kernel.
 */
#include <stdlib.h>
#include <string.h>

#include "duration.h"
#include "routeros.h"

/**
 * struct setting - one that is the kernel's
 * @section: where it is
 * @key: as RouterOS calls it
 * @usual: what RouterOS has without it; of this nothing is told, if it is what
 *	Linux has, too; or NULL
 * @sysctl: as Linux calls it; NULL: Linux has nothing like it
 */
static const struct setting {
	enum ros_section	section;
	const char		*key;
	const char		*usual;
	const char		*sysctl;
} kernels[] = {
	{ ROS_SETTINGS4, "ip-forward", NULL, "net.ipv4.ip_forward" },
	{ ROS_SETTINGS4, "rp-filter", "no", "net.ipv4.conf.all.rp_filter" },
	{ ROS_SETTINGS4, "send-redirects", "yes",
	  "net.ipv4.conf.all.send_redirects" },
	{ ROS_SETTINGS4, "accept-redirects", "no",
	  "net.ipv4.conf.all.accept_redirects" },
	{ ROS_SETTINGS4, "secure-redirects", "yes",
	  "net.ipv4.conf.all.secure_redirects" },
	{ ROS_SETTINGS4, "accept-source-route", "no",
	  "net.ipv4.conf.all.accept_source_route" },
	{ ROS_SETTINGS4, "tcp-syncookies", "no", "net.ipv4.tcp_syncookies" },
	{ ROS_SETTINGS4, "tcp-timestamps", "random-offset",
	  "net.ipv4.tcp_timestamps" },
	{ ROS_SETTINGS4, "max-neighbor-entries", NULL,
	  "net.ipv4.neigh.default.gc_thresh3" },
	{ ROS_SETTINGS4, "max-arp-entries", NULL,
	  "net.ipv4.neigh.default.gc_thresh3" },
	{ ROS_SETTINGS4, "arp-timeout", "30s",
	  "net.ipv4.neigh.default.base_reachable_time_ms" },
	{ ROS_SETTINGS4, "icmp-rate-limit", "10", "net.ipv4.icmp_ratelimit" },
	{ ROS_SETTINGS4, "icmp-rate-mask", "0x1818", "net.ipv4.icmp_ratemask" },
	{ ROS_SETTINGS4, "icmp-errors-use-inbound-interface-address", "no",
	  "net.ipv4.icmp_errors_use_inbound_ifaddr" },
	{ ROS_SETTINGS4, "ipv4-high-fragment-thresh", NULL,
	  "net.ipv4.ipfrag_high_thresh" },
	{ ROS_SETTINGS4, "ipv4-fragment-time", NULL, "net.ipv4.ipfrag_time" },
	{ ROS_SETTINGS4, "allow-fast-path", "yes", NULL },
	{ ROS_SETTINGS4, "route-cache", "yes", NULL },
	{ ROS_SETTINGS6, "forward", NULL, "net.ipv6.conf.all.forwarding" },
	{ ROS_SETTINGS6, "disable-ipv6", "no",
	  "net.ipv6.conf.all.disable_ipv6" },
	{ ROS_SETTINGS6, "accept-redirects", "yes-if-forwarding-disabled",
	  "net.ipv6.conf.all.accept_redirects" },
	{ ROS_SETTINGS6, "accept-router-advertisements",
	  "yes-if-forwarding-disabled", "net.ipv6.conf.all.accept_ra" },
	{ ROS_SETTINGS6, "accept-router-advertisements-on", NULL,
	  "net.ipv6.conf.INTERFACE.accept_ra" },
	{ ROS_SETTINGS6, "disable-link-local-address", "no",
	  "net.ipv6.conf.all.addr_gen_mode" },
	{ ROS_SETTINGS6, "max-neighbor-entries", NULL,
	  "net.ipv6.neigh.default.gc_thresh3" },
	{ ROS_SETTINGS6, "soft-max-neighbor-entries", NULL,
	  "net.ipv6.neigh.default.gc_thresh2" },
	{ ROS_SETTINGS6, "min-neighbor-entries", NULL,
	  "net.ipv6.neigh.default.gc_thresh1" },
	{ ROS_SETTINGS6, "stale-neighbor-detect-interval", "30", NULL },
	{ ROS_SETTINGS6, "stale-neighbor-timeout", "60",
	  "net.ipv6.neigh.default.gc_stale_time" },
	{ ROS_SETTINGS6, "allow-fast-path", "yes", NULL },
	{ ROS_SETTINGS_ROUTING, "single-process", "no", NULL },
	{ ROS_SETTINGS_ROUTING, "dynamic-in-chain", NULL, NULL },
	{ ROS_SETTINGS_ROUTING, "connected-in-chain", NULL, NULL },
};

static const struct setting *find_setting(enum ros_section section,
					  const char *key)
{
	unsigned int i;

	for (i = 0; i < COUNT(kernels); i++)
		if (kernels[i].section == section &&
		    !strcmp(kernels[i].key, key))
			return &kernels[i];
	return NULL;
}

/* As the sysctl has it, where that is the same for all. */
static const char *sysctl_value(const char *value)
{
	static const struct { const char *theirs; const char *ours; } values[] = {
		{ "no", "=0" }, { "yes", "=1" }, { "strict", "=1" },
		{ "loose", "=2" },
	};
	unsigned int i;

	for (i = 0; i < COUNT(values); i++)
		if (!strcmp(values[i].theirs, value))
			return values[i].ours;
	return "";
}

static void tell_setting(struct ros_import *import, enum ros_section section,
			 const struct ros_arg *prop)
{
	const struct setting *s = find_setting(section, prop->key);
	const char *value = prop->value ? prop->value : "";

	if (!s)
		ros_remark(import, ROS_WARNING, prop->line,
			   "\"%s\" of /%s is not known here: it is left out",
			   prop->key, ros_section_path(section));
	else if (!value[0] || (s->usual && !strcmp(s->usual, value)))
		return;
	else if (s->sysctl)
		ros_remark(import, ROS_NOTE, prop->line,
			   "\"%s=%s\" is the kernel's: sysctl %s%s", prop->key,
			   value, s->sysctl, sysctl_value(value));
	else
		ros_remark(import, ROS_NOTE, prop->line,
			   "\"%s=%s\" has no meaning here: it is left out",
			   prop->key, value);
}

/* ---- hash policies ---- */

static const char *read_policy(struct ros_import *import,
			       enum ros_section section, const char *key,
			       const char *otherwise)
{
	struct ros_item *item = import->items[section];
	const char *text = item ? ros_prop_text(item, key) : NULL;

	if (!text)
		return otherwise;
	if (!strcmp(text, "l3") || !strcmp(text, "l4") ||
	    !strcmp(text, "l3-inner"))
		return text;
	ros_remark(import, ROS_MISTAKE, ros_prop_peek(item, key)->line,
		   "\"%s=%s\": this must be l3, l4 or l3-inner", key, text);
	return otherwise;
}

/* As "save" writes them. */
static void write_policies(struct ros_import *import, const char *v4,
			   const char *v6)
{
	struct ros_lines *lines = &import->settings;

	if (!strcmp(v4, v6)) {
		if (strcmp(v4, "l3"))
			ros_lines_add(import, lines, "set hash-policy %s", v4);
		return;
	}
	if (strcmp(v4, "l3"))
		ros_lines_add(import, lines, "-4 set hash-policy %s", v4);
	if (strcmp(v6, "l3"))
		ros_lines_add(import, lines, "-6 set hash-policy %s", v6);
}

static void read_policies(struct ros_import *import)
{
	const char *v4, *v6;

	v4 = read_policy(import, ROS_SETTINGS_ROUTING,
			 "ipv4-multipath-hash-policy", "l3");
	v4 = read_policy(import, ROS_SETTINGS4, "ipv4-multipath-hash-policy",
			 v4);
	v6 = read_policy(import, ROS_SETTINGS_ROUTING,
			 "ipv6-multipath-hash-policy", "l3");
	v6 = read_policy(import, ROS_SETTINGS6, "multipath-hash-policy", v6);
	write_policies(import, v4, v6);
}

/* ---- checks ---- */

/* 10s, 1m30s, 500ms, 00:00:10, or seconds. */
static bool read_time(const char *text, uint64_t *msecs)
{
	static const struct { const char *unit; uint64_t msecs; } units[] = {
		{ "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 },
		{ "d", 86400000 }, { "w", 604800000 },
	};
	unsigned int i, h, m, s;
	uint64_t number;
	char *end, rest;

	*msecs = 0;
	if (sscanf(text, "%2u:%2u:%2u%c", &h, &m, &s, &rest) == 3) {
		*msecs = (h * UINT64_C(3600) + m * 60 + s) * 1000;
		return true;
	}
	while (*text) {
		if (strspn(text, "0123456789") - 1 > 8)
			return false;
		number = strtoull(text, &end, 10);
		for (i = 0; i < COUNT(units); i++)
			if (!strncmp(units[i].unit, end, strlen(units[i].unit)))
				break;
		if (*end && i == COUNT(units))
			return false;
		*msecs += number * (*end ? units[i].msecs : 1000);
		text = end + (*end ? strlen(units[i].unit) : 0);
	}
	return true;
}

static void read_pace(struct ros_import *import, struct ros_item *item,
		      const char *theirs, const char *ours, uint64_t otherwise)
{
	const char *text = ros_prop_text(item, theirs);
	char buf[DURATION_TEXT];
	uint64_t msecs;
	unsigned int line;

	if (!text)
		return;
	line = ros_prop_peek(item, theirs)->line;
	if (!read_time(text, &msecs))
		ros_remark(import, ROS_MISTAKE, line,
			   "\"%s=%s\": this must be a time", theirs, text);
	else if (msecs < 100 || msecs > 600000)
		ros_remark(import, ROS_WARNING, line,
			   "\"%s=%s\" is left out: here it is from 100ms to 10m",
			   theirs, text);
	else if (msecs != otherwise)
		ros_lines_add(import, &import->settings, "set %s %s", ours,
			      duration_text(msecs, buf));
}

static void read_checks(struct ros_import *import)
{
	struct ros_item *item = import->items[ROS_SETTINGS_ROUTING];
	uint64_t count = 2;

	if (!item)
		return;
	read_pace(import, item, "check-gateway-ping-interval",
		  "check-gateway-interval", 10000);
	read_pace(import, item, "check-gateway-ping-timeout",
		  "check-gateway-timeout", 1000);
	ros_prop_number(import, item, "check-gateway-ping-count", 255, &count);
	if (count && count != 2)
		ros_lines_add(import, &import->settings,
			      "set check-gateway-count %u",
			      (unsigned int)count);
}

/* "user" is where /routing rule is: the usual order is that of this module. */
static void read_order(struct ros_import *import)
{
	struct ros_item *item = import->items[ROS_SETTINGS_ROUTING];
	struct ros_arg *rules = item ? ros_prop(item, "policy-rules") : NULL;

	if (rules && rules->value && rules->value[0])
		ros_remark(import, ROS_WARNING, rules->line,
			   "\"policy-rules\" is left out: here marks come first, then the rules, then main");
}

/**
 * ros_settings - read the settings
 * @import: with the items
 */
void ros_settings(struct ros_import *import)
{
	static const enum ros_section sections[] = {
		ROS_SETTINGS4, ROS_SETTINGS6, ROS_SETTINGS_ROUTING,
	};
	struct ros_item *item;
	struct ros_arg *prop;
	unsigned int i;

	read_policies(import);
	read_checks(import);
	read_order(import);
	for (i = 0; i < COUNT(sections); i++) {
		item = import->items[sections[i]];
		while (item && (prop = ros_prop_unused(item)))
			tell_setting(import, sections[i], prop);
	}
}
