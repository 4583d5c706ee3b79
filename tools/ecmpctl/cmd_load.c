// SPDX-License-Identifier: GPL-2.0
/*
 * load: a file of commands becomes the configuration, whole or not at all.
 *
 * The file is read twice: once for its grammar, so that every mistake is told
 * before anything is sent, and once to send it, so that a file of a million
 * routes needs no more memory than its text.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "ecmpctl.h"
#include "text.h"

#define LINE_WORDS	256
#define ERRORS_SHOWN	20

/**
 * struct file - a configuration file in memory
 * @name: for sentences
 * @text: all of it, NUL-terminated
 * @size: without that
 */
struct file {
	const char	*name;
	char		*text;
	size_t		size;
};

/**
 * struct line - a line that is being read
 * @file: of this file
 * @number: from 1
 * @buf: its words, one after another; as long as the longest line
 * @word: where each begins
 * @count: how many
 * @problem: what is wrong with it, or NULL
 */
struct line {
	const struct file	*file;
	unsigned int		number;
	char			*buf;
	const char		*word[LINE_WORDS];
	unsigned int		count;
	const char		*problem;
};

/**
 * struct loading - a load on its way
 * @ctl: this run
 * @file: what is loaded
 * @lines: line number of each message, by sequence from @first
 * @first: sequence of the first message
 * @count: messages
 * @room: of @lines
 * @errors: sentences so far
 */
struct loading {
	struct ctl	*ctl;
	struct file	file;
	unsigned int	*lines;
	uint32_t	first;
	size_t		count;
	size_t		room;
	unsigned int	errors;
};

static void load_error(struct loading *l, unsigned int line,
		       const char *sentence)
{
	if (++l->errors <= ERRORS_SHOWN)
		fprintf(stderr, "%s:%u: %s\n", l->file.name, line, sentence);
}

static int file_read(struct file *file, FILE *in)
{
	size_t room = 0, got;
	char *more;

	do {
		if (file->size + 1 >= room) {
			room = room ? room * 2 : 65536;
			more = realloc(file->text, room);
			if (!more)
				return -1;
			file->text = more;
		}
		got = fread(file->text + file->size, 1,
			    room - file->size - 1, in);
		file->size += got;
	} while (got);
	file->text[file->size] = '\0';
	return ferror(in) ? -1 : 0;
}

static int file_open(struct ctl *ctl, struct file *file)
{
	bool standard = !strcmp(file->name, "-");
	FILE *in = standard ? stdin : fopen(file->name, "r");
	struct stat st;
	int err;

	if (standard)
		file->name = "standard input";
	if (in && !fstat(fileno(in), &st) && S_ISDIR(st.st_mode)) {
		fclose(in);
		in = NULL;
		errno = EISDIR;
	}
	err = in ? file_read(file, in) : -1;
	if (err)
		print_error(ctl, "%s cannot be read: %s", file->name,
			    strerror(errno));
	if (in && !standard)
		fclose(in);
	return err;
}

/* One word from @at to @line->buf at *used; where the text goes on, or NULL. */
static const char *split_word(struct line *line, const char *at,
			      const char *end, size_t *used)
{
	bool quoted = false;

	line->word[line->count++] = line->buf + *used;
	for (; at < end && (quoted || !strchr(" \t", *at)); at++) {
		if (*at == '"') {
			quoted = !quoted;
			continue;
		}
		if (quoted && *at == '\\') {
			if (at + 1 == end || !strchr("\"\\", at[1])) {
				line->problem = "in quotes a backslash stands before \\ or \" only";
				return NULL;
			}
			at++;
		}
		line->buf[(*used)++] = *at;
	}
	line->buf[(*used)++] = '\0';
	if (quoted) {
		line->problem = "a quotation mark is missing at the end of the line";
		return NULL;
	}
	return at;
}

