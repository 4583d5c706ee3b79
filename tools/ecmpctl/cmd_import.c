// SPDX-License-Identifier: GPL-2.0
/*
 * import: another router's configuration becomes one for "load".
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ecmpctl.h"
#include "file.h"
#include "output.h"
#include "routeros.h"
#include "text.h"

#define MISTAKES_SHOWN	20

/**
 * struct options - what stands behind "import routeros"
 * @name: the export; "-" is standard input
 * @output: where the configuration goes; NULL: to standard output
 * @dry_run: not to @output
 */
struct options {
	const char	*name;
	const char	*output;
	bool		dry_run;
};

/* NAME=VALUE; the name may have an "=" of its own. */
static bool take_pair(struct words *words, struct ros_import *import,
		      struct ros_pair *pairs, unsigned int *count,
		      const char *expected)
{
	const char *word = words_take(words, expected), *equals;

	if (!word)
		return false;
	equals = strrchr(word, '=');
	if (!equals || equals == word || !equals[1])
		return fail_last(words, "\"%s\" must be %s", word, expected);
	if (*count == ROS_PAIRS)
		return fail_last(words, "at most %d of these can be given",
				 ROS_PAIRS);
	pairs[*count].from = ros_copy(&import->memory, word, equals - word);
	pairs[*count].to = equals + 1;
	(*count)++;
	return true;
}

static bool take_map(struct words *words, struct ros_import *import)
{
	const char *device;
	struct words to;

	if (!take_pair(words, import, import->map, &import->maps,
		       "NAME=INTERFACE"))
		return false;
	words_init(&to, &import->map[import->maps - 1].to, 1);
	return words_device(&to, &device) ||
	       fail_last(words, "%s", to.problem);
}

static bool take_mark(struct words *words, struct ros_import *import)
{
	uint32_t mark, mask;
	struct words to;

	if (!take_pair(words, import, import->mark, &import->marks,
		       "NAME=VALUE or NAME=VALUE/MASK"))
		return false;
	words_init(&to, &import->mark[import->marks - 1].to, 1);
	return words_mark(&to, &mark, &mask) ||
	       fail_last(words, "%s", to.problem);
}

static bool parse(struct words *words, struct ros_import *import,
		  struct options *options)
{
	while (words_left(words)) {
		if (words_match(words, "--dry-run")) {
			options->dry_run = true;
		} else if (words_match(words, "-o")) {
			options->output = words_take(words, "a file");
			if (!options->output)
				return false;
		} else if (words_match(words, "--map")) {
			if (!take_map(words, import))
				return false;
		} else if (words_match(words, "--mark")) {
			if (!take_mark(words, import))
				return false;
		} else if (options->name) {
			return words_end(words);
		} else {
			options->name = words->word[words->next++];
		}
	}
	return options->name ||
	       words_take(words, "a file, or - for standard input");
}

static void tell(struct ctl *ctl, const struct ros_remark *remark,
		 const char *name)
{
	char line[16] = "", more[32] = "";
	const char *place = remark->line ? name : "";

	if (remark->line)
		snprintf(line, sizeof(line), ":%u: ", remark->line);
	if (remark->more)
		snprintf(more, sizeof(more), " (and %u more)", remark->more);
	if (remark->severity == ROS_MISTAKE)
		print_sentence(ctl, "%s%s%s%s", place, line, remark->text,
			       more);
	else if (remark->severity == ROS_WARNING)
		print_warning(ctl, "%s%s%s%s", place, line, remark->text,
			       more);
	else
		print_sentence(ctl, "ecmpctl: note: %s%s%s%s", place, line,
			       remark->text, more);
}

