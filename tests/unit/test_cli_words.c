// SPDX-License-Identifier: GPL-2.0
/*
 * ecmpctl: lines to words, words to requests, requests to messages; and routes
 * and rules back to words.
 */
#include <arpa/inet.h>

#include "cli/cli.h"

/* ---- addresses to text ---- */

/* Against inet_ntop(): with runs of zeroes of all lengths at all places. */
static void test_address_text(void)
{
	struct address address = { .family = AF_INET6 };
	char text[ADDRESS_TEXT], expected[ADDRESS_TEXT];
	unsigned int i, k;

	for (i = 0; i < 200000; i++) {
		address.family = i % 8 ? AF_INET6 : AF_INET;
		for (k = 0; k < 16; k++)
			address.bytes[k] = unit_below(3) ? 0 : unit_below(256);
		for (k = unit_below(4) * 4; k < 16 && unit_below(2); k++)
			address.bytes[k] = 0xff;
		inet_ntop(address.family, address.bytes, expected,
			  sizeof(expected));
		address_text(&address, text);
		if (strcmp(text, expected)) {
			CHECK(false, "%s, not %s", text, expected);
			break;
		}
	}
}

/* ---- lines to words ---- */

#define BACKSLASH \
	"in quotation marks a backslash is written \\\\ and a quotation mark \\\""

static const struct {
	const char *text;
	const char *words;	/* joined by |; NULL: problem */
	const char *problem;
} lines[] = {
	{ "", "", NULL },
	{ "   \t ", "", NULL },
	{ "# comment \x01", NULL, "there is a control character in this line" },
	{ "# a comment", "", NULL },
	{ "set enabled yes", "set|enabled|yes", NULL },
	{ "\tset  enabled\tyes \t", "set|enabled|yes", NULL },
	{ "set enabled yes\r", "set|enabled|yes", NULL },
	{ "set\renabled", NULL, "there is a control character in this line" },
	{ "a b # c", "a|b", NULL },
	{ "a b#c", "a|b#c", NULL },
	{ "a \"# b\"", "a|# b", NULL },
	{ "a \"b c\" d", "a|b c|d", NULL },
	{ "a \"\" d", "a||d", NULL },
	{ "a \"b \\\" \\\\ c\"", "a|b \" \\ c", NULL },
	{ "a b\\c", "a|b\\c", NULL },
	{ "a \"b", NULL, "a quotation mark is missing at the end of this line" },
	{ "a b\"", NULL, "a quotation mark is missing at the end of this line" },
	{ "a \"b\\\"", NULL,
	  "a quotation mark is missing at the end of this line" },
	{ "a \"b\\", NULL, BACKSLASH },
	{ "a \"b\\n\"", NULL, BACKSLASH },
	{ "a \"b\\x1b\\xfFc\"", "a|b\x1b\xff" "c", NULL },
	{ "a b\\x1b", "a|b\\x1b", NULL },
	{ "a \"b\\x00\"", NULL, BACKSLASH },
	{ "a \"b\\x4\"", NULL, BACKSLASH },
	{ "a \"b\\x", NULL, BACKSLASH },
	{ "a \"b\\x4", NULL, BACKSLASH },
	{ "a \"b\\x4g\"", NULL, BACKSLASH },
	{ "a \"b\\X41\"", NULL, BACKSLASH },
	{ "comment=\"a b\"", "comment=a b", NULL },
	{ "Th\xe1\xbb\xa7y \xe4\xb8\xad", "Th\xe1\xbb\xa7y|\xe4\xb8\xad", NULL },
	{ "\xef\xbb\xbfset enabled yes", "set|enabled|yes", NULL },
	{ "a \xff", NULL, "this line is not UTF-8" },
	{ "a \xc3", NULL, "this line is not UTF-8" },
	{ "a \xc0\xaf", NULL, "this line is not UTF-8" },
	{ "a \xed\xa0\x80", NULL, "this line is not UTF-8" },
	{ "a \xf4\x90\x80\x80", NULL, "this line is not UTF-8" },
	{ "a \xc2\x85", NULL, "there is a control character in this line" },
	{ "a \x1b[31m", NULL, "there is a control character in this line" },
	{ "a \x7f", NULL, "there is a control character in this line" },
};

