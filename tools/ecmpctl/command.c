// SPDX-License-Identifier: GPL-2.0
/*
 * All commands, by the words that name them.
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "ecmpctl.h"
#include "file.h"
#include "hint.h"
#include "suggest.h"
#include "text.h"

#define COMMANDS	40

static const struct command commands[] = {
	{ "table", "add", table_parse_add, NULL, true },
	{ "table", "set", table_parse_set, NULL, true },
	{ "table", "del", table_parse_del, NULL, false },
	{ "table", "show", NULL, table_run_show, false },
	{ "route", "add", route_parse_add, NULL, true },
	{ "route", "replace", route_parse_replace, NULL, true },
	{ "route", "set", route_parse_set, NULL, false },
	{ "route", "del", route_parse_del, NULL, false },
	{ "route", "enable", route_parse_enable, NULL, false },
	{ "route", "disable", route_parse_disable, NULL, false },
	{ "route", "flush", route_parse_flush, NULL, false },
	{ "route", "show", NULL, route_run_show, false },
	{ "rule", "add", rule_parse_add, NULL, true },
	{ "rule", "set", rule_parse_set, NULL, false },
	{ "rule", "del", rule_parse_del, NULL, false },
	{ "rule", "move", rule_parse_move, NULL, false },
	{ "rule", "enable", rule_parse_enable, NULL, false },
	{ "rule", "disable", rule_parse_disable, NULL, false },
	{ "rule", "show", NULL, rule_run_show, false },
	{ "nexthop", "set", nexthop_parse_set, NULL, true },
	{ "nexthop", "show", NULL, nexthop_run_show, false },
	{ "distance", "proto", distance_parse_proto, NULL, true },
	{ "distance", "dev", distance_parse_dev, NULL, true },
	{ "settings", "show", NULL, settings_run_show, false },
	{ "set", NULL, settings_parse_set, NULL, true },
	{ "flow", "list", NULL, flow_run_list, false },
	{ "flow", "evict", NULL, flow_run_evict, false },
	{ "get", NULL, NULL, get_run, false },
	{ "load", NULL, NULL, load_run, false },
	{ "save", NULL, NULL, save_run, false },
	{ "confirm", NULL, NULL, confirm_run, false },
	{ "check", NULL, NULL, check_run, false },
	{ "diff", NULL, NULL, diff_run, false },
	{ "import", "routeros", NULL, import_run, false },
	{ "show", NULL, NULL, show_run, false },
	{ "stats", NULL, NULL, stats_run, false },
	{ "top", NULL, NULL, top_run, false },
	{ "monitor", NULL, NULL, monitor_run, false },
};

/* The verbs of an object, or with NULL all objects; each once. */
static void list_known(const char *object, const char **known)
{
	unsigned int i, count = 0;

	for (i = 0; i < COUNT(commands); i++) {
		const char *word = object ? commands[i].verb :
					    commands[i].object;

		if (object && strcmp(commands[i].object, object))
			continue;
		if (!count || strcmp(known[count - 1], word))
			known[count++] = word;
	}
	known[count] = NULL;
}

static void join(const char *const *known, char *buf, size_t size)
{
	size_t used = 0;

	buf[0] = '\0';
	for (; *known && used < size; known++)
		used += snprintf(buf + used, size - used, "%s%s",
				 used ? ", " : "", *known);
}

static const struct command *unknown(struct words *words,
				     const char *const *known)
{
	unsigned int at = words->next - 1;
	const char *word = words->word[at];
	const char *meant = word_suggest(word, known);
	char list[256];

	join(known, list, sizeof(list));
	if (!at && hint_command(words, word))
		return NULL;
	if (meant)
		words_fail(words, at,
			   "\"%s\" is no command: did you mean \"%s\"?", word,
			   meant);
	else
		words_fail(words, at, "\"%s\" is no command: there are %s",
			   word, list);
	return NULL;
}

static const struct command *find_verb(struct words *words)
{
	const char *object = words->word[words->next - 1], *verb;
	const char *known[COMMANDS];
	char list[256];
	unsigned int i;

	words->command = words->next;
	verb = words_left(words) ? words->word[words->next++] : NULL;
	for (i = 0; verb && i < COUNT(commands); i++) {
		if (!text_same(commands[i].object, object) ||
		    !text_same(commands[i].verb, verb))
			continue;
		words->command = words->next;
		return &commands[i];
	}
	list_known(object, known);
	if (verb)
		return unknown(words, known);
	join(known, list, sizeof(list));
	words_take(words, list);
	return NULL;
}

/* "show route", or "show routes": the object comes first. */
static bool is_turned(struct words *words)
{
	const char *verb = words->word[words->next - 1], *word, *object;
	unsigned int i;
	size_t length;

	word = words_left(words) ? words->word[words->next] : "";
	for (i = 0; i < COUNT(commands); i++) {
		object = commands[i].object;
		length = strlen(object);
		if (strncmp(object, word, length) ||
		    (word[length] && strcmp(word + length, "s")) ||
		    !commands[i].verb || strcmp(commands[i].verb, verb))
			continue;
		fail_last(words, "\"%s\" comes second: did you mean \"%s %s\"?",
			  verb, object, verb);
		return true;
	}
	return false;
}

/**
 * command_find - find the command that the first words name
 * @words: nothing but options taken yet; afterwards its words are
 *
 * Return: the command, or NULL with words->problem.
 */
const struct command *command_find(struct words *words)
{
	const char *known[COMMANDS], *object;
	unsigned int i;

	object = words_take(words, "a command");
	if (!object || is_turned(words))
		return NULL;
	for (i = 0; i < COUNT(commands); i++) {
		if (!text_same(commands[i].object, object))
			continue;
		if (commands[i].verb)
			return find_verb(words);
		words->command = words->next;
		return &commands[i];
	}
	list_known(NULL, known);
	return unknown(words, known);
}

static bool take_family(struct words *words)
{
	bool v4;

	while (words_left(words) && words->word[words->next][0] == '-') {
		v4 = words_match(words, "-4");
		if (!v4 && !words_match(words, "-6"))
			return words_fail(words, words->next,
					  "\"%s\": of the options only -4 and -6 may stand in a file",
					  words->word[words->next]);
		if (!words_family(words, v4 ? AF_INET : AF_INET6))
			return false;
	}
	return true;
}

/**
 * command_read - read a line of a configuration file
 * @line: its words
 * @words: for what is read, and for the problem
 * @request: where it goes
 */
bool command_read(const struct line *line, struct words *words,
		  struct request *request)
{
	const struct command *command;

	memset(request, 0, sizeof(*request));
	words_init(words, line->word, line->count);
	if (!take_family(words))
		return false;
	command = command_find(words);
	if (!command)
		return false;
	if (!command->file)
		return words_fail(words, words->count,
				  "\"%s%s%s\" has no place in a file: that holds table add, table set, route add, route replace, rule add, nexthop set, distance and set",
				  command->object, command->verb ? " " : "",
				  command->verb ? command->verb : "");
	return command->parse(words, request) && words_end(words);
}
