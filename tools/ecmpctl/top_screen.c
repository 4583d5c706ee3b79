// SPDX-License-Identifier: GPL-2.0
/*
 * top on a terminal, by ncurses. Without it the rest of ecmpctl is as ever.
 */
#include "top.h"

#ifdef HAVE_NCURSES

#include <curses.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>

#define HELP_KEYS "q quit  t table  s order  d faster  D slower  blank now"
#define SLOWEST	60000

static volatile sig_atomic_t ended;

static void on_signal(int number)
{
	(void)number;
	ended = 1;
}

/**
 * struct screen - the terminal
 * @top: what it shows
 * @line: the one that is being drawn
 */
struct screen {
	struct top	*top;
	int		line;
};

static attr_t attribute(enum color color)
{
	switch (color) {
	case COLOR_GOOD:
	case COLOR_WAIT:
	case COLOR_BAD:
	case COLOR_NAME:
		return has_colors() ? COLOR_PAIR(color) : 0;
	case COLOR_HEAD:
		return A_BOLD;
	default:
		return 0;
	}
}

static void start_colors(void)
{
	if (!has_colors())
		return;
	start_color();
	use_default_colors();
	init_pair(COLOR_GOOD, COLOR_GREEN, -1);
	init_pair(COLOR_WAIT, COLOR_YELLOW, -1);
	init_pair(COLOR_BAD, COLOR_RED, -1);
	init_pair(COLOR_NAME, COLOR_CYAN, -1);
}

static void put(void *data, enum color color, const char *text)
{
	const struct screen *s = data;

	/* The last line is the keys'. */
	if (s->line >= LINES - 1)
		return;
	attron(attribute(color));
	addstr(text);
	attroff(attribute(color));
}

static void end(void *data)
{
	struct screen *s = data;

	if (s->line < LINES - 1)
		move(++s->line, 0);
}

static void draw(struct screen *s)
{
	const struct canvas canvas = {
		.columns = COLS, .put = put, .end = end, .data = s,
	};

	erase();
	move(s->line = 0, 0);
	top_draw(s->top, &canvas);
	mvaddnstr(LINES - 1, 0, HELP_KEYS, COLS - 1);
	refresh();
}

static uint64_t slower(uint64_t msecs)
{
	return msecs * 2 < SLOWEST ? msecs * 2 : SLOWEST;
}

static uint64_t faster(uint64_t msecs)
{
	return msecs / 2 > ECMP_CHECK_MSECS_MIN ? msecs / 2 :
						  ECMP_CHECK_MSECS_MIN;
}

/* Return: true: a new sample is wanted now. */
static bool obey(struct top *top, int key)
{
	switch (key) {
	case 'q':
		ended = 1;
		return true;
	case 't':
		top_next_table(top);
		return true;
	case 's':
		top->sort = (top->sort + 1) % (SORT_DEV + 1);
		return true;
	case 'd':
		top->msecs = faster(top->msecs);
		return false;
	case 'D':
		top->msecs = slower(top->msecs);
		return false;
	case ' ':
		return true;
	default:
		return false;
	}
}

/* Keys until the time is over; a terminal of another size is drawn at once. */
static void wait_keys(struct screen *s)
{
	struct top *top = s->top;
	uint64_t now, due;
	int key;

	while (!ended) {
		now = top_now();
		due = top->at + top->msecs * 1000;
		if (now >= due)
			return;
		timeout((due - now) / 1000 + 1);
		key = getch();
		if (key == KEY_RESIZE)
			draw(s);
		else if (key != ERR && obey(top, key))
			return;
	}
}

static int show(struct top *top)
{
	struct screen s = { .top = top };
	uint64_t shown = 0;

	while (!ended) {
		top_sorted(top);
		draw(&s);
		if (top->screens && shown++ == top->screens)
			return 0;
		wait_keys(&s);
		if (!ended && top_sample(top))
			return -1;
	}
	return 0;
}

static void catch_signals(void)
{
	const struct sigaction action = { .sa_handler = on_signal };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
}

/**
 * top_has_screen - is there a top for terminals?
 * @ctl: this run
 *
 * Return: false after a sentence.
 */
bool top_has_screen(struct ctl *ctl)
{
	(void)ctl;
	return true;
}

/**
 * top_screen - show samples on the terminal until somebody quits
 * @top: this run, with a sample
 * @words: the command
 *
 * Return: the exit status.
 */
int top_screen(struct top *top, const struct words *words)
{
	const char *name = getenv("TERM");
	SCREEN *screen;
	int err;

	setlocale(LC_CTYPE, "");
	screen = newterm(NULL, stdout, stdin);
	if (!screen) {
		print_error(top->ctl, "the terminal \"%s\" is not known here: \"ecmpctl top | cat\" prints one screen",
			    name ? name : "");
		return EXIT_REFUSED;
	}
	catch_signals();
	start_colors();
	cbreak();
	noecho();
	keypad(stdscr, TRUE);
	curs_set(0);
	err = show(top);
	endwin();
	delscreen(screen);
	return err ? ctl_refused(top->ctl, words) : EXIT_DONE;
}

#else /* HAVE_NCURSES */

bool top_has_screen(struct ctl *ctl)
{
	print_error(ctl, "top on a terminal was left out when this ecmpctl was built, for want of ncurses: \"ecmpctl top | cat\" prints one screen");
	return false;
}

int top_screen(struct top *top, const struct words *words)
{
	(void)words;
	return top_has_screen(top->ctl) ? EXIT_DONE : EXIT_REFUSED;
}

#endif /* HAVE_NCURSES */