static void join_words(const struct line *line, char *buf, size_t size)
{
	unsigned int i;
	size_t used = 0;

	buf[0] = '\0';
	for (i = 0; i < line->count && used < size; i++)
		used += snprintf(buf + used, size - used, "%s%s",
				 i ? "|" : "", line->word[i]);
}

static void test_lines(void)
{
	unsigned int i;

	for (i = 0; i < COUNT(lines); i++) {
		struct file file = {
			.text = (char *)lines[i].text,
			.size = strlen(lines[i].text),
		};
		struct line line;
		char got[256] = "";

		line_init(&line, &file);
		line_next(&line, &file);
		if (lines[i].words && line.problem) {
			CHECK_TEXT(lines[i].text, line.problem,
				   lines[i].words);
		} else if (lines[i].words) {
			join_words(&line, got, sizeof(got));
			CHECK_TEXT(lines[i].text, got, lines[i].words);
		} else {
			CHECK_TEXT(lines[i].text,
				   line.problem ? line.problem : "accepted",
				   lines[i].problem);
		}
		line_free(&line);
	}
}

static void test_line_numbers(void)
{
	static char text[] = "one\n\n# two\r\nthree\nfour";
	struct file file = { .text = text, .size = sizeof(text) - 1 };
	struct line line;
	char got[256] = "";

	line_init(&line, &file);
	while (line_next(&line, &file))
		if (line.count)
			snprintf(got + strlen(got), sizeof(got) - strlen(got),
				 "%u %s;", line.number, line.word[0]);
	CHECK_TEXT("numbers", got, "1 one;4 three;5 four;");
	line_free(&line);
}


