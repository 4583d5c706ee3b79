// SPDX-License-Identifier: GPL-2.0
/*
 * Configuration files: the input is one. A file without mistakes is saved as
 * another one that means the same; and "check" has an opinion on it, by the
 * host that the unit test has made up.
 */
#define main check_main
#include "../unit/test_cli_check.c"
#undef main
#include "diff.h"
#include "text.h"
#include "fuzz.h"

/* A sentence is for people: no end of it is missing. */
static void mistake(unsigned int line, const char *sentence, void *data)
{
	CHECK(line && sentence[0] &&
	      text_is_clean(sentence, strlen(sentence)), "%.300s", sentence);
	finding_add(data, SEVERITY_ERROR, "mistake", line, 0, "%s", sentence);
}

static void read_config(struct config *config, struct findings *findings,
			const char *text, size_t size)
{
	/* As it is read: nothing behind its end. */
	struct file file = { .name = "x", .size = size };

	memset(findings, 0, sizeof(*findings));
	file.text = malloc(size);
	if (size)
		memcpy(file.text, text, size);
	CHECK(!config_read(config, &file, mistake, findings));
	free(file.text);
}

static void print_findings(struct findings *findings, bool json)
{
	struct ctl ctl = { .out.json = json };
	char *text = NULL;
	size_t size;

	ctl.out.out = open_memstream(&text, &size);
	findings_print(&ctl, findings, "x");
	print_end(&ctl.out);
	fclose(ctl.out.out);
	CHECK(!json || json_valid(text), "no JSON: %s", text);
	free(text);
}

static char *save(const struct state *state)
{
	struct ctl ctl = { .out.json = false };
	char *text = NULL;
	size_t size;

	ctl.out.out = open_memstream(&text, &size);
	CHECK(!save_print(&ctl, state));
	print_end(&ctl.out);
	fclose(ctl.out.out);
	return text;
}

static ssize_t differ(const struct state *before, const struct state *after)
{
	struct ctl ctl = { .out.json = true };
	char *text = NULL;
	ssize_t changes;
	size_t size;

	ctl.out.out = open_memstream(&text, &size);
	changes = diff_print(&ctl, before, after);
	print_end(&ctl.out);
	fclose(ctl.out.out);
	CHECK(json_valid(text) && text_is_utf8(text, strlen(text)), "%s", text);
	free(text);
	return changes;
}

/* ---- the same, field by field, where the text would leave it out ---- */

static bool same_prefix(const struct prefix *a, const struct prefix *b)
{
	return a->length == b->length && address_equal(&a->address, &b->address);
}

static bool same_route(const struct config *x, const struct config_route *a,
		       const struct config *y, const struct config_route *b)
{
	return !strcmp(x->tables.item[a->table].name,
		       y->tables.item[b->table].name) &&
	       same_prefix(&a->dst, &b->dst) && a->type == b->type &&
	       address_equal(&a->gateway, &b->gateway) &&
	       !strcmp(a->device, b->device) && a->weight == b->weight &&
	       a->distance == b->distance && a->check == b->check &&
	       a->disabled == b->disabled && a->onlink == b->onlink &&
	       a->via_kernel == b->via_kernel;
}

/* Each route of @x that holds is one of @y's; the order means nothing. */
static size_t check_routes_of(const struct config *x, const struct config *y)
{
	size_t i, k, count = 0;

	for (i = 0; i < x->routes.count; i++) {
		if (x->routes.item[i].replaced)
			continue;
		count++;
		for (k = 0; k < y->routes.count; k++)
			if (!y->routes.item[k].replaced &&
			    same_route(x, &x->routes.item[i], y,
				       &y->routes.item[k]))
				break;
		CHECK(k < y->routes.count, "the route of line %u is another",
		      x->routes.item[i].line);
	}
	return count;
}

static bool same_rule(const struct config *x, const struct config_rule *a,
		      const struct config *y, const struct config_rule *b)
{
	return !strcmp(x->tables.item[a->table].name,
		       y->tables.item[b->table].name) &&
	       a->family == b->family && same_prefix(&a->from, &b->from) &&
	       same_prefix(&a->to, &b->to) && !strcmp(a->iif, b->iif) &&
	       !strcmp(a->comment, b->comment) && a->mark == b->mark &&
	       a->mark_mask == b->mark_mask && a->proto == b->proto &&
	       a->dscp == b->dscp &&
	       !memcmp(a->sport, b->sport, sizeof(a->sport)) &&
	       !memcmp(a->dport, b->dport, sizeof(a->dport)) &&
	       a->action == b->action && a->min_prefix == b->min_prefix &&
	       a->disabled == b->disabled;
}

static void check_same(const struct config *x, const struct config *y)
{
	size_t i;

	CHECK(check_routes_of(x, y) == check_routes_of(y, x));
	CHECK(x->rules.count == y->rules.count);
	for (i = 0; i < x->rules.count && i < y->rules.count; i++)
		CHECK(same_rule(x, &x->rules.item[i], y, &y->rules.item[i]),
		      "rule %zu is another", i);
	CHECK(!memcmp(x->protocol, y->protocol, sizeof(x->protocol)) &&
	      !memcmp(x->hash_policy, y->hash_policy,
		      sizeof(x->hash_policy)));
}

/* Saved, read and saved again it is the same, to the byte. */
static void save_again(const struct config *config)
{
	struct state first = { .settings = NULL }, second = first;
	struct findings findings;
	char *text, *again;
	struct config copy;

	CHECK(!config_state(config, true, &first));
	text = save(&first);
	read_config(&copy, &findings, text, strlen(text));
	CHECK(!findings.count, "saved, but refused: %s\n%s",
	      findings.count ? findings.item[0].text : "", text);
	check_same(config, &copy);
	CHECK(!config_state(&copy, true, &second));
	again = save(&second);
	CHECK(!strcmp(text, again), "\n%s--- is saved as\n%s", text, again);
	CHECK(!differ(&first, &second), "differs from what was saved:\n%s",
	      text);
	findings_free(&findings);
	config_free(&copy);
	state_free(&first);
	state_free(&second);
	free(text);
	free(again);
}

void fuzz_input(const void *bytes, size_t size)
{
	struct findings findings;
	struct config config;

	read_config(&config, &findings, bytes, size);
	if (!findings.count) {
		CHECK(!check_all(&config, size % 3 ? &host : NULL, &findings));
		save_again(&config);
	}
	print_findings(&findings, size % 2);
	findings_free(&findings);
	config_free(&config);
}
