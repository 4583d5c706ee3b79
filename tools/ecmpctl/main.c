// SPDX-License-Identifier: GPL-2.0
/*
 * ecmpctl: the options, and how a command is done.
 */
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ecmpctl.h"
#include "text.h"

/* A terminal narrower than this does not know its width. */
#define LEAST_WIDTH	40
#define USUAL_WIDTH	80
#define USUAL_HEIGHT	24

/* Others may have had a hand in the sentence: a terminal obeys none of it. */
static void print_problem(const struct ctl *ctl, const char *color,
			  const char *label, const char *fmt, va_list args)
{
	char sentence[2048], line[sizeof(sentence) + 64];

	vsnprintf(sentence, sizeof(sentence), fmt, args);
	text_tame(sentence);
	if (ctl->color_errors && label[0])
		snprintf(line, sizeof(line), "%s%s\033[0m%s", color, label,
			 sentence);
	else
		snprintf(line, sizeof(line), "%s%s", label, sentence);
	fflush(stdout);
	text_wrap(stderr, line, ctl->error_room, 4);
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
	print_problem(ctl, "\033[31m", "ecmpctl: ", fmt, args);
	va_end(args);
}

/**
 * print_sentence - a sentence on standard error that stands for itself
 * @ctl: this run
 * @fmt: the sentence
 */
