// SPDX-License-Identifier: GPL-2.0
/*
 * The commands of an export:
 *
 *	/ip route			the section of what follows
 *	add gateway=192.0.2.1		a command there
 *	/ip route add gateway=192.0.2.1	both in one line, for this line alone
 *	/ip/route/add gateway=192.0.2.1	the same
 */
#include <string.h>

#include "routeros.h"

#define PATH_TEXT	256	/* room for a path */

static const char *const verbs[] = {
	"add", "comment", "disable", "edit", "enable", "export", "find", "get",
	"import", "move", "print", "remove", "reset", "set", "unset",
};

/* What RouterOS's scripts begin with, and may be written without the colon. */
static const char *const script_words[] = {
	"delay", "do", "else", "error", "execute", "for", "foreach", "global",
	"if", "local", "log", "on-error", "put", "return", "while",
};

static const char nothing[] = "this is neither a section, which begins with \"/\", nor a command";

static bool is_one_of(const char *word, size_t length,
		      const char *const *list, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (!strncmp(list[i], word, length) && !list[i][length])
			return true;
	return false;
}

/**
 * ros_reader_init - read a file from its beginning
 * @reader: what to prepare
 * @memory: for what is read
 * @file: the file; it has no zero byte
 */
void ros_reader_init(struct ros_reader *reader, struct ros_memory *memory,
		     const struct file *file)
{
	bool mark = file->size >= 3 && !memcmp(file->text, "\xef\xbb\xbf", 3);

	memset(reader, 0, sizeof(*reader));
	reader->text.at = file->text + (mark ? 3 : 0);
	reader->text.end = file->text + file->size;
	reader->text.line = 1;
	reader->text.memory = memory;
	reader->path = "";
}

/* One more word of a path; ".." takes one away. */
static void path_add(char *path, const char *word, size_t length)
{
	size_t used = strlen(path);
	char *blank;

	if (length == 2 && !memcmp(word, "..", 2)) {
		blank = strrchr(path, ' ');
		*(blank ? blank : path) = '\0';
		return;
	}
	if (used + length + 2 > PATH_TEXT)
		return;
	if (used)
		path[used++] = ' ';
	memcpy(path + used, word, length);
	path[used + length] = '\0';
}

/*
 * The parts of a word of a path; the verb, which is the last one, or NULL. It
 * is copied: "print" may come out of "/ip/route/print".
 */
static const char *path_word(struct ros_memory *memory, char *path,
			     const char *word)
{
	size_t length;

	if (*word == '/') {
		path[0] = '\0';
		word++;
	}
	for (; *word; word += length + (word[length] == '/')) {
		length = strcspn(word, "/");
		if (is_one_of(word, length, verbs, COUNT(verbs)))
			return ros_copy(memory, word, length);
		path_add(path, word, length);
	}
	return NULL;
}

/* The last word of a path is the verb: "/tool fetch url=...". */
static const char *last_word(struct ros_memory *memory, char *path)
{
	char *blank = strrchr(path, ' ');
	const char *verb;

	verb = ros_copy(memory, blank ? blank + 1 : path,
			strlen(blank ? blank + 1 : path));
	*(blank ? blank : path) = '\0';
	return verb;
}

static bool is_script(const struct ros_arg *arg)
{
	return (arg->kind != ROS_SWITCH && !arg->key[0]) ||
	       (arg->key[0] == ':' && !arg->quoted) ||
	       (!arg->quoted && strchr("}])", arg->key[0])) ||
	       (arg->key[0] != '/' &&
		is_one_of(arg->key, strlen(arg->key), script_words,
			  COUNT(script_words)));
}

static bool is_path(const struct ros_arg *arg)
{
	return arg->kind == ROS_SWITCH && !arg->quoted && !arg->unset;
}

/* All words; the first problem among them is that of the command. */
static struct ros_arg *read_words(struct ros_text *text)
{
	struct ros_arg *first = NULL, **end = &first, *arg;

	while ((arg = ros_text_word(text))) {
		*end = arg;
		end = &arg->next;
	}
	return first;
}

/* Path and verb; what is left are the arguments. */
static void read_path(struct ros_reader *reader, struct ros_command *command)
{
	struct ros_memory *memory = reader->text.memory;
	struct ros_arg *arg = command->args;
	bool whole = arg->key[0] == '/';
	char path[PATH_TEXT];

	strcpy(path, reader->path);
	for (; arg && is_path(arg) && !command->verb; arg = arg->next)
		command->verb = path_word(memory, path, arg->key);
	if (!command->verb && arg != command->args && path[0])
		command->verb = arg ? last_word(memory, path) : NULL;
	else if (!command->verb && arg)
		command->problem = nothing;
	command->args = arg;
	command->path = ros_copy(memory, path, strlen(path));
	if (command->verb || command->problem)
		return;
	/* "/ip", and then "route": above all sections that have commands. */
	if (!whole && strchr(reader->path, ' ') &&
	    strlen(path) > strlen(reader->path))
		command->problem = nothing;
	else
		reader->path = command->path;
}

/**
 * ros_reader_next - read the next command
 * @reader: of ros_reader_init()
 * @command: where it goes
 *
 * Return: false at the end of the file.
 */
bool ros_reader_next(struct ros_reader *reader, struct ros_command *command)
{
	memset(command, 0, sizeof(*command));
	do {
		if (!ros_text_begin(&reader->text)) {
			ros_text_free(&reader->text);
			return false;
		}
		command->line = reader->text.line;
		command->args = read_words(&reader->text);
	} while (!command->args);
	command->path = reader->path;
	if (is_script(command->args))
		command->problem = "this is script code, which only RouterOS can run: give the output of \"export\" alone";
	else
		read_path(reader, command);
	return true;
}
