// SPDX-License-Identifier: GPL-2.0
/*
 * ecmpctl: the options, the list of commands, and how each is done.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ecmpctl.h"

/* The first with an object and no verb does it when no other verb fits. */
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
	{ "nexthop", "set", nexthop_parse_set, NULL, false },
	{ "nexthop", "show", NULL, nexthop_run_show, false },
	{ "settings", "show", NULL, settings_run_show, false },
	{ "set", NULL, settings_parse_set, NULL, true },
	{ "get", NULL, NULL, get_run, false },
	{ "load", NULL, NULL, load_run, false },
	{ "save", NULL, NULL, save_run, false },
	{ "show", NULL, NULL, show_run, false },
	{ "monitor", NULL, NULL, monitor_run, false },
};

/* Of the grammar, but of a later version. */
static const char *const later[] = {
	"check", "confirm", "diff", "distance", "flow", "import", "stats",
};

static bool is_later(const char *word)
{
	unsigned int i;

	for (i = 0; i < COUNT(later); i++)
		if (!strcmp(later[i], word))
			return true;
	return false;
}

/* The verbs of an object, or with NULL all objects, for a sentence. */
static void list_commands(const char *object, char *buf, size_t size)
{
	const char *last = "";
	unsigned int i;
	size_t used = 0;

	buf[0] = '\0';
	for (i = 0; i < COUNT(commands) && used < size; i++) {
		const struct command *c = &commands[i];
		const char *word = object ? c->verb : c->object;

		if ((object && strcmp(c->object, object)) ||
		    !strcmp(word, last))
			continue;
		used += snprintf(buf + used, size - used, "%s%s",
				 used ? ", " : "", word);
		last = word;
	}
}

static const struct command *find_verb(struct words *words)
{
	const char *object = words->word[words->next - 1], *verb;
	char list[128];
	unsigned int i;

	list_commands(object, list, sizeof(list));
	verb = words_take(words, list);
	if (!verb)
		return NULL;
	for (i = 0; i < COUNT(commands); i++) {
		if (strcmp(commands[i].object, object) ||
		    strcmp(commands[i].verb, verb))
			continue;
		words->command = words->next;
		return &commands[i];
	}
	words_fail(words, words->next - 1,
		   "\"%s\" is nothing that \"%s\" can do: %s", verb, object,
		   list);
	return NULL;
}

/**
 * command_find - find the command that the first words name
 * @words: nothing but options taken yet; afterwards its words are
 *
 * Return: the command, or NULL with words->problem.
 */
const struct command *command_find(struct words *words)
{
	const char *object;
	char list[128];
	unsigned int i;

	list_commands(NULL, list, sizeof(list));
	object = words_take(words, list);
	if (!object)
		return NULL;
	for (i = 0; i < COUNT(commands); i++) {
		if (strcmp(commands[i].object, object))
			continue;
		if (commands[i].verb)
			return find_verb(words);
		words->command = words->next;
		return &commands[i];
	}
	if (is_later(object))
		words_fail(words, words->next - 1,
			   "ecmpctl %s is not in this version", object);
	else
		words_fail(words, words->next - 1,
			   "\"%s\" is no command: %s; see \"ecmpctl help\"",
			   object, list);
	return NULL;
}

static void print_problem(const struct ctl *ctl, const char *color,
			  const char *label, const char *fmt, va_list args)
{
	fflush(stdout);
	fprintf(stderr, "%secmpctl: %s%s", ctl->color_errors ? color : "",
		label, ctl->color_errors ? "\033[0m" : "");
	vfprintf(stderr, fmt, args);
	fputc('\n', stderr);
}

/**
 * print_error - a sentence on standard error
 * @ctl: this run
 * @fmt: the sentence
 */
void print_error(const struct ctl *ctl, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	print_problem(ctl, "\033[31m", "", fmt, args);
	va_end(args);
}

/**
 * print_warning - a sentence that stops nothing
 * @ctl: this run
 * @fmt: the sentence
 */
void print_warning(const struct ctl *ctl, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	print_problem(ctl, "\033[33m", "warning: ", fmt, args);
	va_end(args);
}

/**
 * ctl_problem - a command is not one of the grammar
 * @ctl: this run
 * @words: with its problem
 *
 * Return: the exit status.
 */
int ctl_problem(const struct ctl *ctl, const struct words *words)
{
	print_error(ctl, "%s", words->problem);
	return EXIT_SYNTAX;
}

/* The word that the kernel's refusal is about, or NULL. */
static const char *guilty_word(const struct ctl *ctl,
			       const struct words *words)
{
	uint16_t attribute = ctl->nl.refusal.attribute;
	unsigned int at;

	if (!attribute || attribute >= WORDS_ATTRIBUTES)
		return NULL;
	at = words->at[attribute];
	if (!at)
		return NULL;
	/* Selectors are words one after another; "id" is one of its own. */
	for (at += ctl->nl.refusal.place; at < words->count; at++)
		if (strcmp(words->word[at], "id"))
			return words->word[at];
	return NULL;
}

/**
 * ctl_refused - the kernel refused: print its sentence
 * @ctl: this run, with the refusal in its socket
 * @words: the command, to point at the word that is meant
 *
 * Return: the exit status.
 */