/* Split [at, end) into words; false: line->problem says why not. */
static bool split_line(struct line *line, const char *at, const char *end)
{
	const char *c;
	size_t used = 0;

	line->count = 0;
	line->problem = NULL;
	for (c = at; c < end; c++) {
		if (*c == '\t')
			continue;
		if ((unsigned char)*c < ' ' || *c == 127) {
			line->problem = "there is a control character in this line";
			return false;
		}
	}
	for (;;) {
		while (at < end && strchr(" \t", *at))
			at++;
		if (at == end || *at == '#')
			return true;
		if (line->count == LINE_WORDS) {
			line->problem = "there are too many words in this line";
			return false;
		}
		at = split_word(line, at, end, &used);
		if (!at)
			return false;
	}
}

static bool utf8_valid(const char *text, size_t length)
{
	uint32_t code;
	size_t size;

	for (; length; text += size, length -= size) {
		size = utf8_character(text, length, &code);
		if (!size)
			return false;
	}
	return true;
}

/* From words to request, or a sentence in words->problem. */
static bool parse_line(const struct loading *l, const struct line *line,
		       struct words *words, struct request *request)
{
	const struct command *command;

	memset(request, 0, sizeof(*request));
	words_init(words, line->word, line->count);
	words->family = l->ctl->family;
	while (words_next_is(words, "-4") || words_next_is(words, "-6"))
		words->family = words->word[words->next++][1] == '4' ?
				AF_INET : AF_INET6;
	command = command_find(words);
	if (!command)
		return false;
	if (!command->file)
		return words_fail(words, 0,
				  "\"%s%s%s\" has no place in a configuration file: only table add, route add, rule add and set",
				  command->object, command->verb ? " " : "",
				  command->verb ? command->verb : "");
	return command->parse(words, request) && words_end(words);
}

typedef bool (*line_do_t)(struct loading *l, const struct line *line,
			  struct words *words, struct request *request);

/* Do something with each line that has words; false: stop. */
static bool each_line(struct loading *l, struct line *line, line_do_t what)
{
	const char *at = l->file.text, *end, *stop;
	struct request request;
	struct words words;

	for (line->number = 1; at < l->file.text + l->file.size;
	     line->number++, at = end + 1) {
		end = memchr(at, '\n', l->file.text + l->file.size - at);
		if (!end)
			end = l->file.text + l->file.size;
		stop = end > at && end[-1] == '\r' ? end - 1 : end;
		if (!utf8_valid(at, stop - at)) {
			load_error(l, line->number,
				   "this line is not UTF-8");
			continue;
		}
		if (!split_line(line, at, stop)) {
			load_error(l, line->number, line->problem);
			continue;
		}
		if (!line->count)
			continue;
		if (!parse_line(l, line, &words, &request)) {
			load_error(l, line->number, words.problem);
			continue;
		}
		if (!what(l, line, &words, &request))
			return false;
	}
	return true;
}

static bool check_only(struct loading *l, const struct line *line,
		       struct words *words, struct request *request)
{
	(void)l; (void)line; (void)words; (void)request;
	return true;
}

static void line_refused(uint32_t sequence, const struct refusal *refusal,
			 void *data)
{
	struct loading *l = data;
	size_t i = sequence - l->first;

	load_error(l, i < l->count ? l->lines[i] : 0, refusal->sentence);
}

static bool send_batch(struct loading *l)
{
	unsigned int before = l->errors;

	if (!netlink_batch_send(&l->ctl->nl, line_refused, l))
		return true;
	if (l->errors == before)
		print_error(l->ctl, "%s", l->ctl->nl.refusal.sentence);
	return false;
}

static bool remember_line(struct loading *l, unsigned int number)
{
	unsigned int *more;

	if (l->count == l->room) {
		l->room = l->room ? l->room * 2 : 1024;
		more = realloc(l->lines, l->room * sizeof(*more));
		if (!more) {
			print_error(l->ctl, "there is no memory left");
			return false;
		}
		l->lines = more;
	}
	l->lines[l->count++] = number;
	return true;
}

static bool send_line(struct loading *l, const struct line *line,
		      struct words *words, struct request *request)
{
	struct netlink *nl = &l->ctl->nl;
	struct nlmsghdr *nlh;

