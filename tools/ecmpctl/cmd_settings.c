// SPDX-License-Identifier: GPL-2.0
#include <string.h>
#include <sys/socket.h>

#include "duration.h"
#include "ecmpctl.h"

#define NAMED(s, attr) ((s)->named & BIT(attr))

static bool set_enabled(struct words *words, void *object)
{
	struct settings_request *s = object;

	if (!words_choice(words, yes_no, &s->enabled))
		return false;
	words_from(words, ECMP_A_SETTINGS_ENABLED);
	s->named |= BIT(ECMP_A_SETTINGS_ENABLED);
	return true;
}

static bool set_hash_policy(struct words *words, void *object)
{
	struct settings_request *s = object;

	if (!words_choice(words, hash_policies, &s->hash_policy))
		return false;
	if (s->hash_policy == ECMP_HASH_POLICY_INHERIT)
		return words_fail(words, words->next - 1,
				  "\"inherit\" is for tables: here it is l3, l4, l3-inner or src");
	words_from(words, ECMP_A_SETTINGS_HASH_POLICY4);
	words_from(words, ECMP_A_SETTINGS_HASH_POLICY6);
	if (words->family != AF_INET6)
		s->named |= BIT(ECMP_A_SETTINGS_HASH_POLICY4);
	if (words->family != AF_INET)
		s->named |= BIT(ECMP_A_SETTINGS_HASH_POLICY6);
	return true;
}

static bool set_hash_seed(struct words *words, void *object)
{
	struct settings_request *s = object;

	s->named |= BIT(ECMP_A_SETTINGS_HASH_SEED);
	if (words_match(words, "random"))
		s->hash_seed = 0;
	else if (!words_number(words, "a seed", 1, UINT64_MAX, &s->hash_seed))
		return false;
	words_from(words, ECMP_A_SETTINGS_HASH_SEED);
	return true;
}

static bool set_pin(struct words *words, void *object)
{
	struct settings_request *s = object;

	if (!words_choice(words, pins, &s->pin))
		return false;
	words_from(words, ECMP_A_SETTINGS_PIN);
	s->named |= BIT(ECMP_A_SETTINGS_PIN);
	return true;
}

static bool set_pin_mask(struct words *words, void *object)
{
	struct settings_request *s = object;

	if (!words_number(words, "a mask", 0, UINT32_MAX, &s->pin_mask))
		return false;
	words_from(words, ECMP_A_SETTINGS_PIN_MASK);
	s->named |= BIT(ECMP_A_SETTINGS_PIN_MASK);
	return true;
}

static bool set_kernel_routes(struct words *words, void *object)
{
	struct settings_request *s = object;

	if (!words_choice(words, on_off, &s->kernel_routes))
		return false;
	words_from(words, ECMP_A_SETTINGS_KERNEL_ROUTES);
	s->named |= BIT(ECMP_A_SETTINGS_KERNEL_ROUTES);
	return true;
}

static bool set_msecs(struct words *words, struct settings_request *s,
		      uint16_t attr, uint64_t *msecs)
{
	if (!words_duration(words, ECMP_CHECK_MSECS_MIN, ECMP_CHECK_MSECS_MAX,
			    msecs))
		return false;
	words_from(words, attr);
	s->named |= BIT(attr);
	return true;
}

static bool set_count(struct words *words, struct settings_request *s,
		      uint16_t attr, uint64_t *count)
{
	if (!words_number(words, "a count", 1, UINT8_MAX, count))
		return false;
	words_from(words, attr);
	s->named |= BIT(attr);
	return true;
}

static bool set_check_interval(struct words *words, void *object)
{
	struct settings_request *s = object;

	return set_msecs(words, s, ECMP_A_SETTINGS_CHECK_INTERVAL,
			 &s->check_interval);
}

static bool set_check_timeout(struct words *words, void *object)
{
	struct settings_request *s = object;

	return set_msecs(words, s, ECMP_A_SETTINGS_CHECK_TIMEOUT,
			 &s->check_timeout);
}

