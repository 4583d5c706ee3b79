// SPDX-License-Identifier: GPL-2.0
/*
 * /routing rule, RouterOS 6's /ip route rule, and the routing marks of mangle,
 * which RouterOS looks up in the table of their name before any rule.
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "routeros.h"
#include "rule_text.h"
#include "text.h"

/**
 * struct rule - a rule that is being put together
 * @import: with the tables
 * @item: what was written
 * @family: of its addresses; AF_UNSPEC: both
 * @left_out: something keeps it from being a rule here; that has been told
 * @disabled: kept, but not used
 * @addressed: a matcher tells the family
 * @match: its matchers
 * @action: what it does
 */
struct rule {
	struct ros_import	*import;
	struct ros_item		*item;
	uint8_t			family;
	bool			left_out;
	bool			disabled;
	bool			addressed;
	char			match[RULE_TEXT];
	char			action[RULE_TEXT];
};

static void leave_out(struct rule *rule, const char *key, const char *why)
{
	const struct ros_arg *prop = ros_prop_peek(rule->item, key);

	rule->left_out = true;
	ros_remark(rule->import, ROS_WARNING,
		   prop ? prop->line : rule->item->line,
		   "this rule is left out: \"%s\" %s", key, why);
}

/* src-address, dst-address: 0.0.0.0/0 tells no more than the family. */
static void read_address(struct rule *rule, const char *key, const char *word)
{
	const char *text = ros_prop_text(rule->item, key);
	char buf[ADDRESS_TEXT];
	struct prefix prefix;
	bool host_bits;

	if (!text)
		return;
	if (!ros_prefix(text, AF_UNSPEC, &prefix, &host_bits)) {
		ros_remark(rule->import, ROS_MISTAKE,
			   ros_prop_peek(rule->item, key)->line,
			   "\"%s=%s\": this must be a prefix", key, text);
		return;
	}
	if (host_bits)
		ros_remark(rule->import, ROS_WARNING,
			   ros_prop_peek(rule->item, key)->line,
			   "\"%s=%s\" has host bits set: it became %s", key,
			   text, prefix_text(&prefix, buf));
	if (rule->family && rule->family != prefix.address.family)
		leave_out(rule, key, "is of another family than the rest");
	rule->family = prefix.address.family;
	if (!prefix.length)
		return;
	rule->addressed = true;
	text_add(rule->match, RULE_TEXT, "%s %s", word,
		 prefix_text(&prefix, buf));
}

static void read_interface(struct rule *rule)
{
	const char *text = ros_prop_text(rule->item, "interface");
	char quoted[TEXT_QUOTED(32)];

	if (!text)
		return;
	text = ros_device(rule->import, text,
			  ros_prop_peek(rule->item, "interface")->line);
	text_add(rule->match, RULE_TEXT, "iif %s",
		 text_quote(text, quoted, sizeof(quoted)));
}

static struct ros_pair *find_mark(struct ros_import *import, const char *name)
{
	unsigned int i;

	for (i = 0; i < import->marks; i++) {
		if (strcmp(import->mark[i].from, name))
			continue;
		import->mark[i].used = true;
		return &import->mark[i];
	}
	return NULL;
}

static void read_mark(struct rule *rule)
{
	const char *text = ros_prop_text(rule->item, "routing-mark");
	const struct ros_pair *mark;

	if (!text)
		return;
	mark = find_mark(rule->import, text);
	if (mark)
		text_add(rule->match, RULE_TEXT, "mark %s", mark->to);
	else
		leave_out(rule, "routing-mark",
			  "is set by mangle: let nftables set a mark (meta mark set VALUE) in a chain of priority mangle, and add --mark NAME=VALUE");
}

/* RouterOS takes up to 4294967295. The addresses have told the family. */
static void read_min_prefix(struct rule *rule, bool looks_up)
{
	unsigned int most = rule->family == AF_INET ? 32 : 128;
	uint64_t length = most;

	if (!ros_prop_number(rule->import, rule->item, "min-prefix",
			     UINT32_MAX, &length))
		return;
	if (looks_up)
		text_add(rule->action, RULE_TEXT, "min-prefix %u",
			 length > most ? most : (unsigned int)length);
}

static void read_table(struct rule *rule, const char *action, bool declared)
{
	const char *name = ros_prop_text(rule->item, "table");
	const struct ros_arg *prop = ros_prop_peek(rule->item, "table");
	struct ros_table *table = &rule->import->main;

	/* The router's own addresses come before every rule. */
	if (name && !strcmp(name, "local")) {
		rule->left_out = true;
		ros_remark(rule->import, ROS_NOTE, prop->line,
			   "\"table=local\" is no rule here: the router's own addresses come before all rules");
		return;
	}
	if (name)
		table = ros_table(rule->import, name, prop->line, declared);
	rule->disabled |= table->dead != NULL;
	text_add(rule->action, RULE_TEXT, "%s %s", action, table->ours);
}

