// SPDX-License-Identifier: GPL-2.0
#include "config.h"
#include "import.h"

static void add_option(struct ros_import *import, const char *option,
		       size_t length)
{
	bool map = !strncmp(option, "map ", 4);
	char *text = ros_copy(&import->memory, option, length);
	struct ros_pair *pair = map ? &import->map[import->maps++] :
				      &import->mark[import->marks++];
	char *equals = strrchr(text, '=');

	*equals = '\0';
	pair->from = strchr(text, ' ') + 1;
	pair->to = equals + 1;
}

static void tell(const struct ros_import *import, FILE *out)
{
	static const char *const words[] = { "mistake", "warning", "note" };
	const struct ros_remark *remark;

	for (remark = import->remarks; remark; remark = remark->next) {
		fprintf(out, "%u %s: %s", remark->line,
			words[remark->severity], remark->text);
		if (remark->more)
			fprintf(out, " (+%u)", remark->more);
		fputc('\n', out);
	}
}

static char *without_comments(const char *text)
{
	char *copy = calloc(1, strlen(text) + 1), *to = copy;
	size_t length;

	for (; *text; text += length) {
		length = strcspn(text, "\n") + 1;
		if (*text == '#')
			continue;
		memcpy(to, text, length);
		to += length;
	}
	return copy;
}

void import_text(struct imported *imported, const char *text, size_t size,
		 const char *options)
{
	/* As it is read: nothing behind its end. */
	struct file file = { .name = "x", .text = malloc(size), .size = size };
	static struct ros_import import;
	size_t length, unused;
	bool good;
	FILE *out;

	if (size)
		memcpy(file.text, text, size);
	ros_import_init(&import);
	for (; options && *options; options += length + 1) {
		length = strcspn(options, "\n");
		add_option(&import, options, length);
	}
	good = ros_import_read(&import, &file);
	out = open_memstream(&imported->told, &unused);
	tell(&import, out);
	fclose(out);
	out = open_memstream(&imported->whole, &unused);
	if (good)
		ros_print(&import, "x", out);
	fclose(out);
	imported->config = without_comments(imported->whole);
	ros_import_free(&import);
	free(file.text);
}

void imported_free(struct imported *imported)
{
	free(imported->config);
	free(imported->told);
	free(imported->whole);
}

/* ---- what the module would refuse ---- */

#define LINES	512	/* of a configuration that are looked at */

/* Lines of a configuration, as "load" reads them. */
static struct line line[LINES];
static struct route_request route[LINES];
static unsigned int routes;

static void forget_lines(unsigned int count)
{
	while (count)
		line_free(&line[--count]);
}

/* Each line is a command that may stand in a file. */
static bool check_lines(const char *config, unsigned int *count)
{
	struct file file = { .text = (char *)config, .size = strlen(config) };
	struct request request;
	struct words words;
	size_t at = 0;

	routes = 0;
	for (*count = 0; at < file.size && *count < LINES; (*count)++) {
		struct line *l = &line[*count];
		bool good;

		line_init(l, &file);
		line_at(l, &file, at);
		good = !l->problem && command_read(l, &words, &request);
		if (!CHECK(good, "%.*s: %s", (int)(l->end - at), config + at,
			   l->problem ? l->problem : words.problem))
			return false;
		if (request.command == ECMP_CMD_ROUTE_NEW)
			route[routes++] = request.route;
		at = l->end;
	}
	return true;
}

static bool same_text(const char *a, const char *b)
{
	return !strcmp(a ? a : "", b ? b : "");
}

static bool same_place(const struct route_request *a,
		       const struct route_request *b)
{
	return same_text(a->table, b->table) &&
	       a->dst.length == b->dst.length &&
	       address_equal(&a->dst.address, &b->dst.address);
}

static unsigned int distance_of(const struct route_request *r)
{
	return r->distance ? r->distance : 1;
}

/* By another device, or by none that was named, it may be the same. */
static bool same_nexthop(const struct route_request *a,
			 const struct route_request *b)
{
	if (a->type || b->type ||
	    a->dst.address.family != b->dst.address.family ||
	    !address_equal(&a->gateway, &b->gateway))
		return false;
	return same_text(a->device, b->device) ||
	       (a->gateway.family && (!a->device || !b->device));
}

/* What the module would refuse two routes for. */
static bool fit_together(const struct route_request *a,
			 const struct route_request *b)
{
	if (same_place(a, b) && a->type == b->type &&
	    same_text(a->device, b->device) &&
	    address_equal(&a->gateway, &b->gateway))
		return CHECK(0, "one route twice");
	if (same_place(a, b) && distance_of(a) == distance_of(b) &&
	    a->type != b->type)
		return CHECK(0, "two types of one destination and distance");
	if (!same_nexthop(a, b) || a->disabled || b->disabled || !a->check ||
	    !b->check)
		return true;
	return CHECK(a->check == b->check && a->targets == b->targets &&
		     !memcmp(a->target, b->target, sizeof(a->target)),
		     "two checks of one next hop");
}

static void refuse(unsigned int number, const char *sentence, void *data)
{
	CHECK(0, "line %u: %s\n%s", number, sentence, (const char *)data);
}

/* What "load" itself would refuse. */
static bool is_taken(const char *text)
{
	struct file file = {
		.name = "x", .text = (char *)text, .size = strlen(text),
	};
	struct config config;
	bool taken = !config_read(&config, &file, refuse, file.text) &&
		     !config.mistakes;

	config_free(&config);
	return taken;
}

bool check_config(const char *config)
{
	unsigned int count, i, k;
	bool good = check_lines(config, &count) && is_taken(config);

	for (i = 0; good && i < routes; i++)
		for (k = 0; good && k < i; k++)
			good = CHECK(fit_together(&route[k], &route[i]),
				     "\n%s", config);
	forget_lines(count);
	return good;
}