void print_sentence(const struct ctl *ctl, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	print_problem(ctl, "", "", fmt, args);
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
	print_problem(ctl, "\033[33m", "ecmpctl: warning: ", fmt, args);
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

/**
 * guilty_word - the word that a refusal is about
 * @refusal: of the kernel
 * @words: the command that was refused
 *
 * Return: the word, or NULL.
 */
const char *guilty_word(const struct refusal *refusal,
			const struct words *words)
{
	unsigned int at, place;

	if (!refusal->attribute || refusal->attribute >= WORDS_ATTRIBUTES)
		return NULL;
	at = words->at[refusal->attribute];
	if (!at)
		return NULL;
	/* Several rules: a word each, or two, of which the first is "id". */
	for (place = refusal->place; place && at < words->count; place--)
		if (++at < words->count && !strcmp(words->word[at], "id"))
			at++;
	return at < words->count ? words->word[at] : NULL;
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
	const char *word = guilty_word(&ctl->nl.refusal, words);

	/* Exactly these words, for scripts. */
	if (ctl->nl.absent)
		print_sentence(ctl, "%s", ctl->nl.refusal.sentence);
	else if (word)
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
	return netlink_open(&ctl->nl);
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
	struct request request = { .command = 0 };
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

static bool is_help(const char *word)
{
	return !strcmp(word, "help") || !strcmp(word, "--help");
}

/* help, help OBJECT, OBJECT help, OBJECT COMMAND help; with -- too, behind */
static bool asks_for_help(const struct ctl *ctl, const struct words *words,
			  const char **object)
{
	unsigned int left = words->count - words->next;
	const char *const *word = words->word + words->next;

	*object = NULL;
	if (!left)
		return true;
	if (!strcmp(word[0], "help")) {
		*object = left > 1 ? word[1] : NULL;
		return true;
	}
	*object = word[0];
	return ctl->help ||
	       (left > 1 && left <= 3 && is_help(word[left - 1]));
}

static int run_command(struct ctl *ctl, struct words *words)
{
	const struct command *command;
	const char *object;

	if (ctl->version) {
		puts("ecmpctl " ECMPCTL_VERSION);
		return ctl_finish(ctl);
	}
	if (asks_for_help(ctl, words, &object))
		return help_print(ctl, object) ? EXIT_SYNTAX : ctl_finish(ctl);
	command = command_find(words);
	if (!command)
		return ctl_problem(ctl, words);
	return command->run ? command->run(ctl, words) :
			      run_request(ctl, words, command);
}

/* --color[=auto|never|always]; ECMP_COLOR likewise. */
static bool set_color(struct ctl *ctl, const char *when)
{
	bool wanted = !getenv("NO_COLOR");

	ctl->color_errors = wanted && isatty(STDERR_FILENO);
	if (!strcmp(when, "auto")) {
		ctl->out.color = wanted && isatty(STDOUT_FILENO);
		return true;
	}
	ctl->out.color = !strcmp(when, "always");
	ctl->color_errors = ctl->out.color;
	return ctl->out.color || !strcmp(when, "never");
}

static const struct { char letter; const char *word; } options[] = {
	{ '4', "" }, { '6', "" }, { 'j', "--json" }, { 'p', "--pretty" },
	{ 's', "--stats" }, { 'V', "--version" }, { 'h', "--help" },
};

static bool take_letter(struct ctl *ctl, struct words *words, char letter)
{
	switch (letter) {
	case '4':
		return words_family(words, AF_INET);
	case '6':
		return words_family(words, AF_INET6);
	case 'j':
		ctl->out.json = true;
		return true;
	case 'p':
		ctl->out.json = true;
		ctl->out.pretty = true;
		return true;
	case 's':
		ctl->stats = true;
		return true;
	case 'V':
		ctl->version = true;
		return true;
	case 'h':
		ctl->help = true;
		return true;
	default:
		return fail_last(words,
				 "\"%s\" is no option: -4 -6 -j -p -s --color -V -h; see \"ecmpctl help\"",
				 words->word[words->next - 1]);
	}
}

/* Letters may share a dash. */
static bool take_option(struct ctl *ctl, struct words *words,
			const char *option)
{
	const char *letter = option + 1;
	unsigned int i;

	if (!strncmp(option, "--color", 7) && (!option[7] || option[7] == '='))
		return set_color(ctl, option[7] ? option + 8 : "always") ||
		       words_fail(words, words->next - 1,
				  "\"%s\": the colour is auto, never or always",
				  option);
	for (i = 0; i < COUNT(options); i++)
		if (!strcmp(option, options[i].word))
			return take_letter(ctl, words, options[i].letter);
	while (*letter && take_letter(ctl, words, *letter))
		letter++;
	return !*letter;
}

static bool take_options(struct ctl *ctl, struct words *words)
{
	while (words_left(words) && words->word[words->next][0] == '-' &&
	       words->word[words->next][1]) {
		const char *option = words->word[words->next++];

		if (!take_option(ctl, words, option))
			return false;
	}
	ctl->family = words->family;
	return true;
}

/* Columns of a terminal; 0: it is none. */
static size_t terminal_width(int fd)
{
	struct winsize size = { .ws_col = 0 };

	if (!isatty(fd))
		return 0;
	ioctl(fd, TIOCGWINSZ, &size);
	return size.ws_col >= LEAST_WIDTH ? size.ws_col : USUAL_WIDTH;
}

/* Lines of a terminal, but that of the prompt; 0: it is none. */
static size_t terminal_lines(int fd)
{
	struct winsize size = { .ws_row = 0 };

	if (!isatty(fd))
		return 0;
	ioctl(fd, TIOCGWINSZ, &size);
	return (size.ws_row ? size.ws_row : USUAL_HEIGHT) - 1;
}

/*
 * What was closed is not taken by a file that is opened later, into which
 * sentences would be written. Writing there fails, as it should.
 */
static void keep_standard(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDONLY);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

int main(int argc, char **argv)
{
	struct ctl ctl = { .out.out = stdout };
	const char *color = getenv("ECMP_COLOR");
	struct words words;
	int status;

	keep_standard();
	words_init(&words, (const char *const *)argv + 1,
		   argc > 1 ? argc - 1 : 0);
	ctl.out.room = terminal_width(STDOUT_FILENO);
	ctl.lines = terminal_lines(STDOUT_FILENO);
	ctl.error_room = terminal_width(STDERR_FILENO);
	if (!color || !set_color(&ctl, color))
		set_color(&ctl, "auto");
	status = take_options(&ctl, &words) ? run_command(&ctl, &words) :
					      ctl_problem(&ctl, &words);
	netlink_close(&ctl.nl);
	print_end(&ctl.out);
	return status;
}
