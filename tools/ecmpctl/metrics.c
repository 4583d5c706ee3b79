// SPDX-License-Identifier: GPL-2.0
/*
 * Counters and health in the text format of Prometheus: all samples of a metric
 * behind its HELP and TYPE, each with what tells it from the others. Units are
 * base units; what only grows ends in _total.
 */
#include <inttypes.h>
#include <string.h>

#include "ecmpctl.h"
#include "metrics.h"
#include "rule_text.h"
#include "save.h"
#include "text.h"

/* What a sample says of an attribute. */
enum what {
	VALUE,		/* the number */
	MSECS,		/* the number in seconds */
	USECS,
	THERE,		/* 1 if it is there */
	NONZERO,	/* 1 if it is not 0 */
	DRAINS,		/* 1 if this reason is draining */
};

/**
 * struct metric - one that all objects of a kind have
 * @name: without "ecmp_"; what begins like the one before is one with it
 * @help: what it is
 * @attr: the attribute that it comes from; those that lack it have no sample,
 *	but with THERE, NONZERO and DRAINS
 * @what: and how
 * @label: another label with its value; may be NULL
 */
struct metric {
	const char	*name;
	const char	*help;
	uint16_t	attr;
	enum what	what;
	const char	*label;
};

static const struct metric settings[] = {
	{ "enabled", "Whether packets are decided here: set enabled.",
	  ECMP_A_SETTINGS_ENABLED, NONZERO, NULL },
	{ "hooks", "Whether there is a rule or a route to decide by.",
	  ECMP_A_SETTINGS_HOOKS, NONZERO, NULL },
	{ "tables", "Tables, main among them.",
	  ECMP_A_SETTINGS_TABLES, VALUE, NULL },
	{ "rules", "Rules.", ECMP_A_SETTINGS_RULES, VALUE, NULL },
	{ "generation_total", "Changes of the configuration and of paths.",
	  ECMP_A_SETTINGS_GENERATION, VALUE, NULL },
	{ "kernel_resyncs_total",
	  "How often all of the kernel's routes were read again.",
	  ECMP_A_SETTINGS_RESYNCS, VALUE, NULL },
	{ "rebuilds_total", "How often the paths of a group were dealt anew.",
	  ECMP_A_SETTINGS_REBUILDS, VALUE, NULL },
	{ "publications_total",
	  "How often a prefix or the policy changed for packets.",
	  ECMP_A_SETTINGS_PUBLICATIONS, VALUE, NULL },
};

static const struct metric tables[] = {
	{ "table_packets_total", "Packets that got a route of this table.",
	  ECMP_A_TABLE_PACKETS, VALUE, NULL },
	{ "table_bytes_total", "Bytes of these packets.",
	  ECMP_A_TABLE_BYTES, VALUE, NULL },
	{ "table_routes", "Routes in this table.",
	  ECMP_A_TABLE_ROUTES4, VALUE, "family=\"ipv4\"" },
	{ "table_routes", "Routes in this table.",
	  ECMP_A_TABLE_ROUTES6, VALUE, "family=\"ipv6\"" },
	{ "table_rules", "Rules that look into this table.",
	  ECMP_A_TABLE_RULES, VALUE, NULL },
};

static const struct metric rules[] = {
	{ "rule_packets_total", "Packets that this rule decided.",
	  ECMP_A_RULE_PACKETS, VALUE, NULL },
	{ "rule_bytes_total", "Bytes of these packets.",
	  ECMP_A_RULE_BYTES, VALUE, NULL },
	{ "rule_skipped",
	  "Whether it is disabled, or its interface does not exist now.",
	  ECMP_A_RULE_FLAGS, NONZERO, NULL },
};

static const struct metric nexthops[] = {
	{ "nexthop_packets_total", "Packets that left by this path.",
	  ECMP_A_NEXTHOP_PACKETS, VALUE, NULL },
	{ "nexthop_bytes_total", "Bytes of these packets.",
	  ECMP_A_NEXTHOP_BYTES, VALUE, NULL },
	{ "nexthop_alive", "Whether this path lives.",
	  ECMP_A_NEXTHOP_STATE, VALUE, NULL },
	{ "nexthop_draining", "Whether it takes no new connections.",
	  ECMP_A_NEXTHOP_REASON, DRAINS, NULL },
	{ "nexthop_forced", "Whether somebody has set its state.",
	  ECMP_A_NEXTHOP_FORCED, NONZERO, NULL },
	{ "nexthop_uplink", "Whether an enabled default route goes by it.",
	  ECMP_A_NEXTHOP_UPLINK, THERE, NULL },
	{ "nexthop_state_age_seconds", "Since when it lives, or is dead.",
	  ECMP_A_NEXTHOP_AGE, MSECS, NULL },
	{ "nexthop_deaths_total", "How often it died.",
	  ECMP_A_NEXTHOP_FLAPS, VALUE, NULL },
	{ "nexthop_routes", "Routes that go by it.",
	  ECMP_A_NEXTHOP_ROUTES, VALUE, NULL },
	{ "nexthop_checks_sent_total", "Probes of its check-gateway.",
	  ECMP_A_NEXTHOP_CHECK_SENT, VALUE, NULL },
	{ "nexthop_checks_lost_total", "Of these, those without an answer.",
	  ECMP_A_NEXTHOP_CHECK_LOST, VALUE, NULL },
	{ "nexthop_checks_missed", "Probes without an answer in a row.",
	  ECMP_A_NEXTHOP_CHECK_MISSED, VALUE, NULL },
	{ "nexthop_check_rtt_seconds", "What the last answer took.",
	  ECMP_A_NEXTHOP_CHECK_RTT, USECS, NULL },
};

