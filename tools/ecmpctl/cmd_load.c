// SPDX-License-Identifier: GPL-2.0
/*
 * load: a file of commands becomes the configuration, whole or not at all.
 *
 * The file is read twice: once for its grammar, so that every mistake is told
 * before anything is sent, and once to send it, so that a file of many routes
 * needs little more memory than its text. A long one is sent while it is read:
 * a mistake ends the sending, and what was sent until then is forgotten.
 */
#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "ecmpctl.h"
#include "file.h"
#include "lines.h"
#include "route_text.h"
#include "rtnetlink.h"
#include "session.h"
#include "text.h"

#define MISTAKES_SHOWN	20
#define WARNINGS_SHOWN	10
#define LONG_FILE	(128 << 10)	/* bytes */

/**
 * struct loading - a load on its way
 * @ctl: this run
 * @file: what is loaded
 * @start: where the line of each message begins, by sequence from @first
 * @first: sequence of the first message
 * @count: messages
 * @room: of @start
 * @again: for a line that is read again because it was refused
 * @mistakes: sentences so far
 * @grammar: some of them are of a line that is no command
 */
struct loading {
	struct ctl	*ctl;
	struct file	file;
	size_t		*start;
	uint32_t	first;
	size_t		count;
	size_t		room;
	struct line	again;
	unsigned int	mistakes;
	bool		grammar;
};

static void mistake(struct loading *l, unsigned int line, const char *word,
		    const char *sentence)
{
	if (++l->mistakes > MISTAKES_SHOWN)
		return;
	if (word)
		print_sentence(l->ctl, "%s:%u: \"%s\": %s", l->file.name, line,
			       word, sentence);
	else
		print_sentence(l->ctl, "%s:%u: %s", l->file.name, line,
			       sentence);
}

static void line_mistake(unsigned int number, const char *sentence, void *data)
{
	struct loading *l = data;

	l->grammar = true;
	mistake(l, number, NULL, sentence);
}

static bool with_lines(struct loading *l, line_command_t what)
{
	int done = lines_each(&l->file, what, line_mistake, l);

	if (done < 0)
		print_error(l->ctl, "there is no memory left");
	return !done;
}

/* ---- to the kernel ---- */

static unsigned int line_number(const struct file *file, size_t start)
{
	unsigned int number = 1;
	size_t i;

	for (i = 0; i < start; i++)
		number += file->text[i] == '\n';
	return number;
}

/* Read the line again, for the word that the refusal is about. */
static void line_refused(uint32_t sequence, const struct refusal *refusal,
			 void *data)
{
	struct loading *l = data;
	size_t i = sequence - l->first;
	const char *word = NULL;
	struct request request;
	struct words words;

	if (i >= l->count || l->mistakes >= MISTAKES_SHOWN) {
		l->mistakes++;
		return;
	}
	line_at(&l->again, &l->file, l->start[i]);
	if (command_read(&l->again, &words, &request))
		word = guilty_word(refusal, &words);
	mistake(l, line_number(&l->file, l->start[i]), word,
		refusal->sentence);
}

static bool send_batch(struct loading *l)
{
	unsigned int before = l->mistakes;

	if (!netlink_batch_send(&l->ctl->nl, line_refused, l))
		return true;
	if (l->mistakes == before)
		print_error(l->ctl, "%s", l->ctl->nl.refusal.sentence);
	return false;
}

static bool remember(struct loading *l, size_t start)
{
	size_t *more;

	if (l->count == l->room) {
		l->room = l->room ? l->room * 2 : 1024;
		more = realloc(l->start, l->room * sizeof(*more));
		if (!more) {
			print_error(l->ctl, "there is no memory left");
			return false;
		}
		l->start = more;
	}
	l->start[l->count++] = start;
	return true;
}

static bool send_line(const struct line *line, struct request *request,
		      void *data)
{
	struct loading *l = data;
	struct netlink *nl = &l->ctl->nl;
	struct nlmsghdr *nlh;

	/* It will not be loaded: what else is wrong? */
	if (l->grammar)
		return true;
	if (netlink_batch_full(nl) && !send_batch(l))
		return false;
	if (!remember(l, line->start))
		return false;
	nlh = netlink_batch_message(nl, request->command, request->flags);
	request->put(nlh, request);
	netlink_batch_add(nl, nlh);
	return true;
}

static int command_alone(struct ctl *ctl, uint8_t command)
{
	return netlink_talk(&ctl->nl, netlink_message(&ctl->nl, command, 0),
			    NULL, NULL);
}

static bool send_all(struct loading *l, bool force)
{
	netlink_batch_begin(&l->ctl->nl);
	l->first = l->ctl->nl.sequence + 1;
	return with_lines(l, send_line) && !l->grammar && send_batch(l) &&
	       !l->mistakes && (force || session_survives(l->ctl));
}

static int replace_all(struct loading *l, struct words *words, bool force)
{
	struct ctl *ctl = l->ctl;

	if (ctl_open(ctl) || command_alone(ctl, ECMP_CMD_TRANSACTION_BEGIN))
		return ctl_refused(ctl, words);
	if (!send_all(l, force)) {
		command_alone(ctl, ECMP_CMD_TRANSACTION_ABORT);
		return l->grammar ? EXIT_SYNTAX : EXIT_REFUSED;
	}
	if (command_alone(ctl, ECMP_CMD_TRANSACTION_COMMIT))
		return ctl_refused(ctl, words);
	return EXIT_DONE;
}