static bool set_check_count(struct words *words, void *object)
{
	struct settings_request *s = object;

	return set_count(words, s, ECMP_A_SETTINGS_CHECK_COUNT,
			 &s->check_count);
}

static bool set_check_up_count(struct words *words, void *object)
{
	struct settings_request *s = object;

	return set_count(words, s, ECMP_A_SETTINGS_CHECK_UP_COUNT,
			 &s->check_up_count);
}

static const struct keyword set_keywords[] = {
	{ "check-gateway-count", set_check_count },
	{ "check-gateway-interval", set_check_interval },
	{ "check-gateway-timeout", set_check_timeout },
	{ "check-gateway-up-count", set_check_up_count },
	{ "enabled", set_enabled },
	{ "hash-policy", set_hash_policy },
	{ "hash-seed", set_hash_seed },
	{ "kernel-routes", set_kernel_routes },
	{ "pin", set_pin },
	{ "pin-mask", set_pin_mask },
	{ NULL, NULL }
};

static void settings_put(struct nlmsghdr *nlh, const struct request *request)
{
	const struct settings_request *s = &request->settings;

	if (NAMED(s, ECMP_A_SETTINGS_ENABLED))
		mnl_attr_put_u8(nlh, ECMP_A_SETTINGS_ENABLED, s->enabled);
	if (NAMED(s, ECMP_A_SETTINGS_HASH_POLICY4))
		mnl_attr_put_u8(nlh, ECMP_A_SETTINGS_HASH_POLICY4,
				s->hash_policy);
	if (NAMED(s, ECMP_A_SETTINGS_HASH_POLICY6))
		mnl_attr_put_u8(nlh, ECMP_A_SETTINGS_HASH_POLICY6,
				s->hash_policy);
	if (NAMED(s, ECMP_A_SETTINGS_HASH_SEED))
		mnl_attr_put_u64(nlh, ECMP_A_SETTINGS_HASH_SEED, s->hash_seed);
	if (NAMED(s, ECMP_A_SETTINGS_PIN))
		mnl_attr_put_u8(nlh, ECMP_A_SETTINGS_PIN, s->pin);
	if (NAMED(s, ECMP_A_SETTINGS_PIN_MASK))
		mnl_attr_put_u32(nlh, ECMP_A_SETTINGS_PIN_MASK, s->pin_mask);
	if (NAMED(s, ECMP_A_SETTINGS_KERNEL_ROUTES))
		mnl_attr_put_u8(nlh, ECMP_A_SETTINGS_KERNEL_ROUTES,
				s->kernel_routes);
	if (NAMED(s, ECMP_A_SETTINGS_CHECK_INTERVAL))
		mnl_attr_put_u32(nlh, ECMP_A_SETTINGS_CHECK_INTERVAL,
				 s->check_interval);
	if (NAMED(s, ECMP_A_SETTINGS_CHECK_TIMEOUT))
		mnl_attr_put_u32(nlh, ECMP_A_SETTINGS_CHECK_TIMEOUT,
				 s->check_timeout);
	if (NAMED(s, ECMP_A_SETTINGS_CHECK_COUNT))
		mnl_attr_put_u8(nlh, ECMP_A_SETTINGS_CHECK_COUNT,
				s->check_count);
	if (NAMED(s, ECMP_A_SETTINGS_CHECK_UP_COUNT))
		mnl_attr_put_u8(nlh, ECMP_A_SETTINGS_CHECK_UP_COUNT,
				s->check_up_count);
}

/**
 * settings_parse_set - set WORD VALUE ...
 * @words: after "set"
 * @request: where it goes
 */
bool settings_parse_set(struct words *words, struct request *request)
{
	request->command = ECMP_CMD_SETTINGS_SET;
	request->put = settings_put;
	if (!words_left(words))
		return words_fail(words, words->next,
				  "say what to set: enabled, hash-policy, hash-seed, kernel-routes, pin, pin-mask or check-gateway-interval, -timeout, -count, -up-count");
	if (!words_keywords(words, set_keywords, &request->settings))
		return false;
	if (!words->family || !(request->settings.named &
				~(BIT(ECMP_A_SETTINGS_HASH_POLICY4) |
				  BIT(ECMP_A_SETTINGS_HASH_POLICY6))))
		return true;
	return words_fail(words, words->count,
			  "only hash-policy is set for one family: leave out the option -%c, or set the rest apart",
			  words->family == AF_INET ? '4' : '6');
}