/* A command, and as it is saved; NULL: the same. */
static const struct { const char *text, *saved; } commands[] = {
	{ "route add default via 10.1.1.1", "route add 0.0.0.0/0 via 10.1.1.1" },
	{ "route add default via fe80::1 dev wan1",
	  "route add ::/0 via fe80::1 dev wan1" },
	{ "-6 route add default dev wan1", "route add ::/0 dev wan1" },
	{ "-6 route add default via fe80::1", "route add ::/0 via fe80::1" },
	{ "route add 10.0.0.0/8 via 2001:db8::1 dev wan1", NULL },
	{ "route add 10.1.2.3 via 10.1.1.1",
	  "route add 10.1.2.3/32 via 10.1.1.1" },
	{ "route add 2001:DB8:0:0::/32 dev wan1",
	  "route add 2001:db8::/32 dev wan1" },
	{ "route add 10.0.0.0/8 distance 7 dev wan1 table ecmp via 10.1.1.1",
	  "route add 10.0.0.0/8 via 10.1.1.1 dev wan1 table ecmp distance 7" },
	{ "route add 10.0.0.0/8 via 10.1.1.1 distance 1 weight 1 table main",
	  "route add 10.0.0.0/8 via 10.1.1.1" },
	{ "route add 10.0.0.0/8 via 10.1.1.1 dev wan1 onlink table t distance 255 weight 256 check-gateway ping target 1.1.1.1 8.8.8.8 all pref-src 10.1.1.2 disabled comment \"a \\\"b\\\" \\\\ #\"",
	  NULL },
	{ "route add 10.0.0.0/8 via 10.1.1.1 check-gateway arp any weight 2",
	  "route add 10.0.0.0/8 via 10.1.1.1 weight 2 check-gateway arp" },
	{ "route add 10.0.0.0/8 via kernel dev wan1", NULL },
	{ "route add 10.0.0.0/8 via 10.1.1.1 disabled no comment \"\"",
	  "route add 10.0.0.0/8 via 10.1.1.1 comment \"\"" },
	{ "route add blackhole 10.0.0.0/8", NULL },
	{ "route add unreachable default", "route add unreachable 0.0.0.0/0" },
	{ "route add prohibit 2001:db8::/32 distance 200", NULL },
	{ "route add default dev \"#1\"", "route add 0.0.0.0/0 dev \"#1\"" },
	{ "route add ::/0 dev \"\\x1b[31m\\xff\"", NULL },
	{ "route add ::/0 dev \"\\xc3\\xa9\\xc3\"", "route add ::/0 dev \"\xc3\xa9\\xc3\"" },
	{ "rule add iif \"\\x7f\\x80\\xed\" drop", NULL },
	{ "route add default via 2001:db8::1", "route add ::/0 via 2001:db8::1" },
	{ "route add ::/0 via fe80::1 dev wan1 table ecmp", NULL },
	{ "route add 2001:DB8::1 dev ppp0", "route add 2001:db8::1/128 dev ppp0" },
	{ "-6 route add unreachable default", "route add unreachable ::/0" },
	{ "-4 route add default via fe80::1 dev wan1",
	  "route add 0.0.0.0/0 via fe80::1 dev wan1" },
	{ "-6 route add default via kernel dev wan1",
	  "route add ::/0 via kernel dev wan1" },
	{ "route add 2001:db8::/32 via fe80::1 dev wan1 onlink table t distance 2 weight 3 check-gateway ping target 2001:db8::53 2001:db8::54 all pref-src 2001:db8::2 disabled comment x",
	  NULL },
	{ "route add 2001:0db8:0000:0000:0001:0000:0000:0000/80 dev x",
	  "route add 2001:db8:0:0:1::/80 dev x" },
	{ "route add ::ffff:0:0/96 dev x",
	  "route add ::ffff:0.0.0.0/96 dev x" },
	{ "rule add from 2001:db8::/32 to 2001:db8:1::5 iif lan10 ipproto tcp dport 443 lookup ecmp min-prefix 128",
	  "rule add from 2001:db8::/32 to 2001:db8:1::5/128 iif lan10 ipproto tcp dport 443 lookup ecmp min-prefix 128" },
	{ "rule add from ::/0 lookup ecmp", NULL },
	{ "rule add ipproto ipv6-icmp native", NULL },
	{ "-6 rule add ipproto ipv6-icmp native",
	  "rule add ipproto ipv6-icmp native" },
	{ "-6 rule add from 2001:db8::/32 drop",
	  "rule add from 2001:db8::/32 drop" },
	{ "-6 rule add lookup ecmp", NULL },
	{ "-4 rule add iif lan10 ipproto tcp lookup ecmp comment x", NULL },
	{ "rule add lookup main min-prefix 0", NULL },
	{ "rule add from 192.168.0.244 lookup main",
	  "rule add from 192.168.0.244/32 lookup main" },
	{ "rule add from 10.0.0.0/8 to 10.1.0.0/16 iif lan10 mark 17/0xff ipproto tcp sport 1-65535 dport 443 dscp 46 lookup-only-in-table ecmp min-prefix 24 disabled comment x",
	  "rule add from 10.0.0.0/8 to 10.1.0.0/16 iif lan10 mark 0x11/0xff ipproto tcp sport 1-65535 dport 443 dscp 46 lookup-only-in-table ecmp min-prefix 24 disabled comment x" },
	{ "rule add mark 0x10 drop", NULL },
	{ "rule add mark 0x00000000ffffffff drop",
	  "rule add mark 0xffffffff drop" },
	{ "rule add ipproto tcp sport 000000000000443 dport 00080-090 drop",
	  "rule add ipproto tcp sport 443 dport 80-90 drop" },
	{ "rule add mark 0/0xff drop", "rule add mark 0x0/0xff drop" },
	{ "rule add ipproto icmpv6 prohibit",
	  "rule add ipproto ipv6-icmp prohibit" },
	{ "rule add ipproto 253 unreachable", NULL },
	{ "rule add ipproto 6 native", "rule add ipproto tcp native" },
	{ "rule add iif \"a#b\" drop", "rule add iif a#b drop" },
	{ "rule add iif \"#b\" drop", NULL },
	{ "rule add drop comment \"Thuy's IP\"", NULL },
	{ "rule add native before 3", "rule add native" },
};

static void test_commands(void)
{
	static char first[MESSAGE], second[MESSAGE];
	char got[4096];
	unsigned int i;

	for (i = 0; i < COUNT(commands); i++) {
		const char *text = commands[i].text;
		const char *saved = commands[i].saved ? commands[i].saved :
							text;
		const char *problem = command_message(text, first);

		if (problem) {
			CHECK_TEXT(text, problem, "accepted");
			continue;
		}
		message_text((struct nlmsghdr *)first, got);
		CHECK_TEXT(text, got, saved);
		problem = command_message(got, second);
		if (problem) {
			CHECK_TEXT(got, problem, "accepted");
			continue;
		}
		message_text((struct nlmsghdr *)second, got);
		CHECK_TEXT("saved again", got, saved);
	}
}