static void tell_skipped(struct ctl *ctl, const struct ros_import *import,
			 const char *name)
{
	unsigned int sections = 0, items = 0;
	const struct ros_skipped *s;

	for (s = import->skipped; s; s = s->next) {
		sections++;
		items += s->items;
	}
	if (sections)
		print_sentence(ctl, "ecmpctl: note: %s: %u command%s of %u section%s that %s not routing skipped",
			       name, items, items == 1 ? "" : "s", sections,
			       sections == 1 ? "" : "s",
			       items == 1 ? "is" : "are");
}

#define NAMES_SHOWN	12

/* RouterOS's names are seldom those that Linux gives. */
static void tell_named(struct ctl *ctl, const struct ros_import *import,
		       const char *name)
{
	const struct ros_skipped *s;
	unsigned int count = 0;
	char names[512] = "";

	for (s = import->named; s; s = s->next)
		if (count++ < NAMES_SHOWN)
			text_add(names, sizeof(names), "%s%s", s->path,
				 s->next && count < NAMES_SHOWN ? "," : "");
	if (count > NAMES_SHOWN)
		text_add(names, sizeof(names), "and %u more",
			 count - NAMES_SHOWN);
	if (count)
		print_sentence(ctl, "ecmpctl: note: %s: interfaces with the names of RouterOS: %s. Where one is called otherwise here, add --map NAME=INTERFACE",
			       name, names);
}

/* A router with one line by DHCP has nothing that must be written down. */
static void tell_empty(struct ctl *ctl, const struct ros_import *import,
		       const char *name)
{
	if (!import->hops && !import->tables && !import->settings.first &&
	    !import->mark_rules.first && !import->rules.first)
		print_sentence(ctl, "ecmpctl: note: %s: there is no route, no rule and no table in it: the configuration is empty",
			       name);
}

static void tell_all(struct ctl *ctl, const struct ros_import *import,
		     const char *name)
{
	const struct ros_remark *remark;
	unsigned int mistakes = 0;

	for (remark = import->remarks; remark; remark = remark->next) {
		if (remark->severity == ROS_MISTAKE &&
		    ++mistakes > MISTAKES_SHOWN)
			continue;
		tell(ctl, remark, name);
	}
	tell_skipped(ctl, import, name);
	if (mistakes > MISTAKES_SHOWN)
		print_error(ctl, "and %u more mistakes in %s",
			    mistakes - MISTAKES_SHOWN, name);
	if (mistakes) {
		print_error(ctl, "%s was not imported: nothing was written",
			    name);
		return;
	}
	tell_empty(ctl, import, name);
	tell_named(ctl, import, name);
}

/* A configuration that is being written. */
struct written {
	struct ros_import	*import;
	const char		*name;
};

static void print_import(FILE *out, void *data)
{
	const struct written *written = data;

	ros_print(written->import, written->name, out);
}

static int import_file(struct ctl *ctl, struct ros_import *import,
		       const struct options *options)
{
	struct file file = { .text = NULL };
	int status = EXIT_SYNTAX;
	bool good = false;

	if (file_read(&file, options->name)) {
		print_error(ctl, "%s cannot be read: %s", file.name,
			    strerror(errno));
	} else {
		good = ros_import_read(import, &file);
		tell_all(ctl, import, file.name);
	}
	if (good && options->output && !options->dry_run) {
		status = output_file(ctl, options->output, print_import,
				     &(struct written){ import, file.name });
	} else if (good) {
		ros_print(import, file.name, ctl->out.out);
		status = ctl_finish(ctl);
	}
	file_free(&file);
	return status;
}

/**
 * import_run - import routeros FILE [-o FILE] [--dry-run] [--map NAME=IF] ...
 * @ctl: this run
 * @words: after the verb
 */
int import_run(struct ctl *ctl, struct words *words)
{
	static struct ros_import import;
	struct options options = { .name = NULL };
	int status;

	ros_import_init(&import);
	if (!words_both_families(words) || !parse(words, &import, &options))
		status = ctl_problem(ctl, words);
	else
		status = import_file(ctl, &import, &options);
	ros_import_free(&import);
	return status;
}