static void print_hash_policy(struct printer *p, const struct nlattr **a)
{
	uint64_t v4 = number_of(a[ECMP_A_SETTINGS_HASH_POLICY4]);
	uint64_t v6 = number_of(a[ECMP_A_SETTINGS_HASH_POLICY6]);

	if (v4 == v6) {
		print_string(p, "hash_policy4", "hash-policy     ",
			     name_word(hash_policies, v4));
		print_string(p, "hash_policy6", NULL,
			     name_word(hash_policies, v6));
		print_text(p, "\n");
		return;
	}
	print_string(p, "hash_policy4", "hash-policy -4  ",
		     name_word(hash_policies, v4));
	print_string(p, "hash_policy6", "\nhash-policy -6  ",
		     name_word(hash_policies, v6));
	print_text(p, "\n");
}

static void print_hash_seed(struct printer *p, const struct nlattr *attr)
{
	uint64_t seed = number_of(attr);

	/* Shown to administrators only. */
	if (!attr)
		return;
	print_number(p, "hash_seed", seed ? "hash-seed       " : NULL, seed);
	print_text(p, seed ? "\n" : "hash-seed       random\n");
}

static void print_enabled(struct printer *p, const struct nlattr **a)
{
	bool enabled = number_of(a[ECMP_A_SETTINGS_ENABLED]);
	bool hooks = number_of(a[ECMP_A_SETTINGS_HOOKS]);

	print_bool(p, "enabled", enabled);
	print_bool(p, "hooks", hooks);
	print_text(p, "enabled         ");
	print_color(p, enabled ? COLOR_GOOD : COLOR_BAD);
	print_text(p, "%s", enabled ? "yes" : "no");
	print_text(p, "%s\n", !enabled ? ": everything is left to the kernel" :
		   hooks ? "" : ", but there is no rule and no route yet");
}

static void print_resyncs(struct printer *p, uint64_t resyncs)
{
	print_number(p, "resyncs", resyncs ? "resyncs         " : NULL,
		     resyncs);
	if (resyncs)
		print_text(p, ": so often the kernel's routes were read again\n");
}

/* What the module had to do for changes: for whoever asks for counters. */
static void print_work(struct ctl *ctl, const char *key, const char *word,
		       const char *what, const struct nlattr *attr)
{
	struct printer *p = &ctl->out;

	if (!attr)
		return;
	print_number(p, key, ctl->stats ? word : NULL, number_of(attr));
	if (ctl->stats)
		print_text(p, ": %s\n", what);
}

static void print_msecs(struct printer *p, const char *key, const char *word,
			const struct nlattr *attr)
{
	char text[DURATION_TEXT];

	if (!attr)
		return;
	print_number(p, key, NULL, number_of(attr));
	print_text(p, "%s%s\n", word, duration_text(number_of(attr), text));
}

static void print_count(struct printer *p, const char *key, const char *word,
			const struct nlattr *attr)
{
	if (!attr)
		return;
	print_number(p, key, word, number_of(attr));
	print_text(p, "\n");
}

/* In JSON in milliseconds. */
static void print_checks(struct printer *p, const struct nlattr **a)
{
	print_msecs(p, "check_gateway_interval", "check-gateway-interval ",
		    a[ECMP_A_SETTINGS_CHECK_INTERVAL]);
	print_msecs(p, "check_gateway_timeout", "check-gateway-timeout  ",
		    a[ECMP_A_SETTINGS_CHECK_TIMEOUT]);
	print_count(p, "check_gateway_count", "check-gateway-count    ",
		    a[ECMP_A_SETTINGS_CHECK_COUNT]);
	print_count(p, "check_gateway_up_count", "check-gateway-up-count ",
		    a[ECMP_A_SETTINGS_CHECK_UP_COUNT]);
}

