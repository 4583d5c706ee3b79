// SPDX-License-Identifier: GPL-2.0
/*
 * ecmpctl import routeros: routers by chance, whose export is written in every
 * way that RouterOS has; exports with mistakes in them; and words by chance. The
 * seed is fixed and told, so that a failure comes again; SEED=N is another.
 */
#include "cli/import.h"
#include "text.h"

#define EXPORT	65536	/* room for one */

/* ---- what always holds ---- */

/* Exports that became a configuration. */
static unsigned int accepted;

/* Of a remark: what the export itself says is behind that. */
static bool has_mistake(const char *told)
{
	for (; *told; told += strcspn(told, "\n") + 1)
		if (!strncmp(told + strspn(told, "0123456789"), " mistake: ",
			     10))
			return true;
	return false;
}

static bool check_export(const char *text, size_t size)
{
	static const char options[] = "map ether 1=wan1\nmark b=0x10\n";
	struct imported got, again;
	bool good;

	import_text(&got, text, size, options);
	import_text(&again, text, size, options);
	accepted += got.config[0] != '\0';
	good = check_config(got.config) &&
	       CHECK(text_is_utf8(got.whole, strlen(got.whole))) &&
	       CHECK(text_is_utf8(got.told, strlen(got.told))) &&
	       CHECK(!has_mistake(got.told) == !!got.whole[0], "%s", got.told) &&
	       CHECK(!strcmp(got.whole, again.whole)) &&
	       CHECK(!strcmp(got.told, again.told));
	imported_free(&got);
	imported_free(&again);
	return good;
}

/* ---- one router, written in several ways ---- */

/**
 * struct style - how an export is written
 * @terse: the section in each line
 * @verbose: what is as it is without being written, too
 * @slashes: "/ip/route", not "/ip route"
 * @columns: where lines are broken; 0: nowhere
 * @newline: between lines
 * @section: the last one written
 */
struct style {
	bool		terse;
	bool		verbose;
	bool		slashes;
	unsigned int	columns;
	const char	*newline;
	const char	*section;
};

/**
 * struct writing - an export that is being written
 * @text: what is written
 * @style: how
 * @column: where in the line
 */
struct writing {
	char		text[EXPORT];
	struct style	style;
	size_t		column;
};

static void put(struct writing *w, const char *text)
{
	strcat(w->text, text);
	w->column += strlen(text);
}

static void end_line(struct writing *w)
{
	put(w, w->style.newline);
	w->column = 0;
}

static void begin(struct writing *w, const char *section)
{
	char path[64];
	char *at;

	strcpy(path, section);
	for (at = path; w->style.slashes && *at; at++)
		if (*at == ' ')
			*at = '/';
	if (w->style.terse) {
		put(w, path);
		put(w, w->style.slashes ? "/add" : " add");
		return;
	}
	if (w->style.section != section) {
		put(w, path);
		end_line(w);
		w->style.section = section;
	}
	put(w, "add");
}

static void break_line(struct writing *w)
{
	put(w, "\\");
	end_line(w);
	put(w, "    ");
}

static bool is_narrow(const struct writing *w, size_t more)
{
	return w->style.columns && w->column + more > w->style.columns;
}

/* In quotation marks if need be, with escapes, and broken anywhere. */
static void put_value(struct writing *w, const char *value)
{
	char one[8];

	if (*value && !strpbrk(value, " \"\\$?;=[]{}()\xc3")) {
		put(w, value);
		return;
	}
	put(w, "\"");
	for (; *value; value++) {
		if (*value == ' ' && is_narrow(w, 8)) {
			break_line(w);
			put(w, "\\_");
			continue;
		}
		sprintf(one, (unsigned char)*value >= 0x80 ? "\\%02X" :
			strchr("\"\\$?", *value) ? "\\%c" : "%c",
			(unsigned char)*value);
		put(w, one);
	}
	put(w, "\"");
}

/* Between words, or behind the "=". */
static void put_prop(struct writing *w, const char *key, const char *value)
{
	put(w, " ");
	if (is_narrow(w, strlen(key) + 2))
		break_line(w);
	put(w, key);
	if (!value)
		return;
	put(w, "=");
	if (is_narrow(w, strlen(value)))
		break_line(w);
	put_value(w, value);
}

/* What is as it is without being written. */
static void put_usual(struct writing *w, const char *key, const char *value,
		      const char *usual)
{
	if (w->style.verbose || strcmp(value, usual))
		put_prop(w, key, value);
}

static void put_number(struct writing *w, const char *key, unsigned int value,
		       unsigned int usual)
{
	char text[16], other[16];

	sprintf(text, "%u", value);
	sprintf(other, "%u", usual);
	put_usual(w, key, text, other);
}