/* Bytes that are no text, as in names of interfaces, stand as \xHH. */
static void put_label(FILE *out, const char *name, const char *value)
{
	size_t left = strlen(value), length;
	uint32_t code;

	fprintf(out, "%s=\"", name);
	for (; left; value += length, left -= length) {
		length = utf8_character(value, left, &code);
		if (!length || is_control(code)) {
			fprintf(out, "\\\\x%02x", (unsigned char)*value);
			length = 1;
		} else if (code == '"' || code == '\\') {
			fprintf(out, "\\%c", (char)code);
		} else {
			fwrite(value, 1, length, out);
		}
	}
	fputc('"', out);
}

static void table_labels(FILE *out, const struct nlattr **a)
{
	put_label(out, "table", string_of(a[ECMP_A_TABLE_NAME]));
}

/* Its number, as no id: a load gives every rule another one. */
static void rule_labels(FILE *out, const struct nlattr **a)
{
	char match[RULE_TEXT], action[RULE_TEXT];
	char rule[2 * RULE_TEXT + 8];
	const char *option = rule_text_family(a);

	rule_text_match(a, match);
	rule_text_action(a, action);
	snprintf(rule, sizeof(rule), "%s%s%s%s%s", option,
		 option[0] ? " " : "", match, match[0] ? " " : "", action);
	fprintf(out, "index=\"%" PRIu64 "\",", number_of(a[ECMP_A_RULE_INDEX]));
	put_label(out, "rule", rule);
	fputc(',', out);
	put_label(out, "comment", string_of(a[ECMP_A_RULE_COMMENT]));
}

static void nexthop_labels(FILE *out, const struct nlattr **a)
{
	struct address gateway = address_of(a[ECMP_A_NEXTHOP_GATEWAY]);
	char text[ADDRESS_TEXT] = "";

	if (gateway.family)
		address_text(&gateway, text);
	fprintf(out, "family=\"%s\",gateway=\"%s\",",
		name_word(families, number_of(a[ECMP_A_NEXTHOP_FAMILY])), text);
	put_label(out, "device", string_of(a[ECMP_A_NEXTHOP_DEVICE]));
}

static void put_value(FILE *out, const struct metric *m, uint64_t value)
{
	switch (m->what) {
	case MSECS:
		fprintf(out, " %" PRIu64 ".%03u\n", value / 1000,
			(unsigned int)(value % 1000));
		return;
	case USECS:
		fprintf(out, " %" PRIu64 ".%06u\n", value / 1000000,
			(unsigned int)(value % 1000000));
		return;
	case NONZERO:
		value = value != 0;
		break;
	case DRAINS:
		value = value == ECMP_REASON_DRAIN ||
			value == ECMP_REASON_LAST_RESORT;
		break;
	case VALUE:
	case THERE:
		break;
	}
	fprintf(out, " %" PRIu64 "\n", value);
}

static void put_sample(FILE *out, const struct metric *m,
		       const struct nlattr **a,
		       void (*labels)(FILE *out, const struct nlattr **a))
{
	const struct nlattr *attr = a[m->attr];

	if (!attr && (m->what == VALUE || m->what == MSECS ||
		      m->what == USECS))
		return;
	fprintf(out, "ecmp_%s", m->name);
	if (labels || m->label)
		fputc('{', out);
	if (labels)
		labels(out, a);
	if (m->label)
		fprintf(out, ",%s", m->label);
	if (labels || m->label)
		fputc('}', out);
	put_value(out, m, m->what == THERE ? !!attr : number_of(attr));
}

static bool is_counter(const char *name)
{
	size_t length = strlen(name);

	return length > 6 && !strcmp(name + length - 6, "_total");
}

static void put_head(FILE *out, const struct metric *m)
{
	fprintf(out, "# HELP ecmp_%s %s\n# TYPE ecmp_%s %s\n", m->name,
		m->help, m->name, is_counter(m->name) ? "counter" : "gauge");
}

static void put_dump(FILE *out, const struct metric *m, unsigned int count,
		     const struct answers *answers, unsigned int max,
		     void (*labels)(FILE *out, const struct nlattr **a))
{
	const struct nlattr *a[WORDS_ATTRIBUTES];
	const struct nlmsghdr *nlh;
	unsigned int i;

	if (!answers->count)
		return;
	for (i = 0; i < count; i++) {
		if (!i || strcmp(m[i].name, m[i - 1].name))
			put_head(out, &m[i]);
		nlh = NULL;
		while ((nlh = answers_next(answers, nlh))) {
			attributes_read(nlh, a, max);
			put_sample(out, &m[i], a, labels);
		}
	}
}

/**
 * metrics_print - print all counters, and the health of all paths
 * @out: where to
 * @s: what the module told; its routes are not looked at
 */
void metrics_print(FILE *out, const struct state *s)
{
	const struct nlattr *a[ECMP_A_SETTINGS_MAX + 1];
	unsigned int i;

	attributes_read(s->settings, a, ECMP_A_SETTINGS_MAX);
	for (i = 0; i < COUNT(settings); i++) {
		put_head(out, &settings[i]);
		put_sample(out, &settings[i], a, NULL);
	}
	put_dump(out, tables, COUNT(tables), &s->tables, ECMP_A_TABLE_MAX,
		 table_labels);
	put_dump(out, rules, COUNT(rules), &s->rules, ECMP_A_RULE_MAX,
		 rule_labels);
	put_dump(out, nexthops, COUNT(nexthops), &s->nexthops,
		 ECMP_A_NEXTHOP_MAX, nexthop_labels);
}