	(void)words;
	if (netlink_batch_full(nl) && !send_batch(l))
		return false;
	if (!remember_line(l, line->number))
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

/* ---- would the session that loads this be cut? ---- */

struct way {
	uint64_t	verdict;
	char		device[32];
};

static void way_read(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *a[ECMP_A_LOOKUP_MAX + 1];
	struct way *way = data;

	attributes_read(nlh, a, ECMP_A_LOOKUP_MAX);
	way->verdict = number_of(a[ECMP_A_LOOKUP_VERDICT]);
	snprintf(way->device, sizeof(way->device), "%s",
		 string_of(a[ECMP_A_LOOKUP_DEVICE]));
}

static int way_ask(struct ctl *ctl, const struct address *client,
		   const struct address *server, bool transaction,
		   struct way *way)
{
	struct nlmsghdr *nlh = netlink_message(&ctl->nl, ECMP_CMD_LOOKUP, 0);

	memset(way, 0, sizeof(*way));
	mnl_attr_put_u8(nlh, ECMP_A_LOOKUP_FAMILY, client->family);
	put_address(nlh, ECMP_A_LOOKUP_DST, client);
	put_address(nlh, ECMP_A_LOOKUP_FROM, server);
	mnl_attr_put_u8(nlh, ECMP_A_LOOKUP_PROTO, IPPROTO_TCP);
	if (transaction)
		mnl_attr_put(nlh, ECMP_A_LOOKUP_TRANSACTION, 0, NULL);
	return netlink_talk(&ctl->nl, nlh, way_read, way);
}

/* Ask what the new policy does with the answers to $SSH_CONNECTION. */
static bool session_survives(struct ctl *ctl)
{
	const char *ssh = getenv("SSH_CONNECTION");
	struct address client, server;
	char from[64], to[64];
	struct way now, then;

	if (!ssh || sscanf(ssh, "%63s %*s %63s %*s", from, to) != 2 ||
	    !address_parse(from, &client) || !address_parse(to, &server) ||
	    client.family != AF_INET || server.family != AF_INET)
		return true;
	if (way_ask(ctl, &client, &server, false, &now) ||
	    way_ask(ctl, &client, &server, true, &then))
		return true;
	if (then.verdict != ECMP_VERDICT_FORWARD &&
	    then.verdict != ECMP_VERDICT_NATIVE) {
		print_error(ctl, "your ssh session from %s would be cut: %s; nothing was changed (--force loads it all the same)",
			    from, name_text(verdicts, then.verdict));
		return false;
	}
	if (now.device[0] && then.device[0] &&
	    strcmp(now.device, then.device)) {
		print_error(ctl, "your ssh session from %s would leave by %s instead of %s; nothing was changed (--force loads it all the same)",
			    from, then.device, now.device);
		return false;
	}
	return true;
}

/* ---- what a person should know afterwards ---- */

static void warn_routes(struct ctl *ctl)
{
	const struct nlattr *a[ECMP_A_ROUTE_MAX + 1];
	const struct route_request all = { .named = 0 };
	const struct nlmsghdr *nlh = NULL;
	struct answers answers;
	struct prefix dst;
	char text[ADDRESS_TEXT], via[ADDRESS_TEXT];

	if (route_dump(ctl, &all, &answers)) {
		answers_free(&answers);
		return;
	}
	while ((nlh = answers_next(&answers, nlh))) {
		struct address gateway;
		uint64_t flags, reason;

		attributes_read(nlh, a, ECMP_A_ROUTE_MAX);
		flags = number_of(a[ECMP_A_ROUTE_FLAGS]);
		reason = number_of(a[ECMP_A_ROUTE_REASON]);
		if (flags & ECMP_ROUTE_F_DYNAMIC ||
		    !(flags & ECMP_ROUTE_F_INACTIVE) ||
		    reason == ECMP_REASON_UNUSED)
			continue;
		dst.address = address_of(a[ECMP_A_ROUTE_DST]);
		dst.length = number_of(a[ECMP_A_ROUTE_DST_LEN]);
		gateway = address_of(a[ECMP_A_ROUTE_GATEWAY]);
		print_warning(ctl, "table %s, %s%s%s%s%s: waits, %s",
			      string_of(a[ECMP_A_ROUTE_TABLE]),
			      prefix_text(&dst, text),
			      gateway.family ? " via " : "",
			      gateway.family ? address_text(&gateway, via) : "",
			      a[ECMP_A_ROUTE_DEVICE] ? " dev " : "",
			      string_of(a[ECMP_A_ROUTE_DEVICE]),
			      name_text(reasons, reason));
	}
	answers_free(&answers);
}

static void warn_rules(struct ctl *ctl)
{
	const struct nlattr *a[ECMP_A_RULE_MAX + 1];
	const struct nlmsghdr *nlh = NULL;
	struct answers answers;

	if (!dump_all(ctl, ECMP_CMD_RULE_GET, &answers)) {
		while ((nlh = answers_next(&answers, nlh))) {
			attributes_read(nlh, a, ECMP_A_RULE_MAX);
			if (number_of(a[ECMP_A_RULE_FLAGS]) &
			    ECMP_RULE_F_INVALID)
				print_warning(ctl, "rule %u is skipped until there is an interface %s",
					      (unsigned int)number_of(
							a[ECMP_A_RULE_INDEX]),
					      string_of(a[ECMP_A_RULE_IIF]));
		}
	}
	answers_free(&answers);
}

static int load_send(struct loading *l, struct line *line, bool force)
{
	struct ctl *ctl = l->ctl;

	if (ctl_open(ctl) || command_alone(ctl, ECMP_CMD_TRANSACTION_BEGIN)) {
		print_error(ctl, "%s", ctl->nl.refusal.sentence);
		return EXIT_REFUSED;
	}
	netlink_batch_begin(&ctl->nl);
	l->first = ctl->nl.sequence + 1;
	if (!each_line(l, line, send_line) || !send_batch(l) || l->errors) {
		command_alone(ctl, ECMP_CMD_TRANSACTION_ABORT);
		return EXIT_REFUSED;
	}
	if (!force && !session_survives(ctl)) {
		command_alone(ctl, ECMP_CMD_TRANSACTION_ABORT);
		return EXIT_REFUSED;
	}
	if (command_alone(ctl, ECMP_CMD_TRANSACTION_COMMIT)) {
		print_error(ctl, "%s", ctl->nl.refusal.sentence);
		return EXIT_REFUSED;
	}
	warn_routes(ctl);
	warn_rules(ctl);
	warn_ip_rules(ctl);
	return ctl_finish(ctl);
}

/**
 * load_run - load FILE|- [--force]
 * @ctl: this run
 * @words: after "load"
 */
int load_run(struct ctl *ctl, struct words *words)
{
	struct loading l = { .ctl = ctl };
	struct line line = { .file = &l.file };
	bool force = false;
	int status;

	while (words_left(words)) {
		if (words_match(words, "--force"))
			force = true;
		else if (words_next_is(words, "--confirm"))
			return words_fail(words, words->next,
					  "--confirm is not in this version"),
			       ctl_problem(ctl, words);
		else if (!l.file.name)
			l.file.name = words->word[words->next++];
		else
			return words_end(words), ctl_problem(ctl, words);
	}
	if (!l.file.name) {
		words_take(words, "a file, or - for standard input");
		return ctl_problem(ctl, words);
	}

	status = EXIT_SYNTAX;
	if (file_open(ctl, &l.file))
		goto out;
	line.buf = malloc(l.file.size + LINE_WORDS + 1);
	if (!line.buf) {
		print_error(ctl, "there is no memory left");
		goto out;
	}
	each_line(&l, &line, check_only);
	if (!l.errors)
		status = load_send(&l, &line, force);
	if (l.errors > ERRORS_SHOWN)
		fprintf(stderr, "%s: and %u more mistakes\n", l.file.name,
			l.errors - ERRORS_SHOWN);
	if (l.errors)
		print_error(ctl, "%s was not loaded: nothing was changed",
			    l.file.name);
out:
	free(line.buf);
	free(l.lines);
	free(l.file.text);
	return status;
}