static const char *const table_names[] = { "main", "b", "c d", "2e" };

/**
 * struct a_route - a route of a router by chance
 * @dst: destination
 * @gateway: "": a blackhole
 * @check: check-gateway
 * @comment: any text
 * @distance: 1 to 255
 * @scope: 10 or 30
 * @target_scope: 10, 11 or 30
 * @table: of table_names
 * @disabled: whether it is
 */
struct a_route {
	char		dst[ADDRESS_TEXT];
	const char	*gateway;
	const char	*check;
	const char	*comment;
	unsigned int	distance;
	unsigned int	scope;
	unsigned int	target_scope;
	unsigned int	table;
	bool		disabled;
};

static void random_prefix(char *text)
{
	struct prefix prefix = { .address.family = AF_INET };
	unsigned int i;

	prefix.length = unit_below(3) ? unit_below(33) : 0;
	prefix.address.bytes[0] = 10;
	for (i = 8; i < 32; i++)
		if (unit_below(2))
			prefix.address.bytes[i / 8] |= 0x80 >> i % 8;
	for (i = prefix.length; i < 32; i++)
		prefix.address.bytes[i / 8] &= ~(0x80 >> i % 8);
	prefix_text(&prefix, text);
}

static void random_route(struct a_route *r)
{
	random_prefix(r->dst);
	if (unit_below(4) == 0)
		strcpy(r->dst, ONE_OF("198.51.100.8/32", "198.51.100.9/32"));
	r->gateway = ONE_OF("192.0.2.1", "192.0.2.5%ether 1", "ppp0",
			    "198.51.100.8", "198.51.100.9", "192.0.2.1@main",
			    "192.0.2.1,192.0.2.1,192.0.2.9", "");
	r->check = ONE_OF("none", "none", "ping", "arp");
	r->comment = ONE_OF("", "", "a", "a b", "\"\\$?", "\xc3\xa9; x=y",
			    "a comment that is long enough to be broken, twice if the lines are short, or even three times");
	r->distance = 1 + unit_below(3);
	r->scope = unit_below(2) ? 10 : 30;
	r->target_scope = unit_below(2) ? 10 : unit_below(2) ? 11 : 30;
	r->table = unit_below(COUNT(table_names));
	r->disabled = unit_below(8) == 0;
}

static void put_route(struct writing *w, const struct a_route *r)
{
	begin(w, "/ip route");
	if (!r->gateway[0])
		put_prop(w, "blackhole", NULL);
	else if (w->style.verbose)
		put_prop(w, "!blackhole", NULL);
	put_usual(w, "check-gateway", r->check, "none");
	put_usual(w, "comment", r->comment, "");
	put_usual(w, "disabled", r->disabled ? "yes" : "no", "no");
	put_number(w, "distance", r->distance, 1);
	put_usual(w, "dst-address", r->dst, "0.0.0.0/0");
	put_usual(w, "gateway", r->gateway, "");
	if (w->style.verbose)
		put_prop(w, "pref-src", "");
	put_usual(w, "routing-table", table_names[r->table], "main");
	put_number(w, "scope", r->scope, 30);
	if (w->style.verbose)
		put_prop(w, "suppress-hw-offload", "no");
	put_number(w, "target-scope", r->target_scope, 10);
	end_line(w);
}

#define NO_MIN_PREFIX	99

/**
 * struct a_rule - a rule of a router by chance
 * @src: source; "": any
 * @action: what it does
 * @comment: any text
 * @table: of table_names
 * @min_prefix: it may be above 32, what an IPv4 rule has at most here
 */
struct a_rule {
	char		src[ADDRESS_TEXT];
	const char	*action;
	const char	*comment;
	unsigned int	table;
	unsigned int	min_prefix;
};

static void random_rule(struct a_rule *r)
{
	r->src[0] = '\0';
	if (unit_below(2))
		random_prefix(r->src);
	r->action = ONE_OF("lookup", "lookup-only-in-table", "drop",
			   "unreachable");
	r->comment = ONE_OF("", "a", "\"b\" c", "$d");
	r->table = unit_below(COUNT(table_names));
	r->min_prefix = unit_below(4) ? unit_below(33) :
			unit_below(2) ? NO_MIN_PREFIX : unit_rand();
}

static void put_rule(struct writing *w, const struct a_rule *r)
{
	begin(w, "/routing rule");
	put_usual(w, "action", r->action, "lookup");
	put_usual(w, "comment", r->comment, "");
	if (r->min_prefix != NO_MIN_PREFIX)
		put_number(w, "min-prefix", r->min_prefix, NO_MIN_PREFIX);
	else if (w->style.verbose)
		put_prop(w, "!min-prefix", NULL);
	put_usual(w, "src-address", r->src, "");
	put_usual(w, "table", table_names[r->table], "main");
	end_line(w);
}