static const struct { const char *text, *problem; } refusals[] = {
#include "cli/refusals_foreign.h"
	{ "route add 10.0.0.1/24 via 10.1.1.1",
	  "\"10.0.0.1/24\" has host bits set: did you mean 10.0.0.0/24?" },
	{ "route add 2001:db8::1/64 dev x",
	  "\"2001:db8::1/64\" has host bits set: did you mean 2001:db8::/64?" },
	{ "route add 10.0.0.0/33 dev x",
	  "\"10.0.0.0/33\": the length must be a number from 0 to 32" },
	{ "route add 10.0.0.0/ dev x",
	  "\"10.0.0.0/\": the length must be a number from 0 to 32" },
	{ "route add 10.0.0.0/08x dev x",
	  "\"10.0.0.0/08x\": the length must be a number from 0 to 32" },
	{ "route add 10.0.0/8 dev x",
	  "\"10.0.0/8\" is neither a prefix like 10.0.0.0/8 or 2001:db8::/32 nor an address" },
	{ "route add 010.0.0.0/8 dev x",
	  "\"010.0.0.0/8\" is neither a prefix like 10.0.0.0/8 or 2001:db8::/32 nor an address" },
	{ "route add default via fe80::1%wan1",
	  "\"fe80::1%wan1\": write \"fe80::1 dev wan1\"" },
	{ "-4 route add ::/0 dev x", "\"::/0\" is IPv6, but the option is -4" },
	{ "route add ::/0 via 10.1.1.1",
	  "\"10.1.1.1\": an IPv6 route needs an IPv6 gateway" },
	{ "-6 route add default via 10.1.1.1",
	  "\"10.1.1.1\": an IPv6 route needs an IPv6 gateway" },
	{ "-6 route add 10.0.0.0/8 dev x",
	  "\"10.0.0.0/8\" is IPv4, but the option is -6" },
	{ "route add default dev x pref-src 2001:db8::2",
	  "\"2001:db8::2\": this default route is IPv4: for IPv6 write ::/0" },
	{ "route add ::/0 dev x pref-src 10.1.1.2",
	  "\"10.1.1.2\": an IPv6 route needs an IPv6 address here" },
	{ "route add 10.0.0.0/8 dev x check-gateway ping target 2001:db8::1",
	  "\"2001:db8::1\": an IPv4 route needs an IPv4 address here" },
	{ "route add ::/0 dev x check-gateway ping target 2001:db8::1 1.1.1.1",
	  "\"1.1.1.1\": the targets must be of one family" },
	{ "route add 2001:db8::/129 dev x",
	  "\"2001:db8::/129\": the length must be a number from 0 to 128" },
	{ "route add 2001:db8:1:2:3:4:5:6/127 dev x", NULL },
	{ "route add 2001:db8:1:2:3:4:5:7/127 dev x",
	  "\"2001:db8:1:2:3:4:5:7/127\" has host bits set: did you mean 2001:db8:1:2:3:4:5:6/127?" },
	{ "route add 2001:db8:::/32 dev x",
	  "\"2001:db8:::/32\" is neither a prefix like 10.0.0.0/8 or 2001:db8::/32 nor an address" },
	{ "rule add from fe80::1%lan10 drop",
	  "\"fe80::1%lan10\": write \"fe80::1 iif lan10\"" },
	{ "rule add from 2001:db8::1/32 drop",
	  "\"2001:db8::1/32\" has host bits set: did you mean 2001:db8::/32?" },
	{ "-4 rule add from 2001:db8::/32 drop",
	  "\"2001:db8::/32\" is IPv6, but the option is -4" },
	{ "-6 rule add ipproto icmp drop",
	  "\"icmp\" is IPv4, but the option is -6" },
	{ "-6 nexthop set 10.1.1.1 dev x state dead",
	  "\"10.1.1.1\" is IPv4, but the option is -6" },
	{ "route add default",
	  "\"default\": say where it goes: via ADDRESS, dev INTERFACE, or blackhole before the prefix" },
	{ "route add default via", "after \"via\" there must be an address" },
	{ "route add default via 10.1.1.1 via 10.1.1.2",
	  "\"via\" is there twice" },
	{ "route add default via 10.1.1.1 distance 0",
	  "\"0\" is not a distance, a number from 1 to 255" },
	{ "route add default via 10.1.1.1 distance 256",
	  "\"256\" is not a distance, a number from 1 to 255" },
	{ "route add default via 10.1.1.1 distance -1",
	  "\"-1\" is not a distance, a number from 1 to 255" },
	{ "route add default via 10.1.1.1 distance +1",
	  "\"+1\" is not a distance, a number from 1 to 255" },
	{ "route add default via 10.1.1.1 weight 257",
	  "\"257\" is not a weight, a number from 1 to 256" },
	{ "route add default via 10.1.1.1 weight 18446744073709551617",
	  "\"18446744073709551617\" is not a weight, a number from 1 to 256" },
	{ "route add default via 10.1.1.1 distance=2",
	  "\"distance=2\": write \"distance 2\", without \"=\"" },
	{ "route add default via 10.1.1.1 weigth 2",
	  "\"weigth\" is no word of \"route add\": did you mean \"weight\"?" },
	{ "route add default via 10.1.1.1 dist 2",
	  "\"dist\" is no word of \"route add\": did you mean \"distance\"?" },
	{ "route add default via 10.1.1.1 bananas",
	  "\"bananas\" is no word of \"route add\": see \"ecmpctl route add help\"" },
	{ "route add default dev interface-name-16",
	  "\"interface-name-16\" cannot be the name of an interface: 1 to 15 characters, no blank, \"/\" or \":\"" },
	{ "route add default dev \"a b\"",
	  "\"a b\" cannot be the name of an interface: 1 to 15 characters, no blank, \"/\" or \":\"" },
	{ "route add default dev \"\\xc3\\xa0\"",
	  "\"\xc3\xa0\" cannot be the name of an interface: 1 to 15 characters, no blank, \"/\" or \":\"" },
	{ "route add default dev \"a\\x0a\"",
	  "\"a?\" cannot be the name of an interface: 1 to 15 characters, no blank, \"/\" or \":\"" },
	{ "rule add drop comment \"a\\x1b\"",
	  "the comment must be UTF-8 without control characters" },
	{ "rule add drop comment \"\\xff\"",
	  "the comment must be UTF-8 without control characters" },
	{ "route add via 10.1.1.1",
	  "\"via\": say the destination first: a prefix or default" },
	{ "route add default via wan1",
	  "\"wan1\" is no IPv4 or IPv6 address: for an interface write \"dev wan1\"" },
	{ "route add default via 10.1.1.0/24",
	  "\"10.1.1.0/24\" is a prefix: here must be an address, without \"/24\"" },
	{ "route add default gateway=10.1.1.1",
	  "\"gateway=10.1.1.1\": write \"via 10.1.1.1\", without \"=\"" },
	{ "rule add src-address=10.0.0.0/8 drop",
	  "\"src-address=10.0.0.0/8\": write \"from 10.0.0.0/8\", without \"=\"" },
	{ "route add default metric 2",
	  "\"metric\" is no word of \"route add\": did you mean \"distance\"?" },
	{ "rule add fwmark 2 drop",
	  "\"fwmark\" is no word of \"rule add\": did you mean \"mark\"?" },
	{ "route add 1111111111222222222233333333334444444444555555555566666666667777777777",
	  "\"111111111122222222223333333333444444444455555555556666666...\" is neither a prefix like 10.0.0.0/8 or 2001:db8::/32 nor an address" },
	{ "route add blackhole 10.0.0.0/8 dev x",
	  "\"blackhole\": a blackhole route has no via and no dev: it goes nowhere" },
	{ "route add default dev x table via",
	  "\"via\" cannot be the name of a table: it is a word of the grammar" },
	{ "route set default via 10.1.1.1",
	  "say what to set: onlink, distance, weight, check-gateway, pref-src, disabled or comment" },
	{ "table add 1st",
	  "\"1st\" cannot be the name of a table: a letter, then up to 31 letters, digits, \"_\", \".\" and \"-\"" },
	{ "table add help",
	  "\"help\" cannot be the name of a table: it is a word of the grammar" },
	{ "table add a23456789012345678901234567890123",
	  "\"a23456789012345678901234567890123\" cannot be the name of a table: a letter, then up to 31 letters, digits, \"_\", \".\" and \"-\"" },
	{ "table set main", "say what to set: hash-policy l3, l4, l3-inner, src or inherit; balance hash, per-packet, round-robin or round-robin-flow; failback soft or hard" },
	{ "table set main balance", "after \"balance\" there must be hash, per-packet, round-robin or round-robin-flow" },
	{ "table add a balance robin", "\"robin\" must be hash, per-packet, round-robin or round-robin-flow" },
	{ "table del a b", "\"b\" is one word too many for \"table del\": see \"ecmpctl table del help\"" },
	{ "rule add from 10.0.0.0/8",
	  "say what the rule does: lookup TABLE, lookup-only-in-table TABLE, drop, unreachable, prohibit or native" },
	{ "rule add from 10.0.0.0/8 to ::/0 drop",
	  "\"::/0\" is IPv6, the rule is IPv4 already: make two rules" },
	{ "rule add from ::/0 ipproto icmp drop",
	  "\"icmp\" is IPv4, the rule is IPv6 already: make two rules" },
	{ "rule add sport 80 drop",
	  "\"80\": sport needs ipproto tcp, udp, sctp or dccp" },
	{ "rule add ipproto icmp dport 80 drop",
	  "\"80\": dport needs ipproto tcp, udp, sctp or dccp" },
	{ "rule add ipproto tcp dport 0 drop",
	  "\"0\" is neither a port, 1 to 65535, nor a range like 5060-5080" },
	{ "rule add ipproto tcp dport 90-80 drop",
	  "\"90-80\" runs backwards: did you mean 80-90?" },
	{ "rule add ipproto tcp dport 80-90-100 drop",
	  "\"80-90-100\" is neither a port, 1 to 65535, nor a range like 5060-5080" },
	{ "rule add ipproto tcp dport 000000000000443junk drop",
	  "\"000000000000443junk\" is neither a port, 1 to 65535, nor a range like 5060-5080" },
	{ "rule add ipproto tcp dport 0000000000000443-500 drop",
	  "\"0000000000000443-500\" is neither a port, 1 to 65535, nor a range like 5060-5080" },
	{ "rule add ipproto tcp dport 0000000000000443 drop",
	  "\"0000000000000443\" is neither a port, 1 to 65535, nor a range like 5060-5080" },
	{ "rule add ipproto tcp dport 443junk drop",
	  "\"443junk\" is neither a port, 1 to 65535, nor a range like 5060-5080" },
	{ "rule add ipproto tcp dport - drop",
	  "\"-\" is neither a port, 1 to 65535, nor a range like 5060-5080" },
	{ "rule add mark 0000000000000000000000000000017zzz drop",
	  "\"0000000000000000000000000000017zzz\" is not a mark like 17, 0x11 or 0x10/0xf0" },
	{ "rule add mark 00000000000000000000000000000017/0xff drop",
	  "\"00000000000000000000000000000017/0xff\" is not a mark like 17, 0x11 or 0x10/0xf0" },
	{ "rule add mark 0x100/0xff drop",
	  "\"0x100/0xff\" can match nothing: the mark has bits outside of its mask" },
	{ "rule add mark 0x100000000 drop",
	  "\"0x100000000\" is not a mark like 17, 0x11 or 0x10/0xf0" },
	{ "rule add ipproto foo drop",
	  "\"foo\" is not a protocol: tcp, udp, icmp, ipv6-icmp, sctp, dccp, gre, esp, ah, ospf, igmp or a number" },
	{ "rule add lookup main drop",
	  "\"drop\": a rule does one thing, and this one does \"lookup\" already" },
	{ "rule add drop before 1 after 2",
	  "\"after\": the place is given already" },
	{ "-4 rule set 0 to 2001:db8::5",
	  "\"2001:db8::5\" is IPv6, but the option is -4" },
	{ "-6 rule set 0 ipproto icmp",
	  "\"icmp\" is IPv4, but the option is -6" },
	{ "rule set 0 from 10.0.0.0/8 to ::/0",
	  "\"::/0\" is IPv6, the rule is IPv4 already: make two rules" },
	{ "rule set 0",
	  "say what to set: a matcher, an action, min-prefix or comment" },
	{ "rule move 1", "say where to: before N, after N or at N" },
	{ "rule del", "after \"del\" there must be the number of a rule, \"id\" and its id, or its comment" },
	{ "rule del \"\"", "\"\": an empty comment names no rule" },
	{ "set", "say what to set: enabled, hash-policy, hash-seed, kernel-routes, pin, pin-mask or check-gateway-interval, -timeout, -count, -up-count" },
	{ "set hash-policy l5",
	  "\"l5\" must be l3, l4, l3-inner, src or inherit" },
	{ "set hash-policy inherit",
	  "\"inherit\" is for tables: here it is l3, l4, l3-inner or src" },
	{ "set hash-seed 0",
	  "\"0\" is not a seed, a number from 1 to 18446744073709551615" },
	{ "set pin-mask all", "\"all\" is not a mask, a number from 0 to 4294967295" },
	{ "set pin-mask 0x100000000", "\"0x100000000\" is not a mask, a number from 0 to 4294967295" },
	{ "nexthop set dev a state dead timeout 999ms",
	  "\"999ms\" is not a duration from 1s to 24h, as 10s, 2m or 1h" },
	{ "nexthop set dev a state dead timeout 25h",
	  "\"25h\" is not a duration from 1s to 24h, as 10s, 2m or 1h" },
	{ "nexthop set dev a state dead timeout",
	  "after \"timeout\" there must be a duration, as 500ms, 10s or 2m" },
	{ "tables show", "\"tables\" is no command: did you mean \"table\"?" },
	{ "show route", "\"show\" comes second: did you mean \"route show\"?" },
	{ "show routes", "\"show\" comes second: did you mean \"route show\"?" },
	{ "del rules 3", "\"del\" comes second: did you mean \"rule del\"?" },
	{ "set rule", "\"set\" comes second: did you mean \"rule set\"?" },
	{ "route print", "\"print\" is no command: did you mean \"show\"?" },
	{ "export", "\"export\" is no command: did you mean \"save\"?" },
	{ "rule add from 10.0.0.0/8 table ecmp",
	  "\"table\" is no word of \"rule add\": did you mean \"lookup\"?" },
	{ "route add default 10.1.1.1",
	  "\"10.1.1.1\": for a gateway write \"via 10.1.1.1\"" },
	{ "route", "after \"route\" there must be add, replace, set, del, enable, disable, flush, show" },
};

