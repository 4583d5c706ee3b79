// SPDX-License-Identifier: GPL-2.0
#include "cli.h"
#include "route_text.h"
#include "rule_text.h"
#include "text.h"

bool check_text(const char *file, int line, const char *what, const char *got,
		const char *expected)
{
	return !strcmp(got, expected) ||
	       unit_check(file, line, what,
			  "\n#     got:      %s\n#     expected: %s", got,
			  expected);
}

static FILE *errors;

void quiet_begin(void)
{
	errors = stderr;
	stderr = fopen("/dev/null", "w");
}

void quiet_end(void)
{
	fclose(stderr);
	stderr = errors;
}

/* ---- commands and messages ---- */

struct nlmsghdr *message_begin(void *buf, uint8_t command)
{
	struct nlmsghdr *nlh;
	struct genlmsghdr *genl;

	memset(buf, 0, sizeof(*nlh) + sizeof(*genl));
	nlh = mnl_nlmsg_put_header(buf);
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = command;
	nlh->nlmsg_type = command;
	return nlh;
}

static const char *words_message(struct words *words, void *buf)
{
	const struct command *command;
	struct request request;
	struct nlmsghdr *nlh;

	memset(&request, 0, sizeof(request));
	if (words_match(words, "-4"))
		words->family = AF_INET;
	if (words_match(words, "-6"))
		words->family = AF_INET6;
	command = command_find(words);
	if (!command)
		return words->problem;
	if (!command->parse)
		return "runs";
	if (!command->parse(words, &request) || !words_end(words))
		return words->problem;
	nlh = message_begin(buf, request.command);
	request.put(nlh, &request);
	nlh->nlmsg_flags = request.flags;
	return NULL;
}

const char *command_message_n(const char *text, size_t size, void *buf)
{
	struct file file = { .text = (char *)text, .size = size };
	static struct words words;
	const char *problem;
	struct line line;

	line_init(&line, &file);
	if (!line_next(&line, &file)) {
		problem = "empty";
	} else if (line.problem) {
		problem = line.problem;
	} else {
		words_init(&words, line.word, line.count);
		problem = words_message(&words, buf);
	}
	line_free(&line);
	return problem;
}

const char *command_message(const char *text, void *buf)
{
	return command_message_n(text, strlen(text), buf);
}

void message_text(const struct nlmsghdr *nlh, char *text)
{
	char match[RULE_TEXT], action[RULE_TEXT], comment[RULE_COMMENT];
	const struct nlattr *a[WORDS_ATTRIBUTES];
	char route[ROUTE_TEXT];
	const char *option;

	attributes_read(nlh, a, WORDS_ATTRIBUTES - 1);
	if (nlh->nlmsg_type == ECMP_CMD_ROUTE_NEW) {
		route_text(a, route);
		sprintf(text, "route add %s", route);
		return;
	}
	rule_text_match(a, match);
	rule_text_action(a, action);
	rule_text_comment(a, comment);
	option = rule_text_family(a);
	sprintf(text, "%s%srule add %s%s%s%s%s%s", option,
		option[0] ? " " : "", match, match[0] ? " " : "", action,
		number_of(a[ECMP_A_RULE_DISABLED]) ? " disabled" : "",
		comment[0] ? " " : "", comment);
}

void answers_add(struct answers *answers, const struct nlmsghdr *nlh)
{
	size_t length = MNL_ALIGN(nlh->nlmsg_len);

	answers->data = realloc(answers->data, answers->used + length);
	memset(answers->data + answers->used, 0, length);
	memcpy(answers->data + answers->used, nlh, nlh->nlmsg_len);
	answers->used += length;
	answers->size = answers->used;
	answers->count++;
}

/* ---- JSON, as RFC 8259 has it ---- */

#define JSON_KEYS	64

static const char *json_value(const char *at, unsigned int depth);

static const char *json_blank(const char *at)
{
	return at ? at + strspn(at, " \t\r\n") : NULL;
}

static const char *json_escape(const char *at)
{
	if (*at != 'u')
		return *at && strchr("\"\\/bfnrt", *at) ? at + 1 : NULL;
	return strspn(at + 1, "0123456789abcdefABCDEF") >= 4 ? at + 5 : NULL;
}

static const char *json_string(const char *at)
{
	uint32_t code;
	size_t size;

	if (*at++ != '"')
		return NULL;
	while (at && *at != '"') {
		if (*at == '\\') {
			at = json_escape(at + 1);
			continue;
		}
		size = utf8_character(at, strlen(at) + 1, &code);
		if (!size || code < 0x20)
			return NULL;
		at += size;
	}
	return at ? at + 1 : NULL;
}

static const char *json_number(const char *at)
{
	size_t digits;

	at += *at == '-';
	digits = strspn(at, "0123456789");
	if (!digits || (digits > 1 && *at == '0'))
		return NULL;
	return at + digits;
}

/* A key, which its object did not have before; and the colon. */
static const char *json_key(const char *at, const char **keys,
			    unsigned int *count)
{
	const char *end = json_string(at);
	unsigned int i;

	if (!end || *count == JSON_KEYS)
		return NULL;
	for (i = 0; i < *count; i++)
		if (!strncmp(keys[i], at, end - at))
			return NULL;
	keys[(*count)++] = at;
	end = json_blank(end);
	return *end == ':' ? end + 1 : NULL;
}

/* Members up to the closing bracket, which is not after a comma. */
static const char *json_members(const char *at, char end, unsigned int depth)
{
	const char *keys[JSON_KEYS];
	unsigned int count = 0;

	at = json_blank(at);
	if (*at == end)
		return at + 1;
	while (at) {
		if (end == '}') {
			at = json_key(at, keys, &count);
			if (!at)
				return NULL;
		}
		at = json_blank(json_value(json_blank(at), depth + 1));
		if (!at || *at == end)
			return at ? at + 1 : NULL;
		if (*at++ != ',')
			return NULL;
		at = json_blank(at);
	}
	return NULL;
}

static const char *json_value(const char *at, unsigned int depth)
{
	if (depth > 100)
		return NULL;
	if (*at == '{')
		return json_members(at + 1, '}', depth);
	if (*at == '[')
		return json_members(at + 1, ']', depth);
	if (*at == '"')
		return json_string(at);
	if (!strncmp(at, "true", 4))
		return at + 4;
	if (!strncmp(at, "false", 5))
		return at + 5;
	return json_number(at);
}

bool json_valid(const char *text)
{
	const char *at = json_blank(text);

	if (!*at)
		return false;
	while (at && *at)
		at = json_blank(json_value(at, 0));
	return at;
}