/* ---- what a person should know afterwards ---- */

static bool keep_waiting(const struct nlmsghdr *nlh)
{
	const struct nlattr *a[ECMP_A_ROUTE_MAX + 1];

	attributes_read(nlh, a, ECMP_A_ROUTE_MAX);
	return reason_waits(number_of(a[ECMP_A_ROUTE_REASON]));
}

static void warn_route(const struct ctl *ctl, const struct nlmsghdr *nlh)
{
	const struct nlattr *a[ECMP_A_ROUTE_MAX + 1];
	char text[ROUTE_TEXT];

	attributes_read(nlh, a, ECMP_A_ROUTE_MAX);
	route_text(a, text);
	print_warning(ctl, "route %s waits: %s", text,
		      name_text(reasons, number_of(a[ECMP_A_ROUTE_REASON])));
}

static void warn_routes(struct ctl *ctl)
{
	struct answers answers = { .data = NULL };
	struct nlmsghdr *ask = ask_own_routes(ctl);
	const struct nlmsghdr *nlh = NULL;
	unsigned int shown = 0;

	mnl_attr_put(ask, ECMP_A_ROUTE_INACTIVE, 0, NULL);
	if (!dump(ctl, ask, keep_waiting, &answers))
		while (shown++ < WARNINGS_SHOWN &&
		       (nlh = answers_next(&answers, nlh)))
			warn_route(ctl, nlh);
	if (answers.count > WARNINGS_SHOWN)
		print_warning(ctl, "%zu more routes wait: see \"ecmpctl route show\"",
			      answers.count - WARNINGS_SHOWN);
	answers_free(&answers);
}

/* A rule whose interface does not exist is skipped until it does. */
static void warn_rules(struct ctl *ctl)
{
	const struct nlattr *a[ECMP_A_RULE_MAX + 1];
	const struct nlmsghdr *nlh = NULL;
	char iif[TEXT_QUOTED(IFNAMSIZ)];
	struct answers answers;
	unsigned int invalid = 0;

	if (!dump_all(ctl, ECMP_CMD_RULE_GET, &answers)) {
		while ((nlh = answers_next(&answers, nlh))) {
			attributes_read(nlh, a, ECMP_A_RULE_MAX);
			if (!(number_of(a[ECMP_A_RULE_FLAGS]) &
			      ECMP_RULE_F_INVALID) ||
			    invalid++ >= WARNINGS_SHOWN)
				continue;
			print_warning(ctl, "rule %u is skipped until there is an interface %s",
				      (unsigned int)
				      number_of(a[ECMP_A_RULE_INDEX]),
				      text_quote(string_of(a[ECMP_A_RULE_IIF]),
						 iif, sizeof(iif)));
		}
	}
	if (invalid > WARNINGS_SHOWN)
		print_warning(ctl, "%u more rules are skipped: see \"ecmpctl rule show\"",
			      invalid - WARNINGS_SHOWN);
	answers_free(&answers);
}

static int load(struct loading *l, struct words *words, bool force)
{
	int status;

	if (l->file.size < LONG_FILE &&
	    (!with_lines(l, NULL) || l->mistakes))
		return EXIT_SYNTAX;
	if (line_init(&l->again, &l->file)) {
		print_error(l->ctl, "there is no memory left");
		return EXIT_REFUSED;
	}
	status = replace_all(l, words, force);
	line_free(&l->again);
	if (status != EXIT_DONE)
		return status;
	warn_routes(l->ctl);
	warn_rules(l->ctl);
	warn_ip_rules(l->ctl);
	return ctl_finish(l->ctl);
}

static bool load_parse(struct words *words, const char **name, bool *force)
{
	while (words_left(words)) {
		if (words_match(words, "--force"))
			*force = true;
		else if (words_next_is(words, "--confirm"))
			return words_later(words, "load --confirm");
		else if (*name)
			return words_end(words);
		else
			*name = words->word[words->next++];
	}
	return *name || words_take(words, "a file, or - for standard input");
}

/**
 * load_run - load FILE|- [--force]
 * @ctl: this run
 * @words: after "load"
 */
int load_run(struct ctl *ctl, struct words *words)
{
	struct loading l = { .ctl = ctl };
	const char *name = NULL;
	bool force = false;
	int status = EXIT_SYNTAX;

	if (!words_both_families(words) || !load_parse(words, &name, &force))
		return ctl_problem(ctl, words);
	if (file_read(&l.file, name))
		print_error(ctl, "%s cannot be read: %s", l.file.name,
			    strerror(errno));
	else
		status = load(&l, words, force);
	if (l.mistakes > MISTAKES_SHOWN)
		print_error(ctl, "and %u more mistakes in %s",
			    l.mistakes - MISTAKES_SHOWN, l.file.name);
	if (l.mistakes)
		print_error(ctl, "%s was not loaded: nothing was changed",
			    l.file.name);
	free(l.start);
	file_free(&l.file);
	return status;
}