int ctl_refused(const struct ctl *ctl, const struct words *words)
{
	const char *word = guilty_word(ctl, words);

	/* Exactly these words, for scripts. */
	if (!ctl->nl.family || ctl->nl.family == GENL_ID_CTRL) {
		fprintf(stderr, "%s\n", ctl->nl.refusal.sentence);
		return EXIT_REFUSED;
	}
	if (word)
		print_error(ctl, "\"%s\": %s", word,
			    ctl->nl.refusal.sentence);
	else
		print_error(ctl, "%s", ctl->nl.refusal.sentence);
	return EXIT_REFUSED;
}

/**
 * ctl_open - speak with the module
 * @ctl: this run
 *
 * Return: 0, or -1 with the refusal in the socket.
 */
int ctl_open(struct ctl *ctl)
{
	struct refusal *refusal = &ctl->nl.refusal;

	if (!netlink_open(&ctl->nl))
		return 0;
	if (refusal->error == ENOENT)
		snprintf(refusal->sentence, sizeof(refusal->sentence),
			 "module ecmp is not loaded: modprobe ecmp");
	return -1;
}

/**
 * ctl_finish - a command was done: is its output written?
 * @ctl: this run
 *
 * Return: the exit status.
 */
int ctl_finish(struct ctl *ctl)
{
	if (!print_end(&ctl->out))
		return EXIT_DONE;
	print_error(ctl, "the output could not be written");
	return EXIT_REFUSED;
}

static int run_request(struct ctl *ctl, struct words *words,
		       const struct command *command)
{
	static struct request request;
	struct nlmsghdr *nlh;
	int status;

	if (!command->parse(words, &request) || !words_end(words))
		return ctl_problem(ctl, words);
	if (ctl_open(ctl))
		return ctl_refused(ctl, words);
	nlh = netlink_message(&ctl->nl, request.command,
			      request.flags |
			      (request.echo ? NLM_F_ECHO : 0));
	request.put(nlh, &request);
	if (!netlink_talk(&ctl->nl, nlh, request.echo, ctl))
		return ctl_finish(ctl);
	status = ctl_refused(ctl, words);
	if (request.refused)
		request.refused(ctl, &request);
	return status;
}

static int run_command(struct ctl *ctl, struct words *words)
{
	const struct command *command;

	if (!words_left(words) || words_match(words, "help"))
		return help_print(words_left(words) ?
				  words->word[words->next] : NULL);
	if (words->count > words->next + 1 &&
	    !strcmp(words->word[words->count - 1], "help") &&
	    words->count <= words->next + 3)
		return help_print(words->word[words->next]);
	command = command_find(words);
	if (!command)
		return ctl_problem(ctl, words);
	return command->run ? command->run(ctl, words) :
			      run_request(ctl, words, command);
}

/* --color[=auto|never|always]; ECMP_COLOR likewise. */
static bool set_color(struct ctl *ctl, const char *when)
{
	bool terminal = isatty(STDOUT_FILENO);

	ctl->color_errors = isatty(STDERR_FILENO);
	if (!strcmp(when, "auto")) {
		ctl->out.color = terminal && !getenv("NO_COLOR");
		return true;
	}
	ctl->out.color = !strcmp(when, "always");
	ctl->color_errors = ctl->out.color;
	return ctl->out.color || !strcmp(when, "never");
}

static bool take_option(struct ctl *ctl, struct words *words,
			const char *option)
{
	if (!strcmp(option, "-4")) {
		ctl->family = AF_INET;
	} else if (!strcmp(option, "-6")) {
		ctl->family = AF_INET6;
	} else if (!strcmp(option, "-j") || !strcmp(option, "--json")) {
		ctl->out.json = true;
	} else if (!strcmp(option, "-p") || !strcmp(option, "--pretty")) {
		ctl->out.pretty = true;
	} else if (!strcmp(option, "-s") || !strcmp(option, "--stats")) {
		ctl->stats = true;
	} else if (!strcmp(option, "--color")) {
		return set_color(ctl, "always");
	} else if (!strncmp(option, "--color=", 8)) {
		if (!set_color(ctl, option + 8))
			return words_fail(words, words->next - 1,
					  "\"%s\": the colour is auto, never or always",
					  option);
	} else {
		return words_fail(words, words->next - 1,
				  "\"%s\" is no option: -4 -6 -j -p -s --color -V -h; see \"ecmpctl help\"",
				  option);
	}
	return true;
}

static bool take_options(struct ctl *ctl, struct words *words)
{
	while (words_left(words) && words->word[words->next][0] == '-' &&
	       words->word[words->next][1]) {
		const char *option = words->word[words->next++];

		if (!take_option(ctl, words, option))
			return false;
	}
	if (ctl->out.pretty)
		ctl->out.json = true;
	words->family = ctl->family;
	return true;
}

int main(int argc, char **argv)
{
	struct ctl ctl = { .out.out = stdout };
	const char *color = getenv("ECMP_COLOR");
	struct words words;
	int status;

	words_init(&words, (const char *const *)argv + 1,
		   argc > 1 ? argc - 1 : 0);
	if (!color || !set_color(&ctl, color))
		set_color(&ctl, "auto");
	if (words_next_is(&words, "-V") || words_next_is(&words, "--version")) {
		puts("ecmpctl " ECMPCTL_VERSION);
		return EXIT_DONE;
	}
	if (words_next_is(&words, "-h") || words_next_is(&words, "--help"))
		return help_print(NULL);
	status = take_options(&ctl, &words) ? run_command(&ctl, &words) :
					      ctl_problem(&ctl, &words);
	netlink_close(&ctl.nl);
	return status;
}
