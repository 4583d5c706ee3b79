// SPDX-License-Identifier: GPL-2.0
/*
 * A file of commands becomes the configuration, whole or not at all.
 *
 * The file is read twice: once for its grammar, so that every mistake is told
 * before anything is sent, and once to send it, so that a file of many routes
 * needs little more memory than its text. A long one is sent while it is read:
 * a mistake ends the sending, and what was sent until then is forgotten.
 */
#include <stdlib.h>

#include "ecmpctl.h"
#include "file.h"
#include "lines.h"
#include "load.h"
#include "session.h"

#define MISTAKES_SHOWN	20
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
	struct ctl		*ctl;
	const struct file	*file;
	size_t			*start;
	uint32_t		first;
	size_t			count;
	size_t			room;
	struct line		again;
	unsigned int		mistakes;
	bool			grammar;
};

static void mistake(struct loading *l, unsigned int line, const char *word,
		    const char *sentence)
{
	if (++l->mistakes > MISTAKES_SHOWN)
		return;
	if (word)
		print_sentence(l->ctl, "%s:%u: \"%s\": %s", l->file->name, line,
			       word, sentence);
	else
		print_sentence(l->ctl, "%s:%u: %s", l->file->name, line,
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
	int done = lines_each(l->file, what, line_mistake, l);

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
	line_at(&l->again, l->file, l->start[i]);
	if (command_read(&l->again, &words, &request))
		word = guilty_word(refusal, &words);
	mistake(l, line_number(l->file, l->start[i]), word,
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

/**
 * load_commit - put the configuration that is ready in the place of the live one
 * @ctl: this run, whose transaction it is
 * @words: the command
 *
 * Return: the exit status, after a sentence if it was refused.
 */
int load_commit(struct ctl *ctl, const struct words *words)
{
	return command_alone(ctl, ECMP_CMD_TRANSACTION_COMMIT) ?
	       ctl_refused(ctl, words) : EXIT_DONE;
}

static int begin(struct ctl *ctl, bool restore)
{
	struct nlmsghdr *nlh =
		netlink_message(&ctl->nl, ECMP_CMD_TRANSACTION_BEGIN, 0);

	if (restore)
		mnl_attr_put(nlh, ECMP_A_TRANSACTION_RESTORE, 0, NULL);
	return netlink_talk(&ctl->nl, nlh, NULL, NULL);
}

static int replace_all(struct loading *l, const struct words *words,
		       const struct load_how *how)
{
	struct ctl *ctl = l->ctl;

	if (ctl_open(ctl) || begin(ctl, how->restore))
		return ctl_refused(ctl, words);
	if (how->may && !how->may(ctl)) {
		command_alone(ctl, ECMP_CMD_TRANSACTION_ABORT);
		return EXIT_REFUSED;
	}
	if (!send_all(l, how->force)) {
		command_alone(ctl, ECMP_CMD_TRANSACTION_ABORT);
		return l->grammar ? EXIT_SYNTAX : EXIT_REFUSED;
	}
	return how->commit ? how->commit(ctl, words, how->data) :
			     load_commit(ctl, words);
}

static int load(struct loading *l, const struct words *words,
		const struct load_how *how)
{
	int status;

	if (l->file->size < LONG_FILE &&
	    (!with_lines(l, NULL) || l->mistakes))
		return EXIT_SYNTAX;
	if (line_init(&l->again, l->file)) {
		print_error(l->ctl, "there is no memory left");
		return EXIT_REFUSED;
	}
	status = replace_all(l, words, how);
	line_free(&l->again);
	return status;
}

/**
 * load_file - make a file the configuration
 * @ctl: this run; its socket is opened here
 * @words: the command
 * @file: what is loaded
 * @how: how
 *
 * Return: the exit status; what is wrong has been told.
 */
int load_file(struct ctl *ctl, const struct words *words,
	      const struct file *file, const struct load_how *how)
{
	struct loading l = { .ctl = ctl, .file = file };
	int status = load(&l, words, how);

	if (l.mistakes > MISTAKES_SHOWN)
		print_error(ctl, "and %u more mistakes in %s",
			    l.mistakes - MISTAKES_SHOWN, file->name);
	if (l.mistakes)
		print_error(ctl, "%s was not loaded: nothing was changed",
			    file->name);
	free(l.start);
	return status;
}