static void read_action(struct rule *rule, bool declared)
{
	const char *text = ros_prop_text(rule->item, "action");
	const char *action = text ? text : "lookup";
	bool looks_up = !strncmp(action, "lookup", 6);

	if (!strcmp(action, "lookup") ||
	    !strcmp(action, "lookup-only-in-table")) {
		read_table(rule, action, declared);
	} else if (!strcmp(action, "drop") || !strcmp(action, "unreachable") ||
		   !strcmp(action, "prohibit")) {
		ros_prop_text(rule->item, "table");
		text_add(rule->action, RULE_TEXT, "%s", action);
	} else {
		ros_prop_text(rule->item, "table");
		leave_out(rule, "action",
			  "is none of lookup, lookup-only-in-table, drop and unreachable");
	}
	read_min_prefix(rule, looks_up);
}

/* What is not known may be a matcher: without it the rule would match more. */
static void unknown_props(struct rule *rule)
{
	const char *chain = ros_prop_text(rule->item, "chain");
	const struct ros_arg *prop;

	if (chain && strcmp(chain, "user"))
		leave_out(rule, "chain",
			  "is not known here: there is one list of rules");
	while ((prop = ros_prop_unused(rule->item))) {
		rule->left_out = true;
		ros_remark(rule->import, ROS_WARNING, prop->line,
			   "this rule is left out: \"%s\" is not known here, and without it the rule might match more",
			   prop->key);
	}
}

static void read_rule(struct ros_import *import, struct ros_item *item,
		      uint8_t family)
{
	struct rule rule = {
		.import = import, .item = item, .family = family,
	};
	char quoted[TEXT_QUOTED(ECMP_COMMENT_MAX)];
	const char *comment, *option = "";

	read_address(&rule, "src-address", "from");
	read_address(&rule, "dst-address", "to");
	read_interface(&rule);
	read_mark(&rule);
	read_action(&rule, !family);
	rule.disabled |= ros_prop_flag(import, item, "disabled", false);
	comment = ros_prop_comment(import, item);
	unknown_props(&rule);
	if (rule.left_out)
		return;
	if (rule.family && !rule.addressed)
		option = rule.family == AF_INET ? "-4 " : "-6 ";
	ros_lines_add(import, &import->rules, "%srule add %s%s%s%s%s%s",
		      option, rule.match, rule.match[0] ? " " : "",
		      rule.action, rule.disabled ? " disabled" : "",
		      comment[0] ? " comment " : "", comment[0] ?
		      text_quote(comment, quoted, sizeof(quoted)) : "");
}

/* ---- mangle ---- */

/* Packets with a mark are looked up in the table of its name, then in main. */
static void mark_rule(struct ros_import *import, const struct ros_pair *mark)
{
	const struct ros_table *table;

	for (table = import->tables; table; table = table->next)
		if (!strcmp(table->theirs, mark->from) && !table->dead)
			ros_lines_add(import, &import->mark_rules,
				      "rule add mark %s lookup %s", mark->to,
				      table->ours);
}

static void mark_missing(struct ros_import *import, const char *name,
			 unsigned int line)
{
	ros_remark(import, ROS_WARNING, line,
		   "mangle marks packets for the table \"%s\": %slet nftables mark them (meta mark set VALUE) in a chain of priority mangle, and add --mark '%s=VALUE'",
		   name, ros_spreading(import) ?
		   "unless they only share among lines, " : "", name);
}

/* Each name is told once. */
static void read_mangle(struct ros_import *import)
{
	const struct ros_item *item, *before;
	const struct ros_arg *mark, *other;

	for (item = import->items[ROS_MANGLE]; item; item = item->next) {
		mark = ros_prop_peek(item, "new-routing-mark");
		if (!mark || mark->kind != ROS_TEXT || !mark->value[0] ||
		    !strcmp(mark->value, "main"))
			continue;
		for (before = import->items[ROS_MANGLE]; before != item;
		     before = before->next) {
			other = ros_prop_peek(before, "new-routing-mark");
			if (other && other->kind == ROS_TEXT &&
			    !strcmp(other->value, mark->value))
				break;
		}
		if (before == item && !find_mark(import, mark->value))
			mark_missing(import, mark->value, mark->line);
	}
}

/**
 * ros_rules - read the rules
 * @import: with the items, the tables and all routes
 */
void ros_rules(struct ros_import *import)
{
	struct ros_item *item;
	unsigned int i;

	for (item = import->items[ROS_RULES4]; item; item = item->next)
		read_rule(import, item, AF_INET);
	for (item = import->items[ROS_RULES]; item; item = item->next)
		read_rule(import, item, AF_UNSPEC);
	read_mangle(import);
	for (i = 0; i < import->marks; i++)
		mark_rule(import, &import->mark[i]);
}
