/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tests of ecmpctl share: commands to messages without a module, and
 * messages back to commands. cli.c belongs to each of these programs.
 */
#ifndef _UNIT_CLI_H
#define _UNIT_CLI_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "ecmpctl.h"
#include "file.h"
#include "harness.h"

#define MESSAGE		65536	/* room for one */
#define COMMAND_TEXT	4096	/* room for a command */

#define CHECK_TEXT(what, got, expected) \
	check_text(__FILE__, __LINE__, what, got, expected)
bool check_text(const char *file, int line, const char *what, const char *got,
		const char *expected);

/* Nobody reads standard error, until quiet_end(). */
void quiet_begin(void);
void quiet_end(void);

/*
 * A command becomes a message in @buf, of MESSAGE bytes. Returns its problem,
 * which lives until the next call, or NULL.
 */
const char *command_message(const char *text, void *buf);
const char *command_message_n(const char *text, size_t size, void *buf);
/* The command that a message of a route or a rule stands for. */
void message_text(const struct nlmsghdr *nlh, char *text);
/* An empty message, to put attributes into. */
struct nlmsghdr *message_begin(void *buf, uint8_t command);
/* The answers of a dump: one more. */
void answers_add(struct answers *answers, const struct nlmsghdr *nlh);

/* Is it JSON, one value or one a line, and UTF-8? */
bool json_valid(const char *text);

/* One of these strings. */
#define ONE_OF(...) \
	(((const char *const []){ __VA_ARGS__ })[unit_below( \
		COUNT(((const char *const []){ __VA_ARGS__ })))])

#endif /* _UNIT_CLI_H */