#define ROUTES	24
#define RULES	8

struct a_router {
	struct a_route	route[ROUTES];
	unsigned int	routes;
	struct a_rule	rule[RULES];
	unsigned int	rules;
};

static void random_router(struct a_router *r)
{
	unsigned int i;

	r->routes = unit_below(ROUTES);
	for (i = 0; i < r->routes; i++)
		random_route(&r->route[i]);
	r->rules = unit_below(RULES);
	for (i = 0; i < r->rules; i++)
		random_rule(&r->rule[i]);
}

static void put_tables(struct writing *w)
{
	unsigned int i;

	for (i = 1; i < COUNT(table_names); i++) {
		begin(w, "/routing table");
		put_prop(w, "fib", NULL);
		put_prop(w, "name", table_names[i]);
		end_line(w);
	}
}

static void put_routes(struct writing *w, const struct a_router *r)
{
	unsigned int i;

	for (i = 0; i < r->routes; i++)
		put_route(w, &r->route[i]);
}

static void put_rules(struct writing *w, const struct a_router *r)
{
	unsigned int i;

	for (i = 0; i < r->rules; i++)
		put_rule(w, &r->rule[i]);
}

/* The order of the sections means nothing. */
static void put_router(struct writing *w, const struct a_router *r,
		       const struct style *style)
{
	bool rules_first = unit_below(2);

	w->text[0] = '\0';
	w->column = 0;
	w->style = *style;
	put(w, "# 2025-11-02 09:14:27 by RouterOS 7.16.1");
	end_line(w);
	if (rules_first)
		put_rules(w, r);
	put_tables(w);
	put_routes(w, r);
	if (!rules_first)
		put_rules(w, r);
}

static void random_style(struct style *style)
{
	memset(style, 0, sizeof(*style));
	style->terse = unit_below(3) == 0;
	style->verbose = unit_below(2);
	style->slashes = unit_below(2);
	style->columns = unit_below(2) ? 20 + unit_below(80) : 0;
	style->newline = ONE_OF("\n", "\r\n", "\r");
}

static void test_styles(void)
{
	static const struct style plain = { .terse = true, .newline = "\n" };
	static struct writing one, other;
	struct imported a, b;
	struct a_router router;
	struct style style;
	unsigned int i;
	bool same;

	for (i = 0; i < 1500; i++) {
		random_router(&router);
		put_router(&one, &router, &plain);
		random_style(&style);
		put_router(&other, &router, &style);
		import_text(&a, one.text, strlen(one.text), "map ether 1=e1\n");
		import_text(&b, other.text, strlen(other.text),
			    "map ether 1=e1\n");
		same = CHECK(!strstr(a.told, " mistake: "), "%s\n%s", a.told,
			     one.text) &&
		       CHECK(!strcmp(a.config, b.config),
			     "\n%s\n--- is not\n%s\n---\n%s\n%s", a.config,
			     b.config, one.text, other.text) &&
		       check_config(a.config);
		imported_free(&a);
		imported_free(&b);
		if (!same)
			return;
	}
}

/* ---- mistakes ---- */

static size_t mutate(char *text, size_t size)
{
	size_t at = unit_below(size), more = 1 + unit_below(40);

	if (more > size - at)
		more = size - at;
	switch (unit_below(6)) {
	case 0:
		text[at] ^= 1 << unit_below(8);
		return size;
	case 1:
		memmove(text + at, text + at + more, size - at - more);
		return size - more;
	case 2:
		if (size + more > EXPORT)
			return size;
		memmove(text + at + more, text + at, size - at);
		return size + more;
	case 3:
		text[at] = ONE_OF("\"", "\\", "[", "]", "{", "}", "(", ")", "=",
				  " ", "\n", "\r", ";", "!", "#", "$", "/", ",",
				  "%", "@", ":", "*")[0];
		return size;
	case 4:
		return at ? at : size;
	default:
		memmove(text + unit_below(size - more + 1), text + at, more);
		return size;
	}
}

static void test_mistakes(void)
{
	static struct writing w;
	struct a_router router;
	struct style style;
	unsigned int i, k;
	size_t size;

	accepted = 0;
	for (i = 0; i < 2500; i++) {
		random_router(&router);
		random_style(&style);
		put_router(&w, &router, &style);
		size = strlen(w.text);
		for (k = 1 + unit_below(8); k && size; k--)
			size = mutate(w.text, size);
		if (!check_export(w.text, size))
			return;
	}
	CHECK(accepted > 100, "%u", accepted);
}