/**
 * settings_members - the settings: lines, or in JSON
 * @ctl: this run
 * @a: attributes of the settings by number
 */
void settings_members(struct ctl *ctl, const struct nlattr **a)
{
	struct printer *p = &ctl->out;

	print_enabled(p, a);
	print_hash_policy(p, a);
	print_hash_seed(p, a[ECMP_A_SETTINGS_HASH_SEED]);
	print_string(p, "pin", "pin             ",
		     name_word(pins, number_of(a[ECMP_A_SETTINGS_PIN])));
	print_number(p, "pin_mask", NULL,
		     number_of(a[ECMP_A_SETTINGS_PIN_MASK]));
	print_text(p, "\npin-mask        0x%08llx", (unsigned long long)
		   number_of(a[ECMP_A_SETTINGS_PIN_MASK]));
	print_string(p, "kernel_routes", "\nkernel-routes   ",
		     name_word(on_off,
			       number_of(a[ECMP_A_SETTINGS_KERNEL_ROUTES])));
	print_text(p, "\n");
	print_checks(p, a);
	print_number(p, "generation", "generation      ",
		     number_of(a[ECMP_A_SETTINGS_GENERATION]));
	print_text(p, "\n");
	print_resyncs(p, number_of(a[ECMP_A_SETTINGS_RESYNCS]));
	print_work(ctl, "rebuilds", "rebuilds        ", "groups of paths dealt",
		   a[ECMP_A_SETTINGS_REBUILDS]);
	print_work(ctl, "publications", "publications    ",
		   "prefixes and policies that changed for packets",
		   a[ECMP_A_SETTINGS_PUBLICATIONS]);
	print_number(p, "tables", NULL, number_of(a[ECMP_A_SETTINGS_TABLES]));
	print_number(p, "rules", NULL, number_of(a[ECMP_A_SETTINGS_RULES]));
}

struct output {
	struct ctl	*ctl;
	const char	*key;
};

static void print_settings(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *a[ECMP_A_SETTINGS_MAX + 1], *attr;
	const struct output *output = data;
	struct ctl *ctl = output->ctl;
	struct printer *p = &ctl->out;

	attributes_read(nlh, a, ECMP_A_SETTINGS_MAX);
	print_object_begin(p, output->key);
	settings_members(ctl, a);
	print_array_begin(p, "distances");
	netlink_attributes(attr, nlh) {
		char text[DISTANCE_TEXT];

		if (mnl_attr_get_type(attr) != ECMP_A_SETTINGS_DISTANCE)
			continue;
		distance_words(attr, text, sizeof(text));
		print_string(p, NULL, "distance        ", text);
		print_text(p, "\n");
	}
	print_array_end(p);
	print_array_begin(p, "notices");
	netlink_attributes(attr, nlh) {
		if (mnl_attr_get_type(attr) != ECMP_A_SETTINGS_NOTICE)
			continue;
		print_text(p, "notice: ");
		print_color(p, COLOR_WAIT);
		print_string(p, NULL, "", string_of(attr));
		print_text(p, "\n");
	}
	print_array_end(p);
	print_object_end(p);
}

/**
 * settings_print - print the settings
 * @ctl: this run
 * @key: of the object in JSON
 *
 * Return: 0, or -1 with the refusal in the socket.
 */
int settings_print(struct ctl *ctl, const char *key)
{
	struct output output = { .ctl = ctl, .key = key };

	return netlink_talk(&ctl->nl,
			    netlink_message(&ctl->nl, ECMP_CMD_SETTINGS_GET, 0),
			    print_settings, &output);
}

/**
 * settings_run_show - settings show
 * @ctl: this run
 * @words: after the verb
 */
int settings_run_show(struct ctl *ctl, struct words *words)
{
	if (!words_end(words))
		return ctl_problem(ctl, words);
	if (ctl_open(ctl) || settings_print(ctl, NULL))
		return ctl_refused(ctl, words);
	return ctl_finish(ctl);
}