static void test_refusals(void)
{
	static char message[MESSAGE];
	unsigned int i;

	for (i = 0; i < COUNT(refusals); i++) {
		const char *problem = command_message(refusals[i].text,
						      message);

		CHECK_TEXT(refusals[i].text, problem ? problem : "accepted",
			   refusals[i].problem ? refusals[i].problem :
						 "accepted");
	}
}

/* Attributes of a message: NUMBER=BYTES ... */
static void message_dump(const struct nlmsghdr *nlh, char *text)
{
	const struct nlattr *attr;
	const uint8_t *byte;
	unsigned int i;

	text += sprintf(text, "%u:%x", nlh->nlmsg_type, nlh->nlmsg_flags);
	netlink_attributes(attr, nlh) {
		byte = mnl_attr_get_payload(attr);
		text += sprintf(text, " %u=", mnl_attr_get_type(attr));
		for (i = 0; i < mnl_attr_get_payload_len(attr); i++)
			text += sprintf(text, "%02x", byte[i]);
	}
}

/* In the byte order of this machine, which is little-endian in the texts. */
static const struct { const char *text, *dump; } messages[] = {
	{ "table add ecmp", "1:600 1=65636d7000" },
	{ "table set ecmp hash-policy inherit", "1:100 1=65636d7000 2=04" },
	{ "table add ecmp balance per-packet", "1:600 1=65636d7000 3=01" },
	{ "table add ecmp balance round-robin", "1:600 1=65636d7000 3=02" },
	{ "table set main balance round-robin-flow", "1:100 1=6d61696e00 3=03" },
	{ "table set main balance hash hash-policy l3",
	  "1:100 1=6d61696e00 2=00 3=00" },
	{ "table set main failback soft", "1:100 1=6d61696e00 4=00" },
	{ "table add ecmp failback hard", "1:600 1=65636d7000 4=01" },
	{ "table del ecmp", "2:0 1=65636d7000" },
	{ "route replace default via 10.1.1.1",
	  "4:500 2=02 3=00000000 4=00 6=0a010101" },
	{ "route del 10.0.0.0/8 dev a table t",
	  "5:0 2=02 3=0a000000 4=08 1=7400 9=6100" },
	{ "route disable default", "4:100 2=02 3=00000000 4=00 18=01" },
	{ "route enable default", "4:100 2=02 3=00000000 4=00 18=00" },
	{ "route set default via 10.1.1.1 onlink no",
	  "4:100 2=02 3=00000000 4=00 6=0a010101 10=00" },
	{ "-6 route flush table t", "6:0 1=7400 2=0a" },
	{ "rule set 3 from any mark any min-prefix any comment x",
	  "8:100 22=0800020003000000 26=09020000 3=7800" },
	{ "rule del 1 id 2 abc",
	  "10:0 22=080002000100000008000100020000000800030061626300" },
	{ "rule move abc before 2",
	  "9:0 22=0800030061626300 23=0800020002000000" },
	{ "rule enable id 7", "8:100 22=0800010007000000 21=00" },
	{ "nexthop set dev a state dead", "12:100 2=02 4=6100 7=02" },
	{ "-6 nexthop set dev a state auto", "12:100 2=0a 4=6100 7=00" },
	{ "nexthop set dev a state drain", "12:100 2=02 4=6100 7=03" },
	{ "nexthop set dev a state dead timeout 2h",
	  "12:100 2=02 4=6100 7=02 25=00dd6d00" },
	{ "nexthop set dev a state auto timeout 1000ms",
	  "12:100 2=02 4=6100 7=00 25=e8030000" },
	{ "nexthop set fe80::1 dev a state alive",
	  "12:100 2=0a 3=fe800000000000000000000000000001 4=6100 7=01" },
	{ "nexthop set dev a pin-id 255", "12:100 2=02 4=6100 14=ff" },
	{ "nexthop set 10.1.1.1 dev a pin-id auto state dead",
	  "12:100 2=02 3=0a010101 4=6100 7=02 14=00" },
	{ "set enabled no hash-policy l4 hash-seed random pin none",
	  "15:0 1=00 2=01 3=01 4=0000000000000000 5=00" },
	{ "-6 set hash-policy src", "15:0 3=03" },
	{ "-4 set hash-policy src", "15:0 2=03" },
	{ "route replace default via fe80::1 dev a",
	  "4:500 2=0a 3=00000000000000000000000000000000 4=00 6=fe800000000000000000000000000001 9=6100" },
	{ "-6 route del default dev a",
	  "5:0 2=0a 3=00000000000000000000000000000000 4=00 9=6100" },
	{ "route del 10.0.0.0/8 via fe80::1 dev a",
	  "5:0 2=02 3=0a000000 4=08 6=fe800000000000000000000000000001 7=0a 9=6100" },
	{ "-6 rule add drop", "8:600 4=0a 18=03" },
	{ "rule add drop", "8:600 18=03" },
	{ "rule add from 2001:db8::/32 drop",
	  "8:600 4=0a 5=20010db8000000000000000000000000 6=20 18=03" },
	/* An address tells its family; the option asks for one. */
	{ "rule set 0 to 2001:db8::5",
	  "8:100 22=0800020000000000 7=20010db8000000000000000000000005 8=80" },
	{ "-6 rule set 0 to 2001:db8::5",
	  "8:100 22=0800020000000000 4=0a 7=20010db8000000000000000000000005 8=80" },
	{ "rule set 0 ipproto ipv6-icmp", "8:100 22=0800020000000000 12=3a" },
	{ "-6 rule set 0 ipproto any",
	  "8:100 22=0800020000000000 26=10000000 4=0a" },
	{ "-4 rule set 0", "8:100 22=0800020000000000 4=02" },
	{ "set hash-seed 0xffffffffffffffff", "15:0 4=ffffffffffffffff" },
};

static void test_messages(void)
{
	static const uint16_t one = 1;
	static char message[MESSAGE];
	char got[4096];
	unsigned int i;

	if (!*(const uint8_t *)&one)
		return;
	for (i = 0; i < COUNT(messages); i++) {
		const char *problem = command_message(messages[i].text,
						      message);

		if (!problem)
			message_dump((struct nlmsghdr *)message, got);
		CHECK_TEXT(messages[i].text, problem ? problem : got,
			   messages[i].dump);
	}
}


static const struct unit_test tests[] = {
	UNIT_TEST(test_lines),
	UNIT_TEST(test_line_numbers),
	UNIT_TEST(test_commands),
	UNIT_TEST(test_refusals),
	UNIT_TEST(test_address_text),
	UNIT_TEST(test_messages),
};

UNIT_MAIN(tests)