/* Anything, where it belongs and where it does not. */
static const char *random_word(void)
{
	return ONE_OF("/ip", "/x y", "..", "/ip/route//", "//", "add", "set", "remove", "move",
		      "enable", "disable", "unset", "print", "find", "0", "1,0",
		      "[find]", "[ find comment=a ]", "[find default]",
		      "place-before=0", "place-before=[find]", "numbers=0",
		      "gateway=2001:db8::1@x", "realm=7", ":if", "{", "}",
		      "$x", "\"", "\\", "#", ";", "\n", "\r\n", "!",
		      "gateway=$x", "=", "a=[", "dst-address=10.0.0.1/40");
}

static const char *random_section(void)
{
	return ONE_OF("/ip route", "/ip/route", "/routing rule", "/ip settings",
		      "/routing table", "/ip route rule", "/ipv6 route",
		      "/routing settings", "/interface pppoe-client",
		      "/ip firewall mangle", "/ip dhcp-client", "/ip vrf",
		      "/ip address", "/ipv6/address",
		      "/x y");
}

static const char *random_verb(void)
{
	return ONE_OF("add", "add", "add", "add", "set 0", "set [find]",
		      "remove 1", "disable [find comment=a]", "enable 0",
		      "unset 0", "move 1 0", "comment 0 b", "print");
}

static const char *random_prop(void)
{
	return ONE_OF("fib", "!fib", "name=b", "name=\"c d\"", "name=main",
		      "gateway=192.0.2.1", "gateway=ppp0", "gateway=",
		      "gateway=\"fe80::1%ether 1\"", "gateway=198.51.100.8",
		      "gateway=192.0.2.1,192.0.2.1,198.51.100.8",
		      "dst-address=10.0.0.0/8", "dst-address=198.51.100.0/24",
		      "dst-address=198.51.100.8", "src-address=10.0.0.1",
		      "src-address=2001:db8::/32", "routing-table=b",
		      "routing-mark=b", "table=b", "table=local",
		      "action=drop", "action=lookup", "min-prefix=0",
		      "min-prefix=64", "address=198.51.100.1/24",
		      "address=2001:db8::1", "network=192.0.2.1",
		      "interface=ppp0", "distance=2", "distance=255",
		      "scope=10", "target-scope=11", "check-gateway=ping",
		      "check-gateway=arp", "blackhole", "type=prohibit",
		      "disabled=yes", "disabled=no", "comment=a",
		      "comment=\"\\C3\\A9 \\\"\"", "!comment", "gateway=c\\_d",
		      "new-routing-mark=b", "add-default-route=yes",
		      "default-route-distance=3", "multipath-hash-policy=l4",
		      "rp-filter=strict", "ipv4-multipath-hash-policy=l4",
		      "check-gateway-ping-count=3", "interface=\"ether 1\"",
		      "check-gateway-ping-interval=1m30s", "place-before=0");
}

static void random_commands(char *text)
{
	unsigned int i, k, strays = unit_below(3) ? 0 : 3;

	text[0] = '\0';
	for (i = unit_below(10); i; i--) {
		strcat(text, random_section());
		strcat(text, ONE_OF("\n", " "));
		strcat(text, random_verb());
		for (k = unit_below(6); k; k--) {
			strcat(text, ONE_OF(" ", " ", " \\\n    "));
			strcat(text, strays && unit_below(9) < strays ?
				     random_word() : random_prop());
		}
		strcat(text, ONE_OF("\n", "\r\n", ";", "\r"));
	}
}

static void test_words(void)
{
	static char text[EXPORT];
	unsigned int i;

	accepted = 0;
	for (i = 0; i < 6000; i++) {
		random_commands(text);
		if (!check_export(text, strlen(text)))
			return;
	}
	CHECK(accepted > 100, "%u", accepted);
}

static void test_bytes(void)
{
	char text[64];
	unsigned int i, k, size;

	for (i = 0; i < 6000; i++) {
		size = unit_below(sizeof(text));
		for (k = 0; k < size; k++)
			text[k] = unit_below(2) ? (char)unit_rand() :
				  ONE_OF("/ip route\n", "add ", "\\", "\"",
					 "[", "]", "=", "!", "\n")[0];
		if (!check_export(text, size))
			return;
	}
}

static const struct unit_test tests[] = {
	UNIT_TEST(test_styles),
	UNIT_TEST(test_mistakes),
	UNIT_TEST(test_words),
	UNIT_TEST(test_bytes),
};

int main(int argc, char **argv)
{
	setenv("SEED", "20261129", 0);
	return unit_main(tests, ARRAY_SIZE(tests), argc, argv);
}
